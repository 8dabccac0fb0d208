/*
 * agency_line.c: cuts the first and last lines out of a text and answers questions about them.
 *
 * Pure; cannot fail; bounded by LINE_REGION_BYTES, LINE_HEAD_BYTES and LINE_TAIL_BYTES whatever the
 * text. Lines, not the tokeniser's paragraphs: credits are lines of their own even where paragraphs
 * are not marked, and this must cost less than tokenising.
 */
#include "agency_line.h"

#include <utf8proc.h>

#include "chars.h"
#include "dupd/text.h"

#define WRAPPED_MIN 40u /* a wrapped line of prose has at least so many bytes */
#define WRAPPED_MAX 100u

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

uint32_t line_after(const struct line *l, size_t *at)
{
    while (*at < l->end) {
        uint32_t cp = dupd_text_next(l->text, at);
        if (agency_fold(cp) != ' ')
            return cp;
    }
    return 0;
}

uint32_t line_before(const struct line *l, size_t *at)
{
    while (*at > l->begin) {
        do
            --*at;
        while (*at > l->begin && is_continuation(l->text.ptr[*at]));
        size_t next = *at;
        uint32_t cp = dupd_text_next(l->text, &next);
        if (agency_fold(cp) != ' ')
            return cp;
    }
    return 0;
}

bool line_is_opener(uint32_t cp)
{
    return cp == '(' || cp == '[' || cp == 0xFF08 || cp == 0xFF3B || cp == 0x3010 || cp == 0x3014 ||
           cp == 0x300A || cp == 0x3008;
}

bool line_is_closer(uint32_t cp)
{
    return cp == ')' || cp == ']' || cp == 0xFF09 || cp == 0xFF3D || cp == 0x3011 || cp == 0x3015 ||
           cp == 0x300B || cp == 0x3009;
}

