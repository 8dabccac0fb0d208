/*
 * cmd_check.c: `dupd check`: is it a copy? Reads only, takes no lock.
 *
 * Happy path: open the store for reading, judge each article, print a report or a verdict a line.
 * A store that is not there or empty is trouble, said once: nothing can be told from it. So is a
 * collection that holds nothing in the window, which may be a name that was mistyped: it is looked
 * for when an article met no other at all.
 */
#include "cli/feed.h"
#include "cli/report.h"
#include "cli/words.h"
#include "dupd/error.h"
#include "redis/url.h"

/* Articles looked at for one of the collection: about two seconds. */
#define LOOK_MAX 200000u
#define LOOK_REDIS_MAX 1000u /* each is a round trip or two */

struct check {
    struct cli *cli;
    struct session session;
    struct report_against against;
    char window[WORDS_NUMBER_MAX];
    struct dupd_buf known,
        missing; /* collections that hold articles, or do not; each ends in NUL */
    uint64_t copies, printed;
    uint64_t untold; /* of which cannot be said whether they are copies */
};

/* "30 days", "36h", or "" */
static int name_window(const struct settings *s, char out[WORDS_NUMBER_MAX])
{
    struct dupd_buf text = {0};
    int rc = DUPD_OK;
    unsigned long long days = (unsigned long long)s->window / 86400;
    out[0] = '\0';
    if (s->window && (unsigned long long)s->window == days * 86400)
        snprintf(out, WORDS_NUMBER_MAX, "%llu day%s", days, days == 1 ? "" : "s");
    else if (s->window && !(rc = settings_format(s, SETTING_ID_window, &text)))
        snprintf(out, WORDS_NUMBER_MAX, "%.*s", (int)text.len, text.ptr);
    dupd_buf_close(&text);
    return rc;
}

enum look { LOOK_FAILED, LOOK_NOTHING, LOOK_NO_COLLECTION, LOOK_TOO_MANY, LOOK_THERE };

/* Does the store hold an article of this collection, in the window? */
static enum look look_for(struct check *c, struct dupd_view collection)
{
    struct store_list list = {.op = {.kind = STORE_LIST}};
    enum look look = LOOK_NOTHING;
    unsigned most = redis_url_is_one(c->session.where) ? LOOK_REDIS_MAX : LOOK_MAX;
    for (unsigned i = 0; look != LOOK_THERE; i++) {
        if (i == most)
            return LOOK_TOO_MANY;
        int rc = session_do(&c->session, &list.op);
        bool found = !rc && list.found;
        if (found)
            look = dupd_view_equal(list.collection, collection) ? LOOK_THERE : LOOK_NO_COLLECTION;
        list.after = list.n;
        store_release(&list.op);
        if (rc)
            return LOOK_FAILED;
        if (!found)
            return look;
    }
    return look;
}

static int say_missing(struct check *c, enum look look, struct dupd_view collection)
{
    const char *where = c->session.where;
    const char *last = c->window[0] ? " of the last " : "";
    if (look == LOOK_TOO_MANY)
        return cli_problem(c->cli,
                           "%s: its first articles%s%s are of other collections than '%.*s'; is "
                           "that name right?",
                           where, last, c->window, (int)collection.len, collection.ptr);
    if (look == LOOK_NOTHING && c->window[0])
        return cli_problem(c->cli,
                           "%s: no article in it came in within the last %s, so nothing can be "
                           "told; see --window",
                           where, c->window);
    return cli_problem(c->cli,
                       "%s: the collection '%.*s' holds no article%s%s in this store, so nothing "
                       "can be told; check its name (--collection)",
                       where, (int)collection.len, collection.ptr, last, c->window);
}

static bool holds(const struct dupd_buf *names, struct dupd_view name)
{
    for (size_t at = 0; at < names->len; at += strlen(names->ptr + at) + 1)
        if (dupd_view_equal(dupd_view_of(names->ptr + at), name))
            return true;
    return false;
}

