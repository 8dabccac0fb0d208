/*
 * report.h: what people read about one article.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"
#include "engine/engine.h"

struct report {
    const struct analysis *analysis;
    const struct judgement *judgement;
    const char *name;          /* file and line, as given */
    const char *other;         /* file of the other article, if it is one; else NULL */
    const char *against;       /* what it was compared with: the store's directory, or a file */
    uint64_t against_articles; /* articles of that store; 0: `against` is a file */
};

/* Prints the report on cli->out. Returns CLI_OK or CLI_TROUBLE (memory; said). */
int report_print(struct cli *cli, const struct report *r);

/* "source, date" or the id, whatever is known of an article; safe; appended. 0 or DUPD_ENOMEM. */
int report_outlet(const struct dupd_article *a, struct dupd_buf *out);

#endif
