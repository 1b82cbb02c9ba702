/* SPDX-License-Identifier: Apache-2.0
 * Random chips through the RTL, the cycle model and the fast model, driven by the same host.
 *
 * A case is four tiles with random descriptors, column maps, cells, buffers and routes: fed by the host or by another tile,
 * with or without partial sums, copies, early stop; random devices, seeds, physics; vectors that come in one or two packets,
 * as poison, or with a packet missing; broken packets between them. In every other case tiles walk windows of maps: with
 * padding, strides, pooling, residuals, chains of partial sums, arg-max, maps of maps. Where the configuration has duration links, neighbours
 * pass durations, in chains of up to four.
 *
 * RTL against cycle model: every packet to the host (results, credits, events, answers), in order, word for word, and the
 * cycle in which it came. RTL against fast model: every result of every tile, word for word, and at the end every tile's
 * counters. Without broken packets the golden model checks the RTL's codes and accumulators besides, so that all four agree.
 *
 *   equivalence <libohm_rtl.so> <config> <WxH> <seed> <cases> [first]      last line: PASS equivalence <n> checks */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_macro.h"
#include "ohm_packet.h"
#include "ohm_physics.h"

enum { TILES = 4, SIDE = 16, VECTORS_MAX = 24, IMAGES = 3, LINE_WORDS = 64, HOST_ENTRY = 0, TILE_ENTRY = 1, ROUND = 400, PATIENCE = 100, BAD_KINDS = 8 };

struct feed { /* vectors or lines of one stream that the host sends */
    unsigned words, parts, log2_slots; /* of a vector; packets of one */
    uint32_t first, count;
};

struct walk { /* a walker's registers, and the stream it reads */
    unsigned on, is_signed, stream, lines, pixels, pitch, from, count, height, width, stride;
    int top, left;
};

struct tile {
    unsigned x, y;
    int in, psum; /* tile that sends its input (-1: the host), its partial sums (-1: none) */
    int to;       /* tile it sends to, -1: none */
    int to_psum;
    unsigned rows, cols, outs, mode;
    uint32_t desc, size, slice[2 * OHM_REG_SLICE_COUNT], lsb, colmap[SIDE], bias[SIDE], scale[SIDE], table[256], trim[SIDE], refcoef[SIDE], ext[OHM_REG_SLICE_COUNT];
    unsigned log2_slots, parts; /* packets of a vector from the host */
    int early_stop;

    struct walk walk[2];
    struct feed feed[2];          /* of the descriptor's stream, of the residual's; count 0: another tile makes it, or nobody */
    unsigned block_rows, block_cols, block_first, block_step, pool, pool_mean;
    uint32_t ramp_tab[256];
    uint32_t link, link_bias;
    uint32_t rscale, class0, expect_words; /* of the descriptor's stream */
    unsigned leave_parts, leave_step;      /* vectors that leave to a line of the receiver; words from one to the next */
    uint32_t leave_first, leave_count;     /* number of the receiver's first line; vectors that leave in all */
};

struct problem {
    uint64_t random;
    struct ohm_config config;
    const struct ohm_device_model *device;
    struct ohm_physics physics;
    uint64_t seed;
    struct tile tile[TILES];
    int copies[TILES]; /* the tile's feed goes to this tile too, -1: none; such a tile has no feed */
    uint32_t first, vectors, time;
    int maps;  /* tiles may walk windows */
    int bad;   /* broken packets are sent */
    int lossy; /* parts of vectors get lost; otherwise vectors come as poison. Not both: poison does not show that one is lost */
};

struct seen { /* a packet to the host */
    uint64_t cycle;
    size_t n, at; /* words in `words` from `at` on */
};

struct trace { /* of one run */
    struct seen *seen;
    size_t count, capacity;
    uint32_t *words;
    size_t used, room;
    uint32_t counter[TILES][OHM_REG_CNT_EVENT + OHM_REG_CNT_EVENT_COUNT - OHM_REG_CNT_VMM];
    int geff[TILES][3][SIDE][SIDE]; /* both devices, plus, minus; the cells in use */
    uint64_t end;
};

static uint64_t checks;

static unsigned draw(struct problem *p, unsigned below)
{
    p->random = p->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((p->random >> 33) % below);
}

static int chance(struct problem *p, unsigned percent)
{
    return draw(p, 100) < percent;
}

static void must(int failed, const struct problem *p, const char *what, const struct ohm_error *err)
{
    if (!failed)
        return;
    printf("FAIL equivalence: %s: %s (device %s)\n", what, err->text, p->device->name);
    exit(1);
}

/* ---- a random chip ---- */

static void random_slices(struct problem *p, struct tile *t)
{
    const int top = (1 << (p->config.code_w - 1)) - 2;
    const unsigned most = (unsigned)p->config.nslice < 4 || chance(p, 20) ? (unsigned)p->config.nslice : 4;
    const unsigned n = 1 + draw(p, most);

    for (unsigned k = 0; k < n; k++) {
        const int start = chance(p, 20) ? 0 : -1 - (int)draw(p, chance(p, 30) ? (unsigned)top : 60);
        const int room = p->config.adc == 2 ? (1 << p->config.adc_bits) - 1 : top - start; /* steps that the converter has */
        const int stop = start + 1 + (int)draw(p, chance(p, 30) ? (unsigned)(room < top - start ? room : top - start)
                                                                : room < 100 ? (unsigned)room : 100);
        const unsigned lo = draw(p, 8);
        t->slice[2 * k] = OHM_PLACE(lo, SLICE_LO) | OHM_PLACE(1 + draw(p, 8 - lo), SLICE_W) | OHM_PLACE(draw(p, 3), SLICE_IN)
                        | OHM_PLACE(draw(p, 3), SLICE_DEV) | OHM_PLACE(chance(p, 20), SLICE_NEG) | OHM_PLACE(draw(p, 3), SLICE_RS);
        if (p->config.modes) {
            const unsigned first = draw(p, SIDE);
            t->slice[2 * k] |= OHM_PLACE(chance(p, 30), SLICE_MUL) | OHM_PLACE(chance(p, 30), SLICE_PART)
                             | OHM_PLACE(chance(p, 30), SLICE_COUNT);
            t->ext[k] = OHM_PLACE(1 + draw(p, 65535), SLICE_EXT_GAIN) | OHM_PLACE(first, SLICE_EXT_FIRST)
                      | OHM_PLACE(first + draw(p, SIDE - first), SLICE_EXT_LAST);
        }
        t->slice[2 * k + 1] = OHM_PLACE(start, SLICE_RAMP_START) | OHM_PLACE(stop < top ? stop : top, SLICE_RAMP_STOP);
    }
    t->desc |= OHM_PLACE(n, DESC_NSLICE);
}

