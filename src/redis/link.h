/*
 * link.h: one connection attempt and the connection that comes of it: bytes out, replies in. It
 * knows nothing of commands, batches or passwords. Internal to the Redis client.
 *
 *   link_open -> opened -> (link_write, reply ...) -> ended
 *
 * Events come from the loop, never inside link_open or link_write. After `ended`, or link_close,
 * which may be called at any time and in any event, none comes and the link frees itself.
 */
#ifndef REDIS_LINK_H
#define REDIS_LINK_H

#include <hiredis/hiredis.h>
#include <uv.h>

#include "redis/classes.h"
#include "redis/tls.h"

struct link;

struct link_events {
    void (*opened)(void *owner);
    /* Borrowed. Whether more are wanted is seen from link_close. */
    void (*reply)(void *owner, const redisReply *reply);
    /* After a link_write that did not take all: there is room again. */
    void (*writable)(void *owner);
    /* NETWORK or TIMEOUT. The link is gone. */
    void (*ended)(void *owner, enum redis_class c, const char *why);
};

struct link_target {
    const char *path; /* of a Unix socket; or NULL and */
    const char *host; /* name or address */
    unsigned port;
    const struct tls_context *tls; /* NULL: plain */
    const char *tls_name;
    unsigned timeout_ms; /* until opened */
    size_t reply_max;
};

/* All of target is copied. Returns 0 or DUPD_ENOMEM. */
int link_open(struct link **out, uv_loop_t *loop, const struct link_target *target,
              const struct link_events *events, void *owner);
void link_close(struct link *l);

/* Takes bytes, as many as can go now or soon; returns how many. Those taken must stay where they
 * are until link_written has passed them or the link is closed. */
size_t link_write(struct link *l, const uv_buf_t *bufs, unsigned count);
/* How many of the bytes taken are no longer needed. */
uint64_t link_written(const struct link *l);
/* Bytes on the wire. */
uint64_t link_bytes_in(const struct link *l);
uint64_t link_bytes_out(const struct link *l);

#endif
