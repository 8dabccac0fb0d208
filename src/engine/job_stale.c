/*
 * job_stale.c: when another worker was quicker.
 *
 * A commit names every article that it was decided on, and where that stood. If one stands
 * elsewhere by now, or one was decided meanwhile that had met this article and is earlier, the
 * store refuses the commit and names them. Each is looked at again: where it stands if its text was
 * compared already, as a whole if not. Then the same pure functions decide again and the commit is
 * made anew.
 *
 * That ends: each refusal is caused by a commit of somebody else, and after ROUNDS_MAX of them the
 * commit insists. The store then follows stories to what they have become, so that nothing is lost;
 * only shares of text in an origin may then be less exact.
 */
#include "dupd/error.h"
#include "engine/job.h"

#define ROUNDS_MAX 16u

static unsigned index_of(const struct job *j, uint64_t n)
{
    unsigned i = 0;
    while (i < j->verified_count && j->verified[i]->n != n)
        i++;
    return i;
}

static bool is_missing(const struct job *j, uint64_t n)
{
    for (unsigned i = 0; i < j->missing_count; i++)
        if (j->missing[i] == n)
            return true;
    return false;
}

static void miss(struct job *j, uint64_t n)
{
    if (j->missing_count < JOB_MISSING_MAX)
        j->missing[j->missing_count++] = n;
}

/* The next one to be looked at, or, when all were, the decision. */
static int look_on(struct job *j)
{
    while (j->changed_count) {
        uint64_t n = j->changed[--j->changed_count];
        if (index_of(j, n) < j->verified_count) {
            j->again.n = n;
            job_submit(j, &j->again.op, STORE_FETCH, JOB_LOOKING_AGAIN);
            return DUPD_OK;
        }
        if (is_missing(j, n))
            continue;
        if (j->verified_count < PLACE_VERIFIED_MAX)
            return job_fetch(j, n, NULL);
        miss(j, n);
    }
    return job_step(j);
}

/* Where it stands now, or that it stands nowhere. */
static void take(struct job *j)
{
    unsigned i = index_of(j, j->again.n);
    struct match *m = j->verified[i];
    if (j->again.op.status == DUPD_OK && j->again.found && j->again.place.alive) {
        struct place_side other = place_side_of_record(j->engine->agencies, &m->record, m->n);
        m->place = j->again.place;
        m->direction = place_direction(&j->side, &other, &m->place, &j->older);
    } else {
        miss(j, m->n);
        job_free_verified(job_verified_of(m));
        j->verified[i] = j->verified[--j->verified_count];
    }
    store_release(&j->again.op);
}

int job_looked_again(struct job *j)
{
    if (j->state == JOB_LOOKING_AGAIN)
        take(j);
    return look_on(j);
}

/* An older version of this article was decided meanwhile, or has begun a story before it was: what
 * came of it is later than this one. Of three the first is forgotten. */
static void succeed(struct job *j, uint64_t older)
{
    if (!place_is_version(&j->older, older)) {
        j->older.overtaken = j->older.replaces;
        j->older.replaces = older;
    }
    for (unsigned i = 0; i < j->verified_count; i++) {
        struct match *m = j->verified[i];
        struct place_side other = place_side_of_record(j->engine->agencies, &m->record, m->n);
        m->direction = place_direction(&j->side, &other, &m->place, &j->older);
    }
}

int job_is_stale(struct job *j)
{
    if (++j->rounds > ROUNDS_MAX) {
        j->commit.insist = true;
        job_submit(j, &j->commit.op, STORE_COMMIT, JOB_COMMITTING);
        return DUPD_OK;
    }
    if (j->commit.successor_of)
        succeed(j, j->commit.successor_of);
    j->changed_count = j->commit.changed_count;
    for (unsigned i = 0; i < j->changed_count; i++)
        j->changed[i] = j->commit.changed[i];
    return look_on(j);
}
