/* test_json_write.c: commas, escapes, numbers and times, and that no allocation may fail unseen. */
#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "engine/json_write.h"
#include "support/fault.h"

static const char *text(struct dupd_buf *b)
{
    ck_assert_int_eq(dupd_buf_add(b, "", 1), 0);
    return b->ptr;
}

START_TEST(objects_and_arrays_have_their_commas)
{
    struct dupd_buf b = {0};
    struct json_writer w;
    json_begin(&w, &b);
    json_open(&w, '{');
    json_key(&w, "a");
    json_open(&w, '[');
    json_close(&w, ']');
    json_key(&w, "b");
    json_open(&w, '[');
    json_int(&w, INT64_MIN);
    json_open(&w, '{');
    json_close(&w, '}');
    json_bool(&w, true);
    json_null(&w);
    json_close(&w, ']');
    json_key(&w, "c");
    json_string_or_null(&w, (struct dupd_view){0});
    json_close(&w, '}');
    ck_assert_int_eq(json_status(&w), 0);
    ck_assert_str_eq(text(&b), "{\"a\":[],\"b\":[-9223372036854775808,{},true,null],\"c\":null}");
    dupd_buf_close(&b);
}
END_TEST

START_TEST(strings_of_any_bytes_become_json)
{
    struct dupd_buf b = {0};
    struct json_writer w;
    json_begin(&w, &b);
    json_open(&w, '[');
    json_string(&w, DUPD_VIEW("a\"b\\c\n\x01\x1f/\x7f"));
    json_string(&w, DUPD_VIEW("\xe2\x80\x9cq\xe2\x80\x9d"));
    json_string(&w, DUPD_VIEW("x\xff\0y"));
    json_string(&w, (struct dupd_view){0});
    json_close(&w, ']');
    ck_assert_str_eq(text(&b),
                     "[\"a\\\"b\\\\c\\n\\u0001\\u001f/\x7f\",\"\xe2\x80\x9cq\xe2\x80\x9d\","
                     "\"x\xef\xbf\xbd\xef\xbf\xbdy\",\"\"]");
    dupd_buf_close(&b);
}
END_TEST

START_TEST(reals_have_four_decimals_in_any_locale)
{
    static const struct {
        double v;
        const char *want;
    } cases[] = {{0, "0"},       {1, "1"},           {0.5, "0.5"},    {0.12344, "0.1234"},
                 {0.99996, "1"}, {-0.25, "-0.25"},   {-0.00001, "0"}, {12.0305, "12.0305"},
                 {NAN, "null"},  {INFINITY, "null"}, {1e300, "null"}, {0.0001, "0.0001"}};
    setlocale(LC_ALL, "de_DE.UTF-8");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dupd_buf b = {0};
        struct json_writer w;
        json_begin(&w, &b);
        json_real(&w, cases[i].v);
        ck_assert_str_eq(text(&b), cases[i].want);
        dupd_buf_close(&b);
    }
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(times_are_rfc_3339)
{
    struct dupd_buf b = {0};
    struct json_writer w;
    json_begin(&w, &b);
    json_open(&w, '[');
    json_time_ms(&w, INT64_C(1643304000123));
    json_time_ms(&w, -1);
    json_time(&w, (struct dupd_time){.seconds = 1643304000, .kind = DUPD_TIME_SECOND});
    json_time(&w, (struct dupd_time){.seconds = 1643241600, .kind = DUPD_TIME_DAY});
    json_time(&w, (struct dupd_time){0});
    json_hex128(&w, 1, 0xab);
    json_close(&w, ']');
    ck_assert_str_eq(text(&b), "[\"2022-01-27T17:20:00.123Z\",\"1969-12-31T23:59:59.999Z\","
                               "\"2022-01-27T17:20:00Z\",\"2022-01-27\",null,"
                               "\"000000000000000100000000000000ab\"]");
    dupd_buf_close(&b);
}
END_TEST

static int write_some(void *data)
{
    (void)data;
    struct dupd_buf b = {0};
    struct json_writer w;
    json_begin(&w, &b);
    json_open(&w, '[');
    for (int i = 0; i < 100; i++)
        json_string(&w, i % 2 ? DUPD_VIEW("plain") : DUPD_VIEW("br\xffken"));
    json_close(&w, ']');
    dupd_buf_close(&b);
    return json_status(&w);
}

START_TEST(lack_of_memory_sticks)
{
    ck_assert_uint_gt(fault_each(write_some, NULL, DUPD_ENOMEM), 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("json_write");
    TCase *t = tcase_create("json_write");
    tcase_add_test(t, objects_and_arrays_have_their_commas);
    tcase_add_test(t, strings_of_any_bytes_become_json);
    tcase_add_test(t, reals_have_four_decimals_in_any_locale);
    tcase_add_test(t, times_are_rfc_3339);
    tcase_add_test(t, lack_of_memory_sticks);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
