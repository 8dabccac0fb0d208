/*
 * api_compare.c: GET /api/v1/compare?a=ID&b=ID: two articles side by side.
 *
 * Both are fetched, then aligned on a thread of libuv's pool (about a millisecond; the loop does
 * not wait), and the answer says for each text what stands in the other, what was replaced inside
 * such passages and what is quoted, in bytes of the text. Aligning anew, instead of showing the
 * verdict's passages, works for any two members of a story and gives every word its mark.
 */
#include <stdlib.h>

#include "daemon/api_server.h"
#include "dupd/align.h"
#include "dupd/error.h"
#include "engine/json_write.h"
#include "input/json_read.h"

#define COMPARE_PASSAGES_MAX 500u
#define COMPARE_RANGES_MAX 5000u
#define COMPARE_TEXT_MAX ((size_t)2 << 20) /* bytes of each text */

static void put_int(struct json_writer *w, const char *key, int64_t v)
{
    json_key(w, key);
    json_int(w, v);
}

static void put_real(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    json_real(w, v);
}

static void put_range(struct json_writer *w, uint32_t begin, uint32_t end)
{
    json_open(w, '[');
    json_int(w, begin);
    json_int(w, end);
    json_close(w, ']');
}

static void put_passages(struct json_writer *w, const struct dupd_overlap *o,
                         const struct dupd_tokens *a, const struct dupd_tokens *b)
{
    json_key(w, "passages");
    json_open(w, '[');
    for (uint32_t i = 0; i < o->passage_count && i < COMPARE_PASSAGES_MAX; i++) {
        const struct dupd_passage *p = &o->passage[i];
        json_open(w, '{');
        json_key(w, "this");
        put_range(w, a->token[p->a_first].begin, a->token[p->a_end - 1].end);
        json_key(w, "match");
        put_range(w, b->token[p->b_first].begin, b->token[p->b_end - 1].end);
        put_int(w, "words", (p->matched + 1) / DUPD_WORD_WEIGHT);
        put_int(w, "replaced_words", (p->replaced + 1) / DUPD_WORD_WEIGHT);
        json_key(w, "quoted");
        json_bool(w, (uint64_t)p->quoted * 2 > p->matched);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* Runs of tokens for which `is` holds, as ranges of bytes. */
static void put_runs(struct json_writer *w, const char *key, const struct dupd_tokens *t,
                     const uint8_t *is)
{
    unsigned written = 0;
    json_key(w, key);
    json_open(w, '[');
    for (uint32_t i = 0; i < t->count && written < COMPARE_RANGES_MAX; i++) {
        if (!is[i])
            continue;
        uint32_t first = i;
        while (i + 1 < t->count && is[i + 1] &&
               t->token[i + 1].paragraph == t->token[first].paragraph)
            i++;
        put_range(w, t->token[first].begin, t->token[i].end);
        written++;
    }
    json_close(w, ']');
}

/* Of one side: {"replaced":[…],"quotations":[…]}. */
static int put_side(struct json_writer *w, const char *key, const struct dupd_tokens *t,
                    const struct dupd_overlap *o, bool first)
{
    uint8_t *is = calloc(t->count ? t->count : 1, 1);
    if (!is)
        return DUPD_ENOMEM;
    const uint32_t *pair = first ? o->pair_a : o->pair_b;
    for (uint32_t i = 0; i < o->passage_count; i++) {
        const struct dupd_passage *p = &o->passage[i];
        for (uint32_t n = first ? p->a_first : p->b_first; n < (first ? p->a_end : p->b_end); n++)
            is[n] = pair[n] == DUPD_UNPAIRED;
    }
    json_key(w, key);
    json_open(w, '{');
    put_runs(w, "replaced", t, is);
    for (uint32_t i = 0; i < t->count; i++)
        is[i] = (t->token[i].flags & DUPD_TOKEN_QUOTED) != 0;
    put_runs(w, "quotations", t, is);
    json_close(w, '}');
    free(is);
    return DUPD_OK;
}

int api_compare_texts(struct dupd_view this_text, struct dupd_view match_text, struct dupd_buf *out)
{
    struct dupd_tokens a = {0}, b = {0};
    struct dupd_overlap o;
    struct dupd_aligner aligner;
    struct json_writer w;
    dupd_aligner_init(&aligner);
    dupd_overlap_init(&o);
    int rc = dupd_tokens_read(&a, this_text);
    rc = rc ? rc : dupd_tokens_read(&b, match_text);
    struct dupd_side left = {&a, NULL}, right = {&b, NULL};
    rc = rc ? rc : dupd_align(&aligner, &left, &right, &o);
    if (!rc) {
        json_begin(&w, out);
        json_open(&w, '{');
        put_passages(&w, &o, &a, &b);
        rc = put_side(&w, "this", &a, &o, true);
        rc = rc ? rc : put_side(&w, "match", &b, &o, false);
        put_real(&w, "of_this", o.of_a);
        put_real(&w, "of_match", o.of_b);
        put_real(&w, "resemblance", o.resemblance);
        put_real(&w, "rewriting", o.rewriting);
        put_int(&w, "prose_words", o.prose);
        put_int(&w, "quoted_words", o.quoted);
        put_int(&w, "longest_run_words", o.longest_run);
        json_close(&w, '}');
        rc = rc ? rc : json_status(&w);
    }
    dupd_overlap_close(&o);
    dupd_aligner_close(&aligner);
    dupd_tokens_close(&a);
    dupd_tokens_close(&b);
    return rc;
}

struct comparison {
    uv_work_t work;
    struct api_pending *pending; /* the fetch of b, kept for its article */
    struct dupd_buf first_article, first_text, second_text, out;
    bool has_first;
    int status;
};

static void free_comparison(struct comparison *c)
{
    struct api_pending *p = c->pending;
    dupd_buf_close(&c->first_article);
    dupd_buf_close(&c->first_text);
    dupd_buf_close(&c->second_text);
    dupd_buf_close(&c->out);
    free(c);
    api_pending_free(p);
}

/* The text of an article object. */
static int text_of(const struct dupd_buf *article, struct dupd_buf *out)
{
    struct json_reader r;
    struct json_value key, v;
    json_start(&r, dupd_buf_view(article));
    if (!json_read_object(&r))
        return DUPD_ESYNTAX;
    while (json_read_member(&r, &key, &v) == 1)
        if (json_string_is(&key, DUPD_VIEW("text")) && v.kind == JSON_STRING)
            return v.raw.len > COMPARE_TEXT_MAX ? DUPD_ETOOBIG : json_read_string(&v, out);
    return DUPD_ESYNTAX;
}

static void work(uv_work_t *request)
{
    struct comparison *c = request->data;
    int rc = text_of(&c->first_article, &c->first_text);
    rc = rc ? rc : text_of(&c->pending->call.article, &c->second_text);
    c->status = rc ? rc
                   : api_compare_texts(dupd_buf_view(&c->first_text),
                                       dupd_buf_view(&c->second_text), &c->out);
}

static void after_work(uv_work_t *request, int cancelled)
{
    struct comparison *c = request->data;
    struct dupd_buf body = {0};
    int rc = cancelled ? DUPD_EINTR : c->status;
    rc = rc ? rc : dupd_buf_add_str(&body, "{\"a\":");
    rc = rc ? rc : dupd_buf_add_view(&body, dupd_buf_view(&c->first_article));
    rc = rc ? rc : dupd_buf_add_str(&body, ",\"b\":");
    rc = rc ? rc : dupd_buf_add_view(&body, dupd_buf_view(&c->pending->call.article));
    rc = rc ? rc : dupd_buf_add_str(&body, ",\"overlap\":");
    rc = rc ? rc : dupd_buf_add_view(&body, dupd_buf_view(&c->out));
    rc = rc ? rc : dupd_buf_add_str(&body, "}");
    if (rc)
        api_refuse_code(c->pending->x, rc, NULL);
    else
        api_json(c->pending->x, 200, &body);
    dupd_buf_close(&body);
    free_comparison(c);
}

static void on_fetched(struct api_call *call)
{
    struct api_pending *p = call->data;
    struct comparison *c = p->data;
    if (call->status) {
        if (call->status == DUPD_ENOENT)
            http_refuse(p->x, 404, c->has_first ? "there is no article b" : "there is no article a",
                        "give the ids of two articles, percent-encoded");
        else
            api_refuse_code(p->x, call->status, call->problem);
        free_comparison(c);
        return;
    }
    if (!c->has_first) { /* that was a: now b */
        c->has_first = true;
        c->first_article = call->article;
        call->article = (struct dupd_buf){0};
        dupd_buf_clear(&call->verdict);
        dupd_buf_clear(&p->id);
        api_parameter(http_request(p->x), "b", &p->id);
        api_pending_start(p);
        return;
    }
    c->work.data = c;
    if (uv_queue_work(p->api->loop, &c->work, work, after_work)) {
        http_refuse(p->x, 503, NULL, NULL);
        free_comparison(c);
    }
}

void api_compare(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    static const char *const names[] = {"a", "b", "collection", NULL};
    struct api_pending *p = NULL;
    (void)argument;
    if (!api_has_only(x, names))
        return;
    struct comparison *c = calloc(1, sizeof *c);
    if (c)
        p = api_pending_new(a, x, API_FETCH, on_fetched);
    else
        http_refuse(x, 503, NULL, NULL);
    if (!p) {
        free(c);
        return;
    }
    p->data = c;
    c->pending = p;
    api_parameter(http_request(x), "collection", &p->collection);
    struct dupd_buf other = {0};
    bool both = api_parameter(http_request(x), "a", &p->id) == 1 &&
                api_parameter(http_request(x), "b", &other) == 1 && p->id.len && other.len &&
                p->id.len <= DUPD_ID_MAX && other.len <= DUPD_ID_MAX;
    dupd_buf_close(&other);
    if (both) {
        api_pending_start(p);
        return;
    }
    http_refuse(x, 400, "two ids are needed", "ask for /api/v1/compare?a=ID&b=ID");
    free_comparison(c);
}
