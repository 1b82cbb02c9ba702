/* SPDX-License-Identifier: Apache-2.0
 * Test data: images and labels from IDX files (plain or gzip) or .npy files, told apart by their
 * first bytes; or both from one file in the binary format of CIFAR-10, which has no mark of its own
 * and is known by its name, *.bin. */
#ifndef OHM_DATA_H
#define OHM_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_error.h"

OHM_API_BEGIN

struct ohm_data {
    int count, inputs;
    int is_signed;   /* images are int8 (never -128), else uint8 */
    /* of an image as the file has it: one number a vector, two or three a map; more count as one */
    int dims, shape[3];
    uint8_t *images; /* count × inputs */
    /* count × label_steps; NULL: there are none. label_steps: labels of an image, 1 or one for each
     * step of a sequence */
    int32_t *labels;
    int label_steps;
};

/* Whether the file holds labels with its images, by its name. */
int ohm_data_is_cifar(const char *path);

/* Images: uint8 or int8, first dimension = image. Labels: uint8 or int8 to int64, one per image, or
 * in two dimensions one per image and step; a path of NULL: none, or those in CIFAR-10's file,
 * whose planes of red, green and blue become pixels of three bytes. */
int ohm_data_load(const char *images_path, const char *labels_path, struct ohm_data *out,
                  struct ohm_error *err);
/* Whether images of several dimensions lie as a network's input of h lines of w pixels of c
 * channels does. -1 + err: channels first, or lines and pixels exchanged, would be other images of
 * as many bytes. */
int ohm_data_fits(const struct ohm_data *d, const char *path, int h, int w, int c,
                  struct ohm_error *err);
void ohm_data_free(struct ohm_data *d);

OHM_API_END

#endif
