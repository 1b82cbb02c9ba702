/* SPDX-License-Identifier: Apache-2.0
 * Drives the DPI view of the macro pin by pin: random reads with overlapped ramps against the
 * definition of cmp, every kind of illegal pin use, the trace sink, and the analog signals in the
 * wave file. */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "Vmacro_dpi_top.h"
#include "verilated.h"

extern "C" {
#include "ohm_device.h"
#include "ohm_map.h"
#include "ohm_macro.h"
}
#include "ohm_bench.h"
#include "ohm_dpi.h"

static const int ROWS = TB_ROWS, COLS = TB_COLS, CODE_W = 10;
static const unsigned ID[2] = {0x03, 0xf1};
static const uint64_t SEED = 20817;

static void check(bool ok, const char *what, long got, long expected)
{
    CHECK(ok, "%s: got %ld, expected %ld", what, got, expected);
}

static unsigned random_below(unsigned n)
{
    return static_cast<unsigned>(bench::below(static_cast<int>(n)));
}

struct Bench {
    std::unique_ptr<VerilatedContext> verilated{new VerilatedContext};
    std::unique_ptr<Vmacro_dpi_top> top;
    ohm_dpi_context dpi{};

    explicit Bench(const char *device, int32_t trip_code = OHM_TRIP_PHYSICS,
                   const char *wave_path = nullptr)
    {
        ohm_error err;
        for (unsigned id : ID)
            dpi.macro[id] =
                ohm_macro_new(ROWS, COLS, ohm_device_find(device), SEED, id, trip_code, &err);
        dpi.waves = wave_path != nullptr;
        ohm_dpi_set_context(&dpi);
        verilated->traceEverOn(wave_path != nullptr);
        top.reset(new Vmacro_dpi_top{verilated.get()});
        if (wave_path) bench::waves(*top, wave_path);
        top->id_a = ID[0];
        top->id_b = ID[1];
        bench::reset(*top, 2, [this] { cycle(); });
        cycle();
    }

    ~Bench()
    {
        top->final();
        bench::waves_end();
        for (unsigned id : ID)
            ohm_macro_free(dpi.macro[id]);
    }

    void cycle()
    {
        bench::tick(*top);
        dpi.cycle++;
    }

    void write(uint16_t addr, uint32_t data)
    {
        top->cfg_we = 1;
        top->cfg_addr = addr;
        top->cfg_wdata = data;
        cycle();
        top->cfg_we = 0;
    }

    void program(unsigned dev, unsigned row, unsigned col, uint32_t codes)
    {
        top->prog_valid = 1;
        top->prog_dev = dev;
        top->prog_row = row;
        top->prog_col = col;
        top->prog_data = codes;
        cycle();
        top->prog_valid = 0;
    }

    void row(unsigned r, bool on, bool neg)
    {
        top->row_on[r / 32] = (top->row_on[r / 32] & ~(1u << r % 32)) | (uint32_t)on << r % 32;
        top->row_neg[r / 32] = (top->row_neg[r / 32] & ~(1u << r % 32)) | (uint32_t)neg << r % 32;
    }

    void rows_off()
    {
        for (int r = 0; r < ROWS; r++)
            row(r, false, false);
    }
};

struct Read { /* one read as the pins show it */
    int ticks, start, stop;
    unsigned rs;
    ohm_cell_sel sel;
    ohm_read_key key;
    /* row: on from `on` to before `off`, polarity turns negative at `turn` */
    std::vector<int> on, off, turn;
    std::vector<int16_t> t;
};

static Read random_read(uint32_t seq)
{
    Read read;
    read.ticks = (1 << (1 + random_below(8))) - 1;
    read.start = -(int)random_below(250) - 1;
    read.stop = (int)random_below(250) + 1;
    read.rs = random_below(4);
    read.sel = (ohm_cell_sel)random_below(3);
    read.key = {seq, (uint8_t)random_below(16), (uint8_t)random_below(16)};
    for (int r = 0; r < ROWS; r++) {
        int on = random_below(4) ? 0 : (int)random_below(read.ticks + 1);
        int off = random_below(3) ? on + (int)random_below(read.ticks - on + 1) : on;
        int turn =
            random_below(4) ? (random_below(2) ? 0 : off) : on + (int)random_below(off - on + 1);
        read.on.push_back(on);
        read.off.push_back(off);
        read.turn.push_back(turn);
        int negative = off - (turn > on ? turn : on);
        read.t.push_back((int16_t)(off - on - 2 * negative));
    }
    return read;
}

