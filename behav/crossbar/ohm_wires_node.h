/* SPDX-License-Identifier: Apache-2.0
 * Wire resistance and capacitance by technology node. */
#ifndef OHM_WIRES_NODE_H
#define OHM_WIRES_NODE_H

#include "ohm_error.h"

struct ohm_wires_node {
    int nm;            /* the node's name */
    double width_nm;   /* of the wire; the feature size F that pitches are counted in */
    double ohm_per_um;
};

#define OHM_WIRES_FF_PER_UM 0.2 /* at every node */

/* Entry i of the table, NULL past its end. */
const struct ohm_wires_node *ohm_wires_node_at(int i);

/* Ohms and farads of one segment across a cell of `pitch` F (1T1R: about 12, passive: 4). -1 + err:
 * node not in the table, or a pitch outside of 1 to 1000. 45 and 32 are taken as 40 and 28. */
int ohm_wires_node_segment(int nm, double pitch, double *ohm, double *farad, struct ohm_error *err);

#endif
