/*
 * link.c: resolve, connect, TLS, and then bytes both ways, with libuv.
 *
 *   link_open: numeric address or socket ------------------> connect -> [TLS] -> opened
 *              name -> getaddrinfo (libuv's threads) -> each address in turn
 *   out: link_write -> uv_try_write; what does not fit waits in one uv_write, nothing is copied
 *        (with TLS: encrypted into `wire` first)
 *   in:  one buffer of 64 KiB -> [TLS] -> decoder -> reply events
 *
 * Failure: any of it ends the link: handles are closed, `ended` says why, and the memory goes when
 * libuv has given back the last handle and the resolver its answer. A failed write is not the end
 * by itself: what the server said before it closed is still to be read, and reading finds the end.
 */
#include "redis/link.h"

#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "redis/decode.h"

#define READ_SIZE 65536u
#define WIRE_SIZE 131072u /* encrypted bytes on their way */
#define PLAIN_MAX 65536u  /* encrypted at once */
#define BUFS_MAX 64u
#define KEEPALIVE_S 60u

struct link {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } u;
    uv_timer_t timer;
    uv_getaddrinfo_t resolve;
    uv_connect_t connect;
    uv_write_t write;
    struct addrinfo *addresses, *next_address;
    unsigned held; /* handles and requests that must come back before this is freed */
    bool resolving, stream_open, open, closed, writing, broken, tls_done;
    size_t writing_size;
    uint64_t taken, wire_in, wire_out;
    const struct link_events *events;
    void *owner;
    struct decoder *decoder;
    struct tls *tls;
    char *host; /* or path */
    bool local;
    unsigned port, timeout_ms;
    char why[256];
    char read[READ_SIZE];
    char plain[READ_SIZE / 4]; /* TLS: decrypted */
    char *wire;                /* TLS: to be sent */
};

static void try_next_address(struct link *l);

static void release(struct link *l)
{
    if (--l->held)
        return;
    if (l->addresses)
        uv_freeaddrinfo(l->addresses);
    decoder_free(l->decoder);
    tls_free(l->tls);
    free(l->host);
    free(l->wire);
    free(l);
}

static void on_closed(uv_handle_t *h)
{
    release(h->data);
}

void link_close(struct link *l)
{
    if (l->closed)
        return;
    l->closed = true;
    uv_close((uv_handle_t *)&l->timer, on_closed);
    if (l->stream_open) {
        l->stream_open = false;
        uv_close(&l->u.handle, on_closed);
    }
    if (l->resolving)
        uv_cancel((uv_req_t *)&l->resolve); /* fails when it runs already: its answer is awaited */
}

static void end(struct link *l, enum redis_class c, const char *why)
{
    if (l->closed)
        return;
    link_close(l);
    l->events->ended(l->owner, c, why);
}

/* ---- out ---- */

static void on_written(uv_write_t *req, int status);

/* Writes the buffers, at once as far as the kernel takes them, the rest when it does. They must not
 * move. */
static void write_all(struct link *l, uv_buf_t *bufs, unsigned count, size_t total)
{
    int n = l->broken ? UV_EPIPE : uv_try_write(&l->u.stream, bufs, count);
    if (n < 0 && n != UV_EAGAIN) {
        l->broken = true;
        return;
    }
    size_t sent = n < 0 ? 0 : (size_t)n;
    l->wire_out += sent;
    if (sent == total)
        return;
    while (sent >= bufs->len) {
        sent -= bufs->len;
        bufs++;
        count--;
    }
    bufs->base += sent;
    bufs->len -= sent;
    l->writing_size = 0;
    for (unsigned i = 0; i < count; i++)
        l->writing_size += bufs[i].len;
    l->write.data = l;
    if (uv_write(&l->write, &l->u.stream, bufs, count, on_written)) {
        l->broken = true;
        return;
    }
    l->wire_out += l->writing_size;
    l->writing = true;
}

/* Sends what TLS wants sent. */
static void flush_wire(struct link *l)
{
    size_t n;
    while (!l->writing && (n = tls_take(l->tls, l->wire, WIRE_SIZE)) > 0) {
        uv_buf_t b = uv_buf_init(l->wire, (unsigned)n);
        write_all(l, &b, 1, n);
    }
}

