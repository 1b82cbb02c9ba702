/* SPDX-License-Identifier: Apache-2.0
 * Golden model: a tile that calibrates (docs/explain/calibration.md): vectors from its own
 * generator, outputs added up. */
#include "ohm_golden_core.h"

#include <string.h>

void ohm_calib_reset(struct tile *t)
{
    t->calib.state = t->reg[OHM_REG_CALIB_SEED];
    t->calib.seq = t->reg[OHM_REG_SEQ_BASE];
    t->calib.left = t->reg[OHM_REG_CALIB_COUNT] & 0xffffu;
    memset(t->calib.sum, 0, sizeof t->calib.sum);
}

void ohm_calib_add(struct tile *t, unsigned o, int64_t y0, uint32_t expected)
{
    struct calib_sum *s = &t->calib.sum[o];
    const int64_t y = y0 > INT16_MAX ? INT16_MAX : y0 < INT16_MIN ? INT16_MIN : y0;

    s->y += (uint32_t)y;
    s->yy += (uint64_t)(y * y);
    s->yp += (uint64_t)(y * (int16_t)expected);
}

uint32_t ohm_calib_read(const struct tile *t, unsigned addr)
{
    const unsigned at = addr - OHM_REG_CALIB_SUM;
    const struct calib_sum *s = &t->calib.sum[at / OHM_REG_CALIB_SUM_STRIDE];
    const unsigned sign = 16; /* 48 bits, sign extended to 64 */

    switch (at % OHM_REG_CALIB_SUM_STRIDE) {
    case 0: return s->y;
    case 1: return (uint32_t)s->yy;
    case 2: return (uint32_t)((int64_t)(s->yy << sign) >> (32 + sign));
    case 3: return (uint32_t)s->yp;
    case 4: return (uint32_t)((int64_t)(s->yp << sign) >> (32 + sign));
    default: return 0;
    }
}
