/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_net.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_npy.h"

#define MAX_JSON (1 << 20)
#define MAX_LAYERS 64
#define MAX_WIDTH 65536 /* keeps every sum far inside 32 bits: 65536·255·127 < 2^31 */
#define MAX_SHIFT 40

struct reader { /* where we are, for messages */
    const char *directory;
    char path[512];
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
        return ohm_fail(r->err, "%s: cannot be read, expected a file of at most %d bytes", r->path, MAX_JSON);
    }
    text[n] = 0;
    *out = text;
    return 0;
}

/* Keys of an object must be in the list (NULL-terminated): a misspelt one would otherwise be ignored silently. */
static int known_keys(struct reader *r, const cJSON *object, const char *where, const char *const *keys)
{
    for (const cJSON *c = object->child; c; c = c->next) {
        int known = 0;
        for (int i = 0; keys[i]; i++)
            known |= !strcmp(c->string, keys[i]);
        if (!known)
            return ohm_fail(r->err, "%s: %s%s: unknown field", r->path, where, c->string);
    }
    return 0;
}

static const char *get_string(struct reader *r, const cJSON *object, const char *where, const char *key)
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
        return ohm_fail(r->err, "%s: %sname: %zu characters, expected fewer than %d", r->path, where, n, OHM_NAME_MAX);
    memcpy(out, s, n + 1);
    return 0;
}

static int as_int(struct reader *r, const cJSON *c, const char *where, const char *key, int min, int max, int *out)
{
    if (!cJSON_IsNumber(c))
        return ohm_fail(r->err, "%s: %s%s: missing or not a number, expected %d to %d", r->path, where, key, min, max);
    if (!(c->valuedouble >= min && c->valuedouble <= max) || c->valuedouble != floor(c->valuedouble))
        return ohm_fail(r->err, "%s: %s%s: %g, expected a whole number from %d to %d", r->path, where, key, c->valuedouble,
                        min, max);
    *out = (int)c->valuedouble;
    return 0;
}

static int get_int(struct reader *r, const cJSON *object, const char *where, const char *key, int min, int max, int *out)
{
    return as_int(r, cJSON_GetObjectItemCaseSensitive(object, key), where, key, min, max, out);
}

