/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_vec_tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ohm_packet.h"
#include "ohm_reg.h"

#define PIECE 64 /* words of one CFG_WR */

/* ---- words for the tile ---- */

static int emit_code(const struct ohm_asm *a, ohm_vec_emit emit, void *user)
{
    uint32_t words[PIECE];

    for (uint32_t from = 0; from < a->count; from += PIECE / 2) {
        const uint32_t n = a->count - from < PIECE / 2 ? a->count - from : PIECE / 2;
        for (uint32_t i = 0; i < n; i++) {
            words[2 * i] = (uint32_t)a->code[from + i];
            words[2 * i + 1] = (uint32_t)(a->code[from + i] >> 32);
        }
        const int rc = emit(user, OHM_REG_VCODE + 2 * from, words, (int)(2 * n));
        if (rc)
            return rc;
    }
    return 0;
}

/* What the text writes; words at consecutive addresses go together. */
static int emit_writes(const struct ohm_asm *a, ohm_vec_emit emit, void *user)
{
    uint32_t words[PIECE];

    for (uint32_t i = 0; i < a->writes;) {
        const uint32_t addr = a->write[i].address;
        int n = 0;
        for (; n < PIECE && i < a->writes && a->write[i].address == addr + (uint32_t)n; i++)
            words[n++] = a->write[i].value;
        const int rc = emit(user, addr, words, n);
        if (rc)
            return rc;
    }
    return 0;
}

static uint32_t packed_add(const struct ohm_vec_tile *v)
{
    uint32_t word = 0;

    for (int r = 0; r < OHM_VEC_ROUTES; r++)
        word |= (v->add[r] & 15u) << 4 * r;
    return word;
}

int ohm_vec_tile_emit(const struct ohm_vec_tile *v, ohm_vec_emit emit, void *user)
{
    /* VCYCLE, VSEQ, VLIMIT, VADD, VSEED, VWAIT, VINIT */
    const uint32_t own[] = {0, 0, 0, packed_add(v), 0, v->wait, 0};
    const uint32_t none[OHM_REG_VPROGRAM_COUNT] = {0};
    int rc = emit(user, OHM_REG_VCYCLE, own, sizeof own / sizeof *own);

    if (!rc)
        rc = emit(user, OHM_REG_VPROGRAM, none, OHM_REG_VPROGRAM_COUNT);
    if (!rc)
        rc = emit_code(v->program, emit, user);
    return rc ? rc : emit_writes(v->program, emit, user);
}

/* ---- what can be known before it runs ---- */

const char *ohm_vec_tile_detail(const struct ohm_vec_tile *v, int tables, uint32_t detail,
                                char text[OHM_VEC_DETAIL])
{
    const uint32_t program = detail >> 8 & 15u, at = detail >> 12 & 0xffffu;
    char word[OHM_VEC_TEXT] = "", name[24];

    snprintf(name, sizeof name, program == OHM_VEC_INIT ? "init" : "program %" PRIu32, program);
    if (v && detail >> 31 && at < v->program->count)
        ohm_vec_text(v->program->code[at], tables, word);
    if ((detail & 0xffu) == OHM_PROGRAM_WRITE)
        snprintf(text, OHM_VEC_DETAIL, "WRITE: address 0x%04" PRIx32 " while it is enabled", at);
    else if (detail >> 31)
        snprintf(text, OHM_VEC_DETAIL, "%s, instruction %" PRIu32 "%s%s%s: %s", name, at,
                 word[0] ? " (" : "", word, word[0] ? ")" : "", ohm_program_name(detail));
    else
        snprintf(text, OHM_VEC_DETAIL, "%s: %s", name, ohm_program_name(detail));
    return text;
}

static int write_unit(void *user, unsigned addr, const uint32_t *words, int count)
{
    for (int i = 0; i < count; i++)
        ohm_vec_write(user, addr + (unsigned)i, words[i]);
    return 0;
}

/* What the tile itself would refuse at enable. */
static int refused(const struct ohm_vec_tile *v, const struct ohm_vec_size *size, int x, int y,
                   uint32_t starts[OHM_VEC_PROGRAMS + 1], int *count, struct ohm_error *err)
{
    struct ohm_vec *unit = ohm_vec_create(size);
    char text[OHM_VEC_DETAIL];

    if (!unit)
        return ohm_fail(err, "vector tile (%d,%d): out of memory", x, y);
    ohm_vec_tile_emit(v, write_unit, unit);
    const uint32_t detail = ohm_vec_enable(unit, 0);
    *count = (int)ohm_vec_read(unit, OHM_REG_VCYCLE);
    for (int i = 0; !detail && i < *count; i++)
        starts[i] = OHM_FIELD(ohm_vec_read(unit, OHM_REG_VPROGRAM + (unsigned)i), VPROGRAM_START);
    const uint32_t init = ohm_vec_read(unit, OHM_REG_VINIT);
    if (OHM_FIELD(init, VINIT_ON))
        starts[(*count)++] = OHM_FIELD(init, VINIT_START);
    ohm_vec_free(unit);
    return detail ? ohm_fail(err, "vector tile (%d,%d): %s", x, y,
                             ohm_vec_tile_detail(v, size->tables, detail, text))
                  : 0;
}

