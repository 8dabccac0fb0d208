/*
 * fuzz_align.c: two texts out of any bytes (cut at a line of "====", else in the middle; the first
 * byte masks some paragraphs), aligned: every figure in its range, passages in order,
 * pairs mutual and equal.
 */
#include "dupd/align.h"
#include "dupd/text.h"
#include "support/fuzz.h"

#define MASKED_MAX 64u

static void check_share(double x)
{
    FUZZ_CHECK(x >= 0.0 && x <= 1.0);
}

static void check_pairs(const struct dupd_overlap *o, const struct dupd_tokens *a,
                        const struct dupd_tokens *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        uint32_t j = o->pair_a[i];
        FUZZ_CHECK(j == DUPD_UNPAIRED || j < b->count);
        FUZZ_CHECK(j == DUPD_UNPAIRED || (o->pair_b[j] == i && a->hash[i] == b->hash[j]));
    }
    for (uint32_t j = 0; j < b->count; j++)
        FUZZ_CHECK(o->pair_b[j] == DUPD_UNPAIRED || o->pair_a[o->pair_b[j]] == j);
}

static void check_overlap(const struct dupd_overlap *o, const struct dupd_tokens *a,
                          const struct dupd_tokens *b)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < o->passage_count; i++) {
        const struct dupd_passage *p = &o->passage[i];
        FUZZ_CHECK(p->a_first >= at && p->a_first < p->a_end && p->a_end <= a->count);
        FUZZ_CHECK(p->b_first < p->b_end && p->b_end <= b->count);
        FUZZ_CHECK(p->quoted <= p->matched);
        at = p->a_first;
    }
    check_share(o->resemblance);
    check_share(o->shingles_of_a);
    check_share(o->shingles_of_b);
    check_share(o->of_a);
    check_share(o->of_b);
    check_share(o->rewriting);
    check_share(o->head_a);
    check_share(o->head_b);
    FUZZ_CHECK(o->prose + o->quoted == o->shared);
    FUZZ_CHECK(o->shared <= o->words_a + 1);
    check_pairs(o, a, b);
}

static size_t cut_of(struct dupd_view v)
{
    const char *line = v.len ? memmem(v.ptr, v.len, "\n====\n", 6) : NULL;
    return line ? (size_t)(line - v.ptr) : v.len / 2;
}

static void read_side(struct dupd_view bytes, struct dupd_buf *text, struct dupd_tokens *tokens)
{
    dupd_buf_init(text);
    dupd_tokens_init(tokens);
    FUZZ_CHECK(dupd_text_clean(bytes, text) >= 0);
    FUZZ_CHECK(dupd_tokens_read(tokens, dupd_buf_view(text)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view all = {(const char *)data, size};
    size_t cut = cut_of(all);
    struct dupd_buf text_a, text_b;
    struct dupd_tokens a, b;
    read_side((struct dupd_view){all.ptr, cut}, &text_a, &a);
    read_side((struct dupd_view){size ? all.ptr + cut : NULL, size - cut}, &text_b, &b);

    uint8_t masked[MASKED_MAX];
    for (unsigned i = 0; i < MASKED_MAX; i++)
        masked[i] = size && data[0] >> (i % 8) & 1;
    struct dupd_side side_a = {&a, a.paragraph_count <= MASKED_MAX ? masked : NULL};
    struct dupd_side side_b = {&b, NULL};
    struct dupd_aligner scratch;
    struct dupd_overlap o;
    dupd_aligner_init(&scratch);
    dupd_overlap_init(&o);
    FUZZ_CHECK(dupd_align(&scratch, &side_a, &side_b, &o) == 0);
    check_overlap(&o, &a, &b);
    dupd_overlap_close(&o);
    dupd_aligner_close(&scratch);
    dupd_tokens_close(&a);
    dupd_tokens_close(&b);
    dupd_buf_close(&text_a);
    dupd_buf_close(&text_b);
    return 0;
}