bool line_is_dash(uint32_t cp)
{
    return cp == '-' || cp == '=' || (cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212 ||
           cp == 0x30FC || cp == 0xFF0D || cp == 0xFF1D || cp == 0x2500;
}

bool line_is_stop(uint32_t cp)
{
    return chars_class(cp) == CHAR_STOP;
}

bool line_is_quote(uint32_t cp)
{
    enum char_class class = chars_class(cp);
    return class == CHAR_QUOTE || class == CHAR_APOSTROPHE;
}

bool line_is_lower(uint32_t cp)
{
    return utf8proc_toupper((utf8proc_int32_t)cp) != (utf8proc_int32_t)cp;
}

bool line_is_upper(uint32_t cp)
{
    return utf8proc_tolower((utf8proc_int32_t)cp) != (utf8proc_int32_t)cp;
}

bool line_is_letter(uint32_t cp)
{
    enum char_class class = chars_class(cp);
    return class == CHAR_WORD || class == CHAR_MARK || class == CHAR_SINGLE;
}

/* A line end inside a sentence of wrapped prose: behind a long line, before a small letter. */
static bool is_soft_break(struct dupd_view text, size_t at, size_t line_begin)
{
    size_t next = at + 1, len = at - line_begin;
    if (len < WRAPPED_MIN || len > WRAPPED_MAX || next >= text.len || text.ptr[next] == '\n')
        return false;
    return line_is_lower(dupd_text_next(text, &next));
}

static size_t line_start(struct dupd_view text, size_t at, size_t from)
{
    const char *nl = at > from ? memrchr(text.ptr + from, '\n', at - from) : NULL;
    return nl ? (size_t)(nl - text.ptr) + 1 : from;
}

/* Takes white space off both ends; false when nothing is left. */
static bool tighten(struct dupd_view text, struct line_span *s)
{
    struct line l = {.text = text, .begin = s->begin, .end = s->end};
    size_t at = s->begin;
    if (!line_after(&l, &at))
        return false;
    do
        at--;
    while (at > s->begin && is_continuation(text.ptr[at]));
    s->begin = at;
    at = s->end;
    line_before(&l, &at);
    dupd_text_next(text, &at);
    s->end = at;
    return true;
}

/* Lines from the end backwards, not before `from`. */
static unsigned spans_from_end(struct dupd_view text, size_t from, struct line_span *out)
{
    unsigned n = 0;
    size_t end = text.len;
    while (n < LINES_TAIL && end > from) {
        size_t begin = line_start(text, end, from);
        while (begin > from && is_soft_break(text, begin - 1, line_start(text, begin - 1, from)))
            begin = line_start(text, begin - 1, from);
        struct line_span s = {begin, end, LINE_FAR, n};
        if (tighten(text, &s))
            out[n++] = s;
        end = begin > from ? begin - 1 : from;
    }
    return n;
}

static unsigned spans_from_start(struct dupd_view text, size_t to, struct line_span *out)
{
    unsigned n = 0;
    for (size_t begin = 0; n < LINES_HEAD && begin < to;) {
        size_t end = begin, start = begin;
        for (;;) {
            const char *nl = memchr(text.ptr + end, '\n', to - end);
            end = nl ? (size_t)(nl - text.ptr) : to;
            if (!nl || !is_soft_break(text, end, start))
                break;
            start = ++end;
        }
        struct line_span s = {begin, end, n, LINE_FAR};
        if (tighten(text, &s))
            out[n++] = s;
        begin = end + 1;
    }
    return n;
}

unsigned line_spans(struct dupd_view text, struct line_span out[LINES_HEAD + LINES_TAIL])
{
    size_t to = text.len < LINE_REGION_BYTES ? text.len : LINE_REGION_BYTES;
    while (to < text.len && is_continuation(text.ptr[to]))
        to--;
    size_t from = text.len - to;
    while (from < text.len && is_continuation(text.ptr[from]))
        from++;
    struct line_span tail[LINES_TAIL];
    unsigned n = spans_from_start(text, to, out);
    unsigned left = spans_from_end(text, from, tail);
    while (left > 0) {
        const struct line_span *s = &tail[--left];
        unsigned i = 0;
        while (i < n && out[i].begin != s->begin && out[i].end != s->end)
            i++;
        if (i < n)
            out[i].bottom = s->bottom;
        else if (n == 0 || s->begin >= out[n - 1].end)
            out[n++] = *s;
    }
    return n;
}

#define WORD_BYTES 40u /* a cut is moved back by at most so many bytes to stand between words */

/* The end of the line, or a place at or before `at` that is not inside a word. */
static size_t at_word(const struct line *l, size_t at, size_t from)
{
    if (at >= l->end)
        return l->end;
    size_t least = at - from > WORD_BYTES ? at - WORD_BYTES : from, space = at;
    while (space > least && l->text.ptr[space] != ' ')
        space--;
    if (space > least)
        return space;
    while (at > from && is_continuation(l->text.ptr[at]))
        at--;
    return at;
}

void line_scan(struct line *l, const struct dupd_agencies *a, struct dupd_view text,
               const struct line_span *span)
{
    l->text = text;
    l->begin = span->begin;
    l->end = span->end;
    l->top = span->top;
    l->bottom = span->bottom;
    size_t head = at_word(l, l->begin + LINE_HEAD_BYTES, l->begin), tail = l->end;
    if (l->bottom != LINE_FAR && l->end - head > LINE_TAIL_BYTES)
        tail = at_word(l, l->end - LINE_TAIL_BYTES, head);
    else if (l->bottom != LINE_FAR)
        tail = head;
    l->hits = 0;
    if (!agency_mentions(a, text, l->begin, head) && !agency_mentions(a, text, tail, l->end))
        return;
    l->hits = agency_scan(a, text, l->begin, head, l->hit, LINE_HITS / 2);
    if (l->hits && l->hit[l->hits - 1].end > tail)
        tail = l->hit[l->hits - 1].end;
    l->hits += agency_scan(a, text, tail, l->end, l->hit + l->hits, LINE_HITS - l->hits);
}

#define LONG_LINE 140u /* characters */

bool line_is_sentence(struct dupd_view text, const struct line_span *s)
{
    struct line l = {.text = text, .begin = s->begin, .end = s->end};
    size_t at = s->end;
    uint32_t cp = line_before(&l, &at);
    return line_is_stop(cp) || line_is_quote(cp) || line_is_closer(cp);
}

bool line_is_long(struct dupd_view text, const struct line_span *s)
{
    unsigned characters = 0;
    for (size_t at = s->begin; at < s->end && characters <= LONG_LINE; at++)
        characters += !is_continuation(text.ptr[at]);
    return characters > LONG_LINE;
}

bool line_has(const struct line *l, uint32_t kinds, size_t from, size_t to)
{
    for (unsigned i = 0; i < l->hits; i++) {
        if (l->hit[i].kind & kinds && l->hit[i].begin >= from && l->hit[i].end <= to)
            return true;
    }
    return false;
}

#define PLACE_BYTES_MAX 100u
#define PLACE_WORDS_MAX 10u
#define PLACE_SINGLES_MAX 16u /* characters of an unspaced script */
#define PLACE_LOWER_MAX 4u    /* "5 de enero de 2020" */

struct place line_place(const struct line *l, size_t from, size_t to)
{
    struct place p = {.caseless = true, .plausible = to - from <= PLACE_BYTES_MAX};
    bool found = false, lower = false, upper = false; /* of the word at hand */
    unsigned singles = 0;
    unsigned letters = 0;
    for (size_t at = from, ended = 0; p.plausible && !ended;) {
        ended = at >= to; /* one more round, for the last word */
        uint32_t cp = ended ? 0 : dupd_text_next(l->text, &at);
        if (line_is_letter(cp)) {
            bool is_lower = line_is_lower(cp), is_upper = line_is_upper(cp);
            p.caseless = p.caseless && !is_lower && !is_upper;
            p.digit = p.digit || (cp >= '0' && cp <= '9');
            singles += chars_class(cp) == CHAR_SINGLE;
            lower = letters ? lower : is_lower;
            upper = is_upper && (letters ? upper : true);
            letters++;
            continue;
        }
        if (letters) {
            p.plausible = p.words++ > 0 || !lower;
            p.lower += lower && letters > 1;
            if (!found && letters > 1) {
                p.capitals = upper;
                found = true;
            }
        }
        letters = 0;
        if (cp == '!' || cp == '?' || cp == ';' || line_is_opener(cp) ||
            chars_class(cp) == CHAR_QUOTE)
            p.plausible = false;
    }
    if (singles > PLACE_SINGLES_MAX || p.words > PLACE_WORDS_MAX || p.lower > PLACE_LOWER_MAX ||
        line_has(l, AGENCY_IS(PHOTO), from, to))
        p.plausible = false;
    return p;
}

#define SPELLED_MAX 8u

bool line_spells(const struct line *l, size_t from, size_t to, size_t name, size_t name_end)
{
    uint32_t initial[SPELLED_MAX]; /* of the last words, in a ring */
    unsigned words = 0, letters = 0;
    bool inside = false;
    for (size_t at = from; at < to;) {
        uint32_t cp = dupd_text_next(l->text, &at);
        bool letter = line_is_letter(cp);
        if (letter && !inside)
            initial[words++ % SPELLED_MAX] = agency_fold(cp);
        inside = letter;
    }
    for (size_t at = name; at < name_end; letters++)
        dupd_text_next(l->text, &at);
    if (letters < 2 || letters > words || letters > SPELLED_MAX)
        return false;
    for (unsigned i = words - letters; i < words; i++) {
        if (initial[i % SPELLED_MAX] != agency_fold(dupd_text_next(l->text, &name)))
            return false;
    }
    return true;
}
