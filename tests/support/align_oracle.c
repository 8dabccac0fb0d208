/*
 * align_oracle.c: the figures of an overlap by brute force. See align_oracle.h.
 *
 * Nothing here is shared with the code under test but the tokens and their shingle hashes: sets are
 * sorted arrays, runs are looked for from every token anew. Aborts when memory runs out.
 */
#include "support/align_oracle.h"

#include <math.h>
#include <stdlib.h>

#include "dupd/sketch.h"

#define PASSAGE_WORDS 7u
#define GAP_TOKENS 24u
#define HEAD_WORDS 100u
#define RUN_TOKENS 12u

/* One side of the comparison as the oracle sees it: a verdict on each token. */
struct view {
    const struct dupd_side *side;
    const uint32_t *mate;
    uint32_t count;
    bool marks_count; /* quotation marks exempt */
};

static void *array(size_t count, size_t size)
{
    void *p = calloc(count + 1, size);
    if (!p)
        abort();
    return p;
}

static uint32_t weight_at(const struct view *v, uint32_t i)
{
    return v->side->tokens->token[i].weight;
}

static bool masked_at(const struct view *v, uint32_t i)
{
    return v->side->masked && v->side->masked[v->side->tokens->token[i].paragraph];
}

static bool quoted_at(const struct view *v, uint32_t i)
{
    return v->marks_count && (v->side->tokens->token[i].flags & DUPD_TOKEN_QUOTED);
}

static uint32_t words(uint64_t weight)
{
    return (uint32_t)((weight + 1) / 2);
}

static bool near(double x, double part, double whole)
{
    return fabs(x - (whole > 0 ? part / whole : 0)) < 1e-9;
}

static struct view view_of(const struct dupd_side *s, const uint32_t *mate)
{
    struct view v = {s, mate, s->tokens->count, true};
    double quoted = 0, shared = 0, all = 0;
    for (uint32_t i = 0; i < v.count; i++) {
        all += weight_at(&v, i);
        quoted += quoted_at(&v, i) ? weight_at(&v, i) : 0;
        shared += mate[i] == DUPD_UNPAIRED ? 0 : weight_at(&v, i);
    }
    v.marks_count = !(quoted > all * 0.95 || (quoted > all / 2 && shared > all * 2 / 3));
    return v;
}

static const char *check_pairs(const struct view *a, const struct view *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        uint32_t j = a->mate[i];
        if (j == DUPD_UNPAIRED)
            continue;
        if (j >= b->count)
            return "a pair points outside the other text";
        if (a->side->tokens->hash[i] != b->side->tokens->hash[j])
            return "a pair of unequal words";
        if (b->mate[j] != i)
            return "a pair is not mutual";
    }
    return NULL;
}

static const char *check_passage(const struct view *a, const struct view *b,
                                 const struct dupd_passage *p)
{
    uint32_t matched = 0, replaced = 0, quoted = 0, masked = 0, gap_a = 0, at_b = p->b_first;
    if (p->a_first >= p->a_end || p->a_end > a->count || p->b_first >= p->b_end ||
        p->b_end > b->count)
        return "a passage is empty or outside its text";
    if (a->mate[p->a_first] != p->b_first || a->mate[p->a_end - 1] != p->b_end - 1)
        return "a passage does not begin and end with shared words";
    for (uint32_t i = p->a_first; i < p->a_end; i++) {
        uint32_t j = a->mate[i];
        if (j == DUPD_UNPAIRED) {
            replaced += weight_at(a, i);
            if (++gap_a > GAP_TOKENS)
                return "a gap longer than may be bridged";
            continue;
        }
        if (j < at_b || j >= p->b_end)
            return "a passage is out of order or reaches outside itself";
        if (j - at_b > GAP_TOKENS)
            return "a gap longer than may be bridged";
        gap_a = 0;
        at_b = j + 1;
        matched += weight_at(a, i);
        quoted += quoted_at(a, i) || quoted_at(b, j) ? weight_at(a, i) : 0;
        masked += masked_at(a, i) || masked_at(b, j) ? weight_at(a, i) : 0;
    }
    if (matched < 2 * PASSAGE_WORDS)
        return "a passage of fewer than 7 shared words";
    if (p->matched != matched || p->replaced != replaced ||
        p->quoted != (p->statement ? matched : quoted))
        return "the weights of a passage are wrong";
    return p->furniture == (masked * 2 > matched) ? NULL : "a passage is wrongly called furniture";
}

