/*
 * quotes.h: is this place inside quotation marks? Internal to the core.
 */
#ifndef DUPD_CORE_QUOTES_H
#define DUPD_CORE_QUOTES_H

#include "dupd/buf.h"

enum quote_kind {
    QUOTE_NONE,
    QUOTE_ASCII,          /* "..." */
    QUOTE_DOUBLED,        /* ``...'' or ''...'' */
    QUOTE_HIGH,           /* U+201C ... U+201D */
    QUOTE_SAME,           /* U+201D ... U+201D */
    QUOTE_LOW,            /* U+201E ... U+201C or U+201D */
    QUOTE_SINGLE,         /* U+2018, U+201A, ' or ` ... U+2019, U+2018 or ' */
    QUOTE_ANGLE,          /* U+00AB ... U+00BB */
    QUOTE_SINGLE_ANGLE,   /* U+2039 ... U+203A */
    QUOTE_REVERSE,        /* U+00BB ... U+00AB, also U+00BB ... U+00BB */
    QUOTE_SINGLE_REVERSE, /* U+203A ... U+2039 */
    QUOTE_CORNER,         /* U+300C ... U+300D and its other forms */
    QUOTE_DOUBLE_CORNER,  /* U+300E ... U+300F and its other forms */
    QUOTE_PRIME,          /* U+301D ... U+301F or U+301E */
};

/* Zero-initialised is outside, at the start of a paragraph. */
struct quotes {
    enum quote_kind open;
};

/* Takes the mark cp at text[begin, end), where text ends with the paragraph. Marks nested inside an
 * open pair change nothing. True: what is open was opened once more. */
bool quotes_mark(struct quotes *q, struct dupd_view text, size_t begin, size_t end, uint32_t cp);

#endif
