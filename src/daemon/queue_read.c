/*
 * queue_read.c: reading the stream.
 *
 *   XREADGROUP GROUP g consumer COUNT n BLOCK 1000 STREAMS articles >
 *
 * One read is under way at a time, on a connection of its own, for it blocks. It is sent only when
 * there is room, and asks for no more entries than fit, judging by those that came before; one
 * reply may still go over the limit of bytes, by as much as its entries are larger than expected.
 * Failure: when the connection is lost while a read is under way, entries may have been delivered
 * to us of which we know nothing; queue_claim.c looks for them.
 */
#include "daemon/queue.h"

#define BLOCK_MS 1000u
#define READ_MAX 64u      /* entries a read */
#define SLACK_BYTES 4096u /* an entry is expected to have at least this much */

static unsigned read_count(const struct queue *q)
{
    size_t room = queue_room(q);
    double expected = q->average_bytes < SLACK_BYTES ? SLACK_BYTES : q->average_bytes;
    double bytes = (double)(q->options.inflight_bytes - q->bytes),
           most = 2.0 * (double)q->options.max_message;
    double fit = (bytes < most ? bytes : most) / expected; /* what the client takes in one reply */
    if (room == 0)
        return 0;
    size_t n = fit < 1 ? 1 : fit > READ_MAX ? READ_MAX : (size_t)fit;
    return (unsigned)(n < room ? n : room);
}

void queue_read(struct queue *q)
{
    struct redis_batch *b = &q->read.batch;
    if (q->read.busy || q->draining || q->state != QUEUE_UP || q->held || q->alone ||
        q->reply_lost || redis_state(q->reader) != REDIS_UP || queue_now(q) < q->read.due_ms ||
        !q->options.store_is_ready(q->options.data))
        return;
    unsigned count = read_count(q);
    size_t least = q->options.inflight / 4 < READ_MAX / 2 ? q->options.inflight / 4 : READ_MAX / 2;
    if (count == 0 || (count < least && q->count > 0 && queue_room(q) < least))
        return; /* few at a time cost more than waiting for a little more room */
    q->read.busy = true;
    redis_batch_begin(b);
    b->deadline_ms = BLOCK_MS + q->options.redis.deadline_ms;
    redis_batch_addf(b, "XREADGROUP GROUP %s %s COUNT %u BLOCK %u STREAMS %s >",
                     q->options.names->group, q->consumer, (uint64_t)count, (uint64_t)BLOCK_MS,
                     q->options.names->articles);
    redis_submit(q->reader, b);
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    (void)index;
    if (reply->type == REDIS_REPLY_NIL)
        return;
    if (reply->type != REDIS_REPLY_ARRAY) {
        queue_error(q, reply, "XREADGROUP");
        q->read.due_ms = queue_now(q) + queue_jitter(200);
        return;
    }
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *stream = reply->element[i];
        if (stream->type != REDIS_REPLY_ARRAY || stream->elements < 2 ||
            stream->element[1]->type != REDIS_REPLY_ARRAY)
            continue;
        for (size_t k = 0; k < stream->element[1]->elements; k++)
            queue_take(q, stream->element[1]->element[k], 1, 0);
    }
}

static void on_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    q->read.busy = false;
    if (status) { /* perhaps it was too long: one at a time, until it is known how long they are */
        q->reply_lost = true;
        q->average_bytes = 2.0 * (double)q->options.max_message;
    }
    queue_step(q);
}

void queue_read_setup(struct queue *q)
{
    q->average_bytes = SLACK_BYTES;
    q->read.batch.on_reply = on_reply;
    q->read.batch.on_done = on_done;
    q->read.batch.data = q;
}
