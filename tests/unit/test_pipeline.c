/*
 * test_pipeline.c: whatever the number of workers, the same items in the same order; the window
 * holds; stops and errors end it cleanly; slots are reused and given back once.
 */
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "engine/pipeline.h"

struct slot {
    uint64_t *value; /* allocated once, reused */
    unsigned uses;
};

struct source {
    unsigned items, given, consumed;
    unsigned fail_after; /* 0: never */
    unsigned stop_after; /* 0: never */
    size_t item_bytes;
    atomic_uint held, most_held, closed, allocated, filling;
    bool two_at_once, wrong_value;
};

static int next_item(void *user, void *memory, size_t *bytes)
{
    struct source *s = user;
    struct slot *slot = memory;
    s->two_at_once |= atomic_fetch_add(&s->filling, 1) != 0;
    int rc = s->given < s->items;
    if (s->fail_after && s->given == s->fail_after)
        rc = DUPD_EIO;
    if (rc == 1) {
        if (!slot->value) {
            slot->value = malloc(sizeof *slot->value);
            atomic_fetch_add(&s->allocated, 1);
        }
        *slot->value = s->given++;
        slot->uses++;
        *bytes = s->item_bytes;
        unsigned held = atomic_fetch_add(&s->held, 1) + 1;
        if (held > atomic_load(&s->most_held))
            atomic_store(&s->most_held, held);
    }
    atomic_fetch_sub(&s->filling, 1);
    return rc;
}

/* Takes longer for some items than for others, so that workers overtake each other. */
static void square(void *user, void *memory, unsigned worker)
{
    (void)user;
    (void)worker;
    struct slot *slot = memory;
    uint64_t v = *slot->value, mixed = v;
    for (uint64_t i = 0; i < (v % 7) * 2000; i++)
        mixed = mixed * 6364136223846793005u + 1;
    *slot->value = v * v + (mixed & 0);
}

static int expect_next(void *user, void *memory)
{
    struct source *s = user;
    struct slot *slot = memory;
    uint64_t n = s->consumed++;
    s->wrong_value |= *slot->value != n * n;
    atomic_fetch_sub(&s->held, 1);
    return s->stop_after && s->consumed == s->stop_after ? 77 : 0;
}

static void close_one(void *user, void *memory)
{
    struct source *s = user;
    free(((struct slot *)memory)->value);
    atomic_fetch_add(&s->closed, 1);
}

static int run(struct source *s, unsigned threads, size_t slots, size_t max_bytes)
{
    struct pipeline p = {.threads = threads,
                         .slots = slots,
                         .max_bytes = max_bytes,
                         .slot_size = sizeof(struct slot),
                         .next = next_item,
                         .work = square,
                         .consume = expect_next,
                         .close_slot = close_one,
                         .user = s};
    return pipeline_run(&p);
}

static const unsigned thread_counts[] = {0, 1, 2, 3, 8};

START_TEST(order_of_input_for_any_number_of_threads)
{
    struct source s = {.items = 2000};
    ck_assert_int_eq(run(&s, thread_counts[_i], 16, 0), 0);
    ck_assert_uint_eq(s.consumed, 2000);
    ck_assert(!s.wrong_value && !s.two_at_once);
    ck_assert_uint_eq(s.closed, 16);
    ck_assert_uint_le(s.allocated, 16);
    ck_assert_uint_le(s.most_held, 16);
}
END_TEST

START_TEST(one_slot_is_enough)
{
    struct source s = {.items = 100};
    ck_assert_int_eq(run(&s, thread_counts[_i], 1, 0), 0);
    ck_assert_uint_eq(s.consumed, 100);
    ck_assert_uint_eq(s.most_held, 1);
}
END_TEST

START_TEST(bytes_bound_the_window_and_one_item_may_go_over)
{
    struct source s = {.items = 300, .item_bytes = 400};
    ck_assert_int_eq(run(&s, thread_counts[_i], 64, 1000), 0);
    ck_assert_uint_eq(s.consumed, 300);
    ck_assert_uint_le(s.most_held, 3);
    struct source large = {.items = 20, .item_bytes = 5000};
    ck_assert_int_eq(run(&large, thread_counts[_i], 64, 1000), 0);
    ck_assert_uint_eq(large.consumed, 20);
    ck_assert_uint_eq(large.most_held, 1);
}
END_TEST

START_TEST(an_error_of_the_input_comes_after_what_was_read)
{
    struct source s = {.items = 100, .fail_after = 40};
    ck_assert_int_eq(run(&s, thread_counts[_i], 8, 0), DUPD_EIO);
    ck_assert_uint_eq(s.consumed, 40);
}
END_TEST

START_TEST(consume_may_stop_it)
{
    struct source s = {.items = 1000, .stop_after = 10};
    ck_assert_int_eq(run(&s, thread_counts[_i], 8, 0), 77);
    ck_assert_uint_eq(s.consumed, 10);
    ck_assert_uint_le(s.given, 10 + 8);
    ck_assert_uint_eq(s.closed, 8);
}
END_TEST

START_TEST(nothing_in_nothing_out)
{
    struct source s = {0};
    ck_assert_int_eq(run(&s, thread_counts[_i], 4, 0), 0);
    ck_assert_uint_eq(s.consumed, 0);
    ck_assert_int_eq(run(&s, thread_counts[_i], 0, 0), DUPD_EINVAL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pipeline");
    TCase *t = tcase_create("pipeline");
    int n = (int)(sizeof thread_counts / sizeof thread_counts[0]);
    tcase_add_loop_test(t, order_of_input_for_any_number_of_threads, 0, n);
    tcase_add_loop_test(t, one_slot_is_enough, 0, n);
    tcase_add_loop_test(t, bytes_bound_the_window_and_one_item_may_go_over, 0, n);
    tcase_add_loop_test(t, an_error_of_the_input_comes_after_what_was_read, 0, n);
    tcase_add_loop_test(t, consume_may_stop_it, 0, n);
    tcase_add_loop_test(t, nothing_in_nothing_out, 0, n);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
