/* SPDX-License-Identifier: Apache-2.0
 * One interface to whatever stands for the chip: RTL under Verilator, models, a board. Each back
 * end is a file beside this one and a line of the table in ohm_backend.c. */
#ifndef OHM_BACKEND_H
#define OHM_BACKEND_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"
#include "ohm_golden.h"
#include "ohm_tlm_settings.h"

OHM_API_BEGIN

struct ohm_activity;
struct ohm_physics;

struct ohm_backend {
    void *self;
    /* Sends a packet (no CRC; the backend adds it where the wire has one). 0 or -1. */
    int (*send)(void *self, int config_class, const uint32_t *flits, size_t n,
                struct ohm_error *err);
    /* Next packet from the chip (no CRC; checked): flits, 0 none, -1 broken packet or a mismatch
     * found by a checker. */
    long (*recv)(void *self, uint32_t *flits, size_t max, struct ohm_error *err);
    /* Lets up to `cycles` pass (0 cycles in an untimed backend); returns early when a packet waits.
     * 0 or -1 (mismatch). */
    int (*run)(void *self, uint64_t cycles, struct ohm_error *err);
    uint64_t (*cycle)(void *self);
    size_t (*queued)(void *self);
    /* End of a run: -1 when something expected was not seen, or the chip counted something that
     * must not happen. */
    int (*finish)(void *self, struct ohm_error *err);
    void (*close)(void *self);
    /* Number (low 16 bits) of the vector in which a check failed; -1 when none did or it is not
     * known. May be NULL. */
    long (*suspect)(void *self);
    /* cycles of silence after which it is stuck, where its cycles are not the plan's; 0: they are
     */
    uint64_t patience;
    struct ohm_golden *golden; /* behind or beside it; NULL when nothing checks */
    /* What a model without golden model has computed. May be NULL. */
    void (*stats)(void *self, struct ohm_golden_stats *out);
    /* Conductance of a cell, as ohm_array_geff: tile y*16 + x, sel 0 both devices, 1 plus, 2 minus.
     * May be NULL. */
    int (*geff)(void *self, unsigned tile, unsigned sel, unsigned row, unsigned col);
    /* Counts activity from now on, in its own way; at the end what only it knows. NULL: the golden
     * model tells. */
    int (*count)(void *self, struct ohm_activity *a, struct ohm_error *err);
    void (*count_credits)(void *self, struct ohm_activity *a);
    /* Reset for so many cycles, at least 2, whatever is under way; what checks begins anew, too. A
     * chip is to be configured and programmed again. NULL: it has no reset of its own. */
    int (*reset)(struct ohm_backend *b, unsigned cycles, struct ohm_error *err);
    /* Figures of its own count from here on; as text, in so many cycles; as files. All three, or
     * none. */
    void (*restart)(void *self);
    void (*summary)(void *self, uint64_t cycles, FILE *to);
    int (*files)(void *self, const char *directory, struct ohm_error *err);
};

/* what a back end does not know it passes over; all 0 but config and device: fine */
struct ohm_backend_settings {
    const struct ohm_config *config; /* with the mesh in use */
    const struct ohm_device_model *device;
    const struct ohm_physics *physics; /* NULL: ideal */
    uint64_t seed;
    ohm_golden_observer observer; /* sees every output of every VMM, after its check; NULL: none */
    void *user;
    int threads;             /* model: 1 to 256; 0: 1 */
    const char *rtl_library; /* rtl: the Verilated chip, libohm_rtl.so of tb/harness/build.sh */
    int unchecked;           /* rtl: no golden model, no trace (bench) */
    /* rtl: registers and memories begin with 0, as those of the models do, not with random values:
     * for chips that are told to read words nobody has written (bench) */
    int blank;
    const int32_t *trip_code; /* rtl: every column trips at it (bench); NULL: by the physics */
    const char *wave_path;   /* rtl; NULL: none */
    const char *record_path; /* rtl: packets and traces for the offline checker; NULL: none */
    const char *tlm_library; /* tlm: libohm_tlm.so */
    const struct ohm_tlm_settings *tlm; /* tlm; NULL: ohm_tlm_settings_default */
    struct ohm_activity *activity; /* tlm: counted from the start; NULL: not */
    const char *line;        /* uart: a terminal, for example /dev/ttyUSB1 */
    /* uart: seconds without a packet after which a board is taken for stuck; 0: 10 */
    int patience;
};

enum ohm_backend_check { /* how its numbers are checked */
    OHM_BACKEND_BESIDE,  /* a golden model beside it sees every trace record */
    OHM_BACKEND_RESULTS, /* the same, but only of what leaves the chip */
    OHM_BACKEND_AGAIN,   /* some images run again on the golden model */
    OHM_BACKEND_NAIVE    /* it is the golden model: by the naive loop */
};

struct ohm_backend_type {
    const char *name, *doc;
    const char *title; /* of a model: what has computed */
    enum ohm_backend_check check;
    int untimed;       /* takes no time */
    int by_image;      /* learns what an image is: no use before there are images */
    int waves;         /* can record and draw waves, and run unchecked */
    int tunable;       /* takes ohm_tlm_settings */
    /* emulates ideal devices, has no duration links; its line is named behind a colon */
    int board;
    int bridge_words;  /* of the bridge's output buffer; 0: as the mapping takes it to be */
    int (*open)(const struct ohm_backend_settings *s, struct ohm_backend *out,
                struct ohm_error *err);
};

/* NULL: there is none of this name. */
const struct ohm_backend_type *ohm_backend_find(const char *name);
/* The i-th, NULL past the last one. */
const struct ohm_backend_type *ohm_backend_at(int i);
/* -1 + err: no such back end (all names are listed), or it cannot be opened. */
int ohm_backend_open(const char *name, const struct ohm_backend_settings *s,
                     struct ohm_backend *out, struct ohm_error *err);

OHM_API_END

#endif

