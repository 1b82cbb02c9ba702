// SPDX-License-Identifier: Apache-2.0
// Random walkers, blocks and pools, and how they are written into the registers.
#ifndef WINDOW_SETUPS_H
#define WINDOW_SETUPS_H

#include "contract.h"

namespace window {

struct Setups : virtual Contract {
    void bus(uint32_t addr, uint32_t data, bool we) {
        d.cfg_addr = static_cast<uint16_t>(addr);
        d.cfg_wdata = data;
        d.cfg_we = we;
        d.cfg_re = !we;
        tick(d);
        d.cfg_we = d.cfg_re = 0;
    }
    void write(uint32_t addr, uint32_t data) {
        bus(addr, data, true);
        bus(addr, 0, false);
        expect("read back", d.cfg_rdata, data, addr);
    }
    void configure() {
        d.seq_base = seq_base;
        d.desc_stream = static_cast<uint8_t>(w[0].stream);
        d.desc_mode = static_cast<uint8_t>(mode);
        d.rows1 = static_cast<uint8_t>(rows - 1);
        d.outs1 = static_cast<uint8_t>(outs - 1);
        d.osigned = osigned != 0;
        for (int i = 0; i < 2; i++) {
            const Walk &k = w[i];
            auto u = [](int v) { return static_cast<uint32_t>(v); };
            uint32_t at = u(8 * i);
            write(OHM_REG_WINDOW + at, OHM_PLACE(u(k.on), WINDOW_ON)
                                           | OHM_PLACE(u(k.is_signed), WINDOW_SIGNED)
                                           | OHM_PLACE(u(i ? k.stream : 0), WINDOW_STREAM)
                                           | OHM_PLACE(u(k.pad), WINDOW_PAD));
            write(OHM_REG_WINDOW_MAP + at, OHM_PLACE(u(k.lines - 1), WINDOW_MAP_LINES1)
                                               | OHM_PLACE(u(k.pixels - 1), WINDOW_MAP_PIXELS1));
            write(OHM_REG_WINDOW_PIXEL + at, OHM_PLACE(u(k.pitch), WINDOW_PIXEL_PITCH)
                                                 | OHM_PLACE(u(k.first), WINDOW_PIXEL_FIRST)
                                                 | OHM_PLACE(u(k.count - 1), WINDOW_PIXEL_COUNT1));
            write(OHM_REG_WINDOW_KERNEL + at, OHM_PLACE(u(k.h - 1), WINDOW_KERNEL_H1)
                                                  | OHM_PLACE(u(k.w - 1), WINDOW_KERNEL_W1)
                                                  | OHM_PLACE(u(k.stride), WINDOW_KERNEL_STRIDE)
                                                  | OHM_PLACE(u(k.across), WINDOW_KERNEL_ACROSS)
                                                  | OHM_PLACE(u(k.top & 255), WINDOW_KERNEL_TOP)
                                                  | OHM_PLACE(u(k.left & 255), WINDOW_KERNEL_LEFT));
            write(OHM_REG_WINDOW_LINE0 + at, k.line0);
            if (k.stream >= NSTREAM) continue;
            write(OHM_REG_STREAM + u(2 * k.stream),
                  OHM_PLACE(u(k.base), STREAM_BASE) | OHM_PLACE(u(k.size), STREAM_SIZE));
            write(OHM_REG_STREAM_VEC + u(2 * k.stream),
                  OHM_PLACE(u(k.size), STREAM_VEC_EXPECT)
                      | OHM_PLACE(u(k.log2), STREAM_VEC_LOG2_SLOTS));
        }
        auto u = [](int v) { return static_cast<uint32_t>(v); };
        write(OHM_REG_BLOCK_MAP, OHM_PLACE(u(block_rows - 1), BLOCK_MAP_ROWS1)
                                     | OHM_PLACE(u(block_cols - 1), BLOCK_MAP_COLS1));
        write(OHM_REG_BLOCK_STEP, OHM_PLACE(u(block_first), BLOCK_STEP_FIRST)
                                      | OHM_PLACE(u(block_step), BLOCK_STEP_STEP));
        write(OHM_REG_POOL, OHM_PLACE(u(pool_h - 1), POOL_H1) | OHM_PLACE(u(pool_w - 1), POOL_W1)
                                | OHM_PLACE(u(pool_stride), POOL_STRIDE)
                                | OHM_PLACE(u(pool_across), POOL_ACROSS)
                                | OHM_PLACE(u(by_lines), POOL_LINES)
                                | OHM_PLACE(u(average), POOL_AVERAGE)
                                | OHM_PLACE(u(argmax), POOL_ARGMAX));
        write(OHM_REG_POOL_MEAN, OHM_PLACE(u(mean_scale), POOL_MEAN_SCALE)
                                     | OHM_PLACE(u(mean_shift), POOL_MEAN_SHIFT)
                                     | OHM_PLACE(u(mean_down), POOL_MEAN_DOWN));
        write(OHM_REG_RSCALE, rscale);
        write(OHM_REG_CLASS0, u(class0));
    }

