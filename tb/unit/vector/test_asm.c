/* SPDX-License-Identifier: Apache-2.0
 * Assembler and disassembler: the document's examples, the way there and back for legal words of
 * every operation, what is refused and where. */
#include "vector_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_rng.h"

static uint64_t assembled(const char *text, const struct ohm_vec_size *size)
{
    struct ohm_error err = {""};
    struct ohm_asm a;

    if (ohm_asm(text, "test", size, NULL, 0, &a, &err))
        fail_msg("%s: %s", text, err.text);
    assert_int_equal(a.count, 1);
    const uint64_t word = a.code[0];
    ohm_asm_free(&a);
    return word;
}

/* Rows "| `text` | `0x…` |" of the page: the text makes the word, the word the text. */
static void test_examples(void **unused)
{
    char *page = read_text("docs/reference/vector.md");
    unsigned long seen[2] = {0, 0};

    (void)unused;
    for (char *row = page; (row = strstr(row, "\n| `")); row++) {
        char text[OHM_VEC_TEXT], back[OHM_VEC_TEXT];
        uint64_t word;
        if (sscanf(row, "\n| `%90[^`]` | `0x%" SCNx64 "`", text, &word) != 2)
            continue;
        SAME(assembled(text, &test_size), word);
        SAME(ohm_vec_text(word, test_size.tables, back), 0);
        TEXT(back, text);
        seen[word >> 63] |= 1ul << (word >> 58 & 31);
    }
    free(page);
    for (unsigned op = 0; op < 64; op++)
        SAME(seen[op >> 5] >> (op & 31) & 1, ohm_vec_ops[op].name != NULL);
}

static const struct ohm_vec_size large = {.lanes = 16, .mem = 16384, .prog = 4096, .tables = 8,
                                          .streams = 4, .routes = 8, .bank = 256};

/* A word of an operation with random fields, 0 where it has none; many are legal. */
static uint64_t drawn(unsigned code, uint64_t key)
{
    const struct ohm_vec_op *op = &ohm_vec_ops[code];
    const uint64_t r = ohm_key_at(key, 0), q = ohm_key_at(key, 1);
    const unsigned wide = q >> 60;
    struct ohm_vec_ins i = {.op = code, .bk = op->b && op->b != OHM_VEC_B_STREAM ? r & 3 : 0,
                            .s = op->scalar && r >> 2 & 1, .sh = r >> 10 & 63};

    if (!op->shift)
        i.sh = 0;
    else if (op->format)
        i.sh &= 3;
    if (op->d) {
        i.d = wide & 1 ? r >> 16 & 1023 : r >> 16 & 15;
        i.dx = r >> 3 & r >> 4 & 1;
    }
    if (op->a) {
        i.a = wide & 2 ? r >> 26 & 1023 : r >> 26 & 15;
        i.ax = r >> 5 & r >> 6 & 1;
    }
    if (op->b && i.bk != 2) {
        i.b = wide & 4 ? r >> 36 & 1023 : r >> 36 & 15;
        i.bx = r >> 7 & r >> 9 & 1;
    }
    if (op->imm > OHM_VEC_IMM_LENGTH || i.bk == 2)
        i.imm = (uint16_t)(wide & 8 ? q : op->imm == OHM_VEC_IMM_TABLE ? q & 7 : q & 4095);
    return ohm_vec_encode(&i);
}

static void test_round_trip(void **unused)
{
    const uint64_t key = ohm_key(1, 2);

    (void)unused;
    for (unsigned op = 0; op < 64; op++) {
        int legal = 0;
        for (uint64_t k = 0; k < 20000 && legal < 400; k++) {
            const uint64_t word = drawn(op, ohm_key_add(key, k * 64 + op));
            char text[OHM_VEC_TEXT];
            if (ohm_vec_text(word, large.tables, text))
                continue;
            legal++;
            SAME(assembled(text, &large), word);
        }
        TRUE(ohm_vec_ops[op].name ? legal > (op == OHM_VOP_END ? 0 : 14) : legal == 0);
    }
}

static void test_no_word(void **unused)
{
    char text[OHM_VEC_TEXT];

    (void)unused;
    SAME(ohm_vec_text(0, 4, text), -1);
    TEXT(text, "; 0x0000000000000000 is no legal word: unknown operation");
    SAME(ohm_vec_text(UINT64_C(0xfc00000000000001), 4, text), -1);
    TEXT(text, "; 0xfc00000000000001 is no legal word: a field");
}

