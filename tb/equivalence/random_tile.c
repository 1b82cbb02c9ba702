/* SPDX-License-Identifier: Apache-2.0
 * A random tile: descriptor, slices, columns, and which earlier tile it takes its input or its
 * partial sums from. */
#include <stdio.h>
#include <stdlib.h>

#include "equivalence.h"
#include "ohm_adc.h"

unsigned draw(struct problem *p, unsigned below)
{
    p->random = p->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((p->random >> 33) % below);
}

int chance(struct problem *p, unsigned percent)
{
    return draw(p, 100) < percent;
}

void must(int failed, const struct problem *p, const char *what, const struct ohm_error *err)
{
    if (!failed)
        return;
    printf("FAIL equivalence: %s: %s (device %s)\n", what, err->text, p->device->name);
    exit(1);
}

/* ---- a random chip ---- */

void random_slices(struct problem *p, struct tile *t)
{
    const int top = (1 << (p->config.code_w - 1)) - 2;
    const unsigned most = (unsigned)p->config.nslice < 4 || chance(p, 20)
                              ? (unsigned)p->config.nslice
                              : 4;
    const unsigned n = 1 + draw(p, most);

    for (unsigned k = 0; k < n; k++) {
        const int start = chance(p, 20) ? 0 : -1 - (int)draw(p, chance(p, 30) ? (unsigned)top : 60);
        const int room = ohm_adc_codes(&p->config) - 1; /* steps that the converter has */
        const int stop = start + 1
                         + (int)draw(p, chance(p, 30)
                                            ? (unsigned)(room < top - start ? room : top - start)
                                        : room < 100 ? (unsigned)room
                                                     : 100);
        const unsigned lo = draw(p, 8);
        t->slice[2 * k] = OHM_PLACE(lo, SLICE_LO) | OHM_PLACE(1 + draw(p, 8 - lo), SLICE_W)
                          | OHM_PLACE(draw(p, 3), SLICE_IN) | OHM_PLACE(draw(p, 3), SLICE_DEV)
                          | OHM_PLACE(chance(p, 20), SLICE_NEG) | OHM_PLACE(draw(p, 3), SLICE_RS);
        if (p->config.modes) {
            const unsigned first = draw(p, SIDE);
            t->slice[2 * k] |= OHM_PLACE(chance(p, 30), SLICE_MUL)
                               | OHM_PLACE(chance(p, 30), SLICE_PART)
                               | OHM_PLACE(chance(p, 30), SLICE_COUNT);
            t->ext[k] = OHM_PLACE(1 + draw(p, 65535), SLICE_EXT_GAIN)
                        | OHM_PLACE(first, SLICE_EXT_FIRST)
                        | OHM_PLACE(first + draw(p, SIDE - first), SLICE_EXT_LAST);
        }
        t->slice[2 * k + 1] = OHM_PLACE(start, SLICE_RAMP_START)
                              | OHM_PLACE(stop < top ? stop : top, SLICE_RAMP_STOP);
    }
    t->desc |= OHM_PLACE(n, DESC_NSLICE);
}

/* One slice entry whose ramp climbs by a table; a column for each output. */
static void random_table(struct problem *p, struct tile *t)
{
    const uint32_t ramp = t->slice[1];
    const int start = (int16_t)OHM_FIELD(ramp, SLICE_RAMP_START),
              bottom = 1 - (1 << (p->config.code_w - 1));
    int stop = (int16_t)OHM_FIELD(ramp, SLICE_RAMP_STOP), level = bottom + (int)draw(p, 400);

    stop = stop - start > 254 ? start + 254 : stop;
    t->slice[0] |= OHM_PLACE(1, SLICE_TABLE);
    t->slice[1] = OHM_PLACE(start, SLICE_RAMP_START) | OHM_PLACE(stop, SLICE_RAMP_STOP);
    for (int n = start - 1; n <= stop; n++) {
        t->ramp_tab[(unsigned)n & 255] = (uint32_t)level;
        level += (int)draw(p, 8) * (level < -bottom - 8);
    }
    for (unsigned c = 0; c < SIDE; c++) {
        t->colmap[c] &= ~(OHM_PLACE(15, COLMAP_SHIFT) | OHM_PLACE(255, COLMAP_OUT)
                          | OHM_PLACE(3, COLMAP_KIND));
        t->colmap[c] |= OHM_PLACE(c < t->outs ? c : 0, COLMAP_OUT)
                        | OHM_PLACE(c < t->outs ? 1 : 3, COLMAP_KIND);
    }
}

