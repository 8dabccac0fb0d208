/*
 * json_read.c: the strict JSON reader.
 *
 * Happy path: json_read_member reads a key and skips over its value, noting where it stands.
 * Containers inside are checked with a stack of bits (1: object, 0: array) instead of recursion, so
 * that depth costs nothing and hostile nesting ends in an error. Failure: `problem` is set, `at`
 * stays at the offending byte. Strings are scanned eight bytes at a time for the three things that
 * matter: the closing mark, a backslash, a control character.
 */
#include "input/json_read.h"

#include <ctype.h>

#include "dupd/error.h"

#define ONES 0x0101010101010101u
#define HIGHS 0x8080808080808080u

const char *json_kind_text(enum json_kind kind)
{
    static const char *const text[] = {"null",     "a boolean", "a number",
                                       "a string", "an array",  "an object"};
    return text[kind];
}

void json_start(struct json_reader *r, struct dupd_view message)
{
    *r = (struct json_reader){message.ptr, message.ptr, message.ptr + message.len, NULL, true};
    if (message.len == 0)
        r->begin = r->at = r->end = "";
}

static bool fail(struct json_reader *r, const char *problem)
{
    if (!r->problem)
        r->problem = problem;
    return false;
}

static void skip_space(struct json_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

static bool at_char(const struct json_reader *r, char c)
{
    return r->at < r->end && *r->at == c;
}

/* First byte of [p, end) that is a quotation mark, a backslash or a control character. */
static const char *string_stop(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t x;
        memcpy(&x, p, 8);
        uint64_t quote = x ^ (ONES * '"'), slash = x ^ (ONES * '\\');
        uint64_t hit = ((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) |
                       ((x - ONES * 0x20) & ~x); /* may hit too early, never too late */
        if (hit & HIGHS)
            break;
        p += 8;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
        p++;
    return p;
}

static int hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)p[i];
        if (!isxdigit(c))
            return -1;
        value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* At an opening quotation mark. */
static bool read_string(struct json_reader *r, struct json_value *v)
{
    const char *begin = ++r->at;
    *v = (struct json_value){JSON_STRING, {begin, 0}, false};
    for (;;) {
        r->at = string_stop(r->at, r->end);
        if (r->at == r->end)
            return fail(r, "the text ends inside a string");
        if (*r->at == '"')
            break;
        if (*r->at != '\\')
            return fail(r, "a control character inside a string");
        v->escaped = true;
        if (r->end - r->at < 2)
            return fail(r, "the text ends inside a string");
        if (r->at[1] == 'u') {
            if (hex4(r->at + 2, r->end) < 0)
                return fail(r, "\\u without four hexadecimal digits");
            r->at += 6;
        } else if (strchr("\"\\/bfnrt", r->at[1]) && r->at[1]) {
            r->at += 2;
        } else {
            return fail(r, "an unknown escape inside a string");
        }
    }
    v->raw.len = (size_t)(r->at++ - begin);
    return true;
}

static bool digits(struct json_reader *r)
{
    const char *begin = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > begin;
}

static bool read_number(struct json_reader *r, struct json_value *v)
{
    const char *begin = r->at;
    if (at_char(r, '-'))
        r->at++;
    if (at_char(r, '0'))
        r->at++;
    else if (!digits(r))
        return fail(r, "a malformed number");
    if (at_char(r, '.')) {
        r->at++;
        if (!digits(r))
            return fail(r, "a malformed number");
    }
    if (at_char(r, 'e') || at_char(r, 'E')) {
        r->at++;
        if (at_char(r, '+') || at_char(r, '-'))
            r->at++;
        if (!digits(r))
            return fail(r, "a malformed number");
    }
    *v = (struct json_value){JSON_NUMBER, {begin, (size_t)(r->at - begin)}, false};
    return true;
}

static bool read_word(struct json_reader *r, struct json_value *v, struct dupd_view word,
                      enum json_kind kind)
{
    if ((size_t)(r->end - r->at) < word.len || memcmp(r->at, word.ptr, word.len) != 0)
        return fail(r, "neither a value nor a quoted string");
    *v = (struct json_value){kind, {r->at, word.len}, false};
    r->at += word.len;
    return true;
}

/* A value that is no container. */
static bool read_scalar(struct json_reader *r, struct json_value *v)
{
    if (r->at == r->end)
        return fail(r, "the text ends too early");
    switch (*r->at) {
    case '"':
        return read_string(r, v);
    case 't':
        return read_word(r, v, DUPD_VIEW("true"), JSON_BOOL);
    case 'f':
        return read_word(r, v, DUPD_VIEW("false"), JSON_BOOL);
    case 'n':
        return read_word(r, v, DUPD_VIEW("null"), JSON_NULL);
    default:
        if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
            return read_number(r, v);
        return fail(r, "neither a value nor a quoted string");
    }
}

/* At a key: the key, the colon, and the space around them. */
static bool read_key(struct json_reader *r, struct json_value *key)
{
    if (!at_char(r, '"'))
        return fail(r, r->at == r->end ? "the text ends too early" : "a key in quotes is missing");
    if (!read_string(r, key))
        return false;
    skip_space(r);
    if (!at_char(r, ':'))
        return fail(r, r->at == r->end ? "the text ends too early" : "a colon is missing");
    r->at++;
    skip_space(r);
    return true;
}

/* Behind a value inside `depth` containers: closes those that end here, steps over a comma.
 * Returns the new depth, or -1. `objects` has one bit for each open container. */
static int after_value(struct json_reader *r, uint64_t objects, int depth)
{
    while (depth > 0) {
        bool object = objects >> (depth - 1) & 1;
        skip_space(r);
        if (at_char(r, ',')) {
            r->at++;
            skip_space(r);
            struct json_value key;
            return !object || read_key(r, &key) ? depth : -1;
        }
        if (!at_char(r, object ? '}' : ']')) {
            fail(r, r->at == r->end ? "the text ends too early" : "a comma or an end is missing");
            return -1;
        }
        r->at++;
        depth--;
    }
    return 0;
}

/* At an opening brace or bracket: checks and skips the container. */
static bool skip_container(struct json_reader *r)
{
    uint64_t objects = 0;
    int depth = 0;
    do {
        struct json_value v;
        if (at_char(r, '{') || at_char(r, '[')) {
            bool object = *r->at == '{';
            if (depth == (int)JSON_DEPTH_MAX)
                return fail(r, "nested too deeply");
            objects = (objects & ~(UINT64_C(1) << depth)) | ((uint64_t)object << depth);
            depth++;
            r->at++;
            skip_space(r);
            if (at_char(r, object ? '}' : ']')) {
                r->at++;
                depth = after_value(r, objects, depth - 1);
            } else if (object && !read_key(r, &v)) {
                return false;
            }
        } else {
            if (!read_scalar(r, &v))
                return false;
            depth = after_value(r, objects, depth);
        }
    } while (depth > 0);
    return depth == 0;
}

bool json_read_value(struct json_reader *r, struct json_value *v)
{
    skip_space(r);
    if (!at_char(r, '{') && !at_char(r, '['))
        return read_scalar(r, v);
    const char *begin = r->at;
    v->kind = *begin == '{' ? JSON_OBJECT : JSON_ARRAY;
    v->escaped = false;
    if (!skip_container(r))
        return false;
    v->raw = (struct dupd_view){begin, (size_t)(r->at - begin)};
    return true;
}

bool json_read_object(struct json_reader *r)
{
    skip_space(r);
    if (!at_char(r, '{'))
        return fail(r, "not a JSON object");
    r->at++;
    r->first = true;
    return true;
}

int json_read_member(struct json_reader *r, struct json_value *key, struct json_value *v)
{
    if (r->problem)
        return DUPD_ESYNTAX;
    skip_space(r);
    if (at_char(r, '}')) {
        r->at++;
        return 0;
    }
    if (!r->first) {
        if (!at_char(r, ',')) {
            fail(r, r->at == r->end ? "the text ends too early" : "a comma is missing");
            return DUPD_ESYNTAX;
        }
        r->at++;
        skip_space(r);
    }
    r->first = false;
    return read_key(r, key) && json_read_value(r, v) ? 1 : DUPD_ESYNTAX;
}

int json_end(struct json_reader *r)
{
    skip_space(r);
    if (!r->problem && r->at < r->end)
        fail(r, "more text behind the value");
    return r->problem ? DUPD_ESYNTAX : 0;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* At a backslash of a string that read_string accepted: the code point, *p moved behind it. */
static uint32_t unescape(const char **p, const char *end)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char c = (*p)[1];
    if (c != 'u') {
        *p += 2;
        const char *known = strchr(from, c);
        return (uint32_t)(known ? to[known - from] : c);
    }
    uint32_t unit = (uint32_t)hex4(*p + 2, end);
    *p += 6;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    if (unit < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        uint32_t low = (uint32_t)hex4(*p + 2, end);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *p += 6;
            return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return 0xFFFD;
}

int json_read_string(const struct json_value *string, struct dupd_buf *out)
{
    int rc = dupd_buf_reserve(out, string->raw.len);
    if (rc || string->raw.len == 0)
        return rc;
    const char *p = string->raw.ptr, *end = p + string->raw.len;
    char *to = out->ptr + out->len;
    while (p < end) {
        const char *stop = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((stop ? stop : end) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (p < end)
            to += put_utf8(to, unescape(&p, end));
    }
    out->len = (size_t)(to - out->ptr);
    return 0;
}

bool json_string_is(const struct json_value *string, struct dupd_view text)
{
    if (!string->escaped)
        return dupd_view_equal(string->raw, text);
    const char *p = string->raw.ptr, *end = p + string->raw.len;
    size_t i = 0;
    for (; p < end && i < text.len; i++) {
        uint32_t c = *p == '\\' ? unescape(&p, end) : (uint32_t)(unsigned char)*p++;
        if (c != (unsigned char)text.ptr[i])
            return false;
    }
    return p == end && i == text.len;
}
