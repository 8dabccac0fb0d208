/* test_article_read.c: items become articles, and what is wrong with one is said in words. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "input/article_read.h"
#include "support/fault.h"

static const struct article_limits limits = {.max_message = 4096, .max_article = 1024};

struct reading {
    struct article_reader reader;
    struct dupd_article article;
};

static int read_json(struct reading *r, const char *text)
{
    return article_read(&r->reader, ARTICLE_JSON, dupd_view_of(text), &limits, &r->article);
}

static void is(struct dupd_view v, const char *expected)
{
    ck_assert_msg(dupd_view_equal(v, dupd_view_of(expected)), "%.*s is not %s", (int)v.len, v.ptr,
                  expected);
}

START_TEST(all_fields_arrive)
{
    struct reading r = {0};
    ck_assert_int_eq(read_json(&r,
                               "{\"id\":\"a-1\",\"body\":\"Two\\nlines\",\"title\":\"T\",\"url\":"
                               "\"https://x.example/1\",\"source\":\"x.example\",\"published_at\":"
                               "\"2022-01-27T17:20:00Z\",\"lang\":\"en\",\"byline\":\"A B\","
                               "\"collection\":\"c\",\"unknown\":[1,{\"id\":\"no\"}]}"),
                     0);
    is(r.article.id, "a-1");
    is(r.article.text, "Two\nlines");
    is(r.article.title, "T");
    is(r.article.url, "https://x.example/1");
    is(r.article.source, "x.example");
    is(r.article.lang, "en");
    is(r.article.byline, "A B");
    is(r.article.collection, "c");
    ck_assert_int_eq(r.article.published.seconds, 1643304000);
    article_reader_close(&r.reader);
}
END_TEST

START_TEST(null_means_absent)
{
    struct reading r = {0};
    ck_assert_int_eq(read_json(&r, "{\"id\":null,\"body\":\"x\",\"html\":null,\"title\":null,"
                                   "\"published_at\":null}"),
                     0);
    is(r.article.id, "");
    is(r.article.title, "");
    ck_assert(!r.reader.date_unreadable);
    ck_assert_int_eq(read_json(&r, "{\"id\":\"x\",\"body\":null}"), DUPD_EEMPTY);
    ck_assert_ptr_nonnull(strstr(r.reader.problem, "neither \"body\" nor \"html\""));
    article_reader_close(&r.reader);
}
END_TEST

START_TEST(times_come_as_text_or_number)
{
    struct reading r = {0};
    ck_assert_int_eq(read_json(&r, "{\"body\":\"x\",\"published_at\":1643304000}"), 0);
    ck_assert_int_eq(r.article.published.seconds, 1643304000);
    ck_assert_int_eq(read_json(&r, "{\"body\":\"x\",\"published_at\":\"2022-01-27\"}"), 0);
    ck_assert_int_eq(r.article.published.kind, DUPD_TIME_DAY);
    ck_assert_int_eq(read_json(&r, "{\"body\":\"x\",\"published_at\":\"next week\"}"), 0);
    ck_assert_int_eq(r.article.published.kind, DUPD_TIME_NONE);
    ck_assert(r.reader.date_unreadable);
    ck_assert_int_eq(read_json(&r, "{\"body\":\"x\"}"), 0);
    ck_assert(!r.reader.date_unreadable);
    article_reader_close(&r.reader);
}
END_TEST

static void refuses(const char *text, int code, const char *words)
{
    struct reading r = {0};
    ck_assert_int_eq(read_json(&r, text), code);
    ck_assert_msg(strstr(r.reader.problem, words), "\"%s\" lacks \"%s\"", r.reader.problem, words);
    article_reader_close(&r.reader);
}

#define FIELD(name, value)                                                                         \
    {                                                                                              \
        DUPD_VIEW(name), DUPD_VIEW(value)                                                          \
    }

START_TEST(a_byte_order_mark_is_passed_over)
{
    struct reading r = {0};
    ck_assert_int_eq(read_json(&r, "\xEF\xBB\xBF{\"id\":\"b\",\"body\":\"x\"}"), 0);
    is(r.article.id, "b");
    const struct article_field f[] = {FIELD("json", "\xEF\xBB\xBF {\"id\":\"b\",\"body\":\"x\"}")};
    ck_assert_int_eq(article_read_fields(&r.reader, f, 1, &limits, &r.article), 0);
    refuses("\xEF\xBB\xBF{\"id\";1}", DUPD_ESYNTAX, "not valid JSON at byte 9: ");
    refuses("\xEF\xBB\xBF\xEF\xBB\xBF{}", DUPD_ESYNTAX, "not valid JSON at byte 4: ");
    article_reader_close(&r.reader);
}
END_TEST

START_TEST(wrong_types_name_the_field)
{
    refuses("{\"id\":5,\"body\":\"x\"}", DUPD_ETYPE, "field \"id\" is a number");
    refuses("{\"body\":[\"x\"]}", DUPD_ETYPE, "field \"body\" is an array");
    refuses("{\"body\":\"x\",\"title\":{}}", DUPD_ETYPE, "field \"title\" is an object");
    refuses("{\"body\":\"x\",\"published_at\":true}", DUPD_ETYPE,
            "field \"published_at\" is a boolean; it must be a string or a number");
}
END_TEST

START_TEST(damage_is_described)
{
    refuses("{\"body\":\"x", DUPD_ESYNTAX, "the text ends inside a string");
    refuses("[]", DUPD_ESYNTAX, "not a JSON object");
    refuses("{\"body\":\"x\"} {", DUPD_ESYNTAX, "more text behind");
    refuses("{\"body\":\"x\",\"b\\u006fdy\":\"y\"}", DUPD_ESYNTAX, "\"body\" is given twice");
    char text[700];
    snprintf(text, sizeof text, "{\"body\":\"x\",\"id\":\"%0600d\"}", 0);
    refuses(text, DUPD_ETOOBIG, "field \"id\" has 600 bytes");
    static char huge[70000];
    snprintf(huge, sizeof huge, "{\"body\":\"x\",\"title\":\"%065536d\"}", 0);
    struct article_reader r;
    struct dupd_article a;
    struct article_limits roomy = {.max_article = 1 << 20, .max_message = 1 << 20};
    article_reader_init(&r);
    ck_assert_int_eq(article_read(&r, ARTICLE_JSON, dupd_view_of(huge), &roomy, &a), DUPD_ETOOBIG);
    ck_assert_ptr_nonnull(strstr(r.problem, "field \"title\" has 65536 bytes; at most 65535"));
    article_reader_close(&r);
    char big[1200];
    snprintf(big, sizeof big, "{\"body\":\"%01100d\"}", 0);
    refuses(big, DUPD_ETOOBIG, "--max-article");
}
END_TEST

/* The outlet is the host where there is one, as for every article that is no page. */
START_TEST(the_name_of_a_site_is_its_outlet_only_without_an_address)
{
    static const char page[] =
        "<html><head><meta property=og:site_name content=\"The Harbour Post\">%s</head><body>"
        "<article><p>The council met on Tuesday evening and agreed to repair the old bridge before "
        "the winter, which was the third such promise in as many years, residents said.</p>"
        "</article></body></html>";
    struct reading r = {0};
    char with[1024], without[1024];
    snprintf(with, sizeof with, page,
             "<link rel=canonical href=\"https://www.harbour-post.example/a\">");
    snprintf(without, sizeof without, page, "");
    const struct article_limits roomy = {1 << 20, 1 << 20};
    ck_assert_int_eq(article_read(&r.reader, ARTICLE_HTML, dupd_view_of(with), &roomy, &r.article),
                     0);
    is(r.article.source, "");
    is(r.article.url, "https://www.harbour-post.example/a");
    ck_assert_int_eq(
        article_read(&r.reader, ARTICLE_HTML, dupd_view_of(without), &roomy, &r.article), 0);
    is(r.article.source, "The Harbour Post");
    article_reader_close(&r.reader);
}
END_TEST

