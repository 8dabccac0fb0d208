/*
 * api_server.h: the api's state, and what its files offer each other. Internal.
 *
 *   api.c          opening, routes, closing
 *   api_auth.c     token, login, cookie
 *   api_read.c     what the view answers
 *   api_query.c    and how it is asked, on a thread
 *   api_call.c     what the daemon answers: check, fetch, stats
 *   api_add.c      articles in, one or many
 *   api_compare.c  two articles side by side
 *   api_events.c   the live feed
 *   api_page.c     the dashboard's files
 */
#ifndef DAEMON_API_SERVER_H
#define DAEMON_API_SERVER_H

#include "daemon/api.h"
#include "engine/json_write.h"
#include "http/http.h"

#define BRAKES_MAX 256u
#define SESSIONS_MAX 256
#define SESSION_BYTES 32
#define CACHE_SLOTS 64
#define CACHE_MS 1000
#define METRICS_MS 500
#define API_JSON "application/json"

struct session_slot {
    char id[2 * SESSION_BYTES + 1]; /* "": free */
    uint64_t until_ms;              /* of the loop's clock */
};

/* Attempts to log in from one address. */
struct login_brake {
    char from[48];
    double credit;  /* attempts that may be made now */
    uint64_t at_ms; /* as of then; 0: a free slot */
};

struct cached {
    struct dupd_buf key, body;
    uint64_t until_ms;
};

struct event_client {
    struct event_client *previous, *next;
    struct api *api;
    struct http_exchange *x;
};

struct api {
    uv_loop_t *loop;
    struct api_options options;
    char *strings;
    struct http_server *http;
    struct session_slot session[SESSIONS_MAX];
    struct login_brake brake[BRAKES_MAX];
    struct cached cache[CACHE_SLOTS];
    struct cached metrics;         /* the text of the last scrape */
    unsigned calls;                /* under way */
    unsigned queries;              /* waiting, under way, or being answered */
    struct api_query *first_query; /* of those that wait */
    bool asking;                   /* one is under way */
    struct event_client *first_client;
    unsigned clients;
    uint64_t sent; /* number of the last event that all clients have been sent */
    uv_timer_t tick, ping;
    unsigned timers; /* open ones */
    bool closing, server_closed;
    void (*closed)(void *data);
    void *closed_data;
};

enum route_access {
    ROUTE_OPEN, /* for everybody */
    ROUTE_PAGE, /* without a login: sent to /login */
    ROUTE_TOKEN /* without token or login: 401 */
};
enum route_body { ROUTE_NO_BODY, ROUTE_JSON, ROUTE_ARTICLES, ROUTE_FORM };

struct api_route {
    enum http_method method;
    const char *path; /* ends in '/': whatever follows is its argument */
    enum route_access access;
    enum route_body body;
    void (*handle)(struct api *a, struct http_exchange *x, struct dupd_view argument);
};

/* ---- api.c ---- */
/* Answers with JSON (taken over). */
void api_json(struct http_exchange *x, unsigned status, struct dupd_buf *body);
/* The body, without the byte order mark that some programs write before it. */
struct dupd_view api_body(const struct http_exchange *x);
/* Refuses with what a code means to a client; problem "" or NULL: the text of the code. */
void api_refuse_code(struct http_exchange *x, int code, const char *problem);
unsigned api_status_of(int code);
int64_t api_wall_ms(void);
void api_settle(struct api *a);
bool api_is_ndjson(const struct http_request *r);

/* ---- api_auth.c ---- */
bool api_is_allowed(struct api *a, const struct http_request *r);
bool api_is_loopback(const char *address);
void api_login(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_logout(struct api *a, struct http_exchange *x, struct dupd_view argument);

/* ---- api_read.c ---- */
void api_verdicts(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_stories(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_story(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_alerts(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_agencies(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_outlets(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_metrics(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_livez(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_readyz(struct api *a, struct http_exchange *x, struct dupd_view argument);
/* What was answered to the same question within the last second, if anything. */
bool api_cached(struct api *a, struct http_exchange *x);
void api_cache(struct api *a, struct http_exchange *x, const struct dupd_buf *body);
#define API_SEE "see docs/openapi.yaml"
/* Has the request no parameters but these (up to a NULL), each once? Else it is refused. */
bool api_has_only(struct http_exchange *x, const char *const *names);
/* The parameter "collection" of a request, appended; nothing when there is none. */
int api_parameter(const struct http_request *r, const char *name, struct dupd_buf *out);

/* ---- api_query.c ---- */
#define API_QUERY_TEXTS 5
typedef int (*view_query)(struct view *v, const struct view_filter *f, struct dupd_buf *out);
/* A question to the view, with the exchange that waits for its answer. */
struct api_query {
    view_query run; /* on a thread, with a view that nobody else has meanwhile */
    struct view_filter filter;
    struct dupd_buf text[API_QUERY_TEXTS]; /* what the filter borrows */
    bool may_be_cached;
    void *data; /* of who asks */
    /* the answer */
    struct dupd_buf body;
    int status;
    bool is_answered; /* from the cache: only api_query_free is left to do */
    struct api *api;
    struct http_exchange *x;
    /* internal */
    void (*done)(struct api_query *q);
    uint64_t since_ms; /* in the line */
    uv_work_t work;
    struct api_query *next;
};
/* Makes one; NULL (the exchange is answered then): no memory. `done` frees it. */
struct api_query *api_query_new(struct api *a, struct http_exchange *x,
                                void (*done)(struct api_query *q));
void api_query_free(struct api_query *q);
/* Asks; `done` comes once, perhaps before this returns. */
void api_query_start(struct api_query *q);

/* ---- api_call.c ---- */
/* A call on its way, with the exchange that waits for it. */
struct api_pending {
    struct api_call call;
    struct api *api;
    struct http_exchange *x;
    struct dupd_buf id, collection; /* what the call borrows */
    void *data;
};
/* Makes one; NULL (the exchange is answered then): too many under way, or no memory. */
struct api_pending *api_pending_new(struct api *a, struct http_exchange *x, enum api_call_kind kind,
                                    void (*done)(struct api_call *call));
void api_pending_free(struct api_pending *p);
void api_pending_start(struct api_pending *p);
void api_check(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_article(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_stats(struct api *a, struct http_exchange *x, struct dupd_view argument);

/* ---- api_add.c, api_compare.c, api_page.c ---- */
void api_add(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_compare(struct api *a, struct http_exchange *x, struct dupd_view argument);
/* {"passages":…,"replaced":…,"quotations":…, figures} of two clean texts. For any thread. 0 or a
 * code. */
int api_compare_texts(struct dupd_view this_text, struct dupd_view match_text,
                      struct dupd_buf *out);
void api_page(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_script(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_style(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_icon(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_login_page(struct api *a, struct http_exchange *x, struct dupd_view argument);
void api_index(struct api *a, struct http_exchange *x, struct dupd_view argument);
/* The login form, with a sentence above it when `problem` is set. */
void api_show_login(struct http_exchange *x, unsigned status, const char *problem);

/* ---- api_events.c ---- */
void api_events(struct api *a, struct http_exchange *x, struct dupd_view argument);
int api_events_open(struct api *a); /* its timers: 0 or DUPD_EIO */
void api_events_close(struct api *a);

#endif
