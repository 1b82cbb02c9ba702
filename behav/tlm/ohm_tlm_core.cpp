// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_core.h"

#include <algorithm>

namespace ohm {

void Core::setup(const Setup &s)
{
    const Busy kept = busy;
    Core *const east = east_;
    *this = Core();
    busy = kept;
    east_ = east;
    s_ = s;
    load_idle_ = post_idle_ = reset_from_ = s.run_from;
    out_free_ = {0, 0};
    window_free_ = {0, 0};
    residual_free_.assign(s.res_slots, 0);
    walk_at_ = std::max(s.walk_from, s.run_from) + 1;
    if (s.walks)
        next_row();
}

void Core::next_row()
{
    steps_.emplace_back(Step::ROW);
    steps_.emplace_back(Step::LINES);
}

void Core::stop()
{
    const Setup off{};
    setup(off);
}

void Core::vector(uint64_t valid_at, bool lost, const ohm_golden_vector &v)
{
    Vector n;
    n.seq = v.seq;
    n.desc = v.desc;
    n.poison = v.poison;
    n.trimmed = v.trimmed;
    n.valid_at = valid_at;
    n.lost = lost;
    for (unsigned k = 0; k < v.nslice; k++)
        n.steps[k] = static_cast<uint16_t>(v.steps[k]);
    v_.push_back(n);
    if (s_.walks)
        steps_.emplace_back(Step::WINDOW);
}

void Core::walk(ohm_golden_walk step, unsigned stream, uint64_t valid_at, bool lost)
{
    Step &last = steps_.back(); // the row's lines, but after its windows
    const unsigned walker = stream != s_.stream;
    switch (step) {
    case OHM_WALK_TAKE: last.of[walker].push_back({true, lost, stream, valid_at}); break;
    case OHM_WALK_FREE: last.of[walker].push_back({false, false, stream, 0}); break;
    case OHM_WALK_WINDOWS: last.settled = true; break;
    case OHM_WALK_ROW: next_row(); break;
    case OHM_WALK_IMAGE: last.settled = true; next_row();
    }
}

void Core::finished(uint64_t ps_at, bool lost, bool poison)
{
    Vector &v = v_[finished_++];
    v.finished = true;
    v.ps_at = ps_at;
    v.ps_lost = lost;
    v.ps_poison = poison && !v.poison;
}

void Core::bank_free(uint64_t at)
{
    out_free_.push_back(at + 1);
}

void Core::advance(uint64_t now)
{
    again_at_ = UNKNOWN;
    for (bool more = true; more;) {
        more = false;
        while (!steps_.empty() && step(now))
            more = true;
        while (read_ < v_.size() && load(read_) && read(read_))
            more = true;
        while (post(0))
            more = true;
        moved_ = moved_ || more;
    }
}

bool Core::moved()
{
    const bool was = moved_;
    moved_ = false;
    return was;
}

// The pace after the last claim, a bank, no poison that still waits, and in a chain the next tile.
uint64_t Core::ready_from() const
{
    if (!s_.link_in || poisons_)
        return UNKNOWN;
    const Slice &s = s_.desc[0].slice[0];
    const uint64_t pace = std::max({s.ticks + 3, s.steps + 1, s_.desc[0].cols1 + 3});
    uint64_t at = std::max(s_.run_from + 1, passed_at_ + 1);
    if (claims_)
        at = std::max(at, claimed_at_ + pace - 2);
    if (claims_ >= s_.banks) {
        const uint64_t of = claims_ - s_.banks; // the vector whose bank it will be
        if (of >= posted_)
            return UNKNOWN;
        at = std::max(at, free_at_[of - (posted_ - free_at_.size())] + 1);
    }
    if (!s_.link_out)
        return at;
    const uint64_t next = east_ ? east_->ready_from() : UNKNOWN;
    return next == UNKNOWN ? UNKNOWN : std::max(at, next + 1);
}

void Core::claim(uint64_t cycle, bool poison)
{
    claims_++;
    poisons_ += poison;
    claimed_at_ = cycle;
    if (s_.link_out)
        east_->claim(cycle + 1, poison);
}

// ohm_window: a cycle each to take or free a line, and one to see that the row has its lines.
bool Core::step(uint64_t now)
{
    Step &s = steps_.front();
    if (s.kind == Step::LINES ? !lines(s, now) : s.kind == Step::WINDOW && !window())
        return false;
    walk_at_ += s.kind != Step::WINDOW;
    steps_.pop_front();
    return true;
}

// The first that is possible, a cycle each: free a line of walker 0, of walker 1, take one of
// walker 0, of walker 1. False: the row does not have its lines yet.
bool Core::lines(Step &s, uint64_t now)
{
    for (;;) {
        const bool free = (!s.of[0].empty() && !s.of[0].front().take)
                          || (!s.of[1].empty() && !s.of[1].front().take);
        if (free) {
            const unsigned walker = s.of[0].empty() || s.of[0].front().take;
            line_pops.push_back({s.of[walker].front().stream, walk_at_++});
            s.of[walker].pop_front();
            continue;
        }
        uint64_t at[2] = {UNKNOWN, UNKNOWN};
        for (unsigned i = 0; i < 2; i++) {
            if (s.of[i].empty())
                continue;
            const LineStep &l = s.of[i].front();
            at[i] =
                std::max(walk_at_, l.lost ? lose(l.valid_at, line_oldest_[l.stream]) : l.valid_at);
        }
        if (at[0] == UNKNOWN && at[1] == UNKNOWN)
            return s.settled;
        const unsigned walker = at[1] < at[0];
        if (walker == 1 && at[0] == UNKNOWN && !s.settled
            && at[1] > now) { // one of walker 0 may come first
            again_at_ = at[1];
            return false;
        }
        const LineStep l = s.of[walker].front();
        s.of[walker].pop_front();
        line_takes.push_back({l.stream, at[walker]});
        walk_at_ = line_oldest_[l.stream] = at[walker] + 1;
    }
}

// ST_WAIT for a free buffer and room for the residual, ST_FILL, ST_TURN and ST_FILL for the
// residual, ST_STEP.
bool Core::window()
{
    if (window_free_.empty() || (s_.residual && residual_free_.empty()))
        return false;
    Vector &v = v_[walked_++];
    uint64_t wait = std::max(walk_at_, window_free_.front());
    window_free_.pop_front();
    if (s_.residual) {
        wait = std::max(wait, residual_free_.front());
        residual_free_.pop_front();
    }
    v.valid_at = walk_at_ =
        wait + 2 + (v.poison ? 0 : s_.fill + (s_.residual ? 1 + s_.fill_residual : 0));
    return true;
}

// ohm_rows: a word a cycle, of a transposed read a line and one cycle more; the vector's slot is
// freed after the last one.
bool Core::load(size_t i)
{
    Vector &v = v_[i];
    if (v.loaded)
        return true;
    if (s_.link_in) {
        v.loaded = true;
        return true;
    }
    if (s_.walks && i >= walked_)
        return false;
    const Desc &d = s_.desc[v.desc];
    const unsigned words = v.poison ? 0 : d.back ? d.rows + 1 : (d.rows - 1) / 4 + 1;
    const uint64_t valid_at = v.lost ? lose(v.valid_at, oldest_[v.desc]) : v.valid_at;
    const uint64_t pop = std::max(valid_at, load_idle_) + words + 1;
    oldest_[v.desc] = pop + 1;
    if (s_.walks)
        window_free_.push_back(pop + 1);
    else if (!s_.calibrates)
        vec_pops.push_back({d.stream, pop});
    v.full_at = pop + 1;
    v.loaded = true;
    return true;
}

// First cycle from `from` on in which ohm_ctrl's `go` may be 1, for a read of `ticks` ticks.
uint64_t Core::earliest(uint64_t from, unsigned ticks) const
{
    const Read &r = reads_[0];
    const uint64_t ticks2 = ticks + 2;
    if (!r.load)
        return from;
    // hold capacitor: r's steps left, steps + 1 + load - c, may be ticks2 at most, unless early
    // stop has ended it
    const uint64_t held = r.load + r.steps + 1;
    uint64_t c = std::max(from, std::min(held > ticks2 ? held - ticks2 : 0, r.end));
    for (;; c++) {
        bool full = false, ending = false;
        uint64_t scan_left = 0, older = 0; // older: COLS1 of what is in the capture
        for (const Read &q : reads_) {
            const bool here = q.load && q.end <= c && c <= std::max(q.moved, q.end);
            full = full || (q.load && q.end + 1 <= c && c <= q.moved);
            ending = ending || (q.load && q.end == c);
            older = here ? q.cols1 : older;
            if (q.load && q.moved < c && c <= q.moved + 1 + q.cols1)
                scan_left = q.moved + 1 + q.cols1 - c;
        }
        const bool ramp = c <= r.end;
        const uint64_t bound = scan_left + (ramp && (full || ending) ? older : 0);
        if (!(ramp || full) || bound <= ticks2)
            return c;
    }
}

// ohm_ctrl, ohm_ramp, ohm_capture: all reads of a vector, once it has a bank.
bool Core::read(size_t i)
{
    Vector &v = v_[i];
    uint64_t from = v.full_at, ready = 0; // ready: of the tile in the east
    if (s_.link_in && starts_.empty())
        return false;
    if (s_.link_out && !s_.link_in) {
        ready = east_ ? east_->ready_from() : UNKNOWN;
        if (ready == UNKNOWN)
            return false;
        ready++;
    }
    if (taken_ >= s_.banks) {
        const uint64_t of = taken_ - s_.banks; // the vector whose bank this is
        if (of >= posted_)
            return false;
        from = std::max(from, free_at_[of - (posted_ - free_at_.size())] + 1);
    }
    taken_++;
    read_++;
    v.read = true;
    if (s_.link_in) {
        from = starts_.front().at;
        starts_.pop_front();
    }
    if (v.poison) { // takes its place in the order, nothing else
        if (s_.link_out) { // after all pulses before it
            from = std::max({from, ready, reads_[0].load ? reads_[0].end + 1 : 0});
            if (!s_.link_in)
                east_->claim(from + 1, true);
            east_->starts_.push_back({from + 2, true});
        }
        if (s_.link_in) {
            passed_at_ = from;
            poisons_--;
        }
        load_idle_ = from + 1;
        v.final_at = from + 1;
        return true;
    }
    from = std::max({from, reset_from_, ready});
    const Desc &d = s_.desc[v.desc];
    for (size_t k = 0; k < d.slice.size(); k++) {
        const Slice &s = d.slice[k];
        const uint64_t go = s_.link_in ? from : earliest(from, s.ticks); // from a link: as it comes
        if (k == 0)
            load_idle_ = go + 1;
        Read r;
        r.load = go + 2 + s.ticks;
        r.steps = (s.steps + s_.adc_steps - 1) / s_.adc_steps;
        const unsigned steps =
            (v.steps[k] + s_.adc_steps - 1) / s_.adc_steps; // fewer with early stop
        r.end = r.load + 2 + steps;
        r.cols1 = d.cols1;
        r.moved = std::max(r.end + 1, reads_[0].load ? reads_[0].moved + 1 + reads_[0].cols1 : 0);
        std::copy_backward(reads_, reads_ + 3, reads_ + 4);
        reads_[0] = r;
        if (s_.link_out) {
            if (!s_.link_in)
                east_->claim(go + 1, false);
            east_->starts_.push_back({r.load + 4, false});
        }
        from = reset_from_ = go + 3 + s.ticks;
        busy.integrating += s.ticks;
        busy.ramping += steps;
        busy.scanning += d.cols1 + 1;
        busy.first = std::min(busy.first, go + 1);
    }
    v.final_at = reads_[0].moved + 1 + d.cols1
                 + (v.trimmed ? 7 : 5); // last scan, sum_done 4 or 6 later, seen one later
    return true;
}

// ohm_post: the oldest vector, when it is final, its partial sum there and an output bank free.
bool Core::post(size_t i)
{
    const bool leaves = pooled_ + 1 == s_.windows; // the others of its block need no bank
    if (v_.size() <= i || !v_[i].read || !v_[i].finished || (leaves && out_free_.empty()))
        return false;
    const Vector &v = v_[i];
    const Desc &d = s_.desc[v.desc];
    const uint64_t ps_at = v.ps_lost ? lose(v.ps_at, ps_oldest_[v.desc]) : v.ps_at;
    uint64_t start = std::max({v.final_at, ps_at, post_idle_});
    if (leaves)
        start = std::max({start, out_free_.front(), pool_idle_});
    const uint64_t sweep = v.poison ? 0 : d.outs1 + 1;
    const uint64_t freed = start + 1 + sweep; // ST_FREE
    const uint64_t end = v.poison || v.ps_poison ? freed : start + 6 + d.outs1; // res_done
    if (leaves)
        out_free_.pop_front();
    if (s_.residual)
        residual_free_.push_back(freed + 1);
    if (d.psum) {
        ps_pops.push_back({v.desc, freed});
        ps_oldest_[v.desc] = freed + 1;
    }
    free_at_.push_back(freed);
    if (free_at_.size() > s_.banks)
        free_at_.pop_front();
    post_idle_ = end + 1;
    pool_poison_ = pool_poison_ || v.poison || v.ps_poison;
    if (leaves) { // ohm_pool: four cycles for a block, two for arg-max, one if that is poison
        const uint64_t out = end + (s_.windows > 1 ? 4 : s_.argmax ? pool_poison_ ? 1 : 2 : 0);
        done.push_back({v.seq, out, ~0u, v.desc});
        pool_idle_ = out + 1;
        pool_poison_ = false;
    }
    pooled_ = leaves ? 0 : pooled_ + 1;
    busy.vectors++;
    busy.last = std::max(busy.last, end);
    posted_++;
    v_.pop_front();
    walked_ -= s_.walks;
    read_--;
    finished_--;
    return true;
}

} // namespace ohm
