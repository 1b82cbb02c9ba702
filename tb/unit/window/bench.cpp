// SPDX-License-Identifier: Apache-2.0
// Unit bench of ohm_window with ohm_ibuf and ohm_pool: random maps, kernels, blocks and residuals
// against plain loops over the lines (docs/explain/convolution.md), and every move against the
// cycles that ohm_window's header promises.
//
// The bench sends lines in packets of several producers as soon as credits allow, so a slot that is
// freed too early is overwritten and seen; lines are poison or lost now and then; core and output
// stage pause at random. Built for one size: -DROWS= -DCOLS= -DIBUF_WORDS= -DNSTREAM= -DACC_BANKS=.
// Run: bench SEED TESTS. Prints "checks N" and exits 0 only when every comparison held.
#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <vector>

#include "Vwindow_top.h"
#include "verilated.h"

extern "C" {
#include "ohm_map.h"
#include "ohm_packet.h"
}

namespace {

enum Mode { PSUM, Y, V };
constexpr uint64_t NEVER = ~0ull;
constexpr unsigned RES_SLOTS = ACC_BANKS > 4 ? 16 : 8;

uint64_t checks, cycle, rng_state, vectors_seen, lines_lost;
Vwindow_top d;
struct Seen {           // outputs of the present cycle, kept while its clock edge goes by
    bool addr_ok, lost, take, pop, vec_valid, vec_poison, core_ready, res_valid, res_done,
        res_poison;
    uint8_t stream, rsd_rdata, res_idx;
    uint32_t lost_seq, vec_seq, vec_rdata, res_data, res_seq;
} s;

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
void expect(const char *what, int64_t got, int64_t want, int64_t a = -1, int64_t b = -1) {
    checks++;
    if (got != want)
        fail("%s: got %lld, expected %lld (%lld, %lld)", what, static_cast<long long>(got),
             static_cast<long long>(want), static_cast<long long>(a), static_cast<long long>(b));
}
int clip(int v, int hi) { return v < 0 ? 0 : v > hi ? hi : v; }

struct Line {
    std::vector<uint8_t> bytes;
    int got = 0;                // words
    bool poison = false;
    uint64_t valid_at = NEVER;  // first cycle in which it may be taken
};
struct Walk {
    int on, is_signed, stream, lines, pixels, pitch, first, count, h, w, stride, across, top, left,
        log2, size, base, pad;
    int beside() const { return across ? across : stride; }
    uint32_t line0;
    std::vector<Line> line;     // of all images
    std::vector<int> cut;       // producers + 1 borders of the parts of a line
    std::vector<int> next;      // next line of each producer
    std::vector<std::vector<int>> trouble; // per producer and line: 0, 1 poison, 2 lost
    int taken = 0, freed = 0;
};
struct Move { uint64_t at; int kind, walk; };  // kind 0 free, 1 take
struct Emit {
    std::vector<uint64_t> at;
    std::vector<uint32_t> data;
    uint64_t done_at;
    uint32_t seq;
    bool poison;
};

struct Bench {
    Walk w[2];
    int mode, rows, outs, osigned, block_rows, block_cols, block_first, block_step, pool_h, pool_w,
        pool_stride, pool_across, by_lines, average, argmax;
    int mean_scale, mean_shift, class0, images;
    uint32_t seq_base, rscale;
    int gaps, bad;                  // percent of pauses, of trouble
    uint64_t enabled_at, run_at;

    std::vector<Move> moves;
    std::vector<uint64_t> seen_at, popped_at, rsd_popped_at;
    std::vector<char> poison;       // of the vectors

    int walk_h() const { return by_lines ? 1 : pool_h; }    // rows of windows walked as one
    int per_block() const { return walk_h() * pool_w; }
    int per_row() const { return block_cols * per_block(); }
    int per_image() const { return block_rows * per_row(); }
    int vectors() const { return images * per_image(); }
    int span(const Walk &k) const { return k.h + (walk_h() - 1) * k.stride; }
    int lo(const Walk &k, int by) const
    {
        return by == block_rows ? k.lines : clip(by * pool_stride * k.stride + k.top, k.lines - 1);
    }
    int hi(const Walk &k, int by) const {
        return by == block_rows
                   ? k.lines - 1
                   : clip(by * pool_stride * k.stride + k.top + span(k) - 1, k.lines - 1);
    }

