/*
 * redis_server.h: a real redis-server that belongs to a test: in a directory of its own, on a Unix
 * socket and, if asked for, on a free TCP port; gone with the test, however that ends.
 *
 *   struct redis_server *s = redis_server_start("maxmemory 1mb\n", 0);
 *   ... redis_server_url(s) ... redis_server_int(s, "EXISTS %s", "key") ...
 *   redis_server_free(s);
 *
 * $REDIS_SERVER names another program (valkey-server). What goes wrong here aborts the test with a
 * word of why. Link tests/support/redis_server.c and PkgConfig::HIREDIS.
 */
#ifndef SUPPORT_REDIS_SERVER_H
#define SUPPORT_REDIS_SERVER_H

#include <hiredis/hiredis.h>
#include <sys/types.h>

enum {
    REDIS_SERVER_PORT = 1,     /* listen on 127.0.0.1 too, on s->port */
    REDIS_SERVER_TLS = 2,      /* TLS on s->tls_port; the files are those of redis_server_tls */
    REDIS_SERVER_SENTINEL = 4, /* a Sentinel, on s->port only */
    REDIS_SERVER_NO_WAIT = 8,  /* start returns at once, ready or not */
};

struct redis_server {
    char dir[64], socket[96];
    unsigned port, tls_port; /* 0: none. The same after a restart */
    pid_t pid;               /* 0: not running */
    unsigned flags;
    char *config;
    char url[128]; /* redis+unix://...; a Sentinel's: redis://127.0.0.1:port */
};

/* `config`: lines of redis.conf, or NULL. Without them: nothing is saved, no password, DEBUG is
 * allowed. For TLS a directory with its files is made first: redis_server_tls. */
struct redis_server *redis_server_start(const char *config, unsigned flags);
/* Kills it and removes its directory. */
void redis_server_free(struct redis_server *s);

void redis_server_kill(struct redis_server *s); /* SIGKILL, and waits for its end */
void redis_server_stop(struct redis_server *s); /* SIGSTOP */
void redis_server_continue(struct redis_server *s);
/* Starts it again after redis_server_kill, on the same directory, socket and ports, with the lines
 * of `config`, or the old ones when NULL. */
void redis_server_restart(struct redis_server *s, const char *config);
/* Until it answers a command with anything but LOADING. */
void redis_server_wait(struct redis_server *s);

/* One command, over a new connection to the Unix socket (a Sentinel's port); never NULL, free it
 * with freeReplyObject. `auth`: "password", "user password" or NULL. */
redisReply *redis_server_run(struct redis_server *s, const char *format, ...);
redisReply *redis_server_run_as(struct redis_server *s, const char *auth, const char *format, ...);
/* The same, for an integer reply, and for one whose value does not matter but must be no error. */
long long redis_server_int(struct redis_server *s, const char *format, ...);
void redis_server_do(struct redis_server *s, const char *format, ...);

/* Makes, in a new directory, with the openssl program: ca.crt, server.crt/.key (localhost,
 * 127.0.0.1, ::1), client.crt/.key, other-ca.crt, wrong.crt/.key (host name wrong.example). The
 * caller frees the path with redis_server_tls_free, which removes it. */
char *redis_server_tls(void);
void redis_server_tls_free(char *dir);

/* A TCP port of 127.0.0.1 that was free a moment ago. */
unsigned redis_server_free_port(void);

#endif
