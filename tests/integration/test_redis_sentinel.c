/*
 * test_redis_sentinel.c: a master, a replica and real Sentinels: the master is found, and found
 * again after a failover; Sentinels that are down, strangers or wrong are passed over.
 */
#include "support/redis_kit.h"

struct trio {
    struct redis_kit k;
    struct redis_server *master, *replica, *sentinel;
    char url[256];
};

static struct redis_server *start_sentinel(unsigned master_port, const char *more)
{
    char config[512];
    snprintf(config, sizeof config,
             "sentinel monitor news 127.0.0.1 %u 1\n"
             "sentinel down-after-milliseconds news 500\n"
             "sentinel failover-timeout news 5000\n%s",
             master_port, more);
    return redis_server_start(config, REDIS_SERVER_SENTINEL);
}

/* Whether the Sentinel has seen the replica and may promote it. */
static bool knows_replica(struct redis_server *sentinel)
{
    redisReply *reply = redis_server_run(sentinel, "INFO sentinel");
    bool yes = strstr(reply->str, "status=ok") && strstr(reply->str, "slaves=1");
    freeReplyObject(reply);
    return yes;
}

static bool is_synced(struct redis_server *replica)
{
    redisReply *reply = redis_server_run(replica, "INFO replication");
    bool yes = strstr(reply->str, "master_link_status:up") != NULL;
    freeReplyObject(reply);
    return yes;
}

/* Asks for a failover: it is refused until the replica has said enough about itself. */
static bool fails_over(struct redis_server *sentinel)
{
    redisReply *reply = redis_server_run(sentinel, "SENTINEL FAILOVER news");
    bool yes = reply->type == REDIS_REPLY_STATUS;
    freeReplyObject(reply);
    return yes;
}

static void begin(struct trio *t)
{
    char config[64];
    *t = (struct trio){.master = redis_server_start(NULL, REDIS_SERVER_PORT)};
    snprintf(config, sizeof config, "replicaof 127.0.0.1 %u\n", t->master->port);
    t->replica = redis_server_start(config, REDIS_SERVER_PORT);
    kit_init(&t->k);
    kit_until(&t->k, is_synced(t->replica));
    t->sentinel = start_sentinel(t->master->port, "");
    kit_until(&t->k, knows_replica(t->sentinel));
    /* the first Sentinel is not there */
    snprintf(t->url, sizeof t->url, "redis-sentinel://127.0.0.1:1,localhost:%u/news/2",
             t->sentinel->port);
}

static void end(struct trio *t)
{
    kit_close(&t->k);
    redis_server_free(t->sentinel);
    redis_server_free(t->replica);
    redis_server_free(t->master);
}

static void must_be_at(struct trio *t, const struct redis_server *s)
{
    struct kit_batch b = {0};
    char where[64];
    snprintf(where, sizeof where, "redis://127.0.0.1:%u/2", s->port);
    ck_assert_str_eq(redis_where(t->k.r), where);
    ck_assert_int_eq(kit_say(&t->k, &b, "SET key v"), 0);
    ck_assert_str_eq(b.text[0], "OK");
    redis_batch_close(&b.b);
}

START_TEST(a_failover_is_followed)
{
    struct trio t;
    begin(&t);
    kit_open(&t.k, t.url);
    kit_until(&t.k, redis_state(t.k.r) == REDIS_UP);
    must_be_at(&t, t.master);
    if (_i == 0)
        redis_server_kill(t.master);
    else
        kit_until(&t.k, fails_over(t.sentinel));
    kit_until(&t.k, redis_state(t.k.r) == REDIS_UP && strstr(redis_where(t.k.r), "127.0.0.1") &&
                        strtoul(strstr(redis_where(t.k.r), "127.0.0.1") + 10, NULL, 10) ==
                            t.replica->port);
    must_be_at(&t, t.replica);
    end(&t);
}
END_TEST

/* Demoted behind the Sentinel's back: READONLY sends us to ask again, ROLE keeps us from staying.
 */
