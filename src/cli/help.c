/* help.c: --help, in text. */
#include "cli/help.h"

#include "dupd/error.h"

#define OPTION_COLUMN 30 /* where the help text of an option begins */
#define HELP_WIDTH 100

const char *help_group(size_t index, unsigned *group)
{
    static const struct {
        unsigned group;
        const char *heading;
    } groups[] = {
        {GROUP_CONFIG, "Configuration"}, {GROUP_QUEUE, "Queue"},     {GROUP_DAEMON, "Daemon"},
        {GROUP_TAIL, "Following"},       {GROUP_ALL, "Selection"},   {GROUP_REPORT, "Report"},
        {GROUP_JSON, "Output"},          {GROUP_STORE, "Store"},     {GROUP_REDIS, "Redis"},
        {GROUP_INPUT, "Input"},          {GROUP_WORK, "Work"},       {GROUP_INDEX, "Index"},
        {GROUP_RULE, "Decision"},        {GROUP_EVAL, "Evaluation"}, {GROUP_GENERAL, "General"},
    };
    if (index >= sizeof groups / sizeof groups[0])
        return NULL;
    *group = groups[index].group;
    return groups[index].heading;
}

/* Prints text in lines of HELP_WIDTH, from column `at` on, the following ones from `indent`. */
static void wrap(FILE *to, const char *text, int at, int indent)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        if (at + (int)word > HELP_WIDTH && at > indent) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
        }
        fprintf(to, "%.*s", (int)word, text);
        at += (int)word;
        text += word;
        if (*text == ' ') {
            text++;
            if (*text && at + 1 + (int)strcspn(text, " ") <= HELP_WIDTH) {
                fputc(' ', to);
                at++;
            } else if (*text) {
                fprintf(to, "\n%*s", indent, "");
                at = indent;
            }
        }
    }
    fputc('\n', to);
}

void help_overview(struct cli *cli, FILE *to)
{
    (void)cli;
    size_t count;
    const struct command *c = command_table(&count);
    fputs("dupd finds copies of news articles: syndicated, trimmed, merged and machine-spun ones.\n"
          "\nUsage: dupd COMMAND [OPTION...] [OPERAND...]\n\n",
          to);
    for (size_t i = 0; i < count; i++)
        fprintf(to, "  %-9s %s\n", c[i].name, c[i].summary);
    fputs("\n'dupd COMMAND --help' says more. To begin with:\n\n"
          "  dupd add articles.jsonl\n"
          "  dupd check story.txt\n",
          to);
}

static void option(FILE *to, const struct setting *row)
{
    char flag[SETTING_NAME_MAX];
    int n = fprintf(to, "  --%s%s%s", setting_flag(row, flag), row->argument[0] ? "=" : "",
                    row->argument);
    if (n > OPTION_COLUMN - 2) {
        fputc('\n', to);
        n = 0;
    }
    fprintf(to, "%*s", OPTION_COLUMN - n, "");
    char text[400];
    bool shown = row->fallback[0] && row->type != SETTING_FLAG;
    snprintf(text, sizeof text, "%s%s%s%s", row->help, shown ? " [" : "",
             shown ? row->fallback : "", shown ? "]" : "");
    wrap(to, text, OPTION_COLUMN, OPTION_COLUMN);
}

int help_command(struct cli *cli)
{
    const struct command *c = cli->command;
    FILE *to = cli->out;
    fprintf(to, "dupd %s: %s\n\nUsage: dupd %s [OPTION...]%s%s\n\n", c->name, c->summary, c->name,
            c->operands[0] ? " " : "", c->operands);
    wrap(to, c->description, 0, 0);
    fprintf(to, "\nExample:\n  %s\n", c->example);
    unsigned group;
    const char *heading;
    for (size_t g = 0; (heading = help_group(g, &group)); g++) {
        /* config takes the options of all commands; they need not be repeated there */
        bool brief = c->groups == ~0u && group != GROUP_CONFIG && group != GROUP_GENERAL;
        if (!(c->groups & group) || brief)
            continue;
        fprintf(to, "\n%s:\n", heading);
        for (int id = 0; id < SETTING_ID_COUNT; id++) {
            if (setting_row((enum setting_id)id)->group == group)
                option(to, setting_row((enum setting_id)id));
        }
    }
    fprintf(to, "  %-*s%s\n", OPTION_COLUMN - 2, "--help", "this text");
    fputs("\nEvery option can also be set as DUPD_NAME in the environment or as 'name = value' in "
          "the\nconfiguration file; see 'dupd config --print'.\n",
          to);
    return fflush(to) ? CLI_TROUBLE : CLI_OK;
}

int help_topic(struct cli *cli, const char *name)
{
    if (!name || strcmp(name, "help") == 0) {
        help_overview(cli, cli->out);
        return fflush(cli->out) ? CLI_TROUBLE : CLI_OK;
    }
    cli->command = command_find(name);
    if (!cli->command)
        return cli_problem(cli, "no such command: %s; 'dupd --help' lists them", name);
    return help_command(cli);
}
