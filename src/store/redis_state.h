/*
 * redis_state.h: the Redis store's state, and what its files offer each other.
 *
 *   redis_store.c    opening, readiness, the table of operations, closing
 *   redis_run.c      one operation on its way: batches, error replies
 *   redis_words.c    commands, keys, calls of scripts
 *   redis_meta.c     what the workers agree on: parameters, generations, the window, numbers
 *   redis_shards.c   keys of the index; posting
 *   redis_walk.c     asking: shards to candidates
 *   redis_article.c  look-up, put, fetch, forget
 *   redis_commit.c   commit and answer
 *   redis_read.c     stories, lists, furniture, statistics
 *   lua/             the scripts
 *
 * Keys and their meaning: docs/redis.md.
 */
#ifndef STORE_REDIS_STATE_H
#define STORE_REDIS_STATE_H

#include "store/finder.h"
#include "store/pack.h"
#include "store/redis_store.h"

/* ---- scripts ---- */

/* Each script is what it needs (lua/places.lua, then lua/stories.lua) followed by its own file. */
#define REDIS_SCRIPTS(X) /* name, file, and what it needs */                                       \
    X(PLACE, place, PLACES)                                                                        \
    X(NUMBER, number, PLACES)                                                                      \
    X(BLOCK, block, NOTHING)                                                                       \
    X(ALONE, alone, NOTHING)                                                                       \
    X(COMMIT, commit, STORIES)                                                                     \
    X(ANSWER, answer, NOTHING)                                                                     \
    X(FORGET, forget, STORIES)                                                                     \
    X(LIST, list, PLACES)                                                                          \
    X(STORY, story, STORIES)                                                                       \
    X(FURNITURE, furniture, STORIES)                                                               \
    X(META, meta, PLACES)

enum redis_script {
#define REDIS_SCRIPT_ENUM(name, file, needs) SCRIPT_##name,
    REDIS_SCRIPTS(REDIS_SCRIPT_ENUM)
#undef REDIS_SCRIPT_ENUM
        SCRIPT_COUNT
};

/* ---- generations of the index ---- */

#define GENERATIONS_MAX 12u /* that a worker can read; meta.lua makes fewer */

struct redis_hot; /* shingles known to have all the owners they may have */

struct redis_generation {
    uint64_t number, shards;
    int64_t first_ms;         /* Redis's clock */
    uint64_t posted, telling; /* here, since it was last told to the others; being told */
    struct redis_hot *hot;    /* NULL: none yet */
};

/* ---- the store ---- */

struct redis_op;

/* A PING each second to what is idle: servers and networks close connections that say nothing, and
 * one that is gone is noticed before an article needs it. */
struct redis_keep {
    struct redis_batch batch;
    bool busy;
};

struct redis_store {
    struct store base;
    struct store_redis how; /* names and files: copies that are owned */
    struct dupd_buf strings;
    uv_loop_t own_loop, *loop;
    bool owns_loop, closing;
    struct redis *redis[REDIS_CONNECTIONS_MAX]; /* how.connections of them; meta asks the first */
    enum redis_store_state state;
    char why[256]; /* it is refused */
    unsigned refused_for;
    size_t done; /* operations completed: for run */

    char sha[SCRIPT_COUNT][48]; /* empty: not loaded */
    struct redis_batch check;   /* loads scripts, reads meta; one at a time */
    struct redis_keep keep[REDIS_CONNECTIONS_MAX];
    bool checking, loading, check_failed, has_meta,
        is_empty;                       /* is_empty: nobody has made the store yet (a reader's) */
    uv_timer_t timer;                   /* meta again, about once a second */
    uv_idle_t idle;                     /* completes `failed` at the next turn */
    unsigned handles, connections_open; /* not closed yet */
    struct store_op *failed;
    uint64_t asked_us; /* when meta was asked for, and answered (monotonic) */
    uint64_t answered_us;
    int64_t redis_ms; /* Redis's clock in that answer */
    struct redis_generation generation[GENERATIONS_MAX];
    unsigned generation_count;
    uint64_t floor, newest, index_entries;
    uint64_t memory_used, memory_limit; /* of the server; limit 0: none */

    uint64_t next_number, last_number; /* a block of numbers to give; empty when next > last */
    uint64_t block_us, block_size;
    bool taking_block;
    struct redis_op *waiting; /* puts that wait for a number, first come first */

    struct redis_op *under_way, *spare;
    unsigned spare_count;
    struct redis_walk *kept; /* first rounds of articles that were put, the newest first */
    struct finder finder;
    struct pack pack;
    struct dupd_buf words, text; /* of the command under construction */
    bool words_lost;             /* memory ran out */
    struct dupd_buf scratch;
    uint64_t text_kept, text_telling; /* bytes since they were last told; being told */
    uint64_t hot_met, refused;        /* counters since open */
};

