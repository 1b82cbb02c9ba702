/* SPDX-License-Identifier: Apache-2.0
 * An array keeps what was programmed (target code, number of programming events of each device) and
 * the time. What a read sees is a pure function of those (ohm_array_read.c); a change marks here
 * which cells its views are behind on. */
#include "ohm_array_parts.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_rng.h"

enum { DOMAIN_READ = 3 }; /* the others: ohm_settle.c */

void ohm_array_all_stale(struct ohm_array *a)
{
    memset(a->stale, STALE_BOTH, (size_t)a->rows * (size_t)a->cols);
    memset(a->stale_row, 1, (size_t)a->rows);
    a->any_stale = 1;
    a->unsolved = ~0u;
}

struct ohm_array *ohm_array_new(int rows, int cols, const struct ohm_device_model *device,
                                uint64_t seed, unsigned macro, struct ohm_error *err)
{
    if (rows < 1 || rows > SIZE_MAX_SIDE || cols < 1 || cols > SIZE_MAX_SIDE) {
        ohm_fail(err, "array: size %d x %d, expected 1 to %d rows and columns", rows, cols,
                 SIZE_MAX_SIDE);
        return NULL;
    }
    double times = ohm_settle_factor(device);
    if (!(times <= OHM_G_MAX_TIMES)) {
        ohm_fail(err,
                 "%s: v_read: %g V, where a device at g_max conducts %.3g times what it does at "
                 "low voltage, expected at most %d",
                 device->name, device->common[OHM_DEVICE_V_READ].value, times, OHM_G_MAX_TIMES);
        return NULL;
    }
    struct ohm_array *a = calloc(1, sizeof *a);
    size_t cells = (size_t)rows * (size_t)cols;
    if (a) {
        a->cells[PLUS] = calloc(cells, sizeof *a->cells[PLUS]);
        a->cells[MINUS] = calloc(cells, sizeof *a->cells[MINUS]);
        a->stale = malloc(cells);
        a->stale_row = malloc((size_t)rows);
    }
    if (!a || !a->cells[PLUS] || !a->cells[MINUS] || !a->stale || !a->stale_row) {
        ohm_array_free(a);
        ohm_fail(err, "array: out of memory for %d x %d cells", rows, cols);
        return NULL;
    }
    a->rows = rows;
    a->cols = cols;
    a->stride[FORWARD] = ohm_kernel_stride(cols);
    a->stride[BACK] = ohm_kernel_stride(rows);
    a->simd = ohm_simd_best();
    a->seed = seed;
    a->macro = macro;
    a->parallel = 1;
    ohm_physics_default(&a->physics);
    ohm_settler_init(&a->settler, device, seed, macro);
    a->read_key = ohm_key_add(ohm_key(seed, DOMAIN_READ), macro);
    ohm_array_all_stale(a);
    return a;
}

void ohm_array_free(struct ohm_array *a)
{
    if (!a)
        return;
    for (int back = 0; back < DIRECTIONS; back++) {
        for (int s = 0; s < SELECTIONS; s++) {
            free(a->views[back][s].g);
            free(a->views[back][s].s2);
            free(a->views[back][s].above);
        }
        ohm_readout_free(a->readout[back]);
        for (int dev = 0; dev < DEVICES; dev++)
            free(a->behind[back][dev]);
    }
    for (int dev = 0; dev < DEVICES; dev++) {
        free(a->cells[dev]);
        free(a->kept[dev]);
    }
    free(a->telegraphic);
    free(a->pulsed);
    free(a->half);
    free(a->stale);
    free(a->stale_row);
    free(a);
}

int ohm_array_program(struct ohm_array *a, unsigned dev, unsigned row, unsigned col, unsigned code,
                      struct ohm_error *err)
{
    if (dev >= DEVICES)
        return ohm_fail(err, "program: device %u, expected 0 (plus) or 1 (minus)", dev);
    if (row >= (unsigned)a->rows)
        return ohm_fail(err, "program: row %u, expected 0 to %d", row, a->rows - 1);
    if (col >= (unsigned)a->cols)
        return ohm_fail(err, "program: column %u, expected 0 to %d", col, a->cols - 1);
    if (code > OHM_CODE_MAX)
        return ohm_fail(err, "program: code %u of row %u, column %u, expected 0 to %d", code, row,
                        col, OHM_CODE_MAX);
    size_t i = cell_index(a, row, col);
    a->cells[dev][i].code = (uint16_t)code;
    a->cells[dev][i].events++;
    if (a->pulsed)
        ohm_array_loaded(a, dev, i);
    a->stale[i] |= (uint8_t)(1 << dev);
    a->stale_row[row] = 1;
    a->any_stale = 1;
    a->unsolved = ~0u;
    return 0;
}

int ohm_array_set_physics(struct ohm_array *a, const struct ohm_physics *physics,
                          struct ohm_error *err)
{
    size_t cells = (size_t)a->rows * (size_t)a->cols;
    const double *map = a->macro < 256 ? physics->map[a->macro] : NULL;
    const int parallel = ohm_physics_value(physics, OHM_PHYSICS_CELL) == OHM_CELL_4T4R ? 2 : 1;
    const double most = OHM_G_MAX_TIMES * parallel * a->settler.device->g_max;
    for (size_t i = 0; map && i < DEVICES * cells; i++)
        if (!(map[i] >= 0 && map[i] <= most))
            return ohm_fail(err,
                            "map of tile (%u,%u): %s device of row %zu, column %zu: %g uS, "
                            "expected 0 to %g (%d G_max of %s)",
                            a->macro % 16, a->macro / 16, i < cells ? "plus" : "minus",
                            i % cells / (size_t)a->cols, i % (size_t)a->cols, map[i], most,
                            OHM_G_MAX_TIMES * parallel, a->settler.device->name);
    if (a->pulsed)
        return ohm_fail(err, "array: cells and wires of an array that has had pulses can't change");
    a->fault[0] = '\0';
    for (int back = 0; back < DIRECTIONS; back++) {
        ohm_readout_free(a->readout[back]);
        a->readout[back] = NULL;
        if (ohm_physics_converts(physics)
            && !(a->readout[back] = ohm_readout_new(physics, a->seed, a->macro, back,
                                                    back ? a->rows : a->cols, err)))
            return -1;
    }
    for (int dev = 0; dev < DEVICES; dev++) {
        free(a->behind[FORWARD][dev]);
        free(a->behind[BACK][dev]);
        a->behind[BACK][dev] = NULL;
        a->behind[FORWARD][dev] =
            ohm_physics_wired(physics) ? calloc(cells, sizeof *a->behind[FORWARD][dev]) : NULL;
        if (ohm_physics_wired(physics) && !a->behind[FORWARD][dev])
            return ohm_fail(err, "array: out of memory for %d x %d cells", a->rows, a->cols);
    }
    a->physics = *physics;
    a->parallel = parallel;
    free(a->telegraphic);
    a->telegraphic = NULL;
    a->listed = 0;
    ohm_array_all_stale(a);
    return 0;
}

const struct ohm_readout *ohm_array_readout(const struct ohm_array *a, int back)
{
    return a->readout[back];
}

const char *ohm_array_fault(const struct ohm_array *a)
{
    return a->fault[0] ? a->fault : NULL;
}

void ohm_array_set_time(struct ohm_array *a, uint32_t seconds)
{
    if (a->seconds == seconds)
        return;
    a->seconds = seconds;
    if (a->settler.device->drift || a->settler.noisy || a->settler.telegraph)
        ohm_array_all_stale(a);
}
