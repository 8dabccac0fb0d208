/*
 * test_redis_store.c: what the Redis store promises beyond what all stores do, on a real server:
 * commits that answer queue entries once, stale ones, parameters, hot shingles as the
 * posting table has them, the memory limit.
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

/* A user without channels, which Redis 7 makes by default: the alert is in its stream all the same,
 * and above all the verdict. */
START_TEST(a_missing_right_to_publish_loses_nothing)
{
    flush_all();
    redis_server_do(server, "ACL SETUSER poor on >secret resetchannels ~* +@all");
    struct store_redis how = kit_redis(server, "dupd");
    snprintf(how.url.user, sizeof how.url.user, "poor");
    snprintf(how.url.password, sizeof how.url.password, "secret");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b;
    uint64_t random = 23;
    char entry[64];
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    uint64_t na = kit_add(s, &a, 0), nb = kit_put(s, &b);
    struct store_alert alert = {
        .n = nb, .id = DUPD_VIEW("b"), .outlet = DUPD_VIEW("b.example"), .json = DUPD_VIEW("{}")};
    deliver(entry);
    struct store_commit c = kit_commit(&b, nb, na);
    c.entry = dupd_view_of(entry);
    c.alerts = &alert;
    c.alert_count = 1;
    ck_assert_int_eq(kit_do(s, &c.op), 0);
    ck_assert(alert.claimed);
    ck_assert_int_eq(run("XLEN %s", "dupd:verdicts"), 1);
    ck_assert_int_eq(run("XLEN %s", "dupd:alerts"), 1);
    ck_assert_int_eq(run("XLEN %s", "dupd:articles"), 0);
    store_close(s);
    redis_server_do(server, "ACL DELUSER poor");
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

/* Others joined the story that b would begin, and that of the earlier a was merged into it: when b
 * is decided, and is a copy, the origin is a. */
START_TEST(a_copy_is_not_the_origin_of_its_own_story)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b, c;
    uint64_t random = 10;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    kit_random_article(&c, "c", &random);
    uint64_t na = kit_put(s, &a), nb = kit_put(s, &b), nc = kit_put(s, &c);
    struct store_commit of_a = kit_commit(&a, na, 0);
    ck_assert_int_eq(kit_do(s, &of_a.op), 0);
    struct store_commit of_c = kit_commit(&c, nc, nb);
    of_c.copy = true;
    of_c.merge_from = &na;
    of_c.merge_count = 1;
    ck_assert_int_eq(kit_do(s, &of_c.op), 0);
    struct store_commit of_b = kit_commit(&b, nb, nb);
    struct store_seen seen = {.n = na, .story = nb, .origin = nb};
    of_b.copy = true;
    of_b.seen = &seen;
    of_b.seen_count = 1;
    ck_assert_int_eq(kit_do(s, &of_b.op), 0);
    struct store_story story = {.op.kind = STORE_STORY, .story = nc};
    ck_assert_int_eq(kit_do(s, &story.op), 0);
    ck_assert_uint_eq(story.id, nb);
    ck_assert_uint_eq(story.member_count, 3);
    ck_assert_uint_eq(story.origin, na);
    store_release(&story.op);
    redisReply *told = redis_server_run(server, "XREVRANGE dupd:stories + - COUNT 1");
    ck_assert_uint_eq(told->elements, 1);
    ck_assert_ptr_nonnull(
        strstr(told->element[0]->element[1]->element[3]->str, "\"event\":\"origin_moved\""));
    freeReplyObject(told);
    store_close(s);
}
END_TEST

static void forget(struct store *s, const char *id)
{
    struct store_forget op = {.op.kind = STORE_FORGET, .id = dupd_view_of(id)};
    ck_assert_int_eq(kit_do(s, &op.op), 0);
    store_release(&op.op);
}

/* Counters, not a walk: whoever of a story goes, the others are a story still. */
START_TEST(stories_are_counted_when_members_go)
{
    flush_all();
    struct store_redis how = kit_redis(server, "dupd");
    struct store *s = kit_open_redis(&how);
    struct kit_article a, b, c;
    uint64_t random = 12;
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    kit_random_article(&c, "c", &random);
    uint64_t na = kit_add(s, &a, 0);
    kit_add(s, &b, na);
    ck_assert_uint_eq(kit_stats(s).stories, 1);
    kit_add(s, &c, 0);
    ck_assert_uint_eq(kit_stats(s).stories, 2);
    forget(s, "a"); /* who began it */
    ck_assert_uint_eq(kit_stats(s).articles, 2);
    ck_assert_uint_eq(kit_stats(s).stories, 2);
    forget(s, "c");
    ck_assert_uint_eq(kit_stats(s).stories, 1);
    forget(s, "b");
    ck_assert_uint_eq(kit_stats(s).articles, 0);
    ck_assert_uint_eq(kit_stats(s).stories, 0);
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
    ck_assert_msg(strstr(problem, "index format 9") != NULL, "%s", problem);
    ck_assert_msg(strstr(problem, "--prefix") != NULL, "%s", problem);
    store_close(other);
    redis_server_do(server, "HSET dupd:meta format 2 generations nonsense");
    ck_assert_int_eq(kit_try_redis(&other, &how, problem), DUPD_EPARAM);
    ck_assert_msg(strstr(problem, "holds what no dupd wrote") != NULL, "%s", problem);
    store_close(other);
    redis_server_do(server, "DEL dupd:meta");
    redis_server_do(server, "SET dupd:meta text");
    ck_assert_int_ne(kit_try_redis(&other, &how, problem), 0);
    store_close(other);
    store_close(s);
}
END_TEST

