/*
 * test_store.c: what each operation of a store means, on the embedded one.
 */
#include "support/store_kit.h"

#include "dupd/error.h"

struct fixture {
    char *dir;
    struct store *s;
    uint64_t random;
};

static struct fixture begin(void)
{
    struct fixture f = {.dir = kit_directory(), .random = 42};
    f.s = kit_open(f.dir, kit_options());
    return f;
}

static void end(struct fixture *f)
{
    store_close(f->s);
    kit_remove(f->dir);
}

static void reopen(struct fixture *f)
{
    store_close(f->s);
    f->s = kit_open(f->dir, kit_options());
}

/* b takes `shared` of a's hashes, its smallest ones. */
static void share(struct kit_article *b, const struct kit_article *a, int shared)
{
    memcpy(b->hash, a->hash, (size_t)shared * sizeof *a->hash);
    kit_finish(b, KIT_SHINGLES);
}

START_TEST(what_is_put_is_found_and_kept)
{
    struct fixture f = begin();
    struct kit_article a, b, c;
    kit_random_article(&a, "a", &f.random);
    kit_random_article(&b, "b", &f.random);
    kit_random_article(&c, "c", &f.random);
    share(&b, &a, 24);
    uint64_t na = kit_add(f.s, &a, 0), nb = kit_add(f.s, &b, na);
    ck_assert_uint_gt(nb, na);
    for (int round = 0; round < 2; round++, reopen(&f)) {
        struct store_candidates found = kit_candidates(f.s, &b, nb);
        ck_assert_uint_eq(found.count, 1);
        ck_assert_uint_eq(found.found[0].n, na);
        ck_assert_uint_ge(found.found[0].shared, 20);
        ck_assert_uint_eq(found.found[0].of, KIT_SHINGLES / 2);
        ck_assert_uint_eq(kit_candidates(f.s, &c, 0).count, 0);
        ck_assert_uint_eq(kit_candidates(f.s, &a, 0).found[0].exact, 1);
        struct store_lookup l = {.op.kind = STORE_LOOKUP, .id = DUPD_VIEW("b")};
        ck_assert_int_eq(kit_do(f.s, &l.op), 0);
        ck_assert(l.found);
        ck_assert_uint_eq(l.n, nb);
        ck_assert_uint_eq(l.content_hash.high, kit_content(&b).high);
        ck_assert_uint_eq(l.content_hash.low, kit_content(&b).low);
        ck_assert(dupd_view_equal(l.verdict, DUPD_VIEW("{\"v\":1}")));
        store_release(&l.op);
        ck_assert(!kit_lookup(f.s, "x").found);
    }
    end(&f);
}
END_TEST

START_TEST(fetch_gives_text_verdict_and_place)
{
    struct fixture f = begin();
    struct kit_article a, b;
    kit_random_article(&a, "a", &f.random);
    kit_random_article(&b, "b", &f.random);
    uint64_t na = kit_add(f.s, &a, 0), nb = kit_add(f.s, &b, na), pending = kit_put(f.s, &b);
    struct store_fetch g = {.op.kind = STORE_FETCH, .n = nb};
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(g.found);
    ck_assert(dupd_view_equal(g.record.article.text, DUPD_VIEW("words of article.")));
    ck_assert(dupd_view_equal(g.record.article.id, DUPD_VIEW("b")));
    ck_assert(dupd_view_equal(g.verdict, DUPD_VIEW("{\"v\":1}")));
    ck_assert_uint_eq(g.place.story, na);
    ck_assert_uint_eq(g.place.origin, na);
    ck_assert(g.place.copy && g.place.alive);
    ck_assert_float_eq(g.place.to_origin, 0.5F);
    g.n = pending;
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(g.found);
    ck_assert_uint_eq(g.place.story, 0);
    ck_assert_uint_eq(g.verdict.len, 0);
    g.n = 99;
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(!g.found);
    store_release(&g.op);
    reopen(&f);
    g.n = pending; /* its writer is gone: it was never acknowledged */
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(!g.found);
    ck_assert_uint_eq(kit_lookup(f.s, "b").n, nb);
    store_release(&g.op);
    end(&f);
}
END_TEST

