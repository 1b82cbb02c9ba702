/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_write.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ohm_tile_io.h"

enum { SLOTS_LOG2 = 1, PATIENCE = 10000000, CODE_MAX = 16384, STREAM = 0, ALONE = 0x8000 };

static const char *const parts[] = {"both", "most", "least", NULL};
static const char *const polarities[] = {"reset", "set", NULL};

/* The parameters of a phase; n is its name's end. */
#define PHASE(n, bits, margin, limit) \
    {"tick_bits" n, bits, 1, 8, "the row is on for 2^this - 1 ticks", NULL}, \
        {"average" n, 0, 0, 4, "2^this reads are added up", NULL}, \
        {"margin" n, margin, 0, 2048, "codes", NULL}, \
        {"limit" n, limit, 0, 255, "iterations; 0: no such phase", NULL}, \
        {"first" n, 1, 0, 1, "polarity of the first round", polarities}, \
        {"set_amp0" n, 0, 0, 255, "first amplitude code of set", NULL}, \
        {"set_amp_step" n, 1, 0, 255, "from pulse to pulse", NULL}, \
        {"set_amp_max" n, 0, 0, 255, "largest", NULL}, \
        {"set_width0" n, 0, 0, 15, "first width code of set", NULL}, \
        {"set_width_max" n, 0, 0, 15, "largest", NULL}, \
        {"reset_amp0" n, 0, 0, 255, "first amplitude code of reset", NULL}, \
        {"reset_amp_step" n, 1, 0, 255, "from pulse to pulse", NULL}, \
        {"reset_amp_max" n, 0, 0, 255, "largest", NULL}, \
        {"reset_width0" n, 0, 0, 15, "first width code of reset", NULL}, \
        {"reset_width_max" n, 0, 0, 15, "largest", NULL}, \
    { \
        "aim" n, 100, 50, 150, "%, of its target that the phase brings a device to", NULL \
    }

static const struct ohm_param defaults[OHM_WRITE_COUNT + 1] = {
    {"levels", 120, 8, 1000, "codes of a verify read of G_max", NULL},
    {"part", 0, 0, 2, "of the devices in parallel", parts},
    {"erase", 1, 0, 1, "polarity of the pulses before the first read", polarities},
    {"erase_count", 0, 0, 255, "how many", NULL},
    {"erase_amp", 0, 0, 255, "their amplitude code", NULL},
    {"erase_width", 0, 0, 15, "their width code", NULL},
    {"relax", 0, 0, 1e9, "s, after which the same again, from where devices are; 0: once", NULL},
    PHASE("", 7, 4, 0),
    PHASE("_fine", 8, 4, 30),
    OHM_PARAM_END,
};

void ohm_write_default(struct ohm_write_scheme *s)
{
    memcpy(s->param, defaults, sizeof defaults);
}

static int set_line(void *user, const char *name, const char *text, struct ohm_error *err)
{
    struct ohm_write_scheme *s = user;
    const int rc = ohm_param_set(s->param, name, text, err);
    return rc == 1 ? ohm_param_unknown("a programming scheme", name, s->param, NULL, err) : rc;
}

int ohm_write_load(const char *path, struct ohm_write_scheme *s, struct ohm_error *err)
{
    ohm_write_default(s);
    return ohm_param_read(path, set_line, s, err);
}

/* ---- one run ---- */

struct run {
    const struct ohm_write_array *a;
    const struct ohm_write_scheme *s;
    struct ohm_write_result *out;
    uint32_t limit;          /* first number that may not be sent yet */
    unsigned reported;       /* rows */
    int answered;
    uint32_t answer;         /* to a CFG_RD */
    int again;               /* the pass after relaxation: nothing is erased */
    int settling;            /* what comes is of whoever used the chip before */
    struct ohm_error *err;
};

