/*
 * api_call.c: what only the daemon can answer: judging an article, fetching one, store figures.
 *
 * Happy path: a pending holds the call and the exchange; the daemon answers by call->done, and the
 * exchange is answered. Bounded by calls_max; over it, 503. A client that has left is answered into
 * the void.
 */
#include <stdlib.h>

#include "daemon/api_server.h"
#include "dupd/error.h"
#include "http/http_text.h"

struct api_pending *api_pending_new(struct api *a, struct http_exchange *x, enum api_call_kind kind,
                                    void (*done)(struct api_call *call))
{
    struct api_pending *p = a->calls < a->options.calls_max ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        http_refuse(x, 503, NULL, NULL);
        return NULL;
    }
    p->api = a;
    p->x = x;
    p->call.kind = kind;
    p->call.done = done;
    p->call.data = p;
    a->calls++;
    return p;
}

void api_pending_free(struct api_pending *p)
{
    struct api *a = p->api;
    dupd_buf_close(&p->call.verdict);
    dupd_buf_close(&p->call.article);
    dupd_buf_close(&p->id);
    dupd_buf_close(&p->collection);
    free(p);
    a->calls--;
    api_settle(a);
}

void api_pending_start(struct api_pending *p)
{
    const struct api_backend *b = &p->api->options.backend;
    p->call.id = dupd_buf_view(&p->id);
    p->call.collection = dupd_buf_view(&p->collection);
    b->call(b->data, &p->call);
}

int api_write_article(struct dupd_buf *out, const struct dupd_article *a)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "id");
    json_string(&w, a->id);
    json_key(&w, "collection");
    json_string(&w, a->collection.len ? a->collection : DUPD_VIEW("default"));
    json_key(&w, "url");
    json_string_or_null(&w, a->url);
    json_key(&w, "source");
    json_string_or_null(&w, a->source);
    json_key(&w, "title");
    json_string_or_null(&w, a->title);
    json_key(&w, "byline");
    json_string_or_null(&w, a->byline);
    json_key(&w, "lang");
    json_string_or_null(&w, a->lang);
    json_key(&w, "published_at");
    json_time(&w, a->published);
    json_key(&w, "text");
    json_string(&w, a->text);
    json_close(&w, '}');
    return json_status(&w);
}

/* "key":value, the value being JSON already, or null. */
static void put_raw(struct json_writer *w, const char *key, const struct dupd_buf *json)
{
    json_key(w, key);
    if (json->len == 0)
        json_null(w);
    else if (!w->status)
        w->status = dupd_buf_add_view(w->out, dupd_buf_view(json));
    w->comma = true;
}

/* ---- check ---- */

static void on_checked(struct api_call *call)
{
    struct api_pending *p = call->data;
    struct dupd_buf body = {0};
    struct json_writer w;
    if (call->status) {
        api_refuse_code(p->x, call->status, call->problem);
    } else if (call->stats.articles == 0) {
        http_refuse(p->x, 409, "the store is empty, so nothing can be told",
                    "add articles first: POST /api/v1/articles, the queue, or 'dupd add'");
    } else {
        json_begin(&w, &body);
        json_open(&w, '{');
        put_raw(&w, "verdict", &call->verdict);
        put_raw(&w, "article", &call->article);
        json_key(&w, "compared_with");
        json_int(&w, (int64_t)call->stats.articles);
        json_close(&w, '}');
        if (json_status(&w))
            http_refuse(p->x, 503, NULL, NULL);
        else
            api_json(p->x, 200, &body);
    }
    dupd_buf_close(&body);
    api_pending_free(p);
}

static const char *const only_collection[] = {"collection", NULL};

void api_check(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    struct api_pending *p =
        api_has_only(x, only_collection) ? api_pending_new(a, x, API_CHECK, on_checked) : NULL;
    (void)argument;
    if (!p)
        return;
    p->call.form = ARTICLE_JSON;
    p->call.bytes = api_body(x);
    api_parameter(http_request(x), "collection", &p->collection);
    api_pending_start(p);
}

/* ---- one article ---- */

