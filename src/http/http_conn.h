/*
 * http_conn.h: connections and their server. Internal to src/http.
 *
 *        ┌────────────────────────────── next request ─────────────────────────┐
 *        ▼                                                                      │
 *     CONN_IDLE ─byte─► CONN_HEAD ─► CONN_BODY ─► CONN_ASKED ─reply─► CONN_ANSWERING
 *        │                 │             │            └─stream─► CONN_STREAMING  │
 *        └────── refused: answer, then CONN_LINGERING (read and drop, so that the answer is not
 *                lost to a reset) ─► CONN_CLOSED
 */
#ifndef HTTP_HTTP_CONN_H
#define HTTP_HTTP_CONN_H

#include "http/http.h"

enum conn_state {
    CONN_IDLE,      /* nothing of a request yet; idle_timeout */
    CONN_HEAD,      /* head_timeout from its first byte */
    CONN_BODY,      /* body_timeout from byte to byte, and ten times that in all */
    CONN_ASKED,     /* the handler has it; nothing is read, no limit */
    CONN_ANSWERING, /* being written; write_timeout without a byte moving */
    CONN_STREAMING, /* what comes in is dropped; no limit but the backlog */
    CONN_LINGERING, /* answered and shut down; two seconds */
    CONN_CLOSED     /* handles are being closed */
};

struct http_exchange {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } io;
    uv_timer_t timer;
    struct http_server *server;
    struct http_exchange *previous, *next; /* all of the server, longest without news first */
    struct http_parser parser;
    struct dupd_buf ahead; /* read already, of later requests */
    enum conn_state state;
    unsigned handles; /* open ones */
    bool handlers;    /* the handler has it */
    bool keep_alive;  /* after this answer */
    bool refused;     /* after this answer: linger */
    bool reading;
    size_t buffered;     /* counted in the server's */
    size_t waiting;      /* bytes that were in the write queue when the timer was set */
    size_t dropped;      /* bytes read and dropped: while streaming or lingering */
    uint64_t body_until; /* of the loop's clock */
    void *data;          /* the handler's */
    void (*on_gone)(struct http_exchange *x, void *data);
};

struct http_server {
    uv_loop_t *loop;
    struct http_options options;
    char *strings; /* copies of those in options */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } io;
    uv_timer_t again; /* until a connection is taken for which there was no memory */
    bool local;       /* a Unix socket */
    bool closing, listening, has_timer; /* its handles: the socket, `again` */
    unsigned port;
    unsigned count, total; /* connections that are open; with those being closed */
    size_t buffered;
    struct http_exchange *first, *last;
    char read[65536]; /* every read of the loop goes here first */
    void (*closed)(void *data);
    void *closed_data;
};

/* Takes a connection of the listening socket; again a moment later when there is no memory: libuv
 * listens no more until it is taken. */
void conn_accept(struct http_server *s);
/* Closes it, whatever it is doing. */
void conn_cut(struct http_exchange *x);
/* Closes the server for good once nothing is left of it. */
void http_server_settle(struct http_server *s);

/* ---- http_reply.c ---- */
/* Answers with a refusal on behalf of the server, then lingers. */
void conn_refuse(struct http_exchange *x, unsigned status);
/* The same, and the connection goes on. */
void conn_decline(struct http_exchange *x, unsigned status);
/* "HTTP/1.1 100 Continue" */
void conn_continue(struct http_exchange *x);

/* ---- http_conn.c, for http_reply.c ---- */
/* The answer is written (0) or could not be. */
void conn_answered(struct http_exchange *x, int status);
/* Sets the timer for the state. */
void conn_watch(struct http_exchange *x, enum conn_state state);
/* Begins or ends reading. */
void conn_read(struct http_exchange *x, bool on);
/* The handler is done with it. */
void conn_give_back(struct http_exchange *x);

#endif
