/*
 * json_write.h: writes one JSON value into a buffer, commas and escapes included.
 *
 * Errors stick: after a failed append nothing more is written and json_status() says why, so that
 * callers check once, at the end. Used for verdicts, alerts and the output of the command line.
 */
#ifndef ENGINE_JSON_WRITE_H
#define ENGINE_JSON_WRITE_H

#include "dupd/article.h"
#include "dupd/buf.h"

struct json_writer {
    struct dupd_buf *out; /* appended to; the caller's */
    int status;           /* 0 or DUPD_ENOMEM */
    bool comma;           /* a comma is due before the next key or element */
};

static inline void json_begin(struct json_writer *w, struct dupd_buf *out)
{
    *w = (struct json_writer){.out = out};
}

void json_open(struct json_writer *w, char bracket);  /* '{' or '[' */
void json_close(struct json_writer *w, char bracket); /* '}' or ']' */
void json_key(struct json_writer *w, const char *key);

/* Any bytes: what is not UTF-8, and NUL, becomes U+FFFD. */
void json_string(struct json_writer *w, struct dupd_view s);
/* null when s is empty. */
void json_string_or_null(struct json_writer *w, struct dupd_view s);
void json_null(struct json_writer *w);
void json_bool(struct json_writer *w, bool b);
void json_int(struct json_writer *w, int64_t v);
/* At most four decimals, a point whatever the locale; NaN and infinities become null. For values
 * below 10^14. */
void json_real(struct json_writer *w, double v);
/* Thirty-two lower-case hexadecimal digits, as a string. */
void json_hex128(struct json_writer *w, uint64_t high, uint64_t low);
/* "2022-01-27T17:20:00.123Z" */
void json_time_ms(struct json_writer *w, int64_t ms);
/* As published: RFC 3339, a date alone, or null. */
void json_time(struct json_writer *w, struct dupd_time t);

static inline int json_status(const struct json_writer *w)
{
    return w->status;
}

#endif
