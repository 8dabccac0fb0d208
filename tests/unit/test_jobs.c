/*
 * test_jobs.c: jobs that fail, jobs that overlap, arrivals in any order, memory that runs out. The
 * store is the model, which fails, shuffles and counts on demand.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "support/fault.h"
#include "support/model_store.h"
#include "support/newsroom.h"
#include "support/outcome.h"
#include "support/prose.h"
#include "support/world.h"

static struct store *model(void)
{
    struct store_options options = {
        .window_s = 30 * 86400, .owners_max = 12, .furniture_stories = 3};
    return model_store_new(&options, 0);
}

static struct copy article(const char *id, const char *source, struct dupd_buf *text)
{
    return (struct copy){.id = id, .source = source, .text = prose_text(text)};
}

/* ---- failures ---- */

static const enum store_op_kind fatal[] = {STORE_LOOKUP, STORE_PUT,        STORE_FURNITURE,
                                           STORE_FETCH,  STORE_CANDIDATES, STORE_COMMIT};

START_TEST(a_failed_operation_ends_its_job_only)
{
    struct newsroom room;
    struct dupd_buf text = {0};
    newsroom_open(&room, model());
    prose_add(&text, 1, 200);
    ck_assert_int_eq(newsroom_add(&room, article("a", "one.example", &text))->status, 0);
    model_store_fail(room.store, fatal[_i], 1, DUPD_EIO);
    const struct judgement *j = newsroom_add(&room, article("b", "two.example", &text));
    ck_assert_int_eq(j->status, DUPD_EIO);
    ck_assert_uint_eq(j->alerts, 0);
    /* tried again, it is judged as if nothing had been */
    j = newsroom_add(&room, article("b", "two.example", &text));
    ck_assert_int_eq(j->status, 0);
    ck_assert_int_eq(j->verdict, DUPD_IDENTICAL);
    ck_assert(!j->replay);
    ck_assert_uint_eq(j->alerts, 1);
    ck_assert_uint_eq(j->match_count, 1); /* not what the failed attempt left */
    newsroom_close(&room);
    dupd_buf_close(&text);
}
END_TEST

START_TEST(a_damaged_record_is_passed_over)
{
    struct newsroom room;
    struct dupd_buf text = {0};
    newsroom_open(&room, model());
    prose_add(&text, 1, 200);
    newsroom_add(&room, article("a", "one.example", &text));
    model_store_fail(room.store, STORE_FETCH, 1, DUPD_ECORRUPT);
    const struct judgement *j = newsroom_add(&room, article("b", "two.example", &text));
    ck_assert_int_eq(j->status, 0);
    ck_assert_int_eq(j->verdict, DUPD_UNIQUE);
    ck_assert_uint_eq(j->unreadable, 1); /* and it is not passed off as nothing */
    newsroom_close(&room);
    dupd_buf_close(&text);
}
END_TEST

START_TEST(what_a_killed_writer_left_is_a_match_without_a_story)
{
    struct newsroom room;
    struct dupd_buf text = {0};
    newsroom_open(&room, model());
    prose_add(&text, 1, 200);
    model_store_fail(room.store, STORE_COMMIT, 1, DUPD_EIO);
    struct copy a = article("a", "one.example", &text);
    a.published = "2023-05-01";
    const struct judgement *left = newsroom_add(&room, a);
    ck_assert_int_eq(left->status, DUPD_EIO);
    ck_assert(!model_store_is_committed(room.store, left->n));
    const struct judgement *b = newsroom_add(&room, article("b", "two.example", &text));
    ck_assert_int_eq(b->verdict, DUPD_IDENTICAL);
    ck_assert_uint_eq(b->story, b->n);
    /* delivered again: earlier than its copy, whose story it takes */
    const struct judgement *again = newsroom_add(&room, a);
    ck_assert_int_eq(again->verdict, DUPD_UNIQUE);
    ck_assert_uint_eq(again->story, b->story);
    ck_assert_uint_eq(again->alerts, 0); /* b had its alert */
    struct dupd_buf got = {0};
    outcome_write(room.store, &got);
    ck_assert_str_eq(prose_text(&got), "a a a -\nb a a copy\n");
    dupd_buf_close(&got);
    newsroom_close(&room);
    dupd_buf_close(&text);
}
END_TEST

/* ---- a small world: three events, their copies, mergers and updates ---- */

static void shuffle(unsigned order[WORLD], uint64_t seed)
{
    for (unsigned i = 0; i < WORLD; i++)
        order[i] = i;
    for (unsigned i = WORLD; seed && i > 1; i--) {
        unsigned k = (unsigned)(prose_random(&seed) % i), x = order[k];
        order[k] = order[i - 1];
        order[i - 1] = x;
    }
}

/* Adds the world in an order drawn from `arrival`; one by one, or all at once with the store
 * shuffled by `interleaving`. */
