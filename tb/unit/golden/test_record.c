/* SPDX-License-Identifier: Apache-2.0
 * A recorded run goes through ohm-check; every truncation and every kind of damage is one clear
 * line and a failure. */
#define _POSIX_C_SOURCE 200809L /* popen */
#include "model.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "ohm_config.h"
#include "ohm_device.h"
#include "ohm_golden.h"
#include "ohm_record.h"

static char path[512], output[2048];
static struct ohm_error err;

/* Runs ohm-check on the file; its exit status, what it printed in output. */
static int check(const char *file)
{
    char command[1200];
    snprintf(command, sizeof command, "%s %s 2>&1", getenv("OHM_CHECK"), file);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    const size_t n = fread(output, 1, sizeof output - 1, p);
    output[n] = '\0';
    const int status = pclose(p);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void printed(const char *word, int line)
{
    checks++;
    if (!strstr(output, word))
        fail_msg("line %d: \"%s\" does not say \"%s\"", line, output, word);
}
#define PRINTED(word) printed(word, __LINE__)

static void setup_packet(struct ohm_recorder *r, struct ohm_header h, const uint32_t *payload)
{
    uint32_t flits[OHM_PACKET_MAX];

    ohm_header_encode(&h, flits);
    memcpy(flits + 2, payload, h.len * sizeof *payload);
    ohm_recorder_packet_in(r, flits, 2 + h.len);
}

static void write_register(struct ohm_recorder *r, unsigned addr, uint32_t value)
{
    setup_packet(r, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .len = 1, .offset = addr}, &value);
}

/* A run of `n` vectors on one tile, as a simulator would record it. */
static void record(const char *file, uint32_t n)
{
    static struct m_tile t;
    struct ohm_config config;
    uint64_t seed = 5;

    assert_int_equal(ohm_config_find("tiny", &config, &err), 0);
    m_default(&t, 4, 4, 0);
    struct ohm_recorder *r = ohm_recorder_new(file, &config, "ideal", 18446744073709551615u, &err);
    assert_non_null(r);
    write_register(r, OHM_REG_DESC, 1 << 12);
    write_register(r, OHM_REG_DESC_SIZE, 3 | 3 << 10 | 3 << 20);
    write_register(r, OHM_REG_SLICE, 8 << 4);
    write_register(r, OHM_REG_SLICE_RAMP, (uint16_t)-511 | 511u << 16);
    write_register(r, OHM_REG_STREAM, 1 << 16);
    write_register(r, OHM_REG_STREAM_VEC, 1 | 2 << 12);
    write_register(r, OHM_REG_ROUTE, t.route[0]);
    write_register(r, OHM_REG_ROUTE_PART, t.part[0]);
    write_register(r, OHM_REG_MACRO_LSB, 16384);
    for (unsigned c = 0; c < 4; c++)
        write_register(r, OHM_REG_COLMAP + c, 16384 | c << 16 | 1u << 30);
    for (unsigned row = 0; row < 4; row++) {
        uint32_t codes[2];
        for (int c = 0; c < 4; c++)
            t.cell[row % 2][row][c] = (int)(m_random(&seed) % 16384);
        for (int i = 0; i < 2; i++)
            codes[i] = (uint32_t)t.cell[row % 2][row][2 * i]
                       | (uint32_t)t.cell[row % 2][row][2 * i + 1] << 16;
        setup_packet(
            r, (struct ohm_header){.type = OHM_TYPE_PROG, .chan = row % 2, .len = 2, .offset = row},
            codes);
    }
    write_register(r, OHM_REG_CTRL, 1);
    for (uint32_t seq = 0; seq < n; seq++) {
        static struct m_vmm v;
        uint8_t x[4];
        uint32_t word = 0, flits[OHM_PACKET_MAX];
        for (int i = 0; i < 4; i++) {
            x[i] = (uint8_t)m_random(&seed);
            word |= (uint32_t)x[i] << (8 * i);
        }
        setup_packet(r, (struct ohm_header){.type = OHM_TYPE_ACT, .len = 1, .seq = seq}, &word);
        m_compute(&t, x, NULL, &v);
        for (int i = 0; i < v.ncode; i++)
            ohm_recorder_code(r, &(struct ohm_trace_code){.cycle = 100 * seq + (uint64_t)i,
                                                          .seq = seq, .code = v.code[i],
                                                          .col = (uint8_t)i});
        for (int o = 0; o < 4; o++)
            ohm_recorder_result(r, &(struct ohm_trace_result){.cycle = 100 * seq + 50, .seq = seq,
                                                              .acc = v.acc[o], .y = v.y[o],
                                                              .out = (uint8_t)o});
        ohm_recorder_packet_out(r, flits, m_result_flits(&t, seq, &v, flits), 100 * seq + 90);
    }
    CHECK_EQUAL(ohm_recorder_close(r, &err), 0);
}

static char *slurp(const char *file, size_t *size)
{
    FILE *f = fopen(file, "rb");
    assert_non_null(f);
    char *text = malloc(100000);
    assert_non_null(text);
    *size = fread(text, 1, 100000, f);
    fclose(f);
    return text;
}

