/*
 * table.h: the posting table: which articles have which shingle. A memory-mapped file, or private
 * memory, of 8-byte entries; derived from the sketches in the database and never the only copy.
 *
 *   file:   [ header, one page | bucket 0 | bucket 1 | ... ]
 *   bucket: 16 entries, two cache lines; an entry stands in its bucket or, where that is full, in
 *           one of the TABLE_REACH - 1 behind it
 *   entry:  number of the article (32 bits) | tag (32 bits); 0 is free, numbers begin at 1
 *
 * One process writes, any number read: an entry is one atomic 8-byte store. Written in the byte
 * order of the machine: a table is never moved to another one, it is rebuilt.
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_BUCKET 16u
#define TABLE_REACH 32u
#define TABLE_OWNERS_LIMIT 24u /* the largest owners_max */

/* What a table must agree with to be used. */
struct table_identity {
    uint8_t store_id[16]; /* random, of the database that it belongs to */
    uint8_t boot_id[16];  /* of the boot of the machine in which it was written */
    uint32_t owners_max;
};

struct table_header {
    uint64_t magic;
    uint32_t version, owners_max;
    uint8_t store_id[16];
    uint64_t buckets;
    uint64_t check;                         /* XXH3-64 of all before */
    uint8_t boot_id[16];                    /* of the last writer; counts while not clean */
    _Atomic uint64_t entries;               /* that are not free */
    _Atomic uint64_t begun;                 /* largest number of which any posting may stand here */
    _Atomic uint64_t posted;                /* largest number that is posted in full */
    _Atomic uint64_t committed;             /* the database's commit counter: this or one less */
    _Atomic uint64_t hot, refused, spilled; /* since it was made */
    _Atomic uint32_t superseded;            /* a newer file has taken its place */
    _Atomic uint32_t clean; /* 1: closed, on disk as it stands; 0: a writer has or had it */
};

struct table {
    struct table_header *header; /* NULL: not open */
    _Atomic uint64_t *slot;
    uint64_t buckets; /* that are home to tags; TABLE_REACH - 1 more take what spills */
    size_t size;      /* of the mapping */
    bool writable;
};

/* The numbers that count: below `floor` they are out of the window, above `limit` not yet visible.
 */
struct table_window {
    uint32_t floor, limit;
};

enum table_result { TABLE_POSTED, TABLE_PRESENT, TABLE_HOT, TABLE_REFUSED };

/* ---- table_file.c ---- */

/* Makes a table of at least min_buckets; path NULL: in private memory. An older file of that name
 * is replaced. Returns 0, DUPD_ENOMEM, DUPD_EFULL, DUPD_EREADONLY or DUPD_EIO. */
int table_create(struct table *t, const char *path, const struct table_identity *id,
                 uint64_t min_buckets);

/* Maps an existing file, and checks that its header and size agree with each other; what it holds
 * belongs to whom is the caller's to check. Returns 0, DUPD_ENOENT, DUPD_ECORRUPT, DUPD_EVERSION,
 * DUPD_ENOMEM or DUPD_EIO. */
int table_open(struct table *t, const char *path, bool writable);

/* Whether it belongs to that database and was written in this boot, or closed cleanly. */
bool table_agrees(const struct table *t, const struct table_identity *id);

/* A writer begins: marks it as not clean, of this boot, on disk too. Returns 0 or DUPD_EIO. */
int table_begin(struct table *t, const struct table_identity *id);

/* A writer ends: on disk, and clean. Returns 0 or DUPD_EIO (it will be rebuilt). */
int table_end(struct table *t);

void table_close(struct table *t);

/* ---- table.c ---- */

/* Makes `number` an owner of `tag`, unless it is (PRESENT), or owners_max others within the window
 * are (HOT), or there is no place within reach (REFUSED). Entries out of the window are
 * overwritten, others never. */
enum table_result table_post(struct table *t, uint32_t tag, uint32_t number,
                             const struct table_window *window);

/* The owners of tag within the window to out. Returns how many. */
unsigned table_owners(const struct table *t, uint32_t tag, const struct table_window *window,
                      uint32_t out[TABLE_OWNERS_LIMIT]);

/* Frees the entry of tag and number, if there is one. */
void table_remove(struct table *t, uint32_t tag, uint32_t number);

/* Frees all entries of numbers above `last`: articles that were never committed. */
void table_scrub(struct table *t, uint32_t last);

/* Copies the entries of numbers >= floor into the empty table `to`, of any size. */
void table_copy(struct table *to, const struct table *from, uint32_t floor);

/* Entries of numbers >= floor. Reads the whole table. */
uint64_t table_living(const struct table *t, uint32_t floor);

void table_prefetch(const struct table *t, uint32_t tag);

/* Slots that are planned with, without those behind the last bucket. */
static inline uint64_t table_slots(const struct table *t)
{
    return t->buckets * TABLE_BUCKET;
}

#endif
