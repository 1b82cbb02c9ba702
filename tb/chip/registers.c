/* SPDX-License-Identifier: Apache-2.0
 * Registers and refusals of a tile against the tables that are made from the map: what exists can
 * be written and read back in its bits, what does not is refused (BAD_ADDR), and a descriptor that
 * a configuration cannot run is refused by the field at fault. Runs on the golden model of every
 * named configuration, then on the RTL of the one that is built.
 *   registers [SEED]   last line: PASS registers <n> checks; CONFIG and MESH in the environment */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_adc.h"
#include "ohm_backend.h"
#include "ohm_macro.h"
#include "ohm_map.h"
#include "ohm_packet.h"
#include "ohm_reg.h"

enum { USED = 4, PATIENCE = 20000, WALK = 3000 /* longer than the check of any descriptor */ };

struct bench {
    struct ohm_backend chip;
    struct ohm_config config;
    struct ohm_regs regs;
    const char *what; /* model */
    unsigned event, detail, events, answer, answered;
    unsigned long checks;
    uint64_t random;
};

#define CHECK(b, ok, ...) do { \
        (b)->checks++; \
        if (!(ok)) { \
            printf("FAIL registers: %s, %s: ", (b)->what, (b)->config.name); \
            printf(__VA_ARGS__); \
            putchar('\n'); \
            exit(1); \
        } \
    } while (0)

static uint32_t draw(struct bench *b)
{
    b->random = b->random * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(b->random >> 32);
}

/* Sends a packet to tile (0,0). A refusal is seen by its event. */
static void send(struct bench *b, struct ohm_header h, const uint32_t *payload)
{
    uint32_t flits[OHM_PACKET_MAX];

    ohm_header_encode(&h, flits);
    if (h.len)
        memcpy(flits + 2, payload, h.len * sizeof *flits);
    b->chip.send(b->chip.self, 1, flits, 2 + h.len, NULL);
}

static void put(struct bench *b, unsigned addr, uint32_t value)
{
    send(b, (struct ohm_header){.type = OHM_TYPE_CFG_WR, .len = 1, .offset = addr}, &value);
}

/* Lets the chip work for so many cycles, or until an event or an answer came. */
static void run(struct bench *b, unsigned cycles, int wait)
{
    const unsigned step = wait ? 200 : cycles; /* the golden model takes no time */
    uint32_t flits[OHM_PACKET_MAX];
    struct ohm_error err = {""};
    long n;

    for (unsigned spent = 0; spent < cycles; spent += step) {
        if (wait && (b->events || b->answered))
            break;
        CHECK(b, !b->chip.run(b->chip.self, step, &err), "%s", err.text);
        while ((n = b->chip.recv(b->chip.self, flits, OHM_PACKET_MAX, &err)) > 0) {
            const struct ohm_header h = ohm_header_decode(flits);
            CHECK(b, h.type == OHM_TYPE_EVENT || h.type == OHM_TYPE_CFG_DATA, "unexpected %s",
                  ohm_type_name(h.type));
            if (h.type == OHM_TYPE_EVENT) {
                b->events++;
                b->event = h.offset;
                b->detail = flits[2];
            } else {
                b->answered = 1;
                b->answer = flits[2];
            }
        }
        CHECK(b, n == 0, "%s", err.text);
    }
}

/* Reads a register; 0: refused. */
static int get(struct bench *b, unsigned addr)
{
    b->answered = b->events = 0;
    send(b, (struct ohm_header){.type = OHM_TYPE_CFG_RD, .seq = 3, .offset = addr}, NULL);
    run(b, PATIENCE, 1);
    CHECK(b, b->answered || b->events, "0x%04x: neither answer nor event", addr);
    return b->answered != 0;
}

/* ---- registers ---- */

/* Writes a word and reads it: its bits, 0 from a `w` table, nothing new from an `r` one. */
static void exists(struct bench *b, const struct ohm_reg *r, unsigned addr)
{
    const uint32_t value = addr == OHM_REG_CTRL ? OHM_PLACE(1, CTRL_EARLY_STOP) : draw(b);

    CHECK(b, get(b, addr), "%s at 0x%04x refused, event %s", r->name, addr,
          ohm_event_name(b->event));
    const uint32_t before = b->answer;
    put(b, addr, value);
    CHECK(b, get(b, addr), "%s at 0x%04x refused after a write", r->name, addr);
    if (!(r->access & OHM_READ))
        CHECK(b, b->answer == 0, "%s at 0x%04x reads as 0x%08x, expected 0", r->name, addr,
              b->answer);
    else if (!(r->access & OHM_WRITE))
        CHECK(b, b->answer == before, "%s at 0x%04x was 0x%08x, is 0x%08x after a write", r->name,
              addr, before, b->answer);
    else if (!r->live)
        CHECK(b, !((b->answer ^ value) & r->mask), "%s at 0x%04x is 0x%08x, expected 0x%08x",
              r->name, addr, b->answer, value & r->mask);
    put(b, addr, 0);
}

