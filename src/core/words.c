/*
 * words.c: what belongs to one word of a spaced script, and what merely stands beside it.
 *
 * Happy path: letters, digits and their marks, up to a blank. Apostrophes join letters ("don't"),
 * dots join single letters ("U.S." is "US", also in Greek and Cyrillic), separators join digits
 * ("1,000", "1 000" with a no-break space), and the double quote that Hebrew uses for gershayim
 * joins Hebrew letters. Failure modes: "Plan B.A man" reads "Plan BA man"; a word longer than
 * WORDS_MAX bytes or with more than MARKS_MAX marks in a row is cut, since normalising sorts marks
 * (Unicode's stream-safe format, UAX 15, has the same limit). Cost: linear.
 */
#include "words.h"

#include "chars.h"
#include "dupd/text.h"

#define MARKS_MAX 30

static bool is_wordy(enum char_class k)
{
    return k == CHAR_WORD || k == CHAR_MARK;
}

/* The character before text[at]; at > 0. */
static uint32_t char_before(struct dupd_view text, size_t at)
{
    do
        at--;
    while (at > 0 && ((unsigned char)text.ptr[at] & 0xC0) == 0x80);
    return dupd_text_next(text, &at);
}

/* Offset behind the marks at text[at). */
static size_t skip_marks(struct dupd_view text, size_t at)
{
    for (size_t next = at; next < text.len; at = next) {
        enum char_class k = chars_class(dupd_text_next(text, &next));
        if (k != CHAR_MARK && k != CHAR_IGNORABLE)
            break;
    }
    return at;
}

static bool is_one_letter(struct dupd_view text, size_t begin, size_t end)
{
    uint32_t cp = dupd_text_next(text, &begin);
    if (chars_class(cp) != CHAR_WORD || chars_digit(cp) >= 0 || chars_is_hangul(cp))
        return false;
    return skip_marks((struct dupd_view){text.ptr, end}, begin) == end;
}

/* Does a character of a word stand at text[at]? */
static bool word_at(struct dupd_view text, size_t at)
{
    return at < text.len && is_wordy(chars_class(dupd_text_next(text, &at)));
}

/* Number of ASCII digits at text[at), at most 4. */
static unsigned digits_at(struct dupd_view text, size_t at)
{
    unsigned n = 0;
    while (n < 4 && at + n < text.len && text.ptr[at + n] >= '0' && text.ptr[at + n] <= '9')
        n++;
    return n;
}

static bool is_hebrew(uint32_t cp)
{
    return cp >= 0x05D0 && cp <= 0x05EA;
}

/* Hebrew writes abbreviations with a mark before the last letter, mostly typed as ", and keeps it
 * there when endings follow. But one-letter prefixes also stand before an opening quotation mark.
 */
static bool is_gershayim(struct dupd_view text, size_t segment, size_t at, size_t last)
{
    if (!word_at(text, last))
        return true;
    while (segment < at) {
        switch (dupd_text_next(text, &segment)) {
        case 0x05D1: /* bet, he, vav, kaf, lamed, mem, shin */
        case 0x05D4:
        case 0x05D5:
        case 0x05DB:
        case 0x05DC:
        case 0x05DE:
        case 0x05E9:
            break;
        default:
            return true;
        }
    }
    return false;
}

bool words_joined(struct dupd_view text, size_t segment, size_t at)
{
    size_t next = at;
    uint32_t mark = dupd_text_next(text, &next);
    if (next == text.len)
        return false;
    size_t behind = next;
    uint32_t after = dupd_text_next(text, &behind);
    if (chars_class(after) != CHAR_WORD || chars_is_hangul(after))
        return false;
    if (chars_class(mark) == CHAR_APOSTROPHE)
        return true;
    uint32_t before = char_before(text, at);
    switch (mark) {
    case '.':
    case 0xFF0E:
        if (chars_digit(before) >= 0 || chars_digit(after) >= 0)
            break;
        return is_one_letter(text, segment, at) && !word_at(text, skip_marks(text, behind));
    case ',':
    case 0xFF0C:
    case 0x066B: /* Arabic decimal and thousands separators */
    case 0x066C:
        break;
    case 0x00A0: /* no-break, figure, thin and narrow no-break space */
    case 0x2007:
    case 0x2009:
    case 0x202F:
        return at - segment <= 3 && digits_at(text, segment) == at - segment &&
               digits_at(text, next) == 3 && !word_at(text, next + 3);
    case '"':
        return is_hebrew(before) && is_hebrew(after) && is_gershayim(text, segment, at, behind);
    default:
        return false;
    }
    return chars_digit(before) >= 0 && chars_digit(after) >= 0;
}

size_t words_end(struct dupd_view text, size_t begin, size_t segment, size_t at)
{
    unsigned marks = 0;
    while (at < text.len && at - begin < WORDS_MAX) {
        size_t next = at;
        uint32_t cp = dupd_text_next(text, &next);
        enum char_class k = chars_class(cp);
        switch (k) {
        case CHAR_WORD:
        case CHAR_IGNORABLE:
            break;
        case CHAR_MARK:
            if (marks == MARKS_MAX)
                return at;
            break;
        case CHAR_APOSTROPHE:
        case CHAR_QUOTE:
        case CHAR_STOP:
        case CHAR_OTHER:
        case CHAR_SPACE:
            if (at == segment || !words_joined(text, segment, at))
                return at;
            segment = next;
            break;
        default:
            return at;
        }
        marks = k == CHAR_MARK ? marks + 1 : 0;
        at = next;
    }
    return at;
}
