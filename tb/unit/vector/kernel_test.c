/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_rng.h"

void kernel_load(struct kernel *k, const char *name, int lanes,
                 const struct ohm_asm_param *param, int params)
{
    const struct ohm_vec_size size = {.lanes = lanes, .mem = 16384, .prog = 512, .tables = 4,
                                      .streams = 4, .routes = 4, .bank = 128};
    struct ohm_asm_param all[33];
    char path[100];

    snprintf(path, sizeof path, "sim/kernels/%s.vec", name);
    char *text = read_text(path);
    memset(k, 0, sizeof *k);
    if (params)
        memcpy(all, param, (size_t)params * sizeof *param);
    all[params] = (struct ohm_asm_param){"lanes", lanes};
    bench_open(&k->b, &size, text, all, params + 1);
    free(text);
    k->key = ohm_key(7, (uint64_t)strlen(name) << 8 | (unsigned char)name[0]);
}

void kernel_start(struct kernel *k)
{
    struct ohm_vec_turn turn;

    SAME(ohm_vec_enable(k->b.v, 0), 0);
    ohm_vec_write(k->b.v, OHM_REG_VSTART, 1);
    while (ohm_vec_next(k->b.v, &turn) && turn.program == OHM_VEC_INIT)
        kernel_run(k, 0, NULL, NULL, 0);
}

void kernel_open(struct kernel *k, const char *name, int lanes,
                 const struct ohm_asm_param *param, int params)
{
    kernel_load(k, name, lanes, param, params);
    kernel_start(k);
}

void kernel_close(struct kernel *k)
{
    bench_close(&k->b);
}

static const struct ohm_asm_symbol *symbol(const struct kernel *k, const char *name)
{
    const struct ohm_asm_symbol *s = ohm_asm_find(&k->b.a, name);

    if (!s)
        fail_msg("the kernel has no name %s", name);
    return s;
}

long kernel_const(const struct kernel *k, const char *name)
{
    return symbol(k, name)->value;
}

void kernel_poke(struct kernel *k, const char *name, long i, long value)
{
    const struct ohm_asm_symbol *s = symbol(k, name);

    assert_true(i < s->elements);
    ohm_vec_write(k->b.v, OHM_REG_VMEM + (uint32_t)(s->value * 16 + i), (uint32_t)value);
}

int32_t kernel_peek(struct kernel *k, const char *name, long i)
{
    ohm_vec_disable(k->b.v);
    return (int32_t)ohm_vec_read(k->b.v,
                                 OHM_REG_VMEM + (uint32_t)(symbol(k, name)->value * 16 + i));
}

long kernel_draw(struct kernel *k, long low, long high)
{
    const uint64_t bits = ohm_key_at(k->key, k->draws++) >> 32;

    return low + (long)(bits * (uint64_t)(high - low + 1) >> 32);
}

void kernel_run(struct kernel *k, int streams, const int32_t *const in[], const uint32_t count[],
                unsigned format)
{
    static uint32_t words[OHM_VEC_STREAMS][4096];
    const uint32_t per = format < 2 ? 4 : format == 2 ? 2 : 1, bits = 32 / per;
    const uint32_t *front[OHM_VEC_STREAMS] = {words[0], words[1], words[2], words[3]};
    uint32_t size[OHM_VEC_STREAMS] = {0};

    memset(words, 0, sizeof words);
    for (int s = 0; s < streams; s++) {
        size[s] = (count[s] + per - 1) / per;
        for (uint32_t i = 0; i < count[s]; i++)
            words[s][i / per] |= bits == 32 ? (uint32_t)in[s][i]
                                            : ((uint32_t)in[s][i] & ((1u << bits) - 1u))
                                                  << (i % per * bits);
    }
    ohm_vec_next(k->b.v, &k->turn);
    bench_run(&k->b, front, size);
    if (k->b.done.code)
        fail_msg("fault %d at instruction %u, line %d", k->b.done.code, k->b.done.pc,
                 k->b.a.line[k->b.done.pc]);
}

int32_t kernel_out(const struct kernel *k, unsigned route, unsigned format, uint32_t i)
{
    const uint32_t per = format < 2 ? 4 : format == 2 ? 2 : 1, bits = 32 / per;

    for (int s = 0; s < k->b.sends; s++) {
        if (!(k->b.sent[s].head.routes >> route & 1u))
            continue;
        assert_true(i / per < k->b.sent[s].head.count);
        const uint32_t word = k->b.sent[s].words[i / per];
        if (bits == 32)
            return (int32_t)word;
        const int32_t value = (int32_t)(word >> (i % per * bits) & ((1u << bits) - 1u));
        return format && value >> (bits - 1) ? value - (1 << bits) : value;
    }
    fail_msg("nothing left on route %u", route);
    return 0;
}

void kernel_near(struct kernel *k, double got, double want, double bound, const char *what)
{
    const double share = fabs(got - want) / bound;

    checks++;
    if (!(share <= 1.0))
        fail_msg("%s: %g, expected %g within %g", what, got, want, bound);
    if (share > k->worst)
        k->worst = share;
}

double ref_sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}
