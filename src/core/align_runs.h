/*
 * align_runs.h: equal runs of two token sequences, and their chains. Internal to the core.
 */
#ifndef DUPD_CORE_ALIGN_RUNS_H
#define DUPD_CORE_ALIGN_RUNS_H

#include "dupd/align.h"

#define ALIGN_NONE UINT32_MAX
#define ALIGN_GAP_MAX 24u  /* tokens of a gap that may be bridged, either side */
#define ALIGN_SKEW_MAX 10u /* by which the two sides of a gap may differ */
#define ALIGN_GAP_FREE 4u  /* gaps up to this are bridged whatever stands in them */

/* Equal tokens: a[a .. a+len) == b[b .. b+len). */
struct align_run {
    uint32_t a, b, len;
    uint32_t previous; /* run that it continues, or ALIGN_NONE */
    uint32_t weight;   /* matched weight of the chain that ends here */
    bool continued;    /* another run continues this one */
};

/* Scratch of one comparison, carved from one allocation. */
struct align_work {
    const struct dupd_tokens *a, *b;
    uint64_t *shingle_a, *shingle_b;
    uint32_t shingles_a, shingles_b;
    uint32_t *slot; /* hash table: index of the first shingle of b with that hash, or ALIGN_NONE */
    uint32_t *next; /* next shingle of b that is equal */
    uint32_t *slot_a; /* table of a's distinct shingles */
    uint32_t slot_mask, slot_a_mask;
    uint64_t mix; /* odd; where in the tables a hash is looked for */
    uint8_t *used_b;
    struct align_run *run;
    uint32_t run_count;
    uint32_t distinct_a, distinct_b, distinct_shared;
};

/* Carves the arrays for a and b out of `scratch`, growing it. Returns 0 or DUPD_ENOMEM. */
int align_prepare(struct align_work *w, struct dupd_aligner *scratch, const struct dupd_tokens *a,
                  const struct dupd_tokens *b);

/* Fills the tables, counts distinct shingles, finds the runs, links them to chains. */
void align_find_runs(struct align_work *w);
void align_link_runs(struct align_work *w);

/* Fills in every figure of o from its passages and pairs. */
void align_sum_up(const struct align_work *w, const struct dupd_side *a, const struct dupd_side *b,
                  struct dupd_overlap *o);

/* Longest common subsequence of a gap (both sides at most ALIGN_GAP_MAX tokens): its length; with
 * pair_a and pair_b not NULL also writes the pairs. */
uint32_t align_gap(const struct align_work *w, uint32_t a, uint32_t a_len, uint32_t b,
                   uint32_t b_len, uint32_t *pair_a, uint32_t *pair_b);

#endif
