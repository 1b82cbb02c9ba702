/* SPDX-License-Identifier: Apache-2.0
 * Registers and memories, and the order of runs: the fixed cycle, sequences, poison, init. */
#include <stdlib.h>
#include <string.h>

#include "ohm_vec_state.h"

void ohm_vec_size_of(const struct ohm_config *c, struct ohm_vec_size *size)
{
    *size = (struct ohm_vec_size){c->vlanes, c->vmem_words, c->vprog, c->vtables,
                                  c->nstream, c->nroute, c->cols};
}

struct ohm_vec *ohm_vec_create(const struct ohm_vec_size *size)
{
    struct ohm_vec *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->size = *size;
    v->code = calloc((size_t)size->prog, sizeof *v->code);
    v->mem = calloc((size_t)size->mem, sizeof *v->mem);
    if (!v->code || !v->mem) {
        ohm_vec_free(v);
        return NULL;
    }
    return v;
}

void ohm_vec_free(struct ohm_vec *v)
{
    if (!v)
        return;
    free(v->code);
    free(v->mem);
    free(v);
}

struct ohm_vec *ohm_vec_copy(const struct ohm_vec *v)
{
    struct ohm_vec *copy = ohm_vec_create(&v->size);

    if (!copy)
        return NULL;
    uint64_t *const code = copy->code;
    uint32_t *const mem = copy->mem;
    *copy = *v;
    copy->code = memcpy(code, v->code, (size_t)v->size.prog * sizeof *code);
    copy->mem = memcpy(mem, v->mem, (size_t)v->size.mem * sizeof *mem);
    return copy;
}

/* Where a word address lies in an array of registers: its index, or -1. */
static int entry(uint32_t address, uint32_t base, int count)
{
    return address >= base && address - base < (uint32_t)count ? (int)(address - base) : -1;
}

/* Program, tables, vector memory: 1 when the address is one of theirs, and the word is written
 * where `value` is not NULL. */
static int store(struct ohm_vec *v, uint32_t address, const uint32_t *value)
{
    int i = entry(address, OHM_REG_VMEM, v->size.mem);

    if (i >= 0) {
        if (value)
            v->mem[i] = *value;
        return 1;
    }
    i = entry(address, OHM_REG_VTABLE, v->size.tables * OHM_REG_VTABLE_STRIDE);
    if (i >= 0 && i % OHM_REG_VTABLE_STRIDE < OHM_VEC_ENTRIES) {
        if (value)
            v->table[i / OHM_REG_VTABLE_STRIDE][i % OHM_REG_VTABLE_STRIDE] =
                (int32_t)(*value & 0x7FFFu) - (int32_t)(*value & 0x8000u);
        return 1;
    }
    i = entry(address, OHM_REG_VCODE, 2 * v->size.prog);
    if (i < 0)
        return 0;
    if (value) {
        const int up = i % 2 * 32;
        v->code[i / 2] = (v->code[i / 2] & ~(UINT64_C(0xFFFFFFFF) << up)) | (uint64_t)*value << up;
    }
    return 1;
}

/* The register at an address; NULL when it is none that a word can be kept in. */
static uint32_t *kept(struct ohm_vec_regs *r, int tables, uint32_t address, uint32_t *mask)
{
    int i;

    *mask = UINT32_MAX;
    switch (address) {
    case OHM_REG_VCYCLE: *mask = OHM_VCYCLE_MASK; return &r->cycle;
    case OHM_REG_VLIMIT: *mask = OHM_VLIMIT_MASK; return &r->limit;
    case OHM_REG_VADD: return &r->add;
    case OHM_REG_VSEED: return &r->seed;
    case OHM_REG_VWAIT: return &r->wait;
    case OHM_REG_VINIT: *mask = OHM_VINIT_MASK; return &r->init;
    default: break;
    }
    if ((i = entry(address, OHM_REG_VPROGRAM, OHM_VEC_PROGRAMS)) >= 0) {
        *mask = OHM_VPROGRAM_MASK;
        return &r->program[i];
    }
    if ((i = entry(address, OHM_REG_VTABLE_X0, tables)) >= 0)
        return &r->x0[i];
    if ((i = entry(address, OHM_REG_VTABLE_SHIFT, tables)) >= 0) {
        *mask = OHM_VTABLE_SHIFT_MASK;
        return &r->shift[i];
    }
    return NULL;
}

