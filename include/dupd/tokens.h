/*
 * dupd/tokens.h: article text to tokens with byte offsets, quotation marks and paragraphs.
 *
 * A token is a word, or one character (with its combining marks) of a script that is written
 * without spaces (Han, Kana, Thai, Lao, Khmer, Burmese). Its hash is XXH3-64 of its normalised
 * form: NFKC and full case folding (Unicode, via utf8proc), soft hyphens and zero-width characters
 * dropped, apostrophes and the dots of abbreviations joined ("U.S." = "US", "don't" = "dont"),
 * separators inside numbers dropped, digits of all scripts as ASCII, Arabic and Hebrew vowel marks
 * and tatweel dropped, Arabic alef and ya forms unified, letters that are drawn like Latin ones
 * written as these. docs/formats.md specifies this; tests/golden holds vectors. Hashes depend on
 * nothing but the text.
 */
#ifndef DUPD_TOKENS_H
#define DUPD_TOKENS_H

#include <stdint.h>

#include "dupd/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

enum dupd_token_flag {
    DUPD_TOKEN_QUOTED = 1 << 0,   /* stands inside quotation marks */
    DUPD_TOKEN_CHAR = 1 << 1,     /* one character of an unspaced script */
    DUPD_TOKEN_NUMBER = 1 << 2,   /* of digits alone */
    DUPD_TOKEN_SENTENCE = 1 << 3, /* first token of a sentence */
};

/* A word weighs 2, a character of an unspaced script 1: everything that is "counted in words" is a
 * sum of weights divided by 2, and thresholds in words count double for characters. */
#define DUPD_WORD_WEIGHT 2u
#define DUPD_CHAR_WEIGHT 1u

struct dupd_token {
    uint32_t begin, end; /* bytes of the article text */
    uint32_t paragraph;  /* index into dupd_tokens.paragraph */
    uint8_t flags;       /* enum dupd_token_flag */
    uint8_t weight;
};

struct dupd_paragraph {
    uint32_t first, end; /* tokens [first, end); never empty */
    uint64_t hash;       /* XXH3-64 over its token hashes */
};

struct dupd_hash128 {
    uint64_t high, low;
};

/* Memory is kept and reused by the next read. Zero-initialised is valid and empty. */
struct dupd_tokens {
    uint64_t *hash; /* of each token; apart from the rest, so that shingles hash contiguous bytes */
    struct dupd_token *token;
    struct dupd_paragraph *paragraph;
    uint32_t count, paragraph_count;
    uint32_t weight;                  /* of all tokens */
    uint32_t quoted_weight;           /* of the QUOTED ones */
    struct dupd_hash128 content_hash; /* XXH3-128 over all token hashes: same words, same hash */
    uint32_t token_cap, paragraph_cap;
};

/* Number of words, unspaced characters counting half. */
static inline uint32_t dupd_tokens_words(const struct dupd_tokens *t)
{
    return (t->weight + 1) / DUPD_WORD_WEIGHT;
}

void dupd_tokens_init(struct dupd_tokens *t);
void dupd_tokens_close(struct dupd_tokens *t);

/* Reads clean text (dupd/text.h) of less than 2^32 bytes. Replaces what t held. Returns 0,
 * DUPD_ENOMEM or DUPD_ETOOBIG; t is empty after a failure. One pass, about 5 ns a byte; memory: 24
 * bytes a token. A word is cut after 1,024 bytes, so that no input makes a token without bound. */
int dupd_tokens_read(struct dupd_tokens *t, struct dupd_view text);

/* Appends the normalised form of a single word to out, as the tokeniser would hash it. For golden
 * vectors and explain. */
int dupd_tokens_fold(struct dupd_view word, struct dupd_buf *out);

/* The hash that a token of this single word has; at most 1,024 bytes count. For tables of words. */
uint64_t dupd_tokens_hash(struct dupd_view word);

#ifdef __cplusplus
}
#endif
#endif
