/*
 * view_read.c: one pass over a JSON object, keeping the fields that the view shows.
 *
 * What is read was written by dupd, but comes through Redis, where anybody may write: every field
 * may have any type, and one of the wrong type counts as absent. Fails for broken JSON and lack of
 * memory.
 */
#include "daemon/view_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "dupd/article.h"
#include "dupd/error.h"
#include "input/json_read.h"

void view_fields_close(struct view_fields *f)
{
    dupd_buf_close(&f->memory);
}

struct dupd_view view_text_of(const struct view_fields *f, struct view_text t)
{
    return t.there ? (struct dupd_view){f->memory.ptr + t.at, t.len} : (struct dupd_view){0};
}

int64_t view_time_ms(struct dupd_view text)
{
    struct dupd_time t;
    if (text.len == 0 || !dupd_time_parse(text, &t))
        return 0;
    int64_t ms = t.seconds * 1000;
    const char *dot = memchr(text.ptr, '.', text.len);
    if (dot && text.ptr + text.len - dot > 3) {
        for (int i = 1, unit = 100; i <= 3 && dot[i] >= '0' && dot[i] <= '9'; i++, unit /= 10)
            ms += (dot[i] - '0') * unit;
    }
    return ms > 0 ? ms : 0;
}

static int keep(struct view_fields *f, const struct json_value *v, struct view_text *out)
{
    *out = (struct view_text){0};
    if (v->kind != JSON_STRING)
        return DUPD_OK;
    size_t at = f->memory.len;
    int rc = json_read_string(v, &f->memory);
    if (!rc)
        *out = (struct view_text){at, f->memory.len - at, true};
    return rc;
}

static double number(const struct json_value *v)
{
    char text[40];
    if (v->kind != JSON_NUMBER || v->raw.len >= sizeof text)
        return 0;
    memcpy(text, v->raw.ptr, v->raw.len);
    text[v->raw.len] = 0;
    return strtod(text, NULL);
}

static int64_t integer(const struct json_value *v)
{
    double d = number(v);
    return d > 0 && d < 9e15 ? (int64_t)d : 0;
}

/* "412" or 412 */
static int64_t story_number(const struct json_value *v)
{
    int64_t n = 0;
    if (v->kind != JSON_STRING && v->kind != JSON_NUMBER)
        return 0;
    if (v->raw.len == 0 || v->raw.len > 18)
        return 0;
    for (size_t i = 0; i < v->raw.len; i++) {
        if (v->raw.ptr[i] < '0' || v->raw.ptr[i] > '9')
            return 0;
        n = n * 10 + (v->raw.ptr[i] - '0');
    }
    return n;
}

static bool is(const struct json_value *key, const char *name)
{
    return json_string_is(key, dupd_view_of(name));
}

/* Enters an object; false for everything else. */
static bool enter(struct json_reader *r, const struct json_value *v)
{
    json_start(r, v->raw);
    return v->kind == JSON_OBJECT && json_read_object(r);
}

static int article_member(struct view_fields *f, struct view_article *a,
                          const struct json_value *key, const struct json_value *v)
{
    struct view_text *where = is(key, "id")             ? &a->id
                              : is(key, "url")          ? &a->url
                              : is(key, "source")       ? &a->source
                              : is(key, "title")        ? &a->title
                              : is(key, "published_at") ? &a->published
                                                        : NULL;
    return where ? keep(f, v, where) : DUPD_OK;
}

static int read_article(struct view_fields *f, struct view_article *a, const struct json_value *in)
{
    struct json_reader r;
    struct json_value key, v;
    int got = 0, rc = 0;
    if (!enter(&r, in))
        return DUPD_OK;
    while (!rc && (got = json_read_member(&r, &key, &v)) == 1)
        rc = article_member(f, a, &key, &v);
    a->there = a->id.there;
    return rc ? rc : got;
}

static int read_agency(struct view_fields *f, const struct json_value *in)
{
    struct json_reader r;
    struct json_value key, v;
    int got = 0, rc = 0;
    if (!enter(&r, in))
        return DUPD_OK;
    while (!rc && (got = json_read_member(&r, &key, &v)) == 1)
        if (is(&key, "name"))
            rc = keep(f, &v, &f->agency);
    return rc ? rc : got;
}

/* The next element of an array whose text, brackets included, r stands in; false at its end. */
static bool next_element(struct json_reader *r, struct json_value *v)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == ',' || *r->at == '[' || *r->at == '\n'))
        r->at++;
    return r->at < r->end && *r->at != ']' && json_read_value(r, v);
}

static int read_containment(struct view_fields *m, const struct json_value *in)
{
    struct json_reader r;
    struct json_value key, v;
    int got = 0;
    if (!enter(&r, in))
        return DUPD_OK;
    while ((got = json_read_member(&r, &key, &v)) == 1) {
        if (is(&key, "of_this"))
            m->of_this = number(&v);
        else if (is(&key, "of_match"))
            m->of_match = number(&v);
    }
    return got;
}

static int read_verdict(struct view_fields *f, const struct json_value *v)
{
    struct view_text text;
    int rc = keep(f, v, &text);
    if (!rc)
        f->verdict = dupd_verdict_parse(view_text_of(f, text));
    return rc;
}

/* A match: whose it is, and its figures. What is no object leaves *m as it is. */
static int read_match(struct view_fields *m, const struct json_value *in,
                      struct view_text *direction)
{
    struct json_reader r;
    struct json_value key, v;
    int got = 0, rc = 0;
    if (!enter(&r, in))
        return DUPD_OK;
    while (!rc && (got = json_read_member(&r, &key, &v)) == 1) {
        if (is(&key, "id"))
            rc = keep(m, &v, &m->id);
        else if (is(&key, "direction"))
            rc = keep(m, &v, direction);
        else if (is(&key, "verdict"))
            rc = read_verdict(m, &v);
        else if (is(&key, "score"))
            m->score = number(&v);
        else if (is(&key, "containment"))
            rc = read_containment(m, &v);
        else if (is(&key, "rewriting"))
            m->rewriting = number(&v);
        else if (is(&key, "prose_words"))
            m->prose_words = integer(&v);
    }
    return rc ? rc : got;
}

