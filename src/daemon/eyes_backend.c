/*
 * eyes_backend.c: what the api asks of the daemon: struct api_backend over intake and store.
 *
 * One allocation a call; its work or its store operations live in it until the answer.
 */
#include <stdlib.h>

#include "daemon/eyes.h"
#include "dupd/error.h"

#define FIGURES_MS 2000

struct asked {
    struct eyes *eyes;
    struct api_call *call;
    struct work work; /* CHECK, ADD */
    struct store_lookup lookup;
    struct store_fetch fetch;
    struct store_stats stats;
    uv_timer_t later; /* an answer must not come from inside the call */
};

static void on_later_closed(uv_handle_t *handle)
{
    struct asked *a = handle->data;
    struct api_call *call = a->call;
    free(a);
    call->done(call);
}

static void on_later(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, on_later_closed);
}

static void fail(struct asked *a, int status, const char *problem)
{
    a->call->status = status;
    snprintf(a->call->problem, sizeof a->call->problem, "%.200s",
             problem[0] ? problem : dupd_error_text(status));
}

/* Answers and ends; only from a callback of the loop. */
static void answer(struct asked *a)
{
    struct api_call *call = a->call;
    work_close(&a->work);
    store_release(&a->lookup.op);
    store_release(&a->fetch.op);
    store_release(&a->stats.op);
    free(a);
    call->done(call);
}

static void ask_store(struct asked *a, struct store_op *op, enum store_op_kind kind,
                      store_done_cb done)
{
    op->kind = kind;
    op->done = done;
    op->data = a;
    store_submit(a->eyes->options.store, op);
}

static const char *why(const struct asked *a)
{
    return store_problem(a->eyes->options.store);
}

/* ---- articles ---- */

static void on_worked(struct work *w)
{
    struct asked *a = w->data;
    struct api_call *call = a->call;
    if (w->status) {
        fail(a, w->refused && w->status == DUPD_EINVAL ? DUPD_ESYNTAX : w->status, w->problem);
    } else {
        call->verdict = w->json;
        w->json = (struct dupd_buf){0};
        if (call->kind == API_CHECK && api_write_article(&call->article, &w->analysis.article))
            fail(a, DUPD_ENOMEM, "");
    }
    answer(a);
}

static void begin_work(struct asked *a)
{
    struct work *w = &a->work;
    const struct api_call *call = a->call;
    w->form = call->form;
    w->bytes = call->bytes;
    w->collection = call->collection;
    w->mode = call->kind == API_ADD ? ENGINE_ADD : ENGINE_CHECK;
    w->is_import = call->is_import;
    w->together = call->together;
    w->once = true;
    w->done = on_worked;
    w->data = a;
    intake_begin(a->eyes->options.intake, w);
}

/* ---- figures ---- */

static void keep_figures(struct eyes *e, const struct store_stats *s)
{
    e->figures.op = *s;
    e->figures.op.op = (struct store_op){0};
    e->figures.known = true;
    e->figures.at_ms = uv_now(e->options.loop);
}

static void on_stats(struct store_op *op)
{
    struct asked *a = op->data;
    if (op->status) {
        fail(a, op->status, why(a));
        answer(a);
        return;
    }
    keep_figures(a->eyes, &a->stats);
    a->call->stats = a->eyes->figures.op;
    if (a->call->kind == API_CHECK)
        begin_work(a);
    else
        answer(a);
}

/* ---- one article ---- */

static void on_fetched(struct store_op *op)
{
    struct asked *a = op->data;
    struct api_call *call = a->call;
    if (op->status)
        fail(a, op->status, why(a));
    else if (!a->fetch.found)
        fail(a, DUPD_ENOENT, "");
    else if (api_write_article(&call->article, &a->fetch.record.article) ||
             dupd_buf_add_view(&call->verdict, a->lookup.verdict))
        fail(a, DUPD_ENOMEM, "");
    answer(a);
}

static void on_looked_up(struct store_op *op)
{
    struct asked *a = op->data;
    if (op->status || !a->lookup.found) {
        fail(a, op->status ? op->status : DUPD_ENOENT, op->status ? why(a) : "");
        answer(a);
        return;
    }
    a->fetch.n = a->lookup.n;
    ask_store(a, &a->fetch.op, STORE_FETCH, on_fetched);
}

static void take_call(void *data, struct api_call *call)
{
    struct eyes *e = data;
    struct asked *a = calloc(1, sizeof *a);
    struct dupd_view none = DUPD_VIEW("default");
    if (!a) { /* the api is told at once, having no other way; it is not inside anything of ours */
        call->status = DUPD_ENOMEM;
        call->done(call);
        return;
    }
    a->eyes = e;
    a->call = call;
    work_init(&a->work);
    if (e->closing) {
        fail(a, DUPD_EAGAIN, "stopping");
        uv_timer_init(e->options.loop, &a->later);
        a->later.data = a;
        uv_timer_start(&a->later, on_later, 0, 0);
        return;
    }
    switch (call->kind) {
    case API_ADD:
        begin_work(a);
        break;
    case API_FETCH:
        a->lookup.collection = call->collection.len ? call->collection : none;
        a->lookup.id = call->id;
        ask_store(a, &a->lookup.op, STORE_LOOKUP, on_looked_up);
        break;
    default:
        if (call->kind == API_CHECK && e->figures.known && e->figures.op.articles) {
            call->stats = e->figures.op;
            begin_work(a);
        } else {
            ask_store(a, &a->stats.op, STORE_STATS, on_stats);
        }
    }
}

/* ---- gauges ---- */

static void on_figures(struct store_op *op)
{
    struct eyes *e = op->data;
    e->figures.asking = false;
    if (!op->status) {
        e->figures.known = true;
        e->figures.at_ms = uv_now(e->options.loop);
    }
    if (e->closing)
        eyes_part_closed(e);
}

void eyes_refresh(void *data)
{
    struct eyes *e = data;
    struct eyes_figures *f = &e->figures;
    if (f->known) {
        metrics_set(e->options.metrics, METRIC_STORE_ARTICLES, 0, (double)f->op.articles);
        metrics_set(e->options.metrics, METRIC_STORE_BYTES, 0, (double)f->op.store_bytes);
        metrics_set(e->options.metrics, METRIC_STORE_MAX_BYTES, 0, (double)f->op.store_max_bytes);
    }
    if (f->asking || e->closing || (f->known && uv_now(e->options.loop) - f->at_ms < FIGURES_MS))
        return;
    f->asking = true;
    store_release(&f->op.op);
    f->op.op = (struct store_op){.kind = STORE_STATS, .done = on_figures, .data = e};
    store_submit(e->options.store, &f->op.op);
}

static bool is_ready(void *data, char text[ARTICLE_PROBLEM_MAX])
{
    struct eyes *e = data;
    if (e->closing) {
        snprintf(text, ARTICLE_PROBLEM_MAX, "stopping");
        return false;
    }
    return e->options.ready(e->options.data, text);
}

struct api_backend eyes_backend(struct eyes *e)
{
    return (struct api_backend){
        .data = e, .call = take_call, .ready = is_ready, .refresh = eyes_refresh};
}
