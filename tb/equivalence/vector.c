/* SPDX-License-Identifier: Apache-2.0
 * Vector tiles of a random chip: random programs (tb/unit/vector/ohm_vec_random.h), some of them
 * spoilt, fed by the host on all their streams; what they send goes to the host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "equivalence.h"

enum { WORDS = 64, CREDIT = 400, COUNTERS = 8, MEMORY = 8 };

static unsigned log2_slots(const struct ohm_config *c, const struct ohm_vec_case *v, unsigned wish)
{
    unsigned words = 0;

    for (int s = 0; s < c->nstream; s++)
        words += v->words[s];
    while (wish > 1 && words << wish > (unsigned)c->ibuf_words)
        wish--;
    return words << wish > (unsigned)c->ibuf_words ? 0 : wish;
}

void random_vectors(struct problem *p)
{
    struct ohm_vec_size size;
    struct ohm_error err = {"out of memory"};

    ohm_vec_size_of(&p->config, &size);
    for (int y = 0; y < p->config.mesh_h; y++)
        for (int x = 0; x < p->config.mesh_w; x++) {
            struct vec_place *v = &p->vec[p->vecs];
            if (p->vecs == VECS || ohm_config_kind(&p->config, x, y) != OHM_KIND_VEC)
                continue;
            *v = (struct vec_place){.x = (unsigned)x, .y = (unsigned)y};
            do { /* one whose vectors find room */
                ohm_vec_case_free(&v->c);
                must(ohm_vec_random(draw(p, 1u << 30), &size, chance(p, 30), &v->c) != 0, p,
                     "random program", &err);
                v->log2_slots = log2_slots(&p->config, &v->c, 1 + draw(p, 4));
            } while (!v->log2_slots);
            v->offset = draw(p, 500);
            p->vecs++;
        }
}

void free_vectors(struct problem *p)
{
    for (int i = 0; i < p->vecs; i++)
        ohm_vec_case_free(&p->vec[i].c);
}

static void write_words(const struct ohm_backend *b, const struct vec_place *v, unsigned addr,
                        const uint32_t *words, unsigned n)
{
    send_packet(b, 1,
                (struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = v->x, .y = v->y, .len = n,
                                    .offset = addr},
                words);
}

static void write_word(const struct ohm_backend *b, const struct vec_place *v, unsigned addr,
                       uint32_t word)
{
    write_words(b, v, addr, &word, 1);
}

static void configure(struct problem *p, const struct ohm_backend *b, struct vec_place *v)
{
    const struct ohm_vec_case *c = &v->c;
    uint32_t words[WORDS], base = 0;

    for (uint32_t i = 0; i < c->writes;) {
        const uint32_t addr = c->write[i].address;
        unsigned n = 0;
        for (; n < WORDS && i < c->writes && c->write[i].address == addr + n; i++)
            words[n++] = c->write[i].value;
        write_words(b, v, addr, words, n);
    }
    for (int s = 0; s < p->config.nstream; s++) {
        const unsigned at = (unsigned)s * OHM_REG_STREAM_STRIDE;
        write_word(b, v, OHM_REG_STREAM + at,
                   OHM_PLACE(base, STREAM_BASE) | OHM_PLACE(c->words[s], STREAM_SIZE));
        write_word(b, v, OHM_REG_STREAM_VEC + at,
                   OHM_PLACE(c->words[s], STREAM_VEC_EXPECT)
                       | OHM_PLACE(v->log2_slots, STREAM_VEC_LOG2_SLOTS));
        write_word(b, v, OHM_REG_RETURN + (unsigned)s,
                   OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)
                       | OHM_PLACE(s, RETURN_STREAM) | OHM_PLACE(s, RETURN_CHAN));
        base += c->words[s] << v->log2_slots;
        v->sent[s] = c->seq_base;
        v->limit[s] = c->seq_base + (1u << v->log2_slots);
    }
    for (int r = 0; r < p->config.nroute; r++) {
        const unsigned at = (unsigned)r * OHM_REG_ROUTE_STRIDE;
        /* one route leads nowhere */
        write_word(b, v, OHM_REG_ROUTE + at,
                   r == 2 ? 0
                          : OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)
                                | OHM_PLACE(r, H0_CHAN));
        write_word(b, v, OHM_REG_ROUTE_PART + at,
                   OHM_PLACE(v->offset, ROUTE_PART_OFFSET) | OHM_PLACE(r & 1, ROUTE_PART_CREDIT));
    }
    for (int i = 0; i < 2; i++)
        write_word(b, v, OHM_REG_CREDIT + (unsigned)i, (c->seq_base + CREDIT) & 0xffff);
    write_word(b, v, OHM_REG_SEQ_BASE, c->seq_base);
}

