/* test_redis_batch.c: commands as bytes, and what happens when there is no memory for them. */
#include <check.h>
#include <stdlib.h>

#include "redis/redis.h"
#include "support/fault.h"

static void expect(struct redis_batch *b, struct dupd_view bytes, unsigned commands)
{
    ck_assert_int_eq(b->status, 0);
    ck_assert_uint_eq(b->commands, commands);
    ck_assert_msg(dupd_view_equal(dupd_buf_view(&b->out), bytes), "got %.*s", (int)b->out.len,
                  b->out.ptr);
}

START_TEST(words_are_bulk_strings)
{
    struct redis_batch b = {0};
    const struct dupd_view words[] = {DUPD_VIEW("SET"), DUPD_VIEW("k\0\r\n"), {NULL, 0}};
    redis_batch_add(&b, 3, words);
    expect(&b, DUPD_VIEW("*3\r\n$3\r\nSET\r\n$4\r\nk\0\r\n\r\n$0\r\n\r\n"), 1);
    redis_batch_add(&b, 1, &DUPD_VIEW("PING"));
    expect(&b, DUPD_VIEW("*3\r\n$3\r\nSET\r\n$4\r\nk\0\r\n\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n"), 2);
    redis_batch_begin(&b);
    expect(&b, (struct dupd_view){NULL, 0}, 0);
    ck_assert_uint_gt(b.out.cap, 0); /* kept */
    redis_batch_close(&b);
}
END_TEST

START_TEST(formats)
{
    struct redis_batch b = {0};
    redis_batch_addf(&b, "PING");
    expect(&b, DUPD_VIEW("*1\r\n$4\r\nPING\r\n"), 1);
    redis_batch_begin(&b);
    redis_batch_addf(&b, "SET %v %s EX %i", DUPD_VIEW("a b\0"), "x y", INT64_C(-60));
    expect(&b,
           DUPD_VIEW("*5\r\n$3\r\nSET\r\n$4\r\na b\0\r\n$3\r\nx y\r\n$2\r\nEX\r\n$3\r\n-60\r\n"),
           1);
    redis_batch_begin(&b);
    redis_batch_addf(&b, " %s:{%u}:%%%v  end ", "p", UINT64_MAX, DUPD_VIEW("v"));
    expect(&b, DUPD_VIEW("*2\r\n$27\r\np:{18446744073709551615}:%v\r\n$3\r\nend\r\n"), 1);
    redis_batch_begin(&b);
    redis_batch_addf(&b, "A %i %i %u", INT64_MIN, INT64_MAX, UINT64_C(0));
    expect(&b,
           DUPD_VIEW("*4\r\n$1\r\nA\r\n$20\r\n-9223372036854775808\r\n"
                     "$19\r\n9223372036854775807\r\n$1\r\n0\r\n"),
           1);
    redis_batch_begin(&b);
    redis_batch_addf(&b, "A %s %v", "", (struct dupd_view){NULL, 0});
    expect(&b, DUPD_VIEW("*3\r\n$1\r\nA\r\n$0\r\n\r\n$0\r\n\r\n"), 1);
    redis_batch_close(&b);
}
END_TEST

START_TEST(what_is_no_format_sticks)
{
    static const char *const bad[] = {"", "  ", "A %d", "A %", "A %v%q"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct redis_batch b = {0};
        redis_batch_addf(&b, "FIRST");
        size_t len = b.out.len;
        redis_batch_addf(&b, bad[i], DUPD_VIEW("v"));
        ck_assert_int_eq(b.status, DUPD_EINVAL);
        redis_batch_addf(&b, "LATER");
        redis_batch_add(&b, 1, &DUPD_VIEW("LATER"));
        ck_assert_int_eq(b.status, DUPD_EINVAL);
        ck_assert_uint_eq(b.out.len, len);
        ck_assert_uint_eq(b.commands, 1);
        redis_batch_begin(&b);
        ck_assert_int_eq(b.status, 0);
        redis_batch_close(&b);
    }
    struct redis_batch none = {0};
    redis_batch_add(&none, 0, NULL);
    ck_assert_int_eq(none.status, DUPD_EINVAL);
}
END_TEST

START_TEST(a_length_beyond_memory_is_refused)
{
    struct redis_batch b = {0};
    const struct dupd_view words[] = {DUPD_VIEW("SET"), {"x", SIZE_MAX - 10}, {"x", SIZE_MAX / 5}};
    redis_batch_add(&b, 3, words);
    ck_assert_int_eq(b.status, DUPD_ENOMEM);
    redis_batch_begin(&b);
    redis_batch_addf(&b, "SET %v%v", words[2], words[2]);
    ck_assert_int_eq(b.status, DUPD_ENOMEM);
    ck_assert_uint_eq(b.out.len, 0);
    redis_batch_close(&b);
}
END_TEST

/* Long words, so that the buffer grows several times. */
static int build(void *data)
{
    struct redis_batch b = {0};
    struct dupd_view word = {data, 1000};
    redis_batch_add(&b, 1, &word);
    redis_batch_addf(&b, "SET %v %v", word, word);
    redis_batch_addf(&b, "%v %v %v %v", word, word, word, word);
    int rc = b.status;
    if (rc && b.out.len) { /* whole commands only */
        size_t n = 0;
        for (unsigned i = 0; i < b.commands; i++)
            n += i == 0 ? 4 + 7 + 1002 : 4 + 9 + 2 * (7 + 1002);
        if (n != b.out.len)
            rc = DUPD_ECORRUPT;
    }
    redis_batch_close(&b);
    return rc;
}

START_TEST(no_memory_sticks_and_leaves_whole_commands)
{
    char word[1000] = {0};
    ck_assert_uint_ge(fault_each(build, word, DUPD_ENOMEM), 3);
}
END_TEST

/* In the steady state nothing is allocated. */
START_TEST(memory_is_kept)
{
    struct redis_batch b = {0};
    for (int round = 0; round < 3; round++) {
        if (round == 1)
            fault_arm(0);
        redis_batch_begin(&b);
        for (int i = 0; i < 100; i++)
            redis_batch_addf(&b, "APPEND key:%i %v", (int64_t)i, DUPD_VIEW("some bytes"));
    }
    ck_assert_uint_eq(fault_disarm(NULL), 0);
    redis_batch_close(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_batch");
    TCase *t = tcase_create("batch");
    tcase_add_test(t, words_are_bulk_strings);
    tcase_add_test(t, formats);
    tcase_add_test(t, what_is_no_format_sticks);
    tcase_add_test(t, a_length_beyond_memory_is_refused);
    tcase_add_test(t, no_memory_sticks_and_leaves_whole_commands);
    tcase_add_test(t, memory_is_kept);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
