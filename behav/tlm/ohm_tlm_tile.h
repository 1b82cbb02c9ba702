// SPDX-License-Identifier: Apache-2.0
// A tile: network interface, slots and credits, output stage and injection around the compute core. The golden model computes
// what packets do; the tile decides when they do it, and when what follows leaves.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <systemc>
#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

extern "C" {
#include "ohm_activity.h"
}
#include "ohm_tlm_clock.h"
#include "ohm_tlm_core.h"
#include "ohm_tlm_packet.h"

namespace ohm {

// What tiles and bridge share: the functional model, the payloads, the trace, the first fault.
struct Context {
    Clocks clocks;
    ohm_golden *golden;
    const ohm_config config;
    unsigned adc_steps;
    bool loose;
    ohm_activity *activity; // may be null
    Pool pool;
    FILE *trace = nullptr;
    std::string fault;

    void fail(const std::string &text)
    {
        if (fault.empty())
            fault = text;
        sc_core::sc_pause();
    }
    void note(const Way &w, int to, uint64_t at); // a line of the trace: delivered to a tile (-1: host)
};

class Tile : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(Tile);
    Tile(sc_core::sc_module_name name, unsigned number, Context &context);

    tlm_utils::simple_target_socket<Tile> rx;
    tlm_utils::simple_initiator_socket<Tile> tx;

    // Hooks of the golden model, called while it works on a packet that this tile gave it.
    void on_vector(const ohm_golden_vector &v);
    void on_finished(uint32_t seq, bool poison);
    void on_walk(ohm_golden_walk step, unsigned stream, uint32_t number);
    void on_packet(const uint32_t *flits, size_t n);

    const unsigned number;
    Core core;
    Tile *west = nullptr, *east = nullptr; // where duration links are
    uint64_t sending = 0; // cycles in which a packet leaves

private:
    struct Arrival {
        uint64_t at; // its last flit
        tlm::tlm_generic_payload *packet;
    };
    struct Source { // a packet that may leave from a cycle on
        uint64_t at;
        std::vector<uint32_t> flits;
    };
    struct Route {
        unsigned members, credit; // consumers; first entry of the credit table
        bool in_lines;            // its packets have the numbers of lines
    };
    struct Limit { // of a consumer: the latest, and the one before while the latest is not in force yet
        uint16_t now = 0, next = 0;
        uint64_t from = 0; // next counts from this cycle on
    };
    struct Return { // an entry of the RETURN table
        unsigned slots; // stream, PSUM: of the partial sums
        bool host;
        unsigned x, y, chan;
        uint64_t served; // pops that its last credit packet has told of
    };
    struct Line { // the last one in a slot
        uint16_t number = 0;
        unsigned words = 0;
        uint64_t whole = 0; // cycle from which it may be taken, 0: not yet
    };
    struct Pops { // of a kind of slot
        std::deque<uint64_t> at; // cycles; the first one is number `first`
        uint64_t first = 0;
        unsigned slots = 1;
        uint32_t base = 0; // number of the first vector
        uint64_t before(uint64_t cycle) const;
    };

    tlm::tlm_sync_enum fw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay);
    tlm::tlm_sync_enum bw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase, sc_core::sc_time &delay);
    void transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay);
    void arrive(tlm::tlm_generic_payload &p, sc_core::sc_time delay);
    void take_arrivals();
    void take(const Way &w, uint64_t cycle);
    void check_slot(const ohm_header &h, uint64_t cycle);
    void note_line(const ohm_header &h, uint64_t cycle);
    void set_walk(Core::Setup &s, uint64_t cycle);
    uint32_t reg(unsigned addr) const { return ohm_golden_counter(context_.golden, number, addr); }
    void enable(uint64_t cycle);
    void work();
    void collect();
    void ask();
    void inject();
    void choose(uint64_t cycle);
    uint64_t due(const Return &r) const;
    void start(const uint32_t *flits, size_t n, uint64_t cycle);
    void gone(uint64_t tail);

    Context &context_;
    std::deque<Arrival> arrivals_;
    sc_core::sc_event arrival_, inject_;
    uint64_t bus_free_ = 0;         // configuration bus
    uint64_t bus_at_ = 0;           // of the packet being taken
    uint64_t commit_ = 0;           // cycle of the packet being taken
    bool taking_psum_ = false, enabled_ = false;

    static constexpr unsigned PSUM = OHM_REG_STREAM_COUNT;
    std::vector<Return> returns_;
    Pops pops_[PSUM + 1];           // of the streams that are read, and of the partial sums
    unsigned stream_ = 0;           // the descriptor's
    bool walks_ = false;
    Line lines_[OHM_REG_STREAM_COUNT][16];
    unsigned expect_[OHM_REG_STREAM_COUNT] = {};

    // output stage
    std::vector<Route> routes_;
    uint32_t line0_ = 0, line_vecs_ = 1, left_ = 0; // lines that leave: the first, vectors in one, vectors so far
    std::vector<Limit> limits_;
    std::deque<std::vector<uint32_t>> out_; // packets of finished vectors, in order
    size_t route_ = 0, member_ = 0;
    uint64_t ask_at_ = 0;           // cycle of ST_ASK for this member
    bool asking_ = false, data_ready_ = false;
    uint64_t data_at_ = 0, out_idle_ = 0;

    std::deque<Source> answers_, events_;
    tlm::tlm_generic_payload *leaving_ = nullptr;
    bool leaving_data_ = false;
    uint64_t link_free_ = 0, left_from_ = 0;
};

} // namespace ohm
