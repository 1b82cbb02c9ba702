/* SPDX-License-Identifier: Apache-2.0
 * Which tile holds what: layers cut into row parts, column parts and replicas. The lines of
 * every input stream follow in ohm_lines.c. */
#include <stdlib.h>
#include <string.h>

#include "ohm_mapper_steps.h"

#define PITCH_MAX 4095

static int columns_per_output(const struct ohm_mapping *m)
{
    return ohm_columns_per_output(&m->coding);
}

/* ---- pixels ---- */

int ohm_reads_input_only(const struct ohm_layer *l)
{
    return l->from_count == 1 && l->from[0] == OHM_FROM_INPUT;
}

/* The input bytes of a pixel: of a vector from the host as they are, of each source else from a
 * word boundary on. */
static int lay_pixel(const struct ohm_mapping *m, int layer, struct ohm_error *err)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    struct ohm_layer_map *lm = &m->layers[layer];
    const int pads = l->pad_top || l->pad_left || l->pad_bottom || l->pad_right;
    lm->walk = !(l->in_h == 1 && l->in_w == 1 && !pads && !l->has_residual)
            && !(l->kind == OHM_LAYER_DENSE && ohm_reads_input_only(l));
    if (lm->walk && !m->config.window)
        return ohm_fail(err, "layer %s: reads windows of a map, WINDOW of %s is 0", l->name,
                        m->config.name);
    if (l->has_residual && m->config.nstream <= OHM_STREAM_RESIDUAL)
        return ohm_fail(err, "layer %s: adds a residual, expected none: NSTREAM of %s is %d",
                        l->name, m->config.name, m->config.nstream);
    if (l->activation > OHM_ACTIVATION_RELU && !m->config.modes)
        return ohm_fail(
            err,
            "layer %s: activation by table or threshold, expected none or relu: MODES of %s is 0",
            l->name, m->config.name);
    int room = 0;
    lm->cut = 4;
    for (int i = 0; i < l->from_count; i++)
        room += ohm_net_channels(m->net, l->from[i]) + 4;
    if (!lm->walk)
        room = larger(room, l->inputs);
    lm->channel = malloc((size_t)room * sizeof *lm->channel);
    if (!lm->channel)
        return ohm_fail(err, "mapping: out of memory");
    if (ohm_reads_input_only(l)) {
        lm->pixel_bytes = lm->walk ? l->in_c : l->inputs;
        for (int i = 0; i < lm->pixel_bytes; i++)
            lm->channel[i] = i;
        return 0;
    }
    if (m->net->steps) {
        ohm_lay_vectors(m, layer);
        return 0;
    }
    for (int i = 0, channel = 0; i < l->from_count; i++) {
        if (l->from[i] == OHM_FROM_INPUT)
            return ohm_fail(err, "layer %s: from: the input beside layers, expected it alone",
                            l->name);
        ohm_lay_source(m, layer, i, channel);
        channel += ohm_net_channels(m->net, l->from[i]);
    }
    return 0;
}

/* One pitch for all lines that a source makes, since it writes its pixels with one step to all its
 * readers: the largest. */
static int choose_pitches(struct ohm_mapping *m, struct ohm_error *err)
{
    const struct ohm_net *net = m->net;
    /* of what `from` + 1 names */
    int *pitch = calloc((size_t)net->layer_count + 1, sizeof *pitch), changed = 1;
    if (!pitch)
        return ohm_fail(err, "mapping: out of memory");
    pitch[0] = net->in_c; /* the host's pixels lie close */
    while (changed) {
        changed = 0;
        for (int i = 0; i < net->layer_count; i++) {
            const struct ohm_layer *l = &net->layers[i];
            const int slice = residual_slice_bytes(l, &m->layers[i]);
            if (l->has_residual && pitch[l->add + 1] < slice) {
                pitch[l->add + 1] = 4 * parts_of(slice, 4);
                changed = 1;
            }
            if (!m->layers[i].walk || ohm_reads_input_only(l))
                continue;
            int p = 4 * parts_of(slice_bytes(&m->layers[i]), 4);
            for (int f = 0; f < l->from_count; f++)
                p = larger(p, pitch[l->from[f] + 1]);
            for (int f = 0; f < l->from_count; f++) {
                changed |= pitch[l->from[f] + 1] != p;
                pitch[l->from[f] + 1] = p;
            }
        }
    }
    int rc = 0;
    for (int i = 0; !rc && i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        struct ohm_layer_map *lm = &m->layers[i];
        lm->pitch = lm->walk ? pitch[l->from[0] + 1] : 4 * parts_of(lm->pixel_bytes, 4);
        lm->residual_pitch = l->has_residual ? pitch[l->add + 1] : 0;
        lm->out_step = parts_of(pitch[i + 1], 4);
        if (lm->walk && lm->pitch > PITCH_MAX)
            rc = ohm_fail(err, "layer %s: %d bytes a pixel, expected at most %d", l->name,
                          lm->pitch, PITCH_MAX);
    }
    free(pitch);
    return rc;
}