static uint32_t bits(uint32_t word, int lsb, int width)
{
    return word >> lsb & ((1u << width) - 1u);
}
#define BITS(word, field) bits(word, OHM_##field##_LSB, OHM_##field##_W)

uint32_t ohm_vec_write(struct ohm_vec *v, uint32_t address, uint32_t value)
{
    uint32_t mask, *reg = kept(&v->set, v->size.tables, address, &mask);

    const int late = v->enabled && (reg || address == OHM_REG_VSEQ);

    if (store(v, address, v->enabled ? NULL : &value) || late)
        return v->enabled ? OHM_PROGRAM_WRITE | address << 12 : 0;
    if (reg)
        *reg = value & mask;
    else if (address == OHM_REG_VSEQ) {
        v->set.steps = BITS(value, VSEQ_STEPS);
        v->set.lanes = BITS(value, VSEQ_LANES);
    } else if (address == OHM_REG_VSTART && v->enabled && value & 1u)
        v->started = 1;
    return 0;
}

uint32_t ohm_vec_read(const struct ohm_vec *v, uint32_t address)
{
    struct ohm_vec_regs set = v->set;
    uint32_t mask;
    const uint32_t *reg = kept(&set, v->size.tables, address, &mask);
    const int i = entry(address, OHM_REG_VMEM, v->size.mem);

    if (reg)
        return *reg;
    if (i >= 0)
        return v->enabled ? 0 : v->mem[i];
    if (address == OHM_REG_VSEQ)
        return v->set.steps << OHM_VSEQ_STEPS_LSB | v->set.lanes << OHM_VSEQ_LANES_LSB;
    if (address == OHM_REG_VSHAPE)
        return (uint32_t)v->size.lanes << OHM_VSHAPE_LANES_LSB
             | (uint32_t)(v->size.mem / OHM_VEC_UNIT) << OHM_VSHAPE_MEM_LSB
             | (uint32_t)v->size.prog << OHM_VSHAPE_PROG_LSB
             | (uint32_t)v->size.tables << OHM_VSHAPE_TABLES_LSB;
    return 0;
}

/* Judges what names streams and routes: the first refusal's detail, or 0. */
static uint32_t names(const struct ohm_vec *v)
{
    const struct ohm_vec_regs *r = &v->held;
    const int on = (int)BITS(r->init, VINIT_ON);
    uint32_t streams = 0, routes = 0;

    for (uint32_t p = 0; p < r->cycle; p++)
        if (BITS(r->program[p], VPROGRAM_START) >= (uint32_t)v->size.prog)
            return OHM_PROGRAM_START | p << 8;
    if (on && BITS(r->init, VINIT_START) >= (uint32_t)v->size.prog)
        return OHM_PROGRAM_START | OHM_VEC_INIT << 8;
    for (uint32_t p = 0; p < r->cycle; p++) {
        const uint32_t mask = BITS(r->program[p], VPROGRAM_STREAMS);
        if (mask >> v->size.streams || mask & streams)
            return OHM_PROGRAM_STREAMS | p << 8;
        streams |= mask;
    }
    if (!streams)
        return OHM_PROGRAM_STREAMS;
    for (uint32_t p = 0; p < r->cycle; p++) {
        const uint32_t mask = BITS(r->program[p], VPROGRAM_ROUTES);
        if (mask >> v->size.routes || mask & routes)
            return OHM_PROGRAM_ROUTES | p << 8;
        routes |= mask;
    }
    return on && BITS(r->init, VINIT_ROUTES) & ~routes ? OHM_PROGRAM_ROUTES | OHM_VEC_INIT << 8 : 0;
}

static uint32_t refusal(const struct ohm_vec *v)
{
    const struct ohm_vec_regs *r = &v->held;

    if (r->cycle < 1 || r->cycle > OHM_VEC_PROGRAMS)
        return OHM_PROGRAM_CYCLE;
    if (!r->steps || r->lanes < 1 || r->lanes > OHM_VEC_LANES)
        return OHM_PROGRAM_SEQ;
    if (!r->limit)
        return OHM_PROGRAM_LIMIT0;
    return names(v);
}