    // --- the contract
    // ---------------------------------------------------------------------------------------------
    std::vector<uint8_t> window(int i, int n, int limit) const {
        const Walk &k = w[i];
        int im = n / per_image(), m = n % per_image();
        int by = m / per_row(), j = m % per_row() / per_block(), dy = m % per_block() / pool_w,
            dx = m % pool_w, step = pool_across ? pool_across : pool_stride;
        int wy = by * pool_stride + dy, wx = (block_first + j * block_step) * step + dx;
        std::vector<uint8_t> bytes;
        for (int ky = 0; ky < k.h; ky++)
            for (int kx = 0; kx < k.w; kx++)
                for (int c = 0; c < k.count; c++) {
                    int y = wy * k.stride + k.top + ky, x = wx * k.beside() + k.left + kx,
                        at = x * k.pitch + k.first + c;
                    bool in = y >= 0 && y < k.lines && x >= 0 && x < k.pixels && at < 4 * k.size;
                    bytes.push_back(in ? k.line[static_cast<size_t>(im * k.lines + y)]
                                             .bytes[static_cast<size_t>(at)]
                                       : i ? 0 : static_cast<uint8_t>(k.pad));
                }
        bytes.resize(static_cast<size_t>(limit), 0);
        return bytes;
    }
    bool spoilt(int n) const {
        int im = n / per_image(), by = n % per_image() / per_row();
        for (int i = 0; i < 2; i++)
            for (int y = 0; w[i].on && y <= hi(w[i], by); y++)
                if (w[i].line[static_cast<size_t>(im * w[i].lines + y)].poison) return true;
        return false;
    }
    int words_of(const Walk &k, int limit) const { // cycles of FILL
        int n = std::min(k.h * k.w * k.count, limit);
        return k.first % 4 || k.count % 4 || k.pitch % 4 ? n : (n + 3) / 4;
    }

    // --- the cycles of the header, from when lines came and vectors left
    // ---------------------------------------------------
    void check_times() const {
        int log2 = 0;
        while (4 << log2 < ROWS || log2 == 0) log2++;
        uint64_t t = 1 + std::max({enabled_at + 65, enabled_at + (uint64_t{2} << log2), run_at});
        size_t m = 0, n = 0;
        for (int im = 0; im < images; im++) {
            int taken[2] = {}, freed[2] = {};
            for (int by = 0; by <= block_rows; by++) {
                t++;
                for (;; t++) {
                    int kind = -1, who = -1;
                    bool settled = true;
                    for (int step = 0; step < 4; step++) {
                        int i = step & 1;
                        const Walk &k = w[i];
                        if (!k.on) continue;
                        bool free = freed[i] < lo(k, by) && freed[i] < taken[i],
                             take = taken[i] <= hi(k, by);
                        if (free || take) settled = false;
                        if (kind >= 0) continue;
                        if (step < 2 ? free
                                     : take
                                           && k.line[static_cast<size_t>(im * k.lines + taken[i])]
                                                      .valid_at
                                                  <= t)
                            kind = step >= 2, who = i;
                    }
                    if (settled) break;
                    if (kind >= 0) {
                        if (m == moves.size()) return;          // stopped here
                        (kind ? taken : freed)[who]++;
                        expect("line moved", moves[m].kind * 2 + moves[m].walk, kind * 2 + who, im,
                               by);
                        expect("line moved at", static_cast<int64_t>(moves[m].at),
                               static_cast<int64_t>(t), im, by);
                        m++;
                    } else if (t > cycle) return;
                }
                t++;
                for (int v = 0; by < block_rows && v < per_row(); v++, n++) {
                    if (n == seen_at.size()) return;
                    if (n >= 2) t = std::max(t, popped_at[n - 2] + 1);
                    if (w[1].on && n >= RES_SLOTS)
                        t = std::max(t, rsd_popped_at[n - RES_SLOTS] + 1);
                    t += poison[n] ? 1u : 1u + static_cast<unsigned>(words_of(w[0], rows));
                    if (w[1].on && !poison[n])
                        t += 1u + static_cast<unsigned>(words_of(w[1], outs));
                    t++;
                    uint64_t want = n && popped_at[n - 1] + 1 > t ? popped_at[n - 1] + 1 : t;
                    expect("vec_valid at", static_cast<int64_t>(seen_at[n]),
                           static_cast<int64_t>(want), im, by);
                }
            }
        }
        expect("all moves", static_cast<int64_t>(moves.size()), static_cast<int64_t>(m));
    }

