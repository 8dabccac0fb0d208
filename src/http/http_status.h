/*
 * http_status.h: the one table of statuses, with what a refused client is told. Internal.
 */
#ifndef HTTP_HTTP_STATUS_H
#define HTTP_HTTP_STATUS_H

#include "dupd/buf.h"

/* X(status, "reason", "error", "what to do") */
#define HTTP_STATUSES(X)                                                                           \
    X(200, "OK", "", "")                                                                           \
    X(202, "Accepted", "", "")                                                                     \
    X(204, "No Content", "", "")                                                                   \
    X(303, "See Other", "", "")                                                                    \
    X(304, "Not Modified", "", "")                                                                 \
    X(400, "Bad Request", "not a proper HTTP/1.1 request",                                         \
      "send one as RFC 9112 has it, lines ending in CRLF")                                         \
    X(401, "Unauthorized", "a token is needed",                                                    \
      "send 'Authorization: Bearer TOKEN', or log in at /login")                                   \
    X(403, "Forbidden", "this name of the server, or the site that sends this, is not known here", \
      "use the name that it listens on, or add yours to --http-hosts; other sites may not send")   \
    X(404, "Not Found", "there is nothing at this address", "see /api/v1 for what there is")       \
    X(405, "Method Not Allowed", "this address does not take that method",                         \
      "use the method that the Allow field names")                                                 \
    X(408, "Request Timeout", "the request did not arrive in time", "send it faster, or anew")     \
    X(409, "Conflict", "not in this state", "")                                                    \
    X(411, "Length Required", "the length of the body is not known",                               \
      "send Content-Length, or chunks")                                                            \
    X(413, "Content Too Large", "the body is larger than the limit",                               \
      "send less at once, or raise --http-body-max (of one article: --max-message)")               \
    X(415, "Unsupported Media Type", "the content type is not one of those taken here",            \
      "send application/json or application/x-ndjson")                                             \
    X(417, "Expectation Failed", "only 100-continue can be expected",                              \
      "leave the Expect field out")                                                                \
    X(422, "Unprocessable Content", "the article cannot be taken", "correct it and send it again") \
    X(429, "Too Many Requests", "too many attempts", "wait a little and try again")                \
    X(431, "Request Header Fields Too Large", "the head of the request is too large",              \
      "send fewer or shorter fields")                                                              \
    X(500, "Internal Server Error", "something went wrong here", "see the log")                    \
    X(501, "Not Implemented", "this transfer encoding is not known", "send chunks, or a length")   \
    X(503, "Service Unavailable", "too busy", "try again in a moment")                             \
    X(505, "HTTP Version Not Supported", "only HTTP/1.1 and 1.0 are spoken", "use HTTP/1.1")

/* Appends {"error":…,"what_to_do":…}; NULL: the texts of the table. 0 or DUPD_ENOMEM. */
int http_status_body(unsigned status, const char *error, const char *what, struct dupd_buf *out);

#endif
