/*
 * quotes.h: is this place inside quotation marks? Internal to the core.
 */
#ifndef DUPD_CORE_QUOTES_H
#define DUPD_CORE_QUOTES_H

#include "dupd/buf.h"

enum quote_kind {
    QUOTE_NONE,
    QUOTE_ASCII,   /* "..." */
    QUOTE_HIGH,    /* U+201C ... U+201D, also U+201D ... U+201D */
    QUOTE_LOW,     /* U+201E ... U+201C or U+201D */
    QUOTE_ANGLE,   /* U+00AB ... U+00BB, U+2039 ... U+203A */
    QUOTE_REVERSE, /* U+00BB ... U+00AB */
    QUOTE_SINGLE,  /* U+2018 or ' or U+201A ... U+2019 or ' */
    QUOTE_CORNER,  /* U+300C ... U+300D and the other forms of East Asia */
};

/* Zero-initialised is outside. */
struct quotes {
    enum quote_kind open;
    size_t no_single_before; /* a closing single mark was looked for up to here, in vain */
};

/* Takes the mark cp at text[begin, end). Marks nested inside an open pair change nothing. */
void quotes_mark(struct quotes *q, struct dupd_view text, size_t begin, size_t end, uint32_t cp);

/* Paragraphs close what is open. */
void quotes_end_paragraph(struct quotes *q);

#endif