/* Integration and ramp run at the same time, as in the tile; the sample may fall into the last
 * cycle of a ramp. */
static void random_reads(Bench &b, int reads, uint32_t lsb, ohm_array *const model[2])
{
    Read integrated, ramped;
    int tick = -2;           /* -2: idle, -1: int_reset, 0…ticks-1: int_en, ticks: sample */
    int step = 0;            /* of the ramp, while ramping */
    bool ramping = false;
    std::vector<int32_t> q[2] = {std::vector<int32_t>(COLS), std::vector<int32_t>(COLS)};
    int started = 0;
    long trips = 0;

    while (started < reads || tick != -2 || ramping) {
        if (tick == -2 && started < reads && random_below(4)) {
            Read next = random_read(1000 + started);
            if (!ramping || next.ticks + 1 >= ramped.stop - step) {
                integrated = next;
                started++;
                tick = -1;
            }
        }
        b.top->int_reset = tick == -1;
        b.top->int_en = tick >= 0 && tick < integrated.ticks;
        b.top->sample = tick == integrated.ticks && tick >= 0;
        if (tick == -1) {
            b.top->op_seq = integrated.key.seq;
            b.top->op_desc = integrated.key.desc;
            b.top->op_slice = integrated.key.slice;
            b.top->cell_sel = integrated.sel;
        }
        for (int r = 0; r < ROWS; r++)
            if (b.top->int_en)
                b.row(r, tick >= integrated.on[r] && tick < integrated.off[r],
                      tick >= integrated.turn[r]);
        if (!b.top->int_en)
            b.rows_off();
        b.top->ramp_rs = integrated.rs;
        b.top->ramp_en = ramping;
        b.top->ramp_step = (uint16_t)step;
        b.cycle();
        if (b.dpi.fault)
            printf("fault: %s\n", b.dpi.fault);
        check(!b.dpi.fault, "fault", 1, 0);

        int64_t held_lsb = (int64_t)lsb << ramped.rs;
        for (int m = 0; ramping && m < 2; m++)
            for (int c = 0; c < COLS; c++) {
                auto &cmp = m ? b.top->cmp_b : b.top->cmp_a;
                int got = cmp[c / 32] >> c % 32 & 1;
                int expected = 2 * (int64_t)q[m][c] < held_lsb * (2 * step + 1);
                trips += expected;
                check(got == expected, "cmp", got, expected);
            }

        if (ramping) {
            ramping = step < ramped.stop && random_below(2000); /* early stop now and then */
            step++;
        }
        if (b.top->sample) {
            ramped = integrated;
            for (int m = 0; m < 2; m++)
                ohm_array_read_naive(model[m], ramped.sel, ramped.t.data(), &ramped.key,
                                     q[m].data());
            ramping = true;
            step = ramped.start - 1;
            tick = -2;
        } else if (tick > -2) {
            tick++;
        }
    }
    b.top->ramp_en = b.top->int_reset = b.top->int_en = b.top->sample = 0;
    b.rows_off();
    b.cycle();
    check(trips > 0, "columns that tripped", trips, 1);
}

