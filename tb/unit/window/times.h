// SPDX-License-Identifier: Apache-2.0
// Every move in its cycle: what ohm_window's header promises, from when lines came and vectors
// left.
#ifndef WINDOW_TIMES_H
#define WINDOW_TIMES_H

#include "contract.h"

namespace window {

struct Times : virtual Contract {
    void check_times() const {
        int log2 = 0;
        while (4 << log2 < ROWS || log2 == 0) log2++;
        uint64_t t = 1 + std::max({enabled_at + 65, enabled_at + (uint64_t{2} << log2), run_at});
        size_t m = 0, n = 0;
        for (int im = 0; im < images; im++) {
            int taken[2] = {}, freed[2] = {};
            for (int by = 0; by <= block_rows; by++) {
                t++;
                for (;; t++) {
                    int kind = -1, who = -1;
                    bool settled = true;
                    for (int step = 0; step < 4; step++) {
                        int i = step & 1;
                        const Walk &k = w[i];
                        if (!k.on) continue;
                        bool free = freed[i] < lo(k, by) && freed[i] < taken[i],
                             take = taken[i] <= hi(k, by);
                        if (free || take) settled = false;
                        if (kind >= 0) continue;
                        if (step < 2 ? free
                                     : take
                                           && k.line[static_cast<size_t>(im * k.lines + taken[i])]
                                                      .valid_at
                                                  <= t)
                            kind = step >= 2, who = i;
                    }
                    if (settled) break;
                    if (kind >= 0) {
                        if (m == moves.size()) return;          // stopped here
                        (kind ? taken : freed)[who]++;
                        expect("line moved", moves[m].kind * 2 + moves[m].walk, kind * 2 + who, im,
                               by);
                        expect("line moved at", static_cast<int64_t>(moves[m].at),
                               static_cast<int64_t>(t), im, by);
                        m++;
                    } else if (t > cycle) return;
                }
                t++;
                for (int v = 0; by < block_rows && v < per_row(); v++, n++) {
                    if (n == seen_at.size()) return;
                    if (n >= 2) t = std::max(t, popped_at[n - 2] + 1);
                    if (w[1].on && n >= RES_SLOTS)
                        t = std::max(t, rsd_popped_at[n - RES_SLOTS] + 1);
                    t += poison[n] ? 1u : 1u + static_cast<unsigned>(words_of(w[0], rows));
                    if (w[1].on && !poison[n])
                        t += 1u + static_cast<unsigned>(words_of(w[1], outs));
                    t++;
                    uint64_t want = n && popped_at[n - 1] + 1 > t ? popped_at[n - 1] + 1 : t;
                    expect("vec_valid at", static_cast<int64_t>(seen_at[n]),
                           static_cast<int64_t>(want), im, by);
                }
            }
        }
        expect("all moves", static_cast<int64_t>(moves.size()), static_cast<int64_t>(m));
    }
};

} // namespace window

#endif
