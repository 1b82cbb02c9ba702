// SPDX-License-Identifier: Apache-2.0
// What leaves a tile: outputs as credits allow, answers, credits, events.
#include "ohm_tlm_tile.h"

#include <algorithm>

namespace ohm
{

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
    if (r.served >= p.first + p.at.size())
        return UNKNOWN;
    const uint64_t at = p.at[r.served - p.first] + 1;
    return at < quiet_ ? at : UNKNOWN;
}

void Tile::bank_free(uint64_t at)
{
    if (unit)
        unit->bank_free(at);
    else if (engine.on())
        engine.bank_free(at);
    else
        core.bank_free(at);
}

// Takes what the unit has scheduled.
void Tile::collect_unit()
{
    unit->advance();
    for (const Unit::Pop &p : unit->pops) {
        pops_[p.stream].at.push_back(p.at);
        taken(p.stream, p.at);
    }
    for (const Unit::Stop &s : unit->stops)
        raise(OHM_EVENT_BAD_DESC, s.detail, s.at + 1);
    unit->pops.clear();
    unit->stops.clear();
}

// Takes what the core has scheduled, and plans the next packet.
void Tile::collect()
{
    if (unit)
        collect_unit();
    for (const Core::LinePop &l : core.vec_pops)
        pops_[l.stream].at.push_back(l.at);
    for (const Core::LinePop &l : core.ps_pops)
        pops_[PSUM + l.stream].at.push_back(l.at);
    for (uint64_t at : engine.pops) {
        pops_[engine_stream_].at.push_back(at);
        taken(engine_stream_, at);
    }
    engine.pops.clear();
    for (const Core::LinePop &l : core.line_pops)
        pops_[l.stream].at.push_back(l.at);
    for (const Core::LinePop &l : core.vec_pops)
        taken(l.stream, l.at);
    for (const Core::LinePop &l : core.ps_pops)
        taken(PSUM + l.stream, l.at);
    for (const Core::LinePop &l : core.line_takes)
        taken(l.stream, l.at);
    core.line_takes.clear();
    core.vec_pops.clear();
    core.ps_pops.clear();
    core.line_pops.clear();
    for (unsigned i = 0; i < KINDS;
         i++) { // forget what every entry has told of, and what nobody asks for
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
            if (done().empty())
                return;
            ask_at_ = std::max(done().front().at + 1, out_idle_) + 1;
            order_.clear();
            for (size_t i = 0; i < routes_.size(); i++)
                if (done().front().routes >> routes_[i].index & 1
                    && routes_[i].descs >> done().front().desc & 1)
                    order_.push_back(i);
            if (order_.empty()) { // nobody wants it
                bank_free(ask_at_ - 1);
                done().pop_front();
                left_++;
                if (unit)
                    collect_unit();
                core.advance(context_.clocks.tile.now());
                engine.advance(context_.clocks.tile.now());
                continue;
            }
            asking_ = true;
            route_ = member_ = 0;
        }
        const Route &r = routes_[order_[route_]];
        const uint16_t seq = static_cast<uint16_t>(r.in_lines ? line0_ + left_ / line_vecs_
                                                              : done().front().seq + r.add);
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

// Notifies inject() for the next cycle in which something may leave, in its middle: what comes in
// this cycle is known then.
void Tile::choose(uint64_t cycle)
{
    if (leaving_)
        return;
    uint64_t next = UNKNOWN;
    if (!answers_.empty())
        next = std::min(next, answers_.front().at);
    const bool on = std::max(link_free_, cycle) < quiet_;
    for (const Return &r : returns_)
        next = std::min(next, on ? due(r) : UNKNOWN);
    for (const std::deque<Event> &e : events_)
        if (!e.empty())
            next = std::min(next, e.front().at);
    if (data_ready_ && on && data_at_ < quiet_)
        next = std::min(next, data_at_);
    if (next == UNKNOWN)
        return;
    const uint64_t at = context_.clocks.tile.middle(std::max({next, link_free_, cycle}));
    inject_.notify(Clock::until(std::max<uint64_t>(at, sc_core::sc_time_stamp().value())));
}

// ohm_inject: answers, credits, events, data.
void Tile::inject()
{
    const uint64_t cycle = context_.clocks.tile.now();
    if (leaving_ || cycle < link_free_) {
        choose(cycle);
        return;
    }
    if (send_answer(cycle) || send_credit(cycle) || send_event(cycle))
        return;
    if (data_ready_ && data_at_ <= cycle && cycle < quiet_ && !out_.empty()) {
        const std::vector<uint32_t> flits = std::move(out_.front());
        out_.pop_front();
        data_ready_ = false;
        leaving_data_ = true;
        start(flits.data(), flits.size(), cycle);
        return;
    }
    choose(cycle);
}

bool Tile::send_answer(uint64_t cycle)
{
    if (answers_.empty() || answers_.front().at > cycle)
        return false;
    const std::vector<uint32_t> flits = answers_.front().flits;
    answers_.pop_front();
    answered_at_ = cycle;
    start(flits.data(), flits.size(), cycle);
    return true;
}

bool Tile::send_credit(uint64_t cycle)
{
    for (Return &r : returns_) {
        if (due(r) > cycle || cycle >= quiet_)
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
        return true;
    }
    return false;
}

// One packet for all events of a source that were not told: their number in all, the last one's
// word.
bool Tile::send_event(uint64_t cycle)
{
    for (unsigned i = 0; i < OHM_REG_CNT_EVENT_COUNT; i++) {
        std::deque<Event> &e = events_[i];
        if (e.empty() || e.front().at > cycle)
            continue;
        uint32_t detail = 0;
        for (; !e.empty() && e.front().at <= cycle; e.pop_front(), told_[i]++)
            detail = e.front().detail;
        ohm_header h{};
        h.type = OHM_TYPE_EVENT;
        h.host = 1;
        h.x = number & 15;
        h.y = number >> 4;
        h.len = 1;
        h.seq = told_[i] & 0xffff;
        h.offset = i + 1;
        uint32_t flits[3];
        ohm_header_encode(&h, flits);
        flits[2] = detail;
        start(flits, 3, cycle);
        return true;
    }
    return false;
}

void Tile::raise(unsigned code, uint32_t detail, uint64_t at)
{
    std::deque<Event> &e = events_[code - 1];
    auto after = e.end();
    while (after != e.begin() && std::prev(after)->at > at)
        --after;
    e.insert(after, {at, detail});
}

// Events of a code before a cycle.
uint32_t Tile::count(unsigned code, uint64_t cycle) const
{
    uint32_t n = told_[code - 1];
    for (const Event &e : events_[code - 1])
        n += e.at <= cycle;
    return n;
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
    tx->nb_transport_fw(*p, phase, delay);
}

tlm::tlm_sync_enum Tile::bw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &)
{
    if (phase != tlm::BEGIN_RESP)
        return tlm::TLM_ACCEPTED;
    gone(context_.clocks.to_tile(way(p).tail()));
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
        if (++route_ == order_.size()) {
            asking_ = false;
            out_idle_ = tail + 1;
            bank_free(tail);
            done().pop_front();
            left_++;
        }
    }
    work();
}

} // namespace ohm
