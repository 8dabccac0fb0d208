/*
 * test_redis_hostile.c: a bad network (tcp_proxy.h before a real server), and a server that lies:
 * a listener that greets as Redis would and then says what the test wants.
 */
#include "support/redis_kit.h"
#include "support/tcp_proxy.h"

/* ---- a bad network ---- */

struct network {
    struct redis_kit k;
    struct redis_server *s;
    struct tcp_proxy *p;
    char url[64];
};

static void begin(struct network *n)
{
    *n = (struct network){.s = redis_server_start(NULL, 0)};
    kit_init(&n->k);
    n->p = tcp_proxy_start(&n->k.loop, n->s->socket);
    snprintf(n->url, sizeof n->url, "redis://127.0.0.1:%u", n->p->port);
}

static void end(struct network *n)
{
    if (n->k.r)
        kit_close_client(&n->k);
    tcp_proxy_close(n->p);
    kit_close(&n->k);
    redis_server_free(n->s);
}

START_TEST(replies_byte_by_byte)
{
    struct network n;
    struct kit_batch b = {0};
    begin(&n);
    n.p->piece = 1;
    kit_open(&n.k, n.url);
    kit_until(&n.k, redis_state(n.k.r) == REDIS_UP);
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "SET key %s", "a value that comes in many pieces");
    redis_batch_addf(&b.b, "GET key");
    redis_batch_addf(&b.b, "INCR n");
    redis_batch_addf(&b.b, "MGET key nothing key");
    redis_batch_addf(&b.b, "NOSUCH");
    ck_assert_int_eq(kit_go(&n.k, &b), 0);
    ck_assert_str_eq(b.text[1], "a value that comes in many pieces");
    ck_assert_int_eq(b.integer[2], 1);
    ck_assert_int_eq(b.type[3], REDIS_REPLY_ARRAY);
    ck_assert_int_eq(b.type[4], REDIS_REPLY_ERROR);
    redis_batch_close(&b.b);
    end(&n);
}
END_TEST

/* Cut in the middle of a reply: the batch ends, and the next connection starts afresh. */
START_TEST(replies_cut_at_any_byte)
{
    struct network n;
    struct kit_batch b = {0};
    begin(&n);
    n.k.options.backoff_ms = 1;
    n.k.options.backoff_max_ms = 1;
    redis_server_do(n.s, "SET key %s", "0123456789");
    kit_open(&n.k, n.url);
    kit_until(&n.k, redis_state(n.k.r) == REDIS_UP);
    uint64_t login = redis_counters(n.k.r)->bytes_in;
    unsigned cut = 0;
    for (unsigned more = 1; more <= 17; more++) { /* "$10\r\n0123456789\r\n" */
        n.p->piece = 1;
        n.p->cut_after = login + more;
        tcp_proxy_cut(n.p);
        kit_until(&n.k, redis_state(n.k.r) == REDIS_DOWN);
        kit_until(&n.k, redis_state(n.k.r) == REDIS_UP);
        if (kit_say(&n.k, &b, "GET key") == DUPD_EAGAIN)
            cut++;
        else
            ck_assert_str_eq(b.text[0], "0123456789");
    }
    ck_assert_uint_ge(cut, 14); /* the client id in HELLO grows by a digit now and then */
    redis_batch_close(&b.b);
    end(&n);
}
END_TEST

/* Half-open: nothing comes any more, and nobody says so. */
START_TEST(a_silent_network_ends_at_the_deadline)
{
    struct network n;
    struct kit_batch b = {0};
    begin(&n);
    n.k.options.deadline_ms = 100;
    kit_open(&n.k, n.url);
    kit_until(&n.k, redis_state(n.k.r) == REDIS_UP);
    n.p->stalled = true;
    ck_assert_int_eq(kit_say(&n.k, &b, "PING"), DUPD_EAGAIN);
    /* accepted by the proxy, but no word from the server: login has a deadline too */
    uint64_t timeouts = redis_counters(n.k.r)->errors[REDIS_TIMEOUT];
    kit_until(&n.k, redis_counters(n.k.r)->errors[REDIS_TIMEOUT] > timeouts + 1);
    n.p->stalled = false;
    kit_until(&n.k, redis_state(n.k.r) == REDIS_UP);
    redis_batch_close(&b.b);
    end(&n);
}
END_TEST

/* Much more than the kernel's buffers hold goes out while nobody reads, and arrives whole. */
START_TEST(a_slow_reader_is_waited_for)
{
    struct network n;
    struct kit_batch b[12] = {0};
    size_t size = 1 << 20;
    char *value = malloc(size);
    memset(value, 'v', size);
    begin(&n);
    kit_open(&n.k, n.url);
    kit_until(&n.k, redis_state(n.k.r) == REDIS_UP);
    n.p->stalled = true;
    for (int i = 0; i < 12; i++) {
        kit_batch_begin(&b[i]);
        redis_batch_addf(&b[i].b, "APPEND key %v", (struct dupd_view){value, size});
        redis_submit(n.k.r, &b[i].b);
        uv_run(&n.k.loop, UV_RUN_NOWAIT);
    }
    n.p->stalled = false;
    kit_until(&n.k, b[11].done);
    for (int i = 0; i < 12; i++) {
        ck_assert_int_eq(b[i].b.status, 0);
        ck_assert_int_eq(b[i].integer[0], (long long)size * (i + 1));
        redis_batch_close(&b[i].b);
    }
    free(value);
    end(&n);
}
END_TEST

