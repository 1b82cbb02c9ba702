/* SPDX-License-Identifier: Apache-2.0
 * A drawing of the mapped mesh: what each tile holds and how busy it is, and the load of every
 * link. */
#include <stdio.h>
#include <string.h>

#include "ohm_file.h"
#include "ohm_mapper_steps.h"

#define PITCH 150  /* pixels from one tile to the next */
#define SIDE 96    /* of a tile */
#define MARGIN 90  /* around the mesh */
#define FOOT 60    /* for the legend below */
#define LANE 9     /* the two directions of a link lie that far from its middle */

enum { NORTH, EAST, SOUTH, WEST };

static const char *const COLORS[] = {"#8ecae6", "#ffd166", "#b7e4c7", "#f4a6a6",
                                     "#cdb4db", "#ffc8a2", "#a3c4f3", "#d9e57f"};
#define COLOR_COUNT (sizeof COLORS / sizeof COLORS[0])

struct drawing {
    FILE *to;
    const struct ohm_mapping *m;
    long most; /* flits of the busiest link */
    long cycles; /* of the busiest tile */
};

static int left(int x)
{
    return MARGIN + x * PITCH;
}

static int top(const struct drawing *d, int y) /* north is up */
{
    return MARGIN + (d->m->config.mesh_h - 1 - y) * PITCH;
}

/* Characters that mean something in XML are left out of names. */
static void put_name(FILE *to, const char *name)
{
    for (; *name; name++)
        if (!strchr("<>&\"'", *name))
            fputc(*name, to);
}

static void draw_link(const struct drawing *d, int x1, int y1, int x2, int y2, long flits)
{
    if (!flits)
        return;
    double share = (double)flits / (double)d->most;
    int cx = (x1 + x2) / 2, cy = (y1 + y2) / 2;
    fprintf(d->to,
            "<line x1='%d' y1='%d' x2='%d' y2='%d' stroke='rgb(%d,%d,60)' stroke-width='%.1f' "
            "marker-end='url(#a)'/>\n",
            x1, y1, x2, y2, (int)(60 + 180 * share), (int)(140 - 100 * share), 1 + 5 * share);
    if (x1 == x2)
        fprintf(d->to, "<text x='%d' y='%d' class='n' text-anchor='%s'>%ld</text>\n",
                cx + (y2 < y1 ? -5 : 5), cy + 3, y2 < y1 ? "end" : "start", flits);
    else
        fprintf(d->to, "<text x='%d' y='%d' class='n' text-anchor='middle'>%ld</text>\n", cx,
                cy + (x2 > x1 ? -5 : 12), flits);
}

static void draw_links(const struct drawing *d, const struct ohm_links *l)
{
    const struct ohm_config *c = &d->m->config;
    for (int y = 0; y < c->mesh_h; y++) {
        for (int x = 0; x < c->mesh_w; x++) {
            const long *f = l->flits[y * c->mesh_w + x];
            int cx = left(x) + SIDE / 2, cy = top(d, y) + SIDE / 2, gap = PITCH - SIDE / 2;
            draw_link(d, cx - LANE, cy - SIDE / 2, cx - LANE, cy - gap, f[NORTH]);
            draw_link(d, cx + LANE, cy + SIDE / 2, cx + LANE, cy + gap, f[SOUTH]);
            draw_link(d, cx + SIDE / 2, cy - LANE, cx + gap, cy - LANE, f[EAST]);
            draw_link(d, cx - SIDE / 2, cy + LANE, x ? cx - gap : cx - SIDE / 2 - 40, cy + LANE,
                      f[WEST]);
        }
    }
    int y = top(d, 0) + SIDE / 2;
    draw_link(d, MARGIN - 40, y - LANE, MARGIN, y - LANE, l->in);
    fprintf(d->to, "<text x='%d' y='%d' class='t' text-anchor='end'>host</text>\n", MARGIN - 45,
            y + 4);
}

