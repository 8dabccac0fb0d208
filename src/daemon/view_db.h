/*
 * view_db.h: the view's database, and what its files offer each other. Internal.
 *
 *   view.c        opening, flushing, bounds, positions
 *   view_feed.c   items in
 *   view_query.c  rows, alerts, tables, figures out
 *   view_story.c  stories: counting them anew, and out
 *   view_db.c     SQLite
 */
#ifndef DAEMON_VIEW_DB_H
#define DAEMON_VIEW_DB_H

#include <sqlite3.h>
#include <stdarg.h>

#include "daemon/view.h"
#include "daemon/view_read.h"
#include "engine/json_write.h"

/* What an alert of a late origin makes of an item, unless that is a newer version (a second is left
 * to clocks that differ). How much was taken the alert does not say, and what was measured before
 * was measured against others. */
#define VIEW_BECOME_COPY                                                                           \
    "UPDATE item SET copy = 1, verdict = a.verdict, score = a.score, agency = a.agency,"           \
    " credited = a.credited, origin_id = a.origin_id, origin_url = a.origin_url,"                  \
    " origin_source = a.origin_source, origin_title = a.origin_title,"                             \
    " origin_published = a.origin_published, of_this = NULL, of_match = NULL, rewriting = NULL,"   \
    " prose = NULL FROM alert AS a"                                                                \
    " WHERE item.copy = 0 AND a.at >= item.decided - 1000"

