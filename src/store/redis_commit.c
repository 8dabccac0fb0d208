/*
 * redis_commit.c: the decision about one article, in one script (lua/commit.lua says what it does
 * and why it holds; lua/alone.lua is for those that have nothing in common with anything), and a
 * verdict given again.
 *
 * What follows a commit is not part of it, and nobody waits for it: records of what died are
 * removed, and sightings of furniture are told. A worker that is killed in between leaves records
 * that nobody finds, and furniture that is learned from the next article.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "store/redis_state.h"

#define PLACES 64u /* in a key; these are those of lua/places.lua */
#define PLACE_BYTES 40u
#define PLACE_DECIDED 1u

static void tell_sightings(struct redis_store *s, const struct store_commit *op)
{
    struct redis_op *o = op->sighting_count ? redis_op_aside(s) : NULL;
    if (!o)
        return;
    const struct store_options *options = &s->how.options;
    redis_script(s, SCRIPT_FURNITURE, 1);
    redis_word_text(s, s->how.names.articles);
    redis_script_arguments(s);
    redis_word_collection(s, op->collection);
    redis_word_u64(s, options->furniture_stories);
    redis_word_u64(s, options->furniture_paragraphs);
    redis_word_u64(s, options->furniture_outlets);
    redis_word_i64(s, 2 * options->window_s);
    redis_word_i64(s, redis_now_least(s) / 1000);
    uint64_t *hash = malloc(op->sighting_count * sizeof *hash);
    for (uint32_t i = 0; hash && i < op->sighting_count; i++) {
        hash[i] = htobe64(op->sightings[i].paragraph);
        redis_word(s, op->sightings[i].outlet);
        redis_word(s, (struct dupd_view){(const char *)&hash[i], sizeof hash[i]});
        redis_word_u64(s, op->sightings[i].story);
    }
    redis_command_end(s, &o->batch);
    free(hash);
    redis_op_send(o);
}

static int take_changed(struct store_commit *op, const redisReply *reply)
{
    op->changed_count = 0;
    for (size_t i = 1; i < reply->elements && op->changed_count < STORE_CHANGED_MAX; i++)
        op->changed[op->changed_count++] = redis_reply_u64(reply->element[i]);
    return DUPD_ESTALE;
}

static int take_committed(struct redis_op *o, struct store_commit *op, const redisReply *reply)
{
    const redisReply *claimed = redis_reply_at(reply, 2), *dead = redis_reply_at(reply, 3);
    if (!claimed || !dead)
        return DUPD_EIO;
    for (uint32_t i = 0; i < op->alert_count; i++)
        op->alerts[i].claimed =
            redis_reply_at(claimed, i) && redis_reply_u64(claimed->element[i]) == 1;
    return redis_note_dead(o, dead);
}

static int take_outcome(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct store_commit *op = (struct store_commit *)o->op;
    const redisReply *head = redis_reply_at(reply, 0);
    (void)index;
    if (!head)
        return DUPD_EIO;
    struct dupd_view what = redis_reply_view(head);
    if (dupd_view_equal(what, DUPD_VIEW("ok")))
        return take_committed(o, op, reply);
    if (dupd_view_equal(what, DUPD_VIEW("stale")))
        return take_changed(op, reply);
    if (dupd_view_equal(what, DUPD_VIEW("version"))) {
        op->successor_of = redis_reply_u64(redis_reply_at(reply, 1));
        return DUPD_ESTALE;
    }
    if (dupd_view_equal(what, DUPD_VIEW("gone")))
        return DUPD_EGONE;
    const redisReply *verdict = redis_reply_at(reply, 1);
    int rc = verdict ? dupd_buf_add_view(&op->op.memory, redis_reply_view(verdict)) : DUPD_EIO;
    op->committed = dupd_buf_view(&op->op.memory);
    return rc ? rc : DUPD_EINVAL;
}

static int committed(struct redis_op *o)
{
    const struct store_commit *op = (const struct store_commit *)(void *)o->op;
    redis_drop_records(o->store, dupd_buf_view(&o->note));
    tell_sightings(o->store, op);
    o->store->text_kept += op->text_bytes;
    return redis_op_end(o);
}

