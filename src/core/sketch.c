/*
 * sketch.c: shingles, bottom-k sketches, SimHash, and the sketch's stored form.
 *
 * Happy path: the hashes of a block's shingles are filtered by a threshold under which about 2k of
 * them are expected, and only those are sorted: linear in the text. When the guess was too low the
 * threshold is doubled and the filter run again. Failure: no memory. A heap of 2k was tried on
 * paper and rejected: its inner loop costs more than the filter's single comparison.
 */
#include "dupd/sketch.h"

#include <math.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bytes.h"
#include "dupd/error.h"

#define BLOCK_MAX_WORDS 1500u /* a longer text is cut ... */
#define BLOCK_WORDS 1000u     /* ... into blocks of about this many */
#define SKETCH_VERSION 1u
#define BLOCK_BYTES_MIN 16u /* of an encoded block: its head, and one hash or 2k */
#define BLOCK_BYTES_MAX (8u + 2 * DUPD_SKETCH_K_MAX * 8)
#define WORDS_IN_SHINGLE (DUPD_SHINGLE_WEIGHT / DUPD_WORD_WEIGHT)
#define FEW 256u /* hashes that are sorted on the stack */

uint64_t dupd_collection_seed(struct dupd_view collection)
{
    if (collection.len == 0)
        collection = DUPD_VIEW("default");
    return XXH3_64bits(collection.ptr, collection.len);
}

static inline uint64_t hash_shingle(const struct dupd_tokens *t, uint32_t first, uint32_t end,
                                    uint64_t seed)
{
    return XXH3_64bits_withSeed(t->hash + first, (end - first) * sizeof *t->hash, seed);
}

uint32_t dupd_shingles(const struct dupd_tokens *t, uint64_t seed, uint64_t *out)
{
    uint32_t n = 0, end = 0, weight = 0;
    if (t->weight == t->count * DUPD_WORD_WEIGHT && t->count >= WORDS_IN_SHINGLE) {
        for (; n + WORDS_IN_SHINGLE <= t->count; n++) /* words only: nothing to add up */
            out[n] = hash_shingle(t, n, n + WORDS_IN_SHINGLE, seed);
        return n;
    }
    for (uint32_t first = 0; first < t->count; first++) {
        while (weight < DUPD_SHINGLE_WEIGHT && end < t->count)
            weight += t->token[end++].weight;
        if (weight < DUPD_SHINGLE_WEIGHT && first > 0)
            break;
        out[n++] = hash_shingle(t, first, end, seed);
        weight -= t->token[first].weight;
    }
    return n;
}

void dupd_sketch_init(struct dupd_sketch *s)
{
    *s = (struct dupd_sketch){0};
}

void dupd_sketch_close(struct dupd_sketch *s)
{
    free(s->hash);
    free(s->block);
    *s = (struct dupd_sketch){0};
}

static int reserve(struct dupd_sketch *s, uint32_t hashes, uint32_t blocks)
{
    if (hashes > s->hash_cap) {
        uint64_t *p = realloc(s->hash, hashes * sizeof *p);
        if (!p)
            return DUPD_ENOMEM;
        s->hash = p;
        s->hash_cap = hashes;
    }
    if (blocks > s->block_cap) {
        struct dupd_sketch_block *p = realloc(s->block, blocks * sizeof *p);
        if (!p)
            return DUPD_ENOMEM;
        s->block = p;
        s->block_cap = blocks;
    }
    return DUPD_OK;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Hashes are spread evenly below their maximum, so one pass over their leading bits puts nearly all
 * in place, and an insertion sort the rest. */
static void sort_few(uint64_t *v, uint32_t n, uint64_t max)
{
    uint64_t placed[FEW];
    uint16_t start[FEW + 1] = {0};
    unsigned bits = 64 - (unsigned)__builtin_clzll(max | 1), shift = bits > 8 ? bits - 8 : 0;
    for (uint32_t i = 0; i < n; i++)
        start[(v[i] >> shift) + 1]++;
    for (uint32_t b = 1; b <= FEW; b++)
        start[b] = (uint16_t)(start[b] + start[b - 1]);
    for (uint32_t i = 0; i < n; i++)
        placed[start[v[i] >> shift]++] = v[i];
    for (uint32_t i = 0, j; i < n; i++) {
        for (j = i; j > 0 && v[j - 1] > placed[i]; j--)
            v[j] = v[j - 1];
        v[j] = placed[i];
    }
}

static void sort_hashes(uint64_t *v, uint32_t n, uint64_t max)
{
    if (n <= FEW)
        sort_few(v, n, max);
    else
        qsort(v, n, sizeof *v, by_value);
}

static uint32_t drop_equal(uint64_t *sorted, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || sorted[i] != sorted[kept - 1])
            sorted[kept++] = sorted[i];
    return kept;
}

