/* SPDX-License-Identifier: Apache-2.0
 * FIFO of packets in one growing block: no allocation once it has reached its working size. */
#ifndef OHM_FIFO_H
#define OHM_FIFO_H

#include <stddef.h>
#include <stdint.h>

struct ohm_fifo_entry {
    uint32_t n;         /* flits */
    uint32_t from;      /* 0: the host, otherwise 1 + tile number */
    uint32_t abandoned; /* expected no longer, but legal */
    uint32_t flits[];
};

struct ohm_fifo {
    uint32_t *words;
    size_t head, tail, size; /* in words */
    size_t count;            /* entries */
};

/* Appends an entry with room for n flits, for the caller to fill in; NULL when out of memory. Valid
 * until the next push. */
struct ohm_fifo_entry *ohm_fifo_push(struct ohm_fifo *f, size_t n);
/* Oldest entry, NULL when empty; the one after an entry. */
struct ohm_fifo_entry *ohm_fifo_front(const struct ohm_fifo *f);
struct ohm_fifo_entry *ohm_fifo_next(const struct ohm_fifo *f, const struct ohm_fifo_entry *e);
void ohm_fifo_pop(struct ohm_fifo *f);
void ohm_fifo_free(struct ohm_fifo *f);

#endif
