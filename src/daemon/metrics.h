/*
 * metrics.h: what the daemon counts, in one table, and how Prometheus reads it.
 *
 *   the table below -> enum metric, its memory, the text of /metrics, docs/http.md
 *
 *   metrics_new -> metrics_add, metrics_set, metrics_observe ... -> metrics_write (text 0.0.4)
 *
 * A metric has one value for each combination of its labels; all exist from the start, at 0, so
 * that a rate is right from the first event on. A combination is addressed by its index: that of
 * the label's value ("identical" is DUPD_IDENTICAL), or metrics_at for several labels. No label
 * holds an outlet, a URL or an id: their number has no bound.
 *
 * One thread, that of the loop. Nothing is allocated after metrics_new; an index that does not
 * exist is not counted. No global state.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "dupd/agency.h"
#include "dupd/buf.h"

/* Values of labels. X(NAME, "value") */
#define METRIC_STAGES(X)                                                                           \
    X(PARSE, "parse")                                                                              \
    X(SKETCH, "sketch")                                                                            \
    X(INDEX, "index")                                                                              \
    X(VERIFY, "verify")                                                                            \
    X(COMMIT, "commit")

#define METRIC_REASONS(X)                                                                          \
    X(SYNTAX, "syntax")     /* not JSON, or not an object */                                       \
    X(TYPE, "type")         /* a field has the wrong type */                                       \
    X(TOO_BIG, "too_big")   /* over a limit of size */                                             \
    X(EMPTY, "empty")       /* no article text */                                                  \
    X(NO_ID, "no_id")       /* a queue entry without an id */                                      \
    X(POISON, "poison")     /* delivered too often without a verdict */                            \
    X(STORE, "store")       /* the store refused it or failed */                                   \
    X(MEMORY, "memory")     /* out of memory */                                                    \
    X(INTERNAL, "internal") /* anything else */

#define METRIC_ROLES(X)                                                                            \
    X(QUEUE, "queue") /* reads the queue */                                                        \
    X(STORE, "store") /* index, records, commits */                                                \
    X(VIEW, "view")   /* reads verdicts for the dashboard */

#define METRIC_ALERT_REASONS(X)                                                                    \
    X(COPY, "copy")                                                                                \
    X(ORIGIN_ARRIVED, "origin_arrived")

#define METRIC_CREDITED(X)                                                                         \
    X(YES, "true")                                                                                 \
    X(NO, "false")                                                                                 \
    X(UNKNOWN, "none") /* not a copy of agency copy */

#define METRIC_DELIVERIES(X)                                                                       \
    X(DELIVERED, "delivered")                                                                      \
    X(RETRIED, "retried")                                                                          \
    X(FAILED, "failed")   /* given up after the last attempt */                                    \
    X(DROPPED, "dropped") /* no room in the queue */

#define METRIC_STATUSES(X)                                                                         \
    X(OK, "2xx")                                                                                   \
    X(ELSEWHERE, "3xx")                                                                            \
    X(CLIENT, "4xx")                                                                               \
    X(SERVER, "5xx")

#define METRIC_STAGE_ENUM(name, text) METRIC_STAGE_##name,
enum metric_stage { METRIC_STAGES(METRIC_STAGE_ENUM) METRIC_STAGE_COUNT };
#define METRIC_REASON_ENUM(name, text) METRIC_REASON_##name,
enum metric_reason { METRIC_REASONS(METRIC_REASON_ENUM) METRIC_REASON_COUNT };
#define METRIC_ROLE_ENUM(name, text) METRIC_ROLE_##name,
enum metric_role { METRIC_ROLES(METRIC_ROLE_ENUM) METRIC_ROLE_COUNT };
#define METRIC_ALERT_ENUM(name, text) METRIC_ALERT_##name,
enum metric_alert_reason { METRIC_ALERT_REASONS(METRIC_ALERT_ENUM) METRIC_ALERT_COUNT };
#define METRIC_CREDITED_ENUM(name, text) METRIC_CREDITED_##name,
enum metric_credited { METRIC_CREDITED(METRIC_CREDITED_ENUM) METRIC_CREDITED_COUNT };
#define METRIC_DELIVERY_ENUM(name, text) METRIC_DELIVERY_##name,
enum metric_delivery { METRIC_DELIVERIES(METRIC_DELIVERY_ENUM) METRIC_DELIVERY_COUNT };
#define METRIC_STATUS_ENUM(name, text) METRIC_STATUS_##name,
enum metric_status { METRIC_STATUSES(METRIC_STATUS_ENUM) METRIC_STATUS_COUNT };
#undef METRIC_STAGE_ENUM
#undef METRIC_REASON_ENUM
#undef METRIC_ROLE_ENUM
#undef METRIC_ALERT_ENUM
#undef METRIC_CREDITED_ENUM
#undef METRIC_DELIVERY_ENUM
#undef METRIC_STATUS_ENUM

