/*
 * answer_news.c: what is published beside a verdict when the daemon answers the queue itself.
 *
 * Happy path: the alerts that the commit claimed and the story events are in the work's news (see
 * news.h); each alert gets the key by which it is claimed in Redis, one for each story and outlet.
 *
 * A worker that is killed between making a verdict durable and telling it leaves the alert unsaid:
 * whoever gets the entry next finds the verdict, not the alert. So for a stored verdict of an entry
 * that was delivered before, the article's own alert is written again from the verdict; its key
 * makes sure that it is said once. What cannot be written again is the alert of an origin that came
 * late (reason origin_arrived), and the story events.
 */
#include "daemon/delivery.h"
#include "daemon/news.h"
#include "engine/json_write.h"
#include "input/json_pick.h"

static int add_key(struct answer_news *n, const char *prefix, struct dupd_view json,
                   struct answer_span *key)
{
    struct dupd_buf outlet = {0};
    size_t at = n->memory.len;
    int rc = json_pick_text(json, "source", &outlet);
    if (!rc && outlet.len == 0) /* an article without an outlet stands for itself */
        rc = json_pick_text(json, "id", &outlet);
    rc = rc ? rc : dupd_buf_addf(&n->memory, "%s:al:", prefix);
    rc = rc ? rc : dupd_buf_add_view(&n->memory, json_pick(json, "story"));
    rc = rc ? rc : dupd_buf_add_char(&n->memory, ':');
    rc = rc ? rc : dupd_buf_add_view(&n->memory, dupd_buf_view(&outlet));
    *key = (struct answer_span){at, n->memory.len - at};
    dupd_buf_close(&outlet);
    return rc;
}

static int add_alert(struct answer_news *n, const char *prefix, struct dupd_view json)
{
    if (n->alert_count == ANSWER_ALERTS_MAX)
        return DUPD_OK;
    int rc = add_key(n, prefix, json, &n->alert[n->alert_count].key);
    n->alert[n->alert_count].json = (struct answer_span){n->memory.len, json.len};
    rc = rc ? rc : dupd_buf_add_view(&n->memory, json);
    n->alert_count += !rc;
    return rc;
}

static int add_event(struct answer_news *n, struct dupd_view json)
{
    if (n->event_count == ANSWER_EVENTS_MAX)
        return DUPD_OK;
    n->event[n->event_count] = (struct answer_span){n->memory.len, json.len};
    int rc = dupd_buf_add_view(&n->memory, json);
    n->event_count += !rc;
    return rc;
}

/* A member of the verdict as it stands there; strings with their quotation marks. */
static int copy_member(struct dupd_buf *out, const char *key, struct dupd_view verdict,
                       const char *member)
{
    struct dupd_view raw = json_pick(verdict, member);
    bool quoted = raw.ptr && raw.ptr > verdict.ptr && raw.ptr[-1] == '"';
    int rc = dupd_buf_addf(out, ",\"%s\":%s", key, quoted ? "\"" : "");
    rc = rc ? rc : dupd_buf_add_view(out, raw.len || quoted ? raw : DUPD_VIEW("null"));
    return rc || !quoted ? rc : dupd_buf_add_char(out, '"');
}

/* The article's own alert, from its verdict, as docs/alert.schema.json has it. */
static int write_again(struct dupd_buf *out, struct dupd_view verdict, const struct dupd_article *a)
{
    struct json_writer w;
    int rc = dupd_buf_add_str(out, "{\"v\":1,\"reason\":\"copy\"");
    rc = rc ? rc : copy_member(out, "story", verdict, "story");
    rc = rc ? rc : dupd_buf_add_char(out, ',');
    json_begin(&w, out);
    json_key(&w, "id");
    json_string(&w, a->id);
    json_key(&w, "source");
    json_string_or_null(&w, a->source);
    json_key(&w, "url");
    json_string_or_null(&w, a->url);
    json_key(&w, "title");
    json_string_or_null(&w, a->title);
    rc = rc ? rc : json_status(&w);
    rc = rc ? rc : copy_member(out, "verdict", verdict, "verdict");
    rc = rc ? rc : copy_member(out, "score", verdict, "score");
    rc = rc ? rc : copy_member(out, "origin", verdict, "origin");
    rc = rc ? rc : copy_member(out, "agency", verdict, "agency");
    rc = rc ? rc : copy_member(out, "credited", verdict, "credited");
    rc = rc ? rc : copy_member(out, "at", verdict, "decided_at");
    return rc ? rc : dupd_buf_add_char(out, '}');
}

/* Nobody is told of what an outlet copies from itself. */
static bool is_at_home(struct dupd_view verdict, struct dupd_view source)
{
    struct dupd_buf other = {0};
    bool same = json_pick_text(json_pick(verdict, "origin"), "source", &other) == 0 && other.len &&
                dupd_view_equal(dupd_buf_view(&other), source);
    dupd_buf_close(&other);
    return same;
}

static int alert_again(struct answer_news *n, const char *prefix, const struct work *w)
{
    struct dupd_view verdict = dupd_buf_view(&w->json);
    const struct dupd_article *a = &w->analysis.article;
    if (!dupd_view_equal(json_pick(verdict, "copy"), DUPD_VIEW("true")) ||
        json_pick(verdict, "origin").len < 2 || is_at_home(verdict, a->source))
        return DUPD_OK;
    struct dupd_buf alert = {0};
    int rc = write_again(&alert, verdict, a);
    rc = rc ? rc : add_alert(n, prefix, dupd_buf_view(&alert));
    dupd_buf_close(&alert);
    return rc;
}

int answer_news_read(struct answer_news *n, const char *prefix, const struct work *w, bool again)
{
    struct dupd_view json;
    size_t at = 0;
    enum news_kind kind;
    int rc = DUPD_OK;
    dupd_buf_clear(&n->memory);
    n->alert_count = n->event_count = 0;
    if (w->replay)
        return again ? alert_again(n, prefix, w) : DUPD_OK;
    while (!rc && (kind = news_next(&w->news, &at, &json))) {
        if (kind == NEWS_ALERT)
            rc = add_alert(n, prefix, json);
        else if (kind == NEWS_STORY)
            rc = add_event(n, json);
    }
    return rc;
}
