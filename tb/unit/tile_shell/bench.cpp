// SPDX-License-Identifier: Apache-2.0
// Bench of the tile shell: ohm_tile with a stand-in core. It plays host, producers and consumers of
// one tile with random good and bad packets, and knows every packet, configuration write and
// counter that must come out. Its parts are headers, because the compiler starts anew for each
// configuration.
//
// usage: bench <seed> <rounds>
#include "Vohm_tile__Dpi.h"
#include "verilated.h"

#include "rounds.h"

using namespace shell;

// Until reset has taken hold the registers hold anything.
extern "C" void bench_fail(const char *what)
{
    if (!top->rst) bench::fail("core: %s", what);
}
extern "C" void bench_cfg(int addr, int data)
{
    if (top->rst) return;
    CHECK(!want_cfg.empty(), "configuration write %04x = %08x, expected none", addr, data);
    Write w = want_cfg.front();
    want_cfg.pop_front();
    CHECK(w.addr == (uint32_t)addr && w.data == (uint32_t)data,
          "configuration write %04x = %08x, expected %04x = %08x", addr, data, w.addr, w.data);
}
extern "C" void bench_prog(int macro, int dev, int row, int col, int data)
{
    if (top->rst) return;
    CHECK(!want_prog.empty(), "programming of row %d column %d, expected none", row, col);
    Prog p = want_prog.front();
    want_prog.pop_front();
    CHECK((int)p.dev == dev && (int)p.row == row && (int)p.col == col && p.data == (uint32_t)data,
          "programmed device %d row %d column %d data %08x, expected %u %u %u %08x", dev, row, col,
          data, p.dev, p.row, p.col, p.data);
    CHECK(macro == top->tile_y * 16 + top->tile_x, "macro_id %d", macro);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: bench <seed> <rounds>\n");
        return 2;
    }
    bench::title = std::string("tile_shell seed ") + argv[1];
    bench::seed(argv[1]);
    VerilatedContext context;
    context.randReset(2);
    context.randSeed(std::atoi(argv[1]) + 1);
    Vohm_tile model(&context);
    top = &model;
    waves(model, std::string(argv[0]) + ".fst");
    top->tile_x = below(16);
    top->tile_y = below(16);
    reset(model, 3, shell::tick);
    for (int r = std::atoi(argv[2]); r > 0; r--) {
        traffic_round();
        if (r % 4 == 0) full_round();
        if (r % 4 == 2) window_round();
    }
    unsigned kinds = 0;
    for (const Words &d : details) kinds += !d.empty();
    CHECK(kinds == 8 || std::atoi(argv[2]) < 8, "only %u of 8 events occurred", kinds);
    return end();
}
