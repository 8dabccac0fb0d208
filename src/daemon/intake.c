/*
 * intake.c: from bytes to a durable verdict.
 *
 *   begin -> parse (a worker) -> judge (engine) -> [unflushed -> flush] -> done
 *
 * Happy path: under load one flush of the embedded store serves up to flush_batch articles; when
 * nothing else is under way it is begun at once, so that a single article need not wait.
 *
 * Failure: a work ends with its status, `refused` telling what is wrong with the article from what
 * is wrong with the world. A failed flush ends all that waited for it with its status: none of it
 * is kept, and whoever gave the articles may give them again.
 */
#include "daemon/intake.h"

#include <stdlib.h>

#include "daemon/news.h"
#include "dupd/error.h"
#include "input/json_pick.h"

#define KEEP_BYTES ((size_t)256 * 1024) /* memory that a work keeps for the next article */

void work_init(struct work *w)
{
    *w = (struct work){0};
    article_reader_init(&w->reader);
    analysis_init(&w->analysis);
}

void work_close(struct work *w)
{
    article_reader_close(&w->reader);
    analysis_close(&w->analysis);
    dupd_buf_close(&w->json);
    dupd_buf_close(&w->news);
}

void work_shrink(struct work *w)
{
    if (w->reader.strings.cap > KEEP_BYTES || w->reader.page.cap > KEEP_BYTES)
        article_reader_close(&w->reader);
    analysis_shrink(&w->analysis, KEEP_BYTES * 4);
    if (w->json.cap > KEEP_BYTES)
        dupd_buf_close(&w->json);
    if (w->news.cap > KEEP_BYTES)
        dupd_buf_close(&w->news);
}

static void append(struct work_list *l, struct work *w)
{
    w->next = NULL;
    if (l->last)
        l->last->next = w;
    else
        l->first = w;
    l->last = w;
}

static struct work *take(struct work_list *l)
{
    struct work *w = l->first;
    if (w && !(l->first = w->next))
        l->last = NULL;
    return w;
}

static double seconds_since(uint64_t us)
{
    return (double)(rules_mono_us(NULL) - us) / 1e6;
}

/* ---- the end ---- */

static void count(struct intake *i, const struct work *w)
{
    struct metrics *m = i->metrics;
    if (w->status || w->mode == ENGINE_CHECK)
        return;
    metrics_add(m, METRIC_ARTICLES, w->verdict, 1);
    metrics_add(m, METRIC_DATES_UNREADABLE, 0, w->reader.date_unreadable);
    metrics_add(m, METRIC_INVALID_BYTES, 0, (uint64_t)w->analysis.replaced_bytes);
    double commit = (double)w->commit_us / 1e6 + seconds_since(w->judged_us); /* and its flush */
    metrics_observe(m, METRIC_STAGE, METRIC_STAGE_COMMIT, commit);
    double all = (double)(rules_wall_ms(NULL) - w->analysis.arrived_ms) / 1000;
    metrics_observe(m, METRIC_END_TO_END, 0, all > 0 ? all : 0);
}

static void end(struct work *w, int status)
{
    w->status = status;
    if (status && !w->problem[0])
        snprintf(w->problem, sizeof w->problem, "%s", dupd_error_text(status));
    count(w->intake, w);
    if (!status && w->news.len && w->intake->on_news)
        w->intake->on_news(w->intake->news_data, w);
    w->done(w);
}

/* ---- flushes ---- */

static void flush(struct intake *i);

static void on_flushed(int status, void *data)
{
    struct intake *i = data;
    struct work_list over = i->unflushed;
    struct work *w;
    i->flushing = false;
    i->unflushed = (struct work_list){0};
    i->unflushed_count = 0;
    if (status)
        LOG(i->log, LOG_ERROR, "store_failed", "what was decided last could not be kept",
            log_text("store", store_problem(i->store)));
    void (*waiting)(int status, void *data) = i->waiting_now.done;
    i->waiting_now.done = NULL;
    if (waiting)
        waiting(status, i->waiting_now.data);
    bool some = over.first != NULL;
    while ((w = take(&over)))
        end(w, status);
    if (!status && some && i->on_durable)
        i->on_durable(i->durable_data);
    if (i->waiter.done)
        flush(i);
}

