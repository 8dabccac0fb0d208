/*
 * test_furniture.c: what an outlet repeats is learned and counts no more; agencies are credited,
 * also through an intermediate copy; checking writes nothing. The engine over the model store.
 */
#include "support/engine_fixture.h"

/* ---- furniture ---- */

static struct dupd_buf *page_with_box(struct fixture *f, uint64_t seed, const char *box)
{
    struct dupd_buf *b = prose(f, seed, 150);
    prose_paragraph(b, box);
    return b;
}

START_TEST(furniture_is_learned_from_three_stories)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *box = prose(&f, 99, 59);
    const char *words = prose_text(box);
    for (unsigned i = 1; i <= 3; i++) {
        char id[8] = {'p', (char)('0' + i), 0};
        const struct judgement *j = add(&f, id, "one.example", NULL, page_with_box(&f, i, words));
        ck_assert_uint_eq(j->furniture_words, 0);
        ck_assert_uint_eq(j->story, j->n);
    }
    struct dupd_buf *fourth = page_with_box(&f, 4, words);
    const struct judgement *j = add(&f, "p4", "one.example", NULL, fourth);
    ck_assert_uint_eq(j->furniture_words, 59);
    expect(j, DUPD_UNIQUE, NULL);
    /* on another outlet the same words are no furniture of its own, but furniture where they
     * come from */
    const struct judgement *other = add(&f, "q", "two.example", NULL, page_with_box(&f, 5, words));
    ck_assert_uint_eq(other->furniture_words, 0);
    expect(other, DUPD_UNIQUE, NULL);
    close_fixture(&f);
}
END_TEST

START_TEST(five_addresses_of_one_article_are_not_furniture)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300);
    for (unsigned i = 0; i < 5; i++) {
        char id[8] = {'u', (char)('0' + i), 0};
        add(&f, id, "one.example", NULL, text);
    }
    const struct judgement *copy = add(&f, "c", "two.example", NULL, text);
    expect(copy, DUPD_IDENTICAL, "u0");
    ck_assert_double_eq(copy->origin->overlap.of_b, 1);
    ck_assert_uint_eq(copy->origin->overlap.furniture_b, 0);
    close_fixture(&f);
}
END_TEST

START_TEST(an_agencys_feed_has_no_furniture)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *box = prose(&f, 99, 59);
    const char *words = prose_text(box);
    for (unsigned i = 1; i <= 4; i++) {
        char id[8] = {'p', (char)('0' + i), 0};
        const struct judgement *j = add(&f, id, "Reuters", NULL, page_with_box(&f, i, words));
        ck_assert_uint_eq(j->furniture_words, 0);
    }
    close_fixture(&f);
}
END_TEST

/* ---- credits ---- */

START_TEST(credited_directly_and_through_an_intermediate)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300), *credited = page(&f), *plain = page(&f);
    prose_paragraph(credited, "PARIS (Reuters) - The council met on Monday to speak of bridges.");
    prose_take(credited, dupd_buf_view(text), 0, 99);
    prose_take(plain, dupd_buf_view(text), 0, 99);
    const struct judgement *feed = add(&f, "feed", "Reuters", NULL, text);
    ck_assert(dupd_view_equal(feed->agency, DUPD_VIEW("Reuters")));
    ck_assert_int_eq(feed->credited, -1);
    const struct judgement *good = add(&f, "good", "one.example", NULL, credited);
    ck_assert(dupd_verdict_is_copy(good->verdict));
    ck_assert_int_eq(good->credited, 1);
    ck_assert_int_eq(good->agency_how, DUPD_CREDIT_DATELINE);
    const struct judgement *bad = add(&f, "bad", "two.example", NULL, plain);
    ck_assert_int_eq(bad->credited, 0);
    ck_assert(dupd_view_equal(bad->agency, DUPD_VIEW("Reuters")));
    ck_assert(has(dupd_buf_view(&bad->json), "\"credited\":false"));
    close_fixture(&f);
}
END_TEST

/* ---- check ---- */

START_TEST(check_reads_only)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300), *other = prose(&f, 2, 300);
    struct copy c = {.text = prose_text(text)};
    const struct judgement *a = newsroom_add(&f.room, c);
    ck_assert_int_eq(a->status, 0);
    const struct judgement *j = newsroom_check(&f.room, c); /* no id: another article */
    ck_assert_int_eq(j->verdict, DUPD_IDENTICAL);
    ck_assert_uint_eq(j->n, 0);
    ck_assert_uint_eq(j->origin->n, a->n);
    ck_assert_uint_eq(j->story, a->story);
    c.id = "named";
    newsroom_add(&f.room, c);
    unsigned puts = model_store_count(f.room.store, STORE_PUT);
    unsigned commits = model_store_count(f.room.store, STORE_COMMIT);
    j = newsroom_check(&f.room, c); /* known by its id: not compared with itself */
    ck_assert_uint_eq(j->match_count, 1);
    ck_assert_uint_eq(j->match[0]->n, a->n);
    c.text = prose_text(other);
    j = newsroom_check(&f.room, c);
    expect(j, DUPD_UNIQUE, NULL);
    ck_assert_uint_eq(j->story, 0);
    ck_assert(has(dupd_buf_view(&j->json), "\"story\":null"));
    ck_assert_uint_eq(model_store_count(f.room.store, STORE_PUT), puts);
    ck_assert_uint_eq(model_store_count(f.room.store, STORE_COMMIT), commits);
    close_fixture(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("furniture");
    TCase *t = tcase_create("furniture");
    tcase_add_test(t, furniture_is_learned_from_three_stories);
    tcase_add_test(t, five_addresses_of_one_article_are_not_furniture);
    tcase_add_test(t, an_agencys_feed_has_no_furniture);
    tcase_add_test(t, credited_directly_and_through_an_intermediate);
    tcase_add_test(t, check_reads_only);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