static void test_refused(void **unused)
{
    static const char *const cases[][2] = {
        {"add v2, v0", "1:11: end of line, expected ','"},
        {"add v2, s3, v1", "1:9: 's3', expected a vector (v0 …, or its name)"},
        {"add s2, v3, #1", "1:9: 'v3', expected a register (s0 … s15, or its name)"},
        {"\n mul v1[s14], v0, v1", "2:9: 's14]', expected the operand's index register s13"},
        {"foo v1", "1:1: 'foo', expected an instruction or a directive"},
        {"add v1, v2, #70000",
         "1:14: '70000', expected an immediate, -32768 to 32767 (it is 70000)"},
        {"send v0, routes 0, x8",
         "1:20: 'x8', expected u8, s8, s16, s32, or the name of 0, 1, 2 or 3"},
        {"beq s1, s2, nowhere", "1:13: 'nowhere', expected a label of this text"},
        {"x: x: end", "1:4: 'x:', expected a name that is not in use"},
        {"tab v1, v2, t9", "1:13: 't9', expected a table (t0 to t3, or its name)"},
        {"add v1, v2, #(3", "1:16: end of line, expected ')'"},
        {"program streams 5", "1:17: '5', expected stream, 0 to 3 (it is 5)"},
        {"mv v1, v2, v3, rows 300, stride 1",
         "1:21: '300', expected a register or a number of rows, 1 to 255 (it is 300)"},
        {"vec a, 5000", "1:8: '5000', expected elements, 1 to 4096 (it is 5000)"},
        {"vec a, 4000\nvec b, 200",
         "2:5: 'b', expected vectors of at most VMEM_WORDS = 4096 words together, this one ends "
         "at 4208"},
        {"loop s0, 3", "1:6: 's0', expected a register that is not s0"},
        {"add v2, v0, v1 v3", "1:16: 'v3', expected the end of the line"},
        {"table x = cosh, in 3, out 4, from 1, shift 3",
         "1:11: 'cosh', expected sigmoid, tanh, exp, reciprocal, rsqrt, gelu or silu"},
        {"free 1 1", "1:8: '1', expected each stream once"},
        {"get s1, v300, #1", "1:9: 'v300', expected a vector number from 0 to 255 (it is 300)"},
        {"const v7 = 3", "1:7: 'v7', expected a name that is not in use"},
        {"len #0", "1:6: '0', expected a length, 1 to 4095 (it is 0)"},
        {"const a = 4 / (2 - 2)", "1:13: '/', expected a divisor that is not 0"},
        {"const a = 0x8000 * 0x8000 * 0x8000", "1:27: '*', expected a product below 2^40"},
        {"program streams 0\nend\nprogram streams 0",
         "3:17: '0', expected streams that no other program names"},
        {"sequence steps 0, lanes 1", "1:16: '0', expected steps, 1 to 65535 (it is 0)"},
        {"program\nlen #100\nadd v1, v2, v250",
         "3:5: 'v1', expected vectors of 100 elements inside VMEM_WORDS = 4096"},
        {"init\nlen #17\nadd v1, v2, v9",
         "3:5: 'v1', expected a destination that overlaps no source but one that begins where it "
         "does (17 elements)"},
        {"program\nput v255, s1, #16",
         "2:5: 'v255', expected vectors of 16 elements inside VMEM_WORDS = 4096"},
        {"program streams 1\nunpack v0, stream 0, word 0, s8",
         "2:8: 'v0', expected streams that the program names"},
        {"program streams 1, routes 0 2\nsend v0, routes 0 1, s8",
         "2:6: 'v0', expected routes that the program names, and at most 1024 words"},
        {"program routes 0\nlen #1025\nsend v0, routes 0, s32",
         "3:6: 'v0', expected routes that the program names, and at most 1024 words"},
        {"%", "1:1: '%', expected a label, an instruction or a directive"},
    };
    struct ohm_error err;
    struct ohm_asm a;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char want[300];
        snprintf(want, sizeof want, "k.vec:%s", cases[i][1]);
        SAME(ohm_asm(cases[i][0], "k.vec", &test_size, NULL, 0, &a, &err), -1);
        TEXT(err.text, want);
    }
    SAME(ohm_asm("param n = 3", "k.vec", &test_size,
                 (const struct ohm_asm_param[]){{"n", 1}, {"m", 2}}, 2, &a, &err), -1);
    TEXT(err.text, "k.vec: m, expected the name of a param of the text");
}

static void test_too_long(void **unused)
{
    struct ohm_vec_size size = test_size;
    struct ohm_error err;
    struct ohm_asm a;
    char deep[200];

    (void)unused;
    size.prog = 2;
    SAME(ohm_asm("end\nend\nend", "k", &size, NULL, 0, &a, &err), -1);
    TEXT(err.text, "k:3:1: 'end', expected at most 2 instructions");
    memset(deep, '(', sizeof deep);
    memcpy(deep, "const a =", 9);
    deep[199] = '\0';
    SAME(ohm_asm(deep, "k", &size, NULL, 0, &a, &err), -1);
    TRUE(strstr(err.text, "expected at most 50 levels"));
}

