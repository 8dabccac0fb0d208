/*
 * redis_store.c: the store in Redis: opening, readiness, operations, closing.
 *
 *   client up -> scripts loaded, parameters agree (redis_meta.c) -> READY -> operations
 *   client down -> DOWN; operations under way fail with DUPD_EAGAIN, and so do new ones
 *
 * Synchronous callers have a loop of the store's own, which `run` turns; nothing of that concerns
 * the other files.
 */
#include <stdio.h>
#include <stdlib.h>

#include "store/redis_state.h"

#define PUT_WINDOW ((size_t)128 << 10)

static const struct store_vtable vtable;

void store_redis_default(struct store_redis *how)
{
    *how = (struct store_redis){.names = {.prefix = "dupd",
                                          .articles = "dupd:articles",
                                          .group = "dupd",
                                          .verdicts = "dupd:verdicts",
                                          .alerts = "dupd:alerts",
                                          .stories = "dupd:stories",
                                          .stream_cap = 1000000},
                                .connections = 1,
                                .shards = 65536};
    store_options_default(&how->options);
    redis_options_default(&how->redis);
    how->redis.window = 16384; /* two articles: the server goes from one connection to the next */
}

static struct redis_store *of(const struct store *s)
{
    return (struct redis_store *)(uintptr_t)s;
}

/* ---- operations ---- */

static int start(struct redis_op *o)
{
    switch (o->op->kind) {
    case STORE_LOOKUP:
        return redis_lookup(o);
    case STORE_PUT:
        return redis_put(o);
    case STORE_CANDIDATES:
        return redis_candidates(o);
    case STORE_FETCH:
        return redis_fetch(o);
    case STORE_STORY:
        return redis_read_story(o);
    case STORE_FURNITURE:
        return redis_read_furniture(o);
    case STORE_COMMIT:
        return redis_commit(o);
    case STORE_ANSWER:
        return redis_answer(o);
    case STORE_OUTBOX:
        ((struct store_outbox *)o->op)->count = 0; /* commits have told it */
        return redis_op_end_later(o);
    case STORE_FORGET:
        return redis_forget(o);
    case STORE_LIST:
        return redis_read_list(o);
    case STORE_STATS:
        return redis_read_stats(o);
    }
    return DUPD_EINVAL;
}

static bool writes(const struct store_op *op)
{
    return op->kind == STORE_PUT || op->kind == STORE_COMMIT || op->kind == STORE_FORGET ||
           op->kind == STORE_ANSWER;
}

static void say_why(struct redis_store *s)
{
    const struct redis *r = s->redis[0];
    for (unsigned i = 1; i < s->how.connections && redis_state(r) == REDIS_UP; i++)
        r = s->redis[i];
    const char *why = s->state == REDIS_STORE_REFUSED ? s->why
                      : redis_state(r) == REDIS_UP    ? "" /* meta is being asked for */
                                                      : redis_problem(r);
    if (s->state == REDIS_STORE_REFUSED)
        snprintf(s->base.problem, sizeof s->base.problem, "%s", why);
    else
        snprintf(s->base.problem, sizeof s->base.problem, "%s%s", why[0] ? why : redis_where(r),
                 why[0] ? "" : ": not ready yet");
}

static void vt_submit(struct store *base, struct store_op *op)
{
    struct redis_store *s = of(base);
    op->next = NULL;
    op->status = 0;
    dupd_buf_clear(&op->memory);
    if (s->closing) {
        redis_op_fail(s, op, DUPD_EINTR);
        return;
    }
    if (s->state != REDIS_STORE_READY) {
        say_why(s);
        redis_op_fail(s, op, s->state == REDIS_STORE_REFUSED ? DUPD_EPARAM : DUPD_EAGAIN);
        return;
    }
    if (s->how.options.read_only && writes(op)) {
        snprintf(s->base.problem, sizeof s->base.problem, "%s: it was opened for reading only",
                 redis_where(s->redis[0]));
        redis_op_fail(s, op, DUPD_EREADONLY);
        return;
    }
    struct redis_op *o = redis_op_begin(s, op);
    if (o)
        redis_op_start(o, start(o));
}

