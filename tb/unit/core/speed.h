// SPDX-License-Identifier: Apache-2.0
// How fast the core is: steady state at full size against limits, and the cycle table of
// docs/explain/architecture.md.
#ifndef CORE_SPEED_H
#define CORE_SPEED_H

#include <cstdio>
#include <vector>

#include "setups.h"

namespace core {

struct Speed : virtual Setups {
    // Full-size steady state of these slices: cycles from one res_done to the next.
    double period(const std::vector<Slice> &slices, int early, uint64_t &first) {
        random_setup();
        s.mode = 1, s.psum = s.calib = 0, s.rows = ROWS, s.cols = COLS, s.outs = COLS,
        s.early = early;
        s.slices = slices;
        for (Slice &l : s.slices) fit(l);
        weights(300);
        s.lsb = early ? 1 << 24 : 2000;     // early: all codes 0
        configure();
        gaps = 0;
        enable();
        const int n = 12;
        feed(n, 0, 20);
        uint64_t from = cycle;
        drain();
        first = done_at[0] - from;
        disable();
        return static_cast<double>(done_at[n - 1] - done_at[3]) / (n - 4);
    }
    void throughput(int nslice, int w, int start, int stop, int early, int limit) {
        std::vector<Slice> slices;
        for (int k = 0; k < nslice; k++)
            slices.push_back({nslice == 1 ? 0 : k, w, 0, 0, 0, 0, start, stop});
        uint64_t first;
        double cycles = period(slices, early, first);
        printf(
            "  %d x %d bit, ramp %d...%d%s: %.1f cycles per vector (limit %d), first after %llu\n",
            nslice, w, start, stop, early ? ", early stop at code 0" : "", cycles, limit,
            static_cast<unsigned long long>(first));
        CHECK(cycles <= limit, "too slow");
    }

    // Ramps as wide as CODE_W allows; a read takes max(N + 3, ramp steps + 2, columns) cycles. Two
    // banks cannot hide scan and output behind the next read. SERIAL: serial scaling takes up to 22
    // + 40 cycles for each output, and a read's pulses, ticks (ROWS + 2 each), ramp (3 cycles a
    // step, COLS for each step at which a column trips) and columns, each up to 23 + 37 cycles,
    // follow one another.
    void throughputs() {
        const int hi = (1 << (CODE_W - 1)) - 1, wide = hi < 384 ? hi : 384,
                  byte = hi < 127 ? hi : 127;
        const int bits = NSLICE < 8 ? NSLICE : 8,
                  exposed = (ACC_BANKS == 2 ? 2 * (COLS + 16) : 0) + SERIAL * COLS * 62;
        auto serial = [](int reads, int w, int steps) {
            return SERIAL * reads
                   * ((1 << w) * (ROWS + 3) + 2 * ROWS + 8 + 3 * steps + COLS * (COLS + 61));
        };
        auto longest = [](int a, int b) { return a > b ? a : b; };
        if (!RAMP) {
            const int one = longest(258, longest(CONVERT + 1, COLS)),
                      each = longest(longest(CONVERT + 1, 4), COLS);
            throughput(1, 8, -byte, byte, 0, one + 4 + exposed);
            throughput(bits, 1, -wide, wide, 0, bits * (each + 1) + 12 + exposed);
            return;
        }
        throughput(1, 8, -byte, byte, 0,
                     longest(258, 2 * byte + 3) + 4 + exposed + serial(1, 8, 2 * byte + 3));
        throughput(bits, 1, -wide, wide, 0,
                     bits * longest(2 * wide + 3, COLS) + 12 + exposed
                         + serial(bits, 1, 2 * wide + 3));
        throughput(bits, 1, -wide, wide, 1,
                     bits * longest(wide + 9, COLS) + 12 + exposed + serial(bits, 1, 2 * wide + 3));
        throughput(bits, 1, -4, 4, 0,
                   bits * longest(12, COLS) + 8 + exposed + serial(bits, 1, 12));
        throughput(1, 1, -4, 4, 0,
                   longest(COLS + 8, ROWS / 4 + 20) + exposed + serial(1, 1, 12));
    }

