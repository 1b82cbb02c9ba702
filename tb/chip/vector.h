/* SPDX-License-Identifier: Apache-2.0
 * A small recurrent chip for vector.c, and what must come of it, written out here.
 *
 *   (0,0) crossbar: z(n) = clip(rnd(W [x(n); h(n-B)] / 32) + bias)     ACT to the vector tile
 *   (1,0) vector:   c := rnd(3c / 4) + z, h = clip(c)                  back, to the host, north
 *   (1,1) crossbar: y = V h                                            to the host
 *
 * T steps a sequence, B sequences interleaved; numbers start at 65530 and wrap on the way. */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_backend.h"
#include "ohm_group.h"
#include "ohm_macro.h"
#include "ohm_packet.h"
#include "ohm_tile_io.h"
#include "ohm_vec_tile.h"

enum { N = 8, Y = 4, STEPS = 5, SLOTS_LOG2 = 2, FIRST = 65530, VECTORS_MAX = 200, LANES_MAX = 4,
       PATIENCE = 60000, VX = 1, VY = 0, EVENTS = 64, COUNTED = 5 };

struct bench {
    struct ohm_config config;
    struct ohm_backend b;
    struct ohm_group group;
    struct ohm_error err;
    uint64_t random;
    unsigned long checks;
    int w[2 * N][N], bias[N], v[N][Y];
    int lanes;
    uint32_t count;               /* vectors of the run */
    int8_t x[VECTORS_MAX][N];
    uint32_t limit, sent;         /* of x, from FIRST on */
    int skip;                     /* this x never goes out; -1: all do */
    int timed;                    /* VWAIT may run out behind the last x: poison comes then */
    /* as they came: 0 not yet, 1 a vector, 2 poison */
    uint8_t h_came[VECTORS_MAX], y_came[VECTORS_MAX];
    int8_t h[VECTORS_MAX][N];
    int32_t y[VECTORS_MAX][Y];
    int32_t c[LANES_MAX][N];      /* reference: state at the end */
    unsigned events[COUNTED + 4], event_count; /* by code */
    uint32_t detail;              /* of the last event BAD_DESC, which is PROGRAM here */
    const char *model;            /* rtl or tlm */
    /* everything that came: cycle, flits, their number, in one run after the other */
    uint32_t *log[2];
    size_t used[2], room[2];
    int which;                    /* of them */
};

static inline void note(struct bench *b, const uint32_t *flits, size_t n)
{
    const int k = b->which;
    while (b->used[k] + n + 2 > b->room[k]) {
        b->room[k] = 2 * b->room[k] + 4096;
        b->log[k] = realloc(b->log[k], b->room[k] * sizeof **b->log);
        if (!b->log[k])
            exit(1);
    }
    uint32_t *at = b->log[k] + b->used[k];
    at[0] = (uint32_t)b->b.cycle(b->b.self);
    at[1] = (uint32_t)n;
    memcpy(at + 2, flits, n * sizeof *flits);
    b->used[k] += n + 2;
}

static inline void die(const struct bench *b, const char *what)
{
    printf("FAIL vector: %s (cycle %llu)\n", what,
           (unsigned long long)b->b.cycle(b->b.self));
    exit(1);
}

#define CHECK(b, ok, ...) \
    do { \
        (b)->checks++; \
        if (!(ok)) { \
            char text_[600]; \
            snprintf(text_, sizeof text_, __VA_ARGS__); \
            die((b), text_); \
        } \
    } while (0)

static inline int draw(struct bench *b, int below) /* Knuth's MMIX generator, high bits */
{
    b->random = b->random * 6364136223846793005ull + 1442695040888963407ull;
    return (int)((b->random >> 33) % (uint64_t)below);
}

/* ---- set-up ---- */

static inline void packet(struct bench *b, int class, struct ohm_header h, const uint32_t *payload)
{
    if (!ohm_send(&b->b, class, &h, payload, &b->err))
        return;
    /* the golden model alone says what comes too late; chips send NO_SLOT */
    if (strcmp(b->model, "golden") || h.type != OHM_TYPE_ACT)
        die(b, b->err.text);
    b->err.text[0] = 0;
}

struct place { struct bench *b; unsigned x, y; };

static inline int emit(void *user, unsigned addr, const uint32_t *words, int count)
{
    const struct place *p = user;
    packet(p->b, OHM_CLASS_CONFIG,
           (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = p->x, .y = p->y,
                               .len = (unsigned)count, .offset = addr},
           words);
    return 0;
}

static inline void reg(struct bench *b, unsigned x, unsigned y, unsigned addr, uint32_t value)
{
    struct place p = {b, x, y};
    emit(&p, addr, &value, 1);
}

/* Stream 0 of `words` words; the first producer is the host where `host`, others get credits. */
static inline void stream(struct bench *b, unsigned x, unsigned y, uint32_t words)
{
    reg(b, x, y, OHM_REG_STREAM, OHM_PLACE(words, STREAM_SIZE));
    reg(b, x, y, OHM_REG_STREAM_VEC,
        OHM_PLACE(words, STREAM_VEC_EXPECT) | OHM_PLACE(SLOTS_LOG2, STREAM_VEC_LOG2_SLOTS));
}

