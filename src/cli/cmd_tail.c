/*
 * cmd_tail.c: `dupd tail`: what the daemon publishes, as it comes.
 *
 * Happy path: the stream is read from behind the newest entry (or --from), each entry printed as a
 * line: for people, or as it is with --json. Failure: a lost connection is said and waited for; the
 * entries that came meanwhile follow, since the place in the stream is kept.
 */
#include "cli/redis_sync.h"
#include "cli/term.h"
#include "dupd/error.h"
#include "input/json_pick.h"

#define BLOCK_MS 1000u
#define COUNT 100u
#define WAIT_MS 1000u

struct tail {
    struct cli *cli;
    struct redis_sync redis;
    struct redis_batch batch;
    const char *stream;
    char last[64]; /* the entry that was printed last */
    uint64_t printed;
    struct dupd_buf line;
    bool failed;
};

static bool is_over(const struct tail *t)
{
    return t->failed || (t->cli->settings.limit && t->printed >= t->cli->settings.limit);
}

/* " name value", if there is a value. */
static void put_text(struct tail *t, struct dupd_view json, const char *name, const char *before)
{
    struct dupd_buf text = {0};
    if (json_pick_text(json, name, &text) == 0 && text.len) {
        dupd_buf_add_str(&t->line, before);
        term_add(&t->line, dupd_buf_view(&text), 80);
    }
    dupd_buf_close(&text);
}

static void put_raw(struct tail *t, struct dupd_view json, const char *name, const char *before)
{
    struct dupd_view v = json_pick(json, name);
    if (v.len == 0 || dupd_view_equal(v, DUPD_VIEW("null")))
        return;
    dupd_buf_add_str(&t->line, before);
    term_add(&t->line, v, 40);
}

/* "12:04:31", of "2026-01-02T12:04:31.678Z". */
static void put_clock(struct tail *t, struct dupd_view json, const char *name)
{
    struct dupd_view v = json_pick(json, name);
    if (v.len >= 19)
        dupd_buf_add(&t->line, v.ptr + 11, 8);
    else
        dupd_buf_add_str(&t->line, "        ");
}

static void put_origin(struct tail *t, struct dupd_view json)
{
    struct dupd_view origin = json_pick(json, "origin");
    put_text(t, origin, "id", "  from ");
    put_text(t, origin, "source", " of ");
}

static void put_verdict(struct tail *t, struct dupd_view json)
{
    bool copy = dupd_view_equal(json_pick(json, "copy"), DUPD_VIEW("true"));
    put_clock(t, json, "decided_at");
    dupd_buf_add_str(&t->line, "  ");
    dupd_buf_add_str(&t->line, term_begin(t->cli->color, copy ? TERM_ALARM : TERM_CALM));
    dupd_buf_add_str(&t->line, copy ? "COPY " : "     ");
    size_t at = t->line.len;
    put_text(t, json, "verdict", "");
    while (t->line.len < at + 13)
        dupd_buf_add_char(&t->line, ' ');
    dupd_buf_add_str(&t->line, term_end(t->cli->color));
    put_text(t, json, "id", "  ");
    put_origin(t, json);
    put_text(t, json, "story", "  story ");
    if (dupd_view_equal(json_pick(json, "replay"), DUPD_VIEW("true")))
        dupd_buf_add_str(&t->line, "  (again)");
}

static void put_alert(struct tail *t, struct dupd_view json)
{
    put_clock(t, json, "at");
    dupd_buf_add_str(&t->line, "  ");
    dupd_buf_add_str(&t->line, term_begin(t->cli->color, TERM_ALARM));
    put_text(t, json, "verdict", "");
    dupd_buf_add_str(&t->line, term_end(t->cli->color));
    put_text(t, json, "source", "  ");
    put_text(t, json, "id", "  ");
    put_origin(t, json);
    put_text(t, json_pick(json, "agency"), "name", "  agency ");
    if (dupd_view_equal(json_pick(json, "credited"), DUPD_VIEW("false")))
        dupd_buf_add_str(&t->line, ", not credited");
    put_text(t, json, "story", "  story ");
}

static void put_story(struct tail *t, struct dupd_view json)
{
    put_clock(t, json, "at");
    put_text(t, json, "story", "  story ");
    put_text(t, json, "event", " ");
    put_raw(t, json, "members", "  members ");
    put_raw(t, json, "outlets", ", outlets ");
    put_text(t, json_pick(json, "origin"), "id", "  origin ");
}

