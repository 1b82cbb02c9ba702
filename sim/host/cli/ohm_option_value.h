/* SPDX-License-Identifier: Apache-2.0
 * Values of options. Private to sim/host/cli. */
#ifndef OHM_OPTION_VALUE_H
#define OHM_OPTION_VALUE_H

#include <stdint.h>

#include "ohm_error.h"
#include "ohm_physics.h"

/* A whole number from min to max; a negative one is what a cast to int64_t makes of *out. */
int ohm_option_number(const char *option, const char *text, int64_t min, uint64_t max,
                      uint64_t *out, struct ohm_error *err);
/* Index of text among the names, which end with NULL; -1 + err. */
int ohm_option_choice(const char *option, const char *text, const char *const *names,
                      struct ohm_error *err);

/* A back end that has the programming engine, with the library that it needs. */
int ohm_option_chip(const char *backend, const char *rtl_lib, struct ohm_error *err);
/* WxH. */
int ohm_option_mesh(const char *text, int *w, int *h, struct ohm_error *err);
/* One parameter: NAME=VALUE of --set, or one that another option stands for. */
int ohm_option_physics(const char *text, struct ohm_physics *p, struct ohm_error *err);
int ohm_option_shorthand(const char *option, const char *name, const char *text,
                         struct ohm_physics *p, struct ohm_error *err);

struct ohm_options;
/* Loads the scheme of --program and checks what it goes with; a model's tiles get the engine. */
int ohm_option_program(struct ohm_options *o, struct ohm_error *err);
/* Whether what is to be measured of the cells before a run goes together. */
int ohm_option_cells(const struct ohm_options *o, struct ohm_error *err);

#endif
