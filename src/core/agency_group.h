/*
 * agency_group.h: agencies' names side by side, and whether they stand where a credit stands.
 * Internal to the core.
 */
#ifndef DUPD_CORE_AGENCY_GROUP_H
#define DUPD_CORE_AGENCY_GROUP_H

#include "agency_line.h"

#define GROUP_AGENCIES 4u

/* One or more names with nothing but joining words and signs between: "AFP/Reuters". */
struct group {
    size_t begin, end;
    uint32_t kind; /* of all its names */
    uint16_t agency[GROUP_AGENCIES];
    unsigned count;
    bool exact;   /* every name in the case of the table */
    bool is_mark; /* no name that is safe outside brackets and credit lines */
};

/* The group that begins with hit *i, a name; *i is moved behind it. */
struct group group_read(const struct line *l, unsigned *i);

/* Whether a hit is an agency's name. */
static inline bool group_begins(const struct agency_hit *h)
{
    return (h->kind & AGENCY_ANY_NAME) != 0;
}

/* Skips hits of these kinds that end where `at` is, backwards, with white space between. */
size_t group_skip_back(const struct line *l, size_t at, uint32_t kinds);

/* The hit of one of these kinds that ends before `at`, with white space and, if `colon`, a colon
 * between; NULL if there is none. */
const struct agency_hit *group_hit_before(const struct line *l, size_t at, uint32_t kinds,
                                          bool colon);

/* Nothing of a sentence stands before `at`; behind `at`. */
bool group_opens(const struct line *l, size_t at);
bool group_closes(const struct line *l, size_t at);

/* A sentence ends in [from, to): a stop, then a space; not behind short words, which are
 * abbreviations (Mich., D.C.). */
bool group_sentence_ends(const struct line *l, size_t from, size_t to);

/* A short word in one case that belongs to the desk or to a partner: "lnw" in (dpa/lnw), "CBS" in
 * (CBS/AP). Moves *at over it and the slash that ties it to the group; false when there is none. */
bool group_skip_slug(const struct line *l, size_t *at, bool forward);

/* The group alone in brackets or slashes; *open and *close are their outer ends. */
bool group_in_brackets(const struct line *l, const struct group *g, size_t *open, size_t *close);

/* The dateline that the group makes, in [*begin, *end); false when it makes none. */
bool group_dateline(const struct line *l, const struct group *g, size_t *begin, size_t *end);

#endif
