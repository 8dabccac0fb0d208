/*
 * test_metrics.c: every combination exists at 0, what is counted is what is shown, the text is what
 * Prometheus asks for, and docs/http.md says the same as the table.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/metrics.h"
#include "dupd/error.h"
#include "dupd/verdict.h"
#include "support/fault.h"

struct world {
    struct dupd_agencies *agencies;
    struct metrics *m;
    struct dupd_buf text;
};

static int try_open(struct world *w)
{
    unsigned line;
    *w = (struct world){0};
    int rc = dupd_agencies_new(&w->agencies, (struct dupd_view){0}, &line);
    struct metrics_names names = {"1.2 \"x\"\\", "embedded", w->agencies};
    return rc ? rc : metrics_new(&w->m, &names);
}

static void open_world(struct world *w)
{
    ck_assert_int_eq(try_open(w), 0);
}

static void close_world(struct world *w)
{
    metrics_free(w->m);
    dupd_agencies_free(w->agencies);
    dupd_buf_close(&w->text);
}

/* The number behind `line_start`, which must stand at the beginning of one line. */
static double shown(struct world *w, const char *line_start)
{
    dupd_buf_clear(&w->text);
    ck_assert_int_eq(metrics_write(w->m, &w->text), 0);
    ck_assert_int_eq(dupd_buf_add_char(&w->text, 0), 0);
    size_t len = strlen(line_start);
    for (const char *at = w->text.ptr; (at = strstr(at, line_start)); at += len) {
        if ((at == w->text.ptr || at[-1] == '\n') && at[len] == ' ')
            return strtod(at + len, NULL);
    }
    ck_abort_msg("no line %s", line_start);
    return -1;
}

START_TEST(all_combinations_begin_at_zero)
{
    struct world w;
    open_world(&w);
    ck_assert_double_eq(shown(&w, "dupd_articles_total{verdict=\"shared_quotes\"}"), 0);
    ck_assert_double_eq(
        shown(&w, "dupd_alerts_total{reason=\"copy\",agency=\"Reuters\",credited=\"false\"}"), 0);
    ck_assert_double_eq(shown(&w, "dupd_redis_errors_total{class=\"timeout\"}"), 0);
    ck_assert_double_eq(shown(&w, "dupd_end_to_end_seconds_bucket{le=\"+Inf\"}"), 0);
    ck_assert_double_eq(shown(&w, "dupd_stage_duration_seconds_count{stage=\"commit\"}"), 0);
    ck_assert_double_eq(
        shown(&w, "dupd_build_info{version=\"1.2 \\\"x\\\"\\\\\",store=\"embedded\"}"), 1);
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        for (unsigned at = 0; at < metrics_width(w.m, i); at++)
            ck_assert_double_eq(metrics_get(w.m, i, at), i == METRIC_BUILD_INFO);
    close_world(&w);
}
END_TEST

START_TEST(what_is_counted_is_shown)
{
    struct world w;
    open_world(&w);
    metrics_add(w.m, METRIC_ARTICLES, DUPD_REWRITTEN, 3);
    metrics_set(w.m, METRIC_QUEUE_OLDEST, 0, 0.25);
    metrics_raise(w.m, METRIC_LOOP_DELAY, 0, 0.5);
    metrics_raise(w.m, METRIC_LOOP_DELAY, 0, 0.125);
    metrics_add(w.m, METRIC_FAILED, metrics_at_error(DUPD_ETYPE), 1);
    metrics_add(w.m, METRIC_ALERTS,
                metrics_at_alert(w.m, METRIC_ALERT_ORIGIN_ARRIVED, DUPD_VIEW("AP"), 0), 2);
    metrics_add(w.m, METRIC_ALERTS,
                metrics_at_alert(w.m, METRIC_ALERT_COPY, DUPD_VIEW("Nobody's News"), 1), 4);
    metrics_add(w.m, METRIC_ALERTS,
                metrics_at_alert(w.m, METRIC_ALERT_COPY, (struct dupd_view){0}, -1), 8);
    ck_assert_double_eq(shown(&w, "dupd_articles_total{verdict=\"rewritten\"}"), 3);
    ck_assert_double_eq(shown(&w, "dupd_articles_total{verdict=\"unique\"}"), 0);
    ck_assert_double_eq(shown(&w, "dupd_queue_oldest_seconds"), 0.25);
    ck_assert_double_eq(shown(&w, "dupd_loop_delay_seconds"), 0.5);
    ck_assert_double_eq(shown(&w, "dupd_articles_failed_total{reason=\"type\"}"), 1);
    ck_assert_double_eq(
        shown(&w, "dupd_alerts_total{reason=\"origin_arrived\",agency=\"AP\",credited=\"false\"}"),
        2);
    ck_assert_double_eq(
        shown(&w, "dupd_alerts_total{reason=\"copy\",agency=\"other\",credited=\"true\"}"), 4);
    ck_assert_double_eq(
        shown(&w, "dupd_alerts_total{reason=\"copy\",agency=\"none\",credited=\"none\"}"), 8);
    close_world(&w);
}
END_TEST

