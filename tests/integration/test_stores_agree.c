/*
 * test_stores_agree.c: the same articles into the model store, the embedded one and Redis give the
 * same verdicts, byte by byte, the same stories and the same copies; also when the store is closed
 * and opened in between. A planted fault shows that a difference would be seen.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dupd/error.h"
#include "store/redis_store.h"
#include "support/model_store.h"
#include "support/outcome.h"
#include "support/prose.h"
#include "support/redis_server.h"
#include "support/world.h"

static char directory[] = "/tmp/dupd-agree-XXXXXX";

static struct store_options options(void)
{
    struct store_options o;
    store_options_default(&o);
    o.create = true;
    return o;
}

static struct store *embedded(unsigned number)
{
    char where[128], problem[512];
    struct store_options o = options();
    struct store *s;
    snprintf(where, sizeof where, "file:%s/%u", directory, number);
    ck_assert_msg(store_open(&s, where, &o, INT64_C(1700000000000), problem) == 0, "%s", problem);
    return s;
}

static struct redis_server *server;

/* The Redis store whose prefix has this number. */
static struct store *in_redis(unsigned number)
{
    char prefix[32], problem[512];
    struct store_redis how;
    struct store *s;
    store_redis_default(&how);
    snprintf(prefix, sizeof prefix, "agree%u", number);
    how.names.prefix = prefix;
    ck_assert_int_eq(redis_url_parse(&how.url, server->url, problem), 0);
    ck_assert_msg(redis_store_open(&s, &how, 0, problem) == 0, "%s", problem);
    ck_assert_msg(redis_store_wait(s, 20000, problem) == 0, "%s", problem);
    return s;
}

/* The two real ones. */
static struct store *(*const real_store[])(unsigned) = {embedded, in_redis};

static struct store *model(void)
{
    struct store_options o = options();
    return model_store_new(&o, 0);
}

/* What a store made of a world. */
struct tale {
    struct dupd_buf verdicts, outcome;
    uint32_t refused;
};

static void close_tale(struct tale *t)
{
    dupd_buf_close(&t->verdicts);
    dupd_buf_close(&t->outcome);
}

/* Adds articles of a world in an order that depends on `seed`. */
static void tell(struct newsroom *room, const struct world *w, uint64_t seed, unsigned first,
                 unsigned end, struct tale *out)
{
    room->options.stable_output = true;
    for (unsigned i = first; i < end; i++) {
        unsigned step = seed % 2 ? 7 : 1;
        const struct judgement *j = newsroom_add(room, w->copy[(i * step + seed) % WORLD]);
        ck_assert_int_eq(j->status, 0);
        ck_assert_int_eq(dupd_buf_add_view(&out->verdicts, dupd_buf_view(&j->json)), 0);
        ck_assert_int_eq(dupd_buf_addf(&out->verdicts, " %u\n", j->alerts), 0);
        out->refused += j->refused;
    }
}

static void expect_equal(const struct dupd_buf *x, const struct dupd_buf *y)
{
    size_t i = 0;
    while (i < x->len && i < y->len && x->ptr[i] == y->ptr[i])
        i++;
    size_t from = i < 300 ? 0 : i - 300;
    ck_assert_msg(i == x->len && i == y->len, "differ at %zu:\n%.*s\nmodel:\n%.*s", i,
                  (int)(x->len - from < 600 ? x->len - from : 600), x->ptr + from,
                  (int)(y->len - from < 600 ? y->len - from : 600), y->ptr + from);
}

static void expect_same_tale(const struct tale *got, const struct tale *want)
{
    expect_equal(&got->outcome, &want->outcome);
    if (got->refused == 0)
        expect_equal(&got->verdicts, &want->verdicts);
}

static void tell_model(const struct world *w, uint64_t seed, double min_estimate, struct tale *out)
{
    struct newsroom room;
    newsroom_open(&room, model());
    room.options.min_estimate = min_estimate;
    tell(&room, w, seed, 0, WORLD, out);
    outcome_write(room.store, &out->outcome);
    newsroom_close(&room);
}

START_TEST(same_articles_same_verdicts_and_stories)
{
    struct world w;
    struct newsroom room;
    struct tale got = {0}, want = {0};
    uint64_t seed = (uint64_t)_i / 2;
    world_build(&w, seed);
    newsroom_open(&room, real_store[_i % 2]((unsigned)_i));
    tell(&room, &w, seed, 0, WORLD, &got);
    outcome_write(room.store, &got.outcome);
    newsroom_close(&room);
    tell_model(&w, seed, 0.1, &want);
    expect_same_tale(&got, &want);
    close_tale(&got);
    close_tale(&want);
    world_close(&w);
}
END_TEST

START_TEST(also_when_closed_in_between)
{
    struct world w;
    struct newsroom room;
    struct tale got = {0}, want = {0};
    world_build(&w, 3);
    for (unsigned part = 0; part < WORLD; part += 5) {
        newsroom_open(&room, real_store[_i](1000));
        room.now_ms += part * 100; /* arrivals are in order */
        tell(&room, &w, 3, part, part + 5, &got);
        if (part + 5 == WORLD)
            outcome_write(room.store, &got.outcome);
        ck_assert_int_eq(store_flush(room.store), 0);
        newsroom_close(&room);
    }
    tell_model(&w, 3, 0.1, &want);
    if (_i == 0) /* numbers, by which stories are called, are taken in blocks in Redis */
        expect_same_tale(&got, &want);
    expect_equal(&got.outcome, &want.outcome);
    close_tale(&got);
    close_tale(&want);
    world_close(&w);
}
END_TEST

static void note(struct store_op *op)
{
    *(bool *)op->data = true;
}

