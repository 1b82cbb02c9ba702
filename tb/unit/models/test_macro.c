/* SPDX-License-Identifier: Apache-2.0
 * The macro: codes from pulses, for every kind of conversion, and what a reset leaves. */
#include "models_test.h"

#include "ohm_macro.h"
#include "ohm_map.h"

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Pulses in, codes out: code = clip(floor((2Q + LSB)/(2 LSB)), START, STOP), by a ramp that asks
 * only at changes. */
static void test_macro_codes(void **state)
{
    (void)state;
    enum { ROWS = 50, COLS = 45 };
    for (int round = 0; round < 60; round++) {
        const char *device = round & 1 ? "pcm-hermes" : "ideal";
        struct ohm_error err;
        struct ohm_macro *m =
            ohm_macro_new(ROWS, COLS, ohm_device_find(device), 21, 17, OHM_TRIP_PHYSICS, &err);
        struct ohm_array *a = new_array(ROWS, COLS, device, 21, 17);
        int32_t q[COLS];
        for (unsigned r = 0; r < ROWS; r++)
            for (unsigned c = 0; c < COLS; c += 2)
                for (unsigned dev = 0; dev < 2; dev++) {
                    unsigned low = (unsigned)draw(0, 16384), high = (unsigned)draw(0, 16384);
                    ohm_macro_prog(m, dev, r, c, low | high << 16);
                    ohm_array_program(a, dev, r, c, low, NULL);
                    if (c + 1 < COLS)
                        ohm_array_program(a, dev, r, c + 1, high, NULL);
                }
        uint32_t lsb = round == 4 ? 1u : round == 5 ? 1u << 24 : (uint32_t)draw(1000, 60000);
        unsigned rs = round == 5 ? 15 : (unsigned)draw(0, 2);
        ohm_macro_cfg(m, OHM_REG_MACRO_LSB, lsb);
        ohm_macro_cfg(m, OHM_REG_COLMAP, 0); /* not the macro's */

        unsigned ticks = (1u << draw(1, 8)) - 1;
        int on[ROWS], neg[ROWS];
        int16_t t[ROWS];
        for (int r = 0; r < ROWS; r++) {
            on[r] = draw(0, (int)ticks);
            neg[r] = draw(0, 1);
            t[r] = (int16_t)(neg[r] ? -on[r] : on[r]);
        }
        struct ohm_read_key key = {(uint32_t)round, 1, 2, 0};
        enum ohm_cell_sel sel = (enum ohm_cell_sel)draw(0, 2);
        ohm_macro_begin(m, &key, sel);
        for (unsigned tick = 0; tick < ticks; tick++) {
            uint32_t row_on[2] = {0}, row_neg[2] = {0};
            for (int r = 0; r < ROWS; r++) {
                row_on[r / 32] |= (uint32_t)((int)tick < on[r]) << r % 32;
                row_neg[r / 32] |= (uint32_t)neg[r] << r % 32;
            }
            ohm_macro_rows(m, tick, row_on, row_neg);
        }
        ohm_macro_sample(m, rs, ticks);
        ohm_array_read_naive(a, sel, t, &key, q);

        int start = -draw(1, 500), stop = draw(1, 500), code[COLS], clipped_low[COLS] = {0};
        for (int c = 0; c < COLS; c++)
            code[c] = stop;
        uint32_t cmp[2];
        int done[COLS] = {0};
        int32_t change = INT32_MIN;
        for (int step = start - 1; step <= stop; step++) {
            if (step >= change)
                change = ohm_macro_cmp(m, step, cmp);
            for (int c = 0; c < COLS; c++)
                if (!done[c] && cmp[c / 32] >> c % 32 & 1) {
                    done[c] = 1;
                    code[c] = step < start ? start : step;
                    clipped_low[c] = step < start;
                }
        }
        for (int c = 0; c < COLS; c++) {
            int64_t l = (int64_t)lsb << rs, n = floor_div(2 * (int64_t)q[c] + l, 2 * l);
            CHECK_EQUAL(code[c], n < start ? start : n > stop ? stop : n);
            CHECK_EQUAL(clipped_low[c], n < start);
            CHECK_NEAR(ohm_macro_hold(m, (unsigned)c), (double)q[c] / (double)l, 1e-9);
        }
        CHECK(!ohm_macro_fault(m));
        ohm_macro_cmp(m, 2048, cmp);
        CHECK(ohm_macro_fault(m) && strstr(ohm_macro_fault(m), "outside its range"));
        ohm_macro_free(m);
        ohm_array_free(a);
    }
}

static void test_macro_reset(void **state)
{
    (void)state;
    struct ohm_error err;
    struct ohm_macro *m =
        ohm_macro_new(4, 4, ohm_device_find("ideal"), 1, 0, OHM_TRIP_PHYSICS, &err);
    struct ohm_read_key key = {0, 0, 0, 0};
    uint32_t on[1] = {1}, neg[1] = {0}, cmp[1];
    ohm_macro_prog(m, 0, 0, 0, 700);
    ohm_macro_cfg(m, OHM_REG_MACRO_LSB, 50);
    ohm_macro_begin(m, &key, 0);
    ohm_macro_reset(m);
    ohm_macro_begin(m, &key, 0);
    ohm_macro_rows(m, 0, on, neg);
    ohm_macro_sample(m, 0, 1);
    CHECK_EQUAL(ohm_macro_hold(m, 0), 700); /* MACRO_LSB is back at 1, the conductance is not */
    ohm_macro_reset(m);
    CHECK(!ohm_macro_fault(m));
    ohm_macro_cmp(m, 0, cmp);
    CHECK(ohm_macro_fault(m) && strstr(ohm_macro_fault(m), "without a sample"));
    ohm_macro_free(m);
    CHECK(!ohm_macro_new(0, 4, ohm_device_find("ideal"), 1, 0, OHM_TRIP_PHYSICS, &err)
          && err.text[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macro_codes),
        cmocka_unit_test(test_macro_reset),
    };
    RUN_TESTS(tests);
}
