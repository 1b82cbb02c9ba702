// SPDX-License-Identifier: Apache-2.0
// Bench of the vector unit against its golden interpreter: random programs, legal and spoilt ones,
// arrivals and free banks at random times, vectors that never come where VWAIT is set. Compared are
// every word that an instruction writes, in order, every packet, every run's end, the cycles of
// every run that did not wait for a bank, events (LOST to the cycle), counters and, at the end, the
// memory as the host reads it.
//   bench SEED CASES [KERNEL [NAME=VALUE …] …]   besides, kernels of sim/kernels/ by their paths
#include <array>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "Vohm_vec.h"
#include "ohm_bench.h"
#include "ohm_map.h"
#include "ohm_vec_random.h"
#include "verilated.h"

using bench::chance;
using bench::expect;

namespace {

// Something that a run did: a word written, a register written, an instruction or the run over.
struct Step {
    enum Kind { WORD, REGISTER, INSTRUCTION } kind;
    uint32_t at, value;
};

struct Packet {
    uint32_t routes, n, at;
    bool poison;
    std::vector<uint32_t> words;
};

const ohm_vec_size size = {TB_VLANES, TB_VMEM_WORDS, TB_VPROG, TB_VTABLES, TB_NSTREAM, TB_NROUTE,
                           TB_COLS};

// What the golden model says of a run, in the order of the document.
struct Golden {
    std::vector<Step> steps;
    std::deque<Packet> packets;

    static void sent(void *user, const ohm_vec_sent *s)
    {
        auto &packets = static_cast<Golden *>(user)->packets;
        if (s->poison) {
            packets.push_back({s->routes, s->n, 0, true, {}});
            return;
        }
        for (uint32_t at = 0; at < s->count; at += TB_COLS) {
            const uint32_t end = at + TB_COLS < s->count ? at + TB_COLS : s->count;
            packets.push_back({s->routes, s->n, at, false,
                               std::vector<uint32_t>(s->words + at, s->words + end)});
        }
    }
    static void memory(void *user, uint32_t word, uint32_t value)
    {
        static_cast<Golden *>(user)->steps.push_back({Step::WORD, word, value});
    }
    static void scalar(void *user, unsigned reg, uint32_t value)
    {
        static_cast<Golden *>(user)->steps.push_back({Step::REGISTER, reg, value});
    }
    static void instruction(void *user, const ohm_vec_turn *, uint32_t pc)
    {
        static_cast<Golden *>(user)->steps.push_back({Step::INSTRUCTION, pc, 0});
    }
    ohm_vec_hooks hooks() { return {this, sent, instruction, memory, scalar}; }
};

// The chip's side: the unit between lines that arrive and banks that get free.
class Unit {
public:
    // patience: VWAIT; with it some vectors never come.
    Unit(const ohm_vec_case &which, bool hurry, uint32_t patience) : c(which), hurried(hurry)
    {
        for (auto &stream : comes)
            for (uint32_t k = 0; k < c.vectors; k++) stream.push_back(!patience || !chance(15));
        d.rst = 1;
        for (int i = 0; i < 3; i++) bench::tick(d);
        d.rst = 0;
    }

    void write(uint32_t address, uint32_t value)
    {
        d.cfg_we = 1;
        d.cfg_addr = static_cast<uint16_t>(address);
        d.cfg_wdata = value;
        cycle();
        d.cfg_we = 0;
    }
    uint32_t read(uint32_t address)
    {
        d.cfg_re = 1;
        d.cfg_addr = static_cast<uint16_t>(address);
        cycle();
        d.cfg_re = 0;
        d.eval();
        return d.cfg_rdata;
    }
    void enable(bool on)
    {
        d.enable = on;
        d.seq_base = c.seq_base;
        for (auto &f : front) f = c.seq_base;
        for (auto &w : whole) w = c.seq_base;
    }

