/*
 * voice.c: first-person pronouns. Statements, speeches and letters say "I" and "we" in one word of
 * thirty to sixty; news prose outside quotation marks nearly never does. That tells a statement
 * that two outlets print as a block, without any marks, from prose that one of them took from the
 * other. Pure; cannot fail. Languages without such words here simply get no such exemption.
 */
#include "voice.h"

#include <stdlib.h>

#include "dupd/tokens.h"

/* Words that mean something else in another language of the list are left out. */
static const char *const first_person[] = {
    "i",       "im",       "ive",     "ill",     "id",       "we",       "weve",
    "my",      "our",      "ours",    "us",      "me",       "myself",   "ourselves", /* English */
    "je",      "jai",      "nous",    "notre",   "nos",      "mon",      "mes",
    "moi", /* French */
    "ich",     "wir",      "uns",     "unser",   "unsere",   "unseren",  "unserem",
    "unserer", "mein",     "meine",   "meinen",  "mich",     "mir", /* German */
    "yo",      "nosotros", "nuestro", "nuestra", "nuestros", "nuestras", "mi",
    "mis",                                                                        /* Spanish */
    "eu",      "nosso",    "nossa",   "nossos",  "nossas",   "meu",      "minha", /* Portuguese */
    "io",      "noi",      "nostro",  "nostra",  "nostri",   "nostre",   "mio",
    "mia",                                    /* Italian */
    "ik",      "wij",      "onze",    "mijn", /* Dutch */
    "я",       "мы",       "нас",     "нам",     "нами",     "наш",      "наша",
    "наше",    "наши",     "наших",   "мой",     "моя",      "меня",     "мне", /* Russian */
};

static int by_value(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

void voice_init(struct voice *v)
{
    v->count = sizeof first_person / sizeof *first_person;
    _Static_assert(sizeof first_person / sizeof *first_person <= VOICE_WORDS_MAX,
                   "table too small");
    for (unsigned i = 0; i < v->count; i++)
        v->hash[i] = dupd_tokens_hash(dupd_view_of(first_person[i]));
    qsort(v->hash, v->count, sizeof *v->hash, by_value);
}

bool voice_is_first_person(const struct voice *v, uint64_t hash)
{
    return bsearch(&hash, v->hash, v->count, sizeof hash, by_value) != NULL;
}
