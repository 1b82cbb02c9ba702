/* SPDX-License-Identifier: Apache-2.0
 * Reads a network from its directory and refuses what cannot be. */
#include "ohm_net.h"

#include <stdlib.h>
#include <string.h>

#include "ohm_net_json.h"

#define MAX_LAYERS OHM_LAYERS_MAX
#define MAX_WIDTH 65536 /* keeps every sum far inside 32 bits: 65536·255·127 < 2^31 */
#define MAX_SHIFT 40
#define MAX_KERNEL 16
#define MAX_STRIDE 15
#define MAX_PAD 15
#define MAX_RSCALE (INT32_MAX / 255)
#define MAX_POOL 32
#define MAX_POOL_STRIDE 31

static int read_input(struct ohm_json *r, const cJSON *root, struct ohm_net *net)
{
    static const char *const KEYS[] = {"shape", "type", "halve", NULL};
    static const char *const TYPES[] = {"u8", "s8", NULL};
    const cJSON *input = cJSON_GetObjectItemCaseSensitive(root, "input");
    if (!cJSON_IsObject(input))
        return ohm_fail(r->err, "%s: input: missing, expected {\"shape\": […], \"type\": \"u8\"}",
                        r->path);
    if (ohm_json_known_keys(r, input, "input.", KEYS))
        return -1;
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(input, "shape");
    if (!cJSON_IsArray(shape) || cJSON_GetArraySize(shape) < 1)
        return ohm_fail(r->err, "%s: input.shape: missing, expected a list of sizes", r->path);
    int dims = cJSON_GetArraySize(shape), size[3] = {1, 1, 1};
    net->inputs = 1;
    for (int i = 0; i < dims; i++) {
        int n;
        if (ohm_json_as_int(r, cJSON_GetArrayItem(shape, i), "input.", "shape", 1,
                            MAX_WIDTH / net->inputs, &n))
            return -1;
        net->inputs *= n;
        if (dims <= 3)
            size[i] = n;
    }
    int flat = dims == 1 || dims > 3; /* a vector; else lines, pixels and, if given, channels */
    net->in_h = flat || net->steps ? 1 : size[0];
    net->in_w = flat || net->steps ? 1 : size[1];
    net->in_c = flat ? net->inputs : size[2];
    net->input_signed = ohm_json_choice(r, input, "input.", "type", TYPES);
    return net->input_signed < 0 || ohm_net_read_steps(r, input, net) ? -1 : 0;
}

/* Index of the layer of that name; OHM_FROM_INPUT; -2 + err. */
static int find_layer(struct ohm_json *r, const struct ohm_net *net, const char *where,
                      const char *key, const cJSON *name)
{
    if (!cJSON_IsString(name))
        return ohm_fail(r->err, "%s: %s%s: expected the name of a layer or \"input\"", r->path,
                        where, key)
               - 1;
    if (!strcmp(name->valuestring, "input"))
        return OHM_FROM_INPUT;
    for (int i = 0; i < net->layer_count; i++)
        if (!strcmp(name->valuestring, net->layers[i].name))
            return i;
    return ohm_fail(r->err, "%s: %s%s: \"%.40s\", expected the name of a layer or \"input\"",
                    r->path, where, key, name->valuestring)
           - 1;
}

static int read_from(struct ohm_json *r, const cJSON *item, const char *where, struct ohm_net *net,
                     struct ohm_layer *l)
{
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(item, "from");
    int n = cJSON_IsArray(from) ? cJSON_GetArraySize(from) : 0;
    if (from && (n < 1 || n > OHM_FROM_MAX))
        return ohm_fail(r->err, "%s: %sfrom: %d, expected a list of 1 to %d names", r->path, where,
                        n, OHM_FROM_MAX);
    l->from_count = n;
    for (int i = 0; i < n; i++)
        if ((l->from[i] = find_layer(r, net, where, "from", cJSON_GetArrayItem(from, i)))
            < OHM_FROM_INPUT)
            return -1;

    static const char *const KEYS[] = {"layer", "scale", NULL};
    const cJSON *add = cJSON_GetObjectItemCaseSensitive(item, "add");
    char inside[48];
    snprintf(inside, sizeof inside, "%sadd.", where);
    if (!add)
        return 0;
    if (!cJSON_IsObject(add))
        return ohm_fail(r->err, "%s: %sadd: expected {\"layer\": …, \"scale\": …}", r->path, where);
    l->has_residual = 1;
    l->add = find_layer(r, net, inside, "layer", cJSON_GetObjectItemCaseSensitive(add, "layer"));
    return l->add < OHM_FROM_INPUT || ohm_json_known_keys(r, add, inside, KEYS)
               ? -1
               : ohm_json_int(r, add, inside, "scale", -MAX_RSCALE, MAX_RSCALE, &l->rscale);
}

