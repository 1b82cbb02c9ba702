// SPDX-License-Identifier: Apache-2.0
// Everything that a core of 4 x 4 cells and 4-bit codes can meet, one thing at a time.
#ifndef CORE_EXHAUSTIVE_H
#define CORE_EXHAUSTIVE_H

#include "setups.h"

namespace core {

struct Exhaustive : virtual Setups {
    uint64_t setups = 0;

    // Row r drives column r alone, column r is output r.
    void one_to_one(int is_signed, const Slice &slice, int unit) {
        random_setup();
        s.mode = 1, s.psum = s.calib = s.rsd = s.early = s.relu = s.osigned = s.func = s.shift = 0;
        s.is_signed = is_signed, s.rows = s.cols = s.outs = 4, s.lsb = unit;
        s.slices = {slice};
        for (int r = 0; r < 4; r++) {
            for (int c = 0; c < 4; c++)
                s.g[0][r][c] = static_cast<int16_t>(r == c ? 1000 : 0), s.g[1][r][c] = 0;
            s.map[r] = {16384, r, 0, 0, 1, 0, 0};
            s.bias[r] = 0, s.scale[r] = 1;
        }
    }

    // These inputs, `step` apart from row to row.
    void all_of(int from, int to, int step) {
        configure();
        gaps = 0;
        enable();
        for (int x = from; x <= to; x++) {
            Vector v{};
            v.seq = static_cast<uint32_t>(x - from);
            for (int r = 0; r < 4; r++) v.x[r] = static_cast<uint8_t>(x + r * step);
            reference(s, v, nullptr, e);
            macro.order.push_back({v.seq, false});
            vectors.push_back(v);
        }
        drain();
        disable();
    }

    // Every byte, in every slice of it, of every sign, as width and as count.
    void inputs() {
        for (int lo = 0; lo < 8; lo++)
            for (int w = 1; w <= 8 - lo; w++)
                for (int mode = 0; mode < 12; mode++, setups++) {
                    Slice l{lo, w, mode % 3, 0, 0, 0, -7, 7};
                    l.count = mode / 6;
                    one_to_one(mode / 3 % 2, l, ((1 << w) - 1) * 1000 / 7 + 1);
                    all_of(0, 63, 64);
                }
    }

    // Every code times every small scale, with every rounding, bias on either side of every clip,
    // and what becomes of y0.
    void results() {
        const int biases[] = {0, 1, -1, 126, -126, 254, 300, -300};
        for (int kind = 0; kind < 6; kind++)
            for (int bias : biases)
                for (int shift = 0; shift < 6; shift++)
                    for (int scale = -8; scale < 8; scale += 4, setups++) {
                        one_to_one(1, exact, 1000);
                        s.osigned = kind & 1, s.relu = kind / 2 == 1,
                        s.func = kind / 2 == 2 ? 2 : 0, s.shift = shift;
                        for (int o = 0; o < 4; o++)
                            s.scale[o] = static_cast<int16_t>(scale + o),
                            s.bias[o] = static_cast<uint32_t>(bias * (1 << shift));
                        all_of(-7, 7, 0);
                    }
    }

    // Every code times gains at and around the halves.
    void terms() {
        const int gains[] = {0,     1,     4095,  8191,  8192,  8193,  12288, 16383,
                             16385, 24575, 24576, 24577, 32767, 32768, 65534, 65535};
        for (int k = 0; k < 16; k += 4)
            for (int shift = 0; shift < 16; shift++)
                for (int neg = 0; neg < 2; neg++, setups++) {
                    one_to_one(1, exact, 1000);
                    s.mode = 2;
                    for (int c = 0; c < 4; c++)
                        s.map[c].gain = gains[k + c], s.map[c].shift = shift, s.map[c].neg = neg;
                    all_of(-7, 7, 0);
                }
    }

    // Charges on either side of every threshold, with every range of the ramp; ties too.
    void codes() {
        for (int start = -7; start < 7; start++)
            for (int stop = start + 1; stop <= 7; stop++, setups++) {
                one_to_one(1, {0, 7, 0, 0, 0, 0, start, stop}, 10000);
                all_of(-127, 127, 0);
            }
    }

    void exhaustive() {
        inputs();
        results();
        terms();
        codes();
        printf("exhaustive: %llu setups\n", static_cast<unsigned long long>(setups));
    }

    const Slice exact{0, 3, 0, 0, 0, 0, -7, 7}; // code = input
};

} // namespace core

#endif
