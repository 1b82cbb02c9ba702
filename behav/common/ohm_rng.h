/* SPDX-License-Identifier: Apache-2.0
 * Counter-based random numbers: a draw is a pure function of its key, so order and threads never
 * matter.
 *
 * A key is 64 bits, made by ohm_key from a seed and a domain and refined with ohm_key_add, value
 * after value. Element i of a key is ohm_key_at(key, i): the stream of SplitMix64 (Steele, Lea,
 * Flood 2014) started there. */
#ifndef OHM_RNG_H
#define OHM_RNG_H

#include <stdint.h>

#include "ohm_simd.h"

#define OHM_GOLDEN_GAMMA 0x9e3779b97f4a7c15u

/* SplitMix64's output function: a bijection of 64 bits. */
static inline uint64_t ohm_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t ohm_key_add(uint64_t key, uint64_t value)
{
    return ohm_mix((key ^ value) + OHM_GOLDEN_GAMMA);
}

/* Different domains of one seed give unrelated draws. */
static inline uint64_t ohm_key(uint64_t seed, uint64_t domain)
{
    return ohm_key_add(ohm_mix(seed + OHM_GOLDEN_GAMMA), domain);
}

static inline uint64_t ohm_key_at(uint64_t key, uint64_t i)
{
    return ohm_mix(key + (i + 1) * OHM_GOLDEN_GAMMA);
}

/* Uniform in (0, 1): odd multiples of 2^-53, symmetric about ½; never 0 or 1. */
static inline double ohm_uniform(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

/* Standard normal: inverse distribution function of ohm_uniform(bits), relative error about 1e-15
 * (Wichura 1988, AS 241, PPND16). |result| ≤ 8.21. */
double ohm_normal(uint64_t bits);

/* out[i] = ohm_normal(ohm_key_at(key, i)), i < n. Same bits at every width. Writes whole groups of
 * 8: out has room for n rounded up to a multiple of 8 and is aligned to 64 bytes. */
void ohm_normals(enum ohm_simd simd, uint64_t key, int n, double *out);

/* out[i] = ohm_normal(ohm_key_at(ohm_key_add(key, value[i]), element[i])), i < n: draws of many
 * devices. Reads and writes whole groups of 8: all three have that room and are aligned to 64
 * bytes. */
void ohm_normals_of(enum ohm_simd simd, uint64_t key, const uint64_t *value,
                    const uint64_t *element, int n, double *out);

#endif
