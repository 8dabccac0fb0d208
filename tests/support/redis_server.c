/*
 * redis_server.c: starting, hurting and ending a redis-server of the test's own. The server dies
 * with the process that started it (PR_SET_PDEATHSIG), so that a crashed test leaves none behind.
 */
#include "support/redis_server.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READY_S 60 /* with sanitizers, on a machine that does other things too */

static void give_up(const char *what, const char *where)
{
    fprintf(stderr, "redis_server: %s: %s\n", what, where);
    abort();
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void make_directory(char *dir, size_t size)
{
    const char *base = getenv("TMPDIR");
    /* the path of a Unix socket has 107 bytes */
    snprintf(dir, size, "%s/dupd-redis-XXXXXX", base && strlen(base) < 32 ? base : "/tmp");
    if (!mkdtemp(dir))
        give_up("mkdtemp", dir);
}

unsigned redis_server_free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) ||
        getsockname(fd, (struct sockaddr *)&a, &len))
        give_up("no free port", "127.0.0.1");
    close(fd);
    return ntohs(a.sin_port);
}

/* ---- starting ---- */

static void write_config(const struct redis_server *s)
{
    char path[128];
    snprintf(path, sizeof path, "%s/redis.conf", s->dir);
    FILE *f = fopen(path, "w");
    if (!f)
        give_up("cannot write", path);
    fprintf(f, "dir %s\nlogfile %s/log\ndaemonize no\nport %u\n", s->dir, s->dir, s->port);
    if (s->port)
        fprintf(f, "bind 127.0.0.1\nprotected-mode no\n");
    if (!(s->flags & REDIS_SERVER_SENTINEL))
        fprintf(f,
                "unixsocket %s\nunixsocketperm 700\nsave \"\"\nappendonly no\n"
                "enable-debug-command yes\nrepl-diskless-sync-delay 0\n",
                s->socket);
    if (s->tls_port)
        fprintf(f, "tls-port %u\nbind 127.0.0.1\nprotected-mode no\n", s->tls_port);
    if (s->config)
        fputs(s->config, f);
    fputc('\n', f);
    fclose(f);
}

static void launch(struct redis_server *s)
{
    const char *program = getenv("REDIS_SERVER");
    char path[128];
    snprintf(path, sizeof path, "%s/redis.conf", s->dir);
    pid_t parent = getpid();
    s->pid = fork();
    if (s->pid < 0)
        give_up("fork", s->dir);
    if (s->pid)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    execlp(program ? program : "redis-server", "redis-server", path,
           s->flags & REDIS_SERVER_SENTINEL ? "--sentinel" : NULL, (char *)NULL);
    perror("redis-server");
    _exit(127);
}

/* True when it has ended by itself; its log goes to stderr unless it lost the race for a port. */
static bool has_ended(struct redis_server *s)
{
    char path[128], line[512];
    if (waitpid(s->pid, NULL, WNOHANG) != s->pid)
        return false;
    s->pid = 0;
    snprintf(path, sizeof path, "%s/log", s->dir);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        fputs(line, stderr);
    if (f)
        fclose(f);
    return true;
}

static redisContext *dial(const struct redis_server *s)
{
    struct timeval limit = {.tv_sec = 20};
    redisContext *c = s->flags & REDIS_SERVER_SENTINEL
                          ? redisConnectWithTimeout("127.0.0.1", (int)s->port, limit)
                          : redisConnectUnixWithTimeout(s->socket, limit);
    if (!c || c->err) {
        if (c)
            redisFree(c);
        return NULL;
    }
    redisSetTimeout(c, limit);
    return c;
}

/* Whether it answers with anything but LOADING (also "give a password"). */
static bool answers(const struct redis_server *s)
{
    redisContext *c = dial(s);
    redisReply *reply = c ? redisCommand(c, "PING") : NULL;
    bool ready = reply && !(reply->type == REDIS_REPLY_ERROR && !strncmp(reply->str, "LOADING", 7));
    if (reply)
        freeReplyObject(reply);
    if (c)
        redisFree(c);
    return ready;
}

void redis_server_wait(struct redis_server *s)
{
    time_t end = time(NULL) + READY_S;
    while (!answers(s)) {
        if (has_ended(s))
            give_up("the server has ended", s->dir);
        if (time(NULL) > end)
            give_up("the server is not ready", s->dir);
        nap();
    }
}

static void choose_ports(struct redis_server *s)
{
    if (s->flags & (REDIS_SERVER_PORT | REDIS_SERVER_SENTINEL))
        s->port = redis_server_free_port();
    if (s->flags & REDIS_SERVER_TLS)
        s->tls_port = redis_server_free_port();
    if (s->flags & REDIS_SERVER_SENTINEL)
        snprintf(s->url, sizeof s->url, "redis://127.0.0.1:%u", s->port);
    else
        snprintf(s->url, sizeof s->url, "redis+unix://%s", s->socket);
}

