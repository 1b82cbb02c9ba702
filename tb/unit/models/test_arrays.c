/* SPDX-License-Identifier: Apache-2.0
 * Devices by name and arrays of them: reads, programming errors, noise and drift against what the
 * device says; the fast read against the naive one. */
#include "models_test.h"

/* ---- devices ---- */

static void test_device_names(void **state)
{
    (void)state;
    int n = 0;
    for (const char *const *name = ohm_device_names(); *name; name++, n++) {
        const struct ohm_device_model *d = ohm_device_find(*name);
        CHECK(d && !strcmp(d->name, *name) && d->doc[0] && d->g_max > 0);
    }
    CHECK(n == 7);
    CHECK(!ohm_device_find("pcm-") && !ohm_device_find(""));
}

static void test_hermes_programming(void **state)
{
    (void)state;
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    const double sigma[] = {0.166, 0.889, 0.991, 0.912, 1.093};
    for (int i = 0; i < 5; i++) {
        double target = d->g_max * i / 4;
        CHECK_NEAR(d->program(d, target, 1) - target, sigma[i], 0.0005);
        CHECK_NEAR(d->program(d, target, 0), target, 0);
    }
    CHECK_EQUAL(d->program(d, 1, -100), 0); /* never below zero */
}

static void test_hermes_read_and_drift(void **state)
{
    (void)state;
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    /* σ = g Q √ln((300 + 512e-9)/(1.024e-6)), the root being 4.41515 */
    double root = sqrt(log((300 + 512e-9) / 1024e-9));
    CHECK_NEAR(root, 4.415, 0.001);
    /* r = 1: Q = 0.0123 */
    CHECK_NEAR(d->read_sigma(d, 20.7, 20.7, 0), 20.7 * 0.0123 * root, 1e-9);
    /* r = ½ */
    CHECK_NEAR(d->read_sigma(d, 10.35, 10.35, 0), 10.35 * 0.0167125 * root, 1e-9);
    /* r = 0.1 */
    CHECK_NEAR(d->read_sigma(d, 2.07, 2.07, 0), 2.07 * (0.0117 * log(10) - 0.0069) * root, 1e-9);
    /* clipped */
    CHECK_NEAR(d->read_sigma(d, 0.0207, 0.0207, 0), 0.0207 * 0.04 * root, 1e-9);
    CHECK_EQUAL(d->read_sigma(d, 0, 0, 0), 0);
    CHECK(d->read_sigma(d, 10, 0, 86400) > d->read_sigma(d, 10, 0, 0));
    /* ν(1) = 0.0736 − 0.0126 − 0.0436 = 0.0174, ν(0+) = 0.13; deviations 0.0048 and 0.04 */
    CHECK_EQUAL(d->drift(d, 20, 20.7, 0, 1), 20);
    CHECK_NEAR(d->drift(d, 20, 20.7, 86400, 0), 20 * pow(289, -0.0174), 1e-12);
    CHECK_NEAR(d->drift(d, 20, 20.7, 86400, 2), 20 * pow(289, -0.0174 - 2 * 0.0048), 1e-12);
    CHECK_NEAR(d->drift(d, 1, 0, 86400, 0), pow(289, -0.13), 1e-12);
    CHECK_NEAR(d->drift(d, 1, 0, 86400, 1), pow(289, -0.17), 1e-12);
    CHECK_NEAR(d->drift(d, 1, 0, 86400, -4), pow(289, -0.03), 1e-12); /* |ν| */
    CHECK_NEAR(d->drift(d, 5, 20.7 * 0.25, 300, 0),
               5 * pow(2, -(0.0736 - 0.0126 * 0.25 - 0.0436 / 16)), 1e-12);
}

/* ---- arrays ---- */

static void program_all(struct ohm_array *a, int rows, int cols, unsigned dev, unsigned code)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            CHECK(!ohm_array_program(a, dev, (unsigned)r, (unsigned)c, code, NULL));
}

