/*
 * chars.c: classes of code points. ASCII by table, the punctuation that matters by switch, unspaced
 * scripts by range, everything else by Unicode's general category (utf8proc). Pure; cannot fail.
 */
#include "chars.h"

#include <utf8proc.h>

/* What is not listed is CHAR_OTHER. */
static const unsigned char ascii_class[128] = {
    ['\t'] = CHAR_SPACE,       ['\n'] = CHAR_NEWLINE,     ['\v'] = CHAR_SPACE,
    ['\f'] = CHAR_SPACE,       ['\r'] = CHAR_NEWLINE,     [' '] = CHAR_SPACE,
    ['0' ... '9'] = CHAR_WORD, ['A' ... 'Z'] = CHAR_WORD, ['a' ... 'z'] = CHAR_WORD,
    ['"'] = CHAR_QUOTE,        ['\''] = CHAR_APOSTROPHE,  ['`'] = CHAR_APOSTROPHE,
    ['.'] = CHAR_STOP,         ['!'] = CHAR_STOP,         ['?'] = CHAR_STOP,
};

static bool between(uint32_t cp, uint32_t low, uint32_t high)
{
    return cp - low <= high - low;
}

static bool is_unspaced(uint32_t cp)
{
    if (cp < 0x0E00)
        return false;
    return between(cp, 0x0E00, 0x0EFF) || /* Thai, Lao */
           between(cp, 0x1000, 0x109F) || /* Burmese */
           between(cp, 0x1780, 0x17FF) || /* Khmer */
           between(cp, 0x3005, 0x3007) || /* ideographic iteration mark, zero */
           between(cp, 0x3040, 0x30FF) || /* kana */
           between(cp, 0x31F0, 0x31FF) || /* small katakana */
           between(cp, 0x3400, 0x4DBF) || between(cp, 0x4E00, 0x9FFF) || /* Han */
           between(cp, 0xA9E0, 0xA9FF) || between(cp, 0xAA60, 0xAA7F) || /* Burmese, extended */
           between(cp, 0xF900, 0xFAFF) ||                                /* Han, compatibility */
           between(cp, 0xFF66, 0xFF9D) ||                                /* half-width katakana */
           between(cp, 0x1AFF0, 0x1B16F) ||                              /* kana, supplementary */
           between(cp, 0x20000, 0x3FFFF);                                /* Han, supplementary */
}

static enum char_class by_category(uint32_t cp)
{
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return is_unspaced(cp) ? CHAR_SINGLE : CHAR_WORD;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return cp == 0x3007 ? CHAR_SINGLE : CHAR_WORD;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return CHAR_MARK;
    case UTF8PROC_CATEGORY_CF:
        return CHAR_IGNORABLE;
    case UTF8PROC_CATEGORY_ZS:
        return CHAR_SPACE;
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return CHAR_NEWLINE;
    default:
        return CHAR_OTHER;
    }
}

/* Letters without exceptions among them, so that most text needs no table of Unicode's. */
static bool is_plain_letter(uint32_t cp)
{
    return between(cp, 0x0400, 0x0481) || between(cp, 0xAC00, 0xD7A3) ||
           (between(cp, 0x00C0, 0x024F) && cp != 0x00D7 && cp != 0x00F7) ||
           between(cp, 0x0620, 0x064A) || between(cp, 0x05D0, 0x05EA) ||
           between(cp, 0x03A3, 0x03E1) || between(cp, 0x0391, 0x03A1);
}

enum char_class chars_class(uint32_t cp)
{
    if (cp < 128)
        return ascii_class[cp];
    if (is_plain_letter(cp))
        return CHAR_WORD;
    if (between(cp, 0x4E00, 0x9FFF) || between(cp, 0x3041, 0x3096) || between(cp, 0x30A1, 0x30FA) ||
        between(cp, 0x2E80, 0x2FD5)) /* radicals: PDF files write Han with them */
        return CHAR_SINGLE;
    if (between(cp, 0x02B9, 0x02BF)) /* modifier apostrophes, okina, ayn */
        return CHAR_APOSTROPHE;
    switch (cp) {
    case 0x0085:
        return CHAR_NEWLINE;
    case 0x00B4: /* acute and left single: apostrophes when they stand inside a word */
    case 0x2018:
    case 0x2019:
    case 0x201B:
    case 0xFF07:
    case 0x05F3: /* geresh */
    case 0x05F4: /* gershayim: inside Hebrew abbreviations */
    case 0x00B7: /* Catalan l·l */
        return CHAR_APOSTROPHE;
    case 0x00AB:
    case 0x00BB:
    case 0x201A:
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2039:
    case 0x203A:
    case 0x300C:
    case 0x300D:
    case 0x300E:
    case 0x300F:
    case 0x301D:
    case 0x301E:
    case 0x301F:
    case 0xFE41:
    case 0xFE42:
    case 0xFE43:
    case 0xFE44:
    case 0xFF02:
    case 0xFF62:
    case 0xFF63:
        return CHAR_QUOTE;
    case 0x2026: /* ellipsis */
    case 0x3002:
    case 0xFF01:
    case 0xFF1F:
    case 0xFF0E:
    case 0xFF61:
    case 0x0589: /* Armenian full stop */
    case 0x061F: /* Arabic question mark */
    case 0x06D4:
    case 0x0964: /* danda */
    case 0x0965:
    case 0x104B:
    case 0x1362: /* Ethiopic full stop */
    case 0x17D4:
        return CHAR_STOP;
    case 0x30FC: /* prolonged sound mark */
    case 0xFF70:
        return CHAR_SINGLE;
    case 0xFF9E: /* half-width voicing marks */
    case 0xFF9F:
        return CHAR_MARK;
    case 0x115F: /* Hangul fillers: blank letters */
    case 0x1160:
    case 0x3164:
    case 0xFFA0:
    case 0x034F:
        return CHAR_IGNORABLE;
    default:
        return by_category(cp);
    }
}

/* Letters whose canonical decompositions compose to themselves again. Elsewhere some do not. */
static bool composes_back(uint32_t cp)
{
    return cp < 0x0700 || between(cp, 0x1E00, 0x1EFF);
}

bool chars_is_folded(uint32_t cp)
{
    if (cp < 128)
        return !(cp - 'A' < 26u);
    if (between(cp, 0x0430, 0x045F) || between(cp, 0x4E00, 0x9FFF) || between(cp, 0x3041, 0x3096) ||
        between(cp, 0x30A1, 0x30FA) || between(cp, 0x00E0, 0x00F6))
        return true; /* nearly all that is read, so that it needs no table */
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
    return (p->category == UTF8PROC_CATEGORY_LL || p->category == UTF8PROC_CATEGORY_LO) &&
           p->combining_class == 0 && p->decomp_type == 0 && p->casefold_seqindex == UINT16_MAX &&
           !p->ignorable && !between(cp, 0x1100, 0x11FF) && /* jamo compose with each other */
           (p->decomp_seqindex == UINT16_MAX || composes_back(cp));
}

int chars_digit(uint32_t cp)
{
    if (cp < 0x0660)
        return cp - '0' < 10u ? (int)(cp - '0') : -1;
    if (utf8proc_category((utf8proc_int32_t)cp) != UTF8PROC_CATEGORY_ND)
        return -1;
    int value = 0; /* Unicode encodes decimal digits in runs of ten, zero first */
    while (utf8proc_category((utf8proc_int32_t)cp - value - 1) == UTF8PROC_CATEGORY_ND)
        value++;
    return value % 10;
}
