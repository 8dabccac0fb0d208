/*
 * redis_article.c: articles: look-up, put, fetch, forget.
 *
 * Put, in order: a number (that of the same id and content, if an earlier attempt took one), the
 * record, the postings. The record is there before anybody can find it by its postings, and the
 * postings before this article asks for candidates: of two at the same moment at least one sees the
 * other. Everything may be repeated: the record is the same, a posting counts once.
 *
 * Look-ups and what is put go over one connection, in the order of numbers, and an article asks,
 * over any, when its own postings are in: so it sees all that this worker has numbered before it,
 * and of two articles that came together the later one finds the earlier. (Spread over connections
 * like the rest, copies pushed together with their origin were told "unique", and had their alert
 * later.)
 *
 * When the server's memory is nearly full, put gives a number only: the article is judged, but
 * nobody will find it. Its postings count as refused.
 */
#include <inttypes.h>
#include <stdio.h>

#include "dupd/error.h"
#include "store/redis_state.h"
#include "store/stored.h"

static void put_hash(char text[33], struct dupd_hash128 h)
{
    snprintf(text, 33, "%016" PRIx64 "%016" PRIx64, h.high, h.low);
}

/* "number content replaced ...": lua/number.lua */
static bool read_id(struct dupd_view v, uint64_t *n, struct dupd_hash128 *content)
{
    char text[128];
    size_t len = v.len < sizeof text ? v.len : sizeof text - 1;
    if (len == 0)
        return false;
    memcpy(text, v.ptr, len);
    text[len] = '\0';
    return sscanf(text, "%" SCNu64 " %16" SCNx64 "%16" SCNx64, n, &content->high, &content->low) ==
           3;
}

/* ---- look-up ---- */

static int take_verdict(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_lookup *op = (struct store_lookup *)o->op;
    struct dupd_view json = redis_reply_view(reply);
    char hash[33];
    (void)index;
    put_hash(hash, op->content_hash);
    /* That of the version before stands there until this one is decided. */
    if (json.len == 0 || !memmem(json.ptr, json.len, hash, 32))
        return DUPD_OK;
    return dupd_buf_add_view(&op->op.memory, json);
}

static int end_lookup(struct redis_op *o)
{
    struct store_lookup *op = (struct store_lookup *)o->op;
    op->verdict = dupd_buf_view(&op->op.memory);
    return redis_op_end(o);
}

static int take_id(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_lookup *op = (struct store_lookup *)o->op;
    (void)index;
    op->found = read_id(redis_reply_view(reply), &op->n, &op->content_hash);
    return DUPD_OK;
}

static int ask_verdict(struct redis_op *o)
{
    struct store_lookup *op = (struct store_lookup *)o->op;
    if (!op->found)
        return redis_op_end(o);
    struct redis_batch *b = redis_op_batch(o, take_verdict, end_lookup);
    redis_command(o->store, "GET");
    redis_word_key_named(o->store, "verdict", op->collection, op->id);
    redis_command_end(o->store, b);
    return redis_op_send(o);
}

int redis_lookup(struct redis_op *o)
{
    struct store_lookup *op = (struct store_lookup *)o->op;
    op->found = false;
    op->n = 0;
    struct redis_batch *b = redis_op_batch(o, take_id, ask_verdict);
    redis_command(o->store, "GET");
    redis_word_key_named(o->store, "n", op->collection, op->id);
    redis_command_end(o->store, b);
    return redis_op_send(o);
}

/* ---- put ---- */

/* Which shingles of a block are posted: the first k that are not known to be hot. */
static void post_block(struct redis_op *o, const struct dupd_sketch_block *b, const uint64_t *hash,
                       unsigned generation)
{
    struct store_put *op = (struct store_put *)o->op;
    uint32_t left = posting_wanted_of(b);
    for (uint32_t i = 0; i < posting_hashes_of(b) && left > 0; i++) {
        uint32_t tag = posting_tag_of_shingle(hash[i]);
        if (redis_hot_has(o->store, tag)) {
            op->hot++;
            continue;
        }
        left--;
        op->posted++;
        redis_shard_post(o->store, &o->batch, generation, tag, (uint32_t)op->n);
    }
}