START_TEST(a_page_inside_json_fills_the_gaps)
{
    struct reading r = {0};
    ck_assert_int_eq(
        read_json(&r,
                  "{\"html\":\"<html><head><title>Old title</title></head><body><article><h1>Old "
                  "title</h1><p>The harbour authority said on Monday that the new crane would "
                  "stand by the spring, a year later than planned, because the ground beneath "
                  "the quay had proved softer than the surveys showed.</p><p>Two ships were "
                  "turned away last week, and the pilots have asked for a second tug.</p>"
                  "</article></body></html>\",\"title\":\"Given\",\"body\":\"\"}"),
        0);
    is(r.article.title, "Given");
    ck_assert_ptr_nonnull(
        memmem(r.article.text.ptr, r.article.text.len, "softer than the surveys", 23));
    article_reader_close(&r.reader);
}
END_TEST

START_TEST(plain_text_is_taken_whole)
{
    struct reading r = {0};
    ck_assert_int_eq(
        article_read(&r.reader, ARTICLE_TEXT, DUPD_VIEW("any \xFF bytes"), &limits, &r.article), 0);
    is(r.article.text, "any \xFF bytes");
    char big[1025] = {0};
    ck_assert_int_eq(article_read(&r.reader, ARTICLE_TEXT, (struct dupd_view){big, sizeof big},
                                  &limits, &r.article),
                     DUPD_ETOOBIG);
    article_reader_close(&r.reader);
}
END_TEST

static int read_fields(struct reading *r, const struct article_field *f, size_t count)
{
    return article_read_fields(&r->reader, f, count, &limits, &r->article);
}

