// SPDX-License-Identifier: Apache-2.0
// Unit bench of ohm_core: random descriptors, weights and vectors against a plain model of
// docs/reference/numeric.md.
//
// Around the core stand a pin-level macro of ideal devices (it measures on-times from the row lines
// and checks the timing that docs/reference/borders.md promises), sources of vectors, partial sums
// and residuals, and an output sink with random gaps. The reference model below starts from bytes
// and weights and shares nothing with that macro but the weights. Built for one size: -DROWS=
// -DCOLS= -DCODE_W= -DACC_F= -DACC_BANKS= -DNSLICE= -DNSTREAM= -DMODES= -DSERIAL= -DADC= -DMUX=
// -DADC_CYCLES= -DADC_BITS=. Run: bench SEED TESTS, bench 1 0 table (the cycle table), bench 1 0
// exhaustive (of a 4 x 4 core with 4-bit codes). Prints "checks N" and exits 0 only when every
// comparison held.
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "Vohm_core.h"
#include "verilated.h"

#include "../../../behav/common/ohm_adc.h"

namespace {

uint64_t checks, cycle;
uint64_t rng_state;

uint64_t rnd() {        // splitmix64
    uint64_t z = rng_state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
int pick(int lo, int hi)
{
    return lo + static_cast<int>(rnd() % static_cast<uint64_t>(hi - lo + 1));
}
bool chance(int percent) { return pick(0, 99) < percent; }

[[noreturn]] void fail(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    printf("FAIL cycle %llu: ", static_cast<unsigned long long>(cycle));
    vprintf(format, ap);
    printf("\n");
    va_end(ap);
    exit(1);
}
void expect(const char *what, int64_t got, int64_t want, uint32_t seq = 0, int index = -1) {
    checks++;
    if (got != want)
        fail("%s: got %lld, expected %lld (seq %u, index %d)", what, static_cast<long long>(got),
             static_cast<long long>(want), seq, index);
}

// Bit access for every width Verilator maps a port to.
template <class T> bool bit(const T &v, int i) { return v >> i & 1; }
template <std::size_t N> bool bit(const VlWide<N> &v, int i) { return v[i / 32] >> (i % 32) & 1; }
template <class T> void set_bit(T &v, int i, bool b)
{
    v = b ? (v | T(1) << i) : (v & ~(T(1) << i));
}
template <std::size_t N> void set_bit(VlWide<N> &v, int i, bool b) {
    v[i / 32] = b ? (v[i / 32] | 1u << (i % 32)) : (v[i / 32] & ~(1u << (i % 32)));
}

// The converter that the core was built for, as the models know it.
ohm_config config()
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

int geff(const Setup &s, int dev, int r, int c) {
    return dev == 0 ? s.g[0][r][c] - s.g[1][r][c] : s.g[dev - 1][r][c];
}

// --- reference model
// -------------------------------------------------------------------------------------------------
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

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

void reference(const Setup &s, const Vector &v, const Partial *ps, Expected &e) {
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
            int64_t q = 0;
            for (int r = 0; r < s.rows; r++) {
                if (sl.part && (r < sl.first || r > sl.last)) continue;
                if ((sl.in == 1 && neg[r]) || (sl.in == 2 && !neg[r])) continue;
                int t = (mag[r] >> sl.lo) & ((1 << sl.w) - 1);
                q += (sl.in == 0 && neg[r] ? -t : t) * geff(s, sl.dev, r, c);
            }
            e.charges.push_back(q);
            int64_t lsb = static_cast<int64_t>(s.lsb) << sl.rs;
            int64_t raw = floor_div(2 * q + lsb, 2 * lsb);
            const bool low =
                sl.table ? 2 * q < lsb * (2 * s.level(sl, sl.start - 1) + 1) : raw < sl.start;
            bool high = raw > sl.stop;
            int64_t code = raw < sl.start ? sl.start : raw > sl.stop ? sl.stop : raw;
            if (sl.table) {
                for (code = sl.start;
                     code < sl.stop && 2 * q >= lsb * (2 * s.level(sl, static_cast<int>(code)) + 1);
                     code++) {
                }
                high = 2 * q >= lsb * (2 * s.level(sl, static_cast<int>(code)) + 1);
            }
            const Column &m = s.map[c];
            if (m.kind == 0) continue;
            e.codes.push_back({v.seq, static_cast<int>(k), c, static_cast<int>(code)});
            e.clip_lo += low;
            e.clip_hi += high;
            if (m.kind == 3) continue;
            int64_t term = floor_div(code * m.gain * 2 + (1 << (14 - ACC_F)), 2 << (14 - ACC_F));
            if (m.trim) term += m.offset;
            if (sl.mul) term = floor_div(2 * term * sl.gain + (1 << 14), 1 << 15);
            int up = sl.lo + sl.rs + m.shift;
            uint32_t moved = up < 32 ? static_cast<uint32_t>(term) << up : 0;
            refs |= m.kind == 2;
            (m.kind == 2 ? ref : acc[m.out]) += m.neg != sl.neg ? 0 - moved : moved;
        }
    }
    if (ps && ps->poison) {
        e.poison++;
        e.done.push_back({v.seq, true});
        return;
    }
    for (int o = 0; o < s.outs; o++) {
        int64_t share =
            refs ? floor_div(2 * static_cast<int64_t>(static_cast<int32_t>(ref)) * s.refcoef[o]
                                 + (1 << 14),
                             1 << 15)
                 : 0;
        uint32_t a = acc[o] + static_cast<uint32_t>(share) + (ps && !s.calib ? ps->a[o] : 0);
        int r = s.rsd_signed ? static_cast<int8_t>(v.residual[o]) : v.residual[o];
        uint32_t b = a + s.bias[o] + (s.rsd ? static_cast<uint32_t>(r) * s.rscale : 0);
        __int128 p = static_cast<__int128>(static_cast<int32_t>(b)) * s.scale[o];
        __int128 h = s.shift ? static_cast<__int128>(1) << (s.shift - 1) : 0;
        int64_t y = static_cast<int64_t>((p + h) >> s.shift);
        if (s.calib) {
            const int64_t held = y > 32767 ? 32767 : y < -32768 ? -32768 : y;
            e.sums[o].y += held, e.sums[o].yy += held * held,
                e.sums[o].yp += held * static_cast<int16_t>(ps->a[o]);
        }
        if (s.func == 1) y = s.table[(y < -128 ? -128 : y > 127 ? 127 : y) + 128];
        if (s.func == 1 && s.osigned && y > 127) y -= 256;
        if (s.func == 2) y = y >= 0 ? 1 : s.osigned ? -1 : 0;
        if (s.relu && y < 0) y = 0;
        int64_t lo = s.osigned ? -127 : 0, hi = s.osigned ? 127 : 255;
        int64_t clipped = y < lo ? lo : y > hi ? hi : y;
        if (s.mode == 1) e.sat_out += clipped != y;
        uint32_t out = s.mode == 0 ? a : s.mode == 1 ? static_cast<uint32_t>(clipped) : b;
        e.results.push_back({v.seq, o, a, out, s.mode == 1 ? out & 0xFF : out});
    }
    e.vmm++;
    e.done.push_back({v.seq, false});
}

