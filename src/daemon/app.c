/*
 * app.c: wiring: opens the parts in the order of their needs, closes them in the opposite one.
 *
 *   start   log, rules, metrics, store, intake, queue, socket, signals; READY when the store and
 * the queue answer, or after a while, so that booting does not hang on a Redis that is away stop
 * socket and queue take no more -> their articles are done -> store -> the loop runs empty
 *
 * Failure at the start is one line in the log and the exit status of app.h. Afterwards only a Redis
 * that must not be used ends the daemon by itself.
 */
#include "daemon/app.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/app_parts.h"
#include "dupd/error.h"

#define READY_AFTER_MS 5000u

static const char *variable(const struct app *app, const char *name)
{
    size_t n = strlen(name);
    for (char *const *e = app->options.environment; *e; e++)
        if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
            return *e + n + 1;
    return NULL;
}

static int fail(struct app *app, int status, const char *event, const char *problem)
{
    LOG_PLAIN(&app->log, LOG_ERROR, event, problem[0] ? problem : "cannot start");
    return status;
}

/* ---- ready ---- */

static bool store_is_ready(void *data)
{
    const struct app *app = data;
    return app->thread || redis_store_state(app->store) == REDIS_STORE_READY;
}

static bool everything_is_up(struct app *app)
{
    return store_is_ready(app) && (!app->has_queue || app->queue.state == QUEUE_UP);
}

/* Twice a second: whether to say that we are ready, and that we live. */
static void on_beat(uv_timer_t *timer)
{
    struct app *app = timer->data;
    uint64_t now = uv_now(&app->loop);
    bool up = everything_is_up(app);
    if (!app->ready && !app->stopping && (up || now - app->started_ms >= READY_AFTER_MS)) {
        app->ready = true;
        LOG(&app->log, LOG_NOTICE, "ready", up ? "ready" : "ready, but not everything is there yet",
            log_text("store", app->where));
        notify_send(&app->notify, "READY=1\nSTATUS=%s", up ? "working" : "waiting for Redis");
    }
    if (app->watchdog_ms && now - app->barked_ms >= app->watchdog_ms / 2) {
        app->barked_ms = now;
        notify_send(&app->notify, "WATCHDOG=1");
    }
}

/* ---- the store ---- */

static void on_store_state(struct store *s, void *data)
{
    struct app *app = data;
    enum redis_store_state state = redis_store_state(s);
    if (app->stopping)
        return;
    metrics_set(app->metrics, METRIC_REDIS_UP, METRIC_ROLE_STORE, state == REDIS_STORE_READY);
    if (state == REDIS_STORE_READY) {
        LOG(&app->log, LOG_NOTICE, "store_up", "the store is ready", log_text("store", app->where));
        app->said_store_down = false;
        app->store_was_ready = true;
        if (app->has_queue)
            queue_step(&app->queue);
    } else if (state == REDIS_STORE_REFUSED) {
        LOG(&app->log, LOG_ERROR, "store_refused", "the store must not be used",
            log_text("why", store_problem(s)));
        if (!app->store_was_ready)
            app_stop(app, APP_CONFIG);
    } else if (!app->said_store_down) {
        app->said_store_down = true;
        LOG(&app->log, LOG_WARNING, "store_down", "the store cannot be reached; waiting",
            log_text("why", store_problem(s)));
    }
}

static void on_store_closed(void *data)
{
    (void)data; /* the loop ends by itself */
}

static int status_of_store(int rc)
{
    switch (rc) {
    case DUPD_EBUSY:
        return APP_BUSY;
    case DUPD_ECORRUPT:
    case DUPD_EVERSION:
    case DUPD_ENOTSTORE:
        return APP_DATA;
    case DUPD_EPARAM:
    case DUPD_EINVAL:
        return APP_CONFIG;
    case DUPD_ENOMEM:
        return APP_INTERNAL;
    default:
        return APP_IO;
    }
}

static int open_embedded(struct app *app, const struct store_options *options, char problem[512])
{
    struct store *inner;
    int rc = store_open(&inner, app->where, options, rules_wall_ms(NULL), problem);
    if (!rc)
        rc = store_thread_open(&app->thread, &app->loop, inner);
    if (!rc)
        app->store = store_thread_base(app->thread);
    return rc;
}

