/*
 * test_intake.c: articles through the intake over the real embedded store on its thread, with real
 * worker threads and a real loop: all are answered, once, and durable; rules change under load.
 */
#include "daemon/intake.h"
#include "support/store_kit.h"

#define ARTICLES 600

struct item {
    struct work work;
    char json[700];
    unsigned done;
};

struct fixture {
    uv_loop_t loop;
    char *dir;
    struct settings settings;
    struct log log;
    struct metrics *metrics;
    struct workers workers;
    struct store_thread *thread;
    struct intake intake;
    struct item *item;
    unsigned done, quiet;
    unsigned limit; /* closes when so many are done */
};

static void open_store(struct fixture *f)
{
    struct store *inner = kit_open(f->dir, kit_options());
    ck_assert_int_eq(store_thread_open(&f->thread, &f->loop, inner), 0);
}

static void begin(struct fixture *f)
{
    struct rules rules;
    char problem[512];
    *f = (struct fixture){.dir = kit_directory()};
    workers_prepare(2);
    ck_assert_int_eq(uv_loop_init(&f->loop), 0);
    settings_init(&f->settings);
    log_init(&f->log, stderr, LOG_TEXT, LOG_ERROR, NULL);
    ck_assert_int_eq(rules_load(&rules, &f->settings, problem), 0);
    struct metrics_names names = {"test", "embedded", rules.agencies};
    ck_assert_int_eq(metrics_new(&f->metrics, &names), 0);
    workers_init(&f->workers, &f->loop, 2);
    open_store(f);
    ck_assert_int_eq(intake_open(&f->intake, &f->loop, &f->log, f->metrics, &f->workers,
                                 store_thread_base(f->thread), f->thread, &rules, &f->settings),
                     0);
    f->item = calloc(ARTICLES, sizeof *f->item);
    ck_assert_ptr_nonnull(f->item);
}

static void close_parts(struct fixture *f)
{
    intake_close(&f->intake);
    store_close(store_thread_base(f->thread));
}

static void end(struct fixture *f)
{
    ck_assert_int_eq(uv_loop_close(&f->loop), 0);
    for (unsigned i = 0; i < ARTICLES; i++)
        work_close(&f->item[i].work);
    free(f->item);
    metrics_free(f->metrics);
    settings_close(&f->settings);
    log_close(&f->log);
    kit_remove(f->dir);
}

/* Every third article is a copy of the one before. */
static void write_article(struct item *item, unsigned i)
{
    unsigned text = i % 3 == 1 ? i - 1 : i;
    uint64_t random = text + 1;
    int n = snprintf(item->json, sizeof item->json,
                     "{\"id\":\"a%u\",\"source\":\"s%u.example\",\"body\":\"", i, i % 5);
    for (int k = 0; k < 60; k++)
        n += snprintf(item->json + n, sizeof item->json - (size_t)n, "w%u ",
                      (unsigned)(kit_random(&random) % 100000));
    snprintf(item->json + n, sizeof item->json - (size_t)n, "\"}");
}

static void on_done(struct work *w)
{
    struct item *item = (struct item *)w;
    struct fixture *f = w->data;
    item->done++;
    if (++f->done == f->limit)
        close_parts(f);
}

static void prepare(struct fixture *f, unsigned i)
{
    struct work *w = &f->item[i].work;
    work_init(w);
    w->form = ARTICLE_JSON;
    w->bytes = dupd_view_of(f->item[i].json);
    w->id_required = true;
    w->mode = ENGINE_ADD;
    w->is_import = true;
    w->done = on_done;
    w->data = f;
}

static void give(struct fixture *f, unsigned i)
{
    prepare(f, i);
    intake_begin(&f->intake, &f->item[i].work);
}

