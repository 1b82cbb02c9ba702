/* SPDX-License-Identifier: Apache-2.0
 * Measured conductances from .npy files. */
#include "devices_test.h"

#include <sys/stat.h>

#include "ohm_array.h"
#include "ohm_device.h"
#include "ohm_maps.h"
#include "ohm_npy.h"

enum { ROWS = 3, COLS = 4, CELLS = ROWS * COLS };

static const struct ohm_config config = {
    .name = "test", .rows = ROWS, .cols = COLS, .mesh_w = 2, .mesh_h = 2};

static const char *directory(const char *name)
{
    static char path[512];
    const char *out = getenv("OUT");
    snprintf(path, sizeof path, "%s/%s", out ? out : ".", name);
    mkdir(path, 0777);
    return path;
}

static void write_map(const char *name, const char *tile, size_t devices, size_t cols,
                      const double *g)
{
    char path[600];
    const size_t shape[3] = {devices, ROWS, cols};
    snprintf(path, sizeof path, "%s/%s", directory(name), tile);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    ohm_npy_write(f, 3, shape, g);
    fclose(f);
}

static void test_good(void **unused)
{
    (void)unused;
    struct ohm_physics p;
    struct ohm_error err = {""};
    double g[2 * CELLS];
    for (int i = 0; i < 2 * CELLS; i++)
        g[i] = 0.7 * i;
    write_map("good", "tile-1-0.npy", 2, COLS, g);
    ohm_physics_default(&p);
    struct ohm_maps *m = ohm_maps_load(directory("good"), &config, &p, &err);
    if (!m)
        print_error("%s\n", err.text);
    assert_non_null(m);
    CHECK(p.map[1] && !p.map[0] && !p.map[16]);
    for (int i = 0; i < 2 * CELLS; i++)
        CHECK_EQUAL(p.map[1][i], g[i]);
    const struct ohm_device_model *d = ohm_device_find("ideal");
    struct ohm_array *a = ohm_array_new(ROWS, COLS, d, 1, 1, &err);
    CHECK(!ohm_array_set_physics(a, &p, &err));
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_MINUS, 2, 1),
                floor(0.7 * (CELLS + 9) * 16384 / d->g_max + 0.5));
    ohm_array_free(a);
    ohm_maps_free(m);
}

static void test_bad(void **unused)
{
    (void)unused;
    struct ohm_physics p;
    double g[2 * CELLS] = {0};
    ohm_physics_default(&p);
    static const struct {
        const char *name, *tile;
        size_t devices, cols;
        double value;
        const char *what;
    } cases[] = {
        {"empty", "other.npy", 2, COLS, 0, "expected files tile-X-Y.npy of the 2x2 mesh"},
        {"shape", "tile-0-0.npy", 1, COLS, 0, "tile-0-0.npy"},
        {"narrow", "tile-0-1.npy", 2, COLS - 1, 0, "tile-0-1.npy"},
        {"negative", "tile-0-0.npy", 2, COLS, -1, "element 5: -1 uS"},
        {"nan", "tile-0-0.npy", 2, COLS, NAN, "element 5: nan uS"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ohm_error err = {""};
        g[5] = cases[i].value;
        write_map(cases[i].name, cases[i].tile, cases[i].devices, cases[i].cols, g);
        CHECK(!ohm_maps_load(directory(cases[i].name), &config, &p, &err));
        CHECK(strstr(err.text, cases[i].what) && strstr(err.text, cases[i].name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad)};
    RUN_TESTS(tests);
}