START_TEST(a_demoted_master_is_left)
{
    struct trio t;
    struct kit_batch b = {0};
    begin(&t);
    kit_open(&t.k, t.url);
    kit_until(&t.k, redis_state(t.k.r) == REDIS_UP);
    redis_server_stop(t.sentinel); /* it would put things right */
    redis_server_do(t.master, "REPLICAOF 127.0.0.1 1");
    ck_assert_int_eq(kit_say(&t.k, &b, "SET key v"), 0);
    ck_assert_ptr_nonnull(strstr(b.text[0], "READONLY"));
    kit_until(&t.k, redis_counters(t.k.r)->failures >= 2);
    ck_assert_int_eq(redis_state(t.k.r), REDIS_DOWN);
    ck_assert_ptr_nonnull(strstr(redis_problem(t.k.r), "sentinel"));
    redis_server_do(t.master, "REPLICAOF NO ONE");
    redis_server_continue(t.sentinel);
    kit_until(&t.k, redis_state(t.k.r) == REDIS_UP);
    redis_batch_close(&b.b);
    end(&t);
}
END_TEST

/* A Sentinel whose knowledge is old names a replica. */
START_TEST(a_replica_is_not_taken_for_the_master)
{
    struct trio t;
    char url[128];
    begin(&t);
    struct redis_server *wrong = start_sentinel(t.replica->port, "");
    snprintf(url, sizeof url, "redis-sentinel://127.0.0.1:%u/news", wrong->port);
    redis_server_stop(t.sentinel);
    kit_open(&t.k, url);
    kit_until(&t.k, redis_counters(t.k.r)->failures >= 2);
    ck_assert_int_eq(redis_state(t.k.r), REDIS_DOWN);
    ck_assert_ptr_nonnull(strstr(redis_problem(t.k.r), "no master"));
    ck_assert_uint_ge(redis_counters(t.k.r)->connects, 2); /* ROLE told, not a refused connection */
    kit_close_client(&t.k);
    redis_server_continue(t.sentinel);
    redis_server_free(wrong);
    end(&t);
}
END_TEST

START_TEST(a_name_that_no_sentinel_knows)
{
    struct trio t;
    char url[128];
    begin(&t);
    snprintf(url, sizeof url, "redis-sentinel://127.0.0.1:%u/sports", t.sentinel->port);
    kit_open(&t.k, url);
    kit_until(&t.k, redis_counters(t.k.r)->failures >= 2);
    ck_assert_int_eq(redis_state(t.k.r), REDIS_DOWN);
    ck_assert_uint_eq(t.k.states[REDIS_DOWN], 1);
    ck_assert_ptr_nonnull(strstr(redis_problem(t.k.r), "does not know"));
    ck_assert_uint_eq(redis_counters(t.k.r)->connects, 0);
    end(&t);
}
END_TEST

START_TEST(passwords_of_both)
{
    struct redis_kit k;
    struct redis_server *s = redis_server_start("requirepass ms3cret\n", REDIS_SERVER_PORT);
    struct redis_server *sentinel =
        start_sentinel(s->port, "requirepass ss3cret\nsentinel auth-pass news ms3cret\n");
    char url[256];
    kit_init(&k);
    snprintf(url, sizeof url, "redis-sentinel://:ms3cret@127.0.0.1:%u/news?sentinel_password=%s",
             sentinel->port, _i ? "wrong-one" : "ss3cret");
    kit_open(&k, url);
    if (_i) {
        kit_until(&k, redis_counters(k.r)->failures >= 1);
        ck_assert_ptr_nonnull(strstr(redis_problem(k.r), "WRONGPASS"));
        ck_assert_ptr_null(strstr(redis_problem(k.r), "wrong-one"));
    } else {
        kit_until(&k, redis_state(k.r) == REDIS_UP);
    }
    kit_close(&k);
    redis_server_free(sentinel);
    redis_server_free(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_sentinel");
    TCase *t = tcase_create("sentinel");
    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, a_failover_is_followed, 0, 2);
    tcase_add_test(t, a_demoted_master_is_left);
    tcase_add_test(t, a_replica_is_not_taken_for_the_master);
    tcase_add_test(t, a_name_that_no_sentinel_knows);
    tcase_add_loop_test(t, passwords_of_both, 0, 2);
    suite_add_tcase(s, t);
    return kit_main(s);
}
