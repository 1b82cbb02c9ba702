/* SPDX-License-Identifier: Apache-2.0
 * ohm-check FILE [DEVICE-FILE]: holds a recording (format: ohm_record.h) against the golden model.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_device.h"
#include "ohm_golden.h"
#include "ohm_record.h"

struct counts {
    uint64_t dropped; /* packets that the chip drops: legal, not a mismatch */
};

/* 0, or -1 with the difference. */
static int check_line(struct ohm_golden *g, const struct ohm_record_line *line,
                      struct counts *counts, struct ohm_error *err)
{
    switch (line->kind) {
    case 'I':
        counts->dropped += ohm_golden_packet_in(g, line->flits, line->n, err) != 0;
        return 0;
    case 'C':
        return ohm_golden_check_code(g, &line->code, err);
    case 'R':
        return ohm_golden_check_result(g, &line->result, err);
    case 'P':
        return ohm_golden_check_pulse(g, &line->pulse, err);
    case 'V':
        return ohm_golden_check_vec(g, &line->vec, err);
    default:
        return ohm_golden_check_packet_out(g, line->flits, line->n, line->cycle, err);
    }
}

/* The recording's device: a known one, or that of the file, which must be of the same name. */
static const struct ohm_device_model *device_of(const char *path, const char *name,
                                                struct ohm_device_model *loaded,
                                                struct ohm_error *err)
{
    const struct ohm_device_model *device = loaded ? loaded : ohm_device_find(name);
    if (!device)
        ohm_fail(err, "%s: device: \"%s\", expected a known device model", path, name);
    else if (strcmp(device->name, name))
        ohm_fail(err, "%s: device: \"%s\", expected \"%s\" as in the device file", path, name,
                 device->name);
    else
        return device;
    return NULL;
}

static int check(const char *path, const char *device_file, struct ohm_golden_stats *stats,
                 struct counts *counts, struct ohm_error *err)
{
    struct ohm_record_head head;
    struct ohm_record_line *line = malloc(sizeof *line);
    struct ohm_record *record = ohm_record_open(path, &head, err);
    struct ohm_device_model *loaded = NULL;
    struct ohm_golden *g = NULL;
    int status = -1;

    if (!line) {
        ohm_fail(err, "out of memory");
        goto out;
    }
    if (!record)
        goto out;
    if (device_file && !(loaded = ohm_device_load(device_file, err)))
        goto out;
    const struct ohm_device_model *device = device_of(path, head.device, loaded, err);
    if (!device)
        goto out;
    struct ohm_error reason;
    if (!(g = ohm_golden_new(&head.config, device, head.seed, &reason))) {
        ohm_fail(err, "%s: %.400s", path, reason.text);
        goto out;
    }

    int more;
    while ((more = ohm_record_next(record, line, err)) > 0) {
        if (check_line(g, line, counts, &reason)) {
            ohm_fail(err, "%s:%u: mismatch: %.400s", path, line->number, reason.text);
            goto out;
        }
    }
    if (more < 0)
        goto out;
    if (ohm_golden_finish(g, &reason)) {
        ohm_fail(err, "%s: mismatch at the end: %.400s", path, reason.text);
        goto out;
    }
    ohm_golden_stats(g, stats);
    status = 0;
out:
    ohm_golden_free(g);
    ohm_device_free(loaded);
    ohm_record_close(record);
    free(line);
    return status;
}

int main(int argc, char **argv)
{
    struct ohm_golden_stats stats = {0};
    struct counts counts = {0};
    struct ohm_error err = {""};

    if (argc == 2 && !strcmp(argv[1], "--help")) {
        puts("usage: ohm-check FILE [DEVICE-FILE]\n"
             "Holds a recording (ohmic run --record FILE; format: sim/host/chip/ohm_record.h) "
             "against the golden model; DEVICE-FILE: the one of the run, if it had one.\n"
             "Exit status 0 only when at least one VMM or pulse was checked and everything "
             "agreed.");
        return 0;
    }
    if (argc != 2 && argc != 3) {
        fprintf(stderr,
                "ohm-check: %d arguments, expected one or two files (see ohm-check --help)\n",
                argc - 1);
        return 2;
    }
    if (check(argv[1], argc == 3 ? argv[2] : NULL, &stats, &counts, &err)) {
        fprintf(stderr, "ohm-check: %s\n", err.text);
        return 1;
    }
    printf("codes %" PRIu64 ", results %" PRIu64 ", packets %" PRIu64
           ", re-checked by the naive loop %" PRIu64 ", packets dropped as the chip does %" PRIu64
           "\n",
           stats.codes, stats.results, stats.packets, stats.naive, counts.dropped);
    if (stats.pulses)
        printf("pulses %" PRIu64 "\n", stats.pulses);
    printf("checked %" PRIu64 " VMMs, 0 mismatches\n", stats.vmms);
    return 0;
}
