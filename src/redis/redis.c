/*
 * redis.c: the client's life: opening, connecting, trying again, closing.
 *
 *        +--------------------------- drop: lost, refused, READONLY, deadline -----+
 *        v                                                                         |
 *      REST --retry--> [ASK a sentinel] --> CONNECT --> LOGIN --ok--> READY -------+
 *        ^                    |                |        |   ^           |          |
 *        +--------------------+----------------+--------+   |retry   LOADING, BUSY |
 *                                                       +-> NOT_NOW <---+ ---------+
 *
 * Happy path: redis_open starts the retry timer at 0; each step is started by the end of the one
 * before. Failure: every way leads to redis_drop, which closes the link, tells the state, ends the
 * batches and starts the retry timer: jittered, doubled each time, back to the start when a command
 * was answered by more than "not now", or when the connection had stood longer than the longest
 * wait. Closing: redis_close only marks and closes the link; the batches end and the handles close
 * in the next turn of the loop, so that it may be called anywhere.
 */
#include <stdio.h>
#include <stdlib.h>

#include "redis/client.h"

void redis_options_default(struct redis_options *o)
{
    *o = (struct redis_options){.connect_timeout_ms = 3000,
                                .deadline_ms = 5000,
                                .backoff_ms = 50,
                                .backoff_max_ms = 5000,
                                .reply_max = (size_t)512 << 20,
                                .window = (size_t)128 << 10};
}

/* ---- state ---- */

static void set_state(struct redis *r, enum redis_state state, const char *why)
{
    bool news =
        !r->told || state != r->state || (state == REDIS_WAITING && strcmp(why, r->problem));
    r->state = state;
    r->told = true;
    if (state != REDIS_UP)
        snprintf(r->problem, sizeof r->problem, "%s", why);
    if (news && r->options.on_state && !r->closing)
        r->options.on_state(r, state, why, r->options.data);
}

/* xorshift64*; only spreads clients out. */
static uint64_t next_random(struct redis *r)
{
    r->random ^= r->random >> 12;
    r->random ^= r->random << 25;
    r->random ^= r->random >> 27;
    return r->random * UINT64_C(2685821657736338717);
}

static void on_retry(uv_timer_t *t)
{
    struct redis *r = t->data;
    if (r->closing)
        return;
    if (r->link)
        login_start(r);
    else if (r->url.scheme == REDIS_SENTINEL)
        sentinel_start(r);
    else
        redis_connect(r, &r->url.host[0]);
}

static void retry_later(struct redis *r)
{
    if (r->closing)
        return;
    unsigned wait = r->backoff_ms ? r->backoff_ms : r->options.backoff_ms;
    unsigned twice = wait > r->options.backoff_max_ms / 2 ? r->options.backoff_max_ms : wait * 2;
    r->backoff_ms = twice > wait ? twice : wait;
    uint64_t jittered = wait / 2 + next_random(r) % (wait / 2 + 1);
    uv_timer_start(&r->retry, on_retry, jittered, 0);
}

struct batch_queue redis_unlink(struct redis *r)
{
    struct batch_queue q = r->flight;
    if (r->link) {
        r->counters.bytes_in += link_bytes_in(r->link) - r->link_in;
        r->counters.bytes_out += link_bytes_out(r->link) - r->link_out;
        link_close(r->link);
    }
    r->link = NULL;
    r->flight = (struct batch_queue){0};
    r->unsent = NULL;
    r->unsent_at = 0;
    r->unanswered = 0;
    r->queued = r->link_in = r->link_out = 0;
    if (r->waiting.head)
        pipeline_wake(r);
    r->stage = STAGE_REST;
    return q;
}

/* Of earlier trouble, when the connection has been up for longer than the pause before it. Not at
 * the first reply that is no error: a replica that takes no writes answers many a command before
 * one is refused. */
static void forget_backoff(struct redis *r)
{
    if (r->state == REDIS_UP && uv_now(r->loop) - r->up_since_ms > r->backoff_ms)
        r->backoff_ms = 0;
}

