/* SPDX-License-Identifier: Apache-2.0
 * The Verilated chip with a golden model beside it: packets in go to both, traces and packets out
 * are checked as they come. The chip is a shared object, one per configuration and mesh, so that
 * this program is compiled once. */
#include "ohm_backend_types.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_macro.h"
#include "ohm_packet.h"
#include "ohm_record.h"
#include "ohm_rtl.h"

struct chip { /* functions of the shared object */
    void *library;
    struct ohm_rtl *(*open)(const struct ohm_config *, const struct ohm_rtl_options *,
                            struct ohm_error *);
    int (*end_wave)(struct ohm_rtl *, struct ohm_error *);
    void (*close)(struct ohm_rtl *);
    int (*send)(struct ohm_rtl *, int, const uint32_t *, size_t, struct ohm_error *);
    size_t (*recv)(struct ohm_rtl *, uint32_t *, size_t);
    size_t (*queued)(const struct ohm_rtl *);
    uint64_t (*run)(struct ohm_rtl *, uint64_t);
    uint64_t (*cycle)(const struct ohm_rtl *);
    int (*finished)(const struct ohm_rtl *);
    const char *(*fault_text)(const struct ohm_rtl *);
    uint32_t (*axil_read)(struct ohm_rtl *, unsigned);
    int (*geff)(struct ohm_rtl *, unsigned, unsigned, unsigned, unsigned);
    void (*reset)(struct ohm_rtl *, unsigned);
};

struct backend {
    struct chip chip;
    struct ohm_rtl *rtl;
    struct ohm_golden *golden;
    struct ohm_config config; /* with device, physics and seed: of a golden model after a reset */
    const struct ohm_device_model *device;
    const struct ohm_physics *physics;
    uint64_t seed;
    struct ohm_recorder *recorder;
    ohm_golden_observer observer;
    void *user;
    struct ohm_error mismatch; /* of a trace record: told when the cycle is over */
    long suspect;
};

static int load(struct chip *c, const char *path, struct ohm_error *err)
{
    const struct {
        const char *name;
        void **to;
    } symbols[] = {
        {"ohm_rtl_open", (void **)&c->open},
        {"ohm_rtl_end_wave", (void **)&c->end_wave},
        {"ohm_rtl_close", (void **)&c->close},
        {"ohm_rtl_send", (void **)&c->send},
        {"ohm_rtl_recv", (void **)&c->recv},
        {"ohm_rtl_queued", (void **)&c->queued},
        {"ohm_rtl_run", (void **)&c->run},
        {"ohm_rtl_cycle", (void **)&c->cycle},
        {"ohm_rtl_finished", (void **)&c->finished},
        {"ohm_rtl_fault_text", (void **)&c->fault_text},
        {"ohm_rtl_axil_read", (void **)&c->axil_read},
        {"ohm_rtl_geff", (void **)&c->geff},
        {"ohm_rtl_reset", (void **)&c->reset},
    };
    char local[1024]; /* without a slash the loader would search the system's directories */
    snprintf(local, sizeof local, "%s%s", strchr(path, '/') ? "" : "./", path);
    c->library = dlopen(local, RTLD_NOW | RTLD_LOCAL);
    if (!c->library)
        return ohm_fail(err, "Verilated chip: %s", dlerror());
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        *symbols[i].to = dlsym(c->library, symbols[i].name);
        if (!*symbols[i].to)
            return ohm_fail(err, "%s: no function %s: not a Verilated chip of this version", path,
                            symbols[i].name);
    }
    return 0;
}

static int on_code(void *user, const struct ohm_trace_code *t)
{
    struct backend *b = user;
    if (b->recorder)
        ohm_recorder_code(b->recorder, t);
    if (!ohm_golden_check_code(b->golden, t, b->mismatch.text[0] ? NULL : &b->mismatch))
        return 0;
    b->suspect = t->seq & 0xFFFF;
    return 1;
}

static int on_result(void *user, const struct ohm_trace_result *t)
{
    struct backend *b = user;
    if (b->recorder)
        ohm_recorder_result(b->recorder, t);
    if (ohm_golden_check_result(b->golden, t, b->mismatch.text[0] ? NULL : &b->mismatch)) {
        b->suspect = t->seq & 0xFFFF;
        return 1;
    }
    if (b->observer)
        b->observer(b->user, t->tile, t->seq, t->out, t->acc, t->y);
    return 0;
}