/* One slice entry whose ramp climbs by a table; a column for each output. */
static void random_table(struct problem *p, struct tile *t)
{
    const uint32_t ramp = t->slice[1];
    const int start = (int16_t)OHM_FIELD(ramp, SLICE_RAMP_START), bottom = 1 - (1 << (p->config.code_w - 1));
    int stop = (int16_t)OHM_FIELD(ramp, SLICE_RAMP_STOP), level = bottom + (int)draw(p, 400);

    stop = stop - start > 254 ? start + 254 : stop;
    t->slice[0] |= OHM_PLACE(1, SLICE_TABLE);
    t->slice[1] = OHM_PLACE(start, SLICE_RAMP_START) | OHM_PLACE(stop, SLICE_RAMP_STOP);
    for (int n = start - 1; n <= stop; n++) {
        t->ramp_tab[(unsigned)n & 255] = (uint32_t)level;
        level += (int)draw(p, 8) * (level < -bottom - 8);
    }
    for (unsigned c = 0; c < SIDE; c++) {
        t->colmap[c] &= ~(OHM_PLACE(15, COLMAP_SHIFT) | OHM_PLACE(255, COLMAP_OUT) | OHM_PLACE(3, COLMAP_KIND));
        t->colmap[c] |= OHM_PLACE(c < t->outs ? c : 0, COLMAP_OUT) | OHM_PLACE(c < t->outs ? 1 : 3, COLMAP_KIND);
    }
}

