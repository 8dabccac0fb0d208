/*
 * compare.c: from two texts to a ruling. The alignment does the work; beside it stand the facts
 * that need no alignment. Fails only for lack of memory.
 */
#include "engine/compare.h"

#include <stdlib.h>

#include "dupd/error.h"

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Share of the shorter title's words that the other has; each word counts as often as it stands. */
static int share_title(struct dupd_view a, struct dupd_view b, double *out)
{
    struct dupd_tokens ta = {0}, tb = {0};
    *out = 0;
    if (a.len == 0 || b.len == 0)
        return DUPD_OK;
    int rc = dupd_tokens_read(&ta, a);
    if (!rc)
        rc = dupd_tokens_read(&tb, b);
    if (!rc && ta.count && tb.count) {
        qsort(ta.hash, ta.count, sizeof *ta.hash, by_value);
        qsort(tb.hash, tb.count, sizeof *tb.hash, by_value);
        uint32_t i = 0, j = 0, shared = 0;
        while (i < ta.count && j < tb.count) {
            if (ta.hash[i] == tb.hash[j]) {
                shared++;
                i++;
                j++;
            } else if (ta.hash[i] < tb.hash[j]) {
                i++;
            } else {
                j++;
            }
        }
        *out = (double)shared / (ta.count < tb.count ? ta.count : tb.count);
    }
    dupd_tokens_close(&ta);
    dupd_tokens_close(&tb);
    return rc;
}

int compare_sides(struct dupd_aligner *scratch, const struct engine_options *options,
                  const struct compare_side *later, const struct compare_side *earlier,
                  struct dupd_overlap *overlap, struct dupd_facts *facts,
                  struct dupd_ruling *ruling)
{
    bool is_short = later->words < options->short_words || earlier->words < options->short_words;
    struct dupd_hash128 x = later->content_hash, y = earlier->content_hash;
    *facts = (struct dupd_facts){
        .overlap = is_short ? NULL : overlap,
        .same_content = x.high == y.high && x.low == y.low,
        .simhash_distance = dupd_simhash_distance(later->simhash, earlier->simhash),
        .short_text = is_short,
        .same_outlet = later->source.len && dupd_view_equal(later->source, earlier->source),
    };
    int rc = share_title(later->title, earlier->title, &facts->title_share);
    if (!rc)
        rc = dupd_align(scratch, &later->text, &earlier->text, overlap);
    if (!rc)
        *ruling = dupd_judge(&options->thresholds, facts);
    return rc;
}

struct compare_side compare_side_of_analysis(const struct analysis *a, const uint8_t *masked)
{
    return (struct compare_side){.text = {.tokens = &a->tokens, .masked = masked},
                                 .content_hash = a->tokens.content_hash,
                                 .simhash = a->simhash,
                                 .words = a->words,
                                 .source = a->article.source,
                                 .title = a->article.title};
}

struct compare_side compare_side_of_record(const struct dupd_record *r,
                                           const struct dupd_tokens *tokens, const uint8_t *masked)
{
    return (struct compare_side){.text = {.tokens = tokens, .masked = masked},
                                 .content_hash = r->content_hash,
                                 .simhash = r->simhash,
                                 .words = r->words,
                                 .source = r->article.source,
                                 .title = r->article.title};
}

int engine_compare(struct dupd_aligner *scratch, const struct engine_options *options,
                   const struct analysis *a, const struct analysis *b, struct dupd_overlap *overlap,
                   struct dupd_facts *facts, struct dupd_ruling *ruling)
{
    struct compare_side later = compare_side_of_analysis(a, NULL);
    struct compare_side earlier = compare_side_of_analysis(b, NULL);
    return compare_sides(scratch, options, &later, &earlier, overlap, facts, ruling);
}
