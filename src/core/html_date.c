/*
 * html_date.c: dates as web pages state them for machines, beyond RFC 3339.
 *
 *   20220127, 20220127172000        compact
 *   2022/01/27 17:20, 2022.01.27    other separators
 *   Thu, 27 Jan 2022 17:20:00 GMT   RFC 5322 and its relatives, also "27 January 2022"
 *   January 27, 2022 5:20 PM        American
 *
 * Rewrites them as RFC 3339 and has dupd_time_parse judge. A day and month of which each could be
 * the other (01/02/2022) is not guessed. Bounded: looks at 64 bytes.
 */
#include <stdio.h>

#include "html_meta.h"

#define DATE_MAX 64

struct parts {
    int year, month, day, hour, minute, second;
    bool clock, afternoon, noon_clock;
    char zone[8];
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool formatted(const struct parts *d, struct dupd_time *out)
{
    char text[DATE_MAX];
    int hour = d->noon_clock ? d->hour % 12 + (d->afternoon ? 12 : 0) : d->hour;
    int n = snprintf(text, sizeof text, "%04d-%02d-%02d", d->year, d->month, d->day);
    if (d->clock)
        n = snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%s", d->year, d->month,
                     d->day, hour, d->minute, d->second, d->zone);
    return n > 0 && dupd_time_parse((struct dupd_view){text, (size_t)n}, out);
}

/* Number of digits at p, at most `max`, and their value. */
static size_t digits(const char *p, size_t max, int *value)
{
    size_t n = 0;
    *value = 0;
    for (; n < max && is_digit(p[n]); n++)
        *value = *value * 10 + (p[n] - '0');
    return n;
}

static bool compact(const char *p, size_t len, struct dupd_time *out)
{
    struct parts d = {.clock = len == 14};
    if ((len != 8 && len != 14) || strspn(p, "0123456789") != len)
        return false;
    (void)digits(p, 4, &d.year);
    (void)digits(p + 4, 2, &d.month);
    (void)digits(p + 6, 2, &d.day);
    if (d.clock) {
        (void)digits(p + 8, 2, &d.hour);
        (void)digits(p + 10, 2, &d.minute);
        (void)digits(p + 12, 2, &d.second);
    }
    return formatted(&d, out);
}

static int month_of(const char *word, size_t len)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; len >= 3 && i < 12; i++)
        if (strncasecmp(word, months + 3 * i, 3) == 0)
            return i + 1;
    return 0;
}

/* A number of a date in words: a year, a day, or with ':' behind it the time of day. Returns its
 * length. */
static size_t take_number(const char *p, struct parts *d)
{
    int value;
    size_t n = digits(p, 4, &value);
    if (n <= 2 && p[n] == ':' && is_digit(p[n + 1])) {
        d->clock = true;
        d->hour = value;
        n += 1 + digits(p + n + 1, 2, &d->minute);
        if (p[n] == ':' && is_digit(p[n + 1]))
            n += 1 + digits(p + n + 1, 2, &d->second);
    } else if (n == 4) {
        d->year = value;
    } else if (!d->day) {
        d->day = value;
    }
    return n;
}

/* Day, month by name, year and time of day in any order. */
static bool in_words(const char *p, struct dupd_time *out)
{
    struct parts d = {0};
    while (*p) {
        size_t n = 1;
        if (is_digit(*p)) {
            n = take_number(p, &d);
        } else if (is_letter(*p)) {
            while (is_letter(p[n]))
                n++;
            int month = month_of(p, n);
            d.month = month && !d.month ? month : d.month;
            if (n == 2 && (strncasecmp(p, "am", 2) == 0 || strncasecmp(p, "pm", 2) == 0)) {
                d.noon_clock = true;
                d.afternoon = (*p | 0x20) == 'p';
            }
        } else if (d.clock && (*p == '+' || *p == '-') && is_digit(p[1])) {
            while (n < 6 && (is_digit(p[n]) || p[n] == ':'))
                n++;
            memcpy(d.zone, p, n);
            d.zone[n] = '\0';
        }
        p += n;
    }
    return d.year && d.month && d.day && formatted(&d, out);
}

bool html_date(struct dupd_view text, struct dupd_time *out)
{
    char p[DATE_MAX + 1] = "";
    while (text.len && text.ptr[0] == ' ') {
        text.ptr++;
        text.len--;
    }
    if (text.len < 6 || text.len > DATE_MAX)
        return false;
    memcpy(p, text.ptr, text.len);
    if (compact(p, text.len, out))
        return true;
    bool number = true;
    for (size_t i = 0; i < text.len; i++)
        number &= is_digit(p[i]) || p[i] == '.';
    if (number && text.len < 9) /* too small for Unix seconds of the web's time */
        return false;
    if (text.len >= 10 && (p[4] == '/' || p[4] == '.') && p[7] == p[4])
        p[4] = p[7] = '-';
    if (dupd_time_parse((struct dupd_view){p, text.len}, out))
        return true;
    if (text.len >= 19 && dupd_time_parse((struct dupd_view){p, 19}, out) && is_letter(p[19]))
        return true; /* "2022-01-27T17:20:00CET": the zone's name is not known, the day is right */
    return in_words(p, out);
}
