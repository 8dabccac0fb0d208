/*
 * test_redis_errors.c: every class of the table, as a real server says it, and what the client
 * itself does then: waits on the connection, comes again, or connects anew.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "support/redis_kit.h"

static struct redis_server *up(struct redis_kit *k, const char *config, unsigned flags)
{
    struct redis_server *s = redis_server_start(config, flags);
    kit_init(k);
    kit_open(k, s->url);
    kit_until(k, redis_state(k->r) == REDIS_UP);
    return s;
}

static enum redis_class class_of(const struct kit_batch *b, unsigned index)
{
    ck_assert_msg(b->type[index] == REDIS_REPLY_ERROR, "no error: %s", b->text[index]);
    return redis_class_of(dupd_view_of(b->text[index]));
}

/* The command is answered by an error that begins so and is of that class. */
static void expect(struct redis_kit *k, const char *command, const char *prefix, enum redis_class c)
{
    struct kit_batch b = {0};
    uint64_t before = redis_counters(k->r)->errors[c];
    ck_assert_int_eq(kit_say(k, &b, command), 0);
    ck_assert_msg(strncmp(b.text[0], prefix, strlen(prefix)) == 0, "%s: %s", command, b.text[0]);
    ck_assert_msg(class_of(&b, 0) == c, "%s: class %s", b.text[0],
                  redis_class_label(class_of(&b, 0)));
    ck_assert_uint_eq(redis_counters(k->r)->errors[c], before + 1);
    redis_batch_close(&b.b);
}

static void expect_good(struct redis_kit *k, const char *command)
{
    struct kit_batch b = {0};
    ck_assert_int_eq(kit_say(k, &b, command), 0);
    ck_assert_msg(b.type[0] != REDIS_REPLY_ERROR, "%s: %s", command, b.text[0]);
    redis_batch_close(&b.b);
}

static bool info_has(struct redis_server *s, const char *section, const char *text)
{
    redisReply *reply = redis_server_run(s, "INFO %s", section);
    bool yes = strstr(reply->str, text) != NULL;
    freeReplyObject(reply);
    return yes;
}

static void end(struct redis_kit *k, struct redis_server *s)
{
    kit_close(k);
    redis_server_free(s);
}

/* ---- errors that concern the command alone ---- */

static const struct {
    const char *before, *command, *prefix;
    enum redis_class c;
} one[] = {
    {"CONFIG SET maxmemory 1", "SET k v", "OOM ", REDIS_FULL},
    {"CONFIG SET maxmemory 1", "EVAL return(redis.call('set',KEYS[1],'v')) 1 k", "OOM ",
     REDIS_FULL},
    {"PING", "EVALSHA 0123456789012345678901234567890123456789 0", "NOSCRIPT ", REDIS_SCRIPT},
    {"PING", "FCALL nosuch 0", "ERR Function not found", REDIS_SCRIPT},
    {"PING", "XREADGROUP GROUP g c STREAMS none >", "NOGROUP ", REDIS_GROUP},
    {"XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATE s g 0", "BUSYGROUP ", REDIS_EXISTS},
    {"SET k v", "LPUSH k v", "WRONGTYPE ", REDIS_BUG},
    {"SET k v", "EVAL return(redis.call('lpush',KEYS[1],'v')) 1 k", "WRONGTYPE ", REDIS_BUG},
    {"PING", "SET k", "ERR wrong number", REDIS_BUG},
    {"PING", "NOSUCH", "ERR unknown command", REDIS_BUG},
    {"PING", "AUTH nobody wrong", "WRONGPASS ", REDIS_DENIED},
    {"CONFIG SET min-replicas-to-write 1", "SET k v", "NOREPLICAS ", REDIS_WAIT},
    {"ACL SETUSER default -get", "GET k", "NOPERM ", REDIS_DENIED},
};

START_TEST(errors_of_a_command_leave_the_connection_up)
{
    struct redis_kit k;
    struct redis_server *s = up(&k, NULL, 0);
    redis_server_do(s, one[_i].before);
    expect(&k, one[_i].command, one[_i].prefix, one[_i].c);
    ck_assert_int_eq(redis_state(k.r), REDIS_UP);
    expect_good(&k, "EXISTS k");
    ck_assert_uint_eq(redis_counters(k.r)->connects, 1);
    end(&k, s);
}
END_TEST