/* What the earlier attempt, or the other entry of this version, has put: it came in then. */
static int take_record(struct redis_op *o, const redisReply *reply)
{
    struct store_put *op = (struct store_put *)o->op;
    struct dupd_record r;
    if (reply->type != REDIS_REPLY_STRING || dupd_record_decode(&r, redis_reply_view(reply)))
        return DUPD_OK; /* there is none, or it is of no use */
    op->known = true;
    op->known_arrived_ms = r.arrived_ms;
    op->known_effective_ms = r.effective_ms;
    return DUPD_OK;
}

/* Replies: SET of the record, the length of each shard, and with one connection what this article
 * asks for first. */
static int was_posted(struct redis_op *o, unsigned index, const redisReply *reply)
{
    const struct store_put *op = (const struct store_put *)(void *)o->op;
    if (index > op->posted)
        return redis_walk_reply(o->store, o->walk, index - op->posted - 1, reply);
    return index == 0 && o->again ? take_record(o, reply) : DUPD_OK;
}

static int was_asked(struct redis_op *o, unsigned index, const redisReply *reply)
{
    return redis_walk_reply(o->store, o->walk, index, reply);
}

static int end_put(struct redis_op *o)
{
    redis_walk_keep(o);
    return redis_op_end(o);
}

static int ask_first(struct redis_op *o)
{
    const struct store_put *op = (const struct store_put *)(void *)o->op;
    redis_op_batch(o, was_asked, end_put);
    redis_op_spread(o);
    int rc =
        redis_meta_is_fresh(o->store) ? redis_walk_ahead(o, &op->postings, op->n) : DUPD_EAGAIN;
    return rc ? rc : redis_op_send(o);
}

static int post(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_put *op = (struct store_put *)o->op;
    const struct store_postings *p = &op->postings;
    if (op->n == 0 || op->n > UINT32_MAX)
        return DUPD_EIO;
    if (!redis_meta_is_fresh(s))
        return DUPD_EAGAIN;
    bool one_trip = s->how.connections == 1; /* the question goes out behind the postings */
    struct redis_batch *b = redis_op_batch(o, was_posted, one_trip ? end_put : ask_first);
    unsigned g = redis_generation_now(s);
    redis_command(s, "SET");
    redis_word_key_of(s, "a", op->n);
    redis_word(s, op->record);
    if (o->again) {
        redis_word_text(s, "NX");
        redis_word_text(s, "GET");
    }
    if (redis_ttl(s)) {
        redis_word_text(s, "EX");
        redis_word_u64(s, redis_ttl(s));
    }
    redis_command_end(s, b);
    for (uint32_t i = 0; i < p->exact_count; i++) {
        redis_shard_post(s, b, g, posting_tag_of_exact(p->exact[i]), (uint32_t)op->n);
        op->posted++;
    }
    for (uint32_t i = 0; i < p->sketch->block_count; i++) {
        const struct dupd_sketch_block *block = &p->sketch->block[i];
        post_block(o, block, p->sketch->hash + block->first, g);
    }
    int rc = one_trip ? redis_walk_ahead(o, p, op->n) : DUPD_OK;
    return rc ? rc : redis_op_send(o);
}

static int has_number(struct redis_op *o)
{
    struct store_put *op = (struct store_put *)o->op;
    if (!redis_is_crowded(o->store))
        return post(o);
    op->refused = op->postings.exact_count;
    for (uint32_t i = 0; i < op->postings.sketch->block_count; i++)
        op->refused += posting_wanted_of(&op->postings.sketch->block[i]);
    o->store->refused += op->refused;
    return redis_op_end(o);
}

static int take_number(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_put *op = (struct store_put *)o->op;
    (void)index;
    uint64_t n = redis_reply_u64(redis_reply_at(reply, 0));
    o->again = n != op->n;
    op->n = n;
    op->replaced = redis_reply_u64(redis_reply_at(reply, 1));
    return op->n ? DUPD_OK : DUPD_EIO;
}

