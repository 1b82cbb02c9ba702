/* SPDX-License-Identifier: Apache-2.0
 * The cells of a mapping's tile by write-verify. What a device that failed is off, its partner
 * makes up for: both are known from reads through the chip alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_defects.h"
#include "ohm_write.h"

enum { CODE_MAX = 16384, ALONE = UINT16_MAX };

struct tile { /* [2][ROWS][COLS] each */
    const struct ohm_config *config;
    size_t cells;
    uint16_t *codes;  /* targets */
    int16_t *read;    /* codes of a read, once measured */
    uint8_t *failed;
    const uint8_t *chosen; /* rows; NULL: all in use */
};

/* Which devices a row's report names. */
static void take_failed(void *user, unsigned row, const uint32_t *words)
{
    struct tile *t = user;
    const unsigned cols = (unsigned)t->config->cols, each = ohm_write_words(t->config);
    for (unsigned dev = 0; dev < 2; dev++)
        for (unsigned c = 0; c < cols; c++)
            t->failed[dev * t->cells + row * cols + c] =
                words[dev * each + 6 + c / 32] >> c % 32 & 1;
}

static void take_codes(void *user, unsigned row, const uint32_t *words)
{
    struct tile *t = user;
    const unsigned cols = (unsigned)t->config->cols;
    for (unsigned c = 0; c < cols; c++) {
        t->read[row * cols + c] = (int16_t)(words[c] & 0xffff);
        t->read[t->cells + row * cols + c] = (int16_t)(words[c] >> 16);
    }
}

/* New targets for the partners of devices that failed, all others left alone. reads: of G_max.
 * Returns how many. */
static uint64_t aim_partners(struct tile *t, double reads)
{
    uint64_t aimed = 0;
    for (size_t i = 0; i < t->cells; i++) {
        const int plus = t->failed[i], minus = t->failed[t->cells + i];
        uint16_t *target[2] = {&t->codes[i], &t->codes[t->cells + i]};
        const int known = *target[0] == ALONE || *target[1] == ALONE; /* a defect, or not in use */
        const double wanted = (double)*target[0] - *target[1];
        const double is = t->read[minus ? t->cells + i : i] * CODE_MAX / reads;
        const double to = floor((minus ? is + wanted : is - wanted) + 0.5);
        *target[0] = *target[1] = ALONE;
        if (known || plus == minus)
            continue;
        *target[plus ? 1 : 0] = (uint16_t)(to < 0 ? 0 : to > CODE_MAX ? CODE_MAX : to);
        aimed++;
    }
    return aimed;
}

/* The rows that are chosen, as many at a time as lie together. */
static int write_rows(struct ohm_write_array *a, const struct tile *t, unsigned rows,
                      const struct ohm_write_scheme *s, struct ohm_write_result *out,
                      struct ohm_error *err)
{
    for (unsigned first = 0, end; first < rows; first = end) {
        for (end = first + 1; end < rows; end++)
            if (t->chosen && !t->chosen[end] != !t->chosen[first])
                break;
        a->first = first;
        a->rows = end - first;
        if ((!t->chosen || t->chosen[first]) && ohm_write_rows(a, s, out, err))
            return -1;
    }
    return 0;
}

static int write_tile(struct ohm_write_array *a, struct tile *t, unsigned rows,
                      const struct ohm_write_scheme *s, struct ohm_write_result *out,
                      struct ohm_error *err)
{
    struct ohm_write_result partners = {0};
    struct ohm_write_scheme once = *s; /* for partners, which have relaxed with the others */
    const double average = 1u << ohm_write_value(s, 1, OHM_WRITE_AVERAGE);
    const uint64_t before = out->fails;
    a->report = take_failed;
    if (write_rows(a, t, rows, s, out, err) || out->fails == before)
        return out->fails == before ? 0 : -1;
    a->report = take_codes;
    a->measure = 1;
    if (write_rows(a, t, rows, s, out, err))
        return -1;
    out->repaired += aim_partners(t, s->param[OHM_WRITE_LEVELS].value * average);
    a->report = NULL;
    a->measure = 0;
    once.param[OHM_WRITE_RELAX].value = 0;
    return write_rows(a, t, rows, &once, &partners, err);
}

/* Targets of the tile's cells; devices that are known not to change are left alone. */
static void set_targets(const struct ohm_mapping *m, int tile, double scale, uint16_t *codes)
{
    const struct ohm_tile_map *map = &m->tiles[tile];
    const size_t cols = (size_t)m->config.cols, cells = (size_t)m->config.rows * cols;
    uint8_t stuck[2][OHM_REG_COLMAP_COUNT], *is_stuck[] = {stuck[0], stuck[1]};
    for (size_t i = 0; i < 2 * cells; i++)
        codes[i] = ALONE;
    for (int r = 0; r < map->rows; r++) {
        uint16_t *row[] = {codes + (size_t)r * cols, codes + cells + (size_t)r * cols};
        ohm_tile_targets(m, tile, r, row, is_stuck);
        for (int dev = 0; dev < 2; dev++)
            for (int c = 0; c < map->cols; c++) {
                const double to = floor(row[dev][c] * scale + 0.5);
                row[dev][c] = (uint16_t)(stuck[dev][c] ? ALONE : to < CODE_MAX ? to : CODE_MAX);
            }
    }
}

int ohm_write_tile(struct ohm_backend *b, const struct ohm_mapping *m, int tile,
                   const struct ohm_write_scheme *s, struct ohm_write_result *out,
                   struct ohm_error *err)
{
    return ohm_write_tile_rows(b, m, tile, NULL, 1, s, out, err);
}

int ohm_write_tile_rows(struct ohm_backend *b, const struct ohm_mapping *m, int tile,
                        const uint8_t *chosen, double scale, const struct ohm_write_scheme *s,
                        struct ohm_write_result *out, struct ohm_error *err)
{
    const struct ohm_tile_map *map = &m->tiles[tile];
    const size_t cells = (size_t)m->config.rows * (size_t)m->config.cols;
    struct tile t = {.config = &m->config, .cells = cells,
                     .codes = malloc(2 * cells * sizeof(uint16_t)),
                     .read = calloc(2 * cells, sizeof(int16_t)), .failed = calloc(2 * cells, 1),
                     .chosen = chosen};
    int rc = -1;
    if (!t.codes || !t.read || !t.failed) {
        ohm_fail(err, "programming: out of memory");
    } else {
        set_targets(m, tile, scale, t.codes);
        struct ohm_write_array a = {.b = b, .config = &m->config, .x = map->x, .y = map->y,
                                    .codes = t.codes, .user = &t};
        rc = write_tile(&a, &t, (unsigned)map->rows, s, out, err);
    }
    free(t.codes);
    free(t.read);
    free(t.failed);
    return rc;
}
