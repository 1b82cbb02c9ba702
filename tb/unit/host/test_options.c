/* SPDX-License-Identifier: Apache-2.0
 * The command line: what is understood, what is refused. */
#include "host_test.h"

#include "ohm_macro.h"
#include "ohm_options.h"

static int parse(const char *line, struct ohm_options *o, struct ohm_error *err)
{
    static char text[2048];
    char *argv[40] = {"ohmic"};
    int argc = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *p = strtok(text, " "); p; p = strtok(NULL, " "))
        argv[argc++] = p;
    return ohm_options_parse(argc, argv, o, err);
}

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
#define GOOD "--net n --data d --labels l --rtl-lib r "

static void understood(void **state)
{
    (void)state;
    struct ohm_options o;
    struct ohm_error err = {{0}};
    CHECK(!parse(GOOD, &o, &err));
    CHECK(!strcmp(o.config.name, "base") && o.config.mesh_w == 4 && o.seed == 1 && o.count == 100
          && o.first == 0 && o.check);
    CHECK(!strcmp(o.backend->name, "rtl") && o.mapping == OHM_MAPPING_PWM
          && !strcmp(o.device->name, "pcm-hermes"));
    CHECK(o.trip_code == OHM_TRIP_PHYSICS && !o.help);
    CHECK(!parse(GOOD "--config tiny --mesh 3x16 --seed 18446744073709551615 --first 5 --count 7 "
                      "--device ideal --mapping exact "
                      "--backend golden --out x --limit-cycles 9 --count 8",
                 &o, &err));
    CHECK(!strcmp(o.config.name, "tiny") && o.config.mesh_w == 3 && o.config.mesh_h == 16
          && o.seed == UINT64_MAX);
    CHECK(o.first == 5 && o.count == 8 && o.mapping == OHM_MAPPING_EXACT
          && !strcmp(o.backend->name, "golden") && o.limit_cycles == 9);
    CHECK(!o.up_to);
    CHECK(!parse("--net n --data d --rtl-lib r --most 7", &o, &err) && o.up_to && o.count == 7
          && !o.labels);
    CHECK(!parse("--net n --data d --rtl-lib r", &o, &err) && o.up_to && o.count == 100);
    CHECK(!parse(GOOD "--config tiny --mesh 3x16 --mapping exact", &o, &err));
    CHECK(o.coding.kind == OHM_MAPPING_EXACT && o.coding.slice_count == 8 && o.coding.cell_bits == 2
          && o.coding.row_groups == 1);
    CHECK(!parse(GOOD "--no-check --trip-code -5", &o, &err) && !o.check && o.trip_code == -5);
    CHECK(!parse(
        GOOD "--adc-bits 5 --apart both --slices 2+3+3 --cell-bits 4 --pulse-count --row-groups 2",
        &o, &err));
    char text[128];
    ohm_coding_text(&o.coding, text, sizeof text);
    CHECK(!strcmp(
        text,
        "--slices 2+3+3 --cell-bits 4 --apart both --pulse-count --row-groups 2 --adc-bits 5"));
    CHECK(o.coding.apart_inputs && o.coding.apart_weights && o.coding.slice_bits[0] == 2
          && o.coding.slice_bits[2] == 3);
    CHECK(!parse(GOOD "--copies 3", &o, &err) && o.coding.copies == 3);
    CHECK(!parse(GOOD "--lanes 2", &o, &err) && o.coding.lanes == 2);
    CHECK(!parse(GOOD "--slices 8 --apart none --cell-bits 7", &o, &err) && o.coding.copies == 1);
    ohm_coding_text(&o.coding, text, sizeof text);
    CHECK(!*text);
    CHECK(!parse(GOOD "--slices 8x1", &o, &err) && o.coding.slice_count == 8
          && o.coding.slice_bits[7] == 1);
    CHECK(!parse(GOOD "--range largest", &o, &err) && o.range == OHM_RANGE_LARGEST);
    CHECK(!parse("--net n --data d.bin --rtl-lib r", &o, &err) && !o.labels);
    ohm_options_free(&o);
    CHECK(!parse("--net n --data d --labels l --backend model --threads 3", &o, &err));
    CHECK(!strcmp(o.backend->name, "model") && o.threads == 3);
    CHECK(!parse("--net n --data d --labels l --backend tlm --tlm-lib t --tlm noc_clock=3/2 --tlm "
                 "adc_steps=4 --tlm timing=lt "
                 "--tlm fifo_depth=8 --tlm clock_mhz=500 --config small",
                 &o, &err));
    CHECK(!strcmp(o.backend->name, "tlm") && o.tlm.noc_num == 3 && o.tlm.noc_den == 2
          && o.tlm.adc_steps == 4 && o.tlm.timing == OHM_TLM_LT && o.config.fifo_depth == 8
          && o.config.rows == 64 && o.tlm.clock_mhz == 500);
    CHECK(!parse("--help", &o, &err) && o.help);
    CHECK(!parse("--net n --data d --labels l --backend uart:/dev/x --device ideal", &o, &err));
    CHECK(!strcmp(o.backend->name, "uart") && o.backend->board && !strcmp(o.uart, "/dev/x"));
    CHECK(!parse("--net n --data d --labels l --backend uart:/dev/x --backend golden", &o, &err)
          && !o.uart);
}

