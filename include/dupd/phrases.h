/*
 * dupd/phrases.h: paragraphs that are site furniture by their words: "Related Posts", "Sign up for
 * our newsletter ...", "Leave a Reply".
 *
 * The phrases are data (data/furniture.conf, compiled in; users add their own file): one a line,
 * blank lines and lines that begin with # apart. A phrase that ends in "..." is the beginning of a
 * paragraph of at most 30 words, any other is the whole paragraph. Words are compared as
 * dupd/tokens.h folds them.
 */
#ifndef DUPD_PHRASES_H
#define DUPD_PHRASES_H

#include "dupd/tokens.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Immutable once built, shared by threads. */
struct dupd_phrases;

/* The built-in phrases and those of `extra` (may be empty). On DUPD_ESYNTAX *line is the offending
 * line of `extra` (1-based): a phrase without words, with more than 60, or a beginning of one word.
 * Returns 0, DUPD_ENOMEM or DUPD_ESYNTAX. The caller frees with dupd_phrases_free. */
int dupd_phrases_new(struct dupd_phrases **out, struct dupd_view extra, unsigned *line);
void dupd_phrases_free(struct dupd_phrases *p);

/* True when the paragraph (an index into t->paragraph) is furniture by its words. About 20 ns. */
bool dupd_phrases_match(const struct dupd_phrases *p, const struct dupd_tokens *t,
                        uint32_t paragraph);

#ifdef __cplusplus
}
#endif
#endif
