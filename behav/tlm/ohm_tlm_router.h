// SPDX-License-Identifier: Apache-2.0
// A router of the mesh (rtl/noc/ohm_router.v), a packet at a time: five queues, five outputs that packets hold from their
// first flit to their last, X-then-Y, northward copies, turns as in ohm_turns.
#pragma once

#include <array>
#include <deque>
#include <memory>

#include <systemc>
#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "ohm_tlm_clock.h"
#include "ohm_tlm_packet.h"

namespace ohm {

enum Port { N, E, S, W, L, PORTS };

// Set of outputs of a packet in the router at (x, y), as ohm_route.v.
unsigned route_of(const ohm_header &h, unsigned x, unsigned y);

class Router : public sc_core::sc_module {
public:
    using Rx = tlm_utils::simple_target_socket_tagged<Router>;
    using Tx = tlm_utils::simple_initiator_socket_tagged<Router>;
    struct Use { // of an output
        uint64_t packets = 0, flits = 0, held = 0, waited = 0;
    };

    SC_HAS_PROCESS(Router);
    Router(sc_core::sc_module_name name, unsigned x, unsigned y, unsigned ports, const Clocks &clocks, unsigned depth);

    Rx &rx(Port port) { return *rx_[port]; }
    Tx &tx(Port port) { return *tx_[port]; }
    const Use &use(Port port) const { return out_[port].use; }
    bool has(Port port) const { return tx_[port] != nullptr; } // a bit of `ports`
    uint64_t stray() const { return stray_; }
    void restart() // the figures of the outputs
    {
        for (Output &o : out_)
            o.use = Use();
    }

    const unsigned x, y;

private:
    struct Entry { // a packet in a queue
        tlm::tlm_generic_payload *packet;
        Way *way;
        unsigned link;      // of its way, into this router
        unsigned to;        // set of outputs
        uint64_t start;     // place of its first flit in all that ever entered the queue
        uint64_t offered;
    };
    struct Input {
        std::deque<Entry> queue;   // not gone yet
        std::deque<Entry> past;    // queue, and those before whose last flits decide about room
        uint64_t flits = 0;        // that entered, or will
        uint64_t clear_from = 0;   // cycle in which the next packet's head can be seen
        bool granted = false, copied = false; // the front holds its output; the front holds L for its copy
        uint64_t front_from = UNKNOWN;        // the front asks from this cycle on
    };
    struct Output {
        int owner = -1; // input
        uint64_t free_from = 0, since = 0;
        unsigned last = L - 1; // of the inputs N to W, the one that won last
        unsigned passed = 0;   // packets that went before the tile's, since it asks
        Use use;
    };

    tlm::tlm_sync_enum fw(int port, tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay);
    tlm::tlm_sync_enum bw(int port, tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay);
    void transport(int port, tlm::tlm_generic_payload &p, sc_core::sc_time &delay);

    uint64_t room(const Input &in, uint64_t place) const;
    bool find_head(Input &in);
    bool find_tail(Input &in);
    void look_again(unsigned port);
    void flow(unsigned port, tlm::tlm_generic_payload &p);
    void front(Input &in);
    void arbitrate();
    bool asks(unsigned i, Port o, uint64_t cycle) const;
    void serve(Port o, uint64_t cycle);
    void grant(Port o, unsigned i, uint64_t cycle);
    void deliver(Port o, Entry &e);
    void left(Port o);
    void wake(uint64_t cycle);

    const Clocks &clocks_;
    const unsigned depth_;
    std::array<std::unique_ptr<Rx>, PORTS> rx_;
    std::array<std::unique_ptr<Tx>, PORTS> tx_;
    std::array<Input, PORTS> in_;
    std::array<Output, PORTS> out_;
    sc_core::sc_event wake_;
    uint64_t stray_ = 0;
};

} // namespace ohm
