/* test_buf.c: the growable buffer keeps what it is given, and survives absurd sizes. */
#include <check.h>
#include <stdlib.h>

#include "dupd/buf.h"
#include "dupd/error.h"
#include "support/fault.h"

START_TEST(appends_accumulate)
{
    struct dupd_buf b = {0};
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(dupd_buf_addf(&b, "%d,", i), 0);
    ck_assert_int_eq(dupd_buf_add_view(&b, DUPD_VIEW("end")), 0);
    ck_assert_uint_eq(b.len, 3893);
    ck_assert_int_eq(memcmp(b.ptr + b.len - 7, "999,end", 7), 0);
    dupd_buf_close(&b);
}
END_TEST

START_TEST(absurd_size_is_refused_and_harmless)
{
    struct dupd_buf b = {0};
    ck_assert_int_eq(dupd_buf_add_str(&b, "kept"), 0);
    ck_assert_int_eq(dupd_buf_reserve(&b, SIZE_MAX - 2), DUPD_ENOMEM);
    ck_assert_int_eq(memcmp(b.ptr, "kept", 4), 0);
    ck_assert_uint_eq(b.len, 4);
    dupd_buf_close(&b);
}
END_TEST

/* Appends until the buffer has grown several times; a failed append must leave what was there. */
static int grow(void *data)
{
    struct dupd_buf b = {0};
    int rc = 0;
    for (int i = 0; i < 400 && !rc; i++) {
        size_t before = b.len;
        rc = dupd_buf_add_str(&b, "0123456789");
        if (rc && b.len != before)
            rc = DUPD_ECORRUPT;
    }
    dupd_buf_close(&b);
    (void)data;
    return rc;
}

START_TEST(failed_allocation_changes_nothing)
{
    ck_assert_uint_ge(fault_each(grow, NULL, DUPD_ENOMEM), 8);
}
END_TEST

static int swallow(void *data)
{
    struct dupd_buf b = {0};
    int rc = dupd_buf_add_str(&b, "lost");
    dupd_buf_close(&b);
    (void)data;
    (void)rc;
    return 0;
}

START_TEST(the_injector_counts_and_fires)
{
    bool fired;
    fault_arm(0);
    swallow(NULL);
    ck_assert_uint_eq(fault_disarm(&fired), 1);
    ck_assert(!fired);
    fault_arm(1);
    swallow(NULL);
    ck_assert_uint_eq(fault_disarm(&fired), 1);
    ck_assert(fired);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("buf");
    TCase *t = tcase_create("buf");
    tcase_add_test(t, appends_accumulate);
    tcase_add_test(t, absurd_size_is_refused_and_harmless);
    tcase_add_test(t, failed_allocation_changes_nothing);
    tcase_add_test(t, the_injector_counts_and_fires);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
