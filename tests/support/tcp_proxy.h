/*
 * tcp_proxy.h: a bad network, in the test's own loop: forwards TCP on a port of its own to a Unix
 * socket, in small pieces, slowly, not at all, or up to a point.
 *
 *   struct tcp_proxy *p = tcp_proxy_start(&loop, server->socket);
 *   p->piece = 1; ... connect to 127.0.0.1:p->port ...
 *   tcp_proxy_cut(p); tcp_proxy_close(p);
 */
#ifndef SUPPORT_TCP_PROXY_H
#define SUPPORT_TCP_PROXY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct proxy_pair;

struct tcp_proxy {
    unsigned port;
    size_t piece;       /* bytes forwarded in one turn of the loop; 0: all there are */
    bool stalled;       /* nothing is forwarded, connections stay */
    uint64_t cut_after; /* bytes to the client after which a connection is cut; 0: never */
    unsigned accepted;  /* connections so far */
    uv_loop_t *loop;    /* the rest is its own */
    uv_tcp_t listener;
    uv_idle_t turn;
    unsigned handles;
    bool closing;
    char target[108];
    struct proxy_pair *pairs;
};

struct tcp_proxy *tcp_proxy_start(uv_loop_t *loop, const char *socket);
void tcp_proxy_cut(struct tcp_proxy *p);   /* all connections that there are */
void tcp_proxy_close(struct tcp_proxy *p); /* frees itself from the loop */

#endif
