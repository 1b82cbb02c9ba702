/* SPDX-License-Identifier: Apache-2.0
 * Energy and activity: counts of a small chip against counting by hand, the calibration case. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "energy_test.h"
#include "ohm_packet.h"

unsigned long checks;

/* ---- a chip of one row of two tiles, driven by packets ---- */

static struct ohm_golden *chip;
static struct ohm_error error;

static void send(unsigned type, unsigned x, unsigned chan, unsigned seq, unsigned offset,
                 const uint32_t *payload, unsigned len)
{
    const struct ohm_header h = {
        .type = type, .x = x, .chan = chan, .seq = seq, .offset = offset, .len = len};
    uint32_t flits[OHM_PACKET_MAX];
    ohm_header_encode(&h, flits);
    memcpy(flits + 2, payload, len * sizeof *payload);
    if (ohm_golden_packet_in(chip, flits, 2 + len, &error))
        fail_msg("%s", error.text);
}

static void set(unsigned x, unsigned addr, uint32_t value)
{
    send(OHM_TYPE_CFG_WR, x, 0, 0, addr, &value, 1);
}

enum { ROWS = 8, COLS = 6, OUTS = 3 };

/* Tile (x,0): ROWS × COLS cells, plus device at code (1 + row) * 10, two slices of 4 bits, outputs
 * as bytes. */
static void configure(unsigned x, int to_host)
{
    for (unsigned row = 0; row < ROWS; row++) {
        uint32_t words[COLS / 2];
        for (unsigned i = 0; i < COLS / 2; i++)
            words[i] = (1 + row) * 10 | (1 + row) * 10 << 16;
        send(OHM_TYPE_PROG, x, 0, 0, row, words, COLS / 2);
    }
    set(x, OHM_REG_DESC, OHM_PLACE(1, DESC_MODE) | OHM_PLACE(2, DESC_NSLICE));
    set(x, OHM_REG_DESC_SIZE,
        OHM_PLACE(ROWS - 1, DESC_SIZE_ROWS1) | OHM_PLACE(COLS - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(OUTS - 1, DESC_SIZE_OUTS1));
    for (unsigned k = 0; k < 2; k++) {
        set(x, OHM_REG_SLICE + 2 * k, OHM_PLACE(4 * k, SLICE_LO) | OHM_PLACE(4, SLICE_W));
        set(x, OHM_REG_SLICE_RAMP + 2 * k,
            OHM_PLACE(-8, SLICE_RAMP_START) | OHM_PLACE(7, SLICE_RAMP_STOP));
    }
    set(x, OHM_REG_MACRO_LSB, 1 << 20);
    for (unsigned c = 0; c < COLS; c++)
        set(x, OHM_REG_COLMAP + c,
            OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(c % OUTS, COLMAP_OUT)
                | OHM_PLACE(1, COLMAP_KIND));
    set(x, OHM_REG_STREAM, OHM_PLACE(2, STREAM_SIZE));
    set(x, OHM_REG_STREAM_VEC,
        OHM_PLACE(x ? 1 : 2, STREAM_VEC_EXPECT) | OHM_PLACE(2, STREAM_VEC_LOG2_SLOTS));
    set(x, OHM_REG_ROUTE, to_host ? OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)
                                  : OHM_PLACE(OHM_TYPE_ACT, H0_TYPE) | OHM_PLACE(1, H0_X));
    set(x, OHM_REG_ROUTE_PART, OHM_PLACE(OUTS - 1, ROUTE_PART_COUNT1));
    set(x, OHM_REG_RETURN, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(!x, RETURN_HOST));
    set(x, OHM_REG_CTRL, 1);
}

