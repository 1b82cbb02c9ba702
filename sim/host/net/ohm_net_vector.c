/* SPDX-License-Identifier: Apache-2.0
 * Networks of sequences: steps, and layers that are kernels of the vector unit. */
#include <stdlib.h>
#include <string.h>

#include "ohm_net_json.h"

#define MAX_STEPS 65535 /* VSEQ.STEPS */
#define MAX_OUTPUTS 4095
#define MAX_UNIT 1e6 /* of a result as a logit */

/* Of a unit that is at least as large as any tile's. */
static const struct ohm_vec_size LARGEST = {4, 16384, 2048, 8, 4, 8, 256};

void ohm_net_take(const struct ohm_net *net, uint8_t *images, size_t bytes)
{
    for (size_t i = 0; net->halve && i < bytes; i++)
        images[i] >>= 1;
}

int ohm_net_read_sequence(struct ohm_json *r, const cJSON *root, struct ohm_net *net)
{
    static const char *const KEYS[] = {"output", "unit", NULL},
                             *const OUTPUTS[] = {"last", "each", NULL};
    const cJSON *sequence = cJSON_GetObjectItemCaseSensitive(root, "sequence");
    if (!sequence)
        return 0;
    if (!cJSON_IsObject(sequence))
        return ohm_fail(r->err, "%s: sequence: expected {\"output\": \"last\"}", r->path);
    if (ohm_json_known_keys(r, sequence, "sequence.", KEYS))
        return -1;
    net->every_step = ohm_json_choice(r, sequence, "sequence.", "output", OUTPUTS);
    net->steps = 1; /* until the input's shape is known */
    if (net->every_step < 0)
        return -1;
    const cJSON *unit = cJSON_GetObjectItemCaseSensitive(sequence, "unit");
    if (!unit)
        return 0;
    net->unit = cJSON_IsNumber(unit) ? unit->valuedouble : 0;
    if (!net->every_step || !(net->unit > 0 && net->unit <= MAX_UNIT))
        return ohm_fail(r->err,
                        "%s: sequence.unit: expected a number above 0, at most %g, with output "
                        "\"each\"",
                        r->path, MAX_UNIT);
    return 0;
}

int ohm_net_read_steps(struct ohm_json *r, const cJSON *input, struct ohm_net *net)
{
    const cJSON *halve = cJSON_GetObjectItemCaseSensitive(input, "halve");
    net->halve = cJSON_IsTrue(halve);
    if (halve && !cJSON_IsBool(halve))
        return ohm_fail(r->err, "%s: input.halve: expected true or false", r->path);
    if (net->halve && !net->input_signed)
        return ohm_fail(r->err, "%s: input.halve: true with type \"u8\", expected it with \"s8\"",
                        r->path);
    if (!net->steps)
        return 0;
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(input, "shape");
    net->steps = cJSON_GetArrayItem(shape, 0)->valueint;
    if (cJSON_GetArraySize(shape) < 2 || net->steps > MAX_STEPS)
        return ohm_fail(r->err,
                        "%s: input.shape: %d steps in a list of %d sizes, expected 1 to %d steps "
                        "and the size of a step",
                        r->path, net->steps, cJSON_GetArraySize(shape), MAX_STEPS);
    net->in_c = net->inputs / net->steps;
    return 0;
}

static int read_values(struct ohm_json *r, const cJSON *item, const char *where,
                       struct ohm_layer *l)
{
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(item, "values");
    char inside[48];
    snprintf(inside, sizeof inside, "%svalues.", where);
    if (values && !cJSON_IsObject(values))
        return ohm_fail(r->err, "%s: %svalues: expected {\"name\": number, …}", r->path, where);
    for (const cJSON *c = values ? values->child : NULL; c; c = c->next) {
        struct ohm_vkernel_value *v = &l->values[l->value_count];
        if (!ohm_vkernel_takes(l->kernel, c->string) || strlen(c->string) >= sizeof v->name)
            return ohm_fail(r->err, "%s: %s%.40s: not a value of kernel %s, expected a param of "
                                    "its text that does not follow from the layer",
                            r->path, inside, c->string, l->kernel->name);
        for (int k = 0; k < l->value_count; k++)
            if (!strcmp(l->values[k].name, c->string))
                return ohm_fail(r->err, "%s: %s%s: twice, expected it once", r->path, inside,
                                c->string);
        if (l->value_count == OHM_VKERNEL_VALUES)
            return ohm_fail(r->err, "%s: %svalues: expected at most %d", r->path, where,
                            OHM_VKERNEL_VALUES);
        strcpy(v->name, c->string);
        if (ohm_json_as_int(r, c, inside, c->string, INT32_MIN, INT32_MAX, &v->value))
            return -1;
        l->value_count++;
    }
    return 0;
}

