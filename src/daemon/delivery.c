/*
 * delivery.c: the way of one entry: the one place that moves it on.
 *
 * Happy path: the fields are copied out of the reply, the intake makes a durable verdict of them,
 * and where the store's commit has answered the entry it is over; else answer.c publishes it.
 *
 * Failure: what is wrong with the article goes to the dead stream at once. What is wrong with the
 * store pauses (jittered, doubled, up to 5 s) and is tried again as long as it takes: nothing else
 * could be done with it. For want of memory it is tried again alone, and given up after as many
 * times as an entry may be delivered. One that was delivered too often before has killed its
 * workers, and is given up unread.
 */
#include "daemon/delivery.h"

#include <stdlib.h>

#include "daemon/rules.h"

#define PAUSE_MS 100u
#define ENTRY_MS_LEAST UINT64_C(946684800000) /* the year 2000 */
#define CLOCKS_MS_APART 60000                 /* Redis's and ours, at most */
#define PAUSE_MAX_MS 5000u
#define KEEP_BYTES ((size_t)256 * 1024)

static const char *const reasons[] = {
#define REASON_TEXT(name, text) text,
    METRIC_REASONS(REASON_TEXT)
#undef REASON_TEXT
};

static void on_judged(struct work *w);

/* ---- memory ---- */

static struct delivery *take_free(struct queue *q)
{
    struct delivery *d = q->free;
    if (d) {
        q->free = d->next;
        return d;
    }
    d = calloc(1, sizeof *d);
    if (d)
        work_init(&d->work);
    return d;
}

static void link_last(struct queue *q, struct delivery *d)
{
    d->next = NULL;
    d->previous = q->last;
    *(q->last ? &q->last->next : &q->first) = d;
    q->last = d;
    q->count++;
    q->bytes += d->bytes;
}

static void take_out(struct queue *q, struct delivery *d)
{
    *(d->previous ? &d->previous->next : &q->first) = d->next;
    *(d->next ? &d->next->previous : &q->last) = d->previous;
    q->count--;
    q->bytes -= d->bytes;
}

static void close_one(struct delivery *d)
{
    work_close(&d->work);
    dupd_buf_close(&d->data);
    redis_batch_close(&d->batch);
    free(d->field);
    free(d);
}

void delivery_free_all(struct queue *q)
{
    while (q->first) {
        struct delivery *d = q->first;
        take_out(q, d);
        close_one(d);
    }
    while (q->free) {
        struct delivery *d = q->free;
        q->free = d->next;
        close_one(d);
    }
}

/* The same for all that one turn of the loop has read. */
static int64_t wall_of_turn(struct queue *q)
{
    if (q->turn_ms != queue_now(q)) {
        q->turn_ms = queue_now(q);
        q->turn_wall_ms = rules_wall_ms(NULL);
    }
    return q->turn_wall_ms;
}

/* Milliseconds of an entry id: when it was added. An id that a producer made up says nothing of
 * that: one of a moment to come (Redis gives ids behind it from then on), or of a time before
 * Redis. Such an entry came in now. */
static int64_t entry_ms(struct queue *q, const char *id)
{
    int64_t now = wall_of_turn(q);
    unsigned long long ms = strtoull(id, NULL, 10);
    if (ms >= ENTRY_MS_LEAST && ms <= (unsigned long long)(now + CLOCKS_MS_APART))
        return (int64_t)ms;
    LOG(q->log, LOG_WARNING, "entry_undated",
        "the entry's id is no moment at which it can have come in; it counts as of now",
        log_text("entry", id));
    return now;
}

static int copy_fields(struct delivery *d, const redisReply *fields)
{
    size_t count = fields->type == REDIS_REPLY_ARRAY ? fields->elements / 2 : 0, total = 0;
    if (count > d->field_cap) {
        struct article_field *more = realloc(d->field, count * sizeof *more);
        if (!more)
            return DUPD_ENOMEM;
        d->field = more;
        d->field_cap = count;
    }
    for (size_t i = 0; i < 2 * count; i++)
        total += (size_t)fields->element[i]->len;
    dupd_buf_clear(&d->data);
    if (dupd_buf_reserve(&d->data, total + 1)) /* nothing moves */
        return DUPD_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct dupd_view part[2];
        for (size_t k = 0; k < 2; k++) {
            const redisReply *r = fields->element[2 * i + k];
            part[k] = (struct dupd_view){d->data.ptr + d->data.len, (size_t)r->len};
            if (dupd_buf_add(&d->data, r->str, (size_t)r->len))
                return DUPD_ENOMEM;
        }
        d->field[i] = (struct article_field){part[0], part[1]};
    }
    d->field_count = count;
    return DUPD_OK;
}

struct delivery *delivery_new(struct queue *q, const redisReply *entry, uint64_t deliveries,
                              uint64_t bytes)
{
    struct delivery *d = take_free(q);
    if (!d)
        return NULL;
    if (copy_fields(d, entry->element[1])) {
        d->next = q->free;
        q->free = d;
        return NULL;
    }
    snprintf(d->id, sizeof d->id, "%.*s", (int)entry->element[0]->len, entry->element[0]->str);
    d->queue = q;
    d->arrived_ms = entry_ms(q, d->id);
    d->deliveries = deliveries;
    d->attempts = d->starved = 0;
    d->whole = d->sending = false;
    d->bytes = d->data.len;
    d->whole_bytes = bytes > d->data.len ? bytes : d->data.len;
    d->since_ms = queue_now(q);
    d->error[0] = '\0';
    link_last(q, d);
    return d;
}

