/*
 * fold.h: the normalised form of one word. Internal to the core.
 */
#ifndef DUPD_CORE_FOLD_H
#define DUPD_CORE_FOLD_H

#include "dupd/buf.h"

#define FOLD_RAW_MAX 1024u                /* bytes of a word; longer ones are cut into several */
#define FOLD_FORM_MAX (8u * FOLD_RAW_MAX) /* bytes of a form; NFKC rarely expands more */

/* Writes the normalised form of `word` (clean UTF-8, at most FOLD_RAW_MAX bytes) to form and
 * returns its length; 0 when nothing is left. A word that expands beyond FOLD_FORM_MAX stands as it
 * is. No allocation; about 20 ns a character, so callers handle plain ASCII themselves. */
size_t fold_word(struct dupd_view word, char form[FOLD_FORM_MAX]);

#endif
