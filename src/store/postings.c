/*
 * postings.c: the policy of posting and asking, on the table.
 *
 * Posting: a block's hashes are taken in ascending order until k are posted; a shingle that already
 * has its maximum of owners is passed over, and a later one stands in for it (there are up to 2k).
 * Asking takes the same walk: k shingles that are not full, and on the way also the owners of full
 * ones, since those first owners are what a popular story is found by.
 */
#include "store/postings.h"

_Static_assert(TABLE_OWNERS_LIMIT <= FINDER_OWNERS_LIMIT, "owners that a finder can count");

static void prefetch_block(const struct table *t, const uint64_t *hash, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        table_prefetch(t, posting_tag_of_shingle(hash[i]));
}

uint64_t postings_wanted(const struct store_postings *p)
{
    uint64_t sum = p->exact_count;
    for (uint32_t b = 0; b < p->sketch->block_count; b++)
        sum += posting_wanted_of(&p->sketch->block[b]);
    return sum;
}

static void add_block(struct table *t, const struct dupd_sketch_block *b, const uint64_t *hash,
                      uint32_t n, const struct table_window *window, struct postings_count *sum)
{
    uint32_t left = posting_wanted_of(b), count = posting_hashes_of(b);
    prefetch_block(t, hash, left < count ? left : count);
    for (uint32_t i = 0; i < count && left > 0; i++) {
        enum table_result r = table_post(t, posting_tag_of_shingle(hash[i]), n, window);
        left -= r != TABLE_HOT;
        sum->posted += r == TABLE_POSTED;
        sum->hot += r == TABLE_HOT;
        sum->refused += r == TABLE_REFUSED;
    }
}

struct postings_count postings_add(struct table *t, const struct store_postings *p, uint32_t n,
                                   const struct table_window *window)
{
    struct postings_count sum = {0, 0, 0};
    for (uint32_t i = 0; i < p->exact_count; i++) {
        enum table_result r = table_post(t, posting_tag_of_exact(p->exact[i]), n, window);
        sum.posted += r == TABLE_POSTED;
        sum.refused += r == TABLE_REFUSED;
    }
    for (uint32_t i = 0; i < p->sketch->block_count; i++) {
        const struct dupd_sketch_block *b = &p->sketch->block[i];
        add_block(t, b, p->sketch->hash + b->first, n, window, &sum);
    }
    return sum;
}

void postings_remove(struct table *t, const struct store_postings *p, uint32_t n)
{
    for (uint32_t i = 0; i < p->exact_count; i++)
        table_remove(t, posting_tag_of_exact(p->exact[i]), n);
    for (uint32_t i = 0; i < p->sketch->hash_count; i++)
        table_remove(t, posting_tag_of_shingle(p->sketch->hash[i]), n);
}

static int find_block(struct finder *f, const struct table *t, const struct dupd_sketch_block *b,
                      const uint64_t *hash, const struct table_window *window, uint32_t min_shared)
{
    uint32_t owners[TABLE_OWNERS_LIMIT], left = posting_wanted_of(b), count = posting_hashes_of(b),
                                         asked = 0;
    prefetch_block(t, hash, left < count ? left : count);
    for (; asked < count && left > 0; asked++) {
        unsigned n = table_owners(t, posting_tag_of_shingle(hash[asked]), window, owners);
        bool hot = n >= t->header->owners_max;
        finder_owners(f, owners, n, hot);
        left -= !hot;
    }
    return finder_end_block(f, b, asked, min_shared);
}

int postings_find(struct finder *f, const struct table *t, const struct store_postings *p,
                  const struct table_window *window, uint64_t self, uint32_t min_shared)
{
    uint32_t owners[TABLE_OWNERS_LIMIT];
    int rc = finder_begin(f);
    for (uint32_t i = 0; i < p->exact_count && !rc; i++) {
        unsigned n = table_owners(t, posting_tag_of_exact(p->exact[i]), window, owners);
        rc = finder_exact(f, owners, n);
    }
    for (uint32_t i = 0; i < p->sketch->block_count && !rc; i++) {
        const struct dupd_sketch_block *b = &p->sketch->block[i];
        rc = find_block(f, t, b, p->sketch->hash + b->first, window, min_shared);
    }
    if (!rc)
        finder_end(f, self);
    return rc;
}
