/* SPDX-License-Identifier: Apache-2.0
 * NumPy .npy files (format versions 1 to 3): C order, little endian, the integer types that
 * networks and data use and the floating-point ones of measured arrays. */
#ifndef OHM_NPY_H
#define OHM_NPY_H

#include <stddef.h>

#include "ohm_error.h"

enum ohm_npy_type {
    OHM_NPY_U8, OHM_NPY_S8, OHM_NPY_S16, OHM_NPY_S32, OHM_NPY_S64, OHM_NPY_F32, OHM_NPY_F64
};
#define OHM_NPY_DIMS 4

struct ohm_npy {
    enum ohm_npy_type type;
    int dims;
    size_t shape[OHM_NPY_DIMS];
    size_t count; /* elements */
    /* uint8_t, int8_t, int16_t, int32_t, int64_t, float or double in the machine's order; owned */
    void *data;
};

int ohm_npy_load(const char *path, struct ohm_npy *out, struct ohm_error *err);
/* Writes doubles as float64 (version 1). The stream's errors are the caller's to find (ferror). */
void ohm_npy_write(FILE *f, int dims, const size_t *shape, const double *data);

void ohm_npy_free(struct ohm_npy *a);

/* int64, which plain NumPy makes of whole numbers, to the integer type wanted; an array of another
 * type stays as it is. -1 + err names the first element that does not fit. */
int ohm_npy_narrow(struct ohm_npy *a, const char *path, enum ohm_npy_type type,
                   struct ohm_error *err);

/* Type and shape as expected (a shape entry of 0: any length), or an error that names the file and
 * both shapes. */
int ohm_npy_expect(const struct ohm_npy *a, const char *path, enum ohm_npy_type type, int dims,
                   const size_t *shape, struct ohm_error *err);

#endif
