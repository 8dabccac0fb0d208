/* test_phrases.c: furniture by its words, whole paragraphs and beginnings, the user's own too. */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "dupd/phrases.h"
#include "support/fault.h"

static bool matches(struct dupd_phrases *p, const char *paragraph)
{
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(paragraph)), 0);
    ck_assert_uint_eq(t.paragraph_count, 1);
    bool yes = dupd_phrases_match(p, &t, 0);
    dupd_tokens_close(&t);
    return yes;
}

static struct dupd_phrases *open(const char *extra)
{
    struct dupd_phrases *p;
    unsigned line;
    ck_assert_int_eq(dupd_phrases_new(&p, dupd_view_of(extra), &line), 0);
    return p;
}

START_TEST(headings_are_furniture)
{
    struct dupd_phrases *p = open("");
    ck_assert(matches(p, "Related Posts"));
    ck_assert(matches(p, "RELATED POSTS:"));
    ck_assert(matches(p, "Sign up for our evening newsletter and never miss a tide table."));
    ck_assert(matches(p, "À lire aussi : le pont de la rade rouvre lundi"));
    ck_assert(matches(p, "Читайте также: мост снова открыт"));
    ck_assert(matches(p, "関連記事"));
    dupd_phrases_free(p);
}
END_TEST

START_TEST(prose_is_not)
{
    struct dupd_phrases *p = open("");
    ck_assert(!matches(p, "Related posts were deleted by the harbour board on Friday."));
    ck_assert(!matches(p, "Comments by the mayor angered the crews."));
    ck_assert(!matches(p, "Relatedposts"));
    /* A paragraph of more than 30 words is prose, whatever it begins with. */
    ck_assert(!matches(p, "Sign up for one thing and you get another, the pilots found when they "
                          "read the contract that the harbour had sent them in the spring, which "
                          "bound them to nights, weekends and the whole of the winter season."));
    dupd_phrases_free(p);
}
END_TEST

START_TEST(the_user_adds_phrases)
{
    struct dupd_phrases *p = open("# ours\n\nTide tables\r\nBrought to you by ...\n");
    ck_assert(matches(p, "Tide tables"));
    ck_assert(!matches(p, "Tide tables are wrong"));
    ck_assert(matches(p, "Brought to you by the Calder savings bank"));
    ck_assert(matches(p, "Related Posts"));
    dupd_phrases_free(p);
}
END_TEST

START_TEST(a_bad_line_is_named)
{
    struct dupd_phrases *p;
    unsigned line = 0;
    ck_assert_int_eq(dupd_phrases_new(&p, DUPD_VIEW("fine\n...\n"), &line), DUPD_ESYNTAX);
    ck_assert_uint_eq(line, 2);
    ck_assert_ptr_null(p);
    ck_assert_int_eq(dupd_phrases_new(&p, DUPD_VIEW("\n\n\xFF\n"), &line), DUPD_ESYNTAX);
    ck_assert_uint_eq(line, 3);
}
END_TEST

static int build(void *data)
{
    struct dupd_phrases *p;
    unsigned line;
    (void)data;
    int rc = dupd_phrases_new(&p, DUPD_VIEW("Tide tables\n"), &line);
    dupd_phrases_free(p);
    return rc;
}

START_TEST(memory_may_run_out)
{
    ck_assert_uint_gt(fault_each(build, NULL, DUPD_ENOMEM), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("phrases");
    TCase *t = tcase_create("phrases");
    tcase_add_test(t, headings_are_furniture);
    tcase_add_test(t, prose_is_not);
    tcase_add_test(t, the_user_adds_phrases);
    tcase_add_test(t, a_bad_line_is_named);
    tcase_add_test(t, memory_may_run_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
