/* SPDX-License-Identifier: Apache-2.0
 * Fields of network.json, each checked as it is read. */
#include "ohm_net_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_net.h" /* OHM_NAME_MAX */
#include "ohm_text.h"

#define MAX_JSON (1 << 20)

int ohm_json_load(struct ohm_json *r, char **out)
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

static int unknown_field(struct ohm_json *r, const char *where, const char *field,
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
int ohm_json_known_keys(struct ohm_json *r, const cJSON *object, const char *where,
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

static const char *get_string(struct ohm_json *r, const cJSON *object, const char *where,
                              const char *key)
{
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsString(c) && c->valuestring[0])
        return c->valuestring;
    ohm_fail(r->err, "%s: %s%s: missing or not a string", r->path, where, key);
    return NULL;
}

int ohm_json_name(struct ohm_json *r, const cJSON *object, const char *where, char *out)
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

int ohm_json_as_int(struct ohm_json *r, const cJSON *c, const char *where, const char *key, int min,
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

int ohm_json_int(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                 int min, int max, int *out)
{
    return ohm_json_as_int(r, cJSON_GetObjectItemCaseSensitive(object, key), where, key, min, max,
                           out);
}

/* fallback when the field is left out */
int ohm_json_int_or(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                    int min, int max, int fallback, int *out)
{
    *out = fallback;
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(object, key);
    return c ? ohm_json_as_int(r, c, where, key, min, max, out) : 0;
}

/* A list of exactly n whole numbers. */
int ohm_json_list(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                  int max, int n, int *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n)
        return ohm_fail(r->err, "%s: %s%s: expected a list of %d numbers", r->path, where, key, n);
    for (int i = 0; i < n; i++)
        if (ohm_json_as_int(r, cJSON_GetArrayItem(list, i), where, key, 1, max, &out[i]))
            return -1;
    return 0;
}

int ohm_json_each(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                  int min, int max, int fallback, int n, int *out)
{
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(object, key);
    const int list = cJSON_IsArray(c);
    if (list && cJSON_GetArraySize(c) != n)
        return ohm_fail(r->err, "%s: %s%s: %d numbers, expected one, or a list of %d", r->path,
                        where, key, cJSON_GetArraySize(c), n);
    for (int i = 0; i < n; i++) {
        out[i] = fallback;
        if (c && ohm_json_as_int(r, list ? cJSON_GetArrayItem(c, i) : c, where, key, min, max,
                                 &out[i]))
            return -1;
    }
    return 0;
}

/* Index of the field's value in names; -1 + err. */
int ohm_json_choice(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
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
int ohm_json_array(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                   enum ohm_npy_type type, int dims, const size_t *shape, struct ohm_npy *out)
{
    const char *file = get_string(r, object, where, key);
    if (!file)
        return -1;
    char path[OHM_JSON_PATH_MAX];
    if (ohm_text_leaves(file) || !ohm_text_printable(file))
        return ohm_fail(r->err,
                        "%s: %s%s: \"%.80s\", expected the name of a file in this directory",
                        r->path, where, key, ohm_text_printable(file) ? file : "");
    if (snprintf(path, sizeof path, "%s/%s", r->directory, file) >= (int)sizeof path)
        return ohm_fail(r->err, "%s: %s%s: the path is longer than %d characters", r->path, where,
                        key, OHM_JSON_PATH_MAX - 1);
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
