/*
 * place.c: order and verdict. The story is in place_story.c. Pure; never fails.
 */
#include "engine/place.h"

#include <stdlib.h>

static int index_of(const struct dupd_agencies *agencies, struct dupd_view name)
{
    return agencies && name.len ? dupd_agency_find(agencies, name) : -1;
}

struct place_side place_side_of_record(const struct dupd_agencies *agencies,
                                       const struct dupd_record *r, uint64_t n)
{
    unsigned feed = 0;
    bool owned =
        agencies && r->article.source.len && dupd_agency_owns(agencies, r->article.source, &feed);
    return (struct place_side){.effective_ms = r->effective_ms,
                               .arrived_ms = r->arrived_ms,
                               .n = n,
                               .feed = owned ? (int)feed : -1,
                               .credits = index_of(agencies, r->agency)};
}

/* True when the text credits the agency whose feed y is, and x is not that feed itself. The credit
 * stands in x, or x dropped it and it stands in y alone: "(Reuters)" on reuters.com. */
static bool credits(const struct place_side *x, const struct place_side *y)
{
    int credited = x->credits >= 0 ? x->credits : y->credits;
    return credited >= 0 && credited == y->feed && x->feed != y->feed;
}

bool place_is_earlier(const struct place_side *a, const struct place_side *b)
{
    if (a->effective_ms != b->effective_ms)
        return a->effective_ms < b->effective_ms;
    if (credits(b, a) != credits(a, b))
        return credits(b, a);
    if (a->arrived_ms != b->arrived_ms)
        return a->arrived_ms < b->arrived_ms;
    return a->n < b->n;
}

enum match_direction place_direction(const struct place_side *self, const struct place_side *other,
                                     const struct store_place *place,
                                     const struct place_versions *older)
{
    if (place_is_version(older, place->origin))
        return MATCH_TO;
    return place_is_earlier(other, self) ? MATCH_FROM : MATCH_TO;
}

/* ---- the verdict ---- */

static int earlier_first(const struct match *x, const struct match *y)
{
    const struct dupd_record *r = &x->record, *s = &y->record;
    if (r->effective_ms != s->effective_ms)
        return r->effective_ms < s->effective_ms ? -1 : 1;
    if (r->arrived_ms != s->arrived_ms)
        return r->arrived_ms < s->arrived_ms ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

static int better_first(const void *a, const void *b)
{
    const struct match *x = *(struct match *const *)a, *y = *(struct match *const *)b;
    if (x->direction != y->direction)
        return x->direction == MATCH_FROM ? -1 : 1;
    if (x->came_back != y->came_back)
        return x->came_back ? 1 : -1;
    if (x->ruling.verdict != y->ruling.verdict)
        return x->ruling.verdict < y->ruling.verdict ? -1 : 1;
    if (x->ruling.score < y->ruling.score || x->ruling.score > y->ruling.score)
        return x->ruling.score > y->ruling.score ? -1 : 1;
    if (x->overlap.shared != y->overlap.shared)
        return x->overlap.shared > y->overlap.shared ? -1 : 1;
    return earlier_first(x, y);
}

static bool is_source(const struct match *m)
{
    return m->direction == MATCH_FROM && !m->came_back && dupd_verdict_is_copy(m->ruling.verdict);
}

static bool gave_nearly(const struct match *m, const struct match *most)
{
    return m->overlap.shared >= PLACE_GAVE_NEARLY * most->overlap.shared;
}

/* Is m a copy of this outlet's own text, which stands among the matches too? */
static bool came_back(const struct match *m, const struct judgement *j)
{
    if (m->direction != MATCH_FROM || m->place.story == 0 || m->place.origin == m->n ||
        m->facts.same_outlet)
        return false;
    for (unsigned i = 0; i < j->match_count; i++) {
        const struct match *own = j->match[i];
        if (own->n == m->place.origin && own->direction == MATCH_FROM && own->facts.same_outlet &&
            own->ruling.verdict <= DUPD_UPDATE && gave_nearly(own, m))
            return true;
    }
    return false;
}

static bool better_origin(const struct match *x, const struct match *y)
{
    bool same = (x->ruling.verdict == DUPD_IDENTICAL) == (y->ruling.verdict == DUPD_IDENTICAL);
    return same ? earlier_first(x, y) < 0 : x->ruling.verdict == DUPD_IDENTICAL;
}

static const struct match *find_origin(const struct judgement *j)
{
    const struct match *best = NULL;
    for (unsigned i = 0; i < j->match_count; i++) {
        const struct match *m = j->match[i];
        if (!is_source(m))
            continue;
        if (!best || m->overlap.shared > best->overlap.shared ||
            (m->overlap.shared == best->overlap.shared && better_origin(m, best)))
            best = m;
    }
    if (!best || best->place.story == 0 || best->ruling.verdict == DUPD_IDENTICAL)
        return best;
    for (unsigned i = 0; i < j->match_count; i++) {
        const struct match *m = j->match[i];
        if (is_source(m) && m->n == best->place.origin && gave_nearly(m, best))
            return m;
    }
    return best;
}

void place_judge(struct match *const *verified, unsigned count, struct judgement *j)
{
    double considered_score = 0;
    j->match_count = j->considered_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct match *m = verified[i];
        if (m->ruling.verdict != DUPD_UNIQUE) {
            j->match[j->match_count++] = m;
            continue;
        }
        j->considered[j->considered_count++] = m;
        if (m->direction == MATCH_FROM && m->ruling.score > considered_score)
            considered_score = m->ruling.score;
    }
    for (unsigned i = 0; i < j->match_count; i++)
        j->match[i]->came_back = came_back(j->match[i], j);
    if (j->match_count > 1)
        qsort(j->match, j->match_count, sizeof(struct match *), better_first);
    if (j->considered_count > 1)
        qsort(j->considered, j->considered_count, sizeof(struct match *), better_first);

    if (j->match_count == 0 || j->match[0]->direction == MATCH_TO) {
        j->verdict = DUPD_UNIQUE;
        j->score = considered_score;
        j->rule = "nothing of note in common with anything earlier";
        j->origin = NULL;
        return;
    }
    j->origin = find_origin(j);
    const struct dupd_ruling *r = j->origin ? &j->origin->ruling : &j->match[0]->ruling;
    j->verdict = r->verdict;
    j->rule = r->rule;
    j->score = r->score;
}

