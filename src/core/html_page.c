/*
 * html_page.c: builds the page's containers and blocks from tags and text.
 *
 * Repairs what pages get wrong as far as text needs it: paragraphs, list items, cells and options
 * that nobody closed; end tags of nothing; inline end tags that would close a block. A block is a
 * run of text between two block-level tags or two <br>. Elements deeper than max_depth count as
 * part of the one they stand in. Links are only counted.
 *
 * Cost: each tag looks at the open elements, at most max_depth of them; each byte of text is copied
 * once. Memory: 16 bytes a container, 28 a block, at most HTML_ELEMENTS_MAX of each.
 */
#include "html_page.h"

#include <stdlib.h>

#include "dupd/error.h"
#include "html_meta.h"

#define LOOK_MAX 256u /* bytes of a class that are looked at */
#define INHERITED (HTML_IN_FIGURE | HTML_IN_HEADER | HTML_IN_LIST)

/* Doubles an array that is full, up to HTML_ELEMENTS_MAX entries. */
static bool grow(struct html_page *page, void **array, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap)
        return true;
    if (count >= HTML_ELEMENTS_MAX) {
        page->full = true;
        return false;
    }
    uint32_t wanted = *cap ? *cap * 2 : 512;
    void *bigger = realloc(*array, wanted * size);
    if (!bigger) {
        page->status = DUPD_ENOMEM;
        return false;
    }
    *array = bigger;
    *cap = wanted;
    return true;
}

static uint32_t current(const struct html_page *page)
{
    return page->depth ? page->open[page->depth - 1].element : 0;
}

int html_page_init(struct html_page *page, unsigned max_depth, struct html_meta *meta)
{
    *page = (struct html_page){.max_depth = max_depth, .meta = meta};
    page->open = malloc(max_depth * sizeof *page->open);
    if (!page->open ||
        !grow(page, (void **)&page->element, 0, &page->element_cap, sizeof *page->element))
        return DUPD_ENOMEM;
    page->element[page->element_count++] = (struct html_element){.tag = HTML_HTML};
    return 0;
}

void html_page_close(struct html_page *page)
{
    dupd_buf_close(&page->text);
    free(page->element);
    free(page->block);
    free(page->open);
    *page = (struct html_page){0};
}

/* ---- blocks ---- */

/* Ends the block that is growing; what follows is a new paragraph, unless `joins`. */
static void end_block(struct html_page *page, bool joins)
{
    if (!joins)
        page->space = page->joined = false;
    page->breaks = 0;
    if (!page->in_block)
        return;
    page->in_block = false;
    page->joined = joins;
    struct html_block *b = &page->block[page->block_count - 1];
    b->len = (uint32_t)(page->text.len - b->at);
    size_t end = page->text.len;
    while (end > b->at && strchr("\"')]* ", page->text.ptr[end - 1]))
        end--;
    const char *tail = page->text.ptr + end;
    if (end > b->at && strchr(".!?:;", tail[-1]))
        b->sentence = true;
    if (end - b->at >= 3 && (unsigned char)tail[-3] >= 0xE0) {
        /* closing quotes and ellipsis; ideographic and fullwidth stops; danda */
        static const char stops[][4] = {"\u201d", "\u2019", "\u201c", "\u2026", "\u3002",
                                        "\uff0e", "\uff01", "\uff1f", "\u300d", "\u0964"};
        for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
            b->sentence |= memcmp(tail - 3, stops[i], 3) == 0;
    }
    if (end - b->at >= 2 && tail[-2] == '\xC2' && (tail[-1] == '\xBB' || tail[-1] == '\xAB'))
        b->sentence = true; /* guillemets */
}

static bool begin_block(struct html_page *page)
{
    if (!grow(page, (void **)&page->block, page->block_count, &page->block_cap,
              sizeof *page->block))
        return false;
    page->block[page->block_count++] = (struct html_block){
        .element = current(page),
        .at = (uint32_t)page->text.len,
        .joins = page->joined,
        .space_before = page->joined && page->space,
    };
    page->in_block = true;
    page->space = page->joined = false;
    return true;
}

