/*
 * job.h: one article on its way through the store. Internal to the engine: job.c is the state
 * machine, job_version.c what a new version is believed, job_verify.c how two texts are compared,
 * job_stale.c what happens when others were quicker, job_finish.c what is written down at the end.
 */
#ifndef ENGINE_JOB_H
#define ENGINE_JOB_H

#include "engine/furniture.h"
#include "engine/place.h"

/* Memory that one comparison at a time needs. */
struct engine_scratch {
    struct dupd_aligner aligner;
    struct engine_scratch *next;
};

struct engine {
    struct store *store;
    const struct dupd_agencies *agencies;
    struct engine_options options;
    struct engine_clock clock;
    struct engine_scratch *scratch; /* not in use */
    struct job *first, *last;       /* in flight, in order of submission */
};

enum job_state {
    JOB_WAITING_FOR_ID,   /* another job of this id is in flight: starts when that ends */
    JOB_LOOKING_UP,       /* STORE_LOOKUP: is the id known? */
    JOB_LOOKING_BACK,     /* STORE_FETCH of the old version of this id */
    JOB_PUTTING,          /* STORE_PUT: the record, then its postings */
    JOB_MASKING,          /* STORE_FURNITURE of this article's outlet */
    JOB_ASKING,           /* STORE_CANDIDATES */
    JOB_FETCHING,         /* STORE_FETCH of a candidate or of a story's origin */
    JOB_WAITING_FOR_TWIN, /* what was fetched is itself in flight, and before this one */
    JOB_MASKING_OTHER,    /* STORE_FURNITURE of the fetched article's outlet */
    JOB_COMPARING,        /* the pool compares the two texts, or two versions */
    JOB_COMMITTING,       /* STORE_COMMIT */
    JOB_LOOKING_AGAIN,    /* STORE_FETCH of what stands elsewhere now: the commit was stale */
    JOB_ANSWERING,        /* STORE_ANSWER: the stored verdict, again */
    JOB_ENDED
};

/* A match and the operation whose memory its record lives in. */
struct verified {
    struct match match;
    struct store_fetch fetch;
};

/* Numbers that were asked for and are of no use; beyond, they are as good as unknown. */
#define JOB_MISSING_MAX 64u

struct job {
    struct engine *engine;
    struct job *next, *previous; /* in flight */
    struct job *waits_for;       /* in the two waiting states */
    enum job_state state;

    const struct analysis *a;
    enum engine_mode mode;
    bool is_import;
    engine_done_cb done;
    void *data;

    uint64_t id_hash;
    uint64_t started_us, stage_us; /* when it began; when its stage did */
    int64_t effective_ms;
    struct place_side side;
    struct place_versions older; /* numbers of this id */

    struct store_lookup lookup;
    struct store_put put;
    struct store_candidates candidates;
    struct store_commit commit;
    struct store_answer answer;
    struct store_fetch again; /* in JOB_LOOKING_BACK, and in JOB_LOOKING_AGAIN */
    struct dupd_buf record;

    struct furniture_set *furniture; /* one for each outlet asked */
    uint8_t *mask;                   /* of this article's paragraphs */

    uint32_t next_candidate;
    unsigned budget;                         /* candidates that may still be verified */
    struct verified *fetching;               /* the one at hand */
    const struct store_candidate *candidate; /* that it comes from; NULL: a story's origin */
    struct engine_task task;                 /* the comparison at hand */
    struct engine_scratch *scratch;
    int (*then)(struct job *j); /* on the engine's thread, when it is made */
    int compared;               /* what came of it */
    bool is_other_text;         /* and, of two versions: this one is mostly another text */
    struct match *verified[PLACE_VERIFIED_MAX];
    unsigned verified_count;
    uint64_t missing[JOB_MISSING_MAX];
    unsigned missing_count, origins_asked;

    uint64_t changed[STORE_CHANGED_MAX]; /* to be looked at again */
    unsigned changed_count, rounds;

    struct placement placement;
    struct furniture_sightings *sightings;
    struct store_alert alert[1 + PLACE_VERIFIED_MAX];
    struct dupd_buf alert_json[1 + PLACE_VERIFIED_MAX];
    uint64_t became_copy[PLACE_VERIFIED_MAX], later[PLACE_VERIFIED_MAX];
    struct store_seen seen[PLACE_VERIFIED_MAX + JOB_MISSING_MAX];
    struct dupd_buf about, about_origin, at; /* what a story event says */

    struct judgement judgement;
};

/* ---- job.c ---- */

/* Begins a job that waits for nothing: submits its first operation. Returns 0 or DUPD_ENOMEM. */
int job_start(struct job *j);

/* Its effective time is settled: puts it, or asks (CHECK). Returns 0 or why it cannot go on. */
int job_begin(struct job *j);

/* Takes it out of the jobs in flight. */
void job_unlink(struct job *j);

/* Submits an operation whose completion moves the job on. */
void job_submit(struct job *j, struct store_op *op, enum store_op_kind kind, enum job_state state);

/* Fetches article n, to be verified; `from` is NULL unless it is a candidate. Each returns 0 or why
 * the job cannot go on. */
int job_fetch(struct job *j, uint64_t n, const struct store_candidate *from);
/* The fetched text is of no use. */
int job_drop(struct job *j);
/* What next: a candidate, the origin of a story, or the end. */
int job_step(struct job *j);
/* A stage is over: the time since the last one ended. */
uint64_t job_lap(struct job *j);
/* Moves on after something that is no operation of the store; ends the job if rc says so. */
void job_go_on(struct job *j, int rc);
/* Ends it; the caller touches it no more. */
void job_end(struct job *j, int status);

void job_free_verified(struct verified *v);
static inline struct verified *job_verified_of(struct match *m)
{
    return (struct verified *)(void *)((char *)m - offsetof(struct verified, match));
}
const struct furniture_set *job_find_furniture(const struct job *j, struct dupd_view outlet);

/* ---- job_version.c ---- */

/* The id was looked up: asks for the old version if that may change the effective time, else
 * begins. */
int job_ask_version(struct job *j);
/* The old version is there, or is not. */
int job_has_version(struct job *j);

/* ---- job_verify.c ---- */

/* Calls in_parallel(&j->task) with j->scratch, on the pool if there is one, then `then`. */
int job_compare(struct job *j, void (*in_parallel)(struct engine_task *t),
                int (*then)(struct job *j));

/* Compares this article with the one that was fetched, on the pool if there is one, and goes on. */
int job_verify(struct job *j);

/* ---- job_stale.c ---- */

/* The commit was stale: looks again at what has changed, then decides anew. */
int job_is_stale(struct job *j);
/* What was looked at again is there. */
int job_looked_again(struct job *j);

/* ---- job_finish.c ---- */

/* The record that is put: into j->record. */
int job_encode(struct job *j);

/* Everything is verified and placed: fills in the judgement and writes its JSON. */
int job_judge(struct job *j);

/* Fills j->commit from the judgement and the placement: alerts, sightings, merges. */
int job_prepare_commit(struct job *j);

#endif
