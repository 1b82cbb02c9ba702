// SPDX-License-Identifier: Apache-2.0
//
// Traffic bench of the mesh: synthetic patterns at a given load, latency and throughput, and a
// stress over time.
//
// Every source makes packets at random times (Bernoulli, as if its queue had no end) and offers
// their flits to the fabric: the Verilated ohm_mesh, or the ideal queues of ideal.h. Every flit
// that arrives is compared with what its source, its packet's number and its place in the packet
// demand; packets of one pair must come in rising order, and as many as were sent. Usage: traffic W
// H DEPTH NVC MAX_FLITS COMMAND …
//   curve PATTERN SEED             a line per load: offered and accepted flits per source and
//   cycle, cycles of latency from
//                                  a packet's birth to its last flit; the last line is saturation
//   point PATTERN LOAD SEED        one such line (LOAD 1: saturation)
//   speed                          simulated cycles per second of processor time at saturation,
//   uniform stress FLITS SEED              all patterns and lengths, the host, random stalls, until
//   FLITS flits have arrived
// With `ideal` at the end of a curve or a point: of the ideal queues.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "Vohm_mesh.h"
#include "ideal.h"
#include "ohm_bench.h"
#include "ohm_map.h"

#define FIELD(word, name) \
    static_cast<int>((word) >> OHM_##name##_LSB & ((1u << OHM_##name##_W) - 1))

namespace {

using bench::cycle, bench::fail;

constexpr Flit FIRST = 1ULL << 32, LAST = 1ULL << 33, VALID = 1ULL << 34;
constexpr int LENGTH = 8; // flits of a packet in curves

enum Pattern {
    UNIFORM, TRANSPOSE, TORNADO, HOTSPOT, NEIGHBOUR, COMPLEMENT, MULTICAST, PATTERNS, MIXED
};
const char *const pattern_name[] = {"uniform",   "transpose",  "tornado",  "hotspot",
                                    "neighbour", "complement", "multicast"};

int W, H, NT, HOST, max_flits;
Pattern pattern;
bool mixed_lengths; // stress: 2 to max_flits, mostly short
int stall_percent;  // chance that an exit does not take

// Not the benches' generator: the figures of docs/explain/noc.md come from this one.
uint64_t rng_state;
uint64_t rnd() {
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}
int below(int n) { return static_cast<int>((rnd() >> 32) * static_cast<uint64_t>(n) >> 32); }
bool percent(int p) { return p > 0 && below(100) < p; }

// ---- sources ----

struct Source {
    uint64_t birth;  // of the packet that is next or under way
    uint32_t number; // of packets so far
    int at, flits;   // place in the packet; 0: none begun
    uint32_t header;
    double gap; // mean cycles between births; 0: silent
};

struct Sink {
    int at, flits, source;
    uint32_t header, number, born;
};

std::vector<Source> sources;
std::vector<Sink> sinks;
std::vector<uint32_t> sent, arrived,
    latest; // per pair [source * ends + sink]; latest: number of the last one, plus one
uint64_t flits_in, flits_out, packets_out, latency_sum, latency_max;

size_t pair(int src, int dst)
{
    return static_cast<size_t>(src) * sources.size() + static_cast<size_t>(dst);
}

uint32_t word(int src, uint32_t number, int at) {
    uint32_t h = (number + 1) * 2654435761u ^ static_cast<uint32_t>(src) * 40503u
                 ^ static_cast<uint32_t>(at) * 0x9e3779b9u;
    return h ^ h >> 15;
}

// Time to the next birth: geometric, so that each cycle has the same chance.
uint64_t gap(double mean) {
    if (mean <= 1)
        return 1;
    double u = static_cast<double>(rnd() >> 11) * 0x1p-53;
    return 1 + static_cast<uint64_t>(std::log1p(-u) / std::log1p(-1 / mean));
}

int other(int src) { // uniform, not the source
    int dst = below(NT - 1);
    return dst + (dst >= src);
}

// Where a packet of src goes; src itself: this source is silent in this pattern.
int destination(int src, Pattern p) {
    int x = src % W, y = src / W;
    switch (p) {
    case TRANSPOSE:
        return x * W + y;
    case TORNADO: {
        int by = W > 2 ? (W + 1) / 2 - 1 : 1;
        return (y + by) % H * W + (x + by) % W;
    }
    case HOTSPOT:
        if (src != NT / 2 + W / 2 && percent(10))
            return NT / 2 + W / 2;
        return other(src);
    case NEIGHBOUR:
        for (;;) {
            int d = below(4), nx = x + (d == 1) - (d == 3), ny = y + (d == 0) - (d == 2);
            if (nx >= 0 && nx < W && ny >= 0 && ny < H)
                return ny * W + nx;
        }
    case COMPLEMENT:
        return NT - 1 - src;
    default:
        return other(src);
    }
}

bool silent(int src, Pattern p) {
    return (p == TRANSPOSE || p == TORNADO || p == COMPLEMENT) && destination(src, p) == src;
}

void begin(int src, Source &s) {
    Pattern p = pattern;
    bool to_host = false;
    int mc = 0, dst;
    if (pattern == MIXED) {
        p = static_cast<Pattern>(below(PATTERNS));
        to_host = src != HOST && percent(4);
    }
    if (src == HOST)
        p = percent(50) ? MULTICAST : UNIFORM;
    dst = src == HOST ? below(NT) : silent(src, p) ? other(src) : destination(src, p);
    if (p == MULTICAST) // the destination and up to its row tiles south of it
        mc = below(dst / W + 1);
    s.flits = !mixed_lengths ? LENGTH : percent(2) ? max_flits - below(2) : 4 + below(12);
    if (to_host) {
        s.header = OHM_TYPE_RESULT << OHM_H0_TYPE_LSB | 1u << OHM_H0_HOST_LSB
                   | static_cast<uint32_t>(src % W) << OHM_H0_X_LSB
                   | static_cast<uint32_t>(src / W) << OHM_H0_Y_LSB;
        sent[pair(src, HOST)]++;
    } else {
        s.header = OHM_TYPE_ACT << OHM_H0_TYPE_LSB | static_cast<uint32_t>(dst % W) << OHM_H0_X_LSB
                   | static_cast<uint32_t>(dst / W) << OHM_H0_Y_LSB
                   | static_cast<uint32_t>(mc) << OHM_H0_MC_LSB;
        int from = src == HOST ? 0 : src / W; // copies are taken on the way north only
        for (int y = dst / W - 1; y >= dst / W - mc && y >= from; y--)
            sent[pair(src, y * W + dst % W)]++;
        sent[pair(src, dst)]++;
    }
    s.header |= static_cast<uint32_t>(s.flits - 2);
}

Flit next(int src) {
    Source &s = sources[static_cast<size_t>(src)];
    if (s.birth > cycle)
        return 0;
    if (s.at == 0)
        begin(src, s);
    else if (percent(stall_percent / 2))
        return 0;
    Flit f;
    switch (s.at) {
    case 0:
        f = FIRST | s.header;
        break;
    case 1:
        f = (s.number & 0xffff) << 16 | static_cast<uint32_t>(src);
        break;
    case 2:
        f = s.number;
        break;
    case 3:
        f = s.birth & 0xffffffff;
        break;
    default:
        f = word(src, s.number, s.at);
    }
    flits_in++;
    if (++s.at == s.flits) {
        f |= LAST;
        s.at = 0;
        s.number++;
        s.birth += gap(s.gap);
    }
    return f | VALID;
}

// ---- sinks ----

void got(int dst, Flit f) {
    Sink &k = sinks[static_cast<size_t>(dst)];
    uint32_t data = static_cast<uint32_t>(f);
    if (((f & FIRST) != 0) != (k.at == 0))
        fail("sink %d: first mark on flit %d", dst, k.at);
    switch (k.at) {
    case 0:
        k.header = data;
        k.flits = FIELD(data, H0_LEN) + 2;
        break;
    case 1:
        k.source = static_cast<int>(data & 0xffff);
        if (k.source > HOST)
            fail("sink %d: packet from %d", dst, k.source);
        break;
    case 2:
        k.number = data;
        break;
    case 3:
        k.born = data;
        break;
    default:
        if (data != word(k.source, k.number, k.at))
            fail("sink %d: flit %d of packet %u from %d is %08x, expected %08x", dst, k.at,
                 k.number, k.source, data, word(k.source, k.number, k.at));
    }
    flits_out++;
    k.at++;
    if (((f & LAST) != 0) != (k.at == k.flits))
        fail("sink %d: packet %u from %d: last mark on flit %d of %d", dst, k.number, k.source,
             k.at, k.flits);
    if (k.at < k.flits)
        return;
    int x = dst % W, y = dst / W, to_y = FIELD(k.header, H0_Y);
    bool host = FIELD(k.header, H0_HOST) != 0;
    if (dst == HOST ? !host
                    : host || FIELD(k.header, H0_X) != x || y > to_y ||
                          to_y - y > FIELD(k.header, H0_MC))
        fail("sink %d: packet with header %08x", dst, k.header);
    size_t i = pair(k.source, dst);
    if (k.number < latest[i])
        fail("sink %d: packet %u from %d after packet %u", dst, k.number, k.source, latest[i] - 1);
    latest[i] = k.number + 1;
    arrived[i]++;
    packets_out++;
    uint64_t latency = (cycle - k.born) & 0xffffffff;
    latency_sum += latency;
    latency_max = latency > latency_max ? latency : latency_max;
    k.at = 0;
}

// ---- fabrics ----

Vohm_mesh *top;
Ideal *ideal;

void step() {
    if (ideal) {
        ideal->step(next, got);
        cycle++;
        return;
    }
    static bool in_valid = false;
    top->host_out_ready = !percent(stall_percent);
    bench::settle(*top);
    bool in_taken = top->host_in_valid && top->host_in_ready;
    bool out_taken = top->host_out_valid && top->host_out_ready;
    Flit out = top->host_out_flit;
    if (top->long_count || top->stray_count)
        fail("%d paths closed, %d packets astray", top->long_count, top->stray_count);
    bench::edge(*top);
    if (out_taken)
        got(HOST, out);
    if (in_taken || !in_valid) {
        Flit f = next(HOST);
        in_valid = f != 0;
        top->host_in_valid = in_valid;
        top->host_in_flit = f & (VALID - 1);
    }
    cycle++;
}

void run(uint64_t cycles) {
    for (uint64_t end = cycle + cycles; cycle < end;)
        step();
}

// load: flits per source and cycle; host: it sends too
void set_load(double load, bool host) {
    for (int i = 0; i <= NT; i++) {
        Source &s = sources[static_cast<size_t>(i)];
        s.gap = load >= 1 ? 1 : (mixed_lengths ? 10 : LENGTH) / load;
        s.birth = (i == HOST && !host) || (i < NT && pattern != MIXED && silent(i, pattern))
                      ? UINT64_MAX
                      : cycle + gap(s.gap);
    }
}

// No new packets; what is under way must arrive, all of it. Returns the packets compared.
uint64_t drain() {
    uint64_t seen = flits_out, quiet = 0;
    for (auto &s : sources)
        if (s.at == 0)
            s.birth = UINT64_MAX;
        else
            s.gap = 1e15; // ends its packet, begins no other
    for (; quiet < 2000; quiet = flits_out == seen ? quiet + 1 : 0) {
        seen = flits_out;
        step();
    }
    uint64_t packets = 0;
    for (size_t src = 0; src < sources.size(); src++)
        for (size_t dst = 0; dst < sinks.size(); dst++) {
            size_t i = src * sources.size() + dst;
            if (sent[i] != arrived[i])
                fail("from %zu to %zu: %u packets sent, %u arrived", src, dst, sent[i], arrived[i]);
            packets += arrived[i];
        }
    return packets;
}

struct Point {
    double offered, accepted, latency; // flits per source and cycle, cycles
};

Point measure(double load) {
    set_load(load, false);
    run(static_cast<uint64_t>(2000 + 200 * W));
    int active = 0;
    for (const auto &s : sources)
        active += s.birth != UINT64_MAX;
    uint64_t in = flits_in, cycles = 12000;
    packets_out = latency_sum = 0;
    run(cycles);
    return {load, static_cast<double>(flits_in - in) / static_cast<double>(cycles) / active,
            packets_out ? static_cast<double>(latency_sum) / static_cast<double>(packets_out) : 0};
}

void print(const Point &p)
{
    std::printf("%-10s %6.3f %7.4f %8.1f\n", pattern_name[pattern], p.offered, p.accepted,
                p.latency);
}

// Loads from nearly nothing until the mesh does not follow any more; saturation last.
void curve() {
    for (double load = 0.02; load < 0.99; load += 0.02) {
        Point p = measure(load);
        print(p);
        drain();
        if (p.accepted < 0.95 * load)
            break;
    }
    print(measure(1));
    drain();
}

void stress(uint64_t flits) {
    mixed_lengths = true;
    pattern = MIXED;
    static const double loads[] = {1, 0.3, 0.1, 0.02};
    static const int stalls[] = {0, 30, 0, 80, 10, 97};
    uint64_t packets = 0, told = 0;
    for (unsigned round = 0; flits_out < flits; round++) {
        set_load(loads[round % 4], true);
        stall_percent = stalls[round % 6];
        for (uint64_t end = cycle + (stall_percent > 50 ? 5000 : 50000), seen = flits_out;
             cycle < end && flits_out < flits; seen = flits_out) {
            run(1000);
            if (flits_out == seen && round % 4 != 3)
                fail("nothing has moved for 1000 cycles");
        }
        packets = drain();
        if (flits_out - told >= 10000000) {
            told = flits_out;
            std::printf("%llu flits so far\n", static_cast<unsigned long long>(told));
            std::fflush(stdout);
        }
    }
    std::printf(
        "stress %dx%d: %llu flits, %llu packets, %llu cycles, none lost, doubled or out of order\n",
        W, H, static_cast<unsigned long long>(flits_out), static_cast<unsigned long long>(packets),
        static_cast<unsigned long long>(cycle));
}

} // namespace

extern "C" unsigned long long noc_next(int x, int y) { return next(y * W + x); }
extern "C" void noc_got(int x, int y, unsigned long long flit) { got(y * W + x, flit); }
extern "C" int noc_stall(int, int) { return percent(stall_percent); }

int main(int argc, char **argv) {
    if (argc < 7) {
        std::printf("usage: traffic W H DEPTH NVC MAX_FLITS curve|point|speed|stress …\n");
        return 2;
    }
    W = std::atoi(argv[1]);
    H = std::atoi(argv[2]);
    max_flits = std::atoi(argv[5]);
    HOST = NT = W * H;
    bench::title = std::string("traffic ") + argv[1] + "x" + argv[2];
    const char *command = argv[6];
    const char *name = argc > 7 ? argv[7] : "";
    int seed_at = std::strcmp(command, "point") ? 8 : 9;
    const char *seed = argc > seed_at ? argv[seed_at] : "1";
    rng_state = 0x9e3779b97f4a7c15ULL * (std::strtoull(seed, nullptr, 10) + 1);
    size_t ends = static_cast<size_t>(NT) + 1;
    sources.resize(ends);
    sinks.resize(ends);
    sent.resize(ends * ends);
    arrived.resize(ends * ends);
    latest.resize(ends * ends);
    for (auto &s : sources)
        s.birth = UINT64_MAX;
    bool known = std::strcmp(command, "curve") && std::strcmp(command, "point");
    for (int p = 0; p < PATTERNS; p++)
        if (!std::strcmp(name, pattern_name[p])) {
            pattern = static_cast<Pattern>(p);
            known = true;
        }
    if (!known)
        fail("pattern '%s', expected one of those in pattern_name", name);

    VerilatedContext context;
    Vohm_mesh model{&context, "mesh"};
    Ideal queues(W, H, std::atoi(argv[3]), std::atoi(argv[4]));
    top = &model;
    bench::reset(*top, 3, step);
    step();
    if (!std::strcmp(argv[argc - 1], "ideal"))
        ideal = &queues;

    if (!std::strcmp(command, "curve"))
        curve();
    else if (!std::strcmp(command, "point")) {
        print(measure(std::atof(argc > 8 ? argv[8] : "1")));
        drain();
    } else if (!std::strcmp(command, "speed")) {
        set_load(1, false);
        run(2000);
        std::clock_t start = std::clock();
        uint64_t cycles = 40000;
        run(cycles);
        double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        std::printf("speed %dx%d %.0f cycles/s\n", W, H, static_cast<double>(cycles) / took);
    } else if (!std::strcmp(command, "stress"))
        stress(std::strtoull(name, nullptr, 10));
    else
        fail("command '%s', expected curve, point, speed or stress", command);
    top->final();
    return 0;
}
