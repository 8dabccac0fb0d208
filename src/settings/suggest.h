/*
 * suggest.h: the name that was probably meant.
 */
#ifndef SETTINGS_SUGGEST_H
#define SETTINGS_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* Distance of two names in single-character edits, neighbours swapped counting as one (F. Damerau,
 * 1964; the restricted form), '-' and '_' being the same. Names of more than 63 characters are as
 * far from everything as they are long. */
unsigned suggest_distance(const char *a, const char *b);

/* Collects the best of several candidates. Zero-initialised with `wanted` set is valid. */
struct suggest {
    const char *wanted; /* borrowed */
    const char *best;   /* borrowed; NULL while nothing is near enough */
    unsigned distance;
};

/* Offers a candidate: near enough is a third of its length, or `wanted` being its beginning. */
void suggest_offer(struct suggest *s, const char *candidate);

#endif
