/*
 * queue_claim.c: entries that are pending and in nobody's hands, and keeping ours ours.
 *
 *   of other workers   every 5 s: what has been left alone for claim_idle, from the cursor on
 *   our own            after a read whose reply was lost: what is pending to us and not in memory
 *   in flight here     every claim_idle / 3: XCLAIM ... JUSTID, so that nobody takes it for left
 *
 * Claiming raises the delivery count, which so counts the workers that an entry may have killed;
 * JUSTID does not. During the first claim_idle after a reconnect nothing is claimed: the others
 * have lost the connection as well, and want to keep theirs. Entries that were trimmed away before
 * they were answered are lost; that is counted and said, for it is a producer's mistake (MAXLEN).
 */
#include <stdlib.h>

#include "daemon/delivery.h"
#include "daemon/script.h"

#define CLAIM_EVERY_MS 5000u
#define CLAIM_MAX 16u
#define KEEP_MAX 256u

static uint64_t claim_interval(const struct queue *q)
{
    uint64_t third = q->options.claim_idle_ms / 3;
    return queue_jitter(third < CLAIM_EVERY_MS ? third : CLAIM_EVERY_MS);
}

static struct dupd_view number_view(uint64_t n, char out[24])
{
    int len = snprintf(out, 24, "%llu", (unsigned long long)n);
    return (struct dupd_view){out, (size_t)len};
}

/* Sends SCRIPT_CLAIM: for the entries, or from the cursor on. */
static void send_claim(struct queue *q, uint64_t idle, const struct dupd_view *id, size_t count)
{
    char number[4][24];
    struct redis_batch *b = &q->claim.batch;
    struct dupd_view word[9 + QUEUE_OWN_MAX] = {
        DUPD_VIEW("1"),
        dupd_view_of(q->options.names->articles),
        dupd_view_of(q->options.names->group),
        dupd_view_of(q->consumer),
        number_view(idle, number[0]),
        dupd_view_of(q->claim_cursor),
        number_view(CLAIM_MAX < queue_room(q) ? CLAIM_MAX : queue_room(q), number[1]),
        number_view(q->options.max_message, number[2]),
        number_view(SCRIPT_CUT_BYTES, number[3])};
    if (count)
        memcpy(word + 9, id, count * sizeof *id);
    q->claim.busy = true;
    redis_batch_begin(b);
    script_add(b, SCRIPT_CLAIM, q->claim_whole, word, 9 + count);
    redis_submit(q->commands, b);
}

static void say_lost(struct queue *q, size_t count, const char *which)
{
    metrics_add(q->metrics, METRIC_LOST, 0, count);
    LOG(q->log, LOG_ERROR, "entries_lost",
        "entries were removed from the stream before they were answered; does a producer use "
        "MAXLEN?",
        log_int("entries", (int64_t)count), log_text("first", which));
}

static void take_claimed(struct queue *q, const redisReply *reply)
{
    const redisReply *cursor = reply->element[0], *list = reply->element[1],
                     *lost = reply->element[2];
    snprintf(q->claim_cursor, sizeof q->claim_cursor, "%.*s", (int)cursor->len, cursor->str);
    for (size_t i = 0; i < list->elements; i++) {
        const redisReply *e = list->element[i];
        if (e->type != REDIS_REPLY_ARRAY || e->elements < 4)
            continue;
        redisReply *part[2] = {e->element[0], e->element[3]};
        const redisReply entry = {.type = REDIS_REPLY_ARRAY, .elements = 2, .element = part};
        if (!q->claiming_own)
            metrics_add(q->metrics, METRIC_CLAIMED, 0, 1);
        queue_take(q, &entry, (uint64_t)e->element[1]->integer, (uint64_t)e->element[2]->integer);
    }
    if (list->elements)
        LOG(q->log, LOG_INFO, "entries_claimed",
            q->claiming_own ? "entries whose delivery was cut off" : "entries of other workers",
            log_int("entries", (int64_t)list->elements));
    if (lost->elements)
        say_lost(q, lost->elements, lost->element[0]->str);
}

static void on_claim_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    (void)index;
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3) {
        q->claim_whole = false;
        take_claimed(q, reply);
    } else if (script_is_unknown(reply)) {
        q->claim_whole = true;
    } else {
        queue_error(q, reply, "XAUTOCLAIM");
    }
}