/* Marks the tokens of every passage; a token in two of them, or paired in none, is wrong. */
static const char *check_cover(const struct view *v, const struct dupd_overlap *o, bool of_a)
{
    const char *wrong = NULL;
    uint8_t *covered = array(v->count, 1);
    for (uint32_t k = 0; k < o->passage_count && !wrong; k++) {
        const struct dupd_passage *p = &o->passage[k];
        for (uint32_t i = of_a ? p->a_first : p->b_first; i < (of_a ? p->a_end : p->b_end); i++)
            if (covered[i]++)
                wrong = "two passages share a word";
    }
    for (uint32_t i = 0; i < v->count && !wrong; i++)
        if (v->mate[i] != DUPD_UNPAIRED && !covered[i])
            wrong = "a shared word stands in no passage";
    free(covered);
    return wrong;
}

static const char *check_passages(const struct view *a, const struct view *b,
                                  const struct dupd_overlap *o)
{
    const char *wrong = NULL;
    for (uint32_t k = 0; k < o->passage_count && !wrong; k++) {
        if (k && o->passage[k].a_first < o->passage[k - 1].a_end)
            return "passages are not in order";
        wrong = check_passage(a, b, &o->passage[k]);
    }
    if (!wrong)
        wrong = check_cover(a, o, true);
    return wrong ? wrong : check_cover(b, o, false);
}

struct amounts {
    uint64_t own, furniture, prose_own, shared, prose, span, head, head_shared;
    uint64_t run, prose_run, lifted; /* longest */
};

enum counting { ANY, PROSE, LIFTED };

static bool counts(const struct view *v, const struct view *w, uint32_t i, enum counting what)
{
    uint32_t j = v->mate[i];
    if (j == DUPD_UNPAIRED || masked_at(v, i) || masked_at(w, j))
        return false;
    if (what == PROSE)
        return !quoted_at(v, i) && !quoted_at(w, j);
    return what == ANY || (quoted_at(v, i) && !quoted_at(w, j));
}

/* Weight of the run that starts at exactly i. */
static uint64_t run_from(const struct view *v, const struct view *w, uint32_t i, enum counting what)
{
    uint64_t weight = 0;
    for (uint32_t n = i; n < v->count && counts(v, w, n, what); n++) {
        if (n > i && v->mate[n] != v->mate[n - 1] + 1)
            break;
        weight += weight_at(v, n);
    }
    return weight;
}

static uint64_t longest(const struct view *v, const struct view *w, enum counting what)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        bool inside = i && counts(v, w, i, what) && counts(v, w, i - 1, what) &&
                      v->mate[i] == v->mate[i - 1] + 1;
        uint64_t run = inside ? 0 : run_from(v, w, i, what);
        most = run > most ? run : most;
    }
    return most;
}

/* Prose inside passages, replaced words included; furniture and statements apart. */
static uint64_t span_of(const struct view *v, const struct view *w, const struct dupd_overlap *o,
                        bool of_a)
{
    uint64_t span = 0;
    for (uint32_t k = 0; k < o->passage_count; k++) {
        const struct dupd_passage *p = &o->passage[k];
        for (uint32_t i = of_a ? p->a_first : p->b_first;
             !p->furniture && !p->statement && i < (of_a ? p->a_end : p->b_end); i++) {
            uint32_t j = v->mate[i];
            if (j == DUPD_UNPAIRED ? !quoted_at(v, i) && !masked_at(v, i) : counts(v, w, i, PROSE))
                span += weight_at(v, i);
        }
    }
    return span;
}

/* Shared prose of the passages that are someone's statement: it counts as quoted. */
static uint64_t stated(const struct view *v, const struct view *w, const struct dupd_overlap *o,
                       bool of_a)
{
    uint64_t weight = 0;
    for (uint32_t k = 0; k < o->passage_count; k++) {
        const struct dupd_passage *p = &o->passage[k];
        for (uint32_t i = of_a ? p->a_first : p->b_first;
             p->statement && i < (of_a ? p->a_end : p->b_end); i++)
            weight += counts(v, w, i, PROSE) ? weight_at(v, i) : 0;
    }
    return weight;
}