    // One cycle: what the lines show, what the unit does.
    void cycle()
    {
        d.line_valid = d.line_poison = 0;
        for (unsigned s = 0; s < 4; s++) {
            if (c.streams >> s & 1 && whole[s] - front[s] < 4
                && whole[s] - c.seq_base < c.vectors && comes[s][whole[s] - c.seq_base]
                && (hurried || chance(20)))
                whole[s]++;
            if (whole[s] != front[s]) {
                d.line_valid = static_cast<uint8_t>(d.line_valid | 1u << s);
                if (ohm_vec_case_poison(&c, s, front[s] - c.seq_base))
                    d.line_poison = static_cast<uint8_t>(d.line_poison | 1u << s);
            }
        }
        d.res_ready = bank_busy == 0;
        bench::settle(d);
        d.line_words = static_cast<uint16_t>(c.words[d.line_stream]);
        bench::settle(d);
        const unsigned stream = d.line_stream;
        const uint32_t data = ohm_vec_case_word(&c, stream, front[stream] - c.seq_base,
                                                d.line_word);
        const bool slot_right = d.line_slot == (front[stream] & 15u);
        observe();
        if (d.line_pop) {
            if (whole[stream] == front[stream]) {
                CHECK(!losses.empty() && losses.back().missing >> stream & 1,
                      "freed a vector that is not there");
                whole[stream]++; // what comes later for this number is dropped by the slots
            }
            front[stream]++;
        }
        bench::edge(d);
        bench::cycle++;
        d.line_data = slot_right ? data : ~data;
    }

    Vohm_vec d;
    std::vector<Step> steps;             // of the run that goes on
    std::deque<Packet> packets;
    std::vector<uint32_t> events;
    struct End {
        uint32_t code, program, n;
        uint64_t cycle;                  // of its last cycle
        std::vector<Step> steps;
    };
    std::deque<End> ends;
    struct Loss {
        uint32_t n, missing; // streams that have no vector
        uint64_t cycle;
    };
    std::deque<Loss> losses;
    std::array<uint32_t, 4> front{}, whole{};
    std::array<std::vector<bool>, 4> comes;

private:
    const ohm_vec_case &c;
    const bool hurried;
    int bank_busy = 0;
    Packet packet{};

    void observe()
    {
        if (d.trc_vec_valid)
            for (int i = 0; i < TB_VLANES; i++)
                if (bench::bit(d.trc_vec_mask, i))
                    steps.push_back({Step::WORD, d.trc_vec_addr + static_cast<uint32_t>(i),
                                     d.trc_vec_data[i]});
        if (d.trc_reg_valid) steps.push_back({Step::REGISTER, d.trc_reg_idx, d.trc_reg_data});
        if (d.trc_ins_valid) steps.push_back({Step::INSTRUCTION, d.trc_ins_pc, 0});
        if (d.trc_run_valid) {
            ends.push_back({d.trc_run_code, d.trc_run_prog, d.trc_run_seq, bench::cycle - 4,
                            steps});
            steps.clear();
        }
        if (d.ev_bad_desc) events.push_back(d.ev_detail);
        if (d.ev_lost) losses.push_back({d.next_seq, ~d.line_valid & 15u, bench::cycle});
        results();
    }