/* What directives leave: names, memory, the tile's registers. */
static void test_directives(void **unused)
{
    static const char text[] = "param n = 20      ; elements\n"
                               "const twice = 2 * n + (n % 3)\n"
                               "vec x, n\n vec y, twice\n data z, 1, -2, 0xFFFFFFFF\n"
                               "reg i = s5\n"
                               "table f = tanh, in 12, out 15, from -16384, shift 7\n"
                               "program streams 0 2, routes 1\n"
                               "len #n\n again: add i, i, #1\n blt i, s1, again\n beq s0, s0, out\n"
                               "out: end\n"
                               "program routes 0\nend\n"
                               "init routes 1\n end\n"
                               "sequence steps 28, lanes 2\nseed 7\nlimit 99";
    struct bench b;

    (void)unused;
    bench_open(&b, &test_size, text, (const struct ohm_asm_param[]){{"n", 40}}, 1);
    SAME(ohm_asm_find(&b.a, "twice")->value, 81);
    SAME(ohm_asm_find(&b.a, "y")->value, 3);
    SAME(ohm_asm_find(&b.a, "z")->value, 3 + 6);
    SAME(ohm_asm_find(&b.a, "z")->elements, 3);
    SAME(ohm_asm_find(&b.a, "out")->value, 4);
    SAME(b.a.used, 16 * 10);
    SAME(b.a.line[1], 10);
    SAME(ohm_vec_read(b.v, OHM_REG_VMEM + 16 * 9 + 1), 0xFFFFFFFEu);
    SAME(ohm_vec_read(b.v, OHM_REG_VPROGRAM), 0u << 0 | 5u << 12 | 2u << 16);
    SAME(ohm_vec_read(b.v, OHM_REG_VPROGRAM + 1), 5u << 0 | 1u << 16);
    SAME(ohm_vec_read(b.v, OHM_REG_VINIT), 6u << 0 | 2u << 16 | 1u << 31);
    SAME(ohm_vec_read(b.v, OHM_REG_VSEQ), 28u | 2u << 16);
    SAME(ohm_vec_read(b.v, OHM_REG_VCYCLE), 2);
    SAME(ohm_vec_read(b.v, OHM_REG_VSEED), 7);
    SAME(ohm_vec_read(b.v, OHM_REG_VLIMIT), 99);
    SAME(ohm_vec_read(b.v, OHM_REG_VTABLE_X0), (uint32_t)-16384);
    SAME(ohm_vec_read(b.v, OHM_REG_VTABLE_SHIFT), 7);
    char word[OHM_VEC_TEXT];
    ohm_vec_text(b.a.code[2], 4, word);
    TEXT(word, "blt s5, s1, 1");
    ohm_vec_text(b.a.code[3], 4, word);
    TEXT(word, "beq s0, s0, 4");
    bench_close(&b);
}

/* tanh(x) at the table's ends and middle, by values of a table book. */
static void test_tables(void **unused)
{
    int32_t e[OHM_VEC_ENTRIES];

    (void)unused;
    SAME(ohm_asm_table("tanh", 12, 15, -16384, 7, e), 0);
    SAME(e[0], -32746);   /* tanh 4 = 0.999329 */
    SAME(e[128], 0);
    SAME(e[160], 24956);  /* tanh 1 = 0.761594 */
    SAME(ohm_asm_table("sigmoid", 12, 15, -32768, 8, e), 0);
    SAME(e[128], 16384);
    SAME(e[256], 32757);  /* 1 / (1 + e^-8) = 0.999665 */
    SAME(ohm_asm_table("exp", 10, 14, -8192, 5, e), 0);
    SAME(e[256], 16384);
    SAME(e[224], 6027);   /* e^-1 = 0.367879 */
    SAME(ohm_asm_table("reciprocal", 15, 14, 32768, 7, e), 0);
    SAME(e[0], 16384);
    SAME(e[128], 10923);  /* 2/3 */
    SAME(ohm_asm_table("rsqrt", 14, 14, 16384, 8, e), 0);
    SAME(e[192], 8192);   /* 1/sqrt 4 */
    SAME(ohm_asm_table("reciprocal", 15, 14, 0, 7, e), 0);
    SAME(e[0], 32767);    /* held */
    SAME(ohm_asm_table("silu", 12, 12, -32768, 8, e), 0);
    SAME(e[144], 2994);   /* 1 / (1 + e^-1) = 0.731059 */
    SAME(ohm_asm_table("gelu", 12, 12, -32768, 8, e), 0);
    SAME(e[144], 3446);   /* 0.841192 */
    SAME(ohm_asm_table("sine", 12, 12, -32768, 8, e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_no_word), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_directives),
        cmocka_unit_test(test_tables),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);

    printf("CHECKS %lu\n", checks);
    return failed;
}
