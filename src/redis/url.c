/*
 * url.c: reading and writing where a Redis is.
 *
 * Happy path: scheme, then credentials before the last '@' of the authority, then hosts separated
 * by commas, then path and query. Failure: DUPD_EINVAL with one line that says what is wrong with
 * which part; that line never quotes what may be a password, which is anything before an '@' or
 * behind a '?', and so quotes nothing but host names, ports and numbers that were told apart.
 */
#include "redis/url.h"

#include <stdio.h>
#include <strings.h>
#include <sys/un.h>

#include "dupd/error.h"

#define PROBLEM_MAX 256
#define PORT 6379u
#define SENTINEL_PORT 26379u
#define DB_MAX 1000000u

struct scheme {
    const char *prefix;
    enum redis_scheme scheme;
    bool tls;
};

/* unix:// last: the others are longer names for the same */
static const struct scheme schemes[] = {
    {"redis://", REDIS_TCP, false},
    {"rediss://", REDIS_TCP, true},
    {"redis+unix://", REDIS_UNIX, false},
    {"unix://", REDIS_UNIX, false},
    {"redis-sentinel://", REDIS_SENTINEL, false},
    {"redis+cluster://", REDIS_CLUSTER, false},
};

static const struct scheme *scheme_of(const char *text)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return &schemes[i];
    return NULL;
}

bool redis_url_is_one(const char *text)
{
    return scheme_of(text) != NULL;
}

static int wrong(char *problem, const char *what)
{
    snprintf(problem, PROBLEM_MAX, "Redis URL: %s", what);
    return DUPD_EINVAL;
}

/* Cuts text at the first byte of `stops`; *rest is what stands from there on. */
static struct dupd_view until(struct dupd_view text, const char *stops, struct dupd_view *rest)
{
    size_t i = 0;
    while (i < text.len && !strchr(stops, text.ptr[i]))
        i++;
    *rest = (struct dupd_view){text.ptr + i, text.len - i};
    return (struct dupd_view){text.ptr, i};
}

static struct dupd_view skip(struct dupd_view text, size_t n)
{
    return (struct dupd_view){text.ptr + n, text.len - n};
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent-decoded into out[size]; false if it does not fit, is malformed or has a zero byte. */
static bool decode(struct dupd_view text, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
            if (low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
        }
        if (c == 0 || n + 1 >= size)
            return false;
        out[n++] = (char)c;
    }
    out[n] = 0;
    return true;
}

static bool number(struct dupd_view text, unsigned max, unsigned *out)
{
    unsigned n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned d = (unsigned char)text.ptr[i] - (unsigned)'0';
        if (d > 9 || n > (max - d) / 10)
            return false;
        n = n * 10 + d;
    }
    *out = n;
    return text.len > 0;
}

/* [user]:password; a user alone has its password elsewhere, or none. */
static int read_credentials(struct redis_url *u, struct dupd_view text, char *problem)
{
    struct dupd_view rest, user = until(text, ":", &rest);
    if (!decode(user, u->user, sizeof u->user))
        return wrong(problem, "the user cannot be read (percent-encoded? at most 255 bytes)");
    if (rest.len && !decode(skip(rest, 1), u->password, sizeof u->password))
        return wrong(problem, "the password cannot be read (percent-encoded? at most 511 bytes)");
    return DUPD_OK;
}

static bool host_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
}

/* An address in brackets may hold a zone: fe80::1%eth0. */
static bool bracket_byte(char c)
{
    return host_byte(c) || c == ':' || c == '%';
}

static int read_host(struct redis_url *u, struct dupd_view text, char *problem)
{
    if (u->host_count == REDIS_HOSTS_MAX)
        return wrong(problem, "more than 16 hosts");
    struct redis_host *h = &u->host[u->host_count];
    struct dupd_view name, rest;
    bool bracket = text.len && text.ptr[0] == '[';
    if (bracket) {
        name = until(skip(text, 1), "]", &rest);
        if (!rest.len)
            return wrong(problem, "a bracket around an IPv6 address is not closed");
        rest = skip(rest, 1);
    } else {
        name = until(text, ":", &rest);
    }
    for (size_t i = 0; i < name.len; i++)
        if (!(bracket ? bracket_byte : host_byte)(name.ptr[i]))
            return wrong(problem, "a host name has a character that none can have (IPv6 addresses "
                                  "stand in brackets)");
    if (bracket && name.len && !memchr(name.ptr, ':', name.len))
        return wrong(problem, "what stands in brackets is no IPv6 address");
    if (name.len == 0 || name.len >= sizeof h->name)
        return wrong(problem, name.len ? "a host name is longer than 255 bytes"
                                       : "no host (in a password, / ? @ are %2F %3F %40)");
    memcpy(h->name, name.ptr, name.len);
    h->name[name.len] = 0;
    h->port = u->scheme == REDIS_SENTINEL ? SENTINEL_PORT : PORT;
    if (rest.len && (rest.ptr[0] != ':' || !number(skip(rest, 1), 65535, &h->port) || !h->port))
        return wrong(problem, "the port is not a number from 1 to 65535");
    u->host_count++;
    return DUPD_OK;
}

