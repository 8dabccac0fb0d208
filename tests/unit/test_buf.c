/* test_buf.c: the growable buffer keeps what it is given, and survives absurd sizes. */
#include <check.h>
#include <stdlib.h>

#include "dupd/buf.h"
#include "dupd/error.h"

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

int main(void)
{
    Suite *s = suite_create("buf");
    TCase *t = tcase_create("buf");
    tcase_add_test(t, appends_accumulate);
    tcase_add_test(t, absurd_size_is_refused_and_harmless);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
