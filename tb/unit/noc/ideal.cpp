// SPDX-License-Identifier: Apache-2.0
#include "ideal.h"

#include "ohm_map.h"

namespace {
constexpr Flit FIRST = 1ULL << 32, LAST = 1ULL << 33;
}

Ideal::Ideal(int width_, int height_, int depth_, int channels_)
    : width(width_), height(height_), depth(depth_), channels(channels_),
      routers(static_cast<std::size_t>(width_ * height_)), age(routers.size())
{
    for (auto &r : routers)
        for (int p = 0; p < PORTS; p++)
            for (int c = 0; c < CHANNELS; c++) {
                r.in[p][c].out = -1;
                r.taken[p][c] = false;
            }
}

int Ideal::route(int at, Flit header) const {
    int x = at % width, y = at / width;
    int to_x = static_cast<int>(header >> OHM_H0_X_LSB & 15),
        to_y = static_cast<int>(header >> OHM_H0_Y_LSB & 15);
    return to_x > x ? E : to_x < x ? W : to_y > y ? N : to_y < y ? S : L;
}

int Ideal::neighbour(int at, int out) const
{
    return at + (out == N ? width : out == E ? 1 : out == S ? -width : -1);
}

void Ideal::step(Flit (*next)(int), void (*got)(int, Flit)) {
    static const int opposite[] = {S, W, N, E};
    for (auto &r : routers)
        for (int p = 0; p < PORTS; p++)
            for (int c = 0; c < channels; c++)
                r.in[p][c].room = static_cast<int>(r.in[p][c].items.size()) < depth;
    for (int i = 0; i < width * height; i++)
        for (int out = 0; out < PORTS; out++) {
            Router &r = routers[static_cast<std::size_t>(i)];
            Queue *best = nullptr, *best_to = nullptr;
            bool *best_taken = nullptr;
            for (int p = 0; p < PORTS; p++)
                for (int c = 0; c < channels; c++) {
                    Queue &q = r.in[p][c];
                    if (q.items.empty())
                        continue;
                    const Item &head = q.items.front();
                    bool *taken =
                        &r.taken[out][out == L ? 0 : c]; // an exit takes one packet at a time
                    if (q.out < 0 ? route(i, head.flit) != out || *taken : q.out != out)
                        continue;
                    Queue *to = out == L ? nullptr
                                         : &routers[static_cast<std::size_t>(neighbour(i, out))]
                                                .in[opposite[out]][c];
                    if ((to && !to->room) || (best && head.age > best->items.front().age))
                        continue;
                    best = &q;
                    best_to = to;
                    best_taken = taken;
                }
            if (!best)
                continue;
            Item item = best->items.front();
            best->items.pop_front();
            bool last = (item.flit & LAST) != 0;
            best->out = last ? -1 : out;
            *best_taken = !last;
            if (best_to)
                arrivals.push_back({best_to, item});
            else
                got(i, item.flit);
        }
    // A source has one channel, as in ohm_mesh.
    for (int i = 0; i < width * height; i++) {
        Queue &q = routers[static_cast<std::size_t>(i)].in[L][(i % width + i / width) % channels];
        if (!q.room)
            continue;
        Flit f = next(i);
        if (!f)
            continue;
        uint64_t &a = age[static_cast<std::size_t>(i)];
        if (f & FIRST)
            a = packets++;
        arrivals.push_back({&q, {f, a}});
    }
    for (const Arrival &a : arrivals)
        a.queue->items.push_back(a.item);
    arrivals.clear();
}
