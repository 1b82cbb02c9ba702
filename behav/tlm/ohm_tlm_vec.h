// SPDX-License-Identifier: Apache-2.0
// When a vector unit does what the golden model says that it does (rtl/vector): a run is taken up
// when it is due and its streams are whole; within it everything has its cycle, and only the waits
// for a bank of the output stage move what follows. No SystemC: each time follows from earlier ones
// as soon as all that it waits for is known. Cycles are of the tile's clock.
#pragma once

#include "ohm_tlm_unit.h"

namespace ohm
{

class VectorUnit : public Unit
{
  public:
    using Unit::Unit;
    void setup(uint64_t on, unsigned bank) override;
    void stop() override;
    void written(unsigned first, const uint32_t *words, unsigned n, uint64_t at) override;
    void run(const ohm_golden_run &r, const std::vector<Whole> &whole, uint32_t detail) override;
    void bank_free(uint64_t at) override { free_.push_back(at + 1); }
    void advance() override;
    uint64_t expires() const override;
    unsigned add(unsigned route) const override;
    bool stops_run(uint32_t detail) const override { return detail >> 31; }
    int by_write(uint32_t detail) const override;

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
