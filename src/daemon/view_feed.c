/*
 * view_feed.c: items into the view.
 *
 * Idempotent by identity: a verdict by collection, id and content; an alert by story and article;
 * a story event by what it sets. A verdict about new content of a known id takes the old one's
 * place. Events of the live feed are made here, once for each thing, when all about it is known.
 */
#include <stdio.h>

#include "daemon/view_db.h"
#include "dupd/article.h"
#include "dupd/error.h"

static struct dupd_view text(const struct view_fields *f, struct view_text t)
{
    struct dupd_view v = view_text_of(f, t);
    return t.there && !v.ptr ? DUPD_VIEW("") : v;
}

static int add_event(struct view *v, const char *name, int written)
{
    return written ? written
                   : view_run(v, VIEW_SQL_EVENT_ADD, "tt", dupd_view_of(name),
                              dupd_buf_view(&v->event));
}

static int touch_story(struct view *v, int64_t story)
{
    return story > 0 ? view_run(v, VIEW_SQL_STORY_TOUCH, "ii", story, v->last_seq) : DUPD_OK;
}

int view_remove(struct view *v, int64_t seq, int64_t story)
{
    int rc = view_run(v, VIEW_SQL_ITEM_UNFIND, "i", seq);
    rc = rc ? rc : view_run(v, VIEW_SQL_ITEM_DROP, "i", seq);
    return rc ? rc : touch_story(v, story);
}

/* The row of an article, as the live feed shows it. Only copies are news. */
static int tell_row(struct view *v, int64_t seq)
{
    struct view_ask a;
    struct json_writer w;
    dupd_buf_clear(&v->event);
    json_begin(&w, &v->event);
    view_ask_begin(&a, v, "SELECT " VIEW_ROW_COLUMNS " FROM item WHERE copy = 1 AND described = 1");
    view_ask_number(&a, " AND seq = ?", seq);
    bool found = view_ask_next(&a) == 1;
    if (found)
        view_write_row(&w, a.s);
    int rc = view_ask_end(&a);
    rc = rc ? rc : json_status(&w);
    return rc || !found ? rc : add_event(v, "verdict", 0);
}

static int describe_row(struct view *v, int64_t seq, int64_t story, struct dupd_view article)
{
    struct view_fields *f = &v->own;
    int rc = view_fields_read(f, article.len ? article : DUPD_VIEW("{}"));
    if (rc)
        return rc;
    struct view_article *a = &f->article;
    int64_t moment = view_time_ms(text(f, a->published));
    rc = view_run(v, VIEW_SQL_ITEM_DESCRIBE, "itttti", seq, text(f, a->source), text(f, a->url),
                  text(f, a->title), text(f, a->published), moment);
    if (rc || sqlite3_changes(v->db) == 0)
        return rc;
    rc = view_run(v, VIEW_SQL_ITEM_INDEX, "i", seq);
    rc = rc ? rc : touch_story(v, story);
    return rc ? rc : tell_row(v, seq);
}

struct found {
    bool there, same, described;
    int64_t seq, story;
};

static int find_row(struct view *v, struct dupd_view collection, struct dupd_view id,
                    struct dupd_view content, struct found *out)
{
    sqlite3_stmt *row;
    *out = (struct found){0};
    int rc = view_row(v, VIEW_SQL_ITEM_FIND, &row, "tt", collection, id);
    if (rc != 1)
        return rc;
    out->there = true;
    out->seq = sqlite3_column_int64(row, 0);
    out->same = dupd_view_equal(view_column(row, 1), content);
    out->described = sqlite3_column_int(row, 2) != 0;
    out->story = sqlite3_column_int64(row, 3);
    view_done(row);
    return DUPD_OK;
}

static int add_row(struct view *v, const struct view_fields *f, struct dupd_view collection,
                   int64_t story, int64_t now_ms, int64_t *seq)
{
    const struct view_article *o = &f->origin;
    int64_t decided = f->decided_ms ? f->decided_ms : now_ms;
    int rc = view_run(v, VIEW_SQL_ITEM_ADD, "tttiiditniiitttttdddi", collection, text(f, f->id),
                      text(f, f->content), (int64_t)f->verdict, (int64_t)f->copy, f->score, story,
                      text(f, f->agency), (int64_t)f->credited, f->words, decided, f->took_us,
                      text(f, o->id), text(f, o->url), text(f, o->source), text(f, o->title),
                      text(f, o->published), f->of_this, f->of_match, f->rewriting, f->prose_words);
    *seq = sqlite3_last_insert_rowid(v->db);
    if (!rc)
        v->last_seq = *seq;
    return rc;
}

