// SPDX-License-Identifier: Apache-2.0
// Descriptors that the core must refuse, each with its detail: nothing of them runs, one event says
// why, and a good descriptor afterwards runs as ever.
#ifndef CORE_REFUSALS_H
#define CORE_REFUSALS_H

#include "random_tests.h"

namespace core {

struct Refusals : RandomTests {
    void refusal_test() {
        refused("nothing was written", 1);
        if (NSLICE > 1) unwritten();
        sizes();
        slices();
        descriptor();
        ramps();
        if (MODES && RAMP) tables();
        else {
            good(), write(OHM_REG_SLICE, 8u << 4 | 1u << 20);
            refused("table without MODES, or without a ramp", 16);
        }
        calibration();
        if (MODES) extensions();
        else without_modes();
        others();
        random_test();
        unused_entries();
    }

private:
    static constexpr int limit = 1 << (CODE_W - 1);

    // What was configured must be refused with this detail.
    void refused(const char *what, uint32_t want) {
        int before = events;
        enable();
        feed(1, 0, 0);
        for (int i = 0; i < 3 * COLS + 200; i++) {
            tick();
            if (d.vec_pop || d.int_reset) fail("%s: a refused descriptor runs", what);
        }
        expect(what, d.bad_desc, 1);
        expect(what, events - before, 1);
        expect(what, detail, want);
        vectors.clear();
        partials.clear();
        residuals.clear();
        d.vec_valid = d.ps_valid = 0;
        d.eval();
        disable();
    }

    // A descriptor that runs, to be spoilt in one place.
    void good() {
        do random_setup(); while (s.cols < 2);
        s.psum = s.calib = 0;
        configure();
    }
    void ramp(int start, int stop) {
        size_t k = rnd() % s.slices.size();
        write(OHM_REG_SLICE_RAMP + 2 * k,
              (static_cast<uint32_t>(start) & 0xFFFF) | static_cast<uint32_t>(stop) << 16);
    }
    void word0(int lo, int w, int in = 0, int dev = 0) {
        write(OHM_REG_SLICE + 2 * (rnd() % s.slices.size()),
              static_cast<uint32_t>(lo | w << 4 | in << 8 | dev << 10));
    }
    void lsb(uint32_t v) { write(OHM_REG_MACRO_LSB, v); }
    void ext(int mul, int part, int gain, int first, int last) {
        size_t k = rnd() % s.slices.size();
        write(OHM_REG_SLICE + 2 * k, 8u << 4 | static_cast<uint32_t>(mul << 13 | part << 14));
        if (MODES)
            write(OHM_REG_SLICE_EXT + k, static_cast<uint32_t>(gain | first << 16 | last << 24));
    }

    // Registers that reset has left without a value.
    void unwritten() {
        good(), s.slices.resize(1), configure();
        reset();        // keeps the tables
        write(OHM_REG_DESC, desc_word()), write(OHM_REG_DESC_SIZE, size_word()), lsb(1);
        refused("SLICE never written", 3);
        word0(0, 8), refused("SLICE_RAMP never written", 4);
        ramp(-3, 3);
        write(OHM_REG_DESC, desc_word() + (1u << 12)), refused("second entry never written", 3);
        reset();
        write(OHM_REG_DESC, desc_word()), write(OHM_REG_DESC_SIZE, size_word()), word0(0, 8),
            ramp(-3, 3);
        refused("MACRO_LSB never written", 11);
    }

    void sizes() {
        good(), write(OHM_REG_DESC, desc_word() & ~(31u << 12)), refused("NSLICE 0", 1);
        good(), write(OHM_REG_DESC, (desc_word() & ~(31u << 12)) | (NSLICE + 1) << 12),
            refused("NSLICE too many", 1);
        good(), write(OHM_REG_DESC_SIZE, (size_word() & ~1023u) | ROWS), refused("ROWS1", 2);
        good(), write(OHM_REG_DESC_SIZE, (size_word() & ~(1023u << 10)) | COLS << 10),
            refused("COLS1", 2);
        good(),
            write(OHM_REG_DESC_SIZE,
                  (size_word() & ~(1023u << 20)) | static_cast<uint32_t>(COLS) << 20),
            refused("OUTS1", 2);
    }

    void slices() {
        good(), word0(0, 0), refused("W 0", 3);
        good(), word0(0, 9), refused("W 9", 3);
        good(), word0(0, 15), refused("W 15", 3);
        good(), word0(1, 8), refused("LO + W 9", 3);
        good(), word0(15, 1), refused("LO + W 16", 3);
        good(), word0(0, 1, 3), refused("IN 3", 9);
        good(), word0(0, 1, 0, 3), refused("DEV 3", 10);
        good(), word0(0, 1, 3, 3), refused("IN 3 and DEV 3", 9);
        good(), word0(0, 9, 3, 3), lsb(0), refused("four faults", 3);
        good(), lsb(0), refused("MACRO_LSB 0", 11);
        good(), lsb((1u << 24) + 1), refused("MACRO_LSB too high", 11);
        good(), lsb(1u << 31), refused("MACRO_LSB too high", 11);
    }

    void descriptor() {
        good(), write(OHM_REG_DESC, desc_word() | 3), refused("MODE 3", 8);
        good(), write(OHM_REG_DESC, desc_word() | 3u << 26), refused("FUNC 3", 13);
        good(), s.relu = 1, s.func = 1, configure(), refused("FUNC table with RELU", 13);
        good(), s.relu = 1, s.func = 2, configure(), refused("FUNC threshold with RELU", 13);
        if (!MODES)
            good(), s.relu = 0, s.func = pick(1, 2), configure(), refused("FUNC without MODES", 13);
        if (NSTREAM < 4)
            good(), write(OHM_REG_DESC, desc_word() | NSTREAM << 8), refused("STREAM", 12);
    }

