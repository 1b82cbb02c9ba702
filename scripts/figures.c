/* SPDX-License-Identifier: Apache-2.0
 * Numbers for scripts/figures.sh. Usage: figures wires | histogram DEVICE SECONDS */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_physics.h"
#include "ohm_rng.h"
#include "ohm_settle.h"

enum { VECTORS = 64, SIDE_MAX = 256 };

/* Pairs of uniform conductances with a mean of 5 µS, half of the rows on with uniform activations:
 * RMS of the difference that wires make to a column's charge, over the RMS of the charge. */
static double wire_error(int side, double ohms, const char *cell)
{
    struct ohm_device_model device = ohm_device_ideal;
    struct ohm_error err;
    struct ohm_physics p;
    double error = 0, signal = 0;
    char text[32];
    device.g_max = 10;
    ohm_physics_default(&p);
    snprintf(text, sizeof text, "%g", ohms);
    struct ohm_array *ideal = ohm_array_new(side, side, &device, 1, 0, &err),
                     *wired = ohm_array_new(side, side, &device, 1, 0, &err);
    if (!ideal || !wired || ohm_physics_set(&p, "r_wl", text, &err)
        || ohm_physics_set(&p, "r_bl", text, &err) || ohm_physics_set(&p, "cell", cell, &err)
        || ohm_array_set_physics(wired, &p, &err)) {
        fprintf(stderr, "figures: %s\n", err.text);
        exit(1);
    }
    for (unsigned i = 0; i < (unsigned)(side * side); i++)
        for (unsigned dev = 0; dev < 2; dev++) {
            unsigned code = (unsigned)(ohm_mix(2 * i + dev) % 16385);
            ohm_array_program(ideal, dev, i / (unsigned)side, i % (unsigned)side, code, NULL);
            ohm_array_program(wired, dev, i / (unsigned)side, i % (unsigned)side, code, NULL);
        }
    for (uint32_t v = 0; v < VECTORS; v++) {
        int16_t t[SIDE_MAX];
        int32_t exact[SIDE_MAX], q[SIDE_MAX];
        struct ohm_read_key key = {v, 0, 0};
        for (int r = 0; r < side; r++) {
            uint64_t bits = ohm_key_at(v, (uint64_t)r);
            t[r] = (int16_t)(bits & 1 ? 0 : bits >> 8 & 255);
        }
        ohm_array_read(ideal, OHM_CELL_BOTH, t, &key, exact);
        ohm_array_read(wired, OHM_CELL_BOTH, t, &key, q);
        for (int c = 0; c < side; c++) {
            error += ((double)q[c] - exact[c]) * ((double)q[c] - exact[c]);
            signal += (double)exact[c] * exact[c];
        }
    }
    if (ohm_array_fault(wired)) {
        fprintf(stderr, "figures: %s\n", ohm_array_fault(wired));
        exit(1);
    }
    ohm_array_free(ideal);
    ohm_array_free(wired);
    return sqrt(error / signal);
}

/* Says in the file that scripts/progress.sh named how far we are, when it runs us. */
static void say_progress(int percent, int side)
{
    const char *path = getenv("PROGRESS");
    FILE *f = path ? fopen(path, "a") : NULL;
    if (f) {
        fprintf(f, "%d arrays of %d x %d\n", percent, side, side);
        fclose(f);
    }
}

static void wires(void)
{
    static const double ohms[] = {0.35, 1, 2.1, 4.4};
    printf("# side, then percent: 2t2r at 0.35, 1, 2.1, 4.4 ohm, then 1t1r at the same\n");
    for (int side = 16; side <= SIDE_MAX; side *= 2) {
        printf("%d", side);
        for (int i = 0; i < 8; i++) {
            /* Four times the cells take five times as long; all sizes together 781 = (5^5 - 1) / 4
             * parts. */
            int parts = (int)pow(5, log2(side) - 4);
            say_progress((int)(100 * ((parts - 1) / 4.0 + parts * i / 8.0) / 781), side);
            printf(" %.5g", 100 * wire_error(side, ohms[i % 4], i < 4 ? "2t2r" : "1t1r"));
        }
        putchar('\n');
        fflush(stdout);
    }
}

/* Densities of conductances programmed to a fifth, two, three … fifths of g_max, read `seconds`
 * after the reference time. */
static void histogram(const struct ohm_device_model *d, uint32_t seconds)
{
    enum { LEVELS = 5, BINS = 120, DEVICES = 20000 };
    static double density[BINS][LEVELS];
    struct ohm_settler s;
    double top = 1.2 * d->g_max;
    ohm_settler_init(&s, d, 1, 0);
    for (int k = 0; k < LEVELS; k++)
        for (uint64_t i = 0; i < DEVICES; i++) {
            struct ohm_settled one = ohm_settle(&s, i * LEVELS + (uint64_t)k, 1,
                                                d->g_max * (k + 1) / LEVELS, -1, seconds);
            double g =
                one.g + sqrt(one.variance) * ohm_normal(ohm_key_at(99, i * LEVELS + (uint64_t)k));
            int bin = (int)(g / top * BINS);
            if (bin >= 0 && bin < BINS)
                density[bin][k] += BINS / (top * DEVICES);
        }
    printf("# conductance (uS), density (1/uS) of each target\n");
    for (int bin = 0; bin < BINS; bin++) {
        printf("%.5g", top * (bin + 0.5) / BINS);
        for (int k = 0; k < LEVELS; k++)
            printf(" %.5g", density[bin][k]);
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    const struct ohm_device_model *d = argc == 4 ? ohm_device_find(argv[2]) : NULL;
    if (argc == 2 && !strcmp(argv[1], "wires")) {
        wires();
    } else if (d && !strcmp(argv[1], "histogram")) {
        histogram(d, (uint32_t)strtoul(argv[3], NULL, 10));
    } else {
        fprintf(stderr, "usage: figures wires | histogram DEVICE SECONDS\n");
        return 2;
    }
    return ferror(stdout) || fflush(stdout) ? 1 : 0; /* a full disk */
}
