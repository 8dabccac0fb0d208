/*
 * view.c: opening the view, making it durable, and keeping it small.
 *
 * Happy path: DIR/view.db is there, of this format, and goes on where it was. What cannot be read
 * as such is renamed to view.db.bad, with its journal, and a new one begins: everything in it was
 * published elsewhere, and Redis may still have it (the position starts at the beginning then).
 */
#include "daemon/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/view_db.h"
#include "dupd/error.h"

void view_options_default(struct view_options *o)
{
    *o = (struct view_options){.window_s = 30 * 86400, .rows_max = 200000, .query_ms = 1000};
}

static const char *const position_key[VIEW_KIND_COUNT] = {"position_verdict", "position_alert",
                                                          "position_story"};

/* A value of the meta table; "" when there is none. */
static int get_meta(struct view *v, const char *key, char *out, size_t size)
{
    sqlite3_stmt *row;
    out[0] = 0;
    int rc = view_row(v, VIEW_SQL_META_GET, &row, "t", dupd_view_of(key));
    if (rc == 1) {
        struct dupd_view value = view_column(row, 0);
        snprintf(out, size, "%.*s", (int)value.len, value.ptr);
        view_done(row);
        rc = DUPD_OK;
    }
    return rc;
}

static int set_meta(struct view *v, const char *key, const char *value)
{
    return view_run(v, VIEW_SQL_META_SET, "tt", dupd_view_of(key), dupd_view_of(value));
}

static int count(struct view *v)
{
    sqlite3_stmt *row;
    int rc = view_row(v, VIEW_SQL_TOTALS, &row, "");
    if (rc == 1) {
        v->rows = (uint64_t)sqlite3_column_int64(row, 0);
        v->last_seq = sqlite3_column_int64(row, 1);
        view_done(row);
        rc = view_row(v, VIEW_SQL_NEWEST, &row, "");
    }
    if (rc == 1) {
        v->newest = (uint64_t)sqlite3_column_int64(row, 0);
        view_done(row);
    }
    return rc < 0 ? rc : DUPD_OK;
}

/* A name by which numbers of another view are told from those of this one. */
static int make_name(struct view *v)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return DUPD_EIO;
    snprintf(v->name, sizeof v->name, "%016llx", (unsigned long long)random);
    char format[16];
    snprintf(format, sizeof format, "%d", VIEW_FORMAT);
    int rc = set_meta(v, "format", format);
    return rc ? rc : set_meta(v, "name", v->name);
}

static int load(struct view *v)
{
    char format[16];
    int rc = view_prepare_all(v);
    rc = rc ? rc : get_meta(v, "format", format, sizeof format);
    if (!rc && format[0] && atoi(format) != VIEW_FORMAT)
        return DUPD_EVERSION;
    rc = rc ? rc : get_meta(v, "name", v->name, sizeof v->name);
    if (!rc && !v->name[0])
        rc = make_name(v);
    for (int i = 0; i < VIEW_KIND_COUNT && !rc; i++)
        rc = get_meta(v, position_key[i], v->position[i], VIEW_POSITION_MAX);
    return rc ? rc : count(v);
}

static int open_at(struct view *v, const char *path)
{
    int s = sqlite3_open_v2(path, &v->db,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                SQLITE_OPEN_EXRESCODE,
                            NULL);
    if (s == SQLITE_OK)
        s = sqlite3_busy_timeout(v->db, 1000);
    int rc = view_code(v, s);
    return rc ? rc : load(v);
}

static void put_aside(const char *path)
{
    static const char *const ending[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char from[4200], to[4200];
        snprintf(from, sizeof from, "%s%s", path, ending[i]);
        snprintf(to, sizeof to, "%s.bad%s", path, ending[i]);
        if (i == 0)
            rename(from, to);
        else
            unlink(from);
    }
}

int view_open(struct view **out, const char *dir, const struct view_options *options,
              char problem[512])
{
    char path[4096] = ":memory:";
    struct view *v = calloc(1, sizeof *v);
    if (!v) {
        snprintf(problem, 512, "%s", dupd_error_text(DUPD_ENOMEM));
        return DUPD_ENOMEM;
    }
    v->options = *options;
    if (dir && snprintf(path, sizeof path, "%s/view.db", dir) >= (int)sizeof path) {
        free(v);
        snprintf(problem, 512, "the state directory's name is too long");
        return DUPD_EINVAL;
    }
    v->path = dir ? strdup(path) : NULL;
    int rc = dir && !v->path ? DUPD_ENOMEM : open_at(v, path);
    if (dir && (rc == DUPD_ECORRUPT || rc == DUPD_EVERSION || rc == DUPD_ENOTSTORE)) {
        view_finish(v);
        memset(v->name, 0, sizeof v->name);
        put_aside(path);
        rc = open_at(v, path);
    }
    if (rc) {
        snprintf(problem, 512, "the dashboard's view in %.200s cannot be opened: %.200s", path,
                 v->db ? sqlite3_errmsg(v->db) : dupd_error_text(rc));
        view_close(v);
        return rc;
    }
    *out = v;
    return DUPD_OK;
}

