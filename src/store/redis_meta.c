/*
 * redis_meta.c: what the workers of a store agree on, and numbers.
 *
 *   connected -> SCRIPT LOAD each -> meta.lua -> READY, and meta.lua again about once a second
 *
 * A generation is announced LEAD_MS before it begins, and meta may be STALE_MS old at most: so a
 * worker that posts knows every generation that has begun. Its clock is Redis's, known within the
 * time that the answer took: it posts by the least that it may be now, and reads by the most and a
 * little more, so that what somebody posts to a generation that has just begun is read by all.
 *
 * Failure: other parameters than the store was made with, or a format that is not ours: refused,
 * and asked again with the next connection only. Without an answer meta grows stale, and operations
 * fail with DUPD_EAGAIN until there is one.
 *
 * Numbers are taken in blocks, whose size follows the rate; what is left of a block after
 * BLOCK_US is given up, so that numbers grow with arrival within a few seconds everywhere.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/redis_scripts.h"
#include "store/redis_state.h"

#define EVERY_MS 1000u
#define LEAD_MS 10000
#define STALE_MS 5000u
#define REFUSED_EVERY 5u /* looks of EVERY_MS: how often a refused store is asked again */
#define AHEAD_MS 2000    /* generations are read so long before they begin */
#define BLOCK_US UINT64_C(5000000)
#define BLOCK_MIN 8u
#define BLOCK_MAX 256u
#define SHARD_PLAN 128u /* postings in a shard at the end of its generation */

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

/* ---- clock, window ---- */

int64_t redis_now_least(const struct redis_store *s)
{
    return s->redis_ms + (int64_t)((now_us() - s->answered_us) / 1000);
}

int64_t redis_now_most(const struct redis_store *s)
{
    return s->redis_ms + (int64_t)((now_us() - s->asked_us) / 1000);
}

bool redis_meta_is_fresh(const struct redis_store *s)
{
    return s->state == REDIS_STORE_READY && s->has_meta && s->generation_count > 0 &&
           now_us() - s->asked_us < STALE_MS * 1000u;
}

unsigned redis_generation_now(const struct redis_store *s)
{
    unsigned g = s->generation_count - 1;
    while (g > 0 && s->generation[g].first_ms > redis_now_least(s))
        g--;
    return g;
}

unsigned redis_generations_to_read(const struct redis_store *s)
{
    unsigned count = s->generation_count;
    while (count > 1 && s->generation[count - 1].first_ms > redis_now_most(s) + AHEAD_MS)
        count--;
    return count;
}

uint64_t redis_slice(const struct redis_store *s)
{
    int64_t window = s->how.options.window_s * 1000, slice = window / 32;
    return window ? (uint64_t)redis_now_least(s) / (uint64_t)(slice > 1000 ? slice : 1000) : 0;
}

uint64_t redis_ttl(const struct redis_store *s)
{
    return (uint64_t)s->how.options.window_s;
}

uint64_t redis_memory_max(const struct redis_store *s)
{
    return s->how.memory_max ? s->how.memory_max : s->memory_limit / 10 * 9;
}

bool redis_is_crowded(const struct redis_store *s)
{
    uint64_t limit = redis_memory_max(s);
    return limit && s->memory_used >= limit;
}

/* ---- numbers ---- */

static void wake_all(struct redis_store *s, int rc)
{
    while (s->waiting) {
        struct redis_op *o = s->waiting;
        s->waiting = o->waits;
        redis_op_resume(o, rc ? rc : o->step(o), false);
        if (!rc && s->next_number > s->last_number)
            return; /* the rest waits for the next block */
    }
}

static int take_block(struct redis_op *o, unsigned index, const redisReply *reply)
{
    struct redis_store *s = o->store;
    (void)index;
    s->last_number = redis_reply_u64(reply);
    s->next_number = s->last_number - s->block_size + 1;
    s->block_us = now_us();
    s->newest = s->last_number > s->newest ? s->last_number : s->newest;
    return DUPD_OK;
}

static void ask_block(struct redis_store *s);

static void has_block(struct redis_batch *b, int status)
{
    struct redis_op *o = b->data;
    struct redis_store *s = o->store;
    int rc = status ? status : o->status;
    s->taking_block = false;
    redis_op_retire(o);
    wake_all(s, rc);
    if (s->waiting)
        ask_block(s);
}

