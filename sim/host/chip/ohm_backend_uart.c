/* SPDX-License-Identifier: Apache-2.0
 * A board on a serial line (docs/start/boards.md), 1 Mbaud, 8N1: frames of ohm_uart_bridge.v in and
 * out. Every packet that goes to the board goes to a golden model too; every result that comes back
 * must be the golden model's, word for word. The board is reset by the bridge's register first, so
 * that a host that starts in mid-stream finds it idle. */
#include "ohm_backend_types.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ohm_packet.h"
#include "ohm_tile_io.h"

enum { FLAG = 0x7E, ESCAPE = 0x7D, FLIP = 0x20 };
enum { IS_DATA = 0xF0, IS_CONFIG = 0xE1, IS_READ = 0xD2, IS_WRITE = 0xC3 };

#define CLOCK 12000000     /* of the boards: only for figures and for the driver's idea of time */
#define FRAME_MAX (4 * (OHM_PACKET_MAX + 1) + 8)
#define ANSWER_MS 300      /* a register's answer */
#define SILENCE_MS 50      /* nothing for so long: the board has said all it had to say */
#define TRIES 20
#define BRIDGE_WORDS \
    256 /* that the bridge's output buffer of a board holds (ohm_chip with LEAN = 1) */
#define DEFAULT_PATIENCE 10
#define ROUNDS \
    200 /* without anything new before the board counts as stuck: parts of the patience */

struct packet {
    struct packet *next;
    size_t n;
    uint32_t flits[];
};

struct list {
    struct packet *first, **end;
};

struct uart {
    int fd;
    struct ohm_golden *golden;
    struct list came;      /* packets from the board, without CRC */
    struct list expected;  /* results of the golden model */
    uint8_t *out;          /* bytes that the line has not taken */
    size_t out_n, out_max;
    uint8_t frame[FRAME_MAX];
    size_t frame_n;        /* of the frame that comes in; past FRAME_MAX: too long */
    int escaped;
    uint8_t answer[7];     /* the last good register answer */
    int answered;
    uint32_t counted[64];  /* the bridge's counters at the start */
    uint64_t started, heard; /* ns: of the opening, of the last byte */
    uint64_t round;          /* ns that the driver waits at a time */
    uint64_t bad_frames;     /* from the board: noise, half packets, wrong CRC; each was dropped */
    long suspect;
};

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- lists ---- */

static int put(struct list *l, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    struct packet *p = malloc(sizeof *p + n * sizeof *flits);
    if (!p)
        return ohm_fail(err, "serial line: out of memory");
    *p = (struct packet){.n = n};
    memcpy(p->flits, flits, n * sizeof *flits);
    *l->end = p;
    l->end = &p->next;
    return 0;
}

static void drop(struct list *l)
{
    struct packet *p = l->first;
    l->first = p->next;
    if (!l->first)
        l->end = &l->first;
    free(p);
}

/* ---- bytes out ---- */

static int queue_byte(struct uart *u, uint8_t b, struct ohm_error *err)
{
    if (u->out_n == u->out_max) {
        size_t more = u->out_max ? 2 * u->out_max : 4096;
        uint8_t *p = realloc(u->out, more);
        if (!p)
            return ohm_fail(err, "serial line: out of memory");
        u->out = p;
        u->out_max = more;
    }
    u->out[u->out_n++] = b;
    return 0;
}

static int queue_frame(struct uart *u, const uint8_t *bytes, size_t n, struct ohm_error *err)
{
    for (size_t i = 0; i < n; i++) {
        int stuff = bytes[i] == FLAG || bytes[i] == ESCAPE;
        if ((stuff && queue_byte(u, ESCAPE, err))
            || queue_byte(u, stuff ? bytes[i] ^ FLIP : bytes[i], err))
            return -1;
    }
    return queue_byte(u, FLAG, err);
}

/* ---- bytes in ---- */

