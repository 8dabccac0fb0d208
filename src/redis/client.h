/*
 * client.h: struct redis and what its files do for each other. Internal to src/redis.
 *
 *   redis.c     opening, closing, states, trying again
 *   pipeline.c  batches: queue, sending, matching replies, deadlines
 *   login.c     what is said first on a connection, and whether the server is ready
 *   sentinel.c  who is the master
 */
#ifndef REDIS_CLIENT_H
#define REDIS_CLIENT_H

#include "redis/link.h"
#include "redis/redis.h"

enum stage {
    STAGE_REST,    /* no link; the retry timer runs */
    STAGE_ASK,     /* a link to a sentinel */
    STAGE_CONNECT, /* a link to the server is under way */
    STAGE_LOGIN,   /* the login batch is under way */
    STAGE_NOT_NOW, /* logged in, but it loads or is busy; the retry timer runs */
    STAGE_READY    /* batches may go */
};

struct batch_queue {
    struct redis_batch *head, *tail;
};

enum login_step {
    LOGIN_AUTH,
    LOGIN_SELECT,
    LOGIN_SETNAME,
    LOGIN_HELLO,
    LOGIN_ROLE,
    LOGIN_PING,
    LOGIN_STEPS
};

struct login {
    enum login_step step[LOGIN_STEPS]; /* of each command of the batch */
    bool refused, wait, leave, no_master;
    char said[256];
};

struct redis {
    uv_loop_t *loop;
    struct redis_url url;
    struct redis_options options; /* its strings are copies */
    struct dupd_buf url_text;
    struct tls_context *tls;
    uv_idle_t turn;      /* active: something is to be looked at in the next turn of the loop */
    uv_timer_t deadline; /* of the batch that expires first, or earlier */
    uv_timer_t retry;
    unsigned handles;
    bool closing, told, grace;
    void (*closed)(void *data);
    void *closed_data;

    enum stage stage;
    enum redis_state state;
    struct link *link;
    uint64_t link_in, link_out; /* of the link's bytes, those that are counted already */
    uint64_t up_since_ms;
    uint64_t armed_us; /* what the deadline timer is set to; 0: not */
    unsigned backoff_ms;
    uint64_t random;
    unsigned version;
    char where[sizeof((struct redis_host *)0)->name + 64];
    char problem[512];
    struct redis_counters counters;

    struct batch_queue waiting; /* submitted; not yet looked at, or beyond the window */
    struct batch_queue held;    /* redis_hold */
    struct batch_queue flight;  /* sent or being sent, in order */
    struct redis_batch *unsent; /* of flight: the first that the link has not taken whole */
    size_t unsent_at;
    uint64_t queued;   /* bytes of all batches put into flight on this link */
    size_t unanswered; /* bytes of the batches in flight */
    size_t pending;
    bool hold;

    struct redis_batch talk; /* the client's own: login, or the question to a sentinel */
    struct login login;
    unsigned sentinel, sentinels_asked; /* the one that is asked; how many have been */
    struct redis_host master;           /* what a sentinel said */
    bool is_role_master;
};

/* ---- redis.c ---- */

/* A new attempt after the backoff; `state` is DOWN, or WAITING where the server refuses us. The
 * link is closed and all batches on it end with DUPD_EAGAIN. */
void redis_drop(struct redis *r, enum redis_state state, enum redis_class c, const char *why);
/* The same connection goes on, but the server is not ready: asks again after the backoff. */
void redis_not_now(struct redis *r, const char *why);
void redis_ready(struct redis *r);
/* Closing: every batch has ended. */
void redis_finish(struct redis *r);
/* Opens a link to the server itself. */
void redis_connect(struct redis *r, const struct redis_host *host);
int redis_link(struct redis *r, const struct redis_host *host, unsigned timeout_ms);
/* Closes the link and forgets what was under way on it; its batches, for the caller to end. */
struct batch_queue redis_unlink(struct redis *r);
/* An error's text for people, in out: one line, without a password of ours. */
void redis_quote(const struct redis *r, const redisReply *error, char out[256]);

/* ---- pipeline.c ---- */

void queue_push(struct batch_queue *q, struct redis_batch *b);
struct redis_batch *queue_pop(struct batch_queue *q);
void pipeline_wake(struct redis *r);
/* Puts a batch on the wire, whatever the state; the link must be open. */
void pipeline_send(struct redis *r, struct redis_batch *b);
void pipeline_flush(struct redis *r);
void pipeline_reply(struct redis *r, const redisReply *reply);
/* Ends every batch of q. */
void pipeline_end(struct redis *r, struct batch_queue q, int status);
void pipeline_turn(uv_idle_t *h);
void pipeline_deadline(uv_timer_t *t);

/* ---- login.c ---- */

void login_start(struct redis *r);

/* ---- sentinel.c ---- */

/* Asks the sentinels for the master, the one that answered last first. */
void sentinel_start(struct redis *r);
void sentinel_opened(struct redis *r);
/* The link to the sentinel was lost: on to the next. */
void sentinel_failed(struct redis *r, const char *why);

#endif
