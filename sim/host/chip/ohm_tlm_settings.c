/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_tlm_settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Sizes that a study may change; their ranges are those of docs/reference/configurations.md. */
static const char *const SIZES[] = {"rows", "cols", "acc_banks", "ibuf_words", "psum_slots",
                                    "nroute", "ncredit", "nreturn", "fifo_depth"};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0] };

void ohm_tlm_settings_default(struct ohm_tlm_settings *s)
{
    *s = (struct ohm_tlm_settings){
        .timing = OHM_TLM_AT, .clock_mhz = 1000, .noc_num = 1, .noc_den = 1, .adc_steps = 1};
}

void ohm_tlm_settings_help(FILE *to)
{
    fprintf(to, "settings of --tlm: timing=at|lt clock_mhz=N noc_clock=N/D adc_steps=N trace=FILE");
    for (int i = 0; i < SIZE_COUNT; i++) {
        const struct ohm_config_key *key = ohm_config_key_of(SIZES[i]);
        fprintf(to, " %s=%s%d-%d", SIZES[i], key->or0 ? "0|" : "", key->min, key->max);
    }
    fputc('\n', to);
}

/* Whether the text is a whole number. */
static int whole(const char *text, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return end != text && !*end && !errno;
}

/* A number in [1, max]. */
static int count(const char *name, const char *text, int max, int *out, struct ohm_error *err)
{
    long v;

    if (!whole(text, &v) || v < 1 || v > max)
        return ohm_fail(err, "--tlm: %s: %s, expected a number from 1 to %d", name, text, max);
    *out = (int)v;
    return 0;
}

/* A size of the configuration. */
static int size(const struct ohm_config_key *key, const char *text, struct ohm_config *config,
                struct ohm_error *err)
{
    char range[OHM_CONFIG_RANGE_MAX];
    long v;

    if (!whole(text, &v) || !ohm_config_legal(key, v))
        return ohm_fail(err, "--tlm: %s: %s, expected %s", key->field, text,
                        ohm_config_range(key, range));
    *ohm_config_at(config, key) = (int)v;
    return 0;
}

static int ratio(const char *text, unsigned *num, unsigned *den, struct ohm_error *err)
{
    int used = 0;
    *den = 1;
    if ((sscanf(text, "%2u/%2u%n", num, den, &used) != 2 || text[used])
        && (sscanf(text, "%2u%n", num, &used) != 1 || text[used]))
        *num = 0;
    if (*num < 1 || *num > 16 || *den < 1 || *den > 16)
        return ohm_fail(err, "--tlm: noc_clock: %s, expected N or N/D of numbers from 1 to 16",
                        text);
    return 0;
}

static int unknown_setting(const char *name, struct ohm_error *err)
{
    char names[256] = "";
    for (int i = 0; i < SIZE_COUNT; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s, ", SIZES[i]);
    return ohm_fail(
        err,
        "--tlm: %s: unknown setting, expected %stiming, noc_clock, adc_steps, clock_mhz or trace",
        name, names);
}

int ohm_tlm_settings_set(struct ohm_tlm_settings *s, struct ohm_config *config, const char *text,
                         struct ohm_error *err)
{
    const char *value = strchr(text, '=');
    char name[32];
    int n;
    if (!value || (size_t)(value - text) >= sizeof name)
        return ohm_fail(err, "--tlm: %s, expected NAME=VALUE", text);
    snprintf(name, sizeof name, "%.*s", (int)(value - text), text);
    value++;
    for (int i = 0; i < SIZE_COUNT; i++)
        if (!strcmp(name, SIZES[i]))
            return size(ohm_config_key_of(name), value, config, err);
    if (!strcmp(name, "timing")) {
        if (strcmp(value, "at") && strcmp(value, "lt"))
            return ohm_fail(err, "--tlm: timing: %s, expected at or lt", value);
        s->timing = *value == 'l' ? OHM_TLM_LT : OHM_TLM_AT;
        return 0;
    }
    if (!strcmp(name, "noc_clock"))
        return ratio(value, &s->noc_num, &s->noc_den, err);
    if (!strcmp(name, "adc_steps")) {
        const int rc = count(name, value, 16, &n, err);
        s->adc_steps = rc ? s->adc_steps : (unsigned)n;
        return rc;
    }
    if (!strcmp(name, "clock_mhz")) {
        const int rc = count(name, value, 10000, &n, err);
        s->clock_mhz = rc ? s->clock_mhz : n;
        return rc;
    }
    if (!strcmp(name, "trace")) {
        s->trace = value;
        return *value ? 0 : ohm_fail(err, "--tlm: trace: empty, expected a file");
    }
    return unknown_setting(name, err);
}
