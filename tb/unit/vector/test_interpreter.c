/* SPDX-License-Identifier: Apache-2.0
 * The interpreter by hand: each instruction's example of the document, corners worked out on paper,
 * every fault, every refusal, the order of runs. */
#include "vector_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "data v_0, 5, -7, 100\ndata v_1, 3, 3, -2\nvec v_2, 16\nprogram streams 0 1\n" \
             "seed 1\nlen #3\nmov s4, #10\nmov s13, #3\n"

static uint32_t word(const struct bench *b, uint32_t w)
{
    return ohm_vec_read(b->v, OHM_REG_VMEM + w);
}

/* Runs HEAD and a line with number 2; ends the program. */
static void example(struct bench *b, const char *line)
{
    static const uint32_t in[2][1] = {{0}, {0x00807F05}};
    char text[600];

    snprintf(text, sizeof text, "%s%s\nend\n", HEAD, line);
    bench_open(b, &test_size, text, NULL, 0);
    ohm_vec_enable(b->v, 2);
    bench_run(b, (const uint32_t *const[4]){in[0], in[1]}, (const uint32_t[4]){1, 1});
    ohm_vec_disable(b->v);
}

/* Three elements of v2 after a line. */
static void test_elements(void **unused)
{
    static const struct {
        const char *line;
        int32_t d[3];
    } cases[] = {
        {"mov v2, #-3", {-3, -3, -3}},
        {"mov v2, s4", {10, 10, 10}},
        {"mov v2, v1", {3, 3, -2}},
        {"add v2, v0, v1", {8, -4, 98}},
        {"sub v2, v0, s4", {-5, -17, 90}},
        {"mul v2, v0, v1 >> 1", {8, -10, -100}},
        {"mul v2, v0, #-32768", {-163840, 229376, -3276800}},
        {"min v2, v0, s4", {5, -7, 10}},
        {"max v2, v0, #0", {5, 0, 100}},
        {"and v2, v0, v1", {1, 1, 100}},
        {"or v2, v0, #0", {5, -7, 100}},
        {"xor v2, v0, #-1", {-6, 6, -101}},
        {"shl v2, v0, #4", {80, -112, 1600}},
        {"shl v2, v0, #35", {40, -56, 800}},
        {"sra v2, v0, #1", {2, -4, 50}},
        {"clt v2, v0, v1", {0, -1, 0}},
        {"ceq v2, v0, #5", {-1, 0, 0}},
        {"abs v2, v0", {5, 7, 100}},
        {"clz v2, v0", {29, 0, 25}},
        {"rnd v2, #7", {1998251172, 1608996720, 875030091}},
        {"unpack v2, stream 1, word 0, s8", {5, 127, -128}},
        {"unpack v2, stream 1, word 0, u8", {5, 127, 128}},
        {"len #2\nunpack v2, stream 1, word 0, s16", {0x7F05, 0x80, 0}},
        {"mv v2, v0, v1, rows 2, stride 1", {-206, 22, 0}},
        {"mt v2, v0, v1, rows 2, stride 1", {24, -12, 294}},
        {"put v2, s4, #1", {0, 10, 0}},
        {"put v2, s4, s3", {10, 0, 0}},
        {"mov s14, #1\nmov s15, #1\nadd v2, v0[s14], v0[s15]", {6, 6, -4}},
    };
    struct bench b;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        example(&b, cases[i].line);
        SAME(b.done.code, 0);
        for (uint32_t k = 0; k < 3; k++)
            SAME((int32_t)word(&b, 32 + k), cases[i].d[k]);
        bench_close(&b);
    }
}

