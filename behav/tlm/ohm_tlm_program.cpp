// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_program.h"

#include <algorithm>

namespace ohm
{

void Engine::setup(const Setup &s)
{
    const uint64_t held = held_;
    *this = Engine(model_);
    held_ = held;
    s_ = s;
    on_ = true;
    at_ = oldest_ = s.from;
    free_ = {0, 0};
}

void Engine::stop(uint64_t cycle)
{
    const uint64_t held = cycle < pulse_end_ && pulse_from_ <= cycle ? pulse_end_ : 0;
    *this = Engine(model_);
    held_ = held;
}

void Engine::row(const ohm_golden_engine &e, uint64_t valid_at, bool lost)
{
    rows_.push_back({e.seq, valid_at, lost, e.poison != 0});
}

void Engine::advance(uint64_t now)
{
    for (bool more = on_; more;) {
        switch (stage_) {
        case Stage::WAIT: more = begin(); break;
        case Stage::ROOM: more = report(); break;
        case Stage::WORK:
            more = at_ <= now && model_.next() != OHM_ENGINE_NOTHING;
            if (more)
                work();
        }
    }
}

// The next vector is taken; of one that is poison the report waits for a bank at once.
bool Engine::begin()
{
    if (rows_.empty())
        return false;
    const Row &r = rows_.front();
    const uint64_t valid = r.lost ? Core::lose(r.valid_at, oldest_) : r.valid_at;
    if (r.poison) {
        if (free_.empty())
            return false;
        close(std::max({at_, valid}) + 1);
        return true;
    }
    at_ = std::max(at_, valid) + 1;
    device();
    return true;
}

// A read or a pulse begins, and ends.
void Engine::work()
{
    const uint64_t from = at_;
    model_.step();
    if (did_.kind == OHM_ENGINE_PULSE) {
        at_ = pulse_end_ = from + ohm_program_cycles_pulse(did_.width);
        pulse_from_ = from;
    } else {
        const unsigned steps = (did_.steps + s_.adc_steps - 1) / s_.adc_steps;
        const bool last = did_.way != OHM_ENGINE_AGAIN;
        moved_ = std::max(from + ohm_program_cycles_read(did_.ticks, steps), moved_ + s_.cols);
        at_ = moved_ + ohm_program_cycles_scan(s_.cols, last);
        if (last && !did_.final)
            at_ += ohm_program_cycles_decide(did_.way == OHM_ENGINE_ROUND);
    }
    if (did_.way == OHM_ENGINE_PHASE)
        phase(did_.kind == OHM_ENGINE_PULSE ? 0 : did_.phase + 1);
    if (did_.way == OHM_ENGINE_DEVICE || did_.way == OHM_ENGINE_END)
        stage_ = Stage::ROOM;
}

// A device's part of the report, once it has a bank, and what follows.
bool Engine::report()
{
    if (!room_) {
        if (free_.empty())
            return false;
        at_ = std::max(at_, free_.front());
        room_ = true;
    }
    at_ += ohm_program_cycles_report(s_.cols, s_.codes);
    if (did_.way == OHM_ENGINE_DEVICE) {
        device();
        return true;
    }
    if (s_.codes || !s_.plus || !s_.minus)
        at_ += ohm_program_cycles_dump(s_.cols, s_.codes);
    close(at_);
    return true;
}

// The report is handed over, and the vector's slot freed.
void Engine::close(uint64_t at)
{
    at = std::max(at, free_.front());
    free_.pop_front();
    room_ = false;
    pops.push_back(at);
    done.push_back({rows_.front().seq, at});
    rows_.pop_front();
    oldest_ = at + 1;
    at_ = at + ohm_program_cycles_close();
    stage_ = Stage::WAIT;
}

// A device begins, with an erase pulse or the first phase.
void Engine::device()
{
    stage_ = Stage::WORK;
    at_ += ohm_program_cycles_device(s_.cols, s_.erases);
    if (model_.next() != OHM_ENGINE_PULSE)
        phase(0);
}

// The first phase from this one on that has iterations, or the final read.
void Engine::phase(unsigned first)
{
    unsigned passed = 0;
    while (first + passed < 2 && s_.empty[first + passed])
        passed++;
    at_ += ohm_program_cycles_phase(passed);
}

} // namespace ohm
