/*
 * test_place.c: the decisions about order, verdict, credit and story, one by one, on matches made
 * by hand.
 */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "engine/place.h"

/* ---- who is earlier ---- */

static struct place_side side(int64_t effective, int64_t arrived, uint64_t n)
{
    return (struct place_side){effective, arrived, n, -1, -1};
}

static void expect_earlier(struct place_side a, struct place_side b)
{
    ck_assert(place_is_earlier(&a, &b));
    ck_assert(!place_is_earlier(&b, &a));
}

START_TEST(effective_time_then_arrival_then_number)
{
    expect_earlier(side(1, 9, 9), side(2, 8, 8));
    expect_earlier(side(2, 8, 9), side(2, 9, 8));
    expect_earlier(side(2, 9, 8), side(2, 9, 9));
    struct place_side same = side(2, 9, 9);
    ck_assert(!place_is_earlier(&same, &same));
}
END_TEST

START_TEST(on_a_tie_the_credited_feed_is_earlier)
{
    struct place_side feed = side(5, 9, 9), copy = side(5, 1, 1), other = side(5, 2, 2);
    feed.feed = feed.credits = 3;
    copy.credits = 3;
    other.credits = 4;
    expect_earlier(feed, copy);
    expect_earlier(other, feed); /* credits somebody else: arrival decides */
    copy.credits = -1;
    expect_earlier(feed, copy); /* the credit was cut off: it stands in the feed's own text */
    feed.credits = -1;
    expect_earlier(copy, feed); /* no credit at all: arrival decides */
    feed.credits = 3;
    feed.effective_ms = 6;
    expect_earlier(copy, feed); /* no tie */
}
END_TEST

START_TEST(what_came_from_the_older_version_is_later)
{
    struct place_side self = side(9, 9, 9), other = side(5, 5, 5);
    struct store_place place = {.story = 2, .origin = 2};
    ck_assert_int_eq(place_direction(&self, &other, &place, &(struct place_versions){0}),
                     MATCH_FROM);
    ck_assert_int_eq(
        place_direction(&self, &other, &place, &(struct place_versions){.replaces = 2}), MATCH_TO);
    ck_assert_int_eq(
        place_direction(&self, &other, &place, &(struct place_versions){.overtaken = 3}),
        MATCH_FROM);
    ck_assert_int_eq(place_direction(&other, &self, &place, &(struct place_versions){0}), MATCH_TO);
}
END_TEST

/* ---- matches by hand ---- */

struct hand {
    struct match store[PLACE_VERIFIED_MAX];
    struct match *list[PLACE_VERIFIED_MAX];
    unsigned count;
    struct judgement j;
};

static struct match *hold(struct hand *h, uint64_t n, enum match_direction direction,
                          enum dupd_verdict verdict, uint32_t shared)
{
    struct match *m = &h->store[h->count];
    *m = (struct match){.n = n, .direction = direction};
    m->ruling.verdict = verdict;
    m->ruling.score = dupd_verdict_is_copy(verdict) ? 0.9 : 0.1;
    m->overlap.shared = shared;
    m->overlap.of_a = 0.8;
    m->record.effective_ms = m->record.arrived_ms = (int64_t)n;
    h->list[h->count++] = m;
    return m;
}

static struct match *member(struct hand *h, uint64_t n, enum match_direction direction,
                            enum dupd_verdict verdict, uint32_t shared, uint64_t story,
                            uint64_t origin, float to_origin)
{
    struct match *m = hold(h, n, direction, verdict, shared);
    m->place = (struct store_place){.story = story, .origin = origin, .to_origin = to_origin};
    m->place.alive = true;
    m->place.copy = origin != n && dupd_verdict_is_copy(verdict);
    return m;
}

static void judge(struct hand *h)
{
    place_judge(h->list, h->count, &h->j);
}

/* ---- the verdict ---- */