/* The `want` smallest distinct values of v[0, n) to out, ascending. out has room for n. */
static uint32_t smallest(const uint64_t *v, uint32_t n, uint32_t want, uint64_t *out)
{
    double share = 1.3 * want / (n ? n : 1) + 0.02;
    for (;;) {
        bool all = share >= 1.0;
        uint64_t limit = all ? UINT64_MAX : (uint64_t)(share * 18446744073709549568.0);
        uint32_t got = 0;
        for (uint32_t i = 0; i < n; i++) {
            out[got] = v[i];
            got += v[i] <= limit;
        }
        if (all || got >= want) {
            sort_hashes(out, got, limit);
            got = drop_equal(out, got);
            if (all || got >= want)
                return got < want ? got : want;
        }
        share *= 2;
    }
}

static uint16_t postings_wanted(uint32_t words)
{
    double k = round(48.0 * sqrt(words / 800.0));
    return (uint16_t)(k < DUPD_SKETCH_K_MIN   ? DUPD_SKETCH_K_MIN
                      : k > DUPD_SKETCH_K_MAX ? DUPD_SKETCH_K_MAX
                                              : k);
}

static void add_block(struct dupd_sketch *s, const uint64_t *shingle, uint32_t n, uint32_t words,
                      uint64_t *scratch)
{
    uint16_t k = postings_wanted(words);
    uint32_t got = smallest(shingle, n, 2u * k, scratch);
    memcpy(s->hash + s->hash_count, scratch, got * sizeof *scratch);
    s->block[s->block_count++] = (struct dupd_sketch_block){
        .first = s->hash_count, .shingles = n, .k = k, .count = (uint16_t)got};
    s->hash_count += got;
}

int dupd_sketch_make(struct dupd_sketch *s, const struct dupd_tokens *t, uint64_t seed)
{
    s->hash_count = s->block_count = 0;
    if (t->count == 0)
        return DUPD_OK;
    uint32_t words = dupd_tokens_words(t);
    uint32_t blocks = words <= BLOCK_MAX_WORDS ? 1 : (words + BLOCK_WORDS / 2) / BLOCK_WORDS;
    if (reserve(s, blocks * 2 * DUPD_SKETCH_K_MAX, blocks))
        return DUPD_ENOMEM;
    uint64_t *shingle = malloc(2 * (size_t)t->count * sizeof *shingle);
    if (!shingle)
        return DUPD_ENOMEM;
    uint64_t *scratch = shingle + t->count;
    uint32_t n = dupd_shingles(t, seed, shingle), at = 0, weight = 0;
    for (uint32_t b = 1, first = 0; first < n; b++, first = at) {
        uint32_t before = weight, limit = (uint32_t)((uint64_t)t->weight * b / blocks);
        while (b < blocks && at < n && weight < limit)
            weight += t->token[at++].weight;
        if (b == blocks || at == n) { /* the last one has the tail too */
            at = n;
            weight = t->weight;
        }
        add_block(s, shingle + first, at - first, (weight - before) / DUPD_WORD_WEIGHT, scratch);
    }
    free(shingle);
    return DUPD_OK;
}

