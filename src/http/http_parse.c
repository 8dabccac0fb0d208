/*
 * http_parse.c: the parser of http_parse.h.
 *
 * Happy path: the head is collected until its empty line, then read in one pass over a contiguous
 * buffer, in which names are put into lower case; that is simpler than a state for each token, and
 * bounded by head_max. The body is counted, or taken from its chunks. Cost: one copy of the bytes.
 */
#include "http/http_parse.h"

#include <ctype.h>

#include "dupd/error.h"

void http_parser_init(struct http_parser *p, size_t head_max, size_t body_max)
{
    *p = (struct http_parser){.head_max = head_max, .body_max = body_max};
}

void http_parser_close(struct http_parser *p)
{
    dupd_buf_close(&p->head);
    dupd_buf_close(&p->body);
    dupd_buf_close(&p->line);
}

static void reuse(struct dupd_buf *b, size_t keep)
{
    if (b->cap > keep)
        dupd_buf_close(b);
    else
        dupd_buf_clear(b);
}

void http_parser_next(struct http_parser *p, size_t keep)
{
    reuse(&p->head, keep);
    reuse(&p->body, keep);
    reuse(&p->line, keep);
    p->request = (struct http_request){0};
    p->state = HTTP_IN_HEAD;
    p->left = 0;
    p->trailers = 0;
    p->broken = 0;
}

bool http_parser_is_fresh(const struct http_parser *p)
{
    return p->state == HTTP_IN_HEAD && p->head.len == 0;
}

struct dupd_view http_field(const struct http_request *r, const char *name)
{
    struct dupd_view wanted = dupd_view_of(name);
    for (unsigned i = 0; i < r->field_count; i++)
        if (dupd_view_equal(r->field[i].name, wanted))
            return r->field[i].value;
    return (struct dupd_view){0};
}