/* Statements that are kept prepared. X(NAME, "text") */
#define VIEW_STATEMENTS(X)                                                                         \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(META_GET, "SELECT value FROM meta WHERE key = ?1")                                           \
    X(META_SET, "INSERT INTO meta(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET"       \
                " value = ?2")                                                                     \
    X(ITEM_FIND,                                                                                   \
      "SELECT seq, content, described, story FROM item WHERE collection = ?1 AND id = ?2")         \
    X(ITEM_ADD,                                                                                    \
      "INSERT INTO item(collection, id, content, verdict, copy, score, story, agency, credited,"   \
      " words, decided, moment, took, origin_id, origin_url, origin_source, origin_title,"         \
      " origin_published, of_this, of_match, rewriting, prose) VALUES"                             \
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "    \
      "?19,"                                                                                       \
      " ?20, ?21)")                                                                                \
    X(ITEM_DESCRIBE, "UPDATE item SET source = ?2, url = ?3, title = ?4, published = ?5,"          \
                     " moment = CASE WHEN ?6 > 0 THEN ?6 ELSE decided END, described = 1"          \
                     " WHERE seq = ?1 AND described = 0")                                          \
    X(ITEM_UNFIND, "INSERT INTO title_fts(title_fts, rowid, title) SELECT 'delete', seq, title"    \
                   " FROM item WHERE seq = ?1 AND title IS NOT NULL")                              \
    X(ITEM_INDEX, "INSERT INTO title_fts(rowid, title) SELECT seq, title FROM item"                \
                  " WHERE seq = ?1 AND title IS NOT NULL")                                         \
    X(ITEM_DROP, "DELETE FROM item WHERE seq = ?1")                                                \
    X(ITEM_UNDESCRIBED,                                                                            \
      "SELECT collection, id FROM item WHERE described = 0 ORDER BY seq DESC LIMIT 1")             \
    X(ITEM_OLD,                                                                                    \
      "SELECT * FROM (SELECT seq, story FROM item WHERE seq <= ?1 LIMIT 500) UNION ALL"            \
      " SELECT * FROM (SELECT seq, story FROM item WHERE decided < ?2 AND seq > ?1 LIMIT 500)")    \
    X(ITEM_OF_ALERT, "SELECT seq FROM item WHERE story IN (?1, ?3) AND id = ?2 AND copy = 0")      \
    X(ALERT_OF_ITEM, "SELECT seq FROM alert WHERE story IN (?1, ?3) AND id = ?2"                   \
                     " AND reason = 'origin_arrived'")                                             \
    X(ITEMS_BECAME_COPIES,                                                                         \
      VIEW_BECOME_COPY " AND item.story = ?2 AND a.id = item.id AND a.story IN (?1, ?2)"           \
                       " AND a.reason = 'origin_arrived'")                                         \
    X(ITEM_BECAME_COPY, VIEW_BECOME_COPY " AND item.seq = ?1 AND a.seq = ?2")                      \
    X(ITEM_IS_NO_COPY,                                                                             \
      "SELECT seq, story FROM item WHERE collection = ?1 AND id = ?2 AND copy = 0")                \
    X(ITEM_STANDS_AS_COPY,                                                                         \
      "UPDATE item SET copy = 1, verdict = ?2, score = ?3, agency = coalesce(agency, ?4),"         \
      " credited = CASE WHEN ?4 IS NULL THEN NULL WHEN agency IS NULL THEN 0"                      \
      " WHEN agency = ?4 THEN 1 END, origin_id = ?5, origin_url = ?6, origin_source = ?7,"         \
      " origin_title = ?8, origin_published = ?9, of_this = NULL, of_match = NULL,"                \
      " rewriting = NULL, prose = NULL WHERE seq = ?1")                                            \
    X(ITEM_MOVE, "UPDATE item SET story = ?2 WHERE story = ?1")                                    \
    X(ALERT_ADD,                                                                                   \
      "INSERT INTO alert(story, id, source, url, title, reason, verdict, score, agency, credited," \
      " at, origin_id, origin_url, origin_source, origin_title, origin_published) VALUES"          \
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"                    \
      " ON CONFLICT DO NOTHING")                                                                   \
    X(ALERT_OLD, "DELETE FROM alert WHERE at < ?1 OR seq <= (SELECT max(seq) FROM alert) - ?2")    \
    X(STORY_TOUCH, "INSERT INTO story(story, dirty, touched) VALUES(?1, 1, ?2) ON CONFLICT(story)" \
                   " DO UPDATE SET dirty = 1, touched = ?2")                                       \
    X(STORY_FOLLOW, "SELECT merged_into FROM story WHERE story = ?1 AND merged_into IS NOT NULL")  \
    X(STORY_MERGE, "UPDATE story SET merged_into = ?2, copies = 0 WHERE story = ?1")               \
    X(STORY_ORIGIN, "UPDATE story SET origin_id = ?2, origin_url = ?3, origin_source = ?4,"        \
                    " origin_title = ?5, origin_published = ?6 WHERE story = ?1")                  \
    X(STORY_DIRTY, "SELECT story FROM story WHERE dirty = 1 LIMIT 1")                              \
    X(STORY_COUNT,                                                                                 \
      "SELECT count(*), count(DISTINCT source), sum(copy), sum(copy AND credited = 1),"            \
      " sum(copy AND credited = 0), min(moment), max(moment), max(seq),"                           \
      " min(CASE WHEN copy THEN moment END), max(agency) FROM item WHERE story = ?1")              \
    X(STORY_SET,                                                                                   \
      "UPDATE story SET dirty = 0, members = ?2, outlets = ?3, copies = ?4, credited = ?5,"        \
      " uncredited = ?6, first_at = ?7, last_at = ?8, last_seq = ?9, first_copy_at = ?10,"         \
      " agency = ?11 WHERE story = ?1")                                                            \
    X(STORY_DROP,                                                                                  \
      "DELETE FROM story WHERE story = ?1 AND merged_into IS NULL AND last_seq NOTNULL")           \
    X(STORY_CLEAN, "UPDATE story SET dirty = 0 WHERE story = ?1")                                  \
    X(STORY_FORGET, "DELETE FROM story WHERE merged_into IS NOT NULL AND NOT EXISTS"               \
                    " (SELECT 1 FROM story AS other WHERE other.story = story.merged_into)")       \
    X(STORY_EMPTY,                                                                                 \
      "DELETE FROM story WHERE last_seq IS NULL AND merged_into IS NULL AND dirty = 0"             \
      " AND touched < ?1")                                                                         \
    X(EVENT_ADD, "INSERT INTO event(name, json) VALUES(?1, ?2)")                                   \
    X(EVENT_OLD, "DELETE FROM event WHERE number <= (SELECT max(number) FROM event) - ?1")         \
    X(EVENT_NEXT,                                                                                  \
      "SELECT number, name, json FROM event WHERE number > ?1 ORDER BY number LIMIT ?2")           \
    X(TOTALS, "SELECT count(*), max(seq) FROM item")                                               \
    X(NEWEST, "SELECT seq FROM sqlite_sequence WHERE name = 'event'")

enum view_statement {
#define VIEW_STATEMENT_ENUM(name, text) VIEW_SQL_##name,
    VIEW_STATEMENTS(VIEW_STATEMENT_ENUM)
#undef VIEW_STATEMENT_ENUM
        VIEW_SQL_COUNT
};

#define VIEW_FORMAT 1
#define VIEW_EVENTS_MAX 20000u /* kept for clients that come back */
#define VIEW_ALERTS_MAX 50000u

