/* SPDX-License-Identifier: Apache-2.0
 * Text from outside: what may stand in reports and in file names, and words that a shell reads back
 * as they were. */
#ifndef OHM_TEXT_H
#define OHM_TEXT_H

#include <stdio.h>

/* Whether text is UTF-8 without control characters, line separators and noncharacters: then it may
 * go into reports, drawings and terminals. */
int ohm_text_printable(const char *text);

/* Whether the name of a file in a directory leads out of it: an absolute path, or one with a part
 * `..`. */
int ohm_text_leaves(const char *file);

/* The text as one field of a CSV file. */
void ohm_text_csv(const char *text, FILE *to);

/* The text as one word of a shell's command line, in quotes where it needs them. */
void ohm_text_quote(const char *text, FILE *to);
/* The same as the value of a variable on make's command line, where a $ counts as well. */
void ohm_text_quote_make(const char *text, FILE *to);

#endif
