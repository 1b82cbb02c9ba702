/* SPDX-License-Identifier: Apache-2.0
 * Tiles of a mesh of 2x4 with random cells, and the packets and traces that they exchange. */
#ifndef FLOW_H
#define FLOW_H

#include "model.h"

#include <string.h>

#include "ohm_array.h"
#include "ohm_config.h"
#include "ohm_device.h"

static struct ohm_golden *g;
static struct ohm_error err;
static struct m_tile a;
static uint64_t seed = 11;

static inline int setup(void **state)
{
    struct ohm_config config;
    (void)state;

    err.text[0] = '\0';
    if (ohm_config_find("small", &config, &err))
        return -1;
    config.mesh_w = 2;
    config.mesh_h = 4;
    g = ohm_golden_new(&config, ohm_device_find("ideal"), 1, &err);
    return g ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    ohm_golden_free(g);
    return 0;
}

static inline void random_cells(struct m_tile *t)
{
    for (int r = 0; r < t->rows; r++)
        for (int col = 0; col < t->cols; col++)
            t->cell[m_random(&seed) % 2][r][col] = (int)(m_random(&seed) % 16385);
}

static inline void random_input(uint8_t *input)
{
    for (int r = 0; r < SIDE; r++)
        input[r] = (uint8_t)m_random(&seed);
}

static inline void place(struct m_tile *t, unsigned x, unsigned y, int rows, int cols,
                         uint32_t seq_base)
{
    m_default(t, rows, cols, 6);
    t->x = x;
    t->y = y;
    t->lsb = 40000;
    t->seq_base = seq_base;
    random_cells(t);
}

static inline int traces(const struct m_tile *t, uint32_t seq, const struct m_vmm *v)
{
    return m_trace_codes(g, t, seq, v, &err) || m_trace_results(g, t, seq, v, &err);
}

#define OK(call) do { checks++; if (call) fail_msg("line %d: %s", __LINE__, err.text); } while (0)

static inline int poison(const struct m_tile *t, unsigned type, uint32_t seq)
{
    return m_packet(
        g,
        (struct ohm_header){.type = type, .x = t->x, .y = t->y, .poison = 1, .seq = seq & 0xffffu},
        NULL, &err);
}

static inline int result_poison(const struct m_tile *t, uint32_t seq)
{
    uint32_t flits[2];
    ohm_header_encode(&(struct ohm_header){.type = OHM_TYPE_RESULT, .x = t->x, .y = t->y, .host = 1,
                                           .poison = 1, .seq = seq & 0xffffu},
                      flits);
    return ohm_golden_check_packet_out(g, flits, 2, 5, &err);
}

#endif
