/* test_redis_url.c: where a Redis is: good URLs, bad ones, and no password in any message. */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "redis/url.h"

static struct redis_url good(const char *text)
{
    struct redis_url u;
    char problem[256];
    ck_assert_msg(redis_url_parse(&u, text, problem) == 0, "%s: %s", text, problem);
    ck_assert_str_eq(problem, "");
    ck_assert(redis_url_is_one(text));
    return u;
}

static const struct {
    const char *text, *formatted;
} written[] = {
    {"redis://localhost", "redis://localhost:6379/0"},
    {"redis://localhost:6380/", "redis://localhost:6380/0"},
    {"REDIS://h/7", "redis://h:6379/7"},
    {"redis://h?db=7", "redis://h:6379/7"},
    {"redis://:secret@h", "redis://h:6379/0"},
    {"redis://ann:secret@h", "redis://h:6379/0"},
    {"redis://h?user=ann&password=secret", "redis://h:6379/0"},
    {"rediss://h:1", "rediss://h:1/0"},
    {"redis://h:1?tls=yes", "rediss://h:1/0"},
    {"redis://h:1?tls=no", "redis://h:1/0"},
    {"redis://[::1]:7", "redis://[::1]:7/0"},
    {"redis://[fe80::1%eth0]", "redis://[fe80::1%eth0]:6379/0"},
    {"redis://10.0.0.1:65535/0", "redis://10.0.0.1:65535/0"},
    {"redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock"},
    {"unix:///run/redis.sock?db=2", "redis+unix:///run/redis.sock?db=2"},
    {"unix:///a%20b%3fc%25", "redis+unix:///a%20b%3Fc%25"},
    {"redis-sentinel://h/m", "redis-sentinel://h:26379/m/0"},
    {"redis-sentinel://a,b:7,[::1]/m/3", "redis-sentinel://a:26379,b:7,[::1]:26379/m/3"},
    {"redis-sentinel://:p@a/m?sentinel_password=q&tls=yes", "redis-sentinel://a:26379/m/0?tls=yes"},
    {"redis-sentinel://a/m%2F%40", "redis-sentinel://a:26379/m%2F%40/0"},
};

START_TEST(written_without_password_and_read_again)
{
    struct dupd_buf once = {0}, twice = {0};
    struct redis_url u = good(written[_i].text);
    ck_assert_int_eq(redis_url_format(&u, &once), 0);
    ck_assert_int_eq(dupd_buf_add_char(&once, 0), 0);
    ck_assert_str_eq(once.ptr, written[_i].formatted);
    u = good(once.ptr);
    ck_assert_int_eq(redis_url_format(&u, &twice), 0);
    ck_assert_int_eq(dupd_buf_add_char(&twice, 0), 0);
    ck_assert_str_eq(twice.ptr, once.ptr);
    dupd_buf_close(&once);
    dupd_buf_close(&twice);
}
END_TEST

START_TEST(parts)
{
    struct redis_url u = good("redis://an%6E:p%40ss%3Aw:o@rd@[::1]:77/12");
    ck_assert_int_eq(u.scheme, REDIS_TCP);
    ck_assert_str_eq(u.user, "ann");
    ck_assert_str_eq(u.password, "p@ss:w:o@rd");
    ck_assert_str_eq(u.host[0].name, "::1");
    ck_assert_uint_eq(u.host[0].port, 77);
    ck_assert_uint_eq(u.db, 12);
    ck_assert(!u.tls);
    u = good("redis://ann@h"); /* its password comes from elsewhere */
    ck_assert_str_eq(u.user, "ann");
    ck_assert_str_eq(u.password, "");
    u = good("unix:///s?user=a%26b&password=%3D&db=4");
    ck_assert_str_eq(u.path, "/s");
    ck_assert_str_eq(u.user, "a&b");
    ck_assert_str_eq(u.password, "=");
    ck_assert_uint_eq(u.db, 4);
    u = good("redis-sentinel://u:p@a,b/m/1?sentinel_user=su&sentinel_password=sp");
    ck_assert_uint_eq(u.host_count, 2);
    ck_assert_str_eq(u.host[1].name, "b");
    ck_assert_str_eq(u.master, "m");
    ck_assert_str_eq(u.sentinel_user, "su");
    ck_assert_str_eq(u.sentinel_password, "sp");
}
END_TEST

