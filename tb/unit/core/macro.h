// SPDX-License-Identifier: Apache-2.0
// The macro as the core sees it: ideal devices behind the pins. It measures on-times from the row
// lines, answers as comparators or converters (converter.h), and checks the timing that
// docs/reference/borders.md promises and every charge.
#ifndef CORE_MACRO_H
#define CORE_MACRO_H

#include "converter.h"

namespace core {

// A port of CODE_W bits as the signed number that it is.
inline int code_port(uint32_t pins)
{
    return static_cast<int32_t>(pins << (32 - CODE_W)) >> (32 - CODE_W);
}

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
    Converter converter;        // without a ramp

    void start(const Setup *setup, Expected *expected) {
        s = setup;
        e = expected;
        order.clear();
        slice = 0;
        phase = -1;
        since_sample = 1 << 30;
        converter.start();
    }

    // One clock edge: sees the pins before it, leaves in cmp what they are after it.
    void edge(const Vohm_core &d) {
        for (int r = 0; r < ROWS && !d.int_en; r++)
            if (bit(d.row_on, r)) fail("macro: row %d on outside integration", r);
        if (d.int_reset) begin_read(d);
        else if (phase >= 0) integrate(d);
        else if (d.int_en || d.sample) fail("macro: int_en or sample without int_reset");
        was_ready = d.ready;

        // hold and ramp: rigid from the sample on
        since_sample++;
        if (d.sample) hold(d);
        if (since_sample == 1 && !d.ramp_en) fail("macro: no ramp right after the sample");
        if (RAMP) ramp(d);
        else converter.edge(d, since_sample, q, *s, dev, k);
    }

private:
    int64_t lsb_of(int of) const { return static_cast<int64_t>(s->lsb) << s->slices[of].rs; }

    void begin_read(const Vohm_core &d) {
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
        converter.begin_read();
        if (++slice == s->slices.size()) {
            slice = 0;
            order.pop_front();
        }
    }

    void integrate(const Vohm_core &d) {
        phase++;
        if (SERIAL && phase == 2 && d.int_en) phase = 1;
        expect("int_en", d.int_en, phase <= ticks, 0, phase);
        expect("sample", d.sample, phase == ticks + 2, 0, phase);
        expect("cell_sel held", d.cell_sel, dev);
        if (phase == ticks + 1 && !d.ready)
            phase--; // a macro that is not ready stretches the settling
        for (int r = 0; d.int_en && r < ROWS; r++) {
            if (!bit(d.row_on, r)) continue;
            bool n = bit(d.row_neg, r);
            if (!SERIAL && on[r] << s->slices[k].count != phase - 1)
                fail("macro: row %d: on in tick %d, for the %dth time", r, phase - 1, on[r] + 1);
            if (on[r] && n != (neg[r] != 0))
                fail("macro: row %d: polarity changed in a pulse", r);
            neg[r] = n;
            on[r]++;
        }
    }

    void hold(const Vohm_core &d) {
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
        converter.hold(lsb_of(k));
        ramp_k = k;
        since_sample = 0;
        next_step = s->slices[k].start - 1;
        phase = -1;
        reads++;
    }

    void ramp(const Vohm_core &d) {
        if (d.ramp_en) {
            int step = code_port(d.ramp_step);
            expect("ramp_step", step, s->level(s->slices[ramp_k], next_step), 0, ramp_k);
            if (next_step > s->slices[ramp_k].stop) fail("macro: ramp past STOP");
            next_step++;
            ramp_last = step;
            for (int c = 0; c < COLS; c++) cmp[c] = 2 * q[c] < lsb_of(ramp_k) * (2 * step + 1);
        } else if (!SERIAL) { // there steps wait, and comparators hold
            if (since_sample < 1 << 29 && next_step > s->slices[ramp_k].start
                && next_step <= s->slices[ramp_k].stop) {
                ended();
                next_step = s->slices[ramp_k].stop + 1;
            }
            for (int c = 0; c < COLS; c++) cmp[c] = rnd() & 1;     // nobody may look
        }
    }

    // A ramp that ended before STOP is only right when early stop found every column tripped.
    void ended() {
        if (!s->early)
            fail("macro: ramp ended at %d, expected %d", ramp_last, s->slices[ramp_k].stop);
        for (int c = 0; c < s->cols; c++)
            if (2 * q[c] >= lsb_of(ramp_k) * (2 * ramp_last + 1))
                fail("macro: early stop before column %d", c);
    }
};

} // namespace core

#endif
