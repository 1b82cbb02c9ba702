// SPDX-License-Identifier: Apache-2.0
// Traffic of every pattern, packets that are wrong in every way a sender can be wrong, and turns
// that no route makes.
#ifndef NOC_PATTERNS_H
#define NOC_PATTERNS_H

#include "endpoints.h"

namespace noc {

enum Pattern {
    UNIFORM, TRANSPOSE, TORNADO, HOTSPOT, NEIGHBOUR, COMPLEMENT, MULTICAST, TO_HOST, MIXED, BROKEN,
    PATTERNS
};
inline const char *const pattern_name[] = {"uniform",   "transpose",      "tornado",   "hotspot",
                                    "neighbour", "bit complement", "multicast", "to host",
                                    "mixed",     "broken packets"};

inline size_t length()
{
    return chance(3) ? MAX_FLITS - static_cast<size_t>(below(2))
                      : 2 + static_cast<size_t>(below(12));
}

inline void send_multicast(int src) {
    int y = below(H);
    send(src, false, below(W), y, below(y + 1), length());
}

// Wrong in every way a sender can be wrong; what follows must arrive unharmed.
inline void send_broken(int src) {
    int kind = below(5);
    int x = below(W), y = below(H), mc = below(y + 1);
    Packet p;
    switch (kind) {
    case 0: // no last flit; the next packet ends it
        p = make(src, false, x, y, mc, length());
        p.back() &= ~LAST;
        expect_copies(src, false, x, y, mc, seen(p, true));
        longs_expected++;
        break;
    case 1: // longer than legal, its last flit late, or lost, or on the first that is too many
        p = make(src, false, x, y, mc, MAX_FLITS + 1 + static_cast<size_t>(below(10)));
        if (chance(50))
            p.back() &= ~LAST;
        expect_copies(src, false, x, y, mc, seen(p, false));
        longs_expected++;
        break;
    case 2: // flits of no packet
        p = make(src, false, x, y, 0, 2 + static_cast<size_t>(below(6)));
        p.front() &= ~FIRST;
        break;
    case 3: // an abort flit of no packet
        p.push_back(ABORT | static_cast<uint32_t>(rnd()));
        break;
    default: // to a tile that does not exist: east, or north with copies on the way
        if (W < 16 && chance(50))
            x = W + below(16 - W);
        else if (H < 16)
            y = H + below(16 - H);
        send(src, false, x, y, below(y + 1), length());
        return;
    }
    to_send[src].insert(to_send[src].end(), p.begin(), p.end());
}

inline void send_pattern(int src, Pattern pattern) {
    int x = col(src), y = row(src), dst = below(NT + (src != HOST));
    if (src == HOST && pattern != MULTICAST && pattern != MIXED && pattern != BROKEN)
        pattern = UNIFORM;
    switch (pattern) {
    case TRANSPOSE:
        if (y < W && x < H)
            dst = tile(y, x);
        break;
    case TORNADO:
        dst = tile((x + (W + 1) / 2 - 1 + W) % W, (y + (H + 1) / 2 - 1 + H) % H);
        break;
    case HOTSPOT:
        if (chance(50))
            dst = NT / 2;
        break;
    case NEIGHBOUR:
        dst = chance(50) ? tile((x + 1) % W, y) : tile(x, (y + 1) % H);
        break;
    case COMPLEMENT:
        dst = tile(W - 1 - x, H - 1 - y);
        break;
    case TO_HOST:
        dst = HOST;
        break;
    case MULTICAST:
        send_multicast(src);
        return;
    case MIXED:
    case BROKEN:
        // the host's packets were checked by the bridge
        if (pattern == BROKEN && src != HOST && chance(40))
            send_broken(src);
        else if (chance(50)) {
            send_multicast(src);
            return;
        }
        break;
    default:
        break;
    }
    send_to(src, dst, length());
}

inline void test_pattern(Pattern pattern, int idle, int stall) {
    const int packets = NT > 16 ? 40 : 120;
    idle_percent = idle;
    host_stall_percent = stall;
    exit_stall_percent = stall / 3; // tiles always take; the mesh does not rest on it
    for (int src = 0; src <= NT; src++)
        for (int i = 0; i < packets; i++)
            send_pattern(src, pattern);
    for (int src = 0; src <= NT; src++)
        send_to(src, below(NT), 5); // ends what a broken packet left open
    drain(pattern_name[pattern]);
}

// Packets from the host to the host ask for a turn that X-then-Y never makes: each is dropped whole
// and counted, some without an end, one behind the other and between good ones, which all arrive.
inline void test_turning_back() {
    idle_percent = host_stall_percent = exit_stall_percent = 0;
    for (int round = 0; round < 3; round++) { // the last with stalls
        for (int i = 0; i < 60; i++) {
            for (int src = 0; src < NT; src++)
                send_pattern(src, MIXED);
            Packet p = make(HOST, true, 0, 0, 0, length());
            if (chance(30))
                p.back() &= ~LAST;
            to_send[HOST].insert(to_send[HOST].end(), p.begin(), p.end());
            longs_expected++;
            if (chance(50))
                send_pattern(HOST, UNIFORM);
        }
        send_to(HOST, below(NT), 5);
        drain("turning back");
        idle_percent = 30 * round;
        host_stall_percent = exit_stall_percent = 20 * (round + 1);
    }
}

} // namespace noc

#endif