static void print(struct tail *t, struct dupd_view json)
{
    const struct settings *s = &t->cli->settings;
    dupd_buf_clear(&t->line);
    if (s->json)
        dupd_buf_add_view(&t->line, json);
    else if (s->alerts)
        put_alert(t, json);
    else if (s->stories)
        put_story(t, json);
    else
        put_verdict(t, json);
    dupd_buf_add_char(&t->line, '\n');
    fwrite(t->line.ptr, 1, t->line.len, t->cli->out);
    t->printed++;
}

/* [id, [field, value, ...]]: the value that is a JSON object. */
static void take_entry(struct tail *t, const redisReply *entry)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements < 2 ||
        entry->element[1]->type != REDIS_REPLY_ARRAY || is_over(t))
        return;
    const redisReply *fields = entry->element[1];
    struct dupd_view id = redis_sync_view(entry->element[0]);
    snprintf(t->last, sizeof t->last, "%.*s", (int)id.len, id.ptr);
    for (size_t i = 1; i < fields->elements; i += 2) {
        struct dupd_view v = redis_sync_view(fields->element[i]);
        if (v.len && v.ptr[0] == '{') {
            print(t, v);
            return;
        }
    }
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct tail *t = ((struct redis_sync *)b->data)->data;
    (void)index;
    if (reply->type == REDIS_REPLY_ERROR) {
        struct dupd_view text = redis_sync_view(reply);
        if (redis_class_status(redis_class_of(text)) != DUPD_EAGAIN) {
            cli_problem(t->cli, "%s: %.*s", t->stream, (int)text.len, text.ptr);
            t->failed = true;
        }
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
        return;
    const redisReply *stream = reply->element[0];
    for (size_t i = 0; stream->elements > 1 && i < stream->element[1]->elements; i++)
        take_entry(t, stream->element[1]->element[i]);
}

static void on_newest(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct tail *t = ((struct redis_sync *)b->data)->data;
    (void)index;
    snprintf(t->last, sizeof t->last, "0-0");
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
        reply->element[0]->elements > 0) {
        struct dupd_view id = redis_sync_view(reply->element[0]->element[0]);
        snprintf(t->last, sizeof t->last, "%.*s", (int)id.len, id.ptr);
    }
}

/* "$" is made a place in the stream, once: asked for again after a lost connection it would be
 * another one. */
static int find_beginning(struct tail *t)
{
    if (strcmp(t->cli->settings.from, "$") != 0) {
        snprintf(t->last, sizeof t->last, "%s", t->cli->settings.from);
        return CLI_OK;
    }
    redis_batch_begin(&t->batch);
    t->batch.on_reply = on_newest;
    redis_batch_addf(&t->batch, "XREVRANGE %s + - COUNT 1", t->stream);
    if (redis_sync_run(&t->redis, &t->batch))
        return cli_problem(t->cli, "%s", redis_problem(t->redis.client));
    return CLI_OK;
}

static void follow(struct tail *t)
{
    bool said = false;
    while (!is_over(t)) {
        redis_batch_begin(&t->batch);
        t->batch.on_reply = on_reply;
        t->batch.deadline_ms = BLOCK_MS + 5000;
        redis_batch_addf(&t->batch, "XREAD COUNT %u BLOCK %u STREAMS %s %s", (uint64_t)COUNT,
                         (uint64_t)BLOCK_MS, t->stream, t->last);
        int rc = redis_sync_run(&t->redis, &t->batch);
        if (fflush(t->cli->out))
            return; /* main.c says so */
        if (rc && !said)
            cli_problem(t->cli, "%s; waiting", redis_problem(t->redis.client));
        said = rc != 0;
        if (rc)
            redis_sync_sleep(&t->redis, WAIT_MS);
    }
}

int command_tail(struct cli *cli)
{
    struct tail t = {.cli = cli};
    if (cli->settings.alerts && cli->settings.stories)
        return cli_problem(cli, "tail: one of --alerts and --stories at a time");
    int status = redis_sync_open(cli, &t.redis);
    t.redis.data = &t;
    t.stream = cli->settings.alerts    ? t.redis.names.alerts
               : cli->settings.stories ? t.redis.names.stories
                                       : t.redis.names.verdicts;
    if (!status)
        status = find_beginning(&t);
    if (!status)
        follow(&t);
    redis_batch_close(&t.batch);
    dupd_buf_close(&t.line);
    redis_sync_close(&t.redis);
    return status || t.failed ? CLI_TROUBLE : CLI_OK;
}
