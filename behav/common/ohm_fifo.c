/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_fifo.h"

#include <stdlib.h>
#include <string.h>

#define HEADER (sizeof(struct ohm_fifo_entry) / sizeof(uint32_t))

struct ohm_fifo_entry *ohm_fifo_push(struct ohm_fifo *f, size_t n)
{
    const size_t need = HEADER + n;

    if (f->tail + need > f->size && f->head > f->size / 2) {
        memmove(f->words, f->words + f->head, (f->tail - f->head) * sizeof *f->words);
        f->tail -= f->head;
        f->head = 0;
    }
    if (f->tail + need > f->size) {
        const size_t size = 2 * (f->size + need);
        uint32_t *words = realloc(f->words, size * sizeof *words);
        if (!words)
            return NULL;
        f->words = words;
        f->size = size;
    }

    struct ohm_fifo_entry *e = (struct ohm_fifo_entry *)(f->words + f->tail);
    *e = (struct ohm_fifo_entry){.n = (uint32_t)n};
    f->tail += need;
    f->count++;
    return e;
}

struct ohm_fifo_entry *ohm_fifo_front(const struct ohm_fifo *f)
{
    return f->count ? (struct ohm_fifo_entry *)(f->words + f->head) : NULL;
}

struct ohm_fifo_entry *ohm_fifo_next(const struct ohm_fifo *f, const struct ohm_fifo_entry *e)
{
    const uint32_t *next = (const uint32_t *)e + HEADER + e->n;

    return next < f->words + f->tail ? (struct ohm_fifo_entry *)(f->words + (next - f->words))
                                     : NULL;
}

void ohm_fifo_pop(struct ohm_fifo *f)
{
    f->head += HEADER + ohm_fifo_front(f)->n;
    if (!--f->count)
        f->head = f->tail = 0;
}

void ohm_fifo_free(struct ohm_fifo *f)
{
    free(f->words);
    *f = (struct ohm_fifo){0};
}