static void test_array_errors(void **state)
{
    (void)state;
    struct ohm_error err;
    CHECK(!ohm_array_new(0, 4, ohm_device_find("ideal"), 1, 0, &err) && strstr(err.text, "0 x 4"));
    CHECK(!ohm_array_new(4, 257, ohm_device_find("ideal"), 1, 0, &err)
          && strstr(err.text, "4 x 257"));
    struct ohm_array *a = new_array(4, 4, "ideal", 1, 0);
    CHECK(ohm_array_program(a, 2, 0, 0, 0, &err) == -1 && strstr(err.text, "device 2"));
    CHECK(ohm_array_program(a, 0, 4, 0, 0, &err) == -1 && strstr(err.text, "row 4"));
    CHECK(ohm_array_program(a, 0, 0, 4, 0, &err) == -1 && strstr(err.text, "column 4"));
    CHECK(ohm_array_program(a, 0, 0, 0, 16385, &err) == -1 && strstr(err.text, "code 16385"));
    ohm_array_free(a);
    ohm_array_free(NULL);
}

static void test_ideal_exact(void **state)
{
    (void)state;
    enum { ROWS = 37, COLS = 21 };
    static int plus[ROWS][COLS], minus[ROWS][COLS];
    struct ohm_array *a = new_array(ROWS, COLS, "ideal", 3, 5);
    int32_t q[COLS];
    for (int round = 0; round < 30; round++) {
        for (int i = 0; i < 200; i++) { /* some cells change between reads */
            int r = draw(0, ROWS - 1), c = draw(0, COLS - 1);
            int (*kept)[COLS] = draw(0, 1) ? minus : plus;
            kept[r][c] = draw(0, 16384);
            CHECK(!ohm_array_program(a, kept == minus, (unsigned)r, (unsigned)c,
                                     (unsigned)kept[r][c], NULL));
        }
        int16_t t[ROWS];
        for (int r = 0; r < ROWS; r++)
            t[r] = (int16_t)draw(-255, 255);
        struct ohm_read_key key = {(uint32_t)round, 0, 0, 0};
        for (int sel = 0; sel < 3; sel++) {
            ohm_array_set_time(a, (uint32_t)round * 1000);
            ohm_array_read(a, (enum ohm_cell_sel)sel, t, &key, q);
            for (int c = 0; c < COLS; c++) {
                int sum = 0;
                for (int r = 0; r < ROWS; r++)
                    sum += t[r]
                           * (sel == OHM_CELL_PLUS    ? plus[r][c]
                              : sel == OHM_CELL_MINUS ? minus[r][c]
                                                      : plus[r][c] - minus[r][c]);
                CHECK_EQUAL(q[c], sum);
            }
        }
    }
    CHECK_EQUAL(ohm_array_geff(a, OHM_CELL_BOTH, 3, 4), plus[3][4] - minus[3][4]);
    ohm_array_free(a);
}

static void random_program(struct ohm_array *a, int rows, int cols, int cells, uint64_t key)
{
    for (int i = 0; i < cells; i++) {
        uint64_t bits = ohm_key_at(key, (uint64_t)i);
        CHECK(!ohm_array_program(a, bits & 1, (unsigned)(bits >> 8) % (unsigned)rows,
                                 (unsigned)(bits >> 24) % (unsigned)cols,
                                 (unsigned)(bits >> 40) % 16385, NULL));
    }
}

/* The fast read equals the naive one, after any history of programming and time. */
static void test_read_equals_naive(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        int rows = draw(1, 150), cols = draw(1, 150);
        struct ohm_array *a = new_array(rows, cols, round % 4 ? "pcm-hermes" : "ideal",
                                        (uint64_t)round, (unsigned)draw(0, 255));
        for (int step = 0; step < 4; step++) {
            random_program(a, rows, cols, 300, (uint64_t)(round * 10 + step));
            ohm_array_set_time(a, step == 2 ? 86400 : step == 3 ? 0 : (uint32_t)step);
            int16_t t[256];
            int32_t fast[256], naive[256];
            for (int r = 0; r < rows; r++)
                t[r] = (int16_t)(draw(0, 2) ? draw(-255, 255) : 0);
            struct ohm_read_key key = {(uint32_t)draw(0, 1 << 30) * 4u, (uint8_t)draw(0, 15),
                                       (uint8_t)draw(0, 15), 0};
            enum ohm_cell_sel sel = (enum ohm_cell_sel)draw(0, 2);
            ohm_array_read(a, sel, t, &key, fast);
            ohm_array_read_naive(a, sel, t, &key, naive);
            for (int c = 0; c < cols; c++)
                CHECK_EQUAL(fast[c], naive[c]);
        }
        ohm_array_free(a);
    }
}