static int write_register(struct run *g, unsigned addr, uint32_t value)
{
    const struct ohm_header h = {.type = OHM_TYPE_CFG_WR, .x = (unsigned)g->a->x,
                                 .y = (unsigned)g->a->y, .len = 1, .offset = addr};
    return ohm_send(g->a->b, OHM_CLASS_CONFIG, &h, &value, g->err);
}

static uint32_t stair(const struct ohm_write_scheme *s, int phase, enum ohm_write_param amp0)
{
    return OHM_PLACE(ohm_write_value(s, phase, amp0), PHASE_SET_AMP0)
           | OHM_PLACE(ohm_write_value(s, phase, amp0 + 1), PHASE_SET_AMP_STEP)
           | OHM_PLACE(ohm_write_value(s, phase, amp0 + 2), PHASE_SET_AMP_MAX)
           | OHM_PLACE(ohm_write_value(s, phase, amp0 + 3), PHASE_SET_WIDTH0)
           | OHM_PLACE(ohm_write_value(s, phase, amp0 + 4), PHASE_SET_WIDTH_MAX);
}

/* Words of a report. */
static unsigned report_words(const struct run *g)
{
    return g->a->measure ? (unsigned)g->a->config->cols : 2 * ohm_write_words(g->a->config);
}

/* The ramp has a tenth more than G_max above, and as much below 0 for what noise does. */
static int ramp_end(const struct run *g)
{
    const int most = (1 << (g->a->config->code_w - 1)) - 1,
              end = (int)(1.1 * g->s->param[OHM_WRITE_LEVELS].value);
    return end < most ? end : most;
}

