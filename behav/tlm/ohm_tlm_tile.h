// SPDX-License-Identifier: Apache-2.0
// A tile: network interface, slots and credits, output stage and injection around the compute core.
// The golden model computes what packets do; the tile decides when they do it, and when what
// follows leaves. In three files: what comes in (ohm_tlm_tile.cpp), what a tile that is enabled
// knows (ohm_tlm_enable.cpp), what leaves (ohm_tlm_out.cpp).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <systemc>
#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

extern "C" {
#include "ohm_activity.h"
#include "ohm_golden_model.h"
}
#include "ohm_tlm_clock.h"
#include "ohm_tlm_core.h"
#include "ohm_tlm_packet.h"
#include "ohm_tlm_program.h"
#include "ohm_tlm_unit.h"

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
    void note(const Way &w, int to,
              uint64_t at); // a line of the trace: delivered to a tile (-1: host)
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
    void on_ran(const ohm_golden_run &r);
    void on_engine(const ohm_golden_engine &e);
    void on_packet(const uint32_t *flits, size_t n);

    const unsigned number;
    Core core;
    Engine engine; // instead of the core, while the tile's cells are programmed
    std::unique_ptr<Unit> unit; // instead of the core, in a tile of another kind
    Tile *west = nullptr, *east = nullptr; // where duration links are
    uint64_t sending = 0;                  // cycles in which a packet leaves