static void test_reads(const char *device, int reads)
{
    Bench b(device);
    ohm_error err;
    ohm_array *model[2];
    for (int m = 0; m < 2; m++)
        model[m] = ohm_array_new(ROWS, COLS, ohm_device_find(device), SEED, ID[m], &err);
    uint32_t lsb = 16384 * 255 / 200 * (ROWS / 16) / 4;
    b.write(OHM_REG_MACRO_LSB, lsb);
    for (int round = 0; round < 2; round++) {
        for (int r = 0; r < ROWS; r++)
            for (int c = 0; c < COLS; c += 2)
                for (unsigned dev = 0; dev < 2; dev++) {
                    uint32_t low = random_below(16385), high = random_below(16385);
                    b.program(dev, r, c, high << 16 | low);
                    for (int m = 0; m < 2; m++) {
                        ohm_array_program(model[m], dev, r, c, low, &err);
                        if (c + 1 < COLS)
                            ohm_array_program(model[m], dev, r, c + 1, high, &err);
                    }
                }
        if (round) {
            b.write(OHM_REG_MACRO_TIME, 86400);
            ohm_array_set_time(model[0], 86400);
            ohm_array_set_time(model[1], 86400);
        }
        random_reads(b, reads, lsb, model);
    }
    ohm_array_free(model[0]);
    ohm_array_free(model[1]);
}

static void one_read(Bench &b, int ticks)
{
    b.top->int_reset = 1;
    b.cycle();
    b.top->int_reset = 0;
    b.top->int_en = 1;
    b.row(1, true, false);
    for (int i = 0; i < ticks; i++)
        b.cycle();
    b.top->int_en = 0;
    b.rows_off();
    b.top->sample = 1;
    b.cycle();
    b.top->sample = 0;
}

#include "faults.h"

/* A pulse reaches the selected cells and its trace, and is over width + 1 cycles later; the pin
 * ramp_lsb takes the place of MACRO_LSB. */
static ohm_trace_pulse pulse_seen;
static void test_pulses()
{
    Bench b("ideal");
    int want[ROWS][COLS] = {};
    b.dpi.on_pulse = [](void *, const ohm_trace_pulse *t) { pulse_seen = *t; return 0; };
    for (int i = 0; i < 40; i++) {
        const int row = (int)random_below(ROWS), set = random_below(3) != 0;
        const unsigned amp = random_below(256), width = random_below(16);
        b.row((unsigned)row, true, false);
        b.top->pulse_start = 1;
        b.top->pulse_set = set;
        b.top->pulse_dev = 2;
        b.top->pulse_amp = amp;
        b.top->pulse_width = width;
        for (int c = 0; c < COLS; c++) {
            const int on = random_below(2) != 0, step = (int)((amp + 1) * (width + 1));
            b.top->pulse_col[c / 32] = (b.top->pulse_col[c / 32] & ~(1u << c % 32))
                                       | (uint32_t)on << c % 32;
            if (on)
                want[row][c] = std::min(16384, std::max(0, want[row][c] + (set ? step : -step)));
        }
        for (unsigned n = 0; n <= width + 1; n++) {
            b.top->eval();
            check(b.top->pulse_done == (n == width + 1 ? 3 : 0), "pulse_done", b.top->pulse_done,
                  n == width + 1 ? 3 : 0);
            b.cycle();
            b.top->pulse_start = 0;
        }
        b.rows_off();
        check(pulse_seen.amp == amp && pulse_seen.width == width && pulse_seen.set == set
                  && pulse_seen.rows[row / 32] == 1u << row % 32
                  && pulse_seen.cols[0] == b.top->pulse_col[0],
              "trace of a pulse", pulse_seen.amp, amp);
        for (int c = 0; c < COLS; c++) {
            const int got =
                ohm_macro_geff(b.dpi.macro[ID[1]], OHM_CELL_MINUS, (unsigned)row, (unsigned)c);
            check(got == want[row][c], "conductance", got, want[row][c]);
        }
    }
    b.program(0, 1, 2, 900);
    b.top->ramp_lsb = 100;
    one_read(b, 1);
    check((int)ohm_macro_hold(b.dpi.macro[ID[0]], 2) == 9, "ramp_lsb", 0, 9);
}

static void test_trip_code()
{
    Bench b("ideal", 5);
    one_read(b, 1);
    b.top->ramp_en = 1;
    for (int step = -8; step < 12; step++) {
        b.top->ramp_step = (uint16_t)step;
        b.cycle();
        check((b.top->cmp_a[0] & 1) == (step >= 5), "trip code", b.top->cmp_a[0] & 1, step >= 5);
    }
    check(b.top->ready == 3, "ready", b.top->ready, 3);
}

static ohm_trace_code code_seen;
static ohm_trace_result result_seen;

