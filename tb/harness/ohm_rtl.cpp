// SPDX-License-Identifier: Apache-2.0
// The C API of ohm_rtl.h over Verilator's model of ohm_chip.
//
// A cycle is two evaluations: inputs settle while clk is 0, then the rising edge. What the chip's
// outputs said before the edge decides which words moved at it. Stream inputs are touched only when
// the word offered changes.
#pragma GCC visibility push(default)
#include "ohm_rtl.h"
#pragma GCC visibility pop

#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "Vohm_chip.h"
#include "ohm_dpi.h"
#include "ohm_unit.h"
#include "ohm_wave.h"
#include "verilated.h"
#ifdef OHM_WAVES
#include "verilated_fst_c.h"
#endif

extern "C" {
#include "ohm_converter.h"
#include "ohm_macro.h"
}

namespace {

constexpr int RESET_CYCLES = 8;
constexpr int AXIL_PATIENCE = 1000; // cycles; the port answers within a few

// Packets one after the other in one growing array: length, words, length, words …
class Packets {
public:
    bool empty() const { return head_ == words_.size(); }
    size_t count() const { return count_; }
    size_t length() const { return words_[head_]; }
    const uint32_t *data() const { return &words_[head_ + 1]; }

    void push(const uint32_t *flits, size_t n)
    {
        words_.push_back(static_cast<uint32_t>(n));
        words_.insert(words_.end(), flits, flits + n);
        count_++;
    }

    void pop()
    {
        head_ += 1 + length();
        count_--;
        if (empty()) {
            words_.clear();
            head_ = 0;
        } else if (head_ > 65536 && head_ > words_.size() / 2) {
            words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(head_));
            head_ = 0;
        }
    }

private:
    std::vector<uint32_t> words_;
    size_t head_ = 0, count_ = 0;
};

} // namespace

UnitList *ohm_units; // the list of the chip that is being built

struct ohm_rtl {
    VerilatedContext context;
    UnitList units{&context, {}};
    std::unique_ptr<Vohm_chip> top;
#ifdef OHM_WAVES
    std::unique_ptr<VerilatedFstC> wave;
#endif
    std::string wave_path;
    ohm_dpi_context dpi{};
    uint64_t cycle = 0;

    Packets in[2]; // by class
    int sending = -1; // class of the packet on s_axis, -1 none
    size_t sent = 0;  // its words taken so far

    Packets out;
    std::vector<uint32_t> arriving;
    uint64_t stall_until = 0; // m_axis_tready is low before this cycle

    ~ohm_rtl()
    {
        end_wave(nullptr);
        if (top && cycle) // a model that never ran has nothing to end
            top->final();
        for (const auto &end : units.ends)
            end();
        ohm_dpi_set_context(nullptr);
        for (ohm_macro *m : dpi.macro)
            ohm_macro_free(m);
    }

    // Closes the wave file, if one is open. -1 + err: it is not whole, and gone.
    int end_wave(ohm_error *err)
    {
#ifdef OHM_WAVES
        if (!wave)
            return 0;
        wave->close();
        wave.reset();
        ohm::FullDisk::over();
        return ohm::give_name(wave_path, ohm::fst_is_whole(ohm::part_of(wave_path)), err)
                       || write_marks(wave_path + ".marks", err)
                   ? -1
                   : 0;
#else
        (void)err;
        return 0;
#endif
    }

    // FILE.marks, beside a wave file: `vmm X Y TIME`, when each macro began its first VMM, in the
    // unit of the wave file, which has two steps a cycle. Views open there (scripts/waves.py).
    int write_marks(const std::string &path, ohm_error *err) const
    {
        std::ofstream marks(ohm::part_of(path));
        for (unsigned id = 0; id < 256; id++)
            if (dpi.first[id])
                marks << "vmm " << id % 16 << ' ' << id / 16 << ' ' << 2 * dpi.first[id] << '\n';
        marks.close();
        return ohm::give_name(path, !marks.fail(), err);
    }

    void dump(uint64_t time)
    {
#ifdef OHM_WAVES
        if (wave)
            wave->dump(time);
#else
        (void)time;
#endif
    }

    void offer() // the word s_axis shows from now on
    {
        if (sending < 0) {
            sending = !in[1].empty() ? 1 : !in[0].empty() ? 0 : -1;
            sent = 0;
            top->s_axis_tvalid = sending >= 0;
            if (sending < 0)
                return;
            top->s_axis_tuser = static_cast<uint8_t>(sending);
        }
        top->s_axis_tdata = in[sending].data()[sent];
        top->s_axis_tlast = sent + 1 == in[sending].length();
    }

