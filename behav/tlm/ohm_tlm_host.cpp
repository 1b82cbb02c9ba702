// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_host.h"

#include <algorithm>

namespace ohm {

namespace {
constexpr uint64_t IN = 3; // ohm_bridge_in: CRC taken from the stream to the head in the mesh
constexpr uint64_t OUT = 2;        // ohm_bridge_out: tail to the head on the stream
constexpr uint64_t OUT_WORDS = 2048;

uint64_t buffer_depth(const ohm_config &c) // two of the longest packets, a power of two
{
    uint64_t depth = 1;
    while (depth < 2u * (2u + static_cast<unsigned>(std::max(c.cols, 64))))
        depth *= 2;
    return depth;
}
} // namespace

Host::Host(sc_core::sc_module_name name, Context &context)
    : sc_module(name), rx("rx"), tx("tx"), context_(context), depth_(buffer_depth(context.config))
{
    rx.register_nb_transport_fw(this, &Host::fw);
    rx.register_b_transport(this, &Host::transport);
    tx.register_nb_transport_bw(this, &Host::bw);
    SC_METHOD(stream);
    dont_initialize();
    sensitive << stream_;
    SC_METHOD(inject);
    dont_initialize();
    sensitive << inject_;
    SC_METHOD(hand_over);
    dont_initialize();
    sensitive << out_event_;
}

// ---- in ----

void Host::send(int config_class, const uint32_t *flits_, size_t n)
{
    queue_[config_class ? 1 : 0].push_back(context_.pool.make(flits_, n, -1));
    if (!streaming_)
        stream_.notify(Clock::until(
            context_.clocks.tile.start(std::max(stream_free_, context_.clocks.tile.now()))));
}

// The stream is free: the next packet, configuration first, a word a cycle and its CRC.
void Host::stream()
{
    const uint64_t cycle = context_.clocks.tile.now();
    if (streaming_ || cycle < stream_free_)
        return;
    const int c = !queue_[1].empty() ? 1 : 0;
    if (queue_[c].empty())
        return;
    tlm::tlm_generic_payload *p = queue_[c].front();
    queue_[c].pop_front();
    Buffer &b = buffer_[c];
    b.packets.push_back({p, b.flits, UNKNOWN, false});
    b.flits += way(*p).flits.size();
    streaming_ = true;
    stream_class_ = c;
    stream_from_ = cycle;
    words_in += way(*p).flits.size() + 1;
    finish_stream();
}

// Cycle in which the buffer has room for the flit at `place`; a flit is fetched from it one cycle
// before it leaves.
uint64_t Host::room(const Buffer &b, uint64_t place) const
{
    if (place < depth_)
        return 0;
    const uint64_t before = place - depth_;
    for (const Stored &s : b.packets) {
        const Way &w = way(*s.packet);
        if (before < s.start || before >= s.start + w.flits.size())
            continue;
        if (!s.gone)
            return UNKNOWN;
        if (context_.loose)
            return w.sent + (before - s.start);
        const uint64_t at = before - s.start, t = at < w.moved.size() ? w.moved[at] : UNKNOWN;
        return t == UNKNOWN ? UNKNOWN : context_.clocks.to_tile(t);
    }
    return 0;
}

void Host::finish_stream()
{
    if (!streaming_)
        return;
    Buffer &b = buffer_[stream_class_];
    Stored &s = b.packets.back();
    const uint64_t n = way(*s.packet).flits.size();
    uint64_t end = stream_from_ + n; // the CRC goes over the stream
    for (uint64_t f = s.start + n > depth_ ? 0 : n; f < n; f++) {
        const uint64_t r = room(b, s.start + f);
        if (r == UNKNOWN)
            return; // when more has left
        end = std::max(end, r + (n - f)); // later words follow, two of them wait before the buffer
    }
    s.ready = end + IN;
    streaming_ = false;
    stream_free_ = end + 1;
    while (!b.packets.empty() && b.next > 0
           && b.packets.front().start + way(*b.packets.front().packet).flits.size() + depth_
                  <= s.start) {
        b.packets.front().packet->release();
        b.packets.pop_front();
        b.next--;
    }
    if (queue_[0].size() + queue_[1].size())
        stream_.notify(Clock::until(
            context_.clocks.tile.start(std::max(stream_free_, context_.clocks.tile.now()))));
    choose();
}

void Host::choose()
{
    uint64_t next = UNKNOWN;
    for (const Buffer &b : buffer_)
        if (b.next < b.packets.size())
            next = std::min(next, b.packets[b.next].ready);
    if (next != UNKNOWN && !leaving_)
        inject_.notify(Clock::until(
            context_.clocks.tile.start(std::max({next, link_free_, context_.clocks.tile.now()}))));
}

// Whole packets of the two classes, in turn.
void Host::inject()
{
    const uint64_t cycle = context_.clocks.tile.now();
    if (leaving_ || cycle < link_free_) {
        choose();
        return;
    }
    for (int k = 1; k <= 2; k++) {
        Buffer &b = buffer_[(last_class_ + k) % 2];
        if (b.next == b.packets.size() || b.packets[b.next].ready > cycle)
            continue;
        last_class_ = (last_class_ + k) % 2;
        Stored &s = b.packets[b.next++];
        tlm::tlm_generic_payload &p = *s.packet;
        Way &w = way(p);
        s.gone = true;
        w.sent = left_from_ = cycle;
        packets++;
        flits += w.flits.size();
        sc_core::sc_time delay =
            Clock::until(context_.clocks.noc.start(context_.clocks.to_noc(cycle)));
        if (context_.loose) {
            tx->b_transport(p, delay);
            gone(cycle + w.flits.size() - 1);
            return;
        }
        leaving_ = true;
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        tx->nb_transport_fw(p, phase, delay);
        return;
    }
    choose();
}

tlm::tlm_sync_enum Host::bw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &)
{
    if (phase == tlm::BEGIN_RESP) {
        gone(context_.clocks.to_tile(way(p).tail()));
        return tlm::TLM_COMPLETED;
    }
    finish_stream();
    return tlm::TLM_ACCEPTED;
}

