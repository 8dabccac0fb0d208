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

#define PLACES_MAX 24000000u /* words of the corpus that are used */
#define TABLE_SIZE (1u << 23)

struct spelling {
    uint32_t begin, len; /* in synth.text */
};

struct synth {
    struct dupd_buf text; /* the different words, one after the other */
    struct spelling *spelling;
    uint32_t *word;  /* at each place of the corpus: number of the word there */
    uint32_t *first; /* of a word: its occurrences are place[first[w] .. first[w + 1]) */
    uint32_t *place;
    uint32_t *length; /* words of each article */
    uint32_t *table;  /* while reading: hash of a word to its number + 1 */
    uint32_t places, words, articles, length_cap;
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

static struct dupd_view spelling_of(const struct synth *s, uint32_t word)
{
    return (struct dupd_view){s->text.ptr + s->spelling[word].begin, s->spelling[word].len};
}

static int add_place(struct synth *s, struct dupd_view w)
{
    uint32_t at = (uint32_t)XXH3_64bits(w.ptr, w.len) % TABLE_SIZE;
    while (s->table[at] && !dupd_view_equal(spelling_of(s, s->table[at] - 1), w))
        at = (at + 1) % TABLE_SIZE;
    if (!s->table[at]) {
        s->spelling[s->words] = (struct spelling){(uint32_t)s->text.len, (uint32_t)w.len};
        s->table[at] = ++s->words;
        if (dupd_buf_add_view(&s->text, w))
            return DUPD_ENOMEM;
    }
    s->word[s->places++] = s->table[at] - 1;
    return DUPD_OK;
}

static int add_words(struct synth *s, struct dupd_view body)
{
    uint32_t words = 0;
    for (size_t at = 0; at < body.len;) {
        while (at < body.len && (unsigned char)body.ptr[at] <= ' ')
            at++;
        size_t first = at;
        while (at < body.len && (unsigned char)body.ptr[at] > ' ')
            at++;
        words += at > first;
        if (at > first && s->places < PLACES_MAX &&
            add_place(s, (struct dupd_view){body.ptr + first, at - first}))
            return DUPD_ENOMEM;
    }
    if (s->articles == s->length_cap) {
        s->length_cap = s->length_cap ? s->length_cap * 2 : 4096;
        uint32_t *length = realloc(s->length, s->length_cap * sizeof *length);
        if (!length)
            return DUPD_ENOMEM;
        s->length = length;
    }
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
    return spelling_of(s, s->word[place]);
}

static int list_places(struct synth *s)
{
    s->first = calloc(s->words + 2, sizeof *s->first);
    s->place = malloc(s->places * sizeof *s->place);
    if (!s->first || !s->place)
        return DUPD_ENOMEM;
    for (uint32_t p = 0; p < s->places; p++)
        s->first[s->word[p] + 2]++;
    for (uint32_t w = 2; w < s->words + 2; w++)
        s->first[w] += s->first[w - 1];
    for (uint32_t p = 0; p < s->places; p++)
        s->place[s->first[s->word[p] + 1]++] = p;
    return DUPD_OK;
}

int synth_new(struct synth **out, const char *path)
{
    struct synth *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return DUPD_ENOMEM;
    s->spelling = malloc(PLACES_MAX * sizeof *s->spelling);
    s->word = malloc(PLACES_MAX * sizeof *s->word);
    s->table = calloc(TABLE_SIZE, sizeof *s->table);
    int rc = s->spelling && s->word && s->table ? read_corpus(s, path) : DUPD_ENOMEM;
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
    free(s->spelling);
    free(s->word);
    free(s->table);
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
        uint32_t w = s->word[at];
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
