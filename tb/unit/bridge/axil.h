// SPDX-License-Identifier: Apache-2.0
// The registers of the bridge over AXI4-Lite, and its counters.
#ifndef BRIDGE_AXIL_H
#define BRIDGE_AXIL_H

#include "ports.h"

namespace bridge {

inline uint32_t axil_read(uint8_t addr) {
    top->s_axil_araddr = addr;
    top->s_axil_arvalid = 1;
    for (bool taken = false; !taken;) {
        top->eval();
        taken = top->s_axil_arready;
        step();
    }
    top->s_axil_arvalid = 0;
    for (int wait = below(3); wait > 0; wait--) {
        CHECK(top->s_axil_rvalid, "read response did not wait");
        step();
    }
    CHECK(top->s_axil_rvalid && top->s_axil_rresp == 0,
          "no read response one cycle after the address");
    uint32_t data = top->s_axil_rdata;
    top->s_axil_rready = 1;
    step();
    top->s_axil_rready = 0;
    top->eval();
    CHECK(!top->s_axil_rvalid, "read response came twice");
    return data;
}

inline void axil_write(uint8_t addr, uint32_t data, uint8_t strobe) {
    int aw_at = below(4), w_at = below(4), b_at = below(4);
    bool aw = false, w = false;
    for (int t = 0; !aw || !w; t++) {
        top->s_axil_awvalid = !aw && t >= aw_at;
        top->s_axil_wvalid = !w && t >= w_at;
        top->s_axil_awaddr = top->s_axil_awvalid ? addr : static_cast<uint8_t>(rnd());
        top->s_axil_wdata = top->s_axil_wvalid ? data : static_cast<uint32_t>(rnd());
        top->s_axil_wstrb = strobe;
        top->eval();
        CHECK(!top->s_axil_bvalid, "write response before address and data");
        bool aw_now = top->s_axil_awvalid && top->s_axil_awready,
             w_now = top->s_axil_wvalid && top->s_axil_wready;
        step();
        aw |= aw_now;
        w |= w_now;
        if (t > 20)
            fail("AXI-Lite write hangs");
    }
    top->s_axil_awvalid = top->s_axil_wvalid = 0;
    step();
    for (; b_at > 0; b_at--) {
        CHECK(top->s_axil_bvalid, "write response did not wait");
        step();
    }
    CHECK(top->s_axil_bvalid && top->s_axil_bresp == 0, "no write response");
    top->s_axil_bready = 1;
    step();
    top->s_axil_bready = 0;
    top->eval();
    CHECK(!top->s_axil_bvalid, "write response came twice");
}

inline void expect_register(uint8_t addr, uint64_t expected, const char *name) {
    uint32_t got = axil_read(addr);
    CHECK(got == static_cast<uint32_t>(expected), "%s = %u, expected %llu", name, got,
          static_cast<unsigned long long>(expected));
}

inline uint64_t in_pkts, bad_crc, bad_len, bad_dst, out_strays, link_long, link_stray;

inline void check_counters() {
    expect_register(OHM_AXIL_IN_PKTS, in_pkts, "AXIL_IN_PKTS");
    expect_register(OHM_AXIL_BAD_CRC, bad_crc, "AXIL_BAD_CRC");
    expect_register(OHM_AXIL_BAD_LEN, bad_len, "AXIL_BAD_LEN");
    expect_register(OHM_AXIL_BAD_DST, bad_dst, "AXIL_BAD_DST");
    expect_register(OHM_AXIL_OUT_PKTS, host_packets, "AXIL_OUT_PKTS");
    expect_register(OHM_AXIL_OUT_DROP, missed, "AXIL_OUT_DROP");
    expect_register(OHM_AXIL_LONG, link_long, "AXIL_LONG");
    expect_register(OHM_AXIL_STRAY, link_stray + out_strays, "AXIL_STRAY");
}

} // namespace bridge

#endif
