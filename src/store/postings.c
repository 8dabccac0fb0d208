/*
 * postings.c: the policy of posting and asking.
 *
 * Posting: a block's hashes are taken in ascending order until k are posted; a shingle that already
 * has its maximum of owners is passed over, and a later one stands in for it (there are up to 2k).
 * Asking takes the same walk: k shingles that are not full, and on the way also the owners of full
 * ones, since those first owners are what a popular story is found by.
 *
 * What shared / of means. Article A posts its k_A smallest of |A| shingles: those below k_A/|A|
 * of the hash range, t_A; B those below t_B. A shared shingle is found when it is below both. So
 * shared / of estimates (share of A that stands in B) * min(1, t_B / t_A): exact for a B that is as
 * long as A or shorter, too low by t_B / t_A for a longer one. Blocks and k's growing with the root
 * of the length keep that factor above 0.3 for lengths of 1:4.
 * `of` counts the shingles asked that are not hot: a later article cannot own hot ones, an early
 * one owns them instead of the substitutes. Where nearly all are hot it is half of k.
 *
 * Tags: the low half of a shingle's hash. The sketch takes the smallest hashes, which says nothing
 * about low bits. Exact hashes are mixed first, so that they live in a space of their own.
 */
#include "store/postings.h"

#include <stdlib.h>

#include "dupd/error.h"

#define TALLY_SLOTS 8192u /* a power of two, over twice the numbers that one block can meet */
_Static_assert(2 * DUPD_SKETCH_K_MAX * TABLE_OWNERS_LIMIT <= TALLY_SLOTS * 3 / 4, "tally");

struct postings_tally {
    uint32_t n, count;
};

static uint32_t tag_of_shingle(uint64_t hash)
{
    return (uint32_t)hash;
}

