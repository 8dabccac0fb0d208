/*
 * embedded_outbox.c: what the world is to be told of a commit, in the commit's own transaction.
 *
 * The store cannot publish and commit in one step; it can remember what is to be published. A
 * daemon takes the rows once they are durable, publishes them with their numbers, and lets them be
 * removed. Killed in between, it is given them again, and the numbers tell what was published.
 * Numbers are never used twice (AUTOINCREMENT), also when the table was empty in between.
 */
#include <inttypes.h>
#include <stdio.h>

#include "store/embedded.h"

int embedded_outbox_open(struct embedded *e)
{
    if (!e->options.outbox || e->options.read_only)
        return DUPD_OK;
    return sql_script(&e->sql, "CREATE TABLE IF NOT EXISTS outbox(o INTEGER PRIMARY KEY"
                               " AUTOINCREMENT, kind INTEGER NOT NULL, id BLOB NOT NULL,"
                               " json TEXT NOT NULL)");
}

static int put(struct embedded *e, enum store_told_kind kind, struct dupd_view id,
               struct dupd_view json)
{
    return sql_run(&e->sql, SQL_OUTBOX_PUT, "ibt", (int64_t)kind, id, json);
}

int embedded_tell_alert(struct embedded *e, const struct store_alert *alert)
{
    return e->options.outbox ? put(e, STORE_TOLD_ALERT, alert->id, alert->json) : DUPD_OK;
}

int embedded_tell_story(struct embedded *e, const struct store_commit *op, const char *event,
                        uint64_t story, struct dupd_view about, uint64_t into)
{
    sqlite3_stmt *row;
    char number[24];
    if (!e->options.outbox)
        return DUPD_OK;
    int rc = sql_row(&e->sql, SQL_STORY_GET, &row, "i", (int64_t)(into ? into : story));
    int64_t members = rc > 0 ? sqlite3_column_int64(row, 2) : 1;
    int64_t outlets = rc > 0 ? sqlite3_column_int64(row, 3) : 1;
    sql_done(row);
    dupd_buf_clear(&e->scratch);
    if (about.len == 0)
        about = DUPD_VIEW("null");
    if (rc >= 0)
        rc = dupd_buf_addf(&e->scratch,
                           "{\"v\":1,\"story\":\"%" PRIu64 "\",\"event\":\"%s\",\"origin\":%.*s,"
                           "\"members\":%" PRId64 ",\"outlets\":%" PRId64,
                           story, event, (int)about.len, about.ptr, members, outlets);
    if (!rc && into)
        rc = dupd_buf_addf(&e->scratch, ",\"into\":\"%" PRIu64 "\"", into);
    if (!rc)
        rc = dupd_buf_addf(&e->scratch, ",\"at\":\"%.*s\"}", (int)op->at.len, op->at.ptr);
    if (rc)
        return rc;
    int n = snprintf(number, sizeof number, "%" PRIu64, story);
    return put(e, STORE_TOLD_STORY, (struct dupd_view){number, (size_t)n},
               dupd_buf_view(&e->scratch));
}

/* Rows into op->told, their bytes into its memory; views are set once that stands still. */
static int take_rows(struct embedded *e, struct store_outbox *op)
{
    sqlite3_stmt *row;
    struct dupd_buf *m = &op->op.memory;
    int rc =
        sql_row(&e->sql, SQL_OUTBOX_GET, &row, "ii", (int64_t)op->after, (int64_t)STORE_OUTBOX_MAX);
    while (rc > 0) {
        struct store_told *t = &op->told[op->count++];
        struct dupd_view id = sql_view(row, 2), json = sql_view(row, 3);
        *t = (struct store_told){.row = sql_u64(row, 0),
                                 .kind = (enum store_told_kind)sqlite3_column_int(row, 1),
                                 .id.len = id.len,
                                 .json.len = json.len};
        rc = dupd_buf_add_view(m, id);
        if (!rc)
            rc = dupd_buf_add_view(m, json);
        if (!rc)
            rc = sql_next(&e->sql, row);
    }
    sql_done(row);
    const char *at = m->ptr;
    for (uint32_t i = 0; i < op->count && !rc; i++) {
        op->told[i].id.ptr = at;
        op->told[i].json.ptr = at + op->told[i].id.len;
        at += op->told[i].id.len + op->told[i].json.len;
    }
    return rc;
}

int embedded_outbox(struct embedded *e, struct store_outbox *op)
{
    op->count = 0;
    for (int i = 0; i < 16; i++)
        snprintf(op->store + 2 * i, 3, "%02x", e->identity.store_id[i]);
    if (!e->options.outbox)
        return DUPD_OK;
    int rc = op->done ? sql_run(&e->sql, SQL_OUTBOX_DROP, "i", (int64_t)op->done) : DUPD_OK;
    return rc ? rc : take_rows(e, op);
}
