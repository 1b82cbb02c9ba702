/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <string.h>

unsigned long checks;

void says(const char *text, const char *const *words, int line)
{
    for (; *words; words++) {
        checks++;
        if (!strstr(text, *words))
            fail_msg("line %d: \"%s\" does not say \"%s\"", line, text, *words);
    }
}

uint32_t m_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

void m_default(struct m_tile *t, int rows, int cols, int acc_f)
{
    memset(t, 0, sizeof *t);
    t->rows = rows;
    t->cols = t->outs = cols;
    t->nslice = 1;
    t->slice[0] = (struct m_slice){.w = 8, .start = -511, .stop = 511};
    t->lsb = 16384;
    t->acc_f = acc_f;
    t->log2_slots = 2;
    for (int c = 0; c < cols; c++) {
        t->column[c] = (struct m_column){.gain = 16384, .out = c, .kind = DATA};
        t->scale[c] = 1;
    }
    t->route[0] = m_route(OHM_TYPE_RESULT, 0, 0, 1, 0, 0);
    t->part[0] = m_part(0, cols, 0, 0);
}

/* floor(a / b) by search from the truncated quotient, b > 0 */
static __int128 floor_ratio(__int128 a, __int128 b)
{
    __int128 q = a / b;

    while (q * b > a)
        q--;
    return q;
}

/* rnd(a / b) = floor(a/b + 1/2) */
static __int128 round_ratio(__int128 a, __int128 b)
{
    return floor_ratio(2 * a + b, 2 * b);
}

static int32_t wrap(__int128 v)
{
    const __int128 m = (__int128)1 << 32;
    __int128 r = v - floor_ratio(v, m) * m;

    return (int32_t)(r >= m / 2 ? r - m : r);
}

static __int128 power2(int n)
{
    __int128 p = 1;

    while (n--)
        p *= 2;
    return p;
}

/* Where the ramp is at step n. */
static int level(const struct m_tile *t, const struct m_slice *s, int n)
{
    return s->table ? t->ramp_tab[n & 255] : n;
}

/* Charge of a column in a slice, bit by bit of the inputs. */
static __int128 charge(const struct m_tile *t, const struct m_slice *s, const uint8_t *input, int c)
{
    __int128 q = 0;

    for (int r = 0; r < t->rows; r++) {
        int x = input[r];
        if (t->is_signed && x > 127)
            x = x == 128 ? -127 : x - 256;
        int ticks = 0;
        if (s->part && (r < s->first || r > s->last))
            continue;
        for (int b = 0; b < s->w; b++)
            if ((x < 0 ? -x : x) / (int)power2(s->lo + b) % 2)
                ticks += (int)power2(b);
        if (s->in == 0 && x < 0)
            ticks = -ticks;
        if ((s->in == 1 && x < 0) || (s->in == 2 && x >= 0))
            ticks = 0;
        q += ticks
             * ((s->dev != 2 ? t->cell[0][r][c] : 0) - (s->dev == 0 ? t->cell[1][r][c] : 0)
                + (s->dev == 2 ? t->cell[1][r][c] : 0));
    }
    return q;
}

/* What a code adds to its column's output or to the reference. */
static __int128 term_of(const struct m_tile *t, const struct m_slice *s, const struct m_column *m,
                        int code)
{
    __int128 term = round_ratio((__int128)code * m->gain * power2(t->acc_f), 16384);

    if (m->trim)
        term += m->offset;
    if (s->mul)
        term = round_ratio(term * s->gain, 16384);
    term *= power2(s->lo + m->shift + s->rs);
    return (m->neg != 0) != (s->neg != 0) ? -term : term;
}

/* One output from its accumulator. */
static void post_process(const struct m_tile *t, int o, int32_t a, struct m_vmm *v)
{
    const int32_t sum = wrap((__int128)a + t->bias[o]);
    __int128 y = round_ratio((__int128)sum * t->scale[o], power2(t->shift));
    const int lo = t->o_signed ? -127 : 0, hi = t->o_signed ? 127 : 255;

    if (t->shift == 0)
        y = (__int128)sum * t->scale[o];
    if (t->func == 1) { /* the entry next to y */
        int i = 0;
        while (i < 255 && i - 128 < y)
            i++;
        y = t->o_signed && t->table[i] > 127 ? t->table[i] - 256 : t->table[i];
    } else if (t->func == 2) {
        y = y < 0 ? -t->o_signed : 1;
    } else if (t->relu && y < 0) {
        y = 0;
    }
    if (t->mode == Y_MODE)
        v->sat_out += y < lo || y > hi;
    v->acc[o] = a;
    v->y[o] = t->mode == PSUM_MODE ? a
              : t->mode == V_MODE  ? sum
                                   : (int32_t)(y < lo   ? lo
                                               : y > hi ? hi
                                                        : y);
}