static void random_tile(struct problem *p, int i)
{
    struct tile *t = &p->tile[i];
    const unsigned side = SIDE;

    t->rows = 1 + draw(p, side);
    t->cols = 1 + draw(p, side);
    t->outs = 1 + draw(p, side);
    t->to = -1;
    t->in = t->psum = -1;
    t->log2_slots = 1 + draw(p, 4);
    t->parts = chance(p, 40) ? 2 : 1;
    t->mode = draw(p, 3);
    t->early_stop = chance(p, 50);
    for (int j = 0; j < i; j++) { /* earlier tiles that still have a route */
        struct tile *from = &p->tile[j];
        if (from->to >= 0 || !chance(p, p->maps ? 80 : 50) || (p->maps && (t->in >= 0 || t->psum >= 0)))
            continue;
        if (from->mode == OHM_DESC_MODE_Y && t->in < 0) {
            t->in = j;
            t->rows = from->outs;
            from->to = i;
            from->to_psum = 0;
        } else if (from->mode != OHM_DESC_MODE_Y && t->psum < 0) {
            t->psum = j;
            t->outs = from->outs;
            from->to = i;
            from->to_psum = 1;
        }
    }
    if (t->rows <= 4)
        t->parts = 1;
    random_slices(p, t);
    t->desc |= OHM_PLACE(t->mode, DESC_MODE) | OHM_PLACE(t->psum >= 0, DESC_PSUM) | OHM_PLACE(chance(p, 50), DESC_SIGNED)
             | OHM_PLACE(chance(p, 50), DESC_RELU) | OHM_PLACE(chance(p, 50), DESC_OSIGNED) | OHM_PLACE(draw(p, 30), DESC_SHIFT);
    if (p->config.modes && !OHM_FIELD(t->desc, DESC_RELU))
        t->desc |= OHM_PLACE(draw(p, 3), DESC_FUNC);
    for (unsigned n = 0; n < 256; n++)
        t->table[n] = draw(p, 256);
    t->size = OHM_PLACE(t->rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(t->cols - 1, DESC_SIZE_COLS1) | OHM_PLACE(t->outs - 1, DESC_SIZE_OUTS1);
    t->lsb = chance(p, 10) ? 1 + draw(p, 100) : 5000 + draw(p, 400000);
    for (unsigned c = 0; c < side; c++) {
        const unsigned kind = chance(p, 75) ? 1 : chance(p, 50) ? 3 : p->config.modes && chance(p, 70) ? 2 : 0;
        t->trim[c] = draw(p, 65536);
        t->refcoef[c] = draw(p, 65536);
        t->colmap[c] = OHM_PLACE(draw(p, 65536), COLMAP_GAIN) | OHM_PLACE(chance(p, 70) ? c % t->outs : draw(p, t->outs), COLMAP_OUT)
                     | OHM_PLACE(chance(p, 70) ? 0 : draw(p, 8), COLMAP_SHIFT) | OHM_PLACE(chance(p, 20), COLMAP_NEG)
                     | OHM_PLACE(p->config.modes && chance(p, 30), COLMAP_TRIM) | OHM_PLACE(kind, COLMAP_KIND);
        t->bias[c] = chance(p, 50) ? draw(p, 1000) : draw(p, 1u << 31) * 2;
        t->scale[c] = draw(p, 65536);
    }
    if (p->config.modes && !p->config.adc && OHM_FIELD(t->desc, DESC_NSLICE) == 1
        && t->mode != OHM_DESC_MODE_PSUM && t->psum < 0 && chance(p, 50))
        random_table(p, t);
}

/* ---- tiles that walk windows ---- */

static int slots_needed(const struct tile *t, const struct walk *w)
{
    return (int)(w->height + OHM_FIELD(t->pool, POOL_H1) * w->stride);
}

/* Words of a pixel that the tile makes, and of a line of them. */
static unsigned pixel_words(const struct tile *t)
{
    return (t->outs + 3) / 4;
}

static unsigned windows_of(const struct tile *t)
{
    return t->mode == OHM_DESC_MODE_PSUM
         ? (OHM_FIELD(t->pool, POOL_H1) + 1) * (OHM_FIELD(t->pool, POOL_W1) + 1) : 1;
}

/* A walker and its stream; pixels: 0, or as another tile makes them, `pitch` bytes apart. */
static void random_walk(struct problem *p, struct tile *t, unsigned i, unsigned lines, unsigned pixels, unsigned pitch)
{
    const unsigned room = (unsigned)p->config.ibuf_words / (p->config.nstream > 1 ? 2 : 1), step = chance(p, 40) ? 4 : 1;
    struct walk *w = &t->walk[i];
    struct feed *f = &t->feed[i];

    for (;;) {
        *w = (struct walk){.on = 1, .is_signed = chance(p, 50), .stream = i ? 1 + draw(p, (unsigned)p->config.nstream - 1) : 0,
                           .lines = lines ? lines : 1 + draw(p, 7), .pixels = pixels ? pixels : 1 + draw(p, 7),
                           .height = i ? 1 : 1 + draw(p, 3), .width = i ? 1 : 1 + draw(p, 3), .stride = 1 + draw(p, 2),
                           .top = 1 - (int)draw(p, 4), .left = 1 - (int)draw(p, 4)};
        w->count = i ? t->outs : step * (1 + draw(p, 8 / step));
        w->from = step * draw(p, 2);
        w->pitch = pitch ? pitch : step * ((w->from + w->count + step - 1) / step + draw(p, 2));
        f->words = (w->pixels * w->pitch + 3) / 4 + (pitch ? 0 : draw(p, 3)); /* a line may be wider than the map */
        f->parts = f->words > 1 && chance(p, 40) ? 2 : 1;
        for (f->log2_slots = 1; 1 << f->log2_slots < slots_needed(t, w);)
            f->log2_slots++;
        f->log2_slots += p->lossy || chance(p, 50);
        if (f->log2_slots <= 4 && f->words << f->log2_slots <= room && f->words <= LINE_WORDS)
            break;
    }
    f->first = p->first + draw(p, 100);
    f->count = IMAGES * w->lines;
}

/* Blocks of windows, in a chain those of the tile before it. */
static void random_blocks(struct problem *p, struct tile *t)
{
    if (t->psum >= 0) {
        const struct tile *from = &p->tile[t->psum];
        t->block_rows = from->block_rows;
        t->block_cols = from->block_cols;
        t->block_first = from->block_first;
        t->block_step = from->block_step;
        t->pool = from->pool & ~OHM_PLACE(1, POOL_AVERAGE);
    } else {
        const int many = t->mode != OHM_DESC_MODE_V && chance(p, 60);
        t->block_rows = 1 + draw(p, 3);
        t->block_cols = 1 + draw(p, 3);
        t->block_first = draw(p, 2);
        t->block_step = 1 + draw(p, 2);
        t->pool = OHM_PLACE(many ? draw(p, 2) : 0, POOL_H1) | OHM_PLACE(many ? draw(p, 2) : 0, POOL_W1) | OHM_PLACE(1 + draw(p, 2), POOL_STRIDE);
    }
    if (t->mode == OHM_DESC_MODE_V
        && (OHM_FIELD(t->pool, POOL_H1) || OHM_FIELD(t->pool, POOL_W1))) {
        t->mode = OHM_DESC_MODE_Y;
        t->desc = (t->desc & ~OHM_PLACE(3, DESC_MODE)) | OHM_PLACE(OHM_DESC_MODE_Y, DESC_MODE);
    }
    t->pool |= OHM_PLACE(t->mode == OHM_DESC_MODE_Y && chance(p, 40), POOL_AVERAGE);
    t->pool_mean = OHM_PLACE(draw(p, 2000), POOL_MEAN_SCALE) | OHM_PLACE(draw(p, 14), POOL_MEAN_SHIFT);
    t->rscale = chance(p, 50) ? draw(p, 2000) - 1000u : draw(p, 1u << 31) * 2;
}

/* Whether the tile walks, and over what; its numbers. */
static void random_map(struct problem *p, int i)
{
    struct tile *t = &p->tile[i], *from = t->in >= 0 ? &p->tile[t->in] : NULL;
    const int of_walk = from && from->walk[0].on;
    int walks = t->psum >= 0 ? (int)p->tile[t->psum].walk[0].on : from ? of_walk && chance(p, 60) : chance(p, 75);

    if (of_walk) { /* a map of the other tile's pixels, or all of them as one vector */
        const unsigned all = from->block_rows * from->block_cols * pixel_words(from), line = from->block_cols * pixel_words(from);
        walks |= all > LINE_WORDS || all << t->log2_slots > (unsigned)p->config.ibuf_words;
        t->rows = 1 + draw(p, SIDE);
        if (walks && (line << 3) > (unsigned)p->config.ibuf_words / (p->config.nstream > 1 ? 2 : 1)) { /* too long a line */
            from->to = t->in = -1;
            from = NULL;
        }
        from = t->in >= 0 ? from : NULL;
    }
    if (walks) {
        random_blocks(p, t);
        t->rows = chance(p, 50) ? SIDE : 1 + draw(p, SIDE);
        if (from) {
            do
                random_walk(p, t, 0, from->block_rows, from->block_cols, 4 * pixel_words(from));
            while (t->feed[0].log2_slots > 3);
        } else {
            random_walk(p, t, 0, 0, 0, 0);
        }
        if (p->config.nstream > 1 && t->mode != OHM_DESC_MODE_PSUM && chance(p, 50))
            random_walk(p, t, 1, 0, 0, 0);
        t->leave_count = IMAGES * t->block_rows * t->block_cols * windows_of(t);
    } else {
        t->feed[0] = (struct feed){of_walk && from ? from->block_rows * from->block_cols * pixel_words(from) : (t->rows + 3) / 4,
                                   t->rows > 4 ? t->parts : 1, t->log2_slots, p->first, p->vectors};
        if (from || t->psum >= 0)
            t->feed[0].count = p->tile[from ? t->in : t->psum].leave_count;
        if (of_walk && from)
            t->feed[0].count = IMAGES;
        t->leave_count = t->feed[0].count;
        t->walk[0] = t->walk[1] = (struct walk){0};
    }
    t->leave_first = p->first;
    t->leave_parts = 1 + draw(p, 5);
    t->leave_step = draw(p, 4);
    if (from) { /* where the other tile's vectors go */
        from->leave_first = t->feed[0].first;
        from->leave_step = pixel_words(from);
        from->leave_parts = walks ? from->block_cols : of_walk ? from->block_rows * from->block_cols : 1;
        t->feed[0].count = 0;
    }
}

static void random_physics(struct problem *p)
{
    static const char *const settings[][2] = {{"offset", "0.4"}, {"comparator_noise", "0.3"}, {"leak", "500"}, {"droop", "0.00005"},
                                              {"gain_spread", "0.02"}, {"r_wl", "1"}, {"noise", "cell"}, {"ramp_step", "0.05"}};
    struct ohm_error err = {""};

    ohm_physics_default(&p->physics);
    for (size_t i = 0; chance(p, 25) && i < sizeof settings / sizeof settings[0]; i++)
        if (chance(p, 40) && !(p->config.adc == 1 && (!strcmp(settings[i][0], "droop") || !strcmp(settings[i][0], "ramp_step"))))
            must(ohm_physics_set(&p->physics, settings[i][0], settings[i][1], &err) != 0, p, "physics", &err);
}

/* Vectors from the host, or from another tile, and as many that leave. */
static void plain_feed(struct problem *p, int i)
{
    struct tile *t = &p->tile[i];

    t->feed[0] = (struct feed){(t->rows + 3) / 4, t->parts, t->log2_slots, p->first, t->in < 0 ? p->vectors : 0};
    t->leave_first = p->first;
    t->leave_count = p->vectors;
    t->leave_parts = 1;
}

static int copied(const struct problem *p, int tile);

/* One slice entry, as links want it. */
static void one_read(struct tile *t, unsigned link)
{
    t->desc = (t->desc & ~OHM_PLACE(31, DESC_NSLICE)) | OHM_PLACE(1, DESC_NSLICE) | link;
    t->slice[0] &= ~(OHM_PLACE(1, SLICE_PART) | OHM_PLACE(1, SLICE_COUNT));
}

/* No tile sends its outputs, or its partial sums, to t. */
static void detach(struct problem *p, struct tile *t, int psum)
{
    int *from = psum ? &t->psum : &t->in;

    if (*from < 0)
        return;
    p->tile[*from].to = -1;
    *from = -1;
    if (psum)
        t->desc &= ~OHM_PLACE(1, DESC_PSUM);
    else
        t->feed[0].count = p->vectors;
}

/* Durations from a tile to the one in the east of it, a later one so that no ring comes about, where neither takes part in anything else
 * that comes in. */
static void random_links(struct problem *p)
{
    for (int i = 0; i < TILES; i++)
        for (int j = i + 1; j < TILES; j++) {
            struct tile *a = &p->tile[i], *b = &p->tile[j];
            if (a->x + 1 != b->x || a->y != b->y || !chance(p, 80))
                continue;
            if (!p->maps) {
                detach(p, a, 1);
                detach(p, b, 0);
                detach(p, b, 1);
            }
            if (a->walk[0].on || b->walk[0].on || a->psum >= 0 || b->psum >= 0 || b->in >= 0 || p->copies[j] >= 0 || copied(p, j)
                || a->leave_count != b->leave_count)
                continue;
            const unsigned count1 = draw(p, b->rows), first = draw(p, b->rows - count1);
            one_read(a, OHM_PLACE(1, DESC_LINK_OUT));
            one_read(b, OHM_PLACE(1, DESC_LINK_IN));
            b->slice[0] = (b->slice[0] & ~(OHM_PLACE(15, SLICE_LO) | OHM_PLACE(15, SLICE_W) | OHM_PLACE(3, SLICE_IN)))
                        | OHM_PLACE(1 + draw(p, 8), SLICE_W);
            b->link = OHM_PLACE(first, LINK_FIRST) | OHM_PLACE(count1, LINK_COUNT1);
            b->feed[0].count = 0;
        }
    for (int i = 0; i < TILES; i++) {
        struct tile *t = &p->tile[i];
        const unsigned first = draw(p, t->rows);
        t->link_bias = OHM_PLACE(first, LINK_BIAS_FIRST) | OHM_PLACE(first + draw(p, t->rows - first), LINK_BIAS_LAST)
                     | OHM_PLACE(chance(p, 50) ? draw(p, 256) : 0, LINK_BIAS_TICKS);
    }
}

static void random_problem(struct problem *p, const struct ohm_config *config, uint64_t seed)
{
    unsigned devices = 0, places = (unsigned)(config->mesh_w * config->mesh_h), used[TILES];

    *p = (struct problem){.random = seed * 0x9e3779b97f4a7c15u + 1, .config = *config};
    for (int i = 0; i < 10; i++)
        draw(p, 2);
    while (ohm_device_names()[devices])
        devices++;
    p->device = ohm_device_find(ohm_device_names()[draw(p, devices)]);
    p->seed = draw(p, 1u << 30);
    p->first = chance(p, 20) ? 65530 : draw(p, 70000);
    p->vectors = 4 + draw(p, VECTORS_MAX - 3);
    p->time = chance(p, 30) ? draw(p, 100000) : 0;
    p->bad = chance(p, 40);
    p->lossy = chance(p, 40);
    p->maps = config->window && seed % 2;
    random_physics(p);
    const int in_order = config->link_w && chance(p, 70); /* more neighbours */
    for (int i = 0; i < TILES; i++) {
        for (int again = 1; again;) {
            used[i] = in_order ? (unsigned)i : draw(p, places);
            again = !ohm_config_tile(config, (int)used[i] % config->mesh_w, (int)used[i] / config->mesh_w);
            for (int j = 0; j < i; j++)
                again |= used[i] == used[j];
        }
        p->tile[i].x = used[i] % (unsigned)config->mesh_w;
        p->tile[i].y = used[i] / (unsigned)config->mesh_w;
        random_tile(p, i);
        if (p->maps)
            random_map(p, i);
        else
            plain_feed(p, i);
    }
    for (int i = 0; i < TILES; i++)
        p->copies[i] = -1;
    for (int i = 0; i < TILES; i++) /* two tiles above each other may share one feed */
        for (int j = 0; j < TILES; j++) {
            struct tile *a = &p->tile[i], *b = &p->tile[j];
            if (a->x != b->x || b->y + 1 != a->y || a->in >= 0 || b->in >= 0 || a->feed[0].words != b->feed[0].words
                || a->walk[0].lines != b->walk[0].lines || a->feed[0].count != b->feed[0].count)
                continue;
            b->feed[0].parts = a->feed[0].parts;
            b->feed[0].first = a->feed[0].first;
            p->copies[i] = j;
        }
    if (config->link_w)
        random_links(p);
    for (int i = 0; i < TILES; i++) {
        struct tile *t = &p->tile[i];
        if (p->maps && t->mode == OHM_DESC_MODE_V && t->to < 0 && chance(p, 60)) {
            t->pool |= OHM_PLACE(1, POOL_ARGMAX);
            t->class0 = draw(p, 65536);
        }
    }
}

/* ---- the host ---- */

static int copied(const struct problem *p, int tile)
{
    for (int i = 0; i < TILES; i++)
        if (p->copies[i] == tile)
            return 1;
    return 0;
}

static int send(const struct ohm_backend *b, int class, struct ohm_header h, const uint32_t *payload)
{
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_error refused;

    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *flits);
    return b->send(b->self, class, flits, 2 + h.len, &refused); /* models say what tiles refuse, the RTL does not */
}

