/*
 * socket.c: the store's Unix socket.
 *
 * Happy path: bytes are collected until a line is whole; the line goes into the next slot of the
 * client's ring and to the intake; answers leave in the order of the slots. While all slots are
 * taken, or the client does not read its answers, nothing more is read from it.
 *
 * Failure: a line longer than --max-message is answered with that, and the last: what follows could
 * not be told from the rest of it, and is read and thrown away. A client that leaves is forgotten
 * when the articles it gave are done; they are kept. A path that is too long for a socket address
 * is reached through /proc/self/fd.
 */
#include "daemon/socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dupd/error.h"
#include "engine/json_write.h"

#define ACCEPT_AGAIN_MS 100
#define READ_BYTES ((size_t)64 * 1024)
#define KEEP_BYTES ((size_t)256 * 1024)
#define UNREAD_MAX ((size_t)1024 * 1024) /* answers that may wait for a client to read */

struct socket_slot {
    struct work work;
    struct socket_client *client;
    struct dupd_buf line, answer;
    bool done;
};

struct socket_client {
    struct socket_server *server;
    struct socket_client *next, *previous;
    uv_pipe_t pipe;
    struct dupd_buf in; /* bytes that are not yet a line */
    size_t scanned;     /* of them, known to hold no end of line */
    struct socket_slot slot[SOCKET_WINDOW];
    uint64_t taken, answered; /* lines so far: slot i % SOCKET_WINDOW */
    bool discarding;          /* a line was too long: what follows is read and thrown away */
    bool reading, ended, closing, closed;
};

static void go_on(struct socket_client *c);

/* ---- the end of a client ---- */

static void free_client(struct socket_client *c)
{
    struct socket_server *s = c->server;
    *(c->previous ? &c->previous->next : &s->first) = c->next;
    if (c->next)
        c->next->previous = c->previous;
    for (unsigned i = 0; i < SOCKET_WINDOW; i++) {
        work_close(&c->slot[i].work);
        dupd_buf_close(&c->slot[i].line);
        dupd_buf_close(&c->slot[i].answer);
    }
    dupd_buf_close(&c->in);
    free(c);
    s->clients--;
}

static void on_connection(uv_stream_t *stream, int status);

static void look_whether_closed(struct socket_server *s)
{
    if (s->closing && !s->first && s->closed && !uv_is_active((uv_handle_t *)&s->pipe)) {
        void (*closed)(void *data) = s->closed;
        s->closed = NULL;
        if (s->dir >= 0)
            close(s->dir);
        s->dir = -1;
        closed(s->data);
    }
}

/* Freed when its handle is closed and none of its articles is at work. */
static void let_go(struct socket_client *c)
{
    struct socket_server *s = c->server;
    if (!c->closed || c->taken != c->answered)
        return;
    free_client(c);
    if (s->full && !s->closing) {
        s->full = false;
        on_connection((uv_stream_t *)&s->pipe, 0);
    }
    look_whether_closed(s);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct socket_client *c = handle->data;
    c->closed = true;
    let_go(c);
}

static void close_client(struct socket_client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    uv_close((uv_handle_t *)&c->pipe, on_client_closed);
}

/* ---- answers ---- */

struct answer {
    uv_write_t request;
    struct socket_client *client;
    char text[];
};

static void on_written(uv_write_t *request, int status)
{
    struct answer *a = request->data;
    struct socket_client *c = a->client;
    free(a);
    if (status)
        close_client(c);
    else
        go_on(c);
}

static void send_answer(struct socket_client *c, struct dupd_view line)
{
    struct answer *a = c->closing ? NULL : malloc(sizeof *a + line.len + 1);
    if (!a) {
        close_client(c);
        return;
    }
    a->client = c;
    a->request.data = a;
    memcpy(a->text, line.ptr, line.len);
    a->text[line.len] = '\n';
    uv_buf_t buf = uv_buf_init(a->text, (unsigned)line.len + 1);
    if (uv_write(&a->request, (uv_stream_t *)&c->pipe, &buf, 1, on_written)) {
        free(a);
        close_client(c);
    }
}