/* Puts an article and never commits it, as a writer does that is killed. */
static void leave_behind(struct newsroom *room, const struct copy *c)
{
    struct analysis a;
    struct dupd_article in = {.id = dupd_view_of(c->id),
                              .source = dupd_view_of(c->source),
                              .text = dupd_view_of(c->text)};
    struct dupd_buf encoded = {0};
    bool done = false;
    ck_assert(dupd_time_parse(dupd_view_of(c->published), &in.published));
    analysis_init(&a);
    ck_assert_int_eq(analysis_make(&a, &in, room->agencies, &room->options, true), 0);
    struct dupd_record r = {.article = a.article,
                            .arrived_ms = room->now_ms,
                            .effective_ms = dupd_effective_ms(in.published, room->now_ms, -1),
                            .content_hash = a.tokens.content_hash,
                            .words = a.words,
                            .text_encoding = a.text_encoding,
                            .text_len = (uint32_t)a.article.text.len,
                            .packed_text = dupd_buf_view(&a.packed_text)};
    ck_assert_int_eq(dupd_record_encode(&r, &encoded), 0);
    struct store_put put = {.op = {.kind = STORE_PUT, .done = note, .data = &done},
                            .collection = a.article.collection,
                            .id = a.article.id,
                            .content_hash = r.content_hash,
                            .record = dupd_buf_view(&encoded),
                            .postings = {&a.sketch, a.exact, a.exact_count},
                            .arrived_ms = r.arrived_ms};
    store_submit(room->store, &put.op);
    while (!done)
        store_run(room->store);
    ck_assert_int_eq(put.op.status, 0);
    store_release(&put.op);
    dupd_buf_close(&encoded);
    analysis_close(&a);
    room->now_ms++;
}

/* n00 is put twice without a commit; n01, its copy, is added; then n00 is delivered again. */
static void tell_of_a_kill(struct newsroom *room, const struct world *w, struct tale *out)
{
    leave_behind(room, &w->copy[0]);
    leave_behind(room, &w->copy[0]);
    tell(room, w, 0, 1, 2, out);
    tell(room, w, 0, 0, 1, out);
    tell(room, w, 0, 2, 4, out);
    outcome_write(room->store, &out->outcome);
}

START_TEST(also_after_a_kill)
{
    struct world w;
    struct newsroom real, oracle;
    struct tale got = {0}, want = {0};
    world_build(&w, 5);
    newsroom_open(&real, real_store[_i](2000));
    newsroom_open(&oracle, model());
    tell_of_a_kill(&real, &w, &got);
    tell_of_a_kill(&oracle, &w, &want);
    if (_i == 0) /* in Redis an attempt that is repeated keeps its number */
        expect_same_tale(&got, &want);
    expect_equal(&got.outcome, &want.outcome);
    newsroom_close(&real);
    newsroom_close(&oracle);
    ck_assert_str_eq(prose_text(&got.outcome), "n00 n00 n00 -\nn01 n00 n00 copy\n"
                                               "n02 n00 n00 copy\nn03 n00 n00 copy\n");
    close_tale(&got);
    close_tale(&want);
    world_close(&w);
}
END_TEST

/* n15 stands alone, until the text of n00 is put under its id, with a date before both. */
static void tell_of_a_stub(struct newsroom *room, const struct world *w, struct tale *out)
{
    struct world stubbed = *w;
    tell(room, w, 0, 15, 16, out);
    tell(room, w, 0, 0, 1, out);
    stubbed.copy[15].text = w->copy[0].text;
    stubbed.copy[15].published = "2020-01-01T00:00:00Z";
    tell(room, &stubbed, 0, 15, 16, out);
    outcome_write(room->store, &out->outcome);
}

START_TEST(also_under_the_id_of_a_stub)
{
    struct world w;
    struct newsroom real, oracle;
    struct tale got = {0}, want = {0};
    world_build(&w, 6);
    newsroom_open(&real, real_store[_i](3000));
    newsroom_open(&oracle, model());
    tell_of_a_stub(&real, &w, &got);
    tell_of_a_stub(&oracle, &w, &want);
    expect_same_tale(&got, &want);
    newsroom_close(&real);
    newsroom_close(&oracle);
    ck_assert_str_eq(prose_text(&got.outcome), "n00 n00 n00 -\nn15 n00 n00 copy\n");
    close_tale(&got);
    close_tale(&want);
    world_close(&w);
}
END_TEST

START_TEST(a_planted_difference_is_seen)
{
    struct world w;
    struct tale x = {0}, y = {0};
    world_build(&w, 1);
    tell_model(&w, 1, 0.1, &x);
    tell_model(&w, 1, 0.9, &y); /* as if half of the candidates were lost */
    ck_assert(!dupd_view_equal(dupd_buf_view(&x.outcome), dupd_buf_view(&y.outcome)));
    close_tale(&x);
    close_tale(&y);
    world_close(&w);
}
END_TEST

static void remove_directory(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (system(command))
        perror(directory);
}

int main(void)
{
    if (!mkdtemp(directory))
        return EXIT_FAILURE;
    server = redis_server_start(NULL, 0);
    Suite *s = suite_create("stores_agree");
    TCase *t = tcase_create("stores_agree");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, same_articles_same_verdicts_and_stories, 0, 16);
    tcase_add_loop_test(t, also_when_closed_in_between, 0, 2);
    tcase_add_loop_test(t, also_after_a_kill, 0, 2);
    tcase_add_loop_test(t, also_under_the_id_of_a_stub, 0, 2);
    tcase_add_test(t, a_planted_difference_is_seen);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    redis_server_free(server);
    remove_directory();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
