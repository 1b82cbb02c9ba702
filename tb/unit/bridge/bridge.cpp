// SPDX-License-Identifier: Apache-2.0
//
// Bridge bench: a host on the AXI ports and a mesh on the host link, both with random gaps and
// stalls, around ohm_bridge (MESH 3x2, MAX_FLITS 66, OUT_DEPTH 256). Good packets must come through
// bit for bit and in order, bad ones must vanish whole and be counted as what they are. CRCs are
// zlib's. Usage: bridge SEED
#include <zlib.h>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include "Vohm_bridge.h"
#include "ohm_map.h"

namespace {

using Words = std::vector<uint32_t>;
using Flits = std::vector<uint64_t>; // {last, first, data[31:0]}
constexpr uint64_t FIRST = 1ULL << 32, LAST = 1ULL << 33;
constexpr int MESH_W = 3, MESH_H = 2;
constexpr size_t MAX_FLITS = 66, OUT_DEPTH = 256;

Vohm_bridge *top;
uint64_t rng_state, cycle, checks;

[[noreturn]] void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    std::printf("FAIL bridge cycle %llu: ", static_cast<unsigned long long>(cycle));
    std::vprintf(format, args);
    std::printf("\n");
    va_end(args);
    std::exit(1);
}
void check(bool good, const char *what) {
    checks++;
    if (!good)
        fail("%s", what);
}
uint64_t rnd() {
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}
int below(int n) { return static_cast<int>(rnd() % static_cast<uint64_t>(n)); }
bool percent(int p) { return below(100) < p; }

uint32_t crc_of(const Words &w, size_t n) {
    uLong crc = crc32(0, nullptr, 0);
    for (size_t i = 0; i < n; i++) {
        Bytef b[4] = {static_cast<Bytef>(w[i]), static_cast<Bytef>(w[i] >> 8),
                      static_cast<Bytef>(w[i] >> 16), static_cast<Bytef>(w[i] >> 24)};
        crc = crc32(crc, b, 4);
    }
    return static_cast<uint32_t>(crc);
}
uint32_t field(uint32_t word, int lsb, int width) { return word >> lsb & ((1u << width) - 1); }

// ---- ports, with what each side does per cycle ----

struct Beat { uint32_t data; bool last, user; };
std::deque<Beat> host_out;            // host to chip
std::deque<uint64_t> mesh_out;        // mesh to chip
std::deque<Flits> mesh_expect[2];     // per class
std::deque<Words> host_expect;        // CRC included
std::deque<bool> host_may_miss;       // it may have been dropped for want of room
Flits mesh_coming;
Words host_coming;
uint64_t missed, mesh_packets, host_packets;
int host_gap, mesh_gap, mesh_stall, host_stall; // percent
uint64_t in_tail_cycle, tx_head_cycle, tx_flits, tx_last_cycle, rx_tail_cycle, m_head_cycle,
    progress_cycle;
bool was_user;

void mesh_takes(uint64_t flit) {
    if (mesh_coming.empty())
        tx_head_cycle = cycle;
    tx_flits++;
    tx_last_cycle = cycle;
    mesh_coming.push_back(flit);
    if (!(flit & LAST))
        return;
    int hit = -1;
    for (int c = 0; c < 2; c++)
        if (!mesh_expect[c].empty() && mesh_expect[c].front() == mesh_coming)
            hit = c;
    if (hit < 0)
        fail("packet into the mesh was not expected (%zu flits, header %08x)", mesh_coming.size(),
             static_cast<uint32_t>(mesh_coming[0]));
    mesh_expect[hit].pop_front();
    was_user = hit == 1;
    mesh_packets++;
    checks++;
    mesh_coming.clear();
}

void host_takes(uint32_t data, bool last) {
    if (host_coming.empty())
        m_head_cycle = cycle;
    host_coming.push_back(data);
    if (!last)
        return;
    while (!host_expect.empty() && host_expect.front() != host_coming) {
        if (!host_may_miss.front())
            fail("packet to the host is missing (%zu flits) before one of %zu",
                 host_expect.front().size(), host_coming.size());
        missed++;
        host_expect.pop_front();
        host_may_miss.pop_front();
    }
    if (host_expect.empty())
        fail("packet to the host was not expected (%zu flits)", host_coming.size());
    host_expect.pop_front();
    host_may_miss.pop_front();
    host_packets++;
    checks++;
    host_coming.clear();
}

