/* http_text.c: decoding and comparing small texts of requests. Fails only for lack of memory. */
#include "http/http_text.h"

#include <ctype.h>

#include "dupd/error.h"

static int hex(unsigned char c)
{
    return isxdigit(c) ? (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10) : -1;
}

int http_decode(struct dupd_view text, bool form, struct dupd_buf *out)
{
    int rc = dupd_buf_reserve(out, text.len);
    for (size_t i = 0; i < text.len && !rc; i++) {
        char c = text.ptr[i];
        if (form && c == '+') {
            c = ' ';
        } else if (c == '%' && text.len - i > 2) {
            int high = hex((unsigned char)text.ptr[i + 1]),
                low = hex((unsigned char)text.ptr[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high * 16 + low);
                i += 2;
            }
        }
        rc = dupd_buf_add_char(out, c);
    }
    return rc;
}

/* The part of v before the first c; v moves behind it. */
static struct dupd_view cut(struct dupd_view *v, char c)
{
    const char *stop = v->len ? memchr(v->ptr, c, v->len) : NULL;
    size_t n = stop ? (size_t)(stop - v->ptr) : v->len;
    struct dupd_view head = {v->ptr, n};
    size_t skip = stop ? n + 1 : n;
    v->ptr += skip;
    v->len -= skip;
    return head;
}

bool http_next_parameter(struct dupd_view *query, struct dupd_view *name, struct dupd_view *value)
{
    while (query->len) {
        *value = cut(query, '&');
        bool there = value->len > 0;
        *name = cut(value, '=');
        if (there)
            return true;
    }
    return false;
}

int http_parameter(struct dupd_view query, const char *name, struct dupd_buf *out)
{
    struct dupd_view key, value;
    while (http_next_parameter(&query, &key, &value)) {
        if (dupd_view_equal(key, dupd_view_of(name))) {
            int rc = http_decode(value, true, out);
            return rc ? rc : 1;
        }
    }
    return 0;
}

struct dupd_view http_cookie(struct dupd_view cookies, const char *name)
{
    while (cookies.len) {
        struct dupd_view value = cut(&cookies, ';');
        struct dupd_view key = cut(&value, '=');
        while (key.len && key.ptr[0] == ' ') {
            key.ptr++;
            key.len--;
        }
        if (dupd_view_equal(key, dupd_view_of(name)))
            return value;
    }
    return (struct dupd_view){0};
}

static struct dupd_view without_port(struct dupd_view host)
{
    size_t end = host.len;
    if (host.len && host.ptr[0] == '[') {
        const char *close = memchr(host.ptr, ']', host.len);
        if (close)
            end = (size_t)(close + 1 - host.ptr);
    } else {
        const char *colon = host.len ? memchr(host.ptr, ':', host.len) : NULL;
        if (colon)
            end = (size_t)(colon - host.ptr);
    }
    for (size_t i = end; i < host.len; i++) /* behind it only ":digits" */
        if (i == end ? host.ptr[i] != ':' : !isdigit((unsigned char)host.ptr[i]))
            return (struct dupd_view){0};
    return (struct dupd_view){host.ptr, end};
}

bool http_host_is_one(struct dupd_view host, const char *hosts)
{
    host = without_port(host);
    if (host.len == 0)
        return false;
    if (host.len > 1 && host.ptr[host.len - 1] == '.')
        host.len--;
    while (*hosts) {
        size_t n = strcspn(hosts, ", \t");
        if (n == 1 && *hosts == '*')
            return true;
        if (n == host.len) {
            size_t i = 0;
            while (i < n && tolower((unsigned char)hosts[i]) == tolower((unsigned char)host.ptr[i]))
                i++;
            if (i == n)
                return true;
        }
        hosts += n;
        hosts += strspn(hosts, ", \t");
    }
    return false;
}

bool http_equal_secret(struct dupd_view a, struct dupd_view b)
{
    unsigned char differs = a.len != b.len;
    for (size_t i = 0; i < a.len; i++)
        differs |= (unsigned char)(a.ptr[i] ^ (b.len ? b.ptr[i % b.len] : 0));
    return a.len > 0 && !differs;
}

int http_json_string(struct dupd_buf *out, const char *text)
{
    int rc = dupd_buf_add_char(out, '"');
    for (; *text && !rc; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            rc = dupd_buf_addf(out, "\\%c", c);
        else
            rc = c >= 0x80  ? dupd_buf_add_char(out, '?')
                 : c < 0x20 ? dupd_buf_addf(out, "\\u%04x", c)
                            : dupd_buf_add_char(out, (char)c);
    }
    return rc ? rc : dupd_buf_add_char(out, '"');
}