/* The scalar that a line leaves in s5: it is put into v2. */
static void test_scalars(void **unused)
{
    static const struct {
        const char *line;
        int32_t d;
    } cases[] = {
        {"mov s5, s4", 10},
        {"mov s5, s1", 2},
        {"mov s5, s13", 3},
        {"add s0, s4, #3\nmov s5, s0", 0},
        {"sub s5, s4, #1", 9},
        {"mul s5, s4, s4 >> 3", 13},
        {"clz s5, s4", 28},
        {"clz s5, s0", 32},
        {"sum s5, v0", 98},
        {"top s5, v0", 100},
        {"argtop s5, v0", 2},
        {"argtop s5, v1", 0},
        {"dot s5, v0, v1 >> 2", -51},
        {"dot s5, v0, #2", 196},
        {"get s5, v0, #1", -7},
        {"mov s5, #-1\nshl s5, s5, #31\nabs s5, s5", INT32_MAX},
        {"mov s5, #-1\nshl s5, s5, #31\nmul s5, s5, #-32768", INT32_MAX},
        {"mov s5, #-1\nshl s5, s5, #31\nmul s5, s5, #32767", INT32_MIN},
        {"mov s5, #-1\nshl s5, s5, #31\nsub s5, s5, #1", INT32_MAX},
        {"rnd s5, #7", 1998251172},
        {"mov s5, #3\nagain: add s6, s6, #2\nloop s5, again\nmov s5, s6", 6},
        {"beq s4, s13, no\nmov s5, #1\nno:", 1},
        {"bne s4, s13, no\nmov s5, #1\nno:", 0},
        {"blt s4, s13, no\nmov s5, #1\nno:", 1},
        {"bge s4, s13, no\nmov s5, #1\nno:", 0},
        {"mov s6, #-1\nblt s6, s0, no\nmov s5, #1\nno:", 0},
    };
    struct bench b;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[300];
        snprintf(line, sizeof line, "%s\nput v2, s5, #0", cases[i].line);
        example(&b, line);
        SAME(b.done.code, 0);
        SAME((int32_t)word(&b, 32), cases[i].d);
        bench_close(&b);
    }
}

/* Entries 100 i, 4 apart, from 0 on; the ends, and a table that spans more than 31 bits' half. */
static void test_table(void **unused)
{
    static const int32_t in[6] = {5, -7, 100, 1023, 1024, INT32_MAX};
    static const int32_t want[6] = {125, 0, 2500, 25575, 25600, 25600};
    struct bench b;

    (void)unused;
    bench_open(&b, &test_size, "vec x, 6\nprogram streams 0\nlen #6\ntab v1, v0, t1\nend", NULL, 0);
    for (uint32_t i = 0; i < 257; i++)
        ohm_vec_write(b.v, OHM_REG_VTABLE + 512 + i, 100 * i);
    ohm_vec_write(b.v, OHM_REG_VTABLE_SHIFT + 1, 2);
    for (uint32_t i = 0; i < 6; i++)
        ohm_vec_write(b.v, OHM_REG_VMEM + i, (uint32_t)in[i]);
    ohm_vec_enable(b.v, 0);
    bench_run(&b, (const uint32_t *const[4]){(const uint32_t[]){0}}, (const uint32_t[4]){1});
    ohm_vec_disable(b.v);
    SAME(b.done.code, 0);
    for (uint32_t i = 0; i < 6; i++)
        SAME((int32_t)word(&b, 16 + i), want[i]);
    SAME(b.done.cycles, 4 + 2 + 7 + 3);
    bench_close(&b);
}

/* x0 at the lowest number: u has 33 bits. Falling entries: rnd is a floor of v + 1/2. */
static void test_table_wide(void **unused)
{
    struct bench b;

    (void)unused;
    bench_open(&b, &test_size, "data x, 0x7FFFFFFF, 0x80000001\nprogram streams 0\nlen #2\n"
                               "tab v1, v0, t0\nend", NULL, 0);
    for (uint32_t i = 0; i < 257; i++)
        ohm_vec_write(b.v, OHM_REG_VTABLE + i, 0u - i);
    ohm_vec_write(b.v, OHM_REG_VTABLE_X0, 0x80000000u);
    ohm_vec_write(b.v, OHM_REG_VTABLE_SHIFT, 1);
    ohm_vec_enable(b.v, 0);
    bench_run(&b, (const uint32_t *const[4]){(const uint32_t[]){0}}, (const uint32_t[4]){1});
    ohm_vec_disable(b.v);
    SAME((int32_t)word(&b, 16), -256);
    SAME((int32_t)word(&b, 17), 0); /* rnd(-1 * 1/2) = 0 */
    bench_close(&b);
}