static size_t vt_run(struct store *base)
{
    struct redis_store *s = of(base);
    size_t before = s->done;
    if (s->owns_loop)
        uv_run(s->loop, UV_RUN_ONCE);
    return s->done - before;
}

/* What was committed is where it stays: in Redis. */
static int vt_flush(struct store *base)
{
    (void)base;
    return DUPD_OK;
}

static void vt_set_now(struct store *base, int64_t now_ms)
{
    (void)base, (void)now_ms; /* Redis has the clock */
}

/* ---- closing ---- */

static void free_store(struct redis_store *s)
{
    void (*closed)(void *) = s->owns_loop ? NULL : s->how.on_closed;
    void *data = s->how.data;
    while (s->spare) {
        struct redis_op *o = s->spare;
        s->spare = o->next;
        redis_op_free(o);
    }
    redis_meta_close(s);
    redis_walk_free_all(&s->kept);
    finder_close(&s->finder);
    pack_close(&s->pack);
    dupd_buf_close(&s->words);
    dupd_buf_close(&s->text);
    dupd_buf_close(&s->scratch);
    dupd_buf_close(&s->strings);
    free(s);
    if (closed)
        closed(data);
}

static void on_handle_closed(uv_handle_t *h)
{
    struct redis_store *s = h->data;
    if (--s->handles == 0 && !s->owns_loop)
        free_store(s);
}

static void close_handles(struct redis_store *s)
{
    while (s->failed) /* whose callbacks may submit again */
        redis_op_fail_now(s);
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
    uv_close((uv_handle_t *)&s->idle, on_handle_closed);
}

static void on_client_closed(void *data)
{
    struct redis_store *s = data;
    if (--s->connections_open == 0)
        close_handles(s);
}

static void close_clients(struct redis_store *s)
{
    unsigned count = s->connections_open;
    for (unsigned i = 0; i < count; i++)
        redis_close(s->redis[i], on_client_closed, s);
    if (count == 0)
        close_handles(s);
}

static void vt_close(struct store *base)
{
    struct redis_store *s = of(base);
    s->closing = true;
    s->state = REDIS_STORE_DOWN;
    uv_timer_stop(&s->timer);
    redis_meta_stop(s);
    close_clients(s);
    if (!s->owns_loop)
        return;
    while (s->handles)
        uv_run(s->loop, UV_RUN_ONCE);
    uv_run(s->loop, UV_RUN_DEFAULT);
    uv_loop_close(s->loop);
    free_store(s);
}

static const struct store_vtable vtable = {.submit = vt_submit,
                                           .run = vt_run,
                                           .flush = vt_flush,
                                           .set_now = vt_set_now,
                                           .close = vt_close};

/* ---- opening ---- */

bool redis_store_is_up(const struct redis_store *s)
{
    unsigned i = 0;
    while (i < s->connections_open && redis_state(s->redis[i]) == REDIS_UP)
        i++;
    return i == s->how.connections;
}

static void on_state(struct redis *r, enum redis_state state, const char *why, void *data)
{
    struct redis_store *s = data;
    (void)r, (void)why;
    if (s->closing)
        return;
    if (state == REDIS_UP)
        redis_meta_ask(s); /* once the others are up as well */
    else {
        say_why(s);
        redis_meta_lost(s); /* also when another was lost before: its last replies may have told of
                               scripts and numbers */
    }
}

/* Names are copied one after the other; pointers are set once the buffer is complete. */
static int copy_names(struct redis_store *s, const struct store_names *from)
{
    const char *const source[] = {from->prefix,   from->articles, from->group,
                                  from->verdicts, from->alerts,   from->stories};
    const char **const target[] = {&s->how.names.prefix, &s->how.names.articles,
                                   &s->how.names.group,  &s->how.names.verdicts,
                                   &s->how.names.alerts, &s->how.names.stories};
    size_t begin[sizeof source / sizeof source[0]];
    int rc = DUPD_OK;
    for (size_t i = 0; i < sizeof source / sizeof source[0] && !rc; i++) {
        begin[i] = s->strings.len;
        rc = dupd_buf_add(&s->strings, source[i], strlen(source[i]) + 1);
    }
    for (size_t i = 0; i < sizeof source / sizeof source[0] && !rc; i++)
        *target[i] = s->strings.ptr + begin[i];
    return rc;
}

