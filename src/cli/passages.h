/*
 * passages.h: the matched passages of two texts, side by side.
 */
#ifndef CLI_PASSAGES_H
#define CLI_PASSAGES_H

#include "cli/cli.h"
#include "dupd/align.h"

struct passages {
    struct dupd_view text_a, text_b; /* clean */
    const struct dupd_tokens *tokens_a, *tokens_b;
    const struct dupd_overlap *overlap;
    const char *title_a, *title_b; /* over the columns; safe */
};

/* Prints the heaviest three passages in order of the text, long ones as head and tail; with --all
 * every one, in full. Returns 0 or DUPD_ENOMEM. */
int passages_print(struct cli *cli, const struct passages *p);

/* The beginnings of both texts side by side, for texts too short to have passages. */
int passages_print_heads(struct cli *cli, const struct passages *p);

#endif
