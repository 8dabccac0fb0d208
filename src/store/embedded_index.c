/*
 * embedded_index.c: keeps the posting table in step with the database.
 *
 * Happy path of opening: the file's header names this database, this boot (or a clean close) and
 * the database's last transaction, so only articles newer than its last full posting are posted,
 * and what was posted but never committed is swept out. Anything else, a reboot after a kill,
 * another database, a damaged header, is answered by building it anew from the sketches, into a new
 * file that is renamed over the old one. A reader that finds no usable file builds one in its own
 * memory: some 40 s and 600 MB at a million articles, and only until a writer has been there.
 *
 * Growing: at a load of MAX_LOAD, and by little, to stay under 600 bytes an article; copying is one
 * sweep. Articles that have left the window are not copied, so a table in a steady state keeps its
 * size. If there is no room for a larger file the old one serves on and refuses what does not fit.
 */
#include <endian.h>
#include <stdio.h>
#include <unistd.h>

#include "store/embedded.h"

#define MAX_LOAD 0.90       /* entries a slot at which it grows ... */
#define LOAD_AFTER 0.79     /* ... until this: 58 postings are then 588 bytes */
#define SMALL_SLOTS 250000u /* a table below may be emptier: */
#define SMALL_LOAD 0.75     /* it doubles at this load */
#define POSTINGS 50u        /* planned for an article when building */

static int path_of(struct embedded *e, const char *name, char out[4096])
{
    int n = snprintf(out, 4096, "%s/%s", e->dir, name);
    return n > 0 && n < 4096 ? DUPD_OK : DUPD_EINVAL;
}

static uint64_t buckets_for(uint64_t entries)
{
    double slots = (double)entries / LOAD_AFTER;
    if (slots < SMALL_SLOTS)
        slots = (double)entries * 2 / SMALL_LOAD;
    return (uint64_t)(slots / TABLE_BUCKET) + 1;
}

/* A fresh table: a file beside the old one, or a reader's own memory. */
static int make_table(struct embedded *e, struct table *t, uint64_t entries)
{
    char path[4096];
    if (e->options.read_only)
        return table_create(t, NULL, &e->identity, buckets_for(entries));
    int rc = path_of(e, "postings.new", path);
    return rc ? rc : table_create(t, path, &e->identity, buckets_for(entries));
}

/* Puts t, made by make_table, in the old one's place. */
static int adopt(struct embedded *e, struct table *t)
{
    char from[4096], to[4096];
    if (!e->options.read_only) {
        int rc = path_of(e, "postings.new", from);
        if (!rc)
            rc = path_of(e, "postings", to);
        if (!rc && rename(from, to))
            rc = DUPD_EIO;
        if (rc) {
            table_close(t);
            return rc;
        }
    }
    if (e->table.header) {
        if (e->table.writable)
            atomic_store(&e->table.header->superseded, 1);
        table_close(&e->table);
    }
    e->table = *t;
    return DUPD_OK;
}

int embedded_index_room(struct embedded *e, uint64_t entries)
{
    struct table *old = &e->table, bigger;
    uint64_t used = atomic_load(&old->header->entries) + entries;
    double load = table_slots(old) < SMALL_SLOTS ? SMALL_LOAD : MAX_LOAD;
    if ((double)used <= load * (double)table_slots(old) || used < e->grow_at)
        return DUPD_OK;
    uint64_t living = e->floor > 1 ? table_living(old, (uint32_t)e->floor) + entries : used;
    int rc = make_table(e, &bigger, living);
    if (!rc) {
        table_copy(&bigger, old, (uint32_t)e->floor);
        rc = adopt(e, &bigger);
    }
    e->grow_at = rc ? used + table_slots(old) / 64 : 0;
    return rc == DUPD_ENOMEM ? rc : DUPD_OK;
}

/* The column `exact`: 8 bytes a hash, big-endian; to e->scratch in the machine's order. */
static int decode_exact(struct embedded *e, struct dupd_view bytes)
{
    uint64_t hash;
    dupd_buf_clear(&e->scratch);
    for (size_t i = 0; i + sizeof hash <= bytes.len; i += sizeof hash) {
        memcpy(&hash, bytes.ptr + i, sizeof hash);
        hash = be64toh(hash);
        if (dupd_buf_add(&e->scratch, &hash, sizeof hash))
            return DUPD_ENOMEM;
    }
    return bytes.len % sizeof hash ? DUPD_ECORRUPT : DUPD_OK;
}

static int decode_postings(struct embedded *e, struct dupd_view sketch, struct dupd_view exact,
                           struct store_postings *out)
{
    int rc = dupd_sketch_decode(&e->sketch, sketch);
    if (!rc)
        rc = decode_exact(e, exact);
    *out = (struct store_postings){.sketch = &e->sketch,
                                   .exact = (const uint64_t *)(void *)e->scratch.ptr,
                                   .exact_count = (uint32_t)(exact.len / sizeof(uint64_t))};
    return rc == DUPD_EVERSION ? DUPD_ECORRUPT : rc;
}

