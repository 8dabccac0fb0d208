/*
 * pipeline.c: batches on their way.
 *
 *   redis_submit -> waiting --turn of the loop--> flight -> link_write -> ... replies, in order
 *                     ^                             (sent straight from the batches' own memory)
 *                    held (redis_hold)
 *
 * Happy path: what was submitted in one turn of the loop is looked at together, by an idle handle
 * that is active only then, and goes out in as few writes as the kernel allows: up to 64 batches in
 * one writev. No more is on its way than `window` bytes: what is beyond waits here, where it can do
 * no harm. (A server executes all that it has received before it writes much of the replies: 80 kB
 * of them for 57 kB of commands, where ours bring six times their size. With a megabyte on its way
 * this end had nothing to do for 100 ms, and then the other.) A batch's deadline runs from when it
 * is sent; what waits is bounded by those before it. A reply belongs to the first batch in flight;
 * after the last of its replies the batch is done. Failure: whatever ends the link ends all of
 * flight; a deadline that passes ends the link, since a reply that came later would be taken for
 * that of another command. A batch that cannot be sent ends in the turn after it was submitted.
 */
#include <stdio.h>

#include "redis/client.h"

#define BATCHES_A_WRITE 64u

void queue_push(struct batch_queue *q, struct redis_batch *b)
{
    b->next = NULL;
    if (q->tail)
        q->tail->next = b;
    else
        q->head = b;
    q->tail = b;
}

struct redis_batch *queue_pop(struct batch_queue *q)
{
    struct redis_batch *b = q->head;
    if (!b)
        return NULL;
    q->head = b->next;
    if (!q->head)
        q->tail = NULL;
    b->next = NULL;
    return b;
}

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

static void done(struct redis *r, struct redis_batch *b, int status)
{
    if (b != &r->talk)
        r->pending--;
    b->status = status;
    if (b->on_done)
        b->on_done(b, status);
}

void pipeline_end(struct redis *r, struct batch_queue q, int status)
{
    struct redis_batch *b;
    while ((b = queue_pop(&q)))
        done(r, b, status);
}

/* ---- deadlines ---- */

static void arm(struct redis *r, uint64_t expires_us)
{
    if (r->armed_us && r->armed_us <= expires_us)
        return;
    uint64_t now = now_us();
    r->armed_us = expires_us;
    uint64_t wait_us = expires_us > now ? expires_us - now : 0;
    uv_update_time(r->loop);
    uv_timer_start(&r->deadline, pipeline_deadline, wait_us / 1000 + 1, 0);
}

static void start_clock(struct redis *r, struct redis_batch *b)
{
    unsigned ms = b->deadline_ms ? b->deadline_ms : r->options.deadline_ms;
    b->sent_us = now_us();
    b->expires_us = b->sent_us + (uint64_t)ms * 1000;
    arm(r, b->expires_us);
}

/* The earliest end of a batch in q, or `earliest`. */
static uint64_t earliest_of(const struct batch_queue *q, uint64_t earliest)
{
    for (const struct redis_batch *b = q->head; b; b = b->next)
        if (b->expires_us < earliest)
            earliest = b->expires_us;
    return earliest;
}

/* Those that are held are not sent: they alone end. */
static void expire_held(struct redis *r, uint64_t now)
{
    struct batch_queue q = r->held, expired = {0};
    struct redis_batch *b;
    r->held = (struct batch_queue){0};
    while ((b = queue_pop(&q)))
        queue_push(b->expires_us <= now ? &expired : &r->held, b);
    pipeline_end(r, expired, DUPD_EAGAIN);
}

/* What has come by now is read before anything is given up: the first time that a batch is found to
 * be late, perhaps because this process was stopped or busy, the loop is given one more turn. */
void pipeline_deadline(uv_timer_t *t)
{
    struct redis *r = t->data;
    uint64_t now = now_us();
    r->armed_us = 0;
    if (r->closing)
        return;
    expire_held(r, now);
    uint64_t first = earliest_of(&r->flight, UINT64_MAX);
    if (first <= now) {
        if (!r->grace) {
            r->grace = true;
            arm(r, now);
            return;
        }
        r->grace = false;
        if (r->stage == STAGE_ASK)
            sentinel_failed(r, "no answer within the deadline");
        else
            redis_drop(r, REDIS_DOWN, REDIS_TIMEOUT, "no answer within the deadline");
        first = UINT64_MAX;
    }
    r->grace = false;
    if (r->closing)
        return;
    first = earliest_of(&r->flight, first);
    first = earliest_of(&r->held, first);
    if (first != UINT64_MAX)
        arm(r, first);
}

/* ---- out ---- */

void pipeline_wake(struct redis *r)
{
    uv_idle_start(&r->turn, pipeline_turn);
}

void redis_submit(struct redis *r, struct redis_batch *b)
{
    b->replies = 0;
    r->pending++;
    if (r->hold && !r->closing) {
        start_clock(r, b);
        queue_push(&r->held, b);
        return;
    }
    queue_push(&r->waiting, b);
    pipeline_wake(r);
}

void redis_hold(struct redis *r, bool hold)
{
    r->hold = hold;
    while (!hold && redis_release(r))
        ;
}

size_t redis_held(const struct redis *r)
{
    size_t count = 0;
    for (const struct redis_batch *b = r->held.head; b; b = b->next)
        count++;
    return count;
}

bool redis_release(struct redis *r)
{
    struct redis_batch *b = queue_pop(&r->held);
    if (!b)
        return false;
    queue_push(&r->waiting, b);
    pipeline_wake(r);
    return true;
}

