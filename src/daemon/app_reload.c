/*
 * app_reload.c: SIGHUP: the configuration is read again.
 *
 * Happy path: flags, environment and file are read whole into new settings, and the data files of
 * agencies and furniture are read; when no article is being judged, the new rules take the place of
 * the old. What can only be set at the start is named and keeps its old value. Failure: a mistake
 * anywhere is said, and everything stays as it was.
 */
#include <stdlib.h>

#include "daemon/app_parts.h"

/* What a reload may change. */
static bool is_reloadable(const struct setting *row)
{
    static const char *const names[] = {"log_level",  "inflight",    "inflight_bytes",
                                        "deliveries", "max_article", "max_message"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(row->name, names[i]) == 0)
            return true;
    return row->group == GROUP_RULE && strcmp(row->name, "window") != 0;
}

/* True when the daemon looks at it at all. */
static bool matters(const struct setting *row)
{
    return row->group & (GROUP_STORE | GROUP_INPUT | GROUP_WORK | GROUP_RULE | GROUP_INDEX |
                         GROUP_REDIS | GROUP_QUEUE | GROUP_DAEMON);
}

static bool differs(const struct settings *a, const struct settings *b, enum setting_id id)
{
    struct dupd_buf x = {0}, y = {0};
    int rc = settings_format(a, id, &x);
    rc = rc ? rc : settings_format(b, id, &y);
    bool differ = rc || !dupd_view_equal(dupd_buf_view(&x), dupd_buf_view(&y));
    dupd_buf_close(&x);
    dupd_buf_close(&y);
    return differ;
}

/* Names what was changed and stays as it is until the next start. */
static void name_the_others(struct app *app)
{
    struct dupd_buf names = {0};
    for (enum setting_id id = 0; id < SETTING_ID_COUNT; id++) {
        const struct setting *row = setting_row(id);
        if (matters(row) && !is_reloadable(row) && differs(app->options.settings, &app->fresh, id))
            dupd_buf_addf(&names, "%s%s", names.len ? " " : "", row->name);
    }
    if (names.len)
        LOG(&app->log, LOG_WARNING, "reload_needs_restart",
            "changed, but only a restart applies it", log_view("options", dupd_buf_view(&names)));
    dupd_buf_close(&names);
}

/* Copies a number; TEXT options are read by rules_load and not looked at again. */
static void apply_settings(struct settings *to, const struct settings *from)
{
    to->log_level = from->log_level;
    to->inflight = from->inflight;
    to->inflight_bytes = from->inflight_bytes;
    to->deliveries = from->deliveries;
    to->max_article = from->max_article;
    to->max_message = from->max_message;
    to->candidates_verified = from->candidates_verified;
    to->min_estimate = from->min_estimate;
    to->min_shared = from->min_shared;
    to->short_words = from->short_words;
    to->backdate_max = from->backdate_max;
    to->thresholds = from->thresholds;
}

static void on_quiet(struct intake *intake, void *data)
{
    struct app *app = data;
    struct settings *s = app->options.settings;
    int rc = intake_set_rules(intake, &app->fresh_rules, &app->fresh);
    app->fresh_rules = (struct rules){0};
    app->reloading = false;
    if (rc) {
        LOG(&app->log, LOG_ERROR, "reload_failed", "the configuration stays as it was",
            log_text("why", dupd_error_text(rc)));
    } else {
        apply_settings(s, &app->fresh);
        app->log.level = (enum log_level)s->log_level;
        struct queue_options *o = &app->queue.options;
        o->inflight = s->inflight;
        o->inflight_bytes = s->inflight_bytes;
        o->deliveries = (unsigned)s->deliveries;
        o->max_message = s->max_message;
        LOG_PLAIN(&app->log, LOG_NOTICE, "reloaded", "the configuration was read again");
    }
    settings_close(&app->fresh);
    notify_send(&app->notify, "READY=1");
}

/* Each line of `problems` is an event. */
static void say_problems(struct app *app, struct dupd_view problems)
{
    while (problems.len) {
        const char *end = memchr(problems.ptr, '\n', problems.len);
        size_t n = end ? (size_t)(end - problems.ptr) : problems.len;
        LOG(&app->log, LOG_ERROR, "reload_failed", "the configuration stays as it was",
            log_view("why", (struct dupd_view){problems.ptr, n}));
        n += end != NULL;
        problems = (struct dupd_view){problems.ptr + n, problems.len - n};
    }
}

void app_reload(void *data)
{
    struct app *app = data;
    struct dupd_buf problems = {0};
    char problem[512];
    if (app->stopping || app->reloading)
        return;
    notify_send(&app->notify, "RELOADING=1\nMONOTONIC_USEC=%llu",
                (unsigned long long)rules_mono_us(NULL));
    int rc = app->options.reload(app->options.data, &app->fresh, &problems);
    if (rc) {
        say_problems(app, dupd_buf_view(&problems));
    } else if ((rc = rules_load(&app->fresh_rules, &app->fresh, problem))) {
        say_problems(app, dupd_view_of(problem));
        settings_close(&app->fresh);
    }
    dupd_buf_close(&problems);
    if (rc) {
        notify_send(&app->notify, "READY=1");
        return;
    }
    name_the_others(app);
    app->reloading = true;
    intake_quiesce(&app->intake, on_quiet, app);
}
