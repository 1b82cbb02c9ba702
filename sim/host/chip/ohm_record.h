/* SPDX-License-Identifier: Apache-2.0
 * Recording of a run: what went into the chip, what it traced and what came out, as lines of text,
 * so that any simulator can write one and ohm-check can hold it against the golden model.
 *
 *   ohmic-record 1
 *   config rows=128 cols=128 … mesh_h=4     every key of docs/reference/configurations.md, in lower
 *                                           case and any order
 *   device pcm-hermes
 *   seed 1
 *   I <flit> <flit> …                       packet into the chip, hexadecimal, without CRC
 *   C <cycle> <tile> <seq> <desc> <slice> <col> <code>          code record
 *   R <cycle> <tile> <seq> <desc> <out> <acc> <y>               result record
 *   V <cycle> <tile> <kind> <seq> <program> <at> <value>    step of a vector unit, as struct
 *                                           ohm_trace_vec
 *   P <cycle> <tile> <set> <dev> <amp> <width> <8 words> <8 words>  pulse: its rows, its columns,
 *                                           hexadecimal, lines 0 to 31 first
 *   O <cycle> <flit> <flit> …               packet out of the chip, without CRC
 *   E <count>                               last line: number of I, C, R, V, P and O lines
 *
 * Numbers are decimal (acc, y, code signed), tile is y*16+x. Lines are in the order in which things
 * happened: an I line stands before everything that follows from it. */
#ifndef OHM_RECORD_H
#define OHM_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "ohm_api.h"
#include "ohm_config.h"
#include "ohm_error.h"
#include "ohm_golden.h"
#include "ohm_packet.h"

OHM_API_BEGIN

/* ---- writing ---- */

struct ohm_recorder; /* opaque */

struct ohm_recorder *ohm_recorder_new(const char *path, const struct ohm_config *config,
                                      const char *device, uint64_t seed, struct ohm_error *err);
/* Write errors are kept for ohm_recorder_close. */
void ohm_recorder_packet_in(struct ohm_recorder *r, const uint32_t *flits, size_t n);
void ohm_recorder_packet_out(struct ohm_recorder *r, const uint32_t *flits, size_t n,
                             uint64_t cycle);
void ohm_recorder_code(struct ohm_recorder *r, const struct ohm_trace_code *t);
void ohm_recorder_result(struct ohm_recorder *r, const struct ohm_trace_result *t);
void ohm_recorder_pulse(struct ohm_recorder *r, const struct ohm_trace_pulse *t);
void ohm_recorder_vec(struct ohm_recorder *r, const struct ohm_trace_vec *t);
/* Writes the last line and frees r. -1: the file is not complete. NULL is allowed. */
int ohm_recorder_close(struct ohm_recorder *r, struct ohm_error *err);

/* ---- reading ---- */

struct ohm_record_head {
    struct ohm_config config; /* name is NULL */
    char device[64];
    uint64_t seed;
};

struct ohm_record_line {
    char kind; /* I, C, R, V, P or O */
    unsigned number; /* line in the file */
    uint64_t cycle;  /* of O */
    size_t n;        /* flits of I and O */
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_trace_code code;
    struct ohm_trace_result result;
    struct ohm_trace_pulse pulse;
    struct ohm_trace_vec vec;
};

struct ohm_record; /* opaque */

struct ohm_record *ohm_record_open(const char *path, struct ohm_record_head *head,
                                   struct ohm_error *err);
/* 1: a line; 0: the end, and the file is complete; -1 + err (file, line, field): truncated or
 * corrupt. */
int ohm_record_next(struct ohm_record *r, struct ohm_record_line *line, struct ohm_error *err);
void ohm_record_close(struct ohm_record *r);

OHM_API_END

#endif
