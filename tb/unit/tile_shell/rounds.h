// SPDX-License-Identifier: Apache-2.0
// A round: a random configuration, its vectors, what is sent meanwhile, and the counters at its
// end.
#ifndef TILE_SHELL_ROUNDS_H
#define TILE_SHELL_ROUNDS_H

#include "bad_packets.h"
#include "good_packets.h"

namespace shell {

// Sizes, slots and where sequence numbers begin; plain: one producer, all outputs, no partial sums.
inline void draw_sizes(bool plain)
{
    cfg.stream = below(TB_NSTREAM);
    cfg.mode = below(3);
    cfg.psum = !plain && chance(60);
    cfg.rows = pick(1, TB_ROWS);
    cfg.outs = plain ? TB_COLS : pick(1, TB_COLS);
    cfg.words = (cfg.rows + 3) / 4;
    cfg.size = cfg.words + below(4);
    cfg.log2_slots = pick(1, 4);
    while ((cfg.size << cfg.log2_slots) > TB_IBUF_WORDS) cfg.log2_slots--;
    cfg.slots = 1u << cfg.log2_slots;
    cfg.sbase = below(TB_IBUF_WORDS - cfg.size * cfg.slots + 1);
    cfg.producers = cfg.slots >= 4 && !plain ? pick(1, std::min(3u, cfg.words)) : 1;
    static const uint32_t bases[] = {0, 0xfff0, 0x1fff8, 0x7ffe, 0xfffffff4};
    cfg.base = chance(50) ? bases[below(5)] : rnd();
    cfg.cut = {0};
    for (unsigned i = 1; i <= cfg.producers; i++) cfg.cut.push_back(cfg.words * i / cfg.producers);
}

// To whom credits return and where outputs go, each copy with a credit of its own.
inline void draw_routes(bool plain)
{
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
        t.count = plain ? cfg.outs : pick(1, cfg.outs - t.first);
        t.offset = below(1024);
        static const unsigned types[] = {OHM_TYPE_ACT, OHM_TYPE_PSUM, OHM_TYPE_RESULT};
        t.h0 = OHM_PLACE(types[below(3)], H0_TYPE) | OHM_PLACE(below(16), H0_X)
               | OHM_PLACE(below(16), H0_Y) | OHM_PLACE(chance(50), H0_HOST)
               | OHM_PLACE(t.mc, H0_MC) | OHM_PLACE(r, H0_CHAN);
    }
    for (unsigned e = 0; e < TB_NCREDIT; e++) limit[e] = cfg.base + (plain ? 0 : below(3));
}

inline void write_config()
{
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
}

// Vectors with their troubles, and what must come of them.
inline void draw_vectors(bool plain)
{
    vecs.assign(nvec, Vec{});
    for (unsigned v = 0; v < nvec; v++) {
        Vec &x = vecs[v];
        x.in = noise(cfg.words);
        x.ps = noise(cfg.outs);
        x.who = below(cfg.producers);
        // a lost vector shows when the next one comes whole, so two in a row and the last stay good
        if (plain || v + 1 == nvec) continue;
        if (v == 0 || vecs[v - 1].trouble == NONE)
            x.trouble = (Trouble)(chance(75) ? NONE : pick(DROP, POISON));
        if (v == 0 || vecs[v - 1].ps_trouble == NONE)
            x.ps_trouble = (Trouble)(chance(80) ? NONE : pick(DROP, POISON));
    }
    std::fill(sent_vec, sent_vec + 16, 0);
    sent_ps = 0;
    std::fill(ret_any, ret_any + 16, false);
    want_data.clear();
    for (unsigned v = 0; v < nvec; v++) expect_outputs(v);
}

inline void configure(bool plain)
{
    draw_sizes(plain);
    draw_routes(plain);
    write_config();
    draw_vectors(plain);
}
inline void disabled_packets()
{
    for (unsigned type : {OHM_TYPE_ACT, OHM_TYPE_PSUM}) {
        Words p = packet(type, type == OHM_TYPE_ACT ? cfg.stream : 0, cfg.base, 0, noise(1));
        send(p);
        expect_event(OHM_EVENT_DISABLED, p[0]);
    }
    wait_for("disabled packets", quiet);
}
inline void enable()
{
    write_regs(OHM_REG_CTRL, {1});
    read_reg(OHM_REG_CTRL, true, 1);
    read_reg(OHM_REG_SEQ_HEAD, true, cfg.base);
}
inline void check_counters()
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

inline void traffic_round()
{
    nvec = pick(3, 40);
    tx_percent = chance(30) ? 100 : pick(15, 95);
    rx_percent = chance(30) ? 100 : pick(20, 95);
    configure(false);
    wait_for("configuration", quiet);
    disabled_packets();
    enable();
    for (unsigned v = 0; v < nvec; v++) {
        if (vecs[v].trouble == DROP) expect_event(OHM_EVENT_LOST, cfg.base + v);
        if (cfg.psum && vecs[v].ps_trouble == DROP) expect_event(OHM_EVENT_LOST, cfg.base + v);
    }
    const bool stop_early = chance(15);
    const unsigned stop_at = stop_early ? want_data.size() / 2 : 0;
    for (unsigned i = 0; want_data.size() > stop_at; i++) {
        if (i > 400000) wait_for("traffic", drained, 1);
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
        wait_for("disable", quiet);
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
    wait_for("round", drained);
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
inline void full_round()
{
    nvec = 6;
    tx_percent = rx_percent = 100;
    configure(true);
    wait_for("configuration", quiet);
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
        wait_for("duplicate", quiet);
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
    wait_for("second answer", quiet);
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
    wait_for("round", drained);

    // disabled while a packet is coming in: the write before it reaches CTRL a few cycles later
    write_regs(OHM_REG_CTRL, {0});
    Words cut = packet(OHM_TYPE_ACT, cfg.stream, cfg.base + nvec, 0,
                       noise(pick(1, std::min(5u, cfg.words))));
    send(cut);
    expect_event(OHM_EVENT_DISABLED, cut[0]);
    check_counters();
}

// A lost head, and poison in all the rest of the window: it must not wait for ever. And a refused
// descriptor.
inline void window_round()
{
    nvec = 8;
    tx_percent = rx_percent = 100;
    configure(true);
    for (unsigned v = 0; v < nvec; v++)
        vecs[v].trouble = v == 0 ? DROP : v < cfg.slots && v + 1 < nvec ? POISON : NONE;
    want_data.clear();
    for (unsigned v = 0; v < nvec; v++) expect_outputs(v);
    wait_for("configuration", quiet);
    enable();
    expect_event(OHM_EVENT_LOST, cfg.base);
    send_credit(cfg.route[0].credit, nvec);
    for (int i = 0; i < 20000 && !want_data.empty(); i++) {
        if (to_tile.empty()) send_act(0);
        tick();
    }
    wait_for("round", drained);
    write_regs(OHM_REG_CTRL, {0});
    write_regs(OHM_REG_DESC, {0});
    write_regs(OHM_REG_CTRL, {1});
    expect_event(OHM_EVENT_BAD_DESC, 1);
    read_reg(OHM_REG_STATUS, true, 2);
    write_regs(OHM_REG_CTRL, {0});
    check_counters();
}

} // namespace shell

#endif
