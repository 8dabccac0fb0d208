/*
 * random_text.h: random text from a seed, for tests. Words are drawn from a vocabulary by a rough
 * Zipf law, so that shingles repeat as they do in prose. Not for cryptography, nor for statistics.
 */
#ifndef SUPPORT_RANDOM_TEXT_H
#define SUPPORT_RANDOM_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "dupd/buf.h"

struct random_text {
    uint64_t state; /* any value */
};

/* splitmix64 (Steele, Lea, Flood, 2014). */
static inline uint64_t random_next(struct random_text *p)
{
    uint64_t z = p->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline uint32_t random_below(struct random_text *p, uint32_t n)
{
    return (uint32_t)((random_next(p) >> 32) * n >> 32);
}

/* A word, different for each number. */
static inline int random_word(struct dupd_buf *out, uint32_t number)
{
    return dupd_buf_addf(out, "%c%c%u", (int)('a' + number % 26), (int)('a' + number / 26 % 26),
                         number);
}

/* Appends `words` words out of `vocabulary`, each followed by a blank. 0 or DUPD_ENOMEM. */
static inline int random_add(struct random_text *p, struct dupd_buf *out, uint32_t words,
                             uint32_t vocabulary)
{
    int rc = 0;
    for (uint32_t i = 0; i < words && !rc; i++) {
        uint32_t number = random_below(p, random_below(p, vocabulary) + 1);
        rc = random_word(out, number);
        if (!rc)
            rc = dupd_buf_add_char(out, ' ');
    }
    return rc;
}

#endif
