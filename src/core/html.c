/*
 * html.c: a web page to an article: decode, scan, score, write (see html_page.h).
 *
 * Happy path: one pass over the bytes, a few loops over the blocks. What can go wrong is memory,
 * size, and pages without text: those still give their metadata. If names alone hid nearly all text
 * (a page whose every container is called "widget"), a second attempt ignores them; if there is no
 * text in the markup at all, the text that the page declares in its JSON-LD is taken.
 *
 * Cost: see docs/html.md. Bounds: max_bytes, max_depth, HTML_ELEMENTS_MAX.
 */
#include "html_meta.h"
#include "html_page.h"

#include "dupd/error.h"

#define DEFAULT_BYTES ((size_t)8 << 20)
#define DEFAULT_DEPTH 256u
#define ENOUGH_TEXT 150u /* bytes; below, a second attempt is made */
#define BYLINE_MAX 100u
#define HEADLINE_MIN 10u /* bytes of a headline that may stand for the title */
#define SNIFF_BYTES 1024u

struct span {
    size_t at, len;
};

static int append(struct dupd_buf *memory, struct dupd_view v, struct span *where)
{
    where->at = memory->len;
    where->len = v.len;
    return dupd_buf_add_view(memory, v);
}

static struct dupd_view at(const struct dupd_buf *memory, struct span s)
{
    return s.len ? (struct dupd_view){memory->ptr + s.at, s.len} : (struct dupd_view){NULL, 0};
}

/* First short text whose container's class says byline. */
static struct dupd_view byline_of(const struct html_page *page)
{
    for (uint32_t i = 0; i < page->block_count; i++) {
        const struct html_block *b = &page->block[i];
        uint32_t e = b->element;
        if (b->len > BYLINE_MAX || b->weight < 3)
            continue;
        if ((page->element[e].marks | page->element[page->element[e].parent].marks) & HTML_BYLINE)
            return (struct dupd_view){page->text.ptr + b->at, b->len};
    }
    return (struct dupd_view){NULL, 0};
}

/* The title; where only <title> gives one ("Quay to be widened | The Harbour Post"), the longest
 * headline that stands in it. */
static struct dupd_view title_of(const struct html_page *page, const struct html_meta *meta)
{
    struct dupd_view title = html_meta_get(meta, META_TITLE), best = {NULL, 0};
    if (meta->field[META_TITLE].rank > META_RANK_TITLE_TAG)
        return title;
    for (uint32_t i = 0; i < page->block_count; i++) {
        const struct html_block *b = &page->block[i];
        const char *text = page->text.ptr + b->at;
        if (page->element[b->element].tag != HTML_H1 || b->len <= best.len || b->len < HEADLINE_MIN)
            continue;
        if (!title.len || memmem(title.ptr, title.len, text, b->len))
            best = (struct dupd_view){text, b->len};
    }
    return best.len ? best : title;
}

static int write_text(struct html_page *page, const struct html_meta *meta, struct dupd_buf *memory,
                      struct span *text)
{
    struct dupd_view title = title_of(page, meta);
    struct dupd_view body = html_meta_get(meta, META_BODY);
    text->at = memory->len;
    html_score(page, true);
    int rc = html_text(page, title, memory);
    if (!rc && memory->len - text->at < ENOUGH_TEXT) {
        struct dupd_buf second = {0};
        html_score(page, false);
        rc = html_text(page, title, &second);
        if (!rc && second.len > 2 * (memory->len - text->at)) {
            memory->len = text->at;
            rc = dupd_buf_add_view(memory, dupd_buf_view(&second));
        }
        dupd_buf_close(&second);
    }
    if (!rc && body.len > 2 * (memory->len - text->at)) {
        memory->len = text->at;
        rc = dupd_buf_add_view(memory, body);
    }
    text->len = memory->len - text->at;
    return rc;
}

/* Everything behind the scan: text and metadata into `memory`, views into *out. */
static int fill(struct html_page *page, const struct html_meta *meta,
                const struct dupd_html_options *options, struct dupd_buf *memory,
                struct dupd_article *out)
{
    struct span text, title, url, source, byline, lang;
    struct dupd_view address = html_meta_get(meta, META_URL);
    struct dupd_view by = html_meta_get(meta, META_BYLINE);
    int rc = write_text(page, meta, memory, &text);
    if (!rc)
        rc = append(memory, title_of(page, meta), &title);
    if (!rc)
        rc = append(memory, address.len ? address : options->url, &url);
    if (!rc)
        rc = append(memory, html_meta_get(meta, META_SITE), &source);
    if (!rc)
        rc = append(memory, by.len ? by : byline_of(page), &byline);
    if (!rc)
        rc = append(memory, html_meta_get(meta, META_LANG), &lang);
    if (rc)
        return rc;
    out->text = at(memory, text);
    out->title = at(memory, title);
    out->url = at(memory, url);
    out->source = at(memory, source);
    out->byline = at(memory, byline);
    out->lang = at(memory, lang);
    out->published = meta->published;
    return text.len ? 0 : DUPD_EEMPTY;
}

int dupd_html_extract(struct dupd_view bytes, const struct dupd_html_options *options,
                      struct dupd_buf *memory, struct dupd_article *out)
{
    static const struct dupd_html_options defaults = {0, 0, {NULL, 0}};
    const struct dupd_html_options *o = options ? options : &defaults;
    unsigned depth = o->max_depth ? o->max_depth : DEFAULT_DEPTH;
    size_t max = o->max_bytes ? o->max_bytes : DEFAULT_BYTES;
    struct dupd_buf decoded = {0};
    struct dupd_view utf8;
    struct html_meta meta;
    struct html_page page = {0};
    *out = (struct dupd_article){0};
    if (bytes.len > max || bytes.len > UINT32_MAX / 4) /* offsets of blocks are 32 bits */
        return DUPD_ETOOBIG;
    html_meta_init(&meta);
    int rc = html_decode(bytes, &decoded, &utf8);
    if (!rc)
        rc = html_page_init(&page, depth < HTML_DEPTH_MAX ? depth : HTML_DEPTH_MAX, &meta);
    if (!rc) {
        html_scan(utf8, &page);
        rc = page.status ? page.status : meta.status;
    }
    if (!rc)
        rc = fill(&page, &meta, o, memory, out);
    html_page_close(&page);
    html_meta_close(&meta);
    dupd_buf_close(&decoded);
    return rc;
}

bool dupd_html_looks_like(struct dupd_view bytes)
{
    static const char *const tags[] = {"!doctype html", "html",   "head",  "body", "meta",
                                       "title",         "script", "style", "link", "div",
                                       "article",       "p",      "table"};
    const char *p = bytes.ptr, *end = p + (bytes.len < SNIFF_BYTES ? bytes.len : SNIFF_BYTES);
    if (bytes.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    for (;;) {
        while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
            p++;
        bool comment = end - p >= 4 && memcmp(p, "<!--", 4) == 0;
        bool instruction = end - p >= 2 && memcmp(p, "<?", 2) == 0;
        if (!comment && !instruction)
            break;
        const char *mark = comment ? "-->" : ">";
        const char *close = memmem(p, (size_t)(end - p), mark, strlen(mark));
        if (!close)
            return false;
        p = close + strlen(mark);
    }
    if (p == end || *p++ != '<')
        return false;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        size_t n = strlen(tags[i]);
        if ((size_t)(end - p) > n && strncasecmp(p, tags[i], n) == 0 &&
            (p[n] == '>' || p[n] == ' ' || p[n] == '\n' || p[n] == '\r' || p[n] == '\t' ||
             p[n] == '/'))
            return true;
    }
    return false;
}