// --- pin-level macro
// -------------------------------------------------------------------------------------------------
struct Macro {
    const Setup *s;
    Expected *e;
    std::deque<Done> order;     // vectors to be read, in order
    size_t slice;               // next slice of the front one
    int phase = -1;             // cycles since int_reset, -1: integrator idle
    int ticks, k, dev;
    int on[256], neg[256];
    int64_t q[256];
    int since_sample = 1 << 30, next_step, ramp_k, ramp_last;
    uint64_t reads;
    bool was_ready;             // in the cycle before
    bool cmp[256];              // comparators after the edge
    // converters that answer numbers: after the edge, of each of them
    bool valid;
    int64_t number[256];
    int64_t so_far[256], counted[256],
        shown[256]; // charge and counts of the read; counts of the one that is held
    int64_t held_lsb;
    int slot, wait;             // the slot being converted, cycles to its answer

    void start(const Setup *setup, Expected *expected) {
        s = setup;
        e = expected;
        order.clear();
        slice = 0;
        phase = -1;
        since_sample = 1 << 30;
        wait = 0;
    }

    void numbers(const Vohm_core &d);
    // A ramp that ended before STOP is only right when early stop found every column tripped.
    void ended() {
        if (!s->early)
            fail("macro: ramp ended at %d, expected %d", ramp_last, s->slices[ramp_k].stop);
        int64_t lsb = static_cast<int64_t>(s->lsb) << s->slices[ramp_k].rs;
        for (int c = 0; c < s->cols; c++)
            if (2 * q[c] >= lsb * (2 * ramp_last + 1))
                fail("macro: early stop before column %d", c);
    }

