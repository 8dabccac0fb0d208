/*
 * api.h: the HTTP interface of the daemon (DESIGN 2.4): pages, JSON, live feed, metrics.
 *
 *   browser, program ──HTTP──► api ──struct api_backend──► the daemon: engine, store, queue
 *                               │
 *                               └──► view (daemon/view.h): verdicts, stories and alerts to look at
 *
 * The api owns the HTTP server and serves from the view whatever can be served from it. What only
 * the daemon can do, it asks through the backend, asynchronously: a call is the api's, is handed
 * over, and comes back by call->done, once, from the loop, never inside the function that took it.
 * The daemon never waits for the api, and a client that leaves cancels nothing.
 *
 * What the daemon does:
 *
 *   view_open(&view, ...)                      once, in the state directory
 *   api_open(&api, loop, &options, problem)    once, after the view
 *   view_feed(view, item) ... api_wake(api)    for each verdict, story event, alert; wake once for
 * a batch of them api_close(api, closed, data)               at the end; then view_close
 *
 * One thread, that of the loop; queries to the view have one of the pool's. Bounded: connections,
 * bytes in flight, calls under way, clients of the live feed; every bound is a field of struct
 * api_options.
 */
#ifndef DAEMON_API_H
#define DAEMON_API_H

#include <uv.h>

#include "daemon/intake.h"
#include "daemon/metrics.h"
#include "daemon/view.h"
#include "dupd/buf.h"
#include "input/article_read.h"
#include "store/store.h"

enum api_call_kind {
    API_CHECK, /* judge an article, changing nothing */
    API_ADD,   /* judge and index it: what the queue does with an entry */
    API_FETCH, /* an article by id, with its text */
    API_STATS  /* what the store holds */
};

/* One question to the daemon. */
struct api_call {
    enum api_call_kind kind;

    /* API_CHECK, API_ADD: one article; borrowed until done. JSON: the fields of DESIGN 2.1. */
    enum article_form form;
    struct dupd_view bytes;
    /* API_CHECK, API_ADD: collection of an article that names none; API_FETCH: of the id. Empty:
     * the default one. */
    struct dupd_view collection;
    uint64_t together;   /* API_ADD: of lines that came together, as in intake.h; 0: it is alone */
    bool is_import;      /* API_ADD: published_at is believed however old it is */
    struct dupd_view id; /* API_FETCH; borrowed until done */

    /* The answer. status: 0 or a code of dupd/error.h: SYNTAX, TYPE, TOOBIG, EMPTY are the
     * article's fault, NOENT: no such article, AGAIN: not now (Redis is away, draining, too much in
     * hand), everything else is trouble of ours. `problem`: one line for people, when not 0. */
    int status;
    char problem[ARTICLE_PROBLEM_MAX];
    /* CHECK, ADD: the verdict object. FETCH: the stored verdict; empty if there is none yet. */
    struct dupd_buf verdict;
    /* CHECK, FETCH: {"id":…,"url":…,"source":…,"title":…,"published_at":…,"byline":…,"lang":…,
     * "collection":…,"text":…}: text is what the verdict's offsets point into. */
    struct dupd_buf article;
    struct store_stats stats; /* STATS, and CHECK: an empty store is said, not answered "unique" */

    void (*done)(struct api_call *call); /* the api's */
    void *data;                          /* the api's */
    void *place;                         /* the daemon's, while it has the call */
};

/* What the api needs of the daemon. The functions are called from the loop and must not block. */
struct api_backend {
    void *data;
    /* Takes a call. Answers by call->done later, also when it refuses. */
    void (*call)(void *data, struct api_call *call);
    /* Is the daemon of use now (Redis answers, store open, not draining)? If not, one line says
     * why. */
    bool (*ready)(void *data, char why[ARTICLE_PROBLEM_MAX]);
    /* Brings gauges up to date just before they are read; may be NULL. */
    void (*refresh)(void *data);
};

/* Fills in "article" of a call from a record's article, in the form above. 0 or DUPD_ENOMEM. */
int api_write_article(struct dupd_buf *out, const struct dupd_article *a);

struct api_options {
    const char *address; /* "127.0.0.1", "::1", "0.0.0.0", or "unix:/path" */
    unsigned port;       /* 0: any free one, see api_port */
    const char *token;   /* NULL or "": none, which only a loopback address may have */
    const char *hosts;   /* further names that Host may have, separated by commas or blanks; "*":
                            any, which is refused without a token */
    unsigned connections_max;   /* 2048 */
    unsigned event_clients_max; /* 1024 */
    size_t body_max;            /* bytes of a request's body: 64 MiB */
    size_t message_max;         /* bytes of one article in it: 16 MiB */
    size_t buffered_max;        /* bytes of all bodies that are being received: 256 MiB */
    unsigned calls_max;         /* calls under way: 256 */
    unsigned head_timeout_ms;   /* from the first byte of a request to the end of its head: 10 s */
    unsigned body_timeout_ms;   /* without a byte of the body: 30 s */
    unsigned idle_timeout_ms;   /* between requests: 75 s */
    unsigned session_hours;     /* how long a login lasts: 12 */
    size_t event_backlog;       /* bytes that may wait for one client of the live feed: 1 MiB */
    const char *version;        /* of dupd */
    struct metrics *metrics;    /* borrowed */
    struct view *view;          /* borrowed; NULL: no dashboard data, only calls and metrics */
    struct view *reader;        /* borrowed: what queries are put to, on a thread, one at a time;
                                 * NULL: the view itself, on the loop's */
    struct api_backend backend;
    /* One line for people about what was refused or went wrong; may be NULL. */
    void (*log)(void *data, const char *line);
    void *log_data;
};

void api_options_default(struct api_options *o);

struct api;

/* Listens. `o` and its strings are copied. Returns 0, DUPD_ENOMEM, DUPD_EINVAL (an address that
 * others can reach and no token; an unreadable address) or DUPD_EIO (cannot listen), with one line
 * in problem. */
int api_open(struct api **out, uv_loop_t *loop, const struct api_options *o, char problem[512]);

unsigned api_port(const struct api *a); /* that it listens on; 0 for a Unix socket */

/* The view has been fed: the live feed has something to send, at the latest 250 ms from now. */
void api_wake(struct api *a);

/* Stops listening, ends all connections, waits for calls under way, then `closed` (may be NULL). */
void api_close(struct api *a, void (*closed)(void *data), void *data);

#endif