/* A frame is complete. What is not whole and good is counted and forgotten. */
static int take_frame(struct uart *u, struct ohm_error *err)
{
    size_t n = u->frame_n;
    u->frame_n = 0;
    if (n == 0)
        return 0; /* flag after flag */
    uint32_t flits[OHM_PACKET_MAX + 1];
    size_t words = (n - 1) / 4;
    if (u->frame[0] == IS_READ && n == sizeof u->answer) {
        uint8_t sum = 0;
        for (size_t i = 0; i < n; i++)
            sum ^= u->frame[i];
        if (sum == 0) {
            memcpy(u->answer, u->frame, n);
            u->answered = 1;
            return 0;
        }
    } else if (u->frame[0] == IS_DATA && n % 4 == 1 && words >= 3 && words <= OHM_PACKET_MAX + 1) {
        for (size_t i = 0; i < words; i++) {
            const uint8_t *b = u->frame + 1 + 4 * i;
            flits[i] = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        }
        if (flits[words - 1] == ohm_packet_crc(flits, words - 1)) {
            return put(&u->came, flits, words - 1, err);
        }
    }
    u->bad_frames++;
    return 0;
}

static int take_byte(struct uart *u, uint8_t b, struct ohm_error *err)
{
    if (b == FLAG) {
        u->escaped = 0;
        return take_frame(u, err);
    }
    if (b == ESCAPE) {
        u->escaped = 1;
        return 0;
    }
    if (u->frame_n < FRAME_MAX)
        u->frame[u->frame_n++] = u->escaped ? b ^ FLIP : b; /* longer ones fail their CRC */
    u->escaped = 0;
    return 0;
}

/* Moves bytes both ways; waits up to `ms` for some to move. */
static int move(struct uart *u, int ms, struct ohm_error *err)
{
    struct pollfd p = {.fd = u->fd, .events = (short)(POLLIN | (u->out_n ? POLLOUT : 0))};
    if (poll(&p, 1, ms) < 0 && errno != EINTR)
        return ohm_fail(err, "serial line: poll: %s", strerror(errno));
    if (p.revents & POLLIN) {
        uint8_t in[512];
        ssize_t n = read(u->fd, in, sizeof in);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return ohm_fail(err, "serial line: read: %s", n == 0 ? "end of file" : strerror(errno));
        u->heard = now();
        for (ssize_t i = 0; i < n; i++)
            if (take_byte(u, in[i], err))
                return -1;
    } else if (p.revents & (POLLERR | POLLHUP | POLLNVAL))
        return ohm_fail(err, "serial line: the board is gone");
    if (p.revents & POLLOUT) {
        ssize_t n = write(u->fd, u->out, u->out_n < 256 ? u->out_n : 256);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return ohm_fail(err, "serial line: write: %s", strerror(errno));
        if (n > 0) {
            u->out_n -= (size_t)n;
            memmove(u->out, u->out + n, u->out_n);
        }
    }
    return 0;
}

/* ---- registers of the bridge ---- */

static int read_register(struct uart *u, uint8_t addr, uint32_t *value, struct ohm_error *err)
{
    for (int i = 0; i < TRIES; i++) {
        u->answered = 0;
        if (queue_byte(u, FLAG, err)
            || queue_frame(u, (uint8_t[]){IS_READ, addr}, 2, err)) /* noise ends at the flag */
            return -1;
        for (uint64_t end = now() + ANSWER_MS * 1000000ull; !u->answered && now() < end;)
            if (move(u, 10, err))
                return -1;
        if (u->answered && u->answer[1] == addr) {
            const uint8_t *b = u->answer + 2;
            *value = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
            return 0;
        }
    }
    return ohm_fail(err,
                    "serial line: no answer from the board to a read of register 0x%02X, expected "
                    "one within %d tries",
                    addr, TRIES);
}

static int write_register(struct uart *u, uint8_t addr, uint8_t value, struct ohm_error *err)
{
    uint32_t back;
    for (int i = 0; i < TRIES; i++) {
        if (queue_byte(u, FLAG, err)
            || queue_frame(u, (uint8_t[]){IS_WRITE, addr, value, addr ^ value}, 4, err)
            || read_register(u, addr, &back, err))
            return -1;
        if (back == value)
            return 0;
    }
    return ohm_fail(err, "serial line: register 0x%02X stays 0x%08" PRIX32 ", expected 0x%02X",
                    addr, back, value);
}

/* ---- the backend ---- */

