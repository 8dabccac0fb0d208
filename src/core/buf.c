/*
 * buf.c: the growable buffer. Grows by doubling; every size is checked before it is added, so that
 * a hostile length ends in DUPD_ENOMEM and never in a short allocation.
 */
#include "dupd/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"

void dupd_buf_init(struct dupd_buf *b)
{
    *b = (struct dupd_buf){0};
}

void dupd_buf_close(struct dupd_buf *b)
{
    free(b->ptr);
    *b = (struct dupd_buf){0};
}

void dupd_buf_clear(struct dupd_buf *b)
{
    b->len = 0;
}

int dupd_buf_reserve(struct dupd_buf *b, size_t more)
{
    if (more <= b->cap - b->len)
        return DUPD_OK;
    if (more > SIZE_MAX / 2 - b->len)
        return DUPD_ENOMEM;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < b->len + more)
        cap *= 2;
    char *p = realloc(b->ptr, cap);
    if (!p)
        return DUPD_ENOMEM;
    b->ptr = p;
    b->cap = cap;
    return DUPD_OK;
}

int dupd_buf_add(struct dupd_buf *b, const void *p, size_t n)
{
    if (n == 0)
        return DUPD_OK;
    int rc = dupd_buf_reserve(b, n);
    if (rc)
        return rc;
    memcpy(b->ptr + b->len, p, n);
    b->len += n;
    return DUPD_OK;
}

int dupd_buf_add_view(struct dupd_buf *b, struct dupd_view v)
{
    return dupd_buf_add(b, v.ptr, v.len);
}

int dupd_buf_add_str(struct dupd_buf *b, const char *s)
{
    return dupd_buf_add(b, s, strlen(s));
}

int dupd_buf_add_char(struct dupd_buf *b, char c)
{
    return dupd_buf_add(b, &c, 1);
}

int dupd_buf_addf(struct dupd_buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    int rc = n < 0 ? DUPD_EINVAL : dupd_buf_reserve(b, (size_t)n + 1);
    if (!rc) {
        vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
        b->len += (size_t)n;
    }
    va_end(again);
    return rc;
}
