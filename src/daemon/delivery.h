/*
 * delivery.h: one queue entry in this worker's hands.
 *
 *   HELD ----> WORKING ----> (the store has answered) done
 *    ^          |  |  \
 *    |          |  |   +--> ANSWERING ---> done
 *    |          |  +------> PAUSING ---> WORKING    the store or the queue was away
 *    +----------+           out of memory: alone next time
 *               +---------> DYING -----> done       refused, or tried too often
 */
#ifndef DAEMON_DELIVERY_H
#define DAEMON_DELIVERY_H

#include "daemon/queue.h"

enum delivery_state {
    DELIVERY_HELD,      /* must be worked on alone: waits until nothing else is */
    DELIVERY_WORKING,   /* with the intake */
    DELIVERY_PAUSING,   /* could not be done now; is tried again when `due_ms` is over */
    DELIVERY_ANSWERING, /* its verdict is durable and being published */
    DELIVERY_DYING      /* on its way to the dead stream */
};

#define DELIVERY_ID_MAX 48u

struct delivery {
    struct work work;
    struct queue *queue;
    struct delivery *next, *previous;
    enum delivery_state state;
    bool sending; /* a command of this one is under way */
    bool whole;   /* the script must be sent whole */
    char id[DELIVERY_ID_MAX];
    struct dupd_buf data; /* what the fields point into */
    struct article_field *field;
    size_t field_count, field_cap;
    int64_t arrived_ms;   /* when it came in, by its id */
    uint64_t deliveries;  /* how often it was delivered, to whomever */
    unsigned attempts;    /* here, that failed for want of the store; sets the pause */
    unsigned starved;     /* here, that failed for want of memory */
    size_t bytes;         /* as the queue counts them */
    uint64_t whole_bytes; /* before it was cut */
    uint64_t since_ms;    /* it is ours since, or was kept ours last */
    uint64_t due_ms;
    const char *reason; /* of its death: a value of METRIC_REASONS */
    unsigned reason_index;
    char error[ARTICLE_PROBLEM_MAX];
    struct redis_batch batch;
};

/* Copies the entry [id, [field, value, ...]] and puts it into q. NULL: no memory; the entry then
 * stays pending, and is claimed later. */
struct delivery *delivery_new(struct queue *q, const redisReply *entry, uint64_t deliveries,
                              uint64_t bytes);

/* Starts it, or holds it back. */
void delivery_start(struct delivery *d);
/* Goes on with one that is held or whose pause is over. */
void delivery_resume(struct delivery *d);
/* Nothing is to be done for it any more: out of the queue. */
void delivery_end(struct delivery *d);
/* Could not be done now: again later. */
void delivery_pause(struct delivery *d);
/* Frees all, those in flight as well: their entries stay pending. */
void delivery_free_all(struct queue *q);

/* ---- answer.c ---- */

/* Publishes the verdict (again, after a pause). */
void answer_send(struct delivery *d);
/* Gives the entry up, for the reason that is set. */
void answer_bury(struct delivery *d);

#endif