/* In the story, or in what it was called before. */
static int find_seq(struct view *v, enum view_statement which, int64_t story, int64_t before,
                    struct dupd_view id, int64_t *seq)
{
    sqlite3_stmt *row;
    int rc = view_row(v, which, &row, "iti", story, id, before);
    if (rc != 1)
        return rc;
    *seq = sqlite3_column_int64(row, 0);
    view_done(row);
    return DUPD_OK;
}

/* An article that was no copy when it was decided, and is one since its origin came. The verdict
 * that was given stays what it is; who looks at a story wants to see what is known by now. */
static int become_copy(struct view *v, int64_t seq, int64_t alert, int64_t story)
{
    int rc = view_run(v, VIEW_SQL_ITEM_BECAME_COPY, "ii", seq, alert);
    rc = rc ? rc : touch_story(v, story);
    return rc ? rc : tell_row(v, seq);
}

static int feed_verdict(struct view *v, const struct view_item *item)
{
    struct view_fields *f = &v->fields;
    struct dupd_view collection = text(f, f->collection), id = text(f, f->id);
    struct found found;
    int64_t story = f->story;
    if (id.len == 0 || f->verdict < 0)
        return DUPD_ESYNTAX;
    if (collection.len == 0)
        collection = DUPD_VIEW("default");
    int rc = find_row(v, collection, id, text(f, f->content), &found);
    if (!rc && found.there && !found.same)
        rc = view_remove(v, found.seq, found.story);
    if (!rc && !(found.there && found.same)) {
        rc = view_follow(v, story, &story);
        rc = rc ? rc : add_row(v, f, collection, story, item->now_ms, &found.seq);
        rc = rc ? rc : touch_story(v, story);
        found.described = false;
        found.story = story;
        int64_t alert = 0; /* another worker's may have been told before the verdict */
        rc = rc ? rc : find_seq(v, VIEW_SQL_ALERT_OF_ITEM, story, f->story, id, &alert);
        if (!rc && alert)
            rc = become_copy(v, found.seq, alert, story);
    }
    if (!rc && !found.described && item->article.len)
        rc = describe_row(v, found.seq, found.story, item->article);
    return rc;
}

static bool tells_late_origin(const struct view_fields *f)
{
    return dupd_view_equal(text(f, f->reason), DUPD_VIEW("origin_arrived"));
}

static int feed_alert(struct view *v, const struct view_item *item)
{
    struct view_fields *f = &v->fields;
    const struct view_article *a = &f->article, *o = &f->origin;
    if (!f->id.there || f->story == 0 || f->verdict < 0)
        return DUPD_ESYNTAX;
    int64_t at = f->decided_ms ? f->decided_ms : item->now_ms;
    int rc = view_run(v, VIEW_SQL_ALERT_ADD, "itttttidtnittttt", f->story, text(f, f->id),
                      text(f, a->source), text(f, a->url), text(f, a->title), text(f, f->reason),
                      (int64_t)f->verdict, f->score, text(f, f->agency), (int64_t)f->credited, at,
                      text(f, o->id), text(f, o->url), text(f, o->source), text(f, o->title),
                      text(f, o->published));
    if (rc || sqlite3_changes(v->db) == 0)
        return rc;
    int64_t alert = sqlite3_last_insert_rowid(v->db), story = f->story, seq = 0;
    if (tells_late_origin(f)) {
        rc = view_follow(v, story, &story);
        rc = rc ? rc : find_seq(v, VIEW_SQL_ITEM_OF_ALERT, story, f->story, text(f, f->id), &seq);
        if (!rc && seq)
            rc = become_copy(v, seq, alert, story);
        if (rc)
            return rc;
    }
    dupd_buf_clear(&v->event);
    rc = view_write_alert(v, alert, &v->event);
    return add_event(v, "alert", rc);
}

static int tell_story(struct view *v, const struct view_fields *f, int64_t at)
{
    struct json_writer w;
    dupd_buf_clear(&v->event);
    json_begin(&w, &v->event);
    json_open(&w, '{');
    view_write_story_number(&w, "story", f->story);
    json_key(&w, "event");
    json_string(&w, text(f, f->event));
    view_write_story_number(&w, "into", f->into);
    view_write_moment(&w, "at", at);
    json_close(&w, '}');
    return add_event(v, "story", json_status(&w));
}

static int merge_story(struct view *v, int64_t story, int64_t into)
{
    int rc = view_follow(v, into, &into);
    if (rc || into == story || into == 0)
        return rc;
    rc = touch_story(v, story);
    rc = rc ? rc : view_run(v, VIEW_SQL_STORY_MERGE, "ii", story, into);
    rc = rc ? rc : view_run(v, VIEW_SQL_ITEM_MOVE, "ii", story, into);
    rc = rc ? rc : view_run(v, VIEW_SQL_ITEMS_BECAME_COPIES, "ii", story, into);
    return rc ? rc : touch_story(v, into);
}

