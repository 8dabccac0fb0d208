/*
 * test_align.c: what each kind of copying looks like in the overlap. Random texts against an oracle
 * are in property/prop_align.c.
 */
#include <check.h>
#include <stdlib.h>

#include "dupd/align.h"
#include "dupd/error.h"
#include "support/align_oracle.h"
#include "support/fault.h"

#define OPEN " \xe2\x80\x9c"
#define CLOSE "\xe2\x80\x9d "

struct fixture {
    struct dupd_buf text[2];
    struct dupd_tokens tokens[2];
    struct dupd_side side[2];
    struct dupd_aligner scratch;
    struct dupd_overlap o;
};

static struct fixture f;

static void set_up(void)
{
    f = (struct fixture){0};
}

static void tear_down(void)
{
    for (int i = 0; i < 2; i++) {
        dupd_buf_close(&f.text[i]);
        dupd_tokens_close(&f.tokens[i]);
    }
    dupd_aligner_close(&f.scratch);
    dupd_overlap_close(&f.o);
}

/* Appends " w<first> ... w<end - 1>" to a side: words that stand nowhere else. */
static void words(int side, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++)
        ck_assert_int_eq(dupd_buf_addf(&f.text[side], " w%u", i), 0);
}

static void string(int side, const char *s)
{
    ck_assert_int_eq(dupd_buf_add_str(&f.text[side], s), 0);
}

/* Aligns the two texts as they stand; everything that the oracle knows must hold. */
static const struct dupd_overlap *align(void)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(dupd_tokens_read(&f.tokens[i], dupd_buf_view(&f.text[i])), 0);
        f.side[i].tokens = &f.tokens[i];
    }
    ck_assert_int_eq(dupd_align(&f.scratch, &f.side[0], &f.side[1], &f.o), 0);
    const char *wrong = align_oracle(&f.side[0], &f.side[1], &f.o);
    ck_assert_msg(!wrong, "%s", wrong);
    return &f.o;
}

static void expect_passage(uint32_t i, uint32_t a_first, uint32_t a_end, uint32_t b_first,
                           uint32_t b_end)
{
    ck_assert_uint_lt(i, f.o.passage_count);
    const struct dupd_passage *p = &f.o.passage[i];
    ck_assert_uint_eq(p->a_first, a_first);
    ck_assert_uint_eq(p->a_end, a_end);
    ck_assert_uint_eq(p->b_first, b_first);
    ck_assert_uint_eq(p->b_end, b_end);
}

START_TEST(a_spun_copy_is_one_passage)
{
    words(0, 0, 100);
    for (unsigned i = 0; i < 100; i++)
        words(1, i % 5 == 4 && i < 99 ? 1000 + i : i, (i % 5 == 4 && i < 99 ? 1000 + i : i) + 1);
    const struct dupd_overlap *o = align();
    ck_assert_uint_eq(o->passage_count, 1);
    expect_passage(0, 0, 100, 0, 100);
    ck_assert_uint_eq(o->passage[0].replaced, 2 * 19);
    ck_assert_uint_eq(o->shared, 81);
    ck_assert_uint_eq(o->prose, 81);
    ck_assert_double_eq_tol(o->rewriting, 0.19, 1e-9);
    ck_assert_double_eq_tol(o->span_a, 1, 1e-9);
    ck_assert_uint_eq(o->longest_run, 5); /* 95 to 99 */
    for (unsigned i = 0; i < 99; i++)
        ck_assert_uint_eq(f.o.pair_a[i], i % 5 == 4 ? DUPD_UNPAIRED : i);
}
END_TEST

START_TEST(moved_blocks_are_passages_of_their_own)
{
    words(0, 0, 90);
    words(1, 60, 90);
    words(1, 0, 30);
    words(1, 30, 60);
    const struct dupd_overlap *o = align();
    ck_assert_uint_eq(o->passage_count, 2);
    expect_passage(0, 0, 60, 30, 90);
    expect_passage(1, 60, 90, 0, 30);
    ck_assert_uint_eq(o->shared, 90);
    ck_assert_uint_eq(o->longest_run, 60);
    ck_assert_double_eq_tol(o->rewriting, 0, 1e-9);
}
END_TEST

