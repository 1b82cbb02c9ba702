// SPDX-License-Identifier: Apache-2.0
// Bench of the tile shell: ohm_tile with a stand-in core. It plays host, producers and consumers of
// one tile with random good and bad packets, and knows every packet, configuration write and
// counter that must come out.
//
// usage: bench <seed> <rounds>; the last line is "checks <n>", exit 0 only when nothing was wrong.
#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <vector>

#include "Vohm_tile.h"
#include "Vohm_tile__Dpi.h"
#include "verilated.h"

extern "C" {
#include "ohm_packet.h"
}

using Words = std::vector<uint32_t>;
struct Write { uint32_t addr, data; };
struct Prog { uint32_t dev, row, col, data; };

static std::mt19937 rng;
static unsigned below(unsigned n) { return n ? rng() % n : 0; }
static unsigned between(unsigned a, unsigned b) { return a + below(b - a + 1); }
static bool chance(unsigned percent) { return below(100) < percent; }

static uint64_t cycle, checks;
static unsigned seed;
static Vohm_tile *top;

[[noreturn]] static void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    std::printf("FAIL  tile_shell seed=%u cycle=%llu: ", seed, (unsigned long long)cycle);
    std::vprintf(format, args);
    std::printf("\n");
    va_end(args);
    std::exit(1);
}
#define CHECK(cond, ...) do { checks++; if (!(cond)) fail(__VA_ARGS__); } while (0)

// ---- what the stand-ins report ----
static std::deque<Write> want_cfg;
static std::deque<Prog> want_prog;

// until reset has taken hold the registers hold anything
extern "C" void bench_fail(const char *what)
{
    if (!top->rst) fail("core: %s", what);
}
extern "C" void bench_cfg(int addr, int data)
{
    if (top->rst) return;
    CHECK(!want_cfg.empty(), "configuration write %04x = %08x, expected none", addr, data);
    Write w = want_cfg.front();
    want_cfg.pop_front();
    CHECK(w.addr == (uint32_t)addr && w.data == (uint32_t)data,
          "configuration write %04x = %08x, expected %04x = %08x", addr, data, w.addr, w.data);
}
extern "C" void bench_prog(int macro, int dev, int row, int col, int data)
{
    if (top->rst) return;
    CHECK(!want_prog.empty(), "programming of row %d column %d, expected none", row, col);
    Prog p = want_prog.front();
    want_prog.pop_front();
    CHECK((int)p.dev == dev && (int)p.row == row && (int)p.col == col && p.data == (uint32_t)data,
          "programmed device %d row %d column %d data %08x, expected %u %u %u %08x", dev, row, col,
          data, p.dev, p.row, p.col, p.data);
    CHECK(macro == top->tile_y * 16 + top->tile_x, "macro_id %d", macro);
}

// ---- configuration of a round ----
struct Route { bool on; unsigned first, count, offset, credit, mc; uint32_t h0; };
static struct {
    uint32_t base;
    unsigned stream, log2_slots, slots, words, size, sbase, outs, rows, mode, producers;
    bool psum;
    std::vector<unsigned> cut;              // producers + 1 borders of the parts
    std::vector<Route> route;
    std::vector<uint32_t> ret;              // RETURN entries
} cfg;

enum Trouble { NONE, DROP, POISON };
struct Vec { Words in, ps; Trouble trouble, ps_trouble; unsigned who; };
static std::vector<Vec> vecs;
static unsigned nvec;

static std::deque<uint64_t> to_tile;           // flits to the tile
static std::deque<Words> want_data;
static uint16_t limit[16];                  // what we allowed the tile to send, by credit entry
static uint16_t ret_seen[16];
static bool ret_any[16];
static Words details[9];                    // expected events: their details in order
static std::vector<uint32_t> maybe;         // NO_SLOT that may or may not happen
static unsigned seen_event[9];              // highest count told
static bool read_waits;
static uint32_t read_tag, read_addr, read_value;
static bool read_any;                       // value not predicted
static uint32_t answer;
static unsigned sent_vec[16], sent_ps;      // next vector of each producer
static uint64_t data_start[3];              // cycles of the last first-flits of data packets
static unsigned tx_percent = 70, rx_percent = 80;

static uint32_t head0(unsigned type, unsigned chan, unsigned len, bool poison = false)
{
    uint32_t f[2];
    ohm_header h = {};
    h.type = type, h.y = top->tile_y, h.x = top->tile_x, h.poison = poison, h.chan = chan,
    h.len = len;
    if (chance(20)) {   // as a multicast copy on its way north
        unsigned up = below(16 - h.y);
        h.y += up;
        h.mc = std::min(15u, up + below(3));
    }
    ohm_header_encode(&h, f);
    return f[0];
}
static uint32_t head1(unsigned seq, unsigned offset)
{
    return OHM_PLACE(seq, H1_SEQ) | OHM_PLACE(offset, H1_OFFSET);
}

