/*
 * quotes.c: quotation marks of all languages, one level deep.
 *
 * Happy path: an opening mark, some words, its closing mark. Most marks are used either way in some
 * language, so what stands beside a mark decides: words before it close, words after it open.
 * Single marks, which are also apostrophes, open only when a closing one follows soon in the same
 * paragraph and none that opens comes first, and not before '90s, 'n' or 'em. Failure modes: a
 * missing closing mark quotes the rest of its paragraph and no more, and the caller hears when the
 * next one opens; a plural's apostrophe
 * ("the dogs' ") inside single marks ends them. Cost: constant a mark; the look-ahead for single
 * marks reads each stretch of text once.
 */
#include "quotes.h"

#include "chars.h"
#include "dupd/text.h"

#define SINGLE_SPAN_MAX 1500 /* bytes: what is longer between single marks is no quotation */

/* What stands beside a mark, characters without width left out. */
struct beside {
    enum char_class before, after;
};

static bool is_letter(enum char_class k)
{
    return k == CHAR_WORD || k == CHAR_MARK;
}

static bool is_blank(enum char_class k)
{
    return k == CHAR_SPACE || k == CHAR_NEWLINE;
}

static bool is_wordy(enum char_class k)
{
    return is_letter(k) || k == CHAR_SINGLE;
}

/* A word, or what is nested inside a quotation. */
static bool starts_text(enum char_class k)
{
    return is_wordy(k) || k == CHAR_QUOTE;
}

/* Korean sets particles right behind a closing mark, as if it were written without spaces. */
static enum char_class class_beside(uint32_t cp)
{
    return chars_is_hangul(cp) ? CHAR_SINGLE : chars_class(cp);
}

static enum char_class class_after(struct dupd_view text, size_t end)
{
    for (int i = 0; i < 4 && end < text.len; i++) {
        enum char_class k = class_beside(dupd_text_next(text, &end));
        if (k != CHAR_IGNORABLE)
            return k;
    }
    return CHAR_NEWLINE;
}

static enum char_class class_before(struct dupd_view text, size_t begin)
{
    enum char_class k = CHAR_NEWLINE;
    for (int i = 0; i < 4 && begin > 0; i++) {
        do
            begin--;
        while (begin > 0 && ((unsigned char)text.ptr[begin] & 0xC0) == 0x80);
        size_t at = begin;
        k = class_beside(dupd_text_next(text, &at));
        if (k != CHAR_IGNORABLE && k != CHAR_MARK)
            break;
    }
    return k;
}

static struct beside look_beside(struct dupd_view text, size_t begin, size_t end)
{
    return (struct beside){class_before(text, begin), class_after(text, end)};
}

/* A word follows, or what may start one, and none stands before. */
static bool may_open(const struct beside *b)
{
    return !is_letter(b->before) && !is_blank(b->after) &&
           (is_blank(b->before) || b->after != CHAR_STOP);
}

static bool may_close(const struct beside *b)
{
    return !is_blank(b->before) && !is_letter(b->after);
}

static bool is_single_closer(uint32_t cp)
{
    return cp == '\'' || cp == 0x2019 || cp == 0x2018 || cp == 0x00B4;
}

