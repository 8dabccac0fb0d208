/*
 * test_redis_window.c: no more is on its way than redis_options.window, seen from both ends; what
 * waits for room keeps its order and ends once, whatever happens before there is any.
 *
 * The gate is a batch that the server answers when the test says so (BLPOP); what comes behind it
 * on the connection stands in the server's query buffer, where CLIENT LIST counts it.
 */
#include "support/redis_kit.h"
#include "support/tcp_proxy.h"

#define COUNT 200u /* batches behind the gate: 60 kB */
#define NOBODY (COUNT + 1)

struct crowd;

struct member {
    struct redis_batch b;
    struct crowd *crowd;
    unsigned done;
    long long integer;
    bool busy; /* the reply said so */
};

struct crowd {
    struct redis_kit k;
    struct redis_server *s;
    struct tcp_proxy *proxy;
    struct member m[COUNT + 1]; /* the first is the gate */
    unsigned ended, order[COUNT + 1];
    unsigned submitted;
    unsigned step;     /* each that is answered submits so many more */
    unsigned close_at; /* when this one is done, in its callback */
    unsigned cut_at;
};

static size_t size_of(const struct crowd *c, unsigned i)
{
    return c->m[i].b.out.len;
}

/* How many of them, from the first, a client sends while none is answered. */
static unsigned that_fit(const struct crowd *c)
{
    unsigned n = 1;
    for (size_t bytes = size_of(c, 0); n <= COUNT && bytes < c->k.options.window; n++)
        bytes += size_of(c, n);
    return n;
}

static unsigned sent(const struct crowd *c)
{
    unsigned n = 0;
    for (unsigned i = 0; i <= COUNT; i++)
        n += c->m[i].b.sent_us != 0;
    return n;
}

/* The last one may go beyond the window, or be larger than all of it. */
static void check_window(const struct crowd *c)
{
    size_t bytes = 0, last = 0;
    for (unsigned i = 0; i <= COUNT; i++) {
        if (!c->m[i].b.sent_us || c->m[i].done)
            continue;
        last = size_of(c, i);
        bytes += last;
    }
    ck_assert_msg(bytes == last || bytes - last < c->k.options.window, "%zu bytes on their way",
                  bytes);
}

static void submit(struct crowd *c, unsigned count)
{
    for (; count && c->submitted <= COUNT; count--)
        redis_submit(c->k.r, &c->m[c->submitted++].b);
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct member *m = b->data;
    ck_assert_uint_eq(index, b->replies);
    check_window(m->crowd);
    m->integer = reply->integer;
    m->busy = reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "BUSY ", 5) == 0;
}

static void on_done(struct redis_batch *b, int status)
{
    struct member *m = b->data;
    struct crowd *c = m->crowd;
    unsigned i = (unsigned)(m - c->m);
    ck_assert_uint_eq(m->done++, 0);
    ck_assert_int_eq(b->status, status);
    c->order[c->ended++] = i;
    check_window(c);
    if (!status)
        submit(c, c->step);
    if (i == c->close_at)
        redis_close(c->k.r, kit_closed, &c->k);
    if (i == c->cut_at)
        tcp_proxy_cut(c->proxy);
}

/* Behind a gate that opens by itself after so many seconds, or with "0" when it is told to. */
static struct crowd *gather(size_t window, const char *seconds)
{
    struct crowd *c = calloc(1, sizeof *c);
    char text[512];
    c->s = redis_server_start("busy-reply-threshold 10\n", 0);
    c->close_at = c->cut_at = NOBODY;
    kit_init(&c->k);
    c->k.options.window = window;
    c->k.options.client_name = "crowd";
    for (unsigned i = 0; i <= COUNT; i++) {
        struct redis_batch *b = &c->m[i].b;
        c->m[i].crowd = c;
        b->data = &c->m[i];
        b->on_reply = on_reply;
        b->on_done = on_done;
        size_t n = 1 + i * 37 % (sizeof text - 2);
        memset(text, 'x', n);
        text[n] = 0;
        if (i)
            redis_batch_addf(b, "RPUSH list %s", text);
        else
            redis_batch_addf(b, "BLPOP gate %s", seconds);
    }
    return c;
}