/* The same of transposed reads, which see the same conductances: a unit pulse on one column reads
 * in row r what a unit pulse on row r reads in that column. */
static void test_transposed(void **state)
{
    (void)state;
    for (int round = 0; round < 24; round++) {
        int rows = draw(1, 100), cols = draw(1, 100), col = draw(0, cols - 1);
        struct ohm_array *a = new_array(rows, cols, round % 3 ? "pcm-hermes" : "ideal",
                                        (uint64_t)round, (unsigned)draw(0, 255));
        for (int step = 0; step < 3; step++) {
            random_program(a, rows, cols, 300, (uint64_t)(round * 10 + step));
            ohm_array_set_time(a, step == 2 ? 86400 : 0);
            int16_t t[256] = {0};
            int32_t fast[256], naive[256];
            enum ohm_cell_sel sel = (enum ohm_cell_sel)draw(0, 2);
            struct ohm_read_key key = {(uint32_t)draw(0, 1 << 30), 1, (uint8_t)draw(0, 15), 1};
            for (int c = 0; c < cols; c++)
                t[c] = (int16_t)(draw(0, 2) ? draw(-255, 255) : 0);
            ohm_array_read(a, sel, t, &key, fast);
            ohm_array_read_naive(a, sel, t, &key, naive);
            for (int r = 0; r < rows; r++)
                CHECK_EQUAL(fast[r], naive[r]);
            if (round % 3)
                continue;
            memset(t, 0, sizeof t);
            t[col] = 1;
            ohm_array_read(a, sel, t, &key, fast);
            for (int r = 0; r < rows; r++)
                CHECK_EQUAL(fast[r], ohm_array_geff(a, sel, (unsigned)r, (unsigned)col));
        }
        ohm_array_free(a);
    }
}

/* Of a symmetric array of ideal devices a transposed read is the forward one, bit for bit. */
static void test_symmetric(void **state)
{
    (void)state;
    enum { N = 61 };
    struct ohm_array *a = new_array(N, N, "ideal", 5, 1);
    int16_t t[N];
    int32_t forward[N], back[N];
    for (unsigned r = 0; r < N; r++)
        for (unsigned c = 0; c <= r; c++)
            for (unsigned dev = 0; dev < 2; dev++) {
                const unsigned code = (unsigned)draw(0, 16384);
                ohm_array_program(a, dev, r, c, code, NULL);
                ohm_array_program(a, dev, c, r, code, NULL);
            }
    for (uint32_t seq = 0; seq < 40; seq++) {
        for (int i = 0; i < N; i++)
            t[i] = (int16_t)draw(-255, 255);
        ohm_array_read(a, (enum ohm_cell_sel)(seq % 3), t, &(struct ohm_read_key){seq, 0, 0, 0},
                       forward);
        ohm_array_read(a, (enum ohm_cell_sel)(seq % 3), t, &(struct ohm_read_key){seq, 1, 0, 1},
                       back);
        CHECK(!memcmp(forward, back, sizeof back));
    }
    ohm_array_free(a);
}

/* Same final programming, any order of it and of the reads: same bits. Another seed, macro or key:
 * others. */
