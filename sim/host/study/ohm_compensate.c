/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_compensate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_array.h" /* OHM_CODE_MAX */
#include "ohm_tile_io.h"

enum {
    PROBES = 16, SIDE = OHM_REG_COLMAP_COUNT, GAIN_MAX = 65535, BITS = 8, TICKS = 255,
    ALONE = UINT16_MAX, READS = 4, REFERENCE = 12288 /* code of a reference device */
};
#define HEADROOM 1.3 /* of the ramp over the largest ideal charge */

struct factors { /* of one tile: what was read at time 0 over what is read now */
    double tile, column[SIDE], weight;
};

/* ---- probe vectors ---- */

/* The largest charge that a probe makes in a column of ideal cells. */
static double largest_charge(const struct ohm_mapping *m, int tile)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    int32_t sum[PROBES][SIDE] = {{0}}, largest = 0;
    uint16_t plus[SIDE], minus[SIDE];
    for (int r = 0; r < t->rows; r++) {
        ohm_tile_codes(m, tile, 0, r, plus);
        ohm_tile_codes(m, tile, 1, r, minus);
        for (int c = 0; c < t->cols; c++)
            sum[r % PROBES][c] += plus[c] - minus[c];
    }
    for (int p = 0; p < PROBES; p++)
        for (int c = 0; c < t->cols; c++)
            largest = abs(sum[p][c]) > largest ? abs(sum[p][c]) : largest;
    return (double)largest * TICKS;
}

static int prepare_probes(const struct ohm_mapping *m, int tile, struct ohm_measured *p)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    if (t->vec)
        return 0; /* no cells, nothing to measure */
    uint8_t *x = calloc(PROBES * (size_t)t->rows, 1);
    const int reach = ohm_measure_reach(&m->config);
    const double lsb = ceil(HEADROOM * largest_charge(m, tile) / (reach > 0 ? reach : 1));
    *p = (struct ohm_measured){
        .tile = tile, .rows = t->rows, .cols = t->cols, .bits = BITS, .reach = reach,
        .lsb = lsb < 1 ? 1 : (uint32_t)lsb,
        .x = x, .code = malloc(PROBES * (size_t)t->cols * sizeof *p->code)};
    for (int r = 0; x && r < t->rows; r++) /* each probe drives a sixteenth of the rows */
        x[(size_t)(r % PROBES) * (size_t)t->rows + (size_t)r] = TICKS;
    return x && p->code ? 0 : -1;
}

/* Reads all tiles at a time, with wider ramps as long as some code is at an end of its own, and
 * adds up what each answers. */
static int read_probes(struct ohm_measure *g, struct ohm_measured *tiles, uint32_t seconds,
                       double *sum, struct ohm_error *err)
{
    int clipped = 1;
    g->seconds = seconds;
    while (clipped) {
        clipped = 0;
        if (ohm_measure_vectors(g, tiles, g->m->tile_count, PROBES, err))
            return -1;
        for (int i = 0; i < g->m->tile_count; i++) {
            if (!tiles[i].clipped)
                continue;
            tiles[i].lsb = (uint32_t)ceil(HEADROOM * tiles[i].lsb);
            if (tiles[i].lsb > 1u << 24)
                return ohm_fail(err, "compensation of tile (%d,%d): codes beyond any ramp",
                                g->m->tiles[tiles[i].tile].x, g->m->tiles[tiles[i].tile].y);
            clipped = 1;
        }
    }
    for (int i = 0; i < g->m->tile_count; i++) {
        sum[i] = 0;
        for (int k = 0; k < PROBES * tiles[i].cols; k++)
            sum[i] += (double)abs(tiles[i].code[k]) * tiles[i].lsb;
    }
    return 0;
}