static void add_world(struct world *w, uint64_t arrival, uint64_t interleaving,
                      struct dupd_buf *out)
{
    struct newsroom room;
    unsigned order[WORLD];
    const struct judgement *j[WORLD];
    newsroom_open(&room, model());
    room.options.candidates_verified = 6;
    shuffle(order, arrival);
    model_store_shuffle(room.store, interleaving);
    for (unsigned i = 0; i < WORLD; i++) {
        if (interleaving)
            newsroom_submit(&room, w->copy[order[i]], &j[i]);
        else
            j[i] = newsroom_add(&room, w->copy[order[i]]);
    }
    newsroom_run(&room);
    for (unsigned i = 0; i < WORLD; i++) {
        ck_assert_ptr_nonnull(j[i]);
        ck_assert_int_eq(j[i]->status, 0);
    }
    model_store_shuffle(room.store, 0);
    outcome_write(room.store, out);
    newsroom_close(&room);
}

/* An update that arrives before the article that it updates, but after a copy of that, is taken for
 * a copy, and a verdict given stays: whether updates are copies depends on the order. */
static void forget_updates(struct dupd_buf *outcome)
{
    struct dupd_buf kept = {0};
    for (const char *line = prose_text(outcome); *line;) {
        const char *end = strchr(line, '\n') + 1;
        bool is_update = line[2] == '4' || line[2] == '9'; /* "n04 story origin copy" */
        ck_assert_int_eq(dupd_buf_add(&kept, line, is_update ? 11 : (size_t)(end - line)), 0);
        if (is_update)
            ck_assert_int_eq(dupd_buf_add_char(&kept, '\n'), 0);
        line = end;
    }
    dupd_buf_close(outcome);
    *outcome = kept;
}

START_TEST(the_world_in_order)
{
    struct world w;
    struct dupd_buf got = {0};
    world_build(&w, 1);
    add_world(&w, 0, 0, &got);
    ck_assert_str_eq(prose_text(&got),
                     "n00 n00 n00 -\nn01 n00 n00 copy\nn02 n00 n00 copy\nn03 n00 n00 copy\n"
                     "n04 n00 n00 -\nn05 n05 n05 -\nn06 n05 n05 copy\nn07 n05 n05 copy\n"
                     "n08 n05 n05 copy\nn09 n05 n05 -\nn10 n10 n10 -\nn11 n10 n10 copy\n"
                     "n12 n10 n10 copy\nn13 n10 n10 copy\nn14 n10 n10 -\nn15 n15 n15 -\n"
                     "n16 n16 n16 -\nn17 n17 n17 -\nn18 n18 n18 -\nn19 n19 n19 -\n");
    dupd_buf_close(&got);
    world_close(&w);
}
END_TEST

static void expect_same_world(uint64_t arrival, uint64_t interleaving)
{
    struct world w;
    struct dupd_buf want = {0}, got = {0};
    world_build(&w, 1);
    add_world(&w, 0, 0, &want);
    add_world(&w, arrival, interleaving, &got);
    forget_updates(&want);
    forget_updates(&got);
    ck_assert_msg(dupd_view_equal(dupd_buf_view(&want), dupd_buf_view(&got)),
                  "arrival %llu, interleaving %llu:\n%s\nwanted\n%s", (unsigned long long)arrival,
                  (unsigned long long)interleaving, prose_text(&got), prose_text(&want));
    dupd_buf_close(&want);
    dupd_buf_close(&got);
    world_close(&w);
}

START_TEST(any_order_of_arrival_gives_the_same_stories)
{
    expect_same_world((uint64_t)_i + 1, 0);
}
END_TEST

START_TEST(any_interleaving_gives_the_same_stories)
{
    expect_same_world(0, (uint64_t)_i + 1);
}
END_TEST

START_TEST(any_order_and_interleaving_gives_the_same_stories)
{
    expect_same_world((uint64_t)_i + 1, (uint64_t)_i + 1001);
}
END_TEST

START_TEST(one_id_many_times_at_once)
{
    struct newsroom room;
    struct dupd_buf text = {0}, more = {0};
    const struct judgement *j[4];
    newsroom_open(&room, model());
    model_store_shuffle(room.store, (uint64_t)_i + 1);
    prose_add(&text, 1, 200);
    prose_add(&more, 2, 200);
    newsroom_submit(&room, article("a", "one.example", &text), &j[0]);
    newsroom_submit(&room, article("a", "one.example", &text), &j[1]);
    newsroom_submit(&room, article("a", "one.example", &more), &j[2]);
    newsroom_submit(&room, article("a", "one.example", &more), &j[3]);
    newsroom_run(&room);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(j[i]->status, 0);
    ck_assert(!j[0]->replay && j[1]->replay && !j[2]->replay && j[3]->replay);
    ck_assert(j[2]->is_update_of_id);
    ck_assert_uint_eq(model_store_count(room.store, STORE_PUT), 2);
    newsroom_close(&room);
    dupd_buf_close(&text);
    dupd_buf_close(&more);
}
END_TEST

