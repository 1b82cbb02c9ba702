/* SPDX-License-Identifier: Apache-2.0
 * Speed of the crossbar's physics on one core, beside OpenBLAS's dgemv of the same size: µs for
 * each vector, best of several runs (that is what a busy machine disturbs least); and seconds for
 * the transfer matrices. Usage: bench [runs] */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_numeric.h"
#include "ohm_physics.h"
#include "ohm_readout.h"
#include "ohm_rng.h"
#include "ohm_wires.h"

enum { SIDE = 256, VECTORS = 200, LSB = 300000 };

static uint8_t input[VECTORS][SIDE];
static int32_t codes[SIDE];
static int runs = 15;

static double now(void) /* processor time: others on the machine do not count */
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Best time of a vector, µs. */
static double best_of(void (*one)(void *user, uint32_t i), void *user)
{
    double best = 1;
    one(user, 0);
    for (int run = 0; run < runs; run++) {
        double start = now();
        for (uint32_t i = 0; i < VECTORS; i++)
            one(user, i);
        double each = (now() - start) / VECTORS;
        best = each < best ? each : best;
    }
    return best * 1e6;
}

static struct ohm_array *new_array(const char *device, const char *const *settings)
{
    struct ohm_error err;
    struct ohm_physics p;
    ohm_physics_default(&p);
    for (; settings && *settings; settings += 2)
        if (ohm_physics_set(&p, settings[0], settings[1], &err))
            return NULL;
    struct ohm_array *a = ohm_array_new(SIDE, SIDE, ohm_device_find(device), 1, 0, &err);
    if (!a || ohm_array_set_physics(a, &p, &err))
        return NULL;
    for (unsigned i = 0; i < SIDE * SIDE; i++)
        for (unsigned dev = 0; dev < 2; dev++)
            ohm_array_program(a, dev, i / SIDE, i % SIDE, (unsigned)(ohm_mix(2 * i + dev) % 16385),
                              NULL);
    return a;
}

struct blas {
    double g[SIDE * SIDE], x[SIDE], y[SIDE];
};

static void dgemv(void *user, uint32_t i)
{
    struct blas *b = user;
    b->x[0] = i;
    cblas_dgemv(CblasRowMajor, CblasTrans, SIDE, SIDE, 1, b->g, SIDE, b->x, 1, 0, b->y, 1);
}

static void charges(void *user, uint32_t i)
{
    int16_t t[SIDE];
    for (int r = 0; r < SIDE; r++)
        t[r] = input[i][r];
    ohm_array_read(user, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0, 0}, codes);
}

/* 8-bit pulses, 8-bit converter. */
static void pwm(void *user, uint32_t i)
{
    int clip;
    charges(user, i);
    for (int c = 0; c < SIDE; c++)
        codes[c] = ohm_adc(codes[c], LSB, -128, 127, &clip);
}

static void pwm_readout(void *user, uint32_t i)
{
    const struct ohm_readout *r = ohm_array_readout(user, 0);
    struct ohm_conversion conversion = {LSB, 1, -129, ohm_readout_key(r, i, 0, 0), 0, 0};
    int16_t t[SIDE];
    for (int k = 0; k < SIDE; k++)
        t[k] = input[i][k];
    ohm_array_read(user, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0, 0}, codes);
    ohm_array_integrate(user, OHM_CELL_BOTH, 0, t, 255, codes);
    for (int c = 0; c < SIDE; c++)
        codes[c] = ohm_readout_trip(r, &conversion, (unsigned)c, codes[c]);
}

/* Eight 1-bit slices, each converted and added. */
static void serial(void *user, uint32_t i)
{
    int32_t sum[SIDE] = {0};
    for (unsigned bit = 0; bit < 8; bit++) {
        int16_t t[SIDE];
        int clip;
        for (int r = 0; r < SIDE; r++)
            t[r] = input[i][r] >> bit & 1;
        ohm_array_read(user, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, (uint8_t)bit, 0},
                       codes);
        for (int c = 0; c < SIDE; c++)
            sum[c] += ohm_adc(codes[c], LSB / 128, -128, 127, &clip) << bit;
    }
    memcpy(codes, sum, sizeof sum);
}

