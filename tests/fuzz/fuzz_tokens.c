/*
 * fuzz_tokens.c: any bytes through cleaning, tokenising, shingling, sketching and SimHash. Cleaning
 * must do what the table of Unicode says; offsets, paragraphs, weights and the sketch's own form
 * must be consistent.
 */
#include "dupd/error.h"
#include "dupd/sketch.h"
#include "dupd/text.h"
#include "support/fuzz.h"
#include "support/token_oracle.h"
#include "support/utf8_oracle.h"

static void check_sketch(const struct dupd_tokens *t)
{
    struct dupd_sketch s, again;
    struct dupd_buf bytes, bytes_again;
    dupd_sketch_init(&s);
    dupd_sketch_init(&again);
    dupd_buf_init(&bytes);
    dupd_buf_init(&bytes_again);
    FUZZ_CHECK(dupd_sketch_make(&s, t, dupd_collection_seed(DUPD_VIEW("fuzz"))) == 0);
    FUZZ_CHECK((t->count == 0) == (s.hash_count == 0));
    for (uint32_t b = 0; b < s.block_count; b++)
        FUZZ_CHECK(s.block[b].count <= 2u * s.block[b].k);
    FUZZ_CHECK(dupd_sketch_encode(&s, &bytes) == 0);
    FUZZ_CHECK(dupd_sketch_decode(&again, dupd_buf_view(&bytes)) == 0);
    FUZZ_CHECK(dupd_sketch_encode(&again, &bytes_again) == 0);
    FUZZ_CHECK(dupd_view_equal(dupd_buf_view(&bytes), dupd_buf_view(&bytes_again)));
    dupd_buf_close(&bytes);
    dupd_buf_close(&bytes_again);
    dupd_sketch_close(&s);
    dupd_sketch_close(&again);
}

static void check_cleaning(struct dupd_view in, struct dupd_view out, long replaced)
{
    struct utf8_table table = utf8_table();
    struct dupd_buf want;
    dupd_buf_init(&want);
    FUZZ_CHECK(utf8_oracle(&table, in, &want) == replaced);
    FUZZ_CHECK(dupd_view_equal(dupd_buf_view(&want), out));
    FUZZ_CHECK(dupd_text_is_clean(out));
    FUZZ_CHECK(dupd_text_is_clean(in) == dupd_view_equal(in, out));
    dupd_buf_close(&want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_buf text;
    struct dupd_tokens t;
    dupd_buf_init(&text);
    dupd_tokens_init(&t);
    struct dupd_view in = {(const char *)data, size};
    long replaced = dupd_text_clean(in, &text);
    FUZZ_CHECK(replaced >= 0 && text.len <= 3 * size);
    check_cleaning(in, dupd_buf_view(&text), replaced);
    FUZZ_CHECK(dupd_tokens_read(&t, dupd_buf_view(&text)) == 0);
    FUZZ_CHECK(tokens_fault(&t, dupd_buf_view(&text)) == NULL);
    check_sketch(&t);
    FUZZ_CHECK(t.count > 0 || dupd_simhash(&t) == 0);
    dupd_tokens_close(&t);
    dupd_buf_close(&text);
    return 0;
}
