/*
 * store_kit.h: for tests of stores: scratch directories, made-up articles, and operations that run
 * at once. A made-up article is a list of shingle hashes; its record holds a few words.
 */
#ifndef SUPPORT_STORE_KIT_H
#define SUPPORT_STORE_KIT_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"

#define KIT_NOW INT64_C(1700000000000) /* the tests' clock, milliseconds */

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t kit_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* A new empty directory, removed with kit_remove. */
static inline char *kit_directory(void)
{
    const char *base = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/dupd-test-XXXXXX", base ? base : "/tmp") < 0 || !mkdtemp(path))
        abort();
    return path;
}

static inline int kit_unlink(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static inline void kit_remove(char *path)
{
    nftw(path, kit_unlink, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

static inline struct store_options kit_options(void)
{
    struct store_options o;
    store_options_default(&o);
    o.create = true;
    o.lock_wait_s = 0;
    o.window_s = 0;
    return o;
}

static inline struct store *kit_open(const char *dir, struct store_options o)
{
    struct store *s = NULL;
    char problem[512];
    int rc = store_open(&s, dir, &o, KIT_NOW, problem);
    ck_assert_msg(rc == 0, "store_open: %d %s", rc, problem);
    return s;
}

static inline struct store *kit_open_reader(const char *dir)
{
    struct store_options o = kit_options();
    o.create = false;
    o.read_only = true;
    return kit_open(dir, o);
}

static inline void kit_done(struct store_op *op)
{
    *(bool *)op->data = true;
}

static inline int kit_do(struct store *s, struct store_op *op)
{
    bool done = false;
    op->done = kit_done;
    op->data = &done;
    store_submit(s, op);
    for (unsigned idle = 0; !done;) /* a store in Redis may turn its loop for nothing */
        if (store_run(s) == 0 && !done && ++idle > 100000)
            abort();
    return op->status;
}

#define KIT_SHINGLES 96

/* One block of sorted distinct hashes, k = half of them. */
struct kit_article {
    char id[32];
    const char *source;
    uint64_t hash[KIT_SHINGLES];
    struct dupd_sketch_block block;
    struct dupd_sketch sketch;
    uint64_t exact[2];
    uint32_t exact_count;
    int64_t arrived_ms;
};

static inline int kit_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Call after the hashes are filled in, and after every copy of the struct. */
static inline void kit_finish(struct kit_article *a, uint32_t count)
{
    qsort(a->hash, count, sizeof *a->hash, kit_compare);
    a->block = (struct dupd_sketch_block){
        .first = 0, .shingles = 800, .k = KIT_SHINGLES / 2, .count = (uint16_t)count};
    a->sketch = (struct dupd_sketch){
        .hash = a->hash, .block = &a->block, .hash_count = count, .block_count = 1};
    if (a->arrived_ms == 0)
        a->arrived_ms = KIT_NOW;
    if (!a->source)
        a->source = "outlet.example";
}

static inline void kit_random_article(struct kit_article *a, const char *id, uint64_t *random)
{
    *a = (struct kit_article){.exact_count = 1};
    snprintf(a->id, sizeof a->id, "%s", id);
    for (int i = 0; i < KIT_SHINGLES; i++)
        a->hash[i] = kit_random(random) >> 4;
    a->exact[0] = kit_random(random);
    kit_finish(a, KIT_SHINGLES);
}

static inline struct store_postings kit_postings(const struct kit_article *a)
{
    return (struct store_postings){&a->sketch, a->exact, a->exact_count};
}

static inline struct dupd_hash128 kit_content(const struct kit_article *a)
{
    return (struct dupd_hash128){a->hash[0], a->exact[0]};
}

/* Puts it; the number, or 0 and *rc. */
static inline uint64_t kit_try_put(struct store *s, const struct kit_article *a, int *rc)
{
    struct dupd_buf record = {0};
    struct dupd_record r = {.article = {.id = dupd_view_of(a->id),
                                        .source = dupd_view_of(a->source),
                                        .title = DUPD_VIEW("A title")},
                            .arrived_ms = a->arrived_ms,
                            .effective_ms = a->arrived_ms,
                            .content_hash = kit_content(a),
                            .words = 3,
                            .text_len = 17,
                            .packed_text = DUPD_VIEW("words of article.")};
    ck_assert_int_eq(dupd_record_encode(&r, &record), 0);
    struct store_put put = {.op.kind = STORE_PUT,
                            .id = dupd_view_of(a->id),
                            .content_hash = r.content_hash,
                            .record = dupd_buf_view(&record),
                            .postings = kit_postings(a),
                            .arrived_ms = a->arrived_ms};
    *rc = kit_do(s, &put.op);
    dupd_buf_close(&record);
    store_release(&put.op);
    return put.n;
}

static inline uint64_t kit_put(struct store *s, const struct kit_article *a)
{
    int rc;
    uint64_t n = kit_try_put(s, a, &rc);
    ck_assert_msg(rc == 0, "put: %d %s", rc, store_problem(s));
    return n;
}

/* A commit of n into a story (0: its own), with nothing else. */
static inline struct store_commit kit_commit(const struct kit_article *a, uint64_t n,
                                             uint64_t story)
{
    return (struct store_commit){.op.kind = STORE_COMMIT,
                                 .n = n,
                                 .id = dupd_view_of(a->id),
                                 .verdict = DUPD_VIEW("{\"v\":1}"),
                                 .story = story ? story : n,
                                 .new_origin = story ? 0 : n,
                                 .to_origin = story ? 0.5F : 1,
                                 .copy = story != 0};
}

static inline uint64_t kit_add(struct store *s, const struct kit_article *a, uint64_t story)
{
    uint64_t n = kit_put(s, a);
    struct store_commit c = kit_commit(a, n, story);
    ck_assert_msg(kit_do(s, &c.op) == 0, "commit: %s", store_problem(s));
    return n;
}

static inline struct store_candidates kit_candidates(struct store *s, const struct kit_article *a,
                                                     uint64_t self)
{
    struct store_candidates c = {
        .op.kind = STORE_CANDIDATES, .postings = kit_postings(a), .self = self, .min_shared = 2};
    ck_assert_msg(kit_do(s, &c.op) == 0, "candidates: %s", store_problem(s));
    return c;
}

static inline struct store_lookup kit_lookup(struct store *s, const char *id)
{
    struct store_lookup l = {.op.kind = STORE_LOOKUP, .id = dupd_view_of(id)};
    ck_assert_msg(kit_do(s, &l.op) == 0, "lookup: %s", store_problem(s));
    store_release(&l.op);
    return l;
}

static inline struct store_stats kit_stats(struct store *s)
{
    struct store_stats t = {.op.kind = STORE_STATS};
    ck_assert_msg(kit_do(s, &t.op) == 0, "stats: %s", store_problem(s));
    return t;
}

static inline int kit_main(Suite *s)
{
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
