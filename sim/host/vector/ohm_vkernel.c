/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_vkernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_vkernel_list.h"
#include "ohm_map.h"

enum { LINE = 128, PARAMS = OHM_VKERNEL_VALUES + 8 };

#define KERNEL(name, sizes) {#name, sizes, kernel_##name},
static const struct ohm_vkernel KERNELS[] = {OHM_VKERNELS(KERNEL)};
#undef KERNEL

/* What follows from the layer. */
static const char *const OWN[] = {"n", "B", "T", "lanes", "in_format", "in_per", "out_format",
                                  "out_per", NULL};

const struct ohm_vkernel *ohm_vkernel_at(int i)
{
    return i >= 0 && i < (int)(sizeof KERNELS / sizeof *KERNELS) ? &KERNELS[i] : NULL;
}

const struct ohm_vkernel *ohm_vkernel_find(const char *name)
{
    for (int i = 0; ohm_vkernel_at(i); i++)
        if (!strcmp(KERNELS[i].name, name))
            return &KERNELS[i];
    return NULL;
}

int ohm_vkernel_streams(const struct ohm_vkernel *k)
{
    int n = 0;
    while (k->size[n])
        n++;
    return n;
}

int ohm_vkernel_recurrent(const struct ohm_vkernel *k)
{
    return strstr(k->text, "\ninit routes") != NULL;
}

static int has(const struct ohm_vkernel *k, const char *param)
{
    char line[48];
    snprintf(line, sizeof line, "param %s =", param);
    const char *at = strstr(k->text, line);
    return at && (at == k->text || at[-1] == '\n');
}

int ohm_vkernel_takes(const struct ohm_vkernel *k, const char *param)
{
    for (int i = 0; OWN[i]; i++)
        if (!strcmp(OWN[i], param))
            return 0;
    return has(k, param);
}

int ohm_vkernel_formats(const struct ohm_vkernel *k)
{
    return has(k, "out_format");
}

/* ---- routes: those of the text become those of the tile ---- */

static int sent_on(const char *list, int route)
{
    for (; *list && *list != ','; list++)
        if (*list == '0' + route)
            return 1;
    return 0;
}

static void put_routes(FILE *to, const struct ohm_vkernel_use *u, const char *list)
{
    fprintf(to, "routes");
    for (int i = 0; i < u->part_count; i++)
        if (sent_on(list, u->parts[i].route))
            fprintf(to, " %d", i);
}

static int same_part(const struct ohm_vkernel_part *a, const struct ohm_vkernel_part *b)
{
    return a->first == b->first && a->count == b->count;
}

/* Each part that some routes want is sent once, on all of them. */
static void put_send(FILE *to, const struct ohm_vkernel_use *u, const char *vector,
                     const char *list, const char *format)
{
    for (int i = 0; i < u->part_count; i++) {
        const struct ohm_vkernel_part *p = &u->parts[i];
        int known = 0;
        for (int k = 0; k < i; k++)
            known |= sent_on(list, u->parts[k].route) && same_part(&u->parts[k], p);
        if (known || !sent_on(list, p->route))
            continue;
        fprintf(to, "    len #%d\n    send %s + %d, routes", p->count, vector, p->first / 16);
        for (int k = i; k < u->part_count; k++)
            if (sent_on(list, u->parts[k].route) && same_part(&u->parts[k], p))
                fprintf(to, " %d", k);
        fprintf(to, ", %s\n", format);
    }
}

/* One line of the text, for the tile's routes. */
static void put_line(FILE *to, const struct ohm_vkernel_use *u, const char *line)
{
    char vector[LINE], list[LINE], format[LINE];
    const char *routes = strstr(line, "routes ");
    if (sscanf(line, " send %[^,], routes %[^,], %s", vector, list, format) == 3) {
        put_send(to, u, vector, list, format);
    } else if (routes && (!strncmp(line, "program ", 8) || !strncmp(line, "init ", 5))) {
        fprintf(to, "%.*s", (int)(routes - line), line);
        put_routes(to, u, routes + strlen("routes "));
        fputc('\n', to);
    } else {
        fprintf(to, "%s\n", line);
    }
}

static char *text_of(const struct ohm_vkernel_use *u)
{
    char *text = NULL, line[LINE];
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    for (const char *at = u->kernel->text; *at; at += strcspn(at, "\n") + 1) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        put_line(to, u, line);
    }
    fclose(to);
    return text;
}

/* ---- params and arrays ---- */

static void give(const struct ohm_vkernel_use *u, struct ohm_asm_param *param, int *count,
                 const char *name, long value)
{
    if (has(u->kernel, name))
        param[(*count)++] = (struct ohm_asm_param){name, value};
}

static int params_of(const struct ohm_vkernel_use *u, const struct ohm_vec_size *size,
                     struct ohm_asm_param *param)
{
    int n = 0;
    give(u, param, &n, "n", u->outputs);
    give(u, param, &n, "B", u->lanes);
    give(u, param, &n, "T", u->steps);
    give(u, param, &n, "lanes", size->lanes);
    give(u, param, &n, "in_format", u->is_signed);
    give(u, param, &n, "in_per", 4);
    give(u, param, &n, "out_format", u->out_signed);
    give(u, param, &n, "out_per", 4);
    for (int i = 0; i < u->value_count; i++)
        give(u, param, &n, u->values[i].name, u->values[i].value);
    return n;
}

/* The array's words, behind what the text loads. */
static int load_array(const struct ohm_vkernel_use *u, const struct ohm_vkernel_array *array,
                      struct ohm_asm *a, struct ohm_error *err)
{
    const struct ohm_asm_symbol *s = ohm_asm_find(a, array->name);
    if (!s || s->kind != OHM_ASM_VECTOR)
        return ohm_fail(err, "kernel %s: \"%s\", expected the name of a vector of its memory",
                        u->kernel->name, array->name);
    if (s->elements != array->count)
        return ohm_fail(err, "kernel %s: %s: %d elements, expected %ld", u->kernel->name,
                        array->name, array->count, s->elements);
    const uint32_t n = (uint32_t)array->count;
    struct ohm_asm_write *write = realloc(a->write, (a->writes + n) * sizeof *write);
    if (!write)
        return ohm_fail(err, "kernel %s: out of memory", u->kernel->name);
    a->write = write;
    for (uint32_t i = 0; i < n; i++)
        write[a->writes++] = (struct ohm_asm_write){
            OHM_REG_VMEM + (uint32_t)s->value * 16 + i, (uint32_t)array->words[i]};
    return 0;
}

int ohm_vkernel_assemble(const struct ohm_vkernel_use *u, const struct ohm_vec_size *size,
                        struct ohm_asm *out, struct ohm_error *err)
{
    struct ohm_asm_param param[PARAMS];
    char file[48];
    for (int i = 0; i < u->part_count; i++)
        if (u->parts[i].first % 16)
            return ohm_fail(err, "kernel %s: outputs from %d on leave together, expected a "
                                 "multiple of 16", u->kernel->name, u->parts[i].first);
    char *text = text_of(u);
    if (!text)
        return ohm_fail(err, "kernel %s: out of memory", u->kernel->name);
    snprintf(file, sizeof file, "kernel %s", u->kernel->name);
    int rc = ohm_asm(text, file, size, param, params_of(u, size, param), out, err);
    free(text);
    for (int i = 0; !rc && i < u->array_count; i++) {
        rc = load_array(u, &u->arrays[i], out, err);
        if (rc)
            ohm_asm_free(out);
    }
    return rc;
}
