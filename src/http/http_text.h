/*
 * http_text.h: what stands percent-encoded in a path, a query or a form, and in cookies. Pure.
 */
#ifndef HTTP_HTTP_TEXT_H
#define HTTP_HTTP_TEXT_H

#include "dupd/buf.h"

/* Appends the decoded text; with `form`, a '+' is a blank. A '%' without two hexadecimal digits
 * stands for itself. Returns 0 or DUPD_ENOMEM. */
int http_decode(struct dupd_view text, bool form, struct dupd_buf *out);

/* The next "name=value" of a query, neither decoded; query moves behind it. False at its end. */
bool http_next_parameter(struct dupd_view *query, struct dupd_view *name, struct dupd_view *value);

/* The first parameter of that name of "a=1&b=2", decoded and appended to out. Returns 1, 0 if there
 * is none, or DUPD_ENOMEM. */
int http_parameter(struct dupd_view query, const char *name, struct dupd_buf *out);

/* Value of a cookie of the Cookie field, as it stands; empty if there is none. */
struct dupd_view http_cookie(struct dupd_view cookies, const char *name);

/* Does the Host field name one of `hosts` (names separated by commas or blanks, any case, "*":
 * any)? A port behind it is ignored, brackets around an IPv6 address belong to it. */
bool http_host_is_one(struct dupd_view host, const char *hosts);

/* Equal, in a time that depends on the lengths only. */
bool http_equal_secret(struct dupd_view a, struct dupd_view b);

/* Appends text as a JSON string with its quotation marks; bytes from 0x80 as '?'. */
int http_json_string(struct dupd_buf *out, const char *text);

#endif