static int read_pool(struct ohm_json *r, const cJSON *item, const char *where, struct ohm_layer *l)
{
    static const char *const KEYS[] = {"type", "size", "stride", "ties", NULL},
                            *const GLOBAL_KEYS[] = {"type", "ties", NULL},
                            *const TIES[] = {"up", "down", NULL};
    static const char *const TYPES[] = {"max", "average", "global-max", "global-average", NULL};
    const cJSON *pool = cJSON_GetObjectItemCaseSensitive(item, "pool");
    char inside[48];
    snprintf(inside, sizeof inside, "%spool.", where);
    if (!pool)
        return 0;
    if (!cJSON_IsObject(pool))
        return ohm_fail(r->err, "%s: %spool: expected {\"type\": …, \"size\": …}", r->path, where);
    int type = ohm_json_choice(r, pool, inside, "type", TYPES);
    if (type < 0 || ohm_json_known_keys(r, pool, inside, type >= 2 ? GLOBAL_KEYS : KEYS))
        return -1;
    l->pool = type % 2 ? OHM_POOL_AVERAGE : OHM_POOL_MAX;
    if (cJSON_GetObjectItemCaseSensitive(pool, "ties")) {
        l->ties_down = ohm_json_choice(r, pool, inside, "ties", TIES);
        if (l->ties_down < 0)
            return -1;
        if (l->pool == OHM_POOL_MAX)
            return ohm_fail(r->err, "%s: %sties: expected none in a pool of type \"%s\"", r->path,
                            inside, TYPES[type]);
    }
    if (type >= 2)
        return 0; /* pool_h 0: the whole map */
    int size[2], stride[2];
    if (!cJSON_GetObjectItemCaseSensitive(pool, "size"))
        return ohm_fail(r->err, "%s: %ssize: missing, expected a number or [lines, pixels]",
                        r->path, inside);
    if (ohm_json_each(r, pool, inside, "size", 1, MAX_POOL, 1, 2, size)
        || ohm_json_each(r, pool, inside, "stride", 1, MAX_POOL_STRIDE, 0, 2, stride))
        return -1;
    for (int i = 0; i < 2; i++) /* left out: the size */
        stride[i] = stride[i] ? stride[i] : size[i] < MAX_POOL_STRIDE ? size[i] : MAX_POOL_STRIDE;
    l->pool_h = size[0];
    l->pool_w = size[1];
    l->pool_stride_h = stride[0];
    l->pool_stride_w = stride[1];
    return 0;
}

/* Of a conv layer; the kernel with its dilation, whose size *dilation is. */
static int read_kernel(struct ohm_json *r, const cJSON *item, const char *where,
                       struct ohm_layer *l, int dilation[2])
{
    int kernel[2], stride[2], pad[4];
    if (ohm_json_list(r, item, where, "kernel", MAX_KERNEL, 2, kernel)
        || ohm_json_each(r, item, where, "dilation", 1, MAX_KERNEL - 1, 1, 2, dilation)
        || ohm_json_each(r, item, where, "stride", 1, MAX_STRIDE, 1, 2, stride)
        || ohm_json_each(r, item, where, "padding", 0, MAX_PAD, 0, 4, pad)
        || ohm_json_int_or(r, item, where, "padding_value", -127, 255, 0, &l->pad_value)
        || ohm_json_int_or(r, item, where, "groups", 1, MAX_WIDTH, 1, &l->groups)
        || read_pool(r, item, where, l))
        return -1;
    l->kernel_h = (kernel[0] - 1) * dilation[0] + 1;
    l->kernel_w = (kernel[1] - 1) * dilation[1] + 1;
    l->stride_h = stride[0];
    l->stride_w = stride[1];
    l->pad_top = pad[0];
    l->pad_left = pad[1];
    l->pad_bottom = pad[2];
    l->pad_right = pad[3];
    if (l->kernel_h <= MAX_KERNEL && l->kernel_w <= MAX_KERNEL)
        return 0;
    return ohm_fail(r->err, "%s: %skernel: %dx%d with its dilation, expected at most %dx%d",
                    r->path, where, l->kernel_h, l->kernel_w, MAX_KERNEL, MAX_KERNEL);
}

