/* SPDX-License-Identifier: Apache-2.0
 * Network directories, good and bad; the integer reference against numbers worked out by hand. */
#include "host_test.h"

#include <sys/stat.h>

#include "ohm_intref.h"

static const char GOOD[] =
    "{\"format\": \"ohmic-network-1\", \"name\": \"t\", \"input\": {\"shape\": [1, 2], \"type\": "
    "\"u8\"}, \"classes\": 2,\n"
    " \"calibration\": \"c.npy\", \"layers\": [\n"
    "  {\"name\": \"a\", \"type\": \"dense\", \"inputs\": 2, \"outputs\": 3, \"weights\": "
    "\"aw.npy\", \"bias\": \"ab.npy\",\n"
    "   \"scale\": \"as.npy\", \"shift\": 1, \"activation\": \"relu\", \"output\": \"u8\"},\n"
    "  {\"name\": \"b\", \"type\": \"dense\", \"inputs\": 3, \"outputs\": 2, \"weights\": "
    "\"bw.npy\", \"bias\": \"bb.npy\",\n"
    "   \"activation\": \"none\", \"output\": \"s32\"}]}\n";

static void write_arrays(void)
{
    /* 1 -2 3; 4 5 -127 */
    host_write_npy("net/aw.npy", "|i1", "2, 3", "\x01\xfe\x03\x04\x05\x81", 6);
    host_write_npy("net/ab.npy", "<i4", "3,", "\x01\0\0\0\0\0\0\0\xff\xff\xff\xff", 12);
    host_write_npy("net/as.npy", "<i2", "3,", "\x01\0\x03\0\xff\xff", 6);       /* 1 3 -1 */
    host_write_npy("net/bw.npy", "|i1", "3, 2", "\x01\x01\x00\x00\x01\x01", 6);
    host_write_npy("net/bb.npy", "<i4", "2,", "\0\0\0\0\0\0\0\0", 8);
    host_write_npy("net/c.npy", "|u1", "1, 2", "ab", 2);
}

/* The good text with one thing replaced must be refused, naming what the words say. */
static void refuse(const char *old, const char *new, const char *word1, const char *word2)
{
    struct ohm_net net;
    struct ohm_error err = {{0}};
    char text[2048];
    const char *at = strstr(GOOD, old);
    CHECK(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - GOOD), GOOD, new, at + strlen(old));
    host_write("net/network.json", text, strlen(text));
    CHECK(ohm_net_load(host_path("net"), &net, &err));
    CHECK_ERROR(err, word1, word2);
}

static void good(void **state)
{
    (void)state;
    struct ohm_net net;
    struct ohm_error err = {{0}};
    host_write("net/network.json", GOOD, strlen(GOOD));
    write_arrays();
    if (ohm_net_load(host_path("net"), &net, &err))
        fail_msg("%s", err.text);
    CHECK(net.inputs == 2 && net.classes == 2 && net.layer_count == 2 && net.calib_count == 1
          && !net.input_signed);

    /* x = (10, 2): W·x = 18, -10, -224; with bias 19, -10, -225; scaled 9.5, -15, 112.5: rounded
     * 10, -15, 113; relu */
    uint8_t image[2] = {10, 2};
    struct ohm_intref r;
    CHECK(!ohm_intref_new(&net, &r, &err));
    int32_t *wa = r.wx[0], *wb = r.wx[1];
    uint8_t *y = r.y[0];
    CHECK(ohm_intref_run(&r, image) == 0); /* a tie: 123 and 123 */
    CHECK(wa[0] == 18 && wa[1] == -10 && wa[2] == -224);
    CHECK(y[0] == 10 && y[1] == 0 && y[2] == 113);
    CHECK(wb[0] == 123 && wb[1] == 123);
    net.layers[1].bias[1] = 1;
    CHECK(ohm_intref_run(&r, image) == 1 && r.v[1] == 124);
    net.layers[0].activation = OHM_ACTIVATION_NONE;
    net.layers[0].output = OHM_OUTPUT_S8;
    ohm_intref_post(&net.layers[0], wa, NULL, 0, y);
    CHECK((int8_t)y[0] == 10 && (int8_t)y[1] == -15 && (int8_t)y[2] == 113);
    wa[0] = 1000;
    wa[1] = -1000;
    ohm_intref_post(&net.layers[0], wa, NULL, 0, y);
    CHECK((int8_t)y[0] == 127 && (int8_t)y[1] == -127);
    net.layers[0].output = OHM_OUTPUT_U8;
    ohm_intref_post(&net.layers[0], wa, NULL, 0, y);
    CHECK(y[0] == 255 && y[1] == 0);
    uint8_t table[OHM_TABLE_SIZE]; /* of y0: its own value, shifted by half the table */
    for (int i = 0; i < OHM_TABLE_SIZE; i++)
        table[i] = (uint8_t)i;
    net.layers[0].table = table;
    net.layers[0].activation = OHM_ACTIVATION_TABLE;
    ohm_intref_post(&net.layers[0], wa, NULL, 0, y);
    CHECK(y[0] == 255 && y[1] == 0 && y[2] == 128 + 113);
    net.layers[0].table = NULL;
    net.layers[0].activation = OHM_ACTIVATION_THRESHOLD;
    ohm_intref_post(&net.layers[0], wa, NULL, 0, y);
    CHECK(y[0] == 1 && y[1] == 0 && y[2] == 1);
    net.layers[0].output = OHM_OUTPUT_S8;
    ohm_intref_post(&net.layers[0], wa, NULL, 0, y);
    CHECK(y[0] == 1 && y[1] == 255 && y[2] == 1);
    net.layers[0].output = OHM_OUTPUT_U8;
    net.layers[0].activation = OHM_ACTIVATION_NONE;
    net.layers[0].shift = 0; /* no rounding term */
    wa[2] = -11;
    ohm_intref_post(&net.layers[0], wa, NULL, 0, y);
    CHECK(y[2] == 12);
    uint8_t minus[2] = {0xFF, 0x81}; /* -1, -127 */
    ohm_intref_product(&net.layers[0], 1, minus, wa);
    CHECK(wa[0] == -1 - 508 && wa[1] == 2 - 635 && wa[2] == -3 + 16129);
    ohm_intref_free(&r);
    ohm_net_free(&net);
}

