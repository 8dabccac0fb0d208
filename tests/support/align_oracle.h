/*
 * align_oracle.h: what any alignment must satisfy, checked the slow way. For tests only.
 */
#ifndef SUPPORT_ALIGN_ORACLE_H
#define SUPPORT_ALIGN_ORACLE_H

#include "dupd/align.h"

/* Recomputes every figure of o from a, b and the pairs alone, and checks what the pairs and the
 * passages promise. NULL when all holds, else static text: what is wrong. */
const char *align_oracle(const struct dupd_side *a, const struct dupd_side *b,
                         const struct dupd_overlap *o);

/* Nothing that is plain to see may be missed: of every maximal equal run of at least 12 tokens
 * whose shingles stand once in each text, all but less than a shingle at either end (which a
 * neighbour may have taken) must be paired. NULL or what is wrong. Quadratic. */
const char *align_oracle_found(const struct dupd_side *a, const struct dupd_side *b,
                               const struct dupd_overlap *o);

#endif
