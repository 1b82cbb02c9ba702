/* SPDX-License-Identifier: Apache-2.0
 * What the host measures of a chip's cells through its pins, held against the arrays behind them:
 * single cells, stuck devices, drift, references; defect maps as files; the refresh policy. */
#include "host_test.h"

#include <math.h>

#include "ohm_backend.h"
#include "ohm_compensate.h"
#include "ohm_defects.h"
#include "ohm_driver.h"
#include "ohm_find_defects.h"
#include "ohm_measure.h"
#include "ohm_refresh.h"
#include "ohm_spare.h"
#include "ohm_tile_io.h"

#define STUCK "device = pcm-hermes\nstuck_high = 0.01\nstuck_low = 0.01\n"
#define PULSES "device = ideal\nswitching = linear\nstep = 0.02\n"

struct bench {
    struct ohm_net net;
    struct ohm_mapping m;
    struct ohm_config config;
    struct ohm_device_model *device;
    struct ohm_backend b;
};

static void open_bench(struct bench *t, const char *backend, const char *device, int spares)
{
    struct ohm_error err = {""};
    struct ohm_coding coding;
    host_write("device.txt", device, strlen(device));
    host_random_net(&t->net, (const int[]){12, 10, 6}, 3, 0, 8, 3);
    CHECK(!ohm_config_find("tiny", &t->config, &err));
    t->config.program = 1;
    ohm_coding_default(OHM_MAPPING_PWM, &coding);
    coding.spare_columns = spares;
    CHECK(!ohm_map_replicated(&t->net, &t->config, &coding, NULL, &t->m, &err));
    t->device = ohm_device_load(host_path("device.txt"), &err);
    CHECK(t->device);
    const struct ohm_backend_settings s = {.config = &t->config, .device = t->device, .seed = 7};
    CHECK(!ohm_backend_open(backend, &s, &t->b, &err));
}

static void close_bench(struct bench *t)
{
    t->b.close(t->b.self);
    ohm_mapping_free(&t->m);
    ohm_net_free(&t->net);
    ohm_device_free(t->device);
}

/* What only a simulation can look at, G_max/2^14. */
static int truth(const struct bench *t, int tile, int sel, int row, int col)
{
    const unsigned at = (unsigned)(t->m.tiles[tile].y * 16 + t->m.tiles[tile].x);
    return t->b.geff ? t->b.geff(t->b.self, at, (unsigned)sel, (unsigned)row, (unsigned)col)
                     : ohm_golden_geff(t->b.golden, at, (unsigned)sel, (unsigned)row,
                                       (unsigned)col);
}

/* ---- reads ---- */

/* Each cell as the array has it, as near as sixteen reads come; both models alike. */
static void cells(void **state)
{
    (void)state;
    float first[16 * 16] = {0};
    for (int model = 0; model < 2; model++) {
        struct bench t;
        struct ohm_error err = {""};
        open_bench(&t, model ? "model" : "golden", "device = pcm-hermes\n", 0);
        struct ohm_measure g = {.b = &t.b, .m = &t.m, .number = OHM_MEASURE_FIRST};
        struct ohm_cells *c = ohm_cells_new(&t.m, 3, &err);
        CHECK(c && !ohm_drive_program(&t.m, &t.b, NULL, NULL, &err));
        for (int dev = 0; dev < 3; dev++) {
            CHECK(!ohm_measure_cells(&g, c, dev, 0, 16, &err));
            for (int i = 0; i < t.m.tile_count; i++) {
                CHECK(c[i].rows == t.m.tiles[i].rows && c[i].cols >= t.m.tiles[i].cols);
                for (int k = 0; k < c[i].rows * c[i].cols; k++)
                    CHECK(fabs(c[i].g[k]
                               - truth(&t, i, dev, k / c[i].cols, k % c[i].cols))
                          < 900);
            }
        }
        for (int k = 0; k < c[0].rows * c[0].cols; k++) {
            CHECK(!model || c[0].g[k] == first[k]);
            first[k] = c[0].g[k];
        }
        ohm_cells_free(&t.m, c);
        close_bench(&t);
    }
}

