/*
 * test_redis_classes.c: error texts to classes. The texts are those of real servers;
 * tests/integration/test_redis_errors.c makes redis-server say them.
 */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "redis/classes.h"

static const struct {
    const char *text;
    enum redis_class c;
} cases[] = {
    {"LOADING Redis is loading the dataset in memory", REDIS_WAIT},
    {"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
     REDIS_WAIT},
    {"TRYAGAIN Multiple keys request during rehashing of slot", REDIS_WAIT},
    {"CLUSTERDOWN Hash slot not served", REDIS_WAIT},
    {"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
     REDIS_WAIT},
    {"NOREPLICAS Not enough good replicas to write.", REDIS_WAIT},
    {"MISCONF Redis is configured to save RDB snapshots, but ...", REDIS_WAIT},
    {"ERR max number of clients reached", REDIS_WAIT},
    {"OOM command not allowed when used memory > 'maxmemory'.", REDIS_FULL},
    {"READONLY You can't write against a read only replica.", REDIS_MOVED},
    {"MOVED 3999 127.0.0.1:6381", REDIS_MOVED},
    {"ASK 3999 127.0.0.1:6381", REDIS_MOVED},
    {"UNBLOCKED force unblock from blocking operation, instance state changed", REDIS_MOVED},
    {"NOSCRIPT No matching script. Please use EVAL.", REDIS_SCRIPT},
    {"ERR Function not found", REDIS_SCRIPT},
    {"NOGROUP No such key 's' or consumer group 'g'", REDIS_GROUP},
    {"NOAUTH Authentication required.", REDIS_DENIED},
    {"WRONGPASS invalid username-password pair or user is disabled.", REDIS_DENIED},
    {"NOPERM this user has no permissions to run the 'get' command", REDIS_DENIED},
    {"ERR invalid password", REDIS_DENIED},
    {"DENIED Redis is running in protected mode because ...", REDIS_DENIED},
    {"BUSYGROUP Consumer Group name already exists", REDIS_EXISTS},
    {"WRONGTYPE Operation against a key holding the wrong kind of value", REDIS_BUG},
    {"CROSSSLOT Keys in request don't hash to the same slot", REDIS_BUG},
    {"EXECABORT Transaction discarded because of previous errors.", REDIS_BUG},
    {"ERR unknown command 'x'", REDIS_BUG},
    {"ERR syntax error", REDIS_BUG},
    {"-OOM command not allowed", REDIS_FULL},
    {"OOM", REDIS_FULL},
    {"", REDIS_BUG},
    {"-", REDIS_BUG},
    {" OOM", REDIS_BUG},
    {"OOMPH", REDIS_BUG},
    {"oom command", REDIS_BUG},
    /* as servers before 7 wrap what failed in a script */
    {"ERR Error running script (call to f_12ab): @user_script:1: -OOM command not allowed",
     REDIS_FULL},
    {"ERR Error running script (call to f_12ab): @user_script:1: -READONLY You can't write",
     REDIS_MOVED},
    {"ERR Error running script (call to f_12ab): @user_script:1: -NOSUCH", REDIS_BUG},
    {"ERR Error compiling script (new function): user_script:1: '=' expected", REDIS_BUG},
    /* as 7 does */
    {"READONLY You can't write against a read only replica. script: 12ab, on @user_script:1.",
     REDIS_MOVED},
    {"ERR value is not an integer: -OOM is no error here", REDIS_BUG},
};

START_TEST(texts)
{
    enum redis_class c = redis_class_of(dupd_view_of(cases[_i].text));
    ck_assert_msg(c == cases[_i].c, "%s: %s", cases[_i].text, redis_class_label(c));
}
END_TEST

START_TEST(the_text_need_not_end_in_zero)
{
    ck_assert_int_eq(redis_class_of((struct dupd_view){"OOMPH", 3}), REDIS_FULL);
    ck_assert_int_eq(redis_class_of((struct dupd_view){"READONLY", 4}), REDIS_BUG);
}
END_TEST

START_TEST(names_and_statuses)
{
    for (int c = 0; c < REDIS_CLASS_COUNT; c++) {
        ck_assert_str_ne(redis_class_label((enum redis_class)c), "unknown");
        ck_assert_str_ne(redis_class_text((enum redis_class)c), "unknown");
        for (int d = 0; d < c; d++)
            ck_assert_str_ne(redis_class_label((enum redis_class)c),
                             redis_class_label((enum redis_class)d));
    }
    ck_assert_str_eq(redis_class_label(REDIS_CLASS_COUNT), "unknown");
    ck_assert_int_eq(redis_class_status(REDIS_NONE), 0);
    ck_assert_int_eq(redis_class_status(REDIS_EXISTS), 0);
    ck_assert_int_eq(redis_class_status(REDIS_BUG), DUPD_EINVAL);
    ck_assert_int_eq(redis_class_status(REDIS_WAIT), DUPD_EAGAIN);
    ck_assert_int_eq(redis_class_status(REDIS_DENIED), DUPD_EAGAIN);
    ck_assert_int_eq(redis_class_status(REDIS_SCRIPT), DUPD_EAGAIN);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_classes");
    TCase *t = tcase_create("classes");
    tcase_add_loop_test(t, texts, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(t, the_text_need_not_end_in_zero);
    tcase_add_test(t, names_and_statuses);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
