/*
 * engine.h: from an article to a verdict. The same path for check, add, scan, eval and the daemon.
 *
 *   article --analysis_make--> analysis --engine_submit--> job ... store ops ... -->
 * done(judgement) (any thread, pure)           (the store's thread; job.c is the state machine)
 *
 * A job in ADD mode: look the id up -> (same content: replay the stored verdict) -> put the record
 * and its postings -> ask for candidates -> fetch the best and align -> judge -> place in a story
 * -> commit. A job in CHECK mode reads only: candidates, fetch, align, judge. Verdict rules are in
 * core (dupd_judge); which matches are earlier, which story is joined and who is alerted is decided
 * by pure functions in place.h; the engine only carries questions to the store and back.
 */
#ifndef DUPD_ENGINE_H
#define DUPD_ENGINE_H

#include "dupd/agency.h"
#include "dupd/align.h"
#include "dupd/phrases.h"
#include "dupd/record.h"
#include "dupd/sketch.h"
#include "dupd/verdict.h"
#include "store/pack.h"
#include "store/store.h"

/* CPU work that need not be done on the engine's thread: a daemon gives it to its worker threads.
 */
struct engine_task {
    void (*work)(struct engine_task *t); /* once, on any thread */
    void (*done)(struct engine_task *t); /* then once, on the engine's thread, never inside run */
    void *place;                         /* the pool's */
};
struct engine_pool {
    void (*run)(struct engine_pool *p, struct engine_task *t);
};

struct engine_options {
    struct dupd_thresholds thresholds;
    unsigned candidates_verified; /* texts fetched and aligned an article: 3 (and 3 a block, see
                                     job.c) */
    double min_estimate;  /* candidates whose estimated containment is below are not fetched: 0.1 */
    unsigned min_shared;  /* postings in common that make a candidate: 2 */
    unsigned short_words; /* texts below are judged by content and SimHash alone: 50 */
    int64_t backdate_max_s;             /* 7 days; < 0: no limit (imports) */
    const struct dupd_phrases *phrases; /* furniture by its words; NULL: none. Borrowed. */
    size_t max_text;                    /* bytes of an article's text: 8 MiB */
    const struct outlet_alias *alias;   /* other names of outlets; borrowed; may be NULL */
    size_t alias_count;
    struct engine_pool *pool; /* where texts are compared; NULL: at once, on the engine's thread */
    bool stable_output; /* received_at, decided_at, took_us and "at" are null, so that the same
                           articles give the same bytes */
};

/* An outlet given as `from` (a source or the host of a URL, exact) is taken for `to`. */
struct outlet_alias {
    struct dupd_view from, to;
};

void engine_options_default(struct engine_options *o);

/* Is a candidate that shares `shared` of `of` postings worth fetching? Half a posting is forgiven:
 * of the 24 that a short text has, two are enough. */
static inline bool engine_is_worth_reading(const struct engine_options *o, uint32_t shared,
                                           uint32_t of)
{
    return of > 0 && shared >= o->min_shared && shared + 0.5 >= o->min_estimate * of;
}

/* ---- analysis: everything that follows from the article alone ---- */

struct analysis {
    struct dupd_article article; /* views into `memory`; id and source filled in */
    struct dupd_view entry;      /* the queue's entry id: the caller's, set after analysis_make */
    int64_t arrived_ms;          /* likewise: when it came in; 0: when it is submitted */
    bool id_from_content;        /* neither id nor url was given */
    struct dupd_tokens tokens;
    struct dupd_sketch sketch;
    uint64_t exact[8]; /* content hash posting, SimHash bands for texts under 64 words */
    uint32_t exact_count;
    uint64_t seed; /* of the collection */
    uint64_t simhash;
    uint32_t words;
    bool short_text;
    long replaced_bytes; /* invalid UTF-8 replaced */
    struct dupd_credit credit[DUPD_CREDITS_MAX];
    unsigned credit_count;
    struct dupd_buf memory;      /* copy of the article's fields */
    struct dupd_buf packed_text; /* for the record; made only when `pack` was asked */
    uint8_t text_encoding;       /* of packed_text: enum dupd_text_encoding */
};

void analysis_init(struct analysis *a);
void analysis_close(struct analysis *a);
/* Gives memory back if it holds more than `keep` bytes: after an unusually long article. */
void analysis_shrink(struct analysis *a, size_t keep);

/* Copies the article (its strings are cleaned on the way), tokenises, sketches, finds the agency;
 * with `pack` also compresses the text. Fills in the id (the url; "url:<hash>" when that is too
 * long; without one "content:<content hash>"), the collection and the source (registrable host of
 * url; aliases applied). Reuses memory from earlier use. Returns 0, DUPD_EEMPTY (no words),
 * DUPD_ETOOBIG (text or a field over its limit) or DUPD_ENOMEM. Thread-safe on distinct a. */
