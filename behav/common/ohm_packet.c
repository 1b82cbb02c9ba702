/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_packet.h"

uint32_t ohm_packet_crc(const uint32_t *flits, size_t n)
{
    /* remainders of the 16 values of a nibble, reflected polynomial 0xEDB88320 */
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < n; i++) {
        crc ^= flits[i]; /* little-endian bytes, lowest bit first: the flit goes in whole */
        for (int nibble = 0; nibble < 8; nibble++)
            crc = (crc >> 4) ^ table[crc & 15u];
    }
    return ~crc;
}

const char *ohm_type_name(unsigned type)
{
    switch (type) {
    case OHM_TYPE_CFG_WR: return "CFG_WR";
    case OHM_TYPE_CFG_RD: return "CFG_RD";
    case OHM_TYPE_CFG_DATA: return "CFG_DATA";
    case OHM_TYPE_ACT: return "ACT";
    case OHM_TYPE_PSUM: return "PSUM";
    case OHM_TYPE_RESULT: return "RESULT";
    case OHM_TYPE_CREDIT: return "CREDIT";
    case OHM_TYPE_PROG: return "PROG";
    case OHM_TYPE_EVENT: return "EVENT";
    default: return "unknown";
    }
}

const char *ohm_event_name(unsigned code)
{
    switch (code) {
    case OHM_EVENT_BAD_LENGTH: return "BAD_LENGTH";
    case OHM_EVENT_BAD_TYPE: return "BAD_TYPE";
    case OHM_EVENT_BAD_ADDR: return "BAD_ADDR";
    case OHM_EVENT_DISABLED: return "DISABLED";
    case OHM_EVENT_NO_SLOT: return "NO_SLOT";
    case OHM_EVENT_LOST: return "LOST";
    case OHM_EVENT_BAD_DESC: return "BAD_DESC";
    case OHM_EVENT_READ_BUSY: return "READ_BUSY";
    default: return "unknown";
    }
}

const char *ohm_bad_desc_field(uint32_t detail)
{
    static const char *const names[] = OHM_BAD_DESC_FIELDS;
    const uint32_t code = detail & 0xffu; /* above: the descriptor */

    return code < sizeof names / sizeof names[0] && names[code] ? names[code] : "unknown";
}

const char *ohm_program_name(uint32_t detail)
{
    static const char *const names[] = OHM_PROGRAM_NAMES;
    const uint32_t code = detail & 0xffu;

    return code < sizeof names / sizeof names[0] && names[code] ? names[code] : "unknown";
}