/* ---- a server that lies ---- */

struct liar {
    struct redis_kit k;
    uv_tcp_t listener, peer;
    const char *greeting, *answer; /* to the first bytes, and to all later ones */
    bool deaf, has_peer;
    unsigned port, reads, accepted;
    char read[65536];
};

static void liar_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    struct liar *l = h->data;
    (void)suggested;
    *buf = uv_buf_init(l->read, sizeof l->read);
}

static void liar_say(struct liar *l, const char *text)
{
    uv_buf_t b = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    uv_try_write((uv_stream_t *)&l->peer, &b, 1);
}

static void liar_peer_closed(uv_handle_t *h)
{
    ((struct liar *)h->data)->has_peer = false;
}

static void liar_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
    struct liar *l = s->data;
    (void)buf;
    if (n < 0) {
        uv_close((uv_handle_t *)s, liar_peer_closed);
    } else if (n > 0) {
        liar_say(l, l->reads ? l->answer : l->greeting);
        l->reads++;
        if (l->deaf)
            uv_read_stop(s);
    }
}

static void liar_accept(uv_stream_t *listener, int status)
{
    struct liar *l = listener->data;
    ck_assert_int_eq(status, 0);
    if (l->has_peer) /* one at a time; the next attempt finds us free */
        return;
    l->has_peer = true;
    l->accepted++;
    l->reads = 0;
    uv_tcp_init(&l->k.loop, &l->peer);
    l->peer.data = l;
    uv_accept(listener, (uv_stream_t *)&l->peer);
    uv_read_start((uv_stream_t *)&l->peer, liar_alloc, liar_read);
}

/* HELLO and PING, answered. */
static const char *const greeting = "*2\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n+PONG\r\n";

static void liar_begin(struct liar *l, const char *first, const char *answer)
{
    struct sockaddr_in a;
    int len = sizeof a;
    *l = (struct liar){.greeting = first, .answer = answer};
    kit_init(&l->k);
    uv_tcp_init(&l->k.loop, &l->listener);
    l->listener.data = l;
    uv_ip4_addr("127.0.0.1", 0, &a);
    ck_assert_int_eq(uv_tcp_bind(&l->listener, (struct sockaddr *)&a, 0), 0);
    ck_assert_int_eq(uv_listen((uv_stream_t *)&l->listener, 1, liar_accept), 0);
    uv_tcp_getsockname(&l->listener, (struct sockaddr *)&a, &len);
    l->port = ntohs(a.sin_port);
}

static void liar_open(struct liar *l, const char *credentials)
{
    char url[128];
    snprintf(url, sizeof url, "redis://%s127.0.0.1:%u", credentials, l->port);
    kit_open(&l->k, url);
}

static void liar_end(struct liar *l)
{
    if (l->k.r)
        kit_close_client(&l->k);
    if (l->has_peer && !uv_is_closing((uv_handle_t *)&l->peer))
        uv_close((uv_handle_t *)&l->peer, liar_peer_closed);
    uv_close((uv_handle_t *)&l->listener, NULL);
    kit_close(&l->k);
}

