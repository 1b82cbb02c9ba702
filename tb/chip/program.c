/* SPDX-License-Identifier: Apache-2.0
 * The programming engine on the whole chip: random targets, schemes and devices, while another tile
 * multiplies. Every code, pulse, report and packet is held against a golden model beside it; after
 * each run the golden and the fast model that compute alone have sent the same reports, counted the
 * same and hold the same conductances, cell by cell. Then the chip is stopped, or reset, in the
 * middle of a row and goes on; what it must refuse is refused. RECORD=FILE: a recording of the
 * first case, for ohm-check.
 *   program [SEED [CASES]]   CONFIG and MESH in the environment
 * Last line: `PASS program_rtl <n> checks`. */
#include "program_bench.h"

/* ---- a run ---- */

struct run {
    unsigned first, row_step, rows, devices, part;
    int start, stop; /* of phase 1 */
};

static uint32_t stair(void)
{
    const unsigned amp0 = draw(0, 40), width0 = draw(0, 3);
    return OHM_PLACE(amp0, PHASE_SET_AMP0) | OHM_PLACE(draw(1, 60), PHASE_SET_AMP_STEP)
           | OHM_PLACE(amp0 + draw(0, 200), PHASE_SET_AMP_MAX) | OHM_PLACE(width0, PHASE_SET_WIDTH0)
           | OHM_PLACE(width0 + draw(0, 3), PHASE_SET_WIDTH_MAX);
}

static struct run draw_run(struct bench *b, unsigned k)
{
    const unsigned rows = (unsigned)b->config.rows;
    struct run r = {.first = draw(0, rows - 1), .row_step = draw(1, rows - 1), .rows = draw(2, 3),
                    .devices = draw(1, 3), .part = k % 3 == 2 ? draw(0, 2) : 0,
                    .start = -10, .stop = b->config.code_w > 7 ? 60 : 31};
    b->seq = draw(0, 1) ? 0xfffe : draw(0, 1u << 20);
    b->codes = draw(0, 3) == 0;
    return r;
}

static void write_phases(struct bench *b, const struct run *r)
{
    for (unsigned i = 0; i < 2; i++) {
        const unsigned at = i * OHM_REG_PHASE_READ_STRIDE, w = i ? 6 : 4;
        write_register(b, OHM_REG_PHASE_READ + at,
                       OHM_PLACE(w, PHASE_READ_W) | OHM_PLACE(i ? draw(0, 2) : 0, PHASE_READ_K)
                           | OHM_PLACE(draw(0, 1), PHASE_READ_FIRST)
                           | OHM_PLACE(i ? draw(1, 2) : draw(2, 6), PHASE_READ_MARGIN)
                           | OHM_PLACE(draw(0, 9), PHASE_READ_LIMIT));
        write_register(b, OHM_REG_PHASE_RAMP + at,
                       OHM_PLACE(r->start, PHASE_RAMP_START) | OHM_PLACE(r->stop, PHASE_RAMP_STOP));
        write_register(b, OHM_REG_PHASE_LSB + at,
                       ((1u << w) - 1) * 16384 / (r->part ? 80 : 40));
        write_register(b, OHM_REG_PHASE_SET + at, stair());
        write_register(b, OHM_REG_PHASE_RESET + at, stair());
    }
}

/* Everything but CTRL: after a reset nothing of it is left. */
static void set_up(struct bench *b, const struct run *r)
{
    const unsigned cols = (unsigned)b->config.cols, masks = (cols + 31) / 32;
    write_register(b, OHM_REG_SEQ_BASE, b->seq);
    write_register(b, OHM_REG_STREAM, OHM_PLACE(cols, STREAM_SIZE));
    write_register(b, OHM_REG_STREAM_VEC,
                   OHM_PLACE(cols, STREAM_VEC_EXPECT) | OHM_PLACE(1, STREAM_VEC_LOG2_SLOTS));
    write_register(b, OHM_REG_RETURN, OHM_PLACE(1, RETURN_VALID) | OHM_PLACE(1, RETURN_HOST));
    write_register(b, OHM_REG_ROUTE, OHM_PLACE(OHM_TYPE_RESULT, H0_TYPE) | OHM_PLACE(1, H0_HOST));
    write_register(b, OHM_REG_ROUTE_PART,
                   OHM_PLACE((b->codes ? cols : 2 * (6 + masks)) - 1, ROUTE_PART_COUNT1));
    write_register(b, OHM_REG_CREDIT, (b->seq + 0x7000) & 0xffff);
    write_register(b, OHM_REG_PROGRAM,
                   r->devices << OHM_PROGRAM_PLUS_LSB | OHM_PLACE(r->part, PROGRAM_PART)
                       | OHM_PLACE(b->codes, PROGRAM_REPORT));
    write_register(b, OHM_REG_PROGRAM_ROWS,
                   OHM_PLACE(r->first, PROGRAM_ROWS_FIRST)
                       | OHM_PLACE(r->row_step, PROGRAM_ROWS_STEP)
                       | OHM_PLACE(r->rows - 1, PROGRAM_ROWS_COUNT1));
    write_register(b, OHM_REG_PROGRAM_ERASE,
                   OHM_PLACE(draw(0, 60), PROGRAM_ERASE_AMP) | OHM_PLACE(draw(0, 15),
                                                                        PROGRAM_ERASE_WIDTH)
                       | OHM_PLACE(draw(0, 1), PROGRAM_ERASE_SET)
                       | OHM_PLACE(draw(0, 2), PROGRAM_ERASE_COUNT));
    write_phases(b, r);
}

