/* SPDX-License-Identifier: Apache-2.0
 * Golden model: what a vector tile's runs see and send. */
#include "ohm_golden_vec.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_golden_flow.h"
#include "ohm_golden_out.h"

/* A unit as after reset. */
static int vec_make(struct tile *t, const struct ohm_device_model *device, uint64_t seed,
                    struct ohm_error *err)
{
    struct vec_tile *u = t->own = calloc(1, sizeof *u);
    struct ohm_vec_size size;

    (void)device;
    (void)seed;
    if (u) {
        ohm_vec_size_of(&t->g->config, &size);
        u->written = calloc((size_t)size.mem, 1);
        u->unit = ohm_vec_create(&size);
        u->known = 1;
    }
    return u && u->unit && u->written ? 0 : ohm_fail(err, "golden model: out of memory");
}

static void vec_free(struct tile *t)
{
    struct vec_tile *u = vec_of(t);

    if (!u)
        return;
    ohm_vec_free(u->unit);
    free(u->written);
    free(u->steps.at);
    free(u->sent.at);
    free(u->moments);
    free(u);
}

static int vec_copy(struct tile *t, const struct tile *from)
{
    struct vec_tile *u = t->own = calloc(1, sizeof *u);

    if (!u)
        return -1;
    u->unit = ohm_vec_copy(vec_of(from)->unit);
    return u->unit ? 0 : -1;
}

/* ---- what a run does, as expected of the chip ---- */

static struct vec_step *push(struct vec_steps *q)
{
    if (q->tail == q->size) {
        if (q->head > q->size / 2) {
            memmove(q->at, q->at + q->head, (q->tail - q->head) * sizeof *q->at);
            q->tail -= q->head;
            q->head = 0;
        } else {
            const size_t size = q->size ? 2 * q->size : 256;
            struct vec_step *at = realloc(q->at, size * sizeof *at);
            if (!at)
                return NULL;
            q->at = at;
            q->size = size;
        }
    }
    return &q->at[q->tail++];
}

/* A step of the run that is under way. */
static void expect(struct tile *t, enum ohm_trace_vec_kind kind, uint32_t at, uint32_t value)
{
    struct vec_tile *u = vec_of(t);

    if (!t->g->checking)
        return;
    struct vec_step *s = push(kind == OHM_TRACE_VEC_SENT ? &u->sent : &u->steps);
    if (!s) {
        ohm_golden_fault(t->g, "golden model: out of memory");
        return;
    }
    *s = (struct vec_step){.n = u->turn.n, .program = (uint8_t)u->turn.program, .at = at,
                           .value = value, .kind = (uint8_t)kind};
}

/* The instruction is known once it is over: what it wrote before is its own. */
static void name_steps(struct vec_steps *q, uint32_t pc)
{
    for (size_t i = q->tail; i > q->head && !q->at[i - 1].named; i--) {
        q->at[i - 1].pc = pc;
        q->at[i - 1].named = 1;
    }
}

static void on_instruction(void *user, const struct ohm_vec_turn *turn, uint32_t pc)
{
    struct tile *t = user;

    (void)turn;
    expect(t, OHM_TRACE_VEC_INSTRUCTION, pc, 0);
    name_steps(&vec_of(t)->steps, pc);
    name_steps(&vec_of(t)->sent, pc);
}

static void on_memory(void *user, uint32_t word, uint32_t value)
{
    struct tile *t = user;

    if (vec_of(t)->written)
        vec_of(t)->written[word] = 1;
    expect(t, OHM_TRACE_VEC_WORD, word, value);
}

static void on_scalar(void *user, unsigned reg, uint32_t value)
{
    if (reg)
        expect(user, OHM_TRACE_VEC_SCALAR, reg, value);
}

/* A vector or poison leaves: packets of at most COLS words, each on all its routes in turn. */
static void on_sent(void *user, const struct ohm_vec_sent *s)
{
    struct tile *t = user;
    const uint32_t most = (uint32_t)t->g->config.cols;

    for (uint32_t i = 0; !s->poison && i < s->count; i++)
        expect(t, OHM_TRACE_VEC_SENT, 0, s->words[i]);
    for (uint32_t at = 0; at < s->count || (s->poison && !at); at += most) {
        const uint32_t n = s->poison ? 0 : s->count - at < most ? s->count - at : most;
        for (unsigned r = 0; r < (unsigned)t->g->config.nroute; r++) {
            const uint32_t flits[2] = {t->reg[OHM_REG_ROUTE + r * OHM_REG_ROUTE_STRIDE], 0};
            const uint32_t part = t->reg[OHM_REG_ROUTE_PART + r * OHM_REG_ROUTE_PART_STRIDE];
            struct ohm_header h = ohm_header_decode(flits);
            if (!(s->routes >> r & 1u) || !h.type)
                continue;
            h.poison = (unsigned)s->poison;
            h.len = n;
            h.seq = (s->n + ohm_vec_add(vec_of(t)->unit, r)) & 0xffffu;
            h.offset = (OHM_FIELD(part, ROUTE_PART_OFFSET) + at) & 0xffffu;
            if (h.host) {
                h.x = t->x;
                h.y = t->y;
            }
            ohm_golden_route(t, &h, s->words + at);
        }
        if (s->poison)
            return;
    }
}

