/*
 * test_engine.c: articles go in, verdicts and stories come out: every verdict, who is earlier, late
 * origins, merges, updates, alerts. Over the model store; what happens when
 * operations fail or jobs overlap is in test_jobs.c.
 */
#include "support/engine_fixture.h"

/* ---- every verdict ---- */

START_TEST(unique_identical_republished)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400), *other = prose(&f, 2, 400), *longer = page(&f);
    prose_add(longer, 3, 60);
    prose_take(longer, dupd_buf_view(text), 0, 99);
    const struct judgement *first = add(&f, "a", "one.example", NULL, text);
    expect(first, DUPD_UNIQUE, NULL);
    ck_assert_uint_eq(first->story, first->n);
    expect(add(&f, "b", "two.example", NULL, other), DUPD_UNIQUE, NULL);
    const struct judgement *same = add(&f, "c", "two.example", NULL, text);
    expect(same, DUPD_IDENTICAL, "a");
    ck_assert_uint_eq(same->story, first->story);
    ck_assert_uint_eq(same->alerts, 1);
    ck_assert_uint_ge(same->match[0]->overlap.passage_count, 1);
    const struct judgement *more = add(&f, "d", "three.example", NULL, longer);
    expect(more, DUPD_REPUBLISHED, "a");
    ck_assert_uint_eq(more->story, first->story);
    close_fixture(&f);
}
END_TEST

START_TEST(rewritten_excerpt_shared_quotes)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 700), *spun = page(&f), *part = page(&f);
    prose_spin(spun, dupd_buf_view(text), 5, 5);
    prose_add(part, 6, 500);
    prose_take(part, dupd_buf_view(text), 3, 5);
    add(&f, "a", "one.example", NULL, text);
    expect(add(&f, "b", "two.example", NULL, spun), DUPD_REWRITTEN, "a");
    expect(add(&f, "c", "three.example", NULL, part), DUPD_EXCERPT, "a");

    struct dupd_buf *left = page(&f), *right = page(&f);
    prose_add(left, 8, 300);
    prose_add(right, 9, 300);
    for (unsigned i = 0; i < 3; i++) {
        struct dupd_buf *speech = prose(&f, 20 + i, 59);
        prose_quote(left, dupd_buf_view(speech));
        prose_quote(right, dupd_buf_view(speech));
    }
    expect(add(&f, "d", "one.example", NULL, left), DUPD_UNIQUE, NULL);
    const struct judgement *quoting = add(&f, "e", "two.example", NULL, right);
    expect(quoting, DUPD_SHARED_QUOTES, NULL);
    ck_assert_uint_eq(quoting->story, quoting->n);
    ck_assert_uint_eq(quoting->alerts, 0);
    close_fixture(&f);
}
END_TEST

START_TEST(update_of_the_same_outlet)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400), *later = page(&f);
    prose_take(later, dupd_buf_view(text), 0, 99);
    prose_add(later, 2, 80);
    const struct judgement *first = add(&f, "a", "one.example", NULL, text);
    const struct judgement *second = add(&f, "b", "one.example", NULL, later);
    expect(second, DUPD_UPDATE, NULL);
    ck_assert_uint_eq(second->story, first->story);
    ck_assert_uint_eq(second->alerts, 0);
    close_fixture(&f);
}
END_TEST

START_TEST(short_texts_by_content_and_simhash)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 40), *other = prose(&f, 2, 40);
    expect(add(&f, "a", "one.example", NULL, text), DUPD_UNIQUE, NULL);
    const struct judgement *b = add(&f, "b", "two.example", NULL, other);
    expect(b, DUPD_UNIQUE, NULL);
    ck_assert_uint_eq(b->match_count + b->considered_count, 0); /* met by chance at most */
    expect(add(&f, "c", "two.example", NULL, text), DUPD_IDENTICAL, "a");
    close_fixture(&f);
}
END_TEST

