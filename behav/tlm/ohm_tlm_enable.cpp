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
constexpr uint64_t CLEAR = 65; // ohm_window: preparations of the walkers

bool within(unsigned addr, unsigned base, unsigned count)
{
    return addr >= base && addr < base + count;
}

// Cycles that the bytes of a window take: words where everything lies in whole words.
unsigned fill_cycles(uint32_t pixel, uint32_t kernel, unsigned most)
{
    const unsigned count = OHM_FIELD(pixel, WINDOW_PIXEL_COUNT1) + 1;
    const unsigned all = count * (OHM_FIELD(kernel, WINDOW_KERNEL_H1) + 1)
                         * (OHM_FIELD(kernel, WINDOW_KERNEL_W1) + 1);
    const unsigned bytes = std::min(all, most);
    const bool words = OHM_FIELD(pixel, WINDOW_PIXEL_FIRST) % 4 == 0
                       && OHM_FIELD(pixel, WINDOW_PIXEL_PITCH) % 4 == 0 && count % 4 == 0;
    return words ? (bytes + 3) / 4 : bytes;
}
} // namespace

// Walkers, pooling and lines that leave (docs/explain/convolution.md).
void Tile::set_walk(Core::Setup &s)
{
    const ohm_config &c = context_.config;
    const unsigned next = OHM_REG_WINDOW_STRIDE;
    const uint32_t pool = reg(OHM_REG_POOL), line = reg(OHM_REG_OUT_LINE);
    uint64_t words = 2;
    while (4 * words < static_cast<unsigned>(c.rows))
        words *= 2;
    walks_ = s.walks = OHM_FIELD(reg(OHM_REG_WINDOW), WINDOW_ON);
    s.argmax = OHM_FIELD(pool, POOL_ARGMAX);
    s.walk_from = enabled_at_ + 1 + std::max<uint64_t>(CLEAR, 2 * words);
    s.fill = fill_cycles(reg(OHM_REG_WINDOW_PIXEL), reg(OHM_REG_WINDOW_KERNEL), s.rows);
    s.fill_residual = fill_cycles(reg(OHM_REG_WINDOW_PIXEL + next),
                                  reg(OHM_REG_WINDOW_KERNEL + next), s.outs1 + 1);
    s.residual = walks_ && OHM_FIELD(reg(OHM_REG_WINDOW + next), WINDOW_ON);
    s.res_slots = c.acc_banks > 4 ? 16 : 8;
    s.windows = 1;
    if (walks_ && OHM_FIELD(reg(OHM_REG_DESC), DESC_MODE) == OHM_DESC_MODE_Y)
        s.windows = (OHM_FIELD(pool, POOL_H1) + 1) * (OHM_FIELD(pool, POOL_W1) + 1);
    line0_ = reg(OHM_REG_OUT_LINE0);
    line_vecs_ = OHM_FIELD(line, OUT_LINE_VECS1) + 1;
    left_ = 0;
}

