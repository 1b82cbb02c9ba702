// SPDX-License-Identifier: Apache-2.0
// The chip: tiles, routers and host put together, and the C API around them.
extern "C" { // the models' headers, which ohm_tlm.h includes, are C
#include "ohm_tlm.h"
}

#include <cinttypes>
#include <cstring>
#include <memory>

#include "ohm_tlm_host.h"
#include "ohm_tlm_mesh.h"
#include "ohm_tlm_router.h"
#include "ohm_tlm_tile.h"

namespace ohm {

namespace {

constexpr uint64_t RESET_CYCLES = 8; // the chip's clock runs that long before its first packet

class Chip : public sc_core::sc_module {
public:
    Chip(sc_core::sc_module_name name, Context &context)
        : sc_module(name), host("host", context),
          width_(static_cast<unsigned>(context.config.mesh_w)),
          height_(static_cast<unsigned>(context.config.mesh_h))
    {
        for (unsigned y = 0; y < height_; y++)
            for (unsigned x = 0; x < width_; x++)
                if (ohm_config_kind(&context.config, static_cast<int>(x), static_cast<int>(y))
                    != OHM_KIND_NONE)
                    tiles[16 * y + x] = std::make_unique<Tile>(
                        ("tile_" + std::to_string(x) + "_" + std::to_string(y)).c_str(), 16 * y + x,
                        context);
        for (unsigned i = 0; context.config.link_w && i < 255; i++) {
            if (!tiles[i] || !tiles[i + 1] || i % 16 == 15 || tiles[i]->unit
                || tiles[i + 1]->unit)
                continue;
            tiles[i]->east = tiles[i + 1].get();
            tiles[i + 1]->west = tiles[i].get();
            tiles[i]->core.neighbour(&tiles[i + 1]->core);
        }
        if (context.loose)
            make_routers(context);
        else
            make_mesh(context);
    }

    // A router's output that leads somewhere; a place without a tile has a router all the same.
    bool has(unsigned x, unsigned y, Port p) const
    {
        switch (p) {
        case N: return y + 1 < height_;
        case E: return x + 1 < width_;
        case S: return y > 0;
        case W: return x > 0 || y == 0;
        default: return tiles[16 * y + x] != nullptr;
        }
    }
    unsigned width() const { return width_; }
    unsigned height() const { return height_; }
    const Router::Use &use(unsigned x, unsigned y, Port p) const
    {
        return mesh_ ? mesh_->use(y * width_ + x, p) : routers_[16 * y + x]->use(p);
    }
    uint64_t stray() const
    {
        uint64_t n = mesh_ ? mesh_->stray() : 0;
        for (const auto &r : routers_)
            n += r ? r->stray() : 0;
        return n;
    }
    void restart()
    {
        if (mesh_)
            mesh_->restart();
        for (const auto &r : routers_)
            if (r)
                r->restart();
    }

    Host host;
    std::unique_ptr<Tile> tiles[256];

private:
    static void join(Router &a, Port pa, Router &b, Port pb)
    {
        a.tx(pa).bind(b.rx(pb));
        b.tx(pb).bind(a.rx(pa));
    }

    void make_routers(Context &context)
    {
        for (unsigned y = 0; y < height_; y++) {
            for (unsigned x = 0; x < width_; x++) {
                const std::string at = std::to_string(x) + "_" + std::to_string(y);
                unsigned ports = 0;
                for (Port p : {N, E, S, W, L})
                    ports |= static_cast<unsigned>(has(x, y, p)) << p;
                routers_[16 * y + x] =
                    std::make_unique<Router>(("router_" + at).c_str(), x, y, ports, context.clocks);
            }
        }
        for (unsigned y = 0; y < height_; y++) {
            for (unsigned x = 0; x < width_; x++) {
                Router &r = *routers_[16 * y + x];
                if (Tile *t = tiles[16 * y + x].get()) {
                    r.tx(L).bind(t->rx);
                    t->tx.bind(r.rx(L));
                }
                if (x + 1 < width_)
                    join(r, E, *routers_[16 * y + x + 1], W);
                if (y + 1 < height_)
                    join(r, N, *routers_[16 * (y + 1) + x], S);
            }
        }
        routers_[0]->tx(W).bind(host.rx);
        host.tx.bind(routers_[0]->rx(W));
    }

