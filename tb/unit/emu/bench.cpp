// SPDX-License-Identifier: Apache-2.0
// Pin-level bench of the macro's emulation view against the formulas of docs/reference/numeric.md:
// random codes, pulses, selections, LSBs and ramps, the next read under way while a ramp runs, as
// ohm_ctrl does it. Each comparator is checked at each step. Converters without a ramp: each
// answer, one cycle behind adc_start. Built for one size: -DROWS= -DCOLS= -DCODE_W= -DSERIAL=
// -DPROGRAM= -DADC= -DMUX= -DADC_CYCLES= -DTRANSPOSE=. With TRANSPOSE every other read is from
// columns to rows. Run: bench SEED READS. Prints "checks N" and exits 0 when
// all held.
#include "Vohm_macro.h"
#include "verilated.h"

#include "ohm_adc.h"
#include "ohm_bench.h"

namespace {

using namespace bench;

// Lines that a read may drive, and sense.
const int LINES = TRANSPOSE && COLS > ROWS ? COLS : ROWS;
const int SENSED = TRANSPOSE && ROWS > COLS ? ROWS : COLS;

struct Ramp { // the one in progress
    int64_t q[SENSED], lsb;
    int lines; // of q
    int next, stop;
    bool on, asked;
    int asked_step;
};

Vohm_macro d;
int g[2][ROWS][COLS];
Ramp ramp;

ohm_config config()
{
    ohm_config c{};
    c.adc = ADC, c.mux = MUX, c.adc_cycles = ADC_CYCLES, c.adc_bits = CODE_W;
    return c;
}
const ohm_config CONVERTER = config();
const enum ohm_adc_pins PINS = ohm_adc_pins(ADC);
const bool RAMP = PINS == OHM_ADC_PINS_COMPARATORS, CODES = PINS == OHM_ADC_PINS_CODES;
const int CONVERT = ohm_adc_cycles(&CONVERTER, 0, 0); // of a converter without a ramp
const int EACH = CONVERT / MUX > 0 ? CONVERT / MUX : 1; // of one of the columns that share one

void check(const char *what, int col, int step, int64_t got, int64_t want) {
    CHECK(got == want, "%s: column %d, step %d: got %lld, expected %lld, Q = %lld, LSB = %lld",
          what, col, step, static_cast<long long>(got), static_cast<long long>(want),
          static_cast<long long>(ramp.q[col]), static_cast<long long>(ramp.lsb));
}

// The answer of every converter to the slot asked for in the cycle before.
void check_numbers() {
    CHECK(d.adc_valid == ramp.asked || d.rst, "adc_valid: got %d in step %d", d.adc_valid,
          ramp.asked_step);
    const int slot = CODES ? ramp.asked_step / EACH : 0, each = CODES ? MUX : 1,
              limit = 1 << (CODE_W - 1);
    for (int j = 0; ramp.asked && j < COLS / each; j++) {
        const int64_t twice = 2 * ramp.q[j * each + slot] + ramp.lsb, two = 2 * ramp.lsb;
        const int64_t code = twice / two - (twice % two < 0), want = code < -limit  ? -limit
                                                                     : code > limit ? limit
                                                                                    : code;
        int64_t got = 0;
        for (int b = 0; b <= CODE_W; b++)
            got |= static_cast<int64_t>(bit(d.adc_code, j * (CODE_W + 1) + b)) << b;
        if (got > limit) got -= 2 << CODE_W;
        check("code", j * each + slot, ramp.asked_step, got, want);
    }
}

// One clock. Drives the ramp of the sample before, checks the comparators of the step before.
void tick() {
    static bool waits = false; // SERIAL: the step before has no answer yet
    if (SERIAL && d.ready) waits = false;
    d.ramp_en = ramp.on && !waits;
    d.ramp_step = (waits     ? ramp.asked_step
                   : ramp.on ? ramp.next
                             : static_cast<int>(rnd()))
                  & ((1 << CODE_W) - 1);
    const bool start = !RAMP && ramp.on && ramp.next % EACH == 0;
    d.adc_start = start;
    d.adc_mux = ramp.on && CODES ? ramp.next / EACH : rnd() & 0xFF;
    settle(d);
    if (!RAMP) {
        check_numbers();
        ramp.asked = start;
    } else if (ramp.asked && !waits)
        for (int c = 0; c < ramp.lines; c++)
            check("comparator", c, ramp.asked_step, bit(d.cmp, c),
                  2 * ramp.q[c] < ramp.lsb * (2 * ramp.asked_step + 1));
    if (!waits) {
        if (RAMP) ramp.asked = ramp.on;
        ramp.asked_step = ramp.next;
        waits = SERIAL && ramp.on;
        if (ramp.on && ramp.next++ == ramp.stop) ramp.on = false;
    }
    edge(d);
    cycle++;
}

void program() {
    int density = pick(1, 100), top = pick(0, 1) ? 16384 : pick(1, 400);
    for (int dev = 0; dev < 2; dev++)
        for (int r = 0; r < ROWS; r++)
            for (int c = pick(0, 1) ? 0 : 1; c < COLS; c += 2) { // odd and even first columns
                for (int k = 0; k < 2 && c + k < COLS; k++)
                    g[dev][r][c + k] = pick(1, 100) <= density ? pick(0, top) : 0;
                d.prog_valid = 1;
                d.prog_dev = dev;
                d.prog_row = r;
                d.prog_col = c;
                d.prog_data =
                    static_cast<uint32_t>(g[dev][r][c])
                    | (c + 1 < COLS ? static_cast<uint32_t>(g[dev][r][c + 1]) : rnd() & 0xFFFF)
                          << 16;
                tick();
            }
    d.prog_valid = 0;
}

// Rows and columns at random get a linear step; the ramp before may run on.
void pulse() {
    const int set = pick(0, 2) != 0, dev = pick(0, 1), width = pick(0, 15);
    const int amp = pick(0, 1) ? pick(0, 255) : pick(0, 9), step = (amp + 1) * (width + 1);
    const bool one = pick(0, 1);
    const int row = pick(0, ROWS - 1);
    while (SERIAL && !d.ready) tick();
    for (int c = 0; c < COLS; c++) set_bit(d.pulse_col, c, pick(0, 1));
    for (int r = 0; r < ROWS; r++) {
        const bool on = one ? r == row : pick(0, 3) == 0;
        set_bit(d.row_on, r, on);
        set_bit(d.row_neg, r, false);
        for (int c = 0; on && c < COLS; c++) {
            int &cell = g[dev][r][c];
            if (bit(d.pulse_col, c)) cell += set ? step : -step;
            cell = cell < 0 ? 0 : cell > 16384 ? 16384 : cell;
        }
    }
    d.pulse_start = 1;
    d.pulse_set = set;
    d.pulse_dev = dev + 1;
    d.pulse_amp = amp;
    d.pulse_width = width;
    tick();
    d.pulse_start = 0;
    for (int wait = 0; d.eval(), !d.pulse_done; tick())
        if (wait++ > (COLS + 4) * ROWS + 40) {
            printf("FAIL: pulse_done stays low\n");
            exit(1);
        }
    tick();
    checks++;
    for (int r = 0; r < ROWS; r++) set_bit(d.row_on, r, false);
}

// Pulses of n ticks at most into rows: t of them, negative where neg says so.
void pulses(int n, const int *t, const int *neg) {
    d.int_en = 1;
    for (int gap = SERIAL ? pick(ROWS + 1, ROWS + 4) : 0; gap > 0; gap--) tick();
    for (int i = 0; i < n; i++) {
        for (int r = 0; r < LINES; r++) {
            set_bit(d.row_on, r, i < t[r]);
            set_bit(d.row_neg, r, neg[r]);
        }
        tick();
        for (int r = 0; r < ROWS && SERIAL; r++) set_bit(d.row_on, r, false);
        for (int gap = SERIAL ? pick(ROWS + 1, ROWS + 4) : 0; gap > 0; gap--) tick();
    }
    d.int_en = 0;
    for (int r = 0; r < LINES; r++) set_bit(d.row_on, r, false);
}

// The ramp, or conversion, that the next ticks drive.
void begin_ramp(const int64_t *q, int lines, int64_t lsb) {
    int limit = 1 << (CODE_W - 1);
    ramp.lines = lines;
    for (int c = 0; c < lines; c++) ramp.q[c] = q[c];
    ramp.lsb = lsb;
    int start = pick(1 - limit, limit - 2);
    ramp.stop = pick(0, 1) ? limit - 1 : pick(start + 1, limit - 1);
    if (pick(0, 1)) start = 1 - limit;
    ramp.next = start - 1;
    if (!RAMP) ramp.next = 0, ramp.stop = CONVERT - 1;
    ramp.on = true;
}

// Settings, a read while the ramp before may still run, and its ramp.
void read_once() {
    int w = pick(1, 8), n = (1 << w) - 1, sel = pick(0, 2),
        rs = pick(0, 3) ? pick(0, 2) : pick(0, 15);
    uint32_t lsb = pick(0, 3) ? static_cast<uint32_t>(pick(1, 100000))
                              : static_cast<uint32_t>(pick(1, 1 << 24));
    d.cfg_we = 1;
    d.cfg_addr = OHM_REG_MACRO_LSB;
    d.cfg_wdata = lsb;
    tick();
    d.cfg_we = 0;
    d.ramp_lsb = 0;
    if (PROGRAM && pick(0, 1)) { // the pin takes its place
        lsb = static_cast<uint32_t>(pick(1, 100000));
        d.ramp_lsb = lsb;
    }
    const bool back = TRANSPOSE && pick(0, 1);
    const int driven = back ? COLS : ROWS, sensed = back ? ROWS : COLS;
    int t[LINES] = {}, neg[LINES] = {};
    int64_t q[SENSED] = {};
    for (int i = 0; i < driven; i++) {
        t[i] = pick(0, 4) ? pick(0, n) : pick(0, 1) * n;
        neg[i] = pick(0, 1);
        for (int k = 0; k < sensed; k++) {
            const int r = back ? k : i, c = back ? i : k;
            int geff = sel == 0 ? g[0][r][c] - g[1][r][c] : g[sel - 1][r][c];
            q[k] += static_cast<int64_t>(neg[i] ? -t[i] : t[i]) * geff;
        }
    }
    // The ramp before ends by the sample at the latest; SERIAL: by the read.
    while (SERIAL && (ramp.on || ramp.asked)) tick();
    for (int i = pick(0, 40); i > 0 || !d.ready; i--) tick();
    int fall_behind = (ramp.on ? ramp.stop - ramp.next + 1 : 0) - (n + 2);
    for (; fall_behind > 0; fall_behind--) tick();
    d.int_reset = 1;
    d.cell_sel = sel;
    d.transpose = back;
    d.ramp_rs = rs;
    tick();
    d.int_reset = 0;
    pulses(n, t, neg);
    for (int wait = 0; tick(), !d.ready; wait++)
        if (wait > SENSED * (9 * 2 * LINES + CODE_W + 4) + 100) fail("ready stays low");
    d.sample = 1;
    tick();
    d.sample = 0;
    begin_ramp(q, sensed, static_cast<int64_t>(lsb) << rs);
}

} // namespace

int main(int argc, char **argv) {
    Verilated::commandArgs(argc, argv);
    if (argc < 3) return fprintf(stderr, "usage: bench SEED READS\n"), 2;
    title = "emu " + std::to_string(ROWS) + "x" + std::to_string(COLS) + " seed " + argv[1];
    bench::seed(argv[1]);
    waves(d, std::string(argv[0]) + ".fst");
    int reads = atoi(argv[2]);
    bench::reset(d, 2, [] { tick(); });
    for (int i = 0; i < reads; i++) {
        if (i > 0 && pick(0, 7) == 0) { // a read that is given up half way must not hang the macro
            d.int_reset = 1;
            tick();
            d.int_reset = 0;
            while (!d.ready) tick();
            ramp.on = ramp.asked = false; // codes are gone
        }
        if (i == 0 || pick(0, 9) == 0) {
            while (ramp.on) tick();
            program();
        }
        for (int pulses = PROGRAM ? pick(0, 3) : 0; pulses > 0; pulses--) pulse();
        read_once();
    }
    while (ramp.on || ramp.asked) tick();
    return end();
}
