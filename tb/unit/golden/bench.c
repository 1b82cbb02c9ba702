/* SPDX-License-Identifier: Apache-2.0
 * What the golden model costs beyond the array read: one tile of `base`, 128 x 128, one 8-bit slice
 * entry, ideal devices, a RESULT packet per vector. Prints microseconds of processor time per VMM,
 * the median of five runs: the array read alone (noise-free kernel), the whole model as functional
 * simulator, and the whole model with every record checked. Build and run: tb/unit/golden/bench.sh
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ohm_array.h"
#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_golden.h"
#include "ohm_packet.h"

enum { SIDE = 128, VECTORS = 4000, RUNS = 5, START = -128, STOP = 127, LSB = 4000000 };

static struct ohm_error err;
static uint32_t act[2 + SIDE / 4];

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may be using the machine */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int status)
{
    if (status) {
        fprintf(stderr, "bench: %s\n", err.text);
        exit(1);
    }
}

static unsigned level(unsigned dev, unsigned r, unsigned c)
{
    const unsigned code = (r * 7919 + c * 104729) % 16385;
    return (r + c) % 2 == dev ? code : 0;
}

static void packet(struct ohm_golden *g, struct ohm_header h, const uint32_t *payload)
{
    uint32_t flits[2 + 64];
    ohm_header_encode(&h, flits);
    for (unsigned i = 0; i < h.len; i++)
        flits[2 + i] = payload[i];
    must(ohm_golden_packet_in(g, flits, 2 + h.len, &err));
}

static void write_register(struct ohm_golden *g, unsigned addr, uint32_t value)
{
    packet(g, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .len = 1, .offset = addr}, &value);
}

static struct ohm_golden *new_golden(int checking)
{
    struct ohm_config config;
    must(ohm_config_find("base", &config, &err));
    config.mesh_w = config.mesh_h = 1;
    struct ohm_golden *g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    must(!g);
    ohm_golden_set_checking(g, checking);
    write_register(g, OHM_REG_DESC, OHM_PLACE(1, DESC_NSLICE));
    write_register(g, OHM_REG_DESC_SIZE,
                   OHM_PLACE(SIDE - 1, DESC_SIZE_ROWS1) | OHM_PLACE(SIDE - 1, DESC_SIZE_COLS1)
                       | OHM_PLACE(SIDE - 1, DESC_SIZE_OUTS1));
    write_register(g, OHM_REG_SLICE, OHM_PLACE(8, SLICE_W));
    write_register(g, OHM_REG_SLICE_RAMP,
                   OHM_PLACE(START, SLICE_RAMP_START) | OHM_PLACE(STOP, SLICE_RAMP_STOP));
    write_register(g, OHM_REG_STREAM, OHM_PLACE(SIDE / 4, STREAM_SIZE));
    write_register(g, OHM_REG_STREAM_VEC,
                   OHM_PLACE(SIDE / 4, STREAM_VEC_EXPECT) | OHM_PLACE(2, STREAM_VEC_LOG2_SLOTS));
    write_register(g, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST));
    write_register(g, OHM_REG_ROUTE_PART, OHM_PLACE(SIDE - 1, ROUTE_PART_COUNT1));
    write_register(g, OHM_REG_MACRO_LSB, LSB);
    for (unsigned c = 0; c < SIDE; c++)
        write_register(g, OHM_REG_COLMAP + c,
                       OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(c, COLMAP_OUT)
                           | OHM_PLACE(1, COLMAP_KIND));
    for (unsigned dev = 0; dev < 2; dev++) {
        for (unsigned r = 0; r < SIDE; r++) {
            uint32_t codes[SIDE / 2];
            for (unsigned i = 0; i < SIDE / 2; i++)
                codes[i] = level(dev, r, 2 * i) | level(dev, r, 2 * i + 1) << 16;
            packet(g,
                   (struct ohm_header){
                       .type = OHM_TYPE_PROG, .chan = dev, .len = SIDE / 2, .offset = r},
                   codes);
        }
    }
    write_register(g, OHM_REG_CTRL, 1);
    return g;
}

static void send(struct ohm_golden *g, uint32_t n)
{
    ohm_header_encode(
        &(struct ohm_header){.type = OHM_TYPE_ACT, .len = SIDE / 4, .seq = n & 0xffffu}, act);
    act[2 + n % 32] += n;
    must(ohm_golden_packet_in(g, act, 2 + SIDE / 4, &err));
}

