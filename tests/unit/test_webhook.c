/*
 * test_webhook.c: settings of the webhooks that can never work are refused, and say no secret; what
 * is not delivered is logged with the receiver's name and the reason; for Slack a link is whole or
 * none. What real receivers get: tests/integration/webhooks.py.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/webhook.h"
#include "dupd/error.h"
#include "support/fault.h"

/* ---- settings ---- */

static const struct {
    const char *urls;
    int rc;
    const char *says; /* the name of the last one, or the problem */
} given[] = {
    {"https://hooks.example/SECRET", 0, "webhook 1 (https://hooks.example)"},
    {"http://a/SECRET\nHTTPS://user:SECRET@b.example:8443/SECRET?SECRET=1#SECRET", 0,
     "webhook 2 (https://b.example:8443)"},
    {"http://a, http://[::1]:9/SECRET", 0, "webhook 2 (http://[::1]:9)"},
    {"https://a/x?from=file:///SECRET", 0, "webhook 1 (https://a)"},
    {"http://", DUPD_EINVAL, "--webhook: address 1 cannot be called: No host"},
    {"https://a/\nhttp://:80/SECRET", DUPD_EINVAL,
     "--webhook: address 2 cannot be called: No host"},
    {"https://user:SECRET@/SECRET", DUPD_EINVAL, "--webhook: address 1 cannot be called: No host"},
    {"https:///SECRET", DUPD_EINVAL, "--webhook: address 1 has no host"},
    {"http://a:99999/SECRET", DUPD_EINVAL, "--webhook: address 1 cannot be called: Port"},
    {"http://[::1/SECRET", DUPD_EINVAL, "--webhook: address 1 cannot be called: Bad IPv6"},
    {"ftp://a/SECRET", DUPD_EINVAL, "--webhook: address 1 does not begin with https:// or http://"},
    {"hooks.example/SECRET", DUPD_EINVAL, "--webhook: address 1 does not begin with"},
    {", \n", DUPD_EINVAL, "--webhook names no address"},
};

START_TEST(addresses_are_checked_and_named)
{
    char problem[512] = "";
    struct webhook_targets t;
    ck_assert_int_eq(webhook_targets_read(&t, given[_i].urls, problem), given[_i].rc);
    const char *said = given[_i].rc ? problem : t.target[t.count - 1].name;
    ck_assert_msg(strncmp(said, given[_i].says, strlen(given[_i].says)) == 0, "%s: %s",
                  given[_i].urls, said);
    ck_assert_ptr_null(strstr(said, "SECRET"));
    webhook_targets_close(&t);
}
END_TEST

static int read_targets(void *data)
{
    char problem[512];
    struct webhook_targets t;
    int rc = webhook_targets_read(&t, data, problem);
    webhook_targets_close(&t);
    return rc;
}

START_TEST(addresses_without_memory)
{
    ck_assert_uint_gt(fault_each(read_targets, "http://a/ http://b/", DUPD_ENOMEM), 1);
}
END_TEST

START_TEST(authorities_are_checked)
{
    char dir[] = "/tmp/dupd-webhook-XXXXXX", path[64], problem[512];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/ca", dir);
    ck_assert_int_eq(webhook_ca_check(path, problem), DUPD_EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, "--webhook-ca: /tmp/"));
    ck_assert_ptr_nonnull(strstr(problem, "No such file"));
    ck_assert_int_eq(webhook_ca_check(dir, problem), DUPD_EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, "Is a directory"));
    static const char *const content[] = {"", "-----BEGIN CERTIFICATE-----\nAAAA\n", "hello\n"};
    for (size_t i = 0; i < sizeof content / sizeof *content; i++) {
        FILE *f = fopen(path, "w");
        ck_assert(f && fputs(content[i], f) >= 0 && fclose(f) == 0);
        ck_assert_int_eq(webhook_ca_check(path, problem), DUPD_EINVAL);
        ck_assert_ptr_nonnull(strstr(problem, "no certificate"));
    }
    unlink(path);
    rmdir(dir);
}
END_TEST

/* ---- what is not delivered ---- */

struct seen {
    unsigned lines;
    char last[512];
    bool closed;
};

static void on_log(void *data, const char *line)
{
    struct seen *s = data;
    s->lines++;
    snprintf(s->last, sizeof s->last, "%s", line);
}

static void on_closed(void *data)
{
    struct seen *s = data;
    s->closed = true;
}