/* ---- redis_store.c ---- */

bool redis_store_is_up(const struct redis_store *s); /* all of its connections */

/* ---- redis_run.c: one operation on its way ---- */

struct redis_walk;

/* An operation: steps, each a batch. `step` is called with the replies of the last batch consumed;
 * it fills and submits the next, or ends the operation. */
struct redis_op {
    struct redis_store *store;
    struct store_op *op;
    struct redis_batch batch;
    struct redis_op *next, *previous; /* under way, or spare */
    struct redis *redis;              /* the connection that it goes over */
    int (*reply)(struct redis_op *o, unsigned index, const redisReply *reply); /* 0 or a code */
    int (*step)(struct redis_op *o);
    int status;           /* of the replies: the first that failed */
    bool again;           /* a put: this version was put before */
    unsigned at;          /* for steps that are taken more than once */
    struct dupd_buf note; /* of the operation: a verdict, numbers that died */
    struct redis_walk *walk;
    struct dupd_buf kept;   /* memory for what a reply brought */
    struct redis_op *waits; /* the next one that waits for a number */
};

/* Begins an operation: `o` is ready for redis_op_batch. NULL: out of memory, and op is completed
 * at the next turn of the loop. */
struct redis_op *redis_op_begin(struct redis_store *s, struct store_op *op);
/* From here on over the connection that has the least to do. */
void redis_op_spread(struct redis_op *o);
/* Empties the batch for the next step. */
struct redis_batch *redis_op_batch(struct redis_op *o,
                                   int (*reply)(struct redis_op *, unsigned, const redisReply *),
                                   int (*step)(struct redis_op *));
/* Sends it. A step returns what this returns, or a code, which ends the operation, or what
 * redis_op_end returns. */
int redis_op_send(struct redis_op *o);
/* The operation is over and well. */
int redis_op_end(struct redis_op *o);
/* The same for one that never sent anything: at the next turn of the loop. */
int redis_op_end_later(struct redis_op *o);
/* Goes on after something that is no batch (another operation): ends it if `over`, or with rc. */
void redis_op_resume(struct redis_op *o, int rc, bool over);
/* Starts: takes the code of the first step. */
void redis_op_start(struct redis_op *o, int rc);
void redis_op_free(struct redis_op *o);
/* For batches with an on_done of their own: sets it; gives the operation back when it was called.
 */
void redis_op_catch(struct redis_op *o, void (*on_done)(struct redis_batch *, int));
void redis_op_retire(struct redis_op *o);
/* A batch that belongs to no operation and whose replies do not matter. */
struct redis_op *redis_op_aside(struct redis_store *s);
/* Completes an operation with a code at the next turn of the loop. */
void redis_op_fail(struct redis_store *s, struct store_op *op, int rc);
void redis_op_fail_now(struct redis_store *s); /* what waits for the next turn */

/* Notes an error reply: puts text into store_problem, returns the code; 0 for other replies. */
int redis_reply_status(struct redis_store *s, const redisReply *reply);
static inline struct dupd_view redis_reply_view(const redisReply *r)
{
    bool text = r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS ||
                r->type == REDIS_REPLY_ERROR;
    return text ? (struct dupd_view){r->str, (size_t)r->len} : (struct dupd_view){0};
}
/* A number, as an integer or as text; 0 for anything else. */
uint64_t redis_reply_u64(const redisReply *r);
/* The digits at the beginning of v. */
uint64_t redis_view_u64(struct dupd_view v);
/* The number behind "name:" in an answer to INFO, where name has the colon; 0 if it is not there.
 */
uint64_t redis_info_u64(struct dupd_view info, const char *name);
/* Element i of an array, or NULL. */
static inline const redisReply *redis_reply_at(const redisReply *r, size_t i)
{
    return r->type == REDIS_REPLY_ARRAY && i < r->elements ? r->element[i] : NULL;
}

/* ---- redis_words.c: a command, word by word ---- */

/* One command at a time is under construction. Views are borrowed until redis_command_end, which
 * adds it to the batch; numbers and keys are copied. Lack of memory is told by the batch. */
void redis_command(struct redis_store *s, const char *name);
/* A script's call; its keys and arguments follow. The prefix is the first argument by itself, once
 * redis_script_arguments is called. */
void redis_script(struct redis_store *s, enum redis_script script, unsigned keys);
void redis_script_arguments(struct redis_store *s);
void redis_word(struct redis_store *s, struct dupd_view v);
void redis_word_text(struct redis_store *s, const char *text);
void redis_word_u64(struct redis_store *s, uint64_t v);
void redis_word_i64(struct redis_store *s, int64_t v);
void redis_word_real(struct redis_store *s, double v);
/* Keys: <prefix>:<kind>, <prefix>:<kind>:<n>, <prefix>:<kind>:<collection>:<name> (':' and '%' of
 * the collection are escaped), and the shard of a tag. */