static int open_store(struct app *app)
{
    const struct settings *s = app->options.settings;
    char problem[512] = "";
    struct store_options options;
    where_store_options(s, WHERE_CREATE, &options);
    options.outbox = s->redis[0] != '\0';
    int rc = where_store(s, variable(app, "XDG_DATA_HOME"), variable(app, "HOME"), &app->where);
    if (!rc && !app->where)
        return fail(app, APP_CONFIG, "store_failed",
                    "no place for the store: HOME is not set; give --store");
    bool in_redis = !rc && redis_url_is_one(app->where);
    if (in_redis)
        rc = where_open_redis(s, app->where, &app->names, &options, &app->loop,
                              &(struct where_callbacks){on_store_state, on_store_closed, app},
                              &app->store, problem);
    else if (!rc)
        rc = open_embedded(app, &options, problem);
    if (rc)
        return fail(app, status_of_store(rc), "store_failed",
                    problem[0] ? problem : dupd_error_text(rc));
    metrics_set(app->metrics, METRIC_REDIS_USED, METRIC_ROLE_STORE, in_redis);
    if (in_redis) { /* from here on only for people */
        free(app->where);
        app->where = strdup(redis_where(redis_store_client(app->store)));
        if (!app->where)
            return APP_INTERNAL;
    }
    return APP_OK;
}

/* ---- the queue ---- */

static void on_refused(const char *why, void *data)
{
    struct app *app = data;
    LOG(&app->log, LOG_ERROR, "redis_refused", "this Redis cannot be used", log_text("why", why));
    app_stop(app, APP_UNAVAILABLE);
}

/* The commit of a store in Redis answers queue entries in the same script, which two servers cannot
 * do; the daemon answers for a store in a directory. */
static bool is_one_redis(const struct app *app, const struct redis_url *queue)
{
    const struct settings *s = app->options.settings;
    struct redis_url store;
    char problem[256];
    const char *text = s->store[0] ? s->store : s->redis;
    return redis_url_parse(&store, text, problem) == 0 && where_is_same(&store, queue);
}

static void set_queue_limits(struct app *app, struct queue_options *o)
{
    const struct settings *s = app->options.settings;
    o->keep_entries = s->keep_entries;
    o->stream_cap = s->stream_cap;
    o->window_s = s->window;
    o->inflight = s->inflight;
    o->inflight_bytes = s->inflight_bytes;
    o->max_message = s->max_message;
    o->deliveries = (unsigned)s->deliveries;
    o->claim_idle_ms = s->claim_idle * 1000;
    o->collection = s->collection;
}

static int open_queue(struct app *app)
{
    const struct settings *s = app->options.settings;
    struct queue_options o = {
        .names = &app->names, .store_is_ready = store_is_ready, .refused = on_refused, .data = app};
    char problem[512] = "";
    if (!s->redis[0])
        return APP_OK;
    set_queue_limits(app, &o);
    int rc = where_redis(s, s->redis, &o.url, &o.redis, problem);
    if (rc)
        return fail(app, APP_CONFIG, "redis_failed", problem);
    o.store_answers = !app->thread;
    if (o.store_answers && !is_one_redis(app, &o.url))
        return fail(app, APP_CONFIG, "two_redis",
                    "--store is in another Redis than --redis: keep both in one, or the store in a "
                    "directory");
    rc = queue_open(&app->queue, &app->loop, &app->log, app->metrics, &app->intake, &o, problem);
    if (rc)
        return fail(app, rc == DUPD_ENOMEM ? APP_INTERNAL : APP_CONFIG, "redis_failed", problem);
    app->has_queue = true;
    metrics_set(app->metrics, METRIC_REDIS_USED, METRIC_ROLE_QUEUE, 1);
    if (app->thread)
        outbox_open(&app->outbox, &app->queue, &app->intake);
    return APP_OK;
}

static int open_socket(struct app *app)
{
    char problem[512];
    if (!app->thread)
        return APP_OK;
    if (socket_open(&app->socket, &app->loop, &app->log, &app->intake, app->where, problem))
        return fail(app, APP_IO, "socket_failed", problem);
    app->has_socket = true;
    return APP_OK;
}

