/* SPDX-License-Identifier: Apache-2.0
 * Placement of tiles on the mesh.
 *
 * What multicast needs is kept by construction: tiles that walk the same lines, and the first
 * layer's tiles that get the same vector, stand above each other in one mesh column. Such a group
 * is one rigid block, cut when it is higher than the mesh; every other tile, and every free place,
 * is a block of height one. A mesh column is a stack of blocks. Threshold accepting (Dueck, Scheuer
 * 1990: annealing without random acceptance) then swaps stretches of equal height, moves blocks
 * inside a column and reorders the tiles of a block, so that Σ flits² over the links falls, which
 * shortens ways and spreads load. Integers only: the same placement on every machine. */
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper_steps.h"

#define CELLS (OHM_MESH_MAX * OHM_MESH_MAX)
#define STEPS 100000
#define SKETCHED 16 /* tiles that a sketch takes all steps for; of more, so many fewer */
#define HOPELESS 20000 /* steps after which a placement must have room for all routes */
#define PEAK_WEIGHT 30 /* of the busiest link, squared, against the sum over all */
#define MISSING_COST ((int64_t)1 << 50) /* of an entry that a tile's tables have no room for */

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

/* A block of `height` tiles; tiles NULL: free places. */
static struct block *new_block(struct placement *p, const short *tiles, int height)
{
    struct block *b = &p->blocks[p->block_count++];
    b->height = (short)height;
    for (int i = 0; i < height; i++)
        b->tiles[i] = tiles ? tiles[i] : -1;
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

/* The tiles of group g of a layer, all that get the same input; 0: there is no such group. */
static int group_tiles(const struct ohm_mapping *m, int layer, int g, short *tiles)
{
    const struct ohm_layer_map *l = &m->layers[layer];
    const int parts = layer == 0 || m->grouped; /* the same part of a vector */
    int groups = l->walk ? l->slices : parts ? l->row_parts : l->tiles, n = 0;
    for (int i = 0; g < groups && i < l->tiles; i++)
        if (groups == 1
            || g == (l->walk ? m->tiles[l->first_tile + i].slice
                     : parts ? m->tiles[l->first_tile + i].row_part
                             : i))
            tiles[n++] = (short)(l->first_tile + i);
    return n;
}

/* Makes all blocks, groups cut into pieces of at most `limit` tiles, and stacks them, the tallest
 * first; 0 when they do not fit. */
static int stack_all(struct placement *p, int limit)
{
    const struct ohm_mapping *m = p->m;
    short tiles[CELLS];
    int tallest = 1;
    p->block_count = 0;
    memset(p->columns, 0, sizeof p->columns);
    for (int layer = 0; layer < m->net->layer_count; layer++) {
        for (int g = 0, n; (n = group_tiles(m, layer, g, tiles)); g++) {
            int pieces = (n + limit - 1) / limit;
            for (int k = 0; k < pieces; k++) {
                int from = k * n / pieces, to = (k + 1) * n / pieces;
                new_block(p, tiles + from, to - from);
                tallest = to - from > tallest ? to - from : tallest;
            }
        }
    }
    int used = p->block_count;
    for (int height = tallest; height >= 1; height--)
        for (int i = 0; i < used; i++)
            if (p->blocks[i].height == height && !push(p, &p->blocks[i]))
                return 0;
    for (int i = m->tile_count; i < m->config.mesh_w * m->config.mesh_h; i++)
        push(p, new_block(p, NULL, 1));
    return 1;
}

/* Tiles of the mapping at places where the chip has none of their kind. */
static int astray(const struct ohm_mapping *m)
{
    int n = 0;
    for (int i = 0; i < m->tile_count; i++)
        n += ohm_config_kind(&m->config, m->tiles[i].x, m->tiles[i].y)
             != (is_vector(m, m->tiles[i].layer) ? OHM_KIND_VEC : OHM_KIND_CIM);
    return n;
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
    int missing = ohm_connect_tiles(p->m, NULL) + astray(p->m);
    struct ohm_load load;
    ohm_measure_load(p->m, &load);
    return load.squares + PEAK_WEIGHT * (int64_t)load.busiest * load.busiest
           + missing * MISSING_COST;
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
    memmove(s->blocks + at + k, s->blocks + at + n,
            (size_t)(s->count - at - n) * sizeof s->blocks[0]);
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
    struct placement *now = calloc(1, sizeof *now), *old = calloc(1, sizeof *old),
                     *best = calloc(1, sizeof *best);
    int rc = -1;
    if (!now || !old || !best) {
        ohm_fail(err, "placement: out of memory");
        goto done;
    }
    now->m = m;
    now->random = 0x9E3779B97F4A7C15u;
    int limit = m->config.mesh_h;
    while (!stack_all(now, limit)) /* blocks of one tile always fit: the caller has counted them */
        limit--;

    int64_t current = cost(now), lowest = current;
    /* blocks[] stays where it is and stacks point into now->blocks, so copies are for going back
     * only */
    const int steps = m->sketch && m->tile_count > SKETCHED
                          ? (int)((long)STEPS * SKETCHED / m->tile_count) : STEPS;
    *best = *now;
    for (int step = 0; step < steps && !(step > HOPELESS && lowest >= MISSING_COST); step++) {
        *old = *now;
        change(now);
        int64_t c = cost(now);
        int64_t threshold = lowest % MISSING_COST / 40 * (steps - step) / steps;
        if (c > current + threshold) {
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
    rc = ohm_connect_tiles(m, err) ? 1 : 0; /* again, for its error */
    ohm_measure_load(m, &m->load);
    if (!rc && astray(m)) {
        ohm_fail(err, "placement: %d tiles at places without one of their kind, expected none "
                      "(KINDS %d of %s)", astray(m), m->config.kinds, m->config.name);
        rc = 1;
    }
done:
    free(now);
    free(old);
    free(best);
    return rc;
}
