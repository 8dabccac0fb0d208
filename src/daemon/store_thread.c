/*
 * store_thread.c: hands operations to a thread and back.
 *
 * Happy path: submit puts the operation at the end of `queued` and wakes the thread; that performs
 * one after the other on the inner store, puts them at the end of `finished` and wakes the loop,
 * once for all that finish before it looks. The caller's done and data are put aside while the
 * inner store has the operation, and nothing is allocated.
 *
 * A flush is an operation in the same queue (of a kind that the inner store never sees), so its
 * place among the others says what it covers.
 *
 * Failure: store_problem is the text of the last operation that failed, copied when it is told.
 * Cost: two changes of thread an operation when idle, far fewer under load.
 */
#include "daemon/store_thread.h"

#include <stdatomic.h>
#include <stdlib.h>

struct list {
    struct store_op *first, *last;
};

struct store_thread {
    struct store base;
    struct store *inner;
    uv_thread_t thread;
    uv_mutex_t lock; /* guards the lists, problem and stop */
    uv_cond_t wake;
    uv_mutex_t busy; /* held while the inner store works */
    uv_async_t async;
    struct list queued, finished;
    char problem[512];
    bool stop, flushing;
    _Atomic int64_t now_ms;
    struct store_op flush;
    void (*flushed)(int status, void *data);
    void *flushed_data;
};

static void append(struct list *l, struct store_op *op)
{
    op->next = NULL;
    if (l->last)
        l->last->next = op;
    else
        l->first = op;
    l->last = op;
}

static struct store_op *take(struct list *l)
{
    struct store_op *op = l->first;
    if (op && !(l->first = op->next))
        l->last = NULL;
    return op;
}

/* ---- the thread ---- */

static void set_flag(struct store_op *op)
{
    *(bool *)op->data = true;
}

static void perform(struct store_thread *t, struct store_op *op)
{
    store_done_cb done = op->done;
    void *data = op->data;
    bool over = false;
    uv_mutex_lock(&t->busy);
    t->inner->vtable->set_now(t->inner, atomic_load(&t->now_ms));
    if (op == &t->flush) {
        op->status = store_flush(t->inner);
    } else {
        op->done = set_flag;
        op->data = &over;
        store_submit(t->inner, op);
        while (!over)
            store_run(t->inner);
    }
    uv_mutex_unlock(&t->busy);
    op->done = done;
    op->data = data;
}

static void work(void *data)
{
    struct store_thread *t = data;
    uv_mutex_lock(&t->lock);
    for (;;) {
        struct store_op *op;
        while (!(op = take(&t->queued)) && !t->stop)
            uv_cond_wait(&t->wake, &t->lock);
        if (!op)
            break;
        uv_mutex_unlock(&t->lock);
        perform(t, op);
        uv_mutex_lock(&t->lock);
        if (op->status)
            memcpy(t->problem, t->inner->problem, sizeof t->problem);
        bool first = !t->finished.first;
        append(&t->finished, op);
        if (first)
            uv_async_send(&t->async);
    }
    uv_mutex_unlock(&t->lock);
}

/* ---- the loop ---- */

static void on_async(uv_async_t *async)
{
    struct store_thread *t = async->data;
    uv_mutex_lock(&t->lock);
    struct list done = t->finished;
    t->finished = (struct list){0};
    memcpy(t->base.problem, t->problem, sizeof t->problem);
    uv_mutex_unlock(&t->lock);
    struct store_op *op;
    while ((op = take(&done)))
        op->done(op);
}

static void queue(struct store_thread *t, struct store_op *op)
{
    uv_mutex_lock(&t->lock);
    append(&t->queued, op);
    uv_cond_signal(&t->wake);
    uv_mutex_unlock(&t->lock);
}

static void vt_submit(struct store *s, struct store_op *op)
{
    op->status = 0;
    queue((struct store_thread *)s, op);
}

/* Operations are done by the loop, never from here. */
static size_t vt_run(struct store *s)
{
    (void)s;
    return 0;
}

static int vt_flush(struct store *s)
{
    struct store_thread *t = (struct store_thread *)s;
    uv_mutex_lock(&t->busy);
    int rc = store_flush(t->inner);
    memcpy(s->problem, t->inner->problem, sizeof s->problem);
    uv_mutex_unlock(&t->busy);
    return rc;
}

static void vt_set_now(struct store *s, int64_t now_ms)
{
    atomic_store(&((struct store_thread *)s)->now_ms, now_ms);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void vt_close(struct store *s)
{
    struct store_thread *t = (struct store_thread *)s;
    uv_mutex_lock(&t->lock);
    t->stop = true;
    uv_cond_signal(&t->wake);
    uv_mutex_unlock(&t->lock);
    uv_thread_join(&t->thread);
    store_close(t->inner);
    uv_cond_destroy(&t->wake);
    uv_mutex_destroy(&t->lock);
    uv_mutex_destroy(&t->busy);
    uv_close((uv_handle_t *)&t->async, on_closed);
}

static const struct store_vtable vtable = {.submit = vt_submit,
                                           .run = vt_run,
                                           .flush = vt_flush,
                                           .set_now = vt_set_now,
                                           .close = vt_close};

int store_thread_open(struct store_thread **out, uv_loop_t *loop, struct store *inner)
{
    struct store_thread *t = calloc(1, sizeof *t);
    if (!t || uv_async_init(loop, &t->async, on_async)) {
        free(t);
        store_close(inner);
        return DUPD_ENOMEM;
    }
    t->base.vtable = &vtable;
    t->inner = inner;
    t->async.data = t;
    uv_mutex_init(&t->lock);
    uv_mutex_init(&t->busy);
    uv_cond_init(&t->wake);
    if (uv_thread_create(&t->thread, work, t)) {
        store_close(inner);
        uv_cond_destroy(&t->wake);
        uv_mutex_destroy(&t->lock);
        uv_mutex_destroy(&t->busy);
        uv_close((uv_handle_t *)&t->async, on_closed);
        return DUPD_EIO;
    }
    *out = t;
    return DUPD_OK;
}

static void on_flushed(struct store_op *op)
{
    struct store_thread *t = op->data;
    t->flushing = false;
    t->flushed(op->status, t->flushed_data);
}

void store_thread_flush(struct store_thread *t, void (*done)(int status, void *data), void *data)
{
    t->flushing = true;
    t->flushed = done;
    t->flushed_data = data;
    t->flush = (struct store_op){.done = on_flushed, .data = t};
    queue(t, &t->flush);
}
