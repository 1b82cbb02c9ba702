/* SPDX-License-Identifier: Apache-2.0 */
#include "pins.h"

#include <stdlib.h>
#include <string.h>

#define SIDE 256

struct work { /* on one device of a row */
    const struct pins_setting *s;
    unsigned row, dev, iterations;
    int target[SIDE], alone[SIDE], refused[SIDE], accepted[SIDE], sum[SIDE];
    uint32_t cells;
};

static unsigned code_of(const struct work *w)
{
    const unsigned most[2] = {4, 5}, least[2] = {6, 7}, both[2] = {1, 2};
    return w->s->part == 1 ? most[w->dev] : w->s->part == 2 ? least[w->dev] : both[w->dev];
}

static int pulse(struct pins *p, struct work *w, int set, unsigned amp, unsigned width,
                 const int *columns)
{
    struct ohm_trace_pulse t = {.set = (uint8_t)set, .dev = (uint8_t)code_of(w),
                                .amp = (uint8_t)amp, .width = (uint8_t)width};
    const struct ohm_array_pulse give = {(enum ohm_cell_sel)code_of(w), set, amp, width};
    if (p->stop_after == 0)
        return -1;
    p->stop_after--;
    t.rows[w->row / 32] = 1u << w->row % 32;
    for (int c = 0; c < p->cols; c++)
        if (columns[c]) {
            t.cols[c / 32] |= 1u << c % 32;
            w->cells++;
            p->cells++;
        }
    p->pulses++;
    ohm_macro_pulse(p->macro, &give, t.rows, t.cols);
    return p->on_pulse(p->user, &t);
}

/* Steps up the ramp until the column's comparator answers. */
static int read_once(struct pins *p, struct work *w, unsigned phase)
{
    const struct pins_phase *f = &w->s->phase[phase];
    const struct ohm_read_key key = {p->reads, 15, (uint8_t)phase, 0};
    uint32_t on[8] = {0}, off[8] = {0}, cmp[8];
    int code[SIDE], seen[SIDE] = {0};
    on[w->row / 32] = 1u << w->row % 32;
    ohm_macro_ramp_lsb(p->macro, f->lsb);
    ohm_macro_begin(p->macro, &key, code_of(w));
    ohm_macro_rows(p->macro, 0, on, off);
    ohm_macro_sample(p->macro, 0, (1u << f->w) - 1);
    for (int c = 0; c < p->cols; c++)
        code[c] = f->stop;
    for (int step = f->start - 1; step <= f->stop; step++) {
        ohm_macro_cmp(p->macro, step, cmp);
        for (int c = 0; c < p->cols; c++)
            if (!seen[c] && (cmp[c / 32] >> c % 32 & 1)) {
                seen[c] = 1;
                code[c] = step < f->start ? f->start : step;
            }
    }
    for (int c = 0; c < p->cols; c++) {
        const struct ohm_trace_code t = {.seq = p->reads, .code = code[c], .desc = 15,
                                         .slice = (uint8_t)phase, .col = (uint8_t)c};
        w->sum[c] += code[c];
        if (p->on_code(p->user, &t))
            return -1;
    }
    p->reads++;
    return 0;
}

static int verify(struct pins *p, struct work *w, unsigned phase)
{
    memset(w->sum, 0, sizeof w->sum);
    for (int i = 0; i < 1 << w->s->phase[phase].k; i++)
        if (read_once(p, w, phase))
            return -1;
    return 0;
}