    void make_mesh(Context &context)
    {
        mesh_ = std::make_unique<Mesh>("mesh", context.clocks, context.config);
        for (unsigned y = 0; y < height_; y++) {
            for (unsigned x = 0; x < width_; x++) {
                if (Tile *t = tiles[16 * y + x].get()) {
                    mesh_->tile_tx(y * width_ + x).bind(t->rx);
                    t->tx.bind(mesh_->tile_rx(y * width_ + x));
                }
            }
        }
        mesh_->host_tx().bind(host.rx);
        host.tx.bind(mesh_->host_rx());
    }

    const unsigned width_, height_;
    std::unique_ptr<Router> routers_[256]; // or
    std::unique_ptr<Mesh> mesh_;
};

Clocks make_clocks(const ohm_tlm_options &o)
{
    // two periods in the given ratio, both even numbers of picoseconds
    const double unit = 1e6 / o.clock_mhz / (2.0 * o.noc_num);
    const uint64_t k = unit < 1 ? 1 : static_cast<uint64_t>(unit + 0.5);
    return {Clock(2 * k * o.noc_num), Clock(2 * k * o.noc_den), o.noc_num == o.noc_den};
}

} // namespace

void Context::note(const Way &w, int to, uint64_t at)
{
    if (!trace)
        return;
    const ohm_header &h = w.header;
    char from_name[16] = "host", to_name[16] = "host";
    if (w.from >= 0)
        snprintf(from_name, sizeof from_name, "%d,%d", w.from & 15, w.from >> 4);
    if (to >= 0)
        snprintf(to_name, sizeof to_name, "%d,%d", to & 15, to >> 4);
    fprintf(trace, "%" PRIu64 " %" PRIu64 " %s %s %s %u %u %zu %zu%s\n", w.sent, at,
            ohm_type_name(h.type), from_name, to_name, h.seq, h.offset, w.flits.size(),
            static_cast<size_t>(w.routers), h.poison ? " poison" : "");
}

} // namespace ohm

struct ohm_tlm {
    std::unique_ptr<ohm::Context> context;
    std::unique_ptr<ohm::Chip> chip;
    ohm_golden *golden = nullptr;
    ohm_golden_hooks hooks{};
    ohm_activity *activity = nullptr;

    ~ohm_tlm()
    {
        chip.reset();
        ohm_golden_free(golden);
    }
};

