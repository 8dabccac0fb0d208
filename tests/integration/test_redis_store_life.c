/*
 * test_redis_store_life.c: what goes from the Redis store and what stays, on a real server:
 * forgetting, new versions, expiry, furniture, a server that dies, lost scripts, names.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "support/redis_store_kit.h"

static struct redis_server *server;

static long long run(const char *format, const char *key)
{
    return redis_server_int(server, format, key);
}

static void flush_all(void)
{
    redis_server_do(server, "FLUSHALL");
}

/* ---- what goes ---- */

START_TEST(forgotten_articles_are_gone)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 15;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    uint64_t na = kit_add(s, &a, 0), nb = kit_add(s, &b, na);
    struct store_forget f = {.op.kind = STORE_FORGET, .id = DUPD_VIEW("a")};
    ck_assert_int_eq(kit_do(s, &f.op), 0);
    ck_assert(f.found);
    ck_assert(!kit_lookup(s, "a").found);
    struct store_fetch fetch = {.op.kind = STORE_FETCH, .n = na};
    ck_assert_int_eq(kit_do(s, &fetch.op), 0);
    ck_assert(!fetch.found);
    store_release(&fetch.op);
    struct store_story story = {.op.kind = STORE_STORY, .story = na};
    ck_assert_int_eq(kit_do(s, &story.op), 0);
    ck_assert(story.found);
    ck_assert_uint_eq(story.origin, nb); /* the earliest that is left */
    ck_assert_uint_eq(story.members, 1);
    store_release(&story.op);
    ck_assert_int_eq(kit_do(s, &f.op), 0);
    ck_assert(!f.found);
    ck_assert_uint_eq(kit_stats(s).articles, 1);
    uint64_t again = kit_add(s, &a, 0); /* it may come back */
    ck_assert_uint_ne(again, na);
    ck_assert(kit_lookup(s, "a").found);
    store_close(s);
}
END_TEST

/* Commits as the engine does: named an older version, it decides again as its successor. */
static void commit_version(struct store *s, struct store_commit *c)
{
    int rc = kit_do(s, &c->op);
    if (rc == DUPD_ESTALE) {
        ck_assert_uint_ne(c->successor_of, 0);
        c->replaces = c->successor_of;
        rc = kit_do(s, &c->op);
    }
    ck_assert_msg(rc == 0, "commit: %d %s", rc, store_problem(s));
}

START_TEST(a_new_version_takes_the_old_ones_place)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 16;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "a", &random);
    uint64_t first = kit_add(s, &a, 0);
    ck_assert_uint_eq(kit_put(s, &a), first); /* the same content keeps its number */
    uint64_t second = kit_put(s, &b);
    struct store_commit of_b = kit_commit(&b, second, 0);
    commit_version(s, &of_b);
    ck_assert_uint_eq(of_b.replaces, first);
    ck_assert_uint_ne(second, first);
    struct store_fetch fetch = {.op.kind = STORE_FETCH, .n = first};
    ck_assert_int_eq(kit_do(s, &fetch.op), 0);
    ck_assert(!fetch.found || !fetch.place.alive);
    store_release(&fetch.op);
    ck_assert_uint_eq(kit_lookup(s, "a").n, second);
    ck_assert_uint_eq(kit_stats(s).articles, 1);

    /* the older of two that are decided at once is history, whoever commits first */
    struct kit_article c, d;
    kit_random_article(&c, "c", &random);
    kit_random_article(&d, "c", &random);
    uint64_t nc = kit_put(s, &c), nd = kit_put(s, &d);
    struct store_commit of_d = kit_commit(&d, nd, 0), of_c = kit_commit(&c, nc, 0);
    commit_version(s, _i ? &of_c : &of_d);
    commit_version(s, _i ? &of_d : &of_c);
    ck_assert_uint_eq(kit_lookup(s, "c").n, nd);
    ck_assert_uint_eq(kit_stats(s).articles, 2);
    ck_assert_uint_eq(kit_stats(s).stories, 2);
    store_close(s);
}
END_TEST

/* Everything that grows with articles goes by itself; shards go with their generation (see
 * test_redis_store.c). */
