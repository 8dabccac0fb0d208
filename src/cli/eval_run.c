/*
 * eval_run.c: the run behind `dupd eval`.
 *
 * Happy path: the articles are spooled, sorted by time, and go through the same pipeline, engine
 * and store as `dupd add`; then every pair is compared directly, for the sweep and for the reasons.
 * Failure modes: items that cannot be read are said and left out; a store that fails ends the run.
 */
#include "cli/eval_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "engine/pipeline.h"

#define SLOTS 64
#define WINDOW_BYTES ((size_t)64 * 1024 * 1024)

static void say_skipped(struct eval_run *run, const char *file, uint64_t line, const char *what)
{
    run->skipped++;
    if (line)
        fprintf(run->errors, "dupd: %s:%" PRIu64 ": %s\n", file, line, what);
    else
        fprintf(run->errors, "dupd: %s: %s\n", file, what);
}

static int spool_item(struct eval_run *run, struct article_reader *reader, struct input_item *item)
{
    struct dupd_article article;
    if (item->status) {
        if (!dupd_buf_add_char(&item->bytes, '\0'))
            say_skipped(run, item->file, item->line, item->bytes.ptr);
        return DUPD_OK;
    }
    int rc = article_read(reader, item->form, dupd_buf_view(&item->bytes), &run->limits, &article);
    if (rc == DUPD_ENOMEM)
        return rc;
    if (rc) {
        say_skipped(run, item->file, item->line, reader->problem);
        return DUPD_OK;
    }
    uint32_t at = article.id.len ? eval_set_find(run->set, article.id) : UINT32_MAX;
    if (at != UINT32_MAX) {
        run->set->article[at].present = true;
        run->set->article[at].spool = run->spool.count;
    }
    run->articles++;
    return spool_add(&run->spool, item, article.published, at);
}

int eval_run_read(struct eval_run *run, struct input *in)
{
    struct article_reader reader = {0};
    struct input_item item = {0};
    int rc;
    article_reader_init(&reader);
    input_item_init(&item);
    while ((rc = input_next(in, &item)) == 1) {
        rc = spool_item(run, &reader, &item);
        if (rc)
            break;
    }
    input_item_close(&item);
    article_reader_close(&reader);
    if (rc) {
        snprintf(run->problem, sizeof run->problem,
                 "cannot set the articles aside: %s; free some room below TMPDIR",
                 dupd_error_text(rc));
        return rc;
    }
    spool_sort(&run->spool);
    for (uint32_t i = 0; i < run->spool.count; i++) {
        uint32_t at = run->spool.entry[i].article;
        if (at != UINT32_MAX) {
            run->set->article[at].position = i;
            run->set->article[at].spool = i;
        }
    }
    return DUPD_OK;
}

/* ---- through the store ---- */

struct slot {
    struct dupd_buf bytes;
    uint32_t entry;
    int status;
    struct article_reader reader;
    struct analysis analysis;
};

struct stream {
    struct eval_run *run;
    struct engine *engine;
    struct store *store;
    uint32_t next;
};

static int stream_next(void *user, void *slot_memory, size_t *bytes)
{
    struct stream *s = user;
    struct slot *slot = slot_memory;
    if (s->next == s->run->spool.count)
        return 0;
    slot->entry = s->next++;
    int rc = spool_read(&s->run->spool, slot->entry, &slot->bytes);
    *bytes = slot->bytes.len;
    return rc ? rc : 1;
}

static void stream_work(void *user, void *slot_memory, unsigned worker)
{
    const struct stream *s = user;
    struct slot *slot = slot_memory;
    struct dupd_article article;
    (void)worker;
    slot->status = article_read(&slot->reader, s->run->spool.entry[slot->entry].form,
                                dupd_buf_view(&slot->bytes), &s->run->limits, &article);
    if (!slot->status)
        slot->status =
            analysis_make(&slot->analysis, &article, s->run->agencies, &s->run->options, true);
}

static void note_matches(struct eval_run *run, uint32_t article, const struct judgement *j)
{
    run->set->article[article].verdict = j->verdict;
    for (unsigned i = 0; i < j->match_count; i++) {
        const struct match *m = j->match[i];
        uint32_t other = eval_set_find(run->set, m->record.article.id);
        if (other != UINT32_MAX)
            eval_set_name(run->set, article, other, m->ruling.verdict);
    }
}

static int stream_consume(void *user, void *slot_memory)
{
    struct stream *s = user;
    struct eval_run *run = s->run;
    struct slot *slot = slot_memory;
    if (slot->status == DUPD_ENOMEM)
        return DUPD_ENOMEM;
    if (slot->status) {
        say_skipped(run, "an article", 0, dupd_error_text(slot->status));
        return DUPD_OK;
    }
    const struct judgement *j = NULL;
    struct job *job = engine_judge(s->engine, &slot->analysis, ENGINE_ADD, true, &j);
    if (!job)
        return DUPD_ENOMEM;
    int rc = j->status;
    uint32_t article = run->spool.entry[slot->entry].article;
    if (!rc) {
        run->copies += dupd_verdict_is_copy(j->verdict);
        if (article != UINT32_MAX)
            note_matches(run, article, j);
    } else {
        snprintf(run->problem, sizeof run->problem, "%s", store_problem(s->store));
    }
    engine_release(job);
    if (run->progress)
        run->progress(run->data, slot->entry + 1u, run->spool.count);
    return rc;
}

