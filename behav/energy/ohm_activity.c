/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_activity.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_packet.h"

enum { TILES = 256, DEVICES = 2 };

struct ohm_activity *ohm_activity_new(const struct ohm_config *config)
{
    struct ohm_activity *a = calloc(1, sizeof *a);
    const size_t rows = (size_t)config->rows, cells = rows * (size_t)config->cols;

    if (!a)
        return NULL;
    a->config = *config;
    for (int y = 0; y < config->mesh_h; y++) {
        for (int x = 0; x < config->mesh_w; x++) {
            const int tile = 16 * y + x;
            a->row_codes[tile] = calloc(rows, sizeof *a->row_codes[tile]);
            a->col_codes[tile] = calloc((size_t)config->cols, sizeof *a->col_codes[tile]);
            a->codes[tile] = calloc(DEVICES * cells, sizeof *a->codes[tile]);
            a->held[tile] = calloc(DEVICES * rows, sizeof *a->held[tile]);
            if (!a->row_codes[tile] || !a->col_codes[tile] || !a->codes[tile] || !a->held[tile]) {
                ohm_activity_free(a);
                return NULL;
            }
        }
    }
    return a;
}

struct ohm_activity *ohm_activity_share(const struct ohm_activity *of)
{
    struct ohm_activity *a = malloc(sizeof *a);

    if (!a)
        return NULL;
    *a = *of;
    a->shares = 1;
    a->starts = a->run = NULL;
    ohm_activity_restart(a);
    return a;
}

void ohm_activity_free(struct ohm_activity *a)
{
    if (!a)
        return;
    ohm_activity_free(a->run);
    for (int i = 0; i < TILES && !a->shares; i++) {
        free(a->row_codes[i]);
        free(a->col_codes[i]);
        free(a->codes[i]);
        free(a->held[i]);
    }
    free(a);
}

void ohm_activity_vector(struct ohm_activity *a, unsigned tile, const struct ohm_golden_vector *v)
{
    struct ohm_tile_activity *t = &a->tile[tile];
    const uint32_t *line_codes = v->back ? a->col_codes[tile] : a->row_codes[tile];

    if (v->poison) {
        t->poisoned++;
        return;
    }
    t->vectors++;
    t->macs += (uint64_t)v->rows * (v->sends ? v->cols : v->outs);
    if (v->linked) {
        t->pulses += v->bias_rows; /* the others are the link's */
    } else if (v->gathered) { /* the rows are loaded from the window's buffer */
        t->input_reads += v->gathered;
        t->window_accesses += v->gathered + (v->rows + 3) / 4 + v->residual;
    } else {
        t->input_reads += (v->rows + 3) / 4;
    }
    t->pool_accesses += v->pooled ? 2 * v->outs : 0;
    t->durations += v->durations;
    const int apart = v->sends && !v->counted; /* codes are there to be looked at */
    t->outputs += apart ? 0 : v->outs;
    t->psum_reads += v->psum ? v->outs : 0;
    t->output_writes += apart ? 0 : v->outs;
    for (unsigned k = 0; k < v->nslice; k++) {
        uint64_t charge = 0;
        for (unsigned r = 0; r < v->rows; r++) {
            const unsigned ticks = (unsigned)abs(v->ticks[k * v->rows + r]);
            t->pulses += v->linked ? 0 : v->count[k] ? ticks : ticks != 0;
            t->row_ticks += ticks;
            charge += (uint64_t)ticks * line_codes[r];
        }
        t->charge += charge;
        t->integrations += v->cols;
        t->column_ticks += (uint64_t)v->cols * v->length[k];
        t->ramp_steps += v->steps[k];
        t->column_steps += (uint64_t)v->cols * v->steps[k];
        t->terms += apart ? 0 : v->cols;
    }
}

/* A flit count over the way that a packet takes: X first, then Y; the host sits west of (0,0). */
static void count_way(struct ohm_activity *a, int from, const struct ohm_header *h, size_t flits)
{
    const int x = from < 0 ? 0 : from & 15, y = from < 0 ? 0 : from >> 4;
    const int to_x = h->host ? 0 : (int)h->x, to_y = h->host ? 0 : (int)h->y;
    const uint64_t hops = (uint64_t)(abs(x - to_x) + abs(y - to_y));

    a->link_flits += flits * hops;
    a->router_flits += flits * (hops + 1);
}