/* An article that met no other: was there anything to meet? *told says so; if not, that is said,
 * once for each collection. Returns CLI_OK or CLI_TROUBLE after saying why. */
static int was_compared(struct check *c, struct dupd_view collection, bool *told)
{
    *told = holds(&c->known, collection);
    if (*told)
        return CLI_OK;
    bool said = holds(&c->missing, collection);
    enum look look = said ? LOOK_NOTHING : look_for(c, collection);
    if (look == LOOK_FAILED)
        return cli_problem(c->cli, "%s", store_problem(c->session.store));
    *told = look == LOOK_THERE || look == LOOK_TOO_MANY;
    c->untold += !*told;
    if (said)
        return CLI_OK;
    if (look != LOOK_THERE)
        say_missing(c, look, collection);
    struct dupd_buf *keep = *told ? &c->known : &c->missing;
    return dupd_buf_add_view(keep, collection) || dupd_buf_add_char(keep, '\0')
               ? cli_problem(c->cli, "%s", dupd_error_text(DUPD_ENOMEM))
               : CLI_OK;
}

static int print(struct check *c, const struct feed_item *item, const struct judgement *j)
{
    if (c->cli->settings.json) {
        fprintf(c->cli->out, "%.*s\n", (int)j->json.len, j->json.ptr);
        return CLI_OK;
    }
    char place[512];
    struct report r = {.analysis = item->analysis,
                       .judgement = j,
                       .name = feed_place(item->file, item->line, place, sizeof place),
                       .against = c->against};
    if (c->printed++)
        fputs("\n\n", c->cli->out);
    return report_print(c->cli, &r);
}

static int consume(void *user, const struct feed_item *item)
{
    struct check *c = user;
    const struct judgement *j;
    /* As an import: what a file says of its date is believed. */
    struct job *job = engine_judge(c->session.engine, item->analysis, ENGINE_CHECK, true, &j);
    if (!job)
        return cli_problem(c->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    int status = CLI_OK;
    bool told = true;
    if (j->status)
        status = cli_problem(c->cli, "%s", store_problem(c->session.store));
    else if (j->candidates == 0 && j->match_count == 0)
        status = was_compared(c, item->analysis->article.collection, &told);
    if (!status && told) {
        status = print(c, item, j);
        c->untold += feed_say_unreadable(c->cli, item, j, c->session.where) != CLI_OK;
    }
    if (item->bytes_total == 0) /* a stream: whoever writes it may wait for the answer */
        fflush(c->cli->out);
    c->copies += !j->status && dupd_verdict_is_copy(j->verdict);
    engine_release(job);
    return status;
}

static int check_files(struct check *c)
{
    struct cli *cli = c->cli;
    struct store_stats stats;
    int status = session_stats(cli, &c->session, &stats);
    if (status)
        return status;
    c->against = (struct report_against){c->session.where, stats.articles, c->window};
    store_release(&stats.op);
    if (c->against.articles == 0)
        return cli_problem(cli,
                           "%s: the store is empty, so nothing can be told; fill it with "
                           "'dupd add FILE'",
                           c->session.where);
    if (name_window(&cli->settings, c->window))
        return cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
    struct feed feed = {
        .files = cli->operands, .count = cli->operand_count, .consume = consume, .user = c};
    status = feed_run(cli, &c->session, &feed);
    if (status || feed.problems || c->untold)
        return CLI_TROUBLE;
    return c->copies ? CLI_COPY : CLI_OK;
}

int command_check(struct cli *cli)
{
    struct check c = {.cli = cli};
    int status = session_open(cli, &c.session, SESSION_READ, NULL);
    if (!status)
        status = check_files(&c);
    dupd_buf_close(&c.known);
    dupd_buf_close(&c.missing);
    int closed = session_close(cli, &c.session);
    return closed ? closed : status;
}
