/* test_settings.c: one table, four sources; what is wrong is named, and so is what was meant. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dupd/error.h"
#include "settings/flags.h"
#include "settings/names.h"
#include "settings/number.h"
#include "settings/suggest.h"
#include "support/fault.h"

static void number_is(const char *text, enum number_unit unit, double expected)
{
    double value;
    ck_assert_msg(number_parse(dupd_view_of(text), unit, 0, 1e15, &value) == 0, "refused: %s",
                  text);
    ck_assert_double_eq_tol(value, expected, 1e-9);
}

static void number_is_none(const char *text, enum number_unit unit, int why)
{
    double value = 7;
    ck_assert_int_eq(number_parse(dupd_view_of(text), unit, 0, 1000, &value), why);
    ck_assert_double_eq(value, 7);
}

START_TEST(numbers_have_units)
{
    number_is("12", NUMBER_COUNT, 12);
    number_is("0", NUMBER_COUNT, 0);
    number_is("8MiB", NUMBER_SIZE, 8388608);
    number_is("1.5GiB", NUMBER_SIZE, 1610612736);
    number_is("10kB", NUMBER_SIZE, 10000);
    number_is("64K", NUMBER_SIZE, 65536);
    number_is("512", NUMBER_SIZE, 512);
    number_is("30d", NUMBER_SPAN, 2592000);
    number_is("90", NUMBER_SPAN, 90);
    number_is("1.5h", NUMBER_SPAN, 5400);
    number_is("0.3", NUMBER_SHARE, 0.3);
    number_is("30%", NUMBER_SHARE, 0.3);
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
    static const char *const text[] = {"",    " 1",  "1 ",  "-1",   "+1",  "1.",   ".5",
                                       "1e3", "0x1", "1,5", "1..2", "MiB", "1mib", "nan"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        number_is_none(text[i], NUMBER_SIZE, DUPD_ESYNTAX);
    number_is_none("1.5", NUMBER_COUNT, DUPD_ESYNTAX);
    number_is_none("5MiB", NUMBER_COUNT, DUPD_ESYNTAX);
    number_is_none("5MiB", NUMBER_SPAN, DUPD_ESYNTAX);
    number_is_none("1001", NUMBER_COUNT, DUPD_EINVAL);
    number_is_none("99999999999999999999", NUMBER_COUNT, DUPD_EINVAL);
}
END_TEST

START_TEST(numbers_are_written_as_they_are_read)
{
    static const struct {
        double value;
        enum number_unit unit;
        const char *text;
    } cases[] = {{8388608, NUMBER_SIZE, "8MiB"}, {1001, NUMBER_SIZE, "1001"},
                 {2592000, NUMBER_SPAN, "30d"},  {90, NUMBER_SPAN, "90s"},
                 {0, NUMBER_SPAN, "0"},          {0.3, NUMBER_SHARE, "0.3"},
                 {200, NUMBER_SHARE, "200"},     {65536, NUMBER_COUNT, "65536"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dupd_buf out = {0};
        ck_assert_int_eq(number_format(cases[i].value, cases[i].unit, &out), 0);
        ck_assert(dupd_view_equal(dupd_buf_view(&out), dupd_view_of(cases[i].text)));
        number_is(cases[i].text, cases[i].unit, cases[i].value);
        dupd_buf_close(&out);
    }
}
END_TEST

START_TEST(distance_counts_edits)
{
    ck_assert_uint_eq(suggest_distance("store", "store"), 0);
    ck_assert_uint_eq(suggest_distance("store", "stroe"), 1);
    ck_assert_uint_eq(suggest_distance("max-article", "max_article"), 0);
    ck_assert_uint_eq(suggest_distance("", "abc"), 3);
    ck_assert_uint_eq(suggest_distance("kitten", "sitting"), 3);
    struct suggest s = {.wanted = "thread"};
    suggest_offer(&s, "store");
    ck_assert_ptr_null(s.best);
    suggest_offer(&s, "threads");
    ck_assert_str_eq(s.best, "threads");
}
END_TEST

START_TEST(every_row_of_the_table_is_well_formed)
{
    struct settings s;
    settings_init(&s);
    for (enum setting_id id = 0; id < SETTING_ID_COUNT; id++) {
        const struct setting *row = setting_row(id);
        struct dupd_buf problem = {0};
        struct setting_origin origin = {SETTING_FLAG_GIVEN, 0};
        ck_assert_msg(settings_set(&s, id, dupd_view_of(row->fallback), origin, &problem) == 0,
                      "default of %s: %.*s", row->name, (int)problem.len, problem.ptr);
        ck_assert_int_eq(setting_find(dupd_view_of(row->name)), id);
        ck_assert_uint_gt(strlen(row->help), 10);
        struct dupd_buf text = {0};
        ck_assert_int_eq(settings_format(&s, id, &text), 0);
        ck_assert_int_eq(settings_set(&s, id, dupd_buf_view(&text), origin, &problem), 0);
        dupd_buf_close(&text);
        dupd_buf_close(&problem);
    }
    ck_assert_uint_eq(s.max_article, 8 << 20);
    ck_assert_uint_eq(s.window, 30 * 86400);
    struct dupd_thresholds defaults;
    dupd_thresholds_default(&defaults);
    ck_assert_int_eq(memcmp(&s.thresholds, &defaults, sizeof defaults), 0);
    settings_close(&s);
}
END_TEST

START_TEST(the_stronger_source_wins_in_any_order)
{
    static const enum setting_from order[][3] = {
        {SETTING_FILE, SETTING_ENVIRONMENT, SETTING_FLAG_GIVEN},
        {SETTING_FLAG_GIVEN, SETTING_ENVIRONMENT, SETTING_FILE},
        {SETTING_ENVIRONMENT, SETTING_FLAG_GIVEN, SETTING_FILE}};
    static const char *const value[] = {"", "1MiB", "2MiB", "3MiB"};
    for (size_t i = 0; i < 3; i++) {
        struct settings s;
        struct dupd_buf problem = {0};
        settings_init(&s);
        for (size_t k = 0; k < 3; k++)
            ck_assert_int_eq(settings_set(&s, SETTING_ID_max_article,
                                          dupd_view_of(value[order[i][k]]),
                                          (struct setting_origin){order[i][k], 0}, &problem),
                             0);
        ck_assert_uint_eq(s.max_article, 3 << 20);
        ck_assert_int_eq(s.origin[SETTING_ID_max_article].from, SETTING_FLAG_GIVEN);
        settings_close(&s);
        dupd_buf_close(&problem);
    }
}
END_TEST

static enum flags_result flags(struct settings *s, unsigned groups, char **words, size_t count,
                               const char **operands, size_t *n, struct dupd_buf *problem)
{
    settings_init(s);
    enum flags_result r = flags_read(s, groups, words, count, operands, n, problem);
    ck_assert_int_eq(dupd_buf_add_char(problem, '\0'), 0);
    return r;
}

START_TEST(flags_and_operands_mix)
{
    struct settings s;
    const char *operands[8];
    size_t n;
    struct dupd_buf problem = {0};
    char *words[] = {"a",      "--max-article=1MiB", "-",  "--store", "x",
                     "--json", "--no-all",           "--", "--quiet"};
    ck_assert_int_eq(flags(&s, ~0u, words, 9, operands, &n, &problem), FLAGS_OK);
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(operands[1], "-");
    ck_assert_str_eq(operands[2], "--quiet");
    ck_assert_uint_eq(s.max_article, 1 << 20);
    ck_assert_str_eq(s.store, "x");
    ck_assert(s.json && !s.all && !s.quiet);
    settings_close(&s);
    dupd_buf_close(&problem);
}
END_TEST

START_TEST(a_list_takes_the_words_behind_it)
{
    struct settings s;
    const char *operands[8];
    size_t n;
    struct dupd_buf problem = {0};
    char *words[] = {"a", "--articles", "x", "y z", "--pairs=p", "q", "--articles", "w", "--", "b"};
    ck_assert_int_eq(flags(&s, ~0u, words, 10, operands, &n, &problem), FLAGS_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_str_eq(operands[1], "b");
    ck_assert_str_eq(s.articles, "x\ny z\nw");
    ck_assert_str_eq(s.pairs, "p\nq");
    settings_close(&s);
    dupd_buf_close(&problem);
}
END_TEST

static void flag_problem(char *word, unsigned groups, const char *expected)
{
    struct settings s;
    const char *operands[2];
    size_t n;
    struct dupd_buf problem = {0};
    ck_assert_int_eq(flags(&s, groups, &word, 1, operands, &n, &problem), FLAGS_BAD);
    ck_assert_str_eq(problem.ptr, expected);
    settings_close(&s);
    dupd_buf_close(&problem);
}

START_TEST(flag_problems_name_what_was_meant)
{
    flag_problem("--stroe=x", ~0u, "unknown option --stroe; did you mean --store?");
    flag_problem("--max-artcle=1", ~0u, "unknown option --max-artcle; did you mean --max-article?");
    flag_problem("--zzzzzz", ~0u, "unknown option --zzzzzz");
    flag_problem("--json", GROUP_STORE, "--json does not belong to this command");
    flag_problem("-x", ~0u, "unknown option -x; for a file of that name write ./-x");
    flag_problem("--store", ~0u, "--store needs a value: --store=URL");
    flag_problem("--json=maybe", ~0u, "--json: 'maybe' is not yes or no");
    flag_problem("--no-json=yes", ~0u, "--no-json takes no value");
    flag_problem("--color=red", ~0u, "--color: 'red' is not one of auto|always|never");
    flag_problem("--max-article=5x", ~0u, "--max-article: '5x' is not a size such as 8MiB");
    flag_problem("--max-article=5", ~0u, "--max-article: '5' is not between 1KiB and 1GiB");
}
END_TEST

static void read_text(struct settings *s, const char *text, int expected, struct dupd_buf *problems)
{
    char path[] = "/tmp/dupd-settings-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    settings_init(s);
    ck_assert_int_eq(settings_read_file(s, path, problems), expected);
    unlink(path);
    ck_assert_str_eq(s->file, path);
}

START_TEST(files_are_read)
{
    struct settings s;
    struct dupd_buf problems = {0};
    read_text(&s,
              "# comment\n\n  store = /var/lib/dupd  \nmax-article=1MiB\n"
              "collection = \" two words \"\r\nmin_containment = 40%",
              0, &problems);
    ck_assert_str_eq(s.store, "/var/lib/dupd");
    ck_assert_uint_eq(s.max_article, 1 << 20);
    ck_assert_str_eq(s.collection, " two words ");
    ck_assert_double_eq_tol(s.thresholds.min_containment, 0.4, 1e-12);
    ck_assert_uint_eq(s.origin[SETTING_ID_store].line, 3);
    ck_assert_uint_eq(problems.len, 0);
    settings_close(&s);
    dupd_buf_close(&problems);
}
END_TEST

START_TEST(all_mistakes_of_a_file_are_named)
{
    struct settings s;
    struct dupd_buf problems = {0};
    read_text(&s, "stroe = x\nno equals\nwindow = soon\nthreads = 2\nconfig = y\n", DUPD_EINVAL,
              &problems);
    static const char *const expected[] = {
        ":1: unknown option 'stroe'; did you mean 'store'?", ":2: no '='; write 'key = value'",
        ":3: window: 'soon' is not a time such as", ":5: config: cannot be set in a file"};
    ck_assert_int_eq(dupd_buf_add_char(&problems, '\0'), 0);
    for (size_t i = 0; i < 4; i++)
        ck_assert_msg(strstr(problems.ptr, expected[i]), "%s lacks %s", problems.ptr, expected[i]);
    ck_assert_uint_eq(s.threads, 2);
    settings_close(&s);
    dupd_buf_close(&problems);
}
END_TEST

START_TEST(the_environment_is_read)
{
    struct settings s;
    struct dupd_buf problems = {0};
    char *const environment[] = {"HOME=/x", "DUPD_THREADS=3", "DUPD_MAX_ARTICLE=1MiB",
                                 "DUPD_STROE=x", NULL};
    settings_init(&s);
    ck_assert_int_eq(settings_read_environment(&s, environment, false, &problems), 0);
    ck_assert_uint_eq(s.threads, 3);
    ck_assert_uint_eq(s.max_article, 1 << 20);
    ck_assert_uint_eq(problems.len, 0);
    ck_assert_int_eq(settings_read_environment(&s, environment, true, &problems), DUPD_EINVAL);
    ck_assert(memmem(problems.ptr, problems.len, "did you mean 'store'?", 21));
    settings_close(&s);
    dupd_buf_close(&problems);
}
END_TEST

static void set(struct settings *s, enum setting_id id, const char *text, enum setting_from from)
{
    struct dupd_buf problem = {0};
    ck_assert_int_eq(
        settings_set(s, id, dupd_view_of(text), (struct setting_origin){from, 7}, &problem), 0);
    dupd_buf_close(&problem);
}

static void names_are_refused(const struct settings *s, const char *expected)
{
    struct dupd_buf problems = {0};
    ck_assert_int_eq(settings_check_names(s, &problems), DUPD_EINVAL);
    ck_assert_msg(dupd_view_equal(dupd_buf_view(&problems), dupd_view_of(expected)), "%.*s",
                  (int)problems.len, problems.ptr);
    dupd_buf_close(&problems);
}

START_TEST(no_two_keys_have_one_name)
{
    static const enum setting_id id[] = {SETTING_ID_stream,          SETTING_ID_list,
                                         SETTING_ID_verdicts_stream, SETTING_ID_alerts_stream,
                                         SETTING_ID_stories_stream,  SETTING_ID_dead_stream};
    struct settings s;
    struct dupd_buf problems = {0};
    settings_init(&s);
    ck_assert_int_eq(settings_check_names(&s, &problems), 0);
    /* every one against every other, given or by the prefix */
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++) {
            char name[64];
            const char *fallback[] = {"articles", "queue", "verdicts", "alerts", "stories", "dead"};
            settings_close(&s);
            settings_init(&s);
            set(&s, SETTING_ID_prefix, "x", SETTING_ENVIRONMENT);
            snprintf(name, sizeof name, "x:%s", fallback[i]);
            set(&s, id[j], name, SETTING_FLAG_GIVEN);
            ck_assert_int_eq(settings_check_names(&s, &problems), i == j ? 0 : DUPD_EINVAL);
            snprintf(name, sizeof name, "dupd:%s", fallback[i]);
            set(&s, id[j], name, SETTING_FLAG_GIVEN);
            ck_assert_int_eq(settings_check_names(&s, &problems), 0);
            set(&s, id[i], name, SETTING_FLAG_GIVEN);
            ck_assert_int_eq(settings_check_names(&s, &problems), i == j ? 0 : DUPD_EINVAL);
        }
    settings_close(&s);
    settings_init(&s);
    set(&s, SETTING_ID_dead_stream, "dupd:articles", SETTING_FLAG_GIVEN);
    names_are_refused(
        &s, "--dead-stream: 'dupd:articles' is the name of 'stream' as well; give each its own\n");
    set(&s, SETTING_ID_stream, "dupd:verdicts", SETTING_ENVIRONMENT);
    set(&s, SETTING_ID_list, "dupd:alerts", SETTING_FILE);
    names_are_refused(&s,
                      "environment: DUPD_STREAM: stream: 'dupd:verdicts' is the name of "
                      "'verdicts_stream' as well; give each its own\n"
                      ":7: list: 'dupd:alerts' is the name of 'alerts_stream' as well; give each "
                      "its own\n");
    settings_close(&s);
    dupd_buf_close(&problems);
}
END_TEST

