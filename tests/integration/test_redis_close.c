/*
 * test_redis_close.c: closing at any moment and from any callback: every batch ends once, `closed`
 * comes once, nothing is left in the loop and nothing leaks. And memory that runs out on the way.
 */
#include "support/fault.h"
#include "support/redis_kit.h"

struct servers {
    struct redis_server *plain, *tls;
    char *files;
    char ca[96], url[5][160];
};

enum { AT_SOCKET, AT_NAME, AT_TLS, AT_SENTINEL, AT_NOBODY, WAYS };

static void begin(struct servers *v)
{
    char config[512];
    v->files = redis_server_tls();
    snprintf(v->ca, sizeof v->ca, "%s/ca.crt", v->files);
    snprintf(config, sizeof config,
             "tls-cert-file %s/server.crt\ntls-key-file %s/server.key\ntls-ca-cert-file %s\n"
             "tls-auth-clients no\n",
             v->files, v->files, v->ca);
    v->plain = redis_server_start(config, REDIS_SERVER_PORT | REDIS_SERVER_TLS);
    snprintf(v->url[AT_SOCKET], sizeof v->url[0], "%s", v->plain->url);
    snprintf(v->url[AT_NAME], sizeof v->url[0], "redis://localhost:%u", v->plain->port);
    snprintf(v->url[AT_TLS], sizeof v->url[0], "rediss://localhost:%u", v->plain->tls_port);
    /* a server that is no Sentinel refuses the question */
    snprintf(v->url[AT_SENTINEL], sizeof v->url[0], "redis-sentinel://localhost:%u,127.0.0.1:1/m",
             v->plain->port);
    snprintf(v->url[AT_NOBODY], sizeof v->url[0], "redis://127.0.0.1:1");
}

static void end(struct servers *v)
{
    redis_server_free(v->plain);
    redis_server_tls_free(v->files);
}

static void submit_some(struct redis_kit *k, struct kit_batch *b, int count)
{
    for (int i = 0; i < count; i++) {
        kit_batch_begin(&b[i]);
        redis_batch_addf(&b[i].b, "APPEND key x");
        redis_batch_addf(&b[i].b, "GET key");
        redis_submit(k->r, &b[i].b);
    }
}

START_TEST(closed_after_any_number_of_turns)
{
    struct servers v;
    begin(&v);
    for (int turns = 0; turns < 40; turns++) {
        struct redis_kit k;
        struct kit_batch b[4] = {0};
        kit_init(&k);
        k.options.ca_file = v.ca;
        kit_open(&k, v.url[_i]);
        for (int t = 0; t < turns; t++) {
            uv_run(&k.loop, UV_RUN_NOWAIT);
            if (t % 8 == 7)
                redis_server_int(v.plain, "EXISTS key"); /* gives the server time to answer us */
        }
        submit_some(&k, b, 4);
        if (turns % 2)
            uv_run(&k.loop, UV_RUN_NOWAIT);
        k.closed = false;
        redis_close(k.r, kit_closed, &k);
        kit_until(&k, k.closed);
        for (int i = 0; i < 4; i++) {
            ck_assert_uint_eq(b[i].done, 1);
            redis_batch_close(&b[i].b);
        }
        kit_close(&k);
    }
    end(&v);
}
END_TEST

/* ---- in a callback ---- */

struct closer {
    struct redis_kit k;
    struct redis_batch first, second;
    enum { IN_REPLY, IN_DONE, IN_LAST_REPLY, IN_UP, IN_DOWN, MOMENTS } when;
    unsigned done, replies;
};

static void close_now(struct closer *c)
{
    if (c->k.r && !c->k.closed) {
        c->k.closed = true; /* asked for */
        redis_close(c->k.r, kit_closed, &c->k);
    }
}

static void closer_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct closer *c = b->data;
    ck_assert_int_eq(reply->type, REDIS_REPLY_STATUS);
    c->replies++;
    if ((c->when == IN_REPLY && index == 0) || (c->when == IN_LAST_REPLY && index == 2))
        close_now(c);
    ck_assert_str_eq(reply->str, "PONG"); /* still there */
}

static void closer_done(struct redis_batch *b, int status)
{
    struct closer *c = b->data;
    c->done++;
    (void)status;
    if (c->when == IN_DONE)
        close_now(c);
    else if (status == DUPD_EINTR && c->done == 2)
        redis_submit(c->k.r, b); /* a mistake, but one that ends */
}

static void closer_state(struct redis_kit *k, enum redis_state state)
{
    struct closer *c = (struct closer *)k;
    if ((c->when == IN_UP && state == REDIS_UP) || (c->when == IN_DOWN && state == REDIS_DOWN))
        close_now(c);
}

static void closer_batch(struct closer *c, struct redis_batch *b)
{
    b->data = c;
    b->on_reply = closer_reply;
    b->on_done = closer_done;
    for (int i = 0; i < 3; i++)
        redis_batch_addf(b, "PING");
}

static bool handles_left(struct redis_kit *k)
{
    return k->r != NULL;
}

START_TEST(closed_in_a_callback)
{
    struct closer *c = calloc(1, sizeof *c);
    struct redis_server *s = redis_server_start(NULL, 0);
    kit_init(&c->k);
    c->when = _i;
    c->k.on_state = closer_state;
    closer_batch(c, &c->first);
    closer_batch(c, &c->second);
    kit_open(&c->k, s->url);
    if (c->when != IN_UP)
        kit_until(&c->k, redis_state(c->k.r) == REDIS_UP);
    redis_submit(c->k.r, &c->first);
    redis_submit(c->k.r, &c->second);
    if (c->when == IN_DOWN) {
        kit_until(&c->k, c->done == 2);
        redis_server_kill(s);
    }
    kit_until(&c->k, !handles_left(&c->k));
    ck_assert_uint_ge(c->done, 2);
    kit_close(&c->k);
    redis_batch_close(&c->first);
    redis_batch_close(&c->second);
    redis_server_free(s);
    free(c);
}
END_TEST

