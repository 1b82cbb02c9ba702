/* SPDX-License-Identifier: Apache-2.0
 * Targets: the files that users bring. What a reader accepts is used, too, as far as a program
 * would before anything runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ohm_asm.h"
#include "ohm_data.h"
#include "ohm_defects.h"
#include "ohm_device.h"
#include "ohm_energy.h"
#include "ohm_intref.h"
#include "ohm_mapper.h"
#include "ohm_npy.h"
#include "ohm_options.h"
#include "ohm_physics.h"
#include "ohm_table.h"
#include "ohm_text.h"
#include "ohm_write.h"

static struct ohm_error err;

/* Everything that is refused says why in one printable line. */
static void refused(int rc)
{
    if (rc && (!err.text[0] || strchr(err.text, '\n')))
        abort();
}

static void npy(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_npy a;
    (void)data, (void)n;
    const int rc = ohm_npy_load(path, &a, &err);
    refused(rc);
    if (rc)
        return;
    refused(ohm_npy_narrow(&a, path, OHM_NPY_S8, &err));
    ohm_npy_free(&a);
}

/* IDX, plain and gzip; CIFAR-10 by its file's name; .npy: as images and as labels. */
static void images(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_data d;
    (void)data, (void)n;
    int rc = ohm_data_load(path, NULL, &d, &err);
    refused(rc);
    if (rc)
        return;
    refused(ohm_data_fits(&d, path, 8, 8, 3, &err));
    ohm_data_free(&d);
    rc = ohm_data_load(path, path, &d, &err);
    if (!rc)
        ohm_data_free(&d);
}

static void map_and_run(const struct ohm_net *net)
{
    struct ohm_config c;
    struct ohm_mapping m;
    struct ohm_intref r;
    if (net->inputs > 4096 || net->layer_count > 16)
        return; /* legal, and slow */
    if (!ohm_config_find("tiny_vec", &c, &err) && !ohm_map_network(net, &c, OHM_MAPPING_PWM, &m,
                                                                   &err)) {
        FILE *f = fopen("/dev/null", "w");
        ohm_mapping_print(&m, 1, f);
        fclose(f);
        ohm_mapping_free(&m);
    }
    if (ohm_intref_new(net, &r, &err))
        return;
    uint8_t *x = calloc(1, (size_t)net->inputs);
    if (x)
        ohm_intref_run(&r, x);
    free(x);
    ohm_intref_free(&r);
}

/* The directory of the file, in which a network's other arrays lie. */
static void network(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_net net;
    char directory[1024];
    (void)data, (void)n;
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    const int rc = ohm_net_load(directory, &net, &err);
    refused(rc);
    if (rc)
        return;
    map_and_run(&net);
    ohm_net_free(&net);
}

static void device(const char *path, const uint8_t *data, size_t n)
{
    (void)data, (void)n;
    struct ohm_device_model *d = ohm_device_load(path, &err);
    refused(!d);
    ohm_device_free(d);
}

static void physics(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_physics p;
    (void)data, (void)n;
    ohm_physics_default(&p);
    refused(ohm_physics_load(path, &p, &err));
}

static void energy(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_energy_params p;
    (void)data, (void)n;
    refused(ohm_energy_load(path, &p, &err));
}

static void scheme(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_write_scheme s;
    (void)data, (void)n;
    ohm_write_default(&s);
    refused(ohm_write_load(path, &s, &err));
}

static void defects(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_config c;
    struct ohm_defects d = {0};
    (void)data, (void)n;
    if (ohm_config_find("tiny", &c, &err))
        abort();
    refused(ohm_defects_load(path, &c, &d, &err));
    ohm_defects_free(&d);
}

static void csv(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_table t;
    (void)data, (void)n;
    const int rc = ohm_table_load(path, &t, &err);
    refused(rc);
    if (!rc)
        ohm_table_free(&t);
}

/* Text of a vector tile's program. */
static void kernel(const char *path, const uint8_t *data, size_t n)
{
    struct ohm_asm a;
    const struct ohm_vec_size size = {8, 8192, 512, 4, 4, 4, 128};
    char *text = malloc(n + 1);
    (void)path;
    memcpy(text, data, n);
    text[n] = 0;
    const int rc = ohm_asm(text, "text", &size, NULL, 0, &a, &err);
    refused(rc);
    if (!rc) {
        struct ohm_vec *v = ohm_vec_create(&size);
        ohm_asm_load(&a, v);
        ohm_vec_enable(v, 0);
        ohm_vec_free(v);
        ohm_asm_free(&a);
    }
    free(text);
}

/* A command line of ohmic, an argument a line. */
static void options(const char *path, const uint8_t *data, size_t n)
{
    enum { MOST = 64 };
    struct ohm_options *o = calloc(1, sizeof *o);
    char *text = malloc(n + 1), *argv[MOST + 1] = {(char[]){"ohmic"}};
    int argc = 1;
    (void)path;
    memcpy(text, data, n);
    text[n] = 0;
    for (char *line = strtok(text, "\n"); line && argc < MOST; line = strtok(NULL, "\n"))
        argv[argc++] = line;
    refused(ohm_options_parse(argc, argv, o, &err));
    ohm_options_free(o);
    free(o);
    free(text);
}

const struct fuzz_target fuzz_file_targets[] = {
    {"npy", "in.npy", npy},
    {"idx", "in.idx", images},
    {"cifar", "in.bin", images},
    {"network", "net/network.json", network},
    {"weights", "net/fc1_w.npy", network},
    {"device", "in.txt", device},
    {"physics", "in.txt", physics},
    {"energy", "in.txt", energy},
    {"scheme", "in.txt", scheme},
    {"defects", "in.csv", defects},
    {"csv", "in.csv", csv},
    {"kernel", NULL, kernel},
    {"options", NULL, options},
    {0},
};