uint32_t ohm_vec_enable(struct ohm_vec *v, uint32_t seq_base)
{
    v->held = v->set;
    v->enabled = 1;
    v->started = v->closing = 0;
    v->base = v->n = seq_base;
    v->lane = v->step = v->marks = v->at = v->init_lane = 0;
    v->runs[0] = v->runs[1] = 0;
    const uint32_t detail = refusal(v);
    v->refused = detail != 0;
    return detail;
}

void ohm_vec_disable(struct ohm_vec *v)
{
    v->enabled = v->refused = 0;
}

int ohm_vec_next(const struct ohm_vec *v, struct ohm_vec_turn *t)
{
    const uint32_t init = v->held.init, recurrent = BITS(init, VINIT_ROUTES);
    const int on = (int)BITS(init, VINIT_ON), first = on && v->init_lane < v->held.lanes;

    if (!v->enabled || v->refused || (on && !v->started))
        return 0;
    if (first || v->closing) {
        const uint32_t lane = first ? v->init_lane : v->lane;
        *t = (struct ohm_vec_turn){.program = OHM_VEC_INIT, .lane = lane,
                                   .n = first ? v->base + lane - v->held.lanes : v->n,
                                   .start = BITS(init, VINIT_START), .routes = recurrent};
        return 1;
    }
    const uint32_t program = v->held.program[v->at];
    *t = (struct ohm_vec_turn){.program = (int)v->at, .n = v->n, .step = v->step, .lane = v->lane,
                               .start = BITS(program, VPROGRAM_START),
                               .streams = BITS(program, VPROGRAM_STREAMS),
                               .routes = BITS(program, VPROGRAM_ROUTES),
                               .quiet = on && v->step + 1 == v->held.steps ? recurrent : 0,
                               .marked = (int)(v->marks >> v->lane & 1u)};
    return 1;
}

/* To the next number. */
static void advance(struct ohm_vec *v)
{
    v->closing = 0;
    v->at = 0;
    v->n++;
    if (++v->lane == v->held.lanes) {
        v->lane = 0;
        if (++v->step == v->held.steps)
            v->step = 0;
    }
}

/* Moves on after a run; marks its lane when it did not reach its end. */
static void finish(struct ohm_vec *v, const struct ohm_vec_turn *t, int code)
{
    v->runs[code != 0]++;
    if (code)
        v->marks |= 1u << t->lane;
    if (t->program == OHM_VEC_INIT) {
        if (v->closing)
            advance(v);
        else
            v->init_lane++;
        return;
    }
    if (++v->at < v->held.cycle)
        return;
    if (v->step + 1 == v->held.steps) {
        v->marks &= ~(1u << v->lane);
        v->closing = (int)BITS(v->held.init, VINIT_ON);
    }
    if (!v->closing)
        advance(v);
}

static void tell(const struct vec_run *r, enum ohm_vec_what what, uint32_t cycle, uint32_t mask,
                 uint32_t words)
{
    if (r->hooks->moment && (mask || what == OHM_VEC_STOPS))
        r->hooks->moment(r->hooks->user, &(struct ohm_vec_moment){what, cycle, mask, words});
}

/* What an instruction that is fetched in this cycle shows outside. */
static void tell_instruction(const struct vec_run *r, const struct ohm_vec_ins *ins, uint32_t cycle)
{
    const uint32_t per = ohm_vec_packed(ins->sh);

    if (ins->op == OHM_VOP_FREE)
        tell(r, OHM_VEC_FREES, cycle + 2, ins->imm, 0);
    else if (ins->op == OHM_VOP_END)
        tell(r, OHM_VEC_FREES, cycle + 2, r->turn->streams & ~r->freed, 0);
    else if (ins->op == OHM_VOP_SEND)
        tell(r, OHM_VEC_SENDS, cycle + 6, ins->imm & ~r->turn->quiet, (r->length + per - 1) / per);
}

/* Poison on what a run names and has not sent on, its inputs freed, from this cycle on; returns the
 * cycles. */
