/*
 * redis_shards.c: where postings lie, and which shingles take no more.
 *
 * A shard is a string of entries; APPEND is its only write, so that entries stand in the order in
 * which the server took them and the first owners of a shingle are known to all alike. An entry
 * that is appended twice (a redelivered article) counts once, since owners are distinct numbers.
 *
 * An entry is the end of the tag and the number, big-endian. With 65,536 shards or more at most
 * 65,536 tags that follow each other fall in one, so that their low 16 bits tell them apart and 6
 * bytes say what 8 did. (Fewer shards, as tests have them, keep the whole tag.) Redis doubles a
 * string that has no room: with 6 bytes a shard of 64 to 148 entries takes 896 bytes, with 8 one of
 * 80 to 191 took 1,536; 128 are planned.
 *
 * Shards have no time of their own: meta.lua takes a generation away when nobody reads it any more.
 * A key that expires is looked up in a second table at each access, and with 110 shards an article
 * those cache misses were a seventh of the server's time. (Tried first: EXPIREAT by whoever makes
 * a shard.)
 *
 * A worker remembers which shingles it saw with all their owners, so that it need not post (and
 * read again) what leads nowhere. The memory is bounded: when a set is full it is emptied.
 */
#include <endian.h>
#include <stdlib.h>

#include "store/redis_state.h"

#define SHARDS_OF_SHORT_TAGS 65536u
#define HOT_SLOTS (1u << 18) /* 1 MiB for each generation */
#define HOT_MAX (HOT_SLOTS / 4 * 3)

struct redis_hot {
    uint32_t count;
    uint32_t tag[HOT_SLOTS]; /* tag + 1 would overflow for one tag in 2^32: it is never hot */
};

uint64_t redis_shard_of(const struct redis_generation *g, uint32_t tag)
{
    return (uint64_t)tag * g->shards >> 32;
}

unsigned redis_shard_entry(uint64_t shards)
{
    return shards >= SHARDS_OF_SHORT_TAGS ? SHARD_ENTRY_SHORT : SHARD_ENTRY_MAX;
}

unsigned redis_shard_pack(uint64_t shards, uint32_t tag, uint32_t n,
                          unsigned char entry[SHARD_ENTRY_MAX])
{
    unsigned size = redis_shard_entry(shards), tag_bytes = size - SHARD_NUMBER;
    uint32_t whole[2] = {htobe32(tag), htobe32(n)};
    memcpy(entry, (const char *)whole + sizeof tag - tag_bytes, size);
    return size;
}

void redis_shard_post(struct redis_store *s, struct redis_batch *b, unsigned g, uint32_t tag,
                      uint32_t n)
{
    unsigned char entry[SHARD_ENTRY_MAX];
    unsigned size = redis_shard_pack(s->generation[g].shards, tag, n, entry);
    redis_command(s, "APPEND");
    redis_word_shard(s, g, tag);
    redis_word(s, (struct dupd_view){(const char *)entry, size});
    redis_command_end(s, b);
    s->generation[g].posted++;
}

static uint32_t slot_of(uint32_t tag)
{
    return (uint32_t)(tag * UINT32_C(0x9e3779b1)) % HOT_SLOTS;
}

static struct redis_hot *hot_of(const struct redis_store *s)
{
    return s->generation_count ? s->generation[redis_generation_now(s)].hot : NULL;
}

bool redis_hot_has(const struct redis_store *s, uint32_t tag)
{
    const struct redis_hot *h = hot_of(s);
    if (!h)
        return false;
    for (uint32_t at = slot_of(tag); h->tag[at]; at = (at + 1) % HOT_SLOTS)
        if (h->tag[at] == tag + 1)
            return true;
    return false;
}

void redis_hot_set(struct redis_store *s, uint32_t tag)
{
    struct redis_generation *g = &s->generation[redis_generation_now(s)];
    if (!g->hot)
        g->hot = calloc(1, sizeof *g->hot); /* none: shingles are posted that lead nowhere */
    struct redis_hot *h = g->hot;
    if (!h || tag == UINT32_MAX)
        return;
    if (h->count >= HOT_MAX)
        memset(h, 0, sizeof *h);
    uint32_t at = slot_of(tag);
    while (h->tag[at] && h->tag[at] != tag + 1)
        at = (at + 1) % HOT_SLOTS;
    h->count += h->tag[at] == 0;
    h->tag[at] = tag + 1;
}

void redis_hot_free(struct redis_hot *h)
{
    free(h);
}
