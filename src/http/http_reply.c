/*
 * http_reply.c: answers, refusals and streams.
 *
 * An answer is one write of two pieces, head and body. Out of memory, the connection is cut: there
 * is nothing left to say it with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dupd/error.h"
#include "http/http_conn.h"
#include "http/http_status.h"

struct writing {
    uv_write_t request;
    struct http_exchange *x;
    struct dupd_buf head, body;
    struct http_shared *shared;
    bool last; /* the answer is complete with it */
};

const struct http_request *http_request(const struct http_exchange *x)
{
    return &x->parser.request;
}

void http_peer(const struct http_exchange *x, char out[48])
{
    struct sockaddr_storage from;
    int len = sizeof from;
    out[0] = '\0';
    if (x->server->local || uv_tcp_getpeername(&x->io.tcp, (struct sockaddr *)&from, &len))
        return;
    if (from.ss_family == AF_INET) {
        uv_ip4_name((const struct sockaddr_in *)&from, out, 48);
        return;
    }
    const unsigned char *b = ((const struct sockaddr_in6 *)&from)->sin6_addr.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)&from)->sin6_addr))
        snprintf(out, 48, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
    else
        snprintf(out, 48, "%x:%x:%x:%x", b[0] << 8 | b[1], b[2] << 8 | b[3], b[4] << 8 | b[5],
                 b[6] << 8 | b[7]);
}

void http_set_data(struct http_exchange *x, void *data)
{
    x->data = data;
}

void *http_data(const struct http_exchange *x)
{
    return x->data;
}

static void free_writing(struct writing *w)
{
    dupd_buf_close(&w->head);
    dupd_buf_close(&w->body);
    http_shared_drop(w->shared);
    free(w);
}

static void on_written(uv_write_t *request, int status)
{
    struct writing *w = request->data;
    struct http_exchange *x = w->x;
    bool last = w->last;
    free_writing(w);
    if (x->state == CONN_CLOSED)
        return;
    if (last)
        conn_answered(x, status);
    else if (status)
        conn_cut(x);
}

/* Sends head and body (or `fixed`); takes w. */
static void send_writing(struct writing *w, struct dupd_view fixed)
{
    struct http_exchange *x = w->x;
    uv_buf_t piece[2];
    unsigned count = 0;
    if (w->head.len)
        piece[count++] = uv_buf_init(w->head.ptr, (unsigned)w->head.len);
    if (w->shared)
        piece[count++] = uv_buf_init(w->shared->bytes, (unsigned)w->shared->len);
    else if (w->body.len)
        piece[count++] = uv_buf_init(w->body.ptr, (unsigned)w->body.len);
    else if (fixed.len) /* libuv does not write to what it sends */
        piece[count++] = (uv_buf_t){.base = (char *)(uintptr_t)fixed.ptr, .len = fixed.len};
    w->request.data = w;
    if (uv_write(&w->request, &x->io.stream, piece, count, on_written)) {
        free_writing(w);
        conn_cut(x);
        return;
    }
    if (w->last)
        conn_watch(x, CONN_ANSWERING);
}