size_t words_for_host() {
    size_t n = 0;
    for (const auto &w : host_expect)
        n += w.size() - 1;
    return n;
}

void step() {
    top->tx_ready = !percent(mesh_stall);
    top->m_axis_tready = !percent(host_stall);
    bool from_mesh = !mesh_out.empty() && !percent(mesh_gap);
    top->rx_valid = from_mesh;
    top->rx_flit = from_mesh ? mesh_out.front() : rnd() & (LAST | FIRST | 0xffffffffu);
    if (!top->s_axis_tvalid && !host_out.empty() && !percent(host_gap)) {
        top->s_axis_tvalid = 1;
        top->s_axis_tdata = host_out.front().data;
        top->s_axis_tlast = host_out.front().last;
        top->s_axis_tuser = host_out.front().user;
    }
    top->clk = 0;
    top->eval();
    bool s_taken = top->s_axis_tvalid && top->s_axis_tready;
    bool tx = top->tx_valid, tx_taken = tx && top->tx_ready;
    bool m = top->m_axis_tvalid, m_taken = m && top->m_axis_tready, m_last = top->m_axis_tlast;
    uint64_t flit = top->tx_flit;
    uint32_t m_data = top->m_axis_tdata;
    bool running = !top->rst && !top->mesh_rst;
    if (from_mesh)
        check(top->rx_ready, "the mesh was pushed back");
    top->clk = 1;
    top->eval();
    // what is offered stays until it is taken
    if (running && !top->mesh_rst) {
        if (tx && !tx_taken)
            check(top->tx_valid && top->tx_flit == flit,
                  "a flit for the mesh changed before it was taken");
        if (m && !m_taken)
            check(top->m_axis_tvalid && top->m_axis_tdata == m_data && top->m_axis_tlast == m_last,
                  "a word for the host changed before it was taken");
    }
    cycle++;
    if (s_taken || tx_taken || m_taken)
        progress_cycle = cycle;
    if (s_taken) {
        if (host_out.front().last)
            in_tail_cycle = cycle;
        host_out.pop_front();
        top->s_axis_tvalid = 0;
    }
    if (tx_taken)
        mesh_takes(flit);
    if (m_taken)
        host_takes(m_data, m_last);
    if (from_mesh) {
        if (mesh_out.front() & LAST)
            rx_tail_cycle = cycle;
        mesh_out.pop_front();
    }
}

void drain() {
    progress_cycle = cycle;
    while (!host_out.empty() || !mesh_out.empty() || !mesh_expect[0].empty()
           || !mesh_expect[1].empty() || !host_expect.empty()) {
        step();
        if (cycle - progress_cycle > 5000) {
            if (!host_expect.empty() && host_may_miss.front()) {
                missed++;
                host_expect.pop_front();
                host_may_miss.pop_front();
            } else
                fail("nothing moves: %zu beats, %zu flits, %zu + %zu packets into the mesh, %zu to "
                     "the host are left",
                     host_out.size(), mesh_out.size(), mesh_expect[0].size(), mesh_expect[1].size(),
                     host_expect.size());
        }
    }
    for (int i = 0; i < 300; i++)
        step();
    check(mesh_coming.empty() && host_coming.empty(), "a packet has no end");
}

// ---- AXI4-Lite ----

uint32_t axil_read(uint8_t addr) {
    top->s_axil_araddr = addr;
    top->s_axil_arvalid = 1;
    for (bool taken = false; !taken;) {
        top->eval();
        taken = top->s_axil_arready;
        step();
    }
    top->s_axil_arvalid = 0;
    for (int wait = below(3); wait > 0; wait--) {
        check(top->s_axil_rvalid, "read response did not wait");
        step();
    }
    check(top->s_axil_rvalid && top->s_axil_rresp == 0,
          "no read response one cycle after the address");
    uint32_t data = top->s_axil_rdata;
    top->s_axil_rready = 1;
    step();
    top->s_axil_rready = 0;
    top->eval();
    check(!top->s_axil_rvalid, "read response came twice");
    return data;
}