/* ---- defects ---- */

/* Devices of the mapping's columns and `more` of each tile that are low when all should be high, or
 * high when all should be low. */
static size_t unwritten(const struct bench *t, int more, int high)
{
    size_t n = 0;
    for (int tile = 0; tile < t->m.tile_count; tile++)
        for (int row = 0; row < t->m.tiles[tile].rows; row++)
            for (int col = 0; col < t->m.tiles[tile].columns + more && col < 16; col++)
                for (int dev = 1; dev <= 2; dev++)
                    n += (truth(t, tile, dev, row, col) < 8192) == high;
    return n;
}

static void test_of_cells(void **state)
{
    (void)state;
    struct bench t;
    struct ohm_error err = {""};
    struct ohm_defects found = {0}, again;
    struct ohm_find_stats s = {0};
    struct ohm_spare_stats spare;
    open_bench(&t, "golden", STUCK, 4);
    struct ohm_measure g = {.b = &t.b, .m = &t.m};
    CHECK(!ohm_find_defects(&g, 4, NULL, &found, &s, &err));
    CHECK(found.count == s.stuck && s.stuck > 5 && s.stuck < s.devices / 20);
    /* where it says so, the device that was written high last is not */
    size_t low = 0;
    for (size_t i = 0; i < found.count; i++)
        for (int tile = 0; tile < t.m.tile_count; tile++) {
            const struct ohm_defect *d = &found.at[i];
            if (t.m.tiles[tile].x != d->x || t.m.tiles[tile].y != d->y)
                continue;
            const int is = truth(&t, tile, d->dev + 1, d->row, d->col);
            CHECK(abs(is - d->g) < 1000);
            low += is < 8192;
        }
    CHECK(low > 0 && low < found.count);
    /* and none is missing: those that were written high and are not, and the other way round */
    CHECK(unwritten(&t, 4, 1) == low);
    for (int tile = 0; tile < t.m.tile_count; tile++)
        for (int row = 0; row < t.m.tiles[tile].rows; row++)
            for (int dev = 0; dev < 2; dev++) {
                struct ohm_tile_io io = {&t.b, &t.m, tile, &err};
                CHECK(!ohm_tile_load(&io, dev, row, (uint16_t[16]){0}, 16));
            }
    CHECK(unwritten(&t, 4, 0) == found.count - low);
    /* the file says the same */
    CHECK(!ohm_defects_save(host_path("defects.txt"), &t.config, &found, "a test", &err));
    CHECK(!ohm_defects_load(host_path("defects.txt"), &t.config, &again, &err));
    CHECK(again.count == found.count
          && !memcmp(again.at, found.at, found.count * sizeof *found.at));
    /* columns that hold such devices move, and nothing that remains is worse than before */
    t.m.defects = &again;
    CHECK(!ohm_spare_columns(&t.m, NULL, &spare, &err));
    CHECK(spare.failed > 0 && spare.moved > 0 && spare.after < spare.before);
    ohm_defects_free(&found);
    ohm_defects_free(&again);
    close_bench(&t);
}

