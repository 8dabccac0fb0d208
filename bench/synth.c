/* synth.c: see synth.h. */
#include "synth.h"

#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dupd/error.h"
#include "input/article_read.h"

#define CONTINUE 0.5      /* chance to go on at the same place of the corpus */
#define NAMES 0.03        /* share of words that are the article's own names */
#define NAMES_EACH 8u     /* of them */
#define BOILERPLATES 400u /* paragraphs that many articles end with */
#define BOILERPLATE_WORDS 45u

/* A word of the corpus, where it stands. */
struct place {
    uint32_t begin, len; /* in synth.text */
    uint32_t word;       /* equal words have equal numbers */
};

struct synth {
    struct dupd_buf text; /* all words of the corpus, one after the other */
    struct place *at;
    uint32_t *first; /* of a word: its occurrences are place[first[w] .. first[w + 1]) */
    uint32_t *place;
    uint32_t *length; /* words of each article */
    uint32_t places, words, articles, cap, length_cap;
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((next_random(state) >> 32) * n >> 32);
}

static bool chance(uint64_t *state, double p)
{
    return (double)(next_random(state) >> 11) < p * 9007199254740992.0;
}

static int add_place(struct synth *s, const char *p, size_t len)
{
    if (s->places == s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : 1u << 20;
        struct place *at = realloc(s->at, cap * sizeof *at);
        if (!at)
            return DUPD_ENOMEM;
        s->at = at;
        s->cap = cap;
    }
    s->at[s->places++] = (struct place){.begin = (uint32_t)s->text.len, .len = (uint32_t)len};
    return dupd_buf_add(&s->text, p, len);
}

static int add_words(struct synth *s, struct dupd_view body)
{
    uint32_t before = s->places;
    for (size_t at = 0; at < body.len;) {
        while (at < body.len && (unsigned char)body.ptr[at] <= ' ')
            at++;
        size_t first = at;
        while (at < body.len && (unsigned char)body.ptr[at] > ' ')
            at++;
        if (at > first && add_place(s, body.ptr + first, at - first))
            return DUPD_ENOMEM;
    }
    if (s->articles == s->length_cap) {
        s->length_cap = s->length_cap ? s->length_cap * 2 : 4096;
        uint32_t *length = realloc(s->length, s->length_cap * sizeof *length);
        if (!length)
            return DUPD_ENOMEM;
        s->length = length;
    }
    uint32_t words = s->places - before;
    s->length[s->articles++] = words < 60 ? 60 : words > 3000 ? 3000 : words;
    return DUPD_OK;
}

static int read_corpus(struct synth *s, const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) {
        fprintf(stderr, "synth: cannot read %s\n", path);
        return DUPD_ENOENT;
    }
    struct article_reader reader = {0};
    struct article_limits limits = {16u << 20, 8u << 20};
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int rc = DUPD_OK;
    while (!rc && (n = getline(&line, &cap, f)) > 0) {
        struct dupd_article a;
        if (article_read(&reader, ARTICLE_JSON, (struct dupd_view){line, (size_t)n}, &limits, &a) ==
            0)
            rc = add_words(s, a.text);
    }
    free(line);
    fclose(f);
    article_reader_close(&reader);
    if (!rc && s->places < 2)
        rc = DUPD_EEMPTY;
    return rc;
}

static struct dupd_view word_at(const struct synth *s, uint32_t place)
{
    return (struct dupd_view){s->text.ptr + s->at[place].begin, s->at[place].len};
}

/* Numbers equal words alike, by a hash table of places. */
static int number_words(struct synth *s)
{
    uint32_t size = 1u << 23;
    uint32_t *table = calloc(size, sizeof *table);
    for (uint32_t p = 0; table && p < s->places; p++) {
        struct dupd_view w = word_at(s, p);
        uint32_t at = (uint32_t)XXH3_64bits(w.ptr, w.len) % size;
        while (table[at] && !dupd_view_equal(word_at(s, table[at] - 1), w))
            at = (at + 1) % size;
        s->at[p].word = table[at] ? s->at[table[at] - 1].word : s->words++;
        if (!table[at])
            table[at] = p + 1;
    }
    free(table);
    return table ? DUPD_OK : DUPD_ENOMEM;
}

static int list_places(struct synth *s)
{
    s->first = calloc(s->words + 2, sizeof *s->first);
    s->place = malloc(s->places * sizeof *s->place);
    if (!s->first || !s->place)
        return DUPD_ENOMEM;
    for (uint32_t p = 0; p < s->places; p++)
        s->first[s->at[p].word + 2]++;
    for (uint32_t w = 2; w < s->words + 2; w++)
        s->first[w] += s->first[w - 1];
    for (uint32_t p = 0; p < s->places; p++)
        s->place[s->first[s->at[p].word + 1]++] = p;
    return DUPD_OK;
}