static struct ohm_header to(const struct tile *t, unsigned type)
{
    return (struct ohm_header){.type = type, .x = t->x, .y = t->y};
}

static void write_registers(const struct ohm_backend *b, const struct tile *t, unsigned addr, const uint32_t *words, unsigned n)
{
    struct ohm_header h = to(t, OHM_TYPE_CFG_WR);

    h.offset = addr;
    h.len = n;
    send(b, 1, h, words);
}

static void write_one(const struct ohm_backend *b, const struct tile *t, unsigned addr, uint32_t word)
{
    write_registers(b, t, addr, &word, 1);
}

static void configure_windows(const struct problem *p, const struct ohm_backend *b, const struct tile *t)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct walk *w = &t->walk[i];
        const uint32_t words[5] = {
            OHM_PLACE(w->on, WINDOW_ON) | OHM_PLACE(w->is_signed, WINDOW_SIGNED) | OHM_PLACE(w->stream, WINDOW_STREAM),
            OHM_PLACE(w->lines - 1, WINDOW_MAP_LINES1) | OHM_PLACE(w->pixels - 1, WINDOW_MAP_PIXELS1),
            OHM_PLACE(w->pitch, WINDOW_PIXEL_PITCH) | OHM_PLACE(w->from, WINDOW_PIXEL_FIRST) | OHM_PLACE(w->count - 1, WINDOW_PIXEL_COUNT1),
            OHM_PLACE(w->height - 1, WINDOW_KERNEL_H1) | OHM_PLACE(w->width - 1, WINDOW_KERNEL_W1) | OHM_PLACE(w->stride, WINDOW_KERNEL_STRIDE)
            | OHM_PLACE(w->top, WINDOW_KERNEL_TOP) | OHM_PLACE(w->left, WINDOW_KERNEL_LEFT), t->feed[i].first};
        write_registers(b, t, OHM_REG_WINDOW + i * OHM_REG_WINDOW_STRIDE, words, 5);
    }
    const uint32_t words[8] = {
        OHM_PLACE(t->block_rows - 1, BLOCK_MAP_ROWS1) | OHM_PLACE(t->block_cols - 1, BLOCK_MAP_COLS1),
        OHM_PLACE(t->block_first, BLOCK_STEP_FIRST) | OHM_PLACE(t->block_step, BLOCK_STEP_STEP), t->pool, t->pool_mean, t->rscale,
        OHM_PLACE(t->leave_parts - 1, OUT_LINE_VECS1) | OHM_PLACE(t->leave_step, OUT_LINE_STEP), t->leave_first, t->class0};
    write_registers(b, t, OHM_REG_BLOCK_MAP, words, 8);
    if (t->walk[1].on) {
        const unsigned at = t->walk[1].stream * OHM_REG_STREAM_STRIDE;
        write_one(b, t, OHM_REG_STREAM + at, OHM_PLACE(p->config.ibuf_words / 2, STREAM_BASE) | OHM_PLACE(t->feed[1].words, STREAM_SIZE));
        write_one(b, t, OHM_REG_STREAM_VEC + at, OHM_PLACE(t->feed[1].words, STREAM_VEC_EXPECT) | OHM_PLACE(t->feed[1].log2_slots, STREAM_VEC_LOG2_SLOTS));
    }
}

