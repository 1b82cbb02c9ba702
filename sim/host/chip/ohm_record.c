/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_record.h"

#include "ohm_file.h"
#include "ohm_vec.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "ohmic-record 1"
enum { LINE_MAX_CHARS = 64 + 9 * OHM_PACKET_MAX, PATH_SHOWN = 256,
       LINE_WORDS = 8 /* of a macro's row or column lines */ };

/* ---- writing ---- */

struct ohm_recorder {
    struct ohm_file file;
    uint64_t count;
    size_t used;
    char line[LINE_MAX_CHARS + 1];
};

/* By hand: a VMM has hundreds of lines and fprintf would cost more than checking them. */
static void put_decimal(struct ohm_recorder *r, uint64_t value)
{
    char digits[20];
    int n = 0;

    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    r->line[r->used++] = ' ';
    while (n)
        r->line[r->used++] = digits[--n];
}

static void put_signed(struct ohm_recorder *r, int64_t value)
{
    if (value >= 0) {
        put_decimal(r, (uint64_t)value);
        return;
    }
    put_decimal(r, (uint64_t)-value);
    char *first = r->line + r->used;
    while (*--first != ' ')
        first[1] = first[0];
    first[1] = '-';
    r->used++;
}

static void put_flits(struct ohm_recorder *r, const uint32_t *flits, size_t n)
{
    for (size_t i = 0; i < n && i < OHM_PACKET_MAX; i++) {
        r->line[r->used++] = ' ';
        for (int shift = 28; shift >= 0; shift -= 4)
            r->line[r->used++] = "0123456789abcdef"[flits[i] >> shift & 15u];
    }
}

static void begin(struct ohm_recorder *r, char kind)
{
    r->line[0] = kind;
    r->used = 1;
}

static void end(struct ohm_recorder *r)
{
    r->line[r->used++] = '\n';
    fwrite(r->line, 1, r->used, r->file.to);
    r->count++;
}

struct ohm_recorder *ohm_recorder_new(const char *path, const struct ohm_config *config,
                                      const char *device, uint64_t seed, struct ohm_error *err)
{
    struct ohm_recorder *r = calloc(1, sizeof *r);

    if (!r)
        ohm_fail(err, "%s: recording: out of memory", path);
    if (!r || ohm_file_create(&r->file, NULL, path, err)) {
        free(r);
        return NULL;
    }
    fprintf(r->file.to, MAGIC "\nconfig");
    for (int i = 0; i < OHM_CONFIG_SIZES; i++)
        fprintf(r->file.to, " %s=%d", ohm_config_keys[i].field,
                ohm_config_value(config, &ohm_config_keys[i]));
    fprintf(r->file.to, "\ndevice %s\nseed %" PRIu64 "\n", device, seed);
    return r;
}

void ohm_recorder_packet_in(struct ohm_recorder *r, const uint32_t *flits, size_t n)
{
    begin(r, 'I');
    put_flits(r, flits, n);
    end(r);
}

void ohm_recorder_packet_out(struct ohm_recorder *r, const uint32_t *flits, size_t n,
                             uint64_t cycle)
{
    begin(r, 'O');
    put_decimal(r, cycle);
    put_flits(r, flits, n);
    end(r);
}

void ohm_recorder_code(struct ohm_recorder *r, const struct ohm_trace_code *t)
{
    begin(r, 'C');
    put_decimal(r, t->cycle);
    put_decimal(r, t->tile);
    put_decimal(r, t->seq);
    put_decimal(r, t->desc);
    put_decimal(r, t->slice);
    put_decimal(r, t->col);
    put_signed(r, t->code);
    end(r);
}

void ohm_recorder_result(struct ohm_recorder *r, const struct ohm_trace_result *t)
{
    begin(r, 'R');
    put_decimal(r, t->cycle);
    put_decimal(r, t->tile);
    put_decimal(r, t->seq);
    put_decimal(r, t->desc);
    put_decimal(r, t->out);
    put_signed(r, t->acc);
    put_signed(r, t->y);
    end(r);
}

void ohm_recorder_pulse(struct ohm_recorder *r, const struct ohm_trace_pulse *t)
{
    begin(r, 'P');
    put_decimal(r, t->cycle);
    put_decimal(r, t->tile);
    put_decimal(r, t->set);
    put_decimal(r, t->dev);
    put_decimal(r, t->amp);
    put_decimal(r, t->width);
    put_flits(r, t->rows, LINE_WORDS);
    put_flits(r, t->cols, LINE_WORDS);
    end(r);
}