/* Whether one more may go: see redis_options.window. */
static bool has_room(const struct redis *r)
{
    return r->stage != STAGE_READY || r->unanswered < r->options.window || !r->flight.head;
}

static void put_in_flight(struct redis *r, struct redis_batch *b)
{
    start_clock(r, b);
    r->counters.commands += b->commands;
    r->unanswered += b->out.len;
    r->queued += b->out.len;
    b->ends_at = r->queued;
    queue_push(&r->flight, b);
    if (!r->unsent)
        r->unsent = b;
}

void pipeline_send(struct redis *r, struct redis_batch *b)
{
    b->replies = 0;
    put_in_flight(r, b);
    pipeline_flush(r);
}

/* Takes n bytes off what is unsent. */
static void advance(struct redis *r, size_t n)
{
    while (n) {
        size_t left = r->unsent->out.len - r->unsent_at;
        size_t step = n < left ? n : left;
        r->unsent_at += step;
        n -= step;
        if (step == left) {
            r->unsent = r->unsent->next;
            r->unsent_at = 0;
        }
    }
}

void pipeline_flush(struct redis *r)
{
    while (r->unsent && r->link) {
        uv_buf_t bufs[BATCHES_A_WRITE];
        unsigned count = 0;
        size_t total = 0, at = r->unsent_at;
        for (struct redis_batch *b = r->unsent; b && count < BATCHES_A_WRITE; b = b->next) {
            size_t n = b->out.len - at > INT32_MAX ? INT32_MAX : b->out.len - at;
            bufs[count++] = uv_buf_init(b->out.ptr + at, (unsigned)n);
            total += n;
            if (n < b->out.len - at)
                break;
            at = 0;
        }
        size_t taken = link_write(r->link, bufs, count);
        advance(r, taken);
        if (taken < total)
            return;
    }
}

static void finish_closing(struct redis *r)
{
    struct batch_queue q = r->waiting;
    r->waiting = (struct batch_queue){0};
    pipeline_end(r, q, DUPD_EINTR);
    if (r->waiting.head)
        return; /* submitted by what was told that it has ended: another turn */
    uv_idle_stop(&r->turn);
    redis_finish(r);
}

/* What found no room stays the first to go. */
static void wait_on(struct redis *r, struct batch_queue q)
{
    if (!q.head)
        return;
    q.tail->next = r->waiting.head;
    if (!r->waiting.tail)
        r->waiting.tail = q.tail;
    r->waiting.head = q.head;
}

void pipeline_turn(uv_idle_t *h)
{
    struct redis *r = h->data;
    if (r->closing) {
        finish_closing(r);
        return;
    }
    uv_idle_stop(h);
    struct batch_queue q = r->waiting, rest = {0};
    struct redis_batch *b;
    r->waiting = (struct batch_queue){0};
    while ((b = queue_pop(&q))) {
        if (r->closing)
            done(r, b, DUPD_EINTR);
        else if (b->status || !b->commands)
            done(r, b, b->status);
        else if (r->stage != STAGE_READY)
            done(r, b, DUPD_EAGAIN);
        else if (rest.head || !has_room(r))
            queue_push(&rest, b);
        else
            put_in_flight(r, b);
    }
    wait_on(r, rest);
    pipeline_flush(r);
}

/* ---- in ---- */

/* What the client itself does about an error reply to somebody's command. */
static void act_on(struct redis *r, enum redis_class c, const redisReply *error)
{
    static const char *const not_now[] = {"LOADING ", "BUSY ", "MASTERDOWN "};
    char text[256];
    redis_quote(r, error, text);
    if (c == REDIS_MOVED) {
        redis_drop(r, REDIS_DOWN, c, text);
        return;
    }
    for (size_t i = 0; i < sizeof not_now / sizeof not_now[0]; i++)
        if (r->stage == STAGE_READY && strncmp(text, not_now[i], strlen(not_now[i])) == 0)
            redis_not_now(r, text);
}

static void count_bytes(struct redis *r)
{
    uint64_t in = link_bytes_in(r->link), out = link_bytes_out(r->link);
    r->counters.bytes_in += in - r->link_in;
    r->counters.bytes_out += out - r->link_out;
    r->link_in = in;
    r->link_out = out;
}

static void violation(struct redis *r, const char *what)
{
    redis_drop(r, REDIS_DOWN, REDIS_NETWORK, what);
}

void pipeline_reply(struct redis *r, const redisReply *reply)
{
    struct link *link = r->link;
    struct redis_batch *b = r->flight.head;
    count_bytes(r);
    if (!b) {
        violation(r, "malformed reply: one that no command asked for");
        return;
    }
    bool last = b->replies + 1 == b->commands;
    if (last && link_written(link) < b->ends_at) {
        violation(r, "malformed reply: one that came before its command was sent");
        return;
    }
    enum redis_class c = REDIS_NONE;
    if (reply->type == REDIS_REPLY_ERROR) {
        c = redis_class_of((struct dupd_view){reply->str, reply->len});
        r->counters.errors[c]++;
    }
    bool own = b == &r->talk;
    if (b->on_reply)
        b->on_reply(b, b->replies, reply);
    b->replies++;
    if (r->link != link)
        return; /* closed in the callback */
    if (last) {
        queue_pop(&r->flight);
        r->unanswered -= b->out.len;
        if (r->waiting.head)
            pipeline_wake(r);
        done(r, b, DUPD_OK);
    }
    if (!own && c != REDIS_NONE && r->link == link)
        act_on(r, c, reply);
}
