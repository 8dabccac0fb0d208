/*
 * pair.c: a judgement without a store: b is the one match of a, taken for the earlier.
 */
#include "cli/pair.h"

#include <stdlib.h>

#include "dupd/error.h"
#include "engine/compare.h"
#include "engine/furniture.h"
#include "engine/place.h"
#include "engine/verdict_json.h"

void pair_init(struct pair *p)
{
    memset(p, 0, sizeof *p);
    analysis_init(&p->a);
    analysis_init(&p->b);
    dupd_aligner_init(&p->aligner);
    dupd_overlap_init(&p->match.overlap);
}

void pair_close(struct pair *p)
{
    analysis_close(&p->a);
    analysis_close(&p->b);
    dupd_aligner_close(&p->aligner);
    dupd_overlap_close(&p->match.overlap);
    dupd_buf_close(&p->judgement.json);
}

static void describe_match(struct session *s, struct pair *p)
{
    const struct analysis *b = &p->b;
    struct dupd_record *r = &p->match.record;
    r->article = b->article;
    r->content_hash = b->tokens.content_hash;
    r->simhash = b->simhash;
    r->words = b->words;
    if (b->credit_count) {
        r->agency = dupd_view_of(dupd_agency_name(s->agencies, b->credit[0].agency));
        r->agency_how = (uint8_t)b->credit[0].how;
        r->agency_text = b->credit[0].text;
    }
    p->match.tokens = b->tokens; /* borrowed: not closed with the match */
    p->match.direction = MATCH_FROM;
}

/* Furniture, as a mask over the article's paragraphs: what the store knows of the outlet, if there
 * is a store and an outlet, and what the phrases say. */
static int find_mask(struct session *s, const struct analysis *a, uint8_t **mask, uint32_t *words)
{
    struct furniture_set set = {.op = {.op = {.kind = STORE_FURNITURE},
                                       .collection = a->article.collection,
                                       .outlet = a->article.source}};
    bool known = s->store && a->article.source.len;
    int rc = known ? session_do(s, &set.op.op) : 0;
    *mask = NULL;
    *words = 0;
    if (!rc)
        rc = furniture_mask(known ? &set : NULL, s->options.phrases, &a->tokens, mask, words);
    store_release(&set.op.op);
    return rc;
}

static int judge(struct session *s, struct pair *p)
{
    struct judgement *j = &p->judgement;
    uint8_t *mask_a, *mask_b = NULL;
    uint32_t words_b;
    int rc = find_mask(s, &p->a, &mask_a, &j->furniture_words);
    rc = rc ? rc : find_mask(s, &p->b, &mask_b, &words_b);
    if (!rc) {
        struct compare_side later = compare_side_of_analysis(&p->a, mask_a);
        struct compare_side earlier = compare_side_of_analysis(&p->b, mask_b);
        rc = compare_sides(&p->aligner, &s->options, &later, &earlier, &p->match.overlap,
                           &p->match.facts, &p->match.ruling);
    }
    free(mask_a);
    free(mask_b);
    if (rc)
        return rc;
    struct match *only = &p->match;
    place_judge(&only, 1, j);
    place_credit(&p->a, s->agencies, NULL, j);
    return verdict_json_write(&p->a, j, true, &j->json);
}

int pair_judge(struct cli *cli, struct session *s, struct pair *p)
{
    describe_match(s, p);
    p->judgement.credited = -1;
    int rc = judge(s, p);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}
