/* SPDX-License-Identifier: Apache-2.0
 * .npy, IDX and data files, good and bad. */
#include "host_test.h"

#include <zlib.h>

#include "ohm_data.h"
#include "ohm_idx.h"
#include "ohm_npy.h"

static void npy_good(void **state)
{
    (void)state;
    struct ohm_error err = {{0}};
    struct ohm_npy a;
    const unsigned char s16[] = {1, 0, 0xFF, 0xFF, 0, 0x80, 0xFF, 0x7F};
    host_write_npy("a.npy", "<i2", "2, 2", s16, sizeof s16);
    CHECK(!ohm_npy_load(host_path("a.npy"), &a, &err));
    const int16_t *v = a.data;
    CHECK(a.dims == 2 && a.shape[0] == 2 && a.shape[1] == 2 && a.count == 4
          && a.type == OHM_NPY_S16);
    CHECK(v[0] == 1 && v[1] == -1 && v[2] == -32768 && v[3] == 32767);
    CHECK(!ohm_npy_expect(&a, "a", OHM_NPY_S16, 2, (const size_t[]){0, 2}, &err));
    CHECK(ohm_npy_expect(&a, "a", OHM_NPY_S16, 1, (const size_t[]){4}, &err));
    CHECK_ERROR(err, "a: shape (2, 2)", "expected (4)");
    CHECK(ohm_npy_expect(&a, "a", OHM_NPY_U8, 2, (const size_t[]){0, 0}, &err));
    CHECK_ERROR(err, "int16", "expected uint8");
    ohm_npy_free(&a);

    const unsigned char s32[] = {0xFE, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x80};
    host_write_npy("a.npy", "<i4", "2,", s32, sizeof s32);
    CHECK(!ohm_npy_load(host_path("a.npy"), &a, &err));
    CHECK(((int32_t *)a.data)[0] == -2 && ((int32_t *)a.data)[1] == INT32_MIN);
    ohm_npy_free(&a);
    host_write_npy("a.npy", "|u1", "", "\x07", 1); /* no dimension: one element */
    CHECK(!ohm_npy_load(host_path("a.npy"), &a, &err) && a.count == 1);
    ohm_npy_free(&a);
}

static void npy_bad(void **state)
{
    (void)state;
    struct ohm_error err = {{0}};
    struct ohm_npy a;
    const char *p = host_path("b.npy");
    CHECK(ohm_npy_load(host_path("none.npy"), &a, &err));
    CHECK_ERROR(err, "none.npy", "No such file");
    host_write("b.npy", "hello", 5);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "b.npy", "not a .npy");
    host_write("b.npy", "\x93NUMPY\x01\x00\x76\x00{'descr", 17);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "b.npy", "truncated header");
    host_write("b.npy", "\x93NUMPY\x09\x00\x00\x00", 10);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "version 9");
    host_write_npy("b.npy", "|u1", "3,", "ab", 2);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "only 2", "says 3");
    host_write_npy("b.npy", "|u1", "3,", "abcd", 4);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "more than 3");
    host_write_npy("b.npy", ">i4", "1,", "abcd", 4);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "descr", ">i4", "expected");
    host_write_npy("b.npy", "\n\x1b[2J", "1,", "abcd", 4); /* what would write to the terminal */
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "descr: '??[2J'", "expected");
    host_write_npy("b.npy", "|u1", "-3,", "abc", 3);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "shape");
    host_write_npy("b.npy", "|u1", "4294967296, 4294967296", "abc", 3);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "shape", "too large");
    host_write_npy("b.npy", "|u1", "1, 1, 1, 1, 1", "a", 1);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "dimensions");
    char header[] = "\x93NUMPY\x01\x00\x46\x00{'descr': '|u1', 'fortran_order': True, 'shape': (2, "
                    "2), }            \nabcd";
    host_write("b.npy", header, sizeof header - 1);
    CHECK(ohm_npy_load(p, &a, &err));
    CHECK_ERROR(err, "fortran_order");
}

static const unsigned char IDX[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0,
                                    1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};

static void idx_files(void **state)
{
    (void)state;
    struct ohm_error err = {{0}};
    struct ohm_idx a;
    const char *p = host_path("a.idx"), *z = host_path("a.gz");
    host_write("a.idx", IDX, sizeof IDX);
    CHECK(!ohm_idx_load(p, &a, &err));
    CHECK(a.dims == 3 && a.shape[0] == 2 && a.shape[1] == 1 && a.shape[2] == 3 && a.data[5] == 6);
    ohm_idx_free(&a);
    gzFile f = gzopen(z, "wb");
    CHECK(f && gzwrite(f, IDX, sizeof IDX) == sizeof IDX && gzclose(f) == Z_OK);
    CHECK(!ohm_idx_load(z, &a, &err));
    CHECK(a.count == 6 && a.data[0] == 1);
    ohm_idx_free(&a);

    unsigned char bytes[64];
    FILE *g = fopen(z, "rb");
    CHECK(g);
    size_t n = fread(bytes, 1, sizeof bytes, g);
    fclose(g);
    host_write("a.gz", bytes, n - 6);
    CHECK(ohm_idx_load(z, &a, &err));
    CHECK_ERROR(err, "a.gz");
    bytes[n - 6] ^= 0x10; /* of the CRC */
    host_write("a.gz", bytes, n);
    CHECK(ohm_idx_load(z, &a, &err));
    CHECK_ERROR(err, "a.gz", "damaged");

    host_write("a.idx", IDX, sizeof IDX - 1);
    CHECK(ohm_idx_load(p, &a, &err));
    CHECK_ERROR(err, "only 5", "says 6");
    host_write("a.idx", IDX, 10);
    CHECK(ohm_idx_load(p, &a, &err));
    CHECK_ERROR(err, "truncated header");
    memcpy(bytes, IDX, sizeof IDX);
    bytes[2] = 0x0D;
    host_write("a.idx", bytes, sizeof IDX);
    CHECK(ohm_idx_load(p, &a, &err));
    CHECK_ERROR(err, "0x0d", "expected 0x08");
    bytes[2] = 8;
    bytes[3] = 9;
    host_write("a.idx", bytes, sizeof IDX);
    CHECK(ohm_idx_load(p, &a, &err));
    CHECK_ERROR(err, "9 dimensions");
    memcpy(bytes, IDX, sizeof IDX);
    bytes[sizeof IDX] = 0;
    host_write("a.idx", bytes, sizeof IDX + 1);
    CHECK(ohm_idx_load(p, &a, &err));
    CHECK_ERROR(err, "more than 6");
}

