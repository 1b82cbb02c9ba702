/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_mapper_steps.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BRIDGE_WORDS 2048  /* the bridge's output buffer */
#define RESULT_WINDOW 64   /* more images in flight would change nothing */
#define PATIENCE 20000 /* cycles that any chip may be silent for: packets under way, programming \
                        */
#define PATIENCE_VECTORS 4 /* so may one whose slots and banks are full */
#define PACKET_EXTRA \
    3 /* words of a packet at the bridge besides its payload: two header flits, CRC */

static int log2_above(int n)
{
    int k = 1; /* no stream has fewer than two slots */
    while (1 << k < n)
        k++;
    return k;
}

/* Slots of the streams that a walker reads: at least the lines that it holds at once, then one step
 * of the walker more, then what the buffer has room for. 0: at most 2^most do not do. */
static int slot_lines(const struct ohm_mapping *m, struct ohm_tile_map *t, int most)
{
    const struct ohm_layer *l = &m->net->layers[t->layer];
    int want[OHM_STREAMS_USED][3] = {{0}}, used = 0;
    for (int k = 0; k < OHM_STREAMS_USED; k++) {
        struct ohm_stream_map *s = &t->streams[k];
        int step = walked_step(l, &m->layers[t->layer])
                   * (k == OHM_STREAM_MAIN ? l->stride_h : 1);
        if (!s->lines)
            continue;
        want[k][0] = log2_above(s->need);
        want[k][1] = log2_above(s->need + step);
        want[k][2] = most;
        s->log2_slots = want[k][0];
        used += s->size << s->log2_slots;
        if (s->log2_slots > most)
            return 0;
    }
    if (used > m->config.ibuf_words)
        return 0;
    for (int wish = 1; wish < 3; wish++) {
        for (int k = 0; k < OHM_STREAMS_USED; k++) {
            struct ohm_stream_map *s = &t->streams[k];
            while (s->lines && s->log2_slots < want[k][wish] && s->log2_slots < most
                   && used + (s->size << s->log2_slots) <= m->config.ibuf_words) {
                used += s->size << s->log2_slots;
                s->log2_slots++;
            }
        }
    }
    t->streams[OHM_STREAM_RESIDUAL].base = t->streams[OHM_STREAM_MAIN].size
                                           << t->streams[OHM_STREAM_MAIN].log2_slots;
    return 1;
}

static int refuse_lines(struct ohm_mapping *m, const struct ohm_tile_map *t, struct ohm_error *err)
{
    m->tight = t->layer;
    const struct ohm_stream_map *s = &t->streams[OHM_STREAM_MAIN],
                                *r = &t->streams[OHM_STREAM_RESIDUAL];
    const char *name = m->net->layers[t->layer].name;
    int most = m->config.nslot;
    if (s->need > most || r->need > most)
        return ohm_fail(err, "layer %s: must hold %d lines of %s at once, expected at most %d",
                        name, s->need > most ? s->need : r->need,
                        s->need > most ? "its input" : "the residual", most);
    char residual[64] = "";
    if (r->lines)
        snprintf(residual, sizeof residual, " and %d x %d of the residual",
                 1 << log2_above(r->need), r->size);
    return ohm_fail(
        err, "layer %s: lines do not fit the input buffer: %d x %d words%s, IBUF_WORDS of %s is %d",
        name, 1 << log2_above(s->need), s->size, residual, m->config.name, m->config.ibuf_words);
}

/* Words of all streams of a tile that reads vectors, with one slot each. */
static int vector_size(const struct ohm_tile_map *t)
{
    int words = 0;
    for (int k = 0; k < OHM_STREAMS_USED; k++)
        words += t->streams[k].size;
    return words;
}

/* So many slots for each of its streams. */
static void set_slots(struct ohm_tile_map *t, int log2_slots)
{
    int base = 0;
    for (int k = 0; k < OHM_STREAMS_USED; k++) {
        t->streams[k].log2_slots = log2_slots;
        t->streams[k].base = base;
        base += t->streams[k].size << log2_slots;
    }
}

static int reads_input(const struct ohm_layer *l)
{
    int n = 0;
    for (int i = 0; i < l->from_count; i++)
        n += l->from[i] == OHM_FROM_INPUT;
    return n;
}

/* A loop holds the state of every sequence in its slots. */
static int check_lanes(const struct ohm_mapping *m, struct ohm_error *err)
{
    for (int i = 0; m->net->steps && i < m->net->layer_count; i++)
        for (int f = 0; f < m->net->layers[i].from_count; f++)
            if (ohm_net_back(m->net, i, f) && 1 << m->log2_slots < m->coding.lanes)
                return ohm_fail(err, "layer %s: %d slots, expected at least the %d sequences that "
                                     "interleave (--lanes; IBUF_WORDS of %s is %d)",
                                m->net->layers[i].name, 1 << m->log2_slots, m->coding.lanes,
                                m->config.name, m->config.ibuf_words);
    return 0;
}

