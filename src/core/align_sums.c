/*
 * align_sums.c: from pairs of tokens to the figures of the overlap.
 *
 * One walk over each text sums up what is shared, quoted, prose and furniture; one walk over each
 * passage what was replaced in it. Pure arithmetic: cannot fail. Cost: linear, 5 ns a token.
 *
 * A shared word is prose only if it stands outside quotation marks on both sides, since one outlet
 * quotes the tweet that the other sets as a block. Nor is it prose in a passage that reads as a
 * statement: a verbatim block in which someone speaks in the first person, while both texts go on
 * around it and one of them as a reporter would (voice.c). A copied column is no statement: on the
 * copy's side nothing else stands around it, or it is most of both texts.
 */
#include "align_runs.h"
#include "voice.h"

#define HEAD_WEIGHT (100u * DUPD_WORD_WEIGHT)
#define STATEMENT_WEIGHT_MIN (100u * DUPD_WORD_WEIGHT) /* shorter passages are not looked at */
#define REPORT_WEIGHT_MIN (60u * DUPD_WORD_WEIGHT)     /* prose around it that makes it embedded */
#define STATEMENT_RATE 0.015                           /* first-person words a word, at least */
#define REPORT_RATE 0.004                              /* and around it, at most */

/* What the marks of a side are worth: nothing in a text that is mostly quoted and mostly shared, or
 * that is quoted from end to end, as no report is. */
