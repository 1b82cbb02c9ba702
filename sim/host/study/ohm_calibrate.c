/* SPDX-License-Identifier: Apache-2.0
 * Straight lines through what the columns read, and the gains and trims that follow. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_calibrate_steps.h"
#include "ohm_compensate.h"

#define HARDLY 0.05       /* a slope below it is no column that works */

/* Least squares of y on what it should be, which has no noise. */
static struct line fit(const struct run *g, const struct sums *s)
{
    const double n = g->vectors;
    const __int128 spread = (__int128)g->vectors * s->pp - (__int128)s->p * s->p;
    if (spread <= 0)
        return (struct line){0};
    const double slope =
        (double)((__int128)g->vectors * s->yp - (__int128)s->p * s->y) / (double)spread;
    const double offset = ((double)s->y - slope * (double)s->p) / n;
    return (struct line){slope > HARDLY, slope,
                         g->weight ? ldexp(offset, g->shift + g->halved) / SCALE / (double)g->weight
                                   : 0};
}

/* Adds the tile's part; spread, offset: sums of squares, error and own: of the tiles' squares. */
static void judge(const struct run *g, const struct line *lines, const struct line *counted,
                  struct ohm_column_errors *e)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    __int128 squares = 0, pp = 0, p = 0;
    int64_t n = 0;
    for (int c = 0; c < t->cols; c++) {
        const struct sums *s = &g->sums[c];
        if (!counted[c].good)
            continue;
        const double off = lines[c].slope - 1, codes = ldexp(lines[c].offset, -g->m.config.acc_f);
        e->spread += off * off;
        e->worst = fabs(off) > e->worst ? fabs(off) : e->worst;
        e->offset += codes * codes;
        squares += (__int128)s->yy - 2 * (__int128)s->yp + s->pp;
        pp += s->pp;
        p += s->p;
        n += g->vectors;
    }
    if (!n)
        return;
    const double range = (double)(g->largest - g->least), mean = (double)p / (double)n;
    e->error += (double)squares / (double)n / (range * range);
    e->own += (double)squares / (double)n / ((double)pp / (double)n - mean * mean);
}

/* What the columns' terms are to be multiplied by and what is then to be added, for the run. */
struct fix {
    double gain[SIDE], trim[SIDE];
};

static void correct(const struct run *g, unsigned gain, const struct line *lines, struct fix *f)
{
    const struct ohm_tile_map *t = &g->m.tiles[g->tile];
    for (int c = 0; c < t->cols; c++) {
        const struct line *l = &lines[c];
        f->gain[c] = l->good ? gain / l->slope : gain;
        f->trim[c] = l->good && g->operating ? -l->offset * (double)g->weight / (double)g->operating
                                                   * f->gain[c] / GAIN_ONE
                                             : 0;
    }
}

/* Writes a layer's corrections into its tiles. */
static int apply(const struct ohm_mapping *m, int layer, const struct fix *fixes,
                 struct ohm_tile_map *tiles, struct ohm_layer_map *l, struct ohm_error *err)
{
    double most = 0;
    for (int i = l->first_tile; i < l->first_tile + l->tiles; i++)
        for (int c = 0; c < tiles[i].cols; c++)
            most = fixes[i].gain[c] > most ? fixes[i].gain[c] : most;
    const int halved = ohm_gain_room(m, layer, most, tiles, l);
    for (int i = l->first_tile; i < l->first_tile + l->tiles; i++) {
        struct ohm_tile_map *t = &tiles[i];
        for (int c = 0; c < t->cols; c++) {
            const double gain = floor(ldexp(fixes[i].gain[c], -halved) + 0.5),
                         trim = floor(ldexp(fixes[i].trim[c], -halved) + 0.5);
            if (fabs(trim) > INT16_MAX)
                return ohm_calibrate_too_far(t, c, trim, err);
            if (gain < 1)
                return ohm_fail(err,
                                "calibration of tile (%d,%d): column %d: gain 0, expected 1 to %d "
                                "of 16384: its layer's gains differ too much",
                                t->x, t->y, c, UINT16_MAX);
            t->gains[c] = (uint16_t)gain;
            t->trims[c] = (int16_t)trim;
        }
        t->calibrated = 1;
    }
    return 0;
}

/* From sums over so many columns and tiles to what is said of them. */
static void finish(struct ohm_column_errors *e, int columns, int tiles)
{
    e->spread = sqrt(e->spread / columns);
    e->offset = sqrt(e->offset / columns);
    e->error = sqrt(e->error / tiles);
    e->own = sqrt(e->own / tiles);
}