static void send(const Words &p, bool with_last = true)
{
    for (size_t i = 0; i < p.size(); i++)
        to_tile.push_back((uint64_t)p[i] | (uint64_t)(i == 0) << 32
                          | (uint64_t)(with_last && i + 1 == p.size()) << 33);
}
static Words packet(unsigned type, unsigned chan, unsigned seq, unsigned offset,
                    const Words &payload, bool poison = false)
{
    Words p = {head0(type, chan, payload.size(), poison), head1(seq, offset)};
    p.insert(p.end(), payload.begin(), payload.end());
    return p;
}
static Words noise(unsigned n)
{
    Words w(n);
    for (auto &x : w) x = rng();
    return w;
}
static void expect_event(unsigned code, uint32_t detail) { details[code].push_back(detail); }

static void write_regs(uint32_t addr, const Words &values)
{
    send(packet(OHM_TYPE_CFG_WR, 0, 0, addr, values));
    for (size_t i = 0; i < values.size(); i++) want_cfg.push_back({addr + (uint32_t)i, values[i]});
}
static void start_read(uint32_t addr, bool predicted, uint32_t value)
{
    read_waits = true, read_any = !predicted, read_tag = rng() & 0xffff, read_addr = addr,
    read_value = value;
    send(packet(OHM_TYPE_CFG_RD, 0, read_tag, addr, {}));
}

// ---- packets from the tile ----
static bool dropping; // after a disable in mid-flight: what was expected may be missing

static void expect_outputs(unsigned v)
{
    const Vec &x = vecs[v];
    const bool poison = x.trouble != NONE || (cfg.psum && x.ps_trouble != NONE);
    uint32_t hash = 0;
    for (uint32_t w : x.in) hash = hash * 33 + w;
    for (const Route &r : cfg.route) {
        if (!r.on) continue;
        Words p = {r.h0, head1(cfg.base + v, r.offset)};
        if (OHM_FIELD(r.h0, H0_HOST)) {
            p[0] &= ~(OHM_PLACE(15, H0_X) | OHM_PLACE(15, H0_Y));
            p[0] |= OHM_PLACE(top->tile_x, H0_X) | OHM_PLACE(top->tile_y, H0_Y);
        }
        for (unsigned o = r.first; o < r.first + r.count && !poison; o++) {
            uint32_t y = hash + o * 0x01000193u + (cfg.psum ? x.ps[o] : 0);
            if (cfg.mode != 1) p.push_back(y);
            else if ((o - r.first) % 4 == 0) p.push_back(y & 255);
            else p.back() |= (y & 255) << 8 * ((o - r.first) % 4);
        }
        p[0] |= poison ? OHM_PLACE(1, H0_POISON) : OHM_PLACE(p.size() - 2, H0_LEN);
        want_data.push_back(p);
    }
}

static void got_event(const Words &p)
{
    const unsigned code = OHM_FIELD(p[1], H1_OFFSET), count = OHM_FIELD(p[1], H1_SEQ);
    CHECK(p.size() == 3, "EVENT of %zu flits", p.size());
    CHECK(code >= 1 && code <= 8, "event code %u", code);
    CHECK(count > seen_event[code], "event %u: count %u after %u", code, count, seen_event[code]);
    seen_event[code] = count;
    const Words &d = details[code];
    if (code == OHM_EVENT_NO_SLOT || code == OHM_EVENT_LOST)
        CHECK(std::count(d.begin(), d.end(), p[2]) || std::count(maybe.begin(), maybe.end(), p[2]),
              "event %u: detail %08x not expected", code, p[2]);
    else
        CHECK(count <= d.size() && p[2] == d[count - 1],
              "event %u, count %u of %zu: detail %08x, expected %08x", code, count, d.size(), p[2],
              count <= d.size() ? d[count - 1] : 0);
}

static void got_credit(const Words &p)
{
    const unsigned i = OHM_FIELD(p[0], H0_CHAN);
    CHECK(p.size() == 2 && i < cfg.ret.size() && cfg.ret[i] >> 31, "CREDIT for entry %u", i);
    const uint32_t e = cfg.ret[i];
    const bool host = OHM_FIELD(e, RETURN_HOST);
    const unsigned x = host ? top->tile_x : OHM_FIELD(e, RETURN_X),
                   y = host ? top->tile_y : OHM_FIELD(e, RETURN_Y);
    const uint32_t want = OHM_PLACE(OHM_TYPE_CREDIT, H0_TYPE) | OHM_PLACE(y, H0_Y)
                          | OHM_PLACE(x, H0_X) | OHM_PLACE(host, H0_HOST) | OHM_PLACE(i, H0_CHAN);
    CHECK(p[0] == want, "CREDIT header %08x, expected %08x", p[0], want);
    const bool ps = OHM_FIELD(e, RETURN_PSUM);
    CHECK(ps || OHM_FIELD(e, RETURN_STREAM) == cfg.stream,
          "CREDIT for entry %u, whose stream frees nothing", i);
    const uint16_t lim = p[1] & 0xffff;
    const unsigned slots = ps ? TB_PSUM_SLOTS : cfg.slots;
    const int freed = (int16_t)(lim - (uint16_t)(cfg.base + slots));
    CHECK(freed > 0 && freed <= (int)nvec, "CREDIT entry %u: %d vectors freed of %u", i, freed,
          nvec);
    CHECK(!ret_any[i] || (int16_t)(lim - ret_seen[i]) > 0, "CREDIT entry %u: limit does not rise",
          i);
    ret_any[i] = true;
    ret_seen[i] = lim;
}

