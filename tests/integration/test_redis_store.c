/*
 * test_redis_store.c: what the Redis store promises beyond what all stores do, on a real server:
 * commits that answer queue entries once, stale ones, parameters, generations, hot shingles as the
 * posting table has them, the memory limit, forgetting, expiry, a server that dies, lost scripts.
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

/* ---- the queue's entries ---- */

/* Puts an entry into the queue and reads it for a consumer, so that it is pending. */
static void deliver(char id[64])
{
    redisReply *r = redis_server_run(server, "XADD dupd:articles * id x body y");
    snprintf(id, 64, "%s", r->str);
    freeReplyObject(r);
    freeReplyObject(redis_server_run(server, "XGROUP CREATE dupd:articles dupd 0"));
    redis_server_do(server, "XREADGROUP GROUP dupd me COUNT 10 STREAMS dupd:articles >");
}

START_TEST(an_entry_is_answered_once)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 5;
    char entry[64];
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    deliver(entry);
    struct store_commit c = kit_commit(&a, kit_put(s, &a), 0);
    c.entry = dupd_view_of(entry);
    ck_assert_int_eq(kit_do(s, &c.op), 0);
    ck_assert_int_eq(run("XLEN %s", "dupd:verdicts"), 1);
    ck_assert_int_eq(run("XLEN %s", "dupd:articles"), 0);
    ck_assert_int_eq(run("XLEN %s", "dupd:stories"), 1);
    ck_assert_int_eq(run("EXISTS %s", "dupd:verdict:default:a"), 1);

    /* the same article again: what was committed before is the answer */
    ck_assert_int_eq(kit_do(s, &c.op), DUPD_EINVAL);
    ck_assert_int_eq((int)c.committed.len, (int)c.verdict.len);
    store_release(&c.op);

    /* another article cannot answer the entry either, and leaves nothing */
    struct store_commit d = kit_commit(&b, kit_put(s, &b), 0);
    d.entry = dupd_view_of(entry);
    ck_assert_int_eq(kit_do(s, &d.op), DUPD_EGONE);
    ck_assert_int_eq(run("XLEN %s", "dupd:verdicts"), 1);
    ck_assert_int_eq(run("EXISTS %s", "dupd:verdict:default:b"), 0);
    struct store_answer again = {.op.kind = STORE_ANSWER,
                                 .entry = dupd_view_of(entry),
                                 .id = DUPD_VIEW("a"),
                                 .verdict = DUPD_VIEW("{}")};
    ck_assert_int_eq(kit_do(s, &again.op), DUPD_EGONE);
    deliver(entry);
    ck_assert_int_eq(kit_do(s, &again.op), 0);
    ck_assert_int_eq(run("XLEN %s", "dupd:verdicts"), 2);
    ck_assert_int_eq(run("XLEN %s", "dupd:articles"), 0);
    store_close(s);
}
END_TEST

START_TEST(entries_are_kept_where_others_read_them)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    how.names.keep_entries = true;
    struct store *s = kit_open_redis(&how);
    struct kit_article a;
    uint64_t random = 6;
    char entry[64];
    kit_random_article(&a, "a", &random);
    deliver(entry);
    struct store_commit c = kit_commit(&a, kit_put(s, &a), 0);
    c.entry = dupd_view_of(entry);
    ck_assert_int_eq(kit_do(s, &c.op), 0);
    ck_assert_int_eq(run("XLEN %s", "dupd:articles"), 1);
    redisReply *pending = redis_server_run(server, "XPENDING dupd:articles dupd");
    ck_assert_int_eq(pending->element[0]->integer, 0);
    freeReplyObject(pending);
    store_close(s);
}
END_TEST

/* A server at its memory limit takes no article, but it can still answer: or the queue would never
 * get shorter. */
START_TEST(commits_go_on_at_the_memory_limit)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 7;
    char entry[64];
    int rc;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    deliver(entry);
    uint64_t n = kit_put(s, &a);
    redis_server_do(server, "CONFIG SET maxmemory 1");
    kit_try_put(s, &b, &rc);
    ck_assert_int_eq(rc, DUPD_EAGAIN);
    struct store_commit c = kit_commit(&a, n, 0);
    ck_assert_int_eq(kit_do(s, &c.op), DUPD_EAGAIN); /* not from a queue: nothing to be lost */
    c.entry = dupd_view_of(entry);
    ck_assert_int_eq(kit_do(s, &c.op), 0);
    redis_server_do(server, "CONFIG SET maxmemory 0");
    ck_assert_int_eq(run("XLEN %s", "dupd:verdicts"), 1);
    ck_assert_int_eq(run("XLEN %s", "dupd:articles"), 0);
    kit_put(s, &b);
    store_close(s);
}
END_TEST