static void on_moment(void *user, const struct ohm_vec_moment *m)
{
    struct tile *t = user;
    struct vec_tile *u = vec_of(t);

    if (u->moment_count == u->moment_size) {
        const size_t size = 2 * u->moment_size + 16;
        struct ohm_vec_moment *at = realloc(u->moments, size * sizeof *at);
        if (!at) {
            ohm_golden_fault(t->g, "golden model: out of memory");
            return;
        }
        u->moments = at;
        u->moment_size = size;
    }
    u->moments[u->moment_count++] = *m;
}

/* ---- runs ---- */

static int ready(const struct tile *t, const struct ohm_vec_turn *turn)
{
    for (int s = 0; s < t->g->config.nstream; s++)
        if (turn->streams >> s & 1u && !slots_ready(&t->stream[s]))
            return 0;
    return 1;
}

/* Whether a run whose streams are ready is poisoned whatever VWAIT says. */
static int poisoned(const struct tile *t, const struct ohm_vec_turn *turn)
{
    int poison = turn->marked;

    for (int i = 0; i < t->g->config.nstream; i++) {
        const struct slots *s = &t->stream[i];
        const uint32_t got = *slot_got(s, s->head);
        if (turn->streams >> i & 1u)
            poison |= (got & SLOT_POISON) || !(got & SLOT_WHOLE);
    }
    return poison;
}

/* The run that is due. expired: what has not come, or all of it when it has in this model, is lost
 * to the tile. */
static void run(struct tile *t, int expired)
{
    struct vec_tile *u = vec_of(t);
    const struct ohm_golden_hooks *told = t->g->hooks;
    const struct ohm_vec_hooks hooks = {t, on_sent, on_instruction, on_memory, on_scalar,
                                        told && told->ran ? on_moment : NULL};
    struct ohm_vec_front front[OHM_VEC_STREAMS] = {{0}};
    struct ohm_vec_done done;

    u->moment_count = 0;
    ohm_vec_next(u->unit, &u->turn);
    const int all = ready(t, &u->turn);
    for (unsigned i = 0; i < (unsigned)t->g->config.nstream; i++) {
        struct slots *s = &t->stream[i];
        if (!(u->turn.streams >> i & 1u))
            continue;
        front[i] = (struct ohm_vec_front){slot_data(s, s->head), s->words, OHM_VEC_WHOLE};
        if (expired && (all || !slots_ready(s))) {
            uint32_t *got = slot_got(s, s->head);
            s->whole += !(*got & SLOT_WHOLE);
            *got |= SLOT_WHOLE; /* whatever came of it */
            front[i].state = OHM_VEC_LOST;
        }
        int lost;
        const int was_lost = front[i].state == OHM_VEC_LOST, poison = slots_take(s, &lost);
        if (lost)
            ohm_tile_event(t, OHM_EVENT_LOST, s->head);
        if (poison && !was_lost)
            front[i].state = OHM_VEC_POISON;
    }
    if (expired)
        ohm_tile_event(t, OHM_EVENT_LOST, u->turn.n);
    ohm_vec_run(u->unit, front, &hooks, &done);
    expect(t, OHM_TRACE_VEC_RUN, (uint32_t)done.code, 0);
    name_steps(&u->steps, done.pc);
    for (unsigned i = 0; i < (unsigned)t->g->config.nstream; i++)
        if (u->turn.streams >> i & 1u)
            ohm_tile_free_oldest(t, i);
    if (done.event)
        ohm_tile_event(t, OHM_EVENT_BAD_DESC, done.event);
    if (done.code)
        COUNTER(t, POISON)++;
    else
        COUNTER(t, VMM)++;
    if (!t->g->checking) {
        t->g->stats.runs++;
        t->g->stats.instructions += done.count;
    }
    const struct ohm_golden_run r = {&u->turn, &done, expired, u->moments, u->moment_count};
    if (told && told->ran)
        told->ran(told->user, t->number, &r);
}