static int write_problem(struct dupd_buf *out, int status, const char *problem)
{
    struct json_writer w;
    dupd_buf_clear(out);
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "error");
    json_string(&w, dupd_view_of(problem));
    json_key(&w, "code");
    json_string(&w, dupd_view_of(dupd_error_name(status)));
    json_close(&w, '}');
    return json_status(&w);
}

/* The answers at the head of the ring that are there. */
static void send_done(struct socket_client *c)
{
    while (c->answered < c->taken) {
        struct socket_slot *slot = &c->slot[c->answered % SOCKET_WINDOW];
        if (!slot->done)
            break;
        c->answered++;
        struct work *w = &slot->work;
        if (!w->status) {
            send_answer(c, dupd_buf_view(&w->json));
        } else if (write_problem(&slot->answer, w->status, w->problem)) {
            close_client(c);
        } else {
            send_answer(c, dupd_buf_view(&slot->answer));
        }
        work_shrink(w);
        if (slot->line.cap > KEEP_BYTES)
            dupd_buf_close(&slot->line);
    }
}

static void on_judged(struct work *w)
{
    struct socket_slot *slot = w->data;
    struct socket_client *c = slot->client;
    slot->done = true;
    send_done(c);
    if (c->closed)
        let_go(c);
    else
        go_on(c);
}

/* ---- lines ---- */

static int take_line(struct socket_client *c, struct dupd_view line)
{
    struct socket_slot *slot = &c->slot[c->taken % SOCKET_WINDOW];
    struct work *w = &slot->work;
    dupd_buf_clear(&slot->line);
    if (dupd_buf_add_view(&slot->line, line))
        return DUPD_ENOMEM;
    c->taken++;
    slot->done = false;
    w->form = ARTICLE_JSON;
    w->bytes = dupd_buf_view(&slot->line);
    w->mode = ENGINE_ADD;
    w->is_import = true;
    w->done = on_judged;
    w->data = slot;
    intake_begin(c->server->intake, w);
    return DUPD_OK;
}

static bool is_blank(struct dupd_view line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r')
            return false;
    return true;
}

/* Whole lines to the intake, as long as slots are free. The rest moves to the front. */
static int take_lines(struct socket_client *c)
{
    size_t at = 0;
    int rc = DUPD_OK;
    while (!rc && c->taken - c->answered < SOCKET_WINDOW) {
        const char *end = c->in.len > at + c->scanned ? memchr(c->in.ptr + at + c->scanned, '\n',
                                                               c->in.len - at - c->scanned)
                                                      : NULL;
        if (!end) {
            c->scanned = c->in.len - at;
            break;
        }
        struct dupd_view line = {c->in.ptr + at, (size_t)(end - c->in.ptr) - at};
        at += line.len + 1;
        c->scanned = 0;
        if (!is_blank(line))
            rc = take_line(c, line);
    }
    if (at) {
        memmove(c->in.ptr, c->in.ptr + at, c->in.len - at);
        c->in.len -= at;
    }
    return rc;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct socket_client *c = handle->data;
    (void)suggested;
    bool room = !dupd_buf_reserve(&c->in, READ_BYTES);
    *buf = room ? uv_buf_init(c->in.ptr + c->in.len, READ_BYTES) : uv_buf_init(NULL, 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct socket_client *c = stream->data;
    (void)buf;
    if (n > 0)
        c->in.len += c->discarding ? 0 : (size_t)n;
    else if (n == UV_EOF)
        c->ended = true;
    else if (n < 0)
        close_client(c);
    go_on(c);
}

static void refuse_long_line(struct socket_client *c)
{
    struct dupd_buf answer = {0};
    char problem[128];
    snprintf(problem, sizeof problem, "the line is longer than %zu bytes; raise --max-message",
             c->server->intake->limits.max_message);
    if (!write_problem(&answer, DUPD_ETOOBIG, problem))
        send_answer(c, dupd_buf_view(&answer));
    dupd_buf_close(&answer);
    dupd_buf_clear(&c->in);
    c->scanned = 0;
    c->discarding = true;
}

/* Whatever changed: takes lines, reads on or stops reading, ends. */
static void go_on(struct socket_client *c)
{
    if (c->closing)
        return;
    if (take_lines(c)) {
        close_client(c);
        return;
    }
    bool idle = c->taken == c->answered;
    if (c->scanned == c->in.len && c->in.len > c->server->intake->limits.max_message && idle)
        refuse_long_line(c);
    if (c->ended && idle && c->scanned == c->in.len && c->in.len &&
        !is_blank(dupd_buf_view(&c->in))) {
        /* a last line without its end */
        struct dupd_view line = dupd_buf_view(&c->in);
        c->scanned = 0;
        c->in.len = 0;
        if (take_line(c, line))
            close_client(c);
        return;
    }
    bool over = c->ended || c->server->closing;
    if (over && idle && uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) == 0) {
        close_client(c);
        return;
    }
    bool may_read = !over && c->taken - c->answered < SOCKET_WINDOW &&
                    c->in.len <= c->server->intake->limits.max_message &&
                    uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) < UNREAD_MAX;
    if (may_read && !c->reading)
        uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
    else if (!may_read && c->reading)
        uv_read_stop((uv_stream_t *)&c->pipe);
    c->reading = may_read;
}

