/* SPDX-License-Identifier: Apache-2.0
 * Golden model: the ring of vectors between computation and check. */
#include "ohm_golden_ring.h"

#include <stdlib.h>

enum { RING_START = 4 };

static struct vmm *vmm_new(const struct ohm_config *c)
{
    const size_t cols = ohm_plan_side(c);
    struct vmm *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->codes = calloc((size_t)c->nslice * cols, sizeof *v->codes);
    v->acc = calloc(cols, sizeof *v->acc);
    v->y = calloc(cols, sizeof *v->y);
    return v;
}

void ohm_vmm_free(struct vmm *v)
{
    if (!v)
        return;
    free(v->codes);
    free(v->acc);
    free(v->y);
    free(v);
}

uint64_t ohm_ring_oldest(const struct tile *t)
{
    const struct vmm_ring *r = &t->ring;
    const uint64_t checked = r->code < r->result ? r->code : r->result;

    return t->g->checking && checked < r->done ? checked : r->done;
}

void ohm_code_skip(struct vmm_ring *r)
{
    r->code++;
    r->code_at = r->code_col = r->code_slice = 0;
}

struct vmm *ohm_code_front(struct vmm_ring *r)
{
    while (r->code < r->tail) {
        struct vmm *v = vmm_at(r, r->code);
        if (r->code_at < vmm_codes(v))
            return v;
        ohm_code_skip(r);
    }
    return NULL;
}

void ohm_result_skip(struct vmm_ring *r)
{
    r->result++;
    r->result_at = 0;
}

struct vmm *ohm_result_front(struct vmm_ring *r)
{
    while (r->result < r->done) {
        struct vmm *v = vmm_at(r, r->result);
        if (r->result_at < v->nres)
            return v;
        ohm_result_skip(r);
    }
    return NULL;
}

struct vmm *ohm_ring_push(struct tile *t)
{
    struct vmm_ring *r = &t->ring;

    if (t->g->checking) { /* both move past vectors without records */
        ohm_code_front(r);
        ohm_result_front(r);
    }
    if (r->tail - ohm_ring_oldest(t) == r->capacity) {
        const uint32_t capacity = r->capacity ? 2 * r->capacity : RING_START;
        struct vmm **at = calloc(capacity, sizeof *at);
        if (!at)
            return NULL;
        for (uint64_t i = r->tail - r->capacity; i < r->tail; i++)
            at[i & (capacity - 1)] = vmm_at(r, i);
        free(r->at);
        r->at = at;
        r->capacity = capacity;
    }

    struct vmm **v = &r->at[r->tail & (r->capacity - 1)];
    if (!*v)
        *v = vmm_new(&t->g->config);
    if (!*v || !(*v)->codes || !(*v)->acc || !(*v)->y)
        return NULL;
    (*v)->poison = (*v)->no_result = (*v)->abandoned = 0;
    (*v)->ncol = (*v)->nslice = (*v)->nres = 0;
    return *v;
}
