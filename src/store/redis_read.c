/*
 * redis_read.c: stories, lists, furniture, statistics. Nothing here is needed to judge an article
 * but the furniture of its outlet, which is one small key.
 */
#include <endian.h>
#include <stdlib.h>

#include "store/redis_state.h"

/* ---- furniture ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int take_furniture(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_furniture *op = (struct store_furniture *)o->op;
    struct dupd_buf *m = &op->op.memory;
    struct dupd_view v = redis_reply_view(reply);
    (void)index;
    int rc = dupd_buf_add(m, v.ptr, v.len / sizeof(uint64_t) * sizeof(uint64_t));
    if (rc)
        return rc;
    uint64_t *hash = (uint64_t *)(void *)m->ptr;
    op->count = (uint32_t)(m->len / sizeof(uint64_t));
    for (uint32_t i = 0; i < op->count; i++)
        hash[i] = be64toh(hash[i]);
    if (op->count)
        qsort(hash, op->count, sizeof *hash, by_value);
    op->hash = hash;
    return DUPD_OK;
}

int redis_read_furniture(struct redis_op *o)
{
    struct store_furniture *op = (struct store_furniture *)o->op;
    op->count = 0;
    op->hash = NULL;
    struct redis_batch *b = redis_op_batch(o, take_furniture, redis_op_end);
    redis_command(o->store, "GET");
    redis_word_key_named(o->store, "fs", op->collection, op->outlet);
    redis_command_end(o->store, b);
    return redis_op_send(o);
}

/* ---- lists ---- */

/* Calls list.lua from `after` on; the reply goes to o->kept as two numbers: found, looked at. */
static int keep_found(struct redis_op *o, unsigned index, const redisReply *reply)
{
    uint64_t pair[2] = {redis_reply_u64(redis_reply_at(reply, 0)),
                        redis_reply_u64(redis_reply_at(reply, 1))};
    (void)index;
    dupd_buf_clear(&o->kept);
    return dupd_buf_add(&o->kept, pair, sizeof pair);
}

static int ask_next(struct redis_op *o, uint64_t after, const char *what,
                    int (*then)(struct redis_op *))
{
    struct redis_store *s = o->store;
    struct redis_batch *b = redis_op_batch(o, keep_found, then);
    if (after + 1 < s->floor)
        after = s->floor - 1;
    redis_script(s, SCRIPT_LIST, 1);
    redis_word_text(s, s->how.names.articles);
    redis_script_arguments(s);
    redis_word_u64(s, after);
    redis_word_u64(s, s->newest);
    redis_word_text(s, what);
    redis_command_end(s, b);
    return redis_op_send(o);
}

static void read_found(const struct redis_op *o, uint64_t *found, uint64_t *looked_at)
{
    uint64_t pair[2] = {0, 0};
    if (o->kept.len == sizeof pair)
        memcpy(pair, o->kept.ptr, sizeof pair);
    *found = pair[0];
    *looked_at = pair[1];
}

/* An article of the list, by way of a fetch of its own. */
struct listed {
    struct store_fetch fetch;
    struct redis_op *o;
};

static int list_on(struct redis_op *o);

static void has_listed(struct store_op *done)
{
    struct listed *l = (struct listed *)(void *)done;
    struct redis_op *o = l->o;
    struct store_list *op = (struct store_list *)o->op;
    struct dupd_buf *m = &op->op.memory;
    const struct dupd_article *a = &l->fetch.record.article;
    int rc = done->status;
    if (!rc && l->fetch.found) {
        rc = dupd_buf_reserve(m, a->id.len + a->collection.len + l->fetch.verdict.len + 1);
        if (!rc) {
            dupd_buf_add_view(m, a->id);
            dupd_buf_add_view(m, a->collection);
            dupd_buf_add_view(m, l->fetch.verdict);
            op->found = true;
            op->n = l->fetch.n;
            op->id = (struct dupd_view){m->ptr, a->id.len};
            op->collection = (struct dupd_view){m->ptr + a->id.len, a->collection.len};
            op->verdict =
                (struct dupd_view){m->ptr + a->id.len + a->collection.len, l->fetch.verdict.len};
        }
    }
    bool gone = (!rc && !l->fetch.found) || rc == DUPD_ECORRUPT || rc == DUPD_EVERSION;
    uint64_t n = l->fetch.n;
    store_release(done);
    free(l);
    if (gone) /* it expired between the two, or cannot be read: the list goes on */
        rc = ask_next(o, n, "article", list_on);
    redis_op_resume(o, rc, op->found);
}

static int list_on(struct redis_op *o)
{
    uint64_t found, looked_at;
    read_found(o, &found, &looked_at);
    if (found) {
        struct listed *l = calloc(1, sizeof *l);
        if (!l)
            return DUPD_ENOMEM;
        l->o = o;
        l->fetch = (struct store_fetch){
            .op = {.kind = STORE_FETCH, .done = has_listed}, .n = found, .want_verdict = true};
        store_submit(&o->store->base, &l->fetch.op);
        return DUPD_OK;
    }
    if (looked_at >= o->store->newest || looked_at == 0)
        return redis_op_end(o);
    return ask_next(o, looked_at, "article", list_on);
}

