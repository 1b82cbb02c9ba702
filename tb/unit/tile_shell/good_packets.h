// SPDX-License-Identifier: Apache-2.0
// Packets that the tile must take: vectors, partial sums and credits as far as it allows, and
// registers, reads and cells between them.
#ifndef TILE_SHELL_GOOD_PACKETS_H
#define TILE_SHELL_GOOD_PACKETS_H

#include "receive.h"

namespace shell {

inline bool send_act(unsigned who)
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
inline bool send_psum()
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
inline void send_credit(unsigned e, unsigned step)
{
    limit[e] += step;
    send(packet(OHM_TYPE_CREDIT, e, 0, limit[e], {}));
}
inline bool ask_any()
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
inline void send_other()
{
    switch (below(4)) {
    case 0: { // configuration, then a read behind it
        const unsigned n = pick(1, std::min(64, TB_COLS));
        write_regs((chance(50) ? OHM_REG_BIAS : OHM_REG_COLMAP) + below(TB_COLS - n + 1), noise(n));
        if (!read_waits) start_read(OHM_REG_BIAS, true, 0);
        return;
    }
    case 1: {
        const unsigned n = pick(1, std::min(64, (TB_COLS + 1) / 2));
        const unsigned col = below(TB_COLS + 2 - 2 * n), row = below(TB_ROWS), dev = below(2);
        Words w = noise(n);
        for (auto &x : w) x = pick(0, 16384) | pick(0, 16384) << 16;
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

} // namespace shell

#endif
