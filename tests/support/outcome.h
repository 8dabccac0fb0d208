/*
 * outcome.h: what a store holds after many articles: which are copies, and which are in one story.
 * Stories are named by their first member in order of id, so that two stores can be compared
 * whatever numbers they gave.
 */
#ifndef TESTS_OUTCOME_H
#define TESTS_OUTCOME_H

#include "store/store.h"

/* Appends a line "id story-name origin-id copy|-" for each of the living articles, sorted. Aborts
 * when an operation fails. Runs the store. */
void outcome_write(struct store *s, struct dupd_buf *out);

#endif
