/*
 * window.h: a sliding view of a file that is read once from front to back.
 *
 * The window holds what was read and not yet taken. It grows only as far as its caller asks.
 */
#ifndef INPUT_WINDOW_H
#define INPUT_WINDOW_H

#include "dupd/buf.h"

struct window {
    int fd;               /* owned by the caller */
    struct dupd_buf read; /* what was read; the first `at` bytes are taken */
    size_t at;
    bool end;            /* nothing more will come */
    int failed;          /* errno of a failed read (ENOMEM: no room); end is set as well */
    uint64_t bytes_read; /* from all files so far */
};

void window_open(struct window *w, int fd); /* keeps memory and the count of bytes */
void window_close(struct window *w);

/* What is there now. */
static inline struct dupd_view window_view(const struct window *w)
{
    return (struct dupd_view){w->read.ptr + w->at, w->read.len - w->at};
}

/* Reads on until `wanted` bytes are there or the file ends. Earlier views become invalid. */
void window_want(struct window *w, size_t wanted);

static inline void window_take(struct window *w, size_t n)
{
    w->at += n;
}

#endif
