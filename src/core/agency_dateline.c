/*
 * agency_dateline.c: the forms of a dateline, in which an agency's name credits the text behind it.
 *
 *   PARIS (AFP) -   (Reuters) -   МОСКВА, 5 янв — РИА Новости.   AFP -   新华社北京1月5日电
 *   【ロンドン共同】   (서울=연합뉴스)   Berlin/dpa.   MOSCOW, January 5. /TASS/.
 *
 * What tells "PARIS (AFP) - Le" from "The agency (AFP) - which": before the name stands a place and
 * a date or nothing, behind it a dash and no small letter; where the dash is missing, the place
 * must be in capitals or carry a date. An abbreviation that is being introduced is none ("Advanced
 * Placement (AP)"). Pure; cannot fail.
 */
#include "agency_group.h"

#include "dupd/text.h"

#define LEAD_BYTES 40u /* of text behind "AFP -"; less is the credit of a picture */
#define WIRE_BYTES 90u /* place and date in 新华社北京1月5日电 */

/* Unspaced scripts put place and agency into one pair of brackets that opens the line. */
static bool in_full_brackets(const struct line *l, const struct group *g, size_t *close)
{
    size_t at = l->begin;
    if (!line_is_opener(line_after(l, &at)) || g->begin - l->begin > WIRE_BYTES)
        return false;
    bool unspaced = false;
    for (size_t p = at; p < g->end;) {
        uint32_t cp = dupd_text_next(l->text, &p);
        if (line_is_closer(cp) || cp == ':' || cp == 0xFF1A || cp == 0x3002)
            return false;
        unspaced = unspaced || (cp >= 0x2E80 && cp <= 0xD7A3) || cp >= 0xF900;
    }
    *close = g->end;
    return unspaced && line_is_closer(line_after(l, close)) &&
           !line_has(l, AGENCY_IS(PHOTO), l->begin, *close);
}

/* A dash (or a bar, or a colon if it may be one), perhaps behind a stop, and then no small letter.
 * *end is behind it. */
static bool dash_follows(const struct line *l, size_t at, bool colon, size_t *end)
{
    size_t p = at;
    uint32_t cp = line_after(l, &p);
    if (cp == '.' || cp == ',')
        cp = line_after(l, &p);
    bool dash = line_is_dash(cp);
    if (!dash && cp != '|' && !(colon && (cp == ':' || cp == 0xFF1A)))
        return false;
    if (dash && cp == '-' && p - at == 1 && p < l->end) { /* "AP-NORC" is no dash */
        size_t q = p;
        if (line_is_letter(dupd_text_next(l->text, &q)) && at == p - 1 && at > l->begin &&
            line_is_letter((unsigned char)l->text.ptr[at - 1]))
            return false;
    }
    *end = p;
    do
        cp = line_after(l, &p);
    while (line_is_dash(cp) || line_is_quote(cp));
    return !line_is_lower(cp);
}

/* Where the place begins: behind what else stands on the line before it. */
static size_t place_begin(const struct line *l, size_t to)
{
    size_t from = l->begin;
    for (size_t at = from; at < to;) {
        uint32_t cp = dupd_text_next(l->text, &at);
        if (line_is_closer(cp) || cp == '|' || cp == 0x2022 || cp == 0xBB)
            from = at;
    }
    /* A sentence (a caption) that ends before the place. */
    for (size_t at = from; at + 2 < to; at++) {
        if (l->text.ptr[at] == '.' && l->text.ptr[at + 1] == ' ' &&
            group_sentence_ends(l, from, at + 3))
            from = at + 2;
    }
    while (from < to && agency_fold((unsigned char)l->text.ptr[from]) == ' ')
        from++;
    return from;
}

/* "PARIS (AFP) -", "(Reuters) -", "WASHINGTON (AP) The", "МОСКВА, 5 января. /ТАСС/." */
static bool bracket_dateline(const struct line *l, const struct group *g, size_t *begin,
                             size_t *end)
{
    size_t open, close;
    if (!group_in_brackets(l, g, &open, &close))
        return false;
    *begin = place_begin(l, open);
    if (*begin > open || line_spells(l, *begin, open, g->begin, g->end))
        return false;
    struct place p = line_place(l, *begin, open);
    if (!p.plausible && p.words > 0)
        return false;
    *end = close;
    if (!g->exact && g->is_mark)
        return false;
    if (dash_follows(l, close, true, end))
        return true;
    bool strict = p.words > 0 && (p.digit || (p.capitals && !g->is_mark));
    size_t next = close, before = open;
    uint32_t cp = line_after(l, &next);
    if (l->text.ptr[close - 1] == '/')
        return cp == '.' ? p.words > 0 : strict;
    if (line_is_stop(cp))
        return p.words > 0 && (p.digit || (p.lower == 0 && !g->is_mark));
    if (cp == 0) /* the whole line; behind a stop it is a caption */
        return strict && (p.capitals || p.lower <= 1) && !line_is_stop(line_before(l, &before));
    return !line_is_lower(cp) && (line_is_letter(cp) || line_is_quote(cp)) &&
           (strict || (p.words == 0 && open == l->begin && !g->is_mark));
}