void m_compute(const struct m_tile *t, const uint8_t *input, const int32_t *psum, struct m_vmm *v)
{
    __int128 acc[SIDE] = {0}, reference = 0;
    int references = 0;

    memset(v, 0, sizeof *v);
    for (int k = 0; k < t->nslice; k++) {
        const struct m_slice *s = &t->slice[k];
        const __int128 lsb = t->lsb * power2(s->rs);

        for (int c = 0; c < t->cols; c++) {
            const struct m_column *m = &t->column[c];
            const __int128 q = charge(t, s, input, c);
            int code = s->start; /* the ramp, step by step */
            while (code < s->stop && !(2 * q < lsb * (2 * level(t, s, code) + 1)))
                code++;
            if (m->kind == OFF)
                continue;
            v->clip_hi += !(2 * q < lsb * (2 * level(t, s, code) + 1));
            v->clip_lo += 2 * q < lsb * (2 * level(t, s, s->start - 1) + 1);
            v->code[v->ncode] = code;
            v->slice_of[v->ncode] = k;
            v->col_of[v->ncode++] = c;
            if (m->kind == CHECK_ONLY)
                continue;
            references |= m->kind == REFERENCE;
            *(m->kind == REFERENCE ? &reference : &acc[m->out]) += term_of(t, s, m, code);
        }
    }
    for (int r = 0; r < t->rows; r++)
        v->sat_in += t->is_signed && input[r] == 128;

    for (int o = 0; o < t->outs; o++) {
        if (references)
            acc[o] += round_ratio((__int128)wrap(reference) * t->refcoef[o], 16384);
        post_process(t, o, wrap(acc[o] + (psum ? psum[o] : 0)), v);
    }
}

uint32_t m_route(unsigned type, unsigned x, unsigned y, unsigned host, unsigned mc, unsigned chan)
{
    uint32_t flits[2];

    ohm_header_encode(
        &(struct ohm_header){.type = type, .x = x, .y = y, .host = host, .mc = mc, .chan = chan},
        flits);
    return flits[0];
}

uint32_t m_part(int first, int count, int offset, int credit)
{
    return OHM_PLACE(first, ROUTE_PART_FIRST) | OHM_PLACE(count - 1, ROUTE_PART_COUNT1)
         | OHM_PLACE(offset, ROUTE_PART_OFFSET) | OHM_PLACE(credit, ROUTE_PART_CREDIT);
}

int m_packet(struct ohm_golden *g, struct ohm_header h, const uint32_t *payload,
             struct ohm_error *err)
{
    uint32_t flits[OHM_PACKET_MAX];

    ohm_header_encode(&h, flits);
    for (unsigned i = 0; i < h.len; i++)
        flits[2 + i] = payload[i];
    return ohm_golden_packet_in(g, flits, 2 + h.len, err);
}

static void insist(struct ohm_golden *g, struct ohm_header h, const uint32_t *payload)
{
    struct ohm_error err = {""};

    if (m_packet(g, h, payload, &err))
        fail_msg("setup: %s", err.text);
}

void m_write(struct ohm_golden *g, unsigned x, unsigned y, unsigned addr, uint32_t value)
{
    insist(g,
           (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = x, .y = y, .len = 1, .offset = addr},
           &value);
}

static void load_columns(struct ohm_golden *g, const struct m_tile *t)
{
    const unsigned x = t->x, y = t->y, n = (unsigned)t->cols;
    uint32_t column[SIDE] = {0}, bias[SIDE], scale[SIDE];

    for (unsigned c = 0; c < n; c++) {
        const struct m_column *m = &t->column[c];
        column[c] = OHM_PLACE(m->gain, COLMAP_GAIN) | OHM_PLACE(m->out, COLMAP_OUT)
                    | OHM_PLACE(m->shift, COLMAP_SHIFT) | OHM_PLACE(m->neg, COLMAP_NEG)
                    | OHM_PLACE(m->trim, COLMAP_TRIM) | OHM_PLACE(m->kind, COLMAP_KIND);
        if (m->trim)
            m_write(g, x, y, OHM_REG_TRIM + c, (uint32_t)m->offset);
        if (t->refcoef[c])
            m_write(g, x, y, OHM_REG_REFCOEF + c, (uint32_t)t->refcoef[c]);
        bias[c] = (uint32_t)t->bias[c];
        scale[c] = (uint32_t)t->scale[c] & 0xffffu;
    }
    insist(g,
           (struct ohm_header){
               .type = OHM_TYPE_CFG_WR, .x = x, .y = y, .len = n, .offset = OHM_REG_COLMAP},
           column);
    insist(g,
           (struct ohm_header){
               .type = OHM_TYPE_CFG_WR, .x = x, .y = y, .len = n, .offset = OHM_REG_BIAS},
           bias);
    insist(g,
           (struct ohm_header){
               .type = OHM_TYPE_CFG_WR, .x = x, .y = y, .len = n, .offset = OHM_REG_SCALE},
           scale);
}

