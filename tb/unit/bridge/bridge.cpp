// SPDX-License-Identifier: Apache-2.0
//
// Bridge bench: a host on the AXI ports and a mesh on the host link, both with random gaps and
// stalls, around ohm_bridge (MESH 3x2, MAX_FLITS 66, OUT_DEPTH 256). Good packets must come through
// bit for bit and in order, bad ones must vanish whole and be counted as what they are. CRCs are
// zlib's. Usage: bridge SEED
#include "to_host.h"
#include "to_mesh.h"

using namespace bridge;

static void test_reset() {
    host_gap = mesh_gap = mesh_stall = host_stall = 0;
    axil_write(OHM_AXIL_CTRL, 0xfffffffe, 15);
    expect_register(OHM_AXIL_CTRL, 0, "AXIL_CTRL");
    axil_write(OHM_AXIL_CTRL, 1, 14);
    expect_register(OHM_AXIL_CTRL, 0, "AXIL_CTRL");
    axil_write(OHM_AXIL_ID, 1, 15);
    CHECK(!top->mesh_rst, "a write to another register resets the mesh");
    // a packet half way to the host is forgotten; packets from the host wait
    Flits half{FIRST | 1u << OHM_H0_HOST_LSB | 4, 1, 2};
    mesh_sends(half);
    while (!mesh_out.empty())
        step();
    axil_write(OHM_AXIL_CTRL, 1, 15);
    expect_register(OHM_AXIL_CTRL, 1, "AXIL_CTRL");
    host_sends(good_packet(5), false);
    for (int i = 0; i < 100; i++) {
        CHECK(!top->tx_valid, "a packet enters a mesh in reset");
        step();
    }
    axil_write(OHM_AXIL_CTRL, 0, 15);
    mesh_sends_good(4, true);
    drain();
    check_counters();
}

int main(int argc, char **argv) {
    if (argc != 2) {
        std::printf("usage: bridge SEED\n");
        return 2;
    }
    bench::seed(argv[1]);
    bench::title = "bridge";
    VerilatedContext context;
    Vohm_bridge model{&context, "bridge"};
    top = &model;
    waves(model, std::string(argv[0]) + ".fst");
    reset(model, 3, step);

    expect_register(OHM_AXIL_ID, OHM_AXIL_ID_VALUE, "AXIL_ID");
    expect_register(OHM_AXIL_MESH, MESH_H << 8 | MESH_W, "AXIL_MESH");
    expect_register(0x0C, 0, "unused register");
    expect_register(0xFC, 0, "unused register");
    check_counters();
    top->long_count = 3;
    top->stray_count = 256;
    step();
    top->long_count = top->stray_count = 0;
    link_long = 3;
    link_stray = 256;
    check_counters();

    test_in_speed();
    test_out_speed();
    for (int bad : {0, 30, 100})
        for (int gap : {0, 50})
            for (int stall : {0, 50, 90}) {
                test_in(bad, gap, stall);
                test_out(bad, gap, stall);
            }
    test_out_full();
    test_reset();
    // both directions at once
    for (int i = 0; i < 300; i++) {
        host_sends(chance(30) ? bad_packet() : good_packet(length()), chance(50));
        mesh_sends_good(length(), true);
        while (!mesh_out.empty() || words_for_host() > OUT_DEPTH - 2 * MAX_FLITS)
            step();
    }
    drain();
    check_counters();
    top->final();
    std::printf("bridge: %llu cycles\n", static_cast<unsigned long long>(cycle));
    return end();
}
