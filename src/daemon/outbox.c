/*
 * outbox.c: read, flush, tell, from the beginning.
 *
 * Happy path: up to OUTBOX_READS reads gather rows, some of which may not be durable yet; a flush
 * makes them so; one script publishes them. The next first read removes them. Failure: of a read or
 * flush: the rows are gone or stay, nothing was told. Of Redis: the rows stay, and the next poke
 * begins anew; the queue pokes when it comes up, the intake after each flush.
 */
#include "daemon/outbox.h"

#include <stdlib.h>

#include "daemon/script.h"

#define RETRY_MS 1000u

static void read_next(struct outbox *o);

static void rest(struct outbox *o)
{
    for (unsigned i = 0; i < OUTBOX_READS; i++)
        store_release(&o->read[i].op);
    if (o->reads && !o->worked && !o->again) /* refused, or there was no memory for it */
        o->retry_ms = queue_now(o->queue) + queue_jitter(RETRY_MS);
    o->reads = 0;
    o->busy = false;
    if (o->closing) {
        redis_batch_close(&o->batch);
        if (o->closed)
            o->closed(o->data);
    } else if (o->again) {
        outbox_poke(o);
    }
}

/* ---- telling ---- */

static void on_told(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct outbox *o = b->data;
    (void)index;
    if (script_is_unknown(reply)) {
        o->whole = true;
        o->again = true;
    } else if (reply->type == REDIS_REPLY_INTEGER) {
        o->whole = false;
        o->worked = true;
    } else {
        queue_error(o->queue, reply, "telling alerts and story events");
    }
}

static void on_done(struct redis_batch *b, int status)
{
    struct outbox *o = b->data;
    const struct store_outbox *last = &o->read[o->reads - 1];
    if (!status && o->worked) {
        o->told = last->told[last->count - 1].row;
        o->again = true; /* removes them, and looks for more */
    }
    rest(o);
}

static size_t add_rows(const struct store_outbox *r, struct dupd_view *word, char (*number)[24])
{
    size_t n = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        const struct store_told *t = &r->told[i];
        int len = snprintf(number[i], 24, "%llu", (unsigned long long)t->row);
        word[n++] = (struct dupd_view){number[i], (size_t)len};
        word[n++] = t->kind == STORE_TOLD_ALERT ? DUPD_VIEW("alert") : DUPD_VIEW("story");
        word[n++] = t->id;
        word[n++] = t->json;
    }
    return n;
}

static void tell(struct outbox *o)
{
    enum { ROWS = OUTBOX_READS * STORE_OUTBOX_MAX };
    const struct queue_options *q = &o->queue->options;
    struct dupd_view *word = malloc((8 + 4 * (size_t)ROWS) * sizeof *word);
    char(*number)[24] = malloc((size_t)ROWS * sizeof *number);
    char key[512], cap[24];
    int key_len = snprintf(key, sizeof key, "%s:outbox:%s", q->names->prefix, o->read[0].store);
    int cap_len = snprintf(cap, sizeof cap, "%llu", (unsigned long long)q->stream_cap);
    if (word && number && key_len < (int)sizeof key) {
        const struct dupd_view head[] = {DUPD_VIEW("3"),
                                         dupd_view_of(q->names->alerts),
                                         dupd_view_of(q->names->stories),
                                         {key, (size_t)key_len},
                                         {cap, (size_t)cap_len}};
        size_t n = sizeof head / sizeof *head;
        memcpy(word, head, sizeof head);
        for (unsigned i = 0; i < o->reads; i++)
            n += add_rows(&o->read[i], word + n, number + i * STORE_OUTBOX_MAX);
        o->worked = false;
        redis_batch_begin(&o->batch);
        o->batch.on_reply = on_told;
        o->batch.on_done = on_done;
        o->batch.data = o;
        script_add(&o->batch, SCRIPT_TELL, o->whole, word, n);
        redis_submit(o->queue->commands, &o->batch);
    } else {
        rest(o);
    }
    free(word);
    free(number);
}

/* ---- reading ---- */

static void on_flushed(int status, void *data)
{
    struct outbox *o = data;
    if (status || o->closing || o->queue->state != QUEUE_UP)
        rest(o);
    else
        tell(o);
}

static void on_read(struct store_op *op)
{
    struct outbox *o = op->data;
    const struct store_outbox *r = (const struct store_outbox *)op;
    bool more = !op->status && r->count == STORE_OUTBOX_MAX;
    o->reads += !op->status && r->count > 0;
    if (o->closing || o->reads == 0)
        rest(o);
    else if (more && o->reads < OUTBOX_READS)
        read_next(o);
    else
        intake_when_durable(o->intake, on_flushed, o);
}

static void read_next(struct outbox *o)
{
    struct store_outbox *r = &o->read[o->reads];
    const struct store_outbox *before = o->reads ? r - 1 : NULL;
    r->op.kind = STORE_OUTBOX;
    r->op.done = on_read;
    r->op.data = o;
    r->done = before ? 0 : o->told;
    r->after = before ? before->told[before->count - 1].row : o->told;
    store_submit(o->intake->store, &r->op);
}

void outbox_poke(struct outbox *o)
{
    o->again = o->busy;
    if (o->busy || o->closing || o->queue->state != QUEUE_UP)
        return;
    o->busy = true;
    o->worked = false;
    read_next(o);
}

static void on_news(void *data)
{
    outbox_poke(data);
}

static void on_beat(void *data)
{
    struct outbox *o = data;
    if (!o->retry_ms || queue_now(o->queue) < o->retry_ms)
        return;
    o->retry_ms = 0;
    outbox_poke(o);
}

static bool is_telling(void *data)
{
    return ((struct outbox *)data)->busy;
}

void outbox_open(struct outbox *o, struct queue *queue, struct intake *intake)
{
    *o = (struct outbox){.queue = queue, .intake = intake};
    intake->on_durable = on_news;
    intake->durable_data = o;
    queue->on_up = on_news;
    queue->on_beat = on_beat;
    queue->is_telling = is_telling;
    queue->up_data = o;
}

void outbox_close(struct outbox *o, void (*closed)(void *data), void *data)
{
    o->closing = true;
    o->closed = closed;
    o->data = data;
    if (!o->busy)
        rest(o);
}
