/*
 * dupd/html.h: a web page to an article (text, title, date, URL, site, byline, language).
 *
 * Article text is found by text and link density with furniture dropped; metadata comes from
 * JSON-LD, og: and article: properties, <time>, <link rel=canonical>, <title> and <html lang>.
 */
#ifndef DUPD_HTML_H
#define DUPD_HTML_H

#include "dupd/article.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dupd_html_options {
    size_t max_bytes;     /* larger pages are refused with DUPD_ETOOBIG; 0 means 8 MiB */
    unsigned max_depth;   /* deeper elements are flattened into this one; 0 means 256 */
    struct dupd_view url; /* where the page came from, if known: resolves a missing canonical URL */
};

/* Extracts from `page` (any bytes; encoding from BOM, HTTP-like meta, else UTF-8 with replacement,
 * else windows-1252). Appends all text to `memory`, which must be empty and must outlive *out: the
 * views of *out point into it. id, collection are left empty. Paragraphs are separated by blank
 * lines. Returns 0, DUPD_EEMPTY (no article text found; metadata is filled in all the same),
 * DUPD_ETOOBIG or DUPD_ENOMEM. Bounded time and memory for any input. */
int dupd_html_extract(struct dupd_view page, const struct dupd_html_options *options,
                      struct dupd_buf *memory, struct dupd_article *out);

/* True when bytes look like an HTML page rather than plain text (doctype, or a known tag among the
 * first 1,024 bytes after white space and comments). */
bool dupd_html_looks_like(struct dupd_view bytes);

#ifdef __cplusplus
}
#endif
#endif
