// SPDX-License-Identifier: Apache-2.0
// What travels over the sockets: a generic payload (write; data = flits, address = first header
// flit) with an extension that knows its way through the mesh.
//
// Approximately timed, the two ways in and out of the mesh are hops of the TLM base protocol:
//   BEGIN_REQ   fw  into the mesh: the head is offered; out of it: the tail is there, TLM_COMPLETED
//   FLOW        bw  (ignorable) a flit has moved into the mesh
//   BEGIN_RESP  bw  the last one has; the initiator answers TLM_COMPLETED
#pragma once

#include <cstdint>
#include <vector>

#include <tlm.h>

extern "C" {
#include "ohm_packet.h"
}

namespace ohm {

DECLARE_EXTENDED_PHASE(FLOW);

constexpr uint64_t UNKNOWN = ~uint64_t{0};

struct Way : tlm::tlm_extension<Way> {
    ohm_header header{};
    std::vector<uint32_t> flits;
    std::vector<uint64_t>
        moved; // cycles of the routers' clock in which its flits went into the mesh
    unsigned routers = 0;        // that it passes
    int from = -1;               // tile number of the sender, -1: the host
    uint64_t sent = 0;           // tile clock: first flit leaves

    // Of the last flit; UNKNOWN while it is outside.
    uint64_t tail() const { return moved.size() == flits.size() ? moved.back() : UNKNOWN; }

    tlm::tlm_extension_base *clone() const override { return new Way(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override
    {
        *this = static_cast<const Way &>(other);
    }
};

inline Way &way(tlm::tlm_generic_payload &p)
{
    return *p.get_extension<Way>();
}

// Payloads are used again: no allocation once the model has reached its working size.
class Pool : public tlm::tlm_mm_interface {
public:
    Pool() = default;
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;
    ~Pool() override
    {
        for (tlm::tlm_generic_payload *p : all_)
            delete p; // its extension with it
    }

    tlm::tlm_generic_payload *make(const uint32_t *flits, size_t n, int from)
    {
        tlm::tlm_generic_payload *p;
        if (free_.empty()) {
            p = new tlm::tlm_generic_payload(this);
            p->set_extension(new Way);
            all_.push_back(p);
        } else {
            p = free_.back();
            free_.pop_back();
        }
        Way &w = way(*p);
        w.header = ohm_header_decode(flits);
        w.flits.assign(flits, flits + n);
        w.moved.clear();
        w.from = from;
        const unsigned x = from < 0 ? 0 : from & 15, y = from < 0 ? 0 : from >> 4;
        const unsigned to_x = w.header.host ? 0 : w.header.x, to_y = w.header.host ? 0 : w.header.y;
        w.routers = (x > to_x ? x - to_x : to_x - x) + (y > to_y ? y - to_y : to_y - y) + 1;
        p->set_command(tlm::TLM_WRITE_COMMAND);
        p->set_address(flits[0]);
        p->set_data_ptr(reinterpret_cast<unsigned char *>(w.flits.data()));
        p->set_data_length(static_cast<unsigned>(4 * n));
        p->set_streaming_width(static_cast<unsigned>(4 * n));
        p->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        p->acquire();
        return p;
    }

    void free(tlm::tlm_generic_payload *p) override { free_.push_back(p); }

private:
    std::vector<tlm::tlm_generic_payload *> all_, free_;
};

} // namespace ohm