static double line(const char *what, double us, double blas, const char *goal)
{
    printf("%-66s %8.2f us %9.0f /s %6.2f x dgemv   %s\n", what, us, 1e6 / us, us / blas, goal);
    fflush(stdout);
    return us;
}

static void transfer(int side, const char *goal)
{
    double *g = malloc((size_t)(side * side) * sizeof *g), best = 1e9;
    struct ohm_wires w = {.r_wl = 0.35, .r_bl = 0.35};
    struct ohm_error err;
    for (int run = 0; run < 3; run++) {
        for (int i = 0; i < side * side; i++)
            g[i] = 10e-6 * ohm_uniform(ohm_key_at(1, (uint64_t)i));
        double start = now();
        if (ohm_wires_transfer(&w, side, side, g, g, &err))
            printf("%s\n", err.text);
        best = now() - start < best ? now() - start : best;
    }
    printf("transfer matrix with wires, %dx%d %63.3f s   %s\n", side, side, best, goal);
    free(g);
}

int main(int argc, char **argv)
{
    static struct blas blas;
    static const char *const wired[] = {"r_wl", "0.35", "r_bl", "0.35", NULL}, *const by_cell[] = {
                                                                                   "noise", "cell",
                                                                                   NULL};
    static const char *const real[] = {
        "offset", "0.5", "comparator_noise", "0.3", "ramp_step", "0.05", "droop", "1e-5", "leak",
        "5000",   NULL};
    if (argc > 1)
        runs = atoi(argv[1]);
    for (int i = 0; i < VECTORS; i++)
        for (int r = 0; r < SIDE; r++)
            input[i][r] = (uint8_t)(ohm_key_at((uint64_t)i, (uint64_t)r) % 256);
    for (int i = 0; i < SIDE * SIDE; i++)
        blas.g[i] = (double)(ohm_mix((uint64_t)i) % 1000);
    struct {
        const char *what, *device;
        const char *const *settings;
        void (*one)(void *, uint32_t);
        const char *goal;
    } cases[] = {
        {"product alone, ideal", "ideal", NULL, charges, "goal 0.6 x"},
        {"product alone, behind wires", "ideal", wired, charges, "goal 50000 /s"},
        {"8-bit pulses, 8-bit ADC, ideal", "ideal", NULL, pwm, ""},
        {"8-bit pulses, 8-bit ADC, HERMES noise, exact variance", "pcm-hermes", NULL, pwm,
         "goal 2 x"},
        {"the same behind wires", "pcm-hermes", wired, pwm, "goal 50000 /s"},
        {"the same, a draw a cell", "pcm-hermes", by_cell, pwm, ""},
        {"8-bit pulses, HERMES noise, readout with every error", "pcm-hermes", real, pwm_readout,
         ""},
        {"8 x 1-bit pulses, 8-bit ADC, HERMES noise, exact variance", "pcm-hermes", NULL, serial,
         "goal 10000 /s"},
    };
    printf("%dx%d, dense 8-bit inputs, processor time, best of %d runs of %d vectors\n", SIDE, SIDE,
           runs, VECTORS);
    double base = best_of(dgemv, &blas);
    line("OpenBLAS dgemv, one vector", base, base, openblas_get_corename());
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct ohm_array *a = new_array(cases[k].device, cases[k].settings);
        if (!a)
            return printf("out of memory\n"), 1;
        line(cases[k].what, best_of(cases[k].one, a), base, cases[k].goal);
        ohm_array_free(a);
    }
    transfer(128, "goal 0.15 s");
    transfer(256, "goal 1.0 s");
    return 0;
}
