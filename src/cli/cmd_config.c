/*
 * cmd_config.c: `dupd config`: what is in force and from where; what is wrong with a file.
 */
#include <unistd.h>

#include "cli/cli.h"
#include "dupd/error.h"
#include "engine/json_write.h"

/* "default", "environment", "flag" or the place in the file, appended. */
static int put_origin(const struct settings *s, enum setting_id id, struct dupd_buf *out)
{
    static const char *const from[] = {"default", "", "environment", "flag"};
    struct setting_origin origin = s->origin[id];
    if (origin.from == SETTING_FILE)
        return dupd_buf_addf(out, "%s:%u", s->file, origin.line);
    return dupd_buf_add_str(out, from[origin.from]);
}

static int put_json(struct cli *cli, const char *name, struct dupd_view value,
                    struct dupd_view origin)
{
    struct dupd_buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open(&w, '{');
    json_key(&w, "option");
    json_string(&w, dupd_view_of(name));
    json_key(&w, "value");
    json_string(&w, value);
    json_key(&w, "from");
    json_string(&w, origin);
    json_close(&w, '}');
    int rc = json_status(&w);
    if (!rc)
        fprintf(cli->out, "%.*s\n", (int)out.len, out.ptr);
    dupd_buf_close(&out);
    return rc;
}

static int print(struct cli *cli)
{
    const struct settings *s = &cli->settings;
    struct dupd_buf value = {0}, origin = {0};
    int rc = 0;
    for (enum setting_id id = 0; id < SETTING_ID_COUNT && !rc; id++) {
        const struct setting *row = setting_row(id);
        if (row->group == GROUP_CONFIG)
            continue;
        dupd_buf_clear(&value);
        dupd_buf_clear(&origin);
        rc = settings_format(s, id, &value);
        rc = rc ? rc : put_origin(s, id, &origin);
        if (!rc && s->json) {
            rc = put_json(cli, row->name, dupd_buf_view(&value), dupd_buf_view(&origin));
        } else if (!rc) {
            fprintf(cli->out, "%s = %.*s", row->name, (int)value.len, value.ptr ? value.ptr : "");
            int pad = 40 - (int)(strlen(row->name) + 3 + value.len);
            fprintf(cli->out, "%*s# %.*s\n", pad > 1 ? pad : 1, "", (int)origin.len, origin.ptr);
        }
    }
    dupd_buf_close(&value);
    dupd_buf_close(&origin);
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
    if (rc != DUPD_ENOMEM) {
        int of_all = cli_check_settings(s, &problems);
        rc = of_all ? of_all : rc;
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