/* ---- stale commits ---- */

START_TEST(a_commit_on_what_has_changed_is_stale)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b, c;
    uint64_t random = 8;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    kit_random_article(&c, "c", &random);
    uint64_t na = kit_add(s, &a, 0), nb = kit_put(s, &b), nc = kit_put(s, &c);

    /* c was decided on b when that stood alone; then b joined a's story */
    struct store_seen seen = {.n = nb, .story = nb, .origin = nb};
    struct store_commit of_c = kit_commit(&c, nc, nb);
    of_c.seen = &seen;
    of_c.seen_count = 1;
    struct store_commit of_b = kit_commit(&b, nb, na);
    ck_assert_int_eq(kit_do(s, &of_b.op), 0);
    ck_assert_int_eq(kit_do(s, &of_c.op), DUPD_ESTALE);
    ck_assert_uint_eq(of_c.changed_count, 1);
    ck_assert_uint_eq(of_c.changed[0], nb);
    struct store_fetch f = {.op.kind = STORE_FETCH, .n = nb};
    ck_assert_int_eq(kit_do(s, &f.op), 0);
    ck_assert_uint_eq(f.place.story, na);
    ck_assert_uint_eq(f.place.origin, na);
    store_release(&f.op);

    seen = (struct store_seen){.n = nb, .story = na, .origin = na};
    ck_assert_int_eq(kit_do(s, &of_c.op), 0);
    struct store_story story = {.op.kind = STORE_STORY, .story = nc};
    ck_assert_int_eq(kit_do(s, &story.op), 0);
    ck_assert_uint_eq(story.id, na);
    ck_assert_uint_eq(story.members, 3);
    ck_assert_uint_eq(story.member_count, 3);
    store_release(&story.op);
    store_close(s);
}
END_TEST

/* a, which is earlier, was decided with b in view, and b without a: b is told. */
START_TEST(who_was_met_is_told)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 9;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    uint64_t na = kit_put(s, &a), nb = kit_put(s, &b);
    struct store_seen seen = {.n = nb, .story = nb, .origin = nb};
    struct store_commit of_a = kit_commit(&a, na, nb);
    of_a.copy = false;
    of_a.new_origin = na;
    of_a.seen = &seen;
    of_a.seen_count = 1;
    of_a.later = &nb;
    of_a.later_count = 1;
    ck_assert_int_eq(kit_do(s, &of_a.op), 0);
    struct store_commit of_b = kit_commit(&b, nb, 0);
    ck_assert_int_eq(kit_do(s, &of_b.op), DUPD_ESTALE);
    ck_assert_uint_eq(of_b.changed_count, 1);
    ck_assert_uint_eq(of_b.changed[0], na);
    struct store_seen known = {.n = na, .story = nb, .origin = na};
    of_b.seen = &known;
    of_b.seen_count = 1;
    of_b.new_origin = 0;
    of_b.copy = true;
    ck_assert_int_eq(kit_do(s, &of_b.op), 0);
    struct store_story story = {.op.kind = STORE_STORY, .story = na};
    ck_assert_int_eq(kit_do(s, &story.op), 0);
    ck_assert_uint_eq(story.id, nb);
    ck_assert_uint_eq(story.origin, na);
    ck_assert_uint_eq(story.member_count, 2);
    store_release(&story.op);
    ck_assert_int_eq(run("EXISTS %s", "dupd:late:2"), 0);
    store_close(s);
}
END_TEST

/* ---- parameters ---- */