/* The id was there before: which number it has now is for a script to say. */
static int ask_script(struct redis_op *o)
{
    struct redis_store *s = o->store;
    const struct store_put *op = (const struct store_put *)(void *)o->op;
    char hash[33];
    if (op->n == 0)
        return DUPD_EIO;
    if (o->at == 0)
        return has_number(o);
    put_hash(hash, op->content_hash);
    struct redis_batch *b = redis_op_batch(o, take_number, has_number);
    redis_script(s, SCRIPT_NUMBER, 2);
    redis_word_text(s, s->how.names.articles);
    redis_word_key_named(s, "n", op->collection, op->id);
    redis_script_arguments(s);
    redis_word_u64(s, op->n);
    redis_word_text(s, hash);
    redis_word_u64(s, redis_ttl(s));
    redis_word_u64(s, op->from_queue);
    redis_command_end(s, b);
    return redis_op_send(o);
}

/* Nil: there was none, and the number is ours. */
static int take_old(struct redis_op *o, unsigned index, const redisReply *reply)
{
    (void)index;
    o->at = reply->type != REDIS_REPLY_NIL;
    return DUPD_OK;
}

static int ask_number(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_put *op = (struct store_put *)o->op;
    char text[96];
    struct dupd_hash128 h = op->content_hash;
    int rc = redis_number_take(o, &op->n);
    if (rc <= 0)
        return rc; /* waits */
    o->at = 1;
    if (op->from_queue && redis_is_crowded(s)) /* a SET may be refused, what a script does is not */
        return ask_script(o);
    int len = snprintf(text, sizeof text, "%" PRIu64 " %016" PRIx64 "%016" PRIx64 " 0", op->n,
                       h.high, h.low);
    struct redis_batch *b = redis_op_batch(o, take_old, ask_script);
    redis_command(s, "SET");
    redis_word_key_named(s, "n", op->collection, op->id);
    redis_word(s, (struct dupd_view){text, (size_t)len});
    redis_word_text(s, "NX");
    redis_word_text(s, "GET");
    if (redis_ttl(s)) {
        redis_word_text(s, "EX");
        redis_word_u64(s, redis_ttl(s));
    }
    redis_command_end(s, b);
    return redis_op_send(o);
}

int redis_put(struct redis_op *o)
{
    struct store_put *op = (struct store_put *)o->op;
    op->n = 0;
    op->replaced = 0;
    op->known = false;
    op->posted = op->hot = op->refused = 0;
    redis_op_batch(o, NULL, ask_number);
    return ask_number(o);
}

/* ---- fetch ---- */

static int take_stand(struct store_fetch *op, const redisReply *r)
{
    char share[32];
    const redisReply *state = redis_reply_at(r, 4), *to_origin = redis_reply_at(r, 2);
    if (!state || !to_origin)
        return DUPD_EIO;
    struct dupd_view v = redis_reply_view(to_origin);
    snprintf(share, sizeof share, "%.*s", v.len > 30 ? 30 : (int)v.len, v.ptr ? v.ptr : "");
    op->place = (struct store_place){
        .story = redis_reply_u64(redis_reply_at(r, 0)),
        .origin = redis_reply_u64(redis_reply_at(r, 1)),
        .to_origin = strtof(share, NULL),
        .copy = redis_reply_u64(redis_reply_at(r, 3)) != 0,
        .undecided = dupd_view_equal(redis_reply_view(state), DUPD_VIEW("undecided")),
        .alive = !dupd_view_equal(redis_reply_view(state), DUPD_VIEW("dead"))};
    if (op->place.origin == op->n)
        op->place.to_origin = 1;
    return DUPD_OK;
}

/* The record, then where it stands. */
static int take_article(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_fetch *op = (struct store_fetch *)o->op;
    if (index == 1)
        return take_stand(op, reply);
    op->found = reply->type == REDIS_REPLY_STRING;
    return op->found ? dupd_buf_add_view(&o->kept, redis_reply_view(reply)) : DUPD_OK;
}

static int is_damaged(struct redis_op *o, int rc)
{
    struct redis_store *s = o->store;
    const struct store_fetch *op = (const struct store_fetch *)o->op;
    if (rc == DUPD_ECORRUPT || rc == DUPD_EVERSION)
        snprintf(s->base.problem, sizeof s->base.problem,
                 "key %s:a:%" PRIu64 " of %s: %s; forget the article and add it again",
                 s->how.names.prefix, op->n, redis_where(s->redis[0]), dupd_error_text(rc));
    return rc;
}