START_TEST(a_new_version_takes_the_old_ones_place)
{
    struct fixture f = begin();
    struct kit_article a, a2, probe;
    kit_random_article(&a, "same", &f.random);
    kit_random_article(&a2, "same", &f.random);
    probe = a;
    kit_finish(&probe, KIT_SHINGLES);
    uint64_t old = kit_add(f.s, &a, 0), new = kit_put(f.s, &a2);
    ck_assert_uint_eq(kit_candidates(f.s, &probe, 0).count, 1);
    struct store_commit c = kit_commit(&a2, new, 0);
    c.replaces = old;
    ck_assert_int_eq(kit_do(f.s, &c.op), 0);
    ck_assert_uint_eq(kit_lookup(f.s, "same").n, new);
    ck_assert_uint_eq(kit_candidates(f.s, &probe, 0).count, 0);
    ck_assert_uint_eq(kit_stats(f.s).articles, 1);
    ck_assert_uint_eq(kit_stats(f.s).stories, 1);
    uint64_t before = kit_stats(f.s).index_entries;
    ck_assert_int_eq(store_flush(f.s), 0);
    ck_assert_uint_eq(kit_stats(f.s).index_entries, before - KIT_SHINGLES / 2 - 1);
    ck_assert_int_eq(kit_do(f.s, &c.op), DUPD_EINVAL); /* committed before */
    c.n = 77;
    ck_assert_int_eq(kit_do(f.s, &c.op), DUPD_ENOENT);
    ck_assert_ptr_nonnull(strstr(store_problem(f.s), "not there"));
    end(&f);
}
END_TEST

static struct store_story story_of(struct store *s, uint64_t id)
{
    struct store_story t = {.op.kind = STORE_STORY, .story = id};
    ck_assert_int_eq(kit_do(s, &t.op), 0);
    return t;
}

START_TEST(stories_count_merge_and_end)
{
    struct fixture f = begin();
    struct kit_article a[6];
    uint64_t n[6];
    const char *outlet[] = {"one", "two", "one", "three", "two", "four"};
    for (int i = 0; i < 6; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        kit_random_article(&a[i], id, &f.random);
        a[i].source = outlet[i];
        if (i < 5)
            n[i] = kit_add(f.s, &a[i], i == 0 || i == 3 ? 0 : i < 3 ? n[0] : n[3]);
    }
    struct store_story t = story_of(f.s, n[0]);
    ck_assert_uint_eq(t.members, 3);
    ck_assert_uint_eq(t.outlets, 2);
    ck_assert_uint_eq(t.member_count, 3);
    ck_assert_uint_eq(t.member[2], n[2]);
    store_release(&t.op);
    ck_assert_uint_eq(kit_stats(f.s).stories, 2);
    ck_assert_uint_eq(kit_stats(f.s).copies, 3);
    /* A late origin: both stories are one from now on, and it is the origin of all. */
    n[5] = kit_put(f.s, &a[5]);
    struct store_commit c = kit_commit(&a[5], n[5], n[0]);
    uint64_t become[] = {n[0], n[3], n[1]};
    c.copy = false;
    c.new_origin = n[5];
    c.merge_from = &n[3];
    float share = 0.5F;
    c.origin_share = 0.25F;
    c.merge_share = &share;
    c.merge_count = 1;
    c.became_copy = become;
    c.became_copy_count = 3;
    ck_assert_int_eq(kit_do(f.s, &c.op), 0);
    for (int i = 0; i < 4; i += 3) {
        t = story_of(f.s, n[i]);
        ck_assert(t.found);
        ck_assert_uint_eq(t.id, n[0]);
        ck_assert_uint_eq(t.origin, n[5]);
        ck_assert_uint_eq(t.members, 6);
        ck_assert_uint_eq(t.outlets, 4);
        store_release(&t.op);
    }
    /* What the members are of the new origin: by way of the origins that they had. */
    const float of_new[] = {0.25F, 0.125F, 0.125F, 0.5F, 0.25F, 1};
    for (int i = 0; i < 6; i++) {
        struct store_fetch m = {.op.kind = STORE_FETCH, .n = n[i]};
        ck_assert_int_eq(kit_do(f.s, &m.op), 0);
        ck_assert_float_eq(m.place.to_origin, of_new[i]);
        store_release(&m.op);
    }
    ck_assert_uint_eq(kit_stats(f.s).stories, 1);
    ck_assert_uint_eq(kit_stats(f.s).copies, 5);
    struct store_forget g = {.op.kind = STORE_FORGET, .id = DUPD_VIEW("5")};
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(g.found);
    t = story_of(f.s, n[0]);
    ck_assert_uint_eq(t.origin, n[0]);
    ck_assert_uint_eq(t.members, 5);
    ck_assert_uint_eq(t.outlets, 3);
    store_release(&t.op);
    for (int i = 0; i < 5; i++) {
        g.id = dupd_view_of(a[i].id);
        ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    }
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(!g.found);
    t = story_of(f.s, n[3]);
    ck_assert(!t.found);
    store_release(&t.op);
    struct store_stats stats = kit_stats(f.s);
    ck_assert_uint_eq(stats.stories + stats.articles + stats.copies + stats.text_bytes, 0);
    end(&f);
}
END_TEST

