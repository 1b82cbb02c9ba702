/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_compensate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_array.h"
#include "ohm_rng.h"

/* the descriptor number keeps probe noise apart from that of vectors */
enum { PROBES = 16, PROBE_DESC = 15, SIDE_MAX = 256, GAIN_MAX = 65535 };

/* Programs the array as the driver does. */
static int program(struct ohm_array *a, const struct ohm_mapping *m, int tile,
                   struct ohm_error *err)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    uint16_t codes[SIDE_MAX];
    for (int dev = 0; dev < 2; dev++)
        for (int row = 0; row < t->rows; row++) {
            ohm_tile_codes(m, tile, dev, row, codes);
            for (int c = 0; c < t->cols; c++)
                if (ohm_array_program(a, (unsigned)dev, (unsigned)row, (unsigned)c, codes[c], err))
                    return -1;
        }
    return 0;
}

static double response(struct ohm_array *a, const struct ohm_tile_map *t, uint32_t seconds)
{
    double sum = 0;
    ohm_array_set_time(a, seconds);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        int16_t ticks[SIDE_MAX] = {0};
        int32_t q[SIDE_MAX];
        for (int r = 0; r < t->rows; r++) /* each probe drives a sixteenth of the rows */
            ticks[r] = (uint32_t)r % PROBES == probe ? OHM_TICKS_MAX : 0;
        ohm_array_read(a, OHM_CELL_BOTH, ticks,
                       &(struct ohm_read_key){seconds ^ probe, PROBE_DESC, 0}, q);
        for (int c = 0; c < t->cols; c++)
            sum += fabs((double)q[c]);
    }
    return sum;
}

/* The gain that makes up for what was lost. */
static int needed_gain(const struct ohm_mapping *m, int tile, struct ohm_array *a, double *gain,
                       struct ohm_error *err)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    if (program(a, m, tile, err))
        return -1;
    double before = response(a, t, 0), now = response(a, t, m->seconds);
    if (ohm_array_fault(a))
        return ohm_fail(err, "compensation: %s", ohm_array_fault(a));
    if (before <= 0) { /* weights of 0 only: there is nothing that could be lost */
        *gain = t->gain;
        return 0;
    }
    if (now <= 0)
        return ohm_fail(err, "compensation of tile (%d,%d): response %g, %g at time 0", t->x, t->y,
                        now, before);
    *gain = t->gain * before / now;
    return 0;
}

static int measure(const struct ohm_mapping *m, const struct ohm_device_model *device,
                   const struct ohm_physics *physics, uint64_t seed, double *gains,
                   struct ohm_error *err)
{
    for (int tile = 0; tile < m->tile_count; tile++) {
        unsigned number = (unsigned)(m->tiles[tile].y * 16 + m->tiles[tile].x);
        struct ohm_array *a =
            ohm_array_new(m->config.rows, m->config.cols, device, seed, number, err);
        int failed = !a || ohm_array_set_physics(a, physics, err)
                     || needed_gain(m, tile, a, &gains[tile], err);
        ohm_array_free(a);
        if (failed)
            return -1;
    }
    return 0;
}

int ohm_gain_room(const struct ohm_mapping *m, int layer, double most, struct ohm_tile_map *tiles,
                  struct ohm_layer_map *l)
{
    const int scaled = m->net->layers[layer].scale != NULL;
    int halved = 0;
    while (ldexp(most, -halved) > GAIN_MAX)
        halved++;
    for (int i = l->first_tile; scaled && i < l->first_tile + l->tiles;
         i++) /* at shift 0 the scales double instead */
        if (tiles[i].tail)
            tiles[i].shift = tiles[i].shift > halved ? tiles[i].shift - halved : 0;
    l->unit = ldexp(l->unit, -halved);
    return halved;
}

static int apply(const struct ohm_mapping *m, int layer, const double *gains,
                 struct ohm_tile_map *tiles, struct ohm_layer_map *l, struct ohm_error *err)
{
    int first = l->first_tile, n = l->tiles;
    double most = 0;
    if (tiles[first].link_out) { /* no gain acts on a duration, but the ramp's step does */
        const double lsb = floor(tiles[first].lsb * tiles[first].gain / gains[first] + 0.5);
        if (lsb < 1)
            return ohm_fail(err, "compensation: layer %s: MACRO_LSB %g: too much was lost",
                            m->net->layers[layer].name, lsb);
        tiles[first].lsb = (uint32_t)lsb;
        return 0;
    }
    for (int i = first; i < first + n; i++)
        most = gains[i] > most ? gains[i] : most;
    const int halved = ohm_gain_room(m, layer, most, tiles, l);
    for (int i = first; i < first + n; i++) {
        double gain = floor(ldexp(gains[i], -halved) + 0.5);
        if (gain < 1)
            return ohm_fail(err, "compensation: layer %s: gains from %g up: too much was lost",
                            m->net->layers[layer].name, gains[i]);
        tiles[i].gain = (unsigned)gain;
    }
    return 0;
}

int ohm_compensate(struct ohm_mapping *m, const struct ohm_device_model *device,
                   const struct ohm_physics *physics, uint64_t seed, struct ohm_error *err)
{
    if (m->net->steps)
        return ohm_fail(err, "compensation: a network of sequences, expected one of images");
    size_t tiles_size = (size_t)m->tile_count * sizeof *m->tiles,
           layers_size = (size_t)m->net->layer_count * sizeof *m->layers;
    double *gains = calloc((size_t)m->tile_count, sizeof *gains);
    struct ohm_tile_map *tiles = malloc(tiles_size);
    struct ohm_layer_map *layers = malloc(layers_size);
    int failed = gains && tiles && layers ? 0 : ohm_fail(err, "compensation: out of memory");
    if (!failed) {
        memcpy(tiles, m->tiles, tiles_size);
        memcpy(layers, m->layers, layers_size);
        failed = measure(m, device, physics, seed, gains, err);
    }
    for (int layer = 0; !failed && layer < m->net->layer_count; layer++)
        failed = apply(m, layer, gains, tiles, &layers[layer], err);
    free(gains);
    if (failed) {
        free(tiles);
        free(layers);
        return -1;
    }
    m->tiles = tiles;
    m->layers = layers;
    return 0;
}