static void load_cells(struct ohm_golden *g, const struct m_tile *t)
{
    const unsigned x = t->x, y = t->y, n = (unsigned)t->cols;

    for (unsigned dev = 0; dev < 2; dev++) {
        for (unsigned r = 0; r < (unsigned)t->rows; r++) {
            uint32_t codes[SIDE / 2] = {0};
            for (unsigned c = 0; c < n; c++)
                codes[c / 2] |= (uint32_t)t->cell[dev][r][c] << (16 * (c % 2));
            insist(g,
                   (struct ohm_header){.type = OHM_TYPE_PROG, .x = x, .y = y, .chan = dev,
                                       .len = (n + 1) / 2,
                                       .offset = r},
                   codes);
        }
    }
}

void m_load(struct ohm_golden *g, const struct m_tile *t)
{
    const unsigned x = t->x, y = t->y, words = (unsigned)(t->rows + 3) / 4;

    m_write(g, x, y, OHM_REG_CTRL, 0);
    m_write(g, x, y, OHM_REG_SEQ_BASE, t->seq_base);
    m_write(g, x, y, OHM_REG_DESC,
            OHM_PLACE(t->mode, DESC_MODE) | OHM_PLACE(t->psum, DESC_PSUM)
                | OHM_PLACE(t->is_signed, DESC_SIGNED) | OHM_PLACE(t->relu, DESC_RELU)
                | OHM_PLACE(t->o_signed, DESC_OSIGNED) | OHM_PLACE(t->stream, DESC_STREAM)
                | OHM_PLACE(t->nslice, DESC_NSLICE) | OHM_PLACE(t->shift, DESC_SHIFT)
                | OHM_PLACE(t->func, DESC_FUNC));
    m_write(g, x, y, OHM_REG_DESC_SIZE,
            OHM_PLACE(t->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_COLS1)
                | OHM_PLACE(t->outs - 1, DESC_SIZE_OUTS1));
    for (int k = 0; k < t->nslice; k++) {
        const struct m_slice *s = &t->slice[k];
        const uint32_t pair[2] = {
            OHM_PLACE(s->lo, SLICE_LO) | OHM_PLACE(s->w, SLICE_W) | OHM_PLACE(s->in, SLICE_IN)
                | OHM_PLACE(s->dev, SLICE_DEV) | OHM_PLACE(s->neg, SLICE_NEG)
                | OHM_PLACE(s->mul, SLICE_MUL) | OHM_PLACE(s->part, SLICE_PART)
                | OHM_PLACE(s->count, SLICE_COUNT) | OHM_PLACE(s->rs, SLICE_RS)
                | OHM_PLACE(s->table, SLICE_TABLE),
            OHM_PLACE(s->start, SLICE_RAMP_START) | OHM_PLACE(s->stop, SLICE_RAMP_STOP)};
        insist(g, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = x, .y = y, .len = 2,
                                      .offset = OHM_REG_SLICE + 2 * (unsigned)k}, pair);
        for (unsigned n = 0; s->table && n < 256; n++)
            m_write(g, x, y, OHM_REG_RAMP_TAB + n, (uint32_t)t->ramp_tab[n]);
        if (s->mul || s->part)
            m_write(g, x, y, OHM_REG_SLICE_EXT + (unsigned)k, OHM_PLACE(s->gain, SLICE_EXT_GAIN)
                    | OHM_PLACE(s->first, SLICE_EXT_FIRST) | OHM_PLACE(s->last, SLICE_EXT_LAST));
    }
    m_write(g, x, y, OHM_REG_STREAM + 2 * (unsigned)t->stream, OHM_PLACE(words, STREAM_SIZE));
    m_write(g, x, y, OHM_REG_STREAM_VEC + 2 * (unsigned)t->stream,
            OHM_PLACE(words, STREAM_VEC_EXPECT) | OHM_PLACE(t->log2_slots, STREAM_VEC_LOG2_SLOTS));
    for (unsigned r = 0; r < 4; r++) {
        if (t->route[r]) {
            m_write(g, x, y, OHM_REG_ROUTE + 2 * r, t->route[r]);
            m_write(g, x, y, OHM_REG_ROUTE_PART + 2 * r, t->part[r]);
        }
        if (t->ret[r])
            m_write(g, x, y, OHM_REG_RETURN + r, t->ret[r]);
    }
    m_write(g, x, y, OHM_REG_MACRO_LSB, (uint32_t)t->lsb);
    load_columns(g, t);
    load_cells(g, t);
    for (unsigned i = 0; i < 256 && t->func == 1; i++)
        m_write(g, x, y, OHM_REG_TABLE + i, (uint32_t)t->table[i]);
    m_write(g, x, y, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
}

