/* SPDX-License-Identifier: Apache-2.0
 * Golden model of the vector unit: an interpreter of docs/reference/vector.md. It knows numbers and
 * the cycles that each instruction takes, never when something arrives: its user says which
 * vectors a run sees. */
#ifndef OHM_VEC_H
#define OHM_VEC_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_error.h"
#include "ohm_vec_word.h"

#ifdef __cplusplus
extern "C" {
#endif
OHM_API_BEGIN

enum {
    OHM_VEC_STREAMS = 4,
    OHM_VEC_ROUTES = 8,
    OHM_VEC_PROGRAMS = 8,
    OHM_VEC_TABLES = 8,
    OHM_VEC_ENTRIES = 257,
    OHM_VEC_LANES = 16, /* sequences that can interleave */
    OHM_VEC_INIT = 15,  /* number of the init program */
    OHM_VEC_POISONED = 255
};

struct ohm_vec_size {
    int lanes, mem, prog, tables; /* lanes of the datapath; words; instructions; tables */
    int streams, routes;
    int bank;                     /* words of a packet at most */
};

/* Registers. What a program and init name: START, STREAMS, ROUTES of the register. */
struct ohm_vec_regs {
    uint32_t cycle, steps, lanes, limit, add, seed, wait, init;
    uint32_t program[OHM_VEC_PROGRAMS], x0[OHM_VEC_TABLES], shift[OHM_VEC_TABLES];
};

/* One run that is due. */
struct ohm_vec_turn {
    int program;               /* 0 to 7, OHM_VEC_INIT */
    uint32_t n, step, lane;
    uint32_t start;
    uint32_t streams, routes;  /* masks of what it names */
    uint32_t quiet;            /* routes on which a send does nothing */
    int marked;                /* the lane is marked: it will be poisoned */
};

/* The front of a stream, when a run begins. LOST: it has not come in VWAIT cycles. */
enum ohm_vec_state { OHM_VEC_WHOLE, OHM_VEC_POISON, OHM_VEC_LOST };
struct ohm_vec_front {
    const uint32_t *words;
    uint32_t size; /* words of the slot */
    enum ohm_vec_state state;
};

/* A vector, or its poison, that leaves on some routes with number n + VADD of each. */
struct ohm_vec_sent {
    uint32_t routes, n;
    int poison;
    const uint32_t *words;
    uint32_t count;
};

/* Work that its instructions did, for what counts energy. */
struct ohm_vec_work {
    uint64_t instructions;
    uint64_t elements;      /* that went through a lane */
    uint64_t products;      /* of 32 by 16 bits */
    uint64_t lookups;       /* in a table */
    uint64_t reads, writes; /* words of the vector memory */
    uint64_t taken, sent;   /* words of the input buffer; words to the output stage */
};

/* What a run did. */
struct ohm_vec_done {
    int code;        /* 0: reached end; OHM_VEC_POISONED; else the fault */
    uint32_t pc;     /* of the instruction at fault */
    uint32_t cycles; /* without waits */
    uint32_t count;  /* instructions */
    uint32_t event;  /* detail of event PROGRAM; 0: none */
    struct ohm_vec_work work;
};

/* What shows outside at a cycle of a run: streams are freed from then on, one a cycle, the lowest
 * first; words of a send leave, one a cycle, on these routes; poison leaves; it has stopped and
 * says so. */
enum ohm_vec_what { OHM_VEC_FREES, OHM_VEC_SENDS, OHM_VEC_POISONS, OHM_VEC_STOPS };
struct ohm_vec_moment {
    enum ohm_vec_what what;
    uint32_t cycle; /* from the one in which the run is taken up, without waits */
    uint32_t mask;  /* streams, routes */
    uint32_t words;
};

/* What its user wants to see of a run; each may be NULL. */
struct ohm_vec_hooks {
    void *user;
    void (*sent)(void *user, const struct ohm_vec_sent *sent);
    void (*instruction)(void *user, const struct ohm_vec_turn *turn, uint32_t pc);
    void (*memory)(void *user, uint32_t word, uint32_t value); /* before `instruction` */
    void (*scalar)(void *user, unsigned reg, uint32_t value);
    void (*moment)(void *user, const struct ohm_vec_moment *moment);
};

struct ohm_vec;

/* Sizes that a configuration gives its vector tiles. */
void ohm_vec_size_of(const struct ohm_config *c, struct ohm_vec_size *size);

/* Makes a unit as after reset, memory 0; NULL when out of memory. */
struct ohm_vec *ohm_vec_create(const struct ohm_vec_size *size);
void ohm_vec_free(struct ohm_vec *v);

/* Writes a word of the unit's own registers and memories (0x9000 up). Returns the detail of event
 * PROGRAM when the write is refused, else 0. */
uint32_t ohm_vec_write(struct ohm_vec *v, uint32_t address, uint32_t value);
uint32_t ohm_vec_read(const struct ohm_vec *v, uint32_t address);

/* Enables the unit; returns the detail of event PROGRAM when it refuses, else 0. */
uint32_t ohm_vec_enable(struct ohm_vec *v, uint32_t seq_base);
void ohm_vec_disable(struct ohm_vec *v);

/* Which run is due? 0: none, before VSTART or while disabled or refused. */
int ohm_vec_next(const struct ohm_vec *v, struct ohm_vec_turn *turn);

/* Does the run that is due; front[s] for each stream it names. It frees them all. */
void ohm_vec_run(struct ohm_vec *v, const struct ohm_vec_front front[OHM_VEC_STREAMS],
                 const struct ohm_vec_hooks *hooks, struct ohm_vec_done *done);

/* The same unit again, as far as it has got; NULL when out of memory. */
struct ohm_vec *ohm_vec_copy(const struct ohm_vec *v);

uint32_t ohm_vec_head(const struct ohm_vec *v);                 /* n */
/* What counts since enable: VADD of a route, VWAIT. */
uint32_t ohm_vec_add(const struct ohm_vec *v, unsigned route);
uint32_t ohm_vec_wait(const struct ohm_vec *v);
uint64_t ohm_vec_code(const struct ohm_vec *v, uint32_t pc);    /* 0 past the memory */
uint32_t ohm_vec_runs(const struct ohm_vec *v, int poisoned);   /* CNT_VMM, CNT_POISON */

/* What an instruction is at fault for wherever it runs with this length, in a program that names
 * these streams and routes: 0, or the code. What depends on registers counts as legal. */
int ohm_vec_known_fault(const struct ohm_vec_size *size, const struct ohm_vec_ins *ins,
                        uint32_t length, uint32_t streams, uint32_t routes);

/* What depends on one word or two, each one sentence of the document. */
uint32_t ohm_vec_hash(uint32_t x);
int32_t ohm_vec_scaled(int64_t v, unsigned shift); /* sat32(rnd(v * 2^-shift)) */

OHM_API_END
#ifdef __cplusplus
}
#endif

#endif