START_TEST(fields_of_an_entry_need_no_json)
{
    struct reading r = {0};
    const struct article_field f[] = {
        FIELD("id", "a\xff\n"),    FIELD("body", "Text \"as\" is {\n"),
        FIELD("title", ""),        FIELD("published_at", "1643304000"),
        FIELD("trace", "unknown"), FIELD("json", "{not read")};
    ck_assert_int_eq(read_fields(&r, f, 6), 0);
    is(r.article.id, "a\xff\n");
    is(r.article.text, "Text \"as\" is {\n");
    is(r.article.title, "");
    ck_assert_int_eq(r.article.published.seconds, 1643304000);
    article_reader_close(&r.reader);
}
END_TEST

START_TEST(a_lone_field_json_is_an_object)
{
    struct reading r = {0};
    const struct article_field f[] = {FIELD("trace", "7"),
                                      FIELD("json", "{\"id\":\"j\",\"body\":\"t\\u00e9xt\"}")};
    ck_assert_int_eq(read_fields(&r, f, 2), 0);
    is(r.article.id, "j");
    is(r.article.text, "t\xc3\xa9xt");
    const struct article_field bad[] = {FIELD("json", "{\"id\":7,\"body\":\"x\"}")};
    ck_assert_int_eq(read_fields(&r, bad, 1), DUPD_ETYPE);
    /* which of two is meant nobody can tell, and the other would be gone without a word */
    const struct article_field twice[] = {FIELD("json", "{\"id\":\"j1\",\"body\":\"x\"}"),
                                          FIELD("json", "{\"id\":\"j2\",\"body\":\"y\"}")};
    ck_assert_int_eq(read_fields(&r, twice, 2), DUPD_ESYNTAX);
    ck_assert_str_eq(r.reader.problem, "field \"json\" is given twice; keep one");
    const struct article_field beside[] = {FIELD("title", "T"),
                                           FIELD("json", "{\"id\":\"j\",\"body\":\"x\"}")};
    ck_assert_int_eq(read_fields(&r, beside, 2), DUPD_ESYNTAX);
    ck_assert_ptr_nonnull(strstr(r.reader.problem, "\"json\" must stand alone"));
    article_reader_close(&r.reader);
}
END_TEST

START_TEST(fields_have_the_limits_of_json)
{
    struct reading r = {0};
    static char big[5000];
    memset(big, 'x', sizeof big);
    struct article_field f[] = {FIELD("id", "a"), {DUPD_VIEW("body"), {big, 1025}}};
    ck_assert_int_eq(read_fields(&r, f, 2), DUPD_ETOOBIG);
    f[1].value.len = 1024;
    ck_assert_int_eq(read_fields(&r, f, 2), 0);
    f[0].value = (struct dupd_view){big, DUPD_ID_MAX + 1};
    ck_assert_int_eq(read_fields(&r, f, 2), DUPD_ETOOBIG);
    f[0] = (struct article_field){DUPD_VIEW("trace"), {big, 4000}}; /* all fields together */
    ck_assert_int_eq(read_fields(&r, f, 2), DUPD_ETOOBIG);
    f[0] = (struct article_field){DUPD_VIEW("json"), {big, 4097}};
    ck_assert_int_eq(read_fields(&r, f, 1), DUPD_ETOOBIG);
    f[0] = f[1];
    ck_assert_int_eq(read_fields(&r, f, 2), DUPD_ESYNTAX); /* given twice */
    ck_assert_int_eq(read_fields(&r, f, 0), DUPD_EEMPTY);
    article_reader_close(&r.reader);
}
END_TEST

static int read_escaped(void *data)
{
    (void)data;
    struct reading r = {0};
    int rc = read_json(&r, "{\"body\":\"one\\ntwo\",\"title\":\"\\u00e9\"}");
    article_reader_close(&r.reader);
    return rc;
}

START_TEST(memory_may_run_out)
{
    ck_assert_uint_gt(fault_each(read_escaped, NULL, DUPD_ENOMEM), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("article_read");
    TCase *t = tcase_create("article_read");
    tcase_add_test(t, all_fields_arrive);
    tcase_add_test(t, null_means_absent);
    tcase_add_test(t, times_come_as_text_or_number);
    tcase_add_test(t, a_byte_order_mark_is_passed_over);
    tcase_add_test(t, wrong_types_name_the_field);
    tcase_add_test(t, damage_is_described);
    tcase_add_test(t, a_page_inside_json_fills_the_gaps);
    tcase_add_test(t, the_name_of_a_site_is_its_outlet_only_without_an_address);
    tcase_add_test(t, plain_text_is_taken_whole);
    tcase_add_test(t, fields_of_an_entry_need_no_json);
    tcase_add_test(t, a_lone_field_json_is_an_object);
    tcase_add_test(t, fields_have_the_limits_of_json);
    tcase_add_test(t, memory_may_run_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
