/*
 * job.h: one article on its way through the store. Internal to the engine: job.c is the state
 * machine, job_finish.c what it writes down at the end.
 */
#ifndef ENGINE_JOB_H
#define ENGINE_JOB_H

#include "engine/furniture.h"
#include "engine/place.h"

struct engine {
    struct store *store;
    const struct dupd_agencies *agencies;
    struct engine_options options;
    struct engine_clock clock;
    struct dupd_aligner aligner;
    struct job *first, *last; /* in flight, in order of submission */
};

enum job_state {
    JOB_WAITING_FOR_ID,   /* another job of this id is in flight: starts when that ends */
    JOB_LOOKING_UP,       /* STORE_LOOKUP: is the id known? */
    JOB_PUTTING,          /* STORE_PUT: the record, then its postings */
    JOB_MASKING,          /* STORE_FURNITURE of this article's outlet */
    JOB_ASKING,           /* STORE_CANDIDATES */
    JOB_FETCHING,         /* STORE_FETCH of a candidate or of a story's origin */
    JOB_WAITING_FOR_TWIN, /* what was fetched is itself in flight, and before this one */
    JOB_MASKING_OTHER,    /* STORE_FURNITURE of the fetched article's outlet */
    JOB_COMMITTING,       /* STORE_COMMIT */
    JOB_ENDED
};

/* A match and the operation whose memory its record lives in. */
struct verified {
    struct match match;
    struct store_fetch fetch;
};

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
    uint64_t started_us;
    int64_t effective_ms;
    struct place_side side;
    uint64_t replaces; /* the older number of this id; 0: none */

    struct store_lookup lookup;
    struct store_put put;
    struct store_candidates candidates;
    struct store_commit commit;
    struct dupd_buf record;

    struct furniture_set *furniture; /* one for each outlet asked */
    uint8_t *mask;                   /* of this article's paragraphs */

    uint32_t next_candidate;
    unsigned budget;                         /* candidates that may still be verified */
    struct verified *fetching;               /* the one at hand */
    const struct store_candidate *candidate; /* that it comes from; NULL: a story's origin */
    struct match *verified[PLACE_VERIFIED_MAX];
    unsigned verified_count;
    uint64_t missing[PLACE_VERIFIED_MAX];
    unsigned missing_count, origins_asked;

    struct placement placement;
    struct furniture_sightings *sightings;
    struct store_alert alert[1 + PLACE_VERIFIED_MAX];
    struct dupd_buf alert_json[1 + PLACE_VERIFIED_MAX];
    uint64_t became_copy[PLACE_VERIFIED_MAX];

    struct judgement judgement;
};

/* Begins a job that waits for nothing: submits its first operation. Returns 0 or DUPD_ENOMEM. */
int job_start(struct job *j);

/* Takes it out of the jobs in flight. */
void job_unlink(struct job *j);

/* The record that is put: into j->record. */
int job_encode(struct job *j);

/* Everything is verified and placed: fills in the judgement and writes its JSON. */
int job_judge(struct job *j);

/* Fills j->commit from the judgement and the placement: alerts, sightings, merges. */
int job_prepare_commit(struct job *j);

#endif