/* A short block moved into what would be a gap: three passages, none inside another. */
START_TEST(a_block_moved_into_a_gap_splits_the_passage)
{
    words(0, 0, 50);
    words(1, 0, 20);
    words(1, 900, 910);
    words(1, 30, 50);
    words(1, 20, 30);
    align();
    ck_assert_uint_eq(f.o.passage_count, 3);
    expect_passage(0, 0, 20, 0, 20);
    expect_passage(1, 20, 30, 50, 60);
    expect_passage(2, 30, 50, 30, 50);
    ck_assert_uint_eq(f.o.shared, 50);
}
END_TEST

/* Gap sizes on either side of a 20-word block and what becomes of it: passages expected. */
static const struct {
    unsigned a, b, passages;
} gap[] = {{0, 3, 1},  {3, 0, 1}, {4, 4, 1},  {0, 4, 1},
           {0, 11, 2}, {5, 5, 2}, {12, 1, 2}, {25, 25, 2}};

START_TEST(gaps)
{
    words(0, 0, 20);
    words(0, 500, 500 + gap[_i].a);
    words(0, 20, 40);
    words(1, 0, 20);
    words(1, 600, 600 + gap[_i].b);
    words(1, 20, 40);
    align();
    ck_assert_uint_eq(f.o.passage_count, gap[_i].passages);
    ck_assert_uint_eq(f.o.shared, 40);
}
END_TEST

START_TEST(equal_words_inside_a_gap_are_found)
{
    words(0, 0, 20);
    string(0, " one of 11 two of 12 three of 13 ");
    words(0, 20, 40);
    words(1, 0, 20);
    string(1, " ten of 11 six of 12 nine of 13 ");
    words(1, 20, 40);
    align();
    ck_assert_uint_eq(f.o.passage_count, 1);
    ck_assert_uint_eq(f.o.shared, 46);
    ck_assert_uint_eq(f.o.passage[0].replaced, 2 * 3);
}
END_TEST

START_TEST(isolated_coincidences_do_not_count)
{
    words(0, 0, 6);
    words(0, 100, 150);
    words(1, 200, 250);
    words(1, 0, 6);
    const struct dupd_overlap *o = align();
    ck_assert_uint_eq(o->shared, 0);
    ck_assert_uint_eq(o->passage_count, 0);
    ck_assert(o->resemblance > 0); /* but it is a fact about shingles */

    string(0, " w900");
    string(1, " w6");
    dupd_buf_clear(&f.text[0]);
    words(0, 0, 7);
    words(0, 100, 150);
    align();
    ck_assert_uint_eq(f.o.shared, 7);
}
END_TEST

START_TEST(a_repeated_paragraph_counts_once)
{
    for (int i = 0; i < 30; i++) {
        words(0, 0, 20);
        string(0, "\n\n");
    }
    words(1, 0, 20);
    align();
    ck_assert_uint_eq(f.o.words_a, 600);
    ck_assert_uint_eq(f.o.shared, 20);
    ck_assert_double_eq_tol(f.o.of_b, 1, 1e-9);
    ck_assert_double_eq_tol(f.o.of_a, 1 / 30.0, 1e-9);

    for (int i = 1; i < 30; i++)
        words(1, 0, 20);
    align();
    ck_assert_uint_eq(f.o.shared, 600);
    ck_assert_uint_eq(f.o.passage_count, 1);
}
END_TEST

/* Words 20 to 60 of 200 are quoted on one side, or on both; they are never prose. */
START_TEST(quotation_marks_on_either_side)
{
    for (int i = 0; i < 2; i++) {
        bool quotes = _i == 2 || i == _i;
        words(i, 0, 20);
        string(i, quotes ? OPEN : "");
        words(i, 20, 60);
        string(i, quotes ? CLOSE : "");
        words(i, 60, 200);
    }
    align();
    ck_assert_uint_eq(f.o.passage_count, 1);
    ck_assert_uint_eq(f.o.shared, 200);
    ck_assert_uint_eq(f.o.quoted, 40);
    ck_assert_uint_eq(f.o.prose, 160);
    ck_assert_uint_eq(f.o.lifted, _i == 0 ? 40 : 0);
    ck_assert_uint_eq(f.o.longest_prose_run, 140);
}
END_TEST

