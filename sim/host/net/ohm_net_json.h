/* SPDX-License-Identifier: Apache-2.0
 * Fields of network.json, for ohm_net.c. Private to sim/host/net. `where` stands before a field's
 * name in messages; -1 + err: the field is missing or not what was expected. */
#ifndef OHM_NET_JSON_H
#define OHM_NET_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "ohm_error.h"
#include "ohm_net.h"
#include "ohm_npy.h"

#define OHM_JSON_PATH_MAX 1200

struct ohm_json { /* where we are, for messages */
    const char *directory;
    char path[OHM_JSON_PATH_MAX];
    struct ohm_error *err;
};

/* The text of the file at r->path, to be freed. */
int ohm_json_load(struct ohm_json *r, char **out);
/* Keys of an object must be in the list (NULL-terminated), each once: a misspelt one would
 * otherwise be ignored silently, and of two of one name one reader takes the first, another the
 * last. */
int ohm_json_known_keys(struct ohm_json *r, const cJSON *object, const char *where,
                        const char *const *keys);
/* The object's name, of fewer than OHM_NAME_MAX printable characters. */
int ohm_json_name(struct ohm_json *r, const cJSON *object, const char *where, char *out);
/* The item itself as a whole number; key is its name in messages. */
int ohm_json_as_int(struct ohm_json *r, const cJSON *c, const char *where, const char *key, int min,
                    int max, int *out);
int ohm_json_int(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                 int min, int max, int *out);
/* fallback when the field is left out */
int ohm_json_int_or(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                    int min, int max, int fallback, int *out);
/* A list of exactly n whole numbers from 1 to max. */
int ohm_json_list(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                  int max, int n, int *out);
/* One whole number, which all n are then, or a list of n; fallback when the field is left out. */
int ohm_json_each(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                  int min, int max, int fallback, int n, int *out);
/* Index of the field's value in names; -1 + err. */
int ohm_json_choice(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                    const char *const *names);
/* The array file named by the field, of the given type and shape; data is handed over. */
int ohm_json_array(struct ohm_json *r, const cJSON *object, const char *where, const char *key,
                   enum ohm_npy_type type, int dims, const size_t *shape, struct ohm_npy *out);

/* ohm_net_vector.c: sequences and vector layers. */
int ohm_net_read_sequence(struct ohm_json *r, const cJSON *root, struct ohm_net *net);
/* The input's shape, of a sequence: its steps, and the vector of each. */
int ohm_net_read_steps(struct ohm_json *r, const cJSON *input, struct ohm_net *net);
/* What a vector layer has besides its name and what it reads; then, once the graph has its shape,
 * its arrays. */
int ohm_net_read_vector(struct ohm_json *r, const cJSON *item, const char *where,
                        struct ohm_net *net, int index);
int ohm_net_read_arrays(struct ohm_json *r, const cJSON *item, const char *where,
                        struct ohm_net *net, int index);

#endif
