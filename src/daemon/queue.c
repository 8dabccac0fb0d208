/*
 * queue.c: the connections of the queue, what is started when, and its end.
 *
 * Happy path: when the command connection is up the server is asked for its version and how it
 * keeps data, the group is made, and reading begins. A timer that beats ten times a second does all
 * that is due: pauses that are over, the list, claims, figures.
 *
 * Failure: a lost connection stops reading and pauses what wanted to be answered; everything else
 * goes on. It is said once, and once when it is over. NOGROUP makes the group again from the
 * beginning of the stream, so that nothing is passed over.
 */
#include "daemon/queue.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemon/delivery.h"

#define TICK_MS 100u
#define VERSION_MIN 70000u

uint64_t queue_now(const struct queue *q)
{
    return uv_now(q->loop);
}

uint64_t queue_jitter(uint64_t span_ms)
{
    uint32_t random = 0;
    uv_random(NULL, NULL, &random, sizeof random, 0, NULL);
    return span_ms - span_ms / 5 + (span_ms ? random % (2 * span_ms / 5 + 1) : 0);
}

size_t queue_room(const struct queue *q)
{
    const struct queue_options *o = &q->options;
    if (q->bytes >= o->inflight_bytes || q->count >= o->inflight)
        return 0;
    return o->inflight - q->count;
}

struct delivery *queue_find(const struct queue *q, struct dupd_view id)
{
    struct delivery *d = q->first;
    while (d && !dupd_view_equal(dupd_view_of(d->id), id))
        d = d->next;
    return d;
}

static void step(struct queue *q);

void queue_take(struct queue *q, const redisReply *entry, uint64_t deliveries, uint64_t bytes)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements < 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING ||
        queue_find(q, queue_view(entry->element[0])))
        return;
    struct delivery *d = delivery_new(q, entry, deliveries, bytes);
    if (!d) {
        LOG(q->log, LOG_WARNING, "no_memory", "out of memory; the entry is left for later",
            log_view("entry", queue_view(entry->element[0])));
        return;
    }
    if (deliveries > 1)
        metrics_add(q->metrics, METRIC_REDELIVERIES, 0, 1);
    q->average_bytes += ((double)d->bytes - q->average_bytes) / 16;
    if ((double)d->bytes > q->average_bytes)
        q->average_bytes = (double)d->bytes; /* grows at once, falls slowly */
    delivery_start(d);
}

/* ---- trouble ---- */

void queue_error(struct queue *q, const redisReply *reply, const char *command)
{
    if (reply->type != REDIS_REPLY_ERROR) {
        LOG(q->log, LOG_WARNING, "redis_reply", "an unexpected reply", log_text("command", command),
            log_int("type", reply->type));
        return;
    }
    enum redis_class c = redis_class_of(queue_view(reply));
    metrics_add(q->metrics, METRIC_REDIS_ERRORS, c, 1);
    if (c == REDIS_GROUP) {
        queue_regroup(q);
        return;
    }
    LOG(q->log, c == REDIS_BUG ? LOG_ERROR : LOG_WARNING, "redis_error", "Redis refused a command",
        log_text("command", command), log_view("error", queue_view(reply)));
}

static void check(struct queue *q);

void queue_regroup(struct queue *q)
{
    if (q->state != QUEUE_UP)
        return;
    LOG(q->log, LOG_WARNING, "group_gone",
        "the stream or its group is gone; the group is made again, from the first entry",
        log_text("stream", q->options.names->articles), log_text("group", q->options.names->group));
    check(q);
}

/* ---- coming up ---- */

/* The value of "key:" in the text of INFO. */
static struct dupd_view info_of(struct dupd_view info, const char *key)
{
    size_t n = strlen(key);
    while (info.len) {
        const char *end = memchr(info.ptr, '\n', info.len);
        size_t line = end ? (size_t)(end - info.ptr) : info.len;
        if (line > n && memcmp(info.ptr, key, n) == 0 && info.ptr[n] == ':') {
            struct dupd_view v = {info.ptr + n + 1, line - n - 1};
            while (v.len && (v.ptr[v.len - 1] == '\r' || v.ptr[v.len - 1] == ' '))
                v.len--;
            return v;
        }
        line += end != NULL;
        info = (struct dupd_view){info.ptr + line, info.len - line};
    }
    return (struct dupd_view){0};
}

