/* cmd_forget.c: `dupd forget`: removes articles by id; each that is not there is said. */
#include "cli/session.h"
#include "cli/words.h"
#include "dupd/error.h"
#include "engine/json_write.h"

static int put_json(struct cli *cli, const char *id, bool found)
{
    struct dupd_buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open(&w, '{');
    json_key(&w, "id");
    json_string(&w, dupd_view_of(id));
    json_key(&w, "forgotten");
    json_bool(&w, found);
    json_close(&w, '}');
    int rc = json_status(&w);
    if (!rc)
        fprintf(cli->out, "%.*s\n", (int)out.len, out.ptr);
    dupd_buf_close(&out);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

int command_forget(struct cli *cli)
{
    struct session s;
    int status = session_open(cli, &s, SESSION_WRITE, NULL), missing = CLI_OK;
    uint64_t forgotten = 0;
    for (size_t i = 0; i < cli->operand_count && !status; i++) {
        struct store_forget op = {.op = {.kind = STORE_FORGET},
                                  .collection = dupd_view_of(cli->settings.collection),
                                  .id = dupd_view_of(cli->operands[i])};
        if (session_do(&s, &op.op))
            status = cli_problem(cli, "%s", store_problem(s.store));
        else if (!op.found)
            missing = cli_problem(cli, "%s: no such article in collection %s of %s",
                                  cli->operands[i], cli->settings.collection, s.where);
        else
            forgotten++;
        if (!status && cli->settings.json)
            status = put_json(cli, cli->operands[i], op.found);
        store_release(&op.op);
    }
    int closed = session_close(cli, &s);
    char n[WORDS_NUMBER_MAX];
    if (!closed && !status && !cli->settings.quiet && !cli->settings.json)
        fprintf(cli->out, "%s article%s forgotten\n", words_number(forgotten, n),
                forgotten == 1 ? "" : "s");
    return closed ? closed : status ? status : missing;
}
