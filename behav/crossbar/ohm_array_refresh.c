/* SPDX-License-Identifier: Apache-2.0
 * Refreshing what pulses have moved, a row at a time: draws of all its devices are made together,
 * and a device that was not pulsed is not sensed again. The same bits as one by one. */
#include "ohm_array_parts.h"

#include <math.h>

int ohm_array_alone(const struct ohm_array *a)
{
    return a->pulsed && a->parallel == 1 && !a->half && !a->behind[FORWARD][PLUS]
           && !a->settler.telegraph;
}

void ohm_array_refresh_row(struct ohm_array *a, unsigned dev, unsigned row)
{
    const uint8_t *stale = a->stale + cell_index(a, row, 0);
    const struct pulsed *d = pulsed_at(a, dev, 0, cell_index(a, row, 0));
    struct sensed *kept = a->kept[dev] + cell_index(a, row, 0);
    const double unit = ohm_array_unit(a);
    uint16_t cols[SIZE_MAX_SIDE];
    double g[SIZE_MAX_SIDE];
    int n = 0;
    for (int c = 0; c < a->cols; c++)
        if (stale[c] & 1 << dev)
            cols[n++] = (uint16_t)c;
    if (!n)
        return;
    ohm_array_reached_row(a, dev, row, cols, n, g);
    for (int i = 0; i < n; i++) {
        const unsigned c = cols[i];
        const struct ohm_settled s =
            ohm_settle_pulsed(&a->settler, place_of(dev, 0, row, c), d[c].number, g[i],
                              a->seconds > d[c].time ? a->seconds - d[c].time : 0);
        const double sigma = sqrt(s.variance) / unit;
        kept[c] = (struct sensed){ohm_array_whole(a, dev, row, c, s.g / unit),
                                  (float)(sigma * sigma)};
    }
}