static void counts(void **state)
{
    (void)state;
    struct ohm_config c;
    struct ohm_error err;
    CHECK(!ohm_config_find("tiny", &c, &err));
    c.mesh_h = 1;
    chip = ohm_golden_new(&c, ohm_device_find("ideal"), 1, &err);
    ohm_golden_set_checking(chip, 0);
    struct ohm_activity *a = ohm_activity_new(&c);
    CHECK(chip && a);
    ohm_activity_watch(a, chip);
    configure(0, 0);
    configure(1, 1);
    CHECK(a->tile[0].programmed == ROWS * COLS && a->tile[1].programmed == ROWS * COLS);
    CHECK(a->tile[0].config_words == a->tile[1].config_words && a->tile[0].config_words > 10);
    ohm_activity_restart(a);
    CHECK(a->tile[0].programmed == 0 && a->router_flits == 0);

    /* rows 0 … 7 hold 0x00, 0x11, 0x22 … 0x77: each slice drives row r for r ticks */
    const uint32_t x[2] = {0x33221100, 0x77665544};
    enum { VECTORS = 3 };
    for (unsigned i = 0; i < VECTORS; i++)
        send(OHM_TYPE_ACT, 0, 0, i, 0, x, 2);
    const struct ohm_tile_activity *t = &a->tile[0];
    double charge = 0;
    for (int r = 0; r < ROWS; r++)
        charge += 2.0 * r * COLS * (1 + r) * 10;
    CHECK(t->vectors == VECTORS && t->poisoned == 0);
    CHECK(t->macs == VECTORS * ROWS * OUTS);
    CHECK(t->pulses == VECTORS * 2 * (ROWS - 1)); /* row 0 stays off */
    CHECK(t->row_ticks == VECTORS * 2 * 28);
    CHECK(t->charge == VECTORS * charge);
    CHECK(t->integrations == VECTORS * 2 * COLS && t->column_ticks == VECTORS * 2 * COLS * 15);
    CHECK(t->ramp_steps == VECTORS * 2 * 17 && t->column_steps == VECTORS * 2 * COLS * 17);
    CHECK(t->terms == VECTORS * 2 * COLS && t->outputs == VECTORS * OUTS);
    CHECK(t->input_writes == VECTORS * 2 && t->input_reads == VECTORS * 2);
    CHECK(t->output_writes == VECTORS * OUTS && t->output_reads == VECTORS * 1);
    CHECK(a->tile[1].vectors == VECTORS && a->tile[1].input_writes == VECTORS);
    /* from the host 4 flits through one router; 3 flits over one link and two routers; 3 flits back
     * to the host */
    CHECK(a->router_flits == VECTORS * (4 + 2 * 3 + 2 * 3) && a->link_flits == VECTORS * (3 + 3));
    CHECK(a->words_in == VECTORS * 5 && a->words_out == VECTORS * 4);
    const uint64_t routers = a->router_flits, config = a->tile[0].config_words;
    ohm_activity_credits(a, chip);
    /* tile 0 returns to the host (one router), tile 1 to tile 0 (two), two flits each */
    CHECK(a->router_flits == routers + VECTORS * (2 + 4) && a->words_out == VECTORS * (4 + 3));
    CHECK(a->tile[0].config_words == config + VECTORS);

    struct ohm_activity *twice = ohm_activity_new(&c);
    ohm_activity_add(twice, a);
    ohm_activity_add(twice, a);
    CHECK(twice->tile[0].charge == 2 * t->charge && twice->router_flits == 2 * a->router_flits
          && twice->tile[1].macs == 2 * a->tile[1].macs);

    /* a cell that is programmed again counts with its new code only */
    const uint32_t zeros[COLS / 2] = {0};
    for (unsigned row = 0; row < ROWS; row++)
        send(OHM_TYPE_PROG, 0, 0, 0, row, zeros, COLS / 2);
    const double before = t->charge;
    send(OHM_TYPE_ACT, 0, 0, VECTORS, 0, x, 2);
    CHECK(t->vectors == VECTORS + 1 && t->charge == before);

    ohm_activity_free(twice);
    ohm_activity_free(a);
    ohm_golden_free(chip);
}

/* Durations from tile to tile: no terms, no outputs and no flits in the first, no input buffer and
 * no converters of rows, but of bias, in the second. */