static void got_packet(const Words &p)
{
    CHECK(p.size() >= 2, "packet of %zu flits", p.size());
    CHECK(p.size() == 2 + OHM_FIELD(p[0], H0_LEN), "packet %08x has %zu flits", p[0], p.size());
    switch (OHM_FIELD(p[0], H0_TYPE)) {
    case OHM_TYPE_EVENT: got_event(p); break;
    case OHM_TYPE_CREDIT: got_credit(p); break;
    case OHM_TYPE_CFG_DATA:
        CHECK(read_waits, "CFG_DATA, nothing asked");
        CHECK(p[1] == head1(read_tag, read_addr), "CFG_DATA tag, address %08x, expected %08x", p[1],
              head1(read_tag, read_addr));
        CHECK(read_any || p[2] == read_value, "register %04x reads %08x, expected %08x", read_addr,
              p[2], read_value);
        answer = p[2];
        read_waits = false;
        break;
    default:
        CHECK(!want_data.empty(), "data packet %08x %08x, expected none", p[0], p[1]);
        CHECK(p == want_data.front(),
              "data packet %08x %08x (%zu flits), expected %08x %08x (%zu flits), or its payload",
              p[0], p[1], p.size(), want_data.front()[0], want_data.front()[1],
              want_data.front().size());
        for (const Route &r : cfg.route)
            if (r.on && OHM_FIELD(r.h0, H0_CHAN) == OHM_FIELD(p[0], H0_CHAN))
                for (unsigned m = 0; m <= r.mc; m++)
                    CHECK((int16_t)(limit[r.credit + m] - (uint16_t)(p[1] >> 16)) > 0,
                          "sent %u without credit %u", p[1] >> 16, r.credit + m);
        want_data.pop_front();
    }
}

static void tick()
{
    static Words out;
    if (!to_tile.empty() && chance(rx_percent)) {
        top->rx_valid = 1;
        top->rx_flit = to_tile.front();
        to_tile.pop_front();
    } else {
        top->rx_valid = 0;
        top->rx_flit = (uint64_t)rng() | (uint64_t)below(4) << 32;
    }
    top->tx_ready = chance(tx_percent);
    top->clk = 0;
    top->eval();
    const bool moved = top->tx_valid && top->tx_ready;
    const uint64_t flit = top->tx_flit;
    top->clk = 1;
    top->eval();
    cycle++;
    if (Verilated::gotFinish()) fail("the RTL stopped");
    if (!top->rx_ready) fail("rx_ready is 0");
    if (!moved || top->rst) return;
    CHECK((flit >> 32 & 1) == out.empty(), "first bit at flit %zu", out.size());
    if (out.empty() && OHM_FIELD((uint32_t)flit, H0_TYPE) >= OHM_TYPE_ACT
        && OHM_FIELD((uint32_t)flit, H0_TYPE) <= OHM_TYPE_RESULT)
        data_start[2] = data_start[1], data_start[1] = data_start[0], data_start[0] = cycle;
    out.push_back((uint32_t)flit);
    if (flit >> 33) {
        got_packet(out);
        out.clear();
    }
}
static void settle(const char *what, bool (*done)(), unsigned cycles = 20000)
{
    for (unsigned i = 0; !done(); i++) {
        if (i == cycles)
            fail("no end of %s: %zu data packets missing, first %08x %08x", what, want_data.size(),
                 want_data.empty() ? 0 : want_data[0][0], want_data.empty() ? 0 : want_data[0][1]);
        tick();
    }
}
static bool quiet()
{
    return to_tile.empty() && want_cfg.empty() && want_prog.empty() && !read_waits;
}
static bool drained() { return quiet() && want_data.empty(); }
static uint32_t read_reg(uint32_t addr, bool predicted = false, uint32_t value = 0)
{
    start_read(addr, predicted, value);
    settle("register read", quiet);
    return answer;
}