/* ---- parts ---- */

struct cuts { /* of the window: channels of a slice, lines, pixels */
    int channels, lines, pixels;
};

/* The fewest parts of at most `rows` rows; of those the fewest cuts of the kernel, of its lines
 * rather than of its pixels. */
static struct cuts cut_window(int bytes, int kh, int kw, int rows)
{
    struct cuts best = {0};
    for (int d = 1; d <= kw; d++) {
        for (int b = 1; b <= kh; b++) {
            int most = rows / (parts_of(kh, b) * parts_of(kw, d)); /* channels of a part */
            struct cuts c = {most ? parts_of(bytes, most) : 0, b, d};
            if (!most)
                continue;
            long n = (long)c.channels * b * d, now = (long)best.channels * best.lines * best.pixels;
            if (!best.channels || n < now || (n == now && b * d < best.lines * best.pixels))
                best = c;
        }
    }
    return best;
}

static int row_limit(const struct ohm_mapping *m)
{
    return m->kind == OHM_MAPPING_EXACT
               ? smaller(m->config.rows, m->coding.row_groups * ohm_exact_rows(&m->coding))
               : m->config.rows;
}

static struct cuts cuts_of(const struct ohm_mapping *m, int layer)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    const struct ohm_layer_map *lm = &m->layers[layer];
    if (lm->packed)
        return (struct cuts){1, 1, 1};
    if (lm->walk)
        return cut_window(slice_bytes(lm), l->kernel_h, l->kernel_w, row_limit(m));
    return (struct cuts){lm->row_parts, 1, 1};
}

/* Slices of a layer's own channels, and how many layers read them. */
static int own_slices(const struct ohm_mapping *m, int layer, int *readers)
{
    int slices = 1;
    *readers = 0;
    for (int i = layer + 1; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        const int adds = l->has_residual && l->add == layer;
        if (l->from_count == 1 && l->from[0] == layer) {
            slices = m->layers[i].slices;
            ++*readers;
        }
        slices = adds ? m->layers[i].residual_slices : slices;
        *readers += adds;
    }
    return slices;
}

/* Column parts of so many columns at most; each in one slice of the residual, and itself of no more
 * slices than there are routes for. */
static int column_parts(const struct ohm_mapping *m, int layer, int col_words)
{
    const int words = parts_of(m->net->layers[layer].outputs, 4),
              residual = m->layers[layer].residual_slices;
    int readers, own = own_slices(m, layer, &readers),
                 parts = residual * parts_of(parts_of(words, residual), col_words);
    while (own > 1 && parts < own && parts_of(own, parts) * readers > m->config.nroute)
        parts *= 2;
    return parts;
}

/* Outputs of a column part, and the channels of their groups. */
static void part_channels(const struct ohm_mapping *m, int layer, int part, int *first, int *count)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    const int words = parts_of(l->outputs, 4), parts = m->layers[layer].col_parts;
    const int out0 = 4 * edge(words, parts, part),
              end = smaller(4 * edge(words, parts, part + 1), l->outputs);
    const int outs = l->outputs / l->groups, own = l->in_c / l->groups;
    *first = out0 / outs * own;
    *count = ((end - 1) / outs + 1) * own - *first;
}

/* Groups lie on the diagonal of the weights. With so many column parts that each has rows for the
 * channels of its own groups, no tile holds another's zeros and there is no chain of partial sums.
 * Not where those are many more tiles, or more than their sources or readers know. */