void random_tile(struct problem *p, int i)
{
    struct tile *t = &p->tile[i];
    const unsigned side = SIDE;

    t->rows = 1 + draw(p, side);
    t->cols = 1 + draw(p, side);
    t->outs = 1 + draw(p, side);
    t->to = -1;
    t->in = t->psum = -1;
    t->log2_slots = 1 + draw(p, 4);
    while (1 << t->log2_slots > p->config.nslot)
        t->log2_slots--;
    t->parts = chance(p, 40) ? 2 : 1;
    t->mode = draw(p, 3);
    t->early_stop = chance(p, 50);
    for (int j = 0; j < i; j++) { /* earlier tiles that still have a route */
        struct tile *from = &p->tile[j];
        if (p->config.nroute < 2 || from->to >= 0 || !chance(p, p->maps ? 80 : 50)
            || (p->maps && (t->in >= 0 || t->psum >= 0)))
            continue;
        if (from->mode == OHM_DESC_MODE_Y && t->in < 0) {
            t->in = j;
            t->rows = from->outs;
            from->to = i;
            from->to_psum = 0;
        } else if (from->mode != OHM_DESC_MODE_Y && t->psum < 0 && p->config.psum_slots) {
            t->psum = j;
            t->outs = from->outs;
            from->to = i;
            from->to_psum = 1;
        }
    }
    if (t->rows <= 4)
        t->parts = 1;
    random_slices(p, t);
    t->desc |= OHM_PLACE(t->mode, DESC_MODE) | OHM_PLACE(t->psum >= 0, DESC_PSUM)
               | OHM_PLACE(chance(p, 50), DESC_SIGNED) | OHM_PLACE(chance(p, 50), DESC_RELU)
               | OHM_PLACE(chance(p, 50), DESC_OSIGNED) | OHM_PLACE(draw(p, 30), DESC_SHIFT);
    if (p->config.modes && !OHM_FIELD(t->desc, DESC_RELU))
        t->desc |= OHM_PLACE(draw(p, 3), DESC_FUNC);
    for (unsigned n = 0; n < 256; n++)
        t->table[n] = draw(p, 256);
    t->size = OHM_PLACE(t->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_COLS1)
              | OHM_PLACE(t->outs - 1, DESC_SIZE_OUTS1);
    t->lsb = chance(p, 10) ? 1 + draw(p, 100) : 5000 + draw(p, 400000);
    for (unsigned c = 0; c < side; c++) {
        const unsigned kind = chance(p, 75)                      ? 1
                              : chance(p, 50)                    ? 3
                              : p->config.modes && chance(p, 70) ? 2
                                                                 : 0;
        t->trim[c] = draw(p, 65536);
        t->refcoef[c] = draw(p, 65536);
        t->colmap[c] = OHM_PLACE(draw(p, 65536), COLMAP_GAIN)
                       | OHM_PLACE(chance(p, 70) ? c % t->outs : draw(p, t->outs), COLMAP_OUT)
                       | OHM_PLACE(chance(p, 70) ? 0 : draw(p, 8), COLMAP_SHIFT)
                       | OHM_PLACE(chance(p, 20), COLMAP_NEG)
                       | OHM_PLACE(p->config.modes && chance(p, 30), COLMAP_TRIM)
                       | OHM_PLACE(kind, COLMAP_KIND);
        t->bias[c] = chance(p, 50) ? draw(p, 1000) : draw(p, 1u << 31) * 2;
        t->scale[c] = draw(p, 65536);
    }
    if (p->config.modes && ohm_adc_pins(p->config.adc) == OHM_ADC_PINS_COMPARATORS
        && OHM_FIELD(t->desc, DESC_NSLICE) == 1
        && t->mode != OHM_DESC_MODE_PSUM && t->psum < 0 && chance(p, 50))
        random_table(p, t);
}
