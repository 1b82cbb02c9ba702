// SPDX-License-Identifier: Apache-2.0
// Random descriptors and vectors, and vectors that are thrown away in the middle.
#ifndef CORE_RANDOM_TESTS_H
#define CORE_RANDOM_TESTS_H

#include "coverage.h"
#include "setups.h"

namespace core {

struct RandomTests : virtual Setups {
    Coverage coverage;

    void random_test() {
        random_setup();
        configure();
        gaps = chance(30) ? 0 : chance(50) ? 30 : 700;
        enable();
        int vectors = s.calib ? static_cast<int>(count & 0xFFFF) : pick(2, 10);
        coverage.cover(s, static_cast<uint64_t>(vectors));
        if (s.calib) calibrate(vectors, chance(50) ? 0 : 25);
        else feed(vectors, chance(50) ? 0 : 25, pick(0, 90));
        drain();
        if (s.calib) check_sums();
        coverage.outcome("code clipped low", e.clip_lo);
        coverage.outcome("code clipped high", e.clip_hi);
        coverage.outcome("input -128", e.sat_in);
        coverage.outcome("byte clipped", e.sat_out);
        coverage.outcome("poison vector", e.poison);
        disable();
    }

    // Throw vectors away in the middle; nothing of them may show afterwards.
    void disable_test() {
        random_setup();
        configure();
        gaps = 0;
        enable();
        if (s.calib) calibrate(static_cast<int>(count & 0xFFFF), 10);
        else feed(6, 10, 10);
        int stop_after = pick(1, 3000);
        for (int i = 0; i < stop_after && !e.done.empty(); i++) tick();
        d.enable = 0;
        tick();
        tick();         // the core may still act in the cycle after
        vectors.clear();
        partials.clear();
        residuals.clear();
        d.vec_valid = d.ps_valid = 0;
        d.eval();
        e = Expected();
        macro.start(&s, &e);
        next_out = 0;
        disable();
        random_test();
    }
};

} // namespace core

#endif
