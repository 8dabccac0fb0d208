/*
 * number.h: the one checked parser for numbers that people write, with units.
 *
 * Strict: digits with an optional fraction and an optional unit directly behind, nothing else.
 * Pure, independent of the locale.
 */
#ifndef SETTINGS_NUMBER_H
#define SETTINGS_NUMBER_H

#include "dupd/buf.h"

enum number_unit {
    NUMBER_COUNT, /* 12: no unit, no fraction */
    NUMBER_SIZE, /* bytes: 512, 8MiB, 1.5GiB; K, M, G and KiB, MiB, GiB are powers of 1,024, kB, MB,
                    GB powers of 1,000 */
    NUMBER_SPAN, /* seconds: 90, 90s, 15m, 12h, 30d, 2w */
    NUMBER_SHARE /* 0.3 or 30% */
};

/* The value of `text` in the base unit, which must lie in [min, max]. Returns 0; DUPD_ESYNTAX: not
 * such a number; DUPD_EINVAL: outside the range. *out is set only on 0. */
int number_parse(struct dupd_view text, enum number_unit unit, double min, double max, double *out);

/* Appends the value as a person would write it ("8MiB", "30d", "0.3"); number_parse reads it back.
 * Returns 0 or DUPD_ENOMEM. */
int number_format(double value, enum number_unit unit, struct dupd_buf *out);

/* "a number", "a size such as 8MiB", ...; static. */
const char *number_unit_text(enum number_unit unit);

#endif
