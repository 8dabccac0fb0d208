/*
 * answer.c: what is told to Redis about an entry, once: its verdict, or that it is given up.
 *
 * Happy path: one script, which does nothing unless the entry is pending. A reply of 0 means that
 * it has been answered: by another worker, or by us in a command whose reply was lost. Failure: no
 * connection, a busy or full server: tried again after a pause, for the verdict is durable and the
 * entry still ours. A server that does not know the script is sent the whole of it.
 */
#include <stdlib.h>
#include <time.h>

#include "daemon/delivery.h"
#include "daemon/script.h"

#define DEAD_FIELDS_MAX 512u /* of the original entry that are kept */

static void settle(struct delivery *d, bool done)
{
    d->sending = false;
    if (done)
        delivery_end(d);
    else
        delivery_pause(d);
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct delivery *d = b->data;
    struct queue *q = d->queue;
    (void)index;
    if (reply->type == REDIS_REPLY_INTEGER) {
        if (reply->integer == 0)
            LOG(q->log, LOG_DEBUG, "entry_gone", "the entry has been answered before",
                log_text("entry", d->id));
        else if (d->state == DELIVERY_DYING)
            metrics_add(q->metrics, METRIC_DEAD, d->reason_index, 1);
        d->whole = false;
        d->attempts = 0;
        d->due_ms = 1; /* answered: see on_done */
    } else if (script_is_unknown(reply)) {
        d->whole = true;
        d->due_ms = 0;
    } else {
        queue_error(q, reply, "answer");
        d->due_ms = 0;
    }
}

static void on_done(struct redis_batch *b, int status)
{
    struct delivery *d = b->data;
    settle(d, status == DUPD_OK && d->due_ms == 1);
}

static void begin(struct delivery *d)
{
    d->sending = true;
    d->due_ms = 0;
    redis_batch_begin(&d->batch);
    d->batch.on_reply = on_reply;
    d->batch.on_done = on_done;
    d->batch.data = d;
}

static struct dupd_view number_view(uint64_t n, char out[24])
{
    int len = snprintf(out, 24, "%llu", (unsigned long long)n);
    return (struct dupd_view){out, (size_t)len};
}

/* PREFIX:verdict:COLLECTION:ID; ':' and '%' of a collection as in URLs, as the store in Redis has
 * it, so that two articles never have one key. */
static int add_verdict_key(struct dupd_buf *key, const char *prefix, const struct dupd_article *a)
{
    int rc = dupd_buf_addf(key, "%s:verdict:", prefix);
    for (size_t i = 0; i < a->collection.len && !rc; i++) {
        char c = a->collection.ptr[i];
        if (c == ':' || c == '%')
            rc = dupd_buf_add_str(key, c == ':' ? "%3A" : "%25");
        else
            rc = dupd_buf_add_char(key, c);
    }
    rc = rc ? rc : dupd_buf_add_char(key, ':');
    return rc ? rc : dupd_buf_add_view(key, a->id);
}

void answer_send(struct delivery *d)
{
    struct queue *q = d->queue;
    const struct queue_options *o = &q->options;
    const struct dupd_article *a = &d->work.analysis.article;
    struct dupd_buf key = {0};
    char cap[24], window[24];
    begin(d);
    int rc = add_verdict_key(&key, o->names->prefix, a);
    const struct dupd_view words[] = {DUPD_VIEW("3"),
                                      dupd_view_of(o->names->articles),
                                      dupd_view_of(o->names->verdicts),
                                      dupd_buf_view(&key),
                                      dupd_view_of(o->names->group),
                                      dupd_view_of(d->id),
                                      a->id,
                                      dupd_buf_view(&d->work.json),
                                      number_view(o->stream_cap, cap),
                                      number_view(o->window_s, window),
                                      o->keep_entries ? DUPD_VIEW("1") : DUPD_VIEW("0")};
    if (!rc)
        script_add(&d->batch, SCRIPT_ANSWER, d->whole, words, sizeof words / sizeof *words);
    else
        d->batch.status = rc;
    dupd_buf_close(&key);
    redis_submit(q->commands, &d->batch);
}

/* "2026-01-02T03:04:05.678Z": when the entry was added. */
static struct dupd_view first_seen(const struct delivery *d, char out[40])
{
    unsigned long long ms = strtoull(d->id, NULL, 10);
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    if (!gmtime_r(&seconds, &t))
        return (struct dupd_view){0};
    size_t n = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &t);
    return (struct dupd_view){
        out, n + (size_t)snprintf(out + n, 40 - n, ".%03uZ", (unsigned)(ms % 1000))};
}

/* The original fields, cut where the entry is too large to be kept whole. Returns the number of
 * words. */
static size_t add_fields(const struct delivery *d, struct dupd_view *word, bool cut)
{
    size_t n = 0;
    for (size_t i = 0; i < d->field_count && i < DEAD_FIELDS_MAX; i++) {
        word[n++] = d->field[i].name;
        word[n++] = d->field[i].value;
    }
    for (size_t i = 0; cut && i < n; i++)
        if (word[i].len > SCRIPT_CUT_BYTES)
            word[i].len = SCRIPT_CUT_BYTES;
    return n;
}

void answer_bury(struct delivery *d)
{
    struct queue *q = d->queue;
    const struct queue_options *o = &q->options;
    struct dupd_view *word = malloc((2 * DEAD_FIELDS_MAX + 24) * sizeof *word);
    char cap[24], deliveries[24], seen[40], note[64];
    bool cut = d->whole_bytes > o->max_message || d->field_count > DEAD_FIELDS_MAX;
    d->state = DELIVERY_DYING;
    begin(d);
    if (!word) {
        settle(d, false);
        return;
    }
    const struct dupd_view head[] = {DUPD_VIEW("2"),
                                     dupd_view_of(o->names->articles),
                                     dupd_view_of(o->names->dead),
                                     dupd_view_of(o->names->group),
                                     dupd_view_of(d->id),
                                     o->keep_entries ? DUPD_VIEW("1") : DUPD_VIEW("0"),
                                     number_view(o->stream_cap, cap)};
    size_t n = sizeof head / sizeof *head;
    memcpy(word, head, sizeof head);
    n += add_fields(d, word + n, cut);
    if (cut) {
        int len = snprintf(note, sizeof note, "%llu bytes, %zu fields",
                           (unsigned long long)d->whole_bytes, d->field_count);
        word[n++] = DUPD_VIEW("truncated");
        word[n++] = (struct dupd_view){note, (size_t)len};
    }
    const struct dupd_view tail[] = {
        DUPD_VIEW("error"),        dupd_view_of(d->error),  DUPD_VIEW("reason"),
        dupd_view_of(d->reason),   DUPD_VIEW("deliveries"), number_view(d->deliveries, deliveries),
        DUPD_VIEW("first_seen"),   first_seen(d, seen),     DUPD_VIEW("worker"),
        dupd_view_of(q->consumer), DUPD_VIEW("entry"),      dupd_view_of(d->id)};
    memcpy(word + n, tail, sizeof tail);
    n += sizeof tail / sizeof *tail;
    script_add(&d->batch, SCRIPT_DEAD, d->whole, word, n);
    free(word);
    if (d->attempts == 0)
        LOG(q->log, LOG_WARNING, "entry_dead", "a queue entry is given up",
            log_text("entry", d->id), log_text("reason", d->reason), log_text("error", d->error),
            log_int("deliveries", (int64_t)d->deliveries));
    redis_submit(q->commands, &d->batch);
}