static void counts_links(void **state)
{
    (void)state;
    struct ohm_config c;
    struct ohm_error err;
    enum { VECTORS = 3, START = -5, BIAS = 3 };
    CHECK(!ohm_config_find("small_link", &c, &err));
    c.mesh_w = 2;
    c.mesh_h = 1;
    chip = ohm_golden_new(&c, ohm_device_find("ideal"), 1, &err);
    ohm_golden_set_checking(chip, 0);
    struct ohm_activity *a = ohm_activity_new(&c);
    CHECK(chip && a);
    ohm_activity_watch(a, chip);
    for (unsigned x = 0; x < 2; x++) {
        configure(x, 1);
        set(x, OHM_REG_CTRL, 0);
        set(x, OHM_REG_DESC,
            OHM_PLACE(2, DESC_MODE) | OHM_PLACE(1, DESC_NSLICE) | OHM_PLACE(!x, DESC_LINK_OUT)
                | OHM_PLACE(x, DESC_LINK_IN));
        set(x, OHM_REG_LINK, OHM_PLACE(COLS - 1, LINK_COUNT1));
        set(x, OHM_REG_LINK_BIAS,
            OHM_PLACE(ROWS - 1, LINK_BIAS_FIRST) | OHM_PLACE(ROWS - 1, LINK_BIAS_LAST)
                | OHM_PLACE(BIAS, LINK_BIAS_TICKS));
        set(x, OHM_REG_SLICE_RAMP,
            OHM_PLACE(START, SLICE_RAMP_START)
                | OHM_PLACE(7, SLICE_RAMP_STOP)); /* every code is 0 */
    }
    set(0, OHM_REG_DESC_SIZE,
        OHM_PLACE(ROWS - 1, DESC_SIZE_ROWS1) | OHM_PLACE(COLS - 1, DESC_SIZE_COLS1));
    for (unsigned col = 0; col < COLS; col++)
        set(0, OHM_REG_COLMAP + col, OHM_PLACE(3, COLMAP_KIND));
    set(0, OHM_REG_ROUTE, 0);
    set(1, OHM_REG_CTRL, 1);
    set(0, OHM_REG_CTRL, 1);
    ohm_activity_restart(a);
    const uint32_t x[2] = {0x03020100, 0x07060504};
    for (unsigned i = 0; i < VECTORS; i++)
        send(OHM_TYPE_ACT, 0, 0, i, 0, x, 2);
    const struct ohm_tile_activity *from = &a->tile[0], *to = &a->tile[1];
    CHECK(from->vectors == VECTORS && from->durations == VECTORS * COLS && from->terms == 0
          && from->outputs == 0 && from->output_writes == 0);
    CHECK(from->macs == VECTORS * ROWS * COLS && from->row_ticks == VECTORS * (21 + BIAS)
          && from->integrations == VECTORS * COLS);
    CHECK(to->vectors == VECTORS && to->durations == 0 && to->input_writes == 0
          && to->input_reads == 0 && to->pulses == VECTORS);
    CHECK(to->row_ticks == VECTORS * (COLS * -START + BIAS) && to->terms == VECTORS * COLS
          && to->outputs == VECTORS * OUTS);
    CHECK(a->link_flits == VECTORS * (2 + OUTS)); /* the results, from (1,0) to (0,0) */
    struct ohm_energy e;
    const struct ohm_energy_params p = good();
    ohm_energy_tile(&p, &c, from, 20, 1000, &e);
    CHECK(e.pj[OHM_PART_NETWORK] == 1e-3 * VECTORS * COLS * p.duration_fj
          && e.pj[OHM_PART_SHIFT_ADD] == 0 && e.pj[OHM_PART_POST] == 0);
    ohm_activity_free(a);
    ohm_golden_free(chip);
}

/* A tile that walks windows: bytes are gathered from the input buffer, rows loaded from the
 * window's; credits are for lines. */
static void counts_windows(void **state)
{
    (void)state;
    struct ohm_config c;
    struct ohm_error err;
    CHECK(!ohm_config_find("tiny", &c, &err));
    c.mesh_h = 1;
    chip = ohm_golden_new(&c, ohm_device_find("ideal"), 1, &err);
    ohm_golden_set_checking(chip, 0);
    struct ohm_activity *a = ohm_activity_new(&c);
    ohm_activity_watch(a, chip);
    configure(0, 1);
    set(0, OHM_REG_CTRL, 0);
    set(0, OHM_REG_STREAM_VEC,
        OHM_PLACE(1, STREAM_VEC_EXPECT) | OHM_PLACE(2, STREAM_VEC_LOG2_SLOTS));
    set(0, OHM_REG_WINDOW, OHM_PLACE(1, WINDOW_ON));
    /* 3 lines of 4 pixels */
    set(0, OHM_REG_WINDOW_MAP, OHM_PLACE(2, WINDOW_MAP_LINES1) | OHM_PLACE(3, WINDOW_MAP_PIXELS1));
    set(0, OHM_REG_WINDOW_PIXEL, OHM_PLACE(1, WINDOW_PIXEL_PITCH));
    set(0, OHM_REG_WINDOW_KERNEL,
        OHM_PLACE(1, WINDOW_KERNEL_H1) | OHM_PLACE(1, WINDOW_KERNEL_W1)
            | OHM_PLACE(1, WINDOW_KERNEL_STRIDE));
    set(0, OHM_REG_BLOCK_MAP, 0); /* one block of 2 x 3 windows */
    set(0, OHM_REG_BLOCK_STEP, OHM_PLACE(1, BLOCK_STEP_STEP));
    set(0, OHM_REG_POOL, OHM_PLACE(1, POOL_H1) | OHM_PLACE(2, POOL_W1) | OHM_PLACE(1, POOL_STRIDE));
    set(0, OHM_REG_CTRL, 1);
    ohm_activity_restart(a);
    const uint32_t x = 0x33221100;
    for (unsigned line = 0; line < 3; line++)
        send(OHM_TYPE_ACT, 0, 0, line, 0, &x, 1);
    const struct ohm_tile_activity *t = &a->tile[0];
    CHECK(t->vectors == 6 && t->outputs == 6 * OUTS && t->input_writes == 3);
    CHECK(t->input_reads == 6 * 4 && t->window_accesses == 6 * (4 + ROWS / 4));
    CHECK(t->pool_accesses == 6 * 2 * OUTS && t->lines_freed[0] == 3);
    CHECK(t->output_reads == 1); /* one vector leaves */
    const uint64_t out = a->words_out;
    ohm_activity_credits(a, chip);
    CHECK(a->words_out == out + 3 * 3);
    ohm_activity_free(a);
    ohm_golden_free(chip);
}

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