static void test_order_independence(void **state)
{
    (void)state;
    enum { N = 24 };
    struct ohm_array *a = new_array(N, N, "pcm-hermes", 11, 3),
                     *b = new_array(N, N, "pcm-hermes", 11, 3);
    struct ohm_array *other_macro = new_array(N, N, "pcm-hermes", 11, 4),
                     *other_seed = new_array(N, N, "pcm-hermes", 12, 3);
    int16_t t[N];
    int32_t q[8][N], late[N];
    for (int r = 0; r < N; r++)
        t[r] = (int16_t)(r * 10 - 100);
    for (int i = 0; i < N * N; i++)
        for (unsigned dev = 0; dev < 2; dev++) {
            unsigned row = (unsigned)(i / N), col = (unsigned)(i % N), code = (unsigned)(i * 28);
            ohm_array_program(a, dev, row, col, code, NULL);
            ohm_array_program(b, 1 - dev, N - 1 - row, N - 1 - col, (unsigned)(N * N - 1 - i) * 28,
                              NULL);
            ohm_array_program(other_macro, dev, row, col, code, NULL);
            ohm_array_program(other_seed, dev, row, col, code, NULL);
            if (i % 100 == 0) { /* reads in between change nothing */
                struct ohm_read_key key = {(uint32_t)i, 1, 1, 0};
                ohm_array_read(b, (enum ohm_cell_sel)(i / 100 % 3), t, &key, late);
            }
        }
    for (uint32_t seq = 0; seq < 8; seq++)
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){seq, 2, 3, 0}, q[seq]);
    for (uint32_t seq = 8; seq-- > 0;) {
        ohm_array_read(b, OHM_CELL_BOTH, t, &(struct ohm_read_key){seq, 2, 3, 0}, late);
        CHECK(!memcmp(q[seq], late, sizeof late));
    }
    struct ohm_read_key others[] = {{1, 2, 3, 0}, {0, 1, 3, 0}, {0, 2, 4, 0}};
    for (int i = 0; i < 3; i++) {
        ohm_array_read(a, OHM_CELL_BOTH, t, &others[i], late);
        CHECK(memcmp(q[0], late, sizeof late));
    }
    struct ohm_read_key first = {0, 2, 3, 0};
    ohm_array_read(other_macro, OHM_CELL_BOTH, t, &first, late);
    CHECK(memcmp(q[0], late, sizeof late));
    ohm_array_read(other_seed, OHM_CELL_BOTH, t, &first, late);
    CHECK(memcmp(q[0], late, sizeof late));
    /* programming again draws a new error */
    int before = ohm_array_geff(a, OHM_CELL_PLUS, 5, 5);
    ohm_array_program(a, 0, 5, 5, (5 * N + 5) * 28, NULL);
    CHECK(before != ohm_array_geff(a, OHM_CELL_PLUS, 5, 5));
    ohm_array_free(a);
    ohm_array_free(b);
    ohm_array_free(other_macro);
    ohm_array_free(other_seed);
}

static void test_programming_statistics(void **state)
{
    (void)state;
    enum { SIDE = 128, N = SIDE * SIDE };
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    struct ohm_array *a = new_array(SIDE, SIDE, "pcm-hermes", 5, 9);
    const unsigned codes[] = {4096, 8192, 12288, 16384};
    for (int i = 0; i < 4; i++) {
        program_all(a, SIDE, SIDE, 0, codes[i]);
        double sum = 0, squares = 0, target = codes[i];
        for (unsigned cell = 0; cell < N; cell++) {
            double e = ohm_array_geff(a, OHM_CELL_PLUS, cell / SIDE, cell % SIDE) - target;
            sum += e;
            squares += e * e;
        }
        double unit = d->g_max / 16384,
               sigma = (d->program(d, target * unit, 1) - target * unit) / unit;
        CHECK_NEAR(sum / N, 0, SIGMAS * sigma / sqrt(N));
        CHECK_NEAR(squares / N / (sigma * sigma), 1, SIGMAS * sqrt(2.0 / N));
    }
    /* code 0: half of the devices at zero, the others half-normal */
    double zeros = 0, sum = 0, sigma = 0.16603 * 16384 / d->g_max;
    for (unsigned cell = 0; cell < N; cell++) {
        int g = ohm_array_geff(a, OHM_CELL_MINUS, cell / SIDE, cell % SIDE);
        CHECK(g <= 0 || g < 9 * sigma);
        zeros += g == 0;
        sum += g;
    }
    CHECK_NEAR(zeros / N, 0.5 + 0.5 / sigma * sqrt(2 / acos(-1)) / 2, SIGMAS * 0.5 / sqrt(N));
    CHECK_NEAR(sum / N, sigma / sqrt(2 * acos(-1)), SIGMAS * sigma * 0.5838 / sqrt(N));
    ohm_array_free(a);
}

