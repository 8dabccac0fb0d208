/*
 * redis_bench.c: what the Redis client costs, beside hiredis's own pipelining, on the same server
 * over the same Unix socket in one run.
 *
 *   redis_bench [COMMANDS] [REDIS-SERVER]
 *
 * Two loads, each by both clients in turn, three rounds: batches of 64 APPENDs of 24 bytes, 8
 * batches under way; and batches of one MGET of 100 values of 512 bytes (50 KB), 8 under way. The
 * peer is hiredis's blocking API as it is meant to be used for pipelining: redisAppendCommandArgv
 * 64 times, then 64 redisGetReply (one batch at a time: it has no way to have several under way).
 * Prints commands a second by the wall and processor time of the client a command, user and system.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "redis/redis.h"

#define BATCH 64u
#define UNDER_WAY 8u
#define KEYS 1000u
#define VALUES 100u
#define VALUE 512u
#define ROUNDS 3

enum load { APPEND, MGET };

struct run {
    enum load load;
    uint64_t commands, left; /* to be submitted */
    unsigned under_way;
    uint64_t bytes; /* of the replies, so that they are looked at */
    struct redis *r;
    uv_loop_t loop;
    uint64_t next;
};

struct cost {
    double wall, user, system;
};

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static struct cost now(void)
{
    struct rusage u;
    struct timespec t;
    getrusage(RUSAGE_SELF, &u);
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (struct cost){(double)t.tv_sec + (double)t.tv_nsec / 1e9, seconds(u.ru_utime),
                         seconds(u.ru_stime)};
}

static void die(const char *what)
{
    fprintf(stderr, "redis_bench: %s\n", what);
    exit(1);
}

static void print(const char *who, const struct run *run, struct cost before)
{
    struct cost after = now();
    double n = (double)run->commands;
    printf("%-6s %-8s %9.0f commands/s   client %6.2f us a command (user %5.2f, system %5.2f)"
           "   %5.0f MB/s\n",
           run->load == APPEND ? "APPEND" : "MGET", who, n / (after.wall - before.wall),
           (after.user + after.system - before.user - before.system) / n * 1e6,
           (after.user - before.user) / n * 1e6, (after.system - before.system) / n * 1e6,
           (double)run->bytes / (after.wall - before.wall) / 1e6);
}

static uint64_t commands_in_batch(enum load load)
{
    return load == APPEND ? BATCH : 1;
}

static const char value[] = "24 bytes are appended...";

/* ---- ours ---- */

static void fill(struct run *run, struct redis_batch *b)
{
    char key[BATCH][24];
    redis_batch_begin(b);
    if (run->load == APPEND) {
        for (unsigned i = 0; i < BATCH; i++) {
            int n = snprintf(key[i], sizeof key[i], "append:%u", (unsigned)(run->next++ % KEYS));
            struct dupd_view words[] = {DUPD_VIEW("APPEND"), {key[i], (size_t)n}, DUPD_VIEW(value)};
            redis_batch_add(b, 3, words);
        }
        return;
    }
    struct dupd_view words[VALUES + 1] = {DUPD_VIEW("MGET")};
    char name[VALUES][24];
    for (unsigned i = 0; i < VALUES; i++) {
        int n = snprintf(name[i], sizeof name[i], "get:%u", (unsigned)(run->next++ % KEYS));
        words[i + 1] = (struct dupd_view){name[i], (size_t)n};
    }
    redis_batch_add(b, VALUES + 1, words);
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct run *run = b->data;
    (void)index;
    if (reply->type == REDIS_REPLY_ERROR)
        die(reply->str);
    for (size_t i = 0; i < reply->elements; i++)
        run->bytes += reply->element[i]->len;
}

static void on_done(struct redis_batch *b, int status)
{
    struct run *run = b->data;
    if (status)
        die("a batch failed");
    run->under_way--;
    if (!run->left)
        return;
    run->left--;
    run->under_way++;
    fill(run, b);
    redis_submit(run->r, b);
}

static void run_ours(struct run *run, const char *socket)
{
    struct redis_batch batch[UNDER_WAY] = {0};
    struct redis_options o;
    struct redis_url u;
    char problem[512], url[128];
    redis_options_default(&o);
    snprintf(url, sizeof url, "redis+unix://%s", socket);
    uv_loop_init(&run->loop);
    if (redis_url_parse(&u, url, problem) || redis_open(&run->r, &run->loop, &u, &o, problem))
        die(problem);
    while (redis_state(run->r) != REDIS_UP)
        uv_run(&run->loop, UV_RUN_ONCE);
    struct cost before = now();
    run->left = run->commands / commands_in_batch(run->load);
    for (unsigned i = 0; i < UNDER_WAY; i++) {
        batch[i].data = run;
        batch[i].on_reply = on_reply;
        batch[i].on_done = on_done;
        run->under_way++;
        run->left--;
        fill(run, &batch[i]);
        redis_submit(run->r, &batch[i]);
    }
    while (run->under_way)
        uv_run(&run->loop, UV_RUN_ONCE);
    print("dupd", run, before);
    redis_close(run->r, NULL, NULL);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    uv_loop_close(&run->loop);
    for (unsigned i = 0; i < UNDER_WAY; i++)
        redis_batch_close(&batch[i]);
}