int dupd_sketch_encode(const struct dupd_sketch *s, struct dupd_buf *out)
{
    size_t size = 3 + (size_t)s->block_count * 8 + (size_t)s->hash_count * 8;
    if (s->block_count > UINT16_MAX)
        return DUPD_ETOOBIG;
    if (dupd_buf_reserve(out, size))
        return DUPD_ENOMEM;
    unsigned char *p = (unsigned char *)out->ptr + out->len;
    *p++ = SKETCH_VERSION;
    p = bytes_put16(p, (uint16_t)s->block_count);
    for (uint32_t b = 0; b < s->block_count; b++) {
        p = bytes_put32(p, s->block[b].shingles);
        p = bytes_put16(p, s->block[b].k);
        p = bytes_put16(p, s->block[b].count);
        for (uint32_t i = 0; i < s->block[b].count; i++)
            p = bytes_put64(p, s->hash[s->block[b].first + i]);
    }
    out->len += size;
    return DUPD_OK;
}

static int decode_block(struct dupd_sketch *s, const unsigned char **p, const unsigned char *end)
{
    if (end - *p < 8)
        return DUPD_ECORRUPT;
    struct dupd_sketch_block b = {.first = s->hash_count,
                                  .shingles = bytes_get32(*p),
                                  .k = bytes_get16(*p + 4),
                                  .count = bytes_get16(*p + 6)};
    *p += 8;
    if (b.k < DUPD_SKETCH_K_MIN || b.k > DUPD_SKETCH_K_MAX || b.count == 0 || b.count > 2 * b.k ||
        b.count > b.shingles || (end - *p) / 8 < b.count)
        return DUPD_ECORRUPT;
    for (uint32_t i = 0; i < b.count; i++, *p += 8) {
        uint64_t h = bytes_get64(*p);
        if (i > 0 && h <= s->hash[s->hash_count - 1])
            return DUPD_ECORRUPT;
        s->hash[s->hash_count++] = h;
    }
    s->block[s->block_count++] = b;
    return DUPD_OK;
}

int dupd_sketch_decode(struct dupd_sketch *s, struct dupd_view bytes)
{
    s->hash_count = s->block_count = 0;
    if (bytes.len < 3)
        return DUPD_ECORRUPT;
    const unsigned char *p = (const unsigned char *)bytes.ptr, *end = p + bytes.len;
    if (p[0] != SKETCH_VERSION)
        return p[0] > SKETCH_VERSION ? DUPD_EVERSION : DUPD_ECORRUPT;
    uint32_t blocks = bytes_get16(p + 1);
    if (bytes.len < 3 + (size_t)blocks * BLOCK_BYTES_MIN ||
        bytes.len > 3 + (size_t)blocks * BLOCK_BYTES_MAX)
        return DUPD_ECORRUPT;
    if (reserve(s, (uint32_t)((bytes.len - 3) / 8) + 1, blocks ? blocks : 1))
        return DUPD_ENOMEM;
    p += 3;
    int rc = DUPD_OK;
    for (uint32_t b = 0; b < blocks && !rc; b++)
        rc = decode_block(s, &p, end);
    if (!rc && p != end)
        rc = DUPD_ECORRUPT;
    if (rc)
        s->hash_count = s->block_count = 0;
    return rc;
}

/* Bit i of byte b of a hash is counted in byte 7 - i of lane[b], up to 255 times. */
static void count_bits(uint64_t lane[8], uint64_t hash)
{
    for (unsigned b = 0; b < 8; b++) {
        uint64_t byte = hash >> (8 * b) & 0xFF;
        lane[b] += (byte * 0x8040201008040201u & 0x8080808080808080u) >> 7;
    }
}

static void add_lanes(uint32_t ones[64], uint64_t lane[8])
{
    for (unsigned bit = 0; bit < 64; bit++)
        ones[bit] += (uint32_t)(lane[bit / 8] >> (8 * (7 - bit % 8)) & 0xFF);
    memset(lane, 0, 8 * sizeof *lane);
}

uint64_t dupd_simhash(const struct dupd_tokens *t)
{
    uint32_t ones[64] = {0};
    uint64_t lane[8] = {0}, result = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        count_bits(lane, t->hash[i]);
        if (i % 255 == 254)
            add_lanes(ones, lane);
    }
    add_lanes(ones, lane);
    for (unsigned bit = 0; bit < 64; bit++)
        result |= (uint64_t)(ones[bit] > t->count - ones[bit]) << bit;
    return result;
}

unsigned dupd_simhash_distance(uint64_t a, uint64_t b)
{
    return (unsigned)__builtin_popcountll(a ^ b);
}