static int write_phase(struct run *g, int phase)
{
    const struct ohm_write_scheme *s = g->s;
    const unsigned at = (unsigned)phase * OHM_REG_PHASE_READ_STRIDE,
                   bits = ohm_write_value(s, phase, OHM_WRITE_TICK_BITS);
    const double lsb =
        floor(((1u << bits) - 1.0) * CODE_MAX / s->param[OHM_WRITE_LEVELS].value
                  * ohm_write_value(s, phase, OHM_WRITE_AIM) / 100 + 0.5);
    const struct {
        unsigned reg;
        uint32_t value;
    } all[] = {
        {OHM_REG_PHASE_READ,
         OHM_PLACE(bits, PHASE_READ_W)
             | OHM_PLACE(ohm_write_value(s, phase, OHM_WRITE_AVERAGE), PHASE_READ_K)
             | OHM_PLACE(ohm_write_value(s, phase, OHM_WRITE_FIRST), PHASE_READ_FIRST)
             | OHM_PLACE(ohm_write_value(s, phase, OHM_WRITE_MARGIN), PHASE_READ_MARGIN)
             | OHM_PLACE(g->a->measure ? 0 : ohm_write_value(s, phase, OHM_WRITE_LIMIT),
                         PHASE_READ_LIMIT)},
        {OHM_REG_PHASE_RAMP, OHM_PLACE(-ramp_end(g) / 10, PHASE_RAMP_START)
                                 | OHM_PLACE(ramp_end(g), PHASE_RAMP_STOP)},
        {OHM_REG_PHASE_LSB, (uint32_t)lsb},
        {OHM_REG_PHASE_SET, stair(s, phase, OHM_WRITE_SET_AMP0)},
        {OHM_REG_PHASE_RESET, stair(s, phase, OHM_WRITE_RESET_AMP0)},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (write_register(g, all[i].reg + at, all[i].value))
            return -1;
    return 0;
}

static int set_up(struct run *g)
{
    const struct ohm_param *p = g->s->param;
    const unsigned cols = (unsigned)g->a->config->cols;
    const struct {
        unsigned reg;
        uint32_t value;
    } all[] = {
        {OHM_REG_SEQ_BASE, 0},
        {OHM_REG_STREAM, OHM_PLACE(cols, STREAM_SIZE)},
        {OHM_REG_STREAM_VEC,
         OHM_PLACE(cols, STREAM_VEC_EXPECT) | OHM_PLACE(SLOTS_LOG2, STREAM_VEC_LOG2_SLOTS)},
        {OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST)},
        {OHM_REG_ROUTE_PART, OHM_PLACE(report_words(g) - 1, ROUTE_PART_COUNT1)},
        /* as many reports as there are rows have room in the host */
        {OHM_REG_CREDIT, g->a->rows},
        {OHM_REG_RETURN, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST)},
        {OHM_REG_PROGRAM, OHM_PLACE(STREAM, PROGRAM_STREAM) | OHM_PLACE(1, PROGRAM_PLUS)
                              | OHM_PLACE(1, PROGRAM_MINUS)
                              | OHM_PLACE((unsigned)p[OHM_WRITE_PART].value, PROGRAM_PART)
                              | OHM_PLACE(g->a->measure != 0, PROGRAM_REPORT)},
        {OHM_REG_PROGRAM_ROWS,
         OHM_PLACE(g->a->first, PROGRAM_ROWS_FIRST) | OHM_PLACE(1, PROGRAM_ROWS_STEP)
             | OHM_PLACE(g->a->rows - 1, PROGRAM_ROWS_COUNT1)},
        {OHM_REG_PROGRAM_ERASE,
         OHM_PLACE((unsigned)p[OHM_WRITE_ERASE_AMP].value, PROGRAM_ERASE_AMP)
             | OHM_PLACE((unsigned)p[OHM_WRITE_ERASE_WIDTH].value, PROGRAM_ERASE_WIDTH)
             | OHM_PLACE((unsigned)p[OHM_WRITE_ERASE].value, PROGRAM_ERASE_SET)
             | OHM_PLACE(g->a->measure || g->again ? 0 : (unsigned)p[OHM_WRITE_ERASE_COUNT].value,
                         PROGRAM_ERASE_COUNT)},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (write_register(g, all[i].reg, all[i].value))
            return -1;
    /* a report leaves by every route, and credits go to all who are told of slots */
    for (int i = 1; i < g->a->config->nroute; i++)
        if (write_register(g, OHM_REG_ROUTE + (unsigned)i * OHM_REG_ROUTE_STRIDE, 0))
            return -1;
    for (int i = 1; i < g->a->config->nreturn; i++)
        if (write_register(g, OHM_REG_RETURN + (unsigned)i, 0))
            return -1;
    for (int phase = 0; phase < OHM_REG_PHASE_READ_COUNT; phase++)
        if (write_phase(g, phase))
            return -1;
    return write_register(g, OHM_REG_CTRL,
                          OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(1, CTRL_EARLY_STOP)
                              | OHM_PLACE(1, CTRL_PROGRAM));
}

/* The verify code of a target. */
static uint32_t verify_code(const struct run *g, unsigned code)
{
    return code > CODE_MAX
               ? ALONE
               : (uint32_t)floor(code * g->s->param[OHM_WRITE_LEVELS].value / CODE_MAX + 0.5);
}

static int send_row(struct run *g, unsigned n)
{
    const struct ohm_config *c = g->a->config;
    const size_t cells = (size_t)c->rows * (size_t)c->cols,
                 row = (g->a->first + n) % (unsigned)c->rows * (size_t)c->cols;
    const struct ohm_header h = {.type = OHM_TYPE_ACT, .x = (unsigned)g->a->x,
                                 .y = (unsigned)g->a->y, .chan = STREAM, .len = (unsigned)c->cols,
                                 .seq = n & 0xffff};
    uint32_t words[256];
    for (size_t i = 0; i < (size_t)c->cols; i++)
        words[i] = g->a->measure ? ALONE * 0x10001u : verify_code(g, g->a->codes[row + i])
                   | verify_code(g, g->a->codes[cells + row + i]) << 16;
    return ohm_send(g->a->b, OHM_CLASS_DATA, &h, words, g->err);
}