static void test_read_statistics(void **state)
{
    (void)state;
    enum { ROWS = 32, COLS = 64, READS = 2000 };
    const struct ohm_device_model *d = ohm_device_find("pcm-hermes");
    struct ohm_array *a = new_array(ROWS, COLS, "pcm-hermes", 6, 2);
    random_program(a, ROWS, COLS, 3000, 77);
    int16_t t[ROWS];
    int32_t q[COLS];
    for (int r = 0; r < ROWS; r++)
        t[r] = (int16_t)draw(-255, 255);
    double exact[COLS] = {0}, var[COLS], sum[COLS] = {0}, squares[COLS] = {0}, total = 0,
           unit = d->g_max / 16384;
    for (unsigned c = 0; c < COLS; c++) {
        var[c] = 1.0 / 12; /* of rounding to the unit */
        for (unsigned r = 0; r < ROWS; r++) {
            exact[c] += t[r] * ohm_array_geff(a, OHM_CELL_BOTH, r, c);
            for (int sel = OHM_CELL_PLUS; sel <= OHM_CELL_MINUS; sel++) {
                /* at time 0, as programmed */
                const double g = ohm_array_geff(a, (enum ohm_cell_sel)sel, r, c) * unit;
                double s = t[r] * d->read_sigma(d, g, g, 0) / unit;
                var[c] += s * s;
            }
        }
    }
    for (uint32_t i = 0; i < READS; i++) {
        ohm_array_read(a, OHM_CELL_BOTH, t, &(struct ohm_read_key){i, 0, 0, 0}, q);
        for (unsigned c = 0; c < COLS; c++) {
            sum[c] += q[c] - exact[c];
            squares[c] += (q[c] - exact[c]) * (q[c] - exact[c]);
        }
    }
    for (unsigned c = 0; c < COLS; c++) {
        double ratio = squares[c] / READS / var[c];
        CHECK_NEAR(sum[c] / READS / sqrt(var[c]), 0, SIGMAS / sqrt(READS));
        CHECK_NEAR(ratio, 1, SIGMAS * sqrt(2.0 / READS) + 1e-3); /* g is known to its rounding */
        total += ratio;
    }
    CHECK_NEAR(total / COLS, 1, SIGMAS * sqrt(2.0 / READS / COLS) + 1e-3);
    ohm_array_free(a);
}

static void test_drift(void **state)
{
    (void)state;
    enum { SIDE = 64, N = SIDE * SIDE };
    struct ohm_array *a = new_array(SIDE, SIDE, "pcm-hermes", 8, 0);
    program_all(a, SIDE, SIDE, 0, 16384);
    double now = 0, sum = 0, squares = 0, halves = 0;
    for (unsigned i = 0; i < N; i++)
        now += ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE);
    static int before[N];
    for (unsigned i = 0; i < N; i++)
        before[i] = ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE);
    ohm_array_set_time(a, 86400);
    for (unsigned i = 0; i < N; i++) {
        double nu = -log((double)ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE) / before[i])
                    / log(289);
        sum += nu;
        squares += (nu - 0.0174) * (nu - 0.0174);
    }
    CHECK_NEAR(sum / N, 0.0174, SIGMAS * 0.0048 / sqrt(N) + 1e-5);
    CHECK_NEAR(sqrt(squares / N), 0.0048, SIGMAS * 0.0048 / sqrt(2 * N) + 1e-5);
    /* a device keeps its exponent: half the logarithm of time, half the loss */
    ohm_array_set_time(a, 4800); /* (4800 + 300)/300 = 17 = √289 */
    for (unsigned i = 0; i < N; i++) {
        double half = log((double)ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE) / before[i]);
        ohm_array_set_time(a, 86400);
        double whole =
            log((double)ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE) / before[i]);
        ohm_array_set_time(a, 4800);
        CHECK_NEAR(whole, 2 * half, 3e-4);
        halves += half;
    }
    CHECK(halves < 0);
    ohm_array_set_time(a, 0);
    for (unsigned i = 0; i < N; i++)
        now -= ohm_array_geff(a, OHM_CELL_PLUS, i / SIDE, i % SIDE);
    CHECK_EQUAL(now, 0);
    ohm_array_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_names),
        cmocka_unit_test(test_hermes_programming),
        cmocka_unit_test(test_hermes_read_and_drift),
        cmocka_unit_test(test_array_errors),
        cmocka_unit_test(test_ideal_exact),
        cmocka_unit_test(test_read_equals_naive),
        cmocka_unit_test(test_transposed),
        cmocka_unit_test(test_symmetric),
        cmocka_unit_test(test_order_independence),
        cmocka_unit_test(test_programming_statistics),
        cmocka_unit_test(test_read_statistics),
        cmocka_unit_test(test_drift),
    };
    RUN_TESTS(tests);
}