static void on_claim_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    bool more = strcmp(q->claim_cursor, "0-0") != 0;
    q->claim.busy = false;
    if (status)
        snprintf(q->claim_cursor, sizeof q->claim_cursor, "0-0");
    q->claim.due_ms = queue_now(q) + ((more || q->claim_whole) && !status ? 0 : claim_interval(q));
    q->claiming_own = false;
    queue_step(q);
}

/* ---- our own, lost on the way ---- */

static void on_own_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    (void)index;
    q->own_count = 0;
    if (reply->type != REDIS_REPLY_ARRAY) {
        queue_error(q, reply, "XPENDING");
        q->reply_lost = false; /* what is pending is claimed in time */
        return;
    }
    for (size_t i = 0; i < reply->elements && q->own_count < QUEUE_OWN_MAX; i++) {
        const redisReply *p = reply->element[i];
        if (p->type != REDIS_REPLY_ARRAY || p->elements < 4 ||
            queue_find(q, queue_view(p->element[0])))
            continue;
        snprintf(q->own[q->own_count++], sizeof q->own[0], "%.*s", (int)p->element[0]->len,
                 p->element[0]->str);
    }
    q->reply_lost = q->own_count > 0;
}

static void on_own_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    struct dupd_view id[QUEUE_OWN_MAX];
    q->keep.busy = false;
    if (status || q->own_count == 0 || q->claim.busy) {
        queue_step(q);
        return;
    }
    for (size_t i = 0; i < q->own_count; i++)
        id[i] = dupd_view_of(q->own[i]);
    q->claiming_own = true;
    send_claim(q, 0, id, q->own_count);
}

/* The batch of `keep` serves both: one is not needed while the other is under way. */
static void ask_own(struct queue *q)
{
    struct redis_batch *b = &q->keep.batch;
    q->keep.busy = true;
    redis_batch_begin(b);
    b->on_reply = on_own_reply;
    b->on_done = on_own_done;
    redis_batch_addf(b, "XPENDING %s %s - + %u %s", q->options.names->articles,
                     q->options.names->group, (uint64_t)(q->count + QUEUE_OWN_MAX), q->consumer);
    redis_submit(q->commands, b);
}

/* ---- keeping ---- */

static void on_keep_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    (void)index;
    if (reply->type == REDIS_REPLY_ERROR)
        queue_error(b->data, reply, "XCLAIM");
}

static void on_keep_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    (void)status; /* those that were not kept are tried again in a third of the time */
    q->keep.busy = false;
}

static void keep(struct queue *q)
{
    struct redis_batch *b = &q->keep.batch;
    const struct where_names *n = q->options.names;
    uint64_t now = queue_now(q), third = q->options.claim_idle_ms / 3;
    struct dupd_view word[KEEP_MAX + 6] = {DUPD_VIEW("XCLAIM"), dupd_view_of(n->articles),
                                           dupd_view_of(n->group), dupd_view_of(q->consumer),
                                           DUPD_VIEW("0")};
    size_t count = 5;
    for (struct delivery *d = q->first; d && count < KEEP_MAX + 5; d = d->next) {
        if (now - d->since_ms < third)
            continue;
        d->since_ms = now;
        word[count++] = dupd_view_of(d->id);
    }
    q->keep.due_ms = now + third / 4;
    if (count == 5)
        return;
    word[count++] = DUPD_VIEW("JUSTID");
    q->keep.busy = true;
    redis_batch_begin(b);
    b->on_reply = on_keep_reply;
    b->on_done = on_keep_done;
    redis_batch_add(b, count, word);
    redis_submit(q->commands, b);
}

void queue_claim_tick(struct queue *q)
{
    uint64_t now = queue_now(q);
    if (q->reply_lost && !q->read.busy && !q->keep.busy && !q->claim.busy && queue_room(q))
        ask_own(q);
    else if (!q->keep.busy && q->keep.due_ms <= now)
        keep(q);
    if (q->claim.busy || q->reply_lost || now < q->claim.due_ms || now < q->claim_from_ms ||
        queue_room(q) == 0 || q->held)
        return;
    send_claim(q, q->options.claim_idle_ms, NULL, 0);
}

void queue_claim_setup(struct queue *q)
{
    snprintf(q->claim_cursor, sizeof q->claim_cursor, "0-0");
    q->claim.batch.on_reply = on_claim_reply;
    q->claim.batch.on_done = on_claim_done;
    q->claim.batch.data = q;
    q->keep.batch.data = q;
}
