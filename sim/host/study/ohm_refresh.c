/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_refresh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_array.h" /* OHM_CODE_MAX */
#include "ohm_compensate.h"
#include "ohm_tile_io.h"

enum { SIDE = OHM_REG_COLMAP_COUNT };
#define SOON 0.3    /* of the time between its checks: so long before it is due a tile is read */
#define REACHED 1.2 /* times what programming left: to do it again would bring nothing */

struct reading { /* of one tile */
    int cols;
    double unit;          /* of a code, G_max/2^14 */
    float g[SIDE][SIDE];  /* plus less minus, [row][column] */
    float want[SIDE][SIDE];
    double error[SIDE];   /* of each row, share of G_max */
    uint8_t chosen[SIDE]; /* rows to be programmed anew */
};

/* ---- what the chip says ---- */

static void take_codes(void *user, unsigned row, const uint32_t *words)
{
    struct reading *r = user;
    for (int c = 0; c < r->cols; c++)
        r->g[row][c] = (float)(((int16_t)(words[c] & 0xffff) - (int16_t)(words[c] >> 16))
                               * r->unit);
}

static int read_tile(struct ohm_refresh *r, int tile, struct reading *to, struct ohm_error *err)
{
    const struct ohm_tile_map *t = &r->m->tiles[tile];
    const struct ohm_write_array a = {.b = r->b, .config = &r->m->config, .x = t->x, .y = t->y,
                                      .rows = (unsigned)t->rows, .measure = 1,
                                      .report = take_codes, .user = to};
    uint16_t plus[SIDE], minus[SIDE];
    to->cols = t->cols;
    to->unit = OHM_CODE_MAX / r->scheme->param[OHM_WRITE_LEVELS].value
               / (1u << ohm_write_value(r->scheme, 1, OHM_WRITE_AVERAGE));
    for (int row = 0; row < t->rows; row++) {
        ohm_tile_codes(r->m, tile, 0, row, plus);
        ohm_tile_codes(r->m, tile, 1, row, minus);
        for (int c = 0; c < t->cols; c++)
            to->want[row][c] = (float)(plus[c] - minus[c]);
    }
    return ohm_write_rows(&a, r->scheme, &r->stats.read, err);
}

/* What the tile conducts of what it should; 1 where it should nothing. */
static double conducts(const struct reading *r, int rows)
{
    double both = 0, squares = 0;
    for (int row = 0; row < rows; row++)
        for (int c = 0; c < r->cols; c++) {
            both += (double)r->want[row][c] * r->g[row][c];
            squares += (double)r->want[row][c] * r->want[row][c];
        }
    return squares > 0 && both > 0 ? both / squares : 1;
}

/* What cells are off once the gain has made up for that. */
static void judge(struct reading *r, int rows, double share, struct ohm_refresh_tile *t)
{
    double sum = 0;
    t->row = 0;
    for (int row = 0; row < rows; row++) {
        double squares = 0;
        for (int c = 0; c < r->cols; c++) {
            const double e = r->g[row][c] / share - r->want[row][c];
            squares += e * e;
        }
        r->error[row] = sqrt(squares / r->cols) / OHM_CODE_MAX;
        sum += squares;
        t->row = r->error[row] > t->row ? r->error[row] : t->row;
    }
    t->error = sqrt(sum / r->cols / rows) / OHM_CODE_MAX;
}

/* Rows that are off by more; returns how many. */
static int choose_rows(struct reading *r, int rows, double most)
{
    int chosen = 0;
    for (int row = 0; row < rows; row++) {
        r->chosen[row] = r->error[row] > most;
        chosen += r->chosen[row];
    }
    return chosen;
}

/* ---- what is done about it ---- */

/* At a check half the budget is enough of a reason: the rest of it would not last long. */
static void set_gain(struct ohm_refresh *r, struct ohm_refresh_tile *t)
{
    if (fabs(t->conducts * t->factor - 1) <= r->budget.gain / 2)
        return;
    t->factor = 1 / t->conducts;
    r->stats.gains++;
}

/* All of a tile: its age, its gain and what programming can reach begin anew. */
static int program_tile(struct ohm_refresh *r, int tile, struct reading *g, struct ohm_error *err)
{
    struct ohm_refresh_tile *t = &r->tiles[tile];
    const int rows = r->m->tiles[tile].rows;
    if (ohm_write_tile(r->b, r->m, tile, r->scheme, &r->stats.write, err)
        || read_tile(r, tile, g, err))
        return -1;
    *t = (struct ohm_refresh_tile){.factor = 1, .conducts = conducts(g, rows),
                                   .programmed = r->now, .checked = r->now,
                                   .exponent = t->exponent};
    t->start = t->conducts;
    judge(g, rows, t->conducts, t);
    t->fresh = t->error;
    return 0;
}

/* What this check says of the drift. */
static void learn(struct ohm_refresh_tile *t, double share, uint32_t now)
{
    const uint32_t age = now - t->programmed, before = t->checked - t->programmed;
    if (!t->settled) {
        t->settled = age;
        t->loss = share / t->start;
    } else if (!t->mixed && age > before) {
        const double e = log(t->conducts / share) / log((double)age / before);
        t->exponent = e > 0 ? e : 0;
    }
    t->conducts = share;
    t->checked = now;
}

