/* SPDX-License-Identifier: Apache-2.0
 * Runs random cases on the golden interpreter and prints all that went in and came out, for
 * model.py to work out again.
 *   drive SEED CASES LANES MEM PROG TABLES STREAMS ROUTES BANK FAULTY */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ohm_rng.h"
#include "ohm_vec_random.h"

static void show_sent(void *user, const struct ohm_vec_sent *s)
{
    (void)user;
    printf("S %" PRIu32 " %" PRIu32 " %d", s->routes, s->n, s->poison);
    for (uint32_t i = 0; i < s->count; i++)
        printf(" %" PRIu32, s->words[i]);
    printf("\n");
}

/* Runs what is due, with the vectors that the case has for it. */
static void one_run(const struct ohm_vec_case *c, struct ohm_vec *v,
                    const struct ohm_vec_turn *turn)
{
    static uint32_t words[OHM_VEC_STREAMS][64];
    const struct ohm_vec_hooks hooks = {.sent = show_sent};
    struct ohm_vec_front front[OHM_VEC_STREAMS] = {{0}};
    struct ohm_vec_done done;

    printf("R %d %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", turn->program, turn->n, turn->step,
           turn->lane);
    for (unsigned s = 0; s < OHM_VEC_STREAMS; s++) {
        if (!(turn->streams >> s & 1u))
            continue;
        const uint32_t k = turn->n - c->seq_base;
        const int poison = ohm_vec_case_poison(c, s, k);
        front[s] = (struct ohm_vec_front){words[s], c->words[s],
                                          poison ? OHM_VEC_POISON : OHM_VEC_WHOLE};
        printf("I %u %d", s, poison);
        for (uint32_t w = 0; w < c->words[s]; w++) {
            words[s][w] = ohm_vec_case_word(c, s, k, w);
            printf(" %" PRIu32, words[s][w]);
        }
        printf("\n");
    }
    printf("G\n");
    ohm_vec_run(v, front, &hooks, &done);
    printf("D %d %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", done.code, done.pc,
           done.cycles, done.count, done.event);
}

/* Words one or two bits from those of the case, and what the interpreter says of each alone. */
static void show_judged(const struct ohm_vec_case *c)
{
    const uint64_t key = ohm_key(c->seed, 0x6a);
    uint64_t word = 0;

    for (uint32_t i = 0; i < c->writes; i++) {
        const uint32_t at = c->write[i].address - OHM_REG_VCODE;
        if (at >= 2u * (uint32_t)c->size.prog)
            continue;
        word = at % 2 ? word | (uint64_t)c->write[i].value << 32 : c->write[i].value;
        if (at % 2 == 0)
            continue;
        const uint64_t r = ohm_key_at(key, at);
        const uint64_t spoilt = word ^ UINT64_C(1) << (r & 63) ^ (r >> 6 & 1) << (r >> 7 & 63);
        const struct ohm_vec_ins ins = ohm_vec_decode(spoilt);
        printf("J %" PRIu64 " %d\n", spoilt, ohm_vec_judge(&ins, c->size.tables));
    }
}

static void one_case(uint64_t seed, const struct ohm_vec_size *size, int faulty)
{
    struct ohm_vec_case c;
    struct ohm_vec *v = ohm_vec_create(size);
    struct ohm_vec_turn turn;

    if (!v || ohm_vec_random(seed, size, faulty, &c))
        exit(2);
    printf("C %" PRIu64 " %" PRIu32 " %" PRIu32 "\n", seed, c.seq_base, c.vectors);
    for (uint32_t i = 0; i < c.writes; i++) {
        printf("W %" PRIu32 " %" PRIu32 "\n", c.write[i].address, c.write[i].value);
        ohm_vec_write(v, c.write[i].address, c.write[i].value);
    }
    show_judged(&c);
    printf("E %" PRIu32 "\n", ohm_vec_enable(v, c.seq_base));
    ohm_vec_write(v, OHM_REG_VSTART, 1);
    while (ohm_vec_next(v, &turn) && ohm_vec_head(v) != c.seq_base + c.vectors)
        one_run(&c, v, &turn);
    ohm_vec_disable(v);
    printf("M");
    for (int w = 0; w < size->mem; w++)
        printf(" %" PRIu32, ohm_vec_read(v, OHM_REG_VMEM + (uint32_t)w));
    printf("\n");
    ohm_vec_case_free(&c);
    ohm_vec_free(v);
}

int main(int argc, char **argv)
{
    int a[8] = {0};

    if (argc != 11)
        return 2;
    for (int i = 0; i < 8; i++)
        a[i] = atoi(argv[3 + i]);
    const struct ohm_vec_size size = {a[0], a[1], a[2], a[3], a[4], a[5], a[6]};
    for (int i = 0; i < atoi(argv[2]); i++)
        one_case(strtoull(argv[1], NULL, 10) * 1000003u + (uint64_t)i, &size, a[7]);
    return 0;
}
