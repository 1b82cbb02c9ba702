// SPDX-License-Identifier: Apache-2.0
// From the mesh to the host: good packets come through, what is none is counted, and a full buffer
// drops whole packets.
#ifndef BRIDGE_TO_HOST_H
#define BRIDGE_TO_HOST_H

#include "axil.h"
#include "to_mesh.h"

namespace bridge {

inline void mesh_sends(const Flits &f) { mesh_out.insert(mesh_out.end(), f.begin(), f.end()); }

// from the mesh, legal; room: it must not be dropped
inline void mesh_sends_good(size_t len, bool room) {
    Words w;
    w.push_back(static_cast<uint32_t>(OHM_TYPE_RESULT) << OHM_H0_TYPE_LSB | 1u << OHM_H0_HOST_LSB |
                static_cast<uint32_t>(below(16)) << OHM_H0_CHAN_LSB | static_cast<uint32_t>(len));
    while (w.size() < len + 2)
        w.push_back(static_cast<uint32_t>(rnd()));
    Flits f(w.begin(), w.end());
    f.front() |= FIRST;
    f.back() |= LAST;
    mesh_sends(f);
    w.push_back(crc_of(w, w.size()));
    host_may_miss.push_back(!room && words_for_host() + w.size() - 1 > OUT_DEPTH);
    host_expect.push_back(w);
}

inline void mesh_sends_bad() {
    size_t len = 1 + static_cast<size_t>(below(12));
    Flits f{FIRST | static_cast<uint64_t>(OHM_TYPE_RESULT) << OHM_H0_TYPE_LSB
            | 1u << OHM_H0_HOST_LSB | len};
    while (f.size() < len + 2)
        f.push_back(rnd() & 0xffffffffu);
    switch (below(4)) {
    case 0: // shorter than its LEN
        f.pop_back();
        f.back() |= LAST;
        break;
    case 1: // longer
        f.push_back(LAST | 7);
        break;
    case 2: // ended by a router
        f.pop_back();
        f.push_back(LAST | FIRST);
        break;
    default: // no end; a good packet follows
        break;
    }
    mesh_sends(f);
    out_strays++;
    if (chance(30)) { // flits of no packet, after one that has an end
        mesh_sends_good(2, true);
        mesh_out.push_back(rnd() & 0xffffffffu);
        mesh_out.push_back(LAST | 1);
        mesh_out.push_back(LAST | FIRST);
    }
}

inline void test_out(int bad, int gap, int stall) {
    mesh_gap = gap;
    host_stall = stall;
    for (int i = 0; i < 400; i++) {
        if (chance(bad))
            mesh_sends_bad();
        mesh_sends_good(length(), true);
        while (!mesh_out.empty() || words_for_host() > OUT_DEPTH - 2 * MAX_FLITS)
            step();
    }
    drain();
    check_counters();
}

inline void test_out_full() {
    mesh_gap = 0;
    host_stall = 80;
    uint64_t before = missed;
    for (int i = 0; i < 600; i++) {
        mesh_sends_good(length(), false);
        while (!mesh_out.empty())
            step();
    }
    host_stall = 0;
    drain();
    CHECK(missed - before > 100, "the full output buffer dropped nothing");
    // the host stops for ever: the buffer holds what fits, to the word
    host_stall = 100;
    before = missed;
    for (int i = 0; i < 8; i++)
        mesh_sends_good(OUT_DEPTH / 4 - 2, false);
    while (!mesh_out.empty())
        step();
    host_stall = 0;
    drain();
    CHECK(missed - before <= 4, "the output buffer does not hold its depth");
    check_counters();
}

inline void test_out_speed() {
    mesh_gap = host_stall = 0;
    mesh_sends_good(6, true);
    drain();
    CHECK(m_head_cycle - rx_tail_cycle == 2,
          "head to the host %llu cycles after the tail came, expected 2",
          static_cast<unsigned long long>(m_head_cycle - rx_tail_cycle));
}

} // namespace bridge

#endif
