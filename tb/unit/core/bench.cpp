// SPDX-License-Identifier: Apache-2.0
// Unit bench of ohm_core: random descriptors, weights and vectors against a plain model of
// docs/reference/numeric.md.
//
// Around the core (drive.h) stand a pin-level macro (macro.h), sources and a sink; reference.h says
// what must come out. It is built for one size: -DROWS= -DCOLS= -DCODE_W= -DACC_F= -DACC_BANKS=
// -DNSLICE= -DNSTREAM= -DMODES= -DSERIAL= -DADC= -DMUX= -DADC_CYCLES= -DADC_BITS=. Its parts are
// headers, because the compiler starts anew for each size. Run: bench SEED TESTS, bench 1 0 table
// (the cycle table), bench 1 0 exhaustive (of a 4 x 4 core with 4-bit codes).
#include "verilated.h"

#include "exhaustive.h"
#include "random_tests.h"
#include "refusals.h"
#include "speed.h"

namespace core {
struct Bench : Refusals, Exhaustive, Speed {};
}

int main(int argc, char **argv) {
    Verilated::commandArgs(argc, argv);
    if (argc < 3) return fprintf(stderr, "usage: bench SEED TESTS [table | exhaustive]\n"), 2;
    const std::string what = argc > 3 ? argv[3] : "";
    bench::title = "core " + std::to_string(ROWS) + "x" + std::to_string(COLS) + " seed " + argv[1];
    bench::seed(argv[1]);
    const int tests = atoi(argv[2]);
    static core::Bench b;   // large
    bench::waves(b.d, std::string(argv[0]) + ".fst");
    b.reset();
    if (what == "table") return b.table(), 0;
    if (what == "exhaustive") return b.exhaustive(), bench::end();
    b.refusal_test();
    for (int i = 0; i < tests; i++) {
        b.random_test();
        if (i % 4 == 0) b.disable_test();
    }
    printf("core %dx%d, %d banks, seed %s: %llu reads\n", ROWS, COLS, ACC_BANKS, argv[1],
           static_cast<unsigned long long>(b.macro.reads));
    b.coverage.report();
    b.throughputs();
    return bench::end();
}
