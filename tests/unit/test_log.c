/* test_log.c: the three formats, levels, what is thinned out, and what must be quoted. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/log.h"

struct fixture {
    struct log log;
    FILE *file;
    char text[65536];
};

/* The clock of the tests: a number that they set, in the way that the log asks for it. */
static int64_t at_ten(void)
{
    return INT64_C(1641118271120); /* 2022-01-02T10:11:11.120Z */
}

static int64_t at_later(void)
{
    return at_ten() + LOG_QUIET_MS;
}

static void begin(struct fixture *f, enum log_format format, enum log_level level)
{
    f->file = tmpfile();
    ck_assert_ptr_nonnull(f->file);
    log_init(&f->log, f->file, format, level, NULL);
    f->log.now_ms = at_ten;
}

static const char *end(struct fixture *f)
{
    rewind(f->file);
    size_t n = fread(f->text, 1, sizeof f->text - 1, f->file);
    f->text[n] = '\0';
    fclose(f->file);
    log_close(&f->log);
    return f->text;
}

static unsigned count_lines(const char *text)
{
    unsigned n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void say(struct fixture *f)
{
    LOG(&f->log, LOG_NOTICE, "queue_up", "connected", log_text("redis", "redis://h:1/0"),
        log_text("why", "two words"), log_int("n", -3), log_real("s", 0.25));
}

START_TEST(one_event_in_each_format)
{
    struct fixture f;
    begin(&f, LOG_TEXT, LOG_INFO);
    say(&f);
    ck_assert_str_eq(end(&f),
                     "10:11:11 notice connected redis=redis://h:1/0 why=\"two words\" n=-3 "
                     "s=0.25\n");
    begin(&f, LOG_LOGFMT, LOG_INFO);
    say(&f);
    ck_assert_str_eq(end(&f),
                     "ts=2022-01-02T10:11:11.120Z level=notice event=queue_up "
                     "msg=\"connected\" redis=redis://h:1/0 why=\"two words\" n=-3 s=0.25\n");
    begin(&f, LOG_JSON, LOG_INFO);
    say(&f);
    ck_assert_str_eq(end(&f), "{\"ts\":\"2022-01-02T10:11:11.120Z\",\"level\":\"notice\",\"event\":"
                              "\"queue_up\",\"msg\":\"connected\",\"redis\":\"redis://h:1/0\","
                              "\"why\":\"two words\",\"n\":-3,\"s\":0.25}\n");
    begin(&f, LOG_AUTO, LOG_INFO); /* a file is no terminal */
    say(&f);
    ck_assert_ptr_nonnull(strstr(end(&f), "event=queue_up"));
}
END_TEST

/* Whatever a value holds, the line stays one line of the format. */
START_TEST(hostile_values_stay_inside_their_quotes)
{
    static const char nasty[] = "a\"b\\c\nd\x1b[31m\xff=e";
    struct fixture f;
    begin(&f, LOG_LOGFMT, LOG_INFO);
    LOG(&f.log, LOG_INFO, "e", "m", log_text("k", nasty), log_text("empty", ""));
    const char *text = end(&f);
    ck_assert_uint_eq(count_lines(text), 1);
    ck_assert_ptr_null(strchr(text, 0x1b));
    ck_assert_ptr_nonnull(strstr(text, "k=\"a\\\"b\\\\c\\nd\\u001b[31m"));
    ck_assert_ptr_nonnull(strstr(text, " empty=\"\"\n"));
    char *huge = calloc(1, 100001);
    memset(huge, 'x', 100000);
    begin(&f, LOG_TEXT, LOG_INFO);
    LOG(&f.log, LOG_INFO, "e", "m", log_text("k", huge));
    ck_assert_uint_lt(strlen(end(&f)), LOG_VALUE_MAX + 64);
    free(huge);
}
END_TEST

START_TEST(less_important_events_are_left_out)
{
    struct fixture f;
    begin(&f, LOG_TEXT, LOG_WARNING);
    LOG_PLAIN(&f.log, LOG_INFO, "a", "not this");
    LOG_PLAIN(&f.log, LOG_NOTICE, "b", "nor this");
    LOG_PLAIN(&f.log, LOG_WARNING, "c", "but this");
    LOG_PLAIN(&f.log, LOG_ERROR, "d", "and this");
    ck_assert_str_eq(end(&f), "10:11:11 warning but this\n10:11:11 error and this\n");
}
END_TEST

START_TEST(what_repeats_is_thinned_and_counted)
{
    struct fixture f;
    begin(&f, LOG_LOGFMT, LOG_INFO);
    for (int i = 0; i < 100; i++) {
        LOG_PLAIN(&f.log, LOG_WARNING, "same", "again");
        if (i % 50 == 0)
            LOG_PLAIN(&f.log, LOG_WARNING, "other", "rarely");
    }
    f.log.now_ms = at_later;
    LOG_PLAIN(&f.log, LOG_WARNING, "same", "again");
    LOG_PLAIN(&f.log, LOG_WARNING, "same", "again");
    const char *text = end(&f);
    ck_assert_uint_eq(count_lines(text), LOG_BURST + 2 + 2);
    const char *counted = strstr(text, "left_out=95\n");
    ck_assert_ptr_nonnull(counted);
    ck_assert_ptr_null(strstr(counted + 1, "left_out"));
}
END_TEST

START_TEST(more_kinds_of_events_than_are_thinned)
{
    static char name[LOG_EVENTS + 10][16];
    struct fixture f;
    begin(&f, LOG_TEXT, LOG_INFO);
    for (unsigned i = 0; i < LOG_EVENTS + 10; i++) {
        snprintf(name[i], sizeof name[i], "event%u", i);
        LOG_PLAIN(&f.log, LOG_INFO, name[i], "m");
    }
    ck_assert_uint_eq(count_lines(end(&f)), LOG_EVENTS + 10);
}
END_TEST

START_TEST(the_journal_is_told_the_priority)
{
    struct fixture f;
    struct stat s;
    char stream[64];
    begin(&f, LOG_TEXT, LOG_INFO);
    ck_assert_int_eq(fstat(fileno(f.file), &s), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)s.st_dev, (uintmax_t)s.st_ino);
    log_init(&f.log, f.file, LOG_TEXT, LOG_INFO, stream);
    f.log.now_ms = at_ten;
    LOG_PLAIN(&f.log, LOG_ERROR, "e", "broken");
    ck_assert_str_eq(end(&f), "<3>10:11:11 error broken\n");
    begin(&f, LOG_TEXT, LOG_INFO);
    log_init(&f.log, f.file, LOG_TEXT, LOG_INFO, "1:1"); /* another file is the journal's */
    f.log.now_ms = at_ten;
    LOG_PLAIN(&f.log, LOG_ERROR, "e", "broken");
    ck_assert_str_eq(end(&f), "10:11:11 error broken\n");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("log");
    TCase *t = tcase_create("log");
    tcase_add_test(t, one_event_in_each_format);
    tcase_add_test(t, hostile_values_stay_inside_their_quotes);
    tcase_add_test(t, less_important_events_are_left_out);
    tcase_add_test(t, what_repeats_is_thinned_and_counted);
    tcase_add_test(t, more_kinds_of_events_than_are_thinned);
    tcase_add_test(t, the_journal_is_told_the_priority);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