/* Every back end of the table is known by its name, in the help and in the line that says what was
 * expected. */
static void backends(void **state)
{
    (void)state;
    struct ohm_error err = {{0}}, options_err = {{0}};
    struct ohm_options o;
    struct ohm_backend b;
    const struct ohm_backend_settings s = {.seed = 1};
    char *help = NULL;
    size_t size;
    int count = 0;
    FILE *to = open_memstream(&help, &size);
    ohm_options_help(to);
    fclose(to);
    CHECK(ohm_backend_open("none", &s, &b, &err) == -1
          && strstr(err.text, "back end: none, expected rtl, "));
    CHECK(parse(GOOD "--backend none", &o, &options_err) == -1);
    for (const struct ohm_backend_type *t; (t = ohm_backend_at(count)); count++) {
        char line[128];
        snprintf(line, sizeof line, " %s%s: %s", t->name, t->board ? ":DEVICE" : "", t->doc);
        CHECK(ohm_backend_find(t->name) == t && t->open && strstr(help, line));
        CHECK(strstr(err.text, t->name) && strstr(options_err.text, t->name));
    }
    CHECK(count >= 5 && !ohm_backend_find("none") && !ohm_backend_at(-1));
    free(help);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *word1, *word2;
    } cases[] = {
        {"", "--net: missing", ""},
        {"--net n --rtl-lib r", "--data: missing", ""},
        {GOOD "--out Makefile/x", "--out: Makefile", "is a file, expected a directory"},
        {GOOD "--net " LONG, "--net: a path of 1000 characters", "expected 1 to 900"},
        {GOOD "--maps " LONG, "--maps: a path of 1000 characters", "expected 1 to 900"},
        {GOOD "--out " LONG, "--out: a path of 1000 characters", "expected 1 to 900"},
        {GOOD "--most 0", "--most", "0, expected a number from 1"},
        {GOOD "--device rram-cmo --apart weights", "--apart: weights with rram-cmo", "g_min 0"},
        {GOOD "--range wide", "--range: wide", "expected error, largest or bound"},
        {"--net n --data d --labels l", "--rtl-lib: missing", "golden"},
        {GOOD "--bogus", "--bogus: unknown option", ""},
        {GOOD "--seed", "--seed: needs a value", ""},
        {GOOD "extra", "extra: expected only options", ""},
        {GOOD "--seed twelve", "--seed", "twelve, expected a number from 0"},
        {GOOD "--seed -1", "--seed", "-1"},
        {GOOD "--seed 18446744073709551616", "--seed", "18446744073709551616"},
        {GOOD "--seed 1x", "--seed", "1x"},
        {GOOD "--count 0", "--count", "0, expected a number from 1"},
        {GOOD "--count +-3", "--count", "+-3"},
        {GOOD "--first -3", "--first", "-3, expected a number from 0"},
        {GOOD "--trip-code 1024 --no-check", "--trip-code", "-1024 to 1023"},
        {GOOD "--trip-code -1025 --no-check", "--trip-code", "-1024 to 1023"},
        {GOOD "--trip-code 1", "--trip-code", "needs --no-check"},
        {GOOD "--config huge", "huge", "tiny, small, base, large"},
        {GOOD "--mesh 4by4", "--mesh: 4by4", "expected WxH"},
        {GOOD "--mesh 0x4", "--mesh: 0x4", "1x1 to 16x16"},
        {GOOD "--mesh 17x1", "--mesh: 17x1", "1x1 to 16x16"},
        {GOOD "--mesh 4x4x", "--mesh: 4x4x", ""},
        {GOOD "--device tin", "--device: tin", "ideal, pcm-hermes"},
        {GOOD "--device pcm --device-file f", "--device: pcm", "only one of"},
        {GOOD "--device-file no/such/file", "no/such/file: ", ""},
        {GOOD "--physics no/such/file", "no/such/file: ", ""},
        {GOOD "--set r_wl", "--set: r_wl, expected NAME=VALUE", ""},
        {GOOD "--set tin=1", "--set: tin: no parameter", "expected one of cell, noise"},
        {GOOD "--set r_wl=-1", "--set: r_wl: '-1'", "0 to"},
        {GOOD "--r-wire nan", "--r-wire: r_wl: 'nan'", "0 to"},
        {GOOD "--node 29", "--node: ", "130, 65, 45"},
        {GOOD "--time -1", "--time", "-1, expected a number from 0"},
        {GOOD "--references 4", "--references: 4", "0 without --compensate"},
        {GOOD "--record r --set noise=cell", "--record", "--set noise=cell"},
        {GOOD "--mapping magic", "--mapping: magic", "pwm or exact"},
        {GOOD "--slices 4+3", "--slices: 4+3", "together 8"},
        {GOOD "--slices 4+5", "--slices: 4+5", "together 8"},
        {GOOD "--slices 4+4+", "--slices: 4+4+", "together 8"},
        {GOOD "--slices 9x1", "--slices: 9x1", "together 8"},
        {GOOD "--slices 0+8", "--slices: 0+8", "together 8"},
        {GOOD "--cell-bits 8", "--cell-bits", "1 to 7"},
        {GOOD "--copies 17", "--copies", "1 to 16"}, {GOOD "--lanes 0", "--lanes", "1 to 16"},
        {GOOD "--apart signs", "--apart: signs", "none, inputs, weights or both"},
        {GOOD "--row-groups 17", "--row-groups", "1 to 16"},
        {GOOD "--adc-bits 1", "--adc-bits", "2 to 9"},
        {GOOD "--mapping exact --adc-bits 8", "--adc-bits: 8", "none in mapping exact"},
        {GOOD "--backend spice", "--backend: spice", "rtl, golden, model, tlm or uart"},
        {GOOD "--backend tlm", "--tlm-lib: missing", "make tlm"},
        {GOOD "--tlm timing=at", "--tlm", "needs --backend tlm"},
        {GOOD "--backend tlm --tlm-lib t --tlm timing", "--tlm: timing", "NAME=VALUE"},
        {GOOD "--backend tlm --tlm-lib t --tlm timing=loose", "--tlm: timing: loose", "at or lt"},
        {GOOD "--backend tlm --tlm-lib t --tlm noc_clock=3/0", "--tlm: noc_clock: 3/0", "1 to 16"},
        {GOOD "--backend tlm --tlm-lib t --tlm adc_steps=0", "--tlm: adc_steps: 0", "1 to 16"},
        {GOOD "--backend tlm --tlm-lib t --tlm acc_banks=3", "--tlm: acc_banks: 3", "power of two"},
        {GOOD "--backend tlm --tlm-lib t --tlm fifo_depth=x", "--tlm: fifo_depth: x", "2 to 16"},
        {GOOD "--backend tlm --tlm-lib t --tlm speed=9", "--tlm: speed", "unknown setting"},
        {GOOD "--backend golden --waves w", "--waves", "needs --backend rtl"},
        {GOOD "--backend model --record r", "--record", "needs --backend rtl"},
        {GOOD "--backend model --threads 0", "--threads", "1 to 256"},
        {GOOD "--backend uart:x --patience 0", "--patience", "1 to 3600"},
        {GOOD "--record r --no-check", "--record", "needs checking"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ohm_options o;
        struct ohm_error err = {{0}};
        CHECK(parse(cases[i].line, &o, &err) == -1);
        CHECK_ERROR(err, cases[i].word1, cases[i].word2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(understood), cmocka_unit_test(refused),
                                       cmocka_unit_test(backends)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
