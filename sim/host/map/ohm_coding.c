/* SPDX-License-Identifier: Apache-2.0
 * How inputs, weights and column sums are coded: input slices, phases, bits of a cell, groups of
 * rows, bits of the ramp.
 *
 * A vector is read once for each slice × group of rows × sign of inputs (1, or 2 apart) × device
 * (1, or 2 apart). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_adc.h"
#include "ohm_array.h"
#include "ohm_mapper_steps.h"


void ohm_coding_default(enum ohm_mapping_kind kind, struct ohm_coding *out)
{
    int exact = kind == OHM_MAPPING_EXACT, bits = exact ? 1 : OHM_INPUT_BITS;
    *out = (struct ohm_coding){.kind = kind,
                               .slice_count = OHM_INPUT_BITS / bits,
                               .cell_bits = exact ? 2 : OHM_WEIGHT_BITS, .row_groups = 1,
                               .adc_bits = 8, .copies = 1, .lanes = OHM_LANES};
    for (int k = 0; k < out->slice_count; k++)
        out->slice_bits[k] = bits;
}

int ohm_coding_slices(const char *text, struct ohm_coding *c, struct ohm_error *err)
{
    int count = 0, sum = 0;
    const char *p = text;
    for (;;) {
        int repeat = 1, bits = *p - '0';
        if (p[0] >= '1' && p[0] <= '8' && p[1] == 'x') { /* 8x1: eight slices of one bit */
            repeat = *p - '0';
            p += 2;
            bits = *p - '0';
        }
        if (bits < 1 || bits > OHM_INPUT_BITS || sum + repeat * bits > OHM_INPUT_BITS)
            break;
        sum += repeat * bits;
        while (repeat--)
            c->slice_bits[count++] = bits;
        p++;
        if (*p == '+')
            p++;
        else if (*p || sum != OHM_INPUT_BITS)
            break;
        else {
            c->slice_count = count;
            return 0;
        }
    }
    return ohm_fail(
        err,
        "%s, expected bits of the input slices, highest first, together %d: 8, 4+4, 2+3+3, 8x1",
        text, OHM_INPUT_BITS);
}

int ohm_columns_per_output(const struct ohm_coding *c)
{
    return (OHM_WEIGHT_BITS + c->cell_bits - 1) / c->cell_bits;
}

int ohm_cell_level(const struct ohm_coding *c)
{
    return OHM_CODE_MAX / ((1 << c->cell_bits) - 1);
}

static int widest(const struct ohm_coding *c)
{
    int bits = 0;
    for (int k = 0; k < c->slice_count; k++)
        bits = c->slice_bits[k] > bits ? c->slice_bits[k] : bits;
    return bits;
}

int ohm_exact_rows(const struct ohm_coding *c)
{
    return OHM_EXACT_RAMP / (((1 << widest(c)) - 1) * ((1 << c->cell_bits) - 1));
}

static int reads_of_slice(const struct ohm_coding *c)
{
    return c->row_groups * (1 + c->apart_inputs) * (1 + c->apart_weights);
}

int ohm_coding_check(const struct ohm_coding *c, const struct ohm_config *config,
                     struct ohm_error *err)
{
    const char *name = ohm_mapping_name(c->kind);
    int start = -OHM_EXACT_RAMP, most = (1 << (config->code_w - 1)) - 1,
        reads = c->slice_count * reads_of_slice(c);
    if (c->kind == OHM_MAPPING_PWM)
        start = -(1 << (c->adc_bits - 1));
    else if (c->row_groups * ohm_exact_rows(c) < 4)
        return ohm_fail(err,
                        "mapping exact: %d rows of %d-bit inputs and %d-bit cells fit its ramp, "
                        "expected at least 4",
                        c->row_groups * ohm_exact_rows(c), widest(c), c->cell_bits);
    if (-start > most || reads > config->nslice)
        return ohm_fail(err,
                        "mapping %s: needs codes of ±%d and %d slices, configuration %s has CODE_W "
                        "%d, NSLICE %d",
                        name, -start, reads, config->name, config->code_w, config->nslice);
    const int codes = c->kind == OHM_MAPPING_PWM ? 1 << c->adc_bits : 2 * OHM_EXACT_RAMP + 1;
    if (codes > ohm_adc_codes(config))
        return ohm_fail(err,
                        "mapping %s: needs %d codes, expected at most %d: configuration %s has "
                        "ADC_BITS %d (--adc-bits)",
                        name, codes, ohm_adc_codes(config), config->name, config->adc_bits);
    if (c->kind == OHM_MAPPING_EXACT && c->copies > 1)
        return ohm_fail(err, "mapping exact: %d copies of a weight, expected 1", c->copies);
    if ((c->row_groups > 1 || c->pulse_count) && !config->modes)
        return ohm_fail(
            err, "mapping %s: row groups or pulse count need MODES, which configuration %s has not",
            name, config->name);
    return 0;
}

static int is_single_sign(const struct ohm_coding *c, int is_signed)
{
    return c->apart_weights && (c->apart_inputs || !is_signed);
}

