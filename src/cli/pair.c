/*
 * pair.c: a judgement without a store: b is the one match of a, taken for the earlier.
 */
#include "cli/pair.h"

#include "dupd/error.h"
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

int pair_judge(struct cli *cli, struct session *s, struct pair *p)
{
    struct judgement *j = &p->judgement;
    describe_match(s, p);
    j->credited = -1;
    int rc = engine_compare(&p->aligner, &s->options, &p->a, &p->b, &p->match.overlap,
                            &p->match.facts, &p->match.ruling);
    if (!rc) {
        struct match *only = &p->match;
        place_judge(&only, 1, j);
        place_credit(&p->a, s->agencies, NULL, j);
        rc = verdict_json_write(&p->a, j, true, &j->json);
    }
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}
