/* SPDX-License-Identifier: Apache-2.0
 * Placement of tiles on the mesh.
 *
 * What multicast needs is kept by construction: the first layer's tiles that get the same input stand above each other in
 * one mesh column. Such a group is one rigid block; every other tile, and every free place, is a block of height one. A
 * mesh column is a stack of blocks. Threshold accepting (Dueck, Scheuer 1990: annealing without random acceptance) then
 * swaps stretches of equal height, moves blocks inside a column and reorders the tiles of a block, so that Σ flits² over
 * the links falls, which shortens ways and spreads load. Integers only: the same placement on every machine. */
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper.h"

#define CELLS (OHM_MESH_MAX * OHM_MESH_MAX)
#define STEPS 100000
#define PEAK_WEIGHT 30 /* of the busiest link, squared, against the sum over all */
#define REJECTED INT64_MAX

struct block {
    short height; /* ≤ mesh height */
    short tiles[OHM_MESH_MAX]; /* from south to north; -1: free place */
};

struct stack { /* a mesh column, from south to north */
    int height, count;
    struct block *blocks[OHM_MESH_MAX];
};

struct placement {
    struct ohm_mapping *m;
    struct block blocks[CELLS];
    int block_count;
    struct stack columns[OHM_MESH_MAX];
    uint64_t random;
};

static int draw(struct placement *p, int n) /* 0 … n-1; xorshift64* */
{
    p->random ^= p->random >> 12;
    p->random ^= p->random << 25;
    p->random ^= p->random >> 27;
    return (int)((p->random * 0x2545F4914F6CDD1Du >> 32) % (uint64_t)n);
}

/* A block of the tiles first, first + 1, …; first -1: a free place. */
static struct block *new_block(struct placement *p, int first, int height)
{
    struct block *b = &p->blocks[p->block_count++];
    b->height = (short)height;
    for (int i = 0; i < height; i++)
        b->tiles[i] = (short)(first + i);
    return b;
}

/* First column with room; 0 when there is none. */
static int push(struct placement *p, struct block *b)
{
    for (int x = 0; x < p->m->config.mesh_w; x++) {
        struct stack *s = &p->columns[x];
        if (s->height + b->height <= p->m->config.mesh_h) {
            s->blocks[s->count++] = b;
            s->height += b->height;
            return 1;
        }
    }
    return 0;
}

/* Stacks everything, groups cut into blocks of at most `limit` tiles; 0 when the blocks do not fit. */
static int stack_all(struct placement *p, int limit)
{
    const struct ohm_layer_map *first = &p->m->layers[0];
    p->block_count = 0;
    memset(p->columns, 0, sizeof p->columns);
    int pieces = (first->col_parts + limit - 1) / limit;
    for (int longest = 1; longest >= 0; longest--) { /* two heights occur: the taller first */
        for (int r = 0; r < first->row_parts; r++) {
            for (int k = 0; k < pieces; k++) {
                int from = k * first->col_parts / pieces, to = (k + 1) * first->col_parts / pieces;
                int tallest = (first->col_parts + pieces - 1) / pieces;
                if ((to - from == tallest) != longest)
                    continue;
                if (!push(p, new_block(p, first->first_tile + r * first->col_parts + from, to - from)))
                    return 0;
            }
        }
    }
    for (int i = first->row_parts * first->col_parts; i < p->m->tile_count; i++)
        if (!push(p, new_block(p, i, 1)))
            return 0;
    for (int i = p->m->tile_count; i < p->m->config.mesh_w * p->m->config.mesh_h; i++)
        push(p, new_block(p, -1, 1));
    return 1;
}

