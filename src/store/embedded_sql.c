/*
 * embedded_sql.c: SQLite behind a narrow door. Everything of the store that is not derived lives in
 * the tables below; a transaction is a batch of commits (embedded_write.c).
 *
 * An article is four rows, so that what is read often is small: `article` (place and identity),
 * `record` (with its text), `sketch` (for rebuilding the posting table), `verdict`. A row in
 * `article` with story 0 is put but not committed. Dead articles have no rows at all.
 */
#include "store/embedded_sql.h"

#include <stdarg.h>
#include <stdio.h>

#include "dupd/error.h"

static const char *const schema =
    "CREATE TABLE meta(one INTEGER PRIMARY KEY CHECK(one = 1), store_id BLOB NOT NULL,"
    " sketch TEXT NOT NULL, owners_max INTEGER NOT NULL,"
    " reserved INTEGER NOT NULL DEFAULT 1," /* numbers from here on were never given */
    " commits INTEGER NOT NULL DEFAULT 0, articles INTEGER NOT NULL DEFAULT 0,"
    " stories INTEGER NOT NULL DEFAULT 0, copies INTEGER NOT NULL DEFAULT 0,"
    " alerts INTEGER NOT NULL DEFAULT 0, text_bytes INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE article(n INTEGER PRIMARY KEY, collection TEXT NOT NULL, id BLOB NOT NULL,"
    " content BLOB NOT NULL, arrived INTEGER NOT NULL, effective INTEGER NOT NULL,"
    " outlet TEXT NOT NULL, text_bytes INTEGER NOT NULL, story INTEGER NOT NULL DEFAULT 0,"
    " to_origin REAL NOT NULL DEFAULT 0, copy INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX article_id ON article(id, collection);"
    "CREATE INDEX article_story ON article(story, outlet);"
    "CREATE TABLE record(n INTEGER PRIMARY KEY, record BLOB NOT NULL);"
    "CREATE TABLE sketch(n INTEGER PRIMARY KEY, sketch BLOB NOT NULL, exact BLOB NOT NULL);"
    "CREATE TABLE verdict(n INTEGER PRIMARY KEY, json TEXT NOT NULL);"
    "CREATE TABLE story(story INTEGER PRIMARY KEY, origin INTEGER NOT NULL,"
    " members INTEGER NOT NULL DEFAULT 0, outlets INTEGER NOT NULL DEFAULT 0,"
    " merged_into INTEGER);"
    "CREATE INDEX story_merged ON story(merged_into) WHERE merged_into IS NOT NULL;"
    "CREATE TABLE alert(a INTEGER PRIMARY KEY, story INTEGER NOT NULL, outlet TEXT NOT NULL,"
    " n INTEGER NOT NULL, json TEXT NOT NULL, UNIQUE(story, outlet));"
    "CREATE TABLE outlet(o INTEGER PRIMARY KEY, collection TEXT NOT NULL, name TEXT NOT NULL,"
    " paragraphs INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL, UNIQUE(collection, name));"
    "CREATE TABLE paragraph(o INTEGER NOT NULL, hash INTEGER NOT NULL, stories BLOB NOT NULL,"
    " furniture INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY(o, hash)) WITHOUT ROWID;"
    "CREATE INDEX paragraph_furniture ON paragraph(o, hash) WHERE furniture = 1;";

static const char *const statement_text[SQL_COUNT] = {
#define SQL_TEXT(name, text) [SQL_##name] = text,
    SQL_STATEMENTS(SQL_TEXT)
#undef SQL_TEXT
};

static int code_of(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return DUPD_OK;
    case SQLITE_NOMEM:
        return DUPD_ENOMEM;
    case SQLITE_FULL:
        return DUPD_EFULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return DUPD_EREADONLY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return DUPD_EBUSY;
    case SQLITE_CORRUPT:
        return DUPD_ECORRUPT;
    case SQLITE_NOTADB:
        return DUPD_ENOTSTORE;
    case SQLITE_TOOBIG:
        return DUPD_ETOOBIG;
    default:
        return DUPD_EIO;
    }
}

int sql_why(struct sql *q, int rc, const char *text)
{
    snprintf(q->text, sizeof q->text, "%s", text);
    return rc;
}

static int fail(struct sql *q, int sqlite_code)
{
    int code = code_of(sqlite_code);
    return sql_why(q, code ? code : DUPD_EIO,
                   q->db ? sqlite3_errmsg(q->db) : sqlite3_errstr(sqlite_code));
}

