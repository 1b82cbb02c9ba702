/* SPDX-License-Identifier: Apache-2.0
 * The SystemC model as a backend. It is a shared object that is loaded when it is asked for, so that SystemC is needed by those
 * only who use it. */
#ifndef OHM_BACKEND_TLM_H
#define OHM_BACKEND_TLM_H

#include "ohm_backend.h"
#include "ohm_physics.h"
#include "ohm_tlm_settings.h"

struct ohm_tlm_run {
    const char *library; /* libohm_tlm.so */
    const struct ohm_config *config;
    const struct ohm_device_model *device;
    const struct ohm_physics *physics; /* NULL: ideal */
    uint64_t seed;
    const struct ohm_tlm_settings *settings;
    ohm_golden_observer observer; /* NULL: none */
    void *user;
    struct ohm_activity *activity; /* NULL: none */
};

int ohm_backend_tlm_open(const struct ohm_tlm_run *run, struct ohm_backend *out, struct ohm_error *err);

/* All of the following are of a backend of ohm_backend_tlm_open. */
/* Figures count from here on. */
void ohm_backend_tlm_restart(const struct ohm_backend *b);
/* The network's flits, as the routers counted them. */
void ohm_backend_tlm_network(const struct ohm_backend *b, struct ohm_activity *a);
/* Load of links and tiles, a line each: links.csv, tiles.csv. */
int ohm_backend_tlm_files(const struct ohm_backend *b, const char *directory, struct ohm_error *err);
/* Timing style, clocks, the busiest links, use of the tiles, in so many cycles. */
void ohm_backend_tlm_summary(const struct ohm_backend *b, uint64_t cycles, FILE *to);

#endif