int ohm_net_read_vector(struct ohm_json *r, const cJSON *item, const char *where,
                        struct ohm_net *net, int index)
{
    static const char *const KEYS[] = {"name",    "type",   "from",   "inputs", "outputs",
                                       "kernel",  "values", "arrays", "output", NULL};
    static const char *const OUTPUTS[] = {"u8", "s8", NULL};
    struct ohm_layer *l = &net->layers[index];
    const cJSON *kernel = cJSON_GetObjectItemCaseSensitive(item, "kernel");
    char names[160] = "";
    if (!net->steps)
        return ohm_fail(r->err, "%s: %stype: \"vector\" in a network of images, expected it in one "
                                "with \"sequence\"", r->path, where);
    if (index == net->layer_count - 1)
        return ohm_fail(r->err, "%s: %stype: \"vector\", expected dense in the last layer", r->path,
                        where);
    if (ohm_json_known_keys(r, item, where, KEYS)
        || ohm_json_int(r, item, where, "outputs", 1, MAX_OUTPUTS, &l->outputs))
        return -1;
    l->kernel = cJSON_IsString(kernel) ? ohm_vkernel_find(kernel->valuestring) : NULL;
    for (int i = 0; ohm_vkernel_at(i); i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? ", " : "",
                 ohm_vkernel_at(i)->name);
    if (!l->kernel)
        return ohm_fail(r->err, "%s: %skernel: %.40s, expected one of %s", r->path, where,
                        cJSON_IsString(kernel) ? kernel->valuestring : "missing", names);
    const int output = ohm_json_choice(r, item, where, "output", OUTPUTS);
    if (output < 0 || read_values(r, item, where, l))
        return -1;
    l->output = (enum ohm_output)output;
    if (l->output != OHM_OUTPUT_S8 && !ohm_vkernel_formats(l->kernel))
        return ohm_fail(r->err, "%s: %soutput: \"u8\", expected \"s8\" of kernel %s", r->path,
                        where, l->kernel->name);
    return 0;
}

struct ohm_vkernel_use ohm_net_kernel_use(const struct ohm_net *net, int layer, int lanes,
                                         const struct ohm_vkernel_part *parts, int part_count)
{
    const struct ohm_layer *l = &net->layers[layer];
    return (struct ohm_vkernel_use){
        .kernel = l->kernel, .outputs = l->outputs, .is_signed = ohm_net_signed(net, layer),
        .out_signed = l->output == OHM_OUTPUT_S8, .steps = net->steps, .lanes = lanes,
        .values = l->values, .value_count = l->value_count, .arrays = l->arrays,
        .array_count = l->array_count, .parts = parts, .part_count = part_count};
}

/* What a kernel's memory gets from the host is there: words that nobody has written are undefined.
 */
static int check_arrays(struct ohm_json *r, const char *where, const struct ohm_layer *l,
                        const struct ohm_asm *a)
{
    static const char *const NAMES[] = {"gamma", "beta"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        int given = !ohm_asm_find(a, NAMES[i]);
        for (int k = 0; k < l->array_count; k++)
            given |= !strcmp(l->arrays[k].name, NAMES[i]);
        if (!given)
            return ohm_fail(r->err, "%s: %sarrays.%s: missing, expected a file (kernel %s)",
                            r->path, where, NAMES[i], l->kernel->name);
    }
    return 0;
}

/* The kernel assembles, for one sequence, and sends as many elements as the layer has. */
static int check_program(struct ohm_json *r, const char *where, const struct ohm_net *net,
                         int index)
{
    const struct ohm_layer *l = &net->layers[index];
    const struct ohm_vkernel_part parts[] = {{0, 0, l->outputs}, {1, 0, l->outputs}};
    const struct ohm_vkernel_use use =
        ohm_net_kernel_use(net, index, 1, parts, 1 + ohm_vkernel_recurrent(l->kernel));
    struct ohm_error why;
    struct ohm_asm a;
    if (ohm_vkernel_assemble(&use, &LARGEST, &a, &why))
        return ohm_fail(r->err, "%s: layer %s: %.400s", r->path, l->name, why.text);
    const struct ohm_asm_symbol *heads = ohm_asm_find(&a, "H"), *each = ohm_asm_find(&a, "d");
    const long outputs = heads && each ? heads->value * each->value : l->outputs;
    const int rc = check_arrays(r, where, l, &a);
    ohm_asm_free(&a);
    if (rc)
        return rc;
    return outputs == l->outputs
               ? 0
               : ohm_fail(r->err, "%s: %soutputs: %d, expected %ld (H heads of d values)", r->path,
                          where, l->outputs, outputs);
}

int ohm_net_read_arrays(struct ohm_json *r, const cJSON *item, const char *where,
                        struct ohm_net *net, int index)
{
    struct ohm_layer *l = &net->layers[index];
    const cJSON *arrays = cJSON_GetObjectItemCaseSensitive(item, "arrays");
    char inside[48];
    snprintf(inside, sizeof inside, "%sarrays.", where);
    if (arrays && !cJSON_IsObject(arrays))
        return ohm_fail(r->err, "%s: %sarrays: expected {\"name\": \"file\", …}", r->path, where);
    for (const cJSON *c = arrays ? arrays->child : NULL; c; c = c->next) {
        struct ohm_vkernel_array *array = &l->arrays[l->array_count];
        const size_t any = 0;
        struct ohm_npy a;
        if (l->array_count == OHM_VKERNEL_ARRAYS || strlen(c->string) >= sizeof array->name)
            return ohm_fail(r->err, "%s: %s%.40s: expected at most %d names of at most %zu "
                                    "characters", r->path, inside, c->string, OHM_VKERNEL_ARRAYS,
                            sizeof array->name - 1);
        if (ohm_json_array(r, arrays, inside, c->string, OHM_NPY_S32, 1, &any, &a))
            return -1;
        strcpy(array->name, c->string);
        array->words = a.data;
        array->count = (int)a.shape[0];
        l->array_count++;
    }
    return check_program(r, where, net, index);
}
