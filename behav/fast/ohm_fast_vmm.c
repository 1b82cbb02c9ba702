/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_fast_vmm.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_golden_code.h"
#include "ohm_numeric.h"

enum { BLOCK = 32 }; /* loops run over whole blocks: constant trip counts become vectors */

struct fast_plan {
    unsigned version;
    unsigned columns; /* scanned */
    int straight;     /* scanned column i is sensed column i, output i, data */
    int trimmed;      /* some column has a trim */
    uint8_t column[TILE_MAX], out[TILE_MAX], data[TILE_MAX], reference[TILE_MAX], neg[TILE_MAX];
    uint8_t shift[TILE_MAX];
    int32_t gain[TILE_MAX] __attribute__((aligned(64)));
    int32_t trim[TILE_MAX];
};

struct columns { /* of one conversion */
    double charge[TILE_MAX] __attribute__((aligned(64)));
    int32_t term[TILE_MAX] __attribute__((aligned(64)));
};

struct rows { /* of one vector */
    int16_t magnitude[TILE_MAX] __attribute__((aligned(64)));
    int16_t sign[TILE_MAX] __attribute__((aligned(64))); /* 0 or -1 */
};

static unsigned whole_blocks(unsigned n)
{
    return (n + BLOCK - 1) / BLOCK * BLOCK;
}

static void lay_out(struct fast_plan *f, const struct ohm_golden_work *w)
{
    const struct ohm_plan *p = w->plan;

    memset(f, 0, sizeof *f);
    f->version = w->plan_version;
    f->columns = p->ncol;
    f->straight = 1;
    for (unsigned i = 0; i < p->ncol; i++) {
        const struct ohm_column_plan *c = &p->column[i];
        f->column[i] = c->col;
        f->out[i] = c->out;
        f->data[i] = c->data;
        f->reference[i] = c->reference;
        f->neg[i] = c->neg;
        f->shift[i] = (uint8_t)c->shift;
        f->gain[i] = (int32_t)c->gain;
        f->trim[i] = c->trim;
        f->trimmed |= c->trim != 0;
        f->straight &= c->col == i && c->out == i && c->data && !c->neg && c->shift == 0;
    }
}

/* Of driven columns: the bytes that DRIVE names. */
static void drive_columns(uint8_t *bytes, const struct ohm_plan *p, const uint32_t *input,
                          uint32_t words)
{
    for (unsigned c = 0; c < p->rows; c++) {
        const struct ohm_drive_plan *d = &p->drive[c];
        const uint32_t word = d->element / 4u < words ? input[d->element / 4] : 0;
        bytes[c] = d->on ? (uint8_t)(word >> 8 * (d->element % 4)) : 0;
    }
}

/* Inputs as sign and magnitude; the rest up to a whole block is 0. Returns how many were -128. */
static unsigned load_rows(struct rows *x, const struct ohm_plan *p, const uint32_t *input,
                          uint32_t words)
{
    const unsigned n = p->rows, is_signed = p->is_signed;
    uint8_t bytes[TILE_MAX];
    unsigned saturated = 0;

    if (p->transpose)
        drive_columns(bytes, p, input, words);
    for (unsigned w = 0; !p->transpose && 4 * w < n; w++) {
        const uint32_t word = w < words ? input[w] : 0;
        for (unsigned b = 0; b < 4; b++)
            bytes[4 * w + b] = (uint8_t)(word >> 8 * b);
    }
    memset(bytes + n, 0, whole_blocks(n) - n);
    for (unsigned r = 0; r < n; r += BLOCK) {
        for (unsigned i = r; i < r + BLOCK; i++) {
            const int negative = -(int)(is_signed & (bytes[i] >> 7));
            const int value = bytes[i] - (negative & 256);
            const int lowest = value == -128;
            x->sign[i] = (int16_t)negative;
            x->magnitude[i] = (int16_t)((value ^ negative) - negative - lowest);
            saturated += (unsigned)lowest;
        }
    }
    for (unsigned c = 0; p->transpose && c < n; c++)
        if (p->drive[c].neg)
            x->sign[c] = (int16_t)(x->magnitude[c] ? ~x->sign[c] : 0);
    return saturated;
}

static void slice_ticks(const struct rows *x, const struct ohm_plan *p,
                        const struct ohm_slice_plan *s, unsigned n, int16_t *ticks)
{
    const int16_t mask = (int16_t)((1 << s->w) - 1);
    const int16_t off = s->in == OHM_SLICE_IN_POSITIVE ? -1 : 0;
    const int16_t other = s->in == OHM_SLICE_IN_NEGATIVE ? -1 : 0;
    const int16_t flip = off || other ? 0 : -1; /* polarity by sign */

    for (unsigned r = 0; r < n; r += BLOCK) {
        for (unsigned i = r; i < r + BLOCK; i++) {
            const int16_t negative = x->sign[i];
            const int16_t t = (int16_t)((x->magnitude[i] >> s->lo) & mask);
            const int16_t kept = (int16_t)(t & ~(negative & off) & ~(~negative & other));
            ticks[i] = (int16_t)((kept ^ (negative & flip)) - (negative & flip));
        }
    }
    for (unsigned r = 0; r < s->first && r < n; r++)
        ticks[r] = 0;
    for (unsigned r = s->last + 1; r < n; r++)
        ticks[r] = 0;
    for (unsigned r = p->link.bias_first; p->link.bias_ticks && r <= p->link.bias_last; r++)
        ticks[r] = ohm_plan_bias(p, s, r, 0);
}

