/*
 * test_redis_generations.c: the Redis store's index over time, on a real server: generations that
 * follow each other, are read and are taken away; and its connections, which stay when nothing is
 * said and come back when they are cut.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "support/redis_store_kit.h"

static struct redis_server *server;

static void flush_all(void)
{
    redis_server_do(server, "FLUSHALL");
}

START_TEST(generations_are_read_while_they_matter)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 12;
    kit_random_article(&a, "a", &random);
    b = a;
    snprintf(b.id, sizeof b.id, "b");
    kit_finish(&b, KIT_SHINGLES);
    uint64_t na = kit_add(s, &a, 0);
    store_close(s);
    /* a second generation begins now, with another number of shards */
    redisReply *g = redis_server_run(server, "HGET dupd:meta generations");
    redisReply *now = redis_server_run(server, "TIME");
    char list[256];
    snprintf(list, sizeof list, "%s,2:%s000:128", g->str, now->element[0]->str);
    freeReplyObject(g);
    freeReplyObject(now);
    redis_server_do(server, "HSET dupd:meta generations %s", list);
    s = kit_open_redis(&how);
    uint64_t nb = kit_put(s, &b);
    /* who only asks finds both, though entries of the two generations differ in length */
    struct store_candidates both = kit_candidates(s, &b, 0);
    ck_assert_uint_eq(both.count, 2);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_uint_eq(both.found[i].shared, both.found[i].of);
    struct store_candidates c = kit_ask_as_job(s, &b, nb);
    ck_assert_uint_eq(c.count, 1);
    ck_assert_uint_eq(c.found[0].n, na);
    ck_assert_uint_eq(c.found[0].shared, c.found[0].of);
    redisReply *keys = redis_server_run(server, "KEYS dupd:i:2:*");
    ck_assert_uint_gt(keys->elements, 0);
    freeReplyObject(keys);
    store_close(s);
}
END_TEST

static bool meta_field_begins(const char *field, const char *with)
{
    redisReply *r = redis_server_run(server, "HGET dupd:meta %s", field);
    bool begins = r->type == REDIS_REPLY_STRING && strncmp(r->str, with, strlen(with)) == 0;
    freeReplyObject(r);
    return begins;
}

static size_t keys_of(const char *pattern)
{
    redisReply *r = redis_server_run(server, "KEYS %s", pattern);
    size_t count = r->elements;
    freeReplyObject(r);
    return count;
}

static void run_until_meta_begins(struct store *s, const char *field, const char *with)
{
    uint64_t end = uv_hrtime() + UINT64_C(60000000000);
    while (!meta_field_begins(field, with)) {
        ck_assert(uv_hrtime() < end);
        store_run(s);
    }
}

/* Shards have no time of their own: first the generation is out of use, a minute later its shards
 * are taken away, some at each look at meta. */
START_TEST(a_generation_that_nobody_reads_is_taken_away)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    how.connections = 5;
    how.shards = 5000; /* more than are taken away at once, twice */
    struct store *s = kit_open_redis(&how);
    uint64_t random = 14;
    struct kit_article a;
    kit_random_article(&a, "a", &random);
    kit_add(s, &a, 0);
    store_close(s);
    size_t posted = keys_of("dupd:i:1:*");
    ck_assert_uint_gt(posted, 10);
    /* the second generation began longer ago than anybody looks back */
    redisReply *now = redis_server_run(server, "TIME");
    long long second = strtoll(now->element[0]->str, NULL, 10) - how.options.window_s - 5;
    freeReplyObject(now);
    redis_server_do(server, "HSET dupd:meta generations 1:%lld000:5000,2:%lld000:5000",
                    second - how.options.window_s, second);
    redis_server_do(server, "SETRANGE dupd:i:1:4999 0 12345678");
    redis_server_do(server, "SETRANGE dupd:i:2:17 0 12345678");
    s = kit_open_redis(&how);
    run_until_meta_begins(s, "generations", "2:");
    ck_assert(meta_field_begins("gone", "1:5000:0:"));
    ck_assert_uint_gt(keys_of("dupd:i:1:*"), posted - 1); /* some worker may still be at it */
    redis_server_do(server, "HSET dupd:meta gone 1:5000:0:1,7:16:0:9999999999999");
    redis_server_do(server, "CONFIG SET maxmemory 1mb"); /* when it matters most */
    run_until_meta_begins(s, "gone", "1:5000:2000:1,7:");
    run_until_meta_begins(s, "gone", "7:16:0:9999999999999");
    ck_assert_uint_eq(keys_of("dupd:i:1:*"), 0);
    ck_assert_uint_eq(keys_of("dupd:i:2:17"), 1);
    redis_server_do(server, "CONFIG SET maxmemory 0");
    store_close(s);
}
END_TEST

/* Some servers and networks close connections that say nothing; and any one may be cut. */
START_TEST(idle_connections_stay)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    how.connections = 5;
    redis_server_do(server, "CONFIG SET timeout 3");
    struct store *s = kit_open_redis(&how);
    uint64_t random = 15, end = uv_hrtime() + UINT64_C(7000000000);
    struct kit_article a;
    while (uv_hrtime() < end) {
        store_run(s);
        ck_assert_int_eq(redis_store_state(s), REDIS_STORE_READY);
    }
    kit_random_article(&a, "a", &random);
    ck_assert_uint_gt(kit_add(s, &a, 0), 0);
    redis_server_do(server, "CONFIG SET timeout 0");
    redis_server_do(server, "CLIENT KILL TYPE normal SKIPME yes");
    end = uv_hrtime() + UINT64_C(60000000000);
    while (redis_store_state(s) == REDIS_STORE_READY && uv_hrtime() < end)
        store_run(s);
    while (redis_store_state(s) != REDIS_STORE_READY && uv_hrtime() < end)
        store_run(s);
    ck_assert_int_eq(redis_store_state(s), REDIS_STORE_READY);
    kit_random_article(&a, "b", &random);
    ck_assert_uint_gt(kit_add(s, &a, 0), 0);
    store_close(s);
}
END_TEST

START_TEST(a_crowded_generation_is_followed_by_a_larger_one)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    how.shards = 16; /* planned for 2,048 postings */
    struct store *s = kit_open_redis(&how);
    uint64_t random = 13, end = uv_hrtime() + UINT64_C(60000000000);
    struct kit_article a;
    for (unsigned i = 0; i < 120; i++) {
        char id[32];
        snprintf(id, sizeof id, "x%u", i);
        kit_random_article(&a, id, &random);
        kit_add(s, &a, 0);
    }
    for (;;) { /* the workers are told within a second or two */
        redisReply *g = redis_server_run(server, "HGET dupd:meta generations");
        bool announced = g->len > 3 && strcmp(g->str + g->len - 3, ":64") == 0;
        freeReplyObject(g);
        if (announced)
            break;
        ck_assert(uv_hrtime() < end);
        store_run(s);
    }
    struct store_candidates c = kit_candidates(s, &a, 0);
    ck_assert_uint_eq(c.count, 1);
    store_close(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_generations");
    TCase *t = tcase_create("redis_generations");
    server = redis_server_start(NULL, 0);
    tcase_set_timeout(t, 240);
    tcase_add_test(t, generations_are_read_while_they_matter);
    tcase_add_test(t, a_generation_that_nobody_reads_is_taken_away);
    tcase_add_test(t, a_crowded_generation_is_followed_by_a_larger_one);
    tcase_add_test(t, idle_connections_stay);
    suite_add_tcase(s, t);
    int failed = kit_main(s);
    redis_server_free(server);
    return failed;
}
