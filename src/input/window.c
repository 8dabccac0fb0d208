/* window.c: the sliding view: taken bytes are dropped before more are read. */
#include "input/window.h"

#include <errno.h>
#include <unistd.h>

#define READ_SIZE ((size_t)256 * 1024)

void window_open(struct window *w, int fd)
{
    w->fd = fd;
    w->at = 0;
    w->end = false;
    w->failed = 0;
    dupd_buf_clear(&w->read);
}

void window_close(struct window *w)
{
    dupd_buf_close(&w->read);
}

void window_want(struct window *w, size_t wanted)
{
    while (w->read.len - w->at < wanted && !w->end) {
        if (w->at > 0) {
            memmove(w->read.ptr, w->read.ptr + w->at, w->read.len - w->at);
            w->read.len -= w->at;
            w->at = 0;
        }
        if (dupd_buf_reserve(&w->read, READ_SIZE)) {
            w->failed = ENOMEM;
            w->end = true;
            return;
        }
        ssize_t n = read(w->fd, w->read.ptr + w->read.len, READ_SIZE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            w->failed = n < 0 ? errno : 0;
            w->end = true;
            return;
        }
        w->read.len += (size_t)n;
        w->bytes_read += (uint64_t)n;
    }
}