void delivery_end(struct delivery *d)
{
    struct queue *q = d->queue;
    take_out(q, d);
    if (d->data.cap > KEEP_BYTES)
        dupd_buf_close(&d->data);
    if (d->batch.out.cap > KEEP_BYTES)
        redis_batch_close(&d->batch);
    work_shrink(&d->work);
    d->next = q->free;
    q->free = d;
    queue_step(q);
}

/* ---- its way ---- */

static void set_reason(struct delivery *d, unsigned reason, const char *error)
{
    d->reason_index = reason;
    d->reason = reasons[reason];
    snprintf(d->error, sizeof d->error, "%s", error);
}

static void die(struct delivery *d, unsigned reason, const char *error)
{
    set_reason(d, reason, error);
    metrics_add(d->queue->metrics, METRIC_FAILED, reason, 1);
    answer_bury(d);
}

static void hold(struct delivery *d)
{
    d->state = DELIVERY_HELD;
    d->queue->held++;
}

void delivery_pause(struct delivery *d)
{
    struct queue *q = d->queue;
    uint64_t pause = PAUSE_MS << (d->attempts < 6 ? d->attempts : 6);
    d->attempts++;
    d->due_ms = queue_now(q) + queue_jitter(pause > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause);
    if (d->state == DELIVERY_WORKING)
        d->state = DELIVERY_PAUSING;
    q->pausing++;
}

static void work_on(struct delivery *d)
{
    struct queue *q = d->queue;
    struct work *w = &d->work;
    d->state = DELIVERY_WORKING;
    q->working++;
    w->form = ARTICLE_JSON;
    w->field = d->field;
    w->field_count = d->field_count;
    w->id_required = true;
    w->collection = dupd_view_of(q->options.collection);
    w->mode = ENGINE_ADD;
    w->is_import = false;
    w->entry = dupd_view_of(d->id);
    w->arrived_ms = d->arrived_ms;
    w->together = (uint64_t)w->arrived_ms; /* else chance would say which of a burst was first */
    w->done = on_judged;
    w->data = d;
    intake_begin(q->intake, w);
}

/* Such an entry is worked on while nothing else is. */
static bool is_suspect(const struct delivery *d)
{
    return d->deliveries >= 2 || d->starved;
}

void delivery_start(struct delivery *d)
{
    struct queue *q = d->queue;
    char error[ARTICLE_PROBLEM_MAX];
    if (d->deliveries > q->options.deliveries) {
        snprintf(error, sizeof error,
                 "delivered %llu times without a verdict: it kills its workers",
                 (unsigned long long)d->deliveries);
        die(d, METRIC_REASON_POISON, error);
    } else if (d->whole_bytes > d->bytes) {
        snprintf(
            error, sizeof error,
            "the entry has %llu bytes, more than the limit of %zu; raise --max-message if that "
            "is meant",
            (unsigned long long)d->whole_bytes, q->options.max_message);
        die(d, METRIC_REASON_TOO_BIG, error);
    } else if (d->field_count == 0) {
        die(d, METRIC_REASON_EMPTY, "the entry has no fields");
    } else if (is_suspect(d) || q->alone || q->held) {
        hold(d);
    } else {
        work_on(d);
    }
}

/* A held one is started only when nothing else is at work. */
void delivery_resume(struct delivery *d)
{
    struct queue *q = d->queue;
    if (d->state == DELIVERY_HELD) {
        q->held--;
        q->alone = is_suspect(d);
        work_on(d);
        return;
    }
    q->pausing--;
    if (d->state == DELIVERY_ANSWERING) {
        answer_send(d);
    } else if (d->state == DELIVERY_DYING) {
        answer_bury(d);
    } else if (is_suspect(d) || q->alone || q->held) {
        hold(d);
    } else {
        work_on(d);
    }
}

/* It is the store that cannot do it now. */
static bool is_for_now(int status)
{
    switch (status) {
    case DUPD_EAGAIN:
    case DUPD_EIO:
    case DUPD_EFULL:
    case DUPD_EBUSY:
    case DUPD_EREADONLY:
    case DUPD_EDENIED:
    case DUPD_ESTALE:
    case DUPD_EINTR:
    case DUPD_EPARAM:
    case DUPD_EVERSION:
    case DUPD_ENOTSTORE:
        return true;
    default:
        return false;
    }
}

static void failed(struct delivery *d)
{
    struct queue *q = d->queue;
    const struct work *w = &d->work;
    if (w->status == DUPD_EGONE) {
        LOG(q->log, LOG_DEBUG, "entry_gone", "another worker has answered this entry",
            log_text("entry", d->id));
        delivery_end(d);
    } else if (w->status == DUPD_ENOMEM) {
        LOG(q->log, LOG_WARNING, "no_memory", "out of memory; the article is tried again alone",
            log_text("entry", d->id));
        if (++d->starved >= q->options.deliveries) {
            die(d, METRIC_REASON_MEMORY, w->problem);
        } else {
            d->due_ms = 0;
            hold(d);
        }
    } else if (!w->refused && is_for_now(w->status)) {
        LOG(q->log, LOG_WARNING, "store_waits",
            "the store cannot take the article now; tried again", log_text("entry", d->id),
            log_text("why", w->problem));
        delivery_pause(d);
    } else {
        die(d, w->no_id ? METRIC_REASON_NO_ID : metrics_at_error(w->status), w->problem);
    }
}

static void on_judged(struct work *w)
{
    struct delivery *d = w->data;
    struct queue *q = d->queue;
    q->working--;
    q->alone = false;
    if (w->status) {
        failed(d);
    } else if (q->options.store_answers) {
        delivery_end(d);
        return; /* has stepped */
    } else {
        d->state = DELIVERY_ANSWERING;
        answer_send(d);
    }
    queue_step(q);
}
