/* SPDX-License-Identifier: Apache-2.0
 * The list of options, and the texts that are made of it: the help, and options to give again. */
#include "ohm_option_list.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_options.h"
#include "ohm_text.h"

const struct ohm_option OHM_OPTION_LIST[OPTIONS] = {
    [NET] = {"net", "DIR", "network directory (network.json and .npy arrays)"},
    [DATA] = {"data", "FILE",
              "images: IDX, plain or gzip, or .npy; or images and labels: CIFAR-10, .bin"},
    [LABELS] = {"labels", "FILE", "labels: IDX, plain or gzip, or .npy (left out: no accuracy)"},
    [FIRST] = {"first", "N", "first image (0)"},
    [COUNT] = {"count", "N", "number of images"},
    [MOST] = {"most", "N", "number of images, or as many as there are (100)"},
    [CONFIG] = {"config", "NAME", "configuration of the chip (base)"},
    [MESH] = {"mesh", "WxH", "tiles of the mesh (the configuration's)"},
    [DEVICE] = {"device", "NAME", "device model (pcm-hermes)"},
    [DEVICE_FILE] = {"device-file", "FILE",
                     "device model with parameters of your own (docs/explain/devices.md)"},
    [PHYSICS] = {"physics", "FILE",
                 "cells, wires and readout of the macros (docs/explain/devices.md)"},
    [SET] = {"set", "NAME=VALUE", "one parameter of the physics; may be repeated"},
    [R_WIRE] = {"r-wire", "OHM", "word and bit line resistance from device to device (0)"},
    [NODE] = {"node", "NM", "the same from the technology node: 130 65 45 40 32 28 22 14 7"},
    [MAPS] = {"maps", "DIR", "measured conductances, DIR/tile-X-Y.npy: 2 x rows x columns, uS"},
    [TIME] = {"time", "SECONDS", "of the reads, after the device model's reference time (0)"},
    [COMPENSATE] = {"compensate", NULL,
                    "scale each tile's gain by what probe reads have lost since time 0"},
    [REFERENCES] = {"references", "N",
                    "with --compensate: N free rows of each tile hold known conductances, from "
                    "which the factors of tiles and columns come (0: from probe vectors)"},
    [CALIBRATE] = {"calibrate", "N",
                   "correct each column's gain and offset by what the tiles measure with N vectors "
                   "of their own (0: not)"},
    [SEED] = {"seed", "N", "seed of all device noise (1)"},
    [MAPPING] = {"mapping", "NAME",
                 "pwm: 8-bit pulses, one pair per weight; exact: 1-bit slices, 2-bit cells (pwm)"},
    [SLICES] = {"slices", "PLAN",
                "bits of the input slices, highest first: 8, 4+4, 2+3+3, 8x1 (8; exact: 8x1)"},
    [CELL_BITS] = {"cell-bits", "N",
                   "bits of a weight's magnitude in one cell, 1 to 7: 7 in one column, 4 in two, 2 "
                   "in four (7; exact: 2)"},
    [APART] =
        {"apart", "WHAT",
         "signs in reads of their own, subtracted as numbers: inputs, weights or both (none)"},
    [PULSE_COUNT] = {"pulse-count", NULL, "inputs as pulses of one tick, not as one pulse"},
    [ROW_GROUPS] = {"row-groups", "N", "drive the rows in so many groups, one after the other (1)"},
    [ADC_BITS] = {"adc-bits", "N", "of the ramp, 2 to 9; exact: always what it needs (8)"},
    [PROGRAM] = {"program", "FILE",
                 "cells are programmed by write-verify pulses with this scheme, not loaded by code "
                 "(docs/explain/programming.md)"},
    [SPARE_COLUMNS] =
        {"spare-columns", "N",
         "columns that each tile leaves free; outputs move to them from columns that fail (0)"},
    [DEFECTS] = {"defects", "FILE",
                 "devices that do not change, as a chip's test has found them (make program "
                 "DEFECTS=); their cells' other devices make up for them"},
    [SAVE_DEFECTS] = {"save-defects", "FILE", "the same, to be written by a test before the run"},
    [LANES] = {"lanes", "N",
               "sequences that run side by side, 1 to 16, where images are sequences (4)"},
    [COPIES] = {"copies", "N",
                "of each weight, 1 to 16 at most, in columns that are free; their codes are added, "
                "so that the devices' errors average out (1)"},
    [LINKS] = {"links", "WHAT",
               "durations: layers of one tile each drive the next tile's rows, nothing is counted "
               "between (none)"},
    [REPLICAS] =
        {"replicas", "LAYER=N",
         "so many copies of a layer of windows; may be repeated (as many as there is room for)"},
    [RELOAD] =
        {"reload", NULL,
         "dense layers piece after piece on the tiles there are; the host adds and post-processes"},
    [DRAW] = {"draw", "FILE",
              "the mapped mesh with the load of its links, SVG (mesh.svg in --out)"},
    [RANGE] = {"range", "NAME",
               "end of the ADC's ramp: error: least squared error of the calibration inputs; "
               "largest: the largest of them; bound: the largest possible (error)"},
    [BACKEND] = {"backend", "NAME", "what stands for the chip (rtl)"},
    [THREADS] = {"threads", "N", "threads of the fast model (one for each processor)"},
    [PATIENCE] = {"patience", "SECONDS", "a board that says nothing for so long is stuck (10)"},
    [RTL_LIB] = {"rtl-lib", "FILE", "the Verilated chip, libohm_rtl.so of tb/harness/build.sh"},
    [TLM_LIB] =
        {"tlm-lib", "FILE",
         "the SystemC model, libohm_tlm.so (make tlm); the fast model has its cycles from it "
         "(--backend tlm: the one beside this program)"},
    [TLM] = {"tlm", "NAME=VALUE", "one setting of the SystemC model; may be repeated"},
    [ENERGY] = {"energy", "FILE",
                "energy and area of the run from these parameters (sim/configs/energy.txt)"},
    [OUT] = {"out", "DIR", "where results go (sim/out/run)"},
    [OUTPUTS] = {"outputs", "DIR",
                 "what each image left in each layer, DIR/LAYER.npy (needs checking)"},
    [WAVES] = {"waves", "FILE", "FST wave file (needs a chip built with waves)"},
    [RECORD] = {"record", "FILE", "record packets and traces for ohm-check"},
    [LIMIT_CYCLES] = {"limit-cycles", "N",
                      "fail when the run takes more clock cycles (0: no limit)"},
    [TIMED] = {"timed", "N",
               "cycles are those of the first N images; the others wait for these to leave the "
               "chip, or run elsewhere (0: of all)"},
    [PLAN] = {"plan", NULL,
              "only say how the run can be divided among processes, as JSON "
              "(docs/reference/plan.md)"},
    [PART] = {"part", "FIRST:N:FILE",
              "only these images of the run; what --merge needs of them goes to FILE"},
    [MERGE] = {"merge", "DIR", "no chip: the run is put together from its parts, DIR/*.json"},
    [NO_CHECK] = {"no-check", NULL, "no golden model, for speed measurements; exit code 3"},
    [TRIP_CODE] = {"trip-code", "N", "no physics: every column trips at code N; needs --no-check"},
    [HELP] = {"help", NULL, "this text"},
};

