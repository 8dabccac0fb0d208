/*
 * postings.h: which entries an article makes in the posting table, and who shares them.
 */
#ifndef STORE_POSTINGS_H
#define STORE_POSTINGS_H

#include "store/finder.h"
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

/* Numbers other than self that share >= min_shared sketch postings in one block, or an exact one,
 * ranked as store.h says. Not limited in number: each block adds at most a few hundred. Returns 0
 * or DUPD_ENOMEM. About 5 us for an article of 800 words in a table of a million. */
int postings_find(struct finder *f, const struct table *t, const struct store_postings *p,
                  const struct table_window *window, uint64_t self, uint32_t min_shared);

#endif