START_TEST(one_alert_for_each_story_and_outlet)
{
    struct fixture f = begin();
    struct kit_article a[4];
    uint64_t n[4];
    bool claimed[4];
    for (int i = 0; i < 4; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        kit_random_article(&a[i], id, &f.random);
        n[i] = kit_put(f.s, &a[i]);
        struct store_alert alert = {
            .n = n[i], .outlet = dupd_view_of(i == 2 ? "two" : "one"), .json = DUPD_VIEW("{}")};
        struct store_commit c = kit_commit(&a[i], n[i], i == 0 || i == 3 ? 0 : n[0]);
        c.alerts = &alert;
        c.alert_count = 1;
        uint64_t first = n[0];
        c.merge_from = i == 3 ? &first : NULL;
        c.merge_count = i == 3;
        ck_assert_int_eq(kit_do(f.s, &c.op), 0);
        claimed[i] = alert.claimed;
    }
    ck_assert(claimed[0] && !claimed[1] && claimed[2]);
    ck_assert(!claimed[3]); /* its outlet had one in the story that it merged */
    ck_assert_uint_eq(kit_stats(f.s).alerts, 2);
    end(&f);
}
END_TEST

START_TEST(furniture_needs_three_stories_and_is_bounded)
{
    struct fixture f = begin();
    store_close(f.s);
    struct store_options o = kit_options();
    o.furniture_paragraphs = 16;
    o.furniture_outlets = 4;
    f.s = kit_open(f.dir, o);
    struct kit_article a;
    struct store_furniture q = {.op.kind = STORE_FURNITURE, .outlet = DUPD_VIEW("paper")};
    for (uint64_t i = 0; i < 40; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", (int)i);
        kit_random_article(&a, id, &f.random);
        struct store_sighting seen[] = {
            {DUPD_VIEW("paper"), UINT64_MAX, i % 3 + 1}, /* in three stories, again and again */
            {DUPD_VIEW("paper"), 7, i / 20 + 1},         /* in two */
            {DUPD_VIEW("paper"), 100 + i, 1},            /* each in one */
            {DUPD_VIEW("paper"), 5, i + 1}};
        struct store_commit c = kit_commit(&a, kit_put(f.s, &a), 0);
        c.sightings = seen;
        c.sighting_count = 4;
        ck_assert_int_eq(kit_do(f.s, &c.op), 0);
        ck_assert_int_eq(kit_do(f.s, &q.op), 0);
        ck_assert_uint_eq(q.count, i >= 2 ? 2 : 0);
    }
    ck_assert_uint_eq(q.hash[0], 5); /* ascending, also beyond 2^63 */
    ck_assert_uint_eq(q.hash[1], UINT64_MAX);
    for (uint64_t i = 0; i < 8; i++) { /* more outlets than it may remember: the oldest goes */
        char name[16];
        snprintf(name, sizeof name, "o%d", (int)i);
        kit_random_article(&a, name, &f.random);
        struct store_sighting seen = {dupd_view_of(name), 1, 1};
        struct store_commit c = kit_commit(&a, kit_put(f.s, &a), 0);
        c.sightings = &seen;
        c.sighting_count = 1;
        ck_assert_int_eq(kit_do(f.s, &c.op), 0);
    }
    ck_assert_int_eq(kit_do(f.s, &q.op), 0);
    ck_assert_uint_eq(q.count, 0);
    store_release(&q.op);
    end(&f);
}
END_TEST

