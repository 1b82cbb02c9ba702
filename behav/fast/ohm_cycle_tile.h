/* SPDX-License-Identifier: Apache-2.0
 * Time in the shell of a tile: network interface, buffers, configuration, output stage, credits, events (rtl/tile). Private
 * to behav/fast. */
#ifndef OHM_CYCLE_TILE_H
#define OHM_CYCLE_TILE_H

#include <stdint.h>

#include "ohm_config.h"
#include "ohm_cycle_core.h"
#include "ohm_cycle_mesh.h"
#include "ohm_cycle_slots.h"
#include "ohm_cycle_window.h"
#include "ohm_map.h"

enum { CYCLE_CONFIG_MAX = 256, CYCLE_EVENTS = OHM_REG_CNT_EVENT_COUNT };

struct cycle_tile;

struct cycle_owner { /* what a tile asks of the numbers' model; -1 stops the run */
    void *self;
    /* Payload of a packet to the host: fills in words from index 2 on. */
    int (*payload)(void *self, struct cycle_tile *t, struct cycle_packet *p);
    /* Highest codes of the vector's slices. */
    int (*trips)(void *self, struct cycle_tile *t, uint32_t seq, int16_t *last);
};

struct cycle_tile {
    const struct ohm_config *config;
    const struct cycle_owner *owner;
    unsigned number, x, y, router; /* number: y*16 + x */
    uint64_t awake_until; /* nothing happens from this cycle on, unless a flit comes */

    uint32_t reg[OHM_REG_MACRO_LSB];
    uint32_t colmap[OHM_REG_COLMAP_COUNT], lsb; /* lsb: MACRO_LSB */
    int enable, early_stop;

    /* network interface */
    struct cycle_packet *coming; /* from its first flit on */
    struct cycle_packet *taken;  /* whole, from its last flit to its commit */
    int check_in, commit_in;     /* cycles; 0: nothing to come */
    int head_ok, off, addr_ok, slot_ok;

    /* configuration FIFO */
    struct cycle_entry { uint8_t type; uint16_t addr; uint32_t data; } fifo[CYCLE_CONFIG_MAX], entry;
    unsigned fifo_rd, fifo_good, entry_valid;
    int read_now; /* CFG_RD was on the bus in the last cycle */
    int read_busy, answer_valid;
    uint32_t read_tag, read_addr, read_value;
    int read_timed; /* read_value is the answer; otherwise the owner knows it */

    /* buffers */
    struct cycle_slots stream[OHM_REG_STREAM_COUNT], psum;
    uint16_t limit[OHM_REG_CREDIT_COUNT];

    /* descriptor's states, core */
    enum { DESC_OFF, DESC_WALK, DESC_DRAIN, DESC_JUDGE, DESC_RUN, DESC_REFUSED } desc;
    unsigned walk;
    uint32_t calib_left, calib_seq; /* vectors that the generator has to make; number of the next */
    struct cycle_window window;
    struct cycle_core core;
    struct cycle_link_wires { /* between tiles: as they are in this cycle, in the next one */
        int ready, claim, mark, start, pass;
    } link, link_next;
    int link_seen; /* ready of the tile in the east, as it was last looked at */
    struct cycle_pool pool;

    /* output stage */
    enum { OUT_WAIT, OUT_ASK, OUT_HEAD0, OUT_HEAD1, OUT_BODY } out;
    int fill, send, flush;
    uint8_t bank_full, bank_poison, todo;
    uint16_t bank_seq[2];
    uint16_t line, line_at; /* of the next vector that leaves: its line, its place there */
    unsigned line_vec;
    unsigned member, words_left;
    struct cycle_packet *leaving;

    /* injection */
    enum { INJECT_IDLE, INJECT_SHORT, INJECT_DATA } inject;
    struct cycle_flit short_flit;

    uint16_t due; /* RETURN entries */
    uint8_t event_due, event_new; /* new: in this cycle */
    uint8_t gone;                 /* a cycle ago a vector was made poison: number gone_seq */
    uint32_t gone_seq;
    uint32_t event_count[CYCLE_EVENTS], event_detail[CYCLE_EVENTS];
};

void cycle_tile_init(struct cycle_tile *t, const struct ohm_config *config, const struct cycle_owner *owner, unsigned x,
                     unsigned y);
void cycle_tile_free(struct cycle_tile *t);

/* One cycle. west, east: the neighbours, NULL: none there, or no links. rx: what comes from the router; tx_ready: whether it takes a flit; *tx: what it gets. -1: stop. */
int cycle_tile_step(struct cycle_tile *t, uint64_t now, const struct cycle_tile *west, const struct cycle_tile *east, struct cycle_flit rx, int tx_ready, struct cycle_flit *tx);

#endif
