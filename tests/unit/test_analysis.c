/*
 * test_analysis.c: what follows from an article alone: ids, outlets, limits, repairs, postings; the
 * same on many threads as on one.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "engine/engine.h"
#include "engine/pipeline.h"
#include "support/prose.h"
#include "support/world.h"

struct desk {
    struct analysis a;
    struct dupd_agencies *agencies;
    struct engine_options options;
};

static void open_desk(struct desk *d)
{
    unsigned line;
    *d = (struct desk){0};
    analysis_init(&d->a);
    engine_options_default(&d->options);
    ck_assert_int_eq(dupd_agencies_new(&d->agencies, (struct dupd_view){0}, &line), 0);
}

static void close_desk(struct desk *d)
{
    analysis_close(&d->a);
    dupd_agencies_free(d->agencies);
}

static int make(struct desk *d, struct dupd_article in)
{
    return analysis_make(&d->a, &in, d->agencies, &d->options, true);
}

static void expect(struct dupd_view got, const char *want)
{
    ck_assert_msg(dupd_view_equal(got, dupd_view_of(want)), "%.*s, wanted %s", (int)got.len,
                  got.ptr, want);
}

START_TEST(id_as_given_or_from_the_url_or_the_content)
{
    struct desk d;
    open_desk(&d);
    struct dupd_article in = {.id = {"\xff\0x", 3},
                              .url = DUPD_VIEW("https://www.one.example/a"),
                              .text = DUPD_VIEW("One two three.")};
    ck_assert_int_eq(make(&d, in), 0);
    ck_assert(dupd_view_equal(d.a.article.id, in.id));
    expect(d.a.article.collection, "default");
    expect(d.a.article.source, "one.example");
    in.id.len = 0;
    ck_assert_int_eq(make(&d, in), 0);
    expect(d.a.article.id, "https://www.one.example/a");
    ck_assert(!d.a.id_from_content);
    in.url =
        DUPD_VIEW("\xef\xbb\xbfhttps://www.one.example/a"); /* a file's first line had a mark */
    ck_assert_int_eq(make(&d, in), 0);
    expect(d.a.article.id, "https://www.one.example/a");

    char url[600] = "https://one.example/";
    memset(url + 20, 'x', 579);
    in.url = (struct dupd_view){url, 599};
    ck_assert_int_eq(make(&d, in), 0);
    ck_assert_uint_eq(d.a.article.id.len, 4 + 32);
    ck_assert_int_eq(memcmp(d.a.article.id.ptr, "url:", 4), 0);
    expect(d.a.article.source, "one.example");

    in.url.len = 0;
    ck_assert_int_eq(make(&d, in), 0);
    ck_assert(d.a.id_from_content);
    ck_assert_int_eq(memcmp(d.a.article.id.ptr, "content:", 8), 0);
    char first[64];
    snprintf(first, sizeof first, "%.*s", (int)d.a.article.id.len, d.a.article.id.ptr);
    in.text = DUPD_VIEW("ONE, two -- three!");
    ck_assert_int_eq(make(&d, in), 0);
    expect(d.a.article.id, first);
    ck_assert_uint_eq(d.a.article.source.len, 0);
    close_desk(&d);
}
END_TEST

START_TEST(outlets_through_the_alias_table)
{
    static const struct outlet_alias alias[] = {
        {{"edition.one.example", 19}, {"one.example", 11}},
        {{"two.example", 11}, {"The Second", 10}},
    };
    struct desk d;
    open_desk(&d);
    d.options.alias = alias;
    d.options.alias_count = 2;
    struct dupd_article in = {.source = DUPD_VIEW("edition.one.example"),
                              .text = DUPD_VIEW("A b.")};
    ck_assert_int_eq(make(&d, in), 0);
    expect(d.a.article.source, "one.example");
    in.source.len = 0;
    in.url = DUPD_VIEW("http://two.example/x");
    ck_assert_int_eq(make(&d, in), 0);
    expect(d.a.article.source, "The Second");
    in.url = DUPD_VIEW("http://three.example/x");
    ck_assert_int_eq(make(&d, in), 0);
    expect(d.a.article.source, "three.example");
    close_desk(&d);
}
END_TEST