static void configure(struct problem *p, const struct ohm_backend *b, int i)
{
    const struct tile *t = &p->tile[i];
    const unsigned words = t->feed[0].words, sent = OHM_FIELD(t->pool, POOL_ARGMAX) ? 2 : t->outs;
    const uint32_t first = t->walk[0].on ? t->leave_first : p->first;
    unsigned entry = 0;

    write_one(b, t, OHM_REG_SEQ_BASE, p->first);
    write_one(b, t, OHM_REG_DESC, t->desc);
    write_one(b, t, OHM_REG_DESC_SIZE, t->size);
    write_registers(b, t, OHM_REG_SLICE, t->slice, 2 * (unsigned)OHM_FIELD(t->desc, DESC_NSLICE));
    write_one(b, t, OHM_REG_STREAM, OHM_PLACE(words, STREAM_SIZE));
    write_one(b, t, OHM_REG_STREAM_VEC, OHM_PLACE(words, STREAM_VEC_EXPECT) | OHM_PLACE(t->feed[0].log2_slots, STREAM_VEC_LOG2_SLOTS));
    if (p->config.window)
        configure_windows(p, b, t);
    write_one(b, t, OHM_REG_MACRO_LSB, t->lsb);
    write_one(b, t, OHM_REG_MACRO_TIME, p->time);
    if (p->config.link_w) {
        write_one(b, t, OHM_REG_LINK, t->link);
        write_one(b, t, OHM_REG_LINK_BIAS, t->link_bias);
    }
    if (p->config.modes) {
        write_registers(b, t, OHM_REG_SLICE_EXT, t->ext, (unsigned)OHM_FIELD(t->desc, DESC_NSLICE));
        write_registers(b, t, OHM_REG_TRIM, t->trim, t->cols);
        write_registers(b, t, OHM_REG_REFCOEF, t->refcoef, t->outs);
    }
    write_registers(b, t, OHM_REG_COLMAP, t->colmap, t->cols);
    write_registers(b, t, OHM_REG_BIAS, t->bias, t->outs);
    write_registers(b, t, OHM_REG_SCALE, t->scale, t->outs);
    for (unsigned n = 0; n < 256 && p->config.modes; n += 64) {
        write_registers(b, t, OHM_REG_TABLE + n, t->table + n, 64);
        if (!p->config.adc)
            write_registers(b, t, OHM_REG_RAMP_TAB + n, t->ramp_tab + n, 64);
    }

    write_one(b, t, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST));
    write_one(b, t, OHM_REG_ROUTE_PART, OHM_PLACE(sent - 1, ROUTE_PART_COUNT1) | OHM_PLACE(HOST_ENTRY, ROUTE_PART_CREDIT));
    write_one(b, t, OHM_REG_CREDIT + HOST_ENTRY, (first + 30000) & 0xffff);
    if (t->to >= 0) {
        const struct tile *n = &p->tile[t->to];
        const uint32_t limit = t->to_psum ? p->first + (uint32_t)p->config.psum_slots : n->feed[0].first + (1u << n->feed[0].log2_slots);
        write_one(b, t, OHM_REG_ROUTE + 2, OHM_PLACE(t->to_psum ? OHM_TYPE_PSUM : OHM_TYPE_ACT, H0_TYPE) | OHM_PLACE(n->x, H0_X)
                  | OHM_PLACE(n->y, H0_Y));
        write_one(b, t, OHM_REG_ROUTE_PART + 2, OHM_PLACE(t->outs - 1, ROUTE_PART_COUNT1) | OHM_PLACE(TILE_ENTRY, ROUTE_PART_CREDIT));
        write_one(b, t, OHM_REG_CREDIT + TILE_ENTRY, limit & 0xffff);
    } else {
        write_one(b, t, OHM_REG_ROUTE + 2, 0);
    }
    if (t->in < 0)
        write_one(b, t, OHM_REG_RETURN + entry++, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
    else
        write_one(b, t, OHM_REG_RETURN + entry++, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(p->tile[t->in].x, RETURN_X)
                  | OHM_PLACE(p->tile[t->in].y, RETURN_Y) | OHM_PLACE(TILE_ENTRY, RETURN_CHAN));
    if (t->psum >= 0)
        write_one(b, t, OHM_REG_RETURN + entry++, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_PSUM)
                  | OHM_PLACE(p->tile[t->psum].x, RETURN_X) | OHM_PLACE(p->tile[t->psum].y, RETURN_Y) | OHM_PLACE(TILE_ENTRY, RETURN_CHAN));
    if (t->walk[1].on)
        write_one(b, t, OHM_REG_RETURN + entry, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                  | OHM_PLACE(t->walk[1].stream, RETURN_STREAM) | OHM_PLACE(1, RETURN_CHAN));
    for (unsigned dev = 0; dev < 2; dev++)
        for (unsigned row = 0; row < t->rows; row++) {
            uint32_t codes[SIDE / 2];
            for (unsigned c = 0; c < SIDE / 2; c++)
                codes[c] = draw(p, 16385) | draw(p, 16385) << 16;
            struct ohm_header h = to(t, OHM_TYPE_PROG);
            h.chan = dev;
            h.offset = row;
            h.len = SIDE / 2;
            send(b, 1, h, codes);
        }
}

