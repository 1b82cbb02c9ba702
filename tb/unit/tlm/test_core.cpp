// SPDX-License-Identifier: Apache-2.0
// The core's schedule against the formulas in the header of rtl/core/ohm_core.v and against a plain
// simulation of the controller, cycle by cycle, for random slice plans. Chains, windows and all
// else: tb/equivalence.
#include "ohm_bench.h"
#include "ohm_tlm_core.h"

#include <algorithm>
#include <vector>

namespace {

void check(bool ok, const char *what, unsigned long got, unsigned long expected)
{
    CHECK(ok, "%s: %lu, expected %lu", what, got, expected);
}

unsigned draw(unsigned n) { return static_cast<unsigned>(bench::below(static_cast<int>(n))); }

ohm_golden_vector vector_of(const ohm::Core::Desc &s, uint32_t seq)
{
    ohm_golden_vector v{};
    v.seq = seq;
    v.nslice = static_cast<unsigned>(s.slice.size());
    for (unsigned k = 0; k < v.nslice; k++)
        v.steps[k] = s.slice[k].steps;
    return v;
}

// Runs n vectors that are all there at cycle 0 through a core whose output never waits; the cycles
// of res_done.
std::vector<uint64_t> run(const ohm::Core::Setup &s, unsigned n)
{
    ohm::Core core;
    std::vector<uint64_t> done;
    core.setup(s);
    for (unsigned i = 0; i < n; i++) {
        core.vector(0, false, vector_of(s.desc[0], i));
        core.finished(0, false, false);
        core.advance(0);
        while (!core.done.empty()) {
            check(core.done.front().seq == done.size(), "order", core.done.front().seq,
                  done.size());
            done.push_back(core.done.front().at);
            core.bank_free(core.done.front().at);
            core.done.pop_front();
            core.advance(0);
        }
    }
    check(done.size() == n, "vectors done", done.size(), n);
    return done;
}

// ohm_ctrl's go, ohm_ramp's left and busy, ohm_capture's full and scan_left, a cycle at a time, as
// the Verilog has them.
std::vector<uint64_t> simulate(const ohm::Core::Desc &s, unsigned reads)
{
    std::vector<uint64_t> scanned;
    unsigned started = 0, phase = 0, ticks = 0; // phase: cycles since go, 0: idle
    uint64_t left = 0, scan_left = 0;
    bool en = false, ans = false, busy = false, fresh = false, full = false, scan = false;
    for (uint64_t c = 0; scanned.size() < reads; c++) {
        const ohm::Core::Slice &next = s.slice[started % s.slice.size()];
        const bool load = phase && phase == ticks + 2, acq = phase && phase == ticks + 3;
        const bool ans_last = ans && !en, move = full && scan_left == 0;
        const bool older = busy && (full || ans_last);
        const uint64_t bound = scan_left + (older ? s.cols1 : 0);
        const bool go = started < reads && (!phase || acq) && left <= next.ticks + 2
                        && (!(busy || full) || bound <= next.ticks + 2);
        if (scan && scan_left == 0)
            scanned.push_back(c);
        // next cycle
        const bool busy_d = load || (busy && (fresh || !ans_last));
        const bool en_d = !load && left != 0;
        const unsigned steps = started ? s.slice[(started - 1) % s.slice.size()].steps : 0;
        left = load ? steps : left ? left - 1 : 0;
        ans = en;
        en = en_d;
        busy = busy_d;
        fresh = load;
        if (move) {
            scan = true;
            scan_left = s.cols1;
        } else if (scan) {
            if (scan_left == 0)
                scan = false;
            else
                scan_left--;
        }
        full = ans_last ? true : move ? false : full;
        if (go) {
            started++;
            ticks = next.ticks;
            phase = 1;
        } else if (acq) {
            phase = 0;
        } else if (phase) {
            phase++;
        }
    }
    return scanned;
}

} // namespace

int main()
{
    bench::title = "tlm: core";
    bench::seed("1");
    for (int trial = 0; trial < 3000; trial++) {
        ohm::Core::Setup setup{};
        ohm::Core::Desc &s = setup.desc[0];
        s.rows = 4 + draw(250);
        s.cols1 = 3 + draw(250);
        s.outs1 = draw(s.cols1 + 1);
        setup.banks = 2u << draw(3);
        setup.adc_steps = 1;
        const unsigned slices = 1 + draw(4);
        for (unsigned k = 0; k < slices; k++) {
            const unsigned range = 1 + draw(draw(2) ? 40 : 600); // STOP - START
            s.slice.push_back({(1u << (1 + draw(8))) - 1, range + 2});
        }

        // one vector alone
        const std::vector<uint64_t> one = run(setup, 1);
        if (slices == 1) {
            const uint64_t expected = (s.rows - 1) / 4 + 4 + s.slice[0].ticks + 3 + s.slice[0].steps
                                      - 2 + 4 + s.cols1 + 5 + s.outs1 + 6;
            check(one[0] == expected, "latency", one[0], expected);
        }

        // many: the documented period, where rows are not what limits
        const std::vector<uint64_t> many = run(setup, 40);
        if (slices == 1) {
            const uint64_t period =
                std::max({s.slice[0].ticks + 3ul, s.slice[0].steps + 1ul, s.cols1 + 1ul,
                          s.outs1 + 7ul, (s.rows - 1) / 4 + 4ul});
            if (setup.banks == 8)
                check(many[39] - many[38] == period, "period", many[39] - many[38], period);
        }

        // reads against the controller, cycle by cycle; a short load and many banks keep the rest
        // out of the way
        ohm::Core::Setup only = setup;
        ohm::Core::Desc &t = only.desc[0];
        t.rows = 1;
        t.outs1 = 0;
        only.banks = 8;
        bool fast = true; // loading must never be the limit
        for (const ohm::Core::Slice &k : t.slice)
            fast = fast && k.ticks > 7;
        if (!fast)
            continue;
        const std::vector<uint64_t> got = run(only, 12), scans = simulate(t, 12 * slices);
        for (unsigned i = 0; i < 12; i++) {
            // from `go` of the first read: load of one word 4 cycles before, final 5 after its last
            // scan, done 6 later
            const uint64_t expected = scans[slices * (i + 1) - 1] + 3 + 5 + 6;
            check(got[i] == expected, "end of a vector", got[i], expected);
        }
    }
    return bench::end();
}
