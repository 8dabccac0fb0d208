/*
 * test_redis_decode.c: replies in any pieces, replies that are none, replies without end, and no
 * allocation in the steady state.
 */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "redis/decode.h"
#include "support/fault.h"

#define LARGE 200000u /* more than a decoder keeps of a buffer */

struct seen {
    unsigned count;
    char text[4096]; /* the replies, written in a way of our own */
    size_t len;
    unsigned stop_after; /* 0: never */
};

static void write_reply(struct seen *s, const redisReply *r)
{
    char *p = s->text + s->len;
    size_t room = sizeof s->text - s->len;
    int n = 0;
    switch (r->type) {
    case REDIS_REPLY_INTEGER:
        n = snprintf(p, room, "%lld ", r->integer);
        break;
    case REDIS_REPLY_NIL:
        n = snprintf(p, room, "nil ");
        break;
    case REDIS_REPLY_ARRAY:
        n = snprintf(p, room, "( ");
        s->len += (size_t)n;
        for (size_t i = 0; i < r->elements; i++)
            write_reply(s, r->element[i]);
        n = snprintf(s->text + s->len, sizeof s->text - s->len, ") ");
        break;
    default:
        ck_assert_uint_eq(strlen(r->str), r->len);
        n = snprintf(p, room, "%c%s ",
                     r->type == REDIS_REPLY_STRING  ? '"'
                     : r->type == REDIS_REPLY_ERROR ? '-'
                                                    : '+',
                     r->str);
    }
    s->len += (size_t)n;
}

static bool see(void *data, const redisReply *reply)
{
    struct seen *s = data;
    s->count++;
    write_reply(s, reply);
    return s->count != s->stop_after;
}

static const char *const replies =
    ":1\r\n+OK\r\n-ERR no\r\n$5\r\nhello\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n"
    "*3\r\n:-7\r\n*2\r\n$1\r\na\r\n$-1\r\n+x\r\n*1\r\n*1\r\n*1\r\n:3\r\n:2\r\n";
static const char *const decoded =
    "1 +OK -ERR no \"hello nil nil ( ) \" ( -7 ( \"a nil ) +x ) ( ( ( 3 ) ) ) 2 ";

START_TEST(pieces_of_any_size)
{
    size_t len = strlen(replies);
    for (size_t piece = 1; piece <= len; piece++) {
        struct decoder *d = decoder_new(1 << 20);
        struct seen s = {0};
        char problem[128];
        for (size_t at = 0; at < len; at += piece) {
            size_t n = len - at < piece ? len - at : piece;
            ck_assert_int_eq(decoder_feed(d, (struct dupd_view){replies + at, n}, see, &s, problem),
                             0);
        }
        ck_assert_str_eq(s.text, decoded);
        decoder_free(d);
    }
}
END_TEST

START_TEST(stops_when_told)
{
    struct decoder *d = decoder_new(1 << 20);
    struct seen s = {.stop_after = 2};
    char problem[128];
    ck_assert_int_eq(decoder_feed(d, dupd_view_of(replies), see, &s, problem), 0);
    ck_assert_uint_eq(s.count, 2);
    decoder_free(d);
}
END_TEST

static const struct {
    const char *bytes;
    int rc;
    const char *says;
} bad[] = {
    {"HTTP/1.1 400 Bad Request\r\n", DUPD_ESYNTAX, "malformed reply"},
    {"\r\n", DUPD_ESYNTAX, "malformed reply"},
    {":x\r\n", DUPD_ESYNTAX, "malformed reply"},
    {"$-2\r\n", DUPD_ESYNTAX, "malformed reply"},
    {"*-2\r\n", DUPD_ESYNTAX, "malformed reply"},
    {"$99999999999999999999\r\n", DUPD_ESYNTAX, "malformed reply"},
    {"*2147483647\r\n", DUPD_ETOOBIG, "larger than"},
    {"*1000000\r\n", DUPD_ETOOBIG, "larger than"},
    {"*1\r\n*1\r\n*1000000\r\n", DUPD_ETOOBIG, "larger than"},
};

START_TEST(what_is_no_reply_ends_it)
{
    struct decoder *d = decoder_new(1 << 20);
    struct seen s = {0};
    char problem[128] = "";
    int rc = decoder_feed(d, dupd_view_of(bad[_i].bytes), see, &s, problem);
    ck_assert_msg(rc == bad[_i].rc, "%s: %d %s", bad[_i].bytes, rc, problem);
    ck_assert_msg(strstr(problem, bad[_i].says) != NULL, "%s", problem);
    ck_assert_uint_eq(s.count, 0);
    decoder_free(d);
}
END_TEST

static bool see_small(void *data, const redisReply *reply)
{
    struct seen *s = data;
    if (reply->type != REDIS_REPLY_STRING || reply->len < LARGE)
        return see(data, reply);
    s->count++;
    return true;
}

