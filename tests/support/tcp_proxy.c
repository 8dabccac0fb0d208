/*
 * tcp_proxy.c: what is read on one side is kept and written to the other piece by piece, one piece
 * in a turn of the loop, by an idle handle. Simple before fast.
 */
#include "support/tcp_proxy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dupd/buf.h"

struct side {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } u;
    struct dupd_buf kept; /* to be written to this side */
    uint64_t written;
    struct proxy_pair *pair;
    char read[65536];
};

struct proxy_pair {
    struct tcp_proxy *proxy;
    struct proxy_pair *next;
    struct side client, server;
    uv_connect_t connect;
    unsigned handles;
    bool closing, connected;
};

static void free_proxy(struct tcp_proxy *p)
{
    if (p->closing && p->handles == 0 && !p->pairs)
        free(p);
}

static void on_side_closed(uv_handle_t *h)
{
    struct proxy_pair *pair = ((struct side *)h->data)->pair, **at = &pair->proxy->pairs;
    struct tcp_proxy *p = pair->proxy;
    if (--pair->handles)
        return;
    while (*at != pair)
        at = &(*at)->next;
    *at = pair->next;
    dupd_buf_close(&pair->client.kept);
    dupd_buf_close(&pair->server.kept);
    free(pair);
    free_proxy(p);
}

static void close_pair(struct proxy_pair *pair)
{
    if (pair->closing)
        return;
    pair->closing = true;
    uv_close(&pair->client.u.handle, on_side_closed);
    uv_close(&pair->server.u.handle, on_side_closed);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    struct side *s = h->data;
    (void)suggested;
    *buf = uv_buf_init(s->read, sizeof s->read);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct side *s = stream->data;
    struct proxy_pair *pair = s->pair;
    struct side *other = s == &pair->client ? &pair->server : &pair->client;
    if (n < 0)
        close_pair(pair);
    else if (dupd_buf_add(&other->kept, buf->base, (size_t)n))
        abort();
}

static void forward(struct tcp_proxy *p, struct side *s)
{
    size_t n = s->kept.len;
    if (p->piece && n > p->piece)
        n = p->piece;
    if (n == 0)
        return;
    uv_buf_t b = uv_buf_init(s->kept.ptr, (unsigned)n);
    int put = uv_try_write(&s->u.stream, &b, 1);
    if (put == UV_EAGAIN)
        return;
    if (put < 0) {
        close_pair(s->pair);
        return;
    }
    s->written += (uint64_t)put;
    s->kept.len -= (size_t)put;
    memmove(s->kept.ptr, s->kept.ptr + put, s->kept.len);
}

static void on_turn(uv_idle_t *h)
{
    struct tcp_proxy *p = h->data;
    for (struct proxy_pair *pair = p->pairs; pair && !p->stalled; pair = pair->next) {
        if (pair->closing || !pair->connected)
            continue;
        forward(p, &pair->server);
        if (!pair->closing)
            forward(p, &pair->client);
        if (p->cut_after && pair->client.written >= p->cut_after)
            close_pair(pair);
    }
}

static void on_connected(uv_connect_t *req, int status)
{
    struct proxy_pair *pair = req->data;
    if (pair->closing)
        return;
    if (status) {
        close_pair(pair);
        return;
    }
    pair->connected = true;
    uv_read_start(&pair->server.u.stream, on_alloc, on_read);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct tcp_proxy *p = listener->data;
    struct proxy_pair *pair = calloc(1, sizeof *pair);
    if (status || !pair)
        abort();
    p->accepted++;
    pair->proxy = p;
    pair->client.pair = pair->server.pair = pair;
    pair->handles = 2;
    pair->next = p->pairs;
    p->pairs = pair;
    uv_tcp_init(p->loop, &pair->client.u.tcp);
    uv_pipe_init(p->loop, &pair->server.u.pipe, 0);
    pair->client.u.handle.data = &pair->client;
    pair->server.u.handle.data = &pair->server;
    pair->connect.data = pair;
    uv_accept(listener, &pair->client.u.stream);
    uv_tcp_nodelay(&pair->client.u.tcp, 1);
    uv_read_start(&pair->client.u.stream, on_alloc, on_read);
    uv_pipe_connect(&pair->connect, &pair->server.u.pipe, p->target, on_connected);
}

struct tcp_proxy *tcp_proxy_start(uv_loop_t *loop, const char *socket)
{
    struct sockaddr_in a;
    int len = sizeof a;
    struct tcp_proxy *p = calloc(1, sizeof *p);
    if (!p || uv_ip4_addr("127.0.0.1", 0, &a))
        abort();
    p->loop = loop;
    snprintf(p->target, sizeof p->target, "%s", socket);
    uv_tcp_init(loop, &p->listener);
    uv_idle_init(loop, &p->turn);
    p->listener.data = p->turn.data = p;
    p->handles = 2;
    if (uv_tcp_bind(&p->listener, (const struct sockaddr *)&a, 0) ||
        uv_listen((uv_stream_t *)&p->listener, 16, on_connection) ||
        uv_tcp_getsockname(&p->listener, (struct sockaddr *)&a, &len))
        abort();
    p->port = ntohs(a.sin_port);
    uv_idle_start(&p->turn, on_turn);
    return p;
}

void tcp_proxy_cut(struct tcp_proxy *p)
{
    for (struct proxy_pair *pair = p->pairs; pair; pair = pair->next)
        close_pair(pair);
}

static void on_handle_closed(uv_handle_t *h)
{
    struct tcp_proxy *p = h->data;
    p->handles--;
    free_proxy(p);
}

void tcp_proxy_close(struct tcp_proxy *p)
{
    p->closing = true;
    tcp_proxy_cut(p);
    uv_close((uv_handle_t *)&p->listener, on_handle_closed);
    uv_close((uv_handle_t *)&p->turn, on_handle_closed);
}
