/*
 * api.c: routes, and the life of the api.
 *
 * Happy path: api_open checks that a reachable address has a token, makes the HTTP server, and
 * hands each request to the row of the table that fits. What may be refused by the head alone
 * (address, method, token, content type, another site's form) is refused before the body is read.
 *
 * Failure: nothing here ends the daemon. Closing waits for calls that the daemon still has.
 */
#include "daemon/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/api_server.h"
#include "dupd/error.h"
#include "http/http_text.h"

static const struct api_route routes[] = {
    {HTTP_GET, "/", ROUTE_PAGE, ROUTE_NO_BODY, api_page},
    {HTTP_GET, "/app.js", ROUTE_OPEN, ROUTE_NO_BODY, api_script},
    {HTTP_GET, "/style.css", ROUTE_OPEN, ROUTE_NO_BODY, api_style},
    {HTTP_GET, "/icon.svg", ROUTE_OPEN, ROUTE_NO_BODY, api_icon},
    {HTTP_GET, "/login", ROUTE_OPEN, ROUTE_NO_BODY, api_login_page},
    {HTTP_POST, "/login", ROUTE_OPEN, ROUTE_FORM, api_login},
    {HTTP_POST, "/logout", ROUTE_OPEN, ROUTE_FORM, api_logout},
    {HTTP_GET, "/livez", ROUTE_OPEN, ROUTE_NO_BODY, api_livez},
    {HTTP_GET, "/healthz", ROUTE_OPEN, ROUTE_NO_BODY, api_livez},
    {HTTP_GET, "/readyz", ROUTE_OPEN, ROUTE_NO_BODY, api_readyz},
    {HTTP_GET, "/metrics", ROUTE_TOKEN, ROUTE_NO_BODY, api_metrics},
    {HTTP_GET, "/api/v1", ROUTE_TOKEN, ROUTE_NO_BODY, api_index},
    {HTTP_GET, "/api/v1/verdicts", ROUTE_TOKEN, ROUTE_NO_BODY, api_verdicts},
    {HTTP_GET, "/api/v1/stories", ROUTE_TOKEN, ROUTE_NO_BODY, api_stories},
    {HTTP_GET, "/api/v1/stories/", ROUTE_TOKEN, ROUTE_NO_BODY, api_story},
    {HTTP_GET, "/api/v1/articles/", ROUTE_TOKEN, ROUTE_NO_BODY, api_article},
    {HTTP_GET, "/api/v1/compare", ROUTE_TOKEN, ROUTE_NO_BODY, api_compare},
    {HTTP_GET, "/api/v1/alerts", ROUTE_TOKEN, ROUTE_NO_BODY, api_alerts},
    {HTTP_GET, "/api/v1/agencies", ROUTE_TOKEN, ROUTE_NO_BODY, api_agencies},
    {HTTP_GET, "/api/v1/outlets", ROUTE_TOKEN, ROUTE_NO_BODY, api_outlets},
    {HTTP_GET, "/api/v1/stats", ROUTE_TOKEN, ROUTE_NO_BODY, api_stats},
    {HTTP_GET, "/api/v1/events", ROUTE_TOKEN, ROUTE_NO_BODY, api_events},
    {HTTP_POST, "/api/v1/check", ROUTE_TOKEN, ROUTE_JSON, api_check},
    {HTTP_POST, "/api/v1/articles", ROUTE_TOKEN, ROUTE_ARTICLES, api_add},
};
#define ROUTES (sizeof routes / sizeof *routes)

void api_options_default(struct api_options *o)
{
    *o = (struct api_options){.address = "127.0.0.1",
                              .connections_max = 2048,
                              .event_clients_max = 1024,
                              .body_max = (size_t)64 << 20,
                              .message_max = (size_t)16 << 20,
                              .buffered_max = (size_t)256 << 20,
                              .calls_max = 256,
                              .head_timeout_ms = 10000,
                              .body_timeout_ms = 30000,
                              .idle_timeout_ms = 75000,
                              .session_hours = 12,
                              .event_backlog = (size_t)1 << 20,
                              .version = ""};
}

int64_t api_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void api_json(struct http_exchange *x, unsigned status, struct dupd_buf *body)
{
    struct http_answer answer = {.status = status, .type = API_JSON, .body = body};
    http_reply(x, &answer);
}

unsigned api_status_of(int code)
{
    switch (code) {
    case DUPD_OK:
        return 200;
    case DUPD_ENOENT:
        return 404;
    case DUPD_EINVAL:
        return 400;
    case DUPD_ESYNTAX:
    case DUPD_ETYPE:
    case DUPD_EEMPTY:
        return 422;
    case DUPD_ETOOBIG:
        return 413;
    case DUPD_EAGAIN:
    case DUPD_EBUSY:
    case DUPD_ENOMEM:
    case DUPD_EINTR:
        return 503;
    default:
        return 500;
    }
}