void ohm_recorder_vec(struct ohm_recorder *r, const struct ohm_trace_vec *t)
{
    begin(r, 'V');
    put_decimal(r, t->cycle);
    put_decimal(r, t->tile);
    put_decimal(r, t->kind);
    put_decimal(r, t->seq);
    put_decimal(r, t->program);
    put_decimal(r, t->at);
    put_decimal(r, t->value);
    end(r);
}

int ohm_recorder_close(struct ohm_recorder *r, struct ohm_error *err)
{
    if (!r)
        return 0;
    fprintf(r->file.to, "E %" PRIu64 "\n", r->count);
    const int status = ohm_file_finish(&r->file, err);
    free(r);
    return status;
}

/* ---- reading ---- */

struct ohm_record {
    FILE *file;
    char path[PATH_SHOWN];
    unsigned number; /* of the line */
    uint64_t count;
    const char *at;  /* next field */
    char line[LINE_MAX_CHARS + 2];
};

static int bad(const struct ohm_record *r, struct ohm_error *err, const char *what)
{
    return ohm_fail(err, "%s:%u: %s", r->path, r->number, what);
}

/* The next line without its newline; -1 when it is missing, cut off or too long. */
static int next_line(struct ohm_record *r, struct ohm_error *err)
{
    r->number++;
    r->at = r->line;
    if (!fgets(r->line, sizeof r->line, r->file))
        return bad(r, err,
                   ferror(r->file)
                       ? strerror(errno)
                       : "the file is truncated, expected more lines up to \"E <count>\"");
    char *newline = strchr(r->line, '\n');
    if (!newline)
        return bad(r, err, strlen(r->line) > LINE_MAX_CHARS ? "the line is too long"
                                                          : "the file is truncated within a line");
    *newline = '\0';
    return 0;
}

/* Decimal number after a space. */
static int field(struct ohm_record *r, const char *name, int64_t lo, uint64_t hi, int64_t *out,
                 struct ohm_error *err)
{
    const char *p = r->at;
    uint64_t value = 0;
    int negative = 0, digits = 0, fits = 1;

    if (*p++ == ' ') {
        if (*p == '-') {
            negative = 1;
            p++;
        }
        for (; *p >= '0' && *p <= '9'; p++, digits++) {
            const unsigned digit = (unsigned)(*p - '0');
            fits = fits && value <= (UINT64_MAX - digit) / 10;
            value = fits ? value * 10 + digit : value;
        }
    }
    if (!digits || (*p && *p != ' ') || !fits || (negative ? value > (uint64_t)-lo : value > hi))
        return ohm_fail(err, "%s:%u: %s: \"%.20s\", expected a number from %" PRId64 " to %" PRIu64,
                        r->path, r->number, name, r->at, lo, hi);
    *out = negative ? -(int64_t)value : (int64_t)value;
    r->at = p;
    return 0;
}

static int flits(struct ohm_record *r, struct ohm_record_line *line, struct ohm_error *err)
{
    for (line->n = 0; *r->at; line->n++) {
        const char *p = r->at;
        uint32_t value = 0;
        int digits = 0;

        if (*p++ == ' ')
            for (; digits < 8; digits++, p++) {
                const char *hex = "0123456789abcdef", *found = *p ? strchr(hex, *p) : NULL;
                if (!found)
                    break;
                value = value << 4 | (uint32_t)(found - hex);
            }
        if (digits != 8 || (*p && *p != ' '))
            return ohm_fail(err, "%s:%u: flit %zu: \"%.9s\", expected 8 hexadecimal digits",
                            r->path, r->number, line->n, r->at);
        if (line->n == OHM_PACKET_MAX)
            return bad(r, err, "too many flits in a packet");
        line->flits[line->n] = value;
        r->at = p;
    }
    return line->n ? 0 : bad(r, err, "a packet without flits");
}

