/* SPDX-License-Identifier: Apache-2.0
 * Arrays with physics: what their tests share. */
#ifndef ARRAYS_TEST_H
#define ARRAYS_TEST_H

#include "devices_test.h"

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_physics.h"
#include "ohm_rng.h"

static uint64_t state = 1;

static inline int draw(int low, int high)
{
    return low + (int)(ohm_key_at(99, state++) % (uint64_t)(high - low + 1));
}

static inline struct ohm_physics physics_of(const char *const *settings)
{
    struct ohm_physics p;
    struct ohm_error err;
    ohm_physics_default(&p);
    for (; *settings; settings += 2)
        CHECK(!ohm_physics_set(&p, settings[0], settings[1], &err));
    return p;
}
#define PHYSICS(...) physics_of((const char *const[]){__VA_ARGS__, NULL})

static inline struct ohm_array *new_array(int rows, int cols,
                                          const struct ohm_device_model *d,
                                          const struct ohm_physics *p)
{
    struct ohm_error err = {""};
    struct ohm_array *a = ohm_array_new(rows, cols, d, 4, 18, &err);
    assert_non_null(a);
    if (p && ohm_array_set_physics(a, p, &err))
        print_error("%s\n", err.text);
    CHECK(!err.text[0]);
    return a;
}

static inline void program_random(struct ohm_array *a, int rows, int cols, uint64_t key)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            for (unsigned dev = 0; dev < 2; dev++)
                CHECK(!ohm_array_program(
                    a, dev, (unsigned)r, (unsigned)c,
                    (unsigned)(ohm_key_at(key, (uint64_t)(r * 1000 + c * 2) + dev) % 16385), NULL));
}

static inline void random_times(int16_t *t, int rows)
{
    for (int r = 0; r < rows; r++)
        t[r] = (int16_t)(draw(0, 3) ? draw(-255, 255) : 0);
}

#endif