    // One clock edge: sees the pins before it, leaves in cmp what they are after it.
    void edge(const Vohm_core &d) {
        for (int r = 0; r < ROWS && !d.int_en; r++)
            if (bit(d.row_on, r)) fail("macro: row %d on outside integration", r);
        if (d.int_reset) {
            if (phase >= 0) fail("macro: int_reset during a read");
            if (order.empty()) fail("macro: read that nobody asked for");
            if (SERIAL && since_sample < 1 << 29 && next_step <= s->slices[ramp_k].stop) ended();
            if (!was_ready) fail("macro: int_reset without ready");
            phase = 0;
            k = d.op_slice;
            expect("op_seq", d.op_seq, order.front().seq);
            expect("op_slice", k, static_cast<int64_t>(slice), d.op_seq);
            expect("op_desc", d.op_desc, 0);
            dev = d.cell_sel;
            expect("cell_sel", dev, s->slices[k].dev, d.op_seq, k);
            ticks = SERIAL ? 1
                           : ((1 << s->slices[k].w) - 1)
                                 << s->slices[k].count; // SERIAL: as long as int_en lasts
            for (int r = 0; r < ROWS; r++) on[r] = 0;
            for (int c = 0; c < COLS; c++) so_far[c] = counted[c] = 0;
            if (++slice == s->slices.size()) {
                slice = 0;
                order.pop_front();
            }
        } else if (phase >= 0) {
            phase++;
            if (SERIAL && phase == 2 && d.int_en) phase = 1;
            expect("int_en", d.int_en, phase <= ticks, 0, phase);
            expect("sample", d.sample, phase == ticks + 2, 0, phase);
            expect("cell_sel held", d.cell_sel, dev);
            if (phase == ticks + 1 && !d.ready)
                phase--; // a macro that is not ready stretches the settling
            if (d.int_en)
                for (int r = 0; r < ROWS; r++) {
                    if (!bit(d.row_on, r)) continue;
                    bool n = bit(d.row_neg, r);
                    if (!SERIAL && on[r] << s->slices[k].count != phase - 1)
                        fail("macro: row %d: on in tick %d, for the %dth time", r, phase - 1,
                             on[r] + 1);
                    if (on[r] && n != (neg[r] != 0))
                        fail("macro: row %d: polarity changed in a pulse", r);
                    neg[r] = n;
                    on[r]++;
                }
        } else if (d.int_en || d.sample) fail("macro: int_en or sample without int_reset");

        was_ready = d.ready;

        // hold and ramp: rigid from the sample on
        since_sample++;
        if (d.sample) {
            if (d.ramp_en) fail("macro: sample during a ramp");
            expect("ramp_rs", d.ramp_rs, s->slices[k].rs);
            for (int c = 0; c < COLS; c++) {
                q[c] = 0;
                for (int r = 0; r < ROWS; r++)
                    if (on[r])
                        q[c] += static_cast<int64_t>(neg[r] ? -on[r] : on[r]) * geff(*s, dev, r, c);
                if (c >= s->cols) continue;
                expect("charge", q[c], e->charges.front(), d.op_seq, c);
                e->charges.pop_front();
            }
            for (int c = 0; c < COLS; c++) shown[c] = counted[c];
            held_lsb = static_cast<int64_t>(s->lsb) << s->slices[k].rs;
            ramp_k = k;
            since_sample = 0;
            next_step = s->slices[k].start - 1;
            phase = -1;
            reads++;
        }
        if (since_sample == 1 && !d.ramp_en) fail("macro: no ramp right after the sample");
        if (!RAMP) {
            numbers(d);
            return;
        }
        if (d.ramp_en) {
            int step = static_cast<int32_t>(static_cast<uint32_t>(d.ramp_step) << (32 - CODE_W))
                       >> (32 - CODE_W);
            expect("ramp_step", step, s->level(s->slices[ramp_k], next_step), 0, ramp_k);
            if (next_step > s->slices[ramp_k].stop) fail("macro: ramp past STOP");
            next_step++;
            ramp_last = step;
            int64_t lsb = static_cast<int64_t>(s->lsb) << s->slices[ramp_k].rs;
            for (int c = 0; c < COLS; c++) cmp[c] = 2 * q[c] < lsb * (2 * step + 1);
        } else if (!SERIAL) { // there steps wait, and comparators hold
            if (since_sample < 1 << 29 && next_step > s->slices[ramp_k].start
                && next_step <= s->slices[ramp_k].stop) {
                ended();
                next_step = s->slices[ramp_k].stop + 1;
            }
            for (int c = 0; c < COLS; c++) cmp[c] = rnd() & 1;     // nobody may look
        }
    }
};

// Code of a charge, as far as a converter can tell.
int64_t within(int64_t q, int64_t lsb) {
    const int64_t code = floor_div(2 * q + lsb, 2 * lsb), limit = 1 << (CODE_W - 1);
    return code < -limit ? -limit : code > limit ? limit : code;
}

void Macro::numbers(const Vohm_core &d) {
    expect("conversion", d.ramp_en, since_sample >= 1 && since_sample <= CONVERT, 0, since_sample);
    valid = false;
    if (COUNTS) {
        expect("adc_start", d.adc_start, since_sample == 1);
        if (d.adc_start)
            for (int c = 0; c < COLS; c++) number[c] = within(q[c], held_lsb) - shown[c];
        for (int c = 0; d.int_en && c < COLS; c++) {
            for (int r = 0; r < ROWS; r++)
                if (bit(d.row_on, r))
                    so_far[c] += bit(d.row_neg, r) ? -geff(*s, dev, r, c) : geff(*s, dev, r, c);
            const int64_t all = within(so_far[c], static_cast<int64_t>(s->lsb) << s->slices[k].rs);
            number[c] = all - counted[c];
            counted[c] = all;
        }
        valid = d.adc_start || d.int_en;
        return;
    }
    const bool begins = d.ramp_en && (since_sample - 1) % EACH == 0;
    expect("adc_start", d.adc_start, begins);
    if (begins) {
        slot = (since_sample - 1) / EACH;
        wait = pick(1, EACH);
    }
    if (d.ramp_en) expect("adc_mux", d.adc_mux, (since_sample - 1) / EACH);
    if (wait && --wait == 0) {
        valid = true;
        for (int j = 0; j < COLS / MUX; j++) number[j] = within(q[j * MUX + slot], held_lsb);
    }
}

// --- the core and what stands around it
// -------------------------------------------------------------------------------------------------
struct Bench {
    Vohm_core d;
    Macro macro;
    Setup s;
    Expected e;
    std::deque<Vector> vectors;
    std::deque<Partial> partials;
    std::deque<Vector> residuals;
    int vec_gap = 0, ps_gap = 0, res_gap = 0, ready_gap = 0, gaps = 0;
    int next_out = 0;
    std::vector<uint64_t> done_at;
    int events = 0;
    uint32_t detail = 0;
    uint32_t seed = 1, count = 1;   // CALIB_SEED, CALIB_COUNT

