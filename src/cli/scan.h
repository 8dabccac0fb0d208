/*
 * scan.h: what the parts of `dupd scan` share.
 */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include "cli/session.h"
#include "cli/tally.h"

/* Copies by their verdicts; item i of the three belongs to one copy. */
struct scan_copies {
    struct dupd_buf n;             /* uint64_t: the article's number */
    struct tally origins, copiers; /* outlets */
};

struct scan_counts {
    uint64_t articles, problems, verdict[DUPD_VERDICT_COUNT];
    struct scan_copies given; /* as the verdicts said; the rest is what holds at the end */
    uint64_t stories;         /* of two articles and more */
    uint64_t copies, late;    /* late: that became one when their origin came in after them */
    struct tally origins, copiers;
};

/* Prints each story of two articles and more: origin, members, in order of the story's number.
 * Counts them, and the copies: in a story its origin is the origin, whatever the verdict said
 * before it came; apart from them the verdict holds. Returns CLI_OK or CLI_TROUBLE after saying
 * why. */
int scan_stories(struct cli *cli, struct session *s, struct scan_counts *counts);

/* Prints the summary. Returns CLI_OK or CLI_TROUBLE. */
int scan_summary(struct cli *cli, const struct session *s, const struct scan_counts *counts);

#endif
