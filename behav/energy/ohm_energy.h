/* SPDX-License-Identifier: Apache-2.0
 * Energy and area from what happened (ohm_activity.h) and a file of parameters with their sources
 * (sim/configs/energy.txt).
 *
 * Energy of a component = Σ events × energy of an event; nothing else is in it: no leakage, no
 * clock tree, no host. Operations: one multiply-accumulate of the network's integers (8 × 8 bits)
 * is two. */
#ifndef OHM_ENERGY_H
#define OHM_ENERGY_H

#include "ohm_activity.h"
#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_energy_list.h"
#include "ohm_error.h"

OHM_API_BEGIN

#ifdef __cplusplus
extern "C" {
#endif

enum ohm_component {
    OHM_PART_DRIVERS, OHM_PART_ARRAY, OHM_PART_INTEGRATORS, OHM_PART_ADC, OHM_PART_SHIFT_ADD,
    OHM_PART_POST, OHM_PART_VECTOR, OHM_PART_BUFFERS, OHM_PART_NETWORK, OHM_PART_HOST,
    OHM_PART_PROGRAMMING,
    OHM_PARTS
};
const char *ohm_component_name(enum ohm_component c);

/* The parameters of sim/configs/energy.txt, by their names there. */
struct ohm_energy_params {
#define OHM_ENERGY_FIELD(name) double name;
    OHM_ENERGY_PARAMS(OHM_ENERGY_FIELD)
#undef OHM_ENERGY_FIELD
};

/* Every parameter must be there once, positive, with a source behind '#'. -1 + err: file, line,
 * what is wrong. */
int ohm_energy_load(const char *path, struct ohm_energy_params *out, struct ohm_error *err);

struct ohm_energy { double pj[OHM_PARTS]; }; /* picojoules */

/* Of one tile, all but host and packets. g_max: of the device model, µS; clock_mhz: what a tick
 * lasts is tick_ns * 1000 / clock_mhz. */
void ohm_energy_tile(const struct ohm_energy_params *p, const struct ohm_config *c,
                     const struct ohm_tile_activity *t, double g_max, double clock_mhz,
                     struct ohm_energy *out);
/* Of one kind of work of its programming engine, which is in that. */
void ohm_energy_engine(const struct ohm_energy_params *p, const struct ohm_config *c,
                       const struct ohm_engine_activity *w, double g_max, double clock_mhz,
                       struct ohm_energy *out);
/* Of network and host streams. */
void ohm_energy_chip(const struct ohm_energy_params *p, const struct ohm_activity *a,
                     struct ohm_energy *out);
/* with or without programming */
double ohm_energy_sum(const struct ohm_energy *e, int programming);
void ohm_energy_add(struct ohm_energy *to, const struct ohm_energy *e);

/* Square millimetres of a tile with its router. */
struct ohm_area { double array, drivers, columns, digital, buffers, router, total; };
void ohm_area_tile(const struct ohm_energy_params *p, const struct ohm_config *c,
                   struct ohm_area *out);
/* Of a vector tile: lanes and sequencer are its digital part; nothing analogue. */
void ohm_area_vector(const struct ohm_energy_params *p, const struct ohm_config *c,
                     struct ohm_area *out);

/* The calibration case: the HERMES core (Khaddam-Aljameh et al., IEEE JSSC 2022): 256 × 256 PCM
 * cells in 14 nm, all columns converted to 8 bits in 130 ns, 10.5 TOPS/W, 1.59 TOPS/mm². */
struct ohm_calibration {
    double reference_tops_w, reference_ns, reference_tops_mm2;
    double tops_w, ns, tops_mm2;   /* this model's; tops_mm2 at the reference's time */
    double tops_w_literature;      /* without the parameter that is fitted to this case */
};
void ohm_energy_calibration(const struct ohm_energy_params *p, struct ohm_calibration *out);

#ifdef __cplusplus
}
#endif

OHM_API_END

#endif