START_TEST(only_earlier_matches_decide)
{
    struct hand h = {0};
    hold(&h, 9, MATCH_TO, DUPD_IDENTICAL, 500);
    hold(&h, 3, MATCH_FROM, DUPD_UNIQUE, 5)->ruling.score = 0.2;
    judge(&h);
    ck_assert_int_eq(h.j.verdict, DUPD_UNIQUE);
    ck_assert_double_eq(h.j.score, 0.2);
    ck_assert_ptr_null(h.j.origin);
    ck_assert_uint_eq(h.j.match_count, 1);
    ck_assert_uint_eq(h.j.considered_count, 1);
    hold(&h, 4, MATCH_FROM, DUPD_SHARED_QUOTES, 50);
    judge(&h);
    ck_assert_int_eq(h.j.verdict, DUPD_SHARED_QUOTES);
    ck_assert_ptr_null(h.j.origin);
    ck_assert_uint_eq(h.j.match[0]->n, 4);
    ck_assert_uint_eq(h.j.match[1]->n, 9);
}
END_TEST

START_TEST(a_copy_of_another_outlet_outranks_an_update)
{
    struct hand h = {0};
    hold(&h, 1, MATCH_FROM, DUPD_UPDATE, 900);
    hold(&h, 2, MATCH_FROM, DUPD_EXCERPT, 100);
    judge(&h);
    ck_assert_int_eq(h.j.verdict, DUPD_EXCERPT);
    ck_assert_uint_eq(h.j.origin->n, 2);
    ck_assert_double_eq(h.j.score, 0.9);
}
END_TEST

START_TEST(best_first_by_verdict_score_words_and_age)
{
    struct hand h = {0};
    hold(&h, 1, MATCH_FROM, DUPD_EXCERPT, 300);
    hold(&h, 2, MATCH_FROM, DUPD_REPUBLISHED, 100);
    hold(&h, 5, MATCH_FROM, DUPD_REPUBLISHED, 100);
    hold(&h, 4, MATCH_FROM, DUPD_REPUBLISHED, 200);
    hold(&h, 3, MATCH_FROM, DUPD_REPUBLISHED, 50)->ruling.score = 0.95;
    static const uint64_t want[] = {3, 4, 2, 5, 1};
    judge(&h);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(h.j.match[i]->n, want[i]);
    ck_assert_uint_eq(h.j.origin->n, 1); /* gave most words: the verdict is about it */
    ck_assert_int_eq(h.j.verdict, DUPD_EXCERPT);
}
END_TEST

START_TEST(origin_of_the_story_is_preferred_when_it_gave_nearly_as_much)
{
    struct hand h = {0};
    struct match *origin = member(&h, 1, MATCH_FROM, DUPD_REPUBLISHED, 460, 1, 1, 1);
    member(&h, 2, MATCH_FROM, DUPD_REPUBLISHED, 500, 1, 1, 0.9F);
    judge(&h);
    ck_assert_uint_eq(h.j.origin->n, 1);
    origin->overlap.shared = 400;
    judge(&h);
    ck_assert_uint_eq(h.j.origin->n, 2);
}
END_TEST

/* ---- the story ---- */

static struct placement place(const struct hand *h, uint64_t missing, uint64_t replaces)
{
    struct place_question q = {.verified = h->list,
                               .count = h->count,
                               .missing = &missing,
                               .missing_count = missing != 0,
                               .older = {.replaces = replaces}};
    return place_story(&q);
}

START_TEST(nothing_in_common_its_own_story)
{
    struct hand h = {0};
    member(&h, 1, MATCH_FROM, DUPD_SHARED_QUOTES, 300, 1, 1, 1);
    member(&h, 2, MATCH_FROM, DUPD_UNIQUE, 3, 2, 2, 1);
    struct placement p = place(&h, 0, 0);
    ck_assert(p.need == 0 && p.story == 0 && !p.becomes_origin && p.merge_count == 0);
    ck_assert_float_eq(p.to_origin, 1);
}
END_TEST

START_TEST(a_copy_joins_its_origins_story)
{
    struct hand h = {0};
    member(&h, 1, MATCH_FROM, DUPD_REWRITTEN, 300, 1, 1, 1)->overlap.of_a = 0.7;
    struct placement p = place(&h, 0, 0);
    ck_assert_uint_eq(p.story, 1);
    ck_assert_float_eq_tol(p.to_origin, 0.7F, 1e-6F);
    ck_assert_ptr_eq(p.origin, h.list[0]);
}
END_TEST

START_TEST(an_update_joins_too_and_the_largest_overlap_wins)
{
    struct hand h = {0};
    member(&h, 1, MATCH_FROM, DUPD_REPUBLISHED, 200, 1, 1, 1);
    member(&h, 2, MATCH_FROM, DUPD_UPDATE, 300, 2, 2, 1);
    ck_assert_uint_eq(place(&h, 0, 0).story, 2);
}
END_TEST