static void test_sends(void **unused)
{
    struct bench b;

    (void)unused;
    bench_open(&b, &test_size,
               "data x, 5, -7, 300, -200, 70000, -70000\nprogram streams 0, routes 0 1 2 3\n"
               "len #6\nsend v0, routes 0, u8\nsend v0, routes 1, s8\nsend v0, routes 2, s16\n"
               "len #2\nsend v0, routes 3, s32\nend", NULL, 0);
    ohm_vec_enable(b.v, 7);
    bench_run(&b, (const uint32_t *const[4]){(const uint32_t[]){0}}, (const uint32_t[4]){1});
    SAME(b.done.code, 0);
    SAME(b.sends, 4);
    SAME(b.done.work.reads, 6 + 6 + 6 + 2);
    SAME(b.done.work.sent, 2 + 2 + 3 + 2);
    SAME(b.sent[0].head.routes, 1);
    SAME(b.sent[0].head.n, 7);
    SAME(b.sent[0].head.count, 2);
    SAME(b.sent[0].words[0], 0x00FF0005u);
    SAME(b.sent[0].words[1], 0x000000FFu);
    SAME(b.sent[1].words[0], 0x817FF905u);
    SAME(b.sent[1].words[1], 0x0000817Fu);
    SAME(b.sent[2].head.count, 3);
    SAME(b.sent[2].words[0], 0xFFF90005u);
    SAME(b.sent[2].words[2], 0x80007FFFu);
    SAME(b.sent[3].words[1], 0xFFFFFFF9u);
    SAME(b.done.cycles, 4 + 2 + 8 + 8 + 9 + 2 + 8 + 3);
    SAME(ohm_vec_runs(b.v, 0), 1);
    bench_close(&b);
}

/* Each fault, by its lowest code, and what is left: inputs freed, poison on what was not sent. */
static void test_faults(void **unused)
{
    static const struct {
        const char *line;
        int code;
        uint32_t pc;
    } cases[] = {
        {"again: beq s0, s0, again", OHM_PROGRAM_LIMIT, 4},
        {"beq s0, s0, 255", OHM_PROGRAM_OPCODE, 255},
        {"len s5", OHM_PROGRAM_VALUE, 4},
        {"mov s5, #4096\nlen s5", OHM_PROGRAM_VALUE, 5},
        {"mv v2, v0, v1, rows s5, stride 1", OHM_PROGRAM_VALUE, 4},
        {"mov s5, #256\nmv v2, v0, v1, rows s5, stride 1", OHM_PROGRAM_VALUE, 5},
        {"mov s13, #254\nadd v2[s13], v0, v1", OHM_PROGRAM_ADDRESS, 5},
        {"len #17\nadd v2, v255, v1", OHM_PROGRAM_ADDRESS, 5},
        {"mov s14, #-1\nsum s5, v0[s14]", OHM_PROGRAM_ADDRESS, 5},
        {"mt v2, v0, v4, rows 2, stride 127\nmt v2, v200, v4, rows 2, stride 127",
         OHM_PROGRAM_OVERLAP, 4},
        {"mt v2, v200, v4, rows 2, stride 127", OHM_PROGRAM_ADDRESS, 4},
        {"mov s5, #4096\nget s5, v0, s5", OHM_PROGRAM_ADDRESS, 5},
        {"put v255, s5, #16", OHM_PROGRAM_ADDRESS, 4},
        {"len #17\nadd v2, v1, v4", OHM_PROGRAM_OVERLAP, 5},
        {"len #17\nadd v2, v4, v3", OHM_PROGRAM_OVERLAP, 5},
        {"mv v2, v0, v2, rows 1, stride 1", OHM_PROGRAM_OVERLAP, 4},
        {"unpack v2, stream 2, word 0, s8", OHM_PROGRAM_STREAM, 4},
        {"unpack v2, stream 1, word 1, s8", OHM_PROGRAM_STREAM, 4},
        {"len #5\nunpack v2, stream 1, word 0, s8", OHM_PROGRAM_STREAM, 5},
        {"free 1\nunpack v2, stream 1, word 0, s8", OHM_PROGRAM_STREAM, 5},
        {"free 1\nfree 1", OHM_PROGRAM_STREAM, 5},
        {"send v2, routes 2, s8", OHM_PROGRAM_ROUTE, 4},
        {"send v2, routes 0, s8\nsend v2, routes 0 1, s8", OHM_PROGRAM_ROUTE, 5},
        {"len #1025\nsend v2, routes 0, s32", OHM_PROGRAM_ROUTE, 5},
        {"send v2, routes 1, s8", OHM_PROGRAM_UNSENT, 5},
    };
    struct bench b;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[600];
        snprintf(text, sizeof text, "limit 50\nsequence steps 2, lanes 1\n"
                 "mov s6, #1\nlen #3\nmov s4, #10\nmov s13, #3\n%s\nend\n", cases[i].line);
        bench_open(&b, &test_size, text, NULL, 0);
        /* without `program`: the assembler would refuse most of them */
        ohm_vec_write(b.v, OHM_REG_VPROGRAM, 3u << OHM_VPROGRAM_STREAMS_LSB
                                                 | 3u << OHM_VPROGRAM_ROUTES_LSB);
        ohm_vec_write(b.v, OHM_REG_VCYCLE, 1);
        ohm_vec_enable(b.v, 3);
        const uint32_t in[1] = {0};
        bench_run(&b, (const uint32_t *const[4]){in, in}, (const uint32_t[4]){1, 1});
        SAME(b.done.code, cases[i].code);
        SAME(b.done.pc, cases[i].pc);
        SAME(b.done.event, (uint32_t)cases[i].code | cases[i].pc << 12 | 1u << 31);
        uint32_t routes = 0;
        for (int k = 0; k < b.sends; k++) {
            SAME(routes & b.sent[k].head.routes, 0);
            routes |= b.sent[k].head.routes;
            SAME(b.sent[k].head.n, 3);
        }
        SAME(routes, 3);
        SAME(ohm_vec_runs(b.v, 1), 1);
        /* the second and last step of this sequence is poison, the next sequence is not */
        bench_run(&b, (const uint32_t *const[4]){in, in}, (const uint32_t[4]){1, 1});
        SAME(b.done.code, OHM_VEC_POISONED);
        SAME(b.sends, 1);
        SAME(b.sent[0].head.routes, 3);
        TRUE(b.sent[0].head.poison);
        SAME(b.done.cycles, 4 + 2 + 1);
        bench_run(&b, (const uint32_t *const[4]){in, in}, (const uint32_t[4]){1, 1});
        SAME(b.done.code, cases[i].code);
        bench_close(&b);
    }
}