const char *const OHM_OPTION_RANGES[] = {"error", "largest", "bound", NULL};

void ohm_options_help(FILE *to)
{
    fprintf(to, "usage: ohmic --net DIR --data FILE [--labels FILE] --rtl-lib FILE [options]\n"
                "Runs a network on the chip and checks every vector-matrix multiply against the "
                "golden model.\n");
    for (int i = 0; i < OPTIONS; i++) {
        char left[40];
        const struct ohm_option *o = &OHM_OPTION_LIST[i];
        snprintf(left, sizeof left, "--%s %s", o->name, o->value ? o->value : "");
        fprintf(to, "  %-20s %s\n", left, o->doc);
    }
    fprintf(to, "devices:");
    for (const char *const *d = ohm_device_names(); *d; d++)
        fprintf(to, " %s", *d);
    fprintf(to, "\nback ends:");
    const struct ohm_backend_type *b;
    for (int i = 0; (b = ohm_backend_at(i)); i++)
        fprintf(to, "%s %s%s: %s", i ? ";" : "", b->name, b->board ? ":DEVICE" : "", b->doc);
    fputc('\n', to);
    ohm_tlm_settings_help(to);
    fprintf(to, "exit codes: 0 all checked, no mismatch; 1 failed; 2 bad input; 3 nothing was "
                "checked (--no-check)\n");
}

/* Adds "--name value" to the text. */
static void add(char *text, size_t size, int option, const char *format, ...)
{
    size_t n = strlen(text);
    n += (size_t)snprintf(text + n, size - n, "%s--%s%s", n ? " " : "",
                          OHM_OPTION_LIST[option].name, *format ? " " : "");
    va_list args;
    va_start(args, format);
    if (n < size)
        vsnprintf(text + n, size - n, format, args);
    va_end(args);
}

/* The same of a path, which a shell reads back as it is. */
static void add_path(char *text, size_t size, int option, const char *path)
{
    char *word = NULL;
    size_t length;
    FILE *f = open_memstream(&word, &length);
    if (!f)
        return;
    ohm_text_quote(path, f);
    if (!fclose(f))
        add(text, size, option, "%s", word);
    free(word);
}

void ohm_options_analog(const struct ohm_options *o, char *text, size_t size)
{
    struct ohm_physics standard;
    ohm_physics_default(&standard);
    *text = '\0';
    if (o->device_file)
        add_path(text, size, DEVICE_FILE, o->device_file);
    for (int i = 0; i < OHM_PHYSICS_COUNT; i++) {
        const struct ohm_param *p = &o->physics.param[i];
        if (p->value != standard.param[i].value && p->choices)
            add(text, size, SET, "%s=%s", p->name, p->choices[(int)p->value]);
        else if (p->value != standard.param[i].value)
            add(text, size, SET, "%s=%.15g", p->name, p->value);
    }
    if (o->program)
        add_path(text, size, PROGRAM, o->program);
    if (o->maps)
        add_path(text, size, MAPS, o->maps);
    if (o->time)
        add(text, size, TIME, "%" PRIu32, o->time);
    if (o->range)
        add(text, size, RANGE, "%s", OHM_OPTION_RANGES[o->range]);
    if (o->compensate)
        add(text, size, COMPENSATE, "");
    if (o->references)
        add(text, size, REFERENCES, "%d", o->references);
    if (o->defects)
        add_path(text, size, DEFECTS, o->defects);
    if (o->calibrate)
        add(text, size, CALIBRATE, "%" PRIu32, o->calibrate);
}
