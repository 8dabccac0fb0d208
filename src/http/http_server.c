/*
 * http_server.c: listening, and the end of it.
 *
 * Failure: an address that is none, or is taken, is told in one line. Running out of file
 * descriptors while accepting is libuv's to handle: it closes the connection.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "http/http_conn.h"

void http_options_default(struct http_options *o)
{
    *o = (struct http_options){.address = "127.0.0.1",
                               .hosts = "localhost 127.0.0.1 [::1]",
                               .open = "",
                               .connections_max = 2048,
                               .head_max = 16384,
                               .body_max = (size_t)64 << 20,
                               .buffered_max = (size_t)256 << 20,
                               .head_timeout_ms = 10000,
                               .body_timeout_ms = 30000,
                               .idle_timeout_ms = 75000,
                               .write_timeout_ms = 30000,
                               .stream_backlog = (size_t)1 << 20,
                               .headers = ""};
}

/* The strings of the options, in one piece of memory. */
static int copy_options(struct http_server *s, const struct http_options *o)
{
    s->options = *o;
    const char **string[] = {&s->options.address, &s->options.hosts, &s->options.open,
                             &s->options.headers};
    const size_t count = sizeof string / sizeof *string;
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(*string[i] ? *string[i] : "") + 1;
    char *at = s->strings = malloc(bytes);
    if (!at)
        return DUPD_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *from = *string[i] ? *string[i] : "";
        *string[i] = at;
        at = stpcpy(at, from) + 1;
    }
    return DUPD_OK;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_server *s = listener->data;
    if (status == 0 && !s->closing)
        conn_accept(s);
}

static int explain(int uv, const struct http_options *o, char problem[512])
{
    snprintf(problem, 512, "cannot listen on %s port %u: %s", o->address, o->port, uv_strerror(uv));
    return uv == UV_ENOMEM ? DUPD_ENOMEM : uv == UV_EINVAL ? DUPD_EINVAL : DUPD_EIO;
}

static int bind_tcp(struct http_server *s, uv_loop_t *loop)
{
    struct sockaddr_storage address;
    int uv = uv_ip4_addr(s->options.address, (int)s->options.port, (struct sockaddr_in *)&address);
    if (uv)
        uv = uv_ip6_addr(s->options.address, (int)s->options.port, (struct sockaddr_in6 *)&address);
    if (uv)
        return uv;
    uv = uv_tcp_init(loop, &s->io.tcp);
    if (uv)
        return uv;
    s->listening = true;
    return uv_tcp_bind(&s->io.tcp, (const struct sockaddr *)&address, 0);
}

static int bind_pipe(struct http_server *s, uv_loop_t *loop)
{
    int uv = uv_pipe_init(loop, &s->io.pipe, 0);
    if (uv)
        return uv;
    s->local = s->listening = true;
    return uv_pipe_bind(&s->io.pipe, s->options.address + 5);
}

static void find_port(struct http_server *s)
{
    struct sockaddr_storage address;
    int len = sizeof address;
    if (s->local || uv_tcp_getsockname(&s->io.tcp, (struct sockaddr *)&address, &len))
        return;
    s->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                  : ((struct sockaddr_in *)&address)->sin_port);
}

int http_open(struct http_server **out, uv_loop_t *loop, const struct http_options *o,
              char problem[512])
{
    struct http_server *s = calloc(1, sizeof *s);
    if (!s || copy_options(s, o)) {
        free(s);
        snprintf(problem, 512, "%s", dupd_error_text(DUPD_ENOMEM));
        return DUPD_ENOMEM;
    }
    s->loop = loop;
    uv_timer_init(loop, &s->again);
    s->again.data = s;
    s->has_timer = true;
    int uv = strncmp(s->options.address, "unix:", 5) == 0 ? bind_pipe(s, loop) : bind_tcp(s, loop);
    s->io.handle.data = s;
    if (!uv)
        uv = uv_listen(&s->io.stream, 511, on_connection);
    if (uv) {
        int rc = explain(uv, o, problem);
        http_close(s, NULL, NULL);
        return rc;
    }
    find_port(s);
    *out = s;
    return DUPD_OK;
}

unsigned http_port(const struct http_server *s)
{
    return s->port;
}

unsigned http_connections(const struct http_server *s)
{
    return s->count;
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct http_server *s = handle->data;
    s->listening = false;
    http_server_settle(s);
}

void http_server_settle(struct http_server *s)
{
    if (!s->closing || s->has_timer || s->listening || s->total)
        return;
    void (*closed)(void *) = s->closed;
    void *data = s->closed_data;
    free(s->strings);
    free(s);
    if (closed)
        closed(data);
}

static void on_again_closed(uv_handle_t *handle)
{
    struct http_server *s = handle->data;
    s->has_timer = false;
    if (s->listening)
        uv_close(&s->io.handle, on_listener_closed);
    else
        http_server_settle(s);
}

void http_close(struct http_server *s, void (*closed)(void *data), void *data)
{
    s->closing = true;
    s->closed = closed;
    s->closed_data = data;
    for (struct http_exchange *x = s->first, *next; x; x = next) {
        next = x->next;
        conn_cut(x);
    }
    if (!uv_is_closing((uv_handle_t *)&s->again))
        uv_close((uv_handle_t *)&s->again, on_again_closed);
}