static int on_pulse(void *user, const struct ohm_trace_pulse *t)
{
    struct backend *b = user;
    if (b->recorder)
        ohm_recorder_pulse(b->recorder, t);
    return ohm_golden_check_pulse(b->golden, t, b->mismatch.text[0] ? NULL : &b->mismatch) != 0;
}

static int on_vec(void *user, const struct ohm_trace_vec *t)
{
    struct backend *b = user;
    if (b->recorder)
        ohm_recorder_vec(b->recorder, t);
    if (!ohm_golden_check_vec(b->golden, t, b->mismatch.text[0] ? NULL : &b->mismatch))
        return 0;
    if (t->kind == OHM_TRACE_VEC_INSTRUCTION || t->kind == OHM_TRACE_VEC_RUN)
        b->suspect = t->seq & 0xFFFF;
    return 1;
}

static int send(void *self, int config_class, const uint32_t *flits, size_t n,
                struct ohm_error *err)
{
    struct backend *b = self;
    uint32_t wire[OHM_PACKET_MAX + 1];
    if (n < 2 || n > OHM_PACKET_MAX)
        return ohm_fail(err, "packet to the chip: %zu flits, expected 2 to %d", n, OHM_PACKET_MAX);
    if (b->recorder)
        ohm_recorder_packet_in(b->recorder, flits, n);
    if (b->golden && ohm_golden_packet_in(b->golden, flits, n, err))
        return -1;
    memcpy(wire, flits, n * sizeof *flits);
    wire[n] = ohm_packet_crc(flits, n);
    return b->chip.send(b->rtl, config_class, wire, n + 1, err);
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    struct backend *b = self;
    uint32_t wire[OHM_PACKET_MAX + 1];
    size_t n = b->chip.recv(b->rtl, wire, OHM_PACKET_MAX + 1);
    uint64_t cycle = b->chip.cycle(b->rtl);
    if (n == 0)
        return 0;
    if (n < 3 || n > OHM_PACKET_MAX + 1 || n - 1 > max)
        return ohm_fail(
            err, "mismatch: packet of %zu flits from the chip, expected 3 to %d, cycle %" PRIu64, n,
            OHM_PACKET_MAX + 1, cycle);
    n--;
    uint32_t crc = ohm_packet_crc(wire, n);
    if (wire[n] != crc)
        return ohm_fail(err,
                        "mismatch: CRC of a packet from the chip: expected 0x%08" PRIx32
                        ", got 0x%08" PRIx32 ", cycle %" PRIu64,
                        crc, wire[n], cycle);
    if (b->recorder)
        ohm_recorder_packet_out(b->recorder, wire, n, cycle);
    if (b->golden && ohm_golden_check_packet_out(b->golden, wire, n, cycle, err)) {
        struct ohm_header h = ohm_header_decode(wire);
        if (h.type == OHM_TYPE_RESULT)
            b->suspect = (long)h.seq;
        return -1;
    }
    memcpy(flits, wire, n * sizeof *flits);
    return (long)n;
}

static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    struct backend *b = self;
    b->chip.run(b->rtl, cycles);
    const char *fault = b->chip.fault_text(b->rtl);
    if (b->mismatch.text[0]) {
        *err = b->mismatch;
        return -1;
    }
    if (fault)
        return ohm_fail(err, "analog macro, cycle %" PRIu64 ": %s", b->chip.cycle(b->rtl), fault);
    if (b->chip.finished(b->rtl))
        return ohm_fail(err, "the RTL called $finish at cycle %" PRIu64 " (its message is above)",
                        b->chip.cycle(b->rtl));
    return 0;
}

static uint64_t cycle(void *self)
{
    struct backend *b = self;
    return b->chip.cycle(b->rtl);
}

static size_t queued(void *self)
{
    struct backend *b = self;
    return b->chip.queued(b->rtl);
}