static void pack_groups(struct ohm_mapping *m, int layer)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    struct ohm_layer_map *lm = &m->layers[layer];
    const int dense = lm->row_parts * lm->col_parts, before = lm->col_parts;
    const int most = smaller(smaller(2 * dense, parts_of(l->outputs, 4)),
                             smaller(m->config.ncredit, m->config.nreturn));
    if (l->groups == 1 || !lm->walk || l->from_count > 1 || lm->slices > 1 || lm->row_parts == 1)
        return;
    for (; lm->col_parts <= most; lm->col_parts += lm->residual_slices) {
        int fits = 1;
        for (int c = 0; c < lm->col_parts; c++) {
            int first, count;
            part_channels(m, layer, c, &first, &count);
            fits &= count * l->kernel_h * l->kernel_w <= row_limit(m);
        }
        if (fits) {
            lm->packed = lm->row_parts = 1;
            return;
        }
    }
    lm->col_parts = before;
}

/* pack: groups are packed, where the tiles suffice. */
static int count_parts(struct ohm_mapping *m, int pack, struct ohm_error *err)
{
    int col_words = (m->config.cols - m->coding.spare_columns) / columns_per_output(m) / 4;
    if (!col_words)
        return ohm_fail(
            err, "mapping %s: needs at least %d columns, configuration %s has %d and %d are spare",
            ohm_mapping_name(m->kind), 4 * columns_per_output(m), m->config.name, m->config.cols,
            m->coding.spare_columns);
    long all = 0, places = ohm_config_tiles(&m->config);
    int first = -1, packed = 0; /* first: that does not fit */
    if (ohm_count_vectors(m, err))
        return -1;
    for (int i = 0; i < m->net->layer_count; i++) {
        struct ohm_layer_map *lm = &m->layers[i];
        if (is_vector(m, i))
            continue;
        lm->row_parts = ohm_vector_parts(m, i, row_limit(m));
        lm->packed = 0;
        struct cuts c = cuts_of(m, i);
        lm->row_parts = lm->slices * c.channels * c.lines * c.pixels;
        lm->col_parts = column_parts(m, i, col_words);
        if (pack)
            pack_groups(m, i);
        packed |= lm->packed;
        lm->replicas = lm->twins = 1;
        lm->copies = smaller(m->coding.copies,
                             col_words / parts_of(parts_of(m->net->layers[i].outputs, 4),
                                                  lm->col_parts));
        all += (long)lm->row_parts * lm->col_parts;
        if (first < 0 && all > places)
            first = i;
    }
    if (first < 0)
        return 0;
    if (packed)
        return count_parts(m, 0, err);
    const struct ohm_layer_map *lm = &m->layers[first];
    return ohm_fail(err,
                    "layer %s: does not fit: it needs %ld tiles of %dx%d, the network %ld, the "
                    "mesh %dx%d has %ld",
                    m->net->layers[first].name, (long)lm->row_parts * lm->col_parts, m->config.rows,
                    m->config.cols, all, m->config.mesh_w, m->config.mesh_h, places);
}

/* ---- replicas ---- */

static int block_columns(const struct ohm_layer *l, int replicas) /* of the busiest replica */
{
    return parts_of(l->map_w, replicas);
}

static long windows_of(const struct ohm_layer *l, int replicas)
{
    return (long)l->map_h * block_columns(l, replicas) * l->pool_h * l->pool_w;
}

static int tails_of(const struct ohm_mapping *m, int from)
{
    return from < 0 ? 1 : m->layers[from].replicas * m->layers[from].col_parts;
}

/* Whether every tile has room for its readers' credits and its writers' returns (an upper bound for
 * layers without walker). */
