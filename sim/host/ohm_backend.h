/* SPDX-License-Identifier: Apache-2.0
 * One interface to whatever stands for the chip: RTL under Verilator, golden model alone, later others. */
#ifndef OHM_BACKEND_H
#define OHM_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_error.h"

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
    void (*close)(void *self);
};

#endif
