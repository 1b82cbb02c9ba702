// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_vec.h"

#include <algorithm>

extern "C" {
#include "ohm_packet.h"
}

namespace ohm
{

namespace
{
constexpr uint64_t LOSE = 2; // ohm_slots: from what proves a loss to the poison
constexpr unsigned BANKS = 2;
} // namespace

// With VINIT.ON programs wait for VSTART.
void VectorUnit::setup(uint64_t on, unsigned bank)
{
    *this = VectorUnit(reg);
    on_ = true;
    turn_ = OHM_FIELD(reg(OHM_REG_VINIT), VINIT_ON) ? UNKNOWN : on;
    up_ = UNKNOWN;
    wait_ = reg(OHM_REG_VWAIT);
    cols_ = bank;
    std::fill(std::begin(oldest_), std::end(oldest_), on);
    start_from_ = on;
}

void VectorUnit::stop()
{
    *this = VectorUnit(reg);
}

void VectorUnit::written(unsigned first, const uint32_t *words, unsigned n, uint64_t at)
{
    const unsigned start = OHM_REG_VSTART - first;
    if (start >= n || !(words[start] & 1))
        return;
    at += start + 1;
    if (on_ && turn_ == UNKNOWN && runs_.empty() && !begun_)
        turn_ = std::max(start_from_, at);
    begun_ = true;
}

void VectorUnit::run(const ohm_golden_run &r, const std::vector<Whole> &whole, uint32_t detail)
{
    const uint32_t lanes = OHM_FIELD(reg(OHM_REG_VSEQ), VSEQ_LANES);
    runs_.push_back({r.turn->n, r.turn->n - lanes, r.done->cycles, detail, r.expired != 0, whole,
                     std::vector<ohm_vec_moment>(r.moments, r.moments + r.count)});
    advance();
}

unsigned VectorUnit::add(unsigned route) const
{
    return reg(OHM_REG_VADD) >> 4 * route & 15;
}

int VectorUnit::by_write(uint32_t detail) const
{
    return (detail & 255) == OHM_PROGRAM_WRITE ? static_cast<int>(detail >> 12 & 0xffff) : -1;
}

uint64_t VectorUnit::expires() const
{
    return wait_ && runs_.empty() && turn_ != UNKNOWN ? turn_ + wait_ : UNKNOWN;
}

// The next bank: it is free from `at` on at the latest then. False: that is not known yet.
bool VectorUnit::bank(uint64_t &at)
{
    if (filled_ >= BANKS) {
        if (free_.empty())
            return false;
        at = std::max(at, free_.front());
        free_.pop_front();
    }
    filled_++;
    return true;
}

// The next moment of the run that was taken up. False: it waits for a bank.
bool VectorUnit::next()
{
    const Run &r = runs_.front();
    const ohm_vec_moment &m = r.moments[moment_];
    const uint64_t at = up_ + m.cycle + waited_;
    uint64_t free = at + word_;
    switch (m.what) {
    case OHM_VEC_FREES:
        for (unsigned s = 0, k = 0; s < OHM_VEC_STREAMS; s++)
            if (m.mask >> s & 1) {
                pops.push_back({s, at + k});
                oldest_[s] = at + k++ + 1;
            }
        break;
    case OHM_VEC_STOPS: stops.push_back({at, r.detail}); break;
    case OHM_VEC_POISONS:
        if (!bank(free))
            return false;
        waited_ += free - at;
        // the first of an expired run is for the number before in its lane
        done.push_back({r.expired && m.cycle == 1 ? r.again : r.n, free, m.mask});
        break;
    case OHM_VEC_SENDS:
        for (; word_ < m.words; word_ += cols_) {
            const uint64_t first = up_ + m.cycle + waited_ + word_;
            free = first;
            if (!bank(free))
                return false;
            waited_ += free - first;
            const uint32_t words = std::min(cols_, m.words - word_);
            done.push_back({r.n, free + words - 1, m.mask});
        }
        word_ = 0;
        break;
    }
    moment_++;
    return true;
}

void VectorUnit::advance()
{
    while (!runs_.empty()) {
        const Run &r = runs_.front();
        if (up_ == UNKNOWN) {
            if (turn_ == UNKNOWN)
                return;
            up_ = r.expired ? turn_ + wait_ : turn_;
            for (const Whole &w : r.whole)
                if (!r.expired)
                    up_ = std::max(up_, w.lost ? std::max(w.from, oldest_[w.stream]) + LOSE
                                               : w.from);
            turn_ = UNKNOWN;
            waited_ = 0;
            moment_ = 0;
        }
        while (moment_ < r.moments.size())
            if (!next())
                return;
        turn_ = up_ + r.cycles + waited_;
        up_ = UNKNOWN;
        runs_.pop_front();
    }
}

} // namespace ohm
