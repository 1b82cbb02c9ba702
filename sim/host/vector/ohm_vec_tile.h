/* SPDX-License-Identifier: Apache-2.0
 * A vector tile from the host's side: a program's text and what the text does not know make the
 * words that the tile is loaded with; a program that can be known to fail is refused before.
 *
 * The tile's streams, routes, credits and returns are written as those of any tile; the rest is
 * here. Order: disabled tile; ohm_vec_tile_emit and the other registers; SEQ_BASE; ohm_group_start
 * (ohm_group.h), which enables all tiles of a loop and then starts them. */
#ifndef OHM_VEC_TILE_H
#define OHM_VEC_TILE_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_asm.h"
#include "ohm_config.h"
#include "ohm_error.h"

OHM_API_BEGIN

struct ohm_vec_tile {
    const struct ohm_asm *program; /* assembled for the tile's size (ohm_vec_size_of) */
    uint32_t add[OHM_VEC_ROUTES];  /* VADD: what each route adds to a vector's number, 0 to 15 */
    uint32_t wait;                 /* VWAIT: cycles until a stream counts as lost; 0: for ever */
};

/* Whether the tile at (x, y) can run it: it is a vector tile, has these streams and routes, every
 * word is an instruction, and from where each program begins its `end` can be reached and nothing
 * behind the last instruction can. Endless loops that only numbers decide are left to VLIMIT. 0, or
 * -1 + err: which program, which instruction, as text. */
int ohm_vec_tile_check(const struct ohm_config *config, int x, int y, const struct ohm_vec_tile *v,
                       struct ohm_error *err);

/* Calls emit with all words of the unit's registers, program and what the text loads into tables
 * and memory, in pieces of at most 64 words. Registers that the text does not name become 0; tables
 * and memory that it does not name stay as they are. Stops at, and returns, the first non-zero
 * answer. */
typedef int (*ohm_vec_emit)(void *user, unsigned addr, const uint32_t *words, int count);
int ohm_vec_tile_emit(const struct ohm_vec_tile *v, ohm_vec_emit emit, void *user);

/* An event PROGRAM's detail as words: "program 0, instruction 7 (add v1, v0, v2): OVERLAP"; the
 * instruction's text when v is not NULL. Returns text. */
enum { OHM_VEC_DETAIL = 160 };
const char *ohm_vec_tile_detail(const struct ohm_vec_tile *v, int tables, uint32_t detail,
                                char text[OHM_VEC_DETAIL]);

OHM_API_END

#endif
