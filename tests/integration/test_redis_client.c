/*
 * test_redis_client.c: the client against a real redis-server: ways to connect, order, and what
 * happens when the server dies, stops, or is not there.
 */
#include "support/redis_kit.h"

static const char *const ports[] = {"unix", "tcp"};

static void open_at(struct redis_kit *k, struct redis_server *s, int how)
{
    char url[160];
    if (how == 0)
        snprintf(url, sizeof url, "%s", s->url);
    else
        snprintf(url, sizeof url, "redis://localhost:%u", s->port);
    kit_open(k, url);
}

START_TEST(connects_and_answers)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start(NULL, REDIS_SERVER_PORT);
    kit_init(&k);
    k.options.client_name = "dupd-test";
    open_at(&k, s, _i);
    ck_assert_int_eq(redis_state(k.r), REDIS_DOWN);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_eq(k.states[REDIS_UP], 1);
    ck_assert_uint_eq(k.states[REDIS_DOWN], 0);
    ck_assert_uint_ge(redis_version(k.r), 70000);
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "SET key %v", DUPD_VIEW("a\0\r\nb"));
    redis_batch_addf(&b.b, "STRLEN key");
    redis_batch_addf(&b.b, "CLIENT GETNAME");
    redis_batch_addf(&b.b, "NOSUCH");
    ck_assert_int_eq(kit_go(&k, &b), 0);
    ck_assert_uint_eq(b.b.replies, 4);
    ck_assert_int_eq(b.type[0], REDIS_REPLY_STATUS);
    ck_assert_int_eq(b.integer[1], 5);
    ck_assert_str_eq(b.text[2], "dupd-test");
    ck_assert_int_eq(b.type[3], REDIS_REPLY_ERROR);
    ck_assert_uint_eq(redis_counters(k.r)->errors[REDIS_BUG], 1);
    ck_assert_uint_eq(redis_pending(k.r), 0);
    kit_close(&k);
    redis_batch_close(&b.b);
    redis_server_free(s);
}
END_TEST

/* ---- many batches, in order ---- */

#define BATCHES 10000u

struct order {
    struct redis_kit k;
    struct redis_batch b[BATCHES];
    uint64_t next; /* what INCR must answer */
    unsigned done;
};

static void order_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct order *o = b->data;
    ck_assert_uint_eq(b->replies, index);
    ck_assert_int_eq(reply->type, REDIS_REPLY_INTEGER);
    ck_assert_int_eq(reply->integer, (long long)++o->next);
}

static void order_done(struct redis_batch *b, int status)
{
    struct order *o = b->data;
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_eq(b, &o->b[o->done]);
    o->done++;
}

START_TEST(ten_thousand_batches_are_answered_in_order)
{
    struct order *o = calloc(1, sizeof *o);
    struct redis_server *s = redis_server_start(NULL, REDIS_SERVER_PORT);
    kit_init(&o->k);
    open_at(&o->k, s, _i);
    kit_until(&o->k, redis_state(o->k.r) == REDIS_UP);
    for (unsigned i = 0; i < BATCHES; i++) {
        o->b[i].on_reply = order_reply;
        o->b[i].on_done = order_done;
        o->b[i].data = o;
        for (unsigned j = 0; j <= i % 7; j++)
            redis_batch_addf(&o->b[i], "INCR counter");
        redis_submit(o->k.r, &o->b[i]);
        if (i % 997 == 0)
            uv_run(&o->k.loop, UV_RUN_NOWAIT);
    }
    kit_until(&o->k, o->done == BATCHES);
    ck_assert_uint_eq(redis_pending(o->k.r), 0);
    kit_close(&o->k);
    for (unsigned i = 0; i < BATCHES; i++)
        redis_batch_close(&o->b[i]);
    redis_server_free(s);
    free(o);
}
END_TEST

/* ---- a server that dies, stops, is not there ---- */