void redis_drop(struct redis *r, enum redis_state state, enum redis_class c, const char *why)
{
    char text[512];
    if (r->closing)
        return;
    snprintf(text, sizeof text, "%s: %s", r->where, why);
    forget_backoff(r);
    struct batch_queue lost = redis_unlink(r);
    r->counters.failures++;
    if (c == REDIS_NETWORK || c == REDIS_TIMEOUT)
        r->counters.errors[c]++;
    retry_later(r);
    set_state(r, state, text);
    pipeline_end(r, lost, r->closing ? DUPD_EINTR : DUPD_EAGAIN);
}

void redis_not_now(struct redis *r, const char *why)
{
    char text[512];
    r->stage = STAGE_NOT_NOW;
    forget_backoff(r);
    retry_later(r);
    snprintf(text, sizeof text, "%s: %s", r->where, why);
    set_state(r, REDIS_WAITING, text);
}

void redis_ready(struct redis *r)
{
    char text[512];
    r->stage = STAGE_READY;
    r->up_since_ms = uv_now(r->loop);
    snprintf(text, sizeof text, "%s: connected, version %u.%u.%u", r->where, r->version / 10000,
             r->version / 100 % 100, r->version % 100);
    set_state(r, REDIS_UP, text);
}

void redis_quote(const struct redis *r, const redisReply *error, char out[256])
{
    const char *secret[] = {r->url.password, r->url.sentinel_password};
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        if (secret[i][0] && memmem(error->str, error->len, secret[i], strlen(secret[i]))) {
            snprintf(out, 256, "an error whose text repeats the password");
            return;
        }
    }
    size_t n = 0;
    for (; n < error->len && n < 255; n++)
        out[n] = (unsigned char)error->str[n] < ' ' ? ' ' : error->str[n];
    out[n] = 0;
}

/* ---- the link ---- */

static void on_opened(void *owner)
{
    struct redis *r = owner;
    if (r->stage == STAGE_ASK) {
        sentinel_opened(r);
        return;
    }
    r->counters.connects++;
    login_start(r);
}

static void on_link_reply(void *owner, const redisReply *reply)
{
    pipeline_reply(owner, reply);
}

static void on_writable(void *owner)
{
    pipeline_flush(owner);
}

static void on_ended(void *owner, enum redis_class c, const char *why)
{
    struct redis *r = owner;
    if (r->stage == STAGE_ASK)
        sentinel_failed(r, why);
    else
        redis_drop(r, REDIS_DOWN, c, why);
}

int redis_link(struct redis *r, const struct redis_host *host, unsigned timeout_ms)
{
    static const struct link_events events = {on_opened, on_link_reply, on_writable, on_ended};
    bool local = r->url.scheme == REDIS_UNIX;
    struct link_target t = {.path = local ? r->url.path : NULL,
                            .host = host->name,
                            .port = host->port,
                            .tls = r->tls,
                            .tls_name = r->options.tls_name ? r->options.tls_name : host->name,
                            .timeout_ms = timeout_ms,
                            .reply_max = r->options.reply_max};
    return link_open(&r->link, r->loop, &t, &events, r);
}

void redis_connect(struct redis *r, const struct redis_host *host)
{
    r->stage = STAGE_CONNECT;
    if (r->url.scheme == REDIS_SENTINEL)
        snprintf(r->where, sizeof r->where, "%s://%s%s%s:%u/%u", r->tls ? "rediss" : "redis",
                 strchr(host->name, ':') ? "[" : "", host->name, strchr(host->name, ':') ? "]" : "",
                 host->port, r->url.db);
    if (redis_link(r, host, r->options.connect_timeout_ms))
        redis_drop(r, REDIS_DOWN, REDIS_NETWORK, dupd_error_text(DUPD_ENOMEM));
}

/* ---- opening and closing ---- */

