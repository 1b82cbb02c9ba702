// SPDX-License-Identifier: Apache-2.0
// Where packets go in a router of the mesh, and a router that is loosely timed: a packet takes a
// cycle a hop and a flit, and never meets another. Approximately timed: ohm_tlm_mesh.h.
#pragma once

#include <array>
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

    Router(sc_core::sc_module_name name, unsigned x, unsigned y, unsigned ports,
           const Clocks &clocks);

    Rx &rx(Port port) { return *rx_[port]; }
    Tx &tx(Port port) { return *tx_[port]; }
    const Use &use(Port port) const { return use_[port]; }
    uint64_t stray() const { return stray_; }
    void restart() { use_.fill(Use()); } // the figures of the outputs

    const unsigned x, y;

private:
    void transport(int port, tlm::tlm_generic_payload &p, sc_core::sc_time &delay);

    const Clocks &clocks_;
    std::array<std::unique_ptr<Rx>, PORTS> rx_;
    std::array<std::unique_ptr<Tx>, PORTS> tx_;
    std::array<Use, PORTS> use_;
    uint64_t stray_ = 0;
};

} // namespace ohm
