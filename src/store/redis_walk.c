/*
 * redis_walk.c: asking the index in Redis: from shingles to candidates.
 *
 * The walk is that of the posting table (postings.c): a block's hashes in ascending order until k
 * of them are not hot, the owners of hot ones counted on the way. But every look is a trip to the
 * server, so that the walk goes in rounds: a round reads the shards of all shingles that are
 * expected to be enough (those known to be hot do not count), in every generation that may hold
 * living articles; if some turn out to be hot, the next round reads as many more. Nearly always one
 * round does.
 *
 *   round: [APPEND ...] MGET shard ... -> owners of each tag -> enough? -> finder
 *
 * The first round of an article that is put goes out with its postings, in one pipeline behind
 * them: each shard is then in the server's cache for the second time at once, and a trip is saved.
 * What came is kept until the article asks (redis_walk_keep).
 *
 * For an article that was just put, a posting that turned out to lead nowhere (its shingle had all
 * its owners already) is replaced the same way: the next round posts later ones, then reads them.
 *
 * Cost: about 100 keys read an article with two generations, some 50 kB; 10 us to scan them.
 * Failure: lack of memory, and what any command may be told.
 */
#include <endian.h>
#include <stdlib.h>

#include "store/redis_state.h"

#define ROUND_MAX 2048u /* tags read at once */
#define KEYS_MAX 512u   /* keys of one MGET */
#define KEPT_MAX                                                                                   \
    512u /* first rounds that are kept: of articles that are put and have not asked                \
          */

struct walk_tag {
    uint32_t tag, count;
    bool mine; /* the article itself is among the owners */
    uint32_t owner[FINDER_OWNERS_LIMIT];
};

struct walk_block {
    uint32_t first, asked; /* of the tags; how many of them were read or are being read */
};

struct redis_walk {
    uint64_t self;            /* 0: nobody's */
    struct redis_walk *older; /* of those that are kept */
    struct walk_tag *tag;     /* the exact ones, then those of each block */
    uint32_t tag_count;
    struct walk_block *block;
    uint32_t *todo; /* indexes of tags to read */
    uint32_t todo_count, todo_cap;
    uint32_t *post; /* indexes of tags to post before */
    uint32_t post_count, post_cap;
    uint32_t round;                   /* tags of this round: the first of todo */
    unsigned generations;             /* read in this round */
    uint64_t shards[GENERATIONS_MAX]; /* of each of them: they may be others when the reply comes */
};

void redis_walk_free(struct redis_walk *w)
{
    if (!w)
        return;
    free(w->tag);
    free(w->block);
    free(w->todo);
    free(w->post);
    free(w);
}

static int push(uint32_t **list, uint32_t *count, uint32_t *cap, uint32_t value)
{
    if (*count == *cap) {
        uint32_t more = *cap ? *cap * 2 : 128;
        uint32_t *p = realloc(*list, more * sizeof *p);
        if (!p)
            return DUPD_ENOMEM;
        *list = p;
        *cap = more;
    }
    (*list)[(*count)++] = value;
    return DUPD_OK;
}

static int ask(struct redis_walk *w, uint32_t i)
{
    w->tag[i].count = 0;
    w->tag[i].mine = false;
    return push(&w->todo, &w->todo_count, &w->todo_cap, i);
}

static bool is_hot(const struct redis_store *s, const struct walk_tag *t)
{
    return t->count >= s->how.options.owners_max;
}

static struct redis_walk *new_walk(const struct store_postings *p)
{
    struct redis_walk *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    size_t tags = p->exact_count;
    for (uint32_t b = 0; b < p->sketch->block_count; b++)
        tags += posting_hashes_of(&p->sketch->block[b]);
    w->tag = calloc(tags + 1, sizeof *w->tag);
    w->block = calloc(p->sketch->block_count + 1u, sizeof *w->block);
    if (!w->tag || !w->block) {
        redis_walk_free(w);
        return NULL;
    }
    for (uint32_t i = 0; i < p->exact_count; i++)
        w->tag[w->tag_count++].tag = posting_tag_of_exact(p->exact[i]);
    for (uint32_t b = 0; b < p->sketch->block_count; b++) {
        const struct dupd_sketch_block *block = &p->sketch->block[b];
        w->block[b].first = w->tag_count;
        for (uint32_t i = 0; i < posting_hashes_of(block); i++)
            w->tag[w->tag_count++].tag = posting_tag_of_shingle(p->sketch->hash[block->first + i]);
    }
    return w;
}

/* What the block still needs after what was read of it, or nothing. `put`: its own postings count
 * too. */