START_TEST(comes_back_after_the_server_was_killed)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start(NULL, REDIS_SERVER_PORT);
    kit_init(&k);
    open_at(&k, s, _i);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "BLPOP nothing 0");
    redis_submit(k.r, &b.b);
    kit_until(&k, redis_server_int(s, "EXISTS key") == 0 && redis_counters(k.r)->commands > 2);
    redis_server_kill(s);
    kit_until(&k, b.done);
    ck_assert_int_eq(b.b.status, DUPD_EAGAIN);
    kit_until(&k, redis_state(k.r) == REDIS_DOWN);
    ck_assert_int_eq(kit_say(&k, &b, "PING"), DUPD_EAGAIN);
    uint64_t failures = redis_counters(k.r)->failures;
    kit_until(&k, redis_counters(k.r)->failures > failures + 2);
    ck_assert_uint_eq(k.states[REDIS_DOWN], 1); /* said once */
    redis_server_restart(s, NULL);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_int_eq(kit_say(&k, &b, "PING"), 0);
    ck_assert_str_eq(b.text[0], "PONG");
    ck_assert_uint_eq(redis_counters(k.r)->connects, 2);
    kit_close(&k);
    redis_batch_close(&b.b);
    redis_server_free(s);
}
END_TEST

START_TEST(a_stopped_server_ends_the_batch_at_its_deadline)
{
    struct redis_kit k;
    struct kit_batch b = {0}, patient = {0};
    struct redis_server *s = redis_server_start(NULL, REDIS_SERVER_PORT);
    kit_init(&k);
    open_at(&k, s, _i);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    redis_server_stop(s);
    kit_batch_begin(&patient);
    redis_batch_addf(&patient.b, "PING");
    redis_submit(k.r, &patient.b);
    kit_batch_begin(&b);
    b.b.deadline_ms = 150;
    redis_batch_addf(&b.b, "PING");
    ck_assert_int_eq(kit_go(&k, &b), DUPD_EAGAIN);
    kit_until(&k, patient.done);
    ck_assert_int_eq(patient.b.status, DUPD_EAGAIN);
    ck_assert_uint_eq(redis_counters(k.r)->errors[REDIS_TIMEOUT], 1);
    ck_assert_ptr_nonnull(strstr(redis_problem(k.r), "deadline"));
    redis_server_continue(s);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    b.b.deadline_ms = 0;
    ck_assert_int_eq(kit_say(&k, &b, "PING"), 0);
    kit_close(&k);
    redis_batch_close(&b.b);
    redis_batch_close(&patient.b);
    redis_server_free(s);
}
END_TEST

START_TEST(waits_for_a_server_that_is_not_there_yet)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start(NULL, REDIS_SERVER_PORT);
    redis_server_kill(s);
    kit_init(&k);
    open_at(&k, s, _i);
    ck_assert_int_eq(kit_say(&k, &b, "PING"), DUPD_EAGAIN);
    kit_until(&k, redis_counters(k.r)->failures >= 3);
    ck_assert_uint_eq(k.states[REDIS_DOWN], 1);
    ck_assert_str_ne(redis_problem(k.r), "");
    redis_server_restart(s, NULL);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    kit_close(&k);
    redis_batch_close(&b.b);
    redis_server_free(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_client");
    TCase *t = tcase_create("connection");
    const int ways = sizeof ports / sizeof ports[0];
    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, connects_and_answers, 0, ways);
    tcase_add_loop_test(t, ten_thousand_batches_are_answered_in_order, 0, ways);
    tcase_add_loop_test(t, comes_back_after_the_server_was_killed, 0, ways);
    tcase_add_loop_test(t, a_stopped_server_ends_the_batch_at_its_deadline, 0, ways);
    tcase_add_loop_test(t, waits_for_a_server_that_is_not_there_yet, 0, ways);
    suite_add_tcase(s, t);
    return kit_main(s);
}
