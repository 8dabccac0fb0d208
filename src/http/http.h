/*
 * http.h: a small HTTP/1.1 server on the loop of its caller.
 *
 *   http_open ── connection ── on_head ── (body) ── on_request ──► http_reply, now or later
 *                    ▲            │ status: refused                 or http_stream, http_send ...,
 *                    └── next ────┴─────────────────────────────────   http_stream_end
 *
 * The server answers by itself whatever is not a proper request for this host (400, 403, 408, 411,
 * 413, 417, 431, 501, 503, 505), with a JSON body {"error":…,"what_to_do":…}; on_request sees only
 * whole requests. An exchange is one request and its answer: it is the handler's from on_request
 * until http_reply, or until a stream is ended or gone; the client may have left by then, which
 * changes nothing for the handler.
 *
 * Hostile clients: a slow one has head_timeout_ms for a head whatever it trickles, and must keep
 * bytes of a body coming; pipelined requests are answered one after the other and not read ahead by
 * more than one buffer; a client that does not read its answer is cut when nothing moved for
 * write_timeout_ms; when all connections are taken, the one that has been idle for longest makes
 * room. Why not a library: docs/decisions.md.
 *
 * One thread, that of the loop. No global state.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <uv.h>

#include "dupd/buf.h"
#include "http/http_parse.h"

struct http_server;
struct http_exchange;

struct http_options {
    const char *address; /* numeric IPv4 or IPv6, or "unix:/path" */
    unsigned port;       /* 0: any free one */
    const char *hosts;   /* names that the Host field may have (http_host_is_one) */
    const char *open;    /* paths, with blanks between them, for which it may have any, or be left
                            out by HTTP/1.0 */
    unsigned connections_max;
    size_t head_max, body_max;
    size_t buffered_max; /* bytes of all bodies that are being received */
    unsigned head_timeout_ms, body_timeout_ms, idle_timeout_ms, write_timeout_ms;
    size_t stream_backlog; /* bytes that may wait for one client of a stream */
    const char *headers;   /* lines added to every answer, each ending in CRLF */
    void *data;
    /* The head is there. Returns 0, or a status to refuse with before the body is read. May set the
     * limit of this body, up to body_max. May be NULL. */
    unsigned (*on_head)(struct http_exchange *x, const struct http_request *r, size_t *body_max,
                        void *data);
    void (*on_request)(struct http_exchange *x, const struct http_request *r, void *data);
    /* An answer with this status was begun; 0: a connection was cut without one. May be NULL. */
    void (*on_answer)(unsigned status, void *data);
};

void http_options_default(struct http_options *o);

/* Listens. Options and their strings are copied. 0, DUPD_ENOMEM, DUPD_EINVAL (address) or DUPD_EIO
 * (cannot listen: problem says why). */
int http_open(struct http_server **out, uv_loop_t *loop, const struct http_options *o,
              char problem[512]);
unsigned http_port(const struct http_server *s);        /* 0 for a Unix socket */
unsigned http_connections(const struct http_server *s); /* open now */

/* Stops listening, cuts all connections (streams are gone, see on_gone), and calls `closed` (may
 * be NULL) when no exchange is the handler's any more. */
void http_close(struct http_server *s, void (*closed)(void *data), void *data);

/* The request of an exchange; valid while it is the handler's. */
const struct http_request *http_request(const struct http_exchange *x);
/* Who asks, for limits: "192.0.2.7", "2001:db8:1:2" (the first half of an IPv6 address: who has one
 * has all of its network), "" for a Unix socket or when it is gone already. */
void http_peer(const struct http_exchange *x, char out[48]);
/* Does the request call the server by a name that it has (address, hosts)? An open path may be
 * asked for by any. */
bool http_host_is_known(const struct http_exchange *x);
/* For the handler. */
void http_set_data(struct http_exchange *x, void *data);
void *http_data(const struct http_exchange *x);

struct http_answer {
    unsigned status;
    const char *type;       /* Content-Type; NULL: no body */
    const char *headers;    /* further lines, each ending in CRLF; NULL: none */
    struct dupd_buf *body;  /* taken over: empty afterwards; or NULL */
    struct dupd_view fixed; /* a body that lives for ever (compiled in), when `body` is NULL */
};

/* Answers, and gives the exchange back. The body of an answer to HEAD is left out. */
void http_reply(struct http_exchange *x, const struct http_answer *answer);

/* Answers with {"error": error, "what_to_do": what}; NULL: the texts of the status. */
void http_refuse(struct http_exchange *x, unsigned status, const char *error, const char *what);

/* ---- streams: an answer without an end, such as Server-Sent Events ---- */

/* Bytes that are sent to many clients and stand in memory once. */
struct http_shared {
    unsigned references;
    size_t len;
    char bytes[];
};

struct http_shared *http_shared_new(struct dupd_view bytes); /* one reference; NULL: no memory */
void http_shared_drop(struct http_shared *s);

/* Begins a stream: 0, or DUPD_EGONE: the client has left already, and the exchange is given back.
 * on_gone is called once, from the loop, when the client has left or was cut; the exchange is no
 * longer the handler's then. */
int http_stream(struct http_exchange *x, const char *type,
                void (*on_gone)(struct http_exchange *x, void *data));
/* Sends; the stream takes a reference of its own. Returns 0; DUPD_EFULL: this client has more than
 * stream_backlog bytes waiting and is cut (on_gone follows); or DUPD_EGONE: it has left. */
int http_send(struct http_exchange *x, struct http_shared *bytes);
/* Bytes that wait for this client. */
size_t http_waiting(const struct http_exchange *x);
/* Ends it; on_gone is not called, and the exchange is given back. */
void http_stream_end(struct http_exchange *x);

/* "Not Found"; "Unknown" for what is not in the table. Static. */
const char *http_status_text(unsigned status);

#endif
