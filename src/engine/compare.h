/*
 * compare.h: two tokenised texts side by side: alignment, facts, ruling. Internal to the engine.
 */
#ifndef ENGINE_COMPARE_H
#define ENGINE_COMPARE_H

#include "engine/engine.h"

/* What is compared of an article; all borrowed. */
struct compare_side {
    struct dupd_side text;
    struct dupd_hash128 content_hash;
    uint64_t simhash;
    uint32_t words;
    struct dupd_view source, title;
};

/* Judges `later` against `earlier`. *overlap has later as a; facts->overlap points to it unless a
 * text is short. Returns 0 or DUPD_ENOMEM. */
int compare_sides(struct dupd_aligner *scratch, const struct engine_options *options,
                  const struct compare_side *later, const struct compare_side *earlier,
                  struct dupd_overlap *overlap, struct dupd_facts *facts,
                  struct dupd_ruling *ruling);

struct compare_side compare_side_of_analysis(const struct analysis *a, const uint8_t *masked);
struct compare_side compare_side_of_record(const struct dupd_record *r,
                                           const struct dupd_tokens *tokens, const uint8_t *masked);

#endif
