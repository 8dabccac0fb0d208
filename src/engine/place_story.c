/*
 * place_story.c: which story an article belongs to. Pure; never fails.
 *
 * First the stories of what it was taken from, best link first: joined when the article overlaps
 * the story's origin, or a member that is nearly the origin. Then the stories of what was taken
 * from it: those whose origin is later than this article and overlaps it are its own. If it joined
 * none above, it becomes the origin of the oldest of them and the others merge into that; if it
 * did, they all merge into the story that it joined.
 *
 * When a story's origin is not among the verified texts, the answer is "need": the caller verifies
 * it and asks again. Each question is settled for good by its answer, so that there are at most as
 * many rounds as stories among the matches.
 *
 * Matches without a story (not committed: their writer was killed, or is at it) link nothing. Where
 * several writers are at work, those that are not committed stand in the story that they would
 * begin, and so may others with this article's own: that story is its own, and it the origin.
 */
#include "engine/place.h"

static bool overlaps(const struct match *m)
{
    return m->ruling.verdict <= DUPD_UPDATE;
}

static bool links(const struct match *m, enum match_direction direction)
{
    return m->direction == direction && m->place.story != 0 && overlaps(m);
}

static const struct match *verified_of(const struct place_question *q, uint64_t n)
{
    for (unsigned i = 0; i < q->count; i++)
        if (q->verified[i]->n == n)
            return q->verified[i];
    return NULL;
}

static bool is_missing(const struct place_question *q, uint64_t n)
{
    for (unsigned i = 0; i < q->missing_count; i++)
        if (q->missing[i] == n)
            return true;
    return false;
}

/* The strongest link in that direction into a story that is not in `done`. */
static const struct match *next_link(const struct place_question *q, enum match_direction direction,
                                     const uint64_t *done, unsigned done_count)
{
    const struct match *best = NULL;
    for (unsigned i = 0; i < q->count; i++) {
        const struct match *m = q->verified[i];
        bool seen = !links(m, direction);
        for (unsigned k = 0; !seen && k < done_count; k++)
            seen = done[k] == m->place.story;
        if (seen)
            continue;
        if (!best || m->overlap.shared > best->overlap.shared ||
            (m->overlap.shared == best->overlap.shared && m->n < best->n))
            best = m;
    }
    return best;
}

/* Share of this article that is the story's origin's text by way of its best member: a lower bound
 * when the origin itself cannot be had. 0: no member is near enough to the origin. */
static double by_way_of_member(const struct place_question *q, uint64_t story)
{
    double best = 0;
    for (unsigned i = 0; i < q->count; i++) {
        const struct match *m = q->verified[i];
        if (!links(m, MATCH_FROM) || m->place.story != story ||
            (double)m->place.to_origin < PLACE_NEARLY_ORIGIN)
            continue;
        double share = (double)m->place.to_origin * m->overlap.of_a;
        best = share > best ? share : best;
    }
    return best;
}

static void join_earlier(const struct place_question *q, struct placement *p)
{
    uint64_t done[PLACE_VERIFIED_MAX];
    unsigned done_count = 0;
    const struct match *m;
    while ((m = next_link(q, MATCH_FROM, done, done_count))) {
        const struct match *origin = verified_of(q, m->place.origin);
        if (!origin && m->place.origin != q->self && !is_missing(q, m->place.origin)) {
            p->need = m->place.origin;
            return;
        }
        double member = by_way_of_member(q, m->place.story);
        if ((origin && overlaps(origin)) || member > 0) {
            p->story = m->place.story;
            p->origin = origin;
            p->to_origin = (float)(origin ? origin->overlap.of_a : member);
            return;
        }
        done[done_count++] = m->place.story;
    }
}

/* Is the story of m this article's own: is its origin this article, its older version, or a later
 * text that overlaps it? */
static bool is_own_story(const struct place_question *q, const struct match *m)
{
    if (place_is_version(&q->older, m->place.origin) || (q->self && m->place.origin == q->self))
        return true;
    const struct match *origin = verified_of(q, m->place.origin);
    return origin && origin->direction == MATCH_TO && overlaps(origin);
}

/* Share of the words of m's story's origin that stand in the origin of the story that this article
 * is in; by way of this article, and so a lower bound. An older version of it is that origin. */
static float share_of_origin(const struct place_question *q, const struct match *m,
                             const struct placement *p)
{
    const struct match *origin = verified_of(q, m->place.origin);
    return origin ? (float)origin->overlap.of_b * p->to_origin : p->to_origin;
}

static void claim_later(const struct place_question *q, struct placement *p)
{
    uint64_t done[PLACE_VERIFIED_MAX + 1];
    unsigned done_count = 0;
    if (p->story)
        done[done_count++] = p->story;
    const struct match *m;
    while (done_count < PLACE_VERIFIED_MAX && (m = next_link(q, MATCH_TO, done, done_count))) {
        uint64_t origin = m->place.origin;
        bool known = verified_of(q, origin) || is_missing(q, origin) ||
                     place_is_version(&q->older, origin) || origin == q->self;
        if (!known) {
            p->need = origin;
            return;
        }
        if (is_own_story(q, m)) {
            p->merge_share[p->merge_count] = share_of_origin(q, m, p);
            p->merge[p->merge_count++] = m->place.story;
        }
        done[done_count++] = m->place.story;
    }
}

/* With no earlier story to join, the oldest of its own stories (the smallest id) is the one. */
static void become_origin(struct placement *p)
{
    unsigned oldest = 0;
    for (unsigned i = 1; i < p->merge_count; i++)
        if (p->merge[i] < p->merge[oldest])
            oldest = i;
    p->story = p->merge[oldest];
    p->origin_share = p->merge_share[oldest];
    p->merge[oldest] = p->merge[--p->merge_count];
    p->merge_share[oldest] = p->merge_share[p->merge_count];
    p->becomes_origin = true;
    p->to_origin = 1;
}

struct placement place_story(const struct place_question *q)
{
    struct placement p = {.to_origin = 1};
    join_earlier(q, &p);
    if (!p.need)
        claim_later(q, &p);
    if (p.need)
        return p;
    if (!p.story && p.merge_count)
        become_origin(&p);
    for (unsigned i = 0; i < q->count; i++) {
        const struct match *m = q->verified[i];
        bool stays = p.story && !p.becomes_origin && m->place.story == p.story &&
                     m->place.origin == m->n; /* the origin of what is joined */
        if (links(m, MATCH_TO) && dupd_verdict_is_copy(m->ruling.verdict) && !m->place.copy &&
            !stays)
            p.became_copy[p.became_copy_count++] = m;
    }
    return p;
}
