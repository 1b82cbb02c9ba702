/* SPDX-License-Identifier: Apache-2.0
 * ohm-vec: programs of vector tiles as listings, as what the tile is loaded with, and back from
 * words to text. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_asm.h"

static const char help[] =
    "ohm-vec: assembler of the vector tile (docs/reference/vector-assembler.md)\n"
    "\n"
    "  ohm-vec list FILE [NAME=VALUE ...]   address, word, instruction, line of the text\n"
    "  ohm-vec load FILE [NAME=VALUE ...]   configuration writes of the tile: address and word\n"
    "  ohm-vec text FILE                    instruction words (hexadecimal, one a line) as text\n"
    "  ohm-vec filter                       the same from the standard input, each line at once\n"
    "                                       and what is no word as it is: for a viewer of waves\n"
    "  --config NAME   sizes of the tile (default: 8 lanes, 8192 words, 512 instructions)\n"
    "\n"
    "NAME=VALUE gives a param of the text another value. FILE - is the standard input.\n";

enum { PARAMS = 32, TEXT = 1 << 20 };

struct options {
    const char *what, *file;
    struct ohm_vec_size size;
    struct ohm_asm_param param[PARAMS];
    char name[PARAMS][32];
    int params;
};

static int config(struct options *o, const char *name, struct ohm_error *err)
{
    struct ohm_config c;

    if (ohm_config_find(name, &c, err))
        return -1;
    if (!c.vlanes)
        return ohm_fail(err, "--config: %s, expected a configuration with vector tiles", name);
    ohm_vec_size_of(&c, &o->size);
    return 0;
}

static int param(struct options *o, const char *word, struct ohm_error *err)
{
    const char *equals = strchr(word, '=');
    char *end;

    if (!equals || equals == word || equals - word > 31 || o->params == PARAMS)
        return ohm_fail(err, "'%s', expected NAME=VALUE, at most %d of them", word, PARAMS);
    errno = 0;
    const long value = strtol(equals + 1, &end, 0);
    if (errno || !equals[1] || *end || labs(value) > INT32_MAX)
        return ohm_fail(err, "'%s', expected a number behind the =", word);
    snprintf(o->name[o->params], sizeof o->name[0], "%.*s", (int)(equals - word), word);
    o->param[o->params] = (struct ohm_asm_param){o->name[o->params], value};
    o->params++;
    return 0;
}

static int parse(struct options *o, int argc, char **argv, struct ohm_error *err)
{
    *o = (struct options){.size = {8, 8192, 512, 4, 4, 4, 128}};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--config")) {
            if (++i == argc)
                return ohm_fail(err, "--config: end of the line, expected a configuration");
            if (config(o, argv[i], err))
                return -1;
        } else if (!o->what) {
            o->what = argv[i];
        } else if (!o->file) {
            o->file = argv[i];
        } else if (param(o, argv[i], err)) {
            return -1;
        }
    }
    if (!o->what
        || (strcmp(o->what, "list") && strcmp(o->what, "load") && strcmp(o->what, "text")
            && strcmp(o->what, "filter")))
        return ohm_fail(err, "'%s', expected list, load, text or filter", o->what ? o->what : "");
    if (!strcmp(o->what, "filter"))
        return o->file ? ohm_fail(err, "filter: '%s', expected nothing behind it", o->file) : 0;
    return o->file ? 0 : ohm_fail(err, "%s: no file, expected one or -", o->what);
}

static int read_file(const char *file, char *text, struct ohm_error *err)
{
    FILE *f = strcmp(file, "-") ? fopen(file, "rb") : stdin;

    if (!f)
        return ohm_fail(err, "%s: %s, expected a file to read", file, strerror(errno));
    const size_t n = fread(text, 1, TEXT - 1, f);
    const int failed = ferror(f), more = fgetc(f) != EOF;
    if (f != stdin)
        fclose(f);
    text[n] = '\0';
    if (failed)
        return ohm_fail(err, "%s: cannot be read, expected a file", file);
    if (more || memchr(text, 0, n))
        return ohm_fail(err, "%s: expected text of at most %d bytes", file, TEXT - 1);
    return 0;
}

/* The instruction as text beside the line of the text that made it. */
static void list(const struct options *o, const struct ohm_asm *a, const char *text)
{
    const char *from = text;
    int line = 1;

    for (uint32_t i = 0; i < a->count; i++) {
        char word[OHM_VEC_TEXT];
        for (; line < a->line[i]; line++)
            from = strchr(from, '\n') + 1;
        const char *begin = from + strspn(from, " \t");
        ohm_vec_text(a->code[i], o->size.tables, word);
        printf("%4" PRIu32 "  0x%016" PRIx64 "  %-42s %5d  %.*s\n", i, a->code[i], word, line,
               (int)strcspn(begin, "\r\n"), begin);
    }
    printf("%" PRIu32 " instructions of %d, %" PRIu32 " words of %d, %" PRIu32 " tables of %d\n",
           a->count, o->size.prog, a->used, o->size.mem, a->tables, o->size.tables);
}

