// SPDX-License-Identifier: Apache-2.0
// The core and what stands around it: the macro, sources of vectors, partial sums and residuals,
// and an output sink, all with random gaps. Every output, trace and counter is compared as it
// comes.
#ifndef CORE_DRIVE_H
#define CORE_DRIVE_H

#include <deque>
#include <vector>

#include "macro.h"
#include "reference.h"

namespace core {

struct Drive {
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

    // One cycle: what stands around the core looks at the pins as they are at the edge, and has new
    // ones for it afterwards.
    void tick() {
        settle(d);
        const Taken taken = look();
        check_trace();
        const bool done = check_outputs();
        macro.edge(d);
        if (d.int_reset || (macro.phase == macro.ticks && d.ready))
            ready_gap = gaps && chance(30) ? pick(0, 2 * gaps) : 0;
        edge(d);
        cycle++;
        show_macro();
        pop(taken);
        if (done) res_gap = gaps ? pick(0, gaps) : 0;
        offer();
        d.ready = ready_gap-- <= 0;
        d.res_ready = next_out == 0 ? res_gap-- <= 0 : rnd() & 1;   // ignored within a vector
    }

    // What the core takes and reads in this cycle.
    struct Taken { bool vector, partial, residual; uint32_t vector_word, partial_word;
                   uint8_t residual_byte; };
    Taken look() {
        Taken t{d.vec_pop != 0, d.ps_pop != 0, d.rsd_pop != 0, static_cast<uint32_t>(rnd()),
                static_cast<uint32_t>(rnd()), d.rsd_rdata};     // held until the next read
        if (!vectors.empty() && d.vec_raddr < (ROWS + 3) / 4) {
            t.vector_word = 0;
            for (int j = 0; j < 4; j++)
                t.vector_word |= static_cast<uint32_t>(vectors.front().x[d.vec_raddr * 4 + j])
                                 << (8 * j);
        }
        if (!partials.empty() && d.ps_raddr < s.outs)
            t.partial_word = partials.front().a[d.ps_raddr];
        if (t.vector && !d.vec_valid) fail("vec_pop without vec_valid");
        if (t.partial && !d.ps_valid) fail("ps_pop without ps_valid");
        if (d.rsd_re)
            t.residual_byte =
                s.rsd ? residuals.front().residual[d.rsd_raddr] : static_cast<uint8_t>(rnd());
        if (t.residual && !s.rsd) fail("rsd_pop without a residual");
        if (d.ev_bad_desc) {
            events++;
            detail = d.ev_detail;
        }
        return t;
    }

    // What the macro answers, in the next cycle.
    void show_macro() {
        for (int c = 0; RAMP && c < COLS; c++) set_bit(d.cmp, c, macro.cmp[c]);
        const Converter &of = macro.converter;
        d.adc_valid = !RAMP && of.valid;
        for (int c = 0; !RAMP && c < COLS / MUX; c++)
            for (int b = 0; b <= CODE_W; b++)
                set_bit(d.adc_code, c * (CODE_W + 1) + b,
                        of.valid ? of.number[c] >> b & 1 : rnd() & 1);
    }

    // What the core has read, and what it has taken leaves its source.
    void pop(const Taken &t) {
        d.vec_rdata = t.vector_word;
        d.ps_rdata = t.partial_word;
        d.rsd_rdata = t.residual_byte;
        if (t.residual) residuals.pop_front();
        if (t.vector) {
            vectors.pop_front();
            vec_gap = gaps ? pick(0, gaps) : 0;
        }
        if (t.partial) {
            partials.pop_front();
            ps_gap = gaps ? pick(0, gaps) : 0;
        }
    }

    // What sources offer in the next cycle; nonsense when they offer nothing.
    void offer() {
        d.vec_valid = !vectors.empty() && vec_gap-- <= 0;
        d.vec_poison = d.vec_valid ? vectors.front().poison : rnd() & 1;
        d.vec_seq = d.vec_valid ? vectors.front().seq : static_cast<uint32_t>(rnd());
        d.ps_valid = !partials.empty() && ps_gap-- <= 0;
        d.ps_poison = d.ps_valid ? partials.front().poison : rnd() & 1;
        d.ps_seq = d.ps_valid ? partials.front().seq : static_cast<uint32_t>(rnd());
    }

    void check_trace() {
        if (d.trc_code_valid) {
            if (e.codes.empty())
                fail("code that nobody expects: seq %u slice %u col %u", d.trc_code_seq,
                     d.trc_code_slice, d.trc_code_col);
            Code want = e.codes.front();
            e.codes.pop_front();
            int code = code_port(d.trc_code);
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
        d.enable = 0;
        d.ready = 1;
        d.cfg_we = d.cfg_re = 0;
        d.rsd_on = d.window_bad = 0;
        macro.start(&s, &e);
        if (!s.outs) s.outs = 1;        // nothing was set up yet
        d.conv_own = d.conv_run = d.conv_init = d.conv_init_end = d.conv_load = 0;
        bench::reset(d, 4);             // pins mean nothing yet
        tick();
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
};

} // namespace core

#endif
