/*
 * api_read.c: what the view and the metrics answer.
 *
 * A dashboard that is open in many browsers asks the same again and again: an answer is kept for a
 * second. Failure: a filter that cannot be read, or that a list does not have, is a 400 that says
 * which (a filter that is left out unnoticed is a wrong answer); a query that takes too long is a
 * 503.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/api_server.h"
#include "dupd/article.h"
#include "dupd/error.h"
#include "http/http_text.h"

int api_parameter(const struct http_request *r, const char *name, struct dupd_buf *out)
{
    return http_parameter(r->query, name, out);
}

static size_t slot_of(struct dupd_view path, struct dupd_view query)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < path.len; i++)
        h = (h ^ (unsigned char)path.ptr[i]) * 16777619u;
    for (size_t i = 0; i < query.len; i++)
        h = (h ^ (unsigned char)query.ptr[i]) * 16777619u;
    return h % CACHE_SLOTS;
}

static bool has_key(const struct cached *c, const struct http_request *r)
{
    return c->key.len == r->path.len + 1 + r->query.len &&
           memcmp(c->key.ptr, r->path.ptr, r->path.len) == 0 &&
           (r->query.len == 0 ||
            memcmp(c->key.ptr + r->path.len + 1, r->query.ptr, r->query.len) == 0);
}

bool api_cached(struct api *a, struct http_exchange *x)
{
    const struct http_request *r = http_request(x);
    struct cached *c = &a->cache[slot_of(r->path, r->query)];
    struct dupd_buf body = {0};
    if (c->until_ms <= uv_now(a->loop) || !has_key(c, r) ||
        dupd_buf_add_view(&body, dupd_buf_view(&c->body)))
        return false;
    api_json(x, 200, &body);
    return true;
}

void api_cache(struct api *a, struct http_exchange *x, const struct dupd_buf *body)
{
    const struct http_request *r = http_request(x);
    struct cached *c = &a->cache[slot_of(r->path, r->query)];
    dupd_buf_clear(&c->key);
    dupd_buf_clear(&c->body);
    bool failed = dupd_buf_add_view(&c->key, r->path) || dupd_buf_add_char(&c->key, '?') ||
                  dupd_buf_add_view(&c->key, r->query) ||
                  dupd_buf_add_view(&c->body, dupd_buf_view(body));
    c->until_ms = failed ? 0 : uv_now(a->loop) + CACHE_MS;
}

/* ---- filters ---- */

struct asked {
    struct view_filter filter;
    struct dupd_buf *memory; /* API_QUERY_TEXTS */
    char problem[160];
};

static bool bad(struct asked *q, const char *name, const char *what)
{
    snprintf(q->problem, sizeof q->problem, "the parameter %s is not %s", name, what);
    return false;
}

static bool knows(const char *const *names, struct dupd_view name)
{
    for (; *names; names++)
        if (dupd_view_equal(name, dupd_view_of(*names)))
            return true;
    return false;
}

bool api_has_only(struct http_exchange *x, const char *const *names)
{
    struct dupd_view rest = http_request(x)->query, name, value, after, other;
    char problem[160] = "";
    while (!problem[0] && http_next_parameter(&rest, &name, &value)) {
        if (!knows(names, name))
            snprintf(problem, sizeof problem, "there is no parameter %.*s here",
                     (int)(name.len < 64 ? name.len : 64), name.ptr);
        for (after = rest; !problem[0] && http_next_parameter(&after, &other, &value);)
            if (dupd_view_equal(name, other))
                snprintf(problem, sizeof problem, "the parameter %.*s is given twice",
                         (int)name.len, name.ptr);
    }
    if (problem[0])
        http_refuse(x, 400, problem, API_SEE);
    return !problem[0];
}

/* "identical,rewritten", "copies", "all": whatever fits any of them. */
static bool read_verdicts(struct asked *q, struct dupd_view text)
{
    bool all = false;
    while (text.len) {
        const char *comma = memchr(text.ptr, ',', text.len);
        size_t n = comma ? (size_t)(comma - text.ptr) : text.len;
        struct dupd_view word = {text.ptr, n};
        int verdict = dupd_verdict_parse(word);
        if (verdict >= 0)
            q->filter.verdict |= 1 << verdict;
        else if (dupd_view_equal(word, DUPD_VIEW("copies")))
            q->filter.copies_only = 1;
        else if (dupd_view_equal(word, DUPD_VIEW("all")))
            all = true;
        else if (n)
            return bad(q, "verdict", "a list of verdicts, copies, or all");
        text.ptr += comma ? n + 1 : n;
        text.len -= comma ? n + 1 : n;
    }
    if (all)
        q->filter.verdict = q->filter.copies_only = 0;
    return true;
}

