// SPDX-License-Identifier: Apache-2.0
// The two clocks: one of tiles and bridge, one of the routers. Both tick at time 0. Events of a
// cycle happen at its start, arbitration in its middle, when all that asks in this cycle is known.
#pragma once

#include <cstdint>

#include <systemc>

namespace ohm {

class Clock {
public:
    // period of this clock in picoseconds, even
    explicit Clock(uint64_t period) : period_(period) {}

    uint64_t now() const { return sc_core::sc_time_stamp().value() / period_; }
    // The cycle of a time; the first one that starts at or after it.
    uint64_t at(uint64_t ps) const { return ps / period_; }
    uint64_t after(uint64_t ps) const { return (ps + period_ - 1) / period_; }
    uint64_t start(uint64_t cycle) const { return cycle * period_; }
    uint64_t middle(uint64_t cycle) const { return cycle * period_ + period_ / 2; }

    // From now on to a time in picoseconds that is not over.
    static sc_core::sc_time until(uint64_t ps)
    {
        return sc_core::sc_time::from_value(ps - sc_core::sc_time_stamp().value());
    }

private:
    uint64_t period_;
};

struct Clocks {
    Clock tile, noc;
    bool same; // otherwise a flit that changes clocks waits one cycle more, in a synchroniser

    uint64_t to_noc(uint64_t tile_cycle) const
    {
        return same ? tile_cycle : noc.after(tile.start(tile_cycle)) + 1;
    }
    uint64_t to_tile(uint64_t noc_cycle) const
    {
        return same ? noc_cycle : tile.after(noc.start(noc_cycle)) + 1;
    }
};

} // namespace ohm
