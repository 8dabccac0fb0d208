/*
 * dupd/agency.h: which news agency a text credits, and how.
 *
 * The agencies and the forms in which they are credited are data (data/agencies.conf, compiled in;
 * users add their own file). Only forms that attribute the *text* count: a dateline "PARIS (AP) -",
 * a byline, a credit line, a tail note "Reporting by ...; Editing by ...", the feed itself. A photo
 * credit, "according to AP" and a word that merely looks like an agency do not.
 */
#ifndef DUPD_AGENCY_H
#define DUPD_AGENCY_H

#include "dupd/article.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "name in verdicts"), strongest evidence last. Stored in records as a number: never
 * renumber, add at the end only (and then strength is no longer the order). */
#define DUPD_CREDITS(X)                                                                            \
    X(NONE, "none")                                                                                \
    X(SOURCE, "source")                                                                            \
    X(DECLARED, "declared")                                                                        \
    X(BYLINE, "byline")                                                                            \
    X(CREDIT, "credit")                                                                            \
    X(DATELINE, "dateline")

enum dupd_credit_how {
#define DUPD_CREDIT_ENUM(name, text) DUPD_CREDIT_##name,
    DUPD_CREDITS(DUPD_CREDIT_ENUM)
#undef DUPD_CREDIT_ENUM
};

const char *dupd_credit_name(enum dupd_credit_how how);

/* The table of agencies: immutable once built, shared by threads. */
struct dupd_agencies;

/* The built-in table plus `extra` (the text of a user's file in the format of docs/agencies.md; may
 * be empty). On DUPD_ESYNTAX *line is the offending line of `extra` (1-based). Returns 0,
 * DUPD_ENOMEM or DUPD_ESYNTAX. Caller frees with dupd_agencies_free. */
int dupd_agencies_new(struct dupd_agencies **out, struct dupd_view extra, unsigned *line);
void dupd_agencies_free(struct dupd_agencies *a);

/* Short stable name ("AP", "Reuters", "dpa") of agency `index`, and their number. */
const char *dupd_agency_name(const struct dupd_agencies *a, unsigned index);
unsigned dupd_agency_count(const struct dupd_agencies *a);

/* Index of the agency called `name` (short name, exact) or -1. */
int dupd_agency_find(const struct dupd_agencies *a, struct dupd_view name);

/* True when `outlet` (a host or a name, any bytes) is an agency's own feed; *index says whose. */
bool dupd_agency_owns(const struct dupd_agencies *a, struct dupd_view outlet, unsigned *index);

struct dupd_credit {
    enum dupd_credit_how how; /* NONE: no agency credited */
    unsigned agency;          /* index into the table; valid unless NONE */
    struct dupd_view
        text; /* the words that credit: a view into the article's text, byline or source */
};

#define DUPD_CREDITS_MAX 4

/* Finds the agencies that the article credits for its text, strongest first, each agency once.
 * Returns how many were written to out (<= DUPD_CREDITS_MAX). Looks at the source, the byline, the
 * first and last few lines: cost about 8 us for any length. article->text must be clean
 * (dupd/text.h), the other fields may hold any bytes. Pure. */
unsigned dupd_agency_credits(const struct dupd_agencies *a, const struct dupd_article *article,
                             struct dupd_credit out[DUPD_CREDITS_MAX]);

#ifdef __cplusplus
}
#endif
#endif
