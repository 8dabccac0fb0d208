/*
 * http_conn.c: one connection, from its first byte to its last.
 *
 * Happy path: bytes are read into the server's buffer and fed to the parser; a whole request stops
 * the reading and goes to the handler; its answer written, the connection is idle again, or takes
 * up what a pipelining client had sent ahead. Failures are in the state diagram of http_conn.h.
 */
#include "http/http_conn.h"

#include <stdlib.h>

#include "dupd/error.h"
#include "http/http_text.h"

#define LINGER_MS 2000
#define ACCEPT_AGAIN_MS 100
#define LINGER_BYTES ((size_t)4 << 20)
#define STREAM_INPUT_MAX 65536u
#define KEEP_BYTES 65536u /* of a parser's memory, from one request to the next */

static void settle(struct http_exchange *x);

static void unlink_conn(struct http_exchange *x)
{
    struct http_server *s = x->server;
    *(x->previous ? &x->previous->next : &s->first) = x->next;
    *(x->next ? &x->next->previous : &s->last) = x->previous;
}

static void link_last(struct http_exchange *x)
{
    struct http_server *s = x->server;
    x->previous = s->last;
    x->next = NULL;
    *(s->last ? &s->last->next : &s->first) = x;
    s->last = x;
}

/* Counts what the parser holds of bodies. */
static void count_buffered(struct http_exchange *x)
{
    size_t now = x->parser.body.len;
    x->server->buffered += now - x->buffered;
    x->buffered = now;
}

static void on_closed(uv_handle_t *handle)
{
    struct http_exchange *x = handle->data;
    x->handles--;
    settle(x);
}

/* Frees it once its handles are closed and the handler has given it back. */
static void settle(struct http_exchange *x)
{
    struct http_server *s = x->server;
    if (x->state != CONN_CLOSED || x->handles)
        return;
    if (x->handlers && x->on_gone) { /* a stream whose client has left */
        x->handlers = false;
        x->on_gone(x, x->data);
    }
    if (x->handlers)
        return;
    unlink_conn(x);
    s->total--;
    s->buffered -= x->buffered;
    http_parser_close(&x->parser);
    dupd_buf_close(&x->ahead);
    free(x);
    http_server_settle(s);
}

void conn_cut(struct http_exchange *x)
{
    if (x->state == CONN_CLOSED)
        return;
    x->state = CONN_CLOSED;
    x->server->count--;
    uv_close(&x->io.handle, on_closed);
    uv_close((uv_handle_t *)&x->timer, on_closed);
}

void conn_give_back(struct http_exchange *x)
{
    x->handlers = false;
    settle(x);
}

static void on_shut(uv_shutdown_t *request, int status)
{
    (void)status;
    free(request);
}

/* Answered and not wanted any more: what the client still sends is read and dropped for a while,
 * since closing a socket with unread bytes resets it, and the answer would be lost. */
static void linger(struct http_exchange *x)
{
    uv_shutdown_t *request = malloc(sizeof *request);
    if (!request || uv_shutdown(request, &x->io.stream, on_shut)) {
        free(request);
        conn_cut(x);
        return;
    }
    x->dropped = 0;
    conn_watch(x, CONN_LINGERING);
    conn_read(x, true);
}

static void on_timer(uv_timer_t *timer)
{
    struct http_exchange *x = timer->data;
    struct http_server *s = x->server;
    size_t waiting = uv_stream_get_write_queue_size(&x->io.stream);
    switch (x->state) {
    case CONN_HEAD:
    case CONN_BODY:
        conn_refuse(x, 408);
        break;
    case CONN_ANSWERING:
        if (waiting < x->waiting) { /* it moves */
            conn_watch(x, CONN_ANSWERING);
            break;
        }
        if (s->options.on_answer)
            s->options.on_answer(0, s->options.data);
        conn_cut(x);
        break;
    default:
        conn_cut(x);
    }
}

/* How long the connection may stay in a state; 0: no limit. */
static uint64_t patience(struct http_exchange *x, enum conn_state state)
{
    const struct http_options *o = &x->server->options;
    uint64_t now = uv_now(x->server->loop);
    switch (state) {
    case CONN_IDLE:
        return o->idle_timeout_ms;
    case CONN_HEAD:
        return o->head_timeout_ms;
    case CONN_BODY:
        if (now >= x->body_until)
            return 1;
        return x->body_until - now < o->body_timeout_ms ? x->body_until - now : o->body_timeout_ms;
    case CONN_ANSWERING:
        return o->write_timeout_ms;
    case CONN_LINGERING:
        return LINGER_MS;
    default:
        return 0;
    }
}