static void exists_not(struct bench *b, unsigned addr)
{
    if (ohm_reg_at(&b->regs, addr))
        return;
    CHECK(b, !get(b, addr), "0x%04x is no register, yet it can be read", addr);
    CHECK(b, b->event == OHM_EVENT_BAD_ADDR, "0x%04x: read: event %s", addr,
          ohm_event_name(b->event));
    b->events = 0;
    put(b, addr, 0);
    run(b, PATIENCE, 1);
    CHECK(b, b->events && b->event == OHM_EVENT_BAD_ADDR, "0x%04x: write: %s, expected BAD_ADDR",
          addr, b->events ? ohm_event_name(b->event) : "no event");
}

/* Both ends of every array, what lies beside it, and places anywhere. */
static void registers(struct bench *b)
{
    for (const struct ohm_reg *r = b->regs.reg; r < b->regs.reg + OHM_REGISTERS; r++) {
        for (uint32_t i = 0; i < r->count; i++)
            for (uint32_t word = 0; word < r->words && (i < 2 || i + 2 >= r->count); word++)
                exists(b, r, r->address + i * r->stride + word);
        exists_not(b, r->address);
        exists_not(b, (r->address - 1) & 0xffff);
        exists_not(b, r->address + r->words);
        exists_not(b, r->address + r->count * r->stride);
    }
    for (int i = 0; i < 50; i++)
        exists_not(b, draw(b) & 0xffff);
}

/* ---- descriptors ---- */

static const uint32_t GOOD_DESC = OHM_PLACE(OHM_DESC_MODE_V, DESC_MODE) | OHM_PLACE(1, DESC_NSLICE);
static const uint32_t GOOD_SIZE = OHM_PLACE(USED - 1, DESC_SIZE_ROWS1)
    | OHM_PLACE(USED - 1, DESC_SIZE_COLS1) | OHM_PLACE(USED - 1, DESC_SIZE_OUTS1);
static const uint32_t GOOD_SLICE = OHM_PLACE(2, SLICE_W);

static uint32_t column(unsigned c)
{
    return OHM_PLACE(16384, COLMAP_GAIN) | OHM_PLACE(c, COLMAP_OUT)
         | OHM_PLACE(OHM_COLMAP_KIND_DATA, COLMAP_KIND);
}

/* A descriptor that every configuration runs. */
static void good(struct bench *b)
{
    put(b, OHM_REG_DESC, GOOD_DESC);
    put(b, OHM_REG_DESC_SIZE, GOOD_SIZE);
    put(b, OHM_REG_SLICE, GOOD_SLICE);
    put(b, OHM_REG_SLICE_RAMP, OHM_PLACE(-3, SLICE_RAMP_START) | OHM_PLACE(3, SLICE_RAMP_STOP));
    put(b, OHM_REG_MACRO_LSB, 129);
    for (unsigned c = 0; c < USED; c++)
        put(b, OHM_REG_COLMAP + c, column(c));
}