    void tick() {
        d.clk = 0;
        d.eval();

        // everything below looks at the pins as they are at the edge
        bool pop = d.vec_pop, ppop = d.ps_pop;
        uint32_t vword = static_cast<uint32_t>(rnd()), pword = static_cast<uint32_t>(rnd());
        if (!vectors.empty() && d.vec_raddr < (ROWS + 3) / 4) {
            vword = 0;
            for (int j = 0; j < 4; j++)
                vword |= static_cast<uint32_t>(vectors.front().x[d.vec_raddr * 4 + j]) << (8 * j);
        }
        if (!partials.empty() && d.ps_raddr < s.outs) pword = partials.front().a[d.ps_raddr];
        if (pop && !d.vec_valid) fail("vec_pop without vec_valid");
        if (ppop && !d.ps_valid) fail("ps_pop without ps_valid");
        bool rpop = d.rsd_pop;
        uint8_t residual = d.rsd_rdata;     // held until the next read
        if (d.rsd_re)
            residual =
                s.rsd ? residuals.front().residual[d.rsd_raddr] : static_cast<uint8_t>(rnd());
        if (rpop && !s.rsd) fail("rsd_pop without a residual");

        if (d.ev_bad_desc) {
            events++;
            detail = d.ev_detail;
        }
        check_trace();
        bool done = check_outputs();
        macro.edge(d);
        if (d.int_reset || (macro.phase == macro.ticks && d.ready))
            ready_gap = gaps && chance(30) ? pick(0, 2 * gaps) : 0;

        d.clk = 1;
        d.eval();
        cycle++;

        // inputs for the next cycle
        for (int c = 0; RAMP && c < COLS; c++) set_bit(d.cmp, c, macro.cmp[c]);
        d.adc_valid = !RAMP && macro.valid;
        for (int c = 0; !RAMP && c < COLS / MUX; c++)
            for (int b = 0; b <= CODE_W; b++)
                set_bit(d.adc_code, c * (CODE_W + 1) + b,
                        macro.valid ? macro.number[c] >> b & 1 : rnd() & 1);
        d.vec_rdata = vword;
        d.ps_rdata = pword;
        d.rsd_rdata = residual;
        if (rpop) residuals.pop_front();
        if (pop) {
            vectors.pop_front();
            vec_gap = gaps ? pick(0, gaps) : 0;
        }
        if (ppop) {
            partials.pop_front();
            ps_gap = gaps ? pick(0, gaps) : 0;
        }
        if (done) res_gap = gaps ? pick(0, gaps) : 0;
        d.vec_valid = !vectors.empty() && vec_gap-- <= 0;
        d.vec_poison = d.vec_valid ? vectors.front().poison : rnd() & 1;
        d.vec_seq = d.vec_valid ? vectors.front().seq : static_cast<uint32_t>(rnd());
        d.ps_valid = !partials.empty() && ps_gap-- <= 0;
        d.ps_poison = d.ps_valid ? partials.front().poison : rnd() & 1;
        d.ps_seq = d.ps_valid ? partials.front().seq : static_cast<uint32_t>(rnd());
        d.ready = ready_gap-- <= 0;
        d.res_ready = next_out == 0 ? res_gap-- <= 0 : rnd() & 1;   // ignored within a vector
    }

    void check_trace() {
        if (d.trc_code_valid) {
            if (e.codes.empty())
                fail("code that nobody expects: seq %u slice %u col %u", d.trc_code_seq,
                     d.trc_code_slice, d.trc_code_col);
            Code want = e.codes.front();
            e.codes.pop_front();
            int code = static_cast<int32_t>(static_cast<uint32_t>(d.trc_code) << (32 - CODE_W))
                       >> (32 - CODE_W);
            expect("code seq", d.trc_code_seq, want.seq, want.seq, want.col);
            expect("code slice", d.trc_code_slice, want.slice, want.seq, want.col);
            expect("code column", d.trc_code_col, want.col, want.seq, want.col);
            expect("code", code, want.code, want.seq, want.col);
        }
        expect("trace with output", d.trc_res_valid, d.res_valid);
        if (d.trc_res_valid) {
            if (e.results.empty())
                fail("result that nobody expects: seq %u output %u", d.trc_res_seq, d.trc_res_out);
            const Result &want = e.results.front();
            expect("result seq", d.trc_res_seq, want.seq, want.seq, want.out);
            expect("result output", d.trc_res_out, want.out, want.seq, want.out);
            expect("acc", d.trc_res_acc, want.acc, want.seq, want.out);
            expect("y", d.trc_res_y, want.y, want.seq, want.out);
        }
    }

    bool check_outputs() {
        if (d.res_valid) {
            const Result want = e.results.front();
            e.results.pop_front();
            if (next_out == 0 && !d.res_ready) fail("first word without res_ready");
            expect("res_idx", d.res_idx, next_out++, want.seq, want.out);
            expect("res_data", s.mode == 1 ? d.res_data & 0xFF : d.res_data, want.data, want.seq,
                   want.out);
        }
        if (!d.res_done) return false;
        if (e.done.empty()) fail("res_done that nobody expects: seq %u", d.res_seq);
        expect("res_seq", d.res_seq, e.done.front().seq);
        expect("res_poison", d.res_poison, e.done.front().poison, d.res_seq);
        expect("words", next_out, d.res_poison ? 0 : s.outs, d.res_seq);
        e.done.pop_front();
        next_out = 0;
        done_at.push_back(cycle);
        return true;
    }

