/* SPDX-License-Identifier: Apache-2.0
 * Slots of one stream in the cycle model (rtl/tile/ohm_slots.v). Private to behav/fast. */
#ifndef OHM_CYCLE_SLOTS_H
#define OHM_CYCLE_SLOTS_H

#include <stdint.h>

struct cycle_slots {
    uint32_t head, expect;
    unsigned slots; /* 2 to 16, power of two */
    uint16_t some, done, poison; /* per slot: words have come; complete; complete as poison */
    uint16_t words[16];
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
    return s->done >> cycle_slot(s, s->head) & 1;
}

static inline int cycle_slots_poison(const struct cycle_slots *s)
{
    return s->poison >> cycle_slot(s, s->head) & 1;
}

static inline uint16_t cycle_slots_limit(const struct cycle_slots *s)
{
    return (uint16_t)(s->head + s->slots);
}

/* The head vector will never be whole. */
static inline int cycle_slots_lost(const struct cycle_slots *s)
{
    const unsigned used = (1u << s->slots) - 1, head = 1u << cycle_slot(s, s->head);

    return s->done && !cycle_slots_valid(s) && ((s->done & ~s->poison) || (s->done | head) == used);
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
    s->done |= (uint16_t)(1u << cycle_slot(s, s->head));
    s->poison |= (uint16_t)(1u << cycle_slot(s, s->head));
}

static inline void cycle_slots_pop(struct cycle_slots *s)
{
    const uint16_t keep = (uint16_t)~(1u << cycle_slot(s, s->head));

    s->some &= keep;
    s->done &= keep;
    s->poison &= keep;
    s->head++;
}

static inline void cycle_slots_reset(struct cycle_slots *s, uint32_t head)
{
    s->head = head;
    s->some = s->done = s->poison = 0;
}

#endif