private:
    struct Arrival {
        uint64_t at; // its last flit
        tlm::tlm_generic_payload *packet;
        bool judged; // its type and length
    };
    struct Answer { // of a register, which may leave from a cycle on
        uint64_t at;
        std::vector<uint32_t> flits;
    };
    struct Event { // may leave from a cycle on
        uint64_t at;
        uint32_t detail;
    };
    struct Route {
        unsigned members, credit; // consumers; first entry of the credit table
        bool in_lines;            // its packets have the numbers of lines
        unsigned index, add;      // of a unit: number of the route, what it adds
        uint32_t descs;           // descriptors whose vectors it sends, a mask
    };
    struct Limit { // of a consumer: the latest, and the one before while it is not in force yet
        uint16_t now = 0, next = 0;
        uint64_t from = 0; // next counts from this cycle on
    };
    struct Return {     // an entry of the RETURN table
        unsigned slots; // stream, PSUM + d: of descriptor d's partial sums
        bool host;
        unsigned x, y, chan;
        uint64_t served; // pops that its last credit packet has told of
    };
    struct Line { // the last vector or line in a slot
        uint16_t number = 0;
        unsigned words = 0;
        bool poison = false;
        uint64_t whole = 0; // cycle from which it may be taken, 0: not yet
    };
    struct Pops {                // of a kind of slot
        std::deque<uint64_t> at; // cycles; the first one is number `first`
        uint64_t first = 0;
        unsigned slots = 1;
        uint32_t base = 0; // number of the first vector
        uint64_t before(uint64_t cycle) const;
    };
    struct Oldest { // of a kind of slot, not taken yet
        uint32_t number = 0;
        uint64_t since = 0;
        bool lost = false; // and that was told
    };
    // kinds of slots: of streams, of each descriptor's partial sums
    static constexpr unsigned PSUM = OHM_REG_STREAM_COUNT, KINDS = PSUM + OHM_DESC_MAX;
    static constexpr unsigned SLOTS = 16; // most of a stream

    tlm::tlm_sync_enum fw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase,
                          sc_core::sc_time &delay);
    tlm::tlm_sync_enum bw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase,
                          sc_core::sc_time &delay);
    void transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay);
    void arrive(tlm::tlm_generic_payload &p, sc_core::sc_time delay);
    void take_arrivals();
    void judge(const Way &w, uint64_t at);
    void take(const Way &w, uint64_t cycle);
    bool take_vector(const Way &w, int refused);
    bool has_slot(unsigned slots, uint16_t seq, uint64_t cycle) const;
    void note_line(unsigned slots, const ohm_header &h, uint64_t cycle);
    bool proof(unsigned slots, uint16_t seq, uint64_t &from) const;
    bool whole_from(unsigned slots, uint16_t seq, uint64_t &from) const;
    bool proved_lost(uint32_t seq) const;
    void taken(unsigned slots, uint64_t cycle);
    void find_lost(unsigned slots);
    void raise(unsigned code, uint32_t detail, uint64_t at);
    uint32_t count(unsigned code, uint64_t cycle) const;

    uint32_t reg(unsigned addr) const { return ohm_golden_counter(context_.golden, number, addr); }
    const ohm_plan &plan(unsigned desc = 0) const
    {
        return ohm_golden_plan(context_.golden, number)[desc];
    }
    uint32_t in_use() const; // descriptors, a mask
    void begin();
    void enable(uint64_t cycle);
    void disable(uint64_t cycle);
    void hold_walk(unsigned addr, uint64_t cycle);
    void enable_unit(uint64_t cycle);
    void enable_engine(uint64_t cycle);
    void expire(uint64_t cycle);
    void set_walk(Core::Setup &s);
    void set_slots(const Core::Setup &s);
    std::deque<Core::Done> &done()
    {
        return unit ? unit->done : engine.on() ? engine.done : core.done;
    }
    void bank_free(uint64_t at);
    void collect_unit();
    void set_routes();

    void work();
    void collect();
    void ask();
    void inject();
    void choose(uint64_t cycle);
    uint64_t due(const Return &r) const;
    bool send_answer(uint64_t cycle);
    bool send_credit(uint64_t cycle);
    bool send_event(uint64_t cycle);
    void start(const uint32_t *flits, size_t n, uint64_t cycle);
    void gone(uint64_t tail);

    Context &context_;
    std::deque<Arrival> arrivals_;
    sc_core::sc_event arrival_, inject_, again_;
    uint64_t bus_free_ = 0; // configuration bus
    uint64_t bus_at_ = 0;   // of the packet being taken
    uint64_t commit_ = 0;   // cycle of the packet being taken
    unsigned bus_offset_ = 0;          // its first register
    uint32_t stopped_ = 0;             // detail of the event of the run that the model does
    uint64_t expires_at_ = UNKNOWN;    // that run counts as lost in this cycle

    bool enabled_ = false;
    uint64_t begin_at_ =
        UNKNOWN; // the packet being taken enables the tile by a write in this cycle
    uint64_t enabled_at_ = 0;
    uint64_t quiet_ = UNKNOWN;    // disabled: no credit and no data leaves from this cycle on
    Core::Setup setup_;           // since enable

    std::vector<Return> returns_;
    Pops pops_[KINDS];            // of the streams that are read, and of the partial sums
    unsigned engine_stream_ = 0;  // of the programming engine's targets
    bool walks_ = false;
    struct Walk {
        uint64_t first, last; // cycles
    };
    std::vector<Walk> held_; // walks of ohm_desc, as reads have held them up
    std::deque<unsigned> descs_;  // of vectors that have begun and not finished, in order
    Oldest oldest_[KINDS];
    Line lines_[KINDS][SLOTS];
    unsigned expect_[KINDS] = {};

    // output stage
    std::vector<Route> routes_;
    uint32_t line0_ = 0, line_vecs_ = 1; // lines that leave: the first, vectors in one
    uint32_t left_ = 0;                  // vectors that have left
    std::vector<Limit> limits_;
    std::deque<std::vector<uint32_t>> out_; // packets of finished vectors, in order
    std::vector<size_t> order_; // routes of the bank that is being sent
    size_t route_ = 0, member_ = 0;
    uint64_t ask_at_ = 0; // cycle of ST_ASK for this member
    bool asking_ = false, data_ready_ = false;
    uint64_t data_at_ = 0, out_idle_ = 0;

    std::deque<Answer> answers_;
    uint64_t answered_at_ = UNKNOWN; // cycle in which the last answer was taken to be sent
    std::deque<Event> events_[OHM_REG_CNT_EVENT_COUNT]; // by source, those that are not told yet
    uint32_t told_[OHM_REG_CNT_EVENT_COUNT] = {};       // those that are
    tlm::tlm_generic_payload *leaving_ = nullptr;
    bool leaving_data_ = false;
    uint64_t link_free_ = 0, left_from_ = 0;
};

} // namespace ohm