/* A packet that tile or registers refuse, or a read of what depends on time. */
static void send_bad(struct problem *p, const struct ohm_backend *b)
{
    const struct tile *t = &p->tile[draw(p, TILES)];
    const uint32_t payload[4] = {0, 0xffffffff, 0, 0};
    struct ohm_header h = to(t, OHM_TYPE_CFG_WR);
    int class = 1;

    h.len = 1;
    switch (draw(p, BAD_KINDS)) {
    case 0: h.offset = 0x7777; break;
    case 1: h.len = 0; break;
    case 2: h.type = OHM_TYPE_PROG; h.offset = (unsigned)p->config.rows; break;
    case 3: h.type = OHM_TYPE_PROG; h.len = 2; break; /* code above G_max */
    case 4: h.type = OHM_TYPE_ACT; h.chan = 9; class = 0; break;
    case 5: h.type = OHM_TYPE_ACT; h.seq = (p->first - 200) & 0xffff; class = 0; break;
    case 6: h.type = OHM_TYPE_CREDIT; h.chan = 15; h.len = 0; break;
    default: h.type = OHM_TYPE_ACT; h.offset = 200; h.seq = p->first & 0xffff; class = 0;
    }
    send(b, class, h, payload);
}

/* Vector (or line) n of a feed of the tile, as the case has it: whole, in parts, poison, or with a part missing. */
static void feed(struct problem *p, const struct ohm_backend *b, int i, unsigned k, uint32_t n)
{
    struct problem own = {.random = p->seed * 77 + (uint64_t)i * 1000003 + k * 7919 + n}; /* the same in every run, whatever the order */
    const struct tile *t = &p->tile[i];
    const struct feed *f = &t->feed[k];
    const unsigned words = f->words, cut = f->parts > 1 ? 1 + words / 2 : words;
    uint32_t x[LINE_WORDS];
    struct ohm_header h = to(t, OHM_TYPE_ACT);

    for (int warm = 0; warm < 5; warm++)
        draw(&own, 2);
    for (unsigned w = 0; w < words; w++) {
        x[w] = draw(&own, 1u << 16) << 16 | draw(&own, 1u << 16);
        if (chance(&own, 20))
            x[w] &= 0xff00;
    }
    h.seq = n & 0xffff;
    h.chan = k ? t->walk[k].stream : 0;
    h.mc = k == 0 && p->copies[i] >= 0;
    const int clean = p->maps && n >= f->first + f->count - f->count / IMAGES; /* the last image: some VMM must be checked */
    /* not two in a row: two incomplete vectors fill two slots, and no newer one can show that they are lost */
    const int lose = p->lossy && n % 2 == 0 && n + 1 < f->first + f->count && f->parts > 1 && cut < words && !clean && chance(&own, 15);
    if (!p->lossy && !clean && chance(&own, 5)) {
        h.poison = 1;
        send(b, 0, h, NULL);
        return;
    }
    h.len = cut;
    send(b, 0, h, x);
    if (cut < words && !lose) {
        h.offset = cut;
        h.len = words - cut;
        send(b, 0, h, x + cut);
    }
}

