/*
 * agency_group.c: reads groups of agencies' names and answers where in a line they stand.
 *
 * Pure; cannot fail; each question walks a few characters or the hits of one line.
 */
#include "agency_group.h"

#include "dupd/text.h"

#define GROUP_GAP_BYTES 24u /* between two names of one group */
#define SLUG_LETTERS 6u     /* "lnw" in (dpa/lnw), "CBS" in (CBS/AP) */
#define WRITER_BYTES 80u
#define UNSPACED_FIRST 0x2E80u /* Han, Kana and Hangul lie behind it */
#define SLASH_BYTES 60u        /* a correspondent's name between slashes */

/* Whether only joining words and signs stand between two names. */
static bool joins(const struct line *l, unsigned from, unsigned to)
{
    size_t at = l->hit[from].end, end = l->hit[to].begin;
    if (end - at > GROUP_GAP_BYTES)
        return false;
    for (unsigned next = from + 1; at < end;) {
        if (next < to && l->hit[next].begin == at &&
            l->hit[next].kind & (AGENCY_IS(JOIN) | AGENCY_IS(ARTICLE))) {
            at = l->hit[next++].end;
            continue;
        }
        uint32_t cp = dupd_text_next(l->text, &at);
        if (line_is_letter(cp) || line_is_stop(cp) || line_is_opener(cp) || line_is_closer(cp) ||
            line_is_quote(cp))
            return false;
    }
    return true;
}

struct group group_read(const struct line *l, unsigned *i)
{
    const struct agency_hit *h = &l->hit[*i];
    struct group g = {.begin = h->begin, .exact = true, .is_mark = true};
    unsigned last = *i;
    for (unsigned k = *i; k < l->hits; k++) {
        h = &l->hit[k];
        if (!group_begins(h))
            continue;
        if (k > *i && !joins(l, last, k))
            break;
        last = k;
        g.end = h->end;
        g.kind |= h->kind;
        g.exact = g.exact && h->exact;
        g.is_mark = g.is_mark && h->kind & AGENCY_MARK;
        if (g.count < GROUP_AGENCIES)
            g.agency[g.count++] = h->agency;
    }
    *i = last + 1;
    return g;
}

/* ---- anchors ---- */

size_t group_skip_back(const struct line *l, size_t at, uint32_t kinds)
{
    for (;;) {
        size_t edge = at;
        uint32_t cp = line_before(l, &edge);
        if (!cp)
            return at;
        size_t end = edge;
        dupd_text_next(l->text, &end);
        unsigned i = 0;
        while (i < l->hits && !(l->hit[i].end == end && l->hit[i].kind & kinds))
            i++;
        if (i == l->hits)
            return at;
        at = l->hit[i].begin;
    }
}

const struct agency_hit *group_hit_before(const struct line *l, size_t at, uint32_t kinds,
                                          bool colon)
{
    uint32_t cp = line_before(l, &at);
    if (colon)
        cp = cp == ':' || cp == 0xFF1A || line_is_dash(cp) ? line_before(l, &at) : 0;
    if (!cp)
        return NULL;
    size_t end = at;
    dupd_text_next(l->text, &end);
    for (unsigned i = 0; i < l->hits; i++) {
        if (l->hit[i].end == end && l->hit[i].kind & kinds)
            return &l->hit[i];
    }
    return NULL;
}

bool group_opens(const struct line *l, size_t at)
{
    uint32_t cp = line_before(l, &at);
    size_t before = at;
    if (line_is_quote(cp) && line_is_letter(line_before(l, &before)))
        return false; /* "Korea's", not the end of a quotation */
    return cp == 0 || line_is_stop(cp) || line_is_opener(cp) || line_is_closer(cp) ||
           line_is_quote(cp) || (line_is_dash(cp) && cp != '-') || cp == '|' || cp == ':' ||
           cp == ';' || cp == '*' || cp == '_' || cp == '/' || cp == 0x2022 || cp == 0xB7 ||
           (cp == '-' && at == l->begin);
}