/* Fields, without arrays: what ohm_net_shape wants. */
static int read_layer(struct ohm_json *r, const cJSON *item, struct ohm_net *net, int index)
{
    static const char *const DENSE_KEYS[] = {"name",    "type",   "from",  "inputs", "outputs",
                                             "weights", "bias",   "scale", "shift",  "activation",
                                             "table",   "output", NULL};
    static const char *const CONV_KEYS[] = {
        "name",   "type",    "from",          "inputs", "outputs", "kernel", "dilation",   "groups",
        "stride", "padding", "padding_value", "add",    "weights", "bias",   "scale",      "shift",
        "table",  "output",  "pool",          "activation", NULL};
    static const char *const TYPES[] = {"dense", "conv", "vector", NULL};
    /* order of enum ohm_activation */
    static const char *const ACTIVATIONS[] = {"none", "relu", "table", "threshold", NULL};
    static const char *const OUTPUTS[] = {"u8", "s8", "s32", "class", NULL};
    struct ohm_layer *l = &net->layers[index];
    int last = index == net->layer_count - 1;
    char where[32];
    snprintf(where, sizeof where, "layers[%d].", index);

    int kind = ohm_json_choice(r, item, where, "type", TYPES);
    l->kind = (enum ohm_layer_kind)kind;
    if (kind == OHM_LAYER_VECTOR)
        return read_from(r, item, where, net, l) || ohm_net_read_vector(r, item, where, net, index)
                   ? -1 : 0;
    if (kind < 0 || ohm_json_known_keys(r, item, where, kind ? CONV_KEYS : DENSE_KEYS)
        || read_from(r, item, where, net, l)
        || ohm_json_int(r, item, where, "outputs", 1, MAX_WIDTH, &l->outputs))
        return -1;
    if (l->kind == OHM_LAYER_CONV) {
        int dilation[2];
        if (read_kernel(r, item, where, l, dilation))
            return -1;
    }
    if (last && l->outputs != net->classes)
        return ohm_fail(r->err, "%s: %soutputs: %d, expected %d (classes)", r->path, where,
                        l->outputs, net->classes);
    int activation = ohm_json_choice(r, item, where, "activation", ACTIVATIONS);
    int output = activation < 0 ? -1 : ohm_json_choice(r, item, where, "output", OUTPUTS);
    if (output < 0)
        return -1;
    l->activation = (enum ohm_activation)activation;
    l->output = (enum ohm_output)output;
    if (last != (l->output == OHM_OUTPUT_S32 || l->output == OHM_OUTPUT_CLASS))
        return ohm_fail(r->err, "%s: %soutput: \"%s\", expected %s", r->path, where,
                        OUTPUTS[output],
                        last ? "s32 or class in the last layer" : "u8 or s8 before the last layer");
    if (l->output == OHM_OUTPUT_CLASS && net->every_step)
        return ohm_fail(r->err, "%s: %soutput: \"class\", expected \"s32\" with results of each "
                                "step", r->path, where);
    if (last && l->activation != OHM_ACTIVATION_NONE)
        return ohm_fail(r->err, "%s: %sactivation: \"%s\", expected none in the last layer",
                        r->path, where, ACTIVATIONS[activation]);
    if (l->activation != OHM_ACTIVATION_TABLE && cJSON_GetObjectItemCaseSensitive(item, "table"))
        return ohm_fail(r->err, "%s: %stable: expected none with activation \"%s\"", r->path, where,
                        ACTIVATIONS[activation]);
    return 0;
}

/* "inputs" says again what the layers before give, so that a layer can be read alone. */
static int check_inputs(struct ohm_json *r, const cJSON *item, const char *where,
                        const struct ohm_layer *l)
{
    int n, map[3];
    if (l->kind == OHM_LAYER_CONV) {
        if (ohm_json_list(r, item, where, "inputs", MAX_WIDTH, 3, map))
            return -1;
        if (map[0] == l->in_h && map[1] == l->in_w && map[2] == l->in_c)
            return 0;
        return ohm_fail(r->err,
                        "%s: %sinputs: %dx%dx%d, expected %dx%dx%d (map that layer %s reads)",
                        r->path, where, map[0], map[1], map[2], l->in_h, l->in_w, l->in_c, l->name);
    }
    if (ohm_json_int(r, item, where, "inputs", 1, MAX_WIDTH, &n))
        return -1;
    if (n != l->inputs)
        return ohm_fail(r->err, "%s: %sinputs: %d, expected %d (values that layer %s reads)",
                        r->path, where, n, l->inputs, l->name);
    return 0;
}

/* The weights as a window has its values: those between a dilated kernel's, and of other groups'
 * channels, are 0. */
