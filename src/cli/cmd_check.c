/*
 * cmd_check.c: `dupd check`: is it a copy? Reads only, takes no lock.
 *
 * Happy path: open the store for reading, judge each article, print a report or a verdict a line.
 * A store that is not there or empty is trouble, said once: nothing can be told from it.
 */
#include "cli/feed.h"
#include "cli/report.h"
#include "dupd/error.h"

struct check {
    struct cli *cli;
    struct session session;
    uint64_t articles; /* in the store */
    uint64_t copies, printed;
};

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
                       .against = c->session.where,
                       .against_articles = c->articles};
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
    int status;
    if (j->status)
        status = cli_problem(c->cli, "%s", store_problem(c->session.store));
    else
        status = print(c, item, j);
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
    c->articles = stats.articles;
    store_release(&stats.op);
    if (c->articles == 0)
        return cli_problem(cli,
                           "%s: the store is empty, so nothing can be told; fill it with "
                           "'dupd add FILE'",
                           c->session.where);
    struct feed feed = {
        .files = cli->operands, .count = cli->operand_count, .consume = consume, .user = c};
    status = feed_run(cli, &c->session, &feed);
    if (status || feed.problems)
        return CLI_TROUBLE;
    return c->copies ? CLI_COPY : CLI_OK;
}

int command_check(struct cli *cli)
{
    struct check c = {.cli = cli};
    int status = session_open(cli, &c.session, SESSION_READ, NULL);
    if (!status)
        status = check_files(&c);
    int closed = session_close(cli, &c.session);
    return closed ? closed : status;
}
