/*
 * progress.h: how far long work is, on a terminal: one line that is written over.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/cli.h"

struct progress {
    struct cli *cli;
    const char *doing; /* "adding" */
    uint64_t began_us, shown_us, articles;
    bool shown;
};

void progress_begin(struct progress *p, struct cli *cli, const char *doing);

/* One more article; `done` of `total` bytes of the input are read (total 0: unknown). Cheap. */
void progress_step(struct progress *p, uint64_t done, uint64_t total);

/* Removes the line, so that something else can be printed. */
void progress_clear(struct progress *p);

/* Removes the line and says how long it took, on a terminal. */
void progress_end(struct progress *p);

#endif
