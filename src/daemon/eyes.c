/*
 * eyes.c: opening, the tick, feeding, closing.
 *
 * Every 250 ms what was fed is flushed and the live feed woken; the view's journal is moved on a
 * thread. Failure: a view that cannot be written is logged and goes on being shown as it is;
 * nothing of it holds up an article.
 */
#include "daemon/eyes.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/news.h"
#include "daemon/rules.h"
#include "dupd/error.h"

#define TICK_MS 250
#define TOKEN_MAX 4096
#define QUERY_HERE_MS 250

void eyes_feed(struct eyes *e, enum view_kind kind, struct dupd_view position,
               struct dupd_view json, struct dupd_view article)
{
    struct view_item item = {kind, position, json, article, rules_wall_ms(NULL)};
    int rc = view_feed(e->view, &item);
    e->fed = true;
    if (rc == DUPD_ESYNTAX)
        LOG_PLAIN(e->options.log, LOG_DEBUG, "view_skipped", "something that is none was skipped");
    else if (rc)
        LOG(e->options.log, LOG_WARNING, "view_failed", "the dashboard's view cannot be written",
            log_text("why", dupd_error_text(rc)));
}

static void on_news(void *data, const struct work *w)
{
    struct eyes *e = data;
    struct dupd_view none = {0}, json, article = {0}, position = {0};
    size_t at = 0;
    enum news_kind kind;
    while ((kind = news_next(&w->news, &at, &json))) {
        if (kind == NEWS_ARTICLE)
            article = json;
        else if (kind == NEWS_NUMBER && e->options.embedded)
            position = json;
    }
    if (e->view)
        eyes_feed(e, VIEW_VERDICT, position, dupd_buf_view(&w->json), article);
    at = 0;
    while ((kind = news_next(&w->news, &at, &json))) {
        if (kind == NEWS_ALERT && e->webhook)
            webhook_alert(e->webhook, json);
        if (!e->view)
            continue;
        if (kind == NEWS_ALERT)
            eyes_feed(e, VIEW_ALERT, none, json, none);
        else if (kind == NEWS_STORY)
            eyes_feed(e, VIEW_STORY, none, json, none);
    }
}

static void move_journal(uv_work_t *work)
{
    const struct eyes *e = work->data;
    view_checkpoint(e->view); /* what it leaves is moved next time */
}

static void on_journal_moved(uv_work_t *work, int status)
{
    struct eyes *e = work->data;
    (void)status;
    e->moving = false;
    if (e->closing)
        eyes_part_closed(e);
}

static void on_tick(uv_timer_t *timer)
{
    struct eyes *e = timer->data;
    if (e->options.embedded)
        eyes_recall_tick(e);
    else
        eyes_follow_tick(e);
    eyes_refresh(e);
    if (!e->fed)
        return;
    e->fed = false;
    int rc = view_flush(e->view, rules_wall_ms(NULL));
    if (rc)
        LOG(e->options.log, LOG_WARNING, "view_failed", "the dashboard's view cannot be written",
            log_text("why", dupd_error_text(rc)));
    if (!e->moving && view_is_checkpoint_due(e->view)) {
        e->checkpoint.data = e;
        e->moving = uv_queue_work(timer->loop, &e->checkpoint, move_journal, on_journal_moved) == 0;
    }
    api_wake(e->api);
}

/* ---- opening ---- */

/* The first line of a file, as a string of our own; NULL: it cannot be read, or is empty. */
static char *read_token(const char *path, const char *option, char problem[512])
{
    char line[TOKEN_MAX + 2] = "";
    FILE *f = fopen(path, "re");
    if (!f || !fgets(line, sizeof line, f))
        snprintf(problem, 512, "%.300s: cannot be read; check %s", path, option);
    if (f)
        fclose(f);
    line[strcspn(line, "\r\n")] = 0;
    if (line[0] == 0 && !problem[0])
        snprintf(problem, 512, "%.300s: the first line is empty; check %s", path, option);
    return problem[0] ? NULL : strdup(line);
}

