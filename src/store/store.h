/*
 * store.h: what dupd needs of a store. One asynchronous interface, two implementations: the
 * embedded store (SQLite and a memory-mapped posting table) and Redis (store/redis_store.h).
 *
 *   caller            store
 *     | submit(op) ---> | queued, never completed inside submit
 *     |      run() ---> | embedded: performs queued operations in order, calls op->done for each
 *     | <--- done(op)   | Redis: done is called from the loop when the replies are there
 *
 * The caller owns every op and all memory that its inputs point to until done is called. Results
 * that are views live until the op is released with store_release or submitted again.
 * All operations of one store are used from one thread. Numbers ("n") are positive, given in order
 * of arrival, never used twice.
 *
 * Failure: op->status is 0 or a code of dupd/error.h; the text of what and where is in
 * store_problem(). A store that failed to write keeps answering reads; nothing acknowledged is
 * lost.
 */
#ifndef DUPD_STORE_H
#define DUPD_STORE_H

#include "dupd/buf.h"
#include "dupd/error.h"
#include "dupd/record.h"
#include "dupd/sketch.h"

struct store;

enum store_op_kind {
    STORE_LOOKUP,     /* id -> number, content hash, verdict */
    STORE_PUT,        /* a new article: record, then postings */
    STORE_CANDIDATES, /* numbers that share postings */
    STORE_FETCH,      /* one article: record, place in its story */
    STORE_STORY,      /* one story */
    STORE_FURNITURE,  /* which paragraphs of an outlet are furniture */
    STORE_COMMIT,     /* the decision about one article, whole or not at all */
    STORE_ANSWER,     /* a verdict that was committed before is given again, for a queue entry */
    STORE_OUTBOX,     /* what is to be told to others (options.outbox), and that it was */
    STORE_FORGET,     /* remove an article */
    STORE_LIST,       /* next article after a number */
    STORE_STATS,
};

struct store_op;
typedef void (*store_done_cb)(struct store_op *op);

struct store_op {
    enum store_op_kind kind;
    int status; /* result: 0 or DUPD_E... */
    store_done_cb done;
    void *data;             /* the caller's */
    struct store_op *next;  /* the store's */
    struct dupd_buf memory; /* the store's: where result views point */
};

/* Everything that is posted for one article; borrowed. */
struct store_postings {
    const struct dupd_sketch
        *sketch;           /* k of each block are posted; hot ones replaced by later ones */
    const uint64_t *exact; /* posted beside them: content hash, simhash bands; hashed with the
                              collection and the kind, so that only equals meet */
    uint32_t exact_count;
};

struct store_lookup {
    struct store_op op;
    struct dupd_view collection, id; /* in */
    bool found;                      /* out */
    uint64_t n;
    struct dupd_hash128 content_hash;
    struct dupd_view verdict; /* JSON as committed; empty if not committed yet */
};

struct store_put {
    struct store_op op;
    struct dupd_view collection, id; /* in */
    struct dupd_hash128 content_hash;
    struct dupd_view record; /* encoded, see dupd/record.h */
    struct store_postings postings;
    int64_t arrived_ms;
    bool from_queue;   /* its queue entry goes with the commit */
    uint64_t n;        /* out: its number. An older article of this id stays until commit. */
    uint64_t replaced; /* out: the older version of this id that goes with the commit, if the store
                          knows; 0 */
    bool known; /* out: this very version was put before, by another attempt or another entry; it
                   came in then: */
    int64_t known_arrived_ms, known_effective_ms;
    uint32_t posted, hot,
        refused; /* out: postings made; hot shingles passed over; refused: no room */
};

struct store_candidate {
    uint64_t n;
    uint32_t shared; /* sketch postings in common, the best block */
    uint32_t
        of;         /* postings that block asked for and that are not hot. shared / of estimates the
                       share of this    article that stands in n, when n is as long or shorter; a longer n
                       posts a    smaller share of its shingles, and the estimate is too low by the ratio
                       of    k / length of the two (at most 3 for lengths of 1:4 to 1:10) */
    uint32_t exact; /* exact postings in common */
};

/* After a kill or a damaged index it may name a number that is gone: fetch says so. */
#define STORE_CANDIDATES_MAX 64
struct store_candidates {
    struct store_op op;
    struct store_postings postings; /* in */
    uint64_t self;                  /* in: never returned; 0 for none */
    bool posted;                    /* in: self was put by this caller: where its postings lead
                                       nowhere others are made instead (Redis) */
    uint32_t min_shared;            /* in: sketch postings in common that make a candidate (2) */
    struct store_candidate found[STORE_CANDIDATES_MAX]; /* out: best first: exact, then shared / of,
                                                           then the smaller number */
    uint32_t count;
    uint32_t hot; /* out: shingles asked that have the maximum of owners */
};