// ---- bad packets: each is dropped whole, and is one event ----
static void send_bad()
{
    const unsigned seq = cfg.base + between(0, nvec);
    Words p;
    switch (below(18)) {
    case 0: // tail too early
        p = packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(between(2, 9)));
        p.resize(between(2, p.size() - 1));
        send(p);
        return expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
    case 1: // tail too late
        p = packet(chance(50) ? OHM_TYPE_PROG : OHM_TYPE_CFG_WR, 0, 0, 0, noise(between(1, 9)));
        for (uint32_t w : noise(between(1, 5))) p.push_back(w);
        send(p);
        return expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
    case 2: // no tail: the next packet's first flit ends it
        p = packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(between(1, 9)));
        p.resize(between(1, p.size()));
        send(p, false);
        send(packet(OHM_TYPE_CREDIT, cfg.route[0].credit, 0, limit[cfg.route[0].credit], {}));
        return expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
    case 3: // one flit, first and last; twice in a row
        for (int i = 0; i < 2; i++) {
            p = {(uint32_t)rng()};
            send(p);
            expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
        }
        return;
    case 4: // rest of a path that a router closed
        for (unsigned i = between(1, 5); i--;)
            to_tile.push_back((uint64_t)rng() | (uint64_t)chance(20) << 33);
        return;
    case 5: { // unknown type
        static const unsigned types[] = {0, 3, 6, 9, 10, 15};
        p = packet(types[below(6)], 0, 0, 0, noise(below(4)));
        send(p);
        return expect_event(OHM_EVENT_BAD_TYPE, p[0]);
    }
    case 6: // not for this tile: another x, south of it with no copies, or for the host
        p = packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(1));
        p[0] &= ~OHM_PLACE(15, H0_MC);
        switch (below(3)) {
        case 0: p[0] ^= OHM_PLACE(between(1, 15), H0_X); break;
        case 1:
            p[0] = (p[0] & ~OHM_PLACE(15, H0_Y))
                   | OHM_PLACE((top->tile_y + between(1, 15)) % 16, H0_Y);
            break;
        default: p[0] |= OHM_PLACE(1, H0_HOST);
        }
        send(p);
        return expect_event(OHM_EVENT_BAD_TYPE, p[0]);
    case 7: // LEN illegal for the type
        switch (below(4)) {
        case 0: p = packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(chance(50) ? 0 : 65)); break;
        case 1:
            p = packet(chance(50) ? OHM_TYPE_CFG_RD : OHM_TYPE_CREDIT, 0, 0, 0, noise(1));
            break;
        case 2: p = packet(OHM_TYPE_ACT, cfg.stream, seq, 0, noise(1), true); break;
        default: p = packet(chance(50) ? OHM_TYPE_PSUM : OHM_TYPE_ACT, 0, seq, 0, {});
        }
        send(p);
        return expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
    case 8: { // CFG_WR that leaves the registers half-way
        static const unsigned ends[] = {OHM_REG_SEQ_HEAD,
                                        OHM_REG_DESC_SIZE,
                                        OHM_REG_STREAM + 2 * TB_NSTREAM - 1,
                                        OHM_REG_CREDIT + TB_NCREDIT - 1,
                                        OHM_REG_RETURN + TB_NRETURN - 1,
                                        OHM_REG_COLMAP + TB_COLS - 1,
                                        OHM_REG_SCALE + TB_COLS - 1};
        const unsigned n = between(2, 5);
        p = packet(OHM_TYPE_CFG_WR, 0, 0, ends[below(7)] + 2 - between(1, n), noise(n));
        send(p);
        return expect_event(OHM_EVENT_BAD_ADDR, p[1]);
    }
    case 9:
        p = packet(OHM_TYPE_CFG_RD, 0, rng(), chance(50) ? 0x0006 : OHM_REG_ROUTE + 2 * TB_NROUTE,
                   {});
        send(p);
        return expect_event(OHM_EVENT_BAD_ADDR, p[1]);
    case 10: // PROG outside the array, or above G_max
        switch (below(4)) {
        case 0: p = packet(OHM_TYPE_PROG, 0, 0, TB_ROWS, {1}); break;
        case 1: p = packet(OHM_TYPE_PROG, 1, TB_COLS - 1, 0, {1, 2}); break;
        case 2: p = packet(OHM_TYPE_PROG, between(2, 15), 0, 0, {1}); break;
        default:
            p = packet(OHM_TYPE_PROG, 0, 0, 0,
                       {16384u << 16 | 16384u, chance(50) ? 16385u : 16385u << 16});
        }
        send(p);
        return expect_event(OHM_EVENT_BAD_ADDR, p[1]);
    case 11: { // outside the slot
        const unsigned n = between(1, 4);
        p = packet(OHM_TYPE_ACT, cfg.stream, seq, cfg.size - n + between(1, 3), noise(n));
        send(p);
        return expect_event(OHM_EVENT_BAD_ADDR, p[1]);
    }
    case 12:
        p = packet(OHM_TYPE_PSUM, below(2), seq, TB_COLS, noise(1));
        send(p);
        return expect_event(OHM_EVENT_BAD_ADDR, p[1]);
    case 13: // no such stream, descriptor, credit entry
        switch (below(3)) {
        case 0: p = packet(OHM_TYPE_ACT, between(TB_NSTREAM, 15), seq, 0, noise(1)); break;
        case 1: p = packet(OHM_TYPE_PSUM, between(1, 15), seq, 0, noise(1)); break;
        default:
            if (TB_NCREDIT == 16) return;
            p = packet(OHM_TYPE_CREDIT, between(TB_NCREDIT, 15), 0, 0xffff, {});
        }
        send(p);
        return expect_event(OHM_EVENT_BAD_ADDR, p[1]);
    case 14: { // before the first vector, or beyond any window
        const bool ps = chance(50);
        const unsigned far =
            chance(50) ? cfg.base - between(1, 30000) : cfg.base + nvec + 16 + below(30000);
        p = packet(ps ? OHM_TYPE_PSUM : OHM_TYPE_ACT, ps ? 0 : cfg.stream, far, 0,
                   noise(chance(30) ? 0 : 1));
        if (p.size() == 2) p[0] |= OHM_PLACE(1, H0_POISON);
        send(p);
        return expect_event(OHM_EVENT_NO_SLOT, p[1]);
    }
    case 15: { // rubbish for a producer's next part, truncated or overlong: overwritten by the good
               // packet
        const unsigned v = sent_vec[0];
        if (v >= nvec) return;
        p = packet(OHM_TYPE_ACT, cfg.stream, cfg.base + v, 0, noise(cfg.cut[1]));
        if (cfg.cut[1] > 1 && chance(50)) p.pop_back(); else p.push_back(rng());
        send(p);
        return expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
    }
    case 16: // cut off in the mesh: an abort flit ends it
        p = packet(chance(50) ? OHM_TYPE_PROG : OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS,
                   noise(between(1, 9)));
        p.resize(between(1, p.size()));
        send(p, false);
        to_tile.push_back(3ull << 32);
        return expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
    default: {
        if (sent_ps >= nvec || !cfg.psum) return;
        p = packet(OHM_TYPE_PSUM, 0, cfg.base + sent_ps, 0, noise(cfg.outs));
        if (cfg.outs > 1 && chance(50)) p.pop_back(); else p.push_back(rng());
        send(p);
        return expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
    }
    }
}