    void write(uint32_t addr, uint32_t data) {
        d.cfg_we = 1;
        d.cfg_addr = addr;
        d.cfg_wdata = data;
        tick();
        d.cfg_we = 0;
    }
    uint32_t read(uint32_t addr) {
        d.cfg_re = 1;
        d.cfg_addr = addr;
        tick();
        d.cfg_re = 0;
        uint32_t data = d.cfg_rdata;
        tick();
        expect("cfg_rdata idle", d.cfg_rdata, 0);
        return data;
    }

    void reset() {
        d.rst = 1;
        d.enable = 0;
        d.ready = 1;
        d.cfg_we = d.cfg_re = 0;
        d.rsd_on = d.window_bad = 0;
        macro.start(&s, &e);
        if (!s.outs) s.outs = 1;        // nothing was set up yet
        d.clk = 0;
        for (int i = 0; i < 4; i++) {   // pins mean nothing yet
            d.clk = 1;
            d.eval();
            d.clk = 0;
            d.eval();
        }
        d.rst = 0;
        tick();
    }

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

    void enable() {
        e = Expected();
        vectors.clear();
        partials.clear();
        residuals.clear();
        done_at.clear();
        next_out = 0;
        macro.start(&s, &e);
        d.early_stop = s.early;
        d.rsd_on = s.rsd;
        d.rsd_signed = s.rsd_signed;
        d.rscale = s.rscale;
        d.enable = 1;
    }
    void disable() {
        d.enable = 0;
        for (int i = 0; i < 3; i++) tick();
        expect("idle: rows", macro_quiet(), 1);
        expect("idle: busy", d.busy, 0);
        expect("idle: bad_desc", d.bad_desc, 0);
        macro.start(&s, &e);
    }
    bool macro_quiet() {
        for (int r = 0; r < ROWS; r++)
            if (bit(d.row_on, r)) return false;
        return !d.int_en && !d.int_reset && !d.sample && !d.ramp_en && !d.res_valid
               && !d.trc_code_valid;
    }

    void feed(int n, int poison_percent, int zero_percent) {
        uint32_t seq = static_cast<uint32_t>(rnd());
        for (int i = 0; i < n; i++, seq++) {
            Vector v;
            v.seq = seq;
            v.poison = chance(poison_percent);
            for (int r = 0; r < 256; r++)
                v.x[r] = chance(zero_percent) ? 0 : chance(3) ? 0x80 : static_cast<uint8_t>(rnd());
            for (auto &r : v.residual) r = static_cast<uint8_t>(rnd());
            Partial p;
            p.seq = seq;
            p.poison = chance(poison_percent);
            for (int o = 0; o < 256; o++)
                p.a[o] = static_cast<uint32_t>(static_cast<int32_t>(rnd()) >> pick(0, 20));
            reference(s, v, s.psum ? &p : nullptr, e);
            if (!v.poison) macro.order.push_back({seq, false});
            vectors.push_back(v);
            if (s.psum) partials.push_back(p);
            if (s.rsd) residuals.push_back(v);
        }
    }
    // Vectors of the tile's own generator.
    void calibrate(int n, int poison_percent) {
        uint32_t state = seed, seq = d.seq_base;
        for (int i = 0; i < n; i++, seq++) {
            Vector v{};
            v.seq = seq;
            for (int word = 0; word < (s.rows + 3) / 4; word++) {
                for (int j = 0; j < 4; j++)
                    v.x[4 * word + j] = static_cast<uint8_t>(state >> (8 * j));
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
            }
            for (auto &r : v.residual) r = static_cast<uint8_t>(rnd());
            Partial p;
            p.seq = seq;
            p.poison = chance(poison_percent);
            for (auto &a : p.a) a = static_cast<uint32_t>(rnd());
            reference(s, v, &p, e);
            macro.order.push_back({seq, false});
            partials.push_back(p);
            if (s.rsd) residuals.push_back(v);
        }
    }
    void check_sums() {
        for (int o = 0; o < s.outs; o++) {
            const auto &want = e.sums[o];
            auto wide = [this, o](unsigned at) {
                const uint64_t low = read(OHM_REG_CALIB_SUM + 8 * o + at);
                return static_cast<int64_t>(
                    low | static_cast<uint64_t>(read(OHM_REG_CALIB_SUM + 8 * o + at + 1)) << 32);
            };
            expect("sum of y", static_cast<int32_t>(read(OHM_REG_CALIB_SUM + 8 * o)), want.y, 0, o);
            expect("sum of y*y", wide(1), want.yy, 0, o);
            expect("sum of y*p", wide(3), want.yp, 0, o);
            expect("CALIB_SUM + 5", read(OHM_REG_CALIB_SUM + 8 * o + 5), 0, 0, o);
        }
    }
    void drain() {
        uint64_t limit = cycle + 20000
                         + (SERIAL ? 160000 : 40000)
                               * e.done.size(); // SERIAL: ramps wait, columns follow one another
        while (!e.done.empty()) {
            tick();
            if (cycle > limit)
                fail("hang: %zu vectors left, seq %u", e.done.size(), e.done.front().seq);
        }
        expect("codes left", static_cast<int64_t>(e.codes.size()), 0);
        expect("results left", static_cast<int64_t>(e.results.size()), 0);
        for (int i = 0; i < 20; i++) tick();
        expect("busy after the last vector", d.busy, 0);
        expect("vectors left", static_cast<int64_t>(vectors.size()), 0);
        expect("partial sums left", static_cast<int64_t>(partials.size()), 0);
        expect("residuals left", static_cast<int64_t>(residuals.size()), 0);
        expect("CNT_VMM", read(OHM_REG_CNT_VMM), e.vmm);
        expect("CNT_POISON", read(OHM_REG_CNT_POISON), e.poison);
        expect("CNT_CLIP_LO", read(OHM_REG_CNT_CLIP_LO), e.clip_lo);
        expect("CNT_CLIP_HI", read(OHM_REG_CNT_CLIP_HI), e.clip_hi);
        expect("CNT_SAT_IN", read(OHM_REG_CNT_SAT_IN), e.sat_in);
        expect("CNT_SAT_OUT", read(OHM_REG_CNT_SAT_OUT), e.sat_out);
    }