/* A vector unit's work; its memory in banks of 4 KB, written twice, programs and tables of 2 KB. */
static void vector_energy(void **state)
{
    (void)state;
    const struct ohm_energy_params p = good();
    struct ohm_config c;
    struct ohm_error err;
    struct ohm_energy e;
    struct ohm_area crossbar, vector;
    CHECK(!ohm_config_find("base_vec", &c, &err));
    const struct {
        struct ohm_tile_activity t;
        double pj;
    } cases[] = {
        {{.unit.elements = 1000}, p.vector_element_fj},
        {{.unit.products = 1000}, p.vector_product_fj},
        {{.unit.reads = 1000}, p.sram_word_fj * 2},
        {{.unit.writes = 1000}, p.sram_word_fj * 2 * 2},
        {{.unit.instructions = 1000}, p.sram_word_fj * 2 * sqrt(2)},
        {{.unit.lookups = 1000}, p.sram_word_fj * sqrt(2)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ohm_energy_tile(&p, &c, &cases[i].t, 20, 1000, &e);
        CHECK(near(e.pj[OHM_PART_VECTOR], cases[i].pj));
        CHECK(near(ohm_energy_sum(&e, 1), cases[i].pj)); /* and nowhere else */
    }
    ohm_area_tile(&p, &c, &crossbar);
    ohm_area_vector(&p, &c, &vector);
    CHECK(vector.array == 0 && vector.columns == 0 && vector.router == crossbar.router);
    CHECK(near(vector.digital, 8e-6 * (8 * p.multiplier_um2 + 8 * p.shift_add_um2)));
    CHECK(near(vector.total, vector.digital + vector.buffers + vector.router));
}

static void energy(void **state)
{
    (void)state;
    const struct ohm_energy_params p = good();
    struct ohm_config c;
    struct ohm_error err;
    struct ohm_energy e, slow;
    CHECK(!ohm_config_find("base", &c, &err));
    /* one event of a kind at a time; fJ to pJ */
    const struct {
        struct ohm_tile_activity t;
        int part;
        double pj;
    } cases[] = {
        {{.pulses = 1000}, OHM_PART_DRIVERS, p.driver_pulse_fj},
        {{.charge = 16384},
         OHM_PART_ARRAY,
         p.read_volt * p.read_volt * 20e-6 * p.tick_ns * 1e-9 * 1e12}, /* G_max for one tick */
        {{.column_ticks = 1000}, OHM_PART_INTEGRATORS, p.integrator_uw * p.tick_ns},
        {{.integrations = 1000}, OHM_PART_ADC, p.sample_fj},
        {{.column_steps = 1000}, OHM_PART_ADC, p.comparator_step_fj},
        {{.ramp_steps = 1000}, OHM_PART_ADC, p.ramp_step_fj},
        {{.programmed = 7}, OHM_PART_PROGRAMMING, 7e-3 * p.write_fj * p.write_pulses},
        {{.config_words = 1000}, OHM_PART_BUFFERS, p.config_word_fj},
        {{.input_reads = 1000}, OHM_PART_BUFFERS, p.sram_word_fj * sqrt(8)}, /* base: 8 KB */
        {{.output_reads = 1000}, OHM_PART_BUFFERS, p.sram_word_fj},          /* 1 KB */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ohm_energy_tile(&p, &c, &cases[i].t, 20, 1000, &e);
        CHECK(near(e.pj[cases[i].part], cases[i].pj));
        CHECK(near(ohm_energy_sum(&e, 1), cases[i].pj)); /* and nowhere else */
        CHECK(cases[i].part != OHM_PART_PROGRAMMING || ohm_energy_sum(&e, 0) == 0);
    }
    /* the other converters: a step a tick; bits of a converter, 8 and 4 as given, 6 between */
    struct ohm_config other = c;
    struct ohm_area area;
    const double ramp_columns = (ohm_area_tile(&p, &c, &area), area.columns);
    const struct ohm_tile_activity conversions = {
        .integrations = 1000, .column_steps = 50, .ramp_steps = 50};
    other.adc = 1;
    ohm_energy_tile(&p, &other, &(struct ohm_tile_activity){.column_ticks = 1000}, 20, 1000, &e);
    CHECK(near(e.pj[OHM_PART_ADC], p.count_fj));
    other.adc = 2;
    other.mux = 8;
    for (int bits = 4; bits <= 8; bits += 2) {
        other.adc_bits = bits;
        ohm_energy_tile(&p, &other, &conversions, 20, 1000, &e);
        ohm_area_tile(&p, &other, &area);
        CHECK(near(e.pj[OHM_PART_ADC], p.sample_fj
                                           + (bits == 4   ? p.sar4_fj
                                              : bits == 8 ? p.sar8_fj
                                                          : sqrt(p.sar4_fj * p.sar8_fj))));
        CHECK(near(area.columns, 1e-6 * c.cols / 8
                                     * (bits == 4   ? p.sar4_um2
                                        : bits == 8 ? p.sar8_um2
                                                    : sqrt(p.sar4_um2 * p.sar8_um2))));
        CHECK(area.columns < ramp_columns);
    }
    /* half the clock: pulses are twice as long, events cost the same */
    const struct ohm_tile_activity all = {.pulses = 100, .charge = 1e9, .column_ticks = 1000,
                                          .integrations = 10, .column_steps = 99, .terms = 5};
    ohm_energy_tile(&p, &c, &all, 20, 1000, &e);
    ohm_energy_tile(&p, &c, &all, 20, 500, &slow);
    for (int i = 0; i < OHM_PARTS; i++)
        CHECK(near(slow.pj[i], e.pj[i] * (i == OHM_PART_ARRAY || i == OHM_PART_INTEGRATORS ? 2 : 1))
              || e.pj[i] == 0);

    struct ohm_area base, large;
    struct ohm_config big;
    CHECK(!ohm_config_find("large", &big, &err));
    ohm_area_tile(&p, &c, &base);
    ohm_area_tile(&p, &big, &large);
    CHECK(near(large.array, 4 * base.array) && near(large.drivers, 2 * base.drivers)
          && near(large.router, base.router));
    CHECK(near(base.total, base.array + base.drivers + base.columns + base.digital + base.buffers
                               + base.router));
}

static void calibration(void **state)
{
    (void)state;
    const struct ohm_energy_params p = good();
    struct ohm_calibration k;
    ohm_energy_calibration(&p, &k);
    CHECK(k.reference_tops_w == 10.5 && k.reference_ns == 130);
    /* fitted; drifts when a parameter changes and the fit is not made again */
    CHECK(fabs(k.tops_w - 10.5) < 0.02 * 10.5);
    CHECK(k.tops_w_literature > k.tops_w);
    CHECK(k.ns == 258);
    print_message("calibration, HERMES core: %.2f TOPS/W for %.1f (%+.1f %%), without the fit "
                  "%.1f; %.0f ns for %.0f (%+.0f %%); "
                  "%.2f TOPS/mm2 for %.2f (%+.0f %%)\n",
                  k.tops_w, k.reference_tops_w, 100 * (k.tops_w / k.reference_tops_w - 1),
                  k.tops_w_literature, k.ns, k.reference_ns, 100 * (k.ns / k.reference_ns - 1),
                  k.tops_mm2, k.reference_tops_mm2, 100 * (k.tops_mm2 / k.reference_tops_mm2 - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters),   cmocka_unit_test(counts), cmocka_unit_test(counts_windows),
        cmocka_unit_test(counts_links), cmocka_unit_test(counts_engine),
        cmocka_unit_test(vector_energy), cmocka_unit_test(energy), cmocka_unit_test(calibration)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", checks);
    return failed;
}
