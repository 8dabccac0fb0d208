/*
 * outbox.h: alerts and story events of the embedded store, told to Redis.
 *
 *   commit ── rows, in its transaction ──► read ──► flush ──► SCRIPT_TELL ──► removed with the next
 *
 * A row is told after it is durable, in order, once: Redis keeps the number of the row that was
 * told last, under PREFIX:outbox:STORE, and passes over what it has. So a kill anywhere loses
 * nothing and says nothing twice. While Redis is away rows wait in the store.
 */
#ifndef DAEMON_OUTBOX_H
#define DAEMON_OUTBOX_H

#include "daemon/queue.h"

#define OUTBOX_READS 8u /* reads of STORE_OUTBOX_MAX rows that are told together */

struct outbox {
    struct queue *queue;
    struct intake *intake;
    struct store_outbox read[OUTBOX_READS];
    unsigned reads; /* of them, that hold rows */
    struct redis_batch batch;
    bool busy, again, whole, closing;
    bool worked;       /* the script was performed */
    uint64_t told;     /* rows up to this one are told */
    uint64_t retry_ms; /* what could not be told is tried again then; 0: nothing waits */
    void (*closed)(void *data);
    void *data;
};

/* The queue must be open. */
void outbox_open(struct outbox *o, struct queue *queue, struct intake *intake);
/* Something may be there to tell; also when the queue has come up. */
void outbox_poke(struct outbox *o);
/* Begins nothing more; `closed` is called when nothing is under way, perhaps at once. */
void outbox_close(struct outbox *o, void (*closed)(void *data), void *data);

#endif
