/*
 * log.c: writing one line an event. A line that cannot be written is lost: there is nowhere to say
 * so. A line for which there is no memory is lost as well.
 */
#include "daemon/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/json_write.h"

static const char *const level_name[] = {"error", "warning", "notice", "info", "debug"};
static const char level_priority[] = {'3', '4', '5', '6', '7'};

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* JOURNAL_STREAM is "device:inode" of what the journal reads. */
static bool is_journal(FILE *to, const char *journal_stream)
{
    struct stat s;
    char own[64];
    if (!journal_stream || fstat(fileno(to), &s))
        return false;
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)s.st_dev, (uintmax_t)s.st_ino);
    return strcmp(own, journal_stream) == 0;
}

void log_init(struct log *log, FILE *to, enum log_format format, enum log_level level,
              const char *journal_stream)
{
    if (format == LOG_AUTO)
        format = isatty(fileno(to)) ? LOG_TEXT : LOG_LOGFMT;
    *log = (struct log){.to = to, .level = level, .format = format, .now_ms = wall_ms};
    log->journal = is_journal(to, journal_stream);
}

void log_close(struct log *log)
{
    dupd_buf_close(&log->line);
}

/* Thins out what repeats. True when the line is to be written; *left_out: how many were not since
 * the last one. */
static bool may_write(struct log *log, const char *event, int64_t now, unsigned *left_out)
{
    struct log_event *e = log->events, *end = log->events + log->event_count;
    while (e < end && strcmp(e->event, event) != 0)
        e++;
    *left_out = 0;
    if (e == end) {
        if (log->event_count == LOG_EVENTS)
            return true;
        *e = (struct log_event){.event = event, .since_ms = now};
        log->event_count++;
    }
    if (now - e->since_ms >= LOG_QUIET_MS || now < e->since_ms) {
        *left_out = e->left_out;
        *e = (struct log_event){.event = event, .since_ms = now};
    }
    if (e->lines >= LOG_BURST) {
        e->left_out++;
        return false;
    }
    e->lines++;
    return true;
}

static void add_time(struct dupd_buf *out, int64_t ms, bool whole)
{
    char text[32];
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    strftime(text, sizeof text, whole ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &t);
    dupd_buf_add_str(out, text);
    if (whole)
        dupd_buf_addf(out, ".%03dZ", (int)(ms % 1000));
}

/* Needs no quotation marks in logfmt. */
static bool is_bare(struct dupd_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7F)
            return false;
    }
    return v.len > 0;
}

static struct dupd_view cut(struct dupd_view v)
{
    if (v.len > LOG_VALUE_MAX)
        v.len = LOG_VALUE_MAX;
    return v;
}

/* JSON's quoting serves both: control characters are escaped, bytes that are no UTF-8 replaced. */
static void add_quoted(struct dupd_buf *out, struct dupd_view v)
{
    struct json_writer w;
    json_begin(&w, out);
    json_string(&w, cut(v));
}

static void add_value(struct dupd_buf *out, const struct log_field *f, bool json)
{
    if (f->kind == LOG_IS_INT)
        dupd_buf_addf(out, "%" PRId64, f->number);
    else if (f->kind == LOG_IS_REAL)
        dupd_buf_addf(out, "%.6g", f->real);
    else if (!json && is_bare(cut(f->text)))
        dupd_buf_add_view(out, cut(f->text));
    else
        add_quoted(out, f->text);
}

static void add_fields(struct dupd_buf *out, const struct log_field *f, bool json)
{
    for (; f->kind != LOG_END; f++) {
        dupd_buf_addf(out, json ? ",\"%s\":" : " %s=", f->key);
        add_value(out, f, json);
    }
}

static void compose(struct log *log, enum log_level level, const char *event, const char *message,
                    const struct log_field *fields, unsigned left_out, int64_t now)
{
    struct dupd_buf *out = &log->line;
    struct log_field more[2] = {log_int("left_out", left_out), {.kind = LOG_END}};
    bool json = log->format == LOG_JSON;
    dupd_buf_clear(out);
    if (log->journal)
        dupd_buf_addf(out, "<%c>", level_priority[level]);
    if (log->format == LOG_TEXT) {
        add_time(out, now, false);
        dupd_buf_addf(out, " %s %s", level_name[level], message);
    } else {
        dupd_buf_add_str(out, json ? "{\"ts\":\"" : "ts=");
        add_time(out, now, true);
        dupd_buf_addf(
            out, json ? "\",\"level\":\"%s\",\"event\":\"%s\",\"msg\":" : " level=%s event=%s msg=",
            level_name[level], event);
        add_quoted(out, dupd_view_of(message));
    }
    add_fields(out, fields, json);
    if (left_out)
        add_fields(out, more, json);
    dupd_buf_add_str(out, json ? "}\n" : "\n");
}

void log_write(struct log *log, enum log_level level, const char *event, const char *message,
               const struct log_field *fields)
{
    unsigned left_out;
    int64_t now = log->now_ms();
    if (level > log->level || !may_write(log, event, now, &left_out))
        return;
    compose(log, level, event, message, fields, left_out, now);
    fwrite(log->line.ptr, 1, log->line.len, log->to);
    fflush(log->to);
}