    // --- network interface
    // ---------------------------------------------------------------------------------------------
    struct { int walk, line, producer, at, len, sent; bool poison, busy, shown, checked; } pkt;

    void feed() {
        d.chk = d.word_valid = d.commit = 0;
        if (!pkt.busy) {
            if (gaps && chance(gaps)) return;
            int i = pick(0, 1);
            if (!w[i].on) i = 0;
            Walk &k = w[i];
            int p = pick(0, static_cast<int>(k.next.size()) - 1),
                line = k.next[static_cast<size_t>(p)];
            if (line >= static_cast<int>(k.line.size())) return;
            uint16_t limit = static_cast<uint16_t>(d.limit >> (16 * k.stream));
            uint16_t seq = static_cast<uint16_t>(k.line0 + static_cast<uint32_t>(line));
            if (static_cast<int16_t>(limit - seq) <= 0) return;
            k.next[static_cast<size_t>(p)]++;
            int trouble = k.trouble[static_cast<size_t>(p)][static_cast<size_t>(line)];
            if (trouble == 2) return;
            int at = k.cut[static_cast<size_t>(p)], len = k.cut[static_cast<size_t>(p) + 1] - at;
            pkt = {i, line, p, at, trouble ? 0 : len, 0, trouble == 1, true, false, false};
            d.chk_chan = static_cast<uint8_t>(k.stream);
            d.chk_seq = seq;
            d.chk_offset = static_cast<uint16_t>(at);
            d.chk_len = static_cast<uint16_t>(pkt.len);
            return;
        }
        if (!pkt.shown) {       // the channel was there a cycle before
            pkt.shown = true;
            d.chk = 1;
            d.com_chan = d.chk_chan;
            d.com_seq = d.chk_seq;
            d.com_len = d.chk_len;
            d.com_poison = pkt.poison;
            return;
        }
        if (!pkt.checked) {     // the cycle after chk
            pkt.checked = true;
            expect("chk_fits", d.chk_fits, 1, pkt.line);
            if (!d.chk_slot_ok) {
                if (!w[pkt.walk].line[static_cast<size_t>(pkt.line)].poison)
                    fail("no slot for line %d of walker %d", pkt.line, pkt.walk);
                pkt.busy = false;
                return;
            }
        }
        Line &l = w[pkt.walk].line[static_cast<size_t>(pkt.line)];
        if (pkt.sent < pkt.len) {
            if (gaps && chance(5)) return;
            const uint8_t *b = &l.bytes[4 * static_cast<size_t>(pkt.at + pkt.sent++)];
            d.word = static_cast<uint32_t>(b[0] | b[1] << 8 | b[2] << 16)
                     | static_cast<uint32_t>(b[3]) << 24;
            d.word_valid = 1;
            return;
        }
        pkt.busy = false;
        d.clk = 0;
        d.eval();
        if (d.com_stale) {
            if (!l.poison) fail("stale line %d of walker %d", pkt.line, pkt.walk);
            return;
        }
        d.commit = 1;
        l.got += pkt.len;
        if (pkt.poison) l.poison = true;
        if (l.valid_at == NEVER && (l.poison || l.got >= w[pkt.walk].size)) l.valid_at = cycle + 1;
    }
    void watch_feed() {         // what the check said
        if (d.chk) expect("chk_addr_ok", s.addr_ok, 1, pkt.line);
    }
    void watch_lines() {
        if (s.lost) {
            lines_lost++;
            int first = 4, who = -1;
            for (int i = 0; i < 2; i++) {
                int at = w[i].taken;
                if (!w[i].on || at >= static_cast<int>(w[i].line.size())
                    || s.lost_seq != w[i].line0 + static_cast<uint32_t>(at))
                    continue;
                if (w[i].line[static_cast<size_t>(at)].valid_at == NEVER && w[i].stream < first)
                    first = w[i].stream, who = i;
            }
            if (who < 0) fail("line %08x lost, expected none", s.lost_seq);
            Line &l = w[who].line[static_cast<size_t>(w[who].taken)];
            bool newer = false;                 // something newer is there
            for (int n = w[who].taken + 1; n < static_cast<int>(w[who].line.size()); n++)
                newer |= w[who].line[static_cast<size_t>(n)].valid_at <= cycle;
            expect("lost line has a newer one", newer, 1);
            l.poison = true;
            l.valid_at = cycle;                 // the event is a cycle behind
        }
        expect("a line is taken or freed", s.take && s.pop, 0);
        if (!s.take && !s.pop) return;
        int i = w[1].on && s.stream == w[1].stream;
        expect("stream of a line", s.stream, w[i].stream);
        Walk &k = w[i];
        if (s.take) {
            if (k.taken >= static_cast<int>(k.line.size())
                || k.line[static_cast<size_t>(k.taken)].valid_at > cycle)
                fail("line %d of walker %d taken, but it has not come", k.taken, i);
            k.taken++;
        } else {
            if (k.freed >= k.taken) fail("line %d of walker %d freed, but not taken", k.freed, i);
            k.freed++;
        }
        moves.push_back({cycle, s.take, i});
    }

