/* SPDX-License-Identifier: Apache-2.0
 * ohm-estimate: what a network needs on each configuration, before anything is built. */
#include <cjson/cJSON.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_estimate.h"
#include "ohm_option_value.h"

enum { JOBS_MAX = 32, EXIT_BAD_INPUT = 2 };

struct job { /* a configuration */
    const struct ohm_net *net;
    const struct ohm_estimate_settings *settings;
    struct ohm_config config;
    struct ohm_estimate result;
    struct ohm_error err;
    pthread_t thread;
    int failed;
};

struct given { /* on the command line */
    const char *net, *config, *mesh, *device, *energy, *mapping, *clock;
    int json;
};

static const char HELP[] =
    "usage: ohm-estimate --net DIR [options]\n"
    "Tiles, cycles per image, energy and bottleneck of a network on each configuration, from the\n"
    "mapper and from calibration images on the golden model.\n"
    "  --net DIR        network directory\n"
    "  --config NAME    one configuration, or all (tiny, small, base and large)\n"
    "  --mesh WxH       its mesh (its own, or the smallest that does)\n"
    "  --mapping NAME   pwm or exact (pwm)\n"
    "  --device NAME    device model (pcm-hermes)\n"
    "  --energy FILE    parameters of energy and area (sim/configs/energy.txt)\n"
    "  --clock-mhz N    for images a second and power (1000)\n"
    "  --json           as JSON\n"
    "exit codes: 0 the network fits at least one of them; 1 none; 2 bad input\n";

static int parse(int argc, char **argv, struct given *g, struct ohm_error *err)
{
    static const struct option LONG[] = {
        {"net", 1, NULL, 'n'},     {"config", 1, NULL, 'c'}, {"mesh", 1, NULL, 'm'},
        {"device", 1, NULL, 'd'},  {"energy", 1, NULL, 'e'}, {"mapping", 1, NULL, 'p'},
        {"clock-mhz", 1, NULL, 'f'}, {"json", 0, NULL, 'j'}, {"help", 0, NULL, 'h'}, {0}};
    int c;
    *g = (struct given){.device = "pcm-hermes", .energy = "sim/configs/energy.txt",
                        .mapping = "pwm", .clock = "1000"};
    opterr = 0;
    while ((c = getopt_long(argc, argv, ":", LONG, NULL)) != -1) {
        switch (c) {
        case 'n': g->net = optarg; break;
        case 'c': g->config = optarg; break;
        case 'm': g->mesh = optarg; break;
        case 'd': g->device = optarg; break;
        case 'e': g->energy = optarg; break;
        case 'p': g->mapping = optarg; break;
        case 'f': g->clock = optarg; break;
        case 'j': g->json = 1; break;
        case 'h': return 1;
        default:
            return ohm_fail(err, "%s: %s (--help lists the options)", argv[optind - 1],
                            c == ':' ? "without a value" : "no such option");
        }
    }
    if (optind < argc)
        return ohm_fail(err, "%s: expected options alone (--help lists them)", argv[optind]);
    return g->net ? 0 : ohm_fail(err, "--net: missing (--help lists the options)");
}

static int set_mesh(const char *text, struct ohm_config *c, struct ohm_error *err)
{
    int used = 0;
    if (sscanf(text, "%2dx%2d%n", &c->mesh_w, &c->mesh_h, &used) == 2 && !text[used]
        && c->mesh_w >= 1 && c->mesh_w <= OHM_MESH_MAX && c->mesh_h >= 1
        && c->mesh_h <= OHM_MESH_MAX)
        return 0;
    return ohm_fail(err, "--mesh: %s, expected WxH from 1x1 to %dx%d", text, OHM_MESH_MAX,
                    OHM_MESH_MAX);
}

/* The configurations that are asked for; their number, or -1 + err. */
static int choose(const struct given *g, struct job *jobs, struct ohm_error *err)
{
    static const char *const USUAL[] = {"tiny", "small", "base", "large", NULL};
    const int all = g->config && !strcmp(g->config, "all");
    int n = 0;
    for (size_t i = 0; n < JOBS_MAX; i++) {
        const char *name = all         ? ohm_config_name(i)
                         : g->config ? (i ? NULL : g->config)
                                       : USUAL[i];
        if (!name)
            break;
        if (ohm_config_find(name, &jobs[n].config, err)
            || (g->mesh && set_mesh(g->mesh, &jobs[n].config, err)))
            return -1;
        n++;
    }
    if (g->mesh && n != 1)
        return ohm_fail(err, "--mesh: %s, expected with one --config", g->mesh);
    return n;
}

