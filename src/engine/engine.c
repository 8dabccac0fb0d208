/*
 * engine.c: making an engine and giving it jobs. The work is in job.c.
 */
#include "engine/engine.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dupd/error.h"
#include "engine/job.h"

int engine_new(struct engine **out, struct store *store, const struct dupd_agencies *agencies,
               const struct engine_options *options, struct engine_clock clock)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e)
        return DUPD_ENOMEM;
    e->store = store;
    e->agencies = agencies;
    e->options = *options;
    e->clock = clock;
    *out = e;
    return DUPD_OK;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    while (e->scratch) {
        struct engine_scratch *s = e->scratch;
        e->scratch = s->next;
        dupd_aligner_close(&s->aligner);
        free(s);
    }
    free(e);
}

static uint64_t hash_id(const struct dupd_article *a)
{
    return XXH3_64bits_withSeed(a->id.ptr, a->id.len, dupd_collection_seed(a->collection));
}

/* The last job in flight that adds the same article: this one goes on when that one ends. */
static struct job *find_same_id(const struct engine *e, const struct job *j)
{
    const struct dupd_article *own = &j->a->article;
    for (struct job *other = e->last; other; other = other->previous) {
        const struct dupd_article *a = &other->a->article;
        if (other->mode == ENGINE_ADD && other->id_hash == j->id_hash &&
            dupd_view_equal(a->id, own->id) && dupd_view_equal(a->collection, own->collection))
            return other;
    }
    return NULL;
}

static void set_order(struct job *j)
{
    const struct engine *e = j->engine;
    int64_t now = j->judgement.received_ms;
    struct dupd_record as_stored = {.article = j->a->article, .arrived_ms = now};
    if (j->a->credit_count)
        as_stored.agency = dupd_view_of(dupd_agency_name(e->agencies, j->a->credit[0].agency));
    as_stored.effective_ms = j->effective_ms = dupd_effective_ms(
        j->a->article.published, now, j->is_import ? -1 : e->options.backdate_max_s);
    /* an article that is only checked has no number: it is later than all that have one */
    j->side = place_side_of_record(e->agencies, &as_stored, UINT64_MAX);
}

static struct job *submit(struct engine *e, const struct analysis *a, enum engine_mode mode,
                          bool is_import, engine_done_cb done, void *data)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->engine = e;
    j->a = a;
    j->mode = mode;
    j->is_import = is_import;
    j->done = done;
    j->data = data;
    j->id_hash = hash_id(&a->article);
    j->started_us = j->stage_us = e->clock.mono_us(e->clock.data);
    j->judgement.credited = -1;
    int64_t now = e->clock.wall_ms(e->clock.data);
    j->judgement.received_ms = a->arrived_ms ? a->arrived_ms : now;
    set_order(j);
    e->store->vtable->set_now(e->store, now);

    j->waits_for = mode == ENGINE_ADD ? find_same_id(e, j) : NULL;
    j->previous = e->last;
    *(e->last ? &e->last->next : &e->first) = j;
    e->last = j;
    if (j->waits_for) {
        j->state = JOB_WAITING_FOR_ID;
    } else if (job_start(j)) {
        job_unlink(j);
        engine_release(j);
        return NULL;
    }
    return j;
}

int engine_submit(struct engine *e, const struct analysis *a, enum engine_mode mode, bool is_import,
                  engine_done_cb done, void *data)
{
    return submit(e, a, mode, is_import, done, data) ? DUPD_OK : DUPD_ENOMEM;
}

static void set_flag(struct job *job, const struct judgement *judgement, void *data)
{
    (void)job;
    (void)judgement;
    *(bool *)data = true;
}

struct job *engine_judge(struct engine *e, const struct analysis *a, enum engine_mode mode,
                         bool is_import, const struct judgement **out)
{
    bool done = false;
    struct job *j = submit(e, a, mode, is_import, set_flag, &done);
    if (!j)
        return NULL;
    while (!done)
        store_run(e->store);
    *out = &j->judgement;
    return j;
}
