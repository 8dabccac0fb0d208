/* test_sketch.c: shingles, sketches, their stored form, and SimHash. The comparison with a
 * brute-force oracle is tests/property/prop_sketch.c. */
#include "dupd/sketch.h"

#include "dupd/error.h"
#include "support/fault.h"
#include "support/random_text.h"
#include "support/tokens_of.h"

struct sketched {
    struct dupd_buf text;
    struct dupd_tokens tokens;
    struct dupd_sketch sketch;
};

static void sketched_close(struct sketched *s)
{
    dupd_buf_close(&s->text);
    dupd_tokens_close(&s->tokens);
    dupd_sketch_close(&s->sketch);
}

static void sketch_prose(struct sketched *s, uint32_t words, uint64_t seed)
{
    struct random_text prose = {seed};
    dupd_buf_clear(&s->text);
    ck_assert_int_eq(random_add(&prose, &s->text, words, 100000), 0);
    ck_assert_int_eq(dupd_tokens_read(&s->tokens, dupd_buf_view(&s->text)), 0);
    ck_assert_int_eq(dupd_sketch_make(&s->sketch, &s->tokens, 7), 0);
}

static uint32_t shingles_in(const char *text)
{
    uint64_t out[64];
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(text)), 0);
    ck_assert_uint_le(t.count, 64);
    uint32_t n = dupd_shingles(&t, 1, out);
    dupd_tokens_close(&t);
    return n;
}

START_TEST(shingles_weigh_six)
{
    ck_assert_uint_eq(shingles_in(""), 0);
    ck_assert_uint_eq(shingles_in("one"), 1);
    ck_assert_uint_eq(shingles_in("one two"), 1);
    ck_assert_uint_eq(shingles_in("one two three"), 1);
    ck_assert_uint_eq(shingles_in("one two three four"), 2);
    ck_assert_uint_eq(shingles_in("東京都"), 1);
    ck_assert_uint_eq(shingles_in("東京都庁前駅"), 1);
    ck_assert_uint_eq(shingles_in("東京都庁前駅で"), 2);
    ck_assert_uint_eq(shingles_in("東京 Tokyo 2020 年"), 2); /* 1 1 2 2 1: the first two reach 6 */
    ck_assert_uint_eq(shingles_in("one 東 two 京 three"), 2);
}
END_TEST

START_TEST(shingles_are_those_of_their_tokens)
{
    struct dupd_tokens a = {0}, b = {0};
    uint64_t x[64], y[64];
    ck_assert_int_eq(dupd_tokens_read(&a, DUPD_VIEW("zero one two three 東京都庁前駅 end")), 0);
    ck_assert_int_eq(dupd_tokens_read(&b, DUPD_VIEW("One, two, three!\n東京都庁前駅")), 0);
    uint32_t n = dupd_shingles(&a, 1, x), m = dupd_shingles(&b, 1, y);
    for (uint32_t i = 0; i < m; i++)
        ck_assert_uint_eq(x[i + 1], y[i]);
    ck_assert_uint_gt(n, m);
    dupd_shingles(&b, 2, x);
    for (uint32_t i = 0; i < m; i++)
        ck_assert_uint_ne(x[i], y[i]); /* another collection */
    dupd_tokens_close(&a);
    dupd_tokens_close(&b);
}
END_TEST

START_TEST(words_alone_take_the_same_way_as_mixtures)
{
    /* A character at the end sends all words through the general loop. */
    struct dupd_tokens a = {0}, b = {0};
    uint64_t x[64], y[64];
    ck_assert_int_eq(dupd_tokens_read(&a, DUPD_VIEW("one two three four five six")), 0);
    ck_assert_int_eq(dupd_tokens_read(&b, DUPD_VIEW("one two three four five six 東")), 0);
    uint32_t n = dupd_shingles(&a, 1, x), m = dupd_shingles(&b, 1, y);
    ck_assert_uint_eq(n, 4);
    ck_assert_uint_eq(m, 4);
    ck_assert_int_eq(memcmp(x, y, n * sizeof *x), 0);
    dupd_tokens_close(&a);
    dupd_tokens_close(&b);
}
END_TEST

START_TEST(collections_have_seeds)
{
    uint64_t none = dupd_collection_seed((struct dupd_view){NULL, 0});
    ck_assert_uint_eq(none, dupd_collection_seed(DUPD_VIEW("default")));
    ck_assert_uint_ne(none, dupd_collection_seed(DUPD_VIEW("other")));
}
END_TEST

