// SPDX-License-Identifier: Apache-2.0
// Unit bench of ohm_window with ohm_ibuf and ohm_pool: random maps, kernels, blocks and residuals
// against plain loops over the lines (contract.h), and every move against the cycles that
// ohm_window's header promises (times.h).
//
// The bench sends lines in packets of several producers as soon as credits allow, so a slot that is
// freed too early is overwritten and seen; lines are poison or lost now and then; core and output
// stage pause at random. Built for one size: -DROWS= -DCOLS= -DIBUF_WORDS= -DNSTREAM= -DACC_BANKS=.
// Its parts are headers, because the compiler starts anew for each size. Run: bench SEED TESTS.
#include "verilated.h"

#include "compute.h"
#include "feed.h"
#include "setups.h"
#include "times.h"

namespace window {

struct Bench : Feed, Compute, Setups, Times {
    void tick() {
        if (d.enable) feed();
        settle(d);
        s = {d.chk_addr_ok != 0, d.lost != 0,       d.take != 0,       d.pop != 0,
             d.vec_valid != 0,   d.vec_poison != 0, d.core_ready != 0, d.res_valid != 0,
             d.res_done != 0,    d.res_poison != 0, d.stream,          d.rsd_rdata,
             d.res_idx,          d.lost_seq,        d.vec_seq,         d.vec_rdata,
             d.res_data,         d.res_seq};
        edge(d);
        if (d.enable) {         // all but feed set inputs of the next cycle
            watch_feed();
            watch_lines();
            take_outputs();
            read_vectors();
            post_process();
        }
        cycle++;
    }

    void forget() {
        moves.clear(), seen_at.clear(), popped_at.clear(), rsd_popped_at.clear(), poison.clear(),
            ready.clear(), out.clear();
        block = Emit();
        sums.assign(256, 0);
        in_block = 0, block_poison = false;
        pkt = {};
        load = shown = asked = -1, load_gap = 0, post = 0, post_gap = 0, out_gap = 0, emitted = 0,
        rsd_asked = -1;
        d.chk = d.word_valid = d.commit = d.vec_pop = d.rsd_re = d.rsd_pop = d.core_valid =
            d.core_done = d.core_poison = 0;
        d.res_ready = 1;
    }

    void test() {
        random_setup();
        configure();
        forget();
        d.clk = 0, d.eval();
        expect("bad", d.bad, 0);
        gaps = chance(40) ? 0 : chance(70) ? 20 : 90;
        depth = static_cast<size_t>(pick(1, 12));
        d.enable = 1;
        enabled_at = cycle;
        run_at = cycle + static_cast<unsigned>(pick(3, chance(50) ? 20 : 200));
        bool stop = chance(15);
        uint64_t end = cycle + (stop ? static_cast<unsigned>(pick(1, 4000)) : 3000000u);
        auto over = [this] {
            bool all = popped_at.size() == static_cast<size_t>(vectors()) && ready.empty()
                       && post == 0 && out.empty();
            for (auto &k : w)
                all = all && k.freed == static_cast<int>(k.line.size());
            return all;
        };
        while (!over() && cycle < end) {
            d.run = cycle >= run_at;
            tick();
        }
        if (!stop && !over())
            fail("hang: %zu of %d vectors, lines taken %d and %d, freed %d and %d of %zu and %zu",
                 popped_at.size(), vectors(), w[0].taken, w[1].taken, w[0].freed, w[1].freed,
                 w[0].line.size(), w[1].line.size());
        if (over()) {
            for (int i = 0; i < 300; i++) tick();
            expect("busy at the end", d.busy, 0);
            expect("residuals left", static_cast<int64_t>(rsd_popped_at.size()),
                   w[1].on ? vectors() : 0);
        }
        check_times();
        d.enable = d.run = 0;
        forget();
        for (int i = 0; i < 3; i++) tick();
        expect("busy when disabled", d.busy, 0);
    }

    // Registers that may not be used together.
    void refusals() {
        for (int n = 0; n < 400; n++) {
            random_setup();
            w[1].on = chance(50), w[0].on = chance(90);
            if (chance(20)) mode = pick(0, 2);
            if (chance(20)) argmax = 1;
            if (chance(10)) w[pick(0, 1)].stride = 0;
            if (chance(10)) pool_stride = 0;
            if (chance(20)) by_lines = 1;
            if (chance(20)) pool_h = pick(1, 32), pool_w = pick(1, 32);
            if (chance(20)) mean_shift = pick(38, 63);
            if (chance(20)) w[0].h = pick(1, 16);
            if (chance(20)) w[1].stream = pick(0, 3);
            if (chance(80)) w[1].count = outs;
            if (!w[1].size) w[1].size = 1;
            w[1].stream &= 3, w[1].stride &= 15;
            if (w[0].stream == w[1].stream)
                w[1].log2 = w[0].log2, w[1].size = w[0].size, w[1].base = w[0].base;
            configure();
            bool many = pool_h * pool_w > 1, bad = argmax && mode != V;
            auto unfit = [this](const Walk &k) {
                return k.stride == 0 || k.stream >= NSTREAM || span(k) > 1 << k.log2;
            };
            if (!w[0].on) bad |= w[1].on;
            else {
                bad |= unfit(w[0]) || pool_stride == 0 || (many && mode == V)
                       || (by_lines && block_cols > 1)
                       || (many && mode == Y && average && mean_shift > 40);
                bad |= w[1].on
                       && (mode == PSUM || w[1].count != outs || w[1].stream == w[0].stream
                           || unfit(w[1]));
            }
            d.clk = 0, d.eval();
            expect("bad", d.bad, bad, n);
        }
    }
};

} // namespace window

int main(int argc, char **argv) {
    using window::d;
    Verilated::commandArgs(argc, argv);
    if (argc < 3) return fprintf(stderr, "usage: bench SEED TESTS\n"), 2;
    bench::title = "window " + std::to_string(ROWS) + "x" + std::to_string(COLS) + " seed "
                   + argv[1];
    bench::seed(argv[1]);
    bench::waves(d, std::string(argv[0]) + ".fst");
    static window::Bench b;
    d.enable = d.run = d.cfg_we = d.cfg_re = 0;
    b.forget();
    bench::reset(d, 4);
    b.refusals();
    for (int i = 0, tests = atoi(argv[2]); i < tests; i++) b.test();
    printf("window %dx%d, %d words, seed %s: %llu vectors, %llu lines lost\n", ROWS, COLS,
           IBUF_WORDS, argv[1], static_cast<unsigned long long>(window::vectors_seen),
           static_cast<unsigned long long>(window::lines_lost));
    return bench::end();
}