static void *work(void *user)
{
    struct job *j = user;
    j->failed = ohm_estimate(j->net, &j->config, j->settings, &j->result, &j->err);
    return NULL;
}

/* All at once: each is a thread of its own, since none takes long. */
static void work_all(struct job *jobs, int n)
{
    int started[JOBS_MAX];
    for (int i = 0; i < n; i++) {
        started[i] = !pthread_create(&jobs[i].thread, NULL, work, &jobs[i]);
        if (!started[i])
            work(&jobs[i]);
    }
    for (int i = 0; i < n; i++)
        if (started[i])
            pthread_join(jobs[i].thread, NULL);
}

/* What would make the slowest part quicker, as far as the mapper knows. */
static void print_lift(const struct job *j)
{
    const struct ohm_estimate *e = &j->result;
    printf("           to lift it: ");
    if (e->limit != OHM_LIMIT_TILE)
        printf("larger tiles, so that fewer of them read the same map\n");
    else if (e->lift_w)
        printf("mesh %dx%d, where the busiest tile takes %ld cycles\n", e->lift_w, e->lift_h,
               e->lift_cycles);
    else if (e->windows == 1)
        printf("nothing on the mesh: one vector takes that long\n");
    else if (j->net->layers[e->layer].from[0] == OHM_FROM_INPUT)
        printf("no mesh up to %dx%d: tiles that the host feeds stand in one mesh column\n",
               OHM_MESH_MAX, OHM_MESH_MAX);
    else
        printf("no mesh up to %dx%d: routes and credits allow no more replicas\n", OHM_MESH_MAX,
               OHM_MESH_MAX);
}

static void print_bottleneck(const struct job *j)
{
    const struct ohm_estimate *e = &j->result;
    printf("           bottleneck: ");
    if (e->limit == OHM_LIMIT_TILE)
        printf("layer %s, %ld window%s of %d cycles an image in its busiest tile\n",
               j->net->layers[e->layer].name, e->windows, e->windows == 1 ? "" : "s",
               e->vmm_cycles);
    else if (e->limit == OHM_LIMIT_HOST)
        printf("the link between bridge and mesh, %ld flits an image\n", e->link_cycles);
    else
        printf("the link of router (%d,%d) to %c, %ld flits an image\n", e->load.bx, e->load.by,
               e->load.direction, e->link_cycles);
    print_lift(j);
}

static void print_table(const struct job *jobs, int n, double clock_mhz)
{
    printf("%-10s %-6s %9s %6s %6s %10s %10s %11s %8s\n", "config", "mesh", "tiles", "cells %",
           "mm2", "cycles", "images/s", "nJ/image", "TOPS/W");
    for (int i = 0; i < n; i++) {
        const struct job *j = &jobs[i];
        const struct ohm_estimate *e = &j->result;
        char mesh[16], tiles[24], energy[2][24] = {"-", "-"};
        if (j->failed) {
            printf("%-10s does not fit: %s\n", j->config.name, j->err.text);
            continue;
        }
        const long cycles = ohm_estimate_cycles(e);
        snprintf(mesh, sizeof mesh, "%dx%d%s", e->config.mesh_w, e->config.mesh_h,
                 e->grown ? "*" : "");
        snprintf(tiles, sizeof tiles, "%d of %d", e->tiles, e->places);
        if (e->images) {
            snprintf(energy[0], sizeof energy[0], "%.2f", 1e-3 * ohm_energy_sum(&e->energy, 0));
            snprintf(energy[1], sizeof energy[1], "%.3f", e->tops_w);
        }
        printf("%-10s %-6s %9s %6.0f %7.3f %10ld %10.0f %11s %8s\n", j->config.name, mesh, tiles,
               100.0 * (double)e->cells / (double)e->cells_there, e->area_mm2, cycles,
               1e6 * clock_mhz / (double)cycles, energy[0], energy[1]);
        print_bottleneck(j);
    }
    for (int i = 0; i < n; i++)
        if (!jobs[i].failed && jobs[i].result.grown) {
            printf("* the smallest mesh that does; the configuration's own is too small\n");
            return;
        }
}

static cJSON *energy_json(const struct ohm_estimate *e)
{
    cJSON *o = cJSON_CreateObject();
    for (int c = 0; c < OHM_PARTS; c++)
        if (c != OHM_PART_PROGRAMMING)
            cJSON_AddNumberToObject(o, ohm_component_name((enum ohm_component)c),
                                    1e-3 * e->energy.pj[c]);
    return o;
}

