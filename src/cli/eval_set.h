/*
 * eval_set.h: labelled pairs, the articles that they name, and what became of them.
 */
#ifndef CLI_EVAL_SET_H
#define CLI_EVAL_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "dupd/buf.h"
#include "dupd/verdict.h"

/* How a label counts. */
enum eval_class { EVAL_POSITIVE, EVAL_NEGATIVE, EVAL_APART };

/* X("label", class): labels that are not here are scored apart. */
#define EVAL_LABELS(X)                                                                             \
    X("copy", EVAL_POSITIVE)                                                                       \
    X("derived", EVAL_POSITIVE)                                                                    \
    X("version", EVAL_POSITIVE)                                                                    \
    X("quotes", EVAL_NEGATIVE)                                                                     \
    X("boilerplate", EVAL_NEGATIVE)                                                                \
    X("template", EVAL_NEGATIVE)                                                                   \
    X("same_event_independent", EVAL_NEGATIVE)

#define EVAL_LABEL_MAX 48

struct eval_article {
    char *id;
    bool present;      /* seen in the articles */
    uint64_t position; /* in the order of processing: smaller is earlier */
    uint64_t spool;    /* item number in the spool */
    uint64_t story;    /* after the run; 0: none */
    uint64_t cluster;  /* hash of its label; 0: none */
    enum dupd_verdict verdict;
};

struct eval_pair {
    uint32_t a, b; /* articles */
    char label[EVAL_LABEL_MAX];
    enum eval_class class;
    bool named; /* the later one's verdict names the earlier one as copied (or update) */
    bool same_story;
    bool found;
    enum dupd_verdict match; /* verdict of the match between the two; UNIQUE if not named */
    struct dupd_ruling pairwise;
    struct dupd_overlap figures; /* of the later against the earlier; passages not kept */
};

struct eval_set {
    struct eval_article *article;
    uint32_t article_count, article_cap;
    struct eval_pair *pair;
    uint32_t pair_count, pair_cap;
    uint32_t labelled; /* lines of clusters read */
    uint32_t *slot;    /* hash table over ids */
    uint32_t slot_mask;
};

void eval_set_init(struct eval_set *s);
void eval_set_close(struct eval_set *s);

/* Reads one line of a pairs file: {"a":…, "b":…, "label":…}. Returns 0, DUPD_ESYNTAX, DUPD_ETYPE or
 * DUPD_ENOMEM; *problem (static text) says what is wrong. */
int eval_set_add_line(struct eval_set *s, struct dupd_view line, const char **problem);

/* Index of the article with that id, which is added if it is not there. Returns 0 or DUPD_ENOMEM.
 */
int eval_set_intern(struct eval_set *s, struct dupd_view id, uint32_t *out);

/* Index of the article with that id, or UINT32_MAX. */
uint32_t eval_set_find(const struct eval_set *s, struct dupd_view id);

/* The later article judged as `verdict` against the earlier one (either order of arguments). */
void eval_set_name(struct eval_set *s, uint32_t a, uint32_t b, enum dupd_verdict verdict);

/* ---- scores ---- */

struct eval_score {
    uint32_t true_positives, false_positives, false_negatives;
    double precision, recall, f1; /* 1 when there was nothing to find or to accuse */
};

/* How surely the two texts alone say that one is made of the other: the score, for an update that
 * of its overlap. */
double eval_pair_strength(const struct eval_pair *p);

#define EVAL_BINS 10

/* Pairs that are labelled positive or negative, by strength in tenths. */
struct eval_bin {
    uint32_t pairs, positive;
    double mean; /* of their strength */
};
void eval_set_reliability(const struct eval_set *s, struct eval_bin out[EVAL_BINS]);

/* Over the pairs whose two articles are present. found: NULL for the pairs' own, else by pairwise
 * score of at least *threshold. */
struct eval_score eval_set_score(const struct eval_set *s, const double *threshold);

#endif
