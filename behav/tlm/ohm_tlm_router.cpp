// SPDX-License-Identifier: Apache-2.0
#include "ohm_tlm_router.h"

#include <string>

namespace ohm {

Router::Router(sc_core::sc_module_name name, unsigned x_, unsigned y_, unsigned ports,
               const Clocks &clocks)
    : sc_module(name), x(x_), y(y_), clocks_(clocks)
{
    for (int p = 0; p < PORTS; p++) {
        if (!(ports >> p & 1))
            continue;
        rx_[p] = std::make_unique<Rx>((std::string("rx_") + "NESWL"[p]).c_str());
        rx_[p]->register_b_transport(this, &Router::transport, p);
        tx_[p] = std::make_unique<Tx>((std::string("tx_") + "NESWL"[p]).c_str());
    }
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

// A cycle here, and on.
void Router::transport(int, tlm::tlm_generic_payload &p, sc_core::sc_time &delay)
{
    const Way &w = way(p);
    const unsigned to = route_of(w.header, x, y);
    delay += sc_core::sc_time::from_value(clocks_.noc.start(1));
    for (Port o : {L, N, E, S, W}) {
        if (!(to >> o & 1))
            continue;
        use_[o].packets++;
        use_[o].flits += w.flits.size();
        use_[o].held += w.flits.size();
        sc_core::sc_time d = delay;
        if (tx_[o])
            (*tx_[o])->b_transport(p, d);
        else
            stray_++;
    }
}

} // namespace ohm
