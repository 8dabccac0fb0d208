/*
 * furniture.c: masks and sightings. Pure apart from memory, for the lack of which alone it fails.
 * Cost: a binary search for each paragraph; sightings sort this article's paragraphs once.
 */
#include "engine/furniture.h"

#include <stdlib.h>

#include "dupd/error.h"

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t paragraph_weight(const struct dupd_tokens *t, const struct dupd_paragraph *p)
{
    uint32_t weight = 0;
    for (uint32_t i = p->first; i < p->end; i++)
        weight += t->token[i].weight;
    return weight;
}

static bool is_learned(const struct furniture_set *set, uint64_t hash)
{
    return set && set->op.count &&
           bsearch(&hash, set->op.hash, set->op.count, sizeof hash, by_value);
}

/* May the phrases speak? Weight of the paragraphs that they match, if it is little enough. */
static bool phrases_count(const struct dupd_phrases *phrases, const struct dupd_tokens *t)
{
    uint64_t weight = 0;
    if (!phrases)
        return false;
    for (uint32_t i = 0; i < t->paragraph_count; i++)
        if (dupd_phrases_match(phrases, t, i))
            weight += paragraph_weight(t, &t->paragraph[i]);
    return weight > 0 && weight * FURNITURE_PHRASES_MAX <= t->weight;
}

int furniture_mask(const struct furniture_set *set, const struct dupd_phrases *phrases,
                   const struct dupd_tokens *t, uint8_t **mask, uint32_t *words)
{
    uint64_t weight = 0;
    *mask = NULL;
    *words = 0;
    bool by_phrase = phrases_count(phrases, t);
    if (!by_phrase && (!set || set->op.count == 0))
        return DUPD_OK;
    for (uint32_t i = 0; i < t->paragraph_count; i++) {
        const struct dupd_paragraph *p = &t->paragraph[i];
        if (!is_learned(set, p->hash) && !(by_phrase && dupd_phrases_match(phrases, t, i)))
            continue;
        if (!*mask)
            *mask = calloc(t->paragraph_count, 1);
        if (!*mask)
            return DUPD_ENOMEM;
        (*mask)[i] = 1;
        weight += paragraph_weight(t, p);
    }
    *words = (uint32_t)((weight + 1) / DUPD_WORD_WEIGHT);
    return DUPD_OK;
}

static bool is_heavy(const struct dupd_tokens *t, const struct dupd_paragraph *p)
{
    if (p->end - p->first < FURNITURE_WORDS_MIN)
        return false;
    return paragraph_weight(t, p) >= FURNITURE_WORDS_MIN * DUPD_WORD_WEIGHT;
}

/* Hashes of the paragraphs that may be learned, ascending. */
static int list_paragraphs(const struct dupd_tokens *t, const uint8_t *mask, uint64_t **out,
                           uint32_t *count)
{
    uint64_t *hash = malloc((t->paragraph_count + 1u) * sizeof *hash);
    uint32_t n = 0;
    if (!hash)
        return DUPD_ENOMEM;
    for (uint32_t i = 0; i < t->paragraph_count; i++)
        if (!(mask && mask[i]) && is_heavy(t, &t->paragraph[i]))
            hash[n++] = t->paragraph[i].hash;
    qsort(hash, n, sizeof *hash, by_value);
    *out = hash;
    *count = n;
    return DUPD_OK;
}

static void add_sighting(struct furniture_sightings *s, struct dupd_view outlet, uint64_t paragraph,
                         uint64_t story)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const struct store_sighting *known = &s->list[i];
        if (known->paragraph == paragraph && known->story == story &&
            dupd_view_equal(known->outlet, outlet))
            return;
    }
    if (s->count < FURNITURE_SIGHTINGS_MAX)
        s->list[s->count++] = (struct store_sighting){outlet, paragraph, story};
}

static bool learns(const struct dupd_agencies *agencies, struct dupd_view outlet)
{
    unsigned index;
    return outlet.len && !(agencies && dupd_agency_owns(agencies, outlet, &index));
}

int furniture_sight(const struct analysis *a, const uint8_t *mask, uint64_t story,
                    struct match *const *verified, unsigned count,
                    const struct dupd_agencies *agencies, struct furniture_sightings *out)
{
    uint64_t *own = NULL;
    uint32_t own_count = 0;
    bool own_learns = learns(agencies, a->article.source);
    out->count = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct match *m = verified[i];
        if (m->place.story == 0 || m->place.story == story)
            continue;
        if (!own && list_paragraphs(&a->tokens, mask, &own, &own_count))
            return DUPD_ENOMEM;
        struct dupd_view outlet = m->record.article.source;
        bool other_learns = learns(agencies, outlet);
        for (uint32_t k = 0; own_count && k < m->tokens.paragraph_count; k++) {
            uint64_t hash = m->tokens.paragraph[k].hash;
            if (!bsearch(&hash, own, own_count, sizeof hash, by_value))
                continue;
            if (own_learns)
                add_sighting(out, a->article.source, hash, story);
            if (other_learns)
                add_sighting(out, outlet, hash, m->place.story);
            if (out->count == FURNITURE_SIGHTINGS_MAX)
                break;
        }
    }
    free(own);
    return DUPD_OK;
}