void redis_word_key(struct redis_store *s, const char *kind);
void redis_word_key_of(struct redis_store *s, const char *kind, uint64_t n);
void redis_word_key_named(struct redis_store *s, const char *kind, struct dupd_view collection,
                          struct dupd_view name);
void redis_word_collection(struct redis_store *s, struct dupd_view collection); /* escaped so */
void redis_word_shard(struct redis_store *s, unsigned generation, uint32_t tag);
void redis_command_end(struct redis_store *s, struct redis_batch *b);

/* ---- redis_meta.c ---- */

/* Asks for meta (and loads scripts first, when they are not). */
void redis_meta_ask(struct redis_store *s);
/* Are the generations known well enough to post and ask? */
bool redis_meta_is_fresh(const struct redis_store *s);
/* Redis's clock now, at least and at most. */
int64_t redis_now_least(const struct redis_store *s);
int64_t redis_now_most(const struct redis_store *s);
/* The generation to post to; those to read are all before it, and the next if it may have begun. */
unsigned redis_generation_now(const struct redis_store *s);
unsigned redis_generations_to_read(const struct redis_store *s);
/* The next number to give: 1, or 0 when there is none yet (the operation waits, then `step` is
 * called), or a code. */
int redis_number_take(struct redis_op *o, uint64_t *n);
/* The slice of the window that counters go to now. */
uint64_t redis_slice(const struct redis_store *s);
/* Seconds that keys of articles are kept; 0: for ever. */
uint64_t redis_ttl(const struct redis_store *s);
uint64_t redis_memory_max(const struct redis_store *s); /* of the server, for us; 0: none */
bool redis_is_crowded(const struct redis_store *s);     /* memory: judge, but do not index */
int redis_meta_start(struct redis_store *s);
void redis_meta_lost(struct redis_store *s); /* the connection is gone */
void redis_meta_stop(struct redis_store *s); /* nobody waits for a number any more */
void redis_meta_close(struct redis_store *s);

/* ---- redis_shards.c ---- */

/* Bytes of an entry: the end of a tag, which tells the tags of a shard apart, and a number. Short
 * in any real store, see redis_shards.c. */
#define SHARD_NUMBER 4u
#define SHARD_ENTRY_SHORT (2u + SHARD_NUMBER)
#define SHARD_ENTRY_MAX (4u + SHARD_NUMBER)
/* Bytes of an entry of a generation of so many shards. */
unsigned redis_shard_entry(uint64_t shards);
/* Writes the entry of (tag, n). Returns its size. */
unsigned redis_shard_pack(uint64_t shards, uint32_t tag, uint32_t n,
                          unsigned char entry[SHARD_ENTRY_MAX]);
/* Adds an APPEND of (tag, n) to the shard of generation g. */
void redis_shard_post(struct redis_store *s, struct redis_batch *b, unsigned g, uint32_t tag,
                      uint32_t n);
uint64_t redis_shard_of(const struct redis_generation *g, uint32_t tag);
bool redis_hot_has(const struct redis_store *s, uint32_t tag);
void redis_hot_set(struct redis_store *s, uint32_t tag);
void redis_hot_free(struct redis_hot *h);

/* ---- the operations ---- */

/* Numbers of articles that died: notes them; then removes their records, for which nobody waits. */
int redis_note_dead(struct redis_op *o, const redisReply *numbers);
void redis_drop_records(struct redis_store *s, struct dupd_view numbers);

int redis_lookup(struct redis_op *o);
int redis_put(struct redis_op *o);
int redis_candidates(struct redis_op *o);
int redis_fetch(struct redis_op *o);
int redis_forget(struct redis_op *o);
int redis_commit(struct redis_op *o);
int redis_answer(struct redis_op *o);
int redis_read_story(struct redis_op *o);
int redis_read_furniture(struct redis_op *o);
int redis_read_list(struct redis_op *o);
int redis_read_stats(struct redis_op *o);

/* ---- redis_walk.c, for put ---- */

/* Adds to the operation's batch what article `self` will ask first: o->walk. */
int redis_walk_ahead(struct redis_op *o, const struct store_postings *p, uint64_t self);
/* Takes reply `index` of those commands. Returns 0 or a code. */
int redis_walk_reply(const struct redis_store *s, struct redis_walk *w, unsigned index,
                     const redisReply *reply);
void redis_walk_keep(struct redis_op *o); /* until self asks for candidates */
void redis_walk_free(struct redis_walk *w);
void redis_walk_free_all(struct redis_walk **list);

#endif