static cJSON *job_json(const struct job *j)
{
    static const char *const LIMITS[] = {"tile", "link", "host"};
    const struct ohm_estimate *e = &j->result;
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "config", j->config.name);
    cJSON_AddBoolToObject(o, "fits", !j->failed);
    if (j->failed) {
        cJSON_AddStringToObject(o, "reason", j->err.text);
        return o;
    }
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"mesh_w", e->config.mesh_w}, {"mesh_h", e->config.mesh_h},
                   {"tiles", e->tiles}, {"places", e->places}, {"cells", (double)e->cells},
                   {"cells_there", (double)e->cells_there},
                   {"cycles", (double)ohm_estimate_cycles(e)},
                   {"tile_cycles", (double)e->tile_cycles},
                   {"link_cycles", (double)e->link_cycles}, {"windows", (double)e->windows},
                   {"vmm_cycles", e->vmm_cycles}, {"area_mm2", e->area_mm2},
                   {"lift_mesh_w", e->lift_w}, {"lift_mesh_h", e->lift_h},
                   {"lift_cycles", (double)e->lift_cycles}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        cJSON_AddNumberToObject(o, numbers[i].name, numbers[i].value);
    cJSON_AddBoolToObject(o, "smallest_mesh", e->grown);
    cJSON_AddStringToObject(o, "layer", j->net->layers[e->layer].name);
    cJSON_AddStringToObject(o, "limit", LIMITS[e->limit]);
    if (e->images) {
        cJSON_AddNumberToObject(o, "energy_nj", 1e-3 * ohm_energy_sum(&e->energy, 0));
        cJSON_AddNumberToObject(o, "tops_w", e->tops_w);
        cJSON_AddItemToObject(o, "energy_nj_of", energy_json(e));
    }
    return o;
}

static int print_json(const struct job *jobs, int n, const struct given *g, struct ohm_error *err)
{
    cJSON *root = cJSON_CreateObject(), *list;
    cJSON_AddStringToObject(root, "net", g->net);
    list = cJSON_AddArrayToObject(root, "configurations");
    for (int i = 0; i < n; i++)
        cJSON_AddItemToArray(list, job_json(&jobs[i]));
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (!text)
        return ohm_fail(err, "out of memory");
    puts(text);
    free(text);
    return 0;
}

/* Everything between the options and the answer. Returns the exit code; -1 + err: bad input. */
static int estimate(const struct given *g, struct ohm_net *net, struct ohm_error *err)
{
    static const char *const MAPPINGS[] = {"pwm", "exact", NULL};
    static struct job jobs[JOBS_MAX];
    struct ohm_energy_params unused;
    struct ohm_coding coding;
    uint64_t clock_mhz;
    int fits = 0;
    const int mapping = ohm_option_choice("mapping", g->mapping, MAPPINGS, err),
              n = mapping < 0 ? -1 : choose(g, jobs, err);
    if (n < 0 || ohm_option_number("clock-mhz", g->clock, 1, 100000, &clock_mhz, err))
        return -1;
    ohm_coding_default(mapping ? OHM_MAPPING_EXACT : OHM_MAPPING_PWM, &coding);
    const struct ohm_estimate_settings settings = {
        .coding = &coding, .device = ohm_device_find(g->device), .energy = g->energy,
        .clock_mhz = (double)clock_mhz, .mesh_given = g->mesh != NULL};
    if (!settings.device)
        return ohm_fail(err, "--device: %s, expected a device model (ohmic --help lists them)",
                        g->device);
    if (ohm_energy_load(g->energy, &unused, err) || ohm_net_load(g->net, net, err))
        return -1;
    for (int i = 0; i < n; i++) {
        jobs[i].net = net;
        jobs[i].settings = &settings;
    }
    work_all(jobs, n);
    for (int i = 0; i < n; i++)
        fits += !jobs[i].failed;
    if (!g->json)
        print_table(jobs, n, settings.clock_mhz);
    else if (print_json(jobs, n, g, err))
        return -1;
    return fits ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct given given;
    struct ohm_net net = {0};
    struct ohm_error err = {""};
    int rc = parse(argc, argv, &given, &err);
    if (rc > 0) {
        fputs(HELP, stdout);
        return 0;
    }
    rc = rc ? rc : estimate(&given, &net, &err);
    ohm_net_free(&net);
    if (rc < 0)
        fprintf(stderr, "ohm-estimate: %s\n", err.text);
    return rc < 0 ? EXIT_BAD_INPUT : rc;
}
