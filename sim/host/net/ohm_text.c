/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_text.h"

#include <stdlib.h>
#include <string.h>

int ohm_text_printable(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p) {
        const int more = *p < 0x80                 ? 0
                         : *p >= 0xc2 && *p < 0xe0 ? 1
                         : *p >= 0xe0 && *p < 0xf0 ? 2
                         : *p >= 0xf0 && *p < 0xf5 ? 3
                                                   : -1;
        unsigned code = more < 1 ? *p : *p & (0x3fu >> more);
        if (more < 0 || *p < 0x20 || *p == 0x7f)
            return 0;
        for (int i = 1; i <= more; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (p[i] & 0x3fu);
        }
        static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
        if (code < least[more] || (code >= 0x80 && code < 0xa0) || (code >= 0xd800 && code < 0xe000)
            || code > 0x10ffff || code == 0x2028 || code == 0x2029 || (code & 0xfffe) == 0xfffe)
            return 0;
        p += more + 1;
    }
    return 1;
}

int ohm_text_leaves(const char *file)
{
    for (const char *p = file; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
        if (*p == '/' || !*p || (p[0] == '.' && p[1] == '.' && (!p[2] || p[2] == '/')))
            return 1;
    return 0;
}

void ohm_text_csv(const char *text, FILE *to)
{
    if (!strpbrk(text, ",\"")) {
        fputs(text, to);
        return;
    }
    putc('"', to);
    for (; *text; text++)
        {
        putc(*text, to);
        if (*text == '"')
            putc('"', to);
    }
    putc('"', to);
}

void ohm_text_quote(const char *text, FILE *to)
{
    static const char PLAIN[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,:/@%";
    if (*text && !text[strspn(text, PLAIN)]) {
        fputs(text, to);
        return;
    }
    putc('\'', to);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", to);
        else
            putc(*text, to);
    putc('\'', to);
}

void ohm_text_quote_make(const char *text, FILE *to)
{
    char *doubled = NULL;
    size_t size;
    FILE *f = open_memstream(&doubled, &size);
    if (!f)
        return;
    for (; *text; text++) {
        putc(*text, f);
        if (*text == '$')
            putc('$', f);
    }
    if (!fclose(f))
        ohm_text_quote(doubled, to);
    free(doubled);
}