static int send(void *self, int config_class, const uint32_t *flits, size_t n,
                struct ohm_error *err)
{
    struct uart *u = self;
    uint8_t bytes[FRAME_MAX];
    uint32_t result[OHM_PACKET_MAX];
    if (n < 2 || n > OHM_PACKET_MAX)
        return ohm_fail(err, "packet to the board: %zu flits, expected 2 to %d", n, OHM_PACKET_MAX);
    if (ohm_golden_packet_in(u->golden, flits, n, err))
        return -1;
    for (size_t m; (m = ohm_golden_pop_packet(u->golden, result, OHM_PACKET_MAX));)
        if (ohm_header_decode(result).type == OHM_TYPE_RESULT && put(&u->expected, result, m, err))
            return -1;
    uint32_t crc = ohm_packet_crc(flits, n);
    bytes[0] = config_class ? IS_CONFIG : IS_DATA;
    for (size_t i = 0; i <= n; i++) {
        uint32_t word = i < n ? flits[i] : crc;
        for (int k = 0; k < 4; k++)
            bytes[1 + 4 * i + (size_t)k] = (uint8_t)(word >> (8 * k));
    }
    return queue_frame(u, bytes, 4 * n + 5, err);
}

static int check_result(struct uart *u, const uint32_t *flits, size_t n, struct ohm_error *err)
{
    struct ohm_header h = ohm_header_decode(flits);
    struct packet *p = u->expected.first, **link = &u->expected.first;
    /* results of one tile come in order; those of several tiles may pass each other */
    while (p && (p->flits[0] != flits[0] || p->flits[1] != flits[1])) {
        link = &p->next;
        p = p->next;
    }
    u->suspect = (long)h.seq;
    if (!p)
        return ohm_fail(
            err,
            "mismatch: RESULT of tile (%u,%u), vector %u, output %u: the golden model expects none",
            h.x, h.y, h.seq, h.offset);
    for (size_t i = 2; i < n; i++)
        if (p->n != n || p->flits[i] != flits[i])
            return ohm_fail(
                err,
                "mismatch: RESULT of tile (%u,%u), vector %u, word %zu: expected 0x%08" PRIx32
                ", got 0x%08" PRIx32,
                h.x, h.y, h.seq, i - 2, p->n == n ? p->flits[i] : 0, flits[i]);
    u->suspect = -1;
    *link = p->next;
    if (!p->next)
        u->expected.end = link;
    free(p);
    return 0;
}

static long recv(void *self, uint32_t *flits, size_t max, struct ohm_error *err)
{
    struct uart *u = self;
    const struct packet *p = u->came.first;
    if (!p)
        return 0;
    size_t n = p->n;
    if (n > max)
        return ohm_fail(err, "packet from the board: %zu flits, expected at most %zu", n, max);
    memcpy(flits, p->flits, n * sizeof *flits);
    drop(&u->came);
    if (ohm_header_decode(flits).type == OHM_TYPE_RESULT && check_result(u, flits, n, err))
        return -1;
    return (long)n;
}

/* Cycles mean nothing here: it waits until a packet has come or a while has passed. */
static int run(void *self, uint64_t cycles, struct ohm_error *err)
{
    struct uart *u = self;
    (void)cycles;
    for (uint64_t end = now() + u->round; !u->came.first && now() < end;)
        if (move(u, 10, err))
            return -1;
    return 0;
}

static uint64_t cycle(void *self)
{
    const struct uart *u = self;
    return (now() - u->started) / (1000000000u / CLOCK);
}

static size_t queued(void *self)
{
    const struct uart *u = self;
    return u->out_n; /* bytes: more than 0 while a packet has not left */
}

static const struct {
    uint8_t addr;
    const char *what;
} COUNTERS[] = {
    {OHM_AXIL_BAD_CRC, "packets with a bad CRC"},
    {OHM_AXIL_BAD_LEN, "packets of bad length"},
    {OHM_AXIL_BAD_DST, "packets with a bad destination"},
    {OHM_AXIL_OUT_DROP, "packets for the host dropped"},
    {OHM_AXIL_LONG, "paths without tail"},
    {OHM_AXIL_STRAY, "stray packets"},
};
#define COUNTER_N (sizeof COUNTERS / sizeof COUNTERS[0])

static int finish(void *self, struct ohm_error *err)
{
    struct uart *u = self;
    for (size_t i = 0; i < COUNTER_N; i++) {
        uint32_t n;
        if (read_register(u, COUNTERS[i].addr, &n, err))
            return -1;
        if (n != u->counted[i])
            return ohm_fail(err, "the board counts %" PRIu32 " %s since the start, expected 0",
                            n - u->counted[i], COUNTERS[i].what);
    }
    if (u->bad_frames)
        return ohm_fail(err, "%" PRIu64 " broken frames from the board, expected 0", u->bad_frames);
    if (u->expected.first)
        return ohm_fail(err, "mismatch: RESULT of vector %u was expected and never came",
                        ohm_header_decode(u->expected.first->flits).seq);
    return 0;
}