START_TEST(a_stream_of_another_type_is_refused)
{
    flush_all();
    char problem[512];
    struct store *s;
    struct store_redis how = kit_redis(server, "dupd");
    redis_server_do(server, "SET dupd:stories text");
    ck_assert_int_eq(kit_try_redis(&s, &how, problem), DUPD_EPARAM);
    ck_assert_msg(strstr(problem, "dupd:stories is a string") != NULL, "%s", problem);
    store_close(s);
    redis_server_do(server, "DEL dupd:stories");
    store_close(kit_open_redis(&how));
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

/* Forty articles that share most shingles: the same candidates as with the posting table, to the
 * last count, whoever of two workers puts them, also when shingles are full. */
START_TEST(hot_shingles_are_as_in_the_posting_table)
{
    flush_all();
    char *dir = kit_directory();
    struct store_options options = kit_options();
    struct store_redis how = kit_redis(server, "dupd");
    options.owners_max = how.options.owners_max = _i % 2 ? 12 : 4;
    if (_i < 2) /* and with as many as a real store has, where entries are short */
        how.shards = 64;
    struct store *table = kit_open(dir, options);
    struct store *worker[2] = {kit_open_redis(&how), kit_open_redis(&how)};
    uint64_t random = 11, hot = 0;
    for (unsigned i = 0; i < 40; i++) {
        struct kit_article a;
        make_common(&a, i, 32, &random);
        struct store *s = worker[i % 2];
        uint64_t n = kit_put(s, &a), number = kit_put(table, &a);
        struct store_candidates got = kit_ask_as_job(s, &a, n);
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

/* The format, byte for byte: 65,536 shards or more say the tag's upper half by their number. */
START_TEST(an_entry_is_the_end_of_a_tag_and_a_number)
{
    static const struct {
        unsigned shards, shard;
        const char *tail; /* of the tag 89abcdef */
        size_t len;
    } cases[] = {{65536, 0x89ab, "\xcd\xef", 2},
                 {100000, 53777, "\xcd\xef", 2}, /* 0x89abcdef * 100000 / 2^32 */
                 {65535, 35243, "\x89\xab\xcd\xef", 4},
                 {64, 34, "\x89\xab\xcd\xef", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flush_all();
        struct store_redis how = kit_redis(server, "dupd");
        how.shards = cases[i].shards;
        struct store *s = kit_open_redis(&how);
        struct kit_article a;
        uint64_t random = 3;
        kit_random_article(&a, "a", &random);
        a.hash[0] = UINT64_C(0x0123456789abcdef);
        kit_finish(&a, KIT_SHINGLES);
        uint64_t n = kit_put(s, &a);
        unsigned char want[8];
        memcpy(want, cases[i].tail, cases[i].len);
        for (unsigned k = 0; k < 4; k++)
            want[cases[i].len + k] = (unsigned char)(n >> (24 - 8 * k));
        redisReply *r = redis_server_run(server, "GET dupd:i:1:%u", cases[i].shard);
        ck_assert_int_eq(r->type, REDIS_REPLY_STRING);
        bool is_there = false;
        for (size_t at = 0; at + cases[i].len + 4 <= r->len; at += cases[i].len + 4)
            is_there = is_there || memcmp(r->str + at, want, cases[i].len + 4) == 0;
        ck_assert(is_there);
        ck_assert_uint_eq(r->len % (cases[i].len + 4), 0);
        freeReplyObject(r);
        store_close(s);
    }
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
    ck_assert_uint_eq(kit_stats(s).store_max_bytes, 1);
    ck_assert_int_eq(run("EXISTS %s", "dupd:verdict:default:a"), 1);
    ck_assert_int_eq(run("EXISTS %s", "dupd:a:1"), 0);
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
    tcase_add_test(t, a_missing_right_to_publish_loses_nothing);
    tcase_add_test(t, a_commit_on_what_has_changed_is_stale);
    tcase_add_test(t, who_was_met_is_told);
    tcase_add_test(t, a_copy_is_not_the_origin_of_its_own_story);
    tcase_add_test(t, other_parameters_are_refused);
    tcase_add_test(t, a_stream_of_another_type_is_refused);
    tcase_add_test(t, a_reader_of_nothing_finds_nothing);
    tcase_add_loop_test(t, hot_shingles_are_as_in_the_posting_table, 0, 4);
    tcase_add_test(t, an_entry_is_the_end_of_a_tag_and_a_number);
    tcase_add_test(t, stories_are_counted_when_members_go);
    tcase_add_test(t, near_the_memory_limit_nothing_more_is_indexed);
    suite_add_tcase(s, t);
    int failed = kit_main(s);
    redis_server_free(server);
    return failed;
}