/* What the title is searched for. */
static bool check_title(struct asked *q)
{
    const char *what;
    return view_can_search(q->filter.text, &what) || bad(q, "q", what);
}

static bool read_credited(struct asked *q, struct dupd_view text)
{
    static const char *const word[] = {"", "yes", "no", "none"};
    for (int i = 0; i < 4; i++) {
        if (dupd_view_equal(text, dupd_view_of(word[i]))) {
            q->filter.credited = i;
            return true;
        }
    }
    return bad(q, "credited", "yes, no or none");
}

static bool read_number(struct asked *q, const char *name, struct dupd_view text, uint64_t max,
                        uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i >= 18)
            return bad(q, name, "a whole number");
        *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return *out <= max || bad(q, name, "as small as it must be");
}

/* RFC 3339, Unix seconds or milliseconds, or "24h", "7d": that long ago. */
static bool read_time(struct asked *q, const char *name, struct dupd_view text, int64_t *out)
{
    struct dupd_time t;
    uint64_t n = 0;
    if (text.len > 1 && text.len < 8 && strchr("mhd", text.ptr[text.len - 1])) {
        struct dupd_view digits = {text.ptr, text.len - 1};
        char unit = text.ptr[text.len - 1];
        if (!read_number(q, name, digits, 999999, &n))
            return false;
        *out = api_wall_ms() - (int64_t)n * (unit == 'd'   ? 86400000
                                             : unit == 'h' ? 3600000
                                                           : 60000);
        *out = *out > 0 ? *out : 1;
        return true;
    }
    if (text.len == 0)
        return true;
    if (!dupd_time_parse(text, &t))
        return bad(q, name, "a time, such as 2026-01-31T12:00:00Z or 24h");
    *out = t.seconds * 1000;
    return true;
}

static bool read_filter(struct asked *q, const struct http_request *r)
{
    static const char *const texts[] = {"source", "agency", "collection", "story", "q"};
    struct dupd_view *const into[] = {&q->filter.source, &q->filter.agency, &q->filter.collection,
                                      &q->filter.story, &q->filter.text};
    struct dupd_buf value = {0};
    uint64_t n = 0;
    bool fine = true;
    for (int i = 0; i < API_QUERY_TEXTS; i++) {
        if (api_parameter(r, texts[i], &q->memory[i]) < 0)
            fine = bad(q, texts[i], "of a size that fits into memory");
        *into[i] = dupd_buf_view(&q->memory[i]);
    }
#define EACH(name, call)                                                                           \
    dupd_buf_clear(&value);                                                                        \
    fine = fine && api_parameter(r, name, &value) >= 0 && (call);
    fine = fine && check_title(q);
    EACH("verdict", read_verdicts(q, dupd_buf_view(&value)))
    EACH("credited", read_credited(q, dupd_buf_view(&value)))
    EACH("before", read_number(q, "before", dupd_buf_view(&value), UINT64_MAX, &q->filter.before))
    EACH("from", read_time(q, "from", dupd_buf_view(&value), &q->filter.from_ms))
    EACH("to", read_time(q, "to", dupd_buf_view(&value), &q->filter.to_ms))
    EACH("limit", read_number(q, "limit", dupd_buf_view(&value), VIEW_LIMIT_MAX, &n))
#undef EACH
    q->filter.limit = (unsigned)n;
    dupd_buf_close(&value);
    return fine;
}

static void on_answer(struct api_query *q)
{
    if (q->is_answered) { /* by the cache */
        api_query_free(q);
        return;
    }
    if (q->status == DUPD_EAGAIN) {
        http_refuse(q->x, 503, "the search took too long",
                    "narrow it: a shorter time, a longer word");
    } else if (q->status == DUPD_ENOENT) {
        http_refuse(q->x, 404, "there is no such story here",
                    "it may be older than the view's window");
    } else if (q->status) {
        api_refuse_code(q->x, q->status, NULL);
    } else {
        if (q->may_be_cached)
            api_cache(q->api, q->x, &q->body);
        api_json(q->x, 200, &q->body);
    }
    api_query_free(q);
}

/* `names`: the parameters that it has. */
static void answer_query(struct api *a, struct http_exchange *x, view_query query,
                         const char *const *names)
{
    struct asked asked = {.problem = "the filter cannot be read"};
    if (!a->options.view) {
        http_refuse(x, 404, "this daemon keeps no view", "start it with a state directory");
        return;
    }
    if (api_cached(a, x) || !api_has_only(x, names))
        return;
    struct api_query *q = api_query_new(a, x, on_answer);
    if (!q)
        return;
    asked.memory = q->text;
    q->run = query;
    q->may_be_cached = true;
    if (read_filter(&asked, http_request(x))) {
        q->filter = asked.filter;
        api_query_start(q);
    } else {
        http_refuse(x, 400, asked.problem, API_SEE);
        api_query_free(q);
    }
}

