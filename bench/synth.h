/*
 * synth.h: synthetic articles with the word statistics of real news, for benchmarks at sizes for
 * which there is no corpus. Nothing of the corpus is kept in the tree: it is read at run time.
 *
 * A word is followed by what follows a random occurrence of it in the corpus (a chain of bigrams),
 * or, every other time, by what stood at that very place (longer phrases, as real prose repeats
 * them). One word in thirty is a name that the article has for itself, since a growing archive
 * keeps meeting new words; every other article ends with one of 400 paragraphs of boilerplate.
 * These are set so that the share of hot shingles at 2,500 and at 20,000 articles is about the real
 * corpus's (bench/README.md).
 */
#ifndef BENCH_SYNTH_H
#define BENCH_SYNTH_H

#include <stdint.h>

#include "dupd/buf.h"

struct synth;

/* Reads JSON Lines with `body` fields. 0, or a code and a line on stderr. */
int synth_new(struct synth **out, const char *path);
void synth_free(struct synth *s);

/* Replaces out with article number `seed`: the same for the same seed. Its length is that of a
 * random article of the corpus, 60 to 3,000 words. */
int synth_article(const struct synth *s, uint64_t seed, struct dupd_buf *out);

/* Replaces out with a copy of `of` in which `share` of the 3-word shingles stand: every so many
 * words one is replaced (spun), or passages of it stand in an article of its own (cut). */
int synth_spun(const struct synth *s, uint64_t seed, struct dupd_view of, double share,
               struct dupd_buf *out);
int synth_cut(const struct synth *s, uint64_t seed, struct dupd_view of, double share,
              struct dupd_buf *out);

#endif
