/*
 * app.h: the daemon: `dupd serve`. It wires the parts together and is the only thing that knows
 * them all.
 *
 *              queue (Redis) ─┐                 ┌─ embedded store, on a thread of its own
 *   dupd add ─ socket ────────┼─> intake ─ engine ─┤
 *                    HTTP ────┘                 └─ Redis store
 *
 * Ends by SIGTERM or SIGINT: takes nothing more, finishes what is in work, says goodbye; a second
 * one ends it at once. SIGHUP reads the configuration again.
 */
#ifndef DAEMON_APP_H
#define DAEMON_APP_H

#include <stdio.h>

#include "settings/settings.h"

/* Exit statuses, those of sysexits.h. */
enum app_exit {
    APP_OK = 0,
    APP_USAGE = 64,       /* the command line is wrong */
    APP_DATA = 65,        /* the store is damaged, or of another version */
    APP_UNAVAILABLE = 69, /* the Redis must not be used: too old */
    APP_INTERNAL = 70,    /* no memory, no threads */
    APP_IO = 74,          /* the store cannot be read or written; cannot listen */
    APP_BUSY = 75,        /* another process writes to the store: try again later */
    APP_CONFIG = 78       /* a setting is wrong, or differs from the store's */
};

struct app_options {
    struct settings *settings; /* borrowed; replaced in place by a reload */
    char *const *environment;
    FILE *err;
    const char *version;
    /* Reads flags, environment and file anew into *fresh (not initialised). Returns 0, or a code
     * with one line for each problem in problems; then *fresh is closed. */
    int (*reload)(void *data, struct settings *fresh, struct dupd_buf *problems);
    void *data;
};

/* Runs until it is told to end. Returns an app_exit. */
int app_run(const struct app_options *options);

#endif