/* ---- HTTP ---- */

/* What the store says; of a Redis that is away it says where that is, and so do the words of the
 * client that it passes on: once is enough. */
static const char *store_says(const struct app *app)
{
    const char *text = store_problem(app->store), *where = app->where ? app->where : "";
    size_t n = strlen(where);
    bool twice = n && strncmp(text, where, n) == 0 && strncmp(text + n, ": ", 2) == 0 &&
                 strncmp(text + n + 2, where, n) == 0;
    return twice ? text + n + 2 : text;
}

static bool is_ready(void *data, char why[ARTICLE_PROBLEM_MAX])
{
    struct app *app = data;
    const char *text = !store_is_ready(app)                             ? store_says(app)
                       : app->has_queue && app->queue.state != QUEUE_UP ? app->queue.problem
                                                                        : "";
    bool ready = !app->stopping && everything_is_up(app);
    snprintf(why, ARTICLE_PROBLEM_MAX, "%.200s",
             app->stopping ? "stopping"
             : text[0]     ? text
                           : "not connected yet");
    return ready;
}

static int open_eyes(struct app *app)
{
    const struct settings *s = app->options.settings;
    char problem[512], dir[4096] = "";
    if (!s->http[0] && !s->webhook[0])
        return APP_OK;
    const char *given = variable(app, "STATE_DIRECTORY");
    if (s->state[0])
        snprintf(dir, sizeof dir, "%s", s->state);
    else if (app->thread)
        snprintf(dir, sizeof dir, "%s/view", app->where);
    else if (given)
        snprintf(dir, sizeof dir, "%s", given);
    struct eyes_options o = {.loop = &app->loop,
                             .log = &app->log,
                             .metrics = app->metrics,
                             .intake = &app->intake,
                             .store = app->store,
                             .settings = s,
                             .version = app->options.version,
                             .state_dir = dir[0] ? dir : NULL,
                             .embedded = app->thread != NULL,
                             .names = &app->names,
                             .ready = is_ready,
                             .data = app};
    int rc = eyes_open(&app->eyes, &o, problem);
    if (rc)
        return fail(app,
                    rc == DUPD_EINVAL   ? APP_CONFIG
                    : rc == DUPD_ENOMEM ? APP_INTERNAL
                                        : APP_IO,
                    "http_failed", problem);
    app->has_eyes = true;
    metrics_set(app->metrics, METRIC_REDIS_USED, METRIC_ROLE_VIEW, s->http[0] && !app->thread);
    return APP_OK;
}

/* ---- rules and metrics ---- */

static int open_rules(struct app *app)
{
    struct rules rules;
    char problem[512];
    const struct settings *s = app->options.settings;
    int rc = rules_load(&rules, s, problem);
    if (rc)
        return fail(app, rc == DUPD_ENOMEM ? APP_INTERNAL : APP_CONFIG, "config_failed", problem);
    app->rules = rules;
    struct metrics_names names = {.version = app->options.version,
                                  .store = s->store[0] || s->redis[0] ? "redis" : "embedded",
                                  .agencies = rules.agencies};
    const char *where = s->store[0] ? s->store : s->redis;
    names.store = redis_url_is_one(where) ? "redis" : "embedded";
    return metrics_new(&app->metrics, &names) ? APP_INTERNAL : APP_OK;
}

static int open_intake(struct app *app)
{
    int rc = intake_open(&app->intake, &app->loop, &app->log, app->metrics, &app->workers,
                         app->store, app->thread, &app->rules, app->options.settings);
    app->has_intake = true; /* has the rules in any case */
    return rc ? APP_INTERNAL : APP_OK;
}

/* ---- the end ---- */

/* Everything that was given to the intake is done: the store, then what is left of the loop. */
static void finish(struct app *app)
{
    if (app->waiting)
        return;
    if (app->intake.working || app->intake.unflushed.first) {
        /* the store did not come back within the drain: what is in work stays pending */
        LOG_PLAIN(&app->log, LOG_WARNING, "stopped", "stopped in the middle of work");
        _exit(app->status);
    }
    watch_close(&app->watch); /* nobody waits for the loop any more */
    intake_close(&app->intake);
    store_close(app->store);
    uv_close((uv_handle_t *)&app->beat, NULL);
    signals_close(&app->signals);
}

