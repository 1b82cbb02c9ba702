/* SPDX-License-Identifier: Apache-2.0
 * libohmic: everything that a program of your own may use. No function prints or exits; what goes
 * wrong is one line in a struct ohm_error. `pkg-config --cflags --libs ohmic` has the compiler's
 * options. */
#ifndef OHMIC_H
#define OHMIC_H

#include "ohm_array.h"   /* one crossbar array: programming, integer reads, noise */
#include "ohm_asm.h"     /* programs of vector tiles, text to words and back */
#include "ohm_backend.h" /* RTL, models, boards behind one interface, by name */
#include "ohm_calibrate.h" /* columns corrected by what the tiles measure */
#include "ohm_compensate.h" /* gains that follow drift, from reads through the chip */
#include "ohm_data.h"    /* data sets */
#include "ohm_defects.h" /* defect maps and what partners make of them */
#include "ohm_device.h"  /* device models */
#include "ohm_driver.h"  /* a mapped network on a backend */
#include "ohm_estimate_all.h" /* tiles, cycles and energy of a network before a chip is built */
#include "ohm_fast.h"    /* fast model of the chip: packets in and out */
#include "ohm_find_defects.h" /* the test of a chip's cells */
#include "ohm_golden.h"  /* golden model */
#include "ohm_group.h"   /* tiles of a loop: started, read and stopped together */
#include "ohm_learn.h"   /* a matrix that learns in the array */
#include "ohm_mapper.h"  /* a network onto tiles */
#include "ohm_matrix.h"  /* a matrix on the chip: the shortest way to a product */
#include "ohm_measure.h" /* vectors and cells read through the chip */
#include "ohm_mlp.h"     /* a network of dense layers that learns in arrays */
#include "ohm_net.h"     /* networks */
#include "ohm_network.h" /* a network on the chip in few calls */
#include "ohm_packet.h"  /* packets */
#include "ohm_physics.h" /* wires, cells, readout */
#include "ohm_refresh.h" /* when a programmed chip is measured and programmed anew */
#include "ohm_reload.h"  /* a network piece after piece on a chip that is too small */
#include "ohm_solve.h"   /* a crossbar with wires, solved exactly */
#include "ohm_spare.h"   /* columns that fail move to free ones */
#include "ohm_vec_tile.h" /* what a vector tile is loaded with */

#endif