int m_act(struct ohm_golden *g, const struct m_tile *t, uint32_t seq, const uint8_t *input,
          struct ohm_error *err)
{
    const unsigned words = (unsigned)(t->rows + 3) / 4;
    uint32_t payload[SIDE / 4] = {0};

    for (int r = 0; r < t->rows; r++)
        payload[r / 4] |= (uint32_t)input[r] << (8 * (r % 4));
    return m_packet(g,
                    (struct ohm_header){.type = OHM_TYPE_ACT, .x = t->x, .y = t->y,
                                        .chan = (unsigned)t->stream, .len = words,
                                        .seq = seq & 0xffffu},
                    payload, err);
}

int m_trace_codes(struct ohm_golden *g, const struct m_tile *t, uint32_t seq, const struct m_vmm *v,
                  struct ohm_error *err)
{
    for (int i = 0; i < v->ncode; i++) {
        const struct ohm_trace_code c = {.cycle = 1000 + (uint64_t)i, .seq = seq,
                                         .code = v->code[i], .tile = (uint8_t)(t->y * 16 + t->x),
                                         .slice = (uint8_t)v->slice_of[i],
                                         .col = (uint8_t)v->col_of[i]};
        checks++;
        if (ohm_golden_check_code(g, &c, err))
            return -1;
    }
    return 0;
}

int m_trace_results(struct ohm_golden *g, const struct m_tile *t, uint32_t seq,
                    const struct m_vmm *v, struct ohm_error *err)
{
    for (int o = 0; o < t->outs; o++) {
        const struct ohm_trace_result r = {.cycle = 2000 + (uint64_t)o, .seq = seq,
                                           .acc = v->acc[o], .y = v->y[o],
                                           .tile = (uint8_t)(t->y * 16 + t->x), .out = (uint8_t)o};
        checks++;
        if (ohm_golden_check_result(g, &r, err))
            return -1;
    }
    return 0;
}

size_t m_result_flits(const struct m_tile *t, uint32_t seq, const struct m_vmm *v, uint32_t *flits)
{
    const unsigned first = OHM_FIELD(t->part[0], ROUTE_PART_FIRST),
                   n = OHM_FIELD(t->part[0], ROUTE_PART_COUNT1) + 1;
    const unsigned len = t->mode == Y_MODE ? (n + 3) / 4 : n;
    const struct ohm_header h = {.type = OHM_TYPE_RESULT, .x = t->x, .y = t->y, .host = 1,
                                 .len = len, .chan = OHM_FIELD(t->route[0], H0_CHAN),
                                 .seq = seq & 0xffffu,
                                 .offset = OHM_FIELD(t->part[0], ROUTE_PART_OFFSET)};
    ohm_header_encode(&h, flits);
    memset(flits + 2, 0, len * sizeof *flits);
    for (unsigned i = 0; i < n; i++) {
        if (t->mode == Y_MODE)
            flits[2 + i / 4] |= ((uint32_t)v->y[first + i] & 255u) << (8 * (i % 4));
        else
            flits[2 + i] = (uint32_t)v->y[first + i];
    }
    return 2 + len;
}

int m_result_packet(struct ohm_golden *g, const struct m_tile *t, uint32_t seq,
                    const struct m_vmm *v, struct ohm_error *err)
{
    uint32_t flits[OHM_PACKET_MAX];
    const size_t n = m_result_flits(t, seq, v, flits);

    checks++;
    return ohm_golden_check_packet_out(g, flits, n, 3000, err);
}
