/*
 * eyes_follow.c: the view follows the streams of a Redis that several workers write to.
 *
 * XREAD from the saved positions, PAGE entries of each stream at a time, a tick apart, or at once
 * while there is more. Without a position it begins with the window. A Redis that is away is waited
 * for: the client mends itself.
 */
#include <stdlib.h>

#include "daemon/eyes.h"
#include "daemon/rules.h"
#include "dupd/error.h"

#define PAGE 50 /* of each stream: a few milliseconds of the loop's thread */

static const char *const field_of[VIEW_KIND_COUNT] = {"verdict", "alert", "event"};

static struct dupd_view view_of(const redisReply *r)
{
    return r->type == REDIS_REPLY_STRING ? (struct dupd_view){r->str, (size_t)r->len}
                                         : (struct dupd_view){0};
}

static void take_entry(struct eyes *e, enum view_kind kind, const redisReply *entry)
{
    struct dupd_view none = {0};
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING)
        return;
    struct dupd_view id = view_of(entry->element[0]);
    const redisReply *fields = entry->element[1];
    for (size_t i = 0; fields->type == REDIS_REPLY_ARRAY && i + 1 < fields->elements; i += 2)
        if (dupd_view_equal(view_of(fields->element[i]), dupd_view_of(field_of[kind])))
            eyes_feed(e, kind, id, view_of(fields->element[i + 1]), none);
    snprintf(e->follow.position[kind], VIEW_POSITION_MAX, "%.*s", (int)id.len, id.ptr);
}

static void take_stream(struct eyes *e, const redisReply *stream)
{
    if (stream->type != REDIS_REPLY_ARRAY || stream->elements != 2)
        return;
    struct dupd_view name = view_of(stream->element[0]);
    const redisReply *entries = stream->element[1];
    for (int k = 0; k < VIEW_KIND_COUNT; k++) {
        if (!dupd_view_equal(name, dupd_view_of(e->stream[k])))
            continue;
        for (size_t i = 0; entries->type == REDIS_REPLY_ARRAY && i < entries->elements; i++)
            take_entry(e, (enum view_kind)k, entries->element[i]);
        if (entries->elements >= PAGE)
            e->follow.full = true;
        return;
    }
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct eyes *e = b->data;
    (void)index;
    if (e->closing)
        return;
    if (reply->type == REDIS_REPLY_ERROR)
        LOG(e->options.log, LOG_WARNING, "view_redis", "the streams cannot be read",
            log_text("why", reply->str));
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        take_stream(e, reply->element[i]);
}

static void read_on(struct eyes *e);

static void on_done(struct redis_batch *b, int status)
{
    struct eyes *e = b->data;
    e->follow.busy = false;
    if (!status && e->follow.full && !e->closing)
        read_on(e);
}

static void read_on(struct eyes *e)
{
    struct eyes_follow *f = &e->follow;
    redis_batch_begin(&f->batch);
    f->batch.on_reply = on_reply;
    f->batch.on_done = on_done;
    f->batch.data = e;
    f->busy = true;
    f->full = false;
    redis_batch_addf(&f->batch, "XREAD COUNT %i STREAMS %s %s %s %s %s %s", (int64_t)PAGE,
                     e->stream[0], e->stream[1], e->stream[2], f->position[0], f->position[1],
                     f->position[2]);
    redis_submit(f->redis, &f->batch);
}

void eyes_follow_tick(struct eyes *e)
{
    struct eyes_follow *f = &e->follow;
    bool up = redis_state(f->redis) == REDIS_UP;
    metrics_set(e->options.metrics, METRIC_REDIS_UP, METRIC_ROLE_VIEW, up);
    if (up && !f->busy)
        read_on(e);
    eyes_recall_tick(e);
}

int eyes_follow_open(struct eyes *e, const struct settings *s, char problem[512])
{
    struct redis_url url;
    struct redis_options options;
    const struct where_names *n = e->options.names;
    const char *name[VIEW_KIND_COUNT] = {n->verdicts, n->alerts, n->stories};
    int64_t from = s->window ? rules_wall_ms(NULL) - (int64_t)s->window * 1000 : 0;
    const char *where = s->store[0] ? s->store : s->redis;
    int rc = where_redis(s, where, &url, &options, problem);
    for (int k = 0; k < VIEW_KIND_COUNT && !rc; k++) {
        char *position = e->follow.position[k];
        view_position(e->view, (enum view_kind)k, position);
        if (!strchr(position, '-'))
            snprintf(position, VIEW_POSITION_MAX, "%lld-0", (long long)(from > 0 ? from : 0));
        e->stream[k] = strdup(name[k]);
        rc = e->stream[k] ? DUPD_OK : DUPD_ENOMEM;
    }
    if (rc)
        return rc;
    options.client_name = "dupd-view";
    options.on_state = NULL;
    return redis_open(&e->follow.redis, e->options.loop, &url, &options, problem);
}

static void on_closed(void *data)
{
    eyes_part_closed(data);
}

void eyes_follow_close(struct eyes *e)
{
    for (int k = 0; k < VIEW_KIND_COUNT; k++)
        free(e->stream[k]);
    if (!e->follow.redis)
        return;
    e->waiting++;
    redis_close(e->follow.redis, on_closed, e);
}