void configure_vectors(struct problem *p, const struct ohm_backend *b)
{
    for (int i = 0; i < p->vecs; i++)
        configure(p, b, &p->vec[i]);
}

void enable_vectors(const struct problem *p, const struct ohm_backend *b)
{
    for (int i = 0; i < p->vecs; i++) {
        write_word(b, &p->vec[i], OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
        write_word(b, &p->vec[i], OHM_REG_VSTART, OHM_PLACE(1, VSTART_START));
        if (p->bad) /* ignored, and an event */
            write_word(b, &p->vec[i], OHM_REG_VCODE, 0x5a5a5a5a);
    }
}

static void feed(const struct ohm_backend *b, struct vec_place *v, unsigned s)
{
    const uint32_t n = v->sent[s]++, k = n - v->c.seq_base;
    struct ohm_header h = {.type = OHM_TYPE_ACT, .x = v->x, .y = v->y, .chan = s,
                           .seq = n & 0xffff};
    uint32_t words[WORDS];

    if (ohm_vec_case_poison(&v->c, s, k)) {
        h.poison = 1;
        send_packet(b, 0, h, NULL);
        return;
    }
    for (uint32_t at = 0; at < v->c.words[s]; at += h.len) {
        h.offset = at;
        h.len = v->c.words[s] - at < WORDS ? v->c.words[s] - at : WORDS;
        for (uint32_t i = 0; i < h.len; i++)
            words[i] = ohm_vec_case_word(&v->c, s, k, at + i);
        send_packet(b, 0, h, words);
    }
}

int feed_vectors(struct problem *p, const struct ohm_backend *b)
{
    int busy = 0;

    for (int i = 0; i < p->vecs; i++) {
        struct vec_place *v = &p->vec[i];
        for (unsigned s = 0; s < (unsigned)p->config.nstream; s++) {
            if (!(v->c.streams >> s & 1u))
                continue;
            while (v->sent[s] != v->c.seq_base + v->c.vectors
                   && (int32_t)(v->limit[s] - v->sent[s]) > 0)
                feed(b, v, s);
            busy |= v->sent[s] != v->c.seq_base + v->c.vectors;
        }
    }
    return busy;
}

void credit_vectors(struct problem *p, const struct ohm_header *h)
{
    for (int i = 0; i < p->vecs; i++)
        if (p->vec[i].x == h->x && p->vec[i].y == h->y) {
            uint32_t *limit = &p->vec[i].limit[h->chan & 3];
            *limit += (uint32_t)(int32_t)(int16_t)(uint16_t)(h->offset - *limit);
        }
}

static void ask(const struct ohm_backend *b, const struct vec_place *v, unsigned addr)
{
    send_packet(b, 1,
                (struct ohm_header){.type = OHM_TYPE_CFG_RD, .x = v->x, .y = v->y, .seq = addr,
                                    .offset = addr},
                NULL);
}

int ask_vectors(struct problem *p, const struct ohm_backend *b, unsigned k)
{
    for (int i = 0; i < p->vecs; i++) {
        const struct vec_place *v = &p->vec[i];
        if (k < COUNTERS)
            ask(b, v, k < 2 ? OHM_REG_CNT_VMM + k : OHM_REG_CNT_EVENT + k);
        else if (k == COUNTERS)
            write_word(b, v, OHM_REG_CTRL, 0);
        else
            ask(b, v,
                OHM_REG_VMEM
                    + (k - COUNTERS) * ((unsigned)p->config.vmem_words - 1) / MEMORY);
    }
    return p->vecs && k < COUNTERS + MEMORY;
}