/* Enables the tile with a field of its descriptor made illegal, or at least changed; then puts the register back. */
static void enable_bad(struct problem *p, const struct ohm_backend *b, int i)
{
    const struct tile *t = &p->tile[i];
    const unsigned k = draw(p, (unsigned)OHM_FIELD(t->desc, DESC_NSLICE)), c = draw(p, t->cols);
    const struct { unsigned addr; uint32_t good; unsigned first, bits; } at[] = {
        {OHM_REG_DESC, t->desc, 0, 28}, {OHM_REG_DESC, t->desc, 30, 2}, {OHM_REG_LINK, t->link, 0, 16}, {OHM_REG_LINK_BIAS, t->link_bias, 0, 24}, {OHM_REG_DESC_SIZE, t->size, 0, 30}, {OHM_REG_SLICE + 2 * k, t->slice[2 * k], 0, 16},
        {OHM_REG_SLICE + 2 * k, t->slice[2 * k], 20, 1}, {OHM_REG_SLICE_RAMP + 2 * k, t->slice[2 * k + 1], 0, 32}, {OHM_REG_MACRO_LSB, t->lsb, 0, 32},
        {OHM_REG_COLMAP + c, t->colmap[c], 16, 16}, {OHM_REG_POOL, t->pool, 0, 26}, {OHM_REG_POOL_MEAN, t->pool_mean, 16, 6},
        {OHM_REG_WINDOW, OHM_PLACE(t->walk[0].on, WINDOW_ON) | OHM_PLACE(t->walk[0].is_signed, WINDOW_SIGNED), 0, 2},
        {OHM_REG_WINDOW_KERNEL, OHM_PLACE(t->walk[0].height - 1, WINDOW_KERNEL_H1) | OHM_PLACE(t->walk[0].width - 1, WINDOW_KERNEL_W1)
         | OHM_PLACE(t->walk[0].stride, WINDOW_KERNEL_STRIDE) | OHM_PLACE(t->walk[0].top, WINDOW_KERNEL_TOP)
         | OHM_PLACE(t->walk[0].left, WINDOW_KERNEL_LEFT), 0, 12}};
    const unsigned which = draw(p, sizeof at / sizeof at[0] - (p->maps ? 0 : 4));
    uint32_t word = at[which].good;

    for (unsigned n = 1 + draw(p, 3); n; n--)
        word |= 1u << (at[which].first + draw(p, at[which].bits));
    write_one(b, t, at[which].addr, word);
    write_one(b, t, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
    if (chance(p, 50)) { /* a slice word is read back during the check */
        struct ohm_header r = to(t, OHM_TYPE_CFG_RD);
        r.offset = p->config.modes && chance(p, 50) ? OHM_REG_SLICE_EXT : OHM_REG_SLICE;
        send(b, 1, r, NULL);
    }
    for (int n = 0; n < 4 + p->config.cols / 3; n++) /* the check takes a while */
        write_one(b, t, OHM_REG_SEQ_BASE, p->first);
    write_one(b, t, OHM_REG_CTRL, 0);
    write_one(b, t, at[which].addr, at[which].good);
}

struct host {
    struct problem *p;
    const struct ohm_backend *b;
    struct trace *t;
    uint32_t limit[TILES][2], sent[TILES][2]; /* per feed */
    unsigned results[TILES];
    int answered;
    uint32_t answer;
};

static int tile_at(const struct problem *p, unsigned x, unsigned y)
{
    for (int i = 0; i < TILES; i++)
        if (p->tile[i].x == x && p->tile[i].y == y)
            return i;
    return -1;
}

static void record(struct trace *t, uint64_t cycle, const uint32_t *flits, size_t n)
{
    if (t->count == t->capacity)
        t->seen = realloc(t->seen, (t->capacity = 2 * t->capacity + 64) * sizeof *t->seen);
    while (t->used + n > t->room)
        t->words = realloc(t->words, (t->room = 2 * t->room + 1024) * sizeof *t->words);
    if (!t->seen || !t->words) {
        printf("FAIL equivalence: out of memory\n");
        exit(1);
    }
    memcpy(t->words + t->used, flits, n * sizeof *flits);
    t->seen[t->count++] = (struct seen){cycle, n, t->used};
    t->used += n;
}

/* Lets the chip work and takes what comes. Returns whether anything came. */
static int turn(struct host *h)
{
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_error err = {""};
    int came = 0;
    long n;

    must(h->b->run(h->b->self, ROUND, &err) != 0, h->p, "run", &err);
    while ((n = h->b->recv(h->b->self, flits, OHM_PACKET_MAX, &err)) > 0) {
        const struct ohm_header got = ohm_header_decode(flits);
        const int tile = tile_at(h->p, got.x, got.y);
        came = 1;
        record(h->t, h->b->cycle(h->b->self), flits, (size_t)n);
        if (tile < 0)
            continue;
        if (got.type == OHM_TYPE_CREDIT)
            h->limit[tile][got.chan & 1] += (uint32_t)(int32_t)(int16_t)(uint16_t)(got.offset - h->limit[tile][got.chan & 1]);
        else if (got.type == OHM_TYPE_RESULT)
            h->results[tile]++;
        else if (got.type == OHM_TYPE_CFG_DATA) {
            h->answered = 1;
            h->answer = flits[2];
        }
    }
    must(n < 0, h->p, "recv", &err);
    return came || h->b->queued(h->b->self);
}

static void run(struct problem *p, const struct ohm_backend *b, struct trace *t)
{
    struct host h = {.p = p, .b = b, .t = t};
    const uint64_t random = p->random; /* every run draws the same */
    struct ohm_error err = {""};

    t->count = t->used = 0;
    for (int i = 0; i < TILES; i++)
        configure(p, b, i);
    while (turn(&h)) /* the classes of packets overtake each other on the way */
        continue;
    if (p->bad)
        send_bad(p, b); /* tiles are still disabled */
    for (int i = 0; i < TILES; i++)
        if (p->bad && chance(p, 50))
            enable_bad(p, b, i);
    while (turn(&h))
        continue;
    for (int i = 0; i < TILES; i++) {
        write_one(b, &p->tile[i], OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(p->tile[i].early_stop, CTRL_EARLY_STOP));
        for (int k = 0; k < 2; k++) {
            h.sent[i][k] = p->tile[i].feed[k].first;
            h.limit[i][k] = h.sent[i][k] + (1u << p->tile[i].feed[k].log2_slots);
        }
    }
    while (turn(&h))
        continue;

    for (int idle = 0, busy = 1; busy && idle < PATIENCE;) {
        busy = 0;
        for (int i = 0; i < TILES; i++) {
            for (unsigned k = 0; k < 2; k++) {
                const struct feed *f = &p->tile[i].feed[k];
                const int other = k ? -1 : p->copies[i];
                while ((k || !copied(p, i)) && h.sent[i][k] != f->first + f->count && (int32_t)(h.limit[i][k] - h.sent[i][k]) > 0
                       && (other < 0 || (int32_t)(h.limit[other][0] - h.sent[i][k]) > 0)) {
                    feed(p, b, i, k, h.sent[i][k]++);
                    if (p->bad && h.sent[i][k] % 5 == 0)
                        send_bad(p, b);
                }
                busy |= (k || !copied(p, i)) && h.sent[i][k] != f->first + f->count; /* lines that no result needs */
            }
            busy |= h.results[i] < p->tile[i].leave_count;
        }
        idle = turn(&h) ? 0 : idle + 1;
    }
    t->end = b->cycle(b->self);
    while (turn(&h)) /* credits of the last vectors */
        continue;
    for (int i = 0; i < TILES; i++) {
        if (h.results[i] != p->tile[i].leave_count) {
            snprintf(err.text, sizeof err.text, "tile (%u,%u): %u of %u results", p->tile[i].x, p->tile[i].y, h.results[i],
                     p->tile[i].leave_count);
            must(1, p, "no progress", &err);
        }
        for (unsigned k = 0; k < sizeof t->counter[i] / sizeof t->counter[i][0]; k++) {
            const unsigned reg = OHM_REG_CNT_VMM + k;
            struct ohm_header r = to(&p->tile[i], OHM_TYPE_CFG_RD);
            if (reg > OHM_REG_CNT_SAT_OUT && reg < OHM_REG_CNT_EVENT)
                continue;
            r.offset = reg;
            r.seq = k;
            h.answered = 0;
            send(b, 1, r, NULL);
            for (int patience = 0; !h.answered && patience < PATIENCE; patience++)
                turn(&h);
            t->counter[i][k] = h.answer;
        }
    }
    for (int i = 0; i < TILES; i++)
        for (unsigned sel = 0; sel < 3; sel++)
            for (unsigned row = 0; row < p->tile[i].rows; row++)
                for (unsigned col = 0; col < p->tile[i].cols; col++)
                    t->geff[i][sel][row][col] = b->geff(b->self, 16 * p->tile[i].y + p->tile[i].x, sel, row, col);
    p->random = random;
}

/* ---- comparison ---- */

static void differ(const struct problem *p, uint64_t number, const char *what, const char *got)
{
    printf("FAIL equivalence: case %" PRIu64 ", device %s: %s: %s\n", number, p->device->name, what, got);
    exit(1);
}

static void same_in_time(const struct problem *p, uint64_t number, const struct trace *rtl, const struct trace *model)
{
    char text[300];

    for (size_t i = 0; i < rtl->count || i < model->count; i++) {
        if (i >= rtl->count || i >= model->count) {
            snprintf(text, sizeof text, "RTL %zu packets, cycle model %zu", rtl->count, model->count);
            differ(p, number, "packets to the host", text);
        }
        const struct seen *a = &rtl->seen[i], *b = &model->seen[i];
        if (a->cycle != b->cycle || a->n != b->n || memcmp(rtl->words + a->at, model->words + b->at, a->n * sizeof *rtl->words)) {
            const struct ohm_header g = ohm_header_decode(rtl->words + a->at), w = ohm_header_decode(model->words + b->at);
            snprintf(text, sizeof text, "RTL %s from (%u,%u) number %u offset %u in cycle %" PRIu64 ", cycle model %s from (%u,%u) "
                     "number %u offset %u in cycle %" PRIu64, ohm_type_name(g.type), g.x, g.y, g.seq, g.offset, a->cycle,
                     ohm_type_name(w.type), w.x, w.y, w.seq, w.offset, b->cycle);
            differ(p, number, "packet to the host", text);
        }
        checks++;
    }
}

/* The k-th result of a tile; NULL when there are fewer. */
static const uint32_t *result(const struct problem *p, const struct trace *t, int tile, unsigned k, size_t *n)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct ohm_header h = ohm_header_decode(t->words + t->seen[i].at);
        if (h.type != OHM_TYPE_RESULT || tile_at(p, h.x, h.y) != tile || k--)
            continue;
        *n = t->seen[i].n;
        return t->words + t->seen[i].at;
    }
    return NULL;
}

