/* test_lines.c: paragraphs, in the ways that news bodies come. */
#include "support/tokens_of.h"

#include "core/lines.h"

#define SHOW(text, expected) tokens_are(text, SHOW_TEXT, expected)

static unsigned width_of(const char *text)
{
    return lines_width(dupd_view_of(text));
}

static uint32_t paragraphs_in(const char *text)
{
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(text)), 0);
    uint32_t n = t.paragraph_count;
    for (uint32_t i = 0; i < n; i++) {
        ck_assert_uint_eq(t.paragraph[i].first, i ? t.paragraph[i - 1].end : 0);
        ck_assert_uint_gt(t.paragraph[i].end, t.paragraph[i].first);
    }
    ck_assert_uint_eq(n ? t.paragraph[n - 1].end : 0, t.count);
    dupd_tokens_close(&t);
    return n;
}

START_TEST(blank_lines_and_lines)
{
    SHOW("one\n\ntwo\n\n\n\nthree\n", "one|two|three");
    SHOW("one\ntwo\nthree", "one|two|three");
    SHOW("one\r\n\r\ntwo\r\nthree\r\n", "one|two|three");
    SHOW("one \n \t \n two", "one|two");
    SHOW("\n\n— \n\none", "one");
}
END_TEST

START_TEST(rare_line_ends)
{
    SHOW("one\rtwo\r\rthree\r", "one|two|three");
    SHOW("one\u2028two\u2029three", "one|two|three");
    SHOW("one\xC2\x85two", "one|two");
    SHOW("one\vtwo\ftwo", "one two two");
}
END_TEST

static const char indented[] = "Officials of the harbour town said on Monday that the old\n"
                               "lighthouse would be repaired before the winter storms, and\n"
                               "that the work would be paid for by the county.\n"
                               "    The mayor, who had asked for the money in spring, said she\n"
                               "was \"very relieved that somebody had at last read the letters\n"
                               "we sent\" to the ministry.\n"
                               "    Work starts next week.\n"
                               " END\n ";

START_TEST(wrapped_and_indented)
{
    ck_assert_uint_eq(width_of(indented), 62);
    ck_assert_uint_eq(paragraphs_in(indented), 4);
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(indented)), 0);
    ck_assert_uint_eq(t.quoted_weight, 12 * DUPD_WORD_WEIGHT); /* across the line ends */
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(wrapped_with_blank_lines_or_nothing)
{
    const char *blank = "Officials of the harbour town said on Monday that the old\n"
                        "lighthouse would be repaired before the winter storms, and\n"
                        "that the work would be paid for by the county.\n\n"
                        "The mayor, who had asked for the money in spring, said she\n"
                        "was relieved that somebody had read the letter at long last\n"
                        "and had even answered it.\n";
    ck_assert_uint_eq(paragraphs_in(blank), 2);
    const char *nothing = "Officials of the harbour town said on Monday that the old\n"
                          "lighthouse would be repaired before the winter storms.\n"
                          "The mayor, who had asked for the money in spring, said she\n"
                          "was relieved that somebody had read the letter at long last\n"
                          "and had answered.\n"
                          "Work will begin as soon as the ladders have been delivered.\n";
    ck_assert_uint_eq(paragraphs_in(nothing), 3);
}
END_TEST

START_TEST(wrapped_with_crlf_and_other_alphabets)
{
    struct dupd_buf crlf = {0};
    for (const char *p = indented; *p; p++) {
        if (*p == '\n')
            ck_assert_int_eq(dupd_buf_add_char(&crlf, '\r'), 0);
        ck_assert_int_eq(dupd_buf_add_char(&crlf, *p), 0);
    }
    ck_assert_int_eq(dupd_buf_add(&crlf, "", 1), 0);
    ck_assert_uint_eq(paragraphs_in(crlf.ptr), 4);
    ck_assert(same_tokens(crlf.ptr, indented));
    dupd_buf_close(&crlf);
    ck_assert_uint_eq(paragraphs_in("Власти портового города сообщили в понедельник, что\n"
                                    "старый маяк будет отремонтирован до зимних штормов и\n"
                                    "что работы оплатит область.\n\n"
                                    "Работы начнутся на следующей неделе, сказали в мэрии,\n"
                                    "если позволит погода.\n"),
                      2);
    ck_assert_uint_eq(paragraphs_in("港町の当局は月曜日、古い灯台を冬の嵐が来る前に修理すると発\n"
                                    "表した。費用は県が負担する。市長は「長い間待っていた知らせだ\n"
                                    "」と語り、来週にも工事を始めると述べた。\n"),
                      1);
}
END_TEST

START_TEST(what_is_not_wrapped)
{
    /* lines of a list, of verse, of short sentences, of headlines */
    const char *const texts[] = {
        "Milk\nBread and butter\nTwo kilos of early potatoes from the farm by the river\nSalt\n",
        ("The lighthouse will be repaired before winter.\nThe county pays.\n"
         "The mayor asked for the money in spring and has been waiting since.\nWork starts "
         "soon.\n"),
        "One line of sixty columns or so that could have been wrapped.\n",
        "A\nB\nC\nD\n",
        "",
        "\n\n\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(width_of(texts[i]) == 0, "wrapped at %u: %s", width_of(texts[i]), texts[i]);
    struct dupd_buf one_long = {0}; /* a single long line decides */
    ck_assert_int_eq(dupd_buf_add_str(&one_long, indented), 0);
    for (int i = 0; i < 101; i++)
        ck_assert_int_eq(dupd_buf_add_char(&one_long, 'x'), 0);
    ck_assert_uint_eq(lines_width(dupd_buf_view(&one_long)), 0);
    dupd_buf_close(&one_long);
}
END_TEST

START_TEST(same_paragraph_same_hash)
{
    struct dupd_tokens a = {0}, b = {0};
    ck_assert_int_eq(dupd_tokens_read(&a, DUPD_VIEW("News.\nRead more: “here”!\nEnd")), 0);
    ck_assert_int_eq(dupd_tokens_read(&b, DUPD_VIEW("READ MORE HERE\nEnd now")), 0);
    ck_assert_uint_eq(a.paragraph_count, 3);
    ck_assert_uint_eq(a.paragraph[1].hash, b.paragraph[0].hash);
    ck_assert_uint_ne(a.paragraph[2].hash, b.paragraph[1].hash);
    dupd_tokens_close(&a);
    dupd_tokens_close(&b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("lines");
    tcase_add_test(t, blank_lines_and_lines);
    tcase_add_test(t, rare_line_ends);
    tcase_add_test(t, wrapped_and_indented);
    tcase_add_test(t, wrapped_with_blank_lines_or_nothing);
    tcase_add_test(t, wrapped_with_crlf_and_other_alphabets);
    tcase_add_test(t, what_is_not_wrapped);
    tcase_add_test(t, same_paragraph_same_hash);
    return run_cases("lines", t);
}
