/* test_flow.c: columns are never too wide, whatever the text; nothing of it reaches a terminal raw.
 */
#include <check.h>
#include <stdlib.h>

#include "cli/flow.h"
#include "cli/tally.h"
#include "cli/term.h"
#include "cli/words.h"
#include "dupd/error.h"
#include "dupd/text.h"
#include "support/fault.h"

struct column {
    struct dupd_buf text;
    struct dupd_tokens tokens;
    uint32_t *pair;
    struct flow_lines lines;
};

/* The text of all lines with '\n' behind each; every third token differs if `marks`. */
static void lay(struct column *c, struct dupd_view raw, unsigned width, bool color, bool marks)
{
    dupd_buf_clear(&c->text);
    ck_assert_int_ge(dupd_text_clean(raw, &c->text), 0);
    ck_assert_int_eq(dupd_tokens_read(&c->tokens, dupd_buf_view(&c->text)), 0);
    free(c->pair);
    c->pair = calloc(c->tokens.count + 1, sizeof *c->pair);
    for (uint32_t i = 0; i < c->tokens.count; i++)
        c->pair[i] = marks && i % 3 == 0 ? DUPD_UNPAIRED : i;
    struct flow_side side = {dupd_buf_view(&c->text), &c->tokens, c->pair};
    flow_lines_clear(&c->lines);
    ck_assert_int_eq(flow_add(&c->lines, &side, 0, c->tokens.count, width, color), 0);
}

static void close_column(struct column *c)
{
    dupd_buf_close(&c->text);
    dupd_tokens_close(&c->tokens);
    flow_lines_close(&c->lines);
    free(c->pair);
}

static void expect(const char *raw, unsigned width, bool marks, const char *expected)
{
    struct column c = {0};
    struct dupd_buf out = {0};
    lay(&c, dupd_view_of(raw), width, false, marks);
    for (size_t i = 0; i < flow_lines_count(&c.lines); i++) {
        struct flow_line line = flow_lines_at(&c.lines, i);
        ck_assert_int_eq(dupd_buf_add(&out, c.lines.text.ptr + line.begin, line.len), 0);
        ck_assert_int_eq(dupd_buf_add_char(&out, '/'), 0);
    }
    ck_assert_int_eq(dupd_buf_add_char(&out, '\0'), 0);
    ck_assert_str_eq(out.ptr, expected);
    dupd_buf_close(&out);
    close_column(&c);
}

START_TEST(words_wrap)
{
    expect("one two three four", 9, false, "one two/three/four/");
    expect("one two three four", 100, true, "[one] two three [four]/");
    expect("  spaced \n\n out  ", 20, false, "spaced out/");
    expect("abcdefghij kl", 4, false, "abcd/efgh/ij/kl/");
    expect("\xE6\x9D\xB1\xE4\xBA\xAC\xE9\x83\xBD\xE3\x81\xAF", 5, false,
           "\xE6\x9D\xB1\xE4\xBA\xAC/\xE9\x83\xBD\xE3\x81\xAF/");
    expect("he said \"no\".", 40, false, "he said \"no\"./");
}
END_TEST

/* The columns that a line takes, our own escape sequences left out; anything else that a terminal
 * would act on fails the test. */
static unsigned columns(struct dupd_view line)
{
    unsigned n = 0;
    for (size_t at = 0; at < line.len;) {
        if (line.ptr[at] == '\x1B') {
            ck_assert(at + 2 < line.len && line.ptr[at + 1] == '[');
            while (line.ptr[at] != 'm')
                at++;
            at++;
            continue;
        }
        uint32_t code = dupd_text_next(line, &at);
        ck_assert_msg(code >= 0x20 && (code < 0x7F || code >= 0xA0), "raw control %x", code);
        ck_assert_msg(code < 0x202A || code > 0x202E, "raw override %x", code);
        n += term_width(code);
    }
    return n;
}

START_TEST(no_line_is_too_wide_whatever_the_text)
{
    static const char *const piece[] = {"word",
                                        " ",
                                        "a",
                                        "\n",
                                        "\xE6\x9D\xB1",
                                        "e\xCC\x81",
                                        "\x1B[2J",
                                        "\xC2\x9B",
                                        "\xE2\x80\xAE",
                                        "\xF0\x9F\x98\x80",
                                        "\xFF",
                                        ".",
                                        "\"",
                                        "incomprehensibilities",
                                        "\xD8\xA7\xD9\x84",
                                        "-"};
    struct column c = {0};
    srand(1);
    for (int round = 0; round < 300; round++) {
        struct dupd_buf raw = {0};
        for (int i = rand() % 120; i >= 0; i--)
            ck_assert_int_eq(dupd_buf_add_str(&raw, piece[rand() % 16]), 0);
        unsigned width = 4 + (unsigned)rand() % 40;
        lay(&c, dupd_buf_view(&raw), width, round % 2, true);
        for (size_t i = 0; i < flow_lines_count(&c.lines); i++) {
            struct flow_line line = flow_lines_at(&c.lines, i);
            unsigned n = columns((struct dupd_view){c.lines.text.ptr + line.begin, line.len});
            ck_assert_uint_eq(n, line.width);
            ck_assert_uint_le(n, width);
        }
        dupd_buf_close(&raw);
    }
    close_column(&c);
}
END_TEST

