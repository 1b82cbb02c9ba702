// SPDX-License-Identifier: Apache-2.0
// The tile as this bench knows it: the configuration of a round, its vectors, what was sent, what
// must come out, and how packets are made.
#ifndef TILE_SHELL_TILE_H
#define TILE_SHELL_TILE_H

#include <algorithm>
#include <deque>
#include <vector>

#include "Vohm_tile.h"
#include "ohm_bench.h"

extern "C" {
#include "ohm_packet.h"
}

namespace shell {

using namespace bench;

using Words = std::vector<uint32_t>;
struct Write { uint32_t addr, data; };
struct Prog { uint32_t dev, row, col, data; };

inline Vohm_tile *top;

// ---- what the stand-ins of core and macro must report ----
inline std::deque<Write> want_cfg;
inline std::deque<Prog> want_prog;

// ---- configuration of a round ----
struct Route { bool on; unsigned first, count, offset, credit, mc; uint32_t h0; };
struct Config {
    uint32_t base;
    unsigned stream, log2_slots, slots, words, size, sbase, outs, rows, mode, producers;
    bool psum;
    std::vector<unsigned> cut;              // producers + 1 borders of the parts
    std::vector<Route> route;
    std::vector<uint32_t> ret;              // RETURN entries
};
inline Config cfg;

enum Trouble { NONE, DROP, POISON };
struct Vec { Words in, ps; Trouble trouble, ps_trouble; unsigned who; };
inline std::vector<Vec> vecs;
inline unsigned nvec;

inline std::deque<uint64_t> to_tile;           // flits to the tile
inline std::deque<Words> want_data;
inline uint16_t limit[16];                  // what we allowed the tile to send, by credit entry
inline uint16_t ret_seen[16];
inline bool ret_any[16];
inline Words details[9];                    // expected events: their details in order
inline std::vector<uint32_t> maybe;         // NO_SLOT that may or may not happen
inline unsigned seen_event[9];              // highest count told
inline bool read_waits;
inline uint32_t read_tag, read_addr, read_value;
inline bool read_any;                       // value not predicted
inline uint32_t answer;
inline unsigned sent_vec[16], sent_ps;      // next vector of each producer
inline uint64_t data_start[3];              // cycles of the last first-flits of data packets
inline unsigned tx_percent = 70, rx_percent = 80;

inline uint32_t head0(unsigned type, unsigned chan, unsigned len, bool poison = false)
{
    uint32_t f[2];
    ohm_header h = {};
    h.type = type, h.y = top->tile_y, h.x = top->tile_x, h.poison = poison, h.chan = chan,
    h.len = len;
    if (chance(20)) {   // as a multicast copy on its way north
        unsigned up = below(16 - h.y);
        h.y += up;
        h.mc = std::min(15u, up + below(3));
    }
    ohm_header_encode(&h, f);
    return f[0];
}
inline uint32_t head1(unsigned seq, unsigned offset)
{
    return OHM_PLACE(seq, H1_SEQ) | OHM_PLACE(offset, H1_OFFSET);
}

inline void send(const Words &p, bool with_last = true)
{
    for (size_t i = 0; i < p.size(); i++)
        to_tile.push_back((uint64_t)p[i] | (uint64_t)(i == 0) << 32
                          | (uint64_t)(with_last && i + 1 == p.size()) << 33);
}
inline Words packet(unsigned type, unsigned chan, unsigned seq, unsigned offset,
                    const Words &payload, bool poison = false)
{
    Words p = {head0(type, chan, payload.size(), poison), head1(seq, offset)};
    p.insert(p.end(), payload.begin(), payload.end());
    return p;
}
inline Words noise(unsigned n)
{
    Words w(n);
    for (auto &x : w) x = rnd();
    return w;
}
inline void expect_event(unsigned code, uint32_t detail) { details[code].push_back(detail); }

inline void write_regs(uint32_t addr, const Words &values)
{
    send(packet(OHM_TYPE_CFG_WR, 0, 0, addr, values));
    for (size_t i = 0; i < values.size(); i++) want_cfg.push_back({addr + (uint32_t)i, values[i]});
}
inline void start_read(uint32_t addr, bool predicted, uint32_t value)
{
    read_waits = true, read_any = !predicted, read_tag = rnd() & 0xffff, read_addr = addr,
    read_value = value;
    send(packet(OHM_TYPE_CFG_RD, 0, read_tag, addr, {}));
}

} // namespace shell

#endif
