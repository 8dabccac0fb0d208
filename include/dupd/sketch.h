/*
 * dupd/sketch.h: shingles and bottom-k MinHash sketches (A. Broder, "On the resemblance and
 * containment of documents", 1997; bottom-k: Cohen and Kaplan, 2007).
 *
 * A shingle starts at each token and runs until its weight reaches 6: three words, six characters
 * of an unspaced script, or a mix. Its hash is XXH3-64 of the token hashes, seeded with the
 * collection. A block (the whole text up to 1,500 words, else about 1,000 words) is sketched by its
 * smallest distinct hashes: k of them are posted, and up to k more stand in for those that are hot.
 * Format and vectors: docs/formats.md, tests/golden.
 */
#ifndef DUPD_SKETCH_H
#define DUPD_SKETCH_H

#include "dupd/tokens.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DUPD_SHINGLE_WEIGHT 6u
#define DUPD_SKETCH_K_MIN 24u
#define DUPD_SKETCH_K_MAX 96u
#define DUPD_SKETCH_NAME "dupd-sketch-1"

/* Seed of a collection (XXH3-64 of its name; the empty name means "default"). */
uint64_t dupd_collection_seed(struct dupd_view collection);

/* Writes the hash of the shingle that starts at each token to out (room for tokens->count) and
 * returns how many there are: fewer than tokens when the tail is lighter than a shingle; a text
 * lighter than one shingle has exactly one, of all its tokens; no tokens, none. */
uint32_t dupd_shingles(const struct dupd_tokens *t, uint64_t seed, uint64_t *out);

struct dupd_sketch_block {
    uint32_t first;    /* index of its first hash in dupd_sketch.hash */
    uint32_t shingles; /* in the block, repeated ones included */
    uint16_t k;        /* postings wanted: 48 * sqrt(words / 800), from 24 to 96 */
    uint16_t count;    /* hashes present, <= 2k, ascending */
};

/* Memory is kept and reused by the next make. Zero-initialised is valid and empty. */
struct dupd_sketch {
    uint64_t *hash;
    struct dupd_sketch_block *block;
    uint32_t hash_count, block_count;
    uint32_t hash_cap, block_cap;
};

void dupd_sketch_init(struct dupd_sketch *s);
void dupd_sketch_close(struct dupd_sketch *s);

/* Replaces what s held. Returns 0 or DUPD_ENOMEM. */
int dupd_sketch_make(struct dupd_sketch *s, const struct dupd_tokens *t, uint64_t seed);

/* Appends the canonical (big-endian) form to out / reads and validates it: every count, order and
 * length is checked. Returns 0, DUPD_ENOMEM, DUPD_ETOOBIG (over 65,535 blocks), DUPD_EVERSION or
 * DUPD_ECORRUPT. */
int dupd_sketch_encode(const struct dupd_sketch *s, struct dupd_buf *out);
int dupd_sketch_decode(struct dupd_sketch *s, struct dupd_view bytes);

/* SimHash-64 (M. Charikar, 2002; news use: Manku et al., 2007) of the token hashes, for texts that
 * are too short for shingles. 0 for an empty text. */
uint64_t dupd_simhash(const struct dupd_tokens *t);

/* Number of differing bits, 0 to 64. */
unsigned dupd_simhash_distance(uint64_t a, uint64_t b);

#ifdef __cplusplus
}
#endif
#endif