void axil_write(uint8_t addr, uint32_t data, uint8_t strobe) {
    int aw_at = below(4), w_at = below(4), b_at = below(4);
    bool aw = false, w = false;
    for (int t = 0; !aw || !w; t++) {
        top->s_axil_awvalid = !aw && t >= aw_at;
        top->s_axil_wvalid = !w && t >= w_at;
        top->s_axil_awaddr = top->s_axil_awvalid ? addr : static_cast<uint8_t>(rnd());
        top->s_axil_wdata = top->s_axil_wvalid ? data : static_cast<uint32_t>(rnd());
        top->s_axil_wstrb = strobe;
        top->eval();
        check(!top->s_axil_bvalid, "write response before address and data");
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
        check(top->s_axil_bvalid, "write response did not wait");
        step();
    }
    check(top->s_axil_bvalid && top->s_axil_bresp == 0, "no write response");
    top->s_axil_bready = 1;
    step();
    top->s_axil_bready = 0;
    top->eval();
    check(!top->s_axil_bvalid, "write response came twice");
}

void expect_register(uint8_t addr, uint64_t expected, const char *name) {
    uint32_t got = axil_read(addr);
    if (got != static_cast<uint32_t>(expected))
        fail("%s = %u, expected %llu", name, got, static_cast<unsigned long long>(expected));
    checks++;
}

uint64_t in_pkts, bad_crc, bad_len, bad_dst, out_strays, link_long, link_stray;

void check_counters() {
    expect_register(OHM_AXIL_IN_PKTS, in_pkts, "AXIL_IN_PKTS");
    expect_register(OHM_AXIL_BAD_CRC, bad_crc, "AXIL_BAD_CRC");
    expect_register(OHM_AXIL_BAD_LEN, bad_len, "AXIL_BAD_LEN");
    expect_register(OHM_AXIL_BAD_DST, bad_dst, "AXIL_BAD_DST");
    expect_register(OHM_AXIL_OUT_PKTS, host_packets, "AXIL_OUT_PKTS");
    expect_register(OHM_AXIL_OUT_DROP, missed, "AXIL_OUT_DROP");
    expect_register(OHM_AXIL_LONG, link_long, "AXIL_LONG");
    expect_register(OHM_AXIL_STRAY, link_stray + out_strays, "AXIL_STRAY");
}

// ---- host to mesh ----

Words good_packet(size_t len) {
    static const uint32_t types[] = {OHM_TYPE_CFG_WR, OHM_TYPE_CFG_RD, OHM_TYPE_ACT,
                                     OHM_TYPE_PSUM,   OHM_TYPE_CREDIT, OHM_TYPE_PROG};
    uint32_t y = static_cast<uint32_t>(below(MESH_H));
    Words w;
    w.push_back(types[below(6)] << OHM_H0_TYPE_LSB | y << OHM_H0_Y_LSB |
                static_cast<uint32_t>(below(MESH_W)) << OHM_H0_X_LSB |
                static_cast<uint32_t>(below(static_cast<int>(y) + 1)) << OHM_H0_MC_LSB |
                static_cast<uint32_t>(below(16)) << OHM_H0_CHAN_LSB | static_cast<uint32_t>(len));
    while (w.size() < len + 2)
        w.push_back(static_cast<uint32_t>(rnd()));
    w.push_back(crc_of(w, w.size()));
    return w;
}

// Puts the words on the stream and notes what must become of them.
void host_sends(const Words &w, bool user) {
    for (size_t i = 0; i < w.size(); i++)
        host_out.push_back({w[i], i + 1 == w.size(), user});
    uint32_t h = w[0];
    size_t len = field(h, OHM_H0_LEN_LSB, OHM_H0_LEN_W);
    uint32_t type = field(h, OHM_H0_TYPE_LSB, OHM_H0_TYPE_W),
             y = field(h, OHM_H0_Y_LSB, OHM_H0_Y_W);
    if (len > MAX_FLITS - 2 || w.size() != len + 3) {
        bad_len++;
    } else if (crc_of(w, w.size() - 1) != w.back()) {
        bad_crc++;
    } else if (type == 0 || type == OHM_TYPE_CFG_DATA || type == OHM_TYPE_RESULT
               || type >= OHM_TYPE_EVENT || field(h, OHM_H0_HOST_LSB, 1) || y >= MESH_H
               || field(h, OHM_H0_X_LSB, OHM_H0_X_W) >= MESH_W
               || field(h, OHM_H0_MC_LSB, OHM_H0_MC_W) > y) {
        bad_dst++;
    } else {
        in_pkts++;
        Flits f(w.begin(), w.end() - 1);
        f.front() |= FIRST;
        f.back() |= LAST;
        mesh_expect[user].push_back(f);
    }
}

