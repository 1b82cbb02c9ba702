// SPDX-License-Identifier: Apache-2.0
// A board without the board: the Verilated board top, its serial pins on a pseudo-terminal, so that
// the host program talks to it as to a real one. Run: board LINK [NOISE]. Makes LINK a symbolic
// link to the terminal and serves it until it is killed or its host has been gone for a while.
// NOISE: from the 200th byte on, every NOISE-th one arrives with a flipped bit.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "Vboard.h"
#include "verilated.h"

namespace {

constexpr int DIV = BOARD_DIV; // clock cycles per bit

struct Sender { // a byte on the board's rx pin
    int wait = 0, left = 0;
    unsigned bits = 0;
    bool idle() const { return left == 0; }
    void send(uint8_t b) { bits = 1u << 9 | unsigned(b) << 1, left = 10, wait = DIV; }
    bool pin() {
        bool p = left ? bits & 1 : true;
        if (left && --wait == 0) wait = DIV, bits >>= 1, left--;
        return p;
    }
};

struct Receiver { // the board's tx pin
    int wait = 0, left = 0;
    unsigned bits = 0;
    int take(bool pin) { // a byte, or -1
        if (left == 0) {
            if (!pin) left = 10, wait = DIV / 2, bits = 0;
            return -1;
        }
        if (--wait) return -1;
        wait = DIV;
        bits = bits >> 1 | unsigned(pin) << 9;
        if (--left) return -1;
        return (bits & 1) == 0 && bits >> 9 == 1 ? int(bits >> 1 & 0xFF) : -1;
    }
};

} // namespace

int main(int argc, char **argv) {
    Verilated::commandArgs(argc, argv);
    if (argc < 2) return fprintf(stderr, "usage: board LINK [NOISE]\n"), 2;
    int noise = argc > 2 ? atoi(argv[2]) : 0;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || grantpt(fd) || unlockpt(fd)) return perror("pseudo-terminal"), 2;
    int held = open(ptsname(fd), O_RDWR | O_NOCTTY); // stays open: no hang-up between hosts
    termios t;
    if (held < 0 || tcgetattr(held, &t)) return perror(ptsname(fd)), 2;
    cfmakeraw(&t);
    tcsetattr(held, TCSANOW, &t);
    unlink(argv[1]);
    if (symlink(ptsname(fd), argv[1])) return perror(argv[1]), 2;

    static Vboard d;
    Sender to;
    Receiver from;
    uint8_t in[256];
    ssize_t in_n = 0, in_at = 0;
    uint64_t bytes = 0;
    int quiet = 0;
    for (uint64_t cycle = 0;; cycle++) {
        if (to.idle() && in_at == in_n && cycle % 128 == 0) {
            pollfd p = {fd, POLLIN, 0};
            if (cycle % 65536 == 0) { // idle: let others run
                quiet = poll(&p, 1, quiet > 8 ? 5 : 0) > 0 ? 0 : quiet + 1;
                if (quiet > 20000) return 0;
            }
            in_n = read(fd, in, sizeof in);
            if (in_n < 0) in_n = 0;
            in_at = 0;
        }
        if (to.idle() && in_at < in_n) {
            uint8_t b = in[in_at++];
            if (noise && ++bytes > 200 && bytes % uint64_t(noise) == 0)
                b ^= uint8_t(1u << (bytes / uint64_t(noise)) % 8);
            to.send(b);
        }
        d.rx = to.pin();
        d.clk = 0;
        d.eval();
        d.clk = 1;
        d.eval();
        int b = from.take(d.tx);
        if (b >= 0) {
            uint8_t out = uint8_t(b);
            if (write(fd, &out, 1) != 1) return perror("pseudo-terminal"), 1;
        }
    }
}