START_TEST(passwords_are_masked)
{
    struct settings s;
    struct dupd_buf out = {0}, problem = {0};
    settings_init(&s);
    ck_assert_int_eq(settings_set(&s, SETTING_ID_store, DUPD_VIEW("redis://me:secret@host:1/0"),
                                  (struct setting_origin){SETTING_FLAG_GIVEN, 0}, &problem),
                     0);
    ck_assert_int_eq(settings_format(&s, SETTING_ID_store, &out), 0);
    ck_assert(dupd_view_equal(dupd_buf_view(&out), DUPD_VIEW("redis://me:***@host:1/0")));
    settings_close(&s);
    dupd_buf_close(&out);
}
END_TEST

static int set_and_fail(void *data)
{
    (void)data;
    struct settings s;
    struct dupd_buf problem = {0};
    settings_init(&s);
    int rc = settings_set(&s, SETTING_ID_store, DUPD_VIEW("somewhere"),
                          (struct setting_origin){SETTING_FLAG_GIVEN, 0}, &problem);
    if (!rc &&
        settings_set(&s, SETTING_ID_window, DUPD_VIEW("soon"),
                     (struct setting_origin){SETTING_FLAG_GIVEN, 0}, &problem) == DUPD_ENOMEM)
        rc = DUPD_ENOMEM;
    settings_close(&s);
    dupd_buf_close(&problem);
    return rc;
}

START_TEST(memory_may_run_out)
{
    ck_assert_uint_gt(fault_each(set_and_fail, NULL, DUPD_ENOMEM), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("settings");
    TCase *t = tcase_create("settings");
    tcase_add_test(t, numbers_have_units);
    tcase_add_test(t, what_is_no_number_is_refused);
    tcase_add_test(t, numbers_are_written_as_they_are_read);
    tcase_add_test(t, distance_counts_edits);
    tcase_add_test(t, every_row_of_the_table_is_well_formed);
    tcase_add_test(t, the_stronger_source_wins_in_any_order);
    tcase_add_test(t, flags_and_operands_mix);
    tcase_add_test(t, a_list_takes_the_words_behind_it);
    tcase_add_test(t, flag_problems_name_what_was_meant);
    tcase_add_test(t, files_are_read);
    tcase_add_test(t, all_mistakes_of_a_file_are_named);
    tcase_add_test(t, the_environment_is_read);
    tcase_add_test(t, no_two_keys_have_one_name);
    tcase_add_test(t, passwords_are_masked);
    tcase_add_test(t, memory_may_run_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
