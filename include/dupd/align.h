/*
 * dupd/align.h: what two texts share: matching passages, and every figure that the verdict needs.
 *
 * Shared shingles are extended to runs, runs are chained in order with gaps of a few replaced words
 * bridged, moved blocks are found as passages of their own. Each token of either side is matched at
 * most once. Cost: linear in both texts plus the gaps (bounded), about 60 us for two articles of
 * 800 words.
 */
#ifndef DUPD_ALIGN_H
#define DUPD_ALIGN_H

#include "dupd/tokens.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One side of a comparison; all borrowed. */
struct dupd_side {
    const struct dupd_tokens *tokens;
    const uint8_t *masked; /* for each paragraph: 1 = furniture of its outlet; NULL = none */
};

/* A passage: aligned tokens [first, end) on both sides. It has at least 7 shared words: shorter
 * coincidences ("the White House said") are not counted as shared at all. */
struct dupd_passage {
    uint32_t a_first, a_end;
    uint32_t b_first, b_end;
    uint32_t matched;  /* weight of a's tokens that stand in b, in this passage */
    uint32_t replaced; /* weight of a's tokens in bridged gaps that do not */
    uint32_t quoted;   /* weight of the matched ones that are quoted on either side */
    bool furniture;    /* most of it is masked */
    bool statement; /* someone's statement or speech, set without quotation marks: counts as quoted
                     */
};

#define DUPD_UNPAIRED UINT32_MAX

/* Shared and total amounts are in words (unspaced characters counting half). */
struct dupd_overlap {
    struct dupd_passage *passage; /* in order of a_first */
    uint32_t passage_count, passage_cap;
    uint32_t *pair_a; /* for each token of a: the token of b that it stands as, or DUPD_UNPAIRED */
    uint32_t *pair_b; /* and the other way round; inside a passage, unpaired tokens were replaced */
    uint32_t pair_a_cap, pair_b_cap;
    double resemblance;                  /* Jaccard of the distinct shingles, furniture included */
    double shingles_of_a, shingles_of_b; /* containment of distinct shingles */
    uint32_t words_a, words_b;           /* without furniture */
    uint32_t furniture_a, furniture_b;   /* masked words */
    uint32_t shared;                     /* words of a that stand in b, furniture excluded */
    uint32_t prose;                      /* of these, outside quotation marks on both sides */
    uint32_t quoted;                     /* shared - prose */
    uint32_t prose_a, prose_b; /* words of each side outside furniture and quotation marks as they
                                  stand, no exemption lost */
    uint32_t longest_run;      /* longest run of equal words */
    uint32_t longest_prose_run;
    double span_a, span_b; /* share of each side's words that is prose inside passages,
                              replaced words included */
    uint32_t lifted;       /* longest run that a quotes and b has as its own prose */
    double of_a, of_b;     /* shared / words_a, shared / words_b */
    double rewriting;      /* share of the aligned words that were replaced */
    uint32_t numbers;      /* inside passages that are no furniture, on the side that has fewer */
    uint32_t numbers_kept; /* of these, those that stand in both */
    double head_a, head_b; /* share of the first 100 words of that side that stands in the other */
};

/* Scratch memory that is reused from one comparison to the next. Zero-initialised is valid. */
struct dupd_aligner {
    void *memory;
    size_t size;
};

void dupd_aligner_init(struct dupd_aligner *a);
void dupd_aligner_close(struct dupd_aligner *a);
void dupd_overlap_init(struct dupd_overlap *o);
void dupd_overlap_close(struct dupd_overlap *o);

/* Compares a ("this") with b ("match") and replaces what o held. Returns 0 or DUPD_ENOMEM. */
int dupd_align(struct dupd_aligner *scratch, const struct dupd_side *a, const struct dupd_side *b,
               struct dupd_overlap *o);

#ifdef __cplusplus
}
#endif
#endif
