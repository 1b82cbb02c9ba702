/* SPDX-License-Identifier: Apache-2.0
 * Drives a chip through a backend: writes registers and cells, streams images as credits allow,
 * collects results.
 *
 * Images that are sequences run side by side, a step of each in turn (ohm_frame_image): with those
 * of the run that begin or end in the middle of a round, so do the images beside them, of which
 * nothing is said; behind the last image it stands in for those that are missing.
 *
 * Numbers of lines, windows and vectors count from image 0 on, so that an image run alone meets the
 * same noise as in a long run. */
#ifndef OHM_DRIVER_H
#define OHM_DRIVER_H

#include <stdint.h>

#include "ohm_api.h"
#include "ohm_backend.h"
#include "ohm_mapper.h"
#include "ohm_write.h"

OHM_API_BEGIN

/* v: the classes' values as RESULT packets brought them (accumulator units, bias included), or the
 * class and its value where the chip classifies (ohm_net_scores words); NULL for a lost image.
 * Images end in order of their number. Non-zero stops the run. */
typedef int (*ohm_image_done)(void *user, uint32_t image, const int32_t *v);

static inline int ohm_net_classifies(const struct ohm_net *net)
{
    return net->layers[net->layer_count - 1].output == OHM_OUTPUT_CLASS;
}

static inline int ohm_net_scores(const struct ohm_net *net)
{
    return ohm_net_classifies(net) ? OHM_CLASS_WORDS : ohm_net_results(net);
}

/* Before image `image` enters the chip, this tile is drained, written and programmed anew from the
 * mapping, and restarted. Images that are under way go on in the other tiles meanwhile; none is
 * lost. A tile that walks windows restarts with line 0 of the image. */
struct ohm_drive_refresh {
    uint32_t image;
    int tile; /* of the mapping */
};

struct ohm_drive {
    const struct ohm_mapping *mapping;
    const uint8_t *images; /* of the whole data set; image i at images + i*inputs */
    uint32_t first, count;
    /* Images whose time is measured, whole rounds from the first image's on; the others wait until
     * these have left the chip, so that none of them can change a cycle. 0: all. */
    uint32_t timed;
    uint64_t limit_cycles; /* 0: none */
    const struct ohm_write_scheme *scheme; /* cells are programmed by it; NULL: loaded by code */
    int programmed; /* ohm_drive_program has been there: cells stay as they are … */
    struct ohm_write_result write; /* … and took this; all 0 without */
    const struct ohm_drive_refresh *refresh; /* in order of their images; NULL: none */
    int refresh_count;
    ohm_image_done done;
    /* now and then before the first image; NULL: not wanted */
    void (*configuring)(void *user, size_t packets_left);
    /* once, between configuration and the first image; NULL: not wanted */
    void (*streaming)(void *user);
    /* once, behind the last image, before the chip is asked for counters and stopped; NULL: not
     * wanted */
    void (*streamed)(void *user);
    void *user;
};

/* The tails may send results for a window of images; more are granted in quarters of it. */
enum { OHM_DRIVE_GRANTS = 4 };

#define OHM_DRIVE_COUNTERS (OHM_REG_CNT_SAT_OUT - OHM_REG_CNT_VMM + 1)

struct ohm_drive_stats {
    /* of streaming: after configuration; last result of a timed image */
    uint64_t start_cycle, end_cycle;
    /* cycles from the first word of the first image, alone in the chip, to its result */
    uint64_t latency;
    /* cycles per image in the second half of the timed ones, at least 8; 0: not measured */
    double steady;
    /* CNT_VMM … CNT_SAT_OUT, summed over the tiles, from the chip's registers */
    uint64_t counters[OHM_DRIVE_COUNTERS];
    /* the same of each tile of the mapping */
    uint64_t tile_counters[OHM_MESH_MAX * OHM_MESH_MAX][OHM_DRIVE_COUNTERS];
    struct ohm_write_result write; /* what programming took, with a scheme */
    uint64_t events;
    char first_event[128]; /* empty when there was none */
    uint64_t lost;         /* images that came back as poison */
};

/* Programs all tiles, which are disabled and stay so. write: what it took is added; only with a
 * scheme. */
int ohm_drive_program(const struct ohm_mapping *m, struct ohm_backend *b,
                      const struct ohm_write_scheme *scheme, struct ohm_write_result *write,
                      struct ohm_error *err);
/* The whole run. -1 + err also when the chip stops answering (what is missing, and where) and when
 * a tile's counters differ from the golden model's. */
int ohm_drive_run(const struct ohm_drive *d, struct ohm_backend *b, struct ohm_drive_stats *out,
                  struct ohm_error *err);

OHM_API_END

#endif
