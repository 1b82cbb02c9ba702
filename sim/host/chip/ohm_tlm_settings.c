/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_tlm_settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The ranges are those of docs/reference/configurations.md; `power`: powers of two only. */
static const struct {
    const char *name;
    size_t at;
    int min, max, power;
} SIZES[] = {
#define SIZE(field, min, max, power) {#field, offsetof(struct ohm_config, field), min, max, power}
    SIZE(rows, 4, 256, 0), SIZE(cols, 4, 256, 0), SIZE(acc_banks, 2, 8, 1), SIZE(ibuf_words, 64, 4096, 0),
    SIZE(psum_slots, 2, 8, 1), SIZE(nroute, 1, 8, 0), SIZE(ncredit, 1, 16, 0), SIZE(nreturn, 1, 16, 0),
    SIZE(fifo_depth, 2, 16, 0),
#undef SIZE
};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0] };

void ohm_tlm_settings_default(struct ohm_tlm_settings *s)
{
    *s = (struct ohm_tlm_settings){.timing = OHM_TLM_AT, .clock_mhz = 1000, .noc_num = 1, .noc_den = 1, .adc_steps = 1};
}

void ohm_tlm_settings_help(FILE *to)
{
    fprintf(to, "settings of --tlm: timing=at|lt clock_mhz=N noc_clock=N/D adc_steps=N trace=FILE");
    for (int i = 0; i < SIZE_COUNT; i++)
        fprintf(to, " %s=%d-%d", SIZES[i].name, SIZES[i].min, SIZES[i].max);
    fputc('\n', to);
}

/* A whole number in [min, max]. */
static int whole(const char *name, const char *text, int min, int max, int power, int *out, struct ohm_error *err)
{
    char *end;
    errno = 0;
    const long v = strtol(text, &end, 10);
    if (end == text || *end || errno || v < min || v > max || (power && (v & (v - 1))))
        return ohm_fail(err, "--tlm: %s: %s, expected a %s from %d to %d", name, text, power ? "power of two" : "number", min, max);
    *out = (int)v;
    return 0;
}

static int ratio(const char *text, unsigned *num, unsigned *den, struct ohm_error *err)
{
    int used = 0;
    *den = 1;
    if ((sscanf(text, "%2u/%2u%n", num, den, &used) != 2 || text[used]) && (sscanf(text, "%2u%n", num, &used) != 1 || text[used]))
        *num = 0;
    if (*num < 1 || *num > 16 || *den < 1 || *den > 16)
        return ohm_fail(err, "--tlm: noc_clock: %s, expected N or N/D of numbers from 1 to 16", text);
    return 0;
}

int ohm_tlm_settings_set(struct ohm_tlm_settings *s, struct ohm_config *config, const char *text, struct ohm_error *err)
{
    const char *value = strchr(text, '=');
    char name[32];
    int n;
    if (!value || (size_t)(value - text) >= sizeof name)
        return ohm_fail(err, "--tlm: %s, expected NAME=VALUE", text);
    snprintf(name, sizeof name, "%.*s", (int)(value - text), text);
    value++;
    for (int i = 0; i < SIZE_COUNT; i++)
        if (!strcmp(name, SIZES[i].name))
            return whole(name, value, SIZES[i].min, SIZES[i].max, SIZES[i].power, (int *)((char *)config + SIZES[i].at), err);
    if (!strcmp(name, "timing")) {
        if (strcmp(value, "at") && strcmp(value, "lt"))
            return ohm_fail(err, "--tlm: timing: %s, expected at or lt", value);
        s->timing = *value == 'l' ? OHM_TLM_LT : OHM_TLM_AT;
        return 0;
    }
    if (!strcmp(name, "noc_clock"))
        return ratio(value, &s->noc_num, &s->noc_den, err);
    if (!strcmp(name, "adc_steps")) {
        const int rc = whole(name, value, 1, 16, 0, &n, err);
        s->adc_steps = rc ? s->adc_steps : (unsigned)n;
        return rc;
    }
    if (!strcmp(name, "clock_mhz")) {
        const int rc = whole(name, value, 1, 10000, 0, &n, err);
        s->clock_mhz = rc ? s->clock_mhz : n;
        return rc;
    }
    if (!strcmp(name, "trace")) {
        s->trace = value;
        return *value ? 0 : ohm_fail(err, "--tlm: trace: empty, expected a file");
    }
    return ohm_fail(err, "--tlm: %s: unknown setting (--help lists them)", name);
}
