/*
 * view_story.c: stories, counted from their members.
 *
 * A story's figures are not kept in step with each verdict: a story that was touched is marked, and
 * those that are marked are counted anew before the next flush, once, however many of their members
 * came. Its origin is what the story events say; without them (older entries are gone), its
 * earliest member that is not a copy, else what the earliest copy was copied from.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/view_db.h"
#include "dupd/error.h"

#define MERGES_MAX 64   /* followed from one to the next */
#define MEMBERS_MAX 500 /* shown of one story: docs/openapi.yaml says so */
#define SPREAD_MAX 48   /* dots of a story in a list */

int view_follow(struct view *v, int64_t story, int64_t *out)
{
    int rc = 1;
    for (int i = 0; rc == 1 && story > 0 && i < MERGES_MAX; i++) {
        sqlite3_stmt *row;
        rc = view_row(v, VIEW_SQL_STORY_FOLLOW, &row, "i", story);
        if (rc == 1) {
            story = sqlite3_column_int64(row, 0);
            view_done(row);
        }
    }
    *out = story;
    return rc < 0 ? rc : DUPD_OK;
}

static int count_story(struct view *v, int64_t story)
{
    sqlite3_stmt *row;
    int64_t n[9] = {0};
    struct dupd_buf agency = {0};
    int rc = view_row(v, VIEW_SQL_STORY_COUNT, &row, "i", story);
    if (rc == 1) {
        for (int i = 0; i < 9; i++)
            n[i] = sqlite3_column_int64(row, i);
        rc = dupd_buf_add_view(&agency, view_column(row, 9));
        view_done(row);
    }
    if (!rc && n[0] > 0)
        rc = view_run(v, VIEW_SQL_STORY_SET, "iiiiiiiiint", story, n[0], n[1], n[2], n[3], n[4],
                      n[5], n[6], n[7], n[8] ? n[8] : (int64_t)-1, dupd_buf_view(&agency));
    else if (!rc)
        rc = view_run(v, VIEW_SQL_STORY_DROP, "i", story);
    rc = rc ? rc : view_run(v, VIEW_SQL_STORY_CLEAN, "i", story);
    dupd_buf_close(&agency);
    return rc;
}

int view_count_stories(struct view *v)
{
    for (;;) {
        sqlite3_stmt *row;
        int rc = view_row(v, VIEW_SQL_STORY_DIRTY, &row, "");
        if (rc != 1)
            return rc;
        int64_t story = sqlite3_column_int64(row, 0);
        view_done(row);
        rc = count_story(v, story);
        if (rc)
            return rc;
    }
}

#define STORY_COLUMNS                                                                              \
    "story.story, story.members, story.outlets, story.copies, story.credited, story.uncredited,"   \
    " story.first_at, story.last_at, story.last_seq, story.first_copy_at, story.agency,"           \
    " story.origin_id, story.origin_url, story.origin_source, story.origin_title,"                 \
    " story.origin_published"

/* The origin by the members alone. */
static int write_guess(struct json_writer *w, struct view *v, int64_t story)
{
    struct view_ask a;
    view_ask_begin(&a, v,
                   "SELECT CASE WHEN copy THEN origin_id ELSE id END,"
                   " CASE WHEN copy THEN origin_url ELSE url END,"
                   " CASE WHEN copy THEN origin_source ELSE source END,"
                   " CASE WHEN copy THEN origin_title ELSE title END,"
                   " CASE WHEN copy THEN origin_published ELSE published END FROM item");
    view_ask_number(&a, " WHERE story = ? ORDER BY copy, moment, seq LIMIT 1", story);
    if (view_ask_next(&a) == 1) {
        view_write_article(w, a.s, 0);
    } else {
        json_key(w, "origin");
        json_null(w);
    }
    return view_ask_end(&a);
}

/* [[milliseconds, what it is], …]: 0 not a copy, 1 a copy, 2 one that credits, 3 one that does not.
 * Of more than SPREAD_MAX members every n-th, the first and the last among them: the earliest alone
 * would show a story that has gone on for a week as one of an hour. */
static int write_spread(struct json_writer *w, struct view *v, int64_t story)
{
    struct view_ask a;
    json_key(w, "spread");
    json_open(w, '[');
    view_ask_begin(&a, v,
                   "WITH member AS (SELECT seq, row_number() OVER (ORDER BY moment, seq) - 1"
                   " AS i FROM item");
    view_ask_number(&a, " WHERE story = ?), last(i) AS (SELECT max(i) FROM member)", story);
    view_ask_number(&a, ", step(n) AS (SELECT ?)", SPREAD_MAX - 1);
    view_ask_add(&a, " SELECT moment, copy, credited FROM item WHERE seq IN"
                     " (SELECT member.seq FROM member, last, step WHERE last.i <= n OR member.i = 0"
                     " OR member.i * n / last.i > (member.i - 1) * n / last.i)"
                     " ORDER BY moment, seq");
    while (view_ask_next(&a) == 1) {
        bool known = sqlite3_column_type(a.s, 2) != SQLITE_NULL;
        int what = !sqlite3_column_int(a.s, 1)  ? 0
                   : !known                     ? 1
                   : sqlite3_column_int(a.s, 2) ? 2
                                                : 3;
        json_open(w, '[');
        json_int(w, sqlite3_column_int64(a.s, 0));
        json_int(w, what);
        json_close(w, ']');
    }
    json_close(w, ']');
    return view_ask_end(&a);
}