// ---- good packets ----
static bool send_act(unsigned who)
{
    const unsigned v = sent_vec[who];
    const uint16_t lim = ret_any[0] ? ret_seen[0] : cfg.base + cfg.slots;
    if (v >= nvec || (int16_t)(lim - (uint16_t)(cfg.base + v)) <= 0) return false;
    const Vec &x = vecs[v];
    const unsigned a = cfg.cut[who], n = cfg.cut[who + 1] - a;
    sent_vec[who]++;
    if (x.who == who && x.trouble == DROP) return true;
    Words p = packet(OHM_TYPE_ACT, cfg.stream, cfg.base + v, a,
                     Words(x.in.begin() + a, x.in.begin() + a + n));
    if (x.who == who && x.trouble == POISON)
        p = packet(OHM_TYPE_ACT, cfg.stream, cfg.base + v, a, {}, true);
    else if (x.trouble == POISON) maybe.push_back(p[1]);   // the vector may have left by then
    send(p);
    return true;
}
static bool send_psum()
{
    const unsigned v = sent_ps;
    const uint16_t lim = ret_any[1] ? ret_seen[1] : cfg.base + TB_PSUM_SLOTS;
    if (!cfg.psum || v >= nvec || (int16_t)(lim - (uint16_t)(cfg.base + v)) <= 0) return false;
    const Vec &x = vecs[v];
    const unsigned n = cfg.outs / 2;    // two packets of one producer
    sent_ps++;
    if (n) send(packet(OHM_TYPE_PSUM, 0, cfg.base + v, 0, Words(x.ps.begin(), x.ps.begin() + n)));
    if (x.ps_trouble == POISON) send(packet(OHM_TYPE_PSUM, 0, cfg.base + v, n, {}, true));
    if (x.ps_trouble == NONE)
        send(packet(OHM_TYPE_PSUM, 0, cfg.base + v, n, Words(x.ps.begin() + n, x.ps.end())));
    return true;
}
static void send_credit(unsigned e, unsigned step)
{
    limit[e] += step;
    send(packet(OHM_TYPE_CREDIT, e, 0, limit[e], {}));
}
static bool ask_any()
{
    if (read_waits) return false;
    switch (below(6)) {
    case 0: start_read(OHM_REG_ID, true, OHM_ID_VALUE); break;
    case 1: start_read(OHM_REG_SHAPE, true, TB_ROWS | TB_COLS << 16); break;
    case 2: {
        unsigned r = below(cfg.route.size());
        start_read(OHM_REG_ROUTE + 2 * r, true, cfg.route[r].h0);
        break;
    }
    case 3: {
        unsigned r = below(cfg.ret.size());
        start_read(OHM_REG_RETURN + r, true, cfg.ret[r]);
        break;
    }
    case 4: start_read(OHM_REG_SEQ_BASE, true, cfg.base); break;
    default: start_read(OHM_REG_STREAM + 2 * cfg.stream, true, cfg.sbase | cfg.size << 16);
    }
    return true;
}
static void send_other()
{
    switch (below(4)) {
    case 0: { // configuration, then a read behind it
        const unsigned n = between(1, std::min(64, TB_COLS));
        write_regs((chance(50) ? OHM_REG_BIAS : OHM_REG_COLMAP) + below(TB_COLS - n + 1), noise(n));
        if (!read_waits) start_read(OHM_REG_BIAS, true, 0);
        return;
    }
    case 1: {
        const unsigned n = between(1, std::min(64, (TB_COLS + 1) / 2));
        const unsigned col = below(TB_COLS + 2 - 2 * n), row = below(TB_ROWS), dev = below(2);
        Words w = noise(n);
        for (auto &x : w) x = between(0, 16384) | between(0, 16384) << 16;
        send(packet(OHM_TYPE_PROG, dev, col, row, w));
        for (unsigned i = 0; i < n; i++) want_prog.push_back({dev, row, col + 2 * i, w[i]});
        return;
    }
    case 2: ask_any(); return;
    default: { // a late CREDIT changes nothing
        const unsigned e = cfg.route[0].credit;
        send(packet(OHM_TYPE_CREDIT, e, 0, limit[e] - below(20), {}));
    }
    }
}