/* The sizes of the line "config …": each key once, in any order, together a legal configuration. */
static int read_config(struct ohm_record *r, struct ohm_config *config, struct ohm_error *err)
{
    unsigned char seen[OHM_CONFIG_SIZES] = {0};
    struct ohm_error reason;
    int64_t value;

    if (strncmp(r->line, "config", 6))
        return bad(r, err, "expected the line \"config …\"");
    for (r->at = r->line + 6; *r->at;) {
        char *equals = strchr(r->at, '=');
        if (*r->at != ' ' || !equals)
            return ohm_fail(err, "%s:%u: config: \"%.20s\", expected <key>=<number>", r->path,
                            r->number, r->at);
        *equals = '\0';
        const struct ohm_config_key *key = ohm_config_key_of(r->at + 1);
        if (!key || seen[key - ohm_config_keys]++)
            return ohm_fail(err, "%s:%u: config: %.40s: %s", r->path, r->number, r->at + 1,
                            key ? "is there twice"
                                : "unknown key, expected one of docs/reference/configurations.md");
        *equals = ' '; /* the number then reads like any field */
        r->at = equals;
        if (field(r, key->field, 0, INT_MAX, &value, err))
            return -1;
        *ohm_config_at(config, key) = (int)value;
    }
    for (int i = 0; i < OHM_CONFIG_SIZES; i++)
        if (!seen[i])
            return ohm_fail(err, "%s:%u: config: %s is missing, expected every key", r->path,
                            r->number, ohm_config_keys[i].field);
    if (ohm_config_check(config, &reason))
        return ohm_fail(err, "%s:%u: config: %.200s", r->path, r->number, reason.text);
    return 0;
}

static int read_head(struct ohm_record *r, struct ohm_record_head *head, struct ohm_error *err)
{
    int64_t value;

    if (next_line(r, err))
        return -1;
    if (strcmp(r->line, MAGIC))
        return bad(r, err, "this is no recording, expected the line \"" MAGIC "\"");
    if (next_line(r, err))
        return -1;
    *head = (struct ohm_record_head){0};
    if (read_config(r, &head->config, err))
        return -1;
    if (next_line(r, err))
        return -1;
    if (strncmp(r->line, "device ", 7) || strlen(r->line + 7) >= sizeof head->device)
        return bad(r, err, "expected the line \"device <name>\"");
    strcpy(head->device, r->line + 7);
    if (next_line(r, err))
        return -1;
    if (strncmp(r->line, "seed", 4))
        return bad(r, err, "expected the line \"seed <number>\"");
    r->at = r->line + 4;
    if (field(r, "seed", 0, UINT64_MAX, &value, err))
        return -1;
    head->seed = (uint64_t)value;
    return *r->at ? bad(r, err, "seed: more than one field") : 0;
}

struct ohm_record *ohm_record_open(const char *path, struct ohm_record_head *head,
                                   struct ohm_error *err)
{
    struct ohm_record *r = calloc(1, sizeof *r);

    if (!r || !(r->file = fopen(path, "r"))) {
        ohm_fail(err, "%s: %s", path, strerror(errno));
        free(r);
        return NULL;
    }
    snprintf(r->path, sizeof r->path, "%s", path);
    if (read_head(r, head, err)) {
        ohm_record_close(r);
        return NULL;
    }
    return r;
}

static int read_code(struct ohm_record *r, struct ohm_trace_code *t, struct ohm_error *err)
{
    int64_t cycle, tile, seq, desc, slice, col, code;

    if (field(r, "cycle", 0, UINT64_MAX, &cycle, err) || field(r, "tile", 0, 255, &tile, err)
        || field(r, "seq", 0, UINT32_MAX, &seq, err) || field(r, "desc", 0, 15, &desc, err)
        || field(r, "slice", 0, 15, &slice, err) || field(r, "col", 0, 255, &col, err)
        || field(r, "code", INT32_MIN, INT32_MAX, &code, err))
        return -1;
    *t = (struct ohm_trace_code){.cycle = (uint64_t)cycle, .seq = (uint32_t)seq,
                                 .code = (int32_t)code, .tile = (uint8_t)tile,
                                 .desc = (uint8_t)desc, .slice = (uint8_t)slice,
                                 .col = (uint8_t)col};
    return 0;
}

static int read_result(struct ohm_record *r, struct ohm_trace_result *t, struct ohm_error *err)
{
    int64_t cycle, tile, seq, desc, out, acc, y;

    if (field(r, "cycle", 0, UINT64_MAX, &cycle, err) || field(r, "tile", 0, 255, &tile, err)
        || field(r, "seq", 0, UINT32_MAX, &seq, err) || field(r, "desc", 0, 15, &desc, err)
        || field(r, "out", 0, 255, &out, err) || field(r, "acc", INT32_MIN, INT32_MAX, &acc, err)
        || field(r, "y", INT32_MIN, INT32_MAX, &y, err))
        return -1;
    *t = (struct ohm_trace_result){.cycle = (uint64_t)cycle, .seq = (uint32_t)seq,
                                   .acc = (int32_t)acc, .y = (int32_t)y, .tile = (uint8_t)tile,
                                   .desc = (uint8_t)desc, .out = (uint8_t)out};
    return 0;
}