/* Index of the field's value in names; -1 + err. */
static int get_choice(struct reader *r, const cJSON *object, const char *where, const char *key, const char *const *names)
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
static int get_array(struct reader *r, const cJSON *object, const char *where, const char *key, enum ohm_npy_type type,
                     int dims, const size_t *shape, struct ohm_npy *out)
{
    const char *file = get_string(r, object, where, key);
    if (!file)
        return -1;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", r->directory, file);
    if (ohm_npy_load(path, out, r->err))
        return -1;
    if (ohm_npy_expect(out, path, type, dims, shape, r->err)) {
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
        return ohm_fail(r->err, "%s: input: missing, expected {\"shape\": […], \"type\": \"u8\"}", r->path);
    if (known_keys(r, input, "input.", KEYS))
        return -1;
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(input, "shape");
    if (!cJSON_IsArray(shape) || cJSON_GetArraySize(shape) < 1)
        return ohm_fail(r->err, "%s: input.shape: missing, expected a list of sizes", r->path);
    net->inputs = 1;
    for (const cJSON *c = shape->child; c; c = c->next) {
        int n;
        if (as_int(r, c, "input.", "shape", 1, MAX_WIDTH / net->inputs, &n))
            return -1;
        net->inputs *= n;
    }
    net->input_signed = get_choice(r, input, "input.", "type", TYPES);
    return net->input_signed < 0 ? -1 : 0;
}

static int read_layer(struct reader *r, const cJSON *item, struct ohm_net *net, int index)
{
    static const char *const KEYS[] = {"name", "type", "inputs", "outputs", "weights", "bias", "scale", "shift",
                                       "activation", "output", NULL};
    static const char *const TYPES[] = {"dense", NULL};
    static const char *const ACTIVATIONS[] = {"none", "relu", NULL};
    static const char *const OUTPUTS[] = {"u8", "s8", "s32", NULL};
    struct ohm_layer *l = &net->layers[index];
    int last = index == net->layer_count - 1;
    char where[32];
    snprintf(where, sizeof where, "layers[%d].", index);

    if (!cJSON_IsObject(item))
        return ohm_fail(r->err, "%s: layers[%d]: expected an object", r->path, index);
    if (get_name(r, item, where, l->name) || known_keys(r, item, where, KEYS)
        || get_choice(r, item, where, "type", TYPES) < 0)
        return -1;
    int inputs = index ? net->layers[index - 1].outputs : net->inputs;
    if (get_int(r, item, where, "inputs", 1, MAX_WIDTH, &l->inputs)
        || get_int(r, item, where, "outputs", 1, MAX_WIDTH, &l->outputs))
        return -1;
    if (l->inputs != inputs)
        return ohm_fail(r->err, "%s: %sinputs: %d, expected %d (%s)", r->path, where, l->inputs, inputs,
                        index ? "outputs of the layer before" : "size of the input");
    if (last && l->outputs != net->classes)
        return ohm_fail(r->err, "%s: %soutputs: %d, expected %d (classes)", r->path, where, l->outputs, net->classes);
    int activation = get_choice(r, item, where, "activation", ACTIVATIONS);
    int output = activation < 0 ? -1 : get_choice(r, item, where, "output", OUTPUTS);
    if (output < 0)
        return -1;
    l->activation = (enum ohm_activation)activation;
    l->output = (enum ohm_output)output;
    if (last != (l->output == OHM_OUTPUT_S32))
        return ohm_fail(r->err, "%s: %soutput: \"%s\", expected %s", r->path, where, OUTPUTS[output],
                        last ? "s32 in the last layer" : "u8 or s8 before the last layer");
    if (last && l->activation != OHM_ACTIVATION_NONE)
        return ohm_fail(r->err, "%s: %sactivation: \"relu\", expected none in the last layer", r->path, where);

    size_t shape[2] = {(size_t)l->inputs, (size_t)l->outputs};
    struct ohm_npy a;
    if (get_array(r, item, where, "weights", OHM_NPY_S8, 2, shape, &a))
        return -1;
    l->weights = a.data;
    if (get_array(r, item, where, "bias", OHM_NPY_S32, 1, shape + 1, &a))
        return -1;
    l->bias = a.data;
    for (int o = 0; o < l->outputs; o++) {
        int64_t bound = llabs((long long)l->bias[o]);
        for (int i = 0; i < l->inputs; i++)
            bound += 255 * abs(l->weights[(size_t)i * (size_t)l->outputs + (size_t)o]);
        if (bound > INT32_MAX)
            return ohm_fail(r->err, "%s: layer %s, output %d: largest sum %lld, expected within 32 bits", r->path, l->name, o,
                            (long long)bound);
    }
    if (last) {
        if (cJSON_GetObjectItemCaseSensitive(item, "scale") || cJSON_GetObjectItemCaseSensitive(item, "shift"))
            return ohm_fail(r->err, "%s: %sscale and shift: not used with output s32, leave them out", r->path, where);
        return 0;
    }
    if (get_array(r, item, where, "scale", OHM_NPY_S16, 1, shape + 1, &a))
        return -1;
    l->scale = a.data;
    return get_int(r, item, where, "shift", 0, MAX_SHIFT, &l->shift);
}

static int read_net(struct reader *r, const cJSON *root, struct ohm_net *net)
{
    static const char *const KEYS[] = {"format", "name", "input", "classes", "calibration", "layers", NULL};
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
        return ohm_fail(r->err, "%s: layers: %d, expected a list of 1 to %d", r->path, n, MAX_LAYERS);
    net->layers = calloc((size_t)n, sizeof *net->layers);
    if (!net->layers)
        return ohm_fail(r->err, "%s: out of memory", r->path);
    net->layer_count = n;
    int index = 0;
    for (const cJSON *c = layers->child; c; c = c->next)
        if (read_layer(r, c, net, index++))
            return -1;

    if (!cJSON_GetObjectItemCaseSensitive(root, "calibration"))
        return 0;
    size_t shape[2] = {0, (size_t)net->inputs};
    struct ohm_npy a;
    if (get_array(r, root, "", "calibration", net->input_signed ? OHM_NPY_S8 : OHM_NPY_U8, 2, shape, &a))
        return -1;
    net->calib = a.data;
    net->calib_count = (int)a.shape[0];
    return net->calib_count ? 0 : ohm_fail(r->err, "%s: calibration: no images, expected at least one", r->path);
}

int ohm_net_load(const char *directory, struct ohm_net *out, struct ohm_error *err)
{
    memset(out, 0, sizeof *out);
    struct reader r = {.directory = directory, .err = err};
    snprintf(r.path, sizeof r.path, "%s/network.json", directory);
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
    }
    free(net->layers);
    free(net->calib);
    memset(net, 0, sizeof *net);
}