/* ---- submitting in callbacks, held batches ---- */

static void again(struct redis_batch *b, int status)
{
    struct closer *c = b->data;
    c->done++;
    if (status != DUPD_EINTR && c->done < 1000) {
        redis_batch_begin(b);
        redis_batch_addf(b, "PING");
        redis_submit(c->k.r, b);
    }
}

START_TEST(submitted_again_in_its_own_callback)
{
    struct closer *c = calloc(1, sizeof *c);
    struct redis_server *s = redis_server_start(NULL, 0);
    kit_init(&c->k);
    c->first.data = c;
    c->first.on_done = again;
    kit_open(&c->k, s->url);
    redis_batch_addf(&c->first, "PING");
    redis_submit(c->k.r, &c->first); /* not up yet: some end with DUPD_EAGAIN first */
    kit_until(&c->k, c->done == 1000);
    kit_close(&c->k);
    redis_batch_close(&c->first);
    redis_server_free(s);
    free(c);
}
END_TEST

START_TEST(held_batches_go_one_by_one)
{
    struct redis_kit k;
    struct kit_batch b[3] = {0}, late = {0};
    struct redis_server *s = redis_server_start(NULL, 0);
    kit_init(&k);
    kit_open(&k, s->url);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    redis_hold(k.r, true);
    ck_assert(!redis_release(k.r));
    submit_some(&k, b, 3);
    kit_batch_begin(&late);
    late.b.deadline_ms = 20;
    redis_batch_addf(&late.b, "PING");
    ck_assert_int_eq(kit_go(&k, &late), DUPD_EAGAIN); /* its deadline runs; nobody else suffers */
    ck_assert_int_eq(redis_state(k.r), REDIS_UP);
    ck_assert_uint_eq(b[0].done, 0);
    ck_assert_uint_eq(redis_pending(k.r), 3);
    ck_assert(redis_release(k.r));
    kit_until(&k, b[0].done);
    ck_assert_int_eq(b[0].b.status, 0);
    ck_assert_uint_eq(b[1].done, 0);
    redis_hold(k.r, false);
    kit_until(&k, b[2].done);
    ck_assert_uint_eq(b[1].done, 1);
    redis_hold(k.r, true);
    submit_some(&k, b, 3);
    kit_close(&k);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(b[i].b.status, DUPD_EINTR);
        redis_batch_close(&b[i].b);
    }
    redis_batch_close(&late.b);
    redis_server_free(s);
}
END_TEST

START_TEST(empty_and_broken_batches_are_done_at_the_next_turn)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start(NULL, 0);
    kit_init(&k);
    kit_open(&k, s->url);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    kit_batch_begin(&b);
    redis_submit(k.r, &b.b);
    ck_assert_uint_eq(b.done, 0);
    kit_until(&k, b.done);
    ck_assert_int_eq(b.b.status, 0);
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "SET k v");
    redis_batch_addf(&b.b, "%d");
    ck_assert_int_eq(kit_go(&k, &b), DUPD_EINVAL);
    ck_assert_int_eq(redis_server_int(s, "EXISTS k"), 0); /* nothing of it was sent */
    kit_close(&k);
    redis_batch_close(&b.b);
    redis_server_free(s);
}
END_TEST

/* ---- no memory ---- */

/* Each allocation of opening, connecting and logging in fails once: redis_open says so, or the
 * client comes up at a later attempt. */
START_TEST(memory_that_runs_out_is_survived)
{
    struct servers v;
    unsigned refused = 0, survived = 0;
    bool fired = true;
    begin(&v);
    for (unsigned long n = 1; fired; n++) {
        struct redis_kit k;
        struct redis_url u;
        char problem[512];
        kit_init(&k);
        k.options.ca_file = v.ca;
        k.options.client_name = "name";
        ck_assert_int_eq(redis_url_parse(&u, v.url[_i], problem), 0);
        fault_arm(n);
        int rc = redis_open(&k.r, &k.loop, &u, &k.options, problem);
        while (!rc && redis_state(k.r) != REDIS_UP)
            uv_run(&k.loop, UV_RUN_ONCE);
        fault_disarm(&fired);
        ck_assert(rc == 0 || (rc == DUPD_ENOMEM && fired && problem[0]));
        if (rc)
            k.r = NULL;
        refused += rc != 0;
        survived += rc == 0 && fired;
        kit_close(&k);
    }
    ck_assert_uint_ge(refused, 2);
    ck_assert_uint_ge(survived, 3);
    end(&v);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_close");
    TCase *t = tcase_create("close");
    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, closed_after_any_number_of_turns, 0, WAYS);
    tcase_add_loop_test(t, closed_in_a_callback, 0, MOMENTS);
    tcase_add_test(t, submitted_again_in_its_own_callback);
    tcase_add_test(t, held_batches_go_one_by_one);
    tcase_add_test(t, empty_and_broken_batches_are_done_at_the_next_turn);
    tcase_add_loop_test(t, memory_that_runs_out_is_survived, AT_SOCKET, AT_TLS + 1);
    suite_add_tcase(s, t);
    return kit_main(s);
}
