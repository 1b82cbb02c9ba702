/* SPDX-License-Identifier: Apache-2.0
 * Pulses to the cells of an array (docs/reference/programming.md). The state of its devices is made
 * at the first pulse, from what was loaded; until then an array is what it was loaded to. */
#include "ohm_array_parts.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_rng.h"

/* Numbers go into the keys: never reuse one (ohm_settle.c). */
enum { DOMAIN_SWITCH = 10, DOMAIN_PULSE = 11, DOMAIN_HALF = 12, DOMAIN_SEEN = 13 };

static const struct ohm_device_model *device_of(const struct ohm_array *a)
{
    return a->settler.device;
}

static int bit(const uint32_t *mask, unsigned i)
{
    return (int)(mask[i / 32] >> i % 32 & 1);
}

static double loaded_state(const struct ohm_array *a, unsigned dev, size_t cell)
{
    const struct ohm_device_model *m = device_of(a);
    const struct programmed *p = &a->cells[dev][cell];
    if (p->events == 0 && m->switching->common[OHM_SWITCH_FORM_AMP].value > 0)
        return OHM_SWITCH_UNFORMED;
    return ohm_switch_state(m->switching, ohm_device_target(m, p->code, OHM_CODE_MAX), m->g_min,
                            m->g_max);
}

/* Counts of a line of a device: rows first, then columns, then all pulses together. */
static size_t half_lines(const struct ohm_array *a)
{
    return (size_t)a->rows + (size_t)a->cols + 1;
}

static uint32_t *half_of(const struct ohm_array *a, unsigned dev, unsigned parallel, int set)
{
    return a->half + ((parallel * DEVICES + dev) * 2 + (unsigned)set) * half_lines(a);
}

/* Half-selects that the device has yet to feel. */
static void half_selects(const struct ohm_array *a, unsigned dev, unsigned parallel, unsigned row,
                         unsigned col, uint32_t n[2])
{
    const struct pulsed *d = pulsed_at(a, dev, parallel, cell_index(a, row, col));
    const int thirds = ohm_switch_thirds(device_of(a)->switching);
    uint32_t other[2]; /* pulses to neither its row nor its column */
    for (int set = 0; set < 2; set++) {
        const uint32_t *lines = half_of(a, dev, parallel, set),
                       both = lines[row] + lines[(unsigned)a->rows + col];
        n[set] = both - 2 * d->got[set] - d->felt[set];
        other[set] = lines[half_lines(a) - 1] - both + d->got[set];
    }
    for (int set = 0; thirds && set < 2; set++)
        n[set] += other[!set];
}

/* The state with those half-selects. */
static double disturbed(const struct ohm_array *a, const struct pulsed *d, uint64_t place,
                        const uint32_t n[2])
{
    const uint64_t key = ohm_key_add(a->half_key, place);
    double xi[2] = {0, 0};
    for (unsigned set = 0; set < 2; set++)
        if (n[set])
            xi[set] = ohm_normal(ohm_key_at(key, 2 * (uint64_t)d->number + set));
    return ohm_switch_half(device_of(a)->switching, &d->keeps, d->w, n, xi);
}

double ohm_array_reached(const struct ohm_array *a, unsigned dev, unsigned parallel, unsigned row,
                         unsigned col)
{
    const struct ohm_device_model *m = device_of(a);
    const struct pulsed *d = pulsed_at(a, dev, parallel, cell_index(a, row, col));
    const uint64_t place = place_of(dev, parallel, row, col);
    double w = d->w;
    if (a->half) {
        uint32_t n[2];
        half_selects(a, dev, parallel, row, col, n);
        w = disturbed(a, d, place, n);
    }
    if (m->switching->model->seen && d->cycles)
        w = m->switching->model->seen(
            m->switching, w, ohm_normal(ohm_key_at(ohm_key_add(a->seen_key, place), d->number)));
    return ohm_switch_conductance(m->switching, w, m->g_min, m->g_max);
}