/* Adds a row's report to the result. */
static void add_report(struct run *g, unsigned row, const uint32_t *words)
{
    const unsigned each = ohm_write_words(g->a->config);
    for (int dev = 0; dev < 2 && !g->a->measure; dev++) {
        const uint32_t *w = words + (unsigned)dev * each;
        const unsigned iterations = w[0] >> 16 & 511;
        if (!(w[0] >> 9 & 1))
            continue;
        g->out->devices++;
        g->out->iterations += iterations;
        if (iterations > g->out->iterations_max)
            g->out->iterations_max = iterations;
        g->out->cell_pulses += w[1];
        for (int bin = 0; bin < OHM_WRITE_BINS; bin++) {
            const uint32_t n = w[2 + bin / 2] >> 16 * (bin % 2) & 0xffff;
            g->out->error[bin] += n;
            g->out->cells += n;
        }
        for (unsigned i = 6; i < each; i++)
            g->out->fails += (unsigned)__builtin_popcount(w[i]);
    }
    g->out->rows += !g->a->measure;
    if (g->a->report)
        g->a->report(g->a->user, row, words);
}

static int take(struct run *g, const uint32_t *flits, long n)
{
    const struct ohm_header h = ohm_header_decode(flits);
    const unsigned words = report_words(g);
    if (g->settling && (h.type == OHM_TYPE_CREDIT || h.type == OHM_TYPE_RESULT))
        return 0;
    if (h.type == OHM_TYPE_CREDIT && n == 2) {
        g->limit = ohm_extend(g->limit, h.offset);
        return 0;
    }
    if (h.type == OHM_TYPE_RESULT && !h.poison && n == 2 + (long)words
        && h.seq == (g->reported & 0xffff)) {
        add_report(g, (g->a->first + g->reported) % (unsigned)g->a->config->rows, flits + 2);
        g->reported++;
        return 0;
    }
    if (h.type == OHM_TYPE_CFG_DATA && n == 3 && !g->answered) {
        g->answered = 1;
        g->answer = flits[2];
        return 0;
    }
    if (h.type == OHM_TYPE_EVENT && n == 3)
        return ohm_fail(g->err, "programming: event %s at tile (%u,%u), detail 0x%08" PRIx32 "%s%s",
                        ohm_event_name(h.offset), h.x, h.y, flits[2],
                        h.offset == OHM_EVENT_BAD_DESC ? ": " : "",
                        h.offset == OHM_EVENT_BAD_DESC ? ohm_bad_desc_field(flits[2]) : "");
    return ohm_fail(g->err, "programming: packet %s %u of tile (%u,%u), expected report %u",
                    ohm_type_name(h.type), h.seq, h.x, h.y, g->reported);
}

static int take_packets(struct run *g, uint64_t *idle)
{
    uint32_t flits[OHM_PACKET_MAX];
    long n;
    *idle += OHM_ROUND;
    if (g->a->b->run(g->a->b->self, OHM_ROUND, g->err))
        return -1;
    while ((n = g->a->b->recv(g->a->b->self, flits, OHM_PACKET_MAX, g->err)) > 0) {
        *idle = 0;
        if (n < 2 || take(g, flits, n))
            return n < 2 ? ohm_fail(g->err, "packet from the chip: %ld flits", n) : -1;
    }
    if (*idle > PATIENCE)
        return ohm_fail(g->err, "programming: nothing for %d cycles, expected report %u", PATIENCE,
                        g->reported);
    return (int)n;
}

static int read_register(struct run *g, unsigned addr, uint32_t *value)
{
    const struct ohm_header h = {.type = OHM_TYPE_CFG_RD, .x = (unsigned)g->a->x,
                                 .y = (unsigned)g->a->y, .offset = addr, .seq = addr};
    uint64_t idle = 0;
    g->answered = 0;
    if (ohm_send(g->a->b, OHM_CLASS_CONFIG, &h, NULL, g->err))
        return -1;
    while (!g->answered)
        if (take_packets(g, &idle))
            return -1;
    *value = g->answer;
    return 0;
}