static int post_row(struct embedded *e, sqlite3_stmt *row, const struct table_window *window)
{
    struct store_postings p;
    uint64_t n = sql_u64(row, 0);
    int rc =
        n > UINT32_MAX ? DUPD_ECORRUPT : decode_postings(e, sql_view(row, 1), sql_view(row, 2), &p);
    if (!rc)
        rc = embedded_index_room(e, postings_wanted(&p));
    if (rc)
        return rc;
    atomic_store(&e->table.header->begun, n);
    postings_add(&e->table, &p, (uint32_t)n, window);
    atomic_store(&e->table.header->posted, n);
    return DUPD_OK;
}

/* Posts every article after that number, in order, from the sketches. */
static int replay(struct embedded *e, uint64_t after)
{
    sqlite3_stmt *row;
    struct table_window window = {(uint32_t)e->floor, UINT32_MAX};
    int rc = sql_row(&e->sql, SQL_SKETCHES, &row, "i", (int64_t)after);
    while (rc > 0) {
        rc = post_row(e, row, &window);
        if (!rc)
            rc = sql_next(&e->sql, row);
    }
    sql_done(row);
    return rc;
}

/* The new file takes the old one's place at once, but as long as `committed` is 0 nobody trusts it:
 * a kill in the middle leads to another rebuild. */
static int rebuild(struct embedded *e)
{
    struct table fresh;
    table_close(&e->table);
    int rc = make_table(e, &fresh, e->count.articles * POSTINGS);
    if (!rc)
        rc = adopt(e, &fresh);
    e->private_table = e->options.read_only;
    return rc ? rc : replay(e, e->floor - 1);
}

/* The table is this database's and of its last transaction. A reader's snapshot may be older. */
static bool is_current(const struct embedded *e, const struct table *t)
{
    uint64_t at = atomic_load(&t->header->committed), last = e->count.commits;
    if (!table_agrees(t, &e->identity))
        return false;
    if (e->options.read_only)
        return at >= last && atomic_load(&t->header->posted) >= e->limit;
    return at == last || at == last + 1;
}

static int open_file(struct embedded *e)
{
    char path[4096];
    int rc = path_of(e, "postings", path);
    if (!rc)
        rc = table_open(&e->table, path, !e->options.read_only);
    if (!rc && !is_current(e, &e->table)) {
        table_close(&e->table);
        rc = DUPD_ECORRUPT;
    }
    return rc;
}

int embedded_index_scrub(struct embedded *e)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_LAST, &row, "");
    if (rc < 0)
        return rc;
    uint64_t last = sql_u64(row, 0);
    sql_done(row);
    table_scrub(&e->table, (uint32_t)last);
    atomic_store(&e->table.header->begun, last);
    e->phantoms = false;
    return DUPD_OK;
}

int embedded_index_open(struct embedded *e)
{
    char path[4096];
    int rc = open_file(e);
    if (rc == DUPD_ENOMEM || rc == DUPD_EINVAL)
        return rc;
    if (e->options.read_only)
        return rc ? rebuild(e) : DUPD_OK;
    if (path_of(e, "postings.new", path) == 0)
        unlink(path); /* of a writer that was killed */
    if (rc)
        rc = rebuild(e);
    else if (atomic_load(&e->table.header->begun) > e->limit)
        rc = embedded_index_scrub(e);
    if (!rc)
        rc = replay(e, atomic_load(&e->table.header->posted));
    if (!rc)
        atomic_store(&e->table.header->committed, e->count.commits);
    return rc ? rc : table_begin(&e->table, &e->identity);
}

int embedded_index_current(struct embedded *e)
{
    if (!e->options.read_only || e->private_table || !atomic_load(&e->table.header->superseded))
        return DUPD_OK;
    struct table old = e->table;
    int rc = open_file(e);
    if (rc) {
        e->table = old; /* it has all that the snapshot needs */
        return rc == DUPD_ENOMEM ? rc : DUPD_OK;
    }
    table_close(&old);
    return DUPD_OK;
}

/* The list of the dead: for each its number and the rows of `sketch`, both with their length. */
int embedded_index_bury(struct embedded *e, uint64_t n)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_SKETCH, &row, "i", (int64_t)n);
    if (rc <= 0)
        return rc;
    struct dupd_view part[2] = {sql_view(row, 0), sql_view(row, 1)};
    size_t length[3] = {(size_t)n, part[0].len, part[1].len};
    rc = dupd_buf_reserve(&e->dead, sizeof length + part[0].len + part[1].len);
    if (!rc)
        rc = dupd_buf_add(&e->buried, &n, sizeof n);
    if (!rc)
        rc = dupd_buf_add(&e->dead, length, sizeof length);
    for (int i = 0; i < 2 && !rc; i++)
        rc = dupd_buf_add_view(&e->dead, part[i]);
    sql_done(row);
    return rc;
}

void embedded_index_buried(struct embedded *e)
{
    size_t length[3];
    for (const char *p = e->dead.ptr, *end = p + e->dead.len; p < end;) {
        memcpy(length, p, sizeof length);
        p += sizeof length;
        struct dupd_view sketch = {p, length[1]}, exact = {p + length[1], length[2]};
        p += length[1] + length[2];
        struct store_postings dead;
        /* Out of memory, or a damaged row: the entries stay, and lead to no article. */
        if (decode_postings(e, sketch, exact, &dead) == 0)
            postings_remove(&e->table, &dead, (uint32_t)length[0]);
    }
    dupd_buf_clear(&e->dead);
    dupd_buf_clear(&e->buried);
}
