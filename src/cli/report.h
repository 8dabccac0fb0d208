/*
 * report.h: what people read about one article.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"
#include "engine/engine.h"

/* What an article was compared with. */
struct report_against {
    const char *where;  /* the store's directory, or a file */
    uint64_t articles;  /* of that store, in all; 0: it is a file */
    const char *window; /* only those of the last "30 days" count; "" for all */
};

struct report {
    const struct analysis *analysis;
    const struct judgement *judgement;
    const char *name;  /* file and line, as given */
    const char *other; /* file of the other article, if it is one; else NULL */
    struct report_against against;
};

/* Prints the report on cli->out. Returns CLI_OK or CLI_TROUBLE (memory; said). */
int report_print(struct cli *cli, const struct report *r);

/* "source, date" or the id, whatever is known of an article; safe; appended. 0 or DUPD_ENOMEM. */
int report_outlet(const struct dupd_article *a, struct dupd_buf *out);

#endif
