// SPDX-License-Identifier: Apache-2.0
// The two sides of the bridge, a host on the AXI streams and a mesh on the host link, both with
// random gaps and stalls: what each sends, and every packet that must come of it.
#ifndef BRIDGE_PORTS_H
#define BRIDGE_PORTS_H

#include <zlib.h>

#include <deque>
#include <vector>

#include "Vohm_bridge.h"
#include "ohm_bench.h"
#include "ohm_map.h"

namespace bridge {

using namespace bench;

using Words = std::vector<uint32_t>;
using Flits = std::vector<uint64_t>; // {last, first, data[31:0]}
constexpr uint64_t FIRST = 1ULL << 32, LAST = 1ULL << 33;
constexpr int MESH_W = 3, MESH_H = 2;
constexpr size_t MAX_FLITS = 66, OUT_DEPTH = 256;

inline Vohm_bridge *top;

inline uint32_t crc_of(const Words &w, size_t n) {
    uLong crc = crc32(0, nullptr, 0);
    for (size_t i = 0; i < n; i++) {
        Bytef b[4] = {static_cast<Bytef>(w[i]), static_cast<Bytef>(w[i] >> 8),
                      static_cast<Bytef>(w[i] >> 16), static_cast<Bytef>(w[i] >> 24)};
        crc = crc32(crc, b, 4);
    }
    return static_cast<uint32_t>(crc);
}
inline uint32_t field(uint32_t word, int lsb, int width)
{
    return word >> lsb & ((1u << width) - 1);
}

// ---- what each side has to send, and what must come ----

struct Beat { uint32_t data; bool last, user; };
inline std::deque<Beat> host_out;            // host to chip
inline std::deque<uint64_t> mesh_out;        // mesh to chip
inline std::deque<Flits> mesh_expect[2];     // per class
inline std::deque<Words> host_expect;        // CRC included
inline std::deque<bool> host_may_miss;       // it may have been dropped for want of room
inline Flits mesh_coming;
inline Words host_coming;
inline uint64_t missed, mesh_packets, host_packets;
inline int host_gap, mesh_gap, mesh_stall, host_stall; // percent
inline uint64_t in_tail_cycle, tx_head_cycle, tx_flits, tx_last_cycle, rx_tail_cycle,
    m_head_cycle, progress_cycle;
inline bool was_user;

inline void mesh_takes(uint64_t flit) {
    if (mesh_coming.empty())
        tx_head_cycle = cycle;
    tx_flits++;
    tx_last_cycle = cycle;
    mesh_coming.push_back(flit);
    if (!(flit & LAST))
        return;
    int hit = -1;
    for (int c = 0; c < 2; c++)
        if (!mesh_expect[c].empty() && mesh_expect[c].front() == mesh_coming)
            hit = c;
    CHECK(hit >= 0, "packet into the mesh was not expected (%zu flits, header %08x)",
          mesh_coming.size(), static_cast<uint32_t>(mesh_coming[0]));
    mesh_expect[hit].pop_front();
    was_user = hit == 1;
    mesh_packets++;
    mesh_coming.clear();
}

inline void host_takes(uint32_t data, bool last) {
    if (host_coming.empty())
        m_head_cycle = cycle;
    host_coming.push_back(data);
    if (!last)
        return;
    while (!host_expect.empty() && host_expect.front() != host_coming) {
        if (!host_may_miss.front())
            fail("packet to the host is missing (%zu flits) before one of %zu",
                 host_expect.front().size(), host_coming.size());
        missed++;
        host_expect.pop_front();
        host_may_miss.pop_front();
    }
    CHECK(!host_expect.empty(), "packet to the host was not expected (%zu flits)",
          host_coming.size());
    host_expect.pop_front();
    host_may_miss.pop_front();
    host_packets++;
    host_coming.clear();
}

inline size_t words_for_host() {
    size_t n = 0;
    for (const auto &w : host_expect)
        n += w.size() - 1;
    return n;
}

inline void step() {
    top->tx_ready = !chance(mesh_stall);
    top->m_axis_tready = !chance(host_stall);
    bool from_mesh = !mesh_out.empty() && !chance(mesh_gap);
    top->rx_valid = from_mesh;
    top->rx_flit = from_mesh ? mesh_out.front() : rnd() & (LAST | FIRST | 0xffffffffu);
    if (!top->s_axis_tvalid && !host_out.empty() && !chance(host_gap)) {
        top->s_axis_tvalid = 1;
        top->s_axis_tdata = host_out.front().data;
        top->s_axis_tlast = host_out.front().last;
        top->s_axis_tuser = host_out.front().user;
    }
    settle(*top);
    bool s_taken = top->s_axis_tvalid && top->s_axis_tready;
    bool tx = top->tx_valid, tx_taken = tx && top->tx_ready;
    bool m = top->m_axis_tvalid, m_taken = m && top->m_axis_tready, m_last = top->m_axis_tlast;
    uint64_t flit = top->tx_flit;
    uint32_t m_data = top->m_axis_tdata;
    bool running = !top->rst && !top->mesh_rst;
    if (from_mesh)
        CHECK(top->rx_ready, "the mesh was pushed back");
    edge(*top);
    // what is offered stays until it is taken
    if (running && !top->mesh_rst) {
        if (tx && !tx_taken)
            CHECK(top->tx_valid && top->tx_flit == flit,
                  "a flit for the mesh changed before it was taken");
        if (m && !m_taken)
            CHECK(top->m_axis_tvalid && top->m_axis_tdata == m_data && top->m_axis_tlast == m_last,
                  "a word for the host changed before it was taken");
    }
    cycle++;
    if (s_taken || tx_taken || m_taken)
        progress_cycle = cycle;
    if (s_taken) {
        if (host_out.front().last)
            in_tail_cycle = cycle;
        host_out.pop_front();
        top->s_axis_tvalid = 0;
    }
    if (tx_taken)
        mesh_takes(flit);
    if (m_taken)
        host_takes(m_data, m_last);
    if (from_mesh) {
        if (mesh_out.front() & LAST)
            rx_tail_cycle = cycle;
        mesh_out.pop_front();
    }
}

inline void drain() {
    progress_cycle = cycle;
    while (!host_out.empty() || !mesh_out.empty() || !mesh_expect[0].empty()
           || !mesh_expect[1].empty() || !host_expect.empty()) {
        step();
        if (cycle - progress_cycle > 5000) {
            if (!host_expect.empty() && host_may_miss.front()) {
                missed++;
                host_expect.pop_front();
                host_may_miss.pop_front();
            } else
                fail("nothing moves: %zu beats, %zu flits, %zu + %zu packets into the mesh, %zu to "
                     "the host are left",
                     host_out.size(), mesh_out.size(), mesh_expect[0].size(), mesh_expect[1].size(),
                     host_expect.size());
        }
    }
    for (int i = 0; i < 300; i++)
        step();
    CHECK(mesh_coming.empty() && host_coming.empty(), "a packet has no end");
}

} // namespace bridge

#endif