int synth_new(struct synth **out, const char *path)
{
    struct synth *s = calloc(1, sizeof *s);
    *out = s;
    int rc = s ? read_corpus(s, path) : DUPD_ENOMEM;
    if (!rc)
        rc = number_words(s);
    if (!rc)
        rc = list_places(s);
    if (rc) {
        synth_free(s);
        *out = NULL;
    }
    return rc;
}

void synth_free(struct synth *s)
{
    if (!s)
        return;
    dupd_buf_close(&s->text);
    free(s->at);
    free(s->first);
    free(s->place);
    free(s->length);
    free(s);
}

/* A made-up name: one of the few that this article has. */
static int add_name(uint64_t article, uint32_t which, struct dupd_buf *out)
{
    uint64_t state = article * 64 + which;
    uint64_t r = next_random(&state);
    char name[9];
    size_t len = 4 + r % 5;
    for (size_t i = 0; i < len; i++, r >>= 5)
        name[i] = (char)((i ? 'a' : 'A') + (char)(r % 26));
    return dupd_buf_add(out, name, len);
}

/* Appends `count` words of the chain. */
static int add_chain(const struct synth *s, uint64_t seed, uint32_t count, struct dupd_buf *out)
{
    uint64_t state = seed;
    uint32_t at = below(&state, s->places);
    int rc = DUPD_OK;
    for (uint32_t i = 0; i < count && !rc; i++) {
        if (chance(&state, NAMES))
            rc = add_name(seed, below(&state, NAMES_EACH), out);
        else
            rc = dupd_buf_add_view(out, word_at(s, at));
        if (!rc)
            rc = dupd_buf_add_str(out, i % 60 == 59 ? "\n\n" : " ");
        uint32_t w = s->at[at].word;
        if (!chance(&state, CONTINUE))
            at = s->place[s->first[w] + below(&state, s->first[w + 1] - s->first[w])];
        at = (at + 1) % s->places;
    }
    return rc;
}

int synth_article(const struct synth *s, uint64_t seed, struct dupd_buf *out)
{
    uint64_t state = seed ^ UINT64_C(0x5bd1e995);
    dupd_buf_clear(out);
    int rc = add_chain(s, seed, s->length[below(&state, s->articles)], out);
    if (rc || chance(&state, 0.5))
        return rc;
    uint64_t which = (UINT64_C(1) << 50) + below(&state, BOILERPLATES);
    return add_chain(s, which, BOILERPLATE_WORDS, out);
}

int synth_spun(const struct synth *s, uint64_t seed, struct dupd_view of, double share,
               struct dupd_buf *out)
{
    double low = 0, high = 1; /* (1 - p)^3 = share, by bisection */
    for (int i = 0; i < 50; i++) {
        double p = (low + high) / 2, kept = (1 - p) * (1 - p) * (1 - p);
        *(kept > share ? &low : &high) = p;
    }
    uint64_t state = seed;
    int rc = DUPD_OK;
    dupd_buf_clear(out);
    for (size_t at = 0; at < of.len && !rc;) {
        size_t first = at;
        while (at < of.len && (unsigned char)of.ptr[at] > ' ')
            at++;
        if (chance(&state, low))
            rc = dupd_buf_add_view(out, word_at(s, below(&state, s->places)));
        else
            rc = dupd_buf_add(out, of.ptr + first, at - first);
        first = at;
        while (at < of.len && (unsigned char)of.ptr[at] <= ' ')
            at++;
        if (!rc)
            rc = dupd_buf_add(out, of.ptr + first, at - first);
    }
    return rc;
}

int synth_cut(const struct synth *s, uint64_t seed, struct dupd_view of, double share,
              struct dupd_buf *out)
{
    size_t take = (size_t)((double)of.len * share), from = 0;
    uint64_t state = seed;
    if (take < of.len)
        from = below(&state, (uint32_t)(of.len - take));
    while (from > 0 && (unsigned char)of.ptr[from - 1] > ' ')
        from--;
    size_t words = 1;
    for (size_t i = 0; i < of.len; i++)
        words += of.ptr[i] == ' ' || of.ptr[i] == '\n';
    uint32_t own = (uint32_t)((double)words * (1 - share));
    dupd_buf_clear(out);
    int rc = add_chain(s, seed, own / 2, out);
    if (!rc)
        rc = dupd_buf_add(out, of.ptr + from, take);
    if (!rc)
        rc = dupd_buf_add_char(out, ' ');
    return rc ? rc : add_chain(s, seed + 1, own - own / 2, out);
}
