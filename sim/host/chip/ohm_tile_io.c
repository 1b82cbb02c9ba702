/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_tile_io.h"

#include <string.h>

#include "ohm_defects.h"

enum { FLITS = 64 }; /* payload of CFG_WR and PROG at most */

int ohm_send(struct ohm_backend *b, int class, const struct ohm_header *h, const uint32_t *payload,
             struct ohm_error *err)
{
    uint32_t flits[OHM_PACKET_MAX];
    ohm_header_encode(h, flits);
    if (h->len)
        memcpy(flits + 2, payload, h->len * sizeof *payload);
    return b->send(b->self, class, flits, 2 + h->len, err);
}

struct ohm_header ohm_to_tile(const struct ohm_mapping *m, int tile, unsigned type)
{
    const struct ohm_tile_map *t = &m->tiles[tile];
    return (struct ohm_header){.type = type, .x = (unsigned)t->x, .y = (unsigned)t->y};
}

int ohm_tile_write(void *user, unsigned addr, const uint32_t *words, int count)
{
    const struct ohm_tile_io *io = user;
    struct ohm_header h = ohm_to_tile(io->m, io->tile, OHM_TYPE_CFG_WR);
    for (int i = 0; i < count; i += FLITS) {
        h.offset = addr + (unsigned)i;
        h.len = (unsigned)(count - i < FLITS ? count - i : FLITS);
        if (ohm_send(io->b, OHM_CLASS_CONFIG, &h, words + i, io->err))
            return -1;
    }
    return 0;
}

int ohm_tile_ask(struct ohm_tile_io *io, unsigned addr)
{
    struct ohm_header h = ohm_to_tile(io->m, io->tile, OHM_TYPE_CFG_RD);
    h.offset = h.seq = addr;
    return ohm_send(io->b, OHM_CLASS_CONFIG, &h, NULL, io->err);
}

int ohm_tile_load(struct ohm_tile_io *io, int dev, int row, const uint16_t *codes, int cols)
{
    for (int col = 0; col < cols; col += 2 * FLITS) { /* two columns a flit */
        const int rest = cols - col, flits = (rest + 1) / 2 < FLITS ? (rest + 1) / 2 : FLITS;
        uint32_t words[FLITS];
        for (int i = 0; i < flits; i++)
            words[i] = codes[col + 2 * i]
                       | (uint32_t)(2 * i + 1 < rest ? codes[col + 2 * i + 1] : 0) << 16;
        struct ohm_header h = ohm_to_tile(io->m, io->tile, OHM_TYPE_PROG);
        h.chan = (unsigned)dev;
        h.seq = (unsigned)col;
        h.offset = (unsigned)row;
        h.len = (unsigned)flits;
        if (ohm_send(io->b, OHM_CLASS_CONFIG, &h, words, io->err))
            return -1;
    }
    return 0;
}

int ohm_tile_program(struct ohm_tile_io *io)
{
    const struct ohm_tile_map *t = &io->m->tiles[io->tile];
    uint16_t plus[OHM_REG_COLMAP_COUNT], minus[OHM_REG_COLMAP_COUNT], *codes[] = {plus, minus};
    for (int row = 0; row < t->rows; row++) {
        ohm_tile_targets(io->m, io->tile, row, codes, NULL);
        for (int dev = 0; dev < 2; dev++)
            if (ohm_tile_load(io, dev, row, codes[dev], t->cols))
                return -1;
    }
    return 0;
}
