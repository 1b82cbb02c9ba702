// SPDX-License-Identifier: Apache-2.0
// What travels over the sockets: a generic payload (write; data = flits, address = first header flit) with an extension that
// knows its way through the mesh.
//
// A way of R routers has R + 1 links: link 0 leaves the source, link k the k-th router, link R ends in a tile or in the host
// bridge. Every link is a hop of the TLM base protocol with the times of a wormhole:
//   BEGIN_REQ   fw  the link is granted, the head is offered
//   END_REQ     bw  the head has passed (way.link[k].head)
//   BEGIN_RESP  bw  it is known when the tail passes (way.link[k].tail); the initiator answers TLM_COMPLETED
//   FLOW        bw  (ignorable) flits of this packet have moved further down the way
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
    struct Link {
        uint64_t head = UNKNOWN, tail = UNKNOWN; // cycles of the routers' clock in which these flits move over the link
    };
    ohm_header header{};
    std::vector<uint32_t> flits;
    std::vector<Link> link;
    std::vector<uint64_t> moved; // cycles of its flits on link 0, where the mesh goes flit by flit
    unsigned at = 0;          // links that were offered so far
    int from = -1;            // tile number of the sender, -1: the host
    uint64_t sent = 0;        // tile clock: first flit leaves

    // When flit f moves over link k, given queues of `depth` flits: at full speed but for every head further down that was
    // held up while the flits between filled the queues. UNKNOWN while such a head has not moved.
    uint64_t flit(size_t k, uint64_t f, unsigned depth) const
    {
        if (!moved.empty())
            return f < moved.size() ? moved[f] : UNKNOWN;
        uint64_t t = 0;
        for (size_t j = k; j < link.size() && (j - k) * depth <= f; j++) {
            if (link[j].head == UNKNOWN)
                return UNKNOWN;
            const uint64_t slack = (j - k) * (depth - 1); // the head is never earlier than j - k, so this does not wrap
            const uint64_t h = link[j].head > slack ? link[j].head - slack : 0;
            t = h > t ? h : t;
        }
        return t + f;
    }

    tlm::tlm_extension_base *clone() const override { return new Way(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override { *this = static_cast<const Way &>(other); }
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
        w.link.clear();
        w.moved.clear();
        w.at = 0;
        w.from = from;
        const unsigned x = from < 0 ? 0 : from & 15, y = from < 0 ? 0 : from >> 4;
        const unsigned to_x = w.header.host ? 0 : w.header.x, to_y = w.header.host ? 0 : w.header.y;
        w.link.resize((x > to_x ? x - to_x : to_x - x) + (y > to_y ? y - to_y : to_y - y) + 2);
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
