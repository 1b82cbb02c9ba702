/* SPDX-License-Identifier: Apache-2.0
 * A kernel of the vector unit in the integer reference: one sequence, step after step. Private to
 * sim/host/net. */
#ifndef OHM_INTREF_VECTOR_H
#define OHM_INTREF_VECTOR_H

#include "ohm_net.h"

struct ohm_intref_unit; /* opaque */

/* NULL + err: out of memory, or what the assembler says. */
struct ohm_intref_unit *ohm_intref_unit_new(const struct ohm_net *net, int layer,
                                            struct ohm_error *err);
void ohm_intref_unit_free(struct ohm_intref_unit *u);

/* A sequence begins. back, of a recurrent kernel: the state that its first step finds. */
void ohm_intref_unit_begin(struct ohm_intref_unit *u, uint8_t *back);
/* A step: x[i] is stream i, y what leaves, back what the next step finds; it stays as it is in the
 * last one. */
void ohm_intref_unit_step(struct ohm_intref_unit *u, uint8_t *const *x, uint8_t *y, uint8_t *back);

#endif