static int by_probes(struct ohm_measure *g, uint32_t seconds, struct factors *f,
                     struct ohm_error *err)
{
    const struct ohm_mapping *m = g->m;
    struct ohm_measured *tiles = calloc((size_t)m->tile_count, sizeof *tiles);
    double *sums = calloc(2 * (size_t)m->tile_count, sizeof *sums), *before = sums;
    int rc = tiles && sums ? 0 : -1;
    for (int i = 0; !rc && i < m->tile_count; i++)
        rc = prepare_probes(m, i, &tiles[i]);
    if (rc)
        ohm_fail(err, "compensation: out of memory");
    rc = rc || read_probes(g, tiles, g->from, before, err)
                 || read_probes(g, tiles, seconds, before + m->tile_count, err)
             ? -1
             : 0;
    for (int i = 0; !rc && i < m->tile_count; i++) {
        const double now = before[m->tile_count + i];
        /* weights of 0 only have nothing that could be lost: what they answer is noise */
        const int empty = m->tiles[i].vec || largest_charge(m, i) <= 0;
        f[i].tile = empty ? 1 : before[i] / now;
        if (!empty && !(before[i] > 0 && now > 0))
            rc = ohm_fail(err, "compensation of tile (%d,%d): response %g, %g at time 0",
                          m->tiles[i].x, m->tiles[i].y, now, before[i]);
    }
    for (int i = 0; tiles && i < m->tile_count; i++) {
        free((void *)tiles[i].x);
        free(tiles[i].code);
    }
    free(tiles);
    free(sums);
    return rc;
}

/* ---- reference rows ---- */

int ohm_load_references(struct ohm_measure *g, int rows, const struct ohm_write_scheme *scheme,
                        struct ohm_write_result *write, struct ohm_error *err)
{
    const struct ohm_config *config = &g->m->config;
    const size_t cols = (size_t)config->cols, cells = (size_t)config->rows * cols;
    uint16_t *codes = malloc(2 * cells * sizeof *codes);
    int rc = codes ? 0 : ohm_fail(err, "references: out of memory");
    for (int i = 0; !rc && i < g->m->tile_count; i++) {
        const struct ohm_tile_map *t = &g->m->tiles[i];
        struct ohm_tile_io io = {g->b, g->m, i, err};
        if (t->vec)
            continue;
        if (t->rows + rows > config->rows) {
            rc = ohm_fail(err, "references: %d rows, expected at most the %d that tile (%d,%d) has "
                               "free",
                          rows, config->rows - t->rows, t->x, t->y);
            break;
        }
        for (size_t k = 0; k < 2 * cells; k++)
            codes[k] = k % cols >= (size_t)t->cols ? ALONE : k < cells ? REFERENCE : 0;
        const struct ohm_write_array a = {.b = g->b, .config = config, .x = t->x, .y = t->y,
                                          .first = (unsigned)t->rows, .rows = (unsigned)rows,
                                          .codes = codes};
        if (scheme)
            rc = ohm_write_rows(&a, scheme, write, err);
        for (int r = t->rows; !rc && !scheme && r < t->rows + rows; r++)
            rc = ohm_tile_load(&io, 0, r, codes, t->cols)
                         || ohm_tile_load(&io, 1, r, codes + cells, t->cols)
                     ? -1
                     : 0;
    }
    free(codes);
    return rc;
}

static int prepare_references(const struct ohm_mapping *m, int tile, int rows,
                              struct ohm_measured *p)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const size_t all = (size_t)(t->rows + rows);
    if (t->vec)
        return 0;
    uint8_t *x = calloc(READS * (size_t)rows * all, 1);
    const int reach = ohm_measure_reach(&m->config);
    int unit = OHM_MEASURE_UNIT;
    while (reach > 0 && unit * reach < 11 * OHM_CODE_MAX / 10)
        unit += OHM_MEASURE_UNIT;
    *p = (struct ohm_measured){
        .tile = tile, .rows = (int)all, .cols = t->cols, .dev = 1, .bits = 1, .reach = reach,
        .lsb = (uint32_t)unit, .x = x,
        .code = malloc(READS * (size_t)rows * (size_t)t->cols * sizeof *p->code)};
    for (int k = 0; x && k < READS * rows; k++)
        x[(size_t)k * all + (size_t)(t->rows + k % rows)] = 1;
    return x && p->code ? 0 : -1;
}

