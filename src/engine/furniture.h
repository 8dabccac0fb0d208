/*
 * furniture.h: paragraphs that recur on one outlet: masking them, and the sightings by which the
 * store learns them. Internal to the engine.
 */
#ifndef ENGINE_FURNITURE_H
#define ENGINE_FURNITURE_H

#include "engine/engine.h"

/* A paragraph lighter than this many words is not learned: "Read more" is everywhere. */
#define FURNITURE_WORDS_MIN 6u
/* Phrases that match more than one word in this many are not believed. */
#define FURNITURE_PHRASES_MAX 4u
/* Sightings that one article makes at most. */
#define FURNITURE_SIGHTINGS_MAX 256u

/* What is known of one outlet: a store operation whose result is kept for one job. */
struct furniture_set {
    struct store_furniture op;
    struct furniture_set *next;
};

/* One byte a paragraph, 1 for furniture: *mask, to be freed; NULL when there is none. *words: how
 * many words are masked. Furniture is what the outlet is known for (`set`) and what the phrases
 * say, these for a quarter of the text at most: a copy cannot hide behind them. Both may be NULL.
 * Returns 0 or DUPD_ENOMEM. */
int furniture_mask(const struct furniture_set *set, const struct dupd_phrases *phrases,
                   const struct dupd_tokens *t, uint8_t **mask, uint32_t *words);

struct furniture_sightings {
    struct store_sighting list[FURNITURE_SIGHTINGS_MAX];
    uint32_t count;
};

/* The paragraphs that this article (of story `story`) shares with texts of *other* stories, seen on
 * both outlets. Paragraphs shared within a story are its text. Agencies' own feeds are left out:
 * there a recurring paragraph is copy. `mask` is of this article; what is masked is known already.
 * Returns 0 or DUPD_ENOMEM. */
int furniture_sight(const struct analysis *a, const uint8_t *mask, uint64_t story,
                    struct match *const *verified, unsigned count,
                    const struct dupd_agencies *agencies, struct furniture_sightings *out);

#endif