    // --- core: reads vectors, then residuals, then makes outputs
    // --------------------------------------------------------
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
                v = (v * mean_scale + (mean_shift ? 1ll << (mean_shift - 1) : 0)) >> mean_shift;
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

    // --- output stage
    // ---------------------------------------------------------------------------------------------
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

    void tick() {
        if (d.enable) feed();
        d.clk = 0;
        d.eval();
        s = {d.chk_addr_ok != 0, d.lost != 0,       d.take != 0,       d.pop != 0,
             d.vec_valid != 0,   d.vec_poison != 0, d.core_ready != 0, d.res_valid != 0,
             d.res_done != 0,    d.res_poison != 0, d.stream,          d.rsd_rdata,
             d.res_idx,          d.lost_seq,        d.vec_seq,         d.vec_rdata,
             d.res_data,         d.res_seq};
        d.clk = 1;
        d.eval();
        if (d.enable) {         // all but feed set inputs of the next cycle
            watch_feed();
            watch_lines();
            take_outputs();
            read_vectors();
            post_process();
        }
        cycle++;
    }

    // --- registers
    // ---------------------------------------------------------------------------------------------
    void bus(uint32_t addr, uint32_t data, bool we) {
        d.cfg_addr = static_cast<uint16_t>(addr);
        d.cfg_wdata = data;
        d.cfg_we = we;
        d.cfg_re = !we;
        d.clk = 0, d.eval(), d.clk = 1, d.eval();
        cycle++;
        d.cfg_we = d.cfg_re = 0;
    }
    void write(uint32_t addr, uint32_t data) {
        bus(addr, data, true);
        bus(addr, 0, false);
        expect("read back", d.cfg_rdata, data, addr);
    }
    void configure() {
        d.seq_base = seq_base;
        d.desc_stream = static_cast<uint8_t>(w[0].stream);
        d.desc_mode = static_cast<uint8_t>(mode);
        d.rows1 = static_cast<uint8_t>(rows - 1);
        d.outs1 = static_cast<uint8_t>(outs - 1);
        d.osigned = osigned != 0;
        for (int i = 0; i < 2; i++) {
            const Walk &k = w[i];
            auto u = [](int v) { return static_cast<uint32_t>(v); };
            uint32_t at = u(8 * i);
            write(OHM_REG_WINDOW + at, OHM_PLACE(u(k.on), WINDOW_ON)
                                           | OHM_PLACE(u(k.is_signed), WINDOW_SIGNED)
                                           | OHM_PLACE(u(i ? k.stream : 0), WINDOW_STREAM)
                                           | OHM_PLACE(u(k.pad), WINDOW_PAD));
            write(OHM_REG_WINDOW_MAP + at, OHM_PLACE(u(k.lines - 1), WINDOW_MAP_LINES1)
                                               | OHM_PLACE(u(k.pixels - 1), WINDOW_MAP_PIXELS1));
            write(OHM_REG_WINDOW_PIXEL + at, OHM_PLACE(u(k.pitch), WINDOW_PIXEL_PITCH)
                                                 | OHM_PLACE(u(k.first), WINDOW_PIXEL_FIRST)
                                                 | OHM_PLACE(u(k.count - 1), WINDOW_PIXEL_COUNT1));
            write(OHM_REG_WINDOW_KERNEL + at, OHM_PLACE(u(k.h - 1), WINDOW_KERNEL_H1)
                                                  | OHM_PLACE(u(k.w - 1), WINDOW_KERNEL_W1)
                                                  | OHM_PLACE(u(k.stride), WINDOW_KERNEL_STRIDE)
                                                  | OHM_PLACE(u(k.across), WINDOW_KERNEL_ACROSS)
                                                  | OHM_PLACE(u(k.top & 255), WINDOW_KERNEL_TOP)
                                                  | OHM_PLACE(u(k.left & 255), WINDOW_KERNEL_LEFT));
            write(OHM_REG_WINDOW_LINE0 + at, k.line0);
            if (k.stream >= NSTREAM) continue;
            write(OHM_REG_STREAM + u(2 * k.stream),
                  OHM_PLACE(u(k.base), STREAM_BASE) | OHM_PLACE(u(k.size), STREAM_SIZE));
            write(OHM_REG_STREAM_VEC + u(2 * k.stream),
                  OHM_PLACE(u(k.size), STREAM_VEC_EXPECT)
                      | OHM_PLACE(u(k.log2), STREAM_VEC_LOG2_SLOTS));
        }
        auto u = [](int v) { return static_cast<uint32_t>(v); };
        write(OHM_REG_BLOCK_MAP, OHM_PLACE(u(block_rows - 1), BLOCK_MAP_ROWS1)
                                     | OHM_PLACE(u(block_cols - 1), BLOCK_MAP_COLS1));
        write(OHM_REG_BLOCK_STEP, OHM_PLACE(u(block_first), BLOCK_STEP_FIRST)
                                      | OHM_PLACE(u(block_step), BLOCK_STEP_STEP));
        write(OHM_REG_POOL, OHM_PLACE(u(pool_h - 1), POOL_H1) | OHM_PLACE(u(pool_w - 1), POOL_W1)
                                | OHM_PLACE(u(pool_stride), POOL_STRIDE)
                                | OHM_PLACE(u(pool_across), POOL_ACROSS)
                                | OHM_PLACE(u(by_lines), POOL_LINES)
                                | OHM_PLACE(u(average), POOL_AVERAGE)
                                | OHM_PLACE(u(argmax), POOL_ARGMAX));
        write(OHM_REG_POOL_MEAN, OHM_PLACE(u(mean_scale), POOL_MEAN_SCALE)
                                     | OHM_PLACE(u(mean_shift), POOL_MEAN_SHIFT));
        write(OHM_REG_RSCALE, rscale);
        write(OHM_REG_CLASS0, u(class0));
    }