static int extend(const struct redis_store *s, struct redis_walk *w,
                  const struct dupd_sketch_block *b, struct walk_block *wb, bool put)
{
    uint32_t wanted = posting_wanted_of(b), most = posting_hashes_of(b), plain = 0, posted = 0;
    for (uint32_t i = 0; i < wb->asked; i++) {
        plain += !is_hot(s, &w->tag[wb->first + i]);
        posted += w->tag[wb->first + i].mine;
    }
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < wb->asked && put && posted < wanted && !rc; i++) {
        struct walk_tag *t = &w->tag[wb->first + i];
        if (t->mine || is_hot(s, t))
            continue; /* passed over when it was put, and free by now */
        posted++;
        rc = push(&w->post, &w->post_count, &w->post_cap, wb->first + i);
        if (!rc)
            rc = ask(w, wb->first + i);
    }
    bool may_post = put && wb->asked > 0; /* the first ones were posted by put */
    while (!rc && wb->asked < most && (plain < wanted || (may_post && posted < wanted))) {
        uint32_t i = wb->first + wb->asked++;
        bool known = redis_hot_has(s, w->tag[i].tag);
        plain += !known;
        rc = ask(w, i);
        if (!rc && may_post && !known && posted < wanted) {
            posted++;
            rc = push(&w->post, &w->post_count, &w->post_cap, i);
        }
    }
    return rc;
}

/* `size` is a constant of the caller, so that tags are compared by one instruction. */
static inline void take_entries(struct walk_tag *t, const unsigned char *tag, unsigned size,
                                struct dupd_view shard, uint64_t self, uint64_t floor,
                                uint32_t most)
{
    const unsigned tag_bytes = size - SHARD_NUMBER;
    const char *p = shard.ptr, *end = shard.ptr + shard.len / size * size;
    for (; p < end && t->count < most; p += size) {
        if (memcmp(p, tag, tag_bytes) != 0)
            continue;
        uint32_t n, i = 0;
        memcpy(&n, p + tag_bytes, sizeof n);
        n = be32toh(n);
        while (i < t->count && t->owner[i] != n)
            i++;
        if (i < t->count || n < floor)
            continue;
        t->owner[t->count++] = n;
        t->mine |= n == self;
    }
}

static void take_owners(const struct redis_store *s, struct walk_tag *t, uint64_t self,
                        uint64_t shards, struct dupd_view shard)
{
    uint32_t most = s->how.options.owners_max;
    unsigned char tag[SHARD_ENTRY_MAX];
    if (shard.len == 0)
        return;
    if (redis_shard_pack(shards, t->tag, 0, tag) == SHARD_ENTRY_SHORT)
        take_entries(t, tag, SHARD_ENTRY_SHORT, shard, self, s->floor, most);
    else
        take_entries(t, tag, SHARD_ENTRY_MAX, shard, self, s->floor, most);
}

static uint32_t tags_of_command(const struct redis_walk *w)
{
    return KEYS_MAX / w->generations;
}

/* Command `index` of the MGETs of a round. */
int redis_walk_reply(const struct redis_store *s, struct redis_walk *w, unsigned index,
                     const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY)
        return DUPD_EIO;
    uint32_t first = index * tags_of_command(w);
    for (size_t i = 0; i < reply->elements; i++) {
        uint32_t at = first + (uint32_t)i / w->generations;
        if (at < w->round)
            take_owners(s, &w->tag[w->todo[at]], w->self, w->shards[i % w->generations],
                        redis_reply_view(reply->element[i]));
    }
    return DUPD_OK;
}

/* Replies of a round: lengths of shards that were appended to, then shards. */
static int on_reply(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct redis_walk *w = o->walk;
    return index < w->post_count ? DUPD_OK
                                 : redis_walk_reply(o->store, w, index - w->post_count, reply);
}

static void add_round(struct redis_store *s, struct redis_walk *w, struct redis_batch *b)
{
    w->generations = redis_generations_to_read(s);
    for (unsigned g = 0; g < w->generations; g++)
        w->shards[g] = s->generation[g].shards;
    w->round = w->todo_count < ROUND_MAX ? w->todo_count : ROUND_MAX;
    for (uint32_t i = 0; i < w->round;) {
        redis_command(s, "MGET");
        for (uint32_t k = 0; k < tags_of_command(w) && i < w->round; k++, i++)
            for (unsigned g = 0; g < w->generations; g++)
                redis_word_shard(s, g, w->tag[w->todo[i]].tag);
        redis_command_end(s, b);
    }
}

static int go_on(struct redis_op *o);

static int send_round(struct redis_op *o)
{
    struct redis_walk *w = o->walk;
    struct redis_store *s = o->store;
    struct redis_batch *b = redis_op_batch(o, on_reply, go_on);
    if (!redis_meta_is_fresh(s))
        return DUPD_EAGAIN;
    unsigned now = redis_generation_now(s);
    for (uint32_t i = 0; i < w->post_count; i++)
        redis_shard_post(s, b, now, w->tag[w->post[i]].tag, (uint32_t)w->self);
    add_round(s, w, b);
    return redis_op_send(o);
}

