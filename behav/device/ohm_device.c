/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_device.h"

#include <stddef.h>
#include <string.h>

/* X(model, name) of every device model: the one list that both lookups come from. */
#define MODELS(X) \
    X(ohm_device_ideal, "ideal") \
    X(ohm_device_pcm_hermes, "pcm-hermes")

#define MODEL_POINTER(model, name) &model,
#define MODEL_NAME(model, name) name,

const char *const *ohm_device_names(void)
{
    static const char *const names[] = {MODELS(MODEL_NAME) NULL};
    return names;
}

const struct ohm_device_model *ohm_device_find(const char *name)
{
    static const struct ohm_device_model *const models[] = {MODELS(MODEL_POINTER)};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (!strcmp(name, models[i]->name))
            return models[i];
    return NULL;
}
