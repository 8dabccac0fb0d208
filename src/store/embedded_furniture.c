/*
 * embedded_furniture.c: paragraphs that an outlet carries in different stories.
 *
 * For each paragraph of an outlet the first few stories are kept in which it was seen, 8 bytes
 * each; with furniture_stories of them it is furniture, and no more are needed. Bounded in two
 * ways: an outlet that has its maximum of paragraphs loses an eighth of them, those that are not
 * furniture and were seen in the fewest stories, longest ago, first; and beyond the maximum of
 * outlets the 1/64 that were not seen for longest are forgotten. A hash is stored with its top bit
 * flipped, so that SQLite's signed order is the order of the hashes.
 */
#include <endian.h>

#include "store/embedded.h"

struct outlet {
    int64_t o, paragraphs;
};

static int make_room_for_outlet(struct embedded *e)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_OUTLET_COUNT, &row, "");
    uint64_t outlets = rc > 0 ? sql_u64(row, 0) : 0, most = e->options.furniture_outlets;
    sql_done(row);
    if (rc < 0 || outlets < most)
        return rc < 0 ? rc : DUPD_OK;
    rc = sql_run(&e->sql, SQL_OUTLETS_DROP, "i", (int64_t)(outlets - most + 1 + most / 64));
    return rc ? rc : sql_run(&e->sql, SQL_STRAYS_DROP, "");
}

static int find_outlet(struct embedded *e, struct dupd_view collection, struct dupd_view name,
                       uint64_t now, struct outlet *out)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_OUTLET_GET, &row, "tt", collection, name);
    if (rc > 0)
        *out = (struct outlet){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)};
    sql_done(row);
    if (rc != 0)
        return rc < 0 ? rc : DUPD_OK;
    rc = make_room_for_outlet(e);
    if (!rc)
        rc = sql_run(&e->sql, SQL_OUTLET_PUT, "tti", collection, name, (int64_t)now);
    *out = (struct outlet){sqlite3_last_insert_rowid(e->sql.db), 0};
    return rc;
}

static int make_room_for_paragraph(struct embedded *e, struct outlet *o)
{
    if (o->paragraphs < e->options.furniture_paragraphs)
        return DUPD_OK;
    int64_t surplus = o->paragraphs - e->options.furniture_paragraphs + 1;
    int rc = sql_run(&e->sql, SQL_PARAGRAPHS_DROP, "ii", o->o,
                     surplus + e->options.furniture_paragraphs / 8);
    if (!rc)
        o->paragraphs -= sqlite3_changes(e->sql.db);
    return rc;
}

/* The stories known of the paragraph to e->scratch. Returns 1 if it is known, else 0, or a code. */
static int known_stories(struct embedded *e, int64_t o, int64_t hash)
{
    sqlite3_stmt *row;
    dupd_buf_clear(&e->scratch);
    int rc = sql_row(&e->sql, SQL_PARAGRAPH_GET, &row, "ii", o, hash);
    if (rc <= 0)
        return rc;
    rc = dupd_buf_add_view(&e->scratch, sql_view(row, 0));
    sql_done(row);
    return rc ? rc : 1;
}

static bool has_story(const struct dupd_buf *stories, size_t len, uint64_t big_endian_story)
{
    for (size_t i = 0; i + 8 <= len; i += 8)
        if (memcmp(stories->ptr + i, &big_endian_story, 8) == 0)
            return true;
    return false;
}

/* Of known stories that have become one since, one is kept. */
static int follow_stories(struct embedded *e)
{
    size_t kept = 0;
    for (size_t i = 0; i + 8 <= e->scratch.len; i += 8) {
        uint64_t story, now;
        memcpy(&story, e->scratch.ptr + i, 8);
        int rc = embedded_story_follow(e, be64toh(story), &now);
        if (rc)
            return rc;
        now = now ? htobe64(now) : story;
        if (has_story(&e->scratch, kept, now))
            continue;
        memcpy(e->scratch.ptr + kept, &now, 8);
        kept += 8;
    }
    e->scratch.len = kept;
    return DUPD_OK;
}

static int sight(struct embedded *e, struct outlet *o, const struct store_sighting *s, uint64_t now)
{
    int64_t hash = (int64_t)(s->paragraph ^ UINT64_C(1) << 63);
    uint64_t story = htobe64(s->story);
    int known = known_stories(e, o->o, hash);
    if (known < 0 || e->scratch.len / 8 >= e->options.furniture_stories)
        return known < 0 ? known : DUPD_OK; /* once furniture, always */
    int followed = follow_stories(e);
    if (followed || has_story(&e->scratch, e->scratch.len, story))
        return followed;
    int rc = known ? DUPD_OK : make_room_for_paragraph(e, o);
    if (!rc)
        rc = dupd_buf_add(&e->scratch, &story, sizeof story);
    bool furniture = e->scratch.len / 8 >= e->options.furniture_stories;
    if (!rc)
        rc = sql_run(&e->sql, SQL_PARAGRAPH_PUT, "iibii", o->o, hash, dupd_buf_view(&e->scratch),
                     (int64_t)furniture, (int64_t)now);
    o->paragraphs += !rc && !known;
    return rc;
}

int embedded_sightings(struct embedded *e, const struct store_commit *op)
{
    struct dupd_view collection = embedded_collection(op->collection);
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < op->sighting_count && !rc;) {
        struct dupd_view name = op->sightings[i].outlet;
        struct outlet o = {0, 0};
        rc = find_outlet(e, collection, name, op->n, &o);
        for (; i < op->sighting_count && dupd_view_equal(op->sightings[i].outlet, name); i++)
            if (!rc)
                rc = sight(e, &o, &op->sightings[i], op->n);
        if (!rc)
            rc = sql_run(&e->sql, SQL_OUTLET_SET, "iii", o.paragraphs, (int64_t)op->n, o.o);
    }
    return rc;
}
