/*
 * view_db.c: SQLite behind the view. Journal in WAL mode, synchronous NORMAL: after a power cut
 * the last flushes may be gone, together with their position, and are read again.
 *
 * Titles are searched through FTS5 with the trigram tokenizer: parts of words, in any script and
 * case, without a scan.
 */
#include "daemon/view_db.h"

#include <time.h>

#include "dupd/error.h"

#define ORIGIN_COLUMNS                                                                             \
    " origin_id TEXT, origin_url TEXT, origin_source TEXT, origin_title TEXT, origin_published "   \
    "TEXT"

static const char *const schema =
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS item(seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " collection TEXT NOT NULL, id TEXT NOT NULL, content TEXT, verdict INTEGER NOT NULL,"
    " copy INTEGER NOT NULL, score REAL NOT NULL, story INTEGER, source TEXT, url TEXT, title TEXT,"
    " published TEXT, agency TEXT, credited INTEGER, words INTEGER, decided INTEGER NOT NULL,"
    " moment INTEGER NOT NULL, took INTEGER, described INTEGER NOT NULL DEFAULT 0,"
    " of_this REAL, of_match REAL, rewriting REAL, prose INTEGER," ORIGIN_COLUMNS
    ", UNIQUE(collection, id));"
    "CREATE INDEX IF NOT EXISTS item_story ON item(story, moment);"
    "CREATE INDEX IF NOT EXISTS item_outlet ON item(source COLLATE NOCASE, seq);"
    "CREATE INDEX IF NOT EXISTS item_wire ON item(agency COLLATE NOCASE, seq)"
    " WHERE agency IS NOT NULL;"
    "DROP INDEX IF EXISTS item_source; DROP INDEX IF EXISTS item_agency;"
    "CREATE INDEX IF NOT EXISTS item_verdict ON item(verdict, seq);"
    "CREATE INDEX IF NOT EXISTS item_copies ON item(decided, agency, credited, source, story,"
    " origin_source) WHERE copy = 1;"
    "CREATE INDEX IF NOT EXISTS item_copy ON item(copy, seq);"
    "CREATE INDEX IF NOT EXISTS item_uncredited ON item(credited, seq) WHERE credited IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS item_undescribed ON item(seq) WHERE described = 0;"
    "CREATE INDEX IF NOT EXISTS item_decided ON item(decided, verdict);"
    "CREATE VIRTUAL TABLE IF NOT EXISTS title_fts USING fts5(title, content='item',"
    " content_rowid='seq', tokenize='trigram', detail='full');"
    "CREATE TABLE IF NOT EXISTS alert(seq INTEGER PRIMARY KEY AUTOINCREMENT, story INTEGER NOT "
    "NULL,"
    " id TEXT NOT NULL, source TEXT, url TEXT, title TEXT, reason TEXT, verdict INTEGER NOT NULL,"
    " score REAL NOT NULL, agency TEXT, credited INTEGER, at INTEGER NOT NULL," ORIGIN_COLUMNS
    ", UNIQUE(story, id));"
    "CREATE INDEX IF NOT EXISTS alert_wire ON alert(agency COLLATE NOCASE, seq);"
    "DROP INDEX IF EXISTS alert_agency;"
    "CREATE INDEX IF NOT EXISTS alert_at ON alert(at);"
    "CREATE VIRTUAL TABLE IF NOT EXISTS alert_fts USING fts5(title, content='alert',"
    " content_rowid='seq', tokenize='trigram', detail='full');"
    "CREATE TRIGGER IF NOT EXISTS alert_added AFTER INSERT ON alert BEGIN"
    " INSERT INTO alert_fts(rowid, title) VALUES(new.seq, new.title); END;"
    "CREATE TRIGGER IF NOT EXISTS alert_gone AFTER DELETE ON alert BEGIN"
    " INSERT INTO alert_fts(alert_fts, rowid, title) VALUES('delete', old.seq, old.title); END;"
    /* a view of before there was this index has alerts that are not in it */
    "INSERT INTO alert_fts(alert_fts) SELECT 'rebuild'"
    " WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key = 'alert_fts');"
    "INSERT OR IGNORE INTO meta(key, value) VALUES('alert_fts', '1');"
    "CREATE TABLE IF NOT EXISTS story(story INTEGER PRIMARY KEY, merged_into INTEGER,"
    " dirty INTEGER NOT NULL DEFAULT 0, touched INTEGER NOT NULL, members INTEGER NOT NULL DEFAULT "
    "0,"
    " outlets INTEGER NOT NULL DEFAULT 0, copies INTEGER NOT NULL DEFAULT 0,"
    " credited INTEGER NOT NULL DEFAULT 0, uncredited INTEGER NOT NULL DEFAULT 0,"
    " first_at INTEGER, last_at INTEGER, last_seq INTEGER, first_copy_at INTEGER, agency "
    "TEXT," ORIGIN_COLUMNS ");"
    "CREATE INDEX IF NOT EXISTS story_dirty ON story(story) WHERE dirty = 1;"
    "CREATE INDEX IF NOT EXISTS story_merged ON story(merged_into) WHERE merged_into IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS story_empty ON story(touched) WHERE last_seq IS NULL;"
    "CREATE INDEX IF NOT EXISTS story_latest ON story(last_seq) WHERE copies > 0;"
    "CREATE TABLE IF NOT EXISTS event(number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,"
    " json TEXT NOT NULL);";

static const char *const texts[VIEW_SQL_COUNT] = {
#define VIEW_STATEMENT_TEXT(name, text) [VIEW_SQL_##name] = text,
    VIEW_STATEMENTS(VIEW_STATEMENT_TEXT)
#undef VIEW_STATEMENT_TEXT
};

int view_code(struct view *v, int sqlite)
{
    (void)v;
    switch (sqlite & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return DUPD_OK;
    case SQLITE_NOMEM:
        return DUPD_ENOMEM;
    case SQLITE_FULL:
        return DUPD_EFULL;
    case SQLITE_INTERRUPT:
        return DUPD_EAGAIN;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* a schema that is not ours */
    case SQLITE_MISMATCH:
        return DUPD_ECORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return DUPD_EBUSY;
    default:
        return DUPD_EIO;
    }
}

static uint64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int on_progress(void *data)
{
    const struct view *v = data;
    return v->deadline_ms && monotonic_ms() > v->deadline_ms;
}

static int on_journal(void *data, sqlite3 *db, const char *name, int pages)
{
    struct view *v = data;
    v->journal_pages = pages;
    if (pages > VIEW_JOURNAL_MAX) /* the commit stands, whatever comes of this */
        sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

static int prepare(struct view *v)
{
    int s = SQLITE_OK;
    for (int i = 0; i < VIEW_SQL_COUNT && s == SQLITE_OK; i++)
        s = sqlite3_prepare_v3(v->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &v->statement[i],
                               NULL);
    sqlite3_progress_handler(v->db, 2000, on_progress, v);
    return s;
}

int view_read_begin(struct view *reader)
{
    int s = sqlite3_exec(reader->db, "BEGIN", NULL, NULL, NULL);
    reader->deadline_ms = monotonic_ms() + reader->options.query_ms;
    return view_code(reader, s);
}

void view_read_end(struct view *reader)
{
    reader->deadline_ms = 0;
    if (!sqlite3_get_autocommit(reader->db))
        sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL);
}

int view_prepare_reader(struct view *v)
{
    int s = sqlite3_exec(v->db, "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;", NULL,
                         NULL, NULL);
    return view_code(v, s == SQLITE_OK ? prepare(v) : s);
}

int view_prepare_all(struct view *v)
{
    int s = sqlite3_exec(v->db,
                         "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                         "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384;"
                         "PRAGMA temp_store = MEMORY;",
                         NULL, NULL, NULL);
    sqlite3_wal_hook(v->db, on_journal, v); /* after the pragma, which removes it */
    if (s == SQLITE_OK)
        s = sqlite3_exec(v->db, schema, NULL, NULL, NULL);
    return view_code(v, s == SQLITE_OK ? prepare(v) : s);
}

void view_finish(struct view *v)
{
    for (int i = 0; i < VIEW_SQL_COUNT; i++)
        sqlite3_finalize(v->statement[i]);
    memset(v->statement, 0, sizeof v->statement);
    sqlite3_close(v->db);
    v->db = NULL;
}

int view_bind(sqlite3_stmt *s, int at, struct dupd_view text)
{
    return text.ptr ? sqlite3_bind_text64(s, at, text.ptr, text.len, SQLITE_STATIC, SQLITE_UTF8)
                    : sqlite3_bind_null(s, at);
}

static int bind_or_null(sqlite3_stmt *s, int at, int64_t number)
{
    return number < 0 ? sqlite3_bind_null(s, at) : sqlite3_bind_int64(s, at, number);
}

static int bind_all(sqlite3_stmt *s, const char *format, va_list args)
{
    int rc = SQLITE_OK;
    for (int at = 1; *format && rc == SQLITE_OK; format++, at++) {
        if (*format == 'i')
            rc = sqlite3_bind_int64(s, at, va_arg(args, int64_t));
        else if (*format == 'd')
            rc = sqlite3_bind_double(s, at, va_arg(args, double));
        else if (*format == 'n')
            rc = bind_or_null(s, at, va_arg(args, int64_t));
        else
            rc = view_bind(s, at, va_arg(args, struct dupd_view));
    }
    return rc;
}

int view_run(struct view *v, enum view_statement which, const char *format, ...)
{
    sqlite3_stmt *s = v->statement[which];
    va_list args;
    va_start(args, format);
    int rc = bind_all(s, format, args);
    va_end(args);
    do {
        if (rc == SQLITE_OK || rc == SQLITE_ROW)
            rc = sqlite3_step(s);
    } while (rc == SQLITE_ROW);
    view_done(s);
    return view_code(v, rc);
}

int view_row(struct view *v, enum view_statement which, sqlite3_stmt **row, const char *format, ...)
{
    sqlite3_stmt *s = v->statement[which];
    va_list args;
    va_start(args, format);
    int rc = bind_all(s, format, args);
    va_end(args);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        *row = s;
        return 1;
    }
    view_done(s);
    return view_code(v, rc);
}

