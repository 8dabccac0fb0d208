/*
 * dupd/verdict.h: the rule. Numbers in, one of seven words out, with the rule that decided.
 */
#ifndef DUPD_VERDICT_H
#define DUPD_VERDICT_H

#include "dupd/align.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "name", is a copy, "what it means") in order of rank: a better verdict is smaller. */
#define DUPD_VERDICTS(X)                                                                           \
    X(IDENTICAL, "identical", true, "same words after normalisation")                              \
    X(REPUBLISHED, "republished", true, "most of it is the other's text, lightly edited")          \
    X(REWRITTEN, "rewritten", true,                                                                \
      "the other's text with words replaced or reordered throughout")                              \
    X(EXCERPT, "excerpt", true, "carries a substantial part of the other, or is a part of it")     \
    X(UPDATE, "update", false, "a later version of the same outlet's own article")                 \
    X(SHARED_QUOTES, "shared_quotes", false,                                                       \
      "only quotations, statements, documents or furniture in common")                             \
    X(UNIQUE, "unique", false, "nothing of note in common with anything earlier")

enum dupd_verdict {
#define DUPD_VERDICT_ENUM(name, text, copy, meaning) DUPD_##name,
    DUPD_VERDICTS(DUPD_VERDICT_ENUM)
#undef DUPD_VERDICT_ENUM
        DUPD_VERDICT_COUNT
};

const char *dupd_verdict_name(enum dupd_verdict v);    /* "republished" */
const char *dupd_verdict_meaning(enum dupd_verdict v); /* one English clause */
bool dupd_verdict_is_copy(enum dupd_verdict v);

/* Verdict of a name, or -1. */
int dupd_verdict_parse(struct dupd_view name);

/* Thresholds; every one is an option of the program. X(field, type, default, "what it is") */
#define DUPD_THRESHOLDS(X)                                                                         \
    X(min_containment, 0.30, "share of either text that is shared prose, from which it is copied") \
    X(min_prose_words, 200, "shared prose words that are enough at that containment")              \
    X(short_containment, 0.62, "share of the shorter text that is enough with fewer words")        \
    X(stretch_containment, 0.40, "the same where all of it is one run of equal words")             \
    X(stretch_words, 30, "words in a row from which a run counts for that")                        \
    X(stretch_head, 0.25, "and share of the first 100 words of a text that must be shared too")    \
    X(floor_prose_words, 20, "fewer shared prose words than this are never a copy")                \
    X(form_numbers, 0.60,                                                                          \
      "share of the numbers in passages that a copy keeps; with fewer it is a form filled in "     \
      "anew, "                                                                                     \
      "unless there is such a run")                                                                \
    X(spun_rewriting, 0.10, "share of replaced words from which a text counts as rewritten")       \
    X(spun_span, 0.50,                                                                             \
      "share of the shorter text inside passages, from which a rewriting is a copy")               \
    X(whole_quoted, 0.80, "share of the shorter text, quotations included, that is a copy of it")  \
    X(lifted_words, 200, "words of another's prose in one quotation from which it is an excerpt")  \
    X(whole_this, 0.50,                                                                            \
      "share of this text that stands in the other, from which it is republished")                 \
    X(whole_other, 0.35, "and share of the other; with less it is an excerpt")                     \
    X(update_head, 0.15, "share of the first 100 words that an update of the same outlet keeps")   \
    X(note_words, 30, "shared words from which an overlap is worth naming")

struct dupd_thresholds {
#define DUPD_THRESHOLD_FIELD(name, value, text) double name;
    DUPD_THRESHOLDS(DUPD_THRESHOLD_FIELD)
#undef DUPD_THRESHOLD_FIELD
};

void dupd_thresholds_default(struct dupd_thresholds *t);

/* What the rule looks at besides the overlap. "a" is the article judged, "b" the earlier one. */
struct dupd_facts {
    const struct dupd_overlap *overlap; /* NULL for texts that are too short for it */
    bool same_content;                  /* equal content hash */
    unsigned simhash_distance;          /* 0 to 64 */
    bool short_text;                    /* either is under 50 words */
    bool same_outlet;
    double title_share; /* share of the shorter title's words that the other has */
};

struct dupd_ruling {
    enum dupd_verdict verdict;
    double score;     /* calibrated probability of "copy" */
    const char *rule; /* static text: the rule that decided, for explain */
};

/* One way of being a copy, and how far the overlap goes towards it. */
struct dupd_evidence {
    double ratio;     /* of what there is to what is asked; 1 is the boundary */
    const char *rule; /* static text */
};

#define DUPD_EVIDENCE_COUNT 6u

/* What each way of being a copy makes of an overlap; for explain. The best of them decides. */
void dupd_evidence(const struct dupd_thresholds *t, const struct dupd_overlap *o,
                   struct dupd_evidence out[DUPD_EVIDENCE_COUNT]);

/* Pure and monotone: more shared prose never makes it less of a copy. */
struct dupd_ruling dupd_judge(const struct dupd_thresholds *t, const struct dupd_facts *facts);

#ifdef __cplusplus
}
#endif
#endif
