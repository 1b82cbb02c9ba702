/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_mapper.h"

#include <stdlib.h>
#include <string.h>

#define BRIDGE_WORDS 2048  /* the bridge's output buffer */
#define RESULT_WINDOW 64   /* more images in flight would change nothing */
#define LOG2_SLOTS_MAX 4
#define PACKET_EXTRA 3     /* words of a packet at the bridge besides its payload: two header flits, CRC */

static int parts_of(int n, int limit)
{
    return (n + limit - 1) / limit;
}

/* Edge k of n units cut evenly into parts. */
static int edge(int n, int parts, int k)
{
    return (int)((long long)n * k / parts);
}

static int columns_per_output(const struct ohm_mapping *m)
{
    return m->kind == OHM_MAPPING_EXACT ? OHM_EXACT_SLICES : 1;
}

/* Rows are cut at words of four input bytes, columns at words of four output bytes: a packet carries whole words. */
static int split_layers(struct ohm_mapping *m, struct ohm_error *err)
{
    int row_words = (m->kind == OHM_MAPPING_EXACT && m->config.rows > OHM_EXACT_ROWS ? OHM_EXACT_ROWS : m->config.rows) / 4;
    int col_words = m->config.cols / columns_per_output(m) / 4;
    if (!col_words)
        return ohm_fail(err, "mapping %s: needs at least %d columns, configuration %s has %d", ohm_mapping_name(m->kind),
                        4 * columns_per_output(m), m->config.name, m->config.cols);
    long total = 0;
    for (int i = 0; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        struct ohm_layer_map *lm = &m->layers[i];
        lm->row_parts = parts_of(parts_of(l->inputs, 4), row_words);
        lm->col_parts = parts_of(parts_of(l->outputs, 4), col_words);
        lm->first_tile = (int)total;
        long tiles = (long)lm->row_parts * lm->col_parts;
        total += tiles;
        if (total > m->config.mesh_w * m->config.mesh_h) {
            long rest = 0;
            for (int k = i + 1; k < m->net->layer_count; k++)
                rest += (long)parts_of(parts_of(m->net->layers[k].inputs, 4), row_words)
                      * parts_of(parts_of(m->net->layers[k].outputs, 4), col_words);
            return ohm_fail(err, "layer %s: does not fit: it needs %ld tiles of %dx%d, the network %ld, the mesh %dx%d has %d",
                            l->name, tiles, m->config.rows, m->config.cols, total + rest, m->config.mesh_w, m->config.mesh_h,
                            m->config.mesh_w * m->config.mesh_h);
        }
    }
    m->tile_count = (int)total;
    m->tiles = calloc((size_t)total, sizeof *m->tiles);
    m->feeds = calloc((size_t)total, sizeof *m->feeds);
    if (!m->tiles || !m->feeds)
        return ohm_fail(err, "mapping: out of memory");

    struct ohm_tile_map *t = m->tiles;
    for (int i = 0; i < m->net->layer_count; i++) {
        const struct ohm_layer *l = &m->net->layers[i];
        const struct ohm_layer_map *lm = &m->layers[i];
        for (int r = 0; r < lm->row_parts; r++) {
            for (int c = 0; c < lm->col_parts; c++, t++) {
                t->layer = i;
                t->row_part = r;
                t->col_part = c;
                t->tail = r == lm->row_parts - 1;
                t->row0 = 4 * edge(parts_of(l->inputs, 4), lm->row_parts, r);
                t->out0 = 4 * edge(parts_of(l->outputs, 4), lm->col_parts, c);
                int row1 = 4 * edge(parts_of(l->inputs, 4), lm->row_parts, r + 1);
                int out1 = 4 * edge(parts_of(l->outputs, 4), lm->col_parts, c + 1);
                t->rows = (row1 < l->inputs ? row1 : l->inputs) - t->row0;
                t->outs = (out1 < l->outputs ? out1 : l->outputs) - t->out0;
                t->cols = t->outs * columns_per_output(m);
            }
        }
    }
    return 0;
}

/* Slots and windows such that what the chip may hand out at once, one credit packet per freed slot of a tile the host
 * feeds and the results under way, fits the bridge's output buffer. */
int ohm_size_windows(struct ohm_mapping *m, int bridge_words, struct ohm_error *err)
{
    int fed = 0, result = 0, slot_words = 1;
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        int words = parts_of(t->rows, 4);
        fed += t->layer == 0;
        slot_words = words > slot_words ? words : slot_words;
        if (t->layer == m->net->layer_count - 1 && t->tail)
            result += t->outs + PACKET_EXTRA;
    }
    int answers = m->tile_count * (1 + PACKET_EXTRA); /* one CFG_DATA per tile when the run ends */
    for (m->log2_slots = LOG2_SLOTS_MAX; m->log2_slots >= 1; m->log2_slots--) {
        int credits = fed << m->log2_slots, rest = bridge_words - credits * PACKET_EXTRA - answers;
        if ((slot_words << m->log2_slots) > m->config.ibuf_words || rest < 4 * result)
            continue;
        m->result_window = rest / result < RESULT_WINDOW ? rest / result : RESULT_WINDOW;
        return 0;
    }
    return ohm_fail(err, "layer %s: results of %d words an image and credits of %d tiles do not fit the bridge's %d words",
                    m->net->layers[m->net->layer_count - 1].name, result, fed, bridge_words);
}

