/*
 * verdict_json.h: verdicts and alerts as JSON, one line each, exactly as docs/verdict.schema.json
 * and docs/alert.schema.json say. Internal to the engine.
 */
#ifndef ENGINE_VERDICT_JSON_H
#define ENGINE_VERDICT_JSON_H

#include "engine/engine.h"
#include "engine/json_write.h"

/* Passages that are written for one match: the longest ones, in order of this text. */
#define VERDICT_PASSAGES_MAX 64u

/* Appends the verdict object to out. `stable`: times are null. Returns 0 or DUPD_ENOMEM. */
int verdict_json_write(const struct analysis *a, const struct judgement *j, bool stable,
                       struct dupd_buf *out);

/* The verdict that was stored for the same article: into j->json with "replay": true and the new
 * entry, and its verdict, score and story into j. `stored` must have been written by
 * verdict_json_write. Returns 0, DUPD_ECORRUPT or DUPD_ENOMEM. */
int verdict_json_replay(struct dupd_view stored, struct dupd_view entry, struct judgement *j);

/* {"id":…,"url":…,"source":…,"title":…,"published_at":…} without the braces. */
void verdict_json_article(struct json_writer *w, const struct dupd_article *a);
/* The same with the braces, in place of what *out holds. Returns 0, or DUPD_ENOMEM with *out empty.
 */
int verdict_json_describe(struct dupd_buf *out, const struct dupd_article *a);

struct alert_facts {
    bool origin_arrived; /* else: a copy arrived */
    uint64_t story;
    const struct dupd_article *copy, *origin;
    enum dupd_verdict verdict;
    double score;
    struct dupd_view agency, agency_text; /* empty: none */
    enum dupd_credit_how agency_how;
    int credited; /* 1, 0, -1 */
    int64_t at_ms;
    bool stable; /* "at" is null */
};

int alert_json_write(const struct alert_facts *f, struct dupd_buf *out);

/* "agency":{…}|null,"credited":true|false|null */
void verdict_json_agency(struct json_writer *w, struct dupd_view name, enum dupd_credit_how how,
                         struct dupd_view text, int credited);

#endif
