/* SPDX-License-Identifier: Apache-2.0
 * How far the run is: a bar on a terminal, a line now and then elsewhere. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ohm_program.h"

double program_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int time_to_show(struct program *p)
{
    double t = program_now();
    if (t - p->shown < (p->tty ? 0.1 : getenv("OHM_PROGRESS") ? 1 : 5))
        return 0;
    p->shown = t;
    return 1;
}

/* Tells a runner that started this process how many images have ended: it shows the sum of all its
 * processes. */
static void tell_runner(const struct program *p)
{
    const char *path = getenv("OHM_PROGRESS");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%" PRIu32 "\n", p->run.done);
    fclose(f);
}

void program_show_configuring(void *user, size_t packets_left)
{
    struct program *p = user;
    p->streaming = program_now();
    if (!time_to_show(p))
        return;
    printf("%sprogramming, %zu packets left%s", p->tty ? "\r" : "", packets_left,
           p->tty ? "   " : "\n");
    fflush(stdout);
}

void program_show_progress(struct program *p)
{
    int last = p->run.done == p->options.count;
    double rate = p->run.done / (program_now() - p->streaming + 1e-9);
    if (!time_to_show(p) && !(last && p->tty))
        return;
    tell_runner(p);
    if (!p->tty) {
        printf("%" PRIu32 " of %" PRIu32 " images, %.1f images/s\n", p->run.done, p->options.count,
               rate);
        fflush(stdout);
        return;
    }
    enum { WIDTH = 40 };
    char bar[WIDTH + 1];
    int full = (int)((uint64_t)WIDTH * p->run.done / p->options.count);
    memset(bar, '.', WIDTH);
    memset(bar, '#', (size_t)full);
    bar[WIDTH] = 0;
    printf("\r[%s] %" PRIu32 "/%" PRIu32 "  %.1f images/s ", bar, p->run.done, p->options.count,
           rate);
    if (last)
        putchar('\n');
    fflush(stdout);
}
