/*
 * embedded_read.c: the operations that change nothing. Each copies what it found into op->memory,
 * so that results outlive the statement; what is stored is validated on the way (a damaged record
 * is DUPD_ECORRUPT, never a crash).
 */
#include <endian.h>

#include "store/embedded.h"
#include "store/stored.h"

#define MEMBERS_MAX 10000 /* of a story that STORE_STORY lists; all are counted */

int embedded_lookup(struct embedded *e, struct store_lookup *op)
{
    sqlite3_stmt *row;
    op->found = false;
    int rc = sql_row(&e->sql, SQL_LOOKUP, &row, "bti", op->id, embedded_collection(op->collection),
                     (int64_t)e->floor);
    if (rc <= 0)
        return rc;
    struct dupd_view hash = sql_view(row, 1);
    op->n = sql_u64(row, 0);
    uint64_t content[2];
    rc = hash.len == sizeof content ? DUPD_OK : DUPD_ECORRUPT;
    if (!rc) {
        memcpy(content, hash.ptr, sizeof content);
        op->content_hash = (struct dupd_hash128){be64toh(content[0]), be64toh(content[1])};
        rc = dupd_buf_add_view(&op->op.memory, sql_view(row, 2));
    }
    sql_done(row);
    op->verdict = dupd_buf_view(&op->op.memory);
    op->found = rc == 0;
    return rc;
}

/* Removed in this transaction: its postings go only when that is committed. */
static bool is_buried(const struct embedded *e, uint64_t n)
{
    for (size_t i = 0; i + sizeof n <= e->buried.len; i += sizeof n)
        if (memcmp(e->buried.ptr + i, &n, sizeof n) == 0)
            return true;
    return false;
}

int embedded_candidates(struct embedded *e, struct store_candidates *op)
{
    op->count = op->hot = 0;
    struct table_window window = embedded_window(e);
    int rc = embedded_index_current(e);
    if (!rc)
        rc = postings_find(&e->finder, &e->table, &op->postings, &window, op->self,
                           op->min_shared ? op->min_shared : 1);
    if (rc)
        return rc;
    op->hot = e->finder.hot;
    for (uint32_t i = 0; i < e->finder.count && op->count < STORE_CANDIDATES_MAX; i++)
        if (!is_buried(e, e->finder.found[i].n))
            op->found[op->count++] = e->finder.found[i];
    return DUPD_OK;
}

static int fetch_row(struct embedded *e, struct store_fetch *op, sqlite3_stmt *row)
{
    int rc = stored_open(op, &e->pack, sql_view(row, 0), sql_view(row, 1));
    if (rc)
        return rc;
    op->place = (struct store_place){.story = sql_u64(row, 2),
                                     .to_origin = (float)sqlite3_column_double(row, 3),
                                     .copy = sqlite3_column_int(row, 4) != 0,
                                     .origin = sql_u64(row, 5),
                                     .alive = op->n >= e->floor};
    if (op->place.origin == op->n)
        op->place.to_origin = 1;
    return DUPD_OK;
}

int embedded_fetch(struct embedded *e, struct store_fetch *op)
{
    sqlite3_stmt *row;
    op->found = false;
    int rc = sql_row(&e->sql, SQL_FETCH, &row, "i", (int64_t)op->n);
    if (rc <= 0)
        return rc;
    rc = fetch_row(e, op, row);
    sql_done(row);
    op->found = rc == 0;
    return rc;
}

static int list_members(struct embedded *e, struct store_story *op)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_STORY_MEMBERS, &row, "ii", (int64_t)op->id, (int64_t)MEMBERS_MAX);
    while (rc > 0) {
        uint64_t n = sql_u64(row, 0);
        rc = dupd_buf_add(&op->op.memory, &n, sizeof n);
        if (!rc)
            rc = sql_next(&e->sql, row);
    }
    sql_done(row);
    op->member = (const uint64_t *)(void *)op->op.memory.ptr;
    op->member_count = (uint32_t)(op->op.memory.len / sizeof(uint64_t));
    return rc;
}