void intake_when_durable(struct intake *i, void (*done)(int status, void *data), void *data)
{
    i->waiter.done = done;
    i->waiter.data = data;
    flush(i);
}

static void on_timer(uv_timer_t *timer)
{
    struct intake *i = timer->data;
    i->timer_runs = false;
    flush(i);
}

static void flush(struct intake *i)
{
    if (i->flushing || (!i->unflushed.first && !i->waiter.done))
        return;
    i->flushing = true;
    i->waiting_now.done = i->waiter.done;
    i->waiting_now.data = i->waiter.data;
    i->waiter.done = NULL;
    store_thread_flush(i->thread, on_flushed, i);
}

static void flush_soon(struct intake *i)
{
    if (i->unflushed_count >= i->flush_batch || i->working == 0)
        flush(i);
    else if (!i->timer_runs)
        i->timer_runs = uv_timer_start(&i->timer, on_timer, INTAKE_FLUSH_MS, 0) == 0;
}

/* ---- judging ---- */

static void look_whether_quiet(struct intake *i);

/* What the article itself is to blame for. */
static bool is_its_own_fault(int status)
{
    return status == DUPD_EEMPTY || status == DUPD_ETOOBIG || status == DUPD_ESYNTAX ||
           status == DUPD_ETYPE;
}

/* Alerts that were claimed: the article's own, and those of copies whose origin it is. */
static void count_alerts(struct metrics *m, const struct judgement *j)
{
    const struct store_commit *c = j->commit;
    for (uint32_t k = 0; c && k < c->alert_count; k++) {
        const struct store_alert *a = &c->alerts[k];
        struct dupd_buf agency = {0};
        if (!a->claimed || json_pick_text(json_pick(a->json, "agency"), "name", &agency))
            continue;
        struct dupd_view credited = json_pick(a->json, "credited");
        enum metric_alert_reason reason =
            a->n == c->n ? METRIC_ALERT_COPY : METRIC_ALERT_ORIGIN_ARRIVED;
        unsigned at = metrics_at_alert(m, reason, dupd_buf_view(&agency),
                                       dupd_view_equal(credited, DUPD_VIEW("true"))    ? 1
                                       : dupd_view_equal(credited, DUPD_VIEW("false")) ? 0
                                                                                       : -1);
        metrics_add(m, METRIC_ALERTS, at, 1);
        dupd_buf_close(&agency);
    }
}

static void take_judgement(struct intake *i, struct work *w, const struct judgement *j)
{
    w->replay = j->replay;
    w->verdict = j->verdict;
    dupd_buf_clear(&w->json);
    metrics_observe(i->metrics, METRIC_CANDIDATES, 0, j->candidates);
    metrics_add(i->metrics, METRIC_HOT, 0, j->hot);
    metrics_add(i->metrics, METRIC_REFUSED, 0, j->refused);
    if (!j->replay) {
        metrics_observe(i->metrics, METRIC_STAGE, METRIC_STAGE_INDEX, (double)j->index_us / 1e6);
        metrics_observe(i->metrics, METRIC_STAGE, METRIC_STAGE_VERIFY, (double)j->verify_us / 1e6);
    }
    w->commit_us = j->commit_us;
    count_alerts(i->metrics, j);
}