typedef double f64x8 __attribute__((vector_size(64)));
typedef int64_t i64x8 __attribute__((vector_size(64)));
typedef int32_t i32x8 __attribute__((vector_size(32)));

/* ohm_adc and ohm_term of n charges, whole blocks. A charge over an LSB is divided in double: both
 * are integers below 2^41, so a quotient that is no integer lies further from one than it is
 * rounded. */
__attribute__((always_inline)) static inline void convert(struct columns *c, unsigned n,
                                                          const struct ohm_slice_plan *s,
                                                          const int32_t *gain, unsigned acc_f,
                                                          uint32_t *clip_lo, uint32_t *clip_hi)
{
    const double lsb = (double)s->lsb;
    const f64x8 start = (double)s->start - (f64x8){0}, stop = (double)s->stop - (f64x8){0};
    const int32_t half = 1 << (13 - acc_f), fraction = (int32_t)(14 - acc_f);
    i64x8 lo = {0}, hi = {0};

    for (unsigned i = 0; i < n; i += 8) {
        const f64x8 x = (2 * *(f64x8 *)(c->charge + i) + lsb) / (2 * lsb);
        const i64x8 under = x < start, over = x >= stop + 1;
        const f64x8 inside =
            (f64x8)(((i64x8)x & ~under & ~over) | ((i64x8)start & under) | ((i64x8)stop & over));
        i32x8 code = __builtin_convertvector(inside, i32x8);
        /* down, not towards 0 */
        code += __builtin_convertvector(__builtin_convertvector(code, f64x8) > inside, i32x8);
        lo -= under;
        hi -= over;
        *(i32x8 *)(c->term + i) = (code * *(const i32x8 *)(gain + i) + half) >> fraction;
    }
    *clip_lo = *clip_hi = 0;
    for (int i = 0; i < 8; i++) {
        *clip_lo += (uint32_t)lo[i];
        *clip_hi += (uint32_t)hi[i];
    }
}

#define CONVERT(name, target) \
    target static void name(struct columns *c, unsigned n, const struct ohm_slice_plan *s, \
                            const int32_t *gain, unsigned acc_f, uint32_t *clip_lo, \
                            uint32_t *clip_hi) \
    { \
        convert(c, n, s, gain, acc_f, clip_lo, clip_hi); \
    }

CONVERT(convert_portable, )
#if OHM_X86
CONVERT(convert_avx2, OHM_TARGET_AVX2)
CONVERT(convert_avx512, OHM_TARGET_AVX512)
#endif

static void convert_columns(enum ohm_simd simd, struct columns *c, const struct fast_plan *f,
                            const struct ohm_slice_plan *s, unsigned acc_f, const int32_t *q,
                            uint32_t *clip_lo, uint32_t *clip_hi)
{
    const unsigned n = whole_blocks(f->columns);
    const double unclipped = (double)s->start * (double)s->lsb; /* fills the last block */

    for (unsigned i = 0; i < f->columns; i++)
        c->charge[i] = q[f->column[i]];
    for (unsigned i = f->columns; i < n; i++)
        c->charge[i] = unclipped;
    switch (simd) {
#if OHM_X86
    case OHM_SIMD_AVX512: convert_avx512(c, n, s, f->gain, acc_f, clip_lo, clip_hi); return;
    case OHM_SIMD_AVX2: convert_avx2(c, n, s, f->gain, acc_f, clip_lo, clip_hi); return;
#endif
    default: convert_portable(c, n, s, f->gain, acc_f, clip_lo, clip_hi);
    }
}

/* Adds the terms to their outputs and to the reference sum. */
static void accumulate(uint32_t *acc, uint32_t *reference, struct columns *c,
                       const struct fast_plan *f, const struct ohm_slice_plan *s)
{
    const unsigned shift = s->lo + s->rs;

    for (unsigned i = 0; f->trimmed && i < f->columns; i++)
        c->term[i] += f->trim[i];
    for (unsigned i = 0; s->gain && i < f->columns; i++)
        c->term[i] = ohm_multiplied(c->term[i], s->gain);
    if (f->straight && !s->neg) {
        for (unsigned i = 0; i < f->columns; i++)
            acc[i] += (uint32_t)((uint64_t)(int64_t)c->term[i] << shift);
        return;
    }
    for (unsigned i = 0; i < f->columns; i++) {
        uint32_t *sum = f->data[i] ? &acc[f->out[i]] : f->reference[i] ? reference : NULL;
        if (sum)
            *sum = ohm_accumulate(*sum, c->term[i], shift + f->shift[i], f->neg[i] ^ (int)s->neg);
    }
}

/* Column by column, as the golden model does: codes that are not the nearest ones of an ideal
 * read-out. */