static void test_trace()
{
    Bench b("ideal");
    b.dpi.on_code = [](void *, const ohm_trace_code *t) { code_seen = *t; return 0; };
    b.dpi.on_result = [](void *, const ohm_trace_result *t) { result_seen = *t; return 1; };
    uint32_t word = 0x8765a3c9;
    b.top->trc_word = word;
    b.cycle();
    check(code_seen.seq == 0 && result_seen.seq == 0, "trace without valid", code_seen.seq, 0);
    b.top->trc_code_valid = 1;
    uint64_t now = b.dpi.cycle;
    b.cycle();
    b.top->trc_code_valid = 0;
    check(code_seen.seq == word && code_seen.cycle == now, "code seq", code_seen.seq, word);
    check(code_seen.desc == 9 && code_seen.slice == 12 && code_seen.col == 0xa3, "code key",
          code_seen.col, 0xa3);
    check(code_seen.tile == ID[0] && code_seen.code == 0x3c9 - 1024, "code", code_seen.code,
          0x3c9 - 1024);
    check(!b.dpi.stop, "stop", 1, 0);
    b.top->trc_res_valid = 1;
    b.cycle();
    check(result_seen.seq == word && result_seen.tile == ID[0] && result_seen.desc == 9,
          "result key", result_seen.seq, word);
    check(result_seen.out == 0xa3 && result_seen.acc == (int32_t)~word
              && result_seen.y == (int32_t)word,
          "result", result_seen.acc, (int32_t)~word);
    check(b.dpi.stop, "stop asked for by the sink", 0, 1);
}

/* Last value of real variable `name` in the wave file, by its scopes; NaN text when it is not
 * there. */
static std::string last_value(const char *path, const std::string &name)
{
    FILE *f = fopen(path, "r");
    std::string scope, id, value = "missing";
    std::vector<std::string> scopes;
    char line[1024], word[4][256];
    while (f && fgets(line, sizeof line, f)) {
        int n = sscanf(line, "%255s %255s %255s %255s", word[0], word[1], word[2], word[3]);
        if (n >= 3 && !strcmp(word[0], "$scope")) {
            scopes.push_back(scope);
            scope += std::string(word[2]) + ".";
        } else if (n >= 1 && !strcmp(word[0], "$upscope")) {
            scope = scopes.back();
            scopes.pop_back();
        } else if (n == 4 && !strcmp(word[0], "$var")) {
            char variable[256];
            if (sscanf(line, " $var %*s %*s %*s %255s", variable) == 1 && scope + variable == name)
                id = word[3];
        } else if (n == 2 && word[0][0] == 'r' && id == word[1]) {
            value = word[0] + 1;
        }
    }
    if (f)
        fclose(f);
    return value;
}

static void test_waves(const char *path)
{
    {
        Bench b("ideal", OHM_TRIP_PHYSICS, path);
        b.write(OHM_REG_MACRO_LSB, 100);
        b.program(0, 1, 2, 1000u << 16 | 50);
        one_read(b, 3);
        b.top->ramp_en = 1;
        b.top->ramp_step = 7;
        b.cycle();
        b.top->ramp_en = 0;
        b.cycle();
    }
    std::string top = "TOP.macro_dpi_top.u_b.", held = last_value(path, top + "g_col[3].held_v");
    check(held == "30", ("held_v " + held).c_str(), 0, 30);
    held = last_value(path, top + "g_col[2].held_v");
    check(held == "1.5", ("held_v " + held).c_str(), 0, 0);
    held = last_value(path, top + "ramp_v");
    check(held == "7.5", ("ramp_v " + held).c_str(), 0, 0);
}

int main(int argc, char **argv)
{
    bench::title = "macro_dpi " + std::to_string(ROWS) + "x" + std::to_string(COLS);
    bench::seed("1");
    test_reads("ideal", 150);
    test_reads("pcm-hermes", 150);
    test_trip_code();
    test_pulses();
    test_trace();
    test_waves(argc > 1 ? argv[1] : "macro_dpi.vcd");
    test_read_faults();
    test_pulse_faults();
    test_register_faults();
    return bench::end();
}
