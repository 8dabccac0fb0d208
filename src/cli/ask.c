/*
 * ask.c: a client of the store's socket.
 *
 * Happy path: lines go out while answers come in, whichever can go on; no more than ASK_WINDOW are
 * under way, so that memory is bounded on both sides and neither waits for the other for ever.
 * Failure: a daemon that ends in the middle is DUPD_EIO; what it answered is kept, the rest can be
 * given again.
 */
#include "cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/socket.h"
#include "dupd/error.h"
#include "engine/json_write.h"

#define READ_BYTES ((size_t)64 * 1024)

bool ask_open(struct ask *a, const char *dir)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    a->fd = -1;
    int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d < 0)
        return false;
    /* the directory may have a longer name than an address can hold */
    snprintf(to.sun_path, sizeof to.sun_path, "/proc/self/fd/%d/%s", d, SOCKET_NAME);
    a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (a->fd >= 0 && connect(a->fd, (const struct sockaddr *)&to, sizeof to)) {
        close(a->fd);
        a->fd = -1;
    }
    close(d);
    if (a->fd >= 0)
        fcntl(a->fd, F_SETFL, O_NONBLOCK);
    return a->fd >= 0;
}

void ask_close(struct ask *a)
{
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
    dupd_buf_close(&a->out);
    dupd_buf_close(&a->in);
}

static int take_answers(struct ask *a)
{
    size_t at = 0;
    int rc = DUPD_OK;
    const char *end;
    while (!rc && at < a->in.len && (end = memchr(a->in.ptr + at, '\n', a->in.len - at))) {
        struct dupd_view line = {a->in.ptr + at, (size_t)(end - a->in.ptr) - at};
        at += line.len + 1;
        if (a->outstanding == 0)
            return DUPD_EIO; /* an answer to nothing: not a daemon that we know */
        a->outstanding--;
        rc = a->answer(a->user, line);
    }
    if (at) {
        memmove(a->in.ptr, a->in.ptr + at, a->in.len - at);
        a->in.len -= at;
    }
    return rc;
}

static int read_some(struct ask *a)
{
    if (dupd_buf_reserve(&a->in, READ_BYTES))
        return DUPD_ENOMEM;
    ssize_t n = read(a->fd, a->in.ptr + a->in.len, READ_BYTES);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return DUPD_OK;
    if (n <= 0)
        return DUPD_EIO;
    a->in.len += (size_t)n;
    return take_answers(a);
}

static int write_some(struct ask *a)
{
    ssize_t n = send(a->fd, a->out.ptr + a->sent, a->out.len - a->sent, MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? DUPD_OK : DUPD_EIO;
    a->sent += (size_t)n;
    return DUPD_OK;
}

/* Until everything is sent and at most `outstanding` answers are missing. */
static int go_on(struct ask *a, unsigned outstanding)
{
    int rc = DUPD_OK;
    while (!rc && (a->sent < a->out.len || a->outstanding > outstanding)) {
        struct pollfd p = {.fd = a->fd, .events = POLLIN};
        if (a->sent < a->out.len)
            p.events |= POLLOUT;
        if (poll(&p, 1, -1) < 0)
            rc = errno == EINTR ? DUPD_OK : DUPD_EIO;
        if (!rc && p.revents & (POLLIN | POLLHUP | POLLERR))
            rc = read_some(a);
        if (!rc && p.revents & POLLOUT)
            rc = write_some(a);
    }
    return rc;
}

static void put(struct json_writer *w, const char *key, struct dupd_view value)
{
    if (value.len == 0)
        return;
    json_key(w, key);
    json_string(w, value);
}

int ask_send(struct ask *a, const struct dupd_article *article)
{
    struct json_writer w;
    char published[DUPD_TIME_TEXT_MAX];
    dupd_buf_clear(&a->out);
    a->sent = 0;
    json_begin(&w, &a->out);
    json_open(&w, '{');
    put(&w, "id", article->id);
    put(&w, "collection", article->collection);
    put(&w, "url", article->url);
    put(&w, "source", article->source);
    put(&w, "title", article->title);
    put(&w, "published_at",
        (struct dupd_view){published, dupd_time_format(article->published, published)});
    put(&w, "byline", article->byline);
    put(&w, "lang", article->lang);
    put(&w, "body", article->text);
    json_close(&w, '}');
    if (json_status(&w) || dupd_buf_add_char(&a->out, '\n'))
        return DUPD_ENOMEM;
    a->outstanding++;
    return go_on(a, ASK_WINDOW - 1);
}

int ask_finish(struct ask *a)
{
    int rc = go_on(a, 0);
    if (!rc)
        shutdown(a->fd, SHUT_WR);
    return rc;
}
