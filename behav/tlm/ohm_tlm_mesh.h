// SPDX-License-Identifier: Apache-2.0
// The mesh flit by flit, from cycle to cycle, with virtual channels and routers of one or two
// stages (NVC, PIPE of docs/explain/noc.md). It stands still while nothing is inside.
#pragma once

#include <deque>
#include <memory>
#include <vector>

extern "C" {
#include "ohm_config.h"
}
#include "ohm_tlm_router.h"

namespace ohm
{

class Mesh : public sc_core::sc_module
{
  public:
    using Rx = tlm_utils::simple_target_socket_tagged<Mesh>;
    using Tx = tlm_utils::simple_initiator_socket_tagged<Mesh>;

    SC_HAS_PROCESS(Mesh);
    Mesh(sc_core::sc_module_name name, const Clocks &clocks, const ohm_config &config);

    // Of the tile at a place, y * width + x, where there is one; of the host: place 0.
    Rx &tile_rx(unsigned place)
    {
        return *rx_[place];
    }
    Tx &tile_tx(unsigned place)
    {
        return *tx_[place];
    }
    Rx &host_rx()
    {
        return *rx_.back();
    }
    Tx &host_tx()
    {
        return *tx_.back();
    }
    const Router::Use &use(unsigned place, Port port) const
    {
        return places_[place].use[port];
    }
    uint64_t stray() const
    {
        return stray_;
    }
    void restart();

  private:
    static constexpr unsigned NOBODY = PORTS;

    struct Flit {
        tlm::tlm_generic_payload *packet = nullptr; // null: none
        uint64_t at = 0;
        bool first() const
        {
            return at == 0;
        }
        bool last() const
        {
            return at + 1 == way(*packet).flits.size();
        }
    };
    struct Input { // ohm_ingress
        std::deque<Flit> fifo;
        Flit front, second; // PIPE: ohm_skid
        bool ready = true;  // for a flit in this cycle
        unsigned to = 0;    // outputs of its open packet, 0: none
    };
    struct Channel { // a router
        Input in[PORTS];
        unsigned owner[PORTS];      // input that holds an output
        unsigned after[PORTS] = {}; // inputs N to W after the last winner
        unsigned passed[PORTS] = {};
        unsigned done = 0; // outputs that have taken the present flit of a copy
        uint64_t flits = 0; // inside: a router without any stands still
        // in this cycle
        Flit head[PORTS];
        unsigned want[PORTS], grant[PORTS];
        unsigned have = 0, ready = 0, offers = 0; // sets of inputs, of outputs
    };
    struct Place {
        std::vector<Channel> channel;
        unsigned turn[PORTS] = {};  // ohm_channels: channels after the last one that sent
        unsigned whole[PORTS] = {}; // at exits: the channel in mid-packet, one-hot
        Flit exit[2];               // PIPE: ohm_exit of the tile, of the host
        Router::Use use[PORTS];
    };
    struct Source { // a tile's or the host's way in
        tlm::tlm_generic_payload *packet = nullptr;
        uint64_t from = 0; // its first flit is offered in this cycle
        uint64_t next = 0; // flits that have gone
        Flit stage;        // PIPE, of tiles: ohm_inject's register
    };
    struct Push { // takes effect at the end of the cycle
        Channel *to;
        unsigned port;
        Flit flit;
    };

    tlm::tlm_sync_enum fw(int source, tlm::tlm_generic_payload &p, tlm::tlm_phase &phase,
                          sc_core::sc_time &delay);
    tlm::tlm_sync_enum bw(int sink, tlm::tlm_generic_payload &p, tlm::tlm_phase &phase,
                          sc_core::sc_time &delay);
    void tick();
    void look(unsigned place, Channel &c);
    unsigned turn(Channel &c, unsigned out, unsigned req);
    void share(unsigned place, unsigned out);
    void move(unsigned place, unsigned v);
    void leave(unsigned place, unsigned v, unsigned out, const Flit &f);
    void hand_over(unsigned sink, const Flit &f);
    void offer(unsigned source, uint64_t cycle);
    void edge();
    void fill(Input &in);
    bool room(unsigned place, unsigned v, unsigned out) const;
    bool at_host(unsigned place, unsigned port) const
    {
        return place == 0 && port == W;
    }
    // Place behind an output and its port; false: over the edge, or an exit.
    bool behind(unsigned place, unsigned out, unsigned &next, unsigned &port) const;

    const Clocks &clocks_;
    const unsigned width_, height_, depth_, channels_;
    const bool pipe_;
    std::vector<std::unique_ptr<Rx>> rx_; // of tiles, null without one, then of the host
    std::vector<std::unique_ptr<Tx>> tx_;
    std::vector<Place> places_;
    std::vector<Source> sources_; // as rx_
    std::vector<Push> pushes_;
    std::vector<std::pair<unsigned, Flit>>
        out_;             // tails that reach a tile or the host in this cycle
    uint64_t inside_ = 0; // flits
    sc_core::sc_event tick_;
    uint64_t stray_ = 0;
};

} // namespace ohm