static void refusals(struct bench *b)
{
    const struct ohm_config *c = &b->config;
    const int fewer = ohm_adc_codes(c) < 1 << c->code_w; /* than START and STOP can say */
    const int half = fewer ? ohm_adc_codes(c) / 2 : 3;
    const int ramp = ohm_adc_pins(c->adc) == OHM_ADC_PINS_COMPARATORS;
    const unsigned modes = c->modes ? 0 : 1, stream = (unsigned)c->nstream & 3;
    const struct { const char *what; unsigned addr; uint32_t value; unsigned detail; } tries[] = {
        {"as it is", OHM_REG_DESC, GOOD_DESC, 0},
        {"PSUM", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(1, DESC_PSUM),
         c->psum_slots ? 0 : OHM_BAD_DESC_MODE},
        {"MODE 3", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(3, DESC_MODE), OHM_BAD_DESC_MODE},
        {"NSLICE 0", OHM_REG_DESC, OHM_PLACE(OHM_DESC_MODE_V, DESC_MODE), OHM_BAD_DESC_NSLICE},
        {"NSLICE", OHM_REG_DESC, OHM_PLACE(c->nslice + 1, DESC_NSLICE), OHM_BAD_DESC_NSLICE},
        {"SHIFT 41", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(41, DESC_SHIFT), OHM_BAD_DESC_SHIFT},
        {"STREAM", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(stream, DESC_STREAM),
         stream ? OHM_BAD_DESC_STREAM : 0},
        {"FUNC TABLE", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(OHM_DESC_FUNC_TABLE, DESC_FUNC),
         modes * OHM_BAD_DESC_FUNC},
        {"FUNC 3", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(3, DESC_FUNC), OHM_BAD_DESC_FUNC},
        {"CALIB", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(1, DESC_CALIB), OHM_BAD_DESC_CALIB},
        {"CALIB and PSUM, no vectors", OHM_REG_DESC,
         GOOD_DESC | OHM_PLACE(1, DESC_CALIB) | OHM_PLACE(1, DESC_PSUM),
         c->psum_slots ? OHM_BAD_DESC_CALIB : OHM_BAD_DESC_MODE},
        {"LINK_IN of the first column", OHM_REG_DESC, GOOD_DESC | OHM_PLACE(1, DESC_LINK_IN),
         OHM_BAD_DESC_LINK},
        {"ROWS1", OHM_REG_DESC_SIZE,
         (GOOD_SIZE & ~OHM_PLACE(-1, DESC_SIZE_ROWS1)) | OHM_PLACE(c->rows, DESC_SIZE_ROWS1),
         OHM_BAD_DESC_SIZE},
        {"W 0", OHM_REG_SLICE, 0, OHM_BAD_DESC_W},
        {"IN 3", OHM_REG_SLICE, GOOD_SLICE | OHM_PLACE(3, SLICE_IN), OHM_BAD_DESC_IN},
        {"DEV 3", OHM_REG_SLICE, GOOD_SLICE | OHM_PLACE(3, SLICE_DEV), OHM_BAD_DESC_DEV},
        {"MUL by 0", OHM_REG_SLICE, GOOD_SLICE | OHM_PLACE(1, SLICE_MUL), OHM_BAD_DESC_EXT},
        {"COUNT", OHM_REG_SLICE, GOOD_SLICE | OHM_PLACE(1, SLICE_COUNT), modes * OHM_BAD_DESC_EXT},
        {"TABLE", OHM_REG_SLICE, GOOD_SLICE | OHM_PLACE(1, SLICE_TABLE),
         c->modes && ramp ? 0 : OHM_BAD_DESC_TABLE},
        {"empty ramp", OHM_REG_SLICE_RAMP, 0, OHM_BAD_DESC_RAMP},
        {"steps of the converter", OHM_REG_SLICE_RAMP, OHM_PLACE(-half, SLICE_RAMP_START)
         | OHM_PLACE(half, SLICE_RAMP_STOP), fewer ? OHM_BAD_DESC_ADC : 0},
        {"MACRO_LSB 0", OHM_REG_MACRO_LSB, 0, OHM_BAD_DESC_LSB},
        {"OUT", OHM_REG_COLMAP, column(USED), OHM_BAD_DESC_COLMAP},
        {"TRIM", OHM_REG_COLMAP, column(0) | OHM_PLACE(1, COLMAP_TRIM),
         modes * OHM_BAD_DESC_COLMAP},
        {"reference column", OHM_REG_COLMAP, OHM_PLACE(OHM_COLMAP_KIND_REFERENCE, COLMAP_KIND),
         modes * OHM_BAD_DESC_COLMAP},
    };

    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        good(b);
        put(b, tries[i].addr, tries[i].value);
        b->events = 0;
        put(b, OHM_REG_CTRL, OHM_PLACE(1, CTRL_ENABLE));
        run(b, WALK, 0);
        const unsigned detail = b->events && b->event == OHM_EVENT_BAD_DESC ? b->detail : 0;
        CHECK(b, b->events == (tries[i].detail != 0) && detail == tries[i].detail,
              "%s: %u events, detail %u (%s), expected %u (%s)", tries[i].what, b->events, detail,
              ohm_bad_desc_field(detail), tries[i].detail, ohm_bad_desc_field(tries[i].detail));
        CHECK(b, get(b, OHM_REG_STATUS), "%s: no STATUS", tries[i].what);
        CHECK(b, OHM_FIELD(b->answer, STATUS_BAD_DESC) == (tries[i].detail != 0), "%s: STATUS 0x%x",
              tries[i].what, b->answer);
        put(b, OHM_REG_CTRL, 0);
    }
}

static void test(struct bench *b)
{
    ohm_regs_init(&b->regs, &b->config, OHM_KIND_CIM);
    registers(b);
    refusals(b);
    b->chip.close(b->chip.self);
}

int main(int argc, char **argv)
{
    static const struct ohm_config all[] = {OHM_CONFIG_TABLE};
    static struct bench b;
    struct ohm_error err = {""};
    const char *name = getenv("CONFIG"), *mesh = getenv("MESH");
    char path[200];
    /* The RTL alone: a golden model beside it would keep back what is refused. */
    const struct ohm_backend_settings how = {.config = &b.config, .seed = 1, .rtl_library = path,
                                             .unchecked = 1, .device = ohm_device_find("ideal")};

    b.random = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    b.what = "golden model";
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        b.config = all[i];
        b.config.mesh_w = b.config.mesh_h = 1;
        if (ohm_backend_open("golden", &how, &b.chip, &err))
            goto fail;
        test(&b);
    }

    name = name ? name : "board";
    mesh = mesh ? mesh : "1x1";
    snprintf(path, sizeof path, "sim/out/build/%s-%s/libohm_rtl.so", name, mesh);
    b.what = "RTL";
    if (ohm_config_find(name, &b.config, &err)
        || sscanf(mesh, "%dx%d", &b.config.mesh_w, &b.config.mesh_h) != 2
        || ohm_backend_open("rtl", &how, &b.chip, &err))
        goto fail;
    test(&b);
    printf("PASS registers %lu checks\n", b.checks);
    return 0;
fail:
    printf("FAIL registers: %s\n", err.text);
    return 1;
}
