/* test_eval_set.c: labelled pairs are read strictly and added up as the labels say. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/eval_set.h"
#include "dupd/error.h"
#include "support/fault.h"

static int add(struct eval_set *s, const char *line)
{
    const char *problem = NULL;
    int rc = eval_set_add_line(s, dupd_view_of(line), &problem);
    ck_assert(rc == 0 || problem != NULL);
    return rc;
}

START_TEST(labels_have_their_class)
{
    struct eval_set s = {0};
    ck_assert_int_eq(add(&s, "{\"a\":\"x\",\"b\":\"y\",\"label\":\"derived\",\"more\":[1]}"), 0);
    ck_assert_int_eq(add(&s, "{\"b\":\"z\",\"a\":\"x\",\"label\":\"quotes\"}"), 0);
    ck_assert_int_eq(add(&s, "{\"a\":\"y\",\"b\":\"z\",\"label\":\"list\"}"), 0);
    ck_assert_uint_eq(s.article_count, 3);
    ck_assert_int_eq(s.pair[0].class, EVAL_POSITIVE);
    ck_assert_int_eq(s.pair[1].class, EVAL_NEGATIVE);
    ck_assert_int_eq(s.pair[2].class, EVAL_APART);
    ck_assert_uint_eq(eval_set_find(&s, DUPD_VIEW("z")), 2);
    ck_assert_uint_eq(eval_set_find(&s, DUPD_VIEW("w")), UINT32_MAX);
    eval_set_close(&s);
}
END_TEST

START_TEST(what_is_no_pair_is_refused)
{
    struct eval_set s = {0};
    ck_assert_int_eq(add(&s, "[]"), DUPD_ESYNTAX);
    ck_assert_int_eq(add(&s, "{\"a\":\"x\",\"b\":\"y\"}"), DUPD_ESYNTAX);
    ck_assert_int_eq(add(&s, "{\"a\":1,\"b\":\"y\",\"label\":\"copy\"}"), DUPD_ETYPE);
    ck_assert_int_eq(add(&s, "{\"a\":\"x\",\"b\":\"x\",\"label\":\"copy\"}"), DUPD_ESYNTAX);
    ck_assert_int_eq(add(&s, "{\"a\":\"x\",\"b\":\"y\",\"label\":\"copy\""), DUPD_ESYNTAX);
    ck_assert_uint_eq(s.pair_count, 0);
    eval_set_close(&s);
}
END_TEST

START_TEST(scores_count_only_what_is_there_and_labelled)
{
    struct eval_set s = {0};
    const char *label[] = {"copy", "version", "quotes", "boilerplate", "excerpt", "copy"};
    char line[96];
    for (int i = 0; i < 6; i++) {
        snprintf(line, sizeof line, "{\"a\":\"a%d\",\"b\":\"b%d\",\"label\":\"%s\"}", i, i,
                 label[i]);
        ck_assert_int_eq(add(&s, line), 0);
    }
    for (uint32_t i = 0; i < 10; i++) /* the last pair's articles are missing */
        s.article[i].present = true;
    s.pair[0].found = s.pair[2].found = s.pair[4].found = s.pair[5].found = true;
    struct eval_score r = eval_set_score(&s, NULL);
    ck_assert_uint_eq(r.true_positives, 1);
    ck_assert_uint_eq(r.false_negatives, 1);
    ck_assert_uint_eq(r.false_positives, 1);
    ck_assert_double_eq_tol(r.f1, 0.5, 1e-9);
    eval_set_close(&s);
}
END_TEST

START_TEST(a_better_verdict_of_the_pair_is_kept)
{
    struct eval_set s = {0};
    ck_assert_int_eq(add(&s, "{\"a\":\"x\",\"b\":\"y\",\"label\":\"copy\"}"), 0);
    eval_set_name(&s, 1, 0, DUPD_EXCERPT);
    eval_set_name(&s, 0, 1, DUPD_SHARED_QUOTES);
    ck_assert_int_eq(s.pair[0].match, DUPD_EXCERPT);
    eval_set_close(&s);
}
END_TEST

static int many_pairs(void *data)
{
    struct eval_set s = {0};
    char line[96];
    int rc = 0;
    (void)data;
    for (int i = 0; i < 200 && !rc; i++) {
        const char *problem;
        snprintf(line, sizeof line, "{\"a\":\"a%d\",\"b\":\"b%d\",\"label\":\"copy\"}", i, i);
        rc = eval_set_add_line(&s, dupd_view_of(line), &problem);
    }
    eval_set_close(&s);
    return rc;
}

START_TEST(memory_may_run_out)
{
    ck_assert_uint_gt(fault_each(many_pairs, NULL, DUPD_ENOMEM), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("eval_set");
    TCase *t = tcase_create("eval_set");
    tcase_add_test(t, labels_have_their_class);
    tcase_add_test(t, what_is_no_pair_is_refused);
    tcase_add_test(t, scores_count_only_what_is_there_and_labelled);
    tcase_add_test(t, a_better_verdict_of_the_pair_is_kept);
    tcase_add_test(t, memory_may_run_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
