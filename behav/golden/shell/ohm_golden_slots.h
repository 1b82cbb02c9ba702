/* SPDX-License-Identifier: Apache-2.0
 * Slots of the golden model: where numbered vectors gather until they are whole. Private to
 * behav/golden. */
#ifndef OHM_GOLDEN_SLOTS_H
#define OHM_GOLDEN_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_packet.h"

/* Slots of one stream or of the partial sums, by sequence number. Only the host is held to the
 * number of slots the chip has: how far one tile runs ahead of another is a matter of time, so the
 * ring grows for packets from tiles. */
struct slots {
    uint32_t start;              /* head after enable */
    uint32_t head;               /* oldest number not freed */
    /* numbers from head on that are in use: lines of a map that windows still need */
    uint32_t taken;
    uint32_t count;              /* slots of the chip */
    uint32_t base;               /* first word in the chip's buffer */
    uint32_t words, expect;      /* of a slot; words that make it whole */
    uint32_t capacity, stride;   /* of the ring, power of two; words allocated per slot */
    uint32_t whole, poison;      /* slots not taken yet: whole or poison, poison */
    uint32_t *got;               /* words got, SLOT_WHOLE, SLOT_POISON */
    uint32_t *data;
};
#define SLOT_WHOLE 0x80000000u
#define SLOT_POISON 0x40000000u

/* Empties the slots and gives them a shape; the first expected number is head. -1: out of memory.
 */
int slots_reset(struct slots *s, uint32_t head, uint32_t base, uint32_t count, uint32_t words,
                uint32_t expect);
void slots_free(struct slots *s);

/* How far a 16-bit number lies ahead of the head; negative: stale. */
int slot_ahead(const struct slots *s, unsigned seq16);
/* Makes room for numbers head … head+ahead. -1: out of memory. */
int slots_reach(struct slots *s, uint32_t ahead);
/* Takes an ACT or PSUM packet that fits and is within reach. */
void slots_write(struct slots *s, const struct ohm_header *h, const uint32_t *payload);
/* The oldest vector not taken is whole, or lost: packets of one producer arrive in order, so that
 * it never will be whole when a newer one is. Newer poison proves that for one producer only, and
 * counts when it fills the other slots of the chip. */
int slots_ready(const struct slots *s);
/* Takes that vector; 1: it is poison. *lost: and it was never whole. */
int slots_take(struct slots *s, int *lost);
/* Frees the oldest slot, which was taken. */
void slots_free_oldest(struct slots *s);

static inline uint32_t *slot_got(const struct slots *s, uint32_t seq)
{
    return &s->got[seq & (s->capacity - 1)];
}

static inline uint32_t *slot_data(const struct slots *s, uint32_t seq)
{
    return s->data + (size_t)(seq & (s->capacity - 1)) * s->stride;
}

#endif
