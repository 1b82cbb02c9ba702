// SPDX-License-Identifier: Apache-2.0
// What holds in a tile from enable to disable: its descriptor, slots, routes, credits.
#include "ohm_tlm_tile.h"

#include <algorithm>

#include "ohm_adc.h"

namespace ohm
{

namespace
{
constexpr uint64_t RUN = 4;    // ohm_desc: bus to run, besides the walk over columns
constexpr uint64_t WALKED = 2; // of that, behind each walk
constexpr uint64_t JUDGED = 10; // ohm_vec_regs: bus to on, or to the event
constexpr uint64_t CLEAR = 65; // ohm_window: preparations of the walkers

bool within(unsigned addr, unsigned base, unsigned count)
{
    return addr >= base && addr < base + count;
}
} // namespace

uint32_t Tile::in_use() const
{
    const uint32_t mask = context_.config.ndesc > 1 ? OHM_FIELD(reg(OHM_REG_ORDER), ORDER_MASK) : 0;
    return mask ? mask : 1;
}

// Walkers, pooling and lines that leave (docs/explain/convolution.md).
void Tile::set_walk(Core::Setup &s)
{
    const ohm_config &c = context_.config;
    const ohm_plan &p = plan();
    const uint32_t line = reg(OHM_REG_OUT_LINE);
    uint64_t words = 2;
    while (4 * words < static_cast<unsigned>(c.rows))
        words *= 2;
    walks_ = s.walks = p.walk[0].on != 0;
    s.argmax = p.block.argmax != 0;
    s.walk_from = enabled_at_ + 1 + std::max<uint64_t>(CLEAR, 2 * words);
    s.fill = ohm_plan_reads(&p, 0);
    s.fill_residual = ohm_plan_reads(&p, 1);
    s.residual = walks_ && p.walk[1].on;
    s.res_slots = c.acc_banks > 4 ? 16 : 8;
    s.windows =
        walks_ && p.block.pooled ? static_cast<unsigned>(p.block.height * p.block.width) : 1;
    line0_ = reg(OHM_REG_OUT_LINE0);
    line_vecs_ = OHM_FIELD(line, OUT_LINE_VECS1) + 1;
    left_ = 0;
}

void Tile::set_slots(const Core::Setup &s)
{
    const ohm_config &c = context_.config;
    for (unsigned i = 0; i < KINDS; i++) {
        pops_[i] = Pops();
        pops_[i].base = reg(OHM_REG_SEQ_BASE);
        std::fill(std::begin(lines_[i]), std::end(lines_[i]), Line());
    }
    for (unsigned i = 0; i < PSUM; i++) {
        const uint32_t vec = reg(OHM_REG_STREAM_VEC + i * OHM_REG_STREAM_VEC_STRIDE);
        pops_[i].slots = std::min(1u << OHM_FIELD(vec, STREAM_VEC_LOG2_SLOTS),
                                  static_cast<unsigned>(c.nslot));
        expect_[i] = OHM_FIELD(vec, STREAM_VEC_EXPECT);
    }
    for (unsigned d = 0; d < OHM_DESC_MAX; d++) {
        pops_[PSUM + d].slots = static_cast<unsigned>(c.psum_slots);
        expect_[PSUM + d] =
            OHM_FIELD(reg(OHM_REG_DESC_SIZE + d * OHM_REG_DESC_SIZE_DESC), DESC_SIZE_OUTS1) + 1;
    }
    const ohm_plan &p = plan();
    const unsigned residual = p.walk[1].stream;
    if (s.walks)
        pops_[s.stream].base = p.walk[0].line0;
    if (s.residual)
        pops_[residual].base = p.walk[1].line0;
    for (unsigned i = 0; i < KINDS; i++)
        oldest_[i] = {pops_[i].base, 0, false};
    returns_.clear();
    for (int i = 0; i < c.nreturn; i++) {
        const uint32_t r = reg(OHM_REG_RETURN + static_cast<unsigned>(i));
        const unsigned of = OHM_FIELD(r, RETURN_STREAM);
        const unsigned slots = !OHM_FIELD(r, RETURN_PSUM) ? of : PSUM + (c.ndesc > 1 ? of : 0);
        bool read = unit || (s.residual && slots == residual);
        for (unsigned d = 0; d < OHM_DESC_MAX; d++)
            read = read || (in_use() >> d & 1 && slots == s.desc[d].stream);
        if (OHM_FIELD(r, RETURN_VALID) && (OHM_FIELD(r, RETURN_PSUM) || read))
            returns_.push_back({slots, OHM_FIELD(r, RETURN_HOST) != 0, OHM_FIELD(r, RETURN_X),
                                OHM_FIELD(r, RETURN_Y), OHM_FIELD(r, RETURN_CHAN), 0});
    }
}

void Tile::set_routes()
{
    quiet_ = UNKNOWN;
    const ohm_config &c = context_.config;
    routes_.clear();
    for (int i = 0; i < c.nroute; i++) {
        const unsigned at = static_cast<unsigned>(i);
        const uint32_t r = reg(OHM_REG_ROUTE + at * OHM_REG_ROUTE_STRIDE);
        const uint32_t part = reg(OHM_REG_ROUTE_PART + at * OHM_REG_ROUTE_PART_STRIDE);
        const unsigned descs = OHM_FIELD(r, ROUTE_DESCS);
        if (OHM_FIELD(r, H0_TYPE))
            routes_.push_back({OHM_FIELD(r, H0_MC) + 1, OHM_FIELD(part, ROUTE_PART_CREDIT),
                               walks_ && OHM_FIELD(r, H0_TYPE) != OHM_TYPE_PSUM, at,
                               unit ? unit->add(at) : 0,
                               c.ndesc == 1 || unit ? ~0u : descs ? descs : 1u});
    }
    limits_.assign(static_cast<size_t>(c.ncredit), Limit());
    for (size_t i = 0; i < limits_.size(); i++)
        limits_[i].now = limits_[i].next = static_cast<uint16_t>(
            reg(OHM_REG_CREDIT + static_cast<unsigned>(i)));
    out_.clear();
    asking_ = data_ready_ = false;
    out_idle_ = 0;
}

// The golden model has just enabled the tile, and may go on at once: the first of its hooks, or the
// end of the packet, comes here.
void Tile::begin()
{
    if (begin_at_ == UNKNOWN)
        return;
    enabled_at_ = begin_at_;
    begin_at_ = UNKNOWN;
    enable(enabled_at_);
}

// A vector unit looks at its programs first.
void Tile::enable_unit(uint64_t cycle)
{
    const ohm_config &c = context_.config;
    Core::Setup s{};
    walks_ = false;
    s.run_from = cycle + JUDGED + 1; // event PROGRAM
    setup_ = s;
    set_slots(s);
    set_routes();
    if (reg(OHM_REG_STATUS) & OHM_PLACE(1, STATUS_BAD_DESC))
        unit->stop();
    else
        unit->setup(cycle + JUDGED, static_cast<unsigned>(c.cols));
}

// The engine looks at its registers first.
void Tile::enable_engine(uint64_t cycle)
{
    const unsigned cols = static_cast<unsigned>(context_.config.cols);
    const uint32_t program = reg(OHM_REG_PROGRAM);
    Core::Setup s{};
    Engine::Setup e{};
    e.cols = cols;
    e.adc_steps = context_.adc_steps;
    e.plus = OHM_FIELD(program, PROGRAM_PLUS) != 0;
    e.minus = OHM_FIELD(program, PROGRAM_MINUS) != 0;
    e.codes = OHM_FIELD(program, PROGRAM_REPORT) != 0;
    e.erases = OHM_FIELD(reg(OHM_REG_PROGRAM_ERASE), PROGRAM_ERASE_COUNT) != 0;
    for (unsigned i = 0; i < 2; i++)
        e.empty[i] =
            !OHM_FIELD(reg(OHM_REG_PHASE_READ + i * OHM_REG_PHASE_READ_STRIDE), PHASE_READ_LIMIT);
    e.from = s.run_from = cycle + ohm_program_cycles_enable(cols);
    s.stream = engine_stream_ = plan().stream;
    for (Core::Desc &d : s.desc)
        d.stream = engine_stream_;
    walks_ = false;
    setup_ = s;
    set_slots(s);
    set_routes();
    core.stop();
    if (!(reg(OHM_REG_STATUS) & OHM_PLACE(1, STATUS_BAD_DESC)))
        engine.setup(e);
}

// Takes the descriptor as the golden model has decoded it, and reads everything about slots, routes
// and credits that holds from here on.
void Tile::enable(uint64_t cycle)
{
    const ohm_config &c = context_.config;
    const ohm_plan &p = plan();
    Core::Setup s;
    if (unit) {
        enable_unit(cycle);
        return;
    }
    cycle = std::max(cycle, engine.held());
    if (c.program && OHM_FIELD(reg(OHM_REG_CTRL), CTRL_PROGRAM)) {
        enable_engine(cycle);
        return;
    }
    s.link_in = p.link.in && west;
    s.link_out = p.link.out && east;
    s.calibrates = p.calib != 0;
    if (context_.adc_steps != 1 && (s.link_in || s.link_out))
        context_.fail("tile (" + std::to_string(number % 16) + "," + std::to_string(number / 16)
                      + "): adc_steps " + std::to_string(context_.adc_steps)
                      + " with duration links, expected 1");
    unsigned walks = 0; // of ohm_desc, one for each descriptor in use
    for (unsigned d = 0; d < OHM_DESC_MAX; d++) {
        const ohm_plan &q = plan(d);
        Core::Desc &t = s.desc[d];
        if (!(in_use() >> d & 1))
            continue;
        walks += q.rows != 0; // those behind one that is refused are not decoded
        t.rows = q.rows;
        t.cols1 = q.cols - 1;
        t.outs1 = q.outs - 1;
        t.stream = q.stream;
        t.psum = q.psum != 0;
        t.back = q.transpose != 0;
        for (unsigned k = 0; k < q.nslice && k < OHM_REG_SLICE_COUNT; k++)
            t.slice.push_back({q.slice[k].length,
                               static_cast<unsigned>(
                                   ohm_adc_cycles(&c, q.slice[k].start, q.slice[k].stop))});
    }
    s.banks = static_cast<unsigned>(c.acc_banks);
    s.adc_steps = context_.adc_steps;
    const unsigned walk = std::max(ohm_plan_side(&c), static_cast<unsigned>(c.nslice));
    s.run_from = cycle + RUN - WALKED + walks * (walk + WALKED);
    held_.clear();
    for (unsigned k = 0; k < walks; k++) {
        const uint64_t first = cycle + 2 + k * (walk + WALKED);
        held_.push_back({first, first + walk - 1});
    }
    descs_.clear();
    s.stream = p.stream;
    set_walk(s);
    set_slots(s);
    set_routes();
    setup_ = s;
    if (ohm_golden_counter(context_.golden, number, OHM_REG_STATUS) & OHM_PLACE(1, STATUS_BAD_DESC))
        core.stop();
    else
        core.setup(s);
}

// What has not happened by then does not happen any more.
void Tile::disable(uint64_t cycle)
{
    std::deque<Event> &judged = events_[OHM_EVENT_BAD_DESC - 1];
    while (!judged.empty() && judged.back().at > cycle + 1)
        judged.pop_back();
    core.stop();
    engine.stop(cycle + 1);
    quiet_ = cycle + 2;
    if (unit)
        unit->stop();
}

// A slice word that is read back while ohm_desc walks takes the port of the table for a cycle.
void Tile::hold_walk(unsigned addr, uint64_t cycle)
{
    const unsigned slices = static_cast<unsigned>(context_.config.nslice);
    const unsigned tables = static_cast<unsigned>(context_.config.ndesc) * OHM_REG_SLICE_DESC;
    const unsigned at = (addr - OHM_REG_SLICE) % OHM_REG_SLICE_DESC;
    if (!enabled_ || engine.on() || !within(addr, OHM_REG_SLICE, tables)
        || (at >= slices * OHM_REG_SLICE_STRIDE
            && !within(at, OHM_REG_SLICE_EXT - OHM_REG_SLICE, slices))
        || core.working())
        return;
    bool held = false;
    for (Walk &w : held_) {
        w.first += held;
        const bool here = !held && cycle >= w.first && cycle <= w.last;
        w.last += held || here;
        held = held || here;
    }
    if (!held)
        return;
    setup_.run_from++;
    std::deque<Event> &judged = events_[OHM_EVENT_BAD_DESC - 1];
    if (!judged.empty() && judged.back().at + 1 == setup_.run_from)
        judged.back().at++;
    else
        core.setup(setup_);
}

} // namespace ohm