/* What is left of a device's conductance at this age. */
static double left_at(const struct ohm_refresh_tile *t, double age)
{
    const double left = t->settled ? t->loss * pow(age / t->settled, -t->exponent) : 1;
    return left < 1 ? left : 1;
}

/* When the tile's gain will be off by its budget. */
static uint32_t due(const struct ohm_refresh *r, const struct ohm_refresh_tile *t)
{
    const double age = r->now - t->programmed, first = r->budget.first,
                 longest = r->budget.longest;
    double wait = age; /* of an exponent that is not known: twice the age */
    if (t->exponent > 0)
        wait = age * (pow(t->conducts * t->factor / (1 - r->budget.gain), 1 / t->exponent) - 1);
    wait = wait < first ? first : wait > longest ? longest : wait;
    return r->now + (uint32_t)wait;
}

static int check_tile(struct ohm_refresh *r, int tile, struct reading *g, struct ohm_error *err)
{
    struct ohm_refresh_tile *t = &r->tiles[tile];
    const int rows = r->m->tiles[tile].rows;
    if (read_tile(r, tile, g, err))
        return -1;
    const double share = conducts(g, rows), reached = REACHED * t->fresh,
                 most = r->budget.cell > reached ? r->budget.cell : reached;
    judge(g, rows, share, t);
    learn(t, share, r->now);
    if (t->error > most) {
        r->stats.tiles++;
        if (program_tile(r, tile, g, err))
            return -1;
        set_gain(r, t);
        return 0;
    }
    set_gain(r, t);
    const int chosen = choose_rows(g, rows, 2 * most);
    if (!chosen)
        return 0;
    r->stats.rows += (uint64_t)chosen;
    t->mixed = 1;
    return ohm_write_tile_rows(r->b, r->m, tile, g->chosen,
                               1 / t->factor / left_at(t, (due(r, t) - r->now) / 2.0), r->scheme,
                               &r->stats.write, err);
}

/* The mapping with the gains in force, in place of the one before. */
static int make_chip(struct ohm_refresh *r, struct ohm_error *err)
{
    double *factors = malloc((size_t)r->m->tile_count * sizeof *factors);
    struct ohm_mapping chip = *r->m;
    int rc = factors ? 0 : ohm_fail(err, "refresh: out of memory");
    for (int i = 0; !rc && i < r->m->tile_count; i++)
        factors[i] = r->tiles[i].factor;
    if (!rc && !(rc = ohm_compensate_by(&chip, factors, err))) {
        chip.seconds = r->now;
        free(r->chip.tiles);
        free(r->chip.layers);
        r->chip = chip;
    }
    free(factors);
    return rc;
}

int ohm_refresh_time(struct ohm_refresh *r, uint32_t now, struct ohm_error *err)
{
    r->now = now;
    r->chip.seconds = now;
    for (int i = 0; i < r->m->tile_count; i++) {
        struct ohm_tile_io io = {r->b, r->m, i, err};
        const uint32_t off = 0;
        if (ohm_tile_write(&io, OHM_REG_CTRL, &off, 1)
            || (!r->m->tiles[i].vec && ohm_tile_write(&io, OHM_REG_MACRO_TIME, &now, 1)))
            return -1;
    }
    return 0;
}

int ohm_refresh_begin(struct ohm_refresh *r, struct ohm_error *err)
{
    if (!r->m->config.program)
        return ohm_fail(err, "refresh: PROGRAM of the configuration is 0, expected 1");
    struct reading *g = malloc(sizeof *g);
    r->tiles = calloc((size_t)r->m->tile_count, sizeof *r->tiles);
    int rc = g && r->tiles ? ohm_refresh_time(r, 0, err) : ohm_fail(err, "refresh: out of memory");
    for (int i = 0; !rc && i < r->m->tile_count; i++) {
        if (r->m->tiles[i].vec) {
            r->tiles[i] = (struct ohm_refresh_tile){.factor = 1, .conducts = 1, .due = UINT32_MAX};
            continue;
        }
        rc = program_tile(r, i, g, err);
        set_gain(r, &r->tiles[i]);
        r->tiles[i].due = due(r, &r->tiles[i]);
    }
    free(g);
    return rc || make_chip(r, err) ? -1 : 0;
}

int ohm_refresh_check(struct ohm_refresh *r, uint32_t *next, struct ohm_error *err)
{
    struct reading *g = malloc(sizeof *g);
    /* tiles that are off get nothing from those that are read */
    int rc = g ? ohm_refresh_time(r, r->now, err) : ohm_fail(err, "refresh: out of memory");
    *next = UINT32_MAX;
    r->stats.checks++;
    for (int i = 0; !rc && i < r->m->tile_count; i++) {
        struct ohm_refresh_tile *t = &r->tiles[i];
        if (!r->m->tiles[i].vec
            && (double)t->due - r->now <= SOON * ((double)t->due - t->checked)) {
            rc = check_tile(r, i, g, err);
            t->due = due(r, t);
        }
        *next = t->due < *next ? t->due : *next;
    }
    free(g);
    return rc || make_chip(r, err) ? -1 : 0;
}

void ohm_refresh_end(struct ohm_refresh *r)
{
    free(r->tiles);
    free(r->chip.tiles);
    free(r->chip.layers);
    r->tiles = NULL;
    r->chip.tiles = NULL;
    r->chip.layers = NULL;
}