    // --- random setups
    // ---------------------------------------------------------------------------------------------
    bool random_walk(int i, int room) {
        Walk &k = w[i];
        bool whole = chance(40);
        k.is_signed = pick(0, 1);
        k.lines = pick(1, 12), k.pixels = pick(1, 12);
        k.h = i ? 1 : pick(1, 5), k.w = i ? 1 : pick(1, 5),
        k.stride = chance(90) ? pick(1, 3) : pick(4, 15);
        k.across = chance(50) ? 0 : chance(90) ? pick(1, 3) : pick(4, 15);
        k.pad = chance(30) ? 0 : pick(1, 255);
        k.top = pick(-3, chance(80) ? 1 : 4), k.left = pick(-3, 2);
        k.count = i ? outs : chance(80) ? pick(1, 12) : pick(1, std::min(256, ROWS));
        k.first = pick(0, 6), k.pitch = chance(80) ? k.count + pick(0, 4) : pick(1, 20);
        if (whole) k.first &= ~3, k.pitch = (k.pitch + 3) & ~3;
        if (whole && !i) k.count = (k.count + 3) & ~3;
        if (chance(block_step > 4 ? 50 : 5))
            k.pixels = pick(1, 1024), k.pitch = pick(0, 4095), k.left = pick(-128, 127),
            k.top = pick(-128, 127);
        if (k.count > 256) return false;
        k.size = std::max(1, ((k.pixels - 1) * k.pitch + k.first + k.count + 3) / 4
                                 + (chance(30) ? pick(-2, 2) : 0));
        if (k.size > 40) k.size = pick(1, 40);
        k.log2 = chance(10) ? 0 : pick(1, 4);
        // a lost line shows only when a newer one may come
        return span(k) + (k.log2 != 0) <= 1 << k.log2 && k.size << k.log2 <= room;
    }
    void random_setup() {
        for (;;) {
            const int r = pick(0, 9);
            mode = r < 6 ? Y : r < 8 ? V : PSUM;
            rows = chance(50) ? ROWS : pick(1, ROWS), outs = chance(40) ? COLS : pick(1, COLS);
            osigned = pick(0, 1);
            w[0].on = 1, w[1].on = NSTREAM > 1 && mode != PSUM && chance(50);
            bool single = mode == V || chance(40);
            pool_h = single ? 1 : pick(1, 3), pool_w = single ? 1 : pick(1, 3),
            pool_stride = pick(1, 4), pool_across = chance(50) ? 0 : pick(1, 31);
            average = pick(0, 1), argmax = mode == V && chance(60);
            mean_scale = chance(50) ? pick(0, 65535) : 1 << pick(0, 15),
            mean_shift = chance(80) ? pick(0, 22) : pick(0, 40);
            class0 = pick(0, 65535);
            block_rows = pick(1, 5), block_cols = pick(1, 4), block_first = pick(0, 3),
            block_step = pick(chance(5) ? 0 : 1, 4);
            if (chance(10)) block_first = pick(0, 1023), block_step = pick(0, 1023);
            by_lines = chance(25);
            if (by_lines) pool_h = single ? 1 : pick(1, 8), block_rows *= pool_h, block_cols = 1;
            images = pick(1, 3);
            w[0].stream = pick(0, NSTREAM - 1);
            w[1].stream = NSTREAM > 1 ? (w[0].stream + pick(1, NSTREAM - 1)) % NSTREAM : 0;
            if (vectors() > 150) continue;
            int half = w[1].on ? IBUF_WORDS / 2 : IBUF_WORDS;
            if (!random_walk(0, half) || (w[1].on && !random_walk(1, half))) continue;
            w[0].base = pick(0, half - (w[0].size << w[0].log2));
            if (!w[1].on)
                w[1].stream = NSTREAM > 1 ? w[1].stream : 4, w[1].lines = 1, w[1].pixels = 1,
                w[1].count = 1, w[1].h = w[1].w = 1, w[1].across = w[1].pad = 0;
            else w[1].base = pick(half, IBUF_WORDS - (w[1].size << w[1].log2));
            break;
        }
        seq_base = static_cast<uint32_t>(rnd()), rscale = static_cast<uint32_t>(rnd());
        bad = chance(30) ? 8 : 0;
        for (auto &k : w) {
            k.line0 = static_cast<uint32_t>(rnd());
            k.taken = k.freed = 0;
            k.line.assign(k.on ? static_cast<size_t>(images * k.lines) : 0, Line());
            for (auto &l : k.line) {
                l.bytes.resize(4 * static_cast<size_t>(k.size));
                for (auto &b : l.bytes) b = static_cast<uint8_t>(rnd());
            }
            int producers = std::min(pick(1, 3), k.size);
            k.cut = {0};
            for (int p = 1; p < producers; p++) k.cut.push_back(k.size * p / producers);
            k.cut.push_back(k.size);
            k.next.assign(static_cast<size_t>(producers), 0);
            k.trouble.assign(static_cast<size_t>(producers), std::vector<int>(k.line.size()));
            for (auto &lines : k.trouble)
                for (size_t l = 0; l < lines.size(); l++)
                    if (chance(bad) && k.log2)
                        lines[l] = chance(50) || l + 4 > lines.size() ? 1 : 2;
            for (size_t l = 0, last = k.line.size(); l < k.line.size();
                 l++) // two lost ones close by may need more slots
                for (auto &lines : k.trouble)
                    if (lines[l] == 2) {
                        if (last < l && l - last < 4) lines[l] = 1;
                        else last = l;
                    }
        }
    }