static void go(struct crowd *c, const char *url, unsigned count)
{
    kit_open(&c->k, url);
    kit_until(&c->k, redis_state(c->k.r) == REDIS_UP);
    submit(c, count);
}

static void open_gate(struct crowd *c)
{
    redis_server_do(c->s, "RPUSH gate open");
}

/* The gate is closed, and so many bytes of what follows have come. */
static bool server_has(struct crowd *c, size_t bytes)
{
    redisReply *reply = redis_server_run(c->s, "CLIENT LIST");
    const char *line = strstr(reply->str, "name=crowd "),
               *at = line ? strstr(line, " qbuf=") : NULL;
    bool yes = at && strstr(line, " flags=b") && strtoul(at + 6, NULL, 10) == bytes;
    freeReplyObject(reply);
    return yes;
}

/* All that fits is at the server, and no more. */
static void wait_for_the_window(struct crowd *c)
{
    size_t bytes = 0;
    unsigned n = that_fit(c);
    for (unsigned i = 1; i < n; i++)
        bytes += size_of(c, i);
    kit_until(&c->k, server_has(c, bytes));
    ck_assert_uint_eq(sent(c), n);
    ck_assert_uint_eq(c->ended, 0);
    ck_assert_uint_eq(redis_pending(c->k.r), c->submitted);
}

/* Those before `first` were answered, in order, those from it on ended with `status`. */
static void check_ends(struct crowd *c, unsigned first, int status)
{
    ck_assert_uint_eq(c->ended, COUNT + 1);
    for (unsigned i = 0; i <= COUNT; i++) {
        ck_assert_uint_eq(c->m[i].done, 1);
        ck_assert_int_eq(c->m[i].b.status, i < first ? 0 : status);
        if (i < first)
            ck_assert_uint_eq(c->order[i], i);
        if (i && i < first)
            ck_assert_int_eq(c->m[i].integer, (long long)i);
    }
}

static unsigned answered(const struct crowd *c)
{
    unsigned n = 0;
    for (unsigned i = 0; i <= COUNT; i++)
        n += c->m[i].done && c->m[i].b.status == 0;
    return n;
}

static void part(struct crowd *c)
{
    if (c->proxy)
        tcp_proxy_close(c->proxy);
    kit_close(&c->k);
    for (unsigned i = 0; i <= COUNT; i++)
        redis_batch_close(&c->m[i].b);
    redis_server_free(c->s);
    free(c);
}

/* ---- room comes ---- */

static const size_t windows[] = {0, 1, 4000, 30000, 1 << 20};

START_TEST(no_more_than_the_window_is_on_its_way)
{
    struct crowd *c = gather(windows[_i], "0");
    go(c, c->s->url, COUNT + 1);
    wait_for_the_window(c);
    open_gate(c);
    kit_until(&c->k, c->ended == COUNT + 1);
    check_ends(c, COUNT + 1, 0);
    ck_assert_int_eq(redis_server_int(c->s, "LLEN list"), COUNT);
    ck_assert_uint_eq(redis_pending(c->k.r), 0);
    ck_assert_uint_eq(redis_counters(c->k.r)->connects, 1);
    part(c);
}
END_TEST

START_TEST(what_is_submitted_meanwhile_goes_behind_those_that_wait)
{
    struct crowd *c = gather(windows[_i], "0");
    c->step = 2;
    go(c, c->s->url, 60);
    kit_until(&c->k, sent(c) == 60 || sent(c) == that_fit(c));
    open_gate(c);
    kit_until(&c->k, c->ended == COUNT + 1);
    check_ends(c, COUNT + 1, 0);
    part(c);
}
END_TEST

/* ---- the client is closed ---- */

