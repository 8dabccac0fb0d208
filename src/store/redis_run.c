/*
 * redis_run.c: one operation on its way.
 *
 *   begin -> { batch -> send -> reply ... -> step } -> end
 *
 * Each step is one pipeline. A step returns 0 when it has sent the next batch or ended the
 * operation; a code ends it with that. An error reply anywhere in a batch does the same, once the
 * batch is complete: what it leaves half done can be done again. A lost script (SCRIPT FLUSH, a new
 * server) is loaded again by the next check, and the operation fails as if the server had been
 * away. Operations are kept for reuse with their memory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "store/redis_state.h"

#define SPARE_MAX 64u
#define KEEP_BYTES                                                                                 \
    ((size_t)64 * 1024) /* memory that a spare operation may keep, for each buffer                 \
                         */

void redis_op_fail_now(struct redis_store *s)
{
    struct store_op *op = s->failed;
    s->failed = NULL;
    uv_idle_stop(&s->idle);
    while (op) {
        struct store_op *next = op->next;
        s->done++;
        op->done(op);
        op = next;
    }
}

static void fail_later(uv_idle_t *idle)
{
    redis_op_fail_now(idle->data);
}

void redis_op_fail(struct redis_store *s, struct store_op *op, int rc)
{
    op->status = rc;
    op->next = s->failed;
    s->failed = op;
    uv_idle_start(&s->idle, fail_later);
}

static void shrink(struct dupd_buf *b)
{
    if (b->cap > KEEP_BYTES)
        dupd_buf_close(b);
    else
        dupd_buf_clear(b);
}

static void give_back(struct redis_op *o)
{
    struct redis_store *s = o->store;
    *(o->previous ? &o->previous->next : &s->under_way) = o->next;
    if (o->next)
        o->next->previous = o->previous;
    redis_walk_free(o->walk);
    o->walk = NULL;
    shrink(&o->batch.out);
    shrink(&o->note);
    shrink(&o->kept);
    if (s->spare_count < SPARE_MAX && !s->closing) {
        o->next = s->spare;
        s->spare = o;
        s->spare_count++;
        return;
    }
    redis_op_free(o);
}

void redis_op_free(struct redis_op *o)
{
    redis_batch_close(&o->batch);
    dupd_buf_close(&o->note);
    dupd_buf_close(&o->kept);
    free(o);
}

static void finish(struct redis_op *o, int status)
{
    struct redis_store *s = o->store;
    struct store_op *op = o->op;
    give_back(o);
    if (!op)
        return;
    op->status = status;
    s->done++;
    op->done(op);
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct redis_op *o = b->data;
    int rc = redis_reply_status(o->store, reply);
    if (!rc && o->reply)
        rc = o->reply(o, index, reply);
    if (rc && !o->status)
        o->status = rc;
}

static void on_done(struct redis_batch *b, int status)
{
    struct redis_op *o = b->data;
    if (status == DUPD_EAGAIN)
        snprintf(o->store->base.problem, sizeof o->store->base.problem, "%s",
                 redis_problem(o->redis)); /* which says where */
    int rc = status ? status : o->status;
    if (!rc)
        rc = o->step(o);
    if (rc)
        finish(o, rc);
}

/* The one with the least to do. (A server looks at its connections in turn and writes 64 kB of
 * replies to each at a time: with one, what is read waits behind what is written.) */
static struct redis *idlest(const struct redis_store *s)
{
    struct redis *best = NULL;
    for (unsigned i = 0; i < s->how.connections; i++)
        if (redis_state(s->redis[i]) == REDIS_UP &&
            (!best || redis_pending(s->redis[i]) < redis_pending(best)))
            best = s->redis[i];
    return best ? best : s->redis[0];
}

