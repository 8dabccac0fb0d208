/*
 * embedded.c: the embedded store's queue, batches and window.
 *
 * Happy path of writing: the first write opens a transaction; puts and commits go into it, each
 * whole or not at all; after `batch` commits, or when the caller flushes, it is committed with
 * synchronous=FULL, which is one fsync of the log for the whole batch. What flush has returned 0
 * for survives a killed process and a power cut; what it has not is gone as a whole.
 *
 * Numbers: a transaction gives only numbers below `reserved` as the database already has it, so
 * that none is given twice even if the transaction is lost. After a kill up to RESERVE numbers are
 * skipped; a clean close gives back what was not used.
 *
 * When a transaction is lost (disk full, input/output error), the next flush says so, its articles
 * are as if never put, and the store goes on: reads answer, and a later write may succeed.
 */
#include "store/embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RESERVE 4096u /* numbers */

int embedded_fail(struct embedded *e, int rc, const char *what)
{
    const char *why = e->sql.text[0] ? e->sql.text : dupd_error_text(rc);
    const char *hint = rc == DUPD_EFULL       ? "; make room and try again"
                       : rc == DUPD_ECORRUPT  ? "; restore it from a backup"
                       : rc == DUPD_ENOTSTORE ? "; restore it from a backup, or name another store"
                                              : "";
    snprintf(e->base.problem, sizeof e->base.problem, "%s the store %.200s: %.150s%s", what, e->dir,
             why, hint);
    e->sql.text[0] = 0;
    return rc;
}

static int write_meta(struct embedded *e)
{
    const struct embedded_counters *c = &e->count;
    return sql_run(&e->sql, SQL_META_SET, "iiiiiii", (int64_t)c->reserved, (int64_t)c->commits,
                   (int64_t)c->articles, (int64_t)c->stories, (int64_t)c->copies,
                   (int64_t)c->alerts, (int64_t)c->text_bytes);
}

/* Everything since the last flush is gone: the caller hears of it from the next one. */
static void lose_batch(struct embedded *e, int rc)
{
    if (!sqlite3_get_autocommit(e->sql.db))
        sql_run(&e->sql, SQL_ROLLBACK, "");
    e->in_batch = false;
    e->batched = 0;
    e->count = e->durable;
    e->phantoms = true;
    dupd_buf_clear(&e->dead);
    dupd_buf_clear(&e->buried);
    e->failed = rc;
}

/* Ends the transaction. `reserve`: how many numbers beyond the next one it may give from now on. */
static int end_batch(struct embedded *e, unsigned reserve)
{
    int rc = embedded_purge(e);
    uint64_t reserved = e->next + reserve;
    e->count.reserved = reserved > UINT32_MAX ? (uint64_t)UINT32_MAX + 1 : reserved;
    e->count.commits++;
    if (!rc)
        rc = write_meta(e);
    if (!rc) {
        if (e->table.header)
            atomic_store(&e->table.header->committed, e->count.commits);
        rc = sql_run(&e->sql, SQL_COMMIT, "");
    }
    if (rc) {
        embedded_fail(e, rc, "cannot write");
        lose_batch(e, rc);
        return rc;
    }
    e->in_batch = false;
    e->batched = 0;
    e->durable = e->count;
    embedded_index_buried(e);
    return DUPD_OK;
}

int embedded_begin(struct embedded *e)
{
    if (e->options.read_only)
        return sql_why(&e->sql, DUPD_EREADONLY, "it was opened for reading only");
    if (e->in_batch)
        return DUPD_OK;
    int rc = sql_run(&e->sql, SQL_BEGIN_WRITE, "");
    e->in_batch = rc == 0;
    return rc;
}

