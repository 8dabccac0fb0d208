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
    dupd_buf_clear(&v->json); /* of a decision that was stale */
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
    dupd_buf_clear(&j->alert_json[i]);
    int rc = alert_json_write(f, &j->alert_json[i]);
    if (rc)
        return rc;
    j->alert[i] = (struct store_alert){.n = n,
                                       .id = f->copy->id,
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

/* What was seen in which story, as it will be once the stories are merged. */
static int add_sightings(struct job *j)
{
    struct store_commit *c = &j->commit;
    const struct placement *p = &j->placement;
    uint64_t story[PLACE_VERIFIED_MAX];
    c->sighting_count = 0;
    if (j->verified_count == 0)
        return DUPD_OK;
    if (!j->sightings)
        j->sightings = malloc(sizeof *j->sightings);
    if (!j->sightings)
        return DUPD_ENOMEM;
    for (unsigned i = 0; i < j->verified_count; i++) {
        struct store_place *place = &j->verified[i]->place;
        story[i] = place->story;
        for (unsigned k = 0; k < p->merge_count; k++)
            if (place->story == p->merge[k])
                place->story = c->story;
    }
    int rc = furniture_sight(j->a, j->mask, c->story, j->verified, j->verified_count,
                             j->engine->agencies, j->sightings);
    for (unsigned i = 0; i < j->verified_count; i++)
        j->verified[i]->place.story = story[i]; /* should the commit be stale */
    c->sightings = j->sightings->list;
    c->sighting_count = j->sightings->count;
    return rc;
}

/* What the stores need that cannot look into records while they commit. */
static int add_facts(struct job *j)
{
    struct store_commit *c = &j->commit;
    struct json_writer w;
    c->entry = j->a->entry;
    c->tell = !j->is_import; /* what is brought in from an archive is no news to anybody */
    c->outlet = j->a->article.source;
    c->effective_ms = j->effective_ms;
    c->arrived_ms = j->judgement.received_ms;
    c->text_bytes = j->a->article.text.len;
    int rc = verdict_json_describe(&j->about, &j->a->article);
    c->article = dupd_buf_view(&j->about);
    c->origin = DUPD_VIEW("null");
    for (unsigned i = 0; i < j->verified_count && !rc; i++) {
        const struct match *m = j->verified[i];
        if (m->place.story != c->story || m->place.origin != m->n)
            continue;
        rc = verdict_json_describe(&j->about_origin, &m->record.article);
        c->origin = dupd_buf_view(&j->about_origin);
    }
    dupd_buf_clear(&j->at);
    json_begin(&w, &j->at);
    json_time_ms(&w, j->judgement.decided_ms);
    if (!rc)
        rc = json_status(&w);
    if (!rc)
        c->at = (struct dupd_view){j->at.ptr + 1, j->at.len - 2}; /* without quotation marks */
    return rc;
}

/* What the decision rests on, and who should know of it. */
static void add_seen(struct job *j)
{
    struct store_commit *c = &j->commit;
    c->seen = j->seen;
    c->later = j->later;
    c->seen_count = c->later_count = 0;
    for (unsigned i = 0; i < j->verified_count; i++) {
        const struct match *m = j->verified[i];
        j->seen[c->seen_count++] = (struct store_seen){m->n, m->place.story, m->place.origin};
        if (m->direction == MATCH_TO && m->ruling.verdict <= DUPD_UPDATE)
            j->later[c->later_count++] = m->n;
    }
    for (unsigned i = 0; i < j->missing_count; i++)
        j->seen[c->seen_count++] = (struct store_seen){.n = j->missing[i]};
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
    c->replaces = j->older.replaces;
    c->overtakes = j->older.overtaken;
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
    c->alert_count = 0;
    add_seen(j);
    int rc = add_facts(j);
    if (!rc && v->origin)
        rc = alert_own(j);
    for (unsigned i = 0; !rc && i < p->became_copy_count; i++)
        rc = alert_later(j, p->became_copy[i]);
    return rc ? rc : add_sightings(j);
}
