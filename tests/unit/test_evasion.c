/*
 * test_evasion.c: what a copyist might try, and texts that are hard for other reasons, through the
 * whole engine over the model store: copies are found however they are dressed, and nobody is
 * accused for a form, a speech or scattered phrases. (Backdating, and five addresses of one text,
 * are in test_engine.c and test_furniture.c; markup and invalid bytes in test_html_hostile.c.)
 */
#include <stdio.h>

#include "support/engine_fixture.h"
#include "support/outcome.h"

static void append(struct dupd_buf *b, const char *text)
{
    ck_assert_int_eq(dupd_buf_add_str(b, text), 0);
}

/* ---- a copy in disguise ---- */

START_TEST(wrapped_in_quotation_marks)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400), *whole = page(&f), *mixed = page(&f);
    prose_quote(whole, dupd_buf_view(text));
    for (unsigned i = 0; i < 8; i++) { /* each paragraph by itself, and others' between them */
        struct dupd_buf part = {0}, other = {0};
        prose_take(&part, dupd_buf_view(text), i, 1);
        prose_add(&other, 50 + i, 55);
        if (part.len)
            prose_quote(mixed, dupd_buf_view(&part));
        prose_quote(mixed, dupd_buf_view(&other));
        dupd_buf_close(&part);
        dupd_buf_close(&other);
    }
    add(&f, "a", "one.example", NULL, text);
    const struct judgement *j = add(&f, "b", "two.example", NULL, whole);
    ck_assert(dupd_verdict_is_copy(j->verdict));
    j = add(&f, "c", "three.example", NULL, mixed);
    ck_assert(dupd_verdict_is_copy(j->verdict));
    ck_assert(j->origin->overlap.of_b > 0.99);
    close_fixture(&f);
}
END_TEST

START_TEST(hidden_in_a_page_of_twenty_thousand_words)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400), *long_page = page(&f);
    prose_add(long_page, 2, 9000);
    prose_take(long_page, dupd_buf_view(text), 0, 99);
    prose_add(long_page, 3, 11000);
    add(&f, "a", "one.example", NULL, text);
    const struct judgement *j = add(&f, "b", "two.example", NULL, long_page);
    expect(j, DUPD_EXCERPT, "a");
    ck_assert(j->origin->overlap.of_b > 0.99);
    close_fixture(&f);
}
END_TEST

/* Letters of other alphabets that look alike, and what is not seen at all, inside every word. */
START_TEST(look_alikes_and_invisible_characters)
{
    static const struct {
        char letter;
        const char *stand_in;
    } dress[] = {{'a', "\u0430"},  {'o', "\u043E"},  {'e', "\u0435"},
                 {'t', "t\u200B"}, {'r', "\u00ADr"}, {'i', "\u0456\u2060"}};
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300), *dressed = page(&f);
    for (size_t i = 0; i < text->len; i++) {
        char plain[2] = {text->ptr[i], 0};
        const char *put = plain;
        for (size_t k = 0; k < sizeof dress / sizeof *dress; k++)
            put = dress[k].letter == plain[0] ? dress[k].stand_in : put;
        append(dressed, put);
    }
    add(&f, "a", "one.example", NULL, text);
    expect(add(&f, "b", "two.example", NULL, dressed), DUPD_IDENTICAL, "a");
    close_fixture(&f);
}
END_TEST

/* At five addresses of one site, with other text around it each time: it is not learned as that
 * site's furniture, since all five belong to the story that they were taken from. */
START_TEST(posted_five_times_to_look_like_furniture)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300);
    const struct judgement *origin = add(&f, "a", "one.example", NULL, text);
    for (unsigned i = 0; i < 5; i++) {
        char id[8] = {'u', (char)('0' + i), 0};
        struct dupd_buf *posted = prose(&f, 10 + i, 250);
        prose_take(posted, dupd_buf_view(text), 0, 99);
        const struct judgement *j = add(&f, id, "two.example", NULL, posted);
        ck_assert_msg(dupd_verdict_is_copy(j->verdict), "post %u", i);
        ck_assert_uint_eq(j->furniture_words, 0);
        ck_assert_uint_eq(j->story, origin->story);
    }
    close_fixture(&f);
}
END_TEST

/* A stub goes out first; when another has published, its text is put under the stub's id. */
START_TEST(under_the_id_of_an_older_stub)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *stub = prose(&f, 2, 60), *text = prose(&f, 1, 400), *filled = page(&f);
    prose_take(filled, dupd_buf_view(stub), 0, 99);
    prose_take(filled, dupd_buf_view(text), 0, 99);
    add(&f, "stub", "two.example", NULL, stub);
    add(&f, "a", "one.example", NULL, text);
    const struct judgement *j = add(&f, "stub", "two.example", NULL, filled);
    ck_assert(j->is_update_of_id);
    expect(j, DUPD_REPUBLISHED, "a");
    close_fixture(&f);
}
END_TEST

