/* SPDX-License-Identifier: Apache-2.0
 * The recurrent cell that the chip of vector.h runs, as a program of its vector tile, and that chip
 * loaded and started. */
#ifndef OHM_TB_VECTOR_CELL_H
#define OHM_TB_VECTOR_CELL_H

#include "vector.h"

static const char text_of_cell[] =
    "param T = 5\nparam B = 1\nparam hit = 70000\nvec z, 8\nvec c, 16 * B\n"
    "sequence steps T, lanes B\n"
    "limit 40\n"
    "program streams 0, routes 0 1 2\n"
    "    len #8\n    unpack z, stream 0, word 0, s8\n    free 0\n"
    "    mov s13, s3\n    mov s14, s3\n"
    "    mul c[s13], c[s14], #3 >> 2\n    add c[s13], c[s14], z\n    add z, c[s14], #0\n"
    "    mov s4, #hit / 100\n    mul s4, s4, #100\n    add s4, s4, #hit % 100\n"
    "    bne s1, s4, fine\n"
    "    FAULT\n"
    "fine:\n    send z, routes 0 1 2, s8\n    end\n"
    "init routes 0\n"
    "    len #8\n    mov s13, s3\n    mov c[s13], #0\n    mov z, #0\n"
    "    send z, routes 0, s8\n    end\n";

/* What stands at FAULT, and the fault's code. */
struct fault {
    const char *text;
    unsigned code;
};
static const struct fault no_fault = {"add z, c[s14], #0", 0};

static inline void assemble(struct bench *b, const struct fault *f, uint32_t hit,
                            struct ohm_asm *out)
{
    struct ohm_vec_size size;
    char text[sizeof text_of_cell + 100];
    const char *at = strstr(text_of_cell, "FAULT");
    const struct ohm_asm_param params[] = {{"B", b->lanes}, {"T", STEPS}, {"hit", (long)hit}};
    ohm_vec_size_of(&b->config, &size);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - text_of_cell), text_of_cell, f->text,
             at + 5);
    if (ohm_asm(text, "cell", &size, params, 3, out, &b->err))
        die(b, b->err.text);
}

static inline void open_chip(struct bench *b, int unchecked)
{
    static char library[256];
    struct ohm_backend_settings s = {.config = &b->config, .device = ohm_device_find("ideal"),
                                     .seed = 1, .rtl_library = library, .unchecked = unchecked,
                                     .tlm_library = "sim/out/build/libohm_tlm.so"};
    snprintf(library, sizeof library, "sim/out/build/%s-%dx%d/libohm_rtl.so", b->config.name,
             b->config.mesh_w, b->config.mesh_h);
    if (ohm_backend_open(b->model, &s, &b->b, &b->err)) {
        printf("FAIL vector: %s\n", b->err.text);
        exit(1);
    }
    b->group = (struct ohm_group){.b = &b->b, .config = &b->config, .count = 3,
                                  .tile = {{0, 0}, {VX, VY}, {1, 1}}, .patience = PATIENCE,
                                  .other = take, .user = b};
}

/* A chip that is loaded and started. wait: VWAIT. */
static inline void start(struct bench *b, int lanes, uint32_t sequences, const struct fault *f,
                         uint32_t hit, uint32_t wait, int unchecked)
{
    struct ohm_asm program;
    const struct ohm_vec_tile v = {&program, {(uint32_t)lanes, 0, 0}, wait};
    struct place p = {b, VX, VY};
    b->lanes = lanes;
    b->count = sequences * (uint32_t)lanes * STEPS;
    b->sent = FIRST;
    b->limit = FIRST + (1u << SLOTS_LOG2);
    b->skip = -1;
    b->event_count = 0;
    memset(b->events, 0, sizeof b->events);
    memset(b->h_came, 0, sizeof b->h_came);
    memset(b->y_came, 0, sizeof b->y_came);
    for (int o = 0; o < N; o++) {
        b->bias[o] = draw(b, 21) - 10;
        for (int i = 0; i < 2 * N; i++)
            b->w[i][o] = draw(b, 9) - 4;
        for (int k = 0; k < Y; k++)
            b->v[o][k] = draw(b, 9) - 4;
    }
    for (uint32_t n = 0; n < b->count; n++)
        for (int i = 0; i < N; i++)
            b->x[n][i] = (int8_t)(draw(b, 201) - 100);
    open_chip(b, unchecked);
    assemble(b, f, hit, &program);
    if (ohm_vec_tile_check(&b->config, VX, VY, &v, &b->err))
        die(b, b->err.text);
    set_up(b);
    ohm_vec_tile_emit(&v, emit, &p);
    ohm_asm_free(&program);
    if (ohm_group_start(&b->group, &b->err))
        die(b, b->err.text);
}

#endif