static void safe_is(struct dupd_view in, unsigned cut, const char *expected)
{
    struct dupd_buf out = {0};
    ck_assert_int_eq(term_add(&out, in, cut), 0);
    ck_assert_int_eq(dupd_buf_add_char(&out, '\0'), 0);
    ck_assert_str_eq(out.ptr, expected);
    dupd_buf_close(&out);
}

START_TEST(text_is_made_safe)
{
    safe_is(DUPD_VIEW("plain"), 0, "plain");
    safe_is(DUPD_VIEW("\x1B[31mred\x07"), 0, "\xEF\xBF\xBD[31mred\xEF\xBF\xBD");
    safe_is(DUPD_VIEW(" two \n\t lines "), 0, "two lines ");
    safe_is(DUPD_VIEW("a\xC2\xADz\xE2\x80\x8By"), 0, "azy");
    safe_is(DUPD_VIEW("bad \xFF byte"), 0, "bad \xEF\xBF\xBD byte");
    safe_is(DUPD_VIEW("exactly ten"), 11, "exactly ten");
    safe_is(DUPD_VIEW("exactly ten"), 10, "exactly...");
}
END_TEST

START_TEST(figures_are_written_for_readers)
{
    char out[WORDS_NUMBER_MAX], time[WORDS_TIME_MAX];
    ck_assert_str_eq(words_number(0, out), "0");
    ck_assert_str_eq(words_number(999, out), "999");
    ck_assert_str_eq(words_number(1000, out), "1,000");
    ck_assert_str_eq(words_number(UINT64_MAX, out), "18,446,744,073,709,551,615");
    ck_assert_str_eq(words_share(0, out), "0 %");
    ck_assert_str_eq(words_share(0.001, out), "under 1 %");
    ck_assert_str_eq(words_share(0.999, out), "99 %");
    ck_assert_str_eq(words_share(1, out), "100 %");
    ck_assert_str_eq(words_bytes(999, out), "999 bytes");
    ck_assert_str_eq(words_bytes(1500000, out), "1.5 MB");
    struct dupd_time t = {1643304000, DUPD_TIME_SECOND};
    ck_assert_str_eq(words_time(t, time), "27 January 2022, 17:20 UTC");
    t.kind = DUPD_TIME_DAY;
    ck_assert_str_eq(words_time(t, time), "27 January 2022");
    t.kind = DUPD_TIME_NONE;
    ck_assert_str_eq(words_time(t, time), "");
}
END_TEST

START_TEST(names_are_counted)
{
    static const char *const names[] = {"b", "a", "c", "b", "", "b", "a", "", "d"};
    struct tally t = {0};
    struct tally_entry top[3];
    ck_assert_int_eq(tally_top(&t, top, 3), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_int_eq(tally_add(&t, dupd_view_of(names[i])), 0);
    ck_assert_int_eq(tally_top(&t, top, 3), 3);
    ck_assert(dupd_view_equal(top[0].name, DUPD_VIEW("b")));
    ck_assert_uint_eq(top[0].count, 3);
    ck_assert_uint_eq(top[1].name.len, 0);
    ck_assert_uint_eq(top[1].count, 2);
    ck_assert(dupd_view_equal(top[2].name, DUPD_VIEW("a")));
    tally_close(&t);
}
END_TEST

static int lay_with_faults(void *data)
{
    struct column *c = data;
    struct flow_side side = {dupd_buf_view(&c->text), &c->tokens, c->pair};
    struct flow_lines lines = {0};
    struct tally t = {0};
    struct tally_entry top[1];
    int rc = flow_add(&lines, &side, 0, c->tokens.count, 10, true);
    rc = rc ? rc : tally_add(&t, DUPD_VIEW("name"));
    int found = rc ? rc : tally_top(&t, top, 1);
    flow_lines_close(&lines);
    tally_close(&t);
    return found < 0 ? found : rc;
}

START_TEST(memory_may_run_out)
{
    struct column c = {0};
    lay(&c, DUPD_VIEW("some words that need several lines"), 10, true, true);
    ck_assert_uint_gt(fault_each(lay_with_faults, &c, DUPD_ENOMEM), 0);
    close_column(&c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("flow");
    TCase *t = tcase_create("flow");
    tcase_add_test(t, words_wrap);
    tcase_add_test(t, no_line_is_too_wide_whatever_the_text);
    tcase_add_test(t, text_is_made_safe);
    tcase_add_test(t, figures_are_written_for_readers);
    tcase_add_test(t, names_are_counted);
    tcase_add_test(t, memory_may_run_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
