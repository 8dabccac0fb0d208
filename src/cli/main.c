/*
 * main.c: the program `dupd`: finds the subcommand, reads its options, runs it.
 *
 *   argv -> command -> flags -> environment -> file -> run -> exit status
 *
 * Failures before run: an unknown command or option, a bad value, a bad configuration file; each is
 * said with the likely one meant, and the exit status is 2.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "cli/term.h"
#include "daemon/app.h"
#include "dupd/error.h"
#include "redis/url.h"
#include "settings/flags.h"
#include "settings/names.h"
#include "settings/suggest.h"

static const struct command commands[] = {
#define COMMAND_ROW(name, groups, operands, least, most, summary, description, example)            \
    {#name, groups, operands, least, most, summary, description, example, command_##name},
    COMMANDS(COMMAND_ROW)
#undef COMMAND_ROW
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

const struct command *command_table(size_t *count)
{
    *count = COMMAND_COUNT;
    return commands;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

int cli_problem(struct cli *cli, const char *format, ...)
{
    struct dupd_buf line = {0};
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n >= 0 && term_add(&line, (struct dupd_view){text, (size_t)n}, 0) == 0)
        fprintf(cli->err, "dupd: %.*s\n", (int)line.len, line.ptr);
    else
        fputs("dupd: out of memory\n", cli->err);
    if (n >= 0)
        free(text);
    dupd_buf_close(&line);
    return CLI_TROUBLE;
}

const char *cli_environment(const struct cli *cli, const char *name)
{
    size_t n = strlen(name);
    for (char *const *e = cli->environment; *e; e++) {
        if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
            return *e + n + 1;
    }
    return NULL;
}

/* Prints each line of `problems`. */
static int say_problems(struct cli *cli, struct dupd_view problems)
{
    while (problems.len) {
        const char *end = memchr(problems.ptr, '\n', problems.len);
        size_t n = end ? (size_t)(end - problems.ptr) : problems.len;
        cli_problem(cli, "%.*s", (int)n, problems.ptr);
        n += end != NULL;
        problems = (struct dupd_view){problems.ptr + n, problems.len - n};
    }
    return CLI_TROUBLE;
}

/* A URL that is none is said with the option that has it. */
static int check_url(const struct settings *s, enum setting_id id, const char *text,
                     struct dupd_buf *problems)
{
    struct redis_url url;
    char problem[256];
    if (!text[0] || redis_url_parse(&url, text, problem) == 0)
        return DUPD_OK;
    int rc = setting_put_place(s, id, problems);
    rc = rc ? rc : dupd_buf_addf(problems, ": %s\n", problem);
    return rc ? rc : DUPD_EINVAL;
}

int cli_check_settings(const struct settings *s, struct dupd_buf *problems)
{
    int names = settings_check_names(s, problems);
    int redis = check_url(s, SETTING_ID_redis, s->redis, problems);
    bool in_redis = redis_url_is_one(s->store);
    int store = check_url(s, SETTING_ID_store, in_redis ? s->store : "", problems);
    return names ? names : redis ? redis : store;
}

/* Environment, then the file that it or a flag names, else the system's if there is one; then what
 * options must not say together. */
int cli_read_sources(const struct cli *cli, struct settings *s, struct dupd_buf *problems)
{
    int rc = settings_read_environment(s, cli->environment, false, problems);
    if (rc == DUPD_ENOMEM)
        return rc;
    bool named = s->config[0] != '\0';
    int file = named || access(DUPD_CONFIG_FILE, F_OK) == 0
                   ? settings_read_file(s, named ? s->config : DUPD_CONFIG_FILE, problems)
                   : DUPD_OK;
    if (file == DUPD_ENOMEM)
        return file;
    bool of_queue = cli->command->groups & GROUP_QUEUE;
    bool of_redis = of_queue || (cli->command->groups & GROUP_REDIS && !s->store[0]);
    int all = of_redis || redis_url_is_one(s->store) ? cli_check_settings(s, problems) : DUPD_OK;
    return all ? all : file ? file : rc;
}

