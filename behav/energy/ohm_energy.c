/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_energy.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_converter.h"

#define G_CODE 16384.0 /* target code of G_max */

static const struct {
    const char *name;
    size_t at;
} PARAMS[] = {
#define PARAM(name) {#name, offsetof(struct ohm_energy_params, name)},
    OHM_ENERGY_PARAMS(PARAM)
#undef PARAM
};
enum { PARAM_COUNT = sizeof PARAMS / sizeof PARAMS[0] };

const char *ohm_component_name(enum ohm_component c)
{
    static const char *const names[OHM_PARTS] = {
        "drivers", "array",   "integrators", "adc",  "shift-add",  "post",
        "vector",  "buffers", "network",     "host", "programming"};
    return c < OHM_PARTS ? names[c] : "unknown";
}

/* ---- parameters ---- */

static int parse_line(const char *path, int number, char *line, struct ohm_energy_params *out,
                      int *seen, struct ohm_error *err)
{
    char *source = strchr(line, '#'), *end;
    char name[32];
    int used = 0;

    line[strcspn(line, "\n")] = '\0';
    if (line[strspn(line, " \t")] == '\0' || line[strspn(line, " \t")] == '#')
        return 0;
    if (sscanf(line, "%31s %n", name, &used) != 1 || !used)
        return ohm_fail(err, "%s:%d: expected a name, a value and a source behind '#'", path,
                        number);
    for (int i = 0; i < PARAM_COUNT; i++) {
        if (strcmp(name, PARAMS[i].name))
            continue;
        errno = 0;
        const double v = strtod(line + used, &end);
        end += strspn(end, " \t");
        if (end == line + used || errno || *end != '#' || !(v > 0) || !isfinite(v))
            return ohm_fail(
                err, "%s:%d: %s: '%.40s', expected a positive number and a source behind '#'", path,
                number, name, line + used);
        if (!source || source[1 + strspn(source + 1, " \t")] == '\0')
            return ohm_fail(err, "%s:%d: %s: source is empty, expected where the value comes from",
                            path, number, name);
        if (seen[i]++)
            return ohm_fail(err, "%s:%d: %s: given twice", path, number, name);
        *(double *)((char *)out + PARAMS[i].at) = v;
        return 0;
    }
    return ohm_fail(err, "%s:%d: %s: unknown parameter", path, number, name);
}

int ohm_energy_load(const char *path, struct ohm_energy_params *out, struct ohm_error *err)
{
    FILE *f = fopen(path, "r");
    int seen[PARAM_COUNT] = {0}, rc = 0;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    for (int number = 1; !rc && (length = getline(&line, &size, f)) >= 0; number++)
        rc = strlen(line) != (size_t)length
                 ? ohm_fail(err, "%s:%d: a byte 0, expected text", path, number)
                 : parse_line(path, number, line, out, seen, err);
    if (!rc && ferror(f))
        rc = ohm_fail(err, "%s: cannot be read", path);
    free(line);
    fclose(f);
    for (int i = 0; !rc && i < PARAM_COUNT; i++)
        if (!seen[i])
            rc = ohm_fail(err, "%s: %s: missing", path, PARAMS[i].name);
    return rc;
}

/* ---- energy ---- */

/* Words of a memory of so many words: the energy of an access grows with the square root of its
 * size. */
static double access_pj(const struct ohm_energy_params *p, double words)
{
    return 1e-3 * p->sram_word_fj * sqrt(words * 4 / 1024 > 1 ? words * 4 / 1024 : 1);
}

/* A vector unit: lanes; its memory, in banks of one lane each, of which there are two copies for
 * two reads; instructions of two words; tables, of which an entry and the next one are half a
 * word. */
static double unit_pj(const struct ohm_energy_params *p, const struct ohm_config *c,
                      const struct ohm_vec_work *w)
{
    if (!c->vlanes)
        return 0;
    return 1e-3 * ((double)w->elements * p->vector_element_fj
                   + (double)w->products * p->vector_product_fj)
           + (double)(w->reads + 2 * w->writes) * access_pj(p, (double)c->vmem_words / c->vlanes)
           + 2.0 * (double)w->instructions * access_pj(p, c->vprog)
           + (double)w->lookups * access_pj(p, 128.0 * c->vtables);
}

/* Without its programming engine. */
static void tile_parts(const struct ohm_energy_params *p, const struct ohm_config *c,
                       const struct ohm_tile_activity *t, double g_max, double clock_mhz,
                       struct ohm_energy *out)
{
    const double tick = p->tick_ns * 1e-9 * 1000 / clock_mhz;

