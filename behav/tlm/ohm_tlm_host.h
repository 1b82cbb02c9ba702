// SPDX-License-Identifier: Apache-2.0
// The host's side of the chip: two AXI4-Stream ports and the bridge (rtl/chip/ohm_bridge_in, _out):
// a packet enters the mesh when it is there whole, and reaches the host when it has left the mesh
// whole.
#pragma once

#include <deque>

#include "ohm_tlm_tile.h"

namespace ohm {

class Host : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(Host);
    Host(sc_core::sc_module_name name, Context &context);

    tlm_utils::simple_target_socket<Host> rx;
    tlm_utils::simple_initiator_socket<Host> tx;

    void send(int config_class, const uint32_t *flits, size_t n);
    // Packets that the stream has not taken whole.
    size_t queued() const
    {
        const bool now = streaming_ || context_.clocks.tile.now() < stream_free_;
        return queue_[0].size() + queue_[1].size() + now;
    }
    size_t recv(uint32_t *flits, size_t max);
    bool waits() const { return !out_.empty(); }

    uint64_t dropped = 0;                 // packets that did not fit the output buffer
    uint64_t packets = 0, flits = 0, held = 0; // into the mesh
    uint64_t words_in = 0, words_out = 0; // on the streams, CRC included

private:
    struct Stored { // a packet in a buffer of the way in
        tlm::tlm_generic_payload *packet;
        uint64_t start;  // place of its first flit in all that ever entered the buffer
        uint64_t ready;  // from when it may go on; UNKNOWN while it comes in
        bool gone;       // offered to the mesh
    };
    struct Buffer {
        std::deque<Stored> packets; // and gone ones that still decide about room
        size_t next = 0;            // first that has not gone
        uint64_t flits = 0;
    };
    struct Leaving { // on the way out
        uint64_t at;  // the host has it from this cycle on
        std::vector<uint32_t> flits;
    };

    tlm::tlm_sync_enum fw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase,
                          sc_core::sc_time &delay);
    tlm::tlm_sync_enum bw(tlm::tlm_generic_payload &p, tlm::tlm_phase &phase,
                          sc_core::sc_time &delay);
    void transport(tlm::tlm_generic_payload &p, sc_core::sc_time &delay);
    void take_out(const Way &w, uint64_t tail);
    void stream();
    void finish_stream();
    uint64_t room(const Buffer &b, uint64_t place) const;
    void inject();
    void choose();
    void gone(uint64_t tail);
    void hand_over();

    Context &context_;
    const uint64_t depth_;
    sc_core::sc_event stream_, inject_, out_event_;
    std::deque<tlm::tlm_generic_payload *> queue_[2]; // by class
    Buffer buffer_[2];
    bool streaming_ = false; // a packet is on the stream, and it is not known until when
    int stream_class_ = 0;
    uint64_t stream_from_ = 0, stream_free_ = 0;
    bool leaving_ = false;
    int last_class_ = 1;
    uint64_t link_free_ = 0, left_from_ = 0;
    std::deque<Leaving> leaving_out_;
    std::deque<std::vector<uint32_t>> out_;
    uint64_t out_free_ = 0;
};

} // namespace ohm