/* Its buffer is given back behind it, whatever stands in the same piece, whole or in part. */
START_TEST(a_large_reply_takes_nothing_with_it)
{
    static const size_t pieces[] = {1, 7, 1000, 8191, 1u << 20};
    struct dupd_buf all = {0}, want = {0};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(dupd_buf_addf(&all, "%s$%u\r\n", replies, LARGE), 0);
        for (unsigned k = 0; k < LARGE; k++)
            ck_assert_int_eq(dupd_buf_add_char(&all, 'x'), 0);
        ck_assert_int_eq(dupd_buf_add_str(&all, "\r\n"), 0);
        ck_assert_int_eq(dupd_buf_add_str(&want, decoded), 0);
    }
    struct decoder *d = decoder_new(1 << 20);
    struct seen s = {0};
    char problem[128];
    for (size_t at = 0, n; at < all.len; at += n) {
        n = pieces[_i] < all.len - at ? pieces[_i] : all.len - at;
        struct dupd_view piece = {all.ptr + at, n};
        ck_assert_int_eq(decoder_feed(d, piece, see_small, &s, problem), 0);
    }
    ck_assert_uint_eq(s.count, 3 * 12);
    ck_assert_uint_eq(s.len, want.len);
    ck_assert_int_eq(memcmp(s.text, want.ptr, want.len), 0);
    decoder_free(d);
    dupd_buf_close(&all);
    dupd_buf_close(&want);
}
END_TEST

/* Types of RESP3: never asked for. hiredis 0.14 does not know them, 1.x does. */
START_TEST(other_protocols_are_refused)
{
    static const char *const other[] = {"%1\r\n:1\r\n:2\r\n", "#t\r\n",       ",1.5\r\n",
                                        "~1\r\n:1\r\n",       ">1\r\n:1\r\n", "=5\r\ntxt:x\r\n"};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct decoder *d = decoder_new(1 << 20);
        struct seen s = {0};
        char problem[128] = "";
        int rc = decoder_feed(d, dupd_view_of(other[i]), see, &s, problem);
        ck_assert_msg(rc == DUPD_ESYNTAX, "%s: %d", other[i], rc);
        decoder_free(d);
    }
}
END_TEST

/* Bulk strings, lines, arrays of many small things: none grows beyond the limit. */
START_TEST(endless_replies_end_at_the_limit)
{
    static const char *const head[] = {"$2000000\r\n", "+", "*60000\r\n", "*10\r\n"};
    char xs[201]; /* of fewer at a time hiredis looks through all so far too often */
    memset(xs, 'x', 200);
    xs[200] = 0;
    const char *const more[] = {xs, xs, ":1\r\n", "$8\r\n12345678\r\n*10\r\n"};
    struct decoder *d = decoder_new(1 << 20);
    struct seen s = {0};
    char problem[128] = "";
    int rc = decoder_feed(d, dupd_view_of(head[_i]), see, &s, problem);
    size_t fed = 0;
    while (!rc && fed < (4u << 20)) {
        rc = decoder_feed(d, dupd_view_of(more[_i]), see, &s, problem);
        fed += strlen(more[_i]);
    }
    ck_assert_msg(rc == DUPD_ETOOBIG || (_i == 3 && rc == DUPD_ESYNTAX), "%d %s", rc, problem);
    ck_assert_uint_le(fed, (1u << 20) + 300);
    ck_assert_uint_eq(s.count, 0);
    decoder_free(d);
}
END_TEST

/* One that fits is taken, again and again: the limit is for each reply alone. */
START_TEST(the_limit_is_for_each_reply)
{
    struct decoder *d = decoder_new(100000);
    char *value = calloc(1, 90016), problem[128];
    memset(value, 'x', 90016);
    memcpy(value, "$90000\r\n", 8);
    memcpy(value + 90008, "\r\n", 3);
    for (int i = 0; i < 50; i++) {
        struct seen s = {0};
        s.len = sizeof s.text - 1; /* no room: only counted */
        ck_assert_int_eq(decoder_feed(d, (struct dupd_view){value, 90010}, see, &s, problem), 0);
        ck_assert_uint_eq(s.count, 1);
    }
    free(value);
    decoder_free(d);
}
END_TEST

static bool count_only(void *data, const redisReply *reply)
{
    (void)reply;
    ++*(unsigned *)data;
    return true;
}

/* hiredis's own allocations, in a shared library, are not seen here. */
START_TEST(nothing_is_allocated_in_the_steady_state)
{
    struct decoder *d = decoder_new(1 << 20);
    unsigned count = 0;
    char problem[128];
    ck_assert_int_eq(decoder_feed(d, dupd_view_of(replies), count_only, &count, problem), 0);
    fault_arm(0);
    for (int i = 0; i < 1000; i++)
        decoder_feed(d, dupd_view_of(replies), count_only, &count, problem);
    ck_assert_uint_eq(fault_disarm(NULL), 0);
    ck_assert_uint_eq(count, 1001 * 11);
    decoder_free(d);
}
END_TEST

static int decode_some(void *data)
{
    unsigned count = 0;
    char problem[128];
    (void)data;
    struct decoder *d = decoder_new(1 << 20);
    if (!d)
        return DUPD_ENOMEM;
    int rc = decoder_feed(d, dupd_view_of(replies), count_only, &count, problem);
    decoder_free(d);
    return rc;
}

START_TEST(no_memory_is_told)
{
    ck_assert_uint_ge(fault_each(decode_some, NULL, DUPD_ENOMEM), 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_decode");
    TCase *t = tcase_create("decode");
    tcase_add_test(t, pieces_of_any_size);
    tcase_add_test(t, stops_when_told);
    tcase_add_loop_test(t, what_is_no_reply_ends_it, 0, sizeof bad / sizeof bad[0]);
    tcase_add_loop_test(t, a_large_reply_takes_nothing_with_it, 0, 5);
    tcase_add_test(t, other_protocols_are_refused);
    tcase_add_loop_test(t, endless_replies_end_at_the_limit, 0, 4);
    tcase_add_test(t, the_limit_is_for_each_reply);
    tcase_add_test(t, nothing_is_allocated_in_the_steady_state);
    tcase_add_test(t, no_memory_is_told);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
