// SPDX-License-Identifier: Apache-2.0
// Bad packets of every kind: each is dropped whole, and is one event.
#ifndef TILE_SHELL_BAD_PACKETS_H
#define TILE_SHELL_BAD_PACKETS_H

#include "receive.h"

namespace shell {

inline void send_bad_length(const Words &p)
{
    send(p);
    expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
}
inline void send_bad_type(const Words &p)
{
    send(p);
    expect_event(OHM_EVENT_BAD_TYPE, p[0]);
}
inline void send_bad_addr(const Words &p)
{
    send(p);
    expect_event(OHM_EVENT_BAD_ADDR, p[1]);
}

// ---- how long it is ----
inline void early_tail()
{
    Words p = packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(pick(2, 9)));
    p.resize(pick(2, p.size() - 1));
    send_bad_length(p);
}
inline void late_tail()
{
    Words p = packet(chance(50) ? OHM_TYPE_PROG : OHM_TYPE_CFG_WR, 0, 0, 0, noise(pick(1, 9)));
    for (uint32_t w : noise(pick(1, 5))) p.push_back(w);
    send_bad_length(p);
}
inline void no_tail() // the next packet's first flit ends it
{
    Words p = packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(pick(1, 9)));
    p.resize(pick(1, p.size()));
    send(p, false);
    send(packet(OHM_TYPE_CREDIT, cfg.route[0].credit, 0, limit[cfg.route[0].credit], {}));
    expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
}
inline void single_flits() // first and last; twice in a row
{
    for (int i = 0; i < 2; i++) send_bad_length({(uint32_t)rnd()});
}
inline void rest_of_a_path() // that a router closed
{
    for (unsigned i = pick(1, 5); i--;)
        to_tile.push_back((rnd() & 0xffffffffu) | (uint64_t)chance(20) << 33);
}
inline void cut_in_the_mesh() // an abort flit ends it
{
    Words p = packet(chance(50) ? OHM_TYPE_PROG : OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS,
                     noise(pick(1, 9)));
    p.resize(pick(1, p.size()));
    send(p, false);
    to_tile.push_back(3ull << 32);
    expect_event(OHM_EVENT_BAD_LENGTH, p[0]);
}
inline void length_of_another_type(unsigned seq)
{
    switch (below(4)) {
    case 0:
        return send_bad_length(
            packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(chance(50) ? 0 : 65)));
    case 1:
        return send_bad_length(
            packet(chance(50) ? OHM_TYPE_CFG_RD : OHM_TYPE_CREDIT, 0, 0, 0, noise(1)));
    case 2: return send_bad_length(packet(OHM_TYPE_ACT, cfg.stream, seq, 0, noise(1), true));
    default:
        return send_bad_length(packet(chance(50) ? OHM_TYPE_PSUM : OHM_TYPE_ACT, 0, seq, 0, {}));
    }
}

// ---- for whom it is ----
inline void unknown_type()
{
    static const unsigned types[] = {0, 3, 6, 9, 10, 15};
    send_bad_type(packet(types[below(6)], 0, 0, 0, noise(below(4))));
}
inline void not_for_this_tile() // another x, south of it with no copies, or for the host
{
    Words p = packet(OHM_TYPE_CFG_WR, 0, 0, OHM_REG_BIAS, noise(1));
    p[0] &= ~OHM_PLACE(15, H0_MC);
    switch (below(3)) {
    case 0: p[0] ^= OHM_PLACE(pick(1, 15), H0_X); break;
    case 1:
        p[0] = (p[0] & ~OHM_PLACE(15, H0_Y))
               | OHM_PLACE((top->tile_y + pick(1, 15)) % 16, H0_Y);
        break;
    default: p[0] |= OHM_PLACE(1, H0_HOST);
    }
    send_bad_type(p);
}

