/* SPDX-License-Identifier: Apache-2.0
 * What the tests of the analog models share besides the checks of devices_test.h. */
#ifndef MODELS_TEST_H
#define MODELS_TEST_H

#include "devices_test.h"

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_rng.h"

static uint64_t draw_state = 1;

static inline int draw(int low, int high)
{
    return low + (int)(ohm_key_at(99, draw_state++) % (uint64_t)(high - low + 1));
}

static inline struct ohm_array *new_array(int rows, int cols, const char *device, uint64_t seed,
                                          unsigned macro)
{
    struct ohm_error err = {""};
    struct ohm_array *a = ohm_array_new(rows, cols, ohm_device_find(device), seed, macro, &err);
    CHECK(a && !err.text[0]);
    return a;
}

#endif
