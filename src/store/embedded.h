/*
 * embedded.h: the embedded store's state, and what its files offer each other.
 *
 *   embedded.c        queue, dispatch, batches, window, closing
 *   embedded_open.c   opening: the directory, the lock, the database, and saying what is wrong
 *   embedded_index.c  the posting table: agree, replay, rebuild, grow
 *   embedded_read.c   operations that read
 *   embedded_write.c  put, commit, forget
 *   embedded_story.c  stories and alerts within a commit
 *   embedded_outbox.c alerts and story events, for others to be told
 *   embedded_furniture.c  paragraphs that recur on an outlet
 */
#ifndef STORE_EMBEDDED_H
#define STORE_EMBEDDED_H

#include "store/embedded_sql.h"
#include "store/lock.h"
#include "store/pack.h"
#include "store/postings.h"
#include "store/store.h"
#include "store/table.h"

/* What the meta row holds; a transaction writes it back whole. */
struct embedded_counters {
    uint64_t reserved; /* numbers from here on were never given */
    uint64_t commits;  /* transactions so far */
    uint64_t articles, stories, copies, alerts, text_bytes;
};

struct embedded {
    struct store base;
    struct store_options options;
    char *dir;
    struct lock lock;
    struct sql sql;
    struct table_identity identity;
    struct table table;
    struct embedded_counters count, durable; /* in this transaction; in the database */
    uint64_t next;                           /* the next number to give (a writer's) */
    uint64_t limit;                          /* the largest number that this store can see */
    uint64_t floor;                          /* the smallest within the window */
    int64_t now_ms;
    uint64_t grow_at;   /* entries at which to try growing again, after that failed */
    bool immutable;     /* opened without a -wal file, on a disk that cannot be written */
    bool private_table; /* a reader's own: the file could not be used */
    bool phantoms;      /* the table has postings of a batch that was lost */
    bool in_batch;
    unsigned batched;       /* commits in the open transaction */
    int failed;             /* a batch that was lost: told by the next flush */
    struct dupd_buf dead;   /* postings to remove after the transaction: see embedded_index.c */
    struct dupd_buf buried; /* and their numbers, 8 bytes each */
    struct store_op *first, *last; /* queued */
    struct finder finder;
    struct dupd_sketch sketch; /* scratch */
    struct dupd_buf scratch;
    struct dupd_buf members; /* scratch of embedded_story.c */
    struct pack pack;
};

/* Says in e->base.problem what failed, once: "WHAT in DIR: why". Returns rc. */
int embedded_fail(struct embedded *e, int rc, const char *what);

static inline struct table_window embedded_window(const struct embedded *e)
{
    return (struct table_window){(uint32_t)e->floor, (uint32_t)e->limit};
}

static inline struct dupd_view embedded_collection(struct dupd_view collection)
{
    return collection.len ? collection : DUPD_VIEW("default");
}

/* ---- embedded.c ---- */
int embedded_begin(struct embedded *e);     /* makes sure that a transaction is open */
int embedded_flush(struct embedded *e);     /* ends it: 0, or the batch is lost */
int embedded_set_floor(struct embedded *e); /* follows now_ms */
void embedded_close(struct embedded *e);    /* also one that is half open */
extern const struct store_vtable embedded_vtable;

/* ---- embedded_open.c ---- */
int embedded_open(struct store **out, const char *dir, const struct store_options *options,
                  int64_t now_ms, char problem[512]);
int embedded_load_meta(struct embedded *e); /* counters, parameters, the largest number */
bool embedded_has_wal(const struct embedded *e);

/* ---- embedded_index.c ---- */
int embedded_index_open(struct embedded *e); /* a table that agrees with the database */
int embedded_index_room(struct embedded *e, uint64_t entries); /* grows if it must */
int embedded_index_scrub(struct embedded *e);   /* removes what was posted and never committed */
int embedded_index_current(struct embedded *e); /* a reader's: maps the newer file, if any */
int embedded_index_bury(struct embedded *e, uint64_t n); /* remembers the postings of a dead one */
void embedded_index_buried(struct embedded *e);          /* and removes them */

/* ---- embedded_read.c ---- */
int embedded_lookup(struct embedded *e, struct store_lookup *op);
int embedded_candidates(struct embedded *e, struct store_candidates *op);
int embedded_fetch(struct embedded *e, struct store_fetch *op);
int embedded_story(struct embedded *e, struct store_story *op);
int embedded_furniture(struct embedded *e, struct store_furniture *op);
int embedded_list(struct embedded *e, struct store_list *op);
int embedded_stats(struct embedded *e, struct store_stats *op);

/* ---- embedded_write.c ---- */
int embedded_put(struct embedded *e, struct store_put *op);
int embedded_commit(struct embedded *e, struct store_commit *op);
int embedded_forget(struct embedded *e, struct store_forget *op);
int embedded_remove(struct embedded *e, uint64_t n); /* an article with all that is its */
int embedded_purge(struct embedded *e);              /* articles that left the window */

/* ---- embedded_story.c ---- */
/* The story that `story` now is: itself, or what it was merged into; 0 if it is unknown. */
int embedded_story_follow(struct embedded *e, uint64_t story, uint64_t *out);
int embedded_story_join(struct embedded *e, const struct store_commit *op, struct dupd_view outlet);
int embedded_story_leave(struct embedded *e, uint64_t story, struct dupd_view outlet);
/* Gives the story another origin if it has lost its own. Reads all members then: once for all that
 * leave together. */
int embedded_story_mend(struct embedded *e, uint64_t story);
int embedded_story_alerts(struct embedded *e, const struct store_commit *op, uint64_t story);

/* ---- embedded_outbox.c ---- */
int embedded_outbox_open(struct embedded *e); /* makes the table, if it is to be used */
/* Notes an event of a story for the outbox; into: what it was merged into, or 0. */
int embedded_tell_story(struct embedded *e, const struct store_commit *op, const char *event,
                        uint64_t story, struct dupd_view about, uint64_t into);
int embedded_tell_alert(struct embedded *e, const struct store_alert *alert);
int embedded_outbox(struct embedded *e, struct store_outbox *op);

/* ---- embedded_furniture.c ---- */
int embedded_sightings(struct embedded *e, const struct store_commit *op);

#endif
