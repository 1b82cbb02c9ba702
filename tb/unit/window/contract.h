// SPDX-License-Identifier: Apache-2.0
// A setup of the walkers, and what it must make of its lines: plain loops of
// docs/explain/convolution.md. The log says when lines and vectors moved.
#ifndef WINDOW_CONTRACT_H
#define WINDOW_CONTRACT_H

#include <algorithm>
#include <vector>

#include "Vwindow_top.h"
#include "ohm_bench.h"
#include "ohm_map.h"

extern "C" {
#include "ohm_packet.h"
}

namespace window {

using namespace bench;

enum Mode { PSUM, Y, V };
constexpr uint64_t NEVER = ~0ull;
constexpr unsigned RES_SLOTS = ACC_BANKS > 4 ? 16 : 8;

inline uint64_t vectors_seen, lines_lost;
inline Vwindow_top d;
struct Seen {           // outputs of the present cycle, kept while its clock edge goes by
    bool addr_ok, lost, take, pop, vec_valid, vec_poison, core_ready, res_valid, res_done,
        res_poison;
    uint8_t stream, rsd_rdata, res_idx;
    uint32_t lost_seq, vec_seq, vec_rdata, res_data, res_seq;
};
inline Seen s;

inline int clip(int v, int hi) { return v < 0 ? 0 : v > hi ? hi : v; }

struct Line {
    std::vector<uint8_t> bytes;
    int got = 0;                // words
    bool poison = false;
    uint64_t valid_at = NEVER;  // first cycle in which it may be taken
};
struct Walk {
    int on, is_signed, stream, lines, pixels, pitch, first, count, h, w, stride, across, top, left,
        log2, size, base, pad;
    int beside() const { return across ? across : stride; }
    uint32_t line0;
    std::vector<Line> line;     // of all images
    std::vector<int> cut;       // producers + 1 borders of the parts of a line
    std::vector<int> next;      // next line of each producer
    std::vector<std::vector<int>> trouble; // per producer and line: 0, 1 poison, 2 lost
    int taken = 0, freed = 0;
};
struct Move { uint64_t at; int kind, walk; };  // kind 0 free, 1 take
struct Emit {
    std::vector<uint64_t> at;
    std::vector<uint32_t> data;
    uint64_t done_at;
    uint32_t seq;
    bool poison;
};

struct Contract {
    Walk w[2];
    int mode, rows, outs, osigned, block_rows, block_cols, block_first, block_step, pool_h, pool_w,
        pool_stride, pool_across, by_lines, average, argmax;
    int mean_scale, mean_shift, mean_down, class0, images;
    uint32_t seq_base, rscale;
    int gaps, bad;                  // percent of pauses, of trouble
    uint64_t enabled_at, run_at;

    std::vector<Move> moves;
    std::vector<uint64_t> seen_at, popped_at, rsd_popped_at;
    std::vector<char> poison;       // of the vectors

    int walk_h() const { return by_lines ? 1 : pool_h; }    // rows of windows walked as one
    int per_block() const { return walk_h() * pool_w; }
    int per_row() const { return block_cols * per_block(); }
    int per_image() const { return block_rows * per_row(); }
    int vectors() const { return images * per_image(); }
    int span(const Walk &k) const { return k.h + (walk_h() - 1) * k.stride; }
    int lo(const Walk &k, int by) const
    {
        return by == block_rows ? k.lines : clip(by * pool_stride * k.stride + k.top, k.lines - 1);
    }
    int hi(const Walk &k, int by) const {
        return by == block_rows
                   ? k.lines - 1
                   : clip(by * pool_stride * k.stride + k.top + span(k) - 1, k.lines - 1);
    }

    std::vector<uint8_t> window(int i, int n, int limit) const {
        const Walk &k = w[i];
        int im = n / per_image(), m = n % per_image();
        int by = m / per_row(), j = m % per_row() / per_block(), dy = m % per_block() / pool_w,
            dx = m % pool_w, step = pool_across ? pool_across : pool_stride;
        int wy = by * pool_stride + dy, wx = (block_first + j * block_step) * step + dx;
        std::vector<uint8_t> bytes;
        for (int ky = 0; ky < k.h; ky++)
            for (int kx = 0; kx < k.w; kx++)
                for (int c = 0; c < k.count; c++) {
                    int y = wy * k.stride + k.top + ky, x = wx * k.beside() + k.left + kx,
                        at = x * k.pitch + k.first + c;
                    bool in = y >= 0 && y < k.lines && x >= 0 && x < k.pixels && at < 4 * k.size;
                    bytes.push_back(in ? k.line[static_cast<size_t>(im * k.lines + y)]
                                             .bytes[static_cast<size_t>(at)]
                                       : i ? 0 : static_cast<uint8_t>(k.pad));
                }
        bytes.resize(static_cast<size_t>(limit), 0);
        return bytes;
    }
    bool spoilt(int n) const {
        int im = n / per_image(), by = n % per_image() / per_row();
        for (int i = 0; i < 2; i++)
            for (int y = 0; w[i].on && y <= hi(w[i], by); y++)
                if (w[i].line[static_cast<size_t>(im * w[i].lines + y)].poison) return true;
        return false;
    }
    int words_of(const Walk &k, int limit) const { // cycles of FILL
        int n = std::min(k.h * k.w * k.count, limit);
        return k.first % 4 || k.count % 4 || k.pitch % 4 ? n : (n + 3) / 4;
    }
};

} // namespace window

#endif