static int read_weights(struct ohm_json *r, const cJSON *item, const char *where,
                        struct ohm_layer *l)
{
    int dilation[2] = {1, 1};
    if (l->kind == OHM_LAYER_CONV
        && ohm_json_each(r, item, where, "dilation", 1, MAX_KERNEL - 1, 1, 2, dilation))
        return -1;
    const int lines = (l->kernel_h - 1) / dilation[0] + 1,
              pixels = (l->kernel_w - 1) / dilation[1] + 1, own = l->in_c / l->groups,
              outs = l->outputs / l->groups;
    const size_t shape[2] = {(size_t)lines * (size_t)pixels * (size_t)own, (size_t)l->outputs};
    struct ohm_npy a;
    if (ohm_json_array(r, item, where, "weights", OHM_NPY_S8, 2, shape, &a))
        return -1;
    l->weights = a.data;
    if (l->groups == 1 && lines == l->kernel_h && pixels == l->kernel_w)
        return 0;
    int8_t *all = calloc((size_t)l->inputs * (size_t)l->outputs, 1);
    for (int i = 0; all && i < lines * pixels * own; i++) {
        const int ky = i / own / pixels * dilation[0], kx = i / own % pixels * dilation[1];
        for (int o = 0; o < l->outputs; o++) {
            const int c = o / outs * own + i % own,
                      row = (ky * l->kernel_w + kx) * l->in_c + c;
            all[(size_t)row * (size_t)l->outputs + (size_t)o] =
                l->weights[(size_t)i * (size_t)l->outputs + (size_t)o];
        }
    }
    free(l->weights);
    l->weights = all;
    return all ? 0 : ohm_fail(r->err, "%s: layer %s: out of memory", r->path, l->name);
}

static int read_arrays(struct ohm_json *r, const cJSON *item, struct ohm_net *net, int index)
{
    struct ohm_layer *l = &net->layers[index];
    int last = index == net->layer_count - 1;
    char where[32];
    snprintf(where, sizeof where, "layers[%d].", index);
    if (check_inputs(r, item, where, l))
        return -1;
    if (l->kind == OHM_LAYER_VECTOR)
        return ohm_net_read_arrays(r, item, where, net, index);
    if (l->inputs > MAX_WIDTH)
        return ohm_fail(r->err, "%s: layer %s: %d values in a window, expected at most %d", r->path,
                        l->name, l->inputs, MAX_WIDTH);
    const size_t outputs = (size_t)l->outputs;
    struct ohm_npy a;
    if (read_weights(r, item, where, l)
        || ohm_json_array(r, item, where, "bias", OHM_NPY_S32, 1, &outputs, &a))
        return -1;
    l->bias = a.data;
    for (int o = 0; o < l->outputs; o++) {
        int64_t bound = llabs((long long)l->bias[o]) + 255 * (int64_t)abs(l->rscale);
        for (int i = 0; i < l->inputs; i++)
            bound += 255 * abs(l->weights[(size_t)i * (size_t)l->outputs + (size_t)o]);
        if (bound > INT32_MAX)
            return ohm_fail(r->err,
                            "%s: layer %s, output %d: largest sum %lld, expected within 32 bits",
                            r->path, l->name, o, (long long)bound);
    }
    if (last) {
        if (cJSON_GetObjectItemCaseSensitive(item, "scale")
            || cJSON_GetObjectItemCaseSensitive(item, "shift"))
            return ohm_fail(r->err,
                            "%s: %sscale and shift: not used in the last layer, leave them out",
                            r->path, where);
        return 0;
    }
    if (ohm_json_array(r, item, where, "scale", OHM_NPY_S16, 1, &outputs, &a))
        return -1;
    l->scale = a.data;
    if (ohm_json_int(r, item, where, "shift", 0, MAX_SHIFT, &l->shift))
        return -1;
    if (l->activation != OHM_ACTIVATION_TABLE)
        return 0;
    const size_t entries = OHM_TABLE_SIZE;
    if (ohm_json_array(r, item, where, "table",
                       l->output == OHM_OUTPUT_S8 ? OHM_NPY_S8 : OHM_NPY_U8, 1, &entries, &a))
        return -1;
    l->table = a.data;
    return 0;
}

/* Names come first: any layer may be named by any other. */
static int read_names(struct ohm_json *r, const cJSON *layers, struct ohm_net *net)
{
    int i = 0;
    for (const cJSON *c = layers->child; c; c = c->next, i++) {
        char where[32];
        snprintf(where, sizeof where, "layers[%d].", i);
        if (!cJSON_IsObject(c))
            return ohm_fail(r->err, "%s: layers[%d]: expected an object", r->path, i);
        if (ohm_json_name(r, c, where, net->layers[i].name))
            return -1;
        for (int k = 0; k < i; k++)
            if (!strcmp(net->layers[k].name, net->layers[i].name))
                return ohm_fail(r->err, "%s: %sname: \"%s\" again, expected one layer of a name",
                                r->path, where, net->layers[i].name);
        if (!strcmp(net->layers[i].name, "input"))
            return ohm_fail(r->err,
                            "%s: %sname: \"input\", expected another: it is the network's input",
                            r->path, where);
    }
    return 0;
}