static struct amounts add_up(const struct view *v, const struct view *w,
                             const struct dupd_overlap *o, bool of_a)
{
    struct amounts s = {.span = span_of(v, w, o, of_a),
                        .run = longest(v, w, ANY),
                        .prose_run = longest(v, w, PROSE),
                        .lifted = longest(v, w, LIFTED)};
    for (uint32_t i = 0; i < v->count; i++) {
        uint32_t x = weight_at(v, i);
        if (masked_at(v, i)) {
            s.furniture += x;
            continue;
        }
        bool head = s.own < 2 * HEAD_WORDS;
        s.own += x;
        s.prose_own += v->side->tokens->token[i].flags & DUPD_TOKEN_QUOTED ? 0 : x;
        s.shared += counts(v, w, i, ANY) ? x : 0;
        s.prose += counts(v, w, i, PROSE) ? x : 0;
        s.head += head ? x : 0;
        s.head_shared += head && counts(v, w, i, ANY) ? x : 0;
    }
    s.prose -= stated(v, w, o, of_a);
    return s;
}

static const char *check_figures(const struct view *a, const struct view *b,
                                 const struct dupd_overlap *o)
{
    struct amounts x = add_up(a, b, o, true), y = add_up(b, a, o, false);
    uint64_t matched = 0, replaced = 0;
    for (uint32_t k = 0; k < o->passage_count; k++) {
        matched += o->passage[k].furniture ? 0 : o->passage[k].matched;
        replaced += o->passage[k].furniture ? 0 : o->passage[k].replaced;
    }
    if (x.shared != y.shared || x.prose != y.prose || x.run != y.run)
        return "the two sides do not agree on what is shared";
    if (o->words_a != words(x.own) || o->words_b != words(y.own))
        return "words";
    if (o->furniture_a != words(x.furniture) || o->furniture_b != words(y.furniture))
        return "furniture";
    if (o->shared != words(x.shared) || o->prose != words(x.prose))
        return "shared or prose";
    if (o->quoted != o->shared - o->prose)
        return "quoted";
    if (o->prose_a != words(x.prose_own) || o->prose_b != words(y.prose_own))
        return "own prose";
    if (o->longest_run != words(x.run) || o->longest_prose_run != words(x.prose_run))
        return "longest run";
    if (o->lifted != words(x.lifted))
        return "lifted";
    if (!near(o->of_a, (double)x.shared, (double)x.own) ||
        !near(o->of_b, (double)y.shared, (double)y.own))
        return "containment";
    if (!near(o->span_a, (double)x.span, (double)x.own) ||
        !near(o->span_b, (double)y.span, (double)y.own))
        return "span";
    if (!near(o->head_a, (double)x.head_shared, (double)x.head) ||
        !near(o->head_b, (double)y.head_shared, (double)y.head))
        return "head";
    return near(o->rewriting, (double)replaced, (double)(matched + replaced)) ? NULL : "rewriting";
}

/* Numbers inside passages that are no furniture. */
static uint32_t numbers_in(const struct view *v, const struct dupd_overlap *o, bool of_a, bool kept)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < o->passage_count; k++) {
        const struct dupd_passage *p = &o->passage[k];
        for (uint32_t i = of_a ? p->a_first : p->b_first; i < (of_a ? p->a_end : p->b_end); i++)
            if (!p->furniture && v->side->tokens->token[i].flags & DUPD_TOKEN_NUMBER)
                n += !kept || v->mate[i] != DUPD_UNPAIRED;
    }
    return n;
}

static const char *check_numbers(const struct view *a, const struct view *b,
                                 const struct dupd_overlap *o)
{
    uint32_t in_a = numbers_in(a, o, true, false), in_b = numbers_in(b, o, false, false);
    return o->numbers == (in_a < in_b ? in_a : in_b) &&
                   o->numbers_kept == numbers_in(b, o, false, true)
               ? NULL
               : "numbers";
}