/* Adds up the reads of each reference device: g[row * SIDE + column]. */
static int read_references(struct ohm_measure *g, struct ohm_measured *tiles, int rows,
                           uint32_t seconds, double *sum, struct ohm_error *err)
{
    const int tile_count = g->m->tile_count;
    g->seconds = seconds;
    if (ohm_measure_vectors(g, tiles, tile_count, READS * rows, err))
        return -1;
    for (int i = 0; i < tile_count; i++)
        for (int k = 0; k < READS * rows; k++)
            for (int c = 0; c < tiles[i].cols; c++)
                sum[((size_t)i * (size_t)rows + (size_t)(k % rows)) * SIDE + (size_t)c] +=
                    tiles[i].code[(size_t)k * (size_t)tiles[i].cols + (size_t)c];
    return 0;
}

/* What the references of a tile say: now over before, of each column, and how far to believe it. A
 * device of which nothing was read, a stuck one, does not count. */
static int judge(const double *before, const double *now, int rows, int cols, struct factors *f)
{
    double sum[2] = {0, 0}, within = 0, between = 0, mean = 0;
    int columns = 0, spread = 0;
    for (int c = 0; c < cols; c++) {
        double own[2] = {0, 0}, ratios = 0, squares = 0;
        int n = 0;
        for (int r = 0; r < rows; r++) {
            const double b = before[r * SIDE + c], a = now[r * SIDE + c];
            if (b < READS * (double)REFERENCE / OHM_MEASURE_UNIT / 4)
                continue;
            own[0] += b;
            own[1] += a;
            ratios += a / b;
            squares += a / b * (a / b);
            n++;
        }
        f->column[c] = n && own[1] > 0 ? own[1] / own[0] : -1;
        if (f->column[c] < 0)
            continue;
        sum[0] += own[0];
        sum[1] += own[1];
        mean += f->column[c];
        columns++;
        if (n > 1) {
            within += (squares - ratios * ratios / n) / (n - 1) / n;
            spread++;
        }
    }
    if (!columns || sum[1] <= 0)
        return -1;
    f->tile = sum[0] / sum[1];
    mean /= columns;
    for (int c = 0; c < cols; c++)
        if (f->column[c] >= 0)
            between += (f->column[c] - mean) * (f->column[c] - mean);
    if (spread && columns > 1 && between > 0)
        f->weight = 1 - within / spread / (between / (columns - 1));
    f->weight = f->weight > 0 ? f->weight : 0;
    for (int c = 0; c < cols; c++)
        f->column[c] = f->column[c] < 0
                           ? f->tile
                           : 1 / (1 / f->tile + f->weight * (f->column[c] - 1 / f->tile));
    return 0;
}

static int by_references(struct ohm_measure *g, int rows, uint32_t seconds, struct factors *f,
                         struct ohm_error *err)
{
    const struct ohm_mapping *m = g->m;
    const size_t each = (size_t)rows * SIDE, all = (size_t)m->tile_count * each;
    struct ohm_measured *tiles = calloc((size_t)m->tile_count, sizeof *tiles);
    double *sums = calloc(2 * all, sizeof *sums);
    int rc = tiles && sums ? 0 : -1;
    for (int i = 0; !rc && i < m->tile_count; i++)
        rc = prepare_references(m, i, rows, &tiles[i]);
    if (rc)
        ohm_fail(err, "compensation: out of memory");
    rc = rc || read_references(g, tiles, rows, g->from, sums, err)
                 || read_references(g, tiles, rows, seconds, sums + all, err)
             ? -1
             : 0;
    for (int i = 0; !rc && i < m->tile_count; i++)
        if (m->tiles[i].vec)
            f[i].tile = 1;
        else if (judge(sums + (size_t)i * each, sums + all + (size_t)i * each, rows, tiles[i].cols,
                  &f[i]))
            rc = ohm_fail(err, "compensation of tile (%d,%d): its references read nothing",
                          m->tiles[i].x, m->tiles[i].y);
    for (int i = 0; tiles && i < m->tile_count; i++) {
        free((void *)tiles[i].x);
        free(tiles[i].code);
    }
    free(tiles);
    free(sums);
    return rc;
}

/* ---- gains ---- */

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

/* No gain acts on a duration, but the ramp's step does. */
static int apply_to_ramp(const struct ohm_mapping *m, int layer, const struct factors *f,
                         struct ohm_tile_map *t, struct ohm_error *err)
{
    const double lsb = floor(t->lsb / f->tile + 0.5);
    if (lsb < 1)
        return ohm_fail(err, "compensation: layer %s: MACRO_LSB %g: too much was lost",
                        m->net->layers[layer].name, lsb);
    t->lsb = (uint32_t)lsb;
    return 0;
}

