/* test_core_vectors.c: tokens, shingles, sketches and SimHash against core.txt, which another
 * implementation of docs/formats.md computed. */
#include <xxhash.h>

#include "core/bytes.h"
#include "dupd/sketch.h"
#include "support/golden.h"
#include "support/tokens_of.h"

static void add_hash(struct dupd_buf *out, uint64_t hash)
{
    unsigned char bytes[8];
    bytes_put64(bytes, hash);
    ck_assert_int_eq(dupd_buf_add(out, bytes, sizeof bytes), 0);
}

static bool has_vector(const char *text, const char *what, struct dupd_buf *out)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", text, what);
    dupd_buf_clear(out);
    return golden_hex("core.txt", name, out);
}

/* Compares `got` with the vector text.what, and empties it. */
static void expect(const char *text, const char *what, struct dupd_buf *got)
{
    struct dupd_buf want = {0};
    ck_assert_msg(has_vector(text, what, &want), "no vector %s.%s", text, what);
    if (strcmp(what, "forms") == 0)
        ck_assert_msg(dupd_view_equal(dupd_buf_view(&want), dupd_buf_view(got)),
                      "%s: forms are\n%.*s\nbut should be\n%.*s", text, (int)got->len, got->ptr,
                      (int)want.len, want.ptr);
    ck_assert_msg(dupd_view_equal(dupd_buf_view(&want), dupd_buf_view(got)), "%s.%s differs", text,
                  what);
    dupd_buf_close(&want);
    dupd_buf_clear(got);
}

static void add_forms(const struct dupd_tokens *t, struct dupd_view text, struct dupd_buf *out)
{
    for (uint32_t i = 0; i < t->count; i++) {
        if (i > 0)
            ck_assert_int_eq(dupd_buf_add_char(out, '\n'), 0);
        ck_assert_int_eq(dupd_tokens_fold(token_text(t, text, i), out), 0);
    }
}

static void expect_sums(const char *name, const struct dupd_tokens *t, struct dupd_buf *b)
{
    add_hash(b, t->content_hash.high);
    add_hash(b, t->content_hash.low);
    expect(name, "content", b);
    add_hash(b, dupd_simhash(t));
    expect(name, "simhash", b);
}

static void expect_sketch(const char *name, const struct dupd_tokens *t, const char *collection,
                          struct dupd_buf *b)
{
    struct dupd_sketch s = {0};
    uint64_t seed = dupd_collection_seed(dupd_view_of(collection));
    ck_assert_int_eq(dupd_sketch_make(&s, t, seed), 0);
    ck_assert_int_eq(dupd_sketch_encode(&s, b), 0);
    expect(name, "sketch", b);
    dupd_sketch_close(&s);
}

static void expect_shingles(const char *name, const struct dupd_tokens *t, const char *collection,
                            struct dupd_buf *b)
{
    uint64_t shingle[256];
    ck_assert_uint_le(t->count, 256);
    uint32_t n = dupd_shingles(t, dupd_collection_seed(dupd_view_of(collection)), shingle);
    for (uint32_t i = 0; i < n; i++)
        add_hash(b, shingle[i]);
    expect(name, "shingles", b);
}

static const char *const texts[] = {"empty",  "english", "latin",      "cyrillic", "greek",
                                    "arabic", "hebrew",  "devanagari", "han",      "kana",
                                    "hangul", "thai",    "evasion",    "mixed",    "short"};

START_TEST(texts_of_many_scripts)
{
    struct dupd_buf text = {0}, b = {0};
    struct dupd_tokens t = {0};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        const char *name = texts[k];
        ck_assert_msg(has_vector(name, "text", &text), "no text %s", name);
        ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
        add_forms(&t, dupd_buf_view(&text), &b);
        expect(name, "forms", &b);
        for (uint32_t i = 0; i < t.count; i++)
            add_hash(&b, t.hash[i]);
        expect(name, "tokens", &b);
        for (uint32_t i = 0; i < t.paragraph_count; i++)
            add_hash(&b, t.paragraph[i].hash);
        expect(name, "paragraphs", &b);
        expect_sums(name, &t, &b);
        expect_shingles(name, &t, "", &b);
        expect_sketch(name, &t, "", &b);
    }
    dupd_tokens_close(&t);
    dupd_buf_close(&b);
    dupd_buf_close(&text);
}
END_TEST

