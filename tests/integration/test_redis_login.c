/*
 * test_redis_login.c: what is said first on a connection, to a real redis-server: password, ACL
 * user, database, few rights; wrong and then right; too many clients; killed by an administrator.
 */
#include "support/redis_kit.h"

static void url_with(char url[256], const struct redis_server *s, const char *query)
{
    snprintf(url, 256, "%s?%s", s->url, query);
}

static void open_with(struct redis_kit *k, const struct redis_server *s, const char *query)
{
    char url[256];
    url_with(url, s, query);
    kit_open(k, url);
}

static void end(struct redis_kit *k, struct redis_server *s)
{
    kit_close(k);
    redis_server_free(s);
}

START_TEST(a_password_is_said)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start("requirepass s3cret\n", REDIS_SERVER_PORT);
    char url[128];
    kit_init(&k);
    snprintf(url, sizeof url, "redis://:s3cret@127.0.0.1:%u/3", s->port);
    kit_open(&k, url);
    ck_assert_ptr_null(strstr(redis_where(k.r), "s3cret"));
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_ptr_null(strstr(k.why, "s3cret"));
    ck_assert_int_eq(kit_say(&k, &b, "SET key v"), 0);
    ck_assert_int_eq(kit_say(&k, &b, "CLIENT INFO"), 0);
    ck_assert_ptr_nonnull(strstr(b.text[0], " db=3 "));
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

START_TEST(a_user_is_named)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start("user ann on >s3%cret ~* +@all\n", 0);
    kit_init(&k);
    open_with(&k, s, "user=ann&password=s3%25cret");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_int_eq(kit_say(&k, &b, "ACL WHOAMI"), 0);
    ck_assert_str_eq(b.text[0], "ann");
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

/* The rights that docs recommend: no CLIENT, ROLE, PING. */
START_TEST(few_rights_are_enough)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s =
        redis_server_start("user ann on >pw ~dupd:* +@read +@write +@stream -@dangerous\n", 0);
    kit_init(&k);
    k.options.client_name = "dupd";
    open_with(&k, s, "user=ann&password=pw");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_ge(redis_version(k.r), 70000);
    ck_assert_int_eq(kit_say(&k, &b, "SET dupd:k v"), 0);
    ck_assert_int_eq(b.type[0], REDIS_REPLY_STATUS);
    ck_assert_int_eq(kit_say(&k, &b, "SET other v"), 0);
    ck_assert_int_eq(redis_class_of(dupd_view_of(b.text[0])), REDIS_DENIED);
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

START_TEST(a_wrong_password_is_tried_again_and_told_once)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start("requirepass 0ld-secret\n", 0);
    kit_init(&k);
    open_with(&k, s, "password=n3w-secret");
    kit_until(&k, redis_counters(k.r)->failures >= 3);
    ck_assert_int_eq(redis_state(k.r), REDIS_WAITING);
    ck_assert_uint_eq(k.states[REDIS_WAITING], 1);
    ck_assert_uint_eq(k.states[REDIS_DOWN], 0);
    ck_assert_ptr_nonnull(strstr(k.why, "WRONGPASS"));
    ck_assert_ptr_null(strstr(k.why, "n3w-secret"));
    ck_assert_int_eq(kit_say(&k, &b, "PING"), DUPD_EAGAIN);
    freeReplyObject(
        redis_server_run_as(s, "default 0ld-secret", "CONFIG SET requirepass n3w-secret"));
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_int_eq(kit_say(&k, &b, "PING"), 0);
    ck_assert_uint_eq(k.states[REDIS_UP], 1);
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

START_TEST(a_missing_password_means_waiting)
{
    struct redis_kit k;
    struct redis_server *s = redis_server_start("requirepass secret\n", 0);
    kit_init(&k);
    kit_open(&k, s->url);
    kit_until(&k, redis_state(k.r) == REDIS_WAITING);
    ck_assert_ptr_nonnull(strstr(k.why, "NOAUTH"));
    end(&k, s);
}
END_TEST

START_TEST(a_password_that_nobody_asked_for_does_no_harm)
{
    struct redis_kit k;
    struct redis_server *s = redis_server_start(NULL, 0);
    kit_init(&k);
    open_with(&k, s, "password=superfluous");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    end(&k, s);
}
END_TEST

/* A server without AUTH repeats the words of the command in its error. */
START_TEST(a_password_in_an_error_is_not_repeated)
{
    struct redis_kit k;
    struct redis_server *s = redis_server_start("rename-command AUTH \"\"\n", 0);
    kit_init(&k);
    open_with(&k, s, "password=superfluous");
    kit_until(&k, redis_state(k.r) == REDIS_WAITING);
    ck_assert_ptr_null(strstr(k.why, "superfluous"));
    ck_assert_ptr_null(strstr(redis_problem(k.r), "superfluous"));
    end(&k, s);
}
END_TEST

START_TEST(a_database_that_is_not_there_means_waiting)
{
    struct redis_kit k;
    struct redis_server *s = redis_server_start("databases 2\n", 0);
    kit_init(&k);
    open_with(&k, s, "db=2");
    kit_until(&k, redis_state(k.r) == REDIS_WAITING);
    ck_assert_ptr_nonnull(strstr(k.why, "DB index"));
    end(&k, s);
}
END_TEST

START_TEST(too_many_clients_is_down_and_tried_again)
{
    struct redis_kit k, other;
    struct redis_server *s = redis_server_start("maxclients 1\n", 0);
    kit_init(&other);
    kit_open(&other, s->url);
    kit_until(&other, redis_state(other.r) == REDIS_UP);
    kit_init(&k);
    kit_open(&k, s->url);
    kit_until(&k, redis_counters(k.r)->failures >= 2);
    ck_assert_int_eq(redis_state(k.r), REDIS_DOWN);
    ck_assert_uint_eq(k.states[REDIS_WAITING], 0);
    kit_close(&other);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    end(&k, s);
}
END_TEST

START_TEST(killed_by_an_administrator_it_comes_back)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start(NULL, 0);
    kit_init(&k);
    kit_open(&k, s->url);
    for (unsigned i = 1; i <= 3; i++) {
        kit_until(&k, redis_state(k.r) == REDIS_UP);
        ck_assert_int_eq(kit_say(&k, &b, "PING"), 0);
        redis_server_do(s, "CLIENT KILL TYPE normal SKIPME yes");
        kit_until(&k, k.states[REDIS_DOWN] == i);
    }
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_eq(redis_counters(k.r)->connects, 4);
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_login");
    TCase *t = tcase_create("login");
    tcase_set_timeout(t, 0);
    tcase_add_test(t, a_password_is_said);
    tcase_add_test(t, a_user_is_named);
    tcase_add_test(t, few_rights_are_enough);
    tcase_add_test(t, a_wrong_password_is_tried_again_and_told_once);
    tcase_add_test(t, a_missing_password_means_waiting);
    tcase_add_test(t, a_password_that_nobody_asked_for_does_no_harm);
    tcase_add_test(t, a_password_in_an_error_is_not_repeated);
    tcase_add_test(t, a_database_that_is_not_there_means_waiting);
    tcase_add_test(t, too_many_clients_is_down_and_tried_again);
    tcase_add_test(t, killed_by_an_administrator_it_comes_back);
    suite_add_tcase(s, t);
    return kit_main(s);
}