static void repair(void **state)
{
    (void)state;
    const struct {
        int stuck[2];
        uint16_t plus, minus, plus_to, minus_to;
        int left;
    } cases[] = {
        {{-1, -1}, 500, 0, 500, 0, 0},        /* nothing to do */
        {{16384, -1}, 500, 0, 16384, 15884, 0}, /* high: the partner takes the rest away */
        {{-1, 9000}, 0, 2000, 7000, 9000, 0},
        {{0, -1}, 500, 0, 0, 0, -500},        /* low, and a weight that needs it */
        {{0, -1}, 0, 700, 0, 700, 0},         /* low, and none that does */
        {{16384, 16384}, 300, 0, 16384, 16384, -300},
        {{-1, 16384}, 8000, 0, 16384, 16384, -8000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint16_t plus = cases[i].plus, minus = cases[i].minus;
        CHECK(ohm_defects_repair(cases[i].stuck, &plus, &minus) == cases[i].left);
        CHECK(plus == cases[i].plus_to && minus == cases[i].minus_to);
    }
}

static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words[3];
    } cases[] = {
        {"", {"ends before", "defects 1"}},
        {"defects 1\n", {"ends before", "tiles ROWS COLUMNS"}},
        {"defect 1\n", {":1:", "expected the line: defects 1"}},
        {"defects 2\n", {":1:", "defects"}},
        {"defects 1\ntiles 16 17\n", {":2:", "tiles", "expected"}},
        {"defects 1\n# c\ntiles 16 16\n9 0 plus 1 1 1\n", {":4:", "tile x: 9, expected 0 to 1"}},
        {"defects 1\ntiles 16 16\n0 9 plus 1 1 1\n", {":3:", "tile y: 9"}},
        {"defects 1\ntiles 16 16\n0 0 both 1 1 1\n", {":3:", "device: both", "plus or minus"}},
        {"defects 1\ntiles 16 16\n0 0 plus 16 1 1\n", {":3:", "row: 16, expected 0 to 15"}},
        {"defects 1\ntiles 16 16\n0 0 plus 1 -1 1\n", {":3:", "column: -1"}},
        {"defects 1\ntiles 16 16\n0 0 plus 1 1 70000\n", {":3:", "conductance: 70000"}},
        {"defects 1\ntiles 16 16\n0 0 plus 1 1\n", {":3:", "conductance: missing"}},
        {"defects 1\ntiles 16 16\n0 0 plus 1 1 1 1\n", {":3:", "6 words at most"}},
    };
    struct ohm_config config;
    struct ohm_defects d;
    struct ohm_error err = {""};
    CHECK(!ohm_config_find("tiny", &config, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        host_write("bad.txt", cases[i].text, strlen(cases[i].text));
        CHECK(ohm_defects_load(host_path("bad.txt"), &config, &d, &err) == -1 && !d.at);
        for (int k = 0; k < 3 && cases[i].words[k]; k++)
            CHECK_ERROR(err, "bad.txt", cases[i].words[k]);
    }
    CHECK(ohm_defects_load(host_path("none.txt"), &config, &d, &err) == -1);
    CHECK_ERROR(err, "none.txt");
}

/* ---- drift ---- */

/* What the cells of tile 0 conduct together, whatever their signs. */
static double all_of(const struct bench *t)
{
    double sum = 0;
    for (int r = 0; r < t->m.tiles[0].rows; r++)
        for (int c = 0; c < t->m.tiles[0].cols; c++)
            sum += abs(truth(t, 0, 0, r, c));
    return sum;
}

/* Factors from probes and from references: about what the cells have lost. */
static void drift(void **state)
{
    (void)state;
    for (int references = 0; references <= 3; references += 3) {
        struct bench t;
        struct ohm_error err = {""};
        struct ohm_compensated c;
        struct ohm_write_result unused = {0};
        open_bench(&t, "golden", "device = pcm\n", 0);
        struct ohm_mapping chip = t.m;
        chip.seconds = 86400;
        struct ohm_measure g = {.b = &t.b, .m = &chip};
        CHECK(!ohm_drive_program(&t.m, &t.b, NULL, NULL, &err));
        CHECK(!references || !ohm_load_references(&g, references, NULL, &unused, &err));
        const double before = all_of(&t);
        CHECK(!ohm_compensate(&chip, &g, references, &c, &err));
        const double lost = before / all_of(&t),
                     factor = (double)chip.tiles[0].gain / t.m.tiles[0].gain * t.m.layers[0].unit
                              / chip.layers[0].unit;
        CHECK(lost > 1.2 && fabs(factor / lost - 1) < (references ? 0.1 : 0.03));
        CHECK(c.least > 1.1 && c.most < 2 && c.weight >= 0 && c.weight <= 1);
        CHECK(!references || chip.tiles[0].calibrated);
        free(chip.tiles);
        free(chip.layers);
        chip.tiles = t.m.tiles;
        CHECK(ohm_load_references(&g, 16, NULL, &unused, &err) == -1);
        CHECK_ERROR(err, "references: 16 rows", "free");
        close_bench(&t);
    }
}

