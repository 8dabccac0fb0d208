/*
 * api_add.c: POST /api/v1/articles: one JSON object, or one a line.
 *
 * One object: its verdict, or 422 with what is wrong. Lines: they are handed to the daemon a few
 * at a time and judged in order, and each answers with a line of its own, in order, whatever
 * happens to the others: {"line":3,"id":…,"verdict":…,…} or {"line":4,"error":…}. Only what was
 * answered with a verdict is stored; a client whose connection breaks sends everything again, which
 * replays.
 *
 * Memory: the body, the lines of the answer (about 150 bytes each), and LINES_AT_ONCE verdicts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/api_server.h"
#include "daemon/view_read.h"
#include "dupd/error.h"

#define LINES_AT_ONCE 32u
/* No moment of arrival, by which articles of a queue are told apart. */
#define TOGETHER (1ull << 63)

struct line {
    struct batch *batch;
    uint64_t number;
    bool done;
    struct dupd_buf answer;
};

struct batch {
    struct api *api;
    struct http_exchange *x;
    struct dupd_view rest; /* of the body */
    uint64_t number;       /* of the last line taken */
    struct line line[LINES_AT_ONCE];
    unsigned first, count; /* a ring: the lines under way, in order */
    struct dupd_buf out;
    bool is_import;
    bool failed; /* no memory for the answer */
    bool busy;   /* inside advance: answers that come now are looked at there */
};

static void on_added(struct api_call *call)
{
    struct api_pending *p = call->data;
    if (call->status)
        api_refuse_code(p->x, call->status, call->problem);
    else
        api_json(p->x, 200, &call->verdict);
    api_pending_free(p);
}

/* ---- lines ---- */

/* The next line that is not blank. */
static bool next_line(struct batch *b, struct dupd_view *line)
{
    while (b->rest.len) {
        const char *stop = memchr(b->rest.ptr, '\n', b->rest.len);
        size_t n = stop ? (size_t)(stop - b->rest.ptr) : b->rest.len;
        *line = (struct dupd_view){b->rest.ptr, n};
        b->rest.ptr += stop ? n + 1 : n;
        b->rest.len -= stop ? n + 1 : n;
        b->number++;
        while (line->len && strchr(" \t\r", line->ptr[line->len - 1]))
            line->len--;
        if (line->len)
            return true;
    }
    return false;
}

static void put_text(struct json_writer *w, const char *key, struct dupd_view text)
{
    json_key(w, key);
    json_string_or_null(w, text);
}

static void write_answer(struct line *l, const struct api_call *call)
{
    struct view_fields f = {0};
    struct json_writer w;
    json_begin(&w, &l->answer);
    json_open(&w, '{');
    json_key(&w, "line");
    json_int(&w, (int64_t)l->number);
    int rc = call->status ? call->status : view_fields_read(&f, dupd_buf_view(&call->verdict));
    if (rc) {
        put_text(&w, "error", dupd_view_of(call->problem[0] ? call->problem : dupd_error_text(rc)));
        json_key(&w, "again"); /* is it worth sending this line once more? */
        json_bool(&w, api_status_of(rc) >= 500);
    } else {
        char story[24];
        int n = snprintf(story, sizeof story, "%lld", (long long)f.story);
        put_text(&w, "id", view_text_of(&f, f.id));
        put_text(&w, "verdict", dupd_view_of(dupd_verdict_name((enum dupd_verdict)f.verdict)));
        json_key(&w, "copy");
        json_bool(&w, f.copy);
        json_key(&w, "score");
        json_real(&w, f.score);
        put_text(&w, "story", (struct dupd_view){story, f.story ? (size_t)n : 0});
        put_text(&w, "origin", view_text_of(&f, f.origin.id));
        json_key(&w, "replay");
        json_bool(&w, f.replay);
    }
    json_close(&w, '}');
    if (json_status(&w) || dupd_buf_add_char(&l->answer, '\n'))
        dupd_buf_clear(&l->answer);
    view_fields_close(&f);
}

static void advance(struct batch *b);

static void on_line(struct api_call *call)
{
    struct api_pending *p = call->data;
    struct line *l = p->data;
    struct batch *b = l->batch;
    write_answer(l, call);
    l->done = true;
    api_pending_free(p);
    if (!b->busy)
        advance(b);
}

