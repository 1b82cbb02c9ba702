/* SPDX-License-Identifier: Apache-2.0
 * Packet codec: header flits to fields and back, CRC of host packets. Formats:
 * docs/reference/map.md. */
#ifndef OHM_PACKET_H
#define OHM_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_map.h"

OHM_API_BEGIN

#define OHM_PACKET_MAX 1026 /* two header flits and the longest payload, no CRC */

struct ohm_header {
    unsigned type, y, x, host, mc, poison, chan, len, seq, offset;
};

#define OHM_FIELD(word, name) (((word) >> OHM_##name##_LSB) & ((1u << OHM_##name##_W) - 1u))
/* value placed at the field; bits that do not fit are cut off */
#define OHM_PLACE(value, name) \
    ((((uint32_t)(value)) & ((1u << OHM_##name##_W) - 1u)) << OHM_##name##_LSB)

static inline struct ohm_header ohm_header_decode(const uint32_t flits[2])
{
    struct ohm_header h = {
        OHM_FIELD(flits[0], H0_TYPE), OHM_FIELD(flits[0], H0_Y), OHM_FIELD(flits[0], H0_X),
        OHM_FIELD(flits[0], H0_HOST), OHM_FIELD(flits[0], H0_MC), OHM_FIELD(flits[0], H0_POISON),
        OHM_FIELD(flits[0], H0_CHAN), OHM_FIELD(flits[0], H0_LEN),
        OHM_FIELD(flits[1], H1_SEQ), OHM_FIELD(flits[1], H1_OFFSET)};
    return h;
}

static inline void ohm_header_encode(const struct ohm_header *h, uint32_t flits[2])
{
    flits[0] = OHM_PLACE(h->type, H0_TYPE) | OHM_PLACE(h->y, H0_Y) | OHM_PLACE(h->x, H0_X)
               | OHM_PLACE(h->host, H0_HOST) | OHM_PLACE(h->mc, H0_MC)
               | OHM_PLACE(h->poison, H0_POISON) | OHM_PLACE(h->chan, H0_CHAN)
               | OHM_PLACE(h->len, H0_LEN);
    flits[1] = OHM_PLACE(h->seq, H1_SEQ) | OHM_PLACE(h->offset, H1_OFFSET);
}

/* CRC-32 of n flits taken as little-endian bytes (zlib's crc32). */
uint32_t ohm_packet_crc(const uint32_t *flits, size_t n);

/* Name of a packet type or event code for messages; "unknown" outside the map. */
const char *ohm_type_name(unsigned type);
const char *ohm_event_name(unsigned code);
/* Register and field that a detail of event BAD_DESC names. */
const char *ohm_bad_desc_field(uint32_t detail);
/* Code that a detail of event PROGRAM, of a vector tile, names. */
const char *ohm_program_name(uint32_t detail);

OHM_API_END

#endif