    void forget() {
        moves.clear(), seen_at.clear(), popped_at.clear(), rsd_popped_at.clear(), poison.clear(),
            ready.clear(), out.clear();
        block = Emit();
        sums.assign(256, 0);
        in_block = 0, block_poison = false;
        pkt = {};
        load = shown = asked = -1, load_gap = 0, post = 0, post_gap = 0, out_gap = 0, emitted = 0,
        rsd_asked = -1;
        d.chk = d.word_valid = d.commit = d.vec_pop = d.rsd_re = d.rsd_pop = d.core_valid =
            d.core_done = d.core_poison = 0;
        d.res_ready = 1;
    }

    void test() {
        random_setup();
        configure();
        forget();
        d.clk = 0, d.eval();
        expect("bad", d.bad, 0);
        gaps = chance(40) ? 0 : chance(70) ? 20 : 90;
        depth = static_cast<size_t>(pick(1, 12));
        d.enable = 1;
        enabled_at = cycle;
        run_at = cycle + static_cast<unsigned>(pick(3, chance(50) ? 20 : 200));
        bool stop = chance(15);
        uint64_t end = cycle + (stop ? static_cast<unsigned>(pick(1, 4000)) : 3000000u);
        auto over = [this] {
            bool all = popped_at.size() == static_cast<size_t>(vectors()) && ready.empty()
                       && post == 0 && out.empty();
            for (auto &k : w)
                all = all && k.freed == static_cast<int>(k.line.size());
            return all;
        };
        while (!over() && cycle < end) {
            d.run = cycle >= run_at;
            tick();
        }
        if (!stop && !over())
            fail("hang: %zu of %d vectors, lines taken %d and %d, freed %d and %d of %zu and %zu",
                 popped_at.size(), vectors(), w[0].taken, w[1].taken, w[0].freed, w[1].freed,
                 w[0].line.size(), w[1].line.size());
        if (over()) {
            for (int i = 0; i < 300; i++) tick();
            expect("busy at the end", d.busy, 0);
            expect("residuals left", static_cast<int64_t>(rsd_popped_at.size()),
                   w[1].on ? vectors() : 0);
        }
        check_times();
        d.enable = d.run = 0;
        forget();
        for (int i = 0; i < 3; i++) tick();
        expect("busy when disabled", d.busy, 0);
    }