static void on_written(uv_write_t *req, int status)
{
    struct link *l = req->data;
    l->writing = false;
    if (l->closed)
        return;
    if (status < 0) {
        l->broken = true;
        l->wire_out -= l->writing_size;
        return;
    }
    if (l->tls)
        flush_wire(l);
    if (!l->writing && l->open)
        l->events->writable(l->owner);
}

static size_t write_tls(struct link *l, const uv_buf_t *bufs, unsigned count)
{
    size_t taken = 0;
    for (unsigned i = 0; i < count && !l->writing; i++) {
        size_t at = 0;
        while (at < bufs[i].len && !l->writing) {
            size_t n = bufs[i].len - at < PLAIN_MAX ? bufs[i].len - at : PLAIN_MAX;
            if (l->broken || tls_write(l->tls, (struct dupd_view){bufs[i].base + at, n}))
                l->broken = true;
            else
                flush_wire(l);
            at += n;
        }
        taken += at;
    }
    if (!l->broken)
        l->taken += taken;
    return taken;
}

size_t link_write(struct link *l, const uv_buf_t *bufs, unsigned count)
{
    uv_buf_t copy[BUFS_MAX];
    size_t total = 0;
    if (l->closed || l->writing || !l->open)
        return 0;
    if (l->tls)
        return write_tls(l, bufs, count);
    unsigned n = 0;
    for (; n < count && n < BUFS_MAX; n++) {
        copy[n] = bufs[n];
        total += bufs[n].len;
    }
    write_all(l, copy, n, total);
    return total; /* also when broken: nothing will become of them, and reading tells */
}

uint64_t link_written(const struct link *l)
{
    if (l->tls)
        return l->taken; /* copied when it was encrypted */
    return l->wire_out - (l->writing ? uv_stream_get_write_queue_size(&l->u.stream) : 0);
}

uint64_t link_bytes_in(const struct link *l)
{
    return l->wire_in;
}

uint64_t link_bytes_out(const struct link *l)
{
    return l->wire_out;
}

/* ---- in ---- */

static bool hand_on(void *data, const redisReply *reply)
{
    struct link *l = data;
    l->events->reply(l->owner, reply);
    return !l->closed;
}

static void decode(struct link *l, struct dupd_view bytes)
{
    char problem[128];
    if (decoder_feed(l->decoder, bytes, hand_on, l, problem))
        end(l, REDIS_NETWORK, problem);
}

static void opened(struct link *l)
{
    l->open = true;
    uv_timer_stop(&l->timer);
    l->events->opened(l->owner);
}

/* Goes on with the handshake; true when it is done. */
static bool shake_hands(struct link *l)
{
    int rc = tls_handshake(l->tls);
    flush_wire(l);
    if (rc < 0)
        end(l, REDIS_NETWORK, tls_problem(l->tls));
    if (rc != 1)
        return false;
    l->tls_done = true;
    opened(l);
    return !l->closed;
}

static void decrypt(struct link *l, struct dupd_view bytes)
{
    ssize_t n = tls_feed(l->tls, bytes);
    if (n < 0) {
        end(l, REDIS_NETWORK, tls_problem(l->tls));
        return;
    }
    if (!l->tls_done && !shake_hands(l))
        return;
    while ((n = tls_read(l->tls, l->plain, sizeof l->plain)) > 0) {
        decode(l, (struct dupd_view){l->plain, (size_t)n});
        if (l->closed)
            return;
    }
    if (n < 0)
        end(l, REDIS_NETWORK,
            n == DUPD_EEMPTY ? "the server closed the connection" : tls_problem(l->tls));
    else
        flush_wire(l); /* new keys may have been asked for */
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    struct link *l = h->data;
    (void)suggested;
    *buf = uv_buf_init(l->read, READ_SIZE);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct link *l = s->data;
    if (n == 0)
        return;
    if (n < 0) {
        snprintf(l->why, sizeof l->why, "%s",
                 n == UV_EOF ? "the server closed the connection" : uv_strerror((int)n));
        end(l, REDIS_NETWORK, l->why);
        return;
    }
    l->wire_in += (uint64_t)n;
    struct dupd_view bytes = {buf->base, (size_t)n};
    if (l->tls)
        decrypt(l, bytes);
    else
        decode(l, bytes);
}

/* ---- the way there ---- */

static void on_attempt_closed(uv_handle_t *h)
{
    struct link *l = h->data;
    if (!l->closed)
        try_next_address(l);
    release(l);
}