static int open_handles(struct redis_store *s)
{
    if (!s->loop) {
        s->loop = &s->own_loop;
        s->owns_loop = true;
        if (uv_loop_init(s->loop))
            return DUPD_ENOMEM;
    }
    uv_timer_init(s->loop, &s->timer);
    uv_idle_init(s->loop, &s->idle);
    s->timer.data = s->idle.data = s;
    s->handles = 2;
    return redis_meta_start(s);
}

static bool is_valid(const struct store_redis *how, char problem[512])
{
    const struct store_options *o = &how->options;
    if (how->names.prefix[0] && o->owners_max >= 1 && o->owners_max <= FINDER_OWNERS_LIMIT &&
        o->window_s >= 0 && o->window_s <= INT64_C(10) * 366 * 86400 && how->shards >= 16 &&
        how->shards <= 1u << 24 && how->connections >= 1 &&
        how->connections <= REDIS_CONNECTIONS_MAX && how->names.stream_cap >= 1)
        return true;
    snprintf(problem, 512,
             "options of the Redis store out of range: a prefix, owners_max 1 to %u, a window of"
             " ten years at most, shards 16 to 16777216, connections 1 to %u, stream_cap from 1",
             FINDER_OWNERS_LIMIT, REDIS_CONNECTIONS_MAX);
    return false;
}

int redis_store_open(struct store **out, const struct store_redis *how, int64_t now_ms,
                     char problem[512])
{
    (void)now_ms;
    *out = NULL;
    problem[0] = '\0';
    if (!is_valid(how, problem))
        return DUPD_EINVAL;
    struct redis_store *s = calloc(1, sizeof *s);
    if (!s)
        return DUPD_ENOMEM;
    s->base.vtable = &vtable;
    s->how = *how;
    s->loop = how->loop;
    int rc = copy_names(s, &how->names);
    if (rc) {
        dupd_buf_close(&s->strings);
        free(s);
        return rc;
    }
    rc = open_handles(s);
    s->how.redis.on_state = on_state;
    s->how.redis.data = s;
    while (!rc && s->connections_open < how->connections) {
        struct redis_options options = s->how.redis;
        if (s->connections_open == 0) /* what is put goes over it, whose replies are short */
            options.window = PUT_WINDOW;
        rc = redis_open(&s->redis[s->connections_open], s->loop, &how->url, &options, problem);
        s->connections_open += !rc;
    }
    if (rc) {
        s->closing = true;
        s->how.on_closed = NULL;
        if (s->handles)
            close_clients(s);
        if (s->owns_loop) {
            uv_run(s->loop, UV_RUN_DEFAULT);
            uv_loop_close(s->loop);
            free_store(s);
        }
        return rc;
    }
    pack_init(&s->pack);
    *out = &s->base;
    return DUPD_OK;
}

int redis_store_wait(struct store *base, unsigned timeout_ms, char problem[512])
{
    struct redis_store *s = of(base);
    uint64_t end = uv_hrtime() / 1000000 + timeout_ms;
    while (s->state == REDIS_STORE_DOWN && uv_hrtime() / 1000000 < end)
        uv_run(s->loop, UV_RUN_ONCE);
    if (s->state == REDIS_STORE_READY)
        return DUPD_OK;
    say_why(s);
    snprintf(problem, 512, "%s", s->base.problem);
    return s->state == REDIS_STORE_REFUSED ? DUPD_EPARAM : DUPD_EAGAIN;
}

enum redis_store_state redis_store_state(const struct store *base)
{
    return of(base)->state;
}

struct redis *redis_store_client(struct store *base)
{
    return of(base)->redis[0];
}
