/* SPDX-License-Identifier: Apache-2.0
 * The mapping report. */
#include "ohm_mapper_steps.h"

static int same_tiles(const struct ohm_route *a, const struct ohm_route *b)
{
    return a->tile_count == b->tile_count && a->tiles[0] == b->tiles[0];
}

/* A vector layer: what its tile holds. */
static void print_kernel(const struct ohm_mapping *m, int layer, FILE *to)
{
    const struct ohm_layer *n = &m->net->layers[layer];
    const struct ohm_vector_tile *v = NULL;
    for (int i = 0; i < m->vector_count; i++)
        if (m->tiles[m->layers[layer].first_tile].vec == &m->vectors[i].load)
            v = &m->vectors[i];
    fprintf(to, "  %-8s %4d -> %-4d kernel %s", n->name, n->inputs, n->outputs, n->kernel->name);
    if (v)
        fprintf(to, ": %u instructions, %u words of memory, %u tables", v->program.count,
                v->program.used, v->program.tables);
    fputc('\n', to);
}

static void print_layer(const struct ohm_mapping *m, int layer, FILE *to)
{
    const struct ohm_layer *n = &m->net->layers[layer];
    const struct ohm_layer_map *lm = &m->layers[layer];
    double clipped = 0, unused = 0;
    if (is_vector(m, layer)) {
        print_kernel(m, layer, to);
        return;
    }
    for (int i = lm->first_tile; i < lm->first_tile + lm->tiles; i++) {
        clipped += m->tiles[i].clipped / lm->tiles;
        unused += m->tiles[i].unused / lm->tiles;
    }
    fprintf(to, "  %-8s %4d x %-4d rows in %d, columns in %d", n->name, n->inputs, n->outputs,
            lm->row_parts, lm->col_parts);
    if (n->map_h * n->map_w > 1 || lm->walk)
        fprintf(to, ", %d replica%s", lm->replicas, lm->replicas > 1 ? "s" : "");
    if (lm->twins > 1)
        fprintf(to, ", %d twins", lm->twins);
    if (m->coding.copies > 1)
        fprintf(to, ", %d cop%s of a weight", lm->copies, lm->copies > 1 ? "ies" : "y");
    if (n->groups > 1) {
        long cells = 0;
        for (int i = 0; i < lm->row_parts * lm->col_parts; i++)
            cells += (long)m->tiles[lm->first_tile + i].rows * m->tiles[lm->first_tile + i].outs;
        fprintf(to, ", %d groups%s (%.0f %% of the cells hold weights)", n->groups,
                lm->packed ? " packed" : "",
                100.0 * n->inputs / n->groups * n->outputs / (double)cells);
    }
    if (lm->slices > 1)
        fprintf(to, ", channels in %d slices", lm->slices);
    if (lm->residual_slices > 1)
        fprintf(to, ", the residual's in %d", lm->residual_slices);
    fprintf(to, ": %d tiles", lm->tiles);
    if (m->tiles[lm->first_tile].link_out)
        fprintf(to, "; durations to the next layer, %d rows of bias",
                m->tiles[lm->first_tile].bias_rows);
    else if (m->kind == OHM_MAPPING_PWM && m->net->calib_count)
        fprintf(to, "; calibration: %.2f %% clipped, %.1f %% of the ramp unused", 100 * clipped,
                100 * unused);
    fputc('\n', to);
    if (!lm->walk)
        return;
    const struct ohm_tile_map *t = &m->tiles[lm->first_tile],
                              *tail = &m->tiles[lm->first_tile + lm->tiles - 1];
    const struct ohm_stream_map *s = &t->streams[OHM_STREAM_MAIN],
                                *r = &tail->streams[OHM_STREAM_RESIDUAL];
    fprintf(
        to,
        "           map %dx%dx%d -> %dx%dx%d, %d windows a tile; %d lines of %d words (%d needed)",
        n->in_h, n->in_w, n->in_c, n->map_h, n->map_w, n->outputs, t->windows, 1 << s->log2_slots,
        s->size, s->need);
    if (r->lines)
        fprintf(to, ", residual %d of %d (%d needed)", 1 << r->log2_slots, r->size, r->need);
    if (lm->by_lines)
        fprintf(to, "; pooled line by line");
    fputc('\n', to);
}