// ---- rounds ----
static void configure(bool plain)
{
    cfg.stream = below(TB_NSTREAM);
    cfg.mode = below(3);
    cfg.psum = !plain && chance(60);
    cfg.rows = between(1, TB_ROWS);
    cfg.outs = plain ? TB_COLS : between(1, TB_COLS);
    cfg.words = (cfg.rows + 3) / 4;
    cfg.size = cfg.words + below(4);
    cfg.log2_slots = between(1, 4);
    while ((cfg.size << cfg.log2_slots) > TB_IBUF_WORDS) cfg.log2_slots--;
    cfg.slots = 1u << cfg.log2_slots;
    cfg.sbase = below(TB_IBUF_WORDS - cfg.size * cfg.slots + 1);
    cfg.producers = cfg.slots >= 4 && !plain ? between(1, std::min(3u, cfg.words)) : 1;
    static const uint32_t bases[] = {0, 0xfff0, 0x1fff8, 0x7ffe, 0xfffffff4};
    cfg.base = chance(50) ? bases[below(5)] : rng();
    cfg.cut = {0};
    for (unsigned i = 1; i <= cfg.producers; i++) cfg.cut.push_back(cfg.words * i / cfg.producers);

    cfg.ret.assign(TB_NRETURN, 0);
    for (unsigned i = 0; i < TB_NRETURN; i++) {
        const bool ps = i == 1 || (i > 1 && chance(40));
        const unsigned s = i == 0 || chance(50) ? cfg.stream : below(4);
        cfg.ret[i] = OHM_PLACE(i < 2 || chance(70), RETURN_VALID) | OHM_PLACE(ps, RETURN_PSUM)
                     | OHM_PLACE(s, RETURN_STREAM) | OHM_PLACE(chance(50), RETURN_HOST)
                     | OHM_PLACE(below(16), RETURN_Y) | OHM_PLACE(below(16), RETURN_X)
                     | OHM_PLACE(i, RETURN_CHAN);
    }
    cfg.route.assign(TB_NROUTE, Route{});
    unsigned credit = 0;
    for (unsigned r = 0; r < TB_NROUTE; r++) {
        Route &t = cfg.route[r];
        t.on = plain ? r == 0 : (r == 0 || chance(60)) && credit < TB_NCREDIT;
        if (!t.on) continue;
        t.mc = plain ? 0 : below(std::min(4u, (unsigned)TB_NCREDIT - credit));
        t.credit = credit;
        credit += t.mc + 1;
        t.first = plain ? 0 : below(cfg.outs);
        if (cfg.mode == 1) t.first &= ~3u;
        t.count = plain ? cfg.outs : between(1, cfg.outs - t.first);
        t.offset = below(1024);
        static const unsigned types[] = {OHM_TYPE_ACT, OHM_TYPE_PSUM, OHM_TYPE_RESULT};
        t.h0 = OHM_PLACE(types[below(3)], H0_TYPE) | OHM_PLACE(below(16), H0_X)
               | OHM_PLACE(below(16), H0_Y) | OHM_PLACE(chance(50), H0_HOST)
               | OHM_PLACE(t.mc, H0_MC) | OHM_PLACE(r, H0_CHAN);
    }
    for (unsigned e = 0; e < TB_NCREDIT; e++) limit[e] = cfg.base + (plain ? 0 : below(3));

    write_regs(OHM_REG_CTRL, {0});
    write_regs(OHM_REG_SEQ_BASE, {cfg.base});
    write_regs(OHM_REG_DESC, {OHM_PLACE(cfg.mode, DESC_MODE) | OHM_PLACE(cfg.psum, DESC_PSUM)
                                  | OHM_PLACE(cfg.stream, DESC_STREAM) | OHM_PLACE(1, DESC_NSLICE),
                              OHM_PLACE(cfg.rows - 1, DESC_SIZE_ROWS1)
                                  | OHM_PLACE(cfg.outs - 1, DESC_SIZE_OUTS1)});
    write_regs(OHM_REG_STREAM + 2 * cfg.stream,
               {cfg.sbase | cfg.size << 16, cfg.words | cfg.log2_slots << 12});
    Words w;
    for (const Route &t : cfg.route) {
        w.push_back(t.h0);
        w.push_back(OHM_PLACE(t.first, ROUTE_PART_FIRST) | OHM_PLACE(t.count - 1, ROUTE_PART_COUNT1)
                    | OHM_PLACE(t.offset, ROUTE_PART_OFFSET)
                    | OHM_PLACE(t.credit, ROUTE_PART_CREDIT));
    }
    write_regs(OHM_REG_ROUTE, w);
    w.assign(limit, limit + TB_NCREDIT);
    write_regs(OHM_REG_CREDIT, w);
    write_regs(OHM_REG_RETURN, cfg.ret);

    vecs.assign(nvec, Vec{});
    for (unsigned v = 0; v < nvec; v++) {
        Vec &x = vecs[v];
        x.in = noise(cfg.words);
        x.ps = noise(cfg.outs);
        x.who = below(cfg.producers);
        // a lost vector shows when the next one comes whole, so two in a row and the last stay good
        if (plain || v + 1 == nvec) continue;
        if (v == 0 || vecs[v - 1].trouble == NONE)
            x.trouble = (Trouble)(chance(75) ? NONE : between(DROP, POISON));
        if (v == 0 || vecs[v - 1].ps_trouble == NONE)
            x.ps_trouble = (Trouble)(chance(80) ? NONE : between(DROP, POISON));
    }
    std::fill(sent_vec, sent_vec + 16, 0);
    sent_ps = 0;
    std::fill(ret_any, ret_any + 16, false);
    want_data.clear();
    for (unsigned v = 0; v < nvec; v++) expect_outputs(v);
}
static void disabled_packets()
{
    for (unsigned type : {OHM_TYPE_ACT, OHM_TYPE_PSUM}) {
        Words p = packet(type, type == OHM_TYPE_ACT ? cfg.stream : 0, cfg.base, 0, noise(1));
        send(p);
        expect_event(OHM_EVENT_DISABLED, p[0]);
    }
    settle("disabled packets", quiet);
}
static void enable()
{
    write_regs(OHM_REG_CTRL, {1});
    read_reg(OHM_REG_CTRL, true, 1);
    read_reg(OHM_REG_SEQ_HEAD, true, cfg.base);
}
static void check_counters()
{
    for (int i = 0; i < 200; i++) tick();   // events leave
    for (unsigned code = 1; code <= 8; code++) {
        const unsigned n = read_reg(OHM_REG_CNT_EVENT + code - 1);
        const unsigned least = details[code].size(),
                       most = least + (code == OHM_EVENT_NO_SLOT ? maybe.size() : 0);
        CHECK(n >= least && n <= most, "event %u counted %u times, expected %u to %u", code, n,
              least, most);
        CHECK(n == seen_event[code], "event %u: counter %u, last packet says %u", code, n,
              seen_event[code]);
    }
}