/* A chip whose column 5 of tile 0 fades: when its time is set, the reference devices of that column
 * hold less, and no others. */
enum { FADED = 5, ROWS = 4, LEFT = 60 /* percent */ };
static struct {
    int (*send)(void *self, int config_class, const uint32_t *flits, size_t n,
                struct ohm_error *err);
    const struct bench *of;
} fading;

static int send_fading(void *self, int config_class, const uint32_t *flits, size_t n,
                       struct ohm_error *err)
{
    const struct ohm_header h = ohm_header_decode(flits);
    const struct ohm_tile_map *t = &fading.of->m.tiles[0];
    const int sets = h.type == OHM_TYPE_CFG_WR && h.offset == OHM_REG_MACRO_TIME && flits[2];
    for (int r = 0; sets && (int)h.x == t->x && (int)h.y == t->y && r < ROWS; r++) {
        const int row = t->rows + r, kept = truth(fading.of, 0, 1, row, FADED - 1),
                  less = truth(fading.of, 0, 1, row, FADED) * LEFT / 100;
        uint32_t load[3] = {0, 0, (uint32_t)kept | (uint32_t)less << 16};
        ohm_header_encode(&(struct ohm_header){.type = OHM_TYPE_PROG, .x = h.x, .y = h.y, .len = 1,
                                               .seq = FADED - 1, .offset = (unsigned)row}, load);
        CHECK(!fading.send(self, 1, load, 3, err));
    }
    return fading.send(self, config_class, flits, n, err);
}

/* References that the engine has programmed: the tile's factor is 1, that of the faded column is
 * what it has lost. */
static void faded_column(void **state)
{
    (void)state;
    struct bench t;
    struct ohm_error err = {""};
    struct ohm_compensated c;
    struct ohm_write_result result = {0};
    struct ohm_write_scheme scheme;
    open_bench(&t, "golden", PULSES, 0);
    ohm_write_default(&scheme);
    scheme.param[OHM_WRITE_PHASE1 + OHM_WRITE_LIMIT - OHM_WRITE_PHASE0].value = 120;
    struct ohm_mapping chip = t.m;
    chip.seconds = 3600;
    struct ohm_measure g = {.b = &t.b, .m = &chip};
    CHECK(!ohm_drive_program(&t.m, &t.b, NULL, NULL, &err));
    CHECK(!ohm_load_references(&g, ROWS, &scheme, &result, &err));
    CHECK(result.cell_pulses > 0 && result.fails == 0);
    for (int r = 0; r < ROWS; r++)
        for (int col = 0; col < t.m.tiles[0].cols; col++)
            CHECK(abs(truth(&t, 0, 1, t.m.tiles[0].rows + r, col) - 12288) < 16384 / 20);
    fading.send = t.b.send;
    fading.of = &t;
    t.b.send = send_fading;
    CHECK(!ohm_compensate(&chip, &g, ROWS, &c, &err));
    const struct ohm_tile_map *tile = &chip.tiles[0];
    const double unit = t.m.layers[0].unit / chip.layers[0].unit;
    for (int col = 0; col < tile->cols; col++) {
        const double factor = (double)tile->gains[col] / t.m.tiles[0].gain * unit;
        CHECK(fabs(factor * (col == FADED ? LEFT / 100.0 : 1) - 1) < 0.02);
    }
    CHECK(c.weight > 0.4 && c.least > 0.98 && c.most < 1.1); /* of two tiles one has faded */
    free(chip.tiles);
    free(chip.layers);
    close_bench(&t);
}

/* ---- refresh ---- */

/* Checks come further and further apart, gains follow, and what ages too much is programmed anew;
 * golden and fast model alike. */
