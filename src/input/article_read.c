/*
 * article_read.c: items to articles.
 *
 * Happy path for JSON: walk the members once, keep the raw value of those that have a name of the
 * table, check their types, decode the few strings that have escapes. Strings without escapes stay
 * where they are, so that reading a 6 kB object costs about as much as copying it. A failure
 * concerns this article only and leaves one line in r->problem.
 */
#include "input/article_read.h"

#include <stdio.h>

#include "dupd/error.h"
#include "dupd/html.h"
#include "dupd/record.h"
#include "input/charset.h"
#include "input/json_read.h"

/* X(FIELD, "name"): the fields of DESIGN 2.1. */
#define FIELDS(X)                                                                                  \
    X(ID, "id")                                                                                    \
    X(BODY, "body")                                                                                \
    X(HTML, "html")                                                                                \
    X(TITLE, "title")                                                                              \
    X(URL, "url")                                                                                  \
    X(SOURCE, "source")                                                                            \
    X(PUBLISHED_AT, "published_at")                                                                \
    X(LANG, "lang")                                                                                \
    X(BYLINE, "byline")                                                                            \
    X(COLLECTION, "collection")

enum field {
#define FIELD_ENUM(name, text) FIELD_##name,
    FIELDS(FIELD_ENUM)
#undef FIELD_ENUM
        FIELD_COUNT
};

static const struct dupd_view field_name[FIELD_COUNT] = {
#define FIELD_NAME(name, text) {text, sizeof(text) - 1},
    FIELDS(FIELD_NAME)
#undef FIELD_NAME
};

struct fields {
    bool seen[FIELD_COUNT];
    struct json_value value[FIELD_COUNT];
    struct dupd_view text[FIELD_COUNT]; /* decoded; empty when absent */
};

void article_reader_init(struct article_reader *r)
{
    *r = (struct article_reader){0};
}

void article_reader_close(struct article_reader *r)
{
    dupd_buf_close(&r->strings);
    dupd_buf_close(&r->page);
    dupd_buf_close(&r->decoded);
}

static int out_of_memory(struct article_reader *r)
{
    snprintf(r->problem, sizeof r->problem, "%s", dupd_error_text(DUPD_ENOMEM));
    return DUPD_ENOMEM;
}

static int too_big(struct article_reader *r, const char *what, size_t size, size_t limit,
                   const char *option)
{
    snprintf(r->problem, sizeof r->problem,
             "%s has %zu bytes, more than the limit of %zu; raise %s if that is meant", what, size,
             limit, option);
    return DUPD_ETOOBIG;
}

static int field_of(const struct json_value *key)
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (json_string_is(key, field_name[i]))
            return i;
    }
    return -1;
}

static int given_twice(struct article_reader *r, struct dupd_view name)
{
    snprintf(r->problem, sizeof r->problem, "field \"%s\" is given twice; keep one", name.ptr);
    return DUPD_ESYNTAX;
}

/* Notes where the known fields stand; types are not looked at yet. A byte order mark, with which
 * some programs begin what they write, is not part of the object (RFC 8259, 8.1). */