static bool is_token_char(unsigned char c)
{
    return isalnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool same(struct dupd_view v, const char *text)
{
    return dupd_view_equal(v, dupd_view_of(text));
}

/* Equal but for the case of ASCII letters. */
static bool alike(struct dupd_view v, const char *lower)
{
    if (v.len != strlen(lower))
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (tolower((unsigned char)v.ptr[i]) != lower[i])
            return false;
    return true;
}

/* True when a list such as "keep-alive, Upgrade" has the word. */
static bool list_has(struct dupd_view list, const char *lower)
{
    size_t at = 0;
    while (at < list.len) {
        size_t end = at;
        while (end < list.len && list.ptr[end] != ',')
            end++;
        size_t a = at, b = end;
        while (a < b && is_blank(list.ptr[a]))
            a++;
        while (b > a && is_blank(list.ptr[b - 1]))
            b--;
        if (alike((struct dupd_view){list.ptr + a, b - a}, lower))
            return true;
        at = end + 1;
    }
    return false;
}

/* Takes "http://host" off a target that is a whole address, and leaves the path. 0 or -400. */
static int take_authority(struct http_request *r, const char **target, const char *end)
{
    static const char *const scheme[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(scheme[i]);
        if ((size_t)(end - *target) < n || !alike((struct dupd_view){*target, n}, scheme[i]))
            continue;
        const char *host = *target + n, *p = host;
        while (p < end && *p != '/' && *p != '?' && *p != '@' && *p != '#')
            p++;
        if (p == host || (p < end && (*p == '@' || *p == '#')))
            return -400;
        r->authority = (struct dupd_view){host, (size_t)(p - host)};
        *target = p;
        return 0;
    }
    return 0;
}

/* GET /path?query HTTP/1.1; the line without its end. *minor: of the version. */
static int read_request_line(struct http_request *r, struct dupd_view line, int *minor)
{
    size_t n = 0;
    while (n < line.len && is_token_char((unsigned char)line.ptr[n]))
        n++;
    if (n == 0 || n == line.len || line.ptr[n] != ' ')
        return -400;
    struct dupd_view method = {line.ptr, n};
    r->method = same(method, "GET")    ? HTTP_GET
                : same(method, "HEAD") ? HTTP_HEAD_METHOD
                : same(method, "POST") ? HTTP_POST
                                       : HTTP_OTHER;
    const char *target = line.ptr + n + 1, *end = line.ptr + line.len, *p = target;
    const char *question = NULL;
    for (; p<end && * p> 0x20 && *p < 0x7f; p++)
        if (*p == '?' && !question)
            question = p;
    if (p == target || p == end || *p != ' ')
        return -400;
    if (take_authority(r, &target, p))
        return -400;
    if (!r->authority.len && *target != '/' && !(p - target == 1 && *target == '*'))
        return -400;
    const char *path_end = question ? question : p;
    r->path = (struct dupd_view){target, (size_t)(path_end - target)};
    if (r->path.len == 0) /* "http://host", "http://host?query" */
        r->path = DUPD_VIEW("/");
    if (question)
        r->query = (struct dupd_view){question + 1, (size_t)(p - question - 1)};
    struct dupd_view version = {p + 1, (size_t)(end - p - 1)};
    if (same(version, "HTTP/1.1"))
        *minor = 1;
    else if (same(version, "HTTP/1.0"))
        *minor = 0;
    else
        return version.len == 8 && memcmp(version.ptr, "HTTP/", 5) == 0 ? -505 : -400;
    return 0;
}

/* "Name: value", without the line's end; the name is put into lower case where it stands. */
static int read_field(struct http_request *r, char *line, size_t len)
{
    size_t n = 0;
    for (; n < len && is_token_char((unsigned char)line[n]); n++)
        line[n] = (char)tolower((unsigned char)line[n]);
    if (n == 0 || n == len || line[n] != ':')
        return -400;
    if (r->field_count == HTTP_FIELDS_MAX)
        return -431;
    size_t a = n + 1, b = len;
    while (a < b && is_blank(line[a]))
        a++;
    while (b > a && is_blank(line[b - 1]))
        b--;
    for (size_t i = a; i < b; i++) {
        unsigned char c = (unsigned char)line[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return -400;
    }
    r->field[r->field_count++] = (struct http_field){{line, n}, {line + a, b - a}};
    return 0;
}

static unsigned count_fields(const struct http_request *r, const char *name)
{
    unsigned count = 0;
    for (unsigned i = 0; i < r->field_count; i++)
        count += same(r->field[i].name, name);
    return count;
}

static int read_length(struct dupd_view text, uint64_t *out)
{
    *out = 0;
    if (text.len == 0)
        return -400;
    for (size_t i = 0; i < text.len; i++) {
        if (!isdigit((unsigned char)text.ptr[i]))
            return -400;
        if (i >= 18)
            return -413;
        *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return 0;
}

/* What the fields say of the message. */
static int read_framing(struct http_request *r, int minor)
{
    unsigned hosts = count_fields(r, "host"), lengths = count_fields(r, "content-length");
    unsigned encodings = count_fields(r, "transfer-encoding");
    if (hosts > 1 || (minor == 1 && hosts == 0) || lengths > 1 || encodings > 1 ||
        (lengths && encodings))
        return -400;
    if (encodings) {
        if (minor == 0)
            return -400;
        if (!alike(http_field(r, "transfer-encoding"), "chunked"))
            return -501;
        r->chunked = true;
    }
    if (lengths) {
        int rc = read_length(http_field(r, "content-length"), &r->length);
        if (rc)
            return rc;
    }
    struct dupd_view connection = http_field(r, "connection"), expect = http_field(r, "expect");
    r->keep_alive =
        minor == 1 ? !list_has(connection, "close") : list_has(connection, "keep-alive");
    if (expect.len) {
        if (!alike(expect, "100-continue"))
            return -417;
        r->expects_continue = minor == 1;
    }
    return 0;
}

/* The host of the target counts, whatever the field says. */
static int replace_host(struct http_request *r)
{
    unsigned i = 0;
    if (!r->authority.len)
        return 0;
    while (i < r->field_count && !same(r->field[i].name, "host"))
        i++;
    if (i == HTTP_FIELDS_MAX)
        return -431;
    r->field_count += i == r->field_count;
    r->field[i] = (struct http_field){DUPD_VIEW("host"), r->authority};
    return 0;
}

/* The whole head stands in p->head, its empty line included. */
static int read_head(struct http_parser *p)
{
    struct http_request *r = &p->request;
    char *at = p->head.ptr, *end = p->head.ptr + p->head.len - 2;
    int minor = 1;
    bool first = true;
    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop || stop == at || stop[-1] != '\r')
            return -400;
        size_t len = (size_t)(stop - 1 - at);
        int rc = first ? read_request_line(r, (struct dupd_view){at, len}, &minor)
                       : read_field(r, at, len);
        if (rc)
            return rc;
        first = false;
        at = stop + 1;
    }
    int rc = first ? -400 : read_framing(r, minor);
    return rc ? rc : replace_host(r);
}

/* Collects the head. */
static int feed_head(struct http_parser *p, const char *bytes, size_t len, size_t *used)
{
    size_t skipped = 0;
    while (p->head.len == 0 && skipped < len && (bytes[skipped] == '\r' || bytes[skipped] == '\n'))
        skipped++; /* an empty line before a request is ignored */
    *used = skipped;
    if (skipped == len)
        return HTTP_MORE;
    size_t before = p->head.len, room = p->head_max - before;
    size_t take = len - skipped < room ? len - skipped : room;
    if (dupd_buf_add(&p->head, bytes + skipped, take))
        return -503;
    size_t from = before > 3 ? before - 3 : 0;
    char *stop = memmem(p->head.ptr + from, p->head.len - from, "\r\n\r\n", 4);
    if (!stop) {
        *used = skipped + take;
        /* A bare LF would end lines for a laxer parser in front of us. */
        if (memmem(p->head.ptr + from, p->head.len - from, "\n\n", 2))
            return -400;
        return p->head.len >= p->head_max ? -431 : HTTP_MORE;
    }
    size_t whole = (size_t)(stop + 4 - p->head.ptr);
    *used = skipped + (whole - before);
    p->head.len = whole;
    int rc = read_head(p);
    if (rc)
        return rc;
    p->left = p->request.length;
    p->state = p->request.chunked ? HTTP_IN_CHUNK_SIZE : p->left ? HTTP_IN_BODY : HTTP_AT_END;
    return HTTP_HEAD;
}

/* Bytes of the body, counted by p->left. */
static int feed_bytes(struct http_parser *p, const char *bytes, size_t len, size_t *used,
                      enum http_parse_state then)
{
    size_t take = len < p->left ? len : (size_t)p->left;
    if (p->body.len + take > p->body_max)
        return -413;
    if (dupd_buf_add(&p->body, bytes, take))
        return -503;
    *used = take;
    p->left -= take;
    if (p->left == 0)
        p->state = then;
    return HTTP_MORE;
}

/* Collects a line in p->line: 1 when it is whole (without CRLF), 0 when not yet. */
static int feed_line(struct http_parser *p, const char *bytes, size_t len, size_t *used, size_t max)
{
    const char *stop = memchr(bytes, '\n', len);
    size_t take = stop ? (size_t)(stop + 1 - bytes) : len;
    if (p->line.len + take > max)
        return -400;
    if (dupd_buf_add(&p->line, bytes, take))
        return -503;
    *used = take;
    if (!stop)
        return 0;
    if (p->line.len < 2 || p->line.ptr[p->line.len - 2] != '\r')
        return -400;
    p->line.len -= 2;
    return 1;
}

/* "1a2b;extension" */
static int read_chunk_size(struct http_parser *p)
{
    uint64_t size = 0;
    size_t i = 0;
    for (; i < p->line.len && isxdigit((unsigned char)p->line.ptr[i]); i++) {
        unsigned char c = (unsigned char)p->line.ptr[i];
        if (i >= 15)
            return -413;
        size = size * 16 + (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (i == 0)
        return -400;
    while (i < p->line.len && is_blank(p->line.ptr[i]))
        i++;
    if (i < p->line.len && p->line.ptr[i] != ';')
        return -400;
    dupd_buf_clear(&p->line);
    if (size > p->body_max || p->body.len > p->body_max - size)
        return -413;
    p->left = size;
    p->state = size ? HTTP_IN_CHUNK : HTTP_IN_TRAILERS;
    return HTTP_MORE;
}

static int feed_chunk_line(struct http_parser *p, const char *bytes, size_t len, size_t *used)
{
    int rc = feed_line(p, bytes, len, used, HTTP_CHUNK_LINE_MAX);
    if (rc <= 0)
        return rc;
    if (p->state == HTTP_IN_CHUNK_SIZE)
        return read_chunk_size(p);
    if (p->line.len) /* behind a chunk stands nothing but a line's end */
        return -400;
    p->state = HTTP_IN_CHUNK_SIZE;
    return HTTP_MORE;
}

/* Trailers are read over: nothing here needs them. */
static int feed_trailers(struct http_parser *p, const char *bytes, size_t len, size_t *used)
{
    int rc = feed_line(p, bytes, len, used, p->head_max);
    p->trailers += *used;
    if (rc >= 0 && p->trailers > p->head_max)
        return -431;
    if (rc <= 0)
        return rc;
    if (p->line.len == 0)
        p->state = HTTP_AT_END;
    dupd_buf_clear(&p->line);
    return HTTP_MORE;
}

static int feed_state(struct http_parser *p, const char *bytes, size_t len, size_t *used)
{
    switch (p->state) {
    case HTTP_IN_HEAD:
        return feed_head(p, bytes, len, used);
    case HTTP_IN_BODY:
        return feed_bytes(p, bytes, len, used, HTTP_AT_END);
    case HTTP_IN_CHUNK:
        return feed_bytes(p, bytes, len, used, HTTP_IN_CHUNK_END);
    case HTTP_IN_CHUNK_SIZE:
    case HTTP_IN_CHUNK_END:
        return feed_chunk_line(p, bytes, len, used);
    case HTTP_IN_TRAILERS:
        return feed_trailers(p, bytes, len, used);
    default:
        return p->broken ? p->broken : -400;
    }
}

int http_parser_feed(struct http_parser *p, const char *bytes, size_t len, size_t *used)
{
    int rc = HTTP_MORE;
    *used = 0;
    if (p->state == HTTP_IN_BODY && p->request.length > p->body_max)
        rc = -413; /* before a byte of it is taken */
    while (rc == HTTP_MORE && p->state != HTTP_AT_END && *used < len) {
        size_t took = 0;
        rc = feed_state(p, bytes + *used, len - *used, &took);
        *used += took;
    }
    if (rc < 0) {
        p->state = HTTP_BROKEN;
        p->broken = rc;
        return rc;
    }
    if (rc == HTTP_MORE && p->state == HTTP_AT_END) {
        p->request.body = dupd_buf_view(&p->body);
        return HTTP_WHOLE;
    }
    return rc;
}
