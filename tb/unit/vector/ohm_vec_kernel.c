/* SPDX-License-Identifier: Apache-2.0
 * A kernel as a case, for the bench of the RTL. */
#include <stdio.h>
#include <stdlib.h>

#include "ohm_asm.h"
#include "ohm_rng.h"
#include "ohm_vec_random.h"

enum { TEXT = 1 << 16, STREAM_WORDS = 512 };

static int read_whole(const char *path, char *text, struct ohm_error *err)
{
    FILE *f = fopen(path, "rb");

    if (!f)
        return ohm_fail(err, "%s: cannot be read, expected a kernel", path);
    const size_t n = fread(text, 1, TEXT - 1, f);
    fclose(f);
    text[n] = '\0';
    return n < TEXT - 1 ? 0 : ohm_fail(err, "%s: too long, expected a kernel", path);
}

static void add(struct ohm_vec_case *c, uint32_t address, uint32_t value)
{
    c->write[c->writes++] = (struct ohm_vec_write){address, value};
    if (address - OHM_REG_VPROGRAM < OHM_VEC_PROGRAMS) {
        c->streams |= value >> OHM_VPROGRAM_STREAMS_LSB & 15u;
        c->routes |= value >> OHM_VPROGRAM_ROUTES_LSB & 255u;
    }
}

int ohm_vec_kernel(const char *path, const struct ohm_vec_size *size,
                   const struct ohm_asm_param *param, int params, struct ohm_vec_case *c,
                   struct ohm_error *err)
{
    static char text[TEXT];
    struct ohm_asm a;

    *c = (struct ohm_vec_case){.size = *size, .seed = 1, .vectors = 32, .whole = 1};
    if (read_whole(path, text, err) || ohm_asm(text, path, size, param, params, &a, err))
        return -1;
    c->write = malloc(((size_t)size->mem + a.writes + 2u * a.count) * sizeof *c->write);
    if (!c->write) {
        ohm_asm_free(&a);
        return ohm_fail(err, "%s: out of memory", path);
    }
    /* what the host would load: anything of 12 bits */
    for (uint32_t w = 0; w < (uint32_t)size->mem; w++)
        add(c, OHM_REG_VMEM + w, (uint32_t)((int32_t)(ohm_key_at(c->seed, w) >> 32) >> 20));
    for (uint32_t i = 0; i < a.writes; i++)
        add(c, a.write[i].address, a.write[i].value);
    for (uint32_t i = 0; i < 2 * a.count; i++)
        add(c, OHM_REG_VCODE + i, (uint32_t)(a.code[i / 2] >> (i % 2 * 32)));
    for (int s = 0; s < OHM_VEC_STREAMS; s++)
        c->words[s] = c->streams >> s & 1u ? STREAM_WORDS : 0;
    ohm_asm_free(&a);
    return 0;
}
