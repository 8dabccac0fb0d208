/*
 * test_verdict.c: every verdict and every rule can be reached; more shared prose never makes less
 * of a copy.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "dupd/verdict.h"

#define ROUNDS 200000

/* Two texts by amounts, in words; everything that the rule reads follows from them. */
struct amounts {
    unsigned prose, quoted;      /* shared */
    unsigned replaced;           /* words of either side in the gaps of their passages */
    unsigned own_a, own_b;       /* further prose of each */
    unsigned speech_a, speech_b; /* further quotations of each */
    unsigned lifted;
    unsigned run; /* longest run of the shared prose */
    unsigned numbers, kept;
    double head_a, head_b;
};

static struct dupd_overlap overlap_of(struct amounts m)
{
    unsigned shared = m.prose + m.quoted;
    struct dupd_overlap o = {.words_a = shared + m.replaced + m.own_a + m.speech_a,
                             .words_b = shared + m.replaced + m.own_b + m.speech_b,
                             .shared = shared,
                             .prose = m.prose,
                             .quoted = m.quoted,
                             .prose_a = m.prose + m.replaced + m.own_a,
                             .prose_b = m.prose + m.replaced + m.own_b,
                             .lifted = m.lifted,
                             .longest_run = m.run,
                             .numbers = m.numbers,
                             .numbers_kept = m.kept,
                             .longest_prose_run = m.run,
                             .head_a = m.head_a,
                             .head_b = m.head_b};
    double a = o.words_a ? o.words_a : 1, b = o.words_b ? o.words_b : 1;
    unsigned aligned = shared + m.replaced;
    o.of_a = shared / a;
    o.of_b = shared / b;
    o.span_a = (m.prose + m.replaced) / a;
    o.span_b = (m.prose + m.replaced) / b;
    o.rewriting = aligned ? (double)m.replaced / aligned : 0;
    return o;
}

static struct dupd_ruling judge(struct amounts m, bool same_outlet)
{
    struct dupd_thresholds t;
    struct dupd_overlap o = overlap_of(m);
    struct dupd_facts facts = {.overlap = &o, .simhash_distance = 64, .same_outlet = same_outlet};
    dupd_thresholds_default(&t);
    return dupd_judge(&t, &facts);
}

START_TEST(names)
{
    for (int v = 0; v < DUPD_VERDICT_COUNT; v++) {
        const char *name = dupd_verdict_name((enum dupd_verdict)v);
        ck_assert_int_eq(dupd_verdict_parse(dupd_view_of(name)), v);
        ck_assert_uint_gt(strlen(dupd_verdict_meaning((enum dupd_verdict)v)), 10);
        ck_assert_int_eq(dupd_verdict_is_copy((enum dupd_verdict)v), v <= DUPD_EXCERPT);
    }
    ck_assert_int_eq(dupd_verdict_parse(DUPD_VIEW("")), -1);
    ck_assert_int_eq(dupd_verdict_parse(DUPD_VIEW("copy")), -1);
    ck_assert_int_eq(dupd_verdict_parse(DUPD_VIEW("identical ")), -1);
}
END_TEST

