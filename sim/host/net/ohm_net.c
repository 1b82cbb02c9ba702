/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_net.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_npy.h"
#include "ohm_text.h"

#define MAX_JSON (1 << 20)
#define MAX_LAYERS 64
#define MAX_WIDTH 65536 /* keeps every sum far inside 32 bits: 65536·255·127 < 2^31 */
#define MAX_SHIFT 40
#define MAX_KERNEL 16
#define MAX_STRIDE 15
#define MAX_RSCALE (INT32_MAX / 255)
#define MAX_POOL 32
#define MAX_POOL_STRIDE 31
#define MAX_PATH 1200

struct reader { /* where we are, for messages */
    const char *directory;
    char path[MAX_PATH];
    struct ohm_error *err;
};

static int load_text(struct reader *r, char **out)
{
    FILE *f = fopen(r->path, "rb");
    if (!f)
        return ohm_fail(r->err, "%s: %s", r->path, strerror(errno));
    char *text = malloc(MAX_JSON + 1);
    size_t n = text ? fread(text, 1, MAX_JSON + 1, f) : 0;
    int failed = ferror(f);
    fclose(f);
    if (!text || failed || n > MAX_JSON) {
        free(text);
        return ohm_fail(r->err, "%s: cannot be read, expected a file of at most %d bytes", r->path,
                        MAX_JSON);
    }
    text[n] = 0;
    if (memchr(text, 0, n) || strstr(text, "\\u0000")) { /* what is behind it would be ignored */
        free(text);
        return ohm_fail(r->err, "%s: a character 0, expected text", r->path);
    }
    *out = text;
    return 0;
}

static int unknown_field(struct reader *r, const char *where, const char *field,
                         const char *const *keys)
{
    char list[256] = "";
    for (int i = 0; keys[i]; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", keys[i]);
    return ohm_fail(r->err, "%s: %s%.40s: unknown field, expected one of %s", r->path, where, field,
                    list);
}

/* Keys of an object must be in the list (NULL-terminated), each once: a misspelt one would
 * otherwise be ignored silently, and of two of one name one reader takes the first, another the
 * last. */
static int known_keys(struct reader *r, const cJSON *object, const char *where,
                      const char *const *keys)
{
    for (const cJSON *c = object->child; c; c = c->next) {
        int known = 0;
        for (int i = 0; keys[i]; i++)
            known |= !strcmp(c->string, keys[i]);
        if (!known)
            return unknown_field(r, where, c->string, keys);
        for (const cJSON *d = object->child; d != c; d = d->next)
            if (!strcmp(c->string, d->string))
                return ohm_fail(r->err, "%s: %s%s: twice, expected it once", r->path, where,
                                c->string);
    }
    return 0;
}

static const char *get_string(struct reader *r, const cJSON *object, const char *where,
                              const char *key)
{
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsString(c) && c->valuestring[0])
        return c->valuestring;
    ohm_fail(r->err, "%s: %s%s: missing or not a string", r->path, where, key);
    return NULL;
}

static int get_name(struct reader *r, const cJSON *object, const char *where, char *out)
{
    const char *s = get_string(r, object, where, "name");
    if (!s)
        return -1;
    size_t n = strlen(s);
    if (n >= OHM_NAME_MAX)
        return ohm_fail(r->err, "%s: %sname: %zu characters, expected fewer than %d", r->path,
                        where, n, OHM_NAME_MAX);
    if (!ohm_text_printable(s))
        return ohm_fail(r->err, "%s: %sname: expected UTF-8 without control characters", r->path,
                        where);
    memcpy(out, s, n + 1);
    return 0;
}

static int as_int(struct reader *r, const cJSON *c, const char *where, const char *key, int min,
                  int max, int *out)
{
    if (!cJSON_IsNumber(c))
        return ohm_fail(r->err, "%s: %s%s: missing or not a number, expected %d to %d", r->path,
                        where, key, min, max);
    if (!(c->valuedouble >= min && c->valuedouble <= max)
        || c->valuedouble != floor(c->valuedouble))
        return ohm_fail(r->err, "%s: %s%s: %g, expected a whole number from %d to %d", r->path,
                        where, key, c->valuedouble, min, max);
    *out = (int)c->valuedouble;
    return 0;
}

static int get_int(struct reader *r, const cJSON *object, const char *where, const char *key,
                   int min, int max, int *out)
{
    return as_int(r, cJSON_GetObjectItemCaseSensitive(object, key), where, key, min, max, out);
}

/* fallback when the field is left out */
static int get_int_or(struct reader *r, const cJSON *object, const char *where, const char *key,
                      int min, int max, int fallback, int *out)
{
    *out = fallback;
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(object, key);
    return c ? as_int(r, c, where, key, min, max, out) : 0;
}

