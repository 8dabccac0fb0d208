/*
 * agency_line.h: the lines of a text that may credit, and questions about places in them. Internal
 * to the core.
 */
#ifndef DUPD_CORE_AGENCY_LINE_H
#define DUPD_CORE_AGENCY_LINE_H

#include "agency_table.h"

#define LINES_HEAD 8u           /* non-empty lines looked at from the start of a text */
#define LINES_TAIL 8u           /* and from its end */
#define LINE_HEAD_BYTES 160u    /* scanned from the beginning of a line */
#define LINE_TAIL_BYTES 120u    /* and from its end, in the last lines */
#define LINE_REGION_BYTES 8192u /* lines are looked for within so many bytes of each end */
#define LINE_HITS 64u
#define LINE_FAR 1000u /* "no line of the head", "of the tail" */

struct line {
    struct dupd_view text; /* the whole text; all places are offsets into it */
    size_t begin, end;     /* without white space around */
    unsigned top, bottom;  /* non-empty lines above and below, LINE_FAR when out of reach */
    bool below_prose;      /* a line above is a sentence, or long */
    bool above_prose;      /* a line below is long: the text goes on */
    bool behind_sentence;  /* the line above ends as a sentence does */
    struct agency_hit hit[LINE_HITS];
    unsigned hits;
};

struct line_span {
    size_t begin, end;
    unsigned top, bottom;
};

/* Finds the first and last lines of a text, in order, each once; returns how many (<= LINES_HEAD +
 * LINES_TAIL). A line end inside a wrapped sentence does not end a line. Looks at no more than
 * LINE_REGION_BYTES from each end. */
unsigned line_spans(struct dupd_view text, struct line_span out[LINES_HEAD + LINES_TAIL]);

/* Fills in the line and finds the forms in its beginning and its end. */
void line_scan(struct line *l, const struct dupd_agencies *a, struct dupd_view text,
               const struct line_span *span);

/* True when [begin, end) ends as a sentence does; is too long for a byline, caption or heading. */
bool line_is_sentence(struct dupd_view text, const struct line_span *s);
bool line_is_long(struct dupd_view text, const struct line_span *s);

/* Next code point that is not white space from *at on, which is moved behind it; 0 at the end. */
uint32_t line_after(const struct line *l, size_t *at);
/* The one before *at, which is moved to where it begins; 0 at the beginning. */
uint32_t line_before(const struct line *l, size_t *at);

bool line_is_opener(uint32_t cp);
bool line_is_closer(uint32_t cp);
bool line_is_dash(uint32_t cp); /* of any width, also = */
bool line_is_stop(uint32_t cp); /* ends a sentence */
bool line_is_quote(uint32_t cp);
bool line_is_lower(uint32_t cp);
bool line_is_upper(uint32_t cp);
bool line_is_letter(uint32_t cp); /* letter, digit or character of an unspaced script */

/* True when a hit of any of the kinds lies in [from, to). */
bool line_has(const struct line *l, uint32_t kinds, size_t from, size_t to);

/* What stands before a dateline's agency. */
struct place {
    unsigned words, lower; /* words, and those that begin in lower case */
    bool capitals;         /* the first word of two letters or more is all capitals */
    bool digit, caseless;  /* has a digit; has no letter that knows case */
    bool plausible;        /* may be a place and a date */
};
struct place line_place(const struct line *l, size_t from, size_t to);

/* True when the initials of the last words in [from, to) spell the name in [name, name_end): the
 * text introduces an abbreviation, as in "Advanced Placement (AP)". */
bool line_spells(const struct line *l, size_t from, size_t to, size_t name, size_t name_end);

#endif
