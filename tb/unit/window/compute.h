// SPDX-License-Identifier: Apache-2.0
// The core's side: it reads vectors, then residuals, and makes outputs; then the outputs as they
// must leave after pooling, and the output stage that takes them.
#ifndef WINDOW_COMPUTE_H
#define WINDOW_COMPUTE_H

#include <deque>

#include "contract.h"

namespace window {

struct Compute : virtual Contract {
    int load, load_gap, shown,
        asked; // next word; word whose address is out, whose answer comes in this cycle; or -1
    std::vector<uint8_t> want;
    std::deque<int> ready;              // vectors read, not yet post-processed
    size_t depth;
    int post, post_gap, idx, now;       // post: 0 waits, 1 residual, 2 outputs
    std::vector<uint8_t> want_rsd;
    int rsd_asked;

    void read_vectors() {
        bool popped = d.vec_pop;
        d.vec_pop = 0;
        if (popped) {
            popped_at.push_back(cycle);
            load = -1;
            load_gap = gaps ? pick(0, 2 * gaps) : 0;
            return;
        }
        size_t n = popped_at.size();
        if (s.vec_valid && seen_at.size() == n) {
            int k = static_cast<int>(n);
            if (k >= vectors()) fail("vector %u, expected none", s.vec_seq);
            seen_at.push_back(cycle);
            vectors_seen++;
            expect("vec_seq", s.vec_seq, static_cast<uint32_t>(seq_base + n));
            poison.push_back(spoilt(k));
            want = window(0, k, rows);
        }
        if (seen_at.size() == n) return;
        expect("vec_valid stays", s.vec_valid, 1);
        expect("vec_poison", s.vec_poison, poison[n], static_cast<int64_t>(n));
        if (asked >= 0)
            for (int r = 4 * asked; r < std::min(4 * asked + 4, rows); r++)
                expect("vector byte", s.vec_rdata >> (8 * (r % 4)) & 255,
                       want[static_cast<size_t>(r)], static_cast<int64_t>(n), r);
        asked = shown;
        shown = -1;
        if (load < 0 && (load_gap-- > 0 || ready.size() >= depth)) return;
        if (load < 0) load = 0;
        if (poison[n] || (load == (rows + 3) / 4 && asked < 0)) {
            d.vec_pop = 1;
            ready.push_back(static_cast<int>(n));
        } else if (load < (rows + 3) / 4) {
            d.vec_raddr = static_cast<uint8_t>(load);
            shown = load++;
        }
    }

    int y_of(int n, int o) const {
        uint64_t h =
            (static_cast<uint64_t>(n) * 1000003u + static_cast<uint64_t>(o)) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
        return mode == Y ? (osigned ? static_cast<int>(h % 255) - 127 : static_cast<int>(h % 256))
                         : static_cast<int>(h >> 16) >> (h & 1 ? 28 : 0);     // ties too
    }
    std::deque<Emit> out;
    Emit block;
    std::vector<int64_t> sums;
    int in_block;
    bool block_poison;

    bool pooled() const { return pool_h * pool_w > 1 && mode == Y; }
    void made(int o, uint64_t at) {     // output o of vector `now` enters in that cycle
        int y = y_of(now, o);
        if (argmax) return;
        if (!pooled()) {
            block.at.push_back(at);
            block.data.push_back(static_cast<uint32_t>(y));
            return;
        }
        if (!in_block) sums[static_cast<size_t>(o)] = y;
        else if (average) sums[static_cast<size_t>(o)] += y;
        else sums[static_cast<size_t>(o)] = std::max<int64_t>(sums[static_cast<size_t>(o)], y);
        if (in_block + 1 == pool_h * pool_w) {
            int64_t v = sums[static_cast<size_t>(o)];
            if (average) {
                v = v * mean_scale - mean_down + (mean_shift ? 1ll << (mean_shift - 1) : 0);
                v >>= mean_shift;
                v = osigned ? std::clamp<int64_t>(v, -127, 127) : std::clamp<int64_t>(v, 0, 255);
            }
            block.at.push_back(at + 4);
            block.data.push_back(static_cast<uint32_t>(v));
        }
    }
    void made_all(bool bad, uint64_t at) {
        if (pooled()) {
            block_poison |= bad;
            bad = block_poison;
            if (++in_block < pool_h * pool_w) return;
            in_block = 0;
            block_poison = false;
            at += 4;
        }
        block.seq = seq_base + static_cast<uint32_t>(now);
        block.poison = bad;
        block.done_at = at;
        if (argmax && !bad) {
            int best = 0;
            for (int o = 1; o < outs; o++)
                if (y_of(now, o) > y_of(now, best)) best = o;
            block.at = {at + 1, at + 2};
            block.data = {static_cast<uint32_t>(class0 + best),
                          static_cast<uint32_t>(y_of(now, best))};
            block.done_at = at + 2;
        } else if (argmax) block.done_at = at + 1;
        if (bad) block.at.clear(), block.data.clear();
        out.push_back(block);
        block = Emit();
    }

