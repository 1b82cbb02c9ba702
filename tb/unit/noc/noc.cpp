// SPDX-License-Identifier: Apache-2.0
//
// Mesh bench: drives ohm_mesh with traffic endpoints in place of tiles and checks every flit that
// comes out. Each endpoint (tiles 0 ... NT-1, NT the host) has a queue of flits to send; each
// (source, destination) pair has a queue of packets to come, bit for bit, and all queues must be
// empty at the end. Usage: noc W H MAX_FLITS NVC PIPE PARITY SEED
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "Vohm_mesh.h"
#include "ohm_map.h"

namespace {

using Flit = uint64_t; // {last, first, data[31:0]}
using Packet = std::vector<Flit>;
constexpr Flit FIRST = 1ULL << 32, LAST = 1ULL << 33, VALID = 1ULL << 34;
constexpr Flit ABORT = FIRST | LAST;

int W, H, NT, HOST, NVC, PIPE;
size_t MAX_FLITS;
uint64_t rng_state;
uint64_t cycle, checks, last_progress;
uint64_t longs, strays, longs_expected, strays_expected;
uint64_t flip_rate, flips, odd_flits, lost; // one flit in flip_rate is hit, 0: none
int idle_percent, host_stall_percent, exit_stall_percent;

std::vector<std::deque<Flit>> to_send;
std::map<std::pair<int, int>, std::deque<Packet>> to_come; // (source, destination)
std::vector<Packet> coming;                                // per destination
std::vector<uint16_t> serial;                              // per source
struct Arrival { uint64_t head, tail; int source; };
std::vector<std::vector<Arrival>> arrivals; // per destination
std::vector<uint64_t> head_cycle;           // of the packet that is coming
std::vector<uint64_t> sent_cycle;           // when the last flit to leave a source became visible

[[noreturn]] void fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    std::printf("FAIL noc %dx%d cycle %llu: ", W, H, static_cast<unsigned long long>(cycle));
    std::vprintf(format, args);
    std::printf("\n");
    va_end(args);
    std::exit(1);
}

uint64_t rnd() {
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}
int below(int n) { return static_cast<int>(rnd() % static_cast<uint64_t>(n)); }
bool percent(int p) { return p > 0 && below(100) < p; }

void check(bool good, const char *what) {
    checks++;
    if (!good)
        fail("%s", what);
}

int tile(int x, int y) { return y * W + x; }
int col(int id) { return id == HOST ? 0 : id % W; }
int row(int id) { return id == HOST ? 0 : id / W; }
// routers on the way, less one
int links(int src, int dst)
{
    return std::abs(col(src) - col(dst)) + std::abs(row(src) - row(dst));
}

// A packet as it enters: X, Y outside the mesh and any MC are possible.
Packet make(int src, bool host, int x, int y, int mc, size_t flits) {
    Packet p;
    uint32_t type = host ? OHM_TYPE_RESULT : OHM_TYPE_ACT;
    if (host) {
        x = col(src);
        y = row(src);
    }
    p.push_back(FIRST | type << OHM_H0_TYPE_LSB | static_cast<uint32_t>(y) << OHM_H0_Y_LSB
                | static_cast<uint32_t>(x) << OHM_H0_X_LSB
                | static_cast<uint32_t>(host) << OHM_H0_HOST_LSB
                | static_cast<uint32_t>(mc) << OHM_H0_MC_LSB | static_cast<uint32_t>(flits - 2));
    p.push_back(static_cast<uint32_t>(serial[src]++) << OHM_H1_SEQ_LSB
                | static_cast<uint32_t>(src));
    while (p.size() < flits)
        p.push_back(static_cast<uint32_t>(rnd()));
    p.back() |= LAST;
    return p;
}

// What arrives of what was sent. Returns the packet as receivers see it, empty when nothing of it
// is one.
Packet seen(const Packet &p, bool truncated) {
    Packet r = p;
    if (truncated)
        r.push_back(ABORT);
    if (r.size() > MAX_FLITS) {
        r.resize(MAX_FLITS);
        r.back() |= LAST;
    }
    return r;
}

void expect(int src, bool host, int x, int y, int mc, const Packet &p) {
    if (host) {
        to_come[{src, HOST}].push_back(p);
        return;
    }
    if (x >= W || y >= H)
        strays_expected++;
    if (x >= W)
        return; // lost on its way east, before any copy
    // copies where it goes north in column x
    for (int cy = row(src); cy < y && cy < H; cy++)
        if (cy >= y - mc)
            to_come[{src, tile(x, cy)}].push_back(p);
    if (y < H)
        to_come[{src, tile(x, y)}].push_back(p);
}