/* A list of exactly n whole numbers. */
static int get_list(struct reader *r, const cJSON *object, const char *where, const char *key,
                    int max, int n, int *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n)
        return ohm_fail(r->err, "%s: %s%s: expected a list of %d numbers", r->path, where, key, n);
    for (int i = 0; i < n; i++)
        if (as_int(r, cJSON_GetArrayItem(list, i), where, key, 1, max, &out[i]))
            return -1;
    return 0;
}

/* Index of the field's value in names; -1 + err. */
static int get_choice(struct reader *r, const cJSON *object, const char *where, const char *key,
                      const char *const *names)
{
    const char *s = get_string(r, object, where, key);
    if (!s)
        return -1;
    char list[128] = "";
    for (int i = 0; names[i]; i++) {
        if (!strcmp(s, names[i]))
            return i;
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", names[i]);
    }
    return ohm_fail(r->err, "%s: %s%s: \"%.40s\", expected %s", r->path, where, key, s, list);
}

/* The array file named by the field, of the given type and shape; data is handed over. */
static int get_array(struct reader *r, const cJSON *object, const char *where, const char *key,
                     enum ohm_npy_type type, int dims, const size_t *shape, struct ohm_npy *out)
{
    const char *file = get_string(r, object, where, key);
    if (!file)
        return -1;
    char path[MAX_PATH];
    if (ohm_text_leaves(file) || !ohm_text_printable(file))
        return ohm_fail(r->err,
                        "%s: %s%s: \"%.80s\", expected the name of a file in this directory",
                        r->path, where, key, ohm_text_printable(file) ? file : "");
    if (snprintf(path, sizeof path, "%s/%s", r->directory, file) >= (int)sizeof path)
        return ohm_fail(r->err, "%s: %s%s: the path is longer than %d characters", r->path, where,
                        key, MAX_PATH - 1);
    if (ohm_npy_load(path, out, r->err))
        return -1;
    if (ohm_npy_narrow(out, path, type, r->err)
        || ohm_npy_expect(out, path, type, dims, shape, r->err)) {
        ohm_npy_free(out);
        return -1;
    }
    for (size_t i = 0; type == OHM_NPY_S8 && i < out->count; i++) {
        if (((int8_t *)out->data)[i] == -128) {
            ohm_npy_free(out);
            return ohm_fail(r->err, "%s: element %zu: -128, expected -127 to 127", path, i);
        }
    }
    return 0;
}

static int read_input(struct reader *r, const cJSON *root, struct ohm_net *net)
{
    static const char *const KEYS[] = {"shape", "type", NULL};
    static const char *const TYPES[] = {"u8", "s8", NULL};
    const cJSON *input = cJSON_GetObjectItemCaseSensitive(root, "input");
    if (!cJSON_IsObject(input))
        return ohm_fail(r->err, "%s: input: missing, expected {\"shape\": […], \"type\": \"u8\"}",
                        r->path);
    if (known_keys(r, input, "input.", KEYS))
        return -1;
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(input, "shape");
    if (!cJSON_IsArray(shape) || cJSON_GetArraySize(shape) < 1)
        return ohm_fail(r->err, "%s: input.shape: missing, expected a list of sizes", r->path);
    int dims = cJSON_GetArraySize(shape), size[3] = {1, 1, 1};
    net->inputs = 1;
    for (int i = 0; i < dims; i++) {
        int n;
        if (as_int(r, cJSON_GetArrayItem(shape, i), "input.", "shape", 1, MAX_WIDTH / net->inputs,
                   &n))
            return -1;
        net->inputs *= n;
        if (dims <= 3)
            size[i] = n;
    }
    int flat = dims == 1 || dims > 3; /* a vector; else lines, pixels and, if given, channels */
    net->in_h = flat ? 1 : size[0];
    net->in_w = flat ? 1 : size[1];
    net->in_c = flat ? net->inputs : size[2];
    net->input_signed = get_choice(r, input, "input.", "type", TYPES);
    return net->input_signed < 0 ? -1 : 0;
}