int embedded_flush(struct embedded *e)
{
    if (e->options.read_only) { /* a new snapshot */
        e->failed = 0;
        int rc = sql_run(&e->sql, SQL_COMMIT, "");
        if (!rc)
            rc = sql_run(&e->sql, SQL_BEGIN_READ, "");
        if (!rc)
            rc = embedded_load_meta(e);
        if (!rc)
            rc = embedded_set_floor(e);
        return rc ? embedded_fail(e, rc, "cannot read") : DUPD_OK;
    }
    if (e->in_batch)
        end_batch(e, RESERVE);
    int rc = e->failed;
    e->failed = 0;
    return rc;
}

/* The first article from number n on: 1 with its number and arrival, 0 if there is none. */
static int first_from(struct embedded *e, uint64_t n, uint64_t *first, int64_t *arrived)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_ARRIVED, &row, "i", (int64_t)n);
    if (rc > 0) {
        *first = sql_u64(row, 0);
        *arrived = sqlite3_column_int64(row, 1);
    }
    sql_done(row);
    return rc;
}

/* The first number whose article is there and arrived within the window. By bisection: arrivals
 * grow with the numbers, except around a clock that was set back, where it is near enough. Where
 * the rows of older articles are gone their postings are not, hence "is there". */
int embedded_set_floor(struct embedded *e)
{
    int64_t since = e->options.window_s ? e->now_ms - e->options.window_s * 1000 : INT64_MIN;
    uint64_t low = e->floor, high = e->limit + 1, n = 0;
    int64_t arrived = 0;
    int rc = 0;
    while (e->options.window_s && rc >= 0 && low < high) {
        uint64_t middle = low + (high - low) / 2;
        rc = first_from(e, middle, &n, &arrived);
        if (rc > 0 && arrived < since)
            low = n + 1;
        else
            high = middle;
    }
    if (rc >= 0)
        rc = first_from(e, low, &n, &arrived);
    if (rc < 0)
        return rc;
    if (rc == 0)
        n = e->next > e->limit + 1 ? e->next : e->limit + 1;
    e->floor = n;
    return DUPD_OK;
}

static void vt_set_now(struct store *s, int64_t now_ms)
{
    struct embedded *e = (struct embedded *)s;
    if (now_ms >= e->now_ms + 1000) {
        e->now_ms = now_ms;
        int rc = embedded_set_floor(e);
        if (rc) /* the floor stays: at worst too much is in the window */
            embedded_fail(e, rc, "cannot read");
    }
}

static void vt_submit(struct store *s, struct store_op *op)
{
    struct embedded *e = (struct embedded *)s;
    op->next = NULL;
    op->status = 0;
    dupd_buf_clear(&op->memory);
    if (e->last)
        e->last->next = op;
    else
        e->first = op;
    e->last = op;
}

/* Before a put: numbers to give that are reserved on disk, and no postings of lost batches. */
static int prepare_put(struct embedded *e)
{
    if (e->next > UINT32_MAX)
        return sql_why(&e->sql, DUPD_EFULL,
                       "all 4,294,967,295 numbers are used; begin a new store");
    int rc = embedded_begin(e);
    if (!rc && e->next >= e->durable.reserved) {
        rc = end_batch(e, RESERVE);
        if (!rc)
            rc = embedded_begin(e);
    }
    if (!rc && e->phantoms)
        rc = embedded_index_scrub(e);
    return rc;
}

static int perform_write(struct embedded *e, struct store_op *op)
{
    int rc = op->kind == STORE_PUT ? prepare_put(e) : embedded_begin(e);
    if (!rc)
        rc = sql_run(&e->sql, SQL_SAVE, "");
    if (rc)
        return rc;
    struct embedded_counters before = e->count;
    size_t dead = e->dead.len, buried = e->buried.len;
    if (op->kind == STORE_PUT)
        rc = embedded_put(e, (struct store_put *)op);
    else if (op->kind == STORE_COMMIT)
        rc = embedded_commit(e, (struct store_commit *)op);
    else if (op->kind == STORE_OUTBOX)
        rc = embedded_outbox(e, (struct store_outbox *)op);
    else
        rc = embedded_forget(e, (struct store_forget *)op);
    if (!rc)
        return sql_run(&e->sql, SQL_KEEP, "");
    if (sqlite3_get_autocommit(e->sql.db)) { /* SQLite has given up the whole transaction */
        lose_batch(e, rc);
        return rc;
    }
    e->count = before;
    e->dead.len = dead;
    e->buried.len = buried;
    int undo = sql_run(&e->sql, SQL_UNDO, "");
    if (!undo)
        undo = sql_run(&e->sql, SQL_KEEP, "");
    if (undo)
        lose_batch(e, undo);
    return rc;
}

