/*
 * prose.h: invented news prose for tests, the same for the same seed. Two seeds share no phrase of
 * three words but by rare chance; edits are made of whole words, as copiers make them.
 */
#ifndef TESTS_PROSE_H
#define TESTS_PROSE_H

#include <stdint.h>

#include "dupd/buf.h"

/* Appends about `words` words: sentences of 8 to 18 words, paragraphs of about 60, separated by
 * blank lines (also from what stands in b). Aborts when memory runs out. */
void prose_add(struct dupd_buf *b, uint64_t seed, unsigned words);

/* Appends one paragraph, after a blank line if b is not empty. */
void prose_paragraph(struct dupd_buf *b, const char *text);

/* Appends paragraph `index` (0-based) and the following `count - 1` of `text`. */
void prose_take(struct dupd_buf *b, struct dupd_view text, unsigned index, unsigned count);

/* Appends `text` with one word in `each` replaced by another. */
void prose_spin(struct dupd_buf *b, struct dupd_view text, uint64_t seed, unsigned each);

/* Appends `text` as one quotation after a paragraph break, inside English marks. */
void prose_quote(struct dupd_buf *b, struct dupd_view text);

/* NUL-terminates b in place and returns it as a string. */
const char *prose_text(struct dupd_buf *b);

/* The next number of a sequence that *state carries (splitmix64). */
uint64_t prose_random(uint64_t *state);

#endif
