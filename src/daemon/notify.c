/*
 * notify.c: one datagram a message to the socket that systemd named. A name that begins with '@' is
 * an abstract one (its first byte is 0 on the wire).
 */
#include "daemon/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_open(struct notify *n, const char *socket_name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = socket_name ? strlen(socket_name) : 0;
    n->fd = -1;
    if (len < 2 || len >= sizeof to.sun_path || (socket_name[0] != '/' && socket_name[0] != '@'))
        return;
    memcpy(to.sun_path, socket_name, len);
    if (socket_name[0] == '@')
        to.sun_path[0] = '\0';
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (n->fd >= 0 && connect(n->fd, (const struct sockaddr *)&to, size))
        notify_close(n);
}

void notify_close(struct notify *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

void notify_send(struct notify *n, const char *format, ...)
{
    char text[512];
    va_list args;
    if (n->fd < 0)
        return;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len <= 0)
        return;
    size_t size = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    ssize_t sent = send(n->fd, text, size, MSG_NOSIGNAL);
    (void)sent; /* systemd is gone or full: there is nobody to tell */
}

uint64_t notify_watchdog_ms(const char *usec, const char *pid)
{
    char *end;
    if (!usec || (pid && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    unsigned long long us = strtoull(usec, &end, 10);
    if (end == usec || *end || us < 2000 || us > UINT64_C(86400000000))
        return 0;
    return us / 2000;
}