START_TEST(k_grows_with_the_root_of_the_length)
{
    static const struct {
        uint32_t words, blocks, k;
    } table[] = {{3, 1, 24},    {100, 1, 24},  {200, 1, 24},  {400, 1, 34},  {800, 1, 48},
                 {1500, 1, 66}, {1502, 2, 47}, {2499, 2, 60}, {2501, 3, 49}, {20000, 20, 54}};
    struct sketched s = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        sketch_prose(&s, table[i].words, i);
        ck_assert_uint_eq(s.tokens.count, table[i].words);
        ck_assert_uint_eq(s.sketch.block_count, table[i].blocks);
        uint32_t shingles = 0;
        for (uint32_t b = 0; b < s.sketch.block_count; b++) {
            const struct dupd_sketch_block *block = &s.sketch.block[b];
            ck_assert_msg(block->k == table[i].k || table[i].words > 1501, "%u words: k %u",
                          table[i].words, block->k);
            ck_assert_uint_le(block->k - table[i].k + 1u, 2);
            ck_assert_uint_le(block->count, 2u * block->k);
            shingles += block->shingles;
        }
        ck_assert_uint_eq(shingles, table[i].words < 3 ? 1 : table[i].words - 2);
    }
    sketched_close(&s);
}
END_TEST

START_TEST(nothing_has_no_blocks)
{
    struct sketched s = {0};
    sketch_prose(&s, 5000, 1);
    sketch_prose(&s, 0, 1);
    ck_assert_uint_eq(s.sketch.block_count + s.sketch.hash_count, 0);
    ck_assert_int_eq(dupd_sketch_encode(&s.sketch, &s.text), 0);
    ck_assert_uint_eq(s.text.len, 3);
    ck_assert_int_eq(dupd_sketch_decode(&s.sketch, dupd_buf_view(&s.text)), 0);
    ck_assert_uint_eq(s.sketch.block_count, 0);
    sketched_close(&s);
}
END_TEST

START_TEST(one_shingle_a_thousand_times)
{
    struct sketched s = {0};
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(dupd_buf_add_str(&s.text, "again "), 0);
    ck_assert_int_eq(dupd_tokens_read(&s.tokens, dupd_buf_view(&s.text)), 0);
    ck_assert_int_eq(dupd_sketch_make(&s.sketch, &s.tokens, 7), 0);
    ck_assert_uint_eq(s.sketch.block_count, 1);
    ck_assert_uint_eq(s.sketch.block[0].count, 1);
    ck_assert_uint_eq(s.sketch.block[0].shingles, 998);
    sketched_close(&s);
}
END_TEST

static void expect_refused(const struct dupd_buf *good, size_t at, unsigned char byte, int rc)
{
    struct dupd_buf bad = {0};
    struct dupd_sketch s = {0};
    ck_assert_int_eq(dupd_buf_add(&bad, good->ptr, good->len), 0);
    bad.ptr[at] = (char)byte;
    ck_assert_msg(dupd_sketch_decode(&s, dupd_buf_view(&bad)) == rc, "byte %zu as %u", at, byte);
    ck_assert_uint_eq(s.hash_count + s.block_count, 0);
    dupd_sketch_close(&s);
    dupd_buf_close(&bad);
}

START_TEST(damage_is_refused)
{
    struct sketched s = {0};
    struct dupd_buf good = {0};
    struct dupd_sketch back = {0};
    sketch_prose(&s, 2000, 3);
    ck_assert_int_eq(dupd_sketch_encode(&s.sketch, &good), 0);
    expect_refused(&good, 0, 2, DUPD_EVERSION);
    expect_refused(&good, 0, 0, DUPD_ECORRUPT);
    expect_refused(&good, 2, 1, DUPD_ECORRUPT);     /* one block fewer: bytes are left over */
    expect_refused(&good, 2, 3, DUPD_ECORRUPT);     /* one more */
    expect_refused(&good, 1, 1, DUPD_ECORRUPT);     /* 256 more */
    expect_refused(&good, 8, 23, DUPD_ECORRUPT);    /* k too small */
    expect_refused(&good, 8, 97, DUPD_ECORRUPT);    /* and too large */
    expect_refused(&good, 10, 0, DUPD_ECORRUPT);    /* no hashes */
    expect_refused(&good, 10, 255, DUPD_ECORRUPT);  /* more than 2k */
    expect_refused(&good, 11, 0xFF, DUPD_ECORRUPT); /* first hash above the second */
    for (size_t len = 0; len < good.len; len++) {
        char *exact = malloc(len + 1); /* so that reading behind the end is seen */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, good.ptr, len);
        ck_assert_int_eq(dupd_sketch_decode(&back, (struct dupd_view){exact, len}), DUPD_ECORRUPT);
        free(exact);
    }
    ck_assert_int_eq(dupd_buf_add_char(&good, 0), 0);
    ck_assert_int_eq(dupd_sketch_decode(&back, dupd_buf_view(&good)), DUPD_ECORRUPT);
    dupd_buf_clear(&good);
    s.sketch.block[0].shingles = s.sketch.block[0].count - 1u;
    ck_assert_int_eq(dupd_sketch_encode(&s.sketch, &good), 0);
    ck_assert_int_eq(dupd_sketch_decode(&back, dupd_buf_view(&good)), DUPD_ECORRUPT);
    dupd_sketch_close(&back);
    dupd_buf_close(&good);
    sketched_close(&s);
}
END_TEST

