/* cmd_compare.c: `dupd compare A B`: A against B, without a store. */
#include "cli/feed.h"
#include "cli/pair.h"
#include "cli/report.h"

static int compare(struct cli *cli, struct session *s, struct pair *p)
{
    int status = feed_read_one(cli, s, cli->operands[0], &p->a);
    int other = feed_read_one(cli, s, cli->operands[1], &p->b); /* both files are looked at */
    status = status ? status : other;
    if (!status)
        status = pair_judge(cli, s, p);
    if (status)
        return status;
    const struct judgement *j = &p->judgement;
    if (cli->settings.json) {
        fprintf(cli->out, "%.*s\n", (int)j->json.len, j->json.ptr);
    } else {
        struct report r = {.analysis = &p->a,
                           .judgement = j,
                           .name = cli->operands[0],
                           .other = cli->operands[1],
                           .against = {.where = cli->operands[1]}};
        status = report_print(cli, &r);
    }
    if (status)
        return status;
    return dupd_verdict_is_copy(j->verdict) ? CLI_COPY : CLI_OK;
}

int command_compare(struct cli *cli)
{
    struct session s;
    struct pair p;
    pair_init(&p);
    int status = session_open(cli, &s, SESSION_BARE, NULL);
    if (!status)
        status = compare(cli, &s, &p);
    pair_close(&p);
    int closed = session_close(cli, &s);
    return closed ? closed : status;
}
