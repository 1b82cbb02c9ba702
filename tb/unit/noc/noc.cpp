// SPDX-License-Identifier: Apache-2.0
// Mesh bench: drives ohm_mesh with traffic endpoints in place of tiles and checks every flit that
// comes out. Each endpoint (tiles 0 ... NT-1, NT the host) has a queue of flits to send; each
// (source, destination) pair has a queue of packets to come, bit for bit, and all queues must be
// empty at the end. Usage: noc W H MAX_FLITS NVC PIPE PARITY SEED
#include <cstdlib>
#include <string>

#include "flips.h"
#include "pace.h"
#include "patterns.h"

using namespace noc;

// A flit is written into a queue of `bits` bits: the bits that change on the way.
extern "C" unsigned long long noc_flip(int bits) {
    if (!flip_rate || bits != 35 || rnd() % flip_rate)
        return 0;
    flips++;
    return 1ULL << below(bits);
}
extern "C" unsigned long long noc_next(int x, int y) { return next(tile(x, y)); }
extern "C" int noc_stall(int, int) { return chance(exit_stall_percent); }
extern "C" void noc_got(int x, int y, unsigned long long flit) { got(tile(x, y), flit); }

int main(int argc, char **argv) {
    if (argc != 8) {
        std::printf("usage: noc W H MAX_FLITS NVC PIPE PARITY SEED\n");
        return 2;
    }
    W = std::atoi(argv[1]);
    H = std::atoi(argv[2]);
    MAX_FLITS = static_cast<size_t>(std::atoi(argv[3]));
    bench::seed(argv[7]);
    bench::title = std::string("noc ") + argv[1] + "x" + argv[2];
    NVC = std::atoi(argv[4]);
    PIPE = std::atoi(argv[5]);
    HOST = NT = W * H;
    size_t ends = static_cast<size_t>(NT) + 1;
    to_send.resize(ends);
    coming.resize(ends);
    serial.resize(ends);
    arrivals.resize(ends);
    head_cycle.resize(ends);
    sent_cycle.resize(ends);

    VerilatedContext context;
    Vohm_mesh model{&context, "mesh"};
    top = &model;
    waves(model, std::string(argv[0]) + ".fst");
    reset(model, 3, step);
    step();

    test_latency();
    test_throughput();
    test_turning_back();
    for (int p = UNIFORM; p < PATTERNS; p++)
        for (int idle : {0, 70})
            for (int stall : {0, 60, 97})
                test_pattern(static_cast<Pattern>(p), idle, stall);
    if (std::atoi(argv[6]))
        test_flips();
    top->final();
    std::printf("noc %dx%d: %llu cycles\n", W, H, static_cast<unsigned long long>(cycle));
    return end();
}