void send(int src, bool host, int x, int y, int mc, size_t flits) {
    Packet p = make(src, host, x, y, mc, flits);
    to_send[src].insert(to_send[src].end(), p.begin(), p.end());
    expect(src, host, x, y, mc, p);
}

void send_to(int src, int dst, size_t flits)
{
    send(src, dst == HOST, col(dst), row(dst), 0, flits);
}

void got(int dst, Flit f) {
    Packet &p = coming[dst];
    last_progress = cycle;
    if (p.empty()) {
        check((f & ABORT) == FIRST, "a packet starts without its first flit");
        head_cycle[dst] = cycle;
    }
    p.push_back(f);
    if (p.size() > MAX_FLITS)
        fail("endpoint %d: packet of more than %zu flits", dst, MAX_FLITS);
    if (!(f & LAST))
        return;
    if (flip_rate && f == ABORT) { // hit on its way; its receiver drops it
        p.clear();
        return;
    }
    if (p.size() < 2)
        fail("endpoint %d: packet of one flit", dst);
    int src = static_cast<int>(p[1] & 0xffff);
    auto &queue = to_come[{src, dst}];
    while (flip_rate && !queue.empty() && queue.front() != p) {
        queue.pop_front();
        lost++;
    }
    if (queue.empty())
        fail("endpoint %d: unexpected packet from %d (%zu flits, header %08x)", dst, src, p.size(),
             static_cast<uint32_t>(p[0]));
    if (queue.front() != p)
        fail("endpoint %d: packet from %d differs: got %zu flits serial %u, expected %zu flits "
             "serial %u",
             dst, src, p.size(), static_cast<uint32_t>(p[1]) >> 16, queue.front().size(),
             static_cast<uint32_t>(queue.front()[1]) >> 16);
    queue.pop_front();
    checks++;
    arrivals[dst].push_back({head_cycle[dst], cycle, src});
    p.clear();
}

Flit next(int src) {
    if (to_send[src].empty() || percent(idle_percent))
        return 0;
    Flit f = to_send[src].front();
    to_send[src].pop_front();
    sent_cycle[src] = cycle;
    return f | VALID;
}

Vohm_mesh *top;

void step() {
    // The host's side; its registers change with the clock as a tile's do.
    static bool in_valid = false;
    top->host_out_ready = !percent(host_stall_percent);
    top->clk = 0;
    top->eval();
    bool in_taken = top->host_in_valid && top->host_in_ready;
    bool out_taken = top->host_out_valid && top->host_out_ready;
    Flit out = top->host_out_flit;
    longs += top->long_count;
    strays += top->stray_count;
    odd_flits += top->parity_count;
    top->clk = 1;
    top->eval();
    if (out_taken)
        got(HOST, out);
    if (in_taken)
        in_valid = false;
    if (!in_valid) {
        Flit f = next(HOST);
        in_valid = (f & VALID) != 0;
        top->host_in_valid = in_valid;
        top->host_in_flit = f & (VALID - 1);
    }
    cycle++;
}

bool busy() {
    for (const auto &q : to_send)
        if (!q.empty())
            return true;
    for (const auto &q : to_come)
        if (!q.second.empty())
            return true;
    return false;
}

// Runs until all has come, then long enough for anything that should not come.
void drain(const char *what) {
    last_progress = cycle;
    while (busy()) {
        step();
        if (cycle - last_progress > 5000) {
            for (const auto &q : to_come)
                if (!q.second.empty())
                    fail("%s: nothing moves; %zu packets from %d to %d are missing", what,
                         q.second.size(), q.first.first, q.first.second);
            fail("%s: nothing moves; flits wait at a source", what);
        }
    }
    for (int i = 0; i < 20 + 4 * (W + H); i++)
        step();
    for (const auto &p : coming)
        check(p.empty(), "a packet has no end");
    if (longs != longs_expected || strays != strays_expected)
        fail("%s: %llu paths closed, expected %llu; %llu packets astray, expected %llu", what,
             static_cast<unsigned long long>(longs),
             static_cast<unsigned long long>(longs_expected),
             static_cast<unsigned long long>(strays),
             static_cast<unsigned long long>(strays_expected));
    checks++;
    for (auto &a : arrivals)
        a.clear();
}

