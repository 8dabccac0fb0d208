/*
 * api_events.c: the live feed, Server-Sent Events (WHATWG HTML, 9.2).
 *
 *   view_flush ─► api_wake ─► (at most 250 ms later) tick: one message for all clients
 *
 * An event's id is "<view>-<number>". A client that comes back names the last one it has seen and
 * gets what it missed, if that is not too much and of this view; else `reset`, on which it loads
 * the lists anew. Under a flood the feed is a sample: of more than EVENTS_A_TICK new events the
 * newest are sent, after a `skipped` that says how many were left out.
 *
 * Cost: each event is written once, and sent to all clients from the same memory, in one write a
 * client and tick. A client that does not read is cut when event_backlog bytes wait for it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/api_server.h"
#include "dupd/error.h"

#define TICK_MS 250
#define PING_MS 15000
#define EVENTS_A_TICK 100u
#define EVENTS_MISSED_MAX 500u

struct writing {
    struct api *api;
    struct dupd_buf out;
    int status;
};

static void write_event(void *data, uint64_t number, const char *event, struct dupd_view json)
{
    struct writing *w = data;
    if (!w->status)
        w->status = dupd_buf_addf(&w->out,
                                  "id: %s-%llu\nevent: %s\ndata: ", view_name(w->api->options.view),
                                  (unsigned long long)number, event);
    if (!w->status)
        w->status = dupd_buf_add_view(&w->out, json);
    if (!w->status)
        w->status = dupd_buf_add_str(&w->out, "\n\n");
}

static void drop_client(struct event_client *c)
{
    *(c->previous ? &c->previous->next : &c->api->first_client) = c->next;
    if (c->next)
        c->next->previous = c->previous;
    c->api->clients--;
    free(c);
}

static void on_gone(struct http_exchange *x, void *data)
{
    (void)x;
    drop_client(data);
}

static void send_to(struct event_client *c, struct http_shared *message)
{
    if (http_send(c->x, message) == DUPD_EFULL && c->api->options.metrics)
        metrics_add(c->api->options.metrics, METRIC_EVENT_DROPPED, 0, 1);
}

/* To all; a client that is cut leaves the list later, from the loop. */
static void send_to_all(struct api *a, struct dupd_view bytes)
{
    struct http_shared *message = bytes.len ? http_shared_new(bytes) : NULL;
    if (!message)
        return;
    for (struct event_client *c = a->first_client; c; c = c->next)
        send_to(c, message);
    http_shared_drop(message);
}

static void on_tick(uv_timer_t *timer)
{
    struct api *a = timer->data;
    struct writing w = {.api = a};
    uint64_t newest = view_newest(a->options.view);
    if (newest <= a->sent)
        return;
    if (a->first_client) {
        if (newest - a->sent > EVENTS_A_TICK) {
            uint64_t skipped = newest - a->sent - EVENTS_A_TICK;
            w.status = dupd_buf_addf(&w.out, "event: skipped\ndata: {\"count\":%llu}\n\n",
                                     (unsigned long long)skipped);
            a->sent += skipped;
        }
        int n = view_events(a->options.view, a->sent, EVENTS_A_TICK, write_event, &w);
        if (n >= 0 && !w.status)
            send_to_all(a, dupd_buf_view(&w.out));
    }
    a->sent = newest;
    dupd_buf_close(&w.out);
}

static void on_ping(uv_timer_t *timer)
{
    struct api *a = timer->data;
    send_to_all(a, DUPD_VIEW(": ping\n\n"));
}

void api_wake(struct api *a)
{
    if (!a->closing && a->options.view && !uv_is_active((uv_handle_t *)&a->tick))
        uv_timer_start(&a->tick, on_tick, TICK_MS, 0);
}

/* "<view>-<number>" of this view: the number; else false. */
static bool read_last(struct api *a, struct dupd_view text, uint64_t *out)
{
    size_t len = strlen(view_name(a->options.view));
    *out = 0;
    if (text.len < len + 2 || text.len > len + 20 ||
        memcmp(text.ptr, view_name(a->options.view), len) != 0 || text.ptr[len] != '-')
        return false;
    for (size_t i = len + 1; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return true;
}

/* What a client is sent first: where the feed stands, and what it missed. */
static int write_first(struct api *a, struct dupd_view last, struct writing *w)
{
    uint64_t seen;
    int rc = dupd_buf_addf(&w->out, "retry: 2000\nid: %s-%llu\nevent: hello\ndata: {}\n\n",
                           view_name(a->options.view), (unsigned long long)a->sent);
    if (rc || last.len == 0)
        return rc;
    if (!read_last(a, last, &seen) || seen > a->sent || a->sent - seen > EVENTS_MISSED_MAX)
        return dupd_buf_add_str(&w->out, "event: reset\ndata: {}\n\n");
    dupd_buf_clear(&w->out);
    rc = dupd_buf_add_str(&w->out, "retry: 2000\nevent: hello\ndata: {}\n\n");
    if (!rc && seen < a->sent) {
        int n = view_events(a->options.view, seen, (unsigned)(a->sent - seen), write_event, w);
        rc = n < 0 ? n : w->status;
    }
    return rc;
}

void api_events(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    struct writing w = {.api = a};
    struct dupd_buf given = {0};
    (void)argument;
    if (!a->options.view) {
        http_refuse(x, 404, "this daemon keeps no view", "start it with a state directory");
        return;
    }
    struct event_client *c =
        a->clients < a->options.event_clients_max ? calloc(1, sizeof *c) : NULL;
    struct dupd_view last = http_field(http_request(x), "last-event-id");
    if (last.len == 0 && api_parameter(http_request(x), "last", &given) == 1)
        last = dupd_buf_view(&given);
    struct http_shared *first =
        c && !write_first(a, last, &w) ? http_shared_new(dupd_buf_view(&w.out)) : NULL;
    dupd_buf_close(&given);
    dupd_buf_close(&w.out);
    if (!first) {
        free(c);
        http_refuse(x, 503, "too many clients of the live feed", "try again later");
        return;
    }
    http_set_data(x, c);
    *c = (struct event_client){.api = a, .x = x, .next = a->first_client};
    if (http_stream(x, "text/event-stream", on_gone)) {
        free(c);
    } else {
        if (c->next)
            c->next->previous = c;
        a->first_client = c;
        a->clients++;
        send_to(c, first);
    }
    http_shared_drop(first);
}

int api_events_open(struct api *a)
{
    uv_timer_init(a->loop, &a->tick);
    uv_timer_init(a->loop, &a->ping);
    a->tick.data = a->ping.data = a;
    a->timers = 2;
    uv_timer_start(&a->ping, on_ping, PING_MS, PING_MS);
    return DUPD_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct api *a = handle->data;
    a->timers--;
    api_settle(a);
}

void api_events_close(struct api *a)
{
    uv_close((uv_handle_t *)&a->tick, on_timer_closed);
    uv_close((uv_handle_t *)&a->ping, on_timer_closed);
}
