/*
 * agency_credit.c: which agencies an article credits for its text. docs/agencies.md says what
 * counts.
 *
 *   source --------------------------------> SOURCE
 *   byline ------------> groups -----------> BYLINE
 *   text -> lines -> hits -> groups -> forms -> DATELINE, BYLINE, CREDIT, DECLARED
 *
 * A group is one or more agencies' names side by side ("AFP/Reuters", "dpa und AP"). A form is a
 * group in a place that credits: before a dash at the start of a line, alone on a line, behind
 * "Source:", at the end of the last sentence in brackets. Every form is anchored on both sides, so
 * that an agency that is merely mentioned ("told Reuters", "AP exams") matches none of them;
 * nothing is decided by excluding words, except pictures.
 *
 * Pure; cannot fail. Cost: about 5 us, of which most is finding the hits; the text between the
 * first and the last few lines is never touched. Why no regular expressions: forms are language
 * times agency times position, some 10^5 patterns, and a user adds to them.
 */
#include "agency_group.h"
#include "dupd/text.h"

#define CREDIT_LINE_BYTES 140u /* a line that is a credit and nothing else is no longer */
#define NAME_LINE_BYTES 60u
#define PARTNER_BYTES 30u   /* of an outlet's name behind the agency's */
#define DESK_BYTES 16u      /* of the desk's initials */
#define TEXT_BYTES_MAX 160u /* of the credit that is shown */
#define TAIL_SENTENCES 3u   /* last lines that may end in an agency's name */

struct result {
    struct dupd_credit *out;
    unsigned count;
};