START_TEST(a_copy_wrapped_in_quotation_marks_is_prose)
{
    string(0, OPEN);
    words(0, 0, 200);
    string(0, CLOSE);
    words(0, 1000, 1050);
    words(1, 0, 200);
    align();
    ck_assert_uint_eq(f.o.shared, 200);
    ck_assert_uint_eq(f.o.prose, 200);
}
END_TEST

/* Quoted from end to end: no report is, whatever else stands in it. */
START_TEST(a_text_that_is_one_quotation_has_no_marks)
{
    string(0, OPEN);
    words(0, 0, 100);
    string(0, CLOSE "\n\n" OPEN);
    words(0, 1000, 1100);
    string(0, CLOSE);
    words(1, 0, 100);
    words(1, 2000, 2100);
    align();
    ck_assert_uint_eq(f.o.shared, 100);
    ck_assert_uint_eq(f.o.prose, 100);

    words(0, 1100, 1115); /* with a sixteenth of it outside the marks they count */
    align();
    ck_assert_uint_eq(f.o.prose, 0);
}
END_TEST

/* Most of it is quoted, but only what it quotes is shared: an honest report of a speech. */
START_TEST(a_report_that_is_mostly_quotations_keeps_its_exemption)
{
    string(0, OPEN);
    words(0, 0, 120);
    string(0, CLOSE);
    words(0, 1000, 1080);
    words(1, 0, 120);
    words(1, 2000, 2100);
    align();
    ck_assert_uint_eq(f.o.shared, 120);
    ck_assert_uint_eq(f.o.prose, 0);
    ck_assert_uint_eq(f.o.prose_a, 80);
    ck_assert_uint_eq(f.o.lifted, 120);
}
END_TEST

/* Eight sentences that both print, without marks; `own` words of its own before them on each side.
 */
static void print_block(const char *sentence, unsigned own)
{
    for (int i = 0; i < 2; i++) {
        dupd_buf_clear(&f.text[i]);
        words(i, 2000 + 1000 * (unsigned)i, 2000 + 1000 * (unsigned)i + own);
        string(i, "\n\n");
        for (unsigned k = 0; k < 8; k++) {
            string(i, sentence);
            words(i, 20 * k, 20 * k + 11);
        }
        string(i, "\n\n");
    }
    align();
}

/* Prose of one's own around a block in the first person that both print without marks. */
START_TEST(a_statement_counts_as_quoted)
{
    print_block(" we promise the people of our land that i", 140);
    ck_assert_uint_eq(f.o.shared, 160);
    ck_assert_uint_eq(f.o.prose, 0);
    ck_assert(f.o.passage[0].statement);

    print_block(" we promise the people of our land that i", 70); /* two thirds of both: a column */
    ck_assert_uint_eq(f.o.prose, 160);
    ck_assert(!f.o.passage[0].statement);

    print_block(" we promise the people of our land that i", 140);
    dupd_buf_clear(&f.text[1]); /* nothing of its own around it: a copy */
    for (unsigned k = 0; k < 8; k++) {
        string(1, " we promise the people of our land that i");
        words(1, 20 * k, 20 * k + 11);
    }
    align();
    ck_assert_uint_eq(f.o.prose, 160);
    ck_assert(!f.o.passage[0].statement);
}
END_TEST

