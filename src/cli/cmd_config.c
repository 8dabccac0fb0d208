/*
 * cmd_config.c: `dupd config`: what is in force and from where; what is wrong with a file.
 */
#include <unistd.h>

#include "cli/cli.h"
#include "dupd/error.h"

static int print(struct cli *cli)
{
    static const char *const from[] = {"default", "", "environment", "flag"};
    const struct settings *s = &cli->settings;
    struct dupd_buf value = {0};
    int rc = 0;
    for (enum setting_id id = 0; id < SETTING_ID_COUNT && !rc; id++) {
        const struct setting *row = setting_row(id);
        struct setting_origin origin = s->origin[id];
        if (row->group == GROUP_CONFIG)
            continue;
        dupd_buf_clear(&value);
        rc = settings_format(s, id, &value);
        fprintf(cli->out, "%s = %.*s", row->name, (int)value.len, value.ptr ? value.ptr : "");
        int pad = 40 - (int)(strlen(row->name) + 3 + value.len);
        fprintf(cli->out, "%*s# ", pad > 1 ? pad : 1, "");
        if (origin.from == SETTING_FILE)
            fprintf(cli->out, "%s:%u\n", s->file, origin.line);
        else
            fprintf(cli->out, "%s\n", from[origin.from]);
    }
    dupd_buf_close(&value);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

static int check(struct cli *cli)
{
    struct settings *s = &cli->settings;
    struct dupd_buf problems = {0};
    int rc = settings_read_environment(s, cli->environment, true, &problems);
    const char *file = cli->operand_count ? cli->operands[0] : s->config;
    if (!file[0] && access(DUPD_CONFIG_FILE, F_OK) == 0)
        file = DUPD_CONFIG_FILE;
    if (file[0] && rc != DUPD_ENOMEM) {
        int of_file = settings_read_file(s, file, &problems);
        rc = of_file ? of_file : rc;
    }
    for (struct dupd_view v = dupd_buf_view(&problems); v.len;) {
        size_t n = (size_t)((const char *)memchr(v.ptr, '\n', v.len) - v.ptr);
        cli_problem(cli, "%.*s", (int)n, v.ptr);
        v = (struct dupd_view){v.ptr + n + 1, v.len - n - 1};
    }
    dupd_buf_close(&problems);
    if (rc)
        return CLI_TROUBLE;
    fprintf(cli->out, "%s: no mistakes\n", file[0] ? file : "no configuration file; environment");
    return CLI_OK;
}

int command_config(struct cli *cli)
{
    const struct settings *s = &cli->settings;
    if (s->check)
        return check(cli);
    if (cli->operand_count)
        return cli_problem(cli, "config: FILE goes with --check");
    if (!s->print)
        return cli_problem(cli, "config: give --print or --check; see 'dupd config --help'");
    return print(cli);
}