static int apply(const struct ohm_mapping *m, int layer, const struct factors *f, int columns,
                 struct ohm_tile_map *tiles, struct ohm_layer_map *l, struct ohm_error *err)
{
    const int first = l->first_tile, end = first + l->tiles;
    double most = 0;
    if (tiles[first].link_out)
        return apply_to_ramp(m, layer, &f[first], &tiles[first], err);
    for (int i = first; i < end; i++)
        for (int c = 0; c < (columns ? tiles[i].cols : 1); c++) {
            const double gain = tiles[i].gain * (columns ? f[i].column[c] : f[i].tile);
            most = gain > most ? gain : most;
        }
    const int halved = ohm_gain_room(m, layer, most, tiles, l);
    for (int i = first; i < end; i++) {
        struct ohm_tile_map *t = &tiles[i];
        if (t->vec)
            continue;
        const unsigned old = t->gain;
        const double gain = floor(ldexp(old * f[i].tile, -halved) + 0.5);
        if (gain < 1)
            return ohm_fail(err, "compensation: layer %s: gains from %g up: too much was lost",
                            m->net->layers[layer].name, old * f[i].tile);
        t->gain = (unsigned)gain;
        for (int c = 0; columns && c < t->cols; c++) {
            const double own = floor(ldexp(old * f[i].column[c], -halved) + 0.5);
            t->gains[c] = (uint16_t)(own < 1 ? 1 : own);
            t->trims[c] = 0;
        }
        t->calibrated = columns;
    }
    return 0;
}

static void summarize(const struct factors *f, int tiles, struct ohm_compensated *out)
{
    *out = (struct ohm_compensated){.least = f[0].tile, .most = f[0].tile};
    for (int i = 0; i < tiles; i++) {
        out->least = f[i].tile < out->least ? f[i].tile : out->least;
        out->most = f[i].tile > out->most ? f[i].tile : out->most;
        out->weight += f[i].weight / tiles;
    }
}

/* Gains by the factors, in arrays of their own. */
static int replace_gains(struct ohm_mapping *m, const struct factors *f, int columns,
                         struct ohm_error *err)
{
    const size_t tiles_size = (size_t)m->tile_count * sizeof *m->tiles,
                 layers_size = (size_t)m->net->layer_count * sizeof *m->layers;
    struct ohm_tile_map *tiles = malloc(tiles_size);
    struct ohm_layer_map *layers = malloc(layers_size);
    int failed = tiles && layers ? 0 : ohm_fail(err, "compensation: out of memory");
    if (!failed) {
        memcpy(tiles, m->tiles, tiles_size);
        memcpy(layers, m->layers, layers_size);
    }
    for (int layer = 0; !failed && layer < m->net->layer_count; layer++)
        failed = apply(m, layer, f, columns, tiles, &layers[layer], err);
    if (failed) {
        free(tiles);
        free(layers);
        return -1;
    }
    m->tiles = tiles;
    m->layers = layers;
    return 0;
}

int ohm_compensate_by(struct ohm_mapping *m, const double *factors, struct ohm_error *err)
{
    struct factors *f = calloc((size_t)m->tile_count, sizeof *f);
    for (int i = 0; f && i < m->tile_count; i++)
        f[i].tile = factors[i];
    const int rc = f ? replace_gains(m, f, 0, err) : ohm_fail(err, "compensation: out of memory");
    free(f);
    return rc;
}

int ohm_compensate(struct ohm_mapping *m, struct ohm_measure *g, int references,
                   struct ohm_compensated *out, struct ohm_error *err)
{
    if (m->net->steps)
        return ohm_fail(err, "compensation: a network of sequences, expected one of images");
    struct factors *f = calloc((size_t)m->tile_count, sizeof *f);
    int rc = !f           ? ohm_fail(err, "compensation: out of memory")
             : references ? by_references(g, references, m->seconds, f, err)
                          : by_probes(g, m->seconds, f, err);
    if (!rc && !(rc = replace_gains(m, f, references != 0, err)))
        summarize(f, m->tile_count, out);
    free(f);
    return rc;
}
