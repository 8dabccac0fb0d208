/*
 * agency_scan.c: finds the forms of the table in a stretch of text.
 *
 * The hash of each word (each character of an unspaced script, each sign), in lower case, chooses a
 * slot of the index; those of its forms that begin with that word are compared, longest first. A
 * form that ends in a letter must end where the word ends: "AP" is not found in "APA" or "AP's",
 * "AP-style", "AP.org". Pure; cannot fail; a form is at most 120 bytes, a slot holds few.
 */
#include "agency_table.h"
#include "chars.h"
#include "dupd/text.h"

static bool is_letter(uint32_t cp)
{
    enum char_class class = chars_class(cp);
    return class == CHAR_WORD || class == CHAR_MARK;
}

/* Code point at `at`, or 0 at the end. */
static uint32_t peek(struct dupd_view text, size_t at, size_t to)
{
    return at < to ? dupd_text_next(text, &at) : 0;
}

static unsigned char lower_ascii(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

/* Whether `form` stands at text[at, ...) in lower case; *end is where it ends. */
static bool stands_at(struct dupd_view form, struct dupd_view text, size_t at, size_t to,
                      size_t *end)
{
    for (size_t i = 0; i < form.len;) {
        if (at >= to)
            return false;
        unsigned char want = (unsigned char)form.ptr[i], have = (unsigned char)text.ptr[at];
        if (want < 0x80 && want != ' ' && have < 0x80) {
            if (want != lower_ascii(have))
                return false;
            i++;
            at++;
            continue;
        }
        if (dupd_text_next(form, &i) != agency_fold(dupd_text_next(text, &at)))
            return false;
        if (want == ' ') { /* any white space is one space, an end of line too */
            while (at < to && agency_fold(peek(text, at, to)) == ' ')
                dupd_text_next(text, &at);
        }
    }
    *end = at;
    return true;
}

/* Whether a word that ends at `end` ends there indeed. `last` is its last character. */
static bool ends_word(uint32_t last, struct dupd_view text, size_t end, size_t to)
{
    if (!is_letter(last) || end >= to)
        return true;
    size_t at = end;
    uint32_t next = dupd_text_next(text, &at);
    if (is_letter(next))
        return false;
    bool joins = next == '-' || next == '.' || next == '@' || next == 0x2011 || next == '_';
    if (chars_class(next) == CHAR_APOSTROPHE || joins)
        return !is_letter(peek(text, at, to));
    return true;
}

/* All that the table says of one text: words of several kinds, and at most one agency. */
static void gather(const struct dupd_agencies *a, uint32_t first, struct dupd_view text,
                   struct agency_hit *hit)
{
    const struct agency_form *f = &a->form[first];
    for (uint32_t i = first; i < a->slot[f->key % AGENCY_SLOTS + 1]; i++) {
        const struct agency_form *g = &a->form[i];
        if (g->lower_len != f->lower_len)
            break;
        if (memcmp(a->pool.ptr + g->lower, a->pool.ptr + f->lower, f->lower_len) != 0)
            continue;
        hit->kind |= g->kind & AGENCY_ANY_WORD;
        if (!(g->kind & ~AGENCY_ANY_WORD))
            continue;
        struct dupd_view found = {text.ptr + hit->begin, hit->end - hit->begin};
        struct dupd_view written = {a->pool.ptr + g->exact, g->exact_len};
        bool exact = !(g->kind & (AGENCY_SHORT | AGENCY_MARK)) || dupd_view_equal(found, written);
        if (hit->agency == g->agency && exact)
            hit->kind |= g->kind; /* "Reporte de" both begins and ends signatures */
        if (hit->agency != AGENCY_NONE && (hit->exact || !exact))
            continue; /* a later definition, or a better one, is there already */
        hit->agency = g->agency;
        hit->exact = exact;
        hit->kind = (hit->kind & AGENCY_ANY_WORD) | g->kind;
    }
}

uint32_t agency_key(struct dupd_view text, size_t *at, size_t to)
{
    const unsigned char *byte = (const unsigned char *)text.ptr;
    uint32_t key = 2166136261u; /* FNV-1a over code points: words are short */
    size_t p = *at, begin = p;
    for (;;) {
        while (p < to) { /* ASCII letters and digits: setting one bit makes letters small */
            unsigned low = byte[p] | 0x20u;
            if (low - 'a' > 25 && byte[p] - (unsigned)'0' > 9)
                break;
            key = (key ^ low) * 16777619u;
            p++;
        }
        if (p >= to || (byte[p] < 0x80 && p > begin))
            break;
        size_t next = p;
        uint32_t cp = dupd_text_next(text, &next);
        bool letter = is_letter(cp);
        if (!letter && p > begin)
            break;
        key = (key ^ (letter ? agency_fold(cp) : cp)) * 16777619u;
        p = next;
        if (!letter)
            break;
    }
    *at = p;
    return key ^ key >> 15;
}

/* The longest form at `at`, whose first word has this key; false when there is none. */
static bool look_up(const struct dupd_agencies *a, uint32_t key, struct dupd_view text, size_t at,
                    size_t to, struct agency_hit *hit)
{
    uint32_t slot = key % AGENCY_SLOTS;
    for (uint32_t i = a->slot[slot]; i < a->slot[slot + 1]; i++) {
        if (a->form[i].key != key)
            continue;
        struct dupd_view form = {a->pool.ptr + a->form[i].lower, a->form[i].lower_len};
        size_t end;
        if (!stands_at(form, text, at, to, &end))
            continue;
        size_t last = form.len - 1;
        while (last > 0 && ((unsigned char)form.ptr[last] & 0xC0) == 0x80)
            last--;
        if (!ends_word(dupd_text_next(form, &last), text, end, to))
            continue;
        *hit = (struct agency_hit){
            .begin = (uint32_t)at, .end = (uint32_t)end, .agency = AGENCY_NONE, .exact = false};
        gather(a, i, text, hit);
        return true;
    }
    return false;
}

bool agency_mentions(const struct dupd_agencies *a, struct dupd_view text, size_t from, size_t to)
{
    while (from < to) {
        size_t at = from;
        if (text.ptr[at] == ' ') {
            from++;
            continue;
        }
        uint32_t key = agency_key(text, &from, to), bit = agency_filter_bit(key);
        if (!(a->filter[bit / 64] >> bit % 64 & 1))
            continue; /* most words */
        struct agency_hit hit;
        if (look_up(a, key, text, at, to, &hit) && hit.kind & AGENCY_OPENERS)
            return true;
    }
    return false;
}

unsigned agency_scan(const struct dupd_agencies *a, struct dupd_view text, size_t from, size_t to,
                     struct agency_hit *hits, unsigned max)
{
    unsigned n = 0;
    bool tagged = false; /* behind @ or #: a name of something else */
    while (from < to && n < max) {
        size_t at = from;
        char first = text.ptr[at];
        if (first == ' ') {
            from++;
            tagged = false;
            continue;
        }
        uint32_t key = agency_key(text, &from, to);
        bool found = !tagged && look_up(a, key, text, at, to, &hits[n]);
        tagged = first == '@' || first == '#';
        if (found)
            from = hits[n++].end;
    }
    return n;
}