START_TEST(merge_of_two_sources)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *x = prose(&f, 1, 400), *y = prose(&f, 2, 300), *both = page(&f);
    prose_take(both, dupd_buf_view(y), 0, 99);
    prose_take(both, dupd_buf_view(x), 0, 99);
    const struct judgement *first = add(&f, "x", "one.example", NULL, x);
    add(&f, "y", "two.example", NULL, y);
    const struct judgement *merge = add(&f, "m", "three.example", NULL, both);
    ck_assert(dupd_verdict_is_copy(merge->verdict));
    ck_assert(dupd_view_equal(merge->origin->record.article.id, DUPD_VIEW("x")));
    ck_assert_uint_eq(merge->story, first->story);
    ck_assert_uint_eq(merge->match_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert(dupd_verdict_is_copy(merge->match[i]->ruling.verdict));
        ck_assert_uint_ge(merge->match[i]->overlap.passage_count, 1);
    }
    close_fixture(&f);
}
END_TEST

START_TEST(a_round_up_of_many_has_a_match_for_each)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *roundup = page(&f);
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f"};
    for (unsigned i = 0; i < 6; i++) {
        struct dupd_buf *text = prose(&f, i + 1, 400);
        prose_take(roundup, dupd_buf_view(text), 0, 99);
        add(&f, ids[i], "one.example", NULL, text);
    }
    const struct judgement *j = add(&f, "r", "two.example", NULL, roundup);
    ck_assert(dupd_verdict_is_copy(j->verdict));
    ck_assert_uint_eq(j->match_count, 6);
    close_fixture(&f);
}
END_TEST

/* ---- order ---- */

START_TEST(a_copy_of_another_outlet_outranks_the_own_update)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *own = prose(&f, 1, 300), *wire = prose(&f, 2, 300), *both = page(&f);
    prose_take(both, dupd_buf_view(own), 0, 99);
    prose_take(both, dupd_buf_view(wire), 0, 99);
    add(&f, "own", "one.example", NULL, own);
    add(&f, "wire", "two.example", NULL, wire);
    const struct judgement *j = add(&f, "own-2", "one.example", NULL, both);
    ck_assert(dupd_verdict_is_copy(j->verdict));
    ck_assert(dupd_view_equal(j->origin->record.article.id, DUPD_VIEW("wire")));
    close_fixture(&f);
}
END_TEST

START_TEST(late_origin_moves_the_story_and_alerts)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400);
    const struct judgement *copy = add(&f, "copy", "two.example", "2023-05-02T10:00:00Z", text);
    expect(copy, DUPD_UNIQUE, NULL);
    const struct judgement *origin = add(&f, "origin", "one.example", "2023-05-01T10:00:00Z", text);
    expect(origin, DUPD_UNIQUE, NULL);
    ck_assert_uint_eq(origin->story, copy->story);
    ck_assert_uint_eq(origin->match_count, 1);
    ck_assert_int_eq(origin->match[0]->direction, MATCH_TO);
    ck_assert_int_eq(origin->match[0]->ruling.verdict, DUPD_IDENTICAL);
    ck_assert_uint_eq(origin->alerts, 1);
    struct dupd_view alert = model_store_alert(f.room.store, 0);
    ck_assert(has(alert, "\"reason\":\"origin_arrived\""));
    ck_assert(has(alert, "\"id\":\"copy\""));
    ck_assert(has(alert, "\"origin\":{\"id\":\"origin\""));

    const struct judgement *third = add(&f, "third", "three.example", NULL, text);
    expect(third, DUPD_IDENTICAL, "origin");
    ck_assert_uint_eq(third->match_count, 2);

    /* an even earlier one: what was a copy before is not announced again */
    const struct judgement *first = add(&f, "first", "zero.example", "2023-04-30", text);
    ck_assert_uint_eq(first->story, copy->story);
    ck_assert_uint_eq(first->alerts, 1);
    ck_assert(has(model_store_alert(f.room.store, 2), "\"id\":\"origin\""));
    close_fixture(&f);
}
END_TEST