/* ---- the server ---- */

static void on_again(uv_timer_t *timer)
{
    struct socket_server *s = timer->data;
    on_connection((uv_stream_t *)&s->pipe, 0);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct socket_server *s = stream->data;
    if (status || s->closing)
        return;
    if (s->clients == SOCKET_CLIENTS) {
        s->full = true; /* accepted when another has left */
        return;
    }
    struct socket_client *c = calloc(1, sizeof *c);
    if (!c) { /* libuv listens no more until it is taken */
        uv_timer_start(&s->again, on_again, ACCEPT_AGAIN_MS, 0);
        return;
    }
    c->server = s;
    uv_pipe_init(s->loop, &c->pipe, 0);
    c->pipe.data = c;
    for (unsigned i = 0; i < SOCKET_WINDOW; i++) {
        work_init(&c->slot[i].work);
        c->slot[i].client = c;
    }
    c->next = s->first;
    if (s->first)
        s->first->previous = c;
    s->first = c;
    s->clients++;
    if (uv_accept(stream, (uv_stream_t *)&c->pipe))
        close_client(c);
    else
        go_on(c);
}

static int listen_in(struct socket_server *s, const char *dir, char problem[512])
{
    char path[64];
    s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0) {
        snprintf(problem, 512, "%.300s: cannot be opened", dir);
        return DUPD_EIO;
    }
    unlinkat(s->dir, SOCKET_NAME, 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", s->dir, SOCKET_NAME);
    mode_t before = umask(0177);
    int rc = uv_pipe_bind(&s->pipe, path);
    umask(before);
    if (!rc)
        rc = uv_listen((uv_stream_t *)&s->pipe, 16, on_connection);
    if (!rc)
        return DUPD_OK;
    snprintf(problem, 512, "%.300s/%s: cannot listen: %s", dir, SOCKET_NAME, uv_strerror(rc));
    return DUPD_EIO;
}

int socket_open(struct socket_server *s, uv_loop_t *loop, struct log *log, struct intake *intake,
                const char *dir, char problem[512])
{
    *s = (struct socket_server){.loop = loop, .log = log, .intake = intake, .dir = -1};
    uv_pipe_init(loop, &s->pipe, 0);
    s->pipe.data = s;
    uv_timer_init(loop, &s->again);
    s->again.data = s;
    int rc = listen_in(s, dir, problem);
    if (rc) {
        uv_close((uv_handle_t *)&s->again, NULL);
        uv_close((uv_handle_t *)&s->pipe, NULL);
        if (s->dir >= 0)
            close(s->dir);
    }
    return rc;
}

static void on_server_closed(uv_handle_t *handle)
{
    look_whether_closed(handle->data);
}

void socket_close(struct socket_server *s, void (*closed)(void *data), void *data)
{
    s->closing = true;
    s->closed = closed;
    s->data = data;
    unlinkat(s->dir, SOCKET_NAME, 0);
    struct socket_client *next;
    for (struct socket_client *c = s->first; c; c = next) {
        next = c->next;
        go_on(c);
    }
    uv_close((uv_handle_t *)&s->again, NULL);
    uv_close((uv_handle_t *)&s->pipe, on_server_closed);
}