// ---- where it leads ----
inline void write_past_registers() // leaves them half-way
{
    static const unsigned ends[] = {OHM_REG_SEQ_HEAD,
                                    OHM_REG_DESC_SIZE,
                                    OHM_REG_STREAM + 2 * TB_NSTREAM - 1,
                                    OHM_REG_CREDIT + TB_NCREDIT - 1,
                                    OHM_REG_RETURN + TB_NRETURN - 1,
                                    OHM_REG_COLMAP + TB_COLS - 1,
                                    OHM_REG_SCALE + TB_COLS - 1};
    const unsigned n = pick(2, 5);
    send_bad_addr(packet(OHM_TYPE_CFG_WR, 0, 0, ends[below(7)] + 2 - pick(1, n), noise(n)));
}
inline void read_of_nothing()
{
    send_bad_addr(packet(OHM_TYPE_CFG_RD, 0, rnd(),
                         chance(50) ? 0x0006 : OHM_REG_ROUTE + 2 * TB_NROUTE, {}));
}
inline void cells_outside() // the array, or above G_max
{
    switch (below(4)) {
    case 0: return send_bad_addr(packet(OHM_TYPE_PROG, 0, 0, TB_ROWS, {1}));
    case 1: return send_bad_addr(packet(OHM_TYPE_PROG, 1, TB_COLS - 1, 0, {1, 2}));
    case 2: return send_bad_addr(packet(OHM_TYPE_PROG, pick(2, 15), 0, 0, {1}));
    default:
        return send_bad_addr(packet(OHM_TYPE_PROG, 0, 0, 0,
                                    {16384u << 16 | 16384u, chance(50) ? 16385u : 16385u << 16}));
    }
}
inline void outside_the_slot(unsigned seq)
{
    const unsigned n = pick(1, 4);
    send_bad_addr(packet(OHM_TYPE_ACT, cfg.stream, seq, cfg.size - n + pick(1, 3), noise(n)));
}
inline void outside_the_outputs(unsigned seq)
{
    send_bad_addr(packet(OHM_TYPE_PSUM, below(2), seq, TB_COLS, noise(1)));
}
inline void no_such_channel(unsigned seq) // stream, descriptor, credit entry
{
    switch (below(3)) {
    case 0:
        return send_bad_addr(packet(OHM_TYPE_ACT, pick(TB_NSTREAM, 15), seq, 0, noise(1)));
    case 1: return send_bad_addr(packet(OHM_TYPE_PSUM, pick(1, 15), seq, 0, noise(1)));
    default:
        if (TB_NCREDIT == 16) return;
        send_bad_addr(packet(OHM_TYPE_CREDIT, pick(TB_NCREDIT, 15), 0, 0xffff, {}));
    }
}
inline void outside_the_window() // before the first vector, or beyond any window
{
    const bool ps = chance(50);
    const unsigned far =
        chance(50) ? cfg.base - pick(1, 30000) : cfg.base + nvec + 16 + below(30000);
    Words p = packet(ps ? OHM_TYPE_PSUM : OHM_TYPE_ACT, ps ? 0 : cfg.stream, far, 0,
                     noise(chance(30) ? 0 : 1));
    if (p.size() == 2) p[0] |= OHM_PLACE(1, H0_POISON);
    send(p);
    expect_event(OHM_EVENT_NO_SLOT, p[1]);
}

// ---- rubbish, truncated or overlong, that the good packet overwrites ----
inline void rubbish_inputs()
{
    const unsigned v = sent_vec[0];
    if (v >= nvec) return;
    Words p = packet(OHM_TYPE_ACT, cfg.stream, cfg.base + v, 0, noise(cfg.cut[1]));
    if (cfg.cut[1] > 1 && chance(50)) p.pop_back(); else p.push_back(rnd());
    send_bad_length(p);
}
inline void rubbish_partial_sums()
{
    if (sent_ps >= nvec || !cfg.psum) return;
    Words p = packet(OHM_TYPE_PSUM, 0, cfg.base + sent_ps, 0, noise(cfg.outs));
    if (cfg.outs > 1 && chance(50)) p.pop_back(); else p.push_back(rnd());
    send_bad_length(p);
}

inline void send_bad()
{
    const unsigned seq = cfg.base + pick(0, nvec);
    switch (below(18)) {
    case 0: return early_tail();
    case 1: return late_tail();
    case 2: return no_tail();
    case 3: return single_flits();
    case 4: return rest_of_a_path();
    case 5: return unknown_type();
    case 6: return not_for_this_tile();
    case 7: return length_of_another_type(seq);
    case 8: return write_past_registers();
    case 9: return read_of_nothing();
    case 10: return cells_outside();
    case 11: return outside_the_slot(seq);
    case 12: return outside_the_outputs(seq);
    case 13: return no_such_channel(seq);
    case 14: return outside_the_window();
    case 15: return rubbish_inputs();
    case 16: return cut_in_the_mesh();
    default: return rubbish_partial_sums();
    }
}

} // namespace shell

#endif
