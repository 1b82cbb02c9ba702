/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_physics.h"

#include <string.h>

#include "ohm_wires_node.h"

#define R_MAX 1e6 /* ohms */

static const char *const cells[] = {"2t2r", "1t1r", "4t4r", NULL};
static const char *const noises[] = {"column", "cell", NULL};
static const char *const ends[] = {"single", "double", NULL};

static const struct ohm_param defaults[OHM_PHYSICS_COUNT + 1] = {
    [OHM_PHYSICS_CELL] = {"cell", 0, 0, 2, "2t2r, 1t1r or 4t4r", cells},
    [OHM_PHYSICS_NOISE] = {"noise", 0, 0, 1, "draws of read noise: one a column or one a cell",
                           noises},
    [OHM_PHYSICS_R_WL] = {"r_wl", 0, 0, R_MAX, "ohm, word line, from device to device", NULL},
    [OHM_PHYSICS_R_BL] = {"r_bl", 0, 0, R_MAX, "ohm, bit line, from device to device", NULL},
    [OHM_PHYSICS_R_DRIVE] = {"r_drive", 0, 0, R_MAX, "ohm, each driven end of a word line", NULL},
    [OHM_PHYSICS_R_SENSE] = {"r_sense", 0, 0, R_MAX, "ohm, each sensed end of a bit line", NULL},
    [OHM_PHYSICS_DRIVE] = {"drive", 0, 0, 1, "word lines driven at one end or both", ends},
    [OHM_PHYSICS_SENSE] = {"sense", 0, 0, 1, "bit lines sensed at one end or both", ends},
    [OHM_PHYSICS_PART_ROWS] = {"part_rows", 0, 0, 256,
                               "rows of cells of one part of the array, 0: all", NULL},
    [OHM_PHYSICS_PART_COLS] = {"part_cols", 0, 0, 256, "columns of cells of one part, 0: all",
                               NULL},
    [OHM_PHYSICS_NODE] = {"node", 0, 7, 130, "nm, technology node that r_wl and r_bl come from",
                          NULL},
    [OHM_PHYSICS_PITCH] = {"pitch", 12, 1, 1000, "cell pitch in wire widths, for node", NULL},
    [OHM_PHYSICS_GAIN] = {"gain", 1, 0.1, 10, "of the integrators", NULL},
    [OHM_PHYSICS_GAIN_SPREAD] = {"gain_spread", 0, 0, 1, "sigma of the gain between columns", NULL},
    [OHM_PHYSICS_LEAK] = {"leak", 0, 0, 1e9, "ticks, time constant of the integrators, 0: no leak",
                          NULL},
    [OHM_PHYSICS_SATURATION] = {"saturation", 0, 0, 65280,
                                "largest charge, in ticks of one device at g_max, 0: none", NULL},
    [OHM_PHYSICS_DROOP] = {"droop", 0, 0, 1e-4, "share of the held charge lost at each ramp step",
                           NULL},
    [OHM_PHYSICS_OFFSET] = {"offset", 0, 0, 100, "LSB, sigma of the comparators' offsets", NULL},
    [OHM_PHYSICS_COMPARATOR_NOISE] = {"comparator_noise", 0, 0, 100,
                                      "LSB, sigma of a draw per conversion", NULL},
    [OHM_PHYSICS_RAMP_BOW] = {"ramp_bow", 0, -50, 50, "steps, bow of the ramp at its middle (INL)",
                              NULL},
    [OHM_PHYSICS_RAMP_STEP] = {"ramp_step", 0, 0, 0.5, "steps, sigma of one step's size (DNL)",
                               NULL},
    [OHM_PHYSICS_RAMP_SPAN] = {"ramp_span", 128, 16, 2048,
                               "steps from the middle to where the bow is 0 again", NULL},
    [OHM_PHYSICS_REFERENCE_SPREAD] = {"reference_spread", 0, 0, 0.2,
                                      "sigma of the ramp's slope between tiles", NULL},
    OHM_PARAM_END,
};

void ohm_physics_default(struct ohm_physics *p)
{
    memset(p, 0, sizeof *p);
    memcpy(p->param, defaults, sizeof defaults);
}

int ohm_physics_set(struct ohm_physics *p, const char *name, const char *text,
                    struct ohm_error *err)
{
    double farad, ohm;
    int rc = ohm_param_set(p->param, name, text, err);
    if (rc == 1)
        return ohm_param_unknown("the physics", name, p->param, NULL, err);
    if (rc || !ohm_physics_value(p, OHM_PHYSICS_NODE)
        || (strcmp(name, "node") && strcmp(name, "pitch")))
        return rc;
    if (ohm_wires_node_segment((int)ohm_physics_value(p, OHM_PHYSICS_NODE),
                               ohm_physics_value(p, OHM_PHYSICS_PITCH), &ohm, &farad, err))
        return -1;
    p->param[OHM_PHYSICS_R_WL].value = p->param[OHM_PHYSICS_R_BL].value = ohm;
    return 0;
}

static int set_line(void *user, const char *name, const char *text, struct ohm_error *err)
{
    return ohm_physics_set(user, name, text, err);
}

int ohm_physics_load(const char *path, struct ohm_physics *p, struct ohm_error *err)
{
    return ohm_param_read(path, set_line, p, err);
}

int ohm_physics_wired(const struct ohm_physics *p)
{
    return ohm_physics_value(p, OHM_PHYSICS_R_WL) > 0 || ohm_physics_value(p, OHM_PHYSICS_R_BL) > 0
           || ohm_physics_value(p, OHM_PHYSICS_R_DRIVE) > 0
           || ohm_physics_value(p, OHM_PHYSICS_R_SENSE) > 0;
}

int ohm_physics_converts(const struct ohm_physics *p)
{
    for (int i = OHM_PHYSICS_GAIN; i < OHM_PHYSICS_COUNT; i++)
        if (i != OHM_PHYSICS_RAMP_SPAN && p->param[i].value != defaults[i].value)
            return 1;
    return 0;
}