static int by_value(const void *x, const void *y)
{
    const uint64_t *p = x, *q = y;
    return (*p > *q) - (*p < *q);
}

/* Sorted shingles without repetition; the caller frees. */
static uint64_t *shingle_set(const struct dupd_tokens *t, uint32_t *count)
{
    uint64_t *set = array(t->count, sizeof *set);
    uint32_t n = dupd_shingles(t, 0, set), kept = 0;
    qsort(set, n, sizeof *set, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (!i || set[i] != set[i - 1])
            set[kept++] = set[i];
    *count = kept;
    return set;
}

static const char *check_sets(const struct dupd_tokens *a, const struct dupd_tokens *b,
                              const struct dupd_overlap *o)
{
    uint32_t na, nb, both = 0;
    uint64_t *sa = shingle_set(a, &na), *sb = shingle_set(b, &nb);
    for (uint32_t i = 0; i < na; i++)
        both += bsearch(&sa[i], sb, nb, sizeof *sb, by_value) != NULL;
    free(sa);
    free(sb);
    if (!near(o->resemblance, both, (double)na + nb - both))
        return "resemblance";
    return near(o->shingles_of_a, both, na) && near(o->shingles_of_b, both, nb)
               ? NULL
               : "containment of shingles";
}

const char *align_oracle(const struct dupd_side *a, const struct dupd_side *b,
                         const struct dupd_overlap *o)
{
    struct view va = view_of(a, o->pair_a), vb = view_of(b, o->pair_b);
    const char *wrong = check_pairs(&va, &vb);
    if (!wrong)
        wrong = check_pairs(&vb, &va);
    if (!wrong)
        wrong = check_passages(&va, &vb, o);
    if (!wrong)
        wrong = check_figures(&va, &vb, o);
    if (!wrong)
        wrong = check_numbers(&va, &vb, o);
    return wrong ? wrong : check_sets(a->tokens, b->tokens, o);
}

static uint32_t times(const uint64_t *shingle, uint32_t count, uint64_t hash)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += shingle[i] == hash;
    return n;
}

/* Are all shingles of a's tokens [i, i + n) found once in each text? */
static bool unique(const uint64_t *sa, uint32_t na, const uint64_t *sb, uint32_t nb, uint32_t i,
                   uint32_t n)
{
    for (uint32_t k = i; k < i + n && k < na; k++)
        if (times(sa, na, sa[k]) > 1 || times(sb, nb, sa[k]) > 1)
            return false;
    return true;
}

/* Are tokens [i, end) of a paired, but for less than one shingle at either end? */
static bool paired(const struct dupd_overlap *o, const struct dupd_tokens *a, uint32_t i,
                   uint32_t end)
{
    for (uint32_t weight = 0; i < end; i++)
        if ((weight += a->token[i].weight) >= DUPD_SHINGLE_WEIGHT)
            break;
    for (uint32_t weight = 0; i < end; end--)
        if ((weight += a->token[end - 1].weight) >= DUPD_SHINGLE_WEIGHT)
            break;
    while (i < end && o->pair_a[i] != DUPD_UNPAIRED)
        i++;
    return i >= end;
}

const char *align_oracle_found(const struct dupd_side *a, const struct dupd_side *b,
                               const struct dupd_overlap *o)
{
    const struct dupd_tokens *x = a->tokens, *y = b->tokens;
    uint64_t *sa = array(x->count, sizeof *sa), *sb = array(y->count, sizeof *sb);
    uint32_t na = dupd_shingles(x, 0, sa), nb = dupd_shingles(y, 0, sb);
    const char *wrong = NULL;
    for (uint32_t i = 0; i < x->count && !wrong; i++)
        for (uint32_t j = 0; j < y->count && !wrong; j++) {
            uint32_t n = 0;
            if (x->hash[i] != y->hash[j] || (i && j && x->hash[i - 1] == y->hash[j - 1]))
                continue;
            while (i + n < x->count && j + n < y->count && x->hash[i + n] == y->hash[j + n])
                n++;
            if (n >= RUN_TOKENS && unique(sa, na, sb, nb, i, n) && !paired(o, x, i, i + n))
                wrong = "a long equal run was missed";
        }
    free(sa);
    free(sb);
    return wrong;
}
