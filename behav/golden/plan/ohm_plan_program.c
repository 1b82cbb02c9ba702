/* SPDX-License-Identifier: Apache-2.0
 * Registers of the programming engine, and what makes a tile refuse them
 * (docs/reference/programming.md). */
#include "ohm_plan.h"

#include "ohm_adc.h"
#include "ohm_packet.h" /* OHM_FIELD */

enum { LSB_MAX = 1 << 24, MARGIN_MAX = 2048, K_MAX = 4, W_MAX = 8 };

/* When several things are wrong the lowest detail is reported. */
static void refuse_if(int *bad, int condition, int detail)
{
    if (condition && (!*bad || detail < *bad))
        *bad = detail;
}

static struct ohm_staircase staircase(uint32_t word)
{
    /* PHASE_SET and PHASE_RESET have the same fields */
    return (struct ohm_staircase){.amp0 = OHM_FIELD(word, PHASE_SET_AMP0),
                                  .amp_step = OHM_FIELD(word, PHASE_SET_AMP_STEP),
                                  .amp_max = OHM_FIELD(word, PHASE_SET_AMP_MAX),
                                  .width0 = OHM_FIELD(word, PHASE_SET_WIDTH0),
                                  .width_max = OHM_FIELD(word, PHASE_SET_WIDTH_MAX)};
}

static void decode_phase(struct ohm_phase_plan *p, const struct ohm_config *c, const uint32_t *reg,
                         unsigned i, int *bad)
{
    const int32_t limit = 1 << (c->code_w - 1);
    const uint32_t read = reg[OHM_REG_PHASE_READ + i * OHM_REG_PHASE_READ_STRIDE],
                   ramp = reg[OHM_REG_PHASE_RAMP + i * OHM_REG_PHASE_RAMP_STRIDE];

    *p = (struct ohm_phase_plan){
        .w = OHM_FIELD(read, PHASE_READ_W), .k = OHM_FIELD(read, PHASE_READ_K),
        .first = OHM_FIELD(read, PHASE_READ_FIRST), .margin = OHM_FIELD(read, PHASE_READ_MARGIN),
        .limit = OHM_FIELD(read, PHASE_READ_LIMIT),
        .start = (int16_t)OHM_FIELD(ramp, PHASE_RAMP_START),
        .stop = (int16_t)OHM_FIELD(ramp, PHASE_RAMP_STOP),
        .lsb = reg[OHM_REG_PHASE_LSB + i * OHM_REG_PHASE_LSB_STRIDE] & OHM_PHASE_LSB_MASK,
        .stair = {staircase(reg[OHM_REG_PHASE_RESET + i * OHM_REG_PHASE_RESET_STRIDE]),
                  staircase(reg[OHM_REG_PHASE_SET + i * OHM_REG_PHASE_SET_STRIDE])}};
    if (i == 0 && !p->limit)
        return;
    refuse_if(bad, p->w < 1 || p->w > W_MAX || p->k > K_MAX || p->margin > MARGIN_MAX,
              OHM_BAD_DESC_PHASE_READ);
    refuse_if(bad,
              p->start >= p->stop || p->start <= -limit || p->stop >= limit
                  || p->stop - p->start >= ohm_adc_codes(c),
              OHM_BAD_DESC_PHASE_RAMP);
    refuse_if(bad, p->lsb < 1 || p->lsb > LSB_MAX, OHM_BAD_DESC_PHASE_LSB);
    for (int set = 0; set < 2 && p->limit; set++) {
        const struct ohm_staircase *s = &p->stair[set];
        refuse_if(bad,
                  s->amp0 > s->amp_max || s->width0 > s->width_max
                      || (!s->amp_step && s->amp0 < s->amp_max),
                  OHM_BAD_DESC_PHASE_PULSE);
    }
}

int ohm_plan_program(struct ohm_program_plan *p, const struct ohm_config *c, const uint32_t *reg)
{
    const uint32_t program = reg[OHM_REG_PROGRAM], rows = reg[OHM_REG_PROGRAM_ROWS],
                   erase = reg[OHM_REG_PROGRAM_ERASE];
    const unsigned size = (unsigned)c->rows;
    int bad = 0;

    *p = (struct ohm_program_plan){
        .stream = OHM_FIELD(program, PROGRAM_STREAM),
        .worked = {OHM_FIELD(program, PROGRAM_PLUS), OHM_FIELD(program, PROGRAM_MINUS)},
        .part = OHM_FIELD(program, PROGRAM_PART), .codes = OHM_FIELD(program, PROGRAM_REPORT),
        .first = OHM_FIELD(rows, PROGRAM_ROWS_FIRST), .step = OHM_FIELD(rows, PROGRAM_ROWS_STEP),
        .count = OHM_FIELD(rows, PROGRAM_ROWS_COUNT1) + 1,
        .erase_amp = OHM_FIELD(erase, PROGRAM_ERASE_AMP),
        .erase_width = OHM_FIELD(erase, PROGRAM_ERASE_WIDTH),
        .erase_set = OHM_FIELD(erase, PROGRAM_ERASE_SET),
        .erase_count = OHM_FIELD(erase, PROGRAM_ERASE_COUNT)};
    refuse_if(&bad,
              (!p->worked[0] && !p->worked[1]) || p->part > OHM_PROGRAM_PART_LEAST
                  || p->stream >= (unsigned)c->nstream,
              OHM_BAD_DESC_PROGRAM);
    refuse_if(&bad, p->first >= size || p->step >= size || !p->step || p->count > size,
              OHM_BAD_DESC_PROGRAM_ROWS);
    for (unsigned i = 0; i < OHM_REG_PHASE_READ_COUNT; i++)
        decode_phase(&p->phase[i], c, reg, i, &bad);
    return bad;
}
