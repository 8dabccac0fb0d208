/*
 * engine_fixture.h: an engine over the model store, and the few words in which its tests are
 * written.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "support/model_store.h"
#include "support/newsroom.h"
#include "support/prose.h"

struct fixture {
    struct newsroom room;
    struct dupd_buf text[24];
    unsigned texts;
};

static inline void open_fixture(struct fixture *f)
{
    struct store_options options = {
        .window_s = 30 * 86400, .owners_max = 12, .furniture_stories = 3};
    *f = (struct fixture){0};
    newsroom_open(&f->room, model_store_new(&options, 0));
}

static inline void close_fixture(struct fixture *f)
{
    newsroom_close(&f->room);
    for (unsigned i = 0; i < f->texts; i++)
        dupd_buf_close(&f->text[i]);
}

static inline struct dupd_buf *page(struct fixture *f)
{
    ck_assert_uint_lt(f->texts, sizeof f->text / sizeof f->text[0]);
    return &f->text[f->texts++];
}

static inline struct dupd_buf *prose(struct fixture *f, uint64_t seed, unsigned words)
{
    struct dupd_buf *b = page(f);
    prose_add(b, seed, words);
    return b;
}

static inline const struct judgement *add(struct fixture *f, const char *id, const char *source,
                                          const char *published, struct dupd_buf *text)
{
    const struct judgement *j = newsroom_add(&f->room, (struct copy){.id = id,
                                                                     .source = source,
                                                                     .published = published,
                                                                     .text = prose_text(text)});
    ck_assert_int_eq(j->status, 0);
    return j;
}

static inline void expect(const struct judgement *j, enum dupd_verdict verdict, const char *origin)
{
    ck_assert_str_eq(dupd_verdict_name(j->verdict), dupd_verdict_name(verdict));
    ck_assert_int_eq(j->origin != NULL, origin != NULL);
    if (origin)
        ck_assert(dupd_view_equal(j->origin->record.article.id, dupd_view_of(origin)));
}

static inline bool has(struct dupd_view json, const char *what)
{
    return memmem(json.ptr, json.len, what, strlen(what)) != NULL;
}

#endif
