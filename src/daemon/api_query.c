/*
 * api_query.c: questions to the view, asked on a thread of the pool.
 *
 * Happy path: a query waits for those before it, one at a time: they share a connection of their
 * own to the view's database, and leave the pool's other threads to articles. What the one before
 * has just answered is taken from the cache.
 *
 * On the loop's thread, as it was at first, a search for a rare word stopped everything for up to a
 * quarter of a second. A view that is in memory has no second connection: it is asked here, and has
 * no more time than that.
 *
 * Failure: out of memory, no thread, or five seconds in the line: the exchange is refused with 503.
 * Bounded: a connection waits for one answer at a time, so there are no more queries than those.
 */
#include <stdlib.h>

#include "daemon/api_server.h"
#include "dupd/error.h"

#define WAIT_MAX_MS 5000u /* whoever asked has given up by then, or asks again */

struct api_query *api_query_new(struct api *a, struct http_exchange *x,
                                void (*done)(struct api_query *q))
{
    struct api_query *q = calloc(1, sizeof *q);
    if (!q) {
        http_refuse(x, 503, NULL, NULL);
        return NULL;
    }
    q->api = a;
    q->x = x;
    q->done = done;
    a->queries++;
    return q;
}

void api_query_free(struct api_query *q)
{
    struct api *a = q->api;
    for (size_t i = 0; i < API_QUERY_TEXTS; i++)
        dupd_buf_close(&q->text[i]);
    dupd_buf_close(&q->body);
    free(q);
    a->queries--;
    api_settle(a);
}

static void ask(uv_work_t *work)
{
    struct api_query *q = work->data;
    struct view *reader = q->api->options.reader;
    q->status = view_read_begin(reader);
    if (!q->status)
        q->status = q->run(reader, &q->filter, &q->body);
    view_read_end(reader);
}

static void run_next(struct api *a);

static void on_asked(uv_work_t *work, int status)
{
    struct api_query *q = work->data;
    struct api *a = q->api;
    if (status)
        q->status = DUPD_EINTR;
    a->asking = false;
    a->queries++; /* the api stays, whatever `done` frees */
    q->done(q);
    a->queries--;
    run_next(a);
}

/* Asks the first of the line. Those that the cache answers by now, for which there is no thread, or
 * for which it is too late are done with at once. */
static void run_next(struct api *a)
{
    a->queries++;
    while (a->first_query && !a->asking) {
        struct api_query *q = a->first_query;
        a->first_query = q->next;
        q->is_answered = q->may_be_cached && api_cached(a, q->x);
        bool has_waited = uv_now(a->loop) - q->since_ms > WAIT_MAX_MS;
        q->status = has_waited ? DUPD_EAGAIN : DUPD_EINTR;
        q->work.data = q;
        a->asking = !q->is_answered && !has_waited && !a->closing &&
                    uv_queue_work(a->loop, &q->work, ask, on_asked) == 0;
        if (!a->asking)
            q->done(q);
    }
    a->queries--;
    api_settle(a);
}

void api_query_start(struct api_query *q)
{
    struct api *a = q->api;
    if (!a->options.reader) {
        q->status = q->run(a->options.view, &q->filter, &q->body);
        q->done(q);
        return;
    }
    struct api_query **last = &a->first_query;
    while (*last)
        last = &(*last)->next;
    *last = q;
    q->since_ms = uv_now(a->loop);
    run_next(a);
}
