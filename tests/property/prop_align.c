/*
 * prop_align.c: alignment of random texts against a brute-force oracle (support/align_oracle.h).
 *
 * A text is made of few different words, so that chance repeats abound, and a second one is made
 * of it by cutting, moving, repeating, replacing, quoting and masking. Whatever comes out, every
 * promise of dupd/align.h must hold. The oracle itself is tried on planted faults.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/align.h"
#include "support/align_oracle.h"

#define ROUNDS 1500

struct random {
    uint64_t state;
};

static uint32_t below(struct random *r, uint32_t n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)((r->state >> 20) % n);
}

/* A text while it is made: word numbers; BREAK starts a paragraph, OPEN and CLOSE are marks. */
enum { BREAK = -1, OPEN = -2, CLOSE = -3, CHAR_FLAG = 1 << 20 };

struct draft {
    int *word;
    uint32_t count, cap;
};

static void put(struct draft *d, int word)
{
    if (d->count == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 64;
        d->word = realloc(d->word, d->cap * sizeof *d->word);
        ck_assert_ptr_nonnull(d->word);
    }
    d->word[d->count++] = word;
}

static int any_word(struct random *r, uint32_t vocabulary)
{
    if (below(r, 24) == 0)
        return BREAK;
    int word = (int)below(r, vocabulary);
    return word % 5 == 0 ? word | CHAR_FLAG : word;
}

static void compose(struct random *r, struct draft *d, uint32_t words, uint32_t vocabulary)
{
    while (words--)
        put(d, any_word(r, vocabulary));
}

static void copy(struct draft *d, const struct draft *from, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end && i < from->count; i++)
        put(d, from->word[i]);
}

/* The other text: pieces of the first, each as it is, spun, quoted or lost, and words of its own.
 */
static void derive(struct random *r, const struct draft *from, struct draft *d, uint32_t vocabulary)
{
    uint32_t pieces = 1 + below(r, 8), spin = below(r, 3) ? 0 : 2 + below(r, 8);
    for (uint32_t k = 0; k < pieces; k++) {
        uint32_t first = below(r, from->count + 1), len = below(r, 1 + below(r, 120));
        uint32_t what = below(r, 6), start = d->count;
        if (what == 0)
            compose(r, d, len, vocabulary);
        if (what == 1)
            put(d, OPEN);
        if (what > 0)
            copy(d, from, first, first + len);
        for (uint32_t i = start; spin && i < d->count; i++)
            if (d->word[i] >= 0 && below(r, spin) == 0)
                d->word[i] = any_word(r, vocabulary);
        if (what == 1)
            put(d, CLOSE);
    }
}

static void render(const struct draft *d, struct dupd_buf *out)
{
    for (uint32_t i = 0; i < d->count; i++) {
        int word = d->word[i], rc = 0;
        if (word == BREAK)
            rc = dupd_buf_add_str(out, "\n\n");
        else if (word == OPEN)
            rc = dupd_buf_add_str(out, " \xe2\x80\x9c");
        else if (word == CLOSE)
            rc = dupd_buf_add_str(out, "\xe2\x80\x9d ");
        else if (word & CHAR_FLAG) /* a Han character, U+4E00 and on */
            rc = dupd_buf_addf(out, "\xe4%c%c", 0xb8 + (word & 0xfff) / 64,
                               0x80 + (word & 0xfff) % 64);
        else
            rc = dupd_buf_addf(out, word % 5 ? " w%d" : " %d", word);
        ck_assert_int_eq(rc, 0);
    }
}

/* Two sides and all that they borrow from. */
struct pair {
    struct dupd_buf text[2];
    struct dupd_tokens tokens[2];
    uint8_t *masked[2];
    struct dupd_side side[2];
};

static void read_pair(struct pair *p, struct random *r)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(dupd_tokens_read(&p->tokens[i], dupd_buf_view(&p->text[i])), 0);
        uint32_t paragraphs = p->tokens[i].paragraph_count;
        p->masked[i] = calloc(paragraphs + 1, 1);
        ck_assert_ptr_nonnull(p->masked[i]);
        bool any = below(r, 3) == 0;
        for (uint32_t k = 0; any && k < paragraphs; k++)
            p->masked[i][k] = below(r, 4) == 0;
        p->side[i] = (struct dupd_side){&p->tokens[i], any || below(r, 2) ? p->masked[i] : NULL};
    }
}