static void on_part_closed(void *data)
{
    struct app *app = data;
    app->waiting--;
    finish(app);
}

static void on_queue_drained(void *data)
{
    struct app *app = data;
    if (app->thread)
        outbox_close(&app->outbox, on_part_closed, app);
    else
        on_part_closed(app);
}

void app_stop(struct app *app, int status)
{
    if (app->stopping)
        return;
    app->stopping = true;
    app->status = status;
    notify_send(&app->notify, "STOPPING=1");
    LOG(&app->log, LOG_NOTICE, "stopping", "finishing what is in work",
        log_int("in_work", (int64_t)app->intake.working));
    app->waiting = 1u + app->has_socket + app->has_queue + app->has_eyes;
    if (app->has_eyes)
        eyes_close(&app->eyes, on_part_closed, app);
    if (app->has_socket)
        socket_close(&app->socket, on_part_closed, app);
    if (app->has_queue)
        queue_drain(&app->queue, app->options.settings->drain * 1000, on_queue_drained, app);
    on_part_closed(app);
}

static void on_stop_signal(void *data)
{
    struct app *app = data;
    watch_woken(&app->watch);
    if (!app->stopping) {
        app_stop(app, APP_OK);
        return;
    }
    LOG_PLAIN(&app->log, LOG_WARNING, "stopped", "stopped at once, as told twice");
    _exit(APP_OK);
}

static void on_reload_signal(void *data)
{
    struct app *app = data;
    watch_woken(&app->watch);
    app_reload(app);
}

/* ---- all of it ---- */

static int open_all(struct app *app)
{
    int status = where_names(&app->names, app->options.settings) ? APP_INTERNAL : APP_OK;
    status = status ? status : open_rules(app);
    status = status ? status : open_store(app);
    status = status ? status : open_intake(app);
    status = status ? status : open_queue(app);
    status = status ? status : open_socket(app);
    status = status ? status : open_eyes(app);
    if (status)
        return status;
    watch_open(&app->watch, &app->loop, &app->log, app->metrics);
    signals_open(&app->signals, &app->loop,
                 &(struct signal_actions){on_stop_signal, on_reload_signal, app});
    uv_timer_init(&app->loop, &app->beat);
    app->beat.data = app;
    uv_timer_start(&app->beat, on_beat, 0, 500);
    app->started_ms = uv_now(&app->loop);
    return APP_OK;
}

static void close_rest(struct app *app)
{
    metrics_free(app->metrics);
    where_names_close(&app->names);
    notify_close(&app->notify);
    free(app->where);
    log_close(&app->log);
}

int app_run(const struct app_options *options)
{
    struct app *app = calloc(1, sizeof *app);
    const struct settings *s = options->settings;
    if (!app)
        return APP_INTERNAL;
    app->options = *options;
    log_init(&app->log, options->err, (enum log_format)s->log_format, (enum log_level)s->log_level,
             variable(app, "JOURNAL_STREAM"));
    notify_open(&app->notify, variable(app, "NOTIFY_SOCKET"));
    app->watchdog_ms =
        notify_watchdog_ms(variable(app, "WATCHDOG_USEC"), variable(app, "WATCHDOG_PID"));
    unsigned threads = workers_count(s->threads);
    workers_prepare(threads);
    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&app->loop)) {
        free(app);
        return APP_INTERNAL;
    }
    workers_init(&app->workers, &app->loop, threads);
    int status = open_all(app);
    if (status) {
        /* nothing has been taken in yet: the process ends, and the kernel closes what is open */
        notify_send(&app->notify, "STOPPING=1");
        exit(status);
    }
    uv_run(&app->loop, UV_RUN_DEFAULT);
    uv_loop_close(&app->loop);
    status = app->status;
    LOG_PLAIN(&app->log, LOG_NOTICE, "stopped", "stopped");
    close_rest(app);
    free(app);
    return status;
}
