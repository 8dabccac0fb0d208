/*
 * article.c: times as news gives them, and the outlet behind a URL.
 *
 * Called for every article, by input, HTML extraction and the engine. Pure, no allocation, linear
 * in input of bounded length. The C library's strptime, timegm and getaddrinfo are not used: they
 * depend on locale and time zone, accept half-written dates, and know no milliseconds.
 */
#include "dupd/article.h"

#include <stdio.h>

#define DAY_SECONDS INT64_C(86400)
#define UNIX_MIN INT64_C(-8520336000)    /* 1700-01-01T00:00:00Z */
#define UNIX_MAX INT64_C(253402300799)   /* 9999-12-31T23:59:59Z */
#define MILLIS_MIN INT64_C(100000000000) /* from here on a bare number is milliseconds */

/* ---- times ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct dupd_view trimmed(struct dupd_view v)
{
    while (v.len && is_space(v.ptr[0])) {
        v.ptr++;
        v.len--;
    }
    while (v.len && is_space(v.ptr[v.len - 1]))
        v.len--;
    return v;
}

/* Takes exactly `digits` digits off the front of *v. */
static bool take_number(struct dupd_view *v, size_t digits, int *out)
{
    if (v->len < digits)
        return false;
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(v->ptr[i]))
            return false;
        *out = *out * 10 + (v->ptr[i] - '0');
    }
    v->ptr += digits;
    v->len -= digits;
    return true;
}

static bool take_char(struct dupd_view *v, char c)
{
    if (!v->len || v->ptr[0] != c)
        return false;
    v->ptr++;
    v->len--;
    return true;
}

