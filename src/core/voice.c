/*
 * voice.c: first-person pronouns. Statements, speeches and letters say "I" and "we" in one word of
 * thirty to sixty; news prose outside quotation marks nearly never does. That tells a statement
 * that two outlets print as a block, without any marks, from prose that one of them took from the
 * other. Pure; cannot fail. Languages without such words here simply get no such exemption.
 *
 * A word counts in its own language only, which the commonest words of the text tell: "i" is "in"
 * in Norwegian and "and" in Polish, "im" is "in the" in German, "nos" the same in Portuguese. "us"
 * is left out: "U.S." and "US" are the same token, and made statements of every tenth copy of news
 * about the United States.
 */
#include "voice.h"

#include <stdlib.h>

#include "dupd/tokens.h"

#define MARKERS_MIN 0.06 /* of a text's words, or its language is not known */

enum language { ENGLISH, FRENCH, GERMAN, SPANISH, PORTUGUESE, ITALIAN, DUTCH, RUSSIAN, LANGUAGES };

/* Each with spaces around; first the commonest words of a language, then the pronouns. */
static const struct {
    const char *common, *first_person;
} words[LANGUAGES] = {
    [ENGLISH] = {"the of and to that", "i im ive ill id we weve my our ours me myself ourselves"},
    [FRENCH] = {"le la les des et une", "je jai nous notre nos mon mes moi"},
    [GERMAN] = {"der die das und den",
                "ich wir uns unser unsere unseren unserem unserer mein meine "
                "meinen mich mir"},
    [SPANISH] = {"el la los las que y del", "yo nosotros nuestro nuestra nuestros nuestras mi mis"},
    [PORTUGUESE] = {"o os que uma do da", "eu nosso nossa nossos nossas meu minha"},
    [ITALIAN] = {"il di che della la", "io noi nostro nostra nostri nostre mio mia"},
    [DUTCH] = {"het een van en de", "ik wij onze mijn"},
    [RUSSIAN] = {"и в на что не", "я мы нас нам нами наш наша наше наши наших мой моя меня мне"},
};

static int by_hash(const void *a, const void *b)
{
    const struct voice_word *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Adds the words of a list, each known to one language or more. */
static void add(struct voice *v, const char *list, enum language language, bool common)
{
    while (*list) {
        const char *end = strchr(list, ' ');
        size_t len = end ? (size_t)(end - list) : strlen(list);
        uint64_t hash = dupd_tokens_hash((struct dupd_view){list, len});
        unsigned i = 0;
        while (i < v->count && v->word[i].hash != hash)
            i++;
        if (i == VOICE_WORDS_MAX)
            return; /* never: test_align counts on the last language */
        if (i == v->count)
            v->word[v->count++] = (struct voice_word){.hash = hash};
        *(common ? &v->word[i].common : &v->word[i].first_person) |= (uint16_t)(1u << language);
        list += len + (end != NULL);
    }
}

void voice_init(struct voice *v)
{
    *v = (struct voice){0};
    for (unsigned l = 0; l < LANGUAGES; l++) {
        add(v, words[l].common, l, true);
        add(v, words[l].first_person, l, false);
    }
    qsort(v->word, v->count, sizeof *v->word, by_hash);
}

static const struct voice_word *find(const struct voice *v, uint64_t hash)
{
    const struct voice_word key = {.hash = hash};
    return bsearch(&key, v->word, v->count, sizeof key, by_hash);
}

int voice_language(const struct voice *v, const struct dupd_tokens *t)
{
    uint32_t met[LANGUAGES] = {0};
    int best = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct voice_word *w = find(v, t->hash[i]);
        for (unsigned l = 0; w && l < LANGUAGES; l++)
            met[l] += w->common >> l & 1;
    }
    for (int l = 1; l < LANGUAGES; l++)
        if (met[l] > met[best])
            best = l;
    return (double)met[best] >= MARKERS_MIN * (double)t->count ? best : VOICE_UNKNOWN;
}

bool voice_is_first_person(const struct voice *v, int language, uint64_t hash)
{
    const struct voice_word *w = language == VOICE_UNKNOWN ? NULL : find(v, hash);
    return w && w->first_person >> language & 1;
}
