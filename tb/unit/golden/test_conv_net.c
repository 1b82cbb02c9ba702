/* SPDX-License-Identifier: Apache-2.0
 * A convolutional network of seven tiles through the golden model, arg-max, and registers of
 * windows that may not be used together. */
#include "conv_model.h"

/* Image 9x9x3 -> conv 3x3, 4 + 4 outputs, each half on two replicas (halves are concatenated in the
 * line) -> conv 2x2 on channels 0-3 (A) and 4-7 (B), partial sums from A to B, B adds a residual
 * and pools 2x2 -> dense, arg-max, to the host. */
static void test_network(void **state)
{
    static struct m_tile t[4], a, b, d;
    static struct map m, rm, part[2], half[2], out;
    static struct m_vmm v;
    struct walk in = {.on = 1, .lines = 9, .pixels = 9, .pitch = 3, .count = 3, .height = 3,
                      .width = 3, .stride = 1, .top = -1, .left = -1, .log2_slots = 2,
                      .line0 = 65530};
    struct walk wa = {.on = 1, .stream = 1, .lines = 9, .pixels = 9, .pitch = 8, .count = 4,
                      .height = 2, .width = 2, .stride = 1, .log2_slots = 2, .line0 = 77};
    struct walk wb = wa, res = {.on = 1, .stream = 3, .lines = 9, .pixels = 9, .pitch = 6,
                                .first = 1, .count = 4, .height = 1, .width = 1, .stride = 1,
                                .log2_slots = 2, .line0 = 1000};
    struct blocks one = {
        .rows = 9, .step = 2, .height = 1, .width = 1, .stride = 1, .out_step = 4, .out_line0 = 77};
    struct blocks two = {.rows = 4, .cols = 4, .step = 1, .height = 2, .width = 2, .stride = 2,
                         .vecs = 16, .out_step = 1, .out_line0 = 500, .rscale = 37};
    struct blocks last = {
        .rows = 1, .cols = 1, .height = 1, .width = 1, .vecs = 1, .argmax = 1, .class0 = 300};
    (void)state;
    events = 0;

    for (unsigned i = 0; i < 4; i++) {
        if (i % 2 == 0)
            random_tile(&t[i], 0, i, 27, 4, Y_MODE);
        else
            t[i] = t[i - 1];
        t[i].y = i;
        t[i].route[0] = m_route(OHM_TYPE_ACT, 1, 1, 0, 1, 1);
        t[i].part[0] = m_part(0, 4, (int)(2 * (i % 2) + i / 2), 0); /* a pixel has two words */
        one.first = (int)i % 2;
        one.cols = one.vecs = i % 2 ? 4 : 5;
        load(&t[i], &in, NULL, &one);
    }
    random_tile(&a, 1, 1, 16, 4, PSUM_MODE);
    random_tile(&b, 1, 0, 16, 4, Y_MODE);
    a.stream = b.stream = 1;
    a.route[0] = m_route(OHM_TYPE_PSUM, 1, 0, 0, 0, 0);
    b.psum = 1;
    b.route[0] = m_route(OHM_TYPE_ACT, 1, 3, 0, 0, 0);
    wb.first = 4;
    load(&a, &wa, NULL, &two);
    load(&b, &wb, &res, &two);
    random_tile(&d, 1, 3, 64, 10, V_MODE);
    d.seq_base = 500;
    d.part[0] = m_part(0, 2, 0, 0);
    load(&d, NULL, NULL, &last);

    for (unsigned i = 0; i < IMAGES; i++) {
        uint8_t x[SIDE];
        int best = 0;

        random_map(&m, 9, 9, 3);
        random_map(&rm, 9, 9, 4);
        for (int k = 0; k < 2; k++) {
            layer_out(&t[2 * k], &in, &m, NULL, NULL, &one, 9, 0, &part[k]);
            half[k] = part[k];
        }
        for (int wy = 0; wy < 8; wy++)
            for (int wx = 0; wx < 8; wx++) {
                window_out(&a, &wa, &half[0], NULL, NULL, &two, wy, wx, NULL, &v);
                memcpy(sums[wy][wx], v.acc, sizeof v.acc);
            }
        layer_out(&b, &wb, &half[1], &res, &rm, &two, 4, 1, &out);
        for (int p = 0; p < 16; p++)
            for (int o = 0; o < 4; o++)
                x[4 * p + o] = (uint8_t)out.at[p / 4][p % 4][o];
        m_compute(&d, x, NULL, &v);
        for (int o = 1; o < 10; o++)
            best = v.y[o] > v.y[best] ? o : best;
        expect(&d, 500 + i, 0, (int[]){300 + best, v.y[best]}, 2, 0);
        for (int l = 0; l < 9; l++) {
            OK(send_line(&b, 0, &res, &rm, l, 1000 + 9 * i + (uint32_t)l));
            OK(send_line(&t[3], 3, &in, &m, l, 65530 + 9 * i + (uint32_t)l));
        }
    }
    compare();
    CHECK_EQUAL(events, 0);
}