static void spill(const char *file, const char *text, size_t size)
{
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    fclose(f);
}

static int setup(void **state)
{
    (void)state;
    const char *dir = getenv("OHM_OUT");
    snprintf(path, sizeof path, "%s/test.rec", dir ? dir : ".");
    return getenv("OHM_CHECK") ? 0 : -1;
}

static void test_good(void **state)
{
    (void)state;
    record(path, 3);
    CHECK_EQUAL(check(path), 0);
    PRINTED("checked 3 VMMs, 0 mismatches\n");
    record(path, 0);
    CHECK_EQUAL(check(path), 1);
    PRINTED("no VMM was checked");
    CHECK_EQUAL(check("/nonexistent/file"), 1);
    PRINTED("/nonexistent/file: No such file");
    CHECK_EQUAL(check("a b c"), 2);
    CHECK_EQUAL(check("--help"), 0);
    PRINTED("usage: ohm-check FILE");
    CHECK(ohm_recorder_new("/nonexistent/file", &(struct ohm_config){0}, "ideal", 1, &err) == NULL);
    CHECK_SAYS(err, "/nonexistent/file");
    /* a full disk is said at the end */
    struct ohm_recorder *r =
        ohm_recorder_new("/dev/full", &(struct ohm_config){0}, "ideal", 1, &err);
    CHECK(r != NULL);
    CHECK_EQUAL(ohm_recorder_close(r, &err), -1);
    CHECK_SAYS(err, "/dev/full");
}

/* What is written is what is read, at the ends of the ranges too. */
static void test_round_trip(void **state)
{
    struct ohm_config config;
    struct ohm_record_head head;
    static struct ohm_record_line line;
    static uint32_t flits[OHM_PACKET_MAX];
    (void)state;

    for (uint32_t i = 0; i < OHM_PACKET_MAX; i++)
        flits[i] = i * 0x9e3779b9u;
    CHECK_EQUAL(ohm_config_find("large", &config, &err), 0);
    struct ohm_recorder *w =
        ohm_recorder_new(path, &config, "pcm-hermes", 12345678901234567890u, &err);
    CHECK(w != NULL);
    ohm_recorder_packet_in(w, flits, OHM_PACKET_MAX);
    ohm_recorder_packet_out(w, flits, 2, UINT64_MAX);
    ohm_recorder_code(
        w, &(struct ohm_trace_code){UINT64_MAX, UINT32_MAX, INT32_MIN, 255, 15, 15, 255});
    ohm_recorder_result(w, &(struct ohm_trace_result){0, 10, INT32_MIN, INT32_MAX, 99, 0, 100});
    CHECK_EQUAL(ohm_recorder_close(w, &err), 0);

    struct ohm_record *r = ohm_record_open(path, &head, &err);
    CHECK(r != NULL);
    config.name = NULL;
    CHECK(
        !memcmp(&head.config, &config, offsetof(struct ohm_config, mesh_h) + sizeof config.mesh_h));
    CHECK(!strcmp(head.device, "pcm-hermes"));
    CHECK(head.seed == 12345678901234567890u);
    CHECK_EQUAL(ohm_record_next(r, &line, &err), 1);
    CHECK(line.kind == 'I' && line.n == OHM_PACKET_MAX && !memcmp(line.flits, flits, sizeof flits));
    CHECK_EQUAL(ohm_record_next(r, &line, &err), 1);
    CHECK(line.kind == 'O' && line.n == 2 && line.cycle == UINT64_MAX && line.number == 6);
    CHECK_EQUAL(ohm_record_next(r, &line, &err), 1);
    CHECK(line.kind == 'C' && line.code.cycle == UINT64_MAX && line.code.seq == UINT32_MAX
          && line.code.code == INT32_MIN && line.code.tile == 255 && line.code.desc == 15
          && line.code.slice == 15 && line.code.col == 255);
    CHECK_EQUAL(ohm_record_next(r, &line, &err), 1);
    CHECK(line.kind == 'R' && line.result.cycle == 0 && line.result.seq == 10
          && line.result.acc == INT32_MIN && line.result.y == INT32_MAX && line.result.tile == 99
          && line.result.out == 100);
    CHECK_EQUAL(ohm_record_next(r, &line, &err), 0);
    ohm_record_close(r);
}

/* Cut off anywhere: never accepted, and read without a sanitizer's word (in this process). */
static void test_truncated(void **state)
{
    size_t size;
    char cut[600];
    (void)state;

    record(path, 2);
    char *text = slurp(path, &size);
    snprintf(cut, sizeof cut, "%s.cut", path);
    for (size_t n = 0; n < size; n++) {
        struct ohm_record_head head;
        static struct ohm_record_line line;
        spill(cut, text, n);
        struct ohm_record *r = ohm_record_open(cut, &head, &err);
        int more = r ? 1 : -1;
        while (r && (more = ohm_record_next(r, &line, &err)) > 0)
            continue;
        ohm_record_close(r);
        checks++;
        if (more != -1)
            fail_msg("accepted with %zu of %zu bytes", n, size);
        CHECK_SAYS(err, cut, "truncated");
        CHECK(!strchr(err.text, '\n'));
    }
    for (size_t n = 0; n < size; n += size / 7 + 1) {
        spill(cut, text, n);
        CHECK_EQUAL(check(cut), 1);
        PRINTED("truncated");
    }
    free(text);
}