namespace {

void on_vector(void *user, unsigned tile, const ohm_golden_vector *v)
{
    ohm_tlm *t = static_cast<ohm_tlm *>(user);
    if (t->activity)
        ohm_activity_vector(t->activity, tile, v);
    t->chip->tiles[tile]->on_vector(*v);
}

void on_walk(void *user, unsigned tile, ohm_golden_walk step, unsigned stream, uint32_t number)
{
    ohm_tlm *t = static_cast<ohm_tlm *>(user);
    if (t->activity)
        ohm_activity_walk(t->activity, tile, step, stream);
    t->chip->tiles[tile]->on_walk(step, stream, number);
}

void on_finished(void *user, unsigned tile, uint32_t seq, int poison)
{
    static_cast<ohm_tlm *>(user)->chip->tiles[tile]->on_finished(seq, poison != 0);
}

void on_ran(void *user, unsigned tile, const ohm_golden_run *run)
{
    ohm_tlm *t = static_cast<ohm_tlm *>(user);
    if (t->activity)
        ohm_activity_run(t->activity, tile, run);
    t->chip->tiles[tile]->on_ran(*run);
}

void on_engine(void *user, unsigned tile, const ohm_golden_engine *e)
{
    ohm_tlm *t = static_cast<ohm_tlm *>(user);
    if (t->activity)
        ohm_activity_engine(t->activity, tile, e);
    t->chip->tiles[tile]->on_engine(*e);
}

int on_packet(void *user, int from, const uint32_t *flits, size_t n)
{
    ohm_tlm *t = static_cast<ohm_tlm *>(user);
    if (t->activity)
        ohm_activity_packet(t->activity, from, flits, n);
    if (from >= 0)
        t->chip->tiles[from]->on_packet(flits, n);
    return 1;
}

int check(const ohm_tlm_options *o, ohm_error *err)
{
    if (o->noc_num < 1 || o->noc_num > 16 || o->noc_den < 1 || o->noc_den > 16)
        return ohm_fail(err, "TLM: noc_clock: %u/%u, expected a ratio of numbers from 1 to 16",
                        o->noc_num, o->noc_den);
    if (o->adc_steps < 1 || o->adc_steps > 16)
        return ohm_fail(err, "TLM: adc_steps: %u, expected 1 to 16", o->adc_steps);
    if (!(o->clock_mhz >= 1 && o->clock_mhz <= 10000))
        return ohm_fail(err, "TLM: clock_mhz: %g, expected 1 to 10000", o->clock_mhz);
    return 0;
}

bool there = false; // a chip that is not closed: it has the kernel
// SystemC elaborates a kernel once, so each chip but the first one gets a kernel of its own;
// objects of the library itself live in the first.
sc_core::sc_simcontext *first_kernel = nullptr;

void use_kernel(sc_core::sc_simcontext *k)
{
    sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = k;
}

} // namespace

// SystemC's library asks for it, so that it is exported; time is driven from outside, by
// ohm_tlm_run.
OHM_API_BEGIN
int sc_main(int, char **)
{
    return 0;
}
OHM_API_END

ohm_tlm *ohm_tlm_open(const ohm_config *config, const ohm_tlm_options *o, ohm_error *err)
{
    if (check(o, err))
        return nullptr;
    if (there) {
        ohm_fail(err, "TLM: another chip is open, expected one at a time");
        return nullptr;
    }
    std::unique_ptr<ohm_tlm> t(new ohm_tlm);
    t->golden = ohm_golden_new(config, o->device, o->seed, err);
    if (!t->golden || (o->physics && ohm_golden_set_physics(t->golden, o->physics, err)))
        return nullptr;
    ohm_golden_set_checking(t->golden, 0);
    if (o->observer)
        ohm_golden_observe(t->golden, o->observer, o->user);
    t->activity = o->activity;
    t->hooks = {on_vector, on_walk, on_finished, on_ran, on_engine, 1, on_packet, t.get()};
    ohm_golden_hook(t->golden, &t->hooks);
    t->context.reset(new ohm::Context{ohm::make_clocks(*o),
                                      t->golden,
                                      *config,
                                      o->adc_steps,
                                      o->timing == OHM_TLM_LT,
                                      o->activity,
                                      {},
                                      o->trace,
                                      {}});
    if (o->trace)
        fprintf(o->trace, "# sent delivered type from to number offset flits routers\n");
    if (first_kernel)
        use_kernel(new sc_core::sc_simcontext);
    else
        first_kernel = sc_core::sc_get_curr_simcontext();
    there = true;
    t->chip = std::make_unique<ohm::Chip>("chip", *t->context);
    sc_core::sc_start(
        sc_core::sc_time::from_value(t->context->clocks.tile.start(ohm::RESET_CYCLES)));
    return t.release();
}

void ohm_tlm_close(ohm_tlm *t)
{
    delete t;
    // SystemC 3.0 frees what its threads still ask when a kernel goes (sc_cor_qt's destructor reads
    // the package that sc_simcontext::clean has deleted): there, the kernel stays.
#if SC_VERSION_MAJOR < 3
    if (sc_core::sc_curr_simcontext != first_kernel)
        delete sc_core::sc_curr_simcontext;
#endif
    use_kernel(first_kernel);
    there = false;
}

