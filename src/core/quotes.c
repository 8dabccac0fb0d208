/*
 * quotes.c: quotation marks of all languages, one level deep.
 *
 * Happy path: an opening mark, some words, its closing mark. What is ambiguous is decided by what
 * stands beside the mark (a word before it closes, a word after it opens); single marks, which are
 * also apostrophes, open only when a closing one follows in the same paragraph. Failure modes: a
 * missing closing mark quotes the rest of its paragraph and no more; "5'10"" style inch marks
 * follow a digit and open nothing. Cost: constant a mark; the look-ahead for single marks is paid
 * once for each stretch of text.
 */
#include "quotes.h"

#include "chars.h"
#include "dupd/text.h"

static bool is_wordy(enum char_class k)
{
    return k == CHAR_WORD || k == CHAR_SINGLE || k == CHAR_MARK;
}

static enum char_class class_after(struct dupd_view text, size_t end)
{
    return end < text.len ? chars_class(dupd_text_next(text, &end)) : CHAR_NEWLINE;
}

static enum char_class class_before(struct dupd_view text, size_t begin)
{
    if (begin == 0)
        return CHAR_NEWLINE;
    do
        begin--;
    while (begin > 0 && ((unsigned char)text.ptr[begin] & 0xC0) == 0x80);
    return chars_class(dupd_text_next(text, &begin));
}

static bool is_blank(enum char_class k)
{
    return k == CHAR_SPACE || k == CHAR_NEWLINE;
}

/* Is there a mark in this paragraph, from `at` on, that closes a single quotation? */
static bool single_closes(struct quotes *q, struct dupd_view text, size_t at)
{
    if (at < q->no_single_before)
        return false;
    enum char_class before = CHAR_OTHER;
    bool newline = false;
    while (at < text.len) {
        uint32_t cp = dupd_text_next(text, &at);
        enum char_class k = chars_class(cp);
        if (k == CHAR_NEWLINE) {
            if (newline)
                break;
            newline = true;
        } else if (k != CHAR_SPACE) {
            newline = false;
        }
        if ((cp == '\'' || cp == 0x2019) && !is_blank(before) && !is_wordy(class_after(text, at)))
            return true;
        before = k;
    }
    q->no_single_before = at;
    return false;
}

/* Could the mark between these two neighbours open something? */
static bool may_open(enum char_class before, enum char_class after)
{
    return !is_wordy(before) && !is_blank(after);
}

static void open_with(struct quotes *q, struct dupd_view text, size_t begin, size_t end,
                      uint32_t cp)
{
    enum char_class before = class_before(text, begin), after = class_after(text, end);
    switch (cp) {
    case '"':
    case 0xFF02:
        /* After a stop or a comma, before a blank: a closing mark whose partner is missing. */
        if (may_open(before, after))
            q->open = QUOTE_ASCII;
        break;
    case 0x201C:
    case 0x201F:
        q->open = QUOTE_HIGH;
        break;
    case 0x201D: /* Swedish and Finnish open with it */
        if (may_open(before, after) && is_blank(before))
            q->open = QUOTE_HIGH;
        break;
    case 0x201E:
        q->open = QUOTE_LOW;
        break;
    case 0x00AB:
    case 0x2039:
        if (!is_wordy(before))
            q->open = QUOTE_ANGLE;
        break;
    case 0x00BB:
    case 0x203A:
        if (may_open(before, after) && is_blank(before))
            q->open = QUOTE_REVERSE;
        break;
    case 0x2018:
    case 0x201A:
    case '\'':
        if (may_open(before, after) && after == CHAR_WORD && single_closes(q, text, end) &&
            !(text.ptr[end] >= '0' && text.ptr[end] <= '9'))
            q->open = QUOTE_SINGLE;
        break;
    case 0x300C:
    case 0x300E:
    case 0x301D:
    case 0xFE41:
    case 0xFE43:
    case 0xFF62:
        q->open = QUOTE_CORNER;
        break;
    default:
        break;
    }
}

static bool closes(enum quote_kind open, enum char_class before, enum char_class after, uint32_t cp)
{
    switch (open) {
    case QUOTE_ASCII:
        return (cp == '"' || cp == 0xFF02 || cp == 0x201D) &&
               !(is_blank(before) && is_wordy(after));
    case QUOTE_HIGH:
        return cp == 0x201D || (cp == '"' && !is_wordy(after));
    case QUOTE_LOW:
        return cp == 0x201C || cp == 0x201D || cp == '"';
    case QUOTE_ANGLE:
        return cp == 0x00BB || cp == 0x203A;
    case QUOTE_REVERSE:
        return cp == 0x00AB || cp == 0x2039;
    case QUOTE_SINGLE:
        return (cp == 0x2019 || cp == '\'' || cp == 0x2018) && !is_blank(before) &&
               !is_wordy(after);
    case QUOTE_CORNER:
        return cp == 0x300D || cp == 0x300F || cp == 0x301E || cp == 0x301F || cp == 0xFE42 ||
               cp == 0xFE44 || cp == 0xFF63;
    default:
        return false;
    }
}

void quotes_mark(struct quotes *q, struct dupd_view text, size_t begin, size_t end, uint32_t cp)
{
    if (q->open == QUOTE_NONE)
        open_with(q, text, begin, end, cp);
    else if (closes(q->open, class_before(text, begin), class_after(text, end), cp))
        q->open = QUOTE_NONE;
}

void quotes_end_paragraph(struct quotes *q)
{
    q->open = QUOTE_NONE;
}