START_TEST(a_late_origin_joins_what_was_taken_from_it)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 900), *head = page(&f), *tail = page(&f);
    prose_take(head, dupd_buf_view(text), 0, 7);
    prose_take(tail, dupd_buf_view(text), 7, 99);
    const struct judgement *a = add(&f, "head", "a.example", "2023-05-02", head);
    const struct judgement *b = add(&f, "tail", "b.example", "2023-05-02", tail);
    ck_assert_uint_ne(a->story, b->story);
    const struct judgement *o = add(&f, "whole", "o.example", "2023-05-01", text);
    ck_assert_uint_eq(o->story, a->story);
    ck_assert_uint_eq(o->alerts, 2);
    const struct judgement *again = newsroom_check(
        &f.room, (struct copy){.id = "x", .source = "x.example", .text = prose_text(tail)});
    ck_assert_uint_eq(again->story, a->story); /* merged */
    close_fixture(&f);
}
END_TEST

START_TEST(live_articles_may_not_be_backdated_far)
{
    struct fixture f;
    open_fixture(&f); /* the clock stands in November 2023 */
    struct dupd_buf *text = prose(&f, 1, 300);
    add(&f, "a", "one.example", "2023-11-10T00:00:00Z", text);
    struct copy late = {.id = "b",
                        .source = "two.example",
                        .published = "2001-01-01T00:00:00Z",
                        .text = prose_text(text)};
    const struct judgement *live = newsroom_add_live(&f.room, late);
    expect(live, DUPD_UNIQUE, NULL); /* seven days are believed: 7 November */
    late.id = "c";
    late.source = "three.example";
    late.published = "2023-11-08T00:00:00Z";
    expect(newsroom_add_live(&f.room, late), DUPD_IDENTICAL, "b"); /* 7 is before 8 */
    late.id = "d";
    late.source = "four.example";
    late.published = "2023-11-06T00:00:00Z";
    expect(newsroom_add(&f.room, late), DUPD_UNIQUE, NULL); /* imports are exempt */
    close_fixture(&f);
}
END_TEST

/* ---- the same id again ---- */

START_TEST(same_id_same_content_is_replayed)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300);
    add(&f, "a", "one.example", NULL, text);
    const struct judgement *b = add(&f, "b,\"entry\":", "two.example", NULL, text);
    unsigned puts = model_store_count(f.room.store, STORE_PUT);
    const struct judgement *again = add(&f, "b,\"entry\":", "two.example", NULL, text);
    ck_assert(again->replay);
    ck_assert_int_eq(again->verdict, DUPD_IDENTICAL);
    ck_assert_double_eq(again->score, b->score);
    ck_assert_uint_eq(again->story, b->story);
    ck_assert_uint_eq(again->n, b->n);
    ck_assert_uint_eq(again->alerts, 0);
    ck_assert_uint_eq(model_store_count(f.room.store, STORE_PUT), puts);
    struct dupd_view before = dupd_buf_view(&b->json), after = dupd_buf_view(&again->json);
    ck_assert(has(before, ",\"replay\":false,") && has(after, ",\"replay\":true,"));
    ck_assert_uint_eq(after.len, before.len - 1);
    close_fixture(&f);
}
END_TEST

