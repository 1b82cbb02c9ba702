/* SPDX-License-Identifier: Apache-2.0
 * What the tests hold against the golden model: one tile with ideal devices, computed the long way
 * round from the sentences of docs/reference/numeric.md (searches and 128-bit rationals instead of
 * shifts), and the packets that set one up. */
#ifndef MODEL_H
#define MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ohm_golden.h"
#include "ohm_packet.h"

enum { SIDE = 64, SLICES = 16 };

extern unsigned long checks;
/* Counts what was compared; the PASS line says how much. */
#define CHECK(condition) (checks++, assert_true(condition))
#define CHECK_EQUAL(a, b) (checks++, assert_int_equal((a), (b)))
/* err must name every one of the given words. */
#define CHECK_SAYS(err, ...) says((err).text, (const char *const[]){__VA_ARGS__, NULL}, __LINE__)
void says(const char *text, const char *const *words, int line);

struct m_slice {
    int lo, w, in, dev, neg, rs, start, stop, mul, part, count, gain, first, last, table;
};
struct m_column { int gain, out, shift, neg, kind, trim, offset; };
enum { OFF, DATA, REFERENCE, CHECK_ONLY };
enum { PSUM_MODE, Y_MODE, V_MODE };

struct m_tile {
    unsigned x, y;
    int rows, cols, outs, nslice;
    int mode, psum, is_signed, relu, o_signed, func, stream, shift;
    int lsb, acc_f, log2_slots;
    uint32_t seq_base;
    struct m_slice slice[SLICES];
    struct m_column column[SIDE];
    int cell[2][SIDE][SIDE]; /* target codes: device, row, column */
    int32_t bias[SIDE], scale[SIDE], refcoef[SIDE];
    int table[256], ramp_tab[256];
    uint32_t route[4], part[4], ret[4];
};

struct m_vmm {
    int ncode;
    int32_t code[SLICES * SIDE];
    int slice_of[SLICES * SIDE], col_of[SLICES * SIDE];
    int32_t acc[SIDE], y[SIDE];
    int clip_lo, clip_hi, sat_in, sat_out;
};

/* A tile with one full-width slice, columns c -> output c at gain one, scale one, RESULT to the
 * host. */
void m_default(struct m_tile *t, int rows, int cols, int acc_f);
void m_compute(const struct m_tile *t, const uint8_t *input, const int32_t *psum, struct m_vmm *v);

uint32_t m_route(unsigned type, unsigned x, unsigned y, unsigned host, unsigned mc, unsigned chan);
uint32_t m_part(int first, int count, int offset, int credit);

/* Packets. -1 as ohm_golden_packet_in; the setup functions insist on 0. */
int m_packet(struct ohm_golden *g, struct ohm_header h, const uint32_t *payload,
             struct ohm_error *err);
void m_write(struct ohm_golden *g, unsigned x, unsigned y, unsigned addr, uint32_t value);
void m_load(struct ohm_golden *g, const struct m_tile *t); /* registers, cells, enable */
int m_act(struct ohm_golden *g, const struct m_tile *t, uint32_t seq, const uint8_t *input,
          struct ohm_error *err);

/* Trace records and the result packet of a VMM as the chip would give them: 0, or -1 at the first
 * that differs. */
int m_trace_codes(struct ohm_golden *g, const struct m_tile *t, uint32_t seq, const struct m_vmm *v,
                  struct ohm_error *err);
int m_trace_results(struct ohm_golden *g, const struct m_tile *t, uint32_t seq,
                    const struct m_vmm *v, struct ohm_error *err);
int m_result_packet(struct ohm_golden *g, const struct m_tile *t, uint32_t seq,
                    const struct m_vmm *v, struct ohm_error *err);
size_t m_result_flits(const struct m_tile *t, uint32_t seq, const struct m_vmm *v, uint32_t *flits);

uint32_t m_random(uint64_t *state);

#endif