static void advise(struct queue *q, struct dupd_view info)
{
    struct dupd_view aof = info_of(info, "aof_enabled");
    struct dupd_view policy = info_of(info, "maxmemory_policy");
    if (q->said_advice)
        return;
    q->said_advice = true;
    if (dupd_view_equal(aof, DUPD_VIEW("0")))
        LOG_PLAIN(q->log, LOG_WARNING, "redis_not_durable",
                  "Redis keeps no append-only file: when it crashes, articles and verdicts are "
                  "lost; set appendonly yes");
    if (policy.len && !dupd_view_equal(policy, DUPD_VIEW("noeviction")))
        LOG(q->log, LOG_WARNING, "redis_evicts",
            "Redis may throw keys away when it is full; set maxmemory-policy noeviction",
            log_view("maxmemory_policy", policy));
}

enum { CHECK_INFO, CHECK_GROUPS, CHECK_VERDICTS, CHECK_DEAD, CHECK_CREATE };

/* Does XINFO GROUPS name ours? */
static bool has_group(const struct queue *q, const redisReply *groups)
{
    struct dupd_view ours = dupd_view_of(q->options.names->group);
    for (size_t i = 0; groups->type == REDIS_REPLY_ARRAY && i < groups->elements; i++) {
        const redisReply *g = groups->element[i];
        for (size_t k = 0; g->type == REDIS_REPLY_ARRAY && k + 1 < g->elements; k += 2)
            if (dupd_view_equal(queue_view(g->element[k]), DUPD_VIEW("name")) &&
                dupd_view_equal(queue_view(g->element[k + 1]), ours))
                return true;
    }
    return false;
}

static void check_type(struct queue *q, const char *stream, const redisReply *type)
{
    struct dupd_view is = queue_view(type);
    if (type->type == REDIS_REPLY_STATUS && !dupd_view_equal(is, DUPD_VIEW("none")) &&
        !dupd_view_equal(is, DUPD_VIEW("stream")))
        snprintf(q->check_problem, sizeof q->check_problem,
                 "key %.80s is a %.*s, not a stream; rename it, or give that stream another name",
                 stream, (int)(is.len & 15), is.ptr);
}

/* A full server refuses XGROUP CREATE also where the group is there already, and only who reads on
 * makes room. */
static void take_created(struct queue *q, const redisReply *reply)
{
    enum redis_class c =
        reply->type == REDIS_REPLY_ERROR ? redis_class_of(queue_view(reply)) : REDIS_NONE;
    if (c == REDIS_NONE || c == REDIS_EXISTS || (c == REDIS_FULL && q->has_group))
        return;
    snprintf(q->check_problem, sizeof q->check_problem, "cannot make the consumer group: %.*s",
             (int)(reply->len < 150 ? reply->len : 150), reply->str);
    queue_error(q, reply, "XGROUP CREATE");
}

static void on_check_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    if (index == CHECK_INFO) {
        if (reply->type == REDIS_REPLY_STRING)
            advise(q, queue_view(reply));
        else
            LOG(q->log, LOG_NOTICE, "redis_unchecked",
                "Redis does not say how it keeps data (INFO is refused)",
                log_view("error", queue_view(reply)));
    } else if (index == CHECK_GROUPS) {
        q->has_group = has_group(q, reply);
    } else if (index == CHECK_VERDICTS) {
        check_type(q, q->options.names->verdicts, reply);
    } else if (index == CHECK_DEAD) {
        check_type(q, q->options.names->dead, reply);
    } else {
        take_created(q, reply);
    }
}

static void come_up(struct queue *q)
{
    q->state = QUEUE_UP;
    q->claim_from_ms = queue_now(q) + q->options.claim_idle_ms;
    q->claim.due_ms = q->claim_from_ms;
    LOG(q->log, LOG_NOTICE, "queue_up", "connected to the queue",
        log_text("redis", redis_where(q->commands)), log_text("stream", q->options.names->articles),
        log_text("group", q->options.names->group), log_text("consumer", q->consumer));
    q->said_down = false;
    for (struct delivery *d = q->first; d; d = d->next)
        d->attempts = 0; /* what waited for the queue need not wait long any more */
    queue_step(q);
    if (q->on_up)
        q->on_up(q->up_data);
}

