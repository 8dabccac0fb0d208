/*
 * sentinel.c: who is the master. Each sentinel is asked in turn, beginning with the one that knew
 * last, each with little time; the first that names an address wins, and login.c verifies with ROLE
 * that it is one. Every attempt to connect begins here, so that after a failover, which shows as a
 * lost connection or as READONLY, the new master is found.
 *
 * Failure: a sentinel that is down, slow, refuses the password or does not know the name is passed
 * over; when none is left the attempt has failed with the last of these reasons.
 */
#include <stdio.h>
#include <stdlib.h>

#include "redis/client.h"

#define SENTINEL_MS 500u

static void ask_next(struct redis *r)
{
    const struct redis_host *h = &r->url.host[r->sentinel];
    r->stage = STAGE_ASK;
    unsigned ms =
        r->options.connect_timeout_ms < SENTINEL_MS ? r->options.connect_timeout_ms : SENTINEL_MS;
    if (redis_link(r, h, ms))
        redis_drop(r, REDIS_DOWN, REDIS_NETWORK, dupd_error_text(DUPD_ENOMEM));
}

void sentinel_start(struct redis *r)
{
    r->sentinels_asked = 0;
    snprintf(r->where, sizeof r->where, "%s", r->url_text.ptr);
    ask_next(r);
}

void sentinel_failed(struct redis *r, const char *why)
{
    char text[400];
    const struct redis_host *h = &r->url.host[r->sentinel];
    snprintf(text, sizeof text, "sentinel %s:%u: %.120s", h->name, h->port, why);
    r->sentinel = (r->sentinel + 1) % r->url.host_count;
    if (++r->sentinels_asked >= r->url.host_count) {
        redis_drop(r, REDIS_DOWN, REDIS_NETWORK, text);
        return;
    }
    redis_unlink(r); /* only our own question was under way */
    ask_next(r);
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct redis *r = b->data;
    unsigned port = 0;
    if (reply->type == REDIS_REPLY_ERROR && !r->login.said[0])
        redis_quote(r, reply, r->login.said);
    if (index + 1 != b->commands || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING)
        return;
    for (const char *p = reply->element[1]->str; *p >= '0' && *p <= '9' && port < 65536; p++)
        port = port * 10 + (unsigned)(*p - '0');
    if (port == 0 || port > 65535 || reply->element[0]->len == 0 ||
        reply->element[0]->len >= sizeof r->master.name)
        return;
    memcpy(r->master.name, reply->element[0]->str, reply->element[0]->len + 1);
    r->master.port = port;
}

static void on_done(struct redis_batch *b, int status)
{
    struct redis *r = b->data;
    if (status)
        return;
    if (r->master.port) {
        redis_unlink(r);
        redis_connect(r, &r->master);
    } else {
        sentinel_failed(r, r->login.said[0] ? r->login.said : "does not know this master");
    }
}

void sentinel_opened(struct redis *r)
{
    struct redis_batch *b = &r->talk;
    redis_batch_begin(b);
    b->data = r;
    b->on_reply = on_reply;
    b->on_done = on_done;
    b->deadline_ms = SENTINEL_MS;
    r->login.said[0] = 0;
    r->master = (struct redis_host){0};
    if (r->url.sentinel_user[0])
        redis_batch_addf(b, "AUTH %s %s", r->url.sentinel_user, r->url.sentinel_password);
    else if (r->url.sentinel_password[0])
        redis_batch_addf(b, "AUTH %s", r->url.sentinel_password);
    redis_batch_addf(b, "SENTINEL get-master-addr-by-name %s", r->url.master);
    if (b->status)
        redis_drop(r, REDIS_DOWN, REDIS_NETWORK, dupd_error_text(b->status));
    else
        pipeline_send(r, b);
}
