/*
 * cmd_add.c: `dupd add`: index articles.
 *
 * Happy path: each article is judged against what is there and committed; verdicts are printed when
 * the store has made them durable, so that whoever reads one knows that it will still be there
 * after a crash. Killed at any moment, what was acknowledged is kept; run again, what is there
 * already is passed over (same id, same content). Where a daemon writes to the store, it is asked
 * instead (add_ask.c).
 */
#include "cli/add_ask.h"
#include "cli/feed.h"
#include "cli/progress.h"
#include "cli/words.h"
#include "dupd/error.h"

#define ACKNOWLEDGE_BYTES ((size_t)1024 * 1024)
#define ACKNOWLEDGE_US 1000000u

struct add {
    struct cli *cli;
    struct session session;
    struct progress progress;
    struct dupd_buf pending; /* verdicts that are not durable yet */
    uint64_t pending_count, flushed_us;
    uint64_t copies, updates, replays;
};

/* Makes everything durable and prints the verdicts that waited for it. What could not be made
 * durable is lost: its verdicts are never printed, whatever is flushed later. */
static int acknowledge(struct add *a)
{
    if (store_flush(a->session.store)) {
        dupd_buf_clear(&a->pending);
        a->pending_count = 0;
        return cli_problem(a->cli, "%s", store_problem(a->session.store));
    }
    if (a->pending.len) {
        fwrite(a->pending.ptr, 1, a->pending.len, a->cli->out);
        fflush(a->cli->out);
    }
    dupd_buf_clear(&a->pending);
    a->pending_count = 0;
    a->flushed_us = session_mono_us(NULL);
    return CLI_OK;
}

static int keep_verdict(struct add *a, const struct judgement *j)
{
    if (dupd_buf_add_view(&a->pending, dupd_buf_view(&j->json)) ||
        dupd_buf_add_char(&a->pending, '\n'))
        return cli_problem(a->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    if (++a->pending_count < a->cli->settings.batch && a->pending.len < ACKNOWLEDGE_BYTES &&
        session_mono_us(NULL) - a->flushed_us < ACKNOWLEDGE_US)
        return CLI_OK;
    return acknowledge(a);
}

static int consume(void *user, const struct feed_item *item)
{
    struct add *a = user;
    const struct judgement *j;
    struct job *job = engine_judge(a->session.engine, item->analysis, ENGINE_ADD, true, &j);
    if (!job)
        return cli_problem(a->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    int status = CLI_OK;
    if (j->status) {
        progress_clear(&a->progress);
        status = cli_problem(a->cli, "%s", store_problem(a->session.store));
    } else {
        if (j->unreadable)
            progress_clear(&a->progress);
        feed_say_unreadable(a->cli, item, j, a->session.where);
        a->replays += j->replay;
        a->copies += !j->replay && dupd_verdict_is_copy(j->verdict);
        a->updates += !j->replay && j->is_update_of_id;
        if (a->cli->settings.json)
            status = keep_verdict(a, j);
    }
    engine_release(job);
    progress_step(&a->progress, item->bytes_read, item->bytes_total);
    return status;
}

static int summary(struct add *a, const struct feed *feed)
{
    struct cli *cli = a->cli;
    struct store_stats stats;
    char n[6][WORDS_NUMBER_MAX];
    int status = session_stats(cli, &a->session, &stats);
    if (status)
        return status;
    uint64_t added = feed->articles - a->replays;
    fprintf(cli->out, "%s article%s added: %s cop%s, %s new version%s of an id",
            words_number(added, n[0]), added == 1 ? "" : "s", words_number(a->copies, n[1]),
            a->copies == 1 ? "y" : "ies", words_number(a->updates, n[2]),
            a->updates == 1 ? "" : "s");
    fprintf(cli->out, "; %s there already; %s not readable\n", words_number(a->replays, n[3]),
            words_number(feed->problems, n[4]));
    if (feed->dates_unreadable)
        fprintf(cli->out, "%s publication date%s could not be read and count%s as absent\n",
                words_number(feed->dates_unreadable, n[5]), feed->dates_unreadable == 1 ? "" : "s",
                feed->dates_unreadable == 1 ? "s" : "");
    fprintf(cli->out, "%s now holds %s article%s in %s stor%s\n", a->session.where,
            words_number(stats.articles, n[0]), stats.articles == 1 ? "" : "s",
            words_number(stats.stories, n[1]), stats.stories == 1 ? "y" : "ies");
    store_release(&stats.op);
    return CLI_OK;
}

static int add_files(struct add *a)
{
    struct cli *cli = a->cli;
    struct feed feed = {.files = cli->operands,
                        .count = cli->operand_count,
                        .pack = true,
                        .consume = consume,
                        .user = a};
    progress_begin(&a->progress, cli, "adding");
    int status = feed_run(cli, &a->session, &feed);
    int acknowledged = acknowledge(a); /* what went well stays, whatever ended the feed */
    progress_end(&a->progress);
    if (!status && !acknowledged && !cli->settings.json && !cli->settings.quiet)
        status = summary(a, &feed);
    return status || acknowledged || feed.problems ? CLI_TROUBLE : CLI_OK;
}

int command_add(struct cli *cli)
{
    struct add a = {.cli = cli};
    int status;
    if (add_ask(cli, &status))
        return status;
    status = session_open(cli, &a.session, SESSION_CREATE, NULL);
    if (!status)
        status = add_files(&a);
    dupd_buf_close(&a.pending);
    int closed = session_close(cli, &a.session);
    return closed ? closed : status;
}
