/*
 * words.h: where words end. Internal to the core.
 */
#ifndef DUPD_CORE_WORDS_H
#define DUPD_CORE_WORDS_H

#include "dupd/buf.h"
#include "fold.h"

#define WORDS_MAX (FOLD_RAW_MAX - 8u) /* bytes of a word after which it is cut */

/* Does the mark at text[at] join the word [segment, at) with what follows it? `segment` is where
 * the letters before the mark began, behind the last joining mark; segment < at < text.len. */
bool words_joined(struct dupd_view text, size_t segment, size_t at);

/* End of the word that starts at `begin` and has been read as far as `at`, `segment` as above; at
 * most FOLD_RAW_MAX bytes behind begin. begin <= segment <= at. */
size_t words_end(struct dupd_view text, size_t begin, size_t segment, size_t at);

#endif
