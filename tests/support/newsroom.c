/* newsroom.c: see newsroom.h. */
#include "support/newsroom.h"

#include <stdlib.h>

#include "dupd/error.h"

struct newsroom_item {
    struct newsroom_item *next;
    struct analysis analysis;
    struct job *job;
    const struct judgement *judgement, **out;
};

static int64_t tell_ms(void *data)
{
    return ((struct newsroom *)data)->now_ms++;
}

static uint64_t tell_us(void *data)
{
    return (uint64_t)((struct newsroom *)data)->now_ms * 1000;
}

void newsroom_open(struct newsroom *r, struct store *store)
{
    unsigned line;
    *r = (struct newsroom){.store = store, .now_ms = INT64_C(1700000000000)};
    engine_options_default(&r->options);
    if (dupd_agencies_new(&r->agencies, (struct dupd_view){0}, &line))
        abort();
}

void newsroom_close(struct newsroom *r)
{
    while (r->items) {
        struct newsroom_item *item = r->items;
        r->items = item->next;
        engine_release(item->job);
        analysis_close(&item->analysis);
        free(item);
    }
    engine_free(r->engine);
    dupd_agencies_free(r->agencies);
    store_close(r->store);
}

static struct newsroom_item *prepare(struct newsroom *r, struct copy c)
{
    struct newsroom_item *item = calloc(1, sizeof *item);
    struct engine_clock clock = {tell_ms, tell_us, r};
    if (!item || (!r->engine && engine_new(&r->engine, r->store, r->agencies, &r->options, clock)))
        abort();
    item->next = r->items;
    r->items = item;
    struct dupd_article a = {.id = dupd_view_of(c.id),
                             .collection = dupd_view_of(c.collection),
                             .url = dupd_view_of(c.url),
                             .source = dupd_view_of(c.source),
                             .title = dupd_view_of(c.title),
                             .byline = dupd_view_of(c.byline),
                             .text = dupd_view_of(c.text)};
    if (c.published && !dupd_time_parse(dupd_view_of(c.published), &a.published))
        abort();
    if (analysis_make(&item->analysis, &a, r->agencies, &r->options, true))
        abort();
    return item;
}

static const struct judgement *judge(struct newsroom *r, struct copy c, enum engine_mode mode,
                                     bool is_import)
{
    struct newsroom_item *item = prepare(r, c);
    item->job = engine_judge(r->engine, &item->analysis, mode, is_import, &item->judgement);
    if (!item->job)
        abort();
    return item->judgement;
}

const struct judgement *newsroom_add(struct newsroom *r, struct copy c)
{
    return judge(r, c, ENGINE_ADD, true);
}

const struct judgement *newsroom_add_live(struct newsroom *r, struct copy c)
{
    return judge(r, c, ENGINE_ADD, false);
}

const struct judgement *newsroom_check(struct newsroom *r, struct copy c)
{
    return judge(r, c, ENGINE_CHECK, true);
}

static void keep(struct job *job, const struct judgement *judgement, void *data)
{
    struct newsroom_item *item = data;
    item->job = job;
    *item->out = judgement;
}

void newsroom_submit(struct newsroom *r, struct copy c, const struct judgement **out)
{
    struct newsroom_item *item = prepare(r, c);
    item->out = out;
    *out = NULL;
    if (engine_submit(r->engine, &item->analysis, ENGINE_ADD, true, keep, item))
        abort();
}

void newsroom_run(struct newsroom *r)
{
    while (store_run(r->store))
        ;
}