/* ---- the credit ---- */

static const struct dupd_credit *
own_credit(const struct analysis *a, const struct dupd_agencies *agencies, struct dupd_view agency)
{
    for (unsigned i = 0; i < a->credit_count; i++) {
        struct dupd_view name = dupd_view_of(dupd_agency_name(agencies, a->credit[i].agency));
        if (dupd_view_equal(name, agency))
            return &a->credit[i];
    }
    return NULL;
}

static void set_agency(struct judgement *j, struct dupd_view name, enum dupd_credit_how how,
                       struct dupd_view text)
{
    j->agency = name;
    j->agency_how = how;
    j->agency_text = text;
}

/* Looks at one text that this one is copied from; keeps the first agency found, but one that is
 * credited rather than one that is not. */
static void credit_from(const struct analysis *a, const struct dupd_agencies *agencies,
                        const struct match *m, struct judgement *j)
{
    if (!m || m->record.agency.len == 0 || j->credited == 1)
        return;
    const struct dupd_credit *own = own_credit(a, agencies, m->record.agency);
    if (own) {
        set_agency(j, m->record.agency, own->how, own->text);
        j->credited = 1;
    } else if (j->credited < 0) {
        set_agency(j, m->record.agency, (enum dupd_credit_how)m->record.agency_how,
                   m->record.agency_text);
        j->credited = 0;
    }
}

void place_credit(const struct analysis *a, const struct dupd_agencies *agencies,
                  const struct match *story_origin, struct judgement *j)
{
    j->credited = -1;
    set_agency(j, (struct dupd_view){0}, DUPD_CREDIT_NONE, (struct dupd_view){0});
    if (!agencies)
        return;
    if (a->credit_count)
        set_agency(j, dupd_view_of(dupd_agency_name(agencies, a->credit[0].agency)),
                   a->credit[0].how, a->credit[0].text);
    if (!dupd_verdict_is_copy(j->verdict))
        return;
    credit_from(a, agencies, j->origin, j);
    for (unsigned i = 0; i < j->match_count; i++)
        if (is_source(j->match[i]))
            credit_from(a, agencies, j->match[i], j);
    credit_from(a, agencies, story_origin, j);
}