static const struct judgement *add_live(struct fixture *f, const char *id, const char *source,
                                        const char *published, struct dupd_buf *text)
{
    const struct judgement *j = newsroom_add_live(
        &f->room,
        (struct copy){
            .id = id, .source = source, .published = published, .text = prose_text(text)});
    ck_assert_int_eq(j->status, 0);
    return j;
}

static void expect_stories(struct fixture *f, const char *want)
{
    struct dupd_buf got = {0};
    outcome_write(f->room.store, &got);
    ck_assert_str_eq(prose_text(&got), want);
    dupd_buf_close(&got);
}

/* And the stub's own date goes with it each time. In a store that is filled from an archive as in
 * one that listens; the stub's text is left standing, or not; then it is sent once more. */
START_TEST(under_the_id_and_date_of_an_older_stub)
{
    static const char *const day[2][2] = {{"2023-05-01", "2023-05-03"},
                                          {"2023-11-12", "2023-11-13T09:00:00Z"}};
    const struct judgement *(*const send)(struct fixture *, const char *, const char *,
                                          const char *, struct dupd_buf *) =
        _i & 1 ? add_live : add;
    const char *const *date = day[_i & 1];
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *stub = prose(&f, 2, 60), *text = prose(&f, 1, 400), *filled = page(&f),
                    *again = page(&f);
    if (_i & 2)
        prose_take(filled, dupd_buf_view(stub), 0, 99);
    prose_take(filled, dupd_buf_view(text), 0, 99);
    prose_take(again, dupd_buf_view(filled), 0, 99);
    prose_add(again, 4, 30);
    send(&f, "stub", "two.example", date[0], stub);
    expect(send(&f, "a", "one.example", date[1], text), DUPD_UNIQUE, NULL);
    struct copy asked = {
        .id = "stub", .source = "two.example", .published = date[0], .text = prose_text(filled)};
    ck_assert(dupd_verdict_is_copy(newsroom_check(&f.room, asked)->verdict));
    const struct judgement *j = send(&f, "stub", "two.example", date[0], filled);
    expect(j, _i & 2 ? DUPD_REPUBLISHED : DUPD_IDENTICAL, "a");
    ck_assert_uint_eq(j->alerts, 1);
    expect_stories(&f, "a a a -\nstub a a copy\n");
    j = send(&f, "stub", "two.example", date[0], again);
    expect(j, DUPD_REPUBLISHED, "a");
    expect_stories(&f, "a a a -\nstub a a copy\n");
    close_fixture(&f);
}
END_TEST

/* What was taken before its origin came: neither the second version nor a third is older. */
START_TEST(filled_before_the_origin_comes)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *stub = prose(&f, 2, 60), *text = prose(&f, 1, 400), *again = page(&f);
    prose_take(again, dupd_buf_view(text), 0, 99);
    prose_add(again, 4, 30);
    add(&f, "stub", "two.example", "2023-05-01", stub);
    expect(add(&f, "stub", "two.example", "2023-05-01", text), DUPD_UNIQUE, NULL);
    expect(add(&f, "stub", "two.example", "2023-05-01", again), DUPD_UNIQUE, NULL);
    const struct judgement *j = add(&f, "a", "one.example", "2023-05-03", text);
    expect(j, DUPD_UNIQUE, NULL);
    ck_assert_uint_eq(j->alerts, 1);
    expect_stories(&f, "a a a -\nstub a a copy\n");
    close_fixture(&f);
}
END_TEST

/* An attempt that was put and never committed is made again: it is not taken for the old version
 * whose text it keeps. */
START_TEST(filled_at_the_second_attempt)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *stub = prose(&f, 2, 60), *text = prose(&f, 1, 400);
    struct copy filled = {
        .id = "stub", .source = "two.example", .published = "2023-05-01", .text = prose_text(text)};
    add(&f, "stub", "two.example", "2023-05-01", stub);
    add(&f, "a", "one.example", "2023-05-03", text);
    model_store_fail(f.room.store, STORE_COMMIT, 1, DUPD_EIO);
    ck_assert_int_eq(newsroom_add(&f.room, filled)->status, DUPD_EIO);
    expect(newsroom_add(&f.room, filled), DUPD_IDENTICAL, "a");
    close_fixture(&f);
}
END_TEST

/* ---- no copy, whatever it looks like ---- */

/* Not a trick, but the same question: a story that is updated under a later date, after a copy of
 * its first version, stays the source of what was copied in between and arrives afterwards. */