static int walk(struct article_reader *r, struct dupd_view bytes, struct fields *f)
{
    struct json_reader json;
    struct json_value key, value;
    int more = 0;
    size_t mark = bytes.len >= 3 && memcmp(bytes.ptr, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    json_start(&json, (struct dupd_view){bytes.ptr + mark, bytes.len - mark});
    if (json_read_object(&json)) {
        while ((more = json_read_member(&json, &key, &value)) == 1) {
            int i = field_of(&key);
            if (i < 0)
                continue;
            if (f->seen[i])
                return given_twice(r, field_name[i]);
            f->seen[i] = true;
            f->value[i] = value;
        }
    }
    if (more < 0 || json_end(&json)) {
        snprintf(r->problem, sizeof r->problem, "not valid JSON at byte %zu: %s",
                 mark + json_read_offset(&json) + 1, json.problem);
        return DUPD_ESYNTAX;
    }
    return 0;
}

/* Checks the type of field i and makes its text. */
static int take(struct article_reader *r, struct fields *f, enum field i)
{
    const struct json_value *v = &f->value[i];
    if (!f->seen[i] || v->kind == JSON_NULL)
        return 0;
    if (i == FIELD_PUBLISHED_AT && v->kind == JSON_NUMBER) {
        f->text[i] = v->raw;
        return 0;
    }
    if (v->kind != JSON_STRING) {
        snprintf(r->problem, sizeof r->problem, "field \"%s\" is %s; it must be a string%s",
                 field_name[i].ptr, json_kind_text(v->kind),
                 i == FIELD_PUBLISHED_AT ? " or a number" : "");
        return DUPD_ETYPE;
    }
    f->text[i] = v->raw;
    if (!v->escaped)
        return 0;
    size_t begin = r->strings.len;
    if (json_read_string(v, &r->strings))
        return out_of_memory(r);
    f->text[i] = (struct dupd_view){r->strings.ptr + begin, r->strings.len - begin};
    return 0;
}

static void prefer(struct dupd_view *field, struct dupd_view given)
{
    if (given.len)
        *field = given;
}

/* An outlet is known by its host, as in every other article; the name that a page gives its site
 * stands in only where no address is known. */
static void prefer_host(struct dupd_article *out)
{
    char host[256];
    if (dupd_url_outlet(out->url, host))
        out->source = (struct dupd_view){0};
}

/* What a record has no room for is said here, where the field has a name. (A text whose invalid
 * bytes are replaced may still grow beyond it.) */
static int check_lengths(struct article_reader *r, const struct dupd_article *a)
{
    const struct {
        enum field field;
        struct dupd_view text;
        unsigned most;
    } row[] = {{FIELD_TITLE, a->title, DUPD_RECORD_FIELD_MAX},
               {FIELD_URL, a->url, DUPD_RECORD_FIELD_MAX},
               {FIELD_SOURCE, a->source, DUPD_RECORD_FIELD_MAX},
               {FIELD_LANG, a->lang, DUPD_RECORD_FIELD_MAX},
               {FIELD_BYLINE, a->byline, DUPD_RECORD_FIELD_MAX},
               {FIELD_COLLECTION, a->collection, DUPD_COLLECTION_MAX}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (row[i].text.len <= row[i].most)
            continue;
        snprintf(r->problem, sizeof r->problem,
                 "field \"%s\" has %zu bytes; at most %u are allowed", field_name[row[i].field].ptr,
                 row[i].text.len, row[i].most);
        return DUPD_ETOOBIG;
    }
    return 0;
}

static int from_page(struct article_reader *r, struct dupd_view page,
                     const struct article_limits *limits, struct dupd_view url,
                     struct dupd_article *out)
{
    struct dupd_view utf8;
    int rc = page.len > limits->max_message ? DUPD_ETOOBIG : 0;
    if (!rc)
        rc = charset_to_utf8(page, &r->decoded, &utf8);
    if (!rc) {
        struct dupd_html_options options = {.max_bytes = SIZE_MAX, .url = url};
        rc = dupd_html_extract(utf8, &options, &r->page, out);
    }
    if (rc == DUPD_ETOOBIG)
        return too_big(r, "the page", page.len, limits->max_message, "--max-message");
    if (rc == DUPD_EEMPTY)
        snprintf(r->problem, sizeof r->problem, "no article text found in the page");
    else if (rc)
        snprintf(r->problem, sizeof r->problem, "%s", dupd_error_text(rc));
    else if (out->text.len > limits->max_article)
        return too_big(r, "the text of the page", out->text.len, limits->max_article,
                       "--max-article");
    return rc;
}

/* What the fields say, checked against the limits. */
static int from_fields(struct article_reader *r, const struct fields *f,
                       const struct article_limits *limits, struct dupd_article *out)
{
    if (f->text[FIELD_ID].len > DUPD_ID_MAX) {
        snprintf(r->problem, sizeof r->problem,
                 "field \"id\" has %zu bytes; at most %u are allowed", f->text[FIELD_ID].len,
                 DUPD_ID_MAX);
        return DUPD_ETOOBIG;
    }
    if (f->text[FIELD_BODY].len > limits->max_article)
        return too_big(r, "field \"body\"", f->text[FIELD_BODY].len, limits->max_article,
                       "--max-article");
    if (f->text[FIELD_BODY].len) {
        out->text = f->text[FIELD_BODY];
    } else if (f->text[FIELD_HTML].len) {
        int rc = from_page(r, f->text[FIELD_HTML], limits, f->text[FIELD_URL], out);
        if (rc)
            return rc;
        prefer(&out->url, f->text[FIELD_URL]);
        prefer_host(out);
    } else {
        snprintf(r->problem, sizeof r->problem, "no text: neither \"body\" nor \"html\" is given");
        return DUPD_EEMPTY;
    }
    prefer(&out->id, f->text[FIELD_ID]);
    prefer(&out->title, f->text[FIELD_TITLE]);
    prefer(&out->url, f->text[FIELD_URL]);
    prefer(&out->source, f->text[FIELD_SOURCE]);
    prefer(&out->lang, f->text[FIELD_LANG]);
    prefer(&out->byline, f->text[FIELD_BYLINE]);
    prefer(&out->collection, f->text[FIELD_COLLECTION]);
    struct dupd_time published;
    if (f->text[FIELD_PUBLISHED_AT].len) {
        r->date_unreadable = !dupd_time_parse(f->text[FIELD_PUBLISHED_AT], &published);
        if (!r->date_unreadable)
            out->published = published;
    }
    return check_lengths(r, out);
}

static int from_json(struct article_reader *r, struct dupd_view bytes,
                     const struct article_limits *limits, struct dupd_article *out)
{
    struct fields f = {0};
    if (bytes.len > limits->max_message)
        return too_big(r, "the object", bytes.len, limits->max_message, "--max-message");
    int rc = walk(r, bytes, &f);
    /* All decoded strings together are shorter than the message: reserved once, nothing moves. */
    if (!rc && dupd_buf_reserve(&r->strings, bytes.len))
        rc = out_of_memory(r);
    for (int i = 0; i < FIELD_COUNT && !rc; i++)
        rc = take(r, &f, (enum field)i);
    return rc ? rc : from_fields(r, &f, limits, out);
}

static void begin(struct article_reader *r, struct dupd_article *out)
{
    *out = (struct dupd_article){0};
    dupd_buf_clear(&r->strings);
    dupd_buf_clear(&r->page);
    r->problem[0] = '\0';
    r->date_unreadable = false;
}

/* Index of the known field of that name, or -1. */
static int known_field(struct dupd_view name)
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (dupd_view_equal(name, field_name[i]))
            return i;
    }
    return -1;
}