static void attempt_failed(struct link *l, int error)
{
    snprintf(l->why, sizeof l->why, "%s", uv_strerror(error));
    l->stream_open = false;
    uv_close(&l->u.handle, on_attempt_closed);
}

static void on_connect(uv_connect_t *req, int status)
{
    struct link *l = req->data;
    if (l->closed)
        return;
    if (!status)
        status = uv_read_start(&l->u.stream, on_alloc, on_read);
    if (status) {
        attempt_failed(l, status);
        return;
    }
    if (!l->local) {
        uv_tcp_nodelay(&l->u.tcp, 1);
        uv_tcp_keepalive(&l->u.tcp, 1, KEEPALIVE_S);
    }
    if (l->tls)
        shake_hands(l);
    else
        opened(l);
}

static void connect_socket(struct link *l)
{
    uv_pipe_init(l->timer.loop, &l->u.pipe, 0);
    l->u.handle.data = l;
    l->stream_open = true;
    l->held++;
    uv_pipe_connect(&l->connect, &l->u.pipe, l->host, on_connect);
}

static void connect_to(struct link *l, const struct sockaddr *address)
{
    uv_tcp_init(l->timer.loop, &l->u.tcp);
    l->u.handle.data = l;
    l->stream_open = true;
    l->held++;
    int rc = uv_tcp_connect(&l->connect, &l->u.tcp, address, on_connect);
    if (rc)
        attempt_failed(l, rc);
}

static void try_next_address(struct link *l)
{
    struct addrinfo *a = l->next_address;
    if (!a) {
        end(l, REDIS_NETWORK, l->why);
        return;
    }
    l->next_address = a->ai_next;
    connect_to(l, a->ai_addr);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
    struct link *l = req->data;
    l->resolving = false;
    l->addresses = l->next_address = list;
    if (!l->closed) {
        if (status)
            snprintf(l->why, sizeof l->why, "cannot find the host: %s", uv_strerror(status));
        try_next_address(l);
    }
    release(l);
}

static void on_timeout(uv_timer_t *t)
{
    end(t->data, REDIS_TIMEOUT, "no connection within the time for it");
}

/* An address needs no resolver. */
static bool numeric(const struct link *l, struct sockaddr_storage *address)
{
    return uv_ip4_addr(l->host, (int)l->port, (struct sockaddr_in *)address) == 0 ||
           uv_ip6_addr(l->host, (int)l->port, (struct sockaddr_in6 *)address) == 0;
}

/* From the timer, so that no event comes inside link_open. */
static void on_start(uv_timer_t *t)
{
    struct link *l = t->data;
    struct sockaddr_storage address = {0};
    char port[16];
    uv_timer_start(t, on_timeout, l->timeout_ms, 0);
    if (l->local) {
        connect_socket(l);
    } else if (numeric(l, &address)) {
        connect_to(l, (const struct sockaddr *)&address);
    } else {
        snprintf(port, sizeof port, "%u", l->port);
        struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
        l->resolve.data = l;
        l->resolving = true;
        l->held++;
        int rc = uv_getaddrinfo(t->loop, &l->resolve, on_resolved, l->host, port, &hints);
        if (rc)
            on_resolved(&l->resolve, rc, NULL);
    }
}

int link_open(struct link **out, uv_loop_t *loop, const struct link_target *target,
              const struct link_events *events, void *owner)
{
    struct link *l = calloc(1, sizeof *l);
    if (!l)
        return DUPD_ENOMEM;
    l->connect.data = l;
    l->events = events;
    l->owner = owner;
    l->local = target->path != NULL;
    l->port = target->port;
    l->timeout_ms = target->timeout_ms;
    l->host = strdup(l->local ? target->path : target->host);
    l->decoder = decoder_new(target->reply_max);
    if (target->tls) {
        l->tls = tls_new(target->tls, target->tls_name);
        l->wire = malloc(WIRE_SIZE);
    }
    l->held = 1;
    if (!l->host || !l->decoder || (target->tls && (!l->tls || !l->wire))) {
        release(l);
        return DUPD_ENOMEM;
    }
    uv_timer_init(loop, &l->timer);
    l->timer.data = l;
    uv_timer_start(&l->timer, on_start, 0, 0);
    *out = l;
    return DUPD_OK;
}