/* All that can run, now. */
static void run_due(struct tile *t)
{
    struct ohm_vec_turn turn;

    while (ohm_vec_next(vec_of(t)->unit, &turn) && ready(t, &turn))
        run(t, 0);
}

/* All runs that are due, in functional use. */
static void vec_run(struct tile *t)
{
    if (t->enabled && !t->bad_desc && !t->g->checking)
        run_due(t);
}

int ohm_tile_vec_due(const struct tile *t, struct ohm_vec_turn *turn)
{
    return ohm_vec_next(vec_of(t)->unit, turn) && ready(t, turn);
}

/* Poison that this model knows no reason for means that VWAIT has run out in the chip. */
int ohm_tile_vec_shown(struct tile *t, const struct ohm_trace_vec *c)
{
    const int poison = c->kind == OHM_TRACE_VEC_RUN && c->at == OHM_VEC_POISONED;
    struct ohm_vec_turn turn;

    if (!t->enabled || t->bad_desc || !ohm_vec_next(vec_of(t)->unit, &turn))
        return 0;
    const int whole = ready(t, &turn), may_expire = poison && turn.streams
                                                   && ohm_vec_wait(vec_of(t)->unit);
    if (!whole && !may_expire)
        return 0;
    run(t, may_expire && (!whole || !poisoned(t, &turn)));
    return 1;
}

static void vec_expire(struct tile *t)
{
    struct ohm_vec_turn turn;

    if (!t->enabled || !ohm_vec_next(vec_of(t)->unit, &turn) || ready(t, &turn))
        return;
    run(t, 1);
    run_due(t);
}

/* ---- control ---- */

static uint32_t vec_enable(struct tile *t)
{
    return ohm_vec_enable(vec_of(t)->unit, t->reg[OHM_REG_SEQ_BASE]);
}

/* What the chip has done until then is not known: it may show what is due now, or not. */
static void vec_disable(struct tile *t)
{
    struct vec_tile *u = vec_of(t);
    struct ohm_vec_turn turn;

    if (t->g->checking) {
        if (u->steps.head != u->steps.tail
            || (!t->bad_desc && ohm_vec_next(u->unit, &turn) && ready(t, &turn)))
            u->known = 0;
        if (!t->bad_desc)
            run_due(t);
        for (size_t i = u->steps.head; i < u->steps.tail; i++)
            u->steps.at[i].abandoned = 1;
        for (size_t i = u->sent.head; i < u->sent.tail; i++)
            u->sent.at[i].abandoned = 1;
    }
    ohm_vec_disable(u->unit);
}

/* A word for its own registers, which starts what it starts. */
static void vec_write(struct tile *t, unsigned addr, uint32_t value)
{
    const uint32_t event = ohm_vec_write(vec_of(t)->unit, addr, value);

    if (event)
        ohm_tile_event(t, OHM_EVENT_BAD_DESC, event);
    else if (addr >= OHM_REG_VMEM && vec_of(t)->written)
        vec_of(t)->written[addr - OHM_REG_VMEM] = 1;
    if (addr == OHM_REG_VSTART)
        vec_run(t);
}

static uint32_t vec_read(const struct tile *t, unsigned addr)
{
    return ohm_vec_read(vec_of(t)->unit, addr);
}

/* Vector memory: what it holds depends on no run that the chip may have done or not, and somebody
 * has written the word. */
static int vec_known(const struct tile *t, unsigned addr)
{
    const struct vec_tile *u = vec_of(t);

    return addr < OHM_REG_VMEM || t->enabled
        || (u->known && u->written && u->written[addr - OHM_REG_VMEM]);
}

static uint32_t vec_head(const struct tile *t)
{
    return ohm_vec_head(vec_of(t)->unit);
}

/* A poisoned run frees its streams and may wait long before it is over. */
static int vec_freed(struct tile *t)
{
    const struct ohm_trace_vec over = {.kind = OHM_TRACE_VEC_RUN, .at = OHM_VEC_POISONED};

    return ohm_tile_vec_shown(t, &over);
}

const struct ohm_tile_kind ohm_tile_vec = {
    .name = "vector tile", .make = vec_make, .free = vec_free, .copy = vec_copy,
    .enable = vec_enable, .disable = vec_disable, .run = vec_run, .expire = vec_expire,
    .head = vec_head, .write = vec_write, .read = vec_read, .known = vec_known,
    .freed = vec_freed, .finish = ohm_tile_vec_finish,
};
