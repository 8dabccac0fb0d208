/*
 * redis_store_kit.h: for tests of the Redis store: one on the test's own server, opened and ready.
 */
#ifndef SUPPORT_REDIS_STORE_KIT_H
#define SUPPORT_REDIS_STORE_KIT_H

#include "store/redis_store.h"
#include "support/redis_server.h"
#include "support/store_kit.h"

static inline struct store_redis kit_redis(const struct redis_server *server, const char *prefix)
{
    char problem[256];
    struct store_redis how;
    store_redis_default(&how);
    how.names.prefix = prefix;
    how.redis.backoff_ms = 10;
    how.redis.backoff_max_ms = 100;
    ck_assert_msg(redis_url_parse(&how.url, server->url, problem) == 0, "%s", problem);
    return how;
}

/* Returns what redis_store_wait returned. */
static inline int kit_try_redis(struct store **s, const struct store_redis *how, char problem[512])
{
    ck_assert_msg(redis_store_open(s, how, 0, problem) == 0, "%s", problem);
    return redis_store_wait(*s, 20000, problem);
}

static inline struct store *kit_open_redis(const struct store_redis *how)
{
    char problem[512];
    struct store *s;
    int rc = kit_try_redis(&s, how, problem);
    ck_assert_msg(rc == 0, "redis_store_wait: %d %s", rc, problem);
    return s;
}

/* Turns the store's loop until it is in that state. */
static inline void kit_until(struct store *s, enum redis_store_state state)
{
    uint64_t end = uv_hrtime() + UINT64_C(60000000000);
    while (redis_store_state(s) != state) {
        ck_assert_msg(uv_hrtime() < end, "%s", store_problem(s));
        store_run(s);
    }
}

static inline struct store_candidates kit_ask_as_job(struct store *s, const struct kit_article *a,
                                                     uint64_t n)
{
    struct store_candidates c = {.op.kind = STORE_CANDIDATES,
                                 .postings = kit_postings(a),
                                 .self = n,
                                 .posted = true,
                                 .min_shared = 2};
    ck_assert_msg(kit_do(s, &c.op) == 0, "candidates: %s", store_problem(s));
    return c;
}

#endif
