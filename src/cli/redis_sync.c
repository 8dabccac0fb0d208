/*
 * redis_sync.c: turns a private loop until something has happened. What fails is said by the
 * caller, who knows what it was for; only connecting says by itself why it cannot, and after a
 * second what it waits for.
 */
#include "cli/redis_sync.h"

#include "dupd/error.h"

#define CONNECT_MS 10000u
#define SAY_AFTER_MS 1000u /* of waiting: whoever sits before it wants to know */

struct alarm {
    uv_timer_t timer;
    bool rang;
};

static void on_alarm(uv_timer_t *timer)
{
    ((struct alarm *)timer->data)->rang = true;
}

static void on_alarm_closed(uv_handle_t *handle)
{
    ((struct alarm *)handle->data)->timer.data = NULL;
}

/* Turns the loop until it is `wanted` (-1: never) or the time is up. */
static bool turn_until(struct redis_sync *r, int wanted, unsigned ms)
{
    struct alarm a = {.rang = false};
    uv_timer_init(&r->loop, &a.timer);
    a.timer.data = &a;
    uv_timer_start(&a.timer, on_alarm, ms, 0);
    while (!a.rang && (int)redis_state(r->client) != wanted)
        uv_run(&r->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&a.timer, on_alarm_closed);
    while (a.timer.data)
        uv_run(&r->loop, UV_RUN_ONCE);
    return (int)redis_state(r->client) == wanted;
}

bool redis_sync_wait(struct redis_sync *r, unsigned ms)
{
    return redis_state(r->client) == REDIS_UP || turn_until(r, REDIS_UP, ms);
}

void redis_sync_sleep(struct redis_sync *r, unsigned ms)
{
    turn_until(r, -1, ms);
}

static const char *why(const struct redis_sync *r)
{
    const char *problem = redis_problem(r->client);
    return problem[0] ? problem : "Redis does not answer";
}

int redis_sync_open(struct cli *cli, struct redis_sync *r)
{
    struct redis_url url;
    struct redis_options options;
    char problem[512];
    *r = (struct redis_sync){.cli = cli};
    if (where_names(&r->names, &cli->settings))
        return cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
    if (!cli->settings.redis[0])
        return cli_problem(cli, "which Redis? Give --redis=redis://HOST, or set DUPD_REDIS");
    if (where_redis(&cli->settings, cli->settings.redis, &url, &options, problem))
        return cli_problem(cli, "%s", problem);
    options.client_name = "dupd-cli";
    if (uv_loop_init(&r->loop))
        return cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
    if (redis_open(&r->client, &r->loop, &url, &options, problem)) {
        uv_loop_close(&r->loop);
        return cli_problem(cli, "%s", problem);
    }
    r->opened = true;
    if (redis_sync_wait(r, SAY_AFTER_MS))
        return CLI_OK;
    if (!cli->settings.quiet)
        cli_problem(cli, "%s; waiting", why(r));
    return redis_sync_wait(r, CONNECT_MS - SAY_AFTER_MS) ? CLI_OK : cli_problem(cli, "%s", why(r));
}

static void on_closed(void *data)
{
    ((struct redis_sync *)data)->done = true;
}

void redis_sync_close(struct redis_sync *r)
{
    if (r->opened) {
        r->done = false;
        redis_close(r->client, on_closed, r);
        while (!r->done)
            uv_run(&r->loop, UV_RUN_ONCE);
        uv_run(&r->loop, UV_RUN_NOWAIT);
        uv_loop_close(&r->loop);
    }
    where_names_close(&r->names);
    r->opened = false;
}

static void on_done(struct redis_batch *b, int status)
{
    struct redis_sync *r = b->data;
    r->done = true;
    r->status = status;
}

int redis_sync_run(struct redis_sync *r, struct redis_batch *b)
{
    b->on_done = on_done;
    b->data = r;
    r->done = false;
    redis_submit(r->client, b);
    while (!r->done)
        uv_run(&r->loop, UV_RUN_ONCE);
    return r->status;
}

struct dupd_view redis_sync_view(const redisReply *reply)
{
    bool text = reply && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS ||
                          reply->type == REDIS_REPLY_ERROR);
    return text ? (struct dupd_view){reply->str, (size_t)reply->len} : (struct dupd_view){0};
}