START_TEST(through_a_member_the_origin_is_asked_for)
{
    struct hand h = {0};
    struct match *m = member(&h, 5, MATCH_FROM, DUPD_EXCERPT, 200, 1, 1, 0.3F);
    ck_assert_uint_eq(place(&h, 0, 0).need, 1);

    /* weak link, origin gone: a story of its own */
    struct placement p = place(&h, 1, 0);
    ck_assert(p.need == 0 && p.story == 0);

    /* weak link, origin has nothing of it: a story of its own */
    struct match *origin = member(&h, 1, MATCH_FROM, DUPD_UNIQUE, 2, 1, 1, 1);
    p = place(&h, 0, 0);
    ck_assert(p.need == 0 && p.story == 0);

    /* weak link, but the origin overlaps as well */
    origin->ruling.verdict = DUPD_EXCERPT;
    ck_assert_uint_eq(place(&h, 0, 0).story, 1);

    /* strong link: the member is nearly the origin */
    origin->ruling.verdict = DUPD_UNIQUE;
    origin->overlap.of_a = 0.1;
    m->place.to_origin = 0.9F;
    p = place(&h, 0, 0);
    ck_assert_uint_eq(p.story, 1);
    ck_assert_float_eq_tol(p.to_origin, 0.1F, 1e-6F);

    /* strong link, origin gone: the share is bounded by way of the member */
    h.count = 1;
    p = place(&h, 1, 0);
    ck_assert_uint_eq(p.story, 1);
    ck_assert_float_eq_tol(p.to_origin, 0.72F, 1e-6F);
}
END_TEST

START_TEST(a_weak_link_gives_way_to_the_next_story)
{
    struct hand h = {0};
    member(&h, 5, MATCH_FROM, DUPD_EXCERPT, 400, 1, 1, 0.2F);
    member(&h, 6, MATCH_FROM, DUPD_EXCERPT, 200, 6, 6, 1);
    ck_assert_uint_eq(place(&h, 1, 0).story, 6);
}
END_TEST

START_TEST(an_uncommitted_match_links_nothing)
{
    struct hand h = {0};
    member(&h, 5, MATCH_FROM, DUPD_IDENTICAL, 400, 0, 0, 0);
    struct placement p = place(&h, 0, 0);
    ck_assert(p.need == 0 && p.story == 0);
}
END_TEST

START_TEST(a_late_origin_takes_the_story)
{
    struct hand h = {0};
    struct match *old = member(&h, 5, MATCH_TO, DUPD_REPUBLISHED, 400, 5, 5, 1);
    struct match *copy = member(&h, 6, MATCH_TO, DUPD_REPUBLISHED, 300, 5, 5, 0.8F);
    struct placement p = place(&h, 0, 0);
    ck_assert_uint_eq(p.story, 5);
    ck_assert(p.becomes_origin);
    ck_assert_float_eq(p.to_origin, 1);
    ck_assert_uint_eq(p.became_copy_count, 1); /* 6 was one before */
    ck_assert_ptr_eq(p.became_copy[0], old);
    ck_assert(copy->place.copy);
}
END_TEST

START_TEST(a_late_origin_of_one_source_of_a_merge_does_not_take_its_story)
{
    struct hand h = {0};
    /* 6 is a merge, a copy of 5 already; 5 has nothing of this article */
    member(&h, 6, MATCH_TO, DUPD_EXCERPT, 300, 5, 5, 0.4F);
    ck_assert_uint_eq(place(&h, 0, 0).need, 5);
    member(&h, 5, MATCH_TO, DUPD_UNIQUE, 0, 5, 5, 1);
    struct placement p = place(&h, 0, 0);
    ck_assert(p.story == 0 && !p.becomes_origin && p.became_copy_count == 0);
    h.list[0]->place.copy = false;
    ck_assert_uint_eq(place(&h, 0, 0).became_copy_count, 1);
}
END_TEST