START_TEST(a_transaction_is_refused_whole)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = up(&k, NULL, 0);
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "MULTI");
    redis_batch_addf(&b.b, "SET k");
    redis_batch_addf(&b.b, "EXEC");
    ck_assert_int_eq(kit_go(&k, &b), 0);
    ck_assert_int_eq(class_of(&b, 2), REDIS_BUG);
    ck_assert_ptr_nonnull(strstr(b.text[2], "EXECABORT"));
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

/* The snapshot cannot be renamed onto a directory. */
START_TEST(misconf_refuses_writes_only)
{
    struct redis_kit k;
    char path[128];
    struct redis_server *s = redis_server_start("save 3600 1\n", 0);
    snprintf(path, sizeof path, "%s/dump.rdb", s->dir);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    redis_server_do(s, "BGSAVE");
    kit_init(&k);
    kit_until(&k, info_has(s, "persistence", "rdb_last_bgsave_status:err"));
    kit_open(&k, s->url); /* even PING answers MISCONF now: it is up all the same */
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    expect(&k, "SET k v", "MISCONF ", REDIS_WAIT);
    expect_good(&k, "GET k");
    end(&k, s);
}
END_TEST

/* ---- not now ---- */

START_TEST(busy_with_a_script_means_waiting)
{
    struct redis_kit k, other;
    struct kit_batch script = {0}, b = {0};
    struct redis_server *s = up(&k, "busy-reply-threshold 20\n", 0);
    kit_init(&other);
    kit_open(&other, s->url);
    kit_until(&other, redis_state(other.r) == REDIS_UP);
    kit_batch_begin(&script);
    redis_batch_addf(&script.b, "EVAL %s 0", "while true do end");
    redis_submit(other.r, &script.b);
    uint64_t out = redis_counters(other.r)->commands;
    kit_until(&other, redis_counters(other.r)->commands > out);
    do {
        ck_assert_int_eq(kit_say(&k, &b, "GET k"), 0); /* until the script is over its time */
    } while (b.type[0] != REDIS_REPLY_ERROR);
    ck_assert_int_eq(class_of(&b, 0), REDIS_WAIT);
    ck_assert_int_eq(redis_state(k.r), REDIS_WAITING);
    ck_assert_int_eq(kit_say(&k, &b, "GET k"), DUPD_EAGAIN);
    redis_server_do(s, "SCRIPT KILL");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    kit_until(&other, script.done);
    ck_assert_uint_eq(redis_counters(k.r)->connects, 1);
    expect_good(&k, "GET k");
    kit_close(&other);
    redis_batch_close(&b.b);
    redis_batch_close(&script.b);
    end(&k, s);
}
END_TEST

static const char loading_slowly[] = "save 3600 1\nkey-load-delay 20000\n"
                                     "loading-process-events-interval-bytes 1024\n";

START_TEST(loading_means_waiting_on_the_same_connection)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start("save 3600 1\n", 0);
    redis_server_do(s, "DEBUG POPULATE 5000 key 200");
    redis_server_do(s, "SAVE");
    s->flags |= REDIS_SERVER_NO_WAIT;
    redis_server_restart(s, loading_slowly);
    kit_init(&k);
    kit_open(&k, s->url);
    kit_until(&k, redis_state(k.r) == REDIS_WAITING);
    ck_assert_ptr_nonnull(strstr(k.why, "LOADING"));
    ck_assert_int_eq(kit_say(&k, &b, "PING"), DUPD_EAGAIN);
    uint64_t commands = redis_counters(k.r)->commands;
    kit_until(&k, redis_counters(k.r)->commands > commands + 6); /* asks again */
    ck_assert_uint_eq(k.states[REDIS_WAITING], 1);
    redis_server_do(s, "CONFIG SET key-load-delay 0");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_eq(redis_counters(k.r)->connects, 1);
    expect_good(&k, "GET key:1");
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

