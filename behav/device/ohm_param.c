/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_param.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_CHARS = 256 };

static int set_choice(struct ohm_param *p, const char *text, struct ohm_error *err)
{
    char names[160] = "";
    for (int i = 0; p->choices[i]; i++) {
        if (!strcmp(text, p->choices[i])) {
            p->value = i;
            return 0;
        }
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "", p->choices[i]);
    }
    return ohm_fail(err, "%s: '%s', expected one of %s", p->name, text, names);
}

int ohm_param_set(struct ohm_param *table, const char *name, const char *text,
                  struct ohm_error *err)
{
    struct ohm_param *p = table;
    while (p->name && strcmp(p->name, name))
        p++;
    if (!p->name)
        return 1;
    if (p->choices)
        return set_choice(p, text, err);
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= p->min && value <= p->max))
        return ohm_fail(err, "%s: '%s', expected a number from %g to %g", name, text, p->min,
                        p->max);
    p->value = value;
    return 0;
}

int ohm_param_unknown(const char *what, const char *name, const struct ohm_param *common,
                      const struct ohm_param *own, struct ohm_error *err)
{
    char names[400] = "";
    const struct ohm_param *const tables[] = {own, common};
    for (int t = 0; t < 2; t++)
        for (const struct ohm_param *p = tables[t]; p && p->name; p++) {
            size_t n = strlen(names);
            snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", p->name);
        }
    return ohm_fail(err, "%s: no parameter of %s, expected one of %s", name, what, names);
}

/* The text without blanks at both ends, in place. */
static char *trim(char *s)
{
    s += strspn(s, " \t\r\n");
    for (size_t n = strlen(s); n && strchr(" \t\r\n", s[n - 1]); )
        s[--n] = '\0';
    return s;
}

static int read_setting(char *line, ohm_param_setter set, void *user, struct ohm_error *err)
{
    line[strcspn(line, "#")] = '\0';
    char *name = trim(line), *equals = strchr(name, '=');
    if (!*name)
        return 0;
    if (!equals)
        return ohm_fail(err, "'%.60s', expected name = value", name);
    *equals = '\0';
    name = trim(name);
    char *text = trim(equals + 1);
    if (!*name || !*text)
        return ohm_fail(err, "'%.60s = %.60s', expected name = value", name, text);
    return set(user, name, text, err);
}

int ohm_param_read(const char *path, ohm_param_setter set, void *user, struct ohm_error *err)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return ohm_fail(err, "%s: %s", path, strerror(errno));
    char line[LINE_MAX_CHARS + 2];
    int status = 0;
    for (unsigned number = 1; !status; number++) {
        struct ohm_error reason;
        memset(line, 1, sizeof line); /* so that a second 0 tells of one in the text */
        if (!fgets(line, sizeof line, f))
            break;
        size_t length = strlen(line);
        if (length > LINE_MAX_CHARS)
            status =
                ohm_fail(err, "%s:%u: longer than %d characters", path, number, LINE_MAX_CHARS);
        else if (memchr(line + length + 1, 0, sizeof line - length - 1))
            status = ohm_fail(err, "%s:%u: a byte 0, expected text", path, number);
        else if (read_setting(line, set, user, &reason))
            status = ohm_fail(err, "%s:%u: %.300s", path, number, reason.text);
    }
    if (!status && ferror(f))
        status = ohm_fail(err, "%s: %s", path, strerror(errno));
    fclose(f);
    return status;
}

void ohm_param_print(const struct ohm_param *table, FILE *to)
{
    for (const struct ohm_param *p = table; p->name; p++) {
        char text[40];
        if (p->choices)
            snprintf(text, sizeof text, "%s", p->choices[(int)p->value]);
        else
            snprintf(text, sizeof text, "%.10g", p->value);
        fprintf(to, "%-16s = %-12s # %s\n", p->name, text, p->doc);
    }
}
