/* SPDX-License-Identifier: Apache-2.0
 * Figures: wire table of NeuroSim (DNN+NeuroSim V1.3; Peng et al. 2019), minimum-width wires. */
#include "ohm_wires_node.h"

#include <stddef.h>

static const struct ohm_wires_node TABLE[] = {
    {130, 175, 0.45}, {65, 105, 1.43}, {40, 80, 3.04}, {28, 56, 6.55},
    {22, 40, 13.3},   {14, 25, 40.6},  {7, 18, 98.0},
};
#define COUNT ((int)(sizeof TABLE / sizeof TABLE[0]))

const struct ohm_wires_node *ohm_wires_node_at(int i)
{
    return i >= 0 && i < COUNT ? &TABLE[i] : NULL;
}

int ohm_wires_node_segment(int nm, double pitch, double *ohm, double *farad, struct ohm_error *err)
{
    if (!(pitch >= 1 && pitch <= 1000))
        return ohm_fail(err, "wires: pitch = %g F, expected 1 to 1000", pitch);
    int wanted = nm == 45 ? 40 : nm == 32 ? 28 : nm;
    for (int i = 0; i < COUNT; i++)
        if (TABLE[i].nm == wanted) {
            double um = pitch * TABLE[i].width_nm * 1e-3;
            *ohm = um * TABLE[i].ohm_per_um;
            *farad = um * OHM_WIRES_FF_PER_UM * 1e-15;
            return 0;
        }
    return ohm_fail(err, "wires: node = %d nm, expected 130, 65, 45, 40, 32, 28, 22, 14 or 7", nm);
}
