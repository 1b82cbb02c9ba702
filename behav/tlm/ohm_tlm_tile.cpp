// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_tile.h"

#include <algorithm>
#include <cinttypes>

namespace ohm {

namespace {
constexpr uint64_t COMMIT = 2;       // ohm_ni_rx: last flit to commit
constexpr uint64_t BUS = 2;          // ohm_cfg_fifo: commit to the bus
constexpr uint64_t ANSWER = 2;       // bus to the answer of a read
constexpr uint64_t EVENT = 1;        // commit to the event's packet
constexpr uint64_t RUN = 4;          // ohm_desc: bus to run, besides the walk over columns
} // namespace

Tile::Tile(sc_core::sc_module_name name, unsigned n, Context &context)
    : sc_module(name), rx("rx"), tx("tx"), number(n), context_(context)
{
    rx.register_nb_transport_fw(this, &Tile::fw);
    rx.register_b_transport(this, &Tile::transport);
    tx.register_nb_transport_bw(this, &Tile::bw);
    SC_METHOD(take_arrivals);
    dont_initialize();
    sensitive << arrival_;
    SC_METHOD(inject);
    dont_initialize();
    sensitive << inject_;
}

// ---- receiving ----

tlm::tlm_sync_enum Tile::fw(tlm::tlm_generic_payload &p, tlm::tlm_phase &, sc_core::sc_time &delay)
{
    arrive(p, delay);
    return tlm::TLM_COMPLETED; // a tile takes every flit at once
}

// Loosely timed: the head is here after `delay`, the tail follows.
void Tile::transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay)
{
    arrive(p, delay + sc_core::sc_time::from_value(context_.clocks.noc.start(way(p).flits.size() - 1)));
    p.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Tile::arrive(tlm::tlm_generic_payload &p, sc_core::sc_time delay)
{
    const uint64_t noc = context_.clocks.noc.after((sc_core::sc_time_stamp() + delay).value());
    p.acquire();
    arrivals_.push_back({context_.clocks.to_tile(noc), &p});
    if (context_.loose) // nothing keeps packets from arriving at once
        std::stable_sort(arrivals_.begin(), arrivals_.end(), [](const Arrival &a, const Arrival &b) { return a.at < b.at; });
    arrival_.notify(Clock::until(context_.clocks.tile.start(arrivals_.front().at + COMMIT)));
}

void Tile::take_arrivals()
{
    const uint64_t now = context_.clocks.tile.now();
    while (!arrivals_.empty() && arrivals_.front().at + COMMIT <= now) {
        tlm::tlm_generic_payload *p = arrivals_.front().packet;
        arrivals_.pop_front();
        context_.note(way(*p), static_cast<int>(number), now - COMMIT);
        take(way(*p), now);
        p->release();
    }
    if (!arrivals_.empty())
        arrival_.notify(Clock::until(context_.clocks.tile.start(arrivals_.front().at + COMMIT)));
}

// The golden model knows no slots that are full; here a sender without credit is found.
void Tile::check_slot(const ohm_header &h, uint64_t cycle)
{
    const Pops &pops = pops_[h.type == OHM_TYPE_PSUM ? PSUM : h.chan];
    const uint16_t ahead = static_cast<uint16_t>(h.seq - pops.base - pops.before(cycle));
    if (ahead >= pops.slots) {
        char text[160];
        snprintf(text, sizeof text, "tile (%u,%u), cycle %" PRIu64 ": %s number %u has no slot: its sender had no credit",
                 number & 15, number >> 4, cycle, ohm_type_name(h.type), h.seq);
        context_.fail(text);
    }
}

// When lines of maps become whole.
void Tile::note_line(const ohm_header &h, uint64_t cycle)
{
    Line &l = lines_[h.chan][h.seq % 16];
    if (l.number != h.seq)
        l = {static_cast<uint16_t>(h.seq), 0, 0};
    l.words += h.len;
    if (!l.whole && (h.poison || l.words >= expect_[h.chan]))
        l.whole = cycle + 1;
}

void Tile::take(const Way &w, uint64_t cycle)
{
    const ohm_header &h = w.header;
    const bool config = h.type == OHM_TYPE_CFG_WR || h.type == OHM_TYPE_CFG_RD || h.type == OHM_TYPE_PROG
                     || h.type == OHM_TYPE_CREDIT;
    commit_ = cycle;
    taking_psum_ = h.type == OHM_TYPE_PSUM;
    if (config) {
        bus_at_ = std::max(cycle + BUS, bus_free_);
        bus_free_ = bus_at_ + std::max(h.len, 1u);
    } else if (enabled_ && (taking_psum_ || h.chan == stream_ || (walks_ && h.chan < OHM_REG_STREAM_COUNT))) {
        check_slot(h, cycle);
        if (walks_ && !taking_psum_)
            note_line(h, cycle);
    }
    // a packet that the tile drops makes an event; a fault of the model shows when the run ends
    ohm_golden_deliver(context_.golden, number, w.flits.data(), w.flits.size(), w.from < 0, nullptr);
    if (h.type == OHM_TYPE_CREDIT && h.chan < limits_.size()) {
        Limit &l = limits_[h.chan];
        if (l.from <= bus_at_)
            l.now = l.next;
        if (static_cast<int16_t>(static_cast<uint16_t>(h.offset - l.next)) > 0) {
            l.next = static_cast<uint16_t>(h.offset);
            l.from = bus_at_ + 1;
        }
    }
    if (h.type == OHM_TYPE_CFG_WR && h.offset <= OHM_REG_CTRL && h.offset + h.len > OHM_REG_CTRL) {
        const bool on = OHM_FIELD(reg(OHM_REG_CTRL), CTRL_ENABLE) != 0;
        if (on && !enabled_)
            enable(bus_at_ + OHM_REG_CTRL - h.offset);
        enabled_ = on;
    }
    work();
}

// Schedules what can be; so do the tiles that duration links join with this one.
void Tile::work()
{
    core.advance();
    collect();
    Tile *first = this;
    while (first->west && first->core.linked())
        first = first->west;
    for (bool more = core.linked(); more;) {
        more = false;
        for (Tile *t = first; t; t = t->east) {
            t->core.advance();
            t->collect();
            more = t->core.moved() || more;
        }
    }
}

// Cycles that the bytes of a window take: words where everything lies in whole words.
static unsigned fill_cycles(uint32_t pixel, uint32_t kernel, unsigned most)
{
    const unsigned count = OHM_FIELD(pixel, WINDOW_PIXEL_COUNT1) + 1;
    const unsigned bytes = std::min(count * (OHM_FIELD(kernel, WINDOW_KERNEL_H1) + 1) * (OHM_FIELD(kernel, WINDOW_KERNEL_W1) + 1), most);
    const bool words = OHM_FIELD(pixel, WINDOW_PIXEL_FIRST) % 4 == 0 && OHM_FIELD(pixel, WINDOW_PIXEL_PITCH) % 4 == 0 && count % 4 == 0;
    return words ? (bytes + 3) / 4 : bytes;
}

// Walkers, pooling and lines that leave (docs/explain/convolution.md), of a tile that is enabled by the write of `cycle`.
void Tile::set_walk(Core::Setup &s, uint64_t cycle)
{
    const ohm_config &c = context_.config;
    const uint32_t desc = reg(OHM_REG_DESC), pool = reg(OHM_REG_POOL), line = reg(OHM_REG_OUT_LINE);
    uint64_t words = 2;
    while (4 * words < static_cast<unsigned>(c.rows))
        words *= 2;
    walks_ = s.walks = OHM_FIELD(reg(OHM_REG_WINDOW), WINDOW_ON);
    s.argmax = OHM_FIELD(pool, POOL_ARGMAX);
    s.first_row = std::max(cycle + 1 + std::max<uint64_t>(65, 2 * words), s.run_from) + 1;
    s.fill = fill_cycles(reg(OHM_REG_WINDOW_PIXEL), reg(OHM_REG_WINDOW_KERNEL), s.rows);
    s.fill_residual = fill_cycles(reg(OHM_REG_WINDOW_PIXEL + OHM_REG_WINDOW_STRIDE), reg(OHM_REG_WINDOW_KERNEL + OHM_REG_WINDOW_STRIDE),
                                  s.outs1 + 1);
    s.residual = walks_ && OHM_FIELD(reg(OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE), WINDOW_ON);
    s.res_slots = c.acc_banks > 4 ? 16 : 8;
    s.windows = walks_ && OHM_FIELD(desc, DESC_MODE) == 1 ? (OHM_FIELD(pool, POOL_H1) + 1) * (OHM_FIELD(pool, POOL_W1) + 1) : 1;
    line0_ = reg(OHM_REG_OUT_LINE0);
    line_vecs_ = OHM_FIELD(line, OUT_LINE_VECS1) + 1;
    left_ = 0;
}

// Reads the descriptor and everything about slots, routes and credits that holds from here on.
void Tile::enable(uint64_t cycle)
{
    const ohm_config &c = context_.config;
    const uint32_t desc = reg(OHM_REG_DESC), size = reg(OHM_REG_DESC_SIZE);
    Core::Setup s;
    s.link_in = OHM_FIELD(desc, DESC_LINK_IN) && west;
    s.link_out = OHM_FIELD(desc, DESC_LINK_OUT) && east;
    if (context_.adc_steps != 1 && (s.link_in || s.link_out))
        context_.fail("tile (" + std::to_string(number % 16) + "," + std::to_string(number / 16) + "): adc_steps " + std::to_string(context_.adc_steps)
                      + " with duration links, expected 1");
    if (OHM_FIELD(desc, DESC_CALIB))
        context_.fail("tile (" + std::to_string(number % 16) + "," + std::to_string(number / 16)
                      + "): DESC.CALIB: 1, expected 0: calibration has no SystemC model, run it on the RTL, the cycle model or the golden model");
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
        const int steps = c.adc == OHM_ADC_RAMP ? std::max(to - from, 0) + 2
                        : c.adc == OHM_ADC_CCO ? 1 : c.mux * c.adc_cycles;
        s.slice.push_back({((1u << OHM_FIELD(w, SLICE_W)) - 1) << OHM_FIELD(w, SLICE_COUNT), static_cast<unsigned>(steps)});
    }
    set_walk(s, cycle);
    core.setup(s);

    stream_ = OHM_FIELD(desc, DESC_STREAM);
    for (unsigned i = 0; i <= PSUM; i++) {
        pops_[i] = Pops();
        pops_[i].base = reg(OHM_REG_SEQ_BASE);
    }
    for (unsigned i = 0; i < OHM_REG_STREAM_COUNT; i++) {
        const uint32_t vec = reg(OHM_REG_STREAM_VEC + i * OHM_REG_STREAM_VEC_STRIDE);
        pops_[i].slots = std::min(1u << OHM_FIELD(vec, STREAM_VEC_LOG2_SLOTS), static_cast<unsigned>(c.nslot));
        expect_[i] = OHM_FIELD(vec, STREAM_VEC_EXPECT);
        std::fill(std::begin(lines_[i]), std::end(lines_[i]), Line());
    }
    pops_[PSUM].slots = static_cast<unsigned>(c.psum_slots);
    const unsigned residual = OHM_FIELD(reg(OHM_REG_WINDOW + OHM_REG_WINDOW_STRIDE), WINDOW_STREAM);
    if (s.walks)
        pops_[stream_].base = reg(OHM_REG_WINDOW_LINE0);
    if (s.residual)
        pops_[residual].base = reg(OHM_REG_WINDOW_LINE0 + OHM_REG_WINDOW_STRIDE);
    returns_.clear();
    for (int i = 0; i < c.nreturn; i++) {
        const uint32_t r = reg(OHM_REG_RETURN + static_cast<unsigned>(i));
        const unsigned slots = OHM_FIELD(r, RETURN_PSUM) ? PSUM : OHM_FIELD(r, RETURN_STREAM);
        if (OHM_FIELD(r, RETURN_VALID) && (slots == PSUM || slots == stream_ || (s.residual && slots == residual)))
            returns_.push_back({slots, OHM_FIELD(r, RETURN_HOST) != 0, OHM_FIELD(r, RETURN_X), OHM_FIELD(r, RETURN_Y),
                                OHM_FIELD(r, RETURN_CHAN), 0});
    }
    routes_.clear();
    for (int i = 0; i < c.nroute; i++) {
        const uint32_t r = reg(OHM_REG_ROUTE + static_cast<unsigned>(i) * OHM_REG_ROUTE_STRIDE);
        const uint32_t part = reg(OHM_REG_ROUTE_PART + static_cast<unsigned>(i) * OHM_REG_ROUTE_PART_STRIDE);
        if (OHM_FIELD(r, H0_TYPE))
            routes_.push_back({OHM_FIELD(r, H0_MC) + 1, OHM_FIELD(part, ROUTE_PART_CREDIT), walks_ && OHM_FIELD(r, H0_TYPE) != OHM_TYPE_PSUM});
    }
    limits_.assign(static_cast<size_t>(c.ncredit), Limit());
    for (size_t i = 0; i < limits_.size(); i++)
        limits_[i].now = limits_[i].next = static_cast<uint16_t>(reg(OHM_REG_CREDIT + static_cast<unsigned>(i)));
    out_.clear();
    asking_ = data_ready_ = false;
    out_idle_ = 0;
}