static int check(const struct ohm_mapping *m, struct ohm_error *err)
{
    const struct ohm_config *c = &m->config;
    if (m->config.mesh_w < 1 || m->config.mesh_w > OHM_MESH_MAX || m->config.mesh_h < 1 || m->config.mesh_h > OHM_MESH_MAX)
        return ohm_fail(err, "mesh: %dx%d, expected 1x1 to %dx%d", m->config.mesh_w, m->config.mesh_h, OHM_MESH_MAX, OHM_MESH_MAX);
    int ramp = m->kind == OHM_MAPPING_EXACT ? OHM_EXACT_RAMP : 128, slices = m->kind == OHM_MAPPING_EXACT ? 8 : 1;
    if (ramp >= 1 << (c->code_w - 1) || slices > c->nslice)
        return ohm_fail(err, "mapping %s: needs codes of ±%d and %d slices, configuration %s has CODE_W %d, NSLICE %d",
                        ohm_mapping_name(m->kind), ramp, slices, c->name, c->code_w, c->nslice);
    return 0;
}

int ohm_map_network(const struct ohm_net *net, const struct ohm_config *config, enum ohm_mapping_kind kind,
                    struct ohm_mapping *out, struct ohm_error *err)
{
    *out = (struct ohm_mapping){.net = net, .config = *config, .kind = kind};
    out->layers = calloc((size_t)net->layer_count, sizeof *out->layers);
    int rc = out->layers ? check(out, err) : ohm_fail(err, "mapping: out of memory");
    if (!rc)
        rc = split_layers(out, err);
    if (!rc)
        rc = ohm_size_windows(out, BRIDGE_WORDS, err);
    if (!rc)
        rc = ohm_choose_ranges(out, err);
    if (!rc)
        rc = ohm_place_tiles(out, err);
    if (rc)
        ohm_mapping_free(out);
    return rc;
}

void ohm_mapping_free(struct ohm_mapping *m)
{
    free(m->tiles);
    free(m->layers);
    free(m->feeds);
    memset(m, 0, sizeof *m);
}

const char *ohm_mapping_name(enum ohm_mapping_kind kind)
{
    return kind == OHM_MAPPING_EXACT ? "exact" : "pwm";
}

int ohm_tile_row(const struct ohm_mapping *m, int tile, int r)
{
    return m->tiles[tile].row0 + r;
}

long ohm_mapping_cells(const struct ohm_mapping *m)
{
    long cells = 0;
    for (int i = 0; i < m->tile_count; i++)
        cells += (long)m->tiles[i].rows * m->tiles[i].cols;
    return cells;
}

void ohm_mapping_print(const struct ohm_mapping *m, int full, FILE *to)
{
    int places = m->config.mesh_w * m->config.mesh_h;
    long cells = ohm_mapping_cells(m), all = (long)m->tile_count * m->config.rows * m->config.cols;
    fprintf(to, "mapping    %s, %d of %d tiles (%s %dx%d, mesh %dx%d), %ld of %ld cells (%.0f %%)\n",
            ohm_mapping_name(m->kind), m->tile_count, places, m->config.name, m->config.rows, m->config.cols, m->config.mesh_w,
            m->config.mesh_h, cells, all, 100.0 * (double)cells / (double)all);
    for (int l = 0; l < m->net->layer_count; l++) {
        const struct ohm_layer *n = &m->net->layers[l];
        const struct ohm_layer_map *lm = &m->layers[l];
        double clipped = 0, unused = 0;
        int tiles = lm->row_parts * lm->col_parts;
        for (int i = lm->first_tile; i < lm->first_tile + tiles; i++) {
            clipped += m->tiles[i].clipped / tiles;
            unused += m->tiles[i].unused / tiles;
        }
        fprintf(to, "  %-8s %4d x %-4d rows in %d, columns in %d: %d tiles", n->name, n->inputs, n->outputs, lm->row_parts,
                lm->col_parts, tiles);
        if (m->kind == OHM_MAPPING_PWM && m->net->calib_count)
            fprintf(to, "; calibration: %.2f %% clipped, %.1f %% of the ramp unused", 100 * clipped, 100 * unused);
        fputc('\n', to);
    }
    fprintf(to, "links      busiest %d flits per image ", m->load.busiest);
    if (m->load.direction == 'I')
        fprintf(to, "(from the host)");
    else
        fprintf(to, "((%d,%d) %c)", m->load.bx, m->load.by, m->load.direction);
    fprintf(to, ", %ld flit hops; %d input slots, %d results in flight\n", m->load.hops, 1 << m->log2_slots, m->result_window);
    for (int i = 0; full && i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        fprintf(to, "  tile (%d,%d) %s rows %d-%d outputs %d-%d LSB %u gain %u", t->x, t->y, m->net->layers[t->layer].name,
                t->row0, t->row0 + t->rows - 1, t->out0, t->out0 + t->outs - 1, t->lsb, t->gain);
        for (int k = 0; k < t->route_count; k++) {
            const struct ohm_route *r = &t->routes[k];
            if (r->host)
                fprintf(to, " -> host");
            else if (k == 0 || r->tiles[0] != t->routes[k - 1].tiles[0])
                fprintf(to, " -> (%u,%u)%s", r->x, r->y, r->mc ? " and south" : "");
        }
        fputc('\n', to);
    }
}
