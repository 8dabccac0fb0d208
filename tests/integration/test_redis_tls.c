/*
 * test_redis_tls.c: TLS against a real redis-server with certificates made on the spot: who is
 * believed and who is not, and that much data goes both ways whole.
 */
#include "support/redis_kit.h"

struct tls_test {
    struct redis_kit k;
    struct redis_server *s;
    char *files;
    char ca[96], other_ca[96], cert[96], key[96], wrong_cert[96], url[96];
};

static void name_files(struct tls_test *t)
{
    snprintf(t->ca, sizeof t->ca, "%s/ca.crt", t->files);
    snprintf(t->other_ca, sizeof t->other_ca, "%s/other-ca.crt", t->files);
    snprintf(t->cert, sizeof t->cert, "%s/client.crt", t->files);
    snprintf(t->key, sizeof t->key, "%s/client.key", t->files);
    snprintf(t->wrong_cert, sizeof t->wrong_cert, "%s/wrong.crt", t->files);
}

/* A server whose certificate is `server` and that asks for one when `clients` is "yes". */
static void begin(struct tls_test *t, const char *server, const char *clients)
{
    char config[1024];
    *t = (struct tls_test){.files = redis_server_tls()};
    name_files(t);
    snprintf(config, sizeof config,
             "tls-cert-file %s/%s.crt\ntls-key-file %s/%s.key\ntls-ca-cert-file %s\n"
             "tls-auth-clients %s\n",
             t->files, server, t->files, server, t->ca, clients);
    t->s = redis_server_start(config, REDIS_SERVER_TLS);
    snprintf(t->url, sizeof t->url, "rediss://localhost:%u", t->s->tls_port);
    kit_init(&t->k);
    t->k.options.ca_file = t->ca;
}

static void end(struct tls_test *t)
{
    kit_close(&t->k);
    redis_server_free(t->s);
    redis_server_tls_free(t->files);
}

static void must_work(struct tls_test *t)
{
    struct kit_batch b = {0};
    kit_open(&t->k, t->url);
    kit_until(&t->k, redis_state(t->k.r) == REDIS_UP);
    ck_assert_int_eq(kit_say(&t->k, &b, "PING"), 0);
    ck_assert_str_eq(b.text[0], "PONG");
    redis_batch_close(&b.b);
}

static void must_fail(struct tls_test *t, const char *reason)
{
    kit_open(&t->k, t->url);
    kit_until(&t->k, redis_counters(t->k.r)->failures >= 2);
    ck_assert_int_eq(redis_state(t->k.r), REDIS_DOWN);
    ck_assert_uint_eq(t->k.states[REDIS_UP], 0);
    ck_assert_msg(strstr(redis_problem(t->k.r), reason) != NULL, "%s", redis_problem(t->k.r));
}

START_TEST(a_good_certificate_is_taken)
{
    struct tls_test t;
    begin(&t, "server", "no");
    if (_i == 1) /* an address stands in the certificate too */
        snprintf(t.url, sizeof t.url, "rediss://127.0.0.1:%u", t.s->tls_port);
    if (_i == 2)
        snprintf(t.url, sizeof t.url, "redis://127.0.0.1:%u?tls=yes", t.s->tls_port);
    must_work(&t);
    end(&t);
}
END_TEST

START_TEST(an_unknown_authority_is_not_believed)
{
    struct tls_test t;
    begin(&t, "server", "no");
    t.k.options.ca_file = _i ? t.other_ca : NULL; /* NULL: the system's */
    must_fail(&t, "certificate");
    end(&t);
}
END_TEST

START_TEST(another_name_is_not_believed)
{
    struct tls_test t;
    begin(&t, "wrong", "no");
    must_fail(&t, "mismatch");
    end(&t);
}
END_TEST

START_TEST(the_name_can_be_given)
{
    struct tls_test t;
    begin(&t, "wrong", "no");
    t.k.options.tls_name = "wrong.example";
    must_work(&t);
    end(&t);
}
END_TEST

START_TEST(insecure_takes_any)
{
    struct tls_test t;
    begin(&t, "wrong", "no");
    t.k.options.ca_file = t.other_ca;
    t.k.options.tls_insecure = true;
    must_work(&t);
    end(&t);
}
END_TEST

START_TEST(a_client_certificate_is_shown)
{
    struct tls_test t;
    begin(&t, "server", "yes");
    t.k.options.cert_file = t.cert;
    t.k.options.key_file = t.key;
    must_work(&t);
    end(&t);
}
END_TEST

START_TEST(a_client_without_certificate_is_refused)
{
    struct tls_test t;
    begin(&t, "server", "yes");
    must_fail(&t, "certificate");
    end(&t);
}
END_TEST

START_TEST(plain_text_on_a_tls_port_is_no_connection)
{
    struct tls_test t;
    begin(&t, "server", "no");
    snprintf(t.url, sizeof t.url, "redis://localhost:%u", t.s->tls_port);
    must_fail(&t, "");
    end(&t);
}
END_TEST