/* A program memory of 64: the address behind it; a word with a field too much. */
static void test_faults_of_words(void **unused)
{
    struct ohm_vec_size size = test_size;
    struct bench b;
    const uint32_t in[1] = {0};

    (void)unused;
    size.prog = 64;
    bench_open(&b, &size, "program streams 0\nbeq s0, s0, 63", NULL, 0);
    const uint64_t nop = (uint64_t)OHM_VOP_BEQ << 58 | UINT64_C(1) << 56 | 100;
    ohm_vec_write(b.v, OHM_REG_VCODE + 126, (uint32_t)nop);
    ohm_vec_write(b.v, OHM_REG_VCODE + 127, (uint32_t)(nop >> 32));
    ohm_vec_enable(b.v, 0);
    bench_run(&b, (const uint32_t *const[4]){in}, (const uint32_t[4]){1});
    SAME(b.done.code, OHM_PROGRAM_PC);
    SAME(b.done.pc, 100);
    SAME(b.done.cycles, 4 + 3 + 3 + 6 + 1);
    ohm_vec_disable(b.v);
    ohm_vec_write(b.v, OHM_REG_VCODE + 127, (uint32_t)(nop >> 32) | 1u << 23);
    ohm_vec_enable(b.v, 0);
    bench_run(&b, (const uint32_t *const[4]){in}, (const uint32_t[4]){1});
    SAME(b.done.code, OHM_PROGRAM_FIELD);
    SAME(b.done.pc, 63);
    bench_close(&b);
}

static uint32_t refused(uint32_t reg, uint32_t value)
{
    struct bench b;

    bench_open(&b, &test_size, "program streams 0 1, routes 0\nend\nprogram streams 2, routes 1\n"
                               "end\ninit routes 0\nend", NULL, 0);
    ohm_vec_write(b.v, reg, value);
    const uint32_t detail = ohm_vec_enable(b.v, 0);
    struct ohm_vec_turn turn;
    ohm_vec_write(b.v, OHM_REG_VSTART, 1);
    SAME(ohm_vec_next(b.v, &turn), detail == 0);
    bench_close(&b);
    return detail;
}