/* An article's place in its story. */
struct store_place {
    uint64_t story;  /* its story, merges followed; 0: not committed, and its writer is this store
                        or was killed. Where other writers may be at work (Redis) an article that is
                        not committed has the story that it would begin: its own number */
    uint64_t origin; /* number of that story's origin */
    float to_origin; /* how much of it is the origin's text, 0 to 1 (1 for the origin itself) */
    bool copy;       /* it is a copy of something earlier */
    bool undecided;  /* another writer is at it: the above is what is so far (Redis) */
    bool alive;      /* not forgotten, not replaced by a newer version, inside the window */
};

struct store_fetch {
    struct store_op op;
    uint64_t n;                /* in */
    bool found;                /* out */
    struct dupd_record record; /* .article.text is the unpacked text */
    struct store_place place;
    bool want_verdict;        /* in */
    struct dupd_view verdict; /* JSON, if wanted; empty if not committed */
};

enum store_story_event {
    STORE_STORY_NEW,
    STORE_STORY_JOINED,
    STORE_STORY_ORIGIN_MOVED,
    STORE_STORY_MERGED
};

struct store_story {
    struct store_op op;
    uint64_t story; /* in: any id, merged ones are followed */
    uint64_t after; /* in: STORE_STORY as a listing: when story is 0, the next story whose id is
                       greater */
    bool found;     /* out */
    uint64_t id, origin;
    uint32_t members, outlets;
    const uint64_t *member; /* in order of number; the first member_count of them */
    uint32_t member_count;
};

struct store_furniture {
    struct store_op op;
    struct dupd_view collection, outlet; /* in */
    const uint64_t *hash;                /* out: paragraph hashes, ascending */
    uint32_t count;
};

/* One sighting of a paragraph, by which furniture is learned. */
struct store_sighting {
    struct dupd_view outlet;
    uint64_t paragraph; /* hash */
    uint64_t story;     /* in different stories only do sightings count */
};

struct store_alert {
    uint64_t n;              /* which article */
    struct dupd_view id;     /* of it */
    struct dupd_view outlet; /* one alert for each story and outlet */
    struct dupd_view json;   /* what is published */
    bool claimed;            /* out: false if that story and outlet had its alert before */
};

/* What a decision was made on: where an article stood when it was compared with. */
struct store_seen {
    uint64_t n, story, origin;
};

#define STORE_CHANGED_MAX 64u

/* All or nothing. Views are borrowed. Other articles of that id die, also those that `replaces`
 * does not name. DUPD_ENOENT: n is not there; DUPD_EINVAL: it was committed before, or there is no
 * such story.
 * Only where several writers are at work (Redis): DUPD_ESTALE: nothing was done, for the articles
 * in `changed` stand elsewhere by now, or took this article into account without having been taken
 * into account here; fetch them, decide again, commit again. DUPD_EGONE: nothing was done, for the
 * queue entry has been answered by another worker. */
struct store_commit {
    struct store_op op;
    uint64_t n; /* the article; its verdict */
    struct dupd_view collection, id;
    struct dupd_view verdict; /* JSON */
    uint64_t replaces;        /* older number of the same id that dies now; 0: none */
    uint64_t overtakes;       /* another older one that counts; 0: none */
    uint64_t story;           /* its story: n itself for a new one */
    float to_origin;
    bool copy;
    uint64_t new_origin;        /* the story's origin becomes this; 0: unchanged */
    float origin_share;         /* with new_origin: share of the former origin that is the new
                                   one's text. to_origin of the members so far is multiplied by it;
                                   0: not known, they stay */
    const uint64_t *merge_from; /* stories that are merged into `story`: a late origin may have */
    const float *merge_share; /* been copied in several; of each the share of its origin that is */
    uint32_t merge_count;     /* the text of the origin of `story`, likewise; NULL: not known */
    const uint64_t *became_copy; /* members that thereby become copies */
    uint32_t became_copy_count;
    struct store_alert *alerts;
    uint32_t alert_count;
    const struct store_sighting *sightings;
    uint32_t sighting_count;

    /* What a store needs that cannot look into records while it commits (Redis): */
    struct dupd_view entry; /* the queue entry that is answered with it; empty: none */
    bool tell; /* those who read the verdicts' stream, although there is no entry (Redis; the
                  embedded store has no stream) */
    struct dupd_view outlet; /* of the article, as are the next four */
    int64_t effective_ms, arrived_ms;
    uint64_t text_bytes;
    struct dupd_view article; /* {"id":...,"url":...,...}: what story events say of it */
    struct dupd_view
        origin;          /* the same of the origin of the story that is joined; "null": unknown */
    struct dupd_view at; /* the moment of the decision, RFC 3339 */
    const struct store_seen *seen; /* every article that was compared with; story 0: asked for, but
                                      it counts for nothing */
    uint32_t seen_count;
    const uint64_t *later; /* articles that are later than this one, and overlap it */
    uint32_t later_count;
    bool insist;                         /* commit also on what is stale: after too many rounds */
    uint64_t changed[STORE_CHANGED_MAX]; /* out, with DUPD_ESTALE */
    uint32_t changed_count;
    uint64_t successor_of; /* out, with DUPD_ESTALE: not 0: an older version of this id that was
                              decided meanwhile, and is what `replaces` must name */
    struct dupd_view committed; /* out, with DUPD_EINVAL: the verdict that was committed before */
};