// ---- what the golden model did with a packet ----

void Tile::on_vector(const ohm_golden_vector &v)
{
    core.vector(commit_ + 1, v);
}

void Tile::on_finished(uint32_t, bool poison)
{
    core.finished(taking_psum_ ? commit_ + 1 : 0, poison);
}

void Tile::on_walk(ohm_golden_walk step, unsigned stream, uint32_t number)
{
    uint64_t valid_at = commit_ + 1; // a lost one: what came now proves it
    if (step == OHM_WALK_TAKE) {
        Line &l = lines_[stream][number % 16];
        if (l.number == static_cast<uint16_t>(number) && l.whole)
            valid_at = l.whole;
        l = Line();
    }
    core.walk(step, stream, valid_at);
}

void Tile::on_packet(const uint32_t *flits, size_t n)
{
    const ohm_header h = ohm_header_decode(flits);
    if (h.type == OHM_TYPE_CREDIT) // timed here, see due()
        return;
    if (h.type == OHM_TYPE_CFG_DATA)
        answers_.push_back({bus_at_ + ANSWER, {flits, flits + n}});
    else if (h.type == OHM_TYPE_EVENT)
        events_.push_back({commit_ + EVENT, {flits, flits + n}});
    else
        out_.push_back({flits, flits + n});
}

