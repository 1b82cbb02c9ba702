// SPDX-License-Identifier: Apache-2.0
// When the programming engine of a tile does what the golden model says that it does
// (rtl/program). A read or a pulse is done in the golden model in the cycle in which the RTL begins
// it, so a chip that is stopped in the middle of a row has given the pulses that the RTL has given;
// how long each takes is ohm_program_cycles.h. No SystemC. Cycles are of the tile's clock.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "ohm_tlm_core.h"

extern "C" {
#include "ohm_golden_hooks.h"
#include "ohm_program_cycles.h"
}

namespace ohm
{

class Engine
{
  public:
    struct Setup {
        unsigned cols, adc_steps;
        bool plus, minus, codes, erases;
        bool empty[2]; // a phase has no iterations
        uint64_t from; // the first vector may be taken
    };
    struct Model { // of the tile, in the golden model
        std::function<ohm_golden_engine_kind()> next;
        std::function<void()> step;
    };
    static constexpr uint64_t UNKNOWN = ~uint64_t{0};

    explicit Engine(Model model) : model_(std::move(model)) {}
    void setup(const Setup &s);
    // The tile is disabled; what has begun by `cycle` goes on.
    void stop(uint64_t cycle);
    // The cycle from which it can be enabled again.
    uint64_t held() const { return held_; }
    bool on() const { return on_; }

    // The golden model has taken a vector, which is whole from valid_at on, or known to be lost;
    // has done a read or a pulse.
    void row(const ohm_golden_engine &e, uint64_t valid_at, bool lost);
    void did(const ohm_golden_engine &e) { did_ = e; }
    // The outputs of a vector have left in cycle `at`: their bank is free.
    void bank_free(uint64_t at) { free_.push_back(at + 1); }
    // Does all that begins up to cycle `now`.
    void advance(uint64_t now);
    // Cycle in which more begins though nothing comes; UNKNOWN: none.
    uint64_t again_at() const { return on_ && stage_ == Stage::WORK ? at_ : UNKNOWN; }

    std::deque<Core::Done> done; // for the sender, which takes them away
    std::vector<uint64_t> pops;  // new ones: cycles in which slots are freed

  private:
    enum class Stage { WAIT, WORK, ROOM }; // for a vector; at a read or a pulse; for a bank
    struct Row {
        uint32_t seq;
        uint64_t valid_at;
        bool lost, poison;
    };

    bool begin();
    void work();
    bool report();
    void close(uint64_t at);
    void device();
    void phase(unsigned first);

    Model model_;
    Setup s_{};
    bool on_ = false;
    Stage stage_ = Stage::WAIT;
    uint64_t at_ = 0;     // cycle in which the state begins that comes next
    uint64_t oldest_ = 0; // from when the next vector is the oldest
    uint64_t held_ = 0;
    uint64_t pulse_from_ = 0, pulse_end_ = 0; // of the last pulse
    uint64_t moved_ = 0;  // the last read's columns have moved on to the scan
    bool room_ = false;   // the row's report has its bank
    std::deque<Row> rows_;
    std::deque<uint64_t> free_; // cycles from which banks are free
    ohm_golden_engine did_{};
};

} // namespace ohm
