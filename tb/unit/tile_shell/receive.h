// SPDX-License-Identifier: Apache-2.0
// Packets from the tile, each compared with what must come, and the clock that brings them.
#ifndef TILE_SHELL_RECEIVE_H
#define TILE_SHELL_RECEIVE_H

#include "tile.h"

namespace shell {

inline void expect_outputs(unsigned v)
{
    const Vec &x = vecs[v];
    const bool poison = x.trouble != NONE || (cfg.psum && x.ps_trouble != NONE);
    uint32_t hash = 0;
    for (uint32_t w : x.in) hash = hash * 33 + w;
    for (const Route &r : cfg.route) {
        if (!r.on) continue;
        Words p = {r.h0, head1(cfg.base + v, r.offset)};
        if (OHM_FIELD(r.h0, H0_HOST)) {
            p[0] &= ~(OHM_PLACE(15, H0_X) | OHM_PLACE(15, H0_Y));
            p[0] |= OHM_PLACE(top->tile_x, H0_X) | OHM_PLACE(top->tile_y, H0_Y);
        }
        for (unsigned o = r.first; o < r.first + r.count && !poison; o++) {
            uint32_t y = hash + o * 0x01000193u + (cfg.psum ? x.ps[o] : 0);
            if (cfg.mode != 1) p.push_back(y);
            else if ((o - r.first) % 4 == 0) p.push_back(y & 255);
            else p.back() |= (y & 255) << 8 * ((o - r.first) % 4);
        }
        p[0] |= poison ? OHM_PLACE(1, H0_POISON) : OHM_PLACE(p.size() - 2, H0_LEN);
        want_data.push_back(p);
    }
}

inline void got_event(const Words &p)
{
    const unsigned code = OHM_FIELD(p[1], H1_OFFSET), count = OHM_FIELD(p[1], H1_SEQ);
    CHECK(p.size() == 3, "EVENT of %zu flits", p.size());
    CHECK(code >= 1 && code <= 8, "event code %u", code);
    CHECK(count > seen_event[code], "event %u: count %u after %u", code, count, seen_event[code]);
    seen_event[code] = count;
    const Words &d = details[code];
    if (code == OHM_EVENT_NO_SLOT || code == OHM_EVENT_LOST)
        CHECK(std::count(d.begin(), d.end(), p[2]) || std::count(maybe.begin(), maybe.end(), p[2]),
              "event %u: detail %08x not expected", code, p[2]);
    else
        CHECK(count <= d.size() && p[2] == d[count - 1],
              "event %u, count %u of %zu: detail %08x, expected %08x", code, count, d.size(), p[2],
              count <= d.size() ? d[count - 1] : 0);
}

inline void got_credit(const Words &p)
{
    const unsigned i = OHM_FIELD(p[0], H0_CHAN);
    CHECK(p.size() == 2 && i < cfg.ret.size() && cfg.ret[i] >> 31, "CREDIT for entry %u", i);
    const uint32_t e = cfg.ret[i];
    const bool host = OHM_FIELD(e, RETURN_HOST);
    const unsigned x = host ? top->tile_x : OHM_FIELD(e, RETURN_X),
                   y = host ? top->tile_y : OHM_FIELD(e, RETURN_Y);
    const uint32_t want = OHM_PLACE(OHM_TYPE_CREDIT, H0_TYPE) | OHM_PLACE(y, H0_Y)
                          | OHM_PLACE(x, H0_X) | OHM_PLACE(host, H0_HOST) | OHM_PLACE(i, H0_CHAN);
    CHECK(p[0] == want, "CREDIT header %08x, expected %08x", p[0], want);
    const bool ps = OHM_FIELD(e, RETURN_PSUM);
    CHECK(ps || OHM_FIELD(e, RETURN_STREAM) == cfg.stream,
          "CREDIT for entry %u, whose stream frees nothing", i);
    const uint16_t lim = p[1] & 0xffff;
    const unsigned slots = ps ? TB_PSUM_SLOTS : cfg.slots;
    const int freed = (int16_t)(lim - (uint16_t)(cfg.base + slots));
    CHECK(freed > 0 && freed <= (int)nvec, "CREDIT entry %u: %d vectors freed of %u", i, freed,
          nvec);
    CHECK(!ret_any[i] || (int16_t)(lim - ret_seen[i]) > 0, "CREDIT entry %u: limit does not rise",
          i);
    ret_any[i] = true;
    ret_seen[i] = lim;
}

inline void got_packet(const Words &p)
{
    CHECK(p.size() >= 2, "packet of %zu flits", p.size());
    CHECK(p.size() == 2 + OHM_FIELD(p[0], H0_LEN), "packet %08x has %zu flits", p[0], p.size());
    switch (OHM_FIELD(p[0], H0_TYPE)) {
    case OHM_TYPE_EVENT: got_event(p); break;
    case OHM_TYPE_CREDIT: got_credit(p); break;
    case OHM_TYPE_CFG_DATA:
        CHECK(read_waits, "CFG_DATA, nothing asked");
        CHECK(p[1] == head1(read_tag, read_addr), "CFG_DATA tag, address %08x, expected %08x", p[1],
              head1(read_tag, read_addr));
        CHECK(read_any || p[2] == read_value, "register %04x reads %08x, expected %08x", read_addr,
              p[2], read_value);
        answer = p[2];
        read_waits = false;
        break;
    default:
        CHECK(!want_data.empty(), "data packet %08x %08x, expected none", p[0], p[1]);
        CHECK(p == want_data.front(),
              "data packet %08x %08x (%zu flits), expected %08x %08x (%zu flits), or its payload",
              p[0], p[1], p.size(), want_data.front()[0], want_data.front()[1],
              want_data.front().size());
        for (const Route &r : cfg.route)
            if (r.on && OHM_FIELD(r.h0, H0_CHAN) == OHM_FIELD(p[0], H0_CHAN))
                for (unsigned m = 0; m <= r.mc; m++)
                    CHECK((int16_t)(limit[r.credit + m] - (uint16_t)(p[1] >> 16)) > 0,
                          "sent %u without credit %u", p[1] >> 16, r.credit + m);
        want_data.pop_front();
    }
}

inline void tick()
{
    static Words out;
    if (!to_tile.empty() && chance(rx_percent)) {
        top->rx_valid = 1;
        top->rx_flit = to_tile.front();
        to_tile.pop_front();
    } else {
        top->rx_valid = 0;
        top->rx_flit = (rnd() & 0xffffffffu) | (uint64_t)below(4) << 32;
    }
    top->tx_ready = chance(tx_percent);
    settle(*top);
    const bool moved = top->tx_valid && top->tx_ready;
    const uint64_t flit = top->tx_flit;
    edge(*top);
    cycle++;
    if (Verilated::gotFinish()) fail("the RTL stopped");
    if (!top->rx_ready) fail("rx_ready is 0");
    if (!moved || top->rst) return;
    CHECK((flit >> 32 & 1) == out.empty(), "first bit at flit %zu", out.size());
    if (out.empty() && OHM_FIELD((uint32_t)flit, H0_TYPE) >= OHM_TYPE_ACT
        && OHM_FIELD((uint32_t)flit, H0_TYPE) <= OHM_TYPE_RESULT)
        data_start[2] = data_start[1], data_start[1] = data_start[0], data_start[0] = cycle;
    out.push_back((uint32_t)flit);
    if (flit >> 33) {
        got_packet(out);
        out.clear();
    }
}
inline void wait_for(const char *what, bool (*done)(), unsigned cycles = 20000)
{
    for (unsigned i = 0; !done(); i++) {
        if (i == cycles)
            fail("no end of %s: %zu data packets missing, first %08x %08x", what, want_data.size(),
                 want_data.empty() ? 0 : want_data[0][0], want_data.empty() ? 0 : want_data[0][1]);
        tick();
    }
}
inline bool quiet()
{
    return to_tile.empty() && want_cfg.empty() && want_prog.empty() && !read_waits;
}
inline bool drained() { return quiet() && want_data.empty(); }
inline uint32_t read_reg(uint32_t addr, bool predicted = false, uint32_t value = 0)
{
    start_read(addr, predicted, value);
    wait_for("register read", quiet);
    return answer;
}

} // namespace shell

#endif