static void ramp(const struct ohm_coding *c, int is_signed, int *start, int *stop)
{
    int single = is_single_sign(c, is_signed);
    if (c->kind == OHM_MAPPING_EXACT) {
        *start = single ? 0 : -OHM_EXACT_RAMP;
        *stop = OHM_EXACT_RAMP;
        return;
    }
    *start = single ? 0 : -(1 << (c->adc_bits - 1));
    *stop = *start + (1 << c->adc_bits) - 1;
}

void ohm_layer_ramp(const struct ohm_mapping *m, int layer, int *start, int *stop)
{
    ramp(&m->coding, ohm_net_signed(m->net, layer), start, stop);
}

int ohm_coding_cycles(const struct ohm_coding *c, const struct ohm_config *config, int columns)
{
    int start, stop, cycles = 0;
    ramp(c, 0, &start, &stop);
    for (int k = 0; k < c->slice_count; k++) {
        int integrate = ((1 << c->slice_bits[k]) - 1) * (c->pulse_count ? 2 : 1) + 3;
        int convert = ohm_adc_cycles(config, start, stop) + 1;
        int most = integrate > convert ? integrate : convert;
        cycles += most > columns ? most : columns;
    }
    return cycles * reads_of_slice(c);
}

/* Bits of slice k, lowest bits first; the highest slice of a signed layer has one bit less, or is
 * not there. */
static int slice_width(const struct ohm_mapping *m, int layer, int k)
{
    int at = m->coding.slice_count - 1 - k;
    return m->coding.slice_bits[at] - (at == 0 && ohm_net_signed(m->net, layer));
}

int ohm_layer_slices(const struct ohm_mapping *m, int layer)
{
    int n = m->coding.slice_count;
    return slice_width(m, layer, n - 1) ? n : n - 1;
}

int ohm_tile_reads(const struct ohm_mapping *m, int tile, struct ohm_read reads[OHM_READS_MAX])
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    const struct ohm_coding *c = &m->coding;
    int n = 0, lo = 0, groups = c->row_groups < t->rows ? c->row_groups : t->rows,
        slices = ohm_layer_slices(m, t->layer);
    for (int k = 0; k < slices; k++) {
        int width = slice_width(m, t->layer, k);
        for (int g = 0; g < groups; g++)
            for (int i = c->apart_inputs ? OHM_SLICE_IN_POSITIVE : OHM_SLICE_IN_ALL;
                 i <= (c->apart_inputs ? OHM_SLICE_IN_NEGATIVE : OHM_SLICE_IN_ALL); i++)
                for (int d = c->apart_weights ? OHM_SLICE_DEV_PLUS : OHM_SLICE_DEV_BOTH;
                     d <= (c->apart_weights ? OHM_SLICE_DEV_MINUS : OHM_SLICE_DEV_BOTH); d++)
                    reads[n++] = (struct ohm_read){.slice = k, .lo = lo, .width = width, .in = i,
                                                   .dev = d, .neg = (i == OHM_SLICE_IN_NEGATIVE)
                                                          != (d == OHM_SLICE_DEV_MINUS),
                                                   .first = t->rows * g / groups,
                                                   .last = t->rows * (g + 1) / groups - 1};
        lo += width;
    }
    return n;
}

void ohm_coding_text(const struct ohm_coding *c, char *text, size_t size)
{
    static const char *const APART[] = {"", "inputs", "weights", "both"};
    struct ohm_coding own;
    size_t n = 0;
    char all[128];
    ohm_coding_default(c->kind, &own);
    *all = '\0';
    if (c->slice_count != own.slice_count) {
        n += (size_t)snprintf(all, sizeof all, " --slices ");
        for (int k = 0; k < c->slice_count; k++)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%d", k ? "+" : "", c->slice_bits[k]);
    }
    if (c->cell_bits != own.cell_bits)
        n += (size_t)snprintf(all + n, sizeof all - n, " --cell-bits %d", c->cell_bits);
    if (c->apart_inputs || c->apart_weights)
        n += (size_t)snprintf(all + n, sizeof all - n, " --apart %s",
                              APART[c->apart_inputs + 2 * c->apart_weights]);
    if (c->pulse_count)
        n += (size_t)snprintf(all + n, sizeof all - n, " --pulse-count");
    if (c->row_groups != own.row_groups)
        n += (size_t)snprintf(all + n, sizeof all - n, " --row-groups %d", c->row_groups);
    if (c->adc_bits != own.adc_bits)
        n += (size_t)snprintf(all + n, sizeof all - n, " --adc-bits %d", c->adc_bits);
    if (c->copies != own.copies)
        n += (size_t)snprintf(all + n, sizeof all - n, " --copies %d", c->copies);
    if (c->spare_columns)
        n += (size_t)snprintf(all + n, sizeof all - n, " --spare-columns %d", c->spare_columns);
    if (c->lanes != own.lanes)
        n += (size_t)snprintf(all + n, sizeof all - n, " --lanes %d", c->lanes);
    if (c->links)
        snprintf(all + n, sizeof all - n, " --links durations");
    snprintf(text, size, "%s", *all ? all + 1 : "");
}
