/* signals.c: signals as events of the loop. A signal that cannot be watched keeps its default. */
#include "daemon/signals.h"

#include <signal.h>

static void on_signal(uv_signal_t *handle, int number)
{
    const struct signals *s = handle->data;
    if (number == SIGHUP)
        s->actions.reload(s->actions.data);
    else
        s->actions.stop(s->actions.data);
}

static void watch(struct signals *s, uv_signal_t *handle, uv_loop_t *loop, int number)
{
    uv_signal_init(loop, handle);
    handle->data = s;
    uv_signal_start(handle, on_signal, number);
}

void signals_open(struct signals *s, uv_loop_t *loop, const struct signal_actions *actions)
{
    s->actions = *actions;
    watch(s, &s->term, loop, SIGTERM);
    watch(s, &s->interrupt, loop, SIGINT);
    watch(s, &s->hangup, loop, SIGHUP);
}

void signals_close(struct signals *s)
{
    uv_close((uv_handle_t *)&s->term, NULL);
    uv_close((uv_handle_t *)&s->interrupt, NULL);
    uv_close((uv_handle_t *)&s->hangup, NULL);
}