static void add_lists(struct redis_store *s, const struct store_commit *op)
{
    redis_word_u64(s, op->seen_count);
    for (uint32_t i = 0; i < op->seen_count; i++) {
        redis_word_u64(s, op->seen[i].n);
        redis_word_u64(s, op->seen[i].story);
        redis_word_u64(s, op->seen[i].origin);
    }
    redis_word_u64(s, op->later_count);
    for (uint32_t i = 0; i < op->later_count; i++)
        redis_word_u64(s, op->later[i]);
    redis_word_u64(s, op->merge_count);
    for (uint32_t i = 0; i < op->merge_count; i++) {
        redis_word_u64(s, op->merge_from[i]);
        redis_word_real(s, op->merge_share ? (double)op->merge_share[i] : 0);
    }
    redis_word_u64(s, op->became_copy_count);
    for (uint32_t i = 0; i < op->became_copy_count; i++)
        redis_word_u64(s, op->became_copy[i]);
    redis_word_u64(s, op->alert_count);
    for (uint32_t i = 0; i < op->alert_count; i++) {
        redis_word_u64(s, op->alerts[i].n);
        redis_word(s, op->alerts[i].outlet);
        redis_word(s, op->alerts[i].id);
        redis_word(s, op->alerts[i].json);
    }
}

static uint64_t hash_outlet(const struct store_commit *op)
{
    return htobe64(XXH3_64bits(op->outlet.ptr, op->outlet.len));
}

static uint32_t text_bytes(const struct store_commit *op)
{
    return op->text_bytes < UINT32_MAX ? (uint32_t)op->text_bytes : UINT32_MAX;
}

/* `outlet`: the hash by which stories count theirs. */
static void add_article(struct redis_store *s, const struct store_commit *op,
                        const uint64_t *outlet)
{
    redis_word_u64(s, op->n);
    redis_word(s, op->id);
    redis_word(s, op->verdict);
    redis_word_u64(s, redis_ttl(s));
    redis_word_u64(s, redis_slice(s));
    redis_word_u64(s, op->story);
    redis_word_real(s, (double)op->to_origin);
    redis_word_u64(s, op->copy);
    redis_word_i64(s, op->effective_ms);
    redis_word_i64(s, op->arrived_ms);
    redis_word(s, (struct dupd_view){(const char *)outlet, sizeof *outlet});
    redis_word_u64(s, text_bytes(op));
    redis_word(s, op->article);
    redis_word(s, op->origin);
    redis_word(s, op->at);
    redis_word_u64(s, op->new_origin);
    redis_word_real(s, (double)op->origin_share);
    redis_word_u64(s, op->insist);
    redis_word_u64(s, s->floor);
    redis_word_u64(s, op->replaces);
    redis_word_u64(s, op->overtakes);
}

/* What becomes of the queue entry and the verdict: see lua/commit.lua. */
static enum end_of_entry {
    END_SILENT,
    END_TELL,
    END_TELL_AND_DELETE
} end_of(const struct redis_store *s, const struct store_commit *op)
{
    if (op->entry.len == 0)
        return op->tell ? END_TELL : END_SILENT;
    return s->how.names.keep_entries ? END_TELL : END_TELL_AND_DELETE;
}

static int commit_whole(struct redis_op *o)
{
    struct redis_store *s = o->store;
    const struct store_commit *op = (const struct store_commit *)(void *)o->op;
    const struct store_names *names = &s->how.names;
    struct redis_batch *b = redis_op_batch(o, take_outcome, committed);
    redis_script(s, SCRIPT_COMMIT, 6);
    redis_word_text(s, names->articles);
    redis_word_text(s, names->verdicts);
    redis_word_text(s, names->alerts);
    redis_word_text(s, names->stories);
    redis_word_key_named(s, "n", op->collection, op->id);
    redis_word_key_named(s, "verdict", op->collection, op->id);
    redis_script_arguments(s);
    redis_word_text(s, names->group);
    redis_word(s, op->entry);
    redis_word_u64(s, end_of(s, op));
    redis_word_u64(s, names->stream_cap);
    uint64_t outlet = hash_outlet(op);
    add_article(s, op, &outlet);
    add_lists(s, op);
    redis_command_end(s, b);
    return redis_op_send(o);
}

/* ---- nothing in common with anything ---- */

static bool is_alone(const struct store_commit *op)
{
    return op->story == op->n && !op->copy && !op->replaces && !op->overtakes &&
           op->seen_count + op->later_count + op->merge_count + op->became_copy_count +
                   op->alert_count ==
               0;
}

static int take_alone(struct redis_op *o, unsigned index, const redisReply *reply)
{
    const redisReply *head = redis_reply_at(reply, 0);
    o->at = head && dupd_view_equal(redis_reply_view(head), DUPD_VIEW("met"));
    return o->at ? DUPD_OK : take_outcome(o, index, reply);
}

static int alone_or_whole(struct redis_op *o)
{
    return o->at ? commit_whole(o) : committed(o);
}

