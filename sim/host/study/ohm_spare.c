/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_spare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_defects.h"

enum { SIDE = OHM_REG_COLMAP_COUNT };

struct tile {
    int rows, used, places; /* columns of its outputs; those and the spare ones */
    uint16_t code[2][SIDE][SIDE]; /* [device][row][column of its outputs] */
    int stuck[2][SIDE][SIDE];     /* [device][row][place]: conductance, or -1 */
    double error[SIDE]; /* of each column where it is: Σ over its cells of the squared error */
};

static double error_at(const struct tile *t, int column, int place)
{
    double sum = 0;
    for (int row = 0; row < t->rows; row++) {
        const int stuck[] = {t->stuck[0][row][place], t->stuck[1][row][place]};
        uint16_t plus = t->code[0][row][column], minus = t->code[1][row][column];
        const double e = ohm_defects_repair(stuck, &plus, &minus);
        sum += e * e;
    }
    return sum;
}

static void load(const struct ohm_mapping *m, int index, struct tile *t)
{
    const struct ohm_tile_map *map = &m->tiles[index];
    const int left = m->config.cols - map->cols;
    t->rows = map->rows;
    t->used = map->cols;
    t->places = map->cols + (m->coding.spare_columns < left ? m->coding.spare_columns : left);
    memset(t->stuck, -1, sizeof t->stuck);
    for (int row = 0; row < t->rows; row++) {
        size_t count = 0;
        const struct ohm_defect *d =
            m->defects ? ohm_defects_row(m->defects, map->x, map->y, row, &count) : NULL;
        for (size_t i = 0; i < count; i++)
            t->stuck[d[i].dev][row][d[i].col] = d[i].g;
        for (int dev = 0; dev < 2; dev++)
            ohm_tile_codes(m, index, dev, row, t->code[dev][row]);
    }
    for (int c = 0; c < t->used; c++)
        t->error[c] = error_at(t, c, c);
}

/* The column goes to the best free place, if that is better than its own. */
static int move(struct tile *t, struct ohm_tile_map *map, int column, uint8_t *taken)
{
    double best = t->error[column];
    int to = -1;
    for (int place = t->used; place < t->places; place++) {
        const double e = taken[place] ? best : error_at(t, column, place);
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

static void say(FILE *log, const struct ohm_tile_map *map, const struct tile *t, int column,
                double was, int moved)
{
    fprintf(log, "spare      tile (%d,%d): column %d fails, error %.4f of G_max a cell; ", map->x,
            map->y, column, sqrt(was / t->rows) / 16384);
    if (moved)
        fprintf(log, "moved to %d, %.4f\n", map->place[column],
                sqrt(t->error[column] / t->rows) / 16384);
    else
        fprintf(log, "stays, no free column is better\n");
}

static void repair(struct ohm_mapping *m, int index, struct tile *t, FILE *log,
                   struct ohm_spare_stats *out, double *before, double *after)
{
    struct ohm_tile_map *map = &m->tiles[index];
    uint8_t taken[SIDE] = {0}, failed[SIDE] = {0};
    const double limit = (double)OHM_SPARE_CELL * OHM_SPARE_CELL;
    int any = 0;
    load(m, index, t);
    for (int c = 0; c < t->used; c++)
        *before += t->error[c];
    for (;;) {
        int worst = -1;
        for (int c = 0; c < t->used; c++)
            if (!failed[c] && t->error[c] > limit && (worst < 0 || t->error[c] > t->error[worst]))
                worst = c;
        if (worst < 0)
            break;
        const double was = t->error[worst];
        const int moved = move(t, map, worst, taken);
        failed[worst] = any = 1;
        out->failed++;
        out->moved += moved;
        if (log)
            say(log, map, t, worst, was, moved);
    }
    out->tiles += any;
    for (int c = 0; c < t->used; c++) {
        *after += t->error[c];
        if (map->place[c] >= map->cols)
            map->cols = map->place[c] + 1;
    }
}

int ohm_spare_columns(struct ohm_mapping *m, FILE *log, struct ohm_spare_stats *out,
                      struct ohm_error *err)
{
    struct tile *t = malloc(sizeof *t);
    double before = 0, after = 0, cells = 0;
    int most = 0;

    *out = (struct ohm_spare_stats){0};
    if (!t)
        return ohm_fail(err, "spare columns: out of memory");
    if (m->net->steps) {
        free(t);
        return ohm_fail(err, "spare columns: a network of sequences, expected one of images");
    }
    for (int i = 0; i < m->tile_count; i++) {
        if (m->tiles[i].vec)
            continue;
        cells += (double)m->tiles[i].rows * m->tiles[i].cols;
        repair(m, i, t, log, out, &before, &after);
        most = m->tiles[i].cols > most ? m->tiles[i].cols : most;
    }
    free(t);
    m->vmm_cycles = ohm_coding_cycles(&m->coding, &m->config, most);
    out->before = cells > 0 ? sqrt(before / cells) / 16384 : 0;
    out->after = cells > 0 ? sqrt(after / cells) / 16384 : 0;
    return 0;
}