static struct redis_op *take(struct redis_store *s)
{
    struct redis_op *o = s->spare;
    if (o) {
        s->spare = o->next;
        s->spare_count--;
    } else {
        o = calloc(1, sizeof *o);
        if (!o)
            return NULL;
        o->store = s;
        o->batch.on_reply = on_reply;
        o->batch.on_done = on_done;
        o->batch.data = o;
    }
    o->next = s->under_way;
    o->previous = NULL;
    if (o->next)
        o->next->previous = o;
    s->under_way = o;
    o->redis = s->redis[0];
    o->status = DUPD_OK;
    o->at = 0;
    o->again = false;
    o->op = NULL;
    return o;
}

void redis_op_catch(struct redis_op *o, void (*then)(struct redis_batch *, int))
{
    o->batch.on_done = then;
}

void redis_op_retire(struct redis_op *o)
{
    o->batch.on_done = on_done;
    give_back(o);
}

void redis_op_spread(struct redis_op *o)
{
    o->redis = idlest(o->store);
}

struct redis_op *redis_op_begin(struct redis_store *s, struct store_op *op)
{
    struct redis_op *o = take(s);
    if (o) {
        o->op = op;
        if (op->kind != STORE_PUT && op->kind != STORE_LOOKUP) /* in order: see redis_article.c */
            redis_op_spread(o);
    } else
        redis_op_fail(s, op, DUPD_ENOMEM);
    return o;
}

static int end_quietly(struct redis_op *o)
{
    return redis_op_end(o);
}

struct redis_op *redis_op_aside(struct redis_store *s)
{
    struct redis_op *o = take(s);
    if (o)
        redis_op_batch(o, NULL, end_quietly);
    return o;
}

struct redis_batch *redis_op_batch(struct redis_op *o,
                                   int (*reply)(struct redis_op *, unsigned, const redisReply *),
                                   int (*step)(struct redis_op *))
{
    redis_batch_begin(&o->batch);
    o->reply = reply;
    o->step = step;
    o->status = DUPD_OK;
    return &o->batch;
}

int redis_op_send(struct redis_op *o)
{
    redis_submit(o->redis, &o->batch);
    return DUPD_OK;
}

int redis_op_end(struct redis_op *o)
{
    finish(o, DUPD_OK);
    return DUPD_OK;
}

void redis_op_resume(struct redis_op *o, int rc, bool over)
{
    if (rc || over)
        finish(o, rc);
}

int redis_op_end_later(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_op *op = o->op;
    give_back(o);
    redis_op_fail(s, op, DUPD_OK);
    return DUPD_OK;
}

void redis_op_start(struct redis_op *o, int rc)
{
    if (!rc)
        return;
    struct redis_store *s = o->store;
    struct store_op *op = o->op;
    give_back(o);
    redis_op_fail(s, op, rc); /* nothing completes inside submit */
}

int redis_reply_status(struct redis_store *s, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ERROR)
        return DUPD_OK;
    struct dupd_view text = redis_reply_view(reply);
    enum redis_class class = redis_class_of(text);
    snprintf(s->base.problem, sizeof s->base.problem, "%s: %.*s", redis_where(s->redis[0]),
             text.len > 300 ? 300 : (int)text.len, text.ptr);
    if (class == REDIS_SCRIPT) {
        s->sha[0][0] = '\0'; /* loaded again by the next check, which comes at once */
        redis_meta_ask(s);
        return DUPD_EAGAIN;
    }
    int rc = redis_class_status(class);
    return rc ? rc : DUPD_EINVAL;
}

uint64_t redis_view_u64(struct dupd_view v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v.len && i < 19 && v.ptr[i] >= '0' && v.ptr[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(v.ptr[i] - '0');
    return n;
}

uint64_t redis_reply_u64(const redisReply *r)
{
    if (!r)
        return 0;
    if (r->type == REDIS_REPLY_INTEGER)
        return r->integer < 0 ? 0 : (uint64_t)r->integer;
    return redis_view_u64(redis_reply_view(r));
}

uint64_t redis_info_u64(struct dupd_view info, const char *name)
{
    size_t len = strlen(name);
    const char *at = info.len ? memmem(info.ptr, info.len, name, len) : NULL;
    if (!at)
        return 0;
    return redis_view_u64((struct dupd_view){at + len, info.len - (size_t)(at + len - info.ptr)});
}