void api_refuse_code(struct http_exchange *x, int code, const char *problem)
{
    const char *text = problem && problem[0] ? problem : dupd_error_text(code);
    unsigned status = api_status_of(code);
    /* the table's hints are about HTTP: its syntax, the size of a body */
    const char *what = status == 400   ? API_SEE
                       : status == 413 ? "shorten what is named, or raise the limit that is"
                                       : NULL;
    http_refuse(x, status, text, what);
}

struct dupd_view api_body(const struct http_exchange *x)
{
    struct dupd_view body = http_request(x)->body;
    size_t mark = body.len >= 3 && memcmp(body.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return (struct dupd_view){body.ptr + mark, body.len - mark};
}

/* ---- routes ---- */

static bool route_fits(const struct api_route *r, struct dupd_view path, struct dupd_view *argument)
{
    size_t len = strlen(r->path);
    bool open_ended = len > 1 && r->path[len - 1] == '/';
    if (path.len < len || memcmp(path.ptr, r->path, len) != 0)
        return false;
    *argument = (struct dupd_view){path.ptr + len, path.len - len};
    return open_ended ? path.len > len : path.len == len;
}

/* The row for a request; NULL: *status says why not. */
static const struct api_route *find_route(const struct http_request *r, struct dupd_view *argument,
                                          unsigned *status)
{
    enum http_method method = r->method == HTTP_HEAD_METHOD ? HTTP_GET : r->method;
    *status = 404;
    for (size_t i = 0; i < ROUTES; i++) {
        if (!route_fits(&routes[i], r->path, argument))
            continue;
        if (routes[i].method == method)
            return &routes[i];
        *status = 405;
    }
    return NULL;
}

/* The media type of a Content-Type field, without its parameters. */
static bool type_is(const struct http_request *r, const char *wanted)
{
    struct dupd_view type = http_field(r, "content-type");
    size_t n = 0, len = strlen(wanted);
    while (n < type.len && type.ptr[n] != ';' && type.ptr[n] != ' ')
        n++;
    if (n != len)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((type.ptr[i] | 0x20) != (wanted[i] | 0x20))
            return false;
    return true;
}

bool api_is_ndjson(const struct http_request *r)
{
    return type_is(r, "application/x-ndjson") || type_is(r, "application/ndjson") ||
           type_is(r, "application/jsonl");
}

static bool body_fits(const struct http_request *r, enum route_body body)
{
    switch (body) {
    case ROUTE_JSON:
        return type_is(r, "application/json");
    case ROUTE_ARTICLES:
        return type_is(r, "application/json") || api_is_ndjson(r);
    case ROUTE_FORM:
        return type_is(r, "application/x-www-form-urlencoded");
    default:
        return true;
    }
}

/* A form on another site cannot set our content type or read our answers, but it can send: what a
 * browser sends from elsewhere says so in Origin. */
static bool is_foreign(struct api *a, const struct http_request *r)
{
    struct dupd_view origin = http_field(r, "origin"), host = http_field(r, "host");
    (void)a;
    if (r->method != HTTP_POST || origin.len == 0)
        return false;
    const char *slashes = memmem(origin.ptr, origin.len, "://", 3);
    if (!slashes)
        return true; /* "null": a sandbox, a file */
    struct dupd_view from = {slashes + 3, (size_t)(origin.ptr + origin.len - slashes - 3)};
    return !dupd_view_equal(from, host);
}

static unsigned on_head(struct http_exchange *x, const struct http_request *r, size_t *body_max,
                        void *data)
{
    struct api *a = data;
    struct dupd_view argument;
    unsigned status;
    (void)x;
    const struct api_route *route = find_route(r, &argument, &status);
    if (!route)
        return status;
    if (is_foreign(a, r))
        return 403;
    if (route->access == ROUTE_TOKEN && !api_is_allowed(a, r))
        return 401;
    if (!body_fits(r, route->body))
        return 415;
    if (route->body == ROUTE_JSON || (route->body == ROUTE_ARTICLES && !api_is_ndjson(r)))
        *body_max = a->options.message_max;
    else if (route->body != ROUTE_ARTICLES)
        *body_max = 4096;
    return 0;
}

static void on_request(struct http_exchange *x, const struct http_request *r, void *data)
{
    struct api *a = data;
    struct dupd_view argument;
    unsigned status;
    const struct api_route *route = find_route(r, &argument, &status);
    if (!route || a->closing) {
        http_refuse(x, route ? 503 : status, NULL, NULL);
        return;
    }
    if (route->access == ROUTE_PAGE && !api_is_allowed(a, r)) {
        struct http_answer answer = {.status = 303, .headers = "Location: /login\r\n"};
        http_reply(x, &answer);
        return;
    }
    route->handle(a, x, argument);
}

static void on_answer(unsigned status, void *data)
{
    struct api *a = data;
    if (!a->options.metrics)
        return;
    if (status < 200)
        metrics_add(a->options.metrics, METRIC_HTTP_REFUSED, 0, 1);
    else
        metrics_add(a->options.metrics, METRIC_HTTP_REQUESTS, status / 100 - 2, 1);
}

/* ---- life ---- */

static int copy_strings(struct api *a, const struct api_options *o)
{
    a->options = *o;
    const char **string[] = {&a->options.address, &a->options.token, &a->options.hosts,
                             &a->options.version};
    size_t bytes = 0, n = sizeof string / sizeof *string;
    for (size_t i = 0; i < n; i++)
        bytes += strlen(*string[i] ? *string[i] : "") + 1;
    char *at = a->strings = malloc(bytes);
    if (!at)
        return DUPD_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const char *from = *string[i] ? *string[i] : "";
        *string[i] = at;
        at = stpcpy(at, from) + 1;
    }
    return DUPD_OK;
}

