/*
 * embedded_write.c: put, commit, forget. Each runs inside a savepoint of the batch's transaction
 * (embedded.c), so a failure in the middle undoes its rows; postings are made only after the rows
 * of their article, and removed only after the transaction that removed the article.
 */
#include <endian.h>

#include "store/embedded.h"

#define PURGE_MAX 512u /* articles removed by one flush once they left the window */

static int encode_exact(struct embedded *e, const struct store_postings *p)
{
    dupd_buf_clear(&e->scratch);
    for (uint32_t i = 0; i < p->exact_count; i++) {
        uint64_t hash = htobe64(p->exact[i]);
        if (dupd_buf_add(&e->scratch, &hash, sizeof hash))
            return DUPD_ENOMEM;
    }
    return DUPD_OK;
}

static int put_rows(struct embedded *e, struct store_put *op)
{
    struct dupd_record r;
    struct dupd_view collection = embedded_collection(op->collection);
    uint64_t content[2] = {htobe64(op->content_hash.high), htobe64(op->content_hash.low)};
    struct dupd_view hash = {(const char *)content, sizeof content};
    if (dupd_record_decode(&r, op->record) || op->id.len > DUPD_ID_MAX)
        return sql_why(&e->sql, DUPD_EINVAL, "not a valid record");
    int rc = sql_run(&e->sql, SQL_PUT_ARTICLE, "itbbiiti", (int64_t)op->n, collection, op->id, hash,
                     op->arrived_ms, r.effective_ms, r.article.source, (int64_t)r.text_len);
    if (!rc)
        rc = sql_run(&e->sql, SQL_PUT_RECORD, "ib", (int64_t)op->n, op->record);
    if (!rc)
        rc = encode_exact(e, &op->postings);
    size_t at = e->scratch.len;
    if (!rc)
        rc = dupd_sketch_encode(op->postings.sketch, &e->scratch);
    if (rc)
        return rc;
    struct dupd_view exact = {e->scratch.ptr, at},
                     sketch = {e->scratch.ptr + at, e->scratch.len - at};
    return sql_run(&e->sql, SQL_PUT_SKETCH, "ibb", (int64_t)op->n, sketch, exact);
}

int embedded_put(struct embedded *e, struct store_put *op)
{
    op->posted = op->hot = op->refused = 0;
    op->replaced = 0;
    op->known = false;
    op->n = e->next;
    int rc = put_rows(e, op);
    if (!rc)
        rc = embedded_index_room(e, postings_wanted(&op->postings));
    if (rc) {
        op->n = 0;
        return rc;
    }
    e->limit = e->next++;
    struct table_header *h = e->table.header;
    struct table_window window = embedded_window(e);
    atomic_store(&h->begun, op->n);
    struct postings_count c = postings_add(&e->table, &op->postings, (uint32_t)op->n, &window);
    atomic_store(&e->table.header->posted, op->n);
    op->posted = c.posted;
    op->hot = c.hot;
    op->refused = c.refused;
    return DUPD_OK;
}

struct article_row {
    uint64_t story, text_bytes;
    bool copy;
    struct dupd_view outlet; /* in e->members, until that is used again */
};

/* 1 with the row, 0 if there is no such article, or a code. */
static int article_row(struct embedded *e, uint64_t n, struct article_row *out)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_ARTICLE, &row, "i", (int64_t)n);
    if (rc <= 0)
        return rc;
    dupd_buf_clear(&e->members);
    rc = dupd_buf_add_view(&e->members, sql_view(row, 2));
    *out = (struct article_row){.story = sql_u64(row, 0),
                                .copy = sqlite3_column_int(row, 1) != 0,
                                .text_bytes = sql_u64(row, 3),
                                .outlet = dupd_buf_view(&e->members)};
    sql_done(row);
    return rc ? rc : 1;
}

/* Removes all that is article n's, and says which story it leaves, perhaps without its origin. */
static int drop_article(struct embedded *e, uint64_t n, uint64_t *story)
{
    static const enum sql_statement drops[] = {SQL_DROP_ARTICLE, SQL_DROP_RECORD, SQL_DROP_SKETCH,
                                               SQL_DROP_VERDICT};
    struct article_row a;
    *story = 0;
    int rc = article_row(e, n, &a);
    if (rc <= 0)
        return rc;
    rc = n >= e->floor ? embedded_index_bury(e, n) : DUPD_OK; /* those below do not count anyway */
    for (size_t i = 0; i < sizeof drops / sizeof *drops && !rc; i++)
        rc = sql_run(&e->sql, drops[i], "i", (int64_t)n);
    if (rc || a.story == 0)
        return rc;
    e->count.articles--;
    e->count.copies -= a.copy;
    e->count.text_bytes -= a.text_bytes;
    *story = a.story;
    return embedded_story_leave(e, a.story, a.outlet);
}