void view_done(sqlite3_stmt *row)
{
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
}

struct dupd_view view_column(sqlite3_stmt *row, int column)
{
    const char *p = (const char *)sqlite3_column_text(row, column);
    int n = sqlite3_column_bytes(row, column);
    return (struct dupd_view){p, p && n > 0 ? (size_t)n : 0};
}

int view_begin(struct view *v)
{
    if (v->feeding)
        return DUPD_OK;
    int rc = view_run(v, VIEW_SQL_BEGIN, "");
    v->feeding = rc == DUPD_OK;
    return rc;
}

/* ---- queries that are put together ---- */

void view_ask_begin(struct view_ask *a, struct view *v, const char *sql)
{
    *a = (struct view_ask){.v = v, .outer_ms = v->deadline_ms};
    view_ask_add(a, sql);
}

void view_ask_add(struct view_ask *a, const char *sql)
{
    if (!a->status)
        a->status = dupd_buf_add_str(&a->sql, sql);
}

/* Is there room for one more value? */
static bool has_room(struct view_ask *a, const char *sql)
{
    view_ask_add(a, sql);
    if (a->count < sizeof a->bound / sizeof *a->bound)
        return true;
    if (!a->status)
        a->status = DUPD_ETOOBIG;
    return false;
}

void view_ask_text(struct view_ask *a, const char *sql, struct dupd_view text)
{
    if (has_room(a, sql)) {
        a->bound[a->count].kind = VIEW_ASK_TEXT;
        a->bound[a->count++].view = text.ptr ? text : DUPD_VIEW("");
    }
}

