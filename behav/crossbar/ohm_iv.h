/* SPDX-License-Identifier: Apache-2.0
 * Static current-voltage curves of a cell, I(V; G). SI units. */
#ifndef OHM_IV_H
#define OHM_IV_H

#include "ohm_api.h"
#include "ohm_error.h"

OHM_API_BEGIN

enum ohm_iv_kind {
    OHM_IV_LINEAR, /* I = G·V */
    /* I = G·v0·sinh(V/v0): tunnelling gap (Stanford-PKU; Jiang et al. 2016), G the conductance at 0
       V */
    OHM_IV_SINH,
    /* I = a·G·sinh(b·V), a and b below: fitted to TiOx data (Messaris et al. 2018) */
    OHM_IV_DATA,
    OHM_IV_MILO /* I = G·V + NL2(G)·V² + NL3(G)·V³, fits over log10 G of HfO2 1T1R cells (Milo et
                   al. 2021), 50 to 225 µS */
};

#define OHM_IV_DATA_A 0.3205
#define OHM_IV_DATA_B 2.717

struct ohm_iv {
    enum ohm_iv_kind kind;
    double v0; /* SINH: volts, 1e-3 to 1e3 (Stanford-PKU: 0.25) */
};

/* "linear", "sinh" (v0 0.25), "sinh:<v0>", "data" or "milo". */
int ohm_iv_parse(const char *text, struct ohm_iv *iv, struct ohm_error *err);

/* Is g in the model's range (0 is in every model's: no cell)? */
int ohm_iv_check(const struct ohm_iv *iv, double g, struct ohm_error *err);

/* Current and, where slope is not NULL, dI/dV. */
double ohm_iv_current(const struct ohm_iv *iv, double g, double v, double *slope);

/* Coefficients of MILO for g > 0. */
void ohm_iv_milo(double g, double *nl2, double *nl3);

OHM_API_END

#endif
