/*
 * redis_store.h: the store in Redis, shared by any number of workers.
 *
 * Opened without waiting: it connects, checks the server and its parameters, and is ready then;
 * operations that are submitted before fail with DUPD_EAGAIN, and so do those during which the
 * server is lost. Whoever submits may repeat them all: numbers belong to ids, postings count once
 * for each number, a commit happens once for each queue entry.
 */
#ifndef STORE_REDIS_STORE_H
#define STORE_REDIS_STORE_H

#include "redis/redis.h"
#include "store/store.h"

/* Names of keys. Those of the queue stand here too: a commit answers the queue entry. */
struct store_names {
    const char *prefix;   /* "dupd": of every other key */
    const char *articles; /* "dupd:articles": the queue's stream */
    const char *group;    /* "dupd" */
    const char *verdicts; /* "dupd:verdicts" */
    const char *alerts;   /* "dupd:alerts", stream and channel */
    const char *stories;  /* "dupd:stories" */
    bool keep_entries;    /* a stream with other readers: answered entries are not deleted */
    uint64_t stream_cap;  /* about so many entries are kept in each output stream: 1,000,000 */
};

#define REDIS_CONNECTIONS_MAX 64u

/* Of the index, as P:meta says it. 1 had entries of 8 bytes, in keys P:b:... */
#define STORE_REDIS_FORMAT "2"

struct store_redis {
    struct store_options options;
    struct store_names names;
    struct redis_url url;
    struct redis_options redis; /* on_state and data are the store's own */
    uv_loop_t *loop;            /* the caller's; NULL: one of its own, turned by run */
    unsigned connections; /* that operations are spread over: 1; REDIS_CONNECTIONS_MAX at most */
    unsigned shards;      /* keys that the first generation of the index is spread over: 65,536 */
    uint64_t memory_max;  /* bytes of Redis memory from which on articles are judged but not
                             indexed (counted as postings refused); 0: nine tenths of its
                             maxmemory, if that is set */
    /* Called from the loop when redis_store_state changes; may be NULL. */
    void (*on_state)(struct store *s, void *data);
    /* With a loop of the caller's: called from it when closing is complete; may be NULL. */
    void (*on_closed)(void *data);
    void *data;
};

enum redis_store_state {
    REDIS_STORE_DOWN, /* not connected, or not checked yet: store_problem says what is tried */
    REDIS_STORE_READY,
    REDIS_STORE_REFUSED /* connected, and it must not be used: store_problem says why */
};

/* The defaults of all but url, loop and callbacks. */
void store_redis_default(struct store_redis *how);

/* Everything in `how` is copied. With a loop of the caller's, closing is finished by the loop: call
 * store_close, then run the loop until on_closed. Operations under way end with DUPD_EINTR.
 * Returns 0, DUPD_ENOMEM,
 * DUPD_EINVAL or DUPD_EIO, with one line in problem. */
int redis_store_open(struct store **out, const struct store_redis *how, int64_t now_ms,
                     char problem[512]);

/* For synchronous callers, with a loop of its own: waits until it is ready. Returns 0 or, with one
 * line in problem, DUPD_EAGAIN (timeout_ms are over), DUPD_EPARAM, DUPD_EVERSION, DUPD_EDENIED. */
int redis_store_wait(struct store *s, unsigned timeout_ms, char problem[512]);

enum redis_store_state redis_store_state(const struct store *s);
/* The first of its connections. */
struct redis *redis_store_client(struct store *s);

#endif