/* What looks like a pronoun and is none: a country, and words of other languages. */
START_TEST(only_pronouns_of_the_texts_language_are_speech)
{
    static const char *const reports[] = {
        " the U.S. and the army of the US said that",
        " han bor i byen og hun er i huset",          /* Norwegian: in */
        " mieszka i pracuje w domu i szkole",         /* Polish: and */
        " der Mann und die Frau sind im Haus das im", /* German: in the */
        " o rio e a ponte que nos campos da",         /* Portuguese: in the */
    };
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        print_block(reports[i], 140);
        ck_assert_msg(f.o.passage_count && !f.o.passage[0].statement, "%s", reports[i]);
        ck_assert_uint_gt(f.o.prose, 120);
    }
    static const char *const speech[] = {
        " wir sagen den Menschen die in der Stadt",
        " nous disons la chose et les gens le",
        " я говорю что в городе и на реке",
        " eu digo que o rio da cidade uma",
    };
    for (size_t i = 0; i < sizeof speech / sizeof *speech; i++) {
        print_block(speech[i], 160);
        ck_assert_msg(f.o.passage_count && f.o.passage[0].statement, "%s", speech[i]);
    }
}
END_TEST

START_TEST(masked_paragraphs_do_not_count)
{
    static const uint8_t mask_a[] = {0, 1}, mask_b[] = {1};
    words(0, 0, 50);
    string(0, "\n\n");
    words(0, 100, 150);
    words(1, 0, 50);
    words(1, 100, 150);
    f.side[0].masked = mask_a;
    align();
    ck_assert_uint_eq(f.o.words_a, 50);
    ck_assert_uint_eq(f.o.furniture_a, 50);
    ck_assert_uint_eq(f.o.words_b, 100);
    ck_assert_uint_eq(f.o.furniture_b, 0);
    ck_assert_uint_eq(f.o.shared, 50);
    ck_assert_double_eq_tol(f.o.of_a, 1, 1e-9);
    ck_assert_double_eq_tol(f.o.of_b, 0.5, 1e-9);

    f.side[1].masked = mask_b;
    align();
    ck_assert_uint_eq(f.o.shared, 0);
    ck_assert_uint_eq(f.o.words_b, 0);
    ck_assert_uint_eq(f.o.furniture_b, 100);
    ck_assert(f.o.passage[0].furniture);
    ck_assert(f.o.rewriting <= 0);
}
END_TEST

/* 20 characters of an unspaced script weigh as much as 10 words. */
START_TEST(unspaced_scripts_count_half)
{
    string(0, "東京都心では昨夜初雪が降り交通が乱れた模様");
    string(1, "東京都心では昨夜初雪が降り交通が乱れた模様、新聞は伝えた");
    align();
    ck_assert_uint_eq(f.tokens[0].count, 21);
    ck_assert_uint_eq(f.o.words_a, 11);
    ck_assert_uint_eq(f.o.shared, 11);
    ck_assert_uint_eq(f.o.passage_count, 1);
    ck_assert_uint_eq(f.o.passage[0].matched, 21);

    dupd_buf_clear(&f.text[0]); /* 13 characters are less than 7 words */
    string(0, "東京都心では昨夜初雪が降り");
    align();
    ck_assert_uint_eq(f.o.shared, 0);
}
END_TEST

START_TEST(empty_and_tiny_sides)
{
    static const char *const tiny[] = {"", "word", "two words", "one two three"};
    string(0, tiny[_i / 4]);
    string(1, tiny[_i % 4]);
    const struct dupd_overlap *o = align();
    ck_assert_uint_eq(o->shared, 0);
    ck_assert_uint_eq(o->passage_count, 0);
    ck_assert_double_eq_tol(o->resemblance, _i / 4 == _i % 4 && _i ? 1 : 0, 1e-9);
}
END_TEST

START_TEST(nothing_is_left_of_the_comparison_before)
{
    words(0, 0, 300);
    words(1, 0, 300);
    align();
    ck_assert_uint_eq(f.o.shared, 300);
    dupd_buf_clear(&f.text[0]);
    words(0, 1000, 1020);
    align();
    ck_assert_uint_eq(f.o.shared, 0);
    ck_assert_uint_eq(f.o.passage_count, 0);
    ck_assert(f.o.resemblance <= 0 && f.o.of_b <= 0 && f.o.span_b <= 0);
}
END_TEST

