/*
 * job.c: the state machine of one article. `advance` is the one place that moves it on, `end` the
 * one place that ends it. Many jobs may be in flight on one engine.
 *
 *   LOOKING_UP -> PUTTING -> MASKING -> ASKING -> { FETCHING -> MASKING_OTHER -> COMPARING }*
 *       |  |     ^              ^ CHECK starts here or at the look-up        |
 *       |  +-> LOOKING_BACK -> COMPARING (an old version)                    |
 *       +-> ANSWERING (replay)                       CHECK ends <-+-> COMMITTING <-> LOOKING_AGAIN
 *
 * Candidates are fetched best first until `budget` living ones are verified: candidates_verified
 * for each block of a long text, since a round-up has several origins. Dead ones, other
 * collections, this id itself and pages known from another address are skipped and do not count;
 * nor does what leads to no story but its own: it is not decided yet, or has this article for its
 * origin. (Else five copies in work at once could hide the one that they all are copies of.)
 * Then place_story may ask for the origin of a story, which is fetched and verified the same way.
 *
 * Two at once: of jobs with one id the later waits for the earlier. A fetched article that is not
 * committed, but in flight here with a smaller number, is waited for; one with a larger number is
 * left out, for it asks after this one was posted and sees it. What is uncommitted and not in
 * flight (its writer was killed) is a match without a story. No cycle of waiting is possible: one
 * waits only for what was submitted, or numbered, before. Where several processes write to one
 * store nobody waits: what is not committed stands in the story that it would begin, and a commit
 * says what it was decided on; if that has changed it is stale, and job_stale.c has the next word.
 *
 * Failure: any failed operation ends the job with its status; a damaged record of another article
 * is skipped like a dead one. A job that fails after PUTTING leaves an uncommitted record, which
 * the next attempt with the same id replaces.
 */
#include "engine/job.h"

#include <stdlib.h>

#include "dupd/error.h"
#include "engine/verdict_json.h"

#define STRONG 3.0 /* times min_estimate */
#define HELD_TEXT_MAX                                                                              \
    ((size_t)16 << 20) /* bytes of verified texts that one job holds, the first                    \
                          apart: tokens take six times as much */

static void advance(struct store_op *op);

static struct job *find_waiter(const struct job *j)
{
    struct job *other = j->engine->first;
    while (other && other->waits_for != j)
        other = other->next;
    return other;
}

static void wake(struct job *j)
{
    int rc = DUPD_OK;
    j->waits_for = NULL;
    if (j->state == JOB_WAITING_FOR_ID) {
        rc = job_start(j);
    } else {
        j->state = JOB_FETCHING;
        store_submit(j->engine->store, &j->fetching->fetch.op);
    }
    if (rc)
        job_end(j, rc);
}

void job_unlink(struct job *j)
{
    struct engine *e = j->engine;
    *(j->previous ? &j->previous->next : &e->first) = j->next;
    *(j->next ? &j->next->previous : &e->last) = j->previous;
}

void job_end(struct job *j, int status)
{
    j->judgement.status = status;
    j->state = JOB_ENDED;
    job_unlink(j);
    struct job *waiter;
    while ((waiter = find_waiter(j)))
        wake(waiter);
    j->done(j, &j->judgement, j->data);
}

void job_submit(struct job *j, struct store_op *op, enum store_op_kind kind, enum job_state state)
{
    op->kind = kind;
    op->done = advance;
    op->data = j;
    j->state = state;
    store_submit(j->engine->store, op);
}

/* ---- up to the candidates ---- */

const struct furniture_set *job_find_furniture(const struct job *j, struct dupd_view outlet)
{
    const struct furniture_set *f = j->furniture;
    while (f && !dupd_view_equal(f->op.outlet, outlet))
        f = f->next;
    return f;
}

static int ask_furniture(struct job *j, struct dupd_view outlet, enum job_state state)
{
    /* the outlet is copied: the record that it stands in may be dropped */
    struct furniture_set *f = calloc(1, sizeof *f + outlet.len);
    if (!f)
        return DUPD_ENOMEM;
    f->next = j->furniture;
    j->furniture = f;
    if (outlet.len)
        memcpy(f + 1, outlet.ptr, outlet.len);
    f->op.collection = j->a->article.collection;
    f->op.outlet = (struct dupd_view){(const char *)(f + 1), outlet.len};
    job_submit(j, &f->op.op, STORE_FURNITURE, state);
    return DUPD_OK;
}

static int ask_candidates(struct job *j)
{
    const struct analysis *a = j->a;
    int rc = furniture_mask(job_find_furniture(j, a->article.source), j->engine->options.phrases,
                            &a->tokens, &j->mask, &j->judgement.furniture_words);
    if (rc)
        return rc;
    j->candidates.postings = (struct store_postings){&a->sketch, a->exact, a->exact_count};
    j->candidates.self = j->judgement.n ? j->judgement.n : j->older.replaces;
    j->candidates.posted = j->judgement.n != 0;
    j->candidates.min_shared = j->engine->options.min_shared;
    job_submit(j, &j->candidates.op, STORE_CANDIDATES, JOB_ASKING);
    return DUPD_OK;
}