static void ask_block(struct redis_store *s)
{
    bool was_quick = now_us() - s->block_us < 1000000u;
    uint64_t size = was_quick ? s->block_size * 2 : s->block_size / 2;
    s->block_size = size > BLOCK_MAX ? BLOCK_MAX : size < BLOCK_MIN ? BLOCK_MIN : size;
    struct redis_op *o = redis_op_aside(s);
    if (!o) {
        wake_all(s, DUPD_ENOMEM);
        return;
    }
    s->taking_block = true;
    redis_op_batch(o, take_block, NULL);
    redis_op_catch(o, has_block);
    redis_script(s, SCRIPT_BLOCK, 1);
    redis_word_text(s, s->how.names.articles);
    redis_script_arguments(s);
    redis_word_u64(s, s->block_size);
    redis_command_end(s, &o->batch);
    redis_op_send(o);
}

int redis_number_take(struct redis_op *o, uint64_t *n)
{
    struct redis_store *s = o->store;
    if (s->next_number <= s->last_number && now_us() - s->block_us > BLOCK_US)
        s->next_number = s->last_number + 1;
    if (s->next_number <= s->last_number) {
        *n = s->next_number++;
        if (*n > UINT32_MAX) {
            snprintf(s->base.problem, sizeof s->base.problem,
                     "all 4,294,967,295 numbers are used; begin a new store (--prefix)");
            return DUPD_EFULL;
        }
        return 1;
    }
    struct redis_op **end = &s->waiting;
    while (*end)
        end = &(*end)->waits;
    o->waits = NULL;
    *end = o;
    if (!s->taking_block)
        ask_block(s);
    return 0;
}

/* ---- meta ---- */

static void set_state(struct redis_store *s, enum redis_store_state state)
{
    if (s->state == state)
        return;
    s->state = state;
    if (s->how.on_state)
        s->how.on_state(&s->base, s->how.data);
}

static void refuse(struct redis_store *s, const char *why)
{
    snprintf(s->why, sizeof s->why, "%s", why); /* `why` may be the problem itself */
    snprintf(s->base.problem, sizeof s->base.problem, "%s", s->why);
    s->has_meta = false;
    set_state(s, REDIS_STORE_REFUSED);
}

void redis_meta_lost(struct redis_store *s)
{
    s->has_meta = false;
    s->sha[0][0] = '\0';
    s->next_number = s->last_number + 1;
    set_state(s, REDIS_STORE_DOWN);
}

static unsigned index_of(const struct redis_generation *list, unsigned count, uint64_t number)
{
    unsigned i = 0;
    while (i < count && list[i].number != number)
        i++;
    return i;
}

/* "number:first:shards,...". What is known of a generation stays with it. */
static bool take_generations(struct redis_store *s, struct dupd_view text)
{
    struct redis_generation list[GENERATIONS_MAX], old[GENERATIONS_MAX];
    char copy[1024];
    unsigned count = 0, old_count = s->generation_count;
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    for (char *at = copy; at && count < GENERATIONS_MAX; count++) {
        struct redis_generation *g = &list[count];
        *g = (struct redis_generation){0};
        if (sscanf(at, "%" SCNu64 ":%" SCNd64 ":%" SCNu64, &g->number, &g->first_ms, &g->shards) !=
                3 ||
            g->shards == 0 || g->shards > UINT32_MAX)
            return false;
        at = strchr(at, ',');
        at = at ? at + 1 : NULL;
    }
    memcpy(old, s->generation, sizeof old);
    for (unsigned i = 0; i < old_count; i++) {
        unsigned at = index_of(list, count, old[i].number);
        if (at < count) {
            list[at].hot = old[i].hot;
            list[at].posted = old[i].posted;
            list[at].telling = old[i].telling;
        } else {
            redis_hot_free(old[i].hot);
        }
    }
    memcpy(s->generation, list, count * sizeof *list);
    s->generation_count = count;
    return true;
}

