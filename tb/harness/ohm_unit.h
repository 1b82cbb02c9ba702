// SPDX-License-Identifier: Apache-2.0
// A module of the chip as a Verilated model of its own, compiled once for all its places
// (units.py).
//
// A unit's outputs must not depend on its inputs of the same cycle (docs/reference/borders.md asks
// that of links), so one step a clock edge is enough: the inputs as they were before it, the
// outputs as they are after it.
//
// A unit sleeps when a cycle with unchanged inputs has left every byte of its state as it was and
// called no C: then so will all cycles to come, until an input changes.
#ifndef OHM_UNIT_H
#define OHM_UNIT_H

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "ohm_dpi.h"
#include "svdpi.h"
#include "verilated.h"

// The units of the chip that is being built belong to this list; it lives as long as the chip.
struct UnitList {
    VerilatedContext *context;
    std::vector<std::function<void()>> ends;
};
extern UnitList *ohm_units;

// Where a model remembers what its clock was, under the names that Verilator's versions give it.
// With 0 there, the next evaluation sees a rising edge, and the clock's falling one, at which
// nothing happens, needs no evaluation. Says whether it knew the place.
template <class Root>
auto ohm_fall(Root &root, int, int) -> decltype(root.__Vtrigrprev__TOP__clk, true)
{
    root.__Vtrigrprev__TOP__clk = 0;
    return true;
}
template <class Root>
auto ohm_fall(Root &root, int, long) -> decltype(root.__Vtrigprevexpr___TOP__clk__0, true)
{
    root.__Vtrigprevexpr___TOP__clk__0 = 0;
    return true;
}
template <class Root> bool ohm_fall(Root &, long, long) { return false; }

template <class Ports> class Unit {
public:
    explicit Unit(const char *place) : model_(ohm_units->context, place) { Ports::in(model_, in_); }

    enum {
        OUTPUTS = 1,
        ASLEEP = 2
    }; // what step says: they have changed; no step needed until an input changes
    int step(const uint32_t *in)
    {
        const bool same = !std::memcmp(in, in_, sizeof in_);
        if (same && asleep_)
            return ASLEEP;
        asleep_ = false;
        if (!same) {
            std::memcpy(in_, in, sizeof in_);
            Ports::in(model_, in_);
            quiet_ = 0;
        }
        const bool sees = same && ++quiet_ % PATIENCE == 0; // whether the state moves
        const size_t size = looks_ ? sizeof(State) : GLANCE;
        if (sees)
            std::memcpy(before_.data(), state(), size);
        const uint64_t calls = ohm_dpi_calls();
        model_.clk = 1;
        model_.eval();
        model_.clk = 0;
        if (!ohm_fall(*model_.rootp, 0, 0))
            model_.eval();
        if (sees) {
            const bool still =
                calls == ohm_dpi_calls() && !std::memcmp(before_.data(), state(), size);
            asleep_ = still && looks_;
            looks_ = still;
        }
        uint32_t out[Ports::OUT];
        Ports::out(model_, out);
        const int sleep = asleep_ ? ASLEEP : 0;
        if (!std::memcmp(out, out_, sizeof out))
            return sleep;
        std::memcpy(out_, out, sizeof out);
        return OUTPUTS | sleep;
    }

    void outputs(uint32_t *out) const { std::memcpy(out, out_, sizeof out_); }
    void final() { model_.final(); }

private:
    using State = typename Ports::State;
    static constexpr unsigned PATIENCE = 4; // quiet cycles between looks at the state
    static constexpr size_t GLANCE =
        sizeof(State) < 1024 ? sizeof(State) : 1024; // before the whole state is worth a look

    const void *state() { return Ports::state(model_); }

    typename Ports::Model model_;
    std::vector<uint8_t> before_ = std::vector<uint8_t>(sizeof(State));
    uint32_t in_[Ports::IN] = {}, out_[Ports::OUT] = {};
    unsigned quiet_ = 0;
    bool looks_ = false, asleep_ = false;
};

template <class Ports> void *ohm_unit_new(const char *place)
{
    auto *unit = new Unit<Ports>(place);
    ohm_units->ends.push_back([unit] {
        unit->final();
        delete unit;
    });
    return unit;
}

#endif