/* Slots and windows such that what the chip may hand out at once, one credit packet per freed slot
 * of a tile the host feeds and the results under way, fits the bridge's output buffer. */
int ohm_size_windows(struct ohm_mapping *m, int bridge_words, struct ohm_error *err)
{
    const struct ohm_layer *last = &m->net->layers[m->net->layer_count - 1];
    int credits = 0, result = 0, vector_words = 1;
    for (int i = 0; i < m->tile_count; i++) {
        const struct ohm_tile_map *t = &m->tiles[i];
        if (!m->layers[t->layer].walk)
            vector_words = larger(vector_words, vector_size(t));
        if (t->layer == m->net->layer_count - 1 && t->tail)
            result += (last->output == OHM_OUTPUT_CLASS ? OHM_CLASS_WORDS : t->outs) + PACKET_EXTRA;
    }
    const int asked = m->tile_count < OHM_ASKED_MOST ? m->tile_count : OHM_ASKED_MOST;
    int answers = asked * (1 + PACKET_EXTRA); /* CFG_DATA, when the run ends */
    const int most = log2_above(m->config.nslot);
    for (m->log2_slots = most; m->log2_slots >= 1; m->log2_slots--) {
        int fits = (vector_words << m->log2_slots) <= m->config.ibuf_words;
        credits = 0;
        for (int i = 0; fits && i < m->tile_count; i++) {
            struct ohm_tile_map *t = &m->tiles[i];
            const struct ohm_layer *l = &m->net->layers[t->layer];
            if (!m->layers[t->layer].walk)
                set_slots(t, m->log2_slots);
            else if (!slot_lines(m, t, m->log2_slots) && m->log2_slots == most)
                return refuse_lines(m, t, err);
            else
                fits = slot_lines(m, t, m->log2_slots);
            credits +=
                reads_input(l) ? 1 << t->streams[OHM_STREAM_MAIN].log2_slots : 0;
            credits += t->streams[OHM_STREAM_RESIDUAL].lines && l->add == OHM_FROM_INPUT
                           ? 1 << t->streams[OHM_STREAM_RESIDUAL].log2_slots
                           : 0;
        }
        int rest = bridge_words - credits * PACKET_EXTRA - answers;
        if (!fits || rest < (m->log2_slots > 1 ? 4 : 1) * result)
            continue;
        m->result_window = rest / result < RESULT_WINDOW ? rest / result : RESULT_WINDOW;
        return check_lanes(m, err);
    }
    return ohm_fail(err,
                    "layer %s: results of %d words an image and %d credits of tiles that the host "
                    "feeds do not fit the bridge's %d words",
                    last->name, result, credits, bridge_words);
}

long ohm_bottleneck(const struct ohm_mapping *m, int *layer)
{
    int most = -1;
    for (int i = 0; i < m->tile_count; i++) {
        if (m->tiles[i].windows > most) {
            most = m->tiles[i].windows;
            *layer = m->tiles[i].layer;
        }
    }
    return (long)most * m->vmm_cycles;
}

/* Of one vector in a tile: gathered, read, converted, scanned, sent over every route, none of it
 * beside another. */
static long vector_cycles(const struct ohm_mapping *m, const struct ohm_tile_map *t)
{
    return m->vmm_cycles + t->rows + t->cols
           + (long)(t->route_count + 1) * (t->outs + PACKET_EXTRA);
}

long ohm_patience(const struct ohm_mapping *m, int streaming)
{
    /* all layers one after the other, each as long as its busiest tile and its chain */
    long longest = 0, depth = 0;
    for (int l = 0; l < m->net->layer_count; l++) {
        long layer = 0;
        for (int i = m->layers[l].first_tile; i < m->layers[l].first_tile + m->layers[l].tiles;
             i++) {
            const struct ohm_tile_map *t = &m->tiles[i];
            const long cycles = vector_cycles(m, t),
                       image = (t->windows + m->layers[l].row_parts) * cycles;
            longest = cycles > longest ? cycles : longest;
            layer = image > layer ? image : layer;
        }
        depth += layer;
    }
    return PATIENCE + PATIENCE_VECTORS * longest + (streaming ? depth + m->load.busiest : 0);
}