/* 64 sums, as the papers have it. */
static uint64_t slow_simhash(const struct dupd_tokens *t)
{
    uint64_t result = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        int64_t sum = 0;
        for (uint32_t i = 0; i < t->count; i++)
            sum += t->hash[i] >> bit & 1 ? 1 : -1;
        result |= (uint64_t)(sum > 0) << bit;
    }
    return result;
}

START_TEST(simhash_is_that_of_the_papers)
{
    struct sketched s = {0};
    for (uint32_t words = 0; words < 1100; words += 1 + words / 3) {
        sketch_prose(&s, words, words);
        ck_assert_uint_eq(dupd_simhash(&s.tokens), slow_simhash(&s.tokens));
    }
    sketched_close(&s);
}
END_TEST

START_TEST(simhash_is_near_for_near_texts)
{
    struct dupd_tokens a = {0}, b = {0}, c = {0};
    ck_assert_int_eq(dupd_tokens_read(&a, DUPD_VIEW("The old lighthouse at the harbour mouth will "
                                                    "be repaired before the winter storms come")),
                     0);
    ck_assert_int_eq(dupd_tokens_read(&b, DUPD_VIEW("THE old lighthouse at the harbour's mouth will"
                                                    " be repaired before the winter storms come")),
                     0);
    ck_assert_int_eq(dupd_tokens_read(&c, DUPD_VIEW("Bakers in the valley raised the price of rye "
                                                    "bread for the second time since last May")),
                     0);
    uint64_t x = dupd_simhash(&a), y = dupd_simhash(&b), z = dupd_simhash(&c);
    ck_assert_uint_lt(dupd_simhash_distance(x, y), 16);
    ck_assert_uint_gt(dupd_simhash_distance(x, z), 16);
    ck_assert_uint_eq(dupd_simhash_distance(x, x), 0);
    ck_assert_uint_eq(dupd_simhash_distance(0, UINT64_MAX), 64);
    dupd_tokens_close(&a);
    dupd_tokens_close(&b);
    dupd_tokens_close(&c);
}
END_TEST

static int all_entry_points(void *data)
{
    const struct dupd_buf *text = data;
    struct dupd_tokens t = {0};
    struct dupd_sketch s = {0}, back = {0};
    struct dupd_buf bytes = {0};
    int rc = dupd_tokens_read(&t, dupd_buf_view(text));
    if (!rc)
        rc = dupd_sketch_make(&s, &t, 1);
    if (!rc)
        rc = dupd_sketch_encode(&s, &bytes);
    if (!rc)
        rc = dupd_sketch_decode(&back, dupd_buf_view(&bytes));
    if (!rc)
        rc = dupd_tokens_fold(DUPD_VIEW("Word"), &bytes);
    if (rc && (back.hash_count || (t.count == 0 && t.weight)))
        rc = DUPD_ECORRUPT; /* a failure must leave nothing half made */
    dupd_tokens_close(&t);
    dupd_sketch_close(&s);
    dupd_sketch_close(&back);
    dupd_buf_close(&bytes);
    return rc;
}

START_TEST(out_of_memory_at_every_allocation)
{
    struct random_text prose = {5};
    struct dupd_buf text = {0};
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(random_add(&prose, &text, 15, 1000), 0);
        ck_assert_int_eq(dupd_buf_add_str(&text, "\n\n"), 0);
    }
    ck_assert_uint_ge(fault_each(all_entry_points, &text, DUPD_ENOMEM), 10);
    dupd_buf_close(&text);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("sketch");
    tcase_add_test(t, shingles_weigh_six);
    tcase_add_test(t, shingles_are_those_of_their_tokens);
    tcase_add_test(t, words_alone_take_the_same_way_as_mixtures);
    tcase_add_test(t, collections_have_seeds);
    tcase_add_test(t, k_grows_with_the_root_of_the_length);
    tcase_add_test(t, nothing_has_no_blocks);
    tcase_add_test(t, one_shingle_a_thousand_times);
    tcase_add_test(t, damage_is_refused);
    tcase_add_test(t, simhash_is_that_of_the_papers);
    tcase_add_test(t, simhash_is_near_for_near_texts);
    tcase_add_test(t, out_of_memory_at_every_allocation);
    return run_cases("sketch", t);
}