int ohm_tlm_send(ohm_tlm *t, int config_class, const uint32_t *flits, size_t n, ohm_error *err)
{
    if (ohm_golden_admits(t->golden, flits, n, err))
        return -1;
    if (t->activity)
        ohm_activity_packet(t->activity, -1, flits, n);
    t->chip->host.send(config_class, flits, n);
    return 0;
}

size_t ohm_tlm_recv(ohm_tlm *t, uint32_t *flits, size_t max)
{
    return t->chip->host.recv(flits, max);
}

size_t ohm_tlm_queued(const ohm_tlm *t)
{
    return t->chip->host.queued();
}

int ohm_tlm_run(ohm_tlm *t, uint64_t cycles, ohm_error *err)
{
    const ohm::Clock &clock = t->context->clocks.tile;
    const uint64_t until = clock.now() + cycles;
    while (!t->chip->host.waits() && t->context->fault.empty() && clock.now() < until)
        sc_core::sc_start(ohm::Clock::until(clock.start(until)));
    return t->context->fault.empty() ? 0 : ohm_fail(err, "%s", t->context->fault.c_str());
}

uint64_t ohm_tlm_cycle(const ohm_tlm *t)
{
    return t->context->clocks.tile.now();
}

int ohm_tlm_finish(ohm_tlm *t, ohm_error *err)
{
    const uint64_t stray = t->chip->stray();
    if (stray)
        return ohm_fail(err, "mismatch: %" PRIu64 " packets fell out of the mesh, expected 0",
                        stray);
    if (t->chip->host.dropped)
        return ohm_fail(err, "mismatch: %" PRIu64 " packets for the host dropped, expected 0",
                        t->chip->host.dropped);
    return ohm_golden_finish(t->golden, err);
}

ohm_golden *ohm_tlm_golden(const ohm_tlm *t)
{
    return t->golden;
}

void ohm_tlm_restart(ohm_tlm *t)
{
    t->chip->host.packets = t->chip->host.flits = t->chip->host.held = 0;
    t->chip->restart();
    for (const auto &tile : t->chip->tiles) {
        if (tile) {
            tile->core.busy = ohm::Core::Busy();
            tile->sending = 0;
        }
    }
}

size_t ohm_tlm_links(const ohm_tlm *t, ohm_tlm_link *out, size_t max)
{
    size_t n = 0;
    const ohm::Host &host = t->chip->host;
    if (n < max)
        out[n] = {0, 0, 'I', host.packets, host.flits, host.held, 0};
    n++;
    for (unsigned place = 0; place < t->chip->width() * t->chip->height(); place++) {
        const unsigned x = place % t->chip->width(), y = place / t->chip->width();
        for (int p = 0; p < ohm::PORTS; p++) {
            const ohm::Port port = static_cast<ohm::Port>(p);
            if (!t->chip->has(x, y, port))
                continue;
            const ohm::Router::Use &u = t->chip->use(x, y, port);
            if (n < max)
                out[n] = {x, y, "NESWL"[p], u.packets, u.flits, u.held, u.waited};
            n++;
        }
    }
    return n;
}

size_t ohm_tlm_tiles(const ohm_tlm *t, ohm_tlm_tile *out, size_t max)
{
    size_t n = 0;
    for (const auto &tile : t->chip->tiles) {
        if (!tile)
            continue;
        const ohm::Core::Busy &b = tile->core.busy;
        if (n < max)
            out[n] = {tile->number & 15,
                      tile->number >> 4,
                      b.vectors,
                      b.integrating,
                      b.ramping,
                      b.scanning,
                      tile->sending,
                      b.vectors ? b.first : 0,
                      b.last};
        n++;
    }
    return n;
}
