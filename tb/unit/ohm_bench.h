// SPDX-License-Identifier: Apache-2.0
// What every C++ bench has: checks that count, seeded random numbers, the clock of a Verilated
// model, its wave file and the last line.
//
// A bench says once who it is (title) and draws from one seed (seed); the first check that fails
// ends it with `FAIL <title> cycle <n>: <what>` and exit code 1. Its main ends with `return
// bench::end();`, which prints `checks <n>` and is 0 only when there was a check.
//
// Waves: built with WAVES=1 (tb/unit/verilate.sh) a bench that calls bench::waves writes
// <program>.fst, also when a check fails. Without a Verilated model the rest works as well.
#ifndef OHM_BENCH_H
#define OHM_BENCH_H

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>

#if VM_TRACE_FST
#include "verilated_fst_c.h"
#elif VM_TRACE
#include "verilated_vcd_c.h"
#endif

namespace bench {

inline std::string title;    // bench and size, as a failure names them
inline uint64_t checks;
inline uint64_t cycle;       // clock edges so far
inline uint64_t random_state;

// --- checks

[[noreturn, gnu::format(printf, 1, 2)]] inline void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    std::printf("FAIL %s cycle %llu: ", title.c_str(), static_cast<unsigned long long>(cycle));
    std::vprintf(format, args);
    std::printf("\n");
    va_end(args);
    std::exit(1); // closes the wave file too
}

// Counts a check; when it fails, the rest is printf's. A macro, since only a failure evaluates it.
#define CHECK(ok, ...) do { bench::checks++; if (!(ok)) bench::fail(__VA_ARGS__); } while (0)

// Counts a comparison; a and b say which of several it is.
inline void expect(const char *what, int64_t got, int64_t want, int64_t a = -1, int64_t b = -1)
{
    checks++;
    if (got != want)
        fail("%s: got %lld, expected %lld (%lld, %lld)", what, static_cast<long long>(got),
             static_cast<long long>(want), static_cast<long long>(a), static_cast<long long>(b));
}

// The last line of a run, and its exit code.
inline int end()
{
    std::printf("checks %llu\n", static_cast<unsigned long long>(checks));
    return checks > 0 ? 0 : 1;
}

// --- random numbers: splitmix64, the same on every machine

inline void seed(const char *text) { random_state = std::strtoull(text, nullptr, 10); }

inline uint64_t rnd()
{
    uint64_t z = random_state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

// lo … hi, both of them included.
inline int pick(int lo, int hi)
{
    return lo + static_cast<int>(rnd() % static_cast<uint64_t>(hi - lo + 1));
}

// 0 … n - 1; of nothing 0.
inline int below(int n) { return n > 0 ? static_cast<int>(rnd() % static_cast<uint64_t>(n)) : 0; }

inline bool chance(int percent) { return pick(0, 99) < percent; }

// --- pins: a bit of a port, whatever type Verilator has for its width

template <class T> bool bit(const T &v, int i)
{
    if constexpr (std::is_integral_v<T>) return v >> i & 1;
    else return v[static_cast<std::size_t>(i / 32)] >> (i % 32) & 1;
}

template <class T> void set_bit(T &v, int i, bool b)
{
    if constexpr (std::is_integral_v<T>) {
        v = static_cast<T>(b ? (v | T(1) << i) : (v & ~(T(1) << i)));
    } else {
        auto &word = v[static_cast<std::size_t>(i / 32)];
        word = b ? (word | 1u << (i % 32)) : (word & ~(1u << (i % 32)));
    }
}

// --- waves

#if VM_TRACE_FST
using Trace = VerilatedFstC;
#elif VM_TRACE
using Trace = VerilatedVcdC;
#endif

#if VM_TRACE
inline std::unique_ptr<Trace> trace;
inline uint64_t trace_time;

inline void waves_end()
{
    if (trace) trace->close();
    trace.reset();
}
inline void dump() { if (trace) trace->dump(trace_time += 5); }

// Everything below the model, from now on, into this file. Before the first evaluation.
template <class Model> void waves(Model &d, const std::string &path)
{
    static const int ends = std::atexit(waves_end); // before the model goes
    static_cast<void>(ends);
    d.contextp()->traceEverOn(true);
    trace = std::make_unique<Trace>();
    d.trace(trace.get(), 99);
    trace->open(path.c_str());
}
#else
inline void waves_end() {}
inline void dump() {}
template <class Model> void waves(Model &, const std::string &) {}
#endif

// --- clock: inputs settle while clk is 0, and what a bench sees then is what the edge acts on

template <class Model> void settle(Model &d)
{
    d.clk = 0;
    d.eval();
    dump();
}

// The bench counts `cycle` itself where it is done with what the edge brought.
template <class Model> void edge(Model &d)
{
    d.clk = 1;
    d.eval();
    dump();
}

template <class Model> void tick(Model &d)
{
    settle(d);
    edge(d);
    cycle++;
}

// So many cycles of `step` in reset.
template <class Model, class Step> void reset(Model &d, int cycles, Step step)
{
    d.rst = 1;
    for (int i = 0; i < cycles; i++) step();
    d.rst = 0;
}
template <class Model> void reset(Model &d, int cycles) { reset(d, cycles, [&d] { tick(d); }); }

} // namespace bench

#endif
