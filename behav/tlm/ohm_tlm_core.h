// SPDX-License-Identifier: Apache-2.0
// When things happen in the compute core of a tile (rtl/core: ohm_rows, _ctrl, _ramp, _capture,
// _shift_add, _post, and the two banks of _out) and around it (ohm_window, ohm_pool). No SystemC:
// each time follows from earlier ones as soon as all that it waits for is known, so vectors are
// scheduled as they come and nothing runs from cycle to cycle. Cycles are of the tile's clock.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

extern "C" {
#include "ohm_config.h"
#include "ohm_golden_hooks.h"
}

namespace ohm {

class Core {
public:
    struct Slice {
        unsigned ticks; // N = 2^W - 1
        unsigned steps; // M = STOP - START + 2
    };
    struct Desc { // a descriptor
        unsigned rows = 0, cols1 = 0, outs1 = 0, stream = 0;
        bool psum = false, back = false; // back: transposed
        std::vector<Slice> slice;
    };
    struct Setup {
        Desc desc[OHM_DESC_MAX]; // links, walkers: the first
        unsigned banks, adc_steps;
        uint64_t run_from;
        bool walks = false, residual = false, argmax = false;
        unsigned fill = 0, fill_residual = 0; // cycles to assemble a window, a residual
        unsigned res_slots = 0;               // vectors in the residual's queue
        unsigned windows = 1;                 // that are pooled into one vector
        uint64_t walk_from = 0;               // the walker is ready
        unsigned stream = 0;                  // of the first walker
        bool calibrates = false;              // the tile makes its vectors
        bool link_in = false, link_out = false; // duration links
    };
    struct Done { // a vector whose outputs are in their bank
        uint32_t seq;
        uint64_t at;
        uint32_t routes = ~0u; // a mask, of a vector tile
        unsigned desc = 0;
    };
    struct Busy { // cycles, and the first and last of them
        uint64_t integrating = 0, ramping = 0, scanning = 0, vectors = 0;
        uint64_t first = ~uint64_t{0}, last = 0;
    };

    void setup(const Setup &s);
    void stop();
    // A vector is whole in cycle valid_at, from where it may be taken; with walkers the walker
    // makes it. lost: it never will be whole, and valid_at is when that is known.
    void vector(uint64_t valid_at, bool lost, const ohm_golden_vector &v);
    // The walker's next step; TAKE: the line is whole from valid_at on, or lost.
    void walk(ohm_golden_walk step, unsigned stream, uint64_t valid_at, bool lost);
    // Its partial sum can be read from ps_at on, or is lost; poison: of the partial sum.
    void finished(uint64_t ps_at, bool lost, bool poison);
    // The outputs of the vector that was done n-th have left in cycle `at`: their bank is free.
    void bank_free(uint64_t at);
    // Schedules what can be, in cycle `now`: nothing that is not known yet is valid before the next
    // one.
    void advance(uint64_t now);
    // Cycle in which more can be scheduled though nothing comes; UNKNOWN: none.
    uint64_t again_at() const { return again_at_; }
    // Whether anything was scheduled since this was last asked.
    bool moved();
    // The tile in the east, for duration links.
    void neighbour(Core *east) { east_ = east; }
    bool linked() const { return s_.link_in || s_.link_out; }
    // Whether it has anything to do.
    bool working() const { return !v_.empty() || taken_; }
    // ohm_slots: from when what is lost may be taken: it must be the oldest, a cycle shows it, one
    // marks it.
    static uint64_t lose(uint64_t known, uint64_t oldest)
    {
        return (known > oldest ? known : oldest) + 2;
    }

    std::deque<Done> done;               // for the sender, which takes them away
    struct LinePop {
        unsigned stream;
        uint64_t at;
    };
    // new ones: cycles in which slots are freed; the tile takes them away. Of a descriptor's
    // stream, or of lines of maps
    std::vector<LinePop> line_pops;
    std::vector<LinePop> ps_pops;            // of a descriptor's partial sums
    std::vector<LinePop> vec_pops;           // of vectors: a line that is taken, too
    std::vector<LinePop> line_takes;         // cycles in which they are taken
    Busy busy;

private:
    struct Vector {
        uint32_t seq = 0;
        unsigned desc = 0;
        bool poison = false, ps_poison = false, trimmed = false, lost = false, ps_lost = false;
        bool loaded = false, read = false, finished = false;
        uint64_t valid_at = 0, full_at = 0, final_at = 0, ps_at = 0;
        uint16_t steps[OHM_REG_SLICE_COUNT] = {}; // of each ramp, as many as it makes
    };
    struct Read { // a conversion
        uint64_t load = 0, end = 0, moved = 0; // ohm_ramp: load, ans_last; ohm_capture: move
        unsigned steps = 0;
        unsigned cols1 = 0; // columns scanned, less 1
    };

    struct LineStep { // a line of a walker's stream is taken, or freed
        bool take, lost;
        unsigned stream;
        uint64_t valid_at;
    };
    struct Step { // of the walkers, to be scheduled; LINES: those of a block row
        enum Kind { ROW, LINES, WINDOW } kind;
        explicit Step(Kind k) : kind(k) {}
        std::deque<LineStep> of[2]; // by walker
        bool settled = false;            // the row has all its lines
    };

    // Duration links (rtl/core/ohm_link.v). In which cycle `ready` is set for one more claim,
    // UNKNOWN: not yet known; a claim is seen; what it was for comes.
    static constexpr uint64_t UNKNOWN = ~uint64_t{0};
    uint64_t ready_from() const;
    void claim(uint64_t cycle, bool poison);
    struct Start { // of a vector from the link
        uint64_t at;
        bool poison;
    };

    bool step(uint64_t now);
    bool lines(Step &s, uint64_t now);
    void next_row();
    bool window();
    bool load(size_t i);
    bool read(size_t i);
    bool post(size_t i);
    uint64_t earliest(uint64_t from, unsigned ticks) const;

    Setup s_{};
    std::deque<Vector> v_;            // not posted yet, in order
    size_t walked_ = 0, read_ = 0, finished_ = 0; // of them
    uint64_t taken_ = 0, posted_ = 0; // vectors in all that took a bank, that were posted
    std::deque<uint64_t> free_at_; // cycle in which the bank of vector posted_ - size + k is freed
    std::deque<uint64_t> out_free_;   // cycles from which output banks may be filled
    uint64_t load_idle_ = 0, post_idle_ = 0;
    // from when the next vector, partial sum of a descriptor is the oldest
    uint64_t oldest_[OHM_DESC_MAX] = {}, ps_oldest_[OHM_DESC_MAX] = {};
    uint64_t line_oldest_[OHM_REG_STREAM_COUNT] = {}; // the same of lines
    std::deque<Step> steps_;
    uint64_t walk_at_ = 0;            // cycle of the walker's next state
    uint64_t again_at_ = UNKNOWN;
    std::deque<uint64_t> window_free_,
        residual_free_; // cycles from which windows, residuals may be put in their place
    unsigned pooled_ = 0;             // windows of the block that were posted
    bool pool_poison_ = false;        // one of them was poison
    uint64_t pool_idle_ = 0;          // cycle from which the block's last window may be posted
    uint64_t reset_from_ = 0;         // the state machine may start the next read
    Core *east_ = nullptr;
    std::deque<Start> starts_;        // of vectors not read yet
    uint64_t claims_ = 0, claimed_at_ = 0,
             passed_at_ = 0; // seen in all; the last one; when the last poison took its place
    uint64_t poisons_ = 0;            // that have not
    bool moved_ = false;
    Read reads_[4];                   // the last ones, newest first
};

} // namespace ohm