static void free_client(struct redis *r)
{
    const char *const text[] = {r->options.client_name, r->options.ca_file, r->options.cert_file,
                                r->options.key_file, r->options.tls_name};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        free((char *)(uintptr_t)text[i]);
    redis_batch_close(&r->talk);
    dupd_buf_close(&r->url_text);
    tls_context_free(r->tls);
    free(r);
}

static int copy_text(const char **text)
{
    if (!*text)
        return DUPD_OK;
    *text = strdup(*text);
    return *text ? DUPD_OK : DUPD_ENOMEM;
}

static int copy_options(struct redis *r, const struct redis_options *o)
{
    r->options = *o;
    const char **text[] = {&r->options.client_name, &r->options.ca_file, &r->options.cert_file,
                           &r->options.key_file, &r->options.tls_name};
    int rc = DUPD_OK;
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        if (copy_text(text[i]))
            rc = DUPD_ENOMEM;
    return rc;
}

static int prepare(struct redis *r, const struct redis_url *url, const struct redis_options *o,
                   char problem[512])
{
    r->url = *url;
    int rc = copy_options(r, o);
    if (!rc)
        rc = redis_url_format(url, &r->url_text);
    if (!rc)
        rc = dupd_buf_add_char(&r->url_text, 0);
    if (rc) {
        snprintf(problem, 512, "%s", dupd_error_text(rc));
        return rc;
    }
    snprintf(r->where, sizeof r->where, "%s", r->url_text.ptr);
    if (!url->tls)
        return DUPD_OK;
    struct tls_files files = {o->ca_file, o->cert_file, o->key_file, o->tls_insecure};
    return tls_context_new(&r->tls, &files, problem);
}

int redis_open(struct redis **out, uv_loop_t *loop, const struct redis_url *url,
               const struct redis_options *options, char problem[512])
{
    problem[0] = 0;
    struct redis *r = calloc(1, sizeof *r);
    if (!r) {
        snprintf(problem, 512, "%s", dupd_error_text(DUPD_ENOMEM));
        return DUPD_ENOMEM;
    }
    int rc = prepare(r, url, options, problem);
    if (rc) {
        free_client(r);
        return rc;
    }
    r->loop = loop;
    if (uv_random(NULL, NULL, &r->random, sizeof r->random, 0, NULL) || !r->random)
        r->random = uv_hrtime() | 1;
    uv_idle_init(loop, &r->turn);
    uv_timer_init(loop, &r->deadline);
    uv_timer_init(loop, &r->retry);
    r->turn.data = r->deadline.data = r->retry.data = r;
    r->handles = 3;
    uv_timer_start(&r->retry, on_retry, 0, 0);
    *out = r;
    return DUPD_OK;
}

void redis_close(struct redis *r, void (*closed)(void *data), void *data)
{
    if (r->closing)
        return;
    r->closing = true;
    r->closed = closed;
    r->closed_data = data;
    struct batch_queue q = redis_unlink(r);
    while (q.head)
        queue_push(&r->waiting, queue_pop(&q));
    while (r->held.head)
        queue_push(&r->waiting, queue_pop(&r->held));
    pipeline_wake(r);
}

static void on_handle_closed(uv_handle_t *h)
{
    struct redis *r = h->data;
    if (--r->handles)
        return;
    void (*closed)(void *) = r->closed;
    void *data = r->closed_data;
    free_client(r);
    if (closed)
        closed(data);
}

void redis_finish(struct redis *r)
{
    uv_close((uv_handle_t *)&r->turn, on_handle_closed);
    uv_close((uv_handle_t *)&r->deadline, on_handle_closed);
    uv_close((uv_handle_t *)&r->retry, on_handle_closed);
}

/* ---- questions ---- */

enum redis_state redis_state(const struct redis *r)
{
    return r->state;
}

const char *redis_where(const struct redis *r)
{
    return r->where;
}

const char *redis_problem(const struct redis *r)
{
    return r->problem;
}

const struct redis_counters *redis_counters(const struct redis *r)
{
    return &r->counters;
}

unsigned redis_version(const struct redis *r)
{
    return r->version;
}

size_t redis_pending(const struct redis *r)
{
    return r->pending;
}
