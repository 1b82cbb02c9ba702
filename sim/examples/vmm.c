/* SPDX-License-Identifier: Apache-2.0
 * A matrix on the chip in ten lines: gcc vmm.c $(pkg-config --cflags --libs ohmic) && ./a.out */
#include <ohmic.h>

int main(void)
{
    const int8_t w[3][2] = {{100, -50}, {-20, 127}, {60, 5}};
    const uint8_t x[3] = {200, 10, 255};
    double y[2];
    struct ohm_error err;
    struct ohm_matrix *v = ohm_matrix_new(NULL, 3, 2, &w[0][0], &err);
    if (!v || ohm_matrix_run(v, x, 1, y, &err))
        return fprintf(stderr, "%s\n", err.text), 1;
    printf("chip %.0f %.0f, exact %d %d, error to expect %.0f (RMS)\n", y[0], y[1],
           200 * 100 - 10 * 20 + 255 * 60, -200 * 50 + 10 * 127 + 255 * 5, ohm_matrix_error(v));
    ohm_matrix_free(v);
    return 0;
}