START_TEST(the_window_closes_behind_old_articles)
{
    struct fixture f = begin();
    store_close(f.s);
    struct store_options o = kit_options();
    o.window_s = 3600;
    f.s = kit_open(f.dir, o);
    struct kit_article a, b;
    kit_random_article(&a, "a", &f.random);
    kit_random_article(&b, "b", &f.random);
    b.arrived_ms = KIT_NOW + 1800 * 1000;
    uint64_t na = kit_add(f.s, &a, 0), nb, alone;
    for (int i = 0; i < 20; i++) { /* they go together with the origin, and a story of one goes */
        struct kit_article more;
        char id[16];
        snprintf(id, sizeof id, "a%d", i);
        kit_random_article(&more, id, &f.random);
        alone = kit_add(f.s, &more, i < 19 ? na : 0);
    }
    nb = kit_add(f.s, &b, na);
    struct store_fetch g = {.op.kind = STORE_FETCH, .n = na};
    f.s->vtable->set_now(f.s, KIT_NOW + 3600 * 1000);
    ck_assert_uint_eq(kit_candidates(f.s, &a, 0).count, 1);
    f.s->vtable->set_now(f.s, KIT_NOW + 3601 * 1000);
    ck_assert_uint_eq(kit_candidates(f.s, &a, 0).count, 0);
    ck_assert_uint_eq(kit_candidates(f.s, &b, 0).count, 1);
    ck_assert(!kit_lookup(f.s, "a").found);
    ck_assert(kit_lookup(f.s, "b").found);
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(g.found && !g.place.alive);
    ck_assert_int_eq(store_flush(f.s), 0); /* now it goes */
    kit_add(f.s, &(struct kit_article){.id = "x", .source = "x", .sketch = b.sketch}, 0);
    ck_assert_int_eq(store_flush(f.s), 0);
    ck_assert_int_eq(kit_do(f.s, &g.op), 0);
    ck_assert(!g.found);
    store_release(&g.op);
    struct store_story t = story_of(f.s, na);
    ck_assert_uint_eq(t.origin, nb);
    ck_assert_uint_eq(t.members, 1);
    store_release(&t.op);
    ck_assert(!story_of(f.s, alone).found);
    ck_assert_uint_eq(kit_stats(f.s).stories, 2);
    end(&f);
}
END_TEST

START_TEST(articles_and_stories_can_be_listed)
{
    struct fixture f = begin();
    struct kit_article a;
    uint64_t n[3];
    for (int i = 0; i < 3; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        kit_random_article(&a, id, &f.random);
        n[i] = kit_add(f.s, &a, i == 1 ? n[0] : 0);
    }
    struct store_list l = {.op.kind = STORE_LIST};
    int seen = 0;
    for (;; seen++, l.after = l.n) {
        ck_assert_int_eq(kit_do(f.s, &l.op), 0);
        if (!l.found)
            break;
        ck_assert_uint_eq(l.n, n[seen]);
        ck_assert_uint_eq(l.id.len, 1);
        ck_assert(dupd_view_equal(l.collection, DUPD_VIEW("default")));
    }
    ck_assert_int_eq(seen, 3);
    store_release(&l.op);
    struct store_story t = {.op.kind = STORE_STORY};
    ck_assert_int_eq(kit_do(f.s, &t.op), 0);
    ck_assert_uint_eq(t.id, n[0]);
    t.after = t.id;
    ck_assert_int_eq(kit_do(f.s, &t.op), 0);
    ck_assert_uint_eq(t.id, n[2]);
    t.after = t.id;
    ck_assert_int_eq(kit_do(f.s, &t.op), 0);
    ck_assert(!t.found);
    store_release(&t.op);
    end(&f);
}
END_TEST