static inline void back(struct bench *b, unsigned x, unsigned y, unsigned entry, uint32_t to)
{
    reg(b, x, y, OHM_REG_RETURN + entry, OHM_PLACE(1, RETURN_VALID) | to);
}

static inline void route(struct bench *b, unsigned x, unsigned y, unsigned r, uint32_t head,
                         uint32_t part, uint32_t limit)
{
    reg(b, x, y, OHM_REG_ROUTE + OHM_REG_ROUTE_STRIDE * r, head);
    reg(b, x, y, OHM_REG_ROUTE_PART + OHM_REG_ROUTE_PART_STRIDE * r,
        part | OHM_PLACE(r, ROUTE_PART_CREDIT));
    reg(b, x, y, OHM_REG_CREDIT + r, limit & 0xffff);
}

static inline uint32_t to_tile(unsigned x, unsigned y)
{
    return OHM_PLACE(OHM_TYPE_ACT, H0_TYPE) | OHM_PLACE(x, H0_X) | OHM_PLACE(y, H0_Y);
}

static inline uint32_t to_host(void)
{
    return OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST);
}

/* Weights of an ideal macro: |w| steps of 129 in the plus or the minus device. */
static inline void cells(struct bench *b, unsigned x, unsigned y, const int *w, int rows, int cols)
{
    for (int r = 0; r < rows; r++)
        for (int dev = 0; dev < 2; dev++) {
            uint32_t words[N / 2] = {0};
            for (int c = 0; c < cols; c++) {
                const int v = dev ? -w[r * cols + c] : w[r * cols + c];
                words[c / 2] |= (uint32_t)(v > 0 ? v * 129 : 0) << 16 * (c % 2);
            }
            packet(b, OHM_CLASS_CONFIG,
                   (struct ohm_header){.type = OHM_TYPE_PROG, .x = x, .y = y, .chan = (unsigned)dev,
                                       .len = (unsigned)cols / 2, .offset = (unsigned)r},
                   words);
        }
}