void Tile::set_slots(const Core::Setup &s)
{
    const ohm_config &c = context_.config;
    for (unsigned i = 0; i <= PSUM; i++) {
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
    pops_[PSUM].slots = static_cast<unsigned>(c.psum_slots);
    expect_[PSUM] = s.outs1 + 1;
    const unsigned next = OHM_REG_WINDOW_STRIDE;
    const unsigned residual = OHM_FIELD(reg(OHM_REG_WINDOW + next), WINDOW_STREAM);
    if (s.walks)
        pops_[stream_].base = reg(OHM_REG_WINDOW_LINE0);
    if (s.residual)
        pops_[residual].base = reg(OHM_REG_WINDOW_LINE0 + next);
    for (unsigned i = 0; i <= PSUM; i++)
        oldest_[i] = {pops_[i].base, 0, false};
    returns_.clear();
    for (int i = 0; i < c.nreturn; i++) {
        const uint32_t r = reg(OHM_REG_RETURN + static_cast<unsigned>(i));
        const unsigned slots = OHM_FIELD(r, RETURN_PSUM) ? PSUM : OHM_FIELD(r, RETURN_STREAM);
        if (OHM_FIELD(r, RETURN_VALID)
            && (slots == PSUM || slots == stream_ || (s.residual && slots == residual)))
            returns_.push_back({slots, OHM_FIELD(r, RETURN_HOST) != 0, OHM_FIELD(r, RETURN_X),
                                OHM_FIELD(r, RETURN_Y), OHM_FIELD(r, RETURN_CHAN), 0});
    }
}

void Tile::set_routes()
{
    const ohm_config &c = context_.config;
    routes_.clear();
    for (int i = 0; i < c.nroute; i++) {
        const unsigned at = static_cast<unsigned>(i);
        const uint32_t r = reg(OHM_REG_ROUTE + at * OHM_REG_ROUTE_STRIDE);
        const uint32_t part = reg(OHM_REG_ROUTE_PART + at * OHM_REG_ROUTE_PART_STRIDE);
        if (OHM_FIELD(r, H0_TYPE))
            routes_.push_back({OHM_FIELD(r, H0_MC) + 1, OHM_FIELD(part, ROUTE_PART_CREDIT),
                               walks_ && OHM_FIELD(r, H0_TYPE) != OHM_TYPE_PSUM});
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

// Reads the descriptor and everything about slots, routes and credits that holds from here on.
void Tile::enable(uint64_t cycle)
{
    const ohm_config &c = context_.config;
    const uint32_t desc = reg(OHM_REG_DESC), size = reg(OHM_REG_DESC_SIZE);
    Core::Setup s;
    s.link_in = OHM_FIELD(desc, DESC_LINK_IN) && west;
    s.link_out = OHM_FIELD(desc, DESC_LINK_OUT) && east;
    s.calibrates = OHM_FIELD(desc, DESC_CALIB) != 0;
    if (context_.adc_steps != 1 && (s.link_in || s.link_out))
        context_.fail("tile (" + std::to_string(number % 16) + "," + std::to_string(number / 16)
                      + "): adc_steps " + std::to_string(context_.adc_steps)
                      + " with duration links, expected 1");
    s.rows = OHM_FIELD(size, DESC_SIZE_ROWS1) + 1;
    s.cols1 = OHM_FIELD(size, DESC_SIZE_COLS1);
    s.outs1 = OHM_FIELD(size, DESC_SIZE_OUTS1);
    s.banks = static_cast<unsigned>(c.acc_banks);
    s.adc_steps = context_.adc_steps;
    s.psum = OHM_FIELD(desc, DESC_PSUM) != 0;
    s.run_from = cycle + RUN + static_cast<unsigned>(std::max(c.cols, c.nslice));
    for (unsigned k = 0; k < OHM_FIELD(desc, DESC_NSLICE) && k < OHM_REG_SLICE_COUNT; k++) {
        const uint32_t w = reg(OHM_REG_SLICE + k * OHM_REG_SLICE_STRIDE);
        const uint32_t ramp = reg(OHM_REG_SLICE_RAMP + k * OHM_REG_SLICE_RAMP_STRIDE);
        const int from = static_cast<int16_t>(OHM_FIELD(ramp, SLICE_RAMP_START));
        const int to = static_cast<int16_t>(OHM_FIELD(ramp, SLICE_RAMP_STOP));
        const int steps = ohm_adc_cycles(&c, from, std::max(from, to));
        s.slice.push_back({((1u << OHM_FIELD(w, SLICE_W)) - 1) << OHM_FIELD(w, SLICE_COUNT),
                           static_cast<unsigned>(steps)});
    }
    s.stream = stream_ = OHM_FIELD(desc, DESC_STREAM);
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
}

// A slice word that is read back while ohm_desc walks takes the port of the table for a cycle.
void Tile::hold_walk(unsigned addr, uint64_t cycle)
{
    const unsigned slices = static_cast<unsigned>(context_.config.nslice);
    if (!enabled_
        || (!within(addr, OHM_REG_SLICE, slices * OHM_REG_SLICE_STRIDE)
            && !within(addr, OHM_REG_SLICE_EXT, slices))
        || cycle < enabled_at_ + 2 || cycle + 2 >= setup_.run_from || core.working())
        return;
    setup_.run_from++;
    std::deque<Event> &judged = events_[OHM_EVENT_BAD_DESC - 1];
    if (!judged.empty() && judged.back().at + 1 == setup_.run_from)
        judged.back().at++;
    else
        core.setup(setup_);
}

} // namespace ohm
