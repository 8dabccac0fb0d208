/*
 * job_version.c: how far a new version of an article (same id, other text) is believed about its
 * date.
 *
 * Happy path: nothing to ask, since the id is new. Else the old version is fetched and the two are
 * compared, on the pool if there is one, before the record is put, which carries the effective
 * time. Who keeps his text keeps his place in time: the updates of a wire story are no later than
 * the story, or whoever copied it before the update would be taken for the source of those who copy
 * it afterwards. A text that is mostly another is no older than its arrival: else a stub that went
 * out early would make whatever is later put under its id the original of everything. And what was
 * not believed of the old version, or what was found to be a copy, is not made older by sending it
 * once more. An attempt at this very version that was never committed is an old version too.
 *
 * Failure: an old version that is gone or damaged is as good as none. Lack of memory ends the job.
 */
#include "dupd/error.h"
#include "engine/job.h"

#define KEPT_MIN 0.5 /* of each text stands in the other: it is still the same article */

static bool is_believed_less(const struct dupd_record *r)
{
    return r->effective_ms == r->arrived_ms &&
           dupd_effective_ms(r->article.published, r->arrived_ms, -1) < r->arrived_ms;
}

/* On any thread. */
static void work(struct engine_task *t)
{
    struct job *j = (struct job *)(void *)((char *)t - offsetof(struct job, task));
    struct dupd_tokens tokens = {0};
    struct dupd_overlap o = {0};
    int rc = dupd_tokens_read(&tokens, j->again.record.article.text);
    struct dupd_side now = {.tokens = &j->a->tokens}, before = {.tokens = &tokens};
    if (!rc)
        rc = dupd_align(&j->scratch->aligner, &now, &before, &o);
    j->is_other_text = o.of_a < KEPT_MIN || o.of_b < KEPT_MIN;
    dupd_overlap_close(&o);
    dupd_tokens_close(&tokens);
    j->compared = rc;
}

/* The old version's time, but on live input no date is believed that is older than the limit. */
static int64_t kept_ms(const struct job *j, int64_t before)
{
    int64_t least = j->judgement.received_ms - j->engine->options.backdate_max_s * 1000;
    return j->is_import || before > least ? before : least;
}

static int take(struct job *j)
{
    const struct dupd_record *before = &j->again.record;
    int64_t arrived = j->judgement.received_ms, least = j->effective_ms;
    int64_t kept = kept_ms(j, before->effective_ms);
    if (j->compared)
        return j->compared;
    if (j->is_other_text)
        least = arrived;
    else if (kept < j->effective_ms)
        j->effective_ms = j->side.effective_ms = least = kept;
    else if (is_believed_less(before) || j->again.place.copy)
        least = before->effective_ms < arrived ? before->effective_ms : arrived;
    if (least > j->effective_ms)
        j->effective_ms = j->side.effective_ms = least;
    store_release(&j->again.op);
    return job_begin(j);
}

int job_ask_version(struct job *j)
{
    if (!j->lookup.found)
        return job_begin(j);
    j->again.n = j->lookup.n;
    job_submit(j, &j->again.op, STORE_FETCH, JOB_LOOKING_BACK);
    return DUPD_OK;
}

int job_has_version(struct job *j)
{
    const struct store_fetch *f = &j->again;
    if (f->op.status || !f->found || !dupd_view_equal(f->record.article.id, j->a->article.id)) {
        store_release(&j->again.op);
        return job_begin(j);
    }
    return job_compare(j, work, take);
}
