/*
 * cmd_scan.c: `dupd scan`: a whole archive through a store of its own.
 *
 * Happy path: each article is added and its verdict printed, a line each; then the stories as they
 * are at the end, then the summary. The store FILE.dupd stays; no other is used unless --store is
 * given on the command line. Interrupted, a second run finds what
 * was done there already (same id, same content: the stored verdict is given again) and prints
 * everything from the beginning.
 */
#include <stdlib.h>

#include "cli/feed.h"
#include "cli/lookup.h"
#include "cli/progress.h"
#include "cli/scan.h"
#include "cli/term.h"
#include "dupd/error.h"
#include "input/json_read.h"

struct scan {
    struct cli *cli;
    struct session session;
    struct progress progress;
    struct scan_counts counts;
    uint64_t newest;  /* number in the store when the run began */
    uint64_t replays; /* verdicts that an earlier run gave */
    struct dupd_buf line;
};

/* A string out of a verdict, its escapes undone, appended. */
static int add_unescaped(struct dupd_buf *out, struct dupd_view raw)
{
    struct json_value v = {JSON_STRING, raw, true};
    return raw.len ? json_read_string(&v, out) : 0;
}

/* Counts a verdict; for a copy also who copied whom. The verdict is read from its JSON, which is
 * the same whether it was made now or in an earlier run. */
static int count(struct scan *s, const struct feed_item *item, const struct judgement *j)
{
    s->counts.articles++;
    s->counts.verdict[j->verdict]++;
    if (!dupd_verdict_is_copy(j->verdict))
        return 0;
    struct dupd_buf outlet = {0};
    int rc = add_unescaped(&outlet, lookup_member(dupd_buf_view(&j->json), "origin", "source"));
    struct scan_copies *given = &s->counts.given;
    rc = rc ? rc : tally_add(&given->origins, dupd_buf_view(&outlet));
    rc = rc ? rc : tally_add(&given->copiers, item->analysis->article.source);
    rc = rc ? rc : dupd_buf_add(&given->n, &j->n, sizeof j->n);
    dupd_buf_close(&outlet);
    return rc;
}

/* "rewritten      farm-118 (farm.example) <- wire-77 (wire.example)" */
static int print_line(struct scan *s, const struct feed_item *item, const struct judgement *j)
{
    struct dupd_view verdict = dupd_buf_view(&j->json);
    struct dupd_buf origin = {0}, outlet = {0};
    const struct dupd_article *a = &item->analysis->article;
    dupd_buf_clear(&s->line);
    int rc = dupd_buf_addf(&s->line, "%-14s ", dupd_verdict_name(j->verdict));
    rc = rc ? rc : term_add(&s->line, a->id, 80);
    if (a->source.len && !rc) {
        rc = dupd_buf_add_str(&s->line, " (");
        rc = rc ? rc : term_add(&s->line, a->source, 60);
        rc = rc ? rc : dupd_buf_add_char(&s->line, ')');
    }
    rc = rc ? rc : add_unescaped(&origin, lookup_member(verdict, "origin", "id"));
    rc = rc ? rc : add_unescaped(&outlet, lookup_member(verdict, "origin", "source"));
    if (origin.len && !rc) {
        rc = dupd_buf_add_str(&s->line, " <- ");
        rc = rc ? rc : term_add(&s->line, dupd_buf_view(&origin), 80);
    }
    if (outlet.len && !rc) {
        rc = dupd_buf_add_str(&s->line, " (");
        rc = rc ? rc : term_add(&s->line, dupd_buf_view(&outlet), 60);
        rc = rc ? rc : dupd_buf_add_char(&s->line, ')');
    }
    if (!rc)
        fprintf(s->cli->out, "%.*s\n", (int)s->line.len, s->line.ptr);
    dupd_buf_close(&origin);
    dupd_buf_close(&outlet);
    return rc;
}

static int consume(void *user, const struct feed_item *item)
{
    struct scan *s = user;
    const struct judgement *j;
    struct job *job = engine_judge(s->session.engine, item->analysis, ENGINE_ADD, true, &j);
    if (!job)
        return cli_problem(s->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    int status = CLI_OK, rc = 0;
    progress_clear(&s->progress);
    if (j->status) {
        status = cli_problem(s->cli, "%s", store_problem(s->session.store));
    } else {
        feed_say_unreadable(s->cli, item, j, s->session.where);
        s->replays += j->replay && j->n <= s->newest;
        rc = count(s, item, j);
        if (!rc && s->cli->settings.json)
            fprintf(s->cli->out, "%.*s\n", (int)j->json.len, j->json.ptr);
        else if (!rc)
            rc = print_line(s, item, j);
    }
    engine_release(job);
    progress_step(&s->progress, item->bytes_read, item->bytes_total);
    return rc ? cli_problem(s->cli, "%s", dupd_error_text(rc)) : status;
}

static int scan_files(struct scan *s)
{
    struct cli *cli = s->cli;
    struct feed feed = {.files = cli->operands,
                        .count = cli->operand_count,
                        .pack = true,
                        .consume = consume,
                        .user = s};
    struct store_stats stats;
    int status = session_stats(cli, &s->session, &stats);
    if (status)
        return status;
    s->newest = stats.newest;
    store_release(&stats.op);
    progress_begin(&s->progress, cli, "scanning");
    status = feed_run(cli, &s->session, &feed);
    progress_end(&s->progress);
    if (store_flush(s->session.store))
        status = cli_problem(cli, "%s", store_problem(s->session.store));
    if (status)
        return CLI_TROUBLE;
    s->counts.problems = feed.problems;
    if (s->replays && !cli->settings.quiet)
        cli_problem(cli,
                    "%s: verdicts that an earlier run gave, with its options: %llu; a new --store "
                    "decides them anew",
                    s->session.where, (unsigned long long)s->replays);
    status = scan_stories(cli, &s->session, &s->counts);
    if (!status)
        status = scan_summary(cli, &s->session, &s->counts);
    return status || feed.problems ? CLI_TROUBLE : CLI_OK;
}

int command_scan(struct cli *cli)
{
    struct scan s = {.cli = cli};
    char *where = NULL;
    /* A store that the environment or a file names is one in use, which an archive must not fill.
     */
    bool named = cli->settings.origin[SETTING_ID_store].from == SETTING_FLAG_GIVEN;
    if (cli->settings.origin[SETTING_ID_redis].from == SETTING_FLAG_GIVEN)
        return cli_problem(cli, "scan: uses a private store, not that of --redis; to put the "
                                "archive into that one give --store");
    if (strcmp(cli->operands[0], "-") == 0 && !named)
        return cli_problem(cli, "scan: standard input has no place beside it for the store; give "
                                "--store=DIR");
    if (!named && asprintf(&where, "%s.dupd", cli->operands[0]) < 0)
        return cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
    int status = session_open(cli, &s.session, SESSION_CREATE, where);
    if (!status)
        status = scan_files(&s);
    dupd_buf_close(&s.counts.given.n);
    tally_close(&s.counts.given.origins);
    tally_close(&s.counts.given.copiers);
    tally_close(&s.counts.origins);
    tally_close(&s.counts.copiers);
    dupd_buf_close(&s.line);
    free(where);
    int closed = session_close(cli, &s.session);
    return closed ? closed : status;
}