static void test_refusals(void **unused)
{
    (void)unused;
    SAME(refused(OHM_REG_VSEED, 5), 0);
    SAME(refused(OHM_REG_VCYCLE, 0), OHM_PROGRAM_CYCLE);
    SAME(refused(OHM_REG_VCYCLE, 9), OHM_PROGRAM_CYCLE);
    SAME(refused(OHM_REG_VSEQ, 1u << 16), OHM_PROGRAM_SEQ);
    SAME(refused(OHM_REG_VSEQ, 1), OHM_PROGRAM_SEQ);
    SAME(refused(OHM_REG_VSEQ, 17u << 16 | 1), OHM_PROGRAM_SEQ);
    SAME(refused(OHM_REG_VLIMIT, 0), OHM_PROGRAM_LIMIT0);
    SAME(refused(OHM_REG_VPROGRAM + 1, 256), OHM_PROGRAM_START | 1 << 8);
    SAME(refused(OHM_REG_VINIT, 1u << 31 | 256), OHM_PROGRAM_START | 15 << 8);
    SAME(refused(OHM_REG_VPROGRAM + 1, 2u << 12), OHM_PROGRAM_STREAMS | 1 << 8);
    SAME(refused(OHM_REG_VPROGRAM + 1, 1u << 16), OHM_PROGRAM_ROUTES | 1 << 8);
    SAME(refused(OHM_REG_VPROGRAM, 16u << 16 | 1u << 12), OHM_PROGRAM_ROUTES);
    SAME(refused(OHM_REG_VINIT, 1u << 31 | 4u << 16), OHM_PROGRAM_ROUTES | 15 << 8);
    SAME(refused(OHM_REG_VPROGRAM, 1u << 16), 0); /* no streams, but another has */
}

/* A cycle without any stream; one stream in a tile of one. */
static void test_streams(void **unused)
{
    struct ohm_vec_size size = test_size;
    struct bench b;

    (void)unused;
    bench_open(&b, &test_size, "program routes 0\nend", NULL, 0);
    SAME(ohm_vec_enable(b.v, 0), OHM_PROGRAM_STREAMS);
    bench_close(&b);
    size.streams = 1;
    bench_open(&b, &size, "program streams 0\nend", NULL, 0);
    SAME(ohm_vec_enable(b.v, 0), 0);
    ohm_vec_disable(b.v);
    ohm_vec_write(b.v, OHM_REG_VPROGRAM, 2u << 12);
    SAME(ohm_vec_enable(b.v, 0), OHM_PROGRAM_STREAMS);
    bench_close(&b);
}

/* Writes while enabled are ignored and said, those of registers too. */
static void test_writes(void **unused)
{
    struct bench b;
    struct ohm_vec_turn turn;

    (void)unused;
    bench_open(&b, &test_size, "program streams 0\nend", NULL, 0);
    ohm_vec_write(b.v, OHM_REG_VMEM + 5, 77);
    SAME(ohm_vec_enable(b.v, 0), 0);
    SAME(ohm_vec_write(b.v, OHM_REG_VMEM + 5, 1), OHM_PROGRAM_WRITE | (OHM_REG_VMEM + 5u) << 12);
    SAME(ohm_vec_write(b.v, OHM_REG_VCODE, 1), OHM_PROGRAM_WRITE | OHM_REG_VCODE << 12);
    SAME(ohm_vec_write(b.v, OHM_REG_VTABLE + 256, 1),
         OHM_PROGRAM_WRITE | (OHM_REG_VTABLE + 256u) << 12);
    SAME(ohm_vec_write(b.v, OHM_REG_VTABLE + 257, 1), 0); /* no word there */
    SAME(ohm_vec_read(b.v, OHM_REG_VMEM + 5), 0);
    SAME(ohm_vec_write(b.v, OHM_REG_VCYCLE, 2), OHM_PROGRAM_WRITE | OHM_REG_VCYCLE << 12);
    SAME(ohm_vec_write(b.v, OHM_REG_VSEQ, 2), OHM_PROGRAM_WRITE | OHM_REG_VSEQ << 12);
    SAME(ohm_vec_read(b.v, OHM_REG_VCYCLE), 1);
    bench_run(&b, (const uint32_t *const[4]){(const uint32_t[]){0}}, (const uint32_t[4]){1});
    TRUE(ohm_vec_next(b.v, &turn));
    SAME(turn.program, 0);
    SAME(ohm_vec_head(b.v), 1);
    ohm_vec_disable(b.v);
    SAME(ohm_vec_read(b.v, OHM_REG_VMEM + 5), 77);
    SAME(ohm_vec_read(b.v, OHM_REG_VSHAPE), 8u | 256u << 5 | 256u << 16 | 4u << 28);
    bench_close(&b);
}