START_TEST(same_id_new_content_takes_the_old_ones_place)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400), *more = page(&f), *stub = prose(&f, 3, 200);
    prose_take(more, dupd_buf_view(text), 0, 99);
    prose_add(more, 2, 100);
    const struct judgement *a = add(&f, "a", "one.example", NULL, text);
    const struct judgement *copy = add(&f, "c", "two.example", NULL, text);
    const struct judgement *second = add(&f, "a", "one.example", NULL, more);
    ck_assert(second->is_update_of_id && !second->replay);
    /* its copy is not its source, although that arrived before this version */
    expect(second, DUPD_UNIQUE, NULL);
    ck_assert_uint_eq(second->story, a->story);
    ck_assert_uint_eq(second->alerts, 0);
    ck_assert_int_eq(second->match[0]->direction, MATCH_TO);
    ck_assert_uint_eq(second->match[0]->n, copy->n);

    const struct judgement *third = add(&f, "d", "three.example", NULL, text);
    ck_assert_int_eq(third->verdict, DUPD_IDENTICAL); /* with the copy; the old version is dead */
    for (unsigned i = 0; i < third->match_count; i++)
        ck_assert_uint_ne(third->match[i]->n, a->n);

    add(&f, "e", "four.example", NULL, stub);
    const struct judgement *filled = add(&f, "e", "four.example", NULL, text);
    ck_assert(filled->is_update_of_id);
    ck_assert(dupd_verdict_is_copy(filled->verdict));
    close_fixture(&f);
}
END_TEST

/* ---- stories ---- */

START_TEST(a_chain_of_weak_links_is_not_followed)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *a = prose(&f, 1, 500), *b = page(&f), *c = page(&f), *mine = prose(&f, 2, 800);
    prose_take(b, dupd_buf_view(a), 0, 5); /* a third of b is a's, the rest its own */
    prose_take(b, dupd_buf_view(mine), 0, 99);
    prose_take(c, dupd_buf_view(mine), 0, 5); /* c has something of b, nothing of a */
    prose_add(c, 3, 300);
    const struct judgement *first = add(&f, "a", "a.example", NULL, a);
    const struct judgement *second = add(&f, "b", "b.example", NULL, b);
    ck_assert_uint_eq(second->story, first->story);
    const struct judgement *third = add(&f, "c", "c.example", NULL, c);
    ck_assert(dupd_verdict_is_copy(third->verdict));
    ck_assert(dupd_view_equal(third->origin->record.article.id, DUPD_VIEW("b")));
    ck_assert_uint_eq(third->story, third->n);
    close_fixture(&f);
}
END_TEST

START_TEST(a_late_origin_leaves_no_weak_link_behind)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *a = prose(&f, 1, 500), *b = page(&f), *c = page(&f), *mine = prose(&f, 2, 800);
    prose_take(b, dupd_buf_view(a), 0, 5); /* as above, but a comes after its copy b */
    prose_take(b, dupd_buf_view(mine), 0, 99);
    prose_take(c, dupd_buf_view(mine), 0, 5);
    prose_add(c, 3, 300);
    const struct judgement *first = add(&f, "b", "b.example", "2023-05-02", b);
    const struct judgement *same = add(&f, "b2", "e.example", "2023-05-03", b);
    const struct judgement *origin = add(&f, "a", "a.example", "2023-05-01", a);
    ck_assert_uint_eq(same->story, first->story);
    ck_assert_uint_eq(origin->story, first->story);
    const struct judgement *third = add(&f, "c", "c.example", NULL, c);
    ck_assert(dupd_verdict_is_copy(third->verdict));
    ck_assert_uint_eq(third->story, third->n);
    close_fixture(&f);
}
END_TEST

START_TEST(a_page_at_many_addresses_does_not_hide_another_source)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *a = prose(&f, 1, 420), *b = prose(&f, 2, 360), *both = page(&f);
    prose_take(both, dupd_buf_view(a), 0, 99);
    prose_take(both, dupd_buf_view(b), 0, 99);
    const char *const address[] = {"a1", "a2", "a3", "a4", "a5"};
    for (int i = 0; i < 5; i++)
        add(&f, address[i], "a.example", NULL, a);
    add(&f, "b", "b.example", NULL, b);
    const struct judgement *merge = add(&f, "merge", "c.example", NULL, both);
    expect(merge, merge->verdict, "a1");
    ck_assert_uint_eq(merge->match_count, 2);
    ck_assert(dupd_view_equal(merge->match[1]->record.article.id, DUPD_VIEW("b")));
    close_fixture(&f);
}
END_TEST

