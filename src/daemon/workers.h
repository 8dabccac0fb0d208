/*
 * workers.h: CPU work on libuv's threads.
 *
 * An engine_pool: a task's work runs on one of the threads, then its done on the loop. No more
 * tasks are given to libuv than there are threads; the others wait here in order, linked through
 * their own memory, so that nothing is allocated and nothing can fail.
 */
#ifndef DAEMON_WORKERS_H
#define DAEMON_WORKERS_H

#include <uv.h>

#include "engine/engine.h"

#define WORKERS_MAX 64u

struct workers;

struct worker_slot {
    uv_work_t request;
    struct workers *owner;
    struct engine_task *task; /* NULL: free */
};

struct workers {
    struct engine_pool pool;
    uv_loop_t *loop;
    unsigned threads;
    struct worker_slot slot[WORKERS_MAX];
    struct engine_task *first, *last; /* waiting; linked by ->place */
    size_t busy;                      /* tasks given and not done */
};

/* Number of threads: `wanted`, or one for each core; at most WORKERS_MAX. */
unsigned workers_count(uint64_t wanted);

/* Sets the size of libuv's pool; before any loop is used. */
void workers_prepare(unsigned threads);

void workers_init(struct workers *w, uv_loop_t *loop, unsigned threads);

#endif
