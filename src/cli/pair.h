/*
 * pair.h: two articles compared directly, as compare and explain do.
 */
#ifndef CLI_PAIR_H
#define CLI_PAIR_H

#include "cli/session.h"

struct pair {
    struct analysis a, b;       /* a is judged against b */
    struct match match;         /* b, as a match of a; views into b */
    struct judgement judgement; /* points to match */
    struct dupd_aligner aligner;
};

void pair_init(struct pair *p);
void pair_close(struct pair *p);

/* Compares p->a with p->b, which are filled in, and makes the judgement. Returns CLI_OK or
 * CLI_TROUBLE after saying why. */
int pair_judge(struct cli *cli, struct session *s, struct pair *p);

#endif