/* The password of each is "hunter2": it may not stand in the message. */
static const struct {
    const char *text, *says;
} bad[] = {
    {"", "begins with none"},
    {"localhost:6379", "begins with none"},
    {"http://:hunter2@h", "begins with none"},
    {"redis:/h", "begins with none"},
    {"redis://", "no host"},
    {"redis://:hunter2@", "no host"},
    {"redis://:hunter2@h:", "port"},
    {"redis://:hunter2@h:0", "port"},
    {"redis://:hunter2@h:65536", "port"},
    {"redis://:hunter2@h:99999999999999999999", "port"},
    {"redis://:hunter2@h:6379x", "port"},
    {"redis://:hunter2@h/x", "database"},
    {"redis://:hunter2@h/-1", "database"},
    {"redis://:hunter2@h/1/2", "database"},
    {"redis://:hunter2@h/99999999999", "database"},
    {"redis://:hunter2@a,b", "one host"},
    {"redis://:hunter2@::1", "no host"},
    {"redis://:hunter2@fe80::1", "port"},
    {"redis://:hunter2@[::1", "bracket"},
    {"redis://:hunter2@[]", "no host"},
    {"redis://:hunter2@[h%1]", "no IPv6"},
    {"redis://:hunter2@[::1]x", "port"},
    {"redis://:hunter2@a b", "character"},
    {"redis://:hunter2@a\nb", "character"},
    {"redis://:hunter2%@h", "password"},
    {"redis://:hunter2%2@h", "password"},
    {"redis://:hunter2%zz@h", "password"},
    {"redis://:hunter2%00@h", "password"},
    {"redis://hunter2%:x@h", "user"},
    {"redis://:hunter2/more@h", "%2F"}, /* a slash must be encoded */
    {"redis://:hunter2?more@h", "%3F"}, /* and a question mark */
    {"redis://x:hunter2/more@h", "port"},
    {"redis://h?password=hunter2%", "password"},
    {"redis://h?passwort=hunter2", "unknown"},
    {"redis://h?hunter2", "no value"},
    {"redis://h?db=", "database"},
    {"redis://h?tls=hunter2", "tls"},
    {"unix://path?password=hunter2", "begin with /"},
    {"unix://?password=hunter2", "begin with /"},
    {"unix:///s?tls=yes&password=hunter2", "no TLS"},
    {"redis-sentinel://:hunter2@h", "master"},
    {"redis-sentinel://:hunter2@h/", "master"},
    {"redis-sentinel://:hunter2@h//1", "master"},
    {"redis-sentinel://:hunter2@a,,b/m", "no host"},
    {"redis-sentinel://:hunter2@a,/m", "no host"},
    {"redis-sentinel://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a/m", "16 hosts"},
    {"redis+cluster://:hunter2@a,b", "not in this build"},
};

START_TEST(bad_ones_are_told_without_password)
{
    struct redis_url u;
    char problem[256];
    ck_assert_msg(redis_url_parse(&u, bad[_i].text, problem) == DUPD_EINVAL, "taken: %s",
                  bad[_i].text);
    ck_assert_msg(strstr(problem, bad[_i].says) != NULL, "%s: %s", bad[_i].text, problem);
    ck_assert_ptr_null(strstr(problem, "hunter2"));
    ck_assert_ptr_null(strchr(problem, '\n'));
}
END_TEST

START_TEST(lengths)
{
    static const struct {
        const char *before, *after;
        size_t most;
    } part[] = {
        {"redis://", "", 255},
        {"redis://", ":x@h", 255},
        {"redis://:", "@h", 511},
        {"unix:///", "", 106},
        {"redis-sentinel://h/", "", 127},
        {"redis://h?sentinel_password=", "", 511},
    };
    char text[1200], problem[256];
    struct redis_url u;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        for (size_t n = part[i].most; n <= part[i].most + 1; n++) {
            size_t len = strlen(part[i].before);
            memcpy(text, part[i].before, len);
            memset(text + len, 'a', n);
            memcpy(text + len + n, part[i].after, strlen(part[i].after) + 1);
            int rc = redis_url_parse(&u, text, problem);
            ck_assert_msg((rc == 0) == (n == part[i].most), "%zu x a: %s", n, problem);
        }
    }
}
END_TEST

START_TEST(which_are_urls)
{
    ck_assert(redis_url_is_one("redis+cluster://x"));
    ck_assert(redis_url_is_one("unix://x"));
    ck_assert(!redis_url_is_one("file:/x"));
    ck_assert(!redis_url_is_one("redis"));
    ck_assert(!redis_url_is_one(""));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_url");
    TCase *t = tcase_create("url");
    tcase_add_loop_test(t, written_without_password_and_read_again, 0,
                        sizeof written / sizeof written[0]);
    tcase_add_test(t, parts);
    tcase_add_loop_test(t, bad_ones_are_told_without_password, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(t, lengths);
    tcase_add_test(t, which_are_urls);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
