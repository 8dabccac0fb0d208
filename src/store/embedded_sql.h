/*
 * embedded_sql.h: the schema and the statements of the embedded store, and how they are run.
 */
#ifndef STORE_EMBEDDED_SQL_H
#define STORE_EMBEDDED_SQL_H

#include <sqlite3.h>

#include "dupd/buf.h"

#define SQL_APPLICATION_ID 0x64757064 /* "dupd" */
#define SQL_FORMAT 1                  /* user_version */

/* X(NAME, "statement") */
#define SQL_STATEMENTS(X)                                                                          \
    X(BEGIN_WRITE, "BEGIN IMMEDIATE")                                                              \
    X(BEGIN_READ, "BEGIN")                                                                         \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(SAVE, "SAVEPOINT op")                                                                        \
    X(KEEP, "RELEASE op")                                                                          \
    X(UNDO, "ROLLBACK TO op")                                                                      \
    X(META_GET, "SELECT store_id, sketch, owners_max, reserved, commits, articles, stories,"       \
                " copies, alerts, text_bytes FROM meta")                                           \
    X(META_SET, "UPDATE meta SET reserved = ?, commits = ?, articles = ?, stories = ?,"            \
                " copies = ?, alerts = ?, text_bytes = ?")                                         \
    X(LAST, "SELECT max(n) FROM article")                                                          \
    X(PENDING, "SELECT n FROM article WHERE story = 0 ORDER BY n LIMIT 1")                         \
    X(ARRIVED, "SELECT n, arrived FROM article WHERE n >= ? ORDER BY n LIMIT 1")                   \
    X(LOOKUP, "SELECT a.n, a.content, v.json FROM article a LEFT JOIN verdict v ON v.n = a.n"      \
              " WHERE a.id = ? AND a.collection = ? AND a.n >= ? ORDER BY a.n DESC LIMIT 1")       \
    X(EXISTS, "SELECT 1 FROM article WHERE n = ?")                                                 \
    X(FETCH, "SELECT r.record, v.json, a.story, a.to_origin, a.copy, s.origin"                     \
             " FROM article a JOIN record r ON r.n = a.n LEFT JOIN verdict v ON v.n = a.n"         \
             " LEFT JOIN story s ON s.story = a.story WHERE a.n = ?")                              \
    X(LIST, "SELECT a.n, a.id, a.collection, v.json FROM article a"                                \
            " JOIN verdict v ON v.n = a.n WHERE a.n >= ? ORDER BY a.n LIMIT 1")                    \
    X(PUT_ARTICLE, "INSERT INTO article(n, collection, id, content, arrived, effective, outlet,"   \
                   " text_bytes) VALUES(?, ?, ?, ?, ?, ?, ?, ?)")                                  \
    X(PUT_RECORD, "INSERT INTO record(n, record) VALUES(?, ?)")                                    \
    X(PUT_SKETCH, "INSERT INTO sketch(n, sketch, exact) VALUES(?, ?, ?)")                          \
    X(SKETCH, "SELECT sketch, exact FROM sketch WHERE n = ?")                                      \
    X(SKETCHES, "SELECT n, sketch, exact FROM sketch WHERE n > ? ORDER BY n")                      \
    X(PUT_VERDICT, "INSERT INTO verdict(n, json) VALUES(?, ?)")                                    \
    X(ARTICLE, "SELECT story, copy, outlet, text_bytes FROM article WHERE n = ?")                  \
    X(PLACE, "UPDATE article SET story = ?, to_origin = ?, copy = ? WHERE n = ?")                  \
    X(BECOME_COPY, "UPDATE article SET copy = 1 WHERE n = ? AND copy = 0 AND story > 0")           \
    X(NAMESAKE, "SELECT n FROM article WHERE id = ?1 AND collection = ?2 AND n <> ?3"              \
                " AND (story > 0 OR n < ?3) LIMIT 1")                                              \
    X(DROP_ARTICLE, "DELETE FROM article WHERE n = ?")                                             \
    X(DROP_RECORD, "DELETE FROM record WHERE n = ?")                                               \
    X(DROP_SKETCH, "DELETE FROM sketch WHERE n = ?")                                               \
    X(DROP_VERDICT, "DELETE FROM verdict WHERE n = ?")                                             \
    X(OUTLET_IN_STORY, "SELECT 1 FROM article WHERE story = ? AND outlet = ? LIMIT 1")             \
    X(STORY_NEW, "INSERT OR IGNORE INTO story(story, origin) VALUES(?, ?)")                        \
    X(STORY_TARGET, "SELECT coalesce(merged_into, story) FROM story WHERE story = ?")              \
    X(STORY_GET, "SELECT story, origin, members, outlets FROM story WHERE story = ?")              \
    X(STORY_NEXT, "SELECT story, origin, members, outlets FROM story"                              \
                  " WHERE story > ? AND merged_into IS NULL ORDER BY story LIMIT 1")               \
    X(STORY_ADD, "UPDATE story SET members = members + ?, outlets = outlets + ? WHERE story = ?")  \
    X(STORY_ORIGIN, "UPDATE story SET origin = ? WHERE story = ?")                                 \
    X(STORY_MEMBERS, "SELECT n FROM article WHERE story = ? ORDER BY n LIMIT ?")                   \
    X(STORY_FIRST, "SELECT n FROM article WHERE story = ?"                                         \
                   " ORDER BY effective, arrived, n LIMIT 1")                                      \
    X(STORY_COUNT, "SELECT count(*), count(DISTINCT outlet) FROM article WHERE story = ?")         \
    X(STORY_SET, "UPDATE story SET members = ?, outlets = ? WHERE story = ?")                      \
    X(STORY_DROP, "DELETE FROM story WHERE story = ?1 OR merged_into = ?1")                        \
    X(STORY_FADE, "UPDATE article SET to_origin = to_origin * ? WHERE story = ?"                   \
                  " AND to_origin >= 0.1")                                                         \
    X(MERGE_MEMBERS, "UPDATE article SET story = ? WHERE story = ?")                               \
    X(MERGE_STORY, "UPDATE story SET merged_into = ?1, members = 0, outlets = 0"                   \
                   " WHERE story = ?2 OR merged_into = ?2")                                        \
    X(MERGE_ALERTS, "UPDATE OR IGNORE alert SET story = ? WHERE story = ?")                        \
    X(ALERTS_DROP, "DELETE FROM alert WHERE story = ?")                                            \
    X(ALERT_PUT, "INSERT OR IGNORE INTO alert(story, outlet, n, json) VALUES(?, ?, ?, ?)")         \
    X(OUTLET_GET, "SELECT o, paragraphs FROM outlet WHERE collection = ? AND name = ?")            \
    X(OUTLET_PUT, "INSERT INTO outlet(collection, name, seen) VALUES(?, ?, ?)")                    \
    X(OUTLET_SET, "UPDATE outlet SET paragraphs = ?, seen = ? WHERE o = ?")                        \
    X(OUTLET_COUNT, "SELECT count(*) FROM outlet")                                                 \
    X(OUTLETS_DROP, "DELETE FROM outlet WHERE o IN (SELECT o FROM outlet ORDER BY seen LIMIT ?)")  \
    X(STRAYS_DROP, "DELETE FROM paragraph WHERE o NOT IN (SELECT o FROM outlet)")                  \
    X(PARAGRAPH_GET, "SELECT stories FROM paragraph WHERE o = ? AND hash = ?")                     \
    X(PARAGRAPH_PUT, "INSERT INTO paragraph(o, hash, stories, furniture, seen)"                    \
                     " VALUES(?, ?, ?, ?, ?)"                                                      \
                     " ON CONFLICT(o, hash) DO UPDATE SET stories = excluded.stories,"             \
                     " furniture = excluded.furniture, seen = excluded.seen")                      \
    X(PARAGRAPHS_DROP, "DELETE FROM paragraph WHERE (o, hash) IN (SELECT o, hash FROM paragraph"   \
                       " WHERE o = ? ORDER BY furniture, length(stories), seen LIMIT ?)")          \
    X(FURNITURE, "SELECT p.hash FROM outlet o JOIN paragraph p ON p.o = o.o"                       \
                 " WHERE o.collection = ? AND o.name = ? AND p.furniture = 1 ORDER BY p.hash")     \
    X(OUTBOX_PUT, "INSERT INTO outbox(kind, id, json) VALUES(?, ?, ?)")                            \
    X(OUTBOX_GET, "SELECT o, kind, id, json FROM outbox WHERE o > ? ORDER BY o LIMIT ?")           \
    X(OUTBOX_DROP, "DELETE FROM outbox WHERE o <= ?")                                              \
    X(SIZE, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")

enum sql_statement {
#define SQL_ENUM(name, text) SQL_##name,
    SQL_STATEMENTS(SQL_ENUM)
#undef SQL_ENUM
        SQL_COUNT
};

/* One connection and its statements, prepared when first used. */
struct sql {
    sqlite3 *db;
    sqlite3_stmt *statement[SQL_COUNT];
    char text[256]; /* why the last failure, for people; empty: see the code */
};

/* Notes why; returns rc. */
int sql_why(struct sql *q, int rc, const char *text);

/* Opens the database file. flags: SQLITE_OPEN_...; immutable: nobody can be writing to it. */
int sql_open(struct sql *q, const char *path, int flags, bool immutable);
void sql_close(struct sql *q);

/* Runs a script without results. Returns 0 or a DUPD code. */
int sql_script(struct sql *q, const char *script);

/* A single integer of a pragma or query. */
int sql_integer(struct sql *q, const char *query, int64_t *out);

/* Creates the schema in the open transaction. store_id: 16 bytes. */
int sql_create(struct sql *q, const uint8_t store_id[16], const char *sketch, unsigned owners_max);

/* Binds arguments as `format` says, one letter each: i int64_t, d double, b struct dupd_view as
 * bytes, t struct dupd_view as text; the views are borrowed until the statement is done.
 * sql_run: runs it to its end; returns 0 or a DUPD code.
 * sql_row: returns 1 with *row on the first row, which must be given back with sql_done; 0 when
 * there is none; or a DUPD code. */
int sql_run(struct sql *q, enum sql_statement which, const char *format, ...);
int sql_row(struct sql *q, enum sql_statement which, sqlite3_stmt **row, const char *format, ...);
int sql_next(struct sql *q, sqlite3_stmt *row); /* 1, 0 at the end, or a code; then sql_done */
void sql_done(sqlite3_stmt *row);

/* Column as bytes; valid until the row is done. */
struct dupd_view sql_view(sqlite3_stmt *row, int column);
uint64_t sql_u64(sqlite3_stmt *row, int column);

#endif
