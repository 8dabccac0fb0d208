/*
 * prop_sketch.c: sketches of random texts against brute force: all shingles, sorted, the smallest
 * 2k distinct ones of each block, after docs/formats.md; stored forms with random damage;
 * resemblance and containment estimated from two sketches against the exact figures. Each oracle is
 * tried on planted faults.
 */
#include <math.h>
#include <xxhash.h>

#include "core/bytes.h"
#include "dupd/error.h"
#include "dupd/sketch.h"
#include "support/random_text.h"
#include "support/tokens_of.h"

#define HASHES_MAX 40000

static void must(int rc)
{
    ck_assert_int_eq(rc, 0);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static uint32_t sort_distinct(uint64_t *v, uint32_t n)
{
    uint32_t kept = 0;
    qsort(v, n, sizeof *v, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || v[i] != v[i - 1])
            v[kept++] = v[i];
    return kept;
}

/* Weight of tokens [first, end). */
static uint32_t weight_of(const struct dupd_tokens *t, uint32_t first, uint32_t end)
{
    uint32_t weight = 0;
    for (; first < end; first++)
        weight += t->token[first].weight;
    return weight;
}

/* Shingles by definition: for each token, add weights until they reach six. */
static uint32_t slow_shingles(const struct dupd_tokens *t, uint64_t seed, uint64_t *out)
{
    uint32_t n = 0;
    for (uint32_t first = 0; first < t->count; first++) {
        uint32_t end = first;
        while (end < t->count && weight_of(t, first, end) < DUPD_SHINGLE_WEIGHT)
            end++;
        if (weight_of(t, first, end) < DUPD_SHINGLE_WEIGHT && first > 0)
            break;
        out[n++] = XXH3_64bits_withSeed(t->hash + first, (end - first) * sizeof *t->hash, seed);
    }
    return n;
}

/* What a fault of the oracle changes. */
struct fault {
    uint32_t more_k, more_blocks;
    uint64_t other_seed;
};

/* Appends the sketch of t in its stored form to out. */
static void slow_sketch(const struct dupd_tokens *t, uint64_t seed, struct fault fault,
                        struct dupd_buf *out)
{
    static uint64_t shingle[HASHES_MAX], block[HASHES_MAX];
    unsigned char bytes[8];
    ck_assert_uint_le(t->count, HASHES_MAX);
    uint32_t n = slow_shingles(t, seed ^ fault.other_seed, shingle), words = (t->weight + 1) / 2;
    uint32_t blocks = (words <= 1500 ? 1 : (words + 500) / 1000) + fault.more_blocks;
    size_t head = out->len + 1;
    must(dupd_buf_add(out, "\1\0\0", 3));
    uint16_t made = 0;
    for (uint32_t b = 1, first = 0; first < n; b++) {
        uint32_t end = first;
        uint32_t limit = (uint32_t)((uint64_t)t->weight * b / blocks);
        while (end < n && weight_of(t, 0, end) < limit && b < blocks)
            end++;
        if (b == blocks)
            end = n;
        uint32_t weight = weight_of(t, first, end == n ? t->count : end);
        double k = fmin(96, fmax(24, round(48 * sqrt(weight / 2 / 800.0)))) + fault.more_k;
        memcpy(block, shingle + first, (end - first) * sizeof *block);
        uint32_t kept = sort_distinct(block, end - first);
        kept = kept < 2 * k ? kept : 2 * (uint32_t)k;
        bytes_put32(bytes, end - first);
        bytes_put16(bytes_put16(bytes + 4, (uint16_t)k), (uint16_t)kept);
        must(dupd_buf_add(out, bytes, 8));
        for (uint32_t i = 0; i < kept; i++) {
            bytes_put64(bytes, block[i]);
            must(dupd_buf_add(out, bytes, 8));
        }
        first = end;
        made++;
    }
    bytes_put16((unsigned char *)out->ptr + head, made);
}

/* A text of about n tokens: words alone, characters alone, or both; few or many different ones. */
static void make_text(struct random_text *r, uint32_t n, struct dupd_buf *out)
{
    uint32_t vocabulary = 1 + (1u << random_below(r, 16)), chars = random_below(r, 3);
    dupd_buf_clear(out);
    while (n-- > 0) {
        uint32_t number = random_below(r, random_below(r, vocabulary) + 1);
        if (chars == 2 || (chars == 1 && random_below(r, 2))) {
            uint32_t cp = 0x4E00 + number % 0x5000;
            must(dupd_buf_addf(out, "%c%c%c", 0xE0 | cp >> 12, 0x80 | (cp >> 6 & 0x3F),
                               0x80 | (cp & 0x3F)));
        } else {
            must(random_word(out, number));
            must(dupd_buf_add_char(out, ' '));
        }
    }
}

static bool sketches_agree(const struct dupd_tokens *t, uint64_t seed, struct fault fault)
{
    struct dupd_sketch s = {0};
    struct dupd_buf got = {0}, want = {0};
    must(dupd_sketch_make(&s, t, seed));
    must(dupd_sketch_encode(&s, &got));
    slow_sketch(t, seed, fault, &want);
    bool same = dupd_view_equal(dupd_buf_view(&got), dupd_buf_view(&want));
    dupd_sketch_close(&s);
    dupd_buf_close(&got);
    dupd_buf_close(&want);
    return same;
}

/* Rounds, of 100, in which a fault is noticed. */
static int disagreements(struct fault fault, uint32_t least_tokens)
{
    struct random_text r = {11};
    struct dupd_buf text = {0};
    struct dupd_tokens t = {0};
    int noticed = 0;
    for (int round = 0; round < 100; round++) {
        uint32_t n = least_tokens + random_below(&r, round % 10 ? 300 : 5000);
        make_text(&r, n, &text);
        must(dupd_tokens_read(&t, dupd_buf_view(&text)));
        noticed += !sketches_agree(&t, random_next(&r), fault);
    }
    dupd_tokens_close(&t);
    dupd_buf_close(&text);
    return noticed;
}

START_TEST(sketch_is_that_of_brute_force)
{
    ck_assert_int_eq(disagreements((struct fault){0}, 0), 0);
}
END_TEST

START_TEST(a_wrong_sketch_is_noticed)
{
    ck_assert_int_gt(disagreements((struct fault){.more_k = 1}, 200), 90);
    ck_assert_int_gt(disagreements((struct fault){.more_blocks = 1}, 200), 90);
    ck_assert_int_gt(disagreements((struct fault){.other_seed = 1}, 200), 90);
}
END_TEST

/* What is wrong with a decoded sketch, or NULL. */
static const char *sketch_fault(const struct dupd_sketch *s)
{
    uint32_t at = 0;
    for (uint32_t b = 0; b < s->block_count; b++) {
        const struct dupd_sketch_block *k = &s->block[b];
        if (k->first != at || k->count == 0 || k->count > k->shingles)
            return "counts";
        if (k->k < DUPD_SKETCH_K_MIN || k->k > DUPD_SKETCH_K_MAX || k->count > 2u * k->k)
            return "an oversized block";
        for (uint32_t i = 1; i < k->count; i++)
            if (s->hash[at + i - 1] >= s->hash[at + i])
                return "hashes that do not ascend";
        at += k->count;
    }
    return at == s->hash_count ? NULL : "hashes outside blocks";
}

/* Some bytes changed, cut out, doubled or exchanged. */
static void damage(struct random_text *r, struct dupd_buf *b)
{
    for (uint32_t n = random_below(r, 4); n > 0 && b->len > 0; n--) {
        size_t at = random_below(r, random_below(r, 4) ? (uint32_t)b->len : 27) % b->len;
        size_t other = random_below(r, (uint32_t)b->len);
        switch (random_below(r, 5)) {
        case 0:
            b->ptr[at] = (char)random_next(r);
            break;
        case 1:
            b->ptr[at] ^= (char)(1 << random_below(r, 8));
            break;
        case 2: {
            char c = b->ptr[at];
            b->ptr[at] = b->ptr[other];
            b->ptr[other] = c;
            break;
        }
        case 3:
            b->len = at;
            break;
        case 4:
            must(dupd_buf_reserve(b, 8));
            memcpy(b->ptr + b->len, b->ptr + at, b->len - at < 8 ? b->len - at : 8);
            b->len += b->len - at < 8 ? b->len - at : 8;
            break;
        }
    }
}

START_TEST(stored_forms_survive_and_damage_does_not)
{
    struct random_text r = {12};
    struct dupd_buf text = {0}, good = {0}, bad = {0}, again = {0};
    struct dupd_tokens t = {0};
    struct dupd_sketch s = {0}, back = {0};
    unsigned refused = 0, accepted = 0;
    for (int round = 0; round < 6000; round++) {
        if (round % 60 == 0) {
            make_text(&r, random_below(&r, 2500), &text);
            must(dupd_tokens_read(&t, dupd_buf_view(&text)));
            must(dupd_sketch_make(&s, &t, 1));
            dupd_buf_clear(&good);
            must(dupd_sketch_encode(&s, &good));
        }
        dupd_buf_clear(&bad);
        dupd_buf_clear(&again);
        must(dupd_buf_add_view(&bad, dupd_buf_view(&good)));
        damage(&r, &bad);
        int rc = dupd_sketch_decode(&back, dupd_buf_view(&bad));
        if (dupd_view_equal(dupd_buf_view(&good), dupd_buf_view(&bad)))
            must(rc);
        if (rc == 0) {
            ck_assert_ptr_null(sketch_fault(&back));
            must(dupd_sketch_encode(&back, &again));
            ck_assert(dupd_view_equal(dupd_buf_view(&bad), dupd_buf_view(&again)));
        } else {
            ck_assert(rc == DUPD_ECORRUPT || rc == DUPD_EVERSION);
            ck_assert_uint_eq(back.hash_count + back.block_count, 0);
        }
        refused += rc != 0;
        accepted += rc == 0;
    }
    ck_assert_uint_gt(refused, 1000);
    ck_assert_uint_gt(accepted, 1000);
    dupd_sketch_close(&s);
    dupd_sketch_close(&back);
    dupd_tokens_close(&t);
    dupd_buf_close(&text);
    dupd_buf_close(&good);
    dupd_buf_close(&bad);
    dupd_buf_close(&again);
}
END_TEST

START_TEST(a_wrong_decoded_sketch_is_noticed)
{
    struct random_text r = {13};
    struct dupd_buf text = {0};
    struct dupd_tokens t = {0};
    struct dupd_sketch s = {0};
    must(random_add(&r, &text, 500, 100000));
    must(dupd_tokens_read(&t, dupd_buf_view(&text)));
    for (int fault = 0; fault < 5; fault++) {
        must(dupd_sketch_make(&s, &t, 1));
        ck_assert_ptr_null(sketch_fault(&s));
        if (fault == 0)
            s.hash[5] = s.hash[4];
        else if (fault == 1)
            s.block[0].k = DUPD_SKETCH_K_MAX + 1;
        else if (fault == 2)
            s.block[0].count--;
        else if (fault == 3)
            s.block[0].shingles = 10;
        else
            s.block[0].first = 1;
        ck_assert_ptr_nonnull(sketch_fault(&s));
    }
    dupd_sketch_close(&s);
    dupd_tokens_close(&t);
    dupd_buf_close(&text);
}
END_TEST

/* One of two texts that share a stretch of words. */
struct side {
    struct dupd_buf text;
    struct dupd_tokens tokens;
    struct dupd_sketch sketch;
    uint64_t *shingle; /* distinct, ascending */
    uint32_t shingles;
};

static void side_close(struct side *s)
{
    dupd_buf_close(&s->text);
    dupd_tokens_close(&s->tokens);
    dupd_sketch_close(&s->sketch);
    free(s->shingle);
    s->shingle = NULL;
}

static void side_read(struct side *s, uint64_t seed)
{
    must(dupd_tokens_read(&s->tokens, dupd_buf_view(&s->text)));
    must(dupd_sketch_make(&s->sketch, &s->tokens, seed));
    ck_assert_uint_eq(s->sketch.block_count, 1);
    s->shingle = realloc(s->shingle, s->tokens.count * sizeof *s->shingle);
    ck_assert_ptr_nonnull(s->shingle);
    s->shingles = sort_distinct(s->shingle, dupd_shingles(&s->tokens, seed, s->shingle));
}

static uint32_t common(const uint64_t *a, uint32_t n, const uint64_t *b, uint32_t m, uint64_t limit)
{
    uint32_t shared = 0;
    for (uint32_t i = 0, j = 0; i < n && j < m && a[i] <= limit;) {
        shared += a[i] == b[j];
        if (a[i] < b[j])
            i++;
        else if (a[i] > b[j])
            j++;
        else
            i++, j++;
    }
    return shared;
}

/* Number of values of ascending v that are at most limit. */
static uint32_t up_to(const uint64_t *v, uint32_t n, uint64_t limit)
{
    uint32_t i = 0;
    while (i < n && v[i] <= limit)
        i++;
    return i;
}

struct deviation {
    double resemblance, containment; /* from the exact figure, in standard deviations */
};

/* Both sketches are complete below the smaller of their largest hashes: there they are samples of
 * the union (Broder 1997, Cohen and Kaplan 2007). `careless` forgets that. */
static struct deviation deviation_of(const struct side *a, const struct side *b, bool careless)
{
    const struct dupd_sketch *x = &a->sketch, *y = &b->sketch;
    uint64_t limit = x->hash[x->hash_count - 1], other = y->hash[y->hash_count - 1];
    limit = careless ? UINT64_MAX : other < limit ? other : limit;
    uint32_t from_a = up_to(x->hash, x->hash_count, limit);
    uint32_t from_b = up_to(y->hash, y->hash_count, limit);
    double shared = common(x->hash, x->hash_count, y->hash, y->hash_count, limit);
    double all = common(a->shingle, a->shingles, b->shingle, b->shingles, UINT64_MAX);
    double j = all / (a->shingles + b->shingles - all), c = all / a->shingles;
    double sample = from_a + from_b - shared;
    return (struct deviation){
        .resemblance = (shared / sample - j) / sqrt(j * (1 - j) / sample),
        .containment = (shared / from_a - c) / sqrt(c * (1 - c) / from_a),
    };
}

struct spread {
    double mean, beyond_3, worst;
};

/* Over many pairs: how far estimates lie off. Not one may be off by much, and they lie around 0. */
static struct spread spread_of(bool careless, bool other_collection, bool containment)
{
    struct random_text r = {14};
    struct side a = {0}, b = {0};
    struct spread s = {0};
    const int pairs = 400;
    for (int i = 0; i < pairs; i++) {
        uint32_t shared = 60 + random_below(&r, 400);
        struct random_text stretch = {(uint64_t)i}, copy = stretch;
        dupd_buf_clear(&a.text);
        dupd_buf_clear(&b.text);
        must(random_add(&r, &a.text, 50 + random_below(&r, 500), 1u << 30));
        must(random_add(&stretch, &a.text, shared, 1u << 30));
        must(random_add(&copy, &b.text, shared, 1u << 30));
        must(random_add(&r, &b.text, 50 + random_below(&r, 900), 1u << 30));
        side_read(&a, 9);
        side_read(&b, other_collection ? 10 : 9);
        if (other_collection) /* the exact figure stays that of one collection */
            b.shingles = sort_distinct(b.shingle, dupd_shingles(&b.tokens, 9, b.shingle));
        struct deviation d = deviation_of(&a, &b, careless);
        double sigmas = containment ? d.containment : d.resemblance;
        s.mean += sigmas / pairs;
        s.beyond_3 += (fabs(sigmas) > 3) / (double)pairs;
        s.worst = fmax(s.worst, fabs(sigmas));
    }
    side_close(&a);
    side_close(&b);
    return s;
}

static bool is_fair(struct spread s)
{
    return fabs(s.mean) < 0.2 && s.beyond_3 <= 0.01 && s.worst < 5;
}

START_TEST(estimates_lie_within_three_sigma)
{
    for (int containment = 0; containment < 2; containment++) {
        struct spread s = spread_of(false, false, containment);
        ck_assert_msg(is_fair(s), "mean %.2f, beyond three %.3f, worst %.1f", s.mean, s.beyond_3,
                      s.worst);
    }
}
END_TEST

START_TEST(a_biased_estimate_is_noticed)
{
    for (int containment = 0; containment < 2; containment++) {
        ck_assert(!is_fair(spread_of(true, false, containment)));
        ck_assert(!is_fair(spread_of(false, true, containment)));
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("sketch");
    tcase_set_timeout(t, 100);
    tcase_add_test(t, sketch_is_that_of_brute_force);
    tcase_add_test(t, a_wrong_sketch_is_noticed);
    tcase_add_test(t, stored_forms_survive_and_damage_does_not);
    tcase_add_test(t, a_wrong_decoded_sketch_is_noticed);
    tcase_add_test(t, estimates_lie_within_three_sigma);
    tcase_add_test(t, a_biased_estimate_is_noticed);
    return run_cases("sketch, properties", t);
}