START_TEST(closing_ends_each_that_waits)
{
    struct crowd *c = gather(4000, "0");
    go(c, c->s->url, COUNT + 1);
    wait_for_the_window(c);
    unsigned on_their_way = sent(c);
    kit_close_client(&c->k);
    check_ends(c, 0, DUPD_EINTR);
    ck_assert_uint_eq(sent(c), on_their_way);
    part(c);
}
END_TEST

START_TEST(closing_in_a_callback_ends_each_that_waits)
{
    struct crowd *c = gather(4000, "0");
    c->close_at = 50;
    go(c, c->s->url, COUNT + 1);
    wait_for_the_window(c);
    open_gate(c);
    kit_until(&c->k, !c->k.r);
    check_ends(c, 51, DUPD_EINTR);
    ck_assert_uint_lt(sent(c), COUNT + 1);
    ck_assert_int_lt(redis_server_int(c->s, "LLEN list"), sent(c)); /* without the gate */
    part(c);
}
END_TEST

/* ---- the connection is lost ---- */

enum { CLIENT_KILL, SERVER_DIES, CUT, CUT_BETWEEN_REPLIES, LOSSES };

static void lose(struct crowd *c, int how)
{
    if (how == CLIENT_KILL)
        redis_server_do(c->s, "CLIENT KILL TYPE normal");
    else if (how == SERVER_DIES)
        redis_server_kill(c->s);
    else if (how == CUT)
        tcp_proxy_cut(c->proxy);
    else
        open_gate(c);
}

START_TEST(a_lost_connection_ends_each_that_waits)
{
    struct crowd *c = gather(4000, "0");
    struct kit_batch b = {0};
    char url[64];
    if (_i == CUT_BETWEEN_REPLIES)
        c->cut_at = 50;
    if (_i >= CUT) {
        c->proxy = tcp_proxy_start(&c->k.loop, c->s->socket);
        snprintf(url, sizeof url, "redis://127.0.0.1:%u", c->proxy->port);
    }
    go(c, _i >= CUT ? url : c->s->url, COUNT + 1);
    wait_for_the_window(c);
    lose(c, _i);
    kit_until(&c->k, c->ended == COUNT + 1);
    unsigned first = answered(c);
    check_ends(c, first, DUPD_EAGAIN);
    if (_i == CUT_BETWEEN_REPLIES)
        ck_assert_uint_ge(first, 51);
    else
        ck_assert_uint_eq(first, 0);
    ck_assert_uint_le(sent(c), COUNT);
    if (_i == SERVER_DIES)
        redis_server_restart(c->s, NULL);
    kit_until(&c->k, redis_state(c->k.r) == REDIS_UP);
    ck_assert_int_eq(kit_say(&c->k, &b, "PING"), 0); /* and none of them went before it */
    long long in = redis_server_int(c->s, "LLEN list");
    if (_i == CUT_BETWEEN_REPLIES)
        ck_assert(in >= first - 1 && in < sent(c));
    else
        ck_assert_int_eq(in, 0);
    ck_assert_uint_eq(redis_pending(c->k.r), 0);
    redis_batch_close(&b.b);
    part(c);
}
END_TEST

/* ---- deadlines ---- */

/* They run from when a batch is sent: one that waits for longer than its own has all of it then. */
START_TEST(waiting_takes_nothing_of_a_deadline)
{
    struct crowd *c = gather(1, "2.5");
    for (unsigned i = 1; i <= COUNT; i++)
        c->m[i].b.deadline_ms = 2000;
    go(c, c->s->url, COUNT + 1);
    kit_until(&c->k, c->ended == COUNT + 1);
    check_ends(c, COUNT + 1, 0);
    ck_assert_uint_eq(redis_counters(c->k.r)->errors[REDIS_TIMEOUT], 0);
    part(c);
}
END_TEST

