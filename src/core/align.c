/*
 * align.c: from chains of equal runs to passages and figures.
 *
 * Happy path: runs are found and linked (align_runs.c); each chain heavy enough becomes a passage,
 * its gaps are aligned word by word; then one walk over each text sums up what is shared, quoted,
 * prose and furniture. Fails only for lack of memory. Cost: about 60 us for two articles of 800
 * words.
 *
 * Quotations: a shared word is prose only if it stands outside quotation marks on both sides, since
 * one outlet quotes the tweet that the other sets as a block. A text more than half of which is
 * quoted gets no such exemption: its marks are ignored (a copy wrapped in quotation marks is a
 * copy).
 */
#include "dupd/align.h"

#include <stdlib.h>

#include "align_runs.h"
#include "dupd/error.h"

#define PASSAGE_WEIGHT_MIN (7u * DUPD_WORD_WEIGHT)
#define HEAD_WEIGHT (100u * DUPD_WORD_WEIGHT)

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

/* Pairs the runs of the chain that ends with run `last`; returns its passage. */
static struct dupd_passage pair_runs(const struct align_work *w, struct dupd_overlap *o,
                                     uint32_t last)
{
    const struct align_run *run = &w->run[last];
    struct dupd_passage p = {.a_end = run->a + run->len, .b_end = run->b + run->len};
    for (;;) {
        for (uint32_t i = 0; i < run->len; i++) {
            o->pair_a[run->a + i] = run->b + i;
            o->pair_b[run->b + i] = run->a + i;
        }
        p.a_first = run->a;
        p.b_first = run->b;
        if (run->previous == ALIGN_NONE)
            return p;
        run = &w->run[run->previous];
    }
}

/* Pairs equal words in the gaps of the chain that ends with run `last`. */
static void pair_gaps(const struct align_work *w, struct dupd_overlap *o, uint32_t last)
{
    for (const struct align_run *run = &w->run[last]; run->previous != ALIGN_NONE;) {
        const struct align_run *earlier = &w->run[run->previous];
        uint32_t a = earlier->a + earlier->len, b = earlier->b + earlier->len;
        align_gap(w, a, run->a - a, b, run->b - b, o->pair_a, o->pair_b);
        run = earlier;
    }
}

static bool is_passage(const struct align_run *run)
{
    return !run->continued && run->weight >= PASSAGE_WEIGHT_MIN;
}

static int by_place(const void *x, const void *y)
{
    const struct dupd_passage *p = x, *q = y;
    return (p->a_first > q->a_first) - (p->a_first < q->a_first);
}

/* Runs of all passages first: a gap of one may hold a moved block that belongs to another. */
static int find_passages(const struct align_work *w, struct dupd_overlap *o)
{
    for (uint32_t i = 0; i < w->run_count; i++)
        if (is_passage(&w->run[i]) && add_passage(o, pair_runs(w, o, i)))
            return DUPD_ENOMEM;
    for (uint32_t i = 0; i < w->run_count; i++)
        if (is_passage(&w->run[i]))
            pair_gaps(w, o, i);
    if (o->passage_count > 1)
        qsort(o->passage, o->passage_count, sizeof *o->passage, by_place);
    return DUPD_OK;
}

/* What the marks of a side are worth: nothing in a text that is mostly quoted and mostly shared. */
static uint8_t quote_flag(const struct dupd_tokens *t, const uint32_t *pair)
{
    uint64_t shared = 0;
    if (t->quoted_weight * 2 <= t->weight)
        return DUPD_TOKEN_QUOTED;
    for (uint32_t i = 0; i < t->count; i++)
        shared += pair[i] == DUPD_UNPAIRED ? 0 : t->token[i].weight;
    return shared * 3 > (uint64_t)t->weight * 2 ? 0 : DUPD_TOKEN_QUOTED;
}

static bool is_masked(const struct dupd_side *s, uint32_t token)
{
    return s->masked && s->masked[s->tokens->token[token].paragraph];
}

