/*
 * cmd_dead.c: `dupd dead`: the queue entries that were given up: list, give back, throw away.
 *
 * Happy path: list prints them oldest first; requeue puts the original fields back into the queue
 * and removes the dead entry, in one script; drop removes. Entries are named as list prints them,
 * or all by --all. Failure: an entry that is not there, or that was cut because it was too large,
 * is said, and the others follow.
 */
#include "cli/redis_sync.h"
#include "cli/term.h"
#include "cli/words.h"
#include "daemon/script.h"
#include "dupd/error.h"
#include "engine/json_write.h"

#define PAGE 100u
#define ID_MAX 64u
#define ADDED "6" /* fields that the daemon adds at the end: error ... entry */

struct dead {
    struct cli *cli;
    struct redis_sync redis;
    struct redis_batch batch;
    char last[ID_MAX];       /* of the page */
    char page[PAGE][ID_MAX]; /* its ids */
    unsigned page_count;
    long long answer; /* of a script or XDEL */
    bool unknown;     /* the script must be sent whole */
    char error[256];
    uint64_t count, failed;
};

static struct dupd_view field_of(const redisReply *fields, const char *name)
{
    struct dupd_view found = {0};
    for (size_t i = 0; i + 1 < fields->elements; i += 2) /* the last one of that name is ours */
        if (dupd_view_equal(redis_sync_view(fields->element[i]), dupd_view_of(name)))
            found = redis_sync_view(fields->element[i + 1]);
    return found;
}

static void print_json(struct dead *d, struct dupd_view id, const redisReply *fields)
{
    struct dupd_buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open(&w, '{');
    json_key(&w, "dead");
    json_string(&w, id);
    json_key(&w, "fields");
    json_open(&w, '{');
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        /* names are the producer's, any bytes: a string, and the colon by hand */
        json_string(&w, redis_sync_view(fields->element[i]));
        dupd_buf_add_char(&out, ':');
        w.comma = false;
        json_string(&w, redis_sync_view(fields->element[i + 1]));
    }
    json_close(&w, '}');
    json_close(&w, '}');
    if (json_status(&w) == 0)
        fprintf(d->cli->out, "%.*s\n", (int)out.len, out.ptr);
    dupd_buf_close(&out);
}

static void print_text(struct dead *d, struct dupd_view id, const redisReply *fields)
{
    struct dupd_buf out = {0};
    dupd_buf_add_str(&out, term_begin(d->cli->color, TERM_BOLD));
    term_add(&out, id, 0);
    dupd_buf_add_str(&out, term_end(d->cli->color));
    dupd_buf_add_str(&out, "  ");
    term_add(&out, field_of(fields, "reason"), 20);
    dupd_buf_add_str(&out, ": ");
    term_add(&out, field_of(fields, "error"), 0);
    struct dupd_view article = field_of(fields, "id");
    if (article.len) {
        dupd_buf_add_str(&out, "  id ");
        term_add(&out, article, 60);
    }
    dupd_buf_add_str(&out, "  deliveries ");
    term_add(&out, field_of(fields, "deliveries"), 20);
    if (field_of(fields, "truncated").len)
        dupd_buf_add_str(&out, "  truncated");
    fprintf(d->cli->out, "%.*s\n", (int)out.len, out.ptr);
    dupd_buf_close(&out);
}

static void on_page(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct dead *d = ((struct redis_sync *)b->data)->data;
    bool list = strcmp(d->cli->operands[0], "list") == 0;
    (void)index;
    d->page_count = 0;
    if (reply->type != REDIS_REPLY_ARRAY) {
        struct dupd_view text = redis_sync_view(reply);
        snprintf(d->error, sizeof d->error, "%.*s", (int)(text.len < 200 ? text.len : 200),
                 text.ptr ? text.ptr : "");
        return;
    }
    for (size_t i = 0; i < reply->elements && d->page_count < PAGE; i++) {
        const redisReply *e = reply->element[i];
        if (e->type != REDIS_REPLY_ARRAY || e->elements < 2)
            continue;
        struct dupd_view id = redis_sync_view(e->element[0]);
        snprintf(d->page[d->page_count++], ID_MAX, "%.*s", (int)id.len, id.ptr);
        if (!list)
            continue;
        d->count++;
        if (d->cli->settings.json)
            print_json(d, id, e->element[1]);
        else
            print_text(d, id, e->element[1]);
    }
}

/* The next page behind d->last: 1, 0 at the end, or -1 after saying why. */
static int next_page(struct dead *d)
{
    char from[ID_MAX + 1];
    snprintf(from, sizeof from, "%s%s", d->last[0] ? "(" : "-", d->last);
    redis_batch_begin(&d->batch);
    d->batch.on_reply = on_page;
    redis_batch_addf(&d->batch, "XRANGE %s %s + COUNT %u", d->redis.names.dead, from,
                     (uint64_t)PAGE);
    d->error[0] = '\0';
    int rc = redis_sync_run(&d->redis, &d->batch);
    if (rc || d->error[0]) {
        cli_problem(d->cli, "%s", d->error[0] ? d->error : redis_problem(d->redis.client));
        return -1;
    }
    if (d->page_count == 0)
        return 0;
    memcpy(d->last, d->page[d->page_count - 1], ID_MAX);
    return 1;
}

