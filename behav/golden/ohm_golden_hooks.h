/* SPDX-License-Identifier: Apache-2.0
 * What a timed or a counting model learns from the golden model: vectors as they are computed,
 * packets as they start.
 *
 * A timed model (behav/tlm) also takes the packets away and delivers them itself, one tile at a
 * time, when its clock says so; the golden model then computes what a tile does with them, and
 * nothing else. */
#ifndef OHM_GOLDEN_HOOKS_H
#define OHM_GOLDEN_HOOKS_H

#include "ohm_api.h"
#include "ohm_array.h"
#include "ohm_golden.h"
#include "ohm_map.h"
#include "ohm_vec.h"

OHM_API_BEGIN

#ifdef __cplusplus
extern "C" {
#endif

struct ohm_golden_vector { /* one vector, as it was taken from the input buffer */
    uint32_t seq;
    unsigned desc;
    int poison; /* nothing was computed; the rest is 0 */
    int back;   /* transposed: `rows` columns are driven, `cols` rows scanned */
    int psum;   /* a partial sum is added */
    /* reads of the input buffer that made the window; bytes of the residual; 0: no windows */
    unsigned gathered, residual;
    int pooled; /* into one vector with others */
    /* rows are driven by the link from the west; columns leave on the one to the east */
    int linked, sends;
    /* rows that are on in every vector; pulses on that link; columns that are added to something */
    unsigned bias_rows, durations, counted;
    unsigned nslice, rows, cols, outs; /* cols: scanned columns, those of kind off too */
    const int16_t *ticks;              /* [slice * rows + row], signed */
    int trimmed; /* some term of some descriptor has a trim: sums come later */
    uint8_t count[OHM_REG_SLICE_COUNT];   /* the row has as many pulses as ticks, else one */
    unsigned length[OHM_REG_SLICE_COUNT]; /* of each integration, ticks */
    /* of each ramp, START-1 … STOP, or as many as early stop lets it make */
    unsigned steps[OHM_REG_SLICE_COUNT];
};

enum ohm_golden_walk { /* steps of a window walker, in order; docs/explain/convolution.md */
    OHM_WALK_TAKE,    /* the stream's next line is taken */
    OHM_WALK_FREE,    /* the stream's oldest line is freed */
    OHM_WALK_WINDOWS, /* a block row has its lines: its windows come next, as vectors */
    OHM_WALK_ROW,     /* a block row is over */
    OHM_WALK_IMAGE    /* all lines of the image are taken; the next image begins */
};

struct ohm_golden_run { /* of a vector tile */
    const struct ohm_vec_turn *turn;
    const struct ohm_vec_done *done;
    int expired; /* it had waited VWAIT cycles */
    const struct ohm_vec_moment *moments;
    size_t count;
};

/* What the programming engine does (docs/reference/programming.md), in its order. */
enum ohm_golden_engine_kind {
    OHM_ENGINE_NOTHING,
    OHM_ENGINE_ROW,   /* a vector of targets was taken */
    OHM_ENGINE_READ,  /* the row was read once */
    OHM_ENGINE_PULSE, /* a pulse was given */
};
/* The way that the engine takes from a read or a pulse to the next one. */
enum ohm_golden_engine_way {
    OHM_ENGINE_AGAIN, /* another read of the same verify; what an erase pulse or a pulse asks for */
    OHM_ENGINE_DECIDED, /* the read is judged: a pulse of this round */
    OHM_ENGINE_ROUND, /* or of a new one */
    OHM_ENGINE_PHASE, /* the next phase that has iterations, or the final read */
    OHM_ENGINE_DEVICE, /* the device is done: the next one of the row */
    OHM_ENGINE_END,   /* the row is done */
};
struct ohm_golden_engine {
    enum ohm_golden_engine_kind kind;
    uint32_t seq;         /* of the row's vector */
    unsigned row, dev;    /* dev: 0 plus, 1 minus */
    int poison;           /* ROW: it is skipped */
    enum ohm_golden_engine_way way; /* READ, PULSE: what follows */
    /* READ: whose numbers it has, for the report (final); ticks; steps of its ramp, as of struct
     * ohm_golden_vector; columns; Σ of their charges, ticks × G_max/2^14 */
    unsigned phase;
    int final;
    unsigned ticks, steps, cols;
    uint64_t charge;
    double held; /* final, of a whole polarity: Σ of what its columns conduct above target code 0,
                    in G_max/2^14; else 0 */
    /* PULSE: polarity, width code, columns, what their devices took */
    int set;
    unsigned width, columns;
    struct ohm_array_pulsed took;
};

struct ohm_golden_hooks { /* any may be NULL */
    void (*vector)(void *user, unsigned tile, const struct ohm_golden_vector *v);
    /* number: of the line */
    void (*walk)(void *user, unsigned tile, enum ohm_golden_walk step, unsigned stream,
                 uint32_t number);
    /* The vector leaves the tile; its packets come next, those of a block of windows after its last
     * one. */
    void (*finished)(void *user, unsigned tile, uint32_t seq, int poison);
    /* A vector tile has done a run; its packets and events came before. */
    void (*ran)(void *user, unsigned tile, const struct ohm_golden_run *run);
    void (*engine)(void *user, unsigned tile, const struct ohm_golden_engine *e);
    /* 1: reads and pulses of the engine wait for ohm_golden_engine_step */
    int engine_waits;
    /* A packet starts, from a tile or from the host (-1). Non-zero: the hook has taken it, the
     * model forgets it. */
    int (*packet)(void *user, int from, const uint32_t *flits, size_t n);
    void *user;
};

/* From now on; NULL: none. The pointer must outlive the model. */
void ohm_golden_hook(struct ohm_golden *g, const struct ohm_golden_hooks *hooks);

/* Hands a packet to one tile at once, as if it had just arrived there. -1 + err: the tile drops it
 * (and sends its event). */
int ohm_golden_deliver(struct ohm_golden *g, unsigned tile, const uint32_t *flits, size_t n,
                       int from_host, struct ohm_error *err);
/* A vector tile's run that is due has waited VWAIT cycles for its streams. */
void ohm_golden_expire(struct ohm_golden *g, unsigned tile);
/* What the engine of a tile does next, a read or a pulse; NOTHING: it waits for a vector. */
enum ohm_golden_engine_kind ohm_golden_engine_next(const struct ohm_golden *g, unsigned tile);
/* It does that. */
void ohm_golden_engine_step(struct ohm_golden *g, unsigned tile);
/* The event code with which a tile would drop this packet now, 0: it would take it. Nothing happens
 * to the tile. */
int ohm_golden_refuses(const struct ohm_golden *g, unsigned tile, const uint32_t *flits,
                       int from_host);
/* Whether the bridge lets a packet of the host's into the mesh. -1 + err: no, with the reason. */
int ohm_golden_admits(const struct ohm_golden *g, const uint32_t *flits, size_t n,
                      struct ohm_error *err);

#ifdef __cplusplus
}
#endif

OHM_API_END

#endif