START_TEST(other_parameters_are_refused)
{
    flush_all();
    char problem[512];
    struct store *s, *other;
    struct store_redis how = kit_redis(server, "dupd");
    s = kit_open_redis(&how);
    how.options.owners_max = 13;
    ck_assert_int_eq(kit_try_redis(&other, &how, problem), DUPD_EPARAM);
    ck_assert_msg(strstr(problem, "owners-max = 12") != NULL, "%s", problem);
    store_close(other);
    how.options.owners_max = 12;
    how.options.window_s = 3600;
    ck_assert_int_eq(kit_try_redis(&other, &how, problem), DUPD_EPARAM);
    ck_assert_msg(strstr(problem, "window = 2592000") != NULL, "%s", problem);
    store_close(other);
    how.options.read_only = true; /* who only reads may look at less */
    other = kit_open_redis(&how);
    store_close(other);
    redis_server_do(server, "HSET dupd:meta format 9");
    ck_assert_int_eq(kit_try_redis(&other, &how, problem), DUPD_EPARAM);
    ck_assert_msg(strstr(problem, "format = 9") != NULL, "%s", problem);
    store_close(other);
    redis_server_do(server, "HSET dupd:meta format 1 generations nonsense");
    ck_assert_int_eq(kit_try_redis(&other, &how, problem), DUPD_EPARAM);
    store_close(other);
    redis_server_do(server, "DEL dupd:meta");
    redis_server_do(server, "SET dupd:meta text");
    ck_assert_int_ne(kit_try_redis(&other, &how, problem), 0);
    store_close(other);
    store_close(s);
}
END_TEST

START_TEST(a_reader_of_nothing_finds_nothing)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct kit_article a;
    uint64_t random = 10;
    kit_random_article(&a, "a", &random);
    how.options.read_only = true;
    struct store *s = kit_open_redis(&how);
    ck_assert_uint_eq(kit_stats(s).articles, 0);
    ck_assert_uint_eq(kit_candidates(s, &a, 0).count, 0);
    ck_assert(!kit_lookup(s, "a").found);
    int rc;
    kit_try_put(s, &a, &rc);
    ck_assert_int_eq(rc, DUPD_EREADONLY);
    ck_assert_int_eq(run("DBSIZE", NULL), 0); /* and leaves nothing */
    store_close(s);
}
END_TEST

/* ---- the index ---- */

/* An article that shares `shared` of the pool's first hashes with all others of its kind. */
static void make_common(struct kit_article *a, unsigned number, unsigned shared, uint64_t *random)
{
    char id[32];
    snprintf(id, sizeof id, "x%u", number);
    kit_random_article(a, id, random);
    uint64_t pool = 424242;
    for (unsigned i = 0; i < KIT_SHINGLES; i++) {
        uint64_t hash = kit_random(&pool) >> 4;
        if (i % (KIT_SHINGLES / shared) == 0)
            a->hash[i] = hash;
    }
    kit_finish(a, KIT_SHINGLES);
}

static struct store_candidates ask_as_job(struct store *s, const struct kit_article *a, uint64_t n)
{
    struct store_candidates c = {.op.kind = STORE_CANDIDATES,
                                 .postings = kit_postings(a),
                                 .self = n,
                                 .posted = true,
                                 .min_shared = 2};
    ck_assert_msg(kit_do(s, &c.op) == 0, "candidates: %s", store_problem(s));
    return c;
}

/* Forty articles that share most shingles: the same candidates as with the posting table, to the
 * last count, whoever of two workers puts them, also when shingles are full. */
START_TEST(hot_shingles_are_as_in_the_posting_table)
{
    flush_all();
    char *dir = kit_directory();
    struct store_options options = kit_options();
    struct store_redis how = kit_redis(server, "dupd");
    options.owners_max = how.options.owners_max = _i ? 12 : 4;
    how.shards = 64;
    struct store *table = kit_open(dir, options);
    struct store *worker[2] = {kit_open_redis(&how), kit_open_redis(&how)};
    uint64_t random = 11, hot = 0;
    for (unsigned i = 0; i < 40; i++) {
        struct kit_article a;
        make_common(&a, i, 32, &random);
        struct store *s = worker[i % 2];
        uint64_t n = kit_put(s, &a), number = kit_put(table, &a);
        struct store_candidates got = ask_as_job(s, &a, n);
        struct store_candidates want = kit_candidates(table, &a, number);
        ck_assert_uint_eq(got.count, want.count);
        ck_assert_uint_eq(got.hot, want.hot);
        for (uint32_t k = 0; k < got.count; k++) {
            ck_assert_uint_eq(got.found[k].shared, want.found[k].shared);
            ck_assert_uint_eq(got.found[k].of, want.found[k].of);
            ck_assert_uint_eq(got.found[k].exact, want.found[k].exact);
        }
        hot += got.hot;
        struct store_commit c = kit_commit(&a, n, 0), d = kit_commit(&a, number, 0);
        ck_assert_int_eq(kit_do(s, &c.op), 0);
        ck_assert_int_eq(kit_do(table, &d.op), 0);
    }
    ck_assert_uint_gt(hot, 100);
    for (unsigned i = 0; i < 2; i++)
        store_close(worker[i]);
    store_close(table);
    kit_remove(dir);
}
END_TEST

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
    struct store_candidates c = ask_as_job(s, &b, nb);
    ck_assert_uint_eq(c.count, 1);
    ck_assert_uint_eq(c.found[0].n, na);
    ck_assert_uint_eq(c.found[0].shared, c.found[0].of);
    redisReply *keys = redis_server_run(server, "KEYS dupd:b:2:*");
    ck_assert_uint_gt(keys->elements, 0);
    freeReplyObject(keys);
    store_close(s);
}
END_TEST