/* Letters that are left out at the start of a word, as in '90s, rock 'n' roll, 's avonds, 'em. */
static bool is_elision(struct dupd_view text, size_t end)
{
    static const char *const words[] = {"bout", "cuz", "em", "nuff", "til", "tis", "twas"};
    size_t len = 0, digits = 0;
    char word[8] = "";
    for (; len < sizeof word - 1 && end + len < text.len; len++) {
        unsigned char c = (unsigned char)text.ptr[end + len];
        if (chars_class(c) != CHAR_WORD || c >= 128)
            break;
        digits += c <= '9';
        word[len] = (char)(c | 32);
    }
    if (len == 1)
        return text.ptr[end] >= 'a'; /* but the letter 'A' */
    if (digits == 2 && (len == 2 || (len == 3 && word[2] == 's')))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool is_single_opener(uint32_t cp)
{
    return cp == '\'' || cp == '`' || (cp >= 0x2018 && cp <= 0x201B && cp != 0x2019);
}

/* Could the mark cp, text[begin, end), open a single quotation? */
static bool may_open_single(struct dupd_view text, size_t begin, size_t end, uint32_t cp)
{
    struct beside b = look_beside(text, begin, end);
    return is_single_opener(cp) && may_open(&b) && starts_text(b.after) && !is_elision(text, end);
}

/* Of the single marks in the rest of the paragraph, does one close before one opens, and soon?
 * Since the search ends with the next mark that would start another, all searches together read a
 * text once. */
static bool single_closes(struct dupd_view text, size_t at)
{
    size_t stop = text.len - at > SINGLE_SPAN_MAX ? at + SINGLE_SPAN_MAX : text.len;
    while (at < stop) {
        size_t begin = at;
        uint32_t cp = dupd_text_next(text, &at);
        if (cp >= 128 && chars_class(cp) == CHAR_NEWLINE)
            return false;
        if (!is_single_closer(cp) && !is_single_opener(cp))
            continue;
        struct beside b = look_beside(text, begin, at);
        if (is_single_closer(cp) && may_close(&b))
            return true;
        if (may_open_single(text, begin, at, cp))
            return false;
    }
    return false;
}

static bool is_twin(struct dupd_view text, size_t begin, size_t end)
{
    return end < text.len && text.ptr[end] == text.ptr[begin];
}

static enum quote_kind opens_single(struct dupd_view text, size_t begin, size_t end, uint32_t cp)
{
    if (end - begin == 1 && is_twin(text, begin, end)) {
        struct beside both = look_beside(text, begin, end + 1);
        return may_open(&both) ? QUOTE_DOUBLED : QUOTE_NONE;
    }
    return may_open_single(text, begin, end, cp) && single_closes(text, end) ? QUOTE_SINGLE
                                                                             : QUOTE_NONE;
}

/* What the mark opens when nothing is open. */
static enum quote_kind opens(struct dupd_view text, size_t begin, size_t end, uint32_t cp)
{
    struct beside b = look_beside(text, begin, end);
    bool after_text =
        is_wordy(b.before) || b.before == CHAR_STOP || (begin > 0 && text.ptr[begin - 1] == ',');
    bool stray = after_text && is_blank(b.after); /* it closes what was never opened */
    switch (cp) {
    case '"':
    case 0xFF02:
        return may_open(&b) ? QUOTE_ASCII : QUOTE_NONE;
    case '\'':
    case '`':
    case 0x2018:
    case 0x201A:
    case 0x201B:
        return opens_single(text, begin, end, cp);
    case 0x201C:
    case 0x201F:
        return stray ? QUOTE_NONE : QUOTE_HIGH;
    case 0x201D: /* Swedish and Finnish open with it, careless Arabic too */
        return is_blank(b.before) && may_open(&b) ? QUOTE_SAME : QUOTE_NONE;
    case 0x201E:
        return stray ? QUOTE_NONE : QUOTE_LOW;
    case 0x00AB: /* French puts blanks inside */
        return stray || is_letter(b.before) ? QUOTE_NONE : QUOTE_ANGLE;
    case 0x2039:
        return stray || is_letter(b.before) ? QUOTE_NONE : QUOTE_SINGLE_ANGLE;
    case 0x00BB:
        return is_blank(b.before) && starts_text(b.after) ? QUOTE_REVERSE : QUOTE_NONE;
    case 0x203A:
        return !is_wordy(b.before) && is_wordy(b.after) ? QUOTE_SINGLE_REVERSE : QUOTE_NONE;
    case 0x300C:
    case 0xFE41:
    case 0xFF62:
        return QUOTE_CORNER;
    case 0x300E:
    case 0xFE43:
        return QUOTE_DOUBLE_CORNER;
    case 0x301D:
        return QUOTE_PRIME;
    default:
        return QUOTE_NONE;
    }
}

/* 5'10": a digit, and feet before it. */
static bool is_inch_mark(struct dupd_view text, size_t begin)
{
    size_t digits = 0;
    while (digits < 2 && begin > digits &&
           chars_digit((unsigned char)text.ptr[begin - 1 - digits]) >= 0)
        digits++;
    return digits > 0 && begin > digits && text.ptr[begin - 1 - digits] == '\'';
}

static bool closes(enum quote_kind open, struct dupd_view text, size_t begin, size_t end,
                   uint32_t cp)
{
    struct beside b = look_beside(text, begin, end);
    bool ascii = cp == '"' || cp == 0xFF02;
    switch (open) {
    case QUOTE_ASCII: /* between a blank and a word it opens again: the last was never closed */
        return (ascii && !(is_blank(b.before) && is_wordy(b.after)) &&
                !is_inch_mark(text, begin)) ||
               cp == 0x201D || (cp == 0x00BB && may_close(&b));
    case QUOTE_DOUBLED:
        return (cp == '\'' && is_twin(text, begin, end)) || (ascii && may_close(&b));
    case QUOTE_HIGH:
        return cp == 0x201D || ((ascii || cp == 0x201C) && may_close(&b) && b.after != CHAR_SINGLE);
    case QUOTE_SAME:
        return (cp == 0x201D || cp == 0x201C || ascii) && may_close(&b);
    case QUOTE_LOW:
        return cp == 0x201C || cp == 0x201D || ascii;
    case QUOTE_SINGLE:
        return is_single_closer(cp) && may_close(&b);
    case QUOTE_ANGLE:
        return cp == 0x00BB;
    case QUOTE_SINGLE_ANGLE:
        return cp == 0x203A;
    case QUOTE_REVERSE:
        return cp == 0x00AB || (cp == 0x00BB && may_close(&b));
    case QUOTE_SINGLE_REVERSE:
        return cp == 0x2039;
    case QUOTE_CORNER:
        return cp == 0x300D || cp == 0xFE42 || cp == 0xFF63;
    case QUOTE_DOUBLE_CORNER:
        return cp == 0x300F || cp == 0xFE44;
    case QUOTE_PRIME:
        return cp == 0x301E || cp == 0x301F;
    default:
        return false;
    }
}

bool quotes_mark(struct quotes *q, struct dupd_view text, size_t begin, size_t end, uint32_t cp)
{
    if (q->open == QUOTE_NONE) {
        q->open = opens(text, begin, end, cp);
        return false;
    }
    if (closes(q->open, text, begin, end, cp)) {
        q->open = QUOTE_NONE;
        return false;
    }
    return q->open != QUOTE_SINGLE && opens(text, begin, end, cp) == q->open;
}
