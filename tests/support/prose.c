/* prose.c: see prose.h. The vocabulary is plain English; sentences need not make sense. */
#include "support/prose.h"

#include <ctype.h>
#include <stdlib.h>

static const char *const vocabulary[] = {
    "harbour",  "council",   "minister",  "bridge",   "report",    "river",    "teacher",
    "market",   "winter",    "factory",   "engine",   "village",   "doctor",   "budget",
    "signal",   "letter",    "garden",    "officer",  "railway",   "museum",   "painter",
    "farmer",   "station",   "weather",   "forest",   "captain",   "budgets",  "lawyer",
    "witness",  "journal",   "printer",   "miner",    "sailor",    "pilot",    "nurse",
    "driver",   "opened",    "closed",    "ordered",  "refused",   "carried",  "promised",
    "measured", "followed",  "planted",   "counted",  "repaired",  "painted",  "answered",
    "delayed",  "watched",   "borrowed",  "crossed",  "gathered",  "visited",  "described",
    "replaced", "protected", "announced", "tested",   "old",       "narrow",   "bright",
    "quiet",    "heavy",     "distant",   "public",   "northern",  "southern", "broken",
    "modern",   "careful",   "sudden",    "patient",  "hungry",    "wooden",   "empty",
    "local",    "national",  "foreign",   "early",    "late",      "several",  "many",
    "few",      "seven",     "eleven",    "thirty",   "monday",    "tuesday",  "friday",
    "january",  "october",   "morning",   "evening",  "yesterday", "slowly",   "nearly",
    "often",    "rarely",    "together",  "openly",   "quickly",   "finally",  "again",
    "near",     "behind",    "across",    "under",    "above",     "beside",   "during",
    "after",    "before",    "without",   "school",   "hospital",  "tower",    "island",
    "valley",   "mountain",  "street",    "corner",   "kitchen",   "window",   "ladder",
    "basket",   "bottle",    "candle",    "carpet",   "cotton",    "copper",   "silver",
    "timber",   "cement",    "leather",   "paper",    "sugar",     "barley",   "apples",
    "onions",   "salmon",    "horses",    "cattle",   "pigeons",   "wolves",   "rain",
    "snow",     "thunder",   "drought",   "flood",    "strike",    "election", "treaty",
    "auction",  "festival",  "trial",     "verdict",  "appeal",    "permit",   "licence",
    "tariff",   "pension",   "salary",    "mortgage", "harvest",   "voyage",   "journey",
    "rescue",   "research",  "survey",    "sample",   "record",    "archive",  "library",
    "theatre",  "concert",   "novel",     "poem",     "portrait",  "statue",   "fountain",
    "tunnel",   "canal",     "ferry",     "tram",     "bicycle",   "lantern",  "compass",
    "anchor",   "hammer",    "needle",    "mirror",   "ribbon",    "pocket",   "button"};
#define VOCABULARY (sizeof vocabulary / sizeof vocabulary[0])

uint64_t prose_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void add(struct dupd_buf *b, const char *p, size_t n)
{
    if (dupd_buf_add(b, p, n))
        abort();
}

static void add_word(struct dupd_buf *b, uint64_t *state, bool capital)
{
    const char *word = vocabulary[prose_random(state) % VOCABULARY];
    char first = (char)(capital ? toupper((unsigned char)word[0]) : word[0]);
    add(b, &first, 1);
    add(b, word + 1, strlen(word) - 1);
}

static void new_paragraph(struct dupd_buf *b)
{
    if (b->len)
        add(b, "\n\n", 2);
}

void prose_add(struct dupd_buf *b, uint64_t seed, unsigned words)
{
    uint64_t state = seed * 7919 + 17;
    unsigned in_paragraph = 0;
    new_paragraph(b);
    while (words > 0) {
        unsigned length = 8 + (unsigned)(prose_random(&state) % 11);
        if (length > words)
            length = words;
        for (unsigned i = 0; i < length; i++) {
            if (i)
                add(b, " ", 1);
            add_word(b, &state, i == 0);
        }
        words -= length;
        in_paragraph += length;
        add(b, ".", 1);
        if (words == 0)
            break;
        if (in_paragraph >= 60) {
            new_paragraph(b);
            in_paragraph = 0;
        } else {
            add(b, " ", 1);
        }
    }
}

void prose_paragraph(struct dupd_buf *b, const char *text)
{
    new_paragraph(b);
    add(b, text, strlen(text));
}

void prose_take(struct dupd_buf *b, struct dupd_view text, unsigned index, unsigned count)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    for (unsigned i = 0; p < end && i < index + count; i++) {
        const char *stop = memmem(p, (size_t)(end - p), "\n\n", 2);
        stop = stop ? stop : end;
        if (i >= index) {
            new_paragraph(b);
            add(b, p, (size_t)(stop - p));
        }
        p = stop < end ? stop + 2 : end;
    }
}

void prose_spin(struct dupd_buf *b, struct dupd_view text, uint64_t seed, unsigned each)
{
    uint64_t state = seed;
    unsigned n = 0;
    new_paragraph(b);
    for (size_t i = 0; i < text.len;) {
        size_t end = i;
        while (end < text.len && isalpha((unsigned char)text.ptr[end]))
            end++;
        if (end > i && ++n % each == 0)
            add_word(b, &state, isupper((unsigned char)text.ptr[i]));
        else if (end > i)
            add(b, text.ptr + i, end - i);
        else
            add(b, text.ptr + end++, 1);
        i = end;
    }
}

void prose_quote(struct dupd_buf *b, struct dupd_view text)
{
    new_paragraph(b);
    add(b, "\xe2\x80\x9c", 3);
    add(b, text.ptr, text.len);
    add(b, "\xe2\x80\x9d", 3);
}

const char *prose_text(struct dupd_buf *b)
{
    if (dupd_buf_reserve(b, 1))
        abort();
    b->ptr[b->len] = 0;
    return b->ptr;
}