static uint32_t to_words(uint64_t weight)
{
    return (uint32_t)((weight + 1) / DUPD_WORD_WEIGHT);
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* Sums in weights; halved into words at the end. */
struct sums {
    uint64_t words, furniture, prose_own, shared, prose, span;
    uint64_t head, head_shared;
    uint64_t run, prose_run, lifted_run;
    uint64_t longest_run, longest_prose_run, longest_lifted_run;
};

/* A side with what is needed of it while summing. */
struct reading {
    const struct dupd_side *side;
    const uint32_t *pair;
    uint8_t quote_flag;
};

static void prolong(uint64_t *run, uint64_t *longest, bool counts, bool continues, uint32_t weight)
{
    *run = counts ? (continues ? *run : 0) + weight : 0;
    if (*run > *longest)
        *longest = *run;
}

static void add_shared(struct sums *s, uint32_t weight, bool own_quoted, bool other_quoted,
                       bool continues)
{
    bool prose = !own_quoted && !other_quoted;
    s->shared += weight;
    s->prose += prose ? weight : 0;
    prolong(&s->run, &s->longest_run, true, continues, weight);
    prolong(&s->prose_run, &s->longest_prose_run, prose, continues, weight);
    prolong(&s->lifted_run, &s->longest_lifted_run, own_quoted && !other_quoted, continues, weight);
}

static void end_runs(struct sums *s)
{
    s->run = s->prose_run = s->lifted_run = 0;
}

static struct sums sum_side(const struct reading *own, const struct reading *other)
{
    struct sums s = {0};
    const struct dupd_tokens *t = own->side->tokens;
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t weight = t->token[i].weight, mate = own->pair[i];
        if (is_masked(own->side, i)) {
            s.furniture += weight;
            end_runs(&s);
            continue;
        }
        bool in_head = s.words < HEAD_WEIGHT;
        bool quoted = (t->token[i].flags & own->quote_flag) != 0;
        s.words += weight;
        s.head += in_head ? weight : 0;
        s.prose_own += quoted ? 0 : weight;
        if (mate == DUPD_UNPAIRED || is_masked(other->side, mate)) {
            end_runs(&s);
            continue;
        }
        bool other_quoted = (other->side->tokens->token[mate].flags & other->quote_flag) != 0;
        s.head_shared += in_head ? weight : 0;
        add_shared(&s, weight, quoted, other_quoted,
                   i > 0 && mate > 0 && own->pair[i - 1] == mate - 1);
    }
    return s;
}

/* Weight of the prose of tokens [first, end): shared prose, and replaced words outside marks. */
static uint64_t span_prose(const struct reading *own, const struct reading *other, uint32_t first,
                           uint32_t end)
{
    uint64_t weight = 0;
    for (uint32_t i = first; i < end; i++) {
        const struct dupd_token *t = &own->side->tokens->token[i];
        uint32_t mate = own->pair[i];
        bool quoted =
            (t->flags & own->quote_flag) ||
            (mate != DUPD_UNPAIRED && (other->side->tokens->token[mate].flags & other->quote_flag));
        bool masked =
            is_masked(own->side, i) || (mate != DUPD_UNPAIRED && is_masked(other->side, mate));
        weight += quoted || masked ? 0 : t->weight;
    }
    return weight;
}

static void sum_passage(struct dupd_passage *p, const struct reading *a, const struct reading *b)
{
    uint32_t masked = 0;
    for (uint32_t i = p->a_first; i < p->a_end; i++) {
        const struct dupd_token *t = &a->side->tokens->token[i];
        uint32_t mate = a->pair[i];
        if (mate == DUPD_UNPAIRED) {
            p->replaced += t->weight;
            continue;
        }
        p->matched += t->weight;
        if (is_masked(a->side, i) || is_masked(b->side, mate))
            masked += t->weight;
        if ((t->flags & a->quote_flag) || (b->side->tokens->token[mate].flags & b->quote_flag))
            p->quoted += t->weight;
    }
    p->furniture = masked * 2 > p->matched;
}

static void sum_passages(const struct reading *a, const struct reading *b, struct dupd_overlap *o,
                         struct sums *sa, struct sums *sb)
{
    uint64_t matched = 0, replaced = 0;
    for (uint32_t i = 0; i < o->passage_count; i++) {
        struct dupd_passage *p = &o->passage[i];
        sum_passage(p, a, b);
        if (p->furniture)
            continue;
        matched += p->matched;
        replaced += p->replaced;
        sa->span += span_prose(a, b, p->a_first, p->a_end);
        sb->span += span_prose(b, a, p->b_first, p->b_end);
    }
    o->rewriting = share(replaced, matched + replaced);
}

static void sum_up(const struct align_work *w, const struct reading *a, const struct reading *b,
                   struct dupd_overlap *o)
{
    struct sums sa = sum_side(a, b), sb = sum_side(b, a);
    sum_passages(a, b, o, &sa, &sb);
    o->resemblance =
        share(w->distinct_shared, (uint64_t)w->distinct_a + w->distinct_b - w->distinct_shared);
    o->shingles_of_a = share(w->distinct_shared, w->distinct_a);
    o->shingles_of_b = share(w->distinct_shared, w->distinct_b);
    o->words_a = to_words(sa.words);
    o->words_b = to_words(sb.words);
    o->furniture_a = to_words(sa.furniture);
    o->furniture_b = to_words(sb.furniture);
    o->shared = to_words(sa.shared);
    o->prose = to_words(sa.prose);
    o->quoted = o->shared - o->prose;
    o->prose_a = to_words(sa.prose_own);
    o->prose_b = to_words(sb.prose_own);
    o->longest_run = to_words(sa.longest_run);
    o->longest_prose_run = to_words(sa.longest_prose_run);
    o->lifted = to_words(sa.longest_lifted_run);
    o->of_a = share(sa.shared, sa.words);
    o->of_b = share(sb.shared, sb.words);
    o->span_a = share(sa.span, sa.words);
    o->span_b = share(sb.span, sb.words);
    o->head_a = share(sa.head_shared, sa.head);
    o->head_b = share(sb.head_shared, sb.head);
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
    struct reading ra = {a, o->pair_a, quote_flag(a->tokens, o->pair_a)};
    struct reading rb = {b, o->pair_b, quote_flag(b->tokens, o->pair_b)};
    sum_up(&w, &ra, &rb, o);
    return DUPD_OK;
}
