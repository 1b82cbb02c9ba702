/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_find_defects.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_array.h" /* OHM_CODE_MAX */
#include "ohm_tile_io.h"

enum { LEVELS = 2, DEVICES = 2, FULL = 16383, HALF = 8192, AGAIN = 4, ALONE = UINT16_MAX };

struct test {
    struct ohm_measure *g;
    const struct ohm_write_scheme *scheme;
    struct ohm_cells *read[LEVELS][DEVICES]; /* [tile] */
    int columns;
    struct ohm_find_stats *stats;
    struct ohm_error *err;
};

struct report { /* of one tile, from the engine */
    struct ohm_cells *to[DEVICES];
    double unit; /* of a code */
};

static void take_codes(void *user, unsigned row, const uint32_t *words)
{
    const struct report *r = user;
    const size_t cols = (size_t)r->to[0]->cols;
    for (size_t c = 0; c < cols; c++) {
        r->to[0]->g[row * cols + c] = (float)((int16_t)(words[c] & 0xffff) * r->unit);
        r->to[1]->g[row * cols + c] = (float)((int16_t)(words[c] >> 16) * r->unit);
    }
}

/* Writes a tile's cells to one level by the engine, and reads them. */
static int write_tile(struct test *t, int tile, int level, uint16_t *codes)
{
    const struct ohm_config *config = &t->g->m->config;
    const struct ohm_tile_map *map = &t->g->m->tiles[tile];
    const size_t cells = (size_t)config->rows * (size_t)config->cols;
    struct report report = {{&t->read[level][0][tile], &t->read[level][1][tile]},
                            OHM_CODE_MAX / t->scheme->param[OHM_WRITE_LEVELS].value
                                / (1u << ohm_write_value(t->scheme, 1, OHM_WRITE_AVERAGE))};
    struct ohm_write_array a = {.b = t->g->b, .config = config, .x = map->x, .y = map->y,
                                .rows = (unsigned)report.to[0]->rows, .codes = codes};
    for (size_t i = 0; i < DEVICES * cells; i++)
        codes[i] = i % (size_t)config->cols < (size_t)report.to[0]->cols ? level * FULL : ALONE;
    if (ohm_write_rows(&a, t->scheme, &t->stats->write, t->err))
        return -1;
    a.measure = 1;
    a.report = take_codes;
    a.user = &report;
    return ohm_write_rows(&a, t->scheme, &t->stats->write, t->err);
}

static int write_level(struct test *t, int level)
{
    const struct ohm_config *config = &t->g->m->config;
    uint16_t *codes =
        malloc(DEVICES * (size_t)config->rows * (size_t)config->cols * sizeof *codes);
    int rc = codes ? 0 : ohm_fail(t->err, "test of the cells: out of memory");
    for (int i = 0; !rc && i < t->g->m->tile_count; i++)
        rc = t->read[level][0][i].rows ? write_tile(t, i, level, codes) : 0;
    free(codes);
    return rc;
}

static int load_level(struct test *t, int level)
{
    uint16_t codes[OHM_REG_COLMAP_COUNT];
    for (int c = 0; c < OHM_REG_COLMAP_COUNT; c++)
        codes[c] = (uint16_t)(level * FULL);
    for (int i = 0; i < t->g->m->tile_count; i++) {
        struct ohm_tile_io io = {t->g->b, t->g->m, i, t->err};
        for (int row = 0; row < t->read[level][0][i].rows; row++)
            for (int dev = 0; dev < DEVICES; dev++)
                if (ohm_tile_load(&io, dev, row, codes, t->read[level][0][i].cols))
                    return -1;
    }
    for (int dev = 0; dev < DEVICES; dev++)
        if (ohm_measure_cells(t->g, t->read[level][dev], dev + 1, 1, 1, t->err))
            return -1;
    return 0;
}

static int moves(const struct test *t, int dev, int tile, int cell)
{
    return t->read[1][dev][tile].g[cell] - t->read[0][dev][tile].g[cell] >= HALF;
}

/* Reads of devices that do not move once more, to know what they conduct better than one read of
 * each level tells. */