/* Two lanes, three steps, a recurrent route: which runs come, what leaves on which number. */
static void test_order(void **unused)
{
    static const char text[] = "program streams 0, routes 0 1\nmov v0, s2\n"
                               "send v0, routes 0 1, s32\nend\n"
                               "program streams 1, routes 2\nsend v0, routes 2, s32\nend\n"
                               "init routes 1\nmov v1, #-1\nsend v1, routes 1, s32\nend\n"
                               "sequence steps 3, lanes 2";
    const uint32_t in[1] = {0};
    struct ohm_vec_turn turn;
    struct bench b;

    (void)unused;
    bench_open(&b, &test_size, text, NULL, 0);
    ohm_vec_enable(b.v, 10);
    TRUE(!ohm_vec_next(b.v, &turn));
    ohm_vec_write(b.v, OHM_REG_VSTART, 1);
    for (uint32_t lane = 0; lane < 2; lane++) {
        bench_run(&b, NULL, NULL);
        SAME(b.sends, 1);
        SAME(b.sent[0].head.routes, 2);
        SAME(b.sent[0].head.n, 8 + lane);
    }
    for (uint32_t k = 0; k < 12; k++) {
        const uint32_t step = k / 2 % 3;
        ohm_vec_next(b.v, &turn);
        SAME(turn.n, 10 + k);
        SAME(turn.step, step);
        SAME(turn.lane, k % 2);
        /* poison once, in step 0 of lane 1 of the first sequence */
        bench_run(&b, (const uint32_t *const[4]){k == 1 ? NULL : in}, (const uint32_t[4]){1});
        const int poison = k == 1 || k == 3 || k == 5;
        SAME(b.done.code, poison ? OHM_VEC_POISONED : 0);
        SAME(b.sends, 1);
        SAME(b.sent[0].head.routes, step == 2 ? 1 : 3);
        SAME(b.sent[0].head.poison, poison);
        SAME(b.sent[0].words[0], poison ? 0 : step);
        bench_run(&b, (const uint32_t *const[4]){NULL, in}, (const uint32_t[4]){0, 1});
        SAME(b.done.code, poison ? OHM_VEC_POISONED : 0);
        SAME(b.sent[0].head.routes, 4);
        if (step == 2) {
            ohm_vec_next(b.v, &turn);
            SAME(turn.program, OHM_VEC_INIT);
            SAME(turn.lane, k % 2);
            bench_run(&b, NULL, NULL);
            SAME(b.done.code, 0);
            SAME(b.sent[0].head.routes, 2);
            SAME(b.sent[0].head.n, 10 + k);
            SAME(b.sent[0].words[0], 0xFFFFFFFFu);
        }
    }
    bench_close(&b);
}

/* A vector that does not come in VWAIT cycles: poison again for its number, then poison. */
static void test_lost(void **unused)
{
    const struct ohm_vec_front lost[4] = {{.state = OHM_VEC_LOST}};
    struct ohm_vec_done done;
    struct bench b;
    const struct ohm_vec_hooks hooks = {.user = &b, .sent = bench_keep};

    (void)unused;
    bench_open(&b, &test_size, "program streams 0, routes 0\nsend v0, routes 0, s32\nend\n"
                               "init routes 0\nsend v0, routes 0, s32\nend\n"
                               "sequence steps 4, lanes 2", NULL, 0);
    ohm_vec_enable(b.v, 5);
    ohm_vec_write(b.v, OHM_REG_VSTART, 1);
    bench_run(&b, NULL, NULL);
    bench_run(&b, NULL, NULL);
    b.sends = 0;
    ohm_vec_run(b.v, lost, &hooks, &done);
    SAME(done.code, OHM_VEC_POISONED);
    SAME(ohm_vec_head(b.v), 6);
    SAME(b.sends, 2);
    SAME(b.sent[0].head.n, 3); /* and VADD of the route makes 5 of it */
    SAME(b.sent[1].head.n, 5);
    TRUE(b.sent[0].head.poison && b.sent[1].head.poison);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements), cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_table), cmocka_unit_test(test_table_wide),
        cmocka_unit_test(test_sends), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_faults_of_words), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_streams), cmocka_unit_test(test_writes),
        cmocka_unit_test(test_order), cmocka_unit_test(test_lost),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed;
}