static void enable(struct bench *b)
{
    b->limit = (b->seq + 2) & 0xffff;
    write_register(b, OHM_REG_CTRL,
                   OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(1, CTRL_PROGRAM)
                       | OHM_PLACE(draw(0, 1), CTRL_EARLY_STOP));
    const uint32_t status = read_register(b, OHM_REG_STATUS);
    CHECK(!(status >> OHM_STATUS_BAD_DESC_LSB & 1), "the settings are refused");
}

static void send_targets(struct bench *b, const struct run *r, unsigned n)
{
    uint32_t targets[256];
    for (int c = 0; c < b->config.cols; c++) {
        targets[c] = 0;
        for (int dev = 0; dev < 2; dev++) {
            const unsigned kind = draw(0, 19);
            const int code = kind == 0   ? r->stop + (int)draw(1, 9)
                             : kind == 1 ? r->start - (int)draw(1, 9)
                                         : (int)draw(0, 40);
            targets[c] |= (((uint32_t)code & 0x7fff) | (kind == 2 ? 0x8000u : 0)) << 16 * dev;
        }
    }
    const struct ohm_header h = {.type = OHM_TYPE_ACT, .len = (unsigned)b->config.cols,
                                 .seq = (b->seq + n) & 0xffff};
    WAIT(b, (int16_t)(uint16_t)(b->limit - (b->seq + n)) > 0, "credit");
    send_packet(b, h, targets, 0);
}

/* The report that has come is also what the models that compute alone have sent. */
static void expect_report(struct bench *b, uint32_t seq)
{
    uint32_t got[OHM_PACKET_MAX];
    WAIT(b, b->report_flits, "report");
    CHECK((b->report[1] >> 16) == (seq & 0xffff), "report of %u, expected %u", b->report[1] >> 16,
          seq & 0xffff);
    for (int fast = 0; b->alone && fast < 2; fast++) {
        size_t n;
        do /* credits and answers are not compared */
            n = fast ? ohm_fast_pop_packet(b->fast, got, OHM_PACKET_MAX)
                     : ohm_golden_pop_packet(b->golden, got, OHM_PACKET_MAX);
        while (n && OHM_FIELD(got[0], H0_TYPE) != OHM_TYPE_RESULT);
        CHECK(n == b->report_flits && !memcmp(got, b->report, n * sizeof *got),
              "report %u of the %s model is another one", seq, fast ? "fast" : "golden");
    }
    const unsigned each = 6 + ((unsigned)b->config.cols + 31) / 32;
    for (size_t i = 0; !b->codes && i + 2 < b->report_flits; i++)
        if (i % each >= 6)
            failed_devices += (unsigned)__builtin_popcount(b->report[2 + i]);
    b->report_flits = 0;
}

static void same_cells(struct bench *b)
{
    for (unsigned sel = 1; sel < 3; sel++)
        for (unsigned r = 0; r < (unsigned)b->config.rows; r++)
            for (unsigned c = 0; c < (unsigned)b->config.cols; c++) {
                const int rtl = ohm_rtl_geff(b->rtl, 0, sel, r, c),
                          beside = ohm_golden_geff(b->checked, 0, sel, r, c);
                CHECK(rtl == beside, "device %u row %u column %u: the chip has %d, the model %d",
                      sel, r, c, rtl, beside);
                if (b->alone)
                    CHECK(rtl == ohm_golden_geff(b->golden, 0, sel, r, c)
                              && rtl == ohm_fast_geff(b->fast, 0, sel, r, c),
                          "device %u row %u column %u: the chip has %d, the models alone %d %d",
                          sel, r, c, rtl, ohm_golden_geff(b->golden, 0, sel, r, c),
                          ohm_fast_geff(b->fast, 0, sel, r, c));
            }
}

