/* test_json_read.c: the JSON reader takes all that RFC 8259 allows and nothing else. */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "input/json_read.h"

static bool accepts(struct dupd_view text)
{
    struct json_reader r;
    struct json_value v;
    json_start(&r, text);
    return json_read_value(&r, &v) && json_end(&r) == 0;
}

START_TEST(valid_documents_are_accepted)
{
    static const char *const text[] = {
        "{}",
        "[]",
        " { \"a\" : [ 1 , -0 , 0.5 , 1e9 , 1E+2 , -2.5e-3 ] } \r\n\t",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "true",
        "false",
        "null",
        "[[[[]]],{\"x\":{\"y\":[{}]}}]",
        "{\"a\":1,\"a\":2}",
        "\"a string that is longer than eight bytes, with \xC3\xA9 and \xFF in it\"",
        "\"\x7F\"",
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        ck_assert_msg(accepts(dupd_view_of(text[i])), "refused: %s", text[i]);
}
END_TEST

START_TEST(invalid_documents_are_refused)
{
    static const char *const text[] = {
        "",
        " ",
        "{",
        "[",
        "]",
        "{]",
        "[}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "{1:2}",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "Infinity",
        "tru",
        "nul",
        "True",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u",
        "\"\\u12g4\"",
        "\"a\nb\"",
        "\"\t\"",
        "1 2",
        "{} {}",
        "[1]x",
        "// c\n1",
        "/* c */ 1",
        "\xEF\xBB\xBF{}",
        "[{\"a\":[1,{\"b\":2]}]}",
        "{\"long enough to be scanned in words\x01\":1}",
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        ck_assert_msg(!accepts(dupd_view_of(text[i])), "accepted: %s", text[i]);
    ck_assert(!accepts(DUPD_VIEW("1\0")));
    ck_assert(!accepts(DUPD_VIEW("\"\\\0\"")));
}
END_TEST

START_TEST(every_prefix_of_a_document_is_refused)
{
    static const char text[] = "{\"k\":[1.5e3,\"s\\u0041\\n\",{\"n\":null},[],{}],\"t\":true}";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        char *copy = malloc(n ? n : 1); /* exact size: the sanitizer sees any read beyond */
        memcpy(copy, text, n);
        ck_assert(!accepts((struct dupd_view){copy, n}));
        free(copy);
    }
    ck_assert(accepts(DUPD_VIEW(text)));
}
END_TEST

START_TEST(nesting_has_a_limit)
{
    char text[2 * (JSON_DEPTH_MAX + 1)];
    for (unsigned depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        ck_assert_int_eq(accepts((struct dupd_view){text, 2 * (size_t)depth}),
                         depth == JSON_DEPTH_MAX);
    }
}
END_TEST

static void decodes(struct dupd_view raw, struct dupd_view expected)
{
    struct dupd_buf text = {0}, out = {0};
    struct json_reader r;
    struct json_value v;
    ck_assert_int_eq(dupd_buf_addf(&text, "\"%.*s\"", (int)raw.len, raw.ptr), 0);
    json_start(&r, dupd_buf_view(&text));
    ck_assert(json_read_value(&r, &v));
    ck_assert_int_eq(json_read_string(&v, &out), 0);
    ck_assert_uint_eq(out.len, expected.len);
    ck_assert_int_eq(memcmp(out.ptr ? out.ptr : "", expected.ptr, expected.len), 0);
    dupd_buf_close(&text);
    dupd_buf_close(&out);
}

START_TEST(strings_are_decoded)
{
    decodes(DUPD_VIEW("plain"), DUPD_VIEW("plain"));
    decodes(DUPD_VIEW("a\\nb\\t\\\"\\\\\\/\\b\\f\\r"), DUPD_VIEW("a\nb\t\"\\/\b\f\r"));
    decodes(DUPD_VIEW("\\u0041\\u0000z"), DUPD_VIEW("A\0z"));
    decodes(DUPD_VIEW("\\u00e9"), DUPD_VIEW("\xC3\xA9"));
    decodes(DUPD_VIEW("\\u20AC"), DUPD_VIEW("\xE2\x82\xAC"));
    decodes(DUPD_VIEW("\\ud83d\\ude00"), DUPD_VIEW("\xF0\x9F\x98\x80"));
}
END_TEST

START_TEST(half_surrogate_pairs_become_replacement_characters)
{
    decodes(DUPD_VIEW("\\ud800"), DUPD_VIEW("\xEF\xBF\xBD"));
    decodes(DUPD_VIEW("\\udc00"), DUPD_VIEW("\xEF\xBF\xBD"));
    decodes(DUPD_VIEW("\\ud800\\u0041"), DUPD_VIEW("\xEF\xBF\xBD"
                                                   "A"));
    decodes(DUPD_VIEW("\\ud800\\ud83d\\ude00"), DUPD_VIEW("\xEF\xBF\xBD\xF0\x9F\x98\x80"));
    decodes(DUPD_VIEW("\\ude00\\ud83d"), DUPD_VIEW("\xEF\xBF\xBD\xEF\xBF\xBD"));
    decodes(DUPD_VIEW("\\ud800ude00"), DUPD_VIEW("\xEF\xBF\xBDude00"));
}
END_TEST

START_TEST(members_are_walked)
{
    struct json_reader r;
    struct json_value key, v;
    json_start(&r, DUPD_VIEW(" {\"a\":1,\"b\\u0063\":{\"x\":[2]},\"\":null} "));
    ck_assert(json_read_object(&r));
    ck_assert_int_eq(json_read_member(&r, &key, &v), 1);
    ck_assert(json_string_is(&key, DUPD_VIEW("a")));
    ck_assert_int_eq(v.kind, JSON_NUMBER);
    ck_assert_int_eq(json_read_member(&r, &key, &v), 1);
    ck_assert(json_string_is(&key, DUPD_VIEW("bc")));
    ck_assert(!json_string_is(&key, DUPD_VIEW("b")));
    ck_assert(!json_string_is(&key, DUPD_VIEW("bcd")));
    ck_assert_int_eq(v.kind, JSON_OBJECT);
    ck_assert(dupd_view_equal(v.raw, DUPD_VIEW("{\"x\":[2]}")));
    ck_assert_int_eq(json_read_member(&r, &key, &v), 1);
    ck_assert_int_eq(v.kind, JSON_NULL);
    ck_assert_int_eq(json_read_member(&r, &key, &v), 0);
    ck_assert_int_eq(json_end(&r), 0);
}
END_TEST

START_TEST(problems_say_where)
{
    struct json_reader r;
    struct json_value key, v;
    json_start(&r, DUPD_VIEW("{\"a\":1,\"b\":tru}"));
    ck_assert(json_read_object(&r));
    ck_assert_int_eq(json_read_member(&r, &key, &v), 1);
    ck_assert_int_eq(json_read_member(&r, &key, &v), DUPD_ESYNTAX);
    ck_assert_int_eq(json_read_member(&r, &key, &v), DUPD_ESYNTAX);
    ck_assert_uint_eq(json_read_offset(&r), 11);
    ck_assert_ptr_nonnull(r.problem);
    json_start(&r, DUPD_VIEW("[1]"));
    ck_assert(!json_read_object(&r));
    ck_assert_int_eq(json_end(&r), DUPD_ESYNTAX);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("json");
    tcase_add_test(t, valid_documents_are_accepted);
    tcase_add_test(t, invalid_documents_are_refused);
    tcase_add_test(t, every_prefix_of_a_document_is_refused);
    tcase_add_test(t, nesting_has_a_limit);
    tcase_add_test(t, strings_are_decoded);
    tcase_add_test(t, half_surrogate_pairs_become_replacement_characters);
    tcase_add_test(t, members_are_walked);
    tcase_add_test(t, problems_say_where);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