size_t length()
{
    return percent(15) ? MAX_FLITS - 2 - static_cast<size_t>(below(2))
                       : static_cast<size_t>(below(12));
}

Words bad_packet() {
    Words w = good_packet(length());
    size_t n = w.size();
    switch (below(7)) {
    case 0: // a bit flips anywhere
        w[static_cast<size_t>(below(static_cast<int>(n)))] ^= 1u << below(32);
        break;
    case 1: // cut short
        w.resize(1 + static_cast<size_t>(below(static_cast<int>(n) - 1)));
        break;
    case 2: // too long, in itself consistent
        w.back() = static_cast<uint32_t>(rnd());
        w.push_back(crc_of(w, w.size()));
        break;
    case 3: // LEN beyond the longest packet, and as many words
        w = good_packet(MAX_FLITS - 1 + static_cast<size_t>(below(200)));
        break;
    case 4: // does not end for long
        w.resize(n + 100 + static_cast<size_t>(below(2500)), 0x5a5a5a5a);
        break;
    default: // header: any bits, CRC right
        w[0] ^= static_cast<uint32_t>(rnd()) & ~((1u << OHM_H0_LEN_W) - 1);
        w.back() = crc_of(w, n - 1);
        break;
    }
    return w;
}

void test_in(int bad, int gap, int stall) {
    host_gap = gap;
    mesh_stall = stall;
    for (int i = 0; i < 400; i++)
        host_sends(percent(bad) ? bad_packet() : good_packet(length()), percent(40));
    drain();
    check_counters();
}

void test_in_speed() {
    host_gap = mesh_stall = 0;
    // head latency: 3 cycles after the tail was taken
    host_sends(good_packet(3), true);
    drain();
    if (tx_head_cycle - in_tail_cycle != 3)
        fail("head into the mesh %llu cycles after the tail came, expected 3",
             static_cast<unsigned long long>(tx_head_cycle - in_tail_cycle));
    // streaming: as fast as the host sends, and the last packet once more for store and forward
    uint64_t start = cycle, before = tx_flits;
    for (int i = 0; i < 50; i++)
        host_sends(good_packet(20), false);
    while (!mesh_expect[0].empty() && cycle - start < 5000)
        step();
    check(tx_flits - before == 50 * 22 && cycle - start <= 50 * 23 + 22 + 4,
          "packets into the mesh do not stream");
    // out of full buffers: no gaps, and the two classes in turn
    mesh_stall = 100;
    for (int i = 0; i < 4; i++) {
        host_sends(good_packet(10), false);
        host_sends(good_packet(10), true);
    }
    for (int i = 0; i < 200; i++)
        step();
    mesh_stall = 0;
    start = cycle;
    before = tx_flits;
    bool last_user = false;
    for (int i = 0; i < 8; i++) {
        uint64_t n = mesh_packets;
        while (mesh_packets == n && cycle - start < 1000)
            step();
        check(i == 0 || was_user != last_user, "the two classes do not take turns");
        last_user = was_user;
    }
    check(tx_flits - before == 8 * 12 && cycle - start == 8 * 12,
          "gaps between packets into the mesh");
    drain();
}

// ---- mesh to host ----

void mesh_sends(const Flits &f) { mesh_out.insert(mesh_out.end(), f.begin(), f.end()); }

// from the mesh, legal; room: it must not be dropped
void mesh_sends_good(size_t len, bool room) {
    Words w;
    w.push_back(static_cast<uint32_t>(OHM_TYPE_RESULT) << OHM_H0_TYPE_LSB | 1u << OHM_H0_HOST_LSB |
                static_cast<uint32_t>(below(16)) << OHM_H0_CHAN_LSB | static_cast<uint32_t>(len));
    while (w.size() < len + 2)
        w.push_back(static_cast<uint32_t>(rnd()));
    Flits f(w.begin(), w.end());
    f.front() |= FIRST;
    f.back() |= LAST;
    mesh_sends(f);
    w.push_back(crc_of(w, w.size()));
    host_may_miss.push_back(!room && words_for_host() + w.size() - 1 > OUT_DEPTH);
    host_expect.push_back(w);
}