static void stream_close_slot(void *user, void *slot_memory)
{
    struct slot *slot = slot_memory;
    (void)user;
    dupd_buf_close(&slot->bytes);
    article_reader_close(&slot->reader);
    analysis_close(&slot->analysis);
}

static void set_status(struct store_op *op)
{
    (void)op;
}

static int find_story(struct store *store, struct eval_article *a)
{
    struct store_lookup lookup = {.op = {.kind = STORE_LOOKUP, .done = set_status},
                                  .id = dupd_view_of(a->id)};
    lookup.collection = DUPD_VIEW("default");
    store_submit(store, &lookup.op);
    store_run(store);
    int rc = lookup.op.status;
    if (!rc && lookup.found) {
        struct store_fetch fetch = {
            .op = {.kind = STORE_FETCH, .done = set_status}, .n = lookup.n, .want_verdict = true};
        store_submit(store, &fetch.op);
        store_run(store);
        rc = fetch.op.status;
        a->story = !rc && fetch.found ? fetch.place.story : 0;
        store_release(&fetch.op);
    }
    store_release(&lookup.op);
    return rc;
}

static int find_stories(struct eval_run *run, struct store *store)
{
    struct eval_set *set = run->set;
    for (uint32_t i = 0; i < set->article_count; i++) {
        int rc = set->article[i].present ? find_story(store, &set->article[i]) : DUPD_OK;
        if (rc)
            return rc;
    }
    for (uint32_t i = 0; i < set->pair_count; i++) {
        struct eval_pair *p = &set->pair[i];
        const struct eval_article *a = &set->article[p->a], *b = &set->article[p->b];
        p->same_story = a->story != 0 && a->story == b->story;
        p->named = dupd_verdict_is_copy(p->match) || p->match == DUPD_UPDATE;
        p->found = p->named || p->same_story;
    }
    return DUPD_OK;
}

static int stream_all(struct eval_run *run, struct store *store)
{
    struct stream stream = {.run = run, .store = store};
    int rc = engine_new(&stream.engine, store, run->agencies, &run->options, run->clock);
    if (rc)
        return rc;
    struct pipeline pipeline = {.threads = run->threads,
                                .slots = SLOTS,
                                .max_bytes = WINDOW_BYTES,
                                .slot_size = sizeof(struct slot),
                                .next = stream_next,
                                .work = stream_work,
                                .consume = stream_consume,
                                .close_slot = stream_close_slot,
                                .user = &stream};
    rc = pipeline_run(&pipeline);
    if (!rc)
        rc = store_flush(store);
    if (!rc)
        rc = find_stories(run, store);
    engine_free(stream.engine);
    return rc;
}

int eval_run_store(struct eval_run *run, const char *dir)
{
    struct store *store;
    struct store_options options;
    store_options_default(&options);
    options.create = true;
    options.window_s = 0;
    int rc = store_open(&store, dir, &options, run->clock.wall_ms(run->clock.data), run->problem);
    if (rc)
        return rc;
    rc = stream_all(run, store);
    if (rc && !run->problem[0])
        snprintf(run->problem, sizeof run->problem, "%s",
                 store_problem(store)[0] ? store_problem(store) : dupd_error_text(rc));
    store_close(store);
    return rc;
}

/* ---- pair by pair ---- */

static int analyse(struct eval_run *run, const struct eval_article *a, struct slot *slot)
{
    struct dupd_article article;
    int rc = spool_read(&run->spool, (uint32_t)a->spool, &slot->bytes);
    if (!rc)
        rc = article_read(&slot->reader, run->spool.entry[a->spool].form,
                          dupd_buf_view(&slot->bytes), &run->limits, &article);
    return rc ? rc : analysis_make(&slot->analysis, &article, run->agencies, &run->options, false);
}

static int compare_pair(struct eval_run *run, struct eval_pair *p, struct slot *later,
                        struct slot *earlier, struct dupd_aligner *scratch,
                        struct dupd_overlap *overlap)
{
    const struct eval_article *a = &run->set->article[p->a], *b = &run->set->article[p->b];
    struct dupd_facts facts;
    bool a_later = a->position > b->position;
    int rc = analyse(run, a_later ? a : b, later);
    if (!rc)
        rc = analyse(run, a_later ? b : a, earlier);
    if (!rc)
        rc = engine_compare(scratch, &run->options, &later->analysis, &earlier->analysis, overlap,
                            &facts, &p->pairwise);
    if (rc)
        return rc;
    p->figures = *overlap;
    p->figures.passage = NULL;
    p->figures.pair_a = p->figures.pair_b = NULL;
    return DUPD_OK;
}

int eval_run_pairwise(struct eval_run *run)
{
    struct slot later = {0}, earlier = {0};
    struct dupd_aligner scratch = {0};
    struct dupd_overlap overlap = {0};
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < run->set->pair_count && !rc; i++) {
        struct eval_pair *p = &run->set->pair[i];
        if (run->set->article[p->a].present && run->set->article[p->b].present)
            rc = compare_pair(run, p, &later, &earlier, &scratch, &overlap);
        if (rc)
            snprintf(run->problem, sizeof run->problem, "cannot compare %s with %s: %s",
                     run->set->article[p->a].id, run->set->article[p->b].id, dupd_error_text(rc));
    }
    stream_close_slot(NULL, &later);
    stream_close_slot(NULL, &earlier);
    dupd_aligner_close(&scratch);
    dupd_overlap_close(&overlap);
    return rc;
}
