// SPDX-License-Identifier: Apache-2.0
// From the host into the mesh: good packets come through, bad ones vanish whole and are counted as
// what they are.
#ifndef BRIDGE_TO_MESH_H
#define BRIDGE_TO_MESH_H

#include "axil.h"

namespace bridge {

inline Words good_packet(size_t len) {
    static const uint32_t types[] = {OHM_TYPE_CFG_WR, OHM_TYPE_CFG_RD, OHM_TYPE_ACT,
                                     OHM_TYPE_PSUM,   OHM_TYPE_CREDIT, OHM_TYPE_PROG};
    uint32_t y = static_cast<uint32_t>(below(MESH_H));
    Words w;
    w.push_back(types[below(6)] << OHM_H0_TYPE_LSB | y << OHM_H0_Y_LSB |
                static_cast<uint32_t>(below(MESH_W)) << OHM_H0_X_LSB |
                static_cast<uint32_t>(below(static_cast<int>(y) + 1)) << OHM_H0_MC_LSB |
                static_cast<uint32_t>(below(16)) << OHM_H0_CHAN_LSB | static_cast<uint32_t>(len));
    while (w.size() < len + 2)
        w.push_back(static_cast<uint32_t>(rnd()));
    w.push_back(crc_of(w, w.size()));
    return w;
}

// Puts the words on the stream and notes what must become of them.
inline void host_sends(const Words &w, bool user) {
    for (size_t i = 0; i < w.size(); i++)
        host_out.push_back({w[i], i + 1 == w.size(), user});
    uint32_t h = w[0];
    size_t len = field(h, OHM_H0_LEN_LSB, OHM_H0_LEN_W);
    uint32_t type = field(h, OHM_H0_TYPE_LSB, OHM_H0_TYPE_W),
             y = field(h, OHM_H0_Y_LSB, OHM_H0_Y_W);
    if (len > MAX_FLITS - 2 || w.size() != len + 3) {
        bad_len++;
    } else if (crc_of(w, w.size() - 1) != w.back()) {
        bad_crc++;
    } else if (type == 0 || type == OHM_TYPE_CFG_DATA || type == OHM_TYPE_RESULT
               || type >= OHM_TYPE_EVENT || field(h, OHM_H0_HOST_LSB, 1) || y >= MESH_H
               || field(h, OHM_H0_X_LSB, OHM_H0_X_W) >= MESH_W
               || field(h, OHM_H0_MC_LSB, OHM_H0_MC_W) > y) {
        bad_dst++;
    } else {
        in_pkts++;
        Flits f(w.begin(), w.end() - 1);
        f.front() |= FIRST;
        f.back() |= LAST;
        mesh_expect[user].push_back(f);
    }
}

inline size_t length()
{
    return chance(15) ? MAX_FLITS - 2 - static_cast<size_t>(below(2))
                       : static_cast<size_t>(below(12));
}

inline Words bad_packet() {
    Words w = good_packet(length());
    size_t n = w.size();
    switch (below(7)) {
    case 0: // a bit flips anywhere
        w[static_cast<size_t>(below(static_cast<int>(n)))] ^= 1u << below(32);
        break;
    case 1: // cut short
        w.resize(1 + static_cast<size_t>(below(static_cast<int>(n) - 1)));
        break;
    case 2: // too long, in itself consistent
        w.back() = static_cast<uint32_t>(rnd());
        w.push_back(crc_of(w, w.size()));
        break;
    case 3: // LEN beyond the longest packet, and as many words
        w = good_packet(MAX_FLITS - 1 + static_cast<size_t>(below(200)));
        break;
    case 4: // does not end for long
        w.resize(n + 100 + static_cast<size_t>(below(2500)), 0x5a5a5a5a);
        break;
    default: // header: any bits, CRC right
        w[0] ^= static_cast<uint32_t>(rnd()) & ~((1u << OHM_H0_LEN_W) - 1);
        w.back() = crc_of(w, n - 1);
        break;
    }
    return w;
}

inline void test_in(int bad, int gap, int stall) {
    host_gap = gap;
    mesh_stall = stall;
    for (int i = 0; i < 400; i++)
        host_sends(chance(bad) ? bad_packet() : good_packet(length()), chance(40));
    drain();
    check_counters();
}

inline void test_in_speed() {
    host_gap = mesh_stall = 0;
    // head latency: 3 cycles after the tail was taken
    host_sends(good_packet(3), true);
    drain();
    if (tx_head_cycle - in_tail_cycle != 3)
        fail("head into the mesh %llu cycles after the tail came, expected 3",
             static_cast<unsigned long long>(tx_head_cycle - in_tail_cycle));
    // streaming: as fast as the host sends, and the last packet once more for store and forward
    uint64_t start = cycle, before = tx_flits;
    for (int i = 0; i < 50; i++)
        host_sends(good_packet(20), false);
    while (!mesh_expect[0].empty() && cycle - start < 5000)
        step();
    CHECK(tx_flits - before == 50 * 22 && cycle - start <= 50 * 23 + 22 + 4,
          "packets into the mesh do not stream");
    // out of full buffers: no gaps, and the two classes in turn
    mesh_stall = 100;
    for (int i = 0; i < 4; i++) {
        host_sends(good_packet(10), false);
        host_sends(good_packet(10), true);
    }
    for (int i = 0; i < 200; i++)
        step();
    mesh_stall = 0;
    start = cycle;
    before = tx_flits;
    bool last_user = false;
    for (int i = 0; i < 8; i++) {
        uint64_t n = mesh_packets;
        while (mesh_packets == n && cycle - start < 1000)
            step();
        CHECK(i == 0 || was_user != last_user, "the two classes do not take turns");
        last_user = was_user;
    }
    CHECK(tx_flits - before == 8 * 12 && cycle - start == 8 * 12,
          "gaps between packets into the mesh");
    drain();
}

} // namespace bridge

#endif
