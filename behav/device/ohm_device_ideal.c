/* SPDX-License-Identifier: Apache-2.0
 * The ideal device: what was asked for, for ever; its pulses are linear steps. */
#include "ohm_device.h"

#include "ohm_switch.h"

const struct ohm_device_model ohm_device_ideal = {
    .name = "ideal",
    .doc = "exact conductances, no noise, no drift",
    .g_max = 20,
    .common = ohm_device_common,
    .switching = &ohm_switch_ideal,
};