static void bad_json(void **state)
{
    (void)state;
    write_arrays();
    refuse("{\"format\"", "[\"format\"", "line 1", "JSON");
    refuse("}]}\n", "}]}x", "line 6", "JSON");
    refuse("ohmic-network-1", "ohmic-network-2", "format", "expected ohmic-network-1");
    refuse("\"name\": \"t\", ", "", "name", "missing");
    refuse("\"classes\"", "\"clases\"", "clases", "unknown field");
    refuse("\"classes\": 2", "\"classes\": 3", "layers[1].outputs", "expected 3");
    refuse("\"classes\": 2", "\"classes\": 0", "classes", "expected a whole number from 1");
    refuse("\"classes\": 2", "\"classes\": 2.5", "classes", "2.5");
    refuse("[1, 2]", "[]", "input.shape", "missing");
    refuse("[1, 2]", "[1, 0]", "input.shape", "0");
    refuse("[1, 2]", "[3]", "layers[0].inputs", "expected 3");
    refuse("\"type\": \"u8\"", "\"type\": \"f32\"", "input.type", "expected u8, s8");
    refuse("{\"shape\": [1, 2], \"type\": \"u8\"}", "7", "input", "missing");
    refuse("\"dense\"", "\"pool\"", "layers[0].type", "\"pool\", expected dense");
    refuse("\"inputs\": 3", "\"inputs\": 4", "layers[1].inputs: 4", "expected 3");
    refuse("\"shift\": 1", "\"shift\": 41", "layers[0].shift: 41", "0 to 40");
    refuse("\"shift\": 1", "\"shift\": \"1\"", "layers[0].shift", "not a number");
    refuse("\"relu\"", "\"swish\"", "layers[0].activation",
           "expected none, relu, table, threshold");
    refuse("\"relu\"", "\"table\"", "layers[0].table", "missing");
    refuse("\"relu\"", "\"relu\", \"table\": \"as.npy\"", "layers[0].table",
           "expected none with activation \"relu\"");
    refuse("\"relu\"", "\"table\", \"table\": \"as.npy\"", "as.npy", "expected uint8");
    refuse("\"output\": \"u8\"", "\"output\": \"s32\"", "layers[0].output",
           "before the last layer");
    refuse("\"output\": \"s32\"", "\"output\": \"u8\"", "layers[1].output", "in the last layer");
    refuse("\"activation\": \"none\"", "\"activation\": \"relu\"", "layers[1].activation",
           "expected none");
    refuse("\"activation\": \"none\"", "\"shift\": 3, \"activation\": \"none\"",
           "layers[1].scale and shift", "leave them out");
    refuse("\"scale\": \"as.npy\", ", "", "layers[0].scale", "missing");
    refuse("aw.npy", "gone.npy", "gone.npy", "No such file");
    refuse("\"weights\": \"aw.npy\"", "\"weights\": \"bw.npy\"", "bw.npy: shape (3, 2)",
           "expected (2, 3)");
    refuse("\"bias\": \"ab.npy\"", "\"bias\": \"as.npy\"", "as.npy: type int16", "expected int32");
    refuse("\"calibration\": \"c.npy\"", "\"calibration\": \"aw.npy\"", "aw.npy", "expected uint8");
}

static void bad_values(void **state)
{
    (void)state;
    struct ohm_net net;
    struct ohm_error err = {{0}};
    host_write("net/network.json", GOOD, strlen(GOOD));
    write_arrays();
    host_write_npy("net/aw.npy", "|i1", "2, 3", "\x01\xfe\x03\x04\x05\x80", 6);
    CHECK(ohm_net_load(host_path("net"), &net, &err));
    CHECK_ERROR(err, "aw.npy", "element 5", "-128");
    write_arrays();
    host_write_npy("net/ab.npy", "<i4", "3,", "\x01\0\0\0\0\0\0\x80\xff\xff\xff\xff", 12);
    CHECK(ohm_net_load(host_path("net"), &net, &err));
    CHECK_ERROR(err, "layer a, output 1", "32 bits");
    write_arrays();
    host_write_npy("net/c.npy", "|u1", "0, 2", "", 0);
    CHECK(ohm_net_load(host_path("net"), &net, &err));
    CHECK_ERROR(err, "calibration", "no images");
    CHECK(ohm_net_load(host_path("nowhere"), &net, &err));
    CHECK_ERROR(err, "nowhere/network.json", "No such file");
}

int main(void)
{
    mkdir(host_path("net"), 0777);
    const struct CMUnitTest tests[] = {cmocka_unit_test(good), cmocka_unit_test(bad_json),
                                       cmocka_unit_test(bad_values)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