static void traffic_round()
{
    nvec = between(3, 40);
    tx_percent = chance(30) ? 100 : between(15, 95);
    rx_percent = chance(30) ? 100 : between(20, 95);
    configure(false);
    settle("configuration", quiet);
    disabled_packets();
    enable();
    for (unsigned v = 0; v < nvec; v++) {
        if (vecs[v].trouble == DROP) expect_event(OHM_EVENT_LOST, cfg.base + v);
        if (cfg.psum && vecs[v].ps_trouble == DROP) expect_event(OHM_EVENT_LOST, cfg.base + v);
    }
    const bool stop_early = chance(15);
    const unsigned stop_at = stop_early ? want_data.size() / 2 : 0;
    for (unsigned i = 0; want_data.size() > stop_at; i++) {
        if (i > 400000) settle("traffic", drained, 1);
        if (to_tile.empty()) {
            const unsigned k = below(100);
            if (k < 45) send_act(below(cfg.producers));
            else if (k < 65) send_psum();
            else if (k < 75) send_bad();
            else if (k < 82) send_other();
            else {
                const Route &r = cfg.route[below(cfg.route.size())];
                const unsigned e = r.credit + below(r.mc + 1);
                if (r.on && (int16_t)(limit[e] - (uint16_t)(cfg.base + nvec)) < 0)
                    send_credit(e, 1);
            }
        }
        tick();
    }
    if (stop_early) { // disable in mid-flight: whole packets only, then nothing, and lost vectors
                      // may not have shown
        write_regs(OHM_REG_CTRL, {0});
        settle("disable", quiet);
        for (int i = 0; i < 3000; i++) tick();
        const size_t left = want_data.size();
        for (int i = 0; i < 300; i++) tick();
        CHECK(want_data.size() == left, "data packets from a disabled tile");
        details[OHM_EVENT_LOST].resize(read_reg(OHM_REG_CNT_EVENT + OHM_EVENT_LOST - 1));
        for (auto &d : details[OHM_EVENT_LOST]) d = 0;
        want_data.clear();
        read_reg(OHM_REG_STATUS, true, 0);
        return check_counters();
    }
    settle("round", drained);
    for (int i = 0; i < 300; i++) tick();       // the last credits
    for (unsigned i = 0; i < TB_NRETURN; i++) {
        const bool ps = OHM_FIELD(cfg.ret[i], RETURN_PSUM);
        const bool used = cfg.ret[i] >> 31
                          && (ps ? cfg.psum : OHM_FIELD(cfg.ret[i], RETURN_STREAM) == cfg.stream);
        CHECK(ret_any[i] == used, "RETURN %u: %s credit", i, used ? "no" : "unexpected");
        const uint16_t want = cfg.base + nvec + (ps ? TB_PSUM_SLOTS : cfg.slots);
        CHECK(!used || ret_seen[i] == want, "RETURN %u: last limit %u, expected %u", i, ret_seen[i],
              want);
    }
    read_reg(OHM_REG_SEQ_HEAD, true, cfg.base + nvec);
    read_reg(OHM_REG_STATUS, true, 0);
    for (unsigned e = 0; e < TB_NCREDIT; e++) read_reg(OHM_REG_CREDIT + e, true, limit[e]);
    read_reg(OHM_REG_DESC_SIZE, true,
             OHM_PLACE(cfg.rows - 1, DESC_SIZE_ROWS1) | OHM_PLACE(cfg.outs - 1, DESC_SIZE_OUTS1));
    check_counters();
}