static void disable(struct bench *b)
{
    write_register(b, OHM_REG_CTRL, 0);
    WAIT(b, !(read_register(b, OHM_REG_STATUS) >> OHM_STATUS_BUSY_LSB & 1), "end of BUSY");
    write_register(b, OHM_REG_ROUTE, 0);
}

static void whole_run(struct bench *b, unsigned k)
{
    const struct run r = draw_run(b, k);
    set_up(b, &r);
    enable(b);
    for (unsigned n = 0; n < r.rows; n++) {
        if (n == 1 && draw(0, 1)) /* a lost vector */
            send_packet(b, (struct ohm_header){.type = OHM_TYPE_ACT, .poison = 1,
                                               .seq = (b->seq + n) & 0xffff}, NULL, 0);
        else
            send_targets(b, &r, n);
        expect_report(b, b->seq + n);
    }
    for (unsigned i = 0; i < 5; i++) {
        const uint32_t is = read_register(b, OHM_REG_CNT_PROGRAM_ROW + i),
                       wanted = ohm_golden_counter(b->golden, 0, OHM_REG_CNT_PROGRAM_ROW + i);
        CHECK(is == wanted, "total %u: %u, expected %u", i, is, wanted);
        CHECK(ohm_fast_counter(b->fast, 0, OHM_REG_CNT_PROGRAM_ROW + i) == wanted,
              "total %u of the fast model", i);
    }
    disable(b);
    same_cells(b);
}

/* Stops in the middle of a row, by CTRL or by a reset of all tiles; the next row follows. From here
 * on the models that compute alone have pulses that the chip never gave. */
static void stopped_run(struct bench *b, unsigned k, int reset)
{
    struct run r = draw_run(b, k);
    set_up(b, &r);
    enable(b);
    b->alone = 0;
    send_targets(b, &r, 0);
    for (unsigned cycles = draw(1, 4000); cycles > 100; cycles -= 100)
        step(b, 100);
    step(b, draw(1, 100));
    if (reset) {
        b->quiet = 1;
        WAIT(b, b->next_x == b->next_y && !ohm_rtl_queued(b->rtl), "end of the other's vectors");
        uint32_t flits[OHM_PACKET_MAX + 1];
        for (unsigned x = 0; x < (unsigned)b->config.mesh_w; x++) {
            ohm_header_encode(&(struct ohm_header){.type = OHM_TYPE_CFG_WR, .x = x, .len = 1,
                                                   .offset = OHM_REG_CTRL}, flits);
            flits[2] = 0;
            MUST(ohm_golden_packet_in(b->checked, flits, 3, &err));
            if (b->recorder)
                ohm_recorder_packet_in(b->recorder, flits, 3);
        }
        ohm_rtl_axil_write(b->rtl, 8, 1);
        ohm_rtl_run(b->rtl, 20);
        ohm_rtl_axil_write(b->rtl, 8, 0);
        while (ohm_rtl_recv(b->rtl, flits, OHM_PACKET_MAX + 1))
            ; /* cut off */
        start_other(b);
    } else
        disable(b);
    b->report_flits = 0;
    same_cells(b);
    r.first = (r.first + r.row_step) % (unsigned)b->config.rows;
    r.rows = 1;
    b->seq++;
    set_up(b, &r);
    enable(b);
    send_targets(b, &r, 0);
    expect_report(b, b->seq);
    disable(b);
    same_cells(b);
}

/* ---- what is refused ---- */

static void expect_event(struct bench *b, unsigned code, uint32_t detail, const char *what)
{
    WAIT(b, b->event_count, what);
    CHECK(b->event_count == 1 && b->event == code && b->detail == detail,
          "%s: event %u detail 0x%08x, expected %u 0x%08x", what, b->event, b->detail, code,
          detail);
    b->event_count = 0;
}

