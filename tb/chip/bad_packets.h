/* SPDX-License-Identifier: Apache-2.0
 * The broken packets of bad_packets.c, each with what must become of it: the counter that goes up,
 * the event that comes, from which tile and with which detail. */
#ifndef BAD_PACKETS_H
#define BAD_PACKETS_H

#include <stdint.h>

#include "ohm_packet.h"

enum {
    WORK_X = 0, WORK_Y = 1, IDLE_X = 1, IDLE_Y = 0, SIDE = 4, FIRST_SEQ = 65530, PATIENCE = 20000,
    AXIL_COUNTERS = 7, PARITY = 6
};

static const unsigned axil[AXIL_COUNTERS] = {OHM_AXIL_BAD_CRC,  OHM_AXIL_BAD_LEN, OHM_AXIL_BAD_DST,
                                             OHM_AXIL_OUT_DROP, OHM_AXIL_LONG,    OHM_AXIL_STRAY,
                                             OHM_AXIL_PARITY};
static const char *const axil_name[AXIL_COUNTERS] = {"BAD_CRC", "BAD_LEN", "BAD_DST", "OUT_DROP",
                                                     "LONG",    "STRAY",   "PARITY"};

/* what the golden model must say; SKIP: broken below packets */
enum fate { GOOD, REFUSED, SKIP_GOLDEN };

struct bad {
    const char *name;
    struct ohm_header head;
    int config_class;
    int extra;          /* payload flits more (or, negative, fewer) than head.len */
    uint32_t crc_error;
    enum fate fate;
    int counter;        /* which axil counter goes up, -1 none */
    unsigned event;     /* which event comes, 0 none */
    unsigned x, y;      /* from which tile */
    int detail;         /* index of the header flit that is its detail */
};

#define TO_WORK .x = WORK_X, .y = WORK_Y
#define TO_IDLE .x = IDLE_X, .y = IDLE_Y

static const struct bad bads[] = {
    {"CRC",
     {.type = OHM_TYPE_ACT, TO_WORK, .len = 1, .seq = 1},
     0, 0, 1, SKIP_GOLDEN, 0, 0, 0, 0,
     0},
    {"CRC, configuration",
     {.type = OHM_TYPE_CFG_WR, TO_WORK, .len = 1, .offset = OHM_REG_DESC},
     1,
     0,
     0x80000000u,
     SKIP_GOLDEN, 0, 0, 0, 0,
     0},
    {"one flit short", {.type = OHM_TYPE_ACT, TO_WORK, .len = 2}, 0, -1, 0, REFUSED, 1, 0, 0, 0, 0},
    {"one flit long", {.type = OHM_TYPE_ACT, TO_WORK, .len = 1}, 0, 1, 0, REFUSED, 1, 0, 0, 0, 0},
    {"longer than any packet",
     {.type = OHM_TYPE_ACT, TO_WORK, .len = 1000},
     0, 0, 0, REFUSED, 1, 0, 0, 0,
     0},
    {"destination east of the mesh",
     {.type = OHM_TYPE_ACT, .x = 2, .y = 1, .len = 1},
     0, 0, 0, REFUSED, 2, 0, 0, 0,
     0},
    {"destination north of the mesh",
     {.type = OHM_TYPE_ACT, .x = 1, .y = 15, .len = 1},
     0, 0, 0, REFUSED, 2, 0, 0, 0,
     0},
    {"to the host", {.type = OHM_TYPE_ACT, .host = 1, .len = 1}, 0, 0, 0, REFUSED, 2, 0, 0, 0, 0},
    {"multicast past the edge",
     {.type = OHM_TYPE_ACT, TO_WORK, .mc = 2, .len = 1},
     0, 0, 0, REFUSED, 2, 0, 0, 0,
     0},
    {"type 0", {.type = 0, TO_WORK, .len = 1}, 0, 0, 0, REFUSED, 2, 0, 0, 0, 0},
    {"type RESULT", {.type = OHM_TYPE_RESULT, TO_WORK, .len = 1}, 0, 0, 0, REFUSED, 2, 0, 0, 0, 0},
    {"type EVENT", {.type = OHM_TYPE_EVENT, TO_WORK, .len = 1}, 1, 0, 0, REFUSED, 2, 0, 0, 0, 0},
    {"type 15", {.type = 15, TO_WORK, .len = 1}, 0, 0, 0, REFUSED, 2, 0, 0, 0, 0},
    {"disabled tile",
     {.type = OHM_TYPE_ACT, TO_IDLE, .len = 1},
     0, 0, 0, REFUSED, -1, OHM_EVENT_DISABLED, IDLE_X, IDLE_Y,
     0},
    {"disabled tile, partial sum",
     {.type = OHM_TYPE_PSUM, TO_IDLE, .len = 4},
     0, 0, 0, REFUSED, -1, OHM_EVENT_DISABLED, IDLE_X, IDLE_Y,
     0},
    {"stale number",
     {.type = OHM_TYPE_ACT, TO_WORK, .len = 1, .seq = FIRST_SEQ - 1},
     0, 0, 0, REFUSED, -1, OHM_EVENT_NO_SLOT, WORK_X, WORK_Y,
     1},
    {"number far ahead",
     {.type = OHM_TYPE_ACT, TO_WORK, .len = 1, .seq = 5000},
     0, 0, 0, REFUSED, -1, OHM_EVENT_NO_SLOT, WORK_X, WORK_Y,
     1},
    {"read with payload",
     {.type = OHM_TYPE_CFG_RD, TO_WORK, .len = 1},
     1, 0, 0, REFUSED, -1, OHM_EVENT_BAD_LENGTH, WORK_X, WORK_Y,
     0},
    {"programming row outside",
     {.type = OHM_TYPE_PROG, TO_WORK, .len = 1, .offset = 16},
     1, 0, 0, REFUSED, -1, OHM_EVENT_BAD_ADDR, WORK_X, WORK_Y,
     1},
    {"programming column outside",
     {.type = OHM_TYPE_PROG, TO_WORK, .len = 2, .seq = 14},
     1, 0, 0, REFUSED, -1, OHM_EVENT_BAD_ADDR, WORK_X, WORK_Y,
     1},
};