static void same_conductances(const struct problem *p, uint64_t number, const struct trace *rtl, const struct trace *model, const char *name)
{
    static const char *const sels[] = {"both devices", "plus", "minus"};
    char text[300];

    for (int i = 0; i < TILES; i++)
        for (unsigned sel = 0; sel < 3; sel++)
            for (unsigned row = 0; row < p->tile[i].rows; row++)
                for (unsigned col = 0; col < p->tile[i].cols; col++, checks++)
                    if (rtl->geff[i][sel][row][col] != model->geff[i][sel][row][col]) {
                        snprintf(text, sizeof text, "tile (%u,%u), row %u, column %u, %s: RTL %d, %s model %d", p->tile[i].x, p->tile[i].y,
                                 row, col, sels[sel], rtl->geff[i][sel][row][col], name, model->geff[i][sel][row][col]);
                        differ(p, number, "conductance", text);
                    }
}

static void same_numbers(const struct problem *p, uint64_t number, const struct trace *rtl, const struct trace *fast)
{
    char text[300];

    for (int i = 0; i < TILES; i++) {
        for (unsigned k = 0; k < p->tile[i].leave_count; k++) {
            size_t na = 0, nb = 0;
            const uint32_t *a = result(p, rtl, i, k, &na), *b = result(p, fast, i, k, &nb);
            if (!a || !b || na != nb || memcmp(a, b, na * sizeof *a)) {
                snprintf(text, sizeof text, "tile (%u,%u), result %u", p->tile[i].x, p->tile[i].y, k);
                differ(p, number, "RTL and fast model send other results", text);
            }
            checks++;
        }
        for (unsigned k = 0; k < sizeof rtl->counter[i] / sizeof rtl->counter[i][0]; k++) {
            if (p->maps && k == OHM_REG_CNT_EVENT - OHM_REG_CNT_VMM + OHM_EVENT_NO_SLOT - 1)
                continue; /* parts of a line that is poison already: in time, or after it was taken */
            if (rtl->counter[i][k] != fast->counter[i][k]) {
                snprintf(text, sizeof text, "tile (%u,%u), register 0x%04x: RTL %u, fast model %u", p->tile[i].x, p->tile[i].y,
                         OHM_REG_CNT_VMM + k, rtl->counter[i][k], fast->counter[i][k]);
                differ(p, number, "counter", text);
            }
            checks++;
        }
    }
}

/* What runs of several cases share. */
struct bench {
    const char *library;
    struct ohm_config config;
    struct trace rtl, cycle, fast;
    uint64_t cycles, events, links;
};

static void run_case(struct bench *bench, uint64_t number)
{
    struct problem p;
    struct ohm_backend b;
    struct ohm_error err = {""};

    random_problem(&p, &bench->config, number);
    const struct ohm_backend_settings s = {
        .rtl_library = bench->library, .config = &p.config, .device = p.device, .physics = &p.physics, .seed = p.seed,
        .unchecked = p.bad, .threads = 1 + (int)(number % 3)};
    must(ohm_backend_open("rtl", &s, &b, &err), &p, "RTL", &err);
    run(&p, &b, &bench->rtl);
    must(b.finish(b.self, &err), &p, "RTL", &err);
    b.close(b.self);
    must(ohm_backend_open("cycle", &s, &b, &err), &p, "cycle model", &err);
    run(&p, &b, &bench->cycle);
    b.close(b.self);
    same_in_time(&p, number, &bench->rtl, &bench->cycle);
    same_conductances(&p, number, &bench->rtl, &bench->cycle, "cycle");
    must(ohm_backend_open("model", &s, &b, &err), &p, "fast model", &err);
    run(&p, &b, &bench->fast);
    must(b.finish(b.self, &err), &p, "fast model", &err);
    b.close(b.self);
    same_numbers(&p, number, &bench->rtl, &bench->fast);
    same_conductances(&p, number, &bench->rtl, &bench->fast, "fast");
    bench->cycles += bench->rtl.end;
    for (int i = 0; i < TILES; i++)
        bench->links += OHM_FIELD(p.tile[i].desc, DESC_LINK_IN);
    for (size_t i = 0; i < bench->rtl.count; i++)
        bench->events += ohm_header_decode(bench->rtl.words + bench->rtl.seen[i].at).type == OHM_TYPE_EVENT;
}

static void free_trace(struct trace *t)
{
    free(t->seen);
    free(t->words);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct ohm_error err = {""};

    if (argc < 6 || ohm_config_find(argv[2], &bench.config, &err)
        || sscanf(argv[3], "%dx%d", &bench.config.mesh_w, &bench.config.mesh_h) != 2
        || bench.config.mesh_w * bench.config.mesh_h < TILES) {
        printf("FAIL equivalence: usage: equivalence <libohm_rtl.so> <config> <WxH, 4 tiles or more> <seed> <cases> [first] %s\n", err.text);
        return 2;
    }
    bench.library = argv[1];
    const uint64_t seed = strtoull(argv[4], NULL, 10), cases = strtoull(argv[5], NULL, 10);
    for (uint64_t i = argc > 6 ? strtoull(argv[6], NULL, 10) : 0; i < cases; i++)
        run_case(&bench, seed * 1000000 + i);
    printf("%" PRIu64 " cases on %s %s: the same in RTL, cycle model and fast model; %" PRIu64 " cycles, %" PRIu64 " events\n", cases,
           argv[2], argv[3], bench.cycles, bench.events);
    if (bench.config.link_w)
        printf("%" PRIu64 " duration links\n", bench.links);
    if (bench.config.link_w && !bench.links) {
        printf("FAIL equivalence: no case has a link\n");
        return 1;
    }
    free_trace(&bench.rtl);
    free_trace(&bench.cycle);
    free_trace(&bench.fast);
    printf("PASS equivalence %" PRIu64 " checks\n", checks);
    return checks ? 0 : 1;
}