static void load(const struct ohm_asm *a)
{
    for (uint32_t i = 0; i < a->writes; i++)
        printf("0x%04" PRIX32 " 0x%08" PRIX32 "\n", a->write[i].address, a->write[i].value);
    for (uint32_t i = 0; i < 2 * a->count; i++)
        printf("0x%04" PRIX32 " 0x%08" PRIX32 "\n", OHM_REG_VCODE + i,
               (uint32_t)(a->code[i / 2] >> (i % 2 * 32)));
}

static int words(const struct options *o, char *text, struct ohm_error *err)
{
    int line = 0;

    for (char *at = text, *next; at && *at; at = next) {
        char out[OHM_VEC_TEXT], *end;
        line++;
        next = strchr(at, '\n');
        if (next)
            *next++ = '\0';
        at += strspn(at, " \t\r");
        if (!*at)
            continue;
        errno = 0;
        const unsigned long long word = strtoull(at, &end, 16);
        if (errno || end == at || end[strspn(end, " \t\r")] || *at == '-')
            return ohm_fail(err, "%s:%d: '%s', expected a word of 64 bits, hexadecimal", o->file,
                            line, at);
        ohm_vec_text(word, o->size.tables, out);
        printf("%s\n", out);
    }
    return 0;
}

/* Answers each line of the standard input at once; the other side waits for it. */
static int filter(const struct options *o, struct ohm_error *err)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, stdin) >= 0) {
        char out[OHM_VEC_TEXT], *end;
        line[strcspn(line, "\r\n")] = '\0';
        errno = 0;
        const unsigned long long word = strtoull(line, &end, 16);
        if (errno || end == line || *end)
            puts(line);
        else {
            ohm_vec_text(word, o->size.tables, out);
            puts(out);
        }
        if (fflush(stdout))
            break;
    }
    free(line);
    return ferror(stdout) ? ohm_fail(err, "filter: nobody reads the answers") : 0;
}

static int run(const struct options *o, struct ohm_error *err)
{
    static char text[TEXT];
    struct ohm_asm a;

    if (!strcmp(o->what, "filter"))
        return filter(o, err);
    if (read_file(o->file, text, err))
        return -1;
    if (!strcmp(o->what, "text"))
        return words(o, text, err);
    if (ohm_asm(text, o->file, &o->size, o->param, o->params, &a, err))
        return -1;
    if (!strcmp(o->what, "list"))
        list(o, &a, text);
    else
        load(&a);
    ohm_asm_free(&a);
    return 0;
}

int main(int argc, char **argv)
{
    struct options o;
    struct ohm_error err = {""};

    if (argc > 1 && !strcmp(argv[1], "--help")) {
        fputs(help, stdout);
        return 0;
    }
    if (parse(&o, argc, argv, &err) || run(&o, &err)) {
        fprintf(stderr, "ohm-vec: %s\n", err.text);
        return 1;
    }
    return 0;
}
