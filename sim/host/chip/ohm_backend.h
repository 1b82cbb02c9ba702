/* SPDX-License-Identifier: Apache-2.0
 * One interface to whatever stands for the chip: RTL under Verilator, golden model alone, later others. */
#ifndef OHM_BACKEND_H
#define OHM_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_error.h"
#include "ohm_golden.h"

struct ohm_activity;

struct ohm_backend {
    void *self;
    /* Sends a packet (no CRC; the backend adds it where the wire has one). 0 or -1. */
    int (*send)(void *self, int config_class, const uint32_t *flits, size_t n, struct ohm_error *err);
    /* Next packet from the chip (no CRC; checked): flits, 0 none, -1 broken packet or a mismatch found by a checker. */
    long (*recv)(void *self, uint32_t *flits, size_t max, struct ohm_error *err);
    /* Lets up to `cycles` pass (0 cycles in an untimed backend); returns early when a packet waits. 0 or -1 (mismatch). */
    int (*run)(void *self, uint64_t cycles, struct ohm_error *err);
    uint64_t (*cycle)(void *self);
    size_t (*queued)(void *self);
    /* End of a run: -1 when something expected was not seen, or the chip counted something that must not happen. */
    int (*finish)(void *self, struct ohm_error *err);
    void (*close)(void *self);
    /* Number (low 16 bits) of the vector in which a check failed; -1 when none did or it is not known. May be NULL. */
    long (*suspect)(void *self);
    uint64_t patience; /* cycles of silence after which it is stuck, where its cycles are not the plan's; 0: they are */
    struct ohm_golden *golden; /* behind or beside it; NULL when nothing checks */
    /* What a model without golden model has computed. May be NULL. */
    void (*stats)(void *self, struct ohm_golden_stats *out);
    /* Conductance of a cell, as ohm_array_geff: tile y*16 + x, sel 0 both devices, 1 plus, 2 minus. May be NULL. */
    int (*geff)(void *self, unsigned tile, unsigned sel, unsigned row, unsigned col);
    /* Counts activity from now on, without golden model; at the end the credits too. May be NULL. */
    int (*count)(void *self, struct ohm_activity *a, struct ohm_error *err);
    void (*count_credits)(void *self, struct ohm_activity *a);
};

/* The golden model alone. observer (may be NULL) sees every output of every VMM. */
int ohm_backend_golden_open(const struct ohm_config *config, const struct ohm_device_model *device, uint64_t seed,
                            ohm_golden_observer observer, void *user, struct ohm_backend *out, struct ohm_error *err);

/* Before the first packet: the physics of every macro (ohm_physics.h). Only for a backend of ohm_backend_golden_open. */
int ohm_backend_golden_physics(struct ohm_backend *b, const struct ohm_physics *physics, struct ohm_error *err);

/* The fast model (ohm_fast.h), which takes no time. physics may be NULL: ideal. The observer is called in the order of the images. */
int ohm_backend_model_open(const struct ohm_config *config, const struct ohm_device_model *device,
                           const struct ohm_physics *physics, uint64_t seed, int threads, ohm_golden_observer observer, void *user, struct ohm_backend *out, struct ohm_error *err);

/* The cycle model (ohm_cycle.h): in the RTL's cycles. */
int ohm_backend_cycle_open(const struct ohm_config *config, const struct ohm_device_model *device,
                           const struct ohm_physics *physics, uint64_t seed, ohm_golden_observer observer, void *user,
                           struct ohm_backend *out, struct ohm_error *err);

struct ohm_rtl_run {
    const char *library; /* the Verilated chip: libohm_rtl.so of tb/harness/build.sh */
    const struct ohm_config *config;
    const struct ohm_device_model *device;
    const struct ohm_physics *physics; /* NULL: ideal */
    uint64_t seed;
    int32_t trip_code;     /* OHM_TRIP_PHYSICS or a fixed code (bench) */
    int check;             /* 0: no golden model, no trace (bench) */
    const char *wave_path; /* NULL: none */
    const char *record_path; /* packets and traces for the offline checker; NULL: none */
    ohm_golden_observer observer; /* sees every output that the RTL commits, after its check; NULL: none */
    void *user;
};

/* The RTL, each packet and trace record checked by a golden model of its own. */
int ohm_backend_rtl_open(const struct ohm_rtl_run *run, struct ohm_backend *out, struct ohm_error *err);

#endif