int embedded_remove(struct embedded *e, uint64_t n)
{
    uint64_t story;
    int rc = drop_article(e, n, &story);
    return rc || story == 0 ? rc : embedded_story_mend(e, story);
}

/* Other articles of the same id die, whether `replaces` names them or not, and what earlier
 * attempts at this one left uncommitted. */
static int remove_namesakes(struct embedded *e, const struct store_commit *op)
{
    for (;;) {
        sqlite3_stmt *row;
        int rc = sql_row(&e->sql, SQL_NAMESAKE, &row, "bti", op->id,
                         embedded_collection(op->collection), (int64_t)op->n);
        if (rc <= 0)
            return rc;
        uint64_t n = sql_u64(row, 0);
        sql_done(row);
        /* A newer version that was decided first stays, and this one is history at once. */
        rc = embedded_remove(e, n < op->n ? n : op->n);
        if (rc || n > op->n)
            return rc;
    }
}

static int become_copies(struct embedded *e, const struct store_commit *op)
{
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < op->became_copy_count && !rc; i++) {
        rc = sql_run(&e->sql, SQL_BECOME_COPY, "i", (int64_t)op->became_copy[i]);
        if (!rc)
            e->count.copies += (unsigned)sqlite3_changes(e->sql.db);
    }
    return rc;
}

int embedded_commit(struct embedded *e, struct store_commit *op)
{
    struct article_row a;
    for (uint32_t i = 0; i < op->alert_count; i++)
        op->alerts[i].claimed = false;
    if (op->story == 0 || op->story > e->limit)
        return sql_why(&e->sql, DUPD_EINVAL, "no such story number");
    int rc = article_row(e, op->n, &a);
    if (rc == 0)
        return sql_why(&e->sql, DUPD_ENOENT, "the article to commit is not there");
    if (rc > 0 && a.story)
        return sql_why(&e->sql, DUPD_EINVAL, "the article was committed before");
    if (rc > 0)
        rc = embedded_story_join(e, op, a.outlet);
    if (!rc)
        rc = sql_run(&e->sql, SQL_PUT_VERDICT, "it", (int64_t)op->n, op->verdict);
    if (!rc) {
        e->count.articles++;
        e->count.copies += op->copy;
        e->count.text_bytes += a.text_bytes;
        rc = become_copies(e, op);
    }
    if (!rc && op->replaces && op->replaces != op->n)
        rc = embedded_remove(e, op->replaces);
    if (!rc)
        rc = remove_namesakes(e, op);
    return rc ? rc : embedded_sightings(e, op);
}

int embedded_forget(struct embedded *e, struct store_forget *op)
{
    struct store_lookup find = {.collection = op->collection, .id = op->id};
    op->found = false;
    for (;;) {
        int rc = embedded_lookup(e, &find);
        dupd_buf_close(&find.op.memory);
        if (rc || !find.found)
            return rc;
        rc = embedded_remove(e, find.n);
        if (rc)
            return rc;
        op->found = true;
    }
}

/* The first article of all: 1 if it has left the window, 0 if none has, or a code. */
static int first_expired(struct embedded *e, uint64_t *n)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_ARRIVED, &row, "i", (int64_t)1);
    *n = rc > 0 ? sql_u64(row, 0) : e->floor;
    sql_done(row);
    return rc < 0 ? rc : *n < e->floor;
}

/* The stories are mended at the end: a large one that expires loses one origin after the other. */
int embedded_purge(struct embedded *e)
{
    uint64_t n, story[PURGE_MAX];
    unsigned count = 0;
    int rc = e->floor > 1 ? first_expired(e, &n) : 0;
    while (rc > 0 && count < PURGE_MAX) {
        rc = drop_article(e, n, &story[count++]);
        if (!rc)
            rc = first_expired(e, &n);
    }
    for (unsigned i = 0; i < count && rc >= 0; i++)
        if (story[i])
            rc = embedded_story_mend(e, story[i]);
    return rc < 0 ? rc : DUPD_OK;
}