/* Gives a stored verdict again for a queue entry: DUPD_EGONE as above. Stores that answer no queue
 * entries have nothing to do. */
struct store_answer {
    struct store_op op;
    struct dupd_view entry, collection, id, verdict; /* in */
};

enum store_told_kind { STORE_TOLD_ALERT, STORE_TOLD_STORY };

/* What others are to be told, in order: an alert, or what became of a story. */
struct store_told {
    uint64_t row; /* ascending, never used twice */
    enum store_told_kind kind;
    struct dupd_view id; /* of the alert's article, or the story's number */
    struct dupd_view json;
};

#define STORE_OUTBOX_MAX 64u

/* With options.outbox commits leave alerts and story events in the same transaction; whoever tells
 * them to the world takes them from here once they are durable, and says up to which row that is
 * done. What was told but not yet said to be is given again after a kill: rows tell which that is.
 * Stores that tell by themselves (Redis) have none. */
struct store_outbox {
    struct store_op op;
    uint64_t done;  /* in: rows up to this one are removed; 0: none */
    uint64_t after; /* in: the rows wanted are behind this one */
    char store[33]; /* out: names this store among all */
    struct store_told told[STORE_OUTBOX_MAX];
    uint32_t count;
};

struct store_forget {
    struct store_op op;
    struct dupd_view collection, id;
    bool found;
};

struct store_list {
    struct store_op op;
    uint64_t after; /* in: number; 0 for the first */
    bool found;     /* out: the next living article */
    uint64_t n;
    struct dupd_view id, collection, verdict;
};

struct store_stats {
    struct store_op op;
    uint64_t articles, stories, copies, alerts, newest; /* newest: the largest number given */
    uint64_t store_max_bytes; /* from here on nothing more is indexed; 0: no limit */
    uint64_t text_bytes, store_bytes, index_bytes, index_entries, index_slots;
    /* since the index was built; index_bucket_full: postings that had to spill to a later bucket */
    uint64_t hot_shingles, postings_refused, index_bucket_full;
};

/* Limits and parameters. Each is an option of the program. */
struct store_options {
    bool create;                /* make it if there is none */
    bool read_only;             /* takes no lock, changes nothing, sees one snapshot of the store:
                                   that of open, or of the last flush */
    unsigned lock_wait_s;       /* how long to wait for another writer */
    int64_t window_s;           /* articles older than this by arrival are out; 0: never */
    unsigned owners_max;        /* postings a shingle: 12 */
    unsigned furniture_stories; /* 3 */
    unsigned furniture_paragraphs; /* at most this many an outlet: 4096 */
    unsigned furniture_outlets;    /* at most this many: 65536 */
    bool outbox;                   /* keep alerts and story events for STORE_OUTBOX (embedded) */
    unsigned batch; /* commits made durable together at the latest after this many: 256. A failure
                       then is told by the next flush */
};

void store_options_default(struct store_options *o);

struct store_vtable {
    void (*submit)(struct store *s, struct store_op *op);
    size_t (*run)(struct store *s); /* performs what is queued; number of ops completed */
    int (*flush)(struct store *s);  /* everything committed so far is durable, or an error */
    void (*set_now)(struct store *s, int64_t now_ms); /* the window's clock */
    void (*close)(struct store *s);
};

/* Implementations embed this as their first member. */
struct store {
    const struct store_vtable *vtable;
    char problem[512]; /* text of the last failure: what, where, what to do */
};

/* Opens `where`: "file:DIR" or a plain directory. On failure returns the code and puts one
 * line for people into problem[512]. now_ms: the wall clock, for the window. */
int store_open(struct store **out, const char *where, const struct store_options *options,
               int64_t now_ms, char problem[512]);

static inline void store_submit(struct store *s, struct store_op *op)
{
    s->vtable->submit(s, op);
}
static inline size_t store_run(struct store *s)
{
    return s->vtable->run(s);
}
/* Acknowledged means: flush returned 0 after the commit. On an error everything since the last
 * flush is as if it had never been submitted (its numbers are not used again), and the store goes
 * on. What close finds unflushed it tries to write. */
static inline int store_flush(struct store *s)
{
    return s->vtable->flush(s);
}
/* Frees the results of an op that is done; the op may be submitted again. */
void store_release(struct store_op *op);
static inline void store_close(struct store *s)
{
    if (s)
        s->vtable->close(s);
}
static inline const char *store_problem(const struct store *s)
{
    return s->problem;
}

#endif
