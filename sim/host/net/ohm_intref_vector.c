/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_intref_vector.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_packet.h"
#include "ohm_vec.h"

struct ohm_intref_unit {
    struct ohm_vec *vec;
    int outputs, streams, recurrent;
    int bytes[OHM_VKERNEL_STREAMS];
    uint32_t *words[OHM_VKERNEL_STREAMS];
    uint8_t *y, *back; /* where the run's outputs go; NULL: nowhere */
};

struct ohm_intref_unit *ohm_intref_unit_new(const struct ohm_net *net, int layer,
                                            struct ohm_error *err)
{
    const struct ohm_vec_size size = {4, 16384, 2048, 8, OHM_VKERNEL_STREAMS, 8, 256};
    const struct ohm_layer *l = &net->layers[layer];
    const struct ohm_vkernel_part parts[] = {{0, 0, l->outputs}, {1, 0, l->outputs}};
    struct ohm_intref_unit *u = calloc(1, sizeof *u);
    struct ohm_asm a;
    if (!u || !(u->vec = ohm_vec_create(&size)))
        goto memory;
    u->outputs = l->outputs;
    u->recurrent = ohm_vkernel_recurrent(l->kernel);
    u->streams = l->from_count;
    for (int i = 0; i < u->streams; i++) {
        u->bytes[i] = ohm_net_channels(net, l->from[i]);
        u->words[i] = calloc((size_t)u->bytes[i] / 4 + 1, 4);
        if (!u->words[i])
            goto memory;
    }
    const struct ohm_vkernel_use use =
        ohm_net_kernel_use(net, layer, 1, parts, 1 + u->recurrent);
    if (ohm_vkernel_assemble(&use, &size, &a, err)) {
        ohm_intref_unit_free(u);
        return NULL;
    }
    ohm_asm_load(&a, u->vec);
    ohm_asm_free(&a);
    return u;
memory:
    ohm_intref_unit_free(u);
    ohm_fail(err, "layer %s: out of memory", l->name);
    return NULL;
}

void ohm_intref_unit_free(struct ohm_intref_unit *u)
{
    if (!u)
        return;
    ohm_vec_free(u->vec);
    for (int i = 0; i < u->streams; i++)
        free(u->words[i]);
    free(u);
}

/* The kernel's own routes: 0 for the state of a recurrent one, the other forward. */
static void sent(void *user, const struct ohm_vec_sent *s)
{
    struct ohm_intref_unit *u = user;
    for (int route = 0; route < 2; route++) {
        uint8_t *to = u->recurrent && route == 0 ? u->back : u->y;
        for (int i = 0; to && s->routes >> route & 1 && i < u->outputs; i++)
            to[i] = (uint8_t)(s->words[i / 4] >> 8 * (i % 4));
    }
}

static void run(struct ohm_intref_unit *u, uint8_t *y, uint8_t *back)
{
    const struct ohm_vec_hooks hooks = {.user = u, .sent = sent};
    struct ohm_vec_front front[OHM_VEC_STREAMS] = {{0}};
    struct ohm_vec_done done;
    for (int i = 0; i < u->streams; i++)
        front[i] = (struct ohm_vec_front){u->words[i], (uint32_t)(u->bytes[i] + 3) / 4,
                                          OHM_VEC_WHOLE};
    u->y = y;
    u->back = back;
    ohm_vec_run(u->vec, front, &hooks, &done);
}

void ohm_intref_unit_begin(struct ohm_intref_unit *u, uint8_t *back)
{
    ohm_vec_disable(u->vec);
    ohm_vec_enable(u->vec, 0);
    if (!u->recurrent)
        return;
    ohm_vec_write(u->vec, OHM_REG_VSTART, 1);
    run(u, NULL, back);
}

void ohm_intref_unit_step(struct ohm_intref_unit *u, uint8_t *const *x, uint8_t *y, uint8_t *back)
{
    for (int i = 0; i < u->streams; i++) {
        memset(u->words[i], 0, ((size_t)u->bytes[i] / 4 + 1) * 4);
        for (int k = 0; k < u->bytes[i]; k++)
            u->words[i][k / 4] |= (uint32_t)x[i][k] << 8 * (k % 4);
    }
    run(u, y, back);
}