static int ask_own_furniture(struct job *j)
{
    if (j->a->article.source.len == 0)
        return ask_candidates(j);
    return ask_furniture(j, j->a->article.source, JOB_MASKING);
}

static int put(struct job *j)
{
    const struct analysis *a = j->a;
    int rc = job_encode(j);
    if (rc)
        return rc;
    j->put.collection = a->article.collection;
    j->put.id = a->article.id;
    j->put.content_hash = a->tokens.content_hash;
    j->put.record = dupd_buf_view(&j->record);
    j->put.postings = (struct store_postings){&a->sketch, a->exact, a->exact_count};
    j->put.arrived_ms = j->judgement.received_ms;
    j->put.from_queue = j->a->entry.len > 0;
    job_submit(j, &j->put.op, STORE_PUT, JOB_PUTTING);
    return DUPD_OK;
}

int job_start(struct job *j)
{
    /* nobody gave it an id: it is not the stored article that has the same words */
    if (j->mode == ENGINE_CHECK && j->a->id_from_content)
        return ask_own_furniture(j);
    j->lookup.collection = j->a->article.collection;
    j->lookup.id = j->a->article.id;
    job_submit(j, &j->lookup.op, STORE_LOOKUP, JOB_LOOKING_UP);
    return DUPD_OK;
}

/* What was decided before is the answer: to the queue entry too, if there is one. */
static int replay(struct job *j, struct dupd_view verdict)
{
    j->judgement.replay = true;
    int rc = verdict_json_replay(verdict, j->a->entry, &j->judgement);
    if (rc)
        return rc;
    j->answer.entry = j->a->entry;
    j->answer.collection = j->a->article.collection;
    j->answer.id = j->a->article.id;
    j->answer.verdict = dupd_buf_view(&j->judgement.json);
    job_submit(j, &j->answer.op, STORE_ANSWER, JOB_ANSWERING);
    return DUPD_OK;
}

static int looked_up(struct job *j)
{
    const struct store_lookup *l = &j->lookup;
    struct dupd_hash128 own = j->a->tokens.content_hash;
    bool same = l->found && own.high == l->content_hash.high && own.low == l->content_hash.low;
    if (l->found)
        j->older.replaces = l->n;
    j->judgement.is_update_of_id = l->found && !same;
    if (j->mode == ENGINE_CHECK || !same || l->verdict.len == 0)
        return job_ask_version(j);
    j->judgement.n = l->n;
    return replay(j, l->verdict);
}

int job_begin(struct job *j)
{
    return j->mode == ENGINE_CHECK ? ask_own_furniture(j) : put(j);
}

static int was_put(struct job *j)
{
    j->judgement.n = j->side.n = j->put.n;
    if (j->put.known) { /* two attempts, or two entries, are one arrival */
        j->judgement.received_ms = j->side.arrived_ms = j->put.known_arrived_ms;
        j->effective_ms = j->side.effective_ms = j->put.known_effective_ms;
    }
    j->judgement.hot = j->put.hot;
    j->judgement.refused = j->put.refused;
    if (j->put.replaced ||
        j->older.replaces == j->put.n) /* or an earlier attempt at this very version */
        j->older.replaces = j->put.replaced;
    return ask_own_furniture(j);
}

uint64_t job_lap(struct job *j)
{
    uint64_t began = j->stage_us;
    j->stage_us = j->engine->clock.mono_us(j->engine->clock.data);
    return j->stage_us - began;
}

static int has_candidates(struct job *j)
{
    j->judgement.index_us = job_lap(j);
    unsigned blocks = j->a->sketch.block_count ? j->a->sketch.block_count : 1;
    unsigned most = PLACE_VERIFIED_MAX - PLACE_ORIGINS_MAX;
    unsigned each = j->engine->options.candidates_verified;
    j->budget = each > most / blocks ? most : each * blocks;
    j->judgement.candidates = j->candidates.count;
    return job_step(j);
}

/* ---- one text after the other ---- */

void job_free_verified(struct verified *v)
{
    if (!v)
        return;
    dupd_tokens_close(&v->match.tokens);
    dupd_overlap_close(&v->match.overlap);
    dupd_overlap_close(&v->match.reversed);
    store_release(&v->fetch.op);
    free(v);
}

int job_fetch(struct job *j, uint64_t n, const struct store_candidate *from)
{
    struct verified *v = calloc(1, sizeof *v);
    if (!v)
        return DUPD_ENOMEM;
    v->fetch.n = n;
    j->fetching = v;
    j->candidate = from;
    job_submit(j, &v->fetch.op, STORE_FETCH, JOB_FETCHING);
    return DUPD_OK;
}

