// SPDX-License-Identifier: Apache-2.0
// A cycle has four parts: what each router wants (look), whose flit is on each shared link (share),
// what moves (move), and what is where then (edge). Names of signals are those of rtl/noc.
#include "ohm_tlm_mesh.h"

#include <algorithm>

namespace ohm
{

namespace
{

// ohm_rr: the first of req among those of `after`, or else the first at all; n when there is none.
unsigned round_robin(unsigned req, unsigned &after, bool take, unsigned n)
{
    if (!req)
        return n;
    const unsigned winner = static_cast<unsigned>(__builtin_ctz(req & after ? req & after : req));
    if (take)
        after = ~((2u << winner) - 1) & ((1u << n) - 1);
    return winner;
}

} // namespace

Mesh::Mesh(sc_core::sc_module_name name, const Clocks &clocks, const ohm_config &config)
    : sc_module(name), clocks_(clocks), width_(static_cast<unsigned>(config.mesh_w)),
      height_(static_cast<unsigned>(config.mesh_h)),
      depth_(static_cast<unsigned>(config.fifo_depth)),
      channels_(static_cast<unsigned>(config.nvc)), pipe_(config.pipe != 0),
      places_(width_ * height_), sources_(width_ * height_ + 1)
{
    for (unsigned i = 0; i <= places_.size(); i++) {
        const int tag = static_cast<int>(i);
        if (i < places_.size()
            && ohm_config_kind(&config, tag % config.mesh_w, tag / config.mesh_w)
                   == OHM_KIND_NONE) {
            rx_.emplace_back();
            tx_.emplace_back();
            continue;
        }
        rx_.push_back(std::make_unique<Rx>(("rx_" + std::to_string(i)).c_str()));
        rx_.back()->register_nb_transport_fw(this, &Mesh::fw, tag);
        tx_.push_back(std::make_unique<Tx>(("tx_" + std::to_string(i)).c_str()));
        tx_.back()->register_nb_transport_bw(this, &Mesh::bw, tag);
    }
    for (Place &p : places_) {
        p.channel.resize(channels_);
        for (Channel &c : p.channel)
            std::fill(std::begin(c.owner), std::end(c.owner), NOBODY);
    }
    SC_METHOD(tick);
    dont_initialize();
    sensitive << tick_;
}

void Mesh::restart()
{
    for (Place &p : places_)
        std::fill(std::begin(p.use), std::end(p.use), Router::Use());
}

tlm::tlm_sync_enum Mesh::fw(int source, tlm::tlm_generic_payload &p, tlm::tlm_phase &phase,
                            sc_core::sc_time &delay)
{
    if (phase != tlm::BEGIN_REQ)
        return tlm::TLM_ACCEPTED;
    const uint64_t cycle = (sc_core::sc_time_stamp() + delay).value() / clocks_.noc.start(1);
    Source &s = sources_[static_cast<size_t>(source)];
    s.packet = &p;
    s.from = cycle;
    s.next = 0;
    p.acquire();
    tick_.notify(Clock::until(clocks_.noc.middle(cycle)));
    return tlm::TLM_ACCEPTED;
}

tlm::tlm_sync_enum Mesh::bw(int, tlm::tlm_generic_payload &, tlm::tlm_phase &, sc_core::sc_time &)
{
    return tlm::TLM_ACCEPTED;
}

// ---- where flits go ----

bool Mesh::behind(unsigned place, unsigned out, unsigned &next, unsigned &port) const
{
    const unsigned x = place % width_, y = place / width_;
    switch (out) {
    case N: next = place + width_, port = S; return y + 1 < height_;
    case E: next = place + 1, port = W; return x + 1 < width_;
    case S: next = place - width_, port = N; return y > 0;
    case W: next = place - 1, port = E; return x > 0;
    default: return false;
    }
}

// Exits and the edge take everything.
bool Mesh::room(unsigned place, unsigned v, unsigned out) const
{
    unsigned next, port;
    return !behind(place, out, next, port) || places_[next].channel[v].in[port].ready;
}

void Mesh::leave(unsigned place, unsigned v, unsigned out, const Flit &f)
{
    Router::Use &use = places_[place].use[out];
    use.packets += f.first();
    use.flits++;
    unsigned next, port;
    if (behind(place, out, next, port)) {
        pushes_.push_back({&places_[next].channel[v], port, f});
        f.packet->acquire();
    } else if (at_host(place, out) || (out == L && tx_[place])) {
        Flit &exit = places_[place].exit[out != L];
        const unsigned sink = out == L ? place : static_cast<unsigned>(places_.size());
        if (!pipe_) {
            hand_over(sink, f);
            return;
        }
        f.packet->acquire();
        exit = f; // its register is free: what it held has left in this cycle
        inside_++;
    } else {
        stray_ += f.first();
    }
}

void Mesh::hand_over(unsigned sink, const Flit &f)
{
    if (!f.last())
        return;
    f.packet->acquire();
    out_.push_back({sink, f});
}

// ---- a cycle ----

unsigned Mesh::turn(Channel &c, unsigned out, unsigned req)
{
    constexpr unsigned WAIT = 4;
    const unsigned through = req & ~(1u << L);
    const bool tile = req >> L & 1;
    if (tile && (!through || c.passed[out] == WAIT)) {
        c.passed[out] = 0;
        return L;
    }
    c.passed[out] = tile ? c.passed[out] + 1 : 0;
    return through ? round_robin(through, c.after[out], true, L) : NOBODY;
}

// What is at the heads of a router's inputs, who has its outputs, where it offers a flit.
void Mesh::look(unsigned place, Channel &c)
{
    if (!c.flits) {
        if (c.have)
            std::fill(std::begin(c.passed), std::end(c.passed), 0); // nobody asks
        c.have = c.offers = 0;
        return;
    }
    const unsigned x = place % width_, y = place / width_;
    c.have = c.offers = 0;
    std::fill(std::begin(c.want), std::end(c.want), 0);
    std::fill(std::begin(c.grant), std::end(c.grant), NOBODY);
    unsigned starts[PORTS] = {}; // first flits only, by output
    for (unsigned i = 0; i < PORTS; i++) {
        Input &in = c.in[i];
        c.head[i] = pipe_ ? in.front : in.fifo.empty() ? Flit() : in.fifo.front();
        if (!c.head[i].packet)
            continue;
        c.have |= 1u << i;
        const bool first = c.head[i].first();
        if (first)
            in.to = route_of(way(*c.head[i].packet).header, x, y);
        for (unsigned o = 0; o < PORTS; o++) {
            c.want[o] |= (in.to >> o & 1) << i;
            starts[o] |= (first && (in.to >> o & 1)) << i;
        }
    }
    const unsigned copies = c.want[N] & c.want[L];
    for (Port o : {L, N, E, S, W}) { // L first: a copy asks for N only once it holds L
        unsigned req = starts[o];
        const unsigned l = channels_ > 1 ? (c.done >> L & 1 ? c.owner[L] : NOBODY)
                           : pipe_       ? c.owner[L]
                                         : c.grant[L];
        if (o == N)
            req &= ~(copies & ~(l < PORTS ? 1u << l : 0));
        const bool busy = c.owner[o] != NOBODY;
        c.grant[o] = busy ? c.owner[o] : turn(c, o, req);
        const bool offers = c.grant[o] != NOBODY && (c.have >> c.grant[o] & 1)
                            && !(c.done >> o & 1);
        c.offers |= offers << o;
        if (busy || offers)
            places_[place].use[o].held++;
        places_[place].use[o].waited += static_cast<unsigned>(__builtin_popcount(req))
                                        - (!busy && offers);
    }
}

// ohm_channels: which channel's flit is on a link; with one channel, whether the other side takes
// it.
void Mesh::share(unsigned place, unsigned out)
{
    Place &p = places_[place];
    unsigned valid = 0, room_for = 0;
    for (unsigned v = 0; v < channels_; v++) {
        valid |= (p.channel[v].offers >> out & 1) << v;
        room_for |= static_cast<unsigned>(room(place, v, out)) << v;
    }
    unsigned taken = room_for;
    if (channels_ > 1 && (out == L || at_host(place, out))) { // packets stay in one piece
        unsigned turn = p.whole[out];
        if (!turn) {
            const unsigned pick = round_robin(valid, p.turn[out], true, channels_);
            turn = pick < channels_ ? 1u << pick : 0;
        }
        taken = turn & room_for;
        if (turn & valid) {
            const unsigned v = static_cast<unsigned>(__builtin_ctz(turn));
            const Channel &c = p.channel[v];
            p.whole[out] = c.head[c.grant[out]].last() && (turn & room_for) ? 0 : turn;
        }
    } else if (channels_ > 1) {
        const unsigned v = round_robin(valid & room_for, p.turn[out], true, channels_);
        taken = v < channels_ ? 1u << v : 0;
    }
    for (unsigned v = 0; v < channels_; v++) {
        unsigned &ready = p.channel[v].ready;
        ready = (ready & ~(1u << out)) | (taken >> v & 1) << out;
    }
}

void Mesh::move(unsigned place, unsigned v)
{
    Channel &c = places_[place].channel[v];
    unsigned stuck = 0, taken = 0;
    for (unsigned o = 0; o < PORTS; o++) {
        const unsigned granted = c.grant[o] != NOBODY ? 1u << c.grant[o] : 0;
        const bool ready = c.ready >> o & 1, done = c.done >> o & 1;
        stuck |= c.want[o] & ~(ready || done ? granted : 0);
        if ((c.offers >> o & 1) && ready) {
            leave(place, v, o, c.head[c.grant[o]]);
            taken |= 1u << o;
        }
    }
    const unsigned moves = c.have & ~stuck;
    unsigned ended = 0;
    for (unsigned i = 0; i < PORTS; i++) {
        if (!(moves >> i & 1))
            continue;
        Input &in = c.in[i];
        ended |= static_cast<unsigned>(c.head[i].last()) << i;
        if (pipe_)
            in.front = Flit();
        else
            in.fifo.pop_front();
        inside_--;
        c.flits--;
        if (c.head[i].last())
            in.to = 0;
    }
    for (unsigned o = 0; o < PORTS; o++) {
        if (c.grant[o] == NOBODY)
            continue;
        const unsigned i = c.grant[o];
        const bool done = ((c.done | taken) >> o & 1) && !(moves >> i & 1);
        c.done = (c.done & ~(1u << o)) | static_cast<unsigned>(done) << o;
        c.owner[o] = ended >> i & 1 ? NOBODY : i;
    }
    for (unsigned i = 0; i < PORTS; i++)
        if (moves >> i & 1)
            c.head[i].packet->release();
}

// The way in of a tile or the host: its register, if it has one, and the next flit of its packet.
void Mesh::offer(unsigned source, uint64_t cycle)
{
    Source &s = sources_[source];
    const bool host = source == places_.size(), staged = pipe_ && !host;
    const unsigned place = host ? 0 : source;
    const unsigned v = host ? 0 : (place % width_ + place / width_) % channels_;
    Channel &c = places_[place].channel[v];
    const unsigned port = host ? W : L;
    const bool ready = c.in[port].ready;
    if (staged && s.stage.packet && ready) {
        pushes_.push_back({&c, port, s.stage}); // with the register's hold on the packet
        s.stage = Flit();
        inside_--;
    }
    if (!s.packet || s.from > cycle || (staged ? s.stage.packet != nullptr : !ready))
        return;
    tlm::tlm_generic_payload &p = *s.packet;
    const Flit f = {&p, s.next++};
    p.acquire();
    if (staged) {
        s.stage = f;
        inside_++;
    } else {
        pushes_.push_back({&c, port, f});
    }
    Way &w = way(p);
    w.moved.push_back(cycle);
    tlm::tlm_phase phase = FLOW;
    if (f.last()) {
        s.packet = nullptr;
        phase = tlm::BEGIN_RESP;
    }
    sc_core::sc_time zero;
    (*rx_[source])->nb_transport_bw(p, phase, zero);
    if (f.last())
        p.release();
}

// PIPE: ohm_skid between queue and outputs.
void Mesh::fill(Input &in)
{
    const bool full = in.second.packet, head = !in.fifo.empty();
    const Flit next = full ? in.second : head ? in.fifo.front() : Flit();
    if (!in.front.packet) {
        in.front = next;
        in.second = Flit();
    } else if (!full) {
        in.second = next;
    }
    if (!full && head)
        in.fifo.pop_front();
}

// The end of the cycle.
void Mesh::edge()
{
    for (Place &p : places_) {
        for (Channel &c : p.channel) {
            if (!c.have && !c.flits)
                continue;
            for (Input &in : c.in) {
                if (pipe_)
                    fill(in);
                in.ready = in.fifo.size() < depth_;
            }
        }
    }
    for (const Push &p : pushes_) {
        Input &in = p.to->in[p.port];
        in.fifo.push_back(p.flit);
        in.ready = in.fifo.size() < depth_;
        p.to->flits++;
        inside_++;
    }
    pushes_.clear();
}

void Mesh::tick()
{
    const uint64_t cycle = clocks_.noc.now();
    for (unsigned i = 0; pipe_ && i < places_.size(); i++)
        for (unsigned k = 0; k < 2; k++) {
            Flit &f = places_[i].exit[k];
            if (!f.packet)
                continue;
            hand_over(k ? static_cast<unsigned>(places_.size()) : i, f);
            f.packet->release();
            f = Flit();
            inside_--;
        }
    for (unsigned i = 0; i < places_.size(); i++)
        for (Channel &c : places_[i].channel)
            look(i, c);
    for (unsigned i = 0; i < places_.size(); i++) {
        unsigned have = 0;
        for (const Channel &c : places_[i].channel)
            have |= c.have;
        for (unsigned o = 0; have && o < PORTS; o++)
            share(i, o);
    }
    for (unsigned i = 0; i < places_.size(); i++)
        for (unsigned v = 0; v < channels_; v++)
            if (places_[i].channel[v].have)
                move(i, v);
    for (unsigned i = 0; i < sources_.size(); i++)
        offer(i, cycle);
    edge();
    std::vector<std::pair<unsigned, Flit>> out;
    out.swap(out_);
    for (const std::pair<unsigned, Flit> &o : out) {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time zero;
        (*tx_[o.first])->nb_transport_fw(*o.second.packet, phase, zero);
        o.second.packet->release();
    }
    bool more = inside_ != 0;
    for (const Source &s : sources_)
        more = more || s.packet;
    if (more)
        tick_.notify(Clock::until(clocks_.noc.middle(cycle + 1)));
}

} // namespace ohm
