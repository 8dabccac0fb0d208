/*
 * add_ask.c: articles to a store that a daemon is writing to.
 *
 * Happy path: each article is read here, sent as a line, and its verdict printed when the daemon
 * has made it durable. Failure: what the daemon refuses is said with file and line, like what could
 * not be read; a daemon that ends in the middle is said, and nothing that it answered is lost.
 */
#include "cli/add_ask.h"

#include <stdlib.h>

#include "cli/ask.h"
#include "cli/feed.h"
#include "cli/progress.h"
#include "cli/words.h"
#include "daemon/where.h"
#include "dupd/error.h"
#include "input/json_pick.h"

struct place {
    const char *file;
    uint64_t line;
};

struct asking {
    struct cli *cli;
    struct session session;
    struct ask ask;
    struct progress progress;
    struct place place[ASK_WINDOW]; /* of the articles whose answers are missing: a ring */
    uint64_t sent, answered, copies, replays, refused;
};

static int on_answer(void *user, struct dupd_view line)
{
    struct asking *a = user;
    const struct place *place = &a->place[a->answered++ % ASK_WINDOW];
    if (json_pick(line, "error").len) {
        char text[512];
        struct dupd_buf why = {0};
        json_pick_text(line, "error", &why);
        progress_clear(&a->progress);
        cli_problem(a->cli, "%s: %.*s", feed_place(place->file, place->line, text, sizeof text),
                    (int)why.len, why.ptr ? why.ptr : "");
        dupd_buf_close(&why);
        a->refused++;
        return 0;
    }
    bool replay = dupd_view_equal(json_pick(line, "replay"), DUPD_VIEW("true"));
    a->replays += replay;
    a->copies += !replay && dupd_view_equal(json_pick(line, "copy"), DUPD_VIEW("true"));
    if (a->cli->settings.json)
        fprintf(a->cli->out, "%.*s\n", (int)line.len, line.ptr);
    return 0;
}

static int said(struct asking *a, int rc)
{
    if (rc == DUPD_EIO)
        return cli_problem(a->cli, "%s: the daemon has ended; run the command again",
                           a->session.where);
    return rc ? cli_problem(a->cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

static int consume(void *user, const struct feed_item *item)
{
    struct asking *a = user;
    a->place[a->sent++ % ASK_WINDOW] = (struct place){item->file, item->line};
    int rc = ask_send(&a->ask, &item->analysis->article);
    progress_step(&a->progress, item->bytes_read, item->bytes_total);
    return said(a, rc);
}

static int ask_all(struct asking *a)
{
    struct cli *cli = a->cli;
    struct feed feed = {
        .files = cli->operands, .count = cli->operand_count, .consume = consume, .user = a};
    char n[4][WORDS_NUMBER_MAX];
    a->ask.answer = on_answer;
    a->ask.user = a;
    progress_begin(&a->progress, cli, "adding");
    int status = feed_run(cli, &a->session, &feed);
    if (!status)
        status = said(a, ask_finish(&a->ask));
    progress_end(&a->progress);
    uint64_t added = a->answered - a->replays - a->refused;
    if (!status && !cli->settings.json && !cli->settings.quiet)
        fprintf(cli->out,
                "%s article%s added by the daemon of %s: %s cop%s; %s there already; %s not "
                "readable\n",
                words_number(added, n[0]), added == 1 ? "" : "s", a->session.where,
                words_number(a->copies, n[1]), a->copies == 1 ? "y" : "ies",
                words_number(a->replays, n[2]), words_number(feed.problems + a->refused, n[3]));
    return status || feed.problems || a->refused ? CLI_TROUBLE : CLI_OK;
}

bool add_ask(struct cli *cli, int *status)
{
    struct asking a = {.cli = cli, .ask = {.fd = -1}};
    char *where = NULL;
    if (where_store(&cli->settings, cli_environment(cli, "XDG_DATA_HOME"),
                    cli_environment(cli, "HOME"), &where) ||
        !where || redis_url_is_one(where) || !ask_open(&a.ask, where)) {
        free(where);
        return false;
    }
    *status = session_open(cli, &a.session, SESSION_BARE, NULL);
    a.session.where = where; /* freed with the session */
    if (!*status)
        *status = ask_all(&a);
    ask_close(&a.ask);
    session_close(cli, &a.session);
    return true;
}