int redis_read_list(struct redis_op *o)
{
    struct store_list *op = (struct store_list *)o->op;
    op->found = false;
    if (op->after >= o->store->newest)
        return redis_op_end_later(o);
    return ask_next(o, op->after, "article", list_on);
}

/* ---- stories ---- */

static int take_story(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_story *op = (struct store_story *)o->op;
    struct dupd_buf *m = &op->op.memory;
    (void)index;
    op->found = redis_reply_at(reply, 3) != NULL;
    if (!op->found)
        return DUPD_OK;
    op->id = redis_reply_u64(reply->element[0]);
    op->origin = redis_reply_u64(reply->element[1]);
    op->members = (uint32_t)redis_reply_u64(reply->element[2]);
    op->outlets = (uint32_t)redis_reply_u64(reply->element[3]);
    int rc = dupd_buf_reserve(m, reply->elements * sizeof(uint64_t));
    for (size_t i = 4; i < reply->elements && !rc; i++) {
        uint64_t n = redis_reply_u64(reply->element[i]);
        rc = dupd_buf_add(m, &n, sizeof n);
    }
    op->member = (const uint64_t *)(const void *)m->ptr;
    op->member_count = (uint32_t)(m->len / sizeof(uint64_t));
    return rc;
}

static int ask_story(struct redis_op *o, uint64_t story)
{
    struct redis_store *s = o->store;
    struct redis_batch *b = redis_op_batch(o, take_story, redis_op_end);
    redis_script(s, SCRIPT_STORY, 1);
    redis_word_text(s, s->how.names.articles);
    redis_script_arguments(s);
    redis_word_u64(s, story);
    redis_command_end(s, b);
    return redis_op_send(o);
}

static int story_on(struct redis_op *o)
{
    uint64_t found, looked_at;
    read_found(o, &found, &looked_at);
    if (found)
        return ask_story(o, found);
    if (looked_at >= o->store->newest || looked_at == 0)
        return redis_op_end(o);
    return ask_next(o, looked_at, "story", story_on);
}

int redis_read_story(struct redis_op *o)
{
    struct store_story *op = (struct store_story *)o->op;
    op->found = false;
    op->member = NULL;
    op->member_count = 0;
    if (op->story)
        return ask_story(o, op->story);
    if (op->after >= o->store->newest)
        return redis_op_end_later(o);
    return ask_next(o, op->after, "story", story_on);
}

/* ---- statistics ---- */

/* Counters are kept for slices of the window ("a123": articles, "j" joined a story, "c" copies, "l"
 * alerts, "t" bytes of text); those that have left it do not count. */
static int take_counts(struct redis_op *o, const redisReply *reply)
{
    struct store_stats *op = (struct store_stats *)o->op;
    uint64_t now = redis_slice(o->store);
    int64_t sum[128] = {0};
    for (size_t i = 0; redis_reply_at(reply, i + 1); i += 2) {
        struct dupd_view name = redis_reply_view(reply->element[i]);
        struct dupd_view value = redis_reply_view(reply->element[i + 1]);
        if (name.len < 2 || (unsigned char)name.ptr[0] > 127 || value.len == 0)
            continue;
        if (redis_view_u64((struct dupd_view){name.ptr + 1, name.len - 1}) + 33 < now)
            continue;
        bool less = value.ptr[0] == '-';
        int64_t n = (int64_t)redis_view_u64((struct dupd_view){value.ptr + less, value.len - less});
        sum[(unsigned char)name.ptr[0]] += less ? -n : n;
    }
    for (int i = 0; i < 128; i++)
        sum[i] = sum[i] < 0 ? 0 : sum[i];
    op->articles = (uint64_t)sum['a'];
    op->stories = sum['a'] > sum['j'] ? (uint64_t)(sum['a'] - sum['j']) : 0;
    op->copies = (uint64_t)sum['c'];
    op->alerts = (uint64_t)sum['l'];
    op->text_bytes = (uint64_t)sum['t'];
    return DUPD_OK;
}

static int take_stats(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_stats *op = (struct store_stats *)o->op;
    if (index == 0)
        return take_counts(o, reply);
    op->store_bytes = redis_info_u64(redis_reply_view(reply), "\nused_memory:");
    return DUPD_OK;
}

static int end_stats(struct redis_op *o)
{
    const struct redis_store *s = o->store;
    struct store_stats *op = (struct store_stats *)o->op;
    op->newest = s->newest;
    op->store_max_bytes = redis_memory_max(s);
    op->index_entries = s->index_entries;
    for (unsigned g = 0; g < s->generation_count; g++)
        op->index_slots += s->generation[g].shards;
    if (s->generation_count) /* in all of a real store's generations entries are as long */
        op->index_bytes = s->index_entries * redis_shard_entry(s->generation[0].shards);
    op->hot_shingles = s->hot_met;
    op->postings_refused = s->refused;
    return redis_op_end(o);
}

int redis_read_stats(struct redis_op *o)
{
    struct store_stats *op = (struct store_stats *)o->op;
    struct store_op head = op->op;
    *op = (struct store_stats){.op = head};
    struct redis_batch *b = redis_op_batch(o, take_stats, end_stats);
    redis_command(o->store, "HGETALL");
    redis_word_key(o->store, "count");
    redis_command_end(o->store, b);
    redis_batch_addf(b, "INFO memory");
    return redis_op_send(o);
}