START_TEST(tls_on_a_plain_port_is_no_connection)
{
    struct tls_test t;
    begin(&t, "server", "no");
    redis_server_free(t.s);
    t.s = redis_server_start(NULL, REDIS_SERVER_PORT);
    snprintf(t.url, sizeof t.url, "rediss://localhost:%u", t.s->port);
    t.k.options.connect_timeout_ms = 300;
    must_fail(&t, "");
    end(&t);
}
END_TEST

/* ---- much data ---- */

#define VALUE (3u << 20)

static void check_value(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    const char *value = b->data;
    if (index == 0)
        return;
    ck_assert_int_eq(reply->type, REDIS_REPLY_STRING);
    ck_assert_uint_eq(reply->len, VALUE);
    ck_assert_int_eq(memcmp(reply->str, value, VALUE), 0);
}

static void count_down(struct redis_batch *b, int status)
{
    ck_assert_int_eq(status, 0);
    b->deadline_ms = 1; /* the test's mark: done */
}

START_TEST(much_goes_both_ways)
{
    struct tls_test t;
    struct redis_batch b[8] = {0};
    char *value = malloc(VALUE);
    begin(&t, "server", "no");
    for (unsigned i = 0; i < VALUE; i++)
        value[i] = (char)(i * 2654435761u >> 24);
    kit_open(&t.k, t.url);
    kit_until(&t.k, redis_state(t.k.r) == REDIS_UP);
    for (int i = 0; i < 8; i++) {
        b[i].on_reply = check_value;
        b[i].on_done = count_down;
        b[i].data = value;
        redis_batch_addf(&b[i], "SET key%i %v", (int64_t)i, (struct dupd_view){value, VALUE});
        redis_batch_addf(&b[i], "GET key%i", (int64_t)i);
        redis_submit(t.k.r, &b[i]);
    }
    kit_until(&t.k, redis_pending(t.k.r) == 0);
    for (int i = 0; i < 8; i++) {
        ck_assert_uint_eq(b[i].deadline_ms, 1);
        redis_batch_close(&b[i]);
    }
    ck_assert_uint_gt(redis_counters(t.k.r)->bytes_in, 8u * VALUE);
    ck_assert_uint_gt(redis_counters(t.k.r)->bytes_out, 8u * VALUE);
    free(value);
    end(&t);
}
END_TEST

/* ---- files that are none ---- */

START_TEST(bad_files_are_told_at_open)
{
    struct tls_test t = {.files = redis_server_tls()};
    struct redis_url u;
    struct redis *r = NULL;
    char problem[512], missing[96];
    uv_loop_t loop;
    name_files(&t);
    snprintf(missing, sizeof missing, "%s/none.crt", t.files);
    const struct {
        const char *ca, *cert, *key, *says;
        int rc;
    } bad[] = {
        {missing, NULL, NULL, "none.crt", DUPD_EIO},
        {t.key, NULL, NULL, "client.key", DUPD_EINVAL},
        {t.ca, t.cert, NULL, "both", DUPD_EINVAL},
        {t.ca, t.cert, missing, "none.crt", DUPD_EIO},
        {t.ca, t.wrong_cert, t.key, "client.key", DUPD_EINVAL},
        {t.ca, t.key, t.key, "client.key", DUPD_EINVAL},
    };
    uv_loop_init(&loop);
    ck_assert_int_eq(redis_url_parse(&u, "rediss://localhost", problem), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct redis_options o;
        redis_options_default(&o);
        o.ca_file = bad[i].ca;
        o.cert_file = bad[i].cert;
        o.key_file = bad[i].key;
        int rc = redis_open(&r, &loop, &u, &o, problem);
        ck_assert_msg(rc == bad[i].rc, "%zu: %d %s", i, rc, problem);
        ck_assert_msg(strstr(problem, bad[i].says) != NULL, "%s", problem);
    }
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    redis_server_tls_free(t.files);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_tls");
    TCase *t = tcase_create("tls");
    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, a_good_certificate_is_taken, 0, 3);
    tcase_add_loop_test(t, an_unknown_authority_is_not_believed, 0, 2);
    tcase_add_test(t, another_name_is_not_believed);
    tcase_add_test(t, the_name_can_be_given);
    tcase_add_test(t, insecure_takes_any);
    tcase_add_test(t, a_client_certificate_is_shown);
    tcase_add_test(t, a_client_without_certificate_is_refused);
    tcase_add_test(t, plain_text_on_a_tls_port_is_no_connection);
    tcase_add_test(t, tls_on_a_plain_port_is_no_connection);
    tcase_add_test(t, much_goes_both_ways);
    tcase_add_test(t, bad_files_are_told_at_open);
    suite_add_tcase(s, t);
    return kit_main(s);
}