// ---- tests ----

// Head of a lone packet: 1 + PIPE cycles per router, PIPE at the exit.
void test_latency() {
    idle_percent = host_stall_percent = 0;
    for (int src = 0; src <= NT; src++)
        for (int dst = 0; dst <= NT; dst++) {
            if (src == HOST && dst == HOST)
                continue;
            send_to(src, dst, 2);
            while (!to_send[src].empty())
                step();
            uint64_t first_visible = sent_cycle[src] - 1; // the second flit followed at once
            while (arrivals[dst].empty() && cycle - first_visible < 1000)
                step();
            // a source's flit is visible from the end of its cycle, a receiver sees it at the end
            // of the next ones
            uint64_t latency =
                arrivals[dst].empty() ? 0 : arrivals[dst].back().head - first_visible - 1;
            const int expected = (links(src, dst) + 1) * (1 + PIPE) + PIPE;
            if (latency != static_cast<uint64_t>(expected))
                fail("head from %d to %d took %llu cycles, expected %d", src, dst,
                     static_cast<unsigned long long>(latency), expected);
            checks++;
            arrivals[dst].clear();
        }
    drain("latency");
}

// Every cycle from the first flit to the last brings one, and flows share the port packet by
// packet.
void busy_sink(const std::vector<int> &sources, int dst, const char *what) {
    const int packets = 40;
    size_t flits = 0;
    for (int src : sources)
        for (int i = 0; i < packets; i++) {
            size_t n = 2 + static_cast<size_t>(i % 5);
            send_to(src, dst, n);
            flits += n;
        }
    while (arrivals[dst].size() < sources.size() * packets && cycle - last_progress < 5000)
        step();
    const auto &a = arrivals[dst];
    check(a.size() == sources.size() * packets, "busy sink: packets are missing");
    uint64_t took = a.back().tail - a.front().head + 1;
    if (took != flits)
        fail("%s: %zu flits took %llu cycles", what, flits, static_cast<unsigned long long>(took));
    checks++;
    // turns: while all flows still have packets, the sink's own tile, if it sends, has one in five
    // and the others have equal parts, to a packet; the first rounds may lack those that are
    // farther away
    std::map<int, int> count;
    int lead = static_cast<int>(sources.size()) * 10, all = lead * 2;
    for (int i = lead; i < all; i++)
        count[a[static_cast<size_t>(i)].source]++;
    const int others =
        static_cast<int>(sources.size() - std::count(sources.begin(), sources.end(), dst));
    // channels share a link flit by flit, so with several of them a source's part depends on who
    // shares its channel
    for (int src : sources) {
        const int own = others && others < static_cast<int>(sources.size()) ? (all - lead) / 5 : 0;
        const int part = src == dst && others ? own : (all - lead - own) / (others ? others : 1);
        if (NVC == 1 ? std::abs(count[src] - part) > 1 : count[src] < (src == dst ? 2 : 4))
            fail("%s: source %d got %d of %d packets, not %d", what, src, count[src], all - lead,
                 part);
    }
    checks++;
    drain(what);
}

void test_throughput() {
    idle_percent = host_stall_percent = 0;
    int far = NT - 1;
    busy_sink({HOST}, far, "one flow from the host");
    busy_sink({far}, HOST, "one flow to the host");
    busy_sink({0}, far, "one flow");
    if (NT == 1)
        busy_sink({HOST, 0}, 0, "two flows");
    if (W > 1 && H > 1) {
        busy_sink({tile(0, 0), tile(0, 1)}, tile(1, 1), "two flows");
        busy_sink({tile(0, 0), tile(0, 1), tile(1, 1)}, tile(1, 1), "three flows");
        busy_sink({HOST, tile(1, 0), tile(0, 0), tile(0, 1)}, tile(0, 0), "four flows");
    }
    // a copy to a whole column costs no more than one packet (with channels: a cycle more, for the
    // shared exits)
    for (int i = 0; i < 40; i++)
        send(HOST, false, W - 1, H - 1, H - 1, 10);
    while (busy() && cycle - last_progress < 5000)
        step();
    for (int y = 0; y < H; y++) {
        const auto &a = arrivals[tile(W - 1, y)];
        uint64_t took = a.empty() ? 0 : a.back().tail - a.front().head + 1;
        check(a.size() == 40 && (NVC == 1 ? took == 400 : took <= 440),
              "multicast from the host has gaps");
    }
    drain("multicast throughput");
}

