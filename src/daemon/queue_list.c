/*
 * queue_list.c: the list beside the stream, the figures of the queue, and consumers that are no
 * more.
 *
 * The list is asked for its length five times a second, twice a second when it has long been empty:
 * a command of microseconds. Not BLMOVE, which is refused when Redis is at its memory limit, and
 * would need a third connection. What is there is moved by one script, so that nothing is in both
 * or in none, and only while there is room for it here.
 */
#include "daemon/queue.h"
#include "daemon/script.h"

#define MOVE_MAX 64u
#define MOVE_MS 200u
#define MOVE_IDLE_MS 500u
#define MOVE_IDLE_AFTER 25u /* times that it was empty */
#define MEASURE_MS 5000u
#define TIDY_MS 600000u
#define TIDY_IDLE_MS 3600000u

static struct dupd_view number_view(uint64_t n, char out[24])
{
    int len = snprintf(out, 24, "%llu", (unsigned long long)n);
    return (struct dupd_view){out, (size_t)len};
}

/* ---- the list ---- */

static void on_length(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    (void)index;
    q->list_length = 0;
    if (reply->type == REDIS_REPLY_INTEGER)
        q->list_length = (uint64_t)reply->integer;
    else
        queue_error(q, reply, "LLEN");
}

static void on_moved(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    (void)index;
    if (script_is_unknown(reply)) {
        q->move_whole = true;
        return;
    }
    q->move_whole = false;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        queue_error(q, reply, "moving from the list");
        q->list_length = 0; /* not again at once */
        return;
    }
    uint64_t moved = (uint64_t)reply->element[0]->integer;
    uint64_t refused = (uint64_t)reply->element[1]->integer;
    q->list_length -= moved + refused < q->list_length ? moved + refused : q->list_length;
    if (refused == 0)
        return;
    metrics_add(q->metrics, METRIC_FAILED, METRIC_REASON_TOO_BIG, refused);
    metrics_add(q->metrics, METRIC_DEAD, METRIC_REASON_TOO_BIG, refused);
    LOG(q->log, LOG_WARNING, "entry_dead", "elements of the list are given up",
        log_text("reason", "too_big"), log_int("elements", (int64_t)refused));
}

static void on_list_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    q->move.busy = false;
    if (status || q->list_length == 0) {
        q->move_idle = status ? 0 : q->move_idle + 1;
        q->move.due_ms = queue_now(q) + (q->move_idle > MOVE_IDLE_AFTER ? MOVE_IDLE_MS : MOVE_MS);
        q->list_length = 0;
    } else {
        q->move_idle = 0;
        q->move.due_ms = 0;
        queue_list_tick(q);
    }
}

static void ask_length(struct queue *q)
{
    struct redis_batch *b = &q->move.batch;
    q->move.busy = true;
    redis_batch_begin(b);
    b->on_reply = on_length;
    redis_batch_addf(b, "LLEN %s", q->options.names->list);
    redis_submit(q->commands, b);
}

static void move(struct queue *q)
{
    const struct where_names *n = q->options.names;
    char number[4][24], error[128];
    size_t room = queue_room(q);
    int len = snprintf(error, sizeof error,
                       "the element is larger than the limit of %zu bytes; raise --max-message if "
                       "that is meant",
                       q->options.max_message);
    const struct dupd_view words[] = {DUPD_VIEW("3"),
                                      dupd_view_of(n->list),
                                      dupd_view_of(n->articles),
                                      dupd_view_of(n->dead),
                                      number_view(room < MOVE_MAX ? room : MOVE_MAX, number[0]),
                                      number_view(q->options.max_message, number[1]),
                                      number_view(SCRIPT_CUT_BYTES, number[2]),
                                      number_view(q->options.stream_cap, number[3]),
                                      dupd_view_of(q->consumer),
                                      {error, (size_t)len}};
    struct redis_batch *b = &q->move.batch;
    q->move.busy = true;
    redis_batch_begin(b);
    b->on_reply = on_moved;
    script_add(b, SCRIPT_MOVE, q->move_whole, words, sizeof words / sizeof *words);
    redis_submit(q->commands, b);
}

/* ---- figures ---- */

