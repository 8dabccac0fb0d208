/*
 * cli.h: what every subcommand is given, and how it speaks.
 *
 * Results go to `out`, everything else to `err`, one line each: "dupd: what, where, what to do".
 * Whatever comes from outside (file names, titles, texts) passes through term_put or cli_problem,
 * which let no control character reach a terminal.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "cli/commands.h"

enum cli_exit {
    CLI_OK = 0,     /* done; no copy found */
    CLI_COPY = 1,   /* a copy was found */
    CLI_TROUBLE = 2 /* something could not be done; said on err */
};

struct cli {
    struct settings settings;
    const struct command *command;
    const char **operands; /* borrowed */
    size_t operand_count;
    FILE *out, *err;
    char *const *environment;
    char **words; /* of the command line, behind the command; borrowed */
    size_t word_count;
    bool color;           /* colours and marks on out */
    bool err_is_terminal; /* progress may be shown */
    unsigned width;       /* columns of out */
};

/* One line on err: "dupd: " and the text, control characters replaced. Returns CLI_TROUBLE. */
int cli_problem(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The value of an environment variable, or NULL. */
const char *cli_environment(const struct cli *cli, const char *name);

/* What is wrong with settings that are well-formed each: names that coincide, URLs that lead
 * nowhere. Appends and returns as cli_read_sources. */
int cli_check_settings(const struct settings *s, struct dupd_buf *problems);

/* Reads the environment and the configuration file into *s, which has the flags already. Returns 0
 * or a code, with one line for each problem in problems. */
int cli_read_sources(const struct cli *cli, struct settings *s, struct dupd_buf *problems);

#endif