static void on_fetched(struct api_call *call)
{
    struct api_pending *p = call->data;
    struct dupd_buf body = {0};
    struct json_writer w;
    if (call->status == DUPD_ENOENT) {
        http_refuse(p->x, 404, "there is no article of this id",
                    "give its id percent-encoded, and ?collection= if it is in one");
    } else if (call->status) {
        api_refuse_code(p->x, call->status, call->problem);
    } else {
        json_begin(&w, &body);
        json_open(&w, '{');
        put_raw(&w, "article", &call->article);
        put_raw(&w, "verdict", &call->verdict);
        json_close(&w, '}');
        if (json_status(&w))
            http_refuse(p->x, 503, NULL, NULL);
        else
            api_json(p->x, 200, &body);
    }
    dupd_buf_close(&body);
    api_pending_free(p);
}

void api_article(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    struct api_pending *p =
        api_has_only(x, only_collection) ? api_pending_new(a, x, API_FETCH, on_fetched) : NULL;
    if (!p)
        return;
    if (http_decode(argument, false, &p->id) || p->id.len > DUPD_ID_MAX) {
        http_refuse(x, 404, "no id is that long", NULL);
        api_pending_free(p);
        return;
    }
    api_parameter(http_request(x), "collection", &p->collection);
    api_pending_start(p);
}

/* ---- figures ---- */

static void write_store(struct json_writer *w, const struct api_call *call)
{
    const struct store_stats *s = &call->stats;
    const struct {
        const char *key;
        uint64_t value;
    } row[] = {{"articles", s->articles},
               {"stories", s->stories},
               {"copies", s->copies},
               {"alerts", s->alerts},
               {"text_bytes", s->text_bytes},
               {"store_bytes", s->store_bytes},
               {"index_bytes", s->index_bytes},
               {"hot_shingles", s->hot_shingles},
               {"postings_refused", s->postings_refused}};
    json_key(w, "store");
    if (call->status) {
        json_null(w);
        return;
    }
    json_open(w, '{');
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        json_key(w, row[i].key);
        json_int(w, (int64_t)row[i].value);
    }
    json_close(w, '}');
}

static void write_stats(struct json_writer *w, struct api_pending *p, struct dupd_buf *view)
{
    const struct api *a = p->api;
    const struct api_backend *b = &a->options.backend;
    char why[ARTICLE_PROBLEM_MAX] = "";
    bool ready = !a->closing && b->ready(b->data, why);
    json_open(w, '{');
    json_key(w, "version");
    json_string(w, dupd_view_of(a->options.version));
    json_key(w, "now");
    json_time_ms(w, api_wall_ms());
    json_key(w, "ready");
    json_bool(w, ready);
    json_key(w, "why");
    json_string_or_null(w, ready ? (struct dupd_view){0} : dupd_view_of(why));
    write_store(w, &p->call);
    put_raw(w, "view", view);
    json_key(w, "event_clients");
    json_int(w, a->clients);
    json_key(w, "login");
    json_bool(w, a->options.token[0] != 0);
    json_close(w, '}');
}

static void on_view_stats(struct api_query *q)
{
    struct api_pending *p = q->data;
    struct dupd_buf body = {0}, none = {0};
    struct json_writer w;
    json_begin(&w, &body);
    if (!q->is_answered) {
        write_stats(&w, p, q->status ? &none : &q->body);
        if (json_status(&w)) {
            http_refuse(p->x, 503, NULL, NULL);
        } else {
            api_cache(p->api, p->x, &body);
            api_json(p->x, 200, &body);
        }
    }
    dupd_buf_close(&body);
    api_query_free(q);
    api_pending_free(p);
}

static int ask_stats(struct view *v, const struct view_filter *f, struct dupd_buf *out)
{
    return view_stats(v, f->to_ms, out);
}

static void on_stats(struct api_call *call)
{
    struct api_pending *p = call->data;
    struct api_query *q = api_query_new(p->api, p->x, on_view_stats);
    if (!q) {
        api_pending_free(p);
        return;
    }
    q->data = p;
    q->run = ask_stats;
    q->filter.to_ms = api_wall_ms();
    q->may_be_cached = true;
    q->status = DUPD_ENOENT;
    if (p->api->options.view)
        api_query_start(q);
    else
        on_view_stats(q);
}

void api_stats(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)argument;
    if (api_cached(a, x))
        return;
    struct api_pending *p = api_pending_new(a, x, API_STATS, on_stats);
    if (p)
        api_pending_start(p);
}