static void on_judged(struct job *job, const struct judgement *j, void *data)
{
    struct work *w = data;
    struct intake *i = w->intake;
    int status = j->status;
    w->judged_us = rules_mono_us(NULL);
    if (!status) {
        take_judgement(i, w, j);
        status = dupd_buf_add_view(&w->json, dupd_buf_view(&j->json));
        dupd_buf_clear(&w->news);
        if (!status && i->on_news && j->commit && news_write(&w->news, &w->analysis.article, j))
            dupd_buf_clear(&w->news); /* no memory: the view finds it when it catches up */
    } else {
        w->refused = is_its_own_fault(status);
        snprintf(w->problem, sizeof w->problem, "%.200s",
                 store_problem(i->store)[0] ? store_problem(i->store) : dupd_error_text(status));
    }
    engine_release(job);
    i->working--;
    if (status || !i->thread || w->mode == ENGINE_CHECK) {
        end(w, status);
    } else {
        append(&i->unflushed, w);
        i->unflushed_count++;
        flush_soon(i);
    }
    look_whether_quiet(i);
}

/* ---- parsing ---- */

static int parse(struct work *w)
{
    const struct intake *i = w->intake;
    struct dupd_article article;
    struct article_reader *r = &w->reader;
    uint64_t began = rules_mono_us(NULL);
    int rc = w->field_count ? article_read_fields(r, w->field, w->field_count, &i->limits, &article)
                            : article_read(r, w->form, w->bytes, &i->limits, &article);
    uint64_t read = rules_mono_us(NULL);
    w->parse_us = read - began;
    if (rc)
        return rc;
    if (w->id_required && article.id.len == 0) {
        snprintf(r->problem, sizeof r->problem, "no \"id\"; on a queue every article has one");
        w->no_id = true;
        return DUPD_EINVAL;
    }
    if (article.collection.len == 0)
        article.collection = w->collection;
    rc = analysis_make(&w->analysis, &article, i->rules.agencies, &i->rules.options,
                       w->mode == ENGINE_ADD);
    w->sketch_us = rules_mono_us(NULL) - read;
    if (rc == DUPD_EEMPTY)
        snprintf(r->problem, sizeof r->problem, "there are no words in the text");
    else if (rc == DUPD_ETOOBIG)
        snprintf(r->problem, sizeof r->problem, "a field is longer than %u bytes; shorten it",
                 DUPD_RECORD_FIELD_MAX);
    else if (rc)
        snprintf(r->problem, sizeof r->problem, "%s", dupd_error_text(rc));
    return rc;
}

static void parse_task(struct engine_task *task)
{
    struct work *w = (struct work *)((char *)task - offsetof(struct work, task));
    w->status = parse(w);
}

static void judge(struct work *w)
{
    struct intake *i = w->intake;
    int rc = w->status;
    metrics_observe(i->metrics, METRIC_STAGE, METRIC_STAGE_PARSE, (double)w->parse_us / 1e6);
    if (rc) {
        w->refused = rc != DUPD_ENOMEM;
        snprintf(w->problem, sizeof w->problem, "%s", w->reader.problem);
    } else {
        metrics_observe(i->metrics, METRIC_STAGE, METRIC_STAGE_SKETCH, (double)w->sketch_us / 1e6);
        w->analysis.entry = w->entry;
        w->analysis.arrived_ms = w->arrived_ms ? w->arrived_ms : rules_wall_ms(NULL);
        rc = engine_submit(i->engine, &w->analysis, w->mode, w->is_import, on_judged, w);
    }
    if (rc) {
        i->working--;
        end(w, rc);
        look_whether_quiet(i);
    }
}

static void note_begun(struct intake *i, struct work *w)
{
    w->is_parsed = false;
    w->begun_after = NULL;
    w->begun_before = i->last_begun;
    *(i->last_begun ? &i->last_begun->begun_after : &i->first_begun) = w;
    i->last_begun = w;
}

static void forget_begun(struct intake *i, struct work *w)
{
    *(w->begun_before ? &w->begun_before->begun_after : &i->first_begun) = w->begun_after;
    *(w->begun_after ? &w->begun_after->begun_before : &i->last_begun) = w->begun_before;
}