void mesh_sends_bad() {
    size_t len = 1 + static_cast<size_t>(below(12));
    Flits f{FIRST | static_cast<uint64_t>(OHM_TYPE_RESULT) << OHM_H0_TYPE_LSB
            | 1u << OHM_H0_HOST_LSB | len};
    while (f.size() < len + 2)
        f.push_back(rnd() & 0xffffffffu);
    switch (below(4)) {
    case 0: // shorter than its LEN
        f.pop_back();
        f.back() |= LAST;
        break;
    case 1: // longer
        f.push_back(LAST | 7);
        break;
    case 2: // ended by a router
        f.pop_back();
        f.push_back(LAST | FIRST);
        break;
    default: // no end; a good packet follows
        break;
    }
    mesh_sends(f);
    out_strays++;
    if (percent(30)) { // flits of no packet, after one that has an end
        mesh_sends_good(2, true);
        mesh_out.push_back(rnd() & 0xffffffffu);
        mesh_out.push_back(LAST | 1);
        mesh_out.push_back(LAST | FIRST);
    }
}

void test_out(int bad, int gap, int stall) {
    mesh_gap = gap;
    host_stall = stall;
    for (int i = 0; i < 400; i++) {
        if (percent(bad))
            mesh_sends_bad();
        mesh_sends_good(length(), true);
        while (!mesh_out.empty() || words_for_host() > OUT_DEPTH - 2 * MAX_FLITS)
            step();
    }
    drain();
    check_counters();
}

void test_out_full() {
    mesh_gap = 0;
    host_stall = 80;
    uint64_t before = missed;
    for (int i = 0; i < 600; i++) {
        mesh_sends_good(length(), false);
        while (!mesh_out.empty())
            step();
    }
    host_stall = 0;
    drain();
    check(missed - before > 100, "the full output buffer dropped nothing");
    // the host stops for ever: the buffer holds what fits, to the word
    host_stall = 100;
    before = missed;
    for (int i = 0; i < 8; i++)
        mesh_sends_good(OUT_DEPTH / 4 - 2, false);
    while (!mesh_out.empty())
        step();
    host_stall = 0;
    drain();
    check(missed - before <= 4, "the output buffer does not hold its depth");
    check_counters();
}

void test_out_speed() {
    mesh_gap = host_stall = 0;
    mesh_sends_good(6, true);
    drain();
    if (m_head_cycle - rx_tail_cycle != 2)
        fail("head to the host %llu cycles after the tail came, expected 2",
             static_cast<unsigned long long>(m_head_cycle - rx_tail_cycle));
    checks++;
}

// ---- mesh reset ----

void test_reset() {
    host_gap = mesh_gap = mesh_stall = host_stall = 0;
    axil_write(OHM_AXIL_CTRL, 0xfffffffe, 15);
    expect_register(OHM_AXIL_CTRL, 0, "AXIL_CTRL");
    axil_write(OHM_AXIL_CTRL, 1, 14);
    expect_register(OHM_AXIL_CTRL, 0, "AXIL_CTRL");
    axil_write(OHM_AXIL_ID, 1, 15);
    check(!top->mesh_rst, "a write to another register resets the mesh");
    // a packet half way to the host is forgotten; packets from the host wait
    Flits half{FIRST | 1u << OHM_H0_HOST_LSB | 4, 1, 2};
    mesh_sends(half);
    while (!mesh_out.empty())
        step();
    axil_write(OHM_AXIL_CTRL, 1, 15);
    expect_register(OHM_AXIL_CTRL, 1, "AXIL_CTRL");
    host_sends(good_packet(5), false);
    for (int i = 0; i < 100; i++) {
        check(!top->tx_valid, "a packet enters a mesh in reset");
        step();
    }
    axil_write(OHM_AXIL_CTRL, 0, 15);
    mesh_sends_good(4, true);
    drain();
    check_counters();
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::printf("usage: bridge SEED\n");
        return 2;
    }
    rng_state = 0x9e3779b97f4a7c15ULL * (static_cast<uint64_t>(std::atoi(argv[1])) + 1);
    VerilatedContext context;
    Vohm_bridge model{&context, "bridge"};
    top = &model;
    top->rst = 1;
    for (int i = 0; i < 3; i++)
        step();
    top->rst = 0;

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
        host_sends(percent(30) ? bad_packet() : good_packet(length()), percent(50));
        mesh_sends_good(length(), true);
        while (!mesh_out.empty() || words_for_host() > OUT_DEPTH - 2 * MAX_FLITS)
            step();
    }
    drain();
    check_counters();
    top->final();
    std::printf("bridge: %llu checks in %llu cycles\n", static_cast<unsigned long long>(checks),
                static_cast<unsigned long long>(cycle));
    return checks > 0 ? 0 : 1;
}