enum Pattern {
    UNIFORM, TRANSPOSE, TORNADO, HOTSPOT, NEIGHBOUR, COMPLEMENT, MULTICAST, TO_HOST, MIXED, BROKEN,
    PATTERNS
};
const char *const pattern_name[] = {"uniform",   "transpose",      "tornado",   "hotspot",
                                    "neighbour", "bit complement", "multicast", "to host",
                                    "mixed",     "broken packets"};

size_t length()
{
    return percent(3) ? MAX_FLITS - static_cast<size_t>(below(2))
                      : 2 + static_cast<size_t>(below(12));
}

void send_multicast(int src) {
    int y = below(H);
    send(src, false, below(W), y, below(y + 1), length());
}

// Wrong in every way a sender can be wrong; what follows must arrive unharmed.
void send_broken(int src) {
    int kind = below(5);
    int x = below(W), y = below(H), mc = below(y + 1);
    Packet p;
    switch (kind) {
    case 0: // no last flit; the next packet ends it
        p = make(src, false, x, y, mc, length());
        p.back() &= ~LAST;
        expect(src, false, x, y, mc, seen(p, true));
        longs_expected++;
        break;
    case 1: // longer than legal, its last flit late, or lost, or on the first that is too many
        p = make(src, false, x, y, mc, MAX_FLITS + 1 + static_cast<size_t>(below(10)));
        if (percent(50))
            p.back() &= ~LAST;
        expect(src, false, x, y, mc, seen(p, false));
        longs_expected++;
        break;
    case 2: // flits of no packet
        p = make(src, false, x, y, 0, 2 + static_cast<size_t>(below(6)));
        p.front() &= ~FIRST;
        break;
    case 3: // an abort flit of no packet
        p.push_back(ABORT | static_cast<uint32_t>(rnd()));
        break;
    default: // to a tile that does not exist: east, or north with copies on the way
        if (W < 16 && percent(50))
            x = W + below(16 - W);
        else if (H < 16)
            y = H + below(16 - H);
        send(src, false, x, y, below(y + 1), length());
        return;
    }
    to_send[src].insert(to_send[src].end(), p.begin(), p.end());
}

void send_pattern(int src, Pattern pattern) {
    int x = col(src), y = row(src), dst = below(NT + (src != HOST));
    if (src == HOST && pattern != MULTICAST && pattern != MIXED && pattern != BROKEN)
        pattern = UNIFORM;
    switch (pattern) {
    case TRANSPOSE:
        if (y < W && x < H)
            dst = tile(y, x);
        break;
    case TORNADO:
        dst = tile((x + (W + 1) / 2 - 1 + W) % W, (y + (H + 1) / 2 - 1 + H) % H);
        break;
    case HOTSPOT:
        if (percent(50))
            dst = NT / 2;
        break;
    case NEIGHBOUR:
        dst = percent(50) ? tile((x + 1) % W, y) : tile(x, (y + 1) % H);
        break;
    case COMPLEMENT:
        dst = tile(W - 1 - x, H - 1 - y);
        break;
    case TO_HOST:
        dst = HOST;
        break;
    case MULTICAST:
        send_multicast(src);
        return;
    case MIXED:
    case BROKEN:
        // the host's packets were checked by the bridge
        if (pattern == BROKEN && src != HOST && percent(40))
            send_broken(src);
        else if (percent(50)) {
            send_multicast(src);
            return;
        }
        break;
    default:
        break;
    }
    send_to(src, dst, length());
}

void test_pattern(Pattern pattern, int idle, int stall) {
    const int packets = NT > 16 ? 40 : 120;
    idle_percent = idle;
    host_stall_percent = stall;
    exit_stall_percent = stall / 3; // tiles always take; the mesh does not rest on it
    for (int src = 0; src <= NT; src++)
        for (int i = 0; i < packets; i++)
            send_pattern(src, pattern);
    for (int src = 0; src <= NT; src++)
        send_to(src, below(NT), 5); // ends what a broken packet left open
    drain(pattern_name[pattern]);
}

