/*
 * newsroom.h: an engine over a store with a clock that the test turns, and articles by a few words.
 * Everything that was judged stays valid until newsroom_close. Aborts when something fails that
 * the test does not ask for.
 */
#ifndef TESTS_NEWSROOM_H
#define TESTS_NEWSROOM_H

#include "engine/engine.h"

struct newsroom_item;

struct newsroom {
    struct store *store; /* the newsroom's: closed with it */
    struct dupd_agencies *agencies;
    struct engine *engine;
    struct engine_options options; /* set before the first article; the engine has its own copy */
    int64_t now_ms;                /* the clock; every article takes a millisecond */
    struct newsroom_item *items;
};

/* What a test says of an article; NULL: not given. */
struct copy {
    const char *id, *source, *published, *title, *byline, *url, *collection, *text;
};

void newsroom_open(struct newsroom *r, struct store *store);
void newsroom_close(struct newsroom *r);

/* Adds (published_at believed, as for imports) or checks one article. Never NULL: see status. */
const struct judgement *newsroom_add(struct newsroom *r, struct copy c);
const struct judgement *newsroom_add_live(struct newsroom *r, struct copy c);
const struct judgement *newsroom_check(struct newsroom *r, struct copy c);

/* Submits without running the store: *out is filled in once newsroom_run has been called. */
void newsroom_submit(struct newsroom *r, struct copy c, const struct judgement **out);
void newsroom_run(struct newsroom *r);

#endif
