/*
 * job_verify.c: one article against another, word by word.
 *
 * Happy path: who of the two is earlier is decided, the pool (or the engine's own thread, without
 * one) reads the other's tokens, masks its furniture and aligns, and the match joins those that
 * were verified. While the pool works nothing else touches the job. Each comparison at a time has
 * scratch memory of its own; there are as many as ever ran at once.
 *
 * Fails for lack of memory.
 */
#include <stdlib.h>

#include "dupd/error.h"
#include "engine/compare.h"
#include "engine/job.h"

#define SIMHASH_NEAR 3u

static int compare(struct job *j, struct match *m, const uint8_t *mask)
{
    const struct engine_options *o = &j->engine->options;
    struct dupd_aligner *aligner = &j->scratch->aligner;
    struct compare_side own = compare_side_of_analysis(j->a, j->mask);
    struct compare_side other = compare_side_of_record(&m->record, &m->tokens, mask);
    if (m->direction == MATCH_FROM)
        return compare_sides(aligner, o, &own, &other, &m->overlap, &m->facts, &m->ruling);
    int rc = compare_sides(aligner, o, &other, &own, &m->reversed, &m->facts, &m->ruling);
    return rc ? rc : dupd_align(aligner, &own.text, &other.text, &m->overlap);
}

/* On any thread. */
static void work(struct engine_task *t)
{
    struct job *j = (struct job *)(void *)((char *)t - offsetof(struct job, task));
    struct match *m = &j->fetching->match;
    uint8_t *mask = NULL;
    uint32_t words;
    int rc = dupd_tokens_read(&m->tokens, m->record.article.text);
    if (!rc)
        rc = furniture_mask(job_find_furniture(j, m->record.article.source),
                            j->engine->options.phrases, &m->tokens, &mask, &words);
    if (!rc)
        rc = compare(j, m, mask);
    free(mask);
    j->compared = rc;
}

/* Short texts meet by the bands of their SimHash, most of them by chance. */
static bool met_by_chance(const struct job *j, const struct match *m)
{
    return j->candidate && j->candidate->exact > 0 &&
           j->candidate->shared < j->engine->options.min_shared && !m->facts.same_content &&
           m->facts.simhash_distance > SIMHASH_NEAR;
}

static int take(struct job *j)
{
    struct match *m = &j->fetching->match;
    if (j->compared)
        return j->compared;
    if (met_by_chance(j, m))
        return job_drop(j);
    bool leads_on = !m->place.undecided && m->place.origin != j->judgement.n;
    if (j->candidate && leads_on && j->budget > 0)
        j->budget--;
    j->verified[j->verified_count++] = m;
    j->fetching = NULL;
    return job_step(j);
}

/* The scratch memory goes back first: what comes next may compare as well. */
static int go_on(struct job *j)
{
    j->scratch->next = j->engine->scratch;
    j->engine->scratch = j->scratch;
    j->scratch = NULL;
    return j->then(j);
}

static void done(struct engine_task *t)
{
    struct job *j = (struct job *)(void *)((char *)t - offsetof(struct job, task));
    job_go_on(j, go_on(j));
}

static struct engine_scratch *take_scratch(struct engine *e)
{
    struct engine_scratch *s = e->scratch;
    if (!s)
        return calloc(1, sizeof *s);
    e->scratch = s->next;
    return s;
}

int job_compare(struct job *j, void (*in_parallel)(struct engine_task *t),
                int (*then)(struct job *j))
{
    j->scratch = take_scratch(j->engine);
    if (!j->scratch)
        return DUPD_ENOMEM;
    j->then = then;
    j->task.work = in_parallel;
    j->task.done = done;
    j->state = JOB_COMPARING;
    if (j->engine->options.pool) {
        j->engine->options.pool->run(j->engine->options.pool, &j->task);
        return DUPD_OK;
    }
    in_parallel(&j->task);
    return go_on(j);
}

int job_verify(struct job *j)
{
    struct match *m = &j->fetching->match;
    const struct store_fetch *f = &j->fetching->fetch;
    m->n = f->n;
    m->record = f->record;
    m->place = f->place;
    if (j->candidate)
        m->estimate = j->candidate->exact ? 1 : (double)j->candidate->shared / j->candidate->of;
    struct place_side other = place_side_of_record(j->engine->agencies, &m->record, m->n);
    m->direction = place_direction(&j->side, &other, &m->place, &j->older);
    return job_compare(j, work, take);
}
