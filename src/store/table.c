/*
 * table.c: looking up and writing entries.
 *
 * The bucket follows from the tag alone (the tag's share of 2^32 times the number of buckets), so
 * the table can be copied into a larger one in one sweep through both, without the sketches:
 * growing costs about 30 ns an entry, page faults included. The price is that a shingle is known
 * by 32 bits: at a million articles one question in a hundred meets a stranger's
 * entry. Two such meetings with the same article, which make a candidate, do not happen.
 *
 * Tags must be spread evenly: the smallest hashes of a text have small high bits, so tags are made
 * of low bits (postings.c).
 *
 * Linear probing by buckets: what does not fit goes to the next bucket, and a search ends behind
 * the first bucket that has a free slot, so a full bucket must stay full: an entry that is taken
 * away from one leaves a tombstone. A shingle has up to 12 owners, so the load of buckets varies
 * three times as much as that of single keys: with two buckets to choose from, 12 % of the postings
 * of real news were refused at a load of 0.7; with 32 in a row 0.4 % are at 0.9. Most searches
 * read two or three neighbours. Expired entries count as places, not as free.
 */
#include "store/table.h"

#define TOMBSTONE UINT64_C(1) /* number 0: no article */

static uint32_t number_of(uint64_t entry)
{
    return (uint32_t)(entry >> 32);
}

static uint32_t tag_of(uint64_t entry)
{
    return (uint32_t)entry;
}

static uint64_t all_slots(const struct table *t)
{
    return (t->buckets + TABLE_REACH - 1) * TABLE_BUCKET;
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

static _Atomic uint64_t *bucket_at(const struct table *t, uint64_t bucket)
{
    return t->slot + bucket * TABLE_BUCKET;
}

void table_prefetch(const struct table *t, uint32_t tag)
{
    const char *p = (const char *)bucket_at(t, home_of(t, tag));
    __builtin_prefetch(p);
    __builtin_prefetch(p + 64);
    __builtin_prefetch(p + 128);
}

enum table_result table_post(struct table *t, uint32_t tag, uint32_t number,
                             const struct table_window *window)
{
    _Atomic uint64_t *home = bucket_at(t, home_of(t, tag)), *at = NULL;
    const uint64_t wanted = (uint64_t)number << 32 | tag;
    unsigned owners = 0;
    bool more = true;
    for (unsigned i = 0; i < TABLE_REACH * TABLE_BUCKET && (more || i % TABLE_BUCKET); i++) {
        uint64_t entry = load(home + i);
        if (entry == wanted)
            return TABLE_PRESENT;
        if (number_of(entry) < window->floor) { /* free, a tombstone or expired */
            at = at ? at : home + i;
            more &= entry != 0;
        } else {
            owners += tag_of(entry) == tag;
        }
    }
    if (owners >= t->header->owners_max) {
        count(&t->header->hot);
        return TABLE_HOT;
    }
    if (!at) {
        count(&t->header->refused);
        return TABLE_REFUSED;
    }
    if (at >= home + TABLE_BUCKET)
        count(&t->header->spilled);
    if (number_of(load(at)) == 0)
        count(&t->header->entries);
    save(at, wanted);
    return TABLE_POSTED;
}

unsigned table_owners(const struct table *t, uint32_t tag, const struct table_window *window,
                      uint32_t out[TABLE_OWNERS_LIMIT])
{
    _Atomic uint64_t *home = bucket_at(t, home_of(t, tag));
    unsigned n = 0;
    bool more = true;
    for (unsigned i = 0; i < TABLE_REACH * TABLE_BUCKET && (more || i % TABLE_BUCKET); i++) {
        uint64_t entry = load(home + i);
        uint32_t number = number_of(entry);
        more &= entry != 0;
        if (tag_of(entry) == tag && number >= window->floor && number <= window->limit) {
            out[n++] = number;
            if (n == TABLE_OWNERS_LIMIT)
                break;
        }
    }
    return n;
}

/* Frees a slot of a bucket; a bucket without a free slot keeps none. */
static void vacate(struct table *t, _Atomic uint64_t *bucket, unsigned slot)
{
    bool full = true;
    for (unsigned i = 0; i < TABLE_BUCKET; i++)
        full &= load(bucket + i) != 0;
    save(bucket + slot, full ? TOMBSTONE : 0);
    atomic_fetch_sub_explicit(&t->header->entries, 1, memory_order_relaxed);
}

void table_remove(struct table *t, uint32_t tag, uint32_t number)
{
    uint64_t home = home_of(t, tag);
    for (unsigned i = 0; i < TABLE_REACH * TABLE_BUCKET; i++)
        if (load(bucket_at(t, home) + i) == ((uint64_t)number << 32 | tag))
            vacate(t, bucket_at(t, home + i / TABLE_BUCKET), i % TABLE_BUCKET);
}

void table_scrub(struct table *t, uint32_t last)
{
    for (uint64_t i = 0; i < all_slots(t); i++)
        if (number_of(load(t->slot + i)) > last)
            vacate(t, bucket_at(t, i / TABLE_BUCKET), (unsigned)(i % TABLE_BUCKET));
    atomic_store(&t->header->entries, table_living(t, 1)); /* a kill may have left it off by one */
}

/* Puts an entry that is known to be new into a table without tombstones. */
static bool place(struct table *t, uint64_t entry)
{
    _Atomic uint64_t *home = bucket_at(t, home_of(t, tag_of(entry)));
    for (unsigned i = 0; i < TABLE_REACH * TABLE_BUCKET; i++)
        if (load(home + i) == 0) {
            save(home + i, entry);
            return true;
        }
    return false;
}

void table_copy(struct table *to, const struct table *from, uint32_t floor)
{
    uint64_t entries = 0, refused = atomic_load(&from->header->refused);
    for (uint64_t i = 0; i < all_slots(from); i++) {
        uint64_t entry = load(from->slot + i);
        if (number_of(entry) == 0 || number_of(entry) < floor)
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
    atomic_store(&h->spilled, atomic_load(&old->spilled));
    atomic_store(&h->begun, atomic_load(&old->begun));
    atomic_store(&h->posted, atomic_load(&old->posted));
    atomic_store(&h->committed, atomic_load(&old->committed));
}

uint64_t table_living(const struct table *t, uint32_t floor)
{
    uint64_t living = 0;
    for (uint64_t i = 0; i < all_slots(t); i++) {
        uint64_t entry = load(t->slot + i);
        living += number_of(entry) != 0 && number_of(entry) >= floor;
    }
    return living;
}