/* What two texts have in common, and what must be said of them. */
static const struct {
    const char *what;
    struct amounts amounts;
    bool same_outlet;
    enum dupd_verdict verdict;
    const char *rule; /* how it begins */
} ruling[] = {
    {"half of the other, and much of it",
     {.prose = 400, .own_a = 200, .own_b = 300},
     false,
     DUPD_REPUBLISHED,
     "volume"},
    {"a long page with an article in it",
     {.prose = 600, .own_a = 19400},
     false,
     DUPD_EXCERPT,
     "volume"},
    {"a third of a long text",
     {.prose = 300, .own_a = 600, .own_b = 600},
     false,
     DUPD_EXCERPT,
     "volume"},
    {"most of a short item",
     {.prose = 60, .own_a = 30, .own_b = 30},
     false,
     DUPD_REPUBLISHED,
     "share"},
    {"the second half of a brief under a new lead",
     {.prose = 40, .run = 40, .own_a = 45, .own_b = 45, .head_a = 0.5},
     false,
     DUPD_EXCERPT,
     "stretch"},
    {"a form with other names and numbers in it",
     {.prose = 40, .run = 15, .own_a = 45, .own_b = 45, .head_a = 0.5},
     false,
     DUPD_SHARED_QUOTES,
     "below"},
    {"the same paragraph about the firm below two reports",
     {.prose = 100, .run = 100, .own_a = 110, .own_b = 110},
     false,
     DUPD_SHARED_QUOTES,
     "below"},
    {"a table of results and the next one",
     {.prose = 80, .replaced = 40, .run = 6, .numbers = 12, .kept = 3},
     false,
     DUPD_SHARED_QUOTES,
     "form"},
    {"a copy with one of its two numbers corrected",
     {.prose = 80, .run = 25, .own_a = 10, .own_b = 10, .numbers = 2, .kept = 1},
     false,
     DUPD_REPUBLISHED,
     "share"},
    {"a copy with its prices in another currency",
     {.prose = 300, .run = 45, .own_a = 150, .own_b = 250, .numbers = 9, .kept = 2},
     false,
     DUPD_REPUBLISHED,
     "volume"},
    {"words replaced throughout",
     {.prose = 100, .replaced = 60, .own_a = 60, .own_b = 60},
     false,
     DUPD_REWRITTEN,
     "spinning"},
    {"a trimmed interview",
     {.prose = 15, .quoted = 145, .own_a = 5, .own_b = 400},
     false,
     DUPD_EXCERPT,
     "whole"},
    {"the other's prose in one quotation",
     {.quoted = 250, .lifted = 250, .own_a = 700, .own_b = 400},
     false,
     DUPD_EXCERPT,
     "lifting"},
    {"the outlet's own article again",
     {.prose = 400, .own_a = 200, .head_a = 0.5},
     true,
     DUPD_UPDATE,
     "update"},
    {"the outlet's own background",
     {.prose = 400, .own_a = 200},
     true,
     DUPD_SHARED_QUOTES,
     "furniture"},
    {"the same speech",
     {.quoted = 300, .own_a = 300, .own_b = 300},
     false,
     DUPD_SHARED_QUOTES,
     "below"},
    {"the same event", {.prose = 20, .own_a = 400, .own_b = 500}, false, DUPD_UNIQUE, ""},
    {"nothing", {.own_a = 400, .own_b = 500}, false, DUPD_UNIQUE, "nothing"},
};

START_TEST(rulings)
{
    struct dupd_ruling r = judge(ruling[_i].amounts, ruling[_i].same_outlet);
    ck_assert_msg(r.verdict == ruling[_i].verdict, "%s: %s", ruling[_i].what,
                  dupd_verdict_name(r.verdict));
    ck_assert_msg(strncmp(r.rule, ruling[_i].rule, strlen(ruling[_i].rule)) == 0, "%s: %s",
                  ruling[_i].what, r.rule);
    ck_assert_int_eq(r.score >= 0.5, dupd_verdict_is_copy(r.verdict));
}
END_TEST

START_TEST(same_words_are_identical)
{
    struct dupd_thresholds t;
    dupd_thresholds_default(&t);
    struct dupd_facts facts = {.same_content = true, .short_text = true, .simhash_distance = 64};
    struct dupd_ruling r = dupd_judge(&t, &facts);
    ck_assert_int_eq(r.verdict, DUPD_IDENTICAL);
    ck_assert(r.score > 0.9);
}
END_TEST

START_TEST(short_texts)
{
    struct dupd_thresholds t;
    dupd_thresholds_default(&t);
    struct dupd_facts facts = {.short_text = true};
    for (unsigned d = 0; d <= 64; d++) {
        facts.simhash_distance = d;
        ck_assert_int_eq(dupd_judge(&t, &facts).verdict, d <= 3 ? DUPD_REPUBLISHED : DUPD_UNIQUE);
    }
    facts.simhash_distance = 0;
    facts.same_outlet = true;
    ck_assert_int_eq(dupd_judge(&t, &facts).verdict, DUPD_UPDATE);
}
END_TEST

