/*
 * json_write.c: the JSON writer. One append for each run of plain bytes; nothing is allocated but
 * the output itself, except for a string that is not clean UTF-8, which is repaired first. Not
 * yajl_gen: it writes doubles with 17 digits and a point that depends on the locale, and each call
 * returns a status to check.
 */
#include "engine/json_write.h"

#include <math.h>
#include <stdio.h>

#include "dupd/error.h"
#include "dupd/text.h"

static void add(struct json_writer *w, const char *p, size_t n)
{
    if (!w->status)
        w->status = dupd_buf_add(w->out, p, n);
}

static void value(struct json_writer *w)
{
    if (w->comma)
        add(w, ",", 1);
    w->comma = true;
}

void json_open(struct json_writer *w, char bracket)
{
    value(w);
    add(w, &bracket, 1);
    w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
    add(w, &bracket, 1);
    w->comma = true;
}

void json_key(struct json_writer *w, const char *key)
{
    value(w);
    add(w, "\"", 1);
    add(w, key, strlen(key));
    add(w, "\":", 2);
    w->comma = false;
}

static void add_escape(struct json_writer *w, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letter[] = "\"\\bfnrt";
    const char *found = memchr(plain, c, sizeof plain - 1);
    if (found) {
        char two[2] = {'\\', letter[found - plain]};
        add(w, two, sizeof two);
    } else {
        char six[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        add(w, six, sizeof six);
    }
}

static void add_clean(struct json_writer *w, struct dupd_view s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        add(w, s.ptr + from, i - from);
        add_escape(w, c);
        from = i + 1;
    }
    add(w, s.ptr + from, s.len - from);
}

void json_string(struct json_writer *w, struct dupd_view s)
{
    value(w);
    add(w, "\"", 1);
    if (dupd_text_is_clean(s)) {
        add_clean(w, s);
    } else {
        struct dupd_buf repaired = {0};
        long rc = dupd_text_clean(s, &repaired);
        if (rc < 0 && !w->status)
            w->status = (int)rc;
        add_clean(w, dupd_buf_view(&repaired));
        dupd_buf_close(&repaired);
    }
    add(w, "\"", 1);
}

void json_null(struct json_writer *w)
{
    value(w);
    add(w, "null", 4);
}

void json_string_or_null(struct json_writer *w, struct dupd_view s)
{
    if (s.len)
        json_string(w, s);
    else
        json_null(w);
}

void json_bool(struct json_writer *w, bool b)
{
    value(w);
    if (b)
        add(w, "true", 4);
    else
        add(w, "false", 5);
}

void json_int(struct json_writer *w, int64_t v)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);
    value(w);
    add(w, text, (size_t)n);
}

/* Integer arithmetic, since printf's point depends on the locale. */
void json_real(struct json_writer *w, double v)
{
    if (!isfinite(v) || fabs(v) >= 1e14) {
        json_null(w);
        return;
    }
    char text[40];
    long long scaled = llround(fabs(v) * 10000), whole = scaled / 10000, rest = scaled % 10000;
    const char *sign = v < 0 && scaled > 0 ? "-" : "";
    int n = rest ? snprintf(text, sizeof text, "%s%lld.%04lld", sign, whole, rest)
                 : snprintf(text, sizeof text, "%s%lld", sign, whole);
    while (rest && text[n - 1] == '0')
        n--;
    value(w);
    add(w, text, (size_t)n);
}

void json_hex128(struct json_writer *w, uint64_t high, uint64_t low)
{
    char text[40];
    int n = snprintf(text, sizeof text, "\"%016llx%016llx\"", (unsigned long long)high,
                     (unsigned long long)low);
    value(w);
    add(w, text, (size_t)n);
}

void json_time_ms(struct json_writer *w, int64_t ms)
{
    int64_t rest = ((ms % 1000) + 1000) % 1000;
    struct dupd_time t = {.seconds = (ms - rest) / 1000, .kind = DUPD_TIME_SECOND};
    char text[DUPD_TIME_TEXT_MAX], full[DUPD_TIME_TEXT_MAX + 8];
    size_t len = dupd_time_format(t, text);
    if (len == 0) {
        json_null(w);
        return;
    }
    int n = snprintf(full, sizeof full, "%.*s.%03dZ", (int)len - 1, text, (int)rest);
    json_string(w, (struct dupd_view){full, (size_t)n});
}

void json_time(struct json_writer *w, struct dupd_time t)
{
    char text[DUPD_TIME_TEXT_MAX];
    json_string_or_null(w, (struct dupd_view){text, dupd_time_format(t, text)});
}