/* One digit of any trace or output line changed: mismatch or damage, never accepted. Inputs are
 * left alone: other inputs are another run, whose traces then differ all the same unless the change
 * has no effect. */
static void test_changed(void **state)
{
    size_t size;
    char bad[600];
    unsigned tried = 0;
    (void)state;

    record(path, 2);
    char *text = slurp(path, &size);
    snprintf(bad, sizeof bad, "%s.bad", path);
    for (size_t i = 0, start = 0; i < size; i++) {
        if (i && text[i - 1] == '\n')
            start = i;
        const char kind = text[start];
        const int in_cycle = !memchr(text + start + 2, ' ', i < start + 2 ? 0 : i - start - 2);
        if ((kind != 'C' && kind != 'R' && kind != 'O') || i < start + 2 || in_cycle
            || !isxdigit((unsigned char)text[i]))
            continue;
        const char was = text[i];
        text[i] = was == '1' ? '2' : '1';
        spill(bad, text, size);
        checks++;
        if (check(bad) != 1)
            fail_msg("accepted with byte %zu changed: %s", i, output);
        if (kind == 'C' || kind == 'R')
            PRINTED(":"), PRINTED("tile");
        checks++;
        if (strchr(output, '\n') != output + strlen(output) - 1)
            fail_msg("more than one line: %s", output);
        text[i] = was;
        tried++;
    }
    CHECK(tried > 150);
    free(text);
}

static void replaced(const char *from, const char *to, const char *word)
{
    size_t size;
    char bad[600];

    record(path, 1);
    char *text = slurp(path, &size);
    text[size] = '\0';
    char *at = strstr(text, from);
    assert_non_null(at);
    const size_t before = (size_t)(at - text);
    char *out = malloc(size + strlen(to) + 1);
    assert_non_null(out);
    snprintf(out, size + strlen(to) + 1, "%.*s%s%s", (int)before, text, to, at + strlen(from));
    snprintf(bad, sizeof bad, "%s.bad", path);
    spill(bad, out, strlen(out));
    CHECK_EQUAL(check(bad), 1);
    PRINTED(word);
    PRINTED(bad);
    free(out);
    free(text);
}

static void test_damaged(void **state)
{
    (void)state;
    replaced("ohmic-record 1", "ohmic-record 2", ":1: this is no recording");
    replaced("rows=16", "rows=x", ":2: rows: \" x cols=16");
    replaced("rows=16", "rows=9999", ":2: config: ROWS: 9999, expected 4 to 256");
    replaced("cols=16", "kols=16", ":2: config: kols: unknown key");
    replaced("mesh_h=2", "mesh_h=2 more=1", ":2: config: more: unknown key");
    replaced("mesh_h=2", "mesh_h=2 rows=16", ":2: config: rows: is there twice");
    replaced(" mux=1", "", ":2: config: mux is missing");
    replaced(" mux=1", " mux", ":2: config: ");
    replaced("psum_slots=2", "psum_slots=16",
             "PSUM_SLOTS: 16, expected 0 or a power of two from 2 to 8");
    replaced("window=1", "window=100000", ":2: config: WINDOW: 100000, expected 0 to 1");
    replaced("modes=0", "modes=16", ":2: config: MODES: 16, expected 0 to 1");
    replaced("adc=0 mux=1", "adc=2 mux=3", ":2: config: MUX: 3, expected a divisor of COLS");
    replaced("device ideal", "device cheese", "cheese");
    replaced("device ideal", "devise ideal", ":3: expected the line");
    replaced("seed ", "seed x", ":4: seed");
    replaced("seed 1", "seed 9", ":4: seed"); /* past 64 bits */
    replaced("I 10", "I xx", "8 hexadecimal digits");
    replaced("I 10", "Q 10", "unknown line");
    replaced("\nC 0 0 0 0 0 0 -28", "\nC 0 0 0 0 0 0", ": code: \"\"");
    replaced("\nC 0 0 0 0 0 0 -28", "\nC 0 0 0 0 0 -28", ": col: \" -28\"");
    replaced("\nC 0 0 0", "\nC 0 256 0", ": tile: \" 256");
    replaced("\nC 0 0 0", "\nC 0 0 0 0", "too many fields");
    replaced("\nC 0 0 0", "\nC 0 0 -1", ": seq: \" -1");
    replaced("\nE ", "\nE 1", ": count: ");
    replaced("\nE ", "\nC 0 0 0 0 0 0 0\nE ", "expected none");
    replaced("\nR ", "\n\nR ", "unknown line");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_changed),
        cmocka_unit_test(test_damaged)};
    const int failed = cmocka_run_group_tests_name("golden record", tests, setup, NULL);

    printf("CHECKS %lu\n", checks);
    return failed != 0;
}