static int entries_suffice(const struct ohm_mapping *m)
{
    for (int s = 0; s < m->net->layer_count; s++) {
        const struct ohm_layer *self = &m->net->layers[s];
        int readers = 0, writers = m->layers[s].row_parts > 1;
        for (int f = 0; f < self->from_count; f++)
            writers += tails_of(m, self->from[f]);
        writers += self->has_residual ? tails_of(m, self->add) : 0;
        for (int i = s + 1; i < m->net->layer_count; i++) {
            const struct ohm_layer *l = &m->net->layers[i];
            const struct ohm_layer_map *lm = &m->layers[i];
            for (int f = 0; f < l->from_count; f++)
                readers += l->from[f] == s ? lm->replicas * lm->row_parts * lm->col_parts : 0;
            readers += l->has_residual && l->add == s ? lm->replicas * lm->col_parts : 0;
        }
        if (m->layers[s].twins > 1 ? !ohm_twins_suffice(m, s) : readers > m->config.ncredit)
            return 0;
        if (writers > m->config.nreturn)
            return 0;
    }
    return 1;
}

static int total_tiles(const struct ohm_mapping *m)
{
    int n = 0;
    for (int i = 0; i < m->net->layer_count; i++)
        n += m->layers[i].twins * m->layers[i].replicas * m->layers[i].row_parts
             * m->layers[i].col_parts;
    return n;
}

/* One more replica, or as many as it takes to be faster, of the busiest layer; 0: no further. What
 * the host feeds stays one mesh column high: it sends each pixel once. */
static int replicate_busiest(struct ohm_mapping *m, const int *fixed)
{
    int b = 0;
    for (int i = 1; i < m->net->layer_count; i++)
        if (windows_of(&m->net->layers[i], m->layers[i].replicas)
            > windows_of(&m->net->layers[b], m->layers[b].replicas))
            b = i;
    const struct ohm_layer *l = &m->net->layers[b];
    struct ohm_layer_map *lm = &m->layers[b];
    int before = lm->replicas, columns = block_columns(l, before);
    if (columns == 1 || (fixed && fixed[b]))
        return 0;
    lm->replicas = parts_of(l->map_w, columns - 1);
    if (total_tiles(m) <= ohm_config_tiles(&m->config) && entries_suffice(m)
        && (!ohm_reads_input_only(l)
            || lm->twins * lm->replicas * lm->row_parts * lm->col_parts <= m->config.mesh_h))
        return 1;
    lm->replicas = before;
    return 0;
}

static int choose_replicas(struct ohm_mapping *m, const int *fixed, int most, int *steps,
                           struct ohm_error *err)
{
    for (int i = 0; fixed && i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        if (fixed[i] > l->map_w)
            return ohm_fail(
                err, "layer %s: %d replicas, expected at most %d, the columns of its output map",
                l->name, fixed[i], l->map_w);
        if (fixed[i])
            m->layers[i].replicas = fixed[i];
    }
    int places = ohm_config_tiles(&m->config), once = total_tiles(m);
    *steps = 0;
    if (m->net->steps) /* a sequence has no maps, a state no copies */
        return 0;
    if (once > places)
        return ohm_fail(err, "replicas: %d tiles, the mesh %dx%d has %d", once, m->config.mesh_w,
                        m->config.mesh_h, places);
    ohm_choose_twins(m);
    for (int i = 0; total_tiles(m) > places && i < m->net->layer_count; i++)
        if (m->layers[i].twins > 1)
            return ohm_fail(err,
                            "layer %s: more than %d tiles read it (of %s: NCREDIT %d, NROUTE %d), "
                            "so it takes %d twins; with them "
                            "the network needs %d tiles, the mesh %dx%d has %d",
                            m->net->layers[i].name, m->readers_most, m->config.name,
                            m->config.ncredit, m->config.nroute, m->layers[i].twins, total_tiles(m),
                            m->config.mesh_w, m->config.mesh_h, places);
    for (*steps = 0; *steps < most && entries_suffice(m) && replicate_busiest(m, fixed);)
        ++*steps;
    return 0;
}

/* ---- tiles ---- */

/* First byte of channel part k of a slice. */
static int row_edge(const struct ohm_layer_map *lm, int parts, int k)
{
    return lm->walk ? edge(slice_bytes(lm), parts, k) : ohm_row_edge(lm, parts, k);
}

/* Rows of a vector are cut at words of four bytes, columns at words of four output bytes: a packet
 * carries whole words. */
