/*
 * workers.c: engine tasks on libuv's thread pool.
 *
 * Happy path: run puts the task into a free slot and gives it to libuv; on the loop its done is
 * called and the slot takes the next one that waits. Failure: none; libuv copies nothing and has
 * started its threads at the first use.
 */
#include "daemon/workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

unsigned workers_count(uint64_t wanted)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (wanted == 0)
        wanted = cores < 1 ? 1 : (uint64_t)cores;
    return wanted > WORKERS_MAX ? WORKERS_MAX : (unsigned)wanted;
}

/* libuv has no call for it: the variable is read when the pool is first used. Two threads more than
 * asked: for queries of the dashboard, and for names and syncs, which wait more than they work. */
void workers_prepare(unsigned threads)
{
    char text[16];
    snprintf(text, sizeof text, "%u", threads + 2);
    setenv("UV_THREADPOOL_SIZE", text, 1);
}

static void give(struct worker_slot *slot, struct engine_task *task);

static void on_work(uv_work_t *request)
{
    struct worker_slot *slot = request->data;
    slot->task->work(slot->task);
}

static void on_done(uv_work_t *request, int status)
{
    struct worker_slot *slot = request->data;
    struct workers *w = slot->owner;
    struct engine_task *task = slot->task;
    (void)status; /* nothing is ever cancelled */
    slot->task = NULL;
    struct engine_task *next = w->first;
    if (next) {
        w->first = next->place;
        if (!w->first)
            w->last = NULL;
        give(slot, next);
    }
    w->busy--;
    task->done(task);
}

static void give(struct worker_slot *slot, struct engine_task *task)
{
    slot->task = task;
    slot->request.data = slot;
    uv_queue_work(slot->owner->loop, &slot->request, on_work, on_done);
}

static void run(struct engine_pool *pool, struct engine_task *task)
{
    struct workers *w = (struct workers *)pool;
    w->busy++;
    task->place = NULL;
    for (unsigned i = 0; i < w->threads; i++)
        if (!w->slot[i].task) {
            give(&w->slot[i], task);
            return;
        }
    if (w->last)
        w->last->place = task;
    else
        w->first = task;
    w->last = task;
}

void workers_init(struct workers *w, uv_loop_t *loop, unsigned threads)
{
    *w = (struct workers){.pool = {.run = run}, .loop = loop, .threads = threads};
    for (unsigned i = 0; i < threads; i++)
        w->slot[i].owner = w;
}