START_TEST(an_earlier_origin_keeps_its_story)
{
    struct hand h = {0};
    member(&h, 6, MATCH_TO, DUPD_EXCERPT, 300, 2, 2, 0.4F);
    member(&h, 2, MATCH_FROM, DUPD_REPUBLISHED, 100, 2, 2, 1);
    struct placement p = place(&h, 0, 0);
    ck_assert_uint_eq(p.story, 2);
    ck_assert(!p.becomes_origin && p.merge_count == 0);
}
END_TEST

START_TEST(stories_that_were_taken_from_it_merge)
{
    struct hand h = {0};
    member(&h, 9, MATCH_TO, DUPD_EXCERPT, 300, 9, 9, 1);
    member(&h, 7, MATCH_TO, DUPD_EXCERPT, 100, 7, 7, 1);
    member(&h, 8, MATCH_TO, DUPD_UPDATE, 200, 8, 8, 1);
    struct placement p = place(&h, 0, 0);
    ck_assert(p.becomes_origin);
    ck_assert_uint_eq(p.story, 7); /* the oldest */
    ck_assert_uint_eq(p.merge_count, 2);
    ck_assert_uint_eq(p.merge[0] + p.merge[1], 17);
    ck_assert_uint_eq(p.became_copy_count, 2); /* an update is none */

    member(&h, 3, MATCH_FROM, DUPD_REPUBLISHED, 500, 3, 3, 1);
    p = place(&h, 0, 0);
    ck_assert_uint_eq(p.story, 3);
    ck_assert(!p.becomes_origin);
    ck_assert_uint_eq(p.merge_count, 3);
}
END_TEST

START_TEST(a_new_version_keeps_the_story_that_it_began)
{
    struct hand h = {0};
    member(&h, 6, MATCH_TO, DUPD_REPUBLISHED, 300, 2, 2, 0.9F);
    struct placement p = place(&h, 0, 2);
    ck_assert_uint_eq(p.need, 0);
    ck_assert_uint_eq(p.story, 2);
    ck_assert(p.becomes_origin);
    ck_assert_uint_eq(p.became_copy_count, 0);
}
END_TEST

START_TEST(questions_end_whatever_the_matches)
{
    uint64_t state = 12345;
    for (int round = 0; round < 2000; round++) {
        struct hand h = {0};
        uint64_t missing[PLACE_VERIFIED_MAX];
        unsigned missing_count = 0;
        for (unsigned i = 0; i < PLACE_VERIFIED_MAX; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            unsigned r = (unsigned)(state >> 33);
            member(&h, 100 + i, r & 1 ? MATCH_TO : MATCH_FROM,
                   (enum dupd_verdict)(r / 2 % DUPD_VERDICT_COUNT), r / 64 % 500, r / 16 % 9,
                   1 + r / 128 % 120, (float)(r % 97) / 96.0F);
        }
        for (;;) {
            struct place_question q = {.verified = h.list,
                                       .count = h.count,
                                       .missing = missing,
                                       .missing_count = missing_count,
                                       .older = {(uint64_t)round % 7, (uint64_t)round % 5}};
            struct placement p = place_story(&q);
            ck_assert_uint_le(p.merge_count, PLACE_VERIFIED_MAX);
            if (!p.need)
                break;
            ck_assert_uint_lt(missing_count, PLACE_VERIFIED_MAX);
            for (unsigned i = 0; i < missing_count; i++)
                ck_assert_uint_ne(missing[i], p.need);
            missing[missing_count++] = p.need;
        }
    }
}
END_TEST

/* ---- the credit ---- */

static struct dupd_agencies *agencies(void)
{
    struct dupd_agencies *a;
    unsigned line;
    ck_assert_int_eq(dupd_agencies_new(&a, (struct dupd_view){0}, &line), 0);
    return a;
}

static void credit(struct analysis *a, const struct dupd_agencies *table, const char *name)
{
    a->credit_count = 1;
    a->credit[0] = (struct dupd_credit){
        .how = DUPD_CREDIT_DATELINE,
        .agency = (unsigned)dupd_agency_find(table, dupd_view_of(name)),
        .text = DUPD_VIEW("PARIS -"),
    };
}