void ohm_cut_tile(const struct ohm_mapping *m, int layer, int k, struct ohm_tile_map *t)
{
    const struct ohm_layer *l = &m->net->layers[layer];
    const struct ohm_layer_map *lm = &m->layers[layer];
    struct cuts c = cuts_of(m, layer);
    t->layer = layer;
    t->col_part = k % lm->col_parts;
    t->row_part = k / lm->col_parts % lm->row_parts;
    t->replica = k / lm->col_parts / lm->row_parts % lm->replicas;
    t->twin = k / lm->col_parts / lm->row_parts / lm->replicas;
    int pixels = t->row_part % c.pixels, lines = t->row_part / c.pixels % c.lines,
        channels = t->row_part / c.pixels / c.lines;
    t->slice = channels / c.channels;
    channels %= c.channels;
    const int first = t->slice * slice_bytes(lm), end = first + slice_bytes(lm);
    t->row0 = first + row_edge(lm, c.channels, channels);
    t->bytes = smaller(first + row_edge(lm, c.channels, channels + 1), end) - t->row0;
    if (lm->packed)
        part_channels(m, layer, t->col_part, &t->row0, &t->bytes);
    t->kh = t->kw = 1;
    if (lm->walk) {
        t->ky0 = edge(l->kernel_h, c.lines, lines);
        t->kh = edge(l->kernel_h, c.lines, lines + 1) - t->ky0;
        t->kx0 = edge(l->kernel_w, c.pixels, pixels);
        t->kw = edge(l->kernel_w, c.pixels, pixels + 1) - t->kx0;
    }
    t->rows = t->bytes * t->kh * t->kw;
    int words = parts_of(l->outputs, 4);
    t->tail = t->row_part == lm->row_parts - 1;
    t->out0 = 4 * edge(words, lm->col_parts, t->col_part);
    t->outs = smaller(4 * edge(words, lm->col_parts, t->col_part + 1), l->outputs) - t->out0;
    t->columns = t->cols = t->outs * columns_per_output(m) * lm->copies;
    if (is_vector(m, layer)) /* holds no weights */
        t->rows = t->columns = t->cols = 0;
    for (int c = 0; c < t->cols; c++)
        t->place[c] = (uint8_t)c;
    t->block_cols = (l->map_w - t->replica + lm->replicas - 1) / lm->replicas;
    t->windows = l->map_h * t->block_cols * l->pool_h * l->pool_w;
}

static int make_tiles(struct ohm_mapping *m, struct ohm_error *err)
{
    m->tile_count = total_tiles(m);
    m->tiles = calloc((size_t)m->tile_count, sizeof *m->tiles);
    m->feeds = calloc((size_t)m->tile_count * OHM_STREAMS_USED, sizeof *m->feeds);
    if (!m->tiles || !m->feeds)
        return ohm_fail(err, "mapping: out of memory");
    struct ohm_tile_map *t = m->tiles;
    for (int i = 0; i < m->net->layer_count; i++) {
        struct ohm_layer_map *lm = &m->layers[i];
        lm->first_tile = (int)(t - m->tiles);
        lm->tiles = lm->twins * lm->replicas * lm->row_parts * lm->col_parts;
        for (int k = 0; k < lm->tiles; k++, t++)
            ohm_cut_tile(m, i, k, t);
    }
    ohm_assign_twins(m);
    return 0;
}

int ohm_tile_row(const struct ohm_mapping *m, int tile, int r)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_layer *l = &m->net->layers[t->layer];
    const struct ohm_layer_map *lm = &m->layers[t->layer];
    if (t->bias_rows && r >= t->bias_first)
        return -1;
    int channel = lm->channel[t->row0 + r % t->bytes], pixel = r / t->bytes;
    if (channel < 0 || !lm->walk)
        return channel;
    return ((t->ky0 + pixel / t->kw) * l->kernel_w + t->kx0 + pixel % t->kw) * l->in_c + channel;
}

int ohm_layout(struct ohm_mapping *m, const int *replicas, int most, int *steps,
               struct ohm_error *err)
{
    for (int i = 0; i < m->net->layer_count; i++)
        if (lay_pixel(m, i, err))
            return -1;
    if (choose_pitches(m, err) || count_parts(m, 1, err)
        || choose_replicas(m, replicas, most, steps, err) || make_tiles(m, err))
        return -1;
    return ohm_size_lines(m, err);
}
