/* SPDX-License-Identifier: Apache-2.0
 * The options of `ohmic`, in the order of the help. Private to ohm_option*.c, for the names of the
 * enumeration are short. */
#ifndef OHM_OPTION_LIST_H
#define OHM_OPTION_LIST_H

enum {
    NET, DATA, LABELS, FIRST, COUNT, MOST, CONFIG, MESH, DEVICE, DEVICE_FILE, PHYSICS, SET, R_WIRE,
    NODE, MAPS, TIME, COMPENSATE, REFERENCES, CALIBRATE, SEED, MAPPING, SLICES, CELL_BITS, APART,
    PULSE_COUNT, ROW_GROUPS, ADC_BITS, PROGRAM, SPARE_COLUMNS, DEFECTS, SAVE_DEFECTS, COPIES, LANES,
    LINKS, REPLICAS, RELOAD, DRAW, RANGE, BACKEND, THREADS, PATIENCE, RTL_LIB, TLM_LIB, TLM, ENERGY,
    OUT, OUTPUTS, WAVES, RECORD, LIMIT_CYCLES, TIMED, PLAN, PART, MERGE, NO_CHECK, TRIP_CODE, HELP,
    OPTIONS
};

struct ohm_option {
    const char *name, *value, *doc; /* value NULL: it takes none */
};

extern const struct ohm_option OHM_OPTION_LIST[OPTIONS];
/* Names of --range, in the order of enum ohm_range_rule; NULL at the end. */
extern const char *const OHM_OPTION_RANGES[];

#endif