static int feed_story(struct view *v, const struct view_item *item)
{
    struct view_fields *f = &v->fields;
    const struct view_article *o = &f->origin;
    struct dupd_view event = text(f, f->event);
    if (f->story == 0 || event.len == 0)
        return DUPD_ESYNTAX;
    int rc = touch_story(v, f->story);
    bool merged = dupd_view_equal(event, DUPD_VIEW("merged"));
    if (!rc && merged)
        rc = merge_story(v, f->story, f->into);
    if (!rc && o->there && !merged)
        rc = view_run(v, VIEW_SQL_STORY_ORIGIN, "ittttt", f->story, text(f, o->id), text(f, o->url),
                      text(f, o->source), text(f, o->title), text(f, o->published));
    bool news = merged || dupd_view_equal(event, DUPD_VIEW("origin_moved"));
    if (!rc && news)
        rc = tell_story(v, f, f->decided_ms ? f->decided_ms : item->now_ms);
    return rc;
}

int view_feed(struct view *v, const struct view_item *item)
{
    int rc = view_begin(v);
    if (rc)
        return rc;
    rc = view_fields_read(&v->fields, item->json);
    if (!rc)
        rc = item->kind == VIEW_VERDICT ? feed_verdict(v, item)
             : item->kind == VIEW_ALERT ? feed_alert(v, item)
                                        : feed_story(v, item);
    if (item->position.len && (rc == 0 || rc == DUPD_ESYNTAX))
        snprintf(v->pending[item->kind], VIEW_POSITION_MAX, "%.*s", (int)item->position.len,
                 item->position.ptr);
    return rc;
}

int view_undescribed(struct view *v, struct dupd_buf *collection, struct dupd_buf *id)
{
    sqlite3_stmt *row;
    int rc = view_row(v, VIEW_SQL_ITEM_UNDESCRIBED, &row, "");
    if (rc != 1)
        return rc < 0 ? 0 : rc;
    bool full = dupd_buf_add_view(collection, view_column(row, 0)) ||
                dupd_buf_add_view(id, view_column(row, 1));
    view_done(row);
    return !full;
}

int view_describe(struct view *v, struct dupd_view collection, struct dupd_view id,
                  struct dupd_view article)
{
    struct found found;
    int rc = view_begin(v);
    rc = rc ? rc : find_row(v, collection, id, (struct dupd_view){0}, &found);
    if (rc || !found.there || found.described)
        return rc;
    rc = describe_row(v, found.seq, found.story, article);
    return rc == DUPD_ESYNTAX ? describe_row(v, found.seq, found.story, (struct dupd_view){0}) : rc;
}

static int find_no_copy(struct view *v, struct dupd_view collection, struct dupd_view id,
                        int64_t *seq, int64_t *story)
{
    sqlite3_stmt *row;
    int rc = view_row(v, VIEW_SQL_ITEM_IS_NO_COPY, &row, "tt", collection, id);
    if (rc == 1) {
        *seq = sqlite3_column_int64(row, 0);
        *story = sqlite3_column_int64(row, 1);
        view_done(row);
    }
    return rc;
}

int view_is_no_copy(struct view *v, struct dupd_view collection, struct dupd_view id)
{
    int64_t seq = 0, story = 0;
    return find_no_copy(v, collection, id, &seq, &story);
}

/* The verdict is the one that the alert had: both are of the same comparison. Does it credit the
 * agency? Of the agencies that the origin credits its verdict names one: who names another may have
 * credited that as well, and nothing is said of him. */
int view_stand_as_copy(struct view *v, struct dupd_view collection, const struct view_later *later,
                       struct dupd_view verdict, struct dupd_view article)
{
    struct view_fields *f = &v->fields, *own = &v->own;
    struct view_article *o = &own->article;
    int64_t seq = 0, story = 0;
    int rc = view_begin(v);
    rc = rc ? rc : view_fields_read(f, verdict);
    rc = rc ? rc : view_fields_read(own, article);
    rc = rc ? rc : find_no_copy(v, collection, dupd_buf_view(&later->id), &seq, &story);
    if (rc != 1)
        return rc;
    rc = view_run(v, VIEW_SQL_ITEM_STANDS_AS_COPY, "iidtttttt", seq, (int64_t)later->verdict,
                  later->score, text(f, f->agency), text(own, o->id), text(own, o->url),
                  text(own, o->source), text(own, o->title), text(own, o->published));
    rc = rc ? rc : touch_story(v, story);
    return rc ? rc : tell_row(v, seq);
}