    void post_process() {
        bool ready_now = s.core_ready;
        if (rsd_asked >= 0)
            expect("residual byte", s.rsd_rdata, want_rsd[static_cast<size_t>(rsd_asked)], now,
                   rsd_asked);
        rsd_asked = d.rsd_re ? d.rsd_raddr : -1;
        if (d.rsd_pop) rsd_popped_at.push_back(cycle);
        d.rsd_re = d.rsd_pop = d.core_valid = d.core_done = d.core_poison = 0;
        uint64_t next = cycle + 1;              // what is set here counts in that cycle
        switch (post) {
        case 0:
            if (ready.empty() || !ready_now || post_gap-- > 0) return;
            now = ready.front();
            ready.pop_front();
            idx = 0;
            d.core_seq = seq_base + static_cast<uint32_t>(now);
            post_gap = gaps ? pick(0, gaps) : 0;
            if (poison[static_cast<size_t>(now)] || chance(bad / 2)) {  // or of the partial sum
                d.core_done = d.core_poison = 1;
                d.rsd_pop = w[1].on;
                post = 3;
                made_all(true, next);
                return;
            }
            want_rsd = w[1].on ? window(1, now, outs) : std::vector<uint8_t>();
            post = w[1].on ? 1 : 2;
            return;
        case 1:
            if (idx == outs) {
                d.rsd_pop = 1;
                idx = 0;
                post = 2;
            } else {
                d.rsd_re = 1;
                d.rsd_raddr = static_cast<uint8_t>(idx++);
            }
            return;
        case 2:
            if (gaps && chance(10)) return;
            d.core_valid = 1;
            d.core_idx = static_cast<uint8_t>(idx);
            d.core_data = static_cast<uint32_t>(y_of(now, idx));
            made(idx, next);
            if (++idx == outs) {
                d.core_done = 1;
                made_all(false, next);
                post = 3;
            }
            return;
        default: post = 0;              // the cycle of core_done
        }
    }

    int out_gap;
    size_t emitted;
    void take_outputs() {
        if (s.res_valid) {
            if (out.empty() && !block.at.size()) fail("output %u, expected none", s.res_idx);
            const Emit &e = out.empty() ? block : out.front();
            if (emitted >= e.data.size()) fail("output %u, expected %zu", s.res_idx, e.data.size());
            if (!emitted) expect("room for the first output", d.res_ready, 1);
            expect("res_idx", s.res_idx, static_cast<int64_t>(emitted));
            expect("res_data", s.res_data, e.data[emitted], s.res_idx);
            expect("res at", static_cast<int64_t>(cycle), static_cast<int64_t>(e.at[emitted]));
            emitted++;
        }
        if (s.res_done) {
            if (out.empty()) fail("res_done, expected none");
            const Emit &e = out.front();
            expect("room for res_done", d.res_ready, 1);
            expect("res_poison", s.res_poison, e.poison);
            expect("res_seq", s.res_seq, e.seq);
            expect("outputs", static_cast<int64_t>(emitted), static_cast<int64_t>(e.data.size()));
            expect("res_done at", static_cast<int64_t>(cycle), static_cast<int64_t>(e.done_at));
            emitted = 0;
            out.pop_front();
            out_gap = gaps ? pick(0, gaps) : 0;
        } else if (out_gap > 0) out_gap--;
        d.res_ready = out_gap == 0;
    }
};

} // namespace window

#endif