static int finish(void *self, struct ohm_error *err)
{
    static const struct {
        unsigned addr;
        const char *what;
    } counters[] = {
        {OHM_AXIL_BAD_CRC, "packets with a bad CRC"},
        {OHM_AXIL_BAD_LEN, "packets of bad length"},
        {OHM_AXIL_BAD_DST, "packets with a bad destination"},
        {OHM_AXIL_OUT_DROP, "packets for the host dropped"},
        {OHM_AXIL_LONG, "paths without tail"},
        {OHM_AXIL_STRAY, "stray packets"},
    };
    struct backend *b = self;
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        uint32_t n = b->chip.axil_read(b->rtl, counters[i].addr);
        if (n)
            return ohm_fail(err, "mismatch: the bridge counts %" PRIu32 " %s, expected 0", n,
                            counters[i].what);
    }
    struct ohm_recorder *recorder = b->recorder;
    b->recorder = NULL;
    if (ohm_recorder_close(recorder, err) || b->chip.end_wave(b->rtl, err))
        return -1;
    return b->golden ? ohm_golden_finish(b->golden, err) : 0;
}

static void close_chip(void *self)
{
    struct backend *b = self;
    if (b->rtl)
        b->chip.close(b->rtl);
    ohm_recorder_close(b->recorder, NULL);
    ohm_golden_free(b->golden);
    if (b->chip.library)
        dlclose(b->chip.library);
    free(b);
}

static int geff(void *self, unsigned tile, unsigned sel, unsigned row, unsigned col)
{
    const struct backend *b = self;
    return b->chip.geff(b->rtl, tile, sel, row, col);
}

static long suspect(void *self)
{
    const struct backend *b = self;
    return b->suspect;
}

static int new_golden(struct backend *b, struct ohm_error *err)
{
    ohm_golden_free(b->golden);
    b->golden = ohm_golden_new(&b->config, b->device, b->seed, err);
    return !b->golden || (b->physics && ohm_golden_set_physics(b->golden, b->physics, err)) ? -1
                                                                                            : 0;
}

static int reset(struct ohm_backend *out, unsigned cycles, struct ohm_error *err)
{
    struct backend *b = out->self;
    if (b->recorder)
        return ohm_fail(err, "reset: a recording is under way, which knows of none");
    b->chip.reset(b->rtl, cycles);
    b->mismatch.text[0] = 0;
    b->suspect = -1;
    if (b->golden && new_golden(b, err))
        return -1;
    out->golden = b->golden;
    return 0;
}

static int open_all(struct backend *b, const struct ohm_backend_settings *r, struct ohm_error *err)
{
    const int check = !r->unchecked;
    if (!r->rtl_library)
        return ohm_fail(err, "RTL: no Verilated chip, expected its file");
    if (load(&b->chip, r->rtl_library, err))
        return -1;
    if (check && new_golden(b, err))
        return -1;
    struct ohm_rtl_options options = {.device = r->device, .physics = r->physics, .seed = r->seed,
                                      .blank = r->blank,
                                      .trip_code = r->trip_code ? *r->trip_code : OHM_TRIP_PHYSICS,
                                      .wave_path = r->wave_path, .on_code = check ? on_code : NULL,
                                      .on_result = check ? on_result : NULL,
                                      .on_pulse = check ? on_pulse : NULL,
                                      .on_vec = check ? on_vec : NULL, .user = b};
    b->rtl = b->chip.open(r->config, &options, err);
    if (!b->rtl)
        return -1;
    if (r->record_path) {
        b->recorder = ohm_recorder_new(r->record_path, r->config, r->device->name, r->seed, err);
        if (!b->recorder)
            return -1;
    }
    return 0;
}

static int open_chip(const struct ohm_backend_settings *r, struct ohm_backend *out,
                     struct ohm_error *err)
{
    struct backend *b = calloc(1, sizeof *b);
    if (!b)
        return ohm_fail(err, "RTL backend: out of memory");
    b->observer = r->observer;
    b->user = r->user;
    b->suspect = -1;
    b->config = *r->config;
    b->device = r->device;
    b->physics = r->physics;
    b->seed = r->seed;
    if (open_all(b, r, err)) {
        close_chip(b);
        return -1;
    }
    *out = (struct ohm_backend){.self = b, .send = send, .recv = recv, .run = run, .cycle = cycle,
                                .queued = queued, .finish = finish, .close = close_chip,
                                .suspect = suspect, .golden = b->golden, .geff = geff,
                                .reset = reset};
    return 0;
}

const struct ohm_backend_type ohm_backend_rtl = {
    .name = "rtl", .doc = "the Verilated chip", .check = OHM_BACKEND_BESIDE, .waves = 1,
    .open = open_chip,
};