int article_read_fields(struct article_reader *r, const struct article_field *field, size_t count,
                        const struct article_limits *limits, struct dupd_article *out)
{
    struct fields f = {0};
    const struct dupd_view *json = NULL;
    bool any = false;
    size_t bytes = 0;
    begin(r, out);
    for (size_t k = 0; k < count; k++) {
        int i = known_field(field[k].name);
        bool is_json = i < 0 && dupd_view_equal(field[k].name, DUPD_VIEW("json"));
        bytes += field[k].value.len;
        if (i >= 0 ? f.seen[i] : is_json && json)
            return given_twice(r, i >= 0 ? field_name[i] : DUPD_VIEW("json"));
        if (i >= 0) {
            f.seen[i] = any = true;
            f.text[i] = field[k].value;
        } else if (is_json) {
            json = &field[k].value;
        }
    }
    if (json && !any)
        return from_json(r, *json, limits, out);
    if (json && f.text[FIELD_BODY].len == 0 && f.text[FIELD_HTML].len == 0) {
        snprintf(r->problem, sizeof r->problem,
                 "field \"json\" must stand alone: put what the other fields say into the object");
        return DUPD_ESYNTAX;
    }
    if (bytes > limits->max_message)
        return too_big(r, "the entry", bytes, limits->max_message, "--max-message");
    return from_fields(r, &f, limits, out);
}

int article_read(struct article_reader *r, enum article_form form, struct dupd_view bytes,
                 const struct article_limits *limits, struct dupd_article *out)
{
    int rc;
    begin(r, out);
    switch (form) {
    case ARTICLE_JSON:
        return from_json(r, bytes, limits, out);
    case ARTICLE_HTML:
        rc = from_page(r, bytes, limits, (struct dupd_view){0}, out);
        prefer_host(out);
        return rc ? rc : check_lengths(r, out);
    case ARTICLE_TEXT:
        break;
    }
    if (bytes.len > limits->max_article)
        return too_big(r, "the text", bytes.len, limits->max_article, "--max-article");
    out->text = bytes;
    return 0;
}
