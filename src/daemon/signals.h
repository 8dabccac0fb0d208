/*
 * signals.h: SIGTERM and SIGINT, SIGHUP, on the loop: nothing is done in a signal handler.
 */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

#include <uv.h>

struct signal_actions {
    void (*stop)(void *data);   /* SIGTERM, SIGINT; each time */
    void (*reload)(void *data); /* SIGHUP */
    void *data;
};

struct signals {
    uv_signal_t term, interrupt, hangup;
    struct signal_actions actions;
};

void signals_open(struct signals *s, uv_loop_t *loop, const struct signal_actions *actions);
void signals_close(struct signals *s);

#endif
