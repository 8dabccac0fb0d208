/*
 * redis_store_absent.c: stands in until the store in Redis is linked: says so. Removed with that.
 */
#include <stdio.h>

#include "store/redis_store.h"

void store_redis_default(struct store_redis *how)
{
    *how = (struct store_redis){0};
}

int redis_store_open(struct store **out, const struct store_redis *how, int64_t now_ms,
                     char problem[512])
{
    (void)how;
    (void)now_ms;
    *out = NULL;
    snprintf(problem, 512, "stores in Redis are not in this build yet; use --store=file:DIR");
    return DUPD_EINVAL;
}

int redis_store_wait(struct store *s, unsigned timeout_ms, char problem[512])
{
    (void)s;
    (void)timeout_ms;
    problem[0] = 0;
    return DUPD_EAGAIN;
}

enum redis_store_state redis_store_state(const struct store *s)
{
    (void)s;
    return REDIS_STORE_DOWN;
}

struct redis *redis_store_client(struct store *s)
{
    (void)s;
    return NULL;
}