    // Registers that may not be used together.
    void refusals() {
        for (int n = 0; n < 400; n++) {
            random_setup();
            w[1].on = chance(50), w[0].on = chance(90);
            if (chance(20)) mode = pick(0, 2);
            if (chance(20)) argmax = 1;
            if (chance(10)) w[pick(0, 1)].stride = 0;
            if (chance(10)) pool_stride = 0;
            if (chance(20)) by_lines = 1;
            if (chance(20)) pool_h = pick(1, 32), pool_w = pick(1, 32);
            if (chance(20)) mean_shift = pick(38, 63);
            if (chance(20)) w[0].h = pick(1, 16);
            if (chance(20)) w[1].stream = pick(0, 3);
            if (chance(80)) w[1].count = outs;
            if (!w[1].size) w[1].size = 1;
            w[1].stream &= 3, w[1].stride &= 15;
            if (w[0].stream == w[1].stream)
                w[1].log2 = w[0].log2, w[1].size = w[0].size, w[1].base = w[0].base;
            configure();
            bool many = pool_h * pool_w > 1, bad = argmax && mode != V;
            auto unfit = [this](const Walk &k) {
                return k.stride == 0 || k.stream >= NSTREAM || span(k) > 1 << k.log2;
            };
            if (!w[0].on) bad |= w[1].on;
            else {
                bad |= unfit(w[0]) || pool_stride == 0 || (many && mode == V)
                       || (by_lines && block_cols > 1)
                       || (many && mode == Y && average && mean_shift > 40);
                bad |= w[1].on
                       && (mode == PSUM || w[1].count != outs || w[1].stream == w[0].stream
                           || unfit(w[1]));
            }
            d.clk = 0, d.eval();
            expect("bad", d.bad, bad, n);
        }
    }
};

} // namespace

int main(int argc, char **argv) {
    Verilated::commandArgs(argc, argv);
    if (argc < 3) return fprintf(stderr, "usage: bench SEED TESTS\n"), 2;
    rng_state = strtoull(argv[1], nullptr, 10);
    static Bench b;
    d.rst = 1;
    d.enable = d.run = d.cfg_we = d.cfg_re = 0;
    b.forget();
    for (int i = 0; i < 4; i++) d.clk = 0, d.eval(), d.clk = 1, d.eval();
    d.rst = 0;
    b.refusals();
    for (int i = 0, tests = atoi(argv[2]); i < tests; i++) b.test();
    printf("window %dx%d, %d words, seed %s: %llu vectors, %llu lines lost\n", ROWS, COLS,
           IBUF_WORDS, argv[1], static_cast<unsigned long long>(vectors_seen),
           static_cast<unsigned long long>(lines_lost));
    printf("checks %llu\n", static_cast<unsigned long long>(checks));
    return 0;
}
