/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_readout.h"

#include <math.h>
#include <stdlib.h>

#include "ohm_math.h"
#include "ohm_rng.h"

enum { DOMAIN_COLUMN = 7, DOMAIN_RAMP = 8, DOMAIN_COMPARATOR = 9, /* see ohm_settle.c */
       DOMAIN_ROW = 20 };
enum { LEVELS = OHM_READOUT_STEP_MAX - OHM_READOUT_STEP_MIN + 1, COLS_MAX = 256 };
#define STEP_SMALLEST \
    0.25 /* more than what is held can droop in a step: 1e-4 of at most 2049 steps */
#define UNITS_A_TICK 16384.0

struct ohm_readout {
    double leak, saturation, droop, noise;
    double gain[COLS_MAX], offset[COLS_MAX];
    double slope;         /* of this tile's ramp */
    double level[LEVELS]; /* steps */
    uint64_t comparator_key;
};

/* level(n) from the middle outwards, so that the steps next to 0 are the same whatever the range.
 */
static void make_ramp(struct ohm_readout *r, const struct ohm_physics *p, uint64_t key)
{
    double bow = ohm_physics_value(p, OHM_PHYSICS_RAMP_BOW),
           span = ohm_physics_value(p, OHM_PHYSICS_RAMP_SPAN);
    double sigma = ohm_physics_value(p, OHM_PHYSICS_RAMP_STEP),
           *level = r->level - OHM_READOUT_STEP_MIN;
    level[0] = 0.5 + bow;
    for (int side = -1; side <= 1; side += 2)
        for (int n = side; n >= OHM_READOUT_STEP_MIN && n <= OHM_READOUT_STEP_MAX; n += side) {
            int from = n - side; /* bow(n) − bow(from) = ramp_bow (from² − n²)/span² */
            double curve = side * bow * ((double)from * from - (double)n * n) / (span * span);
            double step =
                1 + curve
                + sigma * ohm_normal(ohm_key_at(key, (uint64_t)(n - OHM_READOUT_STEP_MIN)));
            level[n] = level[from] + side * (step > STEP_SMALLEST ? step : STEP_SMALLEST);
        }
}

struct ohm_readout *ohm_readout_new(const struct ohm_physics *p, uint64_t seed, unsigned macro,
                                    int back, int lines, struct ohm_error *err)
{
    struct ohm_readout *r = lines <= COLS_MAX ? calloc(1, sizeof *r) : NULL;
    if (!r) {
        ohm_fail(err, "readout: out of memory for %d lines", lines);
        return NULL;
    }
    uint64_t column_key = ohm_key_add(ohm_key(seed, back ? DOMAIN_ROW : DOMAIN_COLUMN), macro);
    uint64_t ramp_key = ohm_key_add(ohm_key(seed, DOMAIN_RAMP), macro);
    r->leak = ohm_physics_value(p, OHM_PHYSICS_LEAK);
    r->saturation = ohm_physics_value(p, OHM_PHYSICS_SATURATION) * UNITS_A_TICK;
    r->droop = ohm_physics_value(p, OHM_PHYSICS_DROOP);
    r->noise = ohm_physics_value(p, OHM_PHYSICS_COMPARATOR_NOISE);
    for (int c = 0; c < lines; c++) {
        double spread = ohm_normal(ohm_key_at(column_key, 2 * (uint64_t)c));
        r->gain[c] = ohm_physics_value(p, OHM_PHYSICS_GAIN)
                     * (1 + ohm_physics_value(p, OHM_PHYSICS_GAIN_SPREAD) * spread);
        r->offset[c] = ohm_physics_value(p, OHM_PHYSICS_OFFSET)
                       * ohm_normal(ohm_key_at(column_key, 2 * (uint64_t)c + 1));
    }
    r->slope = 1
               + ohm_physics_value(p, OHM_PHYSICS_REFERENCE_SPREAD)
                     * ohm_normal(ohm_key_at(ramp_key, 1 << 20));
    if (r->slope < 0.1)
        r->slope = 0.1;
    make_ramp(r, p, ramp_key);
    r->comparator_key = ohm_key_add(ohm_key(seed, DOMAIN_COMPARATOR), macro);
    return r;
}

void ohm_readout_free(struct ohm_readout *r)
{
    free(r);
}

uint64_t ohm_readout_key(const struct ohm_readout *r, uint32_t seq, unsigned desc, unsigned slice)
{
    return ohm_key_add(r->comparator_key, (uint64_t)desc << 40 | (uint64_t)slice << 32 | seq);
}

int ohm_readout_leaks(const struct ohm_readout *r)
{
    return r->leak > 0;
}

double ohm_readout_weight(const struct ohm_readout *r, int t, int ticks)
{
    if (!ohm_readout_leaks(r))
        return t;
    return r->leak * (ohm_exp((t - ticks) / r->leak) - ohm_exp(-ticks / r->leak));
}

int32_t ohm_readout_integrated(const struct ohm_readout *r, unsigned col, double charge)
{
    double q = charge * r->gain[col];
    if (r->saturation > 0 && fabs(q) > r->saturation)
        q = q > 0 ? r->saturation : -r->saturation;
    q = floor(q + 0.5);
    return q >= INT32_MAX ? INT32_MAX : q <= INT32_MIN ? INT32_MIN : (int32_t)q;
}

int32_t ohm_readout_trip(const struct ohm_readout *r, const struct ohm_conversion *c, unsigned col,
                         int32_t charge)
{
    const double *level = r->level - OHM_READOUT_STEP_MIN;
    double slope = c->lsb * c->scale * r->slope,
           extra = r->offset[c->mux ? col - col % c->mux : col] * c->lsb;
    if (r->noise > 0)
        extra += r->noise * c->lsb * ohm_normal(ohm_key_at(c->noise_key, col));
    const double still =
        c->mux ? charge * (1 - r->droop * c->cycles * (double)(col % c->mux + 1)) : charge;
    if (still < slope * level[c->first] + extra)
        return c->first;
    /* From here on a comparator that has tripped stays so: the ramp climbs faster than what is held
     * can droop. */
    int32_t low = c->first + 1, high = OHM_READOUT_STEP_MAX;
    while (low < high) {
        int32_t n = low + (high - low) / 2;
        double held = c->mux ? still : charge * (1 - r->droop * (n - c->first));
        if (held < slope * level[n] + extra)
            high = n;
        else
            low = n + 1;
    }
    return low;
}
