/*
 * embedded_story.c: the story side of a commit. Which story an article joins is decided by the
 * engine; here the counts, the merges and the alerts are kept right.
 *
 * members and outlets count living articles; each outlet is counted once, which an index on (story,
 * outlet) answers without a table of pairs. A merged story stays as a pointer, always straight to
 * the story it ended up in, so that following it is one look-up. When the last member is gone, the
 * story, its pointers and its alerts are gone.
 */
#include "store/embedded.h"

int embedded_story_follow(struct embedded *e, uint64_t story, uint64_t *out)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_STORY_TARGET, &row, "i", (int64_t)story);
    *out = rc > 0 ? sql_u64(row, 0) : 0;
    sql_done(row);
    return rc < 0 ? rc : DUPD_OK;
}

/* 1 when the outlet has an article in the story. */
static int has_outlet(struct embedded *e, uint64_t story, struct dupd_view outlet)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_OUTLET_IN_STORY, &row, "it", (int64_t)story, outlet);
    sql_done(row);
    return rc;
}

static int recount(struct embedded *e, uint64_t story)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_STORY_COUNT, &row, "i", (int64_t)story);
    if (rc <= 0)
        return rc;
    int64_t members = sqlite3_column_int64(row, 0), outlets = sqlite3_column_int64(row, 1);
    sql_done(row);
    return sql_run(&e->sql, SQL_STORY_SET, "iii", members, outlets, (int64_t)story);
}

static int drop_alerts(struct embedded *e, uint64_t story)
{
    int rc = sql_run(&e->sql, SQL_ALERTS_DROP, "i", (int64_t)story);
    if (!rc)
        e->count.alerts -= (unsigned)sqlite3_changes(e->sql.db);
    return rc;
}

/* The story has another origin, whose text is that share of the former one. Members that are
 * hardly anything of the origin stay as they are: nothing follows from less. */
static int fade(struct embedded *e, uint64_t story, float share)
{
    if (!(share > 0) || share >= 1)
        return DUPD_OK;
    return sql_run(&e->sql, SQL_STORY_FADE, "di", (double)share, (int64_t)story);
}

/* `from` becomes a pointer to `into`; an outlet that had an alert in both keeps one. */
static int merge(struct embedded *e, const struct store_commit *op, uint64_t into, uint64_t from,
                 float share)
{
    int rc = embedded_story_follow(e, from, &from);
    if (rc || from == 0 || from == into)
        return rc;
    int64_t to = (int64_t)into, old = (int64_t)from;
    rc = fade(e, from, share);
    if (!rc)
        rc = sql_run(&e->sql, SQL_MERGE_MEMBERS, "ii", to, old);
    if (!rc)
        rc = sql_run(&e->sql, SQL_MERGE_STORY, "ii", to, old);
    if (!rc)
        rc = sql_run(&e->sql, SQL_MERGE_ALERTS, "ii", to, old);
    if (!rc)
        rc = drop_alerts(e, from);
    if (!rc)
        e->count.stories--;
    if (!rc)
        rc = recount(e, into);
    return rc ? rc
              : embedded_tell_story(e, op, "merged", from,
                                    op->new_origin ? op->article : op->origin, into);
}

/* The story to join, made if it is new, or was forgotten between the decision and now. */
static int ensure(struct embedded *e, const struct store_commit *op, uint64_t *story, bool *fresh)
{
    *fresh = false;
    int rc = embedded_story_follow(e, op->story, story);
    if (rc || *story)
        return rc;
    *story = op->story;
    *fresh = true;
    rc = sql_run(&e->sql, SQL_STORY_NEW, "ii", (int64_t)op->story,
                 (int64_t)(op->new_origin ? op->new_origin : op->n));
    if (!rc)
        e->count.stories++;
    return rc;
}

int embedded_story_join(struct embedded *e, const struct store_commit *op, struct dupd_view outlet)
{
    uint64_t story;
    bool fresh;
    int rc = ensure(e, op, &story, &fresh);
    if (rc)
        return rc;
    rc = has_outlet(e, story, outlet);
    if (rc >= 0)
        rc = sql_run(&e->sql, SQL_STORY_ADD, "iii", (int64_t)1, (int64_t)(rc == 0), (int64_t)story);
    if (!rc && op->new_origin)
        rc = fade(e, story, op->origin_share);
    if (!rc)
        rc = sql_run(&e->sql, SQL_PLACE, "idii", (int64_t)story, (double)op->to_origin,
                     (int64_t)op->copy, (int64_t)op->n);
    if (!rc)
        rc = embedded_tell_story(e, op,
                                 fresh            ? "new"
                                 : op->new_origin ? "origin_moved"
                                                  : "joined",
                                 story, fresh || op->new_origin ? op->article : op->origin, 0);
    for (uint32_t i = 0; i < op->merge_count && !rc; i++)
        rc = merge(e, op, story, op->merge_from[i], op->merge_share ? op->merge_share[i] : 0);
    if (!rc && op->new_origin)
        rc = sql_run(&e->sql, SQL_STORY_ORIGIN, "ii", (int64_t)op->new_origin, (int64_t)story);
    return rc ? rc : embedded_story_alerts(e, op, story);
}

int embedded_story_alerts(struct embedded *e, const struct store_commit *op, uint64_t story)
{
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < op->alert_count && !rc; i++) {
        struct store_alert *a = &op->alerts[i];
        rc = sql_run(&e->sql, SQL_ALERT_PUT, "itit", (int64_t)story, a->outlet, (int64_t)a->n,
                     a->json);
        a->claimed = !rc && sqlite3_changes(e->sql.db) > 0;
        e->count.alerts += a->claimed;
        if (a->claimed)
            rc = embedded_tell_alert(e, a);
    }
    return rc;
}

/* The earliest that is left takes the place of an origin that is gone. */
int embedded_story_mend(struct embedded *e, uint64_t story)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_STORY_GET, &row, "i", (int64_t)story);
    uint64_t origin = rc > 0 ? sql_u64(row, 1) : 0;
    sql_done(row);
    if (rc <= 0)
        return rc;
    rc = sql_row(&e->sql, SQL_EXISTS, &row, "i", (int64_t)origin);
    sql_done(row);
    if (rc != 0)
        return rc < 0 ? rc : DUPD_OK;
    rc = sql_row(&e->sql, SQL_STORY_FIRST, &row, "i", (int64_t)story);
    int64_t first = rc > 0 ? sqlite3_column_int64(row, 0) : 0;
    sql_done(row);
    if (rc <= 0)
        return rc;
    return sql_run(&e->sql, SQL_STORY_ORIGIN, "ii", first, (int64_t)story);
}

int embedded_story_leave(struct embedded *e, uint64_t story, struct dupd_view outlet)
{
    sqlite3_stmt *row;
    int rc = has_outlet(e, story, outlet);
    if (rc < 0)
        return rc;
    rc =
        sql_run(&e->sql, SQL_STORY_ADD, "iii", (int64_t)-1, (int64_t)(rc ? 0 : -1), (int64_t)story);
    if (!rc)
        rc = sql_row(&e->sql, SQL_STORY_GET, &row, "i", (int64_t)story);
    bool empty = rc > 0 && sqlite3_column_int64(row, 2) <= 0;
    if (rc > 0)
        sql_done(row);
    if (rc < 0 || !empty)
        return rc < 0 ? rc : DUPD_OK;
    rc = drop_alerts(e, story);
    if (!rc)
        rc = sql_run(&e->sql, SQL_STORY_DROP, "i", (int64_t)story);
    if (!rc)
        e->count.stories--;
    return rc;
}
