/*
 * store_thread.h: a store of its own thread, so that a slow disk never holds up the loop.
 *
 *   loop                          thread
 *   store_submit ---- queue ----> inner store: submit, run
 *   op->done     <--- async ----- finished, in the order of submission
 *
 * It is a `struct store` itself: the engine does not know. The inner store (the embedded one)
 * belongs to the thread from store_thread_open on. Everything here is called on the loop's thread.
 */
#ifndef DAEMON_STORE_THREAD_H
#define DAEMON_STORE_THREAD_H

#include <uv.h>

#include "store/store.h"

struct store_thread;

/* Takes over `inner`, also when it fails (then it is closed). Returns 0, DUPD_ENOMEM or DUPD_EIO.
 * Closed by store_close, after the last operation is done; the loop must turn once more then. */
int store_thread_open(struct store_thread **out, uv_loop_t *loop, struct store *inner);

static inline struct store *store_thread_base(struct store_thread *t)
{
    return (struct store *)t;
}

/* Begins to make durable what is committed; one flush at a time. `done` is called after every
 * operation that was performed before it has been told. What is done by then and the flush said 0:
 * durable. Otherwise all of it since the last flush is lost, as store_flush says. */
void store_thread_flush(struct store_thread *t, void (*done)(int status, void *data), void *data);

#endif
