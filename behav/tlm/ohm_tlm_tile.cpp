// SPDX-License-Identifier: Apache-2.0
// What comes into a tile: packets, their slots, events about those that are dropped.
#include "ohm_tlm_tile.h"

#include <algorithm>

namespace ohm
{

namespace
{
constexpr uint64_t COMMIT = 2; // ohm_ni_rx: last flit to commit
constexpr uint64_t BUS = 2;    // ohm_cfg_fifo: commit to the bus
constexpr uint64_t ANSWER = 2; // bus to the answer of a read
constexpr uint64_t EVENT = 1;  // what an event tells of to its packet
} // namespace

Tile::Tile(sc_core::sc_module_name name, unsigned n, Context &context)
    : sc_module(name), rx("rx"), tx("tx"), number(n),
      engine({[this] { return ohm_golden_engine_next(context_.golden, number); },
              [this] { ohm_golden_engine_step(context_.golden, number); }}),
      context_(context)
{
    unit = Unit::make(
        ohm_config_kind(&context.config, static_cast<int>(n & 15), static_cast<int>(n >> 4)),
        [this](unsigned addr) { return reg(addr); });
    rx.register_nb_transport_fw(this, &Tile::fw);
    rx.register_b_transport(this, &Tile::transport);
    tx.register_nb_transport_bw(this, &Tile::bw);
    SC_METHOD(take_arrivals);
    dont_initialize();
    sensitive << arrival_;
    SC_METHOD(inject);
    dont_initialize();
    sensitive << inject_;
    SC_METHOD(work);
    dont_initialize();
    sensitive << again_;
}

tlm::tlm_sync_enum Tile::fw(tlm::tlm_generic_payload &p, tlm::tlm_phase &, sc_core::sc_time &delay)
{
    arrive(p, delay);
    return tlm::TLM_COMPLETED; // a tile takes every flit at once
}

// Loosely timed: the head is here after `delay`, the tail follows.
void Tile::transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay)
{
    const uint64_t rest = way(p).flits.size() - 1;
    arrive(p, delay + sc_core::sc_time::from_value(context_.clocks.noc.start(rest)));
    p.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Tile::arrive(tlm::tlm_generic_payload &p, sc_core::sc_time delay)
{
    const uint64_t noc = context_.clocks.noc.at((sc_core::sc_time_stamp() + delay).value());
    p.acquire();
    arrivals_.push_back({context_.clocks.to_tile(noc), &p, false});
    if (context_.loose) // nothing keeps packets from arriving at once
        std::stable_sort(arrivals_.begin(), arrivals_.end(),
                         [](const Arrival &a, const Arrival &b) { return a.at < b.at; });
    arrival_.notify(Clock::until(context_.clocks.tile.start(arrivals_.front().at + EVENT)));
}

// A packet of wrong type or length makes its event when its last flit has come.
void Tile::judge(const Way &w, uint64_t at)
{
    const int code = ohm_golden_refuses(context_.golden, number, w.flits.data(), 0);
    if (code == OHM_EVENT_BAD_TYPE || code == OHM_EVENT_BAD_LENGTH)
        raise(static_cast<unsigned>(code), w.flits[0], at + EVENT);
}

void Tile::take_arrivals()
{
    const uint64_t now = context_.clocks.tile.now();
    for (Arrival &a : arrivals_) {
        if (a.judged || a.at + EVENT > now)
            continue;
        judge(way(*a.packet), a.at);
        a.judged = true;
        choose(now);
    }
    while (!arrivals_.empty() && arrivals_.front().at + COMMIT <= now) {
        tlm::tlm_generic_payload *p = arrivals_.front().packet;
        arrivals_.pop_front();
        context_.note(way(*p), static_cast<int>(number), now - COMMIT);
        take(way(*p), now);
        p->release();
    }
    if (arrivals_.empty())
        return;
    const Arrival &next = arrivals_.front();
    const uint64_t at = next.at + (next.judged ? COMMIT : EVENT);
    arrival_.notify(Clock::until(context_.clocks.tile.start(at)));
}

// ---- slots ----

// Whether there is a place for the number in this cycle.
bool Tile::has_slot(unsigned slots, uint16_t seq, uint64_t cycle) const
{
    const Pops &p = pops_[slots];
    return static_cast<uint16_t>(seq - p.base - p.before(cycle)) < p.slots;
}

// When vectors and lines become whole.
void Tile::note_line(unsigned slots, const ohm_header &h, uint64_t cycle)
{
    Line &l = lines_[slots][h.seq % SLOTS];
    if (l.number != h.seq || !l.words)
        l = {static_cast<uint16_t>(h.seq), 0, false, 0};
    l.words += std::max(h.len, 1u);
    l.poison = l.poison || h.poison;
    if (!l.whole && (h.poison || l.words >= expect_[slots]))
        l.whole = cycle + 1;
}

// From when it is known that a number never will be whole: a newer one is, and packets come in
// order.
bool Tile::proof(unsigned slots, uint16_t seq, uint64_t &from) const
{
    from = UNKNOWN;
    for (unsigned k = 1; k < SLOTS; k++) {
        const uint16_t newer = static_cast<uint16_t>(seq + k);
        const Line &n = lines_[slots][newer % SLOTS];
        if (n.words && n.number == newer && n.whole && !n.poison)
            from = std::min(from, n.whole);
    }
    return from != UNKNOWN;
}

// Cycle from which a number may be taken, as far as it depends on what came: it is whole, or
// (false) it is lost from then on.
bool Tile::whole_from(unsigned slots, uint16_t seq, uint64_t &from) const
{
    const Line &l = lines_[slots][seq % SLOTS];
    from = l.whole;
    if (l.words && l.number == seq && l.whole)
        return true;
    if (!proof(slots, seq, from))
        from = commit_ + 1; // poison fills the other slots
    return false;
}

void Tile::taken(unsigned slots, uint64_t cycle)
{
    oldest_[slots] = {oldest_[slots].number + 1, cycle + 1, false};
    find_lost(slots);
}

// Tells once that the oldest number is lost; the event comes two cycles after that can be seen.
void Tile::find_lost(unsigned slots)
{
    Oldest &o = oldest_[slots];
    const Line &l = lines_[slots][o.number % SLOTS];
    uint64_t from;
    if (o.lost || (l.words && l.number == static_cast<uint16_t>(o.number) && l.whole)
        || !proof(slots, static_cast<uint16_t>(o.number), from))
        return;
    o.lost = true;
    raise(OHM_EVENT_LOST, o.number, std::max(from, o.since) + 2 + EVENT);
}

// A vector's packet that fits the registers: into its slot, unless that is not there, or the rest
// of what is poison already. False: it was dropped.
bool Tile::take_vector(const Way &w, int refused)
{
    const ohm_header &h = w.header;
    const unsigned slots = h.type == OHM_TYPE_PSUM ? PSUM + h.chan : h.chan;
    const uint16_t seq = static_cast<uint16_t>(h.seq);
    const Line &l = lines_[slots][seq % SLOTS];
    const bool complete = l.words && l.number == seq && l.whole && !l.poison;
    if (!has_slot(slots, seq, commit_) || (refused && complete)) {
        raise(OHM_EVENT_NO_SLOT, w.flits[1], commit_ + EVENT);
        return false;
    }
    if (refused)
        return false;
    note_line(slots, h, commit_);
    find_lost(slots);
    return true;
}

// ---- packets ----

void Tile::take(const Way &w, uint64_t cycle)
{
    const ohm_header &h = w.header;
    const bool vector = h.type == OHM_TYPE_ACT || h.type == OHM_TYPE_PSUM;
    expire(cycle);
    const int refused = ohm_golden_refuses(context_.golden, number, w.flits.data(), 0);
    commit_ = cycle;
    if (refused && refused != OHM_EVENT_NO_SLOT) {
        if (refused != OHM_EVENT_BAD_TYPE && refused != OHM_EVENT_BAD_LENGTH)
            raise(static_cast<unsigned>(refused), w.flits[refused != OHM_EVENT_DISABLED],
                  cycle + EVENT);
        work();
        return;
    }
    if (h.type == OHM_TYPE_CFG_RD && (!answers_.empty() || answered_at_ == cycle)) {
        raise(OHM_EVENT_READ_BUSY, w.flits[1], cycle + EVENT);
        return;
    }
    if (vector && !take_vector(w, refused)) {
        work();
        return;
    }
    if (!vector) {
        bus_at_ = std::max(cycle + BUS, bus_free_);
        bus_free_ = bus_at_ + std::max(h.len, 1u);
        bus_offset_ = h.offset;
    }
    const bool control = h.type == OHM_TYPE_CFG_WR && h.offset <= OHM_REG_CTRL
                         && h.offset + h.len > OHM_REG_CTRL;
    if (control && !enabled_)
        begin_at_ = bus_at_ + OHM_REG_CTRL - h.offset;
    if (unit && enabled_ && h.type == OHM_TYPE_CFG_WR)
        unit->written(h.offset, w.flits.data() + 2, h.len, bus_at_);
    if (h.type == OHM_TYPE_CFG_RD && !unit)
        hold_walk(h.offset, bus_at_);
    if (control && engine.on()) // what begins before the tile is disabled
        engine.advance(bus_at_ + OHM_REG_CTRL - h.offset + 1);
    // a fault of the model shows when the run ends
    ohm_golden_deliver(context_.golden, number, w.flits.data(), w.flits.size(), 0, nullptr);
    if (h.type == OHM_TYPE_CREDIT && h.chan < limits_.size()) {
        Limit &l = limits_[h.chan];
        if (l.from <= bus_at_)
            l.now = l.next;
        if (static_cast<int16_t>(static_cast<uint16_t>(h.offset - l.next)) > 0) {
            l.next = static_cast<uint16_t>(h.offset);
            l.from = bus_at_ + 1;
        }
    }
    if (control) {
        const bool on = OHM_FIELD(reg(OHM_REG_CTRL), CTRL_ENABLE) != 0;
        if (on)
            begin();
        else if (enabled_)
            disable(bus_at_ + OHM_REG_CTRL - h.offset);
        begin_at_ = UNKNOWN;
        enabled_ = on;
    }
    work();
}

// Schedules what can be; so do the tiles that duration links join with this one.
void Tile::work()
{
    const uint64_t now = context_.clocks.tile.now();
    expire(now);
    if (unit && unit->expires() != UNKNOWN)
        again_.notify(Clock::until(context_.clocks.tile.start(unit->expires())));
    core.advance(now);
    if (core.again_at() != UNKNOWN)
        again_.notify(Clock::until(context_.clocks.tile.start(core.again_at())));
    engine.advance(now);
    if (engine.again_at() != UNKNOWN)
        again_.notify(Clock::until(context_.clocks.tile.start(engine.again_at())));
    collect();
    Tile *first = this;
    while (first->west && first->core.linked())
        first = first->west;
    for (bool more = core.linked(); more;) {
        more = false;
        for (Tile *t = first; t; t = t->east) {
            t->core.advance(context_.clocks.tile.now());
            t->collect();
            more = t->core.moved() || more;
        }
    }
}

// ---- what the golden model did with a packet ----

// Whether the tile tells by itself that this number is lost.
bool Tile::proved_lost(uint32_t seq) const
{
    uint64_t from;
    for (unsigned i = 0; i < KINDS; i++) {
        const Line &l = lines_[i][seq % SLOTS];
        if (static_cast<int32_t>(seq - oldest_[i].number) >= 0
            && proof(i, static_cast<uint16_t>(seq), from)
            && !(l.words && l.number == static_cast<uint16_t>(seq) && l.whole))
            return true;
    }
    return false;
}

void Tile::on_vector(const ohm_golden_vector &v)
{
    begin();
    uint64_t from = 0; // made in the tile: when it is, the core knows
    bool lost = false;
    if (!walks_ && !setup_.link_in && !setup_.calibrates)
        lost = !whole_from(setup_.desc[v.desc].stream, static_cast<uint16_t>(v.seq), from);
    descs_.push_back(v.desc);
    core.vector(from, lost, v);
}

void Tile::on_finished(uint32_t seq, bool poison)
{
    uint64_t from = 0;
    const unsigned desc = descs_.front();
    descs_.pop_front();
    const bool lost = setup_.desc[desc].psum
                      && !whole_from(PSUM + desc, static_cast<uint16_t>(seq), from);
    core.finished(from, lost, poison);
}

void Tile::on_walk(ohm_golden_walk step, unsigned stream, uint32_t line)
{
    begin();
    uint64_t from = 0;
    const bool lost = step == OHM_WALK_TAKE
                      && !whole_from(stream, static_cast<uint16_t>(line), from);
    core.walk(step, stream, from, lost);
}

// A vector of targets that the engine takes is known as any other.
void Tile::on_engine(const ohm_golden_engine &e)
{
    begin();
    if (e.kind != OHM_ENGINE_ROW) {
        engine.did(e);
        return;
    }
    uint64_t from = 0;
    const bool lost = !whole_from(engine_stream_, static_cast<uint16_t>(e.seq), from);
    engine.row(e, from, lost);
}

// What the run waits for is known: its vectors came, or are lost.
void Tile::on_ran(const ohm_golden_run &r)
{
    std::vector<Unit::Whole> whole;
    begin();
    for (unsigned s = 0; s < PSUM; s++) {
        uint64_t from = 0;
        if (!(r.turn->streams >> s & 1))
            continue;
        const bool lost = !r.expired && !whole_from(s, static_cast<uint16_t>(r.turn->n), from);
        whole.push_back({s, from, lost});
    }
    unit->run(r, whole, stopped_);
}

// The run that is due has waited too long, before what comes in this cycle.
void Tile::expire(uint64_t cycle)
{
    while (unit && unit->expires() <= cycle) {
        expires_at_ = unit->expires();
        const uint64_t before = expires_at_;
        ohm_golden_expire(context_.golden, number);
        expires_at_ = UNKNOWN;
        if (unit->expires() == before) // it was no such run
            return;
    }
}

void Tile::on_packet(const uint32_t *flits, size_t n)
{
    const ohm_header h = ohm_header_decode(flits);
    begin();
    if (h.type == OHM_TYPE_CREDIT) // timed here, see due()
        return;
    if (h.type == OHM_TYPE_CFG_DATA) {
        answers_.push_back({bus_at_ + ANSWER, {flits, flits + n}});
        if (h.offset >= OHM_REG_CNT_EVENT && h.offset < OHM_REG_CNT_EVENT + OHM_REG_CNT_EVENT_COUNT)
            answers_.back().flits[2] = count(h.offset - OHM_REG_CNT_EVENT + 1, bus_at_);
    } else if (h.type == OHM_TYPE_EVENT) {
        const int by = unit && h.offset == OHM_EVENT_BAD_DESC ? unit->by_write(flits[2]) : -1;
        if (unit && h.offset == OHM_EVENT_LOST && expires_at_ != UNKNOWN)
            raise(OHM_EVENT_LOST, flits[2], expires_at_ + EVENT);
        else if (unit && h.offset == OHM_EVENT_BAD_DESC && unit->stops_run(flits[2]))
            stopped_ = flits[2];
        else if (by >= 0)
            raise(OHM_EVENT_BAD_DESC, flits[2],
                  bus_at_ + (static_cast<unsigned>(by) - bus_offset_) + 1 + EVENT);
        else if (h.offset == OHM_EVENT_BAD_DESC) // judged when the walk over its columns is over
            raise(OHM_EVENT_BAD_DESC, flits[2], setup_.run_from);
        else if (h.offset == OHM_EVENT_LOST
                 && !proved_lost(flits[2])) // poison fills the other slots
            raise(OHM_EVENT_LOST, flits[2], commit_ + 1 + 2 + EVENT);
    } else {
        out_.push_back({flits, flits + n});
    }
}

} // namespace ohm
