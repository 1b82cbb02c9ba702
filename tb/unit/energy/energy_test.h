/* SPDX-License-Identifier: Apache-2.0
 * What the energy tests share. */
#ifndef ENERGY_TEST_H
#define ENERGY_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "ohm_energy.h"

extern unsigned long checks;
#define CHECK(x) (checks++, assert_true(x))

#define FILE_NAME "sim/configs/energy.txt"

struct ohm_energy_params good(void); /* the shipped file's */
void parameters(void **state);       /* the file and its errors */
void counts_engine(void **state);    /* the programming engine */

#endif
