/* SPDX-License-Identifier: Apache-2.0 */
#include "fast_test.h"

#include "ohm_rng.h"

unsigned long fast_checks;

const struct ohm_config *fast_config(void)
{
    static struct ohm_config config;
    struct ohm_error err;
    if (ohm_config_find("tiny", &config, &err))
        abort();
    config.mesh_w = 1;
    config.mesh_h = 2;
    return &config;
}

uint64_t fast_hash(unsigned a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
    return ohm_key_add(ohm_key_add(ohm_key(a, b), c), (uint64_t)d << 32 | e);
}

static int send(struct fast_host *h, struct ohm_header header, const uint32_t *payload)
{
    uint32_t flits[OHM_PACKET_MAX];
    ohm_header_encode(&header, flits);
    if (header.len)
        memcpy(flits + 2, payload, header.len * sizeof *flits);
    return h->send(h->user, flits, 2 + header.len);
}

static void write_register(struct fast_host *h, unsigned y, unsigned addr, uint32_t value)
{
    CHECK(!send(h, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .y = y, .len = 1, .offset = addr},
                &value));
}

static void program(struct fast_host *h, unsigned y, unsigned row, uint32_t salt)
{
    for (unsigned dev = 0; dev < 2; dev++) {
        uint32_t codes[SIDE / 2];
        for (unsigned i = 0; i < SIDE / 2; i++) {
            const uint64_t r = fast_hash(y, row, dev, i, salt);
            codes[i] = (uint32_t)(r % 16385) | (uint32_t)((r >> 32) % 16385) << 16;
        }
        CHECK(!send(h,
                    (struct ohm_header){
                        .type = OHM_TYPE_PROG, .y = y, .chan = dev, .offset = row, .len = SIDE / 2},
                    codes));
    }
}

void fast_configure(struct fast_host *h)
{
    for (unsigned y = 0; y < 2; y++) {
        write_register(h, y, OHM_REG_SEQ_BASE, FIRST);
        write_register(h, y, OHM_REG_DESC,
                       OHM_PLACE(y ? 2 : 0, DESC_MODE) | OHM_PLACE(y, DESC_PSUM)
                           | OHM_PLACE(y, DESC_SIGNED) | OHM_PLACE(2, DESC_NSLICE));
        write_register(h, y, OHM_REG_DESC_SIZE,
                       OHM_PLACE(SIDE - 1, DESC_SIZE_ROWS1) | OHM_PLACE(SIDE - 1, DESC_SIZE_COLS1)
                           | OHM_PLACE(SIDE - 1, DESC_SIZE_OUTS1));
        for (unsigned k = 0; k < 2; k++) {
            write_register(h, y, OHM_REG_SLICE + 2 * k,
                           OHM_PLACE(4 * k, SLICE_LO) | OHM_PLACE(4, SLICE_W));
            write_register(h, y, OHM_REG_SLICE_RAMP + 2 * k,
                           OHM_PLACE(-100, SLICE_RAMP_START) | OHM_PLACE(90, SLICE_RAMP_STOP));
        }
        write_register(h, y, OHM_REG_MACRO_LSB, 9000);
        write_register(h, y, OHM_REG_STREAM, OHM_PLACE(SIDE / 4, STREAM_SIZE));
        write_register(h, y, OHM_REG_STREAM_VEC,
                       OHM_PLACE(SIDE / 4, STREAM_VEC_EXPECT)
                           | OHM_PLACE(3, STREAM_VEC_LOG2_SLOTS));
        for (unsigned c = 0; c < SIDE; c++) {
            write_register(h, y, OHM_REG_COLMAP + c,
                           OHM_PLACE(16384 - 100 * c, COLMAP_GAIN) | OHM_PLACE(c ^ y, COLMAP_OUT)
                               | OHM_PLACE(1, COLMAP_KIND));
            write_register(h, y, OHM_REG_BIAS + c, 17 * c);
        }
        for (unsigned row = 0; row < SIDE; row++)
            program(h, y, row, 0);
    }
    write_register(h, 0, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_PSUM, H0_TYPE) | OHM_PLACE(1, H0_Y));
    write_register(h, 1, OHM_REG_ROUTE,
                   OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST));
    for (unsigned y = 0; y < 2; y++) {
        write_register(h, y, OHM_REG_ROUTE_PART, OHM_PLACE(SIDE - 1, ROUTE_PART_COUNT1));
        write_register(h, y, OHM_REG_CREDIT, y ? FIRST + 1000 : FIRST + 2);
        write_register(h, y, OHM_REG_RETURN,
                       OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
    }
    write_register(h, 1, OHM_REG_RETURN + 1,
                   OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_PSUM));
    for (unsigned y = 0; y < 2; y++)
        write_register(h, y, OHM_REG_CTRL, 1);
}