START_TEST(credit_of_agency_copy)
{
    struct dupd_agencies *table = agencies();
    struct analysis a = {0};
    struct hand h = {0};
    struct match *from = member(&h, 2, MATCH_FROM, DUPD_REPUBLISHED, 300, 1, 1, 0.9F);
    judge(&h);

    place_credit(&a, table, NULL, &h.j);
    ck_assert_int_eq(h.j.credited, -1); /* nobody's agency */
    ck_assert_uint_eq(h.j.agency.len, 0);

    from->record.agency = DUPD_VIEW("AP");
    from->record.agency_how = DUPD_CREDIT_SOURCE;
    place_credit(&a, table, NULL, &h.j);
    ck_assert_int_eq(h.j.credited, 0);
    ck_assert(dupd_view_equal(h.j.agency, DUPD_VIEW("AP")));
    ck_assert_int_eq(h.j.agency_how, DUPD_CREDIT_SOURCE);

    credit(&a, table, "AP");
    place_credit(&a, table, NULL, &h.j);
    ck_assert_int_eq(h.j.credited, 1);
    ck_assert_int_eq(h.j.agency_how, DUPD_CREDIT_DATELINE);

    credit(&a, table, "Reuters"); /* credits the wrong one */
    place_credit(&a, table, NULL, &h.j);
    ck_assert_int_eq(h.j.credited, 0);
    ck_assert(dupd_view_equal(h.j.agency, DUPD_VIEW("AP")));
    dupd_agencies_free(table);
}
END_TEST

START_TEST(credit_through_an_intermediate)
{
    struct dupd_agencies *table = agencies();
    struct analysis a = {0};
    struct hand h = {0};
    struct match origin = {.record.agency = DUPD_VIEW("AFP")};
    member(&h, 2, MATCH_FROM, DUPD_REPUBLISHED, 300, 1, 1, 0.9F);
    judge(&h);
    place_credit(&a, table, &origin, &h.j);
    ck_assert_int_eq(h.j.credited, 0);
    ck_assert(dupd_view_equal(h.j.agency, DUPD_VIEW("AFP")));

    h.list[0]->ruling.verdict = DUPD_SHARED_QUOTES; /* not a copy: nothing to be credited */
    judge(&h);
    place_credit(&a, table, &origin, &h.j);
    ck_assert_int_eq(h.j.credited, -1);
    ck_assert_uint_eq(h.j.agency.len, 0);
    credit(&a, table, "Reuters"); /* its own credit stands all the same */
    place_credit(&a, table, &origin, &h.j);
    ck_assert_int_eq(h.j.credited, -1);
    ck_assert(dupd_view_equal(h.j.agency, DUPD_VIEW("Reuters")));
    dupd_agencies_free(table);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place");
    TCase *t = tcase_create("order");
    tcase_add_test(t, effective_time_then_arrival_then_number);
    tcase_add_test(t, on_a_tie_the_credited_feed_is_earlier);
    tcase_add_test(t, what_came_from_the_older_version_is_later);
    suite_add_tcase(s, t);
    t = tcase_create("verdict");
    tcase_add_test(t, only_earlier_matches_decide);
    tcase_add_test(t, a_copy_of_another_outlet_outranks_an_update);
    tcase_add_test(t, best_first_by_verdict_score_words_and_age);
    tcase_add_test(t, origin_of_the_story_is_preferred_when_it_gave_nearly_as_much);
    suite_add_tcase(s, t);
    t = tcase_create("story");
    tcase_add_test(t, nothing_in_common_its_own_story);
    tcase_add_test(t, a_copy_joins_its_origins_story);
    tcase_add_test(t, an_update_joins_too_and_the_largest_overlap_wins);
    tcase_add_test(t, through_a_member_the_origin_is_asked_for);
    tcase_add_test(t, a_weak_link_gives_way_to_the_next_story);
    tcase_add_test(t, an_uncommitted_match_links_nothing);
    tcase_add_test(t, a_late_origin_takes_the_story);
    tcase_add_test(t, a_late_origin_of_one_source_of_a_merge_does_not_take_its_story);
    tcase_add_test(t, an_earlier_origin_keeps_its_story);
    tcase_add_test(t, stories_that_were_taken_from_it_merge);
    tcase_add_test(t, a_new_version_keeps_the_story_that_it_began);
    tcase_add_test(t, questions_end_whatever_the_matches);
    suite_add_tcase(s, t);
    t = tcase_create("credit");
    tcase_add_test(t, credit_of_agency_copy);
    tcase_add_test(t, credit_through_an_intermediate);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
