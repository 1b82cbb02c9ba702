/* SPDX-License-Identifier: Apache-2.0
 * A board on a serial line (docs/start/boards.md), each of its results checked by a golden model with ideal devices. */
#ifndef OHM_BACKEND_UART_H
#define OHM_BACKEND_UART_H

#include "ohm_backend.h"

/* Words the bridge's output buffer of a board holds (ohm_chip with LEAN = 1). */
#define OHM_UART_BRIDGE_WORDS 256

struct ohm_uart_counts {
    uint64_t frames_in, frames_out;
    uint64_t bad_frames; /* from the board: noise, half packets, wrong CRC; each was dropped */
};

/* device: a terminal, for example /dev/ttyUSB1, or a pseudo-terminal; 1 Mbaud, 8N1. The board is reset by the bridge's register
 * first, so that a host that starts in mid-stream finds it idle; -1 when it does not answer or is of another mesh.
 * patience: seconds without a packet after which the driver takes the board for stuck. */
int ohm_backend_uart_open(const struct ohm_config *config, const char *device, int patience, ohm_golden_observer observer, void *user,
                          struct ohm_backend *out, struct ohm_error *err);
struct ohm_uart_counts ohm_backend_uart_counts(const struct ohm_backend *b);

#endif