static int write_story(struct json_writer *w, struct view *v, sqlite3_stmt *row)
{
    static const char *const key[] = {"members", "outlets", "copies", "credited", "uncredited"};
    int64_t story = sqlite3_column_int64(row, 0);
    int rc = DUPD_OK;
    json_open(w, '{');
    view_write_story_number(w, "story", story);
    for (int i = 0; i < 5; i++) {
        json_key(w, key[i]);
        json_int(w, sqlite3_column_int64(row, i + 1));
    }
    view_write_moment(w, "first_at", sqlite3_column_int64(row, 6));
    view_write_moment(w, "last_at", sqlite3_column_int64(row, 7));
    view_write_moment(w, "first_copy_at", sqlite3_column_int64(row, 9));
    view_write_text(w, "agency", row, 10);
    if (sqlite3_column_type(row, 11) == SQLITE_NULL)
        rc = write_guess(w, v, story);
    else
        view_write_article(w, row, 11);
    int other = write_spread(w, v, story);
    json_close(w, '}');
    return rc ? rc : other;
}

/* Stories some member of which fits: title, outlet, collection. */
static void ask_members(struct view_ask *a, const struct view_filter *f)
{
    if (f->text.len == 0 && f->source.len == 0 && f->collection.len == 0)
        return;
    view_ask_add(a, " AND story.story IN (SELECT item.story FROM item WHERE 1");
    if (f->source.len)
        view_ask_text(a, " AND item.source = ? COLLATE NOCASE", f->source);
    if (f->collection.len)
        view_ask_text(a, " AND item.collection = ?", f->collection);
    view_ask_title(a, "item", f->text);
    view_ask_add(a, ")");
}

int view_stories(struct view *v, const struct view_filter *f, struct dupd_buf *out)
{
    struct view_ask a;
    struct json_writer w;
    unsigned rows = 0, limit = view_limit(f);
    int64_t last = 0;
    int rc = 0;
    view_ask_begin(&a, v, "SELECT " STORY_COLUMNS " FROM story WHERE copies > 0");
    ask_members(&a, f);
    if (f->agency.len)
        view_ask_text(&a, " AND story.agency = ? COLLATE NOCASE", f->agency);
    if (f->credited == 1)
        view_ask_add(&a, " AND credited > 0");
    else if (f->credited == 2)
        view_ask_add(&a, " AND uncredited > 0");
    if (f->from_ms)
        view_ask_number(&a, " AND last_at >= ?", f->from_ms);
    if (f->to_ms)
        view_ask_number(&a, " AND first_at < ?", f->to_ms);
    if (f->before)
        view_ask_number(&a, " AND last_seq < ?", (int64_t)f->before);
    view_ask_number(&a, " ORDER BY last_seq DESC LIMIT ?", limit);
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "stories");
    json_open(&w, '[');
    for (; !rc && view_ask_next(&a) == 1; rows++) {
        rc = write_story(&w, v, a.s);
        last = sqlite3_column_int64(a.s, 8);
    }
    json_close(&w, ']');
    json_key(&w, "next");
    if (rows == limit)
        json_int(&w, last);
    else
        json_null(&w);
    json_close(&w, '}');
    int ended = view_ask_end(&a);
    return rc ? rc : ended ? ended : json_status(&w);
}

/* The first of them, and the one that is asked for wherever it stands. */
static int write_members(struct json_writer *w, struct view *v, int64_t story,
                         struct dupd_view asked)
{
    struct view_ask a;
    json_key(w, "members");
    json_open(w, '[');
    view_ask_begin(&a, v, "SELECT " VIEW_ROW_COLUMNS " FROM item");
    view_ask_number(&a, " WHERE seq IN (SELECT seq FROM item WHERE story = ?", story);
    view_ask_number(&a, " ORDER BY moment, seq LIMIT ?)", MEMBERS_MAX);
    if (asked.len) {
        view_ask_text(&a, " OR (id = ?", asked);
        view_ask_number(&a, " AND story = ?)", story);
    }
    view_ask_add(&a, " ORDER BY moment, seq");
    while (view_ask_next(&a) == 1)
        view_write_row(w, a.s);
    json_close(w, ']');
    return view_ask_end(&a);
}

int view_story(struct view *v, struct dupd_view text, struct dupd_view member, struct dupd_buf *out)
{
    int64_t story = 0;
    struct view_ask a;
    struct json_writer w;
    if (text.len == 0 || text.len > 18)
        return DUPD_ENOENT;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return DUPD_ENOENT;
        story = story * 10 + (text.ptr[i] - '0');
    }
    int rc = view_follow(v, story, &story);
    view_ask_begin(&a, v, "SELECT " STORY_COLUMNS " FROM story");
    view_ask_number(&a, " WHERE story.story = ? AND members > 0", story);
    json_begin(&w, out);
    bool found = !rc && view_ask_next(&a) == 1;
    if (found) {
        json_open(&w, '{');
        json_key(&w, "story");
        rc = write_story(&w, v, a.s);
    }
    int ended = view_ask_end(&a);
    rc = rc ? rc : ended;
    if (found && !rc) {
        rc = write_members(&w, v, story, member);
        json_close(&w, '}');
    }
    return rc ? rc : !found ? DUPD_ENOENT : json_status(&w);
}