static bool has_json(const struct store_told *t, const char *part)
{
    return memmem(t->json.ptr, t->json.len, part, strlen(part)) != NULL;
}

/* What is to be told stays until it is said to be told, also over a reopening; rows are never used
 * twice, so that whoever tells them knows which he has told. */
START_TEST(the_outbox_keeps_what_is_to_be_told)
{
    char *dir = kit_directory();
    struct store_options o = kit_options();
    struct kit_article a, b, c;
    uint64_t random = 77;
    o.outbox = true;
    struct store *s = kit_open(dir, o);
    kit_random_article(&a, "a", &random);
    kit_random_article(&b, "b", &random);
    kit_random_article(&c, "c", &random);
    uint64_t na = kit_add(s, &a, 0), nb = kit_put(s, &b);
    struct store_alert alert = {.n = nb,
                                .id = DUPD_VIEW("b"),
                                .outlet = DUPD_VIEW("b.example"),
                                .json = DUPD_VIEW("{\"alert\":1}")};
    struct store_commit commit = kit_commit(&b, nb, na);
    commit.alerts = &alert;
    commit.alert_count = 1;
    commit.origin = DUPD_VIEW("{\"id\":\"a\"}");
    commit.at = DUPD_VIEW("2023-11-14T22:13:20.000Z");
    ck_assert_int_eq(kit_do(s, &commit.op), 0);
    store_close(s);

    s = kit_open(dir, o);
    struct store_outbox box = {.op.kind = STORE_OUTBOX};
    ck_assert_int_eq(kit_do(s, &box.op), 0);
    ck_assert_uint_eq(box.count, 3);
    ck_assert_uint_eq(strlen(box.store), 32);
    ck_assert_int_eq(box.told[0].kind, STORE_TOLD_STORY);
    ck_assert(has_json(&box.told[0], "\"event\":\"new\""));
    ck_assert(
        has_json(&box.told[1], "\"event\":\"joined\",\"origin\":{\"id\":\"a\"},\"members\":2"));
    ck_assert_int_eq(box.told[2].kind, STORE_TOLD_ALERT);
    ck_assert(dupd_view_equal(box.told[2].json, alert.json));
    uint64_t last = box.told[2].row;
    box.done = box.after = last;
    ck_assert_int_eq(kit_do(s, &box.op), 0);
    ck_assert_uint_eq(box.count, 0);
    store_release(&box.op);
    store_close(s);

    s = kit_open(dir, o);
    kit_add(s, &c, 0);
    box = (struct store_outbox){.op.kind = STORE_OUTBOX};
    ck_assert_int_eq(kit_do(s, &box.op), 0);
    ck_assert_uint_eq(box.count, 1);
    ck_assert_uint_gt(box.told[0].row, last);
    store_release(&box.op);
    store_close(s);
    kit_remove(dir);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("store");
    TCase *t = tcase_create("operations");
    tcase_add_test(t, what_is_put_is_found_and_kept);
    tcase_add_test(t, fetch_gives_text_verdict_and_place);
    tcase_add_test(t, a_new_version_takes_the_old_ones_place);
    tcase_add_test(t, stories_count_merge_and_end);
    tcase_add_test(t, one_alert_for_each_story_and_outlet);
    tcase_add_test(t, furniture_needs_three_stories_and_is_bounded);
    tcase_add_test(t, the_window_closes_behind_old_articles);
    tcase_add_test(t, articles_and_stories_can_be_listed);
    tcase_add_test(t, the_outbox_keeps_what_is_to_be_told);
    suite_add_tcase(s, t);
    return kit_main(s);
}