int view_open_reader(struct view **out, const struct view *of)
{
    struct view *v = of->path ? calloc(1, sizeof *v) : NULL;
    if (!v)
        return of->path ? DUPD_ENOMEM : DUPD_ENOENT;
    v->options = of->options;
    int s = sqlite3_open_v2(of->path, &v->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    int rc = view_code(v, s);
    rc = rc ? rc : view_prepare_reader(v);
    if (rc)
        view_close(v);
    else
        *out = v;
    return rc;
}

void view_close(struct view *v)
{
    if (!v)
        return;
    if (v->db && v->feeding)
        view_flush(v, 0);
    view_finish(v);
    view_fields_close(&v->fields);
    view_fields_close(&v->own);
    dupd_buf_close(&v->event);
    free(v->path);
    free(v);
}

/* Drops what is over the bounds, a thousand rows at most: the rest goes with the next flush. */
static int drop_old(struct view *v, int64_t now_ms)
{
    sqlite3_stmt *row;
    int64_t before =
        v->options.window_s > 0 && now_ms > 0 ? now_ms - v->options.window_s * 1000 : 0;
    int64_t seq[1000], story[1000], over = v->last_seq - (int64_t)v->options.rows_max;
    int n = 0;
    int rc = view_row(v, VIEW_SQL_ITEM_OLD, &row, "ii", over, before);
    while (rc == 1) {
        seq[n] = sqlite3_column_int64(row, 0);
        story[n++] = sqlite3_column_int64(row, 1);
        int s = sqlite3_step(row);
        rc = s == SQLITE_ROW ? 1 : view_code(v, s);
        if (rc != 1)
            view_done(row);
    }
    for (int i = 0; i < n && !rc; i++)
        rc = view_remove(v, seq[i], story[i]);
    if (n && !rc)
        rc = view_run(v, VIEW_SQL_STORY_FORGET, "");
    rc = rc ? rc : view_run(v, VIEW_SQL_STORY_EMPTY, "i", over);
    rc = rc ? rc : view_run(v, VIEW_SQL_ALERT_OLD, "ii", before, (int64_t)VIEW_ALERTS_MAX);
    return rc ? rc : view_run(v, VIEW_SQL_EVENT_OLD, "i", (int64_t)VIEW_EVENTS_MAX);
}

int view_flush(struct view *v, int64_t now_ms)
{
    int rc = view_begin(v);
    rc = rc ? rc : drop_old(v, now_ms);
    rc = rc ? rc : view_count_stories(v);
    for (int i = 0; i < VIEW_KIND_COUNT && !rc; i++)
        if (v->pending[i][0])
            rc = set_meta(v, position_key[i], v->pending[i]);
    if (!rc)
        rc = view_run(v, VIEW_SQL_COMMIT, "");
    if (rc) { /* what was fed since the last flush is fed again from the saved position */
        view_run(v, VIEW_SQL_ROLLBACK, "");
    } else {
        for (int i = 0; i < VIEW_KIND_COUNT; i++)
            if (v->pending[i][0])
                memcpy(v->position[i], v->pending[i], VIEW_POSITION_MAX);
        rc = count(v);
    }
    memset(v->pending, 0, sizeof v->pending);
    v->feeding = false;
    return rc;
}

bool view_is_checkpoint_due(const struct view *v)
{
    return v->path && v->journal_pages >= VIEW_JOURNAL_DUE;
}

int view_checkpoint(const struct view *v)
{
    sqlite3 *db = NULL; /* of our own: the view's belongs to its thread */
    int s = sqlite3_open_v2(v->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (s == SQLITE_OK) /* SQLite looks for a journal at the first read, and not before */
        s = sqlite3_exec(db, "SELECT 1 FROM meta", NULL, NULL, NULL);
    if (s == SQLITE_OK)
        s = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    sqlite3_close(db);
    return view_code(NULL, s);
}

void view_position(struct view *v, enum view_kind kind, char out[VIEW_POSITION_MAX])
{
    memcpy(out, v->position[kind], VIEW_POSITION_MAX);
}

const char *view_name(const struct view *v)
{
    return v->name;
}

uint64_t view_newest(const struct view *v)
{
    return v->newest;
}

uint64_t view_rows(const struct view *v)
{
    return v->rows;
}

int view_events(struct view *v, uint64_t after, unsigned limit, view_event_cb each, void *data)
{
    sqlite3_stmt *row;
    int n = 0;
    int rc = view_row(v, VIEW_SQL_EVENT_NEXT, &row, "ii", (int64_t)after, (int64_t)limit);
    while (rc == 1) {
        const char *name = (const char *)sqlite3_column_text(row, 1);
        each(data, (uint64_t)sqlite3_column_int64(row, 0), name ? name : "", view_column(row, 2));
        n++;
        int s = sqlite3_step(row);
        rc = s == SQLITE_ROW ? 1 : view_code(v, s);
        if (rc != 1)
            view_done(row);
    }
    return rc < 0 ? rc : n;
}