START_TEST(keys_of_articles_expire)
{
    static const char *const permanent[] = {"dupd:meta",    "dupd:seq",    "dupd:count",
                                            "dupd:stories", "dupd:alerts", "dupd:fo"};
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 17;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    uint64_t na = kit_add(s, &a, 0), nb = kit_put(s, &b);
    struct store_alert alert = {
        .n = nb, .id = DUPD_VIEW("b"), .outlet = DUPD_VIEW("b.example"), .json = DUPD_VIEW("{}")};
    struct store_sighting sighting = {
        .outlet = DUPD_VIEW("b.example"), .paragraph = 7, .story = na};
    struct store_commit c = kit_commit(&b, nb, na);
    c.alerts = &alert;
    c.alert_count = 1;
    c.sightings = &sighting;
    c.sighting_count = 1;
    ck_assert_int_eq(kit_do(s, &c.op), 0);
    ck_assert(alert.claimed);
    ck_assert_uint_eq(kit_stats(s).copies, 1);
    ck_assert_uint_eq(kit_stats(s).alerts, 1);
    kit_stats(s); /* what nobody waited for is done as well: commands are answered in order */
    redisReply *keys = redis_server_run(server, "KEYS *");
    ck_assert_uint_gt(keys->elements, 50);
    for (size_t i = 0; i < keys->elements; i++) {
        const char *key = keys->element[i]->str;
        bool stays = strncmp(key, "dupd:i:", 7) == 0;
        for (size_t k = 0; k < sizeof permanent / sizeof permanent[0]; k++)
            stays |= strcmp(key, permanent[k]) == 0;
        ck_assert_msg(stays || run("TTL %s", key) > 0, "%s never expires", key);
    }
    freeReplyObject(keys);
    store_close(s);
}
END_TEST

/* A slow worker takes up an entry of the first version, which was answered long ago. */
START_TEST(an_answered_entry_does_not_come_back)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 21;
    char verdict[96];
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "a", &random);
    kit_add(s, &a, 0);
    uint64_t second = kit_put(s, &b);
    struct store_commit of_b = kit_commit(&b, second, 0);
    snprintf(verdict, sizeof verdict, "{\"v\":1,\"content_hash\":\"%016llx%016llx\"}",
             (unsigned long long)kit_content(&b).high, (unsigned long long)kit_content(&b).low);
    of_b.verdict = dupd_view_of(verdict);
    commit_version(s, &of_b);
    uint64_t third = kit_put(s, &a);
    ck_assert_uint_gt(third, second);
    struct store_commit of_a = kit_commit(&a, third, 0);
    freeReplyObject(redis_server_run(server, "XGROUP CREATE dupd:articles dupd 0 MKSTREAM"));
    of_a.entry = DUPD_VIEW("1-1");
    of_a.replaces = second;
    ck_assert_int_eq(kit_do(s, &of_a.op), DUPD_EGONE);
    struct store_lookup l = kit_lookup(s, "a");
    ck_assert_uint_eq(l.n, second);
    ck_assert_uint_gt(l.verdict.len, 0);
    store_close(s);
}
END_TEST

/* Also where the first place that is written to a key is its last. */
START_TEST(every_key_of_places_expires)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    uint64_t random = 22, n = 0;
    for (unsigned i = 0; n < 63; i++) {
        struct kit_article a;
        char id[32];
        snprintf(id, sizeof id, "p%u", i);
        kit_random_article(&a, id, &random);
        n = kit_put(s, &a);
        struct store_commit c = kit_commit(&a, n, 0);
        if (n == 63)
            ck_assert_int_eq(kit_do(s, &c.op), 0);
    }
    ck_assert_uint_eq(n, 63);
    ck_assert(run("TTL %s", "dupd:p:0") > 0);
    store_close(s);
}
END_TEST

START_TEST(furniture_is_learned)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    how.options.furniture_paragraphs = 8;
    how.options.furniture_outlets = 2;
    struct store *s = kit_open_redis(&how);
    uint64_t random = 18;
    for (unsigned i = 0; i < 12; i++) {
        struct kit_article a;
        char id[32], outlet[32];
        snprintf(id, sizeof id, "f%u", i);
        snprintf(outlet, sizeof outlet, "o%u.example", i / 4);
        kit_random_article(&a, id, &random);
        uint64_t n = kit_put(s, &a);
        struct store_sighting sighting[2] = {
            {.outlet = dupd_view_of(outlet), .paragraph = UINT64_MAX - 1, .story = n},
            {.outlet = dupd_view_of(outlet), .paragraph = i, .story = n}};
        struct store_commit c = kit_commit(&a, n, 0);
        c.sightings = sighting;
        c.sighting_count = 2;
        c.collection = DUPD_VIEW("news:uk");
        ck_assert_int_eq(kit_do(s, &c.op), 0);
    }
    struct store_furniture f = {.op.kind = STORE_FURNITURE,
                                .collection = DUPD_VIEW("news:uk"),
                                .outlet = DUPD_VIEW("o2.example")};
    ck_assert_int_eq(kit_do(s, &f.op), 0);
    ck_assert_uint_eq(f.count, 1);
    ck_assert_uint_eq(f.hash[0], UINT64_MAX - 1);
    store_release(&f.op);
    f.outlet = DUPD_VIEW("o0.example"); /* one outlet too many */
    ck_assert_int_eq(kit_do(s, &f.op), 0);
    ck_assert_uint_eq(f.count, 0);
    store_release(&f.op);
    store_close(s);
}
END_TEST

/* ---- trouble ---- */

