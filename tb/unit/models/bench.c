/* SPDX-License-Identifier: Apache-2.0
 * Time of the analog models on one core: µs per read by size, device and vector width, and of
 * programming. Every figure is the best of several runs. Usage: bench [runs] */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_kernel.h"
#include "ohm_macro.h"
#include "ohm_map.h"
#include "ohm_rng.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void program_all(struct ohm_array *a, int side)
{
    for (int i = 0; i < side * side; i++)
        for (unsigned dev = 0; dev < 2; dev++)
            ohm_array_program(a, dev, (unsigned)(i / side), (unsigned)(i % side),
                              (unsigned)(ohm_mix((uint64_t)i) % 16385), NULL);
}

static void fill_inputs(int16_t *t, int side, int active_percent)
{
    for (int r = 0; r < side; r++)
        t[r] = (int16_t)(ohm_key_at(1, (uint64_t)r) % 100 < (unsigned)active_percent
                             ? ohm_key_at(2, (uint64_t)r) % 255 + 1
                             : 0);
}

static void bench_read(const char *device, int side, int active_percent, int runs)
{
    struct ohm_array *a = ohm_array_new(side, side, ohm_device_find(device), 1, 0, NULL);
    int16_t t[256];
    int32_t q[256];
    program_all(a, side);
    fill_inputs(t, side, active_percent);
    ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){0, 0, 0, 0}, q);
    double best = 1;
    for (int run = 0; run < runs; run++) {
        double start = now();
        for (uint32_t i = 0; i < 2000; i++)
            ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0, 0}, q);
        double each = (now() - start) / 2000;
        best = each < best ? each : best;
    }
    printf("read %dx%d %-10s %3d%% of rows   %7.2f us\n", side, side, device, active_percent,
           best * 1e6);
    ohm_array_free(a);
}

static void bench_product(enum ohm_simd simd, const char *name, int side, int runs)
{
    static int16_t g[256 * 256] __attribute__((aligned(64)));
    int32_t q[256] __attribute__((aligned(64)));
    int16_t t[256];
    for (int i = 0; i < side * side; i++)
        g[i] = (int16_t)ohm_mix((uint64_t)i);
    fill_inputs(t, side, 100);
    double best = 1;
    for (int run = 0; run < runs; run++) {
        double start = now();
        for (int i = 0; i < 2000; i++)
            ohm_kernel_vmm(simd, side, ohm_kernel_stride(side), g, t, q);
        double each = (now() - start) / 2000;
        best = each < best ? each : best;
    }
    printf("product %dx%d %-8s               %7.2f us\n", side, side, name, best * 1e6);
}

/* The two parts of a noisy read beside its product. */
static void bench_noise(enum ohm_simd simd, const char *name, int side, int runs)
{
    static float s2[256 * 256] __attribute__((aligned(64)));
    float var[256] __attribute__((aligned(64)));
    int32_t q[256] = {0};
    int16_t t[256];
    for (int i = 0; i < side * side; i++)
        s2[i] = (float)(ohm_mix((uint64_t)i) % 1000);
    fill_inputs(t, side, 100);
    double best[2] = {1, 1};
    for (int run = 0; run < runs; run++) {
        double start = now();
        for (int i = 0; i < 2000; i++)
            ohm_kernel_variance(simd, side, ohm_kernel_stride(side), s2, t, var);
        double middle = now();
        for (int i = 0; i < 2000; i++)
            ohm_kernel_noise(simd, side, (uint64_t)i, var, q);
        double each[2] = {(middle - start) / 2000, (now() - middle) / 2000};
        for (int part = 0; part < 2; part++)
            best[part] = each[part] < best[part] ? each[part] : best[part];
    }
    printf("variance %dx%d %-8s              %7.2f us, draws of %d columns %7.2f us\n", side, side,
           name, best[0] * 1e6, side, best[1] * 1e6);
}

/* 64 arrays of 128x128 pairs, programmed and read once. */
static void bench_program(const char *device)
{
    int16_t t[128];
    int32_t q[128];
    fill_inputs(t, 128, 100);
    double start = now();
    for (unsigned tile = 0; tile < 64; tile++) {
        struct ohm_array *a = ohm_array_new(128, 128, ohm_device_find(device), 1, tile, NULL);
        program_all(a, 128);
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){0, 0, 0, 0}, q);
        ohm_array_free(a);
    }
    printf("program 64 tiles 128x128 %-10s     %7.3f s\n", device, now() - start);
}

/* A whole read through the pins: 8-bit pulses, sample, ramp of 256 steps. */
static void bench_macro(const char *device, int runs)
{
    struct ohm_macro *m =
        ohm_macro_new(128, 128, ohm_device_find(device), 1, 0, OHM_TRIP_PHYSICS, NULL);
    int16_t t[128];
    uint32_t cmp[4];
    fill_inputs(t, 128, 100);
    for (unsigned r = 0; r < 128; r++)
        for (unsigned c = 0; c < 128; c += 2)
            for (unsigned dev = 0; dev < 2; dev++)
                ohm_macro_prog(m, dev, r, c,
                               (uint32_t)(ohm_key_at(r, c) % 16385)
                                   | (uint32_t)(ohm_key_at(r, c + 1) % 16385) << 16);
    ohm_macro_cfg(m, OHM_REG_MACRO_LSB, 100000);
    static uint32_t on[255][4];
    const uint32_t neg[4] = {0};
    for (int tick = 0; tick < 255; tick++)
        for (int r = 0; r < 128; r++)
            on[tick][r / 32] |= (uint32_t)(tick < t[r]) << r % 32;
    double best = 1;
    for (int run = 0; run < runs; run++) {
        double start = now();
        for (uint32_t i = 0; i < 500; i++) {
            ohm_macro_begin(m, &(struct ohm_read_key){i, 0, 0, 0}, OHM_CELL_BOTH);
            for (unsigned tick = 0; tick < 255; tick++)
                if (tick == 0 || memcmp(on[tick], on[tick - 1], sizeof on[tick]))
                    ohm_macro_rows(m, tick, on[tick], neg);
            ohm_macro_sample(m, 0, 255);
            for (int32_t step = -129; step < 128;)
                step = ohm_macro_cmp(m, step, cmp);
        }
        double each = (now() - start) / 500;
        best = each < best ? each : best;
    }
    printf("pins 128x128 %-10s pulses and ramp %7.2f us\n", device, best * 1e6);
    if (ohm_macro_fault(m))
        printf("fault: %s\n", ohm_macro_fault(m));
    ohm_macro_free(m);
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 15;
    const char *const names[] = {"portable", "sse2", "avx2", "avx512"};
    for (int simd = OHM_SIMD_NONE; simd <= (int)ohm_simd_best(); simd++) {
        bench_product((enum ohm_simd)simd, names[simd], 128, runs);
        bench_product((enum ohm_simd)simd, names[simd], 256, runs);
        bench_noise((enum ohm_simd)simd, names[simd], 256, runs);
    }
    for (const char *const *device = ohm_device_names(); *device; device++) {
        bench_read(*device, 128, 100, runs);
        bench_read(*device, 128, 20, runs);
        bench_read(*device, 256, 100, runs);
        bench_macro(*device, runs);
        bench_program(*device);
    }
    return 0;
}