struct random {
    uint64_t state;
};

static unsigned below(struct random *r, unsigned n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (unsigned)((r->state >> 20) % n);
}

/* From 1 to 2,048, each power of two as likely; or none. */
static unsigned any(struct random *r)
{
    return below(r, 5) ? below(r, 1u << (1 + below(r, 11))) : 0;
}

static struct amounts any_amounts(struct random *r)
{
    struct amounts m = {.prose = any(r),
                        .quoted = any(r),
                        .own_a = any(r),
                        .own_b = any(r),
                        .speech_a = any(r),
                        .speech_b = any(r)};
    m.replaced = below(r, 3) ? below(r, 1 + (m.prose + m.quoted) / 2) : 0;
    m.lifted = below(r, 1 + m.quoted);
    m.run = below(r, 3) ? below(r, 1 + m.prose) : m.prose;
    m.numbers = below(r, 2) ? below(r, 20) : 0;
    m.kept = below(r, 1 + m.numbers);
    m.head_a = below(r, 101) / 100.0;
    m.head_b = below(r, 101) / 100.0;
    return m;
}

/* Judged by the rule; aborts the test if the ruling contradicts itself. */
static struct dupd_ruling judge_sanely(struct amounts m)
{
    struct dupd_ruling r = judge(m, false);
    if (!(r.score >= 0 && r.score <= 1) || !r.rule ||
        (r.score >= 0.5) != dupd_verdict_is_copy(r.verdict))
        ck_abort_msg("score %f of %s", r.score, dupd_verdict_name(r.verdict));
    return r;
}

static void expect_no_less(int i, struct dupd_ruling before, struct dupd_ruling after, bool score)
{
    if ((dupd_verdict_is_copy(before.verdict) && !dupd_verdict_is_copy(after.verdict)) ||
        (score && after.score < before.score - 1e-12))
        ck_abort_msg("%d: %s %f, then %s %f", i, before.rule, before.score, after.rule,
                     after.score);
}

/* Prose that each had of its own becomes shared. */
START_TEST(taking_over_more_prose_never_helps)
{
    struct random r = {88172645463325252u};
    unsigned copies = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct amounts m = any_amounts(&r);
        unsigned own = m.own_a < m.own_b ? m.own_a : m.own_b, more = below(&r, own + 1);
        struct dupd_ruling before = judge_sanely(m);
        m.prose += more;
        m.own_a -= more;
        m.own_b -= more;
        expect_no_less(i, before, judge_sanely(m), true);
        copies += dupd_verdict_is_copy(before.verdict);
    }
    ck_assert_uint_gt(copies, ROUNDS / 10);
    ck_assert_uint_lt(copies, ROUNDS / 10 * 9);
}
END_TEST

/* The same paragraph is added to both. */
START_TEST(adding_prose_to_both_leaves_a_copy_a_copy)
{
    struct random r = {2463534242u};
    unsigned copies = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct amounts m = any_amounts(&r);
        struct dupd_ruling before = judge_sanely(m);
        m.prose += 1 + any(&r);
        expect_no_less(i, before, judge_sanely(m), false);
        copies += dupd_verdict_is_copy(before.verdict);
    }
    ck_assert_uint_gt(copies, ROUNDS / 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("verdict");
    TCase *t = tcase_create("verdict");
    tcase_add_test(t, names);
    tcase_add_loop_test(t, rulings, 0, (int)(sizeof ruling / sizeof *ruling));
    tcase_add_test(t, same_words_are_identical);
    tcase_add_test(t, short_texts);
    tcase_add_test(t, taking_over_more_prose_never_helps);
    tcase_add_test(t, adding_prose_to_both_leaves_a_copy_a_copy);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
