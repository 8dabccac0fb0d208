/*
 * http_parse.h: bytes to HTTP/1.1 requests (RFC 9112), incrementally, without a socket or a clock.
 *
 *   http_parser_init -> http_parser_feed ... HTTP_HEAD ... HTTP_WHOLE -> http_parser_next -> feed
 * ...
 *
 * Strict where leniency lets two parsers disagree: lines end in CRLF, no folded fields, no blank
 * before a colon, one Host, one Content-Length, never beside Transfer-Encoding, which is "chunked"
 * or nothing. Memory is bounded by head_max and body_max; a body is collected whole. The target may
 * be a whole address ("http://host/path"), whose host then stands in the Host field (3.2.2).
 *
 * Failure: feed returns the status to refuse with, negated (-400, -413, -431, ...); the parser then
 * takes nothing more. Out of memory is -503.
 */
#ifndef HTTP_HTTP_PARSE_H
#define HTTP_HTTP_PARSE_H

#include "dupd/buf.h"

#define HTTP_FIELDS_MAX 64u
#define HTTP_CHUNK_LINE_MAX 256u

enum http_method { HTTP_GET, HTTP_HEAD_METHOD, HTTP_POST, HTTP_OTHER };

struct http_field {
    struct dupd_view name;  /* in lower case */
    struct dupd_view value; /* without blanks around it; any bytes from 0x20 but DEL, and tabs */
};

/* A request; views into the parser's memory, until http_parser_next. */
struct http_request {
    enum http_method method;
    struct dupd_view path;      /* "/api/v1/stories/412", still percent-encoded */
    struct dupd_view query;     /* behind the '?', still percent-encoded; may be empty */
    struct dupd_view authority; /* of a target that is a whole address; else empty */
    struct http_field field[HTTP_FIELDS_MAX];
    unsigned field_count;
    bool keep_alive;
    bool expects_continue;
    bool chunked;
    uint64_t length;       /* Content-Length; 0 when chunked */
    struct dupd_view body; /* once it is whole */
};

enum http_progress {
    HTTP_MORE = 0, /* all bytes were taken; more are needed */
    HTTP_HEAD = 1, /* the head is whole: look at it, then feed the rest */
    HTTP_WHOLE = 2 /* so is the body; what was not used belongs to the next request */
};

enum http_parse_state {
    HTTP_IN_HEAD,
    HTTP_IN_BODY,
    HTTP_IN_CHUNK_SIZE,
    HTTP_IN_CHUNK,
    HTTP_IN_CHUNK_END,
    HTTP_IN_TRAILERS,
    HTTP_AT_END,
    HTTP_BROKEN
};

struct http_parser {
    size_t head_max, body_max; /* bytes; body_max may be changed at HTTP_HEAD */
    struct http_request request;
    enum http_parse_state state;
    struct dupd_buf head, body, line; /* line: of a chunk's size, of trailers */
    uint64_t left;                    /* of the body or the chunk */
    size_t trailers;                  /* bytes of trailers so far */
    int broken;                       /* what feed returned */
};

void http_parser_init(struct http_parser *p, size_t head_max, size_t body_max);
void http_parser_close(struct http_parser *p);

/* Takes up to len bytes; *used says how many. Returns enum http_progress or a negated status. */
int http_parser_feed(struct http_parser *p, const char *bytes, size_t len, size_t *used);

/* Makes ready for the next request of the connection. Memory over `keep` bytes is given back. */
void http_parser_next(struct http_parser *p, size_t keep);

/* True when nothing of a request has been seen. */
bool http_parser_is_fresh(const struct http_parser *p);

/* The value of a field by its lower-case name; empty if there is none (or none but an empty one).
 */
struct dupd_view http_field(const struct http_request *r, const char *name);

#endif
