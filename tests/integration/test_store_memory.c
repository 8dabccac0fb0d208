/*
 * test_store_memory.c: memory that runs out at any allocation of ours ends in DUPD_ENOMEM, leaks
 * nothing, and leaves a store that works. (SQLite's own allocations: SQLITE_NOMEM has the same way
 * out, and is met with a hard limit on its heap.)
 */
#include <sqlite3.h>

#include "dupd/error.h"
#include "support/fault.h"
#include "support/store_kit.h"

struct scene {
    char *dir;
    struct store *s;
    struct kit_article a;
    struct store_op *op;
    struct store_options options;
};

static int open_and_close(void *data)
{
    struct scene *x = data;
    struct store *s = NULL;
    char problem[512];
    int rc = store_open(&s, x->dir, &x->options, KIT_NOW, problem);
    if (!rc)
        store_close(s);
    return rc;
}

START_TEST(opening)
{
    struct scene x = {.dir = kit_directory(), .options = kit_options()};
    uint64_t random = 4;
    struct store *s = kit_open(x.dir, x.options);
    kit_random_article(&x.a, "a", &random);
    kit_add(s, &x.a, 0);
    store_close(s);
    ck_assert_uint_gt(fault_each(open_and_close, &x, DUPD_ENOMEM), 0);
    x.options.create = false;
    x.options.read_only = true;
    ck_assert_uint_gt(fault_each(open_and_close, &x, DUPD_ENOMEM), 0);
    kit_remove(x.dir);
}
END_TEST

static int repeat(void *data)
{
    struct scene *x = data;
    store_release(x->op);
    return kit_do(x->s, x->op);
}

START_TEST(reading)
{
    struct scene x = {.dir = kit_directory()};
    uint64_t random = 4;
    x.s = kit_open(x.dir, kit_options());
    kit_random_article(&x.a, "a", &random);
    kit_add(x.s, &x.a, 0);
    struct store_sighting seen[] = {
        {DUPD_VIEW("o"), 5, 1}, {DUPD_VIEW("o"), 5, 2}, {DUPD_VIEW("o"), 5, 3}};
    struct kit_article b;
    kit_random_article(&b, "b", &random);
    struct store_commit c = kit_commit(&b, kit_put(x.s, &b), 1);
    c.sightings = seen;
    c.sighting_count = 3;
    ck_assert_int_eq(kit_do(x.s, &c.op), 0);
    store_close(x.s);
    x.s = kit_open(x.dir, kit_options()); /* with no memory kept from before */
    struct store_lookup lookup = {.op.kind = STORE_LOOKUP, .id = DUPD_VIEW("a")};
    struct store_fetch fetch = {.op.kind = STORE_FETCH, .n = 1};
    struct store_story story = {.op.kind = STORE_STORY, .story = 1};
    struct store_list list = {.op.kind = STORE_LIST};
    struct store_furniture furniture = {.op.kind = STORE_FURNITURE, .outlet = DUPD_VIEW("o")};
    struct store_op *ops[] = {&lookup.op, &fetch.op, &story.op, &list.op, &furniture.op};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        x.op = ops[i];
        ck_assert_uint_gt(fault_each(repeat, &x, DUPD_ENOMEM), 0);
        store_release(x.op);
    }
    ck_assert_uint_eq(furniture.count, 1);
    struct store_candidates ask = {
        .op.kind = STORE_CANDIDATES, .postings = kit_postings(&x.a), .min_shared = 2};
    for (int n = 1; n <= 3; n++) { /* its memory is kept: each fails once */
        fault_arm(1);
        int rc = kit_do(x.s, &ask.op);
        bool fired;
        fault_disarm(&fired);
        ck_assert_int_eq(rc, fired ? DUPD_ENOMEM : 0);
        fault_arm((unsigned long)n);
        kit_do(x.s, &ask.op);
        fault_disarm(NULL);
    }
    ck_assert_int_eq(kit_do(x.s, &ask.op), 0);
    ck_assert_uint_eq(ask.count, 1);
    store_close(x.s);
    kit_remove(x.dir);
}
END_TEST

