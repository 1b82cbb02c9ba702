/* SPDX-License-Identifier: Apache-2.0
 * Updates as ohm_update.h has them, the same pulses in the same order, sooner: masks come from
 * comparisons of whole vectors of columns, rows that cannot reach a pulse are passed over. */
#ifndef OHM_FAST_UPDATE_H
#define OHM_FAST_UPDATE_H

#include "ohm_api.h"
#include "ohm_update.h"

OHM_API_BEGIN

int ohm_fast_update(struct ohm_update_array *t, const struct ohm_update *u,
                    const struct ohm_update_vector *v, struct ohm_error *err);
int ohm_fast_transfer(struct ohm_update_array *t, const struct ohm_update *u, const int8_t *k,
                      struct ohm_error *err);

OHM_API_END

#endif
