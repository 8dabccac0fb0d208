/*
 * eval_run.h: articles through a fresh real store, in order of time, and what became of the pairs.
 */
#ifndef CLI_EVAL_RUN_H
#define CLI_EVAL_RUN_H

#include <stdio.h>

#include "cli/eval_set.h"
#include "cli/eval_spool.h"
#include "engine/engine.h"

struct eval_run {
    struct eval_set *set;
    struct spool spool;
    const struct dupd_agencies *agencies;
    struct engine_options options;
    struct article_limits limits;
    unsigned threads;
    struct engine_clock clock;
    uint64_t articles; /* read */
    uint64_t skipped;  /* could not be read, or hold no text; each was said on `errors` */
    uint64_t copies;   /* verdicts that are copies */
    FILE *errors;
    void (*progress)(void *data, uint64_t done, uint64_t total); /* may be NULL */
    void *data;
    char problem[512]; /* after a failure: what, where, what to do */
};

/* Reads the articles into the spool and finds those that the pairs name. */
int eval_run_read(struct eval_run *run, struct input *in);

/* Streams the spool through a fresh embedded store in `dir` (an empty directory); fills in
 * verdicts, names and stories. */
int eval_run_store(struct eval_run *run, const char *dir);

/* Compares the two texts of each pair, later against earlier; fills in pairwise and figures. */
int eval_run_pairwise(struct eval_run *run);

#endif