static int64_t cost(struct placement *p)
{
    for (int x = 0; x < p->m->config.mesh_w; x++) {
        int y = 0;
        for (int i = 0; i < p->columns[x].count; i++) {
            const struct block *b = p->columns[x].blocks[i];
            for (int k = 0; k < b->height; k++, y++) {
                if (b->tiles[k] >= 0) {
                    p->m->tiles[b->tiles[k]].x = x;
                    p->m->tiles[b->tiles[k]].y = y;
                }
            }
        }
    }
    if (ohm_connect_tiles(p->m, NULL))
        return REJECTED;
    struct ohm_load load;
    ohm_measure_load(p->m, &load);
    return load.squares + PEAK_WEIGHT * (int64_t)load.busiest * load.busiest;
}

/* Blocks from index `from` whose heights sum up to `height`: how many, 0 when they do not. */
static int stretch(const struct stack *s, int from, int height)
{
    int n = 0;
    while (height > 0 && from + n < s->count)
        height -= s->blocks[from + n++]->height;
    return height == 0 ? n : 0;
}

/* Replaces n blocks of s at `at` by the k given ones. */
static void splice(struct stack *s, int at, int n, struct block *const *with, int k)
{
    memmove(s->blocks + at + k, s->blocks + at + n, (size_t)(s->count - at - n) * sizeof s->blocks[0]);
    if (k)
        memcpy(s->blocks + at, with, (size_t)k * sizeof *with);
    s->count += k - n;
}

static void change(struct placement *p)
{
    int x1 = draw(p, p->m->config.mesh_w), x2 = draw(p, p->m->config.mesh_w);
    struct stack *a = &p->columns[x1], *b = &p->columns[x2];
    int i = draw(p, a->count), j = draw(p, b->count);
    struct block *block = a->blocks[i];
    if (block->height > 1 && draw(p, 4) == 0) { /* two tiles of a block change places */
        int k = draw(p, block->height), l = draw(p, block->height);
        short tile = block->tiles[k];
        block->tiles[k] = block->tiles[l];
        block->tiles[l] = tile;
    } else if (a == b) { /* block i moves to index j */
        splice(a, i, 1, NULL, 0);
        splice(a, j, 0, &block, 1);
    } else { /* block i and a stretch of its height in another column change places */
        int n = stretch(b, j, block->height);
        struct block *moved[OHM_MESH_MAX];
        if (!n)
            return;
        memcpy(moved, b->blocks + j, (size_t)n * sizeof moved[0]);
        splice(b, j, n, &block, 1);
        splice(a, i, 1, moved, n);
    }
}

int ohm_place_tiles(struct ohm_mapping *m, struct ohm_error *err)
{
    struct placement *now = calloc(1, sizeof *now), *old = calloc(1, sizeof *old), *best = calloc(1, sizeof *best);
    int rc = -1;
    if (!now || !old || !best) {
        ohm_fail(err, "placement: out of memory");
        goto done;
    }
    now->m = m;
    now->random = 0x9E3779B97F4A7C15u;
    int limit = m->layers[0].col_parts < m->config.mesh_h ? m->layers[0].col_parts : m->config.mesh_h;
    while (!stack_all(now, limit)) /* blocks of one tile always fit: the caller has counted them */
        limit--;

    int64_t current = cost(now), lowest = current;
    /* blocks[] stays where it is and stacks point into now->blocks, so copies are for going back only */
    *best = *now;
    for (int step = 0; step < STEPS; step++) {
        *old = *now;
        change(now);
        int64_t c = cost(now);
        int64_t threshold = lowest == REJECTED ? 0 : lowest / 40 * (STEPS - step) / STEPS;
        if (c == REJECTED || (current != REJECTED && c > current + threshold)) {
            uint64_t random = now->random;
            *now = *old;
            now->random = random;
            continue;
        }
        current = c;
        if (c < lowest) {
            lowest = c;
            *best = *now;
        }
    }
    *now = *best;
    cost(now);
    rc = ohm_connect_tiles(m, err); /* again, for its error */
    ohm_measure_load(m, &m->load);
done:
    free(now);
    free(old);
    free(best);
    return rc;
}