/* What the text loads has a register or a memory word in this configuration. */
static int misplaced(const struct ohm_config *config, int x, int y, const struct ohm_asm *a,
                     struct ohm_error *err)
{
    struct ohm_regs *regs = malloc(sizeof *regs);
    int rc = 0;

    if (!regs)
        return ohm_fail(err, "vector tile (%d,%d): out of memory", x, y);
    ohm_regs_init(regs, config, OHM_KIND_VEC);
    for (uint32_t i = 0; !rc && i < a->writes; i++)
        if (!ohm_reg_at(regs, a->write[i].address))
            rc = ohm_fail(err, "vector tile (%d,%d): a word for address 0x%04" PRIx32
                               ", expected one that this configuration has", x, y,
                          a->write[i].address);
    free(regs);
    return rc;
}

static int branches(const struct ohm_vec_ins *ins)
{
    return ins->op >= OHM_VOP_BEQ && ins->op <= OHM_VOP_LOOP;
}

/* Instructions that can run when `start` does: seen[pc] = 1. Returns 1 when an `end` is one of
 * them; *off: one behind the last, which is then 1. */
static int reach(const struct ohm_asm *a, uint32_t start, uint8_t *seen, int *off)
{
    int found = 0, grew = 1;

    seen[start < a->count ? start : a->count] = 1;
    while (grew) { /* a pass forward takes all but branches back along */
        grew = 0;
        for (uint32_t pc = 0; pc < a->count; pc++) {
            const struct ohm_vec_ins ins = ohm_vec_decode(a->code[pc]);
            const uint32_t next = pc + 1, to = ins.imm < a->count ? ins.imm : a->count;
            if (!seen[pc])
                continue;
            found |= ins.op == OHM_VOP_END;
            if (ins.op != OHM_VOP_END && !seen[next])
                seen[next] = 1;
            if (branches(&ins) && !seen[to])
                seen[to] = 1, grew |= to < pc;
        }
    }
    *off = seen[a->count];
    return found;
}

int ohm_vec_tile_check(const struct ohm_config *config, int x, int y, const struct ohm_vec_tile *v,
                       struct ohm_error *err)
{
    const struct ohm_asm *a = v->program;
    uint32_t starts[OHM_VEC_PROGRAMS + 1];
    struct ohm_vec_size size;
    int count = 0, rc = 0;

    ohm_vec_size_of(config, &size);
    if (ohm_config_kind(config, x, y) != OHM_KIND_VEC)
        return ohm_fail(err, "vector tile (%d,%d): no such tile, expected a place of kind vec", x,
                        y);
    if (a->count > (uint32_t)size.prog)
        return ohm_fail(err, "vector tile (%d,%d): %" PRIu32 " instructions, expected at most %d",
                        x, y, a->count, size.prog);
    for (int r = 0; r < OHM_VEC_ROUTES; r++)
        if (v->add[r] > 15)
            return ohm_fail(err, "vector tile (%d,%d): route %d adds %" PRIu32
                                 ", expected 0 to 15", x, y, r, v->add[r]);
    for (uint32_t pc = 0; pc < a->count; pc++) {
        const struct ohm_vec_ins ins = ohm_vec_decode(a->code[pc]);
        if (ohm_vec_judge(&ins, size.tables))
            return ohm_fail(err, "vector tile (%d,%d): instruction %" PRIu32 ": word 0x%016" PRIx64
                                 ", expected a legal instruction", x, y, pc, a->code[pc]);
    }
    if (misplaced(config, x, y, a, err) || refused(v, &size, x, y, starts, &count, err))
        return -1;
    uint8_t *seen = malloc(a->count + 1);
    if (!seen)
        return ohm_fail(err, "vector tile (%d,%d): out of memory", x, y);
    for (int i = 0; !rc && i < count; i++) {
        int off;
        for (uint32_t pc = 0; pc <= a->count; pc++)
            seen[pc] = 0;
        if (!reach(a, starts[i], seen, &off))
            rc = ohm_fail(err, "vector tile (%d,%d): the program at instruction %" PRIu32
                               " has no way to an `end`, expected one", x, y, starts[i]);
        else if (off)
            rc = ohm_fail(err, "vector tile (%d,%d): the program at instruction %" PRIu32
                               " runs past instruction %" PRIu32 ", expected `end`", x, y,
                          starts[i], a->count - 1);
    }
    free(seen);
    return rc;
}