    *out = (struct ohm_energy){{0}};
    out->pj[OHM_PART_DRIVERS] = 1e-3 * (double)t->pulses * p->driver_pulse_fj;
    /* V²·G·t of every device of the driven rows */
    out->pj[OHM_PART_ARRAY] =
        1e12 * p->read_volt * p->read_volt * 1e-6 * g_max / G_CODE * (double)t->charge * tick;
    out->pj[OHM_PART_INTEGRATORS] = 1e12 * p->integrator_uw * 1e-6 * (double)t->column_ticks * tick;
    out->pj[OHM_PART_ADC] = 1e-3 * ohm_converter_kind(c)->energy_fj(p, c, t);
    out->pj[OHM_PART_SHIFT_ADD] = 1e-3 * (double)t->terms * p->term_fj;
    out->pj[OHM_PART_POST] = 1e-3 * (double)t->outputs * p->output_fj;
    out->pj[OHM_PART_VECTOR] = unit_pj(p, c, &t->unit);
    /* an accumulator is read and written with each term, read once more and cleared with each
     * output */
    out->pj[OHM_PART_BUFFERS] =
        (double)(t->input_writes + t->input_reads) * access_pj(p, c->ibuf_words)
        + (double)t->window_accesses * access_pj(p, c->rows / 2.0)
        + (double)t->pool_accesses * access_pj(p, c->cols)
        + (double)(t->psum_writes + t->psum_reads) * access_pj(p, (double)c->psum_slots * c->cols)
        + 2.0 * (double)(t->terms + t->outputs) * access_pj(p, c->cols)
        + (double)(t->output_writes + t->output_reads) * access_pj(p, 2.0 * c->cols)
        + 1e-3 * (double)t->config_words * p->config_word_fj;
    out->pj[OHM_PART_NETWORK] = 1e-3 * (double)t->durations * p->duration_fj;
    out->pj[OHM_PART_PROGRAMMING] = 1e-3 * (double)t->programmed * p->write_pulses * p->write_fj;
}

/* A read drives a row, integrates and converts all columns, and each column takes a word of the
 * targets and adds to a memory of sums; a pulse drives a row. */
void ohm_energy_engine(const struct ohm_energy_params *p, const struct ohm_config *c,
                       const struct ohm_engine_activity *w, double g_max, double clock_mhz,
                       struct ohm_energy *out)
{
    const uint64_t cols = (uint64_t)c->cols, codes = w->ticks ? w->number * cols : 0;
    const struct ohm_tile_activity as = {.pulses = w->number, .row_ticks = w->ticks,
                                         .charge = w->charge, .integrations = codes,
                                         .column_ticks = w->ticks * cols, .ramp_steps = w->steps,
                                         .column_steps = w->steps * cols, .input_reads = codes};

    tile_parts(p, c, &as, g_max, clock_mhz, out);
    out->pj[OHM_PART_BUFFERS] += 2.0 * (double)codes * access_pj(p, c->cols);
    out->pj[OHM_PART_PROGRAMMING] +=
        1e-3 * ((double)w->unknown * p->write_fj + (double)w->fj);
}

void ohm_energy_tile(const struct ohm_energy_params *p, const struct ohm_config *c,
                     const struct ohm_tile_activity *t, double g_max, double clock_mhz,
                     struct ohm_energy *out)
{
    struct ohm_energy e;

    tile_parts(p, c, t, g_max, clock_mhz, out);
    for (int k = 0; k < OHM_WORK_COUNT; k++) {
        ohm_energy_engine(p, c, &t->engine[k], g_max, clock_mhz, &e);
        ohm_energy_add(out, &e);
    }
}

void ohm_energy_chip(const struct ohm_energy_params *p, const struct ohm_activity *a,
                     struct ohm_energy *out)
{
    *out = (struct ohm_energy){{0}};
    out->pj[OHM_PART_NETWORK] =
        1e-3
        * ((double)a->router_flits * p->router_flit_fj + (double)a->link_flits * p->link_flit_fj);
    out->pj[OHM_PART_HOST] = 1e-3 * (double)(a->words_in + a->words_out) * p->host_word_fj;
}

double ohm_energy_sum(const struct ohm_energy *e, int programming)
{
    double sum = 0;
    for (int i = 0; i < OHM_PARTS; i++)
        sum += i != OHM_PART_PROGRAMMING || programming ? e->pj[i] : 0;
    return sum;
}