/* X(NAME, KIND, LABELS, "name", "help"): LABELS is a row of the label sets in metrics.c; SECONDS
 * and SMALL are histograms with the bounds that stand there. */
#define METRICS(X)                                                                                 \
    X(BUILD_INFO, GAUGE, BUILD, "dupd_build_info", "always 1; the labels say what is running")     \
    X(ARTICLES, COUNTER, VERDICT, "dupd_articles_total", "articles with a verdict")                \
    X(ALERTS, COUNTER, ALERT, "dupd_alerts_total",                                                 \
      "alerts, one for each story and outlet; credited: does the copy name the agency?")           \
    X(FAILED, COUNTER, REASON, "dupd_articles_failed_total", "articles without a verdict")         \
    X(DEAD, COUNTER, REASON, "dupd_dead_letters_total", "queue entries given up")                  \
    X(REDELIVERIES, COUNTER, NONE, "dupd_redeliveries_total",                                      \
      "queue entries that had been delivered before")                                              \
    X(CLAIMED, COUNTER, NONE, "dupd_claimed_total", "queue entries taken over from dead workers")  \
    X(LOST, COUNTER, NONE, "dupd_entries_lost_total",                                              \
      "queue entries that another program removed before they were answered")                      \
    X(DATES_UNREADABLE, COUNTER, NONE, "dupd_dates_unreadable_total",                              \
      "articles that count as undated because their published_at says no time")                    \
    X(INVALID_BYTES, COUNTER, NONE, "dupd_invalid_bytes_total",                                    \
      "places where bytes are no UTF-8 and became U+FFFD; those inside pages are not counted")     \
    X(STAGE, SECONDS, STAGE, "dupd_stage_duration_seconds", "time an article spends in a stage")   \
    X(END_TO_END, SECONDS, NONE, "dupd_end_to_end_seconds",                                        \
      "from receipt of an article to its verdict, waiting included")                               \
    X(CANDIDATES, SMALL, NONE, "dupd_candidates",                                                  \
      "candidates that the index named for an article")                                            \
    X(QUEUE_LAG, GAUGE, NONE, "dupd_queue_lag_entries", "queue entries not delivered yet")         \
    X(QUEUE_OLDEST, GAUGE, NONE, "dupd_queue_oldest_seconds",                                      \
      "age of the oldest queue entry that has no verdict")                                         \
    X(PENDING, GAUGE, NONE, "dupd_pending_entries", "queue entries delivered and not answered")    \
    X(INFLIGHT, GAUGE, NONE, "dupd_inflight_articles", "articles that this worker has in hand")    \
    X(INFLIGHT_BYTES, GAUGE, NONE, "dupd_inflight_bytes", "bytes of those articles")               \
    X(STORE_ARTICLES, GAUGE, NONE, "dupd_store_articles", "articles in the store")                 \
    X(STORE_BYTES, GAUGE, NONE, "dupd_store_bytes", "size of the store")                           \
    X(STORE_MAX_BYTES, GAUGE, NONE, "dupd_store_max_bytes", "cap of the store's size; 0: none")    \
    X(REDIS_UP, GAUGE, ROLE, "dupd_redis_up",                                                      \
      "1: connected and answering; 0: not, or that connection is not used")                        \
    X(REDIS_USED, GAUGE, ROLE, "dupd_redis_used",                                                  \
      "1: this worker needs that connection, whether it is up or not")                             \
    X(LOOP_DELAY, GAUGE, NONE, "dupd_loop_delay_seconds",                                          \
      "longest that the event loop was held up within the last half minute")                       \
    X(HOT, COUNTER, NONE, "dupd_hot_shingles_total",                                               \
      "shingles passed over because enough articles have them")                                    \
    X(REFUSED, COUNTER, NONE, "dupd_postings_refused_total",                                       \
      "index entries for which no room was")                                                       \
    X(REDIS_ERRORS, COUNTER, CLASS, "dupd_redis_errors_total", "error replies of Redis")           \
    X(REDIS_RECONNECTS, COUNTER, NONE, "dupd_redis_reconnects_total", "connections made anew")     \
    X(HTTP_REQUESTS, COUNTER, STATUS, "dupd_http_requests_total", "HTTP requests answered")        \
    X(HTTP_CLIENTS, GAUGE, NONE, "dupd_http_connections", "open HTTP connections")                 \
    X(HTTP_REFUSED, COUNTER, NONE, "dupd_http_refused_total",                                      \
      "HTTP connections cut: too many, too slow, or not HTTP")                                     \
    X(EVENT_CLIENTS, GAUGE, NONE, "dupd_event_clients", "clients of the live feed")                \
    X(EVENT_DROPPED, COUNTER, NONE, "dupd_event_clients_dropped_total",                            \
      "clients of the live feed cut because they read too slowly")                                 \
    X(VIEW_ROWS, GAUGE, NONE, "dupd_view_rows", "verdicts that the dashboard can show")            \
    X(WEBHOOKS, COUNTER, DELIVERY, "dupd_webhook_deliveries_total", "alerts sent to webhooks")     \
    X(WEBHOOK_QUEUE, GAUGE, NONE, "dupd_webhook_queue", "alerts that wait to be sent")             \
    X(CPU, COUNTER, NONE, "process_cpu_seconds_total", "CPU time used")                            \
    X(RSS, GAUGE, NONE, "process_resident_memory_bytes", "memory held")                            \
    X(VSIZE, GAUGE, NONE, "process_virtual_memory_bytes", "address space")                         \
    X(FDS, GAUGE, NONE, "process_open_fds", "open file descriptors")                               \
    X(FDS_MAX, GAUGE, NONE, "process_max_fds", "file descriptors that may be open")                \
    X(STARTED, GAUGE, NONE, "process_start_time_seconds", "when the process began, Unix time")