static int check(const struct ohm_mapping *m, struct ohm_error *err)
{
    const struct ohm_config *c = &m->config;
    if (m->config.mesh_w < 1 || m->config.mesh_w > OHM_MESH_MAX || m->config.mesh_h < 1
        || m->config.mesh_h > OHM_MESH_MAX)
        return ohm_fail(err, "mesh: %dx%d, expected 1x1 to %dx%d", m->config.mesh_w,
                        m->config.mesh_h, OHM_MESH_MAX, OHM_MESH_MAX);
    if (!m->net->steps && m->coding.lanes != OHM_LANES)
        return ohm_fail(err, "--lanes: %d, expected none: %s is a network of images",
                        m->coding.lanes, m->net->name);
    if (m->net->steps && m->coding.links)
        return ohm_fail(err, "--links: with sequences, expected a network of images");
    return ohm_coding_check(&m->coding, c, err);
}

static int most_columns(const struct ohm_mapping *m)
{
    int most = 0;
    for (int i = 0; i < m->tile_count; i++)
        most = m->tiles[i].cols > most ? m->tiles[i].cols : most;
    return most;
}

struct way { /* to lay a network out */
    int most;    /* automatic replications */
    int steps;   /* how many there were */
    int grouped; /* as in struct ohm_mapping */
    int readers; /* of a tile at most */
    enum { WHOLE, SKETCH, TILES_ONLY } effort; /* place quickly; neither place nor connect */
    int tight;   /* as in struct ohm_mapping */
    uint8_t *by_lines; /* of each layer */
    int *slices; /* of the channels of what `from` + 1 names */
};

/* 1: the routes need too many entries. */
static int map_once(const struct ohm_net *net, const struct ohm_config *config,
                    const struct ohm_coding *coding, const int *replicas, struct way *way,
                    struct ohm_mapping *out, struct ohm_error *err)
{
    *out = (struct ohm_mapping){.net = net, .config = *config, .kind = coding->kind,
                                .coding = *coding, .readers_most = way->readers,
                                .grouped = way->grouped, .tight = -1};
    out->layers = calloc((size_t)net->layer_count, sizeof *out->layers);
    for (int i = 0; out->layers && i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        out->layers[i].by_lines = way->by_lines[i];
        out->layers[i].slices = l->from_count == 1 ? way->slices[l->from[0] + 1] : 1;
        out->layers[i].residual_slices = l->has_residual ? way->slices[l->add + 1] : 1;
    }
    int rc = out->layers ? check(out, err) : ohm_fail(err, "mapping: out of memory");
    if (!rc)
        rc = ohm_layout(out, replicas, way->most, &way->steps, err);
    if (!rc && coding->links)
        rc = ohm_durations_layout(out, err);
    out->vmm_cycles = rc ? 0 : ohm_coding_cycles(coding, config, most_columns(out));
    if (!rc)
        rc = ohm_size_windows(out, BRIDGE_WORDS, err);
    const int on = !rc && way->effort != TILES_ONLY;
    out->sketch = way->effort == SKETCH;
    if (on && !coding->links) /* in a chain nothing waits but for its end */
        rc = ohm_check_flow(out, err);
    if (on && !rc && !coding->links)
        rc = ohm_place_tiles(out, err);
    if (on && !rc && coding->links && !(rc = ohm_connect_tiles(out, err)))
        ohm_measure_load(out, &out->load);
    if (on && !rc)
        rc = ohm_make_programs(out, err);
    if (on && !rc)
        rc = ohm_choose_ranges(out, err);
    way->tight = rc < 0 ? out->tight : -1;
    if (rc)
        ohm_mapping_free(out);
    return rc;
}

/* Twice as many slices of what `from` names, where all that read it can take them: whole words,
 * alone, through a walker. */
static int slice_finer(const struct ohm_net *net, struct way *way, int from)
{
    int *slices = &way->slices[from + 1];
    if (from < 0 || ohm_net_channels(net, from) % (8 * *slices))
        return 0;
    for (int i = from + 1; i < net->layer_count; i++) {
        const struct ohm_layer *l = &net->layers[i];
        for (int f = 0; f < l->from_count; f++)
            if (l->from[f] == from && (l->from_count > 1 || l->in_h * l->in_w == 1))
                return 0;
    }
    *slices *= 2;
    return 1;
}

/* Room for the lines of layer way->tight: pooled a row of windows at a time, or of fewer channels.
 * 0: there is no way. */
static int make_room(const struct ohm_net *net, struct way *way)
{
    const struct ohm_layer *l = &net->layers[way->tight];
    const int follow = l->map_h == 1 || l->pool_stride_h == l->pool_h; /* blocks without gap */
    uint8_t *by_lines = &way->by_lines[way->tight];
    if (l->pool_h > 1 && l->map_w == 1 && follow && !*by_lines)
        return *by_lines = 1;
    const int main_slices = l->from[0] < 0 ? INT_MAX : way->slices[l->from[0] + 1],
              residual = l->has_residual && l->add >= 0 && way->slices[l->add + 1] < main_slices;
    return residual ? slice_finer(net, way, l->add)
                    : slice_finer(net, way, l->from[0])
                          || (l->has_residual && slice_finer(net, way, l->add));
}