    void step()
    {
        if (sending < 0 && !(in[0].empty() && in[1].empty()))
            offer();
        if (stall_until) {
            top->m_axis_tready = cycle >= stall_until;
            if (cycle >= stall_until)
                stall_until = 0;
        }
        top->clk = 0;
        top->eval();
        dump(2 * cycle);
        // in reset, and before the first, ports may say anything
        const bool took = !top->rst && top->s_axis_tvalid && top->s_axis_tready;
        if (!top->rst && top->m_axis_tvalid && top->m_axis_tready) {
            arriving.push_back(top->m_axis_tdata);
            if (top->m_axis_tlast) {
                out.push(arriving.data(), arriving.size());
                arriving.clear();
            }
        }
        dpi.cycle = cycle;
        dpi.reset = top->rst;
        context.timeInc(1);
        top->clk = 1;
        top->eval();
        dump(2 * cycle + 1);
        context.timeInc(1);
        cycle++;
        if (took) {
            if (++sent == in[sending].length()) {
                in[sending].pop();
                sending = -1;
            }
            offer();
        }
    }

    void reset(unsigned cycles)
    {
        in[0] = in[1] = out = Packets();
        arriving.clear();
        sending = -1;
        top->s_axis_tvalid = 0;
        top->rst = 1;
        for (unsigned i = 0; i < cycles; i++)
            step();
        top->rst = 0;
    }

    bool stopped() const { return dpi.stop || context.gotFinish(); }
};

namespace {

int check_sizes(const ohm_config *c, ohm_error *err)
{
#define BUILT(name, ...) OHM_BUILT_##name,
    static const int built[OHM_CONFIG_SIZES] = {OHM_CONFIG_KEYS(BUILT)};
#undef BUILT
    for (int i = 0; i < OHM_CONFIG_SIZES; i++) {
        const int wanted = ohm_config_value(c, &ohm_config_keys[i]);
        const bool plain = ohm_config_keys[i].at == offsetof(ohm_config, lean); // build.sh: LEAN 0
        if (built[i] != wanted && !plain)
            return ohm_fail(err, "Verilated chip: %s %d, expected %d (configuration %s)",
                            ohm_config_keys[i].name, built[i], wanted, c->name);
    }
    return 0;
}

int open_wave(ohm_rtl *r, const char *path, ohm_error *err)
{
    if (!path)
        return 0;
#ifdef OHM_WAVES
    r->wave_path = path;
    r->context.traceEverOn(true);
    r->wave = std::make_unique<VerilatedFstC>();
    r->top->trace(r->wave.get(), 99);
    ohm::FullDisk::expect(path);
    r->wave->open(ohm::part_of(path).c_str());
    return r->wave->isOpen() ? 0 : ohm_fail(err, "%s: cannot be written", path);
#else
    (void)r;
    return ohm_fail(err, "%s: this chip was built without waves, build it with WAVES=1", path);
#endif
}

int open_macros(ohm_rtl *r, const ohm_config *c, const ohm_rtl_options *o, ohm_error *err)
{
    if (o->physics && ohm_converter_check(c, o->physics, err))
        return -1;
    for (int y = 0; y < c->mesh_h; y++) {
        for (int x = 0; x < c->mesh_w; x++) {
            const unsigned id = static_cast<unsigned>(y * 16 + x);
            r->dpi.macro[id] =
                ohm_macro_new(c->rows, c->cols, o->device, o->seed, id, o->trip_code, err);
            if (r->dpi.macro[id])
                ohm_macro_set_converter(r->dpi.macro[id], c);
            if (!r->dpi.macro[id]
                || (o->physics && ohm_macro_set_physics(r->dpi.macro[id], o->physics, err)))
                return -1;
        }
    }
    return 0;
}

// Steps until done() holds; a port that does not answer shows as a time-out value in the caller.
template <typename Done> bool step_until(ohm_rtl *r, Done done)
{
    for (int i = 0; i < AXIL_PATIENCE; i++) {
        const bool now = done();
        r->step();
        if (now)
            return true;
    }
    return false;
}

} // namespace