void fast_configure_conv(struct fast_host *h)
{
    fast_configure(h);
    for (unsigned y = 0; y < 2; y++)
        write_register(h, y, OHM_REG_CTRL, 0);
    for (unsigned c = 0; c < SIDE; c++)
        write_register(h, 0, OHM_REG_SCALE + c, 1 + c);
    write_register(h, 0, OHM_REG_DESC,
                   OHM_PLACE(1, DESC_MODE) | OHM_PLACE(2, DESC_NSLICE) | OHM_PLACE(6, DESC_SHIFT));
    write_register(h, 1, OHM_REG_DESC, OHM_PLACE(2, DESC_MODE) | OHM_PLACE(2, DESC_NSLICE));
    write_register(h, 0, OHM_REG_DESC_SIZE,
                   OHM_PLACE(SIDE - 3, DESC_SIZE_ROWS1) | OHM_PLACE(SIDE - 1, DESC_SIZE_COLS1)
                       | OHM_PLACE(SIDE - 1, DESC_SIZE_OUTS1));
    write_register(h, 0, OHM_REG_STREAM, OHM_PLACE(LINE_WORDS, STREAM_SIZE));
    write_register(h, 0, OHM_REG_STREAM_VEC,
                   OHM_PLACE(LINE_WORDS, STREAM_VEC_EXPECT) | OHM_PLACE(2, STREAM_VEC_LOG2_SLOTS));
    write_register(h, 0, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_ACT, H0_TYPE) | OHM_PLACE(1, H0_Y));
    write_register(h, 0, OHM_REG_ROUTE_PART,
                   OHM_PLACE(3, ROUTE_PART_COUNT1) | OHM_PLACE(4, ROUTE_PART_FIRST));
    write_register(h, 0, OHM_REG_CREDIT, FIRST + 8);
    write_register(h, 1, OHM_REG_ROUTE_PART, OHM_PLACE(1, ROUTE_PART_COUNT1));
    write_register(h, 1, OHM_REG_RETURN, OHM_PLACE(1, RETURN_VALID));
    write_register(h, 1, OHM_REG_RETURN + 1, 0);
    write_register(h, 0, OHM_REG_WINDOW, OHM_PLACE(1, WINDOW_ON));
    write_register(h, 0, OHM_REG_WINDOW_MAP,
                   OHM_PLACE(LINES - 1, WINDOW_MAP_LINES1) | OHM_PLACE(4, WINDOW_MAP_PIXELS1));
    write_register(h, 0, OHM_REG_WINDOW_PIXEL,
                   OHM_PLACE(2, WINDOW_PIXEL_PITCH) | OHM_PLACE(1, WINDOW_PIXEL_COUNT1));
    write_register(h, 0, OHM_REG_WINDOW_KERNEL,
                   OHM_PLACE(1, WINDOW_KERNEL_H1) | OHM_PLACE(2, WINDOW_KERNEL_W1)
                       | OHM_PLACE(1, WINDOW_KERNEL_STRIDE) | OHM_PLACE(-1, WINDOW_KERNEL_LEFT));
    write_register(h, 0, OHM_REG_WINDOW_LINE0, FIRST);
    write_register(h, 0, OHM_REG_BLOCK_MAP,
                   OHM_PLACE(1, BLOCK_MAP_ROWS1) | OHM_PLACE(1, BLOCK_MAP_COLS1));
    write_register(h, 0, OHM_REG_BLOCK_STEP, OHM_PLACE(1, BLOCK_STEP_STEP));
    write_register(h, 0, OHM_REG_POOL,
                   OHM_PLACE(1, POOL_H1) | OHM_PLACE(1, POOL_W1) | OHM_PLACE(2, POOL_STRIDE));
    write_register(h, 0, OHM_REG_OUT_LINE,
                   OHM_PLACE(3, OUT_LINE_VECS1) | OHM_PLACE(1, OUT_LINE_STEP));
    write_register(h, 0, OHM_REG_OUT_LINE0, FIRST);
    write_register(h, 1, OHM_REG_POOL, OHM_PLACE(1, POOL_ARGMAX));
    for (unsigned y = 0; y < 2; y++)
        write_register(h, y, OHM_REG_CTRL, 1);
}

