/* SPDX-License-Identifier: Apache-2.0
 * Targets: what a chip, a board or a host may send: recordings, packets from a hostile host, the
 * bytes of a serial line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
/* The line's bytes go in behind its terminal: its functions are private. */
#include "ohm_backend_uart.c"

int ohm_check_main(int argc, char **argv); /* ohm_check.c with another name for its main */

static struct ohm_error error;

/* The first line, `NAME key=value …`, becomes the head of a recording with this configuration,
 * whatever keys there are by now; the rest stays. A whole recording stays as it is. */
static int write_record(const char *path, const uint8_t *data, size_t n)
{
    const uint8_t *end = memchr(data, '\n', n);
    struct ohm_config c;
    char line[1024];
    FILE *f = fopen(path, "wb");
    if (!f || !end || end - data >= (long)sizeof line || !memcmp(data, "ohmic-", n < 6 ? n : 6)) {
        if (f)
            fwrite(data, 1, n, f);
        return f ? fclose(f) : -1;
    }
    snprintf(line, sizeof line, "%.*s", (int)(end - data), (const char *)data);
    char *word = strtok(line, " ");
    if (!word || ohm_config_find(word, &c, &error))
        return fclose(f), -1;
    while ((word = strtok(NULL, " "))) {
        char *equals = strchr(word, '=');
        if (!equals)
            continue;
        *equals = 0;
        const struct ohm_config_key *key = ohm_config_key_of(word);
        if (key)
            *ohm_config_at(&c, key) = (int)strtol(equals + 1, NULL, 10);
    }
    fprintf(f, "ohmic-record 1\nconfig");
    for (int i = 0; i < OHM_CONFIG_SIZES; i++)
        fprintf(f, " %s=%d", ohm_config_keys[i].field, ohm_config_value(&c, &ohm_config_keys[i]));
    fprintf(f, "\ndevice ideal\nseed 1\n");
    fwrite(end + 1, 1, (size_t)(data + n - end - 1), f);
    return fclose(f);
}

static void record(const char *path, const uint8_t *data, size_t n)
{
    char whole[1100];
    snprintf(whole, sizeof whole, "%s.whole", path);
    if (!write_record(whole, data, n))
        ohm_check_main(2, (char *[]){(char[]){"ohm-check"}, whole});
}

/* Byte 0: the configuration; then packets: flits, and the flits themselves. */
static void packets(const char *path, const uint8_t *data, size_t n)
{
    static const char *const NAMES[] = {"tiny", "tiny_vec", "tiny_vc", "tiny_parity", "small_link",
                                        "tiny_flash", "small_program", "base_cco_vec"};
    struct ohm_config c;
    uint32_t flits[256];
    (void)path;
    if (!n || ohm_config_find(NAMES[data[0] % (sizeof NAMES / sizeof NAMES[0])], &c, &error))
        return;
    struct ohm_golden *g = ohm_golden_new(&c, ohm_device_find("ideal"), 1, &error);
    if (!g)
        abort();
    ohm_golden_set_checking(g, 0);
    for (size_t at = 1; at < n; at++) {
        const size_t words = data[at] < (n - at - 1) / 4 ? data[at] : (n - at - 1) / 4;
        memcpy(flits, data + at + 1, 4 * words);
        uint32_t *exact = malloc(4 * words + 1); /* ends where the packet ends */
        memcpy(exact, flits, 4 * words);
        ohm_golden_packet_in(g, exact, words, &error);
        free(exact);
        uint32_t out[OHM_PACKET_MAX];
        while (ohm_golden_pop_packet(g, out, OHM_PACKET_MAX))
            ;
        at += 4 * words;
    }
    ohm_golden_finish(g, &error);
    ohm_golden_free(g);
}

/* Byte 0 even: raw bytes; odd: packets as above, framed with their CRC. */
static void serial(const char *path, const uint8_t *data, size_t n)
{
    struct uart *u = calloc(1, sizeof *u);
    struct ohm_config c;
    uint32_t flits[OHM_PACKET_MAX];
    (void)path;
    u->fd = -1;
    u->came.end = &u->came.first;
    u->expected.end = &u->expected.first;
    if (ohm_config_find("tiny", &c, &error)
        || !(u->golden = ohm_golden_new(&c, ohm_device_find("ideal"), 1, &error)))
        abort();
    for (size_t at = 1; at < n && !(data[0] & 1); at++)
        take_byte(u, data[at], &error);
    for (size_t at = 1; at < n && data[0] & 1; at++) {
        const size_t words = data[at] < (n - at - 1) / 4 ? data[at] : (n - at - 1) / 4;
        uint32_t packet[256];
        memcpy(packet, data + at + 1, 4 * words);
        packet[words] = ohm_packet_crc(packet, words);
        take_byte(u, IS_DATA, &error);
        for (size_t i = 0; i < 4 * (words + 1); i++) {
            const uint8_t b = (uint8_t)(packet[i / 4] >> 8 * (i % 4));
            if (b == FLAG || b == ESCAPE)
                take_byte(u, ESCAPE, &error);
            take_byte(u, b == FLAG || b == ESCAPE ? b ^ FLIP : b, &error);
        }
        take_byte(u, FLAG, &error);
        at += 4 * words;
    }
    while (u->came.first && recv(u, flits, OHM_PACKET_MAX, &error) >= 0)
        ;
    close_line(u);
}

const struct fuzz_target fuzz_chip_targets[] = {
    {"record", "in.rec", record},
    {"packets", NULL, packets},
    {"serial", NULL, serial},
    {0},
};