enum metric {
#define METRIC_ENUM(name, kind, labels, text, help) METRIC_##name,
    METRICS(METRIC_ENUM)
#undef METRIC_ENUM
        METRIC_COUNT
};

struct metrics;

/* What is known only at run time. All is copied. */
struct metrics_names {
    const char *version;                  /* of dupd */
    const char *store;                    /* "embedded", "redis" */
    const struct dupd_agencies *agencies; /* their names become labels; NULL: none */
};

/* Agencies beyond this many count as "other". */
#define METRIC_AGENCIES_MAX 512u

int metrics_new(struct metrics **out, const struct metrics_names *names); /* 0 or DUPD_ENOMEM */
void metrics_free(struct metrics *m);

/* Adds n to a counter or gauge. metrics_add(m, METRIC_ARTICLES, DUPD_REWRITTEN, 1) */
void metrics_add(struct metrics *m, enum metric id, unsigned at, uint64_t n);
/* Sets a gauge, or a counter that is kept elsewhere (the store's, the process's). */
void metrics_set(struct metrics *m, enum metric id, unsigned at, double value);
/* The larger of what is there and value. */
void metrics_raise(struct metrics *m, enum metric id, unsigned at, double value);
/* One observation of a histogram: seconds, or a number. */
void metrics_observe(struct metrics *m, enum metric id, unsigned at, double value);

/* What is there now: a counter's or gauge's value, a histogram's number of observations. */
double metrics_get(const struct metrics *m, enum metric id, unsigned at);
/* Combinations of labels that a metric has. */
unsigned metrics_width(const struct metrics *m, enum metric id);

/* Index of a combination of METRIC_ALERTS. `agency`: short name, empty for none; one that is not in
 * the table is "other". `credited`: 1, 0, or -1 for not known. */
unsigned metrics_at_alert(const struct metrics *m, enum metric_alert_reason reason,
                          struct dupd_view agency, int credited);
/* Index of METRIC_FAILED and METRIC_DEAD for a code of dupd/error.h. */
unsigned metrics_at_error(int code);

/* Appends all metrics in the text format 0.0.4 (METRICS_CONTENT_TYPE). Returns 0 or DUPD_ENOMEM. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
int metrics_write(const struct metrics *m, struct dupd_buf *out);

/* Fills in process_*: CPU, memory, descriptors and start, from /proc. What cannot be read stays. */
void metrics_read_process(struct metrics *m);

/* Appends the table as Markdown, for docs/http.md, which a test holds against it. */
int metrics_document(const struct metrics *m, struct dupd_buf *out);

#endif