/* A daemon's supervisor tells mistakes apart by the status. */
static int status_of(const struct cli *cli, int of_daemon)
{
    return cli->command->run == command_serve ? of_daemon : CLI_TROUBLE;
}

static void look_at_terminal(struct cli *cli)
{
    const struct settings *s = &cli->settings;
    unsigned columns = term_columns(STDOUT_FILENO);
    const char *no_color = cli_environment(cli, "NO_COLOR");
    cli->color = s->color == COLOR_ALWAYS ||
                 (s->color == COLOR_AUTO && columns > 0 && !(no_color && no_color[0]));
    cli->width = columns ? columns : TERM_WIDTH_DEFAULT;
    if (cli->width > TERM_WIDTH_MAX)
        cli->width = TERM_WIDTH_MAX;
    if (s->width)
        cli->width = (unsigned)s->width;
    cli->err_is_terminal = term_columns(STDERR_FILENO) > 0;
}

/* Everything is set: runs the command and makes sure that its output got out. */
static int run(struct cli *cli)
{
    const struct command *c = cli->command;
    if (cli->operand_count < c->least)
        return cli_problem(cli, "%s: needs %s; see 'dupd %s --help'", c->name, c->operands,
                           c->name);
    if (cli->operand_count > c->most) {
        cli_problem(cli, "%s: '%s' is one operand too many; see 'dupd %s --help'", c->name,
                    cli->operands[c->most], c->name);
        return status_of(cli, APP_USAGE);
    }
    look_at_terminal(cli);
    int status = c->run(cli);
    if (fflush(cli->out) || ferror(cli->out))
        status = cli_problem(cli, "the output could not be written; is the disk full?");
    return status;
}

static int dispatch(struct cli *cli)
{
    struct dupd_buf problem = {0};
    int status = status_of(cli, APP_USAGE);
    switch (flags_read(&cli->settings, cli->command->groups, cli->words, cli->word_count,
                       cli->operands, &cli->operand_count, &problem)) {
    case FLAGS_HELP:
        status = help_command(cli);
        break;
    case FLAGS_BAD:
        cli_problem(cli, "%s: %.*s; see 'dupd %s --help'", cli->command->name, (int)problem.len,
                    problem.ptr, cli->command->name);
        break;
    case FLAGS_NOMEM:
        cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
        break;
    case FLAGS_OK:
        /* config --check reports the problems of the sources itself, all of them. */
        if (!cli->settings.check && cli_read_sources(cli, &cli->settings, &problem)) {
            say_problems(cli, dupd_buf_view(&problem));
            status = status_of(cli, APP_CONFIG);
        } else {
            status = run(cli);
        }
        break;
    }
    dupd_buf_close(&problem);
    return status;
}

static int no_such_command(struct cli *cli, const char *name)
{
    struct suggest s = {.wanted = name};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        suggest_offer(&s, commands[i].name);
    if (s.best)
        return cli_problem(cli, "no such command: %s; did you mean '%s'?", name, s.best);
    return cli_problem(cli, "no such command: %s; 'dupd --help' lists them", name);
}

int main(int argc, char **argv)
{
    struct cli cli = {.out = stdout, .err = stderr, .environment = environ};
    const char *name = argc > 1 ? argv[1] : "";
    if (argc < 2) {
        help_overview(&cli, stderr);
        return CLI_TROUBLE;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help_topic(&cli, argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "--version") == 0)
        name = "version";
    if (strcmp(name, "help-man") == 0) /* for the build: prints a man page */
        return help_man(&cli, argc > 2 ? argv[2] : NULL);
    cli.command = command_find(name);
    if (!cli.command)
        return no_such_command(&cli, name);
    cli.words = argv + 2;
    cli.word_count = (size_t)argc - 2;
    cli.operands = calloc(cli.word_count + 1, sizeof *cli.operands);
    if (!cli.operands)
        return cli_problem(&cli, "%s", dupd_error_text(DUPD_ENOMEM));
    settings_init(&cli.settings);
    int status = dispatch(&cli);
    settings_close(&cli.settings);
    free(cli.operands);
    return status;
}