static void refresh(void **state)
{
    (void)state;
    static const char DEVICE[] = "device = pcm\nswitching = pcm-partial-reset\n";
    uint64_t pulses[2], reads[2];
    for (int model = 0; model < 2; model++) {
        struct bench t;
        struct ohm_error err = {""};
        struct ohm_write_scheme scheme;
        open_bench(&t, model ? "model" : "golden", DEVICE, 0);
        CHECK(!ohm_write_load("sim/configs/programming/pcm.txt", &scheme, &err));
        struct ohm_refresh r = {.b = &t.b, .m = &t.m, .scheme = &scheme,
                                .budget = {0.02, 0.06, 3600, 30 * 86400}};
        CHECK(!ohm_refresh_begin(&r, &err));
        const uint64_t first = r.stats.write.cell_pulses;
        uint32_t now = 3600, next, waits = 0;
        for (int i = 0; i < 24; i++, now = next) {
            CHECK(!ohm_refresh_time(&r, now, &err) && !ohm_refresh_check(&r, &next, &err));
            CHECK(next >= now + 3600 && next <= now + 30 * 86400);
            waits += next - now > 4 * 3600;
            for (int k = 0; k < t.m.tile_count; k++)
                CHECK(fabs(r.tiles[k].conducts * r.tiles[k].factor - 1) <= 0.0101
                      && r.tiles[k].error < 0.09);
        }
        CHECK(r.stats.checks == 24 && r.stats.gains > 5 && waits > 3);
        CHECK(r.stats.tiles > 0 && r.stats.write.cell_pulses > first);
        CHECK(r.chip.tiles[0].gain != t.m.tiles[0].gain && r.chip.seconds > 0);
        pulses[model] = r.stats.write.cell_pulses;
        reads[model] = r.stats.read.reads;
        ohm_refresh_end(&r);
        close_bench(&t);
    }
    CHECK(pulses[0] == pulses[1] && reads[0] == reads[1] && reads[0] > 0);
}

/* A row that something has got at is programmed anew, alone. */
static void one_row(void **state)
{
    (void)state;
    struct bench t;
    struct ohm_error err = {""};
    struct ohm_write_scheme scheme;
    open_bench(&t, "golden", PULSES, 0);
    ohm_write_default(&scheme);
    scheme.param[OHM_WRITE_PHASE1 + OHM_WRITE_LIMIT - OHM_WRITE_PHASE0].value = 120;
    struct ohm_refresh r = {.b = &t.b, .m = &t.m, .scheme = &scheme,
                            .budget = {0.02, 0.2, 3600, 86400}};
    CHECK(!ohm_refresh_begin(&r, &err));
    uint16_t zero[16] = {0};
    struct ohm_tile_io io = {&t.b, &t.m, 0, &err};
    uint32_t next;
    CHECK(!ohm_tile_load(&io, 0, 2, zero, t.m.tiles[0].cols)
          && !ohm_tile_load(&io, 1, 2, zero, t.m.tiles[0].cols));
    CHECK(!ohm_refresh_time(&r, 3600, &err) && !ohm_refresh_check(&r, &next, &err));
    CHECK(r.stats.rows == 1 && r.stats.tiles == 0);
    for (int c = 0; c < t.m.tiles[0].cols; c++) {
        uint16_t plus[16], minus[16];
        ohm_tile_codes(&t.m, 0, 0, 2, plus);
        ohm_tile_codes(&t.m, 0, 1, 2, minus);
        CHECK(abs(truth(&t, 0, 0, 2, c) - (plus[c] - minus[c])) < 16384 / 10);
    }
    ohm_refresh_end(&r);
    close_bench(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells), cmocka_unit_test(test_of_cells), cmocka_unit_test(repair),
        cmocka_unit_test(bad_files), cmocka_unit_test(drift),
        cmocka_unit_test(faded_column), cmocka_unit_test(refresh), cmocka_unit_test(one_row)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