static void refuse_settings(struct bench *b)
{
    const uint32_t rows = (uint32_t)b->config.rows;
    const struct {
        unsigned detail, reg;
        uint32_t value;
    } bad[] = {
        {OHM_BAD_DESC_PROGRAM, OHM_REG_PROGRAM, 0},
        {OHM_BAD_DESC_PROGRAM, OHM_REG_PROGRAM, 1 << OHM_PROGRAM_PLUS_LSB | 3 << 4},
        {OHM_BAD_DESC_PROGRAM_ROWS, OHM_REG_PROGRAM_ROWS, 0},
        {OHM_BAD_DESC_PROGRAM_ROWS, OHM_REG_PROGRAM_ROWS, rows | 1 << 8},
        {OHM_BAD_DESC_PROGRAM_ROWS, OHM_REG_PROGRAM_ROWS, 1 << 8 | rows << 16},
        {OHM_BAD_DESC_PHASE_READ, OHM_REG_PHASE_READ + 8, OHM_PLACE(9, PHASE_READ_W)},
        {OHM_BAD_DESC_PHASE_READ, OHM_REG_PHASE_READ,
         OHM_PLACE(4, PHASE_READ_W) | OHM_PLACE(5, PHASE_READ_K) | 1u << 24},
        {OHM_BAD_DESC_PHASE_READ, OHM_REG_PHASE_READ + 8,
         OHM_PLACE(4, PHASE_READ_W) | OHM_PLACE(2049, PHASE_READ_MARGIN)},
        {OHM_BAD_DESC_PHASE_RAMP, OHM_REG_PHASE_RAMP + 8, 5 | 5 << 16},
        {OHM_BAD_DESC_PHASE_RAMP, OHM_REG_PHASE_RAMP + 8, 1024u << 16},
        {OHM_BAD_DESC_PHASE_LSB, OHM_REG_PHASE_LSB + 8, 0},
        {OHM_BAD_DESC_PHASE_LSB, OHM_REG_PHASE_LSB + 8, (1u << 24) + 1},
        {OHM_BAD_DESC_PHASE_PULSE, OHM_REG_PHASE_SET + 8, 9 | 1 << 8 | 8 << 16},
        {OHM_BAD_DESC_PHASE_PULSE, OHM_REG_PHASE_RESET + 8, 9 | 9 << 16},
        {OHM_BAD_DESC_PHASE_PULSE, OHM_REG_PHASE_RESET + 8, 3u << 24 | 2u << 28 | 1 << 8},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const int row_256 = rows == 256 && bad[i].detail == OHM_BAD_DESC_PROGRAM_ROWS && i > 2;
        struct run r = draw_run(b, 0);
        set_up(b, &r);
        write_register(b, OHM_REG_PHASE_READ + 8,
                       OHM_PLACE(4, PHASE_READ_W) | OHM_PLACE(1, PHASE_READ_LIMIT));
        if (bad[i].detail == OHM_BAD_DESC_PHASE_PULSE && bad[i].value == (9 | 9 << 16))
            write_register(b, bad[i].reg, 8 | 9 << 16); /* without a step between */
        else
            write_register(b, bad[i].reg, bad[i].value);
        if (row_256)
            continue;
        write_register(b, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE) | OHM_PLACE(1, CTRL_PROGRAM));
        expect_event(b, OHM_EVENT_BAD_DESC, bad[i].detail, "settings");
        CHECK(read_register(b, OHM_REG_STATUS) == 1u << OHM_STATUS_BAD_DESC_LSB, "STATUS");
        disable(b);
    }
}

/* While the engine runs other data and direct loads are dropped. */
static void refuse_packets(struct bench *b)
{
    const struct ohm_header other[] = {
        {.type = OHM_TYPE_ACT, .chan = 1, .len = 1},
        {.type = OHM_TYPE_PSUM, .len = 1},
        {.type = OHM_TYPE_PROG, .len = 1},
    };
    const uint32_t word = 0;
    const struct run r = draw_run(b, 0);
    set_up(b, &r);
    enable(b);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        uint32_t flits[2];
        struct ohm_header h = other[i];
        send_packet(b, h, &word, 1);
        ohm_header_encode(&h, flits);
        expect_event(b, OHM_EVENT_DISABLED, flits[0], "packet");
    }
    disable(b);
    same_cells(b);
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const unsigned cases = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 6;
    struct bench b;

    for (unsigned k = 0; k < cases; k++) {
        random_state = ohm_key(seed, k);
        open_bench(&b, k, seed + k);
        start_other(&b);
        whole_run(&b, k);
        whole_run(&b, k);
        if (k == 0)
            refuse_settings(&b);
        if (k == 0)
            refuse_packets(&b);
        for (int i = 0; i < 3; i++)
            stopped_run(&b, k, (k + (unsigned)i) % 2 == 0);
        if (b.config.mesh_w > 1) {
            b.quiet = 1;
            WAIT(&b, b.next_x == b.next_y, "the other tile's vectors");
            CHECK(multiplied, "the other tile has sent nothing");
        }
        MUST(ohm_golden_finish(b.checked, &err));
        close_bench(&b);
    }
    CHECK(failed_devices, "no device has failed");
    printf("PASS program_rtl %lu checks\n", checks);
    return 0;
}
