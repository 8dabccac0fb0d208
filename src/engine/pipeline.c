/*
 * pipeline.c: the ordered parallel pipeline.
 *
 * There is no reader thread: a worker that is free takes the input lock, waits for a free slot,
 * asks `next`, gives the lock on and works. So reading overlaps with work and with consuming, and
 * the order of input is the order of the ring. Two locks: `input` is held while next runs (it may
 * block on a pipe), `ring` only for counters, so that the consumer never waits for input that it
 * does not need.
 *
 * Failure: when a thread cannot be started the others do its work; with none, the caller does it
 * all. Rejected: a queue of results with sequence numbers (a heap and an allocation for each item).
 */
#include "engine/pipeline.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "dupd/error.h"

struct slot_state {
    size_t bytes;
    bool done; /* worked on, waits to be consumed */
};

struct run {
    const struct pipeline *p;
    unsigned char *memory; /* slots of stride bytes each */
    size_t stride;
    struct slot_state *state;

    pthread_mutex_t input; /* held around next */
    pthread_mutex_t ring;  /* guards everything below */
    pthread_cond_t room;   /* something was consumed, or stop */
    pthread_cond_t ready;  /* something was worked on, or the input ended */
    uint64_t filled, consumed;
    size_t bytes; /* in the window */
    bool ended, stop;
    int input_status;
    unsigned next_worker;
};

static void *slot_of(const struct run *r, uint64_t sequence)
{
    return r->memory + (size_t)(sequence % r->p->slots) * r->stride;
}

static struct slot_state *state_of(const struct run *r, uint64_t sequence)
{
    return &r->state[sequence % r->p->slots];
}

static bool has_room(const struct run *r)
{
    uint64_t held = r->filled - r->consumed;
    return held < r->p->slots && (held == 0 || r->p->max_bytes == 0 || r->bytes < r->p->max_bytes);
}

/* Fills the next slot. False: no more input. With `input` held. */
static bool fill(struct run *r, uint64_t *sequence)
{
    pthread_mutex_lock(&r->ring);
    while (!r->stop && !r->ended && !has_room(r))
        pthread_cond_wait(&r->room, &r->ring);
    bool over = r->stop || r->ended;
    uint64_t s = r->filled;
    pthread_mutex_unlock(&r->ring);
    if (over)
        return false;

    size_t bytes = 0;
    int rc = r->p->next(r->p->user, slot_of(r, s), &bytes);

    pthread_mutex_lock(&r->ring);
    if (rc == 1) {
        *state_of(r, s) = (struct slot_state){.bytes = bytes};
        r->filled++;
        r->bytes += bytes;
    } else {
        r->ended = true;
        r->input_status = rc;
        pthread_cond_broadcast(&r->ready);
    }
    pthread_mutex_unlock(&r->ring);
    *sequence = s;
    return rc == 1;
}

static void *work_until_end(void *data)
{
    struct run *r = data;
    pthread_mutex_lock(&r->ring);
    unsigned worker = r->next_worker++;
    pthread_mutex_unlock(&r->ring);
    for (;;) {
        uint64_t sequence;
        pthread_mutex_lock(&r->input);
        bool filled = fill(r, &sequence);
        pthread_mutex_unlock(&r->input);
        if (!filled)
            return NULL;
        r->p->work(r->p->user, slot_of(r, sequence), worker);
        pthread_mutex_lock(&r->ring);
        state_of(r, sequence)->done = true;
        if (sequence == r->consumed)
            pthread_cond_signal(&r->ready);
        pthread_mutex_unlock(&r->ring);
    }
}

static int consume_all(struct run *r)
{
    int rc = DUPD_OK;
    pthread_mutex_lock(&r->ring);
    for (;;) {
        while (!(r->consumed < r->filled && state_of(r, r->consumed)->done) &&
               !(r->ended && r->consumed == r->filled))
            pthread_cond_wait(&r->ready, &r->ring);
        if (r->consumed == r->filled)
            break;
        uint64_t sequence = r->consumed;
        pthread_mutex_unlock(&r->ring);
        rc = r->p->consume(r->p->user, slot_of(r, sequence));
        pthread_mutex_lock(&r->ring);
        r->bytes -= state_of(r, sequence)->bytes;
        state_of(r, sequence)->done = false;
        r->consumed++;
        if (rc)
            r->stop = true;
        pthread_cond_broadcast(&r->room);
        if (rc)
            break;
    }
    if (!rc)
        rc = r->input_status;
    pthread_mutex_unlock(&r->ring);
    return rc;
}

static int run_alone(struct run *r)
{
    for (;;) {
        size_t bytes = 0;
        int rc = r->p->next(r->p->user, r->memory, &bytes);
        if (rc != 1)
            return rc;
        r->p->work(r->p->user, r->memory, 0);
        rc = r->p->consume(r->p->user, r->memory);
        if (rc)
            return rc;
    }
}

static int run_threads(struct run *r)
{
    pthread_t *thread = calloc(r->p->threads, sizeof *thread);
    if (!thread)
        return run_alone(r);
    pthread_mutex_init(&r->input, NULL);
    pthread_mutex_init(&r->ring, NULL);
    pthread_cond_init(&r->room, NULL);
    pthread_cond_init(&r->ready, NULL);
    unsigned started = 0;
    while (started < r->p->threads &&
           pthread_create(&thread[started], NULL, work_until_end, r) == 0)
        started++;
    int rc = started ? consume_all(r) : run_alone(r);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_cond_destroy(&r->ready);
    pthread_cond_destroy(&r->room);
    pthread_mutex_destroy(&r->ring);
    pthread_mutex_destroy(&r->input);
    free(thread);
    return rc;
}

int pipeline_run(const struct pipeline *p)
{
    if (p->slots == 0 || p->slot_size == 0 || p->slot_size > SIZE_MAX - 64)
        return DUPD_EINVAL;
    struct run r = {.p = p, .stride = (p->slot_size + 63) / 64 * 64}; /* whole cache lines */
    r.memory = calloc(p->slots, r.stride);
    r.state = calloc(p->slots, sizeof *r.state);
    int rc = DUPD_ENOMEM;
    if (r.memory && r.state)
        rc = p->threads ? run_threads(&r) : run_alone(&r);
    for (size_t i = 0; r.memory && r.state && p->close_slot && i < p->slots; i++)
        p->close_slot(p->user, r.memory + i * r.stride);
    free(r.state);
    free(r.memory);
    return rc;
}