/* As lua/places.lua unpacks it. */
static void pack_place(const struct store_commit *op, uint8_t place[PLACE_BYTES])
{
    uint32_t story = htobe32((uint32_t)op->story), share, text = htobe32(text_bytes(op));
    float to_origin = (float)op->to_origin;
    memcpy(&share, &to_origin, sizeof share);
    share = htobe32(share);
    uint64_t effective = htobe64((uint64_t)op->effective_ms);
    uint64_t arrived = htobe64((uint64_t)op->arrived_ms);
    uint64_t outlet = hash_outlet(op);
    memset(place, 0, PLACE_BYTES);
    memcpy(place, &story, 4);
    memcpy(place + 4, &share, 4);
    place[8] = PLACE_DECIDED;
    memcpy(place + 12, &effective, 8);
    memcpy(place + 20, &arrived, 8);
    memcpy(place + 28, &outlet, 8);
    memcpy(place + 36, &text, 4);
}

/* As lua/commit.lua writes it. */
static int write_event(struct dupd_buf *out, const struct store_commit *op)
{
    dupd_buf_clear(out);
    return dupd_buf_addf(out,
                         "{\"v\":1,\"story\":\"%llu\",\"event\":\"new\",\"origin\":%.*s,"
                         "\"members\":1,\"outlets\":1,\"at\":\"%.*s\"}",
                         (unsigned long long)op->story, (int)op->article.len, op->article.ptr,
                         (int)op->at.len, op->at.ptr);
}

static int commit_alone(struct redis_op *o)
{
    struct redis_store *s = o->store;
    const struct store_commit *op = (const struct store_commit *)(void *)o->op;
    const struct store_names *names = &s->how.names;
    uint8_t place[PLACE_BYTES];
    char counter[32];
    pack_place(op, place);
    snprintf(counter, sizeof counter, "a%llu", (unsigned long long)redis_slice(s));
    if (write_event(&o->kept, op))
        return DUPD_ENOMEM;
    struct redis_batch *b = redis_op_batch(o, take_alone, alone_or_whole);
    redis_script(s, SCRIPT_ALONE, 6);
    redis_word_text(s, names->articles);
    redis_word_text(s, names->verdicts);
    redis_word_text(s, names->stories);
    redis_word_key_named(s, "verdict", op->collection, op->id);
    redis_word_key_of(s, "p", op->n / PLACES);
    redis_word_key(s, "count");
    redis_word_text(s, names->group);
    redis_word(s, op->entry);
    redis_word_u64(s, end_of(s, op));
    redis_word_u64(s, names->stream_cap);
    redis_word(s, op->id);
    redis_word(s, op->verdict);
    redis_word_u64(s, redis_ttl(s));
    redis_word_u64(s, op->n % PLACES * PLACE_BYTES);
    redis_word(s, (struct dupd_view){(const char *)place, sizeof place});
    redis_word_text(s, counter);
    redis_word_u64(s, op->n);
    redis_word(s, dupd_buf_view(&o->kept));
    redis_command_end(s, b);
    return redis_op_send(o);
}

int redis_commit(struct redis_op *o)
{
    struct store_commit *op = (struct store_commit *)o->op;
    for (uint32_t i = 0; i < op->alert_count; i++)
        op->alerts[i].claimed = false;
    op->changed_count = 0;
    op->successor_of = 0;
    op->committed = (struct dupd_view){0};
    if (op->n == 0 || op->story == 0)
        return DUPD_EINVAL;
    dupd_buf_clear(&o->note);
    return is_alone(op) ? commit_alone(o) : commit_whole(o);
}

/* ---- a verdict again ---- */

static int take_answer(struct redis_op *o, unsigned index, const redisReply *reply)
{
    (void)o, (void)index;
    return redis_reply_u64(reply) == 1 ? DUPD_OK : DUPD_EGONE;
}

int redis_answer(struct redis_op *o)
{
    struct redis_store *s = o->store;
    const struct store_answer *op = (const struct store_answer *)(void *)o->op;
    const struct store_names *names = &s->how.names;
    if (op->entry.len == 0)
        return redis_op_end_later(o);
    struct redis_batch *b = redis_op_batch(o, take_answer, redis_op_end);
    redis_script(s, SCRIPT_ANSWER, 2);
    redis_word_text(s, names->articles);
    redis_word_text(s, names->verdicts);
    redis_script_arguments(s);
    redis_word_text(s, names->group);
    redis_word(s, op->entry);
    redis_word_u64(s, names->keep_entries);
    redis_word_u64(s, names->stream_cap);
    redis_word(s, op->id);
    redis_word(s, op->verdict);
    redis_command_end(s, b);
    return redis_op_send(o);
}