void fast_line(struct fast_host *h, uint32_t seq)
{
    uint32_t x[LINE_WORDS];
    const unsigned cut = seq % 3;
    for (unsigned i = 0; i < LINE_WORDS; i++)
        x[i] = (uint32_t)fast_hash(7, seq, i, 3, 4);
    if (cut)
        CHECK(!send(h, (struct ohm_header){.type = OHM_TYPE_ACT, .seq = seq & 0xffff, .len = cut},
                    x));
    CHECK(!send(
        h,
        (struct ohm_header){
            .type = OHM_TYPE_ACT, .seq = seq & 0xffff, .offset = cut, .len = LINE_WORDS - cut},
        x + cut));
}

static void image(struct fast_host *h, unsigned part, uint32_t seq, unsigned words)
{
    uint32_t x[SIDE / 4];
    for (unsigned i = 0; i < SIDE / 4; i++)
        x[i] = (uint32_t)fast_hash(part, seq, i, 3, 4);
    CHECK(!send(
        h, (struct ohm_header){.type = OHM_TYPE_ACT, .y = part, .seq = seq & 0xffff, .len = words},
        x));
}

void fast_image_part(struct fast_host *h, unsigned part, uint32_t seq)
{
    image(h, part, seq, SIDE / 4);
}

void fast_image_piece(struct fast_host *h, unsigned part, uint32_t seq)
{
    image(h, part, seq, SIDE / 8);
}

void fast_poison(struct fast_host *h, unsigned part, uint32_t seq)
{
    CHECK(!send(
        h, (struct ohm_header){.type = OHM_TYPE_ACT, .y = part, .seq = seq & 0xffff, .poison = 1},
        NULL));
}

void fast_refused(struct fast_host *h, uint32_t i)
{
    const uint32_t payload[2] = {0, 0xffffffff};
    const struct ohm_header headers[] = {
        {.type = OHM_TYPE_CFG_WR, .len = 1, .offset = 0x7777},
        {.type = OHM_TYPE_PROG, .len = 2},
        {.type = OHM_TYPE_ACT, .y = 1, .len = 1, .chan = 5},
        {.type = OHM_TYPE_ACT, .len = 1, .seq = (FIRST - 7) & 0xffff}};
    CHECK(send(h, headers[i / 29 % 4], payload));
}

void fast_reprogram(struct fast_host *h, uint32_t i)
{
    program(h, i / 50 % 2, 3, i);
    write_register(h, 1, OHM_REG_BIAS + 2, i);
    write_register(h, 0, OHM_REG_MACRO_TIME, 10 * i);
}

int fast_run_tests(const char *name, const struct CMUnitTest *tests, size_t count)
{
    const int failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    printf("CHECKS %lu\n", fast_checks);
    return failed || !fast_checks;
}
