/* SPDX-License-Identifier: Apache-2.0
 * ohm-estimate: what a network needs on each configuration, before anything is built. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ohm_estimate_all.h"
#include "ohm_option_value.h"

enum { EXIT_BAD_INPUT = 2 };

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

static int parse(int argc, char **argv, struct ohm_estimate_options *o, int *json,
                 struct ohm_error *err)
{
    static const struct option LONG[] = {
        {"net", 1, NULL, 'n'},       {"config", 1, NULL, 'c'}, {"mesh", 1, NULL, 'm'},
        {"device", 1, NULL, 'd'},    {"energy", 1, NULL, 'e'}, {"mapping", 1, NULL, 'p'},
        {"clock-mhz", 1, NULL, 'f'}, {"json", 0, NULL, 'j'},   {"help", 0, NULL, 'h'}, {0}};
    uint64_t clock_mhz = 0;
    int c, used = 0, rc = 0;
    opterr = 0;
    while (!rc && (c = getopt_long(argc, argv, ":", LONG, NULL)) != -1) {
        switch (c) {
        case 'n': o->net = optarg; break;
        case 'c': o->config = optarg; break;
        case 'm':
            if (sscanf(optarg, "%2dx%2d%n", &o->mesh_w, &o->mesh_h, &used) != 2 || optarg[used])
                rc = ohm_fail(err, "--mesh: %s, expected WxH from 1x1 to %dx%d", optarg,
                              OHM_MESH_MAX, OHM_MESH_MAX);
            break;
        case 'd': o->device = optarg; break;
        case 'e': o->energy = optarg; break;
        case 'p': o->mapping = optarg; break;
        case 'f': rc = ohm_option_number("clock-mhz", optarg, 1, 100000, &clock_mhz, err); break;
        case 'j': *json = 1; break;
        case 'h': return 1;
        default:
            rc = ohm_fail(err, "%s: %s (--help lists the options)", argv[optind - 1],
                          c == ':' ? "without a value" : "no such option");
        }
    }
    o->clock_mhz = (int)clock_mhz;
    if (!rc && optind < argc)
        rc = ohm_fail(err, "%s: expected options alone (--help lists them)", argv[optind]);
    return rc || o->net ? rc : ohm_fail(err, "--net: missing (--help lists the options)");
}

/* What would make the slowest part quicker, as far as the mapper knows. */
static void print_lift(const struct ohm_estimates *all, const struct ohm_estimate_one *j)
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
    else if (all->net.layers[e->layer].from[0] == OHM_FROM_INPUT)
        printf("no mesh up to %dx%d: tiles that the host feeds stand in one mesh column\n",
               OHM_MESH_MAX, OHM_MESH_MAX);
    else
        printf("no mesh up to %dx%d: routes and credits allow no more replicas\n", OHM_MESH_MAX,
               OHM_MESH_MAX);
}

static void print_bottleneck(const struct ohm_estimates *all, const struct ohm_estimate_one *j)
{
    const struct ohm_estimate *e = &j->result;
    printf("           bottleneck: ");
    if (e->limit == OHM_LIMIT_TILE)
        printf("layer %s, %ld window%s of %d cycles an image in its busiest tile\n",
               all->net.layers[e->layer].name, e->windows, e->windows == 1 ? "" : "s",
               e->vmm_cycles);
    else if (e->limit == OHM_LIMIT_HOST)
        printf("the link between bridge and mesh, %ld flits an image\n", e->link_cycles);
    else
        printf("the link of router (%d,%d) to %c, %ld flits an image\n", e->load.bx, e->load.by,
               e->load.direction, e->link_cycles);
    print_lift(all, j);
}

static void print_table(const struct ohm_estimates *all)
{
    printf("%-10s %-6s %9s %6s %6s %10s %10s %11s %8s\n", "config", "mesh", "tiles", "cells %",
           "mm2", "cycles", "images/s", "nJ/image", "TOPS/W");
    for (int i = 0; i < all->count; i++) {
        const struct ohm_estimate_one *j = &all->one[i];
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
               1e6 * all->clock_mhz / (double)cycles, energy[0], energy[1]);
        print_bottleneck(all, j);
    }
    for (int i = 0; i < all->count; i++)
        if (!all->one[i].failed && all->one[i].result.grown) {
            printf("* the smallest mesh that does; the configuration's own is too small\n");
            return;
        }
}

static int print_json(const struct ohm_estimate_options *o, struct ohm_error *err)
{
    char *text = ohm_estimate_json(o, err);
    if (!text)
        return -1;
    puts(text);
    ohm_estimate_json_free(text);
    return 0;
}

/* Returns the exit code; -1 + err: bad input. */
static int estimate(const struct ohm_estimate_options *o, struct ohm_error *err)
{
    static struct ohm_estimates all;
    int fits = 0;
    if (ohm_estimate_all(o, &all, err))
        return -1;
    print_table(&all);
    for (int i = 0; i < all.count; i++)
        fits += !all.one[i].failed;
    ohm_estimates_free(&all);
    return fits ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct ohm_estimate_options o = {0};
    struct ohm_error err = {""};
    int json = 0, rc = parse(argc, argv, &o, &json, &err);
    if (rc > 0) {
        fputs(HELP, stdout);
        return 0;
    }
    rc = rc ? rc : json ? print_json(&o, &err) : estimate(&o, &err);
    if (rc < 0)
        fprintf(stderr, "ohm-estimate: %s\n", err.text);
    return rc < 0 ? EXIT_BAD_INPUT : rc;
}