START_TEST(an_updated_story_stays_the_source)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400), *updated = page(&f), *spun = page(&f);
    prose_take(updated, dupd_buf_view(text), 0, 99);
    prose_add(updated, 4, 30);
    prose_spin(spun, dupd_buf_view(text), 5, 9);
    expect(add(&f, "a", "one.example", "2023-05-01", text), DUPD_UNIQUE, NULL);
    expect(add(&f, "b", "two.example", "2023-05-02", text), DUPD_IDENTICAL, "a");
    expect(add(&f, "a", "one.example", "2023-05-04", updated), DUPD_UNIQUE, NULL);
    expect(add(&f, "c", "three.example", "2023-05-03", spun), DUPD_REWRITTEN, "a");
    expect_stories(&f, "a a a -\nb a a copy\nc a a copy\n");
    close_fixture(&f);
}
END_TEST

/* The outlet keeps what it had and adds half as much; one who had the addition from elsewhere and
 * published later came in before. */
START_TEST(a_longer_version_keeps_its_date)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 400), *more = prose(&f, 2, 250), *longer = page(&f);
    prose_take(longer, dupd_buf_view(text), 0, 99);
    prose_take(longer, dupd_buf_view(more), 0, 99);
    add(&f, "a", "one.example", "2023-05-01", text);
    expect(add(&f, "b", "two.example", "2023-05-03", more), DUPD_UNIQUE, NULL);
    const struct judgement *j = add(&f, "a", "one.example", "2023-05-01", longer);
    ck_assert(j->is_update_of_id);
    expect(j, DUPD_UNIQUE, NULL);
    ck_assert_int_eq(j->match[0]->direction, MATCH_TO);
    expect_stories(&f, "a a a -\nb a a copy\n");
    close_fixture(&f);
}
END_TEST

/* So does one whose old version cannot be read any more. */
START_TEST(a_version_behind_a_damaged_one_keeps_its_date)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *stub = prose(&f, 2, 60), *text = prose(&f, 1, 400);
    struct copy full = {
        .id = "a", .source = "one.example", .published = "2023-05-01", .text = prose_text(text)};
    add(&f, "a", "one.example", "2023-05-01", stub);
    add(&f, "b", "two.example", "2023-05-03", text);
    model_store_fail(f.room.store, STORE_FETCH, 1, DUPD_EIO);
    ck_assert_int_eq(newsroom_check(&f.room, full)->status, DUPD_EIO);
    model_store_fail(f.room.store, STORE_FETCH, 1, DUPD_ECORRUPT);
    expect(newsroom_add(&f.room, full), DUPD_UNIQUE, NULL);
    close_fixture(&f);
}
END_TEST

/* A form of 12 rows: the same labels, the values of `seed`. */
static struct dupd_buf *table(struct fixture *f, uint64_t seed)
{
    static const char *const place[] = {"North pier", "Old harbour", "Grain quay",
                                        "Ferry slip", "Coal wharf",  "Fish market"};
    static const char *const what[] = {"arrivals today", "cargo in tonnes"};
    struct dupd_buf *b = page(f);
    append(b, "Harbour office, daily list.\n\n");
    for (unsigned i = 0; i < 36; i++) {
        char row[96];
        snprintf(row, sizeof row, "%s\t%s\t%u\t%u\n", place[i % 6], what[i / 6 % 2],
                 (unsigned)(prose_random(&seed) % 9000), (unsigned)(prose_random(&seed) % 900));
        append(b, row);
    }
    return b;
}

START_TEST(tables)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *monday = table(&f, 1), *tuesday = table(&f, 2);
    add(&f, "a", "one.example", NULL, monday);
    const struct judgement *j = add(&f, "b", "two.example", NULL, tuesday);
    expect(j, DUPD_SHARED_QUOTES, NULL);
    ck_assert_int_eq(strncmp(j->match[0]->ruling.rule, "form", 4), 0);
    expect(add(&f, "c", "three.example", NULL, monday), DUPD_IDENTICAL, "a");
    close_fixture(&f);
}
END_TEST

/* Two reports of one speech, each nine tenths quotation, choose different parts of it. */
START_TEST(reports_that_are_nearly_all_quotation)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *speech = prose(&f, 1, 600), *left = prose(&f, 2, 40),
                    *right = prose(&f, 3, 40);
    for (unsigned i = 0; i < 6; i++) {
        struct dupd_buf l = {0}, r = {0};
        prose_take(&l, dupd_buf_view(speech), i, 1);
        prose_take(&r, dupd_buf_view(speech), i + 3, 1);
        prose_quote(left, dupd_buf_view(&l));
        prose_quote(right, dupd_buf_view(&r));
        dupd_buf_close(&l);
        dupd_buf_close(&r);
    }
    add(&f, "a", "one.example", NULL, left);
    const struct judgement *j = add(&f, "b", "two.example", NULL, right);
    expect(j, DUPD_SHARED_QUOTES, NULL);
    ck_assert_uint_ge(j->match[0]->overlap.quoted, 120);
    close_fixture(&f);
}
END_TEST