ohm_rtl *ohm_rtl_open(const ohm_config *config, const ohm_rtl_options *options, ohm_error *err)
{
    if (check_sizes(config, err))
        return nullptr;
    std::unique_ptr<ohm_rtl> r(new (std::nothrow) ohm_rtl);
    if (!r) {
        ohm_fail(err, "Verilated chip: out of memory");
        return nullptr;
    }
    r->dpi.on_code = options->on_code;
    r->dpi.on_result = options->on_result;
    r->dpi.on_pulse = options->on_pulse;
    r->dpi.on_vec = options->on_vec;
    r->dpi.user = options->user;
    r->dpi.waves = options->wave_path != nullptr;
    if (open_macros(r.get(), config, options, err))
        return nullptr;
    ohm_dpi_set_context(&r->dpi);
    ohm_units = &r->units;
    // What reset leaves alone begins with any value, another for each seed; nothing may show it.
    Verilated::threadContextp(&r->context);
    r->context.randReset(options->blank ? 0 : 2);
    r->context.randSeed(static_cast<int>(1 + options->seed % 0x7FFFFFFF));
    r->top = std::make_unique<Vohm_chip>(&r->context, "");
    if (open_wave(r.get(), options->wave_path, err))
        return nullptr;
    r->top->m_axis_tready = 1;
    r->reset(RESET_CYCLES);
    return r.release();
}

int ohm_rtl_end_wave(ohm_rtl *r, ohm_error *err)
{
    return r->end_wave(err);
}

void ohm_rtl_reset(ohm_rtl *r, unsigned cycles)
{
    r->reset(cycles);
}

void ohm_rtl_close(ohm_rtl *r)
{
    delete r;
}

int ohm_rtl_send(ohm_rtl *r, int config_class, const uint32_t *flits, size_t n, ohm_error *err)
{
    if (n == 0)
        return ohm_fail(err, "Verilated chip: a packet of 0 flits, expected at least 1");
    r->in[config_class ? 1 : 0].push(flits, n);
    return 0;
}

size_t ohm_rtl_recv(ohm_rtl *r, uint32_t *flits, size_t max)
{
    if (r->out.empty())
        return 0;
    const size_t n = r->out.length();
    std::memcpy(flits, r->out.data(), (n < max ? n : max) * sizeof *flits);
    r->out.pop();
    return n;
}

size_t ohm_rtl_queued(const ohm_rtl *r)
{
    return r->in[0].count() + r->in[1].count();
}

uint64_t ohm_rtl_run(ohm_rtl *r, uint64_t cycles)
{
    const uint64_t from = r->cycle;
    while (r->cycle - from < cycles && r->out.empty() && !r->stopped())
        r->step();
    return r->cycle - from;
}

uint64_t ohm_rtl_cycle(const ohm_rtl *r)
{
    return r->cycle;
}

int ohm_rtl_finished(const ohm_rtl *r)
{
    return r->context.gotFinish();
}

const char *ohm_rtl_fault_text(const ohm_rtl *r)
{
    return r->dpi.fault;
}

uint32_t ohm_rtl_axil_read(ohm_rtl *r, unsigned addr)
{
    Vohm_chip *top = r->top.get();
    top->s_axil_araddr = static_cast<uint8_t>(addr);
    top->s_axil_arvalid = 1;
    // ready and valid are those of registers: what they say between the edges is what the edge sees
    step_until(r, [top] { return top->s_axil_arready; });
    top->s_axil_arvalid = 0;
    top->s_axil_rready = 1;
    uint32_t data = 0xFFFFFFFF;
    step_until(r, [top, &data] {
        if (top->s_axil_rvalid)
            data = top->s_axil_rdata;
        return top->s_axil_rvalid;
    });
    top->s_axil_rready = 0;
    return data;
}

void ohm_rtl_axil_write(ohm_rtl *r, unsigned addr, uint32_t data)
{
    Vohm_chip *top = r->top.get();
    top->s_axil_awaddr = static_cast<uint8_t>(addr);
    top->s_axil_wdata = data;
    top->s_axil_wstrb = 15;
    top->s_axil_awvalid = 1;
    top->s_axil_wvalid = 1;
    for (int i = 0; i < AXIL_PATIENCE && (top->s_axil_awvalid || top->s_axil_wvalid); i++) {
        const bool address = top->s_axil_awvalid && top->s_axil_awready,
                   word = top->s_axil_wvalid && top->s_axil_wready;
        r->step();
        if (address)
            top->s_axil_awvalid = 0;
        if (word)
            top->s_axil_wvalid = 0;
    }
    top->s_axil_awvalid = top->s_axil_wvalid = 0;
    top->s_axil_bready = 1;
    step_until(r, [top] { return top->s_axil_bvalid; });
    top->s_axil_bready = 0;
}

int ohm_rtl_geff(ohm_rtl *r, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    return ohm_macro_geff(r->dpi.macro[tile & 255], static_cast<ohm_cell_sel>(sel), row, col);
}

int ohm_rtl_fault(ohm_rtl *r, const char *what, uint64_t arg)
{
    if (std::strcmp(what, "stall_out"))
        return -1;
    r->stall_until = r->cycle + arg;
    return 0;
}
