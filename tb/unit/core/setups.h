// SPDX-License-Identifier: Apache-2.0
// Random descriptors, tables and weights, and how they are written into the core.
#ifndef CORE_SETUPS_H
#define CORE_SETUPS_H

#include "drive.h"

namespace core {

struct Setups : Drive {
    uint32_t desc_word() const {
        return static_cast<uint32_t>(s.mode | s.psum << 2 | s.is_signed << 3 | s.relu << 4
                                     | s.osigned << 5 | static_cast<int>(s.slices.size()) << 12
                                     | s.shift << 20 | s.func << 26 | s.calib << 28);
    }
    uint32_t size_word() const {
        return static_cast<uint32_t>(s.rows - 1) | static_cast<uint32_t>(s.cols - 1) << 10 |
               static_cast<uint32_t>(s.outs - 1) << 20;
    }
    void configure() {
        write(OHM_REG_DESC, desc_word());
        write(OHM_REG_DESC_SIZE, size_word());
        write(OHM_REG_MACRO_LSB, static_cast<uint32_t>(s.lsb));
        for (size_t k = 0; k < s.slices.size(); k++) {
            const Slice &l = s.slices[k];
            uint32_t w0 = static_cast<uint32_t>(l.lo | l.w << 4 | l.in << 8 | l.dev << 10
                                                | l.neg << 12 | l.mul << 13 | l.part << 14
                                                | l.count << 15 | l.rs << 16 | l.table << 20);
            uint32_t w1 =
                (static_cast<uint32_t>(l.start) & 0xFFFF) | static_cast<uint32_t>(l.stop) << 16;
            write(OHM_REG_SLICE + 2 * k, w0);
            write(OHM_REG_SLICE_RAMP + 2 * k, w1);
            if (MODES) {
                uint32_t ext = static_cast<uint32_t>(l.gain | l.first << 16 | l.last << 24);
                write(OHM_REG_SLICE_EXT + k, ext);
                expect("SLICE_EXT", read(OHM_REG_SLICE_EXT + k), ext);
            }
            expect("SLICE", read(OHM_REG_SLICE + 2 * k), w0);
            expect("SLICE_RAMP", read(OHM_REG_SLICE_RAMP + 2 * k), w1);
        }
        for (int c = 0; c < COLS; c++) {
            const Column &m = s.map[c];
            write(OHM_REG_COLMAP + c,
                  static_cast<uint32_t>(m.gain) | static_cast<uint32_t>(m.out) << 16
                      | static_cast<uint32_t>(m.shift) << 24 | static_cast<uint32_t>(m.neg) << 28
                      | static_cast<uint32_t>(m.trim) << 29 | static_cast<uint32_t>(m.kind) << 30);
            if (MODES)
                write(OHM_REG_TRIM + c, static_cast<uint32_t>(m.offset)),
                    write(OHM_REG_REFCOEF + c, static_cast<uint16_t>(s.refcoef[c]));
            write(OHM_REG_BIAS + c, s.bias[c]);
            write(OHM_REG_SCALE + c, static_cast<uint16_t>(s.scale[c]));
        }
        if (MODES)
            for (unsigned i = 0; i < 256; i++) {
                write(OHM_REG_TABLE + i, s.table[i] | static_cast<uint32_t>(rnd()) << 8);
                write(OHM_REG_RAMP_TAB + i, (static_cast<uint32_t>(s.tab[i]) & ((1u << CODE_W) - 1))
                                                | static_cast<uint32_t>(rnd()) << CODE_W);
            }
        if (MODES) {
            write(OHM_REG_CALIB_SEED, seed), write(OHM_REG_CALIB_COUNT, count);
            expect("CALIB_SEED", read(OHM_REG_CALIB_SEED), seed);
            expect("CALIB_COUNT", read(OHM_REG_CALIB_COUNT), count & 0xFFFF);
        }
        expect("DESC", read(OHM_REG_DESC), desc_word());
        expect("DESC_SIZE", read(OHM_REG_DESC_SIZE), size_word());
        expect("other address", read(OHM_REG_CTRL), 0);
        expect("COLMAP reads 0", read(OHM_REG_COLMAP), 0);
    }