/* A replica that loads what its master sent keeps its connections and answers them LOADING. */
START_TEST(loading_while_up_means_waiting)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *master = redis_server_start(NULL, REDIS_SERVER_PORT);
    struct redis_server *s = up(&k, loading_slowly, 0);
    redis_server_do(master, "DEBUG POPULATE 5000 key 200");
    redis_server_do(s, "REPLICAOF 127.0.0.1 %u", master->port);
    do {
        ck_assert_int_eq(kit_say(&k, &b, "GET key:1"), 0);
    } while (b.type[0] != REDIS_REPLY_ERROR);
    ck_assert_ptr_nonnull(strstr(b.text[0], "LOADING"));
    ck_assert_int_eq(redis_state(k.r), REDIS_WAITING);
    redis_server_do(s, "CONFIG SET key-load-delay 0");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_eq(redis_counters(k.r)->connects, 1);
    expect_good(&k, "GET key:1");
    redis_batch_close(&b.b);
    redis_server_free(master);
    end(&k, s);
}
END_TEST

START_TEST(masterdown_means_waiting)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = up(&k, "replica-serve-stale-data no\n", 0);
    redis_server_do(s, "REPLICAOF 127.0.0.1 1");
    expect(&k, "GET k", "MASTERDOWN ", REDIS_WAIT);
    ck_assert_int_eq(redis_state(k.r), REDIS_WAITING);
    ck_assert_int_eq(kit_say(&k, &b, "GET k"), DUPD_EAGAIN);
    redis_server_do(s, "REPLICAOF NO ONE");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_eq(redis_counters(k.r)->connects, 1);
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

/* ---- not here ---- */

START_TEST(readonly_means_connecting_anew)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = up(&k, NULL, 0);
    redis_server_do(s, "REPLICAOF 127.0.0.1 1");
    /* the batch that met it has one reply more to come, and ends; so does the one behind */
    struct kit_batch behind = {0};
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "SET k v");
    redis_batch_addf(&b.b, "GET k");
    kit_batch_begin(&behind);
    redis_batch_addf(&behind.b, "GET k");
    redis_submit(k.r, &b.b);
    redis_submit(k.r, &behind.b);
    kit_until(&k, b.done && behind.done);
    ck_assert_int_eq(b.b.status, DUPD_EAGAIN);
    ck_assert_int_eq(behind.b.status, DUPD_EAGAIN);
    ck_assert_int_eq(class_of(&b, 0), REDIS_MOVED);
    ck_assert_int_eq(redis_state(k.r), REDIS_DOWN);
    ck_assert_ptr_nonnull(strstr(redis_problem(k.r), "READONLY"));
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_eq(redis_counters(k.r)->connects, 2);
    expect(&k, "EVAL return(redis.call('set',KEYS[1],'v')) 1 k", "READONLY ", REDIS_MOVED);
    redis_server_do(s, "REPLICAOF NO ONE");
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    expect_good(&k, "SET k v");
    redis_batch_close(&b.b);
    redis_batch_close(&behind.b);
    end(&k, s);
}
END_TEST

/* A server that sends us away again and again is not asked ever faster. */
START_TEST(being_up_for_long_resets_the_backoff)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = redis_server_start(NULL, 0);
    redis_server_do(s, "REPLICAOF 127.0.0.1 1");
    kit_init(&k);
    k.options.backoff_ms = 64;
    k.options.backoff_max_ms = 60000;
    kit_open(&k, s->url);
    uint64_t began = uv_hrtime();
    for (int i = 0; i < 4; i++) {
        kit_until(&k, redis_state(k.r) == REDIS_UP);
        expect(&k, "SET k v", "READONLY ", REDIS_MOVED);
    }
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    /* at least half of 64 + 128 + 256 + 512 ms; without backoff it would be half of 256 */
    ck_assert_uint_ge((uv_hrtime() - began) / 1000000, 400);
    uint64_t up_ms = uv_now(&k.loop);
    kit_until(&k, uv_now(&k.loop) - up_ms > 1200);
    began = uv_hrtime();
    expect(&k, "SET k v", "READONLY ", REDIS_MOVED);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    ck_assert_uint_lt((uv_hrtime() - began) / 1000000, 480); /* else at least 512 ms */
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

