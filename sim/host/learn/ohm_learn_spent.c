/* SPDX-License-Identifier: Apache-2.0
 * What a learning matrix is and what it took: weights, histogram, pulses, endurance, energy. */
#include <math.h>
#include <string.h>

#include "ohm_config.h"
#include "ohm_learn_parts.h"

double ohm_learn_level(const struct ohm_learn *l, enum ohm_cell_sel dev, int input, int output)
{
    const struct learn_array *a = &l->arrays[input / l->o.rows * l->across + output / l->o.cols];
    const struct ohm_device_model *m = l->o.device;
    const struct ohm_array_device d = ohm_array_device(a->t.array, dev, (unsigned)(input - a->row0),
                                                       (unsigned)(output - a->col0));

    return (d.g - m->g_min) / (m->g_max - m->g_min);
}

double ohm_learn_weight(const struct ohm_learn *l, int input, int output)
{
    return ohm_learn_level(l, OHM_CELL_PLUS, input, output)
           - ohm_learn_level(l, OHM_CELL_MINUS, input, output);
}

void ohm_learn_histogram(const struct ohm_learn *l, uint64_t count[OHM_LEARN_BINS])
{
    memset(count, 0, OHM_LEARN_BINS * sizeof *count);
    for (int i = 0; i < l->inputs; i++)
        for (int o = 0; o < l->outputs; o++)
            for (int dev = OHM_CELL_PLUS; dev <= OHM_CELL_MINUS; dev++) {
                const double level = ohm_learn_level(l, (enum ohm_cell_sel)dev, i, o);
                const int bin = (int)floor(level / 1.5 * OHM_LEARN_BINS);
                count[bin < 0 ? 0 : bin >= OHM_LEARN_BINS ? OHM_LEARN_BINS - 1 : bin]++;
            }
}

/* Energy of the reads of one array: its conductances count as they are now. */
static double read_energy(const struct ohm_learn *l, const struct learn_array *a, uint64_t reads,
                          const struct ohm_energy_params *p)
{
    const double unit = (l->o.device->g_max - l->o.device->g_min) / OHM_CODE_MAX;
    const unsigned rows = (unsigned)a->t.rows, cols = (unsigned)a->t.cols;
    struct ohm_config config;
    struct ohm_error err;
    struct ohm_energy e;
    double g = 0;

    if (ohm_config_find("large", &config, &err))
        return 0;
    for (unsigned r = 0; r < rows; r++)
        for (unsigned c = 0; c < cols; c++)
            for (int dev = OHM_CELL_PLUS; dev <= OHM_CELL_MINUS; dev++)
                g += ohm_array_device(a->t.array, (enum ohm_cell_sel)dev, r, c).g / unit;
    const uint64_t codes = a->codes, steps = 2 * (uint64_t)l->o.code_max + 1;
    const struct ohm_tile_activity t = {
        .vectors = reads, .pulses = a->driven, .row_ticks = a->ticks,
        .charge = (uint64_t)((double)a->ticks * g / rows), .integrations = codes,
        .column_ticks = codes * 255, .ramp_steps = reads * steps, .column_steps = codes * steps,
        .terms = codes, .outputs = codes,
    };
    ohm_energy_tile(p, &config, &t, l->o.device->g_max, 1000, &e);
    return ohm_energy_sum(&e, 0);
}

void ohm_learn_spent(const struct ohm_learn *l, const struct ohm_energy_params *energy,
                     struct ohm_learn_spent *out)
{
    double cycles = 0;

    memset(out, 0, sizeof *out);
    out->reads[0] = l->reads[0];
    out->reads[1] = l->reads[1];
    out->counts.updates = l->updates;
    for (int i = 0; i < l->count; i++) {
        const struct learn_array *a = &l->arrays[i];
        out->counts.pulses += a->t.counts.pulses;
        out->counts.cells += a->t.counts.cells;
        out->clipped += a->clipped;
        out->codes += a->codes;
        for (unsigned r = 0; r < (unsigned)a->t.rows; r++)
            for (unsigned c = 0; c < (unsigned)a->t.cols; c++)
                for (int dev = OHM_CELL_PLUS; dev <= OHM_CELL_MINUS; dev++) {
                    const uint32_t n =
                        ohm_array_device(a->t.array, (enum ohm_cell_sel)dev, r, c).cycles;
                    cycles += n;
                    out->cycles_most = n > out->cycles_most ? n : out->cycles_most;
                }
        if (energy)
            out->read_pj += read_energy(l, a, l->reads[0] + l->reads[1], energy);
    }
    out->cycles_mean = cycles / (2.0 * l->inputs * l->outputs);
    if (energy)
        out->write_pj = 1e-3 * energy->write_fj * (double)out->counts.cells;
}
