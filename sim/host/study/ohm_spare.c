/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_spare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_array.h"

enum { SIDE_MAX = 256 };

struct tile { /* under test */
    struct ohm_array *array;
    int rows, used, all; /* columns of its outputs; columns of the macro */
    /* [column of its outputs][row]: plus less minus, 2^14: G_max */
    int16_t want[SIDE_MAX][SIDE_MAX];
    uint16_t code[2][SIDE_MAX][SIDE_MAX];
    double error[SIDE_MAX]; /* of each column where it is: Σ over its cells of the squared error */
};

static int program(struct tile *t, int column, int place, struct ohm_error *err)
{
    for (unsigned dev = 0; dev < 2; dev++)
        for (int row = 0; row < t->rows; row++)
            if (ohm_array_program(t->array, dev, (unsigned)row, (unsigned)place,
                                  t->code[dev][column][row], err))
                return -1;
    return 0;
}

static double verify(const struct tile *t, int column, int place)
{
    double sum = 0;
    for (int row = 0; row < t->rows; row++) {
        const double e = ohm_array_geff(t->array, OHM_CELL_BOTH, (unsigned)row, (unsigned)place)
                         - t->want[column][row];
        sum += e * e;
    }
    return sum;
}

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *v, int n)
{
    double sorted[SIDE_MAX];
    memcpy(sorted, v, (size_t)n * sizeof *v);
    qsort(sorted, (size_t)n, sizeof *sorted, rising);
    return sorted[n / 2];
}

static int load(const struct ohm_mapping *m, int index, struct tile *t, struct ohm_error *err)
{
    const struct ohm_tile_map *map = &m->tiles[index];
    uint16_t codes[SIDE_MAX];
    t->rows = map->rows;
    t->used = map->cols;
    t->all = m->config.cols;
    for (int row = 0; row < t->rows; row++)
        for (int dev = 0; dev < 2; dev++) {
            ohm_tile_codes(m, index, dev, row, codes);
            for (int c = 0; c < t->used; c++)
                t->code[dev][c][row] = codes[c];
        }
    for (int c = 0; c < t->used; c++) {
        for (int row = 0; row < t->rows; row++)
            t->want[c][row] = (int16_t)(t->code[0][c][row] - t->code[1][c][row]);
        if (program(t, c, c, err))
            return -1;
        t->error[c] = verify(t, c, c);
    }
    return 0;
}

/* The column goes to the best free place, if that is better than its own. */
static int move(struct tile *t, struct ohm_tile_map *map, int column, int spares, uint8_t *taken,
                struct ohm_error *err)
{
    double best = t->error[column];
    int to = -1;
    for (int place = t->used; place < t->used + spares; place++) {
        if (taken[place])
            continue;
        if (program(t, column, place, err))
            return -1;
        const double e = verify(t, column, place);
        if (e < best) {
            best = e;
            to = place;
        }
    }
    if (to < 0)
        return 0;
    taken[to] = 1;
    map->place[column] = (uint8_t)to;
    t->error[column] = best;
    return 1;
}

static int repair(struct ohm_mapping *m, int index, struct tile *t, FILE *log,
                  struct ohm_spare_stats *out, double *before, double *after, struct ohm_error *err)
{
    struct ohm_tile_map *map = &m->tiles[index];
    uint8_t taken[SIDE_MAX] = {0}, failed[SIDE_MAX] = {0};
    if (load(m, index, t, err))
        return -1;
    const double limit = OHM_SPARE_FACTOR * median(t->error, t->used);
    const int spares =
        m->coding.spare_columns < t->all - t->used ? m->coding.spare_columns : t->all - t->used;
    int any = 0;
    for (int c = 0; c < t->used; c++)
        *before += t->error[c];
    for (;;) {
        int worst = -1, rc;
        for (int c = 0; c < t->used; c++)
            if (!failed[c] && t->error[c] > limit && (worst < 0 || t->error[c] > t->error[worst]))
                worst = c;
        if (worst < 0)
            break;
        failed[worst] = any = 1;
        const double was = t->error[worst];
        if ((rc = move(t, map, worst, spares, taken, err)) < 0)
            return -1;
        out->failed++;
        out->moved += rc;
        if (log && rc)
            fprintf(log,
                    "spare      tile (%d,%d): column %d fails, error %.4f of G_max a cell; moved "
                    "to %d, %.4f\n",
                    map->x, map->y, worst, sqrt(was / t->rows) / 16384, map->place[worst],
                    sqrt(t->error[worst] / t->rows) / 16384);
        else if (log)
            fprintf(log,
                    "spare      tile (%d,%d): column %d fails, error %.4f of G_max a cell; stays, "
                    "no free column is better\n",
                    map->x, map->y, worst, sqrt(was / t->rows) / 16384);
    }
    out->tiles += any;
    for (int c = 0; c < t->used; c++) {
        *after += t->error[c];
        if (map->place[c] >= map->cols)
            map->cols = map->place[c] + 1;
    }
    return 0;
}

int ohm_spare_columns(struct ohm_mapping *m, const struct ohm_device_model *device,
                      const struct ohm_physics *physics, uint64_t seed, FILE *log,
                      struct ohm_spare_stats *out, struct ohm_error *err)
{
    struct tile *t = malloc(sizeof *t);
    double before = 0, after = 0, cells = 0;
    int rc = t ? 0 : ohm_fail(err, "spare columns: out of memory");

    *out = (struct ohm_spare_stats){0};
    if (!rc && m->net->steps)
        rc = ohm_fail(err, "spare columns: a network of sequences, expected one of images");
    for (int i = 0; !rc && i < m->tile_count; i++) {
        cells += (double)m->tiles[i].rows * m->tiles[i].cols;
        t->array = ohm_array_new(m->config.rows, m->config.cols, device, seed,
                                 (unsigned)(m->tiles[i].y * 16 + m->tiles[i].x), err);
        rc = !t->array || ohm_array_set_physics(t->array, physics, err)
                     || repair(m, i, t, log, out, &before, &after, err)
                 ? -1
                 : 0;
        ohm_array_free(t->array);
    }
    free(t);
    int most = 0;
    for (int i = 0; i < m->tile_count; i++)
        most = m->tiles[i].cols > most ? m->tiles[i].cols : most;
    m->vmm_cycles = ohm_coding_cycles(&m->coding, &m->config, most);
    out->before = cells > 0 ? sqrt(before / cells) / 16384 : 0;
    out->after = cells > 0 ? sqrt(after / cells) / 16384 : 0;
    return rc;
}
