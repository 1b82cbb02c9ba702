// SPDX-License-Identifier: Apache-2.0
#include "ideal.h"

#include "ohm_map.h"

namespace {
constexpr Flit FIRST = 1ULL << 32, LAST = 1ULL << 33;
}

Ideal::Ideal(int width_, int height_, int depth_, int channels_)
    : width(width_), height(height_), depth(depth_), channels(channels_), routers(static_cast<std::size_t>(width_ * height_)),
      age(routers.size()) {
    for (auto &r : routers)
        for (int p = 0; p < PORTS; p++)
            for (int c = 0; c < CHANNELS; c++) {
                r.in[p][c].out = -1;
                r.taken[p][c] = false;
            }
    for (int i = 0; i < width * height; i++)
        order.push_back({i, L});
    for (int y = height - 2; y >= 0; y--)
        for (int x = 0; x < width; x++)
            order.push_back({y * width + x, N});
    for (int y = 1; y < height; y++)
        for (int x = 0; x < width; x++)
            order.push_back({y * width + x, S});
    for (int x = width - 2; x >= 0; x--)
        for (int y = 0; y < height; y++)
            order.push_back({y * width + x, E});
    for (int x = 1; x < width; x++)
        for (int y = 0; y < height; y++)
            order.push_back({y * width + x, W});
}

int Ideal::route(int at, Flit header) const {
    int x = at % width, y = at / width;
    int to_x = static_cast<int>(header >> OHM_H0_X_LSB & 15), to_y = static_cast<int>(header >> OHM_H0_Y_LSB & 15);
    return to_x > x ? E : to_x < x ? W : to_y > y ? N : to_y < y ? S : L;
}

int Ideal::neighbour(int at, int out) const { return at + (out == N ? width : out == E ? 1 : out == S ? -width : -1); }

void Ideal::step(Flit (*next)(int), void (*got)(int, Flit)) {
    static const int opposite[] = {S, W, N, E};
    for (const Output &o : order) {
        Router &r = routers[static_cast<std::size_t>(o.router)];
        Queue *best = nullptr;
        int best_channel = 0;
        for (int p = 0; p < PORTS; p++)
            for (int c = 0; c < channels; c++) {
                Queue &q = r.in[p][c];
                if (q.items.empty())
                    continue;
                const Item &head = q.items.front();
                int lane = o.port == L ? 0 : c; // an exit takes one packet at a time
                if (q.out < 0 ? route(o.router, head.flit) != o.port || r.taken[o.port][lane] : q.out != o.port)
                    continue;
                if (o.port != L) {
                    const Queue &to = routers[static_cast<std::size_t>(neighbour(o.router, o.port))].in[opposite[o.port]][c];
                    if (static_cast<int>(to.items.size()) >= depth)
                        continue;
                }
                if (!best || head.age < best->items.front().age) {
                    best = &q;
                    best_channel = c;
                }
            }
        if (!best)
            continue;
        Item item = best->items.front();
        best->items.pop_front();
        bool last = (item.flit & LAST) != 0;
        best->out = last ? -1 : o.port;
        r.taken[o.port][o.port == L ? 0 : best_channel] = !last;
        if (o.port == L)
            got(o.router, item.flit);
        else
            arrivals.push_back({&routers[static_cast<std::size_t>(neighbour(o.router, o.port))].in[opposite[o.port]][best_channel], item});
    }
    // A source has one channel, as in ohm_mesh.
    for (int i = 0; i < width * height; i++) {
        Queue &q = routers[static_cast<std::size_t>(i)].in[L][(i % width + i / width) % channels];
        if (static_cast<int>(q.items.size()) >= depth)
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