static int open_article(struct redis_op *o, struct dupd_view verdict)
{
    struct store_fetch *op = (struct store_fetch *)o->op;
    int rc = stored_open(op, &o->store->pack, dupd_buf_view(&o->kept), verdict);
    op->found = rc == 0;
    return rc ? is_damaged(o, rc) : redis_op_end(o);
}

static int keep_verdict(struct redis_op *o, unsigned index, const redisReply *reply)
{
    (void)index;
    return dupd_buf_add_view(&o->note, redis_reply_view(reply));
}

static int open_with_verdict(struct redis_op *o)
{
    return open_article(o, dupd_buf_view(&o->note));
}

static int has_article(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_fetch *op = (struct store_fetch *)o->op;
    op->verdict = (struct dupd_view){0};
    if (!op->found || op->n < s->floor) {
        op->found = false;
        return redis_op_end(o);
    }
    if (!op->want_verdict)
        return open_article(o, (struct dupd_view){0});
    int rc = dupd_record_decode(&op->record, dupd_buf_view(&o->kept));
    if (rc)
        return is_damaged(o, rc);
    struct redis_batch *b = redis_op_batch(o, keep_verdict, open_with_verdict);
    redis_command(s, "GET");
    redis_word_key_named(s, "verdict", op->record.article.collection, op->record.article.id);
    redis_command_end(s, b);
    return redis_op_send(o);
}

int redis_fetch(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_fetch *op = (struct store_fetch *)o->op;
    op->found = false;
    dupd_buf_clear(&o->kept);
    dupd_buf_clear(&o->note);
    struct redis_batch *b = redis_op_batch(o, take_article, has_article);
    redis_command(s, "GET");
    redis_word_key_of(s, "a", op->n);
    redis_command_end(s, b);
    redis_script(s, SCRIPT_PLACE, 1);
    redis_word_text(s, s->how.names.articles);
    redis_script_arguments(s);
    redis_word_u64(s, op->n);
    redis_command_end(s, b);
    return redis_op_send(o);
}

/* ---- forget ---- */

static int take_dead(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_forget *op = (struct store_forget *)o->op;
    (void)index;
    op->found = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
    return redis_note_dead(o, reply);
}

static int forgotten(struct redis_op *o)
{
    redis_drop_records(o->store, dupd_buf_view(&o->note));
    return redis_op_end(o);
}

int redis_forget(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_forget *op = (struct store_forget *)o->op;
    op->found = false;
    dupd_buf_clear(&o->note);
    struct redis_batch *b = redis_op_batch(o, take_dead, forgotten);
    redis_script(s, SCRIPT_FORGET, 3);
    redis_word_text(s, s->how.names.articles);
    redis_word_key_named(s, "n", op->collection, op->id);
    redis_word_key_named(s, "verdict", op->collection, op->id);
    redis_script_arguments(s);
    redis_word_u64(s, redis_slice(s));
    redis_word_u64(s, redis_ttl(s));
    redis_command_end(s, b);
    return redis_op_send(o);
}

/* ---- the dead ---- */

int redis_note_dead(struct redis_op *o, const redisReply *numbers)
{
    int rc = DUPD_OK;
    for (size_t i = 0; redis_reply_at(numbers, i) && !rc; i++) {
        uint64_t n = redis_reply_u64(numbers->element[i]);
        rc = dupd_buf_add(&o->note, &n, sizeof n);
    }
    return rc;
}

void redis_drop_records(struct redis_store *s, struct dupd_view numbers)
{
    struct redis_op *o = numbers.len ? redis_op_aside(s) : NULL;
    if (!o)
        return; /* without memory they stay until their time is over: what is dead says so */
    for (size_t i = 0; i + sizeof(uint64_t) <= numbers.len; i += sizeof(uint64_t)) {
        uint64_t n;
        memcpy(&n, numbers.ptr + i, sizeof n);
        redis_command(s, "DEL");
        redis_word_key_of(s, "a", n);
        redis_command_end(s, &o->batch);
    }
    redis_op_send(o);
}