bool group_closes(const struct line *l, size_t at)
{
    size_t next = at;
    uint32_t cp = line_after(l, &next);
    if (cp == '.' || cp == ',' || cp == ';') { /* "AP. All ..." closes, "AP.org" does not */
        size_t behind = next;
        return cp == '.' && (behind >= l->end || !line_is_letter(dupd_text_next(l->text, &behind)));
    }
    return cp == 0 || line_is_closer(cp) || cp == '|' || cp == '*' || cp == 0x3002 ||
           (line_is_dash(cp) && cp != '-');
}

bool group_sentence_ends(const struct line *l, size_t from, size_t to)
{
    unsigned letters = 0;
    for (size_t at = from; at < to;) {
        uint32_t cp = dupd_text_next(l->text, &at);
        if (line_is_letter(cp)) {
            letters++;
            continue;
        }
        if (cp == 0x3002)
            return true;
        size_t next = at;
        if (line_is_stop(cp) && letters > 4 && agency_fold(line_after(l, &next)) && next <= to) {
            size_t space = at;
            if (agency_fold(dupd_text_next(l->text, &space)) == ' ')
                return true;
        }
        letters = 0;
    }
    return false;
}

bool group_skip_slug(const struct line *l, size_t *at, bool forward)
{
    size_t p = *at;
    uint32_t cp = forward ? line_after(l, &p) : line_before(l, &p);
    if (cp != '/' && cp != '-')
        return false;
    unsigned letters = 0, lower = 0;
    for (;;) {
        size_t q = p;
        cp = forward ? line_after(l, &q) : line_before(l, &q);
        if (!line_is_letter(cp))
            break;
        lower += line_is_lower(cp);
        letters++;
        p = q;
        if (letters > SLUG_LETTERS)
            return false;
    }
    if (letters == 0 || (lower != 0 && lower != letters))
        return false;
    size_t from = forward ? *at : p, to = forward ? p : *at;
    if (line_has(l, AGENCY_IS(PHOTO), from, to))
        return false;
    *at = p;
    return true;
}

/* "（新华社记者李文、王一）": a writer's name in an unspaced script, up to the closing bracket. */
static size_t skip_writer(const struct line *l, size_t at)
{
    unsigned i = 0;
    while (i < l->hits && !(l->hit[i].begin == at && l->hit[i].kind & AGENCY_IS(ROLE)))
        i++;
    if (i == l->hits)
        return at;
    size_t p = l->hit[i].begin, end = p;
    if (dupd_text_next(l->text, &p) < UNSPACED_FIRST)
        return at;
    for (p = l->hit[i].end; p < l->end && p - at < WRITER_BYTES; end = p) {
        uint32_t cp = dupd_text_next(l->text, &p);
        if (line_is_closer(cp))
            return line_has(l, AGENCY_IS(PHOTO), at, end) ? at : end;
        if (line_is_stop(cp) || line_is_opener(cp))
            break;
    }
    return at;
}

bool group_in_brackets(const struct line *l, const struct group *g, size_t *open, size_t *close)
{
    size_t from = group_skip_back(l, g->begin, AGENCY_IS(ARTICLE) | AGENCY_IS(ROLE)), to = g->end;
    while (group_skip_slug(l, &from, false))
        continue;
    while (group_skip_slug(l, &to, true))
        continue;
    to = skip_writer(l, to);
    *open = from;
    *close = to;
    uint32_t left = line_before(l, open), right = line_after(l, close);
    while (left == '/' && from < g->begin && right && right != '/' && *close - to < SLASH_BYTES)
        right = line_after(l, close); /* /Корр. ТАСС Иван Лодкин/ */
    if (left == '/' && right == '/')  /* not "Ann Rowe/AFP/Getty" */
        return *open == l->begin || l->text.ptr[*open - 1] == ' ';
    return line_is_opener(left) && line_is_closer(right);
}
