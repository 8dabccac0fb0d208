/*
 * dupd/buf.h: views of borrowed bytes and one growable byte buffer.
 *
 * A view never owns. A buffer owns its memory: init or zero it, append, close. Appends either
 * succeed whole or leave the contents unchanged and return DUPD_ENOMEM. Size arithmetic is checked.
 */
#ifndef DUPD_BUF_H
#define DUPD_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes; not NUL-terminated. ptr may be NULL only when len is 0. */
struct dupd_view {
    const char *ptr;
    size_t len;
};

#define DUPD_VIEW(literal) ((struct dupd_view){(literal), sizeof(literal) - 1})

/* View of a NUL-terminated string (NULL gives the empty view); borrows s. */
static inline struct dupd_view dupd_view_of(const char *s)
{
    return (struct dupd_view){s, s ? strlen(s) : 0};
}

static inline bool dupd_view_equal(struct dupd_view a, struct dupd_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Growable bytes. Zero-initialised is valid and empty. */
struct dupd_buf {
    char *ptr;
    size_t len;
    size_t cap;
};

static inline struct dupd_view dupd_buf_view(const struct dupd_buf *b)
{
    return (struct dupd_view){b->ptr, b->len};
}

void dupd_buf_init(struct dupd_buf *b);
void dupd_buf_close(struct dupd_buf *b);                       /* frees; b is empty afterwards */
void dupd_buf_clear(struct dupd_buf *b);                       /* len 0, memory kept */
int dupd_buf_reserve(struct dupd_buf *b, size_t more);         /* room for `more` further bytes */
int dupd_buf_add(struct dupd_buf *b, const void *p, size_t n); /* p may be NULL if n is 0 */
int dupd_buf_add_view(struct dupd_buf *b, struct dupd_view v);
int dupd_buf_add_str(struct dupd_buf *b, const char *s);
int dupd_buf_add_char(struct dupd_buf *b, char c);
/* printf-style append. */
int dupd_buf_addf(struct dupd_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif
#endif
