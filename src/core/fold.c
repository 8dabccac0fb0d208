/*
 * fold.c: NFKC and case folding of a word by utf8proc, then what Unicode leaves to us: joining
 * characters dropped, spelling variants unified, digits of all scripts as ASCII, letters that are
 * drawn alike as one.
 *
 * Happy path: every character is a letter that folds to itself or by a fixed distance, and the word
 * is copied through one switch. Otherwise it is decomposed, composed and filtered. Failure: a word
 * that expands beyond the buffer is returned unfolded; that loses a match, never memory.
 *
 * Look-alikes are the cheapest way to slip a copy past a detector. Every Cyrillic, Greek or
 * Armenian letter that is drawn like a Latin one stands as that Latin letter, in every word: so it
 * does not matter which of the two alphabets the text is really in, nor whether one letter of a
 * word was exchanged or all (the idea of Unicode's UTS 39 "skeleton"). Within an alphabet hardly
 * two letters share a form, so no two of its words do. The letters are those of Unicode's
 * confusables.txt that are drawn alike in common typefaces.
 */
#include "fold.h"

#include <utf8proc.h>

#include "chars.h"
#include "dupd/text.h"

#define FOLD_CODEPOINTS 4096

static bool between(uint32_t cp, uint32_t low, uint32_t high)
{
    return cp - low <= high - low;
}

/* Arabic vowel marks, Quranic annotation, tatweel, and Hebrew points: written or not as one likes.
 */
static bool is_optional_mark(uint32_t cp)
{
    return between(cp, 0x064B, 0x065F) || cp == 0x0640 || cp == 0x0670 ||
           between(cp, 0x0610, 0x061A) || between(cp, 0x06D6, 0x06DC) ||
           between(cp, 0x06DF, 0x06E4) || between(cp, 0x06E7, 0x06E8) ||
           between(cp, 0x06EA, 0x06ED) || between(cp, 0x0591, 0x05BD) || cp == 0x05BF ||
           between(cp, 0x05C1, 0x05C2) || between(cp, 0x05C4, 0x05C5) || cp == 0x05C7;
}

/* Alef with hamza or madda becomes alef, final ya ya, ta marbuta ha, Farsi letters Arabic ones. */
static uint32_t unify_arabic(uint32_t cp)
{
    switch (cp) {
    case 0x0622:
    case 0x0623:
    case 0x0625:
    case 0x0671:
        return 0x0627;
    case 0x0649:
    case 0x06CC: /* Farsi ya */
        return 0x064A;
    case 0x0629:
    case 0x06C1:
        return 0x0647;
    case 0x06A9: /* Farsi kaf */
        return 0x0643;
    default:
        return cp;
    }
}

/* What a lower-case letter is drawn like in Latin, '.' where there is nothing. Also Russian yo,
 * which most write as ye. */
static uint32_t unify_alphabets(uint32_t cp)
{
    static const char greek[] = ".ab..ezn.ik.mv.o.p..tu.x........";                    /* 03B0 */
    static const char cyrillic[] = "a.b..e....k.mho.pcty.x...........e...si.j......."; /* 0430 */
    char c = '.';
    if (between(cp, 0x03B0, 0x03CF))
        c = greek[cp - 0x03B0];
    else if (between(cp, 0x0430, 0x045F))
        c = cyrillic[cp - 0x0430];
    else
        switch (cp) {
        case 0x0131: /* Turkish i without its dot: capitals do not tell them apart */
            return 'i';
        case 0x0251:
            return 'a';
        case 0x0261:
        case 0x0581:
            return 'g';
        case 0x03F2:
            return 'c';
        case 0x04BB:
        case 0x0570:
            return 'h';
        case 0x0501:
            return 'd';
        case 0x051B:
            return 'q';
        case 0x051D:
            return 'w';
        case 0x0578:
            return 'n';
        case 0x057D:
            return 'u';
        case 0x0585:
            return 'o';
        default:
            break;
        }
    return c == '.' ? cp : (unsigned char)c;
}

/* The form of a character after NFKC and case folding. 0: it is dropped. */
static uint32_t unify(uint32_t cp)
{
    if (cp < 0x0131)
        return cp;
    if (between(cp, 0x0590, 0x06FF))
        return is_optional_mark(cp) ? 0 : unify_arabic(cp);
    return unify_alphabets(cp);
}

/* Joining marks are not part of a form, nor is what compatibility forms bring along, as in (1). */
static bool is_kept(uint32_t cp)
{
    enum char_class k = chars_class(cp);
    return k == CHAR_WORD || k == CHAR_SINGLE || k == CHAR_MARK;
}

static inline size_t put(char *form, uint32_t cp)
{
    if (cp < 0x80) {
        form[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        form[0] = (char)(0xC0 | cp >> 6);
        form[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)form);
}

static size_t fold_slowly(struct dupd_view word, char *form)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_int32_t cp[FOLD_CODEPOINTS];
    utf8proc_ssize_t n =
        utf8proc_decompose((const utf8proc_uint8_t *)word.ptr, (utf8proc_ssize_t)word.len, cp,
                           FOLD_CODEPOINTS, options);
    if (n > 0 && n <= FOLD_CODEPOINTS)
        n = utf8proc_normalize_utf32(cp, n, options);
    if (n < 0 || n > FOLD_CODEPOINTS || (size_t)n * 4 > FOLD_FORM_MAX) {
        memcpy(form, word.ptr, word.len);
        return word.len;
    }
    size_t len = 0;
    uint32_t before = 0;
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        uint32_t c = unify((uint32_t)cp[i]);
        int digit = chars_digit(c);
        if (digit >= 0)
            c = '0' + (uint32_t)digit;
        if (!c || !is_kept(c) || (c == 0x0307 && before == 'i')) /* Turkish capital i */
            continue;
        len += put(form + len, c);
        before = c;
    }
    return len;
}

/* Lower case, for capitals that stand at a fixed distance. */
static uint32_t lower(uint32_t cp)
{
    if (cp - 'A' < 26u || (between(cp, 0x00C0, 0x00DE) && cp != 0x00D7) ||
        (between(cp, 0x0391, 0x03A9) && cp != 0x03A2) || between(cp, 0x0410, 0x042F))
        return cp + 32;
    if (between(cp, 0x0400, 0x040F))
        return cp + 80;
    return cp == 0x03C2 ? 0x03C3 : cp; /* final sigma */
}

size_t fold_word(struct dupd_view word, char form[FOLD_FORM_MAX])
{
    size_t len = 0, at = 0;
    while (at < word.len) {
        uint32_t cp = lower(dupd_text_next(word, &at));
        if (cp < 128) {
            if (chars_class(cp) == CHAR_WORD)
                form[len++] = (char)cp;
            continue; /* joiners */
        }
        if (!chars_is_folded(cp)) {
            if (chars_class(cp) == CHAR_APOSTROPHE)
                continue;
            return fold_slowly(word, form);
        }
        cp = unify(cp);
        len += put(form + len, cp);
    }
    return len;
}