START_TEST(writing)
{
    struct scene x = {.dir = kit_directory()};
    uint64_t random = 4, kept = 0;
    for (unsigned long nth = 1; nth < 12; nth++) {
        x.s = kit_open(x.dir, kit_options());
        struct store_stats before = kit_stats(x.s);
        char id[32];
        snprintf(id, sizeof id, "%lu", nth);
        kit_random_article(&x.a, id, &random);
        struct dupd_buf record = {0};
        struct dupd_record r = {.article = {.id = dupd_view_of(id)}, .arrived_ms = KIT_NOW};
        ck_assert_int_eq(dupd_record_encode(&r, &record), 0);
        struct store_put put = {.op.kind = STORE_PUT,
                                .id = dupd_view_of(id),
                                .record = dupd_buf_view(&record),
                                .postings = kit_postings(&x.a),
                                .arrived_ms = KIT_NOW};
        bool fired;
        fault_arm(nth);
        int rc = kit_do(x.s, &put.op);
        fault_disarm(&fired);
        ck_assert_int_eq(rc, fired ? DUPD_ENOMEM : 0);
        if (fired)
            ck_assert_int_eq(kit_do(x.s, &put.op), 0);
        struct store_sighting seen = {DUPD_VIEW("o"), nth, nth};
        struct store_commit c = kit_commit(&x.a, put.n, 0);
        c.sightings = &seen;
        c.sighting_count = 1;
        fault_arm(nth);
        rc = kit_do(x.s, &c.op);
        fault_disarm(&fired);
        ck_assert_int_eq(rc, fired ? DUPD_ENOMEM : 0);
        ck_assert_uint_eq(kit_stats(x.s).articles, before.articles + (rc == 0));
        kept += rc == 0;
        ck_assert_int_eq(store_flush(x.s), 0);
        dupd_buf_close(&record);
        store_close(x.s);
    }
    x.s = kit_open(x.dir, kit_options());
    ck_assert_uint_eq(kit_stats(x.s).articles, kept); /* what was not committed left nothing */
    ck_assert_uint_eq(kit_stats(x.s).index_entries, kept * (KIT_SHINGLES / 2 + 1));
    store_close(x.s);
    kit_remove(x.dir);
}
END_TEST

START_TEST(sqlite_without_memory)
{
    struct scene x = {.dir = kit_directory()};
    uint64_t random = 4;
    x.s = kit_open(x.dir, kit_options());
    kit_random_article(&x.a, "a", &random);
    kit_add(x.s, &x.a, 0);
    ck_assert_int_eq(store_flush(x.s), 0);
    int failed = 0;
    for (sqlite3_int64 spare = 0; spare < 400000; spare += 20000) {
        sqlite3_hard_heap_limit64(sqlite3_memory_used() + spare + 1);
        char id[32];
        snprintf(id, sizeof id, "b%d", (int)spare);
        struct kit_article b;
        kit_random_article(&b, id, &random);
        int rc;
        uint64_t n = kit_try_put(x.s, &b, &rc);
        struct store_commit c = kit_commit(&b, n, 0);
        if (!rc)
            rc = kit_do(x.s, &c.op);
        int flushed = store_flush(x.s);
        sqlite3_hard_heap_limit64(0);
        ck_assert(rc == 0 || rc == DUPD_ENOMEM);
        ck_assert(flushed == 0 || flushed == DUPD_ENOMEM);
        failed += rc != 0 || flushed != 0;
        ck_assert(kit_lookup(x.s, id).found == (rc == 0 && flushed == 0));
        ck_assert(kit_lookup(x.s, "a").found);
    }
    ck_assert_int_gt(failed, 0);
    store_close(x.s);
    kit_remove(x.dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store_memory");
    TCase *t = tcase_create("memory");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, opening);
    tcase_add_test(t, reading);
    tcase_add_test(t, writing);
    tcase_add_test(t, sqlite_without_memory);
    suite_add_tcase(s, t);
    return kit_main(s);
}