/* What a device row that pulses have programmed conducts: its sum is known, not its cells, so each
 * column has an even share of it. Sums are modulo 2^32: they themselves fit. */
static void hold(struct ohm_activity *a, unsigned tile, size_t dev, size_t row, uint32_t sum)
{
    const uint32_t cols = (uint32_t)a->config.cols;
    uint32_t *held = &a->held[tile][dev * (size_t)a->config.rows + row];

    for (size_t col = 0; col < cols; col++)
        a->col_codes[tile][col] += sum / cols - *held / cols;
    a->row_codes[tile][row] += sum - *held;
    *held = sum;
}

static void count_program(struct ohm_activity *a, unsigned tile, const struct ohm_header *h,
                          const uint32_t *words)
{
    const size_t rows = (size_t)a->config.rows, cols = (size_t)a->config.cols;
    uint16_t *row = a->codes[tile] + (h->chan * rows + h->offset) * cols;

    if (h->chan >= DEVICES || h->offset >= rows)
        return;
    hold(a, tile, h->chan, h->offset, 0);
    for (size_t i = 0; i < 2 * (size_t)h->len && h->seq + i < cols; i++) {
        const uint16_t code = (uint16_t)(words[i / 2] >> i % 2 * 16);
        /* modulo 2^32: the sum itself fits */
        a->row_codes[tile][h->offset] += (uint32_t)code - row[h->seq + i];
        a->col_codes[tile][h->seq + i] += (uint32_t)code - row[h->seq + i];
        row[h->seq + i] = code;
        a->tile[tile].programmed++;
    }
}

void ohm_activity_packet(struct ohm_activity *a, int from, const uint32_t *flits, size_t n)
{
    const struct ohm_header h = ohm_header_decode(flits);

    if ((from >= 0 && h.type == OHM_TYPE_CREDIT) /* ohm_activity_credits */
        || h.type == OHM_TYPE_CFG_RD
        || h.type == OHM_TYPE_CFG_DATA) /* the host looking on; not every model tells of answers */
        return;
    count_way(a, from, &h, n);
    if (from < 0)
        a->words_in += n + 1;
    else if (h.type != OHM_TYPE_EVENT)
        a->tile[from].output_reads += n - 2;
    if (h.host) {
        a->words_out += n + 1;
        return;
    }
    for (unsigned south = 0; south <= h.mc && south <= h.y; south++) {
        const unsigned tile = 16 * (h.y - south) + h.x;
        struct ohm_tile_activity *t = &a->tile[tile];
        if (!a->codes[tile])
            continue;
        switch (h.type) {
        case OHM_TYPE_ACT: t->input_writes += n - 2; break;
        case OHM_TYPE_PSUM: t->psum_writes += n - 2; break;
        case OHM_TYPE_PROG: count_program(a, tile, &h, flits + 2); break;
        default: t->config_words += h.len ? h.len : 1; break;
        }
    }
}

void ohm_activity_walk(struct ohm_activity *a, unsigned tile, enum ohm_golden_walk step,
                       unsigned stream)
{
    a->tile[tile].lines_freed[stream] += step == OHM_WALK_FREE;
}

/* What a row conducts now that pulses have programmed one of its devices. */
static void take_row(struct ohm_activity *a, unsigned tile, const struct ohm_golden_engine *e)
{
    const size_t rows = (size_t)a->config.rows, cols = (size_t)a->config.cols;
    uint16_t *loaded = a->codes[tile] + (e->dev * rows + e->row) * cols;

    for (size_t i = 0; i < cols; i++) {
        a->row_codes[tile][e->row] -= loaded[i];
        a->col_codes[tile][i] -= loaded[i];
        loaded[i] = 0;
    }
    hold(a, tile, e->dev, e->row, e->held > 0 ? (uint32_t)e->held : 0);
}

