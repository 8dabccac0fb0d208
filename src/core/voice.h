/*
 * voice.h: who speaks in a passage: a reporter, or someone in the first person. Internal to the
 * core.
 */
#ifndef DUPD_CORE_VOICE_H
#define DUPD_CORE_VOICE_H

#include <stdbool.h>
#include <stdint.h>

#define VOICE_WORDS_MAX 128

/* Hashes of the first-person pronouns, ascending; built where it is needed, 2 us. */
struct voice {
    uint64_t hash[VOICE_WORDS_MAX];
    unsigned count;
};

void voice_init(struct voice *v);

/* True when the token hash is a first-person pronoun of one of the languages known here. */
bool voice_is_first_person(const struct voice *v, uint64_t hash);

#endif