static void data_files(void **state)
{
    (void)state;
    struct ohm_error err = {{0}};
    struct ohm_data d;
    host_write("x.idx", IDX, sizeof IDX);
    host_write_npy("y.npy", "|u1", "2,", "\x01\x00", 2);
    CHECK(!ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK(d.count == 2 && d.inputs == 3 && !d.is_signed && d.images[3] == 4 && d.labels[0] == 1);
    ohm_data_free(&d);
    host_write_npy("x.npy", "|i1", "2, 2", "\x01\x81\x7f\x02", 4);
    CHECK(!ohm_data_load(host_path("x.npy"), host_path("y.npy"), &d, &err));
    CHECK(d.is_signed && d.inputs == 2);
    ohm_data_free(&d);
    host_write_npy("x.npy", "|i1", "2, 2", "\x01\x80\x7f\x02", 4);
    CHECK(ohm_data_load(host_path("x.npy"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "x.npy", "element 1", "-128");
    host_write_npy("x.npy", "|u1", "0, 4", "", 0);
    CHECK(ohm_data_load(host_path("x.npy"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "x.npy", "no images");
    host_write_npy("x.npy", "|u1", "4,", "abcd", 4);
    CHECK(ohm_data_load(host_path("x.npy"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "x.npy", "1 dimension");
    host_write_npy("x.npy", "<i2", "2, 1", "abcd", 4);
    CHECK(ohm_data_load(host_path("x.npy"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "x.npy", "expected uint8");
    host_write_npy("y.npy", "|u1", "3,", "\x01\x00\x01", 3);
    CHECK(ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "y.npy", "3 labels", "expected 2");
    host_write_npy("y.npy", "|u1", "2, 1, 1", "\x01\x00", 2);
    CHECK(ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "y.npy", "3 dimensions");
    host_write_npy("y.npy", "|u1", "2, 0", "", 0);
    CHECK(ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "y.npy", "0 labels", "expected one");
    host_write_npy("y.npy", "|u1", "2, 3", "\x01\x00\x04\x00\x02\x05", 6);
    CHECK(!ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK(d.label_steps == 3 && d.labels[2] == 4 && d.labels[5] == 5);
    ohm_data_free(&d);
    host_write_npy("y.npy", "<i2", "2,", "\x2b\x01\x00\x00", 4); /* more classes than a byte has */
    CHECK(!ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK(d.labels[0] == 299 && d.labels[1] == 0 && d.label_steps == 1);
    ohm_data_free(&d);
    host_write_npy("y.npy", "|i1", "2,", "\x07\xff", 2);
    CHECK(ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "y.npy", "element 1: -1", "from 0 on");
    host_write_npy("y.npy", "<f4", "2,", "abcdefgh", 8);
    CHECK(ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "y.npy", "labels as integers");
    host_write("y.npy", "", 0);
    CHECK(ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "y.npy", "empty");
    host_write("y.npy", "text", 4);
    CHECK(ohm_data_load(host_path("x.idx"), host_path("y.npy"), &d, &err));
    CHECK_ERROR(err, "y.npy", "neither");
}

static void cifar_files(void **state)
{
    (void)state;
    struct ohm_error err = {{0}};
    struct ohm_data d;
    enum { RECORD = 3073 };
    static uint8_t raw[2 * RECORD];
    for (int i = 0; i < 2 * RECORD; i++)
        raw[i] = (uint8_t)(i * 7 + i / 256);
    raw[0] = 0; /* an IDX file begins so, too */
    raw[RECORD] = 9;
    host_write("c.bin", raw, sizeof raw);
    if (ohm_data_load(host_path("c.bin"), NULL, &d, &err))
        fail_msg("%s", err.text);
    CHECK(d.count == 2 && d.inputs == 3072 && !d.is_signed && d.labels[0] == 0 && d.labels[1] == 9);
    for (int i = 0; i < 2; i++)
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                    CHECK(d.images[3072 * i + 3 * (32 * y + x) + c]
                          == raw[RECORD * i + 1 + 1024 * c + 32 * y + x]);
    ohm_data_free(&d);
    CHECK(ohm_data_load(host_path("c.bin"), host_path("c.bin"), &d, &err));
    CHECK_ERROR(err, "labels given", "holds its own");
    host_write("c.bin", raw, RECORD + 1);
    CHECK(ohm_data_load(host_path("c.bin"), NULL, &d, &err));
    CHECK_ERROR(err, "c.bin: 3074 bytes", "multiple of 3073");
    CHECK(ohm_data_load(host_path("none.bin"), NULL, &d, &err));
    CHECK_ERROR(err, "none.bin", "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(npy_good), cmocka_unit_test(npy_bad),
                                       cmocka_unit_test(idx_files), cmocka_unit_test(data_files),
                                       cmocka_unit_test(cifar_files)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