static int read_pulse(struct ohm_record *r, struct ohm_record_line *line, struct ohm_error *err)
{
    int64_t cycle, tile, set, dev, amp, width;

    if (field(r, "cycle", 0, UINT64_MAX, &cycle, err) || field(r, "tile", 0, 255, &tile, err)
        || field(r, "set", 0, 1, &set, err) || field(r, "dev", 0, 7, &dev, err)
        || field(r, "amp", 0, 255, &amp, err) || field(r, "width", 0, 15, &width, err)
        || flits(r, line, err))
        return -1;
    if (line->n != 2 * LINE_WORDS)
        return ohm_fail(err, "%s:%u: pulse: %zu words of lines, expected %d", r->path, r->number,
                        line->n, 2 * LINE_WORDS);
    line->pulse = (struct ohm_trace_pulse){.cycle = (uint64_t)cycle, .tile = (uint8_t)tile,
                                           .set = (uint8_t)set, .dev = (uint8_t)dev,
                                           .amp = (uint8_t)amp, .width = (uint8_t)width};
    memcpy(line->pulse.rows, line->flits, sizeof line->pulse.rows);
    memcpy(line->pulse.cols, line->flits + LINE_WORDS, sizeof line->pulse.cols);
    return 0;
}

static int read_vec(struct ohm_record *r, struct ohm_trace_vec *t, struct ohm_error *err)
{
    int64_t cycle, tile, kind, seq, program, at, value;

    if (field(r, "cycle", 0, UINT64_MAX, &cycle, err) || field(r, "tile", 0, 255, &tile, err)
        || field(r, "kind", 0, OHM_TRACE_VEC_RUN, &kind, err)
        || field(r, "seq", 0, UINT32_MAX, &seq, err)
        || field(r, "program", 0, OHM_VEC_INIT, &program, err)
        || field(r, "at", 0, UINT32_MAX, &at, err)
        || field(r, "value", 0, UINT32_MAX, &value, err))
        return -1;
    *t = (struct ohm_trace_vec){.cycle = (uint64_t)cycle, .seq = (uint32_t)seq,
                                .at = (uint32_t)at, .value = (uint32_t)value,
                                .tile = (uint8_t)tile, .kind = (uint8_t)kind,
                                .program = (uint8_t)program};
    return 0;
}

int ohm_record_next(struct ohm_record *r, struct ohm_record_line *line, struct ohm_error *err)
{
    int64_t value = 0;
    int status;

    if (next_line(r, err))
        return -1;
    line->kind = r->line[0];
    line->number = r->number;
    r->at = r->line + (r->line[0] != '\0');
    switch (line->kind) {
    case 'I':
        status = flits(r, line, err);
        break;
    case 'O':
        status = field(r, "cycle", 0, UINT64_MAX, &value, err) ? -1 : flits(r, line, err);
        line->cycle = (uint64_t)value;
        break;
    case 'C':
        status = read_code(r, &line->code, err);
        break;
    case 'R':
        status = read_result(r, &line->result, err);
        break;
    case 'P':
        status = read_pulse(r, line, err);
        break;
    case 'V':
        status = read_vec(r, &line->vec, err);
        break;
    case 'E':
        if (field(r, "count", 0, UINT64_MAX, &value, err))
            return -1;
        if (*r->at)
            return bad(r, err, "count: more than one field");
        if ((uint64_t)value != r->count)
            return ohm_fail(err,
                            "%s:%u: count: %" PRIu64 ", expected %" PRIu64 " as lines were read",
                            r->path, r->number, (uint64_t)value, r->count);
        return fgetc(r->file) == EOF ? 0 : bad(r, err, "something follows the last line");
    default:
        return bad(r, err, "unknown line, expected I, C, R, V, P, O or E");
    }
    if (status)
        return -1;
    if (*r->at)
        return bad(r, err, "too many fields");
    r->count++;
    return 1;
}

void ohm_record_close(struct ohm_record *r)
{
    if (!r)
        return;
    fclose(r->file);
    free(r);
}
