/*
 * test_charset.c: pages in encodings of which the core knows only the name become UTF-8.
 */
#include "input/charset.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dupd/error.h"
#include "dupd/html.h"
#include "support/fault.h"

static const struct {
    const char *bytes;
    size_t len;
    const char *text;
} pages[] = {
#define BYTES(s) s, sizeof(s) - 1
    {BYTES("<meta http-equiv=Content-Type content='text/html; charset=windows-1251'><p>"
           "\xCF\xE0\xF0\xEE\xEC \xE2\xFB\xF8\xE5\xEB \xE2 \xEC\xEE\xF0\xE5 \xE8 "
           "\xE2\xE5\xF0\xED\xF3\xEB\xF1\xFF \xE2 \xEF\xEE\xF0\xF2 \xED\xEE\xF7\xFC\xFE."),
     "\u041f\u0430\u0440\u043e\u043c \u0432\u044b\u0448\u0435\u043b \u0432 "
     "\u043c\u043e\u0440\u0435 "
     "\u0438 \u0432\u0435\u0440\u043d\u0443\u043b\u0441\u044f \u0432 \u043f\u043e\u0440\u0442 "
     "\u043d\u043e\u0447\u044c\u044e."},
    {BYTES("<meta charset=Shift_JIS><p>\x8D\x60\x82\xCC\x8A\xDD\x95\xC7\x82\xCD\x93\x7C\x82\xEA"
           "\x82\xBD\x81\x42\x96\xE9\x92\x86\x82\xDC\x82\xC5\x91\xB1\x82\xA2\x82\xBD\x81\x42"),
     "\u6e2f\u306e\u5cb8\u58c1\u306f\u5012\u308c\u305f\u3002\u591c\u4e2d\u307e\u3067\u7d9a\u3044"
     "\u305f\u3002"},
    {BYTES("<meta charset=iso-2022-jp><p>\x1B$B9A$N4_JI$OE]$l$?!#\x1B(B"),
     "\u6e2f\u306e\u5cb8\u58c1\u306f\u5012\u308c\u305f\u3002"},
    {BYTES("<meta charset=gb2312><p>\xB8\xDB\xBF\xDA\xCC\xFA\xC7\xC5\xD2\xD1\xBB\xD6\xB8\xB4"
           "\xCD\xA8\xD0\xD0\xA1\xA3"),
     "\u6e2f\u53e3\u94c1\u6865\u5df2\u6062\u590d\u901a\u884c\u3002"},
    {BYTES("<meta charset=euc-kr><p>\xC7\xD7\xB1\xB8 \xB4\xD9\xB8\xAE\xB0\xA1 "
           "\xB4\xD9\xBD\xC3 \xBF\xAD\xB7\xC8\xB4\xD9."),
     "\ud56d\uad6c \ub2e4\ub9ac\uac00 \ub2e4\uc2dc \uc5f4\ub838\ub2e4."},
    /* what is malformed is replaced, and the rest is read on */
    {BYTES("<meta charset=euc-kr><p>\xC7\xD7\xB1\xB8 \xFF \xB4\xD9\xB8\xAE\xB0\xA1 "
           "\xB4\xD9\xBD\xC3."),
     "\ud56d\uad6c \uFFFD \ub2e4\ub9ac\uac00 \ub2e4\uc2dc."},
#undef BYTES
};

START_TEST(pages_are_converted)
{
    struct dupd_buf store = {0}, memory = {0};
    struct dupd_view page = {pages[_i].bytes, pages[_i].len}, utf8;
    struct dupd_article a;
    ck_assert_int_eq(charset_to_utf8(page, &store, &utf8), 0);
    ck_assert_ptr_eq(utf8.ptr, store.ptr);
    ck_assert_int_eq(dupd_html_extract(utf8, NULL, &memory, &a), 0);
    ck_assert_msg(dupd_view_equal(a.text, dupd_view_of(pages[_i].text)), "%.*s", (int)a.text.len,
                  a.text.ptr);
    dupd_buf_close(&store);
    dupd_buf_close(&memory);
}
END_TEST

/* Nothing is copied of what the core reads itself; what was in the store is gone. */
START_TEST(other_pages_stay_where_they_are)
{
    struct dupd_buf store = {0};
    struct dupd_view utf8, old = {pages[0].bytes, pages[0].len};
    static const char *const given[] = {"<p>Harbour", "", "<meta charset=latin1><p>\xE4",
                                        "<meta charset=utf-7><p>\xE4"};
    ck_assert_int_eq(charset_to_utf8(old, &store, &utf8), 0);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        ck_assert_int_eq(charset_to_utf8(dupd_view_of(given[i]), &store, &utf8), 0);
        ck_assert_ptr_eq(utf8.ptr, given[i]);
        ck_assert_uint_eq(store.len, 0);
    }
    dupd_buf_close(&store);
}
END_TEST

static int convert_first(void *data)
{
    struct dupd_buf store = {0};
    struct dupd_view page = {pages[0].bytes, pages[0].len}, utf8;
    (void)data;
    int rc = charset_to_utf8(page, &store, &utf8);
    dupd_buf_close(&store);
    return rc;
}

START_TEST(memory_may_run_out)
{
    ck_assert_uint_gt(fault_each(convert_first, NULL, DUPD_ENOMEM), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("charset");
    TCase *t = tcase_create("charset");
    tcase_add_loop_test(t, pages_are_converted, 0, (int)(sizeof pages / sizeof *pages));
    tcase_add_test(t, other_pages_stay_where_they_are);
    tcase_add_test(t, memory_may_run_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