START_TEST(unblocked_by_a_change_of_role)
{
    struct redis_kit k;
    struct kit_batch b = {0};
    struct redis_server *s = up(&k, NULL, 0);
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "BLPOP nothing 0");
    redis_submit(k.r, &b.b);
    kit_until(&k, info_has(s, "clients", "blocked_clients:1"));
    redis_server_do(s, "REPLICAOF 127.0.0.1 1");
    kit_until(&k, b.done);
    ck_assert_int_eq(b.b.status, 0);
    ck_assert_ptr_nonnull(strstr(b.text[0], "UNBLOCKED"));
    ck_assert_int_eq(class_of(&b, 0), REDIS_MOVED);
    ck_assert_uint_eq(k.states[REDIS_DOWN], 1);
    redis_batch_close(&b.b);
    end(&k, s);
}
END_TEST

/* ---- a cluster that we were sent to by mistake ---- */

static char *node_id(struct redis_server *s)
{
    redisReply *reply = redis_server_run(s, "CLUSTER MYID");
    char *id = strdup(reply->str);
    freeReplyObject(reply);
    return id;
}

static bool knows(struct redis_server *s, const char *id)
{
    redisReply *reply = redis_server_run(s, "CLUSTER NODES");
    bool yes = strstr(reply->str, id) != NULL;
    freeReplyObject(reply);
    return yes;
}

static bool cluster_is_ok(struct redis_server *s)
{
    redisReply *reply = redis_server_run(s, "CLUSTER INFO");
    bool yes = strstr(reply->str, "cluster_state:ok") != NULL;
    freeReplyObject(reply);
    return yes;
}

static struct redis_server *start_node(void)
{
    char config[128];
    snprintf(config, sizeof config, "cluster-enabled yes\ncluster-port %u\n",
             redis_server_free_port());
    return redis_server_start(config, REDIS_SERVER_PORT);
}

static unsigned bus_port(const struct redis_server *s)
{
    return (unsigned)strtoul(strstr(s->config, "cluster-port ") + 13, NULL, 10);
}

START_TEST(errors_of_a_cluster)
{
    struct redis_kit k;
    struct redis_server *a = start_node(), *b = start_node();
    char *other = node_id(b);
    kit_init(&k);
    kit_open(&k, a->url);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    expect(&k, "GET k", "CLUSTERDOWN ", REDIS_WAIT);
    redis_server_do(a, "CLUSTER ADDSLOTSRANGE 0 8191");
    redis_server_do(b, "CLUSTER ADDSLOTSRANGE 8192 16383");
    redis_server_do(a, "CLUSTER MEET 127.0.0.1 %u %u", b->port, bus_port(b));
    kit_until(&k, knows(a, other) && cluster_is_ok(a));
    /* the slots of foo and of {b}: 12182 and 3300 */
    expect(&k, "GET foo", "MOVED 12182 ", REDIS_MOVED);
    kit_until(&k, redis_state(k.r) == REDIS_UP);
    expect(&k, "MGET {b}1 foo", "CROSSSLOT ", REDIS_BUG);
    redis_server_do(a, "SET {b}1 v");
    redis_server_do(a, "CLUSTER SETSLOT 3300 MIGRATING %s", other);
    expect(&k, "MGET {b}1 {b}2", "TRYAGAIN ", REDIS_WAIT);
    expect(&k, "GET {b}2", "ASK 3300 ", REDIS_MOVED);
    free(other);
    redis_server_free(b);
    end(&k, a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_errors");
    TCase *t = tcase_create("classes");
    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, errors_of_a_command_leave_the_connection_up, 0,
                        sizeof one / sizeof one[0]);
    tcase_add_test(t, a_transaction_is_refused_whole);
    tcase_add_test(t, misconf_refuses_writes_only);
    tcase_add_test(t, busy_with_a_script_means_waiting);
    tcase_add_test(t, loading_means_waiting_on_the_same_connection);
    tcase_add_test(t, loading_while_up_means_waiting);
    tcase_add_test(t, masterdown_means_waiting);
    tcase_add_test(t, readonly_means_connecting_anew);
    tcase_add_test(t, being_up_for_long_resets_the_backoff);
    tcase_add_test(t, unblocked_by_a_change_of_role);
    tcase_add_test(t, errors_of_a_cluster);
    suite_add_tcase(s, t);
    return kit_main(s);
}
