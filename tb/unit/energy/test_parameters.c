/* SPDX-License-Identifier: Apache-2.0
 * Energy: the parameter file and its errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "energy_test.h"

struct ohm_energy_params good(void)
{
    struct ohm_energy_params p;
    struct ohm_error err = {{0}};
    if (ohm_energy_load(FILE_NAME, &p, &err))
        fail_msg("%s", err.text);
    return p;
}

/* Loads the shipped file with one line replaced (NULL: dropped) and expects an error with these
 * words. */
static void refused(const char *line_start, const char *with, const char *words)
{
    const char *out = getenv("OHM_OUT");
    char path[512], line[512];
    struct ohm_energy_params p;
    struct ohm_error err = {{0}};
    snprintf(path, sizeof path, "%s/energy.txt", out ? out : ".");
    FILE *from = fopen(FILE_NAME, "r"), *to = fopen(path, "w");
    assert_true(from && to);
    while (fgets(line, sizeof line, from)) {
        if (strncmp(line, line_start, strlen(line_start)))
            fputs(line, to);
        else if (with)
            fprintf(to, "%s\n", with);
    }
    fclose(from);
    fclose(to);
    CHECK(ohm_energy_load(path, &p, &err) == -1);
    if (!strstr(err.text, words) || strchr(err.text, '\n'))
        fail_msg("error '%s', expected one line with '%s'", err.text, words);
    checks++;
}

void parameters(void **state)
{
    (void)state;
    const struct ohm_energy_params p = good();
    CHECK(p.driver_pulse_fj == 37.5 && p.write_fj == 3.91e6 && p.router_um2 == 18750);
    refused("read_volt", NULL, "read_volt: missing");
    refused("read_volt", "read_volt -0.2 # x", "read_volt: '-0.2 # x', expected a positive number");
    refused("read_volt", "read_volt 0.2", "source");
    refused("read_volt", "read_volt 0.2 #  ", "source is empty");
    refused("read_volt", "read_volt nan # x", "expected a positive number");
    refused("read_volt", "read_volt 0.2 # x\nread_volt 0.3 # x", "given twice");
    refused("read_volt", "red_volt 0.2 # x", "red_volt: unknown parameter");
    refused("read_volt", "read_volt", "read_volt: '', expected a positive number");
    struct ohm_energy_params q;
    struct ohm_error err = {{0}};
    CHECK(ohm_energy_load("no/such/file", &q, &err) == -1 && strstr(err.text, "no/such/file"));
}