static void add_date(char *out, size_t size)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    static const char *const day[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    snprintf(out, size, "%s, %02d %s %04d %02d:%02d:%02d GMT", day[utc.tm_wday], utc.tm_mday,
             month[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static int write_head(struct http_exchange *x, struct dupd_buf *out, unsigned status,
                      const char *type, const char *headers, size_t length, bool stream)
{
    char date[64];
    add_date(date, sizeof date);
    int rc = dupd_buf_addf(out, "HTTP/1.1 %u %s\r\nDate: %s\r\n%s", status,
                           http_status_text(status), date, x->server->options.headers);
    if (!rc && type)
        rc = dupd_buf_addf(out, "Content-Type: %s\r\n", type);
    if (!rc && !stream && status != 204 && status != 304)
        rc = dupd_buf_addf(out, "Content-Length: %zu\r\n", length);
    if (!rc && headers)
        rc = dupd_buf_add_str(out, headers);
    bool keep = x->keep_alive && !x->refused && !stream;
    if (!rc)
        rc = dupd_buf_addf(out, "Connection: %s\r\n\r\n", keep ? "keep-alive" : "close");
    return rc;
}

static void told(struct http_exchange *x, unsigned status)
{
    const struct http_options *o = &x->server->options;
    if (o->on_answer)
        o->on_answer(status, o->data);
}

/* Answers without giving back. */
static void answer(struct http_exchange *x, const struct http_answer *a)
{
    if (x->state == CONN_CLOSED) {
        if (a->body)
            dupd_buf_close(a->body);
        return;
    }
    struct writing *w = calloc(1, sizeof *w);
    if (!w) {
        conn_cut(x);
        return;
    }
    w->x = x;
    w->last = true;
    if (a->body) {
        w->body = *a->body;
        *a->body = (struct dupd_buf){0};
    }
    struct dupd_view fixed = w->body.len ? (struct dupd_view){0} : a->fixed;
    size_t length = w->body.len + fixed.len;
    if (write_head(x, &w->head, a->status, a->type, a->headers, length, false)) {
        free_writing(w);
        conn_cut(x);
        return;
    }
    if (x->parser.request.method == HTTP_HEAD_METHOD) {
        dupd_buf_clear(&w->body);
        fixed = (struct dupd_view){0};
    }
    told(x, a->status);
    send_writing(w, fixed);
}

void http_reply(struct http_exchange *x, const struct http_answer *a)
{
    answer(x, a);
    conn_give_back(x);
}

static void refuse(struct http_exchange *x, unsigned status, const char *error, const char *what)
{
    struct dupd_buf body = {0};
    if (http_status_body(status, error, what, &body)) {
        dupd_buf_close(&body);
        conn_cut(x);
        return;
    }
    const char *more = status == 401   ? "WWW-Authenticate: Bearer realm=\"dupd\"\r\n"
                       : status == 503 ? "Retry-After: 1\r\n"
                                       : NULL;
    struct http_answer a = {status, "application/json", more, &body, {0}};
    answer(x, &a);
}

void http_refuse(struct http_exchange *x, unsigned status, const char *error, const char *what)
{
    refuse(x, status, error, what);
    conn_give_back(x);
}

void conn_decline(struct http_exchange *x, unsigned status)
{
    refuse(x, status, NULL, NULL);
}

void conn_refuse(struct http_exchange *x, unsigned status)
{
    x->refused = true;
    x->keep_alive = false;
    refuse(x, status, NULL, NULL);
}

void conn_continue(struct http_exchange *x)
{
    struct writing *w = calloc(1, sizeof *w);
    if (!w || dupd_buf_add_str(&w->head, "HTTP/1.1 100 Continue\r\n\r\n")) {
        free(w);
        conn_cut(x);
        return;
    }
    w->x = x;
    send_writing(w, (struct dupd_view){0});
}

/* ---- streams ---- */

struct http_shared *http_shared_new(struct dupd_view bytes)
{
    struct http_shared *s = malloc(sizeof *s + bytes.len);
    if (!s)
        return NULL;
    s->references = 1;
    s->len = bytes.len;
    if (bytes.len)
        memcpy(s->bytes, bytes.ptr, bytes.len);
    return s;
}

void http_shared_drop(struct http_shared *s)
{
    if (s && --s->references == 0)
        free(s);
}

int http_stream(struct http_exchange *x, const char *type,
                void (*on_gone)(struct http_exchange *x, void *data))
{
    if (x->state == CONN_CLOSED) {
        conn_give_back(x);
        return DUPD_EGONE;
    }
    x->on_gone = on_gone;
    struct writing *w = calloc(1, sizeof *w);
    if (!w || write_head(x, &w->head, 200, type, NULL, 0, true)) {
        if (w)
            free_writing(w);
        conn_cut(x);
        return DUPD_OK; /* on_gone follows */
    }
    w->x = x;
    told(x, 200);
    x->keep_alive = false;
    x->dropped = 0;
    conn_watch(x, CONN_STREAMING);
    send_writing(w, (struct dupd_view){0});
    conn_read(x, true); /* to learn that the client leaves */
    return DUPD_OK;
}

size_t http_waiting(const struct http_exchange *x)
{
    return x->state == CONN_CLOSED ? 0 : uv_stream_get_write_queue_size(&x->io.stream);
}

int http_send(struct http_exchange *x, struct http_shared *bytes)
{
    if (x->state != CONN_STREAMING)
        return DUPD_EGONE;
    struct writing *w = calloc(1, sizeof *w);
    if (!w || http_waiting(x) + bytes->len > x->server->options.stream_backlog) {
        free(w);
        conn_cut(x);
        return DUPD_EFULL;
    }
    w->x = x;
    w->shared = bytes;
    bytes->references++;
    send_writing(w, (struct dupd_view){0});
    return x->state == CONN_STREAMING ? DUPD_OK : DUPD_EGONE;
}

void http_stream_end(struct http_exchange *x)
{
    x->on_gone = NULL;
    if (x->state == CONN_STREAMING) { /* what is queued goes out before the connection ends */
        struct writing *w = calloc(1, sizeof *w);
        if (!w) {
            conn_cut(x);
        } else {
            w->x = x;
            w->last = true;
            send_writing(w, (struct dupd_view){"\n", 1});
        }
    }
    conn_give_back(x);
}
