/*
 * table.c: looking up and writing entries.
 *
 * The bucket follows from the tag alone (the tag's share of 2^32 times the number of buckets), so
 * the table can be copied into a larger one in one sweep through both, without the sketches:
 * growing costs about 6 ns an entry instead of a second a million articles. The price is that a
 * shingle is known by 32 bits: at a million articles one question in a hundred meets a stranger's
 * entry. Two such meetings with the same article, which make a candidate, do not happen.
 *
 * Tags must be spread evenly: the smallest hashes of a text have small high bits, so tags are made
 * of low bits (postings.c).
 *
 * A full bucket spills into its neighbour: both lie in four cache lines in a row. Measured on news
 * (bench/README.md): at a load of 0.75 that refuses few postings where single buckets refuse many.
 */
#include "store/table.h"

#include <string.h>

static uint32_t number_of(uint64_t entry)
{
    return (uint32_t)(entry >> 32);
}

static uint32_t tag_of(uint64_t entry)
{
    return (uint32_t)entry;
}

static uint64_t load(_Atomic uint64_t *slot)
{
    return atomic_load_explicit(slot, memory_order_relaxed);
}

static void save(_Atomic uint64_t *slot, uint64_t entry)
{
    atomic_store_explicit(slot, entry, memory_order_relaxed);
}

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t home_of(const struct table *t, uint32_t tag)
{
    return (uint64_t)(((unsigned __int128)tag * t->buckets) >> 32);
}

/* First slot of the bucket's pair. */
static _Atomic uint64_t *pair_of(const struct table *t, uint64_t bucket)
{
    return t->slot + (bucket & ~UINT64_C(1)) * TABLE_BUCKET;
}

void table_prefetch(const struct table *t, uint32_t tag)
{
    const char *p = (const char *)pair_of(t, home_of(t, tag));
    for (unsigned line = 0; line < TABLE_PAIR * sizeof(uint64_t); line += 64)
        __builtin_prefetch(p + line);
}

/* Where a new entry may go: free or out of the window, in the home bucket if possible. */
struct places {
    int free_slot[2], old_slot[2]; /* [0]: home, [1]: neighbour; -1: none */
};

static int choose(const struct places *p)
{
    for (int side = 0; side < 2; side++) {
        if (p->free_slot[side] >= 0)
            return p->free_slot[side];
        if (p->old_slot[side] >= 0)
            return p->old_slot[side];
    }
    return -1;
}

enum table_result table_post(struct table *t, uint32_t tag, uint32_t number,
                             const struct table_window *window)
{
    uint64_t home = home_of(t, tag);
    _Atomic uint64_t *pair = pair_of(t, home);
    struct places places = {{-1, -1}, {-1, -1}};
    unsigned owners = 0;
    for (unsigned i = 0; i < TABLE_PAIR; i++) {
        uint64_t entry = load(pair + i);
        unsigned side = i / TABLE_BUCKET != (home & 1);
        if (entry == 0) {
            if (places.free_slot[side] < 0)
                places.free_slot[side] = (int)i;
        } else if (entry == ((uint64_t)number << 32 | tag)) {
            return TABLE_PRESENT;
        } else if (number_of(entry) < window->floor) {
            places.old_slot[side] = (int)i;
        } else {
            owners += tag_of(entry) == tag;
        }
    }
    if (owners >= t->header->owners_max) {
        count(&t->header->hot);
        return TABLE_HOT;
    }
    int at = choose(&places);
    if (at < 0) {
        count(&t->header->refused);
        return TABLE_REFUSED;
    }
    if ((unsigned)at / TABLE_BUCKET != (home & 1))
        count(&t->header->bucket_full);
    if (load(pair + at) == 0)
        count(&t->header->entries);
    save(pair + at, (uint64_t)number << 32 | tag);
    return TABLE_POSTED;
}

unsigned table_owners(const struct table *t, uint32_t tag, const struct table_window *window,
                      uint32_t out[TABLE_PAIR])
{
    _Atomic uint64_t *pair = pair_of(t, home_of(t, tag));
    unsigned n = 0;
    for (unsigned i = 0; i < TABLE_PAIR; i++) {
        uint64_t entry = load(pair + i);
        uint32_t number = number_of(entry);
        if (tag_of(entry) == tag && entry && number >= window->floor && number <= window->limit)
            out[n++] = number;
    }
    return n;
}

static void free_slot(struct table *t, _Atomic uint64_t *slot)
{
    save(slot, 0);
    atomic_fetch_sub_explicit(&t->header->entries, 1, memory_order_relaxed);
}

void table_remove(struct table *t, uint32_t tag, uint32_t number)
{
    _Atomic uint64_t *pair = pair_of(t, home_of(t, tag));
    for (unsigned i = 0; i < TABLE_PAIR; i++)
        if (load(pair + i) == ((uint64_t)number << 32 | tag))
            free_slot(t, pair + i);
}

void table_scrub(struct table *t, uint32_t last)
{
    uint64_t left = 0;
    for (uint64_t i = 0; i < table_slots(t); i++) {
        uint64_t entry = load(t->slot + i);
        if (number_of(entry) > last)
            save(t->slot + i, 0);
        else
            left += entry != 0;
    }
    atomic_store(&t->header->entries, left);
}

/* Puts an entry that is known to be new; the bucket's pair may be full all the same. */
static bool place(struct table *t, uint64_t entry)
{
    uint64_t home = home_of(t, tag_of(entry));
    _Atomic uint64_t *bucket = t->slot + home * TABLE_BUCKET,
                     *neighbour = t->slot + (home ^ 1) * TABLE_BUCKET;
    for (unsigned i = 0; i < TABLE_BUCKET; i++)
        if (load(bucket + i) == 0) {
            save(bucket + i, entry);
            return true;
        }
    for (unsigned i = 0; i < TABLE_BUCKET; i++)
        if (load(neighbour + i) == 0) {
            save(neighbour + i, entry);
            return true;
        }
    return false;
}

void table_copy(struct table *to, const struct table *from, uint32_t floor)
{
    uint64_t entries = 0, refused = atomic_load(&from->header->refused);
    for (uint64_t i = 0; i < table_slots(from); i++) {
        uint64_t entry = load(from->slot + i);
        if (entry == 0 || number_of(entry) < floor)
            continue;
        if (place(to, entry))
            entries++;
        else
            refused++;
    }
    struct table_header *h = to->header, *old = from->header;
    atomic_store(&h->entries, entries);
    atomic_store(&h->refused, refused);
    atomic_store(&h->hot, atomic_load(&old->hot));
    atomic_store(&h->bucket_full, atomic_load(&old->bucket_full));
    atomic_store(&h->begun, atomic_load(&old->begun));
    atomic_store(&h->posted, atomic_load(&old->posted));
    atomic_store(&h->committed, atomic_load(&old->committed));
}

uint64_t table_living(const struct table *t, uint32_t floor)
{
    uint64_t living = 0;
    for (uint64_t i = 0; i < table_slots(t); i++) {
        uint64_t entry = load(t->slot + i);
        living += entry != 0 && number_of(entry) >= floor;
    }
    return living;
}
