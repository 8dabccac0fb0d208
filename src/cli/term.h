/*
 * term.h: text that is safe to print, its width in columns, and colours.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdint.h>
#include <stdio.h>

#include "dupd/buf.h"

#define TERM_WIDTH_DEFAULT 100u
#define TERM_WIDTH_MAX 160u /* longer lines are hard to read, however wide the window */

enum term_style {
    TERM_PLAIN,
    TERM_BOLD,
    TERM_DIM,
    TERM_ALARM,    /* a copy */
    TERM_CAUTION,  /* no copy, but something in common */
    TERM_CALM,     /* nothing */
    TERM_REPLACED, /* a word that differs */
};

/* The escape sequence that begins a style; "" without colour. Each is ended by term_end. */
const char *term_begin(bool color, enum term_style style);
const char *term_end(bool color);

/* A code point as it may be printed: white space becomes a space; control characters, bidirectional
 * overrides, other format characters and what is unassigned become U+FFFD; what has no width and
 * means nothing (soft hyphen, zero-width space) becomes 0, that is, nothing. */
uint32_t term_safe(uint32_t code);

/* Columns that a safe code point takes: 0, 1 or 2. */
unsigned term_width(uint32_t code);

/* Appends safe text: any bytes, ill-formed UTF-8 replaced, cut after `columns` with "..." (0: not
 * cut). Runs of spaces become one. Returns 0 or DUPD_ENOMEM. */
int term_add(struct dupd_buf *out, struct dupd_view text, unsigned columns);

/* Appends one code point as UTF-8. */
int term_add_code(struct dupd_buf *out, uint32_t code);

/* Columns of the terminal at the descriptor, or 0 if it is none. */
unsigned term_columns(int fd);

#endif