/* The kernel alone. */
static double time_read(void)
{
    struct ohm_array *a = ohm_array_new(SIDE, SIDE, ohm_device_find("ideal"), 1, 0, &err);
    int16_t t[SIDE];
    int32_t q[SIDE];

    must(!a);
    for (unsigned r = 0; r < SIDE; r++) {
        t[r] = (int16_t)(1 + r);
        for (unsigned c = 0; c < SIDE; c++)
            for (unsigned dev = 0; dev < 2; dev++)
                must(ohm_array_program(a, dev, r, c, level(dev, r, c), &err));
    }
    ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){0}, q);
    const double start = seconds();
    for (uint32_t n = 0; n < VECTORS; n++)
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){.seq = n}, q);
    const double end = seconds();
    ohm_array_free(a);
    return end - start;
}

static double time_functional(void)
{
    struct ohm_golden *g = new_golden(0);
    uint32_t flits[2 + SIDE];

    const double start = seconds();
    for (uint32_t n = 0; n < VECTORS; n++) {
        send(g, n);
        while (ohm_golden_pop_packet(g, flits, 2 + SIDE))
            continue;
    }
    const double end = seconds();
    ohm_golden_free(g);
    return end - start;
}

/* The records to check come from the definition of the ADC, made before the clock starts. */
static double time_checked(void)
{
    static struct ohm_trace_code code[VECTORS][SIDE];
    static int64_t geff[SIDE][SIDE];
    static uint32_t first_act[2 + SIDE / 4], flits[2 + SIDE];
    struct ohm_golden *g = new_golden(1);

    for (unsigned r = 0; r < SIDE; r++)
        for (unsigned c = 0; c < SIDE; c++)
            geff[r][c] = (int64_t)level(0, r, c) - (int64_t)level(1, r, c);
    for (int i = 0; i < 2 + SIDE / 4; i++)
        first_act[i] = act[i];
    for (uint32_t n = 0; n < VECTORS; n++) {
        int64_t q[SIDE] = {0};
        act[2 + n % 32] += n;
        for (unsigned r = 0; r < SIDE; r++)
            for (unsigned c = 0; c < SIDE; c++)
                q[c] += (act[2 + r / 4] >> (8 * (r % 4)) & 255) * geff[r][c];
        for (unsigned c = 0; c < SIDE; c++) {
            int n_step = START;
            while (n_step < STOP && !(2 * q[c] < (int64_t)LSB * (2 * n_step + 1)))
                n_step++;
            code[n][c] = (struct ohm_trace_code){.seq = n, .code = n_step, .col = (uint8_t)c};
        }
    }
    for (int i = 0; i < 2 + SIDE / 4; i++)
        act[i] = first_act[i];

    const double start = seconds();
    for (uint32_t n = 0; n < VECTORS; n++) {
        send(g, n);
        for (unsigned c = 0; c < SIDE; c++)
            must(ohm_golden_check_code(g, &code[n][c], &err));
        ohm_header_encode(
            &(struct ohm_header){
                .type = OHM_TYPE_RESULT, .host = 1, .len = SIDE, .seq = n & 0xffffu},
            flits);
        for (unsigned o = 0; o < SIDE; o++) {
            const int32_t acc = code[n][o].code * 64;
            flits[2 + o] = (uint32_t)acc;
            must(ohm_golden_check_result(
                g, &(struct ohm_trace_result){.seq = n, .acc = acc, .y = acc, .out = (uint8_t)o},
                &err));
        }
        must(ohm_golden_check_packet_out(g, flits, 2 + SIDE, n, &err));
    }
    const double end = seconds();
    must(ohm_golden_finish(g, &err));
    ohm_golden_free(g);
    return end - start;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, double (*timed)(void))
{
    double us[RUNS];
    for (int i = 0; i < RUNS; i++)
        us[i] = 1e6 * timed() / VECTORS;
    qsort(us, RUNS, sizeof us[0], by_value);
    printf("golden 128x128, one slice: %-40s %6.2f us/VMM (%.2f to %.2f)\n", name, us[RUNS / 2],
           us[0], us[RUNS - 1]);
}

int main(void)
{
    for (unsigned i = 0; i < SIDE / 4; i++)
        act[2 + i] = i * 0x9e3779b9u;
    report("array read alone", time_read);
    report("whole model, functional", time_functional);
    report("whole model, 128 codes + 128 results checked", time_checked);
    return 0;
}
