/*
 * eyes_recall.c: what was decided before the view was there, or while it was not: a walk over the
 * embedded store, from where the view had got to, a few articles a tick.
 *
 * Only the verdict is listed; who an article is, is asked for one by one, newest first, whenever
 * something in the view is not described (the Redis streams do not say it either). Alerts of that
 * time are not told again.
 *
 * The position is the article's number, as text. Numbers are not committed in order: the walk
 * begins BEFORE numbers earlier.
 */
#include <stdlib.h>

#include "daemon/eyes.h"
#include "dupd/error.h"
#include "engine/verdict_json.h"

#define BEFORE 4096u

static void submit(struct eyes *e, struct store_op *op, enum store_op_kind kind, store_done_cb done)
{
    op->kind = kind;
    op->done = done;
    op->data = e;
    store_submit(e->options.store, op);
}

/* ---- the walk ---- */

static void on_listed(struct store_op *op)
{
    struct eyes *e = op->data;
    struct eyes_recall *r = &e->recall;
    char position[24];
    if (e->closing) {
        r->listing = false;
        eyes_part_closed(e);
        return;
    }
    if (op->status || !r->list.found) {
        r->listing = false; /* the rest comes as news */
        store_release(op);
        return;
    }
    snprintf(position, sizeof position, "%llu", (unsigned long long)r->list.n);
    if (r->list.verdict.len)
        eyes_feed(e, VIEW_VERDICT, dupd_view_of(position), r->list.verdict, (struct dupd_view){0});
    uint64_t after = r->list.n;
    store_release(op);
    r->list = (struct store_list){.after = after};
    submit(e, &r->list.op, STORE_LIST, on_listed);
}

static void begin_walk(struct eyes *e)
{
    char position[VIEW_POSITION_MAX];
    view_position(e->view, VIEW_VERDICT, position);
    uint64_t after = strchr(position, '-') ? 0 : strtoull(position, NULL, 10);
    e->recall.listing = true;
    e->recall.list = (struct store_list){.after = after > BEFORE ? after - BEFORE : 0};
    submit(e, &e->recall.list.op, STORE_LIST, on_listed);
}

/* ---- descriptions ---- */

static void end_description(struct eyes *e, struct dupd_view article)
{
    struct eyes_recall *r = &e->recall;
    if (view_describe(e->view, dupd_buf_view(&r->collection), dupd_buf_view(&r->id), article) == 0)
        e->fed = true;
    store_release(&r->lookup.op);
    store_release(&r->fetch.op);
    r->describing = false;
}

static void describe_next(struct eyes *e);

static void on_fetched(struct store_op *op)
{
    struct eyes *e = op->data;
    struct eyes_recall *r = &e->recall;
    struct dupd_buf article = {0};
    if (e->closing) {
        eyes_part_closed(e);
        return;
    }
    if (!op->status && r->fetch.found) {
        struct json_writer w;
        json_begin(&w, &article);
        json_open(&w, '{');
        verdict_json_article(&w, &r->fetch.record.article);
        json_close(&w, '}');
        if (json_status(&w))
            dupd_buf_clear(&article);
    }
    bool now = op->status != DUPD_EAGAIN;
    if (now)
        end_description(e, dupd_buf_view(&article));
    else
        r->describing = false;
    dupd_buf_close(&article);
    if (now)
        describe_next(e);
}

static void on_looked_up(struct store_op *op)
{
    struct eyes *e = op->data;
    struct eyes_recall *r = &e->recall;
    if (e->closing) {
        eyes_part_closed(e);
    } else if (op->status == DUPD_EAGAIN) {
        r->describing = false;
    } else if (op->status || !r->lookup.found) {
        end_description(e, (struct dupd_view){0});
        describe_next(e);
    } else {
        r->fetch = (struct store_fetch){.n = r->lookup.n};
        submit(e, &r->fetch.op, STORE_FETCH, on_fetched);
    }
}

static void describe_next(struct eyes *e)
{
    struct eyes_recall *r = &e->recall;
    dupd_buf_clear(&r->collection);
    dupd_buf_clear(&r->id);
    if (r->describing || view_undescribed(e->view, &r->collection, &r->id) != 1)
        return;
    r->describing = true;
    r->lookup = (struct store_lookup){.collection = dupd_buf_view(&r->collection),
                                      .id = dupd_buf_view(&r->id)};
    submit(e, &r->lookup.op, STORE_LOOKUP, on_looked_up);
}

void eyes_recall_tick(struct eyes *e)
{
    if (e->options.embedded && !e->recall.seen) {
        e->recall.seen = 1;
        begin_walk(e);
    }
    describe_next(e);
}