/* "127.0.0.1:8080", "[::1]:8080", ":8080", "8080", "unix:/path" */
static int read_address(const char *text, char address[256], unsigned *port)
{
    *port = 0;
    if (strncmp(text, "unix:", 5) == 0)
        return snprintf(address, 256, "%s", text) < 256 ? DUPD_OK : DUPD_EINVAL;
    const char *colon = strrchr(text, ':');
    const char *digits = colon ? colon + 1 : text;
    size_t len = colon ? (size_t)(colon - text) : 0;
    if (!*digits || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 5)
        return DUPD_EINVAL;
    *port = (unsigned)strtoul(digits, NULL, 10);
    if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (*port > 65535 || len >= 256)
        return DUPD_EINVAL;
    snprintf(address, 256, "%.*s", (int)len, text);
    if (len == 0 || strcmp(address, "localhost") == 0)
        snprintf(address, 256, "127.0.0.1");
    return DUPD_OK;
}

static void on_api_log(void *data, const char *line)
{
    struct eyes *e = data;
    LOG(e->options.log, LOG_WARNING, "http", "http", log_text("what", line));
}

static int open_api(struct eyes *e, const struct settings *s, char problem[512])
{
    struct api_options o;
    char address[256];
    api_options_default(&o);
    if (read_address(s->http, address, &o.port)) {
        snprintf(problem, 512, "http: '%.200s' is not an address such as 127.0.0.1:8080", s->http);
        return DUPD_EINVAL;
    }
    char *token =
        s->http_token_file[0] ? read_token(s->http_token_file, "--http-token-file", problem) : NULL;
    if (problem[0])
        return DUPD_EINVAL;
    o.address = address;
    o.token = token;
    o.hosts = s->http_hosts;
    o.connections_max = (unsigned)s->http_connections;
    o.event_clients_max = (unsigned)s->http_event_clients;
    o.body_max = s->http_body_max;
    o.message_max = s->max_message;
    o.head_timeout_ms = (unsigned)s->http_timeout * 1000;
    o.body_timeout_ms = 3 * o.head_timeout_ms;
    o.idle_timeout_ms = 7 * o.head_timeout_ms;
    o.version = e->options.version;
    o.metrics = e->options.metrics;
    o.view = e->view;
    o.reader = e->reader;
    o.backend = eyes_backend(e);
    o.log = on_api_log;
    o.log_data = e;
    int rc = api_open(&e->api, e->options.loop, &o, problem);
    if (token)
        explicit_bzero(token, strlen(token));
    free(token);
    if (!rc) {
        char place[300];
        snprintf(place, sizeof place, "%s%s%s",
                 strchr(address, ':') && address[0] != 'u' ? "[" : "", address,
                 strchr(address, ':') && address[0] != 'u' ? "]" : "");
        LOG(e->options.log, LOG_NOTICE, "http_up", "the dashboard is there",
            log_text("address", place), log_int("port", api_port(e->api)));
    }
    return rc;
}

static int open_view(struct eyes *e, const struct settings *s, char problem[512])
{
    struct view_options o;
    const char *dir = e->options.state_dir;
    view_options_default(&o);
    o.window_s = (int64_t)s->window;
    o.rows_max = s->view_rows;
    if (dir && mkdir(dir, 0700) && access(dir, W_OK)) {
        LOG(e->options.log, LOG_WARNING, "view_in_memory",
            "no place for the dashboard's view: it is kept in memory, and begins anew next time",
            log_text("directory", dir));
        dir = NULL;
    }
    if (!dir)
        o.query_ms = QUERY_HERE_MS; /* it has no reader: asked on the loop */
    int rc = view_open(&e->view, dir, &o, problem);
    if (rc || !dir)
        return rc;
    rc = view_open_reader(&e->reader, e->view);
    if (rc)
        snprintf(problem, 512, "the dashboard's view in %.200s cannot be read: %s", dir,
                 dupd_error_text(rc));
    return rc;
}