static void close_line(void *self)
{
    struct uart *u = self;
    if (u->fd >= 0)
        close(u->fd);
    while (u->came.first)
        drop(&u->came);
    while (u->expected.first)
        drop(&u->expected);
    ohm_golden_free(u->golden);
    free(u->out);
    free(u);
}

static long suspect(void *self)
{
    const struct uart *u = self;
    return u->suspect;
}

static int open_line(struct uart *u, const char *device, struct ohm_error *err)
{
    u->fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (u->fd < 0)
        return ohm_fail(err, "%s: %s", device, strerror(errno));
    struct termios t;
    if (tcgetattr(u->fd, &t))
        return ohm_fail(err, "%s: not a terminal", device);
    cfmakeraw(&t);
    t.c_cflag |= CLOCAL | CREAD;
    if (cfsetspeed(&t, B1000000) || tcsetattr(u->fd, TCSANOW, &t))
        return ohm_fail(err, "%s: 1 Mbaud: %s", device, strerror(errno));
    tcflush(u->fd, TCIOFLUSH);
    return 0;
}

/* Resets mesh and tiles and learns what the board is. */
static int greet(struct uart *u, const struct ohm_config *c, struct ohm_error *err)
{
    uint32_t id, mesh, want = (uint32_t)(c->mesh_h << 8 | c->mesh_w);
    if (read_register(u, OHM_AXIL_ID, &id, err) || read_register(u, OHM_AXIL_MESH, &mesh, err))
        return -1;
    if (id != OHM_AXIL_ID_VALUE)
        return ohm_fail(err, "serial line: AXIL_ID is 0x%08" PRIX32 ", expected 0x%08X", id,
                        OHM_AXIL_ID_VALUE);
    if (mesh != want)
        return ohm_fail(err,
                        "serial line: the board's mesh is %" PRIu32 "x%" PRIu32 ", expected %dx%d",
                        mesh & 0xFF, mesh >> 8, c->mesh_w, c->mesh_h);
    if (write_register(u, OHM_AXIL_CTRL, 1, err) || write_register(u, OHM_AXIL_CTRL, 0, err))
        return -1;
    /* what the bridge still holds for a host before */
    for (u->heard = now(); now() < u->heard + SILENCE_MS * 1000000ull;)
        if (move(u, 10, err))
            return -1;
    for (size_t i = 0; i < COUNTER_N; i++)
        if (read_register(u, COUNTERS[i].addr, &u->counted[i], err))
            return -1;
    while (u->came.first)
        drop(&u->came);
    u->bad_frames = 0;
    return 0;
}

static int open_board(const struct ohm_backend_settings *s, struct ohm_backend *out,
                      struct ohm_error *err)
{
    const int patience = s->patience ? s->patience : DEFAULT_PATIENCE;
    struct uart *u;
    if (!s->line)
        return ohm_fail(err, "serial line: none, expected a terminal, for example /dev/ttyUSB1");
    u = calloc(1, sizeof *u);
    if (!u)
        return ohm_fail(err, "serial line: out of memory");
    u->fd = -1;
    u->came.end = &u->came.first;
    u->expected.end = &u->expected.first;
    u->suspect = -1;
    u->started = now();
    u->round = (uint64_t)patience * 1000000000u / ROUNDS;
    u->golden = ohm_golden_new(s->config, ohm_device_find("ideal"), 1, err);
    if (!u->golden || open_line(u, s->line, err) || greet(u, s->config, err)) {
        close_line(u);
        return -1;
    }
    ohm_golden_set_checking(u->golden, 0);
    if (s->observer)
        ohm_golden_observe(u->golden, s->observer, s->user);
    *out = (struct ohm_backend){.self = u, .send = send, .recv = recv, .run = run, .cycle = cycle,
                                .queued = queued, .finish = finish, .close = close_line,
                                .suspect = suspect, .golden = u->golden,
                                .patience = ROUNDS * OHM_ROUND};
    return 0;
}

const struct ohm_backend_type ohm_backend_uart = {
    .name = "uart", .doc = "a board", .check = OHM_BACKEND_RESULTS, .board = 1,
    .bridge_words = BRIDGE_WORDS, .open = open_board,
};
