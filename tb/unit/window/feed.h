// SPDX-License-Identifier: Apache-2.0
// The network's side: packets of several producers as soon as credits allow, poison and lost lines
// now and then, and every line that the walker takes, frees or gives up.
#ifndef WINDOW_FEED_H
#define WINDOW_FEED_H

#include "contract.h"

namespace window {

struct Feed : virtual Contract {
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
};

} // namespace window

#endif