static void make_pair(struct pair *p, uint64_t seed)
{
    struct random r = {seed * 0x9E3779B97F4A7C15u + 1};
    struct draft draft[2] = {{0}};
    uint32_t vocabulary = 2 + below(&r, 1 + (1u << below(&r, 12)));
    *p = (struct pair){0};
    compose(&r, &draft[0], below(&r, 1 + below(&r, 400)), vocabulary);
    derive(&r, &draft[0], &draft[1], vocabulary);
    for (int i = 0; i < 2; i++) {
        render(&draft[i], &p->text[i]);
        free(draft[i].word);
    }
    read_pair(p, &r);
}

static void close_pair(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        dupd_buf_close(&p->text[i]);
        dupd_tokens_close(&p->tokens[i]);
        free(p->masked[i]);
    }
}

static void expect(const char *wrong, uint64_t seed, const struct pair *p)
{
    ck_assert_msg(!wrong, "seed %llu: %s\na:%.*s\nb:%.*s", (unsigned long long)seed, wrong,
                  (int)p->text[0].len, p->text[0].ptr, (int)p->text[1].len, p->text[1].ptr);
}

START_TEST(every_promise_holds)
{
    struct dupd_aligner scratch = {0};
    struct dupd_overlap o = {0};
    uint32_t passages = 0, replaced = 0;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct pair p;
        make_pair(&p, seed);
        for (int turn = 0; turn < 2; turn++) {
            const struct dupd_side *a = &p.side[turn], *b = &p.side[1 - turn];
            ck_assert_int_eq(dupd_align(&scratch, a, b, &o), 0);
            expect(align_oracle(a, b, &o), seed, &p);
            expect(align_oracle_found(a, b, &o), seed, &p);
            passages += o.passage_count;
            replaced += o.rewriting > 0;
        }
        close_pair(&p);
    }
    ck_assert_uint_gt(passages, ROUNDS); /* the texts do overlap, */
    ck_assert_uint_gt(replaced, ROUNDS / 20);
    dupd_overlap_close(&o);
    dupd_aligner_close(&scratch);
}
END_TEST

START_TEST(a_text_is_all_of_itself)
{
    struct dupd_aligner scratch = {0};
    struct dupd_overlap o = {0};
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct pair p;
        make_pair(&p, seed);
        struct dupd_side a = {&p.tokens[0], NULL};
        ck_assert_int_eq(dupd_align(&scratch, &a, &a, &o), 0);
        expect(align_oracle(&a, &a, &o), seed, &p);
        uint32_t all = p.tokens[0].weight >= 14 ? dupd_tokens_words(&p.tokens[0]) : 0;
        ck_assert_uint_eq(o.shared, all);
        ck_assert_uint_eq(o.longest_run, all);
        ck_assert(o.rewriting <= 0);
        close_pair(&p);
    }
    dupd_overlap_close(&o);
    dupd_aligner_close(&scratch);
}
END_TEST

/* Each plants one fault in a correct overlap. */
static void lose_a_mate(struct dupd_overlap *o)
{
    o->pair_b[o->passage[0].b_first] = DUPD_UNPAIRED;
}

static void use_a_word_twice(struct dupd_overlap *o)
{
    o->pair_a[o->passage[0].a_first + 1] = o->pair_a[o->passage[0].a_first];
}

static void pair_outside(struct dupd_overlap *o)
{
    o->pair_a[o->passage[0].a_first] = 1u << 30;
}

static void cross_two_pairs(struct dupd_overlap *o)
{
    uint32_t a = o->passage[0].a_first, b = o->pair_a[a];
    o->pair_a[a] = b + 1;
    o->pair_a[a + 1] = b;
    o->pair_b[b] = a + 1;
    o->pair_b[b + 1] = a;
}

static void stretch(struct dupd_overlap *o)
{
    o->passage[0].a_end++;
}

static void repeat_passage(struct dupd_overlap *o)
{
    o->passage[1] = o->passage[0];
}

static void swap_passages(struct dupd_overlap *o)
{
    struct dupd_passage first = o->passage[0];
    o->passage[0] = o->passage[1];
    o->passage[1] = first;
}

static void drop_passage(struct dupd_overlap *o)
{
    o->passage_count--;
}

static void miscount_passage(struct dupd_overlap *o)
{
    o->passage[0].replaced += 2;
}

static void call_it_furniture(struct dupd_overlap *o)
{
    o->passage[0].furniture = !o->passage[0].furniture;
}

#define MISCOUNT(field, by)                                                                        \
    static void miscount_##field(struct dupd_overlap *o)                                           \
    {                                                                                              \
        o->field += by;                                                                            \
    }