int embedded_story(struct embedded *e, struct store_story *op)
{
    sqlite3_stmt *row;
    uint64_t story = op->story;
    int rc = 1;
    op->found = false;
    op->member = NULL;
    op->member_count = 0;
    if (story) {
        rc = sql_row(&e->sql, SQL_STORY_TARGET, &row, "i", (int64_t)story);
        if (rc > 0)
            story = sql_u64(row, 0);
        sql_done(row);
    }
    if (rc > 0)
        rc = op->story ? sql_row(&e->sql, SQL_STORY_GET, &row, "i", (int64_t)story)
                       : sql_row(&e->sql, SQL_STORY_NEXT, &row, "i", (int64_t)op->after);
    if (rc <= 0)
        return rc;
    op->id = sql_u64(row, 0);
    op->origin = sql_u64(row, 1);
    op->members = (uint32_t)sql_u64(row, 2);
    op->outlets = (uint32_t)sql_u64(row, 3);
    sql_done(row);
    rc = list_members(e, op);
    op->found = rc == 0;
    return rc;
}

int embedded_furniture(struct embedded *e, struct store_furniture *op)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_FURNITURE, &row, "tt", embedded_collection(op->collection),
                     op->outlet);
    while (rc > 0) {
        uint64_t hash = sql_u64(row, 0) ^ UINT64_C(1) << 63; /* see embedded_furniture.c */
        rc = dupd_buf_add(&op->op.memory, &hash, sizeof hash);
        if (!rc)
            rc = sql_next(&e->sql, row);
    }
    sql_done(row);
    op->hash = (const uint64_t *)(void *)op->op.memory.ptr;
    op->count = rc ? 0 : (uint32_t)(op->op.memory.len / sizeof(uint64_t));
    return rc;
}

int embedded_list(struct embedded *e, struct store_list *op)
{
    sqlite3_stmt *row;
    struct dupd_buf *m = &op->op.memory;
    uint64_t from = op->after + 1 > e->floor ? op->after + 1 : e->floor;
    op->found = false;
    int rc = sql_row(&e->sql, SQL_LIST, &row, "i", (int64_t)from);
    if (rc <= 0)
        return rc;
    struct dupd_view id = sql_view(row, 1), collection = sql_view(row, 2), json = sql_view(row, 3);
    op->n = sql_u64(row, 0);
    rc = dupd_buf_reserve(m, id.len + collection.len + json.len + 1);
    if (!rc) {
        dupd_buf_add_view(m, id);
        dupd_buf_add_view(m, collection);
        dupd_buf_add_view(m, json);
        op->id = (struct dupd_view){m->ptr, id.len};
        op->collection = (struct dupd_view){m->ptr + id.len, collection.len};
        op->verdict = (struct dupd_view){m->ptr + id.len + collection.len, json.len};
    }
    sql_done(row);
    op->found = rc == 0;
    return rc;
}

int embedded_stats(struct embedded *e, struct store_stats *op)
{
    sqlite3_stmt *row;
    const struct embedded_counters *c = &e->count;
    int rc = embedded_index_current(e);
    if (!rc)
        rc = sql_row(&e->sql, SQL_SIZE, &row, "");
    if (rc < 0)
        return rc;
    op->store_bytes = sql_u64(row, 0);
    sql_done(row);
    struct table_header *h = e->table.header;
    op->articles = c->articles;
    op->stories = c->stories;
    op->copies = c->copies;
    op->alerts = c->alerts;
    op->text_bytes = c->text_bytes;
    op->newest = e->limit;
    op->store_max_bytes = 0;
    op->index_bytes = e->table.size;
    op->store_bytes += op->index_bytes;
    op->index_slots = table_slots(&e->table);
    op->index_entries = atomic_load(&h->entries);
    op->hot_shingles = atomic_load(&h->hot);
    op->postings_refused = atomic_load(&h->refused);
    op->index_bucket_full = atomic_load(&h->spilled);
    return DUPD_OK;
}
