// SPDX-License-Identifier: Apache-2.0
// When a vector unit does what the golden model says that it does (rtl/vector): a run is taken up
// when it is due and its streams are whole; within it everything has its cycle, and only the waits
// for a bank of the output stage move what follows. No SystemC: each time follows from earlier ones
// as soon as all that it waits for is known. Cycles are of the tile's clock.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

extern "C" {
#include "ohm_golden_hooks.h"
}
#include "ohm_tlm_core.h"

namespace ohm
{

class VectorUnit
{
  public:
    static constexpr uint64_t UNKNOWN = ~uint64_t{0};
    struct Pop {
        unsigned stream;
        uint64_t at;
    };
    struct Stop { // event PROGRAM shows in this cycle
        uint64_t at;
        uint32_t detail;
    };
    struct Whole { // a vector that the run sees: from when, or from when it is known to be lost
        unsigned stream;
        uint64_t from;
        bool lost;
    };

    // Enabled; programs may run from cycle `on` on, with `waits` (VINIT.ON) after started() only.
    void setup(uint64_t on, bool waits, uint32_t wait, unsigned bank);
    void stop();
    void started(uint64_t at);
    // The golden model has done the next run. detail: of its event PROGRAM, if it has one; lanes:
    // VSEQ.LANES.
    void run(const ohm_golden_run &r, const std::vector<Whole> &whole, uint32_t detail,
             uint32_t lanes);
    // Outputs have left in this cycle: their bank is free.
    void bank_free(uint64_t at) { free_.push_back(at + 1); }
    void advance();
    // Cycle in which a run that is due, but not whole, counts as lost; UNKNOWN: in none.
    uint64_t expires() const;

    std::deque<Core::Done> done; // for the sender, which takes them away
    std::vector<Pop> pops;       // new ones; the tile takes them away
    std::vector<Stop> stops;

  private:
    struct Run {
        uint32_t n, again, cycles, detail; // again: the number that poison is sent for again
        bool expired;
        std::vector<Whole> whole;
        std::vector<ohm_vec_moment> moments;
    };

    bool next();
    bool bank(uint64_t &at);

    bool on_ = false, begun_ = false;
    uint64_t start_from_ = 0; // programs may run
    uint64_t turn_ = UNKNOWN; // the cycle from which the next run is due
    uint64_t up_ = UNKNOWN;   // the cycle in which runs_.front() was taken up
    uint64_t waited_ = 0;     // cycles of it so far, for banks
    size_t moment_ = 0;       // of it, next
    uint32_t word_ = 0;       // of a send, next packet's first
    uint32_t wait_ = 0, cols_ = 0;
    uint64_t filled_ = 0;             // banks in all
    std::deque<uint64_t> free_;       // cycles from which they are free again, in their order
    uint64_t oldest_[OHM_VEC_STREAMS] = {};
    std::deque<Run> runs_;
};

} // namespace ohm
