/* SPDX-License-Identifier: Apache-2.0
 * Speed of the fast model: a network with pcm-hermes, the host library's driver included,
 * programming and the arrays' first read not. Prints images per second of processor time (of all
 * threads together) and of wall time, median of three runs. Usage: bench <network> <images>
 * <labels> <count> <threads> <config> <WxH> */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ohm_backend.h"
#include "ohm_data.h"
#include "ohm_driver.h"

enum { RUNS = 3 };

struct clocks {
    double processor, wall;
};

static struct clocks first;

static double seconds(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct clocks now(void)
{
    return (struct clocks){seconds(CLOCK_PROCESS_CPUTIME_ID), seconds(CLOCK_MONOTONIC)};
}

static void must(int status, const struct ohm_error *err)
{
    if (status) {
        fprintf(stderr, "bench: %s\n", err->text);
        exit(1);
    }
}

static int done(void *user, uint32_t image, const int32_t *v)
{
    (void)user;
    if (image == 0)
        first = now();
    return v == NULL;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct ohm_error err = {{0}};
    struct ohm_config config;
    static struct ohm_net net;
    static struct ohm_data data;
    static struct ohm_mapping mapping;
    if (argc != 8) {
        fprintf(stderr,
                "usage: bench <network> <images> <labels> <count> <threads> <config> <WxH>\n");
        return 2;
    }
    const uint32_t count = (uint32_t)atoi(argv[4]);
    const int threads = atoi(argv[5]);
    must(ohm_config_find(argv[6], &config, &err), &err);
    if (sscanf(argv[7], "%dx%d", &config.mesh_w, &config.mesh_h) != 2)
        must(ohm_fail(&err, "mesh: \"%s\", expected WxH", argv[7]), &err);
    must(ohm_net_load(argv[1], &net, &err) || ohm_data_load(argv[2], argv[3], &data, &err)
         || ohm_map_network(&net, &config, OHM_MAPPING_PWM, &mapping, &err), &err);
    double processor[RUNS], wall[RUNS], vmms = 0; /* of an image */
    for (int i = 0; i < RUNS; i++) {
        struct ohm_backend b;
        struct ohm_drive_stats stats;
        const struct ohm_backend_settings settings = {.config = &config,
                                                      .device = ohm_device_find("pcm-hermes"),
                                                      .seed = 1, .threads = threads};
        const struct ohm_drive d = {
            .mapping = &mapping, .images = data.images, .count = count, .done = done};
        must(ohm_backend_open("model", &settings, &b, &err), &err);
        must(ohm_drive_run(&d, &b, &stats, &err), &err);
        const struct clocks end = now();
        struct ohm_golden_stats computed;
        b.stats(b.self, &computed);
        vmms = (double)computed.vmms / count;
        b.close(b.self);
        processor[i] = (count - 1) / (end.processor - first.processor);
        wall[i] = (count - 1) / (end.wall - first.wall);
    }
    qsort(processor, RUNS, sizeof processor[0], by_value);
    qsort(wall, RUNS, sizeof wall[0], by_value);
    printf("fast model, %s, %s %s, pcm-hermes, %d thread%s: %.0f images/s of processor time (%.2f "
           "us/VMM), %.0f images/s of "
           "wall time\n",
           net.name, argv[6], argv[7], threads, threads > 1 ? "s" : "", processor[RUNS / 2],
           1e6 / (processor[RUNS / 2] * vmms), wall[RUNS / 2]);
    ohm_mapping_free(&mapping);
    ohm_data_free(&data);
    ohm_net_free(&net);
    return 0;
}
