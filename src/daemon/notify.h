/*
 * notify.h: tells systemd how the service is (sd_notify(3), without its library).
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

struct notify {
    int fd; /* -1: nobody listens */
};

/* `socket`: the environment's NOTIFY_SOCKET, "/path" or "@abstract"; NULL or unusable: nothing is
 * ever sent. */
void notify_open(struct notify *n, const char *socket);
void notify_close(struct notify *n);

/* "READY=1", "STOPPING=1", "STATUS=...": lines as in sd_notify(3). Never blocks; a message that
 * cannot be sent is lost. */
void notify_send(struct notify *n, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How often WATCHDOG=1 is due, in ms: half of WATCHDOG_USEC. 0: not asked for, or not of us
 * (WATCHDOG_PID). Both are the environment's and may be NULL. */
uint64_t notify_watchdog_ms(const char *usec, const char *pid);

#endif
