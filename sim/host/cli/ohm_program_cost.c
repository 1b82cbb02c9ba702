/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_program_cost.h"

#include "ohm_program_cycles.h"

enum { CLOCK_MHZ = 1000 };

int ohm_cost_watch(struct ohm_activity *a, struct ohm_backend *b, struct ohm_error *err)
{
    if (b->count)
        return b->count(b->self, a, err);
    ohm_activity_watch(a, b->golden);
    return 0;
}

void ohm_cost_add(struct ohm_cost *cost, const struct ohm_activity *a, uint64_t rows,
                  uint64_t cycles)
{
    for (int k = 0; k < OHM_WORK_COUNT; k++)
        ohm_engine_add(&cost->work[k], &a->tile[0].engine[k]);
    cost->rows += rows;
    cost->cycles += cycles;
    cost->arrays++;
}

static double work_pj(const struct ohm_cost *cost, const struct ohm_device_model *device, int k)
{
    struct ohm_energy e;
    ohm_energy_engine(&cost->params, &cost->config, &cost->work[k], device->g_max - device->g_min,
                      CLOCK_MHZ, &e);
    return ohm_energy_sum(&e, 1);
}

/* Reads of one verify, or 1. */
static unsigned reads_of(const struct ohm_write_scheme *s, int k)
{
    const int reads = k == OHM_WORK_COARSE || k == OHM_WORK_FINE || k == OHM_WORK_FINAL;
    return reads ? 1u << ohm_write_value(s, k != OHM_WORK_COARSE, OHM_WRITE_AVERAGE) : 1;
}

static double cycles_of(const struct ohm_cost *cost, const struct ohm_engine_activity *w,
                        unsigned reads)
{
    const double n = (double)w->number;
    if (!w->ticks)
        return (double)w->width / n + ohm_program_cycles_pulse(0);
    return ohm_program_cycles_verify((unsigned)cost->config.cols, reads,
                                     (unsigned)((double)w->ticks / n + 0.5),
                                     (unsigned)((double)w->steps / n + 0.5));
}

void ohm_cost_print(const struct ohm_cost *cost, const struct ohm_write_scheme *s,
                    const struct ohm_device_model *device, FILE *to)
{
    static const char *const names[OHM_WORK_COUNT] = {"coarse verify", "fine verify",
                                                      "final verify", "set pulse", "reset pulse"};
    const double arrays = (double)cost->arrays, rows = (double)cost->rows;
    double all = 0;
    fprintf(to, "costs                 in an array     cycles each         nJ each\n");
    for (int k = 0; k < OHM_WORK_COUNT; k++) {
        const struct ohm_engine_activity *w = &cost->work[k];
        const unsigned reads = reads_of(s, k);
        const double n = (double)w->number / reads, nj = 1e-3 * work_pj(cost, device, k);
        all += nj;
        if (w->number)
            fprintf(to, "  %-13s x %-2u %15.1f %15.1f %15.3f\n", names[k], reads, n / arrays,
                    cycles_of(cost, w, reads), nj / n);
    }
    if (cost->cycles) {
        fprintf(to, "  %-18s %15.1f %15.1f %15.3f\n", "row", rows / arrays,
                (double)cost->cycles / rows, all / rows);
        fprintf(to, "  %-18s %15d %15.1f %15.3f\n", "array", 1, (double)cost->cycles / arrays,
                all / arrays);
    } else {
        fprintf(to, "  %-18s %15.1f %15s %15.3f\n", "row", rows / arrays, "-", all / rows);
        fprintf(to, "  %-18s %15d %15s %15.3f\n", "array", 1, "-", all / arrays);
    }
}