static const struct {
    const char *answer, *says;
} lies[] = {
    {"HTTP/1.1 400 Bad Request\r\n\r\n", "malformed reply"},
    {"$-7\r\n", "malformed reply"},
    {"+OK\r\n+OK\r\n", "no command asked for"},
    {"*1000000000\r\n", "larger than"},
    {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*100000000\r\n", ""},
};

START_TEST(lies_end_the_connection)
{
    struct liar l;
    struct kit_batch b = {0};
    liar_begin(&l, greeting, lies[_i].answer);
    l.k.options.reply_max = 1 << 20;
    liar_open(&l, "");
    kit_until(&l.k, redis_state(l.k.r) == REDIS_UP);
    ck_assert_uint_eq(redis_version(l.k.r), 70000);
    kit_say(&l.k, &b, "PING"); /* with two answers, the first is as good as any */
    kit_until(&l.k, l.k.states[REDIS_DOWN] > 0);
    ck_assert_msg(strstr(redis_problem(l.k.r), lies[_i].says) != NULL, "%s", redis_problem(l.k.r));
    redis_batch_close(&b.b);
    liar_end(&l);
}
END_TEST

START_TEST(an_endless_reply_ends_at_the_limit)
{
    struct liar l;
    struct kit_batch b = {0};
    char *much = calloc(1, 100001);
    memset(much, 'x', 100000);
    memcpy(much, "$1000000\r\n", 10);
    liar_begin(&l, greeting, much);
    l.k.options.reply_max = 65536;
    liar_open(&l, "");
    kit_until(&l.k, redis_state(l.k.r) == REDIS_UP);
    ck_assert_int_eq(kit_say(&l.k, &b, "GET key"), DUPD_EAGAIN);
    ck_assert_ptr_nonnull(strstr(redis_problem(l.k.r), "larger than 65536"));
    free(much);
    redis_batch_close(&b.b);
    liar_end(&l);
}
END_TEST

/* All replies at once, while most of the batch has not been sent: were they believed, the batch
 * would be given back while its memory is still being written. */
START_TEST(replies_ahead_of_their_commands_are_refused)
{
    struct liar l;
    struct kit_batch b = {0};
    size_t size = (size_t)32 << 20;
    char *value = calloc(1, size);
    liar_begin(&l, greeting, "+OK\r\n+OK\r\n");
    l.deaf = true;
    liar_open(&l, "");
    kit_until(&l.k, redis_state(l.k.r) == REDIS_UP);
    uv_read_start((uv_stream_t *)&l.peer, liar_alloc, liar_read);
    kit_batch_begin(&b);
    redis_batch_addf(&b.b, "SET a %v", (struct dupd_view){value, size});
    redis_batch_addf(&b.b, "SET b %v", (struct dupd_view){value, size});
    ck_assert_int_eq(kit_go(&l.k, &b), DUPD_EAGAIN);
    ck_assert_ptr_nonnull(strstr(redis_problem(l.k.r), "before its command was sent"));
    free(value);
    redis_batch_close(&b.b);
    liar_end(&l);
}
END_TEST

static const struct {
    const char *first, *answer;
    enum redis_state then;
} echoes[] = {
    {"-WRONGPASS you said hunter2\r\n*0\r\n+PONG\r\n", "", REDIS_WAITING},
    {"-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n*0\r\n+PONG\r\n", "",
     REDIS_WAITING},
    {"+OK\r\n*0\r\n-LOADING hunter2\r\n", "+OK\r\n*0\r\n-LOADING hunter2\r\n", REDIS_WAITING},
    {"+OK\r\n*0\r\n+PONG\r\n", "-READONLY hunter2\r\n", REDIS_DOWN},
};

START_TEST(a_password_that_a_server_repeats_is_not_told)
{
    struct liar l;
    struct kit_batch b = {0};
    liar_begin(&l, echoes[_i].first, echoes[_i].answer);
    liar_open(&l, ":hunter2@");
    if (echoes[_i].then == REDIS_DOWN) {
        kit_until(&l.k, redis_state(l.k.r) == REDIS_UP);
        kit_say(&l.k, &b, "SET k v");
    }
    kit_until(&l.k, redis_state(l.k.r) == echoes[_i].then);
    ck_assert_ptr_null(strstr(l.k.why, "hunter2"));
    ck_assert_ptr_null(strstr(redis_problem(l.k.r), "hunter2"));
    redis_batch_close(&b.b);
    liar_end(&l);
}
END_TEST

/* A greeting of the wrong shape: no crash, whatever the state. */
static const char *const odd_greetings[] = {
    "*2\r\n:1\r\n*0\r\n:5\r\n",
    "*3\r\n$7\r\nversion\r\n:5\r\n$1\r\nx\r\n*0\r\n",
    "+OK\r\n*1\r\n$-1\r\n",
    "*2\r\n$7\r\nversion\r\n$30\r\n99999999999.9999999.99999999999\r\n+PONG\r\n",
    "$-1\r\n$-1\r\n",
    "*-1\r\n*-1\r\n",
};

START_TEST(odd_greetings_are_survived)
{
    struct liar l;
    liar_begin(&l, odd_greetings[_i], "");
    liar_open(&l, "");
    kit_until(&l.k, redis_state(l.k.r) == REDIS_UP || redis_counters(l.k.r)->failures);
    liar_end(&l);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_hostile");
    TCase *t = tcase_create("network");
    tcase_set_timeout(t, 0);
    tcase_add_test(t, replies_byte_by_byte);
    tcase_add_test(t, replies_cut_at_any_byte);
    tcase_add_test(t, a_silent_network_ends_at_the_deadline);
    tcase_add_test(t, a_slow_reader_is_waited_for);
    suite_add_tcase(s, t);
    t = tcase_create("liar");
    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, lies_end_the_connection, 0, sizeof lies / sizeof lies[0]);
    tcase_add_test(t, an_endless_reply_ends_at_the_limit);
    tcase_add_test(t, replies_ahead_of_their_commands_are_refused);
    tcase_add_loop_test(t, a_password_that_a_server_repeats_is_not_told, 0,
                        sizeof echoes / sizeof echoes[0]);
    tcase_add_loop_test(t, odd_greetings_are_survived, 0,
                        sizeof odd_greetings / sizeof odd_greetings[0]);
    suite_add_tcase(s, t);
    return kit_main(s);
}