void ohm_energy_add(struct ohm_energy *to, const struct ohm_energy *e)
{
    for (int i = 0; i < OHM_PARTS; i++)
        to->pj[i] += e->pj[i];
}

/* ---- area ---- */

void ohm_area_tile(const struct ohm_energy_params *p, const struct ohm_config *c,
                   struct ohm_area *out)
{
    const double words = c->ibuf_words + (double)c->psum_slots * c->cols
                         + (double)c->acc_banks * c->cols + 2.0 * c->cols
                         + 3.0 * c->cols /* column map, bias, scale */;
    /* the two multipliers, in units of 8 × 8 */
    const double product = (10.0 * 16 + 32.0 * 16) / 64;

    out->array = 1e-6 * c->rows * c->cols * p->cell_um2;
    out->drivers = 1e-6 * c->rows * p->driver_um2;
    out->columns = 1e-6 * ohm_converter_kind(c)->area_um2(p, c);
    out->digital = 1e-6 * (product * p->multiplier_um2 + 4 * p->shift_add_um2);
    out->buffers = 1e-6 * words * 4 / 1024 * p->sram_kb_um2;
    out->router = 1e-6 * p->router_um2;
    out->total =
        out->array + out->drivers + out->columns + out->digital + out->buffers + out->router;
}

void ohm_area_vector(const struct ohm_energy_params *p, const struct ohm_config *c,
                     struct ohm_area *out)
{
    /* two copies of the memory, programs, two halves of an entry's table in each lane, the shell's
     * input buffer and two banks of output */
    const double words = 2.0 * c->vmem_words + 2.0 * c->vprog
                         + 256.0 * c->vtables * c->vlanes + c->ibuf_words + 2.0 * c->cols;
    /* a lane: 32 by 16 bits; subtractor and distance of 32 bits, a sum of 56, in adders of 16 */
    const double product = 32.0 * 16 / 64, adders = 2 + 2 + 4;

    *out = (struct ohm_area){0};
    out->digital = 1e-6 * c->vlanes * (product * p->multiplier_um2 + adders * p->shift_add_um2);
    out->buffers = 1e-6 * words * 4 / 1024 * p->sram_kb_um2;
    out->router = 1e-6 * p->router_um2;
    out->total = out->digital + out->buffers + out->router;
}

/* ---- calibration ---- */

void ohm_energy_calibration(const struct ohm_energy_params *p, struct ohm_calibration *out)
{
    enum { SIDE = 256, LEVELS = 255 };
    const struct ohm_config core = {.name = "hermes", .rows = SIDE, .cols = SIDE,
                                    .ibuf_words = 4096, .psum_slots = 4, .acc_banks = 4};
    /* mean input half scale; a device pair that holds 5 µS on average of its G_max of 20.7 µS; all
     * 256 levels in 130 ns */
    const double g_max = 20.7, g_mean = 5, ns = 130, clock_mhz = 1000 * p->tick_ns * LEVELS / ns;
    const struct ohm_tile_activity once = {.vectors = 1,
                                           .macs = SIDE * SIDE,
                                           .pulses = SIDE,
                                           .row_ticks = SIDE * LEVELS / 2,
                                           .charge = SIDE * (LEVELS / 2.0) * SIDE * g_mean / g_max
                                                     * G_CODE,
                                           .integrations = SIDE, .column_ticks = SIDE * LEVELS,
                                           .ramp_steps = LEVELS + 1,
                                           .column_steps = SIDE * (LEVELS + 1), .terms = SIDE,
                                           .outputs = SIDE,
                                           .input_writes = SIDE / 4,
                                           .input_reads = SIDE / 4,
                                           .output_writes = SIDE,
                                           .output_reads = SIDE / 4};
    struct ohm_energy e;
    struct ohm_area area;

    *out = (struct ohm_calibration){
        .reference_tops_w = 10.5, .reference_ns = ns, .reference_tops_mm2 = 1.59};
    ohm_area_tile(p, &core, &area);
    out->tops_mm2 = 2.0 * SIDE * SIDE / ns * 1e-3 / (area.total - area.router);
    ohm_energy_tile(p, &core, &once, g_max, clock_mhz, &e);
    out->tops_w = 2.0 * SIDE * SIDE / ohm_energy_sum(&e, 0);
    out->tops_w_literature =
        2.0 * SIDE * SIDE / (ohm_energy_sum(&e, 0) - e.pj[OHM_PART_INTEGRATORS]);
    /* Here the ramp follows the integration, there the converter counts while it integrates: */
    out->ns = (LEVELS + 3) * p->tick_ns;
}