/* "МОСКВА, 5 янв — РИА Новости.", "Tehran, Jan 5, IRNA –", "Berlin/dpa." */
static bool open_dateline(const struct line *l, const struct group *g, size_t *begin, size_t *end)
{
    size_t to = g->begin;
    uint32_t sign = line_before(l, &to);
    if (!line_is_dash(sign) && sign != ',' && sign != '.' && sign != '/' && sign != '|')
        return false;
    *begin = place_begin(l, to);
    if (*begin >= to)
        return false;
    struct place p = line_place(l, *begin, to);
    if (!p.plausible || p.words == 0 || !g->exact || (g->is_mark && !p.digit))
        return false;
    bool strict = p.capitals || p.digit || (p.caseless && line_is_dash(sign));
    size_t next = g->end;
    uint32_t cp = line_after(l, &next);
    if (dash_follows(l, g->end, false, end))
        return strict || (line_is_dash(cp) && p.words <= 3 && sign != '/');
    *end = g->end;
    if (cp == '.' && group_closes(l, g->end) && l->top < 3)
        return sign == '/' ? p.words == 1 || p.capitals : strict && (p.digit || line_is_dash(sign));
    if (cp == ',')
        return p.digit && line_is_dash(sign);
    return cp == 0 && (p.digit || (p.caseless && p.words <= 4)) && line_is_dash(sign);
}

/* "AFP - Le président", "EFE | Madrid": the agency's name opens the line. */
static bool leading_dateline(const struct line *l, const struct group *g, size_t *begin,
                             size_t *end)
{
    if (g->begin != l->begin || !g->exact || g->is_mark || l->top > 3)
        return false;
    *begin = g->begin;
    if (!dash_follows(l, g->end, false, end))
        return false;
    size_t sign = *end;
    return line_before(l, &sign) == '|' || l->end - *end >= LEAD_BYTES;
}

/* "新华社北京1月5日电", "（中央社記者王小明台北5日電）" */
static bool wire_dateline(const struct line *l, const struct group *g, size_t *begin, size_t *end)
{
    size_t at = g->begin;
    uint32_t cp = line_before(l, &at);
    if (cp == 0x636E || cp == 0x64DA) /* 据, 據: papers open wire copy so, too */
        cp = line_before(l, &at);
    if (cp && !line_is_opener(cp) && !line_is_stop(cp) && !line_is_closer(cp))
        return false;
    for (unsigned i = 0; i < l->hits; i++) {
        const struct agency_hit *h = &l->hit[i];
        if (!(h->kind & AGENCY_IS(WIRE)) || h->begin < g->end)
            continue;
        if (h->begin - g->end > WIRE_BYTES)
            return false;
        uint32_t last = 0;
        for (size_t p = g->end; p < h->begin;) {
            last = dupd_text_next(l->text, &p);
            if (line_is_stop(last) || last == 0xFF0C || last == ',' || last == 0xFF1A ||
                last == 0x3001 || line_is_quote(last))
                return false;
        }
        size_t next = h->end;
        cp = next < l->end ? dupd_text_next(l->text, &next) : 0;
        if (last == 0x65E5 || !line_is_letter(cp)) { /* 日电, or 电 and then no letter */
            *begin = g->begin;
            *end = h->end;
            return true;
        }
    }
    return false;
}

/* "【ロンドン共同】", "(서울=연합뉴스)" */
static bool full_bracket_dateline(const struct line *l, const struct group *g, size_t *begin,
                                  size_t *end)
{
    if (!in_full_brackets(l, g, end))
        return false;
    *begin = l->begin;
    size_t next = *end;
    return line_after(l, &next) != 0;
}

bool group_dateline(const struct line *l, const struct group *g, size_t *begin, size_t *end)
{
    return bracket_dateline(l, g, begin, end) || leading_dateline(l, g, begin, end) ||
           open_dateline(l, g, begin, end) || wire_dateline(l, g, begin, end) ||
           full_bracket_dateline(l, g, begin, end);
}
