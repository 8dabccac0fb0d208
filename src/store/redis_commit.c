/*
 * redis_commit.c: the decision about one article, in one script (lua/commit.lua says what it does
 * and why it holds), and a verdict given again.
 *
 * What follows a commit is not part of it, and nobody waits for it: records of what died are
 * removed, and sightings of furniture are told. A worker that is killed in between leaves records
 * that nobody finds, and furniture that is learned from the next article.
 */
#include <endian.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "store/redis_state.h"

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
    redis_word_u64(s, op->text_bytes < UINT32_MAX ? op->text_bytes : UINT32_MAX);
    redis_word(s, op->article);
    redis_word(s, op->origin);
    redis_word(s, op->at);
    redis_word_u64(s, op->new_origin);
    redis_word_real(s, (double)op->origin_share);
    redis_word_u64(s, op->insist);
    redis_word_u64(s, s->floor);
    redis_word_u64(s, op->replaces);
    redis_word_u64(s, op->seen_count + op->later_count + op->merge_count + op->became_copy_count +
                          op->alert_count);
}

int redis_commit(struct redis_op *o)
{
    struct redis_store *s = o->store;
    struct store_commit *op = (struct store_commit *)o->op;
    const struct store_names *names = &s->how.names;
    for (uint32_t i = 0; i < op->alert_count; i++)
        op->alerts[i].claimed = false;
    op->changed_count = 0;
    op->successor_of = 0;
    op->committed = (struct dupd_view){0};
    if (op->n == 0 || op->story == 0)
        return DUPD_EINVAL;
    dupd_buf_clear(&o->note);
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
    redis_word_u64(s, names->keep_entries);
    redis_word_u64(s, names->stream_cap);
    uint64_t outlet = htobe64(XXH3_64bits(op->outlet.ptr, op->outlet.len));
    add_article(s, op, &outlet);
    add_lists(s, op);
    redis_command_end(s, b);
    return redis_op_send(o);
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
