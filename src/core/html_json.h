/*
 * html_json.h: reads JSON as pages carry it (JSON-LD), without memory of its own. Internal.
 *
 * A value is a view of its own text. The walk is forgiving, because pages are: raw line breaks in
 * strings, missing and trailing commas, and truncation are read as far as they make sense. Do not
 * use it where malformed input must be refused.
 */
#ifndef DUPD_CORE_HTML_JSON_H
#define DUPD_CORE_HTML_JSON_H

#include "dupd/buf.h"

/* What a value is: '{', '[', '"', or 'x' for a number or word; 0 for nothing. */
char json_type(struct dupd_view value);

/* Walks an object or array: *rest starts as the whole value. Each call takes the next member; key
 * is empty in arrays. False at the end. Cost: linear in the member. */
bool json_next(struct dupd_view *rest, struct dupd_view *key, struct dupd_view *value);

/* The contents of a string value, escapes resolved, as UTF-8; U+FFFD for lone surrogates and NUL.
 * Other values are copied as written. Appends to `out`. Returns 0 or DUPD_ENOMEM. */
int json_text(struct dupd_view value, struct dupd_buf *out);

/* True if a string value is exactly `text` (which needs no escapes). */
bool json_is(struct dupd_view value, const char *text);

#endif
