// SPDX-License-Identifier: Apache-2.0
// Crosses of modes that random vectors have met. tb/unit/core/coverage.py knows which are legal.
#ifndef CORE_COVERAGE_H
#define CORE_COVERAGE_H

#include <map>
#include <string>

#include "converter.h"

namespace core {

struct Coverage {
    std::map<std::string, uint64_t> seen;   // "table|row|column", how often
    uint64_t vectors_seen = 0;

    void hit(const char *table, const std::string &row, const std::string &column, uint64_t n) {
        seen[std::string(table) + "|" + row + "|" + column] += n;
    }
    void cover(const Setup &s, uint64_t n) {
        const char *const in[] = {"x", "x+", "x-"}, *const dev[] = {"W", "W+", "W-"};
        const char *const mode[] = {"partial sum out", "byte out", "value out"};
        bool used[5] = {};  // what the columns are
        for (int c = 0; c < s.cols; c++) {
            const Column &m = s.map[c], &before = s.map[c ? c - 1 : 0];
            used[m.kind == 2                                                               ? 2
                 : m.kind != 1                                                             ? 4
                 : m.trim                                                                  ? 3
                 : c && before.kind == 1 && before.out == m.out && before.shift != m.shift ? 1
                                                                                           : 0] =
                true;
        }
        for (const Slice &l : s.slices) {
            const std::string signs = s.is_signed ? "signed, " : "unsigned, ";
            hit("inputs",
                signs
                    + (l.count    ? "pulse count"
                       : l.w == 1 ? "1 bit"
                       : l.w == 8 ? "8 bits"
                                  : "2 to 7 bits"),
                std::string(in[l.in]) + " " + dev[l.dev], n);
            int bits = 1;
            while (l.stop - l.start >= 1 << bits) bits++;
            hit("conversion", converter_row(s, l),
                bits < 3   ? std::to_string(bits)
                : bits < 5 ? "3-4"
                : bits < 7 ? "5-6"
                : bits < 9 ? "7-8"
                           : "9-10",
                n);
            const char *const column[] = {"plain", "several to an output", "reference", "trimmed",
                                          "left out"};
            for (int k = 0; k < 5; k++)
                if (used[k]) {
                    hit("weights", column[k], l.neg ? "subtracted" : "added", n);
                    if (l.mul) hit("weights", column[k], "times a gain", n);
                    if (l.part) hit("weights", column[k], "part of the rows", n);
                }
        }
        const char *const func[] = {s.relu ? "relu" : "none", "table", "threshold"};
        if (s.calib) hit("calibration", mode[s.mode], s.rsd ? "residual" : "sums", n);
        else
            hit("results",
                std::string(mode[s.mode]) + (s.psum ? ", partial sum in" : "")
                    + (s.rsd ? ", residual" : ""),
                std::string(func[s.func]) + (s.osigned ? ", s8" : ", u8"), n);
        vectors_seen += n;
    }
    void outcome(const char *what, uint64_t n) { if (n) hit("outcomes", what, "times", n); }
    void report() const {
        printf("coverage: %llu random vectors, %zu crosses\n",
               static_cast<unsigned long long>(vectors_seen), seen.size());
        printf("bin |vectors| %llu\n", static_cast<unsigned long long>(vectors_seen));
        for (const auto &bin : seen)
            printf("bin %s %llu\n", bin.first.c_str(), static_cast<unsigned long long>(bin.second));
    }
};

} // namespace core

#endif