static int read_layers(struct ohm_json *r, const cJSON *layers, struct ohm_net *net)
{
    struct ohm_error shape;
    int index = 0;
    if (read_names(r, layers, net))
        return -1;
    for (const cJSON *c = layers->child; c; c = c->next)
        if (read_layer(r, c, net, index++))
            return -1;
    if (ohm_net_shape(net, &shape))
        return ohm_fail(r->err, "%s: %s", r->path, shape.text);
    index = 0;
    for (const cJSON *c = layers->child; c; c = c->next)
        if (read_arrays(r, c, net, index++))
            return -1;
    return 0;
}

static int read_net(struct ohm_json *r, const cJSON *root, struct ohm_net *net)
{
    static const char *const KEYS[] = {"format",      "name",   "input",    "classes",
                                       "calibration", "layers", "sequence", NULL};
    static const char *const FORMATS[] = {"ohmic-network-1", NULL};
    if (!cJSON_IsObject(root))
        return ohm_fail(r->err, "%s: expected a JSON object", r->path);
    if (ohm_json_choice(r, root, "", "format", FORMATS) < 0
        || ohm_json_known_keys(r, root, "", KEYS))
        return -1;
    if (ohm_json_name(r, root, "", net->name) || ohm_net_read_sequence(r, root, net)
        || read_input(r, root, net)
        || ohm_json_int(r, root, "", "classes", 1, MAX_WIDTH, &net->classes))
        return -1;
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(root, "layers");
    int n = cJSON_IsArray(layers) ? cJSON_GetArraySize(layers) : 0;
    if (n < 1 || n > MAX_LAYERS)
        return ohm_fail(r->err, "%s: layers: %d, expected a list of 1 to %d", r->path, n,
                        MAX_LAYERS);
    net->layers = calloc((size_t)n, sizeof *net->layers);
    if (!net->layers)
        return ohm_fail(r->err, "%s: out of memory", r->path);
    net->layer_count = n;
    if (read_layers(r, layers, net))
        return -1;

    if (!cJSON_GetObjectItemCaseSensitive(root, "calibration"))
        return 0;
    size_t shape[2] = {0, (size_t)net->inputs};
    struct ohm_npy a;
    if (ohm_json_array(r, root, "", "calibration",
                       net->input_signed && !net->halve ? OHM_NPY_S8 : OHM_NPY_U8, 2, shape, &a))
        return -1;
    net->calib = a.data;
    net->calib_count = (int)a.shape[0];
    ohm_net_take(net, net->calib, a.shape[0] * (size_t)net->inputs);
    return net->calib_count
               ? 0
               : ohm_fail(r->err, "%s: calibration: no images, expected at least one", r->path);
}

int ohm_net_load(const char *directory, struct ohm_net *out, struct ohm_error *err)
{
    memset(out, 0, sizeof *out);
    struct ohm_json r = {.directory = directory, .err = err};
    if (snprintf(r.path, sizeof r.path, "%s/network.json", directory) >= (int)sizeof r.path)
        return ohm_fail(err, "network directory: a path of %zu characters, expected at most %d",
                        strlen(directory), OHM_JSON_PATH_MAX - 16);
    char *text = NULL;
    if (ohm_json_load(&r, &text))
        return -1;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithOpts(text, &end, 1);
    int rc;
    if (root) {
        rc = read_net(&r, root, out);
    } else {
        int line = 1;
        for (const char *p = text; p < end; p++)
            line += *p == '\n';
        rc = ohm_fail(err, "%s: line %d: not valid JSON", r.path, line);
    }
    cJSON_Delete(root);
    free(text);
    if (rc)
        ohm_net_free(out);
    return rc;
}

void ohm_net_free(struct ohm_net *net)
{
    for (int i = 0; i < net->layer_count; i++) {
        struct ohm_layer *l = &net->layers[i];
        free(l->weights);
        free(l->bias);
        free(l->scale);
        free(l->table);
        for (int k = 0; k < l->array_count; k++)
            free(l->arrays[k].words);
    }
    free(net->layers);
    free(net->calib);
    memset(net, 0, sizeof *net);
}
