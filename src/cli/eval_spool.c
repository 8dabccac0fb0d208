/*
 * eval_spool.c: a temporary file of items and its index in memory. The file is unlinked as soon as
 * it is open, so that nothing is left behind however the program ends. Failure modes: no room on
 * the disk, no memory; both are returned.
 */
#include "cli/eval_spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dupd/error.h"

int spool_open(struct spool *s, const char *dir)
{
    char path[4096];
    *s = (struct spool){.fd = -1};
    if (snprintf(path, sizeof path, "%s/eval-XXXXXX", dir) >= (int)sizeof path)
        return DUPD_EIO;
    s->fd = mkostemp(path, 02000000 /* O_CLOEXEC */);
    if (s->fd < 0)
        return DUPD_EIO;
    unlink(path);
    return DUPD_OK;
}

void spool_close(struct spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->entry);
    *s = (struct spool){.fd = -1};
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return errno == ENOSPC ? DUPD_EFULL : DUPD_EIO;
        p += done;
        n -= (size_t)done;
    }
    return DUPD_OK;
}

int spool_add(struct spool *s, const struct input_item *item, struct dupd_time published,
              uint32_t article)
{
    if (s->count == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 1024;
        struct spool_entry *grown = realloc(s->entry, cap * sizeof *grown);
        if (!grown)
            return DUPD_ENOMEM;
        s->entry = grown;
        s->cap = cap;
    }
    int rc = write_all(s->fd, item->bytes.ptr, item->bytes.len);
    if (rc)
        return rc;
    s->entry[s->count] = (struct spool_entry){.offset = s->size,
                                              .length = (uint32_t)item->bytes.len,
                                              .form = item->form,
                                              .published = published,
                                              .arrival = s->count,
                                              .article = article};
    s->count++;
    s->size += item->bytes.len;
    return DUPD_OK;
}

static int by_time(const void *x, const void *y)
{
    const struct spool_entry *a = x, *b = y;
    bool dated_a = a->published.kind != DUPD_TIME_NONE,
         dated_b = b->published.kind != DUPD_TIME_NONE;
    if (dated_a != dated_b)
        return dated_a ? -1 : 1;
    if (dated_a && a->published.seconds != b->published.seconds)
        return a->published.seconds < b->published.seconds ? -1 : 1;
    return (a->arrival > b->arrival) - (a->arrival < b->arrival);
}

void spool_sort(struct spool *s)
{
    if (s->count > 1)
        qsort(s->entry, s->count, sizeof *s->entry, by_time);
}

int spool_read(const struct spool *s, uint32_t i, struct dupd_buf *out)
{
    const struct spool_entry *e = &s->entry[i];
    dupd_buf_clear(out);
    if (dupd_buf_reserve(out, e->length + 1u))
        return DUPD_ENOMEM;
    while (out->len < e->length) {
        ssize_t n =
            pread(s->fd, out->ptr + out->len, e->length - out->len, (off_t)(e->offset + out->len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return DUPD_EIO;
        out->len += (size_t)n;
    }
    return DUPD_OK;
}
