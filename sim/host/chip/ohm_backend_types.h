/* SPDX-License-Identifier: Apache-2.0
 * The back ends, one file each. Private to sim/host/chip. */
#ifndef OHM_BACKEND_TYPES_H
#define OHM_BACKEND_TYPES_H

#include "ohm_backend.h"

extern const struct ohm_backend_type ohm_backend_rtl, ohm_backend_golden, ohm_backend_model,
    ohm_backend_tlm, ohm_backend_uart;

#endif