int sql_open(struct sql *q, const char *path, int flags, bool immutable)
{
    struct dupd_buf uri = {0};
    *q = (struct sql){0};
    /* With an empty authority: in "file://a/b" a would be one. */
    int rc = dupd_buf_add_str(&uri, path[0] == '/' ? "file://" : "file:");
    for (const char *p = path; *p && !rc; p++) /* ?, # and % have a meaning in a URI */
        rc = *p == '?' || *p == '#' || *p == '%' ? dupd_buf_addf(&uri, "%%%02X", *p)
                                                 : dupd_buf_add_char(&uri, *p);
    if (!rc && immutable)
        rc = dupd_buf_add_str(&uri, "?immutable=1");
    if (!rc)
        rc = dupd_buf_add_char(&uri, 0);
    if (!rc) {
        int s = sqlite3_open_v2(
            uri.ptr, &q->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
            NULL);
        rc = s ? fail(q, s) : DUPD_OK;
    }
    dupd_buf_close(&uri);
    if (!rc)
        sqlite3_busy_timeout(q->db, 5000);
    return rc;
}

void sql_close(struct sql *q)
{
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(q->statement[i]);
    sqlite3_close(q->db);
    q->db = NULL;
    memset(q->statement, 0, sizeof q->statement);
}

int sql_script(struct sql *q, const char *script)
{
    int s = sqlite3_exec(q->db, script, NULL, NULL, NULL);
    return s ? fail(q, s) : DUPD_OK;
}

int sql_integer(struct sql *q, const char *query, int64_t *out)
{
    sqlite3_stmt *row = NULL;
    int s = sqlite3_prepare_v2(q->db, query, -1, &row, NULL);
    if (s == SQLITE_OK)
        s = sqlite3_step(row);
    int rc = s == SQLITE_ROW ? DUPD_OK : fail(q, s);
    if (!rc)
        *out = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return rc;
}

int sql_create(struct sql *q, const uint8_t store_id[16], const char *sketch, unsigned owners_max)
{
    char text[256];
    int rc = sql_script(q, schema);
    if (rc)
        return rc;
    char hex[33];
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", store_id[i]);
    snprintf(text, sizeof text,
             "INSERT INTO meta(one, store_id, sketch, owners_max) VALUES(1, x'%s', '%s', %u);"
             "PRAGMA application_id = %d; PRAGMA user_version = %d",
             hex, sketch, owners_max, SQL_APPLICATION_ID, SQL_FORMAT);
    return sql_script(q, text);
}

static int bind_view(sqlite3_stmt *s, int at, struct dupd_view v, bool text)
{
    const char *p = v.ptr ? v.ptr : "";
    return text ? sqlite3_bind_text64(s, at, p, v.len, SQLITE_STATIC, SQLITE_UTF8)
                : sqlite3_bind_blob64(s, at, p, v.len, SQLITE_STATIC);
}

static int bind(sqlite3_stmt *s, const char *format, va_list args)
{
    int rc = SQLITE_OK;
    for (int at = 1; *format && rc == SQLITE_OK; format++, at++) {
        if (*format == 'i')
            rc = sqlite3_bind_int64(s, at, va_arg(args, int64_t));
        else if (*format == 'd')
            rc = sqlite3_bind_double(s, at, va_arg(args, double));
        else
            rc = bind_view(s, at, va_arg(args, struct dupd_view), *format == 't');
    }
    return rc;
}

/* Prepared, bound and stepped once; *row is NULL unless it stands on a row. */
static int start(struct sql *q, enum sql_statement which, sqlite3_stmt **row, const char *format,
                 va_list args)
{
    int s = SQLITE_OK;
    *row = NULL;
    sqlite3_stmt **statement = &q->statement[which];
    if (!*statement)
        s = sqlite3_prepare_v3(q->db, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT,
                               statement, NULL);
    if (s == SQLITE_OK)
        s = bind(*statement, format, args);
    if (s == SQLITE_OK)
        s = sqlite3_step(*statement);
    if (s == SQLITE_ROW) {
        *row = *statement;
        return 1;
    }
    int rc = s == SQLITE_DONE ? DUPD_OK : fail(q, s);
    sql_done(*statement);
    return rc;
}

int sql_run(struct sql *q, enum sql_statement which, const char *format, ...)
{
    sqlite3_stmt *row;
    va_list args;
    va_start(args, format);
    int rc = start(q, which, &row, format, args);
    va_end(args);
    while (rc > 0)
        rc = sql_next(q, row);
    sql_done(row);
    return rc;
}

int sql_row(struct sql *q, enum sql_statement which, sqlite3_stmt **row, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = start(q, which, row, format, args);
    va_end(args);
    return rc;
}

int sql_next(struct sql *q, sqlite3_stmt *row)
{
    int s = sqlite3_step(row);
    return s == SQLITE_ROW ? 1 : s == SQLITE_DONE ? 0 : fail(q, s);
}

void sql_done(sqlite3_stmt *row)
{
    if (row) {
        sqlite3_reset(row);
        sqlite3_clear_bindings(row);
    }
}

struct dupd_view sql_view(sqlite3_stmt *row, int column)
{
    const char *p = sqlite3_column_blob(row, column);
    int n = sqlite3_column_bytes(row, column);
    return (struct dupd_view){p, p && n > 0 ? (size_t)n : 0};
}

uint64_t sql_u64(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}
