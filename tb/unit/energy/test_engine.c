/* SPDX-License-Identifier: Apache-2.0
 * Activity and energy of the programming engine: what it tells against counting by hand. */
#include "energy_test.h"

#include <math.h>
#include <string.h>

#include "ohm_packet.h"

static struct ohm_golden *chip;

static void send(unsigned type, unsigned addr, const uint32_t *payload, unsigned len)
{
    const struct ohm_header h = {.type = type, .offset = addr, .len = len};
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_error err;
    ohm_header_encode(&h, flits);
    memcpy(flits + 2, payload, len * sizeof *payload);
    if (ohm_golden_packet_in(chip, flits, 2 + len, &err))
        fail_msg("%s", err.text);
}

static void set(unsigned addr, uint32_t value)
{
    send(OHM_TYPE_CFG_WR, addr, &value, 1);
}

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

/* One row programmed by the engine: reads and pulses that the model tells of, the row's
 * conductance, a load that takes their place; and what each costs, by hand. */
void counts_engine(void **state)
{
    (void)state;
    enum { ALL = 16 };
    struct ohm_config c;
    struct ohm_error err;
    uint32_t targets[ALL];
    CHECK(!ohm_config_find("tiny_vc", &c, &err));
    chip = ohm_golden_new(&c, ohm_device_find("ideal"), 1, &err);
    ohm_golden_set_checking(chip, 0);
    struct ohm_activity *a = ohm_activity_new(&c);
    ohm_activity_watch(a, chip);
    const uint32_t settings[][2] = {
        {OHM_REG_STREAM, OHM_PLACE(ALL, STREAM_SIZE)},
        {OHM_REG_STREAM_VEC, OHM_PLACE(ALL, STREAM_VEC_EXPECT)},
        {OHM_REG_PROGRAM, 1u << OHM_PROGRAM_PLUS_LSB},
        {OHM_REG_PROGRAM_ROWS, OHM_PLACE(1, PROGRAM_ROWS_STEP)},
        {OHM_REG_PHASE_READ, OHM_PLACE(4, PHASE_READ_W) | OHM_PLACE(3, PHASE_READ_LIMIT)},
        {OHM_REG_PHASE_READ + 8, OHM_PLACE(5, PHASE_READ_W) | OHM_PLACE(1, PHASE_READ_K)
                                     | OHM_PLACE(1, PHASE_READ_LIMIT)},
        {OHM_REG_PHASE_RAMP, OHM_PLACE(-1, PHASE_RAMP_START) | OHM_PLACE(31, PHASE_RAMP_STOP)},
        {OHM_REG_PHASE_RAMP + 8, OHM_PLACE(-1, PHASE_RAMP_START) | OHM_PLACE(30, PHASE_RAMP_STOP)},
        {OHM_REG_PHASE_LSB, 15 * 512}, /* a code is 512 */
        {OHM_REG_PHASE_LSB + 8, 31 * 512},
        {OHM_REG_PHASE_SET, OHM_PLACE(255, PHASE_SET_AMP0) | OHM_PLACE(255, PHASE_SET_AMP_MAX)
                                | OHM_PLACE(1, PHASE_SET_WIDTH0)
                                | OHM_PLACE(1, PHASE_SET_WIDTH_MAX)},
        {OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(1, CTRL_PROGRAM)},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        set(settings[i][0], settings[i][1]);
    /* two pulses of 256·2 codes take a device from 0 to code 2 of its read, one to code 1 */
    for (unsigned col = 0; col < ALL; col++)
        targets[col] = col < 4 ? 2 : col < 10 ? 1 : 0;
    send(OHM_TYPE_ACT, 0, targets, ALL);
    const struct ohm_engine_activity *w = a->tile[0].engine;
    CHECK(w[OHM_WORK_COARSE].number == 3 && w[OHM_WORK_COARSE].ticks == 3 * 15
          && w[OHM_WORK_COARSE].steps == 3 * 34);
    CHECK(w[OHM_WORK_COARSE].charge == 15 * 512 * (10 + 14)); /* after one pulse, after both */
    CHECK(w[OHM_WORK_FINE].number == 2 && w[OHM_WORK_FINE].ticks == 2 * 31
          && w[OHM_WORK_FINE].steps == 2 * 33);
    CHECK(w[OHM_WORK_FINAL].number == 2 && w[OHM_WORK_FINAL].charge == 2 * 31 * 512 * 14);
    CHECK(w[OHM_WORK_SET].number == 2 && w[OHM_WORK_SET].columns == 10 + 4
          && w[OHM_WORK_SET].unknown == 10 + 4 && w[OHM_WORK_SET].width == 2);
    CHECK(w[OHM_WORK_RESET].number == 0);
    CHECK(a->row_codes[0][0] == 14 * 512);
    /* a load of a column takes the pulses' place */
    set(OHM_REG_CTRL, 0);
    const uint32_t code = 700;
    send(OHM_TYPE_PROG, 0, &code, 1);
    CHECK(a->row_codes[0][0] == 700);
    const struct ohm_energy_params p = good();
    struct ohm_energy e, other;
    ohm_energy_engine(&p, &c, &w[OHM_WORK_SET], 20, 1000, &e);
    CHECK(near(e.pj[OHM_PART_PROGRAMMING], 14e-3 * p.write_fj));
    CHECK(near(ohm_energy_sum(&e, 0), 2e-3 * p.driver_pulse_fj));
    ohm_energy_engine(&p, &c, &w[OHM_WORK_COARSE], 20, 1000, &e);
    ohm_energy_tile(&p, &c, &(struct ohm_tile_activity){
        .pulses = 3, .row_ticks = 45, .charge = w[OHM_WORK_COARSE].charge, .integrations = 3 * ALL,
        .column_ticks = 45 * ALL, .ramp_steps = 102, .column_steps = 102 * ALL,
        .input_reads = 3 * ALL}, 20, 1000, &other);
    CHECK(near(ohm_energy_sum(&e, 1),
               ohm_energy_sum(&other, 1) + 2e-3 * 3 * ALL * p.sram_word_fj));
    const struct ohm_engine_activity known = {.number = 1, .columns = 3, .fj = 5000};
    ohm_energy_engine(&p, &c, &known, 20, 1000, &e);
    CHECK(near(e.pj[OHM_PART_PROGRAMMING], 5));
    ohm_activity_free(a);
    ohm_golden_free(chip);
}