static uint32_t tag_of_exact(uint64_t hash)
{
    uint64_t x = hash ^ UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

static void prefetch_block(const struct table *t, const uint64_t *hash, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        table_prefetch(t, tag_of_shingle(hash[i]));
}

static uint32_t wanted_of(const struct dupd_sketch_block *b)
{
    return b->k < DUPD_SKETCH_K_MAX ? b->k : DUPD_SKETCH_K_MAX;
}

/* Hashes to walk at most: those of the block, but no more than 2k. */
static uint32_t hashes_of(const struct dupd_sketch_block *b)
{
    return b->count < 2 * wanted_of(b) ? b->count : 2 * wanted_of(b);
}

uint64_t postings_wanted(const struct store_postings *p)
{
    uint64_t sum = p->exact_count;
    for (uint32_t b = 0; b < p->sketch->block_count; b++)
        sum += wanted_of(&p->sketch->block[b]);
    return sum;
}

static void add_block(struct table *t, const struct dupd_sketch_block *b, const uint64_t *hash,
                      uint32_t n, const struct table_window *window, struct postings_count *sum)
{
    uint32_t left = wanted_of(b), count = hashes_of(b);
    prefetch_block(t, hash, left < count ? left : count);
    for (uint32_t i = 0; i < count && left > 0; i++) {
        enum table_result r = table_post(t, tag_of_shingle(hash[i]), n, window);
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
        enum table_result r = table_post(t, tag_of_exact(p->exact[i]), n, window);
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
        table_remove(t, tag_of_exact(p->exact[i]), n);
    for (uint32_t i = 0; i < p->sketch->hash_count; i++)
        table_remove(t, tag_of_shingle(p->sketch->hash[i]), n);
}

void postings_finder_close(struct postings_finder *f)
{
    free(f->tally);
    free(f->used);
    free(f->found);
    *f = (struct postings_finder){0};
}

static int prepare(struct postings_finder *f)
{
    f->count = f->hot = 0;
    if (!f->tally)
        f->tally = calloc(TALLY_SLOTS, sizeof *f->tally);
    if (!f->used)
        f->used = malloc(TALLY_SLOTS * sizeof *f->used);
    return f->tally && f->used ? DUPD_OK : DUPD_ENOMEM;
}

static int append(struct postings_finder *f, struct store_candidate c)
{
    if (f->count == f->cap) {
        uint32_t cap = f->cap ? f->cap * 2 : 256;
        struct store_candidate *p = realloc(f->found, cap * sizeof *p);
        if (!p)
            return DUPD_ENOMEM;
        f->found = p;
        f->cap = cap;
    }
    f->found[f->count++] = c;
    return DUPD_OK;
}

/* Counts n once more; returns true when it is new. */
static bool tally(struct postings_finder *f, uint32_t n, uint32_t used)
{
    uint32_t at = n * UINT32_C(0x9e3779b1) >> 19; /* 13 bits */
    while (f->tally[at].n && f->tally[at].n != n)
        at = (at + 1) % TALLY_SLOTS;
    bool fresh = f->tally[at].n == 0;
    if (fresh)
        f->used[used] = (uint16_t)at;
    f->tally[at].n = n;
    f->tally[at].count++;
    return fresh;
}

static int find_block(struct postings_finder *f, const struct table *t,
                      const struct dupd_sketch_block *b, const uint64_t *hash,
                      const struct table_window *window, uint32_t min_shared)
{
    uint32_t owners[TABLE_OWNERS_LIMIT], used = 0, left = wanted_of(b), count = hashes_of(b),
                                         asked = 0;
    prefetch_block(t, hash, left < count ? left : count);
    for (; asked < count && left > 0; asked++) {
        unsigned n = table_owners(t, tag_of_shingle(hash[asked]), window, owners);
        for (unsigned i = 0; i < n; i++)
            used += tally(f, owners[i], used);
        bool hot = n >= t->header->owners_max;
        f->hot += hot;
        left -= !hot;
    }
    uint32_t half = (asked < wanted_of(b) ? asked : wanted_of(b)) / 2, plain = wanted_of(b) - left;
    uint32_t of = plain > half ? plain : half > 0 ? half : 1;
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < used; i++) {
        struct postings_tally *x = &f->tally[f->used[i]];
        uint32_t shared = x->count < of ? x->count : of;
        if (x->count >= min_shared && !rc)
            rc = append(f, (struct store_candidate){.n = x->n, .shared = shared, .of = of});
        *x = (struct postings_tally){0, 0};
    }
    return rc;
}

static int find_exact(struct postings_finder *f, const struct table *t, uint64_t hash,
                      const struct table_window *window)
{
    uint32_t owners[TABLE_OWNERS_LIMIT];
    unsigned n = table_owners(t, tag_of_exact(hash), window, owners);
    int rc = DUPD_OK;
    for (unsigned i = 0; i < n && !rc; i++)
        rc = append(f, (struct store_candidate){.n = owners[i], .of = 1, .exact = 1});
    return rc;
}

/* Below 0 when a has the larger share. */
static int by_share(const struct store_candidate *a, const struct store_candidate *b)
{
    uint64_t x = (uint64_t)a->shared * b->of, y = (uint64_t)b->shared * a->of;
    return (x < y) - (x > y);
}

static int by_number(const void *a, const void *b)
{
    const struct store_candidate *x = a, *y = b;
    return x->n != y->n ? (x->n > y->n) - (x->n < y->n) : by_share(x, y);
}

static int by_rank(const void *a, const void *b)
{
    const struct store_candidate *x = a, *y = b;
    if (x->exact != y->exact)
        return (x->exact < y->exact) - (x->exact > y->exact);
    int share = by_share(x, y);
    return share ? share : (x->n > y->n) - (x->n < y->n);
}

/* Makes one of all findings of the same number: its best block, and all exact ones. */
static void merge(struct postings_finder *f, uint64_t self)
{
    uint32_t kept = 0;
    qsort(f->found, f->count, sizeof *f->found, by_number);
    for (uint32_t i = 0; i < f->count; i++) {
        if (kept > 0 && f->found[kept - 1].n == f->found[i].n)
            f->found[kept - 1].exact += f->found[i].exact;
        else if (f->found[i].n != self)
            f->found[kept++] = f->found[i];
    }
    f->count = kept;
}

int postings_find(struct postings_finder *f, const struct table *t, const struct store_postings *p,
                  const struct table_window *window, uint64_t self, uint32_t min_shared)
{
    int rc = prepare(f);
    for (uint32_t i = 0; i < p->exact_count && !rc; i++)
        rc = find_exact(f, t, p->exact[i], window);
    for (uint32_t i = 0; i < p->sketch->block_count && !rc; i++) {
        const struct dupd_sketch_block *b = &p->sketch->block[i];
        rc = find_block(f, t, b, p->sketch->hash + b->first, window, min_shared);
    }
    if (rc || f->count == 0)
        return rc;
    merge(f, self);
    qsort(f->found, f->count, sizeof *f->found, by_rank);
    return DUPD_OK;
}
