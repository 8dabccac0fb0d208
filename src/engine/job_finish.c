/*
 * job_finish.c: what a job writes: its record, its judgement, its commit with alerts and sightings.
 * No operation is submitted here. Fails for lack of memory, and when a record is over its limits.
 */
#include <stdlib.h>

#include "dupd/error.h"
#include "engine/job.h"
#include "engine/verdict_json.h"

int job_encode(struct job *j)
{
    const struct analysis *a = j->a;
    struct dupd_record r = {.article = a->article,
                            .arrived_ms = j->judgement.received_ms,
                            .effective_ms = j->effective_ms,
                            .content_hash = a->tokens.content_hash,
                            .simhash = a->simhash,
                            .words = a->words,
                            .text_encoding = a->text_encoding,
                            .text_len = (uint32_t)a->article.text.len,
                            .packed_text = dupd_buf_view(&a->packed_text)};
    if (a->credit_count) {
        r.agency = dupd_view_of(dupd_agency_name(j->engine->agencies, a->credit[0].agency));
        r.agency_how = (uint8_t)a->credit[0].how;
        r.agency_text = a->credit[0].text;
    }
    return dupd_record_encode(&r, &j->record);
}

/* The story of an article that is only checked: the one that it would join, else its best match's.
 */
static uint64_t story_of_check(const struct job *j)
{
    if (j->placement.story || j->judgement.match_count == 0)
        return j->placement.story;
    return j->judgement.match[0]->place.story;
}

int job_judge(struct job *j)
{
    struct judgement *v = &j->judgement;
    const struct engine *e = j->engine;
    place_judge(j->verified, j->verified_count, v);
    place_credit(j->a, e->agencies, j->placement.origin, v);
    if (j->mode == ENGINE_CHECK)
        v->story = story_of_check(j);
    else
        v->story = j->placement.story ? j->placement.story : v->n;
    v->decided_ms = e->clock.wall_ms(e->clock.data);
    v->took_us = e->clock.mono_us(e->clock.data) - j->started_us;
    return verdict_json_write(j->a, v, e->options.stable_output, &v->json);
}

/* Is the copy from the outlet whose text it copies? A page that a site serves at several addresses
 * is a copy, but nobody has taken anything. */
static bool is_at_home(const struct alert_facts *f)
{
    return f->copy->source.len && dupd_view_equal(f->copy->source, f->origin->source);
}

/* One alert for each story and outlet, none for what an outlet copies from itself; an article
 * without an outlet stands for itself. */
static int add_alert(struct job *j, uint64_t n, const struct alert_facts *f)
{
    struct dupd_view source = f->copy->source;
    uint32_t i = j->commit.alert_count;
    if (is_at_home(f))
        return DUPD_OK;
    int rc = alert_json_write(f, &j->alert_json[i]);
    if (rc)
        return rc;
    j->alert[i] = (struct store_alert){.n = n,
                                       .outlet = source.len ? source : f->copy->id,
                                       .json = dupd_buf_view(&j->alert_json[i])};
    j->commit.alert_count++;
    return DUPD_OK;
}

static struct alert_facts facts_of(const struct job *j)
{
    return (struct alert_facts){.story = j->judgement.story,
                                .at_ms = j->judgement.decided_ms,
                                .stable = j->engine->options.stable_output};
}

static int alert_own(struct job *j)
{
    const struct judgement *v = &j->judgement;
    struct alert_facts f = facts_of(j);
    f.copy = &j->a->article;
    f.origin = &v->origin->record.article;
    f.verdict = v->verdict;
    f.score = v->score;
    f.agency = v->agency;
    f.agency_how = v->agency_how;
    f.agency_text = v->agency_text;
    f.credited = v->credited;
    return add_alert(j, v->n, &f);
}

/* This article arrived after its copy m. */
static int alert_later(struct job *j, const struct match *m)
{
    const struct analysis *a = j->a;
    struct alert_facts f = facts_of(j);
    f.origin_arrived = true;
    f.copy = &m->record.article;
    f.origin = &a->article;
    f.verdict = m->ruling.verdict;
    f.score = m->ruling.score;
    f.agency = m->record.agency;
    f.agency_how = (enum dupd_credit_how)m->record.agency_how;
    f.agency_text = m->record.agency_text;
    f.credited = -1;
    /* An article may credit several agencies; the copy does right by naming any of them. */
    for (unsigned i = 0; i < a->credit_count && f.credited != 1; i++)
        f.credited = dupd_view_equal(
            dupd_view_of(dupd_agency_name(j->engine->agencies, a->credit[i].agency)),
            m->record.agency);
    if (f.credited == 0) {
        f.agency = dupd_view_of(dupd_agency_name(j->engine->agencies, a->credit[0].agency));
        f.agency_how = a->credit[0].how;
        f.agency_text = a->credit[0].text;
    }
    return add_alert(j, m->n, &f);
}

static int add_sightings(struct job *j)
{
    struct store_commit *c = &j->commit;
    const struct placement *p = &j->placement;
    if (j->verified_count == 0)
        return DUPD_OK;
    for (unsigned i = 0; i < j->verified_count; i++)
        for (unsigned k = 0; k < p->merge_count; k++)
            if (j->verified[i]->place.story == p->merge[k])
                j->verified[i]->place.story = c->story; /* one story from this commit on */
    j->sightings = malloc(sizeof *j->sightings);
    if (!j->sightings)
        return DUPD_ENOMEM;
    int rc = furniture_sight(j->a, j->mask, c->story, j->verified, j->verified_count,
                             j->engine->agencies, j->sightings);
    c->sightings = j->sightings->list;
    c->sighting_count = j->sightings->count;
    return rc;
}

int job_prepare_commit(struct job *j)
{
    const struct judgement *v = &j->judgement;
    const struct placement *p = &j->placement;
    struct store_commit *c = &j->commit;
    c->n = v->n;
    c->collection = j->a->article.collection;
    c->id = j->a->article.id;
    c->verdict = dupd_buf_view(&v->json);
    c->replaces = j->replaces;
    c->story = v->story;
    c->to_origin = p->to_origin;
    c->copy = dupd_verdict_is_copy(v->verdict);
    c->new_origin = p->becomes_origin ? v->n : 0;
    c->origin_share = p->origin_share;
    c->merge_from = p->merge;
    c->merge_share = p->merge_share;
    c->merge_count = p->merge_count;
    for (unsigned i = 0; i < p->became_copy_count; i++)
        j->became_copy[i] = p->became_copy[i]->n;
    c->became_copy = j->became_copy;
    c->became_copy_count = p->became_copy_count;
    c->alerts = j->alert;
    int rc = v->origin ? alert_own(j) : DUPD_OK;
    for (unsigned i = 0; !rc && i < p->became_copy_count; i++)
        rc = alert_later(j, p->became_copy[i]);
    return rc ? rc : add_sightings(j);
}