// Packets from the host to the host ask for a turn that X-then-Y never makes: each is dropped whole
// and counted, some without an end, one behind the other and between good ones, which all arrive.
void test_turning_back() {
    idle_percent = host_stall_percent = exit_stall_percent = 0;
    for (int round = 0; round < 3; round++) { // the last with stalls
        for (int i = 0; i < 60; i++) {
            for (int src = 0; src < NT; src++)
                send_pattern(src, MIXED);
            Packet p = make(HOST, true, 0, 0, 0, length());
            if (percent(30))
                p.back() &= ~LAST;
            to_send[HOST].insert(to_send[HOST].end(), p.begin(), p.end());
            longs_expected++;
            if (percent(50))
                send_pattern(HOST, UNIFORM);
        }
        send_to(HOST, below(NT), 5);
        drain("turning back");
        idle_percent = 30 * round;
        host_stall_percent = exit_stall_percent = 20 * (round + 1);
    }
}

// Bits flip in the routers' queues: what arrives is right, bit for bit and in order; hit packets
// are missing, no other. No path stays open, none is followed that no header asked for, and each
// hit is counted.
void test_flips() {
    flip_rate = 3000;
    for (int round = 0; round < 20; round++) {
        for (int src = 0; src <= NT; src++)
            for (int i = 0; i < 100; i++)
                send_pattern(src, round % 2 ? MULTICAST : MIXED);
        uint64_t seen = 0;
        for (int quiet = 0; quiet < 1000; quiet = last_progress == seen ? quiet + 1 : 0) {
            seen = last_progress;
            step();
        }
        for (auto &q : to_come) {
            lost += q.second.size();
            q.second.clear();
        }
        for (const auto &q : to_send)
            check(q.empty(), "flips: a flit waits at a source");
        for (const auto &p : coming)
            check(p.empty(), "flips: a path stayed open");
    }
    flip_rate = 0;
    check(longs == longs_expected && strays == strays_expected,
          "flips: a path was closed for its length, or left the mesh");
    check(flips > 100 && odd_flits <= flips, "flips: more flits counted than hit");
    check(odd_flits * 100 >= flips * 98,
          "flips: fewer flits counted than hit"); // two at once in a router count once
    check(lost > 0 && lost <= flips * static_cast<uint64_t>(H),
          "flips: more packets lost than hit");
    std::printf("%llu flits hit, %llu packets lost\n", static_cast<unsigned long long>(flips),
                static_cast<unsigned long long>(lost));
    for (int src = 0; src <= NT; src++) // and all is as it was
        for (int i = 0; i < 40; i++)
            send_pattern(src, MIXED);
    drain("after flips");
}

} // namespace

// A flit is written into a queue of `bits` bits: the bits that change on the way.
extern "C" unsigned long long noc_flip(int bits) {
    if (!flip_rate || bits != 35 || rnd() % flip_rate)
        return 0;
    flips++;
    return 1ULL << below(bits);
}
extern "C" unsigned long long noc_next(int x, int y) { return next(tile(x, y)); }
extern "C" int noc_stall(int, int) { return percent(exit_stall_percent); }
extern "C" void noc_got(int x, int y, unsigned long long flit) { got(tile(x, y), flit); }

int main(int argc, char **argv) {
    if (argc != 8) {
        std::printf("usage: noc W H MAX_FLITS NVC PIPE PARITY SEED\n");
        return 2;
    }
    W = std::atoi(argv[1]);
    H = std::atoi(argv[2]);
    MAX_FLITS = static_cast<size_t>(std::atoi(argv[3]));
    rng_state = 0x9e3779b97f4a7c15ULL * (static_cast<uint64_t>(std::atoi(argv[7])) + 1);
    NVC = std::atoi(argv[4]);
    PIPE = std::atoi(argv[5]);
    HOST = NT = W * H;
    size_t ends = static_cast<size_t>(NT) + 1;
    to_send.resize(ends);
    coming.resize(ends);
    serial.resize(ends);
    arrivals.resize(ends);
    head_cycle.resize(ends);
    sent_cycle.resize(ends);

    VerilatedContext context;
    Vohm_mesh model{&context, "mesh"};
    top = &model;
    top->rst = 1;
    for (int i = 0; i < 3; i++)
        step();
    top->rst = 0;
    step();

    test_latency();
    test_throughput();
    test_turning_back();
    for (int p = UNIFORM; p < PATTERNS; p++)
        for (int idle : {0, 70})
            for (int stall : {0, 60, 97})
                test_pattern(static_cast<Pattern>(p), idle, stall);
    if (std::atoi(argv[6]))
        test_flips();
    top->final();
    std::printf("noc %dx%d: %llu checks in %llu cycles\n", W, H,
                static_cast<unsigned long long>(checks), static_cast<unsigned long long>(cycle));
    return checks > 0 ? 0 : 1;
}