static void refuse_line(struct line *l, int status, size_t limit)
{
    struct api_call none = {.status = status};
    if (status == DUPD_ETOOBIG)
        snprintf(none.problem, sizeof none.problem,
                 "the object has more than %zu bytes; raise --max-message if that is meant", limit);
    write_answer(l, &none);
    l->done = true;
}

static void start_line(struct batch *b, struct dupd_view text)
{
    struct line *l = &b->line[(b->first + b->count++) % LINES_AT_ONCE];
    dupd_buf_clear(&l->answer);
    l->batch = b;
    l->number = b->number;
    l->done = false;
    struct api_pending *p = text.len > b->api->options.message_max ? NULL : calloc(1, sizeof *p);
    if (!p) {
        refuse_line(l, text.len > b->api->options.message_max ? DUPD_ETOOBIG : DUPD_ENOMEM,
                    b->api->options.message_max);
        return;
    }
    p->api = b->api;
    p->data = l;
    p->call = (struct api_call){.kind = API_ADD,
                                .form = ARTICLE_JSON,
                                .bytes = text,
                                .is_import = b->is_import,
                                .together = (uintptr_t)b | TOGETHER,
                                .done = on_line,
                                .data = p};
    b->api->calls++;
    api_parameter(http_request(b->x), "collection", &p->collection);
    api_pending_start(p);
}

/* ?import=yes: an archive, whose dates are believed. False: it cannot be told, and was refused. */
static bool read_import(struct http_exchange *x, bool *yes)
{
    static const char *const word[] = {"no", "false", "0", "", "yes", "true", "1"};
    struct dupd_buf value = {0};
    int given = api_parameter(http_request(x), "import", &value);
    int i = given == 0 ? 0 : 6;
    while (i >= 0 && given && !dupd_view_equal(dupd_buf_view(&value), dupd_view_of(word[i])))
        i--;
    dupd_buf_close(&value);
    *yes = i > 3;
    if (given < 0)
        http_refuse(x, 503, NULL, NULL);
    else if (i < 0)
        http_refuse(x, 400, "the parameter import is not yes or no", API_SEE);
    return given >= 0 && i >= 0;
}

static void finish(struct batch *b)
{
    struct http_answer answer = {.status = 200, .type = "application/x-ndjson", .body = &b->out};
    struct api *a = b->api;
    if (b->failed)
        http_refuse(b->x, 503, NULL, NULL);
    else
        http_reply(b->x, &answer);
    for (unsigned i = 0; i < LINES_AT_ONCE; i++)
        dupd_buf_close(&b->line[i].answer);
    dupd_buf_close(&b->out);
    free(b);
    a->calls--;
    api_settle(a);
}

/* Takes over what is answered, in order, and starts further lines. */
static void advance(struct batch *b)
{
    struct dupd_view text;
    bool more = true;
    b->busy = true;
    while (more || (b->count && b->line[b->first].done)) {
        for (; b->count && b->line[b->first].done; b->count--) {
            struct dupd_buf *answer = &b->line[b->first].answer;
            if (answer->len == 0 || dupd_buf_add_view(&b->out, dupd_buf_view(answer)))
                b->failed = true;
            b->first = (b->first + 1) % LINES_AT_ONCE;
        }
        more = b->count < LINES_AT_ONCE && !b->api->closing && next_line(b, &text);
        if (more)
            start_line(b, text);
    }
    b->busy = false;
    if (b->count == 0)
        finish(b);
}

void api_add(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    static const char *const names[] = {"import", "collection", NULL};
    const struct http_request *r = http_request(x);
    bool is_import;
    (void)argument;
    if (!api_has_only(x, names) || !read_import(x, &is_import))
        return;
    if (api_is_ndjson(r)) {
        struct batch *b = a->calls < a->options.calls_max ? calloc(1, sizeof *b) : NULL;
        if (!b) {
            http_refuse(x, 503, NULL, NULL);
            return;
        }
        b->api = a;
        b->x = x;
        b->rest = api_body(x);
        b->is_import = is_import;
        a->calls++; /* the batch itself: it keeps the api alive */
        advance(b);
        return;
    }
    struct api_pending *p = api_pending_new(a, x, API_ADD, on_added);
    if (!p)
        return;
    p->call.form = ARTICLE_JSON;
    p->call.bytes = api_body(x);
    p->call.is_import = is_import;
    api_parameter(r, "collection", &p->collection);
    api_pending_start(p);
}
