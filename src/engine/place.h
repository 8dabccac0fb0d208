/*
 * place.h: the decisions about an article among its matches, as pure functions: who is earlier,
 * which verdict stands at the top, which story is joined, when a story's origin moves, which
 * stories merge, who becomes a copy. No I/O, no memory: job.c asks, the tests ask too.
 *
 * A story is joined only through its origin, or through a member that is itself nearly the origin:
 * a chain of weak links (A has a passage of B, B another one of C) does not make A and C one story.
 */
#ifndef ENGINE_PLACE_H
#define ENGINE_PLACE_H

#include "engine/engine.h"

/* A member at least this much of whose text is its origin's stands for the origin. */
#define PLACE_NEARLY_ORIGIN 0.5
/* A story's origin is preferred to a copy of it that gave slightly more words. */
#define PLACE_GAVE_NEARLY 0.9
/* Origins of stories that are fetched for one article beyond its candidates. */
#define PLACE_ORIGINS_MAX 4u
/* Texts that are verified for one article, whatever the options say. */
#define PLACE_VERIFIED_MAX JUDGEMENT_MATCHES_MAX

/* ---- who is earlier ---- */

struct place_side {
    int64_t effective_ms, arrived_ms;
    uint64_t n;
    int feed;    /* index of the agency whose own feed it comes from, or -1 */
    int credits; /* index of the agency that its text credits, or -1 */
};

struct place_side place_side_of_record(const struct dupd_agencies *agencies,
                                       const struct dupd_record *r, uint64_t n);

/* By effective time; on a tie the side that the other's text credits (the agency's own feed) is
 * earlier; then by arrival; then by number. */
bool place_is_earlier(const struct place_side *a, const struct place_side *b);

/* Older versions of this article (same id): the one that it replaces, and another that was not
 * decided yet when this one came, or that was replaced meanwhile. 0: none. */
struct place_versions {
    uint64_t replaces, overtaken;
};

static inline bool place_is_version(const struct place_versions *v, uint64_t n)
{
    return n && (n == v->replaces || n == v->overtaken);
}

/* Where `other` stands to this article. What an older version is the origin of was taken from this
 * article. */
enum match_direction place_direction(const struct place_side *self, const struct place_side *other,
                                     const struct store_place *place,
                                     const struct place_versions *older);

/* ---- the verdict ---- */

/* Sorts what was verified into j->match (best first: FROM, verdict, score, words given, earlier)
 * and j->considered (UNIQUE), and sets origin, verdict, score and rule. Only FROM matches decide.
 * The origin is the copied one that gave most words, but (unless that is identical) the origin of
 * its story if it gave nearly as many. The verdict is the one against the origin, so that both say
 * one thing (against a spun copy of the origin it may be another); without an origin, that of the
 * best match. An outlet that updates its own article has not copied those who copied it: a match
 * whose story began with this outlet's text, which gave nearly as many words, came back and does
 * not decide. count <= PLACE_VERIFIED_MAX. */
void place_judge(struct match *const *verified, unsigned count, struct judgement *j);

/* Does this article's text come from an agency, and does it say so? Sets agency, agency_how,
 * agency_text, credited. The agency is looked for in the origin, the other copied matches, and
 * `story_origin` (the origin of the joined story; may be NULL). */
void place_credit(const struct analysis *a, const struct dupd_agencies *agencies,
                  const struct match *story_origin, struct judgement *j);

/* ---- the story ---- */

struct placement {
    uint64_t need;   /* not 0: verify this origin (or say that it is missing) and ask again */
    uint64_t story;  /* 0: a story of its own */
    float to_origin; /* share of this article's words that stand in the origin; 1 for an origin */
    bool becomes_origin;        /* of `story`: a late origin */
    float origin_share;         /* and share of the former origin's words that stand in it */
    const struct match *origin; /* of the joined story, if it was verified */
    uint64_t merge[PLACE_VERIFIED_MAX]; /* stories that are merged into `story` (0: into its own) */
    float merge_share[PLACE_VERIFIED_MAX]; /* of the words of their origins that stand in the one of
                                              `story`, at least; 0: not known */
    unsigned merge_count;
    const struct match *became_copy[PLACE_VERIFIED_MAX]; /* members that thereby become copies */
    unsigned became_copy_count;
};

struct place_question {
    struct match *const *verified;
    unsigned count;
    const uint64_t *missing; /* origins that cannot be had: dead, damaged, over the limit */
    unsigned missing_count;
    struct place_versions older;
    uint64_t self; /* this article's number, or 0: others may have joined the story that it
                          would begin before it was decided */
};

struct placement place_story(const struct place_question *q);

#endif
