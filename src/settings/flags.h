/*
 * flags.h: a command line to settings and operands.
 */
#ifndef SETTINGS_FLAGS_H
#define SETTINGS_FLAGS_H

#include "settings/settings.h"

enum flags_result { FLAGS_OK, FLAGS_HELP, FLAGS_BAD, FLAGS_NOMEM };

/* Reads the words behind a subcommand: --name=VALUE, --name VALUE, --name and --no-name for yes and
 * no, -h and --help, "--" ends the options; options and operands may be mixed. Only options of
 * `groups` are taken. Operands (borrowed from words) go to operands, which has room for `count`,
 * and their number to *operand_count. FLAGS_BAD: `problem` has one clause, with the likely option.
 */
enum flags_result flags_read(struct settings *s, unsigned groups, char **words, size_t count,
                             const char **operands, size_t *operand_count,
                             struct dupd_buf *problem);

#endif