void api_verdicts(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    static const char *const names[] = {"q",        "verdict",    "source", "agency",
                                        "credited", "collection", "story",  "from",
                                        "to",       "before",     "limit",  NULL};
    (void)argument;
    answer_query(a, x, view_verdicts, names);
}

void api_stories(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    static const char *const names[] = {"q",    "source", "agency", "credited", "collection",
                                        "from", "to",     "before", "limit",    NULL};
    (void)argument;
    answer_query(a, x, view_stories, names);
}

void api_alerts(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    static const char *const names[] = {"q",        "verdict",    "source", "agency",
                                        "credited", "collection", "story",  "from",
                                        "to",       "before",     "limit",  NULL};
    (void)argument;
    answer_query(a, x, view_alerts, names);
}

static const char *const only_from[] = {"from", NULL};

void api_agencies(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)argument;
    answer_query(a, x, view_agencies, only_from);
}

void api_outlets(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)argument;
    answer_query(a, x, view_outlets, only_from);
}

static int ask_story(struct view *v, const struct view_filter *f, struct dupd_buf *out)
{
    return view_story(v, f->story, f->text, out);
}

void api_story(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    static const char *const names[] = {"member", NULL};
    struct api_query *q = api_has_only(x, names) ? api_query_new(a, x, on_answer) : NULL;
    if (!q)
        return;
    api_parameter(http_request(x), "member", &q->text[0]);
    q->filter.text = dupd_buf_view(&q->text[0]);
    q->run = ask_story;
    q->filter.story = argument; /* of the request, which stays until it is answered */
    q->status = DUPD_ENOENT;
    if (a->options.view)
        api_query_start(q);
    else
        on_answer(q);
}

/* ---- metrics and health ---- */

/* Half a second old at most: a thousand scrapers cost no more than two. */
static int write_metrics(struct api *a)
{
    struct metrics *m = a->options.metrics;
    if (a->metrics.until_ms > uv_now(a->loop))
        return DUPD_OK;
    if (a->options.backend.refresh)
        a->options.backend.refresh(a->options.backend.data);
    metrics_read_process(m);
    metrics_set(m, METRIC_HTTP_CLIENTS, 0, http_connections(a->http));
    metrics_set(m, METRIC_EVENT_CLIENTS, 0, a->clients);
    if (a->options.view)
        metrics_set(m, METRIC_VIEW_ROWS, 0, (double)view_rows(a->options.view));
    dupd_buf_clear(&a->metrics.body);
    int rc = metrics_write(m, &a->metrics.body);
    a->metrics.until_ms = rc ? 0 : uv_now(a->loop) + METRICS_MS;
    return rc;
}

void api_metrics(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    struct dupd_buf body = {0};
    (void)argument;
    if (!a->options.metrics) {
        http_refuse(x, 404, "this daemon counts nothing", NULL);
        return;
    }
    if (write_metrics(a) || dupd_buf_add_view(&body, dupd_buf_view(&a->metrics.body))) {
        dupd_buf_close(&body);
        http_refuse(x, 503, NULL, NULL);
        return;
    }
    struct http_answer answer = {.status = 200, .type = METRICS_CONTENT_TYPE, .body = &body};
    http_reply(x, &answer);
}

void api_livez(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)a;
    (void)argument;
    struct http_answer answer = {
        .status = 200, .type = API_JSON, .fixed = DUPD_VIEW("{\"status\":\"alive\"}\n")};
    http_reply(x, &answer);
}

void api_readyz(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    const struct api_backend *b = &a->options.backend;
    char why[ARTICLE_PROBLEM_MAX] = "";
    struct dupd_buf body = {0};
    struct json_writer w;
    (void)argument;
    bool ready = !a->closing && b->ready(b->data, why);
    if (a->closing || strcmp(why, "stopping") == 0)
        snprintf(why, sizeof why, "stopping");
    else if (!api_is_allowed(a, http_request(x)) || !http_host_is_known(x)) /* why has addresses */
        snprintf(why, sizeof why, "the store or the queue cannot be reached");
    json_begin(&w, &body);
    json_open(&w, '{');
    json_key(&w, "status");
    json_string(&w, ready ? DUPD_VIEW("ready") : DUPD_VIEW("not ready"));
    json_key(&w, "why");
    json_string_or_null(&w, ready ? (struct dupd_view){0} : dupd_view_of(why));
    json_close(&w, '}');
    api_json(x, ready ? 200 : 503, &body);
    dupd_buf_close(&body);
}
