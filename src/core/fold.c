/*
 * fold.c: NFKC and case folding of a word by utf8proc, then what Unicode leaves to us: joining
 * characters dropped, Arabic and Hebrew spelling variants unified, look-alike letters mapped back.
 *
 * Happy path: every character is known to fold to itself, and the word is copied. Otherwise the
 * word is decomposed, composed and filtered. Failure: a word that expands beyond the buffer is
 * returned unfolded; that loses a match, never memory.
 *
 * Look-alikes are mapped only in words that mix Latin with Cyrillic or Greek: such words do not
 * occur in honest text, and they are the cheapest way to slip a copy past a detector. The table
 * holds the letters of Unicode's confusables.txt that are drawn alike in common typefaces.
 */
#include "fold.h"

#include <utf8proc.h>

#include "chars.h"
#include "dupd/text.h"

#define FOLD_CODEPOINTS 4096

static bool is_joiner(uint32_t cp)
{
    enum char_class k = chars_class(cp);
    return k == CHAR_APOSTROPHE || k == CHAR_IGNORABLE || k == CHAR_STOP || k == CHAR_SPACE ||
           cp == ',';
}

/* Arabic vowel marks, Quranic annotation, tatweel, and Hebrew points: written or not as one likes.
 */
static bool is_optional_mark(uint32_t cp)
{
    return cp - 0x064B <= 0x065F - 0x064Bu || cp == 0x0640 || cp == 0x0670 ||
           cp - 0x0610 <= 0x061A - 0x0610u || cp - 0x06D6 <= 0x06DC - 0x06D6u ||
           cp - 0x06DF <= 0x06E4 - 0x06DFu || cp - 0x06E7 <= 0x06E8 - 0x06E7u ||
           cp - 0x06EA <= 0x06ED - 0x06EAu || cp - 0x0591 <= 0x05BD - 0x0591u || cp == 0x05BF ||
           cp - 0x05C1 <= 0x05C2 - 0x05C1u || cp - 0x05C4 <= 0x05C5 - 0x05C4u || cp == 0x05C7;
}

/* 0: drop it. Alef with hamza or madda becomes alef, final ya ya, ta marbuta ha. */
static uint32_t unify_semitic(uint32_t cp)
{
    if (is_optional_mark(cp))
        return 0;
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

/* Latin letter that a (case-folded) Cyrillic or Greek letter is drawn like, or the letter itself.
 */
static uint32_t latin_look_alike(uint32_t cp)
{
    static const struct {
        uint16_t from;
        char to;
    } table[] = {
        {0x03B1, 'a'}, {0x03B9, 'i'}, {0x03BA, 'k'}, {0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'},
        {0x03C4, 't'}, {0x03C5, 'u'}, {0x03C7, 'x'}, {0x03F2, 'c'}, {0x0430, 'a'}, {0x0432, 'b'},
        {0x0435, 'e'}, {0x043A, 'k'}, {0x043C, 'm'}, {0x043D, 'h'}, {0x043E, 'o'}, {0x0440, 'p'},
        {0x0441, 'c'}, {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'},
        {0x0458, 'j'}, {0x04BB, 'h'}, {0x0501, 'd'}, {0x051B, 'q'}, {0x051D, 'w'},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].from == cp)
            return (unsigned char)table[i].to;
    return cp;
}

static bool mixes_scripts(const utf8proc_int32_t *cp, size_t n)
{
    bool latin = false, other = false;
    for (size_t i = 0; i < n; i++) {
        latin |= (uint32_t)cp[i] - 'a' < 26u;
        other |= (uint32_t)cp[i] - 0x0370 <= 0x052F - 0x0370u;
    }
    return latin && other;
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
    if (n < 0 || (size_t)n * 4 > FOLD_FORM_MAX || n > FOLD_CODEPOINTS) {
        memcpy(form, word.ptr, word.len);
        return word.len;
    }
    bool mixed = mixes_scripts(cp, (size_t)n);
    size_t len = 0;
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        uint32_t c = unify_semitic((uint32_t)cp[i]);
        if (!c || is_joiner(c))
            continue;
        if (mixed)
            c = latin_look_alike(c);
        len += (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)form + len);
    }
    return len;
}

size_t fold_word(struct dupd_view word, char form[FOLD_FORM_MAX])
{
    size_t len = 0, at = 0;
    while (at < word.len) {
        size_t begin = at;
        uint32_t cp = dupd_text_next(word, &at);
        if (cp < 128) {
            enum char_class k = chars_class(cp);
            if (k == CHAR_WORD)
                form[len++] = (char)(cp - 'A' < 26u ? cp + 32 : cp);
            continue; /* joiners */
        }
        if (!chars_is_folded(cp)) {
            if (chars_class(cp) == CHAR_APOSTROPHE)
                continue;
            return fold_slowly(word, form);
        }
        memcpy(form + len, word.ptr + begin, at - begin);
        len += at - begin;
    }
    return len;
}