START_TEST(a_crowded_generation_is_followed_by_a_larger_one)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    how.shards = 16; /* planned for 768 postings */
    struct store *s = kit_open_redis(&how);
    uint64_t random = 13, end = uv_hrtime() + UINT64_C(60000000000);
    struct kit_article a;
    for (unsigned i = 0; i < 40; i++) {
        char id[32];
        snprintf(id, sizeof id, "x%u", i);
        kit_random_article(&a, id, &random);
        kit_add(s, &a, 0);
    }
    for (;;) { /* the workers are told within a second or two */
        redisReply *g = redis_server_run(server, "HGET dupd:meta generations");
        bool announced = strstr(g->str, ":128") != NULL;
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

START_TEST(near_the_memory_limit_nothing_more_is_indexed)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct kit_article a, b;
    uint64_t random = 14;
    int rc;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    how.memory_max = 1;
    struct store *s = kit_open_redis(&how);
    uint64_t n = kit_try_put(s, &a, &rc);
    ck_assert_int_eq(rc, 0);
    struct store_commit c = kit_commit(&a, n, 0);
    ck_assert_int_eq(kit_do(s, &c.op), 0);
    ck_assert_uint_eq(kit_candidates(s, &a, 0).count, 0);
    ck_assert_uint_gt(kit_stats(s).postings_refused, 40);
    ck_assert_int_eq(run("EXISTS %s", "dupd:verdict:default:a"), 1);
    ck_assert_int_eq(run("EXISTS %s", "dupd:a:1"), 0);
    store_close(s);
}
END_TEST

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
    uint64_t second = kit_add(s, &b, 0);
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
    ck_assert_int_eq(kit_do(s, _i ? &of_c.op : &of_d.op), 0);
    ck_assert_int_eq(kit_do(s, _i ? &of_d.op : &of_c.op), 0);
    ck_assert_uint_eq(kit_lookup(s, "c").n, nd);
    ck_assert_uint_eq(kit_stats(s).articles, 2);
    ck_assert_uint_eq(kit_stats(s).stories, 2);
    store_close(s);
}
END_TEST

/* Everything that grows with articles goes by itself. */
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
        bool stays = false;
        for (size_t k = 0; k < sizeof permanent / sizeof permanent[0]; k++)
            stays |= strcmp(key, permanent[k]) == 0;
        ck_assert_msg(stays || run("TTL %s", key) > 0, "%s never expires", key);
    }
    freeReplyObject(keys);
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
        ck_assert_int_eq(kit_do(s, &c.op), 0);
    }
    struct store_furniture f = {.op.kind = STORE_FURNITURE, .outlet = DUPD_VIEW("o2.example")};
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
    Suite *s = suite_create("redis_store");
    TCase *t = tcase_create("redis_store");
    server = redis_server_start(NULL, 0);
    tcase_set_timeout(t, 240);
    tcase_add_test(t, an_entry_is_answered_once);
    tcase_add_test(t, entries_are_kept_where_others_read_them);
    tcase_add_test(t, commits_go_on_at_the_memory_limit);
    tcase_add_test(t, a_commit_on_what_has_changed_is_stale);
    tcase_add_test(t, who_was_met_is_told);
    tcase_add_test(t, other_parameters_are_refused);
    tcase_add_test(t, a_reader_of_nothing_finds_nothing);
    tcase_add_loop_test(t, hot_shingles_are_as_in_the_posting_table, 0, 2);
    tcase_add_test(t, generations_are_read_while_they_matter);
    tcase_add_test(t, a_crowded_generation_is_followed_by_a_larger_one);
    tcase_add_test(t, near_the_memory_limit_nothing_more_is_indexed);
    tcase_add_test(t, forgotten_articles_are_gone);
    tcase_add_loop_test(t, a_new_version_takes_the_old_ones_place, 0, 2);
    tcase_add_test(t, keys_of_articles_expire);
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
