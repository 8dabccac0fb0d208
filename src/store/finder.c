/*
 * finder.c: counting who shares what, and ranking it. Fails only for lack of memory.
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
#include "store/finder.h"

#include <stdlib.h>

#include "dupd/error.h"

#define TALLY_SLOTS 8192u /* a power of two, over twice the numbers that one block can meet */
_Static_assert(2 * DUPD_SKETCH_K_MAX * FINDER_OWNERS_LIMIT <= TALLY_SLOTS * 3 / 4, "tally");

struct finder_tally {
    uint32_t n, count;
};

void finder_close(struct finder *f)
{
    free(f->tally);
    free(f->met);
    free(f->found);
    *f = (struct finder){0};
}

int finder_begin(struct finder *f)
{
    f->count = f->hot = f->met_count = f->plain = 0;
    if (!f->tally)
        f->tally = calloc(TALLY_SLOTS, sizeof *f->tally);
    if (!f->met)
        f->met = malloc(TALLY_SLOTS * sizeof *f->met);
    return f->tally && f->met ? DUPD_OK : DUPD_ENOMEM;
}

static int append(struct finder *f, struct store_candidate c)
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

int finder_exact(struct finder *f, const uint32_t *owners, unsigned count)
{
    int rc = DUPD_OK;
    for (unsigned i = 0; i < count && !rc; i++)
        rc = append(f, (struct store_candidate){.n = owners[i], .of = 1, .exact = 1});
    return rc;
}

void finder_owners(struct finder *f, const uint32_t *owners, unsigned count, bool hot)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t n = owners[i], at = n * UINT32_C(0x9e3779b1) >> 19; /* 13 bits */
        while (f->tally[at].n && f->tally[at].n != n)
            at = (at + 1) % TALLY_SLOTS;
        if (f->tally[at].n == 0)
            f->met[f->met_count++] = (uint16_t)at;
        f->tally[at].n = n;
        f->tally[at].count++;
    }
    f->hot += hot;
    f->plain += !hot;
}

int finder_end_block(struct finder *f, const struct dupd_sketch_block *b, uint32_t asked,
                     uint32_t min_shared)
{
    uint32_t wanted = posting_wanted_of(b), half = (asked < wanted ? asked : wanted) / 2;
    uint32_t of = f->plain > half ? f->plain : half > 0 ? half : 1;
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < f->met_count; i++) {
        struct finder_tally *x = &f->tally[f->met[i]];
        uint32_t shared = x->count < of ? x->count : of;
        if (x->count >= min_shared && !rc)
            rc = append(f, (struct store_candidate){.n = x->n, .shared = shared, .of = of});
        *x = (struct finder_tally){0, 0};
    }
    f->met_count = f->plain = 0;
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

void finder_end(struct finder *f, uint64_t self)
{
    uint32_t kept = 0;
    if (f->count == 0)
        return;
    qsort(f->found, f->count, sizeof *f->found, by_number);
    for (uint32_t i = 0; i < f->count; i++) {
        if (kept > 0 && f->found[kept - 1].n == f->found[i].n)
            f->found[kept - 1].exact += f->found[i].exact;
        else if (f->found[i].n != self)
            f->found[kept++] = f->found[i];
    }
    f->count = kept;
    if (kept)
        qsort(f->found, kept, sizeof *f->found, by_rank);
}