static void on_answer(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct dead *d = ((struct redis_sync *)b->data)->data;
    struct dupd_view text = redis_sync_view(reply);
    (void)index;
    d->unknown = script_is_unknown(reply);
    if (reply->type == REDIS_REPLY_INTEGER)
        d->answer = reply->integer;
    else
        snprintf(d->error, sizeof d->error, "%.*s", (int)(text.len < 200 ? text.len : 200),
                 text.ptr ? text.ptr : "an unexpected reply");
}

static void add_command(struct dead *d, const char *id, bool requeue, bool whole)
{
    const struct where_names *n = &d->redis.names;
    const struct dupd_view words[] = {DUPD_VIEW("2"), dupd_view_of(n->dead),
                                      dupd_view_of(n->articles), dupd_view_of(id),
                                      DUPD_VIEW(ADDED)};
    redis_batch_begin(&d->batch);
    d->batch.on_reply = on_answer;
    if (requeue)
        script_add(&d->batch, SCRIPT_REQUEUE, whole, words, sizeof words / sizeof *words);
    else
        redis_batch_addf(&d->batch, "XDEL %s %s", n->dead, id);
}

/* Returns CLI_OK, or CLI_TROUBLE after saying why this one could not be done. */
static int treat(struct dead *d, const char *id)
{
    bool requeue = strcmp(d->cli->operands[0], "requeue") == 0;
    int rc = 0;
    for (int round = 0; round < 2; round++) {
        add_command(d, id, requeue, round > 0);
        d->error[0] = '\0';
        rc = redis_sync_run(&d->redis, &d->batch);
        if (rc || !d->unknown)
            break;
    }
    if (rc || d->error[0])
        cli_problem(d->cli, "%s: %s", id, rc ? redis_problem(d->redis.client) : d->error);
    else if (d->answer == 0)
        cli_problem(d->cli, "%s: there is no such dead entry", id);
    else if (d->answer < 0)
        cli_problem(d->cli, "%s: was cut because it is too large; push the article again", id);
    else
        d->count++;
    bool failed = rc || d->error[0] || d->answer < 1;
    d->failed += failed;
    return failed ? CLI_TROUBLE : CLI_OK;
}

static int treat_all(struct dead *d)
{
    int more;
    while ((more = next_page(d)) > 0)
        for (unsigned i = 0; i < d->page_count; i++)
            treat(d, d->page[i]);
    return more;
}

static int list(struct dead *d)
{
    int more;
    char n[WORDS_NUMBER_MAX];
    while ((more = next_page(d)) > 0)
        continue;
    if (more == 0 && !d->cli->settings.json && !d->cli->settings.quiet)
        fprintf(d->cli->out, "%s dead entr%s in %s\n", words_number(d->count, n),
                d->count == 1 ? "y" : "ies", d->redis.names.dead);
    return more < 0 ? CLI_TROUBLE : CLI_OK;
}

static int treat_some(struct dead *d)
{
    struct cli *cli = d->cli;
    bool requeue = strcmp(cli->operands[0], "requeue") == 0;
    char n[WORDS_NUMBER_MAX];
    int more = cli->settings.all ? treat_all(d) : 0;
    for (size_t i = 1; i < cli->operand_count; i++)
        treat(d, cli->operands[i]);
    if (!cli->settings.quiet)
        fprintf(cli->out, "%s entr%s %s\n", words_number(d->count, n), d->count == 1 ? "y" : "ies",
                requeue ? "put back into the queue" : "dropped");
    return more < 0 || d->failed ? CLI_TROUBLE : CLI_OK;
}

int command_dead(struct cli *cli)
{
    struct dead d = {.cli = cli};
    const char *what = cli->operands[0];
    bool is_list = strcmp(what, "list") == 0;
    if (!is_list && strcmp(what, "requeue") != 0 && strcmp(what, "drop") != 0)
        return cli_problem(cli, "dead: '%s' is none of list, requeue and drop", what);
    if (is_list ? cli->operand_count > 1 || cli->settings.all
                : (cli->operand_count > 1) == cli->settings.all)
        return cli_problem(cli,
                           is_list ? "dead list: lists all entries; it takes no operands"
                                   : "dead %s: name the entries, or give --all",
                           what);
    int status = redis_sync_open(cli, &d.redis);
    d.redis.data = &d;
    if (!status)
        status = is_list ? list(&d) : treat_some(&d);
    redis_batch_close(&d.batch);
    redis_sync_close(&d.redis);
    return status;
}