void conn_watch(struct http_exchange *x, enum conn_state state)
{
    if (x->state == CONN_CLOSED)
        return;
    x->state = state;
    x->waiting = uv_stream_get_write_queue_size(&x->io.stream);
    uint64_t ms = patience(x, state);
    if (ms)
        uv_timer_start(&x->timer, on_timer, ms, 0);
    else
        uv_timer_stop(&x->timer);
    unlink_conn(x); /* news: behind all others */
    link_last(x);
}

/* Is the path one of those that may be asked for under any name? */
static bool is_open(const struct http_server *s, struct dupd_view path)
{
    const char *at = s->options.open;
    while (*at) {
        size_t n = strcspn(at, " ");
        if (n == path.len && memcmp(at, path.ptr, n) == 0)
            return true;
        at += n;
        at += strspn(at, " ");
    }
    return false;
}

/* What is asked of the head: the right host, and whatever the handler says. 0 or a status. */
bool http_host_is_known(const struct http_exchange *x)
{
    const struct http_server *s = x->server;
    return s->local || http_host_is_one(http_field(&x->parser.request, "host"), s->options.hosts);
}

static unsigned look_at_head(struct http_exchange *x)
{
    struct http_server *s = x->server;
    const struct http_request *r = &x->parser.request;
    if (!http_host_is_known(x) && !is_open(s, r->path))
        return 403;
    if (r->method == HTTP_POST && !r->chunked && http_field(r, "content-length").ptr == NULL)
        return 411;
    size_t body_max = s->options.body_max;
    if (s->options.on_head) {
        unsigned status = s->options.on_head(x, r, &body_max, s->options.data);
        if (status)
            return status;
    }
    x->parser.body_max = body_max < s->options.body_max ? body_max : s->options.body_max;
    if (r->length > x->parser.body_max)
        return 413;
    if (s->buffered + r->length > s->options.buffered_max)
        return 503;
    return 0;
}

static void ask_handler(struct http_exchange *x)
{
    struct http_server *s = x->server;
    conn_watch(x, CONN_ASKED);
    conn_read(x, false);
    x->handlers = true;
    x->on_gone = NULL;
    x->data = NULL;
    x->keep_alive = x->parser.request.keep_alive && !s->closing;
    s->options.on_request(x, &x->parser.request, s->options.data);
}

/* Refuses a request that has no body: the connection may go on. */
static void decline(struct http_exchange *x, unsigned status)
{
    conn_watch(x, CONN_ASKED);
    conn_read(x, false);
    x->keep_alive = x->parser.request.keep_alive && !x->server->closing;
    conn_decline(x, status);
}

/* Feeds bytes until a request is whole or something is wrong. Returns how many were taken. */
static size_t feed(struct http_exchange *x, const char *bytes, size_t len)
{
    size_t at = 0;
    while (x->state < CONN_ASKED) {
        size_t used;
        int rc = http_parser_feed(&x->parser, bytes + at, len - at, &used);
        at += used;
        count_buffered(x);
        if (rc == HTTP_MORE) {
            if (x->server->buffered > x->server->options.buffered_max)
                conn_refuse(x, 503);
            else if (x->state == CONN_BODY)
                conn_watch(x, CONN_BODY);
            else if (x->state == CONN_IDLE && !http_parser_is_fresh(&x->parser))
                conn_watch(x, CONN_HEAD);
            break;
        }
        if (rc < 0) {
            conn_refuse(x, (unsigned)-rc);
        } else if (rc == HTTP_HEAD) {
            unsigned status = look_at_head(x);
            const struct http_request *r = &x->parser.request;
            if (status && !r->chunked && r->length == 0) {
                decline(x, status);
            } else if (status) {
                conn_refuse(x, status);
            } else {
                x->body_until =
                    uv_now(x->server->loop) + 10 * (uint64_t)x->server->options.body_timeout_ms;
                conn_watch(x, CONN_BODY);
                if (x->parser.request.expects_continue && at == len)
                    conn_continue(x);
            }
        } else {
            ask_handler(x);
        }
    }
    return at;
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct http_exchange *x = handle->data;
    (void)size;
    *buf = uv_buf_init(x->server->read, sizeof x->server->read);
}

