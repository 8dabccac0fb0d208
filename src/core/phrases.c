/*
 * phrases.c: data/furniture.conf and the user's file to a table of phrases; paragraphs against it.
 *
 * Happy path: each line is tokenised once; phrases are kept as runs of token hashes, sorted by
 * their first, so that a paragraph that begins like none costs one binary search. Failure modes: no
 * memory; a line of the user's file without words. Immutable after dupd_phrases_new.
 *
 * Headings alone are furniture, not what follows them: "everything behind Related Posts" was
 * rejected, for it would let whoever puts that heading on top hide a whole copy.
 */
#include "dupd/phrases.h"

#include <stdlib.h>

#include "dupd/error.h"
#include "dupd/text.h"

#define PARAGRAPH_WORDS_MAX 30u
#define PHRASE_TOKENS_MAX 60u

extern const char dupd_furniture_conf[];
extern const size_t dupd_furniture_conf_len;

struct phrase {
    uint64_t first; /* hash of its first word: the key of the order */
    uint32_t at;    /* of its hashes in dupd_phrases.hash */
    uint16_t count;
    bool open; /* the paragraph may go on */
};

struct dupd_phrases {
    struct phrase *phrase;
    size_t phrase_count, phrase_cap;
    struct dupd_buf hash; /* uint64_t each */
};

static uint64_t hash_at(const struct dupd_phrases *p, uint32_t i)
{
    uint64_t h;
    memcpy(&h, p->hash.ptr + (size_t)i * sizeof h, sizeof h);
    return h;
}

static int add_phrase(struct dupd_phrases *p, const struct dupd_tokens *t, bool open)
{
    /* One word alone begins too many honest paragraphs. */
    if (t->count < (open ? 2u : 1u) || t->count > PHRASE_TOKENS_MAX)
        return DUPD_ESYNTAX;
    if (p->phrase_count == p->phrase_cap) {
        size_t cap = p->phrase_cap ? p->phrase_cap * 2 : 256;
        struct phrase *grown = realloc(p->phrase, cap * sizeof *grown);
        if (!grown)
            return DUPD_ENOMEM;
        p->phrase = grown;
        p->phrase_cap = cap;
    }
    struct phrase phrase = {.first = t->hash[0],
                            .at = (uint32_t)(p->hash.len / sizeof *t->hash),
                            .count = (uint16_t)t->count,
                            .open = open};
    if (dupd_buf_add(&p->hash, t->hash, t->count * sizeof *t->hash))
        return DUPD_ENOMEM;
    p->phrase[p->phrase_count++] = phrase;
    return DUPD_OK;
}

static int add_line(struct dupd_phrases *p, struct dupd_tokens *t, struct dupd_view line)
{
    while (line.len && (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t' ||
                        line.ptr[line.len - 1] == '\r'))
        line.len--;
    if (line.len == 0 || line.ptr[0] == '#')
        return DUPD_OK;
    bool open = line.len > 3 && memcmp(line.ptr + line.len - 3, "...", 3) == 0;
    if (!dupd_text_is_clean(line))
        return DUPD_ESYNTAX;
    int rc = dupd_tokens_read(t, line);
    return rc ? rc : add_phrase(p, t, open);
}

static int add_text(struct dupd_phrases *p, struct dupd_view text, unsigned *line)
{
    struct dupd_tokens t = {0};
    int rc = DUPD_OK;
    *line = 0;
    while (text.len && !rc) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t n = end ? (size_t)(end - text.ptr) : text.len;
        ++*line;
        rc = add_line(p, &t, (struct dupd_view){text.ptr, n});
        n += end != NULL;
        text = (struct dupd_view){text.ptr + n, text.len - n};
    }
    dupd_tokens_close(&t);
    return rc;
}

static int by_first(const void *x, const void *y)
{
    const struct phrase *a = x, *b = y;
    return (a->first > b->first) - (a->first < b->first);
}

int dupd_phrases_new(struct dupd_phrases **out, struct dupd_view extra, unsigned *line)
{
    unsigned ours;
    struct dupd_phrases *p = calloc(1, sizeof *p);
    *out = NULL;
    *line = 0;
    if (!p)
        return DUPD_ENOMEM;
    int rc = add_text(p, (struct dupd_view){dupd_furniture_conf, dupd_furniture_conf_len}, &ours);
    if (!rc)
        rc = add_text(p, extra, line);
    if (rc) {
        dupd_phrases_free(p);
        return rc;
    }
    qsort(p->phrase, p->phrase_count, sizeof *p->phrase, by_first);
    *out = p;
    return DUPD_OK;
}

void dupd_phrases_free(struct dupd_phrases *p)
{
    if (!p)
        return;
    free(p->phrase);
    dupd_buf_close(&p->hash);
    free(p);
}

static bool begins_with(const struct dupd_phrases *p, const struct phrase *phrase,
                        const struct dupd_tokens *t, const struct dupd_paragraph *q)
{
    uint32_t n = q->end - q->first;
    if (phrase->count > n || (!phrase->open && phrase->count < n))
        return false;
    for (uint32_t i = 0; i < phrase->count; i++)
        if (t->hash[q->first + i] != hash_at(p, phrase->at + i))
            return false;
    return true;
}

static bool is_short(const struct dupd_tokens *t, const struct dupd_paragraph *q)
{
    uint32_t weight = 0;
    if (q->end - q->first > PHRASE_TOKENS_MAX)
        return false;
    for (uint32_t i = q->first; i < q->end; i++)
        weight += t->token[i].weight;
    return weight <= PARAGRAPH_WORDS_MAX * DUPD_WORD_WEIGHT;
}

bool dupd_phrases_match(const struct dupd_phrases *p, const struct dupd_tokens *t,
                        uint32_t paragraph)
{
    const struct dupd_paragraph *q = &t->paragraph[paragraph];
    size_t low = 0, high = p->phrase_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->phrase[middle].first < t->hash[q->first])
            low = middle + 1;
        else
            high = middle;
    }
    if (low == p->phrase_count || p->phrase[low].first != t->hash[q->first] || !is_short(t, q))
        return false;
    for (; low < p->phrase_count && p->phrase[low].first == t->hash[q->first]; low++)
        if (begins_with(p, &p->phrase[low], t, q))
            return true;
    return false;
}
