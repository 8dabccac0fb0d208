/*
 * finder.h: from the owners of shingles to ranked candidates. Both indexes use it: the posting
 * table and the shards in Redis.
 *
 *   finder_begin -> finder_exact ... -> { finder_owners ... -> finder_end_block } ... -> finder_end
 */
#ifndef STORE_FINDER_H
#define STORE_FINDER_H

#include "store/store.h"

#define FINDER_OWNERS_LIMIT 24u /* owners of a shingle at most, whatever the options say */

/* Scratch memory. Zero-initialised is valid. */
struct finder {
    struct finder_tally *tally; /* counts numbers within a block */
    uint16_t *met;
    uint32_t met_count;
    uint32_t plain;                /* shingles of the block that are not hot */
    struct store_candidate *found; /* out: best first */
    uint32_t count, cap;
    uint32_t hot; /* out: shingles asked that have the maximum of owners */
};

void finder_close(struct finder *f);

/* Empties it. Returns 0 or DUPD_ENOMEM. */
int finder_begin(struct finder *f);
/* The owners of an exact posting. */
int finder_exact(struct finder *f, const uint32_t *owners, unsigned count);
/* The owners (distinct) of the next shingle of a block; hot: it has the maximum of them. */
void finder_owners(struct finder *f, const uint32_t *owners, unsigned count, bool hot);
/* The block is over after `asked` shingles: who shares min_shared of them becomes a candidate. */
int finder_end_block(struct finder *f, const struct dupd_sketch_block *b, uint32_t asked,
                     uint32_t min_shared);
/* One candidate for each number but `self`, ranked as store.h says. */
void finder_end(struct finder *f, uint64_t self);

/* ---- what is posted ---- */

/* Tags: the low half of a shingle's hash. The sketch takes the smallest hashes, which says nothing
 * about low bits. Exact hashes are mixed first, so that they live in a space of their own. */
static inline uint32_t posting_tag_of_shingle(uint64_t hash)
{
    return (uint32_t)hash;
}

static inline uint32_t posting_tag_of_exact(uint64_t hash)
{
    uint64_t x = hash ^ UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

/* Shingles of a block that are posted. */
static inline uint32_t posting_wanted_of(const struct dupd_sketch_block *b)
{
    return b->k < DUPD_SKETCH_K_MAX ? b->k : DUPD_SKETCH_K_MAX;
}

/* Hashes to walk at most: those of the block, but no more than 2k. */
static inline uint32_t posting_hashes_of(const struct dupd_sketch_block *b)
{
    return b->count < 2 * posting_wanted_of(b) ? b->count : 2 * posting_wanted_of(b);
}

#endif
