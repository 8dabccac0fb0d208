/*
 * html_ld.c: the article's own description in JSON-LD (schema.org NewsArticle and its relatives).
 *
 * Walks the objects of the script, at most LD_DEPTH deep, and takes the first that is an article;
 * pages and videos about it only where the article says nothing. Cost: each level of nesting that
 * is walked reads the script once.
 */
#include "dupd/error.h"
#include "html_json.h"
#include "html_meta.h"

#define LD_DEPTH 6
#define AUTHORS_MAX 8

enum ld_kind { LD_OTHER, LD_PAGE, LD_ARTICLE };

static bool ends_with(struct dupd_view v, const char *tail)
{
    size_t n = strlen(tail);
    return v.len >= n && memcmp(v.ptr + v.len - n, tail, n) == 0;
}

static enum ld_kind kind_of_name(struct dupd_view type)
{
    if (ends_with(type, "Article\"") || ends_with(type, "Posting\"") ||
        ends_with(type, "Report\"") || ends_with(type, "Review\"") ||
        ends_with(type, "Reportage\""))
        return LD_ARTICLE;
    return ends_with(type, "WebPage\"") || ends_with(type, "ItemPage\"") ? LD_PAGE : LD_OTHER;
}

/* @type is a string or an array of strings. */
static enum ld_kind kind_of(struct dupd_view type)
{
    if (json_type(type) != '[')
        return kind_of_name(type);
    enum ld_kind best = LD_OTHER;
    struct dupd_view key = {NULL, 0}, value;
    while (json_next(&type, &key, &value)) {
        enum ld_kind kind = kind_of_name(value);
        best = kind > best ? kind : best;
    }
    return best;
}

/* Member `name` of an object; empty if there is none. */
static struct dupd_view member(struct dupd_view object, const char *name)
{
    struct dupd_view key = {NULL, 0}, value;
    if (json_type(object) == '{')
        while (json_next(&object, &key, &value))
            if (json_is(key, name))
                return value;
    return (struct dupd_view){NULL, 0};
}

static void offer(struct html_meta *m, enum meta_field field, unsigned rank, struct dupd_view value)
{
    struct dupd_buf text = {0};
    if (json_type(value) == '"' || (json_type(value) == 'x' && field == META_DATE)) {
        if (json_text(value, &text))
            m->status = DUPD_ENOMEM;
        else
            html_meta_offer(m, field, rank, dupd_buf_view(&text));
    }
    dupd_buf_close(&text);
}

/* Adds the name in `value`: a string, or an object with a name. */
static int add_name(struct dupd_view value, struct dupd_buf *out)
{
    struct dupd_view name = json_type(value) == '{' ? member(value, "name") : value;
    if (json_type(name) != '"' || name.len <= 2)
        return 0;
    if (out->len && dupd_buf_add_str(out, ", "))
        return DUPD_ENOMEM;
    return json_text(name, out);
}

/* A name, an object with a name, or an array of those, as one line. */
static void offer_names(struct html_meta *m, enum meta_field field, unsigned rank,
                        struct dupd_view value)
{
    struct dupd_buf text = {0};
    struct dupd_view key = {NULL, 0}, one;
    int rc = 0;
    if (json_type(value) == '[')
        for (int i = 0; i < AUTHORS_MAX && !rc && json_next(&value, &key, &one); i++)
            rc = add_name(one, &text);
    else
        rc = add_name(value, &text);
    if (rc)
        m->status = DUPD_ENOMEM;
    else
        html_meta_offer(m, field, rank, dupd_buf_view(&text));
    dupd_buf_close(&text);
}

static void offer_url(struct html_meta *m, unsigned rank, struct dupd_view value)
{
    offer(m, META_URL, rank, json_type(value) == '{' ? member(value, "@id") : value);
}

static void read_article(struct html_meta *m, struct dupd_view object, bool article)
{
    unsigned lower = article ? 0 : 60; /* what a page says about itself ranks below the tags */
    struct dupd_view key = {NULL, 0}, value;
    while (json_next(&object, &key, &value)) {
        if (json_is(key, "headline"))
            offer(m, META_TITLE, 90 - lower, value);
        else if (json_is(key, "name"))
            offer(m, META_TITLE, 85 - lower, value);
        else if (json_is(key, "datePublished"))
            offer(m, META_DATE, 90 - lower, value);
        else if (json_is(key, "dateCreated"))
            offer(m, META_DATE, 65 - lower, value);
        else if (json_is(key, "author") || json_is(key, "creator"))
            offer_names(m, META_BYLINE, (key.len == 8 ? 90 : 85) - lower, value);
        else if (json_is(key, "publisher"))
            offer_names(m, META_SITE, 90 - lower, value);
        else if (json_is(key, "inLanguage"))
            offer(m, META_LANG, 70 - lower, value);
        else if (json_is(key, "url"))
            offer_url(m, 70 - lower, value);
        else if (json_is(key, "mainEntityOfPage"))
            offer_url(m, 65 - lower, value);
        else if (json_is(key, "articleBody") && article)
            offer(m, META_BODY, 90, value);
    }
}

/* Objects that stand one below the other: a stack of walks instead of recursion. */
void html_ld_read(struct html_meta *m, struct dupd_view json)
{
    struct {
        struct dupd_view rest, key;
    } walk[LD_DEPTH];
    size_t skip = 0;
    while (skip < json.len && json.ptr[skip] != '{' && json.ptr[skip] != '[')
        skip++; /* comments and CDATA marks before it */
    struct dupd_view whole = {json.ptr + skip, json.len - skip}, value = whole;
    int depth = 0;
    for (;;) {
        enum ld_kind kind = kind_of(member(value, "@type"));
        if (kind != LD_OTHER)
            read_article(m, value, kind == LD_ARTICLE);
        if (depth < LD_DEPTH && (json_type(value) == '{' || json_type(value) == '[')) {
            walk[depth].rest = value;
            walk[depth++].key = (struct dupd_view){NULL, 0};
        }
        while (depth && !json_next(&walk[depth - 1].rest, &walk[depth - 1].key, &value))
            depth--;
        if (!depth || m->status)
            return;
    }
}
