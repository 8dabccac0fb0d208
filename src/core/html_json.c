/*
 * html_json.c: a forgiving walk over JSON text.
 *
 * Why not a JSON library: the strict ones stop at the first raw line break in a string, which one
 * page in twenty has; and they allocate, where this only points. Finding the end of a value is one
 * pass that counts brackets outside strings, so that depth costs nothing.
 */
#include "html_json.h"

#include "html_page.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == ':';
}

static void skip_blanks(struct dupd_view *v)
{
    while (v->len && is_blank(v->ptr[0])) {
        v->ptr++;
        v->len--;
    }
}

/* Length of the string that begins at v, with both quotation marks if it has two. */
static size_t string_length(struct dupd_view v)
{
    size_t i = 1;
    while (i < v.len && v.ptr[i] != '"')
        i += v.ptr[i] == '\\' ? 2 : 1;
    return i < v.len ? i + 1 : v.len;
}

static size_t value_length(struct dupd_view v)
{
    size_t i = 0, open = 0;
    if (!v.len)
        return 0;
    if (v.ptr[0] == '"')
        return string_length(v);
    while (i < v.len) {
        char c = v.ptr[i];
        if (c == '"') {
            i += string_length((struct dupd_view){v.ptr + i, v.len - i});
            continue;
        }
        if (open == 0 && (c == ',' || c == '}' || c == ']'))
            return i;
        i++;
        if (c == '{' || c == '[')
            open++;
        else if ((c == '}' || c == ']') && --open == 0)
            return i;
    }
    return v.len;
}

char json_type(struct dupd_view value)
{
    if (!value.len)
        return 0;
    char c = value.ptr[0];
    return c == '{' || c == '[' || c == '"' ? c : 'x';
}

static struct dupd_view take(struct dupd_view *v, size_t n)
{
    struct dupd_view taken = {v->ptr, n};
    v->ptr += n;
    v->len -= n;
    return taken;
}

bool json_next(struct dupd_view *rest, struct dupd_view *key, struct dupd_view *value)
{
    bool first = rest->len && (rest->ptr[0] == '{' || rest->ptr[0] == '[');
    bool object = first ? rest->ptr[0] == '{' : key->len > 0;
    if (first)
        (void)take(rest, 1);
    skip_blanks(rest);
    if (!rest->len || rest->ptr[0] == '}' || rest->ptr[0] == ']')
        return false;
    *key = (struct dupd_view){NULL, 0};
    if (object) {
        if (rest->ptr[0] != '"')
            return false;
        *key = take(rest, string_length(*rest));
        skip_blanks(rest);
    }
    *value = take(rest, value_length(*rest));
    return value->len > 0;
}

/* Four hexadecimal digits at p. */
static bool hex4(const char *p, const char *end, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        char l = p + i < end ? (char)(p[i] | 0x20) : '\0';
        if (p + i < end && p[i] >= '0' && p[i] <= '9')
            *code = *code << 4 | (uint32_t)(p[i] - '0');
        else if (l >= 'a' && l <= 'f')
            *code = *code << 4 | (uint32_t)(l - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* The character behind a backslash at *p, which is ASCII; moves *p behind it. */
static uint32_t escape(const char **p, const char *end)
{
    uint32_t code, low;
    char c = *(*p)++;
    if (c == 'n' || c == 'r' || c == 't' || c == 'b' || c == 'f')
        return c == 'n' ? '\n' : ' ';
    if (c != 'u')
        return (unsigned char)c;
    if (!hex4(*p, end, &code))
        return 'u'; /* as written; never longer than that */
    *p += 4;
    bool high = code >= 0xD800 && code < 0xDC00;
    if (high && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u' && hex4(*p + 2, end, &low) &&
        low >= 0xDC00 && low < 0xE000) {
        *p += 6;
        return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    return code == 0 || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code;
}

int json_text(struct dupd_view value, struct dupd_buf *out)
{
    if (json_type(value) != '"')
        return dupd_buf_add_view(out, value);
    const char *p = value.ptr + 1, *end = value.ptr + value.len;
    if (value.len >= 2 && end[-1] == '"')
        end--;
    int rc = dupd_buf_reserve(out, value.len + 4);
    if (rc)
        return rc;
    while (p < end) { /* nothing grows */
        if (*p != '\\' || p + 1 == end) {
            out->ptr[out->len++] = *p++;
            continue;
        }
        p++;
        unsigned char c = (unsigned char)*p;
        if (c >= 0x80) /* a backslash before a character beyond ASCII means nothing */
            continue;
        out->len += html_put_utf8(escape(&p, end), out->ptr + out->len);
    }
    return 0;
}

bool json_is(struct dupd_view value, const char *text)
{
    size_t n = strlen(text);
    return value.len == n + 2 && value.ptr[0] == '"' && memcmp(value.ptr + 1, text, n) == 0;
}