static int read_again(struct test *t)
{
    int rc = 0;
    for (int dev = 0; !rc && dev < DEVICES; dev++) {
        struct ohm_cells *more = ohm_cells_new(t->g->m, t->columns, t->err);
        rc = !more || ohm_measure_cells(t->g, more, dev + 1, 1, AGAIN, t->err) ? -1 : 0;
        for (int i = 0; !rc && i < t->g->m->tile_count; i++)
            for (int k = 0; k < more[i].rows * more[i].cols; k++)
                if (!moves(t, dev, i, k))
                    t->read[0][dev][i].g[k] = t->read[1][dev][i].g[k] =
                        (t->read[0][dev][i].g[k] + t->read[1][dev][i].g[k] + AGAIN * more[i].g[k])
                        / (AGAIN + 2);
        ohm_cells_free(t->g->m, more);
    }
    return rc;
}

static int any_stuck(const struct test *t)
{
    for (int i = 0; i < t->g->m->tile_count; i++)
        for (int dev = 0; dev < DEVICES; dev++)
            for (int k = 0; k < t->read[0][dev][i].rows * t->read[0][dev][i].cols; k++)
                if (!moves(t, dev, i, k))
                    return 1;
    return 0;
}

/* What a device of a tile reads at code 0: the mean of those that change. */
static double base_of(const struct test *t, int tile)
{
    double sum = 0, n = 0;
    for (int dev = 0; dev < DEVICES; dev++) {
        const struct ohm_cells *low = &t->read[0][dev][tile];
        for (int i = 0; i < low->rows * low->cols; i++)
            if (moves(t, dev, tile, i)) {
                sum += low->g[i];
                n++;
            }
    }
    return n > 0 ? sum / n : 0;
}

static int judge(struct test *t, int tile, struct ohm_defects *out)
{
    const struct ohm_tile_map *map = &t->g->m->tiles[tile];
    const double base = base_of(t, tile);
    for (int dev = 0; dev < DEVICES; dev++) {
        const struct ohm_cells *low = &t->read[0][dev][tile], *high = &t->read[1][dev][tile];
        const int cells = low->rows * low->cols;
        t->stats->devices += (size_t)cells;
        for (int i = 0; i < cells; i++) {
            const double g = (low->g[i] + high->g[i]) / 2.0 - base;
            if (moves(t, dev, tile, i))
                continue;
            t->stats->stuck++;
            if (ohm_defects_add(out,
                                &(struct ohm_defect){.x = map->x, .y = map->y, .dev = dev,
                                                     .row = i / low->cols, .col = i % low->cols,
                                                     .g = g < 0                  ? 0
                                                        : g > OHM_DEFECT_G_MAX ? OHM_DEFECT_G_MAX
                                                                               : (int)(g + 0.5)},
                                t->err))
                return -1;
        }
    }
    return 0;
}

int ohm_find_defects(struct ohm_measure *g, int columns, const struct ohm_write_scheme *scheme,
                     struct ohm_defects *out, struct ohm_find_stats *stats,
                     struct ohm_error *err)
{
    struct ohm_write_scheme once; /* a device that does not change has nothing to relax */
    if (scheme) {
        once = *scheme;
        once.param[OHM_WRITE_RELAX].value = 0;
        scheme = &once;
    }
    struct test t = {.g = g, .scheme = scheme, .columns = columns, .stats = stats, .err = err};
    int rc = 0;
    for (int i = 0; !rc && i < LEVELS * DEVICES; i++)
        rc = (t.read[i / DEVICES][i % DEVICES] = ohm_cells_new(g->m, columns, err)) ? 0 : -1;
    for (int level = 0; !rc && level < LEVELS; level++)
        rc = scheme ? write_level(&t, level) : load_level(&t, level);
    if (!rc && !scheme && any_stuck(&t))
        rc = read_again(&t);
    for (int i = 0; !rc && i < g->m->tile_count; i++)
        rc = judge(&t, i, out);
    for (int i = 0; i < LEVELS * DEVICES; i++)
        ohm_cells_free(g->m, t.read[i / DEVICES][i % DEVICES]);
    return rc;
}