void ohm_activity_engine(struct ohm_activity *a, unsigned tile, const struct ohm_golden_engine *e)
{
    struct ohm_engine_activity *w = a->tile[tile].engine;

    if (e->kind == OHM_ENGINE_READ) {
        w += e->final ? OHM_WORK_FINAL : e->phase ? OHM_WORK_FINE : OHM_WORK_COARSE;
        w->ticks += e->ticks;
        w->steps += e->steps;
        w->charge += e->charge;
        if (e->held > 0)
            take_row(a, tile, e);
    } else if (e->kind == OHM_ENGINE_PULSE) {
        w += e->set ? OHM_WORK_SET : OHM_WORK_RESET;
        w->columns += e->columns;
        w->unknown += e->took.known ? 0 : e->took.devices;
        w->fj += e->took.known ? e->took.fj : 0;
        w->width += e->width;
    } else {
        return;
    }
    w->number++;
}

static void on_engine(void *user, unsigned tile, const struct ohm_golden_engine *e)
{
    ohm_activity_engine(user, tile, e);
}

void ohm_activity_run(struct ohm_activity *a, unsigned tile, const struct ohm_golden_run *run)
{
    struct ohm_tile_activity *t = &a->tile[tile];
    const struct ohm_vec_work *w = &run->done->work;

    t->runs++;
    for (unsigned s = 0; s < OHM_VEC_STREAMS; s++)
        t->lines_freed[s] += run->turn->streams >> s & 1u;
    t->unit.instructions += w->instructions;
    t->unit.elements += w->elements;
    t->unit.products += w->products;
    t->unit.lookups += w->lookups;
    t->unit.reads += w->reads;
    t->unit.writes += w->writes;
    t->input_reads += w->taken;
    t->output_writes += w->sent;
}

static void on_vector(void *user, unsigned tile, const struct ohm_golden_vector *v)
{
    ohm_activity_vector(user, tile, v);
}

static void on_walk(void *user, unsigned tile, enum ohm_golden_walk step, unsigned stream,
                    uint32_t number)
{
    (void)number;
    ohm_activity_walk(user, tile, step, stream);
}

/* Which of its programs sends a vector tile's packet is known when the program ends. */
static int on_packet(void *user, int from, const uint32_t *flits, size_t n)
{
    struct ohm_activity *a = user;
    const int waits = a->run && from >= 0
                      && ohm_config_kind(&a->config, from & 15, from >> 4) == OHM_KIND_VEC;

    ohm_activity_packet(waits ? a->run : a, from, flits, n);
    return 0;
}

static void on_ran(void *user, unsigned tile, const struct ohm_golden_run *run)
{
    struct ohm_activity *a = user;

    ohm_activity_run(a->run ? a->run : a, tile, run);
    if (!a->run)
        return;
    ohm_activity_add(a, a->run);
    if (run->turn->program == OHM_VEC_INIT && (int32_t)(run->turn->n - a->base) < 0)
        ohm_activity_add(a->starts, a->run);
    ohm_activity_restart(a->run);
}

int ohm_activity_tell_starts(struct ohm_activity *a, struct ohm_activity *starts, uint32_t base)
{
    a->starts = starts;
    a->base = base;
    a->run = ohm_activity_share(a);
    return a->run ? 0 : -1;
}

void ohm_activity_watch(struct ohm_activity *a, struct ohm_golden *g)
{
    a->hooks = (struct ohm_golden_hooks){
        .vector = on_vector, .walk = on_walk, .engine = on_engine, .ran = on_ran,
        .packet = on_packet, .user = a};
    ohm_golden_hook(g, &a->hooks);
}