START_TEST(limits_and_emptiness)
{
    static char big[DUPD_RECORD_FIELD_MAX + 1];
    struct desk d;
    open_desk(&d);
    memset(big, 'x', sizeof big);
    struct dupd_article in = {.text = DUPD_VIEW(" ... \n\n -- ")};
    ck_assert_int_eq(make(&d, in), DUPD_EEMPTY);
    in.text.len = 0;
    ck_assert_int_eq(make(&d, in), DUPD_EEMPTY);
    in.text = DUPD_VIEW("word");
    in.id = (struct dupd_view){big, DUPD_ID_MAX};
    ck_assert_int_eq(make(&d, in), 0);
    in.id.len++;
    ck_assert_int_eq(make(&d, in), DUPD_ETOOBIG);
    in.id.len = 0;
    in.collection = (struct dupd_view){big, DUPD_COLLECTION_MAX + 1};
    ck_assert_int_eq(make(&d, in), DUPD_ETOOBIG);
    in.collection.len = 0;
    in.title = (struct dupd_view){big, DUPD_RECORD_FIELD_MAX};
    ck_assert_int_eq(make(&d, in), 0);
    in.title.len++;
    ck_assert_int_eq(make(&d, in), DUPD_ETOOBIG);
    big[0] = '\xff'; /* as long as the limit, but one byte becomes three */
    in.title.len--;
    ck_assert_int_eq(make(&d, in), DUPD_ETOOBIG);
    in.title.len = 0;
    d.options.max_text = 3;
    ck_assert_int_eq(make(&d, in), DUPD_ETOOBIG);
    d.options.max_text = 4;
    ck_assert_int_eq(make(&d, in), 0);
    close_desk(&d);
}
END_TEST

START_TEST(broken_bytes_are_repaired_and_counted)
{
    struct desk d;
    open_desk(&d);
    struct dupd_article in = {.title = DUPD_VIEW("br\xffken"), .text = DUPD_VIEW("a\0b \xc3( c")};
    ck_assert_int_eq(make(&d, in), 0);
    ck_assert_int_eq(d.a.replaced_bytes, 3);
    expect(d.a.article.title, "br\xef\xbf\xbdken");
    expect(d.a.article.text, "a\xef\xbf\xbd"
                             "b \xef\xbf\xbd( c");
    in.title.len = in.text.len = 1;
    ck_assert_int_eq(make(&d, in), 0);
    ck_assert_int_eq(d.a.replaced_bytes, 0);
    close_desk(&d);
}
END_TEST

static unsigned shared_postings(const struct analysis *x, const struct analysis *y)
{
    unsigned shared = 0;
    for (uint32_t i = 0; i < x->exact_count; i++)
        for (uint32_t k = 0; k < y->exact_count; k++)
            shared += x->exact[i] == y->exact[k];
    return shared;
}

START_TEST(exact_postings_meet_where_they_should)
{
    struct desk x, y;
    struct dupd_buf text = {0};
    open_desk(&x);
    open_desk(&y);
    prose_add(&text, 1, 63);
    struct dupd_article in = {.text = dupd_buf_view(&text)};
    ck_assert_int_eq(make(&x, in), 0);
    ck_assert_uint_eq(x.a.exact_count, 5);
    ck_assert(!x.a.short_text);
    ck_assert_int_eq(make(&y, in), 0);
    ck_assert_uint_eq(shared_postings(&x.a, &y.a), 5);
    in.collection = DUPD_VIEW("other");
    ck_assert_int_eq(make(&y, in), 0);
    ck_assert_uint_eq(shared_postings(&x.a, &y.a), 0);
    ck_assert_uint_eq(x.a.simhash, y.a.simhash);
    prose_add(&text, 2, 1);
    in = (struct dupd_article){.text = dupd_buf_view(&text)};
    ck_assert_int_eq(make(&y, in), 0);
    ck_assert_uint_eq(y.a.exact_count, 1); /* 64 words: content alone */
    dupd_buf_close(&text);
    close_desk(&x);
    close_desk(&y);
}
END_TEST

