/*
 * watch.c: how long each turn of the loop worked. libuv counts the time that it waits for events
 * (UV_METRICS_IDLE_TIME); the rest of a turn is ours. A timer would see only what happens to be
 * under way when it is due.
 */
#include "daemon/watch.h"

#define SPAN_NS UINT64_C(15000000000)

static void on_turn(uv_check_t *check)
{
    struct watch *w = check->data;
    uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(check->loop);
    uint64_t all = now - w->turn_ns, waited = idle - w->idle_ns;
    double worked = all > waited ? (double)(all - waited) / 1e9 : 0;
    w->turn_ns = now;
    w->idle_ns = idle;
    w->turns++;
    bool rotates = now - w->since_ns >= SPAN_NS;
    if (rotates) {
        w->before = w->longest;
        w->longest = 0;
        w->since_ns = now;
    }
    if (worked > w->longest)
        w->longest = worked;
    if (rotates || worked >= w->longest)
        metrics_set(w->metrics, METRIC_LOOP_DELAY, 0,
                    w->longest > w->before ? w->longest : w->before);
    if (worked * 1000 > WATCH_WARN_MS)
        LOG(w->log, LOG_WARNING, "loop_held_up", "the event loop was held up",
            log_real("seconds", worked));
}

void watch_woken(struct watch *w)
{
    w->turn_ns = uv_hrtime();
    w->idle_ns = uv_metrics_idle_time(w->check.loop);
}

void watch_open(struct watch *w, uv_loop_t *loop, struct log *log, struct metrics *metrics)
{
    *w = (struct watch){.log = log, .metrics = metrics};
    uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
    w->turn_ns = w->since_ns = uv_hrtime();
    w->idle_ns = uv_metrics_idle_time(loop);
    uv_check_init(loop, &w->check);
    w->check.data = w;
    uv_check_start(&w->check, on_turn);
    uv_unref((uv_handle_t *)&w->check);
}

void watch_close(struct watch *w)
{
    uv_close((uv_handle_t *)&w->check, NULL);
}