START_TEST(a_paragraph_many_times_counts_once)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *once = prose(&f, 1, 55), *article = prose(&f, 2, 400), *often = page(&f);
    const char *paragraph = prose_text(once);
    prose_paragraph(article, paragraph);
    for (unsigned i = 0; i < 40; i++)
        prose_paragraph(often, paragraph);
    prose_add(often, 3, 300);
    add(&f, "a", "one.example", NULL, article);
    const struct judgement *j = add(&f, "b", "two.example", NULL, often);
    ck_assert(!dupd_verdict_is_copy(j->verdict));
    for (unsigned i = 0; i < j->match_count; i++)
        ck_assert_uint_le(j->match[i]->overlap.shared, 60);
    close_fixture(&f);
}
END_TEST

/* Every phrase of three words of another article, in another order: it would read as nothing. */
START_TEST(every_shingle_shuffled)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300), *shuffled = page(&f);
    struct dupd_tokens t = {0};
    uint64_t state = 7;
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(text)), 0);
    uint32_t n = t.count - 2, *order = malloc(n * sizeof *order);
    ck_assert_ptr_nonnull(order);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = (uint32_t)(prose_random(&state) % (i + 1));
        order[i] = order[k];
        order[k] = i;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < 3; k++) {
            const struct dupd_token *word = &t.token[order[i] + k];
            ck_assert_int_eq(
                dupd_buf_add(shuffled, text->ptr + word->begin, word->end - word->begin), 0);
            append(shuffled, " ");
        }
    }
    free(order);
    dupd_tokens_close(&t);
    add(&f, "a", "one.example", NULL, text);
    const struct judgement *j = add(&f, "b", "two.example", NULL, shuffled);
    ck_assert(!dupd_verdict_is_copy(j->verdict));
    ck_assert_uint_eq(j->match_count + j->considered_count, 1); /* it was a candidate */
    close_fixture(&f);
}
END_TEST

/* ---- bulk ---- */

START_TEST(one_shingle_a_million_times)
{
    struct fixture f;
    open_fixture(&f);
    struct dupd_buf *text = prose(&f, 1, 300), *flood = page(&f), *with_copy = page(&f);
    for (unsigned i = 0; i < 1000000; i++)
        append(flood, "so ");
    prose_take(with_copy, dupd_buf_view(text), 0, 99);
    append(with_copy, "\n\n");
    ck_assert_int_eq(dupd_buf_add_view(with_copy, dupd_buf_view(flood)), 0);
    add(&f, "a", "one.example", NULL, text);
    expect(add(&f, "b", "two.example", NULL, flood), DUPD_UNIQUE, NULL);
    expect(add(&f, "c", "three.example", NULL, flood), DUPD_IDENTICAL, "b");
    const struct judgement *j = add(&f, "d", "four.example", NULL, with_copy);
    ck_assert(dupd_verdict_is_copy(j->verdict));
    bool named = false;
    for (unsigned i = 0; i < j->match_count; i++)
        named |= dupd_view_equal(j->match[i]->record.article.id, DUPD_VIEW("a")) &&
                 dupd_verdict_is_copy(j->match[i]->ruling.verdict);
    ck_assert(named);
    close_fixture(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("evasion");
    TCase *t = tcase_create("evasion");
    tcase_set_timeout(t, 100); /* a million words; only a hang takes so long */
    tcase_add_test(t, wrapped_in_quotation_marks);
    tcase_add_test(t, hidden_in_a_page_of_twenty_thousand_words);
    tcase_add_test(t, look_alikes_and_invisible_characters);
    tcase_add_test(t, posted_five_times_to_look_like_furniture);
    tcase_add_test(t, under_the_id_of_an_older_stub);
    tcase_add_loop_test(t, under_the_id_and_date_of_an_older_stub, 0, 4);
    tcase_add_test(t, filled_before_the_origin_comes);
    tcase_add_test(t, filled_at_the_second_attempt);
    tcase_add_test(t, an_updated_story_stays_the_source);
    tcase_add_test(t, a_longer_version_keeps_its_date);
    tcase_add_test(t, a_version_behind_a_damaged_one_keeps_its_date);
    tcase_add_test(t, tables);
    tcase_add_test(t, reports_that_are_nearly_all_quotation);
    tcase_add_test(t, a_paragraph_many_times_counts_once);
    tcase_add_test(t, every_shingle_shuffled);
    tcase_add_test(t, one_shingle_a_million_times);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