static int perform(struct embedded *e, struct store_op *op)
{
    switch (op->kind) {
    case STORE_LOOKUP:
        return embedded_lookup(e, (struct store_lookup *)op);
    case STORE_CANDIDATES:
        return embedded_candidates(e, (struct store_candidates *)op);
    case STORE_FETCH:
        return embedded_fetch(e, (struct store_fetch *)op);
    case STORE_STORY:
        return embedded_story(e, (struct store_story *)op);
    case STORE_FURNITURE:
        return embedded_furniture(e, (struct store_furniture *)op);
    case STORE_LIST:
        return embedded_list(e, (struct store_list *)op);
    case STORE_STATS:
        return embedded_stats(e, (struct store_stats *)op);
    case STORE_ANSWER:
        return DUPD_OK; /* the queue is not this store's */
    case STORE_PUT:
    case STORE_COMMIT:
    case STORE_OUTBOX:
    case STORE_FORGET:
        return perform_write(e, op);
    }
    return DUPD_EINVAL;
}

static bool is_write(const struct store_op *op)
{
    return op->kind == STORE_PUT || op->kind == STORE_COMMIT || op->kind == STORE_FORGET ||
           op->kind == STORE_OUTBOX;
}

/* A database that is read without any locks must not be written meanwhile. */
static bool immutable_broken(struct embedded *e)
{
    if (!e->immutable || !embedded_has_wal(e))
        return false;
    sql_why(&e->sql, DUPD_EBUSY, "a writer has begun; try again");
    return true;
}

static size_t vt_run(struct store *s)
{
    struct embedded *e = (struct embedded *)s;
    size_t done = 0;
    while (e->first) {
        struct store_op *op = e->first;
        e->first = op->next;
        if (!e->first)
            e->last = NULL;
        e->sql.text[0] = 0;
        op->status = immutable_broken(e) ? DUPD_EBUSY : perform(e, op);
        if (op->status)
            embedded_fail(e, op->status, is_write(op) ? "cannot write" : "cannot read");
        if (op->kind == STORE_COMMIT && !op->status && ++e->batched >= e->options.batch)
            end_batch(e, RESERVE); /* a failure is told by the next flush */
        done++;
        op->done(op);
    }
    return done;
}

static int vt_flush(struct store *s)
{
    return embedded_flush((struct embedded *)s);
}

static void vt_close(struct store *s)
{
    embedded_close((struct embedded *)s);
}

/* Gives back the numbers that were not used, and writes the table out. */
static void end_writing(struct embedded *e)
{
    if (e->in_batch || e->durable.reserved != e->next)
        if (embedded_begin(e) == 0)
            end_batch(e, 0);
    if (e->table.header && !e->failed)
        table_end(&e->table);
}

void embedded_close(struct embedded *e)
{
    if (e->sql.db && !e->options.read_only && e->lock.fd >= 0 && e->next)
        end_writing(e);
    table_close(&e->table);
    sql_close(&e->sql);
    lock_drop(&e->lock);
    finder_close(&e->finder);
    dupd_sketch_close(&e->sketch);
    dupd_buf_close(&e->dead);
    dupd_buf_close(&e->buried);
    dupd_buf_close(&e->scratch);
    dupd_buf_close(&e->members);
    pack_close(&e->pack);
    free(e->dir);
    free(e);
}

const struct store_vtable embedded_vtable = {.submit = vt_submit,
                                             .run = vt_run,
                                             .flush = vt_flush,
                                             .set_now = vt_set_now,
                                             .close = vt_close};