START_TEST(another_collection)
{
    struct dupd_buf text = {0}, b = {0};
    struct dupd_tokens t = {0};
    ck_assert(has_vector("english", "text", &text));
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
    expect_shingles("archive", &t, "archive", &b);
    expect_sketch("archive", &t, "archive", &b);
    dupd_tokens_close(&t);
    dupd_buf_close(&b);
    dupd_buf_close(&text);
}
END_TEST

static void expect_long(const char *name, const struct dupd_buf *text)
{
    struct dupd_buf b = {0};
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(text)), 0);
    add_forms(&t, dupd_buf_view(text), &b);
    uint64_t forms = XXH3_64bits(b.ptr, b.len);
    dupd_buf_clear(&b);
    add_hash(&b, forms);
    expect(name, "forms", &b);
    expect_sums(name, &t, &b);
    expect_sketch(name, &t, "", &b);
    dupd_tokens_close(&t);
    dupd_buf_close(&b);
}

static void add_repeated(struct dupd_buf *out, const char *s, int times)
{
    for (int i = 0; i < times; i++)
        ck_assert_int_eq(dupd_buf_add_str(out, s), 0);
}

START_TEST(long_texts_have_blocks)
{
    struct dupd_buf text = {0};
    for (unsigned i = 1; i <= 2600; i++)
        ck_assert_int_eq(dupd_buf_addf(&text, "w%u ", i * i % 1009), 0);
    expect_long("long", &text);
    dupd_buf_clear(&text);
    for (unsigned i = 1; i <= 4000; i++) {
        unsigned han = 0x4E00 + i * 7 % 5000;
        if (i % 3)
            ck_assert_int_eq(dupd_buf_addf(&text, "word%u ", i % 977), 0);
        else
            ck_assert_int_eq(dupd_buf_addf(&text, "%c%c%c", 0xE0 | han >> 12,
                                           0x80 | (han >> 6 & 0x3F), 0x80 | (han & 0x3F)),
                             0);
    }
    expect_long("mixture", &text);
    dupd_buf_close(&text);
}
END_TEST

START_TEST(endless_words_are_cut_where_the_specification_says)
{
    struct dupd_buf text = {0};
    add_repeated(&text, "é", 1500);
    add_repeated(&text, " ", 1);
    add_repeated(&text, "a", 2500);
    add_repeated(&text, " e", 1);
    add_repeated(&text, "\u0301\u0323", 40);
    add_repeated(&text, "x ", 1);
    add_repeated(&text, "1,", 700);
    add_repeated(&text, "9", 1);
    expect_long("endless", &text);
    dupd_buf_close(&text);
}
END_TEST

/* The comparison would see one wrong bit. */
START_TEST(vectors_can_fail)
{
    struct dupd_buf want = {0}, text = {0};
    struct dupd_tokens t = {0};
    ck_assert(has_vector("english", "text", &text));
    ck_assert(has_vector("english", "simhash", &want));
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
    ck_assert_uint_eq(bytes_get64((const unsigned char *)want.ptr), dupd_simhash(&t));
    t.hash[0] ^= UINT64_MAX;
    ck_assert_uint_ne(bytes_get64((const unsigned char *)want.ptr), dupd_simhash(&t));
    ck_assert(!has_vector("english", "nonsense", &want));
    dupd_tokens_close(&t);
    dupd_buf_close(&want);
    dupd_buf_close(&text);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("vectors");
    tcase_add_test(t, texts_of_many_scripts);
    tcase_add_test(t, another_collection);
    tcase_add_test(t, long_texts_have_blocks);
    tcase_add_test(t, endless_words_are_cut_where_the_specification_says);
    tcase_add_test(t, vectors_can_fail);
    return run_cases("vectors", t);
}