    // One line of the cycle table in docs/explain/architecture.md: what the slowest part needs,
    // what the RTL takes, and the promise, four cycles more a read.
    void table_line(const char *mode, const char *slices, std::vector<Slice> list, int early = 0) {
        int least = 0, promise = 0;
        for (const Slice &l : list) {
            int n = ((1 << l.w) - 1) << l.count;
            int steps = ohm_adc_cycles(&CONVERTER, l.start, l.stop);
            // codes are 0 with early stop: the ramp ends at step 2, which nobody knows before, so
            // the next read begins then
            if (early) n += steps = 0 - l.start + 4;
            int slowest = n > steps ? n : steps;
            if (slowest < COLS) slowest = COLS;
            least += slowest;
            promise += slowest + (early ? 8 : 4);
        }
        if (least < COLS + 6) least = promise = COLS + 6;   // outputs
        uint64_t first;
        double cycles = period(list, early, first);
        printf("| %s | %s | %d | %.1f | %d | %llu |\n", mode, slices, least, cycles, promise,
               static_cast<unsigned long long>(first));
        expect("within the promise", cycles >= least && cycles <= promise, 1);
    }
    // The same for converters without a ramp, whose codes may be as many as they like.
    void numbers_table() {
        auto slice = [](int lo, int w) { return Slice{lo, w, 0, 0, 0, 0, -127, 127}; };
        const std::string kind = converter_text();
        table_line(kind.c_str(), "8 bits; −127 … 127", {slice(0, 8)});
        std::vector<Slice> list;
        for (int k = 0; k < 8; k++) list.push_back(slice(k, 1));
        table_line(kind.c_str(), "8 × 1 bit; −127 … 127", list);
    }
    void table() {
        auto slice = [](int lo, int w, int start, int stop, int in = 0, int dev = 0) {
            return Slice{lo, w, in, dev, 0, 0, start, stop};
        };
        std::vector<Slice> list;
        if (!RAMP) {
            numbers_table();
            return;
        }
        printf("| mode | slices; ramp | at least | measured | promised | first vector "
               "|\n|---|---|---|---|---|---|\n");
        table_line("pulse width, inputs signed by polarity in one phase", "8 bits; −127 … 127",
                   {slice(0, 8, -127, 127)});
        list = {slice(0, 8, -127, 127)};
        list[0].count = 1;
        table_line("pulse count", "8 bits; −127 … 127", list);
        table_line("two input slices", "4 + 4 bits; −127 … 127",
                   {slice(0, 4, -127, 127), slice(4, 4, -127, 127)});
        table_line("three input slices", "2 + 3 + 3 bits; −63 … 63",
                   {slice(0, 2, -63, 63), slice(2, 3, -63, 63), slice(5, 3, -63, 63)});
        table_line("two phases (x+, x−)", "2 × 7 bits; −127 … 127",
                   {slice(0, 7, -127, 127, 1), slice(0, 7, -127, 127, 2)});
        table_line("four phases ({x+, x−} × {W+, W−})", "4 × 7 bits; 0 … 255",
                   {slice(0, 7, 0, 255, 1, 1), slice(0, 7, 0, 255, 1, 2), slice(0, 7, 0, 255, 2, 1),
                    slice(0, 7, 0, 255, 2, 2)});
        list.clear();
        for (int k = 0; k < 8; k++) list.push_back(slice(k, 1, -127, 127));
        table_line("bit-serial", "8 × 1 bit; −127 … 127", list);
        table_line("bit-serial, early stop, all codes 0", "8 × 1 bit; −127 … 127", list, 1);
        list.clear();
        for (int k = 0; k < 16; k++) {
            list.push_back(slice(k % 8, 1, -63, 63));
            list.back().part = 1, list.back().gain = 1, list.back().first = k / 8 * ROWS / 2,
            list.back().last = list.back().first + ROWS / 2 - 1;
        }
        table_line("bit-serial in two groups of rows", "16 × 1 bit; −63 … 63", list);
        table_line("binary inputs, 3-bit conversion", "1 bit; −4 … 3", {slice(0, 1, -4, 3)});
    }
};

} // namespace core

#endif
