/*
 * html_text.c: the article's blocks as text.
 *
 * Keeps what reads like prose below the article's container, headings that prose follows, and short
 * lines between prose; leaves out furniture, captions, the title, and lines that are mostly links.
 */
#include <stdlib.h>

#include "dupd/error.h"
#include "html_page.h"

enum fate { DROP, KEEP, HEADING, SHORT };

struct writer {
    const struct html_page *page;
    uint8_t *fate; /* for each block */
    struct dupd_view title;
};

static struct dupd_view text_of(const struct html_page *page, const struct html_block *b)
{
    return (struct dupd_view){page->text.ptr + b->at, b->len};
}

static bool is_heading(uint16_t tag)
{
    return tag >= HTML_H1 && tag <= HTML_H6;
}

/* True if the block repeats the title. */
static bool is_title(const struct writer *w, struct dupd_view text)
{
    return w->title.len && text.len <= w->title.len && text.len * 2 > w->title.len &&
           memcmp(text.ptr, w->title.ptr, text.len) == 0;
}

static bool is_outside(const struct writer *w, const struct html_block *b)
{
    unsigned marks = w->page->element[b->element].marks;
    return !b->inside || (marks & (HTML_DROPPED | HTML_IN_FIGURE));
}

/* Fate of a paragraph by its first block, with the weights of the whole paragraph. */
static enum fate fate_of(const struct writer *w, const struct html_block *b, uint32_t weight,
                         uint32_t linked)
{
    const struct html_element *e = &w->page->element[b->element];
    if (!weight || e->tag == HTML_H1 || is_title(w, text_of(w->page, b)))
        return DROP;
    if (linked * 5 > weight * 4 || (linked * 2 > weight && e->tag != HTML_P))
        return DROP;
    if (is_heading(e->tag))
        return HEADING;
    if (e->marks & HTML_IN_HEADER && !(weight >= 60 && b->sentence))
        return DROP;
    bool line = e->tag == HTML_P || e->tag == HTML_BLOCKQUOTE || e->tag == HTML_PRE;
    if (line || (e->marks & HTML_IN_LIST))
        return weight >= 20 || b->sentence ? KEEP : SHORT;
    return weight >= 80 || (weight >= 40 && b->sentence) ? KEEP : DROP;
}

/* Gives each paragraph (a block and those that join it) its fate. */
static void judge(struct writer *w)
{
    const struct html_block *block = w->page->block;
    uint32_t count = w->page->block_count;
    for (uint32_t i = 0, next; i < count; i = next) {
        uint32_t weight = 0, linked = 0, first = UINT32_MAX, last = i;
        for (next = i; next == i || (next < count && block[next].joins); next++) {
            if (is_outside(w, &block[next]))
                continue;
            weight += block[next].weight;
            linked += block[next].linked;
            first = first == UINT32_MAX ? next : first;
            last = next;
        }
        if (first == UINT32_MAX)
            continue; /* all of it is outside: fate stays DROP */
        struct html_block whole = block[first];
        whole.sentence = block[last].sentence;
        enum fate fate = fate_of(w, &whole, weight, linked);
        for (uint32_t k = first; k < next; k++)
            w->fate[k] = is_outside(w, &block[k]) ? DROP : (uint8_t)fate;
    }
}

/* Headings stay if prose follows before the next heading; short lines if prose follows at all. */
static void settle(struct writer *w)
{
    bool prose_next = false, prose_later = false;
    for (uint32_t i = w->page->block_count; i-- > 0;) {
        if (w->fate[i] == KEEP) {
            prose_next = prose_later = true;
        } else if (w->fate[i] == HEADING) {
            w->fate[i] = prose_next ? KEEP : DROP;
            prose_next = false;
        } else if (w->fate[i] == SHORT) {
            w->fate[i] = prose_later ? KEEP : DROP;
        }
    }
}

static int write_blocks(const struct writer *w, struct dupd_buf *out)
{
    bool open = false, space = false; /* a paragraph has been begun; white space is due */
    size_t start = out->len;
    int rc = 0;
    for (uint32_t i = 0; i < w->page->block_count && !rc; i++) {
        const struct html_block *b = &w->page->block[i];
        if (!b->joins)
            open = false;
        space = open && (space || b->space_before);
        if (w->fate[i] != KEEP)
            continue;
        if (space)
            rc = dupd_buf_add_char(out, ' ');
        else if (!open && out->len > start)
            rc = dupd_buf_add_str(out, "\n\n");
        if (!rc)
            rc = dupd_buf_add_view(out, text_of(w->page, b));
        open = true;
        space = false;
    }
    return rc;
}

int html_text(const struct html_page *page, struct dupd_view title, struct dupd_buf *out)
{
    struct writer w = {page, calloc(page->block_count + 1u, 1), title};
    int rc = DUPD_ENOMEM;
    if (w.fate) {
        judge(&w);
        settle(&w);
        rc = write_blocks(&w, out);
    }
    free(w.fate);
    return rc;
}