START_TEST(one_alert_for_each_story_and_outlet)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300), *second = page(&f);
    prose_take(second, dupd_buf_view(text), 0, 99);
    prose_paragraph(second, "Read on page two.");
    add(&f, "a", "one.example", NULL, text);
    ck_assert_uint_eq(add(&f, "b", "two.example", NULL, text)->alerts, 1);
    const struct judgement *again = add(&f, "c", "two.example", NULL, second);
    ck_assert(dupd_verdict_is_copy(again->verdict));
    ck_assert_uint_eq(again->alerts, 0);
    ck_assert_uint_eq(add(&f, "d", "three.example", NULL, second)->alerts, 1);
    ck_assert_uint_eq(add(&f, "e", NULL, NULL, second)->alerts, 1); /* no outlet: for itself */
    ck_assert_uint_eq(add(&f, "f", NULL, NULL, second)->alerts, 1);
    ck_assert_uint_eq(model_store_alerts(f.room.store), 4);
    close_fixture(&f);
}
END_TEST

START_TEST(no_alert_for_an_outlet_that_copies_itself)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300);
    add(&f, "page", "one.example", "2023-05-02T10:00:00Z", text);
    const struct judgement *amp = add(&f, "amp", "one.example", "2023-05-02T11:00:00Z", text);
    expect(amp, DUPD_IDENTICAL, "page");
    ck_assert_uint_eq(amp->alerts, 0);
    /* neither for an address of the same page that came in late */
    ck_assert_uint_eq(add(&f, "old", "one.example", "2023-05-01", text)->alerts, 0);
    ck_assert_uint_eq(add(&f, "copy", "two.example", NULL, text)->alerts, 1);
    ck_assert_uint_eq(model_store_alerts(f.room.store), 1);
    close_fixture(&f);
}
END_TEST

START_TEST(collections_do_not_meet)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300);
    add(&f, "a", "one.example", NULL, text);
    struct copy c = {
        .id = "a", .source = "two.example", .collection = "other", .text = prose_text(text)};
    const struct judgement *j = newsroom_add(&f.room, c);
    expect(j, DUPD_UNIQUE, NULL);
    ck_assert(!j->replay);
    close_fixture(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("engine");
    TCase *t = tcase_create("verdicts");
    tcase_add_test(t, unique_identical_republished);
    tcase_add_test(t, rewritten_excerpt_shared_quotes);
    tcase_add_test(t, update_of_the_same_outlet);
    tcase_add_test(t, short_texts_by_content_and_simhash);
    tcase_add_test(t, merge_of_two_sources);
    tcase_add_test(t, a_round_up_of_many_has_a_match_for_each);
    suite_add_tcase(s, t);
    t = tcase_create("order");
    tcase_add_test(t, a_copy_of_another_outlet_outranks_the_own_update);
    tcase_add_test(t, late_origin_moves_the_story_and_alerts);
    tcase_add_test(t, a_late_origin_joins_what_was_taken_from_it);
    tcase_add_test(t, live_articles_may_not_be_backdated_far);
    tcase_add_test(t, same_id_same_content_is_replayed);
    tcase_add_test(t, same_id_new_content_takes_the_old_ones_place);
    suite_add_tcase(s, t);
    t = tcase_create("stories");
    tcase_add_test(t, a_chain_of_weak_links_is_not_followed);
    tcase_add_test(t, a_late_origin_leaves_no_weak_link_behind);
    tcase_add_test(t, a_page_at_many_addresses_does_not_hide_another_source);
    tcase_add_test(t, one_alert_for_each_story_and_outlet);
    tcase_add_test(t, no_alert_for_an_outlet_that_copies_itself);
    tcase_add_test(t, collections_do_not_meet);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