static int check_options(const struct api *a, char problem[512])
{
    const struct api_options *o = &a->options;
    bool local = api_is_loopback(o->address);
    if (!o->token[0] && !local) {
        snprintf(problem, 512,
                 "--http %.64s can be reached from other machines and needs a token: set "
                 "--http-token-file, or listen on 127.0.0.1",
                 o->address);
        return DUPD_EINVAL;
    }
    if (o->token[0] && strlen(o->token) < 16) {
        snprintf(problem, 512,
                 "the HTTP token has fewer than 16 characters; make one with "
                 "'openssl rand -hex 32'");
        return DUPD_EINVAL;
    }
    if (!o->token[0] && http_host_is_one(DUPD_VIEW("any.invalid"), o->hosts)) {
        snprintf(problem, 512, "--http-hosts '*' needs a token: any web page could read from here");
        return DUPD_EINVAL;
    }
    return DUPD_OK;
}

static int open_http(struct api *a, char problem[512])
{
    const struct api_options *o = &a->options;
    struct dupd_buf hosts = {0};
    struct http_options h;
    bool six = strchr(o->address, ':') && strncmp(o->address, "unix:", 5) != 0;
    int rc = dupd_buf_addf(&hosts, "localhost 127.0.0.1 [::1] %s%s%s %s", six ? "[" : "",
                           o->address, six ? "]" : "", o->hosts);
    rc = rc ? rc : dupd_buf_add_char(&hosts, 0);
    if (!rc) {
        http_options_default(&h);
        h.address = o->address;
        h.port = o->port;
        h.hosts = hosts.ptr;
        h.open = "/livez /healthz /readyz"; /* they hold no data, and probes ask by address */
        h.connections_max = o->connections_max;
        h.body_max = o->body_max;
        h.buffered_max = o->buffered_max;
        h.head_timeout_ms = o->head_timeout_ms;
        h.body_timeout_ms = o->body_timeout_ms;
        h.idle_timeout_ms = o->idle_timeout_ms;
        h.stream_backlog = o->event_backlog;
        /* With "no-referrer" browsers send our own login form with the Origin "null". */
        h.headers = "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
                    "Cross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-store\r\n"
                    "Content-Security-Policy: default-src 'none'; script-src 'self'; "
                    "style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
                    "frame-ancestors 'none'; base-uri 'none'\r\n";
        h.data = a;
        h.on_head = on_head;
        h.on_request = on_request;
        h.on_answer = on_answer;
        rc = http_open(&a->http, a->loop, &h, problem);
    }
    dupd_buf_close(&hosts);
    return rc;
}

static void free_api(struct api *a)
{
    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        dupd_buf_close(&a->cache[i].key);
        dupd_buf_close(&a->cache[i].body);
    }
    dupd_buf_close(&a->metrics.body);
    free(a->strings);
    free(a);
}

int api_open(struct api **out, uv_loop_t *loop, const struct api_options *o, char problem[512])
{
    struct api *a = calloc(1, sizeof *a);
    int rc = a ? copy_strings(a, o) : DUPD_ENOMEM;
    if (rc) {
        snprintf(problem, 512, "%s", dupd_error_text(rc));
        free(a);
        return rc;
    }
    a->loop = loop;
    a->sent = o->view ? view_newest(o->view) : 0;
    rc = check_options(a, problem);
    rc = rc ? rc : open_http(a, problem);
    if (rc) {
        free_api(a);
        return rc;
    }
    api_events_open(a);
    *out = a;
    return DUPD_OK;
}

unsigned api_port(const struct api *a)
{
    return http_port(a->http);
}

void api_settle(struct api *a)
{
    if (!a->closing || !a->server_closed || a->timers || a->calls || a->queries)
        return;
    void (*closed)(void *) = a->closed;
    void *data = a->closed_data;
    free_api(a);
    if (closed)
        closed(data);
}

static void on_server_closed(void *data)
{
    struct api *a = data;
    a->server_closed = true;
    api_settle(a);
}

void api_close(struct api *a, void (*closed)(void *data), void *data)
{
    a->closing = true;
    a->closed = closed;
    a->closed_data = data;
    api_events_close(a);
    http_close(a->http, on_server_closed, a);
}