void ohm_activity_credits(struct ohm_activity *a, const struct ohm_golden *g)
{
    for (unsigned tile = 0; tile < TILES; tile++) {
        const uint64_t vectors = a->tile[tile].vectors + a->tile[tile].poisoned;
        if (!vectors && !a->tile[tile].runs)
            continue;
        const int walks = a->tile[tile].runs || OHM_FIELD(ohm_golden_counter(g, tile, OHM_REG_WINDOW), WINDOW_ON);
        for (int i = 0; i < a->config.nreturn; i++) {
            const uint32_t r = ohm_golden_counter(g, tile, OHM_REG_RETURN + (unsigned)i);
            const struct ohm_header h = {.type = OHM_TYPE_CREDIT, .host = OHM_FIELD(r, RETURN_HOST),
                                         .x = OHM_FIELD(r, RETURN_X), .y = OHM_FIELD(r, RETURN_Y)};
            const uint64_t freed = walks && !OHM_FIELD(r, RETURN_PSUM)
                                       ? a->tile[tile].lines_freed[OHM_FIELD(r, RETURN_STREAM)]
                                       : vectors;
            if (!OHM_FIELD(r, RETURN_VALID))
                continue;
            count_way(a, (int)tile, &h, 2 * freed);
            if (h.host)
                a->words_out += 3 * freed;
            else
                a->tile[16 * h.y + h.x].config_words += freed;
        }
    }
}

void ohm_engine_add(struct ohm_engine_activity *to, const struct ohm_engine_activity *w)
{
    to->number += w->number;
    to->ticks += w->ticks;
    to->steps += w->steps;
    to->charge += w->charge;
    to->columns += w->columns;
    to->unknown += w->unknown;
    to->fj += w->fj;
    to->width += w->width;
}

void ohm_activity_add(struct ohm_activity *a, const struct ohm_activity *b)
{
    for (int i = 0; i < TILES; i++) {
        struct ohm_tile_activity *to = &a->tile[i];
        const struct ohm_tile_activity *t = &b->tile[i];
        to->vectors += t->vectors;
        to->poisoned += t->poisoned;
        to->macs += t->macs;
        to->pulses += t->pulses;
        to->row_ticks += t->row_ticks;
        to->charge += t->charge;
        to->integrations += t->integrations;
        to->column_ticks += t->column_ticks;
        to->ramp_steps += t->ramp_steps;
        to->column_steps += t->column_steps;
        to->durations += t->durations;
        to->terms += t->terms;
        to->outputs += t->outputs;
        to->input_writes += t->input_writes;
        to->input_reads += t->input_reads;
        to->window_accesses += t->window_accesses;
        to->pool_accesses += t->pool_accesses;
        for (int k = 0; k < OHM_REG_STREAM_COUNT; k++)
            to->lines_freed[k] += t->lines_freed[k];
        to->psum_writes += t->psum_writes;
        to->psum_reads += t->psum_reads;
        to->output_writes += t->output_writes;
        to->output_reads += t->output_reads;
        to->config_words += t->config_words;
        to->programmed += t->programmed;
        for (int k = 0; k < OHM_WORK_COUNT; k++)
            ohm_engine_add(&to->engine[k], &t->engine[k]);
        to->runs += t->runs;
        to->unit.instructions += t->unit.instructions;
        to->unit.elements += t->unit.elements;
        to->unit.products += t->unit.products;
        to->unit.lookups += t->unit.lookups;
        to->unit.reads += t->unit.reads;
        to->unit.writes += t->unit.writes;
    }
    a->router_flits += b->router_flits;
    a->link_flits += b->link_flits;
    a->words_in += b->words_in;
    a->words_out += b->words_out;
}

void ohm_activity_subtract(struct ohm_activity *a, const struct ohm_activity *b)
{
    struct ohm_activity *less = malloc(sizeof *less);

    if (!less)
        return;
    *less = *b;
    for (int i = 0; i < TILES; i++) {
        uint64_t *count = (uint64_t *)&less->tile[i]; /* nothing but counts */
        for (size_t k = 0; k < sizeof less->tile[i] / sizeof *count; k++)
            count[k] = -count[k];
    }
    less->router_flits = -less->router_flits;
    less->link_flits = -less->link_flits;
    less->words_in = -less->words_in;
    less->words_out = -less->words_out;
    ohm_activity_add(a, less);
    free(less);
}

void ohm_activity_restart(struct ohm_activity *a)
{
    memset(a->tile, 0, sizeof a->tile);
    a->router_flits = a->link_flits = a->words_in = a->words_out = 0;
}
