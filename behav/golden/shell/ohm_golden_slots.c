/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_golden_slots.h"

#include <stdlib.h>
#include <string.h>

void slots_free(struct slots *s)
{
    free(s->got);
    free(s->data);
    *s = (struct slots){0};
}

int slots_reach(struct slots *s, uint32_t ahead)
{
    uint32_t capacity = s->capacity;

    while (capacity <= ahead)
        capacity *= 2;
    if (capacity == s->capacity)
        return 0;

    uint32_t *got = calloc(capacity, sizeof *got);
    uint32_t *data = calloc((size_t)capacity * s->stride, sizeof *data);
    if (!got || !data) {
        free(got);
        free(data);
        return -1;
    }
    for (uint32_t i = 0; i < s->capacity; i++) {
        const uint32_t from = (s->head + i) & (s->capacity - 1),
                       to = (s->head + i) & (capacity - 1);
        got[to] = s->got[from];
        memcpy(data + (size_t)to * s->stride, s->data + (size_t)from * s->stride,
               s->stride * sizeof *data);
    }
    free(s->got);
    free(s->data);
    s->got = got;
    s->data = data;
    s->capacity = capacity;
    return 0;
}

int slots_reset(struct slots *s, uint32_t head, uint32_t base, uint32_t count, uint32_t words,
                uint32_t expect)
{
    uint32_t capacity = 16;

    while (capacity <= count) /* the number after the last slot has a place too */
        capacity *= 2;
    slots_free(s);
    s->start = s->head = head;
    s->base = base;
    s->count = count;
    s->words = words;
    s->expect = expect;
    s->capacity = capacity;
    s->stride = words ? words : 1;
    s->got = calloc(capacity, sizeof *s->got);
    s->data = calloc((size_t)capacity * s->stride, sizeof *s->data);
    return s->got && s->data ? 0 : -1;
}

int slot_ahead(const struct slots *s, unsigned seq16)
{
    return (int16_t)(uint16_t)(seq16 - s->head);
}

void slots_write(struct slots *s, const struct ohm_header *h, const uint32_t *payload)
{
    const uint32_t seq = s->head + (uint32_t)slot_ahead(s, h->seq);
    uint32_t *got = slot_got(s, seq);
    const uint32_t before = *got;

    if (before & SLOT_POISON)
        return; /* the rest of a vector that is poison already */
    if (h->poison) {
        *got |= SLOT_WHOLE | SLOT_POISON;
    } else {
        memcpy(slot_data(s, seq) + h->offset, payload, h->len * sizeof *payload);
        *got += h->len;
        if (*got >= s->expect)
            *got |= SLOT_WHOLE;
    }
    if ((*got & SLOT_WHOLE) && !(before & SLOT_WHOLE)) {
        s->whole++;
        s->poison += h->poison;
    }
}

int slots_ready(const struct slots *s)
{
    return (*slot_got(s, s->head + s->taken) & SLOT_WHOLE) || s->whole > s->poison
        || (s->whole && s->taken + s->whole + 1 >= s->count);
}

int slots_take(struct slots *s, int *lost)
{
    uint32_t *got = slot_got(s, s->head + s->taken++);

    *lost = !(*got & SLOT_WHOLE);
    if (*lost)
        *got |= SLOT_WHOLE | SLOT_POISON; /* what still comes for it is absorbed */
    else
        s->whole--;
    if ((*got & SLOT_POISON) && !*lost)
        s->poison--;
    return (*got & SLOT_POISON) != 0;
}

void slots_free_oldest(struct slots *s)
{
    *slot_got(s, s->head) = 0;
    memset(slot_data(s, s->head), 0, s->stride * sizeof *s->data);
    s->head++;
    s->taken--;
}