static void convert_each(const struct ohm_converter *by, const struct ohm_slice_plan *s,
                         const struct ohm_read_key *key, const struct fast_plan *f,
                         struct columns *c, unsigned acc_f, const int32_t *q, uint32_t *clip_lo,
                         uint32_t *clip_hi)
{
    *clip_lo = *clip_hi = 0;
    for (unsigned i = 0; i < f->columns; i++) {
        int clip;
        const int32_t code =
            ohm_golden_code(by, s, key->seq, key->slice, f->column[i], q[f->column[i]], &clip);
        *clip_lo += clip < 0;
        *clip_hi += clip > 0;
        c->term[i] = ohm_term(code, (uint32_t)f->gain[i], acc_f);
    }
}

/* The step at which the last of all columns up to COLS1 trips, those of kind off too. */
static int16_t last_trip(const struct ohm_converter *by, const struct ohm_plan *p,
                         const struct ohm_slice_plan *s, const struct ohm_read_key *key,
                         const int32_t *q)
{
    int32_t last = s->start;

    for (unsigned col = 0; col < p->cols; col++) {
        int clip;
        const int32_t code = ohm_golden_code(by, s, key->seq, key->slice, col, q[col], &clip);
        last = code > last ? code : last;
    }
    return (int16_t)last;
}

/* How long each column's pulse lasts on the link to the east. */
static void durations(const struct ohm_converter *by, const struct ohm_golden_work *w,
                      const struct ohm_slice_plan *s, const struct ohm_read_key *key)
{
    for (unsigned col = 0; col < w->plan->cols; col++) {
        int clip;
        const int32_t code = ohm_golden_code(by, s, key->seq, key->slice, col, w->q[col], &clip);
        w->duration[col] = (uint16_t)(code - s->start);
    }
}

/* The tile's columns in the layout of the loops; NULL: out of memory. */
static struct fast_plan *plan_of(struct fast_compute *f, const struct ohm_golden_work *w)
{
    struct fast_plan **plan = &f->plan[w->tile][w->plan->desc];
    const int fresh = !*plan;

    if (fresh && !(*plan = aligned_alloc(64, sizeof **plan))) /* for the vectors */
        return NULL;
    if (fresh || (*plan)->version != w->plan_version)
        lay_out(*plan, w);
    return *plan;
}

static const char *compute(void *user, struct ohm_golden_work *w)
{
    struct fast_compute *f = user;
    const struct ohm_plan *p = w->plan;
    const struct ohm_converter by = {
        .config = w->config, .kind = ohm_converter_kind(w->config),
        .readout = ohm_array_readout(w->array, (int)p->transpose), .ramp_tab = w->ramp_tab,
        .desc = p->desc};
    const unsigned acc_f = (unsigned)w->config->acc_f;
    const struct fast_plan *fp = plan_of(f, w);
    struct rows x;
    struct columns c;
    uint32_t acc[TILE_MAX] = {0}, reference = 0;

    if (!fp)
        return "fast model: out of memory";
    w->sat_in = load_rows(&x, p, w->input, w->words);
    memset(w->ticks, 0, TILE_MAX * sizeof *w->ticks);

    const int early = w->early_stop && w->told;
    for (unsigned k = 0; k < p->nslice; k++) {
        const struct ohm_slice_plan *s = &p->slice[k];
        const struct ohm_read_key key = {.seq = w->seq, .desc = (uint8_t)p->desc,
                                         .slice = (uint8_t)k, .back = (uint8_t)p->transpose};
        uint32_t clip_lo, clip_hi;

        slice_ticks(&x, p, s, p->rows, w->ticks);
        ohm_array_read(w->array, (enum ohm_cell_sel)s->dev, w->ticks, &key, w->q);
        ohm_array_integrate(w->array, (enum ohm_cell_sel)s->dev, (int)p->transpose, w->ticks,
                            (int)s->length, w->q);
        if (by.readout || by.kind->code || s->table)
            convert_each(&by, s, &key, fp, &c, acc_f, w->q, &clip_lo, &clip_hi);
        else
            convert_columns(f->simd, &c, fp, s, acc_f, w->q, &clip_lo, &clip_hi);
        accumulate(acc, &reference, &c, fp, s);
        w->clip_lo += clip_lo;
        w->clip_hi += clip_hi;
        if (p->link.out)
            durations(&by, w, s, &key);
        if (early)
            w->last_trip[k] = last_trip(&by, p, s, &key, w->q);
    }

    for (unsigned o = 0; p->references && o < p->outs; o++)
        acc[o] += (uint32_t)ohm_share((int32_t)reference, (int16_t)w->refcoef[o]);
    memcpy(w->acc, acc, p->outs * sizeof *acc);
    return ohm_array_fault(w->array);
}

void fast_compute_install(struct fast_compute *c, struct ohm_golden *g)
{
    c->simd = ohm_simd_best();
    ohm_golden_compute_by(g, compute, c);
}

void fast_compute_free(struct fast_compute *c)
{
    for (int i = 0; i < TILE_MAX; i++)
        for (int d = 0; d < OHM_DESC_MAX; d++)
            free(c->plan[i][d]);
    memset(c->plan, 0, sizeof c->plan);
}