/* One that is not a candidate counts as missing from now on. */
int job_drop(struct job *j)
{
    if (!j->candidate && j->missing_count < JOB_MISSING_MAX)
        j->missing[j->missing_count++] = j->fetching->fetch.n;
    job_free_verified(j->fetching);
    j->fetching = NULL;
    return job_step(j);
}

static struct job *in_flight(const struct engine *e, uint64_t n)
{
    struct job *j = e->first;
    while (j && !(j->mode == ENGINE_ADD && j->judgement.n == n))
        j = j->next;
    return j;
}

static bool is_usable(const struct job *j, const struct store_fetch *f)
{
    const struct dupd_article *own = &j->a->article, *other = &f->record.article;
    bool known_id = !(j->mode == ENGINE_CHECK && j->a->id_from_content);
    return f->op.status == DUPD_OK && f->found && f->place.alive &&
           dupd_view_equal(own->collection, other->collection) &&
           !(known_id && dupd_view_equal(own->id, other->id));
}

/* The same page at another address of its site, when one of them is known to be earlier: it would
 * take the place of another source, and has nothing to add. */
static bool is_known_page(const struct job *j, const struct dupd_record *r)
{
    for (unsigned i = 0; j->candidate && r->article.source.len && i < j->verified_count; i++) {
        const struct match *m = j->verified[i];
        if (m->direction == MATCH_FROM && m->record.content_hash.high == r->content_hash.high &&
            m->record.content_hash.low == r->content_hash.low &&
            dupd_view_equal(m->record.article.source, r->article.source))
            return true;
    }
    return false;
}

/* Room for one more text? Only texts of megabytes ever meet this bound. */
static bool has_room(const struct job *j, size_t bytes)
{
    for (unsigned i = 0; i < j->verified_count; i++)
        bytes += j->verified[i]->record.article.text.len;
    return j->verified_count == 0 || bytes <= HELD_TEXT_MAX;
}

static int fetched(struct job *j)
{
    const struct store_fetch *f = &j->fetching->fetch;
    j->judgement.unreadable += f->op.status != DUPD_OK;
    if (!is_usable(j, f) || is_known_page(j, &f->record) ||
        !has_room(j, f->record.article.text.len))
        return job_drop(j);
    if (f->place.story == 0 && j->mode == ENGINE_ADD) {
        struct job *twin = in_flight(j->engine, f->n);
        if (twin && twin->judgement.n > j->judgement.n)
            return job_drop(j);
        if (twin) {
            j->waits_for = twin;
            j->state = JOB_WAITING_FOR_TWIN;
            return DUPD_OK;
        }
    }
    struct dupd_view outlet = f->record.article.source;
    if (outlet.len && !job_find_furniture(j, outlet))
        return ask_furniture(j, outlet, JOB_MASKING_OTHER);
    return job_verify(j);
}

/* Past the budget only who shares three times what makes a candidate worth reading is read, and
 * only while nothing was found that this article is a copy of: a brief below more furniture than it
 * has words is found so, and a popular story is not read from end to end. */
static bool goes_on(const struct job *j, const struct store_candidate *c)
{
    if (j->verified_count >= PLACE_VERIFIED_MAX - PLACE_ORIGINS_MAX)
        return false;
    if (j->budget > 0)
        return true;
    for (unsigned i = 0; i < j->verified_count; i++)
        if (dupd_verdict_is_copy(j->verified[i]->ruling.verdict))
            return false;
    return c->shared >= STRONG * j->engine->options.min_estimate * c->of;
}

/* The next candidate worth fetching, or NULL. They come best first. */
static const struct store_candidate *next_candidate(struct job *j)
{
    while (j->next_candidate < j->candidates.count) {
        const struct store_candidate *c = &j->candidates.found[j->next_candidate];
        if (!goes_on(j, c))
            return NULL;
        j->next_candidate++;
        if (place_is_version(&j->older, c->n) || c->n == j->judgement.n)
            continue;
        if (!c->exact && !engine_is_worth_reading(&j->engine->options, c->shared, c->of))
            return NULL;
        return c;
    }
    return NULL;
}

static int finish(struct job *j)
{
    int rc = job_judge(j);
    if (rc)
        return rc;
    if (j->mode == ENGINE_CHECK) {
        job_end(j, DUPD_OK);
        return DUPD_OK;
    }
    rc = job_prepare_commit(j);
    j->judgement.verify_us += job_lap(j);
    if (!rc)
        job_submit(j, &j->commit.op, STORE_COMMIT, JOB_COMMITTING);
    return rc;
}