START_TEST(the_head_is_the_first_hundred_words)
{
    words(0, 0, 50);
    words(0, 1000, 1200);
    words(1, 2000, 2150);
    words(1, 0, 50);
    align();
    ck_assert_double_eq_tol(f.o.head_a, 0.5, 1e-9);
    ck_assert_double_eq_tol(f.o.head_b, 0, 1e-9);
}
END_TEST

static int align_afresh(void *data)
{
    (void)data;
    struct dupd_aligner scratch = {0};
    struct dupd_overlap o = {0};
    int rc = dupd_align(&scratch, &f.side[0], &f.side[1], &o);
    dupd_overlap_close(&o);
    dupd_aligner_close(&scratch);
    return rc;
}

START_TEST(memory_runs_out)
{
    for (unsigned i = 0; i < 40; i++) { /* many passages, so that their array grows */
        words(0, 100 * i, 100 * i + 10);
        words(1, 100 * (39 - i), 100 * (39 - i) + 10);
    }
    align();
    ck_assert_uint_eq(f.o.passage_count, 40);
    ck_assert_uint_ge(fault_each(align_afresh, NULL, DUPD_ENOMEM), 5);
}
END_TEST

/* Texts of a million words that would take years if anything were quadratic; the test's time-out
 * is the assertion. bench_align measures that they are linear. */
static const struct {
    const char *a, *b;
    uint32_t shared_min;
} endless[] = {{"spam ", "spam ", 1000000}, {"spam ", "eggs ", 0},
               {"a b ", "a b c ", 0},       {"x x x x x x x y ", "x ", 500000},
               {"x ", "x x x y ", 500000},  {"p q r s t ", "s t p q r ", 900000}};

static void fill(int side, const char *unit, size_t count)
{
    size_t len = strlen(unit), per_unit = 0, size;
    for (const char *p = unit; *p; p++)
        per_unit += *p == ' ';
    size = (count + per_unit - 1) / per_unit * len;
    ck_assert_int_eq(dupd_buf_reserve(&f.text[side], size), 0);
    for (size_t i = 0; i < size; i += len)
        memcpy(f.text[side].ptr + i, unit, len);
    f.text[side].len = size;
}

START_TEST(a_million_words_of_the_same)
{
    fill(0, endless[_i].a, 1000000);
    fill(1, endless[_i].b, 1000000);
    align();
    ck_assert_uint_ge(f.o.shared, endless[_i].shared_min);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static void add_tests(TCase *t)
{
    tcase_add_test(t, a_spun_copy_is_one_passage);
    tcase_add_test(t, moved_blocks_are_passages_of_their_own);
    tcase_add_test(t, a_block_moved_into_a_gap_splits_the_passage);
    tcase_add_loop_test(t, gaps, 0, COUNT(gap));
    tcase_add_test(t, equal_words_inside_a_gap_are_found);
    tcase_add_test(t, isolated_coincidences_do_not_count);
    tcase_add_test(t, a_repeated_paragraph_counts_once);
    tcase_add_loop_test(t, quotation_marks_on_either_side, 0, 3);
    tcase_add_test(t, a_copy_wrapped_in_quotation_marks_is_prose);
    tcase_add_test(t, a_text_that_is_one_quotation_has_no_marks);
    tcase_add_test(t, a_report_that_is_mostly_quotations_keeps_its_exemption);
    tcase_add_test(t, a_statement_counts_as_quoted);
    tcase_add_test(t, only_pronouns_of_the_texts_language_are_speech);
    tcase_add_test(t, masked_paragraphs_do_not_count);
    tcase_add_test(t, unspaced_scripts_count_half);
    tcase_add_loop_test(t, empty_and_tiny_sides, 0, 16);
    tcase_add_test(t, nothing_is_left_of_the_comparison_before);
    tcase_add_test(t, the_head_is_the_first_hundred_words);
    tcase_add_test(t, memory_runs_out);
    tcase_add_loop_test(t, a_million_words_of_the_same, 0, COUNT(endless));
}

int main(void)
{
    Suite *s = suite_create("align");
    TCase *t = tcase_create("align");
    tcase_set_timeout(t, 110);
    tcase_add_checked_fixture(t, set_up, tear_down);
    add_tests(t);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
