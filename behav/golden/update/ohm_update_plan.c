/* SPDX-License-Identifier: Apache-2.0
 * The update descriptor: words, fields, what is refused, and the phases of its policy. */
#include "ohm_update.h"

#include "ohm_vec.h" /* the hash that the vector unit has, too */

enum { DRAW_STEPS = 8 };
#define GALOIS 0x80200003u /* x^32 + x^22 + x^2 + x + 1 */

static uint32_t placed(unsigned value, unsigned from, unsigned bits)
{
    return (value & ((1u << bits) - 1)) << from;
}

static unsigned taken(uint32_t word, unsigned from, unsigned bits)
{
    return word >> from & ((1u << bits) - 1);
}

void ohm_update_encode(const struct ohm_update *u, uint32_t words[OHM_UPDATE_WORDS])
{
    words[0] = placed(u->rule, 0, 2) | placed(u->policy, 2, 2) | placed(u->shift, 4, 5)
               | placed(u->count, 9, 6) | placed(u->accumulate != 0, 15, 1)
               | placed(u->x_signed != 0, 16, 1) | placed(u->d_neg != 0, 17, 1);
    words[1] = placed(u->tx, 0, 8) | placed(u->td, 8, 8);
    words[2] = placed(u->amp[1], 0, 8) | placed(u->width[1], 8, 4) | placed(u->amp[0], 16, 8)
               | placed(u->width[0], 24, 4);
    words[3] = u->seed;
}

int ohm_update_check(const struct ohm_update *u, int parallel, struct ohm_error *err)
{
    if (u->rule > OHM_UPDATE_ROW)
        return ohm_fail(err, "update: rule %u, expected 0 (sign), 1 (stochastic) or 2 (row)",
                        (unsigned)u->rule);
    if (u->policy > OHM_UPDATE_CARRY)
        return ohm_fail(err, "update: policy %u, expected 0 to 3", (unsigned)u->policy);
    if (u->shift > OHM_UPDATE_SHIFT_MAX)
        return ohm_fail(err, "update: shift %u, expected 0 to %d", u->shift, OHM_UPDATE_SHIFT_MAX);
    if (u->rule != OHM_UPDATE_SIGN && (u->count < 1 || u->count > OHM_UPDATE_COUNT_MAX))
        return ohm_fail(err, "update: count %u, expected 1 to %d", u->count, OHM_UPDATE_COUNT_MAX);
    if (u->accumulate && u->rule != OHM_UPDATE_ROW)
        return ohm_fail(err, "update: accumulate memory with rule %u, expected rule 2 (row)",
                        (unsigned)u->rule);
    if (u->policy == OHM_UPDATE_CARRY && parallel < 2)
        return ohm_fail(err, "update: policy 3 (carry) of a cell with one device a polarity, "
                             "expected cell = 4t4r");
    if (u->tx > 255 || u->td > 255 || u->amp[0] > 255 || u->amp[1] > 255 || u->width[0] > 15
        || u->width[1] > 15)
        return ohm_fail(err, "update: thresholds %u, %u, amplitudes %u, %u, widths %u, %u, "
                             "expected at most 255, 255, 15",
                        u->tx, u->td, u->amp[0], u->amp[1], u->width[0], u->width[1]);
    return 0;
}

int ohm_update_decode(struct ohm_update *u, const uint32_t words[OHM_UPDATE_WORDS], int parallel,
                      struct ohm_error *err)
{
    const uint32_t w = words[0], pulse = words[2];

    *u = (struct ohm_update){
        .rule = (enum ohm_update_rule)taken(w, 0, 2),
        .policy = (enum ohm_update_policy)taken(w, 2, 2), .shift = taken(w, 4, 5),
        .count = taken(w, 9, 6), .accumulate = (int)taken(w, 15, 1),
        .x_signed = (int)taken(w, 16, 1), .d_neg = (int)taken(w, 17, 1),
        .tx = taken(words[1], 0, 8), .td = taken(words[1], 8, 8),
        .amp = {taken(pulse, 16, 8), taken(pulse, 0, 8)},
        .width = {taken(pulse, 24, 4), taken(pulse, 8, 4)}, .seed = words[3],
    };
    return ohm_update_check(u, parallel, err);
}

void ohm_update_phases(const struct ohm_update *u,
                       struct ohm_update_phase phase[OHM_UPDATE_PHASES])
{
    const int carry = u->policy == OHM_UPDATE_CARRY, pair = carry || u->policy == OHM_UPDATE_PAIR,
              there[OHM_UPDATE_PHASES] = {1, pair || u->policy == OHM_UPDATE_ONE_SIDED,
                                          pair || u->policy == OHM_UPDATE_SINGLE, pair};

    for (unsigned i = 0; i < OHM_UPDATE_PHASES; i++) {
        const int set = i < 2, minus = i % 2;
        phase[i] = (struct ohm_update_phase){
            there[i], set != minus,
            {(enum ohm_cell_sel)((carry ? OHM_CELL_PLUS_LEAST : OHM_CELL_PLUS) + minus), set,
             u->amp[set], u->width[set]}};
    }
}

uint32_t ohm_update_register(uint32_t seed, uint32_t number, unsigned which)
{
    const uint32_t start = ohm_vec_hash(ohm_vec_hash(seed ^ number) ^ which);

    return start ? start : 1;
}

unsigned ohm_update_draw(uint32_t *reg)
{
    for (int i = 0; i < DRAW_STEPS; i++)
        *reg = *reg >> 1 ^ (*reg & 1 ? GALOIS : 0);
    return *reg & 255;
}
