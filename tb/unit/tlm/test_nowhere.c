/* SPDX-License-Identifier: Apache-2.0
 * A tile of the SystemC model that sends its results to a place without a tile: each packet is
 * thrown away there and counted, whichever way time is kept, and the run fails with their number.
 *   test_nowhere <libohm_tlm.so>; last line: CHECKS <n>. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_packet.h"

enum { VECTORS = 3 };

static void must(int ok, const char *what, const struct ohm_error *err)
{
    if (ok)
        return;
    printf("FAIL nowhere: %s: %s\n", what, err->text);
    exit(1);
}

static void send(const struct ohm_backend *b, int class, struct ohm_header h, uint32_t word)
{
    uint32_t flits[3];
    struct ohm_error err = {""};

    h.len = 1;
    ohm_header_encode(&h, flits);
    flits[2] = word;
    must(!b->send(b->self, class, flits, 3, &err), "send", &err);
}

/* Tile (0,0): four rows, four columns, results to (1,1). */
static void configure(const struct ohm_backend *b)
{
    const uint32_t writes[][2] = {
        {OHM_REG_DESC, OHM_PLACE(1, DESC_NSLICE)},
        {OHM_REG_DESC_SIZE, OHM_PLACE(3, DESC_SIZE_ROWS1) | OHM_PLACE(3, DESC_SIZE_COLS1)
                                | OHM_PLACE(3, DESC_SIZE_OUTS1)},
        {OHM_REG_SLICE, OHM_PLACE(8, SLICE_W)},
        {OHM_REG_SLICE_RAMP, OHM_PLACE(-100, SLICE_RAMP_START) | OHM_PLACE(100, SLICE_RAMP_STOP)},
        {OHM_REG_STREAM, OHM_PLACE(1, STREAM_SIZE)},
        {OHM_REG_STREAM_VEC,
         OHM_PLACE(1, STREAM_VEC_EXPECT) | OHM_PLACE(2, STREAM_VEC_LOG2_SLOTS)},
        {OHM_REG_ROUTE,
         OHM_PLACE(OHM_TYPE_PSUM, H0_TYPE) | OHM_PLACE(1, H0_X) | OHM_PLACE(1, H0_Y)},
        {OHM_REG_ROUTE_PART, OHM_PLACE(3, ROUTE_PART_COUNT1)},
        {OHM_REG_CREDIT, VECTORS},
        {OHM_REG_MACRO_LSB, 16384},
        {OHM_REG_COLMAP, OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(1, COLMAP_KIND)},
        {OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE)},
    };

    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++)
        send(b, 1, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .offset = writes[i][0]},
             writes[i][1]);
}

int main(int argc, char **argv)
{
    struct ohm_error err = {""};
    struct ohm_config config;
    int checks = 0;

    must(argc == 2 && !ohm_config_find("tiny_none", &config, &err), "tiny_none", &err);
    for (int timing = OHM_TLM_AT; timing <= OHM_TLM_LT; timing++) {
        struct ohm_tlm_settings settings;
        struct ohm_backend b;
        char expected[80];
        ohm_tlm_settings_default(&settings);
        settings.timing = (enum ohm_tlm_timing)timing;
        const struct ohm_backend_settings s = {.config = &config,
                                               .device = ohm_device_find("ideal"),
                                               .tlm_library = argv[1],
                                               .tlm = &settings};
        must(!ohm_backend_open("tlm", &s, &b, &err), "open", &err);
        configure(&b);
        for (uint32_t n = 0; n < VECTORS; n++)
            send(&b, 0, (struct ohm_header){.type = OHM_TYPE_ACT, .seq = n}, n);
        must(!b.run(b.self, 20000, &err), "run", &err);
        struct ohm_error got = {"nothing is wrong"};
        const int rc = b.finish(b.self, &got);
        snprintf(expected, sizeof expected, "mismatch: %d packets fell out of the mesh", VECTORS);
        must(rc && !strncmp(got.text, expected, strlen(expected)), expected, &got);
        b.close(b.self);
        checks++;
    }
    printf("CHECKS %d\n", checks);
    return 0;
}
