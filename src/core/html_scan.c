/*
 * html_scan.c: HTML split into tags and text, in one pass.
 *
 * Follows the tokenizer of the HTML standard (WHATWG, 13.2.5) as far as text and metadata need it:
 * comments, raw text (script, style, title, ...), attributes quoted or not, junk in any place.
 * There is no input that it rejects: what is broken ends at the next '>' or at the end. Every byte
 * is looked at a bounded number of times, so the time is linear in the page, whatever the page.
 *
 * Why not libxml2's HTML parser, which was tried first: 2.9.14 compares each attribute of a tag
 * with all earlier ones, and each unmatched end tag with all open elements. A hostile page of 512
 * kB took it 13 s, a time that grows with the square of the page; there is no callback inside a tag
 * from which to stop it. It also keeps global state that must be set up before threads start, and
 * writes to stderr when memory runs out. docs/html.md has the figures.
 */
#include "html_meta.h"
#include "html_page.h"

struct scanner {
    const char *p, *end;
    struct html_page *page;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static struct dupd_view between(const char *from, const char *to)
{
    return (struct dupd_view){from, (size_t)(to - from)};
}

/* Position of c at or behind p, or the end. */
static const char *seek(const char *p, const char *end, char c)
{
    const char *found = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;
    return found ? found : end;
}

static enum html_attr attr_of(struct dupd_view name)
{
    static const char *const names[] = {
#define ATTR_NAME(name, text) text,
        HTML_ATTRS(ATTR_NAME)
#undef ATTR_NAME
    };
    for (unsigned i = 0; i < HTML_ATTR_COUNT; i++) {
        const char *known = names[i];
        size_t n = 0;
        while (n < name.len && known[n] && lower(name.ptr[n]) == known[n])
            n++;
        if (n == name.len && !known[n])
            return (enum html_attr)i;
    }
    return HTML_ATTR_COUNT;
}

/* Value behind '=' at s->p, quoted or bare. */
static struct dupd_view attribute_value(struct scanner *s)
{
    while (s->p < s->end && is_space(*s->p))
        s->p++;
    const char *from = s->p;
    if (s->p < s->end && (*s->p == '"' || *s->p == '\'')) {
        const char *close = seek(from + 1, s->end, *from);
        s->p = close < s->end ? close + 1 : close;
        return between(from + 1, close);
    }
    while (s->p < s->end && !is_space(*s->p) && *s->p != '>')
        s->p++;
    return between(from, s->p);
}

/* Reads attributes up to and with '>'. The first of a name counts. False at the end of the page. */
static bool attributes(struct scanner *s, struct html_attrs *attrs)
{
    while (s->p < s->end) {
        if (is_space(*s->p) || *s->p == '/') {
            s->p++;
            continue;
        }
        if (*s->p == '>') {
            s->p++;
            return true;
        }
        const char *from = s->p++; /* a '=' here is part of the name */
        while (s->p < s->end && !is_space(*s->p) && *s->p != '/' && *s->p != '>' && *s->p != '=')
            s->p++;
        enum html_attr which = attr_of(between(from, s->p));
        struct dupd_view value = {from, 0}; /* present and empty */
        while (s->p < s->end && is_space(*s->p))
            s->p++;
        if (s->p < s->end && *s->p == '=') {
            s->p++;
            value = attribute_value(s);
        }
        if (which < HTML_ATTR_COUNT && !attrs->value[which].ptr)
            attrs->value[which] = value;
    }
    return false;
}

static bool starts_with(const char *p, const char *end, const char *lower_case)
{
    for (; *lower_case; lower_case++, p++)
        if (p == end || lower(*p) != *lower_case)
            return false;
    return true;
}

/* End of raw text: where "</name" stands, or the end of the page. */
static const char *raw_end(const char *p, const char *end, struct dupd_view name)
{
    for (p = seek(p, end, '<'); p < end; p = seek(p + 1, end, '<')) {
        if ((size_t)(end - p) < name.len + 2 || p[1] != '/')
            continue;
        size_t n = 0;
        while (n < name.len && lower(p[2 + n]) == lower(name.ptr[n]))
            n++;
        const char *next = p + 2 + n;
        if (n == name.len && (next == end || is_space(*next) || *next == '>' || *next == '/'))
            return p;
    }
    return end;
}

static void start_tag(struct scanner *s)
{
    const char *from = s->p + 1;
    while (++s->p < s->end && !is_space(*s->p) && *s->p != '>' && *s->p != '/')
        continue;
    struct dupd_view name = between(from, s->p);
    struct html_attrs attrs = {0};
    if (!attributes(s, &attrs))
        return; /* cut off inside a tag: as browsers do, the tag is dropped */
    uint16_t tag = html_tag_of(name);
    html_meta_tag(s->page->meta, tag, &attrs);
    if (!(html_tag_kind(tag) & HTML_RAW)) {
        html_page_start(s->page, tag, &attrs, name);
        return;
    }
    const char *end = raw_end(s->p, s->end, name);
    html_meta_raw(s->page->meta, tag, &attrs, between(s->p, end), s->page->skipping > 0);
    s->p = seek(end, s->end, '>');
    s->p += s->p < s->end;
}

static void end_tag(struct scanner *s)
{
    const char *from = s->p + 2;
    s->p = from;
    while (s->p < s->end && !is_space(*s->p) && *s->p != '>' && *s->p != '/')
        s->p++;
    uint16_t tag = html_tag_of(between(from, s->p));
    s->p = seek(s->p, s->end, '>');
    s->p += s->p < s->end;
    html_page_end(s->page, tag);
}

/* "<!...", "<?..." or "</ ...": a comment that ends at "-->", or at '>' if it did not begin with
 * "<!--". One that never ends swallows the rest. */
static void comment(struct scanner *s)
{
    const char *end = s->end;
    bool proper = starts_with(s->p, end, "<!--");
    const char *p = s->p + (proper ? 4 : 2);
    if (proper && starts_with(p, end, ">")) {
        s->p = p + 1;
        return;
    }
    if (proper && starts_with(p, end, "->")) {
        s->p = p + 2;
        return;
    }
    for (p = seek(p, end, '>'); proper && p < end; p = seek(p + 1, end, '>'))
        if (p[-1] == '-' && p[-2] == '-' && p - s->p >= 6)
            break;
    s->p = p < end ? p + 1 : end;
}

void html_scan(struct dupd_view utf8, struct html_page *page)
{
    if (utf8.len == 0)
        utf8 = DUPD_VIEW(""); /* the page was a mark and nothing else: no pointer to add to */
    struct scanner s = {utf8.ptr, utf8.ptr + utf8.len, page};
    const char *text = s.p; /* begin of the text that is not handed on yet */
    const char *p = s.p;
    while (!html_page_done(page) && (p = seek(p, s.end, '<')) < s.end) {
        char next = p + 1 < s.end ? p[1] : '\0';
        bool close = next == '/' && p + 2 < s.end;
        if (!is_letter(next) && next != '!' && next != '?' && !close) {
            p++; /* a '<' that is text */
            continue;
        }
        html_page_text(page, between(text, p));
        s.p = p;
        if (is_letter(next))
            start_tag(&s);
        else if (close && is_letter(p[2]))
            end_tag(&s);
        else
            comment(&s);
        text = p = s.p;
    }
    if (!html_page_done(page))
        html_page_text(page, between(text, s.end));
    html_page_finish(page);
}