START_TEST(a_dead_server_is_waited_for)
{
    struct redis_server *own = redis_server_start("appendonly yes\nappendfsync always\n", 0);
    struct store_redis how = kit_redis(own, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 19;
    int rc;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    uint64_t n = kit_add(s, &a, 0);
    redis_server_kill(own);
    kit_try_put(s, &b, &rc);
    ck_assert_int_eq(rc, DUPD_EAGAIN);
    ck_assert_uint_gt(strlen(store_problem(s)), 10);
    redis_server_restart(own, NULL);
    kit_until(s, REDIS_STORE_READY);
    ck_assert_uint_eq(kit_lookup(s, "a").n, n);
    ck_assert_uint_gt(kit_put(s, &b), n);
    store_close(s);
    redis_server_free(own);
}
END_TEST

START_TEST(lost_scripts_are_loaded_again)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a;
    uint64_t random = 20;
    int rc;
    kit_random_article(&a, "a", &random);
    redis_server_do(server, "SCRIPT FLUSH");
    for (unsigned i = 0; i < 1000; i++) {
        kit_try_put(s, &a, &rc);
        if (rc == 0)
            break;
        ck_assert_int_eq(rc, DUPD_EAGAIN);
        store_run(s);
    }
    ck_assert_int_eq(rc, 0);
    store_close(s);
}
END_TEST

START_TEST(without_a_server_nothing_hangs)
{
    char problem[512];
    struct store *s;
    struct store_redis how;
    store_redis_default(&how);
    ck_assert_int_eq(redis_url_parse(&how.url, "unix:///nowhere/at/all.sock", problem), 0);
    ck_assert_int_eq(redis_store_open(&s, &how, 0, problem), 0);
    ck_assert_int_eq(redis_store_wait(s, 50, problem), DUPD_EAGAIN);
    ck_assert_msg(strstr(problem, "nowhere") != NULL, "%s", problem);
    struct store_lookup l = {.op.kind = STORE_LOOKUP, .id = DUPD_VIEW("a")};
    ck_assert_int_eq(kit_do(s, &l.op), DUPD_EAGAIN);
    store_close(s);
    how.names.stream_cap = 0;
    ck_assert_int_eq(redis_store_open(&s, &how, 0, problem), DUPD_EINVAL);
}
END_TEST

/* Collections and ids with anything in them name keys of their own. */
START_TEST(names_do_not_mix)
{
    flush_all();
    static const char *const name[][2] = {
        {"a:b", "c"}, {"a", "b:c"}, {"a%3Ab", "c"}, {"", "{x}\r\n*"}, {"default", "*"}};
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    for (size_t i = 0; i < 5; i++) {
        struct store_lookup l = {.op.kind = STORE_LOOKUP,
                                 .collection = dupd_view_of(name[i][0]),
                                 .id = dupd_view_of(name[i][1])};
        ck_assert_int_eq(kit_do(s, &l.op), 0);
        ck_assert(!l.found);
        struct kit_article a;
        uint64_t random = 30 + i;
        kit_random_article(&a, name[i][1], &random);
        struct dupd_buf record = {0};
        struct dupd_record r = {.article = {.id = l.id, .collection = l.collection},
                                .arrived_ms = KIT_NOW,
                                .effective_ms = KIT_NOW,
                                .text_len = 1,
                                .packed_text = DUPD_VIEW("w")};
        ck_assert_int_eq(dupd_record_encode(&r, &record), 0);
        struct store_put put = {.op.kind = STORE_PUT,
                                .collection = l.collection,
                                .id = l.id,
                                .record = dupd_buf_view(&record),
                                .postings = kit_postings(&a)};
        ck_assert_int_eq(kit_do(s, &put.op), 0);
        ck_assert_int_eq(kit_do(s, &l.op), 0);
        ck_assert(l.found);
        ck_assert_uint_eq(l.n, put.n);
        dupd_buf_close(&record);
        store_release(&l.op);
    }
    store_close(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_store_life");
    TCase *t = tcase_create("redis_store_life");
    server = redis_server_start(NULL, 0);
    tcase_set_timeout(t, 240);
    tcase_add_test(t, forgotten_articles_are_gone);
    tcase_add_loop_test(t, a_new_version_takes_the_old_ones_place, 0, 2);
    tcase_add_test(t, keys_of_articles_expire);
    tcase_add_test(t, an_answered_entry_does_not_come_back);
    tcase_add_test(t, every_key_of_places_expires);
    tcase_add_test(t, furniture_is_learned);
    tcase_add_test(t, a_dead_server_is_waited_for);
    tcase_add_test(t, lost_scripts_are_loaded_again);
    tcase_add_test(t, without_a_server_nothing_hangs);
    tcase_add_test(t, names_do_not_mix);
    suite_add_tcase(s, t);
    int failed = kit_main(s);
    redis_server_free(server);
    return failed;
}
