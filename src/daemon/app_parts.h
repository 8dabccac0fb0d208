/*
 * app_parts.h: the daemon's state: every part, once. For app*.c only.
 */
#ifndef DAEMON_APP_PARTS_H
#define DAEMON_APP_PARTS_H

#include "daemon/app.h"
#include "daemon/eyes.h"
#include "daemon/intake.h"
#include "daemon/notify.h"
#include "daemon/outbox.h"
#include "daemon/queue.h"
#include "daemon/signals.h"
#include "daemon/socket.h"
#include "daemon/watch.h"
#include "daemon/where.h"

struct app {
    struct app_options options;
    uv_loop_t loop;
    struct log log;
    struct metrics *metrics;
    struct notify notify;
    struct workers workers;
    struct watch watch;
    struct signals signals;
    struct rules rules; /* until the intake has them */
    struct where_names names;
    char *where; /* the store, as people are told */
    struct store *store;
    struct store_thread *thread; /* the embedded store's; NULL: it is in Redis */
    struct intake intake;
    struct queue queue;
    struct outbox outbox; /* of an embedded store with a queue */
    struct socket_server socket;
    struct eyes eyes;
    bool has_intake, has_queue, has_socket, has_eyes;
    uv_timer_t beat;
    uint64_t started_ms, barked_ms, watchdog_ms;
    bool ready, stopping, said_store_down, store_was_ready;
    unsigned waiting; /* parts that are still to close */
    int status;

    /* a reload under way: what is taken over when the intake is quiet */
    bool reloading;
    struct settings fresh;
    struct rules fresh_rules;
};

/* Begins to end the daemon, which then exits with that status. */
void app_stop(struct app *app, int status);

/* app_reload.c: SIGHUP. `data` is the app. */
void app_reload(void *data);

#endif
