/*
 * flow.h: a stretch of an article's text as lines of a column, words that differ marked.
 */
#ifndef CLI_FLOW_H
#define CLI_FLOW_H

#include "dupd/align.h"

/* Finished lines, without padding. Zero-initialised is valid and empty. */
struct flow_lines {
    struct dupd_buf text;
    struct dupd_buf index; /* struct flow_line each */
};

struct flow_line {
    size_t begin, len; /* in text */
    unsigned width;    /* columns */
};

/* One side of a passage. */
struct flow_side {
    struct dupd_view text; /* clean */
    const struct dupd_tokens *tokens;
    const uint32_t *pair; /* for each token: DUPD_UNPAIRED where it differs; NULL: nothing does */
};

void flow_lines_clear(struct flow_lines *l);
void flow_lines_close(struct flow_lines *l);
size_t flow_lines_count(const struct flow_lines *l);
struct flow_line flow_lines_at(const struct flow_lines *l, size_t i);

/* Appends the text of tokens [first, end), with the punctuation around them, in lines of at most
 * `width` columns. Words that differ are coloured, or put in [brackets] without colour. Control
 * characters are replaced (cli/term.h). Returns 0 or DUPD_ENOMEM. */
int flow_add(struct flow_lines *l, const struct flow_side *side, uint32_t first, uint32_t end,
             unsigned width, bool color);

#endif
