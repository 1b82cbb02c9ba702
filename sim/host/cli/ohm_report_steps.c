/* SPDX-License-Identifier: Apache-2.0
 * How good the results are: accuracy, and where every step of a sequence has a label, cross-entropy
 * in bits. */
#include <math.h>

#include "ohm_report.h"

int ohm_report_has_steps(const struct ohm_run *r)
{
    return r->data->labels && r->data->label_steps > 1;
}

/* -log2 of the softmax's share of the label. */
static double bits_of(const int32_t *v, int n, int label, double unit)
{
    double most = v[0], sum = 0;
    for (int c = 1; c < n; c++)
        most = v[c] > most ? v[c] : most;
    for (int c = 0; c < n; c++)
        sum += exp((v[c] - most) * unit);
    return (log(sum) - (v[label] - most) * unit) / log(2);
}

void ohm_report_image(struct ohm_run *r, enum ohm_who who, uint32_t image, const int32_t *v,
                      double unit)
{
    const int steps = r->data->label_steps, classes = r->net->classes;
    if (!v || !ohm_report_has_steps(r))
        return;
    struct ohm_prediction *p = &r->predictions[image - r->options->first];
    for (int s = 0; s < steps; s++, v += classes) {
        const int label = r->data->labels[(size_t)image * (size_t)steps + (size_t)s];
        p->right[who] += ohm_intref_argmax(v, classes) == label;
        p->bits[who] += bits_of(v, classes, label, r->net->unit / unit);
    }
}

static int class_of(const struct ohm_prediction *p, enum ohm_who who)
{
    return who == OHM_CHIP ? p->chip : who == OHM_IDEAL ? p->ideal : p->software;
}

double ohm_report_accuracy(const struct ohm_run *r, enum ohm_who who)
{
    double right = 0;
    if (!r->data->labels || !r->done)
        return 0;
    for (uint32_t i = 0; i < r->done; i++)
        right += ohm_report_has_steps(r)
                     ? r->predictions[i].right[who]
                     : class_of(&r->predictions[i], who) == r->data->labels[r->options->first + i];
    return 100 * right / ((double)r->done * r->data->label_steps);
}

double ohm_report_bits(const struct ohm_run *r, enum ohm_who who)
{
    double bits = 0;
    if (!ohm_report_has_steps(r) || !r->done || r->net->unit <= 0)
        return -1;
    for (uint32_t i = 0; i < r->done; i++)
        bits += r->predictions[i].bits[who];
    return bits / ((double)r->done * r->data->label_steps);
}