void view_ask_number(struct view_ask *a, const char *sql, int64_t number)
{
    if (has_room(a, sql)) {
        a->bound[a->count].kind = VIEW_ASK_NUMBER;
        a->bound[a->count++].number = number;
    }
}

void view_ask_own(struct view_ask *a, const char *sql, size_t from)
{
    if (has_room(a, sql)) {
        a->bound[a->count].kind = VIEW_ASK_OWN;
        a->bound[a->count].at = from;
        a->bound[a->count++].len = a->own.len - from;
    }
}

static int bind_one(struct view_ask *a, unsigned i)
{
    int at = (int)i + 1;
    if (a->bound[i].kind == VIEW_ASK_NUMBER)
        return sqlite3_bind_int64(a->s, at, a->bound[i].number);
    if (a->bound[i].kind == VIEW_ASK_TEXT)
        return view_bind(a->s, at, a->bound[i].view);
    return view_bind(a->s, at, (struct dupd_view){a->own.ptr + a->bound[i].at, a->bound[i].len});
}

static int start_ask(struct view_ask *a)
{
    struct view *v = a->v;
    int s = sqlite3_prepare_v2(v->db, a->sql.ptr, (int)a->sql.len, &a->s, NULL);
    for (unsigned i = 0; i < a->count && s == SQLITE_OK; i++)
        s = bind_one(a, i);
    if (!a->outer_ms)
        v->deadline_ms = monotonic_ms() + v->options.query_ms;
    return view_code(v, s);
}

int view_ask_next(struct view_ask *a)
{
    if (!a->status && !a->s)
        a->status = start_ask(a);
    if (a->status)
        return a->status;
    int s = sqlite3_step(a->s);
    if (s == SQLITE_ROW)
        return 1;
    a->status = view_code(a->v, s);
    return a->status;
}

int view_ask_end(struct view_ask *a)
{
    a->v->deadline_ms = a->outer_ms;
    sqlite3_finalize(a->s);
    dupd_buf_close(&a->sql);
    dupd_buf_close(&a->own);
    return a->status;
}