// ---- sending ----

uint64_t Tile::Pops::before(uint64_t cycle) const
{
    uint64_t n = first;
    for (uint64_t t : at) {
        if (t >= cycle)
            break;
        n++;
    }
    return n;
}

// Cycle in which an entry of the RETURN table becomes due.
uint64_t Tile::due(const Return &r) const
{
    const Pops &p = pops_[r.slots];
    return r.served < p.first + p.at.size() ? p.at[r.served - p.first] + 1 : UNKNOWN;
}

// Takes what the core has scheduled, and plans the next packet.
void Tile::collect()
{
    std::deque<uint64_t> &vec = pops_[stream_].at, &ps = pops_[PSUM].at;
    vec.insert(vec.end(), core.vec_pops.begin(), core.vec_pops.end());
    ps.insert(ps.end(), core.ps_pops.begin(), core.ps_pops.end());
    for (const Core::LinePop &l : core.line_pops)
        pops_[l.stream].at.push_back(l.at);
    core.vec_pops.clear();
    core.ps_pops.clear();
    core.line_pops.clear();
    for (unsigned i = 0; i <= PSUM; i++) { // forget what every entry has told of, and what nobody asks for
        Pops &p = pops_[i];
        if (p.at.size() <= p.slots)
            continue;
        uint64_t least = p.first + p.at.size() - p.slots;
        for (const Return &r : returns_)
            if (r.slots == i)
                least = std::min(least, r.served);
        for (; p.first < least; p.first++)
            p.at.pop_front();
    }
    ask();
    choose(context_.clocks.tile.now());
}

