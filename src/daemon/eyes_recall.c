/*
 * eyes_recall.c: what was decided before the view was there, or while it was not: a walk over the
 * embedded store, from where the view had got to, a few articles a tick.
 *
 * Only the verdict is listed; who an article is, is asked for one by one, newest first, whenever
 * something in the view is not described (the Redis streams do not say it either). Alerts of that
 * time are not told again; but what had become a copy when its origin came is shown as one:
 *
 *   a verdict ── names one that was there before as its copy, and is shown as none ─► its place
 *        ▲                                                                              │
 *        └────────── shown as a copy, with the verdict that it has there ◄── a copy ────┘
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

static void on_listed(struct store_op *op);
static void look_on(struct eyes *e);

static void list_next(struct eyes *e)
{
    struct eyes_recall *r = &e->recall;
    uint64_t after = r->list.n;
    store_release(&r->list.op);
    r->list = (struct store_list){.after = after};
    submit(e, &r->list.op, STORE_LIST, on_listed);
}

/* The walk's operation is done, and nobody waits for more. */
static bool is_over(struct eyes *e)
{
    if (!e->closing)
        return false;
    e->recall.listing = false;
    eyes_part_closed(e);
    return true;
}

static void show_as_copy(struct eyes *e)
{
    struct eyes_recall *r = &e->recall;
    if (view_stand_as_copy(e->view, r->list.collection, &r->later, r->list.verdict,
                           dupd_buf_view(&r->about)) == 0)
        e->fed = true;
}

static void on_origin_fetched(struct store_op *op)
{
    struct eyes *e = op->data;
    struct eyes_recall *r = &e->recall;
    if (is_over(e))
        return;
    if (!op->status && r->standing.found &&
        !verdict_json_describe(&r->about, &r->standing.record.article))
        show_as_copy(e);
    store_release(op);
    look_on(e);
}

static void on_standing(struct store_op *op)
{
    struct eyes *e = op->data;
    struct eyes_recall *r = &e->recall;
    if (is_over(e))
        return;
    bool copy = !op->status && r->standing.found && r->standing.place.copy;
    store_release(op);
    if (copy && !r->about.len) {
        r->standing = (struct store_fetch){.n = r->list.n};
        submit(e, op, STORE_FETCH, on_origin_fetched);
        return;
    }
    if (copy)
        show_as_copy(e);
    look_on(e);
}

static void on_member(struct store_op *op)
{
    struct eyes *e = op->data;
    struct eyes_recall *r = &e->recall;
    if (is_over(e))
        return;
    bool found = !op->status && r->member.found;
    r->standing = (struct store_fetch){.n = r->member.n};
    store_release(op);
    if (found)
        submit(e, &r->standing.op, STORE_FETCH, on_standing);
    else
        look_on(e);
}

/* What else did the listed article make a copy of? */
static void look_on(struct eyes *e)
{
    struct eyes_recall *r = &e->recall;
    while (view_later_read(r->list.verdict, r->at++, &r->later) == 1) {
        if (view_is_no_copy(e->view, r->list.collection, dupd_buf_view(&r->later.id)) != 1)
            continue;
        r->member = (struct store_lookup){.collection = r->list.collection,
                                          .id = dupd_buf_view(&r->later.id)};
        submit(e, &r->member.op, STORE_LOOKUP, on_member);
        return;
    }
    list_next(e);
}

static void on_listed(struct store_op *op)
{
    struct eyes *e = op->data;
    struct eyes_recall *r = &e->recall;
    char position[24];
    if (is_over(e))
        return;
    if (op->status || !r->list.found) {
        r->listing = false; /* the rest comes as news */
        store_release(op);
        return;
    }
    snprintf(position, sizeof position, "%llu", (unsigned long long)r->list.n);
    if (r->list.verdict.len)
        eyes_feed(e, VIEW_VERDICT, dupd_view_of(position), r->list.verdict, (struct dupd_view){0});
    r->at = 0;
    dupd_buf_clear(&r->about);
    look_on(e);
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
    if (!op->status && r->fetch.found)
        verdict_json_describe(&article, &r->fetch.record.article);
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
