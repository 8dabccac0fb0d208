/*
 * verdict.c: the rule. Pure arithmetic on the figures of one overlap; never fails.
 *
 * A text is copied when enough of the writer's own prose stands in the other. Enough is any of
 *   volume   min_prose_words shared prose words that are min_containment of either text;
 *   share    short_containment of the shorter text, from floor_prose_words on (short items);
 *   stretch  the same with less of it, down to stretch_containment, as far as what is shared is one
 *            run of equal words: a template has its runs cut short by other names and numbers, a
 * new lead leaves the rest as it was. Not when the heads of both texts are new, for a tail in
 *            common is background or furniture;
 *   spinning a text whose aligned passages cover spun_span of the shorter text, with words replaced
 *            throughout: independent reports and shared quotations never look like that. Where
 *            fewer words were replaced more must be covered, up to short_containment for none, so
 *            that taking over one more sentence word for word cannot undo it;
 *   whole    nearly all of the shorter text, most of its own prose included, when most of it is
 *            quotations (a trimmed interview has few words of its own);
 *   lifting  lifted_words of the other's prose inside one quotation.
 * None of them when the passages are a form filled in anew: who rewrites replaces words and keeps
 * the numbers, and a table of results or the terms of a bond keep the words and replace the
 * numbers.
 *
 * Each is a ratio of what there is to what is asked; the best ratio is the evidence, 1 is the
 * boundary, and the score is a logistic function of its logarithm. All ratios grow with shared
 * prose, so more of it never makes a text less of a copy.
 *
 * The thresholds stand where 271 hand-labelled pairs and 20,000 articles put them:
 * docs/accuracy.md.
 */
#include "dupd/verdict.h"

#include <math.h>

#define SCORE_STEEPNESS 8.0
#define SCORE_MAX 0.99
#define FORM_RATIO 0.75 /* all that a form counts for: a score of 0.09 */
#define SIMHASH_NEAR 3u

const char *dupd_verdict_name(enum dupd_verdict v)
{
    switch (v) {
#define NAME_CASE(name, text, copy, meaning)                                                       \
    case DUPD_##name:                                                                              \
        return text;
        DUPD_VERDICTS(NAME_CASE)
#undef NAME_CASE
    default:
        return "unknown";
    }
}

const char *dupd_verdict_meaning(enum dupd_verdict v)
{
    switch (v) {
#define MEANING_CASE(name, text, copy, meaning)                                                    \
    case DUPD_##name:                                                                              \
        return meaning;
        DUPD_VERDICTS(MEANING_CASE)
#undef MEANING_CASE
    default:
        return "unknown";
    }
}

bool dupd_verdict_is_copy(enum dupd_verdict v)
{
    switch (v) {
#define COPY_CASE(name, text, copy, meaning)                                                       \
    case DUPD_##name:                                                                              \
        return copy;
        DUPD_VERDICTS(COPY_CASE)
#undef COPY_CASE
    default:
        return false;
    }
}

int dupd_verdict_parse(struct dupd_view name)
{
    for (int v = 0; v < DUPD_VERDICT_COUNT; v++)
        if (dupd_view_equal(name, dupd_view_of(dupd_verdict_name((enum dupd_verdict)v))))
            return v;
    return -1;
}

