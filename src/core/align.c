/*
 * align.c: from chains of equal runs to passages and figures.
 *
 * Happy path: runs are found and linked (align_runs.c); each chain heavy enough becomes a passage,
 * its gaps are aligned word by word; then one walk over each text sums up what is shared, quoted,
 * prose and furniture. Fails only for lack of memory. Cost: about 60 us for two articles of 800
 * words.
 */
#include "dupd/align.h"

#include <stdlib.h>

#include "align_runs.h"
#include "dupd/error.h"

#define PASSAGE_WEIGHT_MIN (7u * DUPD_WORD_WEIGHT)

void dupd_aligner_init(struct dupd_aligner *a)
{
    *a = (struct dupd_aligner){0};
}

void dupd_aligner_close(struct dupd_aligner *a)
{
    free(a->memory);
    *a = (struct dupd_aligner){0};
}

void dupd_overlap_init(struct dupd_overlap *o)
{
    *o = (struct dupd_overlap){0};
}

void dupd_overlap_close(struct dupd_overlap *o)
{
    free(o->passage);
    free(o->pair_a);
    free(o->pair_b);
    *o = (struct dupd_overlap){0};
}

static int reserve_pairs(uint32_t **pair, uint32_t *cap, uint32_t count)
{
    if (count > *cap || !*pair) {
        uint32_t *p = realloc(*pair, ((size_t)count + 1) * sizeof *p);
        if (!p)
            return DUPD_ENOMEM;
        *pair = p;
        *cap = count;
    }
    memset(*pair, 0xFF, count * sizeof **pair);
    return DUPD_OK;
}

static int add_passage(struct dupd_overlap *o, struct dupd_passage p)
{
    if (o->passage_count == o->passage_cap) {
        uint32_t cap = o->passage_cap ? o->passage_cap * 2 : 16;
        struct dupd_passage *grown = realloc(o->passage, cap * sizeof *grown);
        if (!grown)
            return DUPD_ENOMEM;
        o->passage = grown;
        o->passage_cap = cap;
    }
    o->passage[o->passage_count++] = p;
    return DUPD_OK;
}

static void pair_run(struct dupd_overlap *o, const struct align_run *run)
{
    for (uint32_t i = 0; i < run->len; i++) {
        o->pair_a[run->a + i] = run->b + i;
        o->pair_b[run->b + i] = run->a + i;
    }
}

static void unpair(struct dupd_overlap *o, const struct dupd_passage *p)
{
    memset(o->pair_a + p->a_first, 0xFF, (p->a_end - p->a_first) * sizeof *o->pair_a);
    memset(o->pair_b + p->b_first, 0xFF, (p->b_end - p->b_first) * sizeof *o->pair_b);
}

/* Heavy enough to be a passage, and not the beginning of something longer? */
static bool ends_chain(const struct align_run *run)
{
    return !run->continued && run->weight >= PASSAGE_WEIGHT_MIN;
}

static const struct align_run *run_before(const struct align_work *w, const struct align_run *run)
{
    return run->previous == ALIGN_NONE ? NULL : &w->run[run->previous];
}

static bool all_unpaired(const uint32_t *pair, uint32_t first, uint32_t end)
{
    while (first < end && pair[first] == DUPD_UNPAIRED)
        first++;
    return first == end;
}

/* Aligns the gap between two runs of a chain. False when another chain has words in it (a block
 * that was moved there): then they are two passages. */
static bool bridge(const struct align_work *w, struct dupd_overlap *o,
                   const struct align_run *earlier, const struct align_run *run)
{
    uint32_t a = earlier->a + earlier->len, b = earlier->b + earlier->len;
    if (!all_unpaired(o->pair_a, a, run->a) || !all_unpaired(o->pair_b, b, run->b))
        return false;
    align_gap(w, a, run->a - a, b, run->b - b, o->pair_a, o->pair_b);
    return true;
}

/* The passages of the chain that ends with `run`, whose runs are paired already. */
static int add_chain(const struct align_work *w, struct dupd_overlap *o,
                     const struct align_run *run)
{
    while (run) {
        const struct align_run *earlier;
        struct dupd_passage p = {.a_end = run->a + run->len, .b_end = run->b + run->len};
        uint32_t weight = run->weight;
        for (; (earlier = run_before(w, run)) && bridge(w, o, earlier, run); run = earlier)
            ;
        weight -= earlier ? earlier->weight : 0;
        p.a_first = run->a;
        p.b_first = run->b;
        if (weight < PASSAGE_WEIGHT_MIN)
            unpair(o, &p);
        else if (add_passage(o, p))
            return DUPD_ENOMEM;
        run = earlier;
    }
    return DUPD_OK;
}

static int by_place(const void *x, const void *y)
{
    const struct dupd_passage *p = x, *q = y;
    return (p->a_first > q->a_first) - (p->a_first < q->a_first);
}

/* All runs are paired before the first gap is: a gap may take only words that no run needs. */
static int find_passages(const struct align_work *w, struct dupd_overlap *o)
{
    for (uint32_t i = 0; i < w->run_count; i++)
        if (ends_chain(&w->run[i]))
            for (const struct align_run *run = &w->run[i]; run; run = run_before(w, run))
                pair_run(o, run);
    for (uint32_t i = 0; i < w->run_count; i++)
        if (ends_chain(&w->run[i]) && add_chain(w, o, &w->run[i]))
            return DUPD_ENOMEM;
    if (o->passage_count > 1)
        qsort(o->passage, o->passage_count, sizeof *o->passage, by_place);
    return DUPD_OK;
}

int dupd_align(struct dupd_aligner *scratch, const struct dupd_side *a, const struct dupd_side *b,
               struct dupd_overlap *o)
{
    struct align_work w;
    o->passage_count = 0;
    if (align_prepare(&w, scratch, a->tokens, b->tokens) ||
        reserve_pairs(&o->pair_a, &o->pair_a_cap, a->tokens->count) ||
        reserve_pairs(&o->pair_b, &o->pair_b_cap, b->tokens->count))
        return DUPD_ENOMEM;
    align_find_runs(&w);
    align_link_runs(&w);
    if (find_passages(&w, o))
        return DUPD_ENOMEM;
    align_sum_up(&w, a, b, o);
    return DUPD_OK;
}