/* ---- no memory ---- */

struct scarcity {
    struct dupd_buf text, spun;
    struct newsroom room;
    struct analysis first, second, newer;
    struct engine_clock clock;
};

static int64_t no_ms(void *data)
{
    (void)data;
    return INT64_C(1700000000000);
}

static uint64_t no_us(void *data)
{
    (void)data;
    return 0;
}

static void open_scarcity(struct scarcity *s)
{
    *s = (struct scarcity){.clock = {no_ms, no_us, NULL}};
    newsroom_open(&s->room, NULL);
    prose_add(&s->text, 1, 250);
    prose_spin(&s->spun, dupd_buf_view(&s->text), 3, 6);
    struct dupd_article a = {.id = DUPD_VIEW("a"),
                             .source = DUPD_VIEW("Reuters"),
                             .title = DUPD_VIEW("A title of five words"),
                             .text = dupd_buf_view(&s->text)};
    ck_assert_int_eq(analysis_make(&s->first, &a, s->room.agencies, &s->room.options, true), 0);
    a.text = dupd_buf_view(&s->spun);
    ck_assert(dupd_time_parse(DUPD_VIEW("2023-05-01"), &a.published));
    ck_assert_int_eq(analysis_make(&s->newer, &a, s->room.agencies, &s->room.options, true), 0);
    a.id = DUPD_VIEW("b");
    a.source = DUPD_VIEW("two.example");
    a.published = (struct dupd_time){0};
    ck_assert_int_eq(analysis_make(&s->second, &a, s->room.agencies, &s->room.options, true), 0);
}

static void close_scarcity(struct scarcity *s)
{
    analysis_close(&s->first);
    analysis_close(&s->second);
    analysis_close(&s->newer);
    dupd_agencies_free(s->room.agencies);
    dupd_buf_close(&s->text);
    dupd_buf_close(&s->spun);
}

static int judge(struct engine *e, const struct analysis *a, enum engine_mode mode)
{
    const struct judgement *j;
    struct job *job = engine_judge(e, a, mode, true, &j);
    int rc = job ? j->status : DUPD_ENOMEM;
    engine_release(job);
    return rc;
}

static int add_two_and_check(void *data)
{
    struct scarcity *s = data;
    struct engine *e = NULL;
    fault_pause(true);
    struct store *store = model();
    model_store_hush(store, fault_pause);
    fault_pause(false);
    int rc = engine_new(&e, store, s->room.agencies, &s->room.options, s->clock);
    if (!rc)
        rc = judge(e, &s->first, ENGINE_ADD);
    if (!rc)
        rc = judge(e, &s->second, ENGINE_ADD);
    if (!rc)
        rc = judge(e, &s->second, ENGINE_ADD); /* replayed */
    if (!rc)
        rc = judge(e, &s->first, ENGINE_CHECK);
    if (!rc)
        rc = judge(e, &s->newer, ENGINE_ADD); /* the date is believed if the text is kept */
    engine_free(e);
    store_close(store);
    return rc;
}

START_TEST(jobs_without_memory)
{
    struct scarcity s;
    open_scarcity(&s);
    ck_assert_uint_gt(fault_each(add_two_and_check, &s, DUPD_ENOMEM), 60);
    close_scarcity(&s);
}
END_TEST

static int analyse(void *data)
{
    struct scarcity *s = data;
    struct analysis a;
    struct dupd_article in = {.url = DUPD_VIEW("https://one.example/x"),
                              .title = DUPD_VIEW("br\xffken"),
                              .text = dupd_buf_view(&s->text)};
    analysis_init(&a);
    int rc = analysis_make(&a, &in, s->room.agencies, &s->room.options, true);
    analysis_close(&a);
    return rc;
}

START_TEST(analyses_without_memory)
{
    struct scarcity s;
    open_scarcity(&s);
    ck_assert_uint_gt(fault_each(analyse, &s, DUPD_ENOMEM), 5);
    close_scarcity(&s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jobs");
    TCase *t = tcase_create("failures");
    tcase_add_loop_test(t, a_failed_operation_ends_its_job_only, 0,
                        (int)(sizeof fatal / sizeof fatal[0]));
    tcase_add_test(t, a_damaged_record_is_passed_over);
    tcase_add_test(t, what_a_killed_writer_left_is_a_match_without_a_story);
    tcase_add_test(t, jobs_without_memory);
    tcase_add_test(t, analyses_without_memory);
    suite_add_tcase(s, t);
    t = tcase_create("orders");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, the_world_in_order);
    tcase_add_loop_test(t, any_order_of_arrival_gives_the_same_stories, 0, 20);
    tcase_add_loop_test(t, any_interleaving_gives_the_same_stories, 0, 20);
    tcase_add_loop_test(t, any_order_and_interleaving_gives_the_same_stories, 0, 20);
    tcase_add_loop_test(t, one_id_many_times_at_once, 0, 10);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
