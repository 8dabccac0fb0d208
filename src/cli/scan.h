/*
 * scan.h: what the parts of `dupd scan` share.
 */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include "cli/session.h"
#include "cli/tally.h"

struct scan_counts {
    uint64_t articles, problems, verdict[DUPD_VERDICT_COUNT];
    uint64_t stories;              /* of two articles and more */
    struct tally origins, copiers; /* outlets */
};

/* Prints each story of two articles and more: origin, members, in order of the story's number.
 * Counts them. Returns CLI_OK or CLI_TROUBLE after saying why. */
int scan_stories(struct cli *cli, struct session *s, struct scan_counts *counts);

/* Prints the summary. Returns CLI_OK or CLI_TROUBLE. */
int scan_summary(struct cli *cli, const struct session *s, const struct scan_counts *counts);

#endif
