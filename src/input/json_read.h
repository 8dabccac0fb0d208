/*
 * json_read.h: a strict JSON reader (RFC 8259) over one message in memory, without allocation.
 *
 *   json_start -> json_read_object -> json_read_member ... until 0 -> json_end: 0 or DUPD_ESYNTAX
 *
 * Values are views of the message; a string is decoded only when it is asked for. Bytes inside
 * strings need not be valid UTF-8 (dupd/text.h replaces later), everything else is by the book: no
 * comments, trailing commas, single quotes, leading zeros, NaN, control characters in strings or
 * anything behind the value. Nesting beyond JSON_DEPTH_MAX is an error. Why not a library:
 * docs/decisions.md has the measurement. Cost: about 0.5 ns a byte.
 */
#ifndef INPUT_JSON_READ_H
#define INPUT_JSON_READ_H

#include "dupd/buf.h"

#define JSON_DEPTH_MAX 64u

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_kind kind;
    struct dupd_view raw; /* the text; for a string what stands between the quotation marks */
    bool escaped;         /* a string with escapes: its raw text is not yet the string */
};

struct json_reader {
    const char *begin, *at, *end; /* borrowed */
    const char *problem;          /* what is wrong at `at` (static text); NULL while all is well */
    bool first;                   /* no member read yet */
};

/* "null", "a boolean", "a number", "a string", "an array", "an object". Static. */
const char *json_kind_text(enum json_kind kind);

void json_start(struct json_reader *r, struct dupd_view message);

/* Reads one value of any kind; a container is checked and skipped whole. */
bool json_read_value(struct json_reader *r, struct json_value *v);

/* True when the message's value is an object, which is then entered. */
bool json_read_object(struct json_reader *r);

/* The next member of the object that was entered: 1, 0 at its end, DUPD_ESYNTAX (see problem). */
int json_read_member(struct json_reader *r, struct json_value *key, struct json_value *v);

/* 0 when nothing but white space is left, else DUPD_ESYNTAX. */
int json_end(struct json_reader *r);

/* Appends the decoded string; escapes of half a surrogate pair become U+FFFD. Never longer than
 * raw. Returns 0 or DUPD_ENOMEM. */
int json_read_string(const struct json_value *string, struct dupd_buf *out);

/* True when the string is `text` (which needs no escapes), however it is escaped. */
bool json_string_is(const struct json_value *string, struct dupd_view text);

/* Offset in the message where the problem is. */
static inline size_t json_read_offset(const struct json_reader *r)
{
    return (size_t)(r->at - r->begin);
}

#endif