/* And what waits is bounded by the deadline of those before it. */
START_TEST(a_deadline_ends_those_that_wait_behind_it)
{
    struct crowd *c = gather(1, "0");
    c->m[0].b.deadline_ms = 300;
    for (unsigned i = 1; i <= COUNT; i++)
        c->m[i].b.deadline_ms = i % 2;
    go(c, c->s->url, COUNT + 1);
    kit_until(&c->k, c->ended == COUNT + 1);
    check_ends(c, 0, DUPD_EAGAIN);
    ck_assert_uint_eq(c->order[0], 0);
    ck_assert_uint_eq(sent(c), 1);
    ck_assert_uint_ge(uv_hrtime() / 1000, c->m[0].b.sent_us + 300000);
    ck_assert_uint_eq(redis_counters(c->k.r)->errors[REDIS_TIMEOUT], 1);
    kit_until(&c->k, redis_state(c->k.r) == REDIS_UP);
    ck_assert_int_eq(redis_server_int(c->s, "LLEN list"), 0);
    part(c);
}
END_TEST

/* ---- "not now" ---- */

static bool is_busy(struct redis_server *s)
{
    redisReply *reply = redis_server_run(s, "PING");
    bool yes = reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "BUSY ", 5) == 0;
    freeReplyObject(reply);
    return yes;
}

/* Those on their way have the server's answer, which is an error; those that wait are not sent. */
START_TEST(a_busy_server_ends_each_that_waits)
{
    struct crowd *c = gather(4000, "0");
    struct kit_batch b = {0};
    int written = 0;
    kit_open(&c->k, c->s->url);
    kit_until(&c->k, redis_state(c->k.r) == REDIS_UP);
    redisContext *hog = redisConnectUnix(c->s->socket);
    ck_assert(hog && !hog->err);
    redisAppendCommand(hog, "EVAL %s 0", "while true do end");
    while (!written)
        ck_assert_int_eq(redisBufferWrite(hog, &written), REDIS_OK);
    kit_until(&c->k, is_busy(c->s));
    submit(c, COUNT + 1);
    kit_until(&c->k, c->ended == COUNT + 1);
    unsigned n = that_fit(c);
    ck_assert_uint_eq(sent(c), n);
    for (unsigned i = 0; i <= COUNT; i++) {
        ck_assert_uint_eq(c->m[i].done, 1);
        ck_assert_int_eq(c->m[i].b.status, i < n ? 0 : DUPD_EAGAIN);
        ck_assert(c->m[i].busy == (i < n));
    }
    ck_assert_int_eq(redis_state(c->k.r), REDIS_WAITING);
    redis_server_do(c->s, "SCRIPT KILL");
    kit_until(&c->k, redis_state(c->k.r) == REDIS_UP);
    ck_assert_uint_eq(redis_counters(c->k.r)->connects, 1);
    ck_assert_int_eq(kit_say(&c->k, &b, "PING"), 0);
    ck_assert_int_eq(redis_server_int(c->s, "LLEN list"), 0);
    redisFree(hog);
    redis_batch_close(&b.b);
    part(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("redis_window");
    TCase *t = tcase_create("window");
    const int sizes = sizeof windows / sizeof windows[0];
    tcase_set_timeout(t, 0);
    tcase_add_loop_test(t, no_more_than_the_window_is_on_its_way, 0, sizes);
    tcase_add_loop_test(t, what_is_submitted_meanwhile_goes_behind_those_that_wait, 0, sizes);
    tcase_add_test(t, closing_ends_each_that_waits);
    tcase_add_test(t, closing_in_a_callback_ends_each_that_waits);
    tcase_add_loop_test(t, a_lost_connection_ends_each_that_waits, 0, LOSSES);
    tcase_add_test(t, waiting_takes_nothing_of_a_deadline);
    tcase_add_test(t, a_deadline_ends_those_that_wait_behind_it);
    tcase_add_test(t, a_busy_server_ends_each_that_waits);
    suite_add_tcase(s, t);
    return kit_main(s);
}