static inline void crossbar(struct bench *b, unsigned x, unsigned y, unsigned mode, unsigned rows,
                            unsigned outs, uint32_t lsb)
{
    reg(b, x, y, OHM_REG_DESC,
        OHM_PLACE(mode, DESC_MODE) | OHM_PLACE(1, DESC_NSLICE) | OHM_PLACE(1, DESC_SIGNED)
            | OHM_PLACE(1, DESC_OSIGNED));
    reg(b, x, y, OHM_REG_DESC_SIZE,
        OHM_PLACE(rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(outs - 1, DESC_SIZE_COLS1)
            | OHM_PLACE(outs - 1, DESC_SIZE_OUTS1));
    reg(b, x, y, OHM_REG_SLICE, OHM_PLACE(7, SLICE_W));
    reg(b, x, y, OHM_REG_SLICE_RAMP,
        OHM_PLACE(-300, SLICE_RAMP_START) | OHM_PLACE(300, SLICE_RAMP_STOP));
    reg(b, x, y, OHM_REG_MACRO_LSB, lsb);
    reg(b, x, y, OHM_REG_SEQ_BASE, FIRST);
    for (unsigned c = 0; c < outs; c++) {
        reg(b, x, y, OHM_REG_COLMAP + c,
            OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(c, COLMAP_OUT) | OHM_PLACE(1, COLMAP_KIND));
        reg(b, x, y, OHM_REG_BIAS + c, mode == OHM_DESC_MODE_Y ? (uint32_t)b->bias[c] : 0);
        reg(b, x, y, OHM_REG_SCALE + c, 1);
    }
}

/* Everything but the vector tile's program. */
static inline void set_up(struct bench *b)
{
    const uint32_t room = FIRST + (1u << SLOTS_LOG2), host = FIRST + VECTORS_MAX;
    stream(b, 0, 0, 4);
    crossbar(b, 0, 0, OHM_DESC_MODE_Y, 2 * N, N, 129 * 32);
    cells(b, 0, 0, &b->w[0][0], 2 * N, N);
    route(b, 0, 0, 0, to_tile(VX, VY), OHM_PLACE(N - 1, ROUTE_PART_COUNT1), room);
    back(b, 0, 0, 0, OHM_PLACE(1, RETURN_HOST));
    back(b, 0, 0, 1, OHM_PLACE(VX, RETURN_X) | OHM_PLACE(VY, RETURN_Y));
    stream(b, 1, 1, 2);
    crossbar(b, 1, 1, OHM_DESC_MODE_V, N, Y, 129 * 8);
    cells(b, 1, 1, &b->v[0][0], N, Y);
    route(b, 1, 1, 0, to_host(), OHM_PLACE(Y - 1, ROUTE_PART_COUNT1), host);
    back(b, 1, 1, 0, OHM_PLACE(VX, RETURN_X) | OHM_PLACE(VY, RETURN_Y) | OHM_PLACE(2, RETURN_CHAN));
    stream(b, VX, VY, 2);
    reg(b, VX, VY, OHM_REG_SEQ_BASE, FIRST);
    route(b, VX, VY, 0, to_tile(0, 0), OHM_PLACE(2, ROUTE_PART_OFFSET), room);
    route(b, VX, VY, 1, to_host(), 0, host);
    route(b, VX, VY, 2, to_tile(1, 1), 0, room);
    back(b, VX, VY, 0, 0);
}

/* ---- reference ---- */

static inline int clip(int v, int most)
{
    return v > most ? most : v < -most ? -most : v;
}

static inline int quantised(int sum, int step) /* code of the ramp */
{
    return clip((int)((sum + step / 2 + (step << 20)) / step - (1 << 20)), 300);
}

/* h(n) and y(n) of all vectors, had none been lost. */
static inline void reference(struct bench *b, int8_t h[][N], int32_t y[][Y])
{
    for (uint32_t n = 0; n < b->count; n++) {
        const uint32_t lanes = (uint32_t)b->lanes, lane = n % lanes;
        const int first = n / lanes % STEPS == 0;
        for (int o = 0; o < N; o++) {
            int sum = 0;
            for (int i = 0; i < N; i++)
                sum += b->w[i][o] * b->x[n][i] + b->w[N + i][o] * (first ? 0 : h[n - lanes][i]);
            const int z = clip(quantised(sum, 32) + b->bias[o], 127);
            int32_t *c = &b->c[lane][o];
            const int was = first ? 0 : *c;
            *c = ((3 * was + 2 + (1 << 20)) >> 2) - (1 << 18) + z;
            h[n][o] = (int8_t)clip(*c, 127);
        }
        for (int o = 0; o < Y; o++) {
            int sum = 0;
            for (int i = 0; i < N; i++)
                sum += b->v[i][o] * h[n][i];
            y[n][o] = quantised(sum, 8);
        }
    }
}

/* ---- packets from the chip ---- */

static inline int take(void *user, const uint32_t *flits, size_t size)
{
    struct bench *b = user;
    const struct ohm_header h = ohm_header_decode(flits);
    const uint32_t n = (h.seq - FIRST) & 0xffff;
    note(b, flits, size);
    if (h.type == OHM_TYPE_CREDIT) {
        b->limit += (uint32_t)(int32_t)(int16_t)(uint16_t)(h.offset - b->limit);
    } else if (h.type == OHM_TYPE_EVENT) {
        b->event_count++;
        b->events[h.offset]++;
        if (h.offset == OHM_EVENT_BAD_DESC)
            b->detail = flits[2];
    } else if (h.type == OHM_TYPE_RESULT) {
        const int from_vec = h.x == VX && h.y == VY;
        if (b->timed && h.poison && n >= b->count)
            return 0;
        uint8_t *came = from_vec ? &b->h_came[n] : &b->y_came[n];
        CHECK(b, n < b->count && !*came, "result %u of tile (%u,%u): no such, or again", n, h.x,
              h.y);
        CHECK(b, h.poison || h.len == (from_vec ? 2 : Y), "result %u: %u words", n, h.len);
        *came = h.poison ? 2 : 1;
        if (from_vec && !h.poison)
            memcpy(b->h[n], flits + 2, N);
        else if (!h.poison)
            memcpy(b->y[n], flits + 2, Y * sizeof(int32_t));
    } else {
        CHECK(b, 0, "packet of type %s from the chip", ohm_type_name(h.type));
    }
    return 0;
}

/* Lets the chip work; 1: something came. */
static inline int turn(struct bench *b)
{
    uint32_t flits[OHM_PACKET_MAX];
    int came = 0;
    long n;
    if (b->b.run(b->b.self, 200, &b->err))
        die(b, b->err.text);
    while ((n = b->b.recv(b->b.self, flits, OHM_PACKET_MAX, &b->err)) > 0)
        came = 1, take(b, flits, (size_t)n);
    if (n < 0)
        die(b, b->err.text);
    return came;
}

static inline void send_x(struct bench *b)
{
    const uint32_t n = b->sent++ - FIRST;
    uint32_t words[2];
    memcpy(words, b->x[n], N);
    if ((int)n != b->skip)
        packet(b, OHM_CLASS_DATA,
               (struct ohm_header){.type = OHM_TYPE_ACT, .len = 2, .seq = (FIRST + n) & 0xffff},
               words);
}

/* Feeds all vectors as credits come and waits for all results. */
static inline void stream_all(struct bench *b)
{
    for (int idle = 0; idle < PATIENCE / 200;) {
        uint32_t missing = 0;
        while (b->sent != FIRST + b->count && (int32_t)(b->limit - b->sent) > 0)
            send_x(b);
        idle = turn(b) ? 0 : idle + 1;
        for (uint32_t n = 0; n < b->count; n++)
            missing += !b->h_came[n] + !b->y_came[n];
        if (!missing)
            return;
    }
    for (uint32_t n = 0; n < b->count; n++)
        CHECK(b, b->h_came[n] && b->y_came[n], "vector %u: no %s came", n,
              b->h_came[n] ? "y" : "h");
}

#endif