void Host::gone(uint64_t tail)
{
    leaving_ = false;
    link_free_ = tail + 1;
    held += tail + 1 - left_from_;
    finish_stream();
    choose();
}

// ---- out ----

tlm::tlm_sync_enum Host::fw(tlm::tlm_generic_payload &p, tlm::tlm_phase &, sc_core::sc_time &delay)
{
    const uint64_t noc = context_.clocks.noc.at((sc_core::sc_time_stamp() + delay).value());
    take_out(way(p), context_.clocks.to_tile(noc));
    return tlm::TLM_COMPLETED;
}

void Host::transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay)
{
    const uint64_t noc = context_.clocks.noc.after((sc_core::sc_time_stamp() + delay).value());
    take_out(way(p), context_.clocks.to_tile(noc + way(p).flits.size() - 1));
    p.set_response_status(tlm::TLM_OK_RESPONSE);
}

// A packet whose tail leaves the mesh in cycle `tail`: to the stream, with its CRC.
void Host::take_out(const Way &w, uint64_t tail)
{
    uint64_t waiting = 0; // words that are still in the buffer then, of packets that leave after it
    for (const Leaving &l : leaving_out_)
        if (l.at > tail)
            waiting += std::min<uint64_t>(l.flits.size(), l.at - tail);
    if (waiting + w.flits.size() > OUT_WORDS) {
        dropped++;
        return;
    }
    const uint64_t start = std::max(tail + OUT, out_free_);
    out_free_ = start + w.flits.size() + 1;
    words_out += w.flits.size() + 1;
    context_.note(w, -1, tail);
    leaving_out_.push_back({out_free_, w.flits});
    if (leaving_out_.size() == 1)
        out_event_.notify(Clock::until(context_.clocks.tile.start(out_free_)));
}

void Host::hand_over()
{
    out_.push_back(std::move(leaving_out_.front().flits));
    leaving_out_.pop_front();
    if (!leaving_out_.empty())
        out_event_.notify(Clock::until(context_.clocks.tile.start(leaving_out_.front().at)));
    sc_core::sc_pause();
}

size_t Host::recv(uint32_t *flits_, size_t max)
{
    if (out_.empty() || out_.front().size() > max)
        return 0;
    const size_t n = out_.front().size();
    std::copy(out_.front().begin(), out_.front().end(), flits_);
    out_.pop_front();
    return n;
}

} // namespace ohm
