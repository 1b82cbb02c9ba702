// SPDX-License-Identifier: Apache-2.0
// What stands in a tile in place of the crossbar's core: a class a kind, in files of its own, which
// Unit::make chooses (ohm_tlm_unit.cpp). Slots, credits, output stage and injection are the tile's.
// Cycles are of the tile's clock.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

extern "C" {
#include "ohm_config.h"
#include "ohm_golden_hooks.h"
}
#include "ohm_tlm_core.h"

namespace ohm
{

class Unit
{
  public:
    static constexpr uint64_t UNKNOWN = ~uint64_t{0};
    using Registers = std::function<uint32_t(unsigned addr)>; // what the golden model's read as
    struct Pop {
        unsigned stream;
        uint64_t at;
    };
    struct Stop { // event BAD_DESC shows in this cycle
        uint64_t at;
        uint32_t detail;
    };
    struct Whole { // a vector that the run sees: from when, or from when it is known to be lost
        unsigned stream;
        uint64_t from;
        bool lost;
    };

    // Null: the tile has the crossbar's core.
    static std::unique_ptr<Unit> make(ohm_kind kind, Registers reg);

    explicit Unit(Registers r) : reg(std::move(r)) {}
    virtual ~Unit() = default;
    // Enabled; may run from cycle `on` on. bank: words of an output bank.
    virtual void setup(uint64_t on, unsigned bank) = 0;
    virtual void stop() = 0;
    // Words for the registers from `first` on, while enabled; the first is on the bus in cycle
    // `at`.
    virtual void written(unsigned first, const uint32_t *words, unsigned n, uint64_t at) = 0;
    // The golden model has done the next run. detail: of its event, if it has one.
    virtual void run(const ohm_golden_run &r, const std::vector<Whole> &whole, uint32_t detail) = 0;
    // Outputs have left in this cycle: their bank is free.
    virtual void bank_free(uint64_t at) = 0;
    virtual void advance() = 0;
    // Cycle in which a run that is due, but not whole, counts as lost; UNKNOWN: in none.
    virtual uint64_t expires() const = 0;
    // What is added to a vector's number on this route.
    virtual unsigned add(unsigned route) const = 0;
    // Of event BAD_DESC with this detail: whether a run has stopped with it; else the register by
    // whose write it comes, or -1.
    virtual bool stops_run(uint32_t detail) const = 0;
    virtual int by_write(uint32_t detail) const = 0;

    std::deque<Core::Done> done; // for the sender, which takes them away
    std::vector<Pop> pops;       // new ones; the tile takes them away
    std::vector<Stop> stops;

  protected:
    Registers reg;
};

} // namespace ohm
