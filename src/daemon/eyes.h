/*
 * eyes.h: `dupd serve --http`: the api and its view, wired to the daemon.
 *
 *   intake ──on_news──┐                              api (HTTP, live feed)
 *   Redis streams ────┼─► view ─────────────────────► │
 *   store, at start ──┘                               └─ struct api_backend ─► intake, store
 *
 * What this process decides is shown by on_news. What others decide on the same Redis comes by its
 * streams, what was decided before by a walk over the embedded store: the view takes the same thing
 * twice without harm. Alerts that were claimed here, or come by the stream, go to the webhook.
 */
#ifndef DAEMON_EYES_H
#define DAEMON_EYES_H

#include "daemon/api.h"
#include "daemon/intake.h"
#include "daemon/view.h"
#include "daemon/view_read.h"
#include "daemon/webhook.h"
#include "daemon/where.h"
#include "redis/redis.h"
#include "settings/settings.h"

struct eyes_options {
    uv_loop_t *loop;
    struct log *log;
    struct metrics *metrics;
    struct intake *intake;
    struct store *store;
    const struct settings *settings; /* read while opening only */
    const char *version;
    const char *state_dir;           /* where the view lives; NULL: in memory */
    bool embedded;                   /* the store is a directory, and this process its one writer */
    const struct where_names *names; /* of the streams */
    bool (*ready)(void *data, char why[ARTICLE_PROBLEM_MAX]);
    void *data;
};

/* What the store holds, asked for every two seconds at most. */
struct eyes_figures {
    struct store_stats op;
    bool asking, known;
    uint64_t at_ms;
};

/* The walk over what is in the store already. */
struct eyes_recall {
    struct store_list list;
    struct store_fetch fetch; /* an article of which only the verdict is known */
    struct store_lookup lookup;
    struct dupd_buf collection, id;
    /* of the article that was listed last: what it may have made a copy of */
    struct store_lookup member;
    struct store_fetch standing;
    struct view_later later;
    struct dupd_buf about; /* the article itself, described */
    unsigned at;           /* of its matches */
    bool listing, describing;
    uint64_t seen;
};

/* Reading the streams. */
struct eyes_follow {
    struct redis *redis;
    struct redis_batch batch;
    bool busy, full; /* full: there is more */
    char position[VIEW_KIND_COUNT][VIEW_POSITION_MAX];
};

struct eyes {
    struct eyes_options options;
    struct view *view;       /* NULL: no --http */
    struct view *reader;     /* of the same, for queries on a thread; NULL: it is in memory */
    struct api *api;         /* likewise */
    struct webhook *webhook; /* NULL: none */
    uv_timer_t tick;
    bool fed;             /* since the last flush */
    uv_work_t checkpoint; /* of the view, on a thread: it syncs */
    bool moving;          /* it is under way */
    bool closing;
    struct eyes_figures figures;
    struct eyes_recall recall;
    struct eyes_follow follow;
    char *stream[VIEW_KIND_COUNT]; /* names */
    void (*closed)(void *data);
    void *closed_data;
    unsigned waiting; /* parts and operations that are still to end */
};

/* Opens what the settings ask for. `e` is zeroed. Returns 0 or a code, with one line in problem. */
int eyes_open(struct eyes *e, const struct eyes_options *options, char problem[512]);

/* Takes no more requests; waits for calls under way; then `closed`. The view is flushed. */
void eyes_close(struct eyes *e, void (*closed)(void *data), void *data);

/* ---- between the files of eyes ---- */

void eyes_feed(struct eyes *e, enum view_kind kind, struct dupd_view position,
               struct dupd_view json, struct dupd_view article);
/* A part of closing is done. */
void eyes_part_closed(struct eyes *e);

struct api_backend eyes_backend(struct eyes *e);
/* Gauges of the store; `data` is the eyes. */
void eyes_refresh(void *data);

int eyes_follow_open(struct eyes *e, const struct settings *s, char problem[512]);
void eyes_follow_tick(struct eyes *e);
void eyes_follow_close(struct eyes *e);

void eyes_recall_tick(struct eyes *e);

#endif