static int map_with_room(const struct ohm_net *net, const struct ohm_config *config,
                         const struct ohm_coding *coding, const int *replicas, struct way *way,
                         struct ohm_mapping *out, struct ohm_error *err)
{
    struct ohm_error first;
    int rc = map_once(net, config, coding, replicas, way, out, err);
    first = *err;
    while (rc < 0 && way->tight >= 0 && make_room(net, way))
        rc = map_once(net, config, coding, replicas, way, out, err);
    if (rc < 0 && way->tight >= 0)
        *err = first;
    return rc;
}

/* In the ways that there are, the one with most replicas first. */
static int map_somehow(const struct ohm_net *net, const struct ohm_config *config,
                       const struct ohm_coding *coding, const int *replicas, struct way *at,
                       struct ohm_mapping *out, struct ohm_error *err)
{
    struct way way = *at;
    struct ohm_error first;
    int rc;
    while ((rc = map_with_room(net, config, coding, replicas, &way, out, err)) > 0 && way.steps > 0)
        way.most = way.steps - 1;
    if (rc <= 0)
        return rc;
    /* Then in ways that need fewer routes: one for all tiles that get the same, or so few readers
     * that each has its own. */
    first = *err;
    way.grouped = 1;
    while (rc && way.readers) {
        rc = map_with_room(net, config, coding, replicas, &way, out, err);
        way.readers = way.readers > config->nroute ? config->nroute : 0;
    }
    if (rc > 0)
        *err = first;
    return rc ? -1 : 0;
}

static int map(const struct ohm_net *net, const struct ohm_config *config,
               const struct ohm_coding *coding, const int *replicas, int effort,
               struct ohm_mapping *out, struct ohm_error *err)
{
    const size_t layers = (size_t)net->layer_count;
    struct way way = {.most = OHM_MESH_MAX * OHM_MESH_MAX, .readers = config->ncredit,
                      .tight = -1, .effort = effort, .by_lines = calloc(layers, 1),
                      .slices = malloc((layers + 1) * sizeof *way.slices)};
    for (size_t i = 0; way.slices && i <= layers; i++)
        way.slices[i] = 1;
    int rc = way.by_lines && way.slices
                 ? map_somehow(net, config, coding, replicas, &way, out, err)
                 : ohm_fail(err, "mapping: out of memory");
    free(way.by_lines);
    free(way.slices);
    return rc;
}

int ohm_map_replicated(const struct ohm_net *net, const struct ohm_config *config,
                       const struct ohm_coding *coding, const int *replicas,
                       struct ohm_mapping *out, struct ohm_error *err)
{
    return map(net, config, coding, replicas, WHOLE, out, err);
}

int ohm_map_tiles(const struct ohm_net *net, const struct ohm_config *config,
                  const struct ohm_coding *coding, struct ohm_mapping *out, struct ohm_error *err)
{
    return map(net, config, coding, NULL, TILES_ONLY, out, err);
}

int ohm_map_sketch(const struct ohm_net *net, const struct ohm_config *config,
                   const struct ohm_coding *coding, struct ohm_mapping *out, struct ohm_error *err)
{
    return map(net, config, coding, NULL, SKETCH, out, err);
}

int ohm_map_network(const struct ohm_net *net, const struct ohm_config *config,
                    enum ohm_mapping_kind kind, struct ohm_mapping *out, struct ohm_error *err)
{
    struct ohm_coding coding;
    ohm_coding_default(kind, &coding);
    return ohm_map_replicated(net, config, &coding, NULL, out, err);
}

void ohm_mapping_free(struct ohm_mapping *m)
{
    for (int i = 0; m->layers && i < m->net->layer_count; i++)
        free(m->layers[i].channel);
    ohm_free_programs(m);
    free(m->tiles);
    free(m->layers);
    free(m->feeds);
    memset(m, 0, sizeof *m);
}

const char *ohm_mapping_name(enum ohm_mapping_kind kind)
{
    return kind == OHM_MAPPING_EXACT ? "exact" : "pwm";
}

long ohm_mapping_cells_there(const struct ohm_mapping *m)
{
    int arrays = 0;
    for (int i = 0; i < m->tile_count; i++)
        arrays += !is_vector(m, m->tiles[i].layer);
    return (long)arrays * m->config.rows * m->config.cols;
}

long ohm_mapping_cells(const struct ohm_mapping *m)
{
    long cells = 0;
    for (int i = 0; i < m->tile_count; i++)
        cells += (long)m->tiles[i].rows * m->tiles[i].cols;
    return cells;
}