/* Bytes of a client that has nothing to say now. */
static void drop(struct http_exchange *x, size_t n)
{
    x->dropped += n;
    if (x->dropped > (x->state == CONN_STREAMING ? STREAM_INPUT_MAX : LINGER_BYTES))
        conn_cut(x);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct http_exchange *x = stream->data;
    if (n == 0)
        return;
    if (n < 0) {
        /* A client that has only shut down its side while we write may still read. */
        if (n == UV_EOF && (x->state == CONN_ASKED || x->state == CONN_ANSWERING)) {
            x->keep_alive = false;
            conn_read(x, false);
            return;
        }
        conn_cut(x);
        return;
    }
    if (x->state == CONN_STREAMING || x->state == CONN_LINGERING) {
        drop(x, (size_t)n);
        return;
    }
    size_t used = x->state < CONN_ASKED ? feed(x, buf->base, (size_t)n) : 0;
    if (used == (size_t)n || x->state == CONN_CLOSED || x->refused)
        return;
    if (dupd_buf_add(&x->ahead, buf->base + used, (size_t)n - used))
        conn_cut(x);
}

void conn_read(struct http_exchange *x, bool on)
{
    if (x->state == CONN_CLOSED || x->reading == on)
        return;
    x->reading = on;
    if (!on)
        uv_read_stop(&x->io.stream);
    else if (uv_read_start(&x->io.stream, on_alloc, on_read))
        conn_cut(x);
}

void conn_answered(struct http_exchange *x, int status)
{
    if (x->state != CONN_ANSWERING)
        return;
    if (status || x->server->closing) {
        conn_cut(x);
        return;
    }
    if (x->refused || !x->keep_alive) {
        linger(x);
        return;
    }
    http_parser_next(&x->parser, KEEP_BYTES);
    count_buffered(x);
    conn_watch(x, CONN_IDLE);
    if (x->ahead.len) { /* a pipelined request; it may be answered before feed returns */
        struct dupd_buf ahead = x->ahead;
        x->ahead = (struct dupd_buf){0};
        size_t used = feed(x, ahead.ptr, ahead.len);
        if (used < ahead.len && x->state != CONN_CLOSED && !x->refused &&
            dupd_buf_add(&x->ahead, ahead.ptr + used, ahead.len - used))
            conn_cut(x);
        dupd_buf_close(&ahead);
    }
    if (x->state < CONN_ASKED)
        conn_read(x, true);
}

/* Makes room by cutting the connection that has waited longest between requests. */
static bool make_room(struct http_server *s)
{
    for (struct http_exchange *x = s->first; x; x = x->next) {
        if (x->state == CONN_IDLE || x->state == CONN_LINGERING) {
            conn_cut(x);
            return true;
        }
    }
    return false;
}

static void on_again(uv_timer_t *timer)
{
    conn_accept(timer->data);
}

void conn_accept(struct http_server *s)
{
    bool room = s->count < s->options.connections_max || make_room(s);
    struct http_exchange *x = calloc(1, sizeof *x);
    if (!x) {
        uv_timer_start(&s->again, on_again, ACCEPT_AGAIN_MS, 0);
        return;
    }
    x->server = s;
    x->handles = 2;
    int uv = s->local ? uv_pipe_init(s->loop, &x->io.pipe, 0) : uv_tcp_init(s->loop, &x->io.tcp);
    if (uv) {
        free(x);
        uv_timer_start(&s->again, on_again, ACCEPT_AGAIN_MS, 0);
        return;
    }
    uv_timer_init(s->loop, &x->timer);
    x->io.handle.data = x->timer.data = x;
    http_parser_init(&x->parser, s->options.head_max, s->options.body_max);
    s->count++;
    s->total++;
    link_last(x);
    if (uv_accept(&s->io.stream, &x->io.stream)) {
        conn_cut(x);
        return;
    }
    if (!s->local)
        uv_tcp_nodelay(&x->io.tcp, 1);
    conn_watch(x, CONN_IDLE);
    if (room)
        conn_read(x, true);
    else
        conn_refuse(x, 503);
}