static void print_pipeline(const struct ohm_mapping *m, FILE *to)
{
    int layer = 0;
    long cycles = ohm_bottleneck(m, &layer);
    fprintf(to, "pipeline   busiest layer %s: %ld cycles an image; tiles busy:",
            m->net->layers[layer].name, cycles);
    for (int i = 0; i < m->net->layer_count; i++)
        fprintf(to, "%s %s %.0f %%", i ? "," : "", m->net->layers[i].name,
                100.0 * m->tiles[m->layers[i].first_tile].windows * m->vmm_cycles / (double)cycles);
    fputc('\n', to);
}

static void print_tile(const struct ohm_mapping *m, const struct ohm_tile_map *t, FILE *to)
{
    int layer;
    fprintf(to, "  tile (%d,%d) %s", t->x, t->y, m->net->layers[t->layer].name);
    if (is_vector(m, t->layer))
        fprintf(to, " vector");
    else
        fprintf(to, " rows %d-%d outputs %d-%d LSB %u gain %u", t->row0, t->row0 + t->bytes - 1,
                t->out0, t->out0 + t->outs - 1, t->lsb, t->gain);
    if (m->layers[t->layer].walk)
        fprintf(to, " kernel %dx%d from (%d,%d), replica %d, busy %.0f %%", t->kh, t->kw, t->ky0,
                t->kx0, t->replica,
                100.0 * t->windows * m->vmm_cycles / (double)ohm_bottleneck(m, &layer));
    if (t->link_out)
        fprintf(to, " bias in %d rows -> link", t->bias_rows);
    for (int k = 0; k < t->route_count; k++) {
        const struct ohm_route *r = &t->routes[k];
        if (r->host)
            fprintf(to, " -> host");
        else if (k == 0 || !same_tiles(r, &t->routes[k - 1]))
            fprintf(to, " -> (%u,%u)%s", r->x, r->y, r->mc ? " and south" : "");
    }
    fputc('\n', to);
}

void ohm_mapping_print(const struct ohm_mapping *m, int full, FILE *to)
{
    int places = m->config.mesh_w * m->config.mesh_h, walks = 0;
    long cells = ohm_mapping_cells(m), all = ohm_mapping_cells_there(m);
    char coding[128];
    ohm_coding_text(&m->coding, coding, sizeof coding);
    fprintf(
        to,
        "mapping    %s%s%s, %d of %d tiles (%s %dx%d, mesh %dx%d), %ld of %ld cells (%.0f %%)\n",
        ohm_mapping_name(m->kind), *coding ? " " : "", coding, m->tile_count, places,
        m->config.name, m->config.rows, m->config.cols, m->config.mesh_w, m->config.mesh_h, cells,
        all, 100.0 * (double)cells / (double)all);
    for (int l = 0; l < m->net->layer_count; l++) {
        print_layer(m, l, to);
        walks |= m->layers[l].walk;
    }
    if (walks)
        print_pipeline(m, to);
    if (m->net->steps)
        fprintf(to, "sequences  %d steps, %d interleaved; results of %s\n", m->net->steps,
                m->coding.lanes, m->net->every_step ? "each step" : "the last step");
    fprintf(to, "links      busiest %ld flits per %s ", m->load.busiest,
            m->net->steps ? "step" : "image");
    if (m->load.direction == 'I')
        fprintf(to, "(from the host)");
    else
        fprintf(to, "((%d,%d) %c)", m->load.bx, m->load.by, m->load.direction);
    fprintf(to, ", %ld flit hops; %d input slots, %d results in flight\n", m->load.hops,
            1 << m->log2_slots, m->result_window);
    for (int i = 0; full && i < m->tile_count; i++)
        print_tile(m, &m->tiles[i], to);
}
