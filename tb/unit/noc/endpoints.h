// SPDX-License-Identifier: Apache-2.0
// Traffic endpoints in place of tiles, and the host: what each has to send, and every packet that
// must come of it, bit for bit, by source and destination.
#ifndef NOC_ENDPOINTS_H
#define NOC_ENDPOINTS_H

#include <cstdlib>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "Vohm_mesh.h"
#include "ohm_bench.h"
#include "ohm_map.h"

namespace noc {

using namespace bench;

using Flit = uint64_t; // {last, first, data[31:0]}
using Packet = std::vector<Flit>;
constexpr Flit FIRST = 1ULL << 32, LAST = 1ULL << 33, VALID = 1ULL << 34;
constexpr Flit ABORT = FIRST | LAST;

inline int W, H, NT, HOST, NVC, PIPE;
inline size_t MAX_FLITS;
inline uint64_t last_progress;
inline uint64_t longs, strays, longs_expected, strays_expected;
inline uint64_t flip_rate, flips, odd_flits, lost; // one flit in flip_rate is hit, 0: none
inline int idle_percent, host_stall_percent, exit_stall_percent;

inline std::vector<std::deque<Flit>> to_send;
inline std::map<std::pair<int, int>, std::deque<Packet>> to_come; // (source, destination)
inline std::vector<Packet> coming;                                // per destination
inline std::vector<uint16_t> serial;                              // per source
struct Arrival { uint64_t head, tail; int source; };
inline std::vector<std::vector<Arrival>> arrivals; // per destination
inline std::vector<uint64_t> head_cycle;           // of the packet that is coming
inline std::vector<uint64_t> sent_cycle; // when the last flit to leave a source became visible

inline int tile(int x, int y) { return y * W + x; }
inline int col(int id) { return id == HOST ? 0 : id % W; }
inline int row(int id) { return id == HOST ? 0 : id / W; }
// routers on the way, less one
inline int links(int src, int dst)
{
    return std::abs(col(src) - col(dst)) + std::abs(row(src) - row(dst));
}

// A packet as it enters: X, Y outside the mesh and any MC are possible.
inline Packet make(int src, bool host, int x, int y, int mc, size_t flits) {
    Packet p;
    uint32_t type = host ? OHM_TYPE_RESULT : OHM_TYPE_ACT;
    if (host) {
        x = col(src);
        y = row(src);
    }
    p.push_back(FIRST | type << OHM_H0_TYPE_LSB | static_cast<uint32_t>(y) << OHM_H0_Y_LSB
                | static_cast<uint32_t>(x) << OHM_H0_X_LSB
                | static_cast<uint32_t>(host) << OHM_H0_HOST_LSB
                | static_cast<uint32_t>(mc) << OHM_H0_MC_LSB | static_cast<uint32_t>(flits - 2));
    p.push_back(static_cast<uint32_t>(serial[src]++) << OHM_H1_SEQ_LSB
                | static_cast<uint32_t>(src));
    while (p.size() < flits)
        p.push_back(static_cast<uint32_t>(rnd()));
    p.back() |= LAST;
    return p;
}

// What arrives of what was sent. Returns the packet as receivers see it, empty when nothing of it
// is one.
inline Packet seen(const Packet &p, bool truncated) {
    Packet r = p;
    if (truncated)
        r.push_back(ABORT);
    if (r.size() > MAX_FLITS) {
        r.resize(MAX_FLITS);
        r.back() |= LAST;
    }
    return r;
}

inline void expect_copies(int src, bool host, int x, int y, int mc, const Packet &p) {
    if (host) {
        to_come[{src, HOST}].push_back(p);
        return;
    }
    if (x >= W || y >= H)
        strays_expected++;
    if (x >= W)
        return; // lost on its way east, before any copy
    // copies where it goes north in column x
    for (int cy = row(src); cy < y && cy < H; cy++)
        if (cy >= y - mc)
            to_come[{src, tile(x, cy)}].push_back(p);
    if (y < H)
        to_come[{src, tile(x, y)}].push_back(p);
}

inline void send(int src, bool host, int x, int y, int mc, size_t flits) {
    Packet p = make(src, host, x, y, mc, flits);
    to_send[src].insert(to_send[src].end(), p.begin(), p.end());
    expect_copies(src, host, x, y, mc, p);
}

inline void send_to(int src, int dst, size_t flits)
{
    send(src, dst == HOST, col(dst), row(dst), 0, flits);
}

inline void got(int dst, Flit f) {
    Packet &p = coming[dst];
    last_progress = cycle;
    if (p.empty()) {
        CHECK((f & ABORT) == FIRST, "a packet starts without its first flit");
        head_cycle[dst] = cycle;
    }
    p.push_back(f);
    if (p.size() > MAX_FLITS)
        fail("endpoint %d: packet of more than %zu flits", dst, MAX_FLITS);
    if (!(f & LAST))
        return;
    if (flip_rate && f == ABORT) { // hit on its way; its receiver drops it
        p.clear();
        return;
    }
    if (p.size() < 2)
        fail("endpoint %d: packet of one flit", dst);
    int src = static_cast<int>(p[1] & 0xffff);
    auto &queue = to_come[{src, dst}];
    while (flip_rate && !queue.empty() && queue.front() != p) {
        queue.pop_front();
        lost++;
    }
    if (queue.empty())
        fail("endpoint %d: unexpected packet from %d (%zu flits, header %08x)", dst, src, p.size(),
             static_cast<uint32_t>(p[0]));
    CHECK(queue.front() == p,
          "endpoint %d: packet from %d differs: got %zu flits serial %u, expected %zu flits serial "
          "%u",
          dst, src, p.size(), static_cast<uint32_t>(p[1]) >> 16, queue.front().size(),
          static_cast<uint32_t>(queue.front()[1]) >> 16);
    queue.pop_front();
    arrivals[dst].push_back({head_cycle[dst], cycle, src});
    p.clear();
}

inline Flit next(int src) {
    if (to_send[src].empty() || chance(idle_percent))
        return 0;
    Flit f = to_send[src].front();
    to_send[src].pop_front();
    sent_cycle[src] = cycle;
    return f | VALID;
}

inline Vohm_mesh *top;

inline void step() {
    // The host's side; its registers change with the clock as a tile's do.
    static bool in_valid = false;
    top->host_out_ready = !chance(host_stall_percent);
    settle(*top);
    bool in_taken = top->host_in_valid && top->host_in_ready;
    bool out_taken = top->host_out_valid && top->host_out_ready;
    Flit out = top->host_out_flit;
    longs += top->long_count;
    strays += top->stray_count;
    odd_flits += top->parity_count;
    edge(*top);
    if (out_taken)
        got(HOST, out);
    if (in_taken)
        in_valid = false;
    if (!in_valid) {
        Flit f = next(HOST);
        in_valid = (f & VALID) != 0;
        top->host_in_valid = in_valid;
        top->host_in_flit = f & (VALID - 1);
    }
    cycle++;
}

inline bool busy() {
    for (const auto &q : to_send)
        if (!q.empty())
            return true;
    for (const auto &q : to_come)
        if (!q.second.empty())
            return true;
    return false;
}

// Runs until all has come, then long enough for anything that should not come.
inline void drain(const char *what) {
    last_progress = cycle;
    while (busy()) {
        step();
        if (cycle - last_progress > 5000) {
            for (const auto &q : to_come)
                if (!q.second.empty())
                    fail("%s: nothing moves; %zu packets from %d to %d are missing", what,
                         q.second.size(), q.first.first, q.first.second);
            fail("%s: nothing moves; flits wait at a source", what);
        }
    }
    for (int i = 0; i < 20 + 4 * (W + H); i++)
        step();
    for (const auto &p : coming)
        CHECK(p.empty(), "a packet has no end");
    CHECK(longs == longs_expected && strays == strays_expected,
          "%s: %llu paths closed, expected %llu; %llu packets astray, expected %llu", what,
          static_cast<unsigned long long>(longs), static_cast<unsigned long long>(longs_expected),
          static_cast<unsigned long long>(strays),
          static_cast<unsigned long long>(strays_expected));
    for (auto &a : arrivals)
        a.clear();
}

} // namespace noc

#endif
