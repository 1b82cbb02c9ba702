/* SPDX-License-Identifier: Apache-2.0
 * Options, table and report of a demonstration. */
#include "ohm_app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ohm_data.h"
#include "ohm_rng.h"

enum { DOMAIN_ORDER = 300 };

_Noreturn void ohm_app_die(const struct ohm_app *a)
{
    fprintf(stderr, "%s: %s\n", a->name, a->err.text);
    exit(1);
}

const char *ohm_app_file(const char *name, char *buffer, size_t size)
{
    const char *root = getenv("OHM_ROOT");

    snprintf(buffer, size, "%s%s%s", root ? root : "", root ? "/" : "", name);
    return buffer;
}

static _Noreturn void usage(const struct ohm_app *a, int code)
{
    fprintf(code ? stderr : stdout,
            "usage: %s [--out DIR] [--seed N] [--samples N] [--threads N] [--small] [--tiny]\n"
            "          [--golden] [--device-file FILE]\n"
            "  --out DIR          report.json and figures go there\n"
            "  --seed N           of devices, draws and the order of samples (1)\n"
            "  --samples N        training samples in place of the published number\n"
            "  --threads N        (1)\n"
            "  --small            the small case of make test\n"
            "  --tiny             a few samples: for comparing models, nothing is reached\n"
            "  --golden           pulses and reads by the golden model\n"
            "  --device-file FILE devices of another kind (docs/explain/devices.md)\n",
            a->name);
    exit(code);
}

static unsigned long number(struct ohm_app *a, const char *option, const char *text,
                            unsigned long most)
{
    char *end = NULL;

    errno = 0;
    const unsigned long n = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
    if (!end || *end || errno || n > most) {
        ohm_fail(&a->err, "%s: '%s', expected a number, at most %lu", option, text ? text : "",
                 most);
        ohm_app_die(a);
    }
    return n;
}

/* An option with a value: takes it and returns 1. */
static int valued(struct ohm_app *a, const char *option, const char *value)
{
    if (!strcmp(option, "--out"))
        a->out = value;
    else if (!strcmp(option, "--device-file"))
        a->device = value;
    else if (!strcmp(option, "--seed"))
        a->seed = number(a, option, value, UINT32_MAX);
    else if (!strcmp(option, "--samples"))
        a->samples = (long)number(a, option, value, 100000000);
    else if (!strcmp(option, "--threads"))
        a->threads = (int)number(a, option, value, 256);
    else
        return 0;
    if (!value) {
        ohm_fail(&a->err, "%s: expected a value behind it", option);
        ohm_app_die(a);
    }
    return 1;
}

void ohm_app_open(struct ohm_app *a, int argc, char **argv, const char *name, const char *title,
                  const char *device)
{
    static char own_device[512];
    char path[512];

    *a = (struct ohm_app){.name = name, .seed = 1, .threads = 1};
    a->device = ohm_app_file(device, own_device, sizeof own_device);
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--small"))
            a->small = 1;
        else if (!strcmp(argv[i], "--tiny"))
            a->tiny = 1;
        else if (!strcmp(argv[i], "--golden"))
            a->golden = 1;
        else if (!strcmp(argv[i], "--help"))
            usage(a, 0);
        else if (valued(a, argv[i], argv[i + 1]))
            i++;
        else
            usage(a, 2);
    if (a->out && mkdir(a->out, 0777) && errno != EEXIST) {
        ohm_fail(&a->err, "%s: %s", a->out, strerror(errno));
        ohm_app_die(a);
    }
    if (ohm_energy_load(ohm_app_file("sim/configs/energy.txt", path, sizeof path), &a->energy,
                        &a->err))
        ohm_app_die(a);
    a->json = cJSON_CreateObject();
    cJSON_AddStringToObject(a->json, "app", name);
    cJSON_AddStringToObject(a->json, "title", title);
    cJSON_AddStringToObject(a->json, "device", a->device);
    cJSON_AddNumberToObject(a->json, "seed", (double)a->seed);
    cJSON_AddBoolToObject(a->json, "small", a->small);
    a->rows = cJSON_AddArrayToObject(a->json, "rows");
    printf("%s: %s%s\n", name, title, a->small ? " (small case)" : "");
    printf("%-44s %16s %12s\n", "", "published", "here");
}

