// SPDX-License-Identifier: Apache-2.0
// One tile alone in place of a chip, behind the same C interface (tb/harness/ohm_rtl.h), so that
// tb/chip/program.c runs on macros of any size: packets go straight into the tile's network port.
// A reset (bit 0 of AXIL_CTRL) is the tile's. -D: the parameters it was built with.
#include "ohm_rtl.h"

#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vohm_tile.h"
#include "ohm_dpi.h"
#include "verilated.h"

extern "C" {
#include "ohm_converter.h"
#include "ohm_macro.h"
}

struct ohm_rtl {
    VerilatedContext context;
    std::unique_ptr<Vohm_tile> top;
    ohm_dpi_context dpi{};
    uint64_t cycle = 0;
    std::deque<uint64_t> in; // flits {last, first, data}
    std::deque<std::vector<uint32_t>> out;
    std::vector<uint32_t> arriving;

    ~ohm_rtl()
    {
        if (top)
            top->final();
        ohm_dpi_set_context(nullptr);
        ohm_macro_free(dpi.macro[0]);
    }

    void step()
    {
        const bool offers = !in.empty();
        top->rx_valid = offers;
        top->rx_flit = offers ? in.front() : 0;
        top->clk = 0;
        top->eval();
        if (top->tx_valid && !top->rst) {
            const uint64_t flit = top->tx_flit;
            if (flit >> 32 & 1)
                arriving.clear();
            arriving.push_back(static_cast<uint32_t>(flit));
            if (flit >> 33 & 1) {
                arriving.push_back(0); // in place of the bridge's CRC
                out.push_back(arriving);
                arriving.clear();
            }
        }
        dpi.cycle = cycle;
        context.timeInc(1);
        top->clk = 1;
        top->eval();
        context.timeInc(1);
        cycle++;
        if (offers)
            in.pop_front();
    }

    bool stopped() const { return dpi.stop || context.gotFinish(); }
};

ohm_rtl *ohm_rtl_open(const ohm_config *config, const ohm_rtl_options *options, ohm_error *err)
{
    auto r = std::make_unique<ohm_rtl>();
    r->dpi.on_code = options->on_code;
    r->dpi.on_result = options->on_result;
    r->dpi.on_pulse = options->on_pulse;
    r->dpi.user = options->user;
    r->dpi.macro[0] = ohm_macro_new(config->rows, config->cols, options->device, options->seed, 0,
                                    options->trip_code, err);
    if (!r->dpi.macro[0])
        return nullptr;
    ohm_macro_set_converter(r->dpi.macro[0], config);
    if (options->physics && ohm_macro_set_physics(r->dpi.macro[0], options->physics, err))
        return nullptr;
    ohm_dpi_set_context(&r->dpi);
    r->top = std::make_unique<Vohm_tile>(&r->context, "");
    Vohm_tile &top = *r->top;
    top.tile_x = top.tile_y = top.link_near = top.link_rx = top.link_tx_ready = 0;
    top.tx_ready = 1;
    top.rst = 1;
    for (int i = 0; i < 8; i++)
        r->step();
    top.rst = 0;
    return r.release();
}

void ohm_rtl_close(ohm_rtl *r) { delete r; }

int ohm_rtl_send(ohm_rtl *r, int, const uint32_t *flits, size_t n, ohm_error *)
{
    for (size_t i = 0; i + 1 < n; i++) // without the CRC
        r->in.push_back(flits[i] | (i == 0 ? 1ull << 32 : 0) | (i + 2 == n ? 1ull << 33 : 0));
    return 0;
}

size_t ohm_rtl_recv(ohm_rtl *r, uint32_t *flits, size_t max)
{
    if (r->out.empty())
        return 0;
    const size_t n = r->out.front().size();
    std::memcpy(flits, r->out.front().data(), (n < max ? n : max) * sizeof *flits);
    r->out.pop_front();
    return n;
}

size_t ohm_rtl_queued(const ohm_rtl *r) { return r->in.size(); }

uint64_t ohm_rtl_run(ohm_rtl *r, uint64_t cycles)
{
    const uint64_t from = r->cycle;
    while (r->cycle - from < cycles && r->out.empty() && !r->stopped())
        r->step();
    return r->cycle - from;
}

uint64_t ohm_rtl_cycle(const ohm_rtl *r) { return r->cycle; }
int ohm_rtl_finished(const ohm_rtl *r) { return r->context.gotFinish(); }
const char *ohm_rtl_fault_text(const ohm_rtl *r) { return r->dpi.fault; }

void ohm_rtl_axil_write(ohm_rtl *r, unsigned, uint32_t data)
{
    r->top->rst = data & 1;
    if (r->top->rst) {
        r->in.clear();
        r->arriving.clear();
    }
    r->step();
}

int ohm_rtl_geff(ohm_rtl *r, unsigned, unsigned sel, unsigned row, unsigned col)
{
    return ohm_macro_geff(r->dpi.macro[0], static_cast<ohm_cell_sel>(sel), row, col);
}