/* Bytes of the UTF-8 sequence that `c` begins (clean text). */
static size_t sequence_length(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* How much a character counts: punctuation nothing, a character of an unspaced script 3. */
static uint32_t weight_of(const char *p, size_t length)
{
    unsigned char c = (unsigned char)p[0];
    if (length == 1)
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (length == 2)
        return c >= 0xC3; /* U+0080 to U+00BF are signs */
    return c >= 0xE3 ? 3 : c == 0xE2 ? 0 : 1;
}

void html_page_text(struct html_page *page, struct dupd_view raw)
{
    if (page->skipping || !raw.len || html_page_done(page))
        return;
    if (dupd_buf_reserve(&page->text, raw.len + 2)) { /* nothing grows, see html_plain */
        page->status = DUPD_ENOMEM;
        return;
    }
    const char *p = raw.ptr, *end = p + raw.len;
    while (p < end) {
        char utf8[4];
        const char *from = p;
        size_t length = sequence_length((unsigned char)*p), consumed = length;
        uint32_t code = *p == '&' ? html_entity(p, end, &consumed) : 0;
        if (code) {
            length = html_put_utf8(code, utf8);
            from = utf8;
        }
        p += consumed;
        if (length == 3 && memcmp(from, "\xEF\xBB\xBF", 3) == 0)
            continue; /* a byte order mark in the middle is nothing */
        bool nbsp = length == 2 && from[0] == '\xC2' && from[1] == '\xA0';
        if (nbsp || (length == 1 && (unsigned char)*from <= ' ')) {
            page->space = page->in_block || page->joined;
            continue;
        }
        if (page->breaks > 1)
            end_block(page, false);
        page->breaks = 0;
        if (!page->in_block && !begin_block(page))
            return;
        if (page->space)
            page->text.ptr[page->text.len++] = ' ';
        page->space = false;
        memcpy(page->text.ptr + page->text.len, from, length);
        page->text.len += length;
        struct html_block *b = &page->block[page->block_count - 1];
        uint32_t weight = weight_of(from, length);
        b->weight += weight;
        b->linked += page->links ? weight : 0;
    }
}

void html_page_finish(struct html_page *page)
{
    end_block(page, false);
}

/* ---- elements ---- */

static void pop(struct html_page *page)
{
    struct html_open *o = &page->open[--page->depth];
    if (o->recorded)
        end_block(page, !(o->kind & HTML_BLOCK));
    if (o->kind & HTML_SKIP)
        page->skipping--;
    if (o->tag == HTML_A)
        page->links--;
}

static void pop_to(struct html_page *page, uint32_t depth)
{
    while (page->depth > depth)
        pop(page);
}

/* Closes an open `a` or `b` that the start of a new element ends, if no `stop` stands above it. */
static void close_implied(struct html_page *page, uint16_t a, uint16_t b, uint16_t stop,
                          uint16_t stop2)
{
    for (uint32_t i = page->depth; i-- > 0;) {
        uint16_t tag = page->open[i].tag;
        if (tag == stop || tag == stop2)
            return;
        if (tag == a || tag == b) {
            pop_to(page, i);
            return;
        }
    }
}

static void close_open_paragraph(struct html_page *page)
{
    for (uint32_t i = page->depth; i-- > 0;) {
        if (page->open[i].tag == HTML_P) {
            pop_to(page, i);
            return;
        }
        if (page->open[i].kind & (HTML_BLOCK | HTML_SKIP))
            return;
    }
}

/* What the start of `tag` ends. */
static void close_before(struct html_page *page, uint16_t tag, unsigned kind)
{
    if (kind & HTML_BLOCK)
        close_open_paragraph(page);
    switch (tag) {
    case HTML_LI:
        close_implied(page, HTML_LI, HTML_LI, HTML_UL, HTML_OL);
        break;
    case HTML_DT:
    case HTML_DD:
        close_implied(page, HTML_DT, HTML_DD, HTML_DL, HTML_DL);
        break;
    case HTML_TD:
    case HTML_TH:
        close_implied(page, HTML_TD, HTML_TH, HTML_TABLE, HTML_TR);
        break;
    case HTML_TR:
        close_implied(page, HTML_TR, HTML_TR, HTML_TABLE, HTML_TABLE);
        break;
    case HTML_OPTION:
        close_implied(page, HTML_OPTION, HTML_OPTION, HTML_SELECT, HTML_DATALIST);
        break;
    case HTML_A:
        close_implied(page, HTML_A, HTML_A, HTML_TABLE, HTML_BODY);
        break;
    default:
        break;
    }
}

static uint16_t inherited_marks(uint16_t tag)
{
    switch (tag) {
    case HTML_FIGURE:
        return HTML_IN_FIGURE;
    case HTML_HEADER:
        return HTML_IN_HEADER;
    case HTML_UL:
    case HTML_OL:
    case HTML_DL:
        return HTML_IN_LIST;
    default:
        return 0;
    }
}

/* Hash of a class (FNV-1a); 0 for none. */
static uint32_t look_of(struct dupd_view names)
{
    uint32_t hash = names.len ? 2166136261u : 0;
    for (size_t i = 0; i < names.len && i < LOOK_MAX; i++)
        hash = (hash ^ (unsigned char)names.ptr[i]) * 16777619u;
    return hash;
}

void html_page_start(struct html_page *page, uint16_t tag, const struct html_attrs *attrs,
                     struct dupd_view name)
{
    unsigned kind = html_tag_kind(tag);
    if (html_page_done(page))
        return;
    close_before(page, tag, kind);
    if (tag == HTML_BR) {
        page->breaks++;
        page->space = page->in_block || page->joined;
    } else if (tag == HTML_HR) {
        end_block(page, false);
    }
    if (kind & HTML_VOID)
        return;
    if (page->depth == page->max_depth) {
        page->beyond++;
        if (kind & HTML_BLOCK)
            end_block(page, false);
        return;
    }
    struct html_open open = {.tag = tag, .kind = (uint8_t)kind, .element = current(page)};
    unsigned marks = page->skipping ? 0 : html_marks_of(tag, name, attrs);
    if ((kind & HTML_BLOCK) || marks) {
        if (!grow(page, (void **)&page->element, page->element_count, &page->element_cap,
                  sizeof *page->element))
            return;
        end_block(page, !(kind & HTML_BLOCK));
        marks |= inherited_marks(tag) | (page->element[open.element].marks & INHERITED);
        page->element[page->element_count] =
            (struct html_element){.parent = open.element,
                                  .tag = tag,
                                  .marks = (uint16_t)marks,
                                  .look = look_of(attrs->value[HTML_ATTR_CLASS])};
        open.element = page->element_count++;
        open.recorded = true;
    }
    if (kind & HTML_SKIP)
        page->skipping++;
    if (tag == HTML_A)
        page->links++;
    page->open[page->depth++] = open;
}

void html_page_end(struct html_page *page, uint16_t tag)
{
    unsigned kind = html_tag_kind(tag);
    if (html_page_done(page))
        return;
    if (page->beyond && !(kind & (HTML_VOID | HTML_RAW))) {
        page->beyond--;
        if (kind & HTML_BLOCK)
            end_block(page, false);
        return;
    }
    for (uint32_t i = page->depth; i-- > 0;) {
        const struct html_open *o = &page->open[i];
        if (o->tag == tag) {
            pop_to(page, i);
            return;
        }
        if (!(kind & (HTML_BLOCK | HTML_SKIP)) && (o->kind & HTML_BLOCK))
            return; /* </b> does not close a paragraph that <b> was opened before */
    }
}
