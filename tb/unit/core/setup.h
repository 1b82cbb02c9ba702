// SPDX-License-Identifier: Apache-2.0
// What a test of the core is made of: a descriptor with its tables, weights, vectors and partial
// sums, and what must come out of them.
#ifndef CORE_SETUP_H
#define CORE_SETUP_H

#include <deque>
#include <vector>

#include "ohm_bench.h"

namespace core {

using namespace bench;

struct Slice {
    int lo, w, in, dev, neg, rs, start, stop, mul = 0, part = 0, count = 0, gain = 0, first = 0,
                                              last = 0, table = 0;
};
struct Column { int gain, out, shift, neg, kind, trim, offset; };
struct Vector { uint32_t seq; bool poison; uint8_t x[256], residual[256]; };
struct Partial { uint32_t seq; bool poison; uint32_t a[256]; };

struct Setup {
    int mode, psum, calib, is_signed, relu, osigned, func, shift, rows, cols, outs, early, lsb, rsd,
        rsd_signed;
    uint32_t rscale;
    std::vector<Slice> slices;
    Column map[256];
    uint32_t bias[256];
    int16_t scale[256], refcoef[256];
    uint8_t table[256];
    int16_t g[2][256][256]; // plus, minus
    int tab[256];           // of the ramp, by step mod 256
    int level(const Slice &l, int step) const { return l.table ? tab[step & 255] : step; }
};

struct Code { uint32_t seq; int slice, col, code; };
struct Result { uint32_t seq; int out; uint32_t acc, y, data; };
struct Done { uint32_t seq; bool poison; };
struct Expected {
    std::deque<int64_t> charges;        // of every read and used column, in order
    std::deque<Code> codes;
    std::deque<Result> results;
    std::deque<Done> done;
    struct { int64_t y, yy, yp; } sums[256];    // calibration
    uint32_t vmm, poison, clip_lo, clip_hi, sat_in, sat_out;
};

// The weight of a cell as DEV selects it.
inline int geff(const Setup &s, int dev, int r, int c) {
    return dev == 0 ? s.g[0][r][c] - s.g[1][r][c] : s.g[dev - 1][r][c];
}

inline int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

} // namespace core

#endif