/* Digits behind a point or comma: read and forgotten. At least one must follow the mark. */
static bool skip_fraction(struct dupd_view *v)
{
    if (!take_char(v, '.') && !take_char(v, ','))
        return true;
    if (!v->len || !is_digit(v->ptr[0]))
        return false;
    while (v->len && is_digit(v->ptr[0])) {
        v->ptr++;
        v->len--;
    }
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, and back (H. Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms", 2013: eras of 400 years that begin on 1 March). */
static int64_t days_from_date(int year, int month, int day)
{
    int y = year - (month <= 2);
    int era = y / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int era = (int)(z / 146097); /* z > 0 in our range */
    int doe = (int)(z - (int64_t)era * 146097);
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int m = (5 * doy + 2) / 153;
    *day = doy - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = yoe + era * 400 + (*month <= 2);
}

/* Z, +hh:mm, +hhmm or +hh, one space before it allowed; none means UTC. Must use up *v. */
static bool parse_zone(struct dupd_view v, int *offset_seconds)
{
    int hours = 0, minutes = 0;
    *offset_seconds = 0;
    if (v.len > 1)
        (void)take_char(&v, ' ');
    if (!v.len)
        return true;
    if (take_char(&v, 'Z') || take_char(&v, 'z'))
        return v.len == 0;
    bool west = v.ptr[0] == '-';
    if (!take_char(&v, '+') && !take_char(&v, '-'))
        return false;
    if (!take_number(&v, 2, &hours))
        return false;
    (void)(v.len == 3 && take_char(&v, ':'));
    if (v.len && !take_number(&v, 2, &minutes))
        return false;
    if (v.len || hours > 23 || minutes > 59)
        return false;
    *offset_seconds = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
    return true;
}

static bool parse_date(struct dupd_view v, struct dupd_time *out)
{
    int year, month, day, hour, minute, second = 0, offset;
    if (!take_number(&v, 4, &year) || !take_char(&v, '-') || !take_number(&v, 2, &month) ||
        !take_char(&v, '-') || !take_number(&v, 2, &day))
        return false;
    if (year < 1700 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    out->seconds = days_from_date(year, month, day) * DAY_SECONDS;
    out->kind = DUPD_TIME_DAY;
    if (!v.len)
        return true;
    if (!take_char(&v, 'T') && !take_char(&v, 't') && !take_char(&v, ' '))
        return false;
    if (!take_number(&v, 2, &hour) || !take_char(&v, ':') || !take_number(&v, 2, &minute))
        return false;
    if (take_char(&v, ':') && (!take_number(&v, 2, &second) || !skip_fraction(&v)))
        return false;
    if (hour > 23 || minute > 59 || second > 60 || !parse_zone(v, &offset)) /* 60: leap second */
        return false;
    out->seconds += (hour * 60 + minute) * 60 + second - offset;
    out->kind = DUPD_TIME_SECOND;
    return true;
}

static bool parse_unix(struct dupd_view v, struct dupd_time *out)
{
    bool negative = take_char(&v, '-');
    int64_t n = 0;
    size_t digits = 0;
    for (; digits < v.len && is_digit(v.ptr[digits]); digits++) {
        if (digits == 18)
            return false;
        n = n * 10 + (v.ptr[digits] - '0');
    }
    v.ptr += digits;
    v.len -= digits;
    if (!digits || !skip_fraction(&v) || v.len)
        return false;
    if (n >= MILLIS_MIN)
        n /= 1000;
    out->seconds = negative ? -n : n;
    out->kind = DUPD_TIME_SECOND;
    return true;
}

bool dupd_time_parse(struct dupd_view text, struct dupd_time *out)
{
    struct dupd_view v = trimmed(text);
    struct dupd_time t = {0, DUPD_TIME_NONE};
    bool date = v.len >= 10 && v.ptr[4] == '-';
    bool good = date ? parse_date(v, &t) : parse_unix(v, &t);
    if (!good || t.seconds < UNIX_MIN || t.seconds > UNIX_MAX) {
        *out = (struct dupd_time){0, DUPD_TIME_NONE};
        return false;
    }
    *out = t;
    return true;
}

size_t dupd_time_format(struct dupd_time t, char out[DUPD_TIME_TEXT_MAX])
{
    int year, month, day, n = 0;
    out[0] = '\0';
    if (t.kind == DUPD_TIME_NONE || t.seconds < UNIX_MIN || t.seconds > UNIX_MAX)
        return 0;
    int64_t from_min = t.seconds - UNIX_MIN; /* UNIX_MIN is a midnight: no negative remainders */
    int second = (int)(from_min % DAY_SECONDS);
    date_from_days((from_min - second + UNIX_MIN) / DAY_SECONDS, &year, &month, &day);
    if (t.kind == DUPD_TIME_DAY)
        n = snprintf(out, DUPD_TIME_TEXT_MAX, "%04d-%02d-%02d", year, month, day);
    else
        n = snprintf(out, DUPD_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day,
                     second / 3600, second / 60 % 60, second % 60);
    return n > 0 ? (size_t)n : 0;
}

/* ---- outlets ---- */

/* Labels under which countries register names at the third level ("co.uk", "com.au", "or.jp"). */
static const char *const country_labels[] = {
    "ac",  "co",   "com", "edu", "go", "gob", "gouv", "gov", "gr",  "gub", "id",  "in",
    "inf", "info", "ltd", "mil", "ne", "net", "nom",  "or",  "org", "plc", "sch", "web",
};

/* Hosts whose subdomains belong to different publishers. */
static const char *const shared_hosts[] = {"blogspot.com", "github.io", "substack.com",
                                           "wordpress.com"};

static bool view_is(struct dupd_view v, const char *s)
{
    return dupd_view_equal(v, dupd_view_of(s));
}

/* Host of a URL as written, without user and port; empty if there is none. Without "//" the text
 * must look like a host: "example.com/x" does, "farm-118" and "mailto:me@example.com" do not. */
static struct dupd_view host_of(struct dupd_view url)
{
    struct dupd_view none = {NULL, 0};
    size_t at = 0;
    while (at + 1 < url.len && !(url.ptr[at] == '/' && url.ptr[at + 1] == '/') &&
           url.ptr[at] != '?' && url.ptr[at] != '#')
        at++;
    bool rooted = at + 1 < url.len && url.ptr[at] == '/' && (at == 0 || url.ptr[at - 1] == ':');
    struct dupd_view host = url;
    if (rooted) {
        host.ptr += at + 2;
        host.len -= at + 2;
    }
    size_t end = 0;
    while (end < host.len && !memchr("/?#\\", host.ptr[end], 4))
        end++;
    host.len = end;
    const char *user = host.len ? memrchr(host.ptr, '@', host.len) : NULL;
    if (user && !rooted)
        return none;
    if (user) {
        host.len -= (size_t)(user + 1 - host.ptr);
        host.ptr = user + 1;
    }
    if (host.len && host.ptr[0] == '[') { /* an IPv6 address keeps its brackets */
        const char *close = memchr(host.ptr, ']', host.len);
        host.len = close ? (size_t)(close + 1 - host.ptr) : 0;
        return host;
    }
    const char *port = host.len ? memchr(host.ptr, ':', host.len) : NULL;
    for (const char *p = port; p && ++p < host.ptr + host.len;)
        if (!is_digit(*p))
            return none;
    if (port)
        host.len = (size_t)(port - host.ptr);
    if (!rooted && (!host.len || !memchr(host.ptr, '.', host.len)))
        return none;
    return host;
}

/* Start of the label before `end`: position behind the point, or 0. */
static size_t label_start(const char *host, size_t end)
{
    while (end > 0 && host[end - 1] != '.')
        end--;
    return end;
}

static bool all_digits_and_points(struct dupd_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!is_digit(v.ptr[i]) && v.ptr[i] != '.')
            return false;
    return true;
}

/* Where the registrable part of `host` (lower case) begins. */
static size_t registrable(struct dupd_view host)
{
    size_t top = label_start(host.ptr, host.len);
    if (top == 0)
        return 0;
    size_t second = label_start(host.ptr, top - 1);
    if (second == 0)
        return 0;
    struct dupd_view label = {host.ptr + second, top - 1 - second};
    struct dupd_view two = {host.ptr + second, host.len - second};
    bool deeper = false;
    for (size_t i = 0; host.len - top == 2 && i < sizeof country_labels / sizeof *country_labels;
         i++)
        deeper |= view_is(label, country_labels[i]);
    for (size_t i = 0; i < sizeof shared_hosts / sizeof *shared_hosts; i++)
        deeper |= view_is(two, shared_hosts[i]);
    return deeper ? label_start(host.ptr, second - 1) : second;
}

size_t dupd_url_outlet(struct dupd_view url, char out[256])
{
    struct dupd_view host = host_of(trimmed(url));
    out[0] = '\0';
    while (host.len && host.ptr[host.len - 1] == '.')
        host.len--;
    if (host.len > 255)
        return 0;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        if ((c >= 0 && c <= ' ') || c == 0x7f || strchr("\"%<>^`{|}", c)) {
            out[0] = '\0';
            return 0;
        }
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    struct dupd_view lower = {out, host.len};
    if (lower.len > 4 && memcmp(out, "www.", 4) == 0 && memchr(out + 4, '.', lower.len - 4)) {
        lower.ptr += 4;
        lower.len -= 4;
    }
    if (lower.len && lower.ptr[0] != '[' && !all_digits_and_points(lower)) {
        size_t from = registrable(lower);
        lower.ptr += from;
        lower.len -= from;
    }
    memmove(out, lower.ptr, lower.len);
    out[lower.len] = '\0';
    return lower.len;
}
