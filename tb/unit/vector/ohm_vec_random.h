/* SPDX-License-Identifier: Apache-2.0
 * Random programs for the vector unit, legal by construction, with everything that they need: what
 * to write into the tile, which vectors arrive. What comes out is the golden model's to say. The
 * same seed and sizes give the same case, for the interpreter's test and for the bench of the RTL.
 */
#ifndef OHM_VEC_RANDOM_H
#define OHM_VEC_RANDOM_H

#include <stdint.h>

#include "ohm_vec.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ohm_vec_write {
    uint32_t address, value;
};

struct ohm_vec_case {
    struct ohm_vec_size size;
    uint64_t seed;
    struct ohm_vec_write *write; /* to be written in this order, while the tile is disabled */
    uint32_t writes;
    uint32_t seq_base;
    uint32_t vectors;                /* numbers to run, from seq_base on */
    uint32_t words[OHM_VEC_STREAMS]; /* of a vector of each stream, SIZE and EXPECT; 0: unused */
    uint32_t streams, routes;        /* masks of what the cycle names */
};

/* Draws a case. faulty 1: one instruction of it is then overwritten by random bits, so that most
 * such cases end in a fault. Returns -1 when out of memory. */
int ohm_vec_random(uint64_t seed, const struct ohm_vec_size *size, int faulty,
                   struct ohm_vec_case *out);
void ohm_vec_case_free(struct ohm_vec_case *c);

/* Word of the vector that arrives on a stream as the k-th since enable. */
uint32_t ohm_vec_case_word(const struct ohm_vec_case *c, unsigned stream, uint32_t k,
                           uint32_t word);
/* Is that vector poison? About one in twenty. */
int ohm_vec_case_poison(const struct ohm_vec_case *c, unsigned stream, uint32_t k);

#ifdef __cplusplus
}
#endif

#endif