void dupd_thresholds_default(struct dupd_thresholds *t)
{
#define SET_DEFAULT(name, value, text) t->name = value;
    DUPD_THRESHOLDS(SET_DEFAULT)
#undef SET_DEFAULT
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static double most(double a, double b)
{
    return a > b ? a : b;
}

static double ratio(double have, double want)
{
    return want > 0 ? have / want : have > 0 ? INFINITY : 1;
}

void dupd_evidence(const struct dupd_thresholds *t, const struct dupd_overlap *o,
                   struct dupd_evidence out[DUPD_EVIDENCE_COUNT])
{
    double of_a = ratio(o->prose, o->words_a), of_b = ratio(o->prose, o->words_b);
    double of_shorter = most(of_a, of_b);
    double floor = ratio(o->prose, t->floor_prose_words);
    bool a_shorter = o->words_a <= o->words_b;
    double spun = least(ratio(o->rewriting, t->spun_rewriting), 1);
    double want_span = t->short_containment + spun * (t->spun_span - t->short_containment);
    double in_a_row = least(ratio(o->longest_prose_run, o->prose), 1);
    double want_row =
        t->short_containment - in_a_row * (t->short_containment - t->stretch_containment);
    double prose_own = ratio(o->prose, a_shorter ? o->prose_a : o->prose_b);
    out[0] = (struct dupd_evidence){
        least(ratio(o->prose, t->min_prose_words), ratio(of_shorter, t->min_containment)),
        "volume: shared prose words, and their share of one of the texts"};
    out[1] = (struct dupd_evidence){least(floor, ratio(of_shorter, t->short_containment)),
                                    "share: shared prose is most of the shorter text"};
    out[2] = (struct dupd_evidence){
        least(least(ratio(o->longest_prose_run, t->stretch_words), ratio(of_shorter, want_row)),
              ratio(most(o->head_a, o->head_b), t->stretch_head)),
        "stretch: much of the shorter text in one run of equal words"};
    out[3] = (struct dupd_evidence){least(least(floor, ratio(of_shorter, t->min_containment)),
                                          ratio(a_shorter ? o->span_a : o->span_b, want_span)),
                                    "spinning: aligned throughout, with words replaced"};
    out[4] = (struct dupd_evidence){
        least(least(ratio(o->prose, t->floor_prose_words / 2), ratio(prose_own, 0.5)),
              ratio(a_shorter ? o->of_a : o->of_b, t->whole_quoted)),
        "whole: nearly all of the shorter text, its quotations included"};
    out[5] = (struct dupd_evidence){ratio(o->lifted, t->lifted_words),
                                    "lifting: the other's prose in one quotation"};
}

/* The best of the evidence. */
static struct dupd_evidence weigh(const struct dupd_thresholds *t, const struct dupd_overlap *o)
{
    struct dupd_evidence each[DUPD_EVIDENCE_COUNT];
    struct dupd_evidence best = {0, "nothing in common outside quotations"};
    dupd_evidence(t, o, each);
    for (unsigned i = 0; i < DUPD_EVIDENCE_COUNT; i++) {
        if (each[i].ratio > best.ratio)
            best = each[i];
    }
    return best;
}

/* Half a number is forgiven: of two, both must differ. */
static bool is_form(const struct dupd_thresholds *t, const struct dupd_overlap *o)
{
    return o->longest_prose_run < t->stretch_words &&
           o->numbers_kept + 0.5 < t->form_numbers * o->numbers;
}

/* 0.5 at the boundary, and as steep as labelled pairs and their perturbations say that it must be
 * to be read as a probability (docs/accuracy.md). Never certain, never the same for more evidence.
 */
static double score_of(double evidence)
{
    double x = pow(evidence, SCORE_STEEPNESS);
    if (isinf(x))
        return SCORE_MAX;
    return x < 1 ? x / (1 + x) : 0.5 + (SCORE_MAX - 0.5) * (x - 1) / (x + 1);
}

static struct dupd_ruling kind_of_copy(const struct dupd_thresholds *t, const struct dupd_facts *f,
                                       struct dupd_evidence e)
{
    const struct dupd_overlap *o = f->overlap;
    struct dupd_ruling r = {.score = score_of(e.ratio), .rule = e.rule};
    if (f->same_outlet) {
        bool same_head = most(o->head_a, o->head_b) >= t->update_head || f->title_share >= 0.5;
        r.verdict = same_head ? DUPD_UPDATE : DUPD_SHARED_QUOTES;
        r.score = 1 - r.score; /* it is a copy only if the outlets were told apart wrongly */
        r.rule = same_head ? "update: same outlet, and the head of the text is kept"
                           : "furniture: same outlet, another head";
    } else if (o->rewriting >= t->spun_rewriting) {
        r.verdict = DUPD_REWRITTEN;
    } else if (o->of_a >= t->whole_this && o->of_b >= t->whole_other) {
        r.verdict = DUPD_REPUBLISHED;
    } else {
        r.verdict = DUPD_EXCERPT;
    }
    return r;
}

static struct dupd_ruling judge_short(const struct dupd_facts *f)
{
    if (f->simhash_distance <= SIMHASH_NEAR)
        return (struct dupd_ruling){f->same_outlet ? DUPD_UPDATE : DUPD_REPUBLISHED,
                                    f->same_outlet ? 0.1 : 0.9,
                                    "short: SimHash distance of at most 3"};
    return (struct dupd_ruling){DUPD_UNIQUE, 0.05, "short: under 50 words, neither equal nor near"};
}

struct dupd_ruling dupd_judge(const struct dupd_thresholds *t, const struct dupd_facts *f)
{
    if (f->same_content)
        return (struct dupd_ruling){DUPD_IDENTICAL, SCORE_MAX, "identical: same words"};
    if (f->short_text || !f->overlap)
        return judge_short(f);
    struct dupd_evidence e = weigh(t, f->overlap);
    bool form = e.ratio > FORM_RATIO && is_form(t, f->overlap);
    if (form)
        e = (struct dupd_evidence){FORM_RATIO, "form: the same words around other numbers"};
    if (e.ratio >= 1)
        return kind_of_copy(t, f, e);
    bool notable = f->overlap->shared >= t->note_words;
    return (struct dupd_ruling){notable ? DUPD_SHARED_QUOTES : DUPD_UNIQUE, score_of(e.ratio),
                                notable && !form ? "below: too little prose in common" : e.rule};
}
