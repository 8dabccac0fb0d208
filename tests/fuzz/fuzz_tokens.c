/*
 * fuzz_tokens.c: any bytes through cleaning, tokenising, shingling, sketching and SimHash; offsets,
 * paragraphs, weights and the sketch's own form must be consistent.
 */
#include "dupd/error.h"
#include "dupd/sketch.h"
#include "dupd/text.h"
#include "support/fuzz.h"

static void check_tokens(const struct dupd_tokens *t, struct dupd_view text)
{
    uint32_t weight = 0, quoted = 0, at = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct dupd_token *k = &t->token[i];
        FUZZ_CHECK(k->begin >= at && k->begin < k->end && k->end <= text.len);
        FUZZ_CHECK(k->paragraph < t->paragraph_count);
        FUZZ_CHECK(i >= t->paragraph[k->paragraph].first && i < t->paragraph[k->paragraph].end);
        at = k->end;
        weight += k->weight;
        quoted += k->flags & DUPD_TOKEN_QUOTED ? k->weight : 0;
    }
    FUZZ_CHECK(weight == t->weight && quoted == t->quoted_weight);
    for (uint32_t i = 0; i < t->paragraph_count; i++)
        FUZZ_CHECK(t->paragraph[i].first < t->paragraph[i].end);
}

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_buf text;
    struct dupd_tokens t;
    dupd_buf_init(&text);
    dupd_tokens_init(&t);
    long replaced = dupd_text_clean((struct dupd_view){(const char *)data, size}, &text);
    FUZZ_CHECK(replaced >= 0 && text.len <= 3 * size);
    FUZZ_CHECK(dupd_text_is_clean(dupd_buf_view(&text)));
    FUZZ_CHECK(dupd_tokens_read(&t, dupd_buf_view(&text)) == 0);
    check_tokens(&t, dupd_buf_view(&text));
    check_sketch(&t);
    FUZZ_CHECK(t.count > 0 || dupd_simhash(&t) == 0);
    dupd_tokens_close(&t);
    dupd_buf_close(&text);
    return 0;
}
