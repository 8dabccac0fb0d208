/*
 * test_http_parse.c: the parser takes what RFC 9112 allows, whole or byte by byte, and refuses what
 * two parsers could read in two ways; small texts of requests are decoded and compared.
 */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "http/http_parse.h"
#include "http/http_text.h"
#include "support/fault.h"

/* Feeds in pieces of `step` bytes until a request is whole or refused. Returns HTTP_WHOLE,
 * HTTP_MORE or the negated status; *used bytes were taken. */
static int feed(struct http_parser *p, const char *text, size_t step, size_t *used)
{
    size_t len = strlen(text), at = 0;
    int rc = HTTP_MORE;
    while (rc == HTTP_MORE || rc == HTTP_HEAD) {
        size_t n = len - at < step ? len - at : step, took = 0;
        bool head = rc == HTTP_HEAD;
        rc = http_parser_feed(p, text + at, n, &took);
        at += took;
        if (rc == HTTP_MORE && at == len && (!head || n == 0))
            break;
    }
    *used = at;
    return rc;
}

static int status_of(const char *text)
{
    int all = 0;
    for (size_t step = 1; step <= 4096; step = step == 1 ? 7 : step * 8) {
        struct http_parser p;
        size_t used;
        http_parser_init(&p, 512, 64);
        int rc = feed(&p, text, step, &used);
        ck_assert_msg(step == 1 || rc == all, "in pieces of %zu: %d, byte by byte: %d, for %s",
                      step, rc, all, text);
        all = rc;
        http_parser_close(&p);
    }
    return all;
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

START_TEST(reads_a_request)
{
    struct http_parser p;
    size_t used;
    const char *text = "\r\nPOST /a%20b?x=1&y HTTP/1.1\r\nhOsT: here:80\r\nContent-Length: 5\r\n"
                       "X-Two:  spaced out \t\r\nConnection: Upgrade, close\r\n\r\nhelloGET";
    http_parser_init(&p, 1024, 1024);
    ck_assert_int_eq(feed(&p, text, 4096, &used), HTTP_WHOLE);
    ck_assert_uint_eq(used, strlen(text) - 3);
    const struct http_request *r = &p.request;
    ck_assert_int_eq(r->method, HTTP_POST);
    ck_assert(dupd_view_equal(r->path, DUPD_VIEW("/a%20b")));
    ck_assert(dupd_view_equal(r->query, DUPD_VIEW("x=1&y")));
    ck_assert(dupd_view_equal(http_field(r, "host"), DUPD_VIEW("here:80")));
    ck_assert(dupd_view_equal(http_field(r, "x-two"), DUPD_VIEW("spaced out")));
    ck_assert_uint_eq(http_field(r, "absent").len, 0);
    ck_assert(dupd_view_equal(r->body, DUPD_VIEW("hello")));
    ck_assert(!r->keep_alive);
    http_parser_next(&p, 16);
    ck_assert(http_parser_is_fresh(&p));
    /* a whole address: its host is the Host, whatever the field says */
    ck_assert_int_eq(feed(&p, "GET http://there:81?q HTTP/1.1\r\nHost: here\r\n\r\n", 3, &used),
                     HTTP_WHOLE);
    ck_assert(dupd_view_equal(r->path, DUPD_VIEW("/")));
    ck_assert(dupd_view_equal(r->query, DUPD_VIEW("q")));
    ck_assert(dupd_view_equal(http_field(r, "host"), DUPD_VIEW("there:81")));
    http_parser_next(&p, 16);
    ck_assert_int_eq(feed(&p, "GET http://there/x HTTP/1.0\r\n\r\n", 64, &used), HTTP_WHOLE);
    ck_assert(dupd_view_equal(r->path, DUPD_VIEW("/x")));
    ck_assert(dupd_view_equal(http_field(r, "host"), DUPD_VIEW("there")));
    http_parser_next(&p, 16);
    ck_assert_int_eq(feed(&p, GET "\r\n", 3, &used), HTTP_WHOLE);
    ck_assert(p.request.keep_alive);
    http_parser_close(&p);
}
END_TEST

START_TEST(joins_chunks)
{
    struct http_parser p;
    size_t used;
    http_parser_init(&p, 512, 64);
    ck_assert_int_eq(feed(&p,
                          POST "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;x=\"y\"\r\n,"
                               "\r\n006\r\n world\r\n0\r\nTrailer: x\r\n\r\n",
                          1, &used),
                     HTTP_WHOLE);
    ck_assert(dupd_view_equal(p.request.body, DUPD_VIEW("hello, world")));
    http_parser_close(&p);
}
END_TEST

START_TEST(accepts_and_refuses)
{
    static const struct {
        int status;
        const char *text;
    } row[] = {
        {HTTP_WHOLE, GET "\r\n"},
        {HTTP_WHOLE, "GET / HTTP/1.0\r\n\r\n"},
        {HTTP_WHOLE, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
        {HTTP_WHOLE, GET "A:\r\n\r\n"},
        {HTTP_WHOLE, GET "A: \xff\xfe\r\n\r\n"},
        {HTTP_WHOLE, POST "Content-Length: 0\r\n\r\n"},
        {HTTP_MORE, GET},
        {HTTP_MORE, POST "Content-Length: 5\r\n\r\nhell"},
        {HTTP_MORE, ""},
        {-400, "GET / HTTP/1.1\r\n\r\n"},                    /* no Host */
        {-400, GET "Host: b\r\n\r\n"},                       /* two */
        {-400, "GET / HTTP/1.1\nHost: a\n\n"},               /* bare line ends */
        {-400, GET "A: b\n\r\n\r\n"},                        /* and one among others */
        {-400, GET " folded: x\r\n\r\n"},                    /* folding */
        {-400, GET "A : x\r\n\r\n"},                         /* blank before the colon */
        {-400, GET "A\r\n\r\n"},                             /* no colon */
        {-400, GET ": x\r\n\r\n"},                           /* no name */
        {-400, GET "A: \x01\r\n\r\n"},                       /* control character */
        {-400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},        /* two blanks */
        {-400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"}, /* bytes in the target */
        {2, "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},    /* a whole address: RFC 9112, 3.2.2 */
        {2, "GET HTTPS://a?b HTTP/1.0\r\n\r\n"},
        {-400, "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"},
        {-400, "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n"},
        {-400, "GET http://me@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {-400, "GET http://a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
        {-400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {-400, "GET http://a/ HTTP/1.1\r\n\r\n"}, /* its Host is needed all the same */
        {-400, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {-400, "GET /\r\n\r\n"},                                                /* HTTP/0.9 */
        {-400, "\x16\x03\x01\x02\r\n\r\n"},                                     /* TLS */
        {-400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},                            /* method */
        {-505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},                            /* version */
        {-400, POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},          /* twice */
        {-400, POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}, /* smuggling */
        {-400, POST "Content-Length: +1\r\n\r\n"},
        {-400, POST "Content-Length: 1 1\r\n\r\n"},
        {-400, POST "Content-Length:\r\n\r\n"},
        {-413, POST "Content-Length: 65\r\n\r\nx"},
        {-413, POST "Content-Length: 99999999999999999999\r\n\r\n"},
        {-501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"},
        {-400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {-400, POST "Transfer-Encoding: chunked\r\n\r\nx\r\n"},
        {-400, POST "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n"},
        {-400, POST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"},
        {-400, POST "Transfer-Encoding: chunked\r\n\r\n 1\r\na\r\n"},
        {-413, POST "Transfer-Encoding: chunked\r\n\r\n41\r\n"},
        {-413, POST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"},
        {-417, POST "Expect: tea\r\nContent-Length: 1\r\n\r\n"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        ck_assert_msg(status_of(row[i].text) == row[i].status, "%d instead of %d for\n%s",
                      status_of(row[i].text), row[i].status, row[i].text);
}
END_TEST

START_TEST(bounds_the_head)
{
    char text[2048] = GET;
    for (int i = 0; i < 50; i++)
        strcat(text, "Name: value of some length\r\n");
    ck_assert_int_eq(status_of(text), -431);
    struct http_parser p;
    size_t used;
    http_parser_init(&p, 4096, 1);
    strcpy(text, GET);
    for (unsigned i = 0; i < HTTP_FIELDS_MAX; i++)
        strcat(text, "a: b\r\n");
    strcat(text, "\r\n");
    ck_assert_int_eq(feed(&p, text, 4096, &used), -431);
    ck_assert_int_eq(http_parser_feed(&p, "GET", 3, &used), -431); /* takes nothing more */
    http_parser_close(&p);
}
END_TEST

static int parse_all(void *data)
{
    struct http_parser p;
    size_t used;
    (void)data;
    http_parser_init(&p, 512, 64);
    int rc =
        feed(&p, POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 4096, &used);
    http_parser_close(&p);
    return rc == HTTP_WHOLE ? 0 : rc == -503 ? DUPD_ENOMEM : rc;
}

START_TEST(running_out_of_memory_is_said)
{
    ck_assert_uint_gt(fault_each(parse_all, NULL, DUPD_ENOMEM), 2);
}
END_TEST

START_TEST(decodes_parameters_and_cookies)
{
    struct dupd_buf out = {0};
    struct dupd_view query = DUPD_VIEW("a=1&q=two+w%6Frds%zz%&q=no&empty=&b");
    ck_assert_int_eq(http_parameter(query, "q", &out), 1);
    ck_assert(dupd_view_equal(dupd_buf_view(&out), DUPD_VIEW("two words%zz%")));
    dupd_buf_clear(&out);
    ck_assert_int_eq(http_parameter(query, "empty", &out), 1);
    ck_assert_int_eq(http_parameter(query, "b", &out), 1);
    ck_assert_int_eq(http_parameter(query, "c", &out), 0);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(http_decode(DUPD_VIEW("a+b%2Fc%00"), false, &out), 0);
    ck_assert(dupd_view_equal(dupd_buf_view(&out), DUPD_VIEW("a+b/c\0")));
    dupd_buf_close(&out);
    ck_assert(
        dupd_view_equal(http_cookie(DUPD_VIEW("x=1; session=ab; y"), "session"), DUPD_VIEW("ab")));
    ck_assert_uint_eq(http_cookie(DUPD_VIEW("xsession=ab"), "session").len, 0);
}
END_TEST

START_TEST(knows_its_hosts)
{
    const char *hosts = "localhost, 127.0.0.1 [::1] desk.example";
    static const char *const yes[] = {"localhost", "LocalHost:8080",   "127.0.0.1:1",
                                      "[::1]:80",  "desk.example.:80", "desk.example"};
    static const char *const no[] = {"",
                                     "evil.example",
                                     "localhost.evil.example",
                                     "127.0.0.2",
                                     "desk.example@evil:1",
                                     "[::1]x",
                                     "localhost:80x",
                                     ":80"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        ck_assert_msg(http_host_is_one(dupd_view_of(yes[i]), hosts), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!http_host_is_one(dupd_view_of(no[i]), hosts), "%s", no[i]);
    ck_assert(http_host_is_one(DUPD_VIEW("any"), "a *"));
}
END_TEST

START_TEST(compares_secrets)
{
    ck_assert(http_equal_secret(DUPD_VIEW("abc"), DUPD_VIEW("abc")));
    ck_assert(!http_equal_secret(DUPD_VIEW("abc"), DUPD_VIEW("abd")));
    ck_assert(!http_equal_secret(DUPD_VIEW("abcabc"), DUPD_VIEW("abc")));
    ck_assert(!http_equal_secret(DUPD_VIEW("abc"), DUPD_VIEW("abcabc")));
    ck_assert(!http_equal_secret(DUPD_VIEW(""), DUPD_VIEW("")));
    ck_assert(!http_equal_secret(DUPD_VIEW("a"), DUPD_VIEW("")));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("http_parse");
    TCase *t = tcase_create("http_parse");
    tcase_add_test(t, reads_a_request);
    tcase_add_test(t, joins_chunks);
    tcase_add_test(t, accepts_and_refuses);
    tcase_add_test(t, bounds_the_head);
    tcase_add_test(t, running_out_of_memory_is_said);
    tcase_add_test(t, decodes_parameters_and_cookies);
    tcase_add_test(t, knows_its_hosts);
    tcase_add_test(t, compares_secrets);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
