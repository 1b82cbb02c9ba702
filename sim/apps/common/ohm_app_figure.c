/* SPDX-License-Identifier: Apache-2.0
 * Figures of a demonstration, drawn without another program. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ohm_app.h"

enum { WIDTH = 720, HEIGHT = 440, LEFT = 70, RIGHT = 20, TOP = 40, BOTTOM = 55, TICKS = 5 };

static const char *const colours[] = {"#1f6fb4", "#d9662c", "#2c9a5b", "#8a4fa3", "#7a7a7a"};

struct frame { double x0, x1, y0, y1; };

static double across(const struct frame *f, double x)
{
    return LEFT + (x - f->x0) / (f->x1 - f->x0) * (WIDTH - LEFT - RIGHT);
}

static double down(const struct frame *f, double y)
{
    return HEIGHT - BOTTOM - (y - f->y0) / (f->y1 - f->y0) * (HEIGHT - TOP - BOTTOM);
}

static struct frame frame_of(const struct ohm_app_curve *c, int curves, int steps)
{
    struct frame f = {INFINITY, -INFINITY, steps ? 0 : INFINITY, -INFINITY};

    for (int k = 0; k < curves; k++)
        for (int i = 0; i < c[k].count; i++) {
            f.x0 = fmin(f.x0, c[k].x[i]);
            f.x1 = fmax(f.x1, c[k].x[i]);
            f.y0 = fmin(f.y0, c[k].y[i]);
            f.y1 = fmax(f.y1, c[k].y[i]);
        }
    f.x1 += f.x1 <= f.x0;
    f.y1 += f.y1 <= f.y0;
    return f;
}

static void axes(FILE *s, const struct frame *f, const char *title, const char *x, const char *y)
{
    fprintf(s,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
            "<text x=\"%d\" y=\"24\" font-size=\"15\">%s</text>\n",
            WIDTH, HEIGHT, LEFT, title);
    for (int i = 0; i <= TICKS; i++) {
        const double at_x = f->x0 + (f->x1 - f->x0) * i / TICKS,
                     at_y = f->y0 + (f->y1 - f->y0) * i / TICKS;
        fprintf(s, "<path d=\"M%.1f %d V%d M%d %.1f H%d\" stroke=\"#dddddd\"/>\n", across(f, at_x),
                TOP, HEIGHT - BOTTOM, LEFT, down(f, at_y), WIDTH - RIGHT);
        fprintf(s, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.4g</text>\n",
                across(f, at_x), HEIGHT - BOTTOM + 18, at_x);
        fprintf(s, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>\n", LEFT - 6,
                down(f, at_y) + 4, at_y);
    }
    fprintf(s, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", WIDTH / 2, HEIGHT - 14,
            x);
    fprintf(s,
            "<text transform=\"translate(16,%d) rotate(-90)\" text-anchor=\"middle\">%s"
            "</text>\n",
            HEIGHT / 2, y);
}

void ohm_app_figure(struct ohm_app *a, const char *file, const char *title, const char *x,
                    const char *y, const struct ohm_app_curve *curve, int curves, int steps)
{
    const struct frame f = frame_of(curve, curves, steps);
    char path[600];

    if (!a->out)
        return;
    snprintf(path, sizeof path, "%s/%s.svg", a->out, file);
    FILE *s = fopen(path, "w");
    if (!s) {
        ohm_fail(&a->err, "%s: %s", path, strerror(errno));
        ohm_app_die(a);
    }
    axes(s, &f, title, x, y);
    for (int k = 0; k < curves; k++) {
        const struct ohm_app_curve *c = &curve[k];
        const char *colour = colours[k % (int)(sizeof colours / sizeof *colours)];
        fprintf(s, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" d=\"", colour);
        for (int i = 0; i < c->count; i++)
            if (steps && i)
                fprintf(s, "H%.1f V%.1f ", across(&f, c->x[i]), down(&f, c->y[i]));
            else
                fprintf(s, "%c%.1f %.1f ", i ? 'L' : 'M', across(&f, c->x[i]), down(&f, c->y[i]));
        fprintf(s, "\"/>\n<text x=\"%d\" y=\"%d\" fill=\"%s\" text-anchor=\"end\">%s</text>\n",
                WIDTH - RIGHT - 8, TOP + 16 + 16 * k, colour, c->label);
    }
    fprintf(s, "</svg>\n");
    if (ferror(s) | fclose(s)) {
        ohm_fail(&a->err, "%s: could not be written", path);
        ohm_app_die(a);
    }
    printf("figure: %s\n", path);
}

void ohm_app_histogram(struct ohm_app *a, const char *file, const uint64_t *before,
                       const uint64_t *after)
{
    double x[OHM_LEARN_BINS], y[2][OHM_LEARN_BINS];
    const struct ohm_app_curve c[] = {{"before", x, y[0], OHM_LEARN_BINS},
                                      {"after", x, y[1], OHM_LEARN_BINS}};
    cJSON *lists[] = {cJSON_AddArrayToObject(a->json, "conductances_before"),
                      cJSON_AddArrayToObject(a->json, "conductances_after")};

    for (int i = 0; i < OHM_LEARN_BINS; i++) {
        x[i] = 1.5 * i / OHM_LEARN_BINS;
        y[0][i] = (double)before[i];
        y[1][i] = (double)after[i];
        for (int k = 0; k < 2; k++)
            cJSON_AddItemToArray(lists[k], cJSON_CreateNumber(y[k][i]));
    }
    ohm_app_figure(a, file, "Conductances of devices", "conductance, of the range", "devices", c, 2,
                   1);
}