static uint32_t give_up(const struct vec_run *r, uint32_t cycle)
{
    const uint32_t routes = r->turn->routes & ~r->sent & ~r->turn->quiet;
    const uint32_t streams = r->turn->streams & ~r->freed;

    tell(r, OHM_VEC_FREES, cycle, streams, 0);
    tell(r, OHM_VEC_POISONS, cycle + vec_bits(streams), routes, 0);

    if (routes && r->hooks->sent)
        r->hooks->sent(r->hooks->user,
                       &(struct ohm_vec_sent){.routes = routes, .n = r->turn->n, .poison = 1});
    return vec_bits(streams) + (routes ? 1u : 0u);
}

/* Runs until the end, or the fault that is returned. */
static int interpret(struct vec_run *r)
{
    const struct ohm_vec *v = r->v;

    while (!r->over) {
        struct vec_place place;
        if (r->count == v->held.limit)
            return OHM_PROGRAM_LIMIT;
        if (r->pc >= (uint32_t)v->size.prog)
            return OHM_PROGRAM_PC;
        const struct ohm_vec_ins ins = ohm_vec_decode(v->code[r->pc]);
        const int fault = ohm_vec_fault(r, &ins, &place);
        if (fault)
            return fault;
        const uint32_t pc = r->pc;
        tell_instruction(r, &ins, r->cycles);
        r->cycles += ohm_vec_cycles(r, &ins, &place);
        r->count++;
        ohm_vec_count(r, &ins, &place);
        ohm_vec_execute(r, &ins, &place);
        if (r->hooks->instruction)
            r->hooks->instruction(r->hooks->user, r->turn, pc);
    }
    return 0;
}

/* After VWAIT: poison again for the number that the tile waits for. */
static void send_again(struct vec_run *r)
{
    const struct ohm_vec *v = r->v;
    const uint32_t init = v->held.init;
    const uint32_t routes = BITS(init, VINIT_ON) ? BITS(init, VINIT_ROUTES) : 0;

    tell(r, OHM_VEC_POISONS, 1, routes, 0);
    if (routes && r->hooks->sent)
        r->hooks->sent(r->hooks->user,
                       &(struct ohm_vec_sent){.routes = routes, .n = r->turn->n - v->held.lanes,
                                              .poison = 1});
    r->cycles += routes != 0;
}

void ohm_vec_run(struct ohm_vec *v, const struct ohm_vec_front front[OHM_VEC_STREAMS],
                 const struct ohm_vec_hooks *hooks, struct ohm_vec_done *done)
{
    struct ohm_vec_turn t;
    int poison, lost = 0;

    *done = (struct ohm_vec_done){0};
    if (!ohm_vec_next(v, &t))
        return;
    poison = t.marked;
    for (int s = 0; s < OHM_VEC_STREAMS; s++)
        if (t.streams >> s & 1u) {
            poison |= front[s].state != OHM_VEC_WHOLE;
            lost |= front[s].state == OHM_VEC_LOST;
        }
    struct vec_run r = {.v = v, .turn = &t, .front = front, .hooks = hooks, .pc = t.start,
                        .length = 16, .cycles = 4, .s = {0, t.n, t.step, t.lane}};
    if (lost)
        send_again(&r);
    done->code = poison ? OHM_VEC_POISONED : interpret(&r);
    if (done->code && !poison) {
        r.cycles += 6;
        tell(&r, OHM_VEC_STOPS, r.cycles, 0, 0);
    }
    if (done->code)
        r.cycles += give_up(&r, r.cycles);
    if (done->code && !poison)
        done->event = (uint32_t)done->code | (uint32_t)t.program << 8 | r.pc << 12 | 1u << 31;
    done->pc = r.pc;
    done->count = r.count;
    done->cycles = r.cycles;
    done->work = r.work;
    finish(v, &t, done->code);
}

uint32_t ohm_vec_head(const struct ohm_vec *v)
{
    return v->n;
}

uint32_t ohm_vec_runs(const struct ohm_vec *v, int poisoned)
{
    return v->runs[poisoned != 0];
}

uint32_t ohm_vec_add(const struct ohm_vec *v, unsigned route)
{
    return v->held.add >> 4 * route & 15u;
}

uint32_t ohm_vec_wait(const struct ohm_vec *v)
{
    return v->held.wait;
}

uint64_t ohm_vec_code(const struct ohm_vec *v, uint32_t pc)
{
    return pc < (uint32_t)v->size.prog ? v->code[pc] : 0;
}
