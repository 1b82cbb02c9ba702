// SPDX-License-Identifier: Apache-2.0
// The plain model of docs/reference/numeric.md that the core is held against: from bytes and
// weights to charges, codes, sums and outputs of one vector. It shares nothing with the pin-level
// macro but the weights.
#ifndef CORE_REFERENCE_H
#define CORE_REFERENCE_H

#include "setup.h"

namespace core {

// Charge of a column in a slice.
inline int64_t charge_of(const Setup &s, const Slice &sl, const int *mag, const int *neg, int c)
{
    int64_t q = 0;
    for (int r = 0; r < s.rows; r++) {
        if (sl.part && (r < sl.first || r > sl.last)) continue;
        if ((sl.in == 1 && neg[r]) || (sl.in == 2 && !neg[r])) continue;
        int t = (mag[r] >> sl.lo) & ((1 << sl.w) - 1);
        q += (sl.in == 0 && neg[r] ? -t : t) * geff(s, sl.dev, r, c);
    }
    return q;
}

// Code of a charge, with its clips counted.
inline int64_t code_of(const Setup &s, const Slice &sl, int64_t q, Expected &e)
{
    const int64_t lsb = static_cast<int64_t>(s.lsb) << sl.rs;
    const int64_t raw = floor_div(2 * q + lsb, 2 * lsb);
    int64_t code = raw < sl.start ? sl.start : raw > sl.stop ? sl.stop : raw;
    bool low = raw < sl.start, high = raw > sl.stop;
    if (sl.table) {
        low = 2 * q < lsb * (2 * s.level(sl, sl.start - 1) + 1);
        for (code = sl.start;
             code < sl.stop && 2 * q >= lsb * (2 * s.level(sl, static_cast<int>(code)) + 1);
             code++) {
        }
        high = 2 * q >= lsb * (2 * s.level(sl, static_cast<int>(code)) + 1);
    }
    e.clip_lo += low, e.clip_hi += high;
    return code;
}

// What a code adds to its output, or to the reference.
inline uint32_t term_of(const Slice &sl, const Column &m, int64_t code)
{
    int64_t term = floor_div(code * m.gain * 2 + (1 << (14 - ACC_F)), 2 << (14 - ACC_F));
    if (m.trim) term += m.offset;
    if (sl.mul) term = floor_div(2 * term * sl.gain + (1 << 14), 1 << 15);
    const int up = sl.lo + sl.rs + m.shift;
    const uint32_t moved = up < 32 ? static_cast<uint32_t>(term) << up : 0;
    return m.neg != sl.neg ? 0 - moved : moved;
}

// y and what leaves of it: activation, clip; y counts as clipped where a byte leaves.
inline int64_t activate(const Setup &s, int64_t y, bool &clips)
{
    if (s.func == 1) y = s.table[(y < -128 ? -128 : y > 127 ? 127 : y) + 128];
    if (s.func == 1 && s.osigned && y > 127) y -= 256;
    if (s.func == 2) y = y >= 0 ? 1 : s.osigned ? -1 : 0;
    if (s.relu && y < 0) y = 0;
    const int64_t lo = s.osigned ? -127 : 0, hi = s.osigned ? 127 : 255;
    const int64_t clipped = y < lo ? lo : y > hi ? hi : y;
    clips = clipped != y;
    return clipped;
}

// One output from what its columns have added up to.
inline void post_process(const Setup &s, const Vector &v, const Partial *ps, int o, uint32_t sum,
                         int64_t share, Expected &e)
{
    const uint32_t a = sum + static_cast<uint32_t>(share) + (ps && !s.calib ? ps->a[o] : 0);
    const int r = s.rsd_signed ? static_cast<int8_t>(v.residual[o]) : v.residual[o];
    const uint32_t b = a + s.bias[o] + (s.rsd ? static_cast<uint32_t>(r) * s.rscale : 0);
    const __int128 p = static_cast<__int128>(static_cast<int32_t>(b)) * s.scale[o];
    const __int128 h = s.shift ? static_cast<__int128>(1) << (s.shift - 1) : 0;
    const int64_t y = static_cast<int64_t>((p + h) >> s.shift);
    if (s.calib) {
        const int64_t held = y > 32767 ? 32767 : y < -32768 ? -32768 : y;
        e.sums[o].y += held, e.sums[o].yy += held * held,
            e.sums[o].yp += held * static_cast<int16_t>(ps->a[o]);
    }
    bool clips;
    const int64_t clipped = activate(s, y, clips);
    if (s.mode == 1) e.sat_out += clips;
    const uint32_t out = s.mode == 0 ? a : s.mode == 1 ? static_cast<uint32_t>(clipped) : b;
    e.results.push_back({v.seq, o, a, out, s.mode == 1 ? out & 0xFF : out});
}

// What one vector must do; ps: nullptr without a partial sum.
inline void reference(const Setup &s, const Vector &v, const Partial *ps, Expected &e)
{
    if (v.poison) {
        e.poison++;
        e.done.push_back({v.seq, true});
        return;
    }
    int mag[256], neg[256];
    for (int r = 0; r < s.rows; r++) {
        int x = s.is_signed ? static_cast<int8_t>(v.x[r]) : v.x[r];
        if (x == -128) {
            x = -127;
            e.sat_in++;
        }
        neg[r] = x < 0;
        mag[r] = abs(x);
    }
    uint32_t acc[256] = {}, ref = 0;
    bool refs = false;
    for (size_t k = 0; k < s.slices.size(); k++) {
        const Slice &sl = s.slices[k];
        for (int c = 0; c < s.cols; c++) {
            const Column &m = s.map[c];
            const int64_t q = charge_of(s, sl, mag, neg, c);
            e.charges.push_back(q);
            if (m.kind == 0) continue;
            const int64_t code = code_of(s, sl, q, e);
            e.codes.push_back({v.seq, static_cast<int>(k), c, static_cast<int>(code)});
            if (m.kind == 3) continue;
            refs |= m.kind == 2;
            (m.kind == 2 ? ref : acc[m.out]) += term_of(sl, m, code);
        }
    }
    if (ps && ps->poison) {
        e.poison++;
        e.done.push_back({v.seq, true});
        return;
    }
    for (int o = 0; o < s.outs; o++) {
        const int64_t coef = s.refcoef[o], of = static_cast<int32_t>(ref);
        const int64_t share = refs ? floor_div(2 * of * coef + (1 << 14), 1 << 15) : 0;
        post_process(s, v, ps, o, acc[o], share, e);
    }
    e.vmm++;
    e.done.push_back({v.seq, false});
}

} // namespace core

#endif
