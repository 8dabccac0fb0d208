/*
 * postings.h: which entries an article makes in the posting table, and who shares them.
 */
#ifndef STORE_POSTINGS_H
#define STORE_POSTINGS_H

#include "store/store.h"
#include "store/table.h"

struct postings_count {
    uint32_t posted, hot, refused;
};

/* Posts n for k shingles of each block, replacing hot ones by later ones, and for each exact hash.
 * Idempotent. */
struct postings_count postings_add(struct table *t, const struct store_postings *p, uint32_t n,
                                   const struct table_window *window);

void postings_remove(struct table *t, const struct store_postings *p, uint32_t n);

/* Upper bound of the entries that postings_add makes. */
uint64_t postings_wanted(const struct store_postings *p);

/* Scratch memory of postings_find. Zero-initialised is valid. */
struct postings_finder {
    struct postings_tally *tally; /* counts numbers within a block */
    uint16_t *used;
    struct store_candidate *found; /* out: best first */
    uint32_t count, cap;
    uint32_t hot; /* out: shingles asked that have owners_max owners */
};

void postings_finder_close(struct postings_finder *f);

/* Numbers other than self that share >= min_shared sketch postings in one block, or an exact one,
 * ranked as store.h says. Not limited in number: each block adds at most a few hundred. Returns 0
 * or DUPD_ENOMEM. About 5 us for an article of 800 words in a table of a million. */
int postings_find(struct postings_finder *f, const struct table *t, const struct store_postings *p,
                  const struct table_window *window, uint64_t self, uint32_t min_shared);

#endif
