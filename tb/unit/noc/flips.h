// SPDX-License-Identifier: Apache-2.0
// Bits that flip in the routers' queues.
#ifndef NOC_FLIPS_H
#define NOC_FLIPS_H

#include "patterns.h"

namespace noc {

// Bits flip in the routers' queues: what arrives is right, bit for bit and in order; hit packets
// are missing, no other. No path stays open, none is followed that no header asked for, and each
// hit is counted.
inline void test_flips() {
    flip_rate = 3000;
    for (int round = 0; round < 20; round++) {
        for (int src = 0; src <= NT; src++)
            for (int i = 0; i < 100; i++)
                send_pattern(src, round % 2 ? MULTICAST : MIXED);
        uint64_t seen = 0;
        for (int quiet = 0; quiet < 1000; quiet = last_progress == seen ? quiet + 1 : 0) {
            seen = last_progress;
            step();
        }
        for (auto &q : to_come) {
            lost += q.second.size();
            q.second.clear();
        }
        for (const auto &q : to_send)
            CHECK(q.empty(), "flips: a flit waits at a source");
        for (const auto &p : coming)
            CHECK(p.empty(), "flips: a path stayed open");
    }
    flip_rate = 0;
    CHECK(longs == longs_expected && strays == strays_expected,
          "flips: a path was closed for its length, or left the mesh");
    CHECK(flips > 100 && odd_flits <= flips, "flips: more flits counted than hit");
    CHECK(odd_flits * 100 >= flips * 98,
          "flips: fewer flits counted than hit"); // two at once in a router count once
    CHECK(lost > 0 && lost <= flips * static_cast<uint64_t>(H),
          "flips: more packets lost than hit");
    std::printf("%llu flits hit, %llu packets lost\n", static_cast<unsigned long long>(flips),
                static_cast<unsigned long long>(lost));
    for (int src = 0; src <= NT; src++) // and all is as it was
        for (int i = 0; i < 40; i++)
            send_pattern(src, MIXED);
    drain("after flips");
}

} // namespace noc

#endif