/* Adds what the engine has counted since its enable. */
static int add_total(struct run *g, unsigned addr, uint64_t *to)
{
    uint32_t value;
    if (read_register(g, addr, &value))
        return -1;
    *to += value;
    return 0;
}

/* The tile is off, a pulse that had begun is over, and nothing that was under way from it is any
 * more: credits of a run before would count as ours. */
static int settle(struct run *g)
{
    uint32_t status = OHM_PLACE(1, STATUS_BUSY);
    g->settling = 1;
    if (write_register(g, OHM_REG_CTRL, 0))
        return -1;
    while (OHM_FIELD(status, STATUS_BUSY))
        if (read_register(g, OHM_REG_STATUS, &status))
            return -1;
    g->settling = 0;
    return 0;
}

static int one_pass(const struct ohm_write_array *a, const struct ohm_write_scheme *s, int again,
                    struct ohm_write_result *out, struct ohm_error *err)
{
    struct run g = {.a = a, .s = s, .out = out, .limit = 1u << SLOTS_LOG2, .answered = 1,
                    .again = again, .err = err};
    uint64_t idle = 0;
    if (!a->config->program)
        return ohm_fail(err, "programming: PROGRAM of the configuration is 0, expected 1");
    if (a->rows < 1 || a->rows > (unsigned)a->config->rows
        || a->first >= (unsigned)a->config->rows)
        return ohm_fail(err, "programming: %u rows from %u on, the tile has %d", a->rows, a->first,
                        a->config->rows);
    if (settle(&g) || set_up(&g))
        return -1;
    for (unsigned n = 0; n < a->rows || g.reported < a->rows;) {
        if (n < a->rows && (int32_t)(g.limit - n) > 0) {
            if (send_row(&g, n++))
                return -1;
        }
        if (take_packets(&g, &idle))
            return -1;
    }
    if (add_total(&g, OHM_REG_CNT_PROGRAM_READ, &out->reads)
        || add_total(&g, OHM_REG_CNT_PROGRAM_PULSE, &out->pulses))
        return -1;
    /* what the run has set up is the next user's to write */
    return write_register(&g, OHM_REG_CTRL, 0) || write_register(&g, OHM_REG_ROUTE, 0)
                   || write_register(&g, OHM_REG_RETURN, 0)
                   || write_register(&g, OHM_REG_CREDIT, 0)
               ? -1
               : 0;
}

int ohm_write_time(const struct ohm_write_array *a, uint32_t seconds, struct ohm_error *err)
{
    struct run g = {.a = a, .err = err};
    return write_register(&g, OHM_REG_MACRO_TIME, seconds);
}

int ohm_write_rows(const struct ohm_write_array *a, const struct ohm_write_scheme *s,
                   struct ohm_write_result *out, struct ohm_error *err)
{
    const uint32_t relax = a->measure ? 0 : (uint32_t)s->param[OHM_WRITE_RELAX].value;
    struct ohm_write_result again = {0};
    if (!relax)
        return one_pass(a, s, 0, out, err);
    const struct ohm_write_result before = *out;
    if (one_pass(a, s, 0, out, err) || ohm_write_time(a, relax, err)
        || one_pass(a, s, 1, &again, err))
        return -1;
    out->iterations += again.iterations;
    if (again.iterations_max > out->iterations_max)
        out->iterations_max = again.iterations_max;
    out->fails = before.fails + again.fails;
    out->cell_pulses += again.cell_pulses;
    out->reads += again.reads;
    out->pulses += again.pulses;
    for (int i = 0; i < OHM_WRITE_BINS; i++)
        out->error[i] = before.error[i] + again.error[i];
    return 0;
}