    void results()
    {
        if (d.res_valid) {
            CHECK(d.res_ready, "a word without a bank");
            expect("word of a packet", d.res_idx, static_cast<int64_t>(packet.words.size()));
            packet.words.push_back(d.res_data);
        }
        if (d.res_done) {
            CHECK(d.res_ready, "a packet without a bank");
            packet.routes = d.res_routes;
            packet.n = d.res_seq;
            packet.at = d.res_at;
            packet.poison = d.res_poison;
            if (!packet.poison)
                expect("words of a packet", d.res_words1 + 1,
                       static_cast<int64_t>(packet.words.size()));
            packets.push_back(packet);
            packet = {};
            bank_busy = hurried || chance(50) ? 0 : bench::pick(1, 40);
        } else if (bank_busy > 0) {
            bank_busy--;
        }
    }
};

// The instruction that step i belongs to, for a failure's message.
std::string instruction(const ohm_vec_case &c, const std::vector<Step> &steps, size_t i)
{
    uint64_t word = 0;
    char text[80];

    while (i + 1 < steps.size() && steps[i].kind != Step::INSTRUCTION) i++;
    const uint32_t pc = steps[i].at, at = OHM_REG_VCODE + 2 * pc;
    for (uint32_t w = 0; w < c.writes; w++)
        if (c.write[w].address - at < 2)
            word |= static_cast<uint64_t>(c.write[w].value) << (32 * (c.write[w].address - at));
    std::snprintf(text, sizeof text, "pc %u, word 0x%016llx", pc,
                  static_cast<unsigned long long>(word));
    return text;
}

void compare(const ohm_vec_case &c, const std::vector<Step> &got, const std::vector<Step> &want,
             uint32_t n, int program)
{
    for (size_t i = 0; i < want.size() && i < got.size(); i++)
        CHECK(got[i].kind == want[i].kind && got[i].at == want[i].at
                  && got[i].value == want[i].value,
              "n %u, program %d, step %zu: kind %d at %u is %u, expected kind %d at %u is %u (%s)",
              n, program, i, got[i].kind, got[i].at, got[i].value, want[i].kind, want[i].at,
              want[i].value, instruction(c, want, i).c_str());
    expect("steps of a run", static_cast<int64_t>(got.size()), static_cast<int64_t>(want.size()),
           n, program);
}

void compare(const Packet &got, const Packet &want)
{
    expect("routes of a packet", got.routes, want.routes, want.n);
    expect("number of a packet", got.n, want.n, got.routes);
    expect("place of a packet", got.at, want.at, want.n);
    expect("poison", got.poison, want.poison, want.n);
    expect("words", static_cast<int64_t>(got.words.size()),
           static_cast<int64_t>(want.words.size()), want.n);
    for (size_t i = 0; i < want.words.size(); i++)
        expect("a word sent", got.words[i], want.words[i], want.n, static_cast<int64_t>(i));
}

// The vectors that a run sees; those of `missing` are lost.
void fronts(const ohm_vec_case &c, const ohm_vec_turn &turn, uint32_t missing,
            std::array<std::vector<uint32_t>, 4> &words, ohm_vec_front *front)
{
    for (unsigned s = 0; s < 4; s++) {
        front[s] = {};
        if (!(turn.streams >> s & 1)) continue;
        const uint32_t k = turn.n - c.seq_base;
        words[s].resize(c.words[s]);
        for (uint32_t w = 0; w < c.words[s]; w++) words[s][w] = ohm_vec_case_word(&c, s, k, w);
        front[s] = {words[s].data(), c.words[s],
                    missing >> s & 1               ? OHM_VEC_LOST
                    : ohm_vec_case_poison(&c, s, k) ? OHM_VEC_POISON
                                                    : OHM_VEC_WHOLE};
    }
}

void one_case(const ohm_vec_case &c, bool hurried)
{
    ohm_vec *v = ohm_vec_create(&size);
    Golden golden;
    const uint32_t patience = !hurried && !c.whole && chance(50) ? bench::pick(8, 120) : 0;
    auto unit = std::make_unique<Unit>(c, hurried, patience);
    std::vector<uint32_t> events;

    for (uint32_t i = 0; i < c.writes; i++) {
        unit->write(c.write[i].address, c.write[i].value);
        ohm_vec_write(v, c.write[i].address, c.write[i].value);
    }
    unit->write(OHM_REG_VWAIT, patience);
    ohm_vec_write(v, OHM_REG_VWAIT, patience);
    unit->cycle(); // CTRL is written one cycle later at the earliest
    unit->enable(true);
    if (const uint32_t event = ohm_vec_enable(v, c.seq_base)) events.push_back(event);
    unit->write(OHM_REG_VSTART, 1);
    ohm_vec_write(v, OHM_REG_VSTART, 1);

    ohm_vec_turn turn;
    uint64_t last_end = 0;
    while (ohm_vec_next(v, &turn) && ohm_vec_head(v) != c.seq_base + c.vectors) {
        for (int i = 0; unit->ends.empty(); i++) {
            CHECK(i < 2000000, "run of n %u, program %d does not end", turn.n, turn.program);
            unit->cycle();
        }
        const auto end = unit->ends.front();
        unit->ends.pop_front();
        std::array<std::vector<uint32_t>, 4> words;
        ohm_vec_front front[4];
        ohm_vec_done done;
        const auto hooks = golden.hooks();
        golden.steps.clear();
        uint32_t missing = 0;
        if (!unit->losses.empty() && unit->losses.front().cycle < end.cycle) {
            missing = unit->losses.front().missing & turn.streams;
            CHECK(missing && patience, "LOST without a vector that is missing");
            expect("number of LOST", unit->losses.front().n, turn.n);
            if (last_end)
                expect("cycles to LOST", unit->losses.front().cycle - last_end, patience + 1u,
                       turn.n);
            unit->losses.pop_front();
        }
        fronts(c, turn, missing, words, front);
        ohm_vec_run(v, front, &hooks, &done);
        if (done.event) events.push_back(done.event);
        expect("program of a run", end.program, turn.program, turn.n);
        expect("number of a run", end.n, turn.n, turn.program);
        expect("end of a run", end.code, done.code, turn.n, turn.program);
        compare(c, end.steps, golden.steps, turn.n, turn.program);
        if (hurried && last_end)
            expect("cycles of a run", static_cast<int64_t>(end.cycle - last_end), done.cycles,
                   turn.n, end.code);
        last_end = end.cycle;
        while (!golden.packets.empty() && !unit->packets.empty()) {
            compare(unit->packets.front(), golden.packets.front());
            golden.packets.pop_front();
            unit->packets.pop_front();
        }
    }
    const uint32_t good = ohm_vec_runs(v, 0), bad = ohm_vec_runs(v, 1);
    if (c.whole) expect("runs of a kernel that were stopped", bad, 0);
    expect("CNT_VMM", unit->read(OHM_REG_CNT_VMM), good);
    expect("CNT_POISON", unit->read(OHM_REG_CNT_POISON), bad);
    expect("packets that are missing", static_cast<int64_t>(golden.packets.size()), 0);
    for (int i = 0; i < 20; i++) unit->cycle();
    expect("events", static_cast<int64_t>(unit->events.size() < events.size()), 0);
    for (size_t i = 0; i < events.size(); i++)
        expect("event", unit->events[i], events[i], static_cast<int64_t>(i));
    ohm_vec_free(v);
}

// A kernel and the params that follow it; it must fit the unit and run without a fault.
void one_kernel(const char *path, const std::vector<std::string> &params)
{
    std::vector<ohm_asm_param> list;
    std::vector<std::string> names;
    ohm_error err = {""};
    ohm_vec_case c;

    for (const auto &p : params) names.push_back(p.substr(0, p.find('=')));
    for (size_t i = 0; i < params.size(); i++)
        list.push_back({names[i].c_str(), std::stol(params[i].substr(names[i].size() + 1))});
    bench::title = std::string("vector_rtl ") + path;
    if (ohm_vec_kernel(path, &size, list.data(), static_cast<int>(list.size()), &c, &err))
        bench::fail("%s", err.text);
    one_case(c, true);
    one_case(c, false);
    ohm_vec_case_free(&c);
}

} // namespace

double sc_time_stamp() { return 0; }

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    const uint64_t seed = std::strtoull(argv[1], nullptr, 10);
    const int cases = std::atoi(argv[2]);

    bench::title = "vector_rtl";
    bench::seed(argv[1]);
    for (int i = 0; i < cases; i++) {
        bench::title = "vector_rtl case " + std::to_string(i);
        ohm_vec_case c;
        if (ohm_vec_random(seed * 1000003u + static_cast<uint64_t>(i), &size, i % 4 == 3, &c))
            bench::fail("out of memory");
        one_case(c, i % 2 == 0);
        ohm_vec_case_free(&c);
    }
    for (int i = 3; i < argc;) {
        const char *path = argv[i++];
        std::vector<std::string> params;
        while (i < argc && std::strchr(argv[i], '=')) params.push_back(argv[i++]);
        one_kernel(path, params);
    }
    return bench::end();
}