/* Equal values: the lowest index; the largest is signed; poison stays poison. */
static void test_argmax(void **state)
{
    static struct m_tile t;
    static struct m_vmm v;
    struct blocks b = {
        .rows = 1, .cols = 1, .height = 1, .width = 1, .vecs = 1, .argmax = 1, .class0 = 65535};
    const uint8_t x[SIDE] = {0};
    const int32_t bias[3][5] = {
        {-9, -3, -3, -7, INT32_MIN}, {INT32_MAX, 5, INT32_MAX, 0, -1}, {0, 0, 0, 0, 1}};
    const int class[3] = {1, 0, 4};
    (void)state;

    for (int i = 0; i < 3; i++) {
        random_tile(&t, 1, 2, 8, 5, V_MODE);
        memcpy(t.bias, bias[i], sizeof bias[i]);
        t.part[0] = m_part(0, 2, 0, 0);
        load(&t, NULL, NULL, &b);
        m_compute(&t, x, NULL, &v);
        expect(&t, 0, 0, (int[]){65535 + class[i], bias[i][class[i]]}, 2, 0);
        expect(&t, 1, 0, NULL, 0, 1);
        OK(m_act(g, &t, 0, x, &err));
        OK(m_packet(
            g, (struct ohm_header){.type = OHM_TYPE_ACT, .x = 1, .y = 2, .poison = 1, .seq = 1},
            NULL, &err));
    }
    compare();
}

/* Each illegal register is refused, the same without it is not. */
static void test_refused(void **state)
{
    static struct m_tile t;
    const struct walk w0 = {.on = 1, .stream = 1, .lines = 6, .pixels = 6, .pitch = 4, .count = 2,
                            .height = 2, .width = 2, .stride = 2, .log2_slots = 2};
    const struct walk r0 = {.on = 1, .stream = 2, .lines = 6, .pixels = 6, .pitch = 4, .count = 4,
                            .height = 1, .width = 1, .stride = 1, .log2_slots = 1};
    const struct blocks b0 = {
        .rows = 1, .cols = 1, .step = 1, .height = 2, .width = 1, .stride = 1, .vecs = 1};
    (void)state;

    for (int i = 0; i < 14; i++) {
        struct walk w = w0, r = r0;
        struct blocks b = b0;

        random_tile(&t, 0, 1, 8, 4, Y_MODE);
        t.stream = 1;
        switch (i) {
        case 0: break;
        case 1: w.on = 0; break;                    /* residual without windows */
        case 2: t.mode = PSUM_MODE; break;          /* residual in mode PSUM */
        case 3: r.count = 3; break;
        case 4: r.stream = 1; break;
        case 5: w.stride = 0; break;
        case 6: r.stride = 0; break;
        case 7: b.stride = 0; break;
        case 8: w.stride = 3; break;                /* 5 lines in 4 slots */
        case 9: r.stride = 2; break;                /* 3 lines in 2 slots */
        case 10: t.mode = V_MODE; break;            /* blocks of two windows in mode v */
        case 11: b.average = 1, b.shift = 41; break;
        case 12: b.lines = 1, b.cols = 2; break;    /* by lines, two blocks beside each other */
        default: b.argmax = 1;                      /* in mode y */
        }
        events = 0;
        load(&t, &w, &r, &b);
        collect();
        CHECK_EQUAL(events, i != 0);
        CHECK_EQUAL(ohm_golden_counter(g, 16, OHM_REG_STATUS),
                    i ? OHM_PLACE(1, STATUS_BAD_DESC) : 0);
    }
    /* no partial sums with a residual, but blocks of several windows with them: a chain walks like
     * its last tile */
    random_tile(&t, 0, 1, 8, 4, PSUM_MODE);
    t.stream = 1;
    load(&t, &w0, NULL, &b0);
    m_write(g, 0, 1, OHM_REG_CTRL, 0);
    m_write(g, 0, 1, OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE, 0);
    m_write(g, 0, 1, OHM_REG_CTRL, 1);
    CHECK_EQUAL(ohm_golden_counter(g, 16, OHM_REG_STATUS), 0);
    /* registers of a chip without windows */
    struct ohm_config config;
    OK(ohm_config_find("small", &config, &err));
    config.window = 0;
    ohm_golden_free(g);
    g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    for (unsigned addr = OHM_REG_WINDOW; addr < OHM_REG_MACRO_LSB; addr++)
        if (addr != OHM_REG_CALIB_SEED && addr != OHM_REG_CALIB_COUNT)
            CHECK_EQUAL(
                m_packet(g, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .len = 1, .offset = addr},
                         &(uint32_t){0}, &err),
                -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_network, setup, teardown),
        cmocka_unit_test_setup_teardown(test_argmax, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };
    const int failed = cmocka_run_group_tests_name("golden network", tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