// ohm_out: every consumer of a route must have given a credit, one is asked a cycle.
void Tile::ask()
{
    while (!data_ready_ && !leaving_data_) {
        if (!asking_) {
            if (core.done.empty())
                return;
            ask_at_ = std::max(core.done.front().at + 1, out_idle_) + 1;
            if (routes_.empty()) { // nobody wants it
                core.bank_free(ask_at_ - 1);
                core.done.pop_front();
                left_++;
                core.advance();
                continue;
            }
            asking_ = true;
            route_ = member_ = 0;
        }
        const Route &r = routes_[route_];
        const uint16_t seq = static_cast<uint16_t>(r.in_lines ? line0_ + left_ / line_vecs_ : core.done.front().seq);
        for (; member_ < r.members; member_++, ask_at_++) {
            const size_t i = r.credit + member_;
            if (i >= limits_.size())
                return;
            const Limit &l = limits_[i];
            if (static_cast<int16_t>(static_cast<uint16_t>(l.now - seq)) > 0 && ask_at_ < l.from)
                continue;
            if (static_cast<int16_t>(static_cast<uint16_t>(l.next - seq)) <= 0)
                return;
            ask_at_ = std::max(ask_at_, l.from);
        }
        data_ready_ = true;
        data_at_ = ask_at_;
    }
}

