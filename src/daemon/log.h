/*
 * log.h: one line an event, on standard error.
 *
 *   LOG(log, LOG_INFO, "queue_up", "connected to the queue", log_text("redis", where))
 *
 * text     12:04:31 notice connected to the queue redis=redis://localhost:6379/0
 * logfmt   ts=2026-01-02T12:04:31.120Z level=notice event=queue_up msg="connected ..." redis=...
 * json     {"ts":"...","level":"notice","event":"queue_up","msg":"...","redis":"..."}
 *
 * `event` is a stable word that alerts may be built on; the message is for people. Whoever logs
 * passes no article text and no password. What repeats is thinned: of one event at most
 * LOG_BURST lines in LOG_QUIET_MS, then a count of those that were left out. Under systemd (the
 * journal reads standard error) each line begins with its priority, "<5>". Written with one write
 * each, so that lines of several processes do not mix. One thread, that of the loop.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdint.h>
#include <stdio.h>

#include "dupd/buf.h"

/* In the order of the option log_level. */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };
/* In the order of the option log_format. */
enum log_format { LOG_AUTO, LOG_TEXT, LOG_LOGFMT, LOG_JSON };

#define LOG_BURST 5u
#define LOG_QUIET_MS 10000
#define LOG_EVENTS 64u     /* events that are thinned; further ones are not */
#define LOG_VALUE_MAX 400u /* bytes of a value; longer ones are cut */

struct log_event {
    const char *event; /* static */
    int64_t since_ms;
    unsigned lines, left_out;
};

struct log {
    FILE *to;
    enum log_level level;
    enum log_format format;
    bool journal;
    struct log_event events[LOG_EVENTS];
    unsigned event_count;
    struct dupd_buf line;
    int64_t (*now_ms)(void); /* wall clock */
};

enum log_kind { LOG_END, LOG_IS_TEXT, LOG_IS_INT, LOG_IS_REAL };

struct log_field {
    const char *key;
    enum log_kind kind;
    struct dupd_view text;
    int64_t number;
    double real;
};

/* `to` is borrowed. `journal_stream`: the environment's JOURNAL_STREAM, or NULL. */
void log_init(struct log *log, FILE *to, enum log_format format, enum log_level level,
              const char *journal_stream);
void log_close(struct log *log);

void log_write(struct log *log, enum log_level level, const char *event, const char *message,
               const struct log_field *fields);

#define LOG(log, level, event, message, ...)                                                       \
    log_write(log, level, event, message,                                                          \
              (const struct log_field[]){__VA_ARGS__, {.kind = LOG_END}})
/* Without fields. */
#define LOG_PLAIN(log, level, event, message)                                                      \
    log_write(log, level, event, message, &(const struct log_field){.kind = LOG_END})

static inline struct log_field log_view(const char *key, struct dupd_view text)
{
    return (struct log_field){.key = key, .kind = LOG_IS_TEXT, .text = text};
}
static inline struct log_field log_text(const char *key, const char *text)
{
    return log_view(key, dupd_view_of(text));
}
static inline struct log_field log_int(const char *key, int64_t number)
{
    return (struct log_field){.key = key, .kind = LOG_IS_INT, .number = number};
}
static inline struct log_field log_real(const char *key, double real)
{
    return (struct log_field){.key = key, .kind = LOG_IS_REAL, .real = real};
}

#endif
