/*
 * tally.h: how often each of many names occurs. For summaries: names are collected, then counted
 * once at the end. Memory: the names themselves.
 */
#ifndef CLI_TALLY_H
#define CLI_TALLY_H

#include <stdint.h>

#include "dupd/buf.h"

/* Zero-initialised is valid and empty. */
struct tally {
    struct dupd_buf names; /* one behind the other */
    struct dupd_buf ends;  /* size_t: where each ends */
};

struct tally_entry {
    struct dupd_view name; /* points into the tally */
    uint64_t count;
};

void tally_close(struct tally *t);
int tally_add(struct tally *t, struct dupd_view name); /* 0 or DUPD_ENOMEM */

/* The name that was added as number i, from 0. Adding more makes it invalid. */
struct dupd_view tally_name(const struct tally *t, size_t i);

/* The most frequent names, at most `most` of them, ties in alphabetical order. Returns how many, or
 * DUPD_ENOMEM. Adding more makes the entries invalid. */
int tally_top(const struct tally *t, struct tally_entry *out, size_t most);

#endif
