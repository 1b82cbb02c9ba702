/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "ohm_xbar.h"

static int root_of(int *parent, int i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static int open_ended(const double *near, const double *far, int i)
{
    return isinf(near[i]) && isinf(far[i]);
}

int ohm_xbar_isolated(const double *g, int rows, int cols, struct ohm_xbar_ends *e,
                      unsigned char *isolated, struct ohm_error *err)
{
    const int lines = rows + cols, terminal = lines;
    int count = 0, *parent = malloc((size_t)(lines + 1) * sizeof *parent);
    if (!parent)
        return ohm_fail(err, "out of memory");
    for (int i = 0; i <= terminal; i++)
        parent[i] = i;
    for (int i = 0; i < lines; i++)
        if (!(i < rows ? open_ended(e->left, e->right, i)
                       : open_ended(e->top, e->bottom, i - rows)))
            parent[root_of(parent, i)] = root_of(parent, terminal);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            if (g[(size_t)r * (size_t)cols + (size_t)c] > 0)
                parent[root_of(parent, r)] = root_of(parent, rows + c);
    for (int i = 0; i < lines; i++) {
        isolated[i] = root_of(parent, i) != root_of(parent, terminal);
        count += isolated[i];
        if (isolated[i])
            *(i < rows ? &e->left[i] : &e->bottom[i - rows]) = 0;
    }
    free(parent);
    return count;
}
