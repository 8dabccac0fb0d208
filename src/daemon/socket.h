/*
 * socket.h: articles for the embedded store while a daemon holds its lock.
 *
 * A Unix socket DIR/socket, for the user who owns the store. Each line in is a JSON object with the
 * fields of an article; each line out answers the next one, in order: the verdict, once it is
 * durable, or {"error":"...","code":"TOOBIG"}. A client may send many lines before it reads; what
 * it sends beyond SOCKET_WINDOW articles waits in its own buffers. Articles are taken as imports: a
 * date of publication is believed however old.
 */
#ifndef DAEMON_SOCKET_H
#define DAEMON_SOCKET_H

#include "daemon/intake.h"

#define SOCKET_NAME "socket"
#define SOCKET_WINDOW 32u  /* articles of one client at work */
#define SOCKET_CLIENTS 64u /* further ones wait to be accepted */

struct socket_client;

struct socket_server {
    uv_loop_t *loop;
    struct log *log;
    struct intake *intake;
    uv_pipe_t pipe;
    uv_timer_t again; /* until a client is taken for whom there was no memory */
    int dir;          /* descriptor of the store's directory */
    struct socket_client *first;
    unsigned clients;
    bool full, closing;
    void (*closed)(void *data);
    void *data;
};

/* Listens in the directory. A socket file that a killed daemon left is replaced: the caller holds
 * the store's lock. Returns 0 or a code, with one line in problem. */
int socket_open(struct socket_server *s, uv_loop_t *loop, struct log *log, struct intake *intake,
                const char *dir, char problem[512]);

/* Takes no more, ends what is at work, removes the socket, then `closed`. */
void socket_close(struct socket_server *s, void (*closed)(void *data), void *data);

#endif
