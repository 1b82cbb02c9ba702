// SPDX-License-Identifier: Apache-2.0
//
// Ideal queues: what the buffers and links of the mesh could carry at best, to hold the routers
// against.
//
// Same routes (X first, then Y), same queues of DEPTH flits per input and channel, whose places are
// free again one cycle after a flit has left, one flit per link and cycle, packets in one piece per
// channel, one cycle per hop. Ideal is the choice at every link: of all packets that could move,
// the one that entered the mesh first. No copies, no host.
#ifndef IDEAL_H
#define IDEAL_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

using Flit = uint64_t; // {valid, last, first, data[31:0]}

class Ideal {
public:
    Ideal(int width, int height, int depth, int channels);
    // One cycle. next: a flit of source i, 0 for none; got: a flit at sink i.
    void step(Flit (*next)(int), void (*got)(int, Flit));

private:
    enum { N, E, S, W, L, PORTS, CHANNELS = 4 };
    struct Item {
        Flit flit;
        uint64_t age; // of its packet: rising with time
    };
    struct Queue {
        std::deque<Item> items;
        int out;   // output of the packet under way, -1: none
        bool room; // at the start of the cycle
    };
    struct Router {
        Queue in[PORTS][CHANNELS];
        bool taken[PORTS][CHANNELS]; // the output's channel is in a packet
    };
    struct Arrival {
        Queue *queue;
        Item item;
    };

    int route(int at, Flit header) const;
    int neighbour(int at, int out) const;

    int width, height, depth, channels;
    uint64_t packets = 0;
    std::vector<Router> routers;
    std::vector<uint64_t> age; // of each source's packet
    std::vector<Arrival> arrivals;
};

#endif
