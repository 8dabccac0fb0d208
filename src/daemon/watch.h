/*
 * watch.h: is the loop being held up? The time that each turn of the loop spent working, waiting
 * not counted, goes to dupd_loop_delay_seconds (the longest of the last half minute), and over
 * WATCH_WARN_MS to the log.
 */
#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

#include <uv.h>

#include "daemon/log.h"
#include "daemon/metrics.h"

#define WATCH_WARN_MS 50u

struct watch {
    struct log *log;
    struct metrics *metrics;
    uv_check_t check;
    uint64_t turn_ns, idle_ns; /* when the last turn ended; how long the loop had waited by then */
    uint64_t since_ns;
    double longest, before; /* of this span of 15 s and of the one before */
    uint64_t turns;         /* for the watchdog: the loop turns */
};

/* The loop must not have run yet. */
void watch_open(struct watch *w, uv_loop_t *loop, struct log *log, struct metrics *metrics);
/* A signal has come: what came before it in this turn was waiting. (libuv 1.44 does not count a
 * wait that a signal ends.) Call it first in what the signal calls. */
void watch_woken(struct watch *w);
void watch_close(struct watch *w);

#endif