static void on_webhook_log(void *data, const char *line)
{
    struct eyes *e = data;
    LOG(e->options.log, LOG_WARNING, "webhook", "webhook", log_text("what", line));
}

static int open_webhook(struct eyes *e, const struct settings *s, char problem[512])
{
    struct webhook_options o;
    if (!s->webhook[0])
        return DUPD_OK;
    webhook_options_default(&o);
    char *secret = s->webhook_secret_file[0]
                       ? read_token(s->webhook_secret_file, "--webhook-secret-file", problem)
                       : NULL;
    if (problem[0])
        return DUPD_EINVAL;
    o.urls = s->webhook;
    o.secret = secret ? secret : "";
    o.ca = s->webhook_ca;
    o.format = (enum webhook_format)s->webhook_format;
    o.uncredited_only = s->webhook_uncredited;
    o.digest_s = (unsigned)s->webhook_digest;
    o.metrics = e->options.metrics;
    o.log = on_webhook_log;
    o.log_data = e;
    int rc = webhook_open(&e->webhook, e->options.loop, &o, problem);
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
    return rc;
}

/* The dashboard and what feeds it. */
static int open_http(struct eyes *e, const struct settings *s, char problem[512])
{
    int rc = open_view(e, s, problem);
    if (!rc && !e->options.embedded)
        rc = eyes_follow_open(e, s, problem);
    rc = rc ? rc : open_api(e, s, problem);
    if (rc)
        return rc;
    uv_timer_init(e->options.loop, &e->tick);
    e->tick.data = e;
    uv_timer_start(&e->tick, on_tick, 0, TICK_MS);
    return DUPD_OK;
}

int eyes_open(struct eyes *e, const struct eyes_options *options, char problem[512])
{
    const struct settings *s = options->settings;
    problem[0] = 0;
    e->options = *options;
    int rc = open_webhook(e, s, problem);
    if (!rc && s->http[0])
        rc = open_http(e, s, problem);
    e->options.settings = NULL; /* may change from here on */
    if (rc)
        return rc;
    options->intake->on_news = on_news;
    options->intake->news_data = e;
    return DUPD_OK;
}

/* ---- closing ---- */

void eyes_part_closed(struct eyes *e)
{
    if (--e->waiting)
        return;
    view_close(e->reader);
    view_close(e->view);
    e->view = e->reader = NULL;
    store_release(&e->figures.op.op);
    store_release(&e->recall.list.op);
    store_release(&e->recall.fetch.op);
    store_release(&e->recall.lookup.op);
    store_release(&e->recall.member.op);
    store_release(&e->recall.standing.op);
    dupd_buf_close(&e->recall.later.id);
    dupd_buf_close(&e->recall.about);
    dupd_buf_close(&e->recall.collection);
    dupd_buf_close(&e->recall.id);
    redis_batch_close(&e->follow.batch);
    e->closed(e->closed_data);
}

static void on_part_over(void *data)
{
    eyes_part_closed(data);
}

static void on_tick_closed(uv_handle_t *handle)
{
    eyes_part_closed(handle->data);
}

void eyes_close(struct eyes *e, void (*closed)(void *data), void *data)
{
    e->closing = true;
    e->closed = closed;
    e->closed_data = data;
    e->options.intake->on_news = NULL;
    e->waiting = 1u + e->figures.asking + e->recall.listing + e->recall.describing + e->moving;
    if (e->webhook) {
        e->waiting++;
        webhook_close(e->webhook, on_part_over, e);
    }
    if (e->api) {
        e->waiting += 2;
        uv_close((uv_handle_t *)&e->tick, on_tick_closed);
        eyes_follow_close(e);
        api_close(e->api, on_part_over, e);
    }
    eyes_part_closed(e);
}