/* With `slow`, behind a field that takes time to read over. */
static void give_at(struct fixture *f, unsigned i, int64_t ms, struct dupd_buf *slow,
                    size_t padding)
{
    struct item *item = &f->item[i];
    prepare(f, i);
    item->work.arrived_ms = ms;
    item->work.together = (uint64_t)ms;
    if (slow) {
        ck_assert_int_eq(dupd_buf_add_str(slow, "{\"x\":\""), 0);
        while (slow->len < padding)
            ck_assert_int_eq(dupd_buf_add_str(slow, "\\u00e9 "), 0);
        ck_assert_int_eq(dupd_buf_add_str(slow, "\","), 0);
        ck_assert_int_eq(dupd_buf_add_str(slow, item->json + 1), 0);
        item->work.bytes = dupd_buf_view(slow);
    }
    intake_begin(&f->intake, &item->work);
}

static void check_all(struct fixture *f, unsigned copies_expected)
{
    unsigned copies = 0;
    for (unsigned i = 0; i < f->limit; i++) {
        struct item *item = &f->item[i];
        ck_assert_uint_eq(item->done, 1);
        ck_assert_msg(item->work.status == 0, "%s", item->work.problem);
        copies += item->work.verdict == DUPD_IDENTICAL;
    }
    ck_assert_uint_eq(copies, copies_expected);
    ck_assert(metrics_get(f->metrics, METRIC_ARTICLES, DUPD_IDENTICAL) == copies_expected);
}

START_TEST(all_are_answered_once_and_durable)
{
    struct fixture f;
    begin(&f);
    f.limit = ARTICLES;
    for (unsigned i = 0; i < ARTICLES; i++) {
        write_article(&f.item[i], i);
        give(&f, i);
    }
    uv_run(&f.loop, UV_RUN_DEFAULT);
    check_all(&f, ARTICLES / 3);
    struct store *s = kit_open_reader(f.dir);
    struct store_stats stats = {.op.kind = STORE_STATS};
    ck_assert_int_eq(kit_do(s, &stats.op), 0);
    ck_assert_uint_eq(stats.articles, ARTICLES);
    ck_assert_uint_eq(stats.copies, ARTICLES / 3);
    store_release(&stats.op);
    store_close(s);
    end(&f);
}
END_TEST

static void on_quiet(struct intake *i, void *data)
{
    struct fixture *f = data;
    struct rules rules;
    char problem[512];
    ck_assert_uint_eq(i->working, 0);
    f->settings.short_words = 40;
    ck_assert_int_eq(rules_load(&rules, &f->settings, problem), 0);
    ck_assert_int_eq(intake_set_rules(i, &rules, &f->settings), 0);
    ck_assert_uint_eq(i->rules.options.short_words, 40);
    f->quiet++;
}

