/*
 * redis_kit.h: for tests of the Redis client: a loop, a client in it, and "run the loop until".
 * For tests only; link dupd_redis and support/redis_server.c.
 */
#ifndef SUPPORT_REDIS_KIT_H
#define SUPPORT_REDIS_KIT_H

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "redis/redis.h"
#include "support/redis_server.h"

struct redis_kit {
    uv_loop_t loop;
    uv_timer_t patience, beat;
    bool impatient, closed;
    struct redis *r;
    struct redis_options options;
    unsigned states[3]; /* how often each was told */
    char why[512];      /* told last */
    void (*on_state)(struct redis_kit *k, enum redis_state state);
};

static inline void kit_impatient(uv_timer_t *t)
{
    ((struct redis_kit *)t->data)->impatient = true;
}

static inline void kit_state(struct redis *r, enum redis_state state, const char *why, void *data)
{
    struct redis_kit *k = data;
    if (redis_state(r) != state) /* ck_assert allocates: not where allocations fail */
        abort();
    k->states[state]++;
    snprintf(k->why, sizeof k->why, "%s", why);
    if (k->on_state)
        k->on_state(k, state);
}

static inline void kit_init(struct redis_kit *k)
{
    *k = (struct redis_kit){0};
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&k->loop);
    uv_timer_init(&k->loop, &k->patience);
    uv_timer_init(&k->loop, &k->beat);
    k->patience.data = k;
    redis_options_default(&k->options);
    k->options.backoff_ms = 10;
    k->options.backoff_max_ms = 100;
    k->options.connect_timeout_ms = 20000; /* tests of the limits set their own */
    k->options.deadline_ms = 20000;
    k->options.on_state = kit_state;
    k->options.data = k;
}

static inline void kit_open(struct redis_kit *k, const char *url)
{
    struct redis_url u;
    char problem[512];
    ck_assert_msg(redis_url_parse(&u, url, problem) == 0, "%s", problem);
    ck_assert_msg(redis_open(&k->r, &k->loop, &u, &k->options, problem) == 0, "%s", problem);
}

static inline void kit_beat(uv_timer_t *t)
{
    (void)t; /* only wakes the loop, so that conditions outside of it are looked at too */
}

/* Runs the loop until the condition holds; fails the test if it does not for 60 s. */
#define kit_until(k, condition)                                                                    \
    do {                                                                                           \
        bool kit_true;                                                                             \
        (k)->impatient = false;                                                                    \
        uv_timer_start(&(k)->patience, kit_impatient, 60000, 0);                                   \
        uv_timer_start(&(k)->beat, kit_beat, 10, 10);                                              \
        while (!(kit_true = (condition)) && !(k)->impatient)                                       \
            uv_run(&(k)->loop, UV_RUN_ONCE);                                                       \
        ck_assert_msg(kit_true, "never came true: %s (%s)", #condition,                            \
                      (k)->r ? redis_problem((k)->r) : "");                                        \
        uv_timer_stop(&(k)->patience);                                                             \
        uv_timer_stop(&(k)->beat);                                                                 \
    } while (0)

static inline void kit_closed(void *data)
{
    struct redis_kit *k = data;
    k->closed = true;
    k->r = NULL;
}

static inline void kit_close_client(struct redis_kit *k)
{
    k->closed = false;
    redis_close(k->r, kit_closed, k);
    kit_until(k, k->closed);
}

/* Closes the client if it is open, and proves that nothing of it is left in the loop. */
static inline void kit_close(struct redis_kit *k)
{
    if (k->r)
        kit_close_client(k);
    uv_close((uv_handle_t *)&k->patience, NULL);
    uv_close((uv_handle_t *)&k->beat, NULL);
    uv_run(&k->loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&k->loop), 0);
}

/* ---- one batch whose replies are remembered ---- */

#define KIT_REPLIES 16

struct kit_batch {
    struct redis_batch b;
    unsigned done;
    int type[KIT_REPLIES];
    long long integer[KIT_REPLIES];
    char text[KIT_REPLIES][256]; /* string, status, error */
};

static inline void kit_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct kit_batch *k = b->data;
    ck_assert_uint_eq(index, b->replies);
    if (index >= KIT_REPLIES)
        return;
    k->type[index] = reply->type;
    k->integer[index] = reply->integer;
    if (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS ||
        reply->type == REDIS_REPLY_ERROR)
        snprintf(k->text[index], sizeof k->text[index], "%s", reply->str);
}

static inline void kit_done(struct redis_batch *b, int status)
{
    struct kit_batch *k = b->data;
    ck_assert_int_eq(b->status, status);
    k->done++;
}

static inline void kit_batch_begin(struct kit_batch *k)
{
    redis_batch_begin(&k->b);
    k->b.data = k;
    k->b.on_reply = kit_reply;
    k->b.on_done = kit_done;
    k->done = 0;
    for (int i = 0; i < KIT_REPLIES; i++)
        k->text[i][0] = 0;
}

/* Submits it and waits; its status. */
static inline int kit_go(struct redis_kit *k, struct kit_batch *b)
{
    redis_submit(k->r, &b->b);
    kit_until(k, b->done);
    ck_assert_uint_eq(b->done, 1);
    return b->b.status;
}

/* One command without arguments of its own; its status, the reply in b. */
static inline int kit_say(struct redis_kit *k, struct kit_batch *b, const char *command)
{
    kit_batch_begin(b);
    redis_batch_addf(&b->b, command);
    return kit_go(k, b);
}

static inline int kit_main(Suite *s)
{
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