/* Index of the layer of that name; OHM_FROM_INPUT; -2 + err. */
static int find_layer(struct reader *r, const struct ohm_net *net, const char *where,
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

static int read_from(struct reader *r, const cJSON *item, const char *where, struct ohm_net *net,
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
    return l->add < OHM_FROM_INPUT || known_keys(r, add, inside, KEYS) ? -1
         : get_int(r, add, inside, "scale", -MAX_RSCALE, MAX_RSCALE, &l->rscale);
}

static int read_pool(struct reader *r, const cJSON *item, const char *where, struct ohm_layer *l)
{
    static const char *const KEYS[] = {"type", "size", "stride", NULL}, *const GLOBAL_KEYS[] = {
                                                                            "type", NULL};
    static const char *const TYPES[] = {"max", "average", "global-max", "global-average", NULL};
    const cJSON *pool = cJSON_GetObjectItemCaseSensitive(item, "pool");
    char inside[48];
    snprintf(inside, sizeof inside, "%spool.", where);
    if (!pool)
        return 0;
    if (!cJSON_IsObject(pool))
        return ohm_fail(r->err, "%s: %spool: expected {\"type\": …, \"size\": …}", r->path, where);
    int type = get_choice(r, pool, inside, "type", TYPES);
    if (type < 0 || known_keys(r, pool, inside, type >= 2 ? GLOBAL_KEYS : KEYS))
        return -1;
    l->pool = type % 2 ? OHM_POOL_AVERAGE : OHM_POOL_MAX;
    if (type >= 2)
        return 0; /* pool_h 0: the whole map */
    if (get_int(r, pool, inside, "size", 1, MAX_POOL, &l->pool_h))
        return -1;
    l->pool_w = l->pool_h;
    return get_int_or(r, pool, inside, "stride", 1, MAX_POOL_STRIDE,
                      l->pool_h < MAX_POOL_STRIDE ? l->pool_h : MAX_POOL_STRIDE, &l->pool_stride);
}

/* Fields, without arrays: what ohm_net_shape wants. */
static int read_layer(struct reader *r, const cJSON *item, struct ohm_net *net, int index)
{
    static const char *const DENSE_KEYS[] = {"name",    "type",   "from",  "inputs", "outputs",
                                             "weights", "bias",   "scale", "shift",  "activation",
                                             "table",   "output", NULL};
    static const char *const CONV_KEYS[] = {
        "name",    "type", "from",  "inputs", "outputs",    "kernel", "stride", "padding", "add",
        "weights", "bias", "scale", "shift",  "activation", "table",  "output", "pool",    NULL};
    static const char *const TYPES[] = {"dense", "conv", NULL};
    /* order of enum ohm_activation */
    static const char *const ACTIVATIONS[] = {"none", "relu", "table", "threshold", NULL};
    static const char *const OUTPUTS[] = {"u8", "s8", "s32", "class", NULL};
    struct ohm_layer *l = &net->layers[index];
    int last = index == net->layer_count - 1;
    char where[32];
    snprintf(where, sizeof where, "layers[%d].", index);

    int kind = get_choice(r, item, where, "type", TYPES);
    if (kind < 0 || known_keys(r, item, where, kind ? CONV_KEYS : DENSE_KEYS)
        || read_from(r, item, where, net, l)
        || get_int(r, item, where, "outputs", 1, MAX_WIDTH, &l->outputs))
        return -1;
    l->kind = (enum ohm_layer_kind)kind;
    if (l->kind == OHM_LAYER_CONV) {
        int kernel[2];
        if (get_list(r, item, where, "kernel", MAX_KERNEL, 2, kernel)
            || get_int_or(r, item, where, "stride", 1, MAX_STRIDE, 1, &l->stride)
            || get_int_or(r, item, where, "padding", 0, MAX_KERNEL - 1, 0, &l->pad)
            || read_pool(r, item, where, l))
            return -1;
        l->kernel_h = kernel[0];
        l->kernel_w = kernel[1];
    }
    if (last && l->outputs != net->classes)
        return ohm_fail(r->err, "%s: %soutputs: %d, expected %d (classes)", r->path, where,
                        l->outputs, net->classes);
    int activation = get_choice(r, item, where, "activation", ACTIVATIONS);
    int output = activation < 0 ? -1 : get_choice(r, item, where, "output", OUTPUTS);
    if (output < 0)
        return -1;
    l->activation = (enum ohm_activation)activation;
    l->output = (enum ohm_output)output;
    if (last != (l->output == OHM_OUTPUT_S32 || l->output == OHM_OUTPUT_CLASS))
        return ohm_fail(r->err, "%s: %soutput: \"%s\", expected %s", r->path, where,
                        OUTPUTS[output],
                        last ? "s32 or class in the last layer" : "u8 or s8 before the last layer");
    if (last && l->activation != OHM_ACTIVATION_NONE)
        return ohm_fail(r->err, "%s: %sactivation: \"%s\", expected none in the last layer",
                        r->path, where, ACTIVATIONS[activation]);
    if (l->activation != OHM_ACTIVATION_TABLE && cJSON_GetObjectItemCaseSensitive(item, "table"))
        return ohm_fail(r->err, "%s: %stable: expected none with activation \"%s\"", r->path, where,
                        ACTIVATIONS[activation]);
    return 0;
}

/* "inputs" says again what the layers before give, so that a layer can be read alone. */
static int check_inputs(struct reader *r, const cJSON *item, const char *where,
                        const struct ohm_layer *l)
{
    int n, map[3];
    if (l->kind == OHM_LAYER_CONV) {
        if (get_list(r, item, where, "inputs", MAX_WIDTH, 3, map))
            return -1;
        if (map[0] == l->in_h && map[1] == l->in_w && map[2] == l->in_c)
            return 0;
        return ohm_fail(r->err,
                        "%s: %sinputs: %dx%dx%d, expected %dx%dx%d (map that layer %s reads)",
                        r->path, where, map[0], map[1], map[2], l->in_h, l->in_w, l->in_c, l->name);
    }
    if (get_int(r, item, where, "inputs", 1, MAX_WIDTH, &n))
        return -1;
    if (n != l->inputs)
        return ohm_fail(r->err, "%s: %sinputs: %d, expected %d (values that layer %s reads)",
                        r->path, where, n, l->inputs, l->name);
    return 0;
}

static int read_arrays(struct reader *r, const cJSON *item, struct ohm_net *net, int index)
{
    struct ohm_layer *l = &net->layers[index];
    int last = index == net->layer_count - 1;
    char where[32];
    snprintf(where, sizeof where, "layers[%d].", index);
    if (check_inputs(r, item, where, l))
        return -1;
    if (l->inputs > MAX_WIDTH)
        return ohm_fail(r->err, "%s: layer %s: %d values in a window, expected at most %d", r->path,
                        l->name, l->inputs, MAX_WIDTH);
    size_t shape[2] = {(size_t)l->inputs, (size_t)l->outputs};
    struct ohm_npy a;
    if (get_array(r, item, where, "weights", OHM_NPY_S8, 2, shape, &a))
        return -1;
    l->weights = a.data;
    if (get_array(r, item, where, "bias", OHM_NPY_S32, 1, shape + 1, &a))
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
    if (get_array(r, item, where, "scale", OHM_NPY_S16, 1, shape + 1, &a))
        return -1;
    l->scale = a.data;
    if (get_int(r, item, where, "shift", 0, MAX_SHIFT, &l->shift))
        return -1;
    if (l->activation != OHM_ACTIVATION_TABLE)
        return 0;
    const size_t entries = OHM_TABLE_SIZE;
    if (get_array(r, item, where, "table", l->output == OHM_OUTPUT_S8 ? OHM_NPY_S8 : OHM_NPY_U8, 1,
                  &entries, &a))
        return -1;
    l->table = a.data;
    return 0;
}

/* Names come first: any layer may be named by any other. */
static int read_names(struct reader *r, const cJSON *layers, struct ohm_net *net)
{
    int i = 0;
    for (const cJSON *c = layers->child; c; c = c->next, i++) {
        char where[32];
        snprintf(where, sizeof where, "layers[%d].", i);
        if (!cJSON_IsObject(c))
            return ohm_fail(r->err, "%s: layers[%d]: expected an object", r->path, i);
        if (get_name(r, c, where, net->layers[i].name))
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

static int read_layers(struct reader *r, const cJSON *layers, struct ohm_net *net)
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

static int read_net(struct reader *r, const cJSON *root, struct ohm_net *net)
{
    static const char *const KEYS[] = {"format",      "name",   "input", "classes",
                                       "calibration", "layers", NULL};
    static const char *const FORMATS[] = {"ohmic-network-1", NULL};
    if (!cJSON_IsObject(root))
        return ohm_fail(r->err, "%s: expected a JSON object", r->path);
    if (get_choice(r, root, "", "format", FORMATS) < 0 || known_keys(r, root, "", KEYS))
        return -1;
    if (get_name(r, root, "", net->name) || read_input(r, root, net)
        || get_int(r, root, "", "classes", 1, MAX_WIDTH, &net->classes))
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
    if (get_array(r, root, "", "calibration", net->input_signed ? OHM_NPY_S8 : OHM_NPY_U8, 2, shape,
                  &a))
        return -1;
    net->calib = a.data;
    net->calib_count = (int)a.shape[0];
    return net->calib_count
               ? 0
               : ohm_fail(r->err, "%s: calibration: no images, expected at least one", r->path);
}

int ohm_net_load(const char *directory, struct ohm_net *out, struct ohm_error *err)
{
    memset(out, 0, sizeof *out);
    struct reader r = {.directory = directory, .err = err};
    if (snprintf(r.path, sizeof r.path, "%s/network.json", directory) >= (int)sizeof r.path)
        return ohm_fail(err, "network directory: a path of %zu characters, expected at most %d",
                        strlen(directory), MAX_PATH - 16);
    char *text = NULL;
    if (load_text(&r, &text))
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
    }
    free(net->layers);
    free(net->calib);
    memset(net, 0, sizeof *net);
}