static void on_measured(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    struct metrics *m = q->metrics;
    (void)index;
    q->measure_whole = script_is_unknown(reply);
    if (q->measure_whole) {
        q->measure.due_ms = 0;
        return;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        queue_error(q, reply, "XINFO");
        return;
    }
    long long lag = reply->element[0]->integer, pending = reply->element[1]->integer;
    if (lag >= 0) /* else Redis does not know, because entries were deleted in the middle */
        metrics_set(m, METRIC_QUEUE_LAG, 0, (double)lag);
    metrics_set(m, METRIC_PENDING, 0, (double)pending);
    unsigned long long oldest = strtoull(reply->element[2]->str, NULL, 10);
    double age = ((double)rules_wall_ms(NULL) - (double)oldest) / 1000;
    metrics_set(m, METRIC_QUEUE_OLDEST, 0, oldest && age > 0 ? age : 0);
}

static void on_measure_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    (void)status;
    q->measure.busy = false;
}

static void measure(struct queue *q)
{
    const struct dupd_view words[] = {DUPD_VIEW("1"), dupd_view_of(q->options.names->articles),
                                      dupd_view_of(q->options.names->group)};
    struct redis_batch *b = &q->measure.batch;
    q->measure.busy = true;
    q->measure.due_ms = queue_now(q) + MEASURE_MS;
    redis_batch_begin(b);
    script_add(b, SCRIPT_STATE, q->measure_whole, words, sizeof words / sizeof *words);
    redis_submit(q->commands, b);
}

/* ---- consumers ---- */

static void on_tidied(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct queue *q = b->data;
    (void)index;
    q->tidy_whole = script_is_unknown(reply);
    if (q->tidy_whole)
        q->tidy.due_ms = 0;
    else if (reply->type != REDIS_REPLY_INTEGER)
        queue_error(q, reply, "XGROUP DELCONSUMER");
    else if (reply->integer)
        LOG(q->log, LOG_INFO, "consumers_tidied", "consumers that are no more were deleted",
            log_int("consumers", reply->integer));
}

static void on_tidy_done(struct redis_batch *b, int status)
{
    struct queue *q = b->data;
    (void)status;
    q->tidy.busy = false;
}

static void tidy(struct queue *q, const char *name, bool whole)
{
    char number[24];
    const struct dupd_view words[] = {DUPD_VIEW("1"), dupd_view_of(q->options.names->articles),
                                      dupd_view_of(q->options.names->group),
                                      number_view(TIDY_IDLE_MS, number), dupd_view_of(name)};
    struct redis_batch *b = &q->tidy.batch;
    q->tidy.busy = true;
    q->tidy.due_ms = queue_now(q) + queue_jitter(TIDY_MS);
    redis_batch_begin(b);
    script_add(b, SCRIPT_TIDY, whole, words, sizeof words / sizeof *words);
    redis_submit(q->commands, b);
}

void queue_leave(struct queue *q, void (*done)(struct redis_batch *b, int status))
{
    q->tidy.batch.on_reply = NULL;
    q->tidy.batch.on_done = done;
    tidy(q, q->consumer, true);
}

void queue_list_tick(struct queue *q)
{
    uint64_t now = queue_now(q);
    bool may_move = !q->move.busy && q->state == QUEUE_UP && !q->draining && !q->held && !q->alone;
    if (may_move && q->list_length && queue_room(q))
        move(q);
    else if (may_move && !q->list_length && now >= q->move.due_ms)
        ask_length(q);
    if (!q->measure.busy && now >= q->measure.due_ms)
        measure(q);
    if (!q->tidy.busy && now >= q->tidy.due_ms)
        tidy(q, "", q->tidy_whole);
}

void queue_list_setup(struct queue *q)
{
    q->move.batch.on_done = on_list_done;
    q->measure.batch.on_reply = on_measured;
    q->measure.batch.on_done = on_measure_done;
    q->tidy.batch.on_reply = on_tidied;
    q->tidy.batch.on_done = on_tidy_done;
    q->move.batch.data = q->measure.batch.data = q->tidy.batch.data = q;
    q->tidy.due_ms = queue_now(q) + queue_jitter(60000);
}
