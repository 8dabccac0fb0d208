/*
 * voice.h: who speaks in a passage: a reporter, or someone in the first person. Internal to the
 * core.
 */
#ifndef DUPD_CORE_VOICE_H
#define DUPD_CORE_VOICE_H

#include <stdbool.h>
#include <stdint.h>

#define VOICE_WORDS_MAX 128
#define VOICE_UNKNOWN (-1) /* no language that has words here */

struct dupd_tokens;

/* A token's hash, and a bit for each language in which it is common, or a pronoun. */
struct voice_word {
    uint64_t hash;
    uint16_t common, first_person;
};

/* Ascending; built where it is needed, 10 us. */
struct voice {
    struct voice_word word[VOICE_WORDS_MAX];
    unsigned count;
};

void voice_init(struct voice *v);

/* The language of a text by its commonest words, or VOICE_UNKNOWN; 20 ns a token. */
int voice_language(const struct voice *v, const struct dupd_tokens *t);

/* True when the token hash is a first-person pronoun of that language. */
bool voice_is_first_person(const struct voice *v, int language, uint64_t hash);

#endif