/* Flits that are hit in the mesh. */
enum { HIT_SEQ = 0xbad0, HIT_OFFSET = 0xb175, HIT_CHAN = 15 };
static const uint32_t hit_word = (uint32_t)HIT_SEQ << 16 | HIT_OFFSET;

static const struct bad hits[] = {
    {"hit in the first flit",
     {.type = OHM_TYPE_ACT, TO_WORK, .poison = 1, .chan = HIT_CHAN},
     0, 0, 0, SKIP_GOLDEN, PARITY, 0, 0, 0,
     0},
    {"hit in the second flit",
     {.type = OHM_TYPE_ACT, TO_WORK, .poison = 1, .seq = HIT_SEQ, .offset = HIT_OFFSET},
     0, 0, 0, SKIP_GOLDEN, PARITY, OHM_EVENT_BAD_LENGTH, WORK_X, WORK_Y,
     0},
    {"hit in the last flit",
     {.type = OHM_TYPE_ACT, TO_WORK, .len = 1},
     0, 0, 0, SKIP_GOLDEN, PARITY, OHM_EVENT_BAD_LENGTH, WORK_X, WORK_Y,
     0},
    {"hit in mid-packet",
     {.type = OHM_TYPE_ACT, TO_IDLE, .len = 3},
     0, 0, 0, SKIP_GOLDEN, PARITY, OHM_EVENT_BAD_LENGTH, IDLE_X, IDLE_Y,
     0},
    {"hit in a register write",
     {.type = OHM_TYPE_CFG_WR, TO_WORK, .len = 1, .offset = OHM_REG_BIAS},
     1, 0, 0, SKIP_GOLDEN, PARITY, OHM_EVENT_BAD_LENGTH, WORK_X, WORK_Y,
     0},
    {"hit in target codes",
     {.type = OHM_TYPE_PROG, TO_WORK, .len = 2},
     1, 0, 0, SKIP_GOLDEN, PARITY, OHM_EVENT_BAD_LENGTH, WORK_X, WORK_Y,
     0},
};

#endif