static void on_check_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    q->check.busy = false;
    if (q->state != QUEUE_CHECKING)
        return;
    if (status == 0) {
        if (q->check_problem[0] && strcmp(q->problem, q->check_problem) != 0)
            LOG(q->log, LOG_ERROR, "queue_unfit", "the queue cannot be used; waiting",
                log_text("why", q->check_problem));
        memcpy(q->problem, q->check_problem, sizeof q->problem);
        if (!q->problem[0]) {
            come_up(q);
            return;
        }
    }
    q->check.due_ms = queue_now(q) + queue_jitter(1000); /* on_tick asks again */
}

static void check(struct queue *q)
{
    const struct where_names *n = q->options.names;
    struct redis_batch *b = &q->check.batch;
    q->state = QUEUE_CHECKING;
    if (q->check.busy)
        return;
    q->check.busy = true;
    q->check.due_ms = UINT64_MAX;
    q->check_problem[0] = '\0';
    redis_batch_begin(b);
    redis_batch_addf(b, "INFO");
    redis_batch_addf(b, "XINFO GROUPS %s", n->articles);
    redis_batch_addf(b, "TYPE %s", n->verdicts);
    redis_batch_addf(b, "TYPE %s", n->dead);
    redis_batch_addf(b, "XGROUP CREATE %s %s 0 MKSTREAM", n->articles, n->group);
    redis_submit(q->commands, b);
}

static void on_commands_state(struct redis *r, enum redis_state state, const char *why, void *data)
{
    struct queue *q = data;
    metrics_set(q->metrics, METRIC_REDIS_UP, METRIC_ROLE_QUEUE, state == REDIS_UP);
    if (state == REDIS_UP) {
        unsigned version = redis_version(r);
        if (version && version < VERSION_MIN) {
            snprintf(q->problem, sizeof q->problem, "%s is Redis %u.%u; 7.0 is needed",
                     redis_where(r), version / 10000, version / 100 % 100);
            q->options.refused(q->problem, q->options.data);
            return;
        }
        if (!q->draining)
            check(q);
        return;
    }
    snprintf(q->problem, sizeof q->problem, "%s", why && why[0] ? why : "not connected");
    q->state = QUEUE_DOWN;
    if (!q->said_down && !q->draining)
        LOG(q->log, LOG_WARNING, "queue_down",
            "the queue cannot be reached; waiting, what is in work is kept",
            log_text("why", q->problem));
    q->said_down = true;
}

static void on_reader_state(struct redis *r, enum redis_state state, const char *why, void *data)
{
    struct queue *q = data;
    (void)r;
    (void)why;
    if (state == REDIS_UP)
        step(q);
}

/* ---- going on ---- */

/* Pauses that are over. One may end, and begin others, while this runs: hence by state. */
static void resume_pausing(struct queue *q)
{
    uint64_t now = queue_now(q);
    struct delivery *next;
    for (struct delivery *d = q->pausing ? q->first : NULL; d; d = next) {
        next = d->next;
        bool to_answer = d->state == DELIVERY_ANSWERING || d->state == DELIVERY_DYING;
        bool pausing = d->state == DELIVERY_PAUSING || (to_answer && !d->sending);
        bool may = to_answer ? q->state == QUEUE_UP
                             : !q->draining && q->options.store_is_ready(q->options.data);
        if (pausing && may && d->due_ms <= now)
            delivery_resume(d);
    }
}

/* The next one that must be alone, once nothing else is at work; then those held behind it. */
static void resume_held(struct queue *q)
{
    struct delivery *next;
    for (struct delivery *d = q->held ? q->first : NULL; d && !q->alone; d = next) {
        next = d->next;
        if (d->state != DELIVERY_HELD)
            continue;
        bool suspect = d->deliveries >= 2 || d->starved;
        if (suspect && q->working)
            break;
        delivery_resume(d);
    }
}

static void step(struct queue *q)
{
    if (!q->draining) {
        resume_held(q);
        queue_read(q);
    }
    metrics_set(q->metrics, METRIC_INFLIGHT, 0, (double)q->count);
    metrics_set(q->metrics, METRIC_INFLIGHT_BYTES, 0, (double)q->bytes);
}

void queue_step(struct queue *q)
{
    step(q);
}

static void look_whether_drained(struct queue *q);

