/*
 * commands.h: every subcommand of dupd, once. Dispatch, --help, the overview and the man pages come
 * from this table; its options come from settings/settings.h by their groups.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "settings/settings.h"

struct cli;

#define COMMAND_ANY 1000000u /* no upper limit of operands */

#define GROUPS_READ (GROUP_GENERAL | GROUP_STORE | GROUP_INPUT | GROUP_RULE | GROUP_JSON)

/* X(name, groups, "operands", least, most, "summary", "description", "example") */
#define COMMANDS(X)                                                                                \
    X(check, GROUPS_READ | GROUP_WORK | GROUP_REPORT, "FILE...|-", 1, COMMAND_ANY,                 \
      "is this article a copy of one in the store?",                                               \
      "Compares each article of the files with the store and reports what it was copied from, "    \
      "with the matching passages side by side. Reads only. A file is plain text, an HTML page, "  \
      "a JSON object, a JSON array or JSON Lines, by its content; - is standard input. Exits 0 "   \
      "when nothing is a copy, 1 when something is, 2 on trouble, an empty store included.",       \
      "dupd check story.txt")                                                                      \
    X(add, GROUPS_READ | GROUP_WORK | GROUP_INDEX, "FILE...|-", 1, COMMAND_ANY,                    \
      "put articles into the store",                                                               \
      "Indexes each article of the files and decides whether it is a copy of an earlier one. "     \
      "With --json the verdicts are printed once they are on the disk. What was there already, "   \
      "by id, is not added twice.",                                                                \
      "dupd add articles.jsonl")                                                                   \
    X(scan, GROUPS_READ | GROUP_WORK | GROUP_INDEX, "FILE...", 1, COMMAND_ANY,                     \
      "deduplicate a whole archive",                                                               \
      "Indexes the files into a private store beside the first one, then prints a verdict for "    \
      "each article, the stories, and a summary. Interrupted, it continues where it was; run "     \
      "again, it prints everything again. With --json the verdicts are followed by an object for " \
      "each story (story, members, outlets, articles: ids, the origin first) and one that sums "   \
      "up.",                                                                                       \
      "dupd scan archive.jsonl")                                                                   \
    X(compare, GROUP_GENERAL | GROUP_INPUT | GROUP_RULE | GROUP_JSON | GROUP_REPORT, "A B", 2, 2,  \
      "two files side by side",                                                                    \
      "Reports how much of file A stands in file B, as check does, without any store. Exits 0 "    \
      "when A is no copy of B, 1 when it is, 2 on trouble.",                                       \
      "dupd compare spun.txt original.txt")                                                        \
    X(explain, GROUPS_READ, "A B", 2, 2, "every number behind a verdict",                          \
      "Prints all that is known of A against B: sketches, overlap, each rule with what it asks "   \
      "and what there is, and the rule that decided. A and B are files or ids of the store.",      \
      "dupd explain spun.txt wire-77")                                                             \
    X(show, GROUP_GENERAL | GROUP_STORE | GROUP_INPUT | GROUP_JSON, "ID", 1, 1,                    \
      "an article of the store, with its verdict and text",                                        \
      "Prints the fields, the verdict, the story and the text of the article with this id.",       \
      "dupd show wire-77")                                                                         \
    X(forget, GROUP_GENERAL | GROUP_STORE | GROUP_INPUT | GROUP_INDEX | GROUP_JSON, "ID...", 1,    \
      COMMAND_ANY, "remove articles from the store",                                               \
      "Removes the articles with these ids: they are not compared with any more.",                 \
      "dupd forget wire-77")                                                                       \
    X(stats, GROUP_GENERAL | GROUP_STORE | GROUP_JSON, "", 0, 0, "what the store holds",           \
      "Prints the number of articles, stories and copies, and the sizes of the store and its "     \
      "index.",                                                                                    \
      "dupd stats --json")                                                                         \
    X(eval, GROUP_GENERAL | GROUP_INPUT | GROUP_WORK | GROUP_RULE | GROUP_JSON | GROUP_EVAL, "",   \
      0, 0, "how well does it do on labelled pairs?",                                              \
      "Streams the articles through a fresh store in order of publication, undated ones last, "    \
      "then scores the pairs. A pair is found when the later article's verdict names the earlier " \
      "one as copied, or both are in one story; an update counts where the outlets are equal. "    \
      "Labels copy, derived and version are to be found; quotes, boilerplate, template and "       \
      "same_event_independent are not; others are reported apart. Each mistake is shown with its " \
      "figures.",                                                                                  \
      "dupd eval --articles articles.jsonl --pairs pairs.jsonl")                                   \
    X(config, ~0u, "[FILE]", 0, 1, "options: what is in force, and from where",                    \
      "With --print shows every option with its value and where that is from; with --check "       \
      "reads the configuration (FILE, or the one in force) and the environment and names every "   \
      "mistake by file, line and key.",                                                            \
      "dupd config --check /etc/dupd/dupd.conf")                                                   \
    X(version, GROUP_GENERAL | GROUP_JSON, "", 0, 0, "version of the program and its formats",     \
      "Prints the version of the program, of its sketches and of its records.", "dupd version")

struct command {
    const char *name;
    unsigned groups;
    const char *operands;
    size_t least, most;
    const char *summary, *description, *example;
    int (*run)(struct cli *cli); /* returns the exit status */
};

#define COMMAND_DECLARE(name, ...) int command_##name(struct cli *cli);
COMMANDS(COMMAND_DECLARE)
#undef COMMAND_DECLARE

/* The table, in the order above, and its length. */
const struct command *command_table(size_t *count);

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

#endif