    bool random_walk(int i, int room) {
        Walk &k = w[i];
        bool whole = chance(40);
        k.is_signed = pick(0, 1);
        k.lines = pick(1, 12), k.pixels = pick(1, 12);
        k.h = i ? 1 : pick(1, 5), k.w = i ? 1 : pick(1, 5),
        k.stride = chance(90) ? pick(1, 3) : pick(4, 15);
        k.across = chance(50) ? 0 : chance(90) ? pick(1, 3) : pick(4, 15);
        k.pad = chance(30) ? 0 : pick(1, 255);
        k.top = pick(-3, chance(80) ? 1 : 4), k.left = pick(-3, 2);
        k.count = i ? outs : chance(80) ? pick(1, 12) : pick(1, std::min(256, ROWS));
        k.first = pick(0, 6), k.pitch = chance(80) ? k.count + pick(0, 4) : pick(1, 20);
        if (whole) k.first &= ~3, k.pitch = (k.pitch + 3) & ~3;
        if (whole && !i) k.count = (k.count + 3) & ~3;
        if (chance(block_step > 4 ? 50 : 5))
            k.pixels = pick(1, 1024), k.pitch = pick(0, 4095), k.left = pick(-128, 127),
            k.top = pick(-128, 127);
        if (k.count > 256) return false;
        k.size = std::max(1, ((k.pixels - 1) * k.pitch + k.first + k.count + 3) / 4
                                 + (chance(30) ? pick(-2, 2) : 0));
        if (k.size > 40) k.size = pick(1, 40);
        k.log2 = chance(10) ? 0 : pick(1, 4);
        // a lost line shows only when a newer one may come
        return span(k) + (k.log2 != 0) <= 1 << k.log2 && k.size << k.log2 <= room;
    }
    void random_setup() {
        for (;;) {
            const int r = pick(0, 9);
            mode = r < 6 ? Y : r < 8 ? V : PSUM;
            rows = chance(50) ? ROWS : pick(1, ROWS), outs = chance(40) ? COLS : pick(1, COLS);
            osigned = pick(0, 1);
            w[0].on = 1, w[1].on = NSTREAM > 1 && mode != PSUM && chance(50);
            bool single = mode == V || chance(40);
            pool_h = single ? 1 : pick(1, 3), pool_w = single ? 1 : pick(1, 3),
            pool_stride = pick(1, 4), pool_across = chance(50) ? 0 : pick(1, 31);
            average = pick(0, 1), argmax = mode == V && chance(60);
            mean_scale = chance(50) ? pick(0, 65535) : 1 << pick(0, 15),
            mean_shift = chance(80) ? pick(0, 22) : pick(0, 40);
            mean_down = pick(0, 1), class0 = pick(0, 65535);
            block_rows = pick(1, 5), block_cols = pick(1, 4), block_first = pick(0, 3),
            block_step = pick(chance(5) ? 0 : 1, 4);
            if (chance(10)) block_first = pick(0, 1023), block_step = pick(0, 1023);
            by_lines = chance(25);
            if (by_lines) pool_h = single ? 1 : pick(1, 8), block_rows *= pool_h, block_cols = 1;
            images = pick(1, 3);
            w[0].stream = pick(0, NSTREAM - 1);
            w[1].stream = NSTREAM > 1 ? (w[0].stream + pick(1, NSTREAM - 1)) % NSTREAM : 0;
            if (vectors() > 150) continue;
            int half = w[1].on ? IBUF_WORDS / 2 : IBUF_WORDS;
            if (!random_walk(0, half) || (w[1].on && !random_walk(1, half))) continue;
            w[0].base = pick(0, half - (w[0].size << w[0].log2));
            if (!w[1].on)
                w[1].stream = NSTREAM > 1 ? w[1].stream : 4, w[1].lines = 1, w[1].pixels = 1,
                w[1].count = 1, w[1].h = w[1].w = 1, w[1].across = w[1].pad = 0;
            else w[1].base = pick(half, IBUF_WORDS - (w[1].size << w[1].log2));
            break;
        }
        seq_base = static_cast<uint32_t>(rnd()), rscale = static_cast<uint32_t>(rnd());
        bad = chance(30) ? 8 : 0;
        for (auto &k : w) {
            k.line0 = static_cast<uint32_t>(rnd());
            k.taken = k.freed = 0;
            k.line.assign(k.on ? static_cast<size_t>(images * k.lines) : 0, Line());
            for (auto &l : k.line) {
                l.bytes.resize(4 * static_cast<size_t>(k.size));
                for (auto &b : l.bytes) b = static_cast<uint8_t>(rnd());
            }
            int producers = std::min(pick(1, 3), k.size);
            k.cut = {0};
            for (int p = 1; p < producers; p++) k.cut.push_back(k.size * p / producers);
            k.cut.push_back(k.size);
            k.next.assign(static_cast<size_t>(producers), 0);
            k.trouble.assign(static_cast<size_t>(producers), std::vector<int>(k.line.size()));
            for (auto &lines : k.trouble)
                for (size_t l = 0; l < lines.size(); l++)
                    if (chance(bad) && k.log2)
                        lines[l] = chance(50) || l + 4 > lines.size() ? 1 : 2;
            for (size_t l = 0, last = k.line.size(); l < k.line.size();
                 l++) // two lost ones close by may need more slots
                for (auto &lines : k.trouble)
                    if (lines[l] == 2) {
                        if (last < l && l - last < 4) lines[l] = 1;
                        else last = l;
                    }
        }
    }
};

} // namespace window

#endif