// Notifies inject() for the next cycle in which something may leave.
void Tile::choose(uint64_t cycle)
{
    if (leaving_)
        return;
    uint64_t next = UNKNOWN;
    if (!answers_.empty())
        next = std::min(next, answers_.front().at);
    for (const Return &r : returns_)
        next = std::min(next, due(r));
    if (!events_.empty())
        next = std::min(next, events_.front().at);
    if (data_ready_)
        next = std::min(next, data_at_);
    if (next != UNKNOWN)
        inject_.notify(Clock::until(context_.clocks.tile.start(std::max({next, link_free_, cycle}))));
}

// ohm_inject: answers, credits, events, data.
void Tile::inject()
{
    const uint64_t cycle = context_.clocks.tile.now();
    if (leaving_ || cycle < link_free_) {
        choose(cycle);
        return;
    }
    if (!answers_.empty() && answers_.front().at <= cycle) {
        const std::vector<uint32_t> flits = answers_.front().flits;
        answers_.pop_front();
        start(flits.data(), flits.size(), cycle);
        return;
    }
    for (Return &r : returns_) {
        if (due(r) > cycle)
            continue;
        Pops &p = pops_[r.slots];
        r.served = p.before(cycle);
        ohm_header h{};
        h.type = OHM_TYPE_CREDIT;
        h.host = r.host;
        h.x = r.host ? number & 15 : r.x;
        h.y = r.host ? number >> 4 : r.y;
        h.chan = r.chan;
        h.offset = (p.base + r.served + p.slots) & 0xffff;
        uint32_t flits[2];
        ohm_header_encode(&h, flits);
        if (context_.activity && h.host)
            context_.activity->words_out += 3;
        else if (context_.activity)
            context_.activity->tile[16 * h.y + h.x].config_words++;
        start(flits, 2, cycle);
        return;
    }
    if (!events_.empty() && events_.front().at <= cycle) {
        const std::vector<uint32_t> flits = events_.front().flits;
        events_.pop_front();
        start(flits.data(), flits.size(), cycle);
        return;
    }
    if (data_ready_ && data_at_ <= cycle && !out_.empty()) {
        const std::vector<uint32_t> flits = std::move(out_.front());
        out_.pop_front();
        data_ready_ = false;
        leaving_data_ = true;
        start(flits.data(), flits.size(), cycle);
        return;
    }
    choose(cycle);
}

// The first flit is on the link one cycle after the choice.
void Tile::start(const uint32_t *flits, size_t n, uint64_t cycle)
{
    const Clocks &clocks = context_.clocks;
    tlm::tlm_generic_payload *p = context_.pool.make(flits, n, static_cast<int>(number));
    Way &w = way(*p);
    w.sent = left_from_ = cycle + 1;
    sc_core::sc_time delay = Clock::until(clocks.noc.start(clocks.to_noc(cycle + 1)));
    if (context_.loose) {
        tx->b_transport(*p, delay);
        p->release();
        gone(cycle + n);
        return;
    }
    leaving_ = p;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    if (tx->nb_transport_fw(*p, phase, delay) == tlm::TLM_COMPLETED)
        gone(clocks.to_tile(w.link[0].tail));
}

tlm::tlm_sync_enum Tile::bw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &)
{
    if (phase != tlm::BEGIN_RESP)
        return tlm::TLM_ACCEPTED;
    gone(context_.clocks.to_tile(way(p).link[0].tail));
    return tlm::TLM_COMPLETED;
}

// The tail of what leaves moves in cycle `tail`.
void Tile::gone(uint64_t tail)
{
    if (leaving_)
        leaving_->release();
    leaving_ = nullptr;
    link_free_ = tail + 1;
    sending += tail + 1 - left_from_;
    if (leaving_data_) {
        leaving_data_ = false;
        member_ = 0;
        ask_at_ = tail + 1;
        if (++route_ == routes_.size()) {
            asking_ = false;
            out_idle_ = tail + 1;
            core.bank_free(tail);
            core.done.pop_front();
            left_++;
        }
    }
    work();
}

} // namespace ohm
