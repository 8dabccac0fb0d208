/* test_article.c: times as news gives them, and the outlet behind a URL. */
#include <check.h>
#include <stdlib.h>

#include "dupd/article.h"

static const struct {
    const char *text;
    const char *formatted; /* "" : unreadable */
} times[] = {
    {"2022-01-27T17:20:00Z", "2022-01-27T17:20:00Z"},
    {"2022-01-27t17:20:00z", "2022-01-27T17:20:00Z"},
    {"2022-01-27 17:20", "2022-01-27T17:20:00Z"},
    {"  2022-01-27T17:20:00.123456+01:00\n", "2022-01-27T16:20:00Z"},
    {"2022-01-27T17:20:00,5-0530", "2022-01-27T22:50:00Z"},
    {"2022-01-27 17:20:00 +0000", "2022-01-27T17:20:00Z"},
    {"2022-01-27T00:20:00+09", "2022-01-26T15:20:00Z"},
    {"2022-01-27", "2022-01-27"},
    {"2024-02-29", "2024-02-29"},
    {"2000-02-29", "2000-02-29"},
    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
    {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
    {"1700-01-01", "1700-01-01"},
    {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
    {"1643304000", "2022-01-27T17:20:00Z"},
    {"1643304000.75", "2022-01-27T17:20:00Z"},
    {"1643304000123", "2022-01-27T17:20:00Z"},
    {"-1", "1969-12-31T23:59:59Z"},
    {"0", "1970-01-01T00:00:00Z"},
    {"", ""},
    {"   ", ""},
    {"yesterday", ""},
    {"2022-13-01", ""},
    {"2022-00-01", ""},
    {"2022-02-29", ""},
    {"1900-02-29", ""},
    {"2022-01-27T", ""},
    {"2022-01-27T24:00:00Z", ""},
    {"2022-01-27T17:60:00Z", ""},
    {"2022-01-27T17:20:00.Z", ""},
    {"2022-01-27T17:20:00Zulu", ""},
    {"2022-01-27T17:20:00+1", ""},
    {"2022-01-27T17:20:00+25:00", ""},
    {"2022-01-27x", ""},
    {"1699-12-31", ""},
    {"1700-01-01T00:00:00+01:00", ""},
    {"9999-12-31T23:59:59-01:00", ""},
    {"1e9", ""},
    {"-", ""},
    {"12.", ""},
    {"99999999999999999", ""},
    {"99999999999999999999999999999999", ""},
};

START_TEST(times_are_read_and_written)
{
    struct dupd_time t;
    char out[DUPD_TIME_TEXT_MAX];
    bool readable = times[_i].formatted[0] != '\0';
    ck_assert_msg(dupd_time_parse(dupd_view_of(times[_i].text), &t) == readable, "%s",
                  times[_i].text);
    ck_assert_uint_eq(dupd_time_format(t, out), strlen(times[_i].formatted));
    ck_assert_str_eq(out, times[_i].formatted);
}
END_TEST

START_TEST(every_day_of_the_calendar_comes_back)
{
    char out[DUPD_TIME_TEXT_MAX], before[DUPD_TIME_TEXT_MAX] = "";
    int64_t first = INT64_C(-8520336000), last = INT64_C(253402300799);
    size_t days = 0, wrong = 0;
    for (int64_t s = first; s <= last; s += 86400, days++) {
        struct dupd_time t = {s, DUPD_TIME_DAY}, back;
        size_t n = dupd_time_format(t, out);
        wrong += !dupd_time_parse((struct dupd_view){out, n}, &back) || back.seconds != s ||
                 back.kind != DUPD_TIME_DAY || strcmp(before, out) >= 0;
        memcpy(before, out, n + 1);
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(days, 3031512); /* 1700-01-01 to 9999-12-31 */
}
END_TEST

START_TEST(time_out_of_range_is_not_written)
{
    char out[DUPD_TIME_TEXT_MAX];
    ck_assert_uint_eq(dupd_time_format((struct dupd_time){INT64_MAX, DUPD_TIME_SECOND}, out), 0);
    ck_assert_uint_eq(dupd_time_format((struct dupd_time){INT64_MIN, DUPD_TIME_DAY}, out), 0);
    ck_assert_str_eq(out, "");
}
END_TEST

static const struct {
    const char *url;
    const char *outlet; /* "": no host */
} urls[] = {
    {"https://www.example.com/a/b?c#d", "example.com"},
    {"HTTPS://News.EXAMPLE.Com", "example.com"},
    {"https://www.a.example.co.uk/x", "example.co.uk"},
    {"http://example.com.au:8080/x", "example.com.au"},
    {"https://user:secret@edition.example.org/", "example.org"},
    {"//cdn.example.net/x", "example.net"},
    {"https://desk.blogspot.com/2020", "desk.blogspot.com"},
    {"https://a.desk.blogspot.com/2020", "desk.blogspot.com"},
    {"https://co.uk/", "co.uk"},
    {"https://www.com/", "www.com"},
    {"https://example.com./x", "example.com"},
    {"http://192.168.1.20:80/x", "192.168.1.20"},
    {"http://[2001:db8::1]:80/x", "[2001:db8::1]"},
    {"http://localhost/x", "localhost"},
    {"www.example.com/story", "example.com"},
    {"example.com?x=//y.z", "example.com"},
    {"https://m.zeitung.\xC3\xA4.de/", "\xC3\xA4.de"},
    {"https:///nohost", ""},
    {"farm-118", ""},
    {"mailto:me@example.com", ""},
    {"/relative/path", ""},
    {"http://exa mple.com/", ""},
    {"http://[2001:db8::1", ""},
    {"", ""},
};

START_TEST(outlet_of_url)
{
    char out[256];
    size_t n = dupd_url_outlet(dupd_view_of(urls[_i].url), out);
    ck_assert_str_eq(out, urls[_i].outlet);
    ck_assert_uint_eq(n, strlen(urls[_i].outlet));
}
END_TEST

START_TEST(long_hosts_are_refused)
{
    char url[600] = "http://", out[256];
    for (size_t i = 7; i < sizeof url - 1; i++)
        url[i] = i % 8 == 0 ? '.' : 'a';
    ck_assert_uint_eq(dupd_url_outlet((struct dupd_view){url, 7 + 256}, out), 0);
    ck_assert_uint_gt(dupd_url_outlet((struct dupd_view){url, 7 + 255}, out), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("article");
    TCase *t = tcase_create("article");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, times_are_read_and_written, 0, (int)(sizeof times / sizeof *times));
    tcase_add_test(t, every_day_of_the_calendar_comes_back);
    tcase_add_test(t, time_out_of_range_is_not_written);
    tcase_add_loop_test(t, outlet_of_url, 0, (int)(sizeof urls / sizeof *urls));
    tcase_add_test(t, long_hosts_are_refused);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