int analysis_make(struct analysis *a, const struct dupd_article *article,
                  const struct dupd_agencies *agencies, const struct engine_options *options,
                  bool pack);

/* ---- judgement: what came out ---- */

enum match_direction { MATCH_FROM, MATCH_TO }; /* FROM: the other is earlier */

/* Everything in it lives until engine_release. */
struct match {
    uint64_t n;
    struct dupd_record record; /* of the other, text included */
    struct dupd_tokens tokens; /* of the other's text; for passages */
    struct store_place place;
    enum match_direction direction;
    struct dupd_ruling ruling;    /* of the later one against the earlier one */
    struct dupd_overlap overlap;  /* a: this article; b: the other */
    struct dupd_overlap reversed; /* TO: a: the other; b: this article. Empty for FROM */
    struct dupd_facts facts;      /* .overlap is the one above whose a is the later; or NULL */
    double estimate;              /* of containment, from the postings; 0: fetched as an origin */
    bool came_back;               /* FROM, but its text is this outlet's own: see place_judge */
};

#define JUDGEMENT_MATCHES_MAX 16

struct judgement {
    int status;           /* 0, or why there is no verdict (DUPD_E...) */
    bool replay;          /* same id, same content: `json` is the stored verdict */
    bool is_update_of_id; /* same id, new content */
    enum dupd_verdict verdict;
    double score;
    const char *rule;
    uint64_t n;                                 /* 0 when checked only */
    uint64_t story;                             /* 0 when checked only and nothing matched */
    const struct match *origin;                 /* NULL if not a copy; points into match[] */
    struct match *match[JUDGEMENT_MATCHES_MAX]; /* best first, FROM before TO; not UNIQUE */
    unsigned match_count;
    struct match *considered[JUDGEMENT_MATCHES_MAX]; /* verified and dropped: for explain */
    unsigned considered_count;
    /* Whose text it is: the agency that it credits; for a copy of agency copy that does not credit
     * it, the agency whose text is copied (credited is 0 then). Empty: none. */
    struct dupd_view agency;      /* short name */
    struct dupd_view agency_text; /* the words that say so */
    enum dupd_credit_how agency_how;
    int credited; /* 1, 0, or -1: not a copy of agency copy */
    uint32_t furniture_words;
    int64_t received_ms, decided_ms;
    uint64_t took_us;
    uint64_t index_us, verify_us, commit_us; /* of it: look-up, record and postings until the
                                                candidates are known; reading and comparing them,
                                                deciding; the commit, with what was stale */
    struct dupd_buf json; /* the verdict object of docs/verdict.schema.json, one line, no newline */
    uint32_t alerts;      /* alerts that this article claimed */
    const struct store_commit *commit; /* what was committed; NULL when checked only, or replayed */
    uint32_t candidates;               /* that the store named */
    uint32_t
        unreadable; /* of them, and of origins: records that are damaged, or of a newer version */
    uint32_t hot, refused; /* postings passed over because 12 own them; for which no room was */
};

/* ---- jobs ---- */

struct engine; /* one per store; single-threaded */
struct job;

enum engine_mode { ENGINE_CHECK, ENGINE_ADD };

/* Called once for each job, never from inside engine_submit. The judgement and all that it points
 * to are valid until engine_release(job). */
typedef void (*engine_done_cb)(struct job *job, const struct judgement *judgement, void *data);

/* clock_ms and clock_us are asked for wall and monotonic time: tests pass their own. */
struct engine_clock {
    int64_t (*wall_ms)(void *data);
    uint64_t (*mono_us)(void *data);
    void *data;
};

int engine_new(struct engine **out, struct store *store, const struct dupd_agencies *agencies,
               const struct engine_options *options, struct engine_clock clock);
void engine_free(struct engine *e); /* after all jobs are done */

/* Starts a job on an analysis (packed, for ENGINE_ADD) that the caller keeps until engine_release.
 * Returns 0 or DUPD_ENOMEM (done is not called then). `is_import`: published_at is believed however
 * old it is (add, scan, eval). */
int engine_submit(struct engine *e, const struct analysis *a, enum engine_mode mode, bool is_import,
                  engine_done_cb done, void *data);
void engine_release(struct job *job);

/* For synchronous callers (the command line on the embedded store): submits, runs the store until
 * done, returns the job, whose judgement is in *out. NULL: out of memory. */
struct job *engine_judge(struct engine *e, const struct analysis *a, enum engine_mode mode,
                         bool is_import, const struct judgement **out);

/* ---- compare two analyses directly, without any store (compare, eval --pairwise) ---- */
int engine_compare(struct dupd_aligner *scratch, const struct engine_options *options,
                   const struct analysis *a, const struct analysis *b, struct dupd_overlap *overlap,
                   struct dupd_facts *facts, struct dupd_ruling *ruling);

#endif