/* Everything was read: counts, ranks, and tells which shingles are hot. */
static int conclude(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct redis_walk *w = o->walk;
    struct store_candidates *op = (struct store_candidates *)o->op;
    struct finder *f = &s->finder;
    int rc = finder_begin(f);
    for (uint32_t i = 0; i < op->postings.exact_count && !rc; i++)
        rc = finder_exact(f, w->tag[i].owner, w->tag[i].count);
    for (uint32_t b = 0; b < op->postings.sketch->block_count && !rc; b++) {
        const struct dupd_sketch_block *block = &op->postings.sketch->block[b];
        uint32_t left = posting_wanted_of(block), asked = 0;
        for (; asked < w->block[b].asked && left > 0; asked++) {
            const struct walk_tag *t = &w->tag[w->block[b].first + asked];
            bool hot = is_hot(s, t);
            finder_owners(f, t->owner, t->count, hot);
            left -= !hot;
            if (hot)
                redis_hot_set(s, t->tag);
        }
        rc = finder_end_block(f, block, asked, op->min_shared ? op->min_shared : 1);
    }
    if (rc)
        return rc;
    finder_end(f, op->self);
    op->hot = f->hot;
    s->hot_met += f->hot;
    op->count = f->count < STORE_CANDIDATES_MAX ? f->count : STORE_CANDIDATES_MAX;
    if (op->count)
        memcpy(op->found, f->found, op->count * sizeof *op->found);
    return redis_op_end(o);
}

/* A round was read. */
static int go_on(struct redis_op *o)
{
    struct redis_walk *w = o->walk;
    const struct store_candidates *op = (const struct store_candidates *)(void *)o->op;
    w->post_count = 0;
    w->todo_count -= w->round;
    if (w->todo_count)
        memmove(w->todo, w->todo + w->round, w->todo_count * sizeof *w->todo);
    bool put = op->posted && !redis_is_crowded(o->store);
    int rc = DUPD_OK;
    if (w->todo_count == 0 &&
        o->at++ < DUPD_SKETCH_K_MAX) /* each round settles a shingle at least */
        for (uint32_t b = 0; b < op->postings.sketch->block_count && !rc; b++)
            rc = extend(o->store, w, &op->postings.sketch->block[b], &w->block[b], put);
    if (rc)
        return rc;
    return w->todo_count ? send_round(o) : conclude(o);
}

/* A walk with its first round to be read. */
static struct redis_walk *begin_walk(const struct redis_store *s, const struct store_postings *p,
                                     uint64_t self)
{
    struct redis_walk *w = new_walk(p);
    int rc = w ? DUPD_OK : DUPD_ENOMEM;
    if (w)
        w->self = self;
    for (uint32_t i = 0; i < p->exact_count && !rc; i++)
        rc = ask(w, i);
    for (uint32_t b = 0; b < p->sketch->block_count && !rc; b++)
        rc = extend(s, w, &p->sketch->block[b], &w->block[b], false);
    if (rc) {
        redis_walk_free(w);
        return NULL;
    }
    return w;
}

int redis_walk_ahead(struct redis_op *o, const struct store_postings *p, uint64_t self)
{
    o->walk = begin_walk(o->store, p, self);
    if (!o->walk)
        return DUPD_ENOMEM;
    add_round(o->store, o->walk, &o->batch);
    return DUPD_OK;
}

void redis_walk_keep(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct redis_walk **w = &s->kept;
    o->walk->older = s->kept;
    s->kept = o->walk;
    o->walk = NULL;
    for (unsigned i = 0; *w && i < KEPT_MAX; i++)
        w = &(*w)->older;
    redis_walk_free_all(w);
}

void redis_walk_free_all(struct redis_walk **list)
{
    while (*list) {
        struct redis_walk *w = *list;
        *list = w->older;
        redis_walk_free(w);
    }
}

static struct redis_walk *take_kept(struct redis_store *s, uint64_t self)
{
    struct redis_walk **w = &s->kept;
    while (*w && (*w)->self != self)
        w = &(*w)->older;
    struct redis_walk *found = *w;
    if (found)
        *w = found->older;
    return found;
}

int redis_candidates(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_candidates *op = (struct store_candidates *)o->op;
    op->count = op->hot = 0;
    if (s->is_empty)
        return redis_op_end_later(o);
    o->walk = op->posted ? take_kept(s, op->self) : NULL;
    if (o->walk) { /* its first round was read when it was put */
        redis_op_batch(o, NULL, go_on);
        return redis_op_send(o);
    }
    o->walk = begin_walk(s, &op->postings, op->self);
    return o->walk ? send_round(o) : DUPD_ENOMEM;
}
