/*
 * man.c: the man pages, in mdoc(7), printed by `dupd help-man [COMMAND]` while dupd is built.
 */
#include "cli/help.h"

#define MAN_DATE "November 23, 2026"

/* Text with roff's own characters escaped, each sentence on a line of its own. Text of the tables
 * holds no line that begins with a dot. */
static void put(FILE *to, const char *text)
{
    bool ended = false;
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", to);
        else if (*text == ' ' && ended && text[1] >= 'A' && text[1] <= 'Z')
            fputc('\n', to);
        else
            fputc(*text, to);
        ended = *text == '.';
    }
}

static void put_option(FILE *to, const struct setting *row)
{
    char flag[SETTING_NAME_MAX], variable[SETTING_NAME_MAX];
    fprintf(to, ".It Fl \\-%s%s", setting_flag(row, flag), row->argument[0] ? " Ns = Ns Ar " : "");
    put(to, row->argument);
    fputc('\n', to);
    put(to, row->help);
    fputs(".\n", to);
    if (row->fallback[0])
        fprintf(to, "Default:\n.Ql %s .\n", row->fallback);
    fprintf(to, "Variable:\n.Ev %s .\n", setting_variable(row, variable));
}

static void put_options(FILE *to, unsigned groups)
{
    unsigned group;
    const char *heading;
    for (size_t g = 0; (heading = help_group(g, &group)); g++) {
        if (!(groups & group))
            continue;
        fprintf(to, ".Ss %s\n.Bl -tag -width Ds\n", heading);
        for (int id = 0; id < SETTING_ID_COUNT; id++) {
            if (setting_row((enum setting_id)id)->group == group)
                put_option(to, setting_row((enum setting_id)id));
        }
        fputs(".El\n", to);
    }
}

/* References to all commands, in order of name as mdoc wants them. */
static void put_references(FILE *to)
{
    size_t count;
    const struct command *c = command_table(&count);
    for (const char *last = "";;) {
        const char *next = NULL;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(c[i].name, last) > 0 && (!next || strcmp(c[i].name, next) < 0))
                next = c[i].name;
        }
        if (next)
            fprintf(to, "%s.Xr dupd-%s 1", *last ? " ,\n" : "", next);
        else
            break;
        last = next;
    }
    fputc('\n', to);
}

/* What all pages end with; `command` is NULL for the program's own. */
static void put_tail(FILE *to, const struct command *command)
{
    fputs(".Sh FILES\n.Bl -tag -width Ds\n.It Pa " DUPD_CONFIG_FILE "\n"
          "Options, one\n.Ql name = value\na line;\n.Ql #\nbegins a comment.\n"
          "Flags win over the environment, the environment over the file.\n"
          ".It Pa ~/.local/share/dupd\n"
          "The store, unless\n.Ev XDG_DATA_HOME\nor\n.Fl \\-store\nsays otherwise.\n.El\n"
          ".Sh EXIT STATUS\n"
          ".Bl -tag -width Ds\n.It 0\nDone; nothing is a copy.\n"
          ".It 1\nA copy was found\n.Pq Cm check , compare .\n"
          ".It 2\nSomething could not be done; it is said on standard error.\n.El\n",
          to);
    if (command)
        fprintf(to, ".Sh EXAMPLES\n.Dl %s\n.Sh SEE ALSO\n.Xr dupd 1\n", command->example);
    if (!command) {
        fputs(".Sh SEE ALSO\n", to);
        put_references(to);
    }
}

static void put_program(FILE *to)
{
    size_t count;
    const struct command *c = command_table(&count);
    fputs(".Dd " MAN_DATE "\n.Dt DUPD 1\n.Os\n.Sh NAME\n.Nm dupd\n"
          ".Nd near-duplicate and syndication detector for news\n"
          ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n.Op Ar operand ...\n"
          ".Sh DESCRIPTION\n.Nm\nfinds copies of news articles: syndicated, trimmed, merged and "
          "machine-spun ones.\nIt tells a copy from an independent report of the same event that "
          "quotes the same words, and shows the matching passages.\n.Pp\nThe commands are:\n"
          ".Bl -tag -width Ds\n",
          to);
    for (size_t i = 0; i < count; i++) {
        fprintf(to, ".It Cm %s\n", c[i].name);
        put(to, c[i].summary);
        fputc('\n', to);
    }
    fputs(".El\n.Sh OPTIONS\nEach command takes some of these.\n", to);
    put_options(to, ~0u);
    put_tail(to, NULL);
}

static void put_command(FILE *to, const struct command *c)
{
    fputs(".Dd " MAN_DATE "\n.Dt DUPD-", to);
    for (const char *p = c->name; *p; p++)
        fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, to);
    fprintf(to, " 1\n.Os\n.Sh NAME\n.Nm dupd-%s\n.Nd ", c->name);
    put(to, c->summary);
    fprintf(to, "\n.Sh SYNOPSIS\n.Nm dupd %s\n.Op Ar option ...\n", c->name);
    if (c->operands[0])
        fprintf(to, ".Ar %s\n", c->operands);
    fputs(".Sh DESCRIPTION\n", to);
    put(to, c->description);
    fputs("\n.Sh OPTIONS\n", to);
    put_options(to, c->groups);
    put_tail(to, c);
}

int help_man(struct cli *cli, const char *name)
{
    const struct command *c = name ? command_find(name) : NULL;
    if (name && !c)
        return cli_problem(cli, "no such command: %s", name);
    if (c)
        put_command(cli->out, c);
    else
        put_program(cli->out);
    return fflush(cli->out) ? CLI_TROUBLE : CLI_OK;
}
