/* SPDX-License-Identifier: Apache-2.0
 * State of a run and the steps that more than one file of the driver takes. Private to
 * ohm_driver*.c. */
#ifndef OHM_DRIVER_STEPS_H
#define OHM_DRIVER_STEPS_H

#include "ohm_driver.h"
#include "ohm_tile_io.h"

struct pending { /* an image whose results are under way */
    int tails_left;
    int poison, any; /* any: a class has come */
    int32_t *v;
};

struct collected { /* an image of which steps are under way */
    int lost;
    int32_t *v; /* of all steps, where they have results */
};

struct driver {
    const struct ohm_drive *d;
    const struct ohm_mapping *m;
    struct ohm_backend *b;
    struct ohm_drive_stats *stats;
    struct ohm_error *err;
    int tile_at[16][16];    /* y, x: tile of the mapping, or -1 */
    int tails;              /* tiles that send results */
    /* in frames (ohm_frame_image): what is said of images below holds of them */
    uint32_t first, count, timed;
    struct collected *lane; /* [lane]: the image of a sequence */
    /* per tile and stream: first line the host may not send yet */
    uint32_t (*limit)[OHM_STREAMS_USED];
    uint32_t *sent;         /* per feed: next line to send */
    uint32_t window;        /* images whose results may be under way */
    struct pending *pending; /* ring of window images */
    /* next image to end; first image whose results the tails may not send yet */
    uint32_t done, granted;
    int *answered;          /* per tile: the CFG_RD under way has come back */
    uint32_t *answer;
    int answers_left;
    uint64_t idle, patience; /* cycles without progress; how many are too many */
    size_t queued;
    uint64_t first_cycle, half_cycle;
};

/* ohm_driver_frames.c: which frames the images are, and what is kept of each. */
int ohm_drive_frames(struct driver *g);
void ohm_drive_free_frames(struct driver *g);
/* Words of a frame's result. */
int ohm_drive_words(const struct driver *g);
/* Frames before the first that ends an image. */
uint32_t ohm_drive_first_result(const struct driver *g);
/* What a frame sends into the chip. */
const uint8_t *ohm_drive_input(const struct driver *g, uint32_t frame);
/* A frame has ended (v NULL: it was lost), and with the last of its steps an image. -1 + err: the
 * user stops. */
int ohm_drive_frame_done(struct driver *g, uint32_t frame, const int32_t *v);

/* ohm_driver_counters.c: reads the tiles' own counters, holds them against the golden model's. */
int ohm_drive_counters(struct driver *g);

/* Disables all tiles: a loop would go on with the starts of the sequences after the last one. */
int ohm_drive_stop(struct driver *g);

/* Lets the chip work until a packet comes or a round is over, and takes what came. */
int ohm_drive_turn(struct driver *g);
/* Reads a register of `count` tiles into g->answer. */
int ohm_drive_read(struct driver *g, int tile, int count, unsigned addr);
/* Sends of the images before `end` what credits allow, the oldest first. */
int ohm_drive_feed(struct driver *g, uint32_t end);
/* The image that a feed sends from next. */
uint32_t ohm_drive_image(const struct driver *g, int feed);

/* -1 + err: the tiles to be refreshed, or when, make no sense. */
int ohm_drive_check_refresh(const struct driver *g);
/* Drains a tile before `image`, writes and programs it anew, and restarts it. */
int ohm_drive_refresh_tile(struct driver *g, int tile, uint32_t image);

#endif