// Both banks and all slots full, nothing may leave: a complete vector twice is NO_SLOT; the read
// that waits for the network makes a second one READ_BUSY; then the pace of the output stage.
static void full_round()
{
    nvec = 6;
    tx_percent = rx_percent = 100;
    configure(true);
    settle("configuration", quiet);
    enable();
    for (int i = 0; i < 3000; i++) {
        if (to_tile.empty()) send_act(0);
        tick();
    }
    // core holds one vector, out two; the rest waits in slots
    const unsigned v = sent_vec[0] - 1;
    if (v >= 3) {
        Words p = packet(OHM_TYPE_ACT, cfg.stream, cfg.base + v, 0, noise(1));
        send(p);
        expect_event(OHM_EVENT_NO_SLOT, p[1]);
        settle("duplicate", quiet);
    }
    Words late = packet(OHM_TYPE_ACT, cfg.stream, cfg.base, 0, noise(1));
    send(late);
    expect_event(OHM_EVENT_NO_SLOT, late[1]);
    for (int i = 0; i < 100; i++) tick();       // their events leave
    tx_percent = 0;
    start_read(OHM_REG_ID, true, OHM_ID_VALUE);
    for (int i = 0; i < 40; i++) tick();
    // inject has copied the first answer at once; a second waits; a third finds it waiting
    const bool took = read_waits;
    CHECK(took, "answer without tx_ready");
    Words second = packet(OHM_TYPE_CFG_RD, 0, 7, OHM_REG_ID, {});
    Words third = packet(OHM_TYPE_CFG_RD, 0, 8, OHM_REG_ID, {});
    send(second);
    send(third);
    expect_event(OHM_EVENT_READ_BUSY, third[1]);
    for (int i = 0; i < 40; i++) tick();
    tx_percent = 100;
    for (int i = 0; i < 40 && read_waits; i++) tick();
    CHECK(!read_waits, "no answer");
    read_waits = true, read_any = false, read_tag = 7;
    read_addr = OHM_REG_ID, read_value = OHM_ID_VALUE;
    settle("second answer", quiet);
    for (int i = 0; i < 100; i++) tick();       // events and credits have left

    const size_t before = want_data.size();
    send_credit(cfg.route[0].credit, 2);
    while (want_data.size() > before - 2) {
        tick();
        if (cycle > 5000000)
            fail("no data after credit");
    }
    const unsigned flits = 2 + (cfg.mode == 1 ? (TB_COLS + 3) / 4 : TB_COLS);
    const unsigned pace = data_start[0] - data_start[1];
    CHECK(pace <= flits + 5, "%u cycles per vector of %u flits, expected at most %u", pace, flits,
          flits + 5);
    send_credit(cfg.route[0].credit, nvec);
    for (int i = 0; i < 3000; i++) {
        if (to_tile.empty()) send_act(0);
        tick();
    }
    settle("round", drained);

    // disabled while a packet is coming in: the write before it reaches CTRL a few cycles later
    write_regs(OHM_REG_CTRL, {0});
    Words cut = packet(OHM_TYPE_ACT, cfg.stream, cfg.base + nvec, 0,
                       noise(between(1, std::min(5u, cfg.words))));
    send(cut);
    expect_event(OHM_EVENT_DISABLED, cut[0]);
    check_counters();
}

// A lost head, and poison in all the rest of the window: it must not wait for ever. And a refused
// descriptor.
static void window_round()
{
    nvec = 8;
    tx_percent = rx_percent = 100;
    configure(true);
    for (unsigned v = 0; v < nvec; v++)
        vecs[v].trouble = v == 0 ? DROP : v < cfg.slots && v + 1 < nvec ? POISON : NONE;
    want_data.clear();
    for (unsigned v = 0; v < nvec; v++) expect_outputs(v);
    settle("configuration", quiet);
    enable();
    expect_event(OHM_EVENT_LOST, cfg.base);
    send_credit(cfg.route[0].credit, nvec);
    for (int i = 0; i < 20000 && !want_data.empty(); i++) {
        if (to_tile.empty()) send_act(0);
        tick();
    }
    settle("round", drained);
    write_regs(OHM_REG_CTRL, {0});
    write_regs(OHM_REG_DESC, {0});
    write_regs(OHM_REG_CTRL, {1});
    expect_event(OHM_EVENT_BAD_DESC, 1);
    read_reg(OHM_REG_STATUS, true, 2);
    write_regs(OHM_REG_CTRL, {0});
    check_counters();
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: bench <seed> <rounds>\n");
        return 2;
    }
    seed = std::atoi(argv[1]);
    rng.seed(seed);
    VerilatedContext context;
    context.randReset(2);
    context.randSeed(seed + 1);
    top = new Vohm_tile(&context);
    top->tile_x = below(16);
    top->tile_y = below(16);
    top->rst = 1;
    for (int i = 0; i < 3; i++) tick();
    top->rst = 0;
    for (int r = std::atoi(argv[2]); r > 0; r--) {
        traffic_round();
        if (r % 4 == 0) full_round();
        if (r % 4 == 2) window_round();
    }
    unsigned kinds = 0;
    for (const Words &d : details) kinds += !d.empty();
    CHECK(kinds == 8 || std::atoi(argv[2]) < 8, "only %u of 8 events occurred", kinds);
    delete top;
    std::printf("checks %llu\n", (unsigned long long)checks);
    return 0;
}