static uint8_t quote_flag(const struct dupd_tokens *t, const uint32_t *pair)
{
    uint64_t shared = 0;
    if (t->quoted_weight * 2 <= t->weight)
        return DUPD_TOKEN_QUOTED;
    if (t->quoted_weight * 20 > (uint64_t)t->weight * 19)
        return 0;
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
    int language; /* see voice.h */
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
        s.prose_own += t->token[i].flags & DUPD_TOKEN_QUOTED ? 0 : weight;
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

/* Weight of a's prose in a passage, or of all its unshared prose, and of the first-person words in
 * it. */
struct speech {
    uint64_t weight, first_person;
};

static void listen(struct speech *s, const struct voice *v, const struct reading *r, uint32_t i)
{
    const struct dupd_tokens *t = r->side->tokens;
    s->weight += t->token[i].weight;
    if (voice_is_first_person(v, r->language, t->hash[i]))
        s->first_person += t->token[i].weight;
}

/* Unshared prose of tokens [first, end). */
static struct speech unshared(const struct voice *v, const struct reading *r, uint32_t first,
                              uint32_t end)
{
    struct speech s = {0};
    const struct dupd_tokens *t = r->side->tokens;
    for (uint32_t i = first; i < end; i++)
        if (r->pair[i] == DUPD_UNPAIRED && !is_masked(r->side, i) &&
            !(t->token[i].flags & r->quote_flag))
            listen(&s, v, r, i);
    return s;
}

/* Unshared prose that stands outside all passages. */
static struct speech surroundings(const struct voice *v, const struct reading *r,
                                  const struct dupd_overlap *o, bool side_a)
{
    struct speech all = unshared(v, r, 0, r->side->tokens->count);
    for (uint32_t i = 0; i < o->passage_count; i++) {
        const struct dupd_passage *p = &o->passage[i];
        struct speech in =
            unshared(v, r, side_a ? p->a_first : p->b_first, side_a ? p->a_end : p->b_end);
        all.weight -= in.weight < all.weight ? in.weight : all.weight;
        all.first_person -= in.first_person < all.first_person ? in.first_person : all.first_person;
    }
    return all;
}

/* Both texts go on around what they share, and at least one goes on as a reporter would. */
static bool are_reports(const struct voice *v, const struct reading *a, const struct reading *b,
                        const struct dupd_overlap *o)
{
    struct speech sa = surroundings(v, a, o, true), sb = surroundings(v, b, o, false);
    return sa.weight >= REPORT_WEIGHT_MIN && sb.weight >= REPORT_WEIGHT_MIN &&
           (share(sa.first_person, sa.weight) <= REPORT_RATE ||
            share(sb.first_person, sb.weight) <= REPORT_RATE);
}

/* Two thirds of both texts are the same: a column, a letter, a report in the first person that was
 * taken over, whatever the copier has put before it. (Of texts that are mostly quoted the same
 * measure takes the exemption away: quote_flag.) */
static bool is_most_of_both(const struct sums *sa, const struct sums *sb)
{
    return sa->shared * 3 > sa->words * 2 && sb->shared * 3 > sb->words * 2;
}

/* Long, word for word, without quotation marks: how a statement stands in two reports. */
static bool is_verbatim_block(const struct dupd_passage *p)
{
    return !p->furniture && p->matched >= STATEMENT_WEIGHT_MIN && p->replaced * 33 <= p->matched &&
           p->quoted * 6 <= p->matched;
}

static bool has_verbatim_block(const struct dupd_overlap *o)
{
    uint32_t i = 0;
    while (i < o->passage_count && !is_verbatim_block(&o->passage[i]))
        i++;
    return i < o->passage_count;
}

/* Weight of the shared prose in a passage. */
static uint64_t shared_prose(const struct reading *a, const struct reading *b,
                             const struct dupd_passage *p)
{
    uint64_t weight = 0;
    for (uint32_t i = p->a_first; i < p->a_end; i++)
        if (a->pair[i] != DUPD_UNPAIRED)
            weight += span_prose(a, b, i, i + 1);
    return weight;
}

static bool is_spoken(const struct voice *v, const struct reading *a, const struct dupd_passage *p)
{
    struct speech s = {0};
    const struct dupd_tokens *t = a->side->tokens;
    for (uint32_t i = p->a_first; i < p->a_end; i++)
        if (a->pair[i] != DUPD_UNPAIRED && !(t->token[i].flags & a->quote_flag))
            listen(&s, v, a, i);
    return share(s.first_person, s.weight) >= STATEMENT_RATE;
}

/* Statements count as quoted: takes their prose out of the sums. */
static void set_statements_apart(struct reading *a, struct reading *b, struct dupd_overlap *o,
                                 struct sums *sa, struct sums *sb)
{
    struct voice v;
    int report = -1; /* not known yet */
    if (sa->prose < STATEMENT_WEIGHT_MIN || is_most_of_both(sa, sb) || !has_verbatim_block(o))
        return;
    voice_init(&v);
    a->language = voice_language(&v, a->side->tokens);
    b->language = voice_language(&v, b->side->tokens);
    for (uint32_t i = 0; i < o->passage_count; i++) {
        struct dupd_passage *p = &o->passage[i];
        if (!is_verbatim_block(p) || !is_spoken(&v, a, p))
            continue;
        if (report < 0)
            report = are_reports(&v, a, b, o);
        if (!report)
            return;
        uint64_t prose = shared_prose(a, b, p);
        p->statement = true;
        p->quoted = p->matched;
        sa->prose -= prose;
        sb->prose -= prose;
        sa->span -= span_prose(a, b, p->a_first, p->a_end);
        sb->span -= span_prose(b, a, p->b_first, p->b_end);
    }
}

static uint32_t count_numbers(const struct reading *r, uint32_t first, uint32_t end, bool kept)
{
    uint32_t n = 0;
    for (uint32_t i = first; i < end; i++)
        n += (r->side->tokens->token[i].flags & DUPD_TOKEN_NUMBER) &&
             !(kept && r->pair[i] == DUPD_UNPAIRED);
    return n;
}

/* Of the side that has fewer: what a scanner misread is no number any longer. */
static void sum_numbers(const struct reading *a, const struct reading *b, struct dupd_overlap *o)
{
    uint32_t in_a = 0, in_b = 0;
    o->numbers_kept = 0;
    for (uint32_t i = 0; i < o->passage_count; i++) {
        const struct dupd_passage *p = &o->passage[i];
        if (p->furniture)
            continue;
        in_a += count_numbers(a, p->a_first, p->a_end, false);
        in_b += count_numbers(b, p->b_first, p->b_end, false);
        o->numbers_kept += count_numbers(a, p->a_first, p->a_end, true);
    }
    o->numbers = in_a < in_b ? in_a : in_b;
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

void align_sum_up(const struct align_work *w, const struct dupd_side *side_a,
                  const struct dupd_side *side_b, struct dupd_overlap *o)
{
    struct reading ra = {side_a, o->pair_a, quote_flag(side_a->tokens, o->pair_a), VOICE_UNKNOWN};
    struct reading rb = {side_b, o->pair_b, quote_flag(side_b->tokens, o->pair_b), VOICE_UNKNOWN};
    const struct reading *a = &ra, *b = &rb;
    struct sums sa = sum_side(a, b), sb = sum_side(b, a);
    sum_passages(a, b, o, &sa, &sb);
    sum_numbers(a, b, o);
    set_statements_apart(&ra, &rb, o, &sa, &sb);
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