/* ---- hiredis ---- */

static void append(struct run *run, redisContext *c)
{
    char key[VALUES][24];
    const char *word[VALUES + 1] = {run->load == APPEND ? "APPEND" : "MGET"};
    size_t length[VALUES + 1] = {strlen(word[0])};
    if (run->load == APPEND) {
        word[1] = key[0];
        word[2] = value;
        length[1] =
            (size_t)snprintf(key[0], sizeof key[0], "append:%u", (unsigned)(run->next++ % KEYS));
        length[2] = sizeof value - 1;
        redisAppendCommandArgv(c, 3, word, length);
        return;
    }
    for (unsigned i = 0; i < VALUES; i++) {
        word[i + 1] = key[i];
        length[i + 1] =
            (size_t)snprintf(key[i], sizeof key[i], "get:%u", (unsigned)(run->next++ % KEYS));
    }
    redisAppendCommandArgv(c, VALUES + 1, word, length);
}

static void run_hiredis(struct run *run, const char *socket)
{
    redisContext *c = redisConnectUnix(socket);
    if (!c || c->err)
        die("hiredis cannot connect");
    /* as many commands in one go as ours has under way, so that both fill the pipe alike */
    unsigned in_one_go = (unsigned)commands_in_batch(run->load) * UNDER_WAY;
    struct cost before = now();
    for (uint64_t sent = 0; sent < run->commands; sent += in_one_go) {
        for (unsigned i = 0; i < in_one_go; i++)
            append(run, c);
        for (unsigned i = 0; i < in_one_go; i++) {
            redisReply *reply;
            if (redisGetReply(c, (void **)&reply) != REDIS_OK || reply->type == REDIS_REPLY_ERROR)
                die("hiredis: a command failed");
            for (size_t j = 0; j < reply->elements; j++)
                run->bytes += reply->element[j]->len;
            freeReplyObject(reply);
        }
    }
    print("hiredis", run, before);
    redisFree(c);
}

/* ---- the server ---- */

static pid_t start_server(const char *program, const char *dir, const char *socket)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!freopen("/dev/null", "w", stdout))
        _exit(127);
    execlp(program, program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly",
           "no", "--dir", dir, "--loglevel", "warning", (char *)NULL);
    _exit(127);
}

static void prepare(const char *socket)
{
    redisContext *c = NULL;
    for (int i = 0; i < 1000 && (!c || c->err); i++) {
        if (c)
            redisFree(c);
        nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
        c = redisConnectUnix(socket);
    }
    if (!c || c->err)
        die("the server does not start");
    char text[VALUE + 1];
    memset(text, 'v', VALUE);
    text[VALUE] = 0;
    for (unsigned i = 0; i < KEYS; i++)
        freeReplyObject(redisCommand(c, "SET get:%u %s", i, text));
    redisFree(c);
}

int main(int argc, char **argv)
{
    uint64_t commands = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
    char dir[] = "/tmp/redis-bench-XXXXXX", socket[64];
    if (commands < 100000 || !mkdtemp(dir))
        die("usage: redis_bench [COMMANDS, at least 100000] [REDIS-SERVER]");
    signal(SIGPIPE, SIG_IGN);
    snprintf(socket, sizeof socket, "%s/s", dir);
    pid_t server = start_server(argc > 2 ? argv[2] : "redis-server", dir, socket);
    prepare(socket);
    for (int round = 0; round < ROUNDS; round++) {
        for (int load = APPEND; load <= MGET; load++) {
            uint64_t n = load == APPEND ? commands : commands / 50;
            n = n / (BATCH * UNDER_WAY) * (BATCH * UNDER_WAY);
            struct run ours = {.load = (enum load)load, .commands = n}, theirs = ours;
            run_ours(&ours, socket);
            run_hiredis(&theirs, socket);
            redisContext *c = redisConnectUnix(socket);
            for (unsigned i = 0; c && load == APPEND && i < KEYS; i++)
                freeReplyObject(redisCommand(c, "DEL append:%u", i));
            if (c)
                redisFree(c);
        }
    }
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    unlink(socket);
    rmdir(dir);
    return 0;
}
