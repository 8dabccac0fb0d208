/*
 * sniff.c: what a file holds.
 *
 * A brace or bracket alone proves nothing ("[Updated] The minister..."), so the next character must
 * fit JSON as well. Binary: a NUL, or more than an eighth of control characters; old 8-bit text has
 * neither, and its bytes become U+FFFD later.
 */
#include "input/sniff.h"

#include "dupd/html.h"

#define BOM "\xEF\xBB\xBF"

struct magic {
    const char *bytes;
    size_t len;
    const char *what;
};

static const struct magic magics[] = {
    {"\x1F\x8B", 2, "gzip data; unpack it first"},
    {"\x28\xB5\x2F\xFD", 4, "zstd data; unpack it first"},
    {"\xFD"
     "7zXZ",
     5, "xz data; unpack it first"},
    {"BZh", 3, "bzip2 data; unpack it first"},
    {"PK\x03\x04", 4, "a zip archive or an office document; save it as text"},
    {"%PDF-", 5, "a PDF; convert it with pdftotext"},
    {"\xFF\xFE", 2, "UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
    {"\xFE\xFF", 2, "UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
};

static size_t skip_space(struct dupd_view v, size_t at)
{
    while (at < v.len && strchr(" \t\r\n", v.ptr[at]) && v.ptr[at])
        at++;
    return at;
}

static bool mostly_control(struct dupd_view head)
{
    size_t control = 0;
    for (size_t i = 0; i < head.len; i++) {
        unsigned char c = (unsigned char)head.ptr[i];
        if (c == 0)
            return true;
        control += (c < 0x20 && !(c >= '\t' && c <= '\r')) || c == 0x7F;
    }
    return control > head.len / 8;
}

enum sniff sniff_content(struct dupd_view head, const char **what)
{
    *what = NULL;
    bool binary = mostly_control(head);
    for (size_t i = 0; binary && i < sizeof magics / sizeof magics[0]; i++) {
        if (head.len >= magics[i].len && memcmp(head.ptr, magics[i].bytes, magics[i].len) == 0) {
            *what = magics[i].what;
            return SNIFF_BINARY;
        }
    }
    size_t at = head.len >= 3 && memcmp(head.ptr, BOM, 3) == 0 ? 3 : 0;
    at = skip_space(head, at);
    size_t second = skip_space(head, at + 1);
    char next = second < head.len ? head.ptr[second] : '\0';
    if (at < head.len && head.ptr[at] == '{' && (next == '"' || next == '}'))
        return SNIFF_OBJECTS;
    if (at < head.len && head.ptr[at] == '[' && (next == '{' || next == ']'))
        return SNIFF_ARRAY;
    if (dupd_html_looks_like(head))
        return SNIFF_HTML;
    if (binary) {
        *what = "not text";
        return SNIFF_BINARY;
    }
    return SNIFF_TEXT;
}

bool sniff_is_lines(struct dupd_view first, char next)
{
    bool in_string = false;
    long depth = 0;
    for (size_t i = 0; i < first.len; i++) {
        char c = first.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    /* A line that breaks off (inside a string, or with the next object below it) is a damaged line
     * of JSON Lines, not the beginning of a tall object. */
    return in_string || depth <= 0 || next == '{' || next == '\0';
}
