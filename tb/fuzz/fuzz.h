/* SPDX-License-Identifier: Apache-2.0
 * What tb/fuzz feeds with bytes: a target is a line of a table here and a function. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_INPUT_MAX 65536

struct fuzz_target {
    const char *name;
    const char *file; /* below the work directory, holds the input when run is called; NULL: none */
    /* Whatever the bytes are: it must come back, without a word of the sanitizers. */
    void (*run)(const char *path, const uint8_t *data, size_t n);
};

extern const struct fuzz_target fuzz_file_targets[], fuzz_chip_targets[]; /* both end with {0} */

/* Work directory of this process. */
extern const char *fuzz_work;

/* fuzz_change.c: makes another input of data[0 … n-1] in place; other: one to take from. Returns
 * its size, 1 to FUZZ_INPUT_MAX. */
size_t fuzz_change(uint8_t *data, size_t n, const uint8_t *other, size_t other_n);
uint64_t fuzz_random(void);
void fuzz_seed(uint64_t seed);

/* Numbers that the code compared and that differed, as one input met them: what is worth trying. */
#define FUZZ_PAIRS 256
struct fuzz_pairs {
    uint32_t count; /* ever met */
    struct { uint64_t a, b; uint32_t size; } pair[FUZZ_PAIRS];
};
extern struct fuzz_pairs *fuzz_pairs;

#endif
