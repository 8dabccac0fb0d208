/*
 * help.h: --help and the man pages, from the tables of commands and options.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

/* The overview of all commands. */
void help_overview(struct cli *cli, FILE *to);

/* `dupd COMMAND --help`, of cli->command. Returns CLI_OK. */
int help_command(struct cli *cli);

/* `dupd help [NAME]`. Returns CLI_OK or CLI_TROUBLE. */
int help_topic(struct cli *cli, const char *name);

/* The man page of a command, or of the program (NULL), in mdoc(7), on out. */
int help_man(struct cli *cli, const char *name);

/* The groups of options, with a heading; NULL behind the last. */
const char *help_group(size_t index, unsigned *group);

#endif
