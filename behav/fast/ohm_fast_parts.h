/* SPDX-License-Identifier: Apache-2.0
 * What the fast model holds, and the steps that more than one of its files takes. Private to
 * behav/fast. */
#ifndef OHM_FAST_PARTS_H
#define OHM_FAST_PARTS_H

#include "ohm_activity.h"
#include "ohm_fast.h"
#include "ohm_fast_pool.h"
#include "ohm_fast_vmm.h"
#include "ohm_golden_model.h"
#include "ohm_packet.h"

enum {
    THREADS_MAX = 256, WINDOW = 256, PARTS_MAX = 1024,
    NUMBERS_MAX = 1 << 14 /* of the 16 bits of a packet */
};

struct part { /* a packet of the pattern */
    uint32_t h0, offset;
    uint32_t number; /* of its vector or line in the image */
    uint32_t at;     /* of its payload in an image's words */
    /* once it and all parts before it are there: */
    uint32_t limit;  /* the first number that has no slot yet */
    size_t credits;  /* credits given back to the host */
};

struct seen { /* one output, kept for the observer */
    unsigned tile, out;
    uint32_t seq;
    int32_t acc, y;
};

struct log { /* of outputs; grows */
    struct seen *at;
    size_t count, capacity;
};

struct image { /* being collected, or computed and not yet handed out */
    unsigned missing; /* parts */
    unsigned prefix;  /* parts that came with all parts before them */
    size_t credits;   /* given back for them */
    uint32_t *arrival; /* of each part: when it came, counted from 1; 0: not yet */
    uint32_t *words;
    struct ohm_fifo out;
    struct log log;
};

struct copy { /* tiles that one thread computes on */
    struct ohm_golden *g;
    struct fast_compute compute;
    uint32_t position; /* images since the pattern was learned */
    struct log log;
    struct ohm_activity *activity; /* NULL: nobody counts */
};

struct ohm_fast {
    int threads;
    struct fast_pool *pool;
    struct copy *copies; /* the first is the model itself, the others share its arrays */
    ohm_golden_observer observer;
    void *observer_user;
    struct ohm_fifo out;

    /* the pattern: what makes an image */
    int learning, known;
    uint32_t learned_seq; /* low 16 bits of its number */
    uint32_t vector;      /* number of the vector after it in all tiles; 0: it differs among them */
    struct part part[PARTS_MAX];
    unsigned parts;
    uint32_t words;                /* payload of an image */
    uint32_t numbers;              /* vectors, or lines, that the host sends for an image */
    uint32_t slots;                /* of the streams that it sends to, the least */
    /* How far an image moves the numbers of each tile; while learning: where it was. */
    struct ohm_golden_place advance[TILE_MAX];
    uint32_t poisoned;             /* vectors, when learning began */
    struct ohm_fifo credits;       /* that the image gave back to the host */

    /* images of that pattern, a ring */
    struct image *image; /* WINDOW */
    unsigned first, complete; /* oldest; how many from there on are complete */
    uint32_t done;            /* images computed since the pattern was learned */
    unsigned batch;           /* the first of the images being computed */
    /* vectors between changes of the arrays by telegraph noise; 0: none */
    uint32_t interval;
    uint32_t arrivals;
    int fresh;                /* packets came since ohm_fast_collecting was last asked */
};

static inline struct ohm_golden *fast_model(const struct ohm_fast *f)
{
    return f->copies[0].g;
}

/* Image number i from the oldest on. */
static inline struct image *fast_image(const struct ohm_fast *f, unsigned i)
{
    return &f->image[(f->first + i) % WINDOW];
}

/* ohm_fast_pattern.c: from the packet with this header on, an image is learned, if the chip is
 * idle. */
void fast_begin_learning(struct ohm_fast *f, const struct ohm_header *h);
/* Takes a packet of the image into the pattern. */
void fast_learn(struct ohm_fast *f, const struct ohm_header *h, const uint32_t *flits);
/* The pattern is known when its image has left nothing behind, was whole, and moved all that the
 * host sends to by as many numbers. */
void fast_end_learning(struct ohm_fast *f);
void fast_forget(struct ohm_fast *f);
/* Moves a copy that holds nothing to an image: the numbers of all vectors move alike. */
void fast_move(const struct ohm_fast *f, struct copy *c, uint32_t position);
void fast_free_copy(struct copy *c);

/* ohm_fast_images.c: the packets of a queue go to the host; with_credits: credits too. */
int fast_hand_out(struct ohm_fast *f, struct ohm_fifo *from, int with_credits);
/* Gives the model a packet. */
int fast_deliver(struct ohm_fast *f, const uint32_t *flits, size_t n, struct ohm_error *err);
/* Computes what is complete, gives the model what is not, in the order in which it came, and
 * forgets the pattern. */
int fast_one_by_one(struct ohm_fast *f, struct ohm_error *err);
/* Computes the images that are complete, side by side. */
int fast_compute_complete(struct ohm_fast *f, struct ohm_error *err);
/* The host's credits for the oldest incomplete image, as far as its parts have come; images that
 * are complete count. */
int fast_give_credits(struct ohm_fast *f);
/* Takes a packet into its image. 0: it does not belong to one. */
int fast_collect(struct ohm_fast *f, const struct ohm_header *h, const uint32_t *flits, size_t n);
/* Brings the model up to date: numbers, and what the copies have counted. */
void fast_gather(struct ohm_fast *f);

#endif