    // A range that the converter has.
    static void fit(Slice &l) {
        if (l.stop - l.start >= CODES) l.stop = l.start + CODES - 1;
    }

    // --- random setups
    // ---------------------------------------------------------------------------------------------
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

    // Crosses of modes that random vectors have met: "table|row|column", how often.
    // tb/unit/core/coverage.py knows which are legal.
    std::map<std::string, uint64_t> seen;
    uint64_t vectors_seen = 0;
    void hit(const char *table, const std::string &row, const std::string &column, uint64_t n) {
        seen[std::string(table) + "|" + row + "|" + column] += n;
    }
    void cover(uint64_t n) {
        const char *const in[] = {"x", "x+", "x-"}, *const dev[] = {"W", "W+", "W-"};
        const char *const mode[] = {"partial sum out", "byte out", "value out"};
        bool used[5] = {};  // what the columns are
        for (int c = 0; c < s.cols; c++) {
            const Column &m = s.map[c], &before = s.map[c ? c - 1 : 0];
            used[m.kind == 2                                                               ? 2
                 : m.kind != 1                                                             ? 4
                 : m.trim                                                                  ? 3
                 : c && before.kind == 1 && before.out == m.out && before.shift != m.shift ? 1
                                                                                           : 0] =
                true;
        }
        for (const Slice &l : s.slices) {
            const std::string signs = s.is_signed ? "signed, " : "unsigned, ";
            hit("inputs",
                signs
                    + (l.count    ? "pulse count"
                       : l.w == 1 ? "1 bit"
                       : l.w == 8 ? "8 bits"
                                  : "2 to 7 bits"),
                std::string(in[l.in]) + " " + dev[l.dev], n);
            int bits = 1;
            while (l.stop - l.start >= 1 << bits) bits++;
            hit("conversion",
                COUNTS    ? "oscillators"
                : !RAMP   ? "converters of codes"
                : l.table  ? "ramp by table"
                : s.early  ? "ramp, early stop"
                           : "ramp",
                bits < 3   ? std::to_string(bits)
                : bits < 5 ? "3-4"
                : bits < 7 ? "5-6"
                : bits < 9 ? "7-8"
                           : "9-10",
                n);
            const char *const column[] = {"plain", "several to an output", "reference", "trimmed",
                                          "left out"};
            for (int k = 0; k < 5; k++)
                if (used[k]) {
                    hit("weights", column[k], l.neg ? "subtracted" : "added", n);
                    if (l.mul) hit("weights", column[k], "times a gain", n);
                    if (l.part) hit("weights", column[k], "part of the rows", n);
                }
        }
        const char *const func[] = {s.relu ? "relu" : "none", "table", "threshold"};
        if (s.calib) hit("calibration", mode[s.mode], s.rsd ? "residual" : "sums", n);
        else
            hit("results",
                std::string(mode[s.mode]) + (s.psum ? ", partial sum in" : "")
                    + (s.rsd ? ", residual" : ""),
                std::string(func[s.func]) + (s.osigned ? ", s8" : ", u8"), n);
        vectors_seen += n;
    }
    void outcome(const char *what, uint64_t n) { if (n) hit("outcomes", what, "times", n); }
    void report() const {
        printf("coverage: %llu random vectors, %zu crosses\n",
               static_cast<unsigned long long>(vectors_seen), seen.size());
        printf("bin |vectors| %llu\n", static_cast<unsigned long long>(vectors_seen));
        for (const auto &bin : seen)
            printf("bin %s %llu\n", bin.first.c_str(), static_cast<unsigned long long>(bin.second));
    }

    void random_test() {
        random_setup();
        configure();
        gaps = chance(30) ? 0 : chance(50) ? 30 : 700;
        enable();
        int vectors = s.calib ? static_cast<int>(count & 0xFFFF) : pick(2, 10);
        cover(static_cast<uint64_t>(vectors));
        if (s.calib) calibrate(vectors, chance(50) ? 0 : 25);
        else feed(vectors, chance(50) ? 0 : 25, pick(0, 90));
        drain();
        if (s.calib) check_sums();
        outcome("code clipped low", e.clip_lo);
        outcome("code clipped high", e.clip_hi);
        outcome("input -128", e.sat_in);
        outcome("byte clipped", e.sat_out);
        outcome("poison vector", e.poison);
        disable();
    }

