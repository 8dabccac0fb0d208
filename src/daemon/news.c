/* news.c: see news.h. JSON has no line ends of its own, so that lines separate. */
#include "daemon/news.h"

#include <stdio.h>

#include "dupd/error.h"
#include "engine/verdict_json.h"

static void put_number(struct json_writer *w, const char *key, uint64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    json_key(w, key);
    json_string(w, (struct dupd_view){text, (size_t)len});
}

/* One event; `origin` is JSON, or empty for null. */
static int add_event(struct dupd_buf *out, const char *event, uint64_t story, uint64_t into,
                     struct dupd_view origin, int64_t at_ms)
{
    struct json_writer w;
    int rc = dupd_buf_add_char(out, NEWS_STORY);
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "v");
    json_int(&w, 1);
    put_number(&w, "story", story);
    json_key(&w, "event");
    json_string(&w, dupd_view_of(event));
    json_key(&w, "origin");
    if (origin.len) {
        if (!w.status)
            w.status = dupd_buf_add_view(out, origin);
        w.comma = true;
    } else {
        json_null(&w);
    }
    if (into)
        put_number(&w, "into", into);
    json_key(&w, "at");
    json_time_ms(&w, at_ms);
    json_close(&w, '}');
    rc = rc ? rc : json_status(&w);
    return rc ? rc : dupd_buf_add_char(out, '\n');
}

static int add_stories(struct dupd_buf *out, struct dupd_view article, const struct judgement *j)
{
    const struct store_commit *c = j->commit;
    bool moved = c->new_origin && c->new_origin == c->n;
    int rc = 0;
    for (uint32_t i = 0; i < c->merge_count && !rc; i++)
        if (c->merge_from[i] != c->story)
            rc = add_event(out, "merged", c->merge_from[i], c->story, (struct dupd_view){0},
                           j->decided_ms);
    if (!rc && c->story == c->n)
        rc = add_event(out, "new", c->story, 0, article, j->decided_ms);
    else if (!rc && moved)
        rc = add_event(out, "origin_moved", c->story, 0, article, j->decided_ms);
    return rc;
}

int news_write(struct dupd_buf *out, const struct dupd_article *article, const struct judgement *j)
{
    const struct store_commit *c = j->commit;
    struct dupd_buf about = {0};
    struct json_writer w;
    json_begin(&w, &about);
    json_open(&w, '{');
    verdict_json_article(&w, article);
    json_close(&w, '}');
    int rc = json_status(&w);
    rc = rc ? rc : dupd_buf_addf(out, "%c%llu\n", NEWS_NUMBER, (unsigned long long)c->n);
    rc = rc ? rc : dupd_buf_add_char(out, NEWS_ARTICLE);
    rc = rc ? rc : dupd_buf_add_view(out, dupd_buf_view(&about));
    rc = rc ? rc : dupd_buf_add_char(out, '\n');
    for (uint32_t i = 0; i < c->alert_count && !rc; i++) {
        if (!c->alerts[i].claimed)
            continue;
        rc = dupd_buf_add_char(out, NEWS_ALERT);
        rc = rc ? rc : dupd_buf_add_view(out, c->alerts[i].json);
        rc = rc ? rc : dupd_buf_add_char(out, '\n');
    }
    rc = rc ? rc : add_stories(out, dupd_buf_view(&about), j);
    dupd_buf_close(&about);
    return rc;
}

enum news_kind news_next(const struct dupd_buf *news, size_t *at, struct dupd_view *json)
{
    if (*at >= news->len)
        return 0;
    enum news_kind kind = (enum news_kind)news->ptr[*at];
    const char *begin = news->ptr + *at + 1;
    const char *stop = memchr(begin, '\n', news->len - *at - 1);
    size_t n = stop ? (size_t)(stop - begin) : news->len - *at - 1;
    *json = (struct dupd_view){begin, n};
    *at += n + 2;
    return kind;
}