START_TEST(a_failure_names_the_receiver_and_the_reason)
{
    uv_loop_t loop;
    struct webhook *w;
    struct webhook_options o;
    struct seen seen = {0};
    char problem[512], urls[200], name[64];
    /* a port that is taken, and nobody listens */
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int taken = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(taken, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(getsockname(taken, (struct sockaddr *)&address, &len), 0);
    unsigned port = ntohs(address.sin_port);
    snprintf(urls, sizeof urls, "http://user:SECRET@127.0.0.1:%u/SECRET", port);
    snprintf(name, sizeof name, "webhook 1 (http://127.0.0.1:%u): ", port);
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    webhook_options_default(&o);
    o.urls = urls;
    o.queue_max = 1;
    o.retry_ms = 1;
    o.log = on_log;
    o.log_data = &seen;
    ck_assert_int_eq(webhook_open(&w, &loop, &o, problem), 0);
    webhook_alert(w, DUPD_VIEW("{}"));
    ck_assert_uint_eq(seen.lines, 0);
    webhook_alert(w, DUPD_VIEW("{}")); /* the first one still waits */
    ck_assert_uint_eq(seen.lines, 1);
    ck_assert_str_eq(seen.last + strlen(name), "an alert was dropped: too many wait to be sent");
    ck_assert_int_eq(strncmp(seen.last, name, strlen(name)), 0);
    while (seen.lines < 2)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_str_eq(seen.last + strlen(name),
                     "an alert was not delivered, in 8 attempts: Couldn't connect to server");
    ck_assert_int_eq(strncmp(seen.last, name, strlen(name)), 0);
    webhook_close(w, on_closed, &seen);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert(seen.closed);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    close(taken);
}
END_TEST

/* ---- Slack ---- */

/* An alert whose article has an address and a title of so many bytes; the address ends with END. */
static void add_alert(struct dupd_buf *out, size_t url, const char *title)
{
    ck_assert(!dupd_buf_add_str(out, "{\"v\":1,\"reason\":\"copy\",\"story\":\"7\",\"id\":\"c\","
                                     "\"source\":\"b.example\",\"verdict\":\"identical\","
                                     "\"score\":1,\"url\":\"https://b.example/?a=1&b="));
    for (size_t i = strlen("https://b.example/?a=1&b=END"); i < url; i++)
        ck_assert(!dupd_buf_add_char(out, 'x'));
    ck_assert(!dupd_buf_addf(out,
                             "END\",\"title\":\"%s\",\"origin\":{\"id\":\"o\",\"url\":null,"
                             "\"source\":\"a.example\",\"title\":\"Origin\"}}\n",
                             title));
}

/* The message for the alerts in `lines`, which it takes. */
static char *slack(struct dupd_buf *lines)
{
    struct dupd_buf out = {0};
    struct dupd_view v = {lines->ptr, lines->len - 1};
    ck_assert_int_eq(webhook_write(WEBHOOK_SLACK, v, 0, &out), 0);
    ck_assert(!dupd_buf_add_char(&out, 0));
    dupd_buf_close(lines);
    return out.ptr;
}

START_TEST(a_link_is_whole_or_none)
{
    static const size_t length[] = {299, 301, 2000, 2001, 60000};
    for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
        struct dupd_buf lines = {0};
        add_alert(&lines, length[i], "Title");
        char *text = slack(&lines);
        bool link = strstr(text, "<https://b.example/?a=1&amp;b=") && strstr(text, "xEND|Title>");
        ck_assert_msg(link == (length[i] <= 2000), "%zu: %.200s", length[i], text);
        ck_assert(link || (!strstr(text, "http") && strstr(text, "* Title on b.example")));
        free(text);
    }
}
END_TEST

START_TEST(a_title_is_cut_between_characters)
{
    char title[400] = "";
    struct dupd_buf lines = {0};
    for (int i = 0; i < 299; i++)
        title[i] = 'x';
    snprintf(title + 299, 100, "€ and more");
    add_alert(&lines, 100, title);
    char *text = slack(&lines);
    ck_assert_ptr_nonnull(strstr(text, "xxx…> on b.example"));
    ck_assert_ptr_null(strstr(text, "\xef\xbf\xbd")); /* U+FFFD */
    free(text);
}
END_TEST

START_TEST(a_digest_is_not_so_long_that_slack_cuts_it)
{
    struct dupd_buf lines = {0};
    for (unsigned i = 0; i < WEBHOOK_DIGEST_MAX; i++)
        add_alert(&lines, 1900, "Title");
    char *text = slack(&lines);
    unsigned links = 0;
    for (const char *at = text; (at = strstr(at, "xEND|Title>")); at++)
        links++;
    char rest[40];
    snprintf(rest, sizeof rest, "\\nand %u more\"}", WEBHOOK_DIGEST_MAX - links);
    ck_assert_uint_ge(links, 15);
    ck_assert_uint_lt(strlen(text), 40000);
    ck_assert_ptr_nonnull(strstr(text, rest));
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("webhook");
    TCase *t = tcase_create("webhook");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, addresses_are_checked_and_named, 0, sizeof given / sizeof *given);
    tcase_add_test(t, addresses_without_memory);
    tcase_add_test(t, authorities_are_checked);
    tcase_add_test(t, a_failure_names_the_receiver_and_the_reason);
    tcase_add_test(t, a_link_is_whole_or_none);
    tcase_add_test(t, a_title_is_cut_between_characters);
    tcase_add_test(t, a_digest_is_not_so_long_that_slack_cuts_it);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
