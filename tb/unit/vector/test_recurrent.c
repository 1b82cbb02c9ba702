/* SPDX-License-Identifier: Apache-2.0
 * LSTM, GRU and simple recurrent cells against float, step by step, several sequences interleaved;
 * error bounds and cycles as their texts state them. */
#include "kernel_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { UNITS = 48, STEPS = 9, LANES_MAX = 3 };

/* State of a lane in float, and how far the kernel's may be from it. */
struct ref {
    double state[UNITS], error[UNITS];
};

static void new_inputs(struct kernel *k, int32_t *z, int n, double *value)
{
    for (int i = 0; i < n; i++) {
        z[i] = (int32_t)kernel_draw(k, -128, 127);
        value[i] = z[i] / 16.0; /* in_scale 256: 2^-12 * 256 */
    }
}

static void lstm_step(struct kernel *k, struct ref *r, const double *z, uint32_t route)
{
    for (int i = 0; i < UNITS; i++) {
        const double in = ref_sigmoid(z[i]), forget = ref_sigmoid(z[UNITS + i]);
        const double out = ref_sigmoid(z[2 * UNITS + i]), g = tanh(z[3 * UNITS + i]);
        r->error[i] = forget * r->error[i] + fabs(r->state[i]) * 7e-5 + in * 4.2e-4
                    + fabs(g) * 7e-5 + 2.5e-4;
        r->state[i] = forget * r->state[i] + in * g;
        kernel_near(k, kernel_out(k, route, 1, (uint32_t)i) / 127.0, out * tanh(r->state[i]),
                    7e-5 + 4.2e-4 + out * r->error[i] + 0.5 / 127, "lstm");
    }
}

static void gru_step(struct kernel *k, struct ref *r, const double *z, uint32_t route)
{
    for (int i = 0; i < UNITS; i++) {
        const double reset = ref_sigmoid(z[i]), u = ref_sigmoid(z[UNITS + i]);
        const double zh = z[3 * UNITS + i], m = tanh(z[2 * UNITS + i] + reset * zh);
        const double em = 4.2e-4 + fabs(zh) * 7e-5 + 1.3e-4;
        r->error[i] = (1 - u) * em + u * r->error[i] + fabs(r->state[i] - m) * 7e-5 + 5e-5;
        r->state[i] = m + u * (r->state[i] - m);
        kernel_near(k, kernel_out(k, route, 1, (uint32_t)i) / 127.0, r->state[i],
                    r->error[i] + 0.5 / 127, "gru");
    }
}

static void rnn_step(struct kernel *k, struct ref *r, const double *z, uint32_t route)
{
    (void)r;
    for (int i = 0; i < UNITS; i++)
        kernel_near(k, kernel_out(k, route, 1, (uint32_t)i) / 127.0, tanh(z[i]),
                    4.2e-4 + 0.5 / 127, "rnn");
}

/* Two sequences and a bit in each lane: the state starts at 0 in each, and h(0) of the next one
 * comes from init. */
static void cell(const char *name, int gates, int lanes, int sequences,
                 void (*step)(struct kernel *, struct ref *, const double *, uint32_t))
{
    const struct ohm_asm_param param[] = {{"n", UNITS}, {"B", sequences}, {"T", STEPS}};
    static struct ref ref[LANES_MAX];
    const uint32_t count[1] = {(uint32_t)(gates * UNITS)};
    int32_t z[4 * UNITS];
    double value[4 * UNITS];
    struct kernel k;

    kernel_open(&k, name, lanes, param, 3);
    for (int n = 0; n < 2 * STEPS * sequences + 2; n++) {
        const int lane = n % sequences, last = n / sequences % STEPS == STEPS - 1;
        if (n / sequences % STEPS == 0)
            memset(&ref[lane], 0, sizeof ref[lane]);
        new_inputs(&k, z, gates * UNITS, value);
        kernel_run(&k, 1, (const int32_t *const[]){z}, count, 1);
        SAME(k.turn.n, n);
        SAME(k.b.sends, 1);
        SAME(k.b.sent[0].head.routes, last ? 2 : 3);
        SAME(k.b.done.cycles, kernel_const(&k, "cycles"));
        step(&k, &ref[lane], value, 1);
        if (last) {
            kernel_run(&k, 0, NULL, NULL, 0);
            SAME(k.turn.program, OHM_VEC_INIT);
            SAME(k.b.sent[0].head.routes, 1);
            for (uint32_t i = 0; i < UNITS; i++)
                SAME(kernel_out(&k, 0, 1, i), 0);
        }
    }
    printf("%s, %d lanes, %d sequences: %u cycles a step of %d units, error at most %.2f of its "
           "bound\n", name, lanes, sequences, k.b.done.cycles, UNITS, k.worst);
    TRUE(k.worst > 0.2);
    kernel_close(&k);
}

static void test_lstm(void **unused)
{
    (void)unused;
    cell("lstm", 4, 8, 1, lstm_step);
    cell("lstm", 4, 4, 3, lstm_step);
    cell("lstm", 4, 16, 2, lstm_step);
}

static void test_gru(void **unused)
{
    (void)unused;
    cell("gru", 4, 8, 1, gru_step);
    cell("gru", 4, 16, 3, gru_step);
}

static void test_rnn(void **unused)
{
    (void)unused;
    cell("rnn", 1, 8, 1, rnn_step);
    cell("rnn", 1, 4, 2, rnn_step);
}

/* The sizes of issue and README: cycles of a step of 128 units. */
static void test_large(void **unused)
{
    struct kernel k;

    (void)unused;
    kernel_open(&k, "lstm", 8, NULL, 0);
    SAME(kernel_const(&k, "n"), 128);
    printf("lstm of 128 units, 8 lanes: %ld cycles a step\n", kernel_const(&k, "cycles"));
    TRUE(kernel_const(&k, "cycles") < 600);
    kernel_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm), cmocka_unit_test(test_gru), cmocka_unit_test(test_rnn),
        cmocka_unit_test(test_large),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed;
}