/* The figures of the first of the earlier ones that the origin's id names. */
static int take_match(struct view_fields *f, const struct json_value *in, bool *taken)
{
    struct view_fields m = {.verdict = -1};
    struct view_text direction = {0};
    int rc = read_match(&m, in, &direction);
    struct dupd_view id = view_text_of(&m, m.id), origin = view_text_of(f, f->origin.id);
    bool from = dupd_view_equal(view_text_of(&m, direction), DUPD_VIEW("from"));
    if (!rc && from && (origin.len == 0 || dupd_view_equal(id, origin))) {
        *taken = true;
        f->of_this = m.of_this;
        f->of_match = m.of_match;
        f->rewriting = m.rewriting;
        f->prose_words = m.prose_words;
    }
    view_fields_close(&m);
    return rc;
}

static int read_matches(struct view_fields *f, const struct json_value *in)
{
    struct json_reader r;
    struct json_value v;
    bool taken = false;
    int rc = 0;
    if (in->kind != JSON_ARRAY)
        return DUPD_OK;
    json_start(&r, in->raw);
    while (!rc && !taken && next_element(&r, &v))
        rc = take_match(f, &v, &taken);
    return rc;
}

/* Is it a copy that this verdict's article is the origin of? */
static int take_later(const struct json_value *in, struct view_later *out, bool *is_one)
{
    struct view_fields m = {.verdict = -1};
    struct view_text direction = {0};
    int rc = read_match(&m, in, &direction);
    *is_one = !rc && dupd_view_equal(view_text_of(&m, direction), DUPD_VIEW("to")) && m.id.there &&
              m.verdict >= 0 && dupd_verdict_is_copy((enum dupd_verdict)m.verdict);
    if (*is_one) {
        out->verdict = m.verdict;
        out->score = m.score;
        dupd_buf_clear(&out->id);
        rc = dupd_buf_add_view(&out->id, view_text_of(&m, m.id));
    }
    view_fields_close(&m);
    return rc;
}

static int read_laters(const struct json_value *in, unsigned at, struct view_later *out)
{
    struct json_reader r;
    struct json_value v;
    bool is_one;
    int rc = 0;
    if (in->kind != JSON_ARRAY)
        return DUPD_OK;
    json_start(&r, in->raw);
    while (!rc && next_element(&r, &v)) {
        rc = take_later(&v, out, &is_one);
        if (!rc && is_one && at-- == 0)
            return 1;
    }
    return rc;
}

int view_later_read(struct dupd_view verdict, unsigned at, struct view_later *out)
{
    struct json_reader r;
    struct json_value key, v;
    int got = 0;
    json_start(&r, verdict);
    if (!json_read_object(&r))
        return DUPD_ESYNTAX;
    while ((got = json_read_member(&r, &key, &v)) == 1)
        if (is(&key, "matches"))
            return read_laters(&v, at, out);
    return got;
}

static int read_time(struct view_fields *f, const struct json_value *v)
{
    struct view_text text;
    int rc = keep(f, v, &text);
    if (!rc && text.there)
        f->decided_ms = view_time_ms(view_text_of(f, text));
    return rc;
}

static int read_member(struct view_fields *f, const struct json_value *key,
                       const struct json_value *v)
{
    if (is(key, "collection"))
        return keep(f, v, &f->collection);
    if (is(key, "verdict"))
        return read_verdict(f, v);
    if (is(key, "origin"))
        return read_article(f, &f->origin, v);
    if (is(key, "matches"))
        return read_matches(f, v);
    if (is(key, "agency"))
        return read_agency(f, v);
    if (is(key, "reason"))
        return keep(f, v, &f->reason);
    if (is(key, "event"))
        return keep(f, v, &f->event);
    if (is(key, "content_hash"))
        return keep(f, v, &f->content);
    if (is(key, "decided_at") || is(key, "at"))
        return read_time(f, v);
    if (is(key, "copy"))
        f->copy = v->kind == JSON_BOOL && v->raw.len == 4;
    else if (is(key, "replay"))
        f->replay = v->kind == JSON_BOOL && v->raw.len == 4;
    else if (is(key, "credited"))
        f->credited = v->kind == JSON_BOOL ? v->raw.len == 4 : -1;
    else if (is(key, "score"))
        f->score = number(v);
    else if (is(key, "words"))
        f->words = integer(v);
    else if (is(key, "took_us"))
        f->took_us = integer(v);
    else if (is(key, "story"))
        f->story = story_number(v);
    else if (is(key, "into"))
        f->into = story_number(v);
    else
        return article_member(f, &f->article, key, v);
    return DUPD_OK;
}

int view_fields_read(struct view_fields *f, struct dupd_view json)
{
    struct dupd_buf memory = f->memory;
    struct json_reader r;
    struct json_value key, v;
    int got = 0, rc = 0;
    dupd_buf_clear(&memory);
    *f = (struct view_fields){.memory = memory, .verdict = -1, .credited = -1};
    json_start(&r, json);
    if (!json_read_object(&r))
        return DUPD_ESYNTAX;
    while (!rc && (got = json_read_member(&r, &key, &v)) == 1) {
        rc = read_member(f, &key, &v);
    }
    rc = rc ? rc : got ? got : json_end(&r);
    f->id = f->article.id;
    f->article.there = f->article.id.there;
    return rc;
}
