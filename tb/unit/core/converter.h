// SPDX-License-Identifier: Apache-2.0
// What the bench knows of converters: all of it is here. Cycles and codes of a kind are those that
// the models know (ohm_adc.h). A ramp is the macro's comparators (macro.h); every other kind
// answers numbers, counts cycle by cycle or codes.
#ifndef CORE_CONVERTER_H
#define CORE_CONVERTER_H

#include <string>

#include "Vohm_core.h"
#include "ohm_adc.h"
#include "setup.h"

namespace core {

// The converter that the core was built for, as the models know it.
inline ohm_config config()
{
    ohm_config c{};
    c.code_w = CODE_W, c.adc = ADC, c.mux = MUX, c.adc_cycles = ADC_CYCLES, c.adc_bits = ADC_BITS;
    return c;
}
const ohm_config CONVERTER = config();
const enum ohm_adc_pins PINS = ohm_adc_pins(ADC);
const bool RAMP = PINS == OHM_ADC_PINS_COMPARATORS, COUNTS = PINS == OHM_ADC_PINS_COUNTS;
const int CODES = ohm_adc_codes(&CONVERTER), TOP_CODE = (1 << (CODE_W - 1)) - 1;
const int CONVERT = ohm_adc_cycles(&CONVERTER, -TOP_CODE, TOP_CODE); // of the widest ramp
const int EACH = CONVERT / MUX; // of one of the columns that share a converter

// Its row in the table of crosses (tb/unit/core/coverage.py).
inline const char *converter_row(const Setup &s, const Slice &l)
{
    return COUNTS    ? "oscillators"
           : !RAMP   ? "converters of codes"
           : l.table  ? "ramp by table"
           : s.early  ? "ramp, early stop"
                      : "ramp";
}

// Its name in the cycle table of docs/explain/architecture.md.
inline std::string converter_text()
{
    if (COUNTS) return "oscillators";
    return std::to_string(MUX) + " columns a converter, " + std::to_string(EACH) + " cycle"
           + (EACH > 1 ? "s" : "") + " a conversion";
}

// A range that the converter has.
inline void fit(Slice &l) { if (l.stop - l.start >= CODES) l.stop = l.start + CODES - 1; }

// Code of a charge, as far as a converter can tell.
inline int64_t within(int64_t q, int64_t lsb) {
    const int64_t code = floor_div(2 * q + lsb, 2 * lsb), limit = 1 << (CODE_W - 1);
    return code < -limit ? -limit : code > limit ? limit : code;
}

// The converters of all columns, without a ramp.
struct Converter {
    bool valid;                 // after the edge, as are the numbers
    int64_t number[256];        // of each of them

    void start() { wait = 0; }
    void begin_read() { for (int c = 0; c < COLS; c++) so_far[c] = counted[c] = 0; }
    void hold(int64_t held) {
        for (int c = 0; c < COLS; c++) shown[c] = counted[c];
        lsb = held;
    }

    // One clock edge, so many cycles after the sample. q: charges held; s, dev, k: of the read in
    // progress.
    void edge(const Vohm_core &d, int since, const int64_t *q, const Setup &s, int dev, int k) {
        expect("conversion", d.ramp_en, since >= 1 && since <= CONVERT, 0, since);
        valid = false;
        if (COUNTS) oscillators(d, since, q, s, dev, k);
        else shared(d, since, q);
    }

private:
    int64_t so_far[256], counted[256],
        shown[256]; // charge and counts of the read; counts of the one that is held
    int64_t lsb;                // of the charges held
    int slot, wait;             // the slot being converted, cycles to its answer

    // An oscillator counts while the rows are on and says its counts cycle by cycle.
    void oscillators(const Vohm_core &d, int since, const int64_t *q, const Setup &s, int dev,
                     int k) {
        expect("adc_start", d.adc_start, since == 1);
        if (d.adc_start)
            for (int c = 0; c < COLS; c++) number[c] = within(q[c], lsb) - shown[c];
        for (int c = 0; d.int_en && c < COLS; c++) {
            for (int r = 0; r < ROWS; r++)
                if (bit(d.row_on, r))
                    so_far[c] += bit(d.row_neg, r) ? -geff(s, dev, r, c) : geff(s, dev, r, c);
            const int64_t all = within(so_far[c], static_cast<int64_t>(s.lsb) << s.slices[k].rs);
            number[c] = all - counted[c];
            counted[c] = all;
        }
        valid = d.adc_start || d.int_en;
    }

    // A converter of MUX columns takes one after the other.
    void shared(const Vohm_core &d, int since, const int64_t *q) {
        const bool begins = d.ramp_en && (since - 1) % EACH == 0;
        expect("adc_start", d.adc_start, begins);
        if (begins) {
            slot = (since - 1) / EACH;
            wait = pick(1, EACH);
        }
        if (d.ramp_en) expect("adc_mux", d.adc_mux, (since - 1) / EACH);
        if (wait && --wait == 0) {
            valid = true;
            for (int j = 0; j < COLS / MUX; j++) number[j] = within(q[j * MUX + slot], lsb);
        }
    }
};

} // namespace core

#endif
