// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_router.h"

#include <algorithm>

namespace ohm {

Router::Router(sc_core::sc_module_name name, unsigned x_, unsigned y_, unsigned ports, const Clocks &clocks, unsigned depth)
    : sc_module(name), x(x_), y(y_), clocks_(clocks), depth_(depth)
{
    for (int p = 0; p < PORTS; p++) {
        if (!(ports >> p & 1))
            continue;
        rx_[p] = std::make_unique<Rx>((std::string("rx_") + "NESWL"[p]).c_str());
        rx_[p]->register_nb_transport_fw(this, &Router::fw, p);
        rx_[p]->register_b_transport(this, &Router::transport, p);
        tx_[p] = std::make_unique<Tx>((std::string("tx_") + "NESWL"[p]).c_str());
        tx_[p]->register_nb_transport_bw(this, &Router::bw, p);
    }
    SC_METHOD(arbitrate);
    dont_initialize();
    sensitive << wake_;
}

unsigned route_of(const ohm_header &h, unsigned x, unsigned y)
{
    if (h.host)
        return x > 0 || y == 0 ? 1u << W : 1u << S;
    if (h.x != x)
        return h.x > x ? 1u << E : 1u << W;
    if (h.y > y)
        return 1u << N | (y + h.mc >= h.y ? 1u << L : 0u);
    return h.y < y ? 1u << S : 1u << L;
}

// ---- loosely timed: a cycle here, and on ----

void Router::transport(int, tlm::tlm_generic_payload &p, sc_core::sc_time &delay)
{
    const Way &w = way(p);
    const unsigned to = route_of(w.header, x, y);
    delay += sc_core::sc_time::from_value(clocks_.noc.start(1));
    for (Port o : {L, N, E, S, W}) {
        if (!(to >> o & 1))
            continue;
        out_[o].use.packets++;
        out_[o].use.flits += w.flits.size();
        out_[o].use.held += w.flits.size();
        sc_core::sc_time d = delay;
        if (tx_[o])
            (*tx_[o])->b_transport(p, d);
        else
            stray_++;
    }
}

// ---- approximately timed: queues ----

// Cycle from which the queue has room for the flit at `place`: one after the flit `depth` before it has left.
uint64_t Router::room(const Input &in, uint64_t place) const
{
    if (place < depth_)
        return 0;
    const uint64_t before = place - depth_;
    for (const Entry &e : in.past) {
        const Way &w = *e.way;
        if (before >= e.start && before < e.start + w.flits.size()) {
            const uint64_t t = w.flit(e.link + 1, before - e.start, depth_);
            return t == UNKNOWN ? UNKNOWN : t + 1;
        }
    }
    return 0; // so old that it is forgotten
}

// Whether it has become known when the newest packet's head comes in.
bool Router::find_head(Input &in)
{
    Entry &e = in.queue.back();
    Way::Link &link = e.way->link[e.link];
    if (link.head != UNKNOWN)
        return false;
    const uint64_t t = room(in, e.start);
    if (t == UNKNOWN)
        return false;
    link.head = std::max(e.offered, t);
    if (in.queue.size() == 1)
        front(in);
    return true;
}

// The same of its tail. A packet that fits into the queue depends on those before it only; of a longer one the flits past the
// depth follow its own way, and those come last.
bool Router::find_tail(Input &in)
{
    Entry &e = in.queue.back();
    const Way &w = *e.way;
    Way::Link &link = e.way->link[e.link];
    if (link.head == UNKNOWN || link.tail != UNKNOWN)
        return false;
    const uint64_t n = w.flits.size();
    uint64_t t = w.flit(e.link, n - 1, depth_);
    if (t == UNKNOWN)
        return false;
    for (uint64_t f = 1; f < n && f < depth_; f++) {
        const uint64_t r = room(in, e.start + f);
        if (r == UNKNOWN)
            return false;
        t = std::max(t, r + (n - 1 - f));
    }
    link.tail = t;
    return true;
}

// Something has moved out of a queue: the newest packet may come in further.
void Router::look_again(unsigned port)
{
    Input &in = in_[port];
    if (in.queue.empty())
        return;
    tlm::tlm_generic_payload &p = *in.queue.back().packet;
    sc_core::sc_time zero;
    if (find_head(in)) {
        tlm::tlm_phase phase = tlm::END_REQ;
        (*rx_[port])->nb_transport_bw(p, phase, zero);
    }
    if (find_tail(in)) {
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        (*rx_[port])->nb_transport_bw(p, phase, zero);
    }
}

// Flits of a packet move out of this router's queue: look here, and tell those behind.
void Router::flow(unsigned port, tlm::tlm_generic_payload &p)
{
    const Input &in = in_[port];
    const bool behind = !in.queue.empty() && in.queue.back().packet == &p
                     && in.queue.back().way->link[in.queue.back().link].tail == UNKNOWN;
    look_again(port);
    if (behind) {
        sc_core::sc_time zero;
        tlm::tlm_phase phase = FLOW;
        (*rx_[port])->nb_transport_bw(p, phase, zero);
    }
}

tlm::tlm_sync_enum Router::fw(int port, tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    if (phase != tlm::BEGIN_REQ)
        return tlm::TLM_ACCEPTED;
    Input &in = in_[port];
    Way &w = way(p);
    const uint64_t cycle = (sc_core::sc_time_stamp() + delay).value() / clocks_.noc.start(1);
    const Entry e = {&p, &w, w.at++, route_of(w.header, x, y), in.flits, cycle};
    p.acquire();
    p.acquire();
    in.queue.push_back(e);
    in.past.push_back(e);
    in.flits += w.flits.size();
    while (in.past.front().start + in.past.front().way->flits.size() + depth_ <= e.start) {
        in.past.front().packet->release();
        in.past.pop_front();
    }
    if (!find_head(in))
        return tlm::TLM_ACCEPTED;
    if (find_tail(in)) {
        p.set_response_status(tlm::TLM_OK_RESPONSE);
        return tlm::TLM_COMPLETED;
    }
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

tlm::tlm_sync_enum Router::bw(int port, tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &)
{
    const Port o = static_cast<Port>(port);
    if (out_[o].owner < 0) // it has left already
        return tlm::TLM_ACCEPTED;
    flow(static_cast<unsigned>(out_[o].owner), p);
    if (phase != tlm::BEGIN_RESP)
        return tlm::TLM_ACCEPTED;
    left(o);
    return tlm::TLM_COMPLETED;
}

// ---- approximately timed: outputs ----

void Router::wake(uint64_t cycle)
{
    const uint64_t now = sc_core::sc_time_stamp().value();
    if (clocks_.noc.middle(cycle) < now)
        cycle = clocks_.noc.now() + (clocks_.noc.middle(clocks_.noc.now()) < now);
    wake_.notify(Clock::until(clocks_.noc.middle(cycle))); // the earliest of several counts
}

// The front packet asks from the cycle after its head came in, when the packet before has left.
void Router::front(Input &in)
{
    const Entry &e = in.queue.front();
    const uint64_t head = e.way->link[e.link].head;
    if (head == UNKNOWN)
        return;
    in.front_from = std::max(head + 1, in.clear_from);
    wake(in.front_from);
}

void Router::arbitrate()
{
    const uint64_t cycle = clocks_.noc.now();
    unsigned asked = 0;
    for (const Input &in : in_)
        if (!in.queue.empty() && !in.granted && in.front_from <= cycle)
            asked |= in.queue.front().to;
    for (Port o : {L, N, E, S, W}) // L first: a copy asks for N once it holds L
        if (asked >> o & 1)
            serve(o, cycle);
    uint64_t next = UNKNOWN;
    for (Input &in : in_) {
        if (in.queue.empty() || in.granted || in.front_from == UNKNOWN)
            continue;
        const unsigned to = in.queue.front().to;
        const Port o = to == (1u << N | 1u << L) ? (in.copied ? N : L) : static_cast<Port>(__builtin_ctz(to));
        if (out_[o].owner < 0)
            next = std::min(next, std::max({in.front_from, out_[o].free_from, cycle + 1}));
    }
    if (next != UNKNOWN)
        wake(next);
}

// Whether the front packet of input i asks for output o. A copy asks for L first.
bool Router::asks(unsigned i, Port o, uint64_t cycle) const
{
    const Input &in = in_[i];
    if (in.queue.empty() || in.granted || in.front_from > cycle)
        return false;
    const unsigned to = in.queue.front().to;
    return (to >> o & 1) && !(o == L && in.copied) && !(o == N && (to >> L & 1) && !in.copied);
}

// As ohm_turns: packets on their way before those of the router's own tile, until WAIT of them have gone before it.
void Router::serve(Port o, uint64_t cycle)
{
    constexpr unsigned WAIT = 4;
    Output &out = out_[o];
    if (out.owner >= 0 || out.free_from > cycle)
        return;
    const bool tile = asks(L, o, cycle);
    for (unsigned k = 1; k <= L && !(tile && out.passed == WAIT); k++) {
        const unsigned i = (out.last + k) % L;
        if (!asks(i, o, cycle))
            continue;
        out.last = i;
        out.passed = tile ? out.passed + 1 : 0;
        grant(o, i, cycle);
        return;
    }
    if (tile) {
        out.passed = 0;
        grant(o, L, cycle);
    }
}

void Router::grant(Port o, unsigned i, uint64_t cycle)
{
    Output &out = out_[o];
    Input &in = in_[i];
    Entry &e = in.queue.front();
    Way &w = *e.way;
    out.owner = static_cast<int>(i);
    out.since = cycle;
    out.use.packets++;
    out.use.flits += w.flits.size();
    out.use.waited += cycle - in.front_from;
    if (o == L && (e.to >> N & 1)) {
        in.copied = true; // the copy goes with the packet's flits, when N has taken them
        return;
    }
    in.granted = true;
    if (o == L || !tx_[o] || (o == W && x == 0)) { // tiles and the host take everything; the edge of the mesh too
        w.link[e.link + 1] = {cycle, cycle + w.flits.size() - 1};
        deliver(o, e);
        flow(i, *e.packet);
        left(o);
        return;
    }
    tlm::tlm_generic_payload &p = *e.packet;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time zero;
    const tlm::tlm_sync_enum answer = (*tx_[o])->nb_transport_fw(p, phase, zero);
    if (answer != tlm::TLM_ACCEPTED)
        flow(i, p);
    if (answer == tlm::TLM_COMPLETED)
        left(o);
}

// Hands a packet to a tile or to the host, whole when its tail is there.
void Router::deliver(Port o, Entry &e)
{
    if (!tx_[o]) {
        stray_++;
        return;
    }
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    const uint64_t tail = clocks_.noc.start(e.way->link[e.link + 1].tail);
    sc_core::sc_time delay = Clock::until(std::max<uint64_t>(tail, sc_core::sc_time_stamp().value()));
    (*tx_[o])->nb_transport_fw(*e.packet, phase, delay);
}

// It is known when the tail of the packet that holds output o moves.
void Router::left(Port o)
{
    Output &out = out_[o];
    Input &in = in_[out.owner];
    Entry e = in.queue.front();
    const uint64_t tail = e.way->link[e.link + 1].tail;
    out.owner = -1;
    out.free_from = tail + 1;
    out.use.held += tail + 1 - out.since;
    if (in.copied) {
        deliver(L, e);
        out_[L].owner = -1;
        out_[L].free_from = tail + 1;
        out_[L].use.held += tail + 1 - out_[L].since;
    }
    in.queue.pop_front();
    in.granted = in.copied = false;
    in.clear_from = tail + 1;
    in.front_from = UNKNOWN;
    if (!in.queue.empty())
        front(in);
    e.packet->release();
    wake(tail + 1);
}

} // namespace ohm