static int work_phase(struct pins *p, struct work *w, unsigned phase)
{
    const struct pins_phase *f = &w->s->phase[phase];
    const int times = 1 << f->k;
    int set = (int)f->first;
    /* the pulses of both staircases, written out */
    struct { unsigned amp, width; } stair[2][300];
    int length[2], at = 0;
    for (int which = 0; which < 2; which++) {
        const struct pins_stair *s = which ? &f->set : &f->reset;
        int n = 0;
        for (unsigned a = s->amp0; a < s->amp_max; a += s->amp_step)
            stair[which][n].amp = a, stair[which][n++].width = s->width0;
        for (unsigned width = s->width0; width <= s->width_max; width++)
            stair[which][n].amp = s->amp_max, stair[which][n++].width = width;
        length[which] = n;
    }
    memset(w->accepted, 0, sizeof w->accepted);
    for (unsigned i = 1;; i++) {
        int low[SIDE] = {0}, high[SIDE] = {0}, lows = 0, highs = 0;
        if (verify(p, w, phase))
            return -1;
        w->iterations++;
        for (int c = 0; c < p->cols; c++) {
            const int e = w->sum[c] - times * w->target[c];
            if (w->alone[c] || w->accepted[c])
                continue;
            if (abs(e) <= times * (int)f->margin)
                w->accepted[c] = 1;
            else if (e < 0)
                low[c] = 1, lows++;
            else
                high[c] = 1, highs++;
        }
        if (lows + highs == 0 || i == f->limit)
            return 0;
        if (!(set ? lows : highs) || at == length[set]) {
            if (set ? highs : lows)
                set = !set;
            at = 0;
        }
        if (pulse(p, w, set, stair[set][at].amp, stair[set][at].width, set ? low : high))
            return -1;
        at++;
    }
}

static void report_device(struct pins *p, const struct work *w, uint32_t *to)
{
    const int ran = w->s->phase[0].limit || w->s->phase[1].limit;
    to[0] = w->row | w->dev << 8 | 1u << 9 | (w->iterations % 512) << 16;
    to[1] = w->cells;
    for (int c = 0; c < p->cols; c++) {
        const int times = 1 << w->s->phase[1].k,
                  off = abs(w->sum[c] - times * w->target[c]) / times;
        if (w->refused[c])
            to[0] |= 1u << 10;
        if (w->refused[c] || (ran && !w->alone[c] && !w->accepted[c])) {
            to[6 + c / 32] |= 1u << c % 32;
            p->fails++;
        }
        if (!w->alone[c]) {
            const int bin = off > 7 ? 7 : off;
            to[2 + bin / 2] += bin % 2 ? 0x10000u : 1;
        }
    }
}

int pins_row(struct pins *p, const struct pins_setting *s, unsigned row, const uint32_t *targets,
             uint32_t *report)
{
    const int masks = (p->cols + 31) / 32, words = s->codes ? p->cols : 2 * (6 + masks);
    memset(report, 0, SIDE * sizeof *report);
    for (unsigned dev = 0; dev < 2; dev++) {
        struct work w = {.s = s, .row = row, .dev = dev};
        int columns[SIDE] = {0}, any = 0;
        if (!(s->devices >> dev & 1))
            continue;
        for (int c = 0; c < p->cols; c++) {
            const uint32_t half = dev ? targets[c] >> 16 : targets[c] & 0xffff;
            w.target[c] = (int)(half & 0x7fff) - (half & 0x4000 ? 0x8000 : 0);
            w.refused[c] = !(half & 0x8000)
                           && (w.target[c] < s->phase[1].start || w.target[c] > s->phase[1].stop);
            w.alone[c] = (half & 0x8000) || w.refused[c];
            columns[c] = !w.alone[c];
            any |= columns[c];
        }
        for (unsigned i = 0; any && i < s->erase_count; i++)
            if (pulse(p, &w, (int)s->erase_set, s->erase_amp, s->erase_width, columns))
                return -1;
        for (unsigned phase = 0; phase < 2; phase++)
            if (s->phase[phase].limit && work_phase(p, &w, phase))
                return -1;
        if (verify(p, &w, 1))
            return -1;
        if (s->codes)
            for (int c = 0; c < p->cols; c++)
                report[c] |= (uint32_t)(w.sum[c] & 0xffff) << (dev ? 16 : 0);
        else
            report_device(p, &w, report + dev * (unsigned)(6 + masks));
        if (s->codes)
            report_device(p, &w, (uint32_t[SIDE]){0});
    }
    return words;
}