static void draw_tile(const struct drawing *d, const struct ohm_tile_map *t)
{
    const struct ohm_layer_map *lm = &d->m->layers[t->layer];
    const int x = left(t->x), y = top(d, t->y);
    double busy = (double)t->windows * d->m->vmm_cycles / (double)d->cycles;
    fprintf(d->to, "<rect x='%d' y='%d' width='%d' height='%d' rx='6' fill='%s' stroke='#333'/>\n",
            x, y, SIDE, SIDE, COLORS[(size_t)t->layer % COLOR_COUNT]);
    fprintf(d->to, "<text x='%d' y='%d' class='t' font-weight='bold'>", x + 6, y + 18);
    put_name(d->to, d->m->net->layers[t->layer].name);
    fprintf(d->to, "</text>\n<text x='%d' y='%d' class='s'>row part %d of %d</text>\n", x + 6,
            y + 34, t->row_part + 1, lm->row_parts);
    fprintf(d->to, "<text x='%d' y='%d' class='s'>outputs %d-%d</text>\n", x + 6, y + 47, t->out0,
            t->out0 + t->outs - 1);
    if (lm->replicas > 1)
        fprintf(d->to, "<text x='%d' y='%d' class='s'>replica %d of %d</text>\n", x + 6, y + 60,
                t->replica + 1, lm->replicas);
    fprintf(d->to, "<text x='%d' y='%d' class='s'>busy %.0f %%</text>\n", x + 6, y + 76,
            100 * busy);
    fprintf(d->to,
            "<rect x='%d' y='%d' width='%d' height='6' fill='none' stroke='#555'/><rect x='%d' "
            "y='%d' width='%.1f' height='6' fill='#555'/>\n",
            x + 6, y + 82, SIDE - 12, x + 6, y + 82, busy * (SIDE - 12));
}

static void draw(const struct drawing *d, const struct ohm_links *l)
{
    const struct ohm_mapping *m = d->m;
    const struct ohm_config *c = &m->config;
    int layer = 0, width = 2 * MARGIN + c->mesh_w * PITCH - (PITCH - SIDE),
        height = 2 * MARGIN + c->mesh_h * PITCH - (PITCH - SIDE) + FOOT;
    long cycles = ohm_bottleneck(m, &layer);
    fprintf(d->to,
            "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' "
            "font-family='sans-serif'>\n"
            "<style>.t{font-size:13px}.s{font-size:10px}.n{font-size:9px;fill:#444}</style>\n"
            "<defs><marker id='a' viewBox='0 0 6 6' refX='5' refY='3' markerWidth='5' "
            "markerHeight='5' markerUnits='userSpaceOnUse' orient='auto'>"
            "<path d='M0,0L6,3L0,6z' fill='#444'/></marker></defs>\n<rect width='100%%' "
            "height='100%%' fill='white'/>\n",
            width, height, width, height);
    fprintf(d->to, "<text x='%d' y='30' class='t' font-weight='bold'>", MARGIN);
    put_name(d->to, m->net->name);
    fprintf(d->to, ", mapping %s, %s %dx%d</text>\n", ohm_mapping_name(m->kind), c->name, c->mesh_w,
            c->mesh_h);
    for (int y = 0; y < c->mesh_h; y++)
        for (int x = 0; x < c->mesh_w; x++)
            fprintf(d->to,
                    "<rect x='%d' y='%d' width='%d' height='%d' rx='6' fill='#f4f4f4' "
                    "stroke='#bbb'/>\n",
                    left(x), top(d, y), SIDE, SIDE);
    for (int i = 0; i < m->tile_count; i++)
        draw_tile(d, &m->tiles[i]);
    draw_links(d, l);
    fprintf(d->to, "<text x='%d' y='%d' class='t'>busiest layer ", MARGIN, height - FOOT);
    put_name(d->to, m->net->layers[layer].name);
    fprintf(d->to,
            ": %ld cycles an image; busiest link: %ld flits an image</text>\n"
            "<text x='%d' y='%d' class='s'>numbers at the links: flits per image; busy: share of "
            "the busiest tile's time</text>\n</svg>\n",
            cycles, m->load.busiest, MARGIN, height - FOOT + 18);
}

int ohm_mapping_draw(const struct ohm_mapping *m, const char *path, struct ohm_error *err)
{
    struct ohm_links l;
    int layer;
    struct ohm_file f;
    if (ohm_file_create(&f, NULL, path, err))
        return -1;
    struct drawing d = {f.to, m, m->load.busiest ? m->load.busiest : 1, ohm_bottleneck(m, &layer)};
    ohm_measure_links(m, &l);
    draw(&d, &l);
    return ohm_file_finish(&f, err);
}
