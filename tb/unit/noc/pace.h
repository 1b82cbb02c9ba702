// SPDX-License-Identifier: Apache-2.0
// How fast packets are: the head of a lone one, a sink that several flows keep busy, and a copy to
// a whole column.
#ifndef NOC_PACE_H
#define NOC_PACE_H

#include <algorithm>
#include <map>
#include <vector>

#include "endpoints.h"

namespace noc {

// Head of a lone packet: 1 + PIPE cycles per router, PIPE at the exit.
inline void test_latency() {
    idle_percent = host_stall_percent = 0;
    for (int src = 0; src <= NT; src++)
        for (int dst = 0; dst <= NT; dst++) {
            if (src == HOST && dst == HOST)
                continue;
            send_to(src, dst, 2);
            while (!to_send[src].empty())
                step();
            uint64_t first_visible = sent_cycle[src] - 1; // the second flit followed at once
            while (arrivals[dst].empty() && cycle - first_visible < 1000)
                step();
            // a source's flit is visible from the end of its cycle, a receiver sees it at the end
            // of the next ones
            uint64_t latency =
                arrivals[dst].empty() ? 0 : arrivals[dst].back().head - first_visible - 1;
            const int expected = (links(src, dst) + 1) * (1 + PIPE) + PIPE;
            CHECK(latency == static_cast<uint64_t>(expected),
                  "head from %d to %d took %llu cycles, expected %d", src, dst,
                  static_cast<unsigned long long>(latency), expected);
            arrivals[dst].clear();
        }
    drain("latency");
}

// Every cycle from the first flit to the last brings one, and flows share the port packet by
// packet.
inline void busy_sink(const std::vector<int> &sources, int dst, const char *what) {
    const int packets = 40;
    size_t flits = 0;
    for (int src : sources)
        for (int i = 0; i < packets; i++) {
            size_t n = 2 + static_cast<size_t>(i % 5);
            send_to(src, dst, n);
            flits += n;
        }
    while (arrivals[dst].size() < sources.size() * packets && cycle - last_progress < 5000)
        step();
    const auto &a = arrivals[dst];
    CHECK(a.size() == sources.size() * packets, "busy sink: packets are missing");
    uint64_t took = a.back().tail - a.front().head + 1;
    CHECK(took == flits, "%s: %zu flits took %llu cycles", what, flits,
          static_cast<unsigned long long>(took));
    // turns: while all flows still have packets, the sink's own tile, if it sends, has one in five
    // and the others have equal parts, to a packet; the first rounds may lack those that are
    // farther away
    std::map<int, int> count;
    int lead = static_cast<int>(sources.size()) * 10, all = lead * 2;
    for (int i = lead; i < all; i++)
        count[a[static_cast<size_t>(i)].source]++;
    const int others =
        static_cast<int>(sources.size() - std::count(sources.begin(), sources.end(), dst));
    // channels share a link flit by flit, so with several of them a source's part depends on who
    // shares its channel
    for (int src : sources) {
        const int own = others && others < static_cast<int>(sources.size()) ? (all - lead) / 5 : 0;
        const int part = src == dst && others ? own : (all - lead - own) / (others ? others : 1);
        if (NVC == 1 ? std::abs(count[src] - part) > 1 : count[src] < (src == dst ? 2 : 4))
            fail("%s: source %d got %d of %d packets, not %d", what, src, count[src], all - lead,
                 part);
    }
    checks++;
    drain(what);
}

inline void test_throughput() {
    idle_percent = host_stall_percent = 0;
    int far = NT - 1;
    busy_sink({HOST}, far, "one flow from the host");
    busy_sink({far}, HOST, "one flow to the host");
    busy_sink({0}, far, "one flow");
    if (NT == 1)
        busy_sink({HOST, 0}, 0, "two flows");
    if (W > 1 && H > 1) {
        busy_sink({tile(0, 0), tile(0, 1)}, tile(1, 1), "two flows");
        busy_sink({tile(0, 0), tile(0, 1), tile(1, 1)}, tile(1, 1), "three flows");
        busy_sink({HOST, tile(1, 0), tile(0, 0), tile(0, 1)}, tile(0, 0), "four flows");
    }
    // a copy to a whole column costs no more than one packet (with channels: a cycle more, for the
    // shared exits)
    for (int i = 0; i < 40; i++)
        send(HOST, false, W - 1, H - 1, H - 1, 10);
    while (busy() && cycle - last_progress < 5000)
        step();
    for (int y = 0; y < H; y++) {
        const auto &a = arrivals[tile(W - 1, y)];
        uint64_t took = a.empty() ? 0 : a.back().tail - a.front().head + 1;
        CHECK(a.size() == 40 && (NVC == 1 ? took == 400 : took <= 440),
              "multicast from the host has gaps");
    }
    drain("multicast throughput");
}

} // namespace noc

#endif