int job_step(struct job *j)
{
    if (j->changed_count)
        return job_looked_again(j);
    const struct store_candidate *c = next_candidate(j);
    if (c)
        return job_fetch(j, c->n, c);
    for (;;) {
        struct place_question q = {.verified = j->verified,
                                   .count = j->verified_count,
                                   .missing = j->missing,
                                   .missing_count = j->missing_count,
                                   .older = j->older,
                                   .self = j->judgement.n};
        j->placement = place_story(&q);
        if (!j->placement.need)
            return finish(j);
        if (j->origins_asked < PLACE_ORIGINS_MAX && j->verified_count < PLACE_VERIFIED_MAX) {
            j->origins_asked++;
            return job_fetch(j, j->placement.need, NULL);
        }
        if (j->missing_count == JOB_MISSING_MAX)
            return DUPD_ETOOBIG; /* not reached: fewer are asked for */
        j->missing[j->missing_count++] = j->placement.need;
    }
}

static int committed(struct job *j)
{
    j->judgement.commit_us += job_lap(j);
    for (uint32_t i = 0; i < j->commit.alert_count; i++)
        j->judgement.alerts += j->alert[i].claimed;
    j->judgement.commit = &j->commit;
    job_end(j, DUPD_OK);
    return DUPD_OK;
}

/* A failed commit that is not the end: others were quicker. */
static bool was_overtaken(const struct job *j, int status)
{
    return j->state == JOB_COMMITTING &&
           (status == DUPD_ESTALE || (status == DUPD_EINVAL && j->commit.committed.len));
}

static int overtaken(struct job *j, int status)
{
    j->judgement.commit_us += job_lap(j);
    return status == DUPD_ESTALE ? job_is_stale(j) : replay(j, j->commit.committed);
}

/* A damaged record of another article must not stop this one. */
static bool may_go_on(const struct job *j, int status)
{
    return status == DUPD_OK || ((j->state == JOB_FETCHING || j->state == JOB_LOOKING_AGAIN ||
                                  j->state == JOB_LOOKING_BACK) &&
                                 (status == DUPD_ECORRUPT || status == DUPD_EVERSION));
}

static int on_done(struct job *j)
{
    switch (j->state) {
    case JOB_LOOKING_UP:
        return looked_up(j);
    case JOB_LOOKING_BACK:
        return job_has_version(j);
    case JOB_PUTTING:
        return was_put(j);
    case JOB_MASKING:
        return ask_candidates(j);
    case JOB_ASKING:
        return has_candidates(j);
    case JOB_FETCHING:
        return fetched(j);
    case JOB_MASKING_OTHER:
        return job_verify(j);
    case JOB_COMMITTING:
        return committed(j);
    case JOB_LOOKING_AGAIN:
        return job_looked_again(j);
    case JOB_ANSWERING:
        job_end(j, DUPD_OK);
        return DUPD_OK;
    case JOB_COMPARING:
    case JOB_WAITING_FOR_ID:
    case JOB_WAITING_FOR_TWIN:
    case JOB_ENDED:
        break;
    }
    return DUPD_EINVAL; /* no operation is under way in these states */
}

/* What was put may be gone when it is to be committed: it was in the transaction that another
 * article's failure undid, or its id was forgotten meanwhile. Nothing is wrong with this article.
 */
static bool was_lost(const struct job *j, int status)
{
    return j->state == JOB_COMMITTING && status == DUPD_ENOENT;
}

static void advance(struct store_op *op)
{
    struct job *j = op->data;
    if (may_go_on(j, op->status))
        job_go_on(j, on_done(j));
    else if (was_overtaken(j, op->status))
        job_go_on(j, overtaken(j, op->status));
    else
        job_end(j, was_lost(j, op->status) ? DUPD_EAGAIN : op->status);
}

void job_go_on(struct job *j, int rc)
{
    if (rc)
        job_end(j, rc);
}

void engine_release(struct job *j)
{
    if (!j)
        return;
    job_free_verified(j->fetching);
    for (unsigned i = 0; i < j->verified_count; i++)
        job_free_verified(job_verified_of(j->verified[i]));
    while (j->furniture) {
        struct furniture_set *f = j->furniture;
        j->furniture = f->next;
        store_release(&f->op.op);
        free(f);
    }
    store_release(&j->lookup.op);
    store_release(&j->put.op);
    store_release(&j->candidates.op);
    store_release(&j->commit.op);
    store_release(&j->answer.op);
    store_release(&j->again.op);
    for (unsigned i = 0; i < sizeof j->alert_json / sizeof j->alert_json[0]; i++)
        dupd_buf_close(&j->alert_json[i]);
    dupd_buf_close(&j->about);
    dupd_buf_close(&j->about_origin);
    dupd_buf_close(&j->at);
    dupd_buf_close(&j->record);
    dupd_buf_close(&j->judgement.json);
    free(j->sightings);
    free(j->mask);
    free(j);
}