void ohm_app_row(struct ohm_app *a, const char *what, const char *published, double ours,
                 const char *unit, enum ohm_app_reach reach, double limit)
{
    const int ok = reach == OHM_APP_TOLD || (reach == OHM_APP_AT_LEAST ? ours >= limit
                                                                       : ours <= limit);
    cJSON *row = cJSON_CreateObject();

    printf("%-44s %16s %12.5g %-8s", what, published, ours, unit);
    if (reach != OHM_APP_TOLD)
        printf(" %s %g: %s", reach == OHM_APP_AT_LEAST ? ">=" : "<=", limit,
               ok ? "reached" : "MISSED");
    printf("\n");
    fflush(stdout);
    a->missed += !ok;
    cJSON_AddStringToObject(row, "what", what);
    cJSON_AddStringToObject(row, "published", published);
    cJSON_AddNumberToObject(row, "here", ours);
    cJSON_AddStringToObject(row, "unit", unit);
    if (reach != OHM_APP_TOLD) {
        cJSON_AddNumberToObject(row, reach == OHM_APP_AT_LEAST ? "at_least" : "at_most", limit);
        cJSON_AddBoolToObject(row, "reached", ok);
    }
    cJSON_AddItemToArray(a->rows, row);
}

void ohm_app_spent(struct ohm_app *a, const char *what, const struct ohm_learn *l)
{
    struct ohm_learn_spent s;
    char label[120];

    ohm_learn_spent(l, &a->energy, &s);
    const struct { const char *name; double value; const char *unit; } row[] = {
        {"pulses to devices", (double)s.counts.cells, ""},
        {"pulses of the most pulsed device", s.cycles_most, ""},
        {"pulses of a device, mean", s.cycles_mean, ""},
        {"energy of pulses", 1e-6 * s.write_pj, "uJ"},
        {"energy of reads", 1e-6 * s.read_pj, "uJ"},
        {"codes clipped", s.codes ? 100.0 * (double)s.clipped / (double)s.codes : 0, "%"},
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        snprintf(label, sizeof label, "%s: %s", what, row[i].name);
        ohm_app_row(a, label, "-", row[i].value, row[i].unit, OHM_APP_TOLD, 0);
    }
}

void ohm_app_mnist(struct ohm_app *a, struct ohm_data *train, struct ohm_data *test)
{
    static const char *const part[] = {"train", "t10k"};
    struct ohm_data *to[] = {train, test};
    char name[2][120], path[2][512];

    for (int i = 0; i < 2; i++) {
        snprintf(name[0], sizeof name[0], "sim/data/mnist/%s-images-8x8-idx3-ubyte.gz", part[i]);
        snprintf(name[1], sizeof name[1], "sim/data/mnist/%s-labels-idx1-ubyte.gz", part[i]);
        if (ohm_data_load(ohm_app_file(name[0], path[0], sizeof path[0]),
                          ohm_app_file(name[1], path[1], sizeof path[1]), to[i], &a->err))
            ohm_app_die(a);
    }
}

uint32_t ohm_app_sample(const struct ohm_app *a, long i, int count)
{
    return (uint32_t)(ohm_key_at(ohm_key(a->seed, DOMAIN_ORDER), (uint64_t)i) % (uint64_t)count);
}

int ohm_app_close(struct ohm_app *a)
{
    char path[600], *text = cJSON_Print(a->json);

    if (a->out) {
        snprintf(path, sizeof path, "%s/report.json", a->out);
        FILE *f = fopen(path, "w");
        if (!f || fprintf(f, "%s\n", text) < 0 || fclose(f)) {
            ohm_fail(&a->err, "%s: %s", path, strerror(errno));
            ohm_app_die(a);
        }
        printf("report: %s\n", path);
    }
    free(text);
    cJSON_Delete(a->json);
    return a->missed != 0;
}