    void ramps() {
        good(), ramp(3, 3), refused("START = STOP", 4);
        good(), ramp(-limit, 3), refused("START too low", 4);
        good(), ramp(0, limit), refused("STOP too high", 4);
        good(), ramp(5, -5), refused("START above STOP", 4);
        good(), write(OHM_REG_DESC, (desc_word() & ~(63u << 20)) | 41u << 20), refused("SHIFT", 5);
        if (CODES < limit)
            good(), ramp(0, CODES), refused("more codes than the converter has", 15);
    }

    // A good descriptor whose ramp goes by the table.
    void by_table() {
            do good(); while (s.mode == 0 || s.slices.size() != 1 || s.outs < 2);
            if (!s.slices[0].table) random_table();
            s.map[0].kind = s.map[1].kind = 1, s.map[0].out = 0, s.map[1].out = 1;
            for (int c = 2; c < COLS; c++) s.map[c].kind = 3;
            configure();
    }
    void tables() {
        by_table(), enable(), feed(2, 0, 50), drain(), disable();
        by_table(), write(OHM_REG_COLMAP + 1, 1u << 30 | 1u << 24 | 1u << 16),
            refused("table with SHIFT", 16);
        by_table(), write(OHM_REG_COLMAP + 1, 1u << 30),
            refused("table with two columns for an output", 16);
        by_table(), write(OHM_REG_COLMAP + 1, 2u << 30), refused("table with a reference", 16);
        by_table(), write(OHM_REG_DESC, desc_word() | 4), refused("table with PSUM", 16);
        by_table(), write(OHM_REG_DESC, desc_word() & ~3u), refused("table in mode PSUM", 16);
        if (limit > 255) by_table(), ramp(-100, 155), refused("table too long", 16);
        if (NSLICE > 1) {
            by_table(), s.slices.push_back(s.slices[0]), configure(),
                refused("table in two slices", 16);
        }
    }

    // CALIB asks for partial sums, a seed, a count and no windows.
    void calibration() {
        const uint32_t calib = 1u << 28;
        if (MODES) {
            good(), write(OHM_REG_DESC, desc_word() | calib), refused("CALIB without PSUM", 17);
            linear(), write(OHM_REG_DESC, desc_word() | calib | 4), write(OHM_REG_CALIB_SEED, 0),
                refused("CALIB_SEED 0", 17);
            linear(), write(OHM_REG_DESC, desc_word() | calib | 4),
                write(OHM_REG_CALIB_COUNT, 1u << 16), refused("CALIB_COUNT 0", 17);
            linear(), write(OHM_REG_DESC, desc_word() | calib | 4),
                d.walk = 1, refused("CALIB with windows", 17), d.walk = 0;
        } else {
            good(), write(OHM_REG_DESC, desc_word() | calib), refused("CALIB without MODES", 17);
            good(), write(OHM_REG_DESC, desc_word() | calib | 4),
                refused("CALIB without MODES", 17);
        }
    }
    void linear() { do good(); while (s.slices[0].table); }

    void extensions() {
        good(), ext(1, 0, 0, 0, 0), refused("GAIN 0", 14);
        good(), ext(0, 1, 0, 0, 0), refused("GAIN 0 with PART", 14);
        good(), ext(0, 1, 1, 1, 0), refused("FIRST above LAST", 14);
        good(), ext(1, 1, 1, 0, ROWS), refused("LAST", 14);
        reset();
        good(), s.slices.resize(1), s.slices[0].mul = s.slices[0].part = 0,
                                    s.slices[0].gain = 1, configure();
        reset();
        write(OHM_REG_DESC, desc_word()), write(OHM_REG_DESC_SIZE, size_word()), lsb(1);
        write(OHM_REG_SLICE, 8u << 4 | 1u << 13), ramp(-3, 3),
            refused("SLICE_EXT never written", 14);
    }

    void without_modes() {
        good(), ext(1, 0, 1, 0, 0), refused("MUL without MODES", 14);
        good(), ext(0, 1, 1, 0, 0), refused("PART without MODES", 14);
        good(), write(OHM_REG_SLICE, 8u << 4 | 1u << 15), refused("COUNT without MODES", 14);
        good(), write(OHM_REG_COLMAP + s.cols - 1, 2u << 30), refused("KIND reference", 6);
        good(), write(OHM_REG_COLMAP, 2u << 30), refused("KIND reference", 6);
        good(), write(OHM_REG_COLMAP, 1u << 30 | 1u << 29), refused("TRIM", 6);
    }

    // What is left: outputs, windows, the first of two faults.
    void others() {
        good(), s.outs = pick(1, COLS - 1), configure();
        write(OHM_REG_COLMAP + rnd() % static_cast<unsigned>(s.cols),
              1u << 30 | static_cast<uint32_t>(pick(s.outs, 255)) << 16);
        refused("OUT", 6);
        good(), d.window_bad = 1, refused("window", 7), d.window_bad = 0;
        good(), ramp(3, 3), write(OHM_REG_DESC_SIZE, (size_word() & ~1023u) | ROWS),
            refused("two faults", 2);
    }

    // Entries past NSLICE and columns past COLS1 are not looked at.
    void unused_entries() {
        good();
        if (s.slices.size() < NSLICE) write(OHM_REG_SLICE + 2 * s.slices.size(), 0xFFFFFFFF);
        if (s.cols < COLS) write(OHM_REG_COLMAP + s.cols, 0x7FFFFFFF);
        gaps = 0;
        enable();
        feed(2, 0, 50);
        drain();
        disable();
    }
};

} // namespace core

#endif