static bool is_its_turn(const struct work *w)
{
    const struct work *other = w->begun_before;
    while (other && other->together != w->together)
        other = other->begun_before;
    return !other;
}

/* The next of those that came together, if it only waited for its turn. */
static struct work *find_waiting(struct intake *i, uint64_t together)
{
    struct work *w = i->first_begun;
    while (w && w->together != together)
        w = w->begun_after;
    return w && w->is_parsed ? w : NULL;
}

static void parsed(struct engine_task *task)
{
    struct work *w = (struct work *)((char *)task - offsetof(struct work, task));
    struct intake *i = w->intake;
    uint64_t together = w->together;
    w->is_parsed = true;
    if (!together)
        judge(w);
    else if (is_its_turn(w))
        do {
            forget_begun(i, w);
            judge(w);
        } while ((w = find_waiting(i, together)));
}

static void start(struct intake *i, struct work *w)
{
    i->working++;
    i->workers->pool.run(&i->workers->pool, &w->task);
}

void intake_begin(struct intake *i, struct work *w)
{
    w->intake = i;
    w->task = (struct engine_task){.work = parse_task, .done = parsed};
    w->problem[0] = '\0';
    w->status = 0;
    w->refused = w->no_id = w->replay = false;
    if (w->together)
        note_begun(i, w);
    w->begun_us = rules_mono_us(NULL);
    if (i->when_quiet)
        append(&i->waiting, w);
    else
        start(i, w);
}

/* ---- rules that change ---- */

static void look_whether_quiet(struct intake *i)
{
    if (!i->when_quiet || i->working)
        return;
    i->when_quiet(i, i->quiet_data);
    i->when_quiet = NULL;
    struct work *w;
    while ((w = take(&i->waiting)))
        start(i, w);
}

static void on_quiet_timer(uv_timer_t *timer)
{
    struct intake *i = timer->data;
    i->timer_runs = false;
    flush(i);
    look_whether_quiet(i);
}

void intake_quiesce(struct intake *i, void (*quiet)(struct intake *i, void *data), void *data)
{
    i->when_quiet = quiet;
    i->quiet_data = data;
    if (i->working == 0) /* from the loop, not from here */
        i->timer_runs = uv_timer_start(&i->timer, on_quiet_timer, 0, 0) == 0;
}

static void set_limits(struct intake *i, const struct settings *s)
{
    i->limits =
        (struct article_limits){.max_message = s->max_message, .max_article = s->max_article};
    i->flush_batch = (unsigned)s->batch;
}

static int make_engine(struct intake *i, struct rules *rules, struct engine **out)
{
    struct engine_clock clock = {rules_wall_ms, rules_mono_us, NULL};
    rules->options.pool = &i->workers->pool;
    return engine_new(out, i->store, rules->agencies, &rules->options, clock);
}

int intake_set_rules(struct intake *i, struct rules *rules, const struct settings *settings)
{
    struct engine *e;
    int rc = make_engine(i, rules, &e);
    if (rc) {
        rules_close(rules);
        return rc;
    }
    engine_free(i->engine);
    rules_close(&i->rules);
    i->engine = e;
    i->rules = *rules;
    set_limits(i, settings);
    return DUPD_OK;
}

int intake_open(struct intake *i, uv_loop_t *loop, struct log *log, struct metrics *metrics,
                struct workers *workers, struct store *store, struct store_thread *thread,
                struct rules *rules, const struct settings *settings)
{
    *i = (struct intake){.loop = loop,
                         .log = log,
                         .metrics = metrics,
                         .workers = workers,
                         .store = store,
                         .thread = thread,
                         .rules = *rules};
    set_limits(i, settings);
    uv_timer_init(loop, &i->timer);
    i->timer.data = i;
    return make_engine(i, &i->rules, &i->engine);
}

void intake_close(struct intake *i)
{
    engine_free(i->engine);
    rules_close(&i->rules);
    uv_close((uv_handle_t *)&i->timer, NULL);
}