START_TEST(memory_of_a_long_article_is_given_back)
{
    struct desk d;
    struct dupd_buf text = {0};
    open_desk(&d);
    prose_add(&text, 1, 20000);
    struct dupd_article in = {.text = dupd_buf_view(&text)};
    ck_assert_int_eq(make(&d, in), 0);
    analysis_shrink(&d.a, 64 << 20);
    ck_assert_ptr_nonnull(d.a.memory.ptr);
    analysis_shrink(&d.a, 1 << 16);
    ck_assert_ptr_null(d.a.memory.ptr);
    ck_assert_ptr_null(d.a.tokens.token);
    ck_assert_int_eq(make(&d, in), 0); /* and may be used again */
    dupd_buf_close(&text);
    close_desk(&d);
}
END_TEST

/* ---- on many threads ---- */

struct mill {
    struct desk desk;
    struct world world;
    unsigned given;
    struct dupd_buf told;
};

struct grain {
    unsigned index;
    struct analysis a;
    int status;
};

static int give(void *user, void *slot, size_t *bytes)
{
    struct mill *m = user;
    ((struct grain *)slot)->index = m->given % WORLD;
    *bytes = 1;
    return m->given++ < 10 * WORLD;
}

static void grind(void *user, void *slot, unsigned worker)
{
    (void)worker;
    struct mill *m = user;
    struct grain *g = slot;
    const struct copy *c = &m->world.copy[g->index];
    struct dupd_article in = {.source = dupd_view_of(c->source), .text = dupd_view_of(c->text)};
    g->status = analysis_make(&g->a, &in, m->desk.agencies, &m->desk.options, true);
}

static int tell(void *user, void *slot)
{
    struct mill *m = user;
    const struct grain *g = slot;
    ck_assert_int_eq(g->status, 0);
    return dupd_buf_addf(&m->told, "%.*s %llx %u %zu\n", (int)g->a.article.id.len,
                         g->a.article.id.ptr, (unsigned long long)g->a.simhash, g->a.words,
                         g->a.packed_text.len);
}

static void clear(void *user, void *slot)
{
    (void)user;
    analysis_close(&((struct grain *)slot)->a);
}

static void run_mill(struct mill *m, unsigned threads)
{
    struct pipeline p = {.threads = threads,
                         .slots = 8,
                         .slot_size = sizeof(struct grain),
                         .next = give,
                         .work = grind,
                         .consume = tell,
                         .close_slot = clear,
                         .user = m};
    *m = (struct mill){0};
    open_desk(&m->desk);
    world_build(&m->world, 1);
    ck_assert_int_eq(pipeline_run(&p), 0);
    world_close(&m->world);
    close_desk(&m->desk);
}

START_TEST(threads_do_not_meet)
{
    struct mill one, many;
    run_mill(&one, 0);
    run_mill(&many, 4);
    ck_assert_uint_gt(one.told.len, 10000);
    ck_assert(dupd_view_equal(dupd_buf_view(&one.told), dupd_buf_view(&many.told)));
    dupd_buf_close(&one.told);
    dupd_buf_close(&many.told);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("analysis");
    TCase *t = tcase_create("analysis");
    tcase_add_test(t, id_as_given_or_from_the_url_or_the_content);
    tcase_add_test(t, outlets_through_the_alias_table);
    tcase_add_test(t, limits_and_emptiness);
    tcase_add_test(t, broken_bytes_are_repaired_and_counted);
    tcase_add_test(t, exact_postings_meet_where_they_should);
    tcase_add_test(t, memory_of_a_long_article_is_given_back);
    tcase_add_test(t, threads_do_not_meet);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