START_TEST(histograms_are_cumulative)
{
    struct world w;
    open_world(&w);
    const double seconds[] = {0.0001, 0.0002, 0.004, 0.004, 7, 1000};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        metrics_observe(w.m, METRIC_STAGE, METRIC_STAGE_VERIFY, seconds[i]);
    metrics_observe(w.m, METRIC_CANDIDATES, 0, 3);
#define VERIFY(rest) "dupd_stage_duration_seconds" rest
    ck_assert_double_eq(shown(&w, VERIFY("_bucket{stage=\"verify\",le=\"0.0001\"}")), 1);
    ck_assert_double_eq(shown(&w, VERIFY("_bucket{stage=\"verify\",le=\"0.005\"}")), 4);
    ck_assert_double_eq(shown(&w, VERIFY("_bucket{stage=\"verify\",le=\"10\"}")), 5);
    ck_assert_double_eq(shown(&w, VERIFY("_bucket{stage=\"verify\",le=\"+Inf\"}")), 6);
    ck_assert_double_eq(shown(&w, VERIFY("_count{stage=\"verify\"}")), 6);
    ck_assert_double_eq(shown(&w, VERIFY("_count{stage=\"parse\"}")), 0);
    ck_assert_double_eq_tol(shown(&w, VERIFY("_sum{stage=\"verify\"}")), 1007.0083, 1e-9);
    ck_assert_double_eq(shown(&w, "dupd_candidates_bucket{le=\"2\"}"), 0);
    ck_assert_double_eq(shown(&w, "dupd_candidates_bucket{le=\"3\"}"), 1);
    close_world(&w);
}
END_TEST

START_TEST(what_does_not_exist_is_not_counted)
{
    struct world w;
    open_world(&w);
    metrics_add(w.m, METRIC_ARTICLES, DUPD_VERDICT_COUNT, 1);
    metrics_add(w.m, METRIC_COUNT, 0, 1);
    metrics_add(w.m, METRIC_STAGE, 0, 1);
    metrics_observe(w.m, METRIC_ARTICLES, 0, 1);
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        for (unsigned at = 0; at < metrics_width(w.m, i); at++)
            ck_assert_double_eq(metrics_get(w.m, i, at), i == METRIC_BUILD_INFO);
    close_world(&w);
}
END_TEST

START_TEST(the_process_is_measured)
{
    struct world w;
    open_world(&w);
    metrics_read_process(w.m);
    ck_assert_double_gt(metrics_get(w.m, METRIC_RSS, 0), 100e3);
    ck_assert_double_ge(metrics_get(w.m, METRIC_VSIZE, 0), metrics_get(w.m, METRIC_RSS, 0));
    ck_assert_double_ge(metrics_get(w.m, METRIC_FDS, 0), 3);
    ck_assert_double_ge(metrics_get(w.m, METRIC_FDS_MAX, 0), metrics_get(w.m, METRIC_FDS, 0));
    ck_assert_double_gt(metrics_get(w.m, METRIC_STARTED, 0), 1.6e9);
    close_world(&w);
}
END_TEST

static int make_and_write(void *data)
{
    struct dupd_agencies *agencies = data;
    struct metrics_names names = {"1", "redis", agencies};
    struct metrics *m = NULL;
    struct dupd_buf text = {0};
    int rc = metrics_new(&m, &names);
    if (!rc)
        rc = metrics_write(m, &text);
    metrics_free(m);
    dupd_buf_close(&text);
    return rc;
}

START_TEST(running_out_of_memory_is_said)
{
    struct world w;
    open_world(&w);
    ck_assert_uint_gt(fault_each(make_and_write, w.agencies, DUPD_ENOMEM), 4);
    close_world(&w);
}
END_TEST

START_TEST(the_manual_has_the_table)
{
    struct world w;
    open_world(&w);
    struct dupd_buf table = {0};
    char path[1024], manual[131072];
    snprintf(path, sizeof path, "%s/docs/http.md", getenv("DUPD_SOURCE_DIR"));
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    manual[fread(manual, 1, sizeof manual - 1, f)] = 0;
    fclose(f);
    ck_assert_int_eq(metrics_document(w.m, &table), 0);
    ck_assert_int_eq(dupd_buf_add_char(&table, 0), 0);
    ck_assert_msg(strstr(manual, table.ptr), "docs/http.md must have this table:\n%s", table.ptr);
    dupd_buf_close(&table);
    close_world(&w);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1) { /* "metrics" for promtool, "table" for docs/http.md */
        struct world w;
        if (try_open(&w))
            return 1;
        metrics_read_process(w.m);
        metrics_observe(w.m, METRIC_STAGE, METRIC_STAGE_VERIFY, 0.001);
        bool table = strcmp(argv[1], "table") == 0;
        if ((table ? metrics_document(w.m, &w.text) : metrics_write(w.m, &w.text)) == 0)
            fwrite(w.text.ptr, 1, w.text.len, stdout);
        close_world(&w);
        return 0;
    }
    TCase *tc = tcase_create("metrics");
    tcase_add_test(tc, all_combinations_begin_at_zero);
    tcase_add_test(tc, what_is_counted_is_shown);
    tcase_add_test(tc, histograms_are_cumulative);
    tcase_add_test(tc, what_does_not_exist_is_not_counted);
    tcase_add_test(tc, the_process_is_measured);
    tcase_add_test(tc, running_out_of_memory_is_said);
    tcase_add_test(tc, the_manual_has_the_table);
    Suite *s = suite_create("metrics");
    suite_add_tcase(s, tc);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