/* Asked for in the middle: what is under way is judged, the rest waits, nothing is lost. */
START_TEST(rules_change_under_load)
{
    struct fixture f;
    begin(&f);
    f.limit = ARTICLES;
    for (unsigned i = 0; i < ARTICLES; i++) {
        write_article(&f.item[i], i);
        if (i == ARTICLES / 2)
            intake_quiesce(&f.intake, on_quiet, &f);
        give(&f, i);
    }
    uv_run(&f.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(f.quiet, 1);
    check_all(&f, ARTICLES / 3);
    end(&f);
}
END_TEST

/* With nothing under way it happens in the next turn of the loop. */
START_TEST(rules_change_when_idle)
{
    struct fixture f;
    begin(&f);
    f.limit = 1;
    intake_quiesce(&f.intake, on_quiet, &f);
    ck_assert_uint_eq(f.quiet, 0);
    write_article(&f.item[0], 0);
    give(&f, 0);
    uv_run(&f.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(f.quiet, 1);
    check_all(&f, 0);
    end(&f);
}
END_TEST

/* Of articles of one millisecond the one that was begun first is the earlier one, however much
 * longer it takes to parse. */
START_TEST(what_came_together_is_judged_in_order)
{
    enum { PAIRS = 40, PADDING = 300000 };
    struct fixture f;
    struct dupd_buf slow[PAIRS] = {{0}};
    begin(&f);
    f.limit = PAIRS * 2;
    for (unsigned i = 0; i < f.limit; i++) {
        write_article(&f.item[i], i / 2 * 3 + i % 2); /* an original, and its copy */
        give_at(&f, i, 1 + i / 2 % 3, i % 2 ? NULL : &slow[i / 2], PADDING);
    }
    uv_run(&f.loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < f.limit; i++) {
        ck_assert_msg(f.item[i].work.status == 0, "%s", f.item[i].work.problem);
        ck_assert_uint_eq(f.item[i].work.verdict == DUPD_IDENTICAL, i % 2);
        if (i % 2 == 0)
            dupd_buf_close(&slow[i / 2]);
    }
    end(&f);
}
END_TEST

START_TEST(what_is_no_article_is_refused)
{
    static const struct {
        const char *json;
        int status;
        bool no_id;
    } bad[] = {{"{\"id\":\"x\"}", DUPD_EEMPTY, false},
               {"{\"id\":", DUPD_ESYNTAX, false},
               {"{\"id\":1,\"body\":\"b\"}", DUPD_ETYPE, false},
               {"{\"body\":\"some words\"}", DUPD_EINVAL, true},
               {"{\"id\":\"x\",\"body\":\"...\"}", DUPD_EEMPTY, false}};
    struct fixture f;
    begin(&f);
    f.limit = sizeof bad / sizeof *bad;
    for (unsigned i = 0; i < f.limit; i++) {
        snprintf(f.item[i].json, sizeof f.item[i].json, "%s", bad[i].json);
        give(&f, i);
    }
    uv_run(&f.loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < f.limit; i++) {
        const struct work *w = &f.item[i].work;
        ck_assert_int_eq(w->status, bad[i].status);
        ck_assert(w->refused);
        ck_assert(w->no_id == bad[i].no_id);
        ck_assert_int_ne(w->problem[0], '\0');
    }
    end(&f);
}
END_TEST

/* Neither is a reason to refuse; both are counted, once for each verdict. */
START_TEST(what_cannot_be_read_is_counted)
{
    static const char *const json[] = {
        "{\"id\":\"d\",\"published_at\":\"next week\",\"body\":\"some words of a first text\"}",
        "{\"id\":\"e\",\"published_at\":\"2022-01-27\",\"body\":\"other words of a second\"}",
        "{\"id\":\"u\",\"title\":\"T\xff\",\"body\":\"broken \xc3 bytes\xfe in a third text\"}",
        "{\"id\":\"n\",\"published_at\":\"never\",\"title\":\"\xff\"}"};
    struct fixture f;
    begin(&f);
    f.limit = sizeof json / sizeof *json;
    ck_assert(metrics_get(f.metrics, METRIC_DATES_UNREADABLE, 0) == 0);
    ck_assert(metrics_get(f.metrics, METRIC_INVALID_BYTES, 0) == 0);
    for (unsigned i = 0; i < f.limit; i++) {
        snprintf(f.item[i].json, sizeof f.item[i].json, "%s", json[i]);
        give(&f, i);
    }
    uv_run(&f.loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < f.limit; i++)
        ck_assert_int_eq(f.item[i].work.status, i + 1 < f.limit ? 0 : DUPD_EEMPTY);
    ck_assert(metrics_get(f.metrics, METRIC_DATES_UNREADABLE, 0) == 1);
    ck_assert(metrics_get(f.metrics, METRIC_INVALID_BYTES, 0) == 3);
    end(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("intake");
    TCase *t = tcase_create("intake");
    tcase_set_timeout(t, 100);
    tcase_add_test(t, all_are_answered_once_and_durable);
    tcase_add_test(t, rules_change_under_load);
    tcase_add_test(t, rules_change_when_idle);
    tcase_add_test(t, what_came_together_is_judged_in_order);
    tcase_add_test(t, what_is_no_article_is_refused);
    tcase_add_test(t, what_cannot_be_read_is_counted);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