static int read_hosts(struct redis_url *u, struct dupd_view text, char *problem)
{
    for (;;) {
        struct dupd_view rest, one = until(text, ",", &rest);
        int rc = read_host(u, one, problem);
        if (rc || !rest.len)
            return rc;
        if (u->scheme == REDIS_TCP)
            return wrong(problem, "one host only (redis-sentinel:// takes several)");
        text = skip(rest, 1);
    }
}

static int read_db(struct redis_url *u, struct dupd_view text, char *problem)
{
    return number(text, DB_MAX, &u->db) ? DUPD_OK : wrong(problem, "the database is not a number");
}

static bool yes(struct dupd_view v)
{
    return dupd_view_equal(v, DUPD_VIEW("yes")) || dupd_view_equal(v, DUPD_VIEW("true")) ||
           dupd_view_equal(v, DUPD_VIEW("1"));
}

static int read_parameter(struct redis_url *u, struct dupd_view key, struct dupd_view value,
                          char *problem)
{
    const struct {
        const char *key;
        char *out;
        size_t size;
    } text[] = {
        {"user", u->user, sizeof u->user},
        {"password", u->password, sizeof u->password},
        {"sentinel_user", u->sentinel_user, sizeof u->sentinel_user},
        {"sentinel_password", u->sentinel_password, sizeof u->sentinel_password},
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        if (!dupd_view_equal(key, dupd_view_of(text[i].key)))
            continue;
        if (decode(value, text[i].out, text[i].size))
            return DUPD_OK;
        snprintf(problem, PROBLEM_MAX, "Redis URL: ?%s= cannot be read (percent-encoded?)",
                 text[i].key);
        return DUPD_EINVAL;
    }
    if (dupd_view_equal(key, DUPD_VIEW("db")))
        return read_db(u, value, problem);
    if (!dupd_view_equal(key, DUPD_VIEW("tls")))
        return wrong(problem, "an unknown ?parameter=; there are db, user, password, "
                              "sentinel_user, sentinel_password, tls");
    if (!yes(value) && !dupd_view_equal(value, DUPD_VIEW("no")))
        return wrong(problem, "?tls= is neither yes nor no");
    u->tls = u->tls || yes(value);
    return DUPD_OK;
}

static int read_query(struct redis_url *u, struct dupd_view text, char *problem)
{
    while (text.len) {
        struct dupd_view rest, value, one = until(text, "&", &rest);
        struct dupd_view key = until(one, "=", &value);
        if (!value.len)
            return wrong(problem, "a ?parameter has no value");
        int rc = read_parameter(u, key, skip(value, 1), problem);
        if (rc)
            return rc;
        text = rest.len ? skip(rest, 1) : rest;
    }
    return DUPD_OK;
}

static int read_socket(struct redis_url *u, struct dupd_view path, char *problem)
{
    if (!path.len || path.ptr[0] != '/')
        return wrong(problem, "the path of the Unix socket must begin with / (unix:///path; "
                              "a user is ?user=NAME)");
    if (!decode(path, u->path, sizeof((struct sockaddr_un *)0)->sun_path))
        return wrong(problem, "the path of the Unix socket is longer than 107 bytes, or its % are "
                              "not an encoding");
    return DUPD_OK;
}

/* "/master[/db]" of Sentinel, "[/db]" of the others. */
static int read_path(struct redis_url *u, struct dupd_view path, char *problem)
{
    if (u->scheme == REDIS_SENTINEL) {
        struct dupd_view name = until(path.len ? skip(path, 1) : path, "/", &path);
        if (!name.len || !decode(name, u->master, sizeof u->master))
            return wrong(problem, "no name of the master that Sentinel knows: "
                                  "redis-sentinel://host/NAME");
    }
    return path.len > 1 ? read_db(u, skip(path, 1), problem) : DUPD_OK;
}