#define MISCOUNTED(X)                                                                              \
    X(resemblance, 0.01)                                                                           \
    X(shingles_of_a, 0.01)                                                                         \
    X(shingles_of_b, 0.01)                                                                         \
    X(words_a, 1)                                                                                  \
    X(words_b, 1)                                                                                  \
    X(furniture_a, 1)                                                                              \
    X(furniture_b, 1)                                                                              \
    X(shared, 1)                                                                                   \
    X(prose, 1)                                                                                    \
    X(quoted, 1)                                                                                   \
    X(prose_a, 1)                                                                                  \
    X(prose_b, 1)                                                                                  \
    X(longest_run, 1)                                                                              \
    X(longest_prose_run, 1)                                                                        \
    X(lifted, 1)                                                                                   \
    X(span_a, 0.01)                                                                                \
    X(span_b, 0.01)                                                                                \
    X(of_a, 0.01)                                                                                  \
    X(of_b, 0.01)                                                                                  \
    X(rewriting, 0.01)                                                                             \
    X(numbers, 1)                                                                                  \
    X(numbers_kept, 1)                                                                             \
    X(head_a, 0.01)                                                                                \
    X(head_b, 0.01)
MISCOUNTED(MISCOUNT)

#define FAULT(function)                                                                            \
    {                                                                                              \
        function, #function                                                                        \
    }
#define FAULT_OF(field, by) FAULT(miscount_##field),

static const struct {
    void (*plant)(struct dupd_overlap *o);
    const char *name;
} fault[] = {FAULT(lose_a_mate),       FAULT(use_a_word_twice), FAULT(pair_outside),
             FAULT(cross_two_pairs),   FAULT(stretch),          FAULT(repeat_passage),
             FAULT(swap_passages),     FAULT(drop_passage),     FAULT(miscount_passage),
             FAULT(call_it_furniture), MISCOUNTED(FAULT_OF)};

/* Two passages that swap places, a replaced word, a quotation, furniture. */
static void make_telling_pair(struct pair *p)
{
    struct random r = {1};
    *p = (struct pair){0};
    ck_assert_int_eq(
        dupd_buf_add_str(
            &p->text[0],
            "the harbour was closed on monday while divers looked for the anchor\n\n"
            "prices of bread rose again in the north as mills stood still for weeks\n\n"
            "sign up for our letter"),
        0);
    ck_assert_int_eq(
        dupd_buf_add_str(
            &p->text[1],
            "prices of bread rose again in the south as mills stood still for weeks "
            "and nobody knew why\n\n\xe2\x80\x9cthe harbour was closed on monday while "
            "divers looked for the anchor\xe2\x80\x9d he said"),
        0);
    read_pair(p, &r);
    p->side[0].masked = p->masked[0];
    p->side[1].masked = NULL;
    memset(p->masked[0], 0, p->tokens[0].paragraph_count);
    p->masked[0][2] = 1;
}

START_TEST(the_oracle_sees_planted_faults)
{
    struct dupd_aligner scratch = {0};
    struct pair p;
    make_telling_pair(&p);
    for (size_t i = 0; i < sizeof fault / sizeof *fault; i++) {
        struct dupd_overlap o = {0};
        ck_assert_int_eq(dupd_align(&scratch, &p.side[0], &p.side[1], &o), 0);
        ck_assert_ptr_null(align_oracle(&p.side[0], &p.side[1], &o));
        ck_assert_uint_eq(o.passage_count, 2);
        fault[i].plant(&o);
        ck_assert_msg(align_oracle(&p.side[0], &p.side[1], &o), "%s went unseen", fault[i].name);
        dupd_overlap_close(&o);
    }
    close_pair(&p);
    dupd_aligner_close(&scratch);
}
END_TEST

START_TEST(the_oracle_sees_a_missed_run)
{
    struct dupd_aligner scratch = {0};
    struct dupd_overlap o = {0};
    struct pair p;
    make_telling_pair(&p);
    ck_assert_int_eq(dupd_align(&scratch, &p.side[0], &p.side[1], &o), 0);
    ck_assert_ptr_null(align_oracle_found(&p.side[0], &p.side[1], &o));
    memset(o.pair_a, 0xFF, 12 * sizeof *o.pair_a);
    ck_assert_ptr_nonnull(align_oracle_found(&p.side[0], &p.side[1], &o));
    close_pair(&p);
    dupd_overlap_close(&o);
    dupd_aligner_close(&scratch);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("align");
    TCase *t = tcase_create("oracle");
    tcase_set_timeout(t, 110);
    tcase_add_test(t, every_promise_holds);
    tcase_add_test(t, a_text_is_all_of_itself);
    tcase_add_test(t, the_oracle_sees_planted_faults);
    tcase_add_test(t, the_oracle_sees_a_missed_run);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