void ohm_array_reached_row(const struct ohm_array *a, unsigned dev, unsigned row,
                           const uint16_t *cols, int n, double *g)
{
    const struct ohm_device_model *m = device_of(a);
    const struct pulsed *d = pulsed_at(a, dev, 0, cell_index(a, row, 0));
    uint64_t place[SIZE_MAX_SIDE] __attribute__((aligned(64))),
        number[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    double xi[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    for (int i = 0; i < n; i++) {
        place[i] = place_of(dev, 0, row, cols[i]);
        number[i] = d[cols[i]].number;
    }
    if (m->switching->model->seen)
        ohm_normals_of(a->simd, a->seen_key, place, number, n, xi);
    for (int i = 0; i < n; i++) {
        double w = d[cols[i]].w;
        if (m->switching->model->seen && d[cols[i]].cycles)
            w = m->switching->model->seen(m->switching, w, xi[i]);
        g[i] = ohm_switch_conductance(m->switching, w, m->g_min, m->g_max);
    }
}

/* Makes the state of all devices. */
static int open_state(struct ohm_array *a, struct ohm_error *err)
{
    const struct ohm_switch *s = device_of(a)->switching;
    const size_t cells = (size_t)a->rows * (size_t)a->cols;
    const unsigned devices = (unsigned)(DEVICES * a->parallel);
    const int disturbs = s->common[OHM_SWITCH_HALF_MEAN].value > 0
                         || s->common[OHM_SWITCH_HALF_SPREAD].value > 0;
    struct pulsed *made = calloc(devices * cells, sizeof *made);
    struct sensed *kept[DEVICES] = {calloc(cells, sizeof **kept), calloc(cells, sizeof **kept)};
    uint32_t *half = disturbs ? calloc(devices * 2 * half_lines(a), sizeof *half)
                              : NULL;
    if (!made || !kept[PLUS] || !kept[MINUS] || (disturbs && !half)) {
        free(made);
        free(kept[PLUS]);
        free(kept[MINUS]);
        free(half);
        return ohm_fail(err, "array: out of memory for the states of %d x %d cells", a->rows,
                        a->cols);
    }
    a->switch_key = ohm_key_add(ohm_key(a->seed, DOMAIN_SWITCH), a->macro);
    a->pulse_key = ohm_key_add(ohm_key(a->seed, DOMAIN_PULSE), a->macro);
    a->half_key = ohm_key_add(ohm_key(a->seed, DOMAIN_HALF), a->macro);
    a->seen_key = ohm_key_add(ohm_key(a->seed, DOMAIN_SEEN), a->macro);
    a->pulsed = made;
    memcpy(a->kept, kept, sizeof kept);
    a->half = half;
    for (unsigned i = 0; i < devices; i++)
        for (size_t cell = 0; cell < cells; cell++) {
            const unsigned dev = i % DEVICES, row = (unsigned)(cell / (size_t)a->cols),
                           col = (unsigned)(cell % (size_t)a->cols);
            struct pulsed *d = pulsed_at(a, dev, i / DEVICES, cell);
            d->keeps = ohm_switch_device(
                s, ohm_key_add(a->switch_key, place_of(dev, i / DEVICES, row, col)));
            d->w = loaded_state(a, dev, cell);
            d->number = a->cells[dev][cell].events;
        }
    ohm_array_all_stale(a);
    return 0;
}

void ohm_array_loaded(struct ohm_array *a, unsigned dev, size_t cell)
{
    const unsigned row = (unsigned)(cell / (size_t)a->cols),
                   col = (unsigned)(cell % (size_t)a->cols);
    for (unsigned k = 0; k < (unsigned)a->parallel; k++) {
        struct pulsed *d = pulsed_at(a, dev, k, cell);
        uint32_t n[2] = {0, 0};
        if (a->half)
            half_selects(a, dev, k, row, col, n);
        for (int set = 0; set < 2; set++)
            d->felt[set] += n[set];
        d->w = loaded_state(a, dev, cell);
        d->number++;
        d->time = a->seconds;
    }
}

int ohm_array_selects(const struct ohm_array *a, unsigned sel, int pulse, struct ohm_error *err)
{
    const char *kind = pulse ? "pulse" : "read";
    if (sel > OHM_CELL_MINUS_LEAST || sel == 3 || (pulse && sel == OHM_CELL_BOTH))
        return ohm_fail(err, "%s: device code %u, expected %s1, 2 or 4 to 7", kind, sel,
                        pulse ? "" : "0, ");
    if (sel >= OHM_CELL_PLUS_MOST && a->parallel == 1)
        return ohm_fail(err, "%s: device code %u of a cell without devices in parallel", kind, sel);
    if (pulse && !device_of(a)->switching)
        return ohm_fail(err,
                        "pulse: %s devices have no switching model, expected a line switching = "
                        "<name> in their file",
                        device_of(a)->name);
    if (pulse && a->macro < 256 && a->physics.map[a->macro])
        return ohm_fail(err, "pulse: the tile's conductances are a measured map");
    return 0;
}

/* Femtojoules of a pulse to a device, at the mean of what it conducts before and after. */
static double heat(const struct ohm_device_model *m, const struct ohm_switch_pulse *p,
                   double before, double after)
{
    const struct ohm_switch *s = m->switching;
    return ohm_switch_fj(s, p,
                         (ohm_switch_conductance(s, before, m->g_min, m->g_max)
                          + ohm_switch_conductance(s, after, m->g_min, m->g_max))
                             / 2);
}

/* The pulse of one device; the femtojoules it took, where they are known. */
static double pulse_device(struct ohm_array *a, const struct ohm_switch_pulse *p, unsigned dev,
                         unsigned parallel, unsigned row, unsigned col)
{
    struct pulsed *d = pulsed_at(a, dev, parallel, cell_index(a, row, col));
    const uint64_t place = place_of(dev, parallel, row, col);
    const struct ohm_device_model *m = device_of(a);
    if (a->half) {
        uint32_t n[2];
        half_selects(a, dev, parallel, row, col, n);
        d->w = disturbed(a, d, place, n);
        for (int set = 0; set < 2; set++)
            d->felt[set] += n[set];
        d->got[p->set] += p->width + 1;
    }
    d->number++;
    const double before = d->w;
    d->w = ohm_switch_pulse(m->switching, &d->keeps, d->w, d->cycles, p,
                            ohm_normal(ohm_key_at(ohm_key_add(a->pulse_key, place), d->number)));
    d->cycles++;
    d->time = a->seconds;
    return heat(m, p, before, d->w);
}

/* The pulse of one device of each of these cells of a row; their draws are made together. */
static double pulse_row(struct ohm_array *a, const struct ohm_switch_pulse *p, unsigned dev,
                        unsigned parallel, unsigned row, const uint16_t *cols, int n)
{
    const struct ohm_switch *s = device_of(a)->switching;
    const int heats = ohm_switch_heats(s);
    double fj = 0;
    struct pulsed *of = pulsed_at(a, dev, parallel, cell_index(a, row, 0));
    uint64_t place[SIZE_MAX_SIDE] __attribute__((aligned(64))),
        number[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    double xi[SIZE_MAX_SIDE] __attribute__((aligned(64)));
    for (int i = 0; i < n; i++) {
        place[i] = place_of(dev, parallel, row, cols[i]);
        number[i] = of[cols[i]].number + 1;
    }
    ohm_normals_of(a->simd, a->pulse_key, place, number, n, xi);
    for (int i = 0; i < n; i++) {
        struct pulsed *d = &of[cols[i]];
        const double before = d->w;
        d->number++;
        d->w = ohm_switch_pulse(s, &d->keeps, d->w, d->cycles, p, xi[i]);
        d->cycles++;
        d->time = a->seconds;
        fj += heats ? heat(device_of(a), p, before, d->w) : 0;
    }
    return fj;
}

/* Numbers of the lines whose bits are set. */
static int selected(const uint32_t *mask, int lines, uint16_t *out)
{
    int n = 0;
    for (int w = 0; w * 32 < lines; w++)
        for (uint32_t left = mask[w]; left; left &= left - 1) {
            const int line = w * 32 + __builtin_ctz(left);
            if (line < lines)
                out[n++] = (uint16_t)line;
        }
    return n;
}

/* The lines of a pulse disturb what else is on them. */
static void disturb_lines(struct ohm_array *a, const struct ohm_switch_pulse *p, unsigned dev,
                          unsigned parallel, const uint32_t *rows, const uint32_t *cols)
{
    uint32_t *lines = half_of(a, dev, parallel, p->set);
    for (unsigned row = 0; row < (unsigned)a->rows; row++)
        for (unsigned col = 0; col < (unsigned)a->cols; col++)
            if (bit(rows, row) || bit(cols, col)) {
                a->stale[cell_index(a, row, col)] |= (uint8_t)(1 << dev);
                a->stale_row[row] = 1;
            }
    for (unsigned row = 0; row < (unsigned)a->rows; row++)
        lines[row] += bit(rows, row) ? p->width + 1 : 0;
    for (unsigned col = 0; col < (unsigned)a->cols; col++)
        lines[(unsigned)a->rows + col] += bit(cols, col) ? p->width + 1 : 0;
    lines[half_lines(a) - 1] += p->width + 1;
    if (ohm_switch_thirds(device_of(a)->switching))
        ohm_array_all_stale(a);
}

int ohm_array_pulse(struct ohm_array *a, const struct ohm_array_pulse *p, const uint32_t *rows,
                    const uint32_t *cols, struct ohm_error *err)
{
    if (ohm_array_selects(a, p->dev, 1, err))
        return -1;
    if (!a->pulsed && open_state(a, err))
        return -1;
    const struct ohm_switch_pulse each = {p->set != 0, p->amp & 255, p->width & 15};
    const int one = p->dev >= OHM_CELL_PLUS_MOST;
    const unsigned dev = one ? p->dev & 1 : p->dev == OHM_CELL_MINUS,
                   first = one ? p->dev >= OHM_CELL_PLUS_LEAST : 0,
                   last = one ? first : (unsigned)a->parallel - 1;
    double fj = 0;
    uint16_t row[SIZE_MAX_SIDE], col[SIZE_MAX_SIDE];
    const int row_count = selected(rows, a->rows, row), col_count = selected(cols, a->cols, col);
    for (int r = 0; r < row_count; r++) {
        for (unsigned k = first; k <= last; k++) {
            if (!a->half)
                fj += pulse_row(a, &each, dev, k, row[r], col, col_count);
            for (int c = 0; a->half && c < col_count; c++)
                fj += pulse_device(a, &each, dev, k, row[r], col[c]);
        }
        for (int c = 0; c < col_count; c++)
            a->stale[cell_index(a, row[r], col[c])] |= (uint8_t)(1 << dev);
        a->stale_row[row[r]] = 1;
    }
    for (unsigned k = first; a->half && k <= last; k++)
        disturb_lines(a, &each, dev, k, rows, cols);
    a->any_stale = 1;
    a->unsolved = ~0u;
    a->pulse_devices = (uint64_t)row_count * (uint64_t)col_count * (last - first + 1);
    a->pulse_fj = (uint64_t)(fj + 0.5);
    return 0;
}

struct ohm_array_pulsed ohm_array_pulsed(const struct ohm_array *a)
{
    return (struct ohm_array_pulsed){.devices = a->pulse_devices, .fj = a->pulse_fj,
                                     .known = device_of(a)->switching
                                              && ohm_switch_heats(device_of(a)->switching)};
}

struct ohm_array_device ohm_array_device(const struct ohm_array *a, enum ohm_cell_sel sel,
                                         unsigned row, unsigned col)
{
    const int one = sel >= OHM_CELL_PLUS_MOST;
    const unsigned dev = one ? sel & 1 : sel == OHM_CELL_MINUS,
                   k = one && sel >= OHM_CELL_PLUS_LEAST;
    const size_t cell = cell_index(a, row, col);
    struct ohm_array_device d = {.number = a->cells[dev][cell].events,
                                 .g = ohm_array_settle(a, dev, k, row, col).g};
    if (a->pulsed) {
        const struct pulsed *p = pulsed_at(a, dev, k, cell);
        d.w = p->w;
        d.number = p->number;
        d.cycles = p->cycles;
    } else if (device_of(a)->switching) {
        d.w = loaded_state(a, dev, cell);
    }
    return d;
}
