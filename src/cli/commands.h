/*
 * commands.h: every subcommand of dupd, once. Dispatch, --help, the overview and the man pages come
 * from this table; its options come from settings/settings.h by their groups.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "settings/settings.h"

struct cli;

#define COMMAND_ANY 1000000u /* no upper limit of operands */

#define GROUPS_STORE (GROUP_GENERAL | GROUP_STORE | GROUP_REDIS | GROUP_JSON)
#define GROUPS_READ (GROUPS_STORE | GROUP_INPUT | GROUP_RULE)
#define GROUPS_QUEUE (GROUP_GENERAL | GROUP_QUEUE | GROUP_REDIS)

/* X(name, groups, "operands", least, most, "summary", "description", "example") */
#define COMMANDS(X)                                                                                \
    X(check, GROUPS_READ | GROUP_WORK | GROUP_REPORT | GROUP_ALL, "FILE...|-", 1, COMMAND_ANY,     \
      "is this article a copy of one in the store?",                                               \
      "Compares each article of the files with the store and reports what it was copied from, "    \
      "with the matching passages side by side. Reads only. A file is plain text, an HTML page, "  \
      "a JSON object, a JSON array or JSON Lines, by its content; - is standard input. Exits 0 "   \
      "when nothing is a copy, 1 when something is, 2 on trouble, which includes a store or a "    \
      "collection that holds nothing within --window. With --json the verdicts come in the "       \
      "order of the files; one that standard error names as not readable has none.",               \
      "dupd check story.txt")                                                                      \
    X(add, GROUPS_READ | GROUP_WORK | GROUP_INDEX, "FILE...|-", 1, COMMAND_ANY,                    \
      "put articles into the store",                                                               \
      "Indexes each article of the files and decides whether it is a copy of an earlier one. "     \
      "With --json the verdicts are printed once they are on the disk. What was there already, "   \
      "by id, is not added twice.",                                                                \
      "dupd add articles.jsonl")                                                                   \
    X(scan, GROUPS_READ | GROUP_WORK | GROUP_INDEX, "FILE...", 1, COMMAND_ANY,                     \
      "deduplicate a whole archive",                                                               \
      "Indexes the files into a private store beside the first one (FILE.dupd; only --store on "   \
      "the command line names another, no variable and no configuration does), then prints a "     \
      "verdict for each article, the stories, and a summary. Interrupted, it continues where it "  \
      "was; run "                                                                                  \
      "again, it prints everything again. With --json the verdicts are followed by an object for " \
      "each story (story, members, outlets, articles: ids, the origin first) and one that sums "   \
      "up.",                                                                                       \
      "dupd scan archive.jsonl")                                                                   \
    X(compare, GROUP_GENERAL | GROUP_INPUT | GROUP_RULE | GROUP_JSON | GROUP_REPORT | GROUP_ALL,   \
      "A B", 2, 2, "two files side by side",                                                       \
      "Reports how much of file A stands in file B, as check does, without any store. Exits 0 "    \
      "when A is no copy of B, 1 when it is, 2 on trouble.",                                       \
      "dupd compare spun.txt original.txt")                                                        \
    X(explain, GROUPS_READ, "A B", 2, 2, "every number behind a verdict",                          \
      "Prints all that is known of A against B: sketches, overlap, each rule with what it asks "   \
      "and what there is, and the rule that decided. A and B are files or ids of the store.",      \
      "dupd explain spun.txt wire-77")                                                             \
    X(show, GROUPS_STORE | GROUP_INPUT, "ID", 1, 1,                                                \
      "an article of the store, with its verdict and text",                                        \
      "Prints the fields, the verdict, the story and the text of the article with this id.",       \
      "dupd show wire-77")                                                                         \
    X(forget, GROUPS_STORE | GROUP_INPUT | GROUP_INDEX, "ID...", 1, COMMAND_ANY,                   \
      "remove articles from the store",                                                            \
      "Removes the articles with these ids: they are not compared with any more.",                 \
      "dupd forget wire-77")                                                                       \
    X(stats, GROUPS_STORE, "", 0, 0, "what the store holds",                                       \
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
    X(serve,                                                                                       \
      GROUP_GENERAL | GROUP_QUEUE | GROUP_DAEMON | GROUP_STORE | GROUP_REDIS | GROUP_INPUT |       \
          GROUP_WORK | GROUP_INDEX | GROUP_RULE,                                                   \
      "", 0, 0, "the daemon: articles in, verdicts out, as they come",                             \
      "Takes articles from a queue in Redis (--redis), and from dupd add where the store is a "    \
      "directory, decides about each, and publishes verdicts and alerts. Ends by SIGTERM, after "  \
      "what is in work is done; a second one ends it at once; SIGHUP reads the configuration "     \
      "again. Exits with the statuses of sysexits(3): 0 when told to end, 64 wrong usage, 65 a "   \
      "damaged store, 69 a Redis that is too old, 70 no memory, 74 a store that cannot be "        \
      "written, 75 another process writes to it, 78 a wrong setting.",                             \
      "dupd serve --redis redis://localhost")                                                      \
    X(push, GROUPS_QUEUE | GROUP_INPUT | GROUP_WORK | GROUP_RULE | GROUP_JSON, "FILE...|-", 1,     \
      COMMAND_ANY, "put articles into the queue",                                                  \
      "Checks each article of the files as the daemon will, and adds it to the queue's stream. "   \
      "What the daemon would refuse is said with file and line, and passed over. On a queue "      \
      "an article has an id; a plain text or a page gets one from its address or its content.",    \
      "dupd push --redis redis://localhost articles.jsonl")                                        \
    X(tail, GROUPS_QUEUE | GROUP_JSON | GROUP_TAIL, "", 0, 0, "follow the verdicts as they come",  \
      "Prints a line for each verdict that the daemons publish, or for each alert or story "       \
      "event; with --json the object itself. Ends by Ctrl-C, or after --limit lines.",             \
      "dupd tail --redis redis://localhost --alerts")                                              \
    X(dead, GROUPS_QUEUE | GROUP_JSON | GROUP_ALL, "list|requeue|drop [ENTRY...]", 1, COMMAND_ANY, \
      "queue entries that were given up",                                                          \
      "list prints them with the reason; requeue puts entries back into the queue as they "        \
      "were; drop removes them. Entries are named as list prints them; --all means every one.",    \
      "dupd dead list --redis redis://localhost")                                                  \
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