struct redis_server *redis_server_start(const char *config, unsigned flags)
{
    struct redis_server *s = calloc(1, sizeof *s);
    if (!s)
        give_up("no memory", "start");
    signal(SIGPIPE, SIG_IGN);
    s->flags = flags;
    make_directory(s->dir, sizeof s->dir);
    snprintf(s->socket, sizeof s->socket, "%s/redis.sock", s->dir);
    s->config = config ? strdup(config) : NULL;
    /* somebody may take the port between our looking and the server's: then with another */
    for (int attempt = 0; attempt < 5; attempt++) {
        choose_ports(s);
        write_config(s);
        launch(s);
        if (flags & REDIS_SERVER_NO_WAIT)
            return s;
        time_t end = time(NULL) + READY_S;
        while (!has_ended(s)) {
            if (answers(s))
                return s;
            if (time(NULL) > end)
                give_up("the server is not ready", s->dir);
            nap();
        }
    }
    give_up("the server does not start", s->dir);
    return NULL;
}

/* ---- hurting ---- */

void redis_server_kill(struct redis_server *s)
{
    if (!s->pid)
        return;
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    s->pid = 0;
}

void redis_server_stop(struct redis_server *s)
{
    int status;
    kill(s->pid, SIGSTOP);
    waitpid(s->pid, &status, WUNTRACED);
}

void redis_server_continue(struct redis_server *s)
{
    kill(s->pid, SIGCONT);
}

void redis_server_restart(struct redis_server *s, const char *config)
{
    redis_server_kill(s);
    if (config) {
        free(s->config);
        s->config = strdup(config);
    }
    write_config(s);
    launch(s);
    if (!(s->flags & REDIS_SERVER_NO_WAIT))
        redis_server_wait(s);
}

void redis_server_free(struct redis_server *s)
{
    if (!s)
        return;
    redis_server_kill(s);
    nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(s->config);
    free(s);
}

/* ---- asking ---- */

static redisReply *run(struct redis_server *s, const char *auth, const char *format, va_list args)
{
    redisContext *c = dial(s);
    if (!c)
        give_up("cannot connect", s->dir);
    if (auth) {
        const char *space = strchr(auth, ' ');
        redisReply *reply =
            space ? redisCommand(c, "AUTH %b %s", auth, (size_t)(space - auth), space + 1)
                  : redisCommand(c, "AUTH %s", auth);
        if (!reply || reply->type == REDIS_REPLY_ERROR)
            give_up("AUTH", reply ? reply->str : c->errstr);
        freeReplyObject(reply);
    }
    redisReply *reply = redisvCommand(c, format, args);
    if (!reply)
        give_up(format, c->errstr);
    redisFree(c);
    return reply;
}

redisReply *redis_server_run(struct redis_server *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = run(s, NULL, format, args);
    va_end(args);
    return reply;
}

redisReply *redis_server_run_as(struct redis_server *s, const char *auth, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = run(s, auth, format, args);
    va_end(args);
    return reply;
}

long long redis_server_int(struct redis_server *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = run(s, NULL, format, args);
    va_end(args);
    if (reply->type != REDIS_REPLY_INTEGER)
        give_up(format, reply->type == REDIS_REPLY_ERROR ? reply->str : "not an integer");
    long long n = reply->integer;
    freeReplyObject(reply);
    return n;
}

void redis_server_do(struct redis_server *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = run(s, NULL, format, args);
    va_end(args);
    if (reply->type == REDIS_REPLY_ERROR)
        give_up(format, reply->str);
    freeReplyObject(reply);
}

/* ---- certificates ---- */

char *redis_server_tls(void)
{
    static const char script[] =
        "set -e; cd \"$0\"; exec >log 2>&1\n"
        "ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj \"/CN=$1\" -keyout $1.key -out $1.crt; }\n"
        "leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        " -subj \"/CN=$1\" -keyout $1.key -out $1.csr\n"
        " printf 'subjectAltName=%s\\n' \"$2\" >$1.ext\n"
        " openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
        " -extfile $1.ext -out $1.crt; }\n"
        "ca ca; ca other-ca\n"
        "leaf server DNS:localhost,IP:127.0.0.1,IP:::1\n"
        "leaf client DNS:client.example\n"
        "leaf wrong DNS:wrong.example\n";
    char *dir = calloc(1, 64);
    if (!dir)
        give_up("no memory", "tls");
    make_directory(dir, 64);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("sh", "sh", "-c", script, dir, (char *)NULL);
        _exit(127);
    }
    int status = 1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
        give_up("certificates cannot be made", dir);
    return dir;
}

void redis_server_tls_free(char *dir)
{
    nftw(dir, remove_one, 4, FTW_DEPTH | FTW_PHYS);
    free(dir);
}
