/* SPDX-License-Identifier: Apache-2.0
 * Slots of one stream in the cycle model (rtl/shell/ohm_slots.v). Private to behav/fast. */
#ifndef OHM_CYCLE_SLOTS_H
#define OHM_CYCLE_SLOTS_H

#include <stdint.h>

struct cycle_slots {
    uint32_t head, front, expect; /* oldest vector not freed; oldest not taken */
    unsigned slots;               /* 2 to 16, power of two */
    uint16_t some, done, poison, taken; /* per slot: words have come; complete; complete as poison; held by its reader */
    uint16_t words[16];
    uint8_t missing;              /* a cycle ago the front was lost */
};

static inline unsigned cycle_slot(const struct cycle_slots *s, uint32_t seq)
{
    return seq & (s->slots - 1);
}

static inline int cycle_slots_take(const struct cycle_slots *s, uint16_t seq) /* is there a place for it? */
{
    const unsigned i = cycle_slot(s, seq);

    return (uint16_t)(seq - s->head) < s->slots && (!(s->done >> i & 1) || (s->poison >> i & 1));
}

static inline int cycle_slots_valid(const struct cycle_slots *s)
{
    return (s->done & ~s->taken) >> cycle_slot(s, s->front) & 1;
}

static inline int cycle_slots_poison(const struct cycle_slots *s)
{
    return s->poison >> cycle_slot(s, s->front) & 1;
}

static inline uint16_t cycle_slots_limit(const struct cycle_slots *s)
{
    return (uint16_t)(s->head + s->slots);
}

/* The front vector will never be whole. */
static inline int cycle_slots_lost(const struct cycle_slots *s)
{
    const unsigned used = (1u << s->slots) - 1, front = 1u << cycle_slot(s, s->front), newer = s->done & ~(unsigned)s->taken;

    return newer && !(s->done & front) && ((newer & ~(unsigned)s->poison) || (s->done | front) == used);
}

static inline void cycle_slots_commit(struct cycle_slots *s, uint16_t seq, unsigned len, int poison)
{
    const unsigned i = cycle_slot(s, seq);

    s->words[i] = (uint16_t)((s->some >> i & 1 ? s->words[i] : 0) + len);
    s->some |= (uint16_t)(1u << i);
    if (poison || s->words[i] >= s->expect)
        s->done |= (uint16_t)(1u << i);
    if (poison)
        s->poison |= (uint16_t)(1u << i);
}

static inline void cycle_slots_lose(struct cycle_slots *s)
{
    s->done |= (uint16_t)(1u << cycle_slot(s, s->front));
    s->poison |= (uint16_t)(1u << cycle_slot(s, s->front));
}

/* The front vector is taken; the oldest one is freed. */
static inline void cycle_slots_hold(struct cycle_slots *s)
{
    s->taken |= (uint16_t)(1u << cycle_slot(s, s->front));
    s->front++;
}

static inline void cycle_slots_pop(struct cycle_slots *s)
{
    const uint16_t keep = (uint16_t)~(1u << cycle_slot(s, s->head));

    s->some &= keep;
    s->done &= keep;
    s->poison &= keep;
    s->taken &= keep;
    s->head++;
}

static inline void cycle_slots_reset(struct cycle_slots *s, uint32_t first)
{
    s->head = s->front = first;
    s->some = s->done = s->poison = s->taken = 0;
    s->missing = 0;
}

#endif