/* Adds a credit for each agency of the group; of two for one agency the stronger stays. */
static void add(struct result *r, const struct group *g, enum dupd_credit_how how,
                struct dupd_view text, size_t begin, size_t end)
{
    if (end - begin > TEXT_BYTES_MAX && g->end - begin > TEXT_BYTES_MAX)
        begin = g->begin; /* keep the end that names the agency */
    if (end - begin > TEXT_BYTES_MAX) {
        end = begin + TEXT_BYTES_MAX; /* inside the group, where it has twenty names */
        while (end > begin && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
            end--;
    }
    /* A mark inside a text (files that were joined) is no clean text's first character. */
    while (end - begin >= 3 && memcmp(text.ptr + begin, "\xEF\xBB\xBF", 3) == 0)
        begin += 3;
    for (unsigned i = 0; i < g->count; i++) {
        unsigned k = 0;
        while (k < r->count && r->out[k].agency != g->agency[i])
            k++;
        if (k == r->count) {
            if (k == DUPD_CREDITS_MAX)
                continue;
            r->out[r->count++].how = DUPD_CREDIT_NONE;
        }
        if (r->out[k].how < how)
            r->out[k] = (struct dupd_credit){how, g->agency[i], {text.ptr + begin, end - begin}};
    }
}

/* ---- bylines ---- */

/* Nothing but roles and dates behind `at`. */
static bool only_roles(const struct line *l, size_t at, size_t to)
{
    while (at < to) {
        unsigned i = 0;
        while (i < l->hits && !(l->hit[i].begin == at && l->hit[i].kind & AGENCY_IS(ROLE)))
            i++;
        if (i < l->hits) {
            at = l->hit[i].end;
            continue;
        }
        uint32_t cp = dupd_text_next(l->text, &at);
        if (line_is_letter(cp))
            return false;
    }
    return true;
}

static bool begins_with_by(const struct line *l, size_t *behind)
{
    if (l->hits == 0 || l->hit[0].begin != l->begin || !(l->hit[0].kind & AGENCY_IS(BY)))
        return false;
    *behind = l->hit[0].end;
    return true;
}

/* A line that is a byline: the agency alone ("By The Associated Press", "Reuters Staff"), or behind
 * a name when "By" opens the line or all of it is in capitals. */
static bool is_byline(const struct line *l, const struct group *g)
{
    if (l->end - l->begin > CREDIT_LINE_BYTES || g->is_mark || !g->exact ||
        line_has(l, AGENCY_IS(PHOTO), l->begin, l->end))
        return false;
    size_t behind = l->begin;
    bool by = begins_with_by(l, &behind);
    if (l->text.ptr[l->end - 1] == ':')
        return false; /* what follows is quoted */
    size_t from = group_skip_back(
        l, g->begin, AGENCY_IS(ARTICLE) | AGENCY_IS(BY) | (by ? AGENCY_IS(BESIDE) : 0));
    size_t before = from;
    uint32_t sign = line_before(l, &before);
    bool alone = sign == 0;
    if (!only_roles(l, g->end, l->end))
        return false;
    if (alone) /* between paragraphs it is the credit of a picture */
        return by || !l->below_prose || (l->behind_sentence && !l->above_prose);
    bool apart = sign == ',' || sign == '|' || sign == '/' || sign == 0x2022 ||
                 line_is_dash(sign) || line_is_opener(sign) || from < g->begin;
    if (!apart)
        return false;
    struct place p = line_place(l, by ? behind : l->begin, before);
    return by || (p.capitals && !p.caseless && !p.digit && sign == ',' && l->top < 4);
}

/* "Le Monde avec AFP": a short line, the agency last. */
static bool is_beside(const struct line *l, const struct group *g)
{
    size_t end = g->end;
    if (l->end - l->begin > NAME_LINE_BYTES || line_after(l, &end) != 0 || !g->exact)
        return false;
    size_t at = group_skip_back(l, g->begin, AGENCY_IS(ARTICLE));
    const struct agency_hit *h = group_hit_before(l, at, AGENCY_IS(BESIDE), false);
    if (!h)
        return false;
    struct place p = line_place(l, l->begin, h->begin);
    return p.words == 0 || (p.plausible && p.words <= 5 && p.lower <= 1);
}

/* ---- credit lines ---- */

/* "Copyright 2020 The Associated Press", "© 2019 AFP". */
static bool has_copyright(const struct line *l, const struct group *g, size_t *begin)
{
    size_t at = group_skip_back(l, g->begin, AGENCY_IS(ARTICLE) | AGENCY_IS(BY));
    bool year = false;
    for (;;) { /* 2020, 2019-2020 */
        size_t p = at;
        uint32_t cp = line_before(l, &p);
        if (!(cp >= '0' && cp <= '9') && !((cp == ',' || line_is_dash(cp)) && p > l->begin))
            break;
        year = year || (cp >= '0' && cp <= '9');
        at = p;
    }
    const struct agency_hit *h = group_hit_before(l, at, AGENCY_IS(COPYRIGHT), false);
    if (!h || line_has(l, AGENCY_IS(PHOTO), l->begin, l->end))
        return false;
    *begin = h->begin;
    if (line_has(l, AGENCY_IS(RIGHTS), l->begin, l->end))
        return true;
    if (l->bottom == LINE_FAR) /* in the head a bare © is the picture's */
        return false;
    size_t next = g->end;
    uint32_t cp = line_after(l, &next);
    if (year || (cp >= '0' && cp <= '9'))
        return true;
    /* "© dpa-infocom, dpa:…", "(©NTB)"; a bare "© AFP" is the picture's, there too */
    return group_opens(l, h->begin) && (cp == ',' || cp == ':' || line_is_closer(cp));
}

static bool has_source(const struct line *l, const struct group *g, size_t *begin)
{
    size_t at = group_skip_back(l, g->begin, AGENCY_IS(ARTICLE));
    const struct agency_hit *h = group_hit_before(l, at, AGENCY_IS(SOURCE), true);
    if (!h || !group_opens(l, h->begin) || !group_closes(l, g->end) ||
        line_has(l, AGENCY_IS(PHOTO), l->begin, h->begin))
        return false;
    size_t before = h->begin;
    uint32_t cp = line_before(l, &before);
    if (l->bottom == LINE_FAR && cp && !line_is_opener(cp))
        return false; /* behind a sentence of the head: a caption's */
    *begin = h->begin;
    return true;
}

/* A line that ends here, but for one stop. */
static bool ends_line(const struct line *l, size_t at)
{
    uint32_t cp = line_after(l, &at);
    return cp == 0 || (cp == '.' && at == l->end);
}

static bool ends_sentence(uint32_t cp)
{
    return cp == 0 || line_is_stop(cp) || line_is_quote(cp) || line_is_closer(cp);
}

/* "… in Paris. (AFP)", "jd/msh (AFP, dpa)" */
static bool ends_in_brackets(const struct line *l, const struct group *g, size_t *begin,
                             size_t *end)
{
    bool is_paragraph = l->end - l->begin > CREDIT_LINE_BYTES; /* too long for a caption */
    if (!group_in_brackets(l, g, begin, end) || !ends_line(l, *end) || (g->is_mark && !g->exact) ||
        (l->bottom >= TAIL_SENTENCES && !is_paragraph))
        return false;
    size_t before = *begin;
    uint32_t cp = line_before(l, &before);
    return ends_sentence(cp) || (*begin - l->begin < DESK_BYTES && line_is_lower(cp));
}

/* "… in Paris. – Reuters", "… in Paris. – Reuters/The Courier" */
static bool ends_behind_dash(const struct line *l, const struct group *g, size_t *begin,
                             size_t *end)
{
    *begin = g->begin;
    *end = g->end;
    size_t next = g->end;
    if (line_after(l, &next) == '/' && l->end - g->end < PARTNER_BYTES)
        *end = l->end;
    uint32_t cp = line_before(l, begin);
    if (!ends_line(l, *end) || (!line_is_dash(cp) && cp != '/'))
        return false;
    size_t before = *begin;
    return ends_sentence(line_before(l, &before));
}

/* "… en mayo. EFE", "… in May. Jane Rowe, Associated Press" */
static bool ends_bare(const struct line *l, const struct group *g, size_t *begin, size_t *end)
{
    *begin = g->begin;
    *end = g->end;
    if (l->bottom != 0 || !ends_line(l, g->end))
        return false;
    size_t before = g->begin;
    uint32_t cp = line_before(l, &before);
    if (line_is_stop(cp))
        return true;
    if (cp != ',')
        return false;
    for (size_t at = before; before - at < NAME_LINE_BYTES;) {
        cp = line_before(l, &at);
        if (!cp)
            return false;
        if (line_is_stop(cp)) {
            dupd_text_next(l->text, &at);
            struct place p = line_place(l, at, before);
            *begin = at;
            return p.plausible && p.lower == 0 && p.words >= 2 && !p.digit;
        }
    }
    return false;
}

/* The end of the last lines. */
static bool ends_text(const struct line *l, const struct group *g, size_t *begin, size_t *end)
{
    if (l->bottom == LINE_FAR || l->above_prose ||
        (l->end - l->begin <= CREDIT_LINE_BYTES && line_has(l, AGENCY_IS(PHOTO), l->begin, l->end)))
        return false; /* a caption */
    if (ends_in_brackets(l, g, begin, end))
        return true;
    return g->exact && !g->is_mark && l->bottom < TAIL_SENTENCES &&
           (ends_behind_dash(l, g, begin, end) || ends_bare(l, g, begin, end));
}

/* Nothing follows, or the next item of a list. */
static bool ends_item(const struct line *l, size_t at)
{
    size_t next = at;
    uint32_t cp = line_after(l, &next);
    return cp == ',' || cp == ';' || group_closes(l, at);
}

/* "With inputs from PTI", "(avec AFP)", "The Associated Press contributed to this report". */
static bool is_declared(const struct line *l, const struct group *g, size_t *begin, size_t *end)
{
    *begin = g->begin;
    *end = g->end;
    if (!g->exact)
        return false;
    for (unsigned i = 0; i < l->hits; i++) {
        const struct agency_hit *h = &l->hit[i];
        if (h->kind & AGENCY_IS(CONTRIBUTED) && h->begin >= g->end && l->bottom != LINE_FAR &&
            (!g->is_mark || h->begin - g->end <= 1) && !group_sentence_ends(l, g->end, h->begin)) {
            *end = h->end;
            return true;
        }
        if (h->kind & AGENCY_IS(LIST) && h->end <= g->begin && group_opens(l, h->begin) &&
            !group_sentence_ends(l, h->end, g->begin) && ends_item(l, g->end)) {
            *begin = h->begin;
            return true;
        }
    }
    size_t at = group_skip_back(l, g->begin, AGENCY_IS(ARTICLE));
    const struct agency_hit *h = group_hit_before(l, at, AGENCY_IS(WITH), false);
    if (!h || !group_opens(l, h->begin) || !group_closes(l, g->end) || g->is_mark)
        return false;
    *begin = h->begin;
    return true;
}

static bool is_from(const struct line *l, const struct group *g, size_t *begin)
{
    size_t at = group_skip_back(l, g->begin, AGENCY_IS(ARTICLE));
    const struct agency_hit *h = group_hit_before(l, at, AGENCY_IS(FROM), false);
    if (!h || !group_opens(l, h->begin))
        return false;
    *begin = h->begin;
    return true;
}

/* ---- a line ---- */

static void judge_group(struct result *r, const struct line *l, const struct group *g)
{
    size_t begin = g->begin, end = g->end;
    bool head = l->top != LINE_FAR;
    if (head && group_dateline(l, g, &begin, &end))
        add(r, g, DUPD_CREDIT_DATELINE, l->text, begin, end);
    else if (has_copyright(l, g, &begin) || has_source(l, g, &begin) || is_from(l, g, &begin))
        add(r, g, DUPD_CREDIT_CREDIT, l->text, begin, g->end);
    else if (is_byline(l, g))
        add(r, g, l->top < l->bottom ? DUPD_CREDIT_BYLINE : DUPD_CREDIT_CREDIT, l->text, l->begin,
            l->end);
    else if (is_declared(l, g, &begin, &end))
        add(r, g, DUPD_CREDIT_DECLARED, l->text, begin, end);
    else if (is_beside(l, g))
        add(r, g, l->top < l->bottom ? DUPD_CREDIT_BYLINE : DUPD_CREDIT_DECLARED, l->text, l->begin,
            l->end);
    else if (ends_text(l, g, &begin, &end))
        add(r, g, DUPD_CREDIT_CREDIT, l->text, begin, end);
}

/* "(Reporting by …; Editing by …)": the agency's form, its name unsaid. */
static void judge_signature(struct result *r, const struct line *l, const struct agency_hit *sign)
{
    if (l->bottom == LINE_FAR || !group_opens(l, sign->begin))
        return;
    bool closed = (sign->kind & AGENCY_SEAL) != 0;
    for (unsigned i = 0; i < l->hits && !closed; i++) {
        const struct agency_hit *h = &l->hit[i];
        closed = h->kind & AGENCY_COUNTERSIGN && h->agency == sign->agency && h->begin >= sign->end;
    }
    struct group g = {.begin = sign->begin, .end = sign->end, .agency = {sign->agency}, .count = 1};
    if (closed)
        add(r, &g, DUPD_CREDIT_CREDIT, l->text, sign->begin, l->end);
}

static void judge_line(struct result *r, const struct line *l)
{
    for (unsigned i = 0; i < l->hits;) {
        const struct agency_hit *h = &l->hit[i];
        if (h->kind & (AGENCY_SIGN | AGENCY_SEAL))
            judge_signature(r, l, h);
        if (group_begins(h)) {
            struct group g = group_read(l, &i);
            judge_group(r, l, &g);
        } else {
            i++;
        }
    }
}

/* The byline field: each group that is a part of its own. */
static void judge_byline(struct result *r, const struct dupd_agencies *a, struct dupd_view byline)
{
    struct line l;
    struct line_span span = {0, byline.len < LINE_REGION_BYTES ? byline.len : 0, 0, 0};
    line_scan(&l, a, byline, &span);
    l.below_prose = l.above_prose = l.behind_sentence = false;
    if (line_has(&l, AGENCY_IS(PHOTO), l.begin, l.end))
        return;
    for (unsigned i = 0; i < l.hits;) {
        if (!group_begins(&l.hit[i])) {
            i++;
            continue;
        }
        struct group g = group_read(&l, &i);
        uint32_t around = AGENCY_IS(ARTICLE) | AGENCY_IS(BY) | AGENCY_IS(WITH) | AGENCY_IS(BESIDE) |
                          AGENCY_IS(JOIN) | AGENCY_IS(ROLE);
        size_t left = group_skip_back(&l, g.begin, around), right = g.end;
        uint32_t before = line_before(&l, &left);
        bool parted = before == 0 || before == ',' || before == '|' || before == '/' ||
                      before == ';' || before == 0x2022 || line_is_dash(before) ||
                      line_is_opener(before) || group_skip_back(&l, g.begin, around) < g.begin;
        uint32_t after = line_after(&l, &right);
        bool closed = only_roles(&l, g.end, l.end) || after == ',' || after == '|' ||
                      after == ';' || after == '/' || line_is_closer(after);
        bool whole = before == 0 && after == 0;
        if (parted && closed && (g.exact || whole) && (!g.is_mark || whole))
            add(r, &g, DUPD_CREDIT_BYLINE, byline, 0, byline.len);
    }
}

const char *dupd_credit_name(enum dupd_credit_how how)
{
    switch (how) {
#define CREDIT_CASE(name, text)                                                                    \
    case DUPD_CREDIT_##name:                                                                       \
        return text;
        DUPD_CREDITS(CREDIT_CASE)
#undef CREDIT_CASE
    default:
        return "unknown";
    }
}

unsigned dupd_agency_credits(const struct dupd_agencies *a, const struct dupd_article *article,
                             struct dupd_credit out[DUPD_CREDITS_MAX])
{
    struct result r = {.out = out};
    struct line_span span[LINES_HEAD + LINES_TAIL];
    unsigned lines = line_spans(article->text, span);
    bool prose = false, sentence = false, is_long[LINES_HEAD + LINES_TAIL + 1] = {false};
    for (unsigned i = lines; i-- > 0;)
        is_long[i] = is_long[i + 1] || line_is_long(article->text, &span[i]);
    for (unsigned i = 0; i < lines; i++) {
        struct line l;
        line_scan(&l, a, article->text, &span[i]);
        l.below_prose = prose;
        l.above_prose = is_long[i + 1];
        l.behind_sentence = sentence;
        sentence = line_is_sentence(article->text, &span[i]);
        prose = prose || sentence || line_is_long(article->text, &span[i]);
        judge_line(&r, &l);
    }
    if (article->byline.len && dupd_text_is_clean(article->byline))
        judge_byline(&r, a, article->byline);
    unsigned owner;
    if (dupd_agency_owns(a, article->source, &owner)) {
        struct group g = {.agency = {(uint16_t)owner}, .count = 1};
        add(&r, &g, DUPD_CREDIT_SOURCE, article->source, 0, article->source.len);
    }
    for (unsigned i = 1; i < r.count; i++) { /* strongest first; equals as they were found */
        struct dupd_credit c = out[i];
        unsigned k = i;
        for (; k > 0 && out[k - 1].how < c.how; k--)
            out[k] = out[k - 1];
        out[k] = c;
    }
    return r.count;
}