static int calibrate_tile(struct run *g, uint64_t seed, struct fix *fix, ohm_calibrated_fn done,
                          void *user, struct ohm_calibrated *out)
{
    struct ohm_tile_map *t = &g->m.tiles[g->tile];
    struct line lines[SIDE] = {{0}}, after[SIDE] = {{0}};
    struct ohm_column_errors own[2] = {{0}};
    int good = 0;
    for (int row = 0; row < t->rows; row++)
        for (int dev = 0; dev < 2; dev++) {
            uint16_t codes[SIDE];
            ohm_tile_codes(&g->m, g->tile, dev, row, codes);
            for (int c = 0; c < t->cols; c++)
                g->codes[dev][row][c] = (int16_t)codes[c];
        }
    struct ohm_tile_io io = {g->b, &g->m, g->tile, g->err};
    if ((!g->programmed && ohm_tile_program(&io)) || ohm_calibrate_measure(g, seed, NULL))
        return -1;
    for (int c = 0; c < t->cols; c++) {
        lines[c] = fit(g, &g->sums[c]);
        good += lines[c].good;
    }
    judge(g, lines, lines, &own[0]);
    correct(g, t->gain, lines, fix);
    for (int c = 0; c < t->cols; c++)
        while (lines[c].good && ldexp(GAIN_ONE / lines[c].slope, -g->halved) > UINT16_MAX)
            g->halved++;
    if (ohm_calibrate_measure(g, ~seed, lines))
        return -1;
    for (int c = 0; c < t->cols; c++)
        after[c] = fit(g, &g->sums[c]);
    judge(g, after, lines, &own[1]);
    if (done && good) {
        struct ohm_calibrated_tile tile = {.x = t->x, .y = t->y, .fitted = good, .columns = t->cols,
                                           .before = own[0], .after = own[1]};
        finish(&tile.before, good, 1);
        finish(&tile.after, good, 1);
        done(user, &tile);
    }
    struct ohm_column_errors *sum[] = {&out->before, &out->after};
    for (int i = 0; i < 2; i++) {
        sum[i]->spread += own[i].spread;
        sum[i]->worst = own[i].worst > sum[i]->worst ? own[i].worst : sum[i]->worst;
        sum[i]->offset += own[i].offset;
        sum[i]->error += own[i].error;
        sum[i]->own += own[i].own;
    }
    out->tiles += good != 0;
    out->columns += good;
    out->flat += t->cols - good;
    return 0;
}

/* A tile on a mapping of its own, which configure and the others take it from. */
static int run_tile(const struct ohm_mapping *m, int tile, uint64_t seed, struct fix *fix,
                    struct run *g, ohm_calibrated_fn done, void *user, struct ohm_calibrated *out)
{
    struct ohm_tile_map *t = &g->m.tiles[tile];
    g->tile = tile;
    g->halved = 0;
    g->read_count = ohm_tile_reads(m, tile, g->reads);
    ohm_layer_ramp(m, t->layer, &g->start, &g->stop);
    g->weight = g->operating = 0;
    for (int k = 0; k < g->read_count; k++) {
        const int64_t sign = g->reads[k].neg ? -1 : 1;
        g->weight += sign * ((int64_t)1 << g->reads[k].lo);
        g->operating += sign * ((int64_t)1 << (g->reads[k].lo + t->rs[g->reads[k].slice]));
    }
    memset(t->rs, 0, sizeof t->rs);
    t->route_count = t->credit_count = 0;
    t->return_count = 1;
    t->returns[0] = (struct ohm_return){.psum = 1, .host = 1, .chan = HOST_PSUM};
    return calibrate_tile(g, seed, fix, done, user, out);
}

int ohm_calibrate(struct ohm_mapping *m, struct ohm_backend *b, int programmed, uint32_t vectors,
                  uint64_t seed, ohm_calibrated_fn done, void *user, struct ohm_calibrated *out,
                  struct ohm_error *err)
{
    const size_t tiles_size = (size_t)m->tile_count * sizeof *m->tiles,
                 layers_size = (size_t)m->net->layer_count * sizeof *m->layers;
    const size_t values = (size_t)vectors * SIDE;
    struct run *g = calloc(1, sizeof *g);
    struct ohm_tile_map *tiles = malloc(tiles_size), *own = malloc(tiles_size);
    struct ohm_layer_map *layers = malloc(layers_size);
    struct fix *fixes = calloc((size_t)m->tile_count, sizeof *fixes);
    int failed = -1;
    *out = (struct ohm_calibrated){.vectors = vectors};
    if (g) {
        g->codes = calloc(2, sizeof *g->codes);
        g->ideal = malloc(values * sizeof *g->ideal);
        g->expected = malloc(values * sizeof *g->expected);
    }
    if (!g || !tiles || !own || !layers || !fixes || !g->codes || !g->ideal || !g->expected) {
        ohm_fail(err, "calibration: out of memory for %" PRIu32 " vectors", vectors);
    } else {
        memcpy(tiles, m->tiles, tiles_size);
        memcpy(own, m->tiles, tiles_size);
        memcpy(layers, m->layers, layers_size);
        g->m = *m;
        g->m.tiles = own;
        g->b = b;
        g->err = err;
        g->vectors = vectors;
        g->programmed = programmed;
        const uint64_t from = b->cycle(b->self);
        failed = m->net->steps
                     ? ohm_fail(err, "calibration: a network of sequences, expected one of images")
                     : 0;
        for (int tile = 0; !failed && tile < m->tile_count; tile++)
            failed = run_tile(m, tile, seed, &fixes[tile], g, done, user, out);
        out->cycles = b->cycle(b->self) - from;
        failed = failed || b->finish(b->self, err);
        for (int layer = 0; !failed && layer < m->net->layer_count; layer++)
            failed = apply(m, layer, fixes, tiles, &layers[layer], err);
    }
    if (!failed && out->columns) {
        finish(&out->before, out->columns, out->tiles);
        finish(&out->after, out->columns, out->tiles);
    }
    if (!failed) {
        m->tiles = tiles;
        m->layers = layers;
    } else {
        free(tiles);
        free(layers);
    }
    if (g) {
        free(g->codes);
        free(g->ideal);
        free(g->expected);
    }
    free(g);
    free(own);
    free(fixes);
    return failed ? -1 : 0;
}