static void take_meta(struct redis_store *s, const redisReply *reply)
{
    const redisReply *head = redis_reply_at(reply, 0);
    struct dupd_view what = head ? redis_reply_view(head) : (struct dupd_view){0};
    char why[256];
    if (dupd_view_equal(what, DUPD_VIEW("none"))) {
        s->is_empty = s->has_meta = true;
        return;
    }
    if (dupd_view_equal(what, DUPD_VIEW("param")) && redis_reply_at(reply, 2)) {
        struct dupd_view name = redis_reply_view(reply->element[1]),
                         theirs = redis_reply_view(reply->element[2]);
        if (dupd_view_equal(name, DUPD_VIEW("format")))
            snprintf(
                why, sizeof why,
                "%s: this store has index format %.*s, and this dupd needs " STORE_REDIS_FORMAT
                "; use the dupd that made it, or another --prefix (docs/redis.md, \"Formats\")",
                redis_where(s->redis[0]), (int)(theirs.len & 63), theirs.ptr);
        else
            snprintf(why, sizeof why,
                     "%s: this store was made with %.*s = %.*s; use the same, or another --prefix",
                     redis_where(s->redis[0]), (int)(name.len & 63), name.ptr,
                     (int)(theirs.len & 63), theirs.ptr);
        refuse(s, why);
        return;
    }
    if (dupd_view_equal(what, DUPD_VIEW("type")) && redis_reply_at(reply, 2)) {
        struct dupd_view key = redis_reply_view(reply->element[1]),
                         type = redis_reply_view(reply->element[2]);
        snprintf(why, sizeof why,
                 "%s: key %.*s is a %.*s, not a stream; rename it there, or give that stream "
                 "another name",
                 redis_where(s->redis[0]), (int)(key.len > 100 ? 100 : key.len), key.ptr,
                 (int)(type.len & 15), type.ptr);
        refuse(s, why);
        return;
    }
    if (!dupd_view_equal(what, DUPD_VIEW("ok")) || !redis_reply_at(reply, 5) ||
        !take_generations(s, redis_reply_view(reply->element[2]))) {
        snprintf(why, sizeof why, "%s: key %s:meta holds what no dupd wrote; use another --prefix",
                 redis_where(s->redis[0]), s->how.names.prefix);
        refuse(s, why);
        return;
    }
    s->redis_ms = (int64_t)redis_reply_u64(reply->element[1]);
    s->floor = redis_reply_u64(reply->element[3]);
    uint64_t newest = redis_reply_u64(reply->element[4]);
    s->newest = newest > s->newest ? newest : s->newest;
    s->index_entries = redis_reply_u64(reply->element[5]);
    s->answered_us = now_us();
    s->asked_us = s->check.sent_us;
    s->has_meta = true;
    s->is_empty = false;
}

static void on_script(struct redis_store *s, unsigned script, const redisReply *reply)
{
    struct dupd_view sha = redis_reply_view(reply);
    if (reply->type == REDIS_REPLY_STRING && sha.len < sizeof s->sha[script]) {
        memcpy(s->sha[script], sha.ptr, sha.len);
        s->sha[script][sha.len] = '\0';
    }
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct redis_store *s = b->data;
    unsigned scripts = s->loading ? SCRIPT_COUNT : 0;
    if (reply->type == REDIS_REPLY_ERROR) {
        int rc = redis_reply_status(s, reply);
        if (rc != DUPD_EAGAIN)
            refuse(s, s->base.problem);
        s->check_failed = true;
    } else if (index < scripts) {
        on_script(s, index, reply);
    } else if (s->loading) {
        return; /* scripts first */
    } else if (index == 0) {
        struct dupd_view info = redis_reply_view(reply);
        s->memory_used = redis_info_u64(info, "\nused_memory:");
        s->memory_limit = redis_info_u64(info, "\nmaxmemory:");
    } else {
        take_meta(s, reply);
    }
}

static void told(struct redis_store *s)
{
    for (unsigned g = 0; g < s->generation_count; g++) {
        struct redis_generation *x = &s->generation[g];
        x->posted -= x->telling;
        x->telling = 0;
    }
    s->text_kept -= s->text_telling;
    s->text_telling = 0;
}

static void on_done(struct redis_batch *b, int status)
{
    struct redis_store *s = b->data;
    bool was_loading = s->loading;
    s->checking = false;
    if (s->closing)
        return;
    if (status || s->check_failed) {
        for (unsigned g = 0; g < s->generation_count; g++)
            s->generation[g].telling = 0;
        s->text_telling = 0;
        if (!status && s->sha[0][0] == '\0' && !was_loading)
            redis_meta_ask(s); /* the scripts are gone: once more, with them */
        return;
    }
    if (was_loading) {
        redis_meta_ask(s);
        return;
    }
    told(s);
    if (s->has_meta && s->state != REDIS_STORE_READY && redis_store_is_up(s))
        set_state(s, REDIS_STORE_READY);
}

