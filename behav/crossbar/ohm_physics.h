/* SPDX-License-Identifier: Apache-2.0
 * What the analog side is besides its devices: cells, wires, converters, measured maps. Everything
 * is ideal by default. The array (ohm_array.h) and the readout (ohm_readout.h) take one of these;
 * golden model and macro share it. */
#ifndef OHM_PHYSICS_H
#define OHM_PHYSICS_H

#include "ohm_api.h"
#include "ohm_error.h"
#include "ohm_param.h"

OHM_API_BEGIN

enum ohm_physics_param {
    /* array */
    OHM_PHYSICS_CELL,  /* enum ohm_cell_kind */
    OHM_PHYSICS_NOISE, /* enum ohm_noise_kind */
    OHM_PHYSICS_R_WL, OHM_PHYSICS_R_BL, OHM_PHYSICS_R_DRIVE, OHM_PHYSICS_R_SENSE, OHM_PHYSICS_DRIVE,
    OHM_PHYSICS_SENSE, OHM_PHYSICS_PART_ROWS, OHM_PHYSICS_PART_COLS, OHM_PHYSICS_NODE,
    OHM_PHYSICS_PITCH,
    /* readout: ohm_readout.h */
    OHM_PHYSICS_GAIN, OHM_PHYSICS_GAIN_SPREAD, OHM_PHYSICS_LEAK, OHM_PHYSICS_SATURATION,
    OHM_PHYSICS_DROOP, OHM_PHYSICS_OFFSET, OHM_PHYSICS_COMPARATOR_NOISE, OHM_PHYSICS_RAMP_BOW,
    OHM_PHYSICS_RAMP_STEP, OHM_PHYSICS_RAMP_SPAN, OHM_PHYSICS_REFERENCE_SPREAD, OHM_PHYSICS_COUNT
};

enum ohm_cell_kind {
    /* both devices on one bit line, each with a word line of its own; subtracted in the cell */
    OHM_CELL_2T2R,
    /* one word line, the devices on neighbouring bit lines; subtracted behind them */
    OHM_CELL_1T1R,
    OHM_CELL_4T4R  /* 2t2r with two devices in parallel per polarity, each programmed to half */
};

enum ohm_noise_kind {
    OHM_NOISE_COLUMN, /* one draw a column with the exact variance of the sum */
    OHM_NOISE_CELL    /* one draw a cell: the same distribution, slower */
};

struct ohm_physics {
    struct ohm_param param[OHM_PHYSICS_COUNT + 1];
    /* Measured conductances in µS of a tile (y*16 + x), [2][rows][cols]: plus devices, minus
     * devices; NULL: as programmed. They hold at the reference time, in place of what programming
     * would have left. Borrowed. */
    const double *map[256];
};

static inline double ohm_physics_value(const struct ohm_physics *p, enum ohm_physics_param which)
{
    return p->param[which].value;
}

void ohm_physics_default(struct ohm_physics *p);
/* Sets one parameter. -1 + err also when there is none of that name. `node` sets both segments. */
int ohm_physics_set(struct ohm_physics *p, const char *name, const char *text,
                    struct ohm_error *err);
/* Sets parameters from a file (ohm_param.h). */
int ohm_physics_load(const char *path, struct ohm_physics *p, struct ohm_error *err);

/* Are the wires worth solving; is the readout not ideal? */
int ohm_physics_wired(const struct ohm_physics *p);
int ohm_physics_converts(const struct ohm_physics *p);

OHM_API_END

#endif