static void on_tick(uv_timer_t *timer)
{
    struct queue *q = timer->data;
    resume_pausing(q);
    if (q->draining) {
        look_whether_drained(q);
        return;
    }
    if (q->state == QUEUE_CHECKING && !q->check.busy && q->check.due_ms <= queue_now(q) &&
        redis_state(q->commands) == REDIS_UP)
        check(q);
    if (q->state == QUEUE_UP) {
        queue_claim_tick(q);
        queue_list_tick(q);
        if (q->on_beat)
            q->on_beat(q->up_data);
    }
    step(q);
}

/* ---- the end ---- */

static void on_closed(void *data)
{
    struct queue *q = data;
    if (--q->closing)
        return;
    delivery_free_all(q);
    struct queue_call *calls[] = {&q->check, &q->read,    &q->claim, &q->keep,
                                  &q->move,  &q->measure, &q->tidy};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        redis_batch_close(&calls[i]->batch);
    q->drained(q->drained_data);
}

static void on_tick_closed(uv_handle_t *handle)
{
    on_closed(handle->data);
}

static void close_all(struct queue *q)
{
    q->closing = 3;
    uv_close((uv_handle_t *)&q->tick, on_tick_closed);
    redis_close(q->reader, on_closed, q);
    redis_close(q->commands, on_closed, q);
}

static void on_left(struct redis_batch *b, int status)
{
    (void)status;
    close_all(b->data);
}

/* Something that is being worked on, or said to Redis right now. */
static size_t at_work(const struct queue *q)
{
    size_t n = q->working;
    for (const struct delivery *d = q->first; d; d = d->next)
        n += d->sending;
    return n;
}

static void look_whether_drained(struct queue *q)
{
    bool over = queue_now(q) >= q->drain_until_ms;
    size_t busy = at_work(q) + (q->is_telling && q->is_telling(q->up_data));
    if (q->closing || q->tidy.busy || ((busy || q->read.busy) && !over))
        return;
    if (q->count)
        LOG(q->log, over && busy ? LOG_WARNING : LOG_NOTICE, "queue_left",
            "entries are left to other workers", log_int("entries", (int64_t)q->count));
    if (q->working) /* the intake has them still: they are freed when it gives them back */
        return;
    if (q->count == 0 && q->state == QUEUE_UP)
        queue_leave(q, on_left);
    else
        close_all(q);
}

void queue_drain(struct queue *q, uint64_t drain_ms, void (*drained)(void *data), void *data)
{
    q->draining = true;
    q->drain_until_ms = queue_now(q) + drain_ms;
    q->drained = drained;
    q->drained_data = data;
}

/* ---- the beginning ---- */

static void name_consumer(struct queue *q)
{
    char host[64] = "host";
    uint32_t random = 0;
    gethostname(host, sizeof host - 1);
    uv_random(NULL, NULL, &random, sizeof random, 0, NULL);
    snprintf(q->consumer, sizeof q->consumer, "%s:%ld:%08x", host, (long)getpid(), random);
}

static int open_clients(struct queue *q, char problem[512])
{
    struct redis_options o = q->options.redis;
    o.data = q;
    o.reply_max = 2 * q->options.max_message + 65536;
    o.client_name = "dupd-queue";
    o.on_state = on_commands_state;
    int rc = redis_open(&q->commands, q->loop, &q->options.url, &o, problem);
    if (rc)
        return rc;
    o.client_name = "dupd-reader";
    o.on_state = on_reader_state;
    rc = redis_open(&q->reader, q->loop, &q->options.url, &o, problem);
    if (rc)
        redis_close(q->commands, NULL, NULL);
    return rc;
}

int queue_open(struct queue *q, uv_loop_t *loop, struct log *log, struct metrics *metrics,
               struct intake *intake, const struct queue_options *options, char problem[512])
{
    *q = (struct queue){.loop = loop,
                        .log = log,
                        .metrics = metrics,
                        .intake = intake,
                        .options = *options,
                        .problem = "not connected yet"};
    name_consumer(q);
    q->check.batch.on_reply = on_check_reply;
    q->check.batch.on_done = on_check_done;
    q->check.batch.data = q;
    queue_read_setup(q);
    queue_claim_setup(q);
    queue_list_setup(q);
    int rc = open_clients(q, problem);
    if (rc)
        return rc;
    uv_timer_init(loop, &q->tick);
    q->tick.data = q;
    uv_timer_start(&q->tick, on_tick, TICK_MS, TICK_MS);
    return DUPD_OK;
}
