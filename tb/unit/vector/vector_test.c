/* SPDX-License-Identifier: Apache-2.0 */
#include "vector_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned long checks;

const struct ohm_vec_size test_size = {.lanes = 8, .mem = 4096, .prog = 256, .tables = 4,
                                       .streams = 4, .routes = 4, .bank = 16};

void bench_open(struct bench *b, const struct ohm_vec_size *size, const char *text,
                const struct ohm_asm_param *param, int params)
{
    struct ohm_error err = {""};

    memset(b, 0, sizeof *b);
    if (ohm_asm(text, "test", size, param, params, &b->a, &err))
        fail_msg("%s", err.text);
    b->v = ohm_vec_create(size);
    assert_non_null(b->v);
    ohm_asm_load(&b->a, b->v);
}

void bench_close(struct bench *b)
{
    ohm_asm_free(&b->a);
    ohm_vec_free(b->v);
}

void bench_keep(void *user, const struct ohm_vec_sent *s)
{
    struct bench *b = user;

    assert_true(b->sends < SENT_MAX);
    struct sent *to = &b->sent[b->sends++];
    to->head = *s;
    to->head.words = NULL;
    to->words[0] = 0;
    if (s->count)
        memcpy(to->words, s->words, s->count * sizeof *s->words);
}

void bench_run(struct bench *b, const uint32_t *const words[OHM_VEC_STREAMS],
               const uint32_t size[OHM_VEC_STREAMS])
{
    struct ohm_vec_front front[OHM_VEC_STREAMS] = {{0}};
    const struct ohm_vec_hooks hooks = {.user = b, .sent = bench_keep};
    struct ohm_vec_turn turn;

    for (int s = 0; s < OHM_VEC_STREAMS; s++)
        front[s] = (struct ohm_vec_front){words ? words[s] : NULL, size ? size[s] : 0,
                                          words && words[s] ? OHM_VEC_WHOLE : OHM_VEC_POISON};
    b->sends = 0;
    assert_true(ohm_vec_next(b->v, &turn));
    ohm_vec_run(b->v, front, &hooks, &b->done);
}

char *read_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = malloc(1 << 17);

    assert_non_null(f);
    assert_non_null(text);
    const size_t n = fread(text, 1, (1 << 17) - 1, f);
    fclose(f);
    text[n] = '\0';
    return text;
}
