/* SPDX-License-Identifier: Apache-2.0
 * Golden model: what a vector tile's runs see and send. */
#include "ohm_golden_vec.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_golden_flow.h"
#include "ohm_golden_out.h"

int ohm_tile_vec_new(struct tile *t)
{
    struct vec_tile *u = calloc(1, sizeof *u);
    struct ohm_vec_size size;

    if (!u)
        return -1;
    t->vec = u;
    ohm_vec_size_of(&t->g->config, &size);
    u->written = calloc((size_t)size.mem, 1);
    u->unit = ohm_vec_create(&size);
    u->known = 1;
    return u->unit && u->written ? 0 : -1;
}

void ohm_tile_vec_free(struct tile *t)
{
    if (!t->vec)
        return;
    ohm_vec_free(t->vec->unit);
    free(t->vec->written);
    free(t->vec->steps.at);
    free(t->vec->sent.at);
    free(t->vec->moments);
    free(t->vec);
}

int ohm_tile_vec_copy(struct tile *t, const struct tile *from)
{
    if (!from->vec)
        return 0;
    t->vec = calloc(1, sizeof *t->vec);
    if (!t->vec)
        return -1;
    t->vec->unit = ohm_vec_copy(from->vec->unit);
    return t->vec->unit ? 0 : -1;
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
    struct vec_tile *u = t->vec;

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
    name_steps(&t->vec->steps, pc);
    name_steps(&t->vec->sent, pc);
}

static void on_memory(void *user, uint32_t word, uint32_t value)
{
    struct tile *t = user;

    if (t->vec->written)
        t->vec->written[word] = 1;
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
            h.seq = (s->n + ohm_vec_add(t->vec->unit, r)) & 0xffffu;
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
    struct vec_tile *u = t->vec;

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
    struct vec_tile *u = t->vec;
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

    while (ohm_vec_next(t->vec->unit, &turn) && ready(t, &turn))
        run(t, 0);
}

void ohm_tile_vec_run(struct tile *t)
{
    if (t->enabled && !t->bad_desc && !t->g->checking)
        run_due(t);
}

int ohm_tile_vec_due(const struct tile *t, struct ohm_vec_turn *turn)
{
    return ohm_vec_next(t->vec->unit, turn) && ready(t, turn);
}

/* Poison that this model knows no reason for means that VWAIT has run out in the chip. */
int ohm_tile_vec_shown(struct tile *t, const struct ohm_trace_vec *c)
{
    const int poison = c->kind == OHM_TRACE_VEC_RUN && c->at == OHM_VEC_POISONED;
    struct ohm_vec_turn turn;

    if (!t->enabled || t->bad_desc || !ohm_vec_next(t->vec->unit, &turn))
        return 0;
    const int whole = ready(t, &turn), may_expire = poison && turn.streams
                                                   && ohm_vec_wait(t->vec->unit);
    if (!whole && !may_expire)
        return 0;
    run(t, may_expire && (!whole || !poisoned(t, &turn)));
    return 1;
}

void ohm_tile_vec_expire(struct tile *t)
{
    struct ohm_vec_turn turn;

    if (!t->enabled || !ohm_vec_next(t->vec->unit, &turn) || ready(t, &turn))
        return;
    run(t, 1);
    run_due(t);
}

/* ---- control ---- */

uint32_t ohm_tile_vec_enable(struct tile *t)
{
    return ohm_vec_enable(t->vec->unit, t->reg[OHM_REG_SEQ_BASE]);
}

/* What the chip has done until then is not known: it may show what is due now, or not. */
void ohm_tile_vec_disable(struct tile *t)
{
    struct vec_tile *u = t->vec;
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

void ohm_tile_vec_write(struct tile *t, unsigned addr, uint32_t value)
{
    const uint32_t event = ohm_vec_write(t->vec->unit, addr, value);

    if (event)
        ohm_tile_event(t, OHM_EVENT_BAD_DESC, event);
    else if (addr >= OHM_REG_VMEM && t->vec->written)
        t->vec->written[addr - OHM_REG_VMEM] = 1;
    if (addr == OHM_REG_VSTART)
        ohm_tile_vec_run(t);
}

uint32_t ohm_tile_vec_read(const struct tile *t, unsigned addr)
{
    return ohm_vec_read(t->vec->unit, addr);
}

int ohm_tile_vec_known(const struct tile *t, unsigned addr)
{
    return t->enabled || (t->vec->known && t->vec->written && t->vec->written[addr - OHM_REG_VMEM]);
}