    // Throw vectors away in the middle; nothing of them may show afterwards.
    void disable_test() {
        random_setup();
        configure();
        gaps = 0;
        enable();
        if (s.calib) calibrate(static_cast<int>(count & 0xFFFF), 10);
        else feed(6, 10, 10);
        int stop_after = pick(1, 3000);
        for (int i = 0; i < stop_after && !e.done.empty(); i++) tick();
        d.enable = 0;
        tick();
        tick();         // the core may still act in the cycle after
        vectors.clear();
        partials.clear();
        residuals.clear();
        d.vec_valid = d.ps_valid = 0;
        d.eval();
        e = Expected();
        macro.start(&s, &e);
        next_out = 0;
        disable();
        random_test();
    }

    // Everything that a core of 4 x 4 cells and 4-bit codes can meet, one thing at a time: row r
    // drives column r alone, column r is output r.
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
    void all_of(int from, int to, int step) {   // inputs, `step` apart from row to row
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
    void exhaustive() {
        uint64_t setups = 0;
        // inputs: every byte, in every slice of it, of every sign, as width and as count
        for (int lo = 0; lo < 8; lo++)
            for (int w = 1; w <= 8 - lo; w++)
                for (int mode = 0; mode < 12; mode++, setups++) {
                    Slice l{lo, w, mode % 3, 0, 0, 0, -7, 7};
                    l.count = mode / 6;
                    one_to_one(mode / 3 % 2, l, ((1 << w) - 1) * 1000 / 7 + 1);
                    all_of(0, 63, 64);
                }
        // results: every code times every small scale, with every rounding, bias on either side of
        // every clip, and what becomes of y0
        const Slice exact{0, 3, 0, 0, 0, 0, -7, 7};     // code = input
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
        // terms: every code times gains at and around the halves
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
        // codes: charges on either side of every threshold, with every range of the ramp
        for (int start = -7; start < 7; start++)
            for (int stop = start + 1; stop <= 7; stop++, setups++) {
                one_to_one(1, {0, 7, 0, 0, 0, 0, start, stop}, 10000);   // ties too
                all_of(-127, 127, 0);
            }
        printf("exhaustive: %llu setups\n", static_cast<unsigned long long>(setups));
    }

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
    void refusal_test() {
        const int limit = 1 << (CODE_W - 1);
        auto good = [this] {
            do random_setup(); while (s.cols < 2);
            s.psum = s.calib = 0;
            configure();
        };
        auto ramp = [this](int start, int stop) {
            size_t k = rnd() % s.slices.size();
            write(OHM_REG_SLICE_RAMP + 2 * k,
                  (static_cast<uint32_t>(start) & 0xFFFF) | static_cast<uint32_t>(stop) << 16);
        };
        auto word0 = [this](int lo, int w, int in = 0, int dev = 0) {
            write(OHM_REG_SLICE + 2 * (rnd() % s.slices.size()),
                  static_cast<uint32_t>(lo | w << 4 | in << 8 | dev << 10));
        };
        auto lsb = [this](uint32_t v) { write(OHM_REG_MACRO_LSB, v); };
        refused("nothing was written", 1);
        if (NSLICE > 1) {
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
        good(), write(OHM_REG_DESC, desc_word() | 3), refused("MODE 3", 8);
        good(), write(OHM_REG_DESC, desc_word() | 3u << 26), refused("FUNC 3", 13);
        good(), s.relu = 1, s.func = 1, configure(), refused("FUNC table with RELU", 13);
        good(), s.relu = 1, s.func = 2, configure(), refused("FUNC threshold with RELU", 13);
        if (!MODES)
            good(), s.relu = 0, s.func = pick(1, 2), configure(), refused("FUNC without MODES", 13);
        if (NSTREAM < 4)
            good(), write(OHM_REG_DESC, desc_word() | NSTREAM << 8), refused("STREAM", 12);
        good(), ramp(3, 3), refused("START = STOP", 4);
        good(), ramp(-limit, 3), refused("START too low", 4);
        good(), ramp(0, limit), refused("STOP too high", 4);
        good(), ramp(5, -5), refused("START above STOP", 4);
        good(), write(OHM_REG_DESC, (desc_word() & ~(63u << 20)) | 41u << 20), refused("SHIFT", 5);
        if (CODES < limit)
            good(), ramp(0, CODES), refused("more codes than the converter has", 15);
        auto ext = [this](int mul, int part, int gain, int first, int last) {
            size_t k = rnd() % s.slices.size();
            write(OHM_REG_SLICE + 2 * k, 8u << 4 | static_cast<uint32_t>(mul << 13 | part << 14));
            if (MODES)
                write(OHM_REG_SLICE_EXT + k,
                      static_cast<uint32_t>(gain | first << 16 | last << 24));
        };
        if (MODES && RAMP) {
            auto by_table = [&] {
                do good(); while (s.mode == 0 || s.slices.size() != 1 || s.outs < 2);
                if (!s.slices[0].table) random_table();
                s.map[0].kind = s.map[1].kind = 1, s.map[0].out = 0, s.map[1].out = 1;
                for (int c = 2; c < COLS; c++) s.map[c].kind = 3;
                configure();
            };
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
        } else {
            good(), write(OHM_REG_SLICE, 8u << 4 | 1u << 20);
            refused("table without MODES, or without a ramp", 16);
        }
        const uint32_t calib = 1u << 28;
        if (MODES) {
            good(), write(OHM_REG_DESC, desc_word() | calib), refused("CALIB without PSUM", 17);
            auto linear = [&] { do good(); while (s.slices[0].table); };
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
        if (MODES) {
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
        } else {
            good(), ext(1, 0, 1, 0, 0), refused("MUL without MODES", 14);
            good(), ext(0, 1, 1, 0, 0), refused("PART without MODES", 14);
            good(), write(OHM_REG_SLICE, 8u << 4 | 1u << 15), refused("COUNT without MODES", 14);
            good(), write(OHM_REG_COLMAP + s.cols - 1, 2u << 30), refused("KIND reference", 6);
            good(), write(OHM_REG_COLMAP, 2u << 30), refused("KIND reference", 6);
            good(), write(OHM_REG_COLMAP, 1u << 30 | 1u << 29), refused("TRIM", 6);
        }
        good(), s.outs = pick(1, COLS - 1), configure();
        write(OHM_REG_COLMAP + rnd() % static_cast<unsigned>(s.cols),
              1u << 30 | static_cast<uint32_t>(pick(s.outs, 255)) << 16);
        refused("OUT", 6);
        good(), d.window_bad = 1, refused("window", 7), d.window_bad = 0;
        good(), ramp(3, 3), write(OHM_REG_DESC_SIZE, (size_word() & ~1023u) | ROWS),
            refused("two faults", 2);
        random_test();
        // entries past NSLICE and columns past COLS1 are not looked at
        good();
        if (s.slices.size() < NSLICE) write(OHM_REG_SLICE + 2 * s.slices.size(), 0xFFFFFFFF);
        if (s.cols < COLS) write(OHM_REG_COLMAP + s.cols, 0x7FFFFFFF);
        gaps = 0;
        enable();
        feed(2, 0, 50);
        drain();
        disable();
    }

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
        checks++;
        if (cycles > limit) fail("too slow");
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
        char kind[64];
        if (COUNTS) snprintf(kind, sizeof kind, "oscillators");
        else
            snprintf(kind, sizeof kind, "%d columns a converter, %d cycle%s a conversion", MUX,
                     EACH, EACH > 1 ? "s" : "");
        table_line(kind, "8 bits; −127 … 127", {slice(0, 8)});
        std::vector<Slice> list;
        for (int k = 0; k < 8; k++) list.push_back(slice(k, 1));
        table_line(kind, "8 × 1 bit; −127 … 127", list);
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

} // namespace

int main(int argc, char **argv) {
    Verilated::commandArgs(argc, argv);
    if (argc < 3) return fprintf(stderr, "usage: bench SEED TESTS\n"), 2;
    rng_state = strtoull(argv[1], nullptr, 10);
    int tests = atoi(argv[2]);
    static Bench b;     // large
    b.reset();
    if (argc > 3 && std::string(argv[3]) == "table") {
        b.table();
        return 0;
    }
    if (argc > 3 && std::string(argv[3]) == "exhaustive") {
        b.exhaustive();
        printf("checks %llu\n", static_cast<unsigned long long>(checks));
        return 0;
    }
    b.refusal_test();
    for (int i = 0; i < tests; i++) {
        b.random_test();
        if (i % 4 == 0) b.disable_test();
    }
    printf("core %dx%d, %d banks, seed %s: %llu reads\n", ROWS, COLS, ACC_BANKS, argv[1],
           static_cast<unsigned long long>(b.macro.reads));
    b.report();
    // Ramps as wide as CODE_W allows; a read takes max(N + 3, ramp steps + 2, columns) cycles. Two
    // banks cannot hide scan and output behind the next read. SERIAL: serial scaling takes up to 22
    // + 40 cycles for each output, and a read's pulses, ticks (ROWS + 2 each), ramp (3 cycles a
    // step, COLS for each step at which a column trips) and columns, each up to 23 + 37 cycles,
    // follow one another.
    const int hi = (1 << (CODE_W - 1)) - 1, wide = hi < 384 ? hi : 384, byte = hi < 127 ? hi : 127;
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
        b.throughput(1, 8, -byte, byte, 0, one + 4 + exposed);
        b.throughput(bits, 1, -wide, wide, 0, bits * (each + 1) + 12 + exposed);
        printf("checks %llu\n", static_cast<unsigned long long>(checks));
        return 0;
    }
    b.throughput(1, 8, -byte, byte, 0,
                 longest(258, 2 * byte + 3) + 4 + exposed + serial(1, 8, 2 * byte + 3));
    b.throughput(bits, 1, -wide, wide, 0,
                 bits * longest(2 * wide + 3, COLS) + 12 + exposed + serial(bits, 1, 2 * wide + 3));
    b.throughput(bits, 1, -wide, wide, 1,
                 bits * longest(wide + 9, COLS) + 12 + exposed + serial(bits, 1, 2 * wide + 3));
    b.throughput(bits, 1, -4, 4, 0, bits * longest(12, COLS) + 8 + exposed + serial(bits, 1, 12));
    b.throughput(1, 1, -4, 4, 0, longest(COLS + 8, ROWS / 4 + 20) + exposed + serial(1, 1, 12));
    printf("checks %llu\n", static_cast<unsigned long long>(checks));
    return 0;
}