struct view {
    sqlite3 *db;
    sqlite3_stmt *statement[VIEW_SQL_COUNT];
    struct view_options options;
    struct view_fields fields; /* scratch of feeding */
    struct view_fields own;    /* and of the article's description */
    struct dupd_buf event;     /* and of an event's JSON */
    char name[17];
    char position[VIEW_KIND_COUNT][VIEW_POSITION_MAX]; /* flushed */
    char pending[VIEW_KIND_COUNT][VIEW_POSITION_MAX];  /* fed since; "" none */
    bool feeding;                                      /* a transaction is open */
    uint64_t newest, rows;
    int64_t last_seq;     /* of item */
    uint64_t deadline_ms; /* of the running query, monotonic; 0: none */
    char *path;           /* NULL: in memory */
    int journal_pages;    /* at the last flush */
};

/* ---- view_db.c ---- */
int view_code(struct view *v, int sqlite);
int view_prepare_all(struct view *v); /* schema and statements */
int view_prepare_reader(struct view *v);
void view_finish(struct view *v); /* statements and database */
/* Binds by letters (i int64_t, n the same and null when negative, d double, t view as text, null
 * when its ptr is NULL) and steps.
 * view_run to the end: 0 or a code. view_row: 1 with a row in *row, 0 or a code; view_done then. */
int view_run(struct view *v, enum view_statement which, const char *format, ...);
int view_row(struct view *v, enum view_statement which, sqlite3_stmt **row, const char *format,
             ...);
void view_done(sqlite3_stmt *row);
struct dupd_view view_column(sqlite3_stmt *row, int column);
int view_bind(sqlite3_stmt *s, int at, struct dupd_view text);
int view_begin(struct view *v); /* a transaction, if none is open */

/* A query of its own, with a deadline. */
struct view_ask {
    struct view *v;
    struct dupd_buf sql, own; /* own: texts that were made for it */
    struct {
        enum { VIEW_ASK_NUMBER, VIEW_ASK_TEXT, VIEW_ASK_OWN } kind;
        struct dupd_view view;
        int64_t number;
        size_t at, len; /* in own */
    } bound[24];
    unsigned count;
    sqlite3_stmt *s;
    uint64_t outer_ms; /* deadline of the query around this one */
    int status;        /* sticks */
};
void view_ask_begin(struct view_ask *a, struct view *v, const char *sql);
void view_ask_add(struct view_ask *a, const char *sql);
void view_ask_text(struct view_ask *a, const char *sql, struct dupd_view text); /* sql has a ? */
void view_ask_number(struct view_ask *a, const char *sql, int64_t number);
/* Binds what was appended to a->own since `from`. */
void view_ask_own(struct view_ask *a, const char *sql, size_t from);
int view_ask_next(struct view_ask *a); /* 1 a row in a->s, 0 the end, or a code */
int view_ask_end(struct view_ask *a);  /* 0 or what went wrong */

/* ---- view_feed.c ---- */
int view_remove(struct view *v, int64_t seq, int64_t story);

/* ---- view_query.c ---- */
#define VIEW_ROW_COLUMNS                                                                           \
    "item.seq, item.collection, item.id, item.verdict, item.copy, item.score, item.story,"         \
    " item.source, item.url, item.title, item.published, item.agency, item.credited, item.words,"  \
    " item.decided, item.moment, item.took, item.origin_id, item.origin_url, item.origin_source,"  \
    " item.origin_title, item.origin_published, item.of_this, item.of_match, item.rewriting,"      \
    " item.prose"
void view_write_row(struct json_writer *w, sqlite3_stmt *row);
void view_write_article(struct json_writer *w, sqlite3_stmt *row, int column);
void view_write_text(struct json_writer *w, const char *key, sqlite3_stmt *row, int column);
void view_write_moment(struct json_writer *w, const char *key, int64_t ms);
void view_write_credited(struct json_writer *w, sqlite3_stmt *row, int column);
void view_write_story_number(struct json_writer *w, const char *key, int64_t story);
int view_write_alert(struct view *v, int64_t seq, struct dupd_buf *out);
/* "limit" of a filter, and the conditions on the title: of "item" or "alert". */
unsigned view_limit(const struct view_filter *f);
void view_ask_title(struct view_ask *a, const char *table, struct dupd_view text);

/* ---- view_story.c ---- */
int view_count_stories(struct view *v); /* those that changed */
int view_follow(struct view *v, int64_t story, int64_t *out);

#endif