static void load_scripts(struct redis_store *s)
{
    for (unsigned i = 0; i < SCRIPT_COUNT; i++) {
        struct dupd_buf text = {0};
        int rc = redis_script_text(i, &text);
        if (rc)
            s->check.status = rc;
        redis_batch_addf(&s->check, "SCRIPT LOAD %v", dupd_buf_view(&text));
        dupd_buf_close(&text);
    }
}

static void ask_meta(struct redis_store *s)
{
    const struct store_options *o = &s->how.options;
    redis_batch_addf(&s->check, "INFO memory");
    redis_script(s, SCRIPT_META, 4);
    redis_word_text(s, s->how.names.articles);
    redis_word_text(s, s->how.names.verdicts);
    redis_word_text(s, s->how.names.alerts);
    redis_word_text(s, s->how.names.stories);
    redis_script_arguments(s);
    redis_word_text(s, DUPD_SKETCH_NAME);
    redis_word_u64(s, o->owners_max);
    redis_word_i64(s, o->window_s);
    redis_word_u64(s, s->how.shards);
    redis_word_u64(s, SHARD_PLAN);
    redis_word_u64(s, o->read_only ? 0 : LEAD_MS);
    redis_word_text(s, STORE_REDIS_FORMAT);
    s->text_telling = s->has_meta ? s->text_kept : 0;
    redis_word_u64(s, redis_slice(s));
    redis_word_u64(s, s->text_telling);
    for (unsigned g = 0; g < s->generation_count; g++) {
        struct redis_generation *x = &s->generation[g];
        if (x->posted == 0)
            continue;
        x->telling = x->posted;
        redis_word_u64(s, x->number);
        redis_word_u64(s, x->posted);
    }
    redis_command_end(s, &s->check);
}

void redis_meta_ask(struct redis_store *s)
{
    if (s->checking || s->closing || !redis_store_is_up(s))
        return;
    s->checking = true;
    s->check_failed = false;
    s->loading = s->sha[0][0] == '\0';
    redis_batch_begin(&s->check);
    s->check.on_reply = on_reply;
    s->check.on_done = on_done;
    s->check.data = s;
    if (s->loading)
        load_scripts(s);
    else
        ask_meta(s);
    redis_submit(s->redis[0], &s->check);
}

static void on_kept(struct redis_batch *b, int status)
{
    struct redis_keep *k = b->data;
    (void)status; /* the client tells what is lost */
    k->busy = false;
}

/* The first connection has meta. */
static void keep_connections(struct redis_store *s)
{
    for (unsigned i = 1; i < s->how.connections; i++) {
        struct redis_keep *k = &s->keep[i];
        if (k->busy || redis_state(s->redis[i]) != REDIS_UP || redis_pending(s->redis[i]))
            continue;
        k->busy = true;
        redis_batch_begin(&k->batch);
        k->batch.on_done = on_kept;
        k->batch.data = k;
        redis_batch_addf(&k->batch, "PING");
        redis_submit(s->redis[i], &k->batch);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct redis_store *s = timer->data;
    keep_connections(s);
    if (s->state != REDIS_STORE_REFUSED || ++s->refused_for % REFUSED_EVERY == 0)
        redis_meta_ask(s); /* somebody may have put it right */
}

int redis_meta_start(struct redis_store *s)
{
    s->block_size = BLOCK_MIN;
    s->next_number = 1;
    s->last_number = 0;
    s->floor = 1;
    s->timer.data = s;
    return uv_timer_start(&s->timer, on_timer, EVERY_MS, EVERY_MS) ? DUPD_EIO : DUPD_OK;
}

void redis_meta_stop(struct redis_store *s)
{
    wake_all(s, DUPD_EINTR);
}

void redis_meta_close(struct redis_store *s)
{
    for (unsigned g = 0; g < s->generation_count; g++)
        redis_hot_free(s->generation[g].hot);
    s->generation_count = 0;
    for (unsigned i = 0; i < REDIS_CONNECTIONS_MAX; i++)
        redis_batch_close(&s->keep[i].batch);
    redis_batch_close(&s->check);
}