static int read_authority(struct redis_url *u, struct dupd_view text, char *problem)
{
    struct dupd_view hosts = text;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '@')
            hosts = skip(text, i + 1);
    if (hosts.len < text.len) {
        struct dupd_view before = {text.ptr, text.len - hosts.len - 1};
        int rc = read_credentials(u, before, problem);
        if (rc)
            return rc;
    }
    return read_hosts(u, hosts, problem);
}

static int parse(struct redis_url *u, const char *text, char *problem)
{
    const struct scheme *s = scheme_of(text);
    if (!s)
        return wrong(problem, "it begins with none of redis:// rediss:// redis+unix:// unix:// "
                              "redis-sentinel:// redis+cluster://");
    u->scheme = s->scheme;
    u->tls = s->tls;
    struct dupd_view rest, path, query;
    rest = until(dupd_view_of(text + strlen(s->prefix)), "?", &query);
    int rc;
    if (s->scheme == REDIS_UNIX) {
        rc = read_socket(u, rest, problem);
    } else {
        struct dupd_view authority = until(rest, "/", &path);
        rc = read_authority(u, authority, problem);
        if (!rc)
            rc = read_path(u, path, problem);
    }
    if (!rc && query.len)
        rc = read_query(u, skip(query, 1), problem);
    if (!rc && u->scheme == REDIS_UNIX && u->tls)
        rc = wrong(problem, "a Unix socket has no TLS");
    if (!rc && u->scheme == REDIS_CLUSTER)
        rc = wrong(problem, "Redis Cluster is not in this build");
    return rc;
}

int redis_url_parse(struct redis_url *out, const char *text, char problem[256])
{
    *out = (struct redis_url){0};
    problem[0] = 0;
    return parse(out, text, problem);
}

/* Bytes that would end this part of the URL or be read as an encoding are encoded. */
static int add_encoded(struct dupd_buf *out, const char *text, const char *special)
{
    int rc = DUPD_OK;
    for (; *text && !rc; text++) {
        unsigned char c = (unsigned char)*text;
        if (c <= ' ' || c >= 127 || strchr(special, c))
            rc = dupd_buf_addf(out, "%%%02X", c);
        else
            rc = dupd_buf_add_char(out, *text);
    }
    return rc;
}

static int format_hosts(const struct redis_url *u, struct dupd_buf *out)
{
    int rc = DUPD_OK;
    for (unsigned i = 0; i < u->host_count && !rc; i++) {
        const struct redis_host *h = &u->host[i];
        bool bracket = strchr(h->name, ':') != NULL;
        rc = dupd_buf_addf(out, "%s%s%s%s:%u", i ? "," : "", bracket ? "[" : "", h->name,
                           bracket ? "]" : "", h->port);
    }
    return rc;
}

int redis_url_format(const struct redis_url *u, struct dupd_buf *out)
{
    size_t before = out->len;
    int rc;
    if (u->scheme == REDIS_UNIX) {
        rc = dupd_buf_add_str(out, "redis+unix://");
        if (!rc)
            rc = add_encoded(out, u->path, "%?#");
        if (!rc && u->db)
            rc = dupd_buf_addf(out, "?db=%u", u->db);
    } else {
        rc = dupd_buf_add_str(out, u->scheme == REDIS_SENTINEL  ? "redis-sentinel://"
                                   : u->scheme == REDIS_CLUSTER ? "redis+cluster://"
                                   : u->tls                     ? "rediss://"
                                                                : "redis://");
        if (!rc)
            rc = format_hosts(u, out);
        if (!rc && u->scheme == REDIS_SENTINEL)
            rc = dupd_buf_add_char(out, '/');
        if (!rc && u->scheme == REDIS_SENTINEL)
            rc = add_encoded(out, u->master, "%?#/@");
        if (!rc && u->scheme != REDIS_CLUSTER)
            rc = dupd_buf_addf(out, "/%u", u->db);
        if (!rc && u->scheme == REDIS_SENTINEL && u->tls)
            rc = dupd_buf_add_str(out, "?tls=yes");
    }
    if (rc)
        out->len = before;
    return rc;
}