    void weights(int max) {
        for (auto &dev : s.g)
            for (auto &row : dev)
                for (auto &g : row) g = static_cast<int16_t>(pick(0, max));
    }
    void random_setup() {
        const int limit = 1 << (CODE_W - 1);
        s.mode = pick(0, 2);
        s.psum = chance(40);
        s.calib = MODES && s.psum && chance(30);
        seed = static_cast<uint32_t>(rnd()) | 1u;
        count = static_cast<uint32_t>(pick(2, 10)) | static_cast<uint32_t>(rnd()) << 16;
        d.seq_base = static_cast<uint32_t>(rnd());
        s.is_signed = chance(50);
        s.relu = chance(50);
        s.osigned = chance(50);
        s.func = MODES && !s.relu ? pick(0, 2) : 0;
        for (auto &y : s.table) y = chance(10) ? 0x80 : static_cast<uint8_t>(rnd());
        s.rsd = s.mode != 0 && chance(30);
        s.rsd_signed = chance(50);
        s.rscale = static_cast<uint32_t>(static_cast<int32_t>(rnd()) >> pick(0, 24));
        s.early = chance(40);
        s.rows = chance(40) ? ROWS : pick(1, ROWS);
        s.cols = chance(40) ? COLS : pick(1, COLS);
        s.outs = chance(40) ? COLS : pick(1, COLS);
        s.slices.resize(static_cast<size_t>(chance(30) ? 1 : pick(1, NSLICE)));
        int style = pick(0, 2);         // of the ramp: any, full, short (scan-limited)
        for (auto &l : s.slices) {
            const bool whole = chance(15);
            int lo = whole ? 0 : pick(0, 7);
            l = {lo,         whole ? 8 : chance(40) ? 1 : pick(1, 8 - lo),
                 pick(0, 2), pick(0, 2),
                 pick(0, 1), pick(0, 15),
                 0,          0};
            if (chance(70)) l.rs = pick(0, 2);
            if (MODES) {
                l.mul = chance(30);
                l.part = chance(30);
                l.count = chance(30);
                l.gain = chance(20) ? 16384 : pick(1, 65535);
                l.first = pick(0, ROWS - 1);
                l.last = pick(l.first, ROWS - 1);
            }
            do {
                l.start = pick(-limit + 1, limit - 2);
                l.stop = pick(l.start + 1, limit - 1);
                if (style == 1) l.start = -limit + 1, l.stop = limit - 1;
                if (style == 2) l.start = pick(-4, 0), l.stop = pick(1, 6);
            } while (l.start >= l.stop);
            fit(l);
        }
        int shape = pick(0, 2);         // spread of the codes
        s.lsb = shape == 0 ? pick(1, 200) : shape == 1 ? pick(200, 20000) : pick(1, 1 << 24);
        weights(chance(50) ? 300 : 16384);
        bool refs = MODES && chance(40);
        int trims = MODES && chance(50) ? 50 : 0;
        for (int c = 0; c < 256; c++) {
            int kind = pick(0, 9);
            kind = kind == 0 ? 0 : kind == 1 ? 3 : kind == 2 && refs ? 2 : 1;
            s.map[c] = {chance(50) ? 16384 : static_cast<int>(rnd() & 0xFFFF),
                        kind != 1                                   ? pick(0, 255)
                        : c && chance(40) && s.map[c - 1].kind == 1 ? s.map[c - 1].out
                                                                    : pick(0, s.outs - 1),
                        chance(70) ? pick(0, 4) : pick(0, 15),
                        pick(0, 1),
                        kind,
                        chance(trims),
                        static_cast<int16_t>(static_cast<int16_t>(rnd()) >> pick(0, 15))};
            s.refcoef[c] = static_cast<int16_t>(rnd());
            s.bias[c] = static_cast<uint32_t>(static_cast<int32_t>(rnd()) >> pick(0, 24));
            s.scale[c] = static_cast<int16_t>(rnd());
        }
        for (int &level : s.tab) level = 0;
        if (MODES && RAMP && s.slices.size() == 1 && s.mode != 0 && !s.psum && chance(60))
            random_table();
        s.shift = chance(20) ? pick(0, 40) : pick(18, 36);
        if (s.func) s.shift = pick(24, 38);     // y0 near 0
        if (s.calib && chance(50)) s.shift = pick(12, 26);  // y0 near 16 bits
    }

    // A ramp by table: a column for each output, no references.
    void random_table() {
        const int limit = 1 << (CODE_W - 1);
        Slice &l = s.slices[0];
        l.table = 1;
        if (l.stop - l.start > 254) l.stop = l.start + 254;
        int level = pick(-limit, limit / 2);
        for (int n = l.start - 1; n <= l.stop; n++) {
            s.tab[n & 255] = level;
            level += pick(0, 6);
            if (level > limit - 1) level = limit - 1;
        }
        int out = 0;
        for (int c = 0; c < 256; c++) {
            Column &m = s.map[c];
            m.shift = 0;
            if (m.kind == 1 || m.kind == 2) {
                m.kind = out < s.outs ? 1 : 3;
                m.out = out++;
            }
        }
        s.lsb = pick(0, 1) ? pick(200, 20000) : pick(1, 200);
    }
};

} // namespace core

#endif
