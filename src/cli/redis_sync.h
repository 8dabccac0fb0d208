/*
 * redis_sync.h: Redis for commands that wait: a loop of its own, turned until the answer is there.
 */
#ifndef CLI_REDIS_SYNC_H
#define CLI_REDIS_SYNC_H

#include "cli/cli.h"
#include "daemon/where.h"
#include "redis/redis.h"

struct redis_sync {
    struct cli *cli;
    uv_loop_t loop;
    struct redis *client;
    struct where_names names;
    bool opened, done;
    int status;
    void *data; /* the caller's, for on_reply */
};

/* Connects to the Redis of --redis and waits until it answers. Returns CLI_OK, or CLI_TROUBLE after
 * saying why; close it in any case. */
int redis_sync_open(struct cli *cli, struct redis_sync *r);
void redis_sync_close(struct redis_sync *r);

/* Sends the batch and waits. Its on_reply is called with b->data being r, whose `data` is the
 * caller's. Returns 0, DUPD_EAGAIN or DUPD_ENOMEM. */
int redis_sync_run(struct redis_sync *r, struct redis_batch *b);

/* Waits until the connection is up again, for up to `ms`. False: it is not. */
bool redis_sync_wait(struct redis_sync *r, unsigned ms);

/* Waits, whatever happens. */
void redis_sync_sleep(struct redis_sync *r, unsigned ms);

/* The text of a reply, or an empty view. */
struct dupd_view redis_sync_view(const redisReply *reply);

#endif
