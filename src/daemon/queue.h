/*
 * queue.h: the consumer of the article stream.
 *
 *   stream --XREADGROUP (a connection of its own)--> delivery --intake--> verdict --> answer
 *   list ----SCRIPT_MOVE--> stream                      |                   (the store's commit, or
 *   other workers' entries --SCRIPT_CLAIM--> delivery   +--> dead stream     SCRIPT_ANSWER)
 *
 *   queue.c        connections, what is started when, draining
 *   queue_read.c   reading the stream
 *   queue_claim.c  entries that others left alone, entries whose reply was lost, keeping ours
 *   queue_list.c   the list, the figures, the consumers that are no more
 *   delivery.c     one entry's way
 *   answer.c       publishing a verdict, giving an entry up
 *
 * What is in flight stays in memory while Redis or the store is away, and is submitted again when
 * they are back: an outage raises no delivery count. Bounded by inflight and inflight_bytes: beyond
 * these nothing is read. An entry that was delivered before is worked on alone, so that one that
 * kills its worker is found without taking others with it.
 */
#ifndef DAEMON_QUEUE_H
#define DAEMON_QUEUE_H

#include "daemon/intake.h"
#include "daemon/where.h"
#include "redis/redis.h"

struct delivery;
struct queue;

struct queue_options {
    const struct where_names *names; /* borrowed */
    struct redis_url url;
    struct redis_options redis; /* on_state and data are the queue's own */
    bool store_answers;         /* the store's commit answers the entry as well */
    bool keep_entries;
    uint64_t stream_cap, window_s;
    size_t inflight, inflight_bytes, max_message;
    unsigned deliveries;
    uint64_t claim_idle_ms;
    const char *collection; /* borrowed */
    /* True when the store takes articles now. */
    bool (*store_is_ready)(void *data);
    /* Called once when the server must not be used: too old. */
    void (*refused)(const char *why, void *data);
    void *data;
};

#define QUEUE_OWN_MAX 64u

enum queue_state {
    QUEUE_DOWN,     /* no connection, or not checked yet */
    QUEUE_CHECKING, /* asking for version and persistence, making the group */
    QUEUE_UP
};

/* A command that is sent again and again, one at a time. */
struct queue_call {
    struct redis_batch batch;
    bool busy;
    uint64_t due_ms; /* of the loop's clock */
};

struct queue {
    uv_loop_t *loop;
    struct log *log;
    struct metrics *metrics;
    struct intake *intake;
    struct queue_options options;
    struct redis *reader, *commands;
    enum queue_state state;
    bool said_down, said_advice;
    char consumer[160];
    char problem[256];       /* why it is not up */
    char check_problem[256]; /* what the check under way has found */
    bool has_group;          /* already, by that check */

    /* in flight */
    struct delivery *first, *last;
    struct delivery *free; /* for reuse */
    size_t count, bytes;   /* of all of them */
    size_t working;        /* with the intake or being answered */
    size_t held, pausing;
    bool alone; /* the one that is working must be the only one */

    uint64_t turn_ms; /* the loop's clock when the wall clock was last read */
    int64_t turn_wall_ms;

    uv_timer_t tick;
    struct queue_call check, read, claim, keep, move, measure, tidy;
    bool reply_lost;      /* entries may have been delivered whose reply we never saw */
    double average_bytes; /* of an entry */
    uint64_t claim_from_ms;
    char claim_cursor[48];
    bool claim_whole;            /* the script must be sent whole */
    bool claiming_own;           /* the claim under way is of `own` */
    char own[QUEUE_OWN_MAX][48]; /* pending to us, and not in memory */
    size_t own_count;
    bool move_whole, measure_whole, tidy_whole;
    unsigned move_idle;   /* times that the list was empty */
    uint64_t list_length; /* as far as known */

    /* the outbox's, if there is one */
    void (*on_up)(void *data);
    void (*on_beat)(void *data);    /* ten times a second while it is up */
    bool (*is_telling)(void *data); /* the connections are still needed */
    void *up_data;

    bool draining;
    uint64_t drain_until_ms;
    void (*drained)(void *data);
    void *drained_data;
    unsigned closing; /* clients that are still to close */
};

/* Connects and begins; never waits. `options` is copied, its pointers borrowed. Returns 0 or, with
 * one line in problem, DUPD_ENOMEM, DUPD_EINVAL or DUPD_EIO. */
int queue_open(struct queue *q, uv_loop_t *loop, struct log *log, struct metrics *metrics,
               struct intake *intake, const struct queue_options *options, char problem[512]);

/* Reads no more, finishes what is in work for up to drain_ms, leaves the rest to others, closes the
 * connections, then calls drained from the loop. Everything is freed then but q itself. */
void queue_drain(struct queue *q, uint64_t drain_ms, void (*drained)(void *data), void *data);

/* The store is there again, or room was made: goes on with what waits. */
void queue_step(struct queue *q);

/* ---- between the files of the queue ---- */

/* Loop time in ms. */
uint64_t queue_now(const struct queue *q);
/* `span` +- a fifth, so that workers do not march in step. */
uint64_t queue_jitter(uint64_t span_ms);
/* Room for that many more entries. */
size_t queue_room(const struct queue *q);
/* A reply said something unexpected: counts it, logs it, acts on it. */
void queue_error(struct queue *q, const redisReply *reply, const char *command);
/* Makes the group again: someone deleted it, or the stream. */
void queue_regroup(struct queue *q);
/* The entry with that id is in flight here. */
struct delivery *queue_find(const struct queue *q, struct dupd_view id);

void queue_read(struct queue *q); /* reads on if it may */
void queue_read_setup(struct queue *q);
void queue_claim_setup(struct queue *q);
void queue_claim_tick(struct queue *q);
void queue_list_setup(struct queue *q);
void queue_list_tick(struct queue *q);
/* Deletes the own consumer if nothing is pending; done is called in any case. */
void queue_leave(struct queue *q, void (*done)(struct redis_batch *b, int status));

/* Takes in entries of a reply: [[id, [field, value, ...]], ...]. */
void queue_take(struct queue *q, const redisReply *entry, uint64_t deliveries, uint64_t bytes);

static inline struct dupd_view queue_view(const redisReply *r)
{
    return (struct dupd_view){r->str, (size_t)r->len};
}

#endif
