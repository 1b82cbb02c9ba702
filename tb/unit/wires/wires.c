/* SPDX-License-Identifier: Apache-2.0
 * Crossbar wires: transfer matrix, node voltages, Newton, capacitance, compensation and bad input,
 * against measured references, an independent nodal solver (nodal.h), closed forms and symmetries.
 * Usage: wires <data directory> <seed>. */
#include "wires_test.h"

long checks, failures;
uint64_t key, counter;

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: wires <data directory> <seed>\n");
        return 2;
    }
    key = ohm_key(strtoull(argv[2], NULL, 0), 0x57495245);
    test_solutions(argv[1]);
    test_currents();
    test_uses();
    test_bad_input();
    printf("wires: %ld checks, %ld failures\n", checks, failures);
    return failures || checks == 0;
}
